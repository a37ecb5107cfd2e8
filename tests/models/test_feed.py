"""The feed: changes of the store reach the GUI thread, together, and never get lost."""

from __future__ import annotations

import threading
from pathlib import Path

from pytestqt.qtbot import QtBot

from eventglass.app.core.names import Kind
from eventglass.app.core.reader import Reader
from eventglass.app.core.store import Changes, LogStore
from eventglass.app.models.feed import Feed
from tests.core import events as ev


def test_changes_from_threads_come_together_on_the_gui_thread(qtbot: QtBot) -> None:
    store = LogStore()
    feed = Feed(store, Reader(store))
    got: list[Changes] = []
    on: set[int] = set()

    def take(changes: Changes) -> None:
        got.append(changes)
        on.add(threading.get_ident())

    feed.changed.connect(take)
    root = store.add_root("/logs", "logs")

    def write(first: int) -> None:
        for i in range(first, first + 100):
            run = store.add_run(root.id, f"/logs/{i}", str(i), f"/logs/{i}")
            series = store.add_series(run.id, "loss", Kind.SCALAR)
            assert series is not None
            store.mark_grown([series.id])

    threads = [threading.Thread(target=write, args=(100 * k,)) for k in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    qtbot.waitUntil(lambda: sum(len(c.series) for c in got) == 300)
    assert on == {threading.get_ident()}
    assert len(got) < 30
    assert sorted(i for c in got for i in c.runs) == list(range(300))
    feed.stop()


def test_what_was_read_before_the_feed_is_told(qtbot: QtBot) -> None:
    store = LogStore()
    store.add_root("/logs", "logs")
    feed = Feed(store, Reader(store))
    with qtbot.waitSignal(feed.changed) as heard:
        pass
    assert heard.args[0].roots
    feed.stop()


def test_progress_ends_with_settled_and_begins_again(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "events.out.tfevents.1.h"
    path.write_bytes(ev.scalar_file(b"loss", [1.0, 2.0]))
    store = LogStore()
    reader = Reader(store)
    feed = Feed(store, reader)
    points: list[int] = []
    feed.progressed.connect(lambda progress: points.append(progress.points))
    reader.start()
    try:
        with qtbot.waitSignal(feed.settled):
            reader.open(str(tmp_path))
        assert points[-1] == 2
        with qtbot.waitSignal(feed.settled):
            path.write_bytes(ev.scalar_file(b"loss", [1.0, 2.0, 3.0]))
            reader.look_now()
        assert points[-1] == 3
    finally:
        feed.stop()
        reader.stop()
