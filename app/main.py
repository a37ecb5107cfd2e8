"""Composition root: puts core, models and widgets together and runs the window.

The order matters for the start: reading begins before Qt is imported, the window is painted before
anything is imported that it can do without at first.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtGui import QIcon
    from PySide6.QtWidgets import QApplication

    from eventglass.app.core.reader import Reader
    from eventglass.app.core.store import LogStore
    from eventglass.app.models.session import Session
    from eventglass.widgets.main_window import MainWindow

#: Longest wait of `snapshot` for reading and drawing, in seconds.
SNAPSHOT_PATIENCE_S = 600.0
#: A view that goes on drawing, as t-SNE without an end does, is pictured after so long.
DRAWING_PATIENCE_S = 60.0


def run_window(
    paths: Sequence[str | os.PathLike[str]] = (), *, reveal: bool = False, shared: bool = False
) -> int:
    """Open the window on `paths`, or on its welcome page, and run until it is closed.

    With `reveal` event files are shown among the runs beside them; with `shared` later starts of
    the program hand their paths to this window.
    """
    store, reader = _begin_reading()
    application = _application()
    from PySide6.QtCore import QTimer

    from eventglass.app.core.scanner import COMPILED, UNCOMPILED_NOTICE
    from eventglass.app.models.garbage import Garbage

    session = _session(store, reader)
    session.report.begin()
    session.roots_changed.connect(lambda: session.report.note(f"Open: {session.open_roots()}"))
    _tell_of_faults(session)
    window = _window(session)
    window.show()
    if not COMPILED:
        session.notice.emit(UNCOMPILED_NOTICE)
    if paths:
        # The first frame is painted after this: it has the panels in it.
        window.open_paths([os.fspath(path) for path in paths], reveal)
    QTimer.singleShot(1000, window, partial(_look_for_crashes, session, window))
    QTimer.singleShot(1500, window, window.look_for_views)
    if sys.platform == "darwin":
        from eventglass.widgets.file_events import FileEvents

        # macOS names files to be opened by events, not on the command line.
        application.installEventFilter(FileEvents(window))
    if shared:
        _take_what_later_starts_open(window)
    garbage = Garbage(application)
    # What was read stays: looking through it for garbage costs 100 ms with many series.
    session.feed.settled.connect(garbage.put_aside)
    with _interruptible(application):
        code = application.exec()
    _close(session, window)
    session.report.end()
    return code


def snapshot(
    path: str | os.PathLike[str],
    *,
    view: str,
    out: Path,
    size: tuple[int, int] = (1440, 900),
    theme: str = "light",
    settings: Mapping[str, str] | None = None,
) -> int:
    """Save the real window, loaded and settled, as a picture; needs no screen.

    `settings` are fields of the workspace by name, as in ``{"smoothing": "0.8"}``; what is more
    than a number or a word is JSON. Returns the exit status: 1 where the picture could not be made,
    with the reason on stderr.
    """
    import tempfile

    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")) and (
        sys.platform.startswith("linux")
    ):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    store, reader = _begin_reading()
    reader.set_live(False)
    _application()
    # A picture neither uses nor changes what the user keeps.
    with tempfile.TemporaryDirectory(prefix="eventglass-snapshot-") as folder:
        session = _session(store, reader, Path(folder), theme)
        window = _window(session)
        window.resize(*size)
        window.show()
        session.open([path])
        complaint = _apply(session, settings or {}) or _show_view(window, view)
        if complaint is None:
            _settle(session, window)
            window.resize(*size)
            _finish_pictures(window)
            picture = window.grab()
            if not picture.save(str(out)):
                complaint = f"the picture could not be written: {out}"
        _close(session, window)
    if complaint is not None:
        sys.stderr.write(f"eventglass: {complaint}\n")
        return 1
    return 0


def _begin_reading() -> tuple[LogStore, Reader]:
    # One thread of BLAS: the program multiplies no matrices, and its idle threads would spin.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # The GUI thread gets its turn ten times sooner while others run Python.
    sys.setswitchinterval(0.0005)
    # Garbage is collected on the GUI thread, when there is one: see `models.garbage`.
    gc.disable()
    from eventglass.app.core.reader import Reader
    from eventglass.app.core.store import LogStore

    store = LogStore()
    reader = Reader(store, background=True)
    reader.start()
    return store, reader


def _application() -> QApplication:
    from PySide6.QtCore import QCoreApplication, Qt
    from PySide6.QtGui import QGuiApplication
    from PySide6.QtWidgets import QApplication

    _spare_the_sources()
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    # Without it docking or floating a view destroys its OpenGL context.
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(
        Qt.HighDpiScaleFactorRoundingPolicy.PassThrough
    )
    application = QApplication(sys.argv[:1])
    application.setApplicationName("eventglass")
    application.setApplicationDisplayName("Eventglass")
    application.setDesktopFileName("eventglass")
    application.setWindowIcon(_icon())
    return application


def _icon() -> QIcon:
    from PySide6.QtCore import QSize
    from PySide6.QtGui import QIcon

    from eventglass.app.models.resources import resource

    found = QIcon()
    for size in (32, 64, 256):
        # Told its size, a file is read only when it is wanted.
        found.addFile(str(resource("icons", f"eventglass-{size}.png")), QSize(size, size))
    return found


def _spare_the_sources() -> None:
    """Keep PySide from reading the source of every module that is imported.

    It looks whether one speaks of PySide, for the sake of ``from __feature__ import``, which
    nothing here uses; that takes a tenth of the start, and keeps all sources in memory.
    """
    feature = sys.modules.get("shibokensupport.feature")
    if hasattr(feature, "_mod_uses_pyside"):
        feature._mod_uses_pyside = _uses_no_features  # type: ignore[union-attr]


def _uses_no_features(_module: object) -> bool:
    return False


def _session(
    store: LogStore, reader: Reader, folder: Path | None = None, theme: str | None = None
) -> Session:
    from eventglass.app.models.commands import Commands
    from eventglass.app.models.feed import Feed
    from eventglass.app.models.session import Session
    from eventglass.app.models.settings import Settings
    from eventglass.app.models.tasks import Tasks
    from eventglass.app.models.theme import Theme
    from eventglass.app.models.workspace import Workspace

    settings = Settings(None if folder is None else folder / "settings.json")
    look = Theme(theme or settings.text("theme"))
    feed = Feed(store, reader)
    workspace = Workspace(store, look)
    return Session(
        store,
        reader,
        feed,
        workspace,
        settings,
        Tasks(),
        Commands(),
        look,
        folder=folder,
    )


def _window(session: Session) -> MainWindow:
    from PySide6.QtWidgets import QApplication

    from eventglass.widgets.appearance import Appearance
    from eventglass.widgets.main_window import MainWindow

    application = QApplication.instance()
    assert isinstance(application, QApplication)
    session.appearance = Appearance(application, session.theme)  # type: ignore[attr-defined]
    return MainWindow(session)


def _look_for_crashes(session: Session, window: MainWindow) -> None:
    """Offer the report of a session that did not end by itself, if there is a new one."""

    def look(_control: object) -> bool:
        session.report.note_facts()
        return session.report.found_crash()

    def tell(found: bool) -> None:
        if found:
            window.notice.offer(
                "Eventglass ended unexpectedly last time. It left a report on this machine; "
                "nothing was sent anywhere",
                "Show the report",
                partial(session.commands.run, "help.reports"),
            )

    session.tasks.submit("reports of crashes", look, tell)


def _take_what_later_starts_open(window: MainWindow) -> None:
    """Listen for other starts of the program, once the window has its first picture."""
    from PySide6.QtCore import QTimer

    from eventglass.app.core.instance import Handover

    def take(handover: Handover) -> None:
        window.open_paths(handover.paths, handover.reveal)
        window.come_to_front(handover.token)

    def listen() -> None:
        from eventglass.app.models.instance_server import InstanceServer

        server = InstanceServer(window)
        server.received.connect(take)
        server.listen()

    QTimer.singleShot(500, window, listen)


def _close(session: Session, window: MainWindow) -> None:
    session.save()
    session.feed.stop()
    session.tasks.stop()
    session.reader.stop()
    window.deleteLater()


def _tell_of_faults(session: Session) -> None:
    """Report exceptions nobody handled once, in the window and on stderr, and go on."""
    told: set[str] = set()

    def report(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        import traceback

        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        text = "".join(traceback.format_exception(kind, error, trace))
        # The frames of a paint that failed would keep its painter, and the next paint would crash.
        traceback.clear_frames(trace)
        if text in told:
            return
        told.add(text)
        session.report.note(text)
        if sys.stderr is not None:
            sys.stderr.write(text)
        session.notice.emit(
            f"Something went wrong inside Eventglass and was passed over ({kind.__name__}: {error})"
        )

    sys.excepthook = report


@contextlib.contextmanager
def _interruptible(application: QApplication) -> Iterator[None]:
    """Let Ctrl+C in the terminal close the window, and the desktop when it ends the session."""
    import signal

    from PySide6.QtCore import QTimer

    # Python sees signals only between steps of its own: let it take one now and then.
    timer = QTimer()
    timer.timeout.connect(_nothing)
    timer.start(500)
    names = ("SIGINT", "SIGTERM", "SIGHUP")
    before = {
        number: signal.signal(number, lambda *_: application.quit())
        for number in (getattr(signal, name, None) for name in names)
        if number is not None
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        timer.stop()


def _nothing() -> None:
    pass


def _show_view(window: MainWindow, view: str) -> str | None:
    """Show one view; a complaint when there is none of that name."""
    if window.area.entry(view) is None:
        window.look_for_views()
    if window.area.entry(view) is None:
        known = ", ".join(entry.view_id for entry in window.area.entries)
        return f"there is no view {view!r}; there are: {known}"
    window.complete()
    window.area.show_view(view)
    return None


def _apply(session: Session, settings: Mapping[str, str]) -> str | None:
    """Set fields of the workspace from texts; a complaint when one does not fit."""
    from eventglass.app.models.workspace import FIELDS

    values: dict[str, object] = {}
    for name, text in settings.items():
        if name not in FIELDS:
            return f"there is no setting {name!r}; there are {', '.join(sorted(FIELDS))}"
        try:
            values[name] = _parsed(name, text)
        except ValueError:
            return f"{text!r} does not fit the setting {name}"
    if values:
        session.workspace.edit("Settings of the picture", **values)
    return None


def _parsed(name: str, text: str) -> object:
    """What a text stands for: itself, yes or no, JSON, or a list with commas; what fits first."""
    import json

    from eventglass.app.models.codec import field_from_json
    from eventglass.app.models.workspace import WorkspaceState

    readings: list[object] = [text]
    with contextlib.suppress(ValueError, RecursionError):
        readings.append(json.loads(text))
    if text.casefold() in ("true", "false", "yes", "no", "1", "0"):
        readings.append(text.casefold() in ("true", "yes", "1"))
    readings.append(text.split(","))
    for found in readings:
        try:
            return field_from_json(WorkspaceState, name, found)
        except ValueError:
            continue
    raise ValueError(f"{text} does not fit")


def _finish_pictures(window: MainWindow) -> None:
    """Wait for the pictures of charts with very many lines."""
    from eventglass.widgets.plots.chart import Chart

    for chart in window.findChildren(Chart):
        if chart.isVisible():
            chart.finish_picture()


def _settle(session: Session, window: MainWindow) -> None:
    """Run the event loop until all is read and drawn."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    timer = QTimer()
    quiet = 0
    busy = 0
    until = time.monotonic() + SNAPSHOT_PATIENCE_S

    def note(count: int) -> None:
        nonlocal busy
        busy = count

    def look() -> None:
        nonlocal quiet
        # A file with a graph alone is no log: there is nothing to read.
        is_read = session.reader.progress().settled or not session.open_roots()
        views = [view for view in window.area.views() if view.isVisible()]
        is_late = time.monotonic() > until - SNAPSHOT_PATIENCE_S + DRAWING_PATIENCE_S
        is_drawn = is_late or all(view.is_settled() for view in views)
        quiet = quiet + 1 if is_read and is_drawn and not busy else 0
        # Several looks in a row: what was read last still has to be drawn.
        if quiet >= 8 or time.monotonic() > until:
            loop.quit()

    session.tasks.busy_changed.connect(note)
    timer.timeout.connect(look)
    timer.start(40)
    loop.exec()
    timer.stop()
    session.reader.report_tails()
