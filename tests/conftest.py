"""What every test stands on: an off-screen Qt, a private home, and nothing left behind.

A test fails when it logs a warning nobody announced, when Qt prints a warning, when it leaves a
thread running or when it leaves a top-level widget alive. ``@pytest.mark.expects_log(regex)``
announces a warning, and fails in turn when the warning does not come.

Tests marked ``gl`` need an OpenGL context and therefore a display::

    QT_QPA_PLATFORM=xcb xvfb-run -a pytest -m gl
"""

from __future__ import annotations

import gc
import itertools
import logging
import os
import re
import threading
import time
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_API", "pyside6")

from PySide6 import QtCore, QtGui, QtWidgets

ROOT = Path(__file__).resolve().parent.parent
SHOTS = ROOT / "shots"
#: Top-level widgets that Qt itself makes once and keeps.
KEPT_BY_QT = {"QTipLabel", "QShapedPixmapWidget", "QWhatsThat"}
THREAD_GRACE_S = 3.0
#: Where the pointer rests between tests: far from any window.
NOWHERE = (-1000, -1000)
#: Every so many tests everything is looked through for garbage.
FULL_EVERY = 50
_TURNS = itertools.count()
_WIDGETS_BEFORE: pytest.StashKey[set[int]] = pytest.StashKey()
_FAILED: pytest.StashKey[bool] = pytest.StashKey()

# Without it, docking or floating a window destroys its OpenGL context.
QtCore.QCoreApplication.setAttribute(QtCore.Qt.ApplicationAttribute.AA_ShareOpenGLContexts)

# No deadline: a test never depends on how busy the machine is.
settings.register_profile("eventglass", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("eventglass"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "eventglass")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what this machine has no display or no corpus for."""
    if os.environ["QT_QPA_PLATFORM"] in {"offscreen", "minimal"}:
        no_display = pytest.mark.skip(reason="needs a display (OpenGL)")
        for item in items:
            if item.get_closest_marker("gl"):
                item.add_marker(no_display)


# --- places -------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def repository() -> Path:
    """Root of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def sample() -> Path:
    """Bundled sample logs."""
    return ROOT / "resources" / "sample"


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Log directories with what TensorBoard reads from them, kept beside the checkout."""
    folder = Path(os.environ.get("EVENTGLASS_CORPUS", ROOT.parent / "shared" / "corpus"))
    if not (folder / "golden").is_dir():
        pytest.skip("the corpus is not beside the checkout")
    return folder


@pytest.fixture(autouse=True)
def private_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Home and settings folders of this test alone: nothing of the user's is read or written."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for name, folder in {
        "XDG_CONFIG_HOME": "config",
        "XDG_DATA_HOME": "data",
        "XDG_STATE_HOME": "state",
        "XDG_CACHE_HOME": "cache",
    }.items():
        monkeypatch.setenv(name, str(home / folder))
    # QSettings remembers the paths it saw first, so the environment alone is not enough.
    for form in (QtCore.QSettings.Format.NativeFormat, QtCore.QSettings.Format.IniFormat):
        QtCore.QSettings.setPath(form, QtCore.QSettings.Scope.UserScope, str(home / "config"))
    return home


# --- nothing unexpected, nothing left behind ----------------------------------------------------


@pytest.fixture(autouse=True)
def _log_records_are_expected(
    request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> Generator[None]:
    patterns = [
        str(marker.args[0]) for marker in request.node.iter_markers("expects_log") if marker.args
    ]
    yield
    messages = [
        f"{record.levelname} {record.name}: {record.getMessage()}"
        for phase in ("setup", "call")
        for record in caplog.get_records(phase)
        if record.levelno >= logging.WARNING
    ]
    unexpected = [m for m in messages if not any(re.search(p, m) for p in patterns)]
    missing = [p for p in patterns if not any(re.search(p, m) for m in messages)]
    if unexpected:
        pytest.fail("Unexpected log records:\n" + "\n".join(unexpected))
    if missing:
        pytest.fail("Log records announced but never seen: " + ", ".join(missing))


@pytest.fixture(autouse=True)
def _threads_end() -> Generator[None]:
    before = set(threading.enumerate())
    yield
    until = time.monotonic() + THREAD_GRACE_S
    left = [t for t in threading.enumerate() if t not in before and not t.daemon]
    for thread in left:
        thread.join(max(0.0, until - time.monotonic()))
    names = sorted(thread.name for thread in left if thread.is_alive())
    if names:
        pytest.fail(f"Threads left running: {', '.join(names)}")


def _top_level_widgets() -> dict[int, QtWidgets.QWidget]:
    if not isinstance(QtWidgets.QApplication.instance(), QtWidgets.QApplication):
        return {}
    return {
        id(widget): widget
        for widget in QtWidgets.QApplication.topLevelWidgets()
        if widget.metaObject().className() not in KEPT_BY_QT
    }


def _deliver_deletions() -> None:
    QtCore.QCoreApplication.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete)


def pytest_collection_finish() -> None:
    """Let nothing be collected but on this thread, between tests.

    Python's collector runs on whatever thread allocates. A Qt object with a timer that is taken
    apart on another thread than its own leaves the timer behind, which then fires into nothing.
    """
    gc.collect()
    gc.freeze()
    gc.disable()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Remember the widgets that were alive before the test; collect what it left."""
    item.stash[_WIDGETS_BEFORE] = set(_top_level_widgets())
    if isinstance(QtWidgets.QApplication.instance(), QtWidgets.QApplication):
        # Where the test before left the pointer, a window of this one may come up under it.
        QtGui.QCursor.setPos(*NOWHERE)
    result = yield
    # All of it now and then: it takes longer, and what one test left may hang on the next.
    gc.collect(2 if next(_TURNS) % FULL_EVERY == 0 else 1)
    return result


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test that passed and left top-level widgets behind."""
    result = yield  # pytest-qt has closed its widgets and the fixtures are gone after this
    if item.stash.get(_FAILED, False):
        return result
    before = item.stash[_WIDGETS_BEFORE]
    if any(key not in before for key in _top_level_widgets()):
        _deliver_deletions()
        gc.collect()
        _deliver_deletions()
        left = {k: w for k, w in _top_level_widgets().items() if k not in before}
        if left:
            names = sorted(
                f"{w.metaObject().className()}({w.objectName() or w.windowTitle()})"
                for w in left.values()
            )
            for widget in left.values():
                widget.deleteLater()  # one test's leak is not the next one's
            _deliver_deletions()
            pytest.fail(
                f"Widgets left alive: {', '.join(names)}. Give them a parent or to "
                "qtbot.addWidget, and hold no reference outside the test."
            )
    return result


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Save a picture of each visible window of a test that failed."""
    report = yield
    if report.failed:
        item.stash[_FAILED] = True
    if report.when == "call" and report.failed:
        shown = [w for w in _top_level_widgets().values() if w.isVisible()]
        for number, widget in enumerate(shown):
            SHOTS.mkdir(exist_ok=True)
            name = re.sub(r"\W+", "_", item.nodeid)[-150:]
            picture = SHOTS / f"{name}_{number}.png"
            widget.grab().save(str(picture))
            report.sections.append(("screenshot", str(picture)))
    return report
