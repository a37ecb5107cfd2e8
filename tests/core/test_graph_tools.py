"""Search, tracing, statistics, colours, differences: against plain ways to the same."""

from __future__ import annotations

import itertools
import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventglass.app.core.graphs.colours import compute_times, memory, structure
from eventglass.app.core.graphs.diff import Change, diff
from eventglass.app.core.graphs.hierarchy import fold
from eventglass.app.core.graphs.model import Graph, from_graph_def
from eventglass.app.core.graphs.run_stats import graph_of_stats, with_stats
from eventglass.app.core.graphs.scene import level
from eventglass.app.core.graphs.search import BadPattern, Query, Where, search
from eventglass.app.core.graphs.statistics import flops, parameters, uncounted
from eventglass.app.core.graphs.trace import between, downstream, path, upstream
from eventglass.app.core.proto.graph_pb2 import GraphDef
from eventglass.app.core.proto.run_metadata_pb2 import RunMetadata
from tests.core.graph_helpers import graph_of, message
from tests.core.test_graph_scene import graphs

# -- search ----------------------------------------------------------------------------------------


def searched() -> Graph:
    graph = message(
        ("net/Conv", "Conv2D", []), ("net/conv_relu", "Relu", ["net/Conv"]), ("out", "MatMul", [])
    )
    graph.node[0].device = b"/device:GPU:0"
    for size in (-1, 28, 3):
        shapes = graph.node[0].attr
        entry = shapes[0] if shapes else shapes.add(key=b"_output_shapes")
        shape = entry.value.list.shape
        (shape[0] if shape else shape.add()).dim.add(size=size)
    graph.node[1].attr.add(key=b"T").value.type = 3
    return from_graph_def(graph)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        (Query("conv"), ["net/Conv", "net/conv_relu"]),
        (Query("Conv"), ["net/Conv"]),
        (Query("net"), ["net", "net/Conv", "net/conv_relu"]),
        (Query(r"^net/\D*v$", regex=True), ["net/Conv"]),
        (Query("(", regex=False), []),
        (Query("relu", where=Where.OP), ["net/conv_relu"]),
        (Query("gpu", where=Where.DEVICE), ["net/Conv"]),
        (Query("T=int32", where=Where.ATTRIBUTE), ["net/conv_relu"]),
        (Query("28, 3", where=Where.SHAPE), ["net/Conv"]),
        (Query("28×3", where=Where.SHAPE), ["net/Conv"]),
        (Query(r"^\?x28", regex=True, where=Where.SHAPE), ["net/Conv"]),
        (Query(""), []),
    ],
)
def test_search(query: Query, names: list[str]) -> None:
    hierarchy = fold(searched())
    assert [hierarchy.name(int(item)) for item in search(hierarchy, query)] == names


def test_groups_inside_groups_found_are_left_out() -> None:
    hierarchy = fold(graph_of(("block/inner/x", "X", ())))
    found = search(hierarchy, Query("block"))
    assert [hierarchy.name(int(item)) for item in found] == ["block", "block/inner/x"]


def test_bad_pattern() -> None:
    with pytest.raises(BadPattern):
        search(fold(searched()), Query("(", regex=True))


def test_search_can_be_given_up() -> None:
    assert len(search(fold(searched()), Query("net"), lambda: True)) == 0


# -- tracing ---------------------------------------------------------------------------------------


def plain_reach(graph: Graph, node: int, up: bool, controls: bool) -> dict[int, int]:
    found, now, distance = {node: 0}, [node], 0
    while now:
        distance += 1
        following = set()
        for source, target, control in zip(
            graph.sources.tolist(), graph.targets.tolist(), graph.controls.tolist(), strict=True
        ):
            here, there = (target, source) if up else (source, target)
            if source >= 0 and here in now and there not in found and (controls or not control):
                following.add(there)
        found.update(dict.fromkeys(following, distance))
        now = list(following)
    return found


