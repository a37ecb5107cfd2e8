"""Time grouping 1,000 runs of 10,000 points; prints JSON, seconds.

Run by hand: ``./dev bench group``. ``same``: all runs have the same steps. ``near``: each has half
of them, at random. ``offset``: no two runs share a step. ``ratio`` is against NumPy's plain way for
the same steps (stack, mean or median, deviation), measured in the same run, and says how many times
longer that takes.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from eventglass.app.core.compute import gathering
from eventglass.app.core.compute.grouping import Member, group_lines
from tests.benchmarks import measure

PROMISED_S = 1.5


def members_of(kind: str, runs: int, points: int) -> list[Member]:
    """Make a group of noise."""
    rng = np.random.default_rng(0)
    made = []
    for run in range(runs):
        steps = np.arange(points)
        if kind == "near":
            steps = np.sort(rng.choice(2 * points, points, replace=False))
        elif kind == "offset":
            steps = steps * runs + run
        made.append(Member(steps, steps + 1.7e9, rng.normal(size=points)))
    return made


def best_s(work: Callable[[], object], repeats: int) -> float:
    """Shortest time of some."""
    taken = []
    for _ in range(repeats):
        begin = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begin)
    return measure.rounded(min(taken), 3)


def main() -> None:
    parser = measure.parser(__doc__, repeats=3)
    parser.add_argument("--small", action="store_true", help="100 runs, not 1,000")
    options = parser.parse_args()
    runs, points = (100 if options.small else 1_000), 10_000
    figures: dict[str, float] = {}
    plain: dict[str, float] = {}
    for kind in ("same", "near", "offset"):
        members = members_of(kind, runs, points)
        for align in ("exact", "interpolate"):
            for centre in ("mean", "median"):

                def work(
                    members: list[Member] = members, align: str = align, centre: str = centre
                ) -> object:
                    return group_lines(members, centre=centre, align=align, band="ci95")

                figures[f"{kind}_{align}_{centre}"] = best_s(work, options.repeats)
        if kind == "same":
            for centre in ("mean", "median"):
                average = np.mean if centre == "mean" else np.median

                def with_numpy(
                    members: list[Member] = members, average: Callable[..., object] = average
                ) -> object:
                    table = np.stack([member.values for member in members])
                    walls = np.stack([member.wall_times for member in members])
                    return average(table, axis=0), table.std(axis=0, ddof=1), walls.mean(axis=0)

                plain[centre] = best_s(with_numpy, options.repeats)
    measure.report(
        "group",
        {
            "unit": "seconds",
            "runs": runs,
            "points": points,
            "compiled": not str(gathering.__file__).endswith(".py"),
            "figures": figures,
            "numpy_same": plain,
            "ratio": {
                centre: measure.rounded(plain[centre] / figures[f"same_exact_{centre}"], 3)
                for centre in plain
            },
            "promised": PROMISED_S,
            "missed": [
                name
                for name, taken in figures.items()
                if taken > PROMISED_S and not name.startswith("offset_exact")
            ],
        },
    )


if __name__ == "__main__":
    main()
