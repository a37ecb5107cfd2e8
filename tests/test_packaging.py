"""What is packed is what is in the repository: sdist, the wheel made from it, and what it runs.

Built with the build requirements that are installed, so the tests need no network.
"""

from __future__ import annotations

import configparser
import email
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email.message import Message
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

PACKED = ("app", "widgets", "resources", "docs")


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Run a command that must succeed and return what it printed."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build(target: str, source: Path, out: Path) -> Path:
    """Build an sdist or a wheel of `source` and return it."""
    run(sys.executable, "-m", "hatchling", "build", "-t", target, "-d", out, cwd=source)
    (made,) = out.iterdir()
    return made


@pytest.fixture(scope="module")
def kept(repository: Path) -> set[str]:
    """Files that the repository keeps, or would keep if they were committed."""
    if not (repository / ".git").exists() or not shutil.which("git"):
        pytest.skip("not in a git checkout")
    listed = run(
        "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=repository
    )
    return {name for name in listed.split("\0") if name and (repository / name).is_file()}


@pytest.fixture(scope="module")
def compiled(repository: Path) -> set[str]:
    """Sources of the hot modules, without their ending."""
    code = "import build_hook; print(*build_hook.COMPILED)"
    names = run(sys.executable, "-c", code, cwd=repository / "packaging").split()
    return {name.removesuffix(".py") for name in names if (repository / name).exists()}


@pytest.fixture(scope="module")
def sdist(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Source distribution of the working tree."""
    return build("sdist", repository, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Wheel made from the source distribution, as an installer makes it."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        # Python 3.11.2, which Debian 12 has, knows no filters yet.
        safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        archive.extractall(folder, **safely)
    (source,) = folder.iterdir()
    return build("wheel", source, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    """Metadata of the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [n for n in archive.namelist() if n.endswith(".dist-info/METADATA")]
        return email.message_from_bytes(archive.read(name))


def test_sdist_holds_the_repository(sdist: Path, kept: set[str]) -> None:
    """The source distribution holds every file, and nothing that was built."""
    with tarfile.open(sdist) as archive:
        members = [m.name.split("/", 1) for m in archive.getmembers() if m.isfile()]
    packed = {rest[0] for _, *rest in members if rest} - {"PKG-INFO"}
    assert packed == kept | {"pyproject.toml"}


def test_wheel_holds_the_package(wheel: Path, kept: set[str], compiled: set[str]) -> None:
    """The wheel holds the three folders, the compiled modules, and nothing else."""
    with zipfile.ZipFile(wheel) as archive:
        names = {n for n in archive.namelist() if not n.endswith("/")}
    packed = {n.removeprefix("eventglass/") for n in names if ".dist-info/" not in n}
    binaries = {n for n in packed if n.endswith((".so", ".pyd"))}
    assert packed - binaries == {n for n in kept if n.startswith(tuple(f"{p}/" for p in PACKED))}
    assert all(n.startswith("eventglass/") or ".dist-info/" in n for n in names)
    if binaries or os.environ.get("EVENTGLASS_REQUIRE_COMPILED"):
        assert {n.split(".")[0] for n in binaries} == compiled
        assert "-none-any" not in wheel.name


def test_metadata(metadata: Message, repository: Path) -> None:
    """The metadata says what the project file says."""
    project = tomllib.loads((repository / "pyproject.toml").read_text("utf-8"))["project"]
    assert metadata["Name"] == "eventglass"
    assert metadata["Version"] == project["version"]
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["Description-Content-Type"] == "text/markdown"
    needed = {r.split(";")[0].strip().lower() for r in metadata.get_all("Requires-Dist", [])}
    # The plain PySide6 would bring a web engine of 280 MB.
    assert not any(r.startswith("pyside6") and not r.startswith("pyside6-addons") for r in needed)
    assert any(r.startswith("pyside6-addons") and "<6.12" in r for r in needed)


def test_wheel_has_the_command(wheel: Path) -> None:
    """The wheel installs the command ``eventglass``."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [n for n in archive.namelist() if n.endswith("entry_points.txt")]
        points = configparser.ConfigParser()
        points.read_string(archive.read(name).decode())
    assert dict(points["console_scripts"]) == {"eventglass": "eventglass.app.cli:main"}


def test_wheel_reads_the_sample(wheel: Path, tmp_path: Path) -> None:
    """What was installed from the wheel, and not the checkout, reads the sample that it brings."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    sample = tmp_path / "eventglass" / "resources" / "sample"
    code = "import eventglass.app.core as core; print(core.__file__)"
    where = run(sys.executable, "-c", code, cwd=tmp_path, PYTHONPATH=str(tmp_path))
    assert Path(where.strip()).is_relative_to(tmp_path)
    command = (sys.executable, "-m", "eventglass.app", "inspect", sample, "--json")
    told = json.loads(run(*command, cwd=tmp_path, PYTHONPATH=str(tmp_path)))
    loss = told["runs"]["baseline/train"]["tags"]["metrics/loss"]
    assert loss["kind"] == "scalar"
    assert loss["count"] > 500
    assert told["problems"] == []


def test_sdist_installs_without_a_compiler(sdist: Path, sample: Path, tmp_path: Path) -> None:
    """Without a C compiler it installs, reads the same, and says that it is slow."""
    shutil.unpack_archive(sdist, tmp_path / "unpacked")
    (source,) = (tmp_path / "unpacked").iterdir()
    slow = {"CC": str(tmp_path / "no-compiler"), "EVENTGLASS_REQUIRE_COMPILED": ""}
    command = (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "wheel")
    run(*command, cwd=source, **slow)
    (plain,) = (tmp_path / "wheel").iterdir()
    assert plain.name.endswith("-none-any.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(plain) as archive:
        assert not [n for n in archive.namelist() if n.endswith((".so", ".pyd", ".c"))]
        archive.extractall(site)
    log = tmp_path / "log"
    shutil.copytree(sample / "too-hot", log)
    done = subprocess.run(
        [sys.executable, "-m", "eventglass.app", "inspect", log, "--json"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    assert "thousand times slower" in done.stderr
    told = json.loads(done.stdout)
    assert told["problems"] == []
    assert told == json.loads(
        run(sys.executable, "-m", "eventglass.app", "inspect", log, "--json", cwd=tmp_path)
    )
