"""The command line: what it prints, what it returns, and no traceback for what users do."""

from __future__ import annotations

import csv
import io
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from eventglass.app import cli, load
from eventglass.app.core import instance
from tests.core import events as ev
from tests.core.oracles import DATA

LOGS = DATA / "logs"


class Window(ModuleType):
    """Stands for ``eventglass.app.main``: notes what it is asked for."""

    def __init__(self) -> None:
        super().__init__("eventglass.app.main")
        self.calls: list[tuple[Any, ...]] = []

    def run_window(self, paths: list[str], *, reveal: bool, shared: bool) -> int:
        self.calls.append(("window", paths, *(["reveal"] * reveal), *(["shared"] * shared)))
        return 0

    def snapshot(self, path: str, **options: Any) -> int:
        self.calls.append(("snapshot", path, options))
        return 0


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> Window:
    window = Window()
    monkeypatch.setitem(sys.modules, "eventglass.app.main", window)
    monkeypatch.setattr("eventglass.app.main", window, raising=False)
    return window


def usage_error(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == cli.WRONG_USAGE
    return capsys.readouterr().err


def test_paths_open_the_window(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert cli.main([]) == 0
    assert cli.main([str(tmp_path), str(LOGS)]) == 0
    assert window.calls == [("window", []), ("window", [str(tmp_path), str(LOGS)])]


def test_the_open_window_takes_the_paths(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[instance.Handover] = []

    def hand_over(message: instance.Handover) -> bool:
        taken.append(message)
        return is_open

    is_open = True
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-9")
    monkeypatch.setattr(instance, "hand_over", hand_over)
    assert cli.main([str(tmp_path)]) == cli.main(["--reveal", str(tmp_path)]) == 0
    assert not window.calls
    assert [(each.paths, each.reveal) for each in taken] == [
        ((str(tmp_path),), False),
        ((str(tmp_path),), True),
    ]
    is_open = False
    assert cli.main([str(tmp_path)]) == cli.main(["--new-window", str(tmp_path)]) == 0
    assert window.calls == [("window", [str(tmp_path)], "shared"), ("window", [str(tmp_path)])]
    assert len(taken) == 3


def test_windows_nobody_sees_take_nothing(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setattr(instance, "hand_over", lambda _message: True)
    assert cli.main([]) == 0
    assert window.calls == [("window", [])]


def test_a_missing_path(window: Window, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["gone"], ["inspect", "gone"], ["export", "gone", "--out", "o.csv"]):
        assert cli.main(arguments) == cli.FAILED
        assert capsys.readouterr().err == "eventglass: There is no file or folder gone\n"
    assert not window.calls


def test_commands_win_over_paths_of_their_name(
    window: Window,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "inspect").mkdir()
    monkeypatch.chdir(tmp_path)
    assert "PATH" in usage_error(["inspect"], capsys)
    assert cli.main(["./inspect"]) == 0
    assert window.calls == [("window", ["./inspect"])]


def test_inspect(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["inspect", str(LOGS / "mesh")]) == 0
    assert "torus_VERTEX" in capsys.readouterr().out


def test_inspect_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["inspect", str(LOGS / "odd" / "data_crc_flip"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    tag = found["runs"]["run"]["tags"]["loss"]
    assert {"kind", "plugin", "count", "first_step", "last_step"} <= tag.keys()
    (problem,) = found["problems"]
    assert {"file", "offset", "length", "kind", "message"} <= problem.keys()


def test_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "o.csv"
    logdir = str(LOGS / "keras")
    arguments = ["export", logdir, "--out", str(out), "--runs", "TRAIN", "--tags", "^batch_acc"]
    assert cli.main(arguments) == 0
    rows = list(csv.DictReader(io.StringIO(out.read_text())))
    series = load(logdir)["cnn/train"]["batch_accuracy"]
    assert [float(row["value"]) for row in rows] == series.values.tolist()
    assert "48 points of 1 series" in capsys.readouterr().err


def test_export_to_the_screen(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["export", str(LOGS / "keras"), "--out", "-", "--pivot"]) == 0
    assert capsys.readouterr().out.startswith("run,step,batch_accuracy,")


def test_export_says_that_there_were_problems(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logdir = str(LOGS / "odd" / "data_crc_flip")
    assert cli.main(["export", logdir, "--out", str(tmp_path / "o.jsonl")]) == 0
    assert "1 problem met while reading" in capsys.readouterr().err


def test_export_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logdir = str(LOGS / "keras")
    missing = str(tmp_path / "missing" / "o.csv")
    for arguments, complaint in [
        ([logdir, "--out", f"{logdir}/o.csv"], "Nothing is ever written into a log directory"),
        ([logdir, "--out", missing], f"There is no folder {tmp_path}/missing"),
        ([logdir, "--out", str(tmp_path / "o.csv"), "--tags", "zzz"], "match the filters"),
    ]:
        assert cli.main(["export", *arguments]) == cli.FAILED
        assert complaint in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
    for arguments, complaint in [
        ([logdir], "--out"),
        ([logdir, "--out", "o.txt"], "the name must end in .csv, .jsonl, .parquet"),
        ([logdir, "--out", "o.csv", "--runs", "("], "no regular expression"),
        ([logdir, "--out", "o.csv", "--what"], "--what"),
    ]:
        assert complaint in usage_error(["export", *arguments], capsys)


def test_snapshot(window: Window, tmp_path: Path) -> None:
    out = tmp_path / "s.png"
    arguments = ["snapshot", str(LOGS), "--view", "scalars", "--out", str(out), "--size", "800x600"]
    arguments += ["--theme", "dark", "--set", "smoothing=0.6", "x=wall", "--set", "note=a=b"]
    assert cli.main(arguments) == 0
    options = {
        "view": "scalars",
        "out": out,
        "size": (800, 600),
        "theme": "dark",
        "settings": {"smoothing": "0.6", "x": "wall", "note": "a=b"},
    }
    assert window.calls == [("snapshot", str(LOGS), options)]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--size", "800"],
        ["--size", "0x600"],
        ["--theme", "blue"],
        ["--set", "smoothing"],
        ["--set", "=1"],
    ],
)
def test_snapshot_refuses(
    arguments: list[str], window: Window, capsys: pytest.CaptureFixture[str]
) -> None:
    base = ["snapshot", str(LOGS), "--view", "scalars", "--out", "s.png"]
    assert arguments[0] in usage_error([*base, *arguments], capsys)
    assert not window.calls


def test_snapshot_writes_nothing_into_a_log(
    window: Window, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(LOGS / "keras" / "s.png")
    assert cli.main(["snapshot", str(LOGS / "keras"), "--view", "v", "--out", out]) == cli.FAILED
    assert "ever written" in capsys.readouterr().err
    assert not window.calls


@pytest.mark.parametrize("command", [[], ["inspect"], ["export"], ["snapshot"]])
def test_help(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main([*command, "--help"])
    assert caught.value.code == 0
    assert "usage: eventglass" in capsys.readouterr().out


def test_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setitem(cli._COMMANDS, "inspect", interrupt)
    assert cli.main(["inspect"]) == cli.INTERRUPTED


def run(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "eventglass.app", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def test_version_as_a_module() -> None:
    done = run("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("eventglass ")


def test_the_version_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from eventglass.app.cli import main\n"
        "try: main(['--version'])\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'google.protobuf', 'PySide6', 'pyqtgraph'} & sys.modules.keys()\n"
        "sys.exit(bool(heavy))\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


def test_inspecting_needs_no_qt() -> None:
    code = (
        "import sys\n"
        "from eventglass.app.cli import main\n"
        "main(sys.argv[1:])\n"
        "sys.exit('PySide6' in sys.modules or 'google.protobuf' in sys.modules)\n"
    )
    command = [sys.executable, "-c", code, "inspect", str(LOGS / "torch")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


@pytest.mark.skipif(os.name != "posix", reason="pipes of a shell")
def test_a_reader_that_has_seen_enough() -> None:
    command = f"{sys.executable} -m eventglass.app export {LOGS / 'keras'} --out - | head -c 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("r", "")


def test_a_terminal_that_knows_little() -> None:
    done = run(
        "inspect", str(LOGS / "odd" / "tag_names"), env={**os.environ, "PYTHONIOENCODING": "ascii"}
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture
def odd_names(tmp_path: Path) -> Path:
    tags = ("ä😀".encode(), b"\x1b[31mred", b"two\nlines", "\u202eback".encode())
    folder = tmp_path / "a log"
    folder.mkdir()
    (folder / "x.tfevents").write_bytes(
        b"".join(ev.record(ev.event(1, 1.7e9, what=ev.summary(ev.simple(t, 1.0)))) for t in tags)
    )
    return folder


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252", "latin-1"])
def test_json_is_json_in_any_encoding(odd_names: Path, encoding: str) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    command = [sys.executable, "-m", "eventglass.app", "inspect", str(odd_names), "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    tags = json.loads(done.stdout.decode(encoding))["runs"]["."]["tags"]
    assert set(tags) == {"ä😀", "\x1b[31mred", "two\nlines", "\u202eback"}


def test_tags_do_not_steer_the_terminal(
    odd_names: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["inspect", str(odd_names)]) == 0
    text = capsys.readouterr().out
    assert all(c == "\n" or c.isprintable() for c in text)
    assert r"\x1b[31mred" in text
    assert r"two\nlines" in text


def test_an_address_of_a_file(odd_names: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["inspect", odd_names.as_uri(), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["path"] == str(odd_names)


def test_a_full_memory(
    odd_names: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("eventglass.app.core.log.load", fail)
    assert cli.main(["inspect", str(odd_names)]) == 1
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="displays of Linux")
@pytest.mark.parametrize(
    ("display", "wayland", "message"),
    [
        ("", "", "There is no display"),
        (":54321", "", "The display :54321 can't be reached"),
        (":54321.0", "", "can't be reached"),
        ("", "wayland-0", ""),
        ("elsewhere:10.0", "", ""),
    ],
)
def test_without_a_display_it_says_so(
    monkeypatch: pytest.MonkeyPatch, display: str, wayland: str, message: str
) -> None:
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.setenv("WAYLAND_DISPLAY", wayland)
    if not message:
        cli._check_display()
        return
    with pytest.raises(cli.CommandError, match=message) as raised:
        cli._check_display()
    assert "snapshot" in str(raised.value)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="displays of Linux")
def test_a_display_that_answers_will_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":54321")
    with socket.socket(socket.AF_UNIX) as server:
        # As the display servers of Linux listen: at a name without a file.
        server.bind("\0/tmp/.X11-unix/X54321")
        server.listen()
        cli._check_display()
