"""Tags that are the same in all runs: what counts as the same, found in a task and remembered."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from eventglass.app.core.store import LogStore, Series
from eventglass.app.models import tag_differences
from eventglass.app.models.tag_differences import TagDifferences, are_same
from eventglass.app.models.tasks import Tasks
from tests.core.stores import store_of

NAN = float("nan")


def points(*values: float, first: int = 0) -> list[tuple[int, float, float]]:
    return [(first + i, float(i), value) for i, value in enumerate(values)]


@pytest.mark.parametrize(
    ("runs", "same"),
    [
        ([points(1, 2), points(1, 2)], True),
        ([points(1, 2), points(1, 3)], False),
        ([points(1, 2), points(1, 2, first=1)], False),
        ([points(1, 2), points(1, 2), points(1, 2, 3)], False),
        ([points(1, NAN), points(1, NAN)], True),
        # Constant at the same value, however often it was logged.
        ([points(1, 1, 1), points(1, first=7)], True),
        ([points(1, 1, 1), points(2, first=7)], False),
        ([points(NAN), points(NAN, NAN)], True),
        ([points(1, 1), points(1, 2)], False),
        # Nothing to compare.
        ([points(1, 2)], False),
        ([points(1, 2), points()], False),
    ],
)
def test_what_counts_as_the_same(runs: list[list[tuple[int, float, float]]], same: bool) -> None:
    store = store_of({(f"run{i}", "tag"): rows for i, rows in enumerate(runs)})
    assert are_same([one.scalars() for one in store.series]) is same


@pytest.fixture
def tasks(qapp: object) -> Iterator[Tasks]:
    tasks = Tasks()
    yield tasks
    tasks.stop()


def by_tag(store: LogStore) -> dict[str, list[Series]]:
    found: dict[str, list[Series]] = {}
    for one in store.series:
        found.setdefault(one.tag, []).append(one)
    return found


def test_it_is_found_in_a_task_and_again_when_points_are_added(
    qtbot: QtBot, tasks: Tasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tag_differences, "AGAIN_AFTER_MS", 1)
    store = store_of(
        {
            ("a", "same"): points(1, 2),
            ("b", "same"): points(1, 2),
            ("a", "other"): points(1, 2),
            ("b", "other"): points(1, 3),
        }
    )
    differences = TagDifferences(tasks)
    assert differences.same_tags(by_tag(store)) == frozenset()
    with qtbot.waitSignal(differences.changed):
        pass
    assert differences.same_tags(by_tag(store)) == {"same"}
    store.series[1].append(np.array([2]), np.array([2.0]), np.array([5.0]))
    # Until it was compared again it counts as it did.
    assert differences.same_tags(by_tag(store)) == {"same"}
    with qtbot.waitSignal(differences.changed):
        pass
    assert differences.same_tags(by_tag(store)) == frozenset()


def test_other_runs_are_another_question(qtbot: QtBot, tasks: Tasks) -> None:
    store = store_of({("a", "t"): points(1, 2), ("b", "t"): points(1, 2), ("c", "t"): points(1, 3)})
    one, two, three = store.series
    differences = TagDifferences(tasks)
    differences.same_tags({"t": [one, two]})
    with qtbot.waitSignal(differences.changed):
        pass
    assert differences.same_tags({"t": [one, two]}) == {"t"}
    assert differences.same_tags({"t": [one, three]}) == frozenset()
