"""What the charts of the scalars view share: crosshair, range, zoom, step, vertical ranges.

The workspace holds what is kept of it; what the pointer does passes through here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from eventglass.app.models.cards import XRange
from eventglass.widgets.plots.chart import CurveData, ViewRange, XKind
from eventglass.widgets.plots.readings import nearest_index
from eventglass.widgets.views.scalar_card import ScalarCard

if TYPE_CHECKING:
    from eventglass.app.models.workspace import Workspace

#: Charts of a group take over a common vertical range after this time, in milliseconds.
SAME_Y_MS = 40
#: Zooms of this many cards out of view are remembered.
REMEMBERED = 500


class ChartLinks(QObject):
    """Ties the charts of one view together.

    Parameters
    ----------
    cards
        Returns the cards in or near the view.
    group_of
        Returns the name of the group a card stands in, by the key of its place.
    """

    #: x under the pointer in any chart, or None.
    hovered = Signal(object)

    def __init__(
        self,
        workspace: Workspace,
        cards: Callable[[], list[ScalarCard]],
        group_of: Callable[[str], str],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._cards = cards
        self._group_of = group_of
        self._zooming = False
        self._x: float | None = None
        self._views: dict[str, ViewRange] = {}
        self._extents: dict[str, dict[str, tuple[float, float]]] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SAME_Y_MS)
        self._timer.timeout.connect(self._give_same_y)

    def adopt(self, card: ScalarCard) -> None:
        """Listen to the chart of a card that was made."""
        chart = card.chart
        chart.hovered.connect(partial(self._hovered, card))
        chart.view_changed.connect(partial(self._zoomed, card))
        chart.range_selected.connect(self._range_selected)
        chart.range_typed.connect(partial(self._range_typed, card))
        chart.x_clicked.connect(partial(self._x_clicked, card))

    # -- a card comes, or is to look otherwise

    def bind(self, card: ScalarCard) -> None:
        """Give a card that came into view the range it had."""
        card.chart.set_crosshair(None)
        card.chart.set_y_range_shared(None)
        card.chart.set_view(self._views.get(card.key))

    def dress(self, card: ScalarCard) -> None:
        """Show axes, ranges, range of x and cursor as the workspace has them."""
        state = self._workspace.state
        options = state.options_of(card.tag)
        chart = card.chart
        # A chart that gives up its range because the axis is another one is no zoom of the user.
        zooming, self._zooming = self._zooming, True
        chart.set_x_kind(state.x_axis)
        self._zooming = zooming
        chart.set_x_scale(options.x_scale or state.x_scale)
        chart.set_y_scale(options.y_scale or state.y_scale)
        chart.set_ignore_outliers(state.ignore_outliers)
        chart.set_tooltip_options(state.tooltip_sort, state.tooltip_rows)
        own_x = options.x_range if options.x_range_of in ("", state.x_axis) else None
        chart.set_fixed(own_x, options.y_range, options.right_range)
        chart.set_locked(options.locked)
        self.show_selection(card)
        self.show_shared_x(card)

    def show_selection(self, card: ScalarCard) -> None:
        """Shade the selected range, where it is one of this axis."""
        state = self._workspace.state
        selected = state.selection
        if selected is not None and selected.axis == state.x_axis:
            card.chart.set_selection(selected.low, selected.high)
        else:
            card.chart.set_selection(None)

    def show_shared_x(self, card: ScalarCard) -> None:
        """Show the shared window of x; one that moved in this card is there already."""
        state = self._workspace.state
        shared = state.shared_x if state.share_x else None
        if state.options_of(card.tag).locked:
            return
        if shared is not None and shared.axis == state.x_axis:
            chart = card.chart
            shown = chart.x_zoom()
            if shown is None and not chart.is_waiting():
                view = chart.view()
                shown = view.x0, view.x1
            if shown != (shared.low, shared.high):
                chart.set_x_view(shared.low, shared.high)
        elif state.share_x and not self._zooming:
            card.chart.set_x_view(None)

    def show_cursor(self, card: ScalarCard) -> None:
        """Mark the shared step, where it has one place."""
        state = self._workspace.state
        place: float | None = None
        if state.step is not None:
            place = self.place_of_step(card, state.step)
        card.chart.set_cursor(place)

    def place_of_step(self, card: ScalarCard, step: int) -> float | None:
        """Where a step lies on a card's horizontal axis; None where lines have it elsewhere.

        On other axes than that of steps, the selected run says where; else all lines must agree.
        """
        kind = self._workspace.state.x_axis
        if kind == "step":
            return float(step)
        curves = card.chart.curves()
        chosen = [c for c in curves if c.run_id >= 0 and c.run_id == self._workspace.selected_run]
        places = {x_of_step(curve, step, kind) for curve in (chosen[:1] or curves[:50])}
        places.discard(None)
        return places.pop() if len(places) == 1 else None

    def forget(self) -> None:
        """Forget zooms: the horizontal axis means something else now, or all was closed."""
        self._views.clear()
        self._extents.clear()

    # -- one vertical range for a group

    def curves_changed(self, card: ScalarCard) -> None:
        """Look at the group's range again: a card of it shows other lines."""
        if self._group_of(card.key) in self._workspace.state.same_y:
            self._timer.start()

    def same_y_changed(self) -> None:
        """Give groups one range, or give cards back their own."""
        self._extents.clear()
        same = self._workspace.state.same_y
        for card in self._cards():
            if self._group_of(card.key) not in same:
                card.chart.set_y_range_shared(None)
        self._timer.start()

    def _give_same_y(self) -> None:
        same = self._workspace.state.same_y
        groups: dict[str, list[ScalarCard]] = {}
        for card in self._cards():
            name = self._group_of(card.key)
            if name in same and card.chart.curves():
                groups.setdefault(name, []).append(card)
        waiting = [c for cards in groups.values() for c in cards if c.chart.is_waiting()]
        for card in waiting:
            card.chart.find_range()
        if waiting:
            self._timer.start()
            return
        for name, cards in groups.items():
            # Cards that left the view count as they were, so that scrolling moves nothing.
            known = self._extents.setdefault(name, {})
            for card in cards:
                view = card.chart.view()
                extent = card.chart.y_extent(view.x0, view.x1)
                if extent is not None and all(map(math.isfinite, extent)):
                    known[card.key] = extent
            if known:
                low = min(extent[0] for extent in known.values())
                high = max(extent[1] for extent in known.values())
                for card in cards:
                    card.chart.set_y_range_shared(low, high)

    # -- what the user does in one chart

    @property
    def x(self) -> float | None:
        """X under the pointer, None while it is in no chart."""
        return self._x

    def _hovered(self, source: ScalarCard, x: float | None) -> None:
        self._x = x
        for card in self._cards():
            if card is not source:
                card.chart.set_crosshair(x)
        self.hovered.emit(x)

    def _zoomed(self, card: ScalarCard, view: ViewRange | None) -> None:
        state = self._workspace.state
        self._views.pop(card.key, None)
        if view is not None:
            self._views[card.key] = view
            while len(self._views) > REMEMBERED:
                del self._views[next(iter(self._views))]
        if self._group_of(card.key) in state.same_y:
            self._timer.start()
        if not state.share_x or self._zooming:
            return
        shared: XRange | None = None
        if view is not None:
            full = card.chart.full_range()
            if (view.x0, view.x1) == (full.x0, full.x1) and state.shared_x is None:
                return
            shared = XRange(state.x_axis, view.x0, view.x1)
        self._zooming = True
        try:
            self._workspace.edit("Zoom", shared_x=shared)
            for other in self._cards():
                if other is not card:
                    self._share_x(other, shared)
        finally:
            self._zooming = False

    def _share_x(self, card: ScalarCard, shared: XRange | None) -> None:
        if self._workspace.state.options_of(card.tag).locked:
            return
        self._views.pop(card.key, None)
        if shared is None:
            card.chart.set_x_view(None)
        else:
            card.chart.set_x_view(shared.low, shared.high)

    def _range_selected(self, low: float | None, high: float | None) -> None:
        self.select_range(low, high)

    def select_range(self, low: float | None, high: float | None) -> None:
        """Select a range on the axis shown; None for none."""
        if low is None or high is None:
            self._workspace.edit("Clear range", selection=None)
            return
        axis = self._workspace.state.x_axis
        low, high = min(low, high), max(low, high)
        self._workspace.edit("Select range", selection=XRange(axis, low, high))

    def _range_typed(
        self, card: ScalarCard, which: str, low: float | None, high: float | None
    ) -> None:
        found = None if low is None and high is None else (low, high)
        if which == "x":
            axis = self._workspace.state.x_axis if found is not None else ""
            values: dict[str, object] = {"x_range": found, "x_range_of": axis}
        else:
            values = {"right_range" if which == "right" else "y_range": found}
        self._workspace.edit_card("Set the range of an axis", card.tag, **values)

    def _x_clicked(self, card: ScalarCard, x: float) -> None:
        step = self.step_at(card, x)
        if step is not None:
            self._workspace.set_step(step)

    def step_at(self, card: ScalarCard, x: float) -> int | None:
        """The step at a place of a card's horizontal axis: that of the nearest point, or of x."""
        if self._workspace.state.x_axis == "step":
            return round(x)
        readings = card.chart.readings(x)
        if not readings:
            return None
        return min(readings, key=lambda reading: abs(reading.x - x)).step


def x_of_step(curve: CurveData, step: int, kind: XKind) -> float | None:
    """X of the point of a curve nearest to a step, on an axis of a kind; None without one."""
    index = nearest_index(curve.steps, curve.pieces, float(step), is_sorted=True)
    if index < 0:
        return None
    return x_of_point(curve, index, kind)


def x_of_point(curve: CurveData, index: int, kind: XKind) -> float | None:
    """X of a point of a curve on an axis of a kind, None where it has none."""
    if kind == "step":
        x = float(curve.steps[index])
    elif kind == "tag":
        x = float(curve.xs[index]) if curve.xs is not None else math.nan
    else:
        x = x_of_time(curve, float(curve.wall_times[index]), kind)
    x += curve.x_offset
    return x if math.isfinite(x) else None


def x_of_time(curve: CurveData, wall_time_s: float, kind: XKind) -> float:
    """X of a moment on one of the axes of time, without the curve's offset."""
    if kind == "run_relative" and math.isfinite(curve.origin_s):
        return wall_time_s - curve.origin_s
    if kind in ("relative", "run_relative"):
        return wall_time_s - float(curve.wall_times[0])
    return wall_time_s
