"""Without a C compiler and without Cython everything works, and gives the same, only slower."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

_RUN = """
import sys

class NoCython:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0].lower() == "cython":
            raise ImportError(f"{name} is blocked")
        return None

sys.meta_path.insert(0, NoCython())
from eventglass.app.core import scanner
assert scanner.__file__.endswith(".py"), scanner.__file__
from eventglass.app.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def package(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with a copy of the package that has no compiled modules."""
    folder = tmp_path_factory.mktemp("uncompiled")
    leave = shutil.ignore_patterns("*.so", "*.pyd", "__pycache__", "sample")
    for name in ("app", "widgets", "resources"):
        shutil.copytree(repository / name, folder / "eventglass" / name, ignore=leave)
    return folder


@pytest.fixture
def log(sample: Path, tmp_path: Path) -> Path:
    """Small part of the sample: what takes compiled code milliseconds takes seconds here."""
    shutil.copytree(sample / "too-hot", tmp_path / "log" / "too-hot")
    shutil.copytree(sample / "mlp" / "val", tmp_path / "log" / "mlp")
    return tmp_path / "log"


def uncompiled(package: Path, *arguments: str | Path) -> str:
    """Run the command line without compiled modules and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", _RUN, *arguments],
        env={**os.environ, "PYTHONPATH": str(package), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    # A view that fails shows its error in place, and says so here.
    assert "Traceback" not in done.stderr, done.stderr[-4000:]
    assert "Warning" not in done.stderr, done.stderr[-4000:]
    return done.stdout


def test_reads_the_same(package: Path, log: Path) -> None:
    """The same points, entries and problems are found."""
    command = [sys.executable, "-m", "eventglass.app", "inspect", log, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(uncompiled(package, "inspect", log, "--json")) == json.loads(done.stdout)


def test_exports_the_same(package: Path, log: Path) -> None:
    """Every point has the same value."""
    command = [sys.executable, "-m", "eventglass.app", "export", log, "--out", "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert uncompiled(package, "export", log, "--out", "-") == done.stdout
    assert done.stdout.count("\n") > 100


def test_draws_the_same(package: Path, log: Path, tmp_path: Path) -> None:
    """The window is drawn, and looks the same."""
    arguments = ("--view", "scalars", "--size", "1000x700")
    expected, found = tmp_path / "expected.png", tmp_path / "found.png"
    command = [sys.executable, "-m", "eventglass.app", "snapshot", log, *arguments, "--out"]
    subprocess.run(
        [*command, expected],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        check=True,
        capture_output=True,
        timeout=60,
    )
    uncompiled(package, "snapshot", log, *arguments, "--out", found)
    assert different_pixels(expected, found) < 0.02


def different_pixels(first: Path, second: Path) -> float:
    """Return the share of pixels that differ; the status bar's seconds always may."""
    from PySide6.QtGui import QImage

    images = [QImage(str(p)).convertToFormat(QImage.Format.Format_RGB32) for p in (first, second)]
    assert images[0].size() == images[1].size()
    assert not images[0].isNull()
    pixels = [memoryview(image.constBits()).cast("B").cast("I") for image in images]
    return sum(a != b for a, b in zip(*pixels, strict=True)) / len(pixels[0])
