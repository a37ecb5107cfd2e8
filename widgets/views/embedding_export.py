"""Saves what an embedding shows: points, picture, metadata, bookmarks."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QImageWriter
from PySide6.QtWidgets import QFileDialog, QMessageBox

from eventglass.app.core.export import ExportError, check_target, replacing
from eventglass.app.core.projector import bookmarks, metadata
from eventglass.app.core.projector.notices import EmbeddingError
from eventglass.app.models.alive import alive
from eventglass.app.models.embedding_bookmarks import bookmark_of, options_of
from eventglass.app.models.embedding_rows import write_points
from eventglass.app.models.tasks import TaskControl
from eventglass.widgets.controls.command_palette import Entry
from eventglass.widgets.controls.picker import open_chooser
from eventglass.widgets.plots.gl_camera import Camera
from eventglass.widgets.views.embedding_table import point_data
from eventglass.widgets.views.save_bar import ask_path, file_name, trouble

if TYPE_CHECKING:
    from eventglass.widgets.views.embeddings import EmbeddingsView

#: Of TensorBoard's camera, from the lower to the upper edge.
_THEIR_FOV_DEGREES = 70.0
_POINTS = ("Comma-separated values (*.csv)", "Parquet (*.parquet)")
#: Of a picture, for each pixel of the screen.
PICTURE_SCALE = 2


def save_points(view: EmbeddingsView) -> None:
    """Ask where to, and save the points selected, or all that are shown."""
    path = _ask(view, "Save points and coordinates", ".csv", _POINTS)
    if path is not None:
        points_to(view, path)


def points_to(view: EmbeddingsView, path: Path) -> None:
    """Write points with metadata and coordinates; the selected ones where there are some."""
    model = view.model
    data = point_data(model)
    if data is None:
        return
    marks = model.marks
    rows = marks.selected if len(marks.selected) else marks.shown

    def work(control: TaskControl) -> None:
        write_points(data, rows, path, lambda: control.cancelled, control.report)

    _in_task(view, path, work)


def save_metadata(view: EmbeddingsView) -> None:
    """Ask where to, and save the metadata with what was edited."""
    path = _ask(view, "Save the metadata elsewhere", ".tsv", ("Tab-separated values (*.tsv)",))
    if path is not None:
        metadata_to(view, path)


def metadata_to(view: EmbeddingsView, path: Path) -> None:
    """Write the metadata as TensorBoard reads it."""
    table = view.model.metadata

    def work(_control: TaskControl) -> None:
        with replacing(path) as part:
            metadata.write(table, str(part))

    _in_task(view, path, work)


def save_picture(view: EmbeddingsView, *, transparent: bool = False) -> None:
    """Ask where to, and save what is in sight as PNG."""
    path = _ask(view, "Save the picture of the points", ".png", ("PNG picture (*.png)",))
    if path is not None:
        picture_to(view, path, transparent=transparent)


def picture_to(view: EmbeddingsView, path: Path, *, transparent: bool = False) -> None:
    """Write what is in sight, twice as fine as on the screen."""
    scene = view.scene
    scale = PICTURE_SCALE * scene.devicePixelRatioF()
    width, height = round(scene.width() * scale), round(scene.height() * scale)
    make = scene.image_maker(width, height, transparent)

    def work(_control: TaskControl) -> None:
        image = make(None)
        with replacing(path) as part:
            if not QImageWriter(str(part), QByteArray(b"png")).write(image):
                raise ExportError("The picture can't be written there")

    _in_task(view, path, work)


def save_bookmarks(view: EmbeddingsView) -> None:
    """Ask where to, and save what is shown as a bookmark."""
    path = _ask(view, "Save as a bookmark of the projector", ".json", ("Bookmarks (*.json)",))
    if path is not None:
        bookmark_to(view, path)


def bookmark_to(view: EmbeddingsView, path: Path) -> None:
    """Write what is shown as a file of one bookmark."""
    camera = view.scene.camera
    source = view.model.source
    label = "" if source is None else source.name
    theirs = replace(camera, distance=camera.distance * _lens(camera))
    made = bookmark_of(view.model, label, theirs.position, theirs.target, camera.orthographic)

    def work(_control: TaskControl) -> None:
        with replacing(path) as part:
            bookmarks.save((made,), str(part))

    _in_task(view, path, work)


def load_bookmarks(view: EmbeddingsView) -> None:
    """Ask for a file of bookmarks, and show one of them."""
    start = ""
    source = view.model.source
    if source is not None and source.bookmarks is not None and not source.bookmarks.member:
        start = source.bookmarks.path
    chosen, _filter = QFileDialog.getOpenFileName(
        view, "Open bookmarks of the projector", start, "Bookmarks (*.json *.txt);;All files (*)"
    )
    if chosen:
        bookmarks_from(view, chosen)


def bookmarks_from(view: EmbeddingsView, path: str) -> None:
    """Read bookmarks; one is shown, of several the user chooses."""

    def work(_control: TaskControl) -> bookmarks.Bookmarks:
        return bookmarks.load(path)

    def done(found: bookmarks.Bookmarks) -> None:
        items = found.items
        if len(items) == 1:
            show_bookmark(view, items[0])
        elif items:
            entries = [
                Entry(each.label or f"Bookmark {i + 1}", _Showing(view, each), each.projection)
                for i, each in enumerate(items)
            ]
            open_chooser(view.context.theme, view.window(), "Bookmark", entries)
        else:
            _tell(view, "The file holds no bookmarks")

    _submit(view, work, done)


def show_bookmark(view: EmbeddingsView, bookmark: bookmarks.Bookmark) -> None:
    """Show what a bookmark shows, as far as it fits these points."""
    model = view.model
    options = options_of(bookmark, view.options)
    view.context.workspace.edit("Show a bookmark", embeddings=options)
    if model.data is None:
        return
    if bookmark.shape is not None and bookmark.shape[0] != model.count:
        _tell(
            view,
            f"The bookmark is of {bookmark.shape[0]:,} points, here are {model.count:,}: only its "
            "settings were taken over",
        )
        return
    marks = model.marks.all_shown()
    if bookmark.filtered:
        shown = marks.selecting(np.array(bookmark.filtered, np.int64))
        marks = shown.isolated()
    marks = marks.selecting(np.array(bookmark.selected, np.int64))
    model.edit_marks("Show a bookmark", marks)
    points = bookmark.points
    if points is not None and bookmark.projection in ("tsne", "umap"):
        planar = not np.isfinite(points[:, 2]).any()
        model.show_coordinates(points[:, : 2 if planar else 3])
    camera = camera_of(bookmark, view.scene.camera, options.planar)
    if camera is not None:
        view.look_from(camera)


def _lens(camera: Camera) -> float:
    """How much nearer TensorBoard's eye stands to see as much."""
    own = math.tan(math.radians(camera.fov_degrees) / 2)
    return own / math.tan(math.radians(_THEIR_FOV_DEGREES) / 2)


