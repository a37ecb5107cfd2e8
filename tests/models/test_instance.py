"""A second start hands its paths to the window that is open."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from eventglass.app.core import instance
from eventglass.app.core.instance import Handover, channel, hand_over, message_for
from eventglass.app.models.instance_server import InstanceServer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="paths of sockets")


@pytest.fixture
def runtime(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("run")
    folder.chmod(0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    return folder


@pytest.fixture
def server(runtime: Path, qapp: object) -> Iterator[InstanceServer]:
    server = InstanceServer()
    assert server.listen()
    yield server
    server.close()


def second_start(*paths: str) -> subprocess.Popen[str]:
    """Hand paths over from another process."""
    code = (
        "import sys; from eventglass.app.core.instance import *;"
        "sys.exit(0 if hand_over(message_for(sys.argv[1:])) else 1)"
    )
    return subprocess.Popen([sys.executable, "-c", code, *paths])


def ended(qtbot: QtBot, process: subprocess.Popen[str]) -> int:
    qtbot.waitUntil(lambda: process.poll() is not None, timeout=10000)
    assert process.returncode is not None
    return process.returncode


def test_paths_arrive(server: InstanceServer, qtbot: QtBot, tmp_path: Path) -> None:
    odd = os.fsdecode(b"caf\xe9 \"quoted\" 'log' \xff")
    got: list[Handover] = []
    server.received.connect(got.append)
    assert ended(qtbot, second_start(str(tmp_path), odd, "relative")) == 0
    (handover,) = got
    assert handover.paths == (str(tmp_path), os.path.abspath(odd), os.path.abspath("relative"))


def test_ten_starts_at_once(server: InstanceServer, qtbot: QtBot) -> None:
    got: list[Handover] = []
    server.received.connect(got.append)
    starts = [second_start(f"/log/{n}") for n in range(4)]
    assert [ended(qtbot, each) for each in starts] == [0] * 4
    assert sorted(each.paths[0] for each in got) == [f"/log/{n}" for n in range(4)]


def test_nobody_listens(runtime: Path) -> None:
    assert not hand_over(message_for(["/log"]))


def test_a_stuck_window_is_passed_over(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instance, "PATIENCE_S", 0.1)
    name = channel()
    assert name is not None
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(name)
        listener.listen(1)
        assert not hand_over(message_for(["/log"]))


def test_what_a_crash_left_is_replaced(runtime: Path, qapp: object) -> None:
    name = channel()
    assert name is not None
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(name)
    assert os.path.lexists(name)
    server = InstanceServer()
    assert server.listen()
    server.close()


def test_two_windows_do_not_share_a_channel(server: InstanceServer) -> None:
    second = InstanceServer()
    assert not second.listen()
    server.close()
    assert second.listen()
    second.close()


@pytest.mark.parametrize(
    "data",
    [
        b"\n",
        b"[]\n",
        b'{"format": 2, "paths": [], "reveal": false, "token": ""}\n',
        b'{"format": 1, "paths": "x", "reveal": false, "token": ""}\n',
        b'{"format": 1, "paths": [1], "reveal": false, "token": ""}\n',
        b"[" * 100_000 + b"\n",
        b"\xff\n",
    ],
)
def test_strange_messages_are_refused(server: InstanceServer, qtbot: QtBot, data: bytes) -> None:
    got: list[Handover] = []
    server.received.connect(got.append)
    name = channel()
    assert name is not None
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(name)
        connection.sendall(data)
        connection.setblocking(False)
        qtbot.waitUntil(lambda: _is_closed(connection), timeout=5000)
    assert not got
    # The channel goes on.
    assert ended(qtbot, second_start("/log")) == 0
    assert len(got) == 1


def test_relative_paths_of_others_do_not_count() -> None:
    message = {"format": 1, "paths": ["x", "/y"], "reveal": True, "token": "t"}
    assert Handover.from_bytes(json.dumps(message).encode()) == Handover(("/y",), True, "t")


@pytest.mark.parametrize("spoil", [lambda p: p.chmod(0o755), lambda p: p.rmdir()])
def test_a_folder_others_may_enter_is_not_used(
    runtime: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(runtime)
    name = channel()
    assert name is None or not Path(name).is_relative_to(runtime)


def _is_closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True
