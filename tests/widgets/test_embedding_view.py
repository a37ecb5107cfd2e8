"""The embeddings view, driven on embeddings written by hand."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from eventglass.app.core.projector import bookmarks
from eventglass.widgets.controls.command_palette import CommandPalette
from eventglass.widgets.plots.gl_items import Lines, Pick, Points, Sprites
from eventglass.widgets.view import ViewContext
from eventglass.widgets.views import embedding_export
from eventglass.widgets.views.embedding_commands import embedding_commands, point_menu
from eventglass.widgets.views.embedding_controls import EmbeddingToolBar
from eventglass.widgets.views.embedding_inspector import EmbeddingInspector
from eventglass.widgets.views.embedding_table import PointsTable
from eventglass.widgets.views.embeddings import MOVEMENT, EmbeddingsView
from tests.widgets import embedding_logs as logs
from tests.widgets.graph_logs import graph_context

COUNT = 30


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "logs"
    vectors = logs.clusters(COUNT)
    logs.write_embedding(root, vectors, name="words:00001", metadata=logs.animals(COUNT))
    turned = vectors @ np.linalg.qr(np.random.default_rng(3).normal(size=(5, 5)))[0] + 2
    turned[4] += 3
    logs.write_embedding(root, turned.astype(np.float32), name="words:00002", appended=True)
    logs.write_embedding(root / "pictures", vectors, name="pics", sprite=True)
    return root


@pytest.fixture
def context(folder: Path, tmp_path: Path, qtbot: QtBot) -> Iterator[ViewContext]:
    with graph_context(folder, tmp_path / "settings.json") as made:
        yield made


@pytest.fixture
def view(context: ViewContext, qtbot: QtBot) -> EmbeddingsView:
    return shown(context, qtbot)


def shown(context: ViewContext, qtbot: QtBot) -> EmbeddingsView:
    made = EmbeddingsView(context)
    qtbot.addWidget(made)
    made.resize(900, 600)
    made.show()
    settle(made, qtbot)
    return made


def settle(view: EmbeddingsView, qtbot: QtBot) -> None:
    qtbot.waitUntil(view.is_settled, timeout=20_000)


def inspector(view: EmbeddingsView, qtbot: QtBot) -> EmbeddingInspector:
    content = view.inspector_content()
    assert isinstance(content, EmbeddingInspector)
    qtbot.addWidget(content)
    return content


def points(view: EmbeddingsView) -> Points:
    return next(each for each in view.scene.items if each.key == "points")  # type: ignore[return-value]


def choose(view: EmbeddingsView, qtbot: QtBot, name: str) -> None:
    source = next(each for each in view.shelf.sources() if each.name == name)
    view.show_source(source)
    settle(view, qtbot)


def labels(view: EmbeddingsView) -> list[str]:
    size = (view.scene.width(), view.scene.height())
    found = view.builder.labels(view.model, view.looks(), view.scene.camera, size)
    return [each.text for each in found]


def test_the_first_embedding_is_projected_and_coloured(view: EmbeddingsView) -> None:
    assert not view.failed
    assert view.stack.currentWidget() is view.scene
    assert view.model.count == COUNT
    assert view.model.projection is not None
    assert view.model.projection.coordinates.shape == (COUNT, 3)
    assert view.colouring.title == "cloud"
    assert [each.points for each in view.colouring.entries] == [10, 10, 10]
    assert "30 points" in view.strip.facts.text()
    assert "5 dimensions" in view.strip.facts.text()
    # Clouds far apart: nearly all of the variance lies along two components.
    assert view.model.projection.shares[0] > 0.3


def test_the_picture_shows_points_in_their_colours(view: EmbeddingsView, qtbot: QtBot) -> None:
    wanted = {each.rgb for each in view.colouring.entries}
    view.edit("Plain", planar=True, axes=False)
    settle(view, qtbot)
    width, height = view.scene.width(), view.scene.height()
    image = view.scene.render_image(width, height, labels=False)
    seen = {image.pixelColor(x, y).getRgb()[:3] for y in range(height) for x in range(width)}
    assert wanted <= seen


def test_a_click_selects_a_point_and_lists_its_neighbours(
    view: EmbeddingsView, qtbot: QtBot
) -> None:
    panel = inspector(view, qtbot)
    view.edit("Fewer", neighbours=5, metric="euclidean")
    at = view.scene.camera.project(view.model.positions, (900, 600))
    assert len(at) == COUNT
    view.scene.clicked.emit(Pick("points", 7, (0.0, 0.0, 0.0)), Qt.KeyboardModifier.NoModifier)
    qtbot.waitUntil(lambda: view.model.neighbours is not None)
    assert view.model.marks.selected.tolist() == [7]
    rows = [each.row for each in panel.neighbours.list.rows.items]
    data = view.model.data
    assert data is not None
    away = np.linalg.norm(data.embedding.vectors - data.embedding.vectors[7], axis=1)
    assert rows == np.argsort(away, kind="stable")[1:6].tolist()
    assert panel.point.title.text() == "dog 7"
    assert "cat 0" not in labels(view)
    assert "dog 7" in labels(view)


def test_a_click_in_the_scene_finds_the_point_there(view: EmbeddingsView, qtbot: QtBot) -> None:
    size = (float(view.scene.width()), float(view.scene.height()))
    places = view.scene.camera.project(view.model.positions, size)
    nearest = int(np.argmin(places[:, 2]))
    x, y = places[nearest, :2]
    QTest.mouseClick(view.scene, Qt.MouseButton.LeftButton, pos=QPoint(round(x), round(y)))
    qtbot.waitUntil(lambda: view.model.focus >= 0)
    assert view.model.focus == nearest


def test_what_stands_out_lies_in_front(view: EmbeddingsView, qtbot: QtBot) -> None:
    before = points(view)
    assert all(each.key != "front" for each in view.scene.items)
    view.focus_on(4)
    qtbot.waitUntil(lambda: view.model.neighbours is not None)
    front = next(each for each in view.scene.items if each.key == "front")
    assert isinstance(front, Points)
    assert front.in_front
    assert view.model.neighbours is not None
    rows = sorted([4, *view.model.neighbours.rows.tolist()])
    assert view.model.positions is not None
    assert np.array_equal(front.positions, view.model.positions[rows])
    assert np.array_equal(front.colours, view.colouring.colours[rows])
    assert not np.array_equal(points(view).colours, before.colours)
    assert view.builder.row_of(Pick("front", 3, (0.0, 0.0, 0.0))) == rows[3]
    assert view.builder.row_of(Pick("selected", 0, (0.0, 0.0, 0.0))) == -1
    assert view.builder.row_of(None) == -1
    # Another point costs nothing but itself.
    stepped_back = points(view).colours
    view.focus_on(5)
    qtbot.waitUntil(lambda: view.model.neighbours is not None)
    assert points(view).colours is stepped_back
    view.clear_selection()
    assert points(view).colours is before.colours


def test_neighbours_lead_on(view: EmbeddingsView, qtbot: QtBot) -> None:
    panel = inspector(view, qtbot)
    view.focus_on(0)
    qtbot.waitUntil(lambda: view.model.neighbours is not None)
    first = panel.neighbours.list.rows.items[0].row
    panel.neighbours.list.chosen.emit(first)
    qtbot.waitUntil(lambda: view.model.neighbours is not None)
    assert view.model.focus == first
    view.select_neighbours()
    assert len(view.model.marks.selected) == view.options.neighbours + 1
    view.clear_selection()
    assert view.model.focus == -1


def test_the_measure_of_nearness(view: EmbeddingsView, qtbot: QtBot) -> None:
    data = view.model.data
    assert data is not None
    vectors = data.embedding.vectors.astype(np.float64)
    view.edit("Dot", metric="dot", neighbours=3)
    view.focus_on(2)
    qtbot.waitUntil(lambda: view.model.neighbours is not None)
    products = vectors @ vectors[2]
    products[2] = -np.inf
    assert view.model.neighbours is not None
    assert view.model.neighbours.rows.tolist() == np.argsort(-products)[:3].tolist()
    view.edit("Projected", nearest_shown=True)
    shown_at = view.model.projection
    assert shown_at is not None
    away = np.linalg.norm(shown_at.coordinates - shown_at.coordinates[2], axis=1)
    expected = np.argsort(away)[1:4].tolist()
    qtbot.waitUntil(
        lambda: (
            view.model.neighbours is not None and view.model.neighbours.rows.tolist() == expected
        )
    )


def test_search_selects_what_it_finds(view: EmbeddingsView, qtbot: QtBot) -> None:
    QTest.keyClicks(view.bar.search, "cat")
    settle(view, qtbot)
    assert view.model.marks.selected.tolist() == [0, 6, 12, 18, 24]
    assert "5" in view.bar.search._note
    view.search_for("/^(emu|fox) 1/")
    settle(view, qtbot)
    assert view.model.marks.selected.tolist() == [10, 11, 16, 17]
    view.bar.search_by.chosen.emit("cloud")
    view.search_for("cloud 2")
    settle(view, qtbot)
    assert len(view.model.marks.selected) == 10
    view.search_for("/[/")
    settle(view, qtbot)
    assert "regular expression" in view.note.text() or "unterminated" in view.note.text()
    view.bar.search.edited.emit("")
    assert not len(view.model.marks.selected)


def test_hide_isolate_and_undo(view: EmbeddingsView, qtbot: QtBot) -> None:
    workspace = view.context.workspace
    view.model.select([0, 1, 2])
    view.isolate()
    visible = points(view).visible
    assert visible is not None
    assert np.flatnonzero(visible).tolist() == [0, 1, 2]
    workspace.undo_stack.undo()
    assert points(view).visible is None
    workspace.undo_stack.redo()
    assert view.model.marks.hidden_count == COUNT - 3
    view.show_all()
    view.invert()
    assert len(view.model.marks.selected) == COUNT - 3
    view.hide_selected()
    assert "3 of 30 points" in view.strip.facts.text()
    assert workspace.undo_stack.undoText() == "Hide points"


def test_steps_of_another_embedding_do_nothing(view: EmbeddingsView, qtbot: QtBot) -> None:
    view.model.select([0, 1, 2])
    view.hide_selected()
    choose(view, qtbot, "words:00002")
    view.context.workspace.undo_stack.undo()
    assert view.model.marks.hidden_count == 0
    assert not len(view.model.marks.selected)


def test_the_legend_switches_categories(view: EmbeddingsView, qtbot: QtBot) -> None:
    legend = view.legend
    assert legend.isVisible()
    row = legend._row_rect(1).center().toPoint()
    QTest.mouseClick(legend, Qt.MouseButton.LeftButton, pos=row)
    assert view.options.hidden_values == {"cloud\0cloud 1"}
    visible = points(view).visible
    assert visible is not None
    assert not visible[1::3].any()
    assert visible[0::3].all()
    legend.show_only(2)
    assert {each.split("\0")[1] for each in view.options.hidden_values} == {"cloud 0", "cloud 1"}
    legend.show_only(2)
    assert not view.options.hidden_values
    legend.wanted.emit(0)
    assert view.model.marks.selected.tolist() == list(range(0, COUNT, 3))


def test_colours_by_numbers_and_nothing(view: EmbeddingsView, qtbot: QtBot) -> None:
    view.edit("Weight", colour_by="weight")
    assert view.colouring.kind == "categories"
    view.edit("Plain", colour_by="\0")
    assert view.colouring.kind == "one"
    assert view.legend.isHidden()
    view.edit("Sizes", size_by="weight")
    sizes = points(view).sizes
    assert isinstance(sizes, np.ndarray)
    assert sizes[-1] > sizes[0]


def test_regions_select(view: EmbeddingsView) -> None:
    none, shift = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
    view.scene.region_selected.emit("points", np.array([1, 2]))
    view.scene.region_finished.emit(none)
    assert view.model.marks.selected.tolist() == [1, 2]
    view.scene.region_selected.emit("points", np.array([5]))
    view.scene.region_finished.emit(shift)
    assert view.model.marks.selected.tolist() == [1, 2, 5]
    view.scene.region_selected.emit("points", np.array([2]))
    view.scene.region_finished.emit(Qt.KeyboardModifier.AltModifier)
    assert view.model.marks.selected.tolist() == [1, 5]
    view.scene.region_finished.emit(none)
    assert not len(view.model.marks.selected)


def test_projections_change_the_coordinates(view: EmbeddingsView, qtbot: QtBot) -> None:
    data = view.model.data
    assert data is not None
    view.edit("Raw", projection="dimensions", dimensions=(2, 0, 4))
    settle(view, qtbot)
    found = view.model.projection
    assert found is not None
    assert np.array_equal(found.coordinates, data.embedding.vectors[:, [2, 0, 4]])
    view.edit("Flat", planar=True)
    settle(view, qtbot)
    assert view.model.projection is not None
    assert view.model.projection.coordinates.shape == (COUNT, 2)
    view.edit(
        "Own", projection="custom", axis_column="cloud", axis_left="cloud 0", axis_right="cloud 1"
    )
    settle(view, qtbot)
    found = view.model.projection
    assert found is not None
    rows = data.embedding.vectors.astype(np.float64)
    direction = rows[1::3].mean(axis=0) - rows[0::3].mean(axis=0)
    expected = rows @ direction
    got = found.coordinates[:, 0]
    assert np.corrcoef(got, expected)[0, 1] > 0.999999
    assert any("10 → 10" in note for note in found.notes)
    view.context.workspace.undo_stack.undo()
    settle(view, qtbot)
    assert view.model.projection is not None
    assert view.model.projection.method == "dimensions"


def test_any_component_can_be_chosen(view: EmbeddingsView, qtbot: QtBot) -> None:
    view.edit("Others", components=(4, 1, 0))
    settle(view, qtbot)
    found, basis = view.model.projection, view.model.basis
    assert found is not None
    assert basis is not None
    assert basis.components is not None
    assert found.titles == ("PC 5", "PC 2", "PC 1")
    own = basis.components.coordinates
    assert np.allclose(found.coordinates, own[:, [4, 1, 0]])
    panel = inspector(view, qtbot)
    assert panel.projection.axes[0].value == "4"
    assert len(panel.projection.bars.shares) == 5


def test_sphereised_vectors_have_length_one(view: EmbeddingsView, qtbot: QtBot) -> None:
    view.edit("Sphereise", sphereise="on")
    settle(view, qtbot)
    basis = view.model.basis
    assert basis is not None
    assert np.allclose(np.linalg.norm(basis.vectors, axis=1), 1.0, atol=1e-5)


def test_two_steps_are_compared_turned_onto_each_other(view: EmbeddingsView, qtbot: QtBot) -> None:
    other = next(each for each in view.shelf.sources() if each.name == "words:00002")
    view.compare(other)
    settle(view, qtbot)
    moved = view.model.movement()
    assert moved is not None
    # All rows were turned and shifted; one went its own way.
    assert int(np.argmax(moved)) == 4
    assert np.median(moved) < 0.35 * moved[4]
    keys = [each.key for each in view.scene.items]
    assert "moves" in keys
    assert "before" in keys
    # Where points stand out, their movements alone are drawn.
    lines = next(each for each in view.scene.items if each.key == "moves")
    assert isinstance(lines, Lines)
    assert len(lines.ends) == COUNT
    view.model.select([4, 9])
    lines = next(each for each in view.scene.items if each.key == "moves")
    assert isinstance(lines, Lines)
    assert view.model.positions is not None
    assert np.array_equal(lines.ends[:, 1], view.model.positions[[4, 9]])
    assert lines.on_top
    view.clear_selection()
    view.edit("Movement", colour_by=MOVEMENT)
    assert view.colouring.title == "Movement"
    view.compare(None)
    settle(view, qtbot)
    assert view.model.movement() is None


def test_pictures_stand_for_points(view: EmbeddingsView, qtbot: QtBot) -> None:
    choose(view, qtbot, "pics")
    sprites = next(each for each in view.scene.items if each.key == "sprites")
    assert isinstance(sprites, Sprites)
    assert sprites.cell_size == (4, 4)
    assert sprites.cells.tolist() == list(range(COUNT))
    visible = points(view).visible
    assert visible is not None
    assert not visible.any()
    view.model.select([3, 8])
    front = next(each for each in view.scene.items if each.key == "front sprites")
    assert isinstance(front, Sprites)
    assert front.cells.tolist() == [3, 8]
    assert view.builder.row_of(Pick("front sprites", 1, (0.0, 0.0, 0.0))) == 8
    view.edit("Points", sprites=False)
    assert all(each.key != "sprites" for each in view.scene.items)


def test_labels_are_edited_and_saved_elsewhere(
    view: EmbeddingsView, qtbot: QtBot, tmp_path: Path
) -> None:
    panel = inspector(view, qtbot)
    view.model.select([3, 4])
    QTest.keyClicks(panel.selection.text, "heron")
    QTest.keyClick(panel.selection.text, Qt.Key.Key_Return)
    assert view.model.label(3) == "heron"
    out = tmp_path / "edited.tsv"
    embedding_export.metadata_to(view, out)
    qtbot.waitUntil(out.exists)
    lines = out.read_text().splitlines()
    assert lines[0] == "name\tcloud\tweight"
    assert lines[4].split("\t") == ["heron", "cloud 0", "4.5"]
    view.context.workspace.undo_stack.undo()
    assert view.model.label(3) == "bat 3"


def test_metadata_is_not_written_into_the_log(
    view: EmbeddingsView, qtbot: QtBot, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(embedding_export, "_tell", lambda _view, text: told.append(text))
    embedding_export.metadata_to(view, folder / "new.tsv")
    qtbot.waitUntil(lambda: bool(told))
    assert not (folder / "new.tsv").exists()


def test_points_are_written(view: EmbeddingsView, qtbot: QtBot, tmp_path: Path) -> None:
    view.model.select([2, 5])
    out = tmp_path / "points.csv"
    embedding_export.points_to(view, out)
    qtbot.waitUntil(out.exists)
    with out.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["row"] for row in rows] == ["2", "5"]
    assert rows[1]["name"] == "fox 5"
    found = view.model.projection
    assert found is not None
    assert np.float32(rows[1]["y"]) == found.coordinates[5, 1]


def test_the_picture_is_written(view: EmbeddingsView, qtbot: QtBot, tmp_path: Path) -> None:
    out = tmp_path / "points.png"
    embedding_export.picture_to(view, out)
    qtbot.waitUntil(out.exists)
    assert out.read_bytes().startswith(b"\x89PNG")


def test_the_table_lists_what_is_selected(view: EmbeddingsView, qtbot: QtBot) -> None:
    view.show_page("table")
    table = view.stack.currentWidget()
    assert isinstance(table, PointsTable)
    assert table.rows.rowCount() == COUNT
    assert [each.title for each in table.rows.columns][:4] == ["Row", "name", "cloud", "weight"]
    view.model.select([1, 9])
    assert [table.rows.id_of(row) for row in range(table.rows.rowCount())] == [1, 9]
    table.table.row_activated.emit(1)
    assert view.page == "scene"
    assert view.model.focus == 9


def test_tool_bar_and_commands_follow(view: EmbeddingsView, qtbot: QtBot) -> None:
    bar = view.tool_bar_content()
    assert isinstance(bar, EmbeddingToolBar)
    qtbot.addWidget(bar)
    bar.projection.chosen.emit("dimensions")
    assert view.options.projection == "dimensions"
    view.context.workspace.undo_stack.undo()
    assert bar.projection.value == "pca"
    bar.tools["lasso"].click()
    assert view.scene.tool == "lasso"
    view.step_back()
    assert view.scene.tool == "orbit"
    commands = {each.id: each for each in embedding_commands(view)}
    assert not commands["embeddings.isolate"].enabled()
    view.model.select([1])
    assert commands["embeddings.isolate"].enabled()
    commands["embeddings.planar"].run()
    assert view.options.planar
    menu = point_menu(view, 3)
    texts = [action.text() for action in menu.actions()]
    assert "Show its neighbours" in texts
    menu.deleteLater()


def test_labels_do_not_read_markup(view: EmbeddingsView, qtbot: QtBot) -> None:
    data = view.model.data
    assert data is not None
    view.model.select([0])
    view.model.edit_text("name", "<b>bold</b>")
    view.model.set_focus(0)
    panel = inspector(view, qtbot)
    assert panel.point.title.textFormat() == Qt.TextFormat.PlainText
    assert panel.point.title.text() == "<b>bold</b>"


def test_the_workspace_keeps_the_choices(view: EmbeddingsView) -> None:
    from eventglass.app.models.codec import from_json, to_json
    from eventglass.app.models.embedding_options import EmbeddingOptions

    options = replace(
        view.options,
        components=(2, 1, 0),
        hidden_values=frozenset({"a\0b"}),
        colour_by="\0",
        planar=True,
    )
    kept = json.loads(json.dumps(to_json(options)))
    assert from_json(EmbeddingOptions, kept) == options
    assert from_json(EmbeddingOptions, {"components": [1, 2], "projection": "x"}) == (
        EmbeddingOptions()
    )


def test_state_is_restored(view: EmbeddingsView, context: ViewContext, qtbot: QtBot) -> None:
    choose(view, qtbot, "pics")
    assert view.state()["camera"] is None
    view.scene.move_camera(view.scene.camera.orbited(50, 20))
    state = json.loads(json.dumps(view.state()))
    other = EmbeddingsView(context)
    qtbot.addWidget(other)
    other.restore(state)
    other.resize(900, 600)
    other.show()
    settle(other, qtbot)
    assert other.model.source is not None
    assert other.model.source.name == "pics"
    assert other.scene.camera.yaw == pytest.approx(view.scene.camera.yaw)


def test_files_of_ones_own(view: EmbeddingsView, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "own.npy"
    np.save(path, logs.clusters(12, 4))
    view.open_path(str(path))
    settle(view, qtbot)
    assert view.model.count == 12
    assert view.model.data is not None
    assert view.model.data.dimensions == 4
    view.search_for("7")
    settle(view, qtbot)
    assert view.model.marks.selected.tolist() == [7]


def test_without_any_embedding_the_page_says_how_to_log_one(tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "empty").mkdir()
    with graph_context(tmp_path / "empty", tmp_path / "settings.json") as context:
        view = shown(context, qtbot)
        assert view.stack.currentWidget() is view.empty
        assert "add_embedding" in view.empty._text.text()
        assert view.empty.buttons.count() == 1
        assert view.strip.isHidden()


@pytest.mark.parametrize("what", ["missing", "ragged", "words", "empty"])
def test_what_cannot_be_read_is_told(tmp_path: Path, qtbot: QtBot, what: str) -> None:
    root = logs.write_embedding(tmp_path / "logs", logs.clusters(6), metadata=logs.animals(9))
    if what == "missing":
        (root / "words.tsv").unlink()
    elif what == "ragged":
        (root / "words.tsv").write_text("1\t2\t3\n4\t5\n6\t7\t8\n")
    elif what == "words":
        (root / "words.tsv").write_text("1\t2\n3\tx\n5\t6\n")
    else:
        (root / "words.tsv").write_text("")
    with graph_context(root, tmp_path / "settings.json") as context:
        view = shown(context, qtbot)
        assert not view.failed
        if view.model.data is None:
            assert view.stack.currentWidget() is view.empty
            assert view.empty._text.text()
        else:
            assert view.model.notices()
            assert view.strip.notices.isVisible()


@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_points(tmp_path: Path, qtbot: QtBot, count: int) -> None:
    root = logs.write_embedding(tmp_path / "logs", logs.clusters(count, 2))
    with graph_context(root, tmp_path / "settings.json") as context:
        view = shown(context, qtbot)
        assert not view.failed
        assert view.model.count == count
        view.focus_on(0)
        settle(view, qtbot)
        view.fit()


def test_equal_and_constant_points(tmp_path: Path, qtbot: QtBot) -> None:
    root = logs.write_embedding(tmp_path / "logs", np.ones((8, 3), np.float32))
    with graph_context(root, tmp_path / "settings.json") as context:
        view = shown(context, qtbot)
        assert view.model.positions is not None
        assert np.isfinite(view.model.positions).all()
        for metric in ("cosine", "euclidean", "dot"):
            view.edit("Metric", metric=metric)
            view.focus_on(1)
            qtbot.waitUntil(lambda: view.model.neighbours is not None)
            view.clear_selection()


def test_rows_that_are_not_numbers_have_no_place(tmp_path: Path, qtbot: QtBot) -> None:
    vectors = logs.clusters(9, 3)
    vectors[4, 1] = np.nan
    vectors[6, 0] = np.inf
    root = logs.write_embedding(tmp_path / "logs", vectors)
    with graph_context(root, tmp_path / "settings.json") as context:
        view = shown(context, qtbot)
        visible = points(view).visible
        assert visible is not None
        assert np.flatnonzero(~visible).tolist() == [4, 6]
        assert "2 without a place" in view.strip.facts.text()


def test_remarks_are_shown(tmp_path: Path, qtbot: QtBot) -> None:
    root = logs.write_embedding(tmp_path / "logs", logs.clusters(6), metadata=logs.animals(9))
    with graph_context(root, tmp_path / "settings.json") as context:
        view = shown(context, qtbot)
        assert view.model.notices()
        view.strip.notices_asked.emit()
        box = view.findChild(QMessageBox)
        assert box is not None
        assert "meta.tsv" in box.text()
        box.close()


def test_a_heading_above_a_single_column(tmp_path: Path, qtbot: QtBot) -> None:
    rows = [["kind"], *([f"kind {i % 2}"] for i in range(6))]
    root = logs.write_embedding(tmp_path / "logs", logs.clusters(6), metadata=rows)
    with graph_context(root, tmp_path / "settings.json") as context:
        view = shown(context, qtbot)
        assert list(view.model.facts) == ["kind"]
        assert [view.model.label(row) for row in range(3)] == ["kind 0", "kind 1", "kind 0"]
        assert not view.model.notices()


def test_bookmarks_are_written_and_read(view: EmbeddingsView, qtbot: QtBot, tmp_path: Path) -> None:
    view.edit("Flat", planar=True, components=(1, 0, 2), colour_by="weight")
    settle(view, qtbot)
    view.model.select([2, 3, 4])
    view.isolate()
    out = tmp_path / "bookmarks.json"
    embedding_export.bookmark_to(view, out)
    qtbot.waitUntil(out.exists)
    kept = json.loads(out.read_text())
    assert kept[0]["selectedProjection"] == "pca"
    assert kept[0]["dataSetDimensions"] == [COUNT, 5]
    view.show_all()
    view.clear_selection()
    view.edit("Otherwise", planar=False, projection="dimensions", colour_by="cloud")
    settle(view, qtbot)
    embedding_export.bookmarks_from(view, str(out))
    qtbot.waitUntil(lambda: view.options.projection == "pca")
    settle(view, qtbot)
    assert view.options.planar
    assert view.options.components[:2] == (1, 0)
    assert view.options.colour_by == "weight"
    assert view.model.marks.selected.tolist() == [2, 3, 4]
    assert view.model.marks.shown.tolist() == [2, 3, 4]


@pytest.mark.parametrize("planar", [False, True])
def test_bookmarks_keep_from_where_one_looks(
    view: EmbeddingsView, qtbot: QtBot, tmp_path: Path, planar: bool
) -> None:
    view.edit("Flat", planar=planar)
    settle(view, qtbot)
    camera = view.scene.camera.zoomed(2.0).panned(30.0, 20.0, (900.0, 600.0))
    camera = camera if planar else camera.orbited(70.0, 25.0)
    view.look_from(camera)
    out = tmp_path / "bookmarks.json"
    embedding_export.bookmark_to(view, out)
    qtbot.waitUntil(out.exists)
    kept = json.loads(out.read_text())[0]["cameraDef"]
    assert kept["orthographic"] is planar
    # TensorBoard's eye sees 70 degrees: from nearer as much.
    away = [kept["position"][axis] - kept["target"][axis] for axis in "xyz"]
    seen = np.tan(np.radians(35)) * float(np.linalg.norm(away))
    assert seen == pytest.approx(np.tan(np.radians(20)) * camera.distance, rel=1e-4)
    view.edit("Otherwise", planar=not planar, projection="dimensions")
    settle(view, qtbot)
    embedding_export.bookmarks_from(view, str(out))
    qtbot.waitUntil(lambda: view.options.projection == "pca")
    settle(view, qtbot)
    places = np.array([[0.1, 0.2, 0.3], [-0.4, 0.2, 0.1]])
    size = (900.0, 600.0)
    now = view.scene.camera.project(places, size)[:, :2]
    assert np.allclose(now, camera.project(places, size)[:, :2], atol=0.5)


def test_bookmarks_of_other_points_give_their_settings_only(
    view: EmbeddingsView, qtbot: QtBot, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(embedding_export, "_tell", lambda _view, text: told.append(text))
    path = corpus / "golden" / "projector" / "tf2_checkpoint" / "bookmarks.json"
    embedding_export.bookmarks_from(view, str(path))
    # Of several one is chosen by name.
    qtbot.waitUntil(lambda: view.findChild(CommandPalette) is not None)
    items = bookmarks.load(str(path)).items
    assert len(items) == 2
    embedding_export.show_bookmark(view, items[0])
    settle(view, qtbot)
    assert "600 points" in told[0]
    assert view.options.label_by == "label"
    assert view.model.marks.hidden_count == 0


def test_what_is_no_bookmark_is_told(
    view: EmbeddingsView, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(embedding_export, "_tell", lambda _view, text: told.append(text))
    (tmp_path / "no.json").write_text("{]")
    embedding_export.bookmarks_from(view, str(tmp_path / "no.json"))
    qtbot.waitUntil(lambda: bool(told))
    assert told[0]


def test_what_is_pointed_at_is_ringed_and_labelled(view: EmbeddingsView, qtbot: QtBot) -> None:
    panel = inspector(view, qtbot)
    items = view.scene.items
    view.scene.hovered.emit(Pick("points", 8, (0.0, 0.0, 0.0)))
    assert view.ring.isVisible()
    assert view.model.positions is not None
    size = (float(view.scene.width()), float(view.scene.height()))
    x, y = view.scene.camera.project(view.model.positions[8:9], size)[0, :2]
    assert abs(view.ring.geometry().center().x() - x) <= 2
    assert abs(view.ring.geometry().center().y() - y) <= 2
    assert "cow 8" in labels(view)
    assert panel.point.title.text() == "cow 8"
    # Nothing is drawn anew for it.
    assert all(a is b for a, b in zip(view.scene.items, items, strict=True))
    view.scene.hovered.emit(None)
    assert view.ring.isHidden()
    assert panel.point.title.text() == "words"


@pytest.mark.gl
def test_opengl_draws_the_same_points(view: EmbeddingsView, qtbot: QtBot) -> None:
    view.edit("Plain", planar=True, axes=False)
    settle(view, qtbot)
    width, height = view.scene.width(), view.scene.height()
    view.scene.set_renderer("gpu")
    qtbot.waitUntil(lambda: view.scene.renderer not in ("", "raster"), timeout=20_000)
    assert not view.scene.failure
    image = view.scene.render_image(width, height, labels=False)
    assert view.model.positions is not None
    places = view.scene.camera.project(view.model.positions, (float(width), float(height)))
    colours = view.colouring.colours[:, :3]
    seen = [image.pixelColor(round(x), round(y)).getRgb()[:3] for x, y in places[:, :2].tolist()]
    away = np.abs(np.array(seen, int) - colours.astype(int)).max(axis=1)
    # Some points lie behind others.
    assert np.count_nonzero(away <= 3) >= 0.8 * COUNT
