"""Pictures: encoded images decoded to arrays that keep the numbers as they were logged.

Pillow decodes, since it lets go of Python's lock while it works; Qt decodes what Pillow would cut
to 8 bits. (Qt's readers on several threads can block each other for good: one holds Qt's lock and
waits for Python's, for reading from a device of Python's; another the other way round. Reading from
bytes is free of that, but holds Python's lock all the while.) What a file says of itself is not
believed: its format is told from its first bytes, and its size is held against a limit before any
memory is taken.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage, QImageReader

from eventglass.app.core.plugins import DecodeError
from eventglass.app.models.qt_messages import silence

if TYPE_CHECKING:
    from PIL.Image import Image

Pixels: TypeAlias = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]

#: Pixels an image may have unless the settings say otherwise.
MAX_PIXELS = 100_000_000
#: What all frames of an animation may take together.
MAX_FRAMES_BYTES = 256 * 1024 * 1024
#: Shortest time a frame is shown; browsers do the same with shorter ones.
SHORTEST_MS = 20
USUAL_MS = 100

_CHANNELS = {1: "grey", 2: "grey + alpha", 3: "RGB", 4: "RGBA"}


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A decoded image.

    Attributes
    ----------
    pixels : (h, w, c) uint8 or uint16, read-only
        1 to 4 channels: grey, grey and alpha, red green blue, red green blue alpha. The numbers
        are those in the file: a PNG of 4 bits holds 0 to 15.
    bits : int
        Bits of each number in the file.
    format : str
        "PNG", "JPEG", "GIF", "BMP", "WebP".
    frame : int
        Which frame of an animation it is.
    frame_count : int
        1 for a still image.
    note : str
        What is odd about the file though it could be read; else empty.
    """

    pixels: Pixels
    bits: int
    format: str
    frame: int = 0
    frame_count: int = 1
    note: str = ""

    @property
    def width(self) -> int:
        """Pixels across."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Pixels down."""
        return int(self.pixels.shape[0])

    @property
    def channels(self) -> int:
        """Numbers of a pixel."""
        return int(self.pixels.shape[2])

    @property
    def top(self) -> int:
        """Largest number its bits can hold."""
        return (1 << self.bits) - 1

    @property
    def size_bytes(self) -> int:
        """What it takes in memory."""
        return int(self.pixels.nbytes)

    @property
    def words(self) -> str:
        """Size and channels: ``256 × 256 RGB``, with the bits where they are not 8."""
        bits = f" {self.bits} bit" if self.bits != 8 else ""
        return f"{self.width} × {self.height} {_CHANNELS[self.channels]}{bits}"


@dataclass(frozen=True, slots=True, eq=False)
class Movie:
    """The frames of an animation, one for a still image.

    Attributes
    ----------
    frames : tuple of Picture
    delays_ms : tuple of int
        How long each is shown.
    """

    frames: tuple[Picture, ...]
    delays_ms: tuple[int, ...]

    @property
    def size_bytes(self) -> int:
        """What it takes in memory."""
        return sum(frame.size_bytes for frame in self.frames)


def quiet_readers() -> None:
    """Keep Qt's readers from complaining of damaged images to the log: the cards tell of them."""
    silence("qt.gui.imageio*")


