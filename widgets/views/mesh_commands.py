"""What can be done with meshes: commands, and the menu of a card."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from eventglass.app.models.commands import Command
from eventglass.widgets.views.mesh_card import MeshCard
from eventglass.widgets.views.mesh_controls import (
    CLIPS,
    COLOURS,
    LINKS,
    PRESETS,
    SHADINGS,
    UPRIGHTS,
    WIRES,
    set_option,
)
from eventglass.widgets.views.mesh_export import save_mesh, save_picture, save_raw, save_turn

if TYPE_CHECKING:
    from eventglass.widgets.views.meshes import MeshesView

_NO_CARD = "Point at a card first"
_MENU = "Tools/3"


def mesh_commands(view: MeshesView) -> tuple[Command, ...]:
    """Return the commands of the meshes view."""
    workspace = view.context.workspace

    def exists() -> bool:
        return view.current_card() is not None

    def has_mesh() -> bool:
        card = view.current_card()
        return card is not None and card.loaded is not None and card.loaded.mesh is not None

    def with_card(action: Callable[[MeshCard], object]) -> None:
        card = view.current_card()
        if card is not None:
            action(card)

    def is_option(name: str, value: object) -> bool:
        return bool(getattr(workspace.state.meshes, name) == value)

    def flip(name: str) -> None:
        set_option(workspace, name, not getattr(workspace.state.meshes, name))

    def reason() -> str:
        return _NO_CARD

    made = [
        Command("meshes.fit", "Show all of the meshes", view.fit, _MENU, ("F",), "fit"),
        Command(
            "meshes.measure",
            "Measure distances",
            lambda: view.set_tool("orbit" if view.tool == "measure" else "measure"),
            _MENU,
            ("D",),
            checked=lambda: view.tool == "measure",
            keywords="distance ruler length",
        ),
        Command(
            "meshes.projection",
            "Perspective or parallel",
            view.toggle_projection,
            _MENU,
            keywords="orthographic camera",
        ),
    ]
    for what, title, key, icon in (
        ("maximise", "Fill the view with the card", "M", "expand"),
        ("pin", "Pin the card to the top", "", "pin"),
    ):
        ask = partial(_ask_current, view, what)
        shortcuts = (key,) if key else ()
        made.append(
            Command(f"meshes.{what}", title, ask, _MENU, shortcuts, icon, exists, reason=reason)
        )
    made.append(
        Command(
            "meshes.menu",
            "Menu of the card",
            lambda: with_card(lambda card: card.open_menu()),
            _MENU,
            ("Shift+F10",),
            enabled=exists,
            reason=reason,
        )
    )
    for name, values, words in (
        ("colour", COLOURS, "Colours"),
        ("shading", SHADINGS, "Shading"),
        ("wireframe", WIRES, "Edges"),
        ("clip", CLIPS, "Cut"),
        ("link", LINKS, "Cameras"),
        ("up", UPRIGHTS, "Upright"),
    ):
        made += [
            Command(
                f"meshes.{name}_{value}",
                f"{words}: {text[0].lower()}{text[1:]}",
                partial(set_option, workspace, name, value),
                checked=partial(is_option, name, value),
                keywords="mesh point cloud 3d",
            )
            for value, text in values
        ]
    made += [
        Command(
            f"meshes.{name}",
            title,
            partial(flip, name),
            checked=partial(is_option, name, True),
            keywords="mesh 3d show",
        )
        for name, title in (
            ("box", "Bounding box"),
            ("axes", "Axes"),
            ("grid", "Grid"),
            ("back_faces", "Back faces"),
            ("fog", "Fade what is far"),
            ("fit_each", "Fit each step"),
        )
    ]
    made += [
        Command(
            f"meshes.from_{name}",
            f"Look from: {text[0].lower()}{text[1:]}",
            partial(view.show_from, name),
            keywords="camera view preset",
        )
        for name, text in PRESETS
    ]
    made += [
        Command(
            f"meshes.{name}",
            title,
            partial(with_card, partial(action, view)),
            _MENU,
            enabled=enabled,
            keywords=f"export {words}",
            reason=reason,
        )
        for name, title, action, enabled, words in (
            ("save", "Save the mesh…", save_mesh, has_mesh, "ply obj stl gltf glb"),
            ("save_picture", "Save a picture of the mesh…", save_picture, has_mesh, "png image"),
            ("save_turn", "Save a turn of the mesh as GIF…", save_turn, has_mesh, "turntable"),
            ("save_raw", "Save the bytes as logged…", save_raw, exists, "raw"),
        )
    ]
    return tuple(made)


def card_menu(view: MeshesView, card: MeshCard) -> QMenu:
    """Return the menu of a card."""
    menu = QMenu(card)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    there = card.loaded is not None and card.loaded.mesh is not None
    for text, action in (
        ("Save the mesh…", save_mesh),
        ("Save a picture…", save_picture),
        ("Save a turn as GIF…", save_turn),
    ):
        menu.addAction(text, partial(action, view, card)).setEnabled(there)
    menu.addAction("Save the bytes as logged…", partial(save_raw, view, card))
    figures = menu.addAction("Copy the figures", partial(copy_figures, card))
    figures.setEnabled(card.statistics is not None)
    menu.addSeparator()
    menu.addAction("Show all\tF", partial(view.fit, card)).setEnabled(there)
    sides = menu.addMenu("Look from")
    for name, text in PRESETS:
        sides.addAction(text, partial(view.show_from, name, card))
    projection = menu.addAction("Without perspective\tP")
    projection.setCheckable(True)
    projection.setChecked(card.scene.camera.orthographic)
    projection.triggered.connect(lambda _on: view.toggle_projection(card))
    menu.addSeparator()
    for text, what in (("Fill the view\tReturn", "maximise"), ("Pin to the top", "pin")):
        action_ = menu.addAction(text)
        action_.setCheckable(True)
        action_.setChecked(card.flag(what))
        action_.triggered.connect(partial(_ask, card, what))
    return menu


def copy_figures(card: MeshCard) -> None:
    """Copy the figures of a card's mesh as lines of name and value."""
    if card.statistics is not None:
        rows = card.figures()
        QGuiApplication.clipboard().setText("\n".join(f"{name}\t{value}" for name, value in rows))


def _ask(card: MeshCard, what: str, _checked: bool = False) -> None:
    card.ask(what)


def _ask_current(view: MeshesView, what: str) -> None:
    card = view.current_card()
    if card is not None:
        card.ask(what)
