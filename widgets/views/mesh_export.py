"""Meshes as files: for other programs, as a picture, as a picture that turns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog, QHBoxLayout, QMessageBox, QVBoxLayout, QWidget

from eventglass.app.core.export import ExportError, check_target, replacing
from eventglass.app.core.meshes.writers import surface_of, write_mesh
from eventglass.app.core.plugins import DecodeError
from eventglass.app.models.alive import alive
from eventglass.app.models.tasks import TaskControl
from eventglass.widgets.controls.buttons import Choice, PillButton
from eventglass.widgets.controls.fields import FieldMessage, NumberField
from eventglass.widgets.controls.section import Section
from eventglass.widgets.views.mesh_card import MeshCard
from eventglass.widgets.views.save_bar import ask_path, file_name, trouble

if TYPE_CHECKING:
    from eventglass.app.models.theme import Theme
    from eventglass.widgets.views.meshes import MeshesView

#: Pixels of a picture, along a side and altogether.
LEAST_SIDE, MOST_SIDE, MOST_PIXELS = 16, 16_384, 120_000_000
#: A turn: frames, and how long each stays.
TURN_FRAMES, TURN_FRAME_MS, TURN_SIDE = 60, 60, 480
FILTERS = (
    "Stanford PLY (*.ply)",
    "Wavefront OBJ (*.obj)",
    "STL, faces only (*.stl)",
    "Binary glTF (*.glb)",
)


@dataclass(frozen=True, slots=True)
class PictureSize:
    """A picture to make: its size in pixels, and whether there is a background."""

    width: int
    height: int
    transparent: bool = False


class PictureDialog(QDialog):
    """Asks how large a picture is to be."""

    def __init__(self, theme: Theme, size: PictureSize, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Save the picture")
        self.width_field = NumberField("Width", "Pixels", 84)
        self.height_field = NumberField("Height", "Pixels", 84)
        self.background = Choice(
            theme, "Background", (("theme", "As here"), ("none", "Transparent"))
        )
        self._message = FieldMessage()
        self.ok = PillButton(theme, "Save…", primary=True)
        cancel = PillButton(theme, "Cancel")
        section = Section()
        section.add_row("Width", self.width_field, "In pixels")
        section.add_row("Height", self.height_field, "In pixels")
        section.add_row("Background", self.background)
        section.add_widget(self._message)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(12, 8, 12, 12)
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self.ok)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(section)
        column.addLayout(buttons)
        self.width_field.show_number(float(size.width))
        self.height_field.show_number(float(size.height))
        for field in (self.width_field, self.height_field):
            field.textChanged.connect(self._check)
        self.ok.clicked.connect(self.accept)
        cancel.clicked.connect(self.reject)
        self._check()

    def size_chosen(self) -> PictureSize | None:
        """What was asked for, None while it can't be."""
        width, height = self.width_field.number(), self.height_field.number()
        if width is None or height is None:
            return None
        sides = round(width), round(height)
        if min(sides) < LEAST_SIDE or max(sides) > MOST_SIDE or sides[0] * sides[1] > MOST_PIXELS:
            return None
        return PictureSize(*sides, self.background.value == "none")

    def _check(self) -> None:
        fits = self.size_chosen() is not None
        self.ok.setEnabled(fits)
        text = f"From {LEAST_SIDE} to {MOST_SIDE:,} pixels, 120 million altogether"
        self._message.tell("" if fits else text, wrong=not fits)


def save_mesh(view: MeshesView, card: MeshCard, path: Path | None = None) -> bool:
    """Save a card's mesh with the colours it has in the card; returns whether it was begun.

    The name's ending says the format. Asks where to without a path.
    """
    loaded = card.loaded
    if loaded is None or loaded.mesh is None or card.coloured is None:
        return False
    if path is None:
        name = file_name(name_of(view, card), ".ply")
        path = ask_path(view, view.context.settings, "Save the mesh", name, FILTERS, ".ply")
    if path is None:
        return False
    target, mesh = path, loaded.mesh
    chosen = card.coloured.colours
    surface = surface_of(mesh, None if isinstance(chosen, tuple) else chosen, loaded.normals)

    def work(_control: TaskControl) -> None:
        check_target(opened(view), target)
        with replacing(target) as part:
            write_mesh(part, target.suffix, surface)

    save(view, target, work)
    return True


