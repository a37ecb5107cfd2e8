"""What the canvas of a graph draws: boxes and edges with their places, as arrays.

A drawing is one state of a graph on the screen: some groups are open, the rest is closed. An *item*
is a box in it, told from others by an id that stays the same from drawing to drawing. Lengths are
units of the layout, one unit is a pixel at a scale of 1; y grows downwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag
from functools import cached_property

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QPainterPath

from eventglass.app.models.graph_lines import from_afar, polylines

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int32]


class Shape(IntEnum):
    """How an item is drawn."""

    OPERATION = 0
    GROUP = 1
    OPEN_GROUP = 2
    SERIES = 3
    OPEN_SERIES = 4
    FUNCTION = 5
    CONSTANT = 6
    SUMMARY = 7
    REFERENCE = 8
    MORE = 9


#: Shapes that hold other items.
OPEN = frozenset({Shape.OPEN_GROUP, Shape.OPEN_SERIES})
#: Shapes that can be opened.
CLOSED = frozenset({Shape.GROUP, Shape.SERIES, Shape.FUNCTION})
#: Small ones beside the item they belong to.
ANNOTATIONS = frozenset({Shape.CONSTANT, Shape.SUMMARY, Shape.REFERENCE, Shape.MORE})


class EdgeFlag(IntFlag):
    """What an edge is."""

    NONE = 0
    CONTROL = 1
    REFERENCE = 2
    #: Between an annotation and what it belongs to.
    ANNOTATION = 4
    ADDED = 8
    REMOVED = 16


#: The flag that counts most says how an edge looks from far away.
_FAR_ORDER = (EdgeFlag.CONTROL, EdgeFlag.REFERENCE, EdgeFlag.ADDED, EdgeFlag.REMOVED)


@dataclass(frozen=True, eq=False)
class GraphDrawing:
    """Boxes and edges.

    Attributes
    ----------
    ids : (n,) int64
        What each item is; an item keeps its id from drawing to drawing.
    parents : (n,) int32
        Index of the open group an item stands in, -1 for none. A parent stands before its children.
    rects : (n, 4) float64
        x, y, width, height; absolute.
    shapes : (n,) uint8
        `Shape` of each.
    labels, notes : n texts
        Name, and a fainter word such as the number of nodes.
    sources, targets : (m,) int32
        Indices of the items an edge joins.
    points : (p, 2) float64
        Corners of all edges one after the other.
    starts : (m + 1,) int64
        Where each edge's corners begin.
    flags : (m,) uint8
        `EdgeFlag` of each.
    widths : (m,) float32
        Line width, in units.
    edge_labels : m texts
        Shape of what flows, or a count; found out when asked for.
    downward : bool
        Whether edges run from top to bottom, else from left to right.
    """

    ids: npt.NDArray[np.int64]
    parents: Indices
    rects: Floats
    shapes: npt.NDArray[np.uint8]
    labels: tuple[str, ...]
    notes: tuple[str, ...]
    sources: Indices
    targets: Indices
    points: Floats
    starts: npt.NDArray[np.int64]
    flags: npt.NDArray[np.uint8]
    widths: npt.NDArray[np.float32]
    edge_labels: Sequence[str]
    downward: bool = True
    _index: dict[int, int] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self._index.update(zip(self.ids.tolist(), range(len(self.ids)), strict=True))

    @property
    def count(self) -> int:
        """Number of items."""
        return len(self.ids)

    @property
    def edge_count(self) -> int:
        """Number of edges."""
        return len(self.sources)

    def index_of(self, item_id: int) -> int:
        """Index of an item, -1 when it is not in the drawing."""
        return self._index.get(item_id, -1)

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        """x, y, width and height of everything."""
        if not self.count:
            return 0.0, 0.0, 1.0, 1.0
        low = self.rects[:, :2].min(axis=0)
        high = (self.rects[:, :2] + self.rects[:, 2:]).max(axis=0)
        if len(self.points):
            low = np.minimum(low, self.points.min(axis=0))
            high = np.maximum(high, self.points.max(axis=0))
        width, height = np.maximum(high - low, 1.0)
        return float(low[0]), float(low[1]), float(width), float(height)

    @cached_property
    def edge_boxes(self) -> Floats:
        """(m, 4) float64: least x, least y, greatest x, greatest y of each edge."""
        if not self.edge_count:
            return np.empty((0, 4))
        at = np.minimum(self.starts[:-1], max(len(self.points) - 1, 0))
        low = np.minimum.reduceat(self.points, at, axis=0)
        high = np.maximum.reduceat(self.points, at, axis=0)
        return np.hstack([low, high])

    @cached_property
    def depths(self) -> Indices:
        """(n,) int32: in how many open groups each item stands."""
        depths: list[int] = []
        # Parents stand before their children, so one pass is enough.
        for parent in self.parents.tolist():
            depths.append(depths[parent] + 1 if parent >= 0 else 0)
        return np.array(depths, np.int32)

    @cached_property
    def far_lines(self) -> tuple[Floats, npt.NDArray[np.int64]]:
        """Corners of all edges as seen from afar, and where each edge's begin."""
        return from_afar(self.points, self.starts)

    @cached_property
    def far_edges(self) -> list[tuple[EdgeFlag, QPainterPath]]:
        """All edges from afar: straight lines, many in one path, those of a kind together.

        Edges of annotations are left out.
        """
        kinds = np.zeros(self.edge_count, np.uint8)
        for flag in _FAR_ORDER:
            kinds[(self.flags & flag) != 0] = flag
        kinds[(self.flags & EdgeFlag.ANNOTATION) != 0] = EdgeFlag.ANNOTATION
        found = []
        for kind in (EdgeFlag.NONE, *_FAR_ORDER):
            lines = np.flatnonzero(kinds == kind)
            found += [(kind, path) for path in polylines(*self.far_lines, lines)]
        return found

    def prepare(self) -> GraphDrawing:
        """Make what painting will ask for, on the thread this is called on; return the drawing."""
        _ = self.bounds, self.edge_boxes, self.depths, self.far_edges
        return self

    def edge_points(self, edge: int) -> Floats:
        """(k, 2) float64: corners of an edge."""
        return self.points[self.starts[edge] : self.starts[edge + 1]]

    def edges_of(self, index: int) -> npt.NDArray[np.intp]:
        """Indices of the edges that begin or end at an item."""
        return np.nonzero((self.sources == index) | (self.targets == index))[0]

    def items_in(self, x0: float, y0: float, x1: float, y1: float) -> npt.NDArray[np.intp]:
        """Indices of the items that touch a rectangle, parents first."""
        r = self.rects
        inside = (r[:, 0] <= x1) & (r[:, 1] <= y1)
        inside &= (r[:, 0] + r[:, 2] >= x0) & (r[:, 1] + r[:, 3] >= y0)
        return np.nonzero(inside)[0]

    def edges_in(self, x0: float, y0: float, x1: float, y1: float) -> npt.NDArray[np.intp]:
        """Indices of the edges whose box touches a rectangle."""
        b = self.edge_boxes
        inside = (b[:, 0] <= x1) & (b[:, 1] <= y1) & (b[:, 2] >= x0) & (b[:, 3] >= y0)
        return np.nonzero(inside)[0]

    def item_at(self, x: float, y: float) -> int:
        """Index of the innermost item at a point, -1 for none."""
        found = self.items_in(x, y, x, y)
        return int(found[-1]) if len(found) else -1

    def edge_at(self, x: float, y: float, reach: float) -> int:
        """Index of the nearest edge no further away than `reach`, -1 for none."""
        near = self.edges_in(x - reach, y - reach, x + reach, y + reach)
        best, best_distance = -1, reach
        point = np.array([x, y])
        for edge in near.tolist():
            corners = self.edge_points(edge)
            if len(corners) < 2:
                continue
            start, way = corners[:-1], np.diff(corners, axis=0)
            length = np.maximum((way * way).sum(axis=1), 1e-12)
            along = np.clip(((point - start) * way).sum(axis=1) / length, 0.0, 1.0)
            gap = start + along[:, None] * way - point
            distance = float(np.sqrt((gap * gap).sum(axis=1).min()))
            if distance <= best_distance:
                best, best_distance = edge, distance
        return best


def empty_drawing() -> GraphDrawing:
    """A drawing of nothing."""
    none = np.empty(0, np.int32)
    return GraphDrawing(
        np.empty(0, np.int64),
        none,
        np.empty((0, 4)),
        np.empty(0, np.uint8),
        (),
        (),
        none,
        none,
        np.empty((0, 2)),
        np.zeros(1, np.int64),
        np.empty(0, np.uint8),
        np.empty(0, np.float32),
        (),
    )
