"""Writing images to files: as stored, as displayed, sequences, contact sheets.

All of it runs on threads and goes through `replacing`: a file appears under its name only when it
is complete, and never inside a log directory.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QBuffer, QIODevice, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter

from eventglass.app.core.export import check_target, replacing
from eventglass.app.core.plugins import DecodeError
from eventglass.app.models.image_store import ImageKey, ImageStore
from eventglass.app.models.payloads import reason
from eventglass.app.models.picture_looks import Look, paint_picture
from eventglass.app.models.pictures import suffix_of
from eventglass.app.models.tasks import TaskControl

#: Images a contact sheet or a sequence takes at most.
MOST = 5000
#: Pixels of a contact sheet.
MOST_SHEET_PIXELS = 200_000_000


@dataclass(frozen=True, slots=True)
class Item:
    """An image to write, and what it is called: in a file's name and under it on a sheet."""

    key: ImageKey
    label: str


def write_stored(images: ImageStore, item: Item, out: Path, roots: Sequence[str]) -> None:
    """Write the bytes of an image as they were logged."""
    check_target(roots, out)
    data = images.encoded(item.key)
    with replacing(out) as temporary:
        Path(temporary).write_bytes(data)


def write_shown(
    images: ImageStore, item: Item, look: Look, out: Path, roots: Sequence[str]
) -> None:
    """Write an image as it is displayed, as PNG."""
    check_target(roots, out)
    image = paint_picture(images.movie(item.key).frames[0], look)
    with replacing(out) as temporary:
        Path(temporary).write_bytes(png_bytes(image))


def write_files(
    images: ImageStore,
    items: Sequence[Item],
    folder: Path,
    look: Look | None,
    roots: Sequence[str],
    control: TaskControl,
) -> int:
    """Write images into a folder that exists, a file each, and return how many there are.

    Parameters
    ----------
    look
        As they are displayed, PNG; None: as they were logged.
    """
    check_target(roots, folder / "image.png")
    written = 0
    digits = len(str(len(items)))
    for number, item in enumerate(items):
        if control.cancelled:
            break
        try:
            if look is None:
                data = images.encoded(item.key)
                suffix = suffix_of(data)
            else:
                data = png_bytes(paint_picture(images.movie(item.key).frames[0], look))
                suffix = ".png"
        except DecodeError:
            # What can't be decoded has no picture; the others are written.
            continue
        name = f"{number:0{digits}d}-{file_part(item.label)}{suffix}"
        with replacing(folder / name) as temporary:
            Path(temporary).write_bytes(data)
        written += 1
        control.report((number + 1) / len(items))
    return written


def write_gif(
    images: ImageStore,
    items: Sequence[Item],
    look: Look,
    out: Path,
    roots: Sequence[str],
    control: TaskControl,
    frame_ms: int = 200,
) -> int:
    """Write images as the frames of an animated GIF and return how many there are.

    Images of other sizes than the first are fitted into its size.
    """
    from PIL import Image

    check_target(roots, out)
    frames: list[Image.Image] = []
    size: tuple[int, int] | None = None
    for number, item in enumerate(items[:MOST]):
        if control.cancelled:
            return 0
        try:
            image = paint_picture(images.movie(item.key).frames[0], look)
        except DecodeError:
            continue
        if size is None:
            size = (image.width(), image.height())
        colours = Image.fromarray(rgb_of(fitted(image, *size)))
        frames.append(colours.quantize(256, dither=Image.Dither.FLOYDSTEINBERG))
        control.report((number + 1) / len(items))
    if not frames:
        raise DecodeError("None of these images can be decoded")
    with replacing(out) as temporary:
        Path(temporary).write_bytes(_gif_bytes(frames, frame_ms))
    return len(frames)


def write_frames(
    pictures: Sequence[QImage],
    out: Path,
    roots: Sequence[str],
    control: TaskControl,
    frame_ms: int,
) -> int:
    """Write pictures of one size as the frames of an animated GIF; return how many there are."""
    from PIL import Image

    check_target(roots, out)
    frames: list[Image.Image] = []
    for number, picture in enumerate(pictures):
        if control.cancelled:
            return 0
        # Surfaces have soft shades: dots of two colours would flicker from frame to frame.
        colours = Image.fromarray(rgb_of(picture))
        frames.append(colours.quantize(256, dither=Image.Dither.NONE))
        control.report((number + 1) / len(pictures))
    with replacing(out) as temporary:
        Path(temporary).write_bytes(_gif_bytes(frames, frame_ms))
    return len(frames)


