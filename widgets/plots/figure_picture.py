"""A picture as a list of shapes and texts, which becomes PNG, SVG or PDF.

One list for all formats: what is on the screen is what is in the file. Lengths are in units of
1/96 inch. Text is placed by its baseline, its size is the size of the font.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen, QPolygonF

from eventglass.app.models.theme import TEXT_FAMILY

#: Families a text may be shown in, the first there is counts.
FAMILIES = (TEXT_FAMILY, "Helvetica Neue", "Arial", "sans-serif")
#: Vertices painted at once: what a path costs the rasteriser grows with its square.
_AT_ONCE = 32
#: Vertices of faint lines from which a PDF has them opaque, in the colours they have on the ground:
#: Qt writes what can be seen through as outlines, ten times as large and slow.
_WORTH_A_BLEND = 20_000
#: Vertices from which a line that lets through is painted on a layer of its own.
_WORTH_A_LAYER = 400
#: Texts are measured and painted at this size and scaled, so that any size is exact.
_DRAWN_AT = 64

Box: TypeAlias = tuple[float, float, float, float]
Anchor: TypeAlias = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A filled rectangle (x, y, width, height), with a border where `stroke` is given."""

    box: Box
    fill: QColor | None
    stroke: QColor | None = None
    width: float = 1.0
    radius: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Stroke:
    """Polylines drawn with one pen.

    Attributes
    ----------
    lines : tuple of (k, 2) float64
    dashes : tuple of float
        Lengths on, off, on, …; empty for an unbroken line.
    clip : Box or None
    round : bool
        Round joints and ends, as lines of data have them.
    """

    lines: tuple[npt.NDArray[np.float64], ...]
    colour: QColor
    width: float
    dashes: tuple[float, ...] = ()
    clip: Box | None = None
    round: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """Filled polygons, (k, 2) float64 each."""

    polygons: tuple[npt.NDArray[np.float64], ...]
    fill: QColor
    clip: Box | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Dots:
    """Filled circles of one size at `places`, (k, 2) float64."""

    places: npt.NDArray[np.float64]
    radius: float
    fill: QColor
    clip: Box | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """One line of text; `x`, `y` are where its baseline begins, has its middle, or ends."""

    x: float
    y: float
    text: str
    size: float
    colour: QColor
    anchor: Anchor = "start"
    bold: bool = False
    #: Turned by a quarter against the clock, to be read from below.
    upright: bool = False


Item: TypeAlias = Rectangle | Stroke | Area | Dots | Label


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """Everything there is to draw, in drawing order.

    Attributes
    ----------
    width, height : float
        Units of 1/96 inch.
    background : QColor or None
        None for a transparent one.
    """

    width: float
    height: float
    title: str
    background: QColor | None
    items: tuple[Item, ...]


def font(bold: bool) -> QFont:
    """Return the font texts are measured and painted with, at a size to be scaled down from."""
    made = QFont(list(FAMILIES))
    made.setPixelSize(_DRAWN_AT)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    made.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    return made


class Measure:
    """Measures texts; one for each thread."""

    def __init__(self) -> None:
        self._metrics = {bold: QFontMetricsF(font(bold)) for bold in (False, True)}

    def width(self, text: str, size: float, bold: bool = False) -> float:
        """Return how wide a text is."""
        return self._metrics[bold].horizontalAdvance(text) * size / _DRAWN_AT

    def elided(self, text: str, size: float, room: float, bold: bool = False) -> str:
        """Return the text, cut in its middle where it is wider than the room."""
        if self.width(text, size, bold) <= room:
            return text
        return self._metrics[bold].elidedText(
            text, Qt.TextElideMode.ElideMiddle, max(room, 0.0) * _DRAWN_AT / size
        )


def ascent(size: float) -> float:
    """Return how far capitals and figures reach above the baseline."""
    return 0.727 * size


def paint(painter: QPainter, picture: Picture, image: QImage | None = None) -> None:
    """Paint a picture with a painter whose unit is the picture's.

    Parameters
    ----------
    image : QImage or None
        The image that is painted on; None for vectors.
    """
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    if picture.background is not None:
        painter.fillRect(QRectF(0, 0, picture.width, picture.height), picture.background)
    faint = (i for i in picture.items if isinstance(i, Stroke) and i.colour.alpha() < 255)
    blend = image is None and sum(len(line) for i in faint for line in i.lines) >= _WORTH_A_BLEND
    clip: Box | None = None
    for item in picture.items:
        wanted = item.clip if isinstance(item, (Stroke, Area, Dots)) else None
        if wanted != clip:
            if wanted is None:
                painter.setClipping(False)
            else:
                painter.setClipRect(QRectF(*wanted))
            clip = wanted
        if blend and isinstance(item, Stroke):
            item = _blended(item, picture.background)
        _paint_item(painter, item, image)
    painter.setClipping(False)


