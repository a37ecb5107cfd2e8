"""Layouts from logs: merged like TensorBoard's, read in tasks, wrong ones told of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from eventglass.app.core.names import Kind
from eventglass.app.core.payload_cache import PayloadCache
from eventglass.app.core.plugins import DecodeError
from eventglass.app.core.plugins.custom_scalars import Category, Chart, Layout, MarginSeries
from eventglass.app.core.reader import Reader
from eventglass.app.core.store import LogStore
from eventglass.app.models.card_layouts import LayoutBook, merge, problems_of, tags_of
from eventglass.app.models.cards import COMPOSED, Card, CardLine, Margin
from eventglass.app.models.tasks import Tasks

LOSS = Chart("losses", ("loss/.*",), ())
BAND = Chart("", (), (MarginSeries("m", "l", "u"),))


def test_layouts_are_merged_by_title_and_say_nothing_twice() -> None:
    first = Layout((Category("A", (LOSS,), True), Category("B", (BAND,), False)))
    second = Layout((Category("B", (BAND, LOSS), True), Category("C", (), False)))
    groups = merge([first, second])
    assert [(g.title, g.closed, [c.title for c in g.cards]) for g in groups] == [
        ("A", True, ["losses"]),
        ("B", False, ["m", "losses"]),
    ]
    keys = [card.key for group in groups for card in group.cards]
    assert len(set(keys)) == 3
    assert all(key.startswith(COMPOSED) for key in keys)
    # The same at every start, wherever it stands.
    assert merge([second, first])[0].cards[0].key == keys[1]


def test_patterns_match_from_the_start_of_tags() -> None:
    card = Card("k", "t", (CardLine("loss", is_pattern=True), CardLine("x/loss")))
    assert tags_of(card, ["x/loss", "loss", "loss/a", "my/loss"]) == ["loss", "loss/a", "x/loss"]


def test_what_cannot_be_drawn_is_told() -> None:
    card = Card("k", "t", (CardLine("a(", is_pattern=True), CardLine("b", is_pattern=True)))
    [told] = problems_of(card, ["b"])
    assert "“a(” is no valid pattern" in told
    assert tags_of(card, ["a(", "b"]) == ["b"]
    band = Card("k", "t", (), (Margin("m", "l", "u"),))
    assert problems_of(band, ["m", "l"]) == ("No run shown has u",)
    assert problems_of(band, ["m", "l", "u"]) == ()


@pytest.fixture
def tasks(qapp: object) -> Iterator[Tasks]:
    tasks = Tasks()
    yield tasks
    tasks.stop()


class Payloads:
    """Layouts by run, instead of a cache."""

    def __init__(self, layouts: dict[int, Any]) -> None:
        self.layouts = layouts
        self.read_by: list[tuple[int, int]] = []

    def read(self, series: Any, index: int) -> Any:
        self.read_by.append((series.run_id, index))
        found = self.layouts[series.run_id]
        if isinstance(found, Exception):
            raise found
        return found


def add_layout(store: LogStore, name: str, entries: int = 1) -> None:
    run = store.add_run(0, f"/logs/{name}", name, f"/logs/{name}")
    series = store.add_series(run.id, "custom_scalars__config__", Kind.CUSTOM_SCALARS)
    assert series is not None
    columns = (np.zeros(entries, t) for t in (np.int64, float, np.uint32, np.uint64, np.uint64))
    series.append(*columns)


def test_runs_come_in_the_order_of_their_names_and_broken_ones_are_passed_over(
    qtbot: QtBot, tasks: Tasks
) -> None:
    store = LogStore()
    store.add_root("/logs", "logs")
    for name, entries in (("run10", 1), ("run2", 3), ("broken", 1)):
        add_layout(store, name, entries)
    payloads = Payloads(
        {
            0: Layout((Category("late", (LOSS,), False),)),
            1: Layout((Category("early", (LOSS,), False),)),
            2: DecodeError("no layout"),
        }
    )
    book = LayoutBook(store, tasks, cast(PayloadCache, payloads))
    with qtbot.waitSignal(book.changed):
        book.take_changes(store.take_changes())
    assert [group.title for group in book.groups()] == ["early", "late"]
    # What was logged last counts.
    assert (1, 2) in payloads.read_by
    read = len(payloads.read_by)
    book.take_changes(store.take_changes())
    assert len(payloads.read_by) == read
    store.close_root(0)
    with qtbot.waitSignal(book.changed):
        book.take_changes(store.take_changes())
    assert book.groups() == ()


def test_a_layout_of_a_real_log(qtbot: QtBot, tasks: Tasks, corpus: Path) -> None:
    store = LogStore()
    reader = Reader(store)
    reader.start()
    try:
        reader.open(str(corpus / "golden" / "torch_all" / "custom"))
        assert reader.wait_until_settled(20)
    finally:
        reader.stop()
    book = LayoutBook(store, tasks, PayloadCache(store))
    with qtbot.waitSignal(book.changed):
        book.take_changes(None)
    losses, validation = book.groups()
    assert (losses.title, validation.title) == ("Losses", "Validation")
    assert [card.title for card in losses.cards] == ["multiline", "by regex", "margin"]
    assert losses.cards[2].margins == (Margin("stock/mean", "stock/lower", "stock/upper"),)
