"""Joins on steps: the value last written counts."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from eventglass.app.core.compute.joins import join_on_step, last_written

steps_of = st.lists(st.integers(-5, 30), max_size=40)


@given(steps_of)
def test_last_written(steps):
    array = np.array(steps, np.int64)
    chosen = last_written(array)
    indices = list(range(len(steps))) if chosen is None else chosen.tolist()
    last = {step: i for i, step in enumerate(steps)}
    assert indices == [last[step] for step in sorted(last)]


@given(steps_of, steps_of, st.booleans())
def test_join(steps, others, nearest):
    values = np.arange(len(others)) + 0.5
    made = join_on_step(np.array(steps, np.int64), np.array(others, np.int64), values, nearest)
    by_step = dict(zip(others, values.tolist(), strict=True))
    plain = []
    for step in steps:
        known = [other for other in by_step if other <= step] if nearest else [step]
        plain.append(by_step.get(max(known), math.nan) if known else math.nan)
    np.testing.assert_array_equal(made, plain)
    assert made.dtype == np.float64


def test_the_result_is_a_copy():
    steps, values = np.arange(3), np.array([1.0, 2.0, 3.0])
    made = join_on_step(steps, steps.copy(), values)
    made[0] = 9.0
    assert values[0] == 1.0
