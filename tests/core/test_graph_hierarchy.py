"""Folding by names, against the plain rules."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventglass.app.core.graphs.hierarchy import Fold, Hierarchy, fold
from eventglass.app.core.graphs.model import Graph, from_graph_def
from eventglass.app.core.proto.graph_pb2 import GraphDef
from tests.core.graph_helpers import graph_of
from tests.core.oracles import Item, expected
from tests.core.test_oracle_payloads import GRAPH_PLUGINS, entries, having


def check_scopes(graph: Graph, hierarchy: Hierarchy) -> None:
    """Compare with scopes made by splitting names."""
    names = graph.names
    beside = hierarchy.constants | hierarchy.summaries
    scopes = set()
    for node, name in enumerate(names):
        parts = name.split("/")
        if not beside[node]:
            scopes |= {"/".join(parts[:n]) for n in range(1, len(parts))}
    groups = np.flatnonzero(hierarchy.kinds == Fold.SCOPE).tolist()
    assert sorted(hierarchy.name(item) for item in groups) == sorted(scopes)
    inside = defaultdict(set)
    for node, name in enumerate(names):
        parts = name.split("/")
        reached = range(1, len(parts) + (name in scopes))
        for n in reached:
            if "/".join(parts[:n]) in scopes:
                inside["/".join(parts[:n])].add(node)
    for item in groups:
        assert set(hierarchy.nodes_of(item).tolist()) == inside[hierarchy.name(item)]
        counts = Counter(graph.op(node) for node in hierarchy.nodes_of(item).tolist())
        assert dict(hierarchy.op_counts(item)) == counts


WORDS = st.lists(st.sampled_from(["a", "b", "a_1", "é", ""]), min_size=1, max_size=4)


@given(st.lists(WORDS.map("/".join), max_size=25, unique=True))
def test_scopes(names: list[str]) -> None:
    graph = graph_of(*((name, "X", ()) for name in names))
    hierarchy = fold(graph)
    check_scopes(graph, hierarchy)
    assert sorted(hierarchy.leaves.tolist()) == list(range(len(names)))
    for item in range(len(hierarchy)):
        for child in hierarchy.children_of(item):
            assert hierarchy.parents[child] == item
            assert hierarchy.depths[child] == hierarchy.depths[item] + 1
        if hierarchy.name(item):
            assert hierarchy.find(hierarchy.name(item)) == item


@having(*GRAPH_PLUGINS)
def test_real_graphs(item: Item) -> None:
    for series in expected(item, *GRAPH_PLUGINS):
        *_, (_, entry) = entries(item, series)
        graph = from_graph_def(
            entry.graph() if series.plugin == "graph_run_metadata" else entry.graph_def
        )
        check_scopes(graph, fold(graph))


def test_node_that_is_a_scope() -> None:
    hierarchy = fold(graph_of(("A", "X", ()), ("A/b", "Y", ("A",))))
    scope = hierarchy.find("A")
    assert hierarchy.kinds[scope] == Fold.SCOPE
    assert [hierarchy.label(int(each)) for each in hierarchy.children_of(scope)] == ["(A)", "b"]
    assert hierarchy.name(0) == "A/(A)"
    assert hierarchy.find("A/(A)") == 0


@pytest.mark.parametrize(
    ("names", "series"),
    [
        (["s", "s_1", "s_2", "s_3", "s_4"], ["s[0-4]"]),
        (["s", "s_1", "s_2", "s_3"], []),
        (["s_2", "s_4", "s_3", "s_6", "s_5"], ["s[2-6]"]),
        (["s_1", "s_2", "s_3", "s_5", "s_6"], []),  # A gap.
        (["s1", "s1_1", "s1_2", "s1_3", "s1_4"], []),  # Digits in the stem.
        ([f"p/s_{n}" for n in range(1, 7)], ["p/s[1-6]"]),
        ([f"p{n}/s_{n}" for n in range(1, 7)], []),  # Of several scopes.
    ],
)
def test_series(names: list[str], series: list[str]) -> None:
    hierarchy = fold(graph_of(*((name, "X", ()) for name in names)))
    found = np.flatnonzero(hierarchy.kinds == Fold.SERIES).tolist()
    assert [hierarchy.name(item) for item in found] == series
    for item in found:
        members = [names[node] for node in hierarchy.children_of(item)]
        assert members == sorted(members, key=lambda name: (len(name), name))
        assert hierarchy.find(hierarchy.name(item)) == item


def test_series_are_of_one_op() -> None:
    rows = [(f"s_{n}", "XY"[n % 2], ()) for n in range(1, 12)]
    assert not (fold(graph_of(*rows)).kinds == Fold.SERIES).any()


def test_series_can_be_left_unfolded() -> None:
    graph = graph_of(*((f"s_{n}", "X", ()) for n in range(9)))
    assert (fold(graph, series=False).kinds == Fold.NODE).all()


def test_deep_scopes() -> None:
    deep = "/".join(["d"] * 10_000)
    hierarchy = fold(graph_of((deep, "X", ()), ("d/e", "Y", (deep,))))
    assert hierarchy.depths[0] == 9_999
    assert len(hierarchy.path(0)) == 10_000
    assert hierarchy.label(hierarchy.path(0)[5000]) == "d"
    assert hierarchy.meeting.tolist() == [hierarchy.find("d")]


def test_functions_are_groups() -> None:
    graph_def = GraphDef()
    graph_def.node.add(name=b"x", op=b"X")
    for name in (b"f", b"empty"):
        function = graph_def.library.function.add()
        function.signature.name = name
        if name == b"f":
            function.node_def.add(name=b"s/a", op=b"A")
            function.node_def.add(name=b"s/b", op=b"B", input=[b"s/a:y:0"])
    hierarchy = fold(from_graph_def(graph_def))
    f = hierarchy.function_index["f"]
    assert hierarchy.kinds[f] == Fold.FUNCTION
    assert hierarchy.label(f) == "f"
    assert hierarchy.count(f) == 2
    assert hierarchy.count(hierarchy.function_index["empty"]) == 0
    scope = int(hierarchy.children_of(f)[0])
    assert hierarchy.name(scope) == "__function_library__f/s"
    assert hierarchy.find("__function_library__f/s/b") in range(3)
    assert hierarchy.find("__function_library__f/s") == scope


def test_constants_make_no_scope() -> None:
    graph = graph_of(
        ("x", "X", ()),
        ("max", "ArgMax", ("x", "max/axis")),
        ("max/axis", "Const", ()),
        ("g/sum", "ScalarSummary", ("g/sum/tag", "max")),
        ("g/sum/tag", "Const", ()),
        ("g/y", "Y", ("max",)),
        ("h/deep/z", "Z", ("h/deep/z/c",)),
        ("h/deep/z/c", "Const", ()),
    )
    hierarchy = fold(graph)
    groups = [hierarchy.name(item) for item in range(len(graph), len(hierarchy))]
    assert groups == ["g", "h", "h/deep"]
    assert not hierarchy.twins.any()
    assert hierarchy.parents[2] == -1
    assert hierarchy.parents[4] == hierarchy.find("g")
    assert hierarchy.find("max") == 1
    check_scopes(graph, hierarchy)
