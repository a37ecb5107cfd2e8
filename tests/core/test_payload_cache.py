"""The cache keeps the most recent entries within its budget."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from eventglass.app import load
from eventglass.app.core.payload_cache import PayloadCache, size_of
from eventglass.app.core.plugins.hparams import HParams
from tests.core.oracles import DATA


def test_recent_entries_are_kept_and_old_ones_go() -> None:
    store = load(DATA / "logs" / "keras").store
    series = next(s for s in store.series if s.kind == "histogram" and s.count >= 5)
    one = size_of(PayloadCache(store).read(series, 0))
    cache = PayloadCache(store, budget_bytes=3 * one)
    first, second, third = (cache.read(series, index) for index in range(3))
    assert cache.size_bytes == 3 * one
    assert cache.read(series, 0) is first  # now the most recent
    cache.read(series, 3)
    assert cache.size_bytes == 3 * one
    assert cache.read(series, 0) is first
    assert cache.read(series, 2) is third
    assert cache.read(series, 1) is not second
    cache.clear()
    assert cache.size_bytes == 0
    assert cache.read(series, 0) is not first


def test_what_is_larger_than_the_budget_is_not_kept() -> None:
    store = load(DATA / "logs" / "mesh").store
    cache = PayloadCache(store, budget_bytes=10)
    series = store.series[0]
    assert cache.read(series, 0) is not cache.read(series, 0)
    assert cache.size_bytes == 0


def test_negative_and_missing_indices() -> None:
    store = load(DATA / "logs" / "mesh").store
    series = store.series[0]
    for index in (-1, series.count):
        with pytest.raises(IndexError):
            PayloadCache(store).read(series, index)


def test_sizes_follow_the_contents() -> None:
    array = np.zeros((100, 3))
    assert size_of(array) >= array.nbytes
    assert size_of(np.broadcast_to(array[0, 0], (1000, 1000))) < 1000
    assert size_of((b"x" * 1000, "y" * 500)) >= 1500
    assert size_of({"key": b"x" * 1000}) >= 1000
    assert size_of(np.array([b"x" * 1000] * 2, object)) >= 2000


@pytest.mark.parametrize("name", ["torch", "tf2", "tf1", "keras", "mesh"])
def test_every_payload_has_a_size(name: str) -> None:
    store = load(DATA / "logs" / name).store
    cache = PayloadCache(store)
    for series in store.series:
        if series.kind != "scalar":
            decoded = cache.read(series, 0)
            length = int(store.read_payload(series, 0).__len__())
            assert size_of(decoded) >= (0 if isinstance(decoded, HParams) else length // 4)
            assert size_of(decoded) < 64 * length + sys.getsizeof(decoded) + 4096
