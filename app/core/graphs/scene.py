"""What is visible of a hierarchy, given which groups are open.

The children of an open group are a *level*. Edges lie in one level each: between two of its boxes,
or between a box and a *port*, where an edge of the level outside goes on inside.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from eventglass.app.core.graphs.hierarchy import Hierarchy

Ints = npt.NDArray[np.int32]


class Shown(IntEnum):
    """What a box stands for."""

    NODE = 0
    GROUP = 1
    SERIES = 2
    FUNCTION = 3
    #: The place in the border of an open group where edges come in or go out.
    PORT_IN = 4
    PORT_OUT = 5


class Beside(IntEnum):
    """What an annotation stands for."""

    CONSTANT = 0
    SUMMARY = 1
    #: A box of high degree that was put aside: `item` is at the other end.
    FAR = 2
    #: More than fit; `count` of them.
    MORE = 3


@dataclass(frozen=True, slots=True)
class Options:
    """How a scene is made."""

    fold_series: bool = True
    extract: bool = True
    embed: bool = True
    functions: bool = True
    #: Items the user took out of the main graph, or back into it.
    put_aside: frozenset[int] = frozenset()
    put_back: frozenset[int] = frozenset()
    #: Series shown as single nodes.
    unfolded: frozenset[int] = frozenset()
    #: The item whose inside is shown alone; -1 for the whole graph.
    focus: int = -1


@dataclass(frozen=True, slots=True, eq=False)
class SceneGraph:
    """Boxes, edges and annotations.

    Attributes
    ----------
    hierarchy, options, expanded : what it was made from
    items : (k,) int32, item of the hierarchy; -1 for ports
    parents : (k,) int32, the box it is inside; -1 for the outermost. Parents come before children
    kinds : (k,) uint8, `Shown`
    open : (k,) bool, whether its inside is shown
    aside : (k,) bool, whether it is put aside for its high degree
    sources, targets : (e,) int32, boxes of one level
    edge_start : (e + 1,) int32; what is bundled in edge i are the inputs of the graph
        ``edge_inputs[edge_start[i]:edge_start[i + 1]]``
    edge_inputs : int32, indices in ``graph.sources``
    control : (e,) bool, whether there are only control inputs in it
    reference : (e,) bool, whether an op that changes its input is at its end
    levels : the boxes whose inside is shown, -1 (the whole) first
    note_start : (k + 1,) int32; annotations of box i are ``note_start[i]:note_start[i + 1]``
    note_items, note_counts : int32, the item annotated; how many stand behind it
    note_kinds : uint8, `Beside`
    note_out : bool, whether it takes from the box (else it gives)
    """

    hierarchy: Hierarchy
    options: Options
    expanded: frozenset[int]
    items: Ints
    parents: Ints
    kinds: npt.NDArray[np.uint8]
    open: npt.NDArray[np.bool_]
    aside: npt.NDArray[np.bool_]
    sources: Ints
    targets: Ints
    edge_start: Ints
    edge_inputs: Ints
    control: npt.NDArray[np.bool_]
    reference: npt.NDArray[np.bool_]
    levels: tuple[int, ...]
    note_start: Ints
    note_items: Ints
    note_counts: Ints
    note_kinds: npt.NDArray[np.uint8]
    note_out: npt.NDArray[np.bool_]
    box_of: dict[int, int] = field(default_factory=dict)

    def visible(self, item: int) -> int:
        """Return the box that shows an item: its own, or that of the closed group it is in."""
        raise NotImplementedError

    def label(self, box: int) -> str:
        """Return what to write in a box."""
        raise NotImplementedError

    def edge_label(self, edge: int) -> str:
        """Return a tensor's shape, or the number of tensors."""
        raise NotImplementedError


def level(
    hierarchy: Hierarchy, expanded: frozenset[int], options: Options | None = None
) -> SceneGraph:
    """Return what is visible when the items `expanded` are open."""
    raise NotImplementedError
