"""Files that hold a graph: dropped on the window, opened like logs, told of on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from pytestqt.qtbot import QtBot

from eventglass.app import cli
from eventglass.app.core.graphs.files import is_graph_file
from eventglass.app.models.session import Session
from eventglass.app.models.tasks import Tasks
from eventglass.widgets.main_window import MainWindow
from eventglass.widgets.views.graphs import GraphsView
from tests.models.fakes import make_session
from tests.widgets import graph_logs
from tests.widgets.test_graph_view import labels

KERAS = {
    "class_name": "Sequential",
    "config": {"name": "net", "layers": [{"class_name": "Dense", "config": {"name": "first"}}]},
}


@pytest.fixture
def graph_file(tmp_path: Path) -> Path:
    path = tmp_path / "net.pb"
    path.write_bytes(graph_logs.graph_def().SerializeToString())
    return path


@pytest.fixture
def session(tmp_path: Path, qtbot: QtBot) -> Iterator[Session]:
    made = make_session(tmp_path / "kept")
    made.tasks = Tasks()
    yield made
    made.tasks.stop()


@pytest.fixture
def window(session: Session, qtbot: QtBot) -> MainWindow:
    made = MainWindow(session)
    qtbot.addWidget(made)
    made.show()
    made.complete()
    return made


def graph_view(window: MainWindow) -> GraphsView:
    (view,) = (view for view in window.area.views() if isinstance(view, GraphsView))
    return view


def test_which_files_hold_a_graph(graph_file: Path, tmp_path: Path) -> None:
    keras, other = tmp_path / "model.json", tmp_path / "other.json"
    keras.write_text(json.dumps(KERAS))
    other.write_text("[]")
    events = tmp_path / "events.out.tfevents.1.pb"
    events.write_bytes(b"")
    (tmp_path / "folder.pb").mkdir()
    assert is_graph_file(graph_file)
    assert is_graph_file(keras)
    for path in (other, events, tmp_path / "folder.pb", tmp_path / "gone.pb"):
        assert not is_graph_file(path), path


def test_a_graph_is_dropped_on_the_window(
    window: MainWindow, graph_file: Path, qtbot: QtBot
) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(graph_file))])
    event = QDropEvent(
        QPointF(50, 50),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(event)
    view = graph_view(window)
    qtbot.waitUntil(view.is_settled)
    assert view.isVisible()
    assert "enc" in labels(view)
    assert "net.pb" in window.windowTitle()
    assert not window.session.open_roots()
    assert not window.runs_dock.isVisible()
    assert window.inspector_dock.isVisible()
    assert window._tool_contents[view].isVisible()  # type: ignore[union-attr]
    assert window.session.recents[0] == (str(graph_file),)


def test_a_graph_that_is_asked_for_is_opened_once(
    session: Session, graph_file: Path, qtbot: QtBot
) -> None:
    session.settings.set("reopen", True)
    session.open([graph_file])
    window = MainWindow(session)
    qtbot.addWidget(window)
    with qtbot.assertNotEmitted(session.graph_opened):
        window.complete()


def test_another_graph_takes_the_place_of_the_first(
    window: MainWindow, session: Session, graph_file: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    model = tmp_path / "model.json"
    model.write_text(json.dumps(KERAS))
    session.open([graph_file, model])
    view = graph_view(window)
    qtbot.waitUntil(view.is_settled)
    assert "first" in " ".join(view.model.graph.names)  # type: ignore[union-attr]
    session.open([graph_file])
    qtbot.waitUntil(lambda: view.is_settled() and "enc" in labels(view))
    session.close_all()
    assert not session.graph_files
    assert window.welcome.isVisible()


def test_a_graph_is_told_of_on_the_command_line(
    graph_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["inspect", str(graph_file)]) == 0
    text = capsys.readouterr().out
    assert f"{graph_file} is a graph, not a log" in text
    assert cli.main(["inspect", str(graph_file), "--json"]) == 0
    graph = json.loads(capsys.readouterr().out)["graph"]
    assert graph["nodes"] == len(graph_logs.MODEL)
    assert graph["edges"] == 9
    assert graph["operations"]["MatMul"] == 2


def test_points_of_a_graph_are_not_exported(
    graph_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.csv"
    assert cli.main(["export", str(graph_file), "--out", str(out)]) == cli.FAILED
    assert "is a graph, not a log" in capsys.readouterr().err
    assert not out.exists()


def test_a_file_without_a_graph_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "nothing.pbtxt"
    path.write_text("what is this")
    assert cli.main(["inspect", str(path)]) == cli.FAILED
    assert str(path) in capsys.readouterr().err
