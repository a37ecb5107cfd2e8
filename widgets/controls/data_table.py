"""A table of `ColumnRows`: painted by one delegate, its columns moved, sorted, hidden by the head.

The table says what the user asks of its columns (`layout_asked`); who owns it decides.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QMenu,
    QMessageBox,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from eventglass.app.models.column_rows import Column, ColumnRows, Layout
from eventglass.app.models.theme import Theme
from eventglass.widgets.controls.table_cells import ROW_PX, CellDelegate
from eventglass.widgets.controls.table_head import TableHead

COMPACT_ROW_PX = 19
COMPACT_HEAD_PX = 20
#: Widest a column of texts becomes by itself.
WIDEST_PX = 320
#: Rows whose texts are measured for a column's width.
_MEASURED = 100
#: Least width of columns by form: numbers that change must not make them dance.
_LEAST = {
    "value": "−0.000e-0",
    "change": "−0.000e-0",
    "percent": "+000.00 %",
    "step": "0,000,000",
    "count": "0,000,000",
    "seconds": "00 min 00 s",
    "moment": "0000-00-00 00:00:00",
    "any": "0.0000",
    "text": "",
}
_KEYS = frozenset({Qt.Key.Key_Space, Qt.Key.Key_F2, Qt.Key.Key_Return, Qt.Key.Key_Enter})
_ARROWS = frozenset({Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End})


class DataTable(QTableView):
    """A virtual table with tabular figures.

    Parameters
    ----------
    delegate
        Makes the delegate of this table; a `CellDelegate` without.
    """

    #: The user wants other columns, another order of them or of the rows: a `Layout`.
    layout_asked = Signal(object)
    #: Row under the pointer, -1 for none.
    row_hovered = Signal(int)
    #: Return, or a double click: the row.
    row_activated = Signal(int)
    #: Space was pressed on the selected rows.
    ticked = Signal()

    def __init__(
        self,
        theme: Theme,
        rows: ColumnRows,
        name: str,
        parent: QWidget | None = None,
        delegate: Callable[[Theme, ColumnRows, QWidget], CellDelegate] = CellDelegate,
    ) -> None:
        super().__init__(parent)
        self.theme = theme
        self.rows = rows
        self.layout_now = Layout(())
        self._known: tuple[Column, ...] = ()
        self._fixed = 1
        self._widths: dict[str, int] = {}
        self._own_widths: dict[str, int] = {}
        self._arranging = False
        self._compact = False
        self._freezes = True
        self._kept: tuple[int, list[int], int] = (-1, [], 0)
        self.delegate = delegate(theme, rows, self)
        self.head = TableHead(theme, rows, self)
        self.head.frozen_width = self.frozen_width
        self.setHorizontalHeader(self.head)
        self.setItemDelegate(self.delegate)
        self.setModel(rows)
        self.setAccessibleName(name)
        self.setObjectName("dataTable")
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        upright = self.verticalHeader()
        upright.hide()
        upright.setMinimumSectionSize(ROW_PX)
        upright.setDefaultSectionSize(ROW_PX)
        upright.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.head.sectionClicked.connect(self.sort_by)
        self.head.sectionMoved.connect(self._section_moved)
        self.head.sectionResized.connect(self._section_resized)
        self.head.sectionHandleDoubleClicked.connect(self._fit_section)
        self.head.menu_asked.connect(self._open_head_menu)
        rows.modelAboutToBeReset.connect(self._keep)
        rows.modelReset.connect(self._find_again)
        theme.changed.connect(self._repaint)

    def set_compact(self) -> None:
        """Take the form of the inspector: small, fixed columns, the first as wide as there is."""
        self._compact = True
        self._freezes = False
        for part in (self.delegate, self.head):
            part.font_px, part.pad, part.first_pad, part.last_pad = 12, 6.0, 12.0, 18.0
        self.head.has_line = False
        self.head.setFixedHeight(COMPACT_HEAD_PX)
        self.head.setSectionsMovable(False)
        self.head.setSectionsClickable(False)
        upright = self.verticalHeader()
        upright.setMinimumSectionSize(COMPACT_ROW_PX)
        upright.setDefaultSectionSize(COMPACT_ROW_PX)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def set_outer_pads(self, pad_px: float) -> None:
        """Keep the outermost texts so far from the edges."""
        for part in (self.delegate, self.head):
            part.first_pad = part.last_pad = pad_px

    # -- columns

    def show_layout(self, layout: Layout, known: Iterable[Column], fixed: int = 1) -> None:
        """Tell what is shown, and which columns the menu of the head offers.

        The first `fixed` columns of the model stand first, whatever the layout says.
        """
        known = tuple(known)
        if (layout, known, fixed) != (self.layout_now, self._known, self._fixed):
            self.layout_now, self._known, self._fixed = layout, known, fixed
            self.rows.set_sort(layout.sort, layout.descending)
            self._arrange()
        self.fit_columns()

    def fit_columns(self) -> None:
        """Make columns as wide as what stands in them; they become wider only."""
        if self._compact:
            self._fit_compact()
            return
        for number, column in enumerate(self.rows.columns):
            width = self._own_widths.get(column.key)
            if width is None:
                width = max(self._wanted_width(number), self._widths.get(column.key, 0))
                self._widths[column.key] = width
            if self.columnWidth(number) != width:
                self._arranging = True
                self.setColumnWidth(number, width)
                self._arranging = False

    def _fit_compact(self) -> None:
        """Numbers as wide as they are, names as wide as there is room."""
        room = self.viewport().width()
        for number in range(len(self.rows.columns) - 1, -1, -1):
            column = self.rows.columns[number]
            width = room if number == 0 else min(self._wanted_width(number), WIDEST_PX // 3)
            if number == len(self.rows.columns) - 1:
                width += round(self.delegate.last_pad - self.delegate.pad)
            if number:
                width = self._widths[column.key] = max(width, self._widths.get(column.key, 0))
            room -= width
            if self.columnWidth(number) != width:
                self.setColumnWidth(number, max(width, 40))

    def visual_columns(self) -> list[int]:
        """Numbers of the columns from left to right."""
        return [self.head.logicalIndex(i) for i in range(len(self.rows.columns))]

    def _arrange(self) -> None:
        """Bring the sections into the layout's order."""
        keys = [column.key for column in self.rows.columns]
        wanted = keys[: self._fixed]
        wanted += [key for key in self.layout_now.keys if key in keys and key not in wanted]
        wanted += [key for key in keys if key not in wanted]
        self._arranging = True
        for place, key in enumerate(wanted):
            now = self.head.visualIndex(keys.index(key))
            if now != place:
                self.head.moveSection(now, place)
        self._arranging = False

    def _wanted_width(self, number: int) -> int:
        column = self.rows.columns[number]
        metrics = QFontMetrics(self.theme.font(self.delegate.font_px, bold=True, tabular=True))
        head = QFontMetrics(self.theme.font(self.head.font_px, bold=True))
        width = head.horizontalAdvance(column.title) + (0 if self._compact else 16)
        width = min(width, WIDEST_PX // 2)
        if not self._compact:
            width = max(width, metrics.horizontalAdvance(_LEAST[column.form]))
        count = self.rows.rowCount()
        step = max(count // _MEASURED, 1)
        for row in range(0, count, step):
            front = self.delegate.front_width(row, column)
            text = metrics.horizontalAdvance(self.rows.text(row, number))
            width = max(width, round(text + front) + 1)
        pads = 2 * self.delegate.pad
        if not self._compact:
            place = self.head.visualIndex(number)
            pads += (self.delegate.first_pad - self.delegate.pad) * (place == 0)
            pads += (self.delegate.last_pad - self.delegate.pad) * (place == self.head.count() - 1)
        return min(width, WIDEST_PX) + round(pads)

    def add_sort_menu(self, menu: QMenu) -> None:
        """Add a menu that does what clicks on the head do, for the keyboard."""
        below = menu.addMenu("Sort by")
        for number in self.visual_columns():
            column = self.rows.columns[number]
            action = below.addAction(column.title)
            action.setCheckable(True)
            action.setChecked(column.key == self.layout_now.sort)
            action.triggered.connect(partial(self.sort_by, number))

    def sort_by(self, number: int) -> None:
        """Sort by a column; again: the other way; once more: as rows come."""
        column = self.rows.columns[number]
        layout = self.layout_now
        # Texts begin with A, numbers with the greatest; then the other way, then as they come.
        first = not column.is_text and column.best != "min"
        if layout.sort != column.key:
            asked = layout.sorted_by(column.key, first)
        elif layout.descending == first:
            asked = layout.sorted_by(column.key, not first)
        else:
            asked = layout.sorted_by("", False)
        self.layout_asked.emit(asked)

    def _section_moved(self, _section: int, before: int, after: int) -> None:
        if self._arranging:
            return
        columns = self.rows.columns
        if before < self._fixed or after < self._fixed:
            self._arrange()
            return
        keys = [columns[i].key for i in self.visual_columns()][self._fixed :]
        self.layout_asked.emit(replace(self.layout_now, keys=tuple(keys)))

    def _section_resized(self, section: int, _before: int, after: int) -> None:
        if not self._arranging and section < len(self.rows.columns):
            self._own_widths[self.rows.columns[section].key] = after

    def _fit_section(self, section: int) -> None:
        column = self.rows.columns[section]
        self._own_widths.pop(column.key, None)
        self._widths.pop(column.key, None)
        self.fit_columns()

    def _open_head_menu(self, position: QPoint, section: int) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.fill_head_menu(menu, section)
        menu.popup(self.head.mapToGlobal(position))

    def fill_head_menu(self, menu: QMenu, section: int) -> None:
        """Put in what can be done with a column, -1 for none, and which columns there are."""
        layout, ask = self.layout_now, self.layout_asked.emit
        if 0 <= section < len(self.rows.columns):
            key = self.rows.columns[section].key
            for text, descending in (("Sort ascending", False), ("Sort descending", True)):
                action = menu.addAction(text)
                action.setCheckable(True)
                action.setChecked(layout.sort == key and layout.descending == descending)
                action.triggered.connect(partial(ask, layout.sorted_by(key, descending)))
            unsorted = menu.addAction("Do not sort")
            unsorted.setEnabled(bool(layout.sort))
            unsorted.triggered.connect(partial(ask, layout.sorted_by("", False)))
            if section >= self._fixed:
                menu.addSeparator()
                keys = [key for key in layout.keys if key in self._shown_keys()]
                at = keys.index(key) if key in keys else -1
                for text, to in (("Move left", at - 1), ("Move right", at + 1)):
                    action = menu.addAction(text)
                    action.setEnabled(at >= 0 and 0 <= to < len(keys))
                    if action.isEnabled():
                        moved = list(keys)
                        moved.insert(to, moved.pop(at))
                        asked = replace(layout, keys=tuple(moved))
                        action.triggered.connect(partial(ask, asked))
                hidden = menu.addAction(f"Hide {self.rows.columns[section].title}")
                hidden.triggered.connect(partial(ask, layout.with_column(key, False)))
            menu.addSeparator()
        if self._compact:
            return
        for column in self._known:
            action = menu.addAction(column.title)
            action.setCheckable(True)
            action.setChecked(column.key in layout.keys)
            action.setToolTip(column.tip)
            asked = layout.with_column(column.key, column.key not in layout.keys)
            action.triggered.connect(partial(ask, asked))

    def _shown_keys(self) -> set[str]:
        """Keys of the columns that can be moved."""
        return {column.key for column in self.rows.columns[self._fixed :]}

    # -- rows

    def selected_rows(self) -> list[int]:
        """Selected rows from top to bottom."""
        return sorted(index.row() for index in self.selectionModel().selectedRows())

    def is_editing(self) -> bool:
        """Whether something is being typed into a cell."""
        return self.state() == QAbstractItemView.State.EditingState

    def light(self, rows: Iterable[int]) -> None:
        """Light up rows from outside."""
        lit = frozenset(rows)
        if lit != self.delegate.lit_rows:
            self.delegate.lit_rows = lit
            self.viewport().update()

    def go_to(self, row: int) -> None:
        """Make a row the current one and the only selected one."""
        if 0 <= row < self.rows.rowCount() and self.currentIndex().row() != row:
            self.setCurrentIndex(self.rows.index(row, 0))

    def copy(self) -> None:
        """Copy the selected rows, all without, with all digits and the head, as TSV."""
        rows = self.selected_rows()
        text = self.rows.tsv(rows or None, self.visual_columns())
        QGuiApplication.clipboard().setText(text)

    def copy_as(self, how: str) -> None:
        """Copy all rows or the selected ones as "markdown" or "latex"."""
        rows = self.selected_rows()
        # One row is selected by merely having been clicked: it is the table that is wanted.
        picked = rows if len(rows) > 1 else None
        make = self.rows.markdown if how == "markdown" else self.rows.latex
        QGuiApplication.clipboard().setText(make(picked, self.visual_columns()))

    # -- the first column stays in sight while the others are scrolled under it

    def frozen_width(self) -> int:
        """Width of the first column where the others are scrolled under it, else 0."""
        if not self._freezes or not self.head.offset() or not self.rows.columns:
            return 0
        width = self.columnWidth(0)
        return width if width < self.viewport().width() // 2 else 0

    def indexAt(self, pos: QPoint) -> QModelIndex:
        """The cell that is seen at a place."""
        index = super().indexAt(pos)
        if index.isValid() and pos.x() < self.frozen_width():
            return index.siblingAtColumn(0)
        return index

    def visualRect(self, index: QModelIndex | QPersistentModelIndex) -> QRect:
        """Where a cell is seen."""
        rect = super().visualRect(index)
        if index.column() == 0 and self.frozen_width():
            rect.moveLeft(0)
        return rect

    def paintEvent(self, event: QPaintEvent) -> None:
        """The table, the rest of rows that stand out, and over it all the first column."""
        super().paintEvent(event)
        if not self.rows.columns or not self.rows.rowCount():
            return
        last = self.rowAt(self.viewport().height() - 1)
        last = last if last >= 0 else self.rows.rowCount() - 1
        rows = range(max(self.rowAt(0), 0), last + 1)
        with QPainter(self.viewport()) as painter:
            self._paint_rest(painter, rows)
            if self.frozen_width():
                self._paint_frozen(painter, rows)

    def _paint_rest(self, painter: QPainter, rows: range) -> None:
        """Let the ground of rows go on to the right edge."""
        left = self.head.length() - self.head.offset()
        room = self.viewport().width() - left
        if room <= 0:
            return
        for row in rows:
            token = self.delegate.ground(row)
            if token:
                top, height = self.rowViewportPosition(row), self.rowHeight(row)
                painter.fillRect(QRect(left, top, room, height), self.theme.colour(token))

    def _paint_frozen(self, painter: QPainter, rows: range) -> None:
        width, height = self.frozen_width(), self.viewport().height()
        painter.fillRect(QRect(0, 0, width, height), self.theme.colour("surface"))
        option = QStyleOptionViewItem()
        for row in rows:
            index = self.rows.index(row, 0)
            option.rect = self.visualRect(index)
            self.delegate.paint(painter, option, index)
        painter.fillRect(QRect(width - 1, 0, 1, height), self.theme.colour("border"))

    def scrollTo(
        self,
        index: QModelIndex | QPersistentModelIndex,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        """Bring a row into sight; not sideways for the column that always is."""
        bar = self.horizontalScrollBar()
        before = bar.value()
        super().scrollTo(index, hint)
        if index.column() == 0 and self._freezes:
            bar.setValue(before)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Paint all anew when scrolled sideways: the first column must not move along."""
        super().scrollContentsBy(dx, dy)
        if dx:
            self.viewport().update()
            self.head.viewport().update()

    # -- Qt's side

    def event(self, event: QEvent) -> bool:
        """Keep the keys a table needs from the window's shortcuts."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
            if (plain and event.key() in _KEYS | _ARROWS) or event.matches(
                QKeySequence.StandardKey.Copy
            ):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return activates, Space ticks, Ctrl+C copies; Left and Right scroll sideways."""
        key = event.key()
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif plain and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.currentIndex().isValid():
                self.row_activated.emit(self.currentIndex().row())
        elif plain and key == Qt.Key.Key_Space:
            self.ticked.emit()
        elif plain and key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() + (60 if key == Qt.Key.Key_Right else -60))
        elif plain and key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            last = self.rows.rowCount() - 1
            self.go_to(0 if key == Qt.Key.Key_Home else last)
        elif plain and key == Qt.Key.Key_F2 and self.currentIndex().isValid():
            self.edit(self.currentIndex().siblingAtColumn(0))
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer."""
        super().mouseMoveEvent(event)
        self._hover(self.indexAt(event.position().toPoint()).row())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Activate the row."""
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            self.row_activated.emit(index.row())

    def leaveEvent(self, event: QEvent) -> None:
        """Forget the pointer."""
        super().leaveEvent(event)
        self._hover(-1)

    def showEvent(self, event: QShowEvent) -> None:
        """Measure the columns now that they are seen."""
        super().showEvent(event)
        self.fit_columns()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Names get what room there is, in the compact form."""
        super().resizeEvent(event)
        if self._compact:
            self._fit_compact()

    def _hover(self, row: int) -> None:
        if row != self.delegate.hovered_row:
            self.delegate.hovered_row = row
            self.viewport().update()
            self.row_hovered.emit(row)

    def _repaint(self) -> None:
        self.head.viewport().update()
        self.viewport().update()

    def _keep(self) -> None:
        ids = [self.rows.id_of(row) for row in self.selected_rows()]
        current = self.rows.id_of(self.currentIndex().row())
        self._kept = (current, ids, self.verticalScrollBar().value())

    def _find_again(self) -> None:
        # A reset forgets what was selected, where the columns stood and how far one had scrolled.
        current, ids, scrolled = self._kept
        self._arrange()
        self.fit_columns()
        model = self.selectionModel()
        flag = QItemSelectionModel.SelectionFlag
        blocked = model.blockSignals(True)
        for row_id in ids:
            row = self.rows.row_of(row_id)
            if row >= 0:
                model.select(self.rows.index(row, 0), flag.Select | flag.Rows)
        row = self.rows.row_of(current) if current >= 0 else -1
        if row >= 0:
            model.setCurrentIndex(self.rows.index(row, 0), flag.NoUpdate)
        model.blockSignals(blocked)
        self.updateGeometries()
        self.verticalScrollBar().setValue(scrolled)


def save_table(parent: QWidget, path: str, rows: ColumnRows, columns: Sequence[int]) -> bool:
    """Write a table as its file's ending says; a failure is told, and leaves nothing behind."""
    ending = os.path.splitext(path)[1].lower()
    make = {".json": rows.json, ".md": rows.markdown, ".tex": rows.latex, ".tsv": rows.tsv}
    text = make.get(ending, rows.csv)(None, columns)
    unfinished = f"{path}.part"
    try:
        # Names of files that are no text come out as they were.
        with open(unfinished, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            file.write(text)
        os.replace(unfinished, path)
    except OSError as error:
        if os.path.exists(unfinished):
            os.unlink(unfinished)
        reason = error.strerror or str(error)
        box = QMessageBox(
            QMessageBox.Icon.Warning,
            "Table not saved",
            f"The table could not be written ({reason}). Choose another place\n{path}",
            QMessageBox.StandardButton.Ok,
            parent,
        )
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()
        return False
    return True