def image_format(data: bytes) -> str:
    """Name of an image's format by its first bytes; empty for one not known here."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return "GIF"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    if data.startswith(b"BM"):
        return "BMP"
    return ""


def suffix_of(data: bytes) -> str:
    """Suffix of a file with these bytes: ``.png``; ``.bin`` for what is no image."""
    known = {"PNG": ".png", "JPEG": ".jpg", "GIF": ".gif", "WebP": ".webp", "BMP": ".bmp"}
    return known.get(image_format(data), ".bin")


def decode_picture(data: bytes, max_pixels: int = MAX_PIXELS) -> Picture:
    """Return the first frame of an encoded image.

    Raises
    ------
    DecodeError
        When it is no image, damaged, or has more than `max_pixels`.
    """
    return _Source(data, max_pixels).picture()


def decode_movie(
    data: bytes, max_pixels: int = MAX_PIXELS, max_bytes: int = MAX_FRAMES_BYTES
) -> Movie:
    """Return all frames of an encoded image, as many as `max_bytes` can hold.

    Raises
    ------
    DecodeError
        When it is no image, damaged before its first frame ended, or has more than `max_pixels`.
    """
    source = _Source(data, max_pixels)
    frames = [source.picture()]
    delays = [source.delay_ms()]
    note = ""
    total = frames[0].size_bytes
    while source.is_animated:
        count = len(frames)
        if total + frames[0].size_bytes > max_bytes:
            note = f"Only the first {count:,} frames are shown: the others need too much memory"
            break
        try:
            if not source.go_to(count):
                break
            frames.append(source.picture(count))
        except DecodeError:
            note = f"Frame {count + 1:,} is damaged; the frames before it are shown"
            break
        delays.append(source.delay_ms())
        total += frames[-1].size_bytes
    if len(frames) > 1 or note:
        frames = [
            Picture(f.pixels, f.bits, f.format, f.frame, len(frames), note or f.note)
            for f in frames
        ]
    return Movie(tuple(frames), tuple(delays))


@lru_cache(maxsize=1)
def _pillow() -> Any:
    """Import Pillow; not before there is an image to decode."""
    from PIL import Image

    # Sizes are held against a limit of our own, before anything is decoded.
    Image.MAX_IMAGE_PIXELS = None
    return Image


class _Source:
    """Some bytes that were found to be an image of a bearable size."""

    def __init__(self, data: bytes, max_pixels: int) -> None:
        if not data:
            raise DecodeError("The image is empty: no bytes were logged")
        self.data = data
        self.format = image_format(data)
        if not self.format:
            start = " ".join(f"{byte:02x}" for byte in data[:6])
            raise DecodeError(
                f"The image is in no format known here: its {len(data):,} bytes begin with {start}"
            )
        self.bits, self.colour_type = 8, -1
        if self.format == "PNG" and len(data) > 25:
            self.bits, self.colour_type = data[24], data[25]
        declared = _declared_size(data, self.format)
        if declared is not None:
            self._check_size(declared, max_pixels)
        try:
            self._image: Image = _pillow().open(io.BytesIO(data), formats=[self.format])
        except Exception as error:
            # A border: a decoder of others may fail on damaged bytes in any way.
            raise self._damaged(error) from error
        self._check_size(self._image.size, max_pixels)

    @property
    def is_animated(self) -> bool:
        """Whether there may be more than one frame."""
        return self.format in ("GIF", "WebP") and bool(getattr(self._image, "is_animated", False))

    def delay_ms(self) -> int:
        """How long the frame is shown."""
        delay = self._image.info.get("duration", 0)
        found = int(delay) if isinstance(delay, (int, float)) else 0
        return found if found >= SHORTEST_MS else USUAL_MS

    def go_to(self, frame: int) -> bool:
        """Go to another frame; False when there is none."""
        try:
            self._image.seek(frame)
        except EOFError:
            return False
        except Exception as error:
            raise self._damaged(error) from error
        return True

    def picture(self, frame: int = 0) -> Picture:
        """The frame it stands at."""
        note = ""
        if self.bits == 16 and self.colour_type in (2, 4, 6):
            pixels, bits = self._by_qt(), 16
            if self.colour_type == 2:
                pixels = _with_key(pixels, _chunk(self.data, b"tRNS"), 65535)
        else:
            try:
                pixels, bits = self._numbers()
            except MemoryError:
                raise
            except Exception as error:
                if self.format != "JPEG":
                    raise self._damaged(error) from error
                # Half a photograph is better than none.
                pixels, bits = self._by_qt(), 8
                note = "The JPEG is cut off or damaged: a part of it is missing"
        if not note and _is_cut(self):
            note = f"The {self.format} is cut off: its end is missing"
        pixels.flags.writeable = False
        return Picture(pixels, bits, self.format, frame, 1, note)

    def _numbers(self) -> tuple[Pixels, int]:
        """Numbers of the frame, (h, w, c), and how many bits they have."""
        image = self._image
        image.load()
        if self.format == "PNG" and self.colour_type == 0:
            return self._grey_numbers()
        if image.mode == "1":
            return np.array(image, np.uint8)[..., None], 1
        if image.mode.startswith("I"):
            return np.array(image).astype(np.uint16)[..., None], 16
        if "transparency" in image.info and image.mode in ("L", "RGB", "P"):
            image = image.convert("LA" if image.mode == "L" else "RGBA")
        elif image.mode not in ("L", "LA", "RGB", "RGBA"):
            alpha = image.mode in ("PA", "RGBa", "La")
            image = image.convert("RGBA" if alpha else "RGB")
        pixels = np.array(image, np.uint8)
        if pixels.ndim == 2:
            pixels = pixels[..., None]
        if self.is_animated and pixels.shape[2] == 4 and bool((pixels[..., 3] == 255).all()):
            pixels = pixels[..., :3].copy()
        return pixels, 8

    def _grey_numbers(self) -> tuple[Pixels, int]:
        """Numbers of a grey PNG as they are in the file."""
        image, bits = self._image, self.bits
        if image.mode.startswith("I"):
            numbers: Pixels = np.array(image).astype(np.uint16)[..., None]
        else:
            numbers = np.array(image, np.uint8)[..., None]
            if image.mode == "L" and bits < 8:
                # Undo the spreading of few bits over eight.
                numbers = numbers // np.uint8(255 // ((1 << bits) - 1))
        return _with_key(numbers, _chunk(self.data, b"tRNS"), (1 << bits) - 1), bits

    def _by_qt(self) -> Pixels:
        """Numbers as Qt decodes them: 16 bits where there are 16."""
        # The size was checked; Qt's own limit is lower.
        QImageReader.setAllocationLimit(0)
        data = self.data
        if self.bits == 16 and self.colour_type == 2:
            # Qt takes alpha from nowhere when one colour is to be seen through.
            data = _without_chunk(data, b"tRNS")
        image = QImage.fromData(data)
        if image.isNull():
            raise self._damaged(None)
        form = QImage.Format
        alpha = image.hasAlphaChannel()
        if self.bits == 16:
            image = image.convertToFormat(form.Format_RGBA64 if alpha else form.Format_RGBX64)
            wide = _array(image, 4, np.uint16)
            if self.colour_type == 4:
                return wide[..., [0, 3]]
            return wide if alpha else wide[..., :3].copy()
        if image.isGrayscale():
            return _array(image.convertToFormat(form.Format_Grayscale8), 1, np.uint8)
        return _array(image.convertToFormat(form.Format_RGB888), 3, np.uint8)

    def _check_size(self, size: tuple[int, int], max_pixels: int) -> None:
        width, height = size
        if width == 0 or height == 0:
            raise DecodeError(f"The image has no pixels: it says it is {width:,} × {height:,}")
        if width * height > max_pixels:
            raise DecodeError(
                f"The image is {width:,} × {height:,} pixels large, more than the "
                f"{max_pixels / 1e6:,.0f} million the preferences allow"
            )

    def _damaged(self, error: Exception | None) -> DecodeError:
        why = str(error).strip().rstrip(".") if error is not None else ""
        # What Pillow says of bytes in memory names a Python object, and "truncated" is no news.
        why = "" if "BytesIO" in why or "truncated" in why.lower() else why
        return DecodeError(f"The {self.format} is damaged or cut off{': ' + why if why else ''}")


def _declared_size(data: bytes, name: str) -> tuple[int, int] | None:
    """Width and height in the header of a PNG or GIF, None for the other formats."""
    if name == "PNG" and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return int(width), int(height)
    if name == "GIF" and len(data) >= 10:
        width, height = struct.unpack("<HH", data[6:10])
        return int(width), int(height)
    return None


def _find_chunk(data: bytes, name: bytes) -> tuple[int, int] | None:
    """Where a chunk of a PNG starts and ends; None when there is none before the pixels."""
    at = 8
    while at + 12 <= len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        end = at + 12 + length
        if kind == name:
            return (at, end) if end <= len(data) else None
        if kind in (b"IDAT", b"IEND"):
            return None
        at = end
    return None


def _chunk(data: bytes, name: bytes) -> bytes:
    """What is in a chunk of a PNG; empty without one."""
    found = _find_chunk(data, name) if image_format(data) == "PNG" else None
    return data[found[0] + 8 : found[1] - 4] if found is not None else b""


def _without_chunk(data: bytes, name: bytes) -> bytes:
    found = _find_chunk(data, name)
    return data[: found[0]] + data[found[1] :] if found is not None else data


def _with_key(pixels: Pixels, key: bytes, top: int) -> Pixels:
    """Add alpha to numbers: none where they are the colour that is seen through, else `top`."""
    if len(key) != 2 * pixels.shape[2]:
        return pixels
    through = (pixels == np.frombuffer(key, ">u2")).all(axis=2)
    alpha = np.where(through, 0, top).astype(pixels.dtype)[..., None]
    return cast(Pixels, np.concatenate([pixels, alpha], axis=2))


def _is_cut(source: _Source) -> bool:
    """Whether the end is missing of a file the reader makes a picture of all the same."""
    data = source.data
    if source.format == "JPEG":
        return b"\xff\xd9" not in data[-4096:]
    if source.format == "GIF":
        return b";" not in data[-16:]
    return source.format == "BMP" and len(data) < int.from_bytes(data[2:6], "little")


def _array(image: QImage, channels: int, dtype: type[np.uint8] | type[np.uint16]) -> Pixels:
    """Copy of an image's memory without the padding of its rows."""
    size = image.size()
    row = size.width() * channels * np.dtype(dtype).itemsize
    raw = np.frombuffer(image.constBits(), np.uint8, count=image.sizeInBytes())
    rows = raw.reshape(size.height(), image.bytesPerLine())[:, :row]
    shape = (size.height(), size.width(), channels)
    # A copy in any case: the memory goes away with the image.
    numbers = np.array(rows, order="C")
    return cast(Pixels, numbers.view(dtype).reshape(shape))