def _paint_item(painter: QPainter, item: Item, image: QImage | None) -> None:
    if isinstance(item, Label):
        _paint_label(painter, item)
    elif isinstance(item, Rectangle):
        painter.setPen(Qt.PenStyle.NoPen if item.stroke is None else QPen(item.stroke, item.width))
        painter.setBrush(Qt.BrushStyle.NoBrush if item.fill is None else item.fill)
        painter.drawRoundedRect(QRectF(*item.box), item.radius, item.radius)
    elif isinstance(item, Stroke):
        painter.setPen(_pen(item))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if image is not None:
            _paint_stroke_in_parts(painter, item, image)
            return
        for line in item.lines:
            painter.drawPolyline(_polygon(line))
    else:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(item.fill)
        if isinstance(item, Area):
            for polygon in item.polygons:
                painter.drawPolygon(_polygon(polygon))
        else:
            for x, y in item.places.tolist():
                painter.drawEllipse(QPointF(x, y), item.radius, item.radius)


def _blended(item: Stroke, background: QColor | None) -> Stroke:
    """Return a faint line as an opaque one that looks the same on the background."""
    share = item.colour.alphaF()
    if share >= 1.0 or background is None:
        return item
    colour = QColor.fromRgbF(
        *(
            share * ink + (1.0 - share) * ground
            for ink, ground in (
                (item.colour.redF(), background.redF()),
                (item.colour.greenF(), background.greenF()),
                (item.colour.blueF(), background.blueF()),
            )
        )
    )
    return replace(item, colour=colour)


def _paint_stroke_in_parts(painter: QPainter, item: Stroke, image: QImage) -> None:
    """Paint lines into an image, a few vertices at a time."""
    seen_through = item.colour.alpha() < 255
    if not seen_through or sum(map(len, item.lines)) < _WORTH_A_LAYER:
        for line in item.lines:
            if seen_through or len(line) <= _AT_ONCE:
                painter.drawPolyline(_polygon(line))
            else:
                _paint_parts(painter, item, line)
        return
    # Parts overlap where they meet; on a layer that is seen through as a whole it can't be seen.
    layer = QImage(image.size(), QImage.Format.Format_ARGB32_Premultiplied)
    layer.fill(0)
    opaque = QColor(item.colour)
    opaque.setAlpha(255)
    with QPainter(layer) as inner:
        inner.setRenderHint(QPainter.RenderHint.Antialiasing)
        inner.setTransform(painter.transform())
        if painter.hasClipping():
            inner.setClipRect(painter.clipBoundingRect())
        _paint_item(inner, replace(item, colour=opaque), layer)
    painter.save()
    painter.resetTransform()
    painter.setOpacity(item.colour.alphaF())
    painter.drawImage(0, 0, layer)
    painter.restore()


def _paint_parts(painter: QPainter, item: Stroke, line: npt.NDArray[np.float64]) -> None:
    points = [QPointF(x, y) for x, y in line.tolist()]
    run = np.append(0.0, np.cumsum(np.hypot(*np.diff(line, axis=0).T)))
    pen = painter.pen()
    for first in range(0, len(points) - 1, _AT_ONCE):
        if item.dashes:
            pen.setDashOffset(float(run[first]) / item.width)
            painter.setPen(pen)
        painter.drawPolyline(QPolygonF(points[first : first + _AT_ONCE + 1]))


def _pen(item: Stroke) -> QPen:
    pen = QPen(item.colour, item.width)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin if item.round else Qt.PenJoinStyle.MiterJoin)
    pen.setCapStyle(
        Qt.PenCapStyle.RoundCap if item.round and not item.dashes else Qt.PenCapStyle.FlatCap
    )
    if item.dashes:
        # Qt counts dashes in widths of the pen.
        pen.setDashPattern([length / item.width for length in item.dashes])
    return pen


def _polygon(line: npt.NDArray[np.float64]) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in line.tolist()])


def _paint_label(painter: QPainter, label: Label) -> None:
    made = font(label.bold)
    painter.save()
    painter.translate(label.x, label.y)
    if label.upright:
        painter.rotate(-90.0)
    scale = label.size / _DRAWN_AT
    painter.scale(scale, scale)
    painter.setFont(made)
    painter.setPen(label.colour)
    share = {"start": 0.0, "middle": 0.5, "end": 1.0}[label.anchor]
    advance = QFontMetricsF(made).horizontalAdvance(label.text)
    painter.drawText(QPointF(-share * advance, 0.0), label.text)
    painter.restore()
