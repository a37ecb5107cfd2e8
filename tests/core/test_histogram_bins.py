"""Display bins against TensorBoard's rule written out plainly; ranges without outliers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventglass.app.core.compute.histogram_bins import (
    bin_counts,
    bin_edges,
    full_range,
    logged_counts,
    robust_range,
    robust_ranges,
    widened,
)
from eventglass.app.core.compute.histogram_stacks import (
    FARTHEST,
    HistogramStack,
    row_of,
    stack_of,
)
from eventglass.app.core.plugins.histograms import Histogram
from tests.core.oracles import expected, items

Bucket = tuple[float, float, float]


def histogram(buckets: Sequence[Bucket]) -> Histogram:
    table = np.array(buckets, np.float64).reshape(-1, 3)
    return Histogram(table[:, 0].copy(), table[:, 1].copy(), table[:, 2].copy())


def stack(*histograms: Sequence[Bucket], most: int = 10_000) -> HistogramStack:
    count = len(histograms)
    rows = [row_of(histogram(each), most) for each in histograms]
    return stack_of(range(count), range(0, 10 * count, 10), [1.7e9 + i for i in range(count)], rows)


def plain_bins(buckets: Sequence[Bucket], edges: Sequence[float]) -> list[float]:
    """TensorBoard's rule: by overlap; what has no width to the bin it lies in, the last closed."""
    made = []
    last = len(edges) - 2
    for number in range(last + 1):
        low, high = edges[number], edges[number + 1]
        total = 0.0
        for left, right, count in buckets:
            if right > left:
                total += count * max(0.0, min(right, high) - max(left, low)) / (right - left)
            elif low <= left and (right <= high if number == last else right < high):
                total += count
        made.append(total)
    return made


@st.composite
def rising_buckets(draw: st.DrawFn) -> list[Bucket]:
    """Buckets one after the other, some without width, some with gaps between them."""
    at = draw(st.integers(-50, 50)) / 8.0
    made = []
    for _ in range(draw(st.integers(1, 12))):
        at += draw(st.sampled_from([0.0, 0.0, 0.5]))
        width = draw(st.sampled_from([0.0, 0.125, 0.5, 1.0, 3.75]))
        made.append((at, at + width, float(draw(st.integers(0, 9)))))
        at += width
    return made


@given(st.lists(rising_buckets(), min_size=1, max_size=5), st.sampled_from([1, 7, 30]))
def test_bins_are_those_of_the_plain_rule(histograms: list[list[Bucket]], bins: int) -> None:
    stacked = stack(*histograms)
    found = full_range([stacked])
    assert found is not None
    edges = bin_edges(*widened(*found), bins)
    counts = bin_counts(stacked, edges)
    for row, buckets in zip(counts, histograms, strict=True):
        np.testing.assert_allclose(row, plain_bins(buckets, edges.tolist()), rtol=1e-9, atol=1e-9)
    # Over the whole range nothing is lost.
    np.testing.assert_allclose(counts.sum(axis=1), stacked.totals(), rtol=1e-9)


@given(st.lists(rising_buckets(), min_size=1, max_size=4), st.floats(-8, 8), st.floats(0.01, 9))
def test_bins_of_a_part_hold_what_lies_in_it(
    histograms: list[list[Bucket]], low: float, width: float
) -> None:
    edges = bin_edges(low, low + width, 16)
    counts = bin_counts(stack(*histograms), edges)
    for row, buckets in zip(counts, histograms, strict=True):
        np.testing.assert_allclose(row, plain_bins(buckets, edges.tolist()), rtol=1e-6, atol=1e-9)


def drawable_tables(facts: dict[str, Any]) -> list[list[Bucket]]:
    """The buckets of a series as TensorBoard reads them; none where they can't all be drawn."""
    tables = [np.array(each, np.float64).reshape(-1, 3) for each in facts["buckets"]]
    together = np.concatenate([np.empty((0, 3)), *tables])
    sound = np.isfinite(together).all() and (np.abs(together) <= FARTHEST).all()
    if not len(together) or not sound or (together[:, 1] < together[:, 0]).any():
        return []
    return [[(a, b, n) for a, b, n in table.tolist()] for table in tables]


def test_bins_of_the_corpus() -> None:
    seen = 0
    for item in items():
        for series in expected(item, "histograms"):
            tables = drawable_tables(series.facts)
            if not tables:
                continue
            stacked = stack(*tables)
            found = full_range([stacked])
            assert found is not None
            edges = bin_edges(*widened(*found), 30)
            for row, table in zip(bin_counts(stacked, edges), tables, strict=True):
                wanted = plain_bins(table, edges.tolist())
                np.testing.assert_allclose(row, wanted, rtol=1e-7, atol=1e-7)
            seen += 1
    assert seen > 5


