"""The value table: the lines of a card as rows, at the cursor or over the selected range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QModelIndex, QPoint, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QPainter, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from eventglass.app.core.compute.statistics import RangeStatistics
from eventglass.app.models.cards import Card, XRange
from eventglass.app.models.column_rows import Cells, Column, Layout
from eventglass.app.models.theme import Theme
from eventglass.app.models.value_rows import (
    AT_CURSOR,
    CURSOR_CHOICE,
    DELTAS,
    OF_SMOOTHED,
    OVER_RANGE,
    RANGE_CHOICE,
    RUN,
    TAG,
    Line,
    Place,
    Sorted,
    ValueRows,
    cursor_cells,
    range_cells,
    statistics_of,
)
from eventglass.app.models.words import (
    count_text,
    duration_text,
    step_text,
    wall_time_text,
)
from eventglass.app.models.workspace import VISIBLE_RUNS, Workspace, matcher
from eventglass.widgets.controls.buttons import IconButton, Segmented
from eventglass.widgets.controls.data_table import DataTable, save_table
from eventglass.widgets.controls.empty import EmptyPage
from eventglass.widgets.controls.filter_box import FilterBox
from eventglass.widgets.controls.icons import paint_icon
from eventglass.widgets.controls.table_cells import CellDelegate, paint_dot
from eventglass.widgets.panels.panel import show_menu

if TYPE_CHECKING:
    from eventglass.app.core.store import Changes, LogStore
    from eventglass.app.models.tasks import TaskControl
    from eventglass.widgets.plots.line_book import LineBook

#: The table follows the cursor and growing data at most this often, in milliseconds.
THROTTLE_MS = 40
#: Statistics of up to so many points are made at once, within a frame.
AT_ONCE = 200_000
#: From so many rows on there is a filter.
FILTER_FROM = 20

#: Fields of the workspace that change what the lines are.
_LINES = frozenset(
    {
        VISIBLE_RUNS,
        "run_colours",
        "run_aliases",
        "run_styles",
        "grouping",
        "baseline",
        "composed",
        "derived",
        "smoothing",
        "smoothing_method",
        "restarts",
        "series_restarts",
        "x_axis",
        "x_tag",
    }
)
#: Fields that change what is read off them.
_READING = frozenset({"step", "selection", "value_columns", "range_columns"})


class _LineDelegate(CellDelegate):
    """A dot in the line's colour before its name."""

    def front_width(self, row: int, column: Column) -> float:
        """Room for the dot, and for the baseline's flag."""
        if column.key != "run":
            return 0.0
        line = self.rows.line(row) if isinstance(self.rows, ValueRows) else None
        return 29.0 if line is not None and line.is_baseline else 14.0

    def paint_front(self, painter: QPainter, row: int, column: Column, cell: QRectF) -> None:
        """Paint the dot, and the flag."""
        line = self.rows.line(row) if isinstance(self.rows, ValueRows) else None
        if line is None:
            return
        paint_dot(painter, cell, line.colour)
        if line.is_baseline:
            flag = QRectF(cell.left() + 12, cell.top(), 14, cell.height())
            paint_icon(painter, flag, "baseline-mark", self.theme.colour("accent"), 13)

    def short_text(self, row: int, column: Column) -> str:
        """The name without the folder all are in."""
        if isinstance(self.rows, ValueRows) and column.key in ("run", "tag"):
            return self.rows.short_name(row, column.key)
        return super().short_text(row, column)

    def token(self, row: int, column: Column) -> str:
        """Fainter while better numbers are on their way, and for times."""
        if (
            isinstance(self.rows, ValueRows)
            and self.rows.is_dim
            and column.key not in ("run", "tag")
        ):
            return "text_muted"
        return "text_muted" if column.form in ("moment", "seconds") else "text"


