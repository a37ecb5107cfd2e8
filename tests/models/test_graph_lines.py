"""Many lines as few paths hold the same lines."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import hypot

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QPainterPath

from eventglass.app.models.graph_drawing import EdgeFlag
from eventglass.app.models.graph_lines import from_afar, polylines
from tests.widgets.graph_logs import chain

Line = list[tuple[float, float]]


def lines_of(paths: Sequence[QPainterPath]) -> list[Line]:
    """The corners of each line in some paths."""
    found: list[Line] = []
    for path in paths:
        for i in range(path.elementCount()):
            element = path.elementAt(i)
            if element.isMoveTo():
                found.append([])
            found[-1].append((element.x, element.y))
    return found


def distance(point: tuple[float, float], line: Line) -> float:
    """How far a point is from a line."""
    found = []
    for (ax, ay), (bx, by) in pairwise(line):
        wx, wy = bx - ax, by - ay
        length = wx * wx + wy * wy
        along = ((point[0] - ax) * wx + (point[1] - ay) * wy) / length if length else 0.0
        along = min(max(along, 0.0), 1.0)
        found.append(hypot(ax + along * wx - point[0], ay + along * wy - point[1]))
    return min(found)


corner = st.tuples(st.integers(-9, 9).map(float), st.integers(-9, 9).map(float))


@given(st.lists(st.lists(corner, max_size=9), max_size=12), st.data())
def test_same_lines(lines: list[Line], data: st.DataObject) -> None:
    starts = np.cumsum([0, *map(len, lines)]).astype(np.int64)
    points = np.array([each for line in lines for each in line], float).reshape(-1, 2)
    chosen = sorted(data.draw(st.sets(st.integers(0, len(lines) - 1)))) if lines else []
    found = lines_of(polylines(*from_afar(points, starts), np.array(chosen, np.intp)))
    wanted = [lines[i] for i in chosen if len(lines[i]) > 1]
    assert len(found) == len(wanted)
    for line, whole in zip(found, wanted, strict=True):
        assert (line[0], line[-1]) == (whole[0], whole[-1])
        assert set(line) <= set(whole)
        assert all(distance(point, line) < 4 * 1.5 for point in whole)


def test_straight_ways_have_no_corners() -> None:
    points = np.stack([np.zeros(17), np.arange(17) * 30.0], axis=1)
    corners, starts = from_afar(points, np.array([0, 17]))
    assert 2 <= len(corners) <= 4
    assert starts.tolist() == [0, len(corners)]


def test_many_in_several_paths() -> None:
    count = 3000
    points = np.random.default_rng(0).normal(size=(5 * count, 2))
    paths = polylines(points, np.arange(count + 1) * 5, np.arange(count))
    assert 1 < len(paths) < 6
    assert lines_of(paths) == [
        [(x, y) for x, y in points[5 * i : 5 * i + 5].tolist()] for i in range(count)
    ]


def test_edges_from_afar_by_kind() -> None:
    drawing = chain(6)
    drawing.flags[:] = [
        EdgeFlag.NONE,
        EdgeFlag.CONTROL,
        EdgeFlag.ANNOTATION,
        EdgeFlag.REFERENCE | EdgeFlag.ADDED,
        EdgeFlag.NONE,
    ]
    found = {kind: len(lines_of([path])) for kind, path in drawing.far_edges}
    assert found == {EdgeFlag.NONE: 2, EdgeFlag.CONTROL: 1, EdgeFlag.ADDED: 1}


def test_depths() -> None:
    assert chain(2, opened=True).depths.tolist() == [0, 1, 1]
