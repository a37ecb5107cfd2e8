"""Reading graphs: what is there, and as much as there is."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventglass.app.core.graphs import model, scanning, tables
from eventglass.app.core.graphs.attributes import value_text
from eventglass.app.core.graphs.model import FUNCTION_SCOPE, from_bytes, from_graph_def
from eventglass.app.core.plugins.values import text
from eventglass.app.core.proto.graph_pb2 import GraphDef
from tests.core.graph_helpers import graph_of, message
from tests.core.oracles import Item, expected, sha256
from tests.core.test_oracle_payloads import GRAPH_PLUGINS, entries, having
from tests.core.uncompiled import load_uncompiled


@having(*GRAPH_PLUGINS)
def test_equals_tensorboard(item: Item) -> None:
    for series in expected(item, *GRAPH_PLUGINS):
        *_, (_, entry) = entries(item, series)
        graph_def = entry.graph() if series.plugin == "graph_run_metadata" else entry.graph_def
        graph = from_graph_def(graph_def)
        theirs = series.facts["graph"]
        assert graph.main_count == theirs["nodes"]
        ours = Counter(graph.op(node) for node in range(graph.main_count))
        assert ours == theirs["ops"]
        assert graph.input_start[graph.main_count] == theirs["edges"]
        assert len(graph.functions) == theirs["functions"]
        names = "\n".join(graph.names[: graph.main_count])
        assert sha256(names.encode()) == theirs["names_sha256"]
        for number, node in enumerate(graph_def.node):
            assert graph.device(number) == text(node.device)
            attributes = {each.key: each.text for each in graph.attributes(number)}
            assert attributes == {text(e.key): value_text(e.value) for e in node.attr}
            for edge, written in zip(graph.inputs_of(number), node.input, strict=True):
                assert graph.controls[edge] == written.startswith(b"^")
                name = text(written.lstrip(b"^")).partition(":")[0]
                source = graph.sources[edge]
                assert (graph.names[source] if source >= 0 else graph.missing[edge]) == name


def test_inputs() -> None:
    graph = graph_of(
        ("a", "X", []), ("b", "Y", ["a:2", "^a", "a", "gone:1", "^gone", "a:out:3", "b"])
    )
    assert graph.sources.tolist() == [0, 0, 0, -1, -1, 0, 1]
    assert graph.ports.tolist() == [2, -1, 0, 1, -1, 3, 0]
    assert graph.controls.tolist() == [False, True, False, False, True, False, False]
    assert graph.missing == {3: "gone", 4: "gone"}
    assert "2 inputs from nodes that are not there ('gone')" in graph.problems
    assert [graph.targets[edge] for edge in graph.outputs_of(0)] == [1, 1, 1, 1]


def test_functions_have_arguments_nodes_and_results() -> None:
    graph_def = message(("x", "Placeholder", []))
    function = graph_def.library.function.add()
    function.signature.name = b"f"
    function.signature.input_arg.add(name=b"x", type=1)
    function.signature.output_arg.add(name=b"y", type=1)
    function.node_def.add(name=b"r", op=b"Relu", input=[b"x"])
    function.ret.add(key=b"y", value=b"r:activations:0")
    graph = from_graph_def(graph_def)
    assert graph.main_count == 1
    scope = f"{FUNCTION_SCOPE}f/"
    assert graph.names == ["x", scope + "x", scope + "r", scope + "y"]
    assert [graph.op(node) for node in range(4)] == [
        "Placeholder", "input_arg", "Relu", "output_arg"
    ]  # fmt: skip
    # The argument is meant, not the node of that name outside.
    assert graph.sources.tolist() == [1, 2]
    assert (graph.functions[0].first, graph.functions[0].stop) == (1, 4)


def test_doubled_and_missing_names() -> None:
    graph = graph_of(("a", "X", []), ("a", "Y", []), ("", "Z", ["a"]), ("b", "W", [""]))
    assert graph.names == ["a", "a", "", "b"]
    assert graph.sources.tolist() == [0, 2]
    assert "1 node without a name" in graph.problems
    assert any(each.startswith("1 node with a name that another has") for each in graph.problems)


def test_modules_that_pytorch_takes_for_operations() -> None:
    graph = graph_of(
        ("weight", "prim::GetAttr", ["out"]), ("out", "aten::linear", ["weight"]),
        ("inner", "prim::GetAttr", ["weight"]),
    )  # fmt: skip
    assert graph.sources.tolist() == [-1, 0, 0]
    assert graph.missing == {0: "out"}
    assert len(graph.problems) == 1
    assert "prim::GetAttr" in graph.problems[0]


def test_values_of_two_words_keep_their_size() -> None:
    graph = message(("c", "Const", []))
    tensor = graph.node[0].attr.add(key=b"value").value.tensor
    tensor.dtype = 2
    tensor.double_val.append(1e300)
    assert from_graph_def(graph).attributes(0)[0].text == "double scalar: 1e+300"


def test_many_inputs() -> None:
    rows = [(f"n{number}", "X", ()) for number in range(500)]
    inputs = [f"n{number % 500}" for number in range(50_000)]
    graph = graph_of(*rows, ("all", "Y", inputs))
    assert len(graph.inputs_of(500)) == 50_000
    assert (np.diff(graph.output_start)[:500] == 100).all()


def test_unknown_attribute_types() -> None:
    graph_def = message(("a", "X", []))
    entry = graph_def.node[0].attr.add(key=b"odd")
    entry.value.MergeFromString(b"\xa2\x06\x03abc")  # Field 100, which nobody knows.
    graph_def.node[0].attr.add(key=b"bare")
    odd, bare = sorted(from_graph_def(graph_def).attributes(0), key=lambda each: -each.size_bytes)
    assert (odd.kind, odd.text) == ("unknown", "of an unknown type, 6 bytes")
    assert (bare.kind, bare.text) == ("unknown", "empty")


def test_long_attributes_are_kept_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "LONG_ATTRIBUTES_BYTES", 0)
    graph_def = message(("a", "Const", []), ("b", "Const", []), ("c", "Add", ["a", "b"]))
    for number in (0, 1):
        tensor = graph_def.node[number].attr.add(key=b"value").value.tensor
        tensor.dtype = 1
        tensor.tensor_shape.dim.add(size=100_000)
        tensor.tensor_content = bytes([65 + number]) * 400_000
        graph_def.node[number].attr.add(key=b"z").value.s = b"after"
    graph_def.node[2].attr.add(key=b"T").value.type = 3
    graph = from_graph_def(graph_def)
    assert len(graph.data) < 10_000
    assert graph.names == ["a", "b", "c"]
    for number in (0, 1):
        value, after = graph.attributes(number)
        assert value.kind == "long"
        assert value.text == f"float 100000, {value.size_bytes:,} bytes, kept out"
        assert after.text == "after"
    assert graph.attribute(2, "T") is not None
    assert graph.sources.tolist() == [0, 1]
    begin, end = graph.name_rows[2]
    assert graph.data[begin:end] == b"c"
    assert any("2 long attributes kept out" in each for each in graph.problems)


def test_too_many_nodes_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "MOST_NODES", 3)
    graph = graph_of(*((f"n{number}", "X", ()) for number in range(5)))
    assert graph.names == ["n0", "n1", "n2"]
    assert any(each.startswith("2 nodes left out") for each in graph.problems)


WHOLE = message(
    ("a", "X", []), ("s/b", "Y", ["a", "^gone"]), ("s/c", "Z", ["s/b:1"])
)  # fmt: skip
WHOLE.node[1].attr.add(key=b"k").value.s = b"value"
WHOLE.library.function.add().signature.name = b"f"


@given(st.integers(0, len(WHOLE.SerializeToString())))
def test_cut_anywhere(stop: int) -> None:
    data = WHOLE.SerializeToString()
    graph = from_bytes(data[:stop])
    # What stands whole before the cut is there.
    ends, at = [], 0
    for node in WHOLE.node:
        at += len(node.SerializeToString()) + 2
        ends.append(at)
    whole = sum(end <= stop for end in ends)
    assert graph.names[:whole] == ["a", "s/b", "s/c"][:whole]
    if stop < ends[-1] and stop not in (0, *ends):
        assert graph.problems


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    graph = from_bytes(data)
    for node in range(len(graph)):
        graph.attributes(node)
    assert len(graph.targets) == len(graph.sources)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=6),
    st.integers(0, 300),
)
def test_compiled_equals_uncompiled(changes: list[tuple[int, int]], stop: int) -> None:
    data = bytearray(WHOLE.SerializeToString())
    for place, byte in changes:
        data[place % len(data)] = byte
    cut = bytes(data[:stop])
    plain = [load_uncompiled(f"../graphs/{name}") for name in ("scanning", "tables")]
    found = []
    for scans, numbering in ((scanning, tables), plain):
        scan = scans.Scan(cut, 100, 100, 100)
        scan.walk()
        arrays = scan.allocate()
        scan.walk()
        numbers = np.zeros(len(arrays[0]) - 1, np.int64)
        table = numbering.Table(cut, len(numbers))
        table.number(arrays[0], scanning.NAME, scanning.SCOPE, numbers)
        meant = np.zeros(len(arrays[1]), np.int64)
        table.resolve(arrays[1], np.full(len(meant), scanning.MAIN), meant)
        found.append([*(e.tolist() for e in (*arrays, numbers, meant)), scan.broken_at])
    assert found[0] == found[1]


def test_empty() -> None:
    graph = from_graph_def(GraphDef())
    assert len(graph) == 0
    assert graph.edge_count == 0
    assert graph.problems == ()
