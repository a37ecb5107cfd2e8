"""LineBook: turns what a card shows into curves for a chart, off the GUI thread where it is much.

It keeps, per line, what was made of it last. A chart always gets an answer at once: while a line is
being made anew the one before stays, and `ready` tells when better is there.
"""

from __future__ import annotations

import logging
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Generator, Hashable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QColor

from eventglass.app.core.names import Kind
from eventglass.app.models import line_work
from eventglass.app.models.line_styles import RunStyle
from eventglass.app.models.line_work import Reals
from eventglass.app.models.run_groups import RunGroup
from eventglass.widgets.plots.curve_layer import Band, CurveData
from eventglass.widgets.plots.line_sources import LineSources, Wanted

if TYPE_CHECKING:
    from eventglass.app.core.compute.expressions import Expression
    from eventglass.app.core.store import LogStore
    from eventglass.app.models.cards import Card
    from eventglass.app.models.hparam_values import HParamValues
    from eventglass.app.models.tasks import TaskControl, Tasks
    from eventglass.app.models.workspace import Workspace, WorkspaceState

_log = logging.getLogger(__name__)

#: Lines of so many points are made at once, within a frame.
AT_ONCE = 150_000
#: Of what is made within one turn of the event loop, a point of a line made from others, in points
#: that are only smoothed.
_MAKING = 4
#: While data pour in, a card's lines are made again no more often than this.
AGAIN_AFTER_S = 0.25
#: Lines looked at in one step of making a card's.
_STEP = 40
#: Bytes of lines kept for cards that have left the view.
KEPT_BYTES = 96 << 20
#: What a line costs beside its arrays.
_LINE_BYTES = 2000
#: Ids of lines that are no series of the store begin here; they still fit 32 bits.
FIRST_ID = 1 << 30
_DASHES = ("solid", "dash", "dot", "dashdot")
_SHAPES = ("circle", "square", "diamond", "triangle", "cross")
#: Opacity of a group's members behind its line.
_MEMBER = 0.25


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
    """What is known of one line; what was made belongs to the key beside it."""

    id: int
    source: line_work.Source | None = None
    base: line_work.Base | None = None
    base_for: Hashable = None
    front: line_work.Front | None = None
    front_for: Hashable = None
    xs: Reals | None = None
    xs_for: Hashable = None
    x_tag: str = ""
    #: How it was made last (see `line_work.Order`), and of which runs.
    manner: Hashable = None
    runs: tuple[int, ...] = ()
    #: The curve made last, and what it was made for.
    curve: CurveData | None = None
    curve_for: tuple[Any, ...] = ()

    def own_bytes(self) -> int:
        """Memory that is not the store's."""
        size = 0
        if self.front is not None and self.front.line is not None:
            size += self.front.line.values.nbytes * (3 if self.front.lows is not None else 1)
        if self.base is not None and not isinstance(self.source, line_work.SeriesSource):
            size += 3 * self.base.values.nbytes
        if self.xs is not None:
            size += self.xs.nbytes
        return size


@dataclass(slots=True)
class _Shown:
    """What is remembered of a card in view."""

    names: set[Hashable] = field(default_factory=set)
    made_s: float = 0.0
    #: How long making the lines took last time.
    took_s: float = 0.0
    #: What is being made: names and manners.
    pending: frozenset[Hashable] = frozenset()


