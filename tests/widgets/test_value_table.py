from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QMessageBox
from pytestqt.qtbot import QtBot

from eventglass.app.models.cards import COMPOSED, Card, CardLine, XRange, card_of_tag
from eventglass.app.models.tasks import Tasks
from eventglass.app.models.theme import Theme
from eventglass.app.models.workspace import Workspace
from eventglass.widgets.controls.data_table import save_table
from eventglass.widgets.panels import value_table
from eventglass.widgets.panels.value_table import ValueTable
from eventglass.widgets.plots.line_book import LineBook
from tests.core.stores import store_of


class Bench:
    def __init__(self, qtbot: QtBot, runs: int = 3) -> None:
        rng = np.random.default_rng(7)
        points = {}
        for number in range(runs):
            values = rng.normal(size=50)
            points[f"run{number}", "loss"] = [
                (10 * i, 1.7e9 + i, float(values[i])) for i in range(50)
            ]
            points[f"run{number}", "lr"] = [(10 * i, 1.7e9 + i, 0.1 * number) for i in range(50)]
        self.store = store_of(points)
        self.theme = Theme("light")
        self.workspace = Workspace(self.store, self.theme)
        self.tasks = Tasks()
        self.lines = LineBook(self.store, self.workspace, self.tasks)
        self.table = ValueTable(self.store, self.workspace, self.theme, self.lines)
        qtbot.addWidget(self.table)
        self.table.resize(1100, 400)
        self.table.show()
        self.table.set_card(card_of_tag("loss"))

    @property
    def titles(self) -> list[str]:
        head = self.table.view.head
        columns = self.table.rows.columns
        return [columns[i].title for i in self.table.view.visual_columns()[: head.count()]]

    def column(self, title: str) -> list[str]:
        rows = self.table.rows
        number = [column.title for column in rows.columns].index(title)
        return [rows.text(row, number) for row in range(rows.rowCount())]

    def exact(self, title: str) -> list[float]:
        rows = self.table.rows
        number = [column.title for column in rows.columns].index(title)
        return [rows.value(row, number) for row in range(rows.rowCount())]

    def section_centre(self, title: str) -> QPoint:
        head = self.table.view.head
        number = [column.title for column in self.table.rows.columns].index(title)
        return QPoint(
            head.sectionViewportPosition(number) + head.sectionSize(number) // 2,
            head.height() // 2,
        )

    def row_point(self, row: int, column: int = 0) -> QPoint:
        view = self.table.view
        return view.visualRect(self.table.rows.index(row, column)).center()

    def stop(self) -> None:
        self.tasks.stop()
        # Commands of a stack that Python's collector takes apart would be deleted twice.
        self.workspace.undo_stack.clear()


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    made = Bench(qtbot)
    yield made
    made.stop()


def settled(bench: Bench, qtbot: QtBot) -> None:
    bench.table.renew()
    qtbot.waitUntil(lambda: not bench.table.rows.is_dim)


def test_values_are_those_drawn(bench: Bench, qtbot: QtBot) -> None:
    bench.workspace.set_step(120)
    settled(bench, qtbot)
    curves = bench.lines.curves(card_of_tag("loss"))
    assert bench.table.heading.text() == "At step 120"
    assert bench.exact("Value") == [float(curve.values[12]) for curve in curves]
    assert bench.exact("Smoothed") == [float(curve.front[12]) for curve in curves]
    assert bench.column("Relative") == ["12.0 s"] * 3
    bench.table.set_x(203.0)
    qtbot.waitUntil(lambda: bench.table.heading.text() == "At step 203")
    assert bench.exact("Value") == [float(curve.values[20]) for curve in curves]
    bench.table.set_x(None)
    qtbot.waitUntil(lambda: bench.table.heading.text() == "At step 120")


def test_a_range_is_summed_up(bench: Bench, qtbot: QtBot) -> None:
    bench.workspace.edit("Select", selection=XRange("step", 100.0, 200.0))
    settled(bench, qtbot)
    curves = bench.lines.curves(card_of_tag("loss"))
    inside = [curve.values[10:21] for curve in curves]
    assert bench.exact("Points") == [11, 11, 11]
    np.testing.assert_allclose(bench.exact("Mean"), [part.mean() for part in inside])
    np.testing.assert_allclose(bench.exact("Std"), [part.std(ddof=1) for part in inside])
    assert bench.exact("End") == [part[-1] for part in inside]
    qtbot.mouseClick(
        bench.table.source,
        Qt.MouseButton.LeftButton,
        pos=QPoint(bench.table.source.width() - 10, 8),
    )
    settled(bench, qtbot)
    assert bench.workspace.state.range_columns[-1] == "@smoothed"
    assert bench.exact("End") == [float(curve.front[20]) for curve in curves]


