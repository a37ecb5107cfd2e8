"""Graphs of operations: of a whole run, or traced functions.

A run's graph comes from an event's ``graph_def`` or ``meta_graph_def``; a traced one is a
serialized ``RunMetadata`` with the graph of each function. Several functions are put beside each
other in one graph, each under a name scope of its own, as TensorBoard does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eventglass.app.core.names import META_GRAPH_TAG, RUN_GRAPH_TAG
from eventglass.app.core.plugins import SeriesInfo
from eventglass.app.core.plugins.tensors import single_string
from eventglass.app.core.plugins.values import parse
from eventglass.app.core.proto.graph_pb2 import GraphDef, MetaGraphDef, NodeDef
from eventglass.app.core.proto.run_metadata_pb2 import RunMetadata

#: Ops that call the function named by their attribute ``f``.
_CALLS = (b"PartitionedCall", b"StatefulPartitionedCall")


@dataclass(frozen=True, slots=True)
class Graph:
    """A graph, as a message of ours; its names are bytes. Not to be changed."""

    graph_def: GraphDef


def decode(payload: bytes, series: SeriesInfo) -> Graph:
    """Return the graph in an event or a summary value."""
    tag = series.tag.encode(errors="surrogateescape")
    # A summary value begins with its tag, as field 1. No GraphDef can begin so: its field 1 is a
    # node, and "__" is no start of one.
    in_summary = payload.startswith(b"\x0a" + bytes([len(tag)]) + tag) if len(tag) < 128 else True
    if series.tag == RUN_GRAPH_TAG and not in_summary:
        return Graph(parse(GraphDef, payload, "a graph"))
    if series.tag == META_GRAPH_TAG and not in_summary:
        return Graph(parse(MetaGraphDef, payload, "a meta graph").graph_def)
    data = single_string(payload, "A graph")
    if series.plugin_name == "graphs":
        return Graph(parse(GraphDef, data, "a graph"))
    return Graph(traced_graph(parse(RunMetadata, data, "run metadata")))


def traced_graph(metadata: RunMetadata) -> GraphDef:
    """Return the graphs of all traced functions as one, each as it was before optimization."""
    return merged([each.pre_optimization_graph for each in metadata.function_graphs])


def merged(graphs: Sequence[GraphDef]) -> GraphDef:
    """Return `graphs` in one; of several, the i-th has its nodes under ``graph_<i>/``, from 1.

    Functions of the library become ``graph_<i>_<name>``.
    """
    if len(graphs) == 1:
        return graphs[0]
    union = GraphDef()
    for index, graph in enumerate(graphs, start=1):
        scope = b"graph_%d/" % index
        prefix = b"graph_%d_" % index
        for node in graph.node:
            added = union.node.add()
            added.CopyFrom(node)
            added.name = scope + node.name
            added.input[:] = [_in_scope(scope, name) for name in node.input]
            _rename_calls(added, prefix)
        for function in graph.library.function:
            copy = union.library.function.add()
            copy.CopyFrom(function)
            copy.signature.name = prefix + function.signature.name
            for node in copy.node_def:
                _rename_calls(node, prefix)
        for gradient in graph.library.gradient:
            pair = union.library.gradient.add()
            pair.function_name = prefix + gradient.function_name
            pair.gradient_func = prefix + gradient.gradient_func
    if graphs:
        union.versions.CopyFrom(graphs[0].versions)
    return union


def _in_scope(scope: bytes, name: bytes) -> bytes:
    """Return the input `name` with `scope` before the node's name; ``^`` marks control inputs."""
    return b"^" + scope + name[1:] if name.startswith(b"^") else scope + name


def _rename_calls(node: NodeDef, prefix: bytes) -> None:
    if node.op in _CALLS:
        for entry in node.attr:
            if entry.key == b"f":
                entry.value.func.name = prefix + entry.value.func.name
