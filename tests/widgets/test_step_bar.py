"""The step bar: arrows go from one step that was logged to the next."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from eventglass.app.core.names import Kind
from eventglass.app.core.store import LogStore
from eventglass.app.models.theme import Theme
from eventglass.app.models.workspace import Workspace
from eventglass.widgets.controls.step_bar import StepBar


def bar_of(qtbot: QtBot, tags: dict[tuple[str, Kind], list[int]]) -> tuple[StepBar, Workspace]:
    store = LogStore()
    root = store.add_root("/logs", "logs")
    run = store.add_run(root.id, "/logs/a", "a", "/logs/a")
    run.last_step = max(step for steps in tags.values() for step in steps)
    for (tag, kind), steps in tags.items():
        series = store.add_series(run.id, tag, kind)
        assert series is not None
        n = len(steps)
        columns = [np.array(steps, np.int64), np.arange(n) + 1.8e9]
        if kind is Kind.SCALAR:
            columns.append(np.zeros(n))
        else:
            columns += [np.zeros(n, np.uint32), np.arange(n, dtype=np.uint64)]
            columns.append(np.ones(n, np.uint64))
        series.append(*columns)
    theme = Theme("light")
    workspace = Workspace(store, theme)
    bar = StepBar(store, workspace, theme)
    qtbot.addWidget(bar)
    return bar, workspace


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({("loss", Kind.SCALAR): [0, 10, 20], ("image", Kind.IMAGE): [0, 15, 20]}, 20),
        ({("image", Kind.IMAGE): [0, 10, 15, 20]}, 15),
        ({("a", Kind.IMAGE): [0, 10, 20], ("b", Kind.AUDIO): [12]}, 12),
    ],
)
def test_arrows_follow_scalars_and_without_any_what_there_is(
    qtbot: QtBot, tags: dict[tuple[str, Kind], list[int]], expected: int
) -> None:
    bar, workspace = bar_of(qtbot, tags)
    workspace.set_step(10)
    bar.move_by(1)
    assert workspace.state.step == expected
