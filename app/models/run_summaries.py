"""Summaries of scalar tags, run by run, for tables: computed off the GUI thread and kept.

A table says which tags it shows, and is told when there is more to show. A series that grew is
carried on, not looked through again; points a restart wrote again are left out as in the charts.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from eventglass.app.core.columns import is_restarted
from eventglass.app.core.compute.ranges import visible_pieces
from eventglass.app.core.compute.summaries import Summarizer, Summary
from eventglass.app.core.names import Kind

if TYPE_CHECKING:
    from eventglass.app.core.store import Changes, LogStore, ScalarSnapshot, Series
    from eventglass.app.models.tasks import TaskControl, Tasks
    from eventglass.app.models.workspace import Workspace

_log = logging.getLogger(__name__)

#: While data pour in, all is looked at again no more often than this.
AGAIN_AFTER_MS = 250
#: Series between two reports of what is done.
PART = 2_000


@dataclass(slots=True)
class _Kept:
    """What is known of one series; belongs to the thread that computes."""

    count: int
    hidden: bool
    summarizer: Summarizer


_Found = dict[tuple[int, str], Summary]


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
        self._summaries: _Found = {}
        # Only the thread of the one task that runs looks into it.
        self._kept: dict[int, _Kept] = {}
        self._hides = workspace.state.restarts == "hide"
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
        if "restarts" in names:
            self._hides = self._workspace.state.restarts == "hide"
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
        tags, hides, known = self._tags, self._hides, set(self._summaries)

        def work(control: TaskControl) -> _Found:
            return self._summarize(tags, hides, known, control)

        self._tasks.submit(self, work, self._finish, self._fail, self._take_part)

    def _summarize(
        self, tags: tuple[str, ...], hides: bool, known: set[tuple[int, str]], control: TaskControl
    ) -> _Found:
        """On a task's thread: summaries of all series that are new, grew or are seen otherwise."""
        found: _Found = {}
        if self._prunes:
            self._prunes = False
            for index in [i for i in self._kept if not self._store.series[i].count]:
                del self._kept[index]
        for number, tag in enumerate(tags):
            for series in self._store.series_of_tag(tag, Kind.SCALAR):
                kept = self._kept.get(series.id)
                fresh = kept is not None and (kept.count, kept.hidden) == (series.count, hides)
                if fresh and (series.run_id, tag) in known:
                    continue
                summary = self._carry_on(series, kept, hides)
                if summary is not None:
                    found[series.run_id, tag] = summary
                if len(found) >= PART:
                    if control.cancelled:
                        return {}
                    control.report(number / len(tags), found)
                    found = {}
        return found

    def _carry_on(self, series: Series, kept: _Kept | None, hides: bool) -> Summary | None:
        points = series.scalars()
        count = len(points.steps)
        if not count:
            return None
        single = len(points.segments) < 2
        if single and kept is not None and kept.count <= count:
            # One segment has nothing superseded: only what is new is to be added.
            summarizer, start = kept.summarizer, kept.count
            summarizer.add(points.values, start, count)
        else:
            summarizer = Summarizer()
            for start, stop in _pieces(points, hides):
                summarizer.add(points.values, start, stop)
        self._kept[series.id] = _Kept(count, hides, summarizer)
        return summarizer.summary(points.steps, points.values)

    def _take_part(self, _fraction: float, part: object) -> None:
        if isinstance(part, dict) and part:
            self._summaries.update(part)
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
