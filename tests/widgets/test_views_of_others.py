"""Views that other packages bring: found, opened, restored; those that fail harm nobody."""

from __future__ import annotations

import importlib
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from eventglass.app.models.view_registry import BUILT_IN, entry_point_views
from eventglass.widgets.main_window import MainWindow
from tests.models.fakes import add_run, add_scalars, make_session, tell

EXAMPLE = Path(__file__).parents[1] / "plugin_example"
SCALARS = BUILT_IN[:1]


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(EXAMPLE))
    importlib.invalidate_caches()
    with caplog.at_level(logging.CRITICAL, "eventglass"):
        yield
    sys.modules.pop("eventglass_example", None)


def opened(qtbot: QtBot, folder: Path, views: str = "") -> MainWindow:
    session = make_session(folder)
    session.settings.set("views", views)
    window = MainWindow(session, SCALARS)
    qtbot.addWidget(window)
    window.show()
    session.open(["/logs/a"])
    run = add_run(session.store, session.store.roots[0], "a")
    add_scalars(session.store, run, "loss", [3.0, 2.0, 1.0])
    tell(session)
    window.complete()
    return window


def test_entries_of_other_packages() -> None:
    entries = {entry.view_id: entry for entry in entry_point_views()}
    assert set(entries) == {"lengths", "fragile", "missing"}
    assert entries["lengths"].title == "Lengths"
    assert entries["lengths"].load().__name__ == "LengthsView"


def test_a_view_of_another_package_is_found_and_opened(qtbot: QtBot, tmp_path: Path) -> None:
    window = opened(qtbot, tmp_path)
    assert [entry.view_id for entry in window.area.entries] == ["scalars"]
    window.look_for_views()
    ids = [entry.view_id for entry in window.area.entries]
    assert ids == ["scalars", "fragile", "lengths", "missing"]
    assert window.session.commands.run("view.show_lengths")
    view = window.area.active_view
    assert view is not None
    assert [label.text() for label in view.content.findChildren(QLabel)] == ["loss: 3"]
    window.look_for_views()
    assert [entry.view_id for entry in window.area.entries] == ids


@pytest.mark.parametrize("view_id", ["fragile", "missing"])
def test_one_that_fails_shows_it_in_its_place(qtbot: QtBot, tmp_path: Path, view_id: str) -> None:
    window = opened(qtbot, tmp_path)
    window.look_for_views()
    broken = window.area.show_view(view_id)
    assert broken is not None
    assert broken.failed
    scalars = window.area.show_view("scalars")
    assert scalars is not None
    assert not scalars.failed


def test_one_that_was_open_is_there_at_the_next_start(qtbot: QtBot, tmp_path: Path) -> None:
    window = opened(qtbot, tmp_path, json.dumps({"open": [["lengths", "lengths"]]}))
    assert [view.view_id for view in window.area.views()] == ["lengths"]
