"""How pictures look on the screen: from the numbers of a picture to colours.

A number becomes the share ``t`` of the largest one its bits hold, then goes through the window
``(t - low) / (high - low)``, contrast ``(t - ½) c + ½``, brightness ``t b`` and gamma
``t ^ (1 / γ)``, each cut off at 0 and 1. All of it is one table per picture, so it costs the same
whatever is set. Alpha is left alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage

from eventglass.app.core.compute.colour_maps import colour_table

if TYPE_CHECKING:
    from eventglass.app.models.pictures import Picture, Pixels
    from eventglass.app.models.view_options import ImageOptions

#: Weights of red, green and blue in the luminance (ITU-R BT.709).
LUMINANCE = (0.2126, 0.7152, 0.0722)


@dataclass(frozen=True, slots=True)
class Look:
    """What is done to a picture's numbers before they are shown; see the module."""

    brightness: float = 1.0
    contrast: float = 1.0
    gamma: float = 1.0
    low: float = 0.0
    high: float = 1.0
    channel: str = "all"
    colour_map: str = "none"
    rotate: int = 0
    flip: bool = False

    @property
    def keeps_numbers(self) -> bool:
        """Whether numbers become colours as they are."""
        return (self.brightness, self.contrast, self.gamma, self.low, self.high) == (
            1.0,
            1.0,
            1.0,
            0.0,
            1.0,
        )

    @property
    def is_plain(self) -> bool:
        """Whether pictures are shown as they were logged."""
        return self == PLAIN


PLAIN = Look()


def look_of(options: ImageOptions) -> Look:
    """Return the look that was chosen."""
    return Look(
        options.brightness,
        options.contrast,
        options.gamma,
        options.low,
        options.high,
        options.channel,
        options.colour_map,
        options.rotate,
        options.flip,
    )


@lru_cache(maxsize=64)
def curve(look: Look, top: int) -> npt.NDArray[np.uint8]:
    """Return what each number becomes, (top + 1,) uint8."""
    t = np.arange(top + 1, dtype=np.float64) / top
    span = look.high - look.low
    t = (t - look.low) / span if span > 0 else (t >= look.high).astype(np.float64)
    t = np.clip(t, 0.0, 1.0)
    t = np.clip((t - 0.5) * look.contrast + 0.5, 0.0, 1.0)
    t = np.clip(t * look.brightness, 0.0, 1.0)
    if look.gamma != 1.0:
        t = t ** (1.0 / max(look.gamma, 0.01))
    found = np.floor(t * 255.0 + 0.5).astype(np.uint8)
    found.flags.writeable = False
    return found


def oriented(pixels: Pixels, look: Look) -> Pixels:
    """Return a picture's numbers rotated clockwise and flipped; a view of the same memory."""
    turned = np.rot90(pixels, -look.rotate // 90) if look.rotate else pixels
    return turned[:, ::-1] if look.flip else turned


def shown_channels(pixels: Pixels, look: Look, top: int) -> Pixels:
    """Return the channels to show: all, or one as (h, w, 1).

    A channel the picture has not got leaves it as it is; the luminance of a grey one is itself.
    """
    count = pixels.shape[2]
    colours = 1 if count < 3 else 3
    if look.channel == "alpha":
        return pixels[..., -1:] if count in (2, 4) else np.full_like(pixels[..., :1], top)
    if colours == 1 or look.channel == "all":
        return pixels
    if look.channel == "luminance":
        weighted = pixels[..., :3].astype(np.float32) @ np.array(LUMINANCE, np.float32)
        rounded = np.rint(weighted)[..., None]
        return cast("Pixels", rounded.astype(pixels.dtype))
    at = {"red": 0, "green": 1, "blue": 2}.get(look.channel, 0)
    return pixels[..., at : at + 1]


def paint_picture(picture: Picture, look: Look = PLAIN) -> QImage:
    """Return a picture as it is shown: RGB32, or ARGB32 premultiplied where it has alpha."""
    pixels = oriented(shown_channels(picture.pixels, look, picture.top), look)
    return paint_numbers(pixels, picture.top, look)


def paint_numbers(pixels: Pixels, top: int, look: Look = PLAIN) -> QImage:
    """Return numbers (h, w, c) as an image; channel and orientation of `look` are not looked at."""
    table = curve(look, top)
    count = pixels.shape[2]
    alpha = None
    if count in (2, 4):
        alpha = pixels[..., -1]
        if top != 255:
            alpha = curve(PLAIN, top)[alpha]
    plain = top == 255 and look.keeps_numbers
    if count < 3:
        grey = pixels[..., 0]
        if look.colour_map != "none":
            words = packed(colour_table(look.colour_map))[table]
        else:
            words = _grey_words()[table]
        out = words[grey]
        if alpha is not None:
            out = (out & np.uint32(0x00FFFFFF)) | (alpha.astype(np.uint32) << np.uint32(24))
    else:
        colours = pixels[..., :3] if plain else table[pixels[..., :3]]
        out = np.empty(pixels.shape[:2], np.uint32)
        raw = out.view(np.uint8).reshape(*pixels.shape[:2], 4)
        raw[..., 0] = colours[..., 2]
        raw[..., 1] = colours[..., 1]
        raw[..., 2] = colours[..., 0]
        raw[..., 3] = 255 if alpha is None else alpha
    return image_of_words(out, alpha is not None)


def image_of_words(words: npt.NDArray[np.uint32], has_alpha: bool = False) -> QImage:
    """Return pixels (h, w) uint32, alpha red green blue from the highest byte, as an image."""
    words = np.ascontiguousarray(words)
    height, width = words.shape
    form = QImage.Format.Format_ARGB32 if has_alpha else QImage.Format.Format_RGB32
    image = QImage(words.data, width, height, 4 * width, form)
    # The array's memory goes away with it: the image gets its own.
    if has_alpha:
        return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    return image.copy()


def packed(table: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint32]:
    """Return a table of colours (n, 3) as opaque pixels (n,) uint32."""
    parts = table.astype(np.uint32)
    opaque = np.uint32(0xFF000000)
    return np.asarray(
        opaque | (parts[:, 0] << np.uint32(16)) | (parts[:, 1] << np.uint32(8)) | parts[:, 2],
        np.uint32,
    )


@lru_cache(maxsize=1)
def _grey_words() -> npt.NDArray[np.uint32]:
    return packed(colour_table("gray"))
