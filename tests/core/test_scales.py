"""Scales: there and back, in order, and what they choose from the data."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventglass.app.core.compute.pyramid import NO_SECONDS, Columns, build_pyramid, query_columns
from eventglass.app.core.compute.ranges import MOST_TURNS, monotone_pieces
from eventglass.app.core.compute.scales import LINEAR, Scale, symlog_constant
from tests.core.uncompiled import load_uncompiled

SCALES = [LINEAR, Scale("log"), Scale("symlog"), Scale("symlog", 1e-4), Scale("symlog", 1e3)]
NUMBERS = st.floats(-1e15, 1e15, allow_nan=False)


@given(st.sampled_from(SCALES), NUMBERS)
def test_there_and_back(scale, value):
    if scale.kind == "log":
        value = abs(value) + 1e-12
    back = scale.value(scale.drawn(value))
    assert back == pytest.approx(value, rel=1e-9, abs=scale.constant * 1e-12)


@given(st.sampled_from(SCALES), st.lists(NUMBERS, min_size=2, max_size=30))
def test_arrays_equal_numbers_and_order_is_kept(scale, values):
    array = np.sort(np.array(values))
    drawn = scale.drawn_of(array)
    np.testing.assert_allclose(drawn, [scale.drawn(v) for v in array.tolist()], rtol=1e-12)
    assert (np.diff(drawn) >= 0.0).all()


def test_what_is_not_finite_stays_and_nothing_overflows():
    edges = np.array([math.nan, math.inf, -math.inf, 1e308, -1e308, 5e-324, 0.0])
    with np.errstate(all="raise", under="ignore"):
        for scale in (*SCALES, Scale("symlog", 1e-290)):
            drawn = scale.drawn_of(edges)
            assert math.isnan(drawn[0])
            assert drawn[1:3].tolist() == [math.inf, -math.inf]
            assert np.isfinite(drawn[3:]).all()
            assert math.isfinite(scale.value(scale.drawn(1e308)))


def test_the_middle_of_a_symmetric_axis_is_even_and_decades_are_decades():
    scale = Scale("symlog", 0.01)
    assert scale.drawn(0.0) == 0.0
    assert scale.drawn(1000.0) - scale.drawn(100.0) == pytest.approx(1.0, abs=1e-3)
    assert scale.drawn(-5.0) == -scale.drawn(5.0)
    assert scale.drawn(0.002) == pytest.approx(2 * scale.drawn(0.001), rel=0.1)


def test_the_constant_follows_the_data():
    assert symlog_constant([np.array([0.02, -0.05, 3.0, 40.0])]) == pytest.approx(0.01)
    assert symlog_constant([np.geomspace(1e-30, 1.0, 500)]) == pytest.approx(1e-6)
    assert symlog_constant([]) == 1.0
    assert symlog_constant([np.zeros(5), np.array([math.nan, math.inf])]) == 1.0
    for values in ([5e-324], [1e300], [-1e300, 5e-324]):
        assert 0.0 < symlog_constant([np.array(values)]) < math.inf


@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from(["log", "symlog"]),
    st.integers(1, 60),
    st.booleans(),
    st.booleans(),
)
def test_columns_on_scaled_axes_hold_their_points(seed, kind, width, falling, as_seconds):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 300))
    scale = Scale(kind, 3.0)
    x = np.sort(rng.integers(1 if kind == "log" else -500, 5000, n)).astype(np.int64)
    if falling:
        x = x[::-1].copy()
    values = rng.normal(size=n)
    drawn = scale.drawn_of(x.astype(np.float64) - 0.5)
    left, right = np.quantile(drawn, [0.1, 0.9])
    right = max(right, left + 1e-3)
    pixels = width / (right - left)
    found = Columns(width)
    query_columns(
        found,
        x if not as_seconds else np.empty(0, np.int64),
        x.astype(np.float64) if as_seconds else NO_SECONDS,
        values,
        0,
        n,
        right if falling else left,
        -pixels if falling else pixels,
        width,
        build_pyramid(values),
        along=scale,
        origin=0.5,
    )
    places = (drawn - (right if falling else left)) * (-pixels if falling else pixels)
    for column in range(width):
        # A point on the edge of two columns may fall into either.
        sure = (places >= column + 1e-6) & (places < column + 1 - 1e-6)
        maybe = (places >= column - 1e-6) & (places < column + 1 + 1e-6)
        count = int(found.stops[column] - found.starts[column])
        assert sure.sum() <= count <= maybe.sum()
        if sure.sum() == maybe.sum() == count > 0:
            assert found.lows[column] == values[sure].min()
            assert found.highs[column] == values[sure].max()


@pytest.mark.parametrize("with_cython", [False, True])
def test_uncompiled_columns_on_scaled_axes_are_the_same(with_cython):
    other = load_uncompiled("pyramid", with_cython)
    rng = np.random.default_rng(3)
    steps = np.sort(rng.integers(-50, 4000, 500))
    values = rng.normal(size=500)
    for scale in (Scale("symlog", 2.0), Scale("log")):
        start = int(np.searchsorted(steps, 1)) if scale.kind == "log" else 0
        ours, theirs = Columns(40), other.Columns(40)
        for module, out in ((query_columns, ours), (other.query_columns, theirs)):
            module(out, steps, NO_SECONDS, values, start, 500, 0.2, 12.0, 40, None, along=scale)
        np.testing.assert_array_equal(ours.starts, theirs.starts)
        np.testing.assert_array_equal(ours.lows, theirs.lows)


@given(st.lists(st.integers(-5, 5), min_size=0, max_size=80))
def test_monotone_pieces_share_their_turning_points(numbers):
    xs = np.array(numbers, np.float64)
    found = monotone_pieces(xs)
    assert found is not None or len(numbers) > MOST_TURNS
    if found is None:
        return
    pieces, falling = found
    assert len(pieces) == len(falling)
    if not len(xs):
        assert not len(pieces)
        return
    assert pieces[0, 0] == 0
    assert pieces[-1, 1] == len(xs)
    assert (pieces[1:, 0] == pieces[:-1, 1] - 1).all()
    for (start, stop), falls in zip(pieces.tolist(), falling.tolist(), strict=True):
        steps = np.diff(xs[start:stop])
        assert (steps <= 0).all() if falls else (steps >= 0).all()


def test_x_that_goes_to_and_fro_is_no_line():
    assert monotone_pieces(np.tile([0.0, 1.0], MOST_TURNS)) is None
