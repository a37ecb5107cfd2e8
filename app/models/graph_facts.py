"""What there is to say about an item or an edge of a graph, in words, for the inspector."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from eventglass.app.core.graphs.attributes import shape_text
from eventglass.app.core.graphs.hierarchy import Fold
from eventglass.app.models.words import count_text, size_text

if TYPE_CHECKING:
    from eventglass.app.core.graphs.hierarchy import Hierarchy
    from eventglass.app.core.graphs.model import Graph
    from eventglass.app.core.graphs.scene import SceneGraph

Numbers = npt.NDArray[np.integer[Any]]
#: Lines of one list.
MOST_LINES = 400
_KIND_WORDS = {
    Fold.NODE: "Operation",
    Fold.SCOPE: "Group",
    Fold.SERIES: "Series",
    Fold.FUNCTION: "Function",
}


@dataclass(frozen=True, slots=True)
class Link:
    """A line that leads to an item: where, its name, what flows, further words."""

    item: int
    title: str
    detail: str = ""
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an item.

    Attributes
    ----------
    rows : pairs of a name and a value
    attributes : key, value shortened, value in full
    inputs, controls, outputs, dependents, contents, usages : links
        Of a group: what crosses its border. `contents` are its operations by number.
    """

    item: int
    title: str
    kind: str
    name: str
    rows: tuple[tuple[str, str], ...] = ()
    attributes: tuple[tuple[str, str, str], ...] = ()
    inputs: tuple[Link, ...] = ()
    controls: tuple[Link, ...] = ()
    outputs: tuple[Link, ...] = ()
    dependents: tuple[Link, ...] = ()
    usages: tuple[Link, ...] = ()
    operations: tuple[tuple[str, int], ...] = ()
    input_count: int = 0
    output_count: int = 0


def facts_of(hierarchy: Hierarchy, item: int) -> Facts:
    """Return what is known of an item."""
    if int(hierarchy.kinds[item]) == Fold.NODE:
        return _node_facts(hierarchy, item)
    return _group_facts(hierarchy, item)


def _node_facts(hierarchy: Hierarchy, node: int) -> Facts:
    graph = hierarchy.graph
    inputs: list[Link] = []
    controls: list[Link] = []
    rows_in = graph.inputs_of(node)
    for edge in rows_in[: 2 * MOST_LINES]:
        (controls if graph.controls[edge] else inputs).append(_input_link(graph, edge))
    outputs: list[Link] = []
    dependents: list[Link] = []
    edges = graph.outputs_of(node)
    for edge in edges[: 2 * MOST_LINES].tolist():
        target = int(graph.targets[edge])
        if graph.controls[edge]:
            dependents.append(Link(target, graph.names[target], "", graph.op(target)))
        else:
            port, shape = int(graph.ports[edge]), shape_text(graph.edge_shape(edge))
            detail = (f":{port}  " if port else "") + ("" if shape == "?" else shape)
            outputs.append(Link(target, graph.names[target], detail.strip(), graph.op(target)))
    rows = [("Operation", graph.op(node))]
    if graph.device(node):
        rows.append(("Device", graph.device(node)))
    rows += _stats_rows(graph, np.array([node]))
    attributes = tuple(
        (each.key, each.text[:200], each.text) for each in graph.attributes(node)[:MOST_LINES]
    )
    every = graph.controls[rows_in.start : rows_in.stop]
    out_controls = graph.controls[edges]
    return Facts(
        node,
        hierarchy.label(node),
        "Operation",
        hierarchy.name(node),
        tuple(rows),
        attributes,
        tuple(inputs[:MOST_LINES]),
        tuple(controls[:MOST_LINES]),
        tuple(outputs[:MOST_LINES]),
        tuple(dependents[:MOST_LINES]),
        _usages(hierarchy, node),
        (),
        int((~every).sum()),
        int((~out_controls).sum()),
    )


def _input_link(graph: Graph, edge: int) -> Link:
    source, port = int(graph.sources[edge]), int(graph.ports[edge])
    if source < 0:
        name = graph.missing.get(edge, "")
        return Link(-1, name or "?", "not there", "The graph has no node of this name")
    shape = shape_text(graph.edge_shape(edge))
    detail = (f":{port}  " if port > 0 else "") + ("" if shape == "?" else shape)
    return Link(source, graph.names[source], detail.strip(), graph.op(source))


