"""Images: encoded pictures, several samples at a step; decoding pixels is the view's work."""

from __future__ import annotations

from dataclasses import dataclass

from eventglass.app.core.plugins import DecodeError, SeriesInfo
from eventglass.app.core.plugins.tensors import strings_of
from eventglass.app.core.plugins.values import parse_value, text


@dataclass(frozen=True, slots=True)
class ImageBatch:
    """The samples of one step.

    Attributes
    ----------
    width, height
        Pixels, as the writer declared; 0 where it declared no number.
    samples
        Encoded bytes of each sample: PNG, JPEG, GIF, whatever was logged.
    """

    width: int
    height: int
    samples: tuple[bytes, ...]


def decode(payload: bytes, series: SeriesInfo) -> ImageBatch:
    """Return the images in a summary value."""
    value = parse_value(payload)
    match value.WhichOneof("value"):
        case "image":
            image = value.image
            return ImageBatch(image.width, image.height, (image.encoded_image_string,))
        case "tensor":
            strings = strings_of(value.tensor, "Images")
            if strings.shape == (0,):
                return ImageBatch(0, 0, ())
            if strings.ndim != 1 or len(strings) < 2:
                raise DecodeError(
                    "Images should be a list of width, height and samples, "
                    f"not of shape {[*strings.shape]}"
                )
            width, height, *samples = strings
            return ImageBatch(_pixels(width), _pixels(height), tuple(samples))
        case None:
            raise DecodeError("This image has no value")
        case other:
            raise DecodeError(f"Images should be a tensor of strings, not {other!r}")


def _pixels(declared: bytes) -> int:
    digits = text(declared).strip()
    # No size has more digits, and int() refuses thousands of them.
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0
