"""The table of all nodes, and the list of what a search found."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from eventglass.app.core.graphs.diff import Change, Difference
from eventglass.app.core.graphs.hierarchy import Hierarchy
from eventglass.app.core.graphs.model import Graph
from eventglass.app.models.column_rows import Cells, Column, ColumnRows, Layout, things
from eventglass.app.models.graph_rows import columns_of, node_cells
from eventglass.app.models.theme import Theme
from eventglass.app.models.words import count_text, number_text
from eventglass.widgets.controls.buttons import IconButton
from eventglass.widgets.controls.data_table import DataTable
from eventglass.widgets.plots.graph_looks import CHANGES

#: Rows that may be made while the window waits.
_AT_ONCE = 2000
#: Rows of the list of what was found.
MOST_FOUND = 2000
_FOUND_COLUMNS = (
    Column("name", "Name", "text", "Full name of the node"),
    Column("op", "Operation", "text", "What the node does"),
)

_CHANGED_COLUMNS = (_FOUND_COLUMNS[0], Column("op", "Change", "text", "What became of it"))


class NodeTable(QWidget):
    """All nodes, those the search found, sorted by any column."""

    #: Show this node in the picture.
    opened = Signal(int)
    #: A row was gone to.
    reached = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._graph: Graph | None = None
        self._made: tuple[Graph | None, dict[str, Cells]] = (None, {})
        self.rows = ColumnRows(self)
        self.table = DataTable(theme, self.rows, "Nodes", self)
        self._layout = Layout(())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table)
        self.table.layout_asked.connect(self._arrange)
        self.table.row_activated.connect(self._open)
        self.table.selectionModel().currentRowChanged.connect(self._reach)
        self.table.clicked.connect(self._clicked)

    def set_graph(self, graph: Graph | None, wanted: npt.NDArray[np.bool_] | None) -> None:
        """Show the nodes of a graph; `wanted` (n,): only these."""
        if graph is None:
            self._graph = None
            self.rows.set_content((), (), {})
            return
        columns = columns_of(graph)
        if graph is not self._graph:
            made, cells = self._made
            if made is not graph and len(graph) > _AT_ONCE:
                # They are being made.
                self._graph = None
                self.rows.set_content((), (), {})
                return
            every = np.arange(len(graph), dtype=np.int64)
            self._cells = cells if made is graph else node_cells(graph, every)
            self._graph = graph
            self._layout = Layout(tuple(column.key for column in columns[1:]))
        self.rows.set_content(columns, range(len(graph)), self._cells, wanted)
        self.table.show_layout(self._layout, columns[1:])

    def take_cells(self, graph: Graph, cells: dict[str, Cells]) -> None:
        """Keep what was made of a graph elsewhere until it is shown."""
        self._made = (graph, cells)

    def go_to(self, node: int) -> None:
        """Make a node the current row."""
        row = self.rows.row_of(node)
        if row >= 0:
            self.table.go_to(row)

    def shown_nodes(self, graph: Graph) -> npt.NDArray[np.int64] | None:
        """The nodes in the order of the rows, None while the table was not looked at."""
        if graph is not self._graph:
            return None
        rows = range(self.rows.rowCount())
        return np.array([self.rows.id_of(row) for row in rows], np.int64)

    def _arrange(self, layout: object) -> None:
        if isinstance(layout, Layout) and self._graph is not None:
            self._layout = layout
            self.table.show_layout(layout, columns_of(self._graph)[1:])

    def _open(self, row: int) -> None:
        self.opened.emit(self.rows.id_of(row))

    def _reach(self, current: QModelIndex, before: QModelIndex) -> None:
        # A table that takes the focus goes to its first row by itself.
        if current.isValid() and before.isValid() and self.table.hasFocus():
            self.reached.emit(self.rows.id_of(current.row()))

    def _clicked(self, index: QModelIndex) -> None:
        self.reached.emit(self.rows.id_of(index.row()))


class FoundList(QWidget):
    """What a search found; a row that is gone to is shown in the picture."""

    #: A node to show.
    chosen = Signal(int)
    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.rows = ColumnRows(self)
        self._hierarchy: Hierarchy | None = None
        self.words = QLabel()
        self.words.setObjectName("small")
        self.close_button = IconButton(theme, "close", "End the search (Escape)", self, size_px=14)
        self.close_button.clicked.connect(self.closed)
        self.table = DataTable(theme, self.rows, "Nodes found", self)
        self.table.set_compact()
        head = QHBoxLayout()
        head.setContentsMargins(12, 6, 6, 4)
        head.addWidget(self.words, 1)
        head.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.table, 1)
        self.setMinimumWidth(200)
        self.table.selectionModel().currentRowChanged.connect(self._go)
        self.table.clicked.connect(self._again)
        self.hide()

    def show_found(
        self,
        hierarchy: Hierarchy,
        items: npt.NDArray[np.int64],
        problem: str = "",
        difference: Difference | None = None,
    ) -> None:
        """Show items that were found, (k,), and what became of them in a comparison."""
        shown = items[:MOST_FOUND].tolist()
        total = len(hierarchy.graph)
        groups = int((items >= total).sum())
        nodes = len(items) - groups
        text = problem or f"{count_text(nodes, 'node')} of {number_text(total)}"
        if difference is not None and not len(items) and not difference.nodes.any() and not problem:
            text = "The graphs are equal"
        if groups and not problem:
            text = f"{count_text(groups, 'group')}, {text}"
        if len(items) > MOST_FOUND:
            text += f", the first {number_text(MOST_FOUND)} listed"
        self.words.setText(text)
        self.table.selectionModel().blockSignals(True)
        columns = _FOUND_COLUMNS
        words = [_what(hierarchy, item) for item in shown]
        if difference is not None:
            columns = _CHANGED_COLUMNS
            words = [
                _change(difference, item) or word for item, word in zip(shown, words, strict=True)
            ]
        if hierarchy is not self._hierarchy:
            # Items of another graph have other meanings.
            self._hierarchy = hierarchy
            self.rows.set_content((), (), {})
            self.table.selectionModel().reset()
        self.rows.set_content(
            columns,
            shown,
            {
                "name": things([hierarchy.name(item) for item in shown]),
                "op": things(words),
            },
        )
        self.table.selectionModel().blockSignals(False)
        self.table.show_layout(Layout(("op",)), columns[1:])
        self.show()

    def step(self, by: int) -> None:
        """Go to the next or the row before."""
        count = self.rows.rowCount()
        if count:
            row = self.table.currentIndex().row()
            self.table.go_to((row + by) % count if row >= 0 else (0 if by > 0 else count - 1))

    def enter(self) -> None:
        """Take the focus, at the first row."""
        self.table.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if self.table.currentIndex().row() < 0:
            self.step(1)

    def _go(self, _current: object, _before: object) -> None:
        row = self.table.currentIndex().row()
        if row >= 0:
            self.chosen.emit(self.rows.id_of(row))

    def _again(self, _index: object) -> None:
        self._go(None, None)


def _what(hierarchy: Hierarchy, item: int) -> str:
    """The operation of a node; of a group, how many nodes it holds."""
    if item < len(hierarchy.graph):
        return hierarchy.graph.op(item)
    return count_text(hierarchy.count(item), "node")


def _change(difference: Difference, item: int) -> str:
    """What became of a node; empty for groups."""
    if item >= len(difference.nodes):
        return ""
    change = Change(int(difference.nodes[item]))
    return f"{CHANGES[change][0]} {change.name.lower()}" if change in CHANGES else "same"
