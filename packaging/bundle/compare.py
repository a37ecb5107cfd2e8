"""Holds a bundle against the wheel it was made of: the same facts, points and pictures.

    build/bundle/venv/bin/python packaging/bundle/compare.py build/bundle/dist/eventglass/eventglass

Run by the Python that the bundle was collected from. Every kind of view is drawn by both; a module,
font, plugin or shader that was not collected shows as a difference. The pictures of both are kept
in FOLDER, the second argument, when it is given.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageChops

from eventglass.app.models.resources import resource
from eventglass.app.models.view_registry import BUILT_IN

#: The status bar tells how long reading took: some pixels always may differ.
MOST_DIFFERENT = 0.002
PROGRAM = [sys.executable, "-m", "eventglass.app"]


def told(command: list[str], *arguments: str | Path) -> str:
    """Run a command that must succeed, and return what it printed."""
    done = subprocess.run(
        [*command, *arguments], capture_output=True, text=True, check=False, timeout=300
    )
    if done.returncode or "Traceback" in done.stderr:
        sys.exit(f"{command} {' '.join(map(str, arguments))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def difference(first: Path, second: Path) -> float:
    """Return the share of pixels that differ visibly."""
    images = [Image.open(path).convert("RGB") for path in (first, second)]
    if images[0].size != images[1].size:
        return 1.0
    changed = ImageChops.difference(*images).convert("L").point(lambda v: 255 * (v > 8))
    return changed.histogram()[255] / (changed.width * changed.height)


def worker_answers(command: list[str]) -> bytes:
    """Return how the worker for projections begins to speak; it ends when its input does."""
    done = subprocess.run(
        [*command, "--projector-worker"], input=b"", capture_output=True, check=False, timeout=60
    )
    if done.returncode:
        sys.exit(f"the worker ended with {done.returncode}: {done.stderr.decode()[-2000:]}")
    return done.stdout


def thumbnail(command: list[str], source: Path, target: Path) -> None:
    """Draw a thumbnail and look at its size."""
    told(command, "--thumbnail", source, target, "128")
    width, _ = struct.unpack(">II", target.read_bytes()[16:24])
    assert width == 128, width


def main() -> None:
    """Compare everything; the exit status says whether all was the same."""
    bundle = [str(Path(sys.argv[1]).resolve())]
    # Neither the one nor the other may find modules of the checkout.
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.pop("PYTHONPATH", None)
    sample = resource("sample")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(sys.argv[2] if len(sys.argv) > 2 else made)
        folder.mkdir(parents=True, exist_ok=True)
        failed = [
            arguments[0]
            for arguments in (("--version",), ("inspect", str(sample), "--json"))
            if told(bundle, *arguments) != told(PROGRAM, *arguments)
        ]
        for ending in (".csv", ".jsonl", ".npz"):
            pair = [folder / f"points-{n}{ending}" for n in ("bundle", "wheel")]
            for command, path in zip((bundle, PROGRAM), pair, strict=True):
                told(command, "export", sample, "--out", path)
            if ending != ".npz" and pair[0].read_bytes() != pair[1].read_bytes():
                failed.append(ending)
        worker_answers(bundle)
        largest = max(sample.rglob("*tfevents*"), key=lambda path: path.stat().st_size)
        thumbnail(bundle, largest, folder / "thumbnail.png")
        report = {}
        for entry in BUILT_IN:
            for theme in ("light", "dark"):
                name = f"{entry.view_id}-{theme}"
                pair = [folder / f"{name}-{n}.png" for n in ("bundle", "wheel")]
                for command, path in zip((bundle, PROGRAM), pair, strict=True):
                    told(
                        command, "snapshot", sample, "--view", entry.view_id,
                        "--theme", theme, "--out", path,
                    )  # fmt: skip
                report[name] = round(difference(*pair), 5)
                if report[name] > MOST_DIFFERENT:
                    failed.append(name)
    print(json.dumps({"different_share_of_pixels": report, "failed": failed}))
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
