"""The embeddings view: vectors as points in space, coloured, searched, projected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QStackedWidget, QVBoxLayout, QWidget
from shiboken6 import isValid

from eventglass.app.core.names import Kind
from eventglass.app.core.projector.sources import EmbeddingSource, Origin
from eventglass.app.core.store import Changes
from eventglass.app.models.commands import Command
from eventglass.app.models.embedding_colours import Colouring, one_colour
from eventglass.app.models.embedding_columns import colouring_of, label_column
from eventglass.app.models.embedding_model import EmbeddingModel
from eventglass.app.models.embedding_options import EmbeddingOptions
from eventglass.app.models.embedding_shelf import EmbeddingShelf
from eventglass.app.models.words import count_text
from eventglass.widgets.controls.buttons import PillButton
from eventglass.widgets.controls.empty import EmptyPage
from eventglass.widgets.plots.gl_camera import Camera
from eventglass.widgets.plots.gl_items import Pick
from eventglass.widgets.plots.gl_pointer import Tool
from eventglass.widgets.plots.gl_scene import SceneView
from eventglass.widgets.plots.graph_legend import CanvasNote
from eventglass.widgets.view import Reason, View, ViewContext
from eventglass.widgets.views import embedding_framing as framing
from eventglass.widgets.views.embedding_bar import EmbeddingBar, EmbeddingStrip
from eventglass.widgets.views.embedding_finding import PointSearch
from eventglass.widgets.views.embedding_legend import EmbeddingLegend, HoverRing
from eventglass.widgets.views.embedding_scene import Looks, SceneBuilder

#: The camera rests this long before labels are chosen anew.
_REST_MS = 120
_VECTORS = "Vectors (*.tsv *.csv *.txt *.npy *.npz *.parquet *.bytes);;All files (*)"
_METADATA = "Metadata (*.tsv *.csv *.txt);;All files (*)"
#: How to have embeddings; shown where there are none.
HOW_TO = (
    "Embeddings lie beside event files, named by a projector_config.pbtxt. They come from "
    "SummaryWriter.add_embedding (PyTorch), the projector plugin (TensorFlow), or from a file "
    "of vectors, opened here or dropped on the window: TSV, CSV, NPY, NPZ or Parquet."
)


class EmbeddingsView(View):
    """One embedding at a time; which one, the strip above says."""

    view_id: ClassVar[str] = "embeddings"
    title: ClassVar[str] = "Embeddings"
    icon: ClassVar[str] = "embeddings"
    order: ClassVar[int] = 90
    kinds: ClassVar[frozenset[Kind]] = frozenset()

    #: What is shown, or how, is something else: for tool bar and inspector.
    changed = Signal()
    #: Another point is under the pointer, or none.
    pointed = Signal()

    def __init__(self, context: ViewContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        theme, workspace = context.theme, context.workspace
        shelf = context.embeddings
        if shelf is None:
            shelf = EmbeddingShelf(context.store, context.tasks, self)
        self.shelf = shelf
        self.model = EmbeddingModel(context.tasks, workspace.undo_stack, self)
        self.model.options = workspace.state.embeddings
        self.builder = SceneBuilder(theme)
        self.bar = EmbeddingBar(theme)
        self.scene = SceneView(theme)
        self.scene.setAccessibleName("Points of the embedding")
        self.ring = HoverRing(theme, self.scene)
        self.legend = EmbeddingLegend(theme, self.scene)
        self.note = CanvasNote(theme, self.scene)
        self.strip = EmbeddingStrip(theme)
        self.empty = EmptyPage(theme, self.icon, "No embeddings to show", HOW_TO)
        open_button = PillButton(theme, "Open vectors…", "folder-open")
        open_button.clicked.connect(self.ask_file)
        self.empty.buttons.addWidget(open_button)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.scene)
        self.stack.addWidget(self.empty)
        self._table: QWidget | None = None
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.stack, 1)
        column.addWidget(self.strip)

        self.colouring: Colouring = one_colour(0, theme.dark)
        self.off: frozenset[int] = frozenset()
        self.hovered = -1
        self._wanted = ""
        self._wanted_camera: Camera | None = None
        self._cameras: dict[bool, Camera] = {}
        self._inspector: QWidget | None = None
        self._tool_bar: QWidget | None = None
        self._regions: list[npt.NDArray[np.int64]] = []
        self.finding = PointSearch(self)
        self._rest = _timer(self, _REST_MS, self._show_labels)
        # A short wait needs no bar.
        self._patience = _timer(self, 200, self._show_progress)
        self._busy = ("", -1.0)
        self._moved = False
        self._fitted_size = (0, 0)

        model = self.model
        model.loaded.connect(self._loaded)
        model.projected.connect(self._projected)
        model.marks_changed.connect(self._marks_changed)
        model.neighbours_changed.connect(self._neighbours_changed)
        model.metadata_changed.connect(self._metadata_changed)
        model.progressed.connect(self._progressed)
        model.job_changed.connect(self._job_changed)
        model.failed.connect(self._failed)
        scene = self.scene
        scene.hovered.connect(self._hovered)
        scene.clicked.connect(self._clicked)
        scene.camera_changed.connect(self._camera_moved)
        scene.region_selected.connect(self._region_told)
        scene.region_finished.connect(self._region_finished)
        scene.tool_changed.connect(self.changed)
        scene.installEventFilter(self)
        bar = self.bar
        bar.source_chosen.connect(self.show_source)
        bar.against_chosen.connect(self.compare)
        bar.file_asked.connect(self.ask_file)
        bar.page_chosen.connect(self.show_page)
        self.legend.switched.connect(self.switch_off)
        self.legend.wanted.connect(self.select_category)
        self.strip.pause_asked.connect(model.pause)
        self.strip.stop_asked.connect(model.cancel_job)
        self.strip.notices_asked.connect(self.show_notices)
        shelf.changed.connect(self._sources_changed)
        shelf.files_closed.connect(self._files_closed)
        workspace.changed.connect(self._workspace_changed)
        # The process that projects must not outlive what shows its points.
        self.destroyed.connect(partial(_stop, model))
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.step_back)
        shelf.follow_roots()
        self._show_sources()

    # -- the view's contract

    def refresh(self, reason: Reason, changes: Changes | None) -> None:
        """Take in which embeddings there are; what is shown stays."""
        if reason is Reason.THEME:
            self._recolour()
            return
        if changes is None or changes.roots:
            self.shelf.follow_roots()
        if reason is Reason.SHOWN:
            self._sources_changed()

    def state(self) -> dict[str, object]:
        """Which embedding is shown and from where."""
        source = self.model.source
        opened = source is None or source.origin is Origin.OPENED
        return {
            "source": self._wanted if opened or source is None else source.key,
            # Where nobody moved it, all points are shown again, however large the window is then.
            "camera": self.scene.camera.to_json() if self._moved else None,
        }

    def restore(self, state: Mapping[str, object]) -> None:
        """Take over an embedding and a camera."""
        wanted = state.get("source")
        if isinstance(wanted, str):
            self._wanted = wanted
        self._wanted_camera = Camera.from_json(state.get("camera"))

    def tool_bar_content(self) -> QWidget | None:
        """Projection, dimensions, tools."""
        if self._tool_bar is None:
            from eventglass.widgets.views.embedding_controls import EmbeddingToolBar

            self._tool_bar = EmbeddingToolBar(self)
        return self._tool_bar

    def inspector_content(self) -> QWidget | None:
        """The point, the projection, the looks, the selection."""
        if self._inspector is None:
            from eventglass.widgets.views.embedding_inspector import EmbeddingInspector

            self._inspector = EmbeddingInspector(self)
        return self._inspector

    def commands(self) -> tuple[Command, ...]:
        """What can be done with an embedding."""
        from eventglass.widgets.views.embedding_commands import embedding_commands

        return embedding_commands(self)

    def renderer_name(self) -> str:
        """What draws the scene."""
        return self.scene.renderer

    def is_settled(self) -> bool:
        """Whether nothing is under way."""
        return (
            not (
                self.model.is_busy
                or self.shelf.is_looking
                or self.finding.is_busy
                or self._rest.isActive()
            )
            and self.scene.is_settled()
        )

    # -- choices

    @property
    def options(self) -> EmbeddingOptions:
        """The choices in force."""
        return self.context.workspace.state.embeddings

    def edit(self, label: str, **values: Any) -> None:
        """Change choices, as one step of undo."""
        self.context.workspace.edit(label, embeddings=replace(self.options, **values))

    def choose(self, label: str, field: str, value: object) -> None:
        """Change one choice, as one step of undo."""
        self.edit(label, **{field: value})

    def _workspace_changed(self, names: frozenset[str]) -> None:
        if "embeddings" not in names:
            return
        before, after = self.model.options, self.options
        self.model.set_options(after)
        if before.planar != after.planar:
            self._set_planar()
        colour = ("colour_by", "as_categories", "colour_map", "hidden_values")
        if any(getattr(before, name) != getattr(after, name) for name in colour):
            self._recolour()
        else:
            self._show_scene()
        self._sync_bar()
        self.changed.emit()

    # -- which embedding

    def show_source(self, source: EmbeddingSource | None) -> None:
        """Show another embedding; None for none."""
        if source is not None:
            self._wanted = source.key
        self.finding.end()
        self.model.load(source)
        self._show_sources()

    def compare(self, source: EmbeddingSource | None) -> None:
        """Show where the same rows of another embedding lie; None ends it."""
        self.model.compare(source)
        self._show_sources()

    def ask_file(self) -> None:
        """Let the user choose vectors, and then metadata for them."""
        chosen, _filter = QFileDialog.getOpenFileName(self, "Open vectors", "", _VECTORS)
        if not chosen:
            return
        metadata, _filter = QFileDialog.getOpenFileName(
            self, "Metadata for these vectors (Cancel: none)", str(Path(chosen).parent), _METADATA
        )
        self.open_path(chosen, metadata or None)

    def open_path(self, path: str, metadata_path: str | None = None) -> None:
        """Show the vectors in a file."""
        self.finding.end()
        self.model.open_file(path, metadata_path)
        self._show_sources()

    def _files_closed(self) -> None:
        source = self.model.source
        if source is not None and source.origin is Origin.OPENED:
            self.show_source(None)

    def _sources_changed(self) -> None:
        sources = self.shelf.sources()
        now = self.model.source
        known = now is not None and (
            now.origin is Origin.OPENED or any(each.key == now.key for each in sources)
        )
        reading = self.model.source is None and self.model.is_busy
        if not known and not reading and self.isVisible():
            wanted = next((each for each in sources if each.key == self._wanted), None)
            usable = [each for each in sources if each.origin is not Origin.MISSING]
            first = next(iter(usable or sources), None)
            if first is not None or now is not None:
                self.model.load(wanted or first)
        elif not known and now is not None and not reading:
            # Closed while nobody looks: nothing of it goes on.
            self.model.load(None)
        self._show_sources()

    def _show_sources(self) -> None:
        model = self.model
        self.bar.set_sources(self.shelf.sources(), model.source, model.against)
        self.bar.setVisible(bool(self.shelf.sources()) or model.source is not None)
        self._show_page()

    def _loaded(self) -> None:
        self.hovered = -1
        self._cameras = {}
        self._recolour()
        self._set_planar()
        self._sync_bar()
        self._show_sources()
        self._show_facts()
        self.changed.emit()

    def _sync_bar(self) -> None:
        facts = self.model.facts
        columns = [(name, each.hint) for name, each in facts.items()]
        self.bar.set_columns(columns, self.options.search_by)

    # -- pages

    @property
    def page(self) -> str:
        """``scene`` or ``table``."""
        return self.bar.page.value

    def show_page(self, page: str) -> None:
        """Show the points in space or as a table."""
        self.bar.page.set_value(page)
        self._show_page()
        self.changed.emit()

    def _show_page(self) -> None:
        model = self.model
        if model.error:
            self.empty.set_texts("This embedding can't be shown", model.error)
        elif model.data is None:
            self.empty.set_texts("No embeddings to show", HOW_TO)
        busy = model.data is None and (model.is_busy or self.shelf.is_looking)
        if model.data is None and not busy:
            self.stack.setCurrentWidget(self.empty)
        elif self.page == "table" and model.data is not None:
            self.stack.setCurrentWidget(self._points_table())
        else:
            self.stack.setCurrentWidget(self.scene)
        self.strip.setVisible(model.data is not None or busy)

    def _points_table(self) -> QWidget:
        from eventglass.widgets.views.embedding_table import PointsTable

        if not isinstance(self._table, PointsTable):
            self._table = PointsTable(self)
            self.stack.addWidget(self._table)
        self._table.sync()
        return self._table

    # -- what is drawn

    def looks(self) -> Looks:
        """What the scene shows besides the model."""
        return Looks(self.colouring, self.off, self.hovered)

    def _recolour(self) -> None:
        model, options = self.model, self.options
        dark = self.context.theme.dark
        self.colouring = colouring_of(
            model.facts,
            options.colour_by,
            model.count,
            options.colour_map,
            options.as_categories,
            dark,
        )
        moved = model.movement() if options.colour_by == MOVEMENT else None
        if moved is not None:
            from eventglass.app.models.embedding_colours import by_numbers

            self.colouring = by_numbers(moved, "Movement", options.colour_map, dark)
        prefix = f"{self.colouring.title}\0"
        hidden = {each[len(prefix) :] for each in options.hidden_values if each.startswith(prefix)}
        entries = self.colouring.entries if hidden else ()
        self.off = frozenset(entry.code for entry in entries if entry.text in hidden)
        self.legend.set_colouring(self.colouring if model.data is not None else None, self.off)
        self._show_scene()

    def switch_off(self, codes: frozenset[int]) -> None:
        """Hide the points of categories; an empty set shows all."""
        title = self.colouring.title
        others = {each for each in self.options.hidden_values if not each.startswith(f"{title}\0")}
        own = {f"{title}\0{each.text}" for each in self.colouring.entries if each.code in codes}
        self.edit("Hide categories", hidden_values=frozenset(others | own))

    def select_category(self, code: int) -> None:
        """Select all points of a category."""
        codes = self.colouring.codes
        if codes is not None:
            self.model.select(np.flatnonzero(codes == code))

    def _show_scene(self) -> None:
        model = self.model
        self.scene.set_items(self.builder.items(model, self.looks()))
        self.scene.set_fog(0.55 if self.options.fog and not self.options.planar else 0.0)
        self._show_labels()

    def _show_labels(self) -> None:
        size = (self.scene.width(), self.scene.height())
        camera = self.scene.camera
        self.scene.set_labels(self.builder.labels(self.model, self.looks(), camera, size))
        self._show_ring()

    def _show_ring(self) -> None:
        row, positions = self.hovered, self.model.positions
        if positions is None or not 0 <= row < len(positions):
            self.ring.hide()
            return
        size = (float(self.scene.width()), float(self.scene.height()))
        x, y, depth = self.scene.camera.project(positions[row : row + 1], size)[0].tolist()
        if depth > 0 and self.builder.visible(self.model, self.looks())[row]:
            self.ring.show_at(x, y, self.builder.hovered_size(self.model, row))
        else:
            self.ring.hide()

    def _set_planar(self) -> None:
        self.scene.set_planar(self.options.planar)

    def _projected(self, fresh: bool) -> None:
        if self.options.colour_by == MOVEMENT:
            self._recolour()
        else:
            self._show_scene()
        wanted, self._wanted_camera = self._wanted_camera, None
        if fresh:
            self._moved = False
            self._set_planar()
        if wanted is not None:
            self._take_camera(wanted)
        elif fresh:
            planar = self.options.planar
            if planar in self._cameras:
                self._moved = True
                self.scene.set_camera(self._cameras[planar])
            else:
                if not planar:
                    # What came from the plane is looked at from its front.
                    first = Camera()
                    camera = replace(self.scene.camera, yaw=first.yaw, pitch=first.pitch)
                    self.scene.set_camera(camera)
                self._fit(animate=False)
            self._show_labels()
        self._show_facts()
        self._refresh_table()
        self.changed.emit()

    def _show_facts(self) -> None:
        model, projection = self.model, self.model.projection
        parts: list[str] = []
        if model.data is not None:
            hidden = model.marks.hidden_count
            shown = count_text(model.count, "point")
            parts.append(f"{model.count - hidden:,} of {shown}" if hidden else shown)
            parts.append(count_text(model.data.dimensions, "dimension"))
            lost = int(np.count_nonzero(~model.data.embedding.finite))
            if lost:
                parts.append(f"{lost:,} without a place: not all numbers")
            if len(model.marks.selected):
                parts.append(f"{len(model.marks.selected):,} selected")
        if projection is not None:
            if projection.total == projection.total:
                parts.append(f"{100 * projection.total:.1f} % of the variance")
            parts += projection.notes
            if projection.other is not None:
                by = model.matched_by or "rows"
                parts.append(f"compared by {by}, turned onto each other")
        self.strip.show_facts(parts)
        self.strip.show_notices(model.notices())
        self._show_note()

    def _show_note(self) -> None:
        text = self.model.trouble if self.model.data is not None else ""
        # Without a screen nobody expects it.
        if self.scene.failure and not text and QGuiApplication.platformName() != "offscreen":
            text = f"Drawn without OpenGL: {self.scene.failure}"
        self.note.setText(text)
        self._place_overlays()

    # -- progress

    def _progressed(self, words: str, share: float) -> None:
        self._busy = (words, share)
        if not words:
            self._patience.stop()
            self._show_progress()
        elif self.strip.stage.isVisibleTo(self.strip):
            self._show_progress()
        elif not self._patience.isActive():
            self._patience.start()

    def _show_progress(self) -> None:
        words, share = self._busy
        model = self.model
        self.strip.show_progress(words, share, has_job=model.has_job, rests=model.is_resting)

    def _failed(self, _text: str) -> None:
        self._show_sources()
        self._show_note()
        self.changed.emit()

    # -- marks

    def _marks_changed(self) -> None:
        if not len(self.model.marks.selected) or self.model.focus not in self.model.marks.selected:
            self.model.set_focus(-1)
        self._show_scene()
        self._show_facts()
        self._refresh_table()
        self.changed.emit()

    def _neighbours_changed(self) -> None:
        self._show_scene()
        self.changed.emit()

    def _metadata_changed(self) -> None:
        had_legend = not self.legend.isHidden()
        self._recolour()
        self._sync_bar()
        self._show_facts()
        if self.legend.isHidden() == had_legend and not self._moved:
            self._fit(animate=False)
        self._refresh_table()
        self.changed.emit()

    def _refresh_table(self) -> None:
        if self.page == "table":
            self._show_page()

    def focus_on(self, row: int) -> None:
        """Select one point and look for its neighbours."""
        self.model.select([row], label="Select a point")
        self.model.set_focus(row)

    def select_neighbours(self) -> None:
        """Select the point and its neighbours."""
        model = self.model
        if model.neighbours is not None and model.focus >= 0:
            focus = model.focus
            model.select(np.append(model.neighbours.rows, focus), label="Select neighbours")

    def _hovered(self, pick: Pick | None) -> None:
        row = self.builder.row_of(pick)
        if row != self.hovered:
            self.hover(row)
            self.pointed.emit()

    def hover(self, row: int) -> None:
        """Bring a point forward; -1 for none."""
        if row != self.hovered:
            self.hovered = row
            self._show_labels()

    def _clicked(self, pick: Pick | None, modifiers: Qt.KeyboardModifier) -> None:
        row = self.builder.row_of(pick)
        more = modifiers & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
        if row < 0:
            if not more:
                self.clear_selection()
        elif more:
            self.model.select([row], "toggle")
        else:
            self.focus_on(row)

    def clear_selection(self) -> None:
        """Select nothing."""
        self.model.select([], label="Clear the selection")
        self.model.set_focus(-1)

    def isolate(self) -> None:
        """Show only what is selected."""
        self.model.edit_marks("Isolate points", self.model.marks.isolated())
        self.fit()

    def hide_selected(self) -> None:
        """Hide what is selected."""
        self.model.edit_marks("Hide points", self.model.marks.without_selected())

    def show_all(self) -> None:
        """Show hidden points again."""
        self.model.edit_marks("Show all points", self.model.marks.all_shown())

    def invert(self) -> None:
        """Select what is not selected."""
        self.model.edit_marks("Invert the selection", self.model.marks.inverted())

    def select_all(self) -> None:
        """Select everything that is shown."""
        self.model.edit_marks("Select all points", self.model.marks.all_selected())

    def _region_told(self, key: object, indices: npt.NDArray[np.int64]) -> None:
        if key in ("points", "sprites"):
            self._regions.append(indices)

    def _region_finished(self, modifiers: Qt.KeyboardModifier) -> None:
        found, self._regions = self._regions, []
        rows = np.concatenate(found) if found else np.empty(0, np.int64)
        if modifiers & Qt.KeyboardModifier.AltModifier:
            self.model.select(rows, "remove")
        elif modifiers & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier):
            self.model.select(rows, "add")
        else:
            self.model.select(rows)

    def search_for(self, text: str) -> None:
        """Search for something."""
        self.finding.search_for(text)

    # -- places

    def frame_selection(self) -> None:
        """Bring what is selected into sight, large."""
        positions, rows = self.model.positions, self.model.marks.selected
        aspect = self.scene.width() / max(self.scene.height(), 1)
        camera = self.scene.camera
        found = None if positions is None else framing.around(camera, positions[rows], aspect)
        if found is None:
            self.fit()
            return
        self._moved = True
        self.scene.set_camera(found, animate=True)
        self._rest.start()

    def look_from(self, camera: Camera) -> None:
        """Look from a camera, as soon as what is being projected is there."""
        if self.model.is_busy:
            self._wanted_camera = camera
        else:
            self._take_camera(camera)

    def _take_camera(self, camera: Camera) -> None:
        self.scene.set_camera(camera)
        self._camera_moved(camera)

    def fit(self) -> None:
        """Show all points, also when the room for them becomes another."""
        self._fit(animate=True)

    def _fit(self, *, animate: bool) -> None:
        self._moved = False
        self._fitted_size = (self.scene.width(), self.scene.height())
        self._cameras.pop(self.options.planar, None)
        self._rest.start()
        positions = self.model.positions
        if positions is None:
            return
        options, legend = self.options, self.legend
        shown = framing.some_of(positions, self.builder.visible(self.model, self.looks()))
        size = (float(max(self.scene.width(), 1)), float(max(self.scene.height(), 1)))
        edge = options.sprite_size / 2 if options.sprites else options.point_size
        corner = None if legend.isHidden() else (legend.geometry().right(), legend.y())
        camera = framing.fitted(self.scene.camera, shown, size, corner, edge)
        if camera is not None:
            self.scene.set_camera(camera, animate)

    def take_tool(self, tool: Tool) -> None:
        """Let dragging turn the scene or select."""
        self.scene.set_tool(tool)
        self.changed.emit()

    def step_back(self) -> bool:
        """Escape: end the search, the tool, the selection."""
        if self.bar.search.text():
            self.finding.end()
        elif self.scene.tool != "orbit":
            self.scene.set_tool("orbit")
            self.changed.emit()
        elif len(self.model.marks.selected):
            self.clear_selection()
        else:
            return False
        return True

    def show_notices(self) -> None:
        """Show what was not as it should be."""
        from eventglass.widgets.views.embedding_inspector import show_notices

        show_notices(self)

    def _job_changed(self) -> None:
        self._show_progress()
        self._show_note()
        if not self.model.has_job and not self._moved and self.model.positions is not None:
            # What t-SNE and UMAP draw spreads while they run.
            self.fit()
        self.changed.emit()

    def _camera_moved(self, camera: Camera) -> None:
        self._moved = True
        # It is put where the point went when the camera rests.
        self.ring.hide()
        self._cameras[self.options.planar] = camera
        self._rest.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep what lies over the scene in its corners."""
        if watched is self.scene and event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            self._place_overlays()
            grown = (self.scene.width(), self.scene.height()) != self._fitted_size
            if self.model.positions is not None and not self._moved and grown:
                self._fit(animate=False)
        return super().eventFilter(watched, event)

    def contextMenuEvent(self, event: Any) -> None:
        """What can be done with the points."""
        from eventglass.widgets.views.embedding_commands import point_menu

        if self.stack.currentWidget() is self.scene:
            at: QPoint = self.scene.mapFromGlobal(event.globalPos())
            pick = self.scene.pick_at(at.x(), at.y())
            row = self.builder.row_of(pick)
            point_menu(self, row).popup(event.globalPos())

    def tell(self, text: str) -> None:
        """Say something over the scene."""
        self.note.setText(text)
        self._place_overlays()

    def _place_overlays(self) -> None:
        self.legend.place()
        self.note.setVisible(bool(self.note.text()))
        self.note.setWordWrap(True)
        metrics = self.note.fontMetrics()
        longest = max(map(metrics.horizontalAdvance, self.note.text().split("\n")))
        wide = min(longest + 24, max(self.scene.width() - 32, 40))
        self.note.setGeometry(10, 8, wide, self.note.heightForWidth(wide))

    def label_column(self) -> str:
        """Name of the column that labels points; empty for none."""
        return label_column(self.model.facts, self.options.label_by)


#: Instead of a column: how far points went between the two embeddings compared.
MOVEMENT = "\0movement"


def _timer(parent: QObject, wait_ms: int, slot: Any) -> QTimer:
    made = QTimer(parent)
    made.setSingleShot(True)
    made.setInterval(wait_ms)
    made.timeout.connect(slot)
    return made


def _stop(model: EmbeddingModel) -> None:
    """End the process of a view that is gone."""
    if isValid(model):
        model.stop()
