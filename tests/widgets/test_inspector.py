from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from eventglass.app.core.names import Kind
from eventglass.app.models.card_layouts import LOGGED
from eventglass.app.models.cards import COMPOSED, Card, CardLine, XRange
from eventglass.app.models.session import Session
from eventglass.app.models.tasks import Tasks
from eventglass.widgets.panels.inspector import MOST_ROWS, AtStep, InspectorPanel
from eventglass.widgets.plots.line_book import LineBook
from tests.models.fakes import add_run, add_scalars, make_session, tell


class Bench:
    def __init__(self, folder: Path, qtbot: QtBot, names: tuple[str, ...]) -> None:
        self.session: Session = make_session(folder)
        self.session.open(["/logs/a"])
        for name in names:
            run = add_run(self.session.store, self.session.store.roots[0], name)
            add_scalars(self.session.store, run, "z/common", [1.0, 2.0, 3.0])
        add_scalars(self.session.store, self.session.store.runs[0], "a/rare", [9.0])
        self.session.workspace.edit("Smooth", smoothing=0.0)
        self.tasks = Tasks()
        self.lines = LineBook(self.session.store, self.session.workspace, self.tasks)
        self.at_step = AtStep(
            self.session.store, self.session.workspace, self.session.theme, self.lines
        )
        qtbot.addWidget(self.at_step)
        self.session.feed.changed.connect(self.at_step.take_changes)
        self.at_step.resize(260, 400)
        self.at_step.show()
        tell(self.session)

    def stop(self) -> None:
        self.tasks.stop()
        # Commands of a stack that Python's collector takes apart would be deleted twice.
        self.session.workspace.undo_stack.clear()

    def texts(self) -> list[tuple[str, ...]]:
        rows = self.at_step.table.rows
        return [
            tuple(rows.text(row, column) for column in range(rows.columnCount()))
            for row in range(rows.rowCount())
        ]


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path, qtbot, ("one", "two", "three"))
    yield made
    made.stop()


def test_the_table_shows_visible_runs_at_the_step(bench: Bench, qtbot: QtBot) -> None:
    workspace = bench.session.workspace
    assert bench.at_step.tag == "z/common"
    qtbot.waitUntil(lambda: len(bench.texts()) == 3)
    assert bench.texts() == [("one", "3", "20"), ("three", "3", "20"), ("two", "3", "20")]
    assert bench.at_step.title.text() == "At the last step"
    assert bench.at_step.table.rows.columns[0].title == "z/common"
    workspace.set_step(11)
    workspace.set_shown(["/logs/a/two"], False)
    workspace.set_alias("/logs/a/one", "best")
    qtbot.waitUntil(lambda: len(bench.texts()) == 2)
    assert bench.texts() == [("best", "2", "10"), ("three", "2", "10")]
    assert bench.at_step.title.text() == "At step 11"
    workspace.go_to_tag("a/rare", Kind.SCALAR)
    assert bench.texts() == [("best", "9", "0")]
    workspace.go_to_tag("a/rare", Kind.IMAGE)
    assert bench.at_step.tag == "a/rare"


def test_a_range_is_summed_up_and_given_back(bench: Bench, qtbot: QtBot) -> None:
    bench.session.workspace.edit("Select", selection=XRange("step", 0.0, 10.0))
    qtbot.waitUntil(lambda: bench.at_step.title.text() == "Range 0 – 10")
    assert bench.texts()[0] == ("one", "1.500", "+1")
    bench.session.workspace.edit("Select", selection=None)
    qtbot.waitUntil(lambda: bench.at_step.title.text() == "At the last step")
    assert bench.texts()[0] == ("one", "3", "20")


def test_composed_cards_are_shown(bench: Bench, qtbot: QtBot) -> None:
    card = Card(f"{COMPOSED}1", "both", (CardLine("z/common"), CardLine("a/rare")))
    bench.session.workspace.edit("Compose", composed=(card,))
    bench.session.workspace.go_to_tag(card.key, Kind.SCALAR)
    assert bench.at_step.card == card
    assert [row[:2] for row in bench.texts()] == [
        ("one", "z/common"),
        ("three", "z/common"),
        ("two", "z/common"),
        ("one", "a/rare"),
    ]
    less = Card(card.key, "less", card.lines[1:])
    bench.session.workspace.edit("Compose", composed=(less,))
    assert [row[0] for row in bench.texts()] == ["one"]
    # A card that is gone leaves its place to what most runs have.
    bench.session.workspace.edit("Remove", composed=())
    assert bench.at_step.tag == "z/common"


