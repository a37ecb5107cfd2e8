from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColor

from eventglass.app.core.compute.ranges import as_pieces, visible_pieces
from eventglass.app.models.cards import XRange
from eventglass.app.models.value_rows import (
    Place,
    cursor_cells,
    last_index,
    nearest_to_step,
    nearest_to_x,
    range_cells,
    statistics_of,
    x_of,
)
from eventglass.widgets.plots.curve_layer import CurveData, CurveLayer
from eventglass.widgets.plots.readings import read_curves


def line(
    steps: list[int],
    values: list[float],
    *,
    walls: list[float] | None = None,
    series_id: int = 1,
    **more: object,
) -> CurveData:
    column = np.array(steps, np.int64)
    segments = np.array([0, *(np.flatnonzero(np.diff(column) < 0) + 1)], np.int64)
    pieces, joined = visible_pieces(column, segments[: len(steps)], True)
    return CurveData(
        series_id,
        f"run{series_id}",
        QColor("red"),
        column,
        np.array(walls if walls is not None else [1e9 + i for i in range(len(steps))], np.float64),
        np.array(values, np.float64),
        pieces,
        joined=joined,
        **more,  # type: ignore[arg-type]
    )


values = st.floats(-1e9, 1e9) | st.just(math.nan) | st.just(math.inf)
points = st.lists(st.tuples(st.integers(0, 30), values), min_size=1, max_size=40)


@given(points, st.integers(-5, 35))
def test_the_point_nearest_to_the_step(found: list[tuple[int, float]], step: int) -> None:
    made = line([s for s, _v in found], [v for _s, v in found])
    at = nearest_to_step(made, step)
    distances = [abs(s - step) for s, _v in found]
    assert distances[at] == min(distances)
    cells = cursor_cells([made], Place(step))
    assert cells["step"].value(0) == found[at][0]
    np.testing.assert_equal(cells["value"].value(0), found[at][1])


@given(
    st.lists(st.floats(0, 30) | st.just(math.nan), min_size=1, max_size=30),
    st.floats(-5, 60),
    st.sampled_from(["relative", "run_relative", "wall", "tag"]),
)
def test_the_point_nearest_to_a_place_in_any_order(walls: list[float], x: float, axis: str) -> None:
    values = [float(i) for i in range(len(walls))]
    made = line(list(range(len(walls))), values, walls=walls, origin_s=1.0, xs=np.array(walls))
    known: dict[tuple[int, int, int], bool] = {}
    at = nearest_to_x(made, axis, x, known)
    away = np.abs(x_of(made, axis) - x)
    if np.isnan(away).all():
        assert at == -1
    else:
        assert away[at] == pytest.approx(np.nanmin(away), abs=1e-9)
    assert nearest_to_x(made, axis, x, known) == at
    assert nearest_to_x(made, axis, x) == at


@given(st.lists(st.integers(0, 40), min_size=1, max_size=30), st.floats(-5, 45))
def test_the_chart_reads_the_same_point(steps: list[int], x: float) -> None:
    made = line(steps, [float(i) for i in range(len(steps))])
    read = read_curves(CurveLayer(), [made], "step", x)[0]
    assert nearest_to_x(made, "step", x) == read.index


@given(
    points,
    st.floats(-5, 35),
    st.floats(-5, 35),
    st.sampled_from(["step", "relative", "run_relative", "wall", "tag"]),
)
def test_statistics_are_those_of_numpy(
    found: list[tuple[int, float]], one: float, other: float, axis: str
) -> None:
    low, high = sorted((one, other))
    steps = [s for s, _v in found]
    values = [v for _s, v in found]
    walls = [float(i) for i in range(len(found))]
    made = line(steps, values, walls=walls, origin_s=-2.0, xs=np.array(walls) * 0.5)
    x = {
        "step": np.array(steps, float),
        "relative": np.array(walls),
        "run_relative": np.array(walls) + 2.0,
        "wall": np.array(walls),
        "tag": np.array(walls) * 0.5,
    }[axis]
    inside = (x >= low) & (x <= high) & np.isfinite(values)
    expected = np.array(values)[inside]
    cells = range_cells([made], statistics_of([made], XRange(axis, low, high), False))
    assert cells["points"].value(0) == len(expected)
    if not len(expected):
        assert cells["mean"].value(0) is None
        assert cells["min_step"].value(0) is None
        return
    assert cells["min"].value(0) == expected.min()
    assert cells["max"].value(0) == expected.max()
    assert cells["start"].value(0) == expected[0]
    assert cells["end"].value(0) == expected[-1]
    assert cells["change"].value(0) == expected[-1] - expected[0]
    scale = np.abs(expected).max() + 1e-300
    assert cells["mean"].value(0) == pytest.approx(expected.mean(), abs=1e-9 * scale)
    # NumPy's squares of very small values are nothing.
    std = (expected / scale).std(ddof=1) * scale if len(expected) > 1 else 0.0
    assert cells["std"].value(0) == pytest.approx(std, abs=1e-9 * scale)
    taken = np.array(steps)[inside]
    assert cells["min_step"].value(0) == taken[expected.argmin()]
    assert cells["max_step"].value(0) == taken[expected.argmax()]


