"""What an item needs and what needs it, as what is lit in a drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from eventglass.app.models.graph_drawing import GraphDrawing
from eventglass.app.models.graph_picture import item_of

if TYPE_CHECKING:
    from eventglass.app.core.graphs.hierarchy import Hierarchy
    from eventglass.app.core.graphs.model import Graph
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
    """Nodes of a trace, (n,) bool."""

    mode: str
    nodes: Bools

    @property
    def count(self) -> int:
        """Number of nodes in it."""
        return int(self.nodes.sum())

    def lit(self, scene: SceneGraph, drawing: GraphDrawing) -> tuple[Bools, Bools]:
        """Return which items and edges of a drawing belong to it: (k,), (e,)."""
        graph = scene.hierarchy.graph
        boxes = scene.shown_by[self.nodes]
        lit_boxes = np.zeros(len(scene.items), bool)
        lit_boxes[boxes[boxes >= 0]] = True
        # Parents stand before their children.
        for box in np.flatnonzero(lit_boxes)[::-1].tolist():
            parent = int(scene.parents[box])
            while parent >= 0 and not lit_boxes[parent]:
                lit_boxes[parent] = True
                parent = int(scene.parents[parent])
        lit_items = set(scene.items[lit_boxes].tolist())
        lit = np.zeros(drawing.count, bool)
        for index, drawn in enumerate(drawing.ids.tolist()):
            item = item_of(drawn)
            if item == drawn:
                lit[index] = item in lit_items
            elif item >= 0:
                lit[index] = bool(self.nodes[scene.hierarchy.nodes_of(item)].any())
        of_input = np.zeros(len(graph.sources), bool)
        known = graph.sources >= 0
        of_input[known] = self.nodes[graph.sources[known]]
        of_input &= self.nodes[graph.targets]
        sums = np.concatenate([[0], np.cumsum(of_input[scene.edge_inputs])])
        bundled = sums[scene.edge_start[1:]] > sums[scene.edge_start[:-1]]
        edges = lit[drawing.sources] & lit[drawing.targets]
        edges[: len(bundled)] = bundled
        return lit, edges


def trace_of(hierarchy: Hierarchy, mode: str, item: int, other: int = -1) -> Trace:
    """Return what belongs to a trace from an item; `other` is the far end of a path."""
    graph = hierarchy.graph
    start = _members(hierarchy, item)
    if mode == "path":
        if other < 0:
            return Trace(mode, start)
        end = _members(hierarchy, other)
        there = reached(graph, start, True) & reached(graph, end, False)
        back = reached(graph, start, False) & reached(graph, end, True)
        found = there if there.any() else back
        return Trace(mode, found | start | end)
    nodes = start
    if mode in ("inputs", "both"):
        nodes = nodes | reached(graph, start, False)
    if mode in ("outputs", "both"):
        nodes = nodes | reached(graph, start, True)
    return Trace(mode, nodes)


def reached(graph: Graph, start: Bools, forward: bool) -> Bools:
    """Return the nodes that can be reached along the edges, or against them, `start` included."""
    found = start.copy()
    front: npt.NDArray[np.integer[Any]] = np.flatnonzero(start)
    begins = graph.output_start if forward else graph.input_start
    while len(front):
        counts = begins[front + 1] - begins[front]
        rows = np.repeat(begins[front] - np.cumsum(counts) + counts, counts) + np.arange(
            int(counts.sum())
        )
        if forward:
            ends = graph.targets[graph.output_edges[rows]]
        else:
            ends = graph.sources[rows]
            ends = ends[ends >= 0]
        fresh = np.unique(ends[~found[ends]])
        found[fresh] = True
        front = fresh
    return found


def _members(hierarchy: Hierarchy, item: int) -> Bools:
    nodes = np.zeros(len(hierarchy.graph), bool)
    nodes[hierarchy.nodes_of(item)] = True
    return nodes
