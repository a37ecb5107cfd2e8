"""Summaries of scalar tags, run by run, for tables: computed off the GUI thread and kept.

A table says which tags it shows, and is told when there is more to show. A series that grew is
carried on, not looked through again; points a restart wrote again are left out as in the charts.
Derived series are tags like others; theirs are made anew when one of their series grew.
"""

from __future__ import annotations

import logging
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from eventglass.app.core.columns import is_restarted
from eventglass.app.core.compute.expressions import Expression, ExpressionError, parse
from eventglass.app.core.compute.ranges import visible_pieces
from eventglass.app.core.compute.summaries import Summarizer, Summary
from eventglass.app.core.names import Kind
from eventglass.app.models.alive import alive
from eventglass.app.models.line_styles import series_key
from eventglass.app.models.line_work import (
    MOST_PARTS,
    DerivedSource,
    SeriesSource,
    Source,
    make_base,
)

if TYPE_CHECKING:
    from eventglass.app.core.store import Changes, LogStore, ScalarSnapshot, Series
    from eventglass.app.models.line_styles import Restarts
    from eventglass.app.models.tasks import TaskControl, Tasks
    from eventglass.app.models.workspace import Workspace, WorkspaceState

_log = logging.getLogger(__name__)

#: While data pour in, all is looked at again no more often than this.
AGAIN_AFTER_MS = 250
#: Series between two reports of what is done.
PART = 2_000
#: Derived series of derived series, at most so deep.
DEEPEST = 8