@settings(deadline=None)
@given(graphs(), st.data(), st.booleans())
def test_reach(graph: Graph, data: st.DataObject, controls: bool) -> None:
    node = data.draw(st.integers(0, len(graph) - 1))
    other = data.draw(st.integers(0, len(graph) - 1))
    for up, trace in (
        (True, upstream(graph, [node], controls=controls)),
        (False, downstream(graph, [node], controls=controls)),
    ):
        expected = plain_reach(graph, node, up, controls)
        assert {int(each): int(trace.distances[each]) for each in trace.nodes} == expected
        ends = graph.targets if up else graph.sources
        for edge in range(len(graph.sources)):
            on_way = int(ends[edge]) in expected and graph.sources[edge] >= 0
            assert trace.edges[edge] == (on_way and (controls or not graph.controls[edge]))
    way = path(graph, node, other)
    distances = plain_reach(graph, node, False, True)
    if other not in distances:
        assert way == []
        assert len(between(graph, [node], [other]).nodes) == 0
    else:
        assert (way[0], way[-1], len(way)) == (node, other, distances[other] + 1)
        for one, following in itertools.pairwise(way):
            assert one in graph.sources[graph.inputs_of(following)]
        assert set(way) <= set(between(graph, [node], [other]).nodes.tolist())


def test_reach_is_bounded() -> None:
    graph = graph_of(("a", "X", ()), ("b", "X", ("a",)), ("c", "X", ("b",)))
    assert upstream(graph, [2], most=1).distances.tolist() == [-1, 1, 0]
    assert upstream(graph, [2], most=1).edges.tolist() == [False, True]


def test_long_chain() -> None:
    rows = [("n0", "X", ())] + [(f"n{n}", "X", (f"n{n - 1}",)) for n in range(1, 20_000)]
    graph = graph_of(*rows)
    assert len(path(graph, 0, 19_999)) == 20_000


# -- statistics ------------------------------------------------------------------------------------


def shaped(graph: GraphDef, node: int, *shapes: list[int]) -> None:
    entry = graph.node[node].attr.add(key=b"_output_shapes")
    for sizes in shapes:
        shape = entry.value.list.shape.add()
        for size in sizes:
            shape.dim.add(size=size)


def test_flops() -> None:
    graph = message(
        ("x", "Placeholder", []), ("k", "Identity", []), ("conv", "Conv2D", ["x", "k"]),
        ("relu", "Relu", ["conv"]), ("w", "Identity", []), ("mat", "MatMul", ["x2", "w"]),
        ("x2", "Reshape", []), ("odd", "MatMul", []),
    )  # fmt: skip
    shaped(graph, 0, [-1, 8, 8, 3])
    shaped(graph, 1, [3, 3, 3, 16])
    shaped(graph, 2, [-1, 6, 6, 16])
    shaped(graph, 3, [-1, 6, 6, 16])
    shaped(graph, 4, [576, 10])
    shaped(graph, 5, [-1, 10])
    shaped(graph, 6, [-1, 576])
    found = flops(from_graph_def(graph))
    assert found[2] == 2 * 6 * 6 * 16 * (3 * 3 * 3)
    assert found[3] == 6 * 6 * 16
    assert found[5] == 2 * 10 * 576
    assert np.isnan(found[[0, 1, 4, 6, 7]]).all()


def test_parameters() -> None:
    graph = message(("v", "VarHandleOp", []), ("u", "VariableV2", []), ("x", "Relu", []))
    for node, (sizes, dtype) in enumerate((([3, 4], 1), ([], 2))):
        graph.node[node].attr.add(key=b"dtype").value.type = dtype
        shape = graph.node[node].attr.add(key=b"shape").value.shape
        shape.SetInParent()
        for size in sizes:
            shape.dim.add(size=size)
    counts, sizes = parameters(from_graph_def(graph))
    assert counts.tolist() == [12, 1, 0]
    assert sizes.tolist() == [48, 8, 0]


def test_parameters_of_variables_that_are_arguments() -> None:
    graph = message(
        ("v", "Placeholder", []), ("read", "ReadVariableOp", ["v"]),
        ("again", "ReadVariableOp", ["v"]), ("unknown", "ReadVariableOp", ["w"]),
        ("w", "Placeholder", []), ("own", "VarHandleOp", []), ("its", "ReadVariableOp", ["own"]),
    )  # fmt: skip
    for node in (1, 2, 6):
        graph.node[node].attr.add(key=b"dtype").value.type = 2
        shaped(graph, node, [3, 4])
    shaped(graph, 3, [-1, 4])
    counts, sizes = parameters(from_graph_def(graph))
    assert counts.tolist() == [0, 12, 0, 0, 0, 0, 0]
    assert sizes.tolist() == [0, 96, 0, 0, 0, 0, 0]


