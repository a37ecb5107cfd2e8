"""Files of vectors: dropped on the window, opened like logs, with or without metadata."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from pytestqt.qtbot import QtBot

from eventglass.app.core.projector.file_names import is_vector_file, paired
from eventglass.app.models.session import Session
from eventglass.app.models.tasks import Tasks
from eventglass.widgets.main_window import MainWindow
from eventglass.widgets.views.embeddings import EmbeddingsView
from tests.models.fakes import make_session
from tests.widgets import embedding_logs as logs


@pytest.fixture
def session(tmp_path: Path, qtbot: QtBot) -> Iterator[Session]:
    made = make_session(tmp_path / "kept", tasks=Tasks())
    yield made
    made.tasks.stop()


@pytest.fixture
def window(session: Session, qtbot: QtBot) -> MainWindow:
    made = MainWindow(session)
    qtbot.addWidget(made)
    made.show()
    made.complete()
    return made


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Vectors and their metadata."""
    vectors, metadata = tmp_path / "words.npy", tmp_path / "words_metadata.tsv"
    np.save(vectors, logs.clusters(12))
    metadata.write_text("\n".join("\t".join(row) for row in logs.animals(12)))
    return [vectors, metadata]


def drop(window: MainWindow, paths: list[Path]) -> EmbeddingsView:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    none, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    window.dropEvent(QDropEvent(QPointF(50, 50), Qt.DropAction.CopyAction, data, left, none))
    (view,) = (view for view in window.area.views() if isinstance(view, EmbeddingsView))
    return view


def test_vectors_are_dropped_on_the_window(
    window: MainWindow, files: list[Path], qtbot: QtBot
) -> None:
    view = drop(window, list(reversed(files)))
    qtbot.waitUntil(lambda: view.model.count == 12 and view.is_settled(), timeout=20_000)
    assert view.isVisible()
    assert [each.name for each in view.model.metadata.columns] == ["name", "cloud", "weight"]
    assert "words.npy" in window.windowTitle()
    assert not window.session.open_roots()
    assert not window.runs_dock.isVisible()
    assert window.inspector_dock.isVisible()
    assert window.session.recents[0] == tuple(map(str, files))
    window.session.close_all()
    assert view.model.data is None
    assert not window.session.vector_files
    assert window.welcome.isVisible()


def test_vectors_beside_an_open_log(
    window: MainWindow, session: Session, files: list[Path], qtbot: QtBot, tmp_path: Path
) -> None:
    root = logs.write_embedding(tmp_path / "logs", logs.clusters(9))
    # The configuration stands for the folder it lies in.
    session.open([root / "projector_config.pbtxt"])
    assert session.open_roots() == (str(root),)
    view = drop(window, files[:1])
    qtbot.waitUntil(lambda: view.model.count == 12 and view.is_settled(), timeout=20_000)
    assert not view.model.metadata.columns
    view.show_source(view.shelf.sources()[0])
    qtbot.waitUntil(lambda: view.model.count == 9 and view.is_settled(), timeout=20_000)


def test_which_files_may_hold_vectors(files: list[Path], tmp_path: Path) -> None:
    (tmp_path / "folder.tsv").mkdir()
    events = tmp_path / "events.out.tfevents.1.tsv"
    events.touch()
    assert all(map(is_vector_file, files))
    for path in (tmp_path / "folder.tsv", events, tmp_path / "gone.npy", tmp_path / "a.png"):
        assert not is_vector_file(path), path


def test_metadata_goes_with_the_vectors_opened_with_it() -> None:
    assert list(paired(["/a/labels.tsv", "/a/v.tsv"])) == [("/a/v.tsv", "/a/labels.tsv")]
    assert list(paired(["/a/v.tsv"])) == [("/a/v.tsv", "")]
    # Alone it is taken for what one wants to see.
    assert list(paired(["/a/labels.tsv"])) == [("/a/labels.tsv", "")]
    assert list(paired(["/metal/v.npy", "/metal/w.npy"])) == [
        ("/metal/v.npy", ""),
        ("/metal/w.npy", ""),
    ]
