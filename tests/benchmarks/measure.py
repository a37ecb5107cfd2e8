"""What the measurements share: medians, ratios, TensorBoard's readers, the JSON they print."""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

SCALE_S = {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1.0}


def parser(module_docstring: str | None, repeats: int = 5) -> argparse.ArgumentParser:
    """Return an argument parser with the options that all benchmarks have."""
    made = argparse.ArgumentParser(description=(module_docstring or "").splitlines()[0])
    made.add_argument(
        "--tensorboard",
        type=Path,
        default=os.environ.get("EVENTGLASS_BENCH_TENSORBOARD") or None,
        metavar="PYTHON",
        help="a Python that has TensorBoard; without one only own figures are measured",
    )
    made.add_argument("--repeats", type=int, default=repeats)
    made.add_argument("--folder", type=Path, help="where the synthetic logs are kept")
    return made


def machine() -> dict[str, Any]:
    """Return what the figures depend on."""
    model = platform.processor()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        found = re.search(r"model name\s*: (.*)", cpuinfo.read_text())
        model = found.group(1) if found else model
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
        "system": platform.platform(terse=True),
    }


def report(name: str, figures: Mapping[str, Any]) -> None:
    """Print the figures of one benchmark as JSON."""
    json.dump({"benchmark": name, "machine": machine(), **figures}, sys.stdout, indent=2)
    sys.stdout.write("\n")
    sys.stdout.flush()


def rounded(value: float, digits: int = 4) -> float:
    """Return `value` with so many significant digits."""
    return float(f"{value:.{digits}g}")


def compared(
    actions: Mapping[str, Callable[[], float]], repeats: int
) -> dict[str, dict[str, float]]:
    """Return median and best, in seconds, of what each action returns.

    The actions take turns, so that a busy spell of the machine falls on all of them.
    """
    times: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(max(1, repeats)):
        for name, action in actions.items():
            times[name].append(action())
    return {
        name: {"median_s": rounded(statistics.median(t)), "best_s": rounded(min(t))}
        for name, t in times.items()
    }


def warm(folder: Path) -> None:
    """Read all files once, so that no measurement waits for the disk."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb", buffering=0) as file:
                while file.read(1 << 24):
                    pass


def ratios(results: Mapping[str, Mapping[str, float]], ours: str = "eventglass") -> dict[str, Any]:
    """Return how many times longer than `ours` the others take, by median and by best."""
    return {
        name: {
            "by_median": rounded(result["median_s"] / results[ours]["median_s"], 3),
            "by_best": rounded(result["best_s"] / results[ours]["best_s"], 3),
        }
        for name, result in results.items()
        if name != ours
    }


# --- TensorBoard ----------------------------------------------------------------------------------


def data_server(python: Path) -> Path | None:
    """Return TensorBoard's Rust data server, or None where it isn't installed."""
    code = "import tensorboard_data_server as t; print(t.server_binary() or '')"
    found = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    path = found.stdout.strip()
    return Path(path) if path else None


def load_cycle_s(server: Path, logdir: Path, *options: str) -> tuple[float, float]:
    """Return the server's own load-cycle time, and its peak memory in bytes.

    ``--reload once`` loads everything one time, as ``tensorboard --logdir`` does at its start.
    """
    command = [server, "--logdir", logdir, "--reload", "once", "--port", "0", "-v"]
    process = subprocess.Popen(
        [*command, "--die-after-stdin", *options],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stderr is not None
    assert process.stdin is not None
    took = peak = 0.0
    try:
        for line in process.stderr:
            if found := re.search(r"Finished load cycle \(([\d.]+)(ns|µs|ms|s)\)", line):
                took = float(found.group(1)) * SCALE_S[found.group(2)]
                peak = memory_bytes("VmHWM", process.pid)
                break
    finally:
        process.stdin.close()
        process.stderr.read()
        process.wait(timeout=60)
    if not took:
        raise RuntimeError("TensorBoard's data server said nothing about its load cycle")
    return took, peak


_ACCUMULATE = """
import sys, time
from tensorboard.backend.event_processing import event_multiplexer, event_accumulator
everything = {kind: 0 for kind in event_accumulator.DEFAULT_SIZE_GUIDANCE}
started = time.perf_counter()
multiplexer = event_multiplexer.EventMultiplexer(size_guidance=everything)
multiplexer.AddRunsFromDirectory(sys.argv[1])
multiplexer.Reload()
print(time.perf_counter() - started)
"""


def accumulator_s(python: Path, logdir: Path) -> float:
    """Return the seconds TensorBoard's Python reader takes to keep all points of `logdir`."""
    done = subprocess.run(
        [python, "-W", "ignore", "-c", _ACCUMULATE, logdir],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout.split()[-1])


# --- Eventglass -----------------------------------------------------------------------------------


def memory_bytes(field: str = "VmRSS", pid: int | str = "self") -> float:
    """Return a figure of ``/proc/PID/status`` in bytes, 0 where there is no such thing."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = re.search(rf"{field}:\s*(\d+) kB", status)
    return float(found.group(1)) * 1024 if found else 0.0


def read_once(logdir: Path, workers: int | None = None) -> tuple[float, int]:
    """Read `logdir` into a new store; return the seconds it took and the number of points."""
    from eventglass.app.core.reader import Reader, without_collector
    from eventglass.app.core.store import LogStore

    store = LogStore()
    reader = Reader(store, workers=workers)
    with without_collector():  # as `load` does
        started = time.perf_counter()
        reader.open(str(logdir))
        reader.start()
        if not reader.wait_until_settled(600):
            raise RuntimeError("The log was not read within ten minutes")
        took = time.perf_counter() - started
    points = reader.progress().points
    reader.stop()
    if store.problems:
        raise RuntimeError(f"The log is damaged: {store.problems[0]}")
    return took, points
