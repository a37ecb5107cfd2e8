"""Which points of a series are shown, and the range of values a chart should cover."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from eventglass.app.core.compute.pyramid import Pyramid, first_decrease, range_of

#: Up to so many points the quantiles of `robust_range` are exact; beyond, from an even sample.
EXACT_UP_TO = 100_000
#: Share of the points ignored at either end, as TensorBoard does.
OUTLIERS = 0.05
#: The range is widened to an extreme value that costs no more than this many times its height.
GENEROUS = 1.0
#: Fewer points have no outliers: all are shown.
FEW = 20
#: Room left above and below, as a share of the range, as TensorBoard does.
PADDING = 0.05
#: A series whose clock went back more often than this is binned point by point.
MOST_TURNS = 64

#: Values (n,) float64, the pieces of them that count (m, 2) int64, and their pyramid, per line.
Lines = Sequence[tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], Pyramid | None]]


def as_pieces(count: int, segments: npt.NDArray[np.int64] | None = None) -> npt.NDArray[np.int64]:
    """Return segments as index ranges [start, stop), (m, 2) int64.

    Parameters
    ----------
    count : int
        Number of points.
    segments : (m,) int64
        Start indices, the first 0.
    """
    if count == 0:
        return np.empty((0, 2), np.int64)
    if segments is None or len(segments) < 2:
        return np.array([[0, count]], np.int64)
    starts = np.asarray(segments, np.int64)
    starts = starts[starts < count]
    return np.stack([starts, np.append(starts[1:], count)], axis=1)


def visible_pieces(
    steps: npt.NDArray[np.int64],
    segments: npt.NDArray[np.int64],
    show_superseded: bool,
) -> tuple[npt.NDArray[np.int64], bool]:
    """Return the index ranges to show, (m, 2) int64, and whether they are one joined line.

    A restart supersedes the points before it whose step is not less than the restart's first.
    With those hidden the pieces follow one another in step, so they are one line.

    Parameters
    ----------
    steps : (n,) int64
    segments : (m,) int64
        Start indices of the segments; steps do not decrease inside a segment.
    """
    pieces = as_pieces(len(steps), segments)
    if show_superseded or len(pieces) < 2:
        return pieces, False
    shown: list[tuple[int, int]] = []
    limit: int | None = None
    for start, stop in pieces[::-1].tolist():
        end = stop
        if limit is not None:
            end = start + int(np.searchsorted(steps[start:stop], limit, side="left"))
        first = int(steps[start])
        limit = first if limit is None else min(limit, first)
        if end > start:
            shown.append((start, end))
    return np.array(shown[::-1], np.int64).reshape(-1, 2), True


def sorted_pieces(
    seconds: npt.NDArray[np.float64], pieces: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64] | None:
    """Split pieces where the wall time goes back or is NaN, so that it never decreases in one.

    Returns (m, 2) int64, or None when the clock went back more than `MOST_TURNS` times.
    """
    made: list[tuple[int, int]] = []
    turns = 0
    no_steps = np.empty(0, np.int64)
    for start, stop in pieces.tolist():
        here = start
        while here < stop:
            found = first_decrease(no_steps, seconds, here, stop)
            if found > here:
                made.append((here, found))
                here = found
            else:
                here += 1
            turns += 1
            if turns > MOST_TURNS + len(pieces):
                return None
    return np.array(made, np.int64).reshape(-1, 2)


def monotone_pieces(
    xs: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]] | None:
    """Split points where x turns back, so that in each piece it only rises or only falls.

    Parameters
    ----------
    xs : (n,) float64, all finite

    Returns
    -------
    (m, 2) int64 index ranges [start, stop), each beginning with the point the one before ends at,
    and (m,) bool, whether x falls there; None when x turns more than `MOST_TURNS` times.
    """
    if not len(xs):
        return np.empty((0, 2), np.int64), np.empty(0, np.bool_)
    moves = np.flatnonzero(xs[1:] != xs[:-1])
    falls = xs[moves + 1] < xs[moves]
    turns = np.flatnonzero(falls[1:] != falls[:-1]) + 1
    if len(turns) > MOST_TURNS:
        return None
    at = moves[turns]
    pieces = np.empty((len(turns) + 1, 2), np.int64)
    pieces[0, 0], pieces[1:, 0] = 0, at
    pieces[:-1, 1], pieces[-1, 1] = at + 1, len(xs)
    falling = np.zeros(len(pieces), np.bool_)
    if len(falls):
        falling[0], falling[1:] = falls[0], falls[turns]
    return pieces, falling


def value_range(
    lines: Lines,
    positive: bool = False,
) -> tuple[float, float] | None:
    """Return the least and greatest finite value of all lines, or None when there is none.

    Parameters
    ----------
    lines : sequence of (values (n,) float64, pieces (m, 2) int64, pyramid or None)
    positive : bool
        Count only values above zero, for a logarithmic axis.
    """
    low, high = math.inf, -math.inf
    for values, pieces, pyramid in lines:
        for start, stop in pieces.tolist():
            piece_low, piece_high, _flags = range_of(values, start, min(stop, len(values)), pyramid)
            if positive and piece_low <= 0.0:
                part = _sample(values[start:stop], EXACT_UP_TO)
                part = part[(part > 0.0) & (part < math.inf)]
                piece_low = float(part.min()) if len(part) else math.inf
                piece_high = piece_high if piece_high > 0.0 else -math.inf
            low, high = min(low, piece_low), max(high, piece_high)
    return (low, high) if low <= high else None


def _sample(values: npt.NDArray[np.float64], most: int) -> npt.NDArray[np.float64]:
    stride = -(-len(values) // most) if len(values) > most else 1
    return values[::stride]


def robust_range(
    lines: Lines,
    positive: bool = False,
) -> tuple[float, float] | None:
    """Return the 5 % and 95 % quantiles of all finite values pooled, as TensorBoard does.

    Of the sorted values those at ceil(0.05 (n - 1)) and floor(0.95 (n - 1)). With fewer than three
    values: their least and greatest. Exact up to `EXACT_UP_TO` points; beyond that every k-th
    point is taken. Parameters as in `value_range`.
    """
    total = sum(int((pieces[:, 1] - pieces[:, 0]).sum()) for _values, pieces, _p in lines)
    stride = max(1, -(-total // EXACT_UP_TO))
    parts = [
        values[start:stop:stride]
        for values, pieces, _pyramid in lines
        for start, stop in pieces.tolist()
    ]
    if not parts:
        return None
    pool = np.concatenate(parts)
    keep = np.isfinite(pool)
    if positive:
        keep &= pool > 0.0
    if not keep.all():
        pool = pool[keep]
    n = len(pool)
    if n == 0:
        return None
    if n < 3:
        return float(pool.min()), float(pool.max())
    low = math.ceil(OUTLIERS * (n - 1))
    high = math.floor((1.0 - OUTLIERS) * (n - 1))
    if low > high:
        low = high
    pool.partition((low, high))
    return float(pool[low]), float(pool[high])


def fair_range(lines: Lines, positive: bool = False) -> tuple[float, float] | None:
    """Return the range a chart shows when it ignores outliers.

    The quantiles of `robust_range`, each widened to the extreme value on its side unless that lies
    farther off than `GENEROUS` times their distance (in decades where `positive`). So a spike does
    not flatten the curve, and a curve without one is not cut at its ends, as TensorBoard does.
    Of fewer than `FEW` points, or where the quantiles coincide, all is shown.
    """
    whole = value_range(lines, positive)
    total = sum(int((pieces[:, 1] - pieces[:, 0]).sum()) for _values, pieces, _p in lines)
    if whole is None or total < FEW:
        return whole
    robust = robust_range(lines, positive)
    if robust is None or robust[0] == robust[1]:
        return whole
    low, high = robust
    if positive:
        room = GENEROUS * (math.log10(high) - math.log10(low))
        low_off = math.log10(low) - math.log10(whole[0])
        high_off = math.log10(whole[1]) - math.log10(high)
    else:
        room = GENEROUS * (high - low)
        low_off, high_off = low - whole[0], whole[1] - high
    return (
        whole[0] if low_off <= room else low,
        whole[1] if high_off <= room else high,
    )


def nice_step(span: float, count: int) -> float:
    """Return 1, 2 or 5 times a power of ten, such that `span` holds about `count` of it."""
    if not span > 0.0 or not math.isfinite(span):
        return 1.0
    raw = span / max(count, 1) or span
    power = 10.0 ** math.floor(math.log10(raw))
    if power == 0.0:
        return raw
    error = raw / power
    if error >= math.sqrt(50.0):
        return power * 10.0
    if error >= math.sqrt(10.0):
        return power * 5.0
    if error >= math.sqrt(2.0):
        return power * 2.0
    return power


def nice_range(low: float, high: float, count: int = 10) -> tuple[float, float]:
    """Round a range outwards to whole steps of a nice size."""
    step = nice_step(high - low, count)
    nice_low, nice_high = math.floor(low / step) * step, math.ceil(high / step) * step
    if not (math.isfinite(nice_low) and math.isfinite(nice_high)) or nice_low >= nice_high:
        return low, high
    return nice_low, nice_high


def padded(low: float, high: float, log: bool = False) -> tuple[float, float]:
    """Return the range a chart shows for values between `low` and `high`.

    Linear: 5 % of room on both sides, rounded to nice numbers. Logarithmic: half of the least to
    twice the greatest. A single value gets room around it.
    """
    if log:
        return low / 2.0, min(high * 2.0, float(np.finfo(np.float64).max))
    if high > low:
        room = (high - low) * PADDING
        if not math.isfinite(room):
            return low, high
        nice_low, nice_high = nice_range(low - room, high + room)
        # Room is not worth showing values of a sign that no point has.
        return (
            0.0 if nice_low < 0.0 <= low else nice_low,
            0.0 if nice_high > 0.0 >= high else nice_high,
        )
    if low == 0.0:
        return -1.0, 1.0
    room = abs(low) * 0.1
    return nice_range(low - room, low + room)


def x_range(x: npt.NDArray[np.generic], pieces: npt.NDArray[np.int64]) -> tuple[float, float]:
    """Return the least and greatest x of pieces in which x does not decrease; (inf, -inf) if none.

    Parameters
    ----------
    x : (n,) int64 steps or float64 seconds
    pieces : (m, 2) int64
    """
    if not len(pieces):
        return math.inf, -math.inf
    return float(x[pieces[:, 0]].min()), float(x[pieces[:, 1] - 1].max())
