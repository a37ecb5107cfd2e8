from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QLabel, QTabBar, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from eventglass.app.core.names import Kind
from eventglass.app.core.problems import Problem, ProblemKind
from eventglass.app.core.store import Changes
from eventglass.app.models.commands import Command
from eventglass.app.models.session import Session
from eventglass.app.models.view_registry import ViewEntry
from eventglass.widgets.controls.colour_swatch import ColourMenu, Swatch
from eventglass.widgets.main_window import MainWindow
from eventglass.widgets.panels.inspector import TableWindow
from eventglass.widgets.view import Reason, View
from eventglass.widgets.views import data_dialog
from tests.models.fakes import FakeReader, add_run, add_scalars, make_session, tell


class PlainView(View):
    """Writes down why it was refreshed."""

    view_id = "plain"
    title = "Plain"
    icon = "scalars"
    kinds = frozenset({Kind.SCALAR})
    broken = False

    def __init__(self, context: object, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)  # type: ignore[arg-type]
        QVBoxLayout(self.content).addWidget(QLabel("plain"))
        self.reasons: list[Reason] = []
        self.kept: dict[str, object] = {}

    def refresh(self, reason: Reason, changes: Changes | None) -> None:
        self.reasons.append(reason)
        if PlainView.broken:
            raise RuntimeError("the sky fell")

    def state(self) -> dict[str, object]:
        return dict(self.kept)

    def restore(self, state: Mapping[str, object]) -> None:
        self.kept = dict(state)

    def tool_bar_content(self) -> QWidget:
        return QLabel("tools of plain")

    def commands(self) -> tuple[Command, ...]:
        return (Command("plain.fit", "Fit", self.reasons.clear, "View/2", ("F",)),)

    def renderer_name(self) -> str:
        return "pencil"

    def inspector_content(self) -> QWidget:
        return QLabel("settings of plain")


ENTRIES = (
    ViewEntry(
        "plain",
        "Plain",
        "scalars",
        1,
        frozenset({Kind.SCALAR}),
        f"{__name__}:PlainView",
    ),
    ViewEntry("sounds", "Sounds", "audio", 2, frozenset({Kind.AUDIO}), "no.such.module:Sounds"),
)


@pytest.fixture
def session(tmp_path: Path, qapp: QApplication) -> Session:
    return make_session(tmp_path)


@pytest.fixture
def window(session: Session, qtbot: QtBot) -> Iterator[MainWindow]:
    PlainView.broken = False
    made = MainWindow(session, ENTRIES)
    qtbot.addWidget(made)
    made.show()
    made.complete()
    yield made
    PlainView.broken = False


@pytest.fixture
def filled(window: MainWindow, session: Session, qtbot: QtBot) -> MainWindow:
    fill(session)
    qtbot.waitUntil(lambda: window.runs_panel.rows.rowCount() == 5)
    qtbot.waitUntil(lambda: window.tags_panel.rows.rowCount() == 2)
    return window


def fill(session: Session) -> None:
    session.open(["/logs/a"])
    for name in ("base/train", "base/val", "deep/train"):
        run = add_run(session.store, session.store.roots[0], name)
        add_scalars(session.store, run, "train/loss", [3.0, 2.0, 1.0])
    tell(session)
    session.feed.progressed.emit(session.reader.progress())


def plain(window: MainWindow) -> PlainView:
    (view,) = window.area.views()
    assert isinstance(view, PlainView)
    return view


def test_nothing_open_welcomes(window: MainWindow) -> None:
    assert window.welcome.isVisible()
    assert not window.runs_dock.isVisible()
    assert not window.step_tool_bar.isVisible()
    assert window.windowTitle() == "Eventglass"


def test_opening_shows_panels_views_and_counts(filled: MainWindow) -> None:
    assert not filled.welcome.isVisible()
    assert filled.runs_dock.isVisible()
    assert filled.tags_dock.isVisible()
    assert not filled.problems_dock.isVisible()
    assert filled.windowTitle() == "a — Eventglass"
    assert plain(filled).isVisible()
    assert filled.status.texts()[:3] == ["3 runs", "1 tag", "10 points, all kept"]
    filled.session.workspace.set_shown(["/logs/a/base/val"], False)
    assert filled.status.texts()[0] == "2 of 3 runs"


