"""Layout of a chart's two axes: which ticks fit, how wide the labels are, where they stand."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from eventglass.app.core.compute import ticks
from eventglass.app.core.compute.ticks import Tick
from eventglass.widgets.plots.curve_layer import ViewRange, XKind, y_scale

#: Height of axis labels, device-independent pixels.
LABEL_PIXELS = 11
#: Least room for the labels of the y axis, so that neighbouring charts mostly line up.
LEAST_LEFT = 40.0
#: Room between a label and the plot.
GAP = 6.0
#: Room above the plot and right of it.
TOP, RIGHT = 8.0, 18.0
#: Least room between a label and the right edge.
EDGE = 6.0
#: Room for the labels of the x axis.
BOTTOM = 22.0


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a chart's parts are, device-independent pixels, and its ticks."""

    plot: QRectF
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    view: ViewRange
    log_y: bool

    def x_of(self, x: float) -> float:
        """Return the horizontal place of a data x."""
        view = self.view
        return self.plot.left() + (x - view.x0) / (view.x1 - view.x0) * self.plot.width()

    def y_of(self, y: float) -> float:
        """Return the vertical place of a value; far below for what a log axis cannot show."""
        top, scale = y_scale(self.view, self.log_y, self.plot.height())
        if self.log_y:
            y = math.log10(y) if y > 0.0 else -1e4
        return self.plot.top() + min(max((top - y) * scale, -1e6), 1e6)

    def x_at(self, place: float) -> float:
        """Return the data x at a horizontal place."""
        share = (place - self.plot.left()) / max(self.plot.width(), 1.0)
        return self.view.x0 + share * (self.view.x1 - self.view.x0)

    def y_at(self, place: float) -> float:
        """Return the value at a vertical place."""
        top, scale = y_scale(self.view, self.log_y, max(self.plot.height(), 1.0))
        y = top - (place - self.plot.top()) / scale
        if self.log_y:
            return float(10.0 ** min(max(y, -307.0), 308.0))
        return y


def label_font(base: QFont) -> QFont:
    """Return the font of axis labels: small, with figures of equal width."""
    font = QFont(base)
    font.setPixelSize(LABEL_PIXELS)
    font.setWeight(QFont.Weight.Normal)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def _x_ticks(view: ViewRange, kind: XKind, count: int) -> list[Tick]:
    make = {
        "step": ticks.step_ticks,
        "relative": ticks.relative_ticks,
        "wall": ticks.clock_ticks,
    }[kind]
    return make(view.x0, view.x1, count)


def _ticks_for(room: float, least: float) -> int:
    """Return how many ticks suit an axis: `least` pixels apart, further on a long one."""
    return max(2, int(min(room / least, 4.0 + room / (3.5 * least))))


def lay_out(
    width: float, height: float, view: ViewRange, kind: XKind, log_y: bool, font: QFont
) -> Layout:
    """Return the layout of a chart of that size; labels never overlap and are never cut off."""
    metrics = QFontMetricsF(font)
    plot_height = max(height - TOP - BOTTOM, 1.0)
    make = ticks.log_ticks if log_y else ticks.linear_ticks
    y_ticks = make(view.y0, view.y1, _ticks_for(plot_height, 34.0))
    widest = max((metrics.horizontalAdvance(tick.label) for tick in y_ticks), default=0.0)
    left = math.ceil(max(LEAST_LEFT, widest + GAP + 4.0))
    plot_width = max(width - left - RIGHT, 1.0)
    count = _ticks_for(plot_width, 70.0)
    x_ticks = _x_ticks(view, kind, count)
    while count > 2 and x_ticks:
        room = max(metrics.horizontalAdvance(tick.label) for tick in x_ticks) + 12.0
        if room * max(len(x_ticks) - 1, 1) <= plot_width:
            break
        count -= 1
        x_ticks = _x_ticks(view, kind, count)
    plot = QRectF(left, TOP, plot_width, plot_height)
    return Layout(plot, tuple(x_ticks), tuple(y_ticks), view, log_y)


def paint_labels(
    painter: QPainter, layout: Layout, font: QFont, colour: QColor, width: float
) -> None:
    """Draw the labels of both axes."""
    painter.setFont(font)
    painter.setPen(colour)
    metrics = QFontMetricsF(font)
    plot = layout.plot
    line = metrics.height()
    for tick in layout.y_ticks:
        y = layout.y_of(tick.value)
        if plot.top() - 1 <= y <= plot.bottom() + 1:
            painter.drawText(
                QRectF(0.0, y - line / 2, plot.left() - GAP, line),
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                tick.label,
            )
    taken = -math.inf
    for tick in layout.x_ticks:
        x = layout.x_of(tick.value)
        advance = metrics.horizontalAdvance(tick.label)
        left = min(max(x - advance / 2, 0.0), width - advance - EDGE)
        if left < taken or not plot.left() - 1 <= x <= plot.right() + 1:
            continue
        taken = left + advance + 6.0
        painter.drawText(
            QRectF(left, plot.bottom() + 5.0, advance + 2.0, line),
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop,
            tick.label,
        )
