"""The meshes view: a card for every mesh or point cloud of a run, in space."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar

from PySide6.QtCore import QPoint, QTimer, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from eventglass.app.core.meshes.colouring import ValueRange, value_range
from eventglass.app.core.meshes.statistics import MeshStatistics
from eventglass.app.core.names import Kind
from eventglass.app.models.alive import alive
from eventglass.app.models.commands import Command
from eventglass.app.models.mesh_book import (
    ColourRequest,
    KeyMaker,
    LoadedMesh,
    MeshBook,
    MeshKey,
    mesh_entries,
)
from eventglass.app.models.mesh_groups import MeshGroups, MeshPlace
from eventglass.app.models.tag_groups import TagPlace
from eventglass.app.models.view_options import MeshOptions
from eventglass.app.models.workspace import VISIBLE_RUNS
from eventglass.widgets.plots.gl_camera import Bounds, Camera, Preset
from eventglass.widgets.plots.gl_pointer import Tool
from eventglass.widgets.view import ViewContext
from eventglass.widgets.views import mesh_scene
from eventglass.widgets.views.mesh_card import MeshCard
from eventglass.widgets.views.mesh_scene import Home, MeshLook
from eventglass.widgets.views.tag_cards import TagCardsView, plain

#: Cameras of so many cards are remembered.
_REMEMBERED = 500
#: Rest after which figures are worked out, milliseconds.
REST_MS = 250
#: Time after which the next step is read ahead, milliseconds.
AHEAD_MS = 30
#: Names of what colours vertices, beside the map.
VALUE_NAMES = {
    "x": "x",
    "y": "y",
    "z": "z",
    "centre": "to the centre",
    "distance": "distance",
}

_CONTENT = frozenset({"step", "held_steps", "restarts"})
_LOOKS = frozenset({"run_colours", "run_aliases", "pinned_tags", VISIBLE_RUNS})


class MeshesView(TagCardsView[MeshCard]):
    """Shows meshes and point clouds."""

    view_id: ClassVar[str] = "meshes"
    title: ClassVar[str] = "Meshes"
    icon: ClassVar[str] = "mesh"
    order: ClassVar[int] = 80
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.MESH})
    words: ClassVar[tuple[str, str]] = ("mesh", "meshes")
    nouns: ClassVar[tuple[str, str]] = ("mesh", "meshes")
    heading: ClassVar[str] = "Meshes"
    card_class = MeshCard

    #: Another card is the current one, or more is known of its mesh.
    figures_changed = Signal()
    #: Dragging and clicking do something else: a word of `Tool`.
    tool_changed = Signal(str)

    def __init__(self, context: ViewContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.meshes = MeshGroups(context.store, context.workspace, self.heading)
        self.groups = self.meshes
        budget = int(context.settings.text("cache_mb")) * 1024 * 1024
        self.book = MeshBook(context.store, context.tasks, context.payloads, budget, self)
        self.column.addWidget(self._stack, 1)
        self.grid.set_aspect(0.92)
        self._options = context.workspace.state.meshes
        #: Cameras the user moved, by what they are linked by.
        self._cameras: dict[str, Camera] = {}
        self._tool: Tool = "orbit"
        #: Figures wait until steps rest: they cost more than a step.
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._measure)
        #: What follows waits until what is there is painted: they would share the cores.
        self._next: dict[int, MeshKey] = {}
        self._ahead = QTimer(self)
        self._ahead.setSingleShot(True)
        self._ahead.setInterval(AHEAD_MS)
        self._ahead.timeout.connect(self._prefetch)

    # -- the view's contract

    def state(self) -> dict[str, object]:
        """What fills the view, and from where is looked."""
        cameras = {key: camera.to_json() for key, camera in self._cameras.items()}
        return {**super().state(), "cameras": cameras}

    def restore(self, state: Mapping[str, object]) -> None:
        """Look from the same sides."""
        cameras = state.get("cameras")
        if isinstance(cameras, Mapping):
            found = {str(key): Camera.from_json(each) for key, each in cameras.items()}
            self._cameras = {key: each for key, each in found.items() if each is not None}
            for card in self.cards():
                self._place_camera(card)
        super().restore(state)

    def tool_bar_content(self) -> QWidget | None:
        """Colours, links, tools."""
        from eventglass.widgets.views.mesh_controls import MeshToolBar

        return MeshToolBar(self)

    def inspector_content(self) -> QWidget | None:
        """How meshes are drawn."""
        from eventglass.widgets.views.mesh_controls import MeshInspector

        return MeshInspector(self)

    def commands(self) -> tuple[Command, ...]:
        """What can be done with one mesh and with all."""
        from eventglass.widgets.views.mesh_commands import mesh_commands

        return mesh_commands(self)

    def renderer_name(self) -> str:
        """What draws."""
        return next((card.scene.renderer for card in self.cards() if card.scene.renderer), "")

    # -- cards

    def is_settled(self) -> bool:
        """Whether every card shows its mesh, or what is wrong with it."""
        return all(not card.waits and card.scene.is_settled() for card in self.cards())

    def card_width(self) -> int:
        """Width of cards that was chosen, in pixels."""
        return self.context.workspace.state.meshes.card_width

    def make_card(self, parent: QWidget) -> MeshCard:
        """Make an empty card."""
        card = MeshCard(self.context.theme, parent)
        card.slider.moved.connect(partial(self._slid, card))
        card.slider.hold_toggled.connect(partial(self._hold, card))
        card.scene.camera_changed.connect(partial(self._looked, card))
        card.scene.tool_changed.connect(self.set_tool)
        card.scene.renderer_changed.connect(self.renderer_changed)
        card.scene.set_tool(self._tool)
        return card

    def bind_card(self, card: MeshCard, place: TagPlace) -> None:
        """Ask for a card's mesh."""
        card.home = None
        self.dress_card(card)
        self._show_entry(card)

    def release_card(self, card: MeshCard) -> None:
        """Let a card's mesh go."""
        self.book.cancel(id(card))
        self._next.pop(id(card), None)
        card.clear()

    def dress_card(self, card: MeshCard) -> None:
        """Show what was chosen for all cards, and how this one stands."""
        super().dress_card(card)
        if card.place is not None:
            _name, card.colour = self.runs_of(card.place)[0]
            # In a page of cards the wheel scrolls the page, until a scene has the focus.
            card.scene.set_wheel_zooms(self.grid.maximised == card.key)
            self._draw(card)

    def theme_card(self, card: MeshCard) -> None:
        """Draw in the theme's colours."""
        self._draw(card)

    def show_cards(self, cards: Iterable[MeshCard]) -> None:
        """Ask for the meshes at the step."""
        for card in cards:
            self._show_entry(card)

    def place_of(self, card: MeshCard) -> MeshPlace | None:
        """What a card shows."""
        place = card.place
        return place if isinstance(place, MeshPlace) else None

    def runs_of(self, place: TagPlace) -> list[tuple[str, QColor]]:
        """Name and colour of the run a card shows: its series are of one."""
        return super().runs_of(replace(place, series_ids=place.series_ids[:1]))

    def _only_run(self, card: MeshCard) -> int:
        place = self.place_of(card)
        return place.mesh.run_id if place is not None else -1

    def forget(self) -> None:
        """Let go of what was kept of roots that may be closed now."""
        self.book.forget()

    # -- what a card shows

    def _show_entry(self, card: MeshCard) -> None:
        """Ask for the mesh at the card's step, and show where it stands."""
        place = self.place_of(card)
        if place is None:
            return
        if place.mesh.vertices < 0:
            card.show_message("No vertices were logged with this mesh")
            return
        state = self.context.workspace.state
        entries, key_of = mesh_entries(self.context.store, place.mesh, state.restarts)
        card.steps = entries.steps
        step, held = self.wanted_step(card)
        at = entries.nearest(step)
        card.slider.set_steps(entries.steps, at, step, held)  # type: ignore[arg-type]
        if at < 0:
            self.book.cancel(id(card))
            card.clear()
            card.show_message("No meshes yet")
            return
        wanted = key_of(at, place.sample)
        request = self._colour_request(place, at, key_of)
        shown = card.loaded
        if shown is not None and not card.waits and (shown.key, shown.request) == (wanted, request):
            return
        card.wanted, card.waits = wanted, True
        if shown is None:
            card.show_progress(0.0)
        like = shown.mesh if shown is not None else None
        done = alive(card, partial(self._loaded, card, wanted, at, key_of))
        fit = card.home is None or state.meshes.fit_each
        self.book.request(id(card), wanted, request, done, like, fit=fit)

    def _colour_request(self, place: MeshPlace, at: int, key_of: KeyMaker) -> ColourRequest:
        options = self.context.workspace.state.meshes
        if options.colour != "distance":
            return ColourRequest(options.colour)
        if options.against == "first":
            return ColourRequest("distance", key_of(0, place.sample))
        if options.against == "previous":
            return ColourRequest("distance", key_of(max(at - 1, 0), place.sample))
        return ColourRequest("distance", self._other_run(place, at, key_of))

    def _other_run(self, place: MeshPlace, at: int, key_of: KeyMaker) -> MeshKey | None:
        """The same mesh in the run distances lead to, at the nearest step."""
        store, state = self.context.store, self.context.workspace.state
        meshes = [m for m in self.meshes.meshes_of(place.tag) if m.vertices >= 0]
        wanted = state.meshes.against_run or state.baseline
        chosen = next((m for m in meshes if store.runs[m.run_id].key == wanted), None)
        if chosen is None:
            # Without a choice the others are measured against the first, and it to the second.
            chosen = next((m for m in meshes if m.run_id != place.mesh.run_id), None)
            if meshes and meshes[0].run_id != place.mesh.run_id:
                chosen = meshes[0]
        if chosen is None:
            return None
        entries, other_key = mesh_entries(store, chosen, state.restarts)
        nearest = entries.nearest(key_of(at, place.sample).step)
        return other_key(nearest, place.sample) if nearest >= 0 else None

    def _loaded(
        self, card: MeshCard, wanted: MeshKey, at: int, key_of: KeyMaker, loaded: LoadedMesh
    ) -> None:
        place = self.place_of(card)
        if card.wanted != wanted or place is None:
            return
        same = card.loaded is not None and card.loaded.mesh is loaded.mesh
        card.loaded, card.waits = loaded, False
        card.show_progress(1.0)
        if not same:
            card.statistics = None
        if loaded.batch and self.meshes.learn_batch(place.mesh, loaded.batch):
            self._regroup()
            place = self.place_of(card)
            if place is None or card.loaded is not loaded:
                return
        if loaded.mesh is None:
            card.scene.set_items(())
            card.scene.set_labels(())
            card.facts.set_line("")
            card.show_notes(())
            card.show_message(_lines((loaded.error,)), with_bytes=loaded.batch == 0)
            return
        home = mesh_scene.home_of(loaded)
        card.show_message("" if home is not None else _lines(loaded.notes[:3]))
        card.show_notes(loaded.notes)
        self._draw(card)
        self._follow_range(place.tag)
        if home is not None and card.home is None:
            card.home = home
            self._place_camera(card)
        elif home is not None and self._options.fit_each:
            card.home = home
            self._fit_again(card)
        card.show_facts(place.sample, place.samples)
        if card is self.current_card():
            self.figures_changed.emit()
        if card.statistics is None:
            self._rest.start()
        if at + 1 < len(card.steps):
            self._next[id(card)] = key_of(at + 1, place.sample)
            self._ahead.start()

    def _prefetch(self) -> None:
        """Put together what is likely to be asked for next, now that this step is painted."""
        for owner, key in self._next.items():
            self.book.prefetch(owner, key)
        self._next.clear()

    def _measure(self) -> None:
        """Work out the figures of what is shown, now that steps rest."""
        for card in self.cards():
            loaded = card.loaded
            if loaded is not None and loaded.mesh is not None and card.statistics is None:
                done = alive(card, partial(self._measured, card, loaded))
                self.book.statistics(id(card), loaded, done)

    def _measured(self, card: MeshCard, loaded: LoadedMesh, found: MeshStatistics) -> None:
        place = self.place_of(card)
        if place is not None and card.loaded is not None and card.loaded.mesh is loaded.mesh:
            card.statistics = found
            card.show_facts(place.sample, place.samples)
            if card is self.current_card():
                self.figures_changed.emit()

    def _draw(self, card: MeshCard) -> None:
        """Hand what is there of a card to its scene."""
        loaded, place = card.loaded, self.place_of(card)
        if loaded is None or loaded.mesh is None or place is None:
            return
        options, theme = self.context.workspace.state.meshes, self.context.theme
        limits = self._limits(place.tag, loaded)
        colour = card.colour
        look = MeshLook(options, (colour.red(), colour.green(), colour.blue()), limits)
        card.coloured = mesh_scene.vertex_colours(loaded, look, card.coloured)
        card.scene.set_items(mesh_scene.scene_items(loaded, look, card.coloured, theme))
        card.scene.set_labels(mesh_scene.scene_labels(loaded, options, theme))
        card.scene.set_lights(mesh_scene.scene_lights(loaded.mesh.config, options))
        card.scene.set_fog(0.6 if options.fog else 0.0)
        bounds = mesh_scene.mesh_bounds(loaded.mesh)
        card.scene.set_clip(mesh_scene.clip_plane(options, bounds) if bounds is not None else None)
        name = VALUE_NAMES.get(loaded.request.what, "") if loaded.values is not None else ""
        card.bar.show_range(name, options.colour_map, limits if name else None)

    # -- ranges of values

    def _limits(self, name: str, loaded: LoadedMesh) -> ValueRange | None:
        """What the ends of the map stand for in a card of a mesh."""
        if loaded.values is None:
            return None
        if not self._options.share_range:
            return value_range(loaded.values)
        found = [
            limits
            for card in self.cards()
            if card.place is not None
            and card.place.tag == name
            and card.loaded is not None
            and card.loaded.values is not None
            and card.loaded.request.what == loaded.request.what
            and (limits := value_range(card.loaded.values)) is not None
        ]
        own = value_range(loaded.values)
        if own is not None:
            found.append(own)
        if not found:
            return None
        return ValueRange(min(each.low for each in found), max(each.high for each in found))

    def _follow_range(self, name: str) -> None:
        """Colour the other cards of a mesh anew: one range is for all."""
        if self._options.share_range and self._options.colour in VALUE_NAMES:
            for card in self.cards():
                if card.place is not None and card.place.tag == name:
                    self._draw(card)

    # -- cameras

    def _link(self, card: MeshCard) -> str:
        """What a card's camera is linked by."""
        link = self._options.link
        if link == "all":
            return "\0all"
        if link == "mesh" and card.place is not None:
            return f"\0mesh:{card.place.tag}"
        return plain(card.key)

    def _linked(self, card: MeshCard) -> list[MeshCard]:
        key = self._link(card)
        return [each for each in self.cards() if each.home is not None and self._link(each) == key]

    def _fellows(self, card: MeshCard) -> list[MeshCard]:
        """The cards whose cameras are fitted together: with linked ones all runs of a mesh.

        Samples of a batch are different things: each of them is fitted to its own size.
        """
        place = self.place_of(card)
        if self._options.link == "none" or place is None:
            return [card]
        found = []
        for each in self.cards():
            other = self.place_of(each)
            if other is not None and (other.tag, other.sample) == (place.tag, place.sample):
                found.append(each)
        return found

    def _home(self, card: MeshCard) -> Home | None:
        """What the camera of a card is fitted to."""
        found: Home | None = None
        for each in self._fellows(card):
            if each.home is not None:
                found = mesh_scene.with_lines(each.home, each.scene.items).united(found)
        return found

    def _place_camera(self, card: MeshCard) -> None:
        """Look at a card's mesh from where its camera is, or else so that all is seen.

        And at those that are fitted together with it, for there is more to be seen now.
        """
        home = self._home(card)
        moved = self._cameras.get(self._link(card))
        for each in self._fellows(card):
            if home is None or each.home is None or each.loaded is None:
                continue
            mesh = each.loaded.mesh
            if mesh is None:
                continue
            if moved is not None:
                each.scene.set_camera(self._for_card(each, moved))
                continue
            up = self._options.up
            each.scene.set_camera(mesh_scene.first_camera(mesh.config, home, _aspect(each), up))

    def _looked(self, card: MeshCard, camera: Camera, animate: bool = False) -> None:
        """Let linked cards look from the same side."""
        self._card_reached(card.key)
        key = self._link(card)
        kept = camera.with_scene(None)
        home = self._home(card)
        if self._options.link != "none" and home is not None:
            kept = _relative(kept, home.bounds)
        self._cameras.pop(key, None)
        self._cameras[key] = kept
        while len(self._cameras) > _REMEMBERED:
            del self._cameras[next(iter(self._cameras))]
        for other in self._linked(card):
            if other is not card:
                other.scene.set_camera(self._for_card(other, kept), animate)

    def _for_card(self, card: MeshCard, kept: Camera) -> Camera:
        home = self._home(card)
        if self._options.link != "none" and home is not None:
            kept = _absolute(kept, home.bounds)
        return kept.with_scene(card.scene.bounds())

    def _fit_again(self, card: MeshCard) -> None:
        """Show all of the card's mesh at this step, from the same direction."""
        home = self._home(card)
        if home is not None:
            for each in self._fellows(card):
                camera = mesh_scene.fitted(each.scene.camera, home, _aspect(each))
                each.scene.set_camera(camera)

    def fit(self, card: MeshCard | None = None) -> None:
        """Show all of a card's mesh and of those linked to it; without one of all."""
        cards = self.cards() if card is None else self._linked(card)
        for each in cards:
            self._cameras.pop(self._link(each), None)
            loaded = each.loaded
            if loaded is None or loaded.mesh is None:
                continue
            if loaded.reach is None and mesh_scene.mesh_bounds(loaded.mesh) is not None:
                # Of the step that is shown: its outermost points are not known yet.
                each.home, each.waits = None, True
                self._show_entry(each)
            else:
                each.home = mesh_scene.home_of(loaded)
        for each in cards:
            self._place_camera(each)

    def show_from(self, name: Preset, card: MeshCard | None = None) -> None:
        """Look from a named side."""
        for each in self._leaders(card):
            home = self._home(each)
            if home is not None:
                camera = mesh_scene.fitted(each.scene.camera.preset(name), home, _aspect(each))
                each.scene.set_camera(camera, animate=True)
                self._looked(each, camera, animate=True)

    def toggle_projection(self, card: MeshCard | None = None) -> None:
        """Look with perspective or without."""
        cards = self._leaders(card)
        flat = not all(each.scene.camera.orthographic for each in cards)
        for each in cards:
            camera = replace(each.scene.camera, orthographic=flat)
            each.scene.set_camera(camera, animate=True)
            self._looked(each, camera, animate=True)

    def _leaders(self, card: MeshCard | None) -> list[MeshCard]:
        """The card, or one of each set of linked cards."""
        if card is not None:
            return [card]
        return list({self._link(each): each for each in reversed(self.cards())}.values())

    # -- tools

    @property
    def tool(self) -> Tool:
        """What dragging and clicking do."""
        return self._tool

    def set_tool(self, tool: Tool) -> None:
        """Let dragging turn the scenes, or clicks measure."""
        if tool not in ("orbit", "measure"):
            tool = "orbit"
        self._tool = tool
        for card in self.all_cards():
            card.scene.set_tool(tool)
            place = self.place_of(card)
            if place is not None:
                # Instead of what was measured last.
                card.show_facts(place.sample, place.samples)
        self.tool_changed.emit(tool)

    # -- steps

    def _slid(self, card: MeshCard, place: int) -> None:
        if 0 <= place < len(card.steps):
            self.go_to_step(card, int(card.steps[place]))

    def _hold(self, card: MeshCard, on: bool) -> None:
        at = card.slider.place
        if 0 <= at < len(card.steps):
            self.hold(card, int(card.steps[at]) if on else None)

    # -- what the user does

    def card_asked(self, what: str, card: MeshCard) -> None:
        """Save the bytes, show all."""
        if what == "raw":
            from eventglass.widgets.views.mesh_export import save_raw

            save_raw(self, card)
        elif what == "fit":
            self.fit(card)

    def _card_reached(self, key: str) -> None:
        if key != self._reached:
            super()._card_reached(key)
            self.figures_changed.emit()

    def focus_card(self, card: MeshCard) -> None:
        """Give the scene the focus, so that its keys work at once."""
        card.scene.setFocus()

    def step_back(self) -> bool:
        """Take back the last thing of these: the tool, a full view."""
        if self._tool == "orbit":
            return super().step_back()
        self.set_tool("orbit")
        return True

    def open_card_menu(self, card: MeshCard, place: QPoint) -> None:
        """Offer what can be done with a card."""
        from eventglass.widgets.views.mesh_commands import card_menu

        card_menu(self, card).popup(place)

    # -- the workspace

    def take_state(self, names: frozenset[str]) -> None:
        """Follow what was chosen."""
        before, self._options = self._options, self.context.workspace.state.meshes
        if before.up != self._options.up:
            up = mesh_scene.UPWARDS[self._options.up]
            turned = {key: replace(camera, up=up) for key, camera in self._cameras.items()}
            self._cameras = turned
        for card in self.cards():
            if names & _LOOKS or "meshes" in names:
                self.dress_card(card)
            if names & _CONTENT or names & {"meshes", "baseline", VISIBLE_RUNS}:
                self._show_entry(card)
            if _helpers(before) != _helpers(self._options):
                self._place_camera(card)


def _helpers(options: MeshOptions) -> tuple[object, ...]:
    """What decides what a camera is fitted to."""
    return options.link, options.up, options.box, options.axes, options.grid


def _lines(notes: Sequence[str]) -> str:
    """Return notes one below the other, in which the names of files can be broken."""
    return "\n".join(notes).replace("tfevents.", "tfevents.\u200b").replace("_", "_\u200b")


def _aspect(card: MeshCard) -> float:
    return card.scene.width() / max(card.scene.height(), 1)


def _relative(camera: Camera, home: Bounds) -> Camera:
    """Return a camera in units of a mesh's size, around its middle."""
    size, (x, y, z) = home.radius or 1.0, home.centre
    target = (
        (camera.target[0] - x) / size,
        (camera.target[1] - y) / size,
        (camera.target[2] - z) / size,
    )
    return replace(camera, target=target, distance=camera.distance / size)


def _absolute(camera: Camera, home: Bounds) -> Camera:
    """Return the camera of `_relative` for another mesh."""
    size, (x, y, z) = home.radius or 1.0, home.centre
    target = camera.target[0] * size + x, camera.target[1] * size + y, camera.target[2] * size + z
    return replace(camera, target=target, distance=camera.distance * size)