def test_views_are_made_after_the_first_paint(session: Session, qtbot: QtBot) -> None:
    session.open(["/logs/a"])
    made = MainWindow(session, ENTRIES)
    qtbot.addWidget(made)
    assert not made.findChildren(View)
    made.show()
    qtbot.waitUntil(lambda: len(made.findChildren(View)) == 1)


def test_closing_the_last_root_welcomes_again(filled: MainWindow) -> None:
    filled.session.close_root(0)
    tell(filled.session)
    assert filled.welcome.isVisible()
    assert not filled.runs_dock.isVisible()
    texts = [label.text() for label in filled.findChildren(QLabel) if label.isVisible()]
    assert "tools of plain" not in texts
    assert "pencil" not in texts


def test_a_logdir_without_event_files_says_so(window: MainWindow, session: Session) -> None:
    cast(FakeReader, session.reader).reason = "found 3 files of other kinds"
    session.open(["/logs/a"])
    tell(session)
    texts = [label.text() for label in window.findChildren(QLabel) if label.isVisible()]
    assert "Nothing to show" in texts
    assert "found 3 files of other kinds" in texts


def test_a_view_gets_changes_and_catches_up_when_hidden(filled: MainWindow) -> None:
    view = plain(filled)
    view.reasons.clear()
    add_scalars(filled.session.store, filled.session.store.runs[0], "more", [1.0])
    tell(filled.session)
    assert view.reasons == [Reason.DATA]
    filled.session.close_root(0)
    tell(filled.session)
    view.reasons.clear()
    view.take_changes(Changes(grown=frozenset({0})))
    assert view.reasons == []
    filled.session.open(["/logs/a"])
    assert view.reasons == [Reason.SHOWN]


def test_a_view_that_fails_says_so_and_recovers(filled: MainWindow) -> None:
    view = plain(filled)
    PlainView.broken = True
    view.update_content(Reason.DATA, None)
    assert view.failed
    texts = [label.text() for label in view.findChildren(QLabel)]
    assert "Plain could not be shown" in texts
    assert any("the sky fell" in text for text in texts)
    PlainView.broken = False
    view.update_content(Reason.DATA, None)
    assert not view.failed


def test_a_view_that_cannot_be_imported_says_so(filled: MainWindow) -> None:
    view = filled.area.show_view("sounds")
    assert view is not None
    assert view.failed


def test_views_can_be_opened_twice_split_floated_and_closed(
    filled: MainWindow, qtbot: QtBot
) -> None:
    area = filled.area
    plain(filled).kept = {"zoom": 2}
    area.split_active(Qt.Orientation.Horizontal)
    first, second = area.docks()
    assert (first.objectName(), second.objectName()) == ("plain", "plain:2")
    assert cast(PlainView, second.view).kept == {"zoom": 2}
    assert area.active_view is second.view
    area.float_active()
    assert second.isFloating()
    area.float_active()
    assert not second.isFloating()
    area.close_active()
    assert area.views() == [first.view]
    assert area.active_view is first.view


