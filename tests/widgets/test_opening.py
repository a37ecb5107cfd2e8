"""Logs, event files and workspace files opened in the real window."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from eventglass.app import main as composition
from eventglass.app.core.discovery import logdir_of
from eventglass.app.models.session import Session
from eventglass.widgets.file_events import FileEvents
from eventglass.widgets.main_window import MainWindow


@pytest.fixture
def logs(sample: Path, tmp_path: Path) -> Path:
    """A folder of three runs, to be moved about."""
    folder = tmp_path / "mine" / "logs"
    for run in ("mlp/train", "mlp/val", "cnn/train"):
        source = next((sample / "baseline" / "train").glob("*tfevents*"))
        (folder / run).mkdir(parents=True)
        shutil.copy(source, folder / run)
    return folder


@pytest.fixture
def window(tmp_path: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    yield from a_window(tmp_path / "kept", qtbot)


def a_window(kept: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    store, reader = composition._begin_reading()
    reader.set_live(False)
    session = composition._session(store, reader, kept, "light")
    made = MainWindow(session)
    qtbot.addWidget(made)
    made.show()
    made.complete()
    yield made
    composition._close(session, made)


def read(window: MainWindow, qtbot: QtBot, runs: int) -> Session:
    session = window.session
    qtbot.waitUntil(
        lambda: len(session.store.open_runs()) == runs and session.reader.progress().settled,
        timeout=20000,
    )
    return session


def test_an_event_file_is_shown_among_its_siblings(
    window: MainWindow, logs: Path, qtbot: QtBot
) -> None:
    (file,) = (logs / "mlp" / "val").glob("*tfevents*")
    window.open_paths([str(file)], reveal=True)
    session = read(window, qtbot, 2)
    assert session.open_roots() == (str(logs / "mlp"),)
    (shown,) = session.workspace.visible_run_ids()
    run = session.store.runs[shown]
    assert run.name == "val"
    assert session.workspace.selected_run == shown


def test_an_event_file_of_logs_that_are_open_is_shown_there(
    window: MainWindow, logs: Path, qtbot: QtBot
) -> None:
    for number in range(40):
        shutil.copytree(logs / "cnn" / "train", logs / "many" / f"run{number}")
    window.open_paths([str(logs)])
    session = read(window, qtbot, 43)
    workspace = session.workspace
    workspace.edit("x", run_filter="nothing")
    (file,) = (logs / "mlp" / "val").glob("*tfevents*")
    view = window.runs_panel.view
    for _twice in range(2):
        window.open_paths([str(file)], reveal=True)
        qtbot.waitUntil(lambda: len(workspace.visible_run_ids()) == 1, timeout=20000)
        qtbot.wait(50)
        assert session.open_roots() == (str(logs),)
        (shown,) = workspace.visible_run_ids()
        assert session.store.runs[shown].name == "mlp/val"
        assert view.currentIndex().row() == window.runs_panel.rows.row_of_run(shown)
        assert view.viewport().rect().contains(view.visualRect(view.currentIndex()).center())


def test_a_run_in_a_closed_folder_is_shown(window: MainWindow, logs: Path, qtbot: QtBot) -> None:
    window.open_paths([str(logs)])
    session = read(window, qtbot, 3)
    rows = window.runs_panel.rows
    qtbot.waitUntil(lambda: rows.rowCount() == 5, timeout=20000)
    for row in (2, 0):
        rows.set_open(row, False)
    run = next(run for run in session.store.runs if run.name == "mlp/val")
    assert rows.row_of_run(run.id) < 0
    window.runs_panel.show_run(run.id)
    assert window.runs_panel.view.currentIndex().row() == rows.row_of_run(run.id) >= 0


def test_without_reveal_only_the_file_is_opened(
    window: MainWindow, logs: Path, qtbot: QtBot
) -> None:
    (file,) = (logs / "mlp" / "val").glob("*tfevents*")
    window.open_paths([str(file)])
    assert read(window, qtbot, 1).open_roots() == (str(file),)


def test_the_logdir_of_a_file(logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = logs / "mlp" / "val" / "events.out.tfevents.1.h"
    assert logdir_of(str(file)) == (str(logs / "mlp"), str(logs / "mlp" / "val"))
    lone = logs / "cnn" / "train" / "events.out.tfevents.1.h"
    assert logdir_of(str(lone)) == (str(lone.parent), str(lone.parent))
    # Never all that a user has, even if there are event files about.
    monkeypatch.setenv("HOME", str(logs / "mlp"))
    assert logdir_of(str(file)) == (str(file.parent), str(file.parent))
    assert logdir_of("/events.out.tfevents.1") == ("/", "/")


def test_a_workspace_is_saved_and_opened_beside_a_copy(
    window: MainWindow,
    logs: Path,
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window.open_paths([str(logs)])
    session = read(window, qtbot, 3)
    hidden = next(run.key for run in session.store.runs if run.name == "cnn/train")
    session.workspace.edit("x", hidden_runs=frozenset({hidden}), smoothing=0.25, tag_filter="loss")
    window.area.open_view("histograms")
    file = logs.parent / "mine"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, **_k: (str(file), ""))
    session.commands.run("file.save_workspace")
    assert file.with_suffix(".eventglass").is_file()

    # Sent to somebody else: the folder has another name there.
    there = tmp_path / "there"
    shutil.copytree(logs.parent, there)
    session.workspace.edit("y", smoothing=0.9, tag_filter="")
    session.close_all()
    for dock in window.area.docks():
        dock.close()
    window.open_paths([str(there / "mine.eventglass")])
    qtbot.waitUntil(lambda: session.open_roots() == (str(there / "logs"),))
    read(window, qtbot, 3)
    state = session.workspace.state
    assert (state.smoothing, state.tag_filter) == (0.25, "loss")
    shown = {session.store.runs[i].name for i in session.workspace.visible_run_ids()}
    assert shown == {"mlp/train", "mlp/val"}
    assert {view.view_id for view in window.area.views()} == {"scalars", "histograms"}


@pytest.mark.parametrize("agreed", [True, False])
def test_logs_outside_of_the_files_folder_are_asked_about(
    window: MainWindow, logs: Path, tmp_path: Path, qtbot: QtBot, agreed: bool
) -> None:
    window.open_paths([str(logs)])
    session = read(window, qtbot, 3)
    (tmp_path / "sent").mkdir()
    own = tmp_path / "sent" / "own.eventglass"
    window.workspace_actions.save(own)
    file = tmp_path / "sent" / "a.eventglass"
    contents = json.loads(own.read_text())
    contents["state"]["graphs"] = {"graphs": {"source": "/etc/passwd"}}
    file.write_text(json.dumps(contents))
    session.close_all()
    window.open_paths([str(file)])
    qtbot.waitUntil(lambda: bool(window.findChildren(QMessageBox)))
    (box,) = window.findChildren(QMessageBox)
    assert box.informativeText().splitlines() == [str(logs), "/etc/passwd"]
    assert not session.open_roots()
    wanted = "Open them" if agreed else "Cancel"
    (button,) = (b for b in box.findChildren(QPushButton) if b.text().replace("&", "") == wanted)
    button.click()
    qtbot.wait(50)
    assert session.open_roots() == ((str(logs),) if agreed else ())
    assert not window.findChildren(QMessageBox)
    # What the user agreed to, or wrote, is not asked about again until it says something else.
    for path in (file, own):
        session.close_all()
        window.open_paths([str(path)])
        qtbot.waitUntil(lambda: bool(session.open_roots() or window.findChildren(QMessageBox)))
        asked = window.findChildren(QMessageBox)
        assert bool(asked) == (path == file and not agreed)
        for each in asked:
            each.close()
        qtbot.waitUntil(lambda: not window.findChildren(QMessageBox))
    if agreed:
        file.write_text(json.dumps(contents, indent=1))
        window.open_paths([str(file)])
        qtbot.waitUntil(lambda: bool(window.findChildren(QMessageBox)))


def test_a_workspace_is_written_again_named_and_found_again(
    window: MainWindow,
    logs: Path,
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window.open_paths([str(logs)])
    session = read(window, qtbot, 3)
    asked: list[str] = []

    def ask(_parent: object, _title: str, first: str, *_rest: object) -> tuple[str, str]:
        asked.append(first)
        return str(logs.parent / "talk"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    assert window.windowTitle() == "logs — Eventglass"
    session.commands.run("file.save_workspace")
    file = logs.parent / "talk.eventglass"
    # Beside the logs, so that both can be sent.
    assert asked == [str(logs.parent / "logs.eventglass")]
    assert window.windowTitle() == "talk — Eventglass"
    session.workspace.edit("x", smoothing=0.125)
    session.commands.run("file.save_workspace")
    assert len(asked) == 1
    assert json.loads(file.read_text())["state"]["smoothing"] == 0.125
    session.commands.run("file.save_workspace_as")
    assert asked[1] == str(file)
    assert session.recents[0] == (str(file),)
    session.close_all()
    assert window.windowTitle() == "Eventglass"
    assert window.workspace_actions.path is None
    session.open(session.recents[0])
    qtbot.waitUntil(lambda: window.windowTitle() == "talk — Eventglass")
    assert session.open_roots() == (str(logs),)
    assert session.recents[0] == (str(file),)


def test_what_is_no_workspace_is_told_and_changes_nothing(
    window: MainWindow, logs: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    window.open_paths([str(logs)])
    session = read(window, qtbot, 3)
    told: list[str] = []
    session.notice.connect(told.append)
    bad = tmp_path / "bad.eventglass"
    bad.write_text("{")
    window.open_paths([str(bad)])
    qtbot.waitUntil(lambda: bool(told))
    assert "no workspace" in told[0]
    assert session.open_roots() == (str(logs),)
    missing = tmp_path / "gone.eventglass"
    window.open_paths([str(missing)])
    qtbot.waitUntil(lambda: len(told) == 2)
    assert "can't be read" in told[1]


def test_any_arrangement_is_survived(window: MainWindow, logs: Path, qtbot: QtBot) -> None:
    """Layouts come from files that anybody may have written."""
    window.open_paths([str(logs)])
    read(window, qtbot, 3)
    whole = window.layout_state()
    chance = random.Random(5)
    for _ in range(60):
        text = str(whole["panels"])
        place = chance.randrange(len(text))
        spoilt = text[:place] + chance.choice("A/z9+=") + text[place + chance.randrange(3) :]
        window.restore_layout_state({"panels": spoilt, "views": chance.choice([None, 3, [], {}])})
    odd = [["scalars", "scalars"], [["x"], 3], [{}, "y"], []]
    for views in (
        {"open": odd},
        {"open": [[1, 2], "x"]},
        {"open": [["a", "scalars"]], "state": "ÿ"},
        "x",
    ):
        window.restore_layout_state({"views": views})
    QApplication.processEvents()
    window.restore_layout_state(whole)
    assert window.runs_dock.isVisible()
    assert os.path.isdir(logs)


@pytest.mark.expects_log("was passed over")
def test_a_view_may_stumble_over_what_a_file_says(
    window: MainWindow, logs: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.open_paths([str(logs)])
    session = read(window, qtbot, 3)
    window.area.show_view("histograms")
    restored: list[object] = []

    def stumble(_state: object) -> None:
        raise OverflowError("a height of 1e30")

    first, second = window.area.views()
    monkeypatch.setattr(first, "restore", stumble)
    monkeypatch.setattr(second, "restore", restored.append)
    session.view_states = {dock.objectName(): {"x": 1} for dock in window.area.docks()}
    window.restore_layout_state(window.layout_state())
    assert restored == [{"x": 1}]


def test_views_that_go_while_they_wait(window: MainWindow, sample: Path, qtbot: QtBot) -> None:
    """What was asked for by a view that is closed by now finds nobody, and says nothing."""
    window.open_paths([str(sample)])
    session = window.session
    qtbot.waitUntil(lambda: session.reader.progress().settled, timeout=20000)
    for _ in range(3):
        for view in ("texts", "runs", "audio", "images"):
            window.area.show_view(view)
            qtbot.wait(5)
            window.area.close_active()
    qtbot.wait(300)


def test_files_that_the_desktop_asks_for_are_opened(
    window: MainWindow, logs: Path, qtbot: QtBot
) -> None:
    events = FileEvents(window)
    QApplication.instance().installEventFilter(events)  # type: ignore[union-attr]
    try:
        QApplication.sendEvent(window, QFileOpenEvent(QUrl.fromLocalFile(str(logs))))
    finally:
        QApplication.instance().removeEventFilter(events)  # type: ignore[union-attr]
    assert read(window, qtbot, 3).open_roots() == (str(logs),)