def test_cards_from_logs_are_shown_and_kept(bench: Bench) -> None:
    card = Card(f"{LOGGED}1", "Both", (CardLine("z/common"), CardLine("a/rare")))
    bench.session.workspace.select_card(card)
    assert bench.at_step.card == card
    # Names of tags take the room of the step, which the title tells.
    assert bench.texts()[0] == ("one", "z/common", "3")
    assert len(bench.texts()) == 4
    own = Card(f"{COMPOSED}1", "own", (CardLine("a/rare"),))
    bench.session.workspace.edit("Compose", composed=(own,))
    assert bench.at_step.card == card


def test_nothing_to_show_is_said_and_comes_back(bench: Bench, qtbot: QtBot) -> None:
    workspace = bench.session.workspace
    workspace.set_shown([f"/logs/a/{name}" for name in ("one", "two", "three")], False)
    qtbot.waitUntil(bench.at_step.note.isVisible)
    assert bench.at_step.note.text().startswith("No run is shown")
    assert not bench.at_step.open_button.isEnabled()
    workspace.set_shown(["/logs/a/two"], True)
    qtbot.waitUntil(lambda: bench.texts() == [("two", "3", "20")])
    assert not bench.at_step.note.isVisible()
    bench.at_step.set_card(None)
    assert bench.at_step.note.text() == "Nothing selected: click a chart"


def test_the_height_follows_the_rows_up_to_a_dozen(qtbot: QtBot, tmp_path: Path) -> None:
    many = Bench(tmp_path, qtbot, tuple(f"run{i}" for i in range(40)))
    qtbot.waitUntil(lambda: len(many.texts()) == 40)
    full = many.at_step.table.height()
    bar = many.at_step.table.view.verticalScrollBar()
    assert bar.maximum() > 0
    keys = [run.key for run in many.session.store.runs]
    many.session.workspace.set_shown(keys[MOST_ROWS:], False)
    qtbot.waitUntil(lambda: len(many.texts()) == MOST_ROWS)
    assert many.at_step.table.height() == full
    assert bar.maximum() == 0
    many.session.workspace.set_shown(keys[3:], False)
    qtbot.waitUntil(lambda: len(many.texts()) == 3)
    assert many.at_step.table.height() < full
    many.stop()


def test_the_whole_table_opens_and_follows(bench: Bench, qtbot: QtBot) -> None:
    bench.at_step.open_button.click()
    window = bench.at_step._window
    assert window is not None
    assert window.isVisible()
    assert window.windowTitle() == "Values of z/common"
    assert window.table.rows.rowCount() == 3
    assert window.table.rows.columnCount() > bench.at_step.table.rows.columnCount()
    bench.session.workspace.go_to_tag("a/rare", Kind.SCALAR)
    assert window.windowTitle() == "Values of a/rare"
    assert window.table.rows.rowCount() == 1


@pytest.mark.parametrize("tag", ["a/rare", "a/tag_that_is_rather_long_and_then_longer"])
def test_the_note_has_room_for_all_its_lines(bench: Bench, qtbot: QtBot, tag: str) -> None:
    session = bench.session
    panel = InspectorPanel(session.store, session.workspace, session.theme, bench.lines)
    qtbot.addWidget(panel)
    panel.resize(262, 600)
    panel.show()
    session.workspace.show_alone(session.store.runs[1])
    session.workspace.select_tag("z/common", Kind.SCALAR)
    table = panel.at_step.table
    qtbot.waitUntil(lambda: table.rows.rowCount() == 1)
    session.workspace.select_tag(tag, Kind.SCALAR)
    note = panel.at_step.note
    qtbot.waitUntil(lambda: table.rows.rowCount() == 0 and tag in note.text())
    QApplication.processEvents()
    assert note.height() >= note.heightForWidth(note.width()) > 1.5 * note.fontMetrics().height()