def test_large_ranges_are_made_in_a_task(
    bench: Bench, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(value_table, "AT_ONCE", 10)
    bench.workspace.edit("Select", selection=XRange("step", 0.0, 200.0))
    bench.table.renew()
    assert bench.table.rows.is_dim
    assert bench.column("Points") == ["0", "0", "0"]
    qtbot.waitUntil(lambda: bench.column("Points") == ["21"] * 3)
    bench.workspace.edit("Select", selection=XRange("step", 0.0, 90.0))
    bench.table.renew()
    # The numbers of before stay until there are others.
    assert bench.table.rows.is_dim
    assert bench.column("Points") == ["21"] * 3
    qtbot.waitUntil(lambda: bench.column("Points") == ["10"] * 3)
    bench.workspace.edit("Select", selection=XRange("step", 0.0, 0.0))
    bench.table.renew()
    bench.workspace.edit("Select", selection=None)
    bench.table.renew()
    assert not bench.table.rows.is_dim
    assert "Value" in bench.titles


def test_clicks_on_the_head_sort(bench: Bench, qtbot: QtBot) -> None:
    head = bench.table.view.head.viewport()
    values = bench.exact("Value")
    for expected in (sorted(values, reverse=True), sorted(values), values):
        qtbot.mouseClick(head, Qt.MouseButton.LeftButton, pos=bench.section_centre("Value"))
        settled(bench, qtbot)
        assert bench.exact("Value") == expected
    assert bench.workspace.state.value_columns == (
        "smoothed",
        "value",
        "step",
        "wall_time",
        "relative",
    )


def test_columns_are_dragged(bench: Bench, qtbot: QtBot) -> None:
    head = bench.table.view.head
    start, end = bench.section_centre("Step"), bench.section_centre("Smoothed")
    qtbot.mousePress(head.viewport(), Qt.MouseButton.LeftButton, pos=start)
    for x in (start.x() - 20, (start.x() + end.x()) // 2, end.x() - 10):
        qtbot.mouseMove(head.viewport(), QPoint(x, end.y()))
    qtbot.mouseRelease(head.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(end.x() - 10, 5))
    if bench.workspace.state.value_columns == ():
        # Without a pointer of its own Qt takes no drag here: what it would call.
        head.moveSection(head.visualIndex(3), 1)
    assert bench.workspace.state.value_columns[:3] == ("step", "smoothed", "value")
    settled(bench, qtbot)
    assert bench.titles[:4] == ["Run", "Step", "Smoothed", "Value"]
    bench.workspace.undo_stack.undo()
    settled(bench, qtbot)
    assert bench.titles[:4] == ["Run", "Smoothed", "Value", "Step"]
    # Names stay in front.
    head.moveSection(0, 2)
    assert bench.titles[0] == "Run"


def menu_of(bench: Bench, section: int) -> dict[str, object]:
    menu = QMenu(bench.table)
    bench.table.view.fill_head_menu(menu, section)
    return {action.text(): action for action in menu.actions() if action.text()}


def test_columns_are_shown_and_hidden_by_the_menu(bench: Bench, qtbot: QtBot) -> None:
    menu_of(bench, 2)["Hide Value"].trigger()  # type: ignore[attr-defined]
    settled(bench, qtbot)
    assert bench.titles == ["Run", "Smoothed", "Step", "Wall time", "Relative"]
    menu_of(bench, -1)["Δ baseline"].trigger()  # type: ignore[attr-defined]
    settled(bench, qtbot)
    assert bench.titles[-1] == "Δ baseline"
    menu_of(bench, 5)["Move left"].trigger()  # type: ignore[attr-defined]
    settled(bench, qtbot)
    assert bench.titles[-2:] == ["Δ baseline", "Relative"]
    menu_of(bench, 1)["Sort ascending"].trigger()  # type: ignore[attr-defined]
    settled(bench, qtbot)
    assert bench.exact("Smoothed") == sorted(bench.exact("Smoothed"))


def test_baseline_differences_come_with_a_baseline(bench: Bench, qtbot: QtBot) -> None:
    assert "Δ baseline" not in bench.titles
    bench.workspace.edit("Baseline", baseline=bench.store.runs[1].key)
    settled(bench, qtbot)
    assert bench.titles[-2:] == ["Δ baseline", "Δ % baseline"]
    fronts = dict(zip(bench.column("Run"), bench.exact("Smoothed"), strict=True))
    deltas = dict(zip(bench.column("Run"), bench.exact("Δ baseline"), strict=True))
    assert deltas["run1"] is None
    assert deltas["run0"] == fronts["run0"] - fronts["run1"]


def test_rows_are_copied_with_all_digits(bench: Bench, qtbot: QtBot) -> None:
    view = bench.table.view
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=bench.row_point(1))
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = [line.split("\t") for line in QGuiApplication.clipboard().text().split("\n")]
    assert lines[0][:3] == ["Run", "Smoothed", "Value"]
    assert len(lines) == 2
    assert lines[1][0] == "run1"
    assert lines[1][2] == repr(bench.exact("Value")[1])
    view.copy_as("markdown")
    assert QGuiApplication.clipboard().text().count("\n") == 5


def test_rows_and_runs_go_together(bench: Bench, qtbot: QtBot) -> None:
    view, workspace = bench.table.view, bench.workspace
    qtbot.mouseMove(view.viewport(), bench.row_point(2))
    assert workspace.hovered_run == 2
    qtbot.mouseMove(view.viewport(), QPoint(5, view.viewport().height() - 4))
    assert workspace.hovered_run == -1
    workspace.hover(1)
    assert view.delegate.lit_rows == {1}
    view.setFocus()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=bench.row_point(0))
    assert workspace.selected_run == 0
    workspace.select(2)
    assert view.currentIndex().row() == 2
    qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=bench.row_point(1))
    assert workspace.isolated_runs == {bench.store.runs[1].key}
    settled(bench, qtbot)
    assert bench.column("Run") == ["run1"]


