"""One chart: curves, axes, pointer and keys, in a plain widget.

No plot library: the window would wait a third of a second for its import, and the lines are
drawn by the compiled modules anyway. `Chart` holds what is shown and tells what the user did. The
range is found by `view_range`, the still picture painted by `picture`, gestures followed by
`pointer`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from eventglass.app.core.compute.ticks import value_text
from eventglass.widgets.plots import axis, overlay, view_range
from eventglass.widgets.plots.axis_ends import AxisEnds
from eventglass.widgets.plots.chart_gpu import ChartGpu
from eventglass.widgets.plots.chart_keys import ChartKeys
from eventglass.widgets.plots.chart_readings import ChartReadings
from eventglass.widgets.plots.curve_data import CurveData, ScaleKind, Side, ViewRange, XKind
from eventglass.widgets.plots.curve_layer import CurveLayer
from eventglass.widgets.plots.far_work import FarWork
from eventglass.widgets.plots.notes import (
    ChartNote,
    Flag,
    flag_at,
    flag_text,
    lay_flags,
    paint_notes,
)
from eventglass.widgets.plots.overlay import ChartColours
from eventglass.widgets.plots.picture import (
    Picture,
    is_far,
    paint_labels_and_marks,
    picture_rect,
    scene_of,
)
from eventglass.widgets.plots.pin import Pin
from eventglass.widgets.plots.pointer import Pointer
from eventglass.widgets.plots.range_strip import Selection, paint_selection, x_text
from eventglass.widgets.plots.readings import Reading, read_curves
from eventglass.widgets.plots.stage import Stage
from eventglass.widgets.plots.tooltip import (
    MOST_ROWS,
    Sort,
    Table,
    Tooltip,
    TooltipColours,
    make_table,
)
from eventglass.widgets.plots.view_range import ChartRange, Ends, worked_out

if TYPE_CHECKING:
    from eventglass.app.core.compute.scales import Scales
    from eventglass.widgets.plots.pinned import PinnedReadings
    from eventglass.widgets.plots.range_editor import RangeEditor

#: How near a line the pointer must be to hover it, device-independent pixels.
NEAR = 12
#: Signals about the pointer come at most this often.
_HOVER_MS = 12
#: A click this near to the pinned place takes the panel away.
_SAME_PLACE = 6.0


class Chart(QWidget):
    """Draws curves over a range and lets the user move in it.

    Keys, while it has the focus: + and - zoom, Shift and the arrows move, F fits; I and O set the
    beginning and the end of the selected range at the cursor, Backspace clears it; T pins the
    values, Ctrl+C copies them, Esc takes them away; E types the ends of the axes.

    Signals
    -------
    hovered(object)
        x under the pointer, on the chart's axis, or None when it left.
    curve_hovered(object)
        series_id of the line under the pointer, or None.
    curve_clicked(int), x_clicked(float)
    view_changed(object)
        The `ViewRange` the user chose, or None: back to the automatic one.
    focused()
        The user went to the chart by key or mouse.
    range_selected(object, object)
        low, high of the range dragged on the axis strip, while it is dragged and at the end, on
        the chart's axis; None, None: cleared.
    range_typed(str, object, object)
        "x", "y" or "right", low and high as typed at an axis; None: automatic. The chart shows
        them already.
    note_clicked(int)
        Index of the note of `set_annotations` whose flag was double-clicked.
    """

    hovered = Signal(object)
    curve_hovered = Signal(object)
    curve_clicked = Signal(int)
    x_clicked = Signal(float)
    view_changed = Signal(object)
    focused = Signal()
    range_selected = Signal(object, object)
    range_typed = Signal(str, object, object)
    note_clicked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._curves: tuple[CurveData, ...] = ()
        self._version = 0
        self._layer = CurveLayer()
        self._range = ChartRange(self._layer)
        self._picture = Picture(self._layer, self)
        #: Finds the range of very many curves.
        self._finder: FarWork[ChartRange] | None = None
        self._orders = FarWork[bool](self)
        self._is_far = False
        self._gestures = Pointer(self)
        self._keys = ChartKeys(self)
        self._ends = AxisEnds(self)
        self._pin = Pin(self)
        self._highlight: frozenset[int] = frozenset()
        self._locked = False
        self._cursor_x: float | None = None
        self._crosshair_x: float | None = None
        self._selection: Selection | None = None
        self._notes: tuple[ChartNote, ...] = ()
        self._flags: list[Flag] | None = None
        self._readings = ChartReadings(self)
        self._colours = ChartColours()
        self._wheel_zoom = False
        self._tooltip_on = True
        self._sort: Sort = "nearest"
        self._most_rows = MOST_ROWS
        self._layout: axis.Layout | None = None
        self._layout_of: tuple[ViewRange, Scales, QSize] | None = None
        self._by_key = False
        self._pointer: QPointF | None = None
        self._hover: list[Reading] = []
        self._hovered_curve: int | None = None
        self._tooltip: Tooltip | None = None
        self._gpu = ChartGpu(self, self._stage, self._describe, self._paint_over_gpu)
        self._hover_timer = QTimer(self)
        self._hover_timer.setSingleShot(True)
        self._hover_timer.setInterval(_HOVER_MS)
        self._hover_timer.timeout.connect(self._follow_pointer)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus | Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(120, 80)
        self.setAccessibleName("Chart")

    # What is shown

    def set_curves(self, curves: Sequence[CurveData]) -> None:
        """Show these curves, in drawing order."""
        curves = tuple(curves)
        if curves == self._curves and curves:
            return
        self._curves = self._range.curves = curves
        self._is_far = is_far(curves, self._range.x_kind)
        self._version += 1
        self._layer.forget_clocks({curve.series_id for curve in curves})
        if not curves:
            self.unpin()
            # Nothing may be painted for long; a picture holds the points it was made of.
            self._picture.forget()
            self._gpu.forget()
            self._orders.forget()
            self._range.forget_before()
        self._show_gpu()
        self._data_changed()

    def curves(self) -> tuple[CurveData, ...]:
        """Return the curves shown."""
        return self._curves

    def set_x_kind(self, kind: XKind) -> None:
        """Choose what x is; a chosen range is given up, for it means something else now."""
        if kind == self._range.x_kind:
            return
        self._range.x_kind = kind
        self._cursor_x = self._crosshair_x = self._selection = None
        self._notes, self._flags = (), None
        self._range.fixed.pop("x", None)
        self.unpin()
        self._unzoom()
        self._is_far = is_far(self._curves, kind)
        self._range.forget_before()
        self._show_gpu()
        self._data_changed()

    def x_kind(self) -> XKind:
        """Return what x is."""
        return self._range.x_kind

    def set_x_scale(self, scale: ScaleKind) -> None:
        """Choose a linear, logarithmic or symmetric logarithmic x axis.

        What a logarithm does not have is left out. Moments lie evenly whatever is chosen.
        """
        if scale != self._range.x_scale:
            self._range.x_scale = scale
            chosen = self._range.chosen
            if scale == "log" and chosen is not None and chosen.x0 <= 0.0:
                self._unzoom()
            if self._range.window is not None and self._range.window[0] <= 0.0:
                self._range.window = None
            self._data_changed()

    def x_scale(self) -> ScaleKind:
        """Return the scale of the x axis."""
        return self._range.x_scale

    def set_y_scale(self, scale: ScaleKind) -> None:
        """Choose the scale of both vertical axes; symlog shows both signs and zero.

        On a logarithmic axis zero and below lie at its lower edge.
        """
        if scale == self._range.y_scale:
            return
        self._range.y_scale = scale
        chosen = self._range.chosen
        if scale == "log" and chosen is not None and _has_nothing_to_log(chosen):
            # Where it was zoomed to in x it stays.
            self._range.chosen = None
            self._range.window = (chosen.x0, chosen.x1)
            self._data_changed()
            self.view_changed.emit(self.view())
            return
        self._data_changed()

    def y_scale(self) -> ScaleKind:
        """Return the scale of the vertical axes."""
        return self._range.y_scale

    def set_ignore_outliers(self, on: bool) -> None:
        """Let the automatic range leave out the outer 5 % of the values, as TensorBoard does."""
        if on != self._range.ignore_outliers:
            self._range.ignore_outliers = on
            self._data_changed()

    def set_highlight(self, series_ids: Collection[int]) -> None:
        """Bring some curves forward and fade the others; none for all alike."""
        wanted = frozenset(series_ids)
        if wanted != self._highlight:
            self._highlight = wanted
            self.update()

    def set_cursor(self, x: float | None) -> None:
        """Mark a place with a dashed line and a dot on every curve."""
        if x != self._cursor_x:
            before = self._place_rect(self._cursor_x)
            self._cursor_x = x
            self._update_part(before.united(self._place_rect(x)))

    def set_crosshair(self, x: float | None) -> None:
        """Follow another chart's pointer: a thin line and dots at x; None takes it away."""
        if x is not None and not math.isfinite(x):
            x = None
        if x != self._crosshair_x:
            before = self._place_rect(self._crosshair_x)
            self._crosshair_x = x
            self._update_part(before.united(self._place_rect(x)))

    def set_selection(self, low: float | None, high: float | None = None) -> None:
        """Shade a range of x; None for none. Says nothing: the caller knows."""
        made = None
        if low is not None and high is not None and math.isfinite(low) and math.isfinite(high):
            made = Selection(min(low, high), max(low, high))
        if made != self._selection:
            self._selection = made
            self.update_over()

    def selection(self) -> tuple[float, float] | None:
        """Return the selected range of x."""
        return None if self._selection is None else (self._selection.low, self._selection.high)

    def set_annotations(self, notes: Sequence[ChartNote]) -> None:
        """Show vertical lines with flags; `note_clicked` tells the index of a clicked one."""
        notes = tuple(notes)
        if notes != self._notes:
            self._notes, self._flags = notes, None
            self.update_over()

    def annotations(self) -> tuple[ChartNote, ...]:
        """Return the vertical lines with flags."""
        return self._notes

    def set_tooltip_options(self, sort: Sort = "nearest", rows: int = MOST_ROWS) -> None:
        """Choose the order of the panel's rows, and how many it has at most."""
        if (sort, rows) == (self._sort, self._most_rows):
            return
        self._sort, self._most_rows = sort, max(1, rows)
        if self._tooltip is not None:
            self._tooltip.set_options(sort, rows)
        self._pin.refresh()

    def set_theme(self, colours: ChartColours) -> None:
        """Paint with other colours."""
        self._colours = colours
        if self._tooltip is not None:
            self._tooltip.set_colours(self.tooltip_colours())
        if self._pin.panel is not None:
            self._pin.panel.set_colours(self.tooltip_colours())
        self.update()

    def colours(self) -> ChartColours:
        """Return the colours it is painted with."""
        return self._colours

    def set_wheel_zoom(self, on: bool) -> None:
        """Let the wheel zoom without Ctrl; off, it scrolls the page."""
        self._wheel_zoom = on

    def set_tooltip_enabled(self, on: bool) -> None:
        """Show the panel beside the pointer or not."""
        self._tooltip_on = on
        if not on and self._tooltip is not None:
            self._tooltip.hide()

    def set_title(self, title: str) -> None:
        """Say what the chart shows, for its accessible name."""
        self.setAccessibleName(f"Chart of {title}" if title else "Chart")

    # Who fills the lines

    def set_renderer(self, mode: Literal["auto", "gpu", "raster"]) -> None:
        """Choose who fills the lines; auto: the GPU where there is one, else the raster.

        A chart with bands, or with points that are no line, is always filled by the raster.
        """
        self._gpu.choose(mode)
        self._picture.forget()
        self._show_gpu()
        self.update()

    def _show_gpu(self) -> None:
        if self._gpu.follow():
            self._picture.forget()

    def raise_panels(self) -> None:
        """Bring what stands on the chart to the top."""
        for child in (self._pin.panel, self._ends.editor):
            if child is not None:
                child.raise_()

    def renderer(self) -> Literal["gpu", "raster"]:
        """Return who fills the lines now."""
        return "raster" if self._gpu.widget is None else "gpu"

    def renderer_name(self) -> str:
        """Return the name of the graphics processor that fills the lines, or "raster"."""
        return self._gpu.name()

    # The range

    def full_range(self) -> ViewRange:
        """Return the automatic range: everything in x, outliers perhaps left out in y."""
        return self._range.full()

    def view(self) -> ViewRange:
        """Return the range shown; waits for it where it is still to be found."""
        if self.is_waiting():
            self._range.work_out()
        return self._range.now()

    def is_zoomed(self) -> bool:
        """Return whether the user chose the range."""
        return self._range.chosen is not None or self._range.window is not None

    def x_zoom(self) -> tuple[float, float] | None:
        """Return the ends of x that were zoomed to, here or in a chart tied to it; else None."""
        chosen = self._range.chosen
        return self._range.window if chosen is None else (chosen.x0, chosen.x1)

    def set_view(self, view: ViewRange | None) -> None:
        """Show a range; None for the automatic one. Says nothing: the caller knows."""
        if view is not None:
            view = self._range.sane(view)
        if view != self._range.chosen or self._range.window is not None:
            self._range.chosen, self._range.window = view, None
            self._view_changed()

    def set_x_view(self, low: float | None, high: float | None = None) -> None:
        """Show a window of x with y automatic for it; None for all. Says nothing."""
        window = None
        if low is not None and high is not None and math.isfinite(low) and math.isfinite(high):
            made = self._range.sane(ViewRange(low, high, 0.1, 1.0))
            window = (made.x0, made.x1)
        if window != self._range.window or self._range.chosen is not None:
            self._range.window, self._range.chosen = window, None
            self._range.forget()
            self._view_changed()

    def fit(self) -> None:
        """Go back to the automatic range, as far as none was typed."""
        if self.is_zoomed():
            self._unzoom()
            self._view_changed()

    def _unzoom(self) -> None:
        if self.is_zoomed():
            self._range.chosen = self._range.window = None
            self.view_changed.emit(None)

    def set_fixed(
        self,
        x_range: Ends | None = None,
        y_range: Ends | None = None,
        right_range: Ends | None = None,
    ) -> None:
        """Fix ends of the automatic range, as the user typed them; None ends stay automatic."""
        wanted = {"x": x_range, "y": y_range, "right": right_range}
        fixed = {name: ends for name, ends in wanted.items() if ends is not None}
        fixed = {name: ends for name, ends in fixed.items() if ends != (None, None)}
        if fixed != self._range.fixed:
            self._range.fixed = fixed
            self._data_changed()

    def fixed(self) -> dict[str, Ends]:
        """Return the ends that were typed, by the names x, y, right."""
        return dict(self._range.fixed)

    def set_locked(self, on: bool) -> None:
        """Let neither pointer nor keys move the range; the wheel goes to the page."""
        self._locked = on

    def is_locked(self) -> bool:
        """Return whether the range stays as it is."""
        return self._locked

    def y_extent(self, x0: float, x1: float, side: Side = "left") -> tuple[float, float] | None:
        """Return the range of the values between two x, without room around it.

        As the automatic range has it: outliers perhaps left out. None without values.
        """
        return self._range.extent(x0, x1, side)

    def set_y_range_shared(self, low: float | None, high: float | None = None) -> None:
        """Show the left axis as if the values lay in this range; None for their own."""
        shared = None if low is None or high is None else (low, high)
        if shared != self._range.shared:
            self._range.shared = shared
            self._data_changed()

    def choose(self, view: ViewRange) -> None:
        """Show a range because the user wanted it, and tell."""
        view = self._range.sane(view)
        if view != self.view() or not self.is_zoomed():
            self._range.chosen, self._range.window = view, None
            self._view_changed()
            self.view_changed.emit(view)

    def move_by(self, view: ViewRange, across: float, down: float, side: str) -> None:
        """Move a range by shares of its size; what is under the pointer stays there.

        `side`: the vertical axis that moves, "left", "right" or "both"; "" for none.
        """
        scales = self._range.scales()
        self.choose(view_range.shifted(view, across, down if side else 0.0, scales, side))

    def zoom_by(self, factor: float, place: QPointF, in_x: bool, side: str) -> None:
        """Make the range `factor` times as large around a place; `side` as in `move_by`."""
        plot = self.layout_now().plot
        across = (place.x() - plot.left()) / max(plot.width(), 1.0) if in_x else None
        down = (plot.bottom() - place.y()) / max(plot.height(), 1.0) if side else None
        scales = self._range.scales()
        self.choose(view_range.zoomed(self.view(), factor, across, down, scales, side))

    def is_waiting(self) -> bool:
        """Return whether the range of very many curves is still to be found.

        It is found in a thread once the chart is painted, or `find_range` is called; whoever asks
        for it before waits.
        """
        return self._is_far and not self._range.is_known()

    def find_range(self) -> None:
        """Have the range found in the thread, where that takes long."""
        if not self.is_waiting():
            return
        if self._finder is None:
            self._finder = FarWork(self)
            self._finder.ready.connect(self._range_found)
        self._finder.ask(self._range.turn, partial(worked_out, self._range.copy()))

    def _range_found(self) -> None:
        finder = self._finder
        found = finder.result if finder is not None else None
        if finder is None or found is None:
            return
        # It holds the curves.
        finder.result = finder.key = None
        if not self._range.adopt(found):
            # Something changed meanwhile; painting asks again.
            self.update()
        else:
            if found.x_kind == "tag":
                # For whoever points at one of very many points; the picture comes first.
                self._orders.ask(found.turn, partial(self._layer.find_orders, self._curves))
            if self._pointer is not None:
                self._hover_timer.start()
            self._view_changed()

    def _view_changed(self) -> None:
        self._layout = self._flags = None
        self.update()

    def _data_changed(self) -> None:
        self._range.forget()
        self._readings.forget()
        self._pin.refresh()
        if self._pointer is not None and not self.is_waiting():
            self._hover_timer.start()
        self._view_changed()

    # Selection of a range of x

    def select_range(self, low: float, high: float) -> None:
        """Select a range of x because the user wanted it, and tell."""
        self.set_selection(low, high)
        if self._selection is not None:
            self.range_selected.emit(self._selection.low, self._selection.high)

    def clear_selection(self) -> None:
        """Select nothing, and tell."""
        if self._selection is not None:
            self.set_selection(None)
            self.range_selected.emit(None, None)

    def mark_end(self, end: Literal["low", "high"]) -> None:
        """Set the beginning or the end of the selection at the pointer, or at the cursor."""
        x = self.place_meant()
        if x is None:
            return
        view = self.view()
        low, high = self.selection() or (view.x0, view.x1)
        if end == "low":
            self.select_range(x, high if high > x else view.x1)
        else:
            self.select_range(low if low < x else view.x0, x)

    def place_meant(self) -> float | None:
        """Return the x the keys mean: under the pointer, at the crosshair, at the cursor."""
        layout = self.layout_now()
        if self._pointer is not None and layout.plot.contains(self._pointer):
            return layout.x_at(self._pointer.x())
        return self._cursor_x if self._crosshair_x is None else self._crosshair_x

    def selection_edge_at(self, place: QPointF) -> Literal["", "low", "high"]:
        """Return the edge of the selection under the pointer."""
        selection = self._selection
        return "" if selection is None else selection.edge_at(self.layout_now(), place)

    def edit_range(self, name: axis.AxisName, end: Literal["low", "high"]) -> None:
        """Let the user type the value at the end of an axis."""
        if not self._locked and (name != "right" or self.layout_now().right_ticks is not None):
            self.end_hover()
            self._ends.edit(name, end)

    def range_editor(self) -> RangeEditor | None:
        """Return the field in which an end is typed now."""
        return self._ends.editor

    def set_end(self, name: axis.AxisName, end: Literal["low", "high"], value: float | None) -> str:
        """Fix one end of an axis because the user wanted it, and tell; None: automatic.

        Returns why that cannot be, or "".
        """
        low, high = self._range.fixed.get(name, (None, None))
        low, high = (value, high) if end == "low" else (low, value)
        scales = self._range.scales()
        scale = {"x": scales.x, "y": scales.y, "right": scales.right}[name]
        if scale.kind == "log" and value is not None and value <= 0.0:
            return "A logarithmic axis has only values above zero"
        if low is not None and high is not None and low >= high:
            return "The lower end must be below the upper one"
        self._range.fixed.pop(name, None)
        if low is not None or high is not None:
            self._range.fixed[name] = (low, high)
        self._show_typed(name)
        self.range_typed.emit(name, low, high)
        return ""

    def _show_typed(self, name: axis.AxisName) -> None:
        """Give up what was zoomed in the direction that was typed."""
        chosen = self._range.chosen
        if name == "x":
            self._unzoom()
        elif chosen is not None:
            self._range.chosen, self._range.window = None, (chosen.x0, chosen.x1)
        self._data_changed()
        if chosen is not None and name != "x":
            self.view_changed.emit(self.view())

    # Painting

    def sizeHint(self) -> QSize:
        """Return the size of a chart in a card."""
        return QSize(420, 220)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the GPU's widget cover the chart, and keep the pinned panel inside."""
        super().resizeEvent(event)
        self._flags = None
        if self._gpu.widget is not None:
            self._gpu.widget.setGeometry(self.rect())
        self._pin.fit()

    def update(self) -> None:  # type: ignore[override]
        """Paint again, whoever paints."""
        super().update()
        if self._gpu.widget is not None:
            self._gpu.widget.update()
            self._gpu.widget.paint_over_again()

    def update_over(self) -> None:
        """Paint again what lies over the curves."""
        if self._gpu.widget is None:
            super().update()
        else:
            self._gpu.widget.paint_over_again()

    def _update_part(self, part: QRectF) -> None:
        """Paint again a part of what lies over the curves."""
        if part.isEmpty():
            return
        rect: QRect = part.toAlignedRect()
        if self._gpu.widget is None:
            super().update(rect)
        else:
            self._gpu.widget.paint_over_again(rect)

    def layout_now(self) -> axis.Layout:
        """Return where everything is; waits for the range where it is still to be found."""
        return self._lay_out(self.view(), self._range.scales())

    def _layout_painted(self) -> axis.Layout | None:
        """Return where everything is as it is painted: as before while the range is not known."""
        if not self.is_waiting():
            return self.layout_now()
        before = self._range.before()
        return None if before is None else self._lay_out(*before)

    def _lay_out(self, view: ViewRange, scales: Scales) -> axis.Layout:
        known = (view, scales, self.size())
        if self._layout is None or self._layout_of != known:
            self._layout_of = known
            self._layout = axis.lay_out(
                self.width(),
                self.height(),
                view,
                self._range.x_kind,
                scales,
                axis.label_font(self.font()),
                not self._curves or self._range.has("left"),
            )
        return self._layout

    def _stage(self, layout: axis.Layout | None = None) -> Stage:
        return Stage(
            self.layout_now() if layout is None else layout,
            self._curves,
            self._version,
            self._range.x_kind,
            self._colours,
            self.font(),
            self.size(),
            self.devicePixelRatioF(),
            self._highlight,
        )

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the chart."""
        self.find_range()
        layout = self._layout_painted()
        with QPainter(self) as painter:
            if self._gpu.widget is not None or layout is None:
                painter.fillRect(self.rect(), self._colours.surface)
            elif self._picture.paint(painter, self._stage(layout), is_old=self.is_waiting()):
                self._describe()
            if self._gpu.widget is None and layout is not None:
                self._paint_over(painter, layout)

    def _paint_over_gpu(self, painter: QPainter) -> None:
        """Paint all but surface, grid and curves."""
        layout = self._layout_painted()
        if layout is not None:
            paint_labels_and_marks(painter, self._stage(layout), self._drawn_by().marks)
            self._paint_over(painter, layout)

    def _paint_over(self, painter: QPainter, layout: axis.Layout) -> None:
        """Paint what moves."""
        colours = self._colours
        font = axis.label_font(self.font())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._selection is not None:
            kind, width = self._range.x_kind, self.width()
            paint_selection(painter, layout, colours, self._selection, kind, font, width)
        if self._notes:
            if self._flags is None:
                self._flags = lay_flags(self._notes, layout, font)
            paint_notes(painter, layout, self._notes, self._flags, colours, font)
        self._paint_place(painter, layout, self._cursor_x, "step")
        self._paint_place(painter, layout, self._pin.x, "pinned")
        if self._hover and not self._gestures.is_dragging():
            dots = self._readings.hover_dots(layout, self._hover)
            overlay.paint_place(painter, layout, colours, self._hover_x(), dots, "pointer")
        else:
            self._paint_place(painter, layout, self._crosshair_x, "pointer")
        band = self._gestures.band()
        if band is not None:
            overlay.paint_band(painter, colours, band)
        self._paint_empty(painter, layout)
        left_out = 0 if self.is_waiting() else self._range.left_out()
        if left_out:
            text = f"{left_out:,} {'point' if left_out == 1 else 'points'} at or below 0 left out"
            painter.setFont(font)
            painter.setPen(colours.text_muted)
            box = layout.plot.adjusted(4.0, 0.0, -4.0, -3.0)
            sides = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom
            painter.drawText(box, sides, text)
        if self._by_key and self.hasFocus():
            painter.setPen(QPen(colours.accent, 1.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def _paint_place(
        self,
        painter: QPainter,
        layout: axis.Layout,
        x: float | None,
        look: Literal["step", "pointer", "pinned"],
    ) -> None:
        if x is not None:
            dots = self._readings.dots_at(layout, x)
            overlay.paint_place(painter, layout, self._colours, x, dots, look)

    def finish_picture(self) -> None:
        """Wait for the picture of the curves; with very many it is made in a thread."""
        if self._finder is not None:
            self._finder.wait()
        self._range.work_out()
        if self._gpu.widget is None:
            self._picture.finish(self._stage())

    def is_settled(self) -> bool:
        """Whether the picture seen is that of the curves."""
        is_finding = self._finder is not None and self._finder.is_busy()
        return not is_finding and not self._picture.is_busy()

    def _drawn_by(self) -> CurveLayer:
        """Return the layer that made the strokes in sight."""
        return self._layer if self._gpu.widget is None else self._gpu.widget.layer

    def _describe(self) -> None:
        """Say what is shown to those who do not see it."""
        view, kind = self.view(), self._range.x_kind
        across = f"{x_text(view.x0, kind)} to {x_text(view.x1, kind)}"
        if kind == "step":
            across = f"step {across}"
        count = len(self._curves)
        self.setAccessibleDescription(
            f"{count:,} {'curve' if count == 1 else 'curves'}, {across}, "
            f"values {value_text(view.y0)} to {value_text(view.y1)}"
        )

    def _flags_now(self) -> list[Flag]:
        if self._flags is None:
            self._flags = lay_flags(self._notes, self.layout_now(), axis.label_font(self.font()))
        return self._flags

    def flag_under(self, place: QPointF) -> Flag | None:
        """Return the flag of an annotation under the pointer."""
        return flag_at(self._flags_now(), place) if self._notes else None

    def _paint_empty(self, painter: QPainter, layout: axis.Layout) -> None:
        text = self._empty_text()
        if not text:
            return
        font = self.font()
        font.setPixelSize(12)
        painter.setFont(font)
        painter.setPen(self._colours.text_muted)
        painter.drawText(layout.plot, Qt.AlignmentFlag.AlignCenter, text)

    def _empty_text(self) -> str:
        """What to say when there is nothing to see, or ""."""
        if self.is_waiting():
            return ""
        if not any(len(curve.pieces) for curve in self._curves):
            return "No points yet" if self._curves else "No curves shown"
        layer = self._drawn_by()
        if layer.drawn or layer.marks:
            return ""
        if self.is_zoomed():
            return "No points in view\nDouble-click to show all"
        if self._range.fixed:
            return "No points in the range that was typed"
        if self._range.x_kind == "tag":
            return "No steps at which both tags have a value"
        if "log" in (self._range.x_scale, self._range.y_scale):
            return "Nothing above zero, so nothing on a logarithmic axis"
        return "No finite values"

    # Readings

    def readings(self, x: float) -> list[Reading]:
        """Return the point of every curve nearest to x."""
        return read_curves(self._layer, self._curves, self._range.x_kind, x)

    def _place_rect(self, x: float | None) -> QRectF:
        """Return what is painted for a place."""
        layout = None if x is None else self._layout_painted()
        if x is None or layout is None:
            return QRectF()
        return overlay.place_rect(layout, x, self._readings.dots_at(layout, x))

    # Pointer and keys

    def curve_at(self, place: QPointF) -> int | None:
        """Return the series_id of the line within `NEAR` pixels of a place, the nearest one."""
        layout = self.layout_now()
        if not layout.plot.contains(place) or not self._curves:
            return None
        scene = scene_of(self._stage())
        left, top, _width, _height = picture_rect(layout, scene.ratio)
        return self._layer.nearest(
            self._readings.near(layout, place),
            scene,
            place.x() * scene.ratio - left,
            place.y() * scene.ratio - top,
            NEAR * scene.ratio,
        )

    def _hover_x(self) -> float:
        """The place that is hovered: that of the point nearest in x."""
        return self._hover[0].x

    def _follow_pointer(self) -> None:
        """Find what is under the pointer and say so."""
        if self.is_waiting():
            # Begun again once the range is there.
            return
        layout = self.layout_now()
        pointer = self._pointer
        if pointer is None or not layout.plot.contains(pointer) or self._gestures.is_dragging():
            self.end_hover()
            return
        curve = self.curve_at(pointer)
        before = self._hover_rect()
        self._hover = self._readings.by_distance(layout, pointer, curve)
        self.hovered.emit(layout.x_at(pointer.x()))
        if curve != self._hovered_curve:
            self._hovered_curve = curve
            self.curve_hovered.emit(curve)
        flag = self.flag_under(pointer)
        if flag is not None:
            QToolTip.showText(
                self.mapToGlobal(pointer.toPoint()),
                flag_text(flag, self._notes),
                self,
                flag.box.toRect(),
            )
        if flag is not None or not self._tooltip_on or not self._hover:
            if self._tooltip is not None:
                self._tooltip.hide()
        else:
            self._tooltip_now().show_at(self._hover, pointer.toPoint(), layout.plot.toRect())
        self._update_part(before.united(self._hover_rect()))

    def _hover_rect(self) -> QRectF:
        layout = self._layout_painted() if self._hover else None
        if layout is None:
            return QRectF()
        dots = self._readings.hover_dots(layout, self._hover)
        return overlay.place_rect(layout, self._hover_x(), dots)

    def _tooltip_now(self) -> Tooltip:
        if self._tooltip is None:
            self._tooltip = Tooltip(self)
            self._tooltip.set_colours(self.tooltip_colours())
            self._tooltip.set_options(self._sort, self._most_rows)
        return self._tooltip

    def end_hover(self) -> None:
        """Take away what follows the pointer."""
        if self._tooltip is not None:
            self._tooltip.hide()
        if self._hover:
            before = self._hover_rect()
            self._hover = []
            self.hovered.emit(None)
            self._update_part(before)
        if self._hovered_curve is not None:
            self._hovered_curve = None
            self.curve_hovered.emit(None)

    def tooltip_colours(self) -> TooltipColours:
        """Return the colours of the panels."""
        colours = self._colours
        return TooltipColours(colours.raised, colours.border, colours.text, colours.text_muted)

    def click(self, place: QPointF) -> None:
        """Tell of a click into the plot, and pin the values there."""
        layout = self.layout_now()
        x = layout.x_at(place.x())
        curve = self.curve_at(place)
        self.x_clicked.emit(x)
        if curve is not None:
            self.curve_clicked.emit(curve)
        pinned = self._pin.x
        if pinned is not None and abs(layout.x_of(pinned) - place.x()) <= _SAME_PLACE:
            self.unpin()
        elif self._tooltip_on:
            readings = self._readings.by_distance(layout, place, curve)
            if readings:
                self._pin.show_at(readings[0].x, place.toPoint())

    # Pinned values

    def pin(self, x: float) -> None:
        """Pin the values at x: they stay until closed."""
        plot = self.layout_now().plot
        self._pin.show_at(x, QPoint(round(self.layout_now().x_of(x)), round(plot.top()) + 20))

    def unpin(self) -> None:
        """Take the pinned values away."""
        self._pin.close()

    def pinned_x(self) -> float | None:
        """Return where values are pinned."""
        return self._pin.x

    def pinned_panel(self) -> PinnedReadings | None:
        """Return the panel of the pinned values."""
        return self._pin.panel

    def table_at(self, x: float, most_rows: int, *, brief: bool = False) -> Table | None:
        """Return what the panel says of a place, in the order chosen; None without points."""
        readings = sorted(self.readings(x), key=lambda r: abs(r.x - x))
        rows = max(1, min(self._most_rows, most_rows))
        return make_table(readings, rows, self._sort, brief=brief) if readings else None

    # Events

    def forget_pointer(self) -> None:
        """Behave as if the pointer had left."""
        self._pointer = None
        self._hover_timer.stop()
        self.end_hover()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Take the panel away, so that the menu hides nothing and is not hidden."""
        self._hover_timer.stop()
        self.end_hover()
        event.ignore()

    def leaveEvent(self, event: QEvent) -> None:
        """Forget the pointer."""
        super().leaveEvent(event)
        self.forget_pointer()

    def hideEvent(self, event: QHideEvent) -> None:
        """Take the panel away with the chart."""
        super().hideEvent(event)
        self._picture.rest()
        if self._finder is not None:
            self._finder.rest()
        self._orders.rest()
        self.forget_pointer()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a drag."""
        if not self._gestures.press(event):
            event.ignore()
            return
        self._by_key = False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with a drag, or follow the pointer."""
        self._pointer = event.position()
        if self._gestures.is_dragging():
            self._gestures.move(event)
            return
        self._show_shape(event.position())
        if not self._hover_timer.isActive():
            self._hover_timer.start()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag: zoom to the box, or take it for a click."""
        if not self._gestures.is_dragging():
            event.ignore()
            return
        self._gestures.release(event)
        self._show_shape(event.position())
        self._hover_timer.start()
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Go back to the automatic range, or open a note."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._gestures.cancel()
        flag = self.flag_under(event.position())
        zone = self.layout_now().zone(event.position())
        if flag is not None:
            self.note_clicked.emit(flag.notes[0])
        elif not self._locked and zone:
            # The first of the two clicks pinned what it pointed at.
            self.unpin()
            self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer, or leave the wheel to the page."""
        event.setAccepted(self._gestures.wheel(event, self._wheel_zoom))

    def event(self, event: QEvent) -> bool:
        """Keep the chart's keys from the window's shortcuts, while it has the focus."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and self._keys.is_own(event)
        ):
            event.accept()
            return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Tell that the keyboard came, and show it when it came by key."""
        super().focusInEvent(event)
        reason = event.reason()
        self._by_key = reason in (
            Qt.FocusReason.TabFocusReason,
            Qt.FocusReason.BacktabFocusReason,
        )
        if self._by_key or reason == Qt.FocusReason.MouseFocusReason:
            self.focused.emit()
        self.update_over()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show the focus no longer."""
        super().focusOutEvent(event)
        self.update_over()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do what the keys of the chart do; see the class."""
        event.setAccepted(self._keys.press(event))

    def is_dragging(self) -> bool:
        """Return whether the pointer is dragging something."""
        return self._gestures.is_dragging()

    def cancel_drag(self) -> None:
        """Forget what is being dragged."""
        self._gestures.cancel()
        self.update()

    def _show_shape(self, place: QPointF) -> None:
        shape = self._gestures.shape(place)
        if self.cursor().shape() != shape:
            self.setCursor(shape)


def _has_nothing_to_log(view: ViewRange) -> bool:
    """Return whether a range reaches down to zero on a vertical axis."""
    return view.y0 <= 0.0 or (view.y20 is not None and view.y20 <= 0.0)


__all__ = ["Chart", "ChartColours", "ChartNote", "CurveData", "Reading", "ViewRange", "XKind"]
