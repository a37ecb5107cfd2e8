"""LineBook: turns the series of a tag into curves for a chart, smoothing them off the GUI thread.

It keeps, per series, which index ranges are shown and the last smoothed line. A chart always gets
an answer at once: while a line is being smoothed anew the one before stays, and `ready` tells when
better is there.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QColor

from eventglass.app.core.columns import is_restarted
from eventglass.app.core.compute.ranges import visible_pieces
from eventglass.app.core.compute.smoothing import Smoothed, smooth_series
from eventglass.app.core.names import Kind, natural_key
from eventglass.app.core.store import LogStore, ScalarSnapshot, Series
from eventglass.app.models.cards import Card
from eventglass.app.models.tasks import TaskControl, Tasks
from eventglass.app.models.workspace import Workspace
from eventglass.widgets.plots.curve_layer import CurveData

#: Up to so many points are smoothed at once, within a frame.
AT_ONCE = 150_000
#: While data pour in, a tag is smoothed again no more often than this.
AGAIN_AFTER_S = 0.25


@dataclass(frozen=True, slots=True)
class LineInfo:
    """What a curve stands for: a series of a run (or one derived there), or a group of runs.

    ``run_id`` is -1 for a group, ``group`` its name, ``run_ids`` its members.
    """

    series_id: int
    run_id: int
    tag: str
    group: str = ""
    run_ids: tuple[int, ...] = ()


@dataclass(slots=True)
class _Line:
    """What is known of one series; `pieces` and `smoothed` belong to `count` and `smoothed_for`."""

    count: int = -1
    snapshot: ScalarSnapshot | None = None
    #: The curve made last, and what it was made for.
    curve: CurveData | None = None
    curve_for: tuple[object, ...] = ()
    with_superseded: bool = False
    pieces: npt.NDArray[np.int64] | None = None
    joined: bool = False
    hidden: int = 0
    smoothed_for: tuple[int, float, bool] | None = None
    smoothed: Smoothed | None = None


@dataclass(frozen=True, slots=True)
class _Order:
    """One line to smooth, with all a thread needs."""

    series_id: int
    key: tuple[int, float, bool]
    values: npt.NDArray[np.float64]
    pieces: npt.NDArray[np.int64]
    joined: bool


class LineBook(QObject):
    """Makes `CurveData` of series for one view."""

    #: Key of a card whose lines are there now.
    ready = Signal(str)

    def __init__(
        self, store: LogStore, workspace: Workspace, tasks: Tasks, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._workspace = workspace
        self._tasks = tasks
        self._lines: dict[int, _Line] = {}
        self._last_s: dict[str, float] = {}
        self._late: set[str] = set()
        self._late_timer = QTimer(self)
        self._late_timer.setSingleShot(True)
        self._late_timer.setInterval(int(1000 * AGAIN_AFTER_S))
        self._late_timer.timeout.connect(self._tell_late)

    def curves(self, card: Card) -> list[CurveData]:
        """Curves of a card, in drawing order; series without points are left out.

        `ready` tells, with the card's key, when better ones are there.
        """
        return self._curves_of_tag(card.lines[0].tag, self._series(card.lines[0].tag))

    def info(self, series_id: int) -> LineInfo:
        """What a curve's `series_id` stands for."""
        series = self._store.series[series_id]
        return LineInfo(series_id, series.run_id, series.tag)

    def _series(self, tag: str) -> list[Series]:
        visible = set(self._workspace.visible_run_ids())
        runs = self._store.runs
        found = [s for s in self._store.series_of_tag(tag, Kind.SCALAR) if s.run_id in visible]
        return sorted(found, key=lambda s: natural_key(runs[s.run_id].name))

    def _curves_of_tag(self, tag: str, series: Sequence[Series]) -> list[CurveData]:
        state = self._workspace.state
        orders: list[_Order] = []
        lines: list[tuple[Series, _Line]] = []
        for one in series:
            if not one.count:
                continue
            line = self._line(one, state.restarts != "hide")
            if state.smoothing > 0.0:
                key = (line.count, state.smoothing, state.restarts != "hide")
                if line.smoothed_for != key:
                    assert line.snapshot is not None
                    assert line.pieces is not None
                    orders.append(
                        _Order(one.id, key, line.snapshot.values, line.pieces, line.joined)
                    )
            else:
                line.smoothed, line.smoothed_for = None, None
            lines.append((one, line))
        self._smooth(tag, orders)
        return [self._curve(one, line, state.show_raw) for one, line in lines]

    def _curve(self, series: Series, line: _Line, show_raw: bool) -> CurveData:
        """The curve of a series; the one made last where nothing changed."""
        label = self._workspace.alias(series.run_id)
        colour = self._workspace.colour_text(series.run_id)
        made_for = (line.count, line.with_superseded, line.smoothed_for, label, colour, show_raw)
        if line.curve is None or line.curve_for != made_for:
            snapshot, smoothed = line.snapshot, line.smoothed
            assert snapshot is not None
            assert line.pieces is not None
            line.curve_for = made_for
            line.curve = CurveData(
                series.id,
                label,
                QColor(colour),
                snapshot.steps,
                snapshot.wall_times,
                snapshot.values,
                line.pieces,
                joined=line.joined,
                pyramid=snapshot.pyramid,
                smoothed=None if smoothed is None else smoothed.values,
                smoothed_pyramid=None if smoothed is None else smoothed.pyramid,
                show_raw=show_raw,
                run_id=series.run_id,
                tag=series.tag,
            )
        return line.curve

    def hidden_points(self, card: Card) -> int:
        """Number of superseded points that are not drawn."""
        series = self._series(card.lines[0].tag)
        return sum(self._lines[s.id].hidden for s in series if s.id in self._lines)

    def forget(self, tag: str) -> None:
        """Drop work for a card no longer in view, by its key; what was smoothed is kept."""
        self._tasks.cancel((id(self), tag))
        self._late.discard(tag)

    def clear(self) -> None:
        """Drop everything, as after a root was closed."""
        self._lines.clear()

    # -- inside -----------------------------------------------------------------------------

    def _line(self, series: Series, superseded: bool) -> _Line:
        line = self._lines.get(series.id)
        if line is None:
            line = self._lines[series.id] = _Line()
        if line.count == series.count and line.with_superseded == superseded:
            return line
        snapshot = line.snapshot = series.scalars()
        count = len(snapshot.steps)
        show_all = superseded or not is_restarted(
            snapshot.steps, snapshot.wall_times, snapshot.segments
        )
        line.pieces, line.joined = visible_pieces(snapshot.steps, snapshot.segments, show_all)
        line.hidden = count - int((line.pieces[:, 1] - line.pieces[:, 0]).sum())
        if line.with_superseded != superseded:
            # A line smoothed over other pieces would show what is hidden now.
            line.smoothed, line.smoothed_for = None, None
        line.count, line.with_superseded = count, superseded
        return line

    def _smooth(self, tag: str, orders: list[_Order]) -> None:
        if not orders:
            return
        if sum(len(order.values) for order in orders) <= AT_ONCE:
            self._store_results(_smooth_all(orders, None))
            return
        now = time.monotonic()
        only_grown = all(self._is_only_grown(order) for order in orders)
        if only_grown and now - self._last_s.get(tag, 0.0) < AGAIN_AFTER_S:
            self._late.add(tag)
            if not self._late_timer.isActive():
                self._late_timer.start()
            return
        self._last_s[tag] = now

        def done(results: list[tuple[_Order, Smoothed | None]]) -> None:
            self._store_results(results)
            self.ready.emit(tag)

        self._tasks.submit((id(self), tag), lambda control: _smooth_all(orders, control), done)

    def _is_only_grown(self, order: _Order) -> bool:
        known = self._lines[order.series_id].smoothed_for
        return known is not None and known[1:] == order.key[1:]

    def _store_results(self, results: list[tuple[_Order, Smoothed | None]]) -> None:
        for order, smoothed in results:
            line = self._lines.get(order.series_id)
            if line is not None:
                line.smoothed_for = order.key
                line.smoothed = smoothed

    def _tell_late(self) -> None:
        late, self._late = self._late, set()
        for tag in late:
            self.ready.emit(tag)


def _smooth_all(
    orders: Sequence[_Order], control: TaskControl | None
) -> list[tuple[_Order, Smoothed | None]]:
    results = []
    for order in orders:
        if control is not None and control.cancelled:
            break
        weight = order.key[1]
        results.append((order, smooth_series(order.values, order.pieces, weight, order.joined)))
    return results