class ValueTable(QWidget):
    """One row per line of a card; ``compact`` is the form of the inspector, without a bar."""

    #: The title or the number of rows changed.
    renewed = Signal()

    def __init__(
        self,
        store: LogStore,
        workspace: Workspace,
        theme: Theme,
        lines: LineBook,
        parent: QWidget | None = None,
        *,
        compact: bool = False,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._workspace = workspace
        self._theme = theme
        self._lines = lines
        self._compact = compact
        self._card: Card | None = None
        self._x: float | None = None
        self._curves: Sequence[Line] = ()
        self._lines_stale = True
        self._sorted: Sorted = {}
        #: Statistics and what they belong to.
        self._found: tuple[Sequence[Line], XRange, bool, list[RangeStatistics]] | None = None
        self._filter = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(THROTTLE_MS)
        self._timer.timeout.connect(self.renew)
        self.rows = ValueRows(self)
        self.view = DataTable(theme, self.rows, "Values", self, _LineDelegate)
        self._empty = EmptyPage(theme, "table", "No values here", "")
        self._pages = QStackedWidget()
        self._pages.addWidget(self.view)
        self._pages.addWidget(self._empty)
        if compact:
            self.view.set_compact()
        else:
            self.setObjectName("panel")
            self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
            self.view.set_outer_pads(16.0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._bar = self._make_bar()
        self._bar.setVisible(not compact)
        column.addWidget(self._bar)
        column.addWidget(self._pages, 1)
        self.setAccessibleName("Value table")
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._open_menu)
        self.view.row_hovered.connect(self._row_hovered)
        self.view.row_activated.connect(self._isolate)
        self.view.layout_asked.connect(self._keep_layout)
        self.view.selectionModel().currentChanged.connect(self._row_chosen)
        workspace.changed.connect(self._workspace_changed)
        workspace.hovered_run_changed.connect(self._run_hovered)
        workspace.selected_run_changed.connect(self._run_selected)
        lines.ready.connect(self._lines_ready)

    # -- what it shows

    @property
    def card(self) -> Card | None:
        """The card whose lines are the rows."""
        return self._card

    def set_card(self, card: Card | None) -> None:
        """Show the lines of another card; None for nothing."""
        if card == self._card:
            return
        self._let_go()
        self._card = card
        self._x = None
        self._found = None
        self._lines_stale = True
        self.renew()

    def set_x(self, x: float | None) -> None:
        """Read at a place of the horizontal axis, as the pointer goes; None: at the step."""
        if x != self._x:
            self._x = x
            if not self._is_range():
                self._soon()

    def take_changes(self, changes: Changes) -> None:
        """Follow the store."""
        if changes.grown or changes.series or changes.roots:
            self._lines_stale = True
            self._soon()

    def title(self) -> str:
        """Where the values are read, as a title: ``At step 12,400``."""
        state = self._workspace.state
        selected = state.selection
        if selected is not None:
            return f"Range {_place_text(selected.axis, selected.low)} – " + _place_text(
                selected.axis, selected.high
            )
        if self._x is not None:
            kind = state.x_axis
            where = "At step" if kind == "step" else "At"
            return f"{where} {_place_text(kind, self._x)}"
        return "At the last step" if state.step is None else f"At step {step_text(state.step)}"

    def tag_text(self) -> str:
        """What the card shows: its tag, or its title."""
        if self._card is None:
            return ""
        tags = dict.fromkeys(line.tag for line in self._curves)
        return next(iter(tags)) if len(tags) == 1 else self._card.title

    def layout_now(self) -> Layout:
        """Which columns there are, in which order."""
        state = self._workspace.state
        if self._compact:
            return Layout(self._compact_keys())
        if self._is_range():
            return Layout.of(state.range_columns, RANGE_CHOICE)
        deltas = DELTAS if state.baseline else ()
        return Layout.of(state.value_columns, (*CURSOR_CHOICE, *deltas))

    def renew(self) -> None:
        """Read the values again now; while hidden, when it is shown."""
        self._timer.stop()
        if not self.isVisible():
            self._lines_stale = True
            return
        if self._lines_stale:
            self._lines_stale = False
            curves = self._lines.curves(self._card) if self._card is not None else []
            # Charts draw the baseline last, over the others; here it leads them.
            self._curves = tuple(sorted(curves, key=lambda line: not line.is_baseline))
            self.rows.set_lines(self._curves)
            self._sorted = {}
        if self._is_range():
            self._read_range()
        else:
            self._cancel()
            place = Place(self._workspace.state.step)
            axis = self._workspace.state.x_axis
            if self._x is not None:
                place = Place(x=self._x, kind=axis, known=self._sorted)
            self._show("cursor", cursor_cells(self._curves, place, axis), dim=False)

    def sizeHint(self) -> QSize:
        """Room for eight rows."""
        return QSize(600, 36 + 26 + 8 * 24)

    # -- reading

    def _is_range(self) -> bool:
        return self._workspace.state.selection is not None

    def _read_range(self) -> None:
        selected = self._workspace.state.selection
        if selected is None:
            return
        smoothed = self._is_of_smoothed()
        lines = self._curves
        points = sum(len(line.values) for line in lines)
        if points <= AT_ONCE:
            self._cancel()
            self._take_statistics(
                lines, selected, smoothed, statistics_of(lines, selected, smoothed)
            )
            return
        self._show_found(dim=True)

        def work(control: TaskControl) -> list[RangeStatistics]:
            return statistics_of(lines, selected, smoothed, lambda: control.cancelled)

        self._lines.tasks.submit(
            (id(self), "statistics"),
            work,
            partial(self._take_statistics, lines, selected, smoothed),
        )

    def _take_statistics(
        self,
        lines: Sequence[Line],
        selected: XRange,
        smoothed: bool,
        found: list[RangeStatistics],
    ) -> None:
        self._found = (lines, selected, smoothed, found)
        if self._is_range():
            self._show_found(dim=False)

    def _show_found(self, *, dim: bool) -> None:
        """Show the numbers there are; those of before, fainter, while others are made."""
        lines = self._curves
        found = [RangeStatistics()] * len(lines)
        if self._found is not None:
            by_id = dict(
                zip((line.series_id for line in self._found[0]), self._found[3], strict=False)
            )
            found = [by_id.get(line.series_id, RangeStatistics()) for line in lines]
        self._show("range", range_cells(lines, found), dim=dim)

    def _cancel(self) -> None:
        if self._lines.tasks is not None:
            self._lines.tasks.cancel((id(self), "statistics"))

    def _show(self, mode: str, cells: Mapping[str, Cells], *, dim: bool) -> None:
        rows, layout = self.rows, self.layout_now()
        rows.mode = "range" if mode == "range" else "cursor"
        rows.is_dim = dim
        known = OVER_RANGE if mode == "range" else AT_CURSOR
        run = RUN
        if self._compact:
            # The tag stands over the names, where a large table says "Run".
            known = tuple(replace(column, title=column.title.lower()) for column in known)
            run = replace(RUN, title=self.tag_text())
        several = len({line.tag for line in self._curves}) > 1
        fixed = (run, TAG) if several else (run,)
        by_key = {column.key: column for column in known}
        picked = [by_key[key] for key in layout.keys if key in by_key]
        # In the order of old, so that moving a column is no new table.
        old = {column.key: at for at, column in enumerate(rows.columns)}
        if all(column.key in old for column in picked) and len(old) == len(picked) + len(fixed):
            picked.sort(key=lambda column: old[column.key])
        count = len(self._curves)
        show_filter = count > FILTER_FROM and not self._compact
        self.filter_box.setVisible(show_filter)
        wanted = self._wanted() if show_filter and self._filter else None
        ids = [line.series_id for line in self._curves]
        rows.set_content((*fixed, *picked), ids, cells, wanted)
        if wanted is not None:
            self.filter_box.set_note(f"{rows.rowCount():,} of {count:,}")
        else:
            self.filter_box.set_note(count_text(count, "line"))
        self.view.show_layout(layout, known, len(fixed))
        self.heading.setText(self.title())
        self.source.setVisible(mode == "range" and not self._compact)
        self.source.set_value("smoothed" if self._is_of_smoothed() else "raw")
        if count:
            self._pages.setCurrentWidget(self.view)
        else:
            self._empty.set_texts(*self.why_empty())
            self._pages.setCurrentWidget(self._empty)
        self._run_hovered(self._workspace.hovered_run)
        self.renewed.emit()

    def _wanted(self) -> npt.NDArray[np.bool_]:
        search = matcher(self._filter)
        fits = (
            search is None or search(line.label) is not None or search(line.tag) is not None
            for line in self._curves
        )
        return np.fromiter(fits, np.bool_, len(self._curves))

    def why_empty(self) -> tuple[str, str]:
        """What is missing, and what to do."""
        if self._card is None:
            return "Nothing selected", "Click a chart"
        if not self._workspace.visible_run_ids():
            return "No run is shown", "Tick a run in the list at the left, or clear its filter"
        return "No values here", f"No run that is shown has points of {self._card.title}"

    def _compact_keys(self) -> tuple[str, ...]:
        if self._is_range():
            keys = ("mean", "change")
        else:
            smoothed = any(line.smoothed is not None for line in self._curves)
            keys = ("smoothed" if smoothed else "value", "step")
        # Names of tags need the room of the second.
        return keys[:1] if len({line.tag for line in self._curves}) > 1 else keys

    # -- the bar

    def _make_bar(self) -> QWidget:
        bar = QWidget()
        row = QHBoxLayout(bar)
        row.setContentsMargins(16, 6, 10, 4)
        row.setSpacing(8)
        self.heading = QLabel()
        self.heading.setObjectName("heading")
        self.heading.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.filter_box = FilterBox(self._theme, "Filter lines")
        self.filter_box.setMaximumWidth(240)
        self.filter_box.hide()
        self.filter_box.edited.connect(self._edit_filter)
        self.filter_box.confirmed.connect(self.view.setFocus)
        self.filter_box.left_downwards.connect(self.view.setFocus)
        self.source = Segmented(
            self._theme, "Statistics of", (("raw", "Raw"), ("smoothed", "Smoothed"))
        )
        self.source.chosen.connect(self._choose_source)
        columns = IconButton(self._theme, "columns", "Columns", bar)
        columns_menu = QMenu(columns)
        columns_menu.aboutToShow.connect(partial(self._fill_columns_menu, columns_menu))
        columns.setMenu(columns_menu)
        more = IconButton(self._theme, "more", "Copy and save", bar)
        more_menu = QMenu(more)
        self._fill_copy_menu(more_menu)
        more.setMenu(more_menu)
        row.addWidget(self.heading, 1)
        row.addWidget(self.source)
        row.addWidget(self.filter_box)
        row.addWidget(columns)
        row.addWidget(more)
        return bar

    def _fill_columns_menu(self, menu: QMenu) -> None:
        menu.clear()
        self.view.fill_head_menu(menu, -1)
        menu.addSeparator()
        menu.addAction("Columns as at first").triggered.connect(self._reset_columns)

    def _fill_copy_menu(self, menu: QMenu) -> None:
        menu.addAction("Copy").triggered.connect(self.view.copy)
        menu.addAction("Copy as Markdown").triggered.connect(partial(self.view.copy_as, "markdown"))
        menu.addAction("Copy as LaTeX").triggered.connect(partial(self.view.copy_as, "latex"))
        menu.addSeparator()
        menu.addAction("Save as CSV…").triggered.connect(self._ask_where)

    def _open_menu(self, position: QPoint) -> None:
        menu = QMenu(self)
        self._fill_copy_menu(menu)
        if not self._compact:
            menu.addSeparator()
            self.view.add_sort_menu(menu)
        index = self.view.indexAt(position)
        line = self.rows.line(index.row()) if index.isValid() else None
        if line is not None and line.run_id >= 0:
            from eventglass.widgets.views.controls_runs import PlainRunContext, run_menu

            menu.addSeparator()
            run_menu(menu, PlainRunContext(self._workspace, self._theme), line.run_id, line.tag)
        show_menu(menu, self.view.viewport(), position)

    def _ask_where(self) -> None:
        path, _kind = QFileDialog.getSaveFileName(
            self, "Save values", "values.csv", "Comma-separated values (*.csv)"
        )
        if path:
            save_table(self, path, self.rows, self.view.visual_columns())

    def _edit_filter(self, text: str) -> None:
        self._filter = text
        self.renew()

    def _choose_source(self, value: str) -> None:
        layout = self.layout_now().with_switch(OF_SMOOTHED, value == "smoothed")
        self._keep_layout(layout)

    def _is_of_smoothed(self) -> bool:
        return f"@{OF_SMOOTHED}" in self._workspace.state.range_columns

    def _keep_layout(self, layout: Layout) -> None:
        if self._compact:
            return
        field = "range_columns" if self._is_range() else "value_columns"
        self._workspace.edit("Change columns", **{field: layout.texts()})

    def _reset_columns(self) -> None:
        field = "range_columns" if self._is_range() else "value_columns"
        self._workspace.edit("Change columns", **{field: ()})

    # -- following

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while hidden."""
        super().showEvent(event)
        self.renew()

    def hideEvent(self, event: QHideEvent) -> None:
        """Let go of the lines."""
        super().hideEvent(event)
        self._let_go()
        self._lines_stale = True

    def _let_go(self) -> None:
        self._cancel()
        if self._card is not None and self._curves:
            self._lines.forget(self._card.key)
        self._curves = ()

    def _soon(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _workspace_changed(self, names: frozenset[str]) -> None:
        if names & _LINES:
            self._lines_stale = True
        if "selection" in names:
            self._x = None
        if names & (_LINES | _READING):
            self._soon()

    def _lines_ready(self, key: str) -> None:
        if self._card is not None and key == self._card.key:
            self._lines_stale = True
            self._soon()

    def _row_hovered(self, row: int) -> None:
        line = self.rows.line(row)
        self._workspace.hover(-1 if line is None else line.run_id)

    def _run_hovered(self, run_id: int) -> None:
        self.view.light(self.rows.rows_of_run(run_id))

    def _row_chosen(self, current: QModelIndex, _before: QModelIndex) -> None:
        line = self.rows.line(current.row())
        if line is not None and line.run_id >= 0 and self.view.hasFocus():
            self._workspace.select(line.run_id)

    def _run_selected(self, run_id: int) -> None:
        found = self.rows.rows_of_run(run_id)
        if found and self.view.currentIndex().row() not in found:
            self.view.go_to(found[0])

    def _isolate(self, row: int) -> None:
        line = self.rows.line(row)
        if line is None:
            return
        info = self._lines.info(line.series_id)
        ids = (line.run_id,) if line.run_id >= 0 else info.run_ids
        self._workspace.isolate(self._store.runs[i].key for i in ids)


def _place_text(kind: str, x: float) -> str:
    if kind == "step":
        return step_text(round(x))
    if kind == "wall":
        return wall_time_text(x)
    if kind == "tag":
        return f"{x:.4g}"
    return duration_text(x)
