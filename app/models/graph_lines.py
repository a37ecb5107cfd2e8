"""Many edges as few paths: made in one go, off the thread that paints them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QByteArray, QDataStream, QIODevice, Qt
from PySide6.QtGui import QPainterPath

#: Corners in one path; reading more of them from a stream holds up other threads.
_MOST_CORNERS = 4096


def polylines(
    points: npt.NDArray[np.float64], starts: npt.NDArray[np.int64], lines: npt.NDArray[np.intp]
) -> list[QPainterPath]:
    """Return paths that together hold some of many lines, without a call for each corner.

    Parameters
    ----------
    points : (p, 2) float64
        Corners of all lines, one after the other.
    starts : (m + 1,) int64
        Where each line's corners begin.
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
    keep = _bends(corners, is_first)
    corners, is_first = corners[keep], is_first[keep]
    heads = np.flatnonzero(is_first)
    chunks = np.unique(heads // _MOST_CORNERS, return_index=True)[1]
    edges = [*heads[chunks].tolist(), len(corners)]
    return [_path(corners[a:b], is_first[a:b]) for a, b in pairwise(edges)]


def _bends(
    corners: npt.NDArray[np.float64], is_first: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Which corners are none on a way straight down or straight across: these are left out."""
    keep = is_first.copy()
    keep[:-1] |= is_first[1:]
    keep[-1] = True
    still = corners[1:] == corners[:-1]
    keep[1:-1] |= ~(still[1:] & still[:-1]).any(axis=1)
    return keep


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
