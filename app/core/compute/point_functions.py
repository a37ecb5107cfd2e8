"""Functions that expressions may apply to the points of a series.

Elementwise functions take and give arrays or numbers. The others see a whole series: what is not
finite passes through, and does not count in sums, windows and extremes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from eventglass.app.core.compute.smoothing import smooth_series
from eventglass.app.core.compute.statistics import differences
from eventglass.app.core.compute.windows import trailing_median

Reals: TypeAlias = npt.NDArray[np.float64]
Steps: TypeAlias = npt.NDArray[np.int64]

#: Longest window and farthest shift, in points.
WINDOW_MAX = 1_000_000
#: Longest window of a median, which costs more the longer it is until it is full.
MEDIAN_WINDOW_MAX = 20_000
#: Beyond this a square could overflow.
_LARGE = 1e140

#: points: each value by itself; series: a series to a series; number: a series to one number;
#: choice: several operands point by point.
FunctionKind: TypeAlias = Literal["points", "choice", "series", "number"]


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the language.

    Attributes
    ----------
    signature, summary : str
        How it is written and what it gives, for people.
    kind : FunctionKind
    least, most : int
        Number of arguments.
    call : the function
        "points" and "choice" take arrays or numbers. "series" and "number" take steps (n,) int64,
        wall times (n,) float64, values (n,) float64 and the numbers that follow.
    """

    signature: str
    summary: str
    kind: FunctionKind
    least: int
    most: int
    call: Callable[..., Any]


def _over_finite(values: Reals, filtered: Callable[[Reals], Reals]) -> Reals:
    finite = np.isfinite(values)
    if finite.all():
        return filtered(values) if len(values) else values
    out = values.copy()
    if finite.any():
        out[finite] = filtered(values[finite])
    return out


def _diff(_steps: Steps, _walls: Reals, values: Reals) -> Reals:
    return np.diff(values, prepend=np.nan)


def _derivative(steps: Steps, _walls: Reals, values: Reals) -> Reals:
    ahead = np.empty(len(steps))
    ahead[:1] = np.nan
    ahead[1:] = differences(steps[1:], steps[:-1])
    return np.diff(values, prepend=np.nan) / ahead


def _accumulated(ufunc: np.ufunc) -> Callable[[Steps, Reals, Reals], Reals]:
    def accumulate(_steps: Steps, _walls: Reals, values: Reals) -> Reals:
        return _over_finite(values, ufunc.accumulate)

    return accumulate


def _integral(steps: Steps, _walls: Reals, values: Reals) -> Reals:
    finite = np.isfinite(values)
    known, at = values[finite], steps[finite]
    out = values.copy()
    # Half of each first: two values near the greatest have no sum.
    areas = (0.5 * known[1:] + 0.5 * known[:-1]) * differences(at[1:], at[:-1])
    out[finite] = np.concatenate([np.zeros(min(len(known), 1)), np.cumsum(areas)])
    return out


def _normalize(_steps: Steps, _walls: Reals, values: Reals) -> Reals:
    def scaled(known: Reals) -> Reals:
        low, high = float(known.min()), float(known.max())
        half = 0.5 * high - 0.5 * low
        if half == 0.0:
            return np.zeros(len(known))
        made: Reals = (0.5 * known - 0.5 * low) / half
        return made

    return _over_finite(values, scaled)


def _shift(_steps: Steps, _walls: Reals, values: Reals, by: float) -> Reals:
    n, count = len(values), int(by)
    out = np.full(n, np.nan)
    if 0 <= count < n:
        out[count:] = values[: n - count]
    elif -n < count < 0:
        out[:count] = values[-count:]
    return out


def _step(steps: Steps, _walls: Reals, _values: Reals) -> Reals:
    return steps.astype(np.float64)


def _time(_steps: Steps, walls: Reals, _values: Reals) -> Reals:
    return np.array(walls)


def _delta_time(_steps: Steps, walls: Reals, _values: Reals) -> Reals:
    return np.diff(walls, prepend=np.nan)


def _ema(_steps: Steps, _walls: Reals, values: Reals, weight: float) -> Reals:
    smoothed = smooth_series(
        np.ascontiguousarray(values), np.array([[0, len(values)]], np.int64), weight
    )
    return values if smoothed is None else smoothed.values


# -- windows that end with the point ---------------------------------------------------------------