class LineBook(QObject):
    """Makes the curves of cards; one for the whole window."""

    #: Key of a card whose lines are there now.
    ready = Signal(str)

    def __init__(
        self, store: LogStore, workspace: Workspace, tasks: Tasks, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._workspace = workspace
        self._tasks = tasks
        self._lines: dict[Hashable, _Line] = {}
        self._names: dict[int, LineInfo] = {}
        self._next_id = FIRST_ID
        self._cards: dict[str, _Shown] = {}
        #: In how many cards in view each line is.
        self._uses: Counter[Hashable] = Counter()
        #: Lines in no card in view with their bytes, those longest out of view first.
        self._retired: OrderedDict[Hashable, int] = OrderedDict()
        self._retired_bytes = 0
        #: Of cards that left the view, lines still to be retired, some in each turn.
        self._leaving: list[_Shown] = []
        self._late: set[str] = set()
        self._late_timer = QTimer(self)
        self._late_timer.setSingleShot(True)
        self._late_timer.setInterval(int(1000 * AGAIN_AFTER_S))
        self._late_timer.timeout.connect(self._tell_late)
        #: What was made at once in this turn of the event loop.
        self._spent = 0
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.setInterval(0)
        self._turn.timeout.connect(self._end_turn)
        self._sources = LineSources(store, workspace, tasks, self._known_source, self)
        self._sources.regrouped.connect(self._regrouped)

    # -- asking -----------------------------------------------------------------------------

    def curves(self, card: Card) -> list[CurveData]:
        """Curves of a card, in drawing order; lines without points are left out.

        `ready` tells, with the card's key, when better ones are there.
        """
        making = self.making(card)
        while True:
            try:
                next(making)
            except StopIteration as done:
                made: list[CurveData] = done.value
                return made

    def making(self, card: Card) -> Generator[None, None, list[CurveData]]:
        """Make what `curves` returns, in small steps: a thousand lines are more than a frame.

        Between two steps others may ask for the same lines. A card that is forgotten meanwhile has
        no curves.
        """
        state = self._workspace.state
        shown = self._cards.setdefault(card.key, _Shown())
        how = _smoothing(state)
        orders: list[line_work.Order] = []
        found: list[tuple[Wanted, _Line]] = []
        names: set[Hashable] = set()
        for wanted in self._sources.wanted(card):
            line = self._line(wanted)
            names.add(wanted.name)
            order = self._order(wanted, line, how)
            if order is not None:
                orders.append(order)
            found.append((wanted, line))
            if len(found) % _STEP == 0:
                # Held at once: what nobody holds may be dropped before the next step.
                self._hold(shown, shown.names | names)
                yield
                if self._cards.get(card.key) is not shown:
                    return []
        while not self._hold(shown, names, _STEP):
            yield
            if self._cards.get(card.key) is not shown:
                return []
        if orders:
            self._carry_out(card.key, shown, orders)
        curves = []
        for number, (wanted, line) in enumerate(found, 1):
            if line.base is not None and len(line.base.steps):
                curves.append(self._curve(wanted, line, state))
            if number % _STEP == 0:
                yield
        if state.baseline:
            curves.sort(key=lambda curve: curve.is_baseline)
        return curves

    def whole(self, card: Card) -> Callable[[], list[tuple[LineInfo, CurveData]]]:
        """Return what makes the lines of a card as they are now, none left out; on any thread.

        The book keeps nothing of them: this is for cards that are not in view, and for exports.
        """
        state = self._workspace.state
        how = _smoothing(state)
        found = []
        for wanted in self._sources.wanted(card):
            known = self._lines.get(wanted.name)
            line = _Line(self._id_of(wanted)) if known is None else replace(known)
            self._renew(line, wanted)
            found.append((wanted, line, self._order(wanted, line, how)))

        def make() -> list[tuple[LineInfo, CurveData]]:
            made = []
            for wanted, line, order in found:
                if order is not None:
                    _put(line, line_work.carry_out(order))
                if line.base is not None and len(line.base.steps):
                    made.append((_info(line, wanted), self._curve(wanted, line, state)))
            return made

        return make

    def infos(self, card: Card) -> list[LineInfo]:
        """What the lines of a card stand for, whether they have been made or not."""
        return [
            LineInfo(-1, wanted.run_id, wanted.tag, wanted.group, wanted.run_ids)
            for wanted in self._sources.wanted(card)
        ]

    def info(self, series_id: int) -> LineInfo:
        """What a curve's `series_id` stands for; nobody knows it of lines long out of view."""
        found = self._names.get(series_id)
        if found is None and not 0 <= series_id < len(self._store.series):
            return LineInfo(series_id, -1, "")
        if found is None:
            series = self._store.series[series_id]
            found = LineInfo(series_id, series.run_id, series.tag)
        return found

    def hidden_points(self, card: Card) -> int:
        """Number of superseded points of a card that are not drawn."""
        shown = self._cards.get(card.key)
        lines = [self._lines.get(name) for name in shown.names] if shown is not None else []
        return sum(line.base.hidden for line in lines if line is not None and line.base is not None)

    def is_busy(self, key: str) -> bool:
        """Whether better lines of a card are being made."""
        shown = self._cards.get(key)
        return shown is not None and bool(shown.pending)

    def tags_of(self, card: Card) -> list[str]:
        """Tags and names of derived series a card shows, its patterns resolved, in order."""
        return list(dict.fromkeys(tag for tag, _axis in self._sources.tags(card)))

    def forget(self, key: str) -> None:
        """Tell that a card, by its key, left the view; what was made for it is kept for a while."""
        shown = self._cards.pop(key, None)
        self._sources.forget(key)
        self._late.discard(key)
        if shown is None:
            return
        if shown.pending:
            self._tasks.cancel((id(self), key))
            # Another place may show the same card: it asks again.
            self._tell_later(key)
        if not self._hold(shown, set(), _STEP):
            self._leaving.append(shown)
            self._turn.start()

    def clear(self) -> None:
        """Drop everything, as after a root was closed."""
        self._lines.clear()
        for key in self._cards:
            self._tasks.cancel((id(self), key))
        self._cards.clear()
        self._uses.clear()
        self._leaving.clear()
        self._retired.clear()
        self._retired_bytes = 0
        self._names.clear()
        self._sources.clear()

    # -- where lines come from --------------------------------------------------------------

    def groups(self) -> tuple[RunGroup, ...]:
        """The groups of the visible runs; empty without grouping, or with one that can't be."""
        return self._sources.groups()

    @property
    def tasks(self) -> Tasks:
        """Where work on lines is done."""
        return self._tasks

    @property
    def hparams(self) -> HParamValues:
        """Hyperparameters of the runs; made when first asked for."""
        return self._sources.hparams

    def derived_source(
        self, run_id: int, name: str, expression: Expression
    ) -> line_work.DerivedSource | None:
        """A derived series of a run, also one not kept yet; None where the run lacks a tag."""
        return self._sources.derived_source(run_id, name, expression)

    def _known_source(self, name: Hashable) -> line_work.Source | None:
        line = self._lines.get(name)
        return None if line is None else line.source

    # -- making lines -----------------------------------------------------------------------

    def _line(self, wanted: Wanted) -> _Line:
        line = self._lines.get(wanted.name)
        if line is None:
            line = self._lines[wanted.name] = _Line(self._id_of(wanted))
            self._names[line.id] = _info(line, wanted)
        elif wanted.group and self._names[line.id].run_ids != wanted.run_ids:
            self._names[line.id] = replace(self._names[line.id], run_ids=wanted.run_ids)
        self._renew(line, wanted)
        return line

    def _renew(self, line: _Line, wanted: Wanted) -> None:
        """Bring what costs nothing up to date."""
        source = wanted.source
        if line.source is None or line.source.key != source.key:
            line.source = source
        if isinstance(source, line_work.SeriesSource) and line.base_for != source.key:
            before = line.base_for
            line.base, line.base_for = line_work.make_base(source), source.key
            if isinstance(before, tuple) and before[-1] != source.restarts:
                # A line smoothed over other pieces would show what is hidden now.
                line.front, line.front_for = None, None

    def _id_of(self, wanted: Wanted) -> int:
        if wanted.name == (wanted.run_id, wanted.tag):
            series = self._store.find(wanted.run_id, wanted.tag, Kind.SCALAR)
            if series is not None:
                return series.id
        self._next_id += 1
        return self._next_id

    def _order(
        self, wanted: Wanted, line: _Line, how: line_work.Smoothing | None
    ) -> line_work.Order | None:
        """What is still to be done for a line, or None."""
        source = wanted.source
        if isinstance(wanted.source, line_work.MarginSource):
            # TensorBoard leaves margins as they are: a band says how far values spread.
            how = None
        if how is None and line.front_for is not None:
            line.front, line.front_for, line.manner = None, None, None
        x_source, x_key = self._sources.x_source(wanted)
        x_tag = "" if x_key is None else self._workspace.state.x_tag
        if line.x_tag != x_tag:
            # Better no line for a moment than one over another tag's values.
            line.xs, line.xs_for = None, None
        base_is_there = line.base_for == source.key
        if (
            base_is_there
            and (how is None or line.front_for == (source.key, how))
            and line.xs_for == x_key
        ):
            return None
        return line_work.Order(
            wanted.name,
            source,
            line.base if base_is_there else None,
            how,
            x_source,
            x_key,
            x_tag,
            wanted.run_ids,
        )

    def _carry_out(self, key: str, shown: _Shown, orders: list[line_work.Order]) -> None:
        cost = sum(order.size * (_MAKING if order.base is None else 1) for order in orders)
        fits = sum(order.size for order in orders) <= AT_ONCE
        # A whole page of cards is asked for in one turn of the event loop.
        if fits and (not cost or self._spent + cost <= _MAKING * AT_ONCE):
            self._spent += cost
            if cost and not self._turn.isActive():
                self._turn.start()
            if shown.pending:
                self._tasks.cancel((id(self), key))
                shown.pending = frozenset()
            self._take([line_work.carry_out(order) for order in orders])
            return
        pending = frozenset((order.name, order.manner) for order in orders)
        if shown.pending and (pending <= shown.pending or shown.pending <= pending):
            # The same of fewer points, or a part of it, is on its way; who is told of it asks
            # again. While runs pour in, to begin anew with each would never come to an end.
            return
        now = time.monotonic()
        pause = max(AGAIN_AFTER_S, 2.0 * shown.took_s)
        if all(self._is_only_grown(order) for order in orders) and now - shown.made_s < pause:
            self._tell_later(key)
            return
        shown.made_s = now
        shown.pending = pending

        def done(results: list[line_work.Result]) -> None:
            shown.pending = frozenset()
            shown.took_s = time.monotonic() - now
            self._take(results)
            self.ready.emit(key)

        def failed(error: Exception) -> None:
            shown.pending = frozenset()
            _log.error("The lines of %s could not be made", key, exc_info=error)

        self._tasks.submit(
            (id(self), key), lambda control: _carry_out_all(orders, control), done, failed
        )

    def _is_only_grown(self, order: line_work.Order) -> bool:
        """Whether there is a line already, made in the same way of fewer points."""
        line = self._lines[order.name]
        return (
            line.base is not None
            and line.manner == order.manner
            and set(line.runs) <= set(order.runs)
        )

    def _take(self, results: Sequence[line_work.Result]) -> None:
        for result in results:
            order = result.order
            line = self._lines.get(order.name)
            if line is None:
                continue
            if line.source is not None and line.source.manner != order.source.manner:
                # Another card of the same line was quicker.
                continue
            _put(line, result)

    def _curve(self, wanted: Wanted, line: _Line, state: WorkspaceState) -> CurveData:
        """The curve of a line; the one made last where nothing changed."""
        run = self._store.runs[wanted.run_id] if wanted.run_id >= 0 else None
        style = RunStyle() if run is None else state.run_styles.get(run.key, _PLAIN)
        on_steps = state.x_axis == "step"
        made_for = (
            line.base_for,
            line.front_for,
            line.xs_for,
            wanted.label,
            wanted.colour,
            wanted.axis,
            wanted.nth,
            wanted.is_member,
            style,
            on_steps,
            state.x_axis == "tag",
            state.show_raw,
            state.line_width,
            state.markers,
            state.interpolation,
            run is not None and run.key == state.baseline,
            None if run is None else run.first_wall_time_s,
        )
        if line.curve is not None and line.curve_for == made_for:
            return line.curve
        base, front = line.base, line.front
        assert base is not None
        smoothed = None if front is None else front.line
        origin = None if run is None else run.first_wall_time_s
        if run is None:
            origin = min(
                (
                    start
                    for i in wanted.run_ids
                    if (start := self._store.runs[i].first_wall_time_s) is not None
                ),
                default=None,
            )
        dash = style.dash if style.dash != "solid" else _DASHES[wanted.nth % len(_DASHES)]
        offset = style.step_offset if on_steps else style.time_offset_s
        line.curve_for = made_for
        line.curve = CurveData(
            line.id,
            wanted.label,
            QColor(wanted.colour),
            base.steps,
            base.wall_times,
            base.values,
            base.pieces,
            joined=base.joined,
            pyramid=base.pyramid,
            smoothed=None if smoothed is None else smoothed.values,
            smoothed_pyramid=None if smoothed is None else smoothed.pyramid,
            show_raw=state.show_raw and not wanted.is_member,
            width=style.width or state.line_width,
            opacity=_MEMBER if wanted.is_member else 1.0,
            run_id=wanted.run_id,
            tag=wanted.tag,
            xs=_as_long(line.xs, len(base.steps)),
            origin_s=float("nan") if origin is None else origin,
            x_offset=0.0 if state.x_axis == "tag" else float(offset),
            axis=wanted.axis,
            dash=dash,  # type: ignore[arg-type]
            marker=state.markers,
            marker_shape=_SHAPES[wanted.nth % len(_SHAPES)],  # type: ignore[arg-type]
            interpolation=state.interpolation,
            band=_band(base, front),
            is_baseline=run is not None and run.key == state.baseline,
            label_is="run" if base.counts is None else "group",
            counts=base.counts,
        )
        return line.curve

    # -- following --------------------------------------------------------------------------

    def _regrouped(self) -> None:
        self._late.update(self._cards)
        self._tell_late()

    def _end_turn(self) -> None:
        self._spent = 0
        if self._leaving:
            if self._hold(self._leaving[0], set(), _STEP):
                self._leaving.pop(0)
            self._turn.start()

    def _tell_later(self, key: str) -> None:
        self._late.add(key)
        if not self._late_timer.isActive():
            self._late_timer.start()

    def _tell_late(self) -> None:
        late, self._late = self._late, set()
        for key in late:
            self.ready.emit(key)

    def _hold(self, shown: _Shown, names: set[Hashable], most: int | None = None) -> bool:
        """Note which lines a card is made of now; those in no card any more are retired.

        With ``most`` only so many; returns whether those were all.
        """
        if names == shown.names:
            return True
        for name in names - shown.names:
            self._uses[name] += 1
            self._retired_bytes -= self._retired.pop(name, 0)
        gone = shown.names - names
        left = set(islice(gone, most, None)) if most is not None else set()
        for name in gone - left:
            self._uses[name] -= 1
            if self._uses[name] > 0:
                continue
            del self._uses[name]
            line = self._lines.get(name)
            if line is None:
                continue
            line.curve = None
            own_bytes = line.own_bytes()
            if isinstance(line.source, line_work.SeriesSource):
                line.base, line.base_for = None, None
            # A snapshot keeps memory of the store alive that it may have left long ago.
            line.source = None
            self._retired[name] = _LINE_BYTES + own_bytes
            self._retired_bytes += self._retired[name]
        shown.names = names | left
        while self._retired_bytes > KEPT_BYTES:
            name, size = self._retired.popitem(last=False)
            self._retired_bytes -= size
            self._names.pop(self._lines.pop(name).id, None)
        return not left


_PLAIN = RunStyle()


def _smoothing(state: WorkspaceState) -> line_work.Smoothing | None:
    """How lines are smoothed, or None."""
    if state.smoothing <= 0.0:
        return None
    by_time = state.smoothing_method == "ema_time" and state.x_axis not in ("step", "tag")
    return line_work.Smoothing(
        state.smoothing, state.smoothing_method, "time" if by_time else "step"
    )


def _info(line: _Line, wanted: Wanted) -> LineInfo:
    return LineInfo(line.id, wanted.run_id, wanted.tag, wanted.group, wanted.run_ids)


def _put(line: _Line, result: line_work.Result) -> None:
    """Take over what was made."""
    order = result.order
    key = order.source.key
    if order.base is None:
        line.base, line.base_for = result.base, key
    line.front = result.front
    line.front_for = None if order.smoothing is None else (key, order.smoothing)
    line.xs, line.xs_for, line.x_tag = result.xs, order.x_key, order.x_tag
    line.manner, line.runs = order.manner, order.runs


def _band(base: line_work.Base, front: line_work.Front | None) -> Band | None:
    if base.lows is None or base.highs is None:
        return None
    if front is not None and front.line is not None:
        # Where a filter found nothing to do the edge is as it was.
        low, high = front.lows, front.highs
        return Band(
            base.lows if low is None else low.values,
            base.highs if high is None else high.values,
            base.low_pyramid if low is None else low.pyramid,
            base.high_pyramid if high is None else high.pyramid,
        )
    return Band(base.lows, base.highs, base.low_pyramid, base.high_pyramid)


def _as_long(xs: Reals | None, count: int) -> Reals | None:
    """X for every point, also for those that came since it was made."""
    if xs is None or len(xs) == count:
        return xs
    made = np.full(count, np.nan)
    made[: min(len(xs), count)] = xs[:count]
    return made


def _carry_out_all(
    orders: Sequence[line_work.Order], control: TaskControl
) -> list[line_work.Result]:
    results = []
    for order in orders:
        if control.cancelled:
            break
        results.append(line_work.carry_out(order, lambda: control.cancelled))
    return results
