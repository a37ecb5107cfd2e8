"""A view's context on a store filled by hand, for the controls of the scalars view."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from eventglass.app.core.names import Kind
from eventglass.app.core.store import LogStore
from eventglass.app.models.commands import Commands
from eventglass.app.models.payloads import Payloads
from eventglass.app.models.settings import Settings
from eventglass.app.models.tasks import Tasks
from eventglass.app.models.theme import Theme
from eventglass.app.models.workspace import Workspace
from eventglass.widgets.plots.line_book import LineBook
from eventglass.widgets.view import ViewContext
from tests.core.stores import Point, store_of

RUNS = ("base-s1", "base-s2", "base-s3", "wide-s1", "wide-s2", "notes")


def points(values: list[float]) -> list[Point]:
    """Points at steps 0, 10, 20 …, one second apart."""
    return [(10 * i, 1.7e9 + i, value) for i, value in enumerate(values)]


def small_store() -> LogStore:
    """Five runs with loss and accuracy, and one with neither but a text tag."""
    rng = np.random.default_rng(0)
    store = store_of(
        {
            (run, tag): points(rng.normal(size=40).tolist())
            for run in RUNS[:5]
            for tag in ("train/loss", "accuracy")
        }
    )
    run = store.add_run(0, "/logs/notes", "notes", "/logs/notes")
    store.add_series(run.id, "remarks", Kind.TEXT)
    return store


@contextmanager
def scalar_context(folder: Path, store: LogStore | None = None) -> Iterator[ViewContext]:
    """A context whose tasks end with it."""
    store = store if store is not None else small_store()
    theme = Theme("light")
    workspace = Workspace(store, theme)
    workspace.take_changes(store.take_changes())
    tasks = Tasks()
    try:
        yield ViewContext(
            store,
            workspace,
            Settings(folder / "settings.json"),
            tasks,
            Commands(),
            theme,
            LineBook(store, workspace, tasks),
            Payloads(store, tasks, 1 << 20),
        )
    finally:
        tasks.stop()
