"""Quantiles equal the printed tables."""

from __future__ import annotations

import math

import pytest

from eventglass.app.core.compute.quantiles import median_rank, student_t


@pytest.mark.parametrize(
    ("freedom", "expected"),
    [
        (1, 12.7062),
        (2, 4.3027),
        (3, 3.1824),
        (4, 2.7764),
        (5, 2.5706),
        (6, 2.4469),
        (7, 2.3646),
        (8, 2.3060),
        (9, 2.2622),
        (10, 2.2281),
        (15, 2.1314),
        (20, 2.0860),
        (29, 2.0452),
        (30, 2.0423),
        (40, 2.0211),
        (60, 2.0003),
        (100, 1.9840),
        (120, 1.9799),
        (1000, 1.9623),
        (10**9, 1.959964),
    ],
)
def test_student_t(freedom, expected):
    assert student_t(freedom) == pytest.approx(expected, abs=6e-5)


def test_student_t_falls_and_its_two_ways_meet():
    values = [student_t(n) for n in range(1, 600)]
    assert values == sorted(values, reverse=True)
    assert student_t(400) - student_t(401) == pytest.approx(
        student_t(399) - student_t(400), rel=0.02
    )


@pytest.mark.parametrize("count", [1, 2, 5, 6, 9, 10, 25, 100, 1000])
def test_median_rank_is_the_highest_that_is_sure_enough(count):
    def outside(rank):
        return 2 * sum(math.comb(count, k) for k in range(rank + 1)) / 2**count

    rank = median_rank(count)
    assert outside(rank + 1) > 0.05
    if count >= 6:
        assert outside(rank) <= 0.05
    else:
        assert rank == 0
