"""Memory of the store: bytes per scalar point at 20,000,000 points, growth included.

Each measurement is a process of its own; what it took before reading is subtracted.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.benchmarks import make_logs, measure

_CHILD = """
import json, sys
from pathlib import Path
from eventglass.app.core.reader import Reader
from eventglass.app.core.store import LogStore
from tests.benchmarks.measure import memory_bytes

store = LogStore()
reader = Reader(store)
reader.start()
empty = memory_bytes("VmRSS")
reader.open(sys.argv[1])
reader.wait_until_settled(600)
points = reader.progress().points
reader.stop()
print(json.dumps({
    "points": points,
    "empty_bytes": empty,
    "full_bytes": memory_bytes("VmRSS"),
    "peak_bytes": memory_bytes("VmHWM"),
}))
"""


def ours(logdir: Path) -> dict[str, Any]:
    """Return the memory figures of one process that reads `logdir`."""
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, logdir], capture_output=True, text=True, check=True
    )
    figures: dict[str, Any] = json.loads(done.stdout)
    for name in ("full", "peak"):
        grown = figures[f"{name}_bytes"] - figures["empty_bytes"]
        figures[f"{name}_bytes_per_point"] = measure.rounded(grown / figures["points"], 4)
    return figures


def main() -> None:
    """Measure and print."""
    options = measure.parser(__doc__, repeats=1).parse_args()
    logdir = make_logs.log("20m_v1", options.folder)
    figures = {"eventglass": ours(logdir)}
    server = measure.data_server(options.tensorboard) if options.tensorboard else None
    if server:
        took, peak = measure.load_cycle_s(server, logdir, "--samples-per-plugin", "scalars=all")
        figures["tensorboard_data_server_all_points"] = {
            "load_cycle_s": measure.rounded(took),
            "peak_bytes": peak,
            "peak_bytes_per_point": measure.rounded(peak / figures["eventglass"]["points"]),
        }
    measure.report("memory", figures)


if __name__ == "__main__":
    main()
