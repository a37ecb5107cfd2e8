"""The outermost points of a mesh: enough of them to fit a camera to it tightly."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from eventglass.app.core.meshes.geometry import FAST, farthest

#: Directions in which the outermost points are sought.
DIRECTIONS = 128
#: Points looked through at most; of more every second, third … is.
MOST_POINTS = 60_000


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
    # Along rows NumPy is many times faster than across.
    rows = np.ascontiguousarray(points.T)
    extremes = np.concatenate([rows.argmin(axis=1), rows.argmax(axis=1)])
    stride = -(-len(points) // MOST_POINTS)
    ways = _directions()
    best = np.full(ways.shape[1], -np.inf, np.float32)
    where = np.zeros(ways.shape[1], np.int64)
    farthest(np.ascontiguousarray(points), ways, stride, best, where)
    kept = np.unique(np.concatenate([where, extremes]))
    outer: npt.NDArray[np.float32] = points[kept]
    return outer


def farthest_along(
    points: npt.NDArray[np.float32], ways: npt.NDArray[np.float64], centre: npt.ArrayLike
) -> npt.NDArray[np.float32]:
    """Return the points of all that lie farthest out in some directions.

    Parameters
    ----------
    points : (n, 3) float32
        Those that are not finite are passed over.
    ways : (3, k) float64
    centre : (3,)
        From where they are seen, so that nothing is lost far away from 0.

    Returns
    -------
    (at most k, 3) float32
    """
    if not len(points):
        return points
    with np.errstate(over="ignore", invalid="ignore"):
        away = np.ascontiguousarray(points - np.asarray(centre, np.float32), np.float32)
        if not np.isfinite(away.sum(dtype=np.float64)):
            away[~np.isfinite(away).all(axis=1)] = np.nan
    best = np.full(ways.shape[1], -np.inf, np.float32)
    where = np.full(ways.shape[1], -1, np.int64)
    if FAST:
        farthest(away, np.ascontiguousarray(ways, np.float32), 1, best, where)
    else:
        reached = away @ ways
        reached[np.isnan(reached)] = -np.inf
        where, best = reached.argmax(axis=0), reached.max(axis=0)
    outer: npt.NDArray[np.float32] = points[where[(where >= 0) & (best > -np.inf)]]
    return outer


@lru_cache(maxsize=1)
def _directions() -> npt.NDArray[np.float32]:
    """Directions spread evenly over a sphere (a spiral by the golden angle), (3, k)."""
    at = np.arange(DIRECTIONS) + 0.5
    height = 1.0 - 2.0 * at / DIRECTIONS
    angle = at * np.pi * (3.0 - np.sqrt(5.0))
    across = np.sqrt(1.0 - height * height)
    ways = np.stack([across * np.cos(angle), height, across * np.sin(angle)])
    return ways.astype(np.float32)
