"""The value table: what each line of a card says at one place, or over a range.

Rows are lines. All numbers come from the arrays the chart draws.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject
from PySide6.QtGui import QColor

from eventglass.app.core.compute.statistics import RangeStatistics, range_statistics
from eventglass.app.core.names import common_folder, within
from eventglass.app.models.cards import XRange
from eventglass.app.models.column_rows import (
    Cells,
    Column,
    ColumnRows,
    floats,
    things,
    wholes,
)

Points = npt.NDArray[np.int64] | npt.NDArray[np.float64]


class Line(Protocol):
    """A line as a chart has it; see `CurveData`."""

    @property
    def series_id(self) -> int:
        """What `LineBook.info` knows it by."""

    @property
    def run_id(self) -> int:
        """Of its run, -1 for a group of runs."""

    @property
    def tag(self) -> str:
        """Tag, or name of a derived series."""

    @property
    def label(self) -> str:
        """What it is called."""

    @property
    def colour(self) -> QColor:
        """Its colour."""

    @property
    def steps(self) -> npt.NDArray[np.int64]:
        """(n,) int64."""

    @property
    def wall_times(self) -> npt.NDArray[np.float64]:
        """(n,) float64, seconds since 1970 UTC."""

    @property
    def values(self) -> npt.NDArray[np.float64]:
        """(n,) float64."""

    @property
    def smoothed(self) -> npt.NDArray[np.float64] | None:
        """(k,) float64, k <= n, or None."""

    @property
    def pieces(self) -> npt.NDArray[np.int64]:
        """(m, 2) int64, index ranges that are drawn."""

    @property
    def xs(self) -> npt.NDArray[np.float64] | None:
        """(n,) float64, another tag's values, or None."""

    @property
    def origin_s(self) -> float:
        """When the run began, seconds since 1970 UTC."""

    @property
    def x_offset(self) -> float:
        """Added to every x."""

    @property
    def is_baseline(self) -> bool:
        """Whether the others are compared with it."""


RUN = Column("run", "Run", "text")
TAG = Column("tag", "Tag", "text")
#: Columns at the cursor.
AT_CURSOR: tuple[Column, ...] = (
    Column("smoothed", "Smoothed", "value", "Value of the smoothed line"),
    Column("value", "Value", "value", "Value as it was logged"),
    Column("step", "Step", "step", "Step of the point nearest to the cursor"),
    Column("wall_time", "Wall time", "moment", "When the point was logged"),
    Column("relative", "Relative", "seconds", "Time since the beginning"),
    Column("delta", "Δ baseline", "change", "Difference from the baseline run's line"),
    Column("delta_percent", "Δ % baseline", "percent", "Difference in percent of the baseline"),
)
#: Columns over a range.
OVER_RANGE: tuple[Column, ...] = (
    Column("min", "Min", "value", "Least value in the range"),
    Column("max", "Max", "value", "Greatest value in the range"),
    Column("mean", "Mean", "value", "Mean of the values in the range"),
    Column("std", "Std", "value", "Standard deviation of a sample (divided by n − 1)"),
    Column("start", "Start", "value", "First value in the range"),
    Column("end", "End", "value", "Last value in the range"),
    Column("change", "Change", "change", "From the first value to the last"),
    Column("change_percent", "Change %", "percent", "Change in percent of the first value"),
    Column("slope", "Slope", "change", "Least squares, per step or per second"),
    Column("min_step", "Step at min", "step", "Step of the least value"),
    Column("max_step", "Step at max", "step", "Step of the greatest value"),
    Column("start_step", "Start step", "step", "Step of the first value"),
    Column("end_step", "End step", "step", "Step of the last value"),
    Column("points", "Points", "count", "Points with a finite value in the range"),
)
CURSOR_CHOICE = ("smoothed", "value", "step", "wall_time", "relative")
RANGE_CHOICE = (
    "min",
    "max",
    "mean",
    "std",
    "start",
    "end",
    "change",
    "change_percent",
    "slope",
    "points",
)
#: Columns that say something only while there is a baseline.
DELTAS = ("delta", "delta_percent")
#: Switch of the layout: statistics of the smoothed lines instead of the raw ones.
OF_SMOOTHED = "smoothed"