def test_an_edge_belongs_to_the_bin_it_begins_and_the_last_to_the_last() -> None:
    edges = bin_edges(0.0, 3.0, 3)
    counts = bin_counts(stack([(1.0, 1.0, 5.0), (3.0, 3.0, 7.0)]), edges)
    assert counts.tolist() == [[0.0, 5.0, 7.0]]


def test_equal_values_get_a_range_with_room() -> None:
    assert widened(2.2, 2.2) == pytest.approx((1.0, 3.42))
    low, high = widened(-2.2, -2.2)
    assert low < -2.2 < high
    assert widened(1.0, 2.0) == (1.0, 2.0)


def test_one_step_with_an_outlier_does_not_ruin_the_range() -> None:
    usual: list[Bucket] = [(-1.0, 0.0, 50.0), (0.0, 1.0, 50.0)]
    outlier: list[Bucket] = [*usual, (1.0, 1e6, 1.0)]
    stacked = stack(*[usual] * 99, outlier)
    assert full_range([stacked]) == (-1.0, 1e6)
    found = robust_range([stacked], 0.001)
    assert found is not None
    assert found == pytest.approx((-0.998, 0.998), abs=1e-3)


@given(st.lists(rising_buckets(), min_size=1, max_size=6), st.sampled_from([0.001, 0.01, 0.05]))
def test_a_robust_range_leaves_out_no_more_than_its_share(
    histograms: list[list[Bucket]], share: float
) -> None:
    stacked = stack(*histograms)
    found = robust_range([stacked], share)
    assert found is not None
    low, high = found
    whole = full_range([stacked])
    assert whole is not None
    assert whole[0] <= low <= high <= whole[1]
    weights = [
        (left, right, count / total)
        for buckets in histograms
        if (total := sum(count for _l, _r, count in buckets)) > 0.0
        for left, right, count in buckets
    ]
    slack = 1e-7 * max(abs(whole[0]), abs(whole[1]), 1.0)
    below = sum(
        w * min(max((low - slack - a) / (b - a), 0.0), 1.0) if b > a else w * (a < low - slack)
        for a, b, w in weights
    )
    above = sum(
        w * min(max((b - high - slack) / (b - a), 0.0), 1.0) if b > a else w * (b > high + slack)
        for a, b, w in weights
    )
    allowed = share * sum(w for _a, _b, w in weights) + 1e-6
    assert below <= allowed
    assert above <= allowed


def test_ranges_without_buckets() -> None:
    assert robust_ranges([stack([])], (0.0, 0.01)) == [None, None]
    assert full_range([]) is None
    only_empty = stack([(0.0, 2.0, 0.0)])
    assert robust_range([only_empty], 0.01) == (0.0, 2.0)


def test_buckets_as_logged_are_looked_at_not_spread() -> None:
    stacked = stack([(0.0, 1.0, 4.0), (1.0, 4.0, 6.0)])
    counts = logged_counts(stacked, bin_edges(0.0, 4.0, 4))
    assert counts.tolist() == [[4.0, 6.0, 6.0, 6.0]]


def test_a_bucket_thinner_than_a_cell_is_seen() -> None:
    stacked = stack([(0.0, 3.999, 1.0), (3.999, 3.9995, 9.0), (4.0, 4.0, 8.0)])
    counts = logged_counts(stacked, bin_edges(0.0, 4.0, 4))
    assert counts.tolist() == [[1.0, 1.0, 1.0, 9.0]]


def test_many_wide_buckets_are_worked_off_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    from eventglass.app.core.compute import histogram_bins

    rng = np.random.default_rng(1)
    table = rng.uniform(0.0, 5.0, (40, 9, 2))
    histograms = [[(a, a + w, 3.0) for a, w in each] for each in table.tolist()]
    edges = bin_edges(0.0, 10.0, 30)
    whole = bin_counts(stack(*histograms), edges)
    monkeypatch.setattr(histogram_bins, "_AT_ONCE", 50)
    np.testing.assert_allclose(bin_counts(stack(*histograms), edges), whole)


def test_the_least_of_counts_has_a_range() -> None:
    """One over a total of 1e-320 is infinite."""
    assert robust_range([stack([(0.0, 1.0, 1e-320)])], 0.05) == pytest.approx((0.05, 0.95))
