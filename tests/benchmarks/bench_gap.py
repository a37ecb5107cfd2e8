"""The window while 1 GB is read: gaps of the event loop, and frames of a panned chart."""

from __future__ import annotations

from typing import Any

from tests.benchmarks import make_logs, measure
from tests.benchmarks.bench_start import display, probed


def main() -> None:
    """Measure and print."""
    options = measure.parser(__doc__, repeats=1).parse_args()
    logdir = make_logs.log("1gb_v1", options.folder)
    measure.warm(logdir)
    figures: dict[str, Any] = {"bytes": make_logs.size_bytes(logdir)}
    with display() as environment:
        figures["gap"] = probed("gap", [logdir], environment)
        frames = probed("frames", [logdir], environment)
    busy, idle = frames["busy_ms"], frames["idle_ms"]
    figures["frames"] = frames
    figures["frame_while_reading_over_idle"] = {
        name: measure.rounded(busy[name] / idle[name], 3) for name in ("median", "p95")
    }
    measure.report("gap", figures)


if __name__ == "__main__":
    main()
