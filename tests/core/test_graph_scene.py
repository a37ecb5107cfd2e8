"""What is visible, against edges counted one by one."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from eventglass.app.core.graphs.hierarchy import Fold, Hierarchy, fold
from eventglass.app.core.graphs.model import Graph
from eventglass.app.core.graphs.scene import Beside, Options, SceneGraph, Shown, first_open, level
from tests.core.graph_helpers import graph_of

PLAIN = Options(extract=False, embed=False)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Graphs with scopes, cycles, loops, control inputs, inputs that are not there."""
    count = draw(st.integers(1, 14))
    scopes = st.sampled_from(["", "a/", "b/", "a/c/", "a/c/d/"])
    names = [draw(scopes) + f"n{number}x" for number in range(count)]
    source = st.sampled_from([*names, *("^" + name for name in names), "gone"])
    rows = [
        (name, draw(st.sampled_from(["X", "Const", "NoOp"])), draw(st.lists(source, max_size=4)))
        for name in names
    ]
    return graph_of(*rows)


def groups(hierarchy: Hierarchy) -> list[int]:
    return np.flatnonzero(hierarchy.kinds != Fold.NODE).tolist()


def check(scene: SceneGraph) -> None:
    """Each input whose ends are shown by different boxes goes from one to the other."""
    graph = scene.hierarchy.graph
    carried = defaultdict(list)
    for edge in range(len(scene.sources)):
        source, target = int(scene.sources[edge]), int(scene.targets[edge])
        assert scene.parents[source] == scene.parents[target]
        for each in scene.inputs_of_edge(edge).tolist():
            carried[each].append(edge)
        inputs = scene.inputs_of_edge(edge)
        assert scene.control[edge] == graph.controls[inputs].all()
    for row, (source, target) in enumerate(
        zip(graph.sources.tolist(), graph.targets.tolist(), strict=True)
    ):
        here, there = (int(scene.shown_by[node]) if node >= 0 else -1 for node in (source, target))
        if source < 0 or (here == there and (source != target or scene.kinds[here])):
            assert row not in carried
            continue
        ends = {(int(scene.sources[edge]), int(scene.targets[edge])) for edge in carried[row]}
        # From its box over ports to the other box, without a gap.
        at, met = here, 0
        while at != there or not met:
            following = [
                (edge, b)
                for edge in carried[row]
                for a, b in [(int(scene.sources[edge]), int(scene.targets[edge]))]
                if at == a
            ]
            assert len(following) == 1, (ends, at)
            edge, at = following[0]
            met += 1
            if at != there:
                if scene.kinds[at] == Shown.PORT_OUT:
                    # Goes on from the box whose border it is in.
                    outer = [each for each in carried[row] if scene.source_ports[each] == at]
                    assert len(outer) == 1
                    assert scene.sources[outer[0]] == scene.parents[at]
                    at = int(scene.parents[at])
                else:
                    assert scene.open[at]
                    at = int(scene.target_ports[edge])
                    assert at >= 0
        assert met == len(carried[row])


@settings(deadline=None)
@given(graphs(), st.data())
def test_every_edge_is_drawn_once(graph: Graph, data: st.DataObject) -> None:
    hierarchy = fold(graph)
    known = groups(hierarchy)
    opened = data.draw(st.sets(st.sampled_from(known))) if known else set()
    scene = level(hierarchy, opened, PLAIN)
    check(scene)
    items = scene.items[scene.items >= 0].tolist()
    assert len(items) == len(set(items))
    assert (scene.parents < np.arange(len(scene))).all()
    for box, item in enumerate(scene.items.tolist()):
        if item >= 0:
            assert scene.open[box] == (item in opened and len(hierarchy.children_of(item)) > 0)
            outer = int(scene.parents[box])
            assert hierarchy.parents[item] == (scene.items[outer] if outer >= 0 else -1)


@settings(deadline=None)
@given(graphs(), st.data())
def test_annotations_stand_for_edges_left_out(graph: Graph, data: st.DataObject) -> None:
    hierarchy = fold(graph)
    known = groups(hierarchy)
    opened = data.draw(st.sets(st.sampled_from(known))) if known else set()
    scene = level(hierarchy, opened)
    drawn = set(scene.edge_inputs.tolist())
    assert drawn <= set(np.flatnonzero(graph.sources >= 0).tolist())
    for note in range(len(scene.note_items)):
        assert scene.note_counts[note] > 0
        assert (scene.note_items[note] < 0) == (scene.note_kinds[note] == Beside.MORE)
    assert scene.note_start[-1] == len(scene.note_items)
    hidden = scene.shown_by < 0
    # Only what is annotated beside others is in no box.
    constant = graph.is_op("Const")
    assert not (hidden & ~constant).any()


def test_constants_are_annotations() -> None:
    graph = graph_of(
        ("g/c", "Const", ()),
        ("g/a", "Add", ("g/c",)),
        ("b", "Add", ("g/c",)),
        ("lone", "Const", ()),
    )
    hierarchy = fold(graph)
    g = hierarchy.find("g")
    scene = level(hierarchy, [g])
    shown = {scene.label(box) for box in range(len(scene))}
    assert shown == {"g", "a", "b", "lone"}
    for name in ("g/a", "b"):
        box = scene.box_of[hierarchy.find(name)]
        notes = slice(*scene.note_start[box : box + 2])
        assert scene.note_items[notes].tolist() == [0]
        assert scene.note_kinds[notes].tolist() == [Beside.CONSTANT]
        assert not scene.note_out[notes].any()
    assert len(scene.sources) == 0
    back = level(hierarchy, [g], Options(put_back=frozenset([0])))
    assert 0 in back.box_of
    assert len(back.note_items) == 0


