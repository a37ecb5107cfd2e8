"""Filters over windows equal what one would write without thinking of speed."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventglass.app.core.compute import windows
from tests.core.uncompiled import load_uncompiled

numbers = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=120)
halves = st.integers(1, 70)


def slices(values, half):
    return [values[max(0, i - half) : i + half + 1] for i in range(len(values))]


def plain_gaussian(values, sigma):
    at = np.arange(len(values))
    weights = np.exp(-0.5 * ((at[:, None] - at[None, :]) / sigma) ** 2)
    return weights @ values / weights.sum(axis=1)


def plain_savitzky_golay(values, half):
    n, length = len(values), 2 * half + 1
    if n <= 3 or half < 2:
        return values
    out = []
    for i in range(n):
        start = min(max(i - half, 0), max(n - length, 0))
        part = values[start : start + length]
        at = np.arange(len(part)) - (len(part) - 1) / 2
        fit = np.polynomial.Polynomial.fit(at, part, 2)
        out.append(fit(i - start - (len(part) - 1) / 2))
    return np.array(out)


@given(numbers, halves)
@settings(max_examples=200)
def test_running_mean(values, half):
    values = np.array(values)
    plain = [part.mean() for part in slices(values, half)]
    np.testing.assert_allclose(windows.running_mean(values, half), plain, rtol=1e-12, atol=1e-8)


@given(numbers, halves)
@settings(max_examples=300)
def test_running_median(values, half):
    values = np.array(values)
    plain = [np.median(part) for part in slices(values, half)]
    np.testing.assert_array_equal(windows.running_median(values, half), plain)


@given(st.lists(st.integers(0, 3), min_size=40, max_size=400), halves)
@settings(max_examples=100)
def test_running_median_of_few_different_values(values, half):
    values = np.array(values, np.float64)
    plain = [np.median(part) for part in slices(values, half)]
    np.testing.assert_array_equal(windows.running_median(values, half), plain)


@given(numbers, st.integers(1, 90))
@settings(max_examples=300)
def test_trailing_median(values, length):
    values = np.array(values)
    plain = [np.median(values[max(0, i - length + 1) : i + 1]) for i in range(len(values))]
    np.testing.assert_array_equal(windows.trailing_median(values, length), plain)


@pytest.mark.parametrize(("n", "half"), [(70_000, 12), (70_000, 700), (150_000, 40_000)])
def test_running_median_across_batches(n, half):
    values = np.random.default_rng(n).normal(size=n)
    made = windows.running_median(values, half)
    for i in [*range(0, n, 1717), half - 1, half, half + 1, n - half - 1, n - half, n - 1]:
        assert made[i] == np.median(values[max(0, i - half) : i + half + 1])


@given(numbers, halves)
@settings(max_examples=100)
def test_savitzky_golay(values, half):
    values = np.array(values)
    made = windows.savitzky_golay(values, half)
    tolerance = 1e-9 * max(np.abs(values).max(), 1e-300)
    np.testing.assert_allclose(made, plain_savitzky_golay(values, half), rtol=0, atol=tolerance)


@pytest.mark.parametrize("half", [2, 3, 20])
def test_savitzky_golay_leaves_parabolas_alone(half):
    at = np.arange(60.0)
    values = 3.0 - 2.0 * at + 0.1 * at * at
    np.testing.assert_allclose(windows.savitzky_golay(values, half), values, rtol=1e-10)


@pytest.mark.parametrize("n", [5, 30, 99, 100, 101, 1000, 3001])
@pytest.mark.parametrize(
    "sigma", [0.3, 1.0, 5.0, 11.9, 12.0, 13.0, 17.0, 18.0, 40.0, 564.0, 3000.0]
)
def test_gaussian_weights_are_right_to_a_ten_thousandth(n, sigma):
    """What a single point adds to every other, near the ends too."""
    for at in {0, 1, n // 3, n // 2, n - 2, n - 1}:
        values = np.zeros(n)
        values[at] = 1.0
        made, plain = windows.gaussian(values, sigma), plain_gaussian(values, sigma)
        assert np.abs(made - plain).max() < 1e-4 * plain.max()
        assert made.min() >= 0.0


@given(numbers, st.floats(0.2, 300.0))
@settings(max_examples=100)
def test_gaussian(values, sigma):
    values = np.array(values)
    tolerance = 1e-4 * max(np.abs(values).max(), 1e-300)
    made = windows.gaussian(values, sigma)
    np.testing.assert_allclose(made, plain_gaussian(values, sigma), rtol=0, atol=tolerance)


@pytest.mark.parametrize(
    "smooth",
    [
        lambda values: windows.running_mean(values, 25),
        lambda values: windows.gaussian(values, 7.0),
        lambda values: windows.gaussian(values, 26.0),
        lambda values: windows.running_median(values, 25),
        lambda values: windows.savitzky_golay(values, 25),
    ],
)
def test_a_wild_point_disturbs_its_neighbours_only(smooth):
    calm = np.random.default_rng(3).normal(size=2000)
    wild = calm.copy()
    wild[1000] = 1e300
    near = np.zeros(2000, bool)
    near[840:1161] = True
    np.testing.assert_array_equal(smooth(wild)[~near], smooth(calm)[~near])


def plain_decay(values, x, weight, spacing):
    out = []
    for i in range(len(values)):
        weights = weight ** ((x[i] - x[: i + 1]) / spacing)
        out.append(float((weights * values[: i + 1]).sum() / weights.sum()))
    return out


@given(
    st.lists(
        st.tuples(st.floats(-1e6, 1e6), st.sampled_from([0.0, 1.0, 1.0, 1.0, 2.5, 40.0])),
        min_size=1,
        max_size=80,
    ),
    st.floats(0.05, 0.99),
)
def test_decaying_mean(points, weight):
    values = np.array([value for value, _ in points])
    ahead = np.array([gap for _, gap in points])
    x = 5.0 + np.cumsum(ahead)
    spacing = windows.usual_spacing(x)
    made = windows.decaying_mean(values, x, weight)
    if math.isnan(spacing):
        spacing, x = 1.0, np.arange(len(values))
    plain = plain_decay(values, x, weight, spacing)
    np.testing.assert_allclose(made, plain, rtol=1e-9, atol=1e-9 * np.abs(values).max() + 1e-300)


def test_usual_spacing_is_the_median_of_what_lies_apart():
    assert windows.usual_spacing(np.array([0, 0, 10, 20, 20, 1000])) == 10.0
    assert windows.usual_spacing(np.arange(0, 3_000_000, 7)) == 7.0
    assert math.isnan(windows.usual_spacing(np.array([4.0, 4.0, math.nan])))
    assert math.isnan(windows.usual_spacing(np.array([4])))


def test_time_that_stands_still_or_is_unknown_does_not_pass():
    values = np.array([1.0, 5.0, 9.0, 2.0])
    x = np.array([0.0, 1.0, math.nan, 0.5])
    made = windows.decaying_mean(values, x, 0.5)
    np.testing.assert_allclose(made, [1.0, 11 / 3, 14.5 / 2.5, 16.5 / 3.5])


@pytest.mark.parametrize("with_cython", [False, True])
def test_uncompiled_equals_compiled(with_cython):
    other = load_uncompiled("windows", with_cython)
    values = np.random.default_rng(2).normal(size=700)
    x = np.cumsum(np.random.default_rng(4).exponential(size=700))
    for half in (1, 3, 30, 400):
        for name in ("running_mean", "running_median", "savitzky_golay"):
            ours, theirs = (getattr(each, name)(values, half) for each in (windows, other))
            np.testing.assert_array_equal(ours, theirs, err_msg=f"{name} {half}")
    for length in (2, 40, 41):
        ours = windows.trailing_median(values, length)
        np.testing.assert_array_equal(ours, other.trailing_median(values, length))
    for sigma in (2.0, 30.0):
        np.testing.assert_array_equal(
            windows.gaussian(values, sigma), other.gaussian(values, sigma)
        )
    np.testing.assert_array_equal(
        windows.decaying_mean(values, x, 0.9), other.decaying_mean(values, x, 0.9)
    )