@pytest.mark.parametrize("orientation", [Qt.Orientation.Horizontal, Qt.Orientation.Vertical])
@pytest.mark.parametrize("beside", [None, Qt.Orientation.Horizontal, Qt.Orientation.Vertical])
def test_a_view_among_tabs_is_split(
    filled: MainWindow, qtbot: QtBot, orientation: Qt.Orientation, beside: Qt.Orientation | None
) -> None:
    area = filled.area
    first = area.docks()[0]
    apart = set()
    if beside is not None:
        area.split_active(beside)
        apart = {area.docks()[1]}
        area._activate(first.view)
    qtbot.wait(10)
    area.open_view("plain", "plain:x")
    area.open_view("plain", "plain:3")
    qtbot.wait(10)
    area.split_active(orientation)
    qtbot.wait(50)
    (split,) = (d for d in area.docks() if d.objectName() == "plain:3")
    (after,) = set(area.docks()) - apart - {split, first, area.findChild(QWidget, "plain:x")}
    tabs = set(area.docks()) - apart - {split, after}
    assert set(area.tabifiedDockWidgets(split)) == tabs
    assert not area.tabifiedDockWidgets(after)
    # Both are seen, side by side, and nothing lies where no tab leads to.
    for dock in (split, after):
        assert area.rect().contains(dock.geometry())
    assert not split.geometry().intersects(after.geometry())
    assert area.active_view is after.view
    for dock in apart:
        assert area.rect().contains(dock.geometry())
        assert not dock.geometry().intersects(split.geometry().united(after.geometry()))
    lengths = [
        d.width() if orientation == Qt.Orientation.Horizontal else d.height()
        for d in (split, after)
    ]
    assert min(lengths) > 0.4 * max(lengths)
    assert {bar.count() for bar in area.findChildren(QTabBar) if bar.isVisible()} >= {3}
    area._activate(first.view)
    first.raise_()
    qtbot.waitUntil(lambda: area.rect().contains(first.geometry()))
    # The arrangement comes back as it was.
    whole = area.arrangement()
    after.setFloating(True)
    assert area.restore_arrangement(whole)
    assert not after.isFloating()
    assert set(area.tabifiedDockWidgets(split)) == tabs


def test_the_active_view_brings_its_tools_and_settings(filled: MainWindow) -> None:
    def texts() -> list[str]:
        return [label.text() for label in filled.findChildren(QLabel) if label.isVisible()]

    assert "tools of plain" in texts()
    assert "settings of plain" in texts()
    assert filled.session.commands.run("plain.fit")
    assert "pencil" in texts()
    filled.area.close_active()
    assert "plain.fit" not in filled.session.commands
    assert "pencil" not in texts()
    assert "tools of plain" not in texts()


