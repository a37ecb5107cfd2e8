"""Embeddings in the window: logs of nothing else open, and the menu knows how many there are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from pytestqt.qtbot import QtBot

from eventglass.app.models.session import Session
from eventglass.app.models.tasks import Tasks
from eventglass.widgets.main_window import MainWindow
from eventglass.widgets.view_area import relevance
from eventglass.widgets.views.embeddings import EmbeddingsView
from tests.models.fakes import FakeReader, make_session
from tests.widgets import embedding_logs as logs


@pytest.fixture
def session(tmp_path: Path, qtbot: QtBot) -> Iterator[Session]:
    tasks = Tasks()
    made = make_session(tmp_path / "home", tasks=tasks)
    # As the reader says of a folder without event files.
    cast(FakeReader, cast(Any, made.reader)).reason = "There are no event files"
    yield made
    tasks.stop()


@pytest.fixture
def window(session: Session, qtbot: QtBot) -> MainWindow:
    made = MainWindow(session)
    qtbot.addWidget(made)
    made.show()
    made.complete()
    return made


def test_a_folder_of_embeddings_alone_shows_them(
    window: MainWindow, session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    root = logs.write_embedding(tmp_path / "logs", logs.clusters(12), metadata=logs.animals(12))
    assert relevance(entry(window), window.context) == 0
    session.open([str(root)])
    qtbot.waitUntil(lambda: isinstance(window.area.active_view, EmbeddingsView), timeout=20_000)
    view = window.area.active_view
    assert isinstance(view, EmbeddingsView)
    qtbot.waitUntil(view.is_settled, timeout=20_000)
    assert view.isVisible()
    assert view.model.count == 12
    assert relevance(entry(window), window.context) == 1
    assert "1 of" not in view.strip.facts.text()
    session.close_root(0)
    qtbot.waitUntil(lambda: relevance(entry(window), window.context) == 0)


def test_what_is_closed_does_not_go_on(
    window: MainWindow, session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    root = logs.write_embedding(tmp_path / "logs", logs.clusters(40))
    session.open([str(root)])
    qtbot.waitUntil(lambda: isinstance(window.area.active_view, EmbeddingsView), timeout=20_000)
    view = window.area.active_view
    assert isinstance(view, EmbeddingsView)
    view.edit("Long", projection="tsne", iterations=100_000)
    qtbot.waitUntil(lambda: view.model.has_job, timeout=20_000)
    session.close_root(0)
    assert window.welcome.isVisible()
    qtbot.waitUntil(lambda: not view.model.has_job)
    assert view.model.data is None
    # Opened again it is shown again.
    session.open([str(root)])
    qtbot.waitUntil(lambda: view.model.count == 40, timeout=20_000)


def test_an_empty_folder_still_says_so(
    window: MainWindow, session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "nothing").mkdir()
    session.open([str(tmp_path / "nothing")])
    shelf = window.context.embeddings
    assert shelf is not None
    qtbot.waitUntil(lambda: not shelf.is_looking, timeout=20_000)
    assert window._pages.currentWidget() is window._nothing


def test_two_views_show_two_embeddings(
    window: MainWindow, session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    root = tmp_path / "logs"
    logs.write_embedding(root, logs.clusters(12), name="a")
    logs.write_embedding(root, logs.clusters(9), name="b", appended=True)
    session.open([str(root)])
    first = window.area.open_view("embeddings")
    assert isinstance(first, EmbeddingsView)
    qtbot.waitUntil(lambda: first.model.count == 12 and first.is_settled(), timeout=20_000)
    second = window.area.open_view("embeddings")
    assert isinstance(second, EmbeddingsView)
    qtbot.waitUntil(lambda: second.model.count == 12, timeout=20_000)
    other = next(each for each in second.shelf.sources() if each.name == "b")
    second.show_source(other)
    qtbot.waitUntil(lambda: second.model.count == 9, timeout=20_000)
    assert first.model.count == 12
    # Each keeps its own selection, and closing one leaves the other as it is.
    second.model.select([1])
    assert not len(first.model.marks.selected)
    window.area.close_active()
    assert first.model.count == 12


def entry(window: MainWindow) -> Any:
    return next(each for each in window.area.entries if each.view_id == "embeddings")


def test_keys_of_the_view_are_nobody_elses(
    window: MainWindow, session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    root = logs.write_embedding(tmp_path / "logs", logs.clusters(12))
    session.open([str(root)])
    window.area.open_view("embeddings")
    taken: dict[str, str] = {}
    for command in session.commands:
        for keys in command.shortcuts:
            assert keys not in taken, (keys, taken.get(keys), command.id)
            taken[keys] = command.id
    assert taken["B"] == "embeddings.box"
