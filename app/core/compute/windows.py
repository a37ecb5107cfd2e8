"""Filters over a sliding window: mean, Gaussian, median, Savitzky–Golay, and time-weighted decay.

All take a line of finite values (n,) float64 and return one as long. A window has an odd number of
points, `half` on either side of its middle; at the ends of the line it is cut off, and what is
left of it counts (Savitzky–Golay: see `savitzky_golay`). The cost of a point does not depend on the
window. Nothing is ever taken away from a running sum: a single point of 1e300 disturbs the windows
it is in, and no other.
"""

# mypy: disable-error-code="valid-type"
# (Cython's const views are no types to mypy.)

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from eventglass.app.core.compute.statistics import differences

try:
    import cython
except ImportError:
    from eventglass.app.core import shadow as cython  # type: ignore[no-redef]

Line: TypeAlias = npt.NDArray[np.float64]

#: A Gaussian is cut off where it falls below 4e-6 of its height.
REACH_SIGMAS = 5.0
#: The standard deviation of a wide Gaussian is at least so many distances between nodes.
NODES_PER_SIGMA = 6
#: Medians of windows up to so many points come from a sorted list.
SMALL_MEDIAN = 8
#: Points whose spacing is looked at to find the usual one.
SPACINGS = 65_536
_BATCH = 65_536
_infinity = cython.declare(cython.double, float("inf"))


# -- running mean ----------------------------------------------------------------------------------


def _mean(
    values: cython.const[cython.double][::1],
    half: cython.Py_ssize_t,
    tails: cython.double[::1],
    out: cython.double[::1],
) -> None:
    """The line is cut into blocks as long as the window.

    Every window is the tail of one block, summed up from its end, and the head of the next.
    """
    n: cython.Py_ssize_t = values.shape[0]
    length: cython.Py_ssize_t = 2 * half + 1
    i: cython.Py_ssize_t
    start: cython.Py_ssize_t
    stop: cython.Py_ssize_t
    total: cython.double
    count: cython.double
    with cython.nogil:
        # Windows that begin before the line does: heads of the first block.
        total = 0.0
        stop = min(half, n)
        for i in range(stop):
            total += values[i]
        count = stop
        for i in range(min(half, n)):
            if i + half < n:
                total += values[i + half]
                count += 1.0
            out[i] = total / count
        start = 0
        while start + half < n:
            stop = min(start + length, n)
            total = 0.0
            i = stop
            while i > start:
                i -= 1
                total += values[i]
                tails[i - start] = total
            stop = min(length, n - half - start)
            # Whole windows, then those that end with the line.
            total = 0.0
            count = length
            out[start + half] = tails[0] / min(length, n - start)
            i = 1
            while i < stop and start + length + i - 1 < n:
                total += values[start + length + i - 1]
                out[start + half + i] = (tails[i] + total) / count
                i += 1
            while i < stop:
                out[start + half + i] = (tails[i] + total) / (n - start - i)
                i += 1
            start += length


def running_mean(values: Line, half: int) -> Line:
    """Return the mean of each window."""
    out = np.empty(len(values))
    _mean(values, half, np.empty(min(2 * half + 1, len(values))), out)
    return out


# -- Gaussian --------------------------------------------------------------------------------------


def _convolve(
    values: cython.const[cython.double][::1],
    weights: cython.const[cython.double][::1],
    scale: cython.double,
    out: cython.double[::1],
) -> None:
    """Symmetric weighted sums where the window is whole; weights[k] for points k off."""
    n: cython.Py_ssize_t = values.shape[0]
    reach: cython.Py_ssize_t = weights.shape[0] - 1
    start: cython.Py_ssize_t
    stop: cython.Py_ssize_t
    i: cython.Py_ssize_t
    k: cython.Py_ssize_t
    w: cython.double
    with cython.nogil:
        # In strips that stay in the first cache.
        start = reach
        while start < n - reach:
            stop = min(start + 1024, n - reach)
            w = weights[0]
            for i in range(start, stop):
                out[i] = w * values[i]
            for k in range(1, reach + 1):
                w = weights[k]
                for i in range(start, stop):
                    out[i] += w * (values[i - k] + values[i + k])
            for i in range(start, stop):
                out[i] /= scale
            start = stop