def test_flops_of_convolutions() -> None:
    graph = message(
        ("x", "Identity", []), ("k", "Identity", []), ("out", "Identity", []),
        ("input", "Conv2DBackpropInput", ["x", "k", "out"]),
        ("filter", "Conv2DBackpropFilter", ["x", "x", "out"]),
        ("first", "onnx::Conv", ["x", "kf"]), ("kf", "Identity", []),
        ("torch", "aten::_convolution", ["x", "w"]), ("w", "prim::GetAttr", []),
    )  # fmt: skip
    shaped(graph, 0, [2, 8, 8, 3])
    shaped(graph, 1, [5, 5, 3, 16])
    shaped(graph, 2, [2, 8, 8, 16])
    shaped(graph, 3, [2, 8, 8, 3])
    shaped(graph, 4, [5, 5, 3, 16])
    shaped(graph, 5, [2, 16, 8, 8])
    shaped(graph, 6, [16, 3, 5, 5])
    shaped(graph, 7, [2, 16, 8, 8])
    read = from_graph_def(graph)
    found = flops(read)
    assert found[3:6].tolist() == [2 * (2 * 8 * 8 * 16) * (5 * 5 * 3)] * 3
    # PyTorch does not write the shapes of weights down.
    assert np.flatnonzero(uncounted(read, found)).tolist() == [7]


# -- run statistics --------------------------------------------------------------------------------


def metadata() -> RunMetadata:
    found = RunMetadata()
    for name, rows in (
        (b"/device:CPU:0", [(b"g/a", 100, 10, [5, -3]), (b"g/b", 130, 20, [7]), (b"zz", 1, 1, [])]),
        (b"/device:GPU:0/stream:all", [(b"g/a", 1, 999, [1000])]),
    ):
        device = found.step_stats.dev_stats.add(device=name)
        for node, start, length, bytes_used in rows:
            stats = device.node_stats.add(
                node_name=node, all_start_micros=start, all_end_rel_micros=length
            )
            stats.timeline_label = node + b" = Op(in, ^g/a)"
            for each in bytes_used:
                stats.memory.add(total_bytes=each)
    return found


def test_run_statistics() -> None:
    graph = graph_of(("g/a", "A", ()), ("g/b", "B", ("g/a",)), ("c", "C", ()))
    joined = with_stats(graph, metadata())
    assert joined.stats is not None
    assert joined.stats.compute_us[:2].tolist() == [10, 20]
    assert joined.stats.unmatched == ("zz",)
    # Streams are no devices.
    assert joined.stats.device_names == ("/device:CPU:0",)
    hierarchy = fold(joined)
    g = hierarchy.find("g")
    assert compute_times(hierarchy)[[0, g]].tolist() == [10, 50]
    assert memory(hierarchy)[[0, 1, g]].tolist() == [5, 7, 12]
    assert math.isnan(compute_times(hierarchy)[2])
    assert math.isnan(memory(hierarchy)[2])


def test_graph_of_statistics_alone() -> None:
    graph = graph_of_stats(metadata())
    assert graph.names == ["g/a", "g/b", "zz"]
    assert graph.op(1) == "Op"
    assert 0 in graph.sources[graph.inputs_of(1)]


# -- colours ---------------------------------------------------------------------------------------


def test_equal_structures_have_equal_numbers() -> None:
    rows = []
    for scope, last in (("a", "X"), ("deep/in/b", "X"), ("c", "Y")):
        rows += [(f"{scope}/s/one", "X", ()), (f"{scope}/s/two", last, (f"{scope}/s/one",))]
        rows.append((f"{scope}/three", "Z", (f"{scope}/s/two",)))
    rows += [("d/s/one", "X", ()), ("d/s/two", "X", ()), ("d/three", "Z", ("d/s/two",))]
    hierarchy = fold(graph_of(*rows))
    numbers = structure(hierarchy)

    def number(name: str) -> int:
        return int(numbers[hierarchy.find(name)])

    assert number("a") == number("deep/in/b") == 0
    assert number("a/s") == number("deep/in/b/s") > 0
    # Another op; another edge; once only.
    assert number("c") == number("c/s") == number("d") == number("d/s") == -1
    assert (numbers[: len(hierarchy.graph)] == -1).all()


# -- differences -----------------------------------------------------------------------------------


