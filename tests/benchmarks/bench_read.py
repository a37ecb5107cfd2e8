"""Reading scalars into the store: points per second, next to TensorBoard's two readers.

The files hold 2,000,000 scalars, in the form of PyTorch (v1) and of TensorFlow 2 (v2). Both CRCs
are checked and all points kept; TensorBoard's data server checks none unless told to.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tests.benchmarks import make_logs, measure

ALL_POINTS = ("--samples-per-plugin", "scalars=all")


def one_file(name: str, options: Any) -> dict[str, Any]:
    """Measure one file of 2,000,000 scalars, on one core."""
    logdir = make_logs.log(name, options.folder)
    measure.warm(logdir)
    _, points = measure.read_once(logdir, workers=1)
    actions: dict[str, Callable[[], float]] = {
        "eventglass": lambda: measure.read_once(logdir, workers=1)[0]
    }
    if options.tensorboard and (server := measure.data_server(options.tensorboard)):
        for way, arguments in {
            "data_server_sampling": (),
            "data_server_all_points": ALL_POINTS,
            "data_server_all_points_checksum": (*ALL_POINTS, "--checksum"),
        }.items():
            actions[way] = partial(load_cycle_s, server, logdir, *arguments)
    results = measure.compared(actions, options.repeats)
    if options.tensorboard and not options.quick:
        python = {"python_all_points": partial(measure.accumulator_s, options.tensorboard, logdir)}
        results |= measure.compared(python, 1)
    return {
        "points": points,
        "bytes": make_logs.size_bytes(logdir),
        **results,
        "points_per_s": measure.rounded(points / results["eventglass"]["median_s"], 3),
        "points_per_s_best": measure.rounded(points / results["eventglass"]["best_s"], 3),
        "times_faster_than": measure.ratios(results),
    }


def load_cycle_s(server: Path, logdir: Path, *arguments: str) -> float:
    """Return the load-cycle time of TensorBoard's data server."""
    return measure.load_cycle_s(server, logdir, *arguments)[0]


def two_files(options: Any) -> dict[str, Any]:
    """Measure two files with one worker and with two."""
    logdir = make_logs.log("2x2m_v1", options.folder)
    measure.warm(logdir)
    results = measure.compared(
        {
            "two_workers": lambda: measure.read_once(logdir, workers=2)[0],
            "one_worker": lambda: measure.read_once(logdir, workers=1)[0],
        },
        options.repeats,
    )
    return {**results, "speed_up": measure.ratios(results, "two_workers")["one_worker"]}


def main() -> None:
    """Measure and print."""
    parser = measure.parser(__doc__, repeats=7)
    parser.add_argument(
        "--quick", action="store_true", help="leave TensorBoard's Python reader out"
    )
    options = parser.parse_args()
    measure.report(
        "read",
        {
            "one_file_v1": one_file("2m_v1", options),
            "one_file_v2": one_file("2m_v2", options),
            "two_files": two_files(options),
        },
    )


if __name__ == "__main__":
    main()
