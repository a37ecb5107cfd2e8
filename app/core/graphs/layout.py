"""Where the boxes and edges of a scene are drawn: layers, from above to below or left to right.

Each level is planned as if all its boxes were closed (`layers`), then placed with the sizes they
have: a box that is open is larger and pushes the others in its layer aside, no farther than needed,
and the layers after it along. So what is planned once stays as it is whatever is opened or closed.

Inside a level, *across* is the direction along a layer and *along* the one from layer to layer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from eventglass.app.core.graphs import layering, straightening
from eventglass.app.core.graphs.layers import DUMMY_GAP, GAP, LAYER_GAP, Layers, arrange
from eventglass.app.core.graphs.routes import Passed, routes
from eventglass.app.core.graphs.scene_graph import Cancelled, SceneGraph, Shown

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]

#: Sizes in pixels at zoom 1.
LETTER = 6.6
LEAST_WIDTH, MOST_WIDTH = 64.0, 260.0
NODE_HEIGHT, GROUP_HEIGHT = 28.0, 36.0
HEADER = 26.0
PADDING = 18.0
#: An annotation beside a box, and its distance from the box and the next.
NOTE_WIDTH, NOTE_HEIGHT, NOTE_GAP, NOTE_STEP = 64.0, 12.0, 10.0, 15.0
#: Parts of a level that have nothing to do with each other are packed this much wider than high.
ASPECT = 1.7
_NO_EDGES = np.zeros(0, np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Places in the scene, in units of a pixel at zoom 1.

    Attributes
    ----------
    boxes : (k, 4) float64, left, top, width, height; of ports the width and height are 0
    points : (p, 2) float64, the corners of all edges
    point_start : (e + 1,) int32; edge i runs along ``points[point_start[i]:point_start[i + 1]]``,
        from its source to its target, also where it goes against the direction
    notes : (q, 4) float64, left, top, width, height of annotations: what gives stands on the left
        of a box, what takes on the right
    bounds : left, top, width, height of everything
    crossings : pairs of edges that cross, in all levels
    """

    scene: SceneGraph
    direction: str
    boxes: Floats
    points: Floats
    point_start: Ints
    notes: Floats
    bounds: tuple[float, float, float, float]
    crossings: int
    plans: dict[int, _Plan] = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """Boxes of a level that are connected, by their number in the level.

    Without layers: boxes that have no edges, side by side.
    """

    members: Ints
    edges: Ints
    layers: Layers | None


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """What is known of a level as long as its boxes and edges are the same.

    The first part may have ports; `rows` are the other parts, by row.
    """

    key: tuple[object, ...]
    items: Ints
    ported: bool
    parts: tuple[_Part, ...]
    rows: tuple[tuple[int, ...], ...]
    asides: Ints
    turned: npt.NDArray[np.bool_]


def lay_out(
    scene: SceneGraph,
    direction: str = "down",
    previous: Layout | None = None,
    cancelled: Callable[[], bool] | None = None,
    progress: Callable[[float], None] | None = None,
) -> Layout:
    """Return where everything is; `direction` is ``down`` or ``right``.

    Levels that are in `previous` unchanged keep their order and places; boxes that grew push others
    away no farther than needed. Raises `Cancelled`.
    """
    return _Work(scene, direction, previous, cancelled, progress).layout()


def closed_sizes(scene: SceneGraph) -> Floats:
    """Return width and height of each box while it is closed, (k, 2); of ports 0."""
    sizes = np.zeros((len(scene), 2))
    labels = np.array([len(label) for label in scene.labels], float)
    group = (scene.kinds > Shown.NODE) & (scene.kinds < Shown.PORT_IN)
    sizes[:, 0] = np.clip(labels * LETTER + np.where(group, 44.0, 24.0), LEAST_WIDTH, MOST_WIDTH)
    sizes[:, 1] = np.where(group, GROUP_HEIGHT, NODE_HEIGHT)
    sizes[scene.kinds >= Shown.PORT_IN] = 0.0
    return sizes


