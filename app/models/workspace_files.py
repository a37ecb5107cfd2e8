"""Files of workspaces, ``.eventglass``: what somebody looked at, to be sent with the logs.

JSON: the roots, first by their way from the file's folder, then by where they were; all choices of
the workspace; the arrangement of views and panels. Paths below the roots are written by the root's
number, so that the file means the same beside a copy of the logs. Such a file may come from
anywhere: nothing in it is run, and whoever opens it is told of roots outside of its folder first.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eventglass.app.core.export import ExportError, check_target, replacing

#: What the file says it is, and the version written and read here.
PROGRAM, VERSION = "eventglass-workspace", 1
#: Larger files were not written here.
MOST_BYTES = 16 << 20
MOST_ROOTS = 256
#: How a root stands in texts: its number between two characters no name has.
_ROOT = "\ue0f0{}\ue0f1"
_ROOT_PATTERN = re.compile("\ue0f0([0-9]{1,4})\ue0f1")


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
        Those of them that lie outside of the file's own folder.
    missing
        Roots that are nowhere to be found, as the file names them.
    saved
        "state", "colour_numbers" and "views" as `Session` keeps them, "layout" as the window does;
        JSON values, not checked.
    """

    roots: tuple[str, ...]
    outside: tuple[str, ...]
    missing: tuple[str, ...]
    saved: Mapping[str, Any]


def write_workspace(path: Path, roots: Sequence[str], saved: Mapping[str, Any]) -> None:
    """Write a workspace to a file, never into one of its roots.

    Raises
    ------
    WorkspaceFileError
        When it can't be written there; what was there before is kept.
    """
    folder = os.path.abspath(path.parent)
    contents = {
        "program": PROGRAM,
        "version": VERSION,
        "roots": [{"relative": _relative(root, folder), "absolute": root} for root in roots],
        **_replaced(dict(saved), _without_roots(roots)),
    }
    try:
        check_target(roots, path)
        with replacing(path) as part:
            part.write_text(json.dumps(contents, indent=1) + "\n", encoding="ascii")
    except ExportError as error:
        raise WorkspaceFileError(str(error)) from error
    except OSError as error:
        reason = error.strerror or error
        raise WorkspaceFileError(f"The workspace can't be written: {reason}") from error


def read_workspace(path: Path) -> WorkspaceFile:
    """Read a file of a workspace.

    Raises
    ------
    WorkspaceFileError
        When it can't be read, or holds no workspace.
    """
    contents = _contents(path)
    folder = os.path.abspath(path.parent)
    places: list[str] = []
    found: list[str] = []
    missing: list[str] = []
    for entry in contents["roots"][:MOST_ROOTS]:
        named = _names(entry, folder)
        there = next((each for each in named if os.path.exists(each)), None)
        places.append(there or (named[0] if named else ""))
        if there is not None:
            found.append(there)
        elif named:
            missing.append(str(entry.get("absolute") or entry.get("relative")))
    roots = tuple(dict.fromkeys(found))
    own = os.path.realpath(folder)
    saved = {key: contents.get(key) for key in ("state", "colour_numbers", "views", "layout")}
    return WorkspaceFile(
        roots,
        tuple(root for root in roots if not Path(os.path.realpath(root)).is_relative_to(own)),
        tuple(missing),
        _replaced(saved, _with_roots(places)),
    )


def _contents(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise WorkspaceFileError(
            f"The workspace can't be read: {error.strerror or error}"
        ) from error
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
