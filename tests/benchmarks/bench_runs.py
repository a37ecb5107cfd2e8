"""Opening logs of many runs: open to complete tree, and how that grows with the files."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from tests.benchmarks import make_logs, measure


def with_trees(logdir: Path) -> float:
    """Return the seconds from opening `logdir` to complete run and tag trees."""
    from eventglass.app.core.reader import Reader
    from eventglass.app.core.store import LogStore
    from eventglass.app.models.run_tree import RunTree
    from eventglass.app.models.tag_tree import TagTree

    raise NotImplementedError((time, Reader, LogStore, RunTree, TagTree))


def main() -> None:
    """Measure and print."""
    parser = measure.parser(__doc__, repeats=3)
    options = parser.parse_args()
    figures: dict[str, Any] = {}
    server = measure.data_server(options.tensorboard) if options.tensorboard else None
    for name in ("runs_1000", "files_1000", "files_10000"):
        logdir = make_logs.log(name, options.folder)
        measure.warm(logdir)
        took = measure.median_s(lambda logdir=logdir: measure.read_once(logdir)[0], options.repeats)
        figures[name] = {"eventglass": took}
        if server:
            theirs = measure.median_s(
                lambda logdir=logdir: measure.load_cycle_s(server, logdir)[0], options.repeats
            )
            figures[name]["tensorboard_data_server"] = theirs
            figures[name]["times_faster"] = measure.rounded(
                theirs["median_s"] / took["median_s"], 3
            )
    ten_times = figures["files_10000"]["eventglass"]["median_s"]
    figures["growth_at_ten_times_the_files"] = measure.rounded(
        ten_times / figures["files_1000"]["eventglass"]["median_s"], 3
    )
    measure.report("runs", figures)


if __name__ == "__main__":
    main()
