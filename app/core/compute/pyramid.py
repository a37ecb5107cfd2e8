"""Minimum and maximum of any index range of a series, at a cost that does not grow with it.

A *pyramid* keeps the finite minimum, the finite maximum and the flags of every block of 64 points
(level 0), of every 16 such blocks (level 1), and so on. Only complete blocks are in it; what is
left over at either end of a range is read from the points themselves, so answers are exact.

A *column* is one pixel wide. `query_columns` says for every column of a picture which points fall
into it and what their finite minimum and maximum are.
"""

# mypy: disable-error-code="valid-type"
# (Cython's const views are no types to mypy.)

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eventglass.app.core.compute.scales import LINEAR, Scale

try:
    import cython
except ImportError:
    from eventglass.app.core import shadow as cython  # type: ignore[no-redef]
if cython.compiled:
    from cython.cimports.libc.math import log1p, log10
else:
    from math import log1p, log10

#: Points in a block of level 0.
BASE = 64
#: Blocks of one level in a block of the next.
FACTOR = 16
#: Enough for 64 * 16**6 points.
LEVELS = 7

#: What a range of points holds.
HAS_FINITE = 1
HAS_NAN = 2
HAS_POSITIVE_INFINITY = 4
HAS_NEGATIVE_INFINITY = 8

_INFINITY = float("inf")
_LARGEST = float(np.finfo(np.float64).max)

# Typed copies for the compiled loops; the public names above stay Python objects.
_largest = cython.declare(cython.double, _LARGEST)
_infinity = cython.declare(cython.double, _INFINITY)
_log_of_10 = cython.declare(cython.double, float(np.log(10.0)))


@dataclass(frozen=True, slots=True, eq=False)
class Pyramid:
    """An immutable state of the pyramid of one series.

    The levels lie one behind another in shared arrays; entries up to `counts` never change.

    Attributes
    ----------
    lows, highs : (c,) float64
        Finite minimum and maximum of each block; +inf and -inf where nothing is finite.
    flags : (c,) uint8
        `HAS_FINITE` | `HAS_NAN` | … of each block.
    starts, counts : (LEVELS,) int64
        Where each level begins in the arrays, and how many complete blocks it has.
    """

    lows: npt.NDArray[np.float64]
    highs: npt.NDArray[np.float64]
    flags: npt.NDArray[np.uint8]
    starts: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]

    @property
    def points(self) -> int:
        """Number of points its complete blocks cover."""
        return int(self.counts[0]) * BASE

    @property
    def nbytes(self) -> int:
        """Bytes held by the shared arrays, spare room included."""
        return self.lows.nbytes + self.highs.nbytes + self.flags.nbytes


#: Stands for "no pyramid" in calls of the compiled functions.
EMPTY = Pyramid(
    np.empty(0),
    np.empty(0),
    np.empty(0, np.uint8),
    np.zeros(LEVELS, np.int64),
    np.zeros(LEVELS, np.int64),
)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _build_base(
    values: cython.const[cython.double][::1],
    first: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
    lows: cython.double[::1],
    highs: cython.double[::1],
    flags: cython.uchar[::1],
) -> cython.void:
    block: cython.Py_ssize_t
    i: cython.Py_ssize_t
    end: cython.Py_ssize_t
    v: cython.double
    u: cython.double
    low: cython.double
    high: cython.double
    low_2: cython.double
    high_2: cython.double
    flag: cython.int
    for block in range(first, stop):
        i = block * 64
        end = i + 64
        low = _infinity
        low_2 = _infinity
        high = -_infinity
        high_2 = -_infinity
        flag = 0
        # Two of everything: the comparisons of one do not wait for those of the other. A NaN
        # compares false and changes nothing here; what else it means is found out below.
        while i < end:
            v = values[i]
            u = values[i + 1]
            low = v if v < low else low
            high = v if v > high else high
            low_2 = u if u < low_2 else low_2
            high_2 = u if u > high_2 else high_2
            flag |= v != v
            flag |= u != u
            i += 2
        if low_2 < low:
            low = low_2
        if high_2 > high:
            high = high_2
        if flag == 0 and low >= -_largest and high <= _largest:
            flag = 1
        else:
            low = _infinity
            high = -_infinity
            flag = 0
            for i in range(end - 64, end):
                v = values[i]
                if -_largest <= v <= _largest:
                    flag |= 1
                    low = v if v < low else low
                    high = v if v > high else high
                elif v > 0:
                    flag |= 4
                elif v < 0:
                    flag |= 8
                else:
                    flag |= 2
        lows[block] = low
        highs[block] = high
        flags[block] = flag


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _build_level(
    lows: cython.double[::1],
    highs: cython.double[::1],
    flags: cython.uchar[::1],
    below: cython.Py_ssize_t,
    here: cython.Py_ssize_t,
    first: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
) -> cython.void:
    block: cython.Py_ssize_t
    i: cython.Py_ssize_t
    low: cython.double
    high: cython.double
    flag: cython.int
    for block in range(first, stop):
        low = _infinity
        high = -_infinity
        flag = 0
        for i in range(below + block * 16, below + block * 16 + 16):
            low = lows[i] if lows[i] < low else low
            high = highs[i] if highs[i] > high else high
            flag |= flags[i]
        lows[here + block] = low
        highs[here + block] = high
        flags[here + block] = flag


