"""Garbage is collected on the GUI thread only, now and then, and not at all while much is read."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from eventglass.app.models import garbage
from eventglass.app.models.garbage import Garbage


class Knot:
    """Refers to itself: only the collector can free it."""

    def __init__(self, freed_on: list[int]) -> None:
        self.me = self
        weakref.finalize(self, lambda: freed_on.append(threading.get_ident()))


@pytest.fixture
def collector(qtbot: QtBot) -> Iterator[Garbage]:
    was = gc.isenabled()
    made = Garbage()
    made.look()
    yield made
    made.stop()
    if not was:
        gc.disable()


def test_nothing_is_freed_on_another_thread(collector: Garbage, qtbot: QtBot) -> None:
    freed_on: list[int] = []
    thread = threading.Thread(target=lambda: [Knot(freed_on) for _ in range(3000)])
    before = gc.get_threshold()
    gc.set_threshold(100)
    try:
        thread.start()
        thread.join()
    finally:
        gc.set_threshold(*before)
    assert not freed_on
    assert not gc.isenabled()
    collector._full_from_s = 0.0
    collector.look()
    assert len(freed_on) == 3000
    assert set(freed_on) == {threading.get_ident()}


def test_young_garbage_goes_when_there_is_much(
    collector: Garbage, monkeypatch: pytest.MonkeyPatch
) -> None:
    gc.collect(1)
    freed_on: list[int] = []
    Knot(freed_on)
    collector.look()
    assert not freed_on, "too little to go through it"
    monkeypatch.setattr(garbage, "MANY", 1)
    collector.look()
    assert len(freed_on) == 1


def test_what_the_start_made_is_put_aside(qtbot: QtBot) -> None:
    was = gc.isenabled()
    made = Garbage()
    freed_on: list[int] = []
    Knot(freed_on)
    before = gc.get_freeze_count()
    made.look()
    made.stop()
    if not was:
        gc.disable()
    assert gc.get_freeze_count() > before
    assert not freed_on
    gc.unfreeze()
    gc.collect()


def test_a_flood_is_put_aside(collector: Garbage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garbage, "FLOOD", 1)
    kept: list[list[int]] = [[] for _ in range(100)]
    before = gc.get_freeze_count()
    collector.look()
    assert gc.get_freeze_count() >= before + len(kept)


def test_stopped_it_is_left_to_python(qtbot: QtBot) -> None:
    was = gc.isenabled()
    made = Garbage()
    assert not gc.isenabled()
    made.stop()
    assert gc.isenabled()
    if not was:
        gc.disable()
