"""The store and its columns: append-only, never copied, snapshots that stay true."""

from __future__ import annotations

import threading

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventglass.app.core import store as store_module
from eventglass.app.core.columns import SegmentList, is_restarted
from eventglass.app.core.names import Kind, natural_key
from eventglass.app.core.problems import Problem, ProblemKind
from eventglass.app.core.store import LogStore, Series


def append(series: Series, steps: list[int]) -> None:
    column = np.array(steps, np.int64)
    series.append(column, column.astype(np.float64), column.astype(np.float64))


def new_series() -> tuple[LogStore, Series]:
    store = LogStore()
    root = store.add_root("/logs", "logs")
    run = store.add_run(root.id, "/logs/a", "a", "/logs/a")
    series = store.add_series(run.id, "loss", Kind.SCALAR)
    assert series is not None
    return store, series


@given(st.lists(st.lists(st.integers(-5, 50), min_size=1, max_size=6), max_size=12))
def test_segments_begin_where_the_step_goes_back(batches: list[list[int]]) -> None:
    segments = SegmentList()
    steps: list[int] = []
    for batch in batches:
        segments.extend(np.array(batch, np.int64), len(steps))
        steps += batch
    expected = [i for i in range(len(steps)) if i == 0 or steps[i] < steps[i - 1]]
    assert segments.view().tolist() == expected


def test_a_marked_restart_begins_a_segment_once() -> None:
    segments = SegmentList()
    segments.mark_restart()
    segments.extend(np.array([1, 2], np.int64), 0)
    segments.mark_restart()
    segments.mark_restart()
    segments.extend(np.array([3, 4], np.int64), 2)
    segments.extend(np.array([5], np.int64), 4)
    assert segments.view().tolist() == [0, 2]


@given(st.lists(st.lists(st.integers(0, 2**62), min_size=1, max_size=40), max_size=30))
def test_snapshots_keep_what_they_showed(batches: list[list[int]]) -> None:
    _, series = new_series()
    taken = []
    so_far: list[int] = []
    for batch in batches:
        append(series, batch)
        so_far += batch
        taken.append((series.scalars(), list(so_far)))
    for snapshot, expected in taken:
        assert snapshot.steps.tolist() == expected
        assert (
            snapshot.wall_times.tolist() == snapshot.values.tolist() == [float(s) for s in expected]
        )


def test_snapshots_share_memory_and_cannot_be_written() -> None:
    _, series = new_series()
    append(series, [1, 2, 3])
    first, second = series.scalars(), series.scalars()
    assert np.shares_memory(first.steps, second.steps)
    for array in (first.steps, first.wall_times, first.values, first.segments):
        assert not array.flags.writeable


def test_readers_see_whole_batches_while_one_writes() -> None:
    _, series = new_series()
    wrong: list[int] = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            snapshot = series.scalars()
            n = len(snapshot.steps)
            if n % 7 or not np.array_equal(snapshot.steps, snapshot.values.astype(np.int64)):
                wrong.append(n)

    thread = threading.Thread(target=look)
    thread.start()
    for i in range(3000):
        append(series, list(range(7 * i, 7 * i + 7)))
    done.set()
    thread.join()
    assert not wrong
    snapshot = series.scalars()
    assert snapshot.pyramid is not None
    assert snapshot.steps.tolist() == list(range(21000))


def test_memory_of_a_long_series() -> None:
    _, series = new_series()
    for _ in range(100):
        append(series, list(range(1000)))
    held = sum(column.nbytes for column in series._state[3:])
    # Doubling leaves at most half of the room empty; that half is address space, not memory.
    assert held <= 2 * 24 * 100_000


def test_changes_are_told_once() -> None:
    calls: list[int] = []
    store = LogStore()
    store.on_change = lambda: calls.append(1)
    root = store.add_root("/logs", "logs")
    run = store.add_run(root.id, "/logs/a", "a", "/logs/a")
    series = store.add_series(run.id, "loss", Kind.SCALAR)
    assert series is not None
    store.mark_grown([series.id])
    store.add_problem(Problem("f", 0, 0, ProblemKind.CUT_TAIL, "cut"))
    assert calls == [1]
    changes = store.take_changes()
    assert (changes.runs, changes.series, changes.grown) == ((0,), (0,), frozenset({0}))
    assert (changes.problems, changes.roots) == (1, True)
    assert not store.take_changes()
    store.mark_grown([0])
    assert calls == [1, 1]


def test_a_series_is_made_once() -> None:
    store, series = new_series()
    assert store.add_series(0, "loss", Kind.SCALAR) is series
    assert store.add_series(0, "loss", Kind.TENSOR) is not series
    assert store.find(0, "loss", Kind.SCALAR) is series
    assert store.find(0, "loss", Kind.IMAGE) is None


def test_the_limit_of_series_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "MAX_SERIES", 3)
    store, _ = new_series()
    made = [store.add_series(0, f"t{i}", Kind.SCALAR) for i in range(10)]
    assert [one is not None for one in made] == [True, True] + [False] * 8
    assert [problem.kind for problem in store.problems] == [ProblemKind.LIMIT]


def restarted(steps: list[int], walls: list[float] | None = None) -> bool:
    column: npt.NDArray[np.int64] = np.array(steps, np.int64)
    segments = SegmentList()
    segments.extend(column, 0)
    clock = np.array(walls if walls is not None else range(len(steps)), np.float64)
    return is_restarted(column, clock, segments.view())


def test_what_counts_as_a_restart() -> None:
    assert restarted([0, 1, 2, 3, 4, 2, 3, 4])
    assert not restarted([0, 1, 2, 3])
    # Out of order from the first to the last: every point stands for itself.
    assert not restarted(list(range(30, 0, -1)))
    # Two writers at the same time in one directory.
    assert not restarted([0, 1, 2, 3, 4, 0, 1, 2, 3, 4], [0, 2, 4, 6, 8, 1, 3, 5, 7, 9])
    # Without a clock the order of the file decides.
    assert restarted([0, 1, 2, 3, 4, 2, 3, 4], [float("nan")] * 8)


def test_natural_order() -> None:
    names = ["run10", "run2", "run", "a/b", "a", "A1", "a-b", "2", "10", "1e-4"]
    assert sorted(names, key=natural_key) == [
        "1e-4", "2", "10", "a", "a/b", "A1", "a-b", "run", "run2", "run10"
    ]  # fmt: skip


@given(st.lists(st.text(max_size=8)))
def test_natural_order_takes_any_text(names: list[str]) -> None:
    keys = sorted(natural_key(name) for name in names)
    assert len(set(keys)) == len(set(names))