@dataclass(slots=True)
class _Kept:
    """What is known of one series; belongs to the thread that computes."""

    count: int
    restarts: Restarts
    summarizer: Summarizer


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a task has to compute, and how."""

    tags: tuple[str, ...]
    restarts: Restarts
    series_restarts: Mapping[str, Restarts]
    formulas: Mapping[str, Expression]
    known: frozenset[tuple[int, str]]


def _formulas(state: WorkspaceState) -> dict[str, Expression]:
    found: dict[str, Expression] = {}
    for derived in state.derived:
        try:
            found.setdefault(derived.name, parse(derived.expression))
        except ExpressionError:
            # The field it is typed into says what is wrong.
            continue
    return found


#: None: there is nothing any more.
_Found = dict[tuple[int, str], Summary | None]


class RunSummaries(QObject):
    """Knows the summaries of the tags that were asked for."""

    #: Summaries of these tags, a frozenset of str, are there or are others now.
    ready = Signal(frozenset)

    def __init__(
        self, store: LogStore, workspace: Workspace, tasks: Tasks, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._workspace = workspace
        self._tasks = tasks
        self._tags: tuple[str, ...] = ()
        self._summaries: dict[tuple[int, str], Summary] = {}
        # Only the thread of the one task that runs looks into these: by series, and of derived
        # series, by run and name, what they were made of.
        self._kept: dict[int, _Kept] = {}
        self._made_of: dict[tuple[int, str], Hashable] = {}
        self._prunes = False
        self._busy = False
        self._again = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(AGAIN_AFTER_MS)
        self._timer.timeout.connect(self._look)
        workspace.changed.connect(self._follow)

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags asked for last."""
        return self._tags

    def request(self, tags: Iterable[str]) -> None:
        """Ask for the summaries of these tags, and of no others, now and whenever they change."""
        wanted = tuple(dict.fromkeys(tags))
        if wanted != self._tags:
            self._tags = wanted
            self._look()

    def value(self, run_id: int, tag: str) -> Summary | None:
        """The summary of a tag in a run; None where there are no points, or not yet."""
        return self._summaries.get((run_id, tag))

    def take_changes(self, changes: Changes) -> None:
        """Take note of what came into the store: looks again soon where it matters."""
        if not self._tags:
            return
        if changes.roots:
            self._forget_closed()
        if (changes.grown or changes.series) and not self._timer.isActive():
            self._timer.start()

    def stop(self) -> None:
        """Compute nothing more."""
        self._timer.stop()
        self._tags = ()
        self._again = False
        self._tasks.cancel(self)

    def _follow(self, names: frozenset[str]) -> None:
        if names & {"restarts", "series_restarts", "derived"}:
            self._look()

    def _forget_closed(self) -> None:
        store = self._store
        closed = [key for key in self._summaries if not store.is_open(key[0])]
        for key in closed:
            del self._summaries[key]
        if closed:
            self._prunes = True
            self.ready.emit(frozenset(tag for _run, tag in closed))

    def _look(self) -> None:
        """Compute what is missing or old; one task at a time."""
        self._timer.stop()
        if not self._tags:
            return
        if self._busy:
            # What is being computed stays of use; the rest comes behind it.
            self._again = True
            return
        self._busy, self._again = True, False
        state = self._workspace.state
        plan = _Plan(
            self._tags,
            state.restarts,
            state.series_restarts,
            _formulas(state),
            frozenset(self._summaries),
        )
        self._tasks.submit(
            self,
            lambda control: self._summarize(plan, control),
            alive(self, self._finish),
            alive(self, self._fail),
            alive(self, self._take_part),
        )

    # -- on a task's thread -----------------------------------------------------------------

    def _summarize(self, plan: _Plan, control: TaskControl) -> _Found:
        """Summaries of all series that are new, grew or are seen otherwise."""
        found: _Found = {}
        if self._prunes:
            self._prunes = False
            for index in [i for i in self._kept if not self._store.series[i].count]:
                del self._kept[index]
        derived = plan.formulas.keys() | {name for _run, name in self._made_of}
        for number, tag in enumerate(plan.tags):
            logged: set[int] = set()
            for series in self._store.series_of_tag(tag, Kind.SCALAR):
                logged.add(series.run_id)
                if not self._is_fresh(plan, series):
                    found[series.run_id, tag] = self._carry_on(plan, series)
                if len(found) >= PART:
                    if control.cancelled:
                        return {}
                    control.report(number / len(plan.tags), found)
                    found = {}
            if tag in derived:
                self._derive(plan, tag, logged, found, control)
        return found

    def _restarts(self, plan: _Plan, run_id: int, tag: str) -> Restarts:
        if not plan.series_restarts:
            return plan.restarts
        name = series_key(self._store.runs[run_id].key, tag)
        return plan.series_restarts.get(name, plan.restarts)

    def _is_fresh(self, plan: _Plan, series: Series) -> bool:
        kept = self._kept.get(series.id)
        if kept is None:
            return not series.count
        restarts = self._restarts(plan, series.run_id, series.tag)
        as_kept = kept.count == series.count and kept.restarts == restarts
        return as_kept and (series.run_id, series.tag) in plan.known

    def _derive(
        self, plan: _Plan, tag: str, logged: set[int], found: _Found, control: TaskControl
    ) -> None:
        """Summaries of a derived series, in the runs that did not log a tag of this name."""
        for run in self._store.open_runs():
            if control.cancelled:
                return
            name = (run.id, tag)
            source = self._source(plan, run.id, tag) if run.id not in logged else None
            if source is None:
                if self._made_of.pop(name, None) is not None and run.id not in logged:
                    found[name] = None
            elif self._made_of.get(name) != source.key or name not in plan.known:
                self._made_of[name] = source.key
                base = make_base(source, lambda: control.cancelled)
                summarizer = Summarizer()
                if base is not None:
                    for start, stop in base.pieces.tolist():
                        summarizer.add(base.values, start, stop)
                    found[name] = summarizer.summary(base.steps, base.values)

    def _source(self, plan: _Plan, run_id: int, tag: str, depth: int = 0) -> Source | None:
        series = self._store.find(run_id, tag, Kind.SCALAR)
        if series is not None:
            restarts = self._restarts(plan, run_id, tag)
            points = series.scalars()
            return SeriesSource((series.id, len(points.steps), restarts), points, restarts)
        expression = plan.formulas.get(tag)
        if expression is None or depth > DEEPEST:
            return None
        inputs: dict[str, Source] = {}
        parts = 0
        for each in expression.tags:
            source = None if each == tag else self._source(plan, run_id, each, depth + 1)
            if source is None:
                return None
            parts += source.parts
            if parts > MOST_PARTS:
                return None
            inputs[each] = source
        key = (expression.text, *(source.key for source in inputs.values()))
        return DerivedSource(key, expression, inputs)

    def _carry_on(self, plan: _Plan, series: Series) -> Summary | None:
        points = series.scalars()
        count = len(points.steps)
        if not count:
            return None
        kept = self._kept.get(series.id)
        restarts = self._restarts(plan, series.run_id, series.tag)
        if kept is not None and len(points.segments) < 2:
            # One segment has nothing superseded: only what is new is to be added.
            summarizer = kept.summarizer
            summarizer.add(points.values, kept.count, count)
        else:
            summarizer = Summarizer()
            for start, stop in _pieces(points, restarts == "hide"):
                summarizer.add(points.values, start, stop)
        self._kept[series.id] = _Kept(count, restarts, summarizer)
        return summarizer.summary(points.steps, points.values)

    # -- on the GUI thread ------------------------------------------------------------------

    def _take_part(self, _fraction: float, part: object) -> None:
        if isinstance(part, dict) and part:
            for name, summary in part.items():
                if summary is not None:
                    self._summaries[name] = summary
                else:
                    self._summaries.pop(name, None)
            self.ready.emit(frozenset(tag for _run, tag in part))

    def _finish(self, found: _Found) -> None:
        self._busy = False
        self._take_part(1.0, found)
        if self._again:
            self._look()

    def _fail(self, error: Exception) -> None:
        self._busy = False
        _log.error("Summaries of runs failed", exc_info=error)


def _pieces(points: ScalarSnapshot, hides: bool) -> list[tuple[int, int]]:
    """Index ranges of the points that count."""
    if len(points.segments) < 2:
        return [(0, len(points.steps))]
    restarted = hides and is_restarted(points.steps, points.wall_times, points.segments)
    pieces, _joined = visible_pieces(points.steps, points.segments, not restarted)
    return [(start, stop) for start, stop in pieces.tolist()]
