"""Graphs as files: ``.pbtxt`` of the whole, ``.dot`` of the whole or of what is visible."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from google.protobuf.message import DecodeError

from eventglass.app.core.graphs import text_format
from eventglass.app.core.graphs.model import Graph
from eventglass.app.core.graphs.scene import SceneGraph, Shown
from eventglass.app.core.proto.graph_pb2 import AttrEntry, GraphDef, NodeDef


def pbtxt(graph: Graph) -> Iterator[str]:
    """Yield the lines of a graph as a ``GraphDef`` in text.

    Long attributes that were kept out are named in comments.
    """
    message = GraphDef()
    try:
        message.ParseFromString(graph.data)
    except DecodeError:
        message.Clear()
    own = np.flatnonzero(graph.function_of < 0).tolist()
    if len(message.node) == len(own):
        yield from text_format.write(message)
        return
    for node in own:
        kept_out = [each for each in graph.attributes(node) if each.value is None]
        for each in kept_out:
            yield f"# {graph.names[node]}: attribute {each.key} is left out ({each.text})\n"
        yield "node {\n"
        for line in text_format.write(node_def(graph, node)):
            yield f"  {line}"
        yield "}\n"


def node_def(graph: Graph, node: int) -> NodeDef:
    """Return a node as a message, without attributes that were kept out."""
    message = NodeDef(
        name=graph.names[node].encode(),
        op=graph.op(node).encode(),
        device=graph.device(node).encode(),
    )
    for edge in graph.inputs_of(node):
        source = int(graph.sources[edge])
        name = graph.names[source] if source >= 0 else graph.missing.get(edge, "")
        port = int(graph.ports[edge])
        if graph.controls[edge]:
            name = "^" + name
        elif port > 0:
            name = f"{name}:{port}"
        message.input.append(name.encode())
    for attribute in graph.attributes(node):
        if attribute.value is not None:
            entry = AttrEntry(key=attribute.key.encode())
            entry.value.CopyFrom(attribute.value)
            message.attr.append(entry)
    return message


def dot(graph: Graph) -> Iterator[str]:
    """Yield the lines of a whole graph in the DOT language."""
    yield "digraph {\n  node [shape=box, style=rounded];\n"
    for node, name in enumerate(graph.names):
        yield f"  n{node} [label={_quoted(name)}, tooltip={_quoted(graph.op(node))}];\n"
    for edge, (source, target) in enumerate(
        zip(graph.sources.tolist(), graph.targets.tolist(), strict=True)
    ):
        if source >= 0:
            style = " [style=dotted]" if graph.controls[edge] else ""
            yield f"  n{source} -> n{target}{style};\n"
    yield "}\n"


def dot_of_scene(scene: SceneGraph) -> Iterator[str]:
    """Yield the lines of what is visible in the DOT language; open groups are clusters."""
    yield "digraph {\n  compound=true;\n  node [shape=box, style=rounded];\n"
    inside: dict[int, list[int]] = {}
    for box, parent in enumerate(scene.parents.tolist()):
        inside.setdefault(parent, []).append(box)
    # Boxes yet to be written; -1 closes a cluster.
    waiting = list(reversed(inside.get(-1, [])))
    while waiting:
        box = waiting.pop()
        if box < 0:
            yield "  }\n"
        elif scene.kinds[box] >= Shown.PORT_IN:
            yield f"  b{box} [shape=point, width=0.02];\n"
        elif scene.open[box]:
            yield f"  subgraph cluster_{box} {{ label={_quoted(scene.label(box))};\n"
            waiting.append(-1)
            waiting += reversed(inside.get(box, []))
        else:
            yield f"  b{box} [label={_quoted(scene.label(box))}];\n"
    for edge in range(len(scene.sources)):
        source, target = int(scene.sources[edge]), int(scene.targets[edge])
        if scene.source_ports[edge] >= 0:
            source = int(scene.source_ports[edge])
        if scene.target_ports[edge] >= 0:
            target = int(scene.target_ports[edge])
        style = ", style=dotted" if scene.control[edge] else ""
        yield f"  b{source} -> b{target} [label={_quoted(scene.edge_label(edge))}{style}];\n"
    yield "}\n"


def _quoted(words: str) -> str:
    escaped = words.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
