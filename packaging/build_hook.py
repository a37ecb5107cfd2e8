"""Hatchling build hook: compiles the hot modules and lays the link tree of an editable install.

The hot modules are ordinary Python files in Cython's pure-Python mode. When a C compiler and
Cython are there they become extension modules beside their sources; when not, the build goes on
without them and the program runs the same files uncompiled, far slower, and says so.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: Modules compiled with Cython, relative to the repository root.
COMPILED = (
    "app/core/scanner.py",
    "app/core/compute/gathering.py",
    "app/core/compute/pyramid.py",
    "app/core/compute/scene_faces.py",
    "app/core/compute/scene_marks.py",
    "app/core/compute/smoothing.py",
    "app/core/compute/spans.py",
    "app/core/compute/summaries.py",
    "app/core/compute/windows.py",
    "app/core/graphs/layering.py",
    "app/core/graphs/scanning.py",
    "app/core/graphs/straightening.py",
    "app/core/graphs/tables.py",
    "app/core/graphs/walks.py",
    "app/core/projector/cells.py",
    "app/core/projector/kernels.py",
    "app/core/meshes/geometry.py",
    "app/core/meshes/nearest.py",
)
#: Folders that lie in the package; ``docs`` is the guide that the program shows.
TOP_LEVEL = ("app", "widgets", "resources", "docs")


def lay_links(root: Path) -> None:
    """Make ``.links/eventglass/{app,widgets,…}`` point at the source folders."""
    folder = root / ".links" / "eventglass"
    folder.mkdir(parents=True, exist_ok=True)
    for name in TOP_LEVEL:
        link = folder / name
        if not link.is_symlink():
            link.symlink_to(Path("..") / ".." / name, target_is_directory=True)


def _copy_declarations(root: Path, target: Path) -> None:
    """Lay the ``.pxd`` files out under the import path, where Cython looks for them."""
    for source in root.glob("app/**/*.pxd"):
        copy = target / "eventglass" / source.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(source.read_text())
        for package in copy.relative_to(target).parents:
            (target / package / "__init__.pxd").touch()


def require_compiler() -> None:
    """Raise where there is no C compiler: before a minute has gone into making C for it."""
    if sys.platform == "win32":
        return
    command = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
    if not shutil.which(command[0]):
        raise FileNotFoundError(f"there is no C compiler {command[0]}")


def compile_modules(root: Path, *, force: bool = False) -> list[Path]:
    """Compile `COMPILED` in place and return the extension modules made.

    Raises whatever Cython or the C compiler raised; the caller decides whether that is fatal.
    """
    from Cython.Build import cythonize
    from setuptools import Distribution, Extension
    from setuptools.command.build_ext import build_ext

    require_compiler()
    if sys.platform == "win32":
        flags = ["/O2"]
    else:
        # Results must equal the uncompiled module's bit for bit: no fused multiply-add.
        # Without debug symbols, which would be four fifths of a wheel.
        flags = ["-O3", "-g0", "-ffp-contract=off", "-fno-strict-aliasing", "-fwrapv"]
    build_dir = root / "build" / "cython"
    declarations = root / "build" / "declarations"
    _copy_declarations(root, declarations)
    extensions = []
    for source in COMPILED:
        if not (root / source).exists():
            continue
        dotted = "eventglass." + source[:-3].replace("/", ".")
        extensions.append(
            Extension(
                dotted,
                [source],
                extra_compile_args=flags,
                include_dirs=[str((root / source).parent)],
            )
        )
    here = Path.cwd()
    os.chdir(root)
    try:
        modules = cythonize(
            extensions,
            build_dir=str(build_dir),
            include_path=[str(declarations)],
            force=force,
            quiet=True,
            language_level=3,
            compiler_directives={
                "boundscheck": False,
                "wraparound": False,
                "cdivision": True,
                "initializedcheck": False,
                "embedsignature": False,
            },
        )
        command = build_ext(Distribution({"name": "eventglass", "ext_modules": modules}))
        command.build_lib = str(root / "build" / "lib")
        command.build_temp = str(root / "build" / "temp")
        command.parallel = os.cpu_count() or 1
        command.force = force
        command.ensure_finalized()
        command.run()
        made = []
        for extension in modules:
            built = Path(command.get_ext_fullpath(extension.name))
            source = root.joinpath(*extension.name.split(".")[1:]).parent
            target = source / built.name
            # A new file, not new bytes in the old one: a running program has the old one mapped.
            temporary = target.with_suffix(".new")
            temporary.write_bytes(built.read_bytes())
            temporary.replace(target)
            made.append(target)
        return made
    finally:
        os.chdir(here)


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Compiles before a wheel is packed; lays links for an editable install."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Run before the wheel is packed."""
        if self.target_name != "wheel":
            return
        root = Path(self.root)
        if version == "editable":
            lay_links(root)
        try:
            compile_modules(root)
        except (Exception, SystemExit) as error:  # any compiler failure
            if os.environ.get("EVENTGLASS_REQUIRE_COMPILED"):
                raise
            self.app.display_warning(
                f"The hot modules could not be compiled ({error}); reading will be some "
                "thousand times slower. Install a C compiler and the Python headers, "
                "then install again."
            )
            return
        build_data["pure_python"] = False
        build_data["infer_tag"] = True


if __name__ == "__main__":
    repository = Path(__file__).resolve().parent.parent
    lay_links(repository)
    for path in compile_modules(repository, force="--force" in sys.argv):
        print(path.relative_to(repository))
