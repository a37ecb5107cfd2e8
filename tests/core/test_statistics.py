"""Statistics of a range are those of its finite points."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventglass.app.core.compute.ranges import as_pieces
from eventglass.app.core.compute.statistics import RangeStatistics, range_statistics

value_of = st.one_of(st.floats(-1e6, 1e6), st.sampled_from([math.nan, math.inf, -math.inf]))


def of(values, steps=None, x=None, pieces=None, low=None, high=None):
    array = np.array(values, np.float64)
    steps = np.arange(len(array)) if steps is None else np.array(steps, np.int64)
    x = steps if x is None else np.array(x)
    pieces = as_pieces(len(array)) if pieces is None else np.array(pieces, np.int64)
    return range_statistics(x, steps, array, pieces, low, high)


@given(
    st.lists(st.tuples(st.integers(0, 50), value_of), max_size=60),
    st.one_of(st.none(), st.floats(-5, 55)),
    st.one_of(st.none(), st.floats(-5, 55)),
)
def test_equals_the_plain_formulas(points, low, high):
    steps, values = [s for s, _ in points], [v for _, v in points]
    made = of(values, steps, low=low, high=high)
    inside = [
        (step, value)
        for step, value in points
        if (low is None or step >= low) and (high is None or step <= high)
    ]
    finite = [(step, value) for step, value in inside if math.isfinite(value)]
    assert made.count == len(finite)
    assert made.nonfinite == len(inside) - len(finite)
    if not finite:
        assert math.isnan(made.mean)
        assert made.start_step is None
        return
    numbers = [value for _, value in finite]
    assert (made.minimum, made.maximum) == (min(numbers), max(numbers))
    assert (made.start, made.end) == (numbers[0], numbers[-1])
    assert (made.start_step, made.end_step) == (finite[0][0], finite[-1][0])
    assert made.step_at_min == finite[numbers.index(min(numbers))][0]
    assert made.step_at_max == finite[numbers.index(max(numbers))][0]
    scale = max(map(abs, numbers))
    assert made.mean == pytest.approx(statistics.fmean(numbers), rel=1e-9, abs=1e-12 * scale)
    if len(numbers) > 1:
        assert made.std == pytest.approx(statistics.stdev(numbers), rel=1e-9, abs=1e-9 * scale)
    else:
        assert made.std == 0.0
    assert made.change == numbers[-1] - numbers[0]
    if abs(numbers[0]) > 1e-290:
        plain = (numbers[-1] - numbers[0]) / abs(numbers[0]) * 100
        assert made.change_percent == pytest.approx(plain)
    along = [float(step) for step, _ in finite]
    if len(set(along)) > 1:
        plain = statistics.linear_regression(along, numbers).slope
        assert made.slope == pytest.approx(plain, rel=1e-6, abs=1e-9 * scale)
    else:
        assert math.isnan(made.slope)


def test_only_what_is_shown_counts():
    made = of([1, 2, 100, 100, 3], pieces=[[0, 2], [4, 5]])
    assert (made.count, made.maximum, made.step_at_max) == (3, 3.0, 4)
    assert of([1.0, 2.0], pieces=np.empty((0, 2))) == of([]) != RangeStatistics(count=1)


def test_both_ends_of_the_range_are_inside():
    made = of([1.0, 2.0, 3.0, 4.0], low=1, high=2)
    assert (made.start, made.end, made.count) == (2.0, 3.0, 2)


def test_percent_is_of_the_size_of_the_start():
    assert of([-2.0, -1.0]).change_percent == 50.0
    assert math.isnan(of([0.0, 1.0]).change_percent)


@pytest.mark.parametrize("value", [0.0, 1.0, 1e300, 5e-324, -1.7e308])
def test_constants(value):
    made = of([value] * 4)
    assert (made.mean, made.std, made.slope, made.change) == (value, 0.0, 0.0, 0.0)


def test_large_values_do_not_overflow():
    made = of([1.5e308, -1.5e308, 1.5e308])
    assert made.mean == pytest.approx(1.5e308 / 3, rel=1e-9)
    assert made.std == pytest.approx(1.5e308 * (2 / math.sqrt(3)))
    assert made.slope == pytest.approx(0.0, abs=1e290)
    assert of([1e300, 3e300]).slope == pytest.approx(2e300)


def test_slope_against_wall_times_keeps_its_digits():
    x = 1.7e9 + np.arange(1000) * 1e-3
    assert of(np.arange(1000) * 5.0, x=x).slope == pytest.approx(5000.0, rel=1e-5)
    assert of([1.0, 2.0, 4.0], x=[math.nan, 10.0, 11.0]).slope == pytest.approx(2.0)


def test_points_without_x_are_in_no_range():
    assert of([1.0, 2.0], x=[math.nan, 1.0], low=0.0).count == 1
    assert of([1.0, 2.0], x=[math.nan, 1.0]).count == 2


def test_steps_of_any_size():
    far = 2**62
    made = of([1.0, 2.0, 3.0], steps=[far, far + 1, far + 2])
    assert made.slope == pytest.approx(1.0)
    assert made.end_step == far + 2


def test_slope_over_steps_farther_apart_than_an_integer_holds():
    least, greatest = -(2**63), 2**63 - 1
    assert of([0.0, 1.0], [least, greatest]).slope == pytest.approx(2.0**-64)
    # And between steps that doubles can't tell apart.
    assert of([0.0, 1.0, 2.0], [2**60, 2**60 + 1, 2**60 + 2]).slope == pytest.approx(1.0)
