"""Many lines as few paths hold the same lines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QPainterPath

from eventglass.app.models.graph_drawing import EdgeFlag
from eventglass.app.models.graph_lines import polylines
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


def simplified(line: Line) -> Line:
    """A line without corners on a way straight down or across, one after the other."""
    kept = [line[0]]
    for i in range(1, len(line) - 1):
        (ax, ay), (bx, by), (cx, cy) = line[i - 1 : i + 2]
        if not (ax == bx == cx or ay == by == cy):
            kept.append(line[i])
    return [*kept, line[-1]]


corner = st.tuples(st.integers(-3, 3).map(float), st.integers(-3, 3).map(float))


@given(st.lists(st.lists(corner, max_size=6), max_size=12), st.data())
def test_same_lines(lines: list[Line], data: st.DataObject) -> None:
    starts = np.cumsum([0, *map(len, lines)]).astype(np.int64)
    points = np.array([each for line in lines for each in line], float).reshape(-1, 2)
    chosen = sorted(data.draw(st.sets(st.integers(0, len(lines) - 1)))) if lines else []
    found = lines_of(polylines(points, starts, np.array(chosen, np.intp)))
    assert found == [simplified(lines[i]) for i in chosen if len(lines[i]) > 1]


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
