"""What is exported: series or finished lines, whole or in part, row by row or as a pivot."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from eventglass.app.core.columns import is_restarted
from eventglass.app.core.compute.ranges import visible_pieces
from eventglass.app.core.compute.smoothing import smooth_series
from eventglass.app.core.names import Kind, natural_key
from eventglass.app.core.store import LogStore, Run, ScalarSnapshot, Series

#: Rows that are handled at once.
BLOCK_ROWS = 16_384
#: Progress is told in steps of this share.
_TELL_AT = 0.002
#: Columns of the long form; with smoothing one more follows.
COLUMNS = ("run", "tag", "step", "wall_time", "value")
SMOOTHED = "smoothed"


class ExportError(Exception):
    """The export can't be made; the message is for the user."""


class ExportCancelled(Exception):
    """Nobody wants the export any more."""


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Points to write.

    Attributes
    ----------
    steps : (n,) int64
    wall_times : (n,) float64, seconds since 1970 UTC
    values : (n,) float64
    smoothed : (n,) float64, or None
    """

    steps: npt.NDArray[np.int64]
    wall_times: npt.NDArray[np.float64]
    values: npt.NDArray[np.float64]
    smoothed: npt.NDArray[np.float64] | None = None

    def part(self, which: slice | npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> Points:
        """Return some of the points, by a slice, a mask or their indices."""
        smoothed = None if self.smoothed is None else self.smoothed[which]
        return Points(self.steps[which], self.wall_times[which], self.values[which], smoothed)


@dataclass(frozen=True, slots=True)
class Selected:
    """A scalar series with the name of its run, or a finished line: one of the two.

    ``shift`` is where its points stand on the axis of a `Span`, beyond their step or time.
    """

    run: str
    tag: str
    series: Series | None = None
    points: Points | None = None
    shift: float = 0.0

    @property
    def count(self) -> int:
        """Number of points, before any is left out."""
        if self.points is not None:
            return len(self.points.steps)
        return 0 if self.series is None else self.series.count


@dataclass(frozen=True, slots=True)
class Smoothing:
    """How the smoothed column is made; see `compute.smoothing`."""

    weight: float
    method: str = "ema"
    by: Literal["step", "time"] = "step"


@dataclass(frozen=True, slots=True)
class Span:
    """A range of points, both ends included: steps, seconds since 1970, or since the first."""

    axis: Literal["step", "wall", "relative"]
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Options:
    """How to write.

    Attributes
    ----------
    pivot : bool
        One row per run and step and one column per tag, instead of one row per point.
    smoothing : Smoothing or None
        Adds a column, computed over all points before any is left out.
    span : Span or None
        Leaves out the points outside.
    superseded : bool
        Write points that a restarted run wrote again, too.
    """

    pivot: bool = False
    smoothing: Smoothing | None = None
    span: Span | None = None
    superseded: bool = True

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the long form."""
        return (*COLUMNS, SMOOTHED) if self.smoothing is not None else COLUMNS


#: Every point, as it was logged.
ALL = Options()


class Watch:
    """Follows an export: tells how far it is, and ends it when it is not wanted any more."""

    def __init__(
        self,
        total: int,
        report: Callable[[float], object] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        self._total = max(total, 1)
        self._report = report
        self._cancelled = cancelled
        self._told = 0.0
        self.points = 0

    def passed(self, points: int) -> None:
        """Tell that so many points more are written. Raises `ExportCancelled`."""
        self.points += points
        if self._cancelled is not None and self._cancelled():
            raise ExportCancelled
        fraction = min(self.points / self._total, 1.0)
        # Not for each of a hundred thousand small series.
        if self._report is not None and fraction - self._told >= _TELL_AT:
            self._told = fraction
            self._report(fraction)


@dataclass(frozen=True, slots=True, eq=False)
class PivotBlock:
    """Some rows of the pivot of one run.

    Attributes
    ----------
    steps
        (n,) int64, rising.
    values
        (n, t) float64, one column per tag; 0 where there is no point.
    present
        (n, t) bool, where there is one.
    smoothed
        (n, t) float64, or None.
    """

    run: str
    steps: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]
    present: npt.NDArray[np.bool_]
    smoothed: npt.NDArray[np.float64] | None = None


def select(
    store: LogStore, runs: re.Pattern[str] | None = None, tags: re.Pattern[str] | None = None
) -> list[Selected]:
    """Return the scalar series whose run and tag contain a match, in natural order of both."""
    return in_order(
        Selected(run.name, series.tag, series)
        for run in store.open_runs()
        if runs is None or runs.search(run.name)
        for series in store.series_of_run(run.id)
        if series.kind is Kind.SCALAR and (tags is None or tags.search(series.tag))
    )


def in_order(selection: Iterable[Selected]) -> list[Selected]:
    """Return a selection in the natural order of runs and tags, as `export` wants it."""
    # Few names of runs and tags make many series.
    keys: dict[str, object] = {}

    def key_of(name: str) -> Any:
        found = keys.get(name)
        if found is None:
            found = keys[name] = natural_key(name)
        return found

    return sorted(selection, key=lambda each: (key_of(each.run), key_of(each.tag)))


def run_names(store: LogStore, runs: Iterable[Run]) -> dict[int, str]:
    """Return a name for every run by its id: its own, with its root's where two have the same."""
    runs = list(runs)
    twice = {name for name, count in Counter(run.name for run in runs).items() if count > 1}
    made: dict[int, str] = {}
    taken: set[str] = set()
    for run in runs:
        name = f"{store.roots[run.root_id].label}/{run.name}" if run.name in twice else run.name
        # Two roots may have the same label, too; their paths differ.
        made[run.id] = name if name not in taken else f"{store.roots[run.root_id].path}/{run.name}"
        taken.add(name)
    return made


