"""The graph view: a log with 100,000 operations until its first picture, and what follows.

``python -m tests.benchmarks.bench_graph_view``
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tests.benchmarks.measure import parser, report, rounded
from tests.widgets import graph_logs

if TYPE_CHECKING:
    from eventglass.widgets.views.graphs import GraphsView

#: Milliseconds until everything rested, and the longest gap.
Times = tuple[float, float]

OPS = ("MatMul", "Add", "Relu", "Mul", "Conv2D", "Identity")


def nodes_of(count: int, seed: int = 0) -> list[tuple[str, str, tuple[str, ...]]]:
    """Operations in scopes of 20,000, 1,000 and 50; each takes from the last and an earlier one."""
    rng = np.random.default_rng(seed)
    names: list[str] = []
    made = []
    for i in range(count):
        name = f"model/stack_{i // 20000}/block_{i // 1000 % 20}/layer_{i // 50 % 20}"
        name += f"/{OPS[i % 6]}_{i % 50}"
        inputs = names[-1:]
        if i > 60:
            inputs.append(names[int(rng.integers(i - 60, i - 1))])
        made.append((name, OPS[i % 6], tuple(inputs)))
        names.append(name)
    return made


def wide_group(
    view: GraphsView, place: Path, until_settled: Callable[[Callable[[], object]], Times]
) -> dict[str, float]:
    """Open groups of exactly 500 nodes with 1,500 edges, and of 5,000 with 15,000."""
    figures = {}
    rng = np.random.default_rng(1)
    for count in (500, 5000):
        nodes: list[tuple[str, str, tuple[str, ...]]] = [("x", "Placeholder", ())]
        nodes += [(f"x{i}", "Placeholder", ()) for i in range(3)]
        for i in range(count):
            near = {int(each) for each in rng.integers(max(i - 40, 0), i, 8)} if i else set()
            inputs = [f"wide/n{each}_" for each in sorted(near)[:3]]
            inputs += [f"x{each}" for each in range(3 - len(inputs))]
            nodes.append((f"wide/n{i}_", OPS[i % 6], tuple(inputs)))
        path = place.with_suffix(f".{count}.pb")
        path.write_bytes(graph_logs.graph_def(nodes).SerializeToString())
        until_settled(lambda path=path: view.open_path(path))  # type: ignore[misc]
        hierarchy = view.model.hierarchy
        assert hierarchy is not None
        item = hierarchy.find("wide")
        if view.model.is_open(item):
            until_settled(lambda item=item: view.model.toggle(item))  # type: ignore[misc]
        taken = until_settled(lambda item=item: view.model.toggle(item))  # type: ignore[misc]
        figures[f"wide_{count}"], figures[f"wide_{count}_gap"] = taken
        figures[f"wide_{count}_boxes"] = view.model.drawing.count
    return figures


def main() -> None:
    """Measure and print JSON; times in milliseconds."""
    options = parser(__doc__)
    options.add_argument("--nodes", type=int, default=100_000)
    arguments = options.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from eventglass.widgets.views.graphs import GraphsView

    application = QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        graph_logs.write_graph(place / "logs", "a", graph_logs.graph_def(nodes_of(arguments.nodes)))
        with graph_logs.graph_context(place / "logs", place / "settings.json") as context:
            view = GraphsView(context)
            view.resize(1200, 800)

            def until_settled(begin: Callable[[], object]) -> tuple[float, float]:
                """Milliseconds until everything rests, and the longest gap."""
                start = last = time.perf_counter()
                gap = 0.0
                begin()
                while True:
                    application.processEvents()
                    now = time.perf_counter()
                    gap, last = max(gap, now - last), now
                    if view.model.picture is not None and view.is_settled():
                        return 1000 * (now - start), 1000 * gap
                    time.sleep(0.001)

            def frames(move: Callable[[], object], times: int = 9) -> float:
                taken = []
                for _ in range(times):
                    start = time.perf_counter()
                    move()
                    view.canvas.repaint()
                    taken.append(1000 * (time.perf_counter() - start))
                return statistics.median(taken)

            figures: dict[str, float] = {}
            # The empty view is shown in one turn of the loop; what follows is the graph's.
            start = time.perf_counter()
            view.show()
            application.processEvents()
            figures["show"] = 1000 * (time.perf_counter() - start)
            rest, figures["first_gap"] = until_settled(lambda: None)
            figures["first_picture"] = figures["show"] + rest
            hierarchy = view.model.hierarchy
            assert hierarchy is not None
            stack = hierarchy.find("model/stack_0")
            block = hierarchy.find("model/stack_0/block_3")
            figures["open"], figures["open_gap"] = until_settled(lambda: view.model.toggle(stack))
            figures["open_1000"], figures["open_1000_gap"] = until_settled(
                lambda: view.model.open_all(block)
            )
            figures["open_5000"], figures["open_5000_gap"] = until_settled(
                lambda: view.model.open_all(stack)
            )
            figures["boxes"] = view.model.drawing.count
            view.canvas.fit()
            figures["frame_all"] = frames(view.canvas.repaint_all)
            figures["zoom"] = frames(lambda: view.canvas.zoom_by(1.1))
            figures["pan"] = frames(lambda: view.canvas.move_by(13, 7))
            start = time.perf_counter()
            view.search_for("block_1.*Relu_2")
            while view.finding.matches is None:
                application.processEvents()
            figures["search"] = 1000 * (time.perf_counter() - start)
            figures.update(wide_group(view, place / "wide", until_settled))
            view.close()
            view.deleteLater()
    report("graph view", {name: rounded(value) for name, value in figures.items()})


if __name__ == "__main__":
    main()
