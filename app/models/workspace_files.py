"""Files of workspaces, ``.eventglass``: what somebody looked at, to be sent with the logs.

JSON: the roots, first by their way from the file's folder, then by where they were; files with a
graph in the same way; all choices of the workspace; the arrangement of views and panels. Paths
below the roots are written by the root's number, so that the file means the same beside a copy of
the logs. Such a file may come from anywhere: nothing in it is run, patterns that could take ages
are left out, and whoever opens it is told of paths outside of its folder first.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eventglass.app.core.export import ExportError, check_target, replacing
from eventglass.app.core.patterns import is_quick

#: What the file says it is, and the version written and read here.
PROGRAM, VERSION = "eventglass-workspace", 1
#: Larger files were not written here.
MOST_BYTES = 16 << 20
MOST_ROOTS = 256
#: How a root stands in texts: its number between two characters no name has.
_ROOT = "\ue0f0{}\ue0f1"
_ROOT_PATTERN = re.compile("\ue0f0([0-9]{1,4})\ue0f1")
#: Choices that are regular expressions, by name, and how many open repeats they may have: names
#: are short, texts are not.
_PATTERNS = {
    "run_filter": 2,
    "tag_filter": 2,
    "pattern": 2,
    "filter": 2,
    "search": 1,
} | dict.fromkeys(("axis_left", "axis_right", "axis_down", "axis_up"), 2)


class WorkspaceFileError(ValueError):
    """A file that can't be written or is no workspace; the message is for the user."""


@dataclass(frozen=True, slots=True)
class WorkspaceFile:
    """What a file of a workspace holds.

    Attributes
    ----------
    roots
        Absolute paths to open, those that are there.
    outside
        What lies outside of the file's own folder: roots, and files with a graph.
    missing
        Roots that are nowhere to be found, as the file names them.
    saved
        "state", "colour_numbers" and "views" as `Session` keeps them, "layout" as the window does;
        JSON values, not checked.
    digest
        Of the place and the contents of the file: who agreed to it once need not be asked again.
    """

    roots: tuple[str, ...]
    outside: tuple[str, ...]
    missing: tuple[str, ...]
    saved: Mapping[str, Any]
    digest: str


def write_workspace(path: Path, roots: Sequence[str], saved: Mapping[str, Any]) -> str:
    """Write a workspace to a file, never into one of its roots; return its digest.

    Raises
    ------
    WorkspaceFileError
        When it can't be written there; what was there before is kept.
    """
    folder = os.path.abspath(path.parent)
    files = [name for name in dict.fromkeys(_graph_files(saved)) if name not in roots]
    contents = {
        "program": PROGRAM,
        "version": VERSION,
        "roots": [_place(root, folder) for root in roots],
        "files": [_place(name, folder) for name in files],
        **_replaced(dict(saved), _without_roots([*roots, *files])),
    }
    data = (json.dumps(contents, indent=1) + "\n").encode("ascii")
    try:
        check_target(roots, path)
        with replacing(path) as part:
            part.write_bytes(data)
    except ExportError as error:
        raise WorkspaceFileError(str(error)) from error
    except OSError as error:
        reason = error.strerror or error
        raise WorkspaceFileError(f"The workspace can't be written: {reason}") from error
    return _digest(path, data)


def read_workspace(path: Path) -> WorkspaceFile:
    """Read a file of a workspace.

    Raises
    ------
    WorkspaceFileError
        When it can't be read, or holds no workspace.
    """
    data = _bytes(path)
    contents = _contents(path, data)
    folder = os.path.abspath(path.parent)
    places: list[str] = []
    found: list[str] = []
    missing: list[str] = []
    for entry in contents["roots"][:MOST_ROOTS]:
        named = _names(entry, folder)
        there = next((each for each in named if _is_there(each, folder)), None)
        places.append(there or (named[0] if named else ""))
        if there is not None:
            found.append(there)
        elif named:
            missing.append(str(entry.get("absolute") or entry.get("relative")))
    # Numbers go on where those of the roots end, left out or not.
    places += [""] * (len(contents["roots"]) - len(places))
    files = contents.get("files")
    for entry in files[:MOST_ROOTS] if isinstance(files, list) else ():
        named = _names(entry, folder)
        there = next((each for each in named if _is_there(each, folder)), None)
        places.append(there or (named[0] if named else ""))
    roots = tuple(dict.fromkeys(found))
    kept = {key: contents.get(key) for key in ("state", "colour_numbers", "views", "layout")}
    saved = _harmless(_replaced(kept, _with_roots(places)))
    read = dict.fromkeys((*roots, *_graph_files(saved)))
    own = os.path.realpath(folder)
    return WorkspaceFile(
        roots,
        tuple(name for name in read if not _is_below(name, own)),
        tuple(missing),
        saved,
        _digest(path, data),
    )


