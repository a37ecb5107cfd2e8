"""What moves over the still picture of histograms: the shared step, and what is pointed at."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from eventglass.app.core.compute.ticks import duration, step_text, wall_time
from eventglass.widgets.plots import axis
from eventglass.widgets.plots.figure_picture import Area, Picture, Stroke, paint
from eventglass.widgets.plots.histogram_frame import HistogramFrame, ridge_place, time_labels
from eventglass.widgets.plots.histogram_scene import HistogramReading, heat_columns, nearest_row
from eventglass.widgets.plots.histogram_shapes import count_outline, ridge_outline
from eventglass.widgets.plots.overlay import ChartColours
from eventglass.widgets.plots.range_strip import Selection, paint_selection


@dataclass(frozen=True, slots=True)
class Marks:
    """What is marked in a plot.

    Attributes
    ----------
    step : int or None
        The shared step.
    crosshair : int or None
        The step under the pointer in another plot.
    selection : (low, high) or None
        A range on the axis of steps or times.
    reading : HistogramReading or None
        What is under the pointer.
    pointer : QPointF or None
    """

    step: int | None
    crosshair: int | None
    selection: tuple[float, float] | None
    reading: HistogramReading | None
    pointer: QPointF | None


class MarksPainter:
    """Paints marks over the still picture of a frame of some size."""

    def __init__(
        self,
        painter: QPainter,
        frame: HistogramFrame,
        colours: ChartColours,
        size: QSizeF,
        font: QFont,
    ) -> None:
        self._painter = painter
        self._frame = frame
        self._colours = colours
        self._size = size
        self._font = axis.label_font(font)

    def paint(self, marks: Marks) -> None:
        """Paint the marks of the frame's mode."""
        mode = self._frame.shown.look.mode
        if mode == "heat":
            if marks.selection is not None:
                self._paint_selection(Selection(*marks.selection))
            self._paint_columns(marks)
        elif mode == "step":
            self._paint_bar(marks)
        else:
            self._paint_rows(marks)

    def _paint_selection(self, selection: Selection) -> None:
        frame = self._frame
        kind, width = frame.shown.look.x_kind, round(self._size.width())
        paint_selection(
            self._painter, frame.layout, self._colours, selection, kind, self._font, width
        )

    def _paint_columns(self, marks: Marks) -> None:
        """Mark the shared step, and what is under the pointer here or elsewhere."""
        frame, painter = self._frame, self._painter
        line, plot = frame.shown.lines[0], frame.layout.plot
        times = line.times(frame.shown.look.x_kind)
        reading = marks.reading
        hovered = reading.place if reading is not None else -1
        if hovered < 0 and marks.crosshair is not None:
            hovered = nearest_row(line.stack, marks.crosshair)
        lines = [(hovered, Qt.PenStyle.SolidLine)] if hovered >= 0 else []
        if marks.step is not None:
            lines.append((nearest_row(line.stack, marks.step), Qt.PenStyle.DashLine))
        for place, style in lines:
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
        if reading is not None:
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

    def _paint_rows(self, marks: Marks) -> None:
        """Bring the histogram at the shared step, and the one pointed at, forward."""
        frame, line = self._frame, self._frame.shown.lines[0]
        rows: list[tuple[int, QColor]] = []
        if marks.step is not None:
            # Beside lines alone the accent is too near to the colours of runs.
            colour = self._colours.accent if frame.ridges is not None else self._colours.text
            rows.append((nearest_row(line.stack, marks.step), colour))
        if marks.reading is not None:
            rows.append((marks.reading.place, self._colours.text))
        elif marks.crosshair is not None:
            rows.append((nearest_row(line.stack, marks.crosshair), self._colours.text_muted))
        for place, colour in rows:
            if place >= 0:
                self._paint_row(place, colour)
        if marks.reading is not None and marks.pointer is not None:
            self._paint_value(marks.pointer)

    def _paint_row(self, place: int, colour: QColor) -> None:
        frame, look = self._frame, self._frame.shown.look
        line, binned, layout = frame.shown.lines[0], frame.binned, frame.layout
        counts = binned.counts[0][place]
        plot, y = layout.plot, 0.0
        clip = (plot.left() - 1.0, plot.top() - 4.0, plot.width() + 2.0, plot.height() + 5.0)
        if frame.ridges is None:
            shape = count_outline(binned, counts, look, layout)
            items: list[Area | Stroke] = [Stroke((shape,), colour, 2.0, clip=clip)]
        else:
            time = float(line.times(look.x_kind)[place])
            if not math.isfinite(time):
                return
            y = ridge_place(frame, time)
            heights = binned.heights(counts, look.log_counts)
            shape = ridge_outline(binned, heights, look, layout, y, frame.ridges.height)
            fill = QColor(line.colour)
            fill.setAlphaF(0.9)
            items = [Area((shape,), fill, clip), Stroke((shape,), colour, 1.6, clip=clip)]
        size = self._size
        paint(self._painter, Picture(size.width(), size.height(), "", None, tuple(items)))
        if frame.ridges is not None:
            self._paint_pill(y, self._time_text(place), colour)

    def _time_text(self, place: int) -> str:
        line, kind = self._frame.shown.lines[0], self._frame.shown.look.x_kind
        if kind == "wall":
            return wall_time(float(line.stack.wall_times[place]))[11:16]
        if kind in ("relative", "run_relative"):
            return duration(float(line.times(kind)[place]))
        return step_text(int(line.stack.steps[place]))

    def _paint_pill(self, y: float, text: str, colour: QColor) -> None:
        """Name the histogram brought forward, on the axis of steps."""
        painter, frame = self._painter, self._frame
        painter.setFont(self._font)
        width = painter.fontMetrics().horizontalAdvance(text) + 8.0
        left = min(frame.layout.plot.right() + 2.0, self._size.width() - width - 1.0)
        box = QRectF(left, min(max(y - 8.0, 1.0), self._size.height() - 17.0), width, 16.0)
        # Labels of the axis are seen whole or not at all.
        for _text, label in time_labels(frame, painter.font()):
            if label.intersects(box):
                painter.fillRect(label, self._colours.surface)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(box, 3.0, 3.0)
        painter.setPen(self._colours.surface)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_value(self, pointer: QPointF) -> None:
        """A line at the value under the pointer."""
        plot = self._frame.layout.plot
        colour = QColor(self._colours.text_muted)
        colour.setAlphaF(0.6)
        self._painter.setPen(QPen(colour, 1.0))
        x = pointer.x()
        self._painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))

    def _paint_bar(self, marks: Marks) -> None:
        """Bring the bars under the pointer forward."""
        reading, layout = marks.reading, self._frame.layout
        if reading is None:
            return
        plot = layout.plot
        left = max(layout.x_of(reading.left), plot.left())
        right = min(layout.x_of(reading.right), plot.right())
        veil = QColor(self._colours.text)
        veil.setAlphaF(0.08)
        self._painter.fillRect(
            QRectF(left, plot.top(), max(right - left, 1.0), plot.height()), veil
        )

    def paint_drag(self, pressed: QPointF, pointer: QPointF, on_strip: bool) -> None:
        """Paint the box that is being dragged, or on the axis of steps or times the range."""
        frame, plot = self._frame, self._frame.layout.plot
        box = QRectF(pressed, pointer).normalized()
        if on_strip and frame.ridges is not None:
            box = QRectF(plot.left(), box.top(), plot.width(), box.height())
        elif on_strip or frame.shown.look.mode != "heat":
            box = QRectF(box.left(), plot.top(), box.width(), plot.height())
        box = box.intersected(plot)
        fill = QColor(self._colours.accent)
        fill.setAlphaF(0.14)
        self._painter.setPen(QPen(self._colours.accent, 1.0))
        self._painter.setBrush(fill)
        self._painter.drawRect(box)
