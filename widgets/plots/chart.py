"""One chart: curves, axes, pointer and keys, in a plain widget.

No plot library: the window would wait a third of a second for its import, and the lines are
drawn by the compiled modules anyway. What is painted in layers: the picture of the curves is kept
and only made anew when curves, range or size change; cursor, hovered points and rubber band are
painted over it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from enum import Enum, auto
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHideEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from eventglass.app.core.compute.ticks import duration, step_text, value_text, wall_time
from eventglass.widgets.plots import axis, overlay, view_range
from eventglass.widgets.plots.curve_layer import (
    CurveData,
    CurveLayer,
    ScaleKind,
    Scene,
    ViewRange,
    XKind,
    y_scale,
)
from eventglass.widgets.plots.notes import ChartNote
from eventglass.widgets.plots.overlay import ChartColours
from eventglass.widgets.plots.readings import Reading, read_curves
from eventglass.widgets.plots.tooltip import Tooltip, TooltipColours
from eventglass.widgets.plots.view_range import AutomaticRange

if TYPE_CHECKING:
    from eventglass.widgets.plots.gpu_curves import GpuCurves, GpuFrame

#: The picture of the curves goes this far over the plot's edges, so that none is cut in half.
BLEED = 3
#: How near a line the pointer must be to hover it, device-independent pixels.
NEAR = 12
#: A drag shorter than this in one direction zooms the other direction only.
STRIP = 8
#: A press that moves less than this is a click.
_CLICK = 4
#: Signals about the pointer come at most this often.
_HOVER_MS = 12
#: How far keys move the range, in shares of it: across, down.
_PANS: dict[int, tuple[float, float]] = {
    Qt.Key.Key_Left: (0.1, 0.0),
    Qt.Key.Key_Right: (-0.1, 0.0),
    Qt.Key.Key_Up: (0.0, 0.1),
    Qt.Key.Key_Down: (0.0, -0.1),
}


class _Drag(Enum):
    NONE = auto()
    BOX = auto()
    PAN = auto()
    PAN_X = auto()
    PAN_Y = auto()


class Chart(QWidget):
    """Draws curves over a range and lets the user move in it.

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
    """

    hovered = Signal(object)
    curve_hovered = Signal(object)
    curve_clicked = Signal(int)
    x_clicked = Signal(float)
    view_changed = Signal(object)
    focused = Signal()
    #: range_selected(low, high): the range dragged on the axis strip, while it is dragged and at
    #: the end, on the chart's axis; (None, None): cleared.
    range_selected = Signal(object, object)
    #: range_typed("x" | "y" | "right", low | None, high | None): typed at an axis; None: automatic.
    range_typed = Signal(str, object, object)
    #: note_clicked(index): a flag of `set_annotations` was double-clicked.
    note_clicked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._curves: tuple[CurveData, ...] = ()
        self._x_kind: XKind = "step"
        self._log_y = False
        self._ignore_outliers = True
        self._chosen: ViewRange | None = None
        self._full: ViewRange | None = None
        self._highlight: int | None = None
        self._cursor_x: float | None = None
        self._cursor_key: object = None
        self._cursor_readings: list[Reading] = []
        self._colours = ChartColours()
        self._wheel_zoom = False
        self._tooltip_on = True
        self._layer = CurveLayer()
        self._automatic = AutomaticRange(self._layer)
        self._image: QImage | None = None
        self._image_key: object = None
        self._version = 0
        self._layout: axis.Layout | None = None
        self._layout_size = QSize()
        self._by_key = False
        self._drag = _Drag.NONE
        self._drag_from = QPointF()
        self._drag_to = QPointF()
        self._drag_view: ViewRange | None = None
        self._moved = False
        self._pointer: QPointF | None = None
        self._hover: list[Reading] = []
        self._hovered_curve: int | None = None
        self._tooltip: Tooltip | None = None
        self._gpu: GpuCurves | None = None
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
        self._curves = curves
        self._version += 1
        self._full = None
        self._layer.forget_clocks({curve.series_id for curve in self._curves})
        self._data_changed()

    def curves(self) -> tuple[CurveData, ...]:
        """Return the curves shown."""
        return self._curves

    def set_x_kind(self, kind: XKind) -> None:
        """Choose what x is; a chosen range is given up, for it means something else now."""
        if kind == self._x_kind:
            return
        self._x_kind = kind
        self._cursor_x = None
        self._full = None
        if self._chosen is not None:
            self._chosen = None
            self.view_changed.emit(None)
        self._data_changed()

    def x_kind(self) -> XKind:
        """Return what x is."""
        return self._x_kind

    def set_log_y(self, on: bool) -> None:
        """Choose a logarithmic y axis; zero and below lie at its lower edge."""
        if on == self._log_y:
            return
        self._log_y = on
        self._full = None
        if self._chosen is not None and on and self._chosen.y0 <= 0.0:
            full = self.full_range()
            self._choose(ViewRange(self._chosen.x0, self._chosen.x1, full.y0, full.y1))
        self._data_changed()

    def log_y(self) -> bool:
        """Return whether the y axis is logarithmic."""
        return self._log_y

    def set_x_scale(self, scale: ScaleKind) -> None:
        """Choose a linear, logarithmic or symmetric logarithmic x axis."""

    def set_y_scale(self, scale: ScaleKind) -> None:
        """Choose the scale of both vertical axes; symlog shows both signs and zero."""
        self.set_log_y(scale == "log")

    def set_crosshair(self, x: float | None) -> None:
        """Follow another chart's pointer: a thin line and dots at x; None takes it away."""

    def set_selection(self, low: float | None, high: float | None = None) -> None:
        """Shade a range of x; None for none. Says nothing: the caller knows."""

    def set_annotations(self, notes: Sequence[ChartNote]) -> None:
        """Show vertical lines with flags; `note_clicked` tells the index of a clicked one."""

    def set_tooltip_options(
        self,
        sort: Literal["nearest", "name", "ascending", "descending"] = "nearest",
        rows: int = 12,
    ) -> None:
        """Choose the order of the panel's rows, and how many it has at most."""

    def set_fixed(
        self,
        x_range: tuple[float | None, float | None] | None = None,
        y_range: tuple[float | None, float | None] | None = None,
        right_range: tuple[float | None, float | None] | None = None,
    ) -> None:
        """Fix ends of the automatic range, as the user typed them; None ends stay automatic."""

    def set_locked(self, on: bool) -> None:
        """Let neither pointer nor keys move the range; the wheel goes to the page."""

    def set_x_view(self, low: float | None, high: float | None = None) -> None:
        """Show a window of x with y automatic for it; None for all. Says nothing."""

    def y_extent(self, x0: float, x1: float) -> tuple[float, float] | None:
        """Return the values' range (left axis) between two x, as the automatic range has it."""
        return None

    def set_y_range_shared(self, low: float | None, high: float | None = None) -> None:
        """Use a range of y given by the view instead of the automatic one; None for that again."""

    def set_ignore_outliers(self, on: bool) -> None:
        """Let the automatic range leave out the outer 5 % of the values, as TensorBoard does."""
        if on != self._ignore_outliers:
            self._ignore_outliers = on
            self._full = None
            self._data_changed()

    def set_highlight(self, series_id: int | None) -> None:
        """Bring one curve forward and fade the others; None for all alike."""
        if series_id != self._highlight:
            self._highlight = series_id
            self.update()

    def set_cursor(self, x: float | None) -> None:
        """Mark a place with a dashed line and a dot on every curve."""
        if x != self._cursor_x:
            self._cursor_x = x
            self.update()

    def set_theme(self, colours: ChartColours) -> None:
        """Paint with other colours."""
        self._colours = colours
        if self._tooltip is not None:
            self._tooltip.set_colours(self._tooltip_colours())
        self.update()

    def set_wheel_zoom(self, on: bool) -> None:
        """Let the wheel zoom without Ctrl; off, it scrolls the page."""
        self._wheel_zoom = on

    def set_tooltip_enabled(self, on: bool) -> None:
        """Show the panel beside the pointer or not."""
        self._tooltip_on = on
        if not on and self._tooltip is not None:
            self._tooltip.hide()

    def set_renderer(self, mode: Literal["auto", "gpu", "raster"]) -> None:
        """Choose who fills the lines; auto: the GPU where there is one, else the raster."""
        wanted = False
        if mode != "raster":
            from eventglass.widgets.plots import gpu_curves

            name = gpu_curves.renderer() if mode == "gpu" else gpu_curves.hardware_renderer()
            wanted = name is not None
        if wanted and self._gpu is None:
            from eventglass.widgets.plots.gpu_curves import GpuCurves

            self._gpu = GpuCurves(self, self._gpu_frame, self._paint_over)
            self._gpu.setGeometry(self.rect())
            self._gpu.show()
        elif not wanted and self._gpu is not None:
            self._gpu.free()
            self._gpu.hide()
            self._gpu.deleteLater()
            self._gpu = None
        self._image_key = None
        self.update()

    def renderer(self) -> Literal["gpu", "raster"]:
        """Return who fills the lines now."""
        return "raster" if self._gpu is None else "gpu"

    def renderer_name(self) -> str:
        """Return the name of the graphics processor that fills the lines, or "raster"."""
        if self._gpu is None:
            return "raster"
        from eventglass.widgets.plots import gpu_curves

        return gpu_curves.renderer() or "GPU"

    def set_title(self, title: str) -> None:
        """Say what the chart shows, for its accessible name."""
        self.setAccessibleName(f"Chart of {title}" if title else "Chart")

    def _data_changed(self) -> None:
        self._layout = None
        if self._pointer is not None:
            self._hover_timer.start()
        self.update()

    # The range

    def full_range(self) -> ViewRange:
        """Return the automatic range: everything in x, outliers perhaps left out in y."""
        if self._full is None:
            self._full = self._automatic.find(
                self._curves, self._x_kind, self._log_y, self._ignore_outliers
            )
        return self._full

    def view(self) -> ViewRange:
        """Return the range shown."""
        return self._chosen if self._chosen is not None else self.full_range()

    def is_zoomed(self) -> bool:
        """Return whether the user chose the range."""
        return self._chosen is not None

    def set_view(self, view: ViewRange | None) -> None:
        """Show a range; None for the automatic one. Says nothing: the caller knows."""
        if view is not None:
            view = self._made_sane(view)
        if view != self._chosen:
            self._chosen = view
            self._layout = None
            self.update()

    def fit(self) -> None:
        """Go back to the automatic range."""
        if self._chosen is not None:
            self._chosen = None
            self._layout = None
            self.view_changed.emit(None)
            self.update()

    def _made_sane(self, view: ViewRange) -> ViewRange:
        if not view_range.is_finite(view):
            return self.full_range()
        return view_range.sane(view, self._x_kind, self._log_y)

    def _choose(self, view: ViewRange) -> None:
        view = self._made_sane(view)
        if view != self._chosen:
            self._chosen = view
            self._layout = None
            self.view_changed.emit(view)
            self.update()

    # Painting

    def sizeHint(self) -> QSize:
        """Return the size of a chart in a card."""
        return QSize(420, 220)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the GPU's widget cover the chart."""
        super().resizeEvent(event)
        if self._gpu is not None:
            self._gpu.setGeometry(self.rect())

    def update(self) -> None:  # type: ignore[override]
        """Paint again, whoever paints."""
        super().update()
        if self._gpu is not None:
            self._gpu.update()
            self._gpu.paint_over_again()

    def layout_now(self) -> axis.Layout:
        """Return where everything is."""
        size = self.size()
        if self._layout is None or self._layout_size != size:
            self._layout_size = size
            self._layout = axis.lay_out(
                size.width(),
                size.height(),
                self.view(),
                self._x_kind,
                self._log_y,
                axis.label_font(self.font()),
            )
        return self._layout

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the chart."""
        with QPainter(self) as painter:
            if self._gpu is None:
                self._paint(painter)
            else:
                painter.fillRect(self.rect(), self._colours.surface)

    def _paint(self, painter: QPainter) -> None:
        layout = self.layout_now()
        painter.fillRect(self.rect(), self._colours.surface)
        self._paint_curves(painter, layout)
        self._paint_over(painter)

    def _paint_over(self, painter: QPainter) -> None:
        """Paint all but surface, grid and curves."""
        layout = self.layout_now()
        colours = self._colours
        axis.paint_labels(
            painter, layout, axis.label_font(self.font()), colours.text_muted, self.width()
        )
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, top, _width, height = self._picture_rect(layout)
        ratio = self.devicePixelRatioF()
        overlay.paint_marks(painter, layout, self._drawn_by().marks, left, top, height, ratio)
        if self._cursor_x is not None:
            readings = self._readings_at_cursor(self._cursor_x)
            overlay.paint_place(painter, layout, colours, self._cursor_x, readings, dashed=True)
        if self._hover and self._drag is _Drag.NONE:
            place = self._hover[0].x
            overlay.paint_place(painter, layout, colours, place, self._hover, dashed=False)
        if self._drag is _Drag.BOX and self._moved:
            overlay.paint_band(painter, colours, self._band(layout))
        self._paint_empty(painter, layout)
        if self._by_key and self.hasFocus():
            painter.setPen(QPen(colours.accent, 1.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def _drawn_by(self) -> CurveLayer:
        """Return the layer that made the strokes in sight."""
        return self._layer if self._gpu is None else self._gpu.layer

    def _readings_at_cursor(self, x: float) -> list[Reading]:
        """Return the readings at the cursor, read once for all frames of the same curves."""
        key = (self._version, self._x_kind, x)
        if self._cursor_key != key:
            self._cursor_key = key
            self._cursor_readings = self.readings(x)
        return self._cursor_readings

    def _gpu_frame(self) -> GpuFrame:
        """Return what the GPU is to draw."""
        from eventglass.widgets.plots.gpu_curves import GpuFrame

        layout = self.layout_now()
        scene = self._scene(layout)
        left, top, _width, _height = self._picture_rect(layout)
        key = (self._version, replace(scene, highlight=None))
        if key != self._image_key:
            self._image_key = key
            self._describe(layout)
        colours = self._colours
        return GpuFrame(
            key,
            self._curves,
            scene,
            left,
            top,
            colours.surface,
            colours.grid,
            self._grid_rows(layout, scene),
        )

    def _picture_rect(self, layout: axis.Layout) -> tuple[int, int, int, int]:
        """Place and size of the curves' picture, device pixels."""
        ratio = self.devicePixelRatioF()
        left = round((layout.plot.left() - BLEED) * ratio)
        top = round((layout.plot.top() - BLEED) * ratio)
        right = round((layout.plot.right() + BLEED) * ratio)
        bottom = round((layout.plot.bottom() + BLEED) * ratio)
        return left, top, max(right - left, 1), max(bottom - top, 1)

    def _scene(self, layout: axis.Layout) -> Scene:
        left, top, width, height = self._picture_rect(layout)
        ratio = self.devicePixelRatioF()
        x0, x1 = layout.x_at(left / ratio), layout.x_at((left + width) / ratio)
        y0, y1 = layout.y_at((top + height) / ratio), layout.y_at(top / ratio)
        return Scene(
            ViewRange(x0, x1, y0, y1),
            self._x_kind,
            self._log_y,
            width,
            height,
            ratio,
            self._highlight,
        )

    def _grid_rows(self, layout: axis.Layout, scene: Scene) -> list[int]:
        """Return the uppermost device pixel of every grid line."""
        top, scale = y_scale(scene.view, scene.log_y, scene.height)
        thick = max(1, round(scene.ratio))
        rows = []
        for tick in layout.y_ticks:
            value = math.log10(tick.value) if scene.log_y else tick.value
            row = round((top - value) * scale - thick / 2)
            if 0 <= row <= scene.height - thick:
                rows.append(row)
        return rows

    def _backdrop(self, scene: Scene, rows: Sequence[int]) -> npt.NDArray[np.uint8]:
        made = np.empty((3, scene.height), np.uint8)
        surface, grid = self._colours.surface, self._colours.grid
        made[:] = [[surface.blue()], [surface.green()], [surface.red()]]
        for row in rows:
            made[:, row : row + max(1, round(scene.ratio))] = [
                [grid.blue()],
                [grid.green()],
                [grid.red()],
            ]
        return made

    def _paint_curves(self, painter: QPainter, layout: axis.Layout) -> None:
        scene = self._scene(layout)
        key = (self._version, scene, self._colours, layout.y_ticks)
        changed = key != self._image_key
        self._image_key = key
        left, top, _width, _height = self._picture_rect(layout)
        if changed or self._image is None:
            backdrop = self._backdrop(scene, self._grid_rows(layout, scene))
            self._image = self._layer.render(self._curves, scene, backdrop)
            self._image.setDevicePixelRatio(scene.ratio)
            self._describe(layout)
        painter.drawImage(QPointF(left / scene.ratio, top / scene.ratio), self._image)

    def _describe(self, layout: axis.Layout) -> None:
        """Say what is shown to those who do not see it."""
        view = layout.view
        if self._x_kind == "step":
            across = f"step {step_text(round(view.x0))} to {step_text(round(view.x1))}"
        elif self._x_kind == "relative":
            across = f"{duration(view.x0)} to {duration(view.x1)}"
        else:
            across = f"{wall_time(view.x0)} to {wall_time(view.x1)}"
        count = len(self._curves)
        self.setAccessibleDescription(
            f"{count:,} {'curve' if count == 1 else 'curves'}, {across}, "
            f"values {value_text(view.y0)} to {value_text(view.y1)}"
        )

    def _band(self, layout: axis.Layout) -> QRectF:
        """Return the rubber band: a box, or a strip when the drag keeps to one direction."""
        plot = layout.plot
        box = QRectF(self._drag_from, self._drag_to).normalized().intersected(plot)
        wide = abs(self._drag_to.x() - self._drag_from.x())
        tall = abs(self._drag_to.y() - self._drag_from.y())
        if tall < STRIP <= wide:
            box.setTop(plot.top())
            box.setBottom(plot.bottom())
        elif wide < STRIP <= tall:
            box.setLeft(plot.left())
            box.setRight(plot.right())
        return box

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
        if not any(len(curve.pieces) for curve in self._curves):
            return "No points yet" if self._curves else "No curves shown"
        layer = self._drawn_by()
        if layer.drawn or layer.marks:
            return ""
        if self._chosen is not None:
            return "No points in view\nDouble-click to show all"
        return "No finite values"

    # Pointer and keys

    def readings(self, x: float) -> list[Reading]:
        """Return the point of every curve nearest to x."""
        return read_curves(self._layer, self._curves, self._x_kind, x)

    def curve_at(self, place: QPointF) -> int | None:
        """Return the series_id of the line within `NEAR` pixels of a place, the nearest one."""
        layout = self.layout_now()
        if not layout.plot.contains(place) or not self._curves:
            return None
        left, top, _width, _height = self._picture_rect(layout)
        ratio = self.devicePixelRatioF()
        return self._layer.nearest(
            self._curves,
            self._scene(layout),
            place.x() * ratio - left,
            place.y() * ratio - top,
            NEAR * ratio,
        )

    def _follow_pointer(self) -> None:
        """Find what is under the pointer and say so."""
        layout = self.layout_now()
        pointer = self._pointer
        if pointer is None or not layout.plot.contains(pointer) or self._drag is not _Drag.NONE:
            self._end_hover()
            return
        x = layout.x_at(pointer.x())

        def distance(reading: Reading) -> float:
            aside = abs(layout.x_of(reading.x) - pointer.x())
            if not math.isfinite(reading.front):
                return aside + 1e5
            return math.hypot(aside, layout.y_of(reading.front) - pointer.y())

        readings = sorted(self.readings(x), key=distance)
        # The place is that of the point nearest in x: what is said is said of real points.
        self._hover = readings
        curve = self.curve_at(pointer)
        if readings:
            nearest = min(readings, key=lambda r: abs(layout.x_of(r.x) - pointer.x()))
            readings.sort(key=lambda r: (r is not nearest and r.x != nearest.x, distance(r)))
        if curve is not None:
            readings.sort(key=lambda r: r.series_id != curve)
        self.hovered.emit(x)
        if curve != self._hovered_curve:
            self._hovered_curve = curve
            self.curve_hovered.emit(curve)
        if self._tooltip_on and readings:
            if self._tooltip is None:
                self._tooltip = Tooltip(self)
                self._tooltip.set_colours(self._tooltip_colours())
            self._tooltip.show_at(readings, pointer.toPoint(), layout.plot.toRect())
        self.update()

    def _end_hover(self) -> None:
        if self._tooltip is not None:
            self._tooltip.hide()
        if self._hover:
            self._hover = []
            self.hovered.emit(None)
            self.update()
        if self._hovered_curve is not None:
            self._hovered_curve = None
            self.curve_hovered.emit(None)

    def _tooltip_colours(self) -> TooltipColours:
        colours = self._colours
        return TooltipColours(colours.raised, colours.border, colours.text, colours.text_muted)

    def _zone(self, place: QPointF) -> _Drag:
        """Return what a drag from there moves: BOX inside, an axis beside, or nothing."""
        plot = self.layout_now().plot
        if plot.contains(place):
            return _Drag.BOX
        if place.y() > plot.bottom() and plot.left() <= place.x() <= plot.right():
            return _Drag.PAN_X
        if place.x() < plot.left() and plot.top() <= place.y() <= plot.bottom():
            return _Drag.PAN_Y
        return _Drag.NONE

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Take the panel away, so that the menu hides nothing and is not hidden."""
        self._hover_timer.stop()
        self._end_hover()
        event.ignore()

    def leaveEvent(self, event: QEvent) -> None:
        """Forget the pointer."""
        super().leaveEvent(event)
        self._pointer = None
        self._hover_timer.stop()
        self._end_hover()

    def hideEvent(self, event: QHideEvent) -> None:
        """Take the panel away with the chart."""
        super().hideEvent(event)
        self._pointer = None
        self._hover_timer.stop()
        self._end_hover()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a drag."""
        zone = self._zone(event.position())
        keys = event.modifiers()
        panning = event.button() == Qt.MouseButton.MiddleButton or (
            event.button() == Qt.MouseButton.LeftButton
            and bool(keys & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.AltModifier))
        )
        if event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            event.ignore()
            return
        if zone is _Drag.BOX and panning:
            zone = _Drag.PAN
        if zone is _Drag.NONE:
            event.ignore()
            return
        self._by_key = False
        self._drag = zone
        self._moved = False
        self._drag_from = self._drag_to = event.position()
        self._drag_view = self.view()
        if zone is _Drag.PAN:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with a drag, or follow the pointer."""
        place = event.position()
        self._pointer = place
        if self._drag is _Drag.NONE:
            self._show_cursor(place)
            if not self._hover_timer.isActive():
                self._hover_timer.start()
            return
        away = place - self._drag_from
        if not self._moved and max(abs(away.x()), abs(away.y())) < _CLICK:
            return
        if not self._moved:
            self._moved = True
            self._end_hover()
        self._drag_to = place
        if self._drag is _Drag.BOX:
            self.update()
        elif self._drag_view is not None:
            across = away.x() if self._drag is not _Drag.PAN_Y else 0.0
            down = away.y() if self._drag is not _Drag.PAN_X else 0.0
            plot = self.layout_now().plot
            self._shift(self._drag_view, across / plot.width(), down / plot.height())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag: zoom to the box, or take it for a click."""
        if self._drag is _Drag.NONE:
            event.ignore()
            return
        drag, self._drag = self._drag, _Drag.NONE
        layout = self.layout_now()
        self._show_cursor(event.position())
        if not self._moved:
            if drag is _Drag.BOX and event.button() == Qt.MouseButton.LeftButton:
                self.x_clicked.emit(layout.x_at(event.position().x()))
                curve = self.curve_at(event.position())
                if curve is not None:
                    self.curve_clicked.emit(curve)
        elif drag is _Drag.BOX:
            self._drag_to = event.position()
            box = self._band(layout)
            if box.width() >= 2 and box.height() >= 2:
                view = self.view()
                whole_x = box.left() <= layout.plot.left() and box.right() >= layout.plot.right()
                whole_y = box.top() <= layout.plot.top() and box.bottom() >= layout.plot.bottom()
                self._choose(
                    ViewRange(
                        view.x0 if whole_x else layout.x_at(box.left()),
                        view.x1 if whole_x else layout.x_at(box.right()),
                        view.y0 if whole_y else layout.y_at(box.bottom()),
                        view.y1 if whole_y else layout.y_at(box.top()),
                    )
                )
        self._moved = False
        self._hover_timer.start()
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Go back to the automatic range."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._drag = _Drag.NONE
            self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer, or leave the wheel to the page."""
        turn = event.angleDelta().y() or event.angleDelta().x()
        zone = self._zone(event.position())
        with_key = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        on_axis = zone in (_Drag.PAN_X, _Drag.PAN_Y) and self.hasFocus()
        if zone is _Drag.NONE or not turn or not (self._wheel_zoom or with_key or on_axis):
            event.ignore()
            return
        self._zoom(
            math.exp(-turn / 120.0 * 0.18),
            event.position(),
            zone is not _Drag.PAN_Y,
            zone is not _Drag.PAN_X,
        )
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Keep Shift and the arrows from the window's shortcuts."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() in _PANS
            and event.modifiers() & Qt.KeyboardModifier.ShiftModifier
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
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show the focus no longer."""
        super().focusOutEvent(event)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Zoom by + and -, move by Shift and the arrows, fit by F."""
        shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        key = event.key()
        if key in _PANS and shift:
            self._shift(self.view(), *_PANS[key])
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self._zoom(0.8, self.layout_now().plot.center(), True, True)
        elif key in (Qt.Key.Key_Minus, Qt.Key.Key_Underscore):
            self._zoom(1.25, self.layout_now().plot.center(), True, True)
        elif key == Qt.Key.Key_F:
            self.fit()
        elif key == Qt.Key.Key_Escape and self._drag is not _Drag.NONE:
            self._drag = _Drag.NONE
            self.update()
        else:
            event.ignore()

    def _show_cursor(self, place: QPointF) -> None:
        shape = {
            _Drag.BOX: Qt.CursorShape.CrossCursor,
            _Drag.PAN_X: Qt.CursorShape.SizeHorCursor,
            _Drag.PAN_Y: Qt.CursorShape.SizeVerCursor,
        }.get(self._zone(place), Qt.CursorShape.ArrowCursor)
        if self.cursor().shape() != shape:
            self.setCursor(shape)

    def _shift(self, view: ViewRange, across: float, down: float) -> None:
        """Move the range by shares of its size, so that what is under the pointer stays there."""
        self._choose(view_range.shifted(view, across, down, self._log_y))

    def _zoom(self, factor: float, place: QPointF, in_x: bool, in_y: bool) -> None:
        """Make the range `factor` times as wide around a place."""
        layout = self.layout_now()
        x = layout.x_at(place.x()) if in_x else None
        y = layout.y_at(place.y()) if in_y else None
        self._choose(view_range.zoomed(self.view(), factor, x, y, self._log_y))


__all__ = ["Chart", "ChartColours", "ChartNote", "CurveData", "Reading", "ViewRange", "XKind"]