def test_selection_and_scroll_stay_while_values_move(bench: Bench, qtbot: QtBot) -> None:
    bench.workspace.edit("Sort", value_columns=("-value", "step"))
    settled(bench, qtbot)
    view = bench.table.view
    view.go_to(bench.column("Run").index("run2"))
    for step in (0, 130, 270, 410):
        bench.workspace.set_step(step)
        settled(bench, qtbot)
        assert bench.column("Run")[view.currentIndex().row()] == "run2"
        assert bench.exact("Value") == sorted(bench.exact("Value"), reverse=True)


def test_cards_of_several_tags_say_which(bench: Bench, qtbot: QtBot) -> None:
    lines = (CardLine("loss"), CardLine("lr"))
    bench.table.set_card(Card(f"{COMPOSED}1", "both", lines))
    assert bench.titles[:2] == ["Run", "Tag"]
    assert bench.column("Tag") == ["loss"] * 3 + ["lr"] * 3
    bench.table.set_card(None)
    assert bench.table.rows.rowCount() == 0
    assert bench.table._empty.isVisible()


def test_many_lines_can_be_filtered(qtbot: QtBot) -> None:
    many = Bench(qtbot, 30)
    assert many.table.filter_box.isVisible()
    many.table.filter_box.setFocus()
    qtbot.keyClicks(many.table.filter_box, "run2[0-4]")
    assert many.column("Run") == ["run20", "run21", "run22", "run23", "run24"]
    qtbot.keyClicks(many.table.filter_box, "[")
    assert many.table.rows.rowCount() == 0
    qtbot.keyClick(many.table.filter_box, Qt.Key.Key_Escape)
    assert many.table.rows.rowCount() == 30
    many.stop()


def test_hidden_tables_do_nothing_and_catch_up(bench: Bench, qtbot: QtBot) -> None:
    bench.table.hide()
    bench.workspace.set_step(0)
    bench.table.renew()
    assert bench.column("Step") == ["490"] * 3
    bench.table.show()
    assert bench.column("Step") == ["0"] * 3


def test_tables_are_saved_or_the_failure_is_told(
    bench: Bench, qtbot: QtBot, tmp_path: Path
) -> None:
    columns = bench.table.view.visual_columns()
    path = tmp_path / "values.csv"
    assert save_table(bench.table, str(path), bench.table.rows, columns)
    assert path.read_text().startswith("Run,Smoothed,Value,Step,")
    assert [p.name for p in tmp_path.iterdir()] == ["values.csv"]
    nowhere = tmp_path / "no" / "values.csv"
    assert not save_table(bench.table, str(nowhere), bench.table.rows, columns)
    box = bench.table.findChild(QMessageBox)
    assert box is not None
    assert "could not be written" in box.text()
    box.close()
    assert not (tmp_path / "no").exists()
