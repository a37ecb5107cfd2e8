"""A session on a store that a test fills by hand: nothing is read, nothing runs in threads."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import numpy as np
from PySide6.QtCore import QObject, Signal

from eventglass.app.core.names import Kind
from eventglass.app.core.reader import Progress
from eventglass.app.core.store import LogStore, Root, Run
from eventglass.app.models.commands import Commands
from eventglass.app.models.session import Session
from eventglass.app.models.settings import Settings
from eventglass.app.models.tasks import Tasks
from eventglass.app.models.theme import Theme
from eventglass.app.models.workspace import Workspace


class FakeFeed(QObject):
    changed = Signal(object)
    progressed = Signal(object)
    settled = Signal()


class FakeReader:
    def __init__(self, store: LogStore) -> None:
        self.store = store
        self.live: bool | None = None
        self.looks = 0
        self.reason: str | None = None

    def open(self, path: str) -> Root:
        if not os.path.basename(path):
            raise ValueError("no name")
        return self.store.add_root(path, os.path.basename(path))

    def close(self, root_id: int) -> None:
        self.store.close_root(root_id)

    def set_live(self, live: bool) -> None:
        self.live = live

    def look_now(self) -> None:
        self.looks += 1

    def empty_reason(self, root_id: int) -> str | None:
        return self.reason

    def progress(self) -> Progress:
        return Progress(1, 1, 10, 10, 10, 0, 0.1, True)


def make_store(names: Iterable[str] = (), root: str = "/logs/a") -> LogStore:
    """Store with one root and these runs."""
    store = LogStore()
    base = store.add_root(root, os.path.basename(root))
    for name in names:
        add_run(store, base, name)
    return store


def add_run(store: LogStore, root: Root, name: str) -> Run:
    directory = root.path if name == "." else f"{root.path}/{name}"
    return store.add_run(root.id, directory, name, directory)


def add_scalars(store: LogStore, run: Run, tag: str, values: Iterable[float]) -> None:
    """Add points at steps 0, 10, 20 … one second apart."""
    series = store.add_series(run.id, tag, Kind.SCALAR)
    assert series is not None
    column = np.asarray(list(values), np.float64)
    steps = np.arange(len(column), dtype=np.int64) * 10
    series.append(steps, 1.7e9 + np.arange(len(column), dtype=np.float64), column)
    if len(column):
        run.last_step = max(run.last_step or 0, int(steps[-1]))
        run.first_wall_time_s = 1.7e9
        run.last_wall_time_s = 1.7e9 + len(column) - 1
    store.mark_grown([series.id])


class FakeTasks:
    """Takes work and never gets to it."""

    def submit(self, *_given: object, **_named: object) -> None:
        pass

    def cancel(self, _owner: object) -> None:
        pass


def make_session(
    folder: Path,
    store: LogStore | None = None,
    scheme: str = "light",
    tasks: Tasks | None = None,
) -> Session:
    """Session whose reader and feed do nothing by themselves; `Session.feed.changed` is ours.

    Tasks never end unless there are real ones.
    """
    store = store if store is not None else LogStore()
    theme = Theme(scheme)
    return Session(
        store,
        cast(Any, FakeReader(store)),
        cast(Any, FakeFeed()),
        Workspace(store, theme),
        Settings(folder / "settings.json"),
        tasks or cast(Tasks, FakeTasks()),
        Commands(),
        theme,
        folder=folder,
    )


def tell(session: Session) -> None:
    """Deliver what changed in the store."""
    session.feed.changed.emit(session.store.take_changes())
