"""What is chosen in the graph view: kept, undone; entries, files to compare with, saving."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from eventglass.app.core.proto.run_metadata_pb2 import RunMetadata
from eventglass.app.models.codec import from_json, to_json
from eventglass.app.models.graph_drawing import Shape
from eventglass.app.models.graph_sources import GraphSource, file_source
from eventglass.app.models.tasks import TaskControl
from eventglass.app.models.theme import Theme
from eventglass.app.models.workspace import WorkspaceState
from eventglass.widgets.view import ViewContext
from eventglass.widgets.views.graph_bar import GraphBar
from eventglass.widgets.views.graph_export import Work, picture_work
from eventglass.widgets.views.graph_signs import GraphSigns
from eventglass.widgets.views.graphs import GraphsView
from tests.core.events import event, field, metadata, record, summary, tensor, tensor_value, version
from tests.widgets import graph_logs
from tests.widgets.test_graph_view import inspector, item, labels, settle, shown


@pytest.fixture
def context(tmp_path: Path, qtbot: QtBot) -> Iterator[ViewContext]:
    graph_logs.write_graph(tmp_path / "logs", "a")
    small = graph_logs.graph_def((("only", "NoOp", ()),))
    graph_logs.write_graph(tmp_path / "logs", "b", small)
    with graph_logs.graph_context(tmp_path / "logs", tmp_path / "settings.json") as made:
        yield made


@pytest.fixture
def view(context: ViewContext, qtbot: QtBot) -> GraphsView:
    return shown(context, qtbot)


def undo(view: GraphsView, qtbot: QtBot) -> None:
    view.context.workspace.undo_stack.undo()
    settle(view, qtbot)


def test_showing_the_first_graph_is_nothing_to_undo(view: GraphsView) -> None:
    assert not view.context.workspace.undo_stack.canUndo()


def test_opening_and_going_are_undone_and_done_again(view: GraphsView, qtbot: QtBot) -> None:
    stack = view.context.workspace.undo_stack
    enc = item(view, "enc")
    view.model.toggle(enc)
    settle(view, qtbot)
    view.model.toggle(item(view, "enc/act"))
    settle(view, qtbot)
    view.model.focus(enc)
    settle(view, qtbot)
    assert view.options.opened == ("enc", "enc/act")
    assert view.options.focus == "enc"
    undo(view, qtbot)
    assert "dec" in labels(view)
    assert "Relu" in labels(view)
    undo(view, qtbot)
    assert "Relu" not in labels(view)
    assert "act" in labels(view)
    undo(view, qtbot)
    assert "act" not in labels(view)
    assert not stack.canUndo()
    stack.redo()
    settle(view, qtbot)
    assert "act" in labels(view)
    # The way back in the graph is another matter, and still there.
    assert view.model.can_go_back()


def test_another_graph_is_undone_with_what_was_open(view: GraphsView, qtbot: QtBot) -> None:
    view.model.toggle(item(view, "enc"))
    settle(view, qtbot)
    view.search_for("Relu")
    first = view.model.source
    view.show_source(view.sources()[1])
    settle(view, qtbot)
    assert labels(view) == {"only"}
    assert view.bar.search.text() == ""
    undo(view, qtbot)
    assert view.model.source == first
    assert "act" in labels(view)
    assert view.bar.search.text() == "Relu"
    qtbot.waitUntil(lambda: view.finding.matches is not None)


def test_looks_are_undone(view: GraphsView, qtbot: QtBot) -> None:
    commands = {each.id: each for each in view.commands()}
    tools = view.tool_bar_content()
    assert tools is not None
    qtbot.addWidget(tools)
    view.set_colour_mode("op")
    commands["graph.turn"].run()
    commands["graph.embed"].run()
    commands["graph.minimap"].run()
    commands["graph.table"].run()
    settle(view, qtbot)
    assert not view.model.drawing.downward
    assert not view.model.options.embed
    assert not view.minimap.is_wanted()
    assert view.stack.currentWidget() is view.table
    assert view.table.rows.rowCount() == len(graph_logs.MODEL)
    for _ in range(5):
        undo(view, qtbot)
    assert view.model.drawing.downward
    assert view.model.options.embed
    assert view.minimap.is_wanted()
    assert view.stack.currentWidget() is view.canvas
    assert view.canvas.painter.looks.fills is None


def test_nodes_put_aside_are_undone(view: GraphsView, qtbot: QtBot) -> None:
    loss = item(view, "loss")
    view.model.put_aside(loss, True)
    settle(view, qtbot)
    assert view.options.put_aside == ("loss",)
    undo(view, qtbot)
    assert not view.model.options.put_aside


def test_all_of_it_is_kept_with_the_workspace(
    context: ViewContext, view: GraphsView, tmp_path: Path, qtbot: QtBot
) -> None:
    view.model.toggle(item(view, "enc"))
    view.set_colour_mode("op")
    view.search_for("Relu")
    view.choose("Turn", direction="right")
    settle(view, qtbot)
    kept = to_json(context.workspace.state)
    with graph_logs.graph_context(tmp_path / "logs", tmp_path / "other.json") as again:
        again.workspace.load(from_json(WorkspaceState, kept))
        other = shown(again, qtbot)
        qtbot.waitUntil(lambda: other.finding.matches is not None)
        assert "act" in labels(other)
        assert other.options == view.options
        assert not other.model.drawing.downward
        assert other.bar.search.text() == "Relu"
        assert other.canvas.painter.looks.fills is not None
        assert not again.workspace.undo_stack.canUndo()


def test_what_is_kept_and_does_not_fit_is_passed_over(
    context: ViewContext, tmp_path: Path, qtbot: QtBot
) -> None:
    graphs = {
        "graphs": {
            "source": "nowhere\0no tag\0ops",
            "opened": ["enc", "gone", 5, "x"],
            "focus": "gone",
            "colour": "pink",
            "direction": 7,
        }
    }
    context.workspace.load(from_json(WorkspaceState, {"graphs": graphs}))
    view = shown(context, qtbot)
    assert view.model.drawing.count
    assert view.options.colour == "none"
    assert view.model.place.focus == -1


def test_two_views_show_two_graphs(context: ViewContext, view: GraphsView, qtbot: QtBot) -> None:
    dock = QWidget()
    dock.setObjectName("graphs:2")
    qtbot.addWidget(dock)
    second = GraphsView(context, dock)
    second.resize(600, 400)
    view.model.toggle(item(view, "enc"))
    second.restore(view.state())
    dock.show()
    second.show()
    settle(second, qtbot)
    assert "act" in labels(second)
    second.show_source(second.sources()[1])
    settle(second, qtbot)
    assert labels(second) == {"only"}
    assert "act" in labels(view)
    second.restore(view.state())
    assert labels(second) == {"only"}


def write_entries(folder: Path, counts: list[int]) -> None:
    """Graphs of so many nodes, one after the other, under one tag."""
    data = version()
    for step, count in enumerate(counts):
        graph = graph_logs.graph_def([(f"n{i}", "NoOp", ()) for i in range(count)])
        data += record(event(step, 1.7e9 + step, what=field(4, graph.SerializeToString())))
    folder.mkdir(parents=True)
    (folder / "events.out.tfevents.1700000000.host").write_bytes(data)


def test_each_of_several_entries_is_shown(tmp_path: Path, qtbot: QtBot) -> None:
    write_entries(tmp_path / "logs", [1, 3])
    with graph_logs.graph_context(tmp_path / "logs", tmp_path / "settings.json") as context:
        view = shown(context, qtbot)
        assert view.model.graph is not None
        assert len(view.model.graph) == 3
        assert view.bar.entry.isVisible()
        view.bar.entry.choose("0")
        settle(view, qtbot)
        assert len(view.model.graph) == 1
        assert view.bar.entry.text() == "1, step 0"
        others = {text: value for value, text, _hint in view.bar._others()}
        view.bar.against.choose(next(v for text, v in others.items() if "2, step 1" in text))
        settle(view, qtbot)
        assert view.model.reading is not None
        assert view.model.reading.difference is not None
        assert sorted(view.model.reading.difference.counts().values()) == [0, 0, 1, 2]
        view.bar.against.choose("-1")
        view.bar.entry.choose("-1")
        settle(view, qtbot)
        assert len(view.model.graph) == 3


def test_a_graph_is_compared_with_a_file(
    view: GraphsView, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes = [row for row in graph_logs.MODEL if row[0] != "alone"]
    path = tmp_path / "before.pb"
    path.write_bytes(graph_logs.graph_def(nodes).SerializeToString())
    monkeypatch.setattr(
        "eventglass.widgets.views.graphs.QFileDialog.getOpenFileName", lambda *_: (str(path), "")
    )
    view.bar.against.choose("file")
    settle(view, qtbot)
    assert view.finding.matches is not None
    assert [view.model.graph.names[i] for i in view.finding.matches] == ["alone"]  # type: ignore[union-attr]
    assert view.bar.against.text() == "since before.pb"
    undo(view, qtbot)
    assert view.finding.matches is None


def test_what_was_gone_to_in_another_graph_is_not_chosen_in_the_list(
    view: GraphsView, qtbot: QtBot, tmp_path: Path
) -> None:
    view.search_for("loss")
    qtbot.waitUntil(view.found.isVisible)
    view.next_match(1)
    settle(view, qtbot)
    assert view.found.table.currentIndex().isValid()
    path = tmp_path / "small.pb"
    path.write_bytes(graph_logs.graph_def(graph_logs.MODEL[:1]).SerializeToString())
    assert view.model.source is not None
    view.show_source(replace(view.model.source, against=file_source(path)))
    settle(view, qtbot)
    assert view.found.rows.rowCount() == len(graph_logs.MODEL) - 1
    assert not view.found.table.currentIndex().isValid()
    assert not view.found.table.selectionModel().hasSelection()


def test_equal_graphs_are_told_to_be_equal(view: GraphsView, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "same.pb"
    path.write_bytes(graph_logs.graph_def().SerializeToString())
    assert view.model.source is not None
    view.show_source(replace(view.model.source, against=file_source(path)))
    settle(view, qtbot)
    assert view.found.words.text() == "The graphs are equal"


def test_what_is_nearest_comes_first_of_what_one_compares_with(qtbot: QtBot) -> None:
    bar = GraphBar(Theme("light"))
    qtbot.addWidget(bar)
    sources = [GraphSource(run, tag) for run in range(3) for tag in ("", "t")]
    bar.set_sources(sources, {0: "a", 1: "b", 2: "c"}, GraphSource(1, "t"))
    assert bar._compared() == [sources[i] for i in (2, 1, 5, 0, 4)]
    assert {hint for _value, _name, hint in bar._runs()} == {"2 graphs"}


def test_partitions_of_a_step_are_a_form_of_its_graph(tmp_path: Path, qtbot: QtBot) -> None:
    step = RunMetadata()
    function = step.function_graphs.add()
    function.pre_optimization_graph.CopyFrom(graph_logs.graph_def())
    part = graph_logs.graph_def((("left", "NoOp", ()), ("right", "NoOp", ())))
    function.partition_graphs.add().CopyFrom(part)
    proto = tensor(7, rest=field(8, step.SerializeToString()))
    value = tensor_value(b"step", proto, metadata(b"graph_run_metadata_graph"))
    (tmp_path / "logs").mkdir()
    data = version() + record(event(0, 1.7e9, what=summary(value)))
    (tmp_path / "logs" / "events.out.tfevents.1700000000.host").write_bytes(data)
    with graph_logs.graph_context(tmp_path / "logs", tmp_path / "settings.json") as context:
        view = shown(context, qtbot)
        assert "enc" in labels(view), view.model.error
        assert view.bar.form.isVisible()
        view.bar.form.chosen.emit("partitioned")
        settle(view, qtbot)
        assert view.model.graph is not None
        assert {name.rpartition("/")[2] for name in view.model.graph.names} == {"left", "right"}


def test_saving_runs_in_a_task_and_tells(view: GraphsView, tmp_path: Path, qtbot: QtBot) -> None:
    path = tmp_path / "graph.svg"
    view.saving.start(path, lambda: picture_work(view, path))
    assert view.saving.is_busy
    assert view.saving_bar.isVisible()
    qtbot.waitUntil(lambda: not view.saving.is_busy)
    assert path.read_bytes().startswith(b"<?xml")
    assert view.notice.accessibleName() == "Saved graph.svg"
    assert not view.saving_bar.isVisible()


def test_saving_is_given_up(view: GraphsView, tmp_path: Path, qtbot: QtBot) -> None:
    path = tmp_path / "graph.png"
    begun, go_on = threading.Event(), threading.Event()

    def prepare() -> Work:
        work = picture_work(view, path)

        def slow(control: TaskControl) -> None:
            begun.set()
            assert go_on.wait(10)
            work(control)

        return slow

    view.saving.start(path, prepare)
    assert begun.wait(10)
    view.step_back()
    assert not view.saving.is_busy
    with qtbot.waitSignal(view.context.tasks.busy_changed, check_params_cb=lambda busy: busy == 0):
        go_on.set()
    assert list(tmp_path.glob("graph.png*")) == []
    assert "was not saved" in view.notice.accessibleName()


def test_what_cannot_be_saved_is_told(view: GraphsView, tmp_path: Path, qtbot: QtBot) -> None:
    inside = Path(view.context.store.roots[0].path) / "graph.png"
    view.saving.start(inside, lambda: picture_work(view, inside))
    assert not view.saving.is_busy
    assert "log directory" in view.notice.accessibleName()
    nowhere = tmp_path / "no folder" / "graph.png"
    view.saving.start(nowhere, lambda: picture_work(view, nowhere))
    qtbot.waitUntil(lambda: not view.saving.is_busy)
    assert "no folder" in view.notice.accessibleName()


def test_the_table_shows_what_was_found_by_itself(view: GraphsView, qtbot: QtBot) -> None:
    view.search_for("MatMul")
    qtbot.waitUntil(lambda: view.found.isVisible())
    view.show_page("table")
    assert not view.found.isVisible()
    assert view.table.rows.rowCount() == 2
    view.show_page("graph")
    assert view.found.isVisible()
    view.end_search()
    assert not view.found.isVisible()


def test_the_way_out_of_a_deep_place_is_short(tmp_path: Path, qtbot: QtBot) -> None:
    deep = "/".join(f"s{i}" for i in range(7))
    nodes = [(f"{'/'.join(deep.split('/')[:i])}/n".lstrip("/"), "NoOp", ()) for i in range(8)]
    graph_logs.write_graph(tmp_path / "logs", "a", graph_logs.graph_def(nodes))
    with graph_logs.graph_context(tmp_path / "logs", tmp_path / "settings.json") as context:
        view = shown(context, qtbot)
        view.model.focus(item(view, deep))
        settle(view, qtbot)
        text = view.crumbs.findChild(QLabel).text()  # type: ignore[union-attr]
        assert "s0" in text
        assert "s6" in text


def test_colours_inside_a_group_stand_in_proportion(view: GraphsView, qtbot: QtBot) -> None:
    view.set_colour_mode("op")
    looks, drawing = view.canvas.painter.looks, view.model.drawing
    strip = looks.strips[drawing.index_of(item(view, "enc"))]
    # A variable, a product, a ReLU, a multiplication, a constant.
    assert [share for _rgb, share in strip] == [pytest.approx(0.2)] * 5
    assert len({rgb for rgb, _share in strip}) == 5
    image = view.canvas.grab().toImage()
    box = view.canvas.item_rect(item(view, "enc"))
    y = round(box.bottom() - 2)
    seen = {image.pixelColor(x, y).rgb() for x in range(round(box.left()), round(box.right()))}
    assert len(seen) > 5
    view.set_colour_mode("none")
    assert not view.canvas.painter.looks.strips


def test_a_way_that_is_undone_leaves_the_boxes_alone(view: GraphsView, qtbot: QtBot) -> None:
    view.model.open_all(-1)
    view.model.give_up()
    assert view.model.place == view.model._shown[0]
    assert not view.options.opened
    settle(view, qtbot)
    assert "act" not in labels(view)


def test_what_stands_beside_a_box_is_chosen_and_gone_to(view: GraphsView, qtbot: QtBot) -> None:
    view.model.open_all(-1)
    settle(view, qtbot)
    drawing, two = view.model.drawing, item(view, "enc/act/Two")
    place = drawing.labels.index("Two")
    assert Shape(int(drawing.shapes[place])) == Shape.CONSTANT
    drawn = int(drawing.ids[place])
    # Such ids are beyond Qt's int.
    assert drawn > 2**31
    at = view.canvas.item_rect(drawn).center().toPoint()
    QTest.mouseClick(view.canvas, Qt.MouseButton.LeftButton, pos=at)
    assert view.model.selected == two
    assert view.canvas.selected == drawn
    QTest.mouseMove(view.canvas, at)
    QTest.mouseDClick(view.canvas, Qt.MouseButton.LeftButton, pos=at)
    settle(view, qtbot)
    assert view.model.selected == two
    view.model.select(item(view, "enc/act/Scale"))
    QTest.keyClick(view.canvas, Qt.Key.Key_Up)
    # Along the edges to what is computed, not to the constant.
    assert view.model.selected == item(view, "enc/act/Relu")


def test_signs_are_explained_while_nothing_is_selected(view: GraphsView, qtbot: QtBot) -> None:
    panel = inspector(view)
    qtbot.addWidget(panel)
    panel.resize(240, 900)
    panel.sync()
    assert not panel.signs.isHidden()
    panel.signs.set_folded(False)
    (signs,) = panel.findChildren(GraphSigns)
    image = signs.grab().toImage()
    for row in range(9):
        # Each row holds a sign, and words beside it.
        for left, right in ((0, 50), (60, 200)):
            band = {
                image.pixel(x, y)
                for x in range(left, min(right, image.width()))
                for y in range(row * 24 + 2, row * 24 + 22)
            }
            assert len(band) > 1, (row, left)
    view.model.select(item(view, "x"))
    panel.sync()
    assert panel.signs.isHidden()


def test_names_of_a_log_are_never_taken_for_markup(tmp_path: Path, qtbot: QtBot) -> None:
    bold = "<b>bold</b>"
    nodes = ((bold, "<i>Op</i>", ()), ("y", "NoOp", (bold,)))
    graph_logs.write_graph(tmp_path / "logs", "a", graph_logs.graph_def(nodes))
    with graph_logs.graph_context(tmp_path / "logs", tmp_path / "settings.json") as context:
        view = shown(context, qtbot)
        panel = inspector(view)
        qtbot.addWidget(panel)
        for name in ("y", bold):
            view.model.select(view.model.graph.names.index(name))  # type: ignore[union-attr]
            panel.sync()
            for label in panel.findChildren(QLabel):
                shows_markup = label.textFormat() != Qt.TextFormat.PlainText
                assert not (shows_markup and "<" in label.text()), label.text()
