"""The way from a second start of the program to the window that is open already.

Whoever starts the program on a log while a window is open wants it in that window. The window
listens at a local channel in the user's own runtime folder (a named pipe on Windows); nothing
else can reach it, and it is no network. Kept free of Qt: handing over takes less time than
importing it.
"""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import json
import os
import stat
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

#: Longer messages are refused; this is some ten thousand paths.
LARGEST_MESSAGE = 4 << 20
#: A window that does not answer within this time is taken for stuck, in seconds.
PATIENCE_S = 2.0
_TAKEN = b"taken\n"
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Handover:
    """What a second start wants of the open window.

    Attributes
    ----------
    paths
        Absolute paths to open; none where the window should only come to the front.
    reveal
        Whether event files are to be shown among the runs beside them.
    token
        What the desktop gave the second start so that it may bring a window to the front.
    """

    paths: tuple[str, ...]
    reveal: bool = False
    token: str = ""

    def to_bytes(self) -> bytes:
        """One line of JSON; names that are no text come through."""
        found = {
            "format": _FORMAT,
            "paths": self.paths,
            "reveal": self.reveal,
            "token": self.token,
        }
        return json.dumps(found).encode("ascii") + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes) -> Handover:
        """Read what `to_bytes` wrote.

        Raises
        ------
        ValueError
            If it is anything else.
        """
        try:
            found = json.loads(data)
        except RecursionError:
            raise ValueError("nested too deeply") from None
        if not isinstance(found, dict) or found.get("format") != _FORMAT:
            raise ValueError("not a message of this program")
        paths, reveal, token = found.get("paths"), found.get("reveal"), found.get("token")
        if not isinstance(paths, list) or not isinstance(reveal, bool):
            raise ValueError("not a message of this program")
        if not isinstance(token, str) or not all(isinstance(path, str) for path in paths):
            raise ValueError("not a message of this program")
        return cls(tuple(path for path in paths if os.path.isabs(path)), reveal, token)


def channel() -> str | None:
    """Name of the channel of this user on this screen; None where no folder is safe for one.

    On Linux and macOS it is the path of a socket in a folder that only the user may enter.
    """
    # Somebody may sit at two screens of one machine: each has windows of its own.
    screen = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY") or ""
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    mark = hashlib.sha256(f"{screen}\0{platform}".encode("utf-8", "replace")).hexdigest()[:8]
    if sys.platform == "win32":
        user = hashlib.sha256(getpass.getuser().encode()).hexdigest()[:12]
        return f"eventglass-{user}-{mark}"
    folder = _runtime_folder()
    if folder is None:
        return None
    path = os.fspath(folder / f"eventglass-{mark}")
    # Longer names do not fit the address of a socket.
    return path if len(os.fsencode(path)) < 100 else None


def hand_over(message: Handover) -> bool:
    """Give a message to the window that is open; False where there is none, or it is stuck."""
    name = channel()
    if name is None:
        return False
    data = message.to_bytes()
    if len(data) > LARGEST_MESSAGE:
        return False
    try:
        return _through_pipe(name, data) if sys.platform == "win32" else _through(name, data)
    except OSError:
        return False


def is_listened_at(name: str) -> bool:
    """Whether a window listens at the socket of this path, even one that is too busy to answer."""
    import socket

    if not os.path.lexists(name):
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(PATIENCE_S / 4)
        try:
            connection.connect(name)
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except OSError:
            return True
    return True


def is_display(number: str) -> bool:
    """Whether a display of this machine, such as "0", takes connections (X11)."""
    import socket

    path = f"/tmp/.X11-unix/X{number}"
    # Servers listen at a file, or at a name of Linux without one, or at both.
    for name in (path, f"\0{path}"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(PATIENCE_S)
            try:
                connection.connect(name)
            except TimeoutError:
                return True
            except OSError:
                continue
            return True
    return False


def message_for(paths: Sequence[str], reveal: bool = False) -> Handover:
    """What this start wants of a window: its paths, as seen from anywhere."""
    token = os.environ.get("XDG_ACTIVATION_TOKEN") or os.environ.get("DESKTOP_STARTUP_ID") or ""
    return Handover(tuple(os.path.abspath(path) for path in paths), reveal, token)


def _through(name: str, data: bytes) -> bool:
    import socket

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(PATIENCE_S)
        connection.connect(name)
        connection.sendall(data)
        return connection.recv(len(_TAKEN)) == _TAKEN


def _through_pipe(name: str, data: bytes) -> bool:
    with open(rf"\\.\pipe\{name}", "r+b", buffering=0) as pipe:
        pipe.write(data)
        return pipe.read(len(_TAKEN)) == _TAKEN


def _runtime_folder() -> Path | None:
    given = os.environ.get("XDG_RUNTIME_DIR")
    if given and _is_private(Path(given)):
        return Path(given)
    folder = Path(tempfile.gettempdir()) / f"eventglass-{os.getuid()}"
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder if _is_private(folder) else None


def _is_private(folder: Path) -> bool:
    """Whether a folder is the user's own and nobody else may enter it."""
    try:
        found = os.lstat(folder)
    except OSError:
        return False
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        return False
    return not found.st_mode & 0o077
