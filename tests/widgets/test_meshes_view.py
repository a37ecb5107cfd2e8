"""The meshes view on real files: cards, steps, samples, colours, cameras, damage, exports."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from eventglass.app import load
from eventglass.app.core.store import Changes, LogStore
from eventglass.app.models.commands import Command, Commands
from eventglass.app.models.payloads import Payloads
from eventglass.app.models.settings import Settings
from eventglass.app.models.tasks import Tasks
from eventglass.app.models.theme import Theme
from eventglass.app.models.workspace import Workspace
from eventglass.widgets.controls.buttons import Toggle
from eventglass.widgets.plots.gl_items import Lines, Mesh, Pick, Points
from eventglass.widgets.plots.line_book import LineBook
from eventglass.widgets.view import Reason, ViewContext
from eventglass.widgets.views.mesh_card import MeshCard
from eventglass.widgets.views.mesh_commands import card_menu, copy_figures
from eventglass.widgets.views.mesh_controls import FiguresSection, MeshInspector, MeshToolBar
from eventglass.widgets.views.mesh_export import (
    PictureDialog,
    PictureSize,
    save_mesh,
    save_picture,
    save_raw,
    save_turn,
)
from eventglass.widgets.views.mesh_scene import BOX, GRID, MESH, VERTICES
from eventglass.widgets.views.meshes import MeshesView
from tests.widgets.audio_logs import write_log
from tests.widgets.mesh_logs import CUBE, CUBE_FACES, mesh

Entries = Mapping[str, Sequence[tuple[int, bytes]]]


@dataclass
class Bench:
    """A view and what it stands on."""

    store: LogStore
    workspace: Workspace
    tasks: Tasks
    view: MeshesView
    qtbot: QtBot
    logdir: Path

    def card(self, name: str, run: str = "a", sample: int = 0) -> MeshCard:
        """The card of a mesh."""
        for card in self.view.cards():
            place = self.view.place_of(card)
            if place is None or (place.tag, place.sample) != (name, sample):
                continue
            if self.store.runs[place.mesh.run_id].name == run:
                return card
        raise KeyError(name)

    def settle(self) -> None:
        """Wait until every card shows what it should."""
        self.qtbot.waitUntil(self.view.is_settled, timeout=20_000)

    def option(self, **values: object) -> None:
        """Change how meshes are shown."""
        options = replace(self.workspace.state.meshes, **values)  # type: ignore[arg-type]
        self.workspace.edit("Change", meshes=options)
        self.settle()

    def command(self, name: str) -> Command:
        """A command of the view."""
        return next(c for c in self.view.commands() if c.id == f"meshes.{name}")

    def item(self, card: MeshCard, key: str) -> Any:
        """An item of a card's scene."""
        return next((item for item in card.scene.items if item.key == key), None)

    def written(self, path: Path) -> Path:
        """Wait for a file."""
        self.qtbot.waitUntil(path.exists, timeout=20_000)
        return path


def logs(folder: Path, runs: Mapping[str, Entries]) -> Path:
    return write_log(
        folder, {(run, tag): rows for run, found in runs.items() for tag, rows in found.items()}
    )


@pytest.fixture
def open_log(qtbot: QtBot, tmp_path: Path) -> Iterator[Callable[[Path], Bench]]:
    opened: list[Tasks] = []

    def open_one(folder: Path) -> Bench:
        store = load(folder).store
        theme = Theme("light")
        workspace = Workspace(store, theme)
        tasks = Tasks()
        opened.append(tasks)
        context = ViewContext(
            store,
            workspace,
            Settings(tmp_path / "settings.json"),
            tasks,
            Commands(),
            theme,
            LineBook(store, workspace, tasks),
            Payloads(store, tasks, 1 << 24),
        )
        view = MeshesView(context)
        qtbot.addWidget(view)
        view.resize(1100, 2600)
        view.show()
        bench = Bench(store, workspace, tasks, view, qtbot, folder)
        workspace.take_changes(Changes(runs=range(len(store.runs)), roots=True))
        view.take_changes(Changes(runs=range(len(store.runs)), roots=True))
        bench.settle()
        return bench

    yield open_one
    for tasks in opened:
        tasks.stop()


