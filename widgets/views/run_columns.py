"""The list from which the columns of the run table are chosen, with a search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from eventglass.app.core.names import natural_key
from eventglass.app.models.run_rows import OF_TAG, PLAIN, direction_of, with_direction
from eventglass.app.models.theme import Theme
from eventglass.app.models.tool_tips import plain_tip
from eventglass.app.models.words import count_text
from eventglass.widgets.controls.buttons import PillButton
from eventglass.widgets.controls.filter_box import FilterBox
from eventglass.widgets.panels.rows import BOX_PX, paint_box

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_ROW_PX = 26


def choices(tags: Sequence[str], hparams: Sequence[str]) -> list[tuple[str, str, str]]:
    """All columns there can be: key, name, and what is shown of it."""
    found = [(column.key, column.title, "") for column in PLAIN]
    found += [(f"hparam:{name}", name, "hyperparameter") for name in hparams]
    for tag in sorted(tags, key=natural_key):
        side = direction_of(tag)
        for what, called in OF_TAG:
            key = f"{what}:{tag}"
            key = with_direction(key, side) if what in ("last", "first", "mean") else key
            found.append((key, tag, called))
    return found


def same_column(key: str) -> str:
    """What makes two keys the same choice: which values are good ones does not."""
    what, _colon, _name = key.partition(":")
    return key if what.startswith(("best", "at")) else with_direction(key, "")


class _Choices(QAbstractListModel):
    """The choices that fit the search."""

    def __init__(self, found: Sequence[tuple[str, str, str]]) -> None:
        super().__init__()
        self._all = list(found)
        self.shown = list(self._all)
        self.picked: frozenset[str] = frozenset()

    def search(self, text: str) -> None:
        """Keep what holds all the words."""
        words = text.casefold().split()
        self.beginResetModel()
        self.shown = [
            entry
            for entry in self._all
            if all(word in f"{entry[1]} {entry[2]}".casefold() for word in words)
        ]
        # What is chosen stands first.
        self.shown.sort(key=lambda entry: not self.is_picked(entry[0]))
        self.endResetModel()

    def is_picked(self, key: str) -> bool:
        """Whether a column is shown."""
        return same_column(key) in self.picked

    def pick(self, keys: Sequence[str]) -> None:
        """Tell which columns are shown."""
        self.picked = frozenset(map(same_column, keys))
        if self.shown:
            self.dataChanged.emit(self.index(0), self.index(len(self.shown) - 1))

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Number of choices that fit."""
        return 0 if parent.isValid() else len(self.shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Name and what is shown of it; whether it is ticked."""
        if not 0 <= index.row() < len(self.shown):
            return None
        key, name, what = self.shown[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            text = f"{name} · {what}" if what else name
            return text if role == Qt.ItemDataRole.DisplayRole else plain_tip(text)
        if role == Qt.ItemDataRole.CheckStateRole:
            return Qt.CheckState.Checked if self.is_picked(key) else Qt.CheckState.Unchecked
        return None


class _ChoiceDelegate(QStyledItemDelegate):
    """A box, the name, and fainter at the right what is shown of it."""

    def __init__(self, theme: Theme, rows: _Choices, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows = rows

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """All rows are of one height."""
        return QSize(100, _ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Ground, box, texts."""
        view = self.parent()
        if not isinstance(view, QListView) or index.row() >= len(self._rows.shown):
            return
        theme = self._theme
        key, name, what = self._rows.shown[index.row()]
        cell = QRectF(option.rect)
        if view.currentIndex().row() == index.row():
            painter.fillRect(cell, theme.colour("raised"))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(cell.left() + 12, cell.center().y() - BOX_PX / 2, BOX_PX, BOX_PX)
        picked = self._rows.is_picked(key)
        paint_box(painter, theme, box, Qt.CheckState.Checked if picked else Qt.CheckState.Unchecked)
        painter.setFont(theme.font(12))
        right = cell.adjusted(0, 0, -12, 0)
        width = painter.fontMetrics().horizontalAdvance(what)
        painter.setPen(theme.colour("text_muted"))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(right, middle | Qt.AlignmentFlag.AlignRight, what)
        painter.setFont(theme.font())
        painter.setPen(theme.colour("text"))
        left = cell.adjusted(34, 0, -24 - width, 0)
        text = painter.fontMetrics().elidedText(
            name, Qt.TextElideMode.ElideMiddle, int(left.width())
        )
        painter.drawText(left, middle, text)
        painter.restore()


class _ChoiceView(QListView):
    """Ticks by a click, Space and Return."""

    toggled = Signal(int)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The row under the pointer is the current one."""
        index = self.indexAt(event.position().toPoint())
        if index.isValid():
            self.setCurrentIndex(index)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Tick or clear."""
        index = self.indexAt(event.position().toPoint())
        if index.isValid():
            self.setCurrentIndex(index)
            self.toggled.emit(index.row())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Tick or clear by key."""
        keys = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.key() in keys and self.currentIndex().isValid():
            self.toggled.emit(self.currentIndex().row())
        else:
            super().keyPressEvent(event)


class ColumnChooser(QFrame):
    """A popup: search, tick; what is ticked is shown at once.

    Parameters
    ----------
    choose
        Called with the key of a column and whether it is to be shown.
    reset
        Called for the columns as they were at first.
    """

    def __init__(
        self,
        theme: Theme,
        found: Sequence[tuple[str, str, str]],
        choose: Callable[[str, bool], object],
        reset: Callable[[], object],
        parent: QWidget,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("palette")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName("Columns of the run table")
        self._choose = choose
        self.rows = _Choices(found)
        self.rows.setParent(self)
        self.search_box = FilterBox(theme, "Search columns")
        self.view = _ChoiceView()
        self.view.setAccessibleName("Columns")
        self.view.setUniformItemSizes(True)
        self.view.setMouseTracking(True)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setModel(self.rows)
        self.view.setItemDelegate(_ChoiceDelegate(theme, self.rows, self.view))
        again = PillButton(theme, "As at first")
        again.clicked.connect(reset)
        self.search_box.set_note(count_text(len(found), "column"))
        self.search_box.edited.connect(self._search)
        self.search_box.confirmed.connect(self._toggle_first)
        self.search_box.left_downwards.connect(self._go_down)
        self.view.toggled.connect(self._toggle)
        foot = QHBoxLayout()
        foot.setContentsMargins(10, 6, 10, 8)
        foot.addStretch(1)
        foot.addWidget(again)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 4, 1, 1)
        column.setSpacing(2)
        column.addWidget(self.search_box)
        column.addWidget(self.view, 1)
        column.addLayout(foot)
        self.resize(380, 420)

    def open_below(self, button: QWidget, keys: Sequence[str]) -> None:
        """Open under a button; ``keys`` are shown now."""
        self.rows.pick(keys)
        self.rows.search("")
        corner = button.mapToGlobal(QPoint(button.width() - self.width(), button.height() + 4))
        screen = button.screen().availableGeometry()
        x = min(max(corner.x(), screen.left()), screen.right() - self.width())
        y = min(corner.y(), screen.bottom() - self.height())
        self.move(x, max(y, screen.top()))
        self.show()
        self.search_box.setFocus()

    def _search(self, text: str) -> None:
        self.rows.search(text)
        if self.rows.rowCount():
            self.view.setCurrentIndex(self.rows.index(0))

    def _go_down(self) -> None:
        self.view.setFocus()
        if not self.view.currentIndex().isValid() and self.rows.rowCount():
            self.view.setCurrentIndex(self.rows.index(0))

    def _toggle_first(self) -> None:
        if self.rows.rowCount():
            self._toggle(max(self.view.currentIndex().row(), 0))

    def _toggle(self, row: int) -> None:
        key = self.rows.shown[row][0]
        self._choose(key, not self.rows.is_picked(key))
