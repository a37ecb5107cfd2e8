"""What an item needs and what needs it, as what is lit in a drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from eventglass.app.core.graphs.trace import between, downstream, upstream
from eventglass.app.models.graph_drawing import GraphDrawing
from eventglass.app.models.graph_picture import items_of, sums_below

if TYPE_CHECKING:
    from eventglass.app.core.graphs.hierarchy import Hierarchy
    from eventglass.app.core.graphs.scene import SceneGraph

Bools = npt.NDArray[np.bool_]
#: Ways to trace: what it needs, what needs it, both, and between two items.
MODES = (
    ("inputs", "All it needs"),
    ("outputs", "All that needs it"),
    ("both", "Both ways"),
    ("path", "Between two nodes"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """Nodes of a trace, (n,) bool, and the inputs gone along, (m,) bool."""

    mode: str
    nodes: Bools
    edges: Bools

    @property
    def count(self) -> int:
        """Number of nodes in it."""
        return int(self.nodes.sum())

    def lit(self, scene: SceneGraph, drawing: GraphDrawing) -> tuple[Bools, Bools]:
        """Return which items and edges of a drawing belong to it: (k,), (e,)."""
        boxes = scene.shown_by[self.nodes]
        lit_boxes = np.zeros(len(scene.items), bool)
        lit_boxes[boxes[boxes >= 0]] = True
        # Parents stand before their children.
        for box in np.flatnonzero(lit_boxes)[::-1].tolist():
            parent = int(scene.parents[box])
            while parent >= 0 and not lit_boxes[parent]:
                lit_boxes[parent] = True
                parent = int(scene.parents[parent])
        items = items_of(drawing.ids)
        lit = np.isin(items, scene.items[lit_boxes])
        # What stands beside a box has none of its own.
        beside = items != drawing.ids
        lit[beside] = sums_below(scene.hierarchy, self.nodes, items[beside]) > 0
        sums = np.concatenate([[0], np.cumsum(self.edges[scene.edge_inputs])])
        bundled = sums[scene.edge_start[1:]] > sums[scene.edge_start[:-1]]
        edges = lit[drawing.sources] & lit[drawing.targets]
        edges[: len(bundled)] = bundled
        return lit, edges


def edges_along(scene: SceneGraph, item: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the edges of a scene by which something comes to an item, and goes from it.

    An edge that enters an open group goes on inside; all of its pieces are told, those of one
    bundle with others too.
    """
    graph = scene.hierarchy.graph
    inside = np.zeros(len(graph) + 1, bool)
    inside[scene.hierarchy.nodes_of(item)] = True
    # What is not there has the number -1: the last place, which is outside.
    begins, ends = inside[graph.sources], inside[graph.targets]
    edges = np.repeat(np.arange(len(scene.sources)), np.diff(scene.edge_start))
    comes, goes = (ends & ~begins)[scene.edge_inputs], (begins & ~ends)[scene.edge_inputs]
    return np.unique(edges[comes]), np.unique(edges[goes])


def trace_of(hierarchy: Hierarchy, mode: str, item: int, other: int = -1) -> Trace:
    """Return what belongs to a trace from an item; `other` is the far end of a path."""
    graph = hierarchy.graph
    start = hierarchy.nodes_of(item).tolist()
    nodes = np.zeros(len(graph), bool)
    edges = np.zeros(len(graph.sources), bool)
    nodes[start] = True
    if mode == "path":
        if other >= 0:
            end = hierarchy.nodes_of(other).tolist()
            found = between(graph, start, end)
            if not len(found.nodes):
                found = between(graph, end, start)
            nodes[end] = True
            nodes[found.nodes] = True
            edges |= found.edges
        return Trace(mode, nodes, edges)
    for wanted, go in (("inputs", upstream), ("outputs", downstream)):
        if mode in (wanted, "both"):
            found = go(graph, start)
            nodes[found.nodes] = True
            edges |= found.edges
    return Trace(mode, nodes, edges)