def test_difference() -> None:
    before = message(
        ("same", "X", []), ("g/op", "X", ["same"]), ("g/gone", "X", ["same"]),
        ("attr", "X", []), ("wired", "X", ["same", "attr"]),
    )  # fmt: skip
    before.node[3].attr.add(key=b"k").value.i = 1
    before.node[0].attr.add(key=b"p").value.i = 1
    before.node[0].attr.add(key=b"q").value.i = 2
    after = message(
        ("new", "N", ["same"]), ("same", "X", []), ("g/op", "Y", ["same"]), ("attr", "X", []),
        ("wired", "X", ["attr", "same"]),
    )  # fmt: skip
    after.node[3].attr.add(key=b"k").value.i = 2
    # In another order, and yet the same.
    after.node[1].attr.add(key=b"q").value.i = 2
    after.node[1].attr.add(key=b"p").value.i = 1
    found = diff(from_graph_def(before), from_graph_def(after))
    changes = {name: Change(int(c)) for name, c in zip(found.graph.names, found.nodes, strict=True)}
    assert changes == {
        "new": Change.ADDED, "same": Change.SAME, "g/op": Change.CHANGED, "attr": Change.CHANGED,
        "wired": Change.CHANGED, "g/gone": Change.REMOVED,
    }  # fmt: skip
    details = {
        name: found.details(node)
        for node, name in enumerate(found.graph.names)
        if found.nodes[node] == Change.CHANGED
    }
    assert details == {
        "g/op": [("op", "X", "Y")],
        "attr": [("k", "1", "2")],
        "wired": [("inputs", "same, attr", "attr, same")],
    }
    graph = found.graph
    edges = {
        (graph.names[graph.sources[edge]], graph.names[graph.targets[edge]]): Change(
            int(found.inputs[edge])
        )
        for edge in range(len(graph.sources))
    }
    assert edges[("same", "new")] == Change.ADDED
    assert edges[("same", "g/gone")] == Change.REMOVED
    assert edges[("same", "g/op")] == Change.SAME
    # The union is a graph like any other.
    hierarchy = fold(graph)
    assert hierarchy.count(hierarchy.find("g")) == 2
    assert len(level(hierarchy, [hierarchy.find("g")])) > 5


def test_difference_of_inputs_that_are_not_there() -> None:
    before, after = graph_of(("x", "X", ["old"])), graph_of(("x", "X", ["new"]))
    found = diff(before, after)
    assert found.nodes.tolist() == [Change.CHANGED]
    assert found.inputs.tolist() == [Change.ADDED, Change.REMOVED]
    assert list(found.graph.missing.values()) == ["new", "old"]
    assert found.details(0) == [("inputs", "old", "new")]
    assert not diff(before, before).nodes.any()


def test_difference_of_functions() -> None:
    def with_function(name: bytes) -> Graph:
        graph = message(("x", "X", []))
        function = graph.library.function.add()
        function.signature.name = name
        function.node_def.add(name=b"a", op=b"A")
        function.node_def.add(name=b"b", op=b"B", input=[b"a:y:0"])
        return from_graph_def(graph)

    found = diff(with_function(b"f"), with_function(b"g"))
    graph = found.graph
    assert [(each.name, each.first, each.stop) for each in graph.functions] == [
        ("g", 1, 3), ("f", 3, 5),
    ]  # fmt: skip
    hierarchy = fold(graph)
    for name, change in ((b"f", Change.REMOVED), (b"g", Change.ADDED)):
        nodes = hierarchy.nodes_of(hierarchy.function_index[name.decode()])
        assert found.nodes[nodes].tolist() == [change, change]


@settings(deadline=None)
@given(graphs())
def test_no_difference(graph: Graph) -> None:
    found = diff(graph, graph)
    assert found.counts()[Change.SAME] == len(graph)
    assert not found.inputs.any()
    assert found.graph.names == graph.names


@settings(deadline=None)
@given(graphs(), graphs())
def test_difference_counts(before: Graph, after: Graph) -> None:
    found = diff(before, after).counts()
    old, new = set(before.names), set(after.names)
    assert found[Change.ADDED] == len(new - old)
    assert found[Change.REMOVED] == len(old - new)


def test_words_of_the_query_are_no_pattern() -> None:
    assert Query("a.c").matcher()("abc") is None
    assert re.search("a.c", "abc")
