"""Layout of a chart's axes: which ticks fit, how wide the labels are, where they stand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from eventglass.app.core.compute import ticks
from eventglass.app.core.compute.scales import Scale, Scales
from eventglass.app.core.compute.ticks import Tick
from eventglass.widgets.plots.curve_data import Side, ViewRange, XKind, x_drawn, y_drawn

#: An axis by its name in signals.
AxisName: TypeAlias = Literal["x", "y", "right"]
#: One end of an axis.
AxisEnd: TypeAlias = tuple[AxisName, Literal["low", "high"]]

#: Height of axis labels, device-independent pixels.
LABEL_PIXELS = 11
#: Least room for the labels of a vertical axis, so that neighbouring charts mostly line up.
LEAST_LEFT = 40.0
#: Room between a label and the plot.
GAP = 6.0
#: Room above the plot and right of it.
TOP, RIGHT = 8.0, 18.0
#: Least room between a label and the right edge.
EDGE = 6.0
#: Room for the labels of the x axis.
BOTTOM = 22.0
#: How far the end of an axis reaches, where a click types its value.
_END_ACROSS, _END_DOWN = 44.0, 15.0


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a chart's parts are, device-independent pixels, and its ticks.

    `right_ticks` is None when there is no right axis.
    """

    plot: QRectF
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    right_ticks: tuple[Tick, ...] | None
    view: ViewRange
    scales: Scales

    def x_of(self, x: float) -> float:
        """Return the horizontal place of a data x; far left for what a log axis cannot show."""
        view, plot = self.view, self.plot
        if self.scales.x.kind == "linear":
            away = (x - view.x0) / (view.x1 - view.x0) * plot.width()
        else:
            left, scale = x_drawn(view, self.scales, plot.width())
            away = (self.scales.x.drawn(x) - left) * scale
        return plot.left() + (away if -1e6 < away < 1e6 else math.copysign(1e6, away))

    def y_of(self, y: float, axis: Side = "left") -> float:
        """Return the vertical place of a value; far below for what a log axis cannot show."""
        top, scale = y_drawn(self.view, self.scales, self.plot.height(), axis)
        away = (top - self.scales.of(axis).drawn(y)) * scale
        return self.plot.top() + min(max(away, -1e6), 1e6)

    def x_at(self, place: float) -> float:
        """Return the data x at a horizontal place."""
        if self.scales.x.kind == "linear":
            share = (place - self.plot.left()) / max(self.plot.width(), 1.0)
            return self.view.x0 + share * (self.view.x1 - self.view.x0)
        left, scale = x_drawn(self.view, self.scales, max(self.plot.width(), 1.0))
        return self.scales.x.value(left + (place - self.plot.left()) / scale)

    def y_at(self, place: float, axis: Side = "left") -> float:
        """Return the value at a vertical place."""
        top, scale = y_drawn(self.view, self.scales, max(self.plot.height(), 1.0), axis)
        return self.scales.of(axis).value(top - (place - self.plot.top()) / scale)

    def zone(self, place: QPointF) -> Literal["plot", "x", "y", "right", ""]:
        """Return what is at a place: the plot, the strip of an axis, or nothing."""
        plot = self.plot
        if plot.contains(place):
            return "plot"
        if place.y() > plot.bottom() and plot.left() <= place.x() <= plot.right():
            return "x"
        if plot.top() <= place.y() <= plot.bottom():
            if place.x() < plot.left():
                return "y"
            if self.right_ticks is not None and place.x() > plot.right():
                return "right"
        return ""

    def end_at(self, place: QPointF) -> AxisEnd | None:
        """Return the end of an axis whose value can be typed by a click there, or None."""
        plot = self.plot
        beside_x = plot.left() - 8.0 <= place.x() <= plot.right() + RIGHT
        if place.y() > plot.bottom() + 3.0 and beside_x:
            if place.x() < plot.left() + min(_END_ACROSS, plot.width() / 5.0):
                return "x", "low"
            if place.x() > plot.right() - min(_END_ACROSS, plot.width() / 5.0):
                return "x", "high"
            return None
        name: AxisName
        if place.x() < plot.left() - 3.0:
            name = "y"
        elif self.right_ticks is not None and place.x() > plot.right() + 3.0:
            name = "right"
        else:
            return None
        if abs(place.y() - plot.top()) <= _END_DOWN:
            return name, "high"
        if abs(place.y() - plot.bottom()) <= _END_DOWN:
            return name, "low"
        return None


