"""The selected range of x: shaded in the plot, with handles and values on the axis' strip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from eventglass.app.core.compute.ticks import duration, step_text, value_text, wall_time
from eventglass.widgets.plots.axis import Layout
from eventglass.widgets.plots.curve_data import XKind
from eventglass.widgets.plots.overlay import ChartColours

#: How near to an edge the pointer takes hold of it.
GRIP = 4.0


@dataclass(frozen=True, slots=True)
class Selection:
    """A range of x, in the chart's units; `low` <= `high`."""

    low: float
    high: float

    def edge_at(self, layout: Layout, place: QPointF) -> Literal["", "low", "high"]:
        """Return the edge under the pointer, in the plot or on the strip below."""
        plot = layout.plot
        if not plot.left() - GRIP <= place.x() <= plot.right() + GRIP or place.y() < plot.top():
            return ""
        low = abs(layout.x_of(self.low) - place.x())
        high = abs(layout.x_of(self.high) - place.x())
        if min(low, high) > GRIP:
            return ""
        # Of two at one place the one that can be moved on.
        return "high" if high < low or (high == low and place.x() >= plot.left()) else "low"


def x_text(x: float, kind: XKind) -> str:
    """Return an x as it is said on an axis of that kind."""
    if kind == "step":
        return step_text(round(x)) if abs(x) < 2**63 else value_text(x)
    if kind == "wall":
        return wall_time(x)
    return duration(x) if kind != "tag" else value_text(x)


def paint_selection(
    painter: QPainter,
    layout: Layout,
    colours: ChartColours,
    selection: Selection,
    kind: XKind,
    font: QFont,
    width: float,
) -> None:
    """Grey what is outside a little, tint what is inside, and name the edges on the strip."""
    plot = layout.plot
    low = min(max(layout.x_of(selection.low), plot.left()), plot.right())
    high = min(max(layout.x_of(selection.high), plot.left()), plot.right())
    veil = QColor(colours.surface)
    veil.setAlphaF(0.5)
    tint = QColor(colours.accent)
    tint.setAlphaF(0.07)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    tall = plot.height() + 1.0
    painter.fillRect(QRectF(plot.left(), plot.top(), low - plot.left(), tall), veil)
    painter.fillRect(QRectF(high, plot.top(), plot.right() - high + 1.0, tall), veil)
    painter.fillRect(QRectF(low, plot.top(), high - low, tall), tint)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    strip = QColor(colours.accent)
    painter.fillRect(QRectF(low, plot.bottom() + 1.0, max(high - low, 1.0), 2.0), strip)
    metrics = QFontMetricsF(font)
    painter.setFont(font)
    taken: list[QRectF] = []
    for x, place in ((selection.low, low), (selection.high, high)):
        exact = layout.x_of(x)
        if not plot.left() - 1.0 <= exact <= plot.right() + 1.0:
            continue
        painter.setPen(QPen(colours.accent, 1.0))
        painter.drawLine(QPointF(place, plot.top()), QPointF(place, plot.bottom() + 3.0))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours.accent)
        painter.drawRoundedRect(QRectF(place - 2.0, plot.center().y() - 8.0, 4.0, 16.0), 2.0, 2.0)
        text = x_text(x, kind)
        advance = metrics.horizontalAdvance(text) + 8.0
        left = min(max(place - advance / 2.0, 1.0), width - advance - 1.0)
        box = QRectF(left, plot.bottom() + 4.0, advance, metrics.height() + 2.0)
        if taken and box.left() < taken[-1].right() + 2.0:
            box.moveLeft(min(taken[-1].right() + 2.0, width - advance - 1.0))
        taken.append(box)
        # A label of the axis is seen whole or not at all.
        for tick in layout.x_ticks:
            wide = metrics.horizontalAdvance(tick.label) + 4.0
            label = QRectF(layout.x_of(tick.value) - wide / 2, box.y(), wide, box.height())
            if label.intersects(box):
                painter.fillRect(label, colours.surface)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours.accent)
        painter.drawRoundedRect(box, 3.0, 3.0)
        painter.setPen(colours.surface)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
