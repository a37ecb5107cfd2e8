"""Graphs as converters of ONNX models write them: names of tensors for names of nodes."""

from __future__ import annotations

import pytest

from eventglass.app.core.graphs.hierarchy import Fold, fold
from eventglass.app.core.graphs.model import Graph, from_graph_def
from eventglass.app.core.graphs.scene import first_open, level
from eventglass.app.core.graphs.statistics import flops
from eventglass.app.core.graphs.trace import upstream
from eventglass.app.core.proto.graph_pb2 import GraphDef
from tests.core.graph_helpers import graph_of

#: Name, op, inputs, shape of what comes out. A node is named after its first output.
ROWS = (
    ("x", "Parameter", (), (1, 3, 32, 32)),
    ("onnx::Conv_20", "Parameter", (), (16, 3, 3, 3)),
    ("onnx::Conv_21", "Parameter", (), (16,)),
    ("/stem/conv/Conv_output_0", "Conv", ("x", "onnx::Conv_20", "onnx::Conv_21"), (1, 16, 32, 32)),
    ("/stem/Relu_output_0", "onnx::Relu", ("/stem/conv/Conv_output_0",), (1, 16, 32, 32)),
    ("/stem/Flatten_output_0", "Flatten", ("/stem/Relu_output_0",), (1, 16384)),
    ("fc.weight", "Parameter", (), (10, 16384)),
    ("dense/BiasAdd:0", "Gemm", ("/stem/Flatten_output_0", "fc.weight"), (1, 10)),
    ("label", "ai.onnx.ml::ArgMax", ("dense/BiasAdd:0", ""), (1,)),
)


def converted() -> GraphDef:
    graph = GraphDef()
    for name, op, inputs, sizes in ROWS:
        node = graph.node.add(name=name.encode(), op=op.encode())
        node.input.extend(each.encode() for each in inputs)
        node.attr.add(key=b"parameters").value.s = b"kernel_shape = [3, 3], pads = [1, 1, 1, 1]"
        shape = node.attr.add(key=b"_output_shapes").value.list.shape.add()
        for size in sizes:
            shape.dim.add(size=size)
    return graph


@pytest.fixture
def graph() -> Graph:
    return from_graph_def(converted())


def test_names_with_colons(graph: Graph) -> None:
    for node, (_, op, inputs, _) in enumerate(ROWS):
        found = [int(graph.sources[edge]) for edge in graph.inputs_of(node)]
        names = [graph.names[source] if source >= 0 else "" for source in found]
        assert (graph.op(node), tuple(names)) == (op, inputs)
    assert not graph.ports.any()
    # An optional input that is not given has an empty name.
    assert graph.problems == ()
    assert len(upstream(graph, [7]).nodes) == 8


@pytest.mark.parametrize(
    ("written", "source", "port"),
    [
        ("a", 0, 0),
        ("a:2", 0, 2),
        ("a:out:3", 0, 3),
        ("^a", 0, -1),
        ("b:1", 1, 0),  # A node of its own.
        ("b:1:4", 1, 4),
        ("::c", 2, 0),
        ("::c:5", 2, 5),
        (":1", -1, 1),
        ("gone:out:7", -1, 7),
    ],
)
def test_the_longest_name_counts(written: str, source: int, port: int) -> None:
    names = ("a", "b:1", "::c", "b")
    graph = graph_of(*((name, "X", []) for name in names), ("taker", "Y", [written]))
    assert (int(graph.sources[0]), int(graph.ports[0])) == (source, port)
    if written.startswith("gone"):
        assert graph.missing == {0: "gone"}


def test_names_that_begin_with_a_slash(graph: Graph) -> None:
    hierarchy = fold(graph)
    groups = [item for item in range(len(hierarchy)) if hierarchy.kinds[item] == Fold.SCOPE]
    assert [hierarchy.label(item) for item in groups] == ["/", "stem", "conv", "dense"]
    assert hierarchy.find("/stem") == groups[1]
    assert hierarchy.find("/stem/conv/Conv_output_0") == 3
    scene = level(hierarchy, [groups[0], *first_open(hierarchy)])
    assert {"x", "onnx::Conv_20", "stem", "dense"} <= set(scene.labels)


def test_operations(graph: Graph) -> None:
    found = flops(graph)
    assert found[3] == 2 * (16 * 32 * 32) * (3 * 3 * 3)
    assert found[4] == 16 * 32 * 32
    assert found[7] == 2 * 10 * 16384
