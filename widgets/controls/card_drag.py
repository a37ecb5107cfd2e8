"""What is seen while something is dragged over a grid of cards: where it would come to stand."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QWidget

from eventglass.app.models.theme import Theme

#: Width of the small picture of a card that follows the pointer.
GHOST_PX = 180
#: Width of the line that marks a place between cards.
LINE_PX = 3


class DropMark(QWidget):
    """A frame with a text around the place things would be dropped on, or a line between cards."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._text = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def mark(self, box: QRect, text: str) -> None:
        """Frame a place; the text says what would happen."""
        self._text = text
        self._show(box)

    def mark_line(self, at: QPoint, height: int) -> None:
        """Mark a place between two cards by an upright line."""
        self._text = ""
        self._show(QRect(at.x() - LINE_PX // 2, at.y(), LINE_PX, height))

    def text(self) -> str:
        """What the frame says."""
        return self._text

    def _show(self, box: QRect) -> None:
        self.setGeometry(box)
        self.raise_()
        self.show()
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint frame and text, or the line."""
        accent = self._theme.colour("accent")
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if self.width() <= LINE_PX:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(accent)
                painter.drawRoundedRect(QRectF(self.rect()), 1.5, 1.5)
                return
            painter.setPen(QPen(accent, 2.0))
            painter.setBrush(self._theme.colour("accent", 0.06))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
            if not self._text:
                return
            painter.setFont(self._theme.font(bold=True))
            metrics = painter.fontMetrics()
            room = self.width() - 48
            text = metrics.elidedText(self._text, Qt.TextElideMode.ElideMiddle, room)
            pill = QRectF(0, 0, metrics.horizontalAdvance(text) + 24, 28)
            pill.moveCenter(QRectF(self.rect()).center())
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(accent)
            painter.drawRoundedRect(pill, 14, 14)
            painter.setPen(self._theme.colour("on_accent"))
            painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)


class Ghost(QLabel):
    """A small, pale picture of a card that follows the pointer."""

    def __init__(self, theme: Theme, card: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        ratio = card.devicePixelRatioF()
        wide = Qt.TransformationMode.SmoothTransformation
        picture = card.grab().scaledToWidth(round(GHOST_PX * ratio), wide)
        picture.setDevicePixelRatio(ratio)
        pale = picture.copy()
        pale.fill(Qt.GlobalColor.transparent)
        with QPainter(pale) as painter:
            painter.setOpacity(0.85)
            painter.drawPixmap(0, 0, picture)
            painter.setOpacity(1.0)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme.colour("accent"), 1.0))
            painter.drawRoundedRect(
                QRectF(0.5, 0.5, picture.width() / ratio - 1, picture.height() / ratio - 1), 4, 4
            )
        self.setPixmap(pale)
        self.resize(self.sizeHint())

    def follow(self, place: QPoint) -> None:
        """Go beside the pointer, in the parent's coordinates."""
        self.move(place + QPoint(12, 12))
        self.raise_()
        self.show()
