"""Makes a drawing of a scene and its layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import overload

import numpy as np
import numpy.typing as npt

from eventglass.app.core.graphs.diff import Change, Difference
from eventglass.app.core.graphs.hierarchy import Hierarchy
from eventglass.app.core.graphs.layout import Layout
from eventglass.app.core.graphs.scene import Beside, SceneGraph, Shown
from eventglass.app.models.graph_drawing import EdgeFlag, GraphDrawing, Shape
from eventglass.app.models.words import count_text

#: Ids of annotations and ports lie beyond those of items.
_BESIDE = 1 << 40
_PORTS = 1 << 50
_CLOSED_SHAPES = {
    Shown.NODE: Shape.OPERATION,
    Shown.GROUP: Shape.GROUP,
    Shown.SERIES: Shape.SERIES,
    Shown.FUNCTION: Shape.FUNCTION,
}
_NOTE_SHAPES = {
    Beside.CONSTANT: Shape.CONSTANT,
    Beside.SUMMARY: Shape.SUMMARY,
    Beside.FAR: Shape.REFERENCE,
    Beside.MORE: Shape.MORE,
}


def item_of(drawing_id: int) -> int:
    """Return the item of the hierarchy a drawn id stands for; -1 for none."""
    if drawing_id >= _PORTS or drawing_id < 0:
        return -1
    return drawing_id if drawing_id < _BESIDE else (drawing_id - _BESIDE) % (1 << 24) - 1


def drawn_id(drawing: GraphDrawing, scene: SceneGraph, item: int) -> int:
    """Return the drawn id that shows an item: its box, or that of a closed group around it."""
    box = scene.visible(item)
    if box < 0 or (int(scene.items[box]) != item and scene.open[box]):
        # A constant has no box where it stands beside its consumer.
        notes = drawing.ids[(drawing.ids >= _BESIDE) & (drawing.ids < _PORTS)]
        beside = notes[(notes - _BESIDE) % (1 << 24) - 1 == item]
        if len(beside):
            return int(beside[0])
    return int(scene.items[box]) if box >= 0 else -1


def items_of(drawing_ids: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the items of many drawn ids, (n,); see `item_of`."""
    beside = (drawing_ids - _BESIDE) % (1 << 24) - 1
    items = np.where(drawing_ids < _BESIDE, drawing_ids, beside)
    return np.where((drawing_ids >= _PORTS) | (drawing_ids < 0), -1, items)


class _EdgeLabels(Sequence[str]):
    """Labels of edges, each found out when first asked for: it takes a look at attributes."""

    def __init__(self, scene: SceneGraph, plain: int) -> None:
        self._scene = scene
        self._count = len(scene.sources)
        self._plain = plain
        self._known: dict[int, str] = {}

    def __len__(self) -> int:
        return self._count + self._plain

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not 0 <= index < self._count:
            return ""
        known = self._known.get(index)
        if known is None:
            known = self._known[index] = self._scene.edge_label(index)
        return known


def drawing_of(scene: SceneGraph, layout: Layout) -> GraphDrawing:
    """Return the drawing of a scene: its boxes, then the annotations beside them."""
    kinds, items = scene.kinds, scene.items.astype(np.int64)
    count = len(items)
    is_port = (kinds == Shown.PORT_IN) | (kinds == Shown.PORT_OUT)
    kept = np.flatnonzero(~is_port)
    # An edge that ends at a port is one of the open group whose border the port is in.
    place = np.full(count, -1, np.int32)
    place[kept] = np.arange(len(kept))
    ports = np.flatnonzero(is_port)
    place[ports] = place[scene.parents[ports]]
    parents = scene.parents[kept]
    parents = np.where(parents >= 0, place[parents], -1).astype(np.int32)

    shapes = np.zeros(len(kept), np.uint8)
    for kind, shape in _CLOSED_SHAPES.items():
        shapes[kinds[kept] == kind] = shape
    opened = scene.open[kept]
    shapes[opened] = np.where(
        kinds[kept][opened] == Shown.SERIES, Shape.OPEN_SERIES, Shape.OPEN_GROUP
    )
    labels = [scene.labels[box] for box in kept.tolist()]
    notes = [_note(scene, box) for box in kept.tolist()]

    beside = _annotations(scene, layout, place)
    sources = np.concatenate([place[scene.sources], beside.sources]).astype(np.int32)
    targets = np.concatenate([place[scene.targets], beside.targets]).astype(np.int32)
    flags = np.where(scene.control, int(EdgeFlag.CONTROL), 0)
    flags |= np.where(scene.reference, int(EdgeFlag.REFERENCE), 0)
    flags = np.concatenate([flags, np.full(len(beside.sources), int(EdgeFlag.ANNOTATION))])
    bundled = np.diff(scene.edge_start)
    widths = 1.15 + 0.75 * np.log10(np.maximum(bundled, 1))
    starts = np.concatenate(
        [layout.point_start, layout.point_start[-1] + 2 * np.arange(1, len(beside.sources) + 1)]
    )
    return GraphDrawing(
        ids=np.concatenate([items[kept], beside.ids]),
        parents=np.concatenate([parents, beside.parents]).astype(np.int32),
        rects=np.concatenate([layout.boxes[kept], beside.rects]),
        shapes=np.concatenate([shapes, beside.shapes]).astype(np.uint8),
        labels=(*labels, *beside.labels),
        notes=(*notes, *beside.notes),
        sources=sources,
        targets=targets,
        points=np.concatenate([layout.points, beside.points]),
        starts=starts.astype(np.int64),
        flags=flags.astype(np.uint8),
        widths=np.concatenate([widths, np.ones(len(beside.sources))]).astype(np.float32),
        edge_labels=_EdgeLabels(scene, len(beside.sources)),
        downward=layout.direction == "down",
    )


