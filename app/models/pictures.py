"""Pictures: encoded images decoded to arrays that keep the numbers as they were logged.

Qt's readers decode, since they keep 16 bits of all kinds of PNG and let go of Python's lock while
they work. What a file says of itself is not believed: its format is told from its first bytes, and
its size is held against a limit before any memory is taken.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TypeAlias, cast

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QLoggingCategory, QSize
from PySide6.QtGui import QImage, QImageReader

from eventglass.app.core.plugins import DecodeError

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
    QLoggingCategory.setFilterRules("qt.gui.imageio*=false")


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
    source = _Source(data, max_pixels)
    count = source.frame_count()
    return _picture(source, source.read(), 0, count)


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
    count = source.frame_count()
    frames = [_picture(source, source.read(), 0, count)]
    delays = [_delay(source)]
    note = ""
    total = frames[0].size_bytes
    for i in range(1, count):
        if total + frames[0].size_bytes > max_bytes:
            note = f"Only the first {i:,} of {count:,} frames are shown: the others need too much"
            break
        image = source.reader.read()
        if image.isNull():
            note = f"Frame {i + 1:,} of {count:,} is damaged; the frames before it are shown"
            break
        frames.append(_picture(source, image, i, count))
        delays.append(_delay(source))
        total += frames[-1].size_bytes
    if note:
        frames = [
            Picture(f.pixels, f.bits, f.format, f.frame, len(frames), f.note or note)
            for f in frames
        ]
    return Movie(tuple(frames), tuple(delays))


class _Source:
    """A reader over some bytes that were found to be an image of a bearable size."""

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
        self._buffer = QBuffer()
        self._buffer.setData(QByteArray(data))
        self._buffer.open(QIODevice.OpenModeFlag.ReadOnly)
        self.reader = QImageReader(self._buffer, QByteArray(self.format.lower().encode()))
        self.reader.setDecideFormatFromContent(False)
        self._check_size(max_pixels)

    def _check_size(self, max_pixels: int) -> None:
        size = _declared_size(self.data, self.format)
        if size is None:
            found = self.reader.size()
            if not found.isValid():
                return
            size = (found.width(), found.height())
        width, height = size
        if width == 0 or height == 0:
            raise DecodeError(f"The image has no pixels: it says it is {width:,} × {height:,}")
        if width * height > max_pixels:
            raise DecodeError(
                f"The image is {width:,} × {height:,} pixels large, more than the "
                f"{max_pixels / 1e6:,.0f} million the preferences allow"
            )

    def frame_count(self) -> int:
        if self.format not in ("GIF", "WebP") or not self.reader.supportsAnimation():
            return 1
        return max(1, self.reader.imageCount())

    def read(self) -> QImage:
        image = self.reader.read()
        if image.isNull():
            why = self.reader.errorString().strip().rstrip(".")
            raise DecodeError(f"The {self.format} is damaged or cut off: {why}")
        return image


def _declared_size(data: bytes, name: str) -> tuple[int, int] | None:
    """Width and height in the header of a PNG or GIF, None for the other formats."""
    if name == "PNG" and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return int(width), int(height)
    if name == "GIF" and len(data) >= 10:
        width, height = struct.unpack("<HH", data[6:10])
        return int(width), int(height)
    return None


def _delay(source: _Source) -> int:
    delay = source.reader.nextImageDelay()
    return delay if delay >= SHORTEST_MS else USUAL_MS


def _picture(source: _Source, image: QImage, frame: int, count: int) -> Picture:
    pixels, bits = _numbers(source, image)
    pixels.flags.writeable = False
    note = f"The {source.format} is cut off: its end is missing" if _is_cut(source) else ""
    return Picture(pixels, bits, source.format, frame, count, note)


def _is_cut(source: _Source) -> bool:
    """Whether the end is missing of a file the reader makes a picture of all the same."""
    data = source.data
    if source.format == "JPEG":
        return b"\xff\xd9" not in data[-4096:]
    if source.format == "GIF":
        return b";" not in data[-16:]
    return source.format == "BMP" and len(data) < int.from_bytes(data[2:6], "little")


def _numbers(source: _Source, image: QImage) -> tuple[Pixels, int]:
    """Numbers of an image, (h, w, c), and how many bits they have."""
    form = QImage.Format
    bits, colour_type = 8, -1
    if source.format == "PNG" and len(source.data) > 25:
        bits, colour_type = source.data[24], source.data[25]
    kind = image.format()
    if kind in (form.Format_RGBX64, form.Format_RGBA64, form.Format_RGBA64_Premultiplied):
        image = image.convertToFormat(
            form.Format_RGBA64 if image.hasAlphaChannel() else form.Format_RGBX64
        )
        wide = _array(image, 4, np.uint16)
        return _channels_of(wide, image.hasAlphaChannel(), colour_type in (0, 4)), 16
    if kind == form.Format_Grayscale16:
        return _array(image, 1, np.uint16).copy(), 16
    if kind == form.Format_Grayscale8:
        return _fewer_bits(_array(image, 1, np.uint8).copy(), bits)
    alpha = image.hasAlphaChannel()
    image = image.convertToFormat(form.Format_RGBA8888 if alpha else form.Format_RGB888)
    narrow = _array(image, 4 if alpha else 3, np.uint8)
    grey = colour_type in (0, 4)
    found = _channels_of(narrow, alpha, grey)
    # Of a palette the colours have 8 bits, whatever its indices have.
    return _fewer_bits(found, bits) if grey else (found, 8)


def _channels_of(pixels: Pixels, alpha: bool, grey: bool) -> Pixels:
    """The channels an image really has, of those it was decoded to; a copy of its own."""
    if grey:
        return pixels[..., [0, 3]] if alpha else pixels[..., :1].copy()
    return pixels.copy() if alpha else pixels[..., :3].copy()


def _fewer_bits(pixels: Pixels, bits: int) -> tuple[Pixels, int]:
    """Undo the spreading of 1, 2 or 4 bits over 8; an alpha channel stays as it is."""
    if bits not in (1, 2, 4) or pixels.shape[2] != 1:
        return pixels, 8
    narrow = pixels.astype(np.uint8) // np.uint8(255 // ((1 << bits) - 1))
    return narrow, bits


def _array(image: QImage, channels: int, dtype: type[np.uint8] | type[np.uint16]) -> Pixels:
    """View of an image's memory without the padding of its rows."""
    size: QSize = image.size()
    row = size.width() * channels * np.dtype(dtype).itemsize
    raw = np.frombuffer(image.constBits(), np.uint8, count=image.sizeInBytes())
    rows = raw.reshape(size.height(), image.bytesPerLine())[:, :row]
    shape = (size.height(), size.width(), channels)
    numbers = np.ascontiguousarray(rows)
    return cast(Pixels, numbers.view(dtype).reshape(shape))
