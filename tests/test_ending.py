"""The desktop ends the program by a signal: everything is kept, and nothing looks like a crash."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")

PATIENCE_S = 60.0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_closes_the_window(sample: Path, tmp_path: Path, number: signal.Signals) -> None:
    environment = {
        **os.environ,
        "HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "QT_QPA_PLATFORM": "offscreen",
    }
    command = [sys.executable, "-m", "eventglass.app", str(sample / "tone")]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        until = time.monotonic() + PATIENCE_S
        # The facts are noted once the window runs.
        while not any("Python:" in each.read_text() for each in tmp_path.rglob("running-*.txt")):
            assert time.monotonic() < until
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(number)
        assert process.wait(PATIENCE_S) == 0
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
    assert not list(tmp_path.rglob("running-*.txt"))
    assert list(tmp_path.rglob("settings.json"))
    assert list(tmp_path.rglob("workspaces/*.json"))
