"""Stacks of histograms: what is left out of bad ones, and what is known of their values."""

from __future__ import annotations

import math

import numpy as np
import pytest

from eventglass.app.core.compute.histogram_bins import bin_counts, bin_edges, full_range
from eventglass.app.core.compute.histogram_stacks import moments_of, most_buckets, row_of
from eventglass.app.core.compute.percentiles import percentiles
from eventglass.app.core.plugins.histograms import Histogram, from_old_style
from eventglass.app.core.proto import event_pb2
from tests.core.test_histogram_bins import Bucket, histogram, stack

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    "bad",
    [
        (NAN, 1.0, 2.0),
        (0.0, NAN, 2.0),
        (0.0, 1.0, NAN),
        (-INF, 1.0, 2.0),
        (0.0, INF, 2.0),
        (0.0, 1.0, INF),
        (0.0, 1.0, -2.0),
        (1.0, 0.0, 2.0),
        (-1.7e308, 1.7e308, 2.0),
    ],
)
def test_a_bucket_that_cannot_be_drawn_is_left_out(bad: Bucket) -> None:
    row = row_of(histogram([(0.0, 1.0, 3.0), bad, (1.0, 2.0, 4.0)]))
    assert row.left_out == 1
    assert row.count.tolist() == [3.0, 4.0]


def test_nothing_but_bad_buckets() -> None:
    stacked = stack([(NAN, NAN, NAN)], [])
    assert stacked.left_out.tolist() == [1, 0]
    assert full_range([stacked]) is None
    assert bin_counts(stacked, bin_edges(0.0, 1.0, 4)).tolist() == [[0.0] * 4] * 2
    assert percentiles(stacked).shape == (2, 9)


def test_buckets_out_of_order_are_put_in_order_and_overlaps_are_noticed() -> None:
    row = row_of(histogram([(2.0, 3.0, 1.0), (0.0, 2.5, 4.0)]))
    assert row.left.tolist() == [0.0, 2.0]
    assert row.overlaps
    assert not row_of(histogram([(0.0, 1.0, 1.0), (1.0, 2.0, 4.0)])).overlaps


def test_very_many_buckets_become_fewer_and_keep_their_counts() -> None:
    edges = np.linspace(0.0, 1.0, 1001)
    row = row_of(Histogram(edges[:-1].copy(), edges[1:].copy(), np.ones(1000)), 64)
    assert row.merged
    assert len(row.left) <= 64
    assert row.count.sum() == 1000.0
    assert (row.left[0], row.right[-1]) == (0.0, 1.0)


def test_room_for_buckets_is_shared() -> None:
    assert most_buckets(1) > most_buckets(10_000) >= 64


def test_mean_and_deviation_by_the_sums() -> None:
    message = event_pb2.Histogram(
        min=1.0, max=3.0, num=2.0, sum=4.0, sum_squares=10.0, bucket_limit=[2, 4], bucket=[1, 1]
    )
    assert moments_of(from_old_style(message)) == pytest.approx((2.0, 1.0))


@pytest.mark.parametrize(
    ("number", "total", "squares"),
    [(0.0, 0.0, 0.0), (2.0, NAN, 1.0), (2.0, 1.0, INF), (-1.0, 1.0, 1.0), (2.0, 1.0, -5.0)],
)
def test_sums_that_say_nothing(number: float, total: float, squares: float) -> None:
    empty = np.empty(0)
    found = Histogram(empty, empty.copy(), empty.copy(), number, total, squares)
    assert all(map(math.isnan, moments_of(found)))


def test_sums_that_contradict_each_other_have_no_deviation() -> None:
    empty = np.empty(0)
    mean, std = moments_of(Histogram(empty, empty.copy(), empty.copy(), 2.0, 20.0, 1.0))
    assert mean == 10.0
    assert math.isnan(std)


def test_without_sums_mean_and_deviation_are_estimated() -> None:
    means, stds, guessed = stack([(0.0, 2.0, 10.0)], [(3.0, 3.0, 5.0)], []).moments()
    assert guessed.all()
    assert means[:2].tolist() == [1.0, 3.0]
    assert stds[:2] == pytest.approx([math.sqrt(4.0 / 12.0), 0.0])
    assert math.isnan(means[2])


def test_estimates_neither_overflow_nor_vanish() -> None:
    means, stds, _guessed = stack([(1e290, 3e290, 1.0)], [(1e-290, 3e-290, 1.0)]).moments()
    assert means == pytest.approx([2e290, 2e-290])
    assert (stds > 0.0).all()


def test_a_row_comes_out_as_it_went_in() -> None:
    stacked = stack([(0.0, 1.0, 1.0)], [], [(1.0, 2.0, 3.0), (2.0, 5.0, 4.0)])
    assert len(stacked) == 3
    assert stacked.row(1).left.tolist() == []
    assert stacked.row(2).right.tolist() == [2.0, 5.0]
    assert stacked.totals().tolist() == [1.0, 0.0, 7.0]
    assert stacked.rows.tolist() == [0, 2, 2]