def label_font(base: QFont) -> QFont:
    """Return the font of axis labels: small, with figures of equal width."""
    font = QFont(base)
    font.setPixelSize(LABEL_PIXELS)
    font.setWeight(QFont.Weight.Normal)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def x_ticks(view: ViewRange, kind: XKind, scale: Scale, count: int) -> list[Tick]:
    """Return about `count` ticks of a horizontal axis."""
    low, high = view.x0, view.x1
    if kind == "wall":
        return ticks.clock_ticks(low, high, count)
    if kind in ("relative", "run_relative"):
        if scale.kind == "linear":
            return ticks.relative_ticks(low, high, count)
        return ticks.log_duration_ticks(low, high, count, scale)
    if kind == "step":
        if scale.kind == "linear":
            return ticks.step_ticks(low, high, count)
        made = ticks.scaled_ticks(low, high, count, scale)
        return [tick for tick in made if tick.value == round(tick.value)]
    return ticks.scaled_ticks(low, high, count, scale)


def _ticks_for(room: float, least: float) -> int:
    """Return how many ticks suit an axis: `least` pixels apart, further on a long one."""
    return max(2, int(min(room / least, 4.0 + room / (3.5 * least))))


def lay_out(
    width: float,
    height: float,
    view: ViewRange,
    kind: XKind,
    scales: Scales,
    font: QFont,
    with_left: bool = True,
) -> Layout:
    """Return the layout of a chart of that size; labels never overlap and are never cut off.

    There is a right axis when the view has a range for it; `with_left`: lines use the left one.
    """
    metrics = QFontMetricsF(font)
    plot_height = max(height - TOP - BOTTOM, 1.0)
    down = _ticks_for(plot_height, 34.0)
    y_ticks = ticks.scaled_ticks(view.y0, view.y1, down, scales.y) if with_left else []
    left = _room(metrics, y_ticks)
    right, right_ticks = RIGHT, None
    if view.y20 is not None and view.y21 is not None:
        right_ticks = tuple(ticks.scaled_ticks(view.y20, view.y21, down, scales.right))
        right = _room(metrics, right_ticks)
    plot_width = max(width - left - right, 1.0)
    count = _ticks_for(plot_width, 70.0)
    across = x_ticks(view, kind, scales.x, count)
    while count > 2 and across:
        room = max(metrics.horizontalAdvance(tick.label) for tick in across) + 12.0
        if room * max(len(across) - 1, 1) <= plot_width:
            break
        count -= 1
        across = x_ticks(view, kind, scales.x, count)
    plot = QRectF(left, TOP, plot_width, plot_height)
    return Layout(plot, tuple(across), tuple(y_ticks), right_ticks, view, scales)


def _room(metrics: QFontMetricsF, labels: list[Tick] | tuple[Tick, ...]) -> float:
    """Return the room the labels of a vertical axis take."""
    widest = max((metrics.horizontalAdvance(tick.label) for tick in labels), default=0.0)
    return math.ceil(max(LEAST_LEFT, widest + GAP + 4.0))


def paint_labels(
    painter: QPainter, layout: Layout, font: QFont, colour: QColor, width: float
) -> None:
    """Draw the labels of all axes."""
    painter.setFont(font)
    painter.setPen(colour)
    metrics = QFontMetricsF(font)
    plot = layout.plot
    line = metrics.height()
    sides = Qt.AlignmentFlag
    for tick in layout.y_ticks:
        y = layout.y_of(tick.value)
        if plot.top() - 1 <= y <= plot.bottom() + 1:
            box = QRectF(0.0, y - line / 2, plot.left() - GAP, line)
            painter.drawText(box, sides.AlignRight | sides.AlignVCenter, tick.label)
    for tick in layout.right_ticks or ():
        y = layout.y_of(tick.value, "right")
        if plot.top() - 1 <= y <= plot.bottom() + 1:
            box = QRectF(plot.right() + GAP, y - line / 2, width - plot.right() - GAP, line)
            painter.drawText(box, sides.AlignLeft | sides.AlignVCenter, tick.label)
    taken = -math.inf
    for tick in layout.x_ticks:
        x = layout.x_of(tick.value)
        advance = metrics.horizontalAdvance(tick.label)
        left = min(max(x - advance / 2, 0.0), width - advance - EDGE)
        if left < taken or not plot.left() - 1 <= x <= plot.right() + 1:
            continue
        taken = left + advance + 6.0
        box = QRectF(left, plot.bottom() + 5.0, advance + 2.0, line)
        painter.drawText(box, sides.AlignLeft | sides.AlignTop, tick.label)
