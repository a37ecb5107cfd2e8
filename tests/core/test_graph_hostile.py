"""Graphs that mean harm, or are just odd: shown as far as it goes, in little time and memory."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventglass.app.core.graphs import hierarchy as hierarchy_module
from eventglass.app.core.graphs import model
from eventglass.app.core.graphs import scene as scene_module
from eventglass.app.core.graphs.colours import clusters, structure
from eventglass.app.core.graphs.diff import diff
from eventglass.app.core.graphs.hierarchy import Fold, fold
from eventglass.app.core.graphs.layout import lay_out
from eventglass.app.core.graphs.model import Graph, from_bytes, from_graph_def
from eventglass.app.core.graphs.scene import Cancelled, Options, level
from eventglass.app.core.graphs.search import Query, Where, search
from eventglass.app.core.graphs.statistics import flops, parameters
from eventglass.app.core.graphs.writers import dot, dot_of_scene, pbtxt
from tests.core.graph_helpers import graph_of, message


def sample() -> bytes:
    graph = message(
        ("a/x", "Placeholder", []), ("a/c", "Const", []), ("a/b/y", "MatMul", ["a/x", "a/c"]),
        ("a/b", "Relu", ["a/b/y:1", "^a/x", "a/b"]), ("s", "ScalarSummary", ["a/b"]),
        *((f"n_{number}", "Add", ["a/x", f"n_{number + 1}"]) for number in range(6)),
    )  # fmt: skip
    graph.node[1].attr.add(key=b"value").value.tensor.tensor_content = b"12345678"
    graph.node[1].attr[0].value.tensor.dtype = 1
    graph.node[1].attr[0].value.tensor.tensor_shape.dim.add(size=2)
    shape = graph.node[0].attr.add(key=b"_output_shapes").value.list.shape.add()
    shape.dim.add(size=-1)
    function = graph.library.function.add()
    function.signature.name = b"f/g"
    function.signature.input_arg.add(name=b"i")
    function.node_def.add(name=b"z/z", op=b"Add", input=[b"i", b"z/z:out:0"])
    return graph.SerializeToString()


SAMPLE = sample()


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(SAMPLE) - 1), st.integers(0, 255)), max_size=5),
    st.integers(0, len(SAMPLE)),
    st.data(),
)
def test_whatever_is_read_can_be_shown(
    changes: list[tuple[int, int]], stop: int, data: st.DataObject
) -> None:
    changed = bytearray(SAMPLE)
    for place, byte in changes:
        changed[place] = byte
    graph = from_bytes(bytes(changed[:stop]))
    if not len(graph):
        return
    hierarchy = fold(graph)
    hierarchy.prepare()
    groups = np.flatnonzero(hierarchy.kinds != Fold.NODE).tolist()
    opened = data.draw(st.sets(st.sampled_from(groups))) if groups else set()
    focus = data.draw(st.sampled_from([-1, *groups]))
    scene = level(hierarchy, opened, Options(focus=focus, extract=data.draw(st.booleans())))
    layout = lay_out(scene, data.draw(st.sampled_from(["down", "right"])))
    assert np.isfinite(layout.boxes).all()
    assert np.isfinite(layout.points).all()
    for item in range(len(hierarchy)):
        assert hierarchy.label(item)
        groups_to_open, alone = hierarchy.way_to(item)
        assert alone == -1
        assert groups_to_open == hierarchy.path(item)[:-1]
    for node in range(len(graph)):
        assert graph.find(graph.names[node]) == graph.index[graph.names[node]]
        graph.attributes(node)
        graph.output_shapes(node)
    for where in Where:
        search(hierarchy, Query("a", where=where))
    for written in (pbtxt(graph), dot(graph), dot_of_scene(scene)):
        "".join(written).encode("utf-8", errors="surrogateescape")
    assert len(structure(hierarchy)) == len(hierarchy)
    assert len(flops(graph)) == len(parameters(graph)[0]) == len(clusters(hierarchy)[0])
    found = diff(from_bytes(SAMPLE), graph)
    assert sum(found.counts().values()) == len(found.graph)
    level(fold(found.graph))


def nested(depth: int) -> Graph:
    """Scopes in scopes, and nothing else but two nodes."""
    deep = "/".join(["d"] * depth)
    return graph_of((f"{deep}/x", "X", ()), ("d/e", "Y", (f"{deep}/x",)))


def test_a_chain_of_scopes_is_one_box() -> None:
    hierarchy = fold(nested(10_000))
    around = hierarchy.path(0)[:-1]
    scene = level(hierarchy, around)
    assert [scene.label(box) for box in range(3)] == ["d", "d/…/d", "e"]
    assert len(scene.levels) == 3
    assert scene.box_of[around[-1]] == scene.visible(around[77]) == 1
    assert scene.shown_by[0] == scene.box_of[0]
    closed = level(hierarchy, around[:-1])
    assert closed.shown_by[0] == closed.box_of[around[-1]]
    assert hierarchy.way_to(0) == (around, -1)
    # Shown alone, the rest of a chain is no chain of its own.
    assert len(level(hierarchy, around, Options(focus=around[-4]))) > 3


def test_short_chains_are_shown_as_they_are() -> None:
    hierarchy = fold(nested(hierarchy_module.LONGEST_CHAIN))
    assert (hierarchy.chains == np.arange(len(hierarchy))).all()


def deep(depth: int) -> Graph:
    """Scopes in scopes with a node in each."""
    names = ["/".join(["s"] * number) for number in range(1, depth + 1)]
    return graph_of(*((f"{name}/x", "X", ()) for name in names))


def test_what_is_very_deep_is_shown_alone() -> None:
    depth = 3 * hierarchy_module.DEEPEST_OPENED
    hierarchy = fold(deep(depth))
    innermost = depth - 1
    groups, focus = hierarchy.way_to(innermost)
    around = hierarchy.path(innermost)[:-1]
    assert groups == around[-len(groups) :]
    assert 0 < len(groups) < hierarchy_module.DEEPEST_OPENED
    assert focus == around[-len(groups) - 1]
    scene = level(hierarchy, groups, Options(focus=focus))
    assert innermost in scene.box_of
    # From there a near item needs no other focus; one outside does.
    assert hierarchy.way_to(innermost - 5, focus)[1] == focus
    assert hierarchy.way_to(0, focus) == (hierarchy.path(0)[:-1], -1)


def test_too_many_groups_stay_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene_module, "MOST_OPEN", 5)
    hierarchy = fold(deep(20))
    scene = level(hierarchy, range(len(hierarchy)))
    assert len(scene.levels) == 6
    assert scene.unopened == 1


def test_too_many_boxes_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene_module, "MOST_BOXES", 10)
    scene = level(fold(graph_of(*((f"n{number}x", "X", ()) for number in range(25)))))
    assert (len(scene), scene.left_out) == (10, 15)
    assert (scene.shown_by >= 0).sum() == 10


def test_of_too_many_boxes_the_foremost_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene_module, "MOST_BOXES", 10)
    names = [f"n{number}x" for number in range(25)]
    hierarchy = fold(
        graph_of(*((name, "X", ()) for name in names), ("hub", "AddN", names), ("g/x", "X", ()))
    )
    scene = level(hierarchy, (), Options(extract=False))
    shown = [hierarchy.name(item) for item in scene.items.tolist()]
    assert shown == [*names[:8], "hub", "g"]
    assert len(scene.sources) == 8


def test_scenes_can_be_given_up() -> None:
    with pytest.raises(Cancelled):
        level(fold(deep(3)), (), None, lambda: True)
    with pytest.raises(Cancelled):
        diff(deep(3), deep(4), lambda: True)


def test_a_node_of_very_many_inputs() -> None:
    rows = [("hub", "AddN", [f"n{number}x" for number in range(5000)])]
    rows += [(f"n{number}x", "X", []) for number in range(5000)]
    scene = level(fold(graph_of(*rows)))
    assert scene.aside[0]
    assert not len(scene.sources)
    layout = lay_out(scene)
    # Packed, not in one row.
    left, top, width, height = layout.bounds
    assert (left, top) == (0, 0)
    assert 1 / 4 < width / height < 4


def test_too_many_rows_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "MOST_ROWS", 3)
    monkeypatch.setattr(model, "MOST_FUNCTIONS", 1)
    graph_def = message(("a", "X", []), ("b", "X", ["a"] * 5), ("c", "X", ["b"]))
    for number in range(5):
        graph_def.node[0].attr.add(key=b"k%d" % number).value.i = number
        graph_def.library.function.add().signature.name = b"f%d" % number
    graph = from_graph_def(graph_def)
    assert [len(graph.inputs_of(node)) for node in range(3)] == [0, 3, 0]
    assert len(graph.attributes(0)) == 3
    assert [each.name for each in graph.functions] == ["f0"]
    assert graph.problems == (
        "3 inputs left out: more than 3",
        "2 attributes left out: more than 3",
        "4 functions left out: more than 1",
    )


def test_functions_without_nodes() -> None:
    graph_def = message()
    graph_def.library.function.add().signature.name = b"f"
    hierarchy = fold(from_graph_def(graph_def))
    hierarchy.prepare()
    assert hierarchy.group_names[1] == ["__function_library__f"]
    assert level(hierarchy, [0]).labels == ("f",)


def test_names_that_are_no_text() -> None:
    graph_def = message(("x", "X", []))
    graph_def.node[0].name = b"a\xff/b"
    hierarchy = fold(from_graph_def(graph_def))
    assert hierarchy.name(0) == "a\\xff/b"
    assert hierarchy.find("a\\xff/b") == 0
    assert hierarchy.label(1) == "a\\xff"