def _group_facts(hierarchy: Hierarchy, item: int) -> Facts:
    graph = hierarchy.graph
    nodes = hierarchy.nodes_of(item)
    inside = np.zeros(len(graph), bool)
    inside[nodes] = True
    known = graph.sources >= 0
    from_inside = np.zeros(len(graph.sources), bool)
    from_inside[known] = inside[graph.sources[known]]
    to_inside = inside[graph.targets]
    coming = np.flatnonzero(to_inside & ~from_inside & known & ~graph.controls)
    going = np.flatnonzero(~to_inside & from_inside & ~graph.controls)
    kind = _KIND_WORDS[Fold(int(hierarchy.kinds[item]))]
    children = hierarchy.children_of(item)
    rows = [("Contains", count_text(len(nodes), "node"))]
    if len(children) != len(nodes):
        rows.append(("Directly", count_text(len(children), "item")))
    devices = np.unique(graph.devices[nodes])
    names = [graph.device_names[code] for code in devices.tolist() if code >= 0]
    if names:
        rows.append(("Device" if len(names) == 1 else "Devices", ", ".join(names)))
    rows += _stats_rows(graph, nodes)
    inputs = _distinct(graph, coming, graph.sources)
    outputs = _distinct(graph, going, graph.targets)
    return Facts(
        item,
        hierarchy.label(item),
        kind,
        hierarchy.name(item),
        tuple(rows),
        (),
        inputs,
        (),
        outputs,
        (),
        _usages(hierarchy, item),
        tuple(hierarchy.op_counts(item)),
        len(coming),
        len(going),
    )


def _distinct(graph: Graph, edges: Numbers, ends: Numbers) -> tuple[Link, ...]:
    """One link for each node at the other side of a group's border."""
    links: dict[int, Link] = {}
    for edge in edges.tolist():
        node = int(ends[edge])
        if node not in links:
            shape = shape_text(graph.edge_shape(edge))
            links[node] = Link(
                node, graph.names[node], "" if shape == "?" else shape, graph.op(node)
            )
            if len(links) == MOST_LINES:
                break
    return tuple(links.values())


def _usages(hierarchy: Hierarchy, item: int) -> tuple[Link, ...]:
    """Of a function: the nodes that call it; of a node that calls one: the function."""
    graph = hierarchy.graph
    if not graph.functions:
        return ()
    index = hierarchy.function_index
    if int(hierarchy.kinds[item]) == Fold.FUNCTION:
        return tuple(
            Link(node, graph.names[node], "", graph.op(node))
            for node, name in _calls(graph, index).items()
            if index[name] == item
        )[:MOST_LINES]
    name = _called(graph, index, item) if item < len(graph) else ""
    return (Link(index[name], name, "function"),) if name else ()


def _called(graph: Graph, index: Mapping[str, int], node: int) -> str:
    """The function a node calls, empty for none: its op, or its attribute ``f``."""
    if graph.op(node) in index:
        return graph.op(node)
    found = graph.attribute(node, "f")
    known = found is not None and found.kind == "function" and found.text in index
    return found.text if known and found is not None else ""


def _calls(graph: Graph, index: Mapping[str, int]) -> dict[int, str]:
    called = {node: graph.op(node) for node in np.flatnonzero(graph.is_op(*index)).tolist()}
    for node in np.flatnonzero(graph.attribute_rows("f") >= 0).tolist():
        name = _called(graph, index, node)
        if name:
            called[node] = name
    return called


def _stats_rows(graph: Graph, nodes: Numbers) -> list[tuple[str, str]]:
    stats = graph.stats
    if stats is None:
        return []
    start, end = stats.start_us[nodes], stats.end_us[nodes]
    if np.isnan(start).all():
        return [("Profile", "Not run in the profiled step")]
    rows = [("Time", f"{float(np.nanmax(end) - np.nanmin(start)):,.0f} µs")]
    memory = float(np.nansum(stats.memory[nodes]))
    if memory:
        rows.append(("Memory", size_text(memory)))
    if len(nodes) == 1:
        rows += [("Output", words) for words in stats.outputs.get(int(nodes[0]), ())]
    return rows


def edge_facts(scene: SceneGraph, edge: int) -> tuple[str, tuple[Link, ...]]:
    """Return what is bundled in an edge: a title, and a link to the source of each tensor."""
    graph = scene.hierarchy.graph
    inputs = scene.edge_inputs[scene.edge_start[edge] : scene.edge_start[edge + 1]].tolist()
    word = "control input" if scene.control[edge] else "tensor"
    links = []
    for each in inputs[:MOST_LINES]:
        link = _input_link(graph, each)
        target = graph.names[int(graph.targets[each])]
        links.append(Link(link.item, f"{link.title} → {target}", link.detail, link.tip))
    return count_text(len(inputs), word), tuple(links)


def short_name(name: str, near: str, longest: int = 34) -> str:
    """Return a name without the groups it shares with another one, and its end if it is long."""
    parts, others = name.split("/"), near.split("/")
    shared = 0
    while shared < min(len(parts) - 1, len(others)) and parts[shared] == others[shared]:
        shared += 1
    parts = parts[shared:]
    short = "/".join(parts)
    if len(short) <= longest:
        return short
    kept = parts[-1]
    for part in reversed(parts[:-1]):
        if len(part) + len(kept) + 3 > longest:
            break
        kept = f"{part}/{kept}"
    return f"…/{kept}" if kept != short else kept