def save_picture(
    view: MeshesView, card: MeshCard, path: Path | None = None, size: PictureSize | None = None
) -> bool:
    """Save a card's scene as PNG, ask what is missing; returns whether it was begun."""
    if card.loaded is None or card.loaded.mesh is None:
        return False
    if size is None:
        ratio = card.scene.devicePixelRatioF()
        shown = PictureSize(round(card.scene.width() * ratio), round(card.scene.height() * ratio))
        dialog = PictureDialog(view.context.theme, shown, view)
        size = dialog.size_chosen() if dialog.exec() else None
        dialog.deleteLater()
    if size is None:
        return False
    if path is None:
        name = file_name(name_of(view, card), ".png")
        filters = ("PNG picture (*.png)",)
        path = ask_path(view, view.context.settings, "Save the picture", name, filters, ".png")
    if path is None:
        return False
    make, target = card.scene.image_maker(size.width, size.height, size.transparent), path

    def work(_control: TaskControl) -> None:
        from eventglass.app.models.image_export import png_bytes

        check_target(opened(view), target)
        with replacing(target) as part:
            part.write_bytes(png_bytes(make(None)))

    save(view, target, work)
    return True


def save_turn(
    view: MeshesView, card: MeshCard, path: Path | None = None, side: int = TURN_SIDE
) -> bool:
    """Save a full turn of a card's scene as an animated GIF; returns whether it was begun."""
    if card.loaded is None or card.loaded.mesh is None:
        return False
    if path is None:
        name = file_name(f"{name_of(view, card)} turn", ".gif")
        filters = ("Animated GIF (*.gif)",)
        path = ask_path(view, view.context.settings, "Save a turn", name, filters, ".gif")
    if path is None:
        return False
    scene, target, roots = card.scene, path, opened(view)
    share = scene.width() / max(scene.height(), 1)
    wide, tall = (side, side / share) if share >= 1.0 else (side * share, side)
    make = scene.image_maker(max(round(wide), LEAST_SIDE), max(round(tall), LEAST_SIDE))
    start = scene.camera

    def work(control: TaskControl) -> None:
        from eventglass.app.models.image_export import write_frames

        check_target(roots, target)
        pictures = []
        for number in range(TURN_FRAMES):
            if control.cancelled:
                return
            # Less than half a turn away either side, as cameras have it.
            yaw = (start.yaw + 360.0 * number / TURN_FRAMES + 180.0) % 360.0 - 180.0
            pictures.append(make(replace(start, yaw=yaw)))
            control.report((number + 1) / TURN_FRAMES)
        write_frames(pictures, target, roots, control, TURN_FRAME_MS)

    save(view, target, work, alive(card, partial(_show_progress, card)))
    return True


def _show_progress(card: MeshCard, fraction: float, _partial: object) -> None:
    card.show_progress(fraction)


def save_raw(view: MeshesView, card: MeshCard, path: Path | None = None) -> bool:
    """Save the bytes of the vertices' entry as they were logged; returns whether it was begun."""
    wanted = card.wanted
    if wanted is None:
        return False
    store = view.context.store
    if path is None:
        name = file_name(name_of(view, card), ".pb")
        filters = ("Serialized summary value (*.pb)",)
        path = ask_path(view, view.context.settings, "Save the raw bytes", name, filters, ".pb")
    if path is None:
        return False
    target = path

    def work(_control: TaskControl) -> None:
        check_target(opened(view), target)
        data = store.read_payload(store.series[wanted.mesh.vertices], wanted.vertices)
        with replacing(target) as part:
            part.write_bytes(data)

    save(view, target, work)
    return True


def name_of(view: MeshesView, card: MeshCard) -> str:
    """What a file of a card is called."""
    place = view.place_of(card)
    assert place is not None
    run, _colour = view.runs_of(place)[0]
    step = f" step {card.loaded.key.step}" if card.loaded is not None else ""
    sample = f" mesh {place.sample + 1}" if place.samples > 1 else ""
    return f"{place.tag} {run}{step}{sample}"


def opened(view: MeshesView) -> list[str]:
    """Paths of the logs that are read: nothing is written into them."""
    return [root.path for root in view.context.store.roots if not root.closed]


def save(
    view: MeshesView,
    path: Path,
    work: Callable[[TaskControl], None],
    on_progress: Callable[[float, object], None] | None = None,
) -> None:
    """Write in a task; say so only when it fails."""

    def done(_nothing: object) -> None:
        """Say nothing: the file is there."""

    view.context.tasks.submit(
        ("save mesh", str(path)), work, done, partial(complain, view), on_progress
    )


def complain(view: MeshesView, error: Exception) -> None:
    """Say why something was not saved."""
    known = isinstance(error, (ExportError, DecodeError))
    text = str(error) if known else trouble(error)
    QMessageBox.warning(view, "Eventglass", f"The file was not saved.\n\n{text}")
