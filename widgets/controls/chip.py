"""A chip: something that is in force, with a cross that ends it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from eventglass.app.models.theme import Theme
from eventglass.widgets.controls.icons import paint_icon

_CROSS_PX = 24


class Chip(QAbstractButton):
    """Clicked on its text it tells `clicked`, on its cross or by Delete `closed`."""

    closed = Signal()

    def __init__(
        self, theme: Theme, name: str, *, widest_px: int = 170, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._name = name
        self._widest = widest_px
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def set_text(self, text: str) -> None:
        """Change what is in force."""
        self.setText(text)
        self.setAccessibleName(f"{self._name}: {text}")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Room for the text, up to a point, and the cross."""
        width = QFontMetrics(self._theme.font()).horizontalAdvance(self.text())
        return QSize(min(12 + width + _CROSS_PX, self._widest), 28)

    def minimumSizeHint(self) -> QSize:
        """The same."""
        return self.sizeHint()

    def event(self, event: QEvent) -> bool:
        """Keep Delete from the window's shortcuts."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() == Qt.Key.Key_Delete
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete ends it."""
        if event.key() == Qt.Key.Key_Delete:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The cross ends it, the rest is a button."""
        if event.button() == Qt.MouseButton.LeftButton and self._on_cross(event.position().x()):
            self.closed.emit()
            return
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light up the cross."""
        super().mouseMoveEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Forget the pointer."""
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ground, text, cross."""
        theme = self._theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            pen = theme.colour("accent") if self.hasFocus() else Qt.PenStyle.NoPen
            painter.setPen(pen)
            painter.setBrush(theme.colour("selected"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
            painter.setFont(theme.font())
            painter.setPen(theme.colour("accent"))
            box = QRectF(11, 0, self.width() - 11 - _CROSS_PX, self.height())
            text = painter.fontMetrics().elidedText(
                self.text(), Qt.TextElideMode.ElideMiddle, int(box.width()) + 1
            )
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip, text)
            x = self.mapFromGlobal(self.cursor().pos()).x()
            lit = self.underMouse() and self._on_cross(x)
            cross = QRectF(self.width() - _CROSS_PX + 3, 0, 16, self.height())
            colour = theme.colour("accent" if lit else "text_muted")
            paint_icon(painter, cross, "close", colour, 14)

    def _on_cross(self, x: float) -> bool:
        return x >= self.width() - _CROSS_PX