SHADES = np.arange(24, dtype=np.uint8).reshape(8, 3) * 10
CLOUD = np.random.default_rng(2).normal(size=(2, 50, 3)).astype(np.float32)


@pytest.fixture
def bench(open_log: Callable[[Path], Bench], tmp_path: Path) -> Bench:
    grown = [(step, CUBE * (1.0 + step / 10.0)) for step in (0, 10, 20)]
    cloud = mesh("scan/cloud", [(0, CLOUD), (10, CLOUD * 2)])
    return open_log(
        logs(
            tmp_path / "logs",
            {
                "a": {**mesh("cube", grown, CUBE_FACES, SHADES), **cloud},
                "b": mesh("cube", [(0, CUBE + 5), (12, CUBE + 6)], CUBE_FACES),
            },
        )
    )


# -- cards -----------------------------------------------------------------------------------------


def test_a_card_for_every_mesh_run_and_sample(bench: Bench) -> None:
    assert [group.title for group in bench.view.groups_shown()] == ["Other", "scan"]
    assert len(bench.view.cards()) == 4
    first, second = bench.card("scan/cloud", sample=0), bench.card("scan/cloud", sample=1)
    assert first.facts.line().startswith("1 of 2 · 50 vertices")
    assert second.facts.line().startswith("2 of 2")
    points = bench.item(second, VERTICES)
    assert isinstance(points, Points)
    assert np.array_equal(points.positions, CLOUD[1] * 2)
    cube = bench.item(bench.card("cube"), MESH)
    assert isinstance(cube, Mesh)
    assert np.array_equal(cube.faces, CUBE_FACES)
    assert isinstance(cube.colours, np.ndarray)
    assert np.array_equal(cube.colours[:, :3], SHADES)
    bench.qtbot.waitUntil(lambda: "watertight" in bench.card("cube").facts.line())


def test_faces_written_once_go_with_later_steps(bench: Bench) -> None:
    bench.workspace.set_step(20)
    bench.settle()
    card = bench.card("cube")
    later = bench.item(card, MESH)
    assert later.vertices.max() == pytest.approx(3.0)
    bench.workspace.set_step(0)
    bench.settle()
    # The same faces are not handed over anew.
    assert bench.item(card, MESH).faces is later.faces
    assert bench.item(card, MESH).vertices.max() == 1.0


def test_the_slider_moves_the_shared_step_unless_held(bench: Bench) -> None:
    card = bench.card("cube")
    card.slider.moved.emit(1)
    bench.settle()
    assert bench.workspace.state.step == 10
    assert bench.card("cube", "b").loaded.key.step == 12  # type: ignore[union-attr]
    card.slider.hold_toggled.emit(True)
    bench.workspace.set_step(0)
    bench.settle()
    assert card.loaded is not None
    assert card.loaded.key.step == 10
    card.slider.hold_toggled.emit(False)
    bench.settle()
    assert card.loaded.key.step == 0


def test_a_tag_that_is_asked_for_is_shown(bench: Bench) -> None:
    bench.workspace.tag_requested.emit("scan/cloud_VERTEX", "mesh")
    current = bench.view.current_card()
    assert current is not None
    assert current.place is not None
    assert current.place.tag == "scan/cloud"


def test_filters_hidden_runs_and_pins(bench: Bench) -> None:
    bench.workspace.edit("Filter", tag_filter="cube_FACE")
    bench.settle()
    assert len(bench.view.cards()) == 2
    bench.workspace.edit("Filter", tag_filter="nothing")
    assert not bench.view.groups_shown()
    bench.workspace.edit("Filter", tag_filter="")
    bench.workspace.edit("Hide", hidden_runs=frozenset({bench.store.runs[0].key}))
    bench.settle()
    assert {bench.view.place_of(c).mesh.run_id for c in bench.view.cards()} == {1}  # type: ignore[union-attr]
    bench.command("pin")
    bench.card("cube", "b").ask("pin")
    assert bench.view.groups_shown()[0].title == "Pinned"


