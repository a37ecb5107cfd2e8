"""HistogramPlot: histograms of one run, or of several at a step, and what the pointer does."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from eventglass.app.core.compute.ticks import value_text
from eventglass.widgets.plots import axis
from eventglass.widgets.plots.histogram_drawing import (
    DrawingJob,
    Drawn,
    draw,
    same_stacks,
    series_of,
)
from eventglass.widgets.plots.histogram_frame import (
    HistogramFrame,
    Shown,
    ridge_time,
    time_range,
)
from eventglass.widgets.plots.histogram_marks import Marks, MarksPainter
from eventglass.widgets.plots.histogram_reading import readings_at, step_of, table_of
from eventglass.widgets.plots.histogram_scene import (
    Binned,
    HistogramLine,
    HistogramLook,
    HistogramReading,
    value_range,
)
from eventglass.widgets.plots.histogram_tooltip import HistogramTooltip
from eventglass.widgets.plots.overlay import ChartColours
from eventglass.widgets.plots.tooltip import TooltipColours

#: Draws elsewhere what takes long, and hands it over; None when that failed.
Drawer: TypeAlias = Callable[[DrawingJob, Callable[[Drawn | None], None]], None]
#: A press that moves less than this is a click.
CLICK = 4.0
#: How much the wheel and the keys zoom.
_ZOOM = 0.8
_PAN = 0.1


class HistogramPlot(QWidget):
    """Draws histograms and lets the user move in them.

    Dragging zooms: values, and in a heat map steps as well. Ctrl and the wheel zoom at the pointer,
    a double click shows all. Dragging on the axis of steps selects a range. Keys, while it has the
    focus: + and - zoom, Shift and the arrows move, F shows all, Backspace clears the range.

    Signals
    -------
    step_clicked(object)
        Step of the histogram that was clicked.
    hovered(object)
        Step of the histogram under the pointer, or None.
    range_selected(object, object)
        low, high on the axis of steps or times; None, None: cleared.
    view_changed()
        The user zoomed, or went back to all.
    focused()
        The user went to the plot by key or mouse.
    """

    step_clicked = Signal(object)
    hovered = Signal(object)
    range_selected = Signal(object, object)
    view_changed = Signal()
    focused = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: tuple[HistogramLine, ...] = ()
        self._look = HistogramLook()
        self._automatic: tuple[float, float] | None = None
        self._values: tuple[float, float] | None = None
        self._times: tuple[float, float] | None = None
        self._step: int | None = None
        self._selection: tuple[float, float] | None = None
        self._crosshair: int | None = None
        self._highlight = -1
        self._colours = ChartColours()
        self._wheel_zoom = False
        self._drawer: Drawer | None = None
        #: What was drawn last; stays until what is wanted now is drawn.
        self._frame: HistogramFrame | None = None
        self._picture: QPixmap | None = None
        self._is_drawn = False
        #: What is being drawn elsewhere.
        self._asked: DrawingJob | None = None
        self._reading: list[HistogramReading] = []
        self._pointer: QPointF | None = None
        self._pressed: QPointF | None = None
        self._on_strip = False
        self._dragged = False
        self._by_key = False
        self._tooltip: HistogramTooltip | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus | Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(120, 80)
        self.setAccessibleName("Histograms")

    # What is shown

    def set_lines(
        self, lines: Sequence[HistogramLine], values: tuple[float, float] | None = None
    ) -> None:
        """Show these histograms; `values`: the automatic range, else it is that of the lines."""
        lines = tuple(lines)
        if series_of(lines) != series_of(self._lines):
            self._frame = self._picture = None
        automatic = values or value_range(lines, self._look.clip)
        same = automatic == self._automatic and same_stacks(lines, self._lines)
        same = same and all(map(_looks_like, lines, self._lines))
        self._lines, self._automatic = lines, automatic
        if not same:
            self._forget()

    def lines(self) -> tuple[HistogramLine, ...]:
        """What is shown."""
        return self._lines

    def set_look(self, look: HistogramLook) -> None:
        """Draw otherwise; call before `set_lines` where the range of values changes with it."""
        if look == self._look:
            return
        if look.x_kind != self._look.x_kind:
            self._times = self._selection = None
        if look.clip != self._look.clip:
            self._values = None
        self._look = look
        self._forget()

    def look(self) -> HistogramLook:
        """How it is drawn."""
        return self._look

    def set_step(self, step: int | None) -> None:
        """Mark the histogram nearest to a step, or show it; None for the last, not marked."""
        if step != self._step:
            self._step = step
            if self._look.mode == "step":
                # Elsewhere it is a mark over the picture.
                self._forget()
            else:
                self.update()

    def step(self) -> int | None:
        """The step that is marked."""
        return self._step

    def set_selection(self, selection: tuple[float, float] | None) -> None:
        """Show a selected range of the axis of steps or times."""
        if selection != self._selection:
            self._selection = selection
            self._forget()

    def selection(self) -> tuple[float, float] | None:
        """The selected range."""
        return self._selection

    def set_highlight(self, run_id: int) -> None:
        """Bring one of several runs forward; -1 for none."""
        if run_id != self._highlight:
            self._highlight = run_id
            if len(self._lines) > 1:
                self._forget()

    def set_crosshair(self, step: int | None) -> None:
        """Mark the step under the pointer in another plot."""
        if step != self._crosshair:
            self._crosshair = step
            self.update()

    def set_theme(self, colours: ChartColours) -> None:
        """Paint with other colours."""
        self._colours = colours
        if self._tooltip is not None:
            self._tooltip.set_colours(self._tooltip_colours())
        self._forget()

    def set_wheel_zoom(self, on: bool) -> None:
        """Let the wheel zoom without Ctrl; off, it scrolls the page."""
        self._wheel_zoom = on

    def set_title(self, title: str) -> None:
        """Say what the plot shows, for its accessible name."""
        self.setAccessibleName(f"Histograms of {title}" if title else "Histograms")

    # The range

    def values(self) -> tuple[float, float]:
        """The range of values in sight."""
        return self._values or self._automatic or (0.0, 1.0)

    def automatic(self) -> tuple[float, float] | None:
        """The range of values while nothing is zoomed."""
        return self._automatic

    def times(self) -> tuple[float, float]:
        """The range of steps or times in sight, in a heat map."""
        return self._times or time_range(self._lines, self._look.x_kind)

    def is_zoomed(self) -> bool:
        """Whether the user chose the range."""
        return self._values is not None or self._times is not None

    def chosen(self) -> tuple[tuple[float, float] | None, tuple[float, float] | None]:
        """The ranges of values and of steps or times the user chose; None: all."""
        return self._values, self._times

    def zoom(
        self, values: tuple[float, float] | None, times: tuple[float, float] | None = None
    ) -> None:
        """Show a range; None: all of it."""
        if values is not None:
            low, high = values
            least = 1e-12 * max(abs(low), abs(high), 1e-290)
            if not (math.isfinite(low) and math.isfinite(high) and high - low > least):
                return
        if (values, times) != (self._values, self._times):
            self._values, self._times = values, times
            self._forget()
            self.view_changed.emit()

    def fit(self) -> None:
        """Show all."""
        self.zoom(None, None)

    def _zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        frame = self.frame()
        if frame is None:
            return
        plot = frame.layout.plot
        at = at or plot.center()
        across = min(max((at.x() - plot.left()) / max(plot.width(), 1.0), 0.0), 1.0)
        down = min(max((plot.bottom() - at.y()) / max(plot.height(), 1.0), 0.0), 1.0)
        heat = self._look.mode == "heat"
        times = _zoomed(self.times(), factor, across) if heat else self._times
        self.zoom(_zoomed(self.values(), factor, down if heat else across), times)

    def _move_by(self, across: float, down: float) -> None:
        if self._look.mode == "heat":
            self.zoom(_moved(self.values(), down), _moved(self.times(), across))
        elif across:
            self.zoom(_moved(self.values(), across), self._times)

    # Layout

    def set_drawer(self, drawer: Drawer | None) -> None:
        """Draw elsewhere what takes long; what was there before is shown meanwhile."""
        self._drawer = drawer

    def prepare(self) -> None:
        """Draw what will be seen."""
        if self._is_drawn:
            return
        if not self._lines or self._automatic is None:
            self._frame = self._picture = None
            self._is_drawn = True
            return
        if self._asked is not None:
            # One at a time, so that what comes is shown however fast others are asked for.
            return
        job = self._job()
        self._is_drawn = True
        if self._drawer is None or job.is_quick():
            self._show(draw(job))
        else:
            self._asked = job
            self._drawer(job, partial(self._take, job))

    def _job(self) -> DrawingJob:
        shown, binned = self.shown(), None
        if self._frame is not None:
            before = self._frame.shown
            same = shown.values == before.values and shown.look.bins == before.look.bins
            if same and same_stacks(shown.lines, before.lines):
                binned = self._frame.binned
        ratio, font = self.devicePixelRatioF(), axis.label_font(self.font())
        return DrawingJob(shown, binned, self.width(), self.height(), font, self._colours, ratio)

    def _take(self, job: DrawingJob, drawn: Drawn | None) -> None:
        """Show what was drawn elsewhere, and go on with what has been asked for since."""
        self._asked = None
        if drawn is not None and series_of(job.shown.lines) == series_of(self._lines):
            self._show(drawn)
        self.prepare()

    def _show(self, drawn: Drawn) -> None:
        self._frame = drawn.frame
        self._picture = QPixmap.fromImage(drawn.picture)
        self._reading = []
        self._describe()
        self.update()

    def is_waiting(self) -> bool:
        """Whether something is being drawn elsewhere."""
        return self._asked is not None

    def frame(self) -> HistogramFrame | None:
        """Where everything is; None without histograms, and before they have been drawn."""
        self.prepare()
        return self._frame

    def shown(self) -> Shown:
        """What is shown, whatever the size."""
        heat = self._look.mode == "heat"
        return Shown(
            self._lines,
            self._look,
            self.values(),
            self._times if heat else None,
            self._step,
            self._selection,
            self._highlight,
        )

    def binned(self) -> Binned | None:
        """The histograms in bins."""
        return None if self._frame is None else self._frame.binned

    def _forget(self) -> None:
        """What is drawn is not what is wanted any more."""
        self._is_drawn = False
        self._reading = []
        self.update()

    def _describe(self) -> None:
        low, high = self.values()
        count = sum(len(line.stack) for line in self._lines)
        self.setAccessibleDescription(
            f"{count:,} {'histogram' if count == 1 else 'histograms'}, "
            f"values {value_text(low)} to {value_text(high)}"
        )

    # Painting

    def sizeHint(self) -> QSize:
        """Return the size of a plot in a card."""
        return QSize(420, 220)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out anew."""
        super().resizeEvent(event)
        self._forget()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the still picture, and over it what moves."""
        ratio = self.devicePixelRatioF()
        if self._picture is not None and self._picture.devicePixelRatioF() != ratio:
            self._is_drawn = False
        frame = self.frame()
        with QPainter(self) as painter:
            if frame is None or self._picture is None:
                painter.fillRect(self.rect(), self._colours.surface)
                return
            # One of another size is shown until there is one of this.
            painter.drawPixmap(self.rect(), self._picture)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_over(painter, frame)

    def _paint_over(self, painter: QPainter, frame: HistogramFrame) -> None:
        over = MarksPainter(painter, frame, self._colours, QSizeF(self.size()), self.font())
        reading = self._reading[0] if self._reading else None
        over.paint(Marks(self._step, self._crosshair, self._selection, reading, self._pointer))
        if self._dragged and self._pressed is not None and self._pointer is not None:
            over.paint_drag(self._pressed, self._pointer, self._on_strip)
        if self._by_key and self.hasFocus():
            painter.setPen(QPen(self._colours.accent, 1.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    # Reading

    def readings_at(self, place: QPointF) -> list[HistogramReading]:
        """Return what is at a place of the plot: of each line, or nothing."""
        frame = self.frame()
        return [] if frame is None else readings_at(frame, place)

    def _follow(self, pointer: QPointF) -> None:
        """Find what is under the pointer and say so."""
        before = self._reading
        self._reading = self.readings_at(pointer)
        frame = self.frame()
        if not self._reading or frame is None:
            self._end_hover()
            return
        self._tooltip_now().show_table(
            table_of(frame, self._reading), pointer.toPoint(), frame.layout.plot.toRect()
        )
        if self._reading != before or self._look.mode in ("ridge", "overlay"):
            self.update()
        self.hovered.emit(step_of(frame, self._reading[0]))

    def _tooltip_now(self) -> HistogramTooltip:
        if self._tooltip is None:
            self._tooltip = HistogramTooltip(self)
            self._tooltip.set_colours(self._tooltip_colours())
        return self._tooltip

    def _tooltip_colours(self) -> TooltipColours:
        colours = self._colours
        return TooltipColours(colours.raised, colours.border, colours.text, colours.text_muted)

    def tooltip(self) -> HistogramTooltip | None:
        """The panel beside the pointer, when there has been one."""
        return self._tooltip

    def _end_hover(self) -> None:
        if self._tooltip is not None:
            self._tooltip.hide()
        self._reading = []
        self.hovered.emit(None)
        self.update()

    # Pointer

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a drag."""
        if event.button() != Qt.MouseButton.LeftButton or self.frame() is None:
            event.ignore()
            return
        self._pressed = event.position()
        self._on_strip = self._is_strip(event.position())
        self._dragged = self._by_key = False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with a drag, or follow the pointer."""
        self._pointer = event.position()
        if self._pressed is None:
            strip = self._is_strip(event.position())
            self.setCursor(Qt.CursorShape.CrossCursor if strip else Qt.CursorShape.ArrowCursor)
            self._follow(event.position())
            return
        away = event.position() - self._pressed
        if not self._dragged and max(abs(away.x()), abs(away.y())) >= CLICK:
            self._dragged = True
            self._end_hover()
        if self._dragged:
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag, or take it for a click."""
        pressed, self._pressed = self._pressed, None
        if pressed is None:
            event.ignore()
            return
        was_dragged, self._dragged = self._dragged, False
        frame = self.frame()
        if frame is None:
            return
        if not was_dragged:
            readings = self.readings_at(event.position())
            if readings and self._look.mode != "step":
                self.step_clicked.emit(step_of(frame, readings[0]))
            elif self._on_strip:
                self.range_selected.emit(None, None)
        elif self._on_strip:
            ends = sorted((self._time_at(frame, pressed), self._time_at(frame, event.position())))
            self.range_selected.emit(*ends)
        else:
            self._zoom_to(frame, QRectF(pressed, event.position()).normalized())
        self.update()

    def _zoom_to(self, frame: HistogramFrame, box: QRectF) -> None:
        layout = frame.layout
        box = box.intersected(layout.plot)
        if self._look.mode != "heat":
            if box.width() >= CLICK:
                self.zoom((layout.x_at(box.left()), layout.x_at(box.right())), self._times)
            return
        values, times = self._values, self._times
        # A box that is flat zooms one axis only.
        if box.height() >= 2 * CLICK:
            values = (layout.y_at(box.bottom()), layout.y_at(box.top()))
        if box.width() >= 2 * CLICK:
            times = (layout.x_at(box.left()), layout.x_at(box.right()))
        self.zoom(values, times)

    def _is_strip(self, place: QPointF) -> bool:
        """Whether a place is on the axis of steps or times."""
        frame = self.frame()
        if frame is None:
            return False
        plot = frame.layout.plot
        if self._look.mode == "heat":
            return place.y() > plot.bottom() and plot.left() <= place.x() <= plot.right()
        return frame.ridges is not None and place.x() > plot.right() and place.y() < plot.bottom()

    def _time_at(self, frame: HistogramFrame, place: QPointF) -> float:
        if frame.ridges is not None:
            return ridge_time(frame, place.y())
        plot = frame.layout.plot
        return frame.layout.x_at(min(max(place.x(), plot.left()), plot.right()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show all."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = None
            self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer, or leave the wheel to the page."""
        wanted = self._wheel_zoom or bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        turn = event.angleDelta().y()
        frame = self.frame()
        if not wanted or not turn or frame is None:
            event.ignore()
            return
        event.accept()
        self._zoom_by(_ZOOM ** (turn / 120.0), event.position())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Take the panel away, so that the menu hides nothing."""
        self._end_hover()
        event.ignore()

    def leaveEvent(self, event: QEvent) -> None:
        """Forget the pointer."""
        super().leaveEvent(event)
        self._pointer = None
        self._end_hover()

    def hideEvent(self, event: QHideEvent) -> None:
        """Take the panel away with the plot."""
        super().hideEvent(event)
        if self._reading or self._tooltip is not None:
            self._pointer = None
            self._end_hover()

    # Keys

    def event(self, event: QEvent) -> bool:
        """Keep the plot's keys from the window's shortcuts, while it has the focus."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            if (event.key() in _MOVES and shifted) or (
                event.key() == Qt.Key.Key_Backspace and self._selection is not None
            ):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do what the keys of the plot do; see the class."""
        key, modifiers = event.key(), event.modifiers()
        if modifiers & Qt.KeyboardModifier.ControlModifier:
            event.ignore()
        elif key in _MOVES and modifiers & Qt.KeyboardModifier.ShiftModifier:
            self._move_by(*_MOVES[Qt.Key(key)])
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self._zoom_by(_ZOOM)
        elif key in (Qt.Key.Key_Minus, Qt.Key.Key_Underscore):
            self._zoom_by(1.0 / _ZOOM)
        elif key == Qt.Key.Key_F:
            self.fit()
        elif key == Qt.Key.Key_Backspace and self._selection is not None:
            self.range_selected.emit(None, None)
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Tell that the keyboard came, and show it when it came by key."""
        super().focusInEvent(event)
        self._by_key = event.reason() in (
            Qt.FocusReason.TabFocusReason,
            Qt.FocusReason.BacktabFocusReason,
        )
        if self._by_key or event.reason() == Qt.FocusReason.MouseFocusReason:
            self.focused.emit()
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show the focus no longer."""
        super().focusOutEvent(event)
        self.update()


_MOVES: dict[int, tuple[float, float]] = {
    Qt.Key.Key_Left: (-_PAN, 0.0),
    Qt.Key.Key_Right: (_PAN, 0.0),
    Qt.Key.Key_Up: (0.0, _PAN),
    Qt.Key.Key_Down: (0.0, -_PAN),
}


def _zoomed(ends: tuple[float, float], factor: float, at: float) -> tuple[float, float]:
    low, high = ends
    middle = low + at * (high - low)
    return middle - (middle - low) * factor, middle + (high - middle) * factor


def _moved(ends: tuple[float, float], share: float) -> tuple[float, float]:
    away = share * (ends[1] - ends[0])
    return ends[0] + away, ends[1] + away


def _looks_like(one: HistogramLine, other: HistogramLine) -> bool:
    """Whether two lines of the same histograms are drawn alike."""
    return (one.label, one.colour, one.run_id, one.origin_s) == (
        other.label,
        other.colour,
        other.run_id,
        other.origin_s,
    )
