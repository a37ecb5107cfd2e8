"""Small JSON files of the user: read in spite of damage, written whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path

from PySide6.QtCore import QStandardPaths

#: Larger files than this were not written by the program and are taken as damaged.
LARGEST_BYTES = 64 << 20


def data_folder() -> Path:
    """Folder for what the program keeps about logs: workspaces, recents."""
    return _folder(QStandardPaths.StandardLocation.AppDataLocation)


def config_folder() -> Path:
    """Folder for the settings."""
    return _folder(QStandardPaths.StandardLocation.AppConfigLocation)


def read_json(path: Path) -> tuple[object, str]:
    """Return what a file holds and an account of what was wrong with it (empty when nothing).

    A file that is not there holds None. A damaged one is moved aside, beside itself, so that the
    next start is clean and nothing is lost.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
        if len(data) > LARGEST_BYTES:
            raise ValueError("it is too large")
        return json.loads(data), ""
    except FileNotFoundError:
        return None, ""
    except OSError as error:
        return None, f"could not be read ({error.strerror or error}), defaults are used: {path}"
    except (ValueError, RecursionError):
        aside = path.with_suffix(".damaged")
        with contextlib.suppress(OSError):
            path.replace(aside)
        return None, f"was damaged and has been set aside, defaults are used: {aside}"


def write_json(path: Path, value: object) -> str:
    """Replace a file in one step; return an account of what went wrong, empty when nothing."""
    # In ASCII: names of files that are no text (lone surrogates) come back as they were.
    text = json.dumps(value, separators=(",", ":"))
    temporary = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # In the same folder: only there is the final rename one step.
        number, temporary = tempfile.mkstemp(prefix=path.stem, suffix=".part", dir=path.parent)
        with open(number, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        if temporary:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        return f"could not be saved ({error.strerror or error}): {path}"
    return ""


def _folder(location: QStandardPaths.StandardLocation) -> Path:
    found = Path(QStandardPaths.writableLocation(location))
    # Without an application's name Qt gives the folder all programs share.
    return found if found.name == "eventglass" else found / "eventglass"
