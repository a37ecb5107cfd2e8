"""What the installers are made of: menu entry, file types, scripts of three systems.

The packages themselves are tried by ``./dev package-test`` in a bare system.
"""

from __future__ import annotations

import configparser
import os
import plistlib
import re
import shlex
import shutil
import struct
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeDatabase

MIME = "{http://www.freedesktop.org/standards/shared-mime-info}"
EVENT_FILE, WORKSPACE = "application/x-tfevents", "application/x-eventglass"

needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="a script for Linux")


@pytest.fixture(scope="module")
def linux(repository: Path) -> Path:
    """Folder of what the Linux packages hold."""
    return repository / "packaging" / "linux"


def entry_of(path: Path) -> configparser.SectionProxy:
    """Return the main group of a desktop entry."""
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(path, "utf-8")
    return parser[parser.sections()[0]]


# --- the menu entry and the file types ----------------------------------------------------------


def test_menu_entry(linux: Path) -> None:
    """The entry opens what it should, and says nothing that the types do not know."""
    entry = entry_of(linux / "eventglass.desktop")
    types = set(entry["MimeType"].rstrip(";").split(";"))
    assert {EVENT_FILE, WORKSPACE, "inode/directory", "application/zip"} <= types
    assert shlex.split(entry["Exec"]) == ["eventglass", "--reveal", "%F"]
    declared = {
        t.get("type") for t in ET.parse(linux / "eventglass-mime.xml").iter(f"{MIME}mime-type")
    }
    assert declared == {t for t in types if "event" in t}
    thumbnails = entry_of(linux / "eventglass.thumbnailer")
    assert thumbnails["MimeType"] == f"{EVENT_FILE};"
    assert thumbnails["Exec"].split()[1] == "--thumbnail"


def test_metadata_names_the_menu_entry(linux: Path) -> None:
    """Software centres find the program's entry, and the same types."""
    root = ET.parse(linux / "eventglass.metainfo.xml").getroot()
    assert root.findtext("launchable") == "eventglass.desktop"
    assert {e.text for e in root.iter("mediatype")} == {EVENT_FILE, WORKSPACE}
    with (linux.parent / "macos" / "Info.plist").open("rb") as file:
        assert plistlib.load(file)["CFBundleIdentifier"] == root.findtext("id")


