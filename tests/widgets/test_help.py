"""The guide, the finder of logs, the reports: the windows of the help menu."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QGuiApplication, QImage, QTextDocument
from PySide6.QtWidgets import QApplication, QDialog, QMenu
from pytestqt.qtbot import QtBot

from eventglass.app.models.resources import guide
from eventglass.app.models.tasks import Tasks
from eventglass.app.models.theme import Theme
from eventglass.widgets.controls.buttons import PillButton
from eventglass.widgets.controls.notice import Notice
from eventglass.widgets.find_dialog import FindDialog, places
from eventglass.widgets.main_window import MainWindow
from eventglass.widgets.panels.guide import ORDER, Guide, pages, title_of
from eventglass.widgets.panels.reports import Reports
from tests.models.fakes import make_session


@pytest.fixture
def book(qtbot: QtBot) -> Guide:
    made = Guide(Theme("light"))
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def window(tmp_path: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    session = make_session(tmp_path / "kept", tasks=Tasks())
    made = MainWindow(session)
    qtbot.addWidget(made)
    made.show()
    made.complete()
    yield made
    session.tasks.stop()


def dialog(window: MainWindow, kind: type[QDialog]) -> QDialog:
    (found,) = window.findChildren(kind)
    return found


def test_every_page_opens(book: Guide) -> None:
    for name in pages(guide()):
        book.open_page(name)
        assert book.page == name
        assert book.text().startswith(title_of(guide(), name))
    book.open_page("no such page")
    assert book.page == ORDER[0]


def test_links_and_pictures_of_the_guide_lead_somewhere() -> None:
    for path in guide().glob("*.md"):
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text(encoding="utf-8")):
            if not target.startswith("http"):
                assert (guide() / target).exists(), f"{path.name}: {target}"


def test_links_lead_from_page_to_page_and_back(book: Guide) -> None:
    book.open_page("logging")
    book._page.anchorClicked.emit(QUrl("scalars.md"))
    assert book.page == "scalars"
    book._page.anchorClicked.emit(QUrl("https://example.org/logging.md"))
    book._page.anchorClicked.emit(QUrl("../README.md"))
    assert book.page == "scalars"
    book.go_back()
    assert book.page == "logging"
    book.go_back()
    assert book.page == "logging"


def test_the_button_goes_back(book: Guide) -> None:
    book.open_page("scalars")
    assert not book._back.isEnabled()
    book.open_page("images")
    book._back.click()
    assert book.page == "scalars"
    assert not book._back.isEnabled()


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_pictures_are_no_wider_than_the_page(
    book: Guide, monkeypatch: pytest.MonkeyPatch, ratio: float
) -> None:
    page = book._page
    monkeypatch.setattr(page, "devicePixelRatioF", lambda: ratio)
    kind = QTextDocument.ResourceType.ImageResource.value
    for width in (1060, 700, 1900):
        book.resize(width, 600)
        book.open_page("scalars")
        QApplication.processEvents()
        (name, original), *_others = page._pictures.items()
        shown = page.document().resource(kind, QUrl(name))
        room = page.viewport().width()
        assert isinstance(shown, QImage)
        wide = shown.width() / shown.devicePixelRatio()
        assert min(room - 80, original.width()) <= wide <= room
        # As sharp as the screen can show it.
        assert shown.width() >= min(original.width(), int(wide * ratio) - 1)
        assert page.horizontalScrollBar().maximum() == 0


def test_a_notice_with_something_to_do(qtbot: QtBot) -> None:
    notice = Notice(Theme("light"))
    qtbot.addWidget(notice)
    done: list[str] = []
    notice.offer("It crashed", "Show why", lambda: done.append("first"))
    notice.offer("It crashed", "Show why", lambda: done.append("second"))
    (button,) = (b for b in notice.findChildren(PillButton) if not b.isHidden())
    button.click()
    assert done == ["second"]
    assert notice.isHidden()
    notice.tell("Something else")
    assert not [b for b in notice.findChildren(PillButton) if not b.isHidden()]


def test_search_leaves_the_pages_that_say_it(book: Guide) -> None:
    book._filter.setText("Savitzky")
    shown = {
        book._name(row) for row in range(book._list.count()) if not book._list.item(row).isHidden()
    }
    assert shown == {"scalars"}
    assert book.page == "scalars"
    assert book._page.textCursor().selectedText().casefold() == "savitzky"
    book._filter.clear()
    assert not any(book._list.item(row).isHidden() for row in range(book._list.count()))


def test_pictures_of_the_guide_alone_are_loaded(book: Guide, tmp_path: Path) -> None:
    book.open_page("scalars")
    kind = QTextDocument.ResourceType.ImageResource.value
    picture = next((guide() / "pictures").glob("*.png"))
    found = book._page.loadResource(kind, QUrl(f"pictures/{picture.name}"))
    assert isinstance(found, QImage)
    assert not found.isNull()
    outside = tmp_path / "x.png"
    found.save(str(outside))
    for target in (str(outside), f"../../..{outside}", "../resources/sample", "file:///etc/passwd"):
        loaded = book._page.loadResource(kind, QUrl(target))
        assert loaded is None or (isinstance(loaded, QImage) and loaded.isNull())


def test_help_opens_the_page_of_the_view(window: MainWindow) -> None:
    commands = window.session.commands
    commands.run("help.guide")
    found = dialog(window, Guide)
    assert isinstance(found, Guide)
    assert found.page == "start"
    commands.run("help.logging")
    assert found.page == "logging"
    window.session.open(["/logs/a"])
    window.area.show_view("histograms")
    commands.run("help.guide")
    assert found.page == "histograms"


def test_logs_are_found_and_opened(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    for run in ("work/logs/r1", "work/logs/r2", "else/where/r3"):
        (tmp_path / run).mkdir(parents=True)
        (tmp_path / run / "events.out.tfevents.1.h").write_bytes(b"")
    window.session.commands.run("file.find_logs")
    found = dialog(window, FindDialog)
    assert isinstance(found, FindDialog)
    found.look_in(str(tmp_path))
    qtbot.waitUntil(lambda: found.list.topLevelItemCount() == 2 and not found._looking)
    items = [found.list.topLevelItem(row) for row in range(2)]
    (item,) = (i for i in items if i is not None and i.text(0).endswith("logs"))
    assert item.text(1) == "2"
    item.setSelected(True)
    found.open_chosen()
    assert window.session.open_roots() == (str(tmp_path / "work" / "logs"),)


@pytest.mark.parametrize("how", ["escape", "button", "window"])
def test_the_finder_closes_and_stops_looking(
    window: MainWindow, tmp_path: Path, qtbot: QtBot, how: str
) -> None:
    window.session.commands.run("file.find_logs")
    found = dialog(window, FindDialog)
    assert isinstance(found, FindDialog)
    found.look_in(str(tmp_path))
    if how == "escape":
        qtbot.keyClick(found, Qt.Key.Key_Escape)
    elif how == "button":
        (button,) = (b for b in found.findChildren(PillButton) if b.text() == "Close")
        button.click()
    else:
        assert found.close()
    qtbot.waitUntil(lambda: not window.findChildren(FindDialog))


def test_places_to_look_in_are_offered(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered = places()
    assert os.path.expanduser("~") in offered
    assert all(os.path.isdir(place) for place in offered)
    window.session.commands.run("file.find_logs")
    found = dialog(window, FindDialog)
    assert isinstance(found, FindDialog)
    monkeypatch.setattr("eventglass.widgets.find_dialog.places", lambda: {str(tmp_path): "Here"})
    shown: list[QMenu] = []
    show = "eventglass.widgets.find_dialog.show_menu"
    monkeypatch.setattr(show, lambda menu, *_where: shown.append(menu))
    found._where.click()
    (menu,) = shown
    assert [action.text() for action in menu.actions()] == ["Here", "", "Another folder…"]
    menu.actions()[0].trigger()
    assert found._folder == str(tmp_path)


def test_looking_can_be_stopped(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    window.session.commands.run("file.find_logs")
    found = dialog(window, FindDialog)
    assert isinstance(found, FindDialog)
    found.look_in(str(tmp_path))
    assert found._looking
    qtbot.mouseClick(found._go, Qt.MouseButton.LeftButton)
    assert not found._looking
    assert "Stopped" in found._state.text()
    found.look_in(str(tmp_path))
    qtbot.waitUntil(lambda: not found._looking)
    assert "No event files" in found._state.text()


def test_reports_are_shown_copied_and_deleted(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    folder = tmp_path / "kept" / "reports"
    folder.mkdir(parents=True)
    (folder / "crash-2026-01-02-030405-77.txt").write_text("<b>it fell</b>\n")
    window.session.commands.run("help.reports")
    found = dialog(window, Reports)
    assert isinstance(found, Reports)
    assert found.text.toPlainText() == "<b>it fell</b>\n"
    buttons = {button.text(): button for button in found.findChildren(PillButton)}
    qtbot.mouseClick(buttons["Copy"], Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "<b>it fell</b>\n"
    qtbot.mouseClick(buttons["Delete the reports"], Qt.MouseButton.LeftButton)
    assert not list(folder.iterdir())
