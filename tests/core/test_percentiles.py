"""Percentiles against what TensorBoard's server says, and against its rule written out plainly."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from eventglass.app.core.compute.percentiles import BASIS_POINTS, percentiles
from tests.core.oracles import expected, items
from tests.core.test_histogram_bins import Bucket, drawable_tables, rising_buckets, stack

_EDGES = st.one_of(st.floats(-1e300, 1e300), st.floats(-2.0, 2.0), st.integers(-2, 2).map(float))
_COUNTS = st.one_of(st.just(0.0), st.floats(0.0, 1e300), st.floats(0.0, 9.0))


def plain(buckets: list[Bucket]) -> list[float]:
    """The server's rule, a bucket at a time."""
    if not buckets:
        return [0.0] * len(BASIS_POINTS)
    least, greatest = buckets[0][0], buckets[-1][1]
    total = sum(count for _l, _r, count in buckets) or 1.0
    made = []
    for share in BASIS_POINTS:
        value = None
        reached = 0.0
        for number, (_left, right, count) in enumerate(buckets):
            after = reached + count * 10_000.0 / total
            if after > share and after > reached:
                low = least
                if number and reached > 0.0:
                    low = max(buckets[number - 1][1], least)
                high = min(right, greatest)
                value = low + (share - reached) / (after - reached) * (high - low)
                break
            reached = after
        made.append(greatest if value is None else value)
    return made


@given(st.lists(rising_buckets(), min_size=1, max_size=6))
@example([[(0.0, 0.0, 1.0), (0.0, 0.0, 5.0), (0.0, 0.0, 1.0), (0.0, 0.125, 0.0)]])
def test_percentiles_are_those_of_the_plain_rule(histograms: list[list[Bucket]]) -> None:
    found = percentiles(stack(*histograms))
    for row, buckets in zip(found, histograms, strict=True):
        np.testing.assert_allclose(row, plain(buckets), rtol=1e-7, atol=1e-7)


def test_percentiles_are_the_servers() -> None:
    """Of all logs with histograms, by the buckets the server read."""
    seen = 0
    for item in items():
        for series in expected(item, "histograms"):
            tables = drawable_tables(series.facts)
            if not tables or "distribution" not in series.facts:
                continue
            theirs = [[value for _point, value in each] for each in series.facts["distribution"]]
            wanted = np.array(theirs, np.float64)
            np.testing.assert_allclose(percentiles(stack(*tables)), wanted, rtol=1e-9)
            seen += len(tables)
    assert seen > 5


@given(st.lists(st.tuples(_EDGES, _EDGES, _COUNTS), min_size=1, max_size=6))
def test_percentiles_of_any_buckets_rise(edges: list[tuple[float, float, float]]) -> None:
    buckets = [(min(a, b), max(a, b), count) for a, b, count in edges]
    found = percentiles(stack(buckets))[0]
    assert np.isfinite(found).all()
    assert (np.diff(found) >= 0.0).all()
    assert found[0] >= min(left for left, _right, _count in buckets)
    assert found[-1] <= max(right for _left, right, _count in buckets)


def test_an_empty_histogram_has_zeros() -> None:
    found = percentiles(stack([], [(1.0, 2.0, 4.0)]))
    assert found[0].tolist() == [0.0] * 9
    assert found[1, 4] == 1.5


def test_histograms_of_different_lengths_are_worked_on_together() -> None:
    short: list[Bucket] = [(0.0, 1.0, 1.0)]
    long: list[Bucket] = [(float(i), float(i + 1), float(i % 5)) for i in range(300)]
    found = percentiles(stack(long, short, long, short))
    np.testing.assert_allclose(found[0], plain(long))
    np.testing.assert_allclose(found[1], plain(short))
    np.testing.assert_array_equal(found[0], found[2])
