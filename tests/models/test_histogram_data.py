"""Stacks of series: read on threads, grown without reading twice, kept within a budget."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from eventglass.app.core.names import Kind
from eventglass.app.core.reader import Reader
from eventglass.app.core.store import LogStore, Series
from eventglass.app.models import histogram_data
from eventglass.app.models.histogram_data import HistogramBook, iter_failures, read, read_row
from eventglass.app.models.tag_groups import TagGroups
from eventglass.app.models.tasks import Tasks
from eventglass.app.models.theme import Theme
from eventglass.app.models.workspace import Workspace
from tests.models import histogram_logs
from tests.models.histogram_logs import normal


@dataclass
class Bench:
    """A log that was read, and what stands on it."""

    store: LogStore
    reader: Reader
    workspace: Workspace
    tasks: Tasks
    folder: Path

    def series(self, run: str, tag: str) -> Series:
        runs = {one.id: one.name for one in self.store.runs}
        return next(s for s in self.store.series if runs[s.run_id] == run and s.tag == tag)


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    histogram_logs.write(
        tmp_path,
        {
            "a": {
                "w/kernel": [(10 * i, normal(0.1 * i, 1.0)) for i in range(20)],
                "w/bias": [(0, normal(0.0, 1.0)), (1, None), (2, normal(1.0, 1.0))],
            },
            "b": {
                "w/kernel": [(10 * i, normal(5.0, 2.0)) for i in range(5)],
                "odd": [(0, [(float("nan"), 1.0, 2.0), (0.0, 1.0, 4.0), (0.5, 2.0, 4.0)])],
            },
        },
    )
    store, reader = histogram_logs.opened(tmp_path)
    workspace, tasks = Workspace(store, Theme("light")), Tasks()
    workspace.take_changes(store.take_changes())
    yield Bench(store, reader, workspace, tasks, tmp_path)
    tasks.stop()
    reader.stop()


def wait_for(qtbot: QtBot, book: HistogramBook, series: Series) -> histogram_data.Loaded:
    qtbot.waitUntil(
        lambda: (
            (found := book.peek(series.id)) is not None
            and found.share >= 1.0
            and not book.is_busy(series.id)
        )
    )
    loaded = book.peek(series.id)
    assert loaded is not None
    return loaded


def test_a_series_is_read_on_a_thread_and_told(bench: Bench, qtbot: QtBot) -> None:
    book = HistogramBook(bench.store, bench.workspace, bench.tasks)
    series = bench.series("a", "w/kernel")
    assert book.get(series.id) is None
    with qtbot.waitSignal(book.ready) as told:
        pass
    assert told.args == [series.id]
    loaded = wait_for(qtbot, book, series)
    assert loaded.stack.steps.tolist() == [10 * i for i in range(20)]
    assert loaded.stack.totals().sum() > 0
    low, high = loaded.range_of(0.0) or (0.0, 0.0)
    assert (low, high) == pytest.approx((-3.0, 4.9))
    narrow = loaded.range_of(1.0)
    assert narrow is not None
    assert low < narrow[0] < narrow[1] < high
    assert book.get(series.id) is loaded


def test_entries_that_cannot_be_decoded_are_counted(bench: Bench) -> None:
    loaded = read(bench.store, bench.series("a", "w/bias"), "hide")
    assert loaded.stack.steps.tolist() == [0, 2]
    assert loaded.failures == 1
    assert any("can't be decoded" in note for note in iter_failures(loaded))


def test_what_cannot_be_drawn_is_told(bench: Bench) -> None:
    notes = list(iter_failures(read(bench.store, bench.series("b", "odd"), "hide")))
    assert any(note.startswith("1 bucket of 1 histogram can't be drawn") for note in notes)
    assert any("overlap" in note for note in notes)


def test_what_is_known_is_not_read_again(
    bench: Bench, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    series = bench.series("a", "w/kernel")
    first = read(bench.store, series, "hide")
    read_again: list[int] = []
    original = histogram_data._Source.read

    def counted(self: histogram_data._Source, index: int) -> object:
        read_again.append(index)
        return original(self, index)

    monkeypatch.setattr(histogram_data._Source, "read", counted)
    with (next((bench.folder / "a").iterdir())).open("ab") as stream:
        stream.write(histogram_logs.entry("w/kernel", 200, normal(0.0, 1.0), 1.7e9 + 200))
    bench.reader.look_now()
    qtbot.waitUntil(lambda: series.count == 21)
    second = read(bench.store, series, "hide", first)
    assert read_again == [20]
    assert len(second.stack) == 21
    assert second.stack.row(7).count.tolist() == first.stack.row(7).count.tolist()


def test_a_series_that_has_grown_is_read_on(bench: Bench, qtbot: QtBot) -> None:
    book = HistogramBook(bench.store, bench.workspace, bench.tasks)
    series = bench.series("b", "w/kernel")
    book.get(series.id)
    assert len(wait_for(qtbot, book, series).stack) == 5
    with (next((bench.folder / "b").iterdir())).open("ab") as stream:
        stream.write(histogram_logs.entry("w/kernel", 70, normal(0.0, 1.0), 1.7e9 + 70))
    bench.reader.look_now()
    qtbot.waitUntil(lambda: series.count == 6)
    stale = book.get(series.id)
    assert stale is not None
    assert len(stale.stack) == 5
    qtbot.waitUntil(lambda: len((book.peek(series.id) or stale).stack) == 6)


def test_long_series_are_thinned_and_single_ones_are_exact(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(histogram_data, "MOST_ENTRIES", 6)
    series = bench.series("a", "w/kernel")
    loaded = read(bench.store, series, "hide")
    assert loaded.stride == 4
    assert loaded.stack.steps.tolist() == [0, 40, 80, 120, 160, 190]
    assert any("every 4th" in note for note in iter_failures(loaded))
    assert read_row(bench.store, series, 3).count.sum() > 0


def test_stacks_out_of_view_give_way(bench: Bench, qtbot: QtBot) -> None:
    book = HistogramBook(bench.store, bench.workspace, bench.tasks, budget_bytes=1)
    first, second = bench.series("a", "w/kernel"), bench.series("b", "w/kernel")
    for series in (first, second):
        book.hold(series.id)
        book.get(series.id)
        wait_for(qtbot, book, series)
    assert book.peek(first.id) is not None
    book.let_go(first.id)
    assert book.peek(first.id) is None
    assert book.peek(second.id) is not None
    book.forget()
    assert book.size_bytes == 0


def test_what_is_asked_for_and_given_up_is_not_delivered(bench: Bench, qtbot: QtBot) -> None:
    book = HistogramBook(bench.store, bench.workspace, bench.tasks)
    series = bench.series("a", "w/kernel")
    book.hold(series.id)
    book.get(series.id)
    book.let_go(series.id)
    assert not book.is_busy(series.id)
    qtbot.wait(60)
    assert book.peek(series.id) is None


def test_a_file_that_is_gone_is_a_reason(bench: Bench) -> None:
    next((bench.folder / "b").iterdir()).unlink()
    loaded = read(bench.store, bench.series("b", "odd"), "hide")
    assert len(loaded.stack) == 0
    assert loaded.failures == 1
    assert "can't be read" in loaded.failed[0][1]


# --- groups ---------------------------------------------------------------------------------------


def test_cards_are_by_tag_and_run_or_by_tag(bench: Bench) -> None:
    groups = TagGroups(bench.store, bench.workspace, Kind.HISTOGRAM, "Histograms")
    assert groups.take_changes(None)
    apart = groups.groups(False)
    assert [(group.title, len(group.keys)) for group in apart] == [("Other", 1), ("w", 3)]
    places = [groups.place(key) for key in apart[1].keys]
    assert [place.tag for place in places if place] == ["w/bias", "w/kernel", "w/kernel"]
    as_one = groups.groups(True)
    assert [len(group.keys) for group in as_one] == [1, 2]
    place = groups.place("w/kernel")
    assert place is not None
    assert place.together
    assert len(place.series_ids) == 2


def test_filter_hidden_runs_and_pins(bench: Bench) -> None:
    workspace = bench.workspace
    groups = TagGroups(bench.store, workspace, Kind.HISTOGRAM, "Histograms")
    groups.take_changes(None)
    workspace.edit("pin", pinned_tags=("odd",))
    assert [group.title for group in groups.groups(False)] == ["Pinned", "Other", "w"]
    workspace.edit("filter", tag_filter="kernel")
    assert [len(group.keys) for group in groups.groups(False)] == [2]
    run = next(run for run in bench.store.runs if run.name == "b")
    workspace.set_shown([run.key], shown=False)
    assert [len(group.keys) for group in groups.groups(False)] == [1]
    assert groups.keys_of_tag("w/kernel") == [key for g in groups.groups(False) for key in g.keys]
