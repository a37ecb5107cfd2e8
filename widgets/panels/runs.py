"""The runs panel: which runs there are, which are drawn, and in what colour."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QPointF, QRectF, Qt, QUrl
from PySide6.QtGui import (
    QActionGroup,
    QColor,
    QCursor,
    QDesktopServices,
    QFont,
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QPainter,
)
from PySide6.QtWidgets import (
    QHeaderView,
    QLineEdit,
    QMenu,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from eventglass.app.models.run_tree import DURATION, LAST_STEP, NAME, SORTS, RunTree, check_state
from eventglass.app.models.theme import Theme
from eventglass.app.models.tree_rows import Node
from eventglass.app.models.words import count_text, step_text
from eventglass.app.models.workspace import Workspace
from eventglass.widgets.controls.buttons import IconButton
from eventglass.widgets.controls.colour_swatch import ColourMenu
from eventglass.widgets.controls.filter_box import FilterBox
from eventglass.widgets.controls.icons import icon, paint_icon
from eventglass.widgets.panels.filtered import FilteredList
from eventglass.widgets.panels.panel import show_menu
from eventglass.widgets.panels.rows import BOX_PX, RowDelegate, RowsView, paint_box

if TYPE_CHECKING:
    from eventglass.app.core.store import Changes, LogStore, Run


class RunDelegate(RowDelegate):
    """A box, then the colour of a run or the picture of a folder, then the name."""

    def __init__(self, theme: Theme, rows: RunTree, workspace: Workspace, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self._rows = rows
        self._workspace = workspace

    def box_rect(self, node: Node, row: QRectF) -> QRectF:
        """Where the tick box stands."""
        left = row.left() + 30 + self.indent_px * node.depth
        return QRectF(left, row.center().y() - BOX_PX / 2, BOX_PX, BOX_PX)

    def swatch_rect(self, node: Node, row: QRectF) -> QRectF:
        """Where the colour stands."""
        return self.box_rect(node, row).translated(20, 0)

    def label_left(self, node: Node, row: QRectF) -> float:
        """Right of the swatch or the folder, and of the baseline's flag."""
        if self._is_baseline(node):
            return self._flag_rect(node, row).right() + 3
        return self.swatch_rect(node, row).right() + (6 if node.item is not None else 8)

    def label_colour(self, node: Node) -> QColor:
        """Fainter for what is not drawn."""
        return self.theme.colour("text" if node.shown else "text_muted")

    def label_font(self, node: Node) -> QFont:
        """Struck through for a run whose files are gone."""
        run = self._rows.run(node)
        if run is None or not run.deleted:
            return self.theme.font()
        font = QFont(self.theme.font())
        font.setStrikeOut(True)
        return font

    def paint_front(self, painter: QPainter, node: Node, row: QRectF) -> None:
        """Box, and swatch or folder."""
        paint_box(painter, self.theme, self.box_rect(node, row), check_state(node))
        run = self._rows.run(node)
        swatch = self.swatch_rect(node, row)
        if run is None:
            paint_icon(painter, swatch.adjusted(-1, -1, 2, 1), "folder", self._muted(), 15)
            return
        colour = self._workspace.colour(run)
        own_shown = node.shown if not node.children else self._workspace.is_shown(run)
        if not own_shown:
            colour.setAlphaF(0.3)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(swatch, 3, 3)
        if self._is_baseline(node):
            colour = self.theme.colour("accent")
            paint_icon(painter, self._flag_rect(node, row), "baseline-mark", colour, 14)

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

    def updateEditorGeometry(
        self,
        editor: QWidget,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Over the label."""
        node = self._rows.node(index.row())
        rect = QRectF(option.rect)
        if node is not None:
            rect.setLeft(self.label_left(node, rect) - 7)
        editor.setGeometry(rect.toRect())

    def _muted(self) -> QColor:
        return self.theme.colour("text_muted")

    def _is_baseline(self, node: Node) -> bool:
        run = self._rows.run(node)
        return run is not None and run.key == self._workspace.state.baseline

    def _flag_rect(self, node: Node, row: QRectF) -> QRectF:
        left = self.swatch_rect(node, row).right() + 4
        return QRectF(left, row.top(), 14, row.height())


class RunsView(RowsView):
    """The tree of runs."""

    def __init__(self, theme: Theme, rows: RunTree, workspace: Workspace) -> None:
        super().__init__(theme, rows, "Runs")
        self._runs = rows
        self._workspace = workspace
        #: What was hidden and what isolated before the last press on a box.
        self._before = (workspace.state.hidden_runs, workspace.isolated_runs)
        self._delegate = RunDelegate(theme, rows, workspace, self)
        self.setItemDelegate(self._delegate)
        header = self.horizontalHeader()
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        for column, width in ((LAST_STEP, 84), (DURATION, 92)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
            self.setColumnWidth(column, width)
        self.setColumnHidden(DURATION, True)

    def press_front(self, node: Node, row: int, position: QPointF, *, again: bool) -> bool:
        """Tick the box, isolate on its double click, choose a colour at the swatch."""
        rect = QRectF(self.visualRect(self.rows.index(row, NAME)))
        if self._delegate.box_rect(node, rect).adjusted(-5, -7, 5, 7).contains(position):
            if again:
                self._isolate(node)
            else:
                self._before = (self._workspace.state.hidden_runs, self._workspace.isolated_runs)
                self.toggle(node)
            return True
        run = self._runs.run(node)
        if run is None or again:
            return False
        if self._delegate.swatch_rect(node, rect).adjusted(-3, -5, 3, 5).contains(position):
            self.choose_colour(run)
            return True
        return False

    def _isolate(self, node: Node) -> None:
        """Isolate by a double click, whose first click ticked or released: take that back."""
        hidden, isolated = self._before
        if self._workspace.state.hidden_runs != hidden:
            self._workspace.undo_stack.undo()
        keys = frozenset(self._runs.keys_below(node))
        if keys != isolated:
            self._workspace.isolate(keys)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space ticks the selected rows, F2 renames."""
        if event.key() == Qt.Key.Key_Space:
            nodes = self.selected_nodes()
            if nodes:
                self.show_nodes(nodes, any(node.shown < node.size for node in nodes))
            return
        super().keyPressEvent(event)

    def toggle(self, node: Node) -> None:
        """Show all below a node, or hide all when all are shown."""
        if self._workspace.isolated_runs:
            # Ticking while runs are isolated means: back to choosing.
            self._workspace.isolate(())
            return
        self.show_nodes([node], node.shown < node.size)

    def show_nodes(self, nodes: list[Node], shown: bool) -> None:
        """Show or hide all below some nodes."""
        keys = [key for node in nodes for key in self._runs.keys_below(node)]
        self._workspace.set_shown(keys, shown)

    def choose_colour(self, run: Run) -> None:
        """Let the user choose the colour of a run."""
        title = f"Colour of {self._workspace.alias(run)}"
        colour = self._workspace.colour_text(run)
        choose = partial(self._workspace.set_colour, run.key)
        menu = ColourMenu(self.theme, title, colour, choose, self)
        menu.popup(QCursor.pos())


class RunsPanel(QWidget):
    """Filter box and tree of runs; the buttons of its title bar are in `buttons`."""

    def __init__(
        self, store: LogStore, workspace: Workspace, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._workspace = workspace
        self._theme = theme
        self.rows = RunTree(store, workspace, self)
        self.filter_box = FilterBox(theme, "Filter runs")
        self.view = RunsView(theme, self.rows, workspace)
        self._list = FilteredList(theme, self.filter_box, self.view, "No run fits the filter")
        #: A run to go to as soon as the list has it, -1 for none.
        self._wanted_run = -1
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._list)
        palette = IconButton(theme, "palette", "Colours of runs", self)
        palette.setMenu(self._colour_menu())
        sort = IconButton(theme, "sort", "Sort runs", self)
        sort.setMenu(self._sort_menu())
        more = IconButton(theme, "more", "More for runs", self)
        more.setMenu(self._more_menu())
        self.buttons = (palette, sort, more)

        self.filter_box.edited.connect(self._edit_filter)
        self.view.node_hovered.connect(self._hover)
        self.view.node_activated.connect(self._activate)
        self.view.selectionModel().currentChanged.connect(self._select)
        self.view.customContextMenuRequested.connect(self._open_menu)
        self.rows.counted.connect(self._count)
        workspace.changed.connect(self._workspace_changed)
        workspace.hovered_run_changed.connect(self._light)
        workspace.selected_run_changed.connect(self._show_selected)
        self.rows.rebuild()

    def take_changes(self, changes: Changes) -> None:
        """Follow the store."""
        self.rows.take_changes(changes)
        if changes.grown:
            self._fit_steps()

    def show_run(self, run_id: int) -> None:
        """Select a run and bring it into sight, now or when it comes into the list."""
        self._wanted_run = run_id
        self._go_to_wanted()

    def _go_to_wanted(self) -> None:
        row = self.rows.open_to(self._wanted_run) if self._wanted_run >= 0 else -1
        if row >= 0:
            self._wanted_run = -1
            place = self.rows.index(row, NAME)
            self.view.setCurrentIndex(place)
            self.view.scrollTo(place, RunsView.ScrollHint.PositionAtCenter)

    def _fit_steps(self) -> None:
        # The column is as wide as the longest step in it: names want the room.
        steps = [run.last_step for run in self._store.runs if run.last_step is not None]
        texts = {step_text(step) for step in (max(steps, default=0), min(steps, default=0))}
        metrics = QFontMetrics(self._theme.font(tabular=True))
        width = max(metrics.horizontalAdvance(text) for text in texts) + 20
        if width != self.view.columnWidth(LAST_STEP):
            self.view.setColumnWidth(LAST_STEP, width)

    def _edit_filter(self, text: str) -> None:
        self._workspace.edit("Filter runs", run_filter=text)

    def _workspace_changed(self, names: frozenset[str]) -> None:
        if "run_filter" in names:
            self.filter_box.set_text(self._workspace.state.run_filter)
        if "baseline" in names:
            self.view.viewport().update()

    def _count(self, wanted: int, total: int) -> None:
        filtered = bool(self._workspace.state.run_filter)
        note = f"{wanted:,} of {total:,}" if filtered else count_text(total, "run")
        self.filter_box.set_note(note if total else "")
        self._fit_steps()
        self._list.show_count(wanted, total, filtered=filtered)
        self._go_to_wanted()

    def _hover(self, node: object) -> None:
        run = self.rows.run(node) if isinstance(node, Node) else None
        self._workspace.hover(-1 if run is None else run.id)

    def _light(self, run_id: int) -> None:
        self.view.light(self.rows.row_of_run(run_id) if run_id >= 0 else -1)

    def _select(self, current: QModelIndex, previous: QModelIndex) -> None:
        node = self.view.node_at(current)
        run = None if node is None else self.rows.run(node)
        if run is not None:
            self._workspace.select(run.id)

    def _show_selected(self, run_id: int) -> None:
        row = self.rows.row_of_run(run_id) if run_id >= 0 else -1
        if row >= 0 and self.view.currentIndex().row() != row:
            self.view.setCurrentIndex(self.rows.index(row, NAME))

    def _activate(self, node: object) -> None:
        if isinstance(node, Node):
            self._workspace.isolate(self.rows.keys_below(node))

    # -- menus

    def _colour_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.addAction("Colour of the selected run…").triggered.connect(self._recolour_selected)
        menu.addAction("Reset all colours").triggered.connect(self._reset_colours)
        return menu

    def _sort_menu(self) -> QMenu:
        menu = QMenu(self)
        group = QActionGroup(menu)
        for name in SORTS:
            action = menu.addAction(f"By {name}")
            action.setCheckable(True)
            action.setData(name)
            action.setActionGroup(group)
        menu.addSeparator()
        self._descending = menu.addAction("Descending")
        self._descending.setCheckable(True)
        self._descending.toggled.connect(self._set_descending)
        self._sort_actions = group.actions()
        group.triggered.connect(self._set_sort)
        menu.aboutToShow.connect(self._tick_sort)
        return menu

    def _more_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.addAction("Show all runs").triggered.connect(self.show_all)
        menu.addAction("Hide all runs").triggered.connect(self.hide_all)
        menu.addAction("Show the others instead").triggered.connect(self.invert)
        menu.addAction("Stop isolating").triggered.connect(self._release)
        menu.addSeparator()
        for column, title in ((LAST_STEP, "Last step"), (DURATION, "Duration")):
            action = menu.addAction(f"Column: {title.lower()}")
            action.setCheckable(True)
            action.setChecked(not self.view.isColumnHidden(column))
            action.toggled.connect(partial(self._show_column, column))
        menu.addSeparator()
        menu.addAction("Copy all names").triggered.connect(self._copy_names)
        return menu

    def _open_menu(self, position: QPoint) -> None:
        nodes = self.view.selected_nodes()
        under = self.view.node_at(self.view.indexAt(position))
        if under is None:
            show_menu(self._more_menu(), self.view.viewport(), position)
            return
        if under not in nodes:
            nodes = [under]
        runs = [run for run in map(self.rows.run, nodes) if run is not None]
        keys = [key for node in nodes for key in self.rows.keys_below(node)]
        menu = QMenu(self)
        if runs:
            names = "\n".join(self._workspace.alias(run) for run in runs)
            paths = "\n".join(run.directory for run in runs)
            menu.addAction("Copy name").triggered.connect(partial(_copy, names))
            menu.addAction("Copy path").triggered.connect(partial(_copy, paths))
        else:
            menu.addAction("Copy name").triggered.connect(partial(_copy, under.label))
        menu.addSeparator()
        only = "Only this run" if len(keys) == 1 else "Only these runs"
        menu.addAction(icon(self._theme, "target"), only).triggered.connect(
            partial(self._workspace.isolate, keys)
        )
        shown = partial(self._workspace.set_shown, keys, True)
        hidden = partial(self._workspace.set_shown, keys, False)
        menu.addAction(icon(self._theme, "show"), "Show").triggered.connect(shown)
        menu.addAction(icon(self._theme, "hide"), "Hide").triggered.connect(hidden)
        if len(runs) == 1:
            run = runs[0]
            menu.addSeparator()
            menu.addAction("Rename…").triggered.connect(partial(self._rename, run.id))
            menu.addAction(icon(self._theme, "palette"), "Colour…").triggered.connect(
                partial(self.view.choose_colour, run)
            )
            menu.addAction("Reset colour").triggered.connect(
                partial(self._workspace.set_colour, run.key, None)
            )
            menu.addSeparator()
            self._add_line_entries(menu, run.id)
            menu.addSeparator()
            menu.addAction(icon(self._theme, "folder-open"), "Open the folder").triggered.connect(
                partial(_open_folder, run.directory)
            )
        show_menu(menu, self.view.viewport(), position)

    def _add_line_entries(self, menu: QMenu, run_id: int) -> None:
        from eventglass.widgets.views.controls_runs import PlainRunContext, add_line_entries

        add_line_entries(menu, PlainRunContext(self._workspace, self._theme), run_id)

    def _set_sort(self, action: object) -> None:
        self._workspace.edit("Sort runs", run_sort=action.data())  # type: ignore[attr-defined]

    def _set_descending(self, on: bool) -> None:
        self._workspace.edit("Sort runs", run_sort_descending=on)

    def _tick_sort(self) -> None:
        state = self._workspace.state
        for action in self._sort_actions:
            action.setChecked(action.data() == state.run_sort)
        self._descending.setChecked(state.run_sort_descending)

    def _show_column(self, column: int, on: bool) -> None:
        self.view.setColumnHidden(column, not on)

    def _keys(self) -> list[str]:
        matches = self._workspace.run_matches(self._workspace.state.run_filter)
        return [
            run.key
            for run, fits in zip(self._store.runs, matches, strict=False)
            if fits and self._workspace.is_open(run)
        ]

    def show_all(self) -> None:
        """Show every run that passes the filter."""
        self._workspace.set_shown(self._keys(), True)

    def hide_all(self) -> None:
        """Hide every run that passes the filter."""
        self._workspace.set_shown(self._keys(), False)

    def invert(self) -> None:
        """Show those that are hidden and hide those that are shown."""
        hidden = self._workspace.state.hidden_runs
        self._workspace.edit("Show the others", hidden_runs=hidden ^ frozenset(self._keys()))

    def _release(self) -> None:
        self._workspace.isolate(self._workspace.isolated_runs)

    def _recolour_selected(self) -> None:
        run_id = self._workspace.selected_run
        if run_id >= 0:
            self.view.choose_colour(self._store.runs[run_id])

    def _reset_colours(self) -> None:
        self._workspace.edit("Reset colours", run_colours={})

    def _rename(self, run_id: int) -> None:
        row = self.rows.row_of_run(run_id)
        if row >= 0:
            self.view.edit(self.rows.index(row, NAME))

    def _copy_names(self) -> None:
        _copy("\n".join(run.name for run in self._store.runs if self._workspace.is_open(run)))


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)


def _open_folder(path: str) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(path))