@pytest.mark.skipif(sys.platform != "linux", reason="file types of Linux desktops")
@pytest.mark.skipif(not shutil.which("update-mime-database"), reason="shared-mime-info is missing")
def test_event_files_are_known(linux: Path, sample: Path, tmp_path: Path) -> None:
    """Event files are known by name and, renamed, by content; archives stay archives."""
    packages = tmp_path / "data" / "mime" / "packages"
    packages.mkdir(parents=True)
    shutil.copyfile(linux / "eventglass-mime.xml", packages / "eventglass.xml")
    subprocess.run(["update-mime-database", packages.parent], check=True, capture_output=True)
    event_file = next(iter(sample.rglob("events.out.tfevents.*"))).read_bytes()
    files = {
        "events.out.tfevents.1700000000.host.1.0": (event_file, EVENT_FILE),
        "my.tfevents.old": (event_file, EVENT_FILE),
        "renamed": (event_file, EVENT_FILE),
        "renamed.bin": (event_file, EVENT_FILE),
        "desk.eventglass": (b"{}", WORKSPACE),
        "tfevents.zip": (b"PK\x05\x06" + bytes(18), "application/zip"),
        "notes.txt": (b"about tfevents", "text/plain"),
    }
    for name, (content, _kind) in files.items():
        (tmp_path / name).write_bytes(content)
    # Qt reads the types once in a process: ask in one of its own.
    code = (
        "import sys; from PySide6.QtCore import QMimeDatabase as D; d = D();"
        "print(*(d.mimeTypeForFile(p).name() for p in sys.argv[1:]), sep='\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *(str(tmp_path / name) for name in files)],
        env={**os.environ, "XDG_DATA_HOME": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        check=True,
    )
    found = dict(zip(files, done.stdout.split(), strict=True))
    assert found == {name: kind for name, (_content, kind) in files.items()}
    assert QMimeDatabase().mimeTypeForFile(str(tmp_path / "renamed")).name() != EVENT_FILE


# --- the tarball's scripts ----------------------------------------------------------------------


@pytest.fixture(params=["home", "o'neil $HOME `x` %f & ü"])
def unpacked(linux: Path, tmp_path: Path, request: pytest.FixtureRequest) -> tuple[Path, Path]:
    """A tarball's folder with a small program in it, and a home with an awkward name."""
    folder, home = tmp_path / "un packed", tmp_path / str(request.param)
    home.mkdir()
    (folder / "program" / "_internal").mkdir(parents=True)
    program = folder / "program" / "eventglass"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n', "utf-8")
    program.chmod(0o755)
    share = folder / "share"
    for name, place in {
        "eventglass.desktop": "applications/eventglass.desktop",
        "eventglass-mime.xml": "mime/packages/eventglass.xml",
        "eventglass.thumbnailer": "thumbnailers/eventglass.thumbnailer",
        "eventglass.1": "man/man1/eventglass.1",
    }.items():
        (share / place).parent.mkdir(parents=True)
        shutil.copyfile(linux / name, share / place)
    for name in ("install.sh", "uninstall.sh"):
        shutil.copy(linux / name, folder / name)
    return folder, home


def run_script(
    script: Path, home: Path, *arguments: str | Path
) -> subprocess.CompletedProcess[str]:
    """Run a shell script for a user."""
    kept = {name: v for name, v in os.environ.items() if not name.startswith("XDG_")}
    return subprocess.run(
        ["sh", script, *arguments],
        env={**kept, "HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


@needs_posix
def test_install_and_remove(unpacked: tuple[Path, Path]) -> None:
    """What is installed works wherever the home is, and goes without a trace."""
    folder, home = unpacked
    done = run_script(folder / "install.sh", home)
    assert done.returncode == 0, done.stderr
    local = home / ".local"
    link = local / "bin" / "eventglass"
    assert subprocess.check_output([link, "a b"], text=True) == "a b\n"
    entry = entry_of(local / "share" / "applications" / "eventglass.desktop")
    # As desktops read it: the escapes of the file first, then those of the quoted argument.
    command = entry["Exec"].replace("\\\\", "\\")
    quoted = re.match(r'"((?:[^"\\]|\\.)*)" --reveal %F$', command)
    assert quoted, command
    path = re.sub(r"\\(.)", r"\1", quoted[1]).replace("%%", "%")
    assert Path(path) == local / "lib" / "eventglass" / "eventglass"
    assert entry["TryExec"].replace("\\\\", "\\") == path

    # Once more, as an update: nothing of the old one stays.
    (local / "lib" / "eventglass" / "_internal" / "old.so").touch()
    assert run_script(folder / "install.sh", home).returncode == 0
    assert not (local / "lib" / "eventglass" / "_internal" / "old.so").exists()

    mine = home / ".local" / "share" / "eventglass" / "kept.json"
    mine.parent.mkdir()
    mine.touch()
    done = run_script(local / "lib" / "eventglass" / "uninstall.sh", home)
    assert done.returncode == 0, done.stderr
    left = {p for p in home.rglob("*") if p.is_file() or p.is_symlink()}
    # The tables of file types are the desktop's.
    left = {p for p in left if "mime" not in p.parts and p.name != "mimeinfo.cache"}
    assert left == {mine}
    assert run_script(folder / "uninstall.sh", home).returncode == 1


@needs_posix
def test_foreign_folders_are_left_alone(unpacked: tuple[Path, Path]) -> None:
    """A folder of that name that somebody else made is not touched."""
    folder, home = unpacked
    theirs = home / ".local" / "lib" / "eventglass" / "theirs"
    theirs.parent.mkdir(parents=True)
    theirs.touch()
    done = run_script(folder / "install.sh", home)
    assert done.returncode == 1
    assert "nothing was changed" in done.stderr
    assert [p for p in home.rglob("*") if p.is_file()] == [theirs]


@needs_posix
@pytest.mark.skipif(not shutil.which("bash"), reason="bash is missing")
def test_scripts_have_no_errors_of_grammar(linux: Path) -> None:
    """All scripts can be read; shellcheck, where it is, finds nothing."""
    scripts = [*linux.glob("*.sh"), *linux.parent.glob("macos/*.sh")]
    assert len(scripts) >= 6
    for script in scripts:
        assert script.stat().st_mode & 0o111, script
        subprocess.run(["bash", "-n", script], check=True)
    if shutil.which("shellcheck"):
        subprocess.run(["shellcheck", "--severity=warning", *scripts], check=True)


# --- Windows and macOS --------------------------------------------------------------------------


def test_what_windows_registers_is_removed(repository: Path) -> None:
    """Every key that the installer writes is one that the uninstaller deletes."""
    script = (repository / "packaging" / "windows" / "eventglass.nsi").read_text("utf-8")
    written = set(re.findall(r'WriteReg\w+ HKCU "([^"]+)"', script))
    removed = set(re.findall(r'DeleteReg\w+ (?:/ifempty )?HKCU "([^"]+)"', script))
    assert len(written) > 10
    for key in written:
        assert any(key == r or key.startswith(r + "\\") for r in removed), key
    # For one user, without an administrator.
    assert "RequestExecutionLevel user" in script
    assert "HKLM" not in script
    assert "SetShellVarContext all" not in script
    for kind in (
        "Directory\\shell",
        "Directory\\Background\\shell",
        ".zip",
        ".tfevents",
        ".eventglass",
    ):
        assert kind in script


@pytest.mark.skipif(not shutil.which("makensis"), reason="makensis is missing")
def test_windows_installer_compiles(repository: Path, tmp_path: Path) -> None:
    """The script makes an installer, without a warning."""
    from PIL import Image

    bundle = tmp_path / "bundle"
    (bundle / "_internal").mkdir(parents=True)
    (bundle / "eventglass.exe").write_bytes(b"MZ")
    (bundle / "_internal" / "a.dll").write_bytes(b"MZ")
    Image.new("RGBA", (32, 32)).save(tmp_path / "eventglass.ico")
    out = tmp_path / "eventglass-setup.exe"
    command = ["makensis", "-V2", "-WX", "-DVERSION=1.2.3", f"-DBUNDLE={bundle}", f"-DOUT={out}"]
    done = subprocess.run(
        [*command, f"-DICON={tmp_path / 'eventglass.ico'}", "eventglass.nsi"],
        cwd=repository / "packaging" / "windows",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert out.read_bytes()[:2] == b"MZ"


def test_macos_document_types(repository: Path) -> None:
    """The app takes folders, archives, any file and workspaces, and owns only the last."""
    folder = repository / "packaging" / "macos"
    with (folder / "Info.plist").open("rb") as file:
        info = plistlib.load(file)
    ranks = {
        kind: document["LSHandlerRank"]
        for document in info["CFBundleDocumentTypes"]
        for kind in document["LSItemContentTypes"]
    }
    assert {"public.folder", "public.data", "public.zip-archive"} <= set(ranks)
    assert [k for k, rank in ranks.items() if rank == "Owner"] == ["org.eventglass.workspace"]
    (exported,) = info["UTExportedTypeDeclarations"]
    assert exported["UTTypeTagSpecification"]["public.filename-extension"] == ["eventglass"]
    with (folder / "entitlements.plist").open("rb") as file:
        assert all(plistlib.load(file).values())


# --- pictures and versions ----------------------------------------------------------------------


def test_icons(repository: Path, tmp_path: Path) -> None:
    """All icons come from the one drawing; the window's, which are kept, are up to date."""
    from PySide6.QtGui import QImage

    done = subprocess.run(
        [sys.executable, repository / "packaging" / "make_icons.py", tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for size in (16, 48, 256, 512):
        image = QImage(str(tmp_path / f"hicolor/{size}x{size}/apps/eventglass.png"))
        assert (image.width(), image.height()) == (size, size)
    kept = QImage(str(repository / "resources" / "icons" / "eventglass-256.png"))
    made = QImage(str(tmp_path / "hicolor/256x256/apps/eventglass.png"))
    assert kept.convertToFormat(made.format()) == made
    reserved, kind, count = struct.unpack("<HHH", (tmp_path / "eventglass.ico").read_bytes()[:6])
    assert (reserved, kind) == (0, 1)
    assert count >= 6
    assert (tmp_path / "eventglass.icns").read_bytes()[:4] == b"icns"


def test_every_part_is_pinned(repository: Path) -> None:
    """Each requirement of the program and of the build stands in the constraints, and fits."""
    import tomllib

    from packaging.requirements import Requirement

    lines = (repository / "packaging" / "constraints.txt").read_text("utf-8").splitlines()
    pinned = [Requirement(line) for line in lines if line and not line.startswith("#")]
    versions = {
        re.sub(r"[-_.]+", "-", pin.name).lower(): next(iter(pin.specifier)).version
        for pin in pinned
    }
    assert all(str(pin.specifier).startswith("==") for pin in pinned)
    project = tomllib.loads((repository / "pyproject.toml").read_text("utf-8"))
    wanted = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    for requirement in map(Requirement, wanted):
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        assert name in versions, name
        assert requirement.specifier.contains(versions[name]), name


def test_workflow_builds_everything(repository: Path) -> None:
    """The release attaches what all jobs make, and the scripts that it calls exist."""
    text = (repository / ".github" / "workflows" / "release.yml").read_text("utf-8")
    (needs,) = re.findall(r"needs: \[(.*)\]", text)
    jobs = set(re.findall(r"^  (\w+):$", text, re.MULTILINE)) - {"push", "workflow_dispatch"}
    assert set(needs.split(", ")) == jobs - {"release"}
    scripts = set(re.findall(r"(?<![\w/])packaging/[\w./]+\.(?:py|sh|ps1|nsi)", text))
    assert len(scripts) >= 7
    for script in scripts:
        assert (repository / script).is_file(), script
