"""What can be done with images: compare, copy, save; as menus and for commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu

from eventglass.app.core.export import ExportError
from eventglass.app.models import image_export as export
from eventglass.app.models.alive import alive
from eventglass.app.models.image_export import Item
from eventglass.app.models.image_rows import ImageRef
from eventglass.app.models.image_store import ImageKey
from eventglass.app.models.payloads import reason
from eventglass.app.models.picture_looks import look_of, paint_picture
from eventglass.app.models.pictures import image_format, suffix_of
from eventglass.app.models.words import count_text, step_text
from eventglass.widgets.panels.panel import show_menu
from eventglass.widgets.views.save_bar import ask_path, file_name

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from eventglass.app.models.picture_looks import Look
    from eventglass.app.models.tasks import TaskControl
    from eventglass.widgets.views.images import ImagesView

#: Images on one line of a contact sheet of steps.
ACROSS = 8


class ImageActions:
    """Acts on one image, on the images of a row, or on those that are compared."""

    def __init__(self, view: ImagesView) -> None:
        self._view = view
        self._context = view.context
        self._rows = view.rows
        self._images = view.images

    # -- menus

    def open_menu(self, ref: ImageRef, at: QPoint, *, from_gallery: bool) -> None:
        """Offer what can be done with an image and with its row."""
        view = self._view
        menu = QMenu(view)
        if from_gallery:
            menu.addAction("Open in full", partial(view.open_refs, [self._following(ref)]))
            picked = view.is_picked(ref)
            text = "Take out of the comparison" if picked else "Add to the comparison"
            menu.addAction(text, partial(view.toggle_pick, ref))
            menu.addSeparator()
        runs = view.runs_of(ref)
        action = menu.addAction(
            f"Compare {count_text(len(runs), 'run')} at this step", partial(view.open_refs, runs)
        )
        action.setEnabled(len(runs) > 1)
        steps = view.neighbours_of(ref)
        action = menu.addAction("Compare with the step before", partial(view.open_refs, steps))
        action.setEnabled(len(steps) > 1)
        ends = view.ends_of(ref)
        action = menu.addAction(
            "Compare the first and the last step", partial(view.open_refs, ends)
        )
        action.setEnabled(len(ends) > 1)
        menu.addSeparator()
        menu.addAction("Copy the image", partial(self.copy, ref))
        menu.addAction("Save as stored…", partial(self.save_stored, ref))
        menu.addAction("Save as displayed…", partial(self.save_shown, ref))
        self._add_row_actions(menu.addMenu("All steps of this run"), ref)
        show_menu(menu, view, view.mapFromGlobal(at))

    def open_row_menu(self, ref: ImageRef, at: QPoint) -> None:
        """Offer what can be done with the images of a row."""
        menu = QMenu(self._view)
        runs = self._view.runs_of(ref)
        action = menu.addAction(
            f"Compare {count_text(len(runs), 'run')}", partial(self._view.open_refs, runs)
        )
        action.setEnabled(len(runs) > 1)
        menu.addSeparator()
        self._add_row_actions(menu, ref)
        show_menu(menu, self._view, self._view.mapFromGlobal(at))

    def _add_row_actions(self, menu: QMenu, ref: ImageRef) -> None:
        menu.addAction("Save as GIF…", partial(self.save_gif, ref))
        menu.addAction("Save as files, as stored…", partial(self.save_files, ref, False))
        menu.addAction("Save as PNG files, as displayed…", partial(self.save_files, ref, True))
        menu.addAction("Save a contact sheet…", partial(self.save_sheet, ref))

    # -- one image

    def copy(self, ref: ImageRef) -> None:
        """Put an image on the clipboard as it is displayed."""
        key = self._view.key_of(ref)
        if key is None:
            return

        def work(_control: TaskControl) -> QImage:
            return paint_picture(self._images.movie(key).frames[0], self._look())

        def done(image: QImage) -> None:
            QGuiApplication.clipboard().setImage(image)
            self._view.tell("Copied the image")

        self._submit(work, done)

    def save_stored(self, ref: ImageRef) -> None:
        """Save the bytes of an image as they were logged."""
        key = self._view.key_of(ref)
        if key is None:
            return
        # The suffix is known only from the bytes; they are read first.

        def work(_control: TaskControl) -> bytes:
            return self._images.encoded(key)

        self._submit(work, partial(self._ask_stored, ref, key))

    def _ask_stored(self, ref: ImageRef, key: ImageKey, data: bytes) -> None:
        suffix = suffix_of(data)
        name = image_format(data) or "Raw bytes"
        path = self._ask("Save as stored", self._name(ref), f"{name} (*{suffix})", suffix)
        if path is not None:
            item = Item(key, "")
            roots = self._roots()
            self._run(
                lambda _control: export.write_stored(self._images, item, path, roots),
                f"Saved {path.name}",
            )

    def save_shown(self, ref: ImageRef) -> None:
        """Save an image as it is displayed."""
        key = self._view.key_of(ref)
        path = self._ask("Save as displayed", self._name(ref), "PNG image (*.png)", ".png")
        if key is not None and path is not None:
            item, look, roots = Item(key, ""), self._look(), self._roots()
            self._run(
                lambda _control: export.write_shown(self._images, item, look, path, roots),
                f"Saved {path.name}",
            )

    # -- many images

    def items_of(self, ref: ImageRef) -> list[Item]:
        """The images of all steps of a row."""
        entries = self._rows.entries(ref.series_id)
        return [
            Item(ImageKey(ref.series_id, entry, ref.sample), f"step {step_text(step)}")
            for entry, step in zip(entries.indices.tolist(), entries.steps.tolist(), strict=True)
        ][: export.MOST]

    def items_of_refs(self, refs: Sequence[ImageRef]) -> list[Item]:
        """The images that references stand for now."""
        found = []
        for ref in refs:
            key = self._view.key_of(ref)
            if key is not None:
                series = self._rows.series(ref.series_id)
                name = self._context.workspace.alias(series.run_id)
                step = step_text(self._view.viewer_step(ref) or 0)
                found.append(Item(key, f"{name} · {step}"))
        return found

    def save_gif(self, ref: ImageRef) -> None:
        """Save all steps as the frames of an animation."""
        path = self._ask("Save as GIF", self._name(ref), "Animated GIF (*.gif)", ".gif")
        if path is not None:
            items, look, roots = self.items_of(ref), self._look(), self._roots()
            self._run(
                lambda control: export.write_gif(self._images, items, look, path, roots, control),
                f"Saved {path.name} with {{}} frames",
            )

    def save_files(self, ref: ImageRef, as_shown: bool) -> None:
        """Save all steps as files."""
        start = self._context.settings.text("export_folder") or str(Path.home())
        chosen = QFileDialog.getExistingDirectory(self._view, "Save into a folder", start)
        if chosen:
            items, roots, folder = self.items_of(ref), self._roots(), Path(chosen)
            look = self._look() if as_shown else None
            self._context.settings.set("export_folder", chosen)
            self._run(
                lambda control: export.write_files(
                    self._images, items, folder, look, roots, control
                ),
                f"Saved {{}} files in {folder.name}",
            )

    def save_sheet(self, ref: ImageRef) -> None:
        """Save all steps on one sheet."""
        self._save_sheet(self.items_of(ref), self._name(ref), ACROSS)

    def save_sheet_of_refs(self, refs: Sequence[ImageRef]) -> None:
        """Save the images that are compared on one sheet."""
        items = self.items_of_refs(refs)
        if items:
            self._save_sheet(items, "comparison", min(len(items), ACROSS))

    def _save_sheet(self, items: list[Item], name: str, across: int) -> None:
        path = self._ask("Save a contact sheet", f"{name} sheet", "PNG image (*.png)", ".png")
        if path is not None:
            look, roots = self._look(), self._roots()
            self._run(
                lambda control: export.write_sheet(
                    self._images, items, look, path, roots, control, across
                ),
                f"Saved {path.name} with {{}} images",
            )

    # -- inside

    def _following(self, ref: ImageRef) -> ImageRef:
        """The image as the viewer shows it: with the shared step where it stands at that."""
        return self._view.following(ref)

    def _look(self) -> Look:
        return look_of(self._context.workspace.state.images)

    def _roots(self) -> list[str]:
        return [root.path for root in self._context.store.roots if not root.closed]

    def _name(self, ref: ImageRef) -> str:
        series = self._rows.series(ref.series_id)
        run = self._context.workspace.alias(series.run_id)
        step = self._view.viewer_step(ref)
        at = "" if step is None else f" step {step}"
        return f"{run} {series.tag}{at}"

    def _ask(self, title: str, name: str, kind: str, suffix: str) -> Path | None:
        return ask_path(
            self._view, self._context.settings, title, file_name(name, suffix), [kind], suffix
        )

    def _run(self, work: Callable[[TaskControl], object], words: str) -> None:
        """Write something on a thread and tell how it went."""
        self._submit(work, lambda made: self._view.tell(words.format(f"{made:,}" if made else "0")))

    def _submit(
        self, work: Callable[[TaskControl], object], on_done: Callable[[Any], None]
    ) -> None:
        view = self._view
        self._context.tasks.submit(
            (id(self), "export"),
            work,
            alive(view, on_done),
            alive(view, self._complain),
            alive(view, view.show_progress),
        )

    def _complain(self, error: Exception) -> None:
        if isinstance(error, ExportError):
            self._view.tell(str(error))
        elif isinstance(error, ImportError):
            self._view.tell("Animated GIFs need Pillow, which is not installed")
        else:
            self._view.tell(f"Nothing was saved. {reason(error)}")
