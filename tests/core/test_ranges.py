"""Which points are shown, and the range a chart covers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventglass.app.core.compute import ranges
from eventglass.app.core.compute.pyramid import build_pyramid


def segments_of(steps):
    return np.array([0, *(np.flatnonzero(np.diff(steps) < 0) + 1)], np.int64)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=60))
def test_visible_pieces_are_what_no_restart_overwrote(steps):
    steps = np.array(steps, np.int64)
    segments = segments_of(steps)
    pieces, joined = ranges.visible_pieces(steps, segments, False)
    shown = np.zeros(len(steps), bool)
    for start, stop in pieces:
        shown[start:stop] = True
    for i, step in enumerate(steps):
        later = segments[segments > i]
        assert shown[i] == all(steps[start] > step for start in later)
    seen = steps[shown]
    assert (np.diff(seen) >= 0).all()
    assert joined == (len(segments) > 1)
    every, joined = ranges.visible_pieces(steps, segments, True)
    assert (every[:, 1] - every[:, 0]).sum() == len(steps)
    assert not joined


def test_pieces_of_nothing():
    nothing = np.empty(0, np.int64)
    assert ranges.as_pieces(0).shape == (0, 2)
    assert ranges.visible_pieces(nothing, np.zeros(1, np.int64), False)[0].shape == (0, 2)


def test_sorted_pieces_split_where_the_clock_goes_back():
    seconds = np.array([1.0, 2.0, 1.5, 1.6, math.nan, 3.0])
    made = ranges.sorted_pieces(seconds, np.array([[0, 6]]))
    assert made.tolist() == [[0, 2], [2, 4], [5, 6]]
    assert ranges.sorted_pieces(np.arange(9.0), np.array([[0, 4], [5, 9]])).tolist() == [
        [0, 4],
        [5, 9],
    ]
    assert ranges.sorted_pieces(np.arange(200.0)[::-1].copy(), np.array([[0, 200]])) is None


def tensorboard(values):
    values = np.sort(values[np.isfinite(values)])
    if len(values) < 3:
        return values[0], values[-1]
    return values[math.ceil(0.05 * (len(values) - 1))], values[math.floor(0.95 * (len(values) - 1))]


@given(
    st.lists(
        st.lists(
            st.one_of(st.floats(-1e9, 1e9), st.just(math.nan), st.just(math.inf)), max_size=60
        ),
        min_size=1,
        max_size=4,
    )
)
def test_robust_range_is_tensorboards(lines):
    arrays = [np.array(line, np.float64) for line in lines]
    pool = np.concatenate(arrays)
    found = ranges.robust_range([(a, ranges.as_pieces(len(a)), None) for a in arrays])
    whole = ranges.value_range([(a, ranges.as_pieces(len(a)), None) for a in arrays])
    if not np.isfinite(pool).any():
        assert found is None
        assert whole is None
        return
    assert found == tensorboard(pool)
    finite = pool[np.isfinite(pool)]
    assert whole == (finite.min(), finite.max())


def test_robust_range_of_many_points_comes_near():
    values = np.random.default_rng(0).normal(size=2_500_000)
    low, high = ranges.robust_range([(values, ranges.as_pieces(len(values)), None)])
    assert low == pytest.approx(-1.645, abs=0.02)
    assert high == pytest.approx(1.645, abs=0.02)


def test_only_shown_points_count():
    values = np.array([100.0, 1.0, 2.0, 3.0, -100.0])
    pieces = np.array([[1, 4]])
    assert ranges.robust_range([(values, pieces, None)]) == (2.0, 2.0)
    assert ranges.value_range([(values, pieces, build_pyramid(values))]) == (1.0, 3.0)


def test_logarithmic_ranges_count_only_what_is_above_zero():
    values = np.array([-5.0, 0.0, 1e-3, 1.0, 10.0])
    line = [(values, ranges.as_pieces(5), None)]
    assert ranges.value_range(line, positive=True) == (1e-3, 10.0)
    assert ranges.robust_range([(values[:2], ranges.as_pieces(2), None)], positive=True) is None
    assert ranges.value_range([(values[:2], ranges.as_pieces(2), None)], positive=True) is None
    assert ranges.padded(1e-3, 10.0, log=True) == (5e-4, 20.0)


@given(st.floats(-1e12, 1e12), st.floats(0.0, 1e12))
def test_padded_ranges_hold_the_values(low, span):
    high = low + span
    y0, y1 = ranges.padded(low, high)
    assert y0 < y1 or not span
    assert y0 <= low <= high <= y1


def test_padding_does_not_cross_zero():
    assert ranges.padded(0.0, 3e-4) == (0.0, pytest.approx(3.5e-4))
    assert ranges.padded(0.0, 0.0) == (-1.0, 1.0)
    assert ranges.padded(-3.0, 0.0)[1] == 0.0
    assert ranges.padded(5.0, 5.0)[0] < 5.0 < ranges.padded(5.0, 5.0)[1]
    assert ranges.padded(-1.7e308, 1.7e308) == (-1.7e308, 1.7e308)


def whole(values):
    array = np.array(values, np.float64)
    return [(array, ranges.as_pieces(len(array)), None)]


def test_a_spike_is_left_out_and_a_slope_is_not_cut():
    slope = [float(i) for i in range(200)]
    assert ranges.fair_range(whole(slope)) == (0.0, 199.0)
    low, high = ranges.fair_range(whole([*slope, 1e6]))
    assert (low, high) == (0.0, 190.0)
    decades = [10.0 ** (i / 50) for i in range(200)]
    assert ranges.fair_range(whole([*decades, 1e-30]), positive=True)[0] > 1e-30


def test_few_points_and_constant_lines_are_shown_whole():
    assert ranges.fair_range(whole([1.0, 5.0, 100.0])) == (1.0, 100.0)
    assert ranges.fair_range(whole([2.0] * 100 + [3.0])) == (2.0, 3.0)
    assert ranges.fair_range(whole([float("nan")] * 30)) is None
    assert ranges.fair_range([]) is None
