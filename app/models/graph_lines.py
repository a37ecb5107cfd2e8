"""Many edges as few paths: made in one go, off the thread that paints them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QByteArray, QDataStream, QIODevice, Qt
from PySide6.QtGui import QPainterPath

#: Corners in one path; reading more of them from a stream holds up other threads.
_MOST_CORNERS = 4096
#: Corners nearer than this to a straight line are left out, in so many rounds; units.
_TOLERANCE, _ROUNDS = 1.5, 4


def from_afar(
    points: npt.NDArray[np.float64], starts: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Return lines without the corners that are not seen from afar.

    Parameters
    ----------
    points : (p, 2) float64
        Corners of all lines, one after the other.
    starts : (m + 1,) int64
        Where each line's corners begin.
    """
    kept = np.arange(len(points))
    is_end = np.zeros(len(points) + 1, bool)
    is_end[starts] = True
    is_end[starts[1:] - 1] = True
    for turn in range(_ROUNDS):
        # Of two beside each other only one may go in a round.
        inner = np.flatnonzero(~is_end[kept])
        inner = inner[inner % 2 == turn % 2]
        before, at, after = (points[kept[inner + by]] for by in (-1, 0, 1))
        way, off = after - before, at - before
        length = np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-9)
        gap = np.abs(way[:, 0] * off[:, 1] - way[:, 1] * off[:, 0]) / length
        along = (way * off).sum(axis=1) / length
        # Out and back again is no straight way.
        gone = (gap < _TOLERANCE) & (along >= 0) & (along <= length) & (length > _TOLERANCE)
        kept = np.delete(kept, inner[gone])
    return points[kept], np.searchsorted(kept, starts)


def polylines(
    points: npt.NDArray[np.float64], starts: npt.NDArray[np.int64], lines: npt.NDArray[np.intp]
) -> list[QPainterPath]:
    """Return paths that together hold some of many lines, without a call for each corner.

    Parameters
    ----------
    points, starts
        See `from_afar`.
    lines : (k,) intp
        Which lines are wanted, in rising order.
    """
    counts = starts[lines + 1] - starts[lines]
    lines, counts = lines[counts > 1], counts[counts > 1]
    if not len(lines):
        return []
    begin = np.cumsum(counts) - counts
    corners = points[np.repeat(starts[lines] - begin, counts) + np.arange(counts.sum())]
    is_first = np.zeros(len(corners), bool)
    is_first[begin] = True
    chunks = np.unique(begin // _MOST_CORNERS, return_index=True)[1]
    edges = [*begin[chunks].tolist(), len(corners)]
    return [_path(corners[a:b], is_first[a:b]) for a, b in pairwise(edges)]


def _path(corners: npt.NDArray[np.float64], is_first: npt.NDArray[np.bool_]) -> QPainterPath:
    # As Qt writes a path to a stream: how many; kind, x and y of each; where the last line begins.
    elements = np.empty(len(corners), [("kind", ">i4"), ("x", ">f8"), ("y", ">f8")])
    elements["kind"] = ~is_first
    elements["x"], elements["y"] = corners[:, 0], corners[:, 1]
    count = np.array([len(corners)], ">i4")
    ends = np.array([np.flatnonzero(is_first)[-1], Qt.FillRule.OddEvenFill.value], ">i4")
    # The stream does not keep what it reads from alive.
    data = QByteArray(count.tobytes() + elements.tobytes() + ends.tobytes())
    stream = QDataStream(data, QIODevice.OpenModeFlag.ReadOnly)
    path = QPainterPath()
    stream >> path
    return path