# -- where points stand ----------------------------------------------------------------------


def x_of(line: Line, kind: str) -> Points:
    """Return x of every point on an axis of that kind, (n,) int64 or float64.

    The line's own offset is in it. Points without a place are NaN.
    """
    if kind == "step":
        return line.steps + int(line.x_offset) if line.x_offset else line.steps
    if kind == "tag":
        return line.xs if line.xs is not None else np.full(len(line.values), np.nan)
    walls = line.wall_times
    if kind == "run_relative" and math.isfinite(line.origin_s):
        walls = walls - line.origin_s
    elif kind in ("relative", "run_relative"):
        walls = walls - walls[0] if len(walls) else walls
    return walls + line.x_offset if line.x_offset else walls


def last_index(line: Line) -> int:
    """Index of the last point that is drawn, -1 for none."""
    for start, stop in line.pieces[::-1].tolist():
        if stop > start:
            return int(stop) - 1
    return -1


def nearest_to_step(line: Line, step: int) -> int:
    """Index of the drawn point whose step is nearest, of equals the later one; -1 for none."""
    best, least = -1, -1
    for start, stop in line.pieces[::-1].tolist():
        if stop <= start:
            continue
        steps = line.steps[start:stop]
        # Not beyond the type: numpy would convert the whole array otherwise.
        wanted = np.int64(min(max(step, -(2**63)), 2**63 - 1))
        after = min(int(np.searchsorted(steps, wanted, side="right")), len(steps) - 1)
        for at in (after, max(after - 1, 0)):
            # As Python's integers: differences of int64 can overflow.
            distance = abs(step - int(steps[at]))
            if least < 0 or distance < least:
                best, least = start + at, distance
    return best


#: Which pieces of lines are known to be sorted in time, by series, beginning and end.
Sorted = dict[tuple[int, int, int], bool]


def nearest_to_x(line: Line, kind: str, x: float, known: Sorted | None = None) -> int:
    """Index of the drawn point nearest to a place on an axis, -1 for none.

    The point the chart reads there: in the piece of the line that spans the place, the last
    written of several, the nearest point; of equals the one at the left, of those at one place
    the last written. `known` keeps, over several calls for the same lines, which are sorted.
    """
    column: Points = line.steps
    key = x - line.x_offset
    if kind == "tag":
        column = line.xs if line.xs is not None else np.empty(0)
        key = x
    elif kind != "step":
        column = line.wall_times
        if kind == "run_relative" and math.isfinite(line.origin_s):
            key += line.origin_s
        elif kind in ("relative", "run_relative") and len(column):
            key += float(column[0])
    if math.isnan(key):
        return -1
    best, least = -1, math.inf
    for start, stop in line.pieces[::-1].tolist():
        piece = column[start:stop]
        if not len(piece):
            continue
        if kind == "step" or _is_sorted(line, kind, column, start, stop, known):
            # As in the chart: the piece that spans the place, before one with a nearer point.
            away = max(float(piece[0]) - key, key - float(piece[-1]), 0.0)
            at = _nearest_sorted(piece, key) if away < least else -1
        else:
            at = _nearest_unsorted(piece, key)
            away = abs(float(piece[at]) - key) if at >= 0 else math.inf
        if away < least:
            best, least = start + at, away
    return best


def _is_sorted(
    line: Line, kind: str, column: Points, start: int, stop: int, known: Sorted | None
) -> bool:
    if kind == "tag":
        return False
    name = (line.series_id, start, stop)
    found = None if known is None else known.get(name)
    if found is None:
        piece = column[start:stop]
        found = bool((piece[:-1] <= piece[1:]).all()) and math.isfinite(float(piece[-1]))
        if known is not None:
            known[name] = found
    return found


def _nearest_sorted(column: Points, key: float) -> int:
    # The key must be of the array's type: numpy would convert the whole array otherwise.
    wanted: np.generic = np.float64(key)
    if column.dtype == np.int64:
        wanted = np.int64(min(max(math.floor(max(min(key, 1e19), -1e19)), -(2**63)), 2**63 - 1))
    right = int(np.searchsorted(column, wanted, side="right"))
    if right >= len(column):
        return len(column) - 1
    if right == 0:
        return 0
    return right if float(column[right]) - key < key - float(column[right - 1]) else right - 1