def test_the_arrangement_is_found_again(
    filled: MainWindow, session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    plain(filled).kept = {"zoom": 5}
    filled.area.split_active(Qt.Orientation.Vertical)
    filled.inspector_dock.close()
    filled.close()
    again_session = make_session(tmp_path)
    again = MainWindow(again_session, ENTRIES)
    qtbot.addWidget(again)
    again.show()
    fill(again_session)
    again.complete()
    assert [dock.objectName() for dock in again.area.docks()] == ["plain", "plain:2"]
    assert [cast(PlainView, view).kept for view in again.area.views()] == [{"zoom": 5}] * 2
    assert again.inspector_dock.isHidden()
    again.reset_layout()
    assert not again.inspector_dock.isHidden()


@pytest.mark.parametrize("text", ["", "null", "{}", '{"open": [[1]]}', '{"open": 3}', "[]", "{"])
def test_a_senseless_arrangement_gives_the_first_view(
    window: MainWindow, session: Session, text: str
) -> None:
    session.settings.set("views", text)
    fill(session)
    assert len(window.area.views()) == 1


def test_both_tag_filters_are_one_and_can_be_undone(filled: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClicks(filled.bar.tag_box, "acc")
    assert filled.tags_panel.filter_box.text() == "acc"
    assert filled.tags_panel.rows.rowCount() == 0
    filled.session.commands.run("edit.undo")
    assert filled.bar.tag_box.text() == ""
    assert filled.tags_panel.rows.rowCount() == 2


def test_an_invalid_filter_is_marked(filled: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClicks(filled.bar.tag_box, "(")
    assert filled.bar.tag_box.property("invalid") is True
    filled.bar.tag_box.clear()
    assert filled.bar.tag_box.property("invalid") is False


def test_problems_are_counted_and_shown_on_demand(filled: MainWindow) -> None:
    problem = Problem("/logs/a/x.tfevents", 12, 3, ProblemKind.DATA_CRC, "skipped")
    filled.session.store.add_problem(problem)
    tell(filled.session)
    assert filled.status.texts()[-1] == "1 problem"
    assert filled.problems_panel.rows.rowCount() == 1
    filled.status.problems_wanted.emit()
    assert filled.problems_dock.isVisible()


def test_dropping_opens(window: MainWindow) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/logs/a"), QUrl("https://example.org/x")])
    event = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(event)
    assert window.session.open_roots() == ("/logs/a",)


def test_notices_are_shown_until_dismissed(window: MainWindow, session: Session) -> None:
    session.notice.emit("The disk is full")
    session.notice.emit("The disk is full")
    assert window.notice.isVisible()
    texts = [label.text() for label in window.notice.findChildren(QLabel)]
    assert texts == ["The disk is full"]
    window.notice.dismiss()
    assert not window.notice.isVisible()


def test_live_switches_the_reader(filled: MainWindow, qtbot: QtBot) -> None:
    reader = cast(FakeReader, filled.session.reader)
    assert reader.live is True
    qtbot.mouseClick(filled.bar.live_button, Qt.MouseButton.LeftButton)
    assert reader.live is False
    assert not filled.bar.live_button.isChecked()


def test_theme_follows_the_setting(filled: MainWindow) -> None:
    view = plain(filled)
    view.reasons.clear()
    filled.session.commands.run("view.theme_dark")
    assert filled.session.theme.dark
    assert view.reasons == [Reason.THEME]
    filled.session.commands.run("view.theme_light")
    assert not filled.session.theme.dark


def test_every_command_has_a_title_and_no_shortcut_twice(filled: MainWindow) -> None:
    seen: dict[str, str] = {}
    for command in filled.session.commands:
        assert command.title
        assert not command.title.endswith(".")
        for keys in command.shortcuts:
            assert keys not in seen, (command.id, seen.get(keys))
            seen[keys] = command.id


def test_views_without_data_say_why(filled: MainWindow) -> None:
    command = filled.session.commands["view.show_sounds"]
    assert not command.enabled()
    assert command.reason is not None
    assert command.reason() == "no sounds in these logs"


def test_dialogs_open(filled: MainWindow, qtbot: QtBot) -> None:
    for command_id in ("edit.preferences", "help.shortcuts"):
        filled.session.commands.run(command_id)
    dialogs = [w for w in QApplication.topLevelWidgets() if w.isVisible() and w is not filled]
    assert {w.windowTitle() for w in dialogs} == {"Preferences", "Shortcuts"}
    for dialog in dialogs:
        dialog.close()
    qtbot.wait(0)


# -- panels


def press(window: MainWindow, row: int, x: int, qtbot: QtBot, *, double: bool = False) -> None:
    view = window.runs_panel.view
    rect = view.visualRect(window.runs_panel.rows.index(row, 0))
    point = QPoint(rect.left() + x, rect.center().y())
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=point)
    if double:
        qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=point)


def test_clicks_on_chevron_and_box(filled: MainWindow, qtbot: QtBot) -> None:
    workspace = filled.session.workspace
    press(filled, 0, 14, qtbot)
    assert filled.runs_panel.rows.rowCount() == 3
    press(filled, 0, 14, qtbot)
    assert filled.runs_panel.rows.rowCount() == 5
    press(filled, 0, 36, qtbot)
    assert workspace.visible_run_ids() == (2,)
    press(filled, 0, 36, qtbot)
    assert workspace.visible_run_ids() == (0, 1, 2)


def test_double_click_on_a_box_isolates(filled: MainWindow, qtbot: QtBot) -> None:
    workspace = filled.session.workspace
    press(filled, 1, 50, qtbot, double=True)
    assert workspace.isolated_runs == {"/logs/a/base/train"}
    assert workspace.visible_run_ids() == (0,)
    assert workspace.state.hidden_runs == frozenset()
    press(filled, 2, 50, qtbot, double=True)
    assert workspace.visible_run_ids() == (1,)
    press(filled, 2, 50, qtbot, double=True)
    assert workspace.visible_run_ids() == (0, 1, 2)
    press(filled, 1, 50, qtbot, double=True)
    press(filled, 1, 50, qtbot)
    assert workspace.visible_run_ids() == (0, 1, 2)


def test_a_double_click_takes_back_its_own_first_click_only(
    filled: MainWindow, qtbot: QtBot
) -> None:
    workspace = filled.session.workspace
    press(filled, 2, 50, qtbot)
    assert workspace.visible_run_ids() == (0, 2)
    press(filled, 1, 50, qtbot, double=True)
    assert workspace.visible_run_ids() == (0,)
    press(filled, 1, 50, qtbot, double=True)
    assert workspace.visible_run_ids() == (0, 2)


@pytest.mark.qt_log_ignore("grabbing the keyboard", extend=True)
def test_a_click_on_the_swatch_asks_for_a_colour(filled: MainWindow, qtbot: QtBot) -> None:
    workspace = filled.session.workspace
    press(filled, 1, 70, qtbot)
    (menu,) = filled.runs_panel.view.findChildren(ColourMenu)
    swatches = menu.findChildren(Swatch)
    assert len(swatches) == 24
    qtbot.mouseClick(swatches[5], Qt.MouseButton.LeftButton)
    assert workspace.colour_text(0) == swatches[5].colour
    assert workspace.undo_stack.undoText() == "Change colour"
    qtbot.waitUntil(lambda: not filled.runs_panel.view.findChildren(ColourMenu))


def test_keys_in_the_tree_of_runs(filled: MainWindow, qtbot: QtBot) -> None:
    view, rows = filled.runs_panel.view, filled.runs_panel.rows
    view.setFocus()
    view.setCurrentIndex(rows.index(0, 0))
    qtbot.keyClick(view, Qt.Key.Key_Left)
    assert rows.rowCount() == 3
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert rows.rowCount() == 5
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.currentIndex().row() == 1
    qtbot.keyClick(view, Qt.Key.Key_Space)
    assert filled.session.workspace.visible_run_ids() == (1, 2)
    qtbot.keyClick(view, Qt.Key.Key_Left)
    assert view.currentIndex().row() == 0


def test_selection_and_hover_go_both_ways(filled: MainWindow, qtbot: QtBot) -> None:
    workspace, panel = filled.session.workspace, filled.runs_panel
    press(filled, 1, 120, qtbot)
    assert workspace.selected_run == 0
    workspace.select(2)
    assert panel.view.currentIndex().row() == 4
    workspace.hover(1)
    assert panel.view.row_delegate.lit_row == 2


def test_selection_survives_a_rebuild(filled: MainWindow) -> None:
    panel = filled.runs_panel
    panel.view.setCurrentIndex(panel.rows.index(4, 0))
    add_run(filled.session.store, filled.session.store.roots[0], "a-first")
    tell(filled.session)
    panel.rows.rebuild()
    assert panel.view.currentIndex().row() == 5
    (node,) = panel.view.selected_nodes()
    assert node.item == 2


def test_a_tag_that_is_clicked_is_asked_for(filled: MainWindow, qtbot: QtBot) -> None:
    asked: list[tuple[str, str]] = []
    filled.session.workspace.tag_requested.connect(lambda *tag: asked.append(tag))
    view = filled.tags_panel.view
    view.setFocus()
    rect = view.visualRect(filled.tags_panel.rows.index(1, 0))
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert asked[-1] == ("train/loss", "scalar")


# -- the step bar


def test_the_step_bar_follows_and_leads(filled: MainWindow, qtbot: QtBot) -> None:
    workspace, bar = filled.session.workspace, filled.step_bar
    assert bar._box.text() == "20"
    bar.move_by(-1)
    assert workspace.state.step == 10
    bar.move_by(1)
    assert workspace.state.step == 20
    bar._box.setFocus()
    bar._box.selectAll()
    qtbot.keyClicks(bar._box, "1,5")
    qtbot.keyClick(bar._box, Qt.Key.Key_Return)
    assert workspace.state.step == 15
    bar.move_by(-1)
    assert workspace.state.step == 10
    bar._box.selectAll()
    qtbot.keyClicks(bar._box, "no number")
    qtbot.keyClick(bar._box, Qt.Key.Key_Return)
    assert workspace.state.step == 10
    assert bar._box.text() == "10"


def test_playing_reaches_the_end_and_stops(filled: MainWindow, qtbot: QtBot) -> None:
    filled.session.workspace.set_step(18)
    filled.step_bar.toggle_playing()
    assert filled.step_bar.playing
    qtbot.waitUntil(lambda: not filled.step_bar.playing)
    assert filled.session.workspace.state.step is None


# -- the palette


def test_the_palette_finds_and_runs(filled: MainWindow, qtbot: QtBot) -> None:
    filled.open_palette()
    box = filled.palette_box
    assert box.isVisible()
    qtbot.keyClicks(box._box, "hide all")
    assert box.titles()[0] == "Tools: Hide all runs"
    qtbot.keyClick(box._box, Qt.Key.Key_Return)
    assert not box.isVisible()
    assert filled.session.workspace.visible_run_ids() == ()


def test_the_palette_goes_to_a_tag(filled: MainWindow, qtbot: QtBot) -> None:
    asked: list[tuple[str, str]] = []
    filled.session.workspace.tag_requested.connect(lambda *tag: asked.append(tag))
    filled.open_tag_palette()
    qtbot.keyClicks(filled.palette_box._box, "tlos")
    assert filled.palette_box.titles() == ["train/loss"]
    qtbot.keyClick(filled.palette_box._box, Qt.Key.Key_Return)
    assert asked == [("train/loss", "scalar")]
    filled.open_tag_palette()
    qtbot.keyClick(filled.palette_box._box, Qt.Key.Key_Escape)
    assert not filled.palette_box.isVisible()


def test_a_narrow_tool_bar_overlaps_nothing(filled: MainWindow, qtbot: QtBot) -> None:
    bar = filled.bar
    for width in (1440, 900, 720):
        filled.resize(width, 600)
        qtbot.wait(1)
        row = (bar.root_button, bar.live_button, bar.tag_box, bar.commands_button)
        boxes = [w.geometry() for w in row]
        assert all(a.right() < b.left() for a, b in pairwise(boxes))
        assert boxes[-1].right() < width
    assert bar.commands_button.width() < 60
    assert bar.commands_button.accessibleName() == "Commands"


def test_resetting_the_layout_brings_everything_back(filled: MainWindow, qtbot: QtBot) -> None:
    filled.area.split_active(Qt.Orientation.Horizontal)
    filled.area.float_active()
    filled.runs_dock.setFloating(True)
    filled.inspector_dock.hide()
    filled.reset_layout()
    docks = filled.area.docks()
    assert not any(dock.isFloating() for dock in (*docks, *filled.panel_docks()))
    assert filled.inspector_dock.isVisible()
    assert filled.area.tabifiedDockWidgets(docks[0]) == [docks[1]]
    for dock in docks:
        dock.close()
    qtbot.waitUntil(lambda: not filled.area.docks())
    filled.reset_layout()
    assert [dock.view.view_id for dock in filled.area.docks()] == ["plain"]


def test_values_and_data_are_reached_from_every_view(
    filled: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[object] = []
    monkeypatch.setattr(data_dialog, "open_data_dialog", lambda *args: opened.append(args))
    commands = filled.session.commands
    assert commands["file.export_data"].enabled()
    commands.run("file.export_data")
    assert opened == [(filled, filled.context)]
    qtbot.waitUntil(filled.inspector_panel.at_step.has_values)
    commands.run("view.value_table")
    table = filled.findChild(TableWindow)
    assert table is not None
    assert table.isVisible()
    assert table.windowTitle() == "Values of train/loss"
    qtbot.waitUntil(table.isActiveWindow)
    qtbot.keyClick(table, Qt.Key.Key_Escape)
    assert not table.isVisible()


def test_without_scalars_it_is_said_why(window: MainWindow) -> None:
    command = window.session.commands["file.export_data"]
    assert not command.enabled()
    assert command.reason is not None
    assert command.reason() == "No log is open"


def test_values_of_scalars_stand_beside_views_of_scalars(
    filled: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = filled.inspector_panel
    assert panel.at_step.isVisibleTo(panel)
    monkeypatch.setattr(PlainView, "kinds", frozenset({Kind.IMAGE}))
    filled.area.active_changed.emit(plain(filled))
    assert not panel.at_step.isVisibleTo(panel)
    filled.area.active_changed.emit(None)
    assert panel.at_step.isVisibleTo(panel)


def test_what_was_read_before_the_window_was_filled_is_shown(
    session: Session, qtbot: QtBot
) -> None:
    fill(session)
    window = MainWindow(session, ENTRIES)
    qtbot.addWidget(window)
    window.show()
    window.complete()
    assert window.inspector_panel.at_step.tag == "train/loss"
    qtbot.waitUntil(lambda: window.runs_panel.rows.rowCount() == 5)
    qtbot.waitUntil(lambda: window.tags_panel.rows.rowCount() == 2)
    qtbot.waitUntil(window.inspector_panel.at_step.has_values)
    assert window.status._points.text()


class WordsView(PlainView):
    """Another one, of texts."""

    view_id = "words"
    title = "Words"
    kinds = frozenset({Kind.TEXT})


WORDS = ViewEntry("words", "Words", "text", 3, frozenset({Kind.TEXT}), f"{__name__}:WordsView")


def add_text(session: Session, tag: str) -> None:
    run = add_run(session.store, session.store.roots[0], "notes")
    series = session.store.add_series(run.id, tag, Kind.TEXT)
    assert series is not None
    one = np.zeros(1, np.uint64)
    series.append(one.astype(np.int64), one + 1.7e9, one.astype(np.uint32), one, one)
    tell(session)


@pytest.fixture
def with_words(session: Session, qtbot: QtBot) -> MainWindow:
    made = MainWindow(session, (*ENTRIES, WORDS))
    qtbot.addWidget(made)
    made.show()
    made.complete()
    return made


def test_logs_without_scalars_open_with_what_they_have(
    with_words: MainWindow, session: Session, qtbot: QtBot
) -> None:
    session.open(["/logs/a"])
    add_text(session, "config")
    session.feed.progressed.emit(session.reader.progress())
    qtbot.waitUntil(lambda: isinstance(with_words.area.active_view, WordsView))
    # Only once: whoever goes back to the other view stays there.
    with_words.area.show_view("plain")
    session.feed.progressed.emit(session.reader.progress())
    assert not isinstance(with_words.area.active_view, WordsView)


def test_a_tag_that_is_asked_for_brings_a_view_of_its_kind(
    with_words: MainWindow, session: Session, qtbot: QtBot
) -> None:
    fill(session)
    add_text(session, "config")
    asked: list[tuple[str, str]] = []
    session.workspace.tag_requested.connect(lambda tag, kind: asked.append((tag, kind)))
    session.workspace.go_to_tag("train/loss", Kind.SCALAR)
    assert not isinstance(with_words.area.active_view, WordsView)
    session.workspace.go_to_tag("config", Kind.TEXT)
    assert isinstance(with_words.area.active_view, WordsView)
    # Told again, now that the view is there.
    qtbot.waitUntil(lambda: asked.count(("config", "text")) == 2)


def test_escape_with_the_focus_on_the_window(
    filled: MainWindow, session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = plain(filled)

    def step_back() -> bool:
        was_zoomed = bool(view.kept)
        view.kept.clear()
        return was_zoomed

    monkeypatch.setattr(view, "step_back", step_back)
    view.kept["zoom"] = 5
    session.workspace.edit("Filter tags", tag_filter="loss")
    qtbot.keyClick(filled, Qt.Key.Key_Escape)
    assert not view.kept
    assert session.workspace.state.tag_filter == "loss", "one thing at a time"
    qtbot.keyClick(filled, Qt.Key.Key_Escape)
    assert not session.workspace.state.tag_filter
