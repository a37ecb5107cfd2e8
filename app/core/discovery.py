"""Discovery: which runs and event files lie under a root.

A run is a directory that directly holds event files; an event file is any file whose name contains
``tfevents``. Directories are walked to any depth, hidden ones too; each real directory counts once,
so loops of links end. Nothing is opened here: names and sizes only.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

#: Markers that make a directory a run without holding events.
EMPTY_MARKER = ".profile-empty"
_MAX_DEPTH = 200
#: So many folders beside a run are looked at for other runs.
_MOST_SIBLINGS = 300


@dataclass(frozen=True, slots=True)
class FoundFile:
    """An event file as the directory lists it."""

    path: str
    size: int
    mtime_s: float


@dataclass(frozen=True, slots=True)
class FoundDirectory:
    """A directory and its event files in name order; `is_run` also without readable files."""

    path: str
    mtime_s: float
    files: tuple[FoundFile, ...]
    is_run: bool
    identity: tuple[int, int]


@dataclass(slots=True)
class Census:
    """What was seen on the way, for telling why there is nothing to show."""

    directories: int = 0
    others: Counter[str] = field(default_factory=Counter)
    errors: list[tuple[str, str]] = field(default_factory=list)

    def describe(self) -> str:
        """One sentence about what was found instead of event files."""
        if not self.others:
            return f"{_plural(self.directories, 'directory', 'directories')}, no files"
        common = ", ".join(f"{count:,} × {suffix}" for suffix, count in self.others.most_common(4))
        total = sum(self.others.values())
        return (
            f"{_plural(total, 'other file', 'other files')} in "
            f"{_plural(self.directories, 'directory', 'directories')} ({common})"
        )


def _plural(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def is_event_file(name: str) -> bool:
    """Whether a file of this name holds events."""
    return "tfevents" in name and not name.endswith(EMPTY_MARKER)


def logdir_of(path: str) -> tuple[str, str]:
    """Return the log directory an event file belongs to, and the folder of its run.

    The folder above the run counts as the log directory where it holds other runs beside it; the
    user's own folder and the root of the disk never do.
    """
    folder = os.path.dirname(os.path.abspath(path))
    above = os.path.dirname(folder)
    never = {
        os.path.expanduser("~"),
        os.path.dirname(os.path.expanduser("~")),
        tempfile.gettempdir(),
    }
    if os.path.dirname(above) == above or above in never or folder in never:
        return folder, folder
    return (above, folder) if _has_other_runs(above, folder) else (folder, folder)


def _has_other_runs(above: str, folder: str) -> bool:
    """Whether folders beside `folder` hold event files; looks at some hundreds of them."""
    try:
        _files, beside, _is_run, _others = list_directory(above)
        for other in beside[:_MOST_SIBLINGS]:
            if os.path.realpath(other) != os.path.realpath(folder) and list_directory(other)[2]:
                return True
    except OSError:
        return False
    return False


def list_directory(path: str) -> tuple[list[FoundFile], list[str], bool, Counter[str]]:
    """Event files and sub-directories in name order, whether it is a run, other files by suffix.

    Raises OSError when the directory can't be listed.
    """
    files: list[FoundFile] = []
    directories: list[str] = []
    others: Counter[str] = Counter()
    is_run = False
    with os.scandir(path) as entries:
        for entry in entries:
            try:
                if entry.is_dir():
                    directories.append(entry.path)
                elif "tfevents" in entry.name:
                    is_run = True
                    if is_event_file(entry.name) and entry.is_file():
                        status = entry.stat()
                        files.append(FoundFile(entry.path, status.st_size, status.st_mtime))
                else:
                    others[os.path.splitext(entry.name)[1] or "no suffix"] += 1
            except OSError:
                # Gone between listing and looking, or a link to nothing.
                continue
    files.sort(key=lambda found: found.path)
    directories.sort()
    return files, directories, is_run, others


def walk(
    root: str,
    census: Census,
    stopped: Callable[[], bool] = lambda: False,
    seen: set[tuple[int, int]] | None = None,
) -> Iterator[FoundDirectory]:
    """Yield every directory below `root` (itself first) that can be listed, each real one once.

    Directories with an identity in `seen` are passed over, and what lies below them; those that
    are yielded are added.
    """
    seen = set() if seen is None else seen
    stack = [(root, 0)]
    while stack and not stopped():
        path, depth = stack.pop()
        try:
            status = os.stat(path)
            identity = (status.st_dev, status.st_ino)
            # Windows may give no inode numbers; there the depth alone ends a loop.
            if status.st_ino and identity in seen:
                continue
            seen.add(identity)
            files, directories, is_run, others = list_directory(path)
        except OSError as error:
            census.errors.append((path, error.strerror or str(error)))
            continue
        census.directories += 1
        census.others.update(others)
        yield FoundDirectory(path, status.st_mtime, tuple(files), is_run, identity)
        if depth < _MAX_DEPTH:
            stack.extend((directory, depth + 1) for directory in reversed(directories))
