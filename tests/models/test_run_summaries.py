"""Summaries for the run table: off the GUI thread, carried on, without superseded points."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from eventglass.app.core.names import Kind
from eventglass.app.core.store import LogStore
from eventglass.app.models import run_summaries
from eventglass.app.models.cards import Derived
from eventglass.app.models.line_styles import series_key
from eventglass.app.models.run_summaries import RunSummaries
from eventglass.app.models.tasks import Tasks
from eventglass.app.models.theme import Theme
from eventglass.app.models.workspace import Workspace
from tests.core.stores import Point, store_of


@pytest.fixture
def tasks(qapp: object) -> Iterator[Tasks]:
    tasks = Tasks()
    yield tasks
    tasks.stop()


class Bench:
    def __init__(self, points: dict[tuple[str, str], list[Point]], tasks: Tasks) -> None:
        self.store: LogStore = store_of(points)
        self.workspace = Workspace(self.store, Theme("light"))
        self.workspace.take_changes(self.store.take_changes())
        self.summaries = RunSummaries(self.store, self.workspace, tasks)
        self.heard: list[frozenset[str]] = []
        self.summaries.ready.connect(self.heard.append)

    def append(self, run_id: int, tag: str, rows: list[Point]) -> None:
        series = self.store.add_series(run_id, tag, Kind.SCALAR)
        assert series is not None
        steps, walls, values = zip(*rows, strict=True)
        series.append(np.array(steps, np.int64), np.array(walls), np.array(values))
        self.store.mark_grown([series.id])
        self.summaries.take_changes(self.store.take_changes())


def rows(*values: float, first: int = 0) -> list[Point]:
    return [(first + i, float(first + i), value) for i, value in enumerate(values)]


def test_what_was_asked_for_comes_and_nothing_else(qtbot: QtBot, tasks: Tasks) -> None:
    points = {(run, tag): rows(1.0, 3.0, 2.0) for run in ("a", "b") for tag in ("loss", "acc")}
    bench = Bench({**points, ("b", "empty"): []}, tasks)
    assert bench.summaries.value(0, "loss") is None
    bench.summaries.request(["loss", "empty", "nosuch", "loss"])
    qtbot.waitUntil(lambda: bool(bench.heard))
    assert bench.heard == [frozenset({"loss"})]
    made = bench.summaries.value(1, "loss")
    assert made is not None
    assert (made.count, made.last, made.maximum, made.step_at_max, made.mean) == (3, 2, 3, 1, 2)
    assert bench.summaries.value(0, "acc") is None
    assert bench.summaries.value(1, "empty") is None
    assert bench.summaries.tags == ("loss", "empty", "nosuch")
    bench.summaries.request(["acc"])
    qtbot.waitUntil(lambda: bench.summaries.value(0, "acc") is not None)


def test_a_series_that_grew_is_carried_on(
    qtbot: QtBot, tasks: Tasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench({("a", "loss"): rows(5.0, math.nan, 4.0), ("b", "loss"): rows(1.0)}, tasks)
    bench.summaries.request(["loss"])
    qtbot.waitUntil(lambda: bench.summaries.value(0, "loss") is not None)
    added: list[tuple[int, int]] = []

    add = run_summaries.Summarizer.add

    def noting(self: run_summaries.Summarizer, values: np.ndarray, start: int, stop: int) -> None:
        added.append((start, stop))
        add(self, values, start, stop)

    monkeypatch.setattr(run_summaries.Summarizer, "add", noting)
    bench.append(0, "loss", rows(3.0, 6.0, first=3))
    qtbot.waitUntil(lambda: len(bench.heard) == 2)
    made = bench.summaries.value(0, "loss")
    assert made is not None
    assert (made.count, made.nonfinite, made.first, made.last) == (4, 1, 5, 6)
    assert (made.minimum, made.mean, made.last_step) == (3, 4.5, 4)
    # Only the new points of the only series that grew.
    assert added == [(3, 5)]


def test_what_a_restart_wrote_again_is_left_out(qtbot: QtBot, tasks: Tasks) -> None:
    first = [(i, float(i), 100.0 + i) for i in range(8)]
    again = [(i, 50.0 + i, 1.0 + i) for i in range(4, 8)]
    bench = Bench({("a", "loss"): first + again}, tasks)
    bench.summaries.request(["loss"])
    qtbot.waitUntil(lambda: bool(bench.heard))
    made = bench.summaries.value(0, "loss")
    assert made is not None
    assert (made.count, made.maximum, made.last) == (8, 103, 8)
    bench.workspace.edit("Show them", restarts="split")
    qtbot.waitUntil(lambda: len(bench.heard) == 2)
    made = bench.summaries.value(0, "loss")
    assert made is not None
    assert (made.count, made.maximum) == (12, 107)
    bench.workspace.edit("Hide them", restarts="hide")
    qtbot.waitUntil(lambda: len(bench.heard) == 3)
    # A restart that comes later takes away what was counted.
    bench.append(0, "loss", [(2, 90.0, 0.5)])
    qtbot.waitUntil(lambda: len(bench.heard) == 4)
    made = bench.summaries.value(0, "loss")
    assert made is not None
    assert (made.count, made.minimum, made.last_step) == (3, 0.5, 2)


def test_restarts_of_one_series_are_seen_as_chosen(qtbot: QtBot, tasks: Tasks) -> None:
    points = rows(*[9.0] * 8) + [(i, 50.0 + i, 1.0) for i in range(4, 8)]
    bench = Bench({("a", "x"): points, ("b", "x"): points}, tasks)
    name = series_key(bench.store.runs[1].key, "x")
    bench.workspace.edit("Show", series_restarts={name: "join"})
    bench.summaries.request(["x"])
    qtbot.waitUntil(lambda: bool(bench.heard))
    found = [bench.summaries.value(run, "x") for run in (0, 1)]
    assert [each.count if each else 0 for each in found] == [8, 12]


def test_derived_series_are_tags_too(qtbot: QtBot, tasks: Tasks) -> None:
    points = {("a", "x"): rows(1.0, 2.0), ("a", "y"): rows(10.0, 10.0), ("b", "x"): rows(5.0)}
    bench = Bench({**points, ("b", "ratio"): rows(7.0)}, tasks)
    formulas = (Derived("ratio", "x / y"), Derived("twice", "2 * ratio"), Derived("bad", "x +"))
    bench.workspace.edit("Derive", derived=formulas)
    bench.summaries.request(["ratio", "twice", "bad"])
    qtbot.waitUntil(lambda: bool(bench.heard))

    def last(run_id: int, tag: str) -> float | None:
        found = bench.summaries.value(run_id, tag)
        return found.last if found else None

    # A tag that was logged hides a derived series of its name.
    assert (last(0, "ratio"), last(1, "ratio")) == (0.2, 7.0)
    assert (last(0, "twice"), last(1, "twice"), last(0, "bad")) == (0.4, 14.0, None)
    bench.append(0, "x", rows(3.0, first=1))
    qtbot.waitUntil(lambda: last(0, "twice") == 0.6)
    bench.workspace.edit("Derive", derived=(Derived("ratio", "y / x"),))
    qtbot.waitUntil(lambda: last(0, "twice") is None)
    assert last(0, "ratio") == pytest.approx(10 / 3)


def test_many_come_in_parts(qtbot: QtBot, tasks: Tasks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_summaries, "PART", 10)
    bench = Bench({(f"r{i}", tag): rows(float(i)) for i in range(25) for tag in "xy"}, tasks)
    bench.summaries.request("xy")
    qtbot.waitUntil(lambda: all(bench.summaries.value(i, tag) for i in range(25) for tag in "xy"))
    assert len(bench.heard) == 5
    made = bench.summaries.value(24, "y")
    assert made is not None
    assert made.last == 24.0


def test_a_request_while_one_runs_is_answered_too(qtbot: QtBot, tasks: Tasks) -> None:
    bench = Bench({("a", tag): rows(1.0) for tag in "xyz"}, tasks)
    for tag in "xyz":
        bench.summaries.request([tag])
    qtbot.waitUntil(lambda: bench.summaries.value(0, "z") is not None)


def test_a_closed_root_is_forgotten(qtbot: QtBot, tasks: Tasks) -> None:
    bench = Bench({("a", "loss"): rows(1.0)}, tasks)
    bench.summaries.request(["loss"])
    qtbot.waitUntil(lambda: bool(bench.heard))
    bench.store.close_root(0)
    bench.summaries.take_changes(bench.store.take_changes())
    assert bench.summaries.value(0, "loss") is None
    assert bench.heard[-1] == frozenset({"loss"})


@pytest.mark.expects_log("Summaries of runs failed")
def test_a_failure_does_not_end_it(
    qtbot: QtBot, tasks: Tasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = {("a", "x"): rows(1.0), ("b", "x"): rows(2.0), ("a", "y"): rows(3.0)}
    bench = Bench(points, tasks)
    made: list[run_summaries.Summarizer] = []

    def make(real: type[run_summaries.Summarizer] = run_summaries.Summarizer) -> object:
        if made:
            raise MemoryError("the second one")
        made.append(real())
        return made[0]

    with monkeypatch.context() as patch:
        patch.setattr(run_summaries, "Summarizer", make)
        bench.summaries.request(["x"])
        qtbot.waitUntil(lambda: not bench.summaries._busy)
    bench.summaries.request(["x", "y"])
    qtbot.waitUntil(lambda: bench.summaries.value(0, "y") is not None)
    # What was computed before the failure was not delivered then.
    assert bench.summaries.value(0, "x") is not None
    assert bench.summaries.value(1, "x") is not None


def test_stopped_it_tells_nothing_more(qtbot: QtBot, tasks: Tasks) -> None:
    bench = Bench({("a", "x"): rows(1.0)}, tasks)
    bench.summaries.request(["x"])
    bench.summaries.stop()
    tasks.submit("after", lambda _: None, lambda _: bench.heard.append(frozenset({"after"})))
    qtbot.waitUntil(lambda: bool(bench.heard))
    assert bench.heard == [frozenset({"after"})]