def test_new_steps_and_meshes_appear(bench: Bench) -> None:
    grown = bench.card("cube")
    assert len(grown.steps) == 3
    before = [card.key for card in bench.view.cards()]
    bench.view.take_changes(Changes(grown=frozenset({grown.place.series_ids[0]})))  # type: ignore[union-attr]
    bench.settle()
    assert [card.key for card in bench.view.cards()] == before


def test_the_theme_reaches_the_scenes(bench: Bench) -> None:
    bench.option(box=True)
    card = bench.card("cube")
    light = bench.item(card, BOX)
    bench.view.context.theme.set_scheme("dark")
    bench.view.update_content(Reason.THEME, None)
    dark = bench.item(card, BOX)
    assert isinstance(dark, Lines)
    assert dark.colours != light.colours


# -- colours ---------------------------------------------------------------------------------------


def test_colours_by_a_coordinate_share_one_range(bench: Bench) -> None:
    bench.workspace.set_step(0)
    bench.option(colour="x", colour_map="gray")
    one, other = bench.card("cube"), bench.card("cube", "b")
    assert one.bar.texts() == ("0", "6")
    low, high = (bench.item(card, MESH).colours[:, 0] for card in (one, other))
    assert (low.min(), low.max()) == (0, 42)
    assert (high.min(), high.max()) == (212, 255)
    bench.option(share_range=False)
    assert one.bar.texts() == ("0", "1")
    assert bench.item(one, MESH).colours[:, 0].max() == 255
    bench.option(colour="logged")
    assert one.bar.isHidden()
    assert np.array_equal(bench.item(one, MESH).colours[:, :3], SHADES)


def test_distances_to_another_run_and_to_other_steps(bench: Bench) -> None:
    bench.workspace.set_step(0)
    bench.option(colour="distance", share_range=False)
    values = bench.card("cube").loaded.values  # type: ignore[union-attr]
    assert values is not None
    assert values.min() == pytest.approx(np.sqrt(3 * 16))
    bench.workspace.set_step(20)
    bench.option(colour="distance", against="first")
    values = bench.card("cube").loaded.values  # type: ignore[union-attr]
    assert values is not None
    assert values.max() == pytest.approx(2 * np.sqrt(3.0))
    bench.option(colour="distance", against="previous")
    assert bench.card("cube").loaded.values.max() == pytest.approx(np.sqrt(3.0))  # type: ignore[union-attr]
    # A cloud of one run alone has nothing to be measured to.
    bench.option(against="run")
    assert any("no other mesh" in note for note in bench.card("scan/cloud").notes())


def test_colours_of_run_and_normals(bench: Bench) -> None:
    bench.option(colour="run")
    colour = bench.workspace.colour(0)
    wanted = (colour.red(), colour.green(), colour.blue(), 255)
    assert bench.item(bench.card("cube"), MESH).colours == wanted
    bench.option(colour="normal")
    shades = bench.item(bench.card("cube"), MESH).colours
    assert len(np.unique(shades, axis=0)) == 8


# -- what is drawn ---------------------------------------------------------------------------------


def test_options_reach_the_scene(bench: Bench) -> None:
    card = bench.card("cube")
    bench.option(shading="flat", wireframe="overlay", back_faces=False, vertices="show", grid=True)
    drawn = bench.item(card, MESH)
    assert (drawn.shading, drawn.wireframe, drawn.back_faces) == ("flat", "overlay", False)
    assert bench.item(card, VERTICES) is not None
    assert bench.item(card, GRID) is not None
    bench.option(vertices="only", point_size=9.0, point_shape="square")
    assert bench.item(card, MESH) is None
    points = bench.item(card, VERTICES)
    assert (points.sizes, points.size_unit, points.shape) == (9.0, "pixels", "square")


