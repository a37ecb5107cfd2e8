"""What a node depends on, what depends on it, and how two nodes are connected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eventglass.app.core.graphs import walks
from eventglass.app.core.graphs.model import Graph

Ints = npt.NDArray[np.int32]
FAR = 2**31 - 1


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """Nodes met and the edges between them.

    Attributes
    ----------
    distances : (n,) int32, edges to the closest start; -1 for nodes not met
    edges : (m,) bool, the inputs gone along
    """

    distances: Ints
    edges: npt.NDArray[np.bool_]

    @property
    def nodes(self) -> npt.NDArray[np.int64]:
        """The nodes met, the starts among them."""
        return np.flatnonzero(self.distances >= 0)


def upstream(graph: Graph, nodes: Iterable[int], most: int = FAR, controls: bool = True) -> Trace:
    """Return what `nodes` depend on, at most `most` edges away."""
    known = graph.sources
    if not controls:
        known = np.where(graph.controls, -1, known).astype(np.int32)
    distances = _reached(graph.input_start, known, nodes, len(graph), most)
    edges = (distances[graph.targets] >= 0) & (known >= 0)
    edges &= distances[graph.targets] < most
    return Trace(distances, edges)


def downstream(graph: Graph, nodes: Iterable[int], most: int = FAR, controls: bool = True) -> Trace:
    """Return what depends on `nodes`, at most `most` edges away."""
    edges = graph.output_edges
    others = graph.targets[edges]
    if not controls:
        others = np.where(graph.controls[edges], -1, others).astype(np.int32)
    distances = _reached(graph.output_start, others, nodes, len(graph), most)
    gone = graph.sources >= 0
    gone &= (distances[np.maximum(graph.sources, 0)] >= 0) & (
        distances[np.maximum(graph.sources, 0)] < most
    )
    if not controls:
        gone &= ~graph.controls
    return Trace(distances, gone)


def between(graph: Graph, one: Iterable[int], other: Iterable[int]) -> Trace:
    """Return all that lies on any way from `one` to `other`; the distances are those from `one`."""
    down, up = downstream(graph, one), upstream(graph, other)
    both = (down.distances >= 0) & (up.distances >= 0)
    return Trace(np.where(both, down.distances, -1).astype(np.int32), down.edges & up.edges)


def path(graph: Graph, one: int, other: int) -> list[int]:
    """Return a shortest way from a node to another along the edges; empty where there is none."""
    distances = downstream(graph, [one]).distances
    if distances[other] < 0:
        return []
    found = [other]
    while found[-1] != one:
        sources = graph.sources[graph.inputs_of(found[-1])]
        sources = sources[sources >= 0]
        found.append(int(sources[distances[sources] == distances[found[-1]] - 1][0]))
    return found[::-1]


def _reached(start: Ints, others: Ints, nodes: Iterable[int], count: int, most: int) -> Ints:
    begin = np.unique(np.fromiter(nodes, np.int32))
    distances = np.full(count, -1, np.int32)
    distances[begin] = 0
    queue = np.zeros(count, np.int32)
    queue[: len(begin)] = begin
    walks.reach(start, np.ascontiguousarray(others), queue, len(begin), distances, most)
    return distances
