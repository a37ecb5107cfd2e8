"""The pyramid answers exactly what the points themselves would."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventglass.app.core.compute import pyramid
from eventglass.app.core.compute.pyramid import (
    BASE,
    NO_SECONDS,
    Columns,
    PyramidBuilder,
    build_pyramid,
    first_decrease,
    query_columns,
    range_of,
)
from tests.core.uncompiled import load_uncompiled

NO_STEPS = np.empty(0, np.int64)
SPECIAL = [math.nan, math.inf, -math.inf, 0.0, -0.0, 5e-324, 1.7e308, -1.7e308]


@st.composite
def series(draw, most=3000):
    """Values with NaN, infinities and ties; steps that repeat and jump."""
    n = draw(st.integers(1, most))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    values = rng.normal(size=n)
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, n - 1))
        stop = min(n, start + draw(st.integers(1, 200)))
        values[start:stop] = draw(st.sampled_from(SPECIAL))
    jumps = rng.choice([0, 0, 1, 1, 1, 7, 400], size=n)
    return np.cumsum(jumps).astype(np.int64), values


def expected(values):
    """Finite minimum, finite maximum and flags of some points."""
    finite = values[np.isfinite(values)]
    flags = (
        (pyramid.HAS_FINITE if len(finite) else 0)
        | (pyramid.HAS_NAN if np.isnan(values).any() else 0)
        | (pyramid.HAS_POSITIVE_INFINITY if (values == math.inf).any() else 0)
        | (pyramid.HAS_NEGATIVE_INFINITY if (values == -math.inf).any() else 0)
    )
    return finite.min(initial=math.inf), finite.max(initial=-math.inf), flags


@given(series(20_000), st.data())
@settings(max_examples=60, deadline=None)
def test_any_range_equals_the_points(data, draws):
    _steps, values = data
    made = build_pyramid(values)
    for _ in range(8):
        start = draws.draw(st.integers(0, len(values)))
        stop = draws.draw(st.integers(start, len(values)))
        assert range_of(values, start, stop, made) == expected(values[start:stop])
        assert range_of(values, start, stop, None) == expected(values[start:stop])


def check_columns(found, x, values, start, stop, left, scale, width):
    inside = np.arange(start, stop)
    with np.errstate(invalid="ignore"):
        place = (x[start:stop].astype(np.float64) - left) * scale
        column = np.floor(place)
    for c in range(width):
        mine = inside[column == c]
        low, high, flags = expected(values[mine])
        assert (found.lows[c], found.highs[c], found.flags[c]) == (low, high, flags)
        assert (found.stops[c] > found.starts[c]) == bool(len(mine))
        if len(mine):
            assert found.starts[c] == mine[0]
            assert found.stops[c] == mine[-1] + 1
            np.testing.assert_array_equal(found.edges[:2, c], values[[mine[0], mine[-1]]])
            np.testing.assert_array_equal(
                found.edges[2:, c], place[[mine[0] - start, mine[-1] - start]]
            )


@given(series(), st.floats(-0.3, 1.2), st.floats(1e-3, 1.5), st.integers(1, 40), st.data())
@settings(max_examples=80, deadline=None)
def test_every_column_equals_its_points(data, left_share, span_share, width, draws):
    steps, values = data
    span = max(float(steps[-1] - steps[0]), 1.0)
    left = steps[0] + left_share * span
    scale = width / (span * span_share)
    start = draws.draw(st.integers(0, len(values) - 1))
    stop = draws.draw(st.integers(start + 1, len(values)))
    found = Columns(width)
    made = draws.draw(st.sampled_from([None, build_pyramid(values)]))
    query_columns(found, steps, NO_SECONDS, values, start, stop, left, scale, width, made)
    check_columns(found, steps, values, start, stop, left, scale, width)
    seconds = steps * 0.37 + 1.7e9
    query_columns(
        found,
        NO_STEPS,
        seconds,
        values,
        start,
        stop,
        1.7e9 + left * 0.37,
        scale / 0.37,
        width,
        made,
    )
    check_columns(found, seconds, values, start, stop, 1.7e9 + left * 0.37, scale / 0.37, width)


@given(series(400), st.integers(0, 2**32 - 1), st.integers(1, 30))
@settings(max_examples=60, deadline=None)
def test_unsorted_columns_equal_their_points(data, seed, width):
    steps, values = data
    rng = np.random.default_rng(seed)
    seconds = rng.permutation(steps).astype(np.float64)
    seconds[rng.random(len(seconds)) < 0.05] = math.nan
    scale = width / max(float(steps[-1]) * 0.8, 1.0)
    found = Columns(width)
    query_columns(
        found, NO_STEPS, seconds, values, 0, len(values), 0.5, scale, width, None, is_sorted=False
    )
    check_columns(found, seconds, values, 0, len(values), 0.5, scale, width)


@given(series(8000), st.lists(st.integers(1, 3000), min_size=1, max_size=12))
@settings(max_examples=40, deadline=None)
def test_growing_equals_building_at_once_and_snapshots_stay(data, parts):
    _steps, values = data
    builder = PyramidBuilder()
    count = 0
    taken = []
    for part in parts:
        count = min(len(values), count + part)
        builder.extend(values, count)
        snapshot = builder.snapshot()
        assert snapshot.points == count // BASE * BASE
        taken.append((count, snapshot, snapshot.counts.copy()))
    for at, snapshot, counts in taken:
        np.testing.assert_array_equal(snapshot.counts, counts)
        assert range_of(values, 0, at, snapshot) == expected(values[:at])


def test_published_blocks_never_change():
    values = np.arange(64 * 40.0)
    builder = PyramidBuilder()
    builder.extend(values, 64 * 20 + 63)
    early = builder.snapshot()
    kept = [early.lows[: early.counts[0]].copy(), early.highs[: early.counts[0]].copy()]
    builder.extend(values, len(values))
    np.testing.assert_array_equal(early.lows[: early.counts[0]], kept[0])
    np.testing.assert_array_equal(early.highs[: early.counts[0]], kept[1])
    assert early.counts[0] == 20


def test_costs_less_than_a_byte_a_point():
    builder = PyramidBuilder()
    values = np.zeros(300_000)
    for count in range(1000, len(values) + 1, 1000):
        builder.extend(values, count)
        if count > 5000:
            assert builder.snapshot().nbytes <= count


def test_many_levels():
    values = np.zeros(64 * 16 * 16 * 16 + 5)
    values[123_456] = -3.0
    values[200_001] = 7.0
    made = build_pyramid(values)
    assert range_of(values, 0, len(values), made) == (-3.0, 7.0, pyramid.HAS_FINITE)
    assert range_of(values, 123_457, 200_001, made) == (0.0, 0.0, pyramid.HAS_FINITE)


def test_huge_steps():
    steps = np.array([-(2**62), -5, 2**53 + 1, 2**62], np.int64)
    values = np.arange(4.0)
    found = Columns(4)
    query_columns(found, steps, NO_SECONDS, values, 0, 4, -(2.0**62), 4 / 2.0**63, 4, None)
    check_columns(found, steps, values, 0, 4, -(2.0**62), 4 / 2.0**63, 4)


@pytest.mark.parametrize("with_cython", [False, True])
@given(data=series(700), width=st.integers(1, 12))
@settings(max_examples=12, deadline=None)
def test_uncompiled_equals_compiled(with_cython, data, width):
    other = load_uncompiled("pyramid", with_cython)
    assert not other.cython.compiled
    steps, values = data
    ours, theirs = build_pyramid(values), other.build_pyramid(values)
    for level in range(len(ours.counts)):
        a, b, n = ours.starts[level], theirs.starts[level], ours.counts[level]
        assert n == theirs.counts[level]
        for name in ("lows", "highs", "flags"):
            np.testing.assert_array_equal(
                getattr(ours, name)[a : a + n], getattr(theirs, name)[b : b + n]
            )
    scale = width / max(float(steps[-1]), 1.0)
    for is_sorted in (True, False):
        found, found_too = Columns(width), other.Columns(width)
        query = (steps, NO_SECONDS, values, 0, len(values), 0.0, scale, width)
        query_columns(found, *query, ours, is_sorted)
        other.query_columns(found_too, *query, theirs, is_sorted)
        filled = found.stops > found.starts
        for name in ("lows", "highs", "flags"):
            np.testing.assert_array_equal(getattr(found, name), getattr(found_too, name))
        np.testing.assert_array_equal(found.edges[:, filled], found_too.edges[:, filled])
    assert first_decrease(steps, NO_SECONDS, 0, len(steps)) == len(steps)
    assert other.first_decrease(steps, NO_SECONDS, 0, len(steps)) == len(steps)


def test_first_decrease():
    seconds = np.array([1.0, 2.0, 2.0, 1.5, math.nan, 3.0])
    assert first_decrease(NO_STEPS, seconds, 0, 6) == 3
    assert first_decrease(NO_STEPS, seconds, 0, 3) == 3
    assert first_decrease(NO_STEPS, seconds, 3, 6) == 4
    assert first_decrease(NO_STEPS, seconds, 4, 6) == 4
    assert first_decrease(NO_STEPS, seconds, 5, 6) == 6
    assert first_decrease(np.array([3, 3, 2]), NO_SECONDS, 0, 3) == 2
