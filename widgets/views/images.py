"""The images view: every image of the logs as a thumbnail, and in full where one looks closer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, ClassVar

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QApplication, QStackedWidget, QVBoxLayout, QWidget

from eventglass.app.core.names import Kind
from eventglass.app.core.store import Changes
from eventglass.app.models.alive import alive
from eventglass.app.models.commands import Command
from eventglass.app.models.image_comparing import Statistics, statistics
from eventglass.app.models.image_rows import ImageRef, ImageRows
from eventglass.app.models.image_store import ImageKey, ImageStore
from eventglass.app.models.picture_looks import Look, look_of
from eventglass.app.models.view_options import ImageOptions
from eventglass.app.models.workspace import VISIBLE_RUNS
from eventglass.widgets.controls.empty import EmptyPage
from eventglass.widgets.controls.notice import Notice
from eventglass.widgets.view import Reason, View, ViewContext
from eventglass.widgets.views.image_actions import ImageActions
from eventglass.widgets.views.image_gallery import Cell, ImageGallery
from eventglass.widgets.views.image_viewer import MOST, ImageViewer

#: Fields of the workspace that change which images there are, or what they are called.
_STRUCTURE = frozenset({"tag_filter", "restarts", "run_aliases", "run_colours", VISIBLE_RUNS})
#: Options that change how images look, not where they are.
_LOOKS = frozenset(
    {*Look.__dataclass_fields__, "pixels", "play", "compare", "lock_zoom", "amplify"}
)


class ImagesView(View):
    """Gallery of all images; viewer and comparison of some."""

    view_id: ClassVar[str] = "images"
    title: ClassVar[str] = "Images"
    icon: ClassVar[str] = "images"
    order: ClassVar[int] = 20
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.IMAGE})

    #: Other images are marked for comparison.
    picks_changed = Signal()
    #: The gallery gave way to the viewer, or came back.
    page_changed = Signal()

    def __init__(self, context: ViewContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        workspace = context.workspace
        self.rows = ImageRows(context.store, workspace)
        self.images = ImageStore(
            context.store, context.tasks, context.payloads, context.settings, self
        )
        self.gallery = ImageGallery(context.theme, workspace, self.rows, self.images, self)
        self.viewer = ImageViewer(context, self.rows, self.images, self)
        self.doing = ImageActions(self)
        self._empty = EmptyPage(context.theme, "images", "No images to show", "")
        self._notice = Notice(context.theme)
        self._picks: tuple[ImageRef, ...] = ()
        self._options = workspace.state.images
        self._wanted: tuple[tuple[str, str, int, int | None], ...] = ()
        self._stack = QStackedWidget()
        for page in (self.gallery, self.viewer, self._empty):
            self._stack.addWidget(page)
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._notice)
        column.addWidget(self._stack, 1)
        self.gallery.chosen.connect(self._choose)
        self.gallery.opened.connect(self._open)
        self.gallery.picked.connect(self._pick)
        self.gallery.menu_asked.connect(self._gallery_menu)
        self.gallery.group_toggled.connect(self._toggle_group)
        self.viewer.closed.connect(self.close_viewer)
        self.viewer.menu_asked.connect(self._viewer_menu)
        self.viewer.raw_asked.connect(self.doing.save_stored)
        self.viewer.refs_changed.connect(self._refs_changed)
        workspace.changed.connect(self._workspace_changed)
        workspace.tag_requested.connect(self._go_to_tag)

    # -- the view's contract ----------------------------------------------------------------

    def refresh(self, reason: Reason, changes: Changes | None) -> None:
        """Take in what is new."""
        if reason is Reason.THEME:
            self.gallery.looks_changed()
            return
        if changes is not None and changes.roots:
            self.images.forget()
        if self.rows.take_changes(changes):
            self._regroup()
            self._return_to_refs()
        elif changes is not None and self.rows.concerns(changes.grown):
            # Where only known rows have grown the groups are what they were.
            if self.rows.are_shown(changes.grown):
                self.gallery.entries_changed()
            else:
                self._regroup()
        if not self.in_gallery:
            self.viewer.sync()

    def state(self) -> dict[str, object]:
        """Which images are open in full."""
        store = self.context.store
        if self.in_gallery:
            return {}
        return {
            "shown": [
                [
                    self.rows.run_key(ref.series_id),
                    store.series[ref.series_id].tag,
                    ref.sample,
                    ref.step,
                ]
                for ref in self.viewer.refs
            ]
        }

    def restore(self, state: Mapping[str, object]) -> None:
        """Open the same images again, once they are there."""
        found: list[tuple[str, str, int, int | None]] = []
        shown = state.get("shown")
        for each in shown if isinstance(shown, list) else ():
            match each:
                case [str(run_key), str(tag), int(sample), int() | None as step]:
                    found.append((run_key, tag, sample, step))
        self._wanted = tuple(found)
        self._return_to_refs()

    def tool_bar_content(self) -> QWidget | None:
        """Size, columns, comparison."""
        from eventglass.widgets.views.image_controls import ImageToolBar

        return ImageToolBar(self)

    def inspector_content(self) -> QWidget | None:
        """Pixel, whole image, display, gallery."""
        from eventglass.widgets.views.image_controls import ImageInspector

        return ImageInspector(self)

    def commands(self) -> tuple[Command, ...]:
        """What can be done with images."""
        from eventglass.widgets.views.image_commands import image_commands

        return image_commands(self)

    def is_settled(self) -> bool:
        """Whether all that is in sight is there."""
        return self.images.is_idle and (self.in_gallery or self.viewer.is_settled())

    # -- gallery and viewer -----------------------------------------------------------------

    @property
    def in_gallery(self) -> bool:
        """Whether the gallery is shown, not single images in full."""
        return self._stack.currentWidget() is not self.viewer

    @property
    def picks(self) -> tuple[ImageRef, ...]:
        """The images marked for comparison."""
        return self._picks

    def open_refs(self, refs: Sequence[ImageRef]) -> None:
        """Show images in full."""
        if not refs:
            return
        # Threads that make thumbnails give way.
        self.images.want((), 0, Look())
        self._stack.setCurrentWidget(self.viewer)
        self.viewer.show_refs(refs)
        self.viewer.sync()
        self.viewer.setFocus()
        if self.viewer.tiles:
            self.viewer.tiles[0].canvas.setFocus()
        self.page_changed.emit()

    def step_back(self) -> bool:
        """Go back from an image that fills the view."""
        if self.in_gallery:
            return False
        self.close_viewer()
        return True

    def close_viewer(self) -> None:
        """Go back to the gallery."""
        if self.in_gallery:
            return
        focus = QApplication.focusWidget()
        # Who types elsewhere, as in the filter of tags, goes on doing so.
        typing = Qt.WidgetAttribute.WA_InputMethodEnabled
        takes_focus = focus is None or not focus.testAttribute(typing)
        self._wanted = ()
        self.viewer.show_refs(())
        self._stack.setCurrentWidget(self.gallery)
        self.gallery.entries_changed()
        if takes_focus:
            self.gallery.setFocus()
        self.page_changed.emit()

    def compare(self) -> None:
        """Show the images marked side by side; without any, those of all runs at this step."""
        refs: Sequence[ImageRef] = self._picks
        if not refs:
            current = self.current_ref()
            refs = self.runs_of(current) if current is not None else ()
        self.open_refs(refs)
        if len(refs) == 1 and not self._picks:
            run = self.context.workspace.alias(self.rows.series(refs[0].series_id).run_id)
            self.tell(f"Only {run} has this tag: there is no other run to compare it with")

    def open_current(self) -> None:
        """Show the image last clicked in full."""
        ref = self.current_ref()
        if ref is not None and self.in_gallery:
            self.open_refs([self.following(ref)])

    def pick_current(self) -> None:
        """Mark the image last clicked, or take its mark away."""
        ref = self.current_ref()
        if ref is not None:
            self.toggle_pick(ref)

    def toggle_pick(self, ref: ImageRef) -> None:
        """Mark an image for comparison, or take its mark away."""
        known = next((pick for pick in self._picks if self._is_same(pick, ref)), None)
        if known is not None:
            self._picks = tuple(pick for pick in self._picks if pick is not known)
        elif len(self._picks) >= MOST:
            self.tell(f"No more than {MOST} images can be compared at once")
        else:
            self._picks = (*self._picks, ref)
        self._show_picks()

    def clear_picks(self) -> None:
        """Take all marks away."""
        self._picks = ()
        self._show_picks()

    def is_picked(self, ref: ImageRef) -> bool:
        """Whether an image is marked for comparison."""
        return any(self._is_same(pick, ref) for pick in self._picks)

    def current_ref(self) -> ImageRef | None:
        """The image that commands are about: in the viewer, under the pointer, last clicked."""
        if not self.in_gallery:
            return self.viewer.current_ref()
        cell = self.gallery.hovered_cell or self.gallery.cursor_cell
        if cell is None:
            cell = next((cell for cell, _box in self.gallery.visible_cells()), None)
        return self._ref_of(cell) if cell is not None else None

    # -- images that belong together --------------------------------------------------------

    def runs_of(self, ref: ImageRef) -> list[ImageRef]:
        """The same tag and sample in all visible runs, at the shared step."""
        tag = self.rows.series(ref.series_id).tag
        group = next((group for group in self.rows.groups() if group.tag == tag), None)
        ids = list(group.series_ids) if group is not None else [ref.series_id]
        if ref.series_id in ids:
            # The one it was asked of is first.
            ids.remove(ref.series_id)
            ids.insert(0, ref.series_id)
        return [ImageRef(series_id, ref.sample) for series_id in ids[:MOST]]

    def neighbours_of(self, ref: ImageRef) -> list[ImageRef]:
        """The image of the step before and the image."""
        entries = self.rows.entries(ref.series_id)
        place = self.viewer.place_of(ref)
        if place < 1:
            return [ref]
        return [
            replace(ref, step=int(entries.steps[place - 1])),
            replace(ref, step=int(entries.steps[place])),
        ]

    def ends_of(self, ref: ImageRef) -> list[ImageRef]:
        """The images of the first and the last step."""
        steps = self.rows.entries(ref.series_id).steps
        if len(steps) < 2:
            return [ref]
        return [replace(ref, step=int(steps[0])), replace(ref, step=int(steps[-1]))]

    def following(self, ref: ImageRef) -> ImageRef:
        """The image without a step of its own, where it stands at the shared one."""
        shared = replace(ref, step=None)
        return shared if self.viewer.place_of(shared) == self.viewer.place_of(ref) else ref

    def key_of(self, ref: ImageRef) -> ImageKey | None:
        """The image a reference stands for now."""
        return self.viewer.key_of(ref)

    def viewer_step(self, ref: ImageRef) -> int | None:
        """Step of the image a reference stands for now."""
        return self.viewer.step_of(ref)

    # -- options ----------------------------------------------------------------------------

    def edit(self, label: str, **values: Any) -> None:
        """Change options of the view."""
        workspace = self.context.workspace
        workspace.edit(label, images=replace(workspace.state.images, **values))

    def reset_look(self) -> None:
        """Show images as they were logged."""
        plain = ImageOptions()
        names = (*Look.__dataclass_fields__, "pixels")
        self.edit("Show images as logged", **{name: getattr(plain, name) for name in names})

    def rotate(self) -> None:
        """Rotate images by a quarter to the right."""
        turned = (self.context.workspace.state.images.rotate + 90) % 360
        self.edit("Rotate images", rotate=turned)

    def flip(self) -> None:
        """Flip images."""
        self.edit("Flip images", flip=not self.context.workspace.state.images.flip)

    def stretch_window(self) -> None:
        """Make the darkest and brightest number of the image black and white."""
        ref = self.current_ref()
        key = self.key_of(ref) if ref is not None else None
        if key is None:
            return

        def stretched(found: Statistics) -> None:
            count = len(found.lows)
            colours = slice(0, count - 1 if count in (2, 4) else count)
            low, high = min(found.lows[colours]), max(found.highs[colours])
            if high > low:
                self.edit("Stretch the numbers", low=low / found.top, high=high / found.top)

        self.context.tasks.submit(
            (id(self), "stretch"),
            lambda control: statistics(self.images.movie(key).frames[0], control),
            alive(self, stretched),
            alive(self, lambda _error: self.tell("This image can't be decoded")),
        )

    def tell(self, text: str) -> None:
        """Say something in a line above the images."""
        self._notice.dismiss()
        self._notice.tell(text)

    def show_progress(self, fraction: float, _partial: object) -> None:
        """Say how far writing files is."""
        self.tell(f"Writing… {100 * fraction:.0f} %")

    def save_shown_sheet(self) -> None:
        """Save the images shown in full on one sheet."""
        self.doing.save_sheet_of_refs(self.viewer.refs)

    # -- inside -----------------------------------------------------------------------------

    def _regroup(self) -> None:
        groups = self.rows.groups()
        self.gallery.set_groups(groups)
        open_ids = {i for group in groups for i in group.series_ids}
        picks = tuple(ref for ref in self._picks if ref.series_id in open_ids)
        if picks != self._picks:
            self._picks = picks
            self._show_picks()
        if not self.in_gallery:
            refs = [ref for ref in self.viewer.refs if ref.series_id in open_ids]
            if refs:
                self.viewer.show_refs(refs)
                return
            self.close_viewer()
        if groups:
            self._stack.setCurrentWidget(self.gallery)
        else:
            self._empty.set_texts(*self._why_empty())
            self._stack.setCurrentWidget(self._empty)

    def _return_to_refs(self) -> None:
        """Open what was open in the last session, as soon as all of it is there."""
        if not self._wanted:
            return
        by_tag = {group.tag: group.series_ids for group in self.rows.groups()}
        refs = [
            ImageRef(series_id, sample, step)
            for run_key, tag, sample, step in self._wanted
            for series_id in by_tag.get(tag, ())
            if self.rows.run_key(series_id) == run_key
        ]
        if len(refs) == len(self._wanted):
            self._wanted = ()
            self.open_refs(refs)

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
        before, self._options = self._options, self.context.workspace.state.images
        if not self.in_gallery:
            if names & ({"images", "step"} | _STRUCTURE):
                self.viewer.sync()
                if "images" in names:
                    self.viewer.options_changed()
            return
        if "collapsed_groups" in names or ("images" in names and self._moves(before)):
            self.gallery.entries_changed()
        elif "images" in names:
            self.gallery.looks_changed()
        if names & {"step", "held_steps"}:
            self.gallery.steps_changed()

    def _moves(self, before: ImageOptions) -> bool:
        """Whether images stand elsewhere now."""
        after = self._options
        if before.rotate != after.rotate:
            self.images.forget()
            return True
        return any(
            getattr(before, name) != getattr(after, name)
            for name in ImageOptions.__dataclass_fields__
            if name not in _LOOKS
        )

    def _ref_of(self, cell: Cell) -> ImageRef:
        return ImageRef(cell.series_id, cell.sample, self.gallery.step_of(cell))

    def _is_same(self, one: ImageRef, other: ImageRef) -> bool:
        if (one.series_id, one.sample) != (other.series_id, other.sample):
            return False
        return self.viewer.place_of(one) == self.viewer.place_of(other)

    def _choose(self, cell: Cell) -> None:
        state = self.context.workspace.state
        if state.images.layout == "samples":
            self.edit("Choose a sample", sample=cell.sample)
        else:
            self.rows.move(cell.series_id, self.gallery.step_of(cell))
        series = self.rows.series(cell.series_id)
        self.context.workspace.select(series.run_id)
        self.context.workspace.select_tag(series.tag, Kind.IMAGE)

    def _open(self, cell: Cell) -> None:
        self.open_refs([self.following(self._ref_of(cell))])

    def _pick(self, cell: Cell) -> None:
        self.toggle_pick(self._ref_of(cell))

    def _show_picks(self) -> None:
        self.gallery.set_picks(self._picks)
        self.picks_changed.emit()

    def _refs_changed(self) -> None:
        if not self.viewer.refs:
            self.close_viewer()

    def _gallery_menu(self, cell: Cell | None, series_id: int, at: QPoint) -> None:
        if cell is None:
            sample = self.context.workspace.state.images.sample
            self.doing.open_row_menu(ImageRef(series_id, sample), at)
        else:
            self.doing.open_menu(self._ref_of(cell), at, from_gallery=True)

    def _viewer_menu(self, ref: ImageRef, at: QPoint) -> None:
        self.doing.open_menu(ref, at, from_gallery=False)

    def _toggle_group(self, name: str) -> None:
        workspace = self.context.workspace
        folds = dict(workspace.state.collapsed_groups)
        folds[name] = not folds.get(name, False)
        label = "Fold a group" if folds[name] else "Unfold a group"
        workspace.edit(label, collapsed_groups=MappingProxyType(folds))

    def _go_to_tag(self, tag: str, kind: str) -> None:
        if kind == Kind.IMAGE:
            self.close_viewer()
            self.gallery.scroll_to_tag(tag)

    def look(self) -> Look:
        """How images look."""
        return look_of(self.context.workspace.state.images)
