"""The images view: every image of the logs as a thumbnail, and in full where one looks closer."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Any, ClassVar

from PySide6.QtWidgets import QStackedLayout, QWidget

from eventglass.app.core.names import Kind
from eventglass.app.core.store import Changes
from eventglass.app.models.image_rows import ImageRef, ImageRows
from eventglass.app.models.image_store import ImageStore
from eventglass.app.models.workspace import VISIBLE_RUNS
from eventglass.widgets.controls.empty import EmptyPage
from eventglass.widgets.view import Reason, View, ViewContext
from eventglass.widgets.views.image_gallery import Cell, ImageGallery

_STRUCTURE = frozenset({"tag_filter", "restarts", "run_aliases", "run_colours", VISIBLE_RUNS})


class ImagesView(View):
    """Gallery of all images; viewer and comparison of some."""

    view_id: ClassVar[str] = "images"
    title: ClassVar[str] = "Images"
    icon: ClassVar[str] = "images"
    order: ClassVar[int] = 20
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.IMAGE})

    def __init__(self, context: ViewContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        workspace = context.workspace
        self.rows = ImageRows(context.store, workspace)
        self.images = ImageStore(
            context.store, context.tasks, context.payloads, context.settings, self
        )
        self.gallery = ImageGallery(context.theme, workspace, self.rows, self.images, self)
        self._empty = EmptyPage(context.theme, "images", "No images to show", "")
        self._picks: tuple[ImageRef, ...] = ()
        self._stack = QStackedLayout(self.content)
        self._stack.addWidget(self.gallery)
        self._stack.addWidget(self._empty)
        self.gallery.chosen.connect(self._choose)
        self.gallery.group_toggled.connect(self._toggle_group)
        workspace.changed.connect(self._workspace_changed)
        workspace.tag_requested.connect(self._go_to_tag)

    def refresh(self, reason: Reason, changes: Changes | None) -> None:
        """Take in what is new."""
        if reason is Reason.THEME:
            self.gallery.looks_changed()
            return
        if changes is not None and changes.roots:
            self.images.forget()
        if self.rows.take_changes(changes) or (changes is not None and changes.grown):
            self._regroup()

    def _regroup(self) -> None:
        groups = self.rows.groups()
        self.gallery.set_groups(groups)
        if groups:
            self._stack.setCurrentWidget(self.gallery)
        else:
            self._empty.set_texts(*self._why_empty())
            self._stack.setCurrentWidget(self._empty)

    def _why_empty(self) -> tuple[str, str]:
        if not self.rows.has_tags():
            return "No images", "The logs that are open hold no image summaries, or none yet"
        if not self.context.workspace.visible_run_ids():
            return "No run is shown", "Tick a run in the list at the left, or clear its filter"
        if self.context.workspace.state.tag_filter:
            return "No image tag fits the filter", "Clear or change the filter of tags above"
        return "No images in the runs shown", "Tick other runs in the list at the left"

    def _workspace_changed(self, names: frozenset[str]) -> None:
        if not self.isVisible():
            self._dirty = True
            return
        if names & _STRUCTURE:
            self._regroup()
        if "images" in names or "collapsed_groups" in names:
            self.gallery.entries_changed()
        elif names & {"step", "held_steps"}:
            self.gallery.steps_changed()

    def _choose(self, cell: Cell) -> None:
        state = self.context.workspace.state
        if state.images.layout == "samples":
            self.edit("Choose a sample", sample=cell.sample)
        else:
            self.rows.move(cell.series_id, self.gallery.step_of(cell))
        series = self.rows.series(cell.series_id)
        self.context.workspace.select(series.run_id)
        self.context.workspace.select_tag(series.tag, Kind.IMAGE)

    def edit(self, label: str, **values: Any) -> None:
        """Change options of the view."""
        workspace = self.context.workspace
        workspace.edit(label, images=replace(workspace.state.images, **values))

    def _toggle_group(self, name: str) -> None:
        workspace = self.context.workspace
        folds = dict(workspace.state.collapsed_groups)
        folds[name] = not folds.get(name, False)
        label = "Fold a group" if folds[name] else "Unfold a group"
        workspace.edit(label, collapsed_groups=MappingProxyType(folds))

    def _go_to_tag(self, tag: str, kind: str) -> None:
        if kind == Kind.IMAGE:
            self.gallery.scroll_to_tag(tag)
