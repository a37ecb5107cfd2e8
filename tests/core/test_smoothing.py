"""Smoothing is TensorBoard's, bit for bit."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventglass.app.core.compute.pyramid import range_of
from eventglass.app.core.compute.ranges import as_pieces
from eventglass.app.core.compute.smoothing import METHODS, PYRAMID_FROM, smooth_series, window
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


OTHERS = [method for method in METHODS if method != "ema"]


def smoothed(values, weight, method, **options):
    array = np.asarray(values, np.float64)
    return smooth_series(array, as_pieces(len(array)), weight, method=method, **options)


def test_windows_rise_with_the_slider():
    for method in ("mean", "savgol"):
        lengths = [window(weight, method) for weight in np.linspace(0.0, 1.0, 2001)]
        assert lengths[0] == 1
        assert lengths == sorted(lengths)
        assert all(length % 2 for length in lengths)
    assert [window(w) for w in (0.5, 0.9, 0.99, 0.999)] == [3, 19, 199, 1999]
    assert window(-1.0) == 1
    assert window(0.01, "savgol") == 7


@pytest.mark.parametrize("weight", [0.6, 0.9, 0.99])
@pytest.mark.parametrize("method", [m for m in METHODS if m != "median"])
def test_all_methods_take_as_much_noise_away(method, weight):
    values = np.random.default_rng(1).normal(size=200_000)
    made = smoothed(values, weight, method).values[5_000:-5_000]
    # As the mean of (1 + w) / (1 - w) points; windows are whole and odd.
    assert made.std() == pytest.approx(math.sqrt((1 - weight) / (1 + weight)), rel=0.15)


@pytest.mark.parametrize("method", OTHERS)
@given(values=values_of, weight=st.floats(0.01, 1.0))
@settings(max_examples=40)
def test_points_that_are_not_finite_pass_through_and_do_not_count(method, values, weight):
    array = np.array(values)
    finite = np.isfinite(array)
    made = smoothed(array, weight, method)
    calm = smoothed(array[finite], weight, method)
    if calm is None:
        assert made is None
        return
    np.testing.assert_array_equal(made.values[~finite], array[~finite])
    np.testing.assert_array_equal(made.values[finite], calm.values)
    # Nothing overflows.
    assert np.isfinite(made.values[finite]).all()


@pytest.mark.parametrize("method", OTHERS)
@pytest.mark.parametrize("value", [0.0, 0.1, 1e300, -1.7e308, 5e-324])
def test_constants_stay(method, value):
    assert smoothed(np.full(50, value), 0.9, method) is None
    with_gap = np.full(50, value)
    with_gap[7] = math.nan
    assert smoothed(with_gap, 0.9, method) is None


@pytest.mark.parametrize("method", OTHERS)
def test_the_largest_values_do_not_overflow(method):
    values = np.resize([1.7e308, -1.7e308, 1.6e308], 3000)
    for weight in (0.3, 0.9, 0.999, 1.0):
        made = smoothed(values, weight, method).values
        assert np.isfinite(made).all()
        assert np.abs(made).max() <= 1.7e308
    alike = smoothed(values / 1e300, 0.9, method).values
    np.testing.assert_allclose(smoothed(values, 0.9, method).values / 1e300, alike, rtol=1e-9)


@pytest.mark.parametrize("method", OTHERS)
def test_nothing_to_smooth_for_any_method(method):
    assert smoothed([], 0.9, method) is None
    assert smoothed([1.0, 2.0], 0.0, method) is None
    assert smoothed([math.nan, math.inf], 0.9, method) is None
    assert smoothed([3.0], 0.9, method) is None


@pytest.mark.parametrize("method", OTHERS)
def test_pieces_are_lines_of_their_own_unless_joined(method):
    values = np.random.default_rng(1).normal(size=100)
    x = np.arange(100) * 3
    pieces = np.array([[0, 30], [40, 100]])
    made = smooth_series(values, pieces, 0.8, method=method, x=x).values
    for start, stop in pieces:
        alone = smoothed(values[start:stop], 0.8, method, x=x[start:stop]).values
        np.testing.assert_array_equal(made[start:stop], alone)
    assert np.isnan(made[30:40]).all()
    joined = smooth_series(values, pieces, 0.8, True, method=method, x=x).values
    keep = np.r_[0:30, 40:100]
    np.testing.assert_array_equal(
        joined[keep], smoothed(values[keep], 0.8, method, x=x[keep]).values
    )
    assert np.isnan(joined[30:40]).all()


def test_even_spacing_makes_time_weights_the_plain_average():
    values = np.random.default_rng(1).normal(size=1000)
    plain = tensorboard(values.tolist(), 0.9)
    for x in (np.arange(1000) * 50, np.arange(1000) * 0.25 + 1.7e9, None):
        np.testing.assert_allclose(smoothed(values, 0.9, "ema_time", x=x).values, plain, rtol=1e-9)


def test_a_gap_makes_time_weights_forget():
    values = np.array([1.0] * 20 + [5.0] * 3)
    x = np.concatenate([np.arange(20), 10_000 + np.arange(3)])
    made = smoothed(values, 0.9, "ema_time", x=x).values
    assert made[20] == pytest.approx(5.0)
    assert smoothed(values, 0.9, "ema").values[20] < 2.0


def test_a_method_nobody_knows():
    with pytest.raises(ValueError, match="nosuch"):
        smoothed(np.arange(9.0), 0.5, "nosuch")


@pytest.mark.parametrize("method", OTHERS)
def test_long_lines_get_a_pyramid(method):
    values = np.random.default_rng(1).normal(size=PYRAMID_FROM)
    made = smoothed(values, 0.5, method)
    assert made.pyramid is not None
    assert not made.values.flags.writeable
    assert range_of(made.values, 0, 4000, made.pyramid)[1] == made.values[:4000].max()


@pytest.mark.parametrize("method", OTHERS)
def test_uncompiled_equals_compiled_for_any_method(method):
    other = load_uncompiled("smoothing")
    values = np.random.default_rng(2).normal(size=600)
    values[[5, 6, 300]] = [math.nan, math.inf, -math.inf]
    x = np.arange(600) * 3
    ours = smooth_series(values, as_pieces(600), 0.9, method=method, x=x)
    theirs = other.smooth_series(values, as_pieces(600), 0.9, method=method, x=x)
    np.testing.assert_array_equal(ours.values, theirs.values)