def test_smoothed_values_and_their_statistics() -> None:
    smoothed = np.array([5.0, 6.0, 7.0])
    made = line([0, 10, 20, 30], [1.0, 2.0, 3.0, 4.0], smoothed=smoothed)
    cells = cursor_cells([made], Place(10))
    assert (cells["value"].value(0), cells["smoothed"].value(0)) == (2.0, 6.0)
    # A constant line is not smoothed; beside others it tells its values.
    constant = line([0, 10], [7.0, 7.0], series_id=2)
    assert cursor_cells([made, constant], Place(10))["smoothed"].value(1) == 7.0
    assert cursor_cells([constant], Place(10))["smoothed"].value(0) is None
    # The smoothed line is shorter while a point has just come.
    assert cursor_cells([made], Place(30))["smoothed"].value(0) is None
    found = statistics_of([made], XRange("step", 0.0, 99.0), True)[0]
    assert (found.count, found.minimum, found.maximum) == (3, 5.0, 7.0)


def test_differences_from_the_baseline_of_the_same_tag() -> None:
    base = line([0, 10], [1.0, 4.0], series_id=1, is_baseline=True, tag="loss")
    near = line([0, 9], [1.0, 3.0], series_id=2, tag="loss")
    other = line([0], [7.0], series_id=3, tag="accuracy")
    zero = line([0], [0.0], series_id=4, tag="zero", is_baseline=True)
    beside = line([0], [2.0], series_id=5, tag="zero")
    cells = cursor_cells([base, near, other, zero, beside], Place(10))
    assert [cells["delta"].value(i) for i in range(5)] == [None, -1.0, None, None, 2.0]
    assert [cells["delta_percent"].value(i) for i in range(5)] == [None, -25.0, None, None, None]


def test_times_count_from_where_they_are_asked_to() -> None:
    made = line([0, 10], [1.0, 2.0], walls=[100.0, 130.0], origin_s=90.0)
    assert cursor_cells([made], Place(10))["relative"].value(0) == 30.0
    assert cursor_cells([made], Place(10), "run_relative")["relative"].value(0) == 40.0
    assert cursor_cells([made], Place(10))["wall_time"].value(0) == 130.0
    assert nearest_to_x(made, "run_relative", 12.0) == 0
    assert nearest_to_x(made, "wall", 129.0) == 1


def test_offsets_are_in_x_and_not_in_the_step() -> None:
    made = line([0, 10, 20], [1.0, 2.0, 3.0], x_offset=100.0)
    assert x_of(made, "step").tolist() == [100, 110, 120]
    assert nearest_to_x(made, "step", 111.0) == 1
    found = statistics_of([made], XRange("step", 105.0, 110.0), False)[0]
    assert (found.count, found.start_step) == (1, 10)


def test_what_is_hidden_is_not_read() -> None:
    made = line([0, 10, 20], [1.0, 2.0, 3.0])
    hidden = CurveData(
        1, "a", QColor("red"), made.steps, made.wall_times, made.values, as_pieces(2)
    )
    assert last_index(hidden) == 1
    empty = CurveData(
        1,
        "a",
        QColor("red"),
        made.steps,
        made.wall_times,
        made.values,
        np.empty((0, 2), np.int64),
    )
    assert last_index(empty) == -1
    cells = cursor_cells([empty, hidden], Place())
    assert [cells["value"].value(i) for i in range(2)] == [None, 2.0]
    assert [cells["step"].value(i) for i in range(2)] == [None, 10]
    assert nearest_to_x(empty, "wall", 0.0) == -1
    assert statistics_of([empty], XRange("step", -1.0, 1e18), False)[0].count == 0


@pytest.mark.parametrize("low", [-math.inf, -1e30, -(2.0**63), 0.0, 2.0**62, 1e30, math.nan])
@pytest.mark.parametrize("high", [-1e30, 0.0, 2.0**62, 2.0**63, 1e30, math.inf, math.nan])
def test_ranges_beyond_all_steps(low: float, high: float) -> None:
    steps = [-(2**63), -5, 0, 2**62, 2**63 - 1]
    made = line(steps, [1.0, 2.0, 3.0, 4.0, 5.0])
    found = statistics_of([made], XRange("step", low, high), False)[0]
    assert found.count == sum(low <= step <= high for step in steps)
    assert nearest_to_step(made, 2**70) == 4
    assert nearest_to_step(made, -(2**70)) == 0


def test_nothing_of_no_lines() -> None:
    assert len(cursor_cells([], Place())["value"].values) == 0
    assert len(range_cells([], [])["mean"].values) == 0


def test_work_can_be_stopped() -> None:
    made = line([0], [1.0])
    assert statistics_of([made] * 5, XRange("step", 0.0, 1.0), False, lambda: True) == []
