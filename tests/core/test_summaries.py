"""Summaries say what the points say, in one go or carried on."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventglass.app.core.compute.summaries import Summarizer, Summary
from tests.core.uncompiled import load_uncompiled

value_of = st.one_of(st.floats(-1e6, 1e6), st.sampled_from([math.nan, math.inf, -math.inf, 0.0]))


def summarized(values, cuts=(), make=Summarizer):
    array = np.array(values, np.float64)
    summarizer = make()
    borders = [0, *sorted(cuts), len(array)]
    for start, stop in itertools.pairwise(borders):
        summarizer.add(array, start, stop)
    return summarizer.summary(np.arange(len(array)) * 10, array)


@given(st.lists(value_of, max_size=60), st.lists(st.integers(0, 60), max_size=4))
def test_equals_the_plain_formulas_however_it_was_cut(values, cuts):
    made = summarized(values, [min(cut, len(values)) for cut in cuts])
    finite = [(i, value) for i, value in enumerate(values) if math.isfinite(value)]
    assert made.count == len(finite)
    assert made.nonfinite == len(values) - len(finite)
    if not finite:
        assert math.isnan(made.last)
        assert made.last_step is None
        return
    numbers = [value for _, value in finite]
    low, high = min(numbers), max(numbers)
    assert (made.minimum, made.maximum) == (low, high)
    assert (made.first, made.last) == (numbers[0], numbers[-1])
    assert (made.first_step, made.last_step) == (10 * finite[0][0], 10 * finite[-1][0])
    assert made.step_at_min == 10 * finite[numbers.index(low)][0]
    assert made.step_at_max == 10 * finite[numbers.index(high)][0]
    assert made.mean == pytest.approx(np.mean(numbers), rel=1e-9, abs=1e-9)
    assert low <= made.mean <= high


@pytest.mark.parametrize("value", [0.0, 0.1, 1e300, -1.7e308, 5e-324])
def test_constants(value):
    made = summarized([value] * 7)
    assert (made.mean, made.minimum, made.maximum) == (value, value, value)


def test_large_values_do_not_overflow():
    assert summarized([1.7e308, -1.7e308, 1.7e308, -1.7e308]).mean == pytest.approx(0, abs=1e293)


def test_the_best_is_where_it_was_reached_first():
    made = summarized([3.0, 1.0, 5.0, 1.0, 5.0])
    assert (made.best(lowest=True), made.step_at_best(lowest=True)) == (1.0, 10)
    assert (made.best(lowest=False), made.step_at_best(lowest=False)) == (5.0, 20)
    assert Summary().step_at_best(lowest=True) is None


@pytest.mark.parametrize("with_cython", [False, True])
def test_uncompiled_equals_compiled(with_cython):
    other = load_uncompiled("summaries", with_cython)
    values = np.random.default_rng(2).normal(size=500)
    values[[3, 400]] = math.nan
    ours, theirs = summarized(values), summarized(values, make=other.Summarizer)
    names = ("count", "nonfinite", "first", "last", "minimum", "maximum", "mean", "step_at_min")
    assert [getattr(ours, name) for name in names] == [getattr(theirs, name) for name in names]
