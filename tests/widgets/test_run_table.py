"""The run table in a real view: what is shown, and what the user does with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit, QMenu
from pytestqt.qtbot import QtBot

from eventglass.app.core.names import Kind
from eventglass.app.core.payload_cache import PayloadCache
from eventglass.app.models.commands import Commands
from eventglass.app.models.run_groups import RunGrouping
from eventglass.app.models.settings import Settings
from eventglass.app.models.tasks import Tasks
from eventglass.app.models.theme import Theme
from eventglass.app.models.workspace import Workspace
from eventglass.widgets.controls.data_table import save_table
from eventglass.widgets.plots.line_book import LineBook
from eventglass.widgets.view import ViewContext
from eventglass.widgets.views.run_grid import RunTable
from eventglass.widgets.views.run_table import RunTableView
from tests.models.fakes import add_run, add_scalars, make_store


class Bench:
    def __init__(self, qtbot: QtBot, folder: Path, runs: int = 4) -> None:
        self.qtbot = qtbot
        self.store = make_store([f"run{i}" for i in range(runs)])
        for number, run in enumerate(self.store.runs):
            add_scalars(self.store, run, "val/loss", [3.0, 1.0 + 0.5 * number])
            add_scalars(self.store, run, "val/accuracy", [0.1, 0.9, 0.5])
        self.theme = Theme("light")
        self.workspace = Workspace(self.store, self.theme)
        self.tasks = Tasks()
        lines = LineBook(self.store, self.workspace, self.tasks)
        self.view = RunTableView(
            ViewContext(
                self.store,
                self.workspace,
                Settings(folder / "settings.json"),
                self.tasks,
                Commands(),
                self.theme,
                lines,
                PayloadCache(self.store),  # type: ignore[arg-type]
            )
        )
        qtbot.addWidget(self.view)
        self.view.resize(1000, 500)
        self.workspace.take_changes(self.store.take_changes())
        self.view.show()
        qtbot.waitUntil(lambda: "" not in self.column("val/loss"))

    @property
    def table(self) -> RunTable:
        return self.view.table

    @property
    def titles(self) -> list[str]:
        return [self.view.rows.columns[i].title for i in self.table.visual_columns()]

    def column(self, title: str) -> list[str]:
        rows = self.view.rows
        titles = [column.title for column in rows.columns]
        if title not in titles:
            return [""]
        return [rows.text(row, titles.index(title)) for row in range(rows.rowCount())]

    def point(self, row: int, column: int = 1) -> QPoint:
        return self.table.visualRect(self.view.rows.index(row, column)).center()

    def click(
        self, row: int, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    ) -> None:
        self.qtbot.mouseClick(
            self.table.viewport(), Qt.MouseButton.LeftButton, modifier, self.point(row)
        )

    def grow(self) -> None:
        changes = self.store.take_changes()
        self.workspace.take_changes(changes)
        self.view.take_changes(changes)

    def stop(self) -> None:
        self.tasks.stop()
        # Commands of a stack that Python's collector takes apart would be deleted twice.
        self.workspace.undo_stack.clear()


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(qtbot, tmp_path)
    yield made
    made.stop()


def test_a_row_per_run_with_what_its_tags_came_to(bench: Bench) -> None:
    assert bench.titles == [
        "Run",
        "Last step",
        "Duration",
        "val/accuracy",
        "val/loss",
        "Points",
        "Start",
    ]
    assert bench.column("Run") == ["run0", "run1", "run2", "run3"]
    assert bench.column("val/loss") == ["1", "1.500", "2", "2.500"]
    assert bench.column("Points") == ["5"] * 4
    # The last accuracy is the same in all: only the loss tells them apart.
    assert bench.table.head.strong == {"last-min:val/loss"}
    number = [column.title for column in bench.view.rows.columns].index("val/loss")
    assert [bench.view.rows.is_best(row, number) for row in range(4)] == [True, *[False] * 3]


def test_a_click_on_the_head_sorts_and_is_undone(bench: Bench) -> None:
    head = bench.table.head
    number = [column.title for column in bench.view.rows.columns].index("val/loss")
    place = QPoint(head.sectionViewportPosition(number) + 20, 10)
    bench.qtbot.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=place)
    # The good values first.
    assert bench.column("Run") == ["run0", "run1", "run2", "run3"]
    bench.qtbot.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert bench.column("Run") == ["run3", "run2", "run1", "run0"]
    assert "-last-min:val/loss" in bench.workspace.state.run_columns
    bench.workspace.undo_stack.undo()
    bench.workspace.undo_stack.undo()
    assert bench.workspace.state.run_columns == ()
    assert bench.view.rows.sort_key == ""


def test_boxes_swatches_and_keys(bench: Bench) -> None:
    table, workspace = bench.table, bench.workspace
    box, _swatch = table.front_rects(1)
    bench.qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=box.center().toPoint())
    assert workspace.state.hidden_runs == {"/logs/a/run1"}
    assert not bench.view.rows.is_shown(1)
    table.setFocus()
    bench.click(1)
    bench.click(2, Qt.KeyboardModifier.ControlModifier)
    bench.qtbot.keyClick(table, Qt.Key.Key_Space)
    assert workspace.state.hidden_runs == frozenset()
    bench.qtbot.keyClick(table, Qt.Key.Key_Space)
    assert workspace.state.hidden_runs == {"/logs/a/run1", "/logs/a/run2"}
    bench.qtbot.keyClick(table, Qt.Key.Key_Return)
    assert workspace.isolated_runs == {"/logs/a/run1", "/logs/a/run2"}
    bench.qtbot.keyClick(table, Qt.Key.Key_Return)
    assert not workspace.isolated_runs
    bench.click(0)
    assert workspace.selected_run == 0
    bench.qtbot.keyClick(table, Qt.Key.Key_Down)
    assert workspace.selected_run == 1
    workspace.select(3)
    assert table.currentIndex().row() == 3
    bench.qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=bench.point(2))
    assert workspace.isolated_runs == {"/logs/a/run2"}


def test_renaming_in_place(bench: Bench) -> None:
    bench.table.setFocus()
    bench.click(2)
    bench.qtbot.keyClick(bench.table, Qt.Key.Key_F2)
    editor = bench.table.findChild(QLineEdit)
    assert editor is not None
    assert editor.text() == "run2"
    bench.qtbot.keyClicks(editor, "the good one")
    # What comes in meanwhile leaves the typing alone.
    add_scalars(bench.store, add_run(bench.store, bench.store.roots[0], "a"), "new", [1.0])
    bench.grow()
    bench.view._turn()
    bench.view.rows._tell_cells()
    bench.qtbot.keyClick(editor, Qt.Key.Key_Return)
    aliases = {"/logs/a/run2": "the good one"}
    bench.qtbot.waitUntil(lambda: bench.workspace.state.run_aliases == aliases)
    bench.qtbot.waitUntil(
        lambda: bench.column("Run") == ["a", "run0", "run1", "the good one", "run3"]
    )


def test_hovering_goes_both_ways(bench: Bench) -> None:
    bench.qtbot.mouseMove(bench.table.viewport(), bench.point(1))
    assert bench.workspace.hovered_run == 1
    bench.workspace.hover(3)
    assert bench.table.delegate.lit_rows == {3}
    bench.workspace.hover(-1)
    assert bench.table.delegate.lit_rows == frozenset()


def test_the_filter(bench: Bench) -> None:
    box = bench.view.filter_box
    box.setFocus()
    bench.qtbot.keyClicks(box, "run loss < 2")
    assert bench.column("Run") == ["run0", "run1"]
    assert box._note == "2 of 4"
    assert bench.view.state() == {"filter": "run loss < 2"}
    bench.qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert len(bench.column("Run")) == 4
    bench.view.restore({"filter": "nothing like it"})
    assert bench.view.rows.rowCount() == 0
    assert bench.view._nothing.isVisible()
    bench.view.restore({"filter": "width > 3"})
    assert box._note == "no column “width”"
    bench.view.restore({"filter": 3})
    assert box.text() == "width > 3"
    assert bench.view.step_back()
    assert not box.text()
    assert len(bench.column("Run")) == 4
    assert not bench.view.step_back()


@pytest.mark.qt_log_ignore("grabbing the keyboard", extend=True)
def test_columns_are_chosen_from_a_list(bench: Bench) -> None:
    bench.qtbot.mouseClick(bench.view.columns_button, Qt.MouseButton.LeftButton)
    chooser = bench.view._chooser
    assert chooser is not None
    assert chooser.isVisible()
    bench.qtbot.keyClicks(chooser.search_box, "loss lowest")
    shown = [name for _key, name, _what in chooser.rows.shown]
    assert shown == ["val/loss", "val/loss"]
    bench.qtbot.keyClick(chooser.search_box, Qt.Key.Key_Return)
    bench.qtbot.waitUntil(lambda: bench.column("val/loss · lowest") == ["1", "1.500", "2", "2.500"])
    assert chooser.rows.is_picked("best-min:val/loss")
    bench.qtbot.keyClick(chooser.search_box, Qt.Key.Key_Return)
    assert "val/loss · lowest" not in bench.titles
    chooser.search_box.setText("")
    chooser._search("")
    # What is chosen stands first; a click takes it away.
    rect = chooser.view.visualRect(chooser.rows.index(0))
    key, name, _what = chooser.rows.shown[0]
    bench.qtbot.mouseClick(chooser.view.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert name not in bench.titles
    assert key not in bench.view.rows.layout_now().keys
    chooser.close()


def test_only_what_differs(bench: Bench) -> None:
    bench.view.differing.click()
    assert bench.titles == ["Run", "val/loss"]
    assert "@differing" in bench.workspace.state.run_columns
    bench.view.differing.click()
    assert "Points" in bench.titles


def test_the_direction_is_chosen_in_the_head(bench: Bench) -> None:
    number = [column.title for column in bench.view.rows.columns].index("val/loss")
    menu = QMenu(bench.view)
    bench.view._add_directions(menu, bench.view.rows.columns[number])
    higher = next(action for action in menu.actions() if action.text() == "Higher is better")
    higher.trigger()
    number = [column.title for column in bench.view.rows.columns].index("val/loss")
    assert bench.view.rows.columns[number].best == "max"
    assert bench.view.rows.is_best(3, number)


def test_live_runs_come_in_without_losing_the_place(qtbot: QtBot, tmp_path: Path) -> None:
    bench = Bench(qtbot, tmp_path, 60)
    bar = bench.table.verticalScrollBar()
    bar.setValue(300)
    bench.table.go_to(20)
    scrolled = bar.value()
    run = add_run(bench.store, bench.store.roots[0], "run70")
    add_scalars(bench.store, run, "val/loss", [0.25])
    bench.grow()
    qtbot.waitUntil(lambda: bench.column("val/loss")[-1] == "0.2500")
    assert bar.value() == scrolled
    assert bench.view.rows.text(bench.table.currentIndex().row(), 0) == "run20"
    assert bench.table.selected_rows() == [20]
    series = bench.store.find(run.id, "val/loss", Kind.SCALAR)
    assert series is not None
    bench.stop()


def test_hidden_views_catch_up(bench: Bench) -> None:
    bench.view.hide()
    run = add_run(bench.store, bench.store.roots[0], "run9")
    add_scalars(bench.store, run, "val/loss", [7.0])
    bench.grow()
    bench.workspace.edit("Rename", run_aliases={"/logs/a/run0": "first"})
    assert len(bench.column("Run")) == 4
    bench.view.show()
    bench.qtbot.waitUntil(lambda: bench.column("val/loss")[-1] == "7")
    assert bench.column("Run") == ["first", "run1", "run2", "run3", "run9"]


def test_groups_offer_a_column(bench: Bench) -> None:
    bench.workspace.edit("Group", grouping=RunGrouping("regex", "run([01])"))
    assert bench.column("Group") == ["0", "1", "", ""]


def test_copying_and_saving(bench: Bench, tmp_path: Path) -> None:
    bench.table.setFocus()
    bench.click(3)
    bench.qtbot.keyClick(bench.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = [line.split("\t") for line in QGuiApplication.clipboard().text().split("\n")]
    assert lines[0][:2] == ["Run", "Last step"]
    assert [line[0] for line in lines[1:]] == ["run3"]
    assert lines[1][bench.titles.index("val/loss")] == "2.5"
    commands = {command.id: command for command in bench.view.commands()}
    commands["runs.copy_latex"].run()
    assert QGuiApplication.clipboard().text().startswith(r"\begin{tabular}{lrrrrrr}")
    path = tmp_path / "runs.json"
    assert save_table(bench.view, str(path), bench.view.rows, bench.table.visual_columns())
    assert [row["last-min:val/loss"] for row in json.loads(path.read_text())] == [1, 1.5, 2, 2.5]


def test_nothing_to_show_is_said(bench: Bench) -> None:
    bench.workspace.edit("Filter", run_filter="zzz")
    assert bench.view._nothing.isVisible()
    bench.workspace.edit("Filter", run_filter="")
    assert bench.table.isVisible()
    bench.store.close_root(0)
    bench.grow()
    bench.qtbot.waitUntil(lambda: bench.view._nothing.isVisible())


def test_both_themes_paint(bench: Bench) -> None:
    before = bench.table.grab().toImage()
    bench.theme.set_scheme("dark")
    after = bench.table.grab().toImage()
    assert before != after


def test_names_stay_in_sight_when_scrolled_sideways(bench: Bench) -> None:
    bench.view.resize(560, 300)
    table = bench.table
    bar = table.horizontalScrollBar()
    assert bar.maximum() > 100
    assert table.frozen_width() == 0
    bar.setValue(100)
    width = table.frozen_width()
    assert width == table.columnWidth(0)
    rows = bench.view.rows
    assert table.visualRect(rows.index(1, 0)).left() == 0
    assert table.indexAt(QPoint(width - 3, bench.point(1, 0).y())) == rows.index(1, 0)
    assert table.indexAt(QPoint(width + 3, bench.point(1, 0).y())).column() > 0
    assert table.head.logicalIndexAt(QPoint(5, 5)) == 0
    bench.workspace.select(3)
    assert bar.value() == 100
    # The boxes are where they are seen.
    box, _swatch = table.front_rects(2)
    bench.qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=box.center().toPoint())
    assert bench.workspace.state.hidden_runs == {"/logs/a/run2"}
    picture = table.viewport().grab().toImage()
    ratio = picture.devicePixelRatio()
    inside = box.center().toPoint() * ratio
    assert picture.pixelColor(inside) == bench.theme.colour("surface")
    other, _swatch = table.front_rects(1)
    corner = (other.topLeft().toPoint() + QPoint(2, 2)) * ratio
    assert picture.pixelColor(corner) == bench.theme.colour("accent")


@pytest.mark.qt_log_ignore("grabbing the keyboard", extend=True)
def test_sorting_by_the_menu_of_a_row(bench: Bench) -> None:
    bench.click(1)
    bench.table.customContextMenuRequested.emit(bench.point(1))
    menu = next(m for m in bench.view.findChildren(QMenu) if m.isVisible())
    below = next(action.menu() for action in menu.actions() if action.text() == "Sort by")
    assert isinstance(below, QMenu)
    assert [action.text() for action in below.actions()] == bench.titles
    next(action for action in below.actions() if action.text() == "Run").trigger()
    next(action for action in below.actions() if action.text() == "Run").trigger()
    assert bench.column("Run") == ["run3", "run2", "run1", "run0"]
    bench.table.sort_by(0)
    assert bench.view.rows.sort_key == ""
    texts = {action.text() for action in menu.actions()}
    assert {"Only this run", "Hide", "Line style", "Rename…", "Colour…", "Make baseline"} <= texts
    menu.close()
