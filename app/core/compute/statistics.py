"""Statistics of the points of a series in a range of x."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_NAN = math.nan


@dataclass(frozen=True, slots=True)
class RangeStatistics:
    """What the finite points of a range of x say; NaN or None where there are none.

    Attributes
    ----------
    count : int
        Number of points with a finite value.
    nonfinite : int
        Number of points whose value is NaN or infinite; they count nowhere else.
    minimum, maximum, mean : float
    std : float
        Sample standard deviation (divided by count - 1); 0 for one point.
    start, end : float
        First and last value.
    change, change_percent : float
        From start to end; percent of the size of start, NaN where start is 0.
    slope : float
        Least squares, per unit of x; NaN unless there are two different x.
    step_at_min, step_at_max : int or None
        Steps of the first least and the first greatest value.
    start_step, end_step : int or None
    """

    count: int = 0
    nonfinite: int = 0
    minimum: float = _NAN
    maximum: float = _NAN
    mean: float = _NAN
    std: float = _NAN
    start: float = _NAN
    end: float = _NAN
    change: float = _NAN
    change_percent: float = _NAN
    slope: float = _NAN
    step_at_min: int | None = None
    step_at_max: int | None = None
    start_step: int | None = None
    end_step: int | None = None


def range_statistics(
    x: npt.NDArray[np.int64] | npt.NDArray[np.float64],
    steps: npt.NDArray[np.int64],
    values: npt.NDArray[np.float64],
    pieces: npt.NDArray[np.int64],
    low: float | None = None,
    high: float | None = None,
) -> RangeStatistics:
    """Return the statistics of the points with low ≤ x ≤ high.

    Parameters
    ----------
    x : (n,) int64 or float64
        Where the points stand on the axis; those at NaN belong to no range.
    steps : (n,) int64
    values : (n,) float64
    pieces : (m, 2) int64
        Index ranges [start, stop) that are shown.
    low, high : float or None
        Ends of the range, both inside it; None: no end on this side.
    """
    parts = [slice(start, stop) for start, stop in pieces.tolist() if stop > start]
    if len(parts) == 1:
        x, steps, values = x[parts[0]], steps[parts[0]], values[parts[0]]
    elif parts:
        x = np.concatenate([x[part] for part in parts])
        steps = np.concatenate([steps[part] for part in parts])
        values = np.concatenate([values[part] for part in parts])
    else:
        return RangeStatistics()
    if low is not None or high is not None:
        inside = ~np.isnan(x)
        if low is not None:
            inside &= x >= low
        if high is not None:
            inside &= x <= high
        if not inside.all():
            x, steps, values = x[inside], steps[inside], values[inside]
    total = len(values)
    finite = np.isfinite(values)
    if not finite.all():
        x, steps, values = x[finite], steps[finite], values[finite]
    count = len(values)
    if not count:
        return RangeStatistics(nonfinite=total)
    at_min, at_max = int(values.argmin()), int(values.argmax())
    minimum, maximum = float(values[at_min]), float(values[at_max])
    start, end = float(values[0]), float(values[-1])
    # Deviations from the middle in units of half the height: in -1 … 1 whatever the values are.
    middle, half = 0.5 * minimum + 0.5 * maximum, 0.5 * maximum - 0.5 * minimum
    if half > 0.0:
        unit = (values - middle) / half
        mean_unit = float(unit.mean())
        unit -= mean_unit
        mean = min(max(middle + half * mean_unit, minimum), maximum)
        std = half * math.sqrt(float(unit @ unit) / (count - 1)) if count > 1 else 0.0
        slope = _slope(x, unit, half)
    else:
        mean, std = (minimum if minimum == maximum else middle), 0.0
        slope = 0.0 if count > 1 and bool((x != x[0]).any()) else _NAN
    change = end - start
    return RangeStatistics(
        count=count,
        nonfinite=total - count,
        minimum=minimum,
        maximum=maximum,
        mean=mean,
        std=std,
        start=start,
        end=end,
        change=change,
        change_percent=_percent(start, end),
        slope=slope,
        step_at_min=int(steps[at_min]),
        step_at_max=int(steps[at_max]),
        start_step=int(steps[0]),
        end_step=int(steps[-1]),
    )


def differences(
    x: npt.NDArray[np.int64] | npt.NDArray[np.float64],
    other: npt.NDArray[np.int64] | npt.NDArray[np.float64] | np.int64 | np.float64,
) -> npt.NDArray[np.float64]:
    """Return x - other, (n,) float64: steps near 2**62 keep what they differ by, none overflow."""
    made = np.subtract(x, other, dtype=np.float64)
    if x.dtype == np.int64 and len(x):
        with np.errstate(over="ignore"):
            exact = x - other
        made = np.where(np.abs(made) < 2.0**62, exact, made)
    return made


def _percent(start: float, end: float) -> float:
    if start == 0.0:
        return _NAN
    # Half of each, so that no difference overflows.
    return (0.5 * end - 0.5 * start) / (0.5 * abs(start)) * 100.0 if abs(start) > 1e-300 else _NAN


def _slope(
    x: npt.NDArray[np.int64] | npt.NDArray[np.float64],
    unit: npt.NDArray[np.float64],
    scale: float,
) -> float:
    """Slope against x of deviations from the mean, times `scale`; NaN when x does not vary."""
    known = np.isfinite(x)
    if not known.all():
        x, unit = x[known], unit[known] - unit[known].mean() if known.any() else unit[known]
    if len(x) < 2:
        return _NAN
    along = differences(x, x[0])
    widest = float(np.abs(along).max())
    if not 0.0 < widest < math.inf:
        return _NAN
    along /= widest
    along -= along.mean()
    spread = float(along @ along)
    return float(along @ unit) / spread * scale / widest if spread > 0.0 else _NAN
