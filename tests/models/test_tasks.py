"""Tasks: off the GUI thread, back on it, the latest request of an owner wins."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from eventglass.app.models.tasks import TaskControl, Tasks


@pytest.fixture
def tasks(qapp: object) -> Iterator[Tasks]:
    tasks = Tasks()
    yield tasks
    tasks.stop()


def test_work_runs_elsewhere_and_its_result_comes_back(qtbot: QtBot, tasks: Tasks) -> None:
    here = threading.get_ident()
    got: list[tuple[int, int]] = []
    tasks.submit(
        "a",
        lambda _: threading.get_ident(),
        lambda result: got.append((result, threading.get_ident())),
    )
    qtbot.waitUntil(lambda: len(got) == 1)
    assert got[0][0] != here
    assert got[0][1] == here


def test_the_latest_request_of_an_owner_wins(qtbot: QtBot, tasks: Tasks) -> None:
    began, go = threading.Event(), threading.Event()
    got: list[object] = []

    def slow(control: TaskControl) -> str:
        began.set()
        go.wait(10)
        return "cancelled" if control.cancelled else "first"

    tasks.submit("owner", slow, got.append)
    assert began.wait(10)
    for i in range(5):
        tasks.submit("owner", lambda _, i=i: i, got.append)
    tasks.submit("other", lambda _: "other", got.append)
    qtbot.waitUntil(lambda: got == ["other"])
    go.set()
    qtbot.waitUntil(lambda: len(got) == 2)
    # What "slow" returned is nobody's any more.
    assert got == ["other", 4]


def test_a_cancelled_task_delivers_nothing(qtbot: QtBot, tasks: Tasks) -> None:
    go, got = threading.Event(), []
    tasks.submit("a", lambda _: go.wait(10), got.append)
    tasks.cancel("a")
    go.set()
    tasks.submit("b", lambda _: "b", got.append)
    qtbot.waitUntil(lambda: bool(got))
    assert got == ["b"]


def test_progress_and_partial_results(qtbot: QtBot, tasks: Tasks) -> None:
    heard: list[tuple[float, object]] = []
    done: list[object] = []

    def work(control: TaskControl) -> str:
        control.report(0.5, "half")
        return "all"

    tasks.submit("a", work, done.append, on_progress=lambda f, p: heard.append((f, p)))
    qtbot.waitUntil(lambda: bool(done))
    assert heard == [(0.5, "half")]


def test_a_failure_is_handed_over(qtbot: QtBot, tasks: Tasks) -> None:
    errors: list[Exception] = []

    def fail(_: TaskControl) -> None:
        raise ValueError("broken")

    tasks.submit("a", fail, lambda _: None, errors.append)
    qtbot.waitUntil(lambda: bool(errors))
    assert str(errors[0]) == "broken"


@pytest.mark.expects_log("A task of a failed")
def test_a_failure_nobody_takes_is_logged(qtbot: QtBot, tasks: Tasks) -> None:
    counts: list[int] = []
    tasks.busy_changed.connect(counts.append)
    tasks.submit("a", lambda _: 1 / 0, lambda _: None)
    qtbot.waitUntil(lambda: counts[-1:] == [0])


def test_a_result_on_its_way_is_not_delivered_after_cancelling(qtbot: QtBot, tasks: Tasks) -> None:
    done, got = threading.Event(), []
    tasks.submit("a", lambda _: "a", got.append)
    tasks.submit("b", lambda _: done.set(), lambda _: None)
    assert done.wait(10)
    # Both have run on their threads; nothing was delivered, the event loop has not turned.
    for thread in tasks._threads:
        thread.join(0.05)
    tasks.cancel("a")
    tasks.submit("c", lambda _: "c", got.append)
    qtbot.waitUntil(lambda: "c" in got)
    assert got == ["c"]


def test_a_result_on_its_way_gives_way_to_a_newer_request(qtbot: QtBot, tasks: Tasks) -> None:
    ran, go, got = threading.Event(), threading.Event(), []
    tasks.submit("a", lambda _: ran.set(), lambda _: got.append("old"))
    assert ran.wait(10)
    tasks._threads[0].join(0.05)
    tasks.submit("a", lambda _: go.wait(10), lambda _: got.append("new"))
    tasks.submit("b", lambda _: None, lambda _: got.append("b"))
    qtbot.waitUntil(lambda: bool(got))
    go.set()
    qtbot.waitUntil(lambda: len(got) == 2)
    assert got == ["b", "new"]


def test_cancelling_what_waits_is_told(qtbot: QtBot) -> None:
    tasks, go = Tasks(workers=1), threading.Event()
    counts: list[int] = []
    tasks.busy_changed.connect(counts.append)
    try:
        tasks.submit("a", lambda _: go.wait(10), lambda _: None)
        qtbot.waitUntil(lambda: bool(tasks._running))
        tasks.submit("b", lambda _: None, lambda _: None)
        tasks.cancel("b")
        assert counts[-1] == 1
    finally:
        go.set()
        tasks.stop()


def test_what_was_delivered_is_not_held(qtbot: QtBot, tasks: Tasks) -> None:
    class Result:
        pass

    alive: list[weakref.ref[Result]] = []

    def work(_control: TaskControl) -> Result:
        made = Result()
        alive.append(weakref.ref(made))
        return made

    got: list[bool] = []
    tasks.submit("a", work, lambda result: got.append(isinstance(result, Result)))
    qtbot.waitUntil(lambda: got == [True])
    qtbot.waitUntil(lambda: alive[0]() is None)