def camera_of(bookmark: bookmarks.Bookmark, now: Camera, planar: bool) -> Camera | None:
    """Return the camera of a bookmark; in the plane it looks from the front. None without one."""
    if bookmark.camera_position is None or bookmark.camera_target is None:
        return None
    upright = replace(Camera(), fov_degrees=now.fov_degrees)
    made = upright.looking_at(bookmark.camera_position, bookmark.camera_target)
    made = made.preset("front") if planar else made
    made = replace(made, orthographic=planar or bookmark.orthographic)
    return replace(made, distance=made.distance / _lens(made) / max(bookmark.camera_zoom, 1e-3))


class _Showing:
    """Shows one bookmark of a file."""

    __slots__ = ("_bookmark", "_view")

    def __init__(self, view: EmbeddingsView, bookmark: bookmarks.Bookmark) -> None:
        self._view = view
        self._bookmark = bookmark

    def __call__(self) -> None:
        show_bookmark(self._view, self._bookmark)


def _ask(view: EmbeddingsView, title: str, suffix: str, filters: tuple[str, ...]) -> Path | None:
    source = view.model.source
    name = file_name("embedding" if source is None else source.title or source.name, suffix)
    return ask_path(view, view.context.settings, title, name, filters, suffix)


def _check(view: EmbeddingsView, path: Path) -> None:
    check_target([root.path for root in view.context.store.roots], path)


def _in_task(view: EmbeddingsView, path: Path, work: Callable[[TaskControl], None]) -> None:
    def checked(control: TaskControl) -> None:
        _check(view, path)
        work(control)

    _submit(view, checked, lambda _nothing: None)


def _submit(
    view: EmbeddingsView, work: Callable[[TaskControl], Any], done: Callable[[Any], None]
) -> None:
    def failed(error: Exception) -> None:
        _tell(view, str(error) if isinstance(error, EmbeddingError) else trouble(error))

    view.context.tasks.submit((id(view), "files"), work, alive(view, done), alive(view, failed))


def _tell(view: EmbeddingsView, text: str) -> None:
    box = QMessageBox(QMessageBox.Icon.Warning, "Embeddings", text, parent=view)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
