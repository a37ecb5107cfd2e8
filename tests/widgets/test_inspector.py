from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from eventglass.app.core.compute.ranges import visible_pieces
from eventglass.app.core.compute.smoothing import smooth_series
from eventglass.app.core.names import Kind
from eventglass.widgets.panels.inspector import AtStep, nearest, smoothed_at
from tests.models.fakes import add_run, add_scalars, make_session, make_store, tell


def points(values: list[float]):  # type: ignore[no-untyped-def]
    store = make_store(["a"])
    add_scalars(store, store.runs[0], "loss", values)
    series = store.find(0, "loss", Kind.SCALAR)
    assert series is not None
    return series.scalars()


@given(
    st.lists(st.floats(-1e6, 1e6) | st.just(math.nan), min_size=1, max_size=60),
    st.floats(0.05, 0.99),
    st.data(),
)
def test_smoothed_value_is_the_one_drawn(
    values: list[float], weight: float, data: st.DataObject
) -> None:
    # A constant series is left alone by the drawing; the average of equal values is that value.
    snapshot = points([0.5, *values])
    at = data.draw(st.integers(0, len(values)))
    whole = smooth_series(snapshot.values, np.array([[0, len(values) + 1]], np.int64), weight)
    ours = smoothed_at(snapshot, at, weight)
    if whole is not None and math.isfinite(float(snapshot.values[at])):
        assert ours == pytest.approx(float(whole.values[at]), rel=1e-6, abs=1e-6)


@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=40),
    st.floats(0.05, 0.95),
    st.booleans(),
    st.integers(-5, 35),
)
def test_restarts_are_followed_as_they_are_drawn(
    steps: list[int], weight: float, show: bool, step: int
) -> None:
    store = make_store(["a"])
    series = store.add_series(0, "loss", Kind.SCALAR)
    assert series is not None
    values = np.arange(len(steps), dtype=np.float64) ** 2
    series.append(np.array(steps, np.int64), values.copy(), values)
    snapshot = series.scalars()
    pieces, joined = visible_pieces(snapshot.steps, snapshot.segments, show)
    seen = [i for start, stop in pieces.tolist() for i in range(start, stop)]
    at = nearest(snapshot, step, show)
    assert at in seen
    assert abs(steps[at] - step) == min(abs(steps[i] - step) for i in seen)
    drawn = smooth_series(snapshot.values, pieces, weight, joined)
    if drawn is not None:
        ours = smoothed_at(snapshot, at, weight, show)
        assert ours == pytest.approx(float(drawn.values[at]), rel=1e-6)


def test_nearest_point() -> None:
    snapshot = points([1.0, 2.0, 3.0])
    assert [nearest(snapshot, step) for step in (None, -5, 4, 6, 14, 99)] == [2, 0, 0, 1, 1, 2]
    assert nearest(snapshot, -(2**63)) == 0


def test_the_table_shows_visible_runs_at_the_step(qtbot: QtBot, tmp_path: Path) -> None:
    session = make_session(tmp_path)
    session.open(["/logs/a"])
    for name in ("one", "two", "three"):
        run = add_run(session.store, session.store.roots[0], name)
        add_scalars(session.store, run, "z/common", [1.0, 2.0, 3.0])
    add_scalars(session.store, session.store.runs[0], "a/rare", [9.0])
    tell(session)
    table = AtStep(session.store, session.workspace, session.theme)
    qtbot.addWidget(table)
    table.show()
    assert table.tag == "z/common"
    assert [(row.name, row.value, row.step) for row in table.rows] == [
        ("one", 3.0, 20),
        ("two", 3.0, 20),
        ("three", 3.0, 20),
    ]
    session.workspace.set_step(11)
    session.workspace.set_shown(["/logs/a/two"], False)
    session.workspace.set_alias("/logs/a/one", "best")
    qtbot.waitUntil(lambda: len(table.rows) == 2)
    assert [(row.name, row.value, row.step) for row in table.rows] == [
        ("best", 2.0, 10),
        ("three", 2.0, 10),
    ]
    session.workspace.go_to_tag("a/rare", Kind.SCALAR)
    assert [row.value for row in table.rows] == [9.0]
    session.workspace.go_to_tag("a/rare", Kind.IMAGE)
    assert table.tag == "a/rare"
