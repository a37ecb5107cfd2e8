"""All steps of a text tag in a run, one below the other: step, time, and how the text begins."""

from __future__ import annotations

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
    Signal,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from eventglass.app.core.store import Series
from eventglass.app.models.entries import Entries
from eventglass.app.models.text_previews import TextPreviews
from eventglass.app.models.theme import Theme
from eventglass.app.models.words import step_text, wall_time_text

Index = QModelIndex | QPersistentModelIndex
ROW_PX = 60
_KEYS = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter})


class StepList(QListView):
    """The entries of a series; only the rows in sight are read."""

    #: An entry was chosen: its place.
    chosen = Signal(int)
    #: An entry is to be shown in full: its place.
    opened = Signal(int)
    #: The focus came to it.
    focused = Signal()

    def __init__(self, theme: Theme, previews: TextPreviews, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows = _Entries(previews, self)
        self._telling = True
        self.setModel(self._rows)
        self.setItemDelegate(_Delegate(theme, self))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("All steps")
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.doubleClicked.connect(self._double_clicked)
        previews.ready.connect(self.viewport().update)
        theme.changed.connect(self.viewport().update)

    def set_entries(self, series: Series | None, entries: Entries | None, place: int) -> None:
        """Show the entries of a series, one of them chosen."""
        self._telling = False
        try:
            self._rows.set_entries(series, entries)
            index = self._rows.index(place, 0) if place >= 0 else QModelIndex()
            if index != self.currentIndex():
                self.setCurrentIndex(index)
                if index.isValid():
                    self.scrollTo(index)
        finally:
            self._telling = True

    def text_at(self, row: int) -> str:
        """What stands in a row, for those who can't see it."""
        return str(self._rows.index(row, 0).data(Qt.ItemDataRole.DisplayRole) or "")

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Tell of it."""
        super().currentChanged(current, previous)
        if self._telling and current.isValid():
            self.chosen.emit(current.row())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the current entry by Return."""
        if event.key() in _KEYS and self.currentIndex().isValid():
            self.opened.emit(self.currentIndex().row())
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose an entry also where it was the current one."""
        super().mousePressEvent(event)
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Keep its own keys from the window's shortcuts, tell of the focus."""
        if event.type() == QEvent.Type.FocusIn:
            self.focused.emit()
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() in {*_KEYS, Qt.Key.Key_Up, Qt.Key.Key_Down}
            and not event.modifiers()
        ):
            event.accept()
            return True
        return super().event(event)

    def _double_clicked(self, index: QModelIndex) -> None:
        self.opened.emit(index.row())


class _Entries(QAbstractListModel):
    def __init__(self, previews: TextPreviews, parent: QObject) -> None:
        super().__init__(parent)
        self._previews = previews
        self._series: Series | None = None
        self._entries: Entries | None = None

    def set_entries(self, series: Series | None, entries: Entries | None) -> None:
        before, after = self._entries, entries
        same = series is self._series and before is not None and after is not None
        if same and before is not None and after is not None and before.count == after.count:
            self._entries = after
            return
        grown = same and before is not None and after is not None and len(after) > len(before)
        if grown and before is not None and after is not None:
            self.beginInsertRows(QModelIndex(), len(before), len(after) - 1)
            self._entries = after
            self.endInsertRows()
            return
        self.beginResetModel()
        self._series, self._entries = series, entries
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() or self._entries is None else len(self._entries)

    def row_texts(self, row: int) -> tuple[str, str, str | None]:
        """Step, time and preview of an entry."""
        if self._entries is None or self._series is None or row >= len(self._entries):
            return "", "", ""
        entries = self._entries
        return (
            f"step {step_text(int(entries.steps[row]))}",
            wall_time_text(float(entries.wall_times[row])),
            self._previews.get(self._series, int(entries.indices[row])),
        )

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            step, when, text = self.row_texts(index.row())
            return f"{step}, {when}: {text or ''}"
        return None


class _Delegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: StepList) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        if not isinstance(model, _Entries):
            return
        step, when, text = model.row_texts(index.row())
        theme, rect = self._theme, QRectF(option.rect)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        if chosen or option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, theme.colour("selected" if chosen else "raised"))
        painter.setPen(theme.colour("grid"))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        inner = rect.adjusted(12, 6, -12, -5)
        painter.setFont(theme.font(12, bold=True, tabular=True))
        painter.setPen(theme.colour("text"))
        head = QRectF(inner.left(), inner.top(), inner.width(), 16)
        painter.drawText(head, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, step)
        taken = painter.fontMetrics().horizontalAdvance(step)
        painter.setFont(theme.font(11, tabular=True))
        painter.setPen(theme.colour("text_muted"))
        if painter.fontMetrics().horizontalAdvance(when) + taken + 12 < head.width():
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(head, flags, when)
        painter.setFont(theme.font(12))
        # Whole lines only.
        height = painter.fontMetrics().lineSpacing()
        lines = int((inner.bottom() - head.bottom() - 2) / height)
        body = QRectF(inner.left(), head.bottom() + 2, inner.width(), lines * height)
        painter.setClipRect(body)
        wrapped = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignTop
        painter.drawText(body, wrapped, "…" if text is None else text)
        painter.restore()
