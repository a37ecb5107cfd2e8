"""Hyperparameters of runs, read from logs of a real writer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from eventglass.app.core.reader import Reader
from eventglass.app.core.store import LogStore
from eventglass.app.models.hparam_values import HParamValues
from eventglass.app.models.tasks import Tasks

LOGS = Path(__file__).parent.parent / "data" / "logs" / "torch" / "hparams"


@pytest.fixture
def tasks() -> Iterator[Tasks]:
    tasks = Tasks()
    yield tasks
    tasks.stop()


def read(path: Path) -> LogStore:
    store = LogStore()
    reader = Reader(store)
    reader.set_live(False)
    reader.open(str(path))
    reader.start()
    assert reader.wait_until_settled(30)
    reader.stop()
    return store


def test_values_come_by_run_and_pass_down(qtbot: QtBot, tasks: Tasks) -> None:
    store = read(LOGS)
    values = HParamValues(store, tasks)
    assert values.names() == ()
    qtbot.waitUntil(lambda: bool(values.names()))
    names = {run.name: run.id for run in store.runs}
    first = values.values(names["trial_0"])
    assert set(first) == set(values.names())
    assert len({str(dict(values.values(names[f"trial_{i}"]))) for i in range(4)}) == 4
    # A run below has the values of the run above it; one beside has none.
    below = store.add_run(0, "/x", "trial_0/train/a", "/x")
    beside = store.add_run(0, "/y", "other", "/y")
    assert values.values(below.id) == first
    assert values.values(beside.id) == {}
    assert values.by_run([below.id, beside.id]) == {below.id: first, beside.id: {}}


def test_closing_forgets(qtbot: QtBot, tasks: Tasks) -> None:
    store = read(LOGS)
    values = HParamValues(store, tasks)
    qtbot.waitUntil(lambda: bool(values.names()))
    told: list[bool] = []
    values.ready.connect(lambda: told.append(True))
    store.close_root(0)
    assert values.names() == ()
    assert told
    assert values.values(store.runs[-1].id) == {}


def test_unreadable_files_cost_only_themselves(qtbot: QtBot, tasks: Tasks, tmp_path: Path) -> None:
    for part in LOGS.rglob("*tfevents*"):
        copy = tmp_path / part.relative_to(LOGS)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(part.read_bytes())
    store = read(tmp_path)
    for gone in (tmp_path / "trial_2").iterdir():
        gone.unlink()
    values = HParamValues(store, tasks)
    qtbot.waitUntil(lambda: bool(values.names()))
    names = {run.name: run.id for run in store.runs}
    assert values.values(names["trial_1"])
    assert values.values(names["trial_2"]) == {}
