"""What is in sight: boxes, the edges between them, and annotations beside them; see `scene`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from eventglass.app.core.graphs.attributes import shape_text
from eventglass.app.core.graphs.hierarchy import Hierarchy

Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]


class Cancelled(Exception):
    """The work was given up."""


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
    #: A box of high degree that was put aside, or what is outside of the focus, or a control input.
    FAR = 2
    #: More than fit; `note_counts` of them.
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
    items : (k,) int32, item of the hierarchy; -1 for ports. A chain of scopes (see
        ``Hierarchy.chains``) is one box that stands for the last of them
    labels : k words to write in the boxes; empty for ports
    parents : (k,) int32, the box it is inside; -1 for the outermost. Parents come before children,
        and the boxes of a level follow one another
    kinds : (k,) uint8, `Shown`
    open : (k,) bool, whether its inside is shown
    aside : (k,) bool, whether it is put aside for its high degree
    sources, targets : (e,) int32, boxes of one level
    source_ports, target_ports : (e,) int32; where a box at an end is open, the port inside it by
        which the edge goes on; else -1
    edge_start : (e + 1,) int32; what is bundled in edge i are the inputs of the graph
        ``edge_inputs[edge_start[i]:edge_start[i + 1]]``
    edge_inputs : int32, indices in ``graph.sources``
    control : (e,) bool, whether there are only control inputs in it
    reference : (e,) bool, whether an op that changes its input is at its end
    levels : the boxes whose inside is shown, -1 (the whole) first
    note_start : (k + 1,) int32; annotations of box i are ``note_start[i]:note_start[i + 1]``
    note_items : int32, the item annotated; -1 for `Beside.MORE`
    note_counts : int32, how many edges stand behind it
    note_kinds : uint8, `Beside`
    note_out : bool, whether it takes from the box (else it gives)
    shown_by : (n,) int32, the box that shows each node; -1 for none
    box_of : box by item
    left_out : children of open groups that are not shown because there are too many
    unopened : groups that would be open if there were not too many
    """

    hierarchy: Hierarchy
    options: Options
    expanded: frozenset[int]
    items: Ints
    labels: tuple[str, ...]
    parents: Ints
    kinds: npt.NDArray[np.uint8]
    open: Bools
    aside: Bools
    sources: Ints
    targets: Ints
    source_ports: Ints
    target_ports: Ints
    edge_start: Ints
    edge_inputs: Ints
    control: Bools
    reference: Bools
    levels: tuple[int, ...]
    note_start: Ints
    note_items: Ints
    note_counts: Ints
    note_kinds: npt.NDArray[np.uint8]
    note_out: Bools
    shown_by: Ints
    box_of: dict[int, int]
    left_out: int = 0
    unopened: int = 0

    def __len__(self) -> int:
        """Return the number of boxes, ports included."""
        return len(self.items)

    def visible(self, item: int) -> int:
        """Return the box that shows an item: its own, or that of the closest group shown."""
        while item >= 0:
            box = self.box_of.get(item)
            if box is not None:
                return box
            item = int(self.hierarchy.parents[item])
        return -1

    def label(self, box: int) -> str:
        """Return what to write in a box."""
        return self.labels[box]

    def inputs_of_edge(self, edge: int) -> Ints:
        """Return the inputs of the graph bundled in an edge."""
        return self.edge_inputs[self.edge_start[edge] : self.edge_start[edge + 1]]

    def edge_label(self, edge: int) -> str:
        """Return a tensor's shape, or the number of tensors; empty for control edges."""
        if self.control[edge]:
            return ""
        inputs = self.inputs_of_edge(edge)
        inputs = inputs[~self.hierarchy.graph.controls[inputs]]
        if len(inputs) == 1:
            shape = self.hierarchy.graph.edge_shape(int(inputs[0]))
            return "" if shape is None else shape_text(shape)
        return f"{len(inputs):,} tensors"
