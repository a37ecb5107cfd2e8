"""Envelopes: between which numbers a sound lies in each column of a picture."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from eventglass.app.core.audio.sounds import BLOCK, Sound

#: With so many blocks to a column the blocks are used: nobody sees where their edges are.
_BLOCKS_PER_COLUMN = 2.0


def envelope(
    sound: Sound, first: float, last: float, columns: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return the least and the greatest of each column.

    Neighbouring columns share a frame, so that a line through them has no gaps.

    Parameters
    ----------
    first, last
        Frames at the left edge and the right; may lie outside of the sound.
    columns
        How many columns lie between them.

    Returns
    -------
    low, high : (channels, columns) float32
        Full scale 1.0; NaN in columns without frames.
    """
    low = np.full((sound.channels, max(columns, 0)), np.nan, np.float32)
    high = low.copy()
    width = (last - first) / max(columns, 1)
    if columns < 1 or not width > 0 or not sound.frames:
        return low, high
    by_block = width >= _BLOCKS_PER_COLUMN * BLOCK
    unit = BLOCK if by_block else 1
    count = sound.low.shape[1] if by_block else sound.frames
    edges = (first + width * np.arange(columns + 1)) / unit
    starts = np.floor(edges[:-1]).astype(np.int64)
    # One more than those inside: the first of the next column.
    stops = np.maximum(np.floor(edges[1:]).astype(np.int64) + (0 if by_block else 1), starts + 1)
    filled = np.flatnonzero((stops > 0) & (starts < count))
    if not len(filled):
        return low, high
    starts, stops = np.maximum(starts[filled], 0), np.minimum(stops[filled], count)
    base = int(starts[0])
    pairs = np.stack([starts, stops], axis=1).reshape(-1) - base
    if by_block:
        lows, highs = sound.low[:, base : stops[-1]], sound.high[:, base : stops[-1]]
    else:
        lows = highs = sound.floats(base, int(stops[-1])).T
    low[:, filled] = _reduced(np.minimum, lows, pairs)
    high[:, filled] = _reduced(np.maximum, highs, pairs)
    return low, high


def _reduced(
    how: np.ufunc, numbers: npt.NDArray[np.float32], pairs: npt.NDArray[np.int64]
) -> npt.NDArray[np.float32]:
    """Reduce between pairs of places. `reduceat` wants every place to exist: one is added."""
    contiguous = np.concatenate([numbers, numbers[:, -1:]], axis=1)
    found: npt.NDArray[np.float32] = how.reduceat(contiguous, pairs, axis=1)[:, ::2]
    return found