def test_settings_that_were_logged_are_followed(
    open_log: Callable[[Path], Bench], tmp_path: Path
) -> None:
    config = {
        "camera": {"fov": 60, "position": [0, 0, 9], "lookAt": [0.5, 0.5, 0.5]},
        "lights": [
            {"cls": "AmbientLight", "intensity": 0.2},
            {
                "cls": "DirectionalLight",
                "color": "#ff0000",
                "intensity": 0.5,
                "position": [1, 0, 0],
            },
        ],
        "material": {"wireframe": True, "flatShading": True, "color": "#102030", "size": 0.5},
    }
    bench = open_log(
        logs(
            tmp_path / "logs",
            {
                "a": {
                    **mesh("m", [(0, CUBE)], CUBE_FACES, config=config),
                    **mesh("p", [(0, CUBE)], config=config),
                }
            },
        )
    )
    card = bench.card("m")
    drawn = bench.item(card, MESH)
    assert (drawn.wireframe, drawn.shading, drawn.colours) == ("only", "flat", (16, 32, 48, 255))
    camera = card.scene.camera
    assert camera.fov_degrees == 60.0
    assert np.allclose(camera.position, (0, 0, 9))
    assert np.allclose(camera.target, (0.5, 0.5, 0.5))
    points = bench.item(bench.card("p"), VERTICES)
    assert (points.sizes, points.size_unit) == (0.5, "world")
    assert not card.notes()


def test_what_is_pointed_at_and_measured_is_told(bench: Bench) -> None:
    card = bench.card("cube")
    facts = card.facts.line()
    card.scene.hovered.emit(Pick(MESH, 3, (1.0, 0.5, -2.0)))
    assert card.facts.line() == "Face 3 · 1, 0.5, −2"
    card.scene.hovered.emit(None)
    assert card.facts.line() == facts
    cloud = bench.card("scan/cloud")
    bench.option(colour="x")
    cloud.scene.hovered.emit(Pick(VERTICES, 7, (0.0, 0.0, 0.0)))
    assert cloud.facts.line().startswith("Vertex 7 · 0, 0, 0 · value ")
    card.scene.measured.emit(Pick(MESH, 0, (0.0, 0.0, 0.0)), Pick(MESH, 1, (3.0, 4.0, 0.0)), 5.0)
    card.scene.hovered.emit(None)
    assert card.facts.line() == "Distance 5 · along the axes 3, 4, 0"


