"""Spectrograms as images: levels to colours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage

from eventglass.app.core.audio.spectrograms import FLOOR_DB, FrequencyScale, Spectrogram, picture
from eventglass.app.core.compute.colour_maps import colour_table


@dataclass(frozen=True, slots=True)
class Colouring:
    """Colours of levels: a map, the decibels it spans below full scale, and what is not yet there.

    ``empty`` is 0xffRRGGBB.
    """

    colour_map: str
    range_db: float
    empty: int


def spectrum_image(
    overview: Spectrogram,
    detail: Spectrogram | None,
    span: tuple[float, float],
    size: tuple[int, int],
    scale: FrequencyScale,
    colouring: Colouring,
) -> QImage:
    """Draw the levels between two frames, finer where there is a finer spectrogram.

    Parameters
    ----------
    span
        Frames at the left edge and the right.
    size
        Columns and rows.
    """
    columns, rows = size
    levels = picture(overview, *span, columns, rows, scale)
    width = (span[1] - span[0]) / columns
    if detail is not None:
        left = min(max(int(np.ceil((detail.first - span[0]) / width - 0.5)), 0), columns)
        right = min(max(int(np.floor((detail.last - span[0]) / width + 0.5)), left), columns)
        if right > left:
            part = (span[0] + left * width, span[0] + right * width)
            levels[:, left:right] = picture(detail, *part, right - left, rows, scale)
    pixels = _table(colouring.colour_map, colouring.range_db)[levels]
    frames = span[0] + (np.arange(columns) + 0.5) * width
    done = overview.first + (overview.last - overview.first) * overview.done / overview.columns
    pixels[:, (frames < overview.first) | (frames >= done)] = np.uint32(colouring.empty)
    whole = np.ascontiguousarray(pixels)
    return QImage(whole.data, columns, rows, columns * 4, QImage.Format.Format_RGB32).copy()


@lru_cache(maxsize=32)
def _table(colour_map: str, range_db: float) -> npt.NDArray[np.uint32]:
    """Colour of each level, 0xffRRGGBB: the map's first at `range_db` below full scale."""
    colours = colour_table(colour_map).astype(np.uint32)
    decibels = FLOOR_DB * (1.0 - np.arange(256) / 255.0)
    at = np.clip(np.rint((1.0 + decibels / range_db) * 255.0), 0, 255).astype(np.int64)
    packed = 0xFF000000 | colours[:, 0] << 16 | colours[:, 1] << 8 | colours[:, 2]
    found: npt.NDArray[np.uint32] = packed.astype(np.uint32)[at]
    return found
