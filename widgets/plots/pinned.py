"""Readings that stay: a panel pinned at one x of a chart, whose text can be selected and copied."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QFont,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QAbstractButton, QLabel, QVBoxLayout, QWidget

from eventglass.widgets.plots.tooltip import Table, TooltipColours, with_short_names

#: Longest name shown, characters; the whole one is copied.
_LONGEST = 34
_MARGIN = 4


class _CloseButton(QAbstractButton):
    """A small cross."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.colours: TooltipColours | None = None
        self.setFixedSize(18, 18)
        self.setToolTip("Close (Esc)")
        self.setAccessibleName("Close the pinned values")
        self.setCursor(Qt.CursorShape.ArrowCursor)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the cross, darker under the pointer."""
        if self.colours is None:
            return
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            lit = self.underMouse() or self.hasFocus()
            painter.setPen(QPen(self.colours.text if lit else self.colours.muted, 1.3))
            painter.drawLine(QPointF(5.5, 5.5), QPointF(12.5, 12.5))
            painter.drawLine(QPointF(5.5, 12.5), QPointF(12.5, 5.5))


class PinnedReadings(QWidget):
    """A panel inside the chart: moves and hides with it; can be dragged out of the way."""

    closed = Signal()
    #: The pointer came over it.
    entered = Signal()

    def __init__(self, chart: QWidget, colours: TooltipColours) -> None:
        super().__init__(chart)
        self._chart = chart
        self._colours = colours
        self._table: Table | None = None
        self._grip: QPoint | None = None
        self._text = QLabel(self)
        self._text.setTextFormat(Qt.TextFormat.RichText)
        self._text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._text.setAccessibleName("Pinned values")
        font = QFont(chart.font())
        font.setPixelSize(12)
        font.setFeature(QFont.Tag("tnum"), 1)
        self._text.setFont(font)
        self._text.setStyleSheet("background: transparent; border: none")
        self._close = _CloseButton(self)
        self._close.clicked.connect(self.closed)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 12, 7)
        column.addWidget(self._text)
        self.setCursor(Qt.CursorShape.SizeAllCursor)
        self.set_colours(colours)

    def set_colours(self, colours: TooltipColours) -> None:
        """Paint with other colours."""
        self._colours = colours
        self._close.colours = colours
        if self._table is not None:
            self.show_table(self._table)
        self.update()

    @property
    def table(self) -> Table | None:
        """Return what is shown."""
        return self._table

    def show_table(self, table: Table) -> None:
        """Show other readings."""
        self._table = table
        table = with_short_names(table)
        muted, text = self._colours.muted.name(), self._colours.text.name()
        lines = []
        cells = "".join(
            f"<td align={'left' if name in ('run', 'tag') else 'right'}"
            f" style='color:{muted};padding-right:12px'>{escape(name)}</td>"
            for name in table.header
        )
        lines.append(f"<tr>{cells}</tr>")
        for colour, row in table.rows:
            made: list[str] = []
            for name, cell in zip(table.header, row, strict=True):
                shown = cell if len(cell) <= _LONGEST else f"{cell[:15]}…{cell[-17:]}"
                mark = f"<span style='color:{colour.name()}'>●</span>&nbsp;" if not made else ""
                side = "left" if name in ("run", "tag") else "right"
                made.append(
                    f"<td align={side} style='color:{text};padding-right:12px;"
                    f"white-space:nowrap'>{mark}{escape(shown)}</td>"
                )
            lines.append(f"<tr>{''.join(made)}</tr>")
        more = f"<div style='color:{muted}'>{escape(table.more)}</div>" if table.more else ""
        self._text.setText(
            f"<div style='color:{muted};white-space:nowrap'>{escape(table.title)}"
            "&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;</div>"
            f"<table cellspacing=0>{''.join(lines)}</table>{more}"
        )
        self.adjustSize()
        self._close.move(self.width() - 20, 3)
        self._close.raise_()

    def place(self, at: QPoint) -> None:
        """Stand at a place of the chart, inside of it where there is room."""
        chart = self._chart
        most_x = max(chart.width() - self.width() - _MARGIN, _MARGIN)
        most_y = max(chart.height() - self.height() - _MARGIN, _MARGIN)
        self.move(min(max(at.x(), _MARGIN), most_x), min(max(at.y(), _MARGIN), most_y))

    def copied_text(self) -> str:
        """Return what Ctrl+C copies: the selection, or all as a table for a spreadsheet."""
        if self._text.hasSelectedText():
            return self._text.selectedText().replace("\u2029", "\n").replace("\xa0", " ")
        if self._table is None:
            return ""
        rows = [self._table.header, *(cells for _colour, cells in self._table.rows)]
        return "\n".join([self._table.title, *("\t".join(row) for row in rows)])

    def copy(self) -> None:
        """Copy the text."""
        QGuiApplication.clipboard().setText(self.copied_text())

    def enterEvent(self, event: QEnterEvent) -> None:
        """Tell of the pointer."""
        super().enterEvent(event)
        self.entered.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy by Ctrl+C, close by Esc."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the panel."""
        self._grip = event.position().toPoint()
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the panel."""
        if self._grip is not None:
            self.place(self.mapToParent(event.position().toPoint()) - self._grip)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go of the panel."""
        self._grip = None
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Keep double clicks from the chart."""
        event.accept()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the ground."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self._colours.border, 1.0))
            painter.setBrush(self._colours.background)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6.0, 6.0)
