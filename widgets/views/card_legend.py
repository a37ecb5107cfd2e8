"""The legend of a card of several tags: which dash or marker is which tag."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetrics,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from eventglass.app.core.names import common_folder
from eventglass.app.models.cards import Side
from eventglass.app.models.line_styles import Dash
from eventglass.app.models.theme import Theme
from eventglass.widgets.plots.chart import CurveData

HEIGHT = 20
SAMPLE_PX = 22
GAP_PX = 14
#: No name is cut shorter than this as long as there is room for one entry.
LEAST_PX = 40
_FONT_PX = 12
_DASHES: dict[Dash, Qt.PenStyle] = {
    "solid": Qt.PenStyle.SolidLine,
    "dash": Qt.PenStyle.DashLine,
    "dot": Qt.PenStyle.DotLine,
    "dashdot": Qt.PenStyle.DashDotLine,
}


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One tag: its name, how its lines look, and which axis they belong to."""

    tag: str
    name: str
    dash: Dash
    shape: str
    axis: Side


def entries_of(curves: Iterable[CurveData]) -> tuple[LegendEntry, ...]:
    """Return an entry per tag, in the order of the curves; names without what all begin with."""
    first: dict[tuple[str, Side], CurveData] = {}
    for curve in curves:
        first.setdefault((curve.tag, curve.axis), curve)
    common = common_folder(tag for tag, _axis in first)
    return tuple(
        LegendEntry(tag, tag[len(common) :] or tag, curve.dash, curve.marker_shape, axis)
        for (tag, axis), curve in first.items()
    )


class CardLegend(QWidget):
    """One row of entries; those there is no room for are counted, and all are in the tool tip."""

    #: The pointer came to another entry, or left them.
    entry_hovered = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._entries: tuple[LegendEntry, ...] = ()
        self._shown: list[tuple[QRectF, LegendEntry, str]] = []
        self._rest = ""
        #: The entry under the pointer.
        self.hovered: LegendEntry | None = None
        self.setMouseTracking(True)
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.hide()

    def set_entries(self, entries: tuple[LegendEntry, ...]) -> None:
        """Show these; one alone needs no legend."""
        if entries == self._entries:
            return
        self._entries = entries
        if self.hovered not in entries:
            self.hovered = None
        self.setVisible(len(entries) > 1)
        lines = [
            f"{entry.tag} (right axis)" if entry.axis == "right" else entry.tag for entry in entries
        ]
        self.setToolTip("\n".join(lines))
        self.setAccessibleName("Legend: " + ", ".join(lines))
        self._place()
        self.update()

    def entries(self) -> tuple[LegendEntry, ...]:
        """The entries shown."""
        return self._entries

    def sizeHint(self) -> QSize:
        """One row."""
        return QSize(100, HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Find out anew what there is room for."""
        super().resizeEvent(event)
        self._place()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell which entry is under the pointer."""
        super().mouseMoveEvent(event)
        half = GAP_PX / 2
        found = (
            entry
            for box, entry, _text in self._shown
            if box.left() - half <= event.position().x() < box.right() + half
        )
        self._hover(next(found, None))

    def leaveEvent(self, event: QEvent) -> None:
        """Forget the pointer."""
        super().leaveEvent(event)
        self._hover(None)

    def _hover(self, entry: LegendEntry | None) -> None:
        if entry != self.hovered:
            self.hovered = entry
            self.update()
            self.entry_hovered.emit()

    def _place(self) -> None:
        metrics = QFontMetrics(self._theme.font(_FONT_PX))
        left, right = 12.0, float(self.width() - 12)
        names = [f"{e.name} →" if e.axis == "right" else e.name for e in self._entries]
        widths = [metrics.horizontalAdvance(name) for name in names]
        beside = SAMPLE_PX + 6 + GAP_PX
        room = right - left - beside * len(names)
        if sum(widths) > room and names:
            # All get what the longest must give up, unless that leaves too little of each.
            widths = _fitted(widths, max(room, 0.0))
        self._shown, self._rest = [], ""
        for number, (entry, name, wide) in enumerate(
            zip(self._entries, names, widths, strict=True)
        ):
            left_over = len(names) - number
            more = f"+{left_over}"
            reserve = metrics.horizontalAdvance(more) + 4 if left_over > 1 else 0
            if number and left + SAMPLE_PX + 6 + wide + reserve > right + 1:
                self._rest = more
                break
            text = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, int(wide) + 1)
            self._shown.append((QRectF(left, 0, SAMPLE_PX + 6 + wide, HEIGHT), entry, text))
            left += SAMPLE_PX + 6 + wide + GAP_PX

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw a sample of each line, and its name."""
        theme = self._theme
        plain, lit = theme.colour("text_muted"), theme.colour("text")
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(theme.font(_FONT_PX))
            end = 12.0
            for box, entry, text in self._shown:
                colour = lit if entry == self.hovered else plain
                pen = QPen(colour, 1.5, _DASHES[entry.dash])
                pen.setCapStyle(Qt.PenCapStyle.FlatCap)
                painter.setPen(pen)
                middle = box.center().y()
                painter.drawLine(QPointF(box.left(), middle), QPointF(box.left() + 22, middle))
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(colour)
                _paint_shape(painter, QPointF(box.left() + 11, middle), entry.shape)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(colour)
                name = box.adjusted(SAMPLE_PX + 6, 0, 2, 0)
                painter.drawText(name, Qt.AlignmentFlag.AlignVCenter, text)
                end = box.right() + GAP_PX
            if self._rest:
                painter.setPen(plain)
                box = QRectF(end, 0, self.width() - end, HEIGHT)
                painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, self._rest)


def _fitted(widths: list[int], room: float) -> list[int]:
    """Cut the widest so that all fit into the room, none below `LEAST_PX`."""
    low, high = LEAST_PX, max(widths)
    while low < high:
        middle = (low + high + 1) // 2
        if sum(min(wide, middle) for wide in widths) <= room:
            low = middle
        else:
            high = middle - 1
    return [min(wide, low) for wide in widths]


def _paint_shape(painter: QPainter, at: QPointF, shape: str) -> None:
    x, y, r = at.x(), at.y(), 3.0
    if shape == "circle":
        painter.drawEllipse(at, r, r)
    elif shape == "square":
        painter.drawRect(QRectF(x - r, y - r, 2 * r, 2 * r))
    elif shape == "diamond":
        r = 3.8
        points = [(x, y - r), (x + r, y), (x, y + r), (x - r, y)]
        painter.drawPolygon(QPolygonF([QPointF(*point) for point in points]))
    elif shape == "triangle":
        points = [(x, y - 3.6), (x + 3.6, y + 2.8), (x - 3.6, y + 2.8)]
        painter.drawPolygon(QPolygonF([QPointF(*point) for point in points]))
    else:
        painter.drawRect(QRectF(x - 3.6, y - 1.1, 7.2, 2.2))
        painter.drawRect(QRectF(x - 1.1, y - 3.6, 2.2, 7.2))
