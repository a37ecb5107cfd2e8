"""Summary of a scalar series: what a table of runs says about one tag in one cell.

Made in one pass over the points, and carried on from where it ended when points were added.
"""

# mypy: disable-error-code="valid-type"
# (Cython's const views are no types to mypy.)

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

try:
    import cython
except ImportError:
    from eventglass.app.core import shadow as cython  # type: ignore[no-redef]

_largest = cython.declare(cython.double, float(np.finfo(np.float64).max))
_NAN = math.nan

#: What can be shown of a summary, by the names of `Summary`.
FIGURES = ("last", "first", "minimum", "maximum", "mean", "count", "step_at_min", "step_at_max")


@dataclass(frozen=True, slots=True)
class Summary:
    """What the finite points of a series say; NaN and None where there are none.

    Attributes
    ----------
    count, nonfinite : int
        Points with a finite value, and points without.
    first, last, minimum, maximum, mean : float
    first_step, last_step, step_at_min, step_at_max : int or None
        Of the first least and the first greatest value.
    """

    count: int = 0
    nonfinite: int = 0
    first: float = _NAN
    last: float = _NAN
    minimum: float = _NAN
    maximum: float = _NAN
    mean: float = _NAN
    first_step: int | None = None
    last_step: int | None = None
    step_at_min: int | None = None
    step_at_max: int | None = None

    def best(self, lowest: bool) -> float:
        """The best value, where low or high ones are good."""
        return self.minimum if lowest else self.maximum

    def step_at_best(self, lowest: bool) -> int | None:
        """Where the best value was reached first."""
        return self.step_at_min if lowest else self.step_at_max


def _add(
    values: cython.const[cython.double][::1],
    start: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
    numbers: cython.double[::1],
    places: cython.longlong[::1],
) -> None:
    """Add points [start, stop) to the least, the greatest and the mean value (numbers).

    places : number of finite points, of others, indices of the first, last, least and greatest.
    """
    i: cython.Py_ssize_t
    v: cython.double
    low: cython.double = numbers[0]
    high: cython.double = numbers[1]
    mean: cython.double = numbers[2]
    count: cython.double = places[0]
    before: cython.longlong = places[0]
    with cython.nogil:
        for i in range(start, stop):
            v = values[i]
            if not (-_largest <= v <= _largest):
                continue
            if count == 0.0:
                places[2] = i
            count += 1.0
            # Divided first: the difference of two values may be too large.
            mean += v / count - mean / count
            places[3] = i
            if v < low:
                low = v
                places[4] = i
            if v > high:
                high = v
                places[5] = i
    numbers[0] = low
    numbers[1] = high
    # The mean of rounded parts may leave the range by a digit.
    numbers[2] = min(max(mean, low), high) if count > 0.0 else 0.0
    places[0] = int(count)
    places[1] += (stop - start) - (int(count) - before)


@dataclass(slots=True)
class Summarizer:
    """Carries a summary on over the points of one series, in their order."""

    _numbers: npt.NDArray[np.float64] = field(
        default_factory=lambda: np.array([math.inf, -math.inf, 0.0])
    )
    _places: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(6, np.int64))

    def add(self, values: npt.NDArray[np.float64], start: int, stop: int) -> None:
        """Add the points [start, stop) of `values` (n,) float64."""
        _add(values, start, stop, self._numbers, self._places)

    def summary(self, steps: npt.NDArray[np.int64], values: npt.NDArray[np.float64]) -> Summary:
        """The summary so far, of a series with these `steps` and `values`, both (n,)."""
        count, nonfinite, first, last, at_min, at_max = self._places.tolist()
        if not count:
            return Summary(nonfinite=nonfinite)
        low, high, mean = self._numbers.tolist()
        return Summary(
            count,
            nonfinite,
            float(values[first]),
            float(values[last]),
            low,
            high,
            mean,
            int(steps[first]),
            int(steps[last]),
            int(steps[at_min]),
            int(steps[at_max]),
        )
