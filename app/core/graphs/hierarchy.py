"""Nodes folded into groups by their names."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from eventglass.app.core.graphs.model import Graph

Ints = npt.NDArray[np.int32]


class Fold(IntEnum):
    """What an item of the hierarchy is."""

    NODE = 0
    SCOPE = 1
    SERIES = 2
    FUNCTION = 3


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """Items: the nodes of the graph, numbered as there, then groups.

    Attributes
    ----------
    kinds : (t,) uint8, `Fold`
    parents : (t,) int32, the group an item is in; -1 at the top
    child_start : (t + 2,) int32; the children of item i are
        ``children[child_start[i + 1]:child_start[i + 2]]``, those at the top come first
    children : (t,) int32, in the order of the file
    first, stop : (t,) int32; the nodes below item i are ``leaves[first[i]:stop[i]]``
    leaves : (n,) int32
    depths : (t,) int32, groups around an item
    """

    graph: Graph
    kinds: npt.NDArray[np.uint8]
    parents: Ints
    child_start: Ints
    children: Ints
    first: Ints
    stop: Ints
    leaves: Ints
    depths: Ints

    def __len__(self) -> int:
        """Return the number of items."""
        return len(self.kinds)

    def children_of(self, item: int) -> Ints:
        """Return the children of an item, or of the whole for -1."""
        raise NotImplementedError

    def nodes_of(self, item: int) -> Ints:
        """Return the nodes below an item (itself for a node), or all for -1."""
        raise NotImplementedError

    def path(self, item: int) -> list[int]:
        """Return the groups around an item, the outermost first, then the item."""
        raise NotImplementedError

    def label(self, item: int) -> str:
        """Return the last word of an item's name: ``(A)`` for a node that is also a scope."""
        raise NotImplementedError

    def name(self, item: int) -> str:
        """Return an item's full name."""
        raise NotImplementedError

    def find(self, name: str) -> int:
        """Return the item of a name, -1 for none."""
        raise NotImplementedError

    def op_counts(self, item: int) -> list[tuple[str, int]]:
        """Return how often each op is below an item, the most frequent first."""
        raise NotImplementedError


def fold(graph: Graph, series: bool = True) -> Hierarchy:
    """Return the hierarchy of a graph; `series` folds numbered siblings."""
    raise NotImplementedError
