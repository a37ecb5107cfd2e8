"""Entries that are shown, and the one nearest to a step."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventglass.app.core.names import Kind
from eventglass.app.core.store import LogStore, Series
from eventglass.app.models.entries import Entries, entries_of

INT64 = st.integers(-(2**63), 2**63 - 1)


def series_at(steps: list[int], walls: list[float] | None = None) -> Series:
    store = LogStore()
    root = store.add_root("/logs", "logs")
    run = store.add_run(root.id, "/logs/a", "a", "/logs/a")
    series = store.add_series(run.id, "image", Kind.IMAGE)
    assert series is not None
    n = len(steps)
    if n:
        series.append(
            np.array(steps, np.int64),
            np.array(walls or range(n), np.float64),
            np.zeros(n, np.uint32),
            np.arange(n, dtype=np.uint64),
            np.ones(n, np.uint64),
        )
    return series


def test_what_a_restart_wrote_again_is_left_out() -> None:
    steps = [0, 10, 20, 30, 10, 20, 30, 40, 50]
    entries = entries_of(series_at(steps))
    assert entries.indices.tolist() == [0, 4, 5, 6, 7, 8]
    assert entries.steps.tolist() == [0, 10, 20, 30, 40, 50]
    assert entries_of(series_at(steps), "split").steps.tolist() == steps
    assert entries.count == len(steps)


def test_without_entries_nothing_is_nearest() -> None:
    entries = entries_of(series_at([]))
    assert len(entries) == 0
    assert entries.nearest(3) == -1
    assert entries.nearest(None) == -1


@pytest.mark.parametrize(
    ("step", "place"), [(None, 3), (-5, 0), (4, 0), (6, 2), (10, 2), (16, 3), (10**15, 3)]
)
def test_the_nearest_of_equals_is_the_last(step: int | None, place: int) -> None:
    assert entries_of(series_at([0, 10, 10, 20]), "split").nearest(step) == place


@given(st.lists(INT64, min_size=1, max_size=12).map(sorted), INT64)
def test_no_other_entry_is_nearer(steps: list[int], step: int) -> None:
    columns = np.array(steps, np.int64)
    entries = Entries(np.arange(len(steps)), columns, columns.astype(np.float64), len(steps))
    place = entries.nearest(step)
    assert abs(steps[place] - step) == min(abs(each - step) for each in steps)
