"""Time grouping 1,000 runs of 10,000 points; prints JSON, seconds.

Run by hand: ``./dev bench group``. ``same``: all runs have the same steps. ``near``: each has half
of them, at random. ``offset``: no two runs share a step. ``ratio`` is against NumPy's plain way for
the same steps (stack, mean or median, deviation), measured in the same run, and says how many times
longer that takes. ``toggle_ms``: the window's own way, through the line book, once both were made:
the curves of a card with groups and without them, and the paint of a chart that follows.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication

from eventglass.app.core.compute import gathering
from eventglass.app.core.compute.grouping import Member, group_lines
from eventglass.app.core.names import Kind
from eventglass.app.core.store import LogStore
from eventglass.app.models.cards import card_of_tag
from eventglass.app.models.run_groups import RunGrouping
from eventglass.app.models.tasks import Tasks
from eventglass.app.models.theme import Theme
from eventglass.app.models.workspace import Workspace
from eventglass.widgets.plots.chart import Chart
from eventglass.widgets.plots.line_book import LineBook
from tests.benchmarks import measure

PROMISED_S = 1.5
#: From the choice to the curves of the chart.
PROMISED_TOGGLE_MS = 50.0
GROUPS = 50
TOGGLES = 9


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


def toggles(runs: int, points: int) -> dict[str, float]:
    """Group the runs of a card and draw them singly again, median milliseconds."""
    app = QApplication.instance() or QApplication([])
    store = LogStore()
    root = store.add_root("/logs", "logs")
    rng = np.random.default_rng(0)
    for i in range(runs):
        name = f"{i % GROUPS}/{i}"
        run = store.add_run(root.id, f"/logs/{name}", name, f"/logs/{name}")
        series = store.add_series(run.id, "loss", Kind.SCALAR)
        assert series is not None
        steps = np.arange(points)
        series.append(steps, steps + 1.7e9, rng.normal(size=points))
    workspace, tasks = Workspace(store, Theme("light")), Tasks()
    lines, card, chart = LineBook(store, workspace, tasks), card_of_tag("loss"), Chart()
    chart.resize(900, 500)
    taken: dict[str, list[float]] = {}
    singly, grouped = RunGrouping(), RunGrouping(by="directory")
    for turn in range(TOGGLES + 1):
        for name, grouping in (("groups", grouped), ("runs", singly)):
            begin = time.perf_counter()
            workspace.edit("Group", grouping=grouping)
            curves = lines.curves(card)
            chart.set_curves(curves)
            made = time.perf_counter()
            chart.grab()
            painted = time.perf_counter()
            while lines.is_busy(card.key):
                QCoreApplication.processEvents()
            chart.set_curves(lines.curves(card))
            if turn:
                taken.setdefault(f"{name}_curves", []).append(1000.0 * (made - begin))
                taken.setdefault(f"{name}_paint", []).append(1000.0 * (painted - made))
    tasks.stop()
    chart.deleteLater()
    app.processEvents()
    return {name: measure.rounded(statistics.median(each), 3) for name, each in taken.items()}


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
    toggle = toggles(runs, points)
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
            "toggle_ms": toggle,
            "promised_toggle_ms": PROMISED_TOGGLE_MS,
            "missed": [
                name
                for name, taken in figures.items()
                if taken > PROMISED_S and not name.startswith("offset_exact")
            ]
            + [
                name
                for name, taken in toggle.items()
                if name.endswith("_curves") and taken > PROMISED_TOGGLE_MS
            ],
        },
    )


if __name__ == "__main__":
    main()
