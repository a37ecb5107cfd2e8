"""The graph view: a model or a traced function as boxes that open, searched, coloured, traced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt
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
from eventglass.app.models.commands import Command
from eventglass.app.models.graph_colours import MODES, Colouring, colouring_of, fills_of
from eventglass.app.models.graph_measures import Measures, measures_of
from eventglass.app.models.graph_model import GraphModel, file_source
from eventglass.app.models.graph_picture import changes_of, item_of
from eventglass.app.models.graph_sources import KINDS, GraphSource, first_choice, sources_of
from eventglass.app.models.graph_tracing import Trace, trace_of
from eventglass.app.models.tasks import TaskControl
from eventglass.app.models.words import count_text
from eventglass.widgets.controls.empty import EmptyPage
from eventglass.widgets.plots.graph_canvas import GraphCanvas
from eventglass.widgets.plots.graph_legend import CanvasNote, GraphLegend
from eventglass.widgets.plots.graph_minimap import Minimap
from eventglass.widgets.plots.graph_painter import GraphLooks
from eventglass.widgets.view import Reason, View, ViewContext
from eventglass.widgets.views.graph_bar import Breadcrumbs, GraphBar
from eventglass.widgets.views.graph_table import FoundList, NodeTable

_TYPING_MS = 160
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
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self.found)
        self.split.addWidget(self.stack)
        self.split.setStretchFactor(1, 1)
        self.split.setSizes([280, 900])
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.crumbs)
        column.addWidget(self.split, 1)

        self.colour_mode = "none"
        self.colouring: Colouring | None = None
        self.trace_mode = ""
        self.trace: Trace | None = None
        self.measures: Measures | None = None
        self.matches: npt.NDArray[np.int64] | None = None
        self._sources: list[GraphSource] = []
        self._wanted = ""
        self._wanted_open: tuple[str, ...] = ()
        self._inspector: QWidget | None = None
        self._tool_bar: QWidget | None = None
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self._search_now)
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
        self.bar.back_asked.connect(model.back)
        self.bar.forward_asked.connect(model.forward)
        self.bar.page_chosen.connect(self.show_page)
        self.bar.search.edited.connect(self._typed)
        self.bar.search.confirmed.connect(self._confirm_search)
        self.bar.search.left_downwards.connect(self._enter_found)
        self.crumbs.chosen.connect(model.focus)
        self.found.chosen.connect(self.go_to)
        self.found.closed.connect(self.end_search)
        self.table.opened.connect(self._open_from_table)
        self.table.reached.connect(self._reach_from_table)
        context.workspace.tag_requested.connect(self._go_to_tag)
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
        self._sources = sources_of(self.context.store)
        source = self.model.source
        known = source is not None and (
            bool(source.path) or any(each.series_id == source.series_id for each in self._sources)
        )
        if not known:
            self.show_source(first_choice(self._sources, self._wanted))
        self._show_sources()
        del changes

    def state(self) -> dict[str, object]:
        """Which graph is shown and how."""
        source = self.model.source
        hierarchy = self.model.hierarchy
        opened: list[str] = []
        if hierarchy is not None:
            opened = [hierarchy.name(item) for item in sorted(self.model.place.expanded)[:500]]
        return {
            "source": "" if source is None or source.path else source.key,
            "colour": self.colour_mode,
            "direction": self.model.direction,
            "minimap": self.minimap.is_wanted(),
            "open": opened,
        }

    def restore(self, state: Mapping[str, object]) -> None:
        """Take over a graph and its looks."""
        wanted, mode, direction = (state.get(key) for key in ("source", "colour", "direction"))
        if isinstance(wanted, str):
            self._wanted = wanted
        if isinstance(mode, str) and mode in dict(MODES):
            self.colour_mode = mode
        if direction in ("down", "right"):
            self.model.set_direction(str(direction))
        if isinstance(state.get("minimap"), bool):
            self.minimap.set_wanted(bool(state["minimap"]))
        opened = state.get("open")
        if isinstance(opened, list):
            self._wanted_open = tuple(name for name in opened if isinstance(name, str))
        self._sync_tool_bar()

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
        return tuple(self._sources)

    def show_source(self, source: GraphSource | None) -> None:
        """Show another graph, None for none."""
        if source is not None and not source.path:
            self._wanted = source.key
        self.model.load(source)
        self._show_sources()

    def ask_file(self) -> None:
        """Let the user choose a file with a graph."""
        chosen, _filter = QFileDialog.getOpenFileName(self, "Open a graph", "", _FILES)
        if chosen:
            self.open_path(Path(chosen))

    def open_path(self, path: Path) -> None:
        """Show the graph in a file."""
        self.show_source(file_source(path))

    def _show_sources(self) -> None:
        runs = self.context.store.runs
        alias = self.context.workspace.alias
        names = {
            each.run_id: alias(each.run_id) for each in self._sources if each.run_id < len(runs)
        }
        self.bar.set_sources(self._all_sources(), names, self.model.source)
        if self.model.source is None:
            self.empty.set_texts(
                "No graph to show",
                "No run has a graph, a traced function or a Keras model. Graphs come from "
                "add_graph (PyTorch), trace_export (TensorFlow), the Keras callback or a "
                ".pb or .pbtxt file.",
            )
        self._show_page()

    def _all_sources(self) -> list[GraphSource]:
        """The graphs in the log, with the stages the one shown was logged in."""
        reading = self.model.reading
        found: list[GraphSource] = []
        for each in self._sources:
            found.append(each)
            if (
                reading is not None
                and each.series_id == reading.source.series_id
                and each.form == "ops"
                and "optimized" in reading.forms
            ):
                found.append(replace(each, form="optimized"))
        if self.model.source is not None and self.model.source.path:
            found.append(replace(self.model.source, against=None))
        return found

    def _go_to_tag(self, tag: str, kind: str) -> None:
        if kind in {str(each) for each in KINDS}:
            for source in self._sources:
                if source.tag == tag:
                    self.show_source(source)
                    return

    # -- what the model tells

    def _loaded(self) -> None:
        graph = self.model.graph
        self._set_matches(None)
        self.bar.search.set_text("")
        self.trace_mode, self.trace = "", None
        self.colouring = None
        if graph is None:
            self.canvas.fit()
            self.canvas.set_drawing(self.model.drawing, GraphLooks(), glide=False)
        else:
            self.canvas.fit()
            wanted, self._wanted_open = self._wanted_open, ()
            if wanted:
                self.model.restore_place(wanted)
        self.table.set_graph(graph if self.page == "table" else None, None)
        self._measure()
        self._show_sources()
        reading = self.model.reading
        if reading is not None and reading.difference is not None:
            self._set_matches(reading.changed())
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

        def work(_control: TaskControl) -> Measures:
            return measures_of(hierarchy)

        self.context.tasks.submit(owner, work, alive(self, self._measured))

    def _measured(self, measures: Measures) -> None:
        self.measures = measures
        self._sync_inspector()

    def _arranged(self, keep: int) -> None:
        drawing = self.model.drawing
        looks = self._looks()
        if self.model.place.focus != self._focus:
            self._focus = self.model.place.focus
            self.canvas.fit()
        self.canvas.set_drawing(drawing, looks, keep=keep)
        shown = self.model.take_shown()
        self._sync_selection()
        self._mark_matches()
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
        if self.trace_mode:
            self.set_trace(self.trace_mode)
        self._sync_inspector()

    def _sync_selection(self) -> None:
        model = self.model
        self.canvas.set_selected(model.drawn_id(model.selected), model.drawn_id(model.other))

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
            self.progress.setToolTip(f"{self._busy_words}; Escape stops it")
            self.progress.show()
            self._place_overlays()

    def _failed(self, text: str) -> None:
        if self.model.picture is None:
            others = [each.tag_title for each in self._sources if each != self.model.source]
            if others:
                text += f". There is more to choose above: {', '.join(others[:4])}"
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
        self.bar.page.set_value(page)
        if page == "table":
            self.table.set_graph(self.model.graph, self._wanted_rows())
            if self.model.selected >= 0:
                self.table.go_to(self.model.selected)
        self._show_page()

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

    def step_back(self) -> None:
        """Escape: stop what takes long; end the search, the trace, the selection, the focus."""
        if self.progress.isVisible():
            self.model.give_up()
        elif self.bar.search.text() or self.matches is not None:
            self.end_search()
        elif self.trace_mode:
            self.set_trace("")
        elif self.model.selected >= 0:
            self.model.select(-1)
        elif self.model.place.focus >= 0:
            self.model.focus_outward()

    # -- looks

    def set_colour_mode(self, mode: str) -> None:
        """Colour boxes by something; see `MODES`."""
        self.colour_mode = mode
        self.colouring = None
        self._renew_looks()
        self._sync_tool_bar()

    def set_trace(self, mode: str) -> None:
        """Bring forward what the selected item needs or feeds; empty for everything."""
        model, hierarchy = self.model, self.model.hierarchy
        self.trace_mode = mode
        self.trace = None
        if mode and hierarchy is not None and model.selected >= 0:
            self.trace = trace_of(hierarchy, mode, model.selected, model.other)
        self._renew_looks()
        self._sync_tool_bar()

    def _renew_looks(self) -> None:
        self.canvas.set_looks(self._looks())
        self.minimap.renew()
        if self.canvas.is_fitted():
            self.canvas.fit()

    def _looks(self) -> GraphLooks:
        hierarchy, picture = self.model.hierarchy, self.model.picture
        if hierarchy is None or picture is None:
            self.legend.set_changes({})
            self._explain(None)
            return GraphLooks()
        if self.colouring is None or self.colouring.mode != self.colour_mode:
            self.colouring = colouring_of(hierarchy, self.colour_mode)
        drawing = picture.drawing
        fills = fills_of(hierarchy, self.colouring, drawing, self.context.theme.dark)
        self._explain(self.colouring if self.colour_mode != "none" else None)
        lit = lit_edges = None
        if self.trace is not None:
            lit, lit_edges = self.trace.lit(picture.scene, drawing)
        strong = self.colouring.amounts is not None
        changes = None
        difference = None if self.model.reading is None else self.model.reading.difference
        if difference is not None:
            changes = changes_of(drawing, picture.scene, difference)
        counts = {} if difference is None else difference.counts()
        self.legend.set_changes({int(c): n for c, n in counts.items() if c})
        return GraphLooks(fills, lit, lit_edges, changes, strong)

    def _explain(self, colouring: Colouring | None) -> None:
        self.legend.set_colouring(colouring)
        self.canvas.left_inset = 0 if self.legend.isHidden() else self.legend.width() + 12

    # -- search

    def search_for(self, text: str) -> None:
        """Search for something."""
        self.bar.search.set_text(text)
        self._search_now()

    def end_search(self) -> None:
        """Forget what was searched; of a comparison, list what changed again."""
        searched = bool(self.bar.search.text())
        self.bar.search.set_text("")
        self._typing.stop()
        self.context.tasks.cancel((id(self), "search"))
        reading = self.model.reading
        compared = searched and reading is not None and reading.difference is not None
        self._set_matches(reading.changed() if compared and reading is not None else None)

    def next_match(self, by: int) -> None:
        """Go to the next node that was found, or the one before."""
        self.found.step(by)

    def _typed(self, text: str) -> None:
        if text:
            self._typing.start()
        else:
            self.end_search()

    def _search_now(self) -> None:
        from eventglass.app.models.graph_search import find_items

        self._typing.stop()
        hierarchy, text = self.model.hierarchy, self.bar.search.text()
        if hierarchy is None or not text.strip():
            self._set_matches(None)
            return

        def work(control: TaskControl) -> npt.NDArray[np.int64]:
            return find_items(hierarchy, text, lambda: control.cancelled)

        def failed(error: Exception) -> None:
            self.found.show_found(hierarchy, (), str(error))

        self.context.tasks.submit(
            (id(self), "search"), work, alive(self, self._set_matches), alive(self, failed)
        )

    def _set_matches(self, items: npt.NDArray[np.int64] | None) -> None:
        self.matches = items
        hierarchy = self.model.hierarchy
        if items is None or hierarchy is None:
            self.found.hide()
            self.bar.search.set_note(".*")
        else:
            difference = None if self.model.reading is None else self.model.reading.difference
            self.found.show_found(hierarchy, items.tolist(), difference=difference)
            self.bar.search.set_note(f"{len(items):,}")
        if self.page == "table":
            self.table.set_graph(self.model.graph, self._wanted_rows())
        self._mark_matches()

    def _wanted_rows(self) -> npt.NDArray[np.bool_] | None:
        graph = self.model.graph
        if self.matches is None or graph is None:
            return None
        wanted = np.zeros(len(graph), bool)
        wanted[self.matches[self.matches < len(graph)]] = True
        return wanted

    def _mark_matches(self) -> None:
        """Mark the boxes of what was found, closed groups that hold some included."""
        picture, items = self.model.picture, self.matches
        # What changed is told apart by colours already.
        searched = bool(self.bar.search.text())
        if picture is None or items is None or not len(items) or not searched:
            self.canvas.set_marked(())
            return
        scene = picture.scene
        nodes = items[items < len(scene.shown_by)]
        boxes = scene.shown_by[nodes]
        marked = set(scene.items[np.unique(boxes[boxes >= 0])].tolist())
        groups = items[items >= len(scene.shown_by)]
        marked |= {item for item in groups.tolist() if item in scene.box_of}
        self.canvas.set_marked(marked)

    def _confirm_search(self) -> None:
        if self._typing.isActive():
            self._search_now()
        else:
            self.next_match(1)

    def _enter_found(self) -> None:
        if self.found.isVisible():
            self.found.enter()

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
        from eventglass.widgets.views.graph_inspector import GraphInspector

        if isinstance(self._inspector, GraphInspector) and isValid(self._inspector):
            self._inspector.sync()

    def _sync_tool_bar(self) -> None:
        from eventglass.widgets.views.graph_controls import GraphToolBar

        if isinstance(self._tool_bar, GraphToolBar) and isValid(self._tool_bar):
            self._tool_bar.sync()
