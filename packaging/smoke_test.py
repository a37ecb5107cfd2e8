"""Tries an installed Eventglass: its version, the sample logs read, exported and drawn.

    python packaging/smoke_test.py [COMMAND …]

COMMAND starts Eventglass and is ``eventglass`` when left out. Needs nothing but Python, so that
it can try a package on a machine that has nothing else.
"""

from __future__ import annotations

import csv
import json
import os
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

SAMPLE = Path(__file__).resolve().parent.parent / "resources" / "sample"
FEWEST_POINTS = 5_000
FEWEST_COLOURS = 50


def told(command: list[str], *arguments: str | Path) -> str:
    """Run Eventglass and return what it printed."""
    done = subprocess.run(
        [*command, *arguments], capture_output=True, text=True, check=False, timeout=300
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, arguments))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def png_colours(path: Path) -> tuple[int, int, int]:
    """Return width, height and the number of different pixel values, up to filtering, of a PNG."""
    data = path.read_bytes()
    width, height, depth, kind = struct.unpack(">IIBB", data[16:26])
    assert depth == 8, depth
    at, packed = 8, b""
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        if data[at + 4 : at + 8] == b"IDAT":
            packed += data[at + 8 : at + 8 + length]
        at += 12 + length
    raw = zlib.decompress(packed)
    size = {0: 1, 2: 3, 6: 4}[kind]
    stride = 1 + width * size
    rows = (raw[row * stride + 1 : (row + 1) * stride] for row in range(height))
    return width, height, len({r[i : i + size] for r in rows for i in range(0, len(r), size)})


def main() -> None:
    """Try everything; the exit status says whether it worked."""
    command = sys.argv[1:] or ["eventglass"]
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    print(told(command, "--version").strip())

    found = json.loads(told(command, "inspect", SAMPLE, "--json"))
    kinds = {tag["kind"] for run in found["runs"].values() for tag in run["tags"].values()}
    assert found["problems"] == [], found["problems"]
    assert {"scalar", "image", "histogram", "text", "audio", "graph", "mesh"} <= kinds, kinds
    print(f"{len(found['runs'])} runs, kinds {', '.join(sorted(kinds))}")

    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "points.csv"
        told(command, "export", SAMPLE, "--out", table)
        with table.open(newline="", encoding="utf-8") as file:
            rows = sum(1 for _ in csv.reader(file)) - 1
        assert rows > FEWEST_POINTS, rows
        print(f"{rows:,} points exported")

        picture = Path(folder) / "window.png"
        told(command, "snapshot", SAMPLE, "--view", "scalars", "--out", picture)
        width, height, colours = png_colours(picture)
        assert colours > FEWEST_COLOURS, colours
        print(f"window of {width} × {height} drawn in {colours:,} colours")


if __name__ == "__main__":
    main()
