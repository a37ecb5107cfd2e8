"""The command palette: type a few letters, press Return.

One list for two questions: which command to run, and which tag to go to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLabel,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from eventglass.app.models.commands import Commands, fuzzy_score
from eventglass.app.models.theme import Theme
from eventglass.widgets.controls.icons import paint_icon

Index = QModelIndex | QPersistentModelIndex
WIDTH_PX = 580
ROW_PX = 32
ROWS = 11
#: More rows than these nobody reads; typing on is faster.
MOST = 200
_ENTRY = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: what it says, what it is found by, what choosing it does."""

    title: str
    choose: Callable[[], object]
    hint: str = ""
    icon: str = ""
    words: str = ""
    enabled: bool = True


def command_entries(commands: Commands) -> list[Entry]:
    """Rows for all commands; those that cannot be run now say why."""
    entries = []
    for command in commands:
        enabled = command.enabled()
        hint = ""
        if command.shortcuts:
            hint = QKeySequence(command.shortcuts[0]).toString(
                QKeySequence.SequenceFormat.NativeText
            )
        if not enabled and command.reason is not None:
            hint = command.reason()
        title = command.title.rstrip("…") + ("…" if command.title.endswith("…") else "")
        if command.menu_name:
            title = f"{command.menu_name}: {title}"
        if command.checked is not None:
            title += "  ✓" if command.checked() else ""
        words = f"{command.title} {command.keywords}"
        entries.append(Entry(title, command.run, hint, command.icon, words, enabled))
    return entries


class CommandPalette(QFrame):
    """Floats above the window until something is chosen or Escape is pressed."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("palette")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme = theme
        self._window = parent
        self._entries: list[Entry] = []
        self._box = QLineEdit()
        self._box.setFixedHeight(40)
        self._model = _Rows(self)
        self._list = QListView()
        self._list.setModel(self._model)
        self._list.setUniformItemSizes(True)
        self._list.setItemDelegate(_RowDelegate(theme, self._list))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setMouseTracking(True)
        self._list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._nothing = QLabel("Nothing fits")
        self._nothing.setObjectName("muted")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setFixedHeight(ROW_PX + 8)
        line = QFrame()
        line.setObjectName("line")
        line.setFixedHeight(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 4, 6, 6)
        column.setSpacing(4)
        for widget in (self._box, line, self._list, self._nothing):
            column.addWidget(widget)
        self._box.textChanged.connect(self._search)
        self._list.clicked.connect(self._choose_index)
        self._box.installEventFilter(self)
        parent.installEventFilter(self)
        self.hide()

    def open_with(self, placeholder: str, entries: Sequence[Entry]) -> None:
        """Show these rows, above the window."""
        self._entries = list(entries)
        self._box.setPlaceholderText(placeholder)
        self._box.setAccessibleName(placeholder)
        self._box.clear()
        self._search("")
        self._place()
        self.show()
        self.raise_()
        self._box.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows move in the list while one types; leaving the box closes it."""
        if watched is self.parent() and event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        if watched is not self._box:
            return False
        if event.type() == QEvent.Type.FocusOut:
            self.hide()
            return False
        if not isinstance(event, QKeyEvent):
            return False
        own = {Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown}
        if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        if event.type() != QEvent.Type.KeyPress:
            return False
        if event.key() in own:
            steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -ROWS}
            self._move(steps.get(Qt.Key(event.key()), ROWS))
            return True
        if event.key() == Qt.Key.Key_Escape:
            self._close()
            return True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose_index(self._list.currentIndex())
            return True
        return False

    def titles(self) -> list[str]:
        """What the rows in sight say, from the top."""
        return [entry.title for entry in self._model.entries]

    def _search(self, text: str) -> None:
        scored = []
        for number, entry in enumerate(self._entries):
            score = fuzzy_score(text, entry.title)
            if score is None and entry.words:
                score = fuzzy_score(text, entry.words)
            if score is not None:
                scored.append((-score - (0 if entry.enabled else -1000), number, entry))
        scored.sort(key=lambda row: row[:2])
        self._model.set_entries([entry for _score, _number, entry in scored[:MOST]])
        self._list.setCurrentIndex(self._model.index(0, 0))
        self._list.setVisible(bool(scored))
        self._nothing.setVisible(not scored)
        self._place()

    def _place(self) -> None:
        parent = self._window
        rows = min(max(len(self._model.entries), 0), ROWS)
        self._list.setFixedHeight(rows * ROW_PX + 2)
        width = min(WIDTH_PX, parent.width() - 32)
        self.setFixedWidth(width)
        self.adjustSize()
        self.move((parent.width() - width) // 2, max(parent.height() // 10, 8))

    def _move(self, rows: int) -> None:
        count = len(self._model.entries)
        if count:
            row = self._list.currentIndex().row() + rows
            row = row % count if abs(rows) == 1 else min(max(row, 0), count - 1)
            self._list.setCurrentIndex(self._model.index(row, 0))

    def _choose_index(self, index: QModelIndex) -> None:
        entry = index.data(_ENTRY)
        if isinstance(entry, Entry) and entry.enabled:
            self._close()
            entry.choose()

    def _close(self) -> None:
        self.hide()
        self._window.setFocus()


class _Rows(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.entries: list[Entry] = []

    def set_entries(self, entries: list[Entry]) -> None:
        self.beginResetModel()
        self.entries = entries
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not 0 <= index.row() < len(self.entries):
            return None
        entry = self.entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{entry.title} {entry.hint}".strip()
        return entry if role == _ENTRY else None


class _RowDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry = index.data(_ENTRY)
        if not isinstance(entry, Entry):
            return
        theme = self._theme
        rect = QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        state = option.state
        if state & QStyle.StateFlag.State_Selected:
            ground = theme.colour("selected")
        elif state & QStyle.StateFlag.State_MouseOver:
            ground = theme.colour("raised")
        else:
            ground = theme.colour("surface")
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(rect, 5, 5)
        muted = theme.colour("text_muted")
        if entry.icon:
            paint_icon(painter, QRectF(rect.left() + 10, rect.top(), 16, ROW_PX), entry.icon, muted)
        right = rect.right() - 10
        if entry.hint:
            painter.setFont(theme.font(12))
            painter.setPen(muted)
            width = painter.fontMetrics().horizontalAdvance(entry.hint)
            box = QRectF(right - width, rect.top(), width + 2, ROW_PX)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, entry.hint)
            right -= width + 12
        painter.setFont(theme.font())
        painter.setPen(theme.colour("text" if entry.enabled else "text_muted"))
        left = rect.left() + 36
        text = painter.fontMetrics().elidedText(
            entry.title, Qt.TextElideMode.ElideMiddle, int(right - left)
        )
        painter.drawText(
            QRectF(left, rect.top(), right - left, ROW_PX), Qt.AlignmentFlag.AlignVCenter, text
        )
        painter.restore()