def _note(scene: SceneGraph, box: int) -> str:
    item, kind = int(scene.items[box]), int(scene.kinds[box])
    hierarchy = scene.hierarchy
    if kind == Shown.NODE:
        return hierarchy.graph.op(item)
    return count_text(int(hierarchy.stop[item] - hierarchy.first[item]), "node")


@dataclass(frozen=True, slots=True)
class _Annotations:
    ids: npt.NDArray[np.int64]
    parents: npt.NDArray[np.int32]
    rects: npt.NDArray[np.float64]
    shapes: npt.NDArray[np.uint8]
    labels: list[str]
    notes: list[str]
    sources: npt.NDArray[np.int32]
    targets: npt.NDArray[np.int32]
    points: npt.NDArray[np.float64]


def _annotations(scene: SceneGraph, layout: Layout, place: npt.NDArray[np.int32]) -> _Annotations:
    """What stands beside boxes: what comes in to the left of a box, what goes out to the right."""
    total = len(scene.note_items)
    boxes = np.repeat(np.arange(len(scene.items)), np.diff(scene.note_start))
    first = int(place.max(initial=-1)) + 1
    ids = np.empty(total, np.int64)
    labels, notes = [], []
    rects = layout.notes
    left, top = layout.boxes[boxes, 0], layout.boxes[boxes, 1]
    wide, high = layout.boxes[boxes, 2], layout.boxes[boxes, 3]
    out = scene.note_out
    middle = rects[:, 1] + rects[:, 3] / 2
    here = np.stack([np.where(out, left + wide, left), top + high / 2], axis=1)
    there = np.stack([np.where(out, rects[:, 0], rects[:, 0] + rects[:, 2]), middle], axis=1)
    begin = np.where(out[:, None], here, there)
    end = np.where(out[:, None], there, here)
    hierarchy = scene.hierarchy
    # A node many boxes take from stands beside each of them.
    known = np.unique(scene.note_items[scene.note_items >= 0]).tolist()
    words = dict(zip(known, hierarchy.labels(known), strict=True))
    names = {item: hierarchy.name(item) for item in known}
    for note, (box, item, count) in enumerate(
        zip(boxes.tolist(), scene.note_items.tolist(), scene.note_counts.tolist(), strict=True)
    ):
        ids[note] = _BESIDE + (((int(scene.items[box]) * 2 + int(out[note])) << 24) | (item + 1))
        if scene.note_kinds[note] == Beside.MORE or item < 0:
            labels.append(f"{count:,} more")
            notes.append("")
            continue
        labels.append(words[item])
        notes.append(names[item])
    shapes = np.array([_NOTE_SHAPES[Beside(kind)] for kind in scene.note_kinds.tolist()], np.uint8)
    own = first + np.arange(total)
    return _Annotations(
        ids,
        np.where(scene.parents[boxes] >= 0, place[scene.parents[boxes]], -1).astype(np.int32),
        rects,
        shapes,
        labels,
        notes,
        np.where(out, place[boxes], own).astype(np.int32),
        np.where(out, own, place[boxes]).astype(np.int32),
        np.stack([begin, end], axis=1).reshape(-1, 2),
    )


def with_changed_edges(
    drawing: GraphDrawing, scene: SceneGraph, difference: Difference
) -> GraphDrawing:
    """Return the drawing with the edges marked all of whose inputs were added, or removed."""
    flags = drawing.flags.copy()
    kinds = difference.inputs[scene.edge_inputs]
    bundled = np.maximum(np.diff(scene.edge_start), 1)
    for change, flag in ((Change.ADDED, EdgeFlag.ADDED), (Change.REMOVED, EdgeFlag.REMOVED)):
        sums = np.concatenate([[0], np.cumsum(kinds == change)])
        counts = sums[scene.edge_start[1:]] - sums[scene.edge_start[:-1]]
        flags[: len(counts)][counts == bundled] |= int(flag)
    return replace(drawing, flags=flags, _index={})


def changes_of(
    drawing: GraphDrawing, scene: SceneGraph, difference: Difference
) -> npt.NDArray[np.uint8]:
    """Return the `Change` of each item; of a group, that of all its nodes, else changed."""
    hierarchy, items = scene.hierarchy, items_of(drawing.ids)
    every = sums_below(hierarchy, np.ones(len(difference.nodes), bool), items)
    same = sums_below(hierarchy, difference.nodes == Change.SAME, items)
    found = np.where(same < every, np.uint8(Change.CHANGED), np.uint8(Change.SAME))
    for change in (Change.ADDED, Change.REMOVED):
        counts = sums_below(hierarchy, difference.nodes == change, items)
        found[(counts == every) & (every > 0)] = change
    return found


def sums_below(
    hierarchy: Hierarchy, nodes: npt.NDArray[np.bool_], items: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return how many of the marked nodes are below each item, (k,); none below -1.

    Parameters
    ----------
    nodes : (n,) bool
        The marked ones of all nodes.
    items : (k,) int64
    """
    sums = np.concatenate([[0], np.cumsum(nodes[hierarchy.leaves])])
    counts = sums[hierarchy.stop[items]] - sums[hierarchy.first[items]]
    return np.where(items >= 0, counts, 0)
