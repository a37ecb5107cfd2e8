"""What is painted over a chart's curves: marks, cursor, hovered points, rubber band."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from eventglass.app.core.compute import spans
from eventglass.widgets.plots.axis import Layout
from eventglass.widgets.plots.curve_layer import Marks
from eventglass.widgets.plots.readings import Reading

#: Most dots of one curve, and of one place: more would be a smear.
_MOST_DOTS = 4000
_MOST_AT_A_PLACE = 200


@dataclass(frozen=True, slots=True)
class ChartColours:
    """The colours of a chart; the default is the light theme."""

    surface: QColor = field(default_factory=lambda: QColor("#ffffff"))
    grid: QColor = field(default_factory=lambda: QColor("#e9ecf1"))
    border: QColor = field(default_factory=lambda: QColor("#e1e5eb"))
    text: QColor = field(default_factory=lambda: QColor("#1c2430"))
    text_muted: QColor = field(default_factory=lambda: QColor("#667084"))
    accent: QColor = field(default_factory=lambda: QColor("#2f6fed"))
    raised: QColor = field(default_factory=lambda: QColor("#ffffff"))


def paint_marks(
    painter: QPainter,
    layout: Layout,
    marks: Sequence[Marks],
    left: int,
    top: int,
    height: int,
    ratio: float,
) -> None:
    """Paint points that stand alone as dots, and signs for those that are not finite.

    `left`, `top` and `height` are of the curves' picture, device pixels.
    """
    painter.setPen(Qt.PenStyle.NoPen)
    for each in marks:
        painter.setBrush(each.colour)
        if each.kind == spans.DOT:
            for x, y in each.places[:_MOST_DOTS].tolist():
                if -4 * ratio < y < height + 4 * ratio:
                    painter.drawEllipse(QPointF((left + x) / ratio, (top + y) / ratio), 3, 3)
            continue
        up = each.kind == spans.MARK_POSITIVE
        edge = layout.plot.top() if up else layout.plot.bottom()
        last = -math.inf
        for x in ((left + each.places[:, 0]) / ratio).tolist():
            # One sign where several would lie on each other.
            if x - last >= 5.0:
                last = x
                painter.drawPolygon(_sign(each.kind, x, edge))


def _sign(kind: int, x: float, y: float) -> QPolygonF:
    """Return the sign of a value that is not finite: an arrow out of the plot, or a wedge."""
    if kind == spans.MARK_POSITIVE:
        return QPolygonF([QPointF(x - 4, y + 7), QPointF(x + 4, y + 7), QPointF(x, y)])
    if kind == spans.MARK_NEGATIVE:
        return QPolygonF([QPointF(x - 4, y - 7), QPointF(x + 4, y - 7), QPointF(x, y)])
    return QPolygonF(
        [QPointF(x, y - 8), QPointF(x + 4, y - 4), QPointF(x, y), QPointF(x - 4, y - 4)]
    )


def paint_place(
    painter: QPainter,
    layout: Layout,
    colours: ChartColours,
    x: float,
    readings: Sequence[Reading],
    *,
    dashed: bool,
) -> None:
    """Paint a line at x and a dot on every curve's nearest point.

    The shared step is `dashed`; a thin plain line follows the pointer.
    """
    plot = layout.plot
    place = layout.x_of(x)
    if plot.left() - 1 <= place <= plot.right() + 1:
        colour = QColor(colours.text_muted)
        colour.setAlphaF(1.0 if dashed else 0.55)
        pen = QPen(colour, 1.0)
        if dashed:
            pen.setDashPattern([3.0, 3.0])
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        snapped = math.floor(place) + 0.5
        painter.drawLine(QPointF(snapped, plot.top()), QPointF(snapped, plot.bottom()))
    painter.setPen(QPen(colours.surface, 1.5))
    for reading in readings[:_MOST_AT_A_PLACE][::-1]:
        at_x = layout.x_of(reading.x)
        if not math.isfinite(reading.front) or not plot.left() - 1 <= at_x <= plot.right() + 1:
            continue
        at_y = layout.y_of(reading.front)
        if plot.top() - 2 <= at_y <= plot.bottom() + 2:
            painter.setBrush(reading.colour)
            painter.drawEllipse(QPointF(at_x, at_y), 4.0, 4.0)


def paint_band(painter: QPainter, colours: ChartColours, band: QRectF) -> None:
    """Paint the rubber band."""
    fill = QColor(colours.accent)
    fill.setAlpha(36)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(colours.accent, 1.0))
    painter.setBrush(fill)
    painter.drawRect(band)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
