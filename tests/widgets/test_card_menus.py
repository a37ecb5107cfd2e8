"""The menu of a card as a whole: copying, exporting, the run of a line, and what it is by key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QMenu
from pytestqt.qtbot import QtBot

from eventglass.app.models.cards import Derived
from eventglass.widgets.views.controls_commands import control_commands
from eventglass.widgets.views.scalar_menus import card_menu
from tests.widgets.scalar_bench import Bench, line, open_bench
from tests.widgets.test_composed_cards import find


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    points = {
        ("a", "g/one"): line([float(i) for i in range(20)]),
        ("b", "g/one"): line([float(2 * i) for i in range(20)]),
        ("a", "g/two"): line([1.0] * 20),
    }
    with open_bench(qtbot, tmp_path, points) as bench:
        bench.workspace.edit("Plain", smoothing=0.0)
        yield bench


def texts(menu: QMenu) -> list[str]:
    return [action.text().partition("\t")[0] for action in menu.actions() if action.text()]


def on_screen(bench: Bench, tag: str, x: float, value: float) -> QPoint:
    card = bench.cards()[tag]
    layout = card.chart.layout_now()
    place = QPoint(round(layout.x_of(x)), round(layout.y_of(value)))
    return card.chart.mapToGlobal(place)


def test_the_line_under_the_pointer_offers_its_run(bench: Bench) -> None:
    card = bench.cards()["g/one"]
    menu = card_menu(bench.view, card, on_screen(bench, "g/one", 15.0, 15.0))
    assert texts(menu)[0] == "a"
    find(menu, "a", "Select").trigger()
    assert bench.workspace.selected_run == 0
    assert texts(card_menu(bench.view, card))[0] == "Copy"


def test_what_is_copied_can_be_used_elsewhere(bench: Bench) -> None:
    card = bench.cards()["g/one"]
    clipboard = QGuiApplication.clipboard()
    find(card_menu(bench.view, card), "Copy", "Tag name").trigger()
    assert clipboard.text() == "g/one"
    find(card_menu(bench.view, card), "Copy", "Image").trigger()
    assert clipboard.image().width() == card.grab().width()
    find(card_menu(bench.view, card), "Copy", "Python").trigger()
    assert "load" in clipboard.text()
    assert "g/one" in clipboard.text()
    find(card_menu(bench.view, card), "Copy", "Table").trigger()
    bench.qtbot.waitUntil(lambda: "\t" in clipboard.text())
    assert len(clipboard.text().strip().splitlines()) > 20


def test_python_of_a_derived_series_reads_what_it_is_made_of(bench: Bench) -> None:
    bench.workspace.edit("Derive", derived=(Derived("sum", "`g/one` + `g/two`"),))
    bench.qtbot.waitUntil(lambda: bool(bench.cards()["sum"].chart.curves()))
    bench.view.edits.copy_python(bench.cards()["sum"].card)
    text = QGuiApplication.clipboard().text()
    assert "g/one" in text
    assert "g/two" in text
    assert "sum" not in text


@pytest.mark.parametrize("name", ["figure", "figure_all", "data", "data_all"])
def test_the_dialogs_of_exporting_open(bench: Bench, name: str) -> None:
    bench.cards()["g/one"].chart.focused.emit()
    bench.command(name).run()

    def dialogs() -> list[QDialog]:
        return [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog)]

    bench.qtbot.waitUntil(lambda: any(d.isVisible() for d in dialogs()))
    for dialog in dialogs():
        dialog.close()
        dialog.deleteLater()


def test_every_command_of_the_view_does_something_or_says_why_not(bench: Bench) -> None:
    bench.view._card_reached("")
    others = {command.id for command in control_commands(bench.view.context)}
    for command in bench.view.commands():
        if not command.enabled() and command.id not in others:
            assert command.reason is not None, command.id
            assert command.reason(), command.id


def test_keys_are_given_once(bench: Bench) -> None:
    keys = [key for command in bench.view.commands() for key in command.shortcuts]
    assert len(keys) == len(set(keys))
