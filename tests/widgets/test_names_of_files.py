"""Names of files may hold anything but a slash and a zero: they are shown on one line, whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton, QMenu
from pytestqt.qtbot import QtBot

from eventglass.app.models.tasks import Tasks
from eventglass.widgets.main_bar import title_of
from eventglass.widgets.main_window import MainWindow
from eventglass.widgets.panels.welcome import shown_path
from eventglass.widgets.root_menus import RootMenus
from tests.models.fakes import make_session

ODD = "/logs/a&b 'q' \"d\" é\nnext\udcff"


@pytest.fixture
def window(tmp_path: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    session = make_session(tmp_path / "kept", tasks=Tasks())
    made = MainWindow(session)
    qtbot.addWidget(made)
    made.show()
    made.complete()
    yield made
    session.tasks.stop()


def test_a_name_is_one_line_of_text() -> None:
    shown = "a&b 'q' \"d\" é\N{REPLACEMENT CHARACTER}next\N{REPLACEMENT CHARACTER}"
    assert title_of([ODD]) == shown
    assert title_of([ODD, "/x"]) == f"{shown} + 1"
    assert shown_path(ODD) == f"/logs/{shown}"


def test_an_odd_name_in_title_menu_and_recents(window: MainWindow, qtbot: QtBot) -> None:
    session = window.session
    session.open([ODD])
    title = title_of([ODD])
    assert window.windowTitle() == f"{title} — Eventglass"
    assert window.bar.root_button.text() == title
    menu = QMenu(window)
    RootMenus(session, menu, window)
    menu.aboutToShow.emit()
    # A single "&" would mark the next letter and not be shown.
    assert menu.actions()[0].text() == f"/logs/{title}".replace("&", "&&")
    session.close_all()
    buttons = window.welcome.findChildren(QAbstractButton)
    (recent,) = (b for b in buttons if b.accessibleName().startswith("Open /logs/a&b"))
    window.grab()
    recent.click()
    assert session.open_roots() == (ODD,)
