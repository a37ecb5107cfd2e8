"""Smoothing of scalar series: TensorBoard's filter, bit for bit, and five others.

TensorBoard's is an exponential moving average over the finite points in their order, started at
zero and divided by the weight it has gathered so far (*debiased*):

    last = w * last + (1 - w) * v;   n += 1;   smoothed = last / (1 - w ** n)

The others are in `windows`. Whatever the method, points that are not finite pass through and do not
count, and a series whose values are all equal is left as it is. One slider serves all: at the same
`weight` all take the same share of noise away (see `window`), and only the exponential averages lag
behind.
"""

# mypy: disable-error-code="valid-type"
# (Cython's const views are no types to mypy.)

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from eventglass.app.core.compute import windows
from eventglass.app.core.compute.pyramid import Pyramid, build_pyramid

try:
    import cython
except ImportError:
    from eventglass.app.core import shadow as cython  # type: ignore[no-redef]

#: Exponential moving average, the same with weights that decay with x, running mean, Gaussian,
#: running median, Savitzky–Golay of second order.
METHODS = ("ema", "ema_time", "mean", "gaussian", "median", "savgol")
#: Weights are held to this where a window is derived from them.
WEIGHT_MAX = 0.9999
#: A parabola's window is so much longer than a mean's that takes away as much noise: 9/4.
PARABOLA_STRETCH = 2.25
#: Values beyond this are made smaller for the sums of a window, and their results larger again.
_LARGE = 1e290
_SHRINK = 2.0**-60
#: Series shorter than this are drawn from their points; a pyramid would not pay.
PYRAMID_FROM = 4096

_largest = cython.declare(cython.double, float(np.finfo(np.float64).max))


@dataclass(frozen=True, slots=True, eq=False)
class Smoothed:
    """A smoothed line.

    Attributes
    ----------
    values : (n,) float64
        NaN outside the pieces it was made for.
    pyramid : Pyramid of `values`, or None for short series
    """

    values: npt.NDArray[np.float64]
    pyramid: Pyramid | None


@lru_cache(maxsize=4)
def _debias_factors(weight: float) -> npt.NDArray[np.float64]:
    """1 - weight ** n for n = 1, 2, … up to where it is 1 in double precision, (k,) float64."""
    factors: list[float] = []
    n = 1
    # Beyond a million terms (weights no slider offers) the factor is within 1e-7 of flat anyway.
    while n <= 1_000_000:
        factor = 1.0 - weight**n
        if factor == 1.0:
            break
        factors.append(factor)
        n += 1
    made = np.array(factors, np.float64)
    made.flags.writeable = False
    return made


def _ema(
    values: cython.const[cython.double][::1],
    out: cython.double[::1],
    start: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
    weight: cython.double,
    factors: cython.const[cython.double][::1],
    state: cython.double[::1],
) -> None:
    """Filter [start, stop); state holds `last` and the count, before and after."""
    i: cython.Py_ssize_t
    v: cython.double
    last: cython.double = state[0]
    rest: cython.double = 1.0 - weight
    n: cython.Py_ssize_t = int(state[1])
    biased: cython.Py_ssize_t = factors.shape[0]
    with cython.nogil:
        i = start
        while i < stop and n < biased:
            v = values[i]
            if -_largest <= v <= _largest:
                last = last * weight + rest * v
                out[i] = last / factors[n]
                n += 1
            else:
                out[i] = v
            i += 1
        # From here on the factor is exactly 1.
        while i < stop:
            v = values[i]
            if -_largest <= v <= _largest:
                last = last * weight + rest * v
                out[i] = last
            else:
                out[i] = v
            i += 1
    state[0] = last
    state[1] = n


def _is_constant(
    values: cython.const[cython.double][::1],
    start: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
    first: cython.double,
) -> bool:
    i: cython.Py_ssize_t
    same: cython.bint = True
    with cython.nogil:
        for i in range(start, stop):
            if values[i] != first:
                same = False
                break
    return bool(same)


def window(weight: float, method: str = "mean") -> int:
    """Return the number of points in the window of a slider's value: odd, 1 for 0, rising.

    Of independent noise an exponential moving average of weight w leaves as much as the mean of
    (1 + w) / (1 - w) points: 4 at 0.6, 19 at 0.9, 1999 at 0.999. That, made odd, is the window of
    "mean" and "median". The Gaussian's standard deviation is its share 1 / (2 √π), which leaves as
    much noise again; a window beside it has no meaning, so the same number is returned. The window
    of "savgol" is `PARABOLA_STRETCH` times as long.
    """
    weight = min(max(float(weight), 0.0), WEIGHT_MAX)
    # What is meant to be whole is not to be rounded up.
    half = math.ceil(weight / (1.0 - weight) - 1e-9)
    if method == "savgol" and half > 0:
        # The shortest that a parabola does not fit exactly has five points.
        half = max(2, round(PARABOLA_STRETCH * (half + 0.5) - 0.5))
    return 2 * half + 1


