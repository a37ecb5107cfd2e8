"""Smoothing of scalar series exactly as TensorBoard does it.

TensorBoard's filter is an exponential moving average over the finite points in their order, started
at zero and divided by the weight it has gathered so far (*debiased*):

    last = w * last + (1 - w) * v;   n += 1;   smoothed = last / (1 - w ** n)

Points that are not finite pass through and do not count. A series whose values are all equal is
left as it is.
"""

# mypy: disable-error-code="valid-type"
# (Cython's const views are no types to mypy.)

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from eventglass.app.core.compute.pyramid import Pyramid, build_pyramid

try:
    import cython
except ImportError:
    from eventglass.app.core import shadow as cython  # type: ignore[no-redef]

#: Kinds of smoothing.
METHODS = ("ema", "ema_time", "mean", "gaussian", "median", "savgol")
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


def window(weight: float) -> int:
    """Return the window of a slider's value, in points: odd, 1 for 0."""
    weight = min(max(float(weight), 0.0), 0.9999)
    return 2 * math.ceil(weight / (1.0 - weight) - 1e-9) + 1


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
    """
    weight = min(max(float(weight), 0.0), 1.0)
    if weight == 0.0 or not len(values):
        return None
    ranges = [(int(start), int(stop)) for start, stop in pieces if stop > start]
    if not ranges:
        return None
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
