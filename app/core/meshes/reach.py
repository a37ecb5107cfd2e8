"""The outermost points of a mesh: enough of them to fit a camera to it tightly."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

#: Directions in which the outermost points are sought.
DIRECTIONS = 192
#: Points looked through at most; of more every second, third … is.
MOST_POINTS = 100_000
_CHUNK = 8192


def outermost(points: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the points that lie farthest out in many directions, each once.

    They stand for all when a camera is fitted: what is left out reaches beyond them by at most
    some percent of the mesh's size, less than the margin around it.

    Parameters
    ----------
    points : (n, 3) float32, finite

    Returns
    -------
    (k, 3) float32, k at most `DIRECTIONS` + 6
        The least and greatest along the axes are among them always.
    """
    if not len(points):
        return points
    extremes = [*points.argmin(axis=0).tolist(), *points.argmax(axis=0).tolist()]
    stride = -(-len(points) // MOST_POINTS)
    some = points[::stride]
    ways = _directions()
    middle = (some.min(axis=0) + some.max(axis=0)) / 2.0
    best = np.full(len(ways), -np.inf, np.float32)
    where = np.zeros(len(ways), np.int64)
    for start in range(0, len(some), _CHUNK):
        away = (some[start : start + _CHUNK] - middle) @ ways.T
        found = away.argmax(axis=0)
        values = away[found, np.arange(len(ways))]
        better = values > best
        best[better] = values[better]
        where[better] = found[better] + start
    kept = np.unique(np.concatenate([where * stride, extremes]))
    outer: npt.NDArray[np.float32] = points[kept]
    return outer


@lru_cache(maxsize=1)
def _directions() -> npt.NDArray[np.float32]:
    """Directions spread evenly over a sphere (a spiral by the golden angle), (k, 3)."""
    at = np.arange(DIRECTIONS) + 0.5
    height = 1.0 - 2.0 * at / DIRECTIONS
    angle = at * np.pi * (3.0 - np.sqrt(5.0))
    across = np.sqrt(1.0 - height * height)
    ways = np.stack([across * np.cos(angle), height, across * np.sin(angle)], axis=1)
    return ways.astype(np.float32)
