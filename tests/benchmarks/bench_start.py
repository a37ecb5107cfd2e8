"""Starting: process start to painted frame, whole window and first curve.

Modules are compiled before, as they are where the program is installed, whatever the environment
says about writing bytecode.

Each start is a process of its own with an empty home folder, on an X server (Xvfb) where there is
one. TensorBoard's time ends when its server hands out the first curve's data; the browser, which
still has to start and draw, comes on top.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks import make_logs, measure

ROOT = Path(__file__).resolve().parents[2]
BYTECODE = Path(tempfile.gettempdir()) / "eventglass-bench-bytecode"
SAMPLE = ROOT / "resources" / "sample"


@contextmanager
def display() -> Iterator[dict[str, str]]:
    """Yield the environment of a private X server, or of the off-screen platform without one."""
    server = shutil.which("Xvfb")
    if not server:
        yield {"QT_QPA_PLATFORM": "offscreen"}
        return
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [server, "-displayfd", str(writing), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as told:
            yield {"QT_QPA_PLATFORM": "xcb", "DISPLAY": f":{told.readline().strip()}"}
    finally:
        process.terminate()
        process.wait(timeout=30)


def probed(mode: str, paths: list[Path], environment: dict[str, str]) -> dict[str, Any]:
    """Run the window in a process of its own and return its marks."""
    with tempfile.TemporaryDirectory() as home:
        homes = {f"XDG_{k}_HOME": f"{home}/{k}" for k in ("CONFIG", "DATA", "STATE")}
        command = [sys.executable, "-m", "tests.benchmarks.window_probe", mode, *map(str, paths)]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={
                **os.environ,
                **environment,
                **homes,
                "PYTHONDONTWRITEBYTECODE": "",
                "PYTHONPYCACHEPREFIX": str(BYTECODE),
                "HOME": home,
                "EVENTGLASS_STARTED": repr(time.monotonic()),
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
    if done.returncode:
        raise RuntimeError(f"The window ended with {done.returncode}: {done.stderr[-2000:]}")
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def medians(results: list[dict[str, Any]]) -> dict[str, float]:
    """Return the median of each mark in seconds."""
    names = [name for name in results[0] if name.endswith("_s")]
    return {n: measure.rounded(statistics.median(r[n] for r in results), 3) for n in names}


def tensorboard_s(python: Path, logdir: Path, tag: str) -> float:
    """Return the seconds from TensorBoard's start to the first data of a curve."""
    started = time.monotonic()
    process = subprocess.Popen(
        [python, "-m", "tensorboard.main", "--logdir", logdir, "--port", "0", "--host=127.0.0.1"],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stderr is not None
        address = next(
            word for line in process.stderr for word in line.split() if word.startswith("http://")
        )
        query = f"{address}data/plugin/scalars/scalars?run=run&tag={tag}"
        while True:
            try:
                with urllib.request.urlopen(query) as answer:
                    # While it loads, TensorBoard hands out what it has so far.
                    if json.load(answer):
                        return time.monotonic() - started
            except urllib.error.HTTPError:
                if time.monotonic() - started > 120:
                    raise
            time.sleep(0.01)
    finally:
        process.terminate()
        process.wait(timeout=30)


def main() -> None:
    """Measure and print."""
    options = measure.parser(__doc__).parse_args()
    logdir = make_logs.log("100mb_v1", options.folder)
    measure.warm(logdir)
    figures: dict[str, Any] = {}
    with display() as environment:
        figures["platform"] = environment["QT_QPA_PLATFORM"]
        probed("start", [SAMPLE], environment)  # warms the libraries, writes the bytecode
        for name, paths in {"sample": [SAMPLE], "100_mb": [logdir]}.items():
            results = [probed("start", paths, environment) for _ in range(options.repeats)]
            figures[name] = medians(results)
    if options.tensorboard:
        times = [
            tensorboard_s(options.tensorboard, logdir, "layer00/loss")
            for _ in range(min(3, options.repeats))
        ]
        figures["tensorboard_100_mb_first_data_s"] = measure.rounded(statistics.median(times), 3)
        figures["times_faster"] = measure.rounded(
            statistics.median(times) / figures["100_mb"]["curve_s"], 3
        )
    measure.report("start", figures)


if __name__ == "__main__":
    main()
