"""What is painted over a chart's curves: marks, cursor, hovered points, rubber band."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from eventglass.app.core.compute import spans
from eventglass.widgets.plots.axis import Layout
from eventglass.widgets.plots.curve_data import MarkerShape, Marks
from eventglass.widgets.plots.readings import Reading

#: Most dots of one curve, and of one place: more would be a smear.
_MOST_DOTS = 4000
_MOST_AT_A_PLACE = 200
#: Radius of the dots at a place, and how far they reach with their rim.
_DOT = 4.0
REACH = 7


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
    danger: QColor = field(default_factory=lambda: QColor("#c4314b"))


def paint_marks(
    painter: QPainter,
    layout: Layout,
    marks: Sequence[Marks],
    left: int,
    top: int,
    height: int,
    ratio: float,
) -> None:
    """Paint points shown by themselves, and signs for those that are not finite.

    `left`, `top` and `height` are of the curves' picture, device pixels.
    """
    for each in marks:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(each.colour)
        if each.kind == spans.DOT:
            if each.shape == "cross":
                painter.setPen(QPen(each.colour, 1.5))
            for x, y in each.places[:_MOST_DOTS].tolist():
                if -4 * ratio < y < height + 4 * ratio:
                    _paint_dot(painter, QPointF((left + x) / ratio, (top + y) / ratio), each.shape)
            continue
        up = each.kind == spans.MARK_POSITIVE
        edge = layout.plot.top() if up else layout.plot.bottom()
        last = -math.inf
        for x in ((left + each.places[:, 0]) / ratio).tolist():
            # One sign where several would lie on each other.
            if x - last >= 5.0:
                last = x
                painter.drawPolygon(_sign(each.kind, x, edge))


def _paint_dot(painter: QPainter, place: QPointF, shape: MarkerShape) -> None:
    x, y = place.x(), place.y()
    if shape == "circle":
        painter.drawEllipse(place, 3.0, 3.0)
    elif shape == "square":
        painter.drawRect(QRectF(x - 2.7, y - 2.7, 5.4, 5.4))
    elif shape == "diamond":
        top, bottom = QPointF(x, y - 4.0), QPointF(x, y + 4.0)
        painter.drawPolygon([top, QPointF(x + 4.0, y), bottom, QPointF(x - 4.0, y)])
    elif shape == "triangle":
        top, right = QPointF(x, y - 4.0), QPointF(x + 3.8, y + 2.8)
        painter.drawPolygon([top, right, QPointF(x - 3.8, y + 2.8)])
    else:
        painter.drawLine(QPointF(x - 3.0, y - 3.0), QPointF(x + 3.0, y + 3.0))
        painter.drawLine(QPointF(x - 3.0, y + 3.0), QPointF(x + 3.0, y - 3.0))


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
    look: Literal["step", "pointer", "pinned"],
) -> None:
    """Paint a line at x and a dot on every curve's nearest point.

    The shared step is dashed; a thin plain line follows the pointer, of this chart or another; a
    pinned place has the accent's colour.
    """
    plot = layout.plot
    place = layout.x_of(x)
    if plot.left() - 1 <= place <= plot.right() + 1:
        colour = QColor(colours.accent if look == "pinned" else colours.text_muted)
        colour.setAlphaF({"step": 1.0, "pointer": 0.55, "pinned": 0.7}[look])
        snapped = float(math.floor(place))
        if look == "step":
            pen = QPen(colour, 1.0)
            pen.setDashPattern([3.0, 3.0])
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            painter.setPen(pen)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.drawLine(QPointF(snapped, plot.top()), QPointF(snapped, plot.bottom()))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        else:
            _paint_upright(painter, snapped, plot.top(), plot.height(), colour)
    ratio = painter.device().devicePixelRatio()
    rim = colours.surface.rgba()
    for reading in readings[:_MOST_AT_A_PLACE][::-1]:
        at_x = layout.x_of(reading.x)
        if not math.isfinite(reading.front) or not plot.left() - 1 <= at_x <= plot.right() + 1:
            continue
        at_y = layout.y_of(reading.front, reading.axis)
        if plot.top() - 2 <= at_y <= plot.bottom() + 2:
            dot = _dot_image(reading.colour.rgba(), rim, ratio)
            painter.drawImage(QPointF(at_x - REACH, at_y - REACH), dot)


@lru_cache(maxsize=512)
def _dot_image(colour: int, rim: int, ratio: float) -> QImage:
    """Return a dot with a rim; painting an image takes a tenth of painting a circle."""
    size = max(1, math.ceil(2 * REACH * ratio))
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    with QPainter(image) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor.fromRgba(rim), 1.5))
        painter.setBrush(QColor.fromRgba(colour))
        painter.drawEllipse(QPointF(REACH, REACH), _DOT, _DOT)
    return image


def _paint_upright(painter: QPainter, x: float, top: float, height: float, colour: QColor) -> None:
    """Paint a line one pixel wide.

    As an image: lines and rectangles that let through what is behind are handed to threads by Qt,
    row by row, and waiting for those costs fifty times as much, the more the busier they are.
    """
    ratio = painter.device().devicePixelRatio()
    size = QSize(max(1, round(ratio)), max(1, round(height * ratio)))
    strip = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    strip.fill(colour)
    strip.setDevicePixelRatio(ratio)
    painter.drawImage(QPointF(x, top), strip)


def place_rect(layout: Layout, x: float, readings: Sequence[Reading]) -> QRectF:
    """Return what `paint_place` may paint on."""
    plot = layout.plot
    places = [layout.x_of(x), *(layout.x_of(reading.x) for reading in readings)]
    inside = [place for place in places if plot.left() - 1 <= place <= plot.right() + 1]
    if not inside:
        return QRectF()
    left, right = min(inside) - REACH, max(inside) + REACH
    return QRectF(left, plot.top() - REACH, right - left, plot.height() + 2 * REACH)


def paint_band(painter: QPainter, colours: ChartColours, band: QRectF) -> None:
    """Paint the rubber band."""
    fill = QColor(colours.accent)
    fill.setAlpha(36)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(colours.accent, 1.0))
    painter.setBrush(fill)
    painter.drawRect(band)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
