"""The rows of the run table as they are painted and pressed: boxes, colours, names to change."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, Qt
from PySide6.QtGui import QCursor, QMouseEvent, QPainter
from PySide6.QtWidgets import QLineEdit, QStyleOptionViewItem, QWidget

from eventglass.app.models.column_rows import Column
from eventglass.app.models.run_rows import RunRows
from eventglass.app.models.theme import Theme
from eventglass.app.models.workspace import Workspace
from eventglass.widgets.controls.colour_swatch import ColourMenu
from eventglass.widgets.controls.data_table import DataTable
from eventglass.widgets.controls.icons import paint_icon
from eventglass.widgets.controls.table_cells import CellDelegate
from eventglass.widgets.panels.rows import BOX_PX, paint_box


class _RunDelegate(CellDelegate):
    """A box and a colour before the name; fainter where all runs are the same or hidden."""

    _workspace: Workspace

    def box_rect(self, cell: QRectF) -> QRectF:
        """Where the tick box stands; the cell without its padding."""
        return QRectF(cell.left(), cell.center().y() - BOX_PX / 2, BOX_PX, BOX_PX)

    def swatch_rect(self, cell: QRectF) -> QRectF:
        """Where the colour stands."""
        return self.box_rect(cell).translated(20, 0)

    def front_width(self, row: int, column: Column) -> float:
        """Room for box and swatch, and for the baseline's flag."""
        rows = self.rows
        if column.key != "run" or not isinstance(rows, RunRows):
            return 0.0
        run = rows.run(row)
        is_base = run is not None and self._workspace.state.baseline == run.key
        return 56.0 if is_base else 38.0

    def paint_front(self, painter: QPainter, row: int, column: Column, cell: QRectF) -> None:
        """Box and swatch."""
        rows = self.rows
        run = rows.run(row) if isinstance(rows, RunRows) else None
        if run is None or not isinstance(rows, RunRows):
            return
        shown = rows.is_shown(row)
        state = Qt.CheckState.Checked if shown else Qt.CheckState.Unchecked
        paint_box(painter, self.theme, self.box_rect(cell), state)
        colour = self._workspace.colour(run)
        if not shown:
            colour.setAlphaF(0.3)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        swatch = self.swatch_rect(cell)
        painter.drawRoundedRect(swatch, 3, 3)
        if self._workspace.state.baseline == run.key:
            flag = swatch.translated(19, 0)
            paint_icon(painter, flag, "baseline-mark", self.theme.colour("accent"), 14)

    def token(self, row: int, column: Column) -> str:
        """Of hidden runs and of columns that tell no run from another the text is faint."""
        rows = self.rows
        if not isinstance(rows, RunRows) or not rows.is_shown(row):
            return "text_muted"
        told = column.key == "run" or column.key in rows.differing
        return "text" if told and column.form != "moment" else "text_muted"

    def createEditor(
        self,
        parent: QWidget,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> QWidget:
        """A line for the alias."""
        editor = QLineEdit(parent)
        editor.setAccessibleName("Name shown for the run")
        return editor

    def setEditorData(self, editor: QWidget, index: QModelIndex | QPersistentModelIndex) -> None:
        """Put the name in once: data that come in meanwhile must not undo the typing."""
        if isinstance(editor, QLineEdit) and not editor.property("filled"):
            editor.setProperty("filled", True)
            editor.setText(str(index.data(Qt.ItemDataRole.EditRole) or ""))

    def updateEditorGeometry(
        self,
        editor: QWidget,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Over the name."""
        rect = QRectF(option.rect)
        rect.setLeft(rect.left() + self.first_pad + 38 - 7)
        editor.setGeometry(rect.toRect())


class RunTable(DataTable):
    """The table itself: boxes tick, swatches open the colours."""

    def __init__(self, theme: Theme, rows: RunRows, workspace: Workspace, parent: QWidget) -> None:
        super().__init__(theme, rows, "Runs", parent, _RunDelegate)
        self._workspace = workspace
        if isinstance(self.delegate, _RunDelegate):
            self.delegate._workspace = workspace
        self.set_outer_pads(12.0)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Tick the box, choose a colour at the swatch; anywhere else select."""
        if event.button() == Qt.MouseButton.LeftButton and self._press(event.position()):
            event.accept()
            return
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """On a box or swatch the second press is one more press."""
        if event.button() == Qt.MouseButton.LeftButton and self._press(event.position()):
            event.accept()
            return
        super().mouseDoubleClickEvent(event)

    def front_rects(self, row: int) -> tuple[QRectF, QRectF]:
        """Where the box and the swatch of a row stand, in the viewport."""
        delegate = self.delegate
        cell = QRectF(self.visualRect(self.rows.index(row, 0))).adjusted(
            delegate.first_pad, 0, 0, 0
        )
        if not isinstance(delegate, _RunDelegate):
            return QRectF(), QRectF()
        return delegate.box_rect(cell), delegate.swatch_rect(cell)

    def choose_colour(self, row: int) -> None:
        """Let the user choose the colour of a run."""
        rows = self.rows
        run = rows.run(row) if isinstance(rows, RunRows) else None
        if run is None:
            return
        menu = ColourMenu(
            self.theme,
            f"Colour of {self._workspace.alias(run)}",
            self._workspace.colour_text(run),
            partial(self._workspace.set_colour, run.key),
            self,
        )
        menu.popup(QCursor.pos())

    def _press(self, position: QPointF) -> bool:
        index = self.indexAt(position.toPoint())
        rows = self.rows
        if not index.isValid() or index.column() != 0 or not isinstance(rows, RunRows):
            return False
        box, swatch = self.front_rects(index.row())
        if box.adjusted(-6, -6, 4, 6).contains(position):
            keys = rows.keys_of([index.row()])
            if self._workspace.isolated_runs:
                # Ticking while runs are isolated means: back to choosing.
                self._workspace.isolate(())
            else:
                self._workspace.set_shown(keys, not rows.is_shown(index.row()))
            return True
        if swatch.adjusted(-3, -5, 3, 5).contains(position):
            self.choose_colour(index.row())
            return True
        return False