def smooth_series(
    values: npt.NDArray[np.float64],
    pieces: npt.NDArray[np.int64],
    weight: float,
    joined: bool = False,
    *,
    method: str = "ema",
    x: npt.NDArray[np.float64] | npt.NDArray[np.int64] | None = None,
) -> Smoothed | None:
    """Return the smoothed line of a series, or None when there is nothing to smooth.

    Meant for a worker thread: the loops run without the GIL.

    Parameters
    ----------
    values : (n,) float64
    pieces : (m, 2) int64
        Index ranges [start, stop) that are shown.
    weight : float
        The slider's value; held to 0 … 1. None is returned for 0.
    joined : bool
        The pieces are one line: the filter runs on from one to the next, as TensorBoard's does
        after it purged superseded points. Otherwise it starts anew with each piece.
    method : str
        One of `METHODS`.
    x : (n,) float64 or int64
        Times or steps, for "ema_time"; without it points count as evenly spaced.

    Raises
    ------
    ValueError
        When there is no such method.
    """
    weight = min(max(float(weight), 0.0), 1.0)
    if weight == 0.0 or not len(values):
        return None
    ranges = [(int(start), int(stop)) for start, stop in pieces if stop > start]
    if not ranges:
        return None
    if method != "ema":
        return _smooth_lines(values, ranges, weight, joined, method, x)
    if joined:
        first = float(values[ranges[0][0]])
        if all(_is_constant(values, start, stop, first) for start, stop in ranges):
            return None
    out = np.empty(len(values))
    factors = _debias_factors(weight)
    state = np.zeros(2)
    done = 0
    changed = joined
    for start, stop in ranges:
        out[done:start] = np.nan
        if joined:
            _ema(values, out, start, stop, weight, factors, state)
        elif _is_constant(values, start, stop, float(values[start])):
            out[start:stop] = values[start:stop]
        else:
            state[:] = 0.0
            changed = True
            _ema(values, out, start, stop, weight, factors, state)
        done = stop
    if not changed:
        return None
    out[done:] = np.nan
    out.flags.writeable = False
    return Smoothed(out, build_pyramid(out) if len(out) >= PYRAMID_FROM else None)


def _smooth_lines(
    values: npt.NDArray[np.float64],
    ranges: list[tuple[int, int]],
    weight: float,
    joined: bool,
    method: str,
    x: npt.NDArray[np.float64] | npt.NDArray[np.int64] | None,
) -> Smoothed | None:
    """Filter each range, or all in one, with one of the methods that see a whole line."""
    out = np.full(len(values), np.nan)
    changed = False
    if joined and len(ranges) > 1:
        where = np.concatenate([np.arange(start, stop) for start, stop in ranges])
        line = values[where]
        made = _smooth_line(line, x[where] if x is not None else None, weight, method)
        out[where] = line if made is None else made
        changed = made is not None
    else:
        for start, stop in ranges:
            line = values[start:stop]
            along = x[start:stop] if x is not None else None
            made = _smooth_line(line, along, weight, method)
            out[start:stop] = line if made is None else made
            changed = changed or made is not None
    if not changed:
        return None
    out.flags.writeable = False
    return Smoothed(out, build_pyramid(out) if len(out) >= PYRAMID_FROM else None)


def _take_finite(
    values: cython.const[cython.double][::1], out: cython.double[::1]
) -> cython.Py_ssize_t:
    """Copy what is finite and return how much that is."""
    i: cython.Py_ssize_t
    count: cython.Py_ssize_t = 0
    with cython.nogil:
        for i in range(values.shape[0]):
            # Written in any case and kept if it counts: no branch to guess.
            out[count] = values[i]
            count += 1 if -_largest <= values[i] <= _largest else 0
    return count


def _put_finite(
    values: cython.const[cython.double][::1],
    made: cython.const[cython.double][::1],
    out: cython.double[::1],
) -> None:
    """Write what was made of the finite values back to where they stood, and the others as is."""
    i: cython.Py_ssize_t
    at: cython.Py_ssize_t = 0
    with cython.nogil:
        for i in range(values.shape[0]):
            if -_largest <= values[i] <= _largest:
                out[i] = made[at]
                at += 1
            else:
                out[i] = values[i]


def _smooth_line(
    line: npt.NDArray[np.float64],
    x: npt.NDArray[np.float64] | npt.NDArray[np.int64] | None,
    weight: float,
    method: str,
) -> npt.NDArray[np.float64] | None:
    """The filtered line, or None where it stays as it is."""
    low, high = float(line.min()), float(line.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        # Points that are not finite are taken out, and put back behind the filter.
        room = np.empty(len(line) + 1)
        known = room[: _take_finite(line, room)]
        if not len(known):
            return None
        if method == "ema_time" and x is not None:
            x = x[np.isfinite(line)]
        made = _smooth_line(known, x, weight, method)
        if made is None:
            return None
        whole = np.empty(len(line))
        _put_finite(line, made, whole)
        return whole
    if low == high:
        return None
    if max(-low, high) > _LARGE:
        return np.clip(_filtered(line * _SHRINK, x, weight, method) / _SHRINK, low, high)
    return _filtered(line, x, weight, method)


def _filtered(
    line: npt.NDArray[np.float64],
    x: npt.NDArray[np.float64] | npt.NDArray[np.int64] | None,
    weight: float,
    method: str,
) -> npt.NDArray[np.float64]:
    if method == "ema_time":
        return windows.decaying_mean(line, x, weight)
    length = window(weight, method)
    if method == "mean":
        return windows.running_mean(line, length // 2)
    if method == "gaussian":
        return windows.gaussian(line, length / (2.0 * math.sqrt(math.pi)))
    if method == "median":
        return windows.running_median(line, length // 2)
    if method == "savgol":
        return windows.savitzky_golay(line, length // 2)
    raise ValueError(f"there is no smoothing called {method}")
