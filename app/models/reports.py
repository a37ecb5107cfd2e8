"""Reports of crashes: what a session leaves behind only if it did not end by itself.

While the program runs, its report holds what it is, where it runs, which logs were opened, warnings
and errors; when it is closed the report goes. A crash adds what Python did at that moment, and the
next start finds it. No data of logs is in it, only their paths.
"""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

#: A report does not grow beyond this.
MOST_BYTES = 256 << 10
#: Reports kept; the oldest go.
MOST_REPORTS = 10
_RUNNING, _LEFT = "running-", "crash-"


class Report:
    """The report of this session."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: TextIO | None = None
        self._handler: logging.Handler | None = None

    def begin(self) -> None:
        """Start the report; without a place for it the session has none, and nobody is told."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / f"{_RUNNING}{os.getpid()}.txt"
            self._file = path.open("w", encoding="utf-8", errors="backslashreplace", buffering=1)
            _lock(self._file)
        except OSError:
            if self._file is not None:
                self._file.close()
            self._file = None
            return
        self.note(f"Started: {time.strftime('%Y-%m-%d %H:%M:%S %z')}")
        # What C code does wrong ends the process at once; this writes where Python was.
        faulthandler.enable(self._file)
        self._handler = _Handler(self)
        logging.getLogger().addHandler(self._handler)

    def note_facts(self) -> None:
        """Add what the program is and where it runs; takes some milliseconds."""
        for name, value in _facts():
            self.note(f"{name}: {value}")

    def note(self, text: str) -> None:
        """Add a line or more; beyond the bound they are dropped."""
        if self._file is None:
            return
        with contextlib.suppress(OSError, ValueError):
            if self._file.tell() < MOST_BYTES:
                self._file.write(text.rstrip("\n")[: MOST_BYTES // 8] + "\n")

    def text(self) -> str:
        """The report so far."""
        if self._file is None:
            return "\n".join(f"{name}: {value}" for name, value in _facts())
        return Path(self._file.name).read_text(encoding="utf-8", errors="replace")

    def found_crash(self) -> bool:
        """Whether a session that was not there at the last look did not end well."""
        before = set(self._folder.glob(f"{_LEFT}*.txt"))
        return bool(set(self.crashes()) - before)

    def crashes(self) -> list[Path]:
        """Reports of sessions that did not end well, the latest first."""
        return left_behind(self._folder)

    def end(self) -> None:
        """The session ends well: nothing is left behind."""
        if self._handler is not None:
            logging.getLogger().removeHandler(self._handler)
            self._handler = None
        if self._file is None:
            return
        path = self._file.name
        if sys.__stderr__ is not None:
            faulthandler.enable()
        else:
            faulthandler.disable()
        # On a full disk there is something left that can't be written.
        with contextlib.suppress(OSError):
            self._file.close()
        self._file = None
        with contextlib.suppress(OSError):
            os.unlink(path)


def left_behind(folder: Path) -> list[Path]:
    """Reports of sessions that did not end well, the latest first.

    Those of windows that are open now do not count. What is found new is given its final name.
    """
    with contextlib.suppress(OSError):
        for path in sorted(folder.glob(f"{_RUNNING}*.txt")):
            if not _is_open(path):
                stamp = time.strftime("%Y-%m-%d-%H%M%S", time.localtime(path.stat().st_mtime))
                path.replace(folder / f"{_LEFT}{stamp}-{path.stem.removeprefix(_RUNNING)}.txt")
    try:
        found = sorted(folder.glob(f"{_LEFT}*.txt"), reverse=True)
    except OSError:
        return []
    for path in found[MOST_REPORTS:]:
        with contextlib.suppress(OSError):
            path.unlink()
    return found[:MOST_REPORTS]


def forget(reports: Iterable[Path]) -> None:
    """Delete reports."""
    for path in reports:
        with contextlib.suppress(OSError):
            path.unlink()


class _Handler(logging.Handler):
    def __init__(self, report: Report) -> None:
        super().__init__(logging.WARNING)
        self._report = report

    def emit(self, record: logging.LogRecord) -> None:
        self._report.note(f"{record.levelname} {record.name}: {self.format(record)}")


def _facts() -> list[tuple[str, str]]:
    import platform
    from importlib.metadata import PackageNotFoundError, version

    facts = [
        ("System", platform.platform()),
        ("Python", sys.version.replace("\n", " ")),
        ("Bundled", str(bool(getattr(sys, "frozen", False)))),
    ]
    for name in ("eventglass", "PySide6_Addons", "numpy", "protobuf"):
        with contextlib.suppress(PackageNotFoundError):
            facts.append((name, version(name)))
    return facts


if sys.platform == "win32":

    def _lock(_file: TextIO) -> None:
        """Windows keeps an open file from being renamed: that is lock enough."""

    def _is_open(path: Path) -> bool:
        try:
            path.rename(path)
        except OSError:
            return True
        return False

else:
    import fcntl

    def _lock(file: TextIO) -> None:
        """Hold the file as long as the process lives, however that ends."""
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _is_open(path: Path) -> bool:
        with path.open("rb") as file:
            try:
                fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return True
        return False
