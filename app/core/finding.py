"""Finding log directories on a disk: which folders below another one hold runs.

Folders of runs are gathered into the log directories that were probably meant: runs that share a
folder, and folders of runs that stand side by side. Names and sizes only; nothing is opened.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from eventglass.app.core.discovery import list_directory

#: Folders that hold no logs of training, or no files at all.
_PASSED_OVER = frozenset({".git", ".hg", ".svn", "node_modules", "__pycache__", "site-packages"})
_NO_DISKS = ("/proc", "/sys", "/dev", "/run")
#: Endings of files that only speak of event files, such as their icons.
_NO_EVENTS = (
    ".gif",
    ".html",
    ".jpg",
    ".json",
    ".md",
    ".png",
    ".py",
    ".pyc",
    ".svg",
    ".txt",
    ".xml",
)
#: Folders where unlike things stand side by side: below the user's own, and of all users.
_GATHERED_BELOW = ("", "Desktop", "Documents", "Downloads")
_GATHERED = ("/tmp", "/var/tmp", "/mnt", "/media")
_MOST_DEPTH = 40
#: Between two reports, in seconds.
_REPORT_EVERY_S = 0.15


@dataclass(frozen=True, slots=True)
class FoundLogs:
    """A folder that looks like a log directory.

    Attributes
    ----------
    runs, files
        Numbers of runs below it, and of their event files.
    size_bytes
        Of the event files.
    newest_s
        When one of them was written last, seconds since 1970 UTC.
    """

    path: str
    runs: int
    files: int
    size_bytes: int
    newest_s: float


@dataclass(slots=True)
class _Run:
    files: int
    size_bytes: int
    newest_s: float


def find_logs(
    start: str,
    report: Callable[[int, str, list[FoundLogs]], None] = lambda *_: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> list[FoundLogs]:
    """Return the log directories below `start`, the one written last first.

    `report` is told now and then how many folders were looked at, which one is at hand, and what
    was found so far. Links are not followed; folders that can't be read are passed over.
    """
    start = os.path.abspath(start)
    runs: dict[str, _Run] = {}
    waiting = [(start, 0)]
    looked, told = 0, time.monotonic()
    while waiting and not cancelled():
        path, depth = waiting.pop()
        looked += 1
        try:
            files, below, _is_run, _others = list_directory(path)
        except OSError:
            continue
        files = [file for file in files if not file.path.lower().endswith(_NO_EVENTS)]
        if files:
            newest = max(file.mtime_s for file in files)
            runs[path] = _Run(len(files), sum(file.size for file in files), newest)
        if depth < _MOST_DEPTH:
            waiting += [(each, depth + 1) for each in reversed(below) if _is_worth(each)]
        if time.monotonic() - told > _REPORT_EVERY_S:
            told = time.monotonic()
            report(looked, path, _gathered(start, runs))
    return _gathered(start, runs)


def _is_worth(path: str) -> bool:
    if os.path.basename(path) in _PASSED_OVER or path in _NO_DISKS:
        return False
    return not os.path.islink(path)


def _gathered(start: str, runs: dict[str, _Run]) -> list[FoundLogs]:
    found = []
    for logdir, folders in logdirs_of(runs, start).items():
        members = [runs[folder] for folder in folders]
        found.append(
            FoundLogs(
                logdir,
                len(members),
                sum(run.files for run in members),
                sum(run.size_bytes for run in members),
                max(run.newest_s for run in members),
            )
        )
    return sorted(found, key=lambda each: (-each.newest_s, each.path))


def logdirs_of(runs: Iterable[str], start: str) -> dict[str, list[str]]:
    """Gather folders of runs into log directories; none is `start` unless it is a run itself.

    A run belongs to the folder above it; where two such folders, or more, stand side by side, they
    belong to the folder above them, and so on.
    """
    home = os.path.expanduser("~")
    own = (os.path.join(home, name) if name else home for name in _GATHERED_BELOW)
    never = {start, os.path.dirname(home), tempfile.gettempdir(), *own, *_GATHERED}
    members: dict[str, list[str]] = defaultdict(list)
    for run in runs:
        above = os.path.dirname(run)
        members[run if run in never or above in never else above].append(run)
    while True:
        beside: dict[str, list[str]] = defaultdict(list)
        for logdir in members:
            above = os.path.dirname(logdir)
            if logdir != start and above not in never:
                beside[above].append(logdir)
        raised = {above: below for above, below in beside.items() if len(below) > 1}
        if not raised:
            return _without_nested(members)
        for above, below in raised.items():
            members[above] += [run for logdir in below for run in members.pop(logdir)]


def _without_nested(members: dict[str, list[str]]) -> dict[str, list[str]]:
    """Log directories that lie in another one belong to it."""
    outer: dict[str, list[str]] = {}
    for logdir in sorted(members, key=lambda path: path.count(os.sep)):
        above = logdir
        while (above := os.path.dirname(above)) != os.path.dirname(above) and above not in outer:
            pass
        outer.setdefault(above if above in outer else logdir, []).extend(members[logdir])
    return outer