def points_of(each: Selected, options: Options = ALL) -> Points:
    """Return the points to write of a series or line."""
    if each.points is not None:
        points = each.points
        if options.smoothing is None:
            points = replace(points, smoothed=None)
        elif points.smoothed is None:
            points = replace(points, smoothed=points.values)
        keep: npt.NDArray[np.bool_] | None = None
    elif each.series is not None:
        points, keep = _of_series(each.series.scalars(), options)
    else:
        points, keep = Points(np.empty(0, np.int64), np.empty(0), np.empty(0)), None
    if options.span is not None:
        inside = _inside(points, options.span, each.shift)
        keep = inside if keep is None else keep & inside
    return points if keep is None or keep.all() else points.part(keep)


def _of_series(
    snapshot: ScalarSnapshot, options: Options
) -> tuple[Points, npt.NDArray[np.bool_] | None]:
    """Return all points of a series, and which to keep; None for all."""
    points = Points(snapshot.steps, snapshot.wall_times, snapshot.values)
    if options.superseded and options.smoothing is None:
        return points, None
    show_all = options.superseded or not is_restarted(
        snapshot.steps, snapshot.wall_times, snapshot.segments
    )
    pieces, joined = visible_pieces(snapshot.steps, snapshot.segments, show_all)
    keep = None
    if not show_all:
        keep = np.zeros(len(points.steps), np.bool_)
        for start, stop in pieces.tolist():
            keep[start:stop] = True
    if options.smoothing is not None:
        how = options.smoothing
        found = smooth_series(
            points.values,
            pieces,
            how.weight,
            joined,
            method=how.method,
            x=points.wall_times if how.by == "time" else points.steps,
        )
        smoothed = points.values
        if found is not None:
            # Where the filter has nothing to say the value stands for itself.
            smoothed = points.values.copy()
            smoothed[: len(found.values)] = found.values
        points = replace(points, smoothed=smoothed)
    return points, keep


def _inside(points: Points, span: Span, shift: float) -> npt.NDArray[np.bool_]:
    x: npt.NDArray[np.float64] | npt.NDArray[np.int64] = points.steps
    if span.axis != "step":
        x = points.wall_times
        if span.axis == "relative" and len(x):
            x = x - x[0]
    low, high = span.low - shift, span.high - shift
    return np.asarray((x >= low) & (x <= high), np.bool_)


# --- pivot --------------------------------------------------------------------------------------


def pivot_tags(selection: Iterable[Selected]) -> list[str]:
    """Return the tags of `selection` in natural order: the columns of its pivot."""
    return sorted({each.tag for each in selection}, key=natural_key)


def has_runs(selection: Iterable[Selected]) -> bool:
    """Return whether a pivot has a column of runs: not when no series has the name of one."""
    selection = list(selection)
    return not selection or any(each.run for each in selection)


def pivot_names(tags: Sequence[str], *, smoothed: bool = False) -> list[str]:
    """Return column names for `tags` that can't be taken for ``run`` and ``step``.

    With `smoothed` each is followed by that of its smoothed column.
    """
    names = [f"{tag} (tag)" if tag in {"run", "step"} else tag for tag in tags]
    if smoothed:
        return [each for name in names for each in (name, f"{name} ({SMOOTHED})")]
    return names


def pivot_blocks(
    selection: Sequence[Selected],
    tags: Sequence[str],
    options: Options = ALL,
    watch: Watch | None = None,
) -> Iterator[PivotBlock]:
    """Yield the pivot of `selection`, which is ordered by run, in blocks of one run each."""
    column_of = {tag: column for column, tag in enumerate(tags)}
    rows = max(1, 4 * BLOCK_ROWS // max(1, len(tags)))
    for run, group in groupby(selection, key=lambda each: each.run):
        columns = []
        for each in group:
            points = points_of(each, options)
            columns.append((column_of[each.tag], _last_at_each_step(points)))
            if watch is not None:
                watch.passed(len(points.steps))
        all_steps = np.unique(np.concatenate([points.steps for _, points in columns]))
        for start in range(0, len(all_steps), rows):
            steps = all_steps[start : start + rows]
            values = np.zeros((len(steps), len(tags)))
            present = np.zeros((len(steps), len(tags)), dtype=np.bool_)
            smoothed = None if options.smoothing is None else np.zeros((len(steps), len(tags)))
            for column, own in columns:
                first = np.searchsorted(own.steps, steps[0])
                last = np.searchsorted(own.steps, steps[-1], side="right")
                places = np.searchsorted(steps, own.steps[first:last])
                values[places, column] = own.values[first:last]
                present[places, column] = True
                if smoothed is not None and own.smoothed is not None:
                    smoothed[places, column] = own.smoothed[first:last]
            if watch is not None:
                watch.passed(0)
            yield PivotBlock(run, steps, values, present, smoothed)


def _last_at_each_step(points: Points) -> Points:
    """Return the points by rising step, of several at one step the one written last."""
    steps = points.steps
    if (steps[1:] > steps[:-1]).all():
        return points
    order = np.argsort(steps, kind="stable")
    steps = steps[order]
    is_last = np.append(steps[1:] != steps[:-1], True)
    return points.part(order[is_last].astype(np.int64, copy=False))
