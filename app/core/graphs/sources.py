"""Graphs out of what logs and files hold."""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from eventglass.app.core.graphs import text_format
from eventglass.app.core.graphs.keras import from_keras
from eventglass.app.core.graphs.model import Graph, from_bytes, from_graph_def
from eventglass.app.core.graphs.run_stats import graph_of_stats, with_stats
from eventglass.app.core.names import META_GRAPH_TAG, RUN_GRAPH_TAG
from eventglass.app.core.plugins import SeriesInfo, graphs
from eventglass.app.core.plugins.graphs import merged
from eventglass.app.core.plugins.tensors import single_string
from eventglass.app.core.proto.graph_pb2 import GraphDef
from eventglass.app.core.proto.run_metadata_pb2 import RunMetadata


class Stage(StrEnum):
    """Which graphs of a traced function."""

    BEFORE = "as traced"
    AFTER = "optimized"
    PARTITIONS = "partitioned"


class GraphFileError(ValueError):
    """A file holds no graph that can be read."""


def from_payload(payload: bytes, series: SeriesInfo) -> Graph:
    """Return the graph in an event or a summary value; broken-off ones as far as they go.

    Raises `DecodeError` where there is none.
    """
    direct = series.plugin_name == "graphs"
    tag = series.tag.encode(errors="surrogateescape")
    in_summary = payload.startswith(b"\x0a" + bytes([len(tag) & 127]) + tag)
    if direct and series.tag == RUN_GRAPH_TAG and not in_summary:
        return from_bytes(payload)
    if direct and series.tag == META_GRAPH_TAG and not in_summary:
        return from_bytes(_field(payload, 2))
    if direct:
        return from_bytes(single_string(payload, "A graph"))
    return from_graph_def(graphs.decode(payload, series).graph_def)


def stages(metadata: RunMetadata) -> list[Stage]:
    """Return which graphs there are in run metadata."""
    functions = metadata.function_graphs
    found = []
    if any(each.pre_optimization_graph.node for each in functions):
        found.append(Stage.BEFORE)
    if any(each.post_optimization_graph.node for each in functions):
        found.append(Stage.AFTER)
    if metadata.partition_graphs or any(each.partition_graphs for each in functions):
        found.append(Stage.PARTITIONS)
    return found


def from_metadata(metadata: RunMetadata, stage: Stage | None = None) -> Graph:
    """Return the graph in run metadata, with the statistics of the step where it has them.

    Without a `stage` the first there is; where there is no graph, what the statistics tell.
    """
    known = stages(metadata)
    if stage is None:
        stage = known[0] if known else None
    if stage is None:
        return graph_of_stats(metadata)
    functions = metadata.function_graphs
    match stage:
        case Stage.BEFORE:
            parts = [each.pre_optimization_graph for each in functions]
        case Stage.AFTER:
            parts = [each.post_optimization_graph for each in functions]
        case Stage.PARTITIONS:
            parts = [part for each in functions for part in each.partition_graphs]
            parts = parts or list(metadata.partition_graphs)
    graph = from_graph_def(merged(parts))
    return with_stats(graph, metadata) if metadata.step_stats.dev_stats else graph


def from_file(path: Path, cancelled: Callable[[], bool] = lambda: False) -> Graph:
    """Return the graph in a file: a ``GraphDef``, meta graph, saved model, or a model of Keras.

    Binary (``.pb``), text (``.pbtxt``), or JSON. Raises `GraphFileError` or `OSError`.
    """
    data = path.read_bytes()
    suffix = path.suffix.lower()
    if suffix == ".json" or (data[:1] == b"{" and suffix != ".pb"):
        try:
            config = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise GraphFileError(f"The file is no JSON: {error}") from error
        if not isinstance(config, dict):
            raise GraphFileError("The file holds no configuration of a model")
        return from_keras(config)
    if suffix in (".pbtxt", ".prototxt", ".txt") or _is_text(data[:4096]):
        return _from_text(data.decode("utf-8", errors="surrogateescape"), cancelled)
    return _from_binary(data)


def _from_text(words: str, cancelled: Callable[[], bool]) -> Graph:
    message = GraphDef()
    error = text_format.read(words, message, cancelled)
    if not message.node and not message.library.function:
        raise GraphFileError(str(error) if error else "The file holds no nodes")
    notes = [] if error is None else [f"{error}; what stands before is shown"]
    return from_bytes(message.SerializeToString(), notes)


def _from_binary(data: bytes) -> Graph:
    # A saved model holds meta graphs as field 2, a meta graph its graph as field 2; a graph's field
    # 2 is its library. The most nodes win.
    best: Graph | None = None
    inner = _field(data, 2)
    for each in (data, inner, _field(inner, 2)):
        graph = from_bytes(each)
        named = sum(map(bool, graph.op_names))
        if graph.main_count and named and (best is None or graph.main_count > best.main_count):
            best = graph
    if best is None:
        raise GraphFileError("The file holds no graph")
    return best


def _is_text(data: bytes) -> bool:
    return bool(data) and all(byte >= 32 or byte in b"\t\r\n" for byte in data)


def _field(data: bytes, wanted: int) -> bytes:
    """Return the first field of a number in the bytes of a message, cut or not; else nothing."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        if tag & 7 == 2:
            size, at = _varint(data, at)
            if tag >> 3 == wanted:
                return data[at : at + size]
            at += size
        elif tag & 7 == 0:
            _, at = _varint(data, at)
        elif tag & 7 in (1, 5):
            at += 8 if tag & 7 == 1 else 4
        else:
            return b""
    return b""


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 70:
        value |= (data[at] & 127) << shift
        at += 1
        if data[at - 1] < 128:
            break
        shift += 7
    return value, at