def _convolve_ends(
    values: cython.const[cython.double][::1],
    weights: cython.const[cython.double][::1],
    first: cython.Py_ssize_t,
    last: cython.Py_ssize_t,
    out: cython.double[::1],
) -> None:
    """Weighted means of the points there are, for positions [first, last)."""
    n: cython.Py_ssize_t = values.shape[0]
    reach: cython.Py_ssize_t = weights.shape[0] - 1
    i: cython.Py_ssize_t
    k: cython.Py_ssize_t
    total: cython.double
    weight: cython.double
    with cython.nogil:
        for i in range(first, last):
            total = weights[0] * values[i]
            weight = weights[0]
            for k in range(1, min(reach, i) + 1):
                total += weights[k] * values[i - k]
                weight += weights[k]
            for k in range(1, min(reach, n - 1 - i) + 1):
                total += weights[k] * values[i + k]
                weight += weights[k]
            out[i] = total / weight


def _spread(
    values: cython.const[cython.double][::1],
    weights: cython.const[cython.double][:, ::1],
    nodes: cython.double[::1],
) -> None:
    """Share every point among the four nodes around it; node k + 1 stands at the k-th block."""
    n: cython.Py_ssize_t = values.shape[0]
    length: cython.Py_ssize_t = weights.shape[0]
    block: cython.Py_ssize_t = 0
    start: cython.Py_ssize_t = 0
    j: cython.Py_ssize_t
    v: cython.double
    a: cython.double
    b: cython.double
    c: cython.double
    d: cython.double
    with cython.nogil:
        while start < n:
            a = 0.0
            b = 0.0
            c = 0.0
            d = 0.0
            for j in range(min(length, n - start)):
                v = values[start + j]
                a += weights[j, 0] * v
                b += weights[j, 1] * v
                c += weights[j, 2] * v
                d += weights[j, 3] * v
            nodes[block] += a
            nodes[block + 1] += b
            nodes[block + 2] += c
            nodes[block + 3] += d
            start += length
            block += 1


def _collect(
    nodes: cython.const[cython.double][::1],
    sizes: cython.const[cython.double][::1],
    weights: cython.const[cython.double][:, ::1],
    out: cython.double[::1],
) -> None:
    """The other way round: what the four nodes around every point say, by their sizes."""
    n: cython.Py_ssize_t = out.shape[0]
    length: cython.Py_ssize_t = weights.shape[0]
    k: cython.Py_ssize_t = 0
    start: cython.Py_ssize_t = 0
    j: cython.Py_ssize_t
    total: cython.double
    size: cython.double
    with cython.nogil:
        while start < n:
            for j in range(min(length, n - start)):
                total = weights[j, 0] * nodes[k] + weights[j, 1] * nodes[k + 1]
                total += weights[j, 2] * nodes[k + 2] + weights[j, 3] * nodes[k + 3]
                size = weights[j, 0] * sizes[k] + weights[j, 1] * sizes[k + 1]
                size += weights[j, 2] * sizes[k + 2] + weights[j, 3] * sizes[k + 3]
                out[start + j] = total / size
            start += length
            k += 1


def _gaussian_weights(sigma: float) -> Line:
    reach = math.ceil(REACH_SIGMAS * sigma)
    made: Line = np.exp(-0.5 * (np.arange(reach + 1) / sigma) ** 2)
    return made