def _nearest_unsorted(column: Points, key: float) -> int:
    away = np.abs(column.astype(np.float64) - key)
    return -1 if np.isnan(away).all() else int(np.nanargmin(away))


@dataclass(frozen=True, slots=True)
class Place:
    """Where values are read: at a step, at an x of an axis, or at the last point of each line."""

    step: int | None = None
    x: float | None = None
    kind: str = "step"
    known: Sorted | None = None

    def index(self, line: Line) -> int:
        """Index of the point of a line, -1 for none."""
        if self.x is not None:
            return nearest_to_x(line, self.kind, self.x, self.known)
        return last_index(line) if self.step is None else nearest_to_step(line, self.step)


# -- numbers ---------------------------------------------------------------------------------


def cursor_cells(lines: Sequence[Line], place: Place, since: str = "relative") -> dict[str, Cells]:
    """Return the cells of `AT_CURSOR`, one row per line.

    Differences are those of the lines in front: smoothed ones where lines are smoothed.

    Parameters
    ----------
    since
        "run_relative": relative times count from the beginning of the run.
    """
    at = [place.index(line) for line in lines]
    known = np.array([index >= 0 for index in at], np.bool_)
    values = [_at(line.values, i) for line, i in zip(lines, at, strict=True)]
    # A constant line is not smoothed: beside smoothed ones its values are what is in front.
    is_any = any(line.smoothed is not None for line in lines)
    shown = [line.values if is_any and line.smoothed is None else line.smoothed for line in lines]
    smoothed = [
        math.nan if each is None else _at(each, i) for each, i in zip(shown, at, strict=True)
    ]
    has_smoothed = np.array(
        [each is not None and 0 <= i < len(each) for each, i in zip(shown, at, strict=True)],
        np.bool_,
    )
    walls = [_at(line.wall_times, i) for line, i in zip(lines, at, strict=True)]
    starts = [_start_of(line, since) for line in lines]
    front = np.where(has_smoothed, smoothed, values) if lines else np.empty(0)
    base = _baseline(lines, front)
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        delta = front - base
        percent = np.where(base == 0.0, np.nan, delta / np.abs(base) * 100.0)
    others = np.array([not line.is_baseline for line in lines], np.bool_)
    return {
        **_names(lines),
        "value": floats(values, known),
        "smoothed": floats(smoothed, known & has_smoothed),
        "step": wholes(
            [None if i < 0 else int(line.steps[i]) for line, i in zip(lines, at, strict=True)]
        ),
        "wall_time": floats(walls),
        "relative": floats(wall - start for wall, start in zip(walls, starts, strict=True)),
        "delta": floats(delta, ~np.isnan(delta) & others),
        "delta_percent": floats(percent, ~np.isnan(percent) & others),
    }


def statistics_of(
    lines: Sequence[Line],
    selected: XRange,
    of_smoothed: bool,
    cancelled: Callable[[], bool] | None = None,
) -> list[RangeStatistics]:
    """Return the statistics of each line in a range; shorter when cancelled."""
    found: list[RangeStatistics] = []
    for line in lines:
        if cancelled is not None and cancelled():
            break
        found.append(_statistics(line, selected, of_smoothed))
    return found


def range_cells(lines: Sequence[Line], found: Sequence[RangeStatistics]) -> dict[str, Cells]:
    """Return the cells of `OVER_RANGE`, one row per line."""
    some = np.array([one.count > 0 for one in found], np.bool_)
    return {
        **_names(lines),
        "min": floats((one.minimum for one in found), some),
        "max": floats((one.maximum for one in found), some),
        "mean": floats((one.mean for one in found), some),
        "std": floats((one.std for one in found), some),
        "start": floats((one.start for one in found), some),
        "end": floats((one.end for one in found), some),
        "change": floats((one.change for one in found), some),
        "change_percent": floats(one.change_percent for one in found),
        "slope": floats(one.slope for one in found),
        "min_step": wholes([one.step_at_min for one in found]),
        "max_step": wholes([one.step_at_max for one in found]),
        "start_step": wholes([one.start_step for one in found]),
        "end_step": wholes([one.end_step for one in found]),
        "points": wholes([one.count for one in found]),
    }