def _gif_bytes(frames: Sequence[Any], frame_ms: int) -> bytes:
    stream = io.BytesIO()
    frames[0].save(
        stream,
        "GIF",
        save_all=True,
        append_images=frames[1:],
        duration=frame_ms,
        loop=0,
        # Equal frames are frames, too.
        optimize=False,
    )
    return stream.getvalue()


def write_sheet(
    images: ImageStore,
    items: Sequence[Item],
    look: Look,
    out: Path,
    roots: Sequence[str],
    control: TaskControl,
    across: int,
    cell_px: int = 192,
) -> int:
    """Write images side by side with their labels into one PNG and return how many there are."""
    check_target(roots, out)
    sheet = contact_sheet(images, items, look, control, across, cell_px)
    if control.cancelled:
        return 0
    with replacing(out) as temporary:
        Path(temporary).write_bytes(png_bytes(sheet))
    return len(items)


def contact_sheet(
    images: ImageStore,
    items: Sequence[Item],
    look: Look,
    control: TaskControl,
    across: int,
    cell_px: int = 192,
) -> QImage:
    """Return images side by side with their labels; what can't be decoded says why."""
    across = max(1, min(across, len(items)))
    rows = -(-len(items) // across)
    gap, line = 8, 20
    width = across * (cell_px + gap) + gap
    height = rows * (cell_px + line + gap) + gap
    if width * height > MOST_SHEET_PIXELS:
        raise DecodeError(f"The sheet would be {width:,} × {height:,} pixels large: choose fewer")
    sheet = QImage(width, height, QImage.Format.Format_RGB32)
    sheet.fill(QColor("#ffffff"))
    font = QFont(["Inter", "sans-serif"])
    font.setPixelSize(12)
    with QPainter(sheet) as painter:
        painter.setFont(font)
        for number, item in enumerate(items):
            if control.cancelled:
                break
            x = gap + number % across * (cell_px + gap)
            y = gap + number // across * (cell_px + line + gap)
            box = QRectF(x, y, cell_px, cell_px)
            painter.setPen(QColor("#1c2430"))
            try:
                image = paint_picture(images.movie(item.key).frames[0], look)
            except (DecodeError, OSError) as error:
                painter.drawText(
                    box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, reason(error)
                )
            else:
                _paint_fitted(painter, image, box)
            label = painter.fontMetrics().elidedText(
                item.label, Qt.TextElideMode.ElideMiddle, cell_px
            )
            painter.drawText(QPointF(x, y + cell_px + 15), label)
            control.report((number + 1) / len(items))
    return sheet


def _paint_fitted(painter: QPainter, image: QImage, box: QRectF) -> None:
    scale = min(box.width() / image.width(), box.height() / image.height())
    if scale >= 1:
        scale = max(math.floor(scale), 1)
    else:
        image = image.scaled(
            max(round(image.width() * scale), 1),
            max(round(image.height() * scale), 1),
            Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        scale = 1
    width, height = image.width() * scale, image.height() * scale
    x = box.x() + round((box.width() - width) / 2)
    y = box.y() + round((box.height() - height) / 2)
    painter.drawImage(QRectF(x, y, width, height), image)


def fitted(image: QImage, width: int, height: int) -> QImage:
    """Return an image in the middle of a ground of some size, on white, made smaller if needed."""
    if (image.width(), image.height()) == (width, height) and not image.hasAlphaChannel():
        return image
    ground = QImage(width, height, QImage.Format.Format_RGB32)
    ground.fill(QColor("#ffffff"))
    with QPainter(ground) as painter:
        _paint_fitted(painter, image, QRectF(0, 0, width, height))
    return ground


def rgb_of(image: QImage) -> npt.NDArray[np.uint8]:
    """Return the colours of an image, (h, w, 3) uint8."""
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    raw = np.frombuffer(image.constBits(), np.uint8, count=image.sizeInBytes())
    rows = raw.reshape(image.height(), image.bytesPerLine())[:, : 3 * image.width()]
    # A copy: the memory is the image's and goes away with it.
    return rows.reshape(image.height(), image.width(), 3).copy()


def png_bytes(image: QImage) -> bytes:
    """Return an image encoded as PNG."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG"):  # type: ignore[call-overload]
        raise DecodeError("The image could not be encoded")
    return bytes(buffer.data().data())


def file_part(text: str) -> str:
    """Return a text as part of a file's name."""
    safe = re.sub(r"[^\w.,=+-]+", "_", text).strip("._")
    return safe[:80] or "image"
