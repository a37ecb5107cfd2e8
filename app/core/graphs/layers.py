"""One connected part of a level in layers: cycles broken, ranks, dummies, order, straight edges.

The method of Sugiyama, Tagawa and Toda (1981): edges that close a cycle are turned around; each
node has a rank below those its edges come from; edges longer than one rank pass *dummies*; layers
are ordered by means and medians of places and by swapping neighbours; then nodes move below and
above their neighbours. All is done as if going down; `layout` turns it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eventglass.app.core.graphs import layering, straightening

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

#: Dummies of a part; the longest edges beyond go straight.
MOST_DUMMIES = 60_000
#: Rounds of ordering: at least, and for small parts.
FEWEST_SWEEPS = 4
MOST_SWEEPS = 60
#: Rounds without fewer crossings after which ordering ends.
MOST_IDLE = 12
#: Width of a dummy and of gaps, in pixels.
DUMMY_WIDTH = 4.0
GAP = 18.0
DUMMY_GAP = 8.0
#: Room between two layers: at least; at most; for each pixel an edge runs to the side.
LAYER_GAP, WIDEST_GAP, SLANT = 34.0, 96.0, 0.08


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """Order and places of `n` nodes and the dummies behind them.

    Attributes
    ----------
    count : n
    layer_start, order : the nodes of layer l, from the left, are
        ``order[layer_start[l]:layer_start[l + 1]]``
    ranks : (n + d,) int32, the layer of each
    centres : (n + d,) float64, where each stands from left to right
    weights : (n + d,) float64, how much each holds its place
    turned : (e,) bool, edges that go upwards
    chain_start : (e + 1,) int32; edge i passes the dummies
        ``n + chain_start[i]`` to ``n + chain_start[i + 1] - 1``, from above
    gaps : (layers - 1,) float64, room between layers: more where edges run far to the side
    crossings : how many pairs of edges cross
    """

    count: int
    layer_start: Ints
    order: Ints
    ranks: Ints
    centres: Floats
    weights: Floats
    turned: npt.NDArray[np.bool_]
    chain_start: Ints
    gaps: Floats
    crossings: int


def rows_of(ends: Ints, count: int) -> tuple[Ints, Ints]:
    """Return the order of edges by an end, and where those of each node begin, (count + 1,)."""
    start = np.zeros(count + 1, np.int32)
    np.cumsum(np.bincount(ends, minlength=count), out=start[1:])
    return start, np.argsort(ends, kind="stable").astype(np.int32)


def arrange(
    widths: Floats,
    sources: Ints,
    targets: Ints,
    upper: npt.NDArray[np.bool_],
    lower: npt.NDArray[np.bool_],
    hints: Floats | None = None,
    check: Callable[[float], None] = lambda _done: None,
) -> Layers:
    """Return the layers of one connected part.

    Parameters
    ----------
    widths : (n,) of the nodes, pixels
    sources, targets : (e,); loops are not allowed
    upper, lower : (n,) nodes that must be in the first or the last layer, with no other
    hints : (n,) places from left to right to begin with; NaN for unknown ones
    check : called now and then with the part done; may raise
    """
    count = len(widths)
    turned = _turned(count, sources, targets, upper, lower)
    above = np.where(turned, targets, sources).astype(np.int32)
    below = np.where(turned, sources, targets).astype(np.int32)
    ranks = _ranked(count, above, below, upper, lower)
    check(0.1)

    spans = ranks[below] - ranks[above] - 1
    if spans.sum() > MOST_DUMMIES:
        longest = np.argsort(spans, kind="stable")
        spans[longest[np.cumsum(spans[longest]) > MOST_DUMMIES]] = -1
    lengths = np.maximum(spans, 0)
    chain_start = np.zeros(len(spans) + 1, np.int32)
    np.cumsum(lengths, out=chain_start[1:])
    dummies = int(chain_start[-1])
    total = count + dummies
    edge_of = np.repeat(np.arange(len(spans)), lengths)
    all_ranks = np.concatenate(
        [ranks, ranks[above[edge_of]] + 1 + np.arange(dummies) - chain_start[edge_of]]
    ).astype(np.int32)
    # Pieces of edges between layers next to each other; straight ones have none.
    kept = np.flatnonzero(spans >= 0)
    head = np.where(lengths[kept] > 0, count + chain_start[kept], below[kept])
    inner = np.flatnonzero(np.diff(edge_of) == 0)
    long = kept[lengths[kept] > 0]
    piece_above = np.concatenate([above[kept], count + inner, count + chain_start[long + 1] - 1])
    piece_below = np.concatenate([head, count + inner + 1, below[long]])
    down_start, rows = rows_of(piece_above.astype(np.int32), total)
    downs = piece_below[rows].astype(np.int32)
    up_start, rows = rows_of(piece_below.astype(np.int32), total)
    ups = piece_above[rows].astype(np.int32)

    layers = int(all_ranks.max(initial=0)) + 1
    layer_start = np.zeros(layers + 1, np.int32)
    np.cumsum(np.bincount(all_ranks, minlength=layers), out=layer_start[1:])
    roots = np.flatnonzero(np.diff(up_start) == 0)
    # What comes in from outside is put in the middle: it is mostly the way of the data.
    ports = upper[roots]
    others = roots[~ports]
    roots = np.insert(others, len(others) // 2, roots[ports])
    first = _first_places(total, roots, down_start, downs, hints, above, edge_of, below)
    order = np.lexsort((first, all_ranks)).astype(np.int32)
    places = np.empty(total, np.int32)
    places[order] = np.arange(total) - layer_start[all_ranks[order]]
    order, crossed = _ordered(
        layer_start, order, places, (up_start, ups), (down_start, downs), hints is not None, check
    )

    halves = np.concatenate([widths / 2, np.full(dummies, DUMMY_WIDTH / 2)])
    ends = np.zeros(total + 1, np.int32)
    scratch = np.zeros((4, max(total, 1)))
    # To begin with, each layer closely packed around the middle.
    centres = np.zeros(total)
    even = np.ones(total)
    straightening.separate(
        layer_start, order, np.zeros(total), even, halves, GAP, DUMMY_GAP, count, centres, scratch,
        ends,
    )  # fmt: skip
    rounds = 24 if total < 5000 else 14
    straightening.straighten(
        layer_start, order, up_start, ups, down_start, downs, halves, GAP, DUMMY_GAP, count,
        rounds, centres, scratch, ends,
    )  # fmt: skip
    check(1.0)
    weights = np.concatenate([np.ones(count), np.full(dummies, 0.5)])
    aside = np.zeros(max(layers - 1, 0))
    shift = np.abs(centres[piece_above] - centres[piece_below])
    np.maximum.at(aside, all_ranks[piece_above], shift)
    gaps = np.clip(SLANT * aside, LAYER_GAP, WIDEST_GAP)
    return Layers(
        count, layer_start, order, all_ranks, centres, weights, turned, chain_start, gaps, crossed
    )


def _turned(
    count: int,
    sources: Ints,
    targets: Ints,
    upper: npt.NDArray[np.bool_],
    lower: npt.NDArray[np.bool_],
) -> npt.NDArray[np.bool_]:
    """Return which edges are turned so that there is no cycle."""
    start, rows = rows_of(sources, count)
    others = np.ascontiguousarray(targets[rows])
    marks = (upper[targets] | lower[sources]).astype(np.uint8)[rows]
    inward = np.bincount(targets, minlength=count)
    outward = np.bincount(sources, minlength=count)
    # From where nothing comes in first, then from where least does, as the file has them.
    roots = np.lexsort((np.arange(count), inward > 0, ~upper)).astype(np.int32)
    if (inward > 0).all():
        roots = np.lexsort((np.arange(count), inward - outward, ~upper)).astype(np.int32)
    state, stack, at = (np.zeros(max(count, 1), np.int32) for _ in range(3))
    layering.break_cycles(start, others, roots, marks, state, stack, at)
    turned = np.zeros(len(sources), bool)
    turned[rows] = marks > 0
    return turned


def _ranked(
    count: int,
    above: Ints,
    below: Ints,
    upper: npt.NDArray[np.bool_],
    lower: npt.NDArray[np.bool_],
) -> Ints:
    """Return the layer of each node."""
    ranks = np.where(upper, 0, int(upper.any())).astype(np.int32)
    start, rows = rows_of(above, count)
    others = np.ascontiguousarray(below[rows])
    up_start, rows = rows_of(below, count)
    ups = np.ascontiguousarray(above[rows])
    queue, waiting = np.zeros(count, np.int32), np.zeros(count, np.int32)
    met = layering.longest_paths(up_start, start, others, ranks, queue, waiting)
    assert met == count, "cycles were broken"
    fixed = (upper | lower).astype(np.uint8)
    if lower.any():
        ranks[lower] = ranks[~lower].max(initial=-1) + 1
    for _ in range(2):
        layering.tighten(up_start, ups, start, others, queue, fixed, ranks)
    # No empty layers.
    return np.unique(ranks, return_inverse=True)[1].astype(np.int32)


def _first_places(
    total: int,
    roots: npt.NDArray[np.int64],
    down_start: Ints,
    downs: Ints,
    hints: Floats | None,
    above: Ints,
    edge_of: npt.NDArray[np.int64],
    below: Ints,
) -> Floats:
    """Return where to begin: in the order of a walk along the edges, or as hinted."""
    if hints is not None:
        known = np.where(np.isnan(hints), np.nanmean(np.append(hints, 0.0)), hints)
        middle = (known[above[edge_of]] + known[below[edge_of]]) / 2
        return np.concatenate([known, middle])
    found = np.full(total, -1.0)
    met = 0
    starts, stops, others = down_start.tolist(), down_start[1:].tolist(), downs.tolist()
    for root in roots.tolist():
        stack = [root]
        while stack:
            node = stack.pop()
            if found[node] >= 0:
                continue
            found[node] = met
            met += 1
            stack.extend(reversed(others[starts[node] : stops[node]]))
    return found


def _ordered(
    layer_start: Ints,
    order: Ints,
    places: Ints,
    up: tuple[Ints, Ints],
    down: tuple[Ints, Ints],
    hinted: bool,
    check: Callable[[float], None],
) -> tuple[Ints, int]:
    """Return an order of the layers with few crossings, and how many there are."""
    total = len(order)
    tree = np.zeros(int(np.diff(layer_start).max(initial=0)) + 2, np.int32)
    keys = np.zeros(total)

    def sort_neighbours() -> None:
        layering.arrange(up[0], up[1], places)
        layering.arrange(down[0], down[1], places)

    def count() -> int:
        sort_neighbours()
        return layering.crossings(layer_start, order, places, down[0], down[1], tree)

    best, fewest, idle = order.copy(), count(), 0
    sweeps = MOST_SWEEPS if total < 20_000 else 10
    if hinted:
        sweeps = FEWEST_SWEEPS
    for turn in range(sweeps):
        if fewest == 0:
            break
        check(0.1 + 0.6 * turn / sweeps)
        start, others = up if turn % 2 == 0 else down
        layering.sweep(
            layer_start, order, places, start, others, keys, turn % 2 == 0, turn // 2 % 3 == 2
        )
        layering.transpose(layer_start, order, places, *up, *down, 1)
        now = count()
        if now < fewest:
            idle = 0 if now < 0.98 * fewest else idle + 1
            best, fewest = order.copy(), now
        else:
            idle += 1
        if idle > MOST_IDLE:
            break
    order[:] = best
    places[order] = np.arange(total) - np.repeat(layer_start[:-1], np.diff(layer_start))
    sort_neighbours()
    fewest -= layering.transpose(layer_start, order, places, *up, *down, 10)
    return order, fewest
