"""Nearest points of a cloud, exactly: a k-d tree.

The points are sorted into a tree without pointers: a stretch of them is halved at its median along
the axis on which it reaches farthest, until a stretch is short. It costs 4 bytes a point beside the
points themselves.
"""

# mypy: disable-error-code="valid-type"
# (Cython's const views are no types to mypy.)

from __future__ import annotations

import numpy as np
import numpy.typing as npt

try:
    import cython
except ImportError:
    from eventglass.app.core import shadow as cython  # type: ignore[no-redef]
if cython.compiled:
    from cython.cimports.libc.math import sqrt
else:
    from math import sqrt

#: Points that are compared one by one.
_LEAF = cython.declare(cython.int, 12)
#: Halves of halves: more than any count of points has.
_DEPTH = 64
#: Queries between two questions whether to stop.
_BATCH = 16_384


def _build(
    points: cython.double[:, ::1],
    order: cython.longlong[::1],
    axes: cython.uchar[::1],
    stack: cython.longlong[:, ::1],
) -> None:
    """Sort points so that each stretch is halved at its median; `axes` says where it was."""
    top: cython.Py_ssize_t = 1
    low: cython.Py_ssize_t
    high: cython.Py_ssize_t
    left: cython.Py_ssize_t
    right: cython.Py_ssize_t
    middle: cython.Py_ssize_t
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    k: cython.Py_ssize_t
    axis: cython.Py_ssize_t
    least: cython.double
    most: cython.double
    widest: cython.double
    pivot: cython.double
    kept: cython.double
    number: cython.longlong
    stack[0, 0] = 0
    stack[0, 1] = points.shape[0]
    with cython.nogil:
        while top > 0:
            top -= 1
            low = stack[top, 0]
            high = stack[top, 1]
            if high - low <= _LEAF:
                continue
            axis = 0
            widest = -1.0
            for k in range(3):
                least = points[low, k]
                most = least
                for i in range(low + 1, high):
                    if points[i, k] < least:
                        least = points[i, k]
                    elif points[i, k] > most:
                        most = points[i, k]
                if most - least > widest:
                    widest = most - least
                    axis = k
            middle = (low + high) // 2
            axes[middle] = axis
            # Quickselect by Hoare: equal points are halved as well.
            left = low
            right = high - 1
            while left < right:
                pivot = points[(left + right) // 2, axis]
                i = left
                j = right
                while i <= j:
                    while points[i, axis] < pivot:
                        i += 1
                    while points[j, axis] > pivot:
                        j -= 1
                    if i <= j:
                        for k in range(3):
                            kept = points[i, k]
                            points[i, k] = points[j, k]
                            points[j, k] = kept
                        number = order[i]
                        order[i] = order[j]
                        order[j] = number
                        i += 1
                        j -= 1
                if middle <= j:
                    right = j
                elif middle >= i:
                    left = i
                else:
                    break
            stack[top, 0] = low
            stack[top, 1] = middle
            top += 1
            stack[top, 0] = middle + 1
            stack[top, 1] = high
            top += 1


def _search(
    points: cython.const[cython.double][:, ::1],
    order: cython.const[cython.longlong][::1],
    axes: cython.const[cython.uchar][::1],
    queries: cython.const[cython.double][:, ::1],
    stack: cython.longlong[:, ::1],
    bounds: cython.double[::1],
    distances: cython.double[::1],
    found: cython.longlong[::1],
) -> None:
    """Find the nearest point of each query; those that aren't finite find none."""
    q: cython.Py_ssize_t
    i: cython.Py_ssize_t
    top: cython.Py_ssize_t
    low: cython.Py_ssize_t
    high: cython.Py_ssize_t
    middle: cython.Py_ssize_t
    x: cython.double
    y: cython.double
    z: cython.double
    away: cython.double
    square: cython.double
    best: cython.double
    at: cython.longlong
    with cython.nogil:
        for q in range(queries.shape[0]):
            x = queries[q, 0]
            y = queries[q, 1]
            z = queries[q, 2]
            found[q] = -1
            if not (x - x == 0.0 and y - y == 0.0 and z - z == 0.0):
                continue
            best = 1e300
            at = -1
            stack[0, 0] = 0
            stack[0, 1] = points.shape[0]
            bounds[0] = 0.0
            top = 1
            while top > 0:
                top -= 1
                if bounds[top] > best:
                    continue
                low = stack[top, 0]
                high = stack[top, 1]
                while high - low > _LEAF:
                    middle = (low + high) // 2
                    away = queries[q, axes[middle]] - points[middle, axes[middle]]
                    square = (
                        (points[middle, 0] - x) * (points[middle, 0] - x)
                        + (points[middle, 1] - y) * (points[middle, 1] - y)
                        + (points[middle, 2] - z) * (points[middle, 2] - z)
                    )
                    if square < best or (square == best and order[middle] < at):
                        best = square
                        at = order[middle]
                    bounds[top] = away * away
                    if away < 0.0:
                        stack[top, 0] = middle + 1
                        stack[top, 1] = high
                        high = middle
                    else:
                        stack[top, 0] = low
                        stack[top, 1] = middle
                        low = middle + 1
                    top += 1
                for i in range(low, high):
                    square = (
                        (points[i, 0] - x) * (points[i, 0] - x)
                        + (points[i, 1] - y) * (points[i, 1] - y)
                        + (points[i, 2] - z) * (points[i, 2] - z)
                    )
                    if square < best or (square == best and order[i] < at):
                        best = square
                        at = order[i]
            found[q] = at
            distances[q] = sqrt(best)


class PointTree:
    """Answers which point of a cloud is nearest. Any thread may ask.

    Parameters
    ----------
    points : (n, 3) numbers
        Points that aren't finite are left out.
    """

    def __init__(self, points: npt.NDArray[np.floating]) -> None:
        finite = np.flatnonzero(np.isfinite(points).all(axis=1))
        self._order = finite.astype(np.int64)
        self._points = np.ascontiguousarray(points[finite], np.float64)
        self._axes = np.zeros(len(finite), np.uint8)
        if len(finite):
            _build(self._points, self._order, self._axes, np.zeros((2 * _DEPTH, 2), np.int64))

    def __len__(self) -> int:
        return len(self._order)

    def nearest(
        self, queries: npt.NDArray[np.floating]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
        """Return how far the nearest point of each query is, and which it is.

        Parameters
        ----------
        queries : (q, 3) numbers

        Returns
        -------
        distances : (q,) float64
            NaN for queries that aren't finite, and without any points.
        indices : (q,) int64
            Of several points as near the first; -1 where there is none.
        """
        distances = np.full(len(queries), np.nan)
        found = np.full(len(queries), -1, np.int64)
        if len(self):
            stack = np.zeros((2 * _DEPTH, 2), np.int64)
            _search(
                self._points,
                self._order,
                self._axes,
                np.ascontiguousarray(queries, np.float64),
                stack,
                np.zeros(2 * _DEPTH),
                distances,
                found,
            )
        return distances, found
