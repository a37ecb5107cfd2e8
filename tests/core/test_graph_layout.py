"""Places: nothing overlaps, all is inside, edges end where they should, little moves."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventglass.app.core.graphs import layering, straightening, walks
from eventglass.app.core.graphs.hierarchy import fold
from eventglass.app.core.graphs.layers import arrange, rows_of
from eventglass.app.core.graphs.layout import Layout, lay_out
from eventglass.app.core.graphs.model import Graph
from eventglass.app.core.graphs.routes import STRAIGHT, Floats
from eventglass.app.core.graphs.scene import Cancelled, Options, Shown, level
from tests.core.graph_helpers import graph_of
from tests.core.test_graph_scene import graphs, groups
from tests.core.uncompiled import load_uncompiled

SLACK = 1e-6


def crosses(points: Floats, box: Floats) -> bool:
    """Whether a line goes through a box, by more than may be cut off at a corner."""
    low, high = box[:2] + STRAIGHT, box[:2] + box[2:] - STRAIGHT
    share = np.linspace(0.0, 1.0, 33)[:, None, None]
    on_line = points[:-1] + share * np.diff(points, axis=0)
    return bool(((on_line > low) & (on_line < high)).all(axis=2).any())


def check(layout: Layout) -> None:
    scene = layout.scene
    left, top, wide, high = layout.boxes.T
    real = np.flatnonzero(scene.kinds < Shown.PORT_IN)
    for parent in (-1, *np.flatnonzero(scene.open).tolist()):
        inside = real[scene.parents[real] == parent]
        outer = layout.bounds if parent < 0 else layout.boxes[parent]
        for box in inside:
            assert left[box] >= outer[0] - SLACK
            assert top[box] >= outer[1] - SLACK
            assert left[box] + wide[box] <= outer[0] + outer[2] + SLACK
            assert top[box] + high[box] <= outer[1] + outer[3] + SLACK
        for one, other in itertools.combinations(inside, 2):
            apart = (
                left[one] + wide[one] <= left[other] + SLACK
                or left[other] + wide[other] <= left[one] + SLACK
                or top[one] + high[one] <= top[other] + SLACK
                or top[other] + high[other] <= top[one] + SLACK
            )
            assert apart, (scene.label(one), scene.label(other))
    for port in np.flatnonzero(scene.kinds >= Shown.PORT_IN):
        parent = scene.parents[port]
        place = layout.boxes[port, :2]
        near = [
            abs(place[axis] - layout.boxes[parent, axis] - side * layout.boxes[parent, 2 + axis])
            for axis in (0, 1)
            for side in (0, 1)
        ]
        assert min(near) < 1e-6
    for edge in range(len(scene.sources)):
        points = layout.points[layout.point_start[edge] : layout.point_start[edge + 1]]
        for point, end in ((points[0], scene.sources[edge]), (points[-1], scene.targets[edge])):
            assert left[end] - SLACK <= point[0] <= left[end] + wide[end] + SLACK
            assert top[end] - SLACK <= point[1] <= top[end] + high[end] + SLACK
        ends = {int(scene.sources[edge]), int(scene.targets[edge])}
        level_of = scene.parents[scene.sources[edge]]
        for box in real[scene.parents[real] == level_of]:
            if box not in ends and len(ends) == 2:
                assert not crosses(points, layout.boxes[box]), (edge, scene.label(box))
    assert np.isfinite(layout.boxes).all()
    assert np.isfinite(layout.points).all()


@settings(deadline=None, max_examples=60)
@given(graphs(), st.data(), st.sampled_from(["down", "right"]), st.booleans())
def test_places(graph: Graph, data: st.DataObject, direction: str, extract: bool) -> None:
    hierarchy = fold(graph)
    known = groups(hierarchy)
    opened = data.draw(st.sets(st.sampled_from(known))) if known else set()
    scene = level(hierarchy, opened, Options(extract=extract))
    layout = lay_out(scene, direction)
    check(layout)
    # All closed again, and open again: as before.
    closed = lay_out(level(hierarchy, (), scene.options), direction, layout)
    again = lay_out(scene, direction, closed)
    assert np.array_equal(again.boxes, layout.boxes)
    assert np.array_equal(again.points, layout.points)


def chain(count: int) -> Graph:
    rows = [("n0/ax", "X", ()), ("n0/bx", "X", ("n0/ax",))]
    for number in range(1, count):
        rows.append((f"n{number}/ax", "X", (f"n{number - 1}/bx",)))
        rows.append((f"n{number}/bx", "X", (f"n{number}/ax",)))
    return graph_of(*rows)


def test_edges_go_in_the_direction() -> None:
    scene = level(fold(chain(6)))
    for direction, axis in (("down", 1), ("right", 0)):
        layout = lay_out(scene, direction)
        starts = layout.boxes[[scene.box_of[i] for i in scene.hierarchy.children_of(-1)], axis]
        assert (np.diff(starts) > 0).all()
        # A chain is straight.
        assert np.ptp(layout.boxes[:, 1 - axis] + layout.boxes[:, 3 - axis] / 2) < 1e-6
        assert layout.crossings == 0


def test_opening_moves_little() -> None:
    hierarchy = fold(chain(6))
    before = lay_out(level(hierarchy))
    item = hierarchy.find("n2")
    after = lay_out(level(hierarchy, [item]), "down", before)
    moved = [
        after.boxes[after.scene.box_of[i]] - before.boxes[before.scene.box_of[i]]
        for i in hierarchy.children_of(-1).tolist()
    ]
    centres = [each[0] + each[2] / 2 for each in moved]
    assert np.ptp(centres) < 1e-6
    # What stands above does not move at all; what stands below moves by as much as the box grew.
    grown = moved[2][3]
    assert grown > 0
    assert np.allclose([each[1] for each in moved], [0, 0, 0, grown, grown, grown])


def test_cycles_and_loops() -> None:
    graph = graph_of(
        ("enter", "X", ()), ("a", "X", ("enter", "c")), ("b", "X", ("a", "b")), ("c", "X", ("b",))
    )
    layout = lay_out(level(fold(graph), (), Options(extract=False)))
    check(layout)
    order = layout.boxes[[layout.scene.box_of[node] for node in range(4)], 1]
    assert (np.diff(order) > 0).all()


def test_parts_that_have_nothing_in_common_are_packed() -> None:
    layout = lay_out(level(fold(graph_of(*((f"n{n}x", f"Op{n}", ()) for n in range(400))))))
    check(layout)
    assert 0.5 < layout.bounds[2] / layout.bounds[3] < 4


def test_can_be_given_up() -> None:
    scene = level(fold(chain(6)))
    with pytest.raises(Cancelled):
        lay_out(scene, cancelled=lambda: True)


def test_progress_rises() -> None:
    seen: list[float] = []
    lay_out(level(fold(chain(30))), progress=seen.append)
    assert seen == sorted(seen)
    assert 0 <= min(seen) <= max(seen) <= 1


EDGES = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=30).map(
    lambda pairs: sorted({(a, b) for a, b in pairs if a != b})
)


@settings(deadline=None)
@given(EDGES)
def test_layers(pairs: list[tuple[int, int]]) -> None:
    sources = np.array([a for a, _ in pairs], np.int32)
    targets = np.array([b for _, b in pairs], np.int32)
    none = np.zeros(12, bool)
    layers = arrange(np.full(12, 50.0), sources, targets, none, none)
    above = np.where(layers.turned, targets, sources)
    below = np.where(layers.turned, sources, targets)
    assert (layers.ranks[above] < layers.ranks[below]).all()
    chains = np.diff(layers.chain_start)
    assert (chains == layers.ranks[below] - layers.ranks[above] - 1).all()
    # Crossings, counted one by one between pieces of edges.
    pieces: dict[int, list[tuple[int, int]]] = {}
    place = np.zeros(len(layers.order), int)
    for first, stop in itertools.pairwise(layers.layer_start):
        place[layers.order[first:stop]] = np.arange(stop - first)
    for edge in range(len(pairs)):
        dummies = range(12 + layers.chain_start[edge], 12 + layers.chain_start[edge + 1])
        way = [int(above[edge]), *dummies, int(below[edge])]
        for one, other in itertools.pairwise(way):
            pieces.setdefault(int(layers.ranks[one]), []).append((place[one], place[other]))
    crossed = sum(
        (a - c) * (b - d) < 0
        for each in pieces.values()
        for (a, b), (c, d) in itertools.combinations(each, 2)
    )
    assert layers.crossings == crossed
    for first, stop in itertools.pairwise(layers.layer_start):
        centres = layers.centres[layers.order[first:stop]]
        assert (np.diff(centres) > 0).all()


def test_a_cycle_is_broken_once() -> None:
    count = 10
    sources = np.arange(count, dtype=np.int32)
    targets = (sources + 1) % count
    none = np.zeros(count, bool)
    assert (
        arrange(np.full(count, 9.0), sources, targets.astype(np.int32), none, none).turned.sum()
        == 1
    )


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=8))
def test_separating_is_least_squares(wanted: list[float]) -> None:
    count = len(wanted)
    x = np.zeros(count)
    halves = np.full(count, 5.0)
    straightening.separate(
        np.array([0, count], np.int32), np.arange(count, dtype=np.int32), np.array(wanted),
        np.ones(count), halves, 2.0, 1.0, count, x, np.zeros((4, count)),
        np.zeros(count + 1, np.int32),
    )  # fmt: skip
    assert (np.diff(x) >= 12.0 - 1e-9).all()
    # The minimum of a convex problem: no small step that keeps the distances makes it better.
    cost = ((x - wanted) ** 2).sum()
    for first, last in itertools.combinations(range(count + 1), 2):
        for step in (-1e-4, 1e-4):
            other = x.copy()
            other[first:last] += step
            if (np.diff(other) >= 12.0 - 1e-9).all():
                assert ((other - wanted) ** 2).sum() >= cost - 1e-9


@settings(deadline=None, max_examples=20)
@given(EDGES)
def test_compiled_equals_uncompiled(pairs: list[tuple[int, int]]) -> None:
    sources = np.array([a for a, _ in pairs], np.int32)
    targets = np.array([b for _, b in pairs], np.int32)
    none = np.zeros(12, bool)
    found = []
    plain = {name: load_uncompiled(f"../graphs/{name}") for name in ("layering", "straightening")}
    for modules in ({"layering": layering, "straightening": straightening}, plain):
        with pytest.MonkeyPatch.context() as patch:
            for name, module in modules.items():
                patch.setattr(f"eventglass.app.core.graphs.layers.{name}", module)
            layers = arrange(np.full(12, 50.0), sources, targets, none, none)
        found.append((layers.order.tolist(), layers.centres.tolist(), layers.crossings))
    assert found[0] == found[1]
    start, rows = rows_of(sources, 12)
    results = []
    for module in (walks, load_uncompiled("../graphs/walks")):
        queue, distances = np.zeros(12, np.int32), np.full(12, -1, np.int32)
        distances[0] = 0
        met = module.reach(start, np.ascontiguousarray(targets[rows]), queue, 1, distances, 99)
        results.append((met, distances.tolist()))
    assert results[0] == results[1]
