"""The titles above groups of cards."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from eventglass.app.models.theme import Theme
from eventglass.widgets.controls.icons import paint_icon


@dataclass(frozen=True, slots=True)
class CardGroup:
    """A titled group of cards. ``wide`` are keys of cards that take a row for themselves."""

    name: str
    title: str
    subtitle: str
    keys: tuple[str, ...]
    collapsed: bool = False
    wide: frozenset[str] = frozenset()


class GroupHeader(QWidget):
    """Title of a group; a click or Return folds it."""

    toggled = Signal(str)
    #: The menu of the group is wanted: its name and where, on the screen.
    menu_asked = Signal(str, QPoint)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._group: CardGroup | None = None
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    @property
    def group(self) -> CardGroup | None:
        """The group shown."""
        return self._group

    def set_group(self, group: CardGroup) -> None:
        """Show another group."""
        if group is self._group:
            return
        self._group = group
        state = "collapsed" if group.collapsed else "expanded"
        self.setAccessibleName(f"{group.title}, {group.subtitle}, {state}")
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw chevron, title and count."""
        group = self._group
        if group is None:
            return
        theme = self._theme
        with QPainter(self) as painter:
            hovered = self.underMouse() or self.hasFocus()
            chevron = "chevron-right" if group.collapsed else "chevron-down"
            icon_box = QRectF(4, (self.height() - 16) // 2, 16, 16)
            paint_icon(
                painter, icon_box, chevron, theme.colour("text" if hovered else "text_muted")
            )
            painter.setFont(theme.font())
            beside = painter.fontMetrics().horizontalAdvance(group.subtitle)
            painter.setFont(theme.font(bold=True))
            painter.setPen(theme.colour("text"))
            metrics = painter.fontMetrics()
            room = max(60, self.width() - beside - 44)
            title = metrics.elidedText(group.title, Qt.TextElideMode.ElideMiddle, room)
            box = QRect(28, 0, self.width() - 28, self.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, title)
            painter.setPen(theme.colour("text_muted"))
            box.setLeft(28 + metrics.horizontalAdvance(title) + 8)
            painter.setFont(theme.font())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, group.subtitle)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the click; it counts when the button comes up."""
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Fold on click."""
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(
            event.position().toPoint()
        ):
            self._toggle()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the group."""
        if self._group is not None:
            self.menu_asked.emit(self._group.name, event.globalPos())
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Fold by Return or Space."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._toggle()
        else:
            super().keyPressEvent(event)

    def _toggle(self) -> None:
        if self._group is not None:
            self.toggled.emit(self._group.name)