def test_summaries_are_annotations() -> None:
    graph = graph_of(
        ("tag", "Const", ()), ("x", "X", ()), ("sum", "ScalarSummary", ("tag", "x")),
        ("merge", "MergeSummary", ("sum",)),
    )  # fmt: skip
    hierarchy = fold(graph)
    scene = level(hierarchy)
    box = scene.box_of[1]
    notes = slice(*scene.note_start[box : box + 2])
    assert scene.note_items[notes].tolist() == [2]
    assert scene.note_kinds[notes].tolist() == [Beside.SUMMARY]
    assert 2 not in scene.box_of


def test_high_degree_is_put_aside() -> None:
    rows = [("hub", "X", ())] + [(f"u{n}x", "Y", ("hub",)) for n in range(20)]
    hierarchy = fold(graph_of(*rows))
    scene = level(hierarchy)
    hub = scene.box_of[0]
    assert scene.aside.tolist() == [box == hub for box in range(len(scene))]
    assert len(scene.sources) == 0
    user = scene.box_of[3]
    assert scene.note_items[scene.note_start[user]] == 0
    notes = slice(*scene.note_start[hub : hub + 2])
    assert scene.note_kinds[notes].tolist() == [Beside.FAR] * 5 + [Beside.MORE]
    assert scene.note_counts[notes].tolist() == [1] * 5 + [15]
    assert not level(hierarchy, (), Options(put_back=frozenset([0]))).aside.any()
    assert level(hierarchy, (), Options(extract=False, put_aside=frozenset([0]))).aside[0]


def test_many_control_inputs_are_annotations() -> None:
    rows = [(f"c{n}x", "X", ()) for n in range(5)]
    rows.append(("all", "Y", [f"^c{n}x" for n in range(5)]))
    hierarchy = fold(graph_of(*rows))
    assert len(level(hierarchy).sources) == 0
    assert len(level(hierarchy, (), PLAIN).sources) == 5


def test_focus() -> None:
    graph = graph_of(
        ("x", "X", ()), ("g/a", "A", ("x",)), ("g/b", "B", ("g/a",)), ("y", "Y", ("g/b",))
    )
    hierarchy = fold(graph)
    scene = level(hierarchy, (), Options(focus=hierarchy.find("g")))
    assert [scene.label(box) for box in range(len(scene))] == ["a", "b"]
    assert scene.note_items.tolist() == [0, 3]
    assert scene.note_out.tolist() == [False, True]


def test_series_unfolded() -> None:
    graph = graph_of(*((f"s_{n}", "X", ()) for n in range(6)))
    hierarchy = fold(graph)
    assert [int(kind) for kind in level(hierarchy).kinds] == [Shown.SERIES]
    for options in (Options(fold_series=False), Options(unfolded=frozenset([6]))):
        scene = level(hierarchy, (), options)
        assert scene.items.tolist() == list(range(6))


def test_labels_of_edges() -> None:
    graph_def = graph_of(("a", "X", ()), ("b", "Y", ("a", "a:1")), ("c", "Z", ("^a",)))
    scene = level(fold(graph_def), (), PLAIN)
    labels = {
        (scene.label(int(s)), scene.label(int(t))): scene.edge_label(edge)
        for edge, (s, t) in enumerate(zip(scene.sources, scene.targets, strict=True))
    }
    assert labels == {("a", "b"): "2 tensors", ("a", "c"): ""}


def test_assignments_are_references() -> None:
    graph = graph_of(("v", "VariableV2", ()), ("x", "X", ()), ("a", "Assign", ("v", "x")))
    scene = level(fold(graph), (), PLAIN)
    marks = {
        scene.label(int(s)): bool(r) for s, r in zip(scene.sources, scene.reference, strict=True)
    }
    assert marks == {"v": True, "x": False}


def test_opened_at_first() -> None:
    rows = [("in", "X", ()), *((f"net/body/n{n}x", "X", ()) for n in range(20))]
    hierarchy = fold(graph_of(*rows))
    assert first_open(hierarchy) == {hierarchy.find("net"), hierarchy.find("net/body")}
    # Not what holds too much, nor one of several.
    rows += [(f"net/body/n{n}x", "X", ()) for n in range(20, 80)]
    hierarchy = fold(graph_of(*rows))
    assert first_open(hierarchy) == {hierarchy.find("net")}
    assert first_open(fold(graph_of(("a/b", "X", ()), ("c/d", "X", ())))) == frozenset()
    assert first_open(fold(graph_of())) == frozenset()


def test_ports_of_very_many_are_annotations() -> None:
    rows = [("x", "X", ()), *((f"g/n{n}x", f"Op{n}", ("x",)) for n in range(60))]
    hierarchy = fold(graph_of(*rows))
    g = hierarchy.find("g")
    scene = level(hierarchy, [g])
    assert len(scene.sources) == 1
    assert scene.target_ports[0] >= 0
    box = scene.box_of[1]
    assert scene.note_items[scene.note_start[box]] == 0
    assert len(level(hierarchy, [g], PLAIN).sources) == 61
