"""Opening logs of many runs: open to complete trees, and how that grows with the files."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from tests.benchmarks import make_logs, measure
from tests.benchmarks.bench_start import display, medians, probed


def main() -> None:
    """Measure and print."""
    options = measure.parser(__doc__, repeats=3).parse_args()
    server = measure.data_server(options.tensorboard) if options.tensorboard else None
    figures: dict[str, Any] = {}
    for name in ("runs_1000", "files_1000", "files_10000"):
        logdir = make_logs.log(name, options.folder)
        measure.warm(logdir)
        actions = {"eventglass": partial(_read_s, logdir)}
        if server:
            actions["data_server_sampling"] = partial(_load_cycle_s, server, logdir)
        results = measure.compared(actions, options.repeats)
        figures[name] = {**results, "times_faster_than": measure.ratios(results)}
    small, large = (figures[name]["eventglass"] for name in ("files_1000", "files_10000"))
    figures["growth_at_ten_times_the_files"] = {
        key: measure.rounded(large[key] / small[key], 3) for key in ("median_s", "best_s")
    }
    with display() as environment:
        for name in ("runs_1000", "files_10000"):
            logdir = make_logs.log(name, options.folder)
            results = [probed("trees", [logdir], environment) for _ in range(options.repeats)]
            figures[name]["window"] = {
                **medians(results),
                "runs": results[0]["runs"],
                "tags": results[0]["tags"],
            }
            figures[name]["window"]["open_to_trees_s"] = measure.rounded(
                figures[name]["window"]["settled_s"] - figures[name]["window"]["frame_s"], 3
            )
    measure.report("runs", figures)


def _read_s(logdir: Path) -> float:
    return measure.read_once(logdir)[0]


def _load_cycle_s(server: Path, logdir: Path) -> float:
    return measure.load_cycle_s(server, logdir)[0]


if __name__ == "__main__":
    main()