def _build(
    values: cython.const[cython.double][::1],
    lows: cython.double[::1],
    highs: cython.double[::1],
    flags: cython.uchar[::1],
    starts: cython.const[cython.longlong][::1],
    old: cython.const[cython.longlong][::1],
    new: cython.const[cython.longlong][::1],
) -> None:
    level: cython.Py_ssize_t
    with cython.nogil:
        _build_base(values, old[0], new[0], lows, highs, flags)
        for level in range(1, 7):
            _build_level(
                lows, highs, flags, starts[level - 1], starts[level], old[level], new[level]
            )


def _level_counts(blocks: int) -> npt.NDArray[np.int64]:
    """Complete blocks of every level above `blocks` of level 0, (LEVELS,) int64."""
    counts = np.empty(LEVELS, np.int64)
    for level in range(LEVELS):
        counts[level] = blocks
        blocks //= FACTOR
    return counts


class PyramidBuilder:
    """Builds the pyramid of a growing series; used by one thread at a time.

    Snapshots handed out stay true: entries they cover never change, and growth makes new arrays.
    """

    __slots__ = ("_capacity", "_snapshot")

    def __init__(self) -> None:
        self._capacity = 0
        self._snapshot = EMPTY

    def extend(self, values: npt.NDArray[np.float64], count: int) -> None:
        """Take in the points up to `count`; those taken in before must be unchanged.

        Parameters
        ----------
        values : (n,) float64, contiguous, n >= count
        count : int
            Points that are valid now. Costs time only for blocks that became complete.
        """
        old = self._snapshot
        blocks = count // BASE
        if blocks <= old.counts[0]:
            return
        lows, highs, flags, starts = old.lows, old.highs, old.flags, old.starts
        if blocks > self._capacity:
            self._capacity = max(blocks, self._capacity * 3 // 2, 64)
            room = _level_counts(self._capacity)
            starts = np.concatenate(([0], np.cumsum(room[: LEVELS - 1])))
            size = int(room.sum())
            lows, highs = np.empty(size), np.empty(size)
            flags = np.empty(size, np.uint8)
            for level in range(LEVELS):
                here, there, n = starts[level], old.starts[level], old.counts[level]
                lows[here : here + n] = old.lows[there : there + n]
                highs[here : here + n] = old.highs[there : there + n]
                flags[here : here + n] = old.flags[there : there + n]
        counts = _level_counts(blocks)
        _build(values, lows, highs, flags, starts, old.counts, counts)
        self._snapshot = Pyramid(lows, highs, flags, starts, counts)

    def snapshot(self) -> Pyramid:
        """Return the present state, for any thread."""
        return self._snapshot


def build_pyramid(values: npt.NDArray[np.float64]) -> Pyramid:
    """Return the pyramid of a finished array, (n,) float64, contiguous."""
    builder = PyramidBuilder()
    builder.extend(values, len(values))
    return builder.snapshot()


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _reduce(
    values: cython.const[cython.double][::1],
    start: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
    lows: cython.const[cython.double][::1],
    highs: cython.const[cython.double][::1],
    flags: cython.const[cython.uchar][::1],
    starts: cython.const[cython.longlong][::1],
    counts: cython.const[cython.longlong][::1],
    out_lows: cython.double[::1],
    out_highs: cython.double[::1],
    out_flags: cython.uchar[::1],
    out: cython.Py_ssize_t,
) -> cython.void:
    """Write finite minimum, maximum and flags of the points [start, stop) to entry `out`."""
    i: cython.Py_ssize_t
    first: cython.Py_ssize_t
    end: cython.Py_ssize_t
    head: cython.Py_ssize_t
    tail: cython.Py_ssize_t
    base: cython.Py_ssize_t
    level: cython.Py_ssize_t
    v: cython.double
    low: cython.double = _infinity
    high: cython.double = -_infinity
    flag: cython.int = 0
    # Complete blocks inside the range: [first, end) of level 0, or none.
    first = (start + 63) // 64
    end = stop // 64
    if end > counts[0]:
        end = counts[0]
    if end <= first:
        head = stop
        tail = stop
        end = first
    else:
        head = first * 64
        tail = end * 64
    for i in range(start, head):
        v = values[i]
        if -_largest <= v <= _largest:
            flag |= 1
            low = v if v < low else low
            high = v if v > high else high
        elif v > 0:
            flag |= 4
        elif v < 0:
            flag |= 8
        else:
            flag |= 2
    for i in range(tail, stop):
        v = values[i]
        if -_largest <= v <= _largest:
            flag |= 1
            low = v if v < low else low
            high = v if v > high else high
        elif v > 0:
            flag |= 4
        elif v < 0:
            flag |= 8
        else:
            flag |= 2
    level = 0
    while first < end:
        base = starts[level]
        if level == 6 or end - first < 32:
            head = end
            tail = end
        else:
            head = (first + 15) // 16 * 16
            tail = end // 16 * 16
        for i in range(base + first, base + head):
            low = lows[i] if lows[i] < low else low
            high = highs[i] if highs[i] > high else high
            flag |= flags[i]
        for i in range(base + tail, base + end):
            low = lows[i] if lows[i] < low else low
            high = highs[i] if highs[i] > high else high
            flag |= flags[i]
        first = head // 16
        end = tail // 16
        level += 1
        if head == tail:
            break
    out_lows[out] = low
    out_highs[out] = high
    out_flags[out] = flag


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def _pixel(
    steps: cython.const[cython.longlong][::1],
    seconds: cython.const[cython.double][::1],
    i: cython.Py_ssize_t,
    left: cython.double,
    scale: cython.double,
    kind: cython.int,
    origin: cython.double,
    constant: cython.double,
) -> cython.double:
    """Horizontal place of point i; steps count when there are no seconds.

    `kind` is that of a `Scale`. On a linear axis `left` has the origin in it already.
    """
    x: cython.double
    if seconds.shape[0] == 0:
        x = cython.cast(cython.double, steps[i])
    else:
        x = seconds[i]
    if kind == 0:
        return (x - left) * scale
    x -= origin
    if kind == 1:
        # Zero and below have no place; callers leave them out.
        x = log10(x) if x > 0.0 else -1e4
    elif x < 0.0:
        x = -log1p(-x / constant) / _log_of_10
    else:
        x = log1p(x / constant) / _log_of_10
    return (x - left) * scale


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _first_at(
    steps: cython.const[cython.longlong][::1],
    seconds: cython.const[cython.double][::1],
    low: cython.Py_ssize_t,
    high: cython.Py_ssize_t,
    left: cython.double,
    scale: cython.double,
    edge: cython.double,
    kind: cython.int,
    origin: cython.double,
    constant: cython.double,
) -> cython.Py_ssize_t:
    """First index in [low, high) at or right of `edge`, or high."""
    middle: cython.Py_ssize_t
    while low < high:
        middle = low + (high - low) // 2
        if _pixel(steps, seconds, middle, left, scale, kind, origin, constant) < edge:
            low = middle + 1
        else:
            high = middle
    return low


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _next_bound(
    steps: cython.const[cython.longlong][::1],
    seconds: cython.const[cython.double][::1],
    here: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
    guess: cython.Py_ssize_t,
    left: cython.double,
    scale: cython.double,
    edge: cython.double,
    kind: cython.int,
    origin: cython.double,
    constant: cython.double,
) -> cython.Py_ssize_t:
    """First index in [here, stop) at or right of `edge`; fast when it is near here + guess."""
    low: cython.Py_ssize_t
    high: cython.Py_ssize_t
    width: cython.Py_ssize_t = 1
    if here >= stop or _pixel(steps, seconds, here, left, scale, kind, origin, constant) >= edge:
        return here
    # Point `here` is left of the edge. Look where the last column would put the edge.
    low = here + guess
    if low >= stop:
        low = stop - 1
    if _pixel(steps, seconds, low, left, scale, kind, origin, constant) < edge:
        high = low + 1
        while (
            high < stop and _pixel(steps, seconds, high, left, scale, kind, origin, constant) < edge
        ):
            low = high
            high = low + width
            width = width * 2
        if high > stop:
            high = stop
        return _first_at(steps, seconds, low + 1, high, left, scale, edge, kind, origin, constant)
    high = low
    low = high - 1
    while low > here and _pixel(steps, seconds, low, left, scale, kind, origin, constant) >= edge:
        high = low
        low = high - width
        width = width * 2
    if low < here:
        low = here
    return _first_at(steps, seconds, low + 1, high, left, scale, edge, kind, origin, constant)


def _query_sorted(
    steps: cython.const[cython.longlong][::1],
    seconds: cython.const[cython.double][::1],
    values: cython.const[cython.double][::1],
    start: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
    left: cython.double,
    scale: cython.double,
    columns: cython.Py_ssize_t,
    kind: cython.int,
    origin: cython.double,
    constant: cython.double,
    lows: cython.const[cython.double][::1],
    highs: cython.const[cython.double][::1],
    flags: cython.const[cython.uchar][::1],
    starts: cython.const[cython.longlong][::1],
    counts: cython.const[cython.longlong][::1],
    out_starts: cython.longlong[::1],
    out_stops: cython.longlong[::1],
    out_lows: cython.double[::1],
    out_highs: cython.double[::1],
    out_flags: cython.uchar[::1],
    out_edges: cython.double[:, ::1],
) -> None:
    column: cython.Py_ssize_t
    here: cython.Py_ssize_t
    there: cython.Py_ssize_t
    guess: cython.Py_ssize_t = 1
    with cython.nogil:
        here = _first_at(steps, seconds, start, stop, left, scale, 0.0, kind, origin, constant)
        for column in range(columns):
            there = _next_bound(
                steps, seconds, here, stop, guess, left, scale, column + 1.0, kind, origin, constant
            )
            out_starts[column] = here
            out_stops[column] = there
            if there > here:
                guess = there - here
                _reduce(
                    values,
                    here,
                    there,
                    lows,
                    highs,
                    flags,
                    starts,
                    counts,
                    out_lows,
                    out_highs,
                    out_flags,
                    column,
                )
                out_edges[0, column] = values[here]
                out_edges[1, column] = values[there - 1]
                out_edges[2, column] = _pixel(
                    steps, seconds, here, left, scale, kind, origin, constant
                )
                out_edges[3, column] = _pixel(
                    steps, seconds, there - 1, left, scale, kind, origin, constant
                )
                here = there
            else:
                out_flags[column] = 0
                out_lows[column] = _infinity
                out_highs[column] = -_infinity


def _query_unsorted(
    steps: cython.const[cython.longlong][::1],
    seconds: cython.const[cython.double][::1],
    values: cython.const[cython.double][::1],
    start: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
    left: cython.double,
    scale: cython.double,
    columns: cython.Py_ssize_t,
    kind: cython.int,
    origin: cython.double,
    constant: cython.double,
    out_starts: cython.longlong[::1],
    out_stops: cython.longlong[::1],
    out_lows: cython.double[::1],
    out_highs: cython.double[::1],
    out_flags: cython.uchar[::1],
    out_edges: cython.double[:, ::1],
) -> None:
    column: cython.Py_ssize_t
    i: cython.Py_ssize_t
    x: cython.double
    v: cython.double
    with cython.nogil:
        for column in range(columns):
            out_starts[column] = 0
            out_stops[column] = 0
            out_lows[column] = _infinity
            out_highs[column] = -_infinity
            out_flags[column] = 0
        for i in range(start, stop):
            x = _pixel(steps, seconds, i, left, scale, kind, origin, constant)
            # Also false for a NaN wall time: such a point has no place on this axis.
            if not 0.0 <= x < columns:
                continue
            column = cython.cast(cython.Py_ssize_t, x) if cython.compiled else int(x)
            v = values[i]
            if out_stops[column] == 0:
                out_starts[column] = i
                out_edges[0, column] = v
                out_edges[2, column] = x
            out_stops[column] = i + 1
            out_edges[1, column] = v
            out_edges[3, column] = x
            if -_largest <= v <= _largest:
                out_flags[column] |= 1
                out_lows[column] = v if v < out_lows[column] else out_lows[column]
                out_highs[column] = v if v > out_highs[column] else out_highs[column]
            elif v > 0:
                out_flags[column] |= 4
            elif v < 0:
                out_flags[column] |= 8
            else:
                out_flags[column] |= 2


class Columns:
    """What falls into every pixel column; room for `size` of them, reused between queries.

    Attributes
    ----------
    starts, stops : (size,) int64
        First index in the column, and one past the last; equal where the column is empty.
    lows, highs : (size,) float64
        Finite minimum and maximum; +inf and -inf where nothing is finite.
    flags : (size,) uint8
        `HAS_FINITE` | `HAS_NAN` | …
    edges : (4, size) float64
        Value of the first and of the last point, finite or not, then their places in pixels;
        undefined where the column is empty.
    """

    __slots__ = ("edges", "flags", "highs", "lows", "starts", "stops")

    def __init__(self, size: int) -> None:
        self.starts = np.empty(size, np.int64)
        self.stops = np.empty(size, np.int64)
        self.lows = np.empty(size)
        self.highs = np.empty(size)
        self.flags = np.empty(size, np.uint8)
        self.edges = np.empty((4, size))


#: Stands for "steps, not seconds" in calls of the compiled functions.
NO_SECONDS = np.empty(0)


def query_columns(
    out: Columns,
    steps: npt.NDArray[np.int64],
    seconds: npt.NDArray[np.float64],
    values: npt.NDArray[np.float64],
    start: int,
    stop: int,
    left: float,
    scale: float,
    columns: int,
    pyramid: Pyramid | None,
    is_sorted: bool = True,
    along: Scale = LINEAR,
    origin: float = 0.0,
) -> None:
    """Find for the points [start, stop) what falls into each of `columns` pixel columns.

    Point i belongs to column floor((x[i] - left) * scale) on a linear axis, and on another to
    floor((drawn(x[i] - origin) - left) * scale). With a negative `scale` the columns are counted
    from the right, for pieces in which x falls.

    Parameters
    ----------
    out : Columns
        Takes the answer in its first `columns` entries.
    steps : (n,) int64
        The x of the points, when `seconds` is `NO_SECONDS`.
    seconds : (n,) float64
        The x of the points otherwise.
    values : (n,) float64
    pyramid : Pyramid of `values`, or None
    is_sorted : bool
        Whether x never decreases in [start, stop). If not, every point is looked at.
    along : Scale
        Of the axis.
    origin : float
        Where x is 0, for an axis that is not linear.
    """
    if not is_sorted:
        _query_unsorted(
            steps,
            seconds,
            values,
            start,
            stop,
            left,
            scale,
            columns,
            along.code,
            origin,
            along.constant,
            out.starts,
            out.stops,
            out.lows,
            out.highs,
            out.flags,
            out.edges,
        )
        return
    p = EMPTY if pyramid is None else pyramid
    _query_sorted(
        steps,
        seconds,
        values,
        start,
        stop,
        left,
        scale,
        columns,
        along.code,
        origin,
        along.constant,
        p.lows,
        p.highs,
        p.flags,
        p.starts,
        p.counts,
        out.starts,
        out.stops,
        out.lows,
        out.highs,
        out.flags,
        out.edges,
    )


def _range(
    values: cython.const[cython.double][::1],
    start: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
    lows: cython.const[cython.double][::1],
    highs: cython.const[cython.double][::1],
    flags: cython.const[cython.uchar][::1],
    starts: cython.const[cython.longlong][::1],
    counts: cython.const[cython.longlong][::1],
    out_lows: cython.double[::1],
    out_highs: cython.double[::1],
    out_flags: cython.uchar[::1],
) -> None:
    with cython.nogil:
        _reduce(
            values,
            start,
            stop,
            lows,
            highs,
            flags,
            starts,
            counts,
            out_lows,
            out_highs,
            out_flags,
            0,
        )


def range_of(
    values: npt.NDArray[np.float64], start: int, stop: int, pyramid: Pyramid | None
) -> tuple[float, float, int]:
    """Return finite minimum, finite maximum and flags of the points [start, stop).

    Minimum and maximum are +inf and -inf when none of the points is finite.
    """
    p = EMPTY if pyramid is None else pyramid
    out = Columns(1)
    _range(
        values,
        start,
        stop,
        p.lows,
        p.highs,
        p.flags,
        p.starts,
        p.counts,
        out.lows,
        out.highs,
        out.flags,
    )
    return float(out.lows[0]), float(out.highs[0]), int(out.flags[0])


def _decrease(
    steps: cython.const[cython.longlong][::1],
    seconds: cython.const[cython.double][::1],
    start: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
) -> cython.Py_ssize_t:
    i: cython.Py_ssize_t
    found: cython.Py_ssize_t = stop
    with cython.nogil:
        if seconds.shape[0] == 0:
            for i in range(start + 1, stop):
                if steps[i] < steps[i - 1]:
                    found = i
                    break
        elif start < stop and seconds[start] != seconds[start]:
            found = start
        else:
            for i in range(start + 1, stop):
                if not seconds[i] >= seconds[i - 1]:
                    found = i
                    break
    return found


def first_decrease(
    steps: npt.NDArray[np.int64], seconds: npt.NDArray[np.float64], start: int, stop: int
) -> int:
    """Index of the first point in [start, stop) whose x is NaN or less than the one before.

    Returns `stop` when there is none: the x are sorted. Arguments as in `query_columns`.
    """
    return int(_decrease(steps, seconds, start, stop))
