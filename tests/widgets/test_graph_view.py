"""The graph view, driven on logs written by hand and on real ones."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from eventglass.app.core.export import ExportError
from eventglass.app.models import graph_model
from eventglass.app.models.graph_colours import MODES
from eventglass.app.models.graph_drawing import Shape
from eventglass.app.models.graph_rows import node_cells
from eventglass.app.models.graph_sources import FORMS
from eventglass.app.models.tasks import TaskControl
from eventglass.widgets.view import ViewContext
from eventglass.widgets.views import graph_export, graph_table
from eventglass.widgets.views.graph_commands import item_menu
from eventglass.widgets.views.graph_controls import GraphToolBar
from eventglass.widgets.views.graph_inspector import GraphInspector
from eventglass.widgets.views.graphs import GraphsView
from tests.widgets import graph_logs


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


def shown(context: ViewContext, qtbot: QtBot) -> GraphsView:
    made = GraphsView(context)
    qtbot.addWidget(made)
    made.resize(1100, 700)
    made.show()
    settle(made, qtbot)
    return made


def write(work: graph_export.Work) -> None:
    work(TaskControl(lambda _share, _partial: None))


def settle(view: GraphsView, qtbot: QtBot) -> None:
    qtbot.waitUntil(view.is_settled)


def item(view: GraphsView, name: str) -> int:
    hierarchy = view.model.hierarchy
    assert hierarchy is not None
    found = hierarchy.find(name)
    assert found >= 0, name
    return found


def labels(view: GraphsView) -> set[str]:
    return set(view.model.drawing.labels)


def inspector(view: GraphsView) -> GraphInspector:
    content = view.inspector_content()
    assert isinstance(content, GraphInspector)
    view._inspector_keeper = content  # type: ignore[attr-defined]
    return content


def test_the_first_graph_is_drawn(view: GraphsView) -> None:
    assert not view.failed
    assert {"x", "enc", "dec", "loss"} <= labels(view)
    assert view.stack.currentWidget() is view.canvas
    assert not view.canvas.grab().isNull()


def test_a_double_click_opens_a_group_where_it_stands(view: GraphsView, qtbot: QtBot) -> None:
    enc = item(view, "enc")
    at = view.canvas.item_rect(enc).center().toPoint()
    QTest.mouseDClick(view.canvas, Qt.MouseButton.LeftButton, pos=at)
    settle(view, qtbot)
    assert {"MatMul", "act"} <= labels(view)
    assert view.model.selected == enc
    act = item(view, "enc/act")
    view.model.toggle(act)
    settle(view, qtbot)
    assert {"Relu", "Scale"} <= labels(view)
    view.model.toggle(enc)
    settle(view, qtbot)
    assert "Relu" not in labels(view)


def test_back_and_forward(view: GraphsView, qtbot: QtBot) -> None:
    assert not view.bar.back.isEnabled()
    view.model.toggle(item(view, "enc"))
    settle(view, qtbot)
    view.bar.back.click()
    settle(view, qtbot)
    assert "act" not in labels(view)
    view.bar.forward.click()
    settle(view, qtbot)
    assert "act" in labels(view)
    assert not view.bar.forward.isEnabled()


def test_what_is_gone_to_is_opened_selected_and_in_sight(view: GraphsView, qtbot: QtBot) -> None:
    relu = item(view, "enc/act/Relu")
    view.go_to(relu)
    settle(view, qtbot)
    assert view.model.selected == relu == view.canvas.selected
    assert view.canvas.rect().contains(view.canvas.item_rect(relu).toAlignedRect())


def test_what_is_gone_to_comes_into_sight_from_elsewhere(view: GraphsView, qtbot: QtBot) -> None:
    view.go_to(item(view, "x"))
    settle(view, qtbot)
    view.canvas.zoom_by(4.0, view.canvas.item_rect(item(view, "x")).topLeft())
    for name in ("enc/act/Relu", "dec/w", "x"):
        view.go_to(item(view, name))
        settle(view, qtbot)
        place = view.canvas.item_rect(item(view, name))
        assert view.canvas.rect().contains(place.toAlignedRect()), name


def test_showing_a_group_alone(view: GraphsView, qtbot: QtBot) -> None:
    view.model.focus(item(view, "enc"))
    settle(view, qtbot)
    assert "dec" not in labels(view)
    assert "MatMul" in labels(view)
    assert view.crumbs.isVisible()
    view.crumbs.chosen.emit(-1)
    settle(view, qtbot)
    assert "dec" in labels(view)
    assert not view.crumbs.isVisible()


def test_what_takes_long_can_be_given_up(view: GraphsView, qtbot: QtBot) -> None:
    before = view.model.place
    view.model.open_all(-1)
    assert view.model.is_busy()
    view.model.give_up()
    assert not view.model.is_busy()
    assert view.model.place == before
    view.model.toggle(item(view, "enc"))
    settle(view, qtbot)
    assert "act" in labels(view)
    assert "Relu" not in labels(view)


def test_open_and_close_everything(view: GraphsView, qtbot: QtBot) -> None:
    view.model.open_all(-1)
    settle(view, qtbot)
    assert {"Relu", "Scale", "act"} <= labels(view)
    view.model.close_all()
    settle(view, qtbot)
    assert "act" not in labels(view)


def test_what_is_too_much_to_be_opened_is_told(
    view: GraphsView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph_model, "MOST_OPENED", 8)
    view.model.open_all(-1)
    settle(view, qtbot)
    assert "2 groups kept closed" in view.note.text()
    assert view.model.is_open(item(view, "enc"))
    view.model.toggle(item(view, "dec"))
    settle(view, qtbot)
    assert "kept closed" not in view.note.text()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("matmul", {"enc/MatMul", "dec/MatMul"}),
        ("MatMul$ enc", {"enc/MatMul"}),
        ("op:Variable", {"enc/w", "dec/w"}),
        ("shape:3x4", {"enc/w", "dec/w"}),
        ("attr:shape=.*4", {"enc/w", "dec/w"}),
        ("(", set()),
    ],
)
def test_searching(view: GraphsView, qtbot: QtBot, text: str, names: set[str]) -> None:
    QTest.keyClicks(view.bar.search, text)
    qtbot.waitUntil(lambda: view.finding.matches is not None)
    graph = view.model.graph
    assert graph is not None
    assert view.finding.matches is not None
    assert {graph.names[node] for node in view.finding.matches.tolist()} == names
    assert view.found.isVisible()
    assert view.found.rows.rowCount() == len(names)


def test_the_next_match_is_gone_to_and_escape_ends_the_search(
    view: GraphsView, qtbot: QtBot
) -> None:
    view.search_for("relu")
    qtbot.waitUntil(lambda: view.finding.matches is not None)
    view.next_match(1)
    settle(view, qtbot)
    assert view.model.selected == item(view, "enc/act/Relu")
    assert item(view, "enc/act/Relu") in view.canvas.marked
    view.bar.search.setFocus()
    view.step_back()
    assert view.finding.matches is None
    assert not view.found.isVisible()
    assert not view.canvas.marked
    assert view.focusWidget() is view.canvas


def test_what_a_node_needs_is_traced_and_the_rest_faded(view: GraphsView, qtbot: QtBot) -> None:
    view.model.open_all(-1)
    view.model.select(item(view, "enc/MatMul"))
    settle(view, qtbot)
    view.set_trace("inputs")
    drawing, lit = view.model.drawing, view.canvas.painter.looks.lit
    assert lit is not None
    bright = {drawing.labels[i] for i in range(drawing.count) if lit[i]}
    assert {"x", "w", "MatMul", "enc"} <= bright
    assert not {"loss", "Relu"} & bright
    view.set_trace("outputs")
    lit = view.canvas.painter.looks.lit
    assert lit is not None
    bright = {drawing.labels[i] for i in range(drawing.count) if lit[i]}
    assert {"Relu", "loss", "dec"} <= bright
    assert "x" not in bright
    view.step_back()
    assert view.canvas.painter.looks.lit is None


def test_edges_of_what_is_selected_stand_out_through_groups(view: GraphsView, qtbot: QtBot) -> None:
    model = view.model
    model.open_all(-1)
    settle(view, qtbot)
    view.go_to(item(view, "enc/act/Scale"))
    settle(view, qtbot)
    assert model.picture is not None
    scene, hierarchy = model.picture.scene, model.hierarchy
    assert hierarchy is not None

    def crossed(edges: set[int]) -> set[str]:
        """Names of the groups at whose border an edge ends."""
        # What stands beside a box has edges of its own, after those of the scene.
        known = [edge for edge in edges if edge < len(scene.sources)]
        ends = [*scene.sources[known].tolist(), *scene.targets[known].tolist()]
        boxes = [scene.parents[box] for box in ends if scene.items[box] < 0]
        return {hierarchy.name(int(scene.items[box])) for box in boxes}

    edges, going = view.canvas.overlay.brought_forward()
    # Out of the group it is in, out of the one around, and into the next.
    assert {"enc/act", "enc", "dec"} <= crossed(going)
    assert not crossed(set(edges) - going)
    view.canvas.set_edge(edges[0])
    assert view.canvas.overlay.brought_forward()[0] == edges[:1]
    model.select(-1)
    assert view.canvas.overlay.brought_forward() == ([], set())


def test_the_way_between_two_nodes(view: GraphsView, qtbot: QtBot) -> None:
    view.model.open_all(-1)
    settle(view, qtbot)
    view.model.select(item(view, "x"))
    view.model.select(item(view, "enc/act/Relu"), other=True)
    view.set_trace("path")
    assert view.looking.trace is not None
    graph = view.model.graph
    assert graph is not None
    names = {graph.names[i] for i in range(len(graph)) if view.looking.trace.nodes[i]}
    assert names == {"x", "enc/MatMul", "enc/act/Relu"}


@pytest.mark.parametrize("mode", [mode for mode, _title in MODES])
def test_every_colouring_is_drawn_or_says_what_is_missing(
    view: GraphsView, qtbot: QtBot, mode: str
) -> None:
    view.set_colour_mode(mode)
    assert view.looking.colouring is not None
    coloured = view.canvas.painter.looks.fills is not None
    assert coloured is (mode in ("op", "structure") and not view.looking.colouring.missing)
    assert view.legend.isVisible() is (mode != "none")
    if mode == "op":
        titles = {title: count for _rgb, title, count in view.legend.lines()}
        assert titles["MatMul"] == "2"
    assert not view.canvas.grab().isNull()


def test_the_legend_leaves_room_for_the_picture(view: GraphsView, qtbot: QtBot) -> None:
    view.set_colour_mode("op")
    qtbot.waitUntil(view.legend.isVisible)
    whole = view.legend.lines()
    assert len(whole) > 5
    view.resize(900, 320)
    qtbot.waitUntil(lambda: view.canvas.height() < 320)
    lines = view.legend.lines()
    assert 4 <= len(lines) < len(whole)
    assert lines[:-1] == whole[: len(lines) - 1]
    assert lines[-1] == (-1, f"{len(whole) - len(lines) + 1} more", "")
    assert view.legend.geometry().bottom() < view.canvas.height()
    assert view.legend.geometry().top() > 0.4 * view.canvas.height()


def test_the_inspector_says_what_is_selected_and_leads_on(view: GraphsView, qtbot: QtBot) -> None:
    panel = inspector(view)
    qtbot.addWidget(panel)
    panel.show()
    view.go_to(item(view, "enc/MatMul"))
    settle(view, qtbot)
    facts = panel.facts
    assert facts is not None
    assert ("Operation", "MatMul") in facts.rows
    assert [link.title for link in facts.inputs] == ["x", "enc/w"]
    assert facts.inputs[1].detail == "3×4"
    assert [link.title for link in facts.outputs] == ["enc/act/Relu"]
    panel.inputs.list.activated_key.emit("0")
    settle(view, qtbot)
    assert view.model.selected == item(view, "x")
    view.go_to(item(view, "enc"))
    settle(view, qtbot)
    assert panel.facts is not None
    assert panel.facts.kind == "Group"
    assert dict(panel.facts.operations)["Relu"] == 1
    assert [link.title for link in panel.facts.inputs] == ["x"]


def test_parameters_are_counted(view: GraphsView, qtbot: QtBot) -> None:
    panel = inspector(view)
    qtbot.addWidget(panel)
    panel.show()
    qtbot.waitUntil(lambda: view.measures is not None)
    view.model.select(item(view, "enc"))

    def said() -> set[str]:
        return {each.text() for each in panel.measures.findChildren(QLabel) if each.isVisible()}

    # A matrix of 3 by 4 floats.
    qtbot.waitUntil(lambda: {"Parameters", "12 (48 bytes)"} <= said())


def test_an_edge_says_what_flows_along_it(view: GraphsView, qtbot: QtBot) -> None:
    panel = inspector(view)
    qtbot.addWidget(panel)
    panel.show()
    drawing = view.model.drawing
    source, target = drawing.index_of(item(view, "x")), drawing.index_of(item(view, "enc"))
    ends = zip(drawing.sources.tolist(), drawing.targets.tolist(), strict=True)
    view.canvas.edge_chosen.emit(list(ends).index((source, target)))
    assert panel.bundle.isVisible()
    assert [each.title for each in panel.bundle.list.items()] == ["x → enc/MatMul"]


def test_the_table_holds_all_nodes_and_leads_to_the_picture(view: GraphsView, qtbot: QtBot) -> None:
    view.show_page("table")
    assert view.stack.currentWidget() is view.table
    assert view.table.rows.rowCount() == len(graph_logs.MODEL)
    view.search_for("op:MatMul")
    qtbot.waitUntil(lambda: view.finding.matches is not None)
    assert view.table.rows.rowCount() == 2
    view.table.table.row_activated.emit(0)
    settle(view, qtbot)
    assert view.stack.currentWidget() is view.canvas
    assert view.model.selected == item(view, "enc/MatMul")


def test_rows_of_a_large_graph_are_waited_for(
    view: GraphsView, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph_table, "_AT_ONCE", 2)
    view.show_page("table")
    path = tmp_path / "other.pb"
    path.write_bytes(graph_logs.graph_def(graph_logs.MODEL[:5]).SerializeToString())
    made_on: set[int] = set()
    make = node_cells

    def noting(*arguments: Any) -> Any:
        made_on.add(threading.get_ident())
        return make(*arguments)

    monkeypatch.setattr("eventglass.widgets.views.graphs.node_cells", noting)
    monkeypatch.setattr(graph_table, "node_cells", noting)
    view.open_path(path)
    qtbot.waitUntil(lambda: view.table.rows.rowCount() == 5)
    assert threading.get_ident() not in made_on


def test_the_table_takes_over_the_selection_and_gives_it_back(
    view: GraphsView, qtbot: QtBot
) -> None:
    enc = item(view, "enc")
    view.model.select(enc)
    view.show_page("table")
    view.table.table.setFocus()
    assert view.model.selected == enc
    at = view.table.table.visualRect(view.table.rows.index(2, 0)).center()
    QTest.mouseClick(view.table.table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert view.model.selected == item(view, "enc/MatMul")
    QTest.keyClick(view.table.table, Qt.Key.Key_Down)
    assert view.model.selected == item(view, "enc/act/Relu")


def test_another_run_is_chosen_in_the_strip(view: GraphsView, qtbot: QtBot) -> None:
    runs = [value for value, _text, _hint in view.bar._runs()]
    assert len(runs) == 2
    view.bar.run.choose(runs[1])
    settle(view, qtbot)
    assert labels(view) == {"only"}


def test_layout_to_the_right(view: GraphsView, qtbot: QtBot) -> None:
    tools = view.tool_bar_content()
    assert isinstance(tools, GraphToolBar)
    qtbot.addWidget(tools)
    tools.direction.chosen.emit("right")
    settle(view, qtbot)
    drawing = view.model.drawing
    x, loss = drawing.index_of(item(view, "x")), drawing.index_of(item(view, "loss"))
    assert not drawing.downward
    assert drawing.rects[loss, 0] > drawing.rects[x, 0] + drawing.rects[x, 2]


def test_two_graphs_are_compared(tmp_path: Path, qtbot: QtBot) -> None:
    later = [row for row in graph_logs.MODEL if row[0] != "alone"]
    later = [(n, "Sum" if n == "loss" else op, inputs) for n, op, inputs in later]
    later.append(("enc/extra", "Tanh", ("enc/MatMul",)))
    graph_logs.write_graph(tmp_path / "logs", "a", graph_logs.graph_def())
    graph_logs.write_graph(tmp_path / "logs", "b", graph_logs.graph_def(later))
    with graph_logs.graph_context(tmp_path / "logs", tmp_path / "settings.json") as context:
        view = shown(context, qtbot)
        panel = inspector(view)
        qtbot.addWidget(panel)
        first, second = view.sources()
        view.show_source(second)
        settle(view, qtbot)
        value = next(v for v, text, _hint in view.bar._others() if text.startswith("a"))
        view.bar.against.choose(value)
        settle(view, qtbot)
        assert view.model.source == replace(second, against=first)
        graph, drawing = view.model.graph, view.model.drawing
        assert graph is not None
        assert view.finding.matches is not None
        changed = {graph.names[node] for node in view.finding.matches.tolist()}
        assert changed == {"alone", "loss", "enc/extra"}
        looks = view.canvas.painter.looks.changes
        assert looks is not None
        marks = dict(zip(drawing.labels, looks.tolist(), strict=True))
        assert (marks["loss"], marks["alone"], marks["enc"], marks["dec"]) == (3, 2, 3, 0)
        texts = [text for _rgb, text, _count in view.legend.lines()]
        assert texts == ["+ Added", "− Removed", "≠ Changed"]
        view.go_to(item(view, "loss"))
        settle(view, qtbot)
        assert ("op", "Mean", "Sum") in view.model.reading.difference.details(view.model.selected)  # type: ignore[union-attr]
        assert not panel.changes.isHidden()
        view.bar.against.choose("-1")
        settle(view, qtbot)
        assert view.model.source == second
        assert view.canvas.painter.looks.changes is None
        assert not view.legend.isVisible()


@pytest.mark.parametrize("suffix", [".pbtxt", ".dot"])
def test_a_graph_is_saved_as_text_and_opened_again(
    view: GraphsView, qtbot: QtBot, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"graph{suffix}"
    write(graph_export.text_work(view, path))
    text = path.read_text()
    if suffix == ".dot":
        assert text.startswith("digraph")
        assert "enc" in text
        return
    assert "enc/act/Relu" in text
    before = view.model.graph
    assert before is not None
    names = list(before.names)
    view.open_path(path)
    settle(view, qtbot)
    assert view.model.graph is not None
    assert view.model.graph.names == names
    assert view.model.graph is not before


def test_a_file_that_holds_no_graph_says_so(view: GraphsView, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "graph.pbtxt"
    path.write_text("what is this")
    view.open_path(path)
    settle(view, qtbot)
    assert view.stack.currentWidget() is view.empty
    assert view.model.error


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_pictures_are_written(view: GraphsView, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"graph{suffix}"
    write(graph_export.picture_work(view, path))
    head = path.read_bytes()[:400]
    assert head.startswith({".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}[suffix])
    if suffix == ".svg":
        assert "enc" in path.read_text()


def test_what_is_in_sight_is_written_alone(view: GraphsView, tmp_path: Path) -> None:
    view.canvas.zoom_by(3.0)
    path = tmp_path / "graph.png"
    write(graph_export.picture_work(view, path, whole=False))
    image = QImage(str(path))
    # Twice as fine as the screen.
    assert image.width() == pytest.approx(2 * view.canvas.width(), abs=2)
    assert image.height() == pytest.approx(2 * view.canvas.height(), abs=2)


def test_nothing_is_written_into_the_log(view: GraphsView) -> None:
    inside = Path(view.context.store.roots[0].path) / "graph.png"
    with pytest.raises(ExportError, match="log directory"):
        write(graph_export.picture_work(view, inside))
    assert not inside.exists()


def test_the_table_is_written(view: GraphsView, tmp_path: Path) -> None:
    path = tmp_path / "nodes.csv"
    write(graph_export.nodes_work(view, path))
    lines = path.read_text().splitlines()
    assert lines[0].startswith("Name,Operation")
    assert len(lines) == 1 + len(graph_logs.MODEL)


def test_commands_and_menus(view: GraphsView, qtbot: QtBot) -> None:
    commands = {each.id: each for each in view.commands()}
    for each in commands.values():
        if each.reason is not None:
            assert each.reason()
    assert not commands["graph.focus"].enabled()
    view.model.select(item(view, "enc"))
    commands["graph.toggle"].run()
    settle(view, qtbot)
    assert "act" in labels(view)
    commands["graph.close_all"].run()
    settle(view, qtbot)
    assert "act" not in labels(view)
    for each in (-1, item(view, "enc"), item(view, "x")):
        menu = item_menu(view, each)
        qtbot.addWidget(menu)
        assert menu.actions()


def test_a_log_without_graphs_says_so(tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "logs").mkdir()
    with graph_logs.graph_context(tmp_path / "logs", tmp_path / "settings.json") as context:
        view = shown(context, qtbot)
        assert view.stack.currentWidget() is view.empty


def test_series_are_folded_and_shown_as_single_nodes(tmp_path: Path, qtbot: QtBot) -> None:
    nodes = [(f"layer_{i}", "Relu", (f"layer_{i - 1}",) if i else ()) for i in range(6)]
    graph_logs.write_graph(tmp_path / "logs", "a", graph_logs.graph_def(nodes))
    with graph_logs.graph_context(tmp_path / "logs", tmp_path / "settings.json") as context:
        view = shown(context, qtbot)
        drawing = view.model.drawing
        assert drawing.shapes.tolist() == [Shape.SERIES]
        series = int(drawing.ids[0])
        menu = item_menu(view, series)
        qtbot.addWidget(menu)
        unfold = next(each for each in menu.actions() if "single" in each.text())
        unfold.trigger()
        settle(view, qtbot)
        assert {f"layer_{i}" for i in range(6)} == labels(view)
        menu = item_menu(view, -1)
        qtbot.addWidget(menu)
        next(each for each in menu.actions() if "Fold series" in each.text()).trigger()
        settle(view, qtbot)
        assert view.model.drawing.count == 1


def test_functions_lead_to_their_calls_and_back(tmp_path: Path, qtbot: QtBot) -> None:
    graph = graph_logs.graph_def((("x", "Placeholder", ()), ("call", "Twice", ("x",))))
    function = graph.library.function.add()
    function.signature.name = b"Twice"
    function.node_def.add(name=b"double", op=b"Add")
    graph_logs.write_graph(tmp_path / "logs", "a", graph)
    with graph_logs.graph_context(tmp_path / "logs", tmp_path / "settings.json") as context:
        view = shown(context, qtbot)
        panel = inspector(view)
        qtbot.addWidget(panel)
        view.go_to(item(view, "call"))
        settle(view, qtbot)
        assert panel.facts is not None
        (link,) = panel.facts.usages
        panel.usages.list.activated_key.emit("0")
        settle(view, qtbot)
        assert view.model.selected == link.item
        assert panel.facts.kind == "Function"
        assert [each.title for each in panel.facts.usages] == ["call"]


def test_a_view_that_is_closed_while_it_works_is_left_alone(
    context: ViewContext, qtbot: QtBot
) -> None:
    view = GraphsView(context)
    panel, tools = inspector(view), view.tool_bar_content()
    assert tools is not None
    view.show()
    settle(view, qtbot)
    panel.deleteLater()
    tools.deleteLater()
    qtbot.wait(1)
    view.model.select(item(view, "x"))
    view.set_colour_mode("op")
    view.model.open_all(-1)
    view.search_for("x")
    view.deleteLater()
    qtbot.wait(1)
    with qtbot.waitSignal(context.tasks.busy_changed, check_params_cb=lambda busy: busy == 0):
        context.tasks.submit("last", lambda _control: None, lambda _result: None)


def test_an_empty_graph_says_so(tmp_path: Path, qtbot: QtBot) -> None:
    graph_logs.write_graph(tmp_path / "logs", "a", graph_logs.graph_def(()))
    with graph_logs.graph_context(tmp_path / "logs", tmp_path / "settings.json") as context:
        view = shown(context, qtbot)
        assert view.stack.currentWidget() is view.empty
        assert view.model.error


def test_cycles_and_missing_inputs_are_drawn_and_told(tmp_path: Path, qtbot: QtBot) -> None:
    nodes = (
        ("a", "Merge", ("b", "a")),
        ("b", "Switch", ("a", "nowhere")),
        ("", "NoOp", ("a",)),
        ("a", "NoOp", ()),
    )
    graph_logs.write_graph(tmp_path / "logs", "a", graph_logs.graph_def(nodes))
    with graph_logs.graph_context(tmp_path / "logs", tmp_path / "settings.json") as context:
        view = shown(context, qtbot)
        assert view.model.drawing.count >= 3
        panel = inspector(view)
        qtbot.addWidget(panel)
        panel.sync()
        assert "not there" in panel.remarks_text.text().replace("\u200b", "")
        assert not panel.remarks.isHidden()
        assert "remarks" in view.note.text()
        assert not view.canvas.grab().isNull()


@pytest.mark.parametrize("name", ["tf1_legacy", "tf2_all", "torch_all", "keras_fit"])
def test_every_graph_of_real_logs_is_drawn(
    corpus: Path, tmp_path: Path, qtbot: QtBot, name: str
) -> None:
    with graph_logs.graph_context(corpus / "golden" / name, tmp_path / "settings.json") as context:
        view = shown(context, qtbot)
        assert view.sources()
        panel = inspector(view)
        qtbot.addWidget(panel)
        for source in view.sources():
            view.show_source(source)
            settle(view, qtbot)
            if source.tag == "batch_4":
                # Keras traced a step without any graph.
                assert "holds no operations" in view.model.error
                continue
            assert view.model.error == "", (source, FORMS[source.form])
            assert view.model.drawing.count
            view.model.open_all(-1)
            settle(view, qtbot)
            assert not view.canvas.grab().isNull()