def gaussian(values: Line, sigma: float) -> Line:
    """Return the means weighted by a Gaussian of standard deviation `sigma`, in points.

    Up to 12 points the weights are exact. Wider Gaussians are taken over nodes, at most
    σ / `NODES_PER_SIGMA` apart: points are shared among nodes by cubic B-splines, and points are
    made of nodes likewise. A B-spline widens everything by the same variance, a third of the square
    of the distance, so that much is left out of the Gaussian. All weights stay positive; they
    differ from the true ones by less than 1e-4 of the greatest.
    """
    n = len(values)
    out = np.empty(n)
    length = int(sigma / NODES_PER_SIGMA)
    if length < 2:
        _weighted(values, _gaussian_weights(sigma), out)
        return out
    weights = _gaussian_weights(math.sqrt((sigma / length) ** 2 - 2.0 / 3.0))
    reach = len(weights) - 1
    u = np.arange(length) / length
    spline = np.stack(
        [
            (1.0 - u) ** 3,
            3.0 * u**3 - 6.0 * u**2 + 4.0,
            -3.0 * u**3 + 3.0 * u**2 + 3.0 * u + 1.0,
            u**3,
        ],
        axis=1,
    )
    spline /= 6.0
    nodes: list[Line] = []
    for line in (values, np.ones(n)):
        # Beyond the ends of the line there is nothing.
        shared = np.zeros(-(-n // length) + 3 + 2 * reach)
        _spread(line, spline, shared[reach:])
        blurred = np.empty_like(shared)
        _convolve(shared, weights, 1.0, blurred)
        nodes.append(blurred[reach : len(blurred) - reach])
    _collect(nodes[0], nodes[1], spline, out)
    return out


def _weighted(values: Line, weights: Line, out: Line) -> None:
    n, reach = len(values), len(weights) - 1
    if n > 2 * reach:
        _convolve(values, weights, float(weights[0] + 2.0 * weights[1:].sum()), out)
        _convolve_ends(values, weights, 0, reach, out)
        _convolve_ends(values, weights, n - reach, n, out)
    else:
        _convolve_ends(values, weights, 0, n, out)


# -- median ----------------------------------------------------------------------------------------


def _median_by_list(
    values: cython.const[cython.double][::1],
    before: cython.Py_ssize_t,
    after: cython.Py_ssize_t,
    first: cython.Py_ssize_t,
    last: cython.Py_ssize_t,
    window: cython.double[::1],
    out: cython.double[::1],
) -> None:
    """Medians for the positions [first, last), keeping the window as a sorted list.

    window : room for before + 1 + after values; holds, sorted, those of the window at `first`.
    """
    n: cython.Py_ssize_t = values.shape[0]
    i: cython.Py_ssize_t
    low: cython.Py_ssize_t
    high: cython.Py_ssize_t
    middle: cython.Py_ssize_t
    count: cython.Py_ssize_t
    v: cython.double
    with cython.nogil:
        count = min(first + after, n - 1) - max(first - before, 0) + 1
        for i in range(first, last):
            if i > first and i - before > 0:
                v = values[i - before - 1]
                low = 0
                high = count - 1
                while low < high:
                    middle = (low + high) // 2
                    if window[middle] < v:
                        low = middle + 1
                    else:
                        high = middle
                count -= 1
                while low < count:
                    window[low] = window[low + 1]
                    low += 1
            if i > first and i + after < n:
                v = values[i + after]
                low = 0
                high = count
                while low < high:
                    middle = (low + high) // 2
                    if window[middle] < v:
                        low = middle + 1
                    else:
                        high = middle
                high = count
                while high > low:
                    window[high] = window[high - 1]
                    high -= 1
                window[low] = v
                count += 1
            middle = count // 2
            if count % 2 == 1:
                out[i] = window[middle]
            else:
                out[i] = 0.5 * (window[middle - 1] + window[middle])


def _median_blocks(
    values: cython.const[cython.double][::1],
    order: cython.const[cython.longlong][::1],
    length: cython.Py_ssize_t,
    links: cython.int[:, ::1],
    state: cython.Py_ssize_t[::1],
    out: cython.double[::1],
) -> None:
    """Medians of the windows that begin in each block but the last, after its first point.

    The line is cut into blocks as long as the window, each sorted beforehand (`order`) and kept as
    a linked list in order of size. As the window moves on by a point, the point that leaves is
    taken out of the list of one block, and the one that comes put back into the list of the next,
    whose points were all taken out before, the last first: each link then finds its place by
    itself (Suomela, Median Filtering is Equivalent to Sorting, 2014).

    links : (6, length + 1) int32
        Next, previous and rank of the points of two blocks, the last the end of the list.
    state : (3,)
        Which of the two holds the block the window begins in, its mark and the points below it.
        The marks and the points below them say where the median is: less than half of the window's
        points lie below the two marks, and the lesser mark is the median, or the lower of two.
    values : the first block is in `links` already, if `state` says so (mark not negative).
    out : medians of windows, by their first point.
    """
    half: cython.Py_ssize_t = (length - 1) // 2
    even: cython.bint = length % 2 == 0
    blocks: cython.Py_ssize_t = values.shape[0] // length
    block: cython.Py_ssize_t
    base: cython.Py_ssize_t
    i: cython.Py_ssize_t
    p: cython.Py_ssize_t
    q: cython.Py_ssize_t
    a: cython.Py_ssize_t = state[0]
    b: cython.Py_ssize_t
    mark_a: cython.Py_ssize_t = state[1]
    below_a: cython.Py_ssize_t = state[2]
    mark_b: cython.Py_ssize_t
    below_b: cython.Py_ssize_t
    u: cython.double
    v: cython.double
    w: cython.double
    begin: cython.Py_ssize_t = 1
    with cython.nogil:
        if mark_a < 0:
            begin = 0
        for block in range(begin, blocks):
            base = block * length
            b = 3 - a
            p = length
            for i in range(length):
                q = order[base + i]
                links[b + 2, q] = i
                links[b, p] = q
                links[b + 1, q] = p
                p = q
            links[b, p] = length
            links[b + 1, length] = p
            links[b + 2, length] = length
            if block == 0:
                # The first window is the first block.
                mark_a = order[half]
                below_a = half
                a = b
                out[0] = values[mark_a]
                if even:
                    out[0] = 0.5 * (values[mark_a] + values[links[a, mark_a]])
                continue
            i = length
            while i > 0:
                i -= 1
                p = links[b + 1, i]
                q = links[b, i]
                links[b, p] = q
                links[b + 1, q] = p
            mark_b = length
            below_b = 0
            for i in range(length):
                # The point that leaves.
                p = links[a + 1, i]
                q = links[a, i]
                links[a, p] = q
                links[a + 1, q] = p
                if links[a + 2, i] < links[a + 2, mark_a]:
                    below_a -= 1
                else:
                    if i == mark_a:
                        mark_a = q
                    if below_a > 0:
                        mark_a = links[a + 1, mark_a]
                        below_a -= 1
                # The point that comes.
                links[b, links[b + 1, i]] = i
                links[b + 1, links[b, i]] = i
                if links[b + 2, i] < links[b + 2, mark_b]:
                    mark_b = links[b + 1, mark_b]
                u = values[base - length + mark_a] if mark_a < length else _infinity
                v = values[base + mark_b] if mark_b < length else _infinity
                if below_a + below_b < half:
                    if u <= v:
                        mark_a = links[a, mark_a]
                        below_a += 1
                        u = values[base - length + mark_a] if mark_a < length else _infinity
                    else:
                        mark_b = links[b, mark_b]
                        below_b += 1
                        v = values[base + mark_b] if mark_b < length else _infinity
                if even:
                    # The next greater one stands behind the lesser mark, or is the other mark.
                    if u <= v:
                        p = links[a, mark_a]
                        w = values[base - length + p] if p < length else _infinity
                        w = v if v < w else w
                    else:
                        p = links[b, mark_b]
                        w = values[base + p] if p < length else _infinity
                        w = u if u < w else w
                    out[base - length + i + 1] = 0.5 * ((u if u <= v else v) + w)
                else:
                    out[base - length + i + 1] = u if u <= v else v
            a = b
            mark_a = mark_b
            below_a = below_b
    state[0] = a
    state[1] = mark_a
    state[2] = below_a


def running_median(values: Line, half: int) -> Line:
    """Return the median of each window; of an even number of points the mean of the middle two."""
    return _medians(values, half, half)


def trailing_median(values: Line, length: int) -> Line:
    """Return the median of each point and the `length` - 1 before it, at the start of fewer."""
    return _medians(values, length - 1, 0)


def _medians(values: Line, before: int, after: int) -> Line:
    """Medians of windows that reach so many points before and after their own."""
    n, length = len(values), before + 1 + after
    out = np.empty(n)
    # Windows cut off by an end of the line.
    ends = [(0, min(before, n)), (max(before, n - after), n)]
    if length <= SMALL_MEDIAN or n < length:
        ends = [(0, n)]
    else:
        _whole_medians(values, length, out[before:])
    room = np.empty(min(length, n))
    for first, last in ends:
        if first < last:
            inside = np.sort(values[max(first - before, 0) : first + after + 1])
            room[: len(inside)] = inside
            _median_by_list(values, before, after, first, last, room, out)
    return out


def _whole_medians(values: Line, length: int, out: Line) -> None:
    """Medians of all whole windows, by their first point; n >= length."""
    n = len(values)
    links = np.zeros((6, length + 1), np.int32)
    state = np.array([0, -1, 0], np.intp)
    whole = n // length
    windows = n - length + 1
    rows = max(2, _BATCH // length)
    first = 0
    while first < whole:
        # Each batch begins with the block the one before ended with.
        last = min(first + rows, whole)
        part = values[first * length : last * length]
        order = np.argsort(part.reshape(-1, length), axis=1).astype(np.int64, copy=False)
        _median_blocks(part, order.ravel(), length, links, state, out[first * length :])
        if last == whole:
            break
        first = last - 1
    rest = n - whole * length
    if rest:
        # The last block, filled up with points that only windows beyond the line contain.
        part = np.full(2 * length, np.inf)
        part[: length + rest] = values[(whole - 1) * length :]
        order = np.argsort(part.reshape(2, length), axis=1).astype(np.int64, copy=False)
        found = np.empty(length + 1)
        _median_blocks(part, order.ravel(), length, links, state, found)
        start = (whole - 1) * length
        out[start + 1 : windows] = found[1 : windows - start]


# -- Savitzky–Golay --------------------------------------------------------------------------------


def _parabola_middle(
    values: cython.const[cython.double][::1],
    half: cython.Py_ssize_t,
    tails: cython.double[:, ::1],
    out: cython.double[::1],
) -> None:
    """Least-squares parabolas at the middle of every whole window.

    The fit at the middle is a weighted sum with weights c0 - c2 * k * k, so the sum of the points
    and the sum of k * k times the points are all it takes. Both are put together, as in `_mean`,
    from the tail of a block and the head of the next, with k counted from where they meet.

    tails : room, (3, 2 * half + 1).
    """
    n: cython.Py_ssize_t = values.shape[0]
    length: cython.Py_ssize_t = 2 * half + 1
    m: cython.double = half
    whole: cython.double = (2.0 * m - 1.0) * (2.0 * m + 1.0) * (2.0 * m + 3.0)
    c0: cython.double = 3.0 * (3.0 * m * m + 3.0 * m - 1.0) / whole
    c2: cython.double = 15.0 / whole
    start: cython.Py_ssize_t
    i: cython.Py_ssize_t
    k: cython.double
    v: cython.double
    sum_0: cython.double
    sum_1: cython.double
    sum_2: cython.double
    with cython.nogil:
        start = 0
        while start + length <= n:
            # k is the distance to the first point of the next block.
            sum_0 = 0.0
            sum_1 = 0.0
            sum_2 = 0.0
            k = 0.0
            i = length
            while i > 0:
                i -= 1
                k -= 1.0
                v = values[start + i]
                sum_0 += v
                sum_1 += k * v
                sum_2 += k * k * v
                tails[0, i] = sum_0
                tails[1, i] = sum_1
                tails[2, i] = sum_2
            sum_0 = 0.0
            sum_1 = 0.0
            sum_2 = 0.0
            i = 0
            while i < length and start + length + i <= n:
                if i > 0:
                    k = i - 1
                    v = values[start + length + i - 1]
                    sum_0 += v
                    sum_1 += k * v
                    sum_2 += k * k * v
                # The middle of the window, counted alike.
                k = i + half - length
                out[start + half + i] = c0 * (tails[0, i] + sum_0) - c2 * (
                    (tails[2, i] + sum_2)
                    - 2.0 * k * (tails[1, i] + sum_1)
                    + k * k * (tails[0, i] + sum_0)
                )
                i += 1
            start += length


def _parabola(values: Line, at: npt.NDArray[np.float64]) -> Line:
    """The least-squares parabola of at least three points, at positions in points."""
    n = len(values)
    middle, scale = 0.5 * (n - 1), max(0.5 * (n - 1), 1.0)
    along, there = (np.arange(n) - middle) / scale, (at - middle) / scale
    # Polynomials that are orthogonal on evenly spaced points.
    level = float(along @ along) / n
    bow, bow_there = along * along - level, there * there - level
    fitted: Line = (
        values.mean()
        + there * (float(along @ values) / float(along @ along))
        + bow_there * (float(bow @ values) / float(bow @ bow))
    )
    return fitted


def savitzky_golay(values: Line, half: int) -> Line:
    """Return least-squares parabolas at the middle of their windows.

    The first and the last `half` points lie on the parabolas of the first and the last window; a
    line no longer than a window is one parabola. Three points or fewer stay as they are.
    """
    n, length = len(values), 2 * half + 1
    if n <= 3 or half < 2:
        return values.copy()
    if n <= length:
        return _parabola(values, np.arange(n, dtype=np.float64))
    out = np.empty(n)
    _parabola_middle(values, half, np.empty((3, length)), out)
    out[:half] = _parabola(values[:length], np.arange(half, dtype=np.float64))
    out[n - half :] = _parabola(values[n - length :], np.arange(half + 1, length, dtype=np.float64))
    return out


# -- decay with time -------------------------------------------------------------------------------


def _decayed(
    values: cython.const[cython.double][::1],
    keep: cython.const[cython.double][::1],
    state: cython.double[::1],
    out: cython.double[::1],
) -> None:
    """Means of all points so far; `keep` says what is left of the weights before each point."""
    i: cython.Py_ssize_t
    mean: cython.double = state[0]
    weight: cython.double = state[1]
    with cython.nogil:
        for i in range(values.shape[0]):
            weight = weight * keep[i] + 1.0
            mean += (values[i] - mean) / weight
            out[i] = mean
    state[0] = mean
    state[1] = weight


def usual_spacing(x: npt.NDArray[np.float64] | npt.NDArray[np.int64]) -> float:
    """Return the median of the distances between points that differ in x; NaN without any.

    Of more than `SPACINGS` points every k-th distance is looked at.
    """
    stride = max(1, len(x) // SPACINGS)
    ahead = differences(x[1::stride], x[: len(x) - 1 : stride])
    ahead = ahead[(ahead > 0.0) & (ahead < math.inf)]
    return float(np.median(ahead)) if len(ahead) else math.nan


def decaying_mean(
    values: Line,
    x: npt.NDArray[np.float64] | npt.NDArray[np.int64] | None,
    weight: float,
) -> Line:
    """Return the mean of the points so far, each weighted by ``weight ** (elapsed / spacing)``.

    `elapsed` is how far back in x the point lies and `spacing` the `usual_spacing`, so evenly
    spaced points give the debiased exponential moving average. Where x repeats, goes back or is
    NaN, no time has passed. Without any two different x every point is one spacing further.

    Parameters
    ----------
    values : (n,) float64
    x : (n,) float64 or int64, or None
    weight : float, 0 to 1
    """
    n = len(values)
    out = np.empty(n)
    spacing = usual_spacing(x) if x is not None else math.nan
    state = np.zeros(2)
    rate = math.log(weight) if weight > 0.0 else -math.inf
    for start in range(0, n, _BATCH):
        stop = min(start + _BATCH, n)
        if x is None or not spacing > 0.0:
            keep = np.full(stop - start, weight)
        else:
            keep = np.zeros(stop - start)
            begin = max(start, 1)
            ahead = differences(x[begin:stop], x[begin - 1 : stop - 1])
            known = ahead > 0.0
            ahead[~known] = 0.0
            keep[begin - start :] = np.exp(ahead * (rate / spacing))
        _decayed(values[start:stop], keep, state, out[start:stop])
    return out
