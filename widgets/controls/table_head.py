"""The head of a table: muted titles, a mark where rows are sorted, a first title that stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHeaderView, QWidget

from eventglass.app.models.column_rows import ColumnRows
from eventglass.app.models.theme import Theme
from eventglass.widgets.controls.icons import paint_icon

HEAD_PX = 26
#: Room left and right of a text.
PAD_PX = 8.0


def inner_rect(
    cell: QRectF, head: QHeaderView, number: int, pads: tuple[float, float, float]
) -> QRectF:
    """Where the text of a cell may stand.

    `pads` are the room beside it, and beside the outermost texts at the left and at the right.
    """
    place = head.visualIndex(number)
    left = pads[1] if place == 0 else pads[0]
    right = pads[2] if place == head.count() - 1 else pads[0]
    return cell.adjusted(left, 0, -right, 0)


def _nothing() -> int:
    return 0


class TableHead(QHeaderView):
    """The head: muted titles on the side of their numbers, a chevron where rows are sorted."""

    #: Where the menu of a section was asked for, and which section; -1 for beside them.
    menu_asked = Signal(QPoint, int)

    def __init__(self, theme: Theme, rows: ColumnRows, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme = theme
        self._rows = rows
        self.font_px = 12
        self.pad = PAD_PX
        self.first_pad = PAD_PX
        self.last_pad = PAD_PX
        self.has_line = True
        #: Tells the width of the first column where it stays in sight, else 0.
        self.frozen_width: Callable[[], int] = _nothing
        #: Keys of columns that stand out.
        self.strong: frozenset[str] = frozenset()
        self.setSectionsMovable(True)
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(28)
        self.setFixedHeight(HEAD_PX)
        self.setStretchLastSection(False)
        self.setAccessibleName("Columns")

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        """Ground, title, chevron."""
        theme = self._theme
        painter.save()
        painter.fillRect(rect, theme.colour("surface"))
        if logicalIndex < len(self._rows.columns):
            column = self._rows.columns[logicalIndex]
            pads = (self.pad, self.first_pad, self.last_pad)
            inner = inner_rect(QRectF(rect).adjusted(0, 0, 0, -1), self, logicalIndex, pads)
            is_sorted = self._rows.sort_key == column.key
            strong = column.key in self.strong
            painter.setFont(theme.font(self.font_px, bold=strong, tabular=True))
            painter.setPen(theme.colour("text" if is_sorted or strong else "text_muted"))
            metrics = painter.fontMetrics()
            if is_sorted:
                name = "chevron-down" if self._rows.descending else "chevron-up"
                width = min(metrics.horizontalAdvance(column.title), inner.width() - 14)
                x = inner.left() + width + 1 if column.is_text else inner.right() - 12
                mark = QRectF(x, inner.top(), 13, inner.height())
                paint_icon(painter, mark, name, theme.colour("text"), 13)
                inner.setRight(inner.right() - 14)
            side = Qt.AlignmentFlag.AlignLeft if column.is_text else Qt.AlignmentFlag.AlignRight
            text = metrics.elidedText(
                column.title, Qt.TextElideMode.ElideMiddle, int(inner.width()) + 1
            )
            painter.drawText(inner, side | Qt.AlignmentFlag.AlignVCenter, text)
        if self.has_line:
            line = QRect(rect.left(), rect.bottom(), rect.width(), 1)
            painter.fillRect(line, theme.colour("border"))
        painter.restore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The titles, and over them the first one where it stays in sight."""
        super().paintEvent(event)
        width = self.frozen_width()
        if width:
            with QPainter(self.viewport()) as painter:
                rect = QRect(0, 0, width, self.height())
                self.paintSection(painter, rect, 0)
                line = QRect(width - 1, 0, 1, self.height())
                painter.fillRect(line, self._theme.colour("border"))

    def logicalIndexAt(self, *place: Any) -> int:
        """The section that is seen at a place."""
        found = super().logicalIndexAt(*place)
        x = place[0].x() if isinstance(place[0], QPoint) else place[0]
        return 0 if 0 <= x < self.frozen_width() else found

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of the columns."""
        self.menu_asked.emit(event.pos(), self.logicalIndexAt(event.pos()))
