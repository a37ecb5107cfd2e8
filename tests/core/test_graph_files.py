"""Keras models, text files, run metadata: all ways a graph comes in and goes out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventglass.app.core.graphs import text_format
from eventglass.app.core.graphs.hierarchy import fold
from eventglass.app.core.graphs.keras import from_keras
from eventglass.app.core.graphs.model import Graph, from_graph_def
from eventglass.app.core.graphs.scene import level
from eventglass.app.core.graphs.sources import (
    GraphFileError,
    Stage,
    from_file,
    from_metadata,
    stages,
)
from eventglass.app.core.graphs.statistics import parameters
from eventglass.app.core.graphs.writers import dot, dot_of_scene, pbtxt
from eventglass.app.core.proto.graph_pb2 import GraphDef, MetaGraphDef
from eventglass.app.core.proto.run_metadata_pb2 import RunMetadata
from tests.core.graph_helpers import message
from tests.core.oracles import Item, expected, sha256
from tests.core.test_oracle_payloads import GRAPH_PLUGINS, entries, having


def inputs(graph: Graph) -> dict[str, list[str]]:
    return {
        name: [graph.names[graph.sources[edge]] for edge in graph.inputs_of(node)]
        for node, name in enumerate(graph.names)
    }


# -- Keras -----------------------------------------------------------------------------------------


@having("graph_keras_model")
def test_equals_tensorboard(item: Item) -> None:
    for series in expected(item, "graph_keras_model"):
        *_, (_, model) = entries(item, series)
        graph = from_keras(model.config())
        theirs = series.facts["graph"]
        assert graph.main_count == theirs["nodes"]
        assert sha256("\n".join(graph.names).encode()) == theirs["names_sha256"]
        # It loses the edges of Keras 2 models that are no chains.
        assert theirs["edges"] in (graph.edge_count, 0)
        assert graph.edge_count >= graph.main_count - 1
        assert all(graph.op_names)


def layer(name: str, kind: str = "Dense", inbound: Any = None, **config: Any) -> dict[str, Any]:
    found = {"class_name": kind, "name": name, "config": {"name": name, **config}}
    if inbound is not None:
        found["inbound_nodes"] = inbound
    return found


def tensor(name: str, index: int = 0) -> dict[str, Any]:
    return {
        "class_name": "__keras_tensor__",
        "config": {"shape": [None, 4], "dtype": "float32", "keras_history": [name, 0, index]},
    }


def test_keras_2() -> None:
    config = {
        "class_name": "Functional",
        "config": {
            "layers": [
                layer("in", "InputLayer", [], batch_input_shape=[None, 7]),
                layer("a", inbound=[[["in", 0, 0, {}]]]),
                layer("b", inbound=[[["in", 0, 0, {}]]]),
                layer("sum", "Add", [[["a", 0, 0, {}], ["b", 0, 0, {"y": ["in", 0, 0]}]]]),
            ],
            "input_layers": [["in", 0, 0]],
            "output_layers": [["sum", 0, 0]],
        },
    }
    graph = from_keras(config)
    assert inputs(graph) == {"in": [], "a": ["in"], "b": ["in"], "sum": ["a", "b", "in"]}
    assert graph.output_shapes(0) == ((-1, 7),)
    assert graph.op(3) == "Add"


def test_keras_3_with_models_inside() -> None:
    inner = {
        **layer("body", "Functional", [{"args": [tensor("in")], "kwargs": {}}]),
        "config": {
            "name": "body",
            "layers": [
                layer("first", "InputLayer", []),
                layer("second", inbound=[{"args": [tensor("first")], "kwargs": {}}]),
            ],
            "input_layers": [["first", 0, 0]],
            "output_layers": [["second", 0, 0]],
        },
    }
    chain = {
        **layer("chain", "Sequential", [{"args": [tensor("body")], "kwargs": {"mask": None}}]),
        "config": {"name": "chain", "layers": [layer("one"), layer("two")]},
    }
    config = {
        "class_name": "Functional",
        "config": {
            "layers": [
                layer("in", "InputLayer", []),
                inner,
                chain,
                layer("out", inbound=[{"args": [[tensor("chain"), tensor("in")]], "kwargs": {}}]),
            ],
            "input_layers": ["in", 0, 0],
            "output_layers": ["out", 0, 0],
        },
    }
    graph = from_keras(config)
    assert inputs(graph) == {
        "in": [],
        "body/first": ["in"],
        "body/second": ["body/first"],
        "chain/one": ["body/second"],
        "chain/two": ["chain/one"],
        "out": ["chain/two", "in"],
    }
    assert graph.output_shapes(0) == ((-1, 4),)


def test_keras_models_deep_in_each_other() -> None:
    config: dict[str, Any] = layer("end")
    for _ in range(60):
        config = {"class_name": "Sequential", "config": {"name": "m", "layers": [config]}}
    graph = from_keras(config)
    assert graph.names == ["m/" * 51 + "m"]
    assert graph.problems == ("Models more than 50 deep in each other are shown as layers",)


def test_keras_parameters() -> None:
    dense = {**layer("d", units=5, use_bias=True), "build_config": {"input_shape": [None, 3]}}
    conv = layer("c", "Conv2D", filters=8, kernel_size=[3, 3], use_bias=False)
    conv["build_config"] = {"input_shape": [None, 9, 9, 2]}
    graph = from_keras({"class_name": "Sequential", "config": {"layers": [dense, conv]}})
    assert parameters(graph)[0].tolist() == [20, 144]


KEYS = [
    *("config", "layers", "name", "class_name", "inbound_nodes", "input_layers"),
    *("keras_history", "build_config", "input_shape"),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=25,
)


@given(st.dictionaries(st.sampled_from(["config", "class_name", "layers"]), JSON))
def test_any_json(config: dict[str, Any]) -> None:
    graph = from_keras(config)
    assert len(graph.names) == graph.main_count


# -- text ------------------------------------------------------------------------------------------


@having(*GRAPH_PLUGINS)
def test_text_round_trip(item: Item) -> None:
    for series in expected(item, *GRAPH_PLUGINS):
        *_, (_, entry) = entries(item, series)
        ours = entry.graph() if series.plugin == "graph_run_metadata" else entry.graph_def
        graph_def = GraphDef()
        graph_def.CopyFrom(ours)
        graph_def.DiscardUnknownFields()
        again = GraphDef()
        assert text_format.read("".join(pbtxt(from_graph_def(graph_def))), again) is None
        assert again == graph_def


@given(
    st.binary(max_size=40), st.floats(width=32, allow_nan=False), st.integers(-(2**63), 2**63 - 1)
)
def test_values_round_trip(data: bytes, number: float, whole: int) -> None:
    graph = GraphDef()
    node = graph.node.add(name=data)
    node.attr.add(key=b"s").value.s = data
    node.attr.add(key=b"f").value.f = number
    node.attr.add(key=b"i").value.i = whole
    node.attr.add(key=b"t").value.type = 101
    again = GraphDef()
    assert text_format.read("".join(text_format.write(graph)), again) is None
    assert again.SerializeToString() == graph.SerializeToString()


def test_text_as_people_write_it() -> None:
    words = """
    # A comment.
    node: < name: 'a' op: "Con" "st"; unknown { x: 1 y: [1, 2] } >
    node { name: "b", op: "X", input: ["a", "^a"]
      attr { key: "T" value { type: DT_FLOAT_REF } }
      attr { key: "l" value { list { i: [1, 2, 0x10] b: true f: 1.5f f: -inf } } } }
    """
    graph = GraphDef()
    assert text_format.read(words, graph) is None
    assert [node.op for node in graph.node] == [b"Const", b"X"]
    assert list(graph.node[1].input) == [b"a", b"^a"]
    assert graph.node[1].attr[0].value.type == 101
    found = graph.node[1].attr[1].value.list
    assert list(found.i) == [1, 2, 16]
    assert list(found.f) == [1.5, -float("inf")]


@given(st.text(alphabet='node{}:"a \n1[],<>#', max_size=60))
def test_any_text(words: str) -> None:
    error = text_format.read(words, GraphDef())
    assert error is None or error.line >= 1


# -- files -----------------------------------------------------------------------------------------

SMALL = message(("a", "X", []), ("g/b", "Y", ["a", "a:1", "^a"]))


@pytest.mark.parametrize("kind", ["graph", "meta", "saved", "text", "keras"])
def test_files(kind: str, tmp_path: Path) -> None:
    if kind == "keras":
        path = tmp_path / "model.json"
        path.write_text(json.dumps({"config": {"layers": [layer("a"), layer("g/b")]}}))
    elif kind == "text":
        path = tmp_path / "graph.pbtxt"
        path.write_text("".join(text_format.write(SMALL)))
    else:
        path = tmp_path / "graph.pb"
        data = SMALL.SerializeToString()
        if kind != "graph":
            data = MetaGraphDef(graph_def=SMALL).SerializeToString()
        if kind == "saved":
            data = b"\x08\x01\x12" + bytes([len(data)]) + data
        path.write_bytes(data)
    assert from_file(path).names == ["a", "g/b"]


def test_text_file_that_breaks_off(tmp_path: Path) -> None:
    path = tmp_path / "graph.pbtxt"
    path.write_text("".join(text_format.write(SMALL))[:-20])
    graph = from_file(path)
    assert graph.names[0] == "a"
    assert graph.problems[0].startswith("Line 9: ")


@pytest.mark.parametrize("data", [b"", b"\x00\xff\xfe" * 9, b"nothing here", b"[1, 2]"])
def test_files_without_a_graph(data: bytes, tmp_path: Path) -> None:
    for suffix in (".pb", ".pbtxt", ".json"):
        path = tmp_path / f"file{suffix}"
        path.write_bytes(data)
        with pytest.raises(GraphFileError):
            from_file(path)


def test_dot() -> None:
    graph = from_graph_def(SMALL)
    assert '  n1 [label="g/b", tooltip="Y"];\n' in dot(graph)
    assert "  n0 -> n1 [style=dotted];\n" in dot(graph)
    hierarchy = fold(graph)
    words = "".join(dot_of_scene(level(hierarchy, [hierarchy.find("g")])))
    assert "subgraph cluster_1 {" in words
    assert words.count("{") == words.count("}")


# -- run metadata ----------------------------------------------------------------------------------


def test_stages() -> None:
    metadata = RunMetadata()
    assert stages(metadata) == []
    assert len(from_metadata(metadata)) == 0
    functions = metadata.function_graphs.add()
    functions.post_optimization_graph.CopyFrom(SMALL)
    assert stages(metadata) == [Stage.AFTER]
    # Where nothing was kept from before, what there is.
    assert from_metadata(metadata).names == ["a", "g/b"]
    metadata.function_graphs.add().pre_optimization_graph.node.add(name=b"x", op=b"X")
    assert from_metadata(metadata, Stage.BEFORE).names == ["graph_2/x"]
    metadata.partition_graphs.add().node.add(name=b"p", op=b"P")
    assert from_metadata(metadata, Stage.PARTITIONS).names == ["p"]
