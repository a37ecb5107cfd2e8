"""The graph view: a model or a traced function as boxes that open, searched, coloured, traced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFileDialog,
    QProgressBar,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from eventglass.app.core.names import Kind
from eventglass.app.core.store import Changes
from eventglass.app.models.alive import alive
from eventglass.app.models.column_rows import Cells
from eventglass.app.models.commands import Command
from eventglass.app.models.graph_measures import Measures, measures_of
from eventglass.app.models.graph_model import GraphModel
from eventglass.app.models.graph_picture import item_of
from eventglass.app.models.graph_rows import node_cells
from eventglass.app.models.graph_sources import KINDS, GraphSource, file_source
from eventglass.app.models.graph_tracing import edges_along
from eventglass.app.models.tasks import TaskControl
from eventglass.app.models.view_options import GraphOptions
from eventglass.app.models.words import count_text
from eventglass.widgets.controls.empty import EmptyPage
from eventglass.widgets.controls.notice import Notice
from eventglass.widgets.plots.graph_canvas import GraphCanvas
from eventglass.widgets.plots.graph_legend import CanvasNote, GraphLegend
from eventglass.widgets.plots.graph_looks import GraphLooks
from eventglass.widgets.plots.graph_minimap import Minimap
from eventglass.widgets.view import Reason, View, ViewContext
from eventglass.widgets.views.graph_bar import Breadcrumbs, GraphBar
from eventglass.widgets.views.graph_choosing import GraphChoosing
from eventglass.widgets.views.graph_looking import GraphLooking
from eventglass.widgets.views.graph_saving import GraphSaving
from eventglass.widgets.views.graph_search import GraphSearch
from eventglass.widgets.views.graph_table import FoundList, NodeTable
from eventglass.widgets.views.save_bar import SaveBar

_FILES = "Graphs (*.pb *.pbtxt *.pbtext *.prototxt);;All files (*)"


class GraphsView(View):
    """One graph at a time; which one, the strip above says."""

    view_id: ClassVar[str] = "graphs"
    title: ClassVar[str] = "Graph"
    icon: ClassVar[str] = "graph"
    order: ClassVar[int] = 70
    kinds: ClassVar[frozenset[Kind]] = KINDS

    def __init__(self, context: ViewContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        theme = context.theme
        self.model = GraphModel(context.store, context.payloads, context.tasks, self)
        self.bar = GraphBar(theme)
        self.crumbs = Breadcrumbs(theme)
        self.canvas = GraphCanvas(theme)
        self.minimap = Minimap(theme, self.canvas)
        self.legend = GraphLegend(theme, self.canvas)
        self.found = FoundList(theme)
        self.table = NodeTable(theme)
        self.note = CanvasNote(theme, self.canvas)
        self.progress = QProgressBar(self.canvas)
        self.progress.setTextVisible(False)
        self.progress.setFixedSize(180, 4)
        self.progress.setAccessibleName("Progress")
        self.progress.hide()
        self.empty = EmptyPage(theme, self.icon, "No graph to show", "")
        self.stack = QStackedWidget()
        for page in (self.canvas, self.table, self.empty):
            self.stack.addWidget(page)
        self.notice = Notice(theme)
        self.saving_bar = SaveBar(theme, ())
        self.saving_bar.hide()
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self.found)
        self.split.addWidget(self.stack)
        self.split.setStretchFactor(1, 1)
        self.split.setSizes([280, 900])
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.notice)
        column.addWidget(self.saving_bar)
        column.addWidget(self.bar)
        column.addWidget(self.crumbs)
        column.addWidget(self.split, 1)

        self.looking = GraphLooking(self)
        self.finding = GraphSearch(self)
        self.saving = GraphSaving(self)
        self.measures: Measures | None = None
        self.choosing = GraphChoosing(self)
        self._inspector: QWidget | None = None
        self._tool_bar: QWidget | None = None
        # A short wait needs no bar.
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(250)
        self._patience.timeout.connect(self._show_progress)
        self._busy_words = ""
        self._focus = -1

        model = self.model
        model.loaded.connect(self._loaded)
        model.arranged.connect(self._arranged)
        model.selection_changed.connect(self._selection_changed)
        model.progressed.connect(self._progressed)
        model.failed.connect(self._failed)
        model.history_changed.connect(self._history_changed)
        canvas = self.canvas
        canvas.chosen.connect(self._chosen)
        canvas.toggled.connect(self._toggled)
        canvas.left.connect(model.focus_outward)
        canvas.edge_chosen.connect(self._edge_chosen)
        canvas.menu_asked.connect(self._open_menu)
        canvas.installEventFilter(self)
        self.bar.source_chosen.connect(self.show_source)
        self.bar.file_asked.connect(self.ask_file)
        self.bar.other_file_asked.connect(self.ask_other_file)
        self.bar.back_asked.connect(model.back)
        self.bar.forward_asked.connect(model.forward)
        self.bar.page_chosen.connect(self.show_page)
        self.crumbs.chosen.connect(model.focus)
        self.found.chosen.connect(self.go_to)
        self.found.closed.connect(self.end_search)
        self.finding.found.connect(self._found)
        self.table.opened.connect(self._open_from_table)
        self.table.reached.connect(self._reach_from_table)
        context.workspace.tag_requested.connect(self._go_to_tag)
        context.workspace.changed.connect(self._workspace_changed)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.step_back)
        self._history_changed()

    # -- the view's contract

    def refresh(self, reason: Reason, changes: Changes | None) -> None:
        """Take in which graphs there are; what is shown stays."""
        if reason is Reason.THEME:
            self._renew_looks()
            return
        del changes
        self.choosing.refresh()
        self._show_sources()

    def state(self) -> dict[str, object]:
        """What is shown and how, for a second view of the same."""
        return self.choosing.state()

    def restore(self, state: Mapping[str, object]) -> None:
        """Show what another view shows, unless something was chosen here before."""
        self.choosing.restore(state)

    # -- what is chosen, and undone

    @property
    def options(self) -> GraphOptions:
        """What is shown and how."""
        return self.choosing.options

    def choose(self, words: str, **values: Any) -> None:
        """Change choices as one step of undo."""
        self.choosing.choose(words, **values)

    def show_options(self, before: GraphOptions) -> None:
        """Show how it is chosen that everything looks."""
        self.minimap.set_wanted(self.options.minimap)
        if self.bar.page.value != self.options.page:
            self.bar.page.set_value(self.options.page)
            self._fill_table()
            self.finding.show_list()
            self._show_page()
        if before.colour != self.options.colour:
            self._renew_looks()
        self._sync_tool_bar()

    def _workspace_changed(self, names: frozenset[str]) -> None:
        if "run_aliases" in names and self.isVisible():
            self._show_sources()
        if "graphs" not in names or not self.choosing.differs():
            return
        if self.isVisible():
            self.choosing.take_over()
        else:
            self._dirty = True

    def tool_bar_content(self) -> QWidget | None:
        """Colours and direction."""
        if self._tool_bar is None:
            from eventglass.widgets.views.graph_controls import GraphToolBar

            self._tool_bar = GraphToolBar(self)
        return self._tool_bar

    def inspector_content(self) -> QWidget | None:
        """What is selected."""
        if self._inspector is None:
            from eventglass.widgets.views.graph_inspector import GraphInspector

            self._inspector = GraphInspector(self)
        return self._inspector

    def commands(self) -> tuple[Command, ...]:
        """What can be done with a graph."""
        from eventglass.widgets.views.graph_commands import graph_commands

        return graph_commands(self)

    def is_settled(self) -> bool:
        """Whether nothing is under way."""
        return not self.model.is_busy() and not self.canvas.is_gliding()

    # -- which graph

    def sources(self) -> Sequence[GraphSource]:
        """The graphs in the log."""
        return tuple(self.choosing.sources)

    def show_source(self, source: GraphSource | None) -> None:
        """Show another graph, or the same one compared with another."""
        if source is not None:
            self.choosing.show_source(source)

    def ask_file(self) -> None:
        """Let the user choose a file with a graph."""
        chosen, _filter = QFileDialog.getOpenFileName(self, "Open a graph", "", _FILES)
        if chosen:
            self.open_path(Path(chosen))

    def ask_other_file(self) -> None:
        """Let the user choose a file with an earlier graph to compare with."""
        chosen, _filter = QFileDialog.getOpenFileName(self, "Compare with a file", "", _FILES)
        if chosen and self.model.source is not None:
            against = file_source(Path(chosen))
            self.show_source(replace(self.model.source, against=against))

    def open_path(self, path: Path) -> None:
        """Show the graph in a file."""
        self.show_source(file_source(path))

    def _show_sources(self) -> None:
        runs = self.context.store.runs
        alias = self.context.workspace.alias
        found = self.choosing.all_sources()
        names = {each.run_id: alias(each.run_id) for each in found if 0 <= each.run_id < len(runs)}
        self.bar.set_sources(found, names, self.model.source, self.choosing.entries())
        if self.model.source is None:
            self.empty.set_texts(
                "No graph to show",
                "No run has a graph, a traced function or a Keras model. Graphs come from "
                "add_graph (PyTorch), trace_export (TensorFlow), the Keras callback or a "
                ".pb or .pbtxt file.",
            )
        self._show_page()

    def _go_to_tag(self, tag: str, kind: str) -> None:
        if kind in {str(each) for each in KINDS}:
            for source in self.choosing.sources:
                if source.tag == tag:
                    self.show_source(source)
                    return

    # -- what the model tells

    def _loaded(self) -> None:
        graph = self.model.graph
        self.looking.forget()
        self.finding.forget()
        self.canvas.fit()
        if graph is None:
            self.canvas.set_drawing(self.model.drawing, GraphLooks(), glide=False)
        self._fill_table()
        self._measure()
        self._show_sources()
        reading = self.model.reading
        if graph is not None and self.options.search:
            self.finding.set_text(self.options.search)
        elif reading is not None and reading.difference is not None:
            self.finding.show_changes()
        self._show_note()
        self._show_page()
        self._sync_inspector()

    def _measure(self) -> None:
        """Count parameters and operations; shown when it is done."""
        self.measures = None
        owner, hierarchy = (id(self), "measures"), self.model.hierarchy
        if hierarchy is None:
            self.context.tasks.cancel(owner)
            return

        def work(_control: TaskControl) -> tuple[Measures, dict[str, Cells]]:
            graph = hierarchy.graph
            # The table is not looked at yet; then it would take too long on this thread.
            return measures_of(hierarchy), node_cells(graph, np.arange(len(graph)))

        self.context.tasks.submit(owner, work, alive(self, self._measured))

    def _measured(self, result: tuple[Measures, dict[str, Cells]]) -> None:
        self.measures, cells = result
        if self.model.graph is not None:
            self.table.take_cells(self.model.graph, cells)
            self._fill_table()
        self._sync_inspector()

    def _arranged(self, keep: int) -> None:
        drawing = self.model.drawing
        looks = self.looking.looks()
        if self.model.place.focus != self._focus:
            self._focus = self.model.place.focus
            self.canvas.fit()
        self.canvas.set_drawing(drawing, looks, keep=keep)
        shown = self.model.take_shown()
        self._sync_selection()
        self.finding.mark()
        if shown >= 0:
            self.canvas.go_to(self.model.drawn_id(shown))
        hierarchy, focus = self.model.hierarchy, self.model.place.focus
        path = hierarchy.path(focus) if hierarchy is not None and focus >= 0 else []
        if hierarchy is not None:
            self.crumbs.set_path([(item, hierarchy.label(item)) for item in path])
        self._show_note()
        self.minimap.follow()
        self._sync_inspector()

    def _selection_changed(self) -> None:
        self._sync_selection()
        # While boxes are being laid out it is gone to when they are there.
        shown = -1 if self.model.is_busy() else self.model.take_shown()
        if shown >= 0:
            self.canvas.go_to(self.model.drawn_id(shown))
        if self.page == "table" and self.model.selected >= 0:
            self.table.go_to(self.model.selected)
        if self.looking.trace_mode:
            self.set_trace(self.looking.trace_mode)
        self._sync_inspector()

    def _sync_selection(self) -> None:
        model = self.model
        self.canvas.set_selected(model.drawn_id(model.selected), model.drawn_id(model.other))
        picture = model.picture
        if picture is not None and model.selected >= 0:
            coming, going = edges_along(picture.scene, model.selected)
            self.canvas.set_flow(coming.tolist(), going.tolist())
        else:
            self.canvas.set_flow((), ())

    def _progressed(self, words: str, share: float) -> None:
        self._busy_words = words
        if not words:
            self._patience.stop()
            self.progress.hide()
            return
        self.progress.setRange(0, 0 if share < 0 else 1000)
        self.progress.setValue(round(1000 * max(share, 0.0)))
        if self.progress.isHidden() and not self._patience.isActive():
            self._patience.start()

    def _show_progress(self) -> None:
        if self._busy_words:
            words = f"{self._busy_words}; Escape stops it"
            self.progress.setToolTip(words)
            if self.model.graph is None:
                self.note.setText(words)
            self.progress.show()
            self._place_overlays()

    def _failed(self, text: str) -> None:
        if self.model.picture is None:
            run_id = -1 if self.model.source is None else self.model.source.run_id
            others = [
                each.tag_title
                for each in self.choosing.sources
                if each.run_id == run_id and each != self.model.source
            ]
            if others:
                text += f". The run has more to choose above: {', '.join(others[:4])}"
            elif len(self.choosing.sources) > 1:
                text += ". Other runs have graphs; choose one above"
            self.empty.set_texts("This graph can't be shown", text)
            self._show_page()
        else:
            self.note.setText(text)
            self._place_overlays()

    def _history_changed(self) -> None:
        self.bar.set_history(self.model.can_go_back(), self.model.can_go_forward())

    def _show_note(self) -> None:
        graph, picture = self.model.graph, self.model.picture
        parts: list[str] = []
        if graph is not None:
            parts = [count_text(graph.main_count, "node")]
            if graph.functions:
                parts.append(count_text(len(graph.functions), "function"))
            if picture is not None and picture.scene.left_out:
                parts.append(f"{picture.scene.left_out:,} not drawn: too many at once")
            closed = self.model.kept_closed + (picture.scene.unopened if picture is not None else 0)
            if closed:
                parts.append(f"{count_text(closed, 'group')} kept closed: too many at once")
            if graph.problems:
                parts.append(count_text(len(graph.problems), "remark"))
        self.note.setText(" · ".join(parts))
        self._place_overlays()

    # -- pages

    @property
    def page(self) -> str:
        """``graph`` or ``table``."""
        return self.bar.page.value

    def show_page(self, page: str) -> None:
        """Show the picture or the table."""
        self.choose("Show the graph" if page == "graph" else "Show the table of nodes", page=page)

    def _fill_table(self) -> None:
        """Make the rows of the table, where it is looked at."""
        in_table = self.page == "table"
        self.table.set_graph(self.model.graph if in_table else None, self.finding.wanted_rows())
        if in_table and self.model.selected >= 0:
            self.table.go_to(self.model.selected)

    def _show_page(self) -> None:
        nothing = self.model.source is None or (self.model.picture is None and self.model.error)
        if nothing:
            self.stack.setCurrentWidget(self.empty)
        else:
            self.stack.setCurrentWidget(self.table if self.page == "table" else self.canvas)

    def _open_from_table(self, node: int) -> None:
        self.show_page("graph")
        self.go_to(node)

    def _reach_from_table(self, node: int) -> None:
        self.model.select(node)

    # -- what the user does on the canvas

    def go_to(self, item: int) -> None:
        """Open what is around an item, select it and bring it into sight."""
        if self.page == "table":
            self.model.select(item)
            return
        self.canvas.set_edge(-1)
        self.model.reveal(item)

    def toggle_selected(self) -> None:
        """Open or close what is selected."""
        self.model.toggle(self.model.selected)

    def focus_selected(self) -> None:
        """Show what is selected alone."""
        self.model.focus(self.model.selected)

    def _chosen(self, drawn: int, other: bool) -> None:
        self.canvas.set_edge(-1)
        self.model.select(item_of(drawn), other=other)
        # An annotation is framed itself, not the box of what it stands for.
        self.canvas.set_selected(drawn if not other else self.canvas.selected, self.canvas.other)

    def _toggled(self, drawn: int) -> None:
        item = item_of(drawn)
        if item != drawn:
            self.go_to(item)
        elif self.model.is_group(item):
            self.model.toggle(item)
            self.model.select(item)
        else:
            self.canvas.fit_item(drawn)

    def _edge_chosen(self, edge: int) -> None:
        self.canvas.set_edge(edge)
        self._sync_inspector()

    def _open_menu(self, at: QPoint, drawn: int) -> None:
        from eventglass.widgets.views.graph_commands import item_menu

        if drawn >= 0:
            self._chosen(drawn, False)
        item_menu(self, item_of(drawn)).popup(at)

    def step_back(self) -> bool:
        """Escape: stop what takes long; end the search, the trace, the selection, the focus."""
        if self.progress.isVisible():
            self.model.give_up()
        elif self.saving.is_busy:
            self.saving.give_up()
        elif self.bar.search.text() or self.finding.matches is not None:
            self.end_search()
            page = self.table.table if self.page == "table" else self.canvas
            page.setFocus(Qt.FocusReason.OtherFocusReason)
        elif self.looking.trace_mode:
            self.set_trace("")
        elif self.model.selected >= 0:
            self.model.select(-1)
        elif self.model.place.focus >= 0:
            self.model.focus_outward()
        else:
            return False
        return True

    # -- search

    def search_for(self, text: str) -> None:
        """Search for something."""
        self.choose("Search the graph", search=text)
        self.finding.search_now()

    def end_search(self) -> None:
        """Forget what was searched; of a comparison, list what changed again."""
        searched = bool(self.options.search)
        self.choose("Search the graph", search="")
        self.finding.end(searched=searched)

    def next_match(self, by: int) -> None:
        """Go to the next node that was found, or the one before."""
        self.found.step(by)

    def _found(self) -> None:
        if self.page == "table":
            self._fill_table()

    # -- looks

    def set_colour_mode(self, mode: str) -> None:
        """Colour boxes by something; see `MODES`."""
        self.choose("Colour the graph", colour=mode)

    def set_trace(self, mode: str) -> None:
        """Bring forward what the selected item needs or feeds; empty for everything."""
        self.looking.set_trace(mode)
        self._sync_tool_bar()

    def _renew_looks(self) -> None:
        self.looking.renew()
        self.minimap.renew()
        if self.canvas.is_fitted():
            self.canvas.fit()

    # -- places

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep what lies over the canvas in its corners."""
        if watched is self.canvas and event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            self._place_overlays()
            self.minimap.follow()
        return super().eventFilter(watched, event)

    def _place_overlays(self) -> None:
        self.legend.place()
        self.note.setVisible(bool(self.note.text()))
        self.note.adjustSize()
        wide = min(self.note.width(), max(self.canvas.width() - 32, 40))
        self.note.setGeometry(9, 5, wide, self.note.height())
        self.progress.move((self.canvas.width() - self.progress.width()) // 2, 2)

    def _sync_inspector(self) -> None:
        if self._inspector is None:
            return
        from eventglass.widgets.views.graph_inspector import GraphInspector

        if isinstance(self._inspector, GraphInspector) and isValid(self._inspector):
            self._inspector.sync()

    def _sync_tool_bar(self) -> None:
        if self._tool_bar is None:
            return
        from eventglass.widgets.views.graph_controls import GraphToolBar

        if isinstance(self._tool_bar, GraphToolBar) and isValid(self._tool_bar):
            self._tool_bar.sync()
