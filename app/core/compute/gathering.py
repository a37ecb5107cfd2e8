"""The loops of `grouping`: what the members of a group have to say at each step, gathered.

*Columns* are the steps of a group's line. A member lays each of its points into a column: the one
`places` names, or, where `places` is empty, into consecutive columns from the first on. Points that
are not finite are left out.
"""

# mypy: disable-error-code="valid-type"
# (Cython's const views are no types to mypy.)

from __future__ import annotations

import numpy as np

try:
    import cython
except ImportError:
    from eventglass.app.core import shadow as cython  # type: ignore[no-redef]

_largest = cython.declare(cython.double, float(np.finfo(np.float64).max))


def locate(
    union: cython.const[cython.longlong][::1],
    steps: cython.const[cython.longlong][::1],
    places: cython.int[::1],
) -> None:
    """Say where each of `steps` stands in `union`; both rise, and `union` has all of them."""
    i: cython.Py_ssize_t
    at: cython.Py_ssize_t = 0
    low: cython.Py_ssize_t
    high: cython.Py_ssize_t
    middle: cython.Py_ssize_t
    width: cython.Py_ssize_t
    n: cython.Py_ssize_t = union.shape[0]
    wanted: cython.longlong
    with cython.nogil:
        for i in range(steps.shape[0]):
            wanted = steps[i]
            if union[at] < wanted:
                # In strides that double, then halving: near ones are found at once.
                low = at
                width = 1
                while low + width < n and union[low + width] < wanted:
                    low += width
                    width *= 2
                high = min(low + width, n - 1)
                low += 1
                while low < high:
                    middle = (low + high) // 2
                    if union[middle] < wanted:
                        low = middle + 1
                    else:
                        high = middle
                at = low
            places[i] = at


def interpolate(
    steps: cython.const[cython.longlong][::1],
    values: cython.const[cython.double][::1],
    wall_times: cython.const[cython.double][::1],
    grid: cython.const[cython.longlong][::1],
    out_values: cython.double[::1],
    out_walls: cython.double[::1],
) -> None:
    """Values and wall times on the straight lines between points.

    `grid` rises and lies between the first and the last of `steps`, which rises too.
    """
    i: cython.Py_ssize_t
    at: cython.Py_ssize_t = 0
    last: cython.Py_ssize_t = steps.shape[0] - 1
    low: cython.Py_ssize_t = 0
    high: cython.Py_ssize_t = last
    middle: cython.Py_ssize_t
    wanted: cython.longlong
    begin: cython.double
    part: cython.double
    u: cython.double
    v: cython.double
    with cython.nogil:
        # The last point at or before the first of the grid.
        if grid.shape[0] > 0:
            while low < high:
                middle = (low + high + 1) // 2
                if steps[middle] <= grid[0]:
                    low = middle
                else:
                    high = middle - 1
            at = low
        for i in range(grid.shape[0]):
            wanted = grid[i]
            while at < last and steps[at + 1] <= wanted:
                at += 1
            u = values[at]
            out_values[i] = u
            out_walls[i] = wall_times[at]
            if steps[at] != wanted:
                if (steps[at] < 0) == (steps[at + 1] < 0):
                    # Exact, also where doubles can't tell neighbours apart.
                    begin = wanted - steps[at]
                    part = begin / (steps[at + 1] - steps[at])
                else:
                    # The difference may be no integer of 64 bits.
                    begin = steps[at]
                    part = (wanted - begin) / (steps[at + 1] - begin)
                v = values[at + 1]
                if v != u:
                    out_values[i] = u * (1.0 - part) + v * part
                u = wall_times[at]
                v = wall_times[at + 1]
                out_walls[i] = u * (1.0 - part) + v * part


def extend(
    values: cython.const[cython.double][::1],
    wall_times: cython.const[cython.double][::1],
    places: cython.const[cython.int][::1],
    first: cython.Py_ssize_t,
    base_s: cython.double,
    counts: cython.longlong[::1],
    lows: cython.double[::1],
    highs: cython.double[::1],
    clocks: cython.longlong[::1],
    walls: cython.double[::1],
) -> None:
    """Count a member's points in their columns and widen the columns' ranges.

    first : the column that place 0, or the first point, falls into; may be negative for places
    clocks, walls : how many wall times there are, and the sum of what they are beyond `base_s`
    """
    i: cython.Py_ssize_t
    at: cython.Py_ssize_t
    v: cython.double
    t: cython.double
    spread: cython.bint = places.shape[0] > 0
    with cython.nogil:
        for i in range(values.shape[0]):
            v = values[i]
            if not (-_largest <= v <= _largest):
                continue
            at = first + (places[i] if spread else i)
            counts[at] += 1
            if v < lows[at]:
                lows[at] = v
            if v > highs[at]:
                highs[at] = v
            t = wall_times[i]
            if -_largest <= t <= _largest:
                clocks[at] += 1
                walls[at] += t - base_s


def add_moments(
    values: cython.const[cython.double][::1],
    places: cython.const[cython.int][::1],
    first: cython.Py_ssize_t,
    middles: cython.const[cython.double][::1],
    halves: cython.const[cython.double][::1],
    sums: cython.double[::1],
    squares: cython.double[::1],
) -> None:
    """Add up a member's distances from the middles of the columns, in halves of their heights."""
    i: cython.Py_ssize_t
    at: cython.Py_ssize_t
    v: cython.double
    spread: cython.bint = places.shape[0] > 0
    with cython.nogil:
        for i in range(values.shape[0]):
            v = values[i]
            if not (-_largest <= v <= _largest):
                continue
            at = first + (places[i] if spread else i)
            if halves[at] > 0.0:
                v = (v - middles[at]) / halves[at]
                sums[at] += v
                squares[at] += v * v


def lay_out(
    values: cython.const[cython.double][::1],
    places: cython.const[cython.int][::1],
    first: cython.Py_ssize_t,
    cursors: cython.longlong[::1],
    pool: cython.double[::1],
) -> None:
    """Put a member's points where their columns' cursors stand, and move those on."""
    i: cython.Py_ssize_t
    at: cython.Py_ssize_t
    v: cython.double
    spread: cython.bint = places.shape[0] > 0
    with cython.nogil:
        for i in range(values.shape[0]):
            v = values[i]
            if not (-_largest <= v <= _largest):
                continue
            at = first + (places[i] if spread else i)
            pool[cursors[at]] = v
            cursors[at] += 1
