"""What the window does without until its first curves: each import costs milliseconds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLE = Path(__file__).parents[1] / "resources" / "sample"

PROGRAM = """
import os, sys
from eventglass.app import main

make = main._window

def window(session):
    from PySide6.QtCore import QTimer

    made = make(session)

    def look():
        if not made.area.docks():
            QTimer.singleShot(0, made, look)
            return
        made.grab()
        os.write(1, "\\n".join(list(sys.modules)).encode())
        os._exit(0)

    QTimer.singleShot(0, made, look)
    return made

main._window = window
main.run_window(sys.argv[1:])
"""

#: Needed for single views, for files that are written, for things that are typed.
NOT_AT_START = (
    "eventglass.app.core.compute.expressions",
    "eventglass.app.core.export",
    "eventglass.app.core.plugins.hparams",
    "eventglass.app.models.layout_files",
    "eventglass.widgets.plots.figure",
    "eventglass.widgets.plots.gpu_curves",
    "eventglass.widgets.views.data_dialog",
    "eventglass.widgets.views.figure_dialog",
    "eventglass.widgets.views.graphs",
    "eventglass.widgets.views.images",
    "eventglass.widgets.views.tag_cards",
    "OpenGL",
    "PIL",
    "PySide6.QtMultimedia",
    "PySide6.QtOpenGLWidgets",
    "importlib.metadata",
    "pandas",
    "pyarrow",
    "pyqtgraph",
    "qtawesome",
)


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    home = str(tmp_path_factory.mktemp("home"))
    homes = {f"XDG_{kind}_HOME": home for kind in ("CONFIG", "DATA", "STATE")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(SAMPLE)],
        env={**os.environ, **homes, "HOME": home, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return frozenset(done.stdout.split())


def test_the_window_is_whole(imported: frozenset[str]) -> None:
    """The others would pass in a window that has nothing in it."""
    assert "eventglass.widgets.panels.inspector" in imported
    assert "eventglass.widgets.views.scalars" in imported


@pytest.mark.parametrize("name", NOT_AT_START)
def test_what_is_needed_later_is_imported_later(imported: frozenset[str], name: str) -> None:
    assert name not in imported
