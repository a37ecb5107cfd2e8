"""Offline and private: no network, and not a byte written into a log.

The whole program runs as a user runs it: every command, a picture of every view, and the window.
``EVENTGLASS_COMMAND`` names another command to try, such as that of an installed package::

    EVENTGLASS_COMMAND=/usr/lib/eventglass/eventglass python -m pytest tests/test_private.py
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from pathlib import Path

import pytest

from eventglass.app.models.view_registry import BUILT_IN

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="needs the tools of Linux"),
]

COMMAND = shlex.split(os.environ.get("EVENTGLASS_COMMAND", "")) or [
    sys.executable,
    "-m",
    "eventglass.app",
]
VIEWS = [entry.view_id for entry in BUILT_IN]
PATIENCE_S = 120
#: Makes the folder ``$1`` one that nobody can write to, then runs the rest.
READ_ONLY = (
    'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && '
    '! touch "$1/x" 2>/dev/null && shift && exec "$@"'
)
#: Shows that there is no network: not even the loopback interface is up. Then runs the rest.
NO_NETWORK = '! ip link 2>/dev/null | grep -q "state UP" && exec "$@"'


@functools.cache
def works(*command: str) -> bool:
    """Tell whether a tool is here and may be used."""
    if not shutil.which(command[0]):
        return False
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


needs_namespaces = pytest.mark.skipif(
    not works("unshare", "--map-root-user", "--net", "--mount", "true"),
    reason="unshare is missing or not allowed",
)
needs_strace = pytest.mark.skipif(
    not works("strace", "-f", "-o", "/dev/null", "true"), reason="strace is missing or not allowed"
)


@pytest.fixture
def log(sample: Path, tmp_path: Path) -> Path:
    """Copy of the sample logs."""
    folder = tmp_path / "logs of 'Änne'"
    shutil.copytree(sample, folder)
    return folder


@pytest.fixture(scope="module")
def display() -> Generator[str]:
    """Name of a private display: a window that nobody sees listens for no later starts."""
    server = shutil.which("Xvfb")
    if server is None:
        pytest.skip("Xvfb is missing")
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [server, "-displayfd", str(writing), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as told:
            yield f":{told.readline().strip()}"
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture
def environment(private_home: Path, display: str) -> Generator[dict[str, str]]:
    """Environment with a home, a display and a runtime folder of this test alone."""
    drop = ("WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS")
    kept = {name: value for name, value in os.environ.items() if name not in drop}
    # Not below tmp_path: the address of a socket has room for a hundred bytes.
    with tempfile.TemporaryDirectory(prefix="eg-") as runtime:
        yield {
            **kept,
            "XDG_RUNTIME_DIR": runtime,
            "DISPLAY": display,
            "QT_QPA_PLATFORM": "xcb",
            "LIBGL_ALWAYS_SOFTWARE": "1",
        }


def run(command: Sequence[str | Path], environment: dict[str, str]) -> str:
    """Run a command that must succeed and return what it printed."""
    done = subprocess.run(
        command,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    assert "Traceback" not in done.stderr, done.stderr[-4000:]
    return done.stdout


def all_commands(log: Path, out: Path) -> list[list[str | Path]]:
    """Return everything that ends by itself: each command, and a picture of each view."""
    found: list[list[str | Path]] = [
        ["inspect", log, "--json"],
        ["export", log, "--out", out / "points.csv"],
        ["export", log, "--out", out / "points.npz"],
    ]
    found += [["snapshot", log, "--view", v, "--out", out / f"{v}.png"] for v in VIEWS]
    return found


def run_window(
    log: Path, environment: dict[str, str], before: Sequence[str | Path] = ()
) -> list[str]:
    """Open the window on a log, let it read everything, and close it; return its sockets."""
    process = subprocess.Popen(
        [*before, *COMMAND, log],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        runtime = Path(environment["XDG_RUNTIME_DIR"])
        until = time.monotonic() + PATIENCE_S
        listening: list[str] = []
        while process.poll() is None and time.monotonic() < until and not listening:
            listening = [str(path) for path in runtime.rglob("*") if path.is_socket()]
            time.sleep(0.05)
        # It listens once the window is there; now it reads, draws and keeps what was looked at.
        time.sleep(3)
        os.killpg(process.pid, signal.SIGINT)
        printed, _ = process.communicate(timeout=PATIENCE_S)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert listening, f"the window never listened for later starts:\n{printed[-4000:]}"
    assert "Traceback" not in printed, printed[-4000:]
    return listening


def contents(folder: Path) -> dict[str, tuple[str, int, int]]:
    """Return hash, mode and time of change of everything in a folder, and of itself."""
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
            path.stat().st_mode,
            path.stat().st_mtime_ns,
        )
        for path in [folder, *folder.rglob("*")]
    }


@needs_namespaces
@needs_strace
def test_no_network(log: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    """Everything works where there is no network interface, and never even tries to use one.

    Only local sockets are made: to the display, to the sound server, to a window that is open.
    """
    trace = tmp_path / "trace"
    alone = ["unshare", "--map-root-user", "--net", "sh", "-c", NO_NETWORK, "sh"]
    watched = [*alone, "strace", "-f", "-qq", "-e", "trace=network", "-e", "signal=none"]
    calls: list[str] = []
    for arguments in all_commands(log, tmp_path):
        run([*watched, "-o", trace, *COMMAND, *arguments], environment)
        calls += trace.read_text("utf-8", "replace").splitlines()
    for view in VIEWS:
        assert (tmp_path / f"{view}.png").stat().st_size > 5_000
    (channel,) = run_window(log, environment, [*watched, "-o", trace])
    window = trace.read_text("utf-8", "replace").splitlines()
    # What the trace cannot miss, lest it be read wrongly: the display is spoken to.
    assert any("connect(" in call and ".X11-unix" in call for call in window)
    families = set(re.findall(r"\bsocket(?:pair)?\((\w+)", "\n".join([*calls, *window])))
    assert families <= {"AF_UNIX", "AF_LOCAL"}, families
    # The one thing listened at is the channel for later starts.
    bound = [call for call in [*calls, *window] if "bind(" in call]
    assert bound
    # Qt binds it under another name beside it and moves it into place.
    assert all(str(Path(channel).parent) in call for call in bound), bound
    for call in [*calls, *window]:
        assert not re.search(r"AF_INET|AF_NETLINK|AF_PACKET|AF_VSOCK", call), call


def test_leaves_a_log_as_it_was(log: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    """Where it could write it leaves everything, and the times of it, as they were."""
    before = contents(log)
    for arguments in all_commands(log, tmp_path):
        run([*COMMAND, *arguments], environment)
    run_window(log, environment)
    assert contents(log) == before


@needs_namespaces
def test_reads_what_nobody_may_write(
    log: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    """A log on a read-only mount opens like any other."""
    before = contents(log)
    guarded = ["unshare", "--map-root-user", "--mount", "sh", "-c", READ_ONLY, "sh", log]
    picture = tmp_path / "scalars.png"
    run([*guarded, *COMMAND, "snapshot", log, "--view", "scalars", "--out", picture], environment)
    assert picture.stat().st_size > 5_000
    run_window(log, environment, guarded)
    assert contents(log) == before
