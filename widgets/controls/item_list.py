"""A short list of things one made: a title and a fainter detail each, to edit and to remove."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QMenu,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from eventglass.app.models.theme import Theme
from eventglass.widgets.controls.icons import paint_icon

Index = QModelIndex | QPersistentModelIndex
ROW_PX = 26
MOST_ROWS = 8
_ACTION_PX = 22
_ITEM = Qt.ItemDataRole.UserRole + 1
_KEYS = frozenset(
    {
        Qt.Key.Key_Return,
        Qt.Key.Key_Enter,
        Qt.Key.Key_Delete,
        Qt.Key.Key_Backspace,
        Qt.Key.Key_F2,
        Qt.Key.Key_Space,
    }
)


@dataclass(frozen=True, slots=True)
class Item:
    """One row."""

    key: str
    title: str
    detail: str = ""
    icon: str = ""
    tool_tip: str = ""


class ItemList(QListView):
    """As high as its rows, up to eight; Return activates, F2 edits, Delete removes.

    The buttons for both show at the right end of the row that is pointed at; ``edit_icon`` is the
    picture of the first, empty for none.
    """

    activated_key = Signal(str)
    edited_key = Signal(str)
    removed_key = Signal(str)
    #: The context menu of a row is opening: the menu, to be filled, and the row's key.
    menu_opening = Signal(QMenu, str)

    def __init__(
        self,
        theme: Theme,
        name: str,
        *,
        edit_icon: str = "edit",
        removable: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows = _Rows(self)
        self._edit_icon = edit_icon
        close = "close" if removable else ""
        self.actions_shown = tuple(each for each in (edit_icon, close) if each)
        self.setModel(self._rows)
        self.setAccessibleName(name)
        self.setItemDelegate(_Delegate(theme, self))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.customContextMenuRequested.connect(self._open_menu)
        theme.changed.connect(self.viewport().update)
        self.hide()

    def set_items(self, items: Sequence[Item]) -> None:
        """Show these rows; the one the cursor was on keeps it. Hidden when there are none."""
        if list(items) == self._rows.items:
            return
        current = self.key_at(self.currentIndex())
        row = self.currentIndex().row()
        self._rows.set_items(list(items))
        keys = [item.key for item in items]
        if keys:
            at = keys.index(current) if current in keys else min(max(row, 0), len(keys) - 1)
            self.setCurrentIndex(self._rows.index(at, 0))
        self.setFixedHeight(min(len(items), MOST_ROWS) * ROW_PX + 2)
        self.setVisible(bool(items))

    def items(self) -> list[Item]:
        """The rows shown."""
        return list(self._rows.items)

    def key_at(self, index: Index) -> str:
        """Key of a row, empty for none."""
        item = index.data(_ITEM) if index.isValid() else None
        return item.key if isinstance(item, Item) else ""

    def action_rect(self, row: QRect, action: str) -> QRect:
        """Where the button of an action stands in a row."""
        place = len(self.actions_shown) - self.actions_shown.index(action)
        return QRect(row.right() - place * _ACTION_PX + 1, row.top(), _ACTION_PX, row.height())

    def event(self, event: QEvent) -> bool:
        """Keep its own keys from the window's shortcuts."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() in _KEYS
            and not event.modifiers()
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Act on the current row."""
        key, current = Qt.Key(event.key()), self.key_at(self.currentIndex())
        if not current:
            super().keyPressEvent(event)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.activated_key.emit(current)
        elif key == Qt.Key.Key_F2 and self._edit_icon:
            self.edited_key.emit(current)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and "close" in self.actions_shown:
            self.removed_key.emit(current)
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Act on what was clicked: a button of the row, or the row."""
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        key = self.key_at(index)
        if not key or event.button() != Qt.MouseButton.LeftButton:
            return
        for action in self.actions_shown:
            rect = self.action_rect(self.visualRect(index), action)
            if rect.contains(event.position().toPoint()):
                (self.removed_key if action == "close" else self.edited_key).emit(key)
                return
        self.activated_key.emit(key)

    def viewportEvent(self, event: QEvent) -> bool:
        """Tool tips of rows, and a repaint as the pointer comes to a button."""
        if event.type() == QEvent.Type.ToolTip:
            point = self.viewport().mapFromGlobal(self.cursor().pos())
            item = self.indexAt(point).data(_ITEM)
            text = item.tool_tip if isinstance(item, Item) else ""
            QToolTip.showText(self.cursor().pos(), text, self)
            return True
        if event.type() in (QEvent.Type.MouseMove, QEvent.Type.Leave):
            self.viewport().update()
        return super().viewportEvent(event)

    def sizeHint(self) -> QSize:
        """The height is fixed by the rows."""
        return QSize(160, self.height())

    def _open_menu(self, position: QPoint) -> None:
        key = self.key_at(self.indexAt(position))
        if not key:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.menu_opening.emit(menu, key)
        if not menu.isEmpty():
            menu.popup(self.viewport().mapToGlobal(position))


class _Rows(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.items: list[Item] = []

    def set_items(self, items: list[Item]) -> None:
        self.beginResetModel()
        self.items = items
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.items)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not 0 <= index.row() < len(self.items):
            return None
        item = self.items[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{item.title} {item.detail}".strip()
        return item if role == _ITEM else None


class _Delegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: ItemList) -> None:
        super().__init__(parent)
        self._theme = theme
        self._list = parent

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        item = index.data(_ITEM)
        if not isinstance(item, Item):
            return
        theme, rect = self._theme, QRectF(option.rect)
        pointer = self._list.viewport().mapFromGlobal(self._list.cursor().pos())
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        focused = self._list.hasFocus() and self._list.currentIndex() == index
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if hovered or focused:
            painter.setPen(theme.colour("accent", 0.7) if focused else Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("raised"))
            painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        muted = theme.colour("text_muted")
        left, right = rect.left() + 6, rect.right() - 6
        if item.icon:
            paint_icon(painter, QRectF(left, rect.top(), 15, rect.height()), item.icon, muted, 15)
            left += 21
        if hovered or focused:
            for action in self._list.actions_shown:
                button = self._list.action_rect(option.rect, action)
                lit = hovered and button.contains(pointer)
                colour = theme.colour("text") if lit else muted
                paint_icon(painter, QRectF(button), action, colour, 14)
            right -= len(self._list.actions_shown) * _ACTION_PX
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(theme.font(tabular=True))
        painter.setPen(theme.colour("text"))
        metrics = painter.fontMetrics()
        elide = Qt.TextElideMode.ElideRight
        wanted = metrics.horizontalAdvance(item.title)
        room = right - left
        # A short detail is shown whole; a long one leaves the title more than half.
        small = QFontMetricsF(theme.font(12, tabular=True)).horizontalAdvance(item.detail)
        detail_px = min(small + 12, 0.38 * room) if item.detail else 0.0
        title_px = min(wanted, max(room - detail_px, 0.0))
        title = metrics.elidedText(item.title, elide, int(title_px) + 1)
        painter.drawText(QRectF(left, rect.top(), title_px + 2, rect.height()), middle, title)
        if item.detail:
            painter.setFont(theme.font(12, tabular=True))
            painter.setPen(muted)
            box = QRectF(left + title_px + 8, rect.top(), room - title_px - 8, rect.height())
            detail = painter.fontMetrics().elidedText(item.detail, elide, int(box.width()))
            painter.drawText(box, middle | Qt.AlignmentFlag.AlignRight, detail)
        painter.restore()
