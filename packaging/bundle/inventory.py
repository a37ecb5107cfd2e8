"""Writes down what a bundle holds: licences of every part, and a list of them (SBOM).

    python inventory.py WORK BUNDLE

Run by the Python of the environment that was collected from, after PyInstaller: its tables in WORK
tell where each file came from. ``BUNDLE/licences`` gets the licence texts, ``BUNDLE/sbom.cdx.json``
the list in the CycloneDX format. The same bundle gives the same list.
"""

from __future__ import annotations

import ast
import json
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import uuid
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
LICENCE_WORDS = ("licen", "copying", "notice", "copyright")
#: What Qt's wheels hold besides Qt, and other libraries that came inside wheels.
INSIDE_WHEELS = {
    "PySide6_Essentials": (("Qt", "LGPL-3.0-only"), ("ICU", "Unicode-3.0")),
    "PySide6_Addons": (("FFmpeg", "LGPL-2.1-or-later"),),
    "soundfile": (("libsndfile", "LGPL-2.1-or-later"),),
    "numpy": (("OpenBLAS", "BSD-3-Clause"),),
}


def sources(work: Path) -> Iterator[Path]:
    """Yield where each collected file came from."""
    for name in ("COLLECT-00.toc", "PYZ-00.toc"):
        table = ast.literal_eval((work / name).read_text("utf-8"))
        for rows in table if isinstance(table, (list, tuple)) else ():
            for row in rows if isinstance(rows, (list, tuple)) else ():
                if isinstance(row, tuple) and len(row) == 3 and os.path.isabs(str(row[1])):
                    yield Path(row[1])


def is_library(path: Path) -> bool:
    """Tell whether a file is a shared library."""
    return path.suffix in (".so", ".dll", ".dylib") or ".so." in path.name


def owners() -> dict[Path, Distribution]:
    """Return which distribution each installed file belongs to."""
    return {
        Path(os.path.normpath(str(distribution.locate_file(file)))): distribution
        for distribution in distributions()
        for file in distribution.files or ()
    }


def debian_packages(files: set[Path]) -> dict[str, str]:
    """Return names and versions of the system packages that files belong to."""
    if not shutil.which("dpkg-query"):
        return {}
    found = {}
    for file in sorted(files):
        # The loader's path may go through the link /lib; dpkg knows the name of delivery.
        for path in {str(file), str(file.resolve()), str(file.resolve()).removeprefix("/usr")}:
            done = subprocess.run(
                ["dpkg-query", "-S", path], capture_output=True, text=True, check=False
            )
            if done.returncode == 0:
                package = done.stdout.split(": ")[0].split(",")[0]
                version = subprocess.run(
                    ["dpkg-query", "-W", "-f", "${Version}", package],
                    capture_output=True,
                    text=True,
                    check=True,
                ).stdout
                found[package.partition(":")[0]] = version
                break
    return found


def licence_of(distribution: Distribution) -> list[dict[str, Any]]:
    """Return what a distribution says about its licence, as CycloneDX has it."""
    meta = distribution.metadata
    expression = meta.get("License-Expression")
    if expression:
        return [{"expression": expression}]
    said = meta.get("License", "").strip().partition("\n")[0]
    if not said:
        classifiers = [c for c in meta.get_all("Classifier", []) if c.startswith("License ::")]
        said = "; ".join(c.rpartition(" :: ")[2] for c in classifiers)
    return [{"license": {"name": said}}] if said else []


def copy_licences(distribution: Distribution, target: Path) -> int:
    """Copy the licence texts of a distribution; return how many."""
    count = 0
    for file in distribution.files or ():
        name = file.name.lower()
        in_info = ".dist-info" in str(file) and (
            "licenses" in file.parts or any(word in name for word in LICENCE_WORDS)
        )
        if not in_info and not (name.startswith(("licen", "copying")) and file.suffix != ".py"):
            continue
        path = Path(str(distribution.locate_file(file)))
        if path.is_file():
            target.mkdir(parents=True, exist_ok=True)
            parts = (
                file.parts[file.parts.index("licenses") + 1 :]
                if in_info and ("licenses" in file.parts)
                else (file.name,)
            )
            shutil.copyfile(path, target / "-".join(parts))
            count += 1
    return count


def component(kind: str, name: str, version: str, purl: str, **more: Any) -> dict[str, Any]:
    """Return one part of the list."""
    found = {"type": kind, "name": name, "version": version, "bom-ref": purl or name, **more}
    return {**found, "purl": purl} if purl else found


def main() -> None:
    """Write licences and list."""
    work, bundle = Path(sys.argv[1]), Path(sys.argv[2])
    target = bundle / "licences"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(HERE / "licences", target)

    by_file = owners()
    standard = tuple(Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib"))
    used: dict[str, Distribution] = {}
    foreign: set[Path] = set()
    for path in sources(work):
        distribution = by_file.get(Path(os.path.normpath(path)))
        if distribution is not None:
            used[distribution.metadata["Name"]] = distribution
        elif is_library(path) and not any(path.resolve().is_relative_to(f) for f in standard):
            foreign.add(path)
    # Data that is collected without the code.
    for distribution in by_file.values():
        if distribution.metadata["Name"].lower() in ("qtawesome", "pyside6_addons", "shiboken6"):
            used[distribution.metadata["Name"]] = distribution

    parts, main_part = [], None
    for name, distribution in sorted(used.items(), key=lambda item: item[0].lower()):
        purl = f"pkg:pypi/{name.lower().replace('_', '-')}@{distribution.version}"
        own = name == "eventglass"
        part = component(
            "application" if own else "library",
            name,
            distribution.version,
            purl,
            licenses=licence_of(distribution),
        )
        if own:
            main_part = part
        else:
            parts.append(part)
        copy_licences(distribution, target / name)
        for inside, licence in INSIDE_WHEELS.get(name, ()):
            parts.append(
                component(
                    "library",
                    inside,
                    "as delivered with " + name + " " + distribution.version,
                    "",
                    licenses=[{"license": {"id": licence}}],
                )
            )
    python = platform.python_version()
    parts.append(
        component(
            "platform",
            "CPython",
            python,
            f"pkg:generic/python@{python}",
            licenses=[{"license": {"id": "PSF-2.0"}}],
        )
    )
    for folder in (*standard, Path(sys.base_prefix)):
        if (folder / "LICENSE.txt").is_file():
            (target / "python").mkdir(exist_ok=True)
            shutil.copyfile(folder / "LICENSE.txt", target / "python" / "LICENSE.txt")
            break
    for name, version in sorted(debian_packages(foreign).items()):
        parts.append(component("library", name, version, f"pkg:deb/debian/{name}@{version}"))
        text = Path("/usr/share/doc") / name / "copyright"
        if text.is_file():
            (target / "system").mkdir(exist_ok=True)
            shutil.copyfile(text, target / "system" / f"{name}.txt")

    content = json.dumps([main_part, parts], sort_keys=True)
    sbom = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, content)}",
        "version": 1,
        "metadata": {"component": main_part},
        "components": parts,
    }
    (bundle / "sbom.cdx.json").write_text(json.dumps(sbom, indent=2) + "\n", "utf-8")
    print(f"{len(parts)} parts listed")


if __name__ == "__main__":
    main()
