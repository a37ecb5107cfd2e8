"""Builds the one-folder program: wheel, clean environment, PyInstaller, licences, SBOM.

    python packaging/bundle/build.py [--out DIR] [--keep]

Everything is made below ``build/bundle``. The folder that comes out, ``DIR/eventglass`` (on macOS
also ``DIR/Eventglass.app``), is what the installers pack. Needs Python 3.11 or newer with a shared
libpython, a C compiler, and the packages that ``packaging/constraints.txt`` pins.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CONSTRAINTS = HERE.parent / "constraints.txt"
#: What the environment is built with; all else comes from the wheel's own requirements.
TOOLS = ("hatchling", "cython", "setuptools", "pyinstaller")
MB = 1_000_000


def run(*command: str | Path, cwd: Path = ROOT, **environment: str) -> None:
    """Run a command; stop the build when it fails."""
    done = subprocess.run(command, cwd=cwd, env={**os.environ, **environment}, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed with status {done.returncode}")


def new_folder(path: Path) -> Path:
    """Make an empty folder."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def make_environment(folder: Path) -> Path:
    """Make a clean virtual environment with the build tools; return its Python."""
    new_folder(folder)
    run(sys.executable, "-m", "venv", folder)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    run(python, "-m", "pip", "install", "--quiet", "--constraint", CONSTRAINTS, *TOOLS)
    return python


def make_wheel(python: Path, folder: Path) -> Path:
    """Make the wheel from a source distribution, so that nothing of the checkout is touched."""
    new_folder(folder)
    run(python, "-m", "hatchling", "build", "-t", "sdist", "-d", folder)
    (sdist,) = folder.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        archive.extractall(folder / "source", **safely)
    (source,) = (folder / "source").iterdir()
    run(
        python, "-m", "hatchling", "build", "-t", "wheel", "-d", folder,
        cwd=source, EVENTGLASS_REQUIRE_COMPILED="1",
    )  # fmt: skip
    (wheel,) = folder.glob("*.whl")
    return wheel


def freeze(python: Path, work: Path, out: Path) -> Path:
    """Run PyInstaller and return the folder that it made."""
    out.mkdir(parents=True, exist_ok=True)
    run(
        python, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN",
        "--distpath", out, "--workpath", work, HERE / "eventglass.spec",
        # Modules and archives come out the same for the same input.
        PYTHONHASHSEED="0", SOURCE_DATE_EPOCH=source_date(),
    )  # fmt: skip
    return out / "eventglass"


def source_date() -> str:
    """Return the time of the last commit, in seconds: the date of everything that is made."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given:
        return given
    done = subprocess.run(
        ["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or str(int(time.time()))


def strip(bundle: Path) -> None:
    """Take debug symbols out of Python's libraries and ours.

    Others are left as they are: numpy's OpenBLAS is no longer loaded once it was stripped.
    """
    if not sys.platform.startswith("linux") or not shutil.which("strip"):
        return
    inside = bundle / "_internal"
    found = [*inside.glob("libpython3.*"), *inside.glob("python3.*/lib-dynload/*.so")]
    found += inside.glob("eventglass/**/*.so")
    run("strip", "--strip-unneeded", *found)


def size_bytes(folder: Path) -> int:
    """Return how many bytes the files of a folder take; links count nothing."""
    return sum(
        path.stat().st_size
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    )


def main() -> None:
    """Build and report."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "bundle" / "dist")
    parser.add_argument("--keep", action="store_true", help="use the environment of last time")
    options = parser.parse_args()
    begun = time.monotonic()
    place = ROOT / "build" / "bundle"
    environment = place / "venv"
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not (options.keep and python.exists()):
        python = make_environment(environment)
    wheel = make_wheel(python, place / "wheel")
    pip = (python, "-m", "pip", "install", "--quiet", "--constraint", CONSTRAINTS)
    run(*pip, wheel)
    run(*pip, "--force-reinstall", "--no-deps", wheel)
    run(python, HERE.parent / "make_icons.py", ROOT / "build" / "icons")
    folder = freeze(python, place / "work", options.out)
    strip(folder)
    run(python, HERE / "inventory.py", place / "work" / "eventglass", folder)
    report = {
        "folder": str(folder),
        "size_mb": round(size_bytes(folder) / MB, 1),
        "seconds": round(time.monotonic() - begun),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
