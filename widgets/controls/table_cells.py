"""The cells of a table: text on the side its kind asks for, and what stands before it."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from eventglass.app.models.column_rows import Column, ColumnRows
from eventglass.app.models.theme import Theme
from eventglass.widgets.controls.table_head import PAD_PX, inner_rect

ROW_PX = 24

_HALF = QPoint(0, 1).toPointF()
_HALF_UP = QPoint(0, -1).toPointF()


class CellDelegate(QStyledItemDelegate):
    """Paints cells; subclasses say what stands before a text and in which colour it is."""

    def __init__(self, theme: Theme, rows: ColumnRows, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme
        self.rows = rows
        self.hovered_row = -1
        self.lit_rows: frozenset[int] = frozenset()
        self.font_px = 13
        self.pad = PAD_PX
        self.first_pad = PAD_PX
        self.last_pad = PAD_PX

    def front_width(self, row: int, column: Column) -> float:
        """Room taken before the text of a cell."""
        return 0.0

    def paint_front(self, painter: QPainter, row: int, column: Column, cell: QRectF) -> None:
        """Paint what stands before the text."""

    def token(self, row: int, column: Column) -> str:
        """Token of the text's colour."""
        return "text"

    def ground(self, row: int) -> str:
        """Token of what lies under a row, empty for the table's own ground."""
        view = self.parent()
        if isinstance(view, QTableView):
            if view.selectionModel().isSelected(self.rows.index(row, 0)):
                return "selected"
            if row == self.hovered_row or row in self.lit_rows:
                return "raised"
        return ""

    def short_text(self, row: int, column: Column) -> str:
        """What a cell shows where there is no room for its text."""
        return self.rows.text(row, self.rows.columns.index(column))

    def is_bold(self, row: int, column: int) -> bool:
        """Whether a cell stands out."""
        return self.rows.is_best(row, column)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Ground, front, text."""
        view = self.parent()
        if not isinstance(view, QTableView):
            return
        row, number = index.row(), index.column()
        if number >= len(self.rows.columns):
            return
        column = self.rows.columns[number]
        cell = QRectF(option.rect)
        theme = self.theme
        ground = self.ground(row)
        if ground:
            painter.fillRect(cell, theme.colour(ground))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        first = view.horizontalHeader().visualIndex(number) == 0
        pads = (self.pad, self.first_pad, self.last_pad)
        inner = inner_rect(cell, view.horizontalHeader(), number, pads)
        front = self.front_width(row, column)
        if front:
            self.paint_front(painter, row, column, inner)
            inner.setLeft(inner.left() + front)
        bold = self.is_bold(row, number)
        painter.setFont(theme.font(self.font_px, bold=bold, tabular=True))
        painter.setPen(theme.colour(self.token(row, column)))
        side = Qt.AlignmentFlag.AlignLeft if column.is_text else Qt.AlignmentFlag.AlignRight
        text = self.rows.text(row, number)
        if column.is_text and painter.fontMetrics().horizontalAdvance(text) > inner.width() + 1:
            text = self.short_text(row, column)
        text = fitted(painter.fontMetrics(), text, int(inner.width()) + 1, column.is_text)
        flags = side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        painter.drawText(inner, flags, text)
        if first and view.hasFocus() and view.currentIndex().row() == row:
            painter.setPen(theme.colour("accent", 0.7))
            painter.drawLine(cell.topLeft() + _HALF, cell.bottomLeft() + _HALF_UP)
        painter.restore()

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """Width of the text and what stands before it."""
        column = self.rows.columns[index.column()]
        metrics = QFontMetrics(self.theme.font(self.font_px, bold=True, tabular=True))
        width = metrics.horizontalAdvance(self.rows.text(index.row(), index.column()))
        width += round(self.front_width(index.row(), column) + 2 * self.pad) + 1
        return QSize(width, ROW_PX)


def fitted(metrics: QFontMetrics, text: str, width: int, is_text: bool) -> str:
    """Return a text cut to a width; of a path the last part stays, by which names differ."""
    if not is_text:
        return metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
    folder, slash, last = text.rpartition("/")
    if not slash:
        return metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, width)
    if metrics.horizontalAdvance(text) <= width:
        return text
    room = width - metrics.horizontalAdvance(slash + last)
    if "/" not in folder and room > 2 * metrics.horizontalAdvance("…"):
        return metrics.elidedText(folder, Qt.TextElideMode.ElideRight, room) + slash + last
    return metrics.elidedText(text, Qt.TextElideMode.ElideLeft, width)


def paint_dot(painter: QPainter, cell: QRectF, colour: QColor) -> None:
    """Paint the colour of a line at the left of a cell."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawEllipse(QRectF(cell.left(), cell.center().y() - 4.5, 9, 9))