class _Work:
    """One layout: plans from the outside, sizes from the inside, places from the outside."""

    def __init__(
        self,
        scene: SceneGraph,
        direction: str,
        previous: Layout | None,
        cancelled: Callable[[], bool] | None,
        progress: Callable[[float], None] | None,
    ) -> None:
        self.scene = scene
        self.right = direction == "right"
        self.direction = "right" if self.right else "down"
        same = previous is not None and previous.direction == self.direction
        self.known = previous.plans if previous is not None and same else {}
        self.cancelled = cancelled
        self.progress = progress
        count = len(scene)
        self.sizes = closed_sizes(scene)
        self.sides = self._note_sides()
        self.footprints = self._footprints(self.sizes)
        self.port_in = scene.kinds == Shown.PORT_IN
        self.port_out = scene.kinds == Shown.PORT_OUT
        self.upper = np.zeros(count, bool)
        self.lower = np.zeros(count, bool)
        self.turned = np.zeros(len(scene.sources), bool)
        # Boxes and edges by the box they are in; -1 comes first.
        order = np.argsort(scene.parents, kind="stable")
        starts = np.searchsorted(scene.parents[order], np.arange(-1, count + 1))
        self.inside = {box: order[starts[box + 1] : starts[box + 2]] for box in scene.levels}
        levels = scene.parents[scene.sources]
        rows = np.argsort(levels, kind="stable")
        starts = np.searchsorted(levels[rows], np.arange(-1, count + 1))
        self.edges = {box: rows[starts[box + 1] : starts[box + 2]] for box in scene.levels}
        self.port_edges: dict[int, list[int]] = {}
        for ports in (scene.source_ports, scene.target_ports):
            for edge in np.flatnonzero(ports >= 0).tolist():
                self.port_edges.setdefault(int(ports[edge]), []).append(edge)
        #: Numbers of boxes in their level.
        self.numbers = np.zeros(count, np.int32)
        # Places: of boxes relative to the level they are in, of dummies by part.
        self.corners = np.zeros((count, 2))
        self.dummies: dict[int, list[tuple[_Part, Floats, Floats]]] = {}
        #: Where the layer of each box begins and ends, as the places; of no layer what is nowhere.
        self.bands = np.tile([np.inf, -np.inf], (count, 1))

    def _note_sides(self) -> npt.NDArray[np.int64]:
        """Return how many annotations are on the left and on the right of each box, (k, 2)."""
        scene = self.scene
        owner = np.repeat(np.arange(len(scene)), np.diff(scene.note_start))
        out = scene.note_out
        sides = [np.bincount(owner[each], minlength=len(scene)) for each in (~out, out)]
        return np.stack(sides, axis=1)

    def _footprints(self, sizes: Floats) -> Floats:
        """Return the room boxes take with their annotations, (k, 2)."""
        room = sizes.copy()
        most = self.sides.max(axis=1)
        room[:, 0] += np.where(most > 0, 2 * (NOTE_WIDTH + NOTE_GAP), 0.0)
        room[:, 1] = np.maximum(room[:, 1], most * NOTE_STEP)
        return room

    def _footprint(self, box: int) -> Floats:
        most = int(self.sides[box].max())
        room = self.sizes[box].copy()
        if most:
            room += 2 * (NOTE_WIDTH + NOTE_GAP), 0.0
            room[1] = max(room[1], most * NOTE_STEP)
        return np.asarray(room)

    def _check(self, done: float) -> None:
        if self.cancelled is not None and self.cancelled():
            raise Cancelled
        if self.progress is not None:
            self.progress(done)

    def layout(self) -> Layout:
        """Do all of it."""
        scene = self.scene
        plans: dict[int, _Plan] = {}
        by_box: dict[int, _Plan] = {}
        for number, box in enumerate(scene.levels):
            item = int(scene.items[box]) if box >= 0 else scene.options.focus
            part = 1.0 / len(scene.levels)
            self._check(number * part)
            by_box[box] = plans[item] = self._planned(box, item, number * part, part)
        bounds = (0.0, 0.0)
        for box in reversed(scene.levels):
            size = self._placed(box, by_box[box])
            if box >= 0:
                self.sizes[box] = size
                self.footprints[box] = self._footprint(box)
            else:
                bounds = size
        places = self.corners
        for box in scene.levels:
            if box >= 0:
                places[self.inside[box]] += places[box]
                self.bands[self.inside[box]] += places[box, 1 - int(self.right)]
        boxes = np.concatenate([places, self.sizes], axis=1)
        start, points = routes(
            scene,
            boxes,
            self.bands,
            self.turned,
            self.upper,
            self.lower,
            self._passed(),
            self.right,
        )
        crossings = sum(
            part.layers.crossings
            for plan in by_box.values()
            for part in plan.parts
            if part.layers is not None
        )
        # Plans of what is closed now are kept for when it is opened again.
        merged = {**self.known, **plans}
        return Layout(
            scene,
            self.direction,
            boxes,
            points,
            start,
            self._notes(boxes),
            (0.0, 0.0, *bounds),
            crossings,
            merged,
        )

    # -- plans -------------------------------------------------------------------------------------

    def _planned(self, box: int, item: int, done: float, part: float) -> _Plan:
        """Return the plan of a level, the known one if it is still true."""
        scene = self.scene
        inside, edges = self.inside[box], self.edges[box]
        for port in inside[scene.kinds[inside] >= Shown.PORT_IN].tolist():
            entering = scene.kinds[port] == Shown.PORT_IN
            flipped = self.turned[self.port_edges[port]].mean() > 0.5
            self.upper[port] = entering != flipped
            self.lower[port] = entering == flipped
        numbers = self.numbers
        numbers[inside] = np.arange(len(inside))
        sources, targets = numbers[scene.sources[edges]], numbers[scene.targets[edges]]
        asides = np.flatnonzero(scene.aside[inside]).astype(np.int32)
        # Not the sizes: a closed group has annotations that its nodes have when it is open.
        key = (
            scene.items[inside].tobytes(),
            sources.tobytes(),
            targets.tobytes(),
            self.upper[inside].tobytes(),
            self.lower[inside].tobytes(),
            asides.tobytes(),
        )
        known = self.known.get(item)
        if known is not None and known.key == key:
            self.turned[edges] = known.turned
            return known
        plan = self._new_plan(key, inside, sources, targets, asides, known, done, part)
        self.turned[edges] = plan.turned
        return plan

    def _new_plan(
        self,
        key: tuple[object, ...],
        inside: npt.NDArray[np.int64],
        sources: Ints,
        targets: Ints,
        asides: Ints,
        known: _Plan | None,
        done: float,
        share: float,
    ) -> _Plan:
        scene = self.scene
        widths = self.footprints[inside, int(self.right)]
        heights = self.footprints[inside, 1 - int(self.right)]
        leaders = np.zeros(len(inside), np.int32)
        layering.components(sources, targets, leaders)
        ports = np.flatnonzero(self.upper[inside] | self.lower[inside])
        ported = len(ports) > 0
        if ported:
            # All that a port belongs to is one part, the first.
            leaders[np.isin(leaders, np.unique(leaders[ports]))] = -1
        leaders[asides] = len(inside)
        order = np.argsort(leaders, kind="stable").astype(np.int32)
        begins = np.flatnonzero(np.diff(leaders[order], prepend=-2))
        sizes = np.diff(np.append(begins, len(order)))
        first_of = leaders[order[begins]]
        lone = (sizes == 1) & (first_of >= 0)
        linked = ~lone & (first_of < len(inside))
        alone = order[begins[lone & (first_of < len(inside))]]
        loops = sources == targets
        edge_leaders = np.where(loops, len(inside) + 1, leaders[sources])
        edge_order = np.argsort(edge_leaders, kind="stable").astype(np.int32)
        sorted_leaders = edge_leaders[edge_order]
        hints = self._hints(known, inside)
        turned = np.zeros(len(sources), bool)
        parts = []
        local = np.zeros(len(inside), np.int32)
        most = max(len(order), 1)
        reached = 0
        for begin_at, size_of in zip(begins[linked].tolist(), sizes[linked].tolist(), strict=True):
            members = order[begin_at : begin_at + size_of]
            if size_of == 1:
                parts.append(_Part(members, _NO_EDGES, None))
                continue
            reached += size_of
            first, stop = np.searchsorted(
                sorted_leaders, [leaders[members[0]], leaders[members[0]] + 1]
            )
            rows = np.sort(edge_order[first:stop])
            local[members] = np.arange(len(members))
            begin = (reached - len(members)) / most

            def check(now: float, begin: float = begin, size: float = len(members) / most) -> None:
                self._check(done + share * (begin + size * now))

            layers = arrange(
                widths[members],
                local[sources[rows]],
                local[targets[rows]],
                self.upper[inside[members]],
                self.lower[inside[members]],
                None if hints is None else hints[members],
                check,
            )
            turned[rows] = layers.turned
            parts.append(_Part(members, rows, layers))
        rows_of_parts = self._rows(
            parts, widths, heights, ported, alone, scene.kinds[inside] == Shown.FUNCTION
        )
        return _Plan(key, scene.items[inside], ported, tuple(parts), rows_of_parts, asides, turned)

    def _hints(self, known: _Plan | None, inside: npt.NDArray[np.int64]) -> Floats | None:
        """Return where the boxes stood in a plan that is no longer true; None for none."""
        if known is None:
            return None
        centres: dict[int, float] = {}
        for part in known.parts:
            if part.layers is not None:
                members = known.items[part.members].tolist()
                centres.update(zip(members, part.layers.centres.tolist(), strict=False))
        centres.pop(-1, None)
        items = self.scene.items[inside].tolist()
        found = np.array([centres.get(item, np.nan) for item in items])
        return found if np.isfinite(found).sum() * 2 > len(found) else None

    def _rows(
        self,
        parts: list[_Part],
        widths: Floats,
        heights: Floats,
        ported: bool,
        alone: Ints,
        functions: npt.NDArray[np.bool_],
    ) -> tuple[tuple[int, ...], ...]:
        """Return which parts stand beside each other, so that all have a pleasant shape.

        Large parts come first, then boxes that stand `alone`, for which parts are added; functions
        of the library come last.
        """
        rest = range(int(ported), len(parts))
        sizes = {at: self._extent(parts[at], widths, heights) for at in rest}
        area = sum((wide + GAP) * (high + LAYER_GAP) for wide, high in sizes.values())
        area += float(((widths[alone] + GAP) * (heights[alone] + LAYER_GAP)).sum())
        aspect = 1 / ASPECT if self.right else ASPECT
        if ported:
            # They stand beside the part with the ports, better in a column than in a row.
            aspect /= 3
        widest = max([float(widths[alone].max(initial=0.0)), *(wide for wide, _ in sizes.values())])
        limit = 1.02 * max(float(np.sqrt(area * aspect)), widest)
        rows: list[list[int]] = []
        width = np.inf
        for at, (wide, _) in sizes.items():
            if width + wide > limit:
                rows.append([])
                width = 0.0
            rows[-1].append(at)
            width += wide + GAP
        for members in (alone[~functions[alone]], alone[functions[alone]]):
            ends = np.cumsum(widths[members] + GAP)
            at, begin = 0, 0.0
            if len(members) and functions[members[0]]:
                width = np.inf
            while at < len(members):
                stop = int(np.searchsorted(ends, begin + limit + GAP - width, side="right"))
                if stop <= at:
                    rows.append([])
                    width = 0.0
                    stop = max(at + 1, int(np.searchsorted(ends, begin + limit + GAP, "right")))
                rows[-1].append(len(parts))
                parts.append(_Part(members[at:stop], _NO_EDGES, None))
                width += float(ends[stop - 1]) - begin
                at, begin = stop, float(ends[stop - 1])
        return tuple(tuple(row) for row in rows)

    def _extent(self, part: _Part, widths: Floats, heights: Floats) -> tuple[float, float]:
        layers, members = part.layers, part.members
        if layers is None:
            return float((widths[members] + GAP).sum() - GAP), float(heights[members].max())
        centres = layers.centres[: len(members)]
        wide = (centres + widths[members] / 2).max() - (centres - widths[members] / 2).min()
        tall = np.zeros(len(layers.layer_start) - 1)
        np.maximum.at(tall, layers.ranks[: len(members)], heights[members])
        return float(wide), float(tall.sum() + layers.gaps.sum())

    # -- places ------------------------------------------------------------------------------------

    def _placed(self, box: int, plan: _Plan) -> tuple[float, float]:
        """Place the boxes of a level; return the size of the box around them."""
        inside = self.inside[box]
        swap = int(self.right)
        sizes = self.footprints[inside]
        wide, tall = sizes[:, swap], sizes[:, 1 - swap]
        header = HEADER if box >= 0 else 0.0
        before = (header, 0.0) if self.right else (0.0, header)
        across0, along0 = PADDING + before[0], PADDING + before[1]
        centre = np.zeros((len(inside), 2))  # across, along
        bands = np.tile([np.inf, -np.inf], (len(inside), 1))
        dummies: list[tuple[_Part, Floats, Floats]] = []
        across, along = across0, along0
        bottom, right_end = along0, across0
        if plan.ported:
            size = self._place_part(
                plan.parts[0], across0, along0, wide, tall, centre, bands, dummies
            )
            right_end, bottom = across0 + size[0], along0 + size[1]
            across = right_end + 2 * GAP
        for row in plan.rows:
            at, high = across, 0.0
            for part in row:
                size = self._place_part(
                    plan.parts[part], at, along, wide, tall, centre, bands, dummies
                )
                at += size[0] + GAP
                high = max(high, size[1])
            right_end = max(right_end, at - GAP)
            along += high + LAYER_GAP
        if plan.rows:
            bottom = max(bottom, along - LAYER_GAP)
        if len(plan.asides):
            right_end, bottom = self._place_asides(
                plan.asides, right_end, along0, bottom, wide, tall, centre
            )
        extent = [right_end + PADDING, bottom + PADDING]
        if box >= 0:
            least = self.sizes[box, 0] + 24.0
            if extent[swap] < least:
                # Room for the label: what is inside stands in the middle.
                shift = (least - extent[swap]) / 2
                extent[swap] = least
                centre[:, swap] += shift
                for _, places, passed in dummies:
                    (places if swap == 0 else passed)[...] += shift
                bands += shift * swap
        centre[self.upper[inside], 1] = 0.0
        centre[self.lower[inside], 1] = extent[1]
        own = self.sizes[inside]
        middle = centre[:, ::-1] if self.right else centre
        self.corners[inside] = middle - own / 2
        self.bands[inside] = bands
        self.dummies[box] = dummies
        return (float(extent[swap]), float(extent[1 - swap]))

    def _place_part(
        self,
        part: _Part,
        across: float,
        along: float,
        wide: Floats,
        tall: Floats,
        centre: Floats,
        bands: Floats,
        dummies: list[tuple[_Part, Floats, Floats]],
    ) -> tuple[float, float]:
        """Place a part with its corner at (across, along); return its size."""
        members, layers = part.members, part.layers
        if layers is None:
            ends = np.cumsum(wide[members] + GAP)
            centre[members, 0] = across + ends - GAP - wide[members] / 2
            centre[members, 1] = along + tall[members] / 2
            return float(ends[-1] - GAP), float(tall[members].max())
        count, total = layers.count, len(layers.order)
        halves = np.full(total, 2.0)
        halves[:count] = wide[members] / 2
        x = np.zeros(total)
        straightening.separate(
            layers.layer_start, layers.order, layers.centres, layers.weights, halves, GAP,
            DUMMY_GAP, count, x, np.zeros((4, total)), np.zeros(total + 1, np.int32),
        )  # fmt: skip
        left = float((x - halves).min())
        x += across - left
        high = np.zeros(len(layers.layer_start) - 1)
        np.maximum.at(high, layers.ranks[:count], tall[members])
        # A layer of ports lies in the border.
        ports = np.zeros(len(high), bool)
        ports[layers.ranks[:count][(wide[members] == 0) & (tall[members] == 0)]] = True
        gaps = np.where(
            ports[:-1] | ports[1:], np.minimum(layers.gaps - LAYER_GAP, 24.0), layers.gaps
        )
        tops = np.zeros(len(high))
        tops[1:] = np.cumsum(high[:-1] + gaps)
        tops += along
        centre[members, 0] = x[:count]
        centre[members, 1] = (tops + high / 2)[layers.ranks[:count]]
        ends = np.stack([tops, tops + high], axis=1)
        bands[members] = ends[layers.ranks[:count]]
        dummies.append((part, x[count:], ends[layers.ranks[count:]]))
        return float((x + halves).max() - across), float(tops[-1] + high[-1] - along)

    def _place_asides(
        self,
        asides: Ints,
        right_end: float,
        along0: float,
        bottom: float,
        wide: Floats,
        tall: Floats,
        centre: Floats,
    ) -> tuple[float, float]:
        """Place what was put aside in columns after the rest."""
        total = float((tall[asides] + 14.0).sum())
        limit = max(bottom - along0, np.sqrt(total * float(wide[asides].max())), 160.0)
        across = right_end + 2 * GAP if right_end > PADDING else right_end
        at, column = along0, 0.0
        for member in asides.tolist():
            if at > along0 and at + tall[member] > along0 + limit:
                across += column + GAP
                at, column = along0, 0.0
            centre[member] = across + wide[member] / 2, at + tall[member] / 2
            at += tall[member] + 14.0
            column = max(column, wide[member])
            bottom = max(bottom, at - 14.0)
        return across + column, bottom

    # -- edges and annotations ---------------------------------------------------------------------

    def _notes(self, boxes: Floats) -> Floats:
        scene = self.scene
        notes = np.zeros((len(scene.note_items), 4))
        if not len(notes):
            return notes
        owner = np.repeat(np.arange(len(scene)), np.diff(scene.note_start))
        out = scene.note_out
        # Of a box those that give come first.
        nth = np.arange(len(notes)) - scene.note_start[owner]
        nth -= np.where(out, self.sides[owner, 0], 0)
        number = np.where(out, self.sides[owner, 1], self.sides[owner, 0])
        left, top, wide, high = boxes[owner].T
        notes[:, 0] = np.where(out, left + wide + NOTE_GAP, left - NOTE_GAP - NOTE_WIDTH)
        notes[:, 1] = top + high / 2 + (nth - (number - 1) / 2) * NOTE_STEP - NOTE_HEIGHT / 2
        notes[:, 2], notes[:, 3] = NOTE_WIDTH, NOTE_HEIGHT
        return notes

    def _passed(self) -> Iterator[Passed]:
        """Yield where edges pass layers between their ends."""
        for box, found in self.dummies.items():
            for part, across, along in found:
                if len(across) and part.layers is not None:
                    counts = np.diff(part.layers.chain_start)
                    yield Passed(box, self.edges[box][part.edges], counts, across, along)
