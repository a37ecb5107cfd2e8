"""Smoothing is TensorBoard's, bit for bit."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventglass.app.core.compute.pyramid import range_of
from eventglass.app.core.compute.ranges import as_pieces
from eventglass.app.core.compute.smoothing import PYRAMID_FROM, smooth_series
from tests.core.uncompiled import load_uncompiled


def tensorboard(values, weight):
    """The filter as TensorBoard's front end writes it."""
    last, n, out = 0.0, 0, []
    for value in values:
        if not math.isfinite(value):
            out.append(value)
            continue
        last = last * weight + (1 - weight) * value
        n += 1
        debias = 1 - weight**n if weight != 1 else 1
        out.append(last / debias)
    return np.array(out)


values_of = st.lists(
    st.one_of(
        st.floats(-1e6, 1e6), st.sampled_from([math.nan, math.inf, -math.inf, 1e300, 5e-324])
    ),
    min_size=1,
    max_size=300,
)


@given(values_of, st.floats(0.001, 0.999))
@settings(max_examples=150, deadline=None)
def test_equals_tensorboard_bit_for_bit(values, weight):
    array = np.array(values)
    made = smooth_series(array, as_pieces(len(array)), weight)
    if all(value == values[0] for value in values):
        assert made is None
        return
    assert made is not None
    np.testing.assert_array_equal(made.values, tensorboard(values, weight))


@pytest.mark.parametrize("weight", [0.6, 0.99, 0.999])
def test_a_long_series_equals_tensorboard_past_the_debiasing(weight):
    values = np.random.default_rng(5).normal(size=60_000)
    made = smooth_series(values, as_pieces(len(values)), weight)
    np.testing.assert_array_equal(made.values, tensorboard(values.tolist(), weight))
    assert made.pyramid is not None
    assert range_of(made.values, 10, 50_000, made.pyramid)[:2] == (
        made.values[10:50_000].min(),
        made.values[10:50_000].max(),
    )


def test_nothing_to_smooth():
    pieces = as_pieces(5)
    assert smooth_series(np.full(5, 3.25), pieces, 0.9) is None
    assert smooth_series(np.arange(5.0), pieces, 0.0) is None
    assert smooth_series(np.empty(0), as_pieces(0), 0.9) is None
    assert smooth_series(np.arange(5.0), np.empty((0, 2), np.int64), 0.9) is None


def test_each_piece_starts_anew_unless_joined():
    values = np.random.default_rng(1).normal(size=100)
    pieces = np.array([[0, 30], [40, 100]])
    made = smooth_series(values, pieces, 0.9).values
    np.testing.assert_array_equal(made[:30], tensorboard(values[:30].tolist(), 0.9))
    np.testing.assert_array_equal(made[40:], tensorboard(values[40:].tolist(), 0.9))
    assert np.isnan(made[30:40]).all()
    joined = smooth_series(values, pieces, 0.9, joined=True).values
    whole = tensorboard(np.concatenate([values[:30], values[40:]]).tolist(), 0.9)
    np.testing.assert_array_equal(np.concatenate([joined[:30], joined[40:]]), whole)


def test_a_constant_piece_is_left_as_it_is():
    values = np.concatenate([np.full(10, 0.1), np.arange(10.0)])
    made = smooth_series(values, np.array([[0, 10], [10, 20]]), 0.7).values
    np.testing.assert_array_equal(made[:10], values[:10])
    assert made[15] != values[15]


def test_weights_out_of_range_are_held():
    values = np.arange(10.0)
    assert smooth_series(values, as_pieces(10), -1.0) is None
    assert np.isfinite(smooth_series(values, as_pieces(10), 0.99999).values).all()


def test_the_result_is_read_only_and_short_series_have_no_pyramid():
    made = smooth_series(np.arange(10.0), as_pieces(10), 0.5)
    assert made.pyramid is None
    assert not made.values.flags.writeable
    assert (
        smooth_series(np.arange(float(PYRAMID_FROM)), as_pieces(PYRAMID_FROM), 0.5).pyramid
        is not None
    )


@pytest.mark.parametrize("with_cython", [False, True])
def test_uncompiled_equals_compiled(with_cython):
    other = load_uncompiled("smoothing", with_cython)
    values = np.random.default_rng(2).normal(size=2000)
    values[[5, 6, 700]] = [math.nan, math.inf, -math.inf]
    pieces = np.array([[0, 900], [950, 2000]])
    for joined in (False, True):
        ours = smooth_series(values, pieces, 0.97, joined)
        theirs = other.smooth_series(values, pieces, 0.97, joined)
        np.testing.assert_array_equal(ours.values, theirs.values)