def _bytes(path: Path) -> bytes:
    try:
        # A pipe would be waited for without an end.
        if path.exists() and not path.is_file():
            raise OSError("it is no file")
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise WorkspaceFileError(
            f"The workspace can't be read: {error.strerror or error}"
        ) from error


def _contents(path: Path, data: bytes) -> dict[str, Any]:
    no_workspace = f"This is no workspace of Eventglass, or it is damaged: {path}"
    if len(data) > MOST_BYTES:
        raise WorkspaceFileError(no_workspace)
    try:
        contents = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise WorkspaceFileError(no_workspace) from error
    if not isinstance(contents, dict) or contents.get("program") != PROGRAM:
        raise WorkspaceFileError(no_workspace)
    version = contents.get("version")
    if isinstance(version, int) and version > VERSION:
        raise WorkspaceFileError(
            f"This workspace was saved by a newer version of Eventglass: {path}"
        )
    if version != VERSION or not isinstance(contents.get("roots"), list):
        raise WorkspaceFileError(no_workspace)
    return contents


def _digest(path: Path, data: bytes) -> str:
    place = os.path.abspath(path).encode("utf-8", "surrogateescape")
    return hashlib.sha256(place + b"\0" + data).hexdigest()


def _graph_files(saved: Mapping[str, Any]) -> Iterator[str]:
    """The files whose graphs are shown; other graphs are named by run and tag, with zeros."""
    state, views = saved.get("state"), saved.get("views")
    graphs = state.get("graphs") if isinstance(state, Mapping) else None
    choices = list(graphs.values()) if isinstance(graphs, Mapping) else []
    for view in views.values() if isinstance(views, Mapping) else ():
        choices.append(view.get("options") if isinstance(view, Mapping) else None)
    for choice in choices:
        for key in ("source", "against"):
            name = choice.get(key) if isinstance(choice, Mapping) else None
            if isinstance(name, str) and name and "\0" not in name:
                yield os.path.abspath(name)


def _harmless(saved: dict[str, Any]) -> dict[str, Any]:
    """The same without regular expressions that could take ages."""

    def without(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {
                key: "" if isinstance(item, str) and not _is_harmless(key, item) else without(item)
                for key, item in value.items()
            }
        return [without(item) for item in value] if isinstance(value, list) else value

    return {key: without(value) for key, value in saved.items()}


def _is_harmless(key: str, text: str) -> bool:
    return key not in _PATTERNS or is_quick(text, _PATTERNS[key])


def _is_there(name: str, folder: str) -> bool:
    """Whether a path exists; not looked up where that would ask another machine."""
    drive = os.path.splitdrive(name)[0]
    if drive.startswith(("\\\\", "//")) and drive != os.path.splitdrive(folder)[0]:
        return True
    return os.path.exists(name)


def _is_below(name: str, folder: str) -> bool:
    """Whether a path, links resolved, lies in a folder; not looked up on another machine."""
    if os.path.splitdrive(name)[0].startswith(("\\\\", "//")):
        return Path(name).is_relative_to(folder)
    return Path(os.path.realpath(name)).is_relative_to(folder)


def _place(name: str, folder: str) -> dict[str, str | None]:
    return {"relative": _relative(name, folder), "absolute": name}


def _relative(root: str, folder: str) -> str | None:
    """The way from the file to a root, with slashes; None between drives."""
    try:
        return Path(os.path.relpath(root, folder)).as_posix()
    except ValueError:
        return None


def _names(entry: object, folder: str) -> list[str]:
    """Where a root may be, the likeliest place first."""
    if not isinstance(entry, dict):
        return []
    relative, absolute = entry.get("relative"), entry.get("absolute")
    named = []
    if isinstance(relative, str) and "\0" not in relative and not os.path.isabs(relative):
        named.append(os.path.normpath(os.path.join(folder, relative)))
    if isinstance(absolute, str) and "\0" not in absolute and os.path.isabs(absolute):
        named.append(os.path.normpath(absolute))
    return named


def _without_roots(roots: Sequence[str]) -> Callable[[str], str]:
    """Put the number of a root in place of its path, wherever that begins a path."""
    numbers = {root: number for number, root in enumerate(roots)}
    longest = sorted((root for root in roots if len(root) > 1), key=len, reverse=True)
    if not longest:
        return str
    # Not within a longer name: "/logs" does not begin "/logs2".
    pattern = re.compile(f"({'|'.join(map(re.escape, longest))})(?![^/\\\\\0|\n])")
    return lambda text: pattern.sub(lambda found: _ROOT.format(numbers[found[1]]), text)


def _with_roots(places: Sequence[str]) -> Callable[[str], str]:
    def path(found: re.Match[str]) -> str:
        number = int(found[1])
        return places[number] if number < len(places) else ""

    return lambda text: _ROOT_PATTERN.sub(path, text)


def _replaced(value: Any, change: Callable[[str], str]) -> Any:
    """The same JSON value with every text changed, keys too."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {
            change(key) if isinstance(key, str) else key: _replaced(item, change)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_replaced(item, change) for item in value]
    return value