def _blocks(values: Reals, length: int, fill: float) -> Reals:
    """The values as rows of `length`, filled up with `fill`."""
    room = np.full(-(-len(values) // length) * length, fill)
    room[: len(values)] = values
    return room.reshape(-1, length)


def _heads_and_tails(rows: Reals, ufunc: np.ufunc) -> tuple[Reals, Reals]:
    """Accumulated from the start and from the end of each row."""
    heads: Reals = ufunc.accumulate(rows, axis=1)
    tails: Reals = ufunc.accumulate(rows[:, ::-1], axis=1)[:, ::-1]
    return heads, tails


def _trailing(values: Reals, length: int, ufunc: np.ufunc, neutral: float) -> Reals:
    """`ufunc` over the last `length` points; at the start over those there are.

    Each window is the tail of one row and the head of the next, so nothing is ever taken away.
    """
    n = len(values)
    length = min(length, n)
    heads, tails = _heads_and_tails(_blocks(values, length, neutral), ufunc)
    # The tail behind the first point of the window of row r, place p: place p + 1 of row r - 1.
    before = np.full_like(heads, neutral)
    before[1:, :-1] = tails[:-1, 1:]
    joined: Reals = ufunc(before, heads)
    return joined.ravel()[:n]


def _counts(n: int, length: int) -> Reals:
    made: Reals = np.minimum(np.arange(1.0, n + 1.0), float(length))
    return made


def _rolling_mean(_steps: Steps, _walls: Reals, values: Reals, length: float) -> Reals:
    def mean(known: Reals) -> Reals:
        counts = _counts(len(known), int(length))
        # Sums of the largest values would overflow; dividing by a power of two costs no digit.
        large = float(np.abs(known).max()) > 1e290
        scale = 2.0**30 if large else 1.0
        means: Reals = _trailing(known / scale, int(length), np.add, 0.0) / counts * scale
        return means

    return _over_finite(values, mean)


def _rolling_extreme(ufunc: np.ufunc, neutral: float) -> Callable[..., Reals]:
    def extreme(_steps: Steps, _walls: Reals, values: Reals, length: float) -> Reals:
        return _over_finite(values, lambda known: _trailing(known, int(length), ufunc, neutral))

    return extreme


def _trailing_std(known: Reals, length: int) -> Reals:
    n = len(known)
    length = min(length, n)
    largest = float(np.abs(known).max())
    scale = math.ldexp(1.0, min(math.frexp(largest)[1], 1023)) if largest > _LARGE else 1.0
    rows = _blocks(known / scale, length, np.nan)
    ahead = np.full_like(rows, np.nan)
    ahead[1:] = rows[:-1]
    # Deviations from the median of both rows: one wild point leaves the others their digits.
    with np.errstate(all="ignore"):
        about = np.nanmedian(np.concatenate([ahead, rows], axis=1), axis=1)[:, None]
    sums: list[Reals] = []
    for power in (1, 2):
        head = np.nancumsum((rows - about) ** power, axis=1)
        tail = np.zeros_like(rows)
        tail[:, :-1] = np.nancumsum(((ahead - about) ** power)[:, :0:-1], axis=1)[:, ::-1]
        sums.append((head + tail).ravel()[:n])
    counts = _counts(n, length)
    squares = np.maximum(sums[1] - sums[0] * sums[0] / counts, 0.0)
    made: Reals = np.sqrt(squares / np.maximum(counts - 1.0, 1.0)) * scale
    return made


def _rolling_std(_steps: Steps, _walls: Reals, values: Reals, length: float) -> Reals:
    return _over_finite(values, lambda known: _trailing_std(known, int(length)))


def _rolling_median(_steps: Steps, _walls: Reals, values: Reals, length: float) -> Reals:
    def median(known: Reals) -> Reals:
        return trailing_median(np.ascontiguousarray(known), min(int(length), len(known)))

    return _over_finite(values, median)


# -- a number of a series --------------------------------------------------------------------------


def _of_finite(reduced: Callable[[Reals], float]) -> Callable[[Steps, Reals, Reals], float]:
    def reduce(_steps: Steps, _walls: Reals, values: Reals) -> float:
        known = values[np.isfinite(values)]
        return float(reduced(known)) if len(known) else float("nan")

    return reduce


def _mean(known: Reals) -> float:
    # Deviations from the middle, so that no sum overflows.
    middle = 0.5 * float(known.min()) + 0.5 * float(known.max())
    return middle + float(((known - middle) / len(known)).sum())


def _std(known: Reals) -> float:
    half = 0.5 * float(known.max()) - 0.5 * float(known.min())
    if half == 0.0 or len(known) < 2:
        return 0.0
    return float(((known - _mean(known)) / half).std(ddof=1)) * half


# -- elementwise -----------------------------------------------------------------------------------


def _several(ufunc: np.ufunc) -> Callable[..., Any]:
    def pick(first: Any, *others: Any) -> Any:
        for other in others:
            first = ufunc(first, other)
        return first

    return pick


def _clip(value: Any, low: Any, high: Any) -> Any:
    return np.minimum(np.maximum(value, low), high)


def _where(condition: Any, then: Any, otherwise: Any) -> Any:
    # What is unknown is neither true nor false.
    chosen = np.where(np.asarray(condition) != 0.0, then, otherwise)
    return np.where(np.isnan(condition), np.nan, chosen)


def _points(signature: str, summary: str, call: Callable[..., Any]) -> Function:
    return Function(signature, summary, "points", 1, 1, call)


def _series(signature: str, summary: str, call: Callable[..., Any], numbers: int = 0) -> Function:
    return Function(signature, summary, "series", 1 + numbers, 1 + numbers, call)


def _number(signature: str, summary: str, call: Callable[[Reals], float]) -> Function:
    return Function(signature, summary, "number", 1, 1, _of_finite(call))


#: The functions by name, in the order in which help shows them.
FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "abs": _points("abs(x)", "size without sign", np.abs),
        "exp": _points("exp(x)", "e to the power of x", np.exp),
        "log": _points("log(x)", "natural logarithm", np.log),
        "log10": _points("log10(x)", "logarithm to base 10", np.log10),
        "log2": _points("log2(x)", "logarithm to base 2", np.log2),
        "sqrt": _points("sqrt(x)", "square root", np.sqrt),
        "sin": _points("sin(x)", "sine of x in radians", np.sin),
        "cos": _points("cos(x)", "cosine of x in radians", np.cos),
        "tanh": _points("tanh(x)", "hyperbolic tangent", np.tanh),
        "sign": _points("sign(x)", "-1, 0 or 1", np.sign),
        "floor": _points("floor(x)", "next whole number below", np.floor),
        "ceil": _points("ceil(x)", "next whole number above", np.ceil),
        "round": _points("round(x)", "nearest whole number", np.rint),
        "min": Function("min(a, b)", "the least of them", "choice", 2, 20, _several(np.minimum)),
        "max": Function("max(a, b)", "the greatest of them", "choice", 2, 20, _several(np.maximum)),
        "clip": Function("clip(x, low, high)", "x, held between two", "choice", 3, 3, _clip),
        "where": Function(
            "where(condition, a, b)", "a where the condition holds, else b", "choice", 3, 3, _where
        ),
        "diff": _series("diff(x)", "change since the point before", _diff),
        "derivative": _series("derivative(x)", "change per step", _derivative),
        "integral": _series("integral(x)", "area so far, over steps", _integral),
        "cumsum": _series("cumsum(x)", "sum so far", _accumulated(np.add)),
        "cumprod": _series("cumprod(x)", "product so far", _accumulated(np.multiply)),
        "cummin": _series("cummin(x)", "least value so far", _accumulated(np.minimum)),
        "cummax": _series("cummax(x)", "greatest value so far", _accumulated(np.maximum)),
        "rolling": _series("rolling(x, n)", "mean of the last n points", _rolling_mean, 1),
        "rolling_min": _series(
            "rolling_min(x, n)",
            "least of the last n points",
            _rolling_extreme(np.minimum, np.inf),
            1,
        ),
        "rolling_max": _series(
            "rolling_max(x, n)",
            "greatest of the last n points",
            _rolling_extreme(np.maximum, -np.inf),
            1,
        ),
        "rolling_std": _series(
            "rolling_std(x, n)", "standard deviation of the last n points", _rolling_std, 1
        ),
        "rolling_median": _series(
            "rolling_median(x, n)", "median of the last n points", _rolling_median, 1
        ),
        "ema": _series("ema(x, weight)", "exponential moving average, weight below 1", _ema, 1),
        "shift": _series("shift(x, n)", "the value n points before", _shift, 1),
        "normalize": _series("normalize(x)", "from 0, the least, to 1, the greatest", _normalize),
        "step": _series("step(x)", "the step of each point", _step),
        "time": _series("time(x)", "wall time of each point, in seconds", _time),
        "delta_time": _series("delta_time(x)", "seconds since the point before", _delta_time),
        "first": _number("first(x)", "first value, for all points", lambda known: known[0]),
        "last": _number("last(x)", "last value, for all points", lambda known: known[-1]),
        "mean": _number("mean(x)", "mean of the series", _mean),
        "std": _number("std(x)", "standard deviation of the series", _std),
        "minimum": _number("minimum(x)", "least value of the series", np.min),
        "maximum": _number("maximum(x)", "greatest value of the series", np.max),
    }
)
