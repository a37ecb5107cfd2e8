"""The run table: all runs as rows, with what their tags came to and how they were set up."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import ClassVar

from PySide6.QtCore import (
    QModelIndex,
    QPoint,
    Qt,
    QTimer,
)
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from eventglass.app.core.names import Kind
from eventglass.app.core.store import Changes
from eventglass.app.models.column_rows import Column, Layout
from eventglass.app.models.commands import Command
from eventglass.app.models.run_rows import (
    DIFFERING,
    RunRows,
    with_direction,
)
from eventglass.app.models.run_summaries import RunSummaries
from eventglass.app.models.words import count_text
from eventglass.app.models.workspace import VISIBLE_RUNS
from eventglass.widgets.controls.buttons import IconButton, PillButton, Toggle
from eventglass.widgets.controls.data_table import save_table
from eventglass.widgets.controls.empty import EmptyPage
from eventglass.widgets.controls.filter_box import FilterBox
from eventglass.widgets.panels.panel import show_menu
from eventglass.widgets.view import Reason, View, ViewContext
from eventglass.widgets.views.run_columns import ColumnChooser, choices, same_column
from eventglass.widgets.views.run_grid import RunTable

#: While data pour in the table is made anew at most this often, in milliseconds.
THROTTLE_MS = 300
#: And takes at most one part in this many of the time.
THROTTLE_FACTOR = 8
#: Fields of the workspace that change what stands in the table.
_CONTENT = frozenset(
    {VISIBLE_RUNS, "run_filter", "run_aliases", "run_columns", "grouping", "restarts"}
)


class RunTableView(View):
    """A sortable, filterable table of all runs."""

    view_id: ClassVar[str] = "runs"
    title: ClassVar[str] = "Runs"
    icon: ClassVar[str] = "table"
    order: ClassVar[int] = 15
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.SCALAR})

    def __init__(self, context: ViewContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        workspace = context.workspace
        self._summaries = RunSummaries(context.store, workspace, context.tasks, self)
        self._hparams = context.lines.hparams
        self.rows = RunRows(context.store, workspace, self._summaries, self._hparams, self)
        self.table = RunTable(context.theme, self.rows, workspace, self)
        self._chooser: ColumnChooser | None = None
        self._cost_s = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._turn)
        self._nothing = EmptyPage(context.theme, "table", "No runs", "")
        self._sheets = QStackedWidget()
        self._sheets.addWidget(self.table)
        self._sheets.addWidget(self._nothing)
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._make_bar())
        column.addWidget(self._sheets, 1)
        self._listen()

    def _listen(self) -> None:
        workspace, table = self.context.workspace, self.table
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        table.customContextMenuRequested.connect(self._open_menu)
        table.layout_asked.connect(self._keep_layout)
        table.row_hovered.connect(self._row_hovered)
        table.row_activated.connect(self._isolate)
        table.ticked.connect(self.tick_selected)
        table.selectionModel().currentChanged.connect(self._row_chosen)
        table.head.menu_asked.disconnect()
        table.head.menu_asked.connect(self._open_head_menu)
        workspace.changed.connect(self._workspace_changed)
        workspace.hovered_run_changed.connect(self._run_hovered)
        workspace.selected_run_changed.connect(self._run_selected)
        self._summaries.ready.connect(self._summaries_ready)
        self._hparams.ready.connect(self._hparams_ready)

    # -- the view's contract

    def refresh(self, reason: Reason, changes: Changes | None) -> None:
        """Take in what is new."""
        if reason is Reason.THEME:
            return
        self.rows.take_changes(changes)
        # Shown again: whatever came meanwhile is to be summed up.
        news = changes if changes is not None else Changes(grown=frozenset((0,)), roots=True)
        self._summaries.take_changes(news)
        self._hparams.take_changes(news)
        if changes is None:
            self._renew()
        else:
            self._soon()

    def state(self) -> dict[str, object]:
        """The filter."""
        return {"filter": self.filter_box.text()}

    def restore(self, state: Mapping[str, object]) -> None:
        """Filter as before."""
        text = state.get("filter")
        if isinstance(text, str):
            self.filter_box.set_text(text)
            self._edit_filter(text)

    def step_back(self) -> bool:
        """Empty the filter of the table."""
        if not self.filter_box.text():
            return False
        self.filter_box.set_text("")
        self._edit_filter("")
        return True

    def commands(self) -> tuple[Command, ...]:
        """What can be done with the table."""
        table = self.table

        def has_rows() -> bool:
            return self.rows.rowCount() > 0

        def copy_as(how: str) -> None:
            table.copy_as(how)

        return (
            Command("runs.columns", "Choose columns…", self.choose_columns, icon="columns"),
            Command(
                "runs.differing",
                "Only columns that differ",
                self._toggle_differing,
                checked=self._is_differing,
            ),
            Command("runs.copy", "Copy the run table", table.copy, icon="copy", enabled=has_rows),
            Command(
                "runs.copy_markdown",
                "Copy the run table as Markdown",
                partial(copy_as, "markdown"),
                enabled=has_rows,
            ),
            Command(
                "runs.copy_latex",
                "Copy the run table as LaTeX",
                partial(copy_as, "latex"),
                enabled=has_rows,
            ),
            Command(
                "runs.save", "Save the run table…", self._ask_where, icon="export", enabled=has_rows
            ),
        )

    # -- content

    def _summaries_ready(self, tags: frozenset[str]) -> None:
        self.rows.take_summaries(tags)
        self._soon()

    def _hparams_ready(self) -> None:
        self.rows.take_hparams()
        self._soon()

    def _soon(self) -> None:
        if self.isVisible() and not self._timer.isActive():
            self._timer.start(max(THROTTLE_MS, round(1000 * THROTTLE_FACTOR * self._cost_s)))
        elif not self.isVisible():
            self._dirty = True

    def _turn(self) -> None:
        # New rows would take away the line a name is typed into.
        if self.table.is_editing():
            self._timer.start(THROTTLE_MS)
        else:
            self._renew()

    def _renew(self) -> None:
        """Show what there is now."""
        began = time.perf_counter()
        self._timer.stop()
        context, rows = self.context, self.rows
        if context.workspace.state.grouping.by != "none":
            rows.set_groups(context.lines.groups())
        else:
            rows.set_groups(())
        self._summaries.request(rows.tags_wanted())
        rows.refresh()
        layout = rows.layout_now()
        self.table.head.strong = rows.differing
        self.table.head.viewport().update()
        self.table.show_layout(layout, ())
        self.differing.setChecked(DIFFERING in layout.switches)
        self._show_count()
        if self._chooser is not None:
            self._chooser.rows.pick(layout.keys)
        self._run_hovered(context.workspace.hovered_run)
        self._cost_s = time.perf_counter() - began

    def _show_count(self) -> None:
        rows = self.rows
        shown, total = rows.rowCount(), rows.total
        if rows.unknown:
            self.filter_box.set_note(f"no column “{rows.unknown}”")
        elif self.filter_box.text():
            self.filter_box.set_note(f"{shown:,} of {total:,}")
        else:
            self.filter_box.set_note(count_text(total, "run") if total else "")
        if shown:
            self._sheets.setCurrentWidget(self.table)
            return
        if total:
            texts = ("No run fits the filter", "Change or clear it")
        elif self.context.workspace.state.run_filter:
            texts = ("No run fits the filter of the list at the left", "Change or clear it")
        else:
            texts = ("No runs yet", "They appear here as their files are read")
        self._nothing.set_texts(*texts)
        self._sheets.setCurrentWidget(self._nothing)

    # -- the bar

    def _make_bar(self) -> QWidget:
        theme = self.context.theme
        bar = QWidget()
        bar.setObjectName("panel")
        bar.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(bar)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(10)
        self.filter_box = FilterBox(theme, "Filter: words, loss < 0.3")
        self.filter_box.setAccessibleName("Filter the run table")
        self.filter_box.setMaximumWidth(420)
        self.filter_box.edited.connect(self._edit_filter)
        self.filter_box.confirmed.connect(self.table.setFocus)
        self.filter_box.left_downwards.connect(self.table.setFocus)
        self.differing = Toggle(theme, "Only columns that differ")
        self.differing.clicked.connect(self._toggle_differing)
        label = QLabel("Only what differs")
        label.setToolTip("Leave out columns whose values are the same in all runs that are shown")
        label.setBuddy(self.differing)
        self.columns_button = PillButton(theme, "Columns", "columns", chevron=True)
        self.columns_button.clicked.connect(self.choose_columns)
        more = IconButton(theme, "more", "Copy and save", bar)
        menu = QMenu(more)
        self._fill_copy_menu(menu)
        more.setMenu(menu)
        row.addWidget(self.filter_box, 1)
        row.addStretch(0)
        row.addWidget(label)
        row.addWidget(self.differing)
        row.addWidget(self.columns_button)
        row.addWidget(more)
        return bar

    def choose_columns(self) -> None:
        """Open the list of columns."""
        store = self.context.store
        tags = [tag for tag, kind in store.tags() if kind is Kind.SCALAR]
        found = choices(tags, self._hparams.names())
        self._chooser = ColumnChooser(
            self.context.theme, found, self._choose_column, self._reset_columns, self
        )
        self._chooser.destroyed.connect(self._chooser_gone)
        self._chooser.open_below(self.columns_button, self.rows.layout_now().keys)

    def _chooser_gone(self) -> None:
        self._chooser = None

    def _choose_column(self, key: str, on: bool) -> None:
        layout = self.rows.layout_now()
        for each in layout.keys:
            if same_column(each) == same_column(key):
                layout = layout.with_column(each, False)
        self._keep_layout(layout.with_column(key, True) if on else layout)

    def _reset_columns(self) -> None:
        self.context.workspace.edit("Change columns", run_columns=())

    def _keep_layout(self, layout: Layout) -> None:
        if not layout.keys:
            return
        self.context.workspace.edit("Change columns", run_columns=layout.texts())

    def _is_differing(self) -> bool:
        return DIFFERING in self.rows.layout_now().switches

    def _toggle_differing(self) -> None:
        layout = self.rows.layout_now()
        self._keep_layout(layout.with_switch(DIFFERING, not self._is_differing()))

    def _edit_filter(self, text: str) -> None:
        self.rows.set_filter(text)
        self._renew()

    # -- menus

    def _fill_copy_menu(self, menu: QMenu) -> None:
        menu.addAction("Copy").triggered.connect(self.table.copy)
        menu.addAction("Copy as Markdown").triggered.connect(
            partial(self.table.copy_as, "markdown")
        )
        menu.addAction("Copy as LaTeX").triggered.connect(partial(self.table.copy_as, "latex"))
        menu.addSeparator()
        menu.addAction("Save as…").triggered.connect(self._ask_where)

    def _ask_where(self) -> None:
        kinds = "Comma-separated values (*.csv);;JSON (*.json);;Markdown (*.md);;LaTeX (*.tex)"
        path, _kind = QFileDialog.getSaveFileName(self, "Save the run table", "runs.csv", kinds)
        if path:
            save_table(self, path, self.rows, self.table.visual_columns())

    def _open_head_menu(self, position: QPoint, section: int) -> None:
        menu = QMenu(self)
        columns = self.rows.columns
        if 0 < section < len(columns) and columns[section].key.partition(":")[0] not in (
            "hparam",
            columns[section].key,
        ):
            self._add_directions(menu, columns[section])
        self.table.fill_head_menu(menu, section)
        menu.addAction("Choose columns…").triggered.connect(self.choose_columns)
        show_menu(menu, self.table.head, position)

    def _add_directions(self, menu: QMenu, column: Column) -> None:
        if column.key.startswith(("best", "at")):
            return
        layout = self.rows.layout_now()
        for text, side in (
            ("Lower is better", "min"),
            ("Higher is better", "max"),
            ("Neither is better", ""),
        ):
            key = with_direction(column.key, side)
            keys = tuple(key if each == column.key else each for each in layout.keys)
            sort = key if layout.sort == column.key else layout.sort
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(column.best == side)
            asked = replace(layout, keys=tuple(dict.fromkeys(keys)), sort=sort)
            action.triggered.connect(partial(self._keep_layout, asked))
        menu.addSeparator()

    def _open_menu(self, position: QPoint) -> None:
        workspace, table = self.context.workspace, self.table
        index = table.indexAt(position)
        picked = table.selected_rows()
        if index.isValid() and index.row() not in picked:
            picked = [index.row()]
        menu = QMenu(self)
        self._fill_copy_menu(menu)
        menu.addSeparator()
        self.table.add_sort_menu(menu)
        menu.addAction("Choose columns…").triggered.connect(self.choose_columns)
        keys = self.rows.keys_of(picked)
        if index.isValid() and len(keys) > 1:
            menu.addSeparator()
            menu.addAction("Only these runs").triggered.connect(partial(workspace.isolate, keys))
            menu.addAction("Show").triggered.connect(partial(workspace.set_shown, keys, True))
            menu.addAction("Hide").triggered.connect(partial(workspace.set_shown, keys, False))
        if len(picked) == 1 and keys:
            from eventglass.widgets.views.controls_runs import run_menu

            menu.addSeparator()
            run = self.rows.run(picked[0])
            if run is not None:
                run_menu(menu, self.context, run.id)
            menu.addSeparator()
            menu.addAction("Rename…").triggered.connect(
                partial(table.edit, self.rows.index(picked[0], 0))
            )
            menu.addAction("Colour…").triggered.connect(partial(table.choose_colour, picked[0]))
        show_menu(menu, table.viewport(), position)

    # -- following

    def tick_selected(self) -> None:
        """Show the selected runs, or hide them when all are shown."""
        rows = self.table.selected_rows()
        if rows:
            shown = all(self.rows.is_shown(row) for row in rows)
            self.context.workspace.set_shown(self.rows.keys_of(rows), not shown)

    def _workspace_changed(self, names: frozenset[str]) -> None:
        if not self.isVisible():
            self._dirty = self._dirty or bool(names & _CONTENT)
        elif names & _CONTENT:
            self._turn()
        elif names & {"run_colours", "baseline"}:
            self.table.viewport().update()

    def _row_hovered(self, row: int) -> None:
        self.context.workspace.hover(self.rows.id_of(row))

    def _run_hovered(self, run_id: int) -> None:
        row = self.rows.row_of(run_id) if run_id >= 0 else -1
        self.table.light([row] if row >= 0 else ())

    def _row_chosen(self, current: QModelIndex, _before: QModelIndex) -> None:
        if current.isValid() and self.table.hasFocus():
            self.context.workspace.select(self.rows.id_of(current.row()))

    def _run_selected(self, run_id: int) -> None:
        row = self.rows.row_of(run_id) if run_id >= 0 else -1
        if row >= 0:
            self.table.go_to(row)

    def _isolate(self, row: int) -> None:
        picked = self.table.selected_rows()
        rows = picked if row in picked else [row]
        self.context.workspace.isolate(self.rows.keys_of(rows))
