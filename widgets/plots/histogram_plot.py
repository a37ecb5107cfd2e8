"""HistogramPlot: histograms of one run, or of several at a step, and what the pointer does."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
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

from eventglass.app.core.compute.ticks import duration, step_text, value_text, wall_time
from eventglass.widgets.plots import axis
from eventglass.widgets.plots.figure_picture import Area, Picture, Stroke, paint
from eventglass.widgets.plots.histogram_frame import (
    HistogramFrame,
    Shown,
    bin_shown,
    lay_frame,
    paint_frame,
    ridge_place,
    ridge_time,
    time_labels,
    time_range,
)
from eventglass.widgets.plots.histogram_scene import (
    Binned,
    HistogramLine,
    HistogramLook,
    HistogramReading,
    heat_columns,
    nearest_row,
    read_at,
    value_range,
)
from eventglass.widgets.plots.histogram_shapes import (
    count_outline,
    overlay_rows,
    ridge_outline,
)
from eventglass.widgets.plots.histogram_tooltip import HistogramTooltip
from eventglass.widgets.plots.overlay import ChartColours
from eventglass.widgets.plots.range_strip import Selection, paint_selection
from eventglass.widgets.plots.tooltip import Table, TooltipColours

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
        self._binned: Binned | None = None
        self._frame: HistogramFrame | None = None
        self._picture: QPixmap | None = None
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
        automatic = values or value_range(lines, self._look.clip)
        stacks = [line.stack for line in lines]
        same = automatic == self._automatic and len(stacks) == len(self._lines)
        same = same and all(a is b.stack for a, b in zip(stacks, self._lines, strict=True))
        self._lines = tuple(lines)
        if same:
            # Other names or colours: the bins stay.
            self._forget()
            return
        self._automatic = automatic
        self._forget(binned=True)

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
        same_bins = look.bins == self._look.bins
        self._look = look
        self._forget(binned=not same_bins)

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
            changed = values != self._values
            self._values, self._times = values, times
            self._forget(binned=changed)
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

    def frame(self) -> HistogramFrame | None:
        """Where everything is; None without histograms."""
        if self._frame is None and self._lines and self._automatic is not None:
            shown = self.shown()
            if self._binned is None:
                self._binned = bin_shown(shown)
            font = axis.label_font(self.font())
            self._frame = lay_frame(shown, self._binned, self.width(), self.height(), font)
            self._describe()
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
        return self._binned

    def _forget(self, *, binned: bool = False) -> None:
        if binned:
            self._binned = None
        self._frame = self._picture = None
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
        frame = self.frame()
        with QPainter(self) as painter:
            if frame is None:
                painter.fillRect(self.rect(), self._colours.surface)
                return
            ratio = self.devicePixelRatioF()
            if self._picture is None or self._picture.devicePixelRatioF() != ratio:
                self._picture = self._still(frame, ratio)
            painter.drawPixmap(0, 0, self._picture)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_over(painter, frame)

    def _still(self, frame: HistogramFrame, ratio: float) -> QPixmap:
        picture = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(self._colours.surface)
        with QPainter(picture) as painter:
            font = axis.label_font(self.font())
            paint_frame(painter, frame, self._colours, font, self.width(), ratio)
        return picture

    def _paint_over(self, painter: QPainter, frame: HistogramFrame) -> None:
        mode = self._look.mode
        font = axis.label_font(self.font())
        if self._selection is not None and mode == "heat":
            selection = Selection(*self._selection)
            paint_selection(
                painter,
                frame.layout,
                self._colours,
                selection,
                self._look.x_kind,
                font,
                self.width(),
            )
        if mode == "heat":
            self._paint_columns(painter, frame)
        elif mode == "step":
            self._paint_bar(painter, frame)
        else:
            self._paint_rows(painter, frame)
        if self._dragged and self._pressed is not None and self._pointer is not None:
            self._paint_drag(painter, frame)
        if self._by_key and self.hasFocus():
            painter.setPen(QPen(self._colours.accent, 1.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def _paint_columns(self, painter: QPainter, frame: HistogramFrame) -> None:
        """Mark the shared step, and what is under the pointer here or elsewhere."""
        line, plot = self._lines[0], frame.layout.plot
        times = line.times(self._look.x_kind)
        hovered = self._reading[0].place if self._reading else -1
        if hovered < 0 and self._crosshair is not None:
            hovered = nearest_row(line.stack, self._crosshair)
        marks = [(hovered, Qt.PenStyle.SolidLine)] if hovered >= 0 else []
        if self._step is not None:
            marks.append((nearest_row(line.stack, self._step), Qt.PenStyle.DashLine))
        for place, style in marks:
            if place < 0 or not math.isfinite(times[place]):
                continue
            x = frame.layout.x_of(float(times[place]))
            if not plot.left() <= x <= plot.right():
                continue
            # With a rim, so that it is seen on every colour.
            rim = QColor(self._colours.surface)
            rim.setAlphaF(0.8)
            for colour, width in ((rim, 3.6), (self._colours.text, 1.4)):
                pen = QPen(colour, width, style, Qt.PenCapStyle.FlatCap)
                if style is Qt.PenStyle.DashLine and width < 2.0:
                    pen.setDashPattern([3.0, 2.0])
                elif style is Qt.PenStyle.DashLine:
                    pen.setStyle(Qt.PenStyle.SolidLine)
                painter.setPen(pen)
                painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
        if self._reading:
            reading = self._reading[0]
            columns = heat_columns(times)
            at = columns.column_at(float(times[reading.place]))
            if at < 0:
                return
            left = max(frame.layout.x_of(float(columns.edges[at])), plot.left())
            right = min(frame.layout.x_of(float(columns.edges[at + 1])), plot.right())
            top = max(frame.layout.y_of(reading.right), plot.top())
            bottom = min(frame.layout.y_of(reading.left), plot.bottom())
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(255, 255, 255), 1.4))
            painter.drawRect(QRectF(left, top, max(right - left, 3.0), max(bottom - top, 2.0)))

    def _paint_rows(self, painter: QPainter, frame: HistogramFrame) -> None:
        """Bring the histogram at the shared step, and the one pointed at, forward."""
        line = self._lines[0]
        marks: list[tuple[int, QColor]] = []
        if self._step is not None:
            # Beside lines alone the accent is too near to the colours of runs.
            colour = self._colours.accent if frame.ridges is not None else self._colours.text
            marks.append((nearest_row(line.stack, self._step), colour))
        if self._reading:
            marks.append((self._reading[0].place, self._colours.text))
        elif self._crosshair is not None:
            marks.append((nearest_row(line.stack, self._crosshair), self._colours.text_muted))
        for place, colour in marks:
            if place >= 0:
                self._paint_row(painter, frame, place, colour)
        if self._reading:
            self._paint_value(painter, frame)

    def _paint_row(
        self, painter: QPainter, frame: HistogramFrame, place: int, colour: QColor
    ) -> None:
        line, binned, layout = self._lines[0], frame.binned, frame.layout
        counts = binned.counts[0][place]
        plot, y = layout.plot, 0.0
        clip = (plot.left() - 1.0, plot.top() - 4.0, plot.width() + 2.0, plot.height() + 5.0)
        if frame.ridges is None:
            shape = count_outline(binned, counts, self._look, layout)
            items: list[Area | Stroke] = [Stroke((shape,), colour, 2.0, clip=clip)]
        else:
            time = float(line.times(self._look.x_kind)[place])
            if not math.isfinite(time):
                return
            y = ridge_place(frame, time)
            heights = binned.heights(counts, self._look.log_counts)
            shape = ridge_outline(binned, heights, self._look, layout, y, frame.ridges.height)
            fill = QColor(line.colour)
            fill.setAlphaF(0.9)
            items = [Area((shape,), fill, clip), Stroke((shape,), colour, 1.6, clip=clip)]
        paint(painter, Picture(self.width(), self.height(), "", None, tuple(items)))
        if frame.ridges is not None:
            self._paint_pill(painter, frame, y, self._time_text(place), colour)

    def _time_text(self, place: int) -> str:
        line, kind = self._lines[0], self._look.x_kind
        if kind == "wall":
            return wall_time(float(line.stack.wall_times[place]))[11:16]
        if kind in ("relative", "run_relative"):
            return duration(float(line.times(kind)[place]))
        return step_text(int(line.stack.steps[place]))

    def _paint_pill(
        self, painter: QPainter, frame: HistogramFrame, y: float, text: str, colour: QColor
    ) -> None:
        """Name the histogram brought forward, on the axis of steps."""
        painter.setFont(axis.label_font(self.font()))
        width = painter.fontMetrics().horizontalAdvance(text) + 8.0
        left = min(frame.layout.plot.right() + 2.0, self.width() - width - 1.0)
        box = QRectF(left, min(max(y - 8.0, 1.0), self.height() - 17.0), width, 16.0)
        # Labels of the axis are seen whole or not at all.
        for _text, label in time_labels(frame, painter.font()):
            if label.intersects(box):
                painter.fillRect(label, self._colours.surface)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(box, 3.0, 3.0)
        painter.setPen(self._colours.surface)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_value(self, painter: QPainter, frame: HistogramFrame) -> None:
        """A line at the value under the pointer."""
        if self._pointer is None:
            return
        plot = frame.layout.plot
        colour = QColor(self._colours.text_muted)
        colour.setAlphaF(0.6)
        painter.setPen(QPen(colour, 1.0))
        x = self._pointer.x()
        painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))

    def _paint_bar(self, painter: QPainter, frame: HistogramFrame) -> None:
        """Bring the bars under the pointer forward."""
        if not self._reading:
            return
        layout, plot = frame.layout, frame.layout.plot
        first = self._reading[0]
        left, right = layout.x_of(first.left), layout.x_of(first.right)
        veil = QColor(self._colours.text)
        veil.setAlphaF(0.08)
        painter.fillRect(QRectF(left, plot.top(), max(right - left, 1.0), plot.height()), veil)

    def _paint_drag(self, painter: QPainter, frame: HistogramFrame) -> None:
        """The box or range that is being dragged."""
        assert self._pressed is not None
        assert self._pointer is not None
        plot = frame.layout.plot
        box = QRectF(self._pressed, self._pointer).normalized()
        if self._on_strip and frame.ridges is not None:
            box = QRectF(plot.left(), box.top(), plot.width(), box.height())
        elif self._on_strip or self._look.mode != "heat":
            box = QRectF(box.left(), plot.top(), box.width(), plot.height())
        box = box.intersected(plot)
        fill = QColor(self._colours.accent)
        fill.setAlphaF(0.14)
        painter.setPen(QPen(self._colours.accent, 1.0))
        painter.setBrush(fill)
        painter.drawRect(box)

    # Reading

    def readings_at(self, place: QPointF) -> list[HistogramReading]:
        """Return what is at a place of the plot: of each line, or nothing."""
        frame = self.frame()
        if frame is None or not frame.layout.plot.contains(place):
            return []
        layout, mode = frame.layout, self._look.mode
        value = layout.y_at(place.y()) if mode == "heat" else layout.x_at(place.x())
        if mode == "step":
            found = [
                self._read(number, bars.place, value)
                for number, bars in enumerate(frame.bars)
                if bars is not None
            ]
            return [reading for reading in found if reading is not None]
        if mode == "heat":
            columns = heat_columns(self._lines[0].times(self._look.x_kind))
            at = columns.column_at(layout.x_at(place.x()))
            row = int(columns.rows[at]) if at >= 0 else -1
        else:
            row = self._row_at(frame, place)
        reading = self._read(0, row, value) if row >= 0 else None
        return [] if reading is None else [reading]

    def _row_at(self, frame: HistogramFrame, place: QPointF) -> int:
        """The histogram whose outline or body is at a place, the one in front first."""
        binned, layout = frame.binned, frame.layout
        cell = binned.cell_at(layout.x_at(place.x()))
        if cell < 0:
            return -1
        counts = binned.counts[0]
        if frame.ridges is None:
            rows = overlay_rows(self._lines[0], self._look)
            if not len(rows):
                return -1
            heights = np.array([layout.y_of(float(c)) for c in counts[rows, cell]])
            return int(rows[len(rows) - 1 - np.argmin(np.abs(heights - place.y())[::-1])])
        ridges = frame.ridges
        if not len(ridges.rows):
            return -1
        heights = binned.heights(counts[ridges.rows, cell], self._look.log_counts)
        tops = ridges.baselines - heights * ridges.height
        inside = np.flatnonzero((tops <= place.y()) & (place.y() <= ridges.baselines))
        if len(inside):
            return int(ridges.rows[inside[-1]])
        return int(ridges.rows[np.argmin(np.abs(ridges.baselines - place.y()))])

    def _read(self, number: int, place: int, value: float) -> HistogramReading | None:
        frame = self.frame()
        if frame is None:
            return None
        if self._look.bins:
            cell = frame.binned.cell_at(value)
            if cell < 0:
                return None
            edges = frame.binned.edges
            count = float(frame.binned.counts[number][place, cell])
            return HistogramReading(
                number, place, float(edges[cell]), float(edges[cell + 1]), count, value
            )
        found = read_at(self._lines[number].stack, place, value)
        if found is None:
            return HistogramReading(number, place, value, value, 0.0, value)
        return HistogramReading(number, place, *found, value)

    def _follow(self, pointer: QPointF) -> None:
        """Find what is under the pointer and say so."""
        before = self._reading
        self._reading = self.readings_at(pointer)
        if not self._reading:
            self._end_hover()
            return
        line = self._lines[self._reading[0].line]
        step = int(line.stack.steps[self._reading[0].place])
        frame = self.frame()
        if frame is not None:
            self._tooltip_now().show_table(
                self._table(), pointer.toPoint(), frame.layout.plot.toRect()
            )
        if self._reading != before or self._look.mode in ("ridge", "overlay"):
            self.update()
        self.hovered.emit(step)

    def _table(self) -> Table:
        """What the panel beside the pointer says."""
        first = self._reading[0]
        line = self._lines[first.line]
        step, wall = int(line.stack.steps[first.place]), float(line.stack.wall_times[first.place])
        since = wall - float(line.stack.wall_times[0])
        title = f"step {step_text(step)} · {duration(since)} · {wall_time(wall)}"
        several = len({int(self._lines[r.line].stack.steps[r.place]) for r in self._reading}) > 1
        header = ["run", "values", "count"] + (["step"] if several else [])
        rows = []
        for reading in sorted(self._reading, key=lambda r: -r.count)[:MOST_ROWS]:
            shown = self._lines[reading.line]
            cells = [
                shown.label,
                f"{value_text(reading.left)} … {value_text(reading.right)}",
                count_text(reading.count),
            ]
            if several:
                cells.append(step_text(int(shown.stack.steps[reading.place])))
            rows.append((shown.colour, tuple(cells)))
        left = len(self._reading) - len(rows)
        return Table(title, tuple(header), tuple(rows), f"{left:,} more" if left else "")

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
                stack = self._lines[readings[0].line].stack
                self.step_clicked.emit(int(stack.steps[readings[0].place]))
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
        frame = self._frame
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


#: Most runs in the panel beside the pointer.
MOST_ROWS = 12
_MOVES: dict[int, tuple[float, float]] = {
    Qt.Key.Key_Left: (-_PAN, 0.0),
    Qt.Key.Key_Right: (_PAN, 0.0),
    Qt.Key.Key_Up: (0.0, _PAN),
    Qt.Key.Key_Down: (0.0, -_PAN),
}


def count_text(count: float) -> str:
    """Return a count: whole ones in full, others with four digits."""
    if count == round(count) and abs(count) < 1e15:
        return f"{count:,.0f}"
    return value_text(count)


def _zoomed(ends: tuple[float, float], factor: float, at: float) -> tuple[float, float]:
    low, high = ends
    middle = low + at * (high - low)
    return middle - (middle - low) * factor, middle + (high - middle) * factor


def _moved(ends: tuple[float, float], share: float) -> tuple[float, float]:
    away = share * (ends[1] - ends[0])
    return ends[0] + away, ends[1] + away
