"""What is visible of a hierarchy, given which groups are open.

The children of an open group are a *level*. Edges lie in one level each: between two of its boxes,
or between a box and a *port*, where an edge of the level outside goes on inside.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eventglass.app.core.graphs.hierarchy import Fold, Hierarchy
from eventglass.app.core.graphs.notes import Notes
from eventglass.app.core.graphs.scene_graph import Beside, Cancelled, Options, SceneGraph, Shown

__all__ = [
    "Beside",
    "Cancelled",
    "Options",
    "SceneGraph",
    "Shown",
    "first_open",
    "level",
]

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Levels of at least so many boxes have those of high degree put aside, as TensorBoard does.
LEAST_EXTRACTED = 15
#: A box with more control inputs than this has them as annotations.
MOST_CONTROLS = 4
#: Edges that enter an open group each by a port of their own; more share one.
MOST_PORTS = 8
#: A port that goes to more boxes than this is drawn without edges inside; the boxes have
#: annotations.
MOST_FAN = 40
#: Boxes in sight; what goes beyond is left out and counted.
MOST_BOXES = 50_000
#: Groups shown open; others stay closed.
MOST_OPEN = 2000
#: So many boxes are shown of a graph at first.
MOST_AT_FIRST = 60


def level(
    hierarchy: Hierarchy,
    expanded: Iterable[int] = (),
    options: Options | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> SceneGraph:
    """Return what is visible when the items `expanded` are open. Raises `Cancelled`."""
    return _Maker(hierarchy, frozenset(expanded), options or Options(), cancelled).scene()


def first_open(hierarchy: Hierarchy) -> frozenset[int]:
    """Return the groups to open at first: those that hold nearly all there is, one in another."""
    opened: set[int] = set()
    item, shown = -1, 0
    while True:
        children = hierarchy.children_of(item)
        children = children[hierarchy.kinds[children] != Fold.FUNCTION]
        shown += len(children)
        if not len(children) or shown > MOST_AT_FIRST:
            opened.discard(item)
            return frozenset(opened)
        sizes = hierarchy.stop[children] - hierarchy.first[children]
        item = int(children[sizes.argmax()])
        if sizes.max() < 0.75 * sizes.sum() or hierarchy.kinds[item] != Fold.SCOPE:
            return frozenset(opened)
        opened.add(item)


@dataclass(slots=True)
class _Level:
    """A level to be made: the box it is in, its item, and the edges that touch it.

    Of each edge (an input of the graph) the port at its outer end is known, -1 for an inner end.
    """

    box: int
    item: int
    edges: Longs
    source_ports: Longs
    target_ports: Longs


class _Maker:
    """Makes a scene, level by level from the outside."""

    def __init__(
        self,
        hierarchy: Hierarchy,
        expanded: frozenset[int],
        options: Options,
        cancelled: Callable[[], bool],
    ) -> None:
        self.hierarchy = hierarchy
        self.cancelled = cancelled
        self.graph = hierarchy.graph
        self.expanded = expanded
        self.options = options
        self.items: list[Longs] = []
        self.parents: list[Longs] = []
        self.kinds: list[Longs] = []
        self.asides: list[Bools] = []
        self.count = 0
        self.edges: list[tuple[Longs, Longs]] = []
        self.bundles: list[Longs] = []
        self.bundle_sizes: list[Longs] = []
        self.ports_of_edges: dict[tuple[int, bool], int] = {}
        self.edge_count = 0
        self.notes = Notes()
        self.left_out = self.unopened = 0
        # Which items are to be open, put aside, put back.
        total = len(hierarchy)
        self.opened = _marked(total, expanded) & (hierarchy.kinds != Fold.NODE)
        self.put_aside = _marked(total, options.put_aside)
        self.put_back = _marked(total, options.put_back)
        self.chained = bool((hierarchy.chains != np.arange(total)).any())
        #: The first scope of each chain in sight, by its last.
        self.chain_heads: dict[int, int] = {}
        # Where each node stands in the order of the tree's leaves.
        self.places = np.empty(len(hierarchy.leaves), np.int64)
        self.places[hierarchy.leaves] = np.arange(len(hierarchy.leaves))

    # -- levels ------------------------------------------------------------------------------------

    def scene(self) -> SceneGraph:
        """Make all levels."""
        graph, focus = self.graph, self.options.focus
        edges = np.flatnonzero(graph.sources >= 0)
        if focus >= 0:
            inside_source = self._inside(graph.sources[edges], focus)
            inside_target = self._inside(graph.targets[edges], focus)
            self._note_outside(edges, inside_source, inside_target)
            edges = edges[inside_source & inside_target]
        edges = self._embed_constants(edges)
        none = np.full(len(edges), -1)
        waiting = deque([_Level(-1, focus, edges, none, none)])
        levels = []
        while waiting:
            if self.cancelled():
                raise Cancelled
            each = waiting.popleft()
            levels.append(each.box)
            waiting += self._make(each, MOST_OPEN + 1 - len(levels) - len(waiting))
        return self._assembled(levels)

    def _inside(self, nodes: Ints, item: int) -> Bools:
        places = self.places[nodes]
        inside = places >= self.hierarchy.first[item]
        inside &= places < self.hierarchy.stop[item]
        return np.asarray(inside)

    def _note_outside(self, edges: Longs, source: Bools, target: Bools) -> None:
        """Annotate what is in the focus with what is outside."""
        coming = edges[~source & target]
        going = edges[source & ~target]
        graph = self.graph
        self.notes.add(graph.targets[coming], graph.sources[coming], Beside.FAR, False)
        self.notes.add(graph.sources[going], graph.targets[going], Beside.FAR, True)

    def _children(self, item: int) -> Longs:
        """Return the children of an item with unfolded series replaced by their members."""
        hierarchy, options = self.hierarchy, self.options
        children = hierarchy.children_of(item).astype(np.int64)
        kinds = hierarchy.kinds[children]
        if item < 0 and not options.functions:
            children = children[kinds != Fold.FUNCTION]
            kinds = hierarchy.kinds[children]
        if len(children) and (not options.fold_series or options.unfolded):
            parts = [
                hierarchy.children_of(child).astype(np.int64)
                if kind == Fold.SERIES and (not options.fold_series or child in options.unfolded)
                else np.array([child], np.int64)
                for child, kind in zip(children.tolist(), kinds.tolist(), strict=True)
            ]
            children = np.concatenate(parts)
        room = max(MOST_BOXES - self.count, 0)
        if len(children) > room:
            self.left_out += len(children) - room
            children = self._foremost(children, room)
        if self.chained:
            ends = hierarchy.chains[children].astype(np.int64)
            chains = np.flatnonzero(ends != children)
            self.chain_heads.update(
                zip(ends[chains].tolist(), children[chains].tolist(), strict=True)
            )
            children = ends
        return children

    def _foremost(self, children: Longs, room: int) -> Longs:
        """Return the groups and the nodes of the highest degree, as many as there is room for."""
        graph = self.graph
        ends = np.concatenate([graph.sources[graph.sources >= 0], graph.targets])
        is_node = self.hierarchy.kinds[children] == Fold.NODE
        weights = np.full(len(children), np.iinfo(np.int64).max)
        weights[is_node] = np.bincount(ends, minlength=len(graph))[children[is_node]]
        kept = np.argsort(-weights, kind="stable")[:room]
        return children[np.sort(kept)]

    def _make(self, now: _Level, most: int) -> list[_Level]:
        """Make one level; return those inside it, at most so many."""
        hierarchy, graph = self.hierarchy, self.graph
        children = self._children(now.item)
        count = len(children)
        begins = hierarchy.first[children].astype(np.int64)
        stops = hierarchy.stop[children].astype(np.int64)
        source_nodes = graph.sources[now.edges].astype(np.int64)
        target_nodes = graph.targets[now.edges].astype(np.int64)

        # Ends in this level: numbers of children; ports come behind them.
        outer = np.unique(np.concatenate([now.source_ports, now.target_ports]))
        outer = outer[outer >= 0]
        sources = self._ends(source_nodes, now.source_ports, begins, stops, outer)
        targets = self._ends(target_nodes, now.target_ports, begins, stops, outer)
        known = (sources >= 0) & (targets >= 0)
        # An edge from a node to itself is drawn, one inside a group or between ports is not.
        group = np.ones(count + len(outer), bool)
        group[:count] = hierarchy.kinds[children] != Fold.NODE
        loops = (sources == targets) & known
        loops[loops] = group[sources[loops]]
        between = known & ~loops
        hidden = np.zeros(count + len(outer), bool)
        aside = np.zeros(count + len(outer), bool)
        if self.options.embed:
            between &= self._embed(children, now.edges, sources, targets, between, hidden)
        if count:
            between &= self._extract(children, now.edges, sources, targets, between, hidden, aside)

        # Boxes.
        kept = np.flatnonzero(~hidden[:count])
        boxes = np.full(count + len(outer), -1)
        boxes[kept] = self.count + np.arange(len(kept))
        boxes[count:] = outer
        shown = hierarchy.kinds[children[kept]].astype(np.int64)
        self._put(children[kept], now.box, shown, aside[:count][kept])

        # Edges, bundled.
        ends = boxes[sources[between]] * (1 << 32) + boxes[targets[between]]
        pairs, which = np.unique(ends, return_inverse=True)
        order = np.argsort(which, kind="stable")
        first_edge = self.edge_count
        self.edges.append((pairs >> 32, pairs & 0xFFFFFFFF))
        self.bundles.append(now.edges[between][order])
        self.bundle_sizes.append(np.bincount(which, minlength=len(pairs)))
        self.edge_count += len(pairs)
        bundle = np.full(len(now.edges), -1)
        bundle[between] = first_edge + which

        opened = np.flatnonzero(self.opened[children] & ~hidden[:count]).tolist()
        self.unopened += max(len(opened) - most, 0)
        return [
            self._inner(
                int(children[child]), int(boxes[child]), child, now, sources, targets, bundle
            )
            for child in opened[:most]
        ]

    def _ends(self, nodes: Longs, ports: Longs, begins: Longs, stops: Longs, outer: Longs) -> Longs:
        """Return which child each node is in; ports are numbered after the children."""
        found = np.full(len(nodes), -1)
        if len(begins):
            # Leaves of the children follow one another, but empty functions have none.
            at = np.searchsorted(begins, self.places[nodes], side="right") - 1
            inside = (at >= 0) & (self.places[nodes] < stops[at])
            found[inside] = at[inside]
        port = ports >= 0
        found[port] = len(begins) + np.searchsorted(outer, ports[port])
        return found

    def _put(self, items: Longs, parent: int, kinds: Longs, asides: Bools) -> None:
        self.items.append(items)
        self.parents.append(np.full(len(items), parent))
        self.kinds.append(kinds)
        self.asides.append(asides)
        self.count += len(items)

    def _inner(
        self,
        item: int,
        box: int,
        child: int,
        now: _Level,
        sources: Longs,
        targets: Longs,
        bundle: Longs,
    ) -> _Level:
        """Return the level inside a child, with a port for each edge that enters or leaves it."""
        at_source = sources == child
        at_target = targets == child
        within = at_source & at_target
        crossing = (at_source ^ at_target) & (bundle >= 0)
        ports = {}
        for entering, there in ((True, at_target), (False, at_source)):
            rows = np.flatnonzero(crossing & there)
            found = np.full(len(bundle), -1)
            if len(rows):
                edges, which = np.unique(bundle[rows], return_inverse=True)
                shared = len(edges) > MOST_PORTS
                number = 1 if shared else len(edges)
                kind = Shown.PORT_IN if entering else Shown.PORT_OUT
                first = self.count
                self._put(
                    np.full(number, -1), box, np.full(number, int(kind)), np.zeros(number, bool)
                )
                for place, edge in enumerate(edges.tolist()):
                    self.ports_of_edges[edge, entering] = first + (0 if shared else place)
                found[rows] = first + (0 if shared else which)
            ports[entering] = found
        rows = np.flatnonzero(within | crossing)
        return _Level(box, item, now.edges[rows], ports[True][rows], ports[False][rows])

    # -- annotations -------------------------------------------------------------------------------

    def _embed_constants(self, edges: Longs) -> Longs:
        """Make annotations of the constants used in their own scope; return the other edges."""
        graph, hierarchy = self.graph, self.hierarchy
        self.embedded = np.zeros(len(graph.names), bool)
        if not self.options.embed:
            return edges
        sources = graph.sources[edges]
        near = hierarchy.constants[sources]
        near &= hierarchy.meeting[edges] == hierarchy.parents[sources]
        self.embedded[sources[near]] = True
        self.embedded &= ~self.put_back[: len(graph.names)]
        given = self.embedded[sources]
        rows = edges[given]
        self.notes.add(graph.targets[rows], graph.sources[rows], Beside.CONSTANT, False)
        return edges[~given]

    def _embed(
        self,
        children: Longs,
        edges: Longs,
        sources: Longs,
        targets: Longs,
        between: Bools,
        hidden: Bools,
    ) -> Bools:
        """Hide constants and summaries that are annotations; return which edges stay."""
        graph, hierarchy, count = self.graph, self.hierarchy, len(children)
        nodes = np.flatnonzero(children < len(graph.names))
        hidden[nodes] = self.embedded[children[nodes]]
        summary = np.zeros(len(hidden), bool)
        summary[nodes] = hierarchy.summaries[children[nodes]]
        inner = between & (sources < count) & (targets < count)
        of_summary = inner & summary[targets]
        hidden[np.unique(targets[of_summary])] = True
        rows = edges[of_summary]
        self.notes.add(graph.sources[rows], graph.targets[rows], Beside.SUMMARY, True)
        return np.asarray(~(hidden[sources] | hidden[targets]))

    def _extract(
        self,
        children: Longs,
        edges: Longs,
        sources: Longs,
        targets: Longs,
        between: Bools,
        hidden: Bools,
        aside: Bools,
    ) -> Bools:
        """Put boxes of high degree aside; return which edges stay."""
        graph, count, options = self.graph, len(children), self.options
        inner = between & (sources < count) & (targets < count)
        keys = np.unique(sources[inner] * (count + 1) + targets[inner])
        shown = ~hidden[:count]
        if options.extract and shown.sum() >= LEAST_EXTRACTED:
            # What much goes into first; then the rest may have less going out.
            for from_side in (False, True):
                starts, stops = keys // (count + 1), keys % (count + 1)
                rest = ~(aside[starts] | aside[stops])
                degrees = np.bincount((starts if from_side else stops)[rest], minlength=count)
                low, high = np.percentile(degrees[shown & ~aside[:count]], (25, 75))
                aside[:count] |= degrees > max(4.0, high + (high - low))
            nodes = np.flatnonzero(children < len(graph.names))
            sinks = nodes[graph.is_op("NoOp")[children[nodes]]]
            sinks = sinks[np.diff(graph.output_start)[children[sinks]] == 0]
            aside[sinks] = True
        aside[:count] |= self.put_aside[children]
        aside[:count] &= shown & ~self.put_back[children]
        far = between & (aside[sources] | aside[targets])
        if options.extract:
            # Bundles of control edges alone, where a box has many of them.
            control = inner & graph.controls[edges] & ~far
            ends = sources * (count + 1) + targets
            only = control & ~np.isin(ends, ends[inner & ~graph.controls[edges]])
            pairs = np.unique(ends[only])
            many = np.bincount(pairs % (count + 1), minlength=count + 1) > MOST_CONTROLS
            far |= only & many[np.minimum(targets, count)]
        rows = edges[far & (targets < count) & (sources < count)]
        at = far & (targets < count) & (sources < count)
        self.notes.add(graph.targets[rows], children[sources[at]], Beside.FAR, False)
        self.notes.add(graph.sources[rows], children[targets[at]], Beside.FAR, True)
        if options.extract and len(hidden) > count:
            far |= self._fans(count, edges, sources, targets, between & ~far, len(hidden))
        return np.asarray(~far)

    def _fans(
        self, count: int, edges: Longs, sources: Longs, targets: Longs, open_: Bools, total: int
    ) -> Bools:
        """Annotate the boxes at ports that go to very many; return the edges there."""
        graph = self.graph
        crossing = open_ & ((sources >= count) | (targets >= count))
        pairs = np.unique(sources[crossing] * total + targets[crossing])
        degrees = np.bincount(pairs // total, minlength=total)
        degrees += np.bincount(pairs % total, minlength=total)
        fan = degrees > MOST_FAN
        fan[:count] = False
        coming, going = crossing & fan[sources], crossing & fan[targets]
        rows = edges[coming]
        self.notes.add(graph.targets[rows], graph.sources[rows], Beside.FAR, False)
        rows = edges[going]
        self.notes.add(graph.sources[rows], graph.targets[rows], Beside.FAR, True)
        return np.asarray(coming | going)

    def _telling(self, boxes: Longs, kinds: Longs, items: Longs, shown_by: Ints) -> Bools:
        """Return which annotations say something: constants beside nodes, or of an open scope."""
        constant = kinds == Beside.CONSTANT
        nodes = np.where(constant, items, 0)
        home = self.hierarchy.parents[nodes]
        # The last place is that of what is at the top.
        opened = np.append(self.opened, True)[home] | (home == self.options.focus)
        single = np.concatenate(self.kinds)[np.maximum(boxes, 0)] == Shown.NODE
        return np.asarray(~constant | ((single | opened) & (shown_by[nodes] != boxes)))

    # -- the whole ---------------------------------------------------------------------------------

    def _assembled(self, levels: list[int]) -> SceneGraph:
        graph, hierarchy = self.graph, self.hierarchy
        items = np.concatenate(self.items)
        shown_by = np.full(len(graph.names), -1, np.int32)
        for box, item in enumerate(items.tolist()):
            if item >= 0:
                shown_by[hierarchy.first[item] : hierarchy.stop[item]] = box
        shown_by = shown_by[self.places]
        sources = np.concatenate([each for each, _ in self.edges])
        targets = np.concatenate([each for _, each in self.edges])
        inputs = np.concatenate(self.bundles)
        start = np.concatenate([[0], np.cumsum(np.concatenate(self.bundle_sizes))])
        ports = np.full((2, len(sources)), -1)
        for (edge, entering), port in self.ports_of_edges.items():
            ports[int(entering), edge] = port
        control = np.zeros(len(sources), bool)
        reference = np.zeros(len(sources), bool)
        if len(sources):
            control = np.logical_and.reduceat(graph.controls[inputs], start[:-1])
            reference = np.logical_or.reduceat(_references(hierarchy)[inputs], start[:-1])
        notes = self.notes.assembled(shown_by, len(items), self._telling)
        opened = np.zeros(len(items), bool)
        opened[[box for box in levels if box >= 0]] = True
        return SceneGraph(
            hierarchy=hierarchy,
            options=self.options,
            expanded=self.expanded,
            items=items.astype(np.int32),
            labels=self._labels(items),
            parents=np.concatenate(self.parents).astype(np.int32),
            kinds=np.concatenate(self.kinds).astype(np.uint8),
            open=opened,
            aside=np.concatenate(self.asides),
            sources=sources.astype(np.int32),
            targets=targets.astype(np.int32),
            source_ports=ports[0].astype(np.int32),
            target_ports=ports[1].astype(np.int32),
            edge_start=start.astype(np.int32),
            edge_inputs=inputs.astype(np.int32),
            control=control,
            reference=reference,
            levels=tuple(levels),
            note_start=notes[0].astype(np.int32),
            note_items=notes[1].astype(np.int32),
            note_counts=notes[2].astype(np.int32),
            note_kinds=notes[3].astype(np.uint8),
            note_out=notes[4],
            shown_by=shown_by,
            box_of=self._box_of(items),
            left_out=self.left_out,
            unopened=self.unopened,
        )

    def _box_of(self, items: Longs) -> dict[int, int]:
        """Return the box by item; all of a chain have the same."""
        found = {item: box for box, item in enumerate(items.tolist()) if item >= 0}
        for last, head in self.chain_heads.items():
            item = last
            while item != head:
                item = int(self.hierarchy.parents[item])
                found[item] = found[last]
        return found

    def _labels(self, items: Longs) -> tuple[str, ...]:
        """Return what to write in each box: of a chain the first word and the last."""
        hierarchy, heads = self.hierarchy, self.chain_heads
        known = items[items >= 0].tolist()
        words = iter(hierarchy.labels(known))
        labels = [next(words) if item >= 0 else "" for item in items.tolist()]
        if heads:
            for box, item in enumerate(items.tolist()):
                if item in heads:
                    labels[box] = f"{hierarchy.label(heads[item])}/…/{labels[box]}"
        return tuple(labels)


def _references(hierarchy: Hierarchy) -> Bools:
    """Return which inputs are changed by their op: the first of assignments, (m,)."""
    graph = hierarchy.graph
    changing = [
        code
        for code, name in enumerate(graph.op_names)
        if name.startswith(("Assign", "Scatter", "ResourceScatter")) or name == "CountUpTo"
    ]
    first = np.arange(len(graph.sources)) == graph.input_start[graph.targets]
    return np.asarray(np.isin(graph.ops[graph.targets], changing) & first & ~graph.controls)


def _marked(count: int, items: Iterable[int]) -> Bools:
    """Return which of `count` items are among `items`; unknown ones are none."""
    marks = np.zeros(count, bool)
    marks[[item for item in items if 0 <= item < count]] = True
    return marks
