"""Small graphs for the tests of graphs."""

from __future__ import annotations

from collections.abc import Iterable

from eventglass.app.core.graphs.model import Graph, from_graph_def
from eventglass.app.core.proto.graph_pb2 import GraphDef

Row = tuple[str, str, Iterable[str]]


def message(*rows: Row) -> GraphDef:
    """A graph of rows: name, op, inputs."""
    graph = GraphDef()
    for name, op, inputs in rows:
        node = graph.node.add(name=name.encode(), op=op.encode())
        node.input.extend(each.encode() for each in inputs)
    return graph


def graph_of(*rows: Row) -> Graph:
    return from_graph_def(message(*rows))