def test_the_cut_follows_the_bounds(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    card = bench.card("cube", "b")
    planes: list[tuple[float, ...] | None] = []
    monkeypatch.setattr(card.scene, "set_clip", planes.append)
    bench.workspace.set_step(0)
    bench.option(clip="y", clip_share=0.5)
    plane = planes[-1]
    assert plane is not None
    below, above = (float(np.dot(plane[:3], at) + plane[3]) for at in ([0, 5.2, 0], [0, 5.8, 0]))
    assert below > 0.0 > above
    bench.option(clip_above=False)
    assert planes[-1] == pytest.approx(tuple(-each for each in plane))
    bench.option(clip="none")
    assert planes[-1] is None


# -- cameras ---------------------------------------------------------------------------------------


def test_cards_of_one_mesh_look_from_the_same_side(bench: Bench) -> None:
    one, other, cloud = bench.card("cube"), bench.card("cube", "b"), bench.card("scan/cloud")
    assert one.scene.camera.same_view(other.scene.camera)
    # Both cubes are in sight: the camera fits what they fill together.
    assert one.scene.camera.target[0] > 1.0
    moved = one.scene.camera.orbited(100, 20)
    before = cloud.scene.camera
    one.scene.camera_changed.emit(moved)
    assert other.scene.camera.same_view(moved)
    assert cloud.scene.camera.same_view(before)
    bench.option(link="all")
    one.scene.set_camera(moved.orbited(30, 0))
    one.scene.camera_changed.emit(moved.orbited(30, 0))
    assert cloud.scene.camera.yaw == pytest.approx(moved.orbited(30, 0).yaw)
    # As near as before for its size: that of both cubes, and that of the cloud.
    own = cloud.home.bounds.radius  # type: ignore[union-attr]
    homes = [each.home.bounds for each in (one, other)]  # type: ignore[union-attr]
    radius = homes[0].united(homes[1]).radius
    assert cloud.scene.camera.distance / own == pytest.approx(moved.distance / radius)
    bench.option(link="none")
    alone = one.scene.camera.orbited(-80, 0)
    kept = other.scene.camera
    one.scene.camera_changed.emit(alone)
    assert other.scene.camera.same_view(kept)


def test_the_camera_stays_when_the_step_changes_unless_told(bench: Bench) -> None:
    card = bench.card("scan/cloud")
    moved = card.scene.camera.orbited(55, 5)
    card.scene.set_camera(moved)
    card.scene.camera_changed.emit(moved)
    bench.workspace.set_step(0)
    bench.settle()
    assert card.scene.camera.same_view(moved)
    bench.option(fit_each=True)
    bench.workspace.set_step(10)
    bench.settle()
    assert card.scene.camera.yaw == moved.yaw
    assert card.scene.camera.distance != pytest.approx(moved.distance)


def test_fit_sides_and_projection(bench: Bench) -> None:
    card = bench.card("cube")
    start = card.scene.camera
    card.scene.camera_changed.emit(start.zoomed(5.0))
    bench.command("fit").run()
    assert card.scene.camera.same_view(start)
    bench.command("from_top").run()
    bench.settle()
    assert card.scene.camera.pitch == pytest.approx(90.0)
    bench.view.toggle_projection()
    bench.settle()
    assert card.scene.camera.orthographic


def test_another_axis_stands_upright(bench: Bench) -> None:
    card = bench.card("cube")
    bench.option(up="z", grid=True)
    assert card.scene.camera.up == (0.0, 0.0, 1.0)
    assert np.ptp(bench.item(card, GRID).ends[:, :, 2]) == 0.0
    moved = card.scene.camera.orbited(20, 0)
    card.scene.camera_changed.emit(moved)
    bench.option(up="x")
    assert card.scene.camera.up == (1.0, 0.0, 0.0)
    assert card.scene.camera.yaw == moved.yaw


def test_cameras_are_kept_between_sessions(bench: Bench) -> None:
    card = bench.card("cube")
    moved = card.scene.camera.orbited(33, 11)
    card.scene.camera_changed.emit(moved)
    state = bench.view.state()
    bench.view.fit()
    bench.view.restore({"cameras": {"bad": 5}})
    bench.view.restore(state)
    assert card.scene.camera.same_view(moved)


# -- bad input -------------------------------------------------------------------------------------


def test_what_is_wrong_stands_at_the_card(
    open_log: Callable[[Path], Bench], tmp_path: Path
) -> None:
    broken = CUBE.copy()
    broken[2] = np.nan
    bad_faces = CUBE_FACES.copy()
    bad_faces[0, 0] = 99
    runs: Entries = {
        **mesh("nan", [(0, broken)], bad_faces, SHADES[:5]),
        **mesh("json", [(0, CUBE)], CUBE_FACES, raw=b"{no json"),
        **mesh("keys", [(0, CUBE)], CUBE_FACES, config={"camera": {"cls": "Eye", "roll": 1}}),
        **mesh("none", [(0, np.empty((0, 3), np.float32))]),
        **mesh("nowhere", [(0, np.full((3, 3), np.inf, np.float32))]),
        **mesh("flat", [(0, np.zeros((1, 4, 2), np.float32))]),
    }
    only_faces = mesh("lost", [(0, CUBE)], CUBE_FACES)
    del only_faces["lost_VERTEX"]
    bench = open_log(logs(tmp_path / "logs", {"a": {**runs, **only_faces}}))
    notes = bench.card("nan").notes()
    assert any("row 2" in note for note in notes)
    assert any("no vertex 99" in note for note in notes)
    assert any("5 rows for 8 vertices" in note for note in notes)
    assert any("tfevents" in note for note in notes)
    assert len(bench.item(bench.card("nan"), MESH).faces)
    assert any("not JSON" in note for note in bench.card("json").notes())
    assert any("“roll”" in note for note in bench.card("keys").notes())
    assert any("“Eye”" in note for note in bench.card("keys").notes())
    assert "no vertices" in bench.card("none").message()
    assert "not finite" in bench.card("nowhere").message()
    assert "[1, 4, 2]" in bench.card("flat").message()
    assert "Step 0 in events.out.tfevents" in bench.card("flat").message()
    assert "No vertices" in bench.card("lost").message()


def test_a_step_with_fewer_meshes_says_so(
    open_log: Callable[[Path], Bench], tmp_path: Path
) -> None:
    steps = [(0, np.stack([CUBE, CUBE])), (10, CUBE[None])]
    bench = open_log(logs(tmp_path / "logs", {"a": mesh("m", steps)}))
    assert bench.card("m", sample=1).message() == "Step 10 holds 1 mesh, none at 2"
    bench.workspace.set_step(0)
    bench.settle()
    assert not bench.card("m", sample=1).message()


def test_a_larger_batch_than_promised_gets_its_cards(
    open_log: Callable[[Path], Bench], tmp_path: Path
) -> None:
    steps = [(0, CUBE[None]), (10, np.stack([CUBE, CUBE, CUBE]))]
    bench = open_log(logs(tmp_path / "logs", {"a": mesh("m", steps)}))
    bench.qtbot.waitUntil(lambda: len(bench.view.cards()) == 3)
    bench.settle()
    assert bench.card("m", sample=2).loaded is not None


@pytest.mark.parametrize("name", ["mesh_tf", "torch_all"])
def test_real_logs_are_shown(open_log: Callable[[Path], Bench], corpus: Path, name: str) -> None:
    bench = open_log(corpus / "golden" / name)
    assert bench.view.cards()
    for card in bench.view.cards():
        assert card.loaded is not None
        assert card.loaded.mesh is not None, card.message()
        assert not card.notes()


# -- exports ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", [".ply", ".obj", ".stl", ".glb"])
def test_meshes_are_saved(bench: Bench, tmp_path: Path, ending: str) -> None:
    target = tmp_path / f"out{ending}"
    assert save_mesh(bench.view, bench.card("cube"), target)
    data = bench.written(target).read_bytes()
    starts = {".ply": b"ply\n", ".obj": b"# E", ".stl": b"Eve", ".glb": b"glTF"}
    assert data.startswith(starts[ending])


def test_a_mesh_is_saved_with_the_colours_of_its_card(bench: Bench, tmp_path: Path) -> None:
    bench.option(colour="x", colour_map="gray")
    target = tmp_path / "out.ply"
    save_mesh(bench.view, bench.card("scan/cloud"), target)
    head, _, body = bench.written(target).read_bytes().partition(b"end_header\n")
    assert b"element vertex 50" in head
    rows = np.frombuffer(body, np.dtype([("p", "<f4", 3), ("c", "u1", 3)]), 50)
    reds = rows["c"][np.argsort(rows["p"][:, 0]), 0].astype(int)
    assert (np.diff(reds) >= 0).all()
    assert reds[0] < reds[-1]


def test_a_cloud_is_no_stl_and_logs_are_not_written_to(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(QMessageBox, "warning", lambda *args: said.append(args[2]))
    save_mesh(bench.view, bench.card("scan/cloud"), tmp_path / "out.stl")
    bench.qtbot.waitUntil(lambda: len(said) == 1)
    assert "point cloud" in said[0]
    save_mesh(bench.view, bench.card("cube"), bench.logdir / "out.ply")
    bench.qtbot.waitUntil(lambda: len(said) == 2)
    assert "log directory" in said[1]
    assert not list(bench.logdir.rglob("*.ply"))
    save_turn(bench.view, bench.card("cube"), bench.logdir / "out.gif")
    bench.qtbot.waitUntil(lambda: len(said) == 3)
    assert not list(bench.logdir.rglob("*.gif"))


def test_pictures_of_any_size_and_turns(bench: Bench, tmp_path: Path) -> None:
    card = bench.card("cube")
    target = tmp_path / "out.png"
    assert save_picture(bench.view, card, target, PictureSize(333, 222, True))
    bench.written(target)
    picture = QImage(str(target))
    assert (picture.width(), picture.height()) == (333, 222)
    assert picture.pixelColor(0, 0).alpha() == 0
    turn = tmp_path / "turn.gif"
    assert save_turn(bench.view, card, turn, side=48)
    data = bench.written(turn).read_bytes()
    assert data[:6] == b"GIF89a"
    assert struct.unpack_from("<H", data, 6)[0] <= 48


def test_the_size_of_a_picture_is_checked(bench: Bench) -> None:
    dialog = PictureDialog(bench.view.context.theme, PictureSize(640, 480), bench.view)
    assert dialog.size_chosen() == PictureSize(640, 480)
    dialog.width_field.setText("5")
    assert dialog.size_chosen() is None
    assert not dialog.ok.isEnabled()
    dialog.width_field.setText("800")
    dialog.background.set_value("none")
    assert dialog.size_chosen() == PictureSize(800, 480, True)
    dialog.deleteLater()


def test_raw_bytes_are_those_of_the_log(bench: Bench, tmp_path: Path) -> None:
    target = tmp_path / "out.pb"
    card = bench.card("cube")
    assert save_raw(bench.view, card, target)
    bench.written(target)
    assert card.wanted is not None
    series = bench.store.series[card.wanted.mesh.vertices]
    assert target.read_bytes() == bench.store.read_payload(series, card.wanted.vertices)


# -- controls --------------------------------------------------------------------------------------


def test_controls_follow_and_change_the_state(bench: Bench) -> None:
    bar, inspector = MeshToolBar(bench.view), MeshInspector(bench.view)
    for widget in (bar, inspector):
        bench.qtbot.addWidget(widget)
        widget.show()
    bar.colour.chosen.emit("z")
    assert bench.workspace.state.meshes.colour == "z"
    bench.workspace.edit("Change", meshes=replace(bench.workspace.state.meshes, link="all"))
    assert bar.link.value == "all"
    bar.tool.chosen.emit("measure")
    assert bench.card("cube").scene.tool == "measure"
    bench.view.step_back()
    assert bench.card("cube").scene.tool == "orbit"
    assert bar.tool.value == "orbit"
    section = next(s for s in inspector.sections() if isinstance(s, FiguresSection))
    card = bench.card("cube")
    bench.qtbot.waitUntil(lambda: card.statistics is not None)
    card.tell_reached()
    assert section.rows()["Watertight"] == "yes"
    assert section.rows()["Volume"] == "27"
    bench.settle()


def test_every_switch_of_the_inspector_works(bench: Bench) -> None:
    inspector = MeshInspector(bench.view)
    bench.qtbot.addWidget(inspector)
    inspector.show()
    meshes = replace(bench.workspace.state.meshes, colour="z", clip="x")
    bench.workspace.edit("Change", meshes=meshes)
    switches = [each for each in inspector.findChildren(Toggle) if not each.isHidden()]
    assert len(switches) == 9
    for switch in switches:
        state, was = bench.workspace.state, switch.isChecked()
        bench.qtbot.mouseClick(switch, Qt.MouseButton.LeftButton)
        assert bench.workspace.state != state, switch.accessibleName()
        assert switch.isChecked() is not was
    bench.settle()


def test_commands_do_what_they_say(bench: Bench) -> None:
    card = bench.card("cube")
    card.tell_reached()
    for command in bench.view.commands():
        assert command.title
        if not command.title.endswith("…") and command.id not in ("meshes.menu",):
            command.run()
    bench.settle()
    bench.command("box").run()
    assert bench.workspace.state.meshes.box is False
    checked = bench.command("measure").checked
    assert checked is not None


def test_the_menu_offers_what_can_be_done(bench: Bench, qtbot: QtBot) -> None:
    card = bench.card("cube")
    qtbot.waitUntil(lambda: card.statistics is not None)
    menu = card_menu(bench.view, card)
    texts = [action.text() for action in menu.actions()]
    assert "Save the mesh…" in texts
    assert all(action.isEnabled() for action in menu.actions())
    menu.deleteLater()
    copy_figures(card)
    assert "Surface\t54" in QGuiApplication.clipboard().text()
