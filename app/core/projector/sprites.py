"""Sprites: a picture with a cell for each row of an embedding."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eventglass.app.core.projector.notices import Control, EmbeddingError, Notice, check
from eventglass.app.core.projector.sources import SpriteSource

#: Pixels of a sprite; 100,000 cells of 50 × 50 are 250 million, TensorBoard's limit 67 million.
MAX_PIXELS = 268_435_456
MAX_FILE_BYTES = 1 << 30
_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
_BAND_CELLS = 1 << 22


@dataclass(frozen=True, slots=True)
class Sprite:
    """A decoded sprite.

    Attributes
    ----------
    pixels : (height, width, 4) uint8 RGBA, read-only
    cell_width, cell_height : in pixels
    columns : cells beside each other; row i lies in column ``i % columns``
    cells : number of cells; rows beyond have no picture
    """

    pixels: npt.NDArray[np.uint8]
    cell_width: int
    cell_height: int
    columns: int
    cells: int
    notices: tuple[Notice, ...] = ()

    def cell(self, row: int) -> npt.NDArray[np.uint8] | None:
        """View (cell_height, cell_width, 4) of a row's picture; None without one."""
        if not 0 <= row < self.cells:
            return None
        top = row // self.columns * self.cell_height
        left = row % self.columns * self.cell_width
        return self.pixels[top : top + self.cell_height, left : left + self.cell_width]


def load(source: SpriteSource, rows: int, control: Control | None = None) -> Sprite:
    """Decode a sprite for an embedding of `rows` rows; EmbeddingError says why not."""
    from PIL import Image, UnidentifiedImageError

    # Pillow warns of large pictures, which is held against `MAX_PIXELS` here.
    Image.MAX_IMAGE_PIXELS = None
    shown = source.place.name
    data = source.place.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise EmbeddingError(f"The sprite's file is larger than 1 GiB ({shown})")
    check(control, 0.1)
    notices: list[Notice] = []
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise EmbeddingError(
                    f"The sprite has {width:,} × {height:,} pixels, more than "
                    f"{MAX_PIXELS / 1e6:,.0f} million; not shown ({shown})"
                )
            cell_width, cell_height = _cell(source, rows, width, height, shown, notices)
            try:
                image.load()
            except (OSError, SyntaxError, ValueError) as error:
                raise EmbeddingError(f"The sprite is damaged: {error} ({shown})") from error
            check(control, 0.6)
            pixels = np.empty((height, width, 4), np.uint8)
            band = max(1, _BAND_CELLS // width)
            for top in range(0, height, band):
                check(control, 0.6 + 0.4 * top / height)
                bottom = min(height, top + band)
                part = image.crop((0, top, width, bottom)).convert("RGBA")
                pixels[top:bottom] = np.asarray(part)
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise EmbeddingError(f"The sprite is no picture that can be read ({shown})") from error
    except (OSError, SyntaxError, ValueError, MemoryError) as error:
        raise EmbeddingError(f"The sprite can't be read: {error} ({shown})") from error
    columns = width // cell_width
    cells = columns * (height // cell_height)
    if cells < rows:
        message = (
            f"The sprite has {cells:,} cells of {cell_width} × {cell_height} for {rows:,} rows; "
            f"the last {rows - cells:,} rows have no picture"
        )
        notices.append(Notice(shown, message))
    pixels.flags.writeable = False
    return Sprite(pixels, cell_width, cell_height, columns, min(cells, rows), tuple(notices))


def _cell(
    source: SpriteSource,
    rows: int,
    width: int,
    height: int,
    shown: str,
    notices: list[Notice],
) -> tuple[int, int]:
    """The size of a cell; guessed as the square sheet of PyTorch where the told one can't be."""
    if 0 < source.cell_width <= width and 0 < source.cell_height <= height:
        return source.cell_width, source.cell_height
    side = max(1, math.ceil(math.sqrt(rows)))
    cell_width = max(1, width // side)
    cell_height = max(1, height // max(1, math.ceil(rows / side)))
    told = f"{source.cell_width} × {source.cell_height}" if source.cell_width else "not told"
    notices.append(
        Notice(
            shown,
            f"The size of cells is {told}, the sprite {width:,} × {height:,}; "
            f"{cell_width} × {cell_height} was taken",
        )
    )
    return cell_width, cell_height
