"""The sample logs show what Eventglass shows, and looking at them leaves them as they are."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from eventglass.app import load
from eventglass.app.core.log import Log
from eventglass.app.core.names import Kind

LIMIT_BYTES = 1_500_000


@pytest.fixture(scope="module")
def log(sample: Path) -> Log:
    """Everything in the sample."""
    return load(sample)


def test_is_small_and_says_nothing_of_the_machine(sample: Path) -> None:
    """The sample is small, and names no folder and no host."""
    files = [path for path in sample.rglob("*") if path.is_file()]
    assert 0 < sum(path.stat().st_size for path in files) <= LIMIT_BYTES
    for path in files:
        content = path.read_bytes()
        assert b"/home/" not in content, path
        assert b"/tmp/" not in content, path
        if "tfevents" in path.name:
            assert path.name.split(".")[4] == "sample"


def test_has_every_common_kind(log: Log) -> None:
    """There is something for every view, and nothing is damaged."""
    kinds = {tag.kind for run in log.runs for tag in log[run].tags.values()}
    assert kinds >= {
        Kind.SCALAR, Kind.IMAGE, Kind.HISTOGRAM, Kind.TEXT, Kind.AUDIO, Kind.GRAPH,
        Kind.MESH, Kind.PR_CURVE, Kind.HPARAMS, Kind.CUSTOM_SCALARS,
    }  # fmt: skip
    assert log.problems == ()


def test_has_an_embedding(sample: Path) -> None:
    """There are projector files, and what they name is there."""
    (config,) = sample.rglob("projector_config.pbtxt")
    named = [line.split('"')[1] for line in config.read_text().splitlines() if "_path" in line]
    assert len(named) == 3
    assert all((config.parent / name).is_file() for name in named)


def test_has_a_restart(log: Log) -> None:
    """One training was resumed from an older checkpoint: all of its points are there."""
    loss = log["dropout/train"]["metrics/loss"]
    assert len(loss.segments) == 2
    second = int(loss.segments[1])
    assert loss.steps[second - 1] == 1400
    assert loss.steps[second] == 1000
    assert loss.steps[-1] == 2400


def test_has_a_training_that_failed(log: Log) -> None:
    """One training ends in NaN."""
    loss = log["too-hot/train"]["metrics/loss"].values
    assert np.isfinite(loss[0])
    assert np.isnan(loss[-1])


def state(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Return mode, size and time of change of everything under `folder`."""
    found = {}
    for path in [folder, *folder.rglob("*")]:
        status = path.stat()
        found[str(path)] = status.st_mode, status.st_size, status.st_mtime_ns
    return found


@pytest.mark.slow
def test_looking_writes_nothing(sample: Path, tmp_path: Path, private_home: Path) -> None:
    """The window, opened and closed, leaves the log directory exactly as it was."""
    copy = tmp_path / "logs"
    shutil.copytree(sample, copy)
    before = state(copy)
    out = tmp_path / "window.png"
    command = [sys.executable, "-m", "eventglass.app", "snapshot", copy, "--view", "scalars"]
    subprocess.run(
        [*command, "--out", out],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": str(private_home)},
        check=True,
        capture_output=True,
        timeout=120,
    )
    assert out.stat().st_size > 10_000
    assert state(copy) == before