def _statistics(line: Line, selected: XRange, of_smoothed: bool) -> RangeStatistics:
    values = line.values
    pieces = line.pieces
    if of_smoothed and line.smoothed is not None:
        values = line.smoothed
        # A line being smoothed anew may be shorter than its points.
        pieces = np.minimum(pieces, len(values))
    x = x_of(line, selected.axis)[: len(values)]
    low, high = selected.low, selected.high
    if selected.axis == "step":
        # Steps do not go back inside a piece: only what is in the range is looked at.
        parts = []
        for start, stop in pieces.tolist():
            inside = x[start:stop]
            first, last = _inside(inside, low, high)
            if last > first:
                parts.append((start + first, start + last))
        within = np.array(parts, np.int64).reshape(-1, 2)
        return range_statistics(x, line.steps[: len(values)], values, within)
    return range_statistics(x, line.steps[: len(values)], values, pieces, low, high)


def _inside(x: Points, low: float, high: float) -> tuple[int, int]:
    """Where the points of a sorted axis of whole numbers with low ≤ x ≤ high begin and end."""
    if math.isnan(low) or math.isnan(high):
        return 0, 0
    least = math.ceil(max(low, -(2.0**63)))
    most = math.floor(min(high, 2.0**63))
    # Beyond the type nothing lies: numpy would convert the whole array otherwise.
    first = 0 if least <= -(2**63) else len(x)
    if -(2**63) < least <= 2**63 - 1:
        first = int(np.searchsorted(x, np.int64(least)))
    last = len(x) if most >= 2**63 - 1 else 0
    if -(2**63) <= most < 2**63 - 1:
        last = int(np.searchsorted(x, np.int64(most), side="right"))
    return first, last


def _baseline(lines: Sequence[Line], front: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The baseline's value for each line: that of the same tag."""
    by_tag = {line.tag: at for at, line in enumerate(lines) if line.is_baseline}
    found = np.full(len(lines), np.nan)
    for at, line in enumerate(lines):
        base = by_tag.get(line.tag)
        if base is not None:
            found[at] = front[base]
    return found


def _names(lines: Sequence[Line]) -> dict[str, Cells]:
    return {
        "run": things([line.label for line in lines]),
        "tag": things([line.tag for line in lines]),
    }


def _at(values: npt.NDArray[np.float64], index: int) -> float:
    return float(values[index]) if 0 <= index < len(values) else math.nan


def _start_of(line: Line, since: str) -> float:
    if since == "run_relative" and math.isfinite(line.origin_s):
        return line.origin_s
    return _at(line.wall_times, 0)


class ValueRows(ColumnRows):
    """Rows of lines: ids are those of the series."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lines: tuple[Line, ...] = ()
        self._at: dict[int, int] = {}
        self._folders: dict[str, str] = {}
        self.mode: Literal["cursor", "range"] = "cursor"
        #: The numbers belong to a range or lines of before, new ones are on their way.
        self.is_dim = False

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines, in their order."""
        return self._lines

    def set_lines(self, lines: Sequence[Line]) -> None:
        """Take other lines; `set_content` follows."""
        self._lines = tuple(lines)
        self._at = {line.series_id: at for at, line in enumerate(self._lines)}
        self._folders = {
            "run": common_folder(line.label for line in self._lines),
            "tag": common_folder(line.tag for line in self._lines),
        }

    def short_name(self, row: int, key: str) -> str:
        """Run or tag of a row without the folder all of them are in."""
        line = self.line(row)
        if line is None or key not in self._folders:
            return ""
        return within(line.label if key == "run" else line.tag, self._folders[key])

    def line(self, row: int) -> Line | None:
        """The line of a row."""
        at = self._at.get(self.id_of(row), -1)
        return self._lines[at] if at >= 0 else None

    def rows_of_run(self, run_id: int) -> list[int]:
        """Rows of the lines of a run that are shown."""
        ids = [line.series_id for line in self._lines if line.run_id == run_id >= 0]
        return [row for row in map(self.row_of, ids) if row >= 0]
