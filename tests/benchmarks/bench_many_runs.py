"""Gaps of the event loop with 1,000 runs of 10,000 points on a page of cards; prints JSON.

Run by hand: ``./dev bench many_runs``. Each action is done in a turn of the event loop; from then
on until everything is drawn and still, the time between turns is noted. ``gap_ms`` is that time as
the clock has it, which also counts what other programs and the painting threads take from the
window; ``busy_ms`` is what the window's own thread worked in that time. ``settled_ms`` is the time
to the last picture. Drawn by software.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from eventglass.app.core.names import Kind
from eventglass.app.core.store import LogStore
from eventglass.app.models.run_groups import RunGrouping
from eventglass.widgets.plots.chart import Chart
from tests.benchmarks.bench_cards import Bench
from tests.benchmarks.measure import report, rounded
from tests.benchmarks.window_probe import spread_ms

PROMISED = {"p99_ms": 16.0, "longest_ms": 50.0}
TICK_MS = 1
GROUPS = 50
#: Stacks of the window's thread are taken while a turn takes longer than this.
LONG_S = 0.012
GIVE_UP_S = 60.0


def make_store(tags: int, runs: int, points: int) -> LogStore:
    """Return a store of noisy lines, in folders of runs."""
    rng = np.random.default_rng(0)
    store = LogStore()
    root = store.add_root("/logs", "logs")
    steps = np.arange(points)
    walls = 1.7e9 + steps
    noise = rng.normal(size=2 * points)
    names = [(f"loss/tag {i:02}", Kind.SCALAR) for i in range(tags)]
    for number in range(runs):
        name = f"{number % GROUPS}/run{number}"
        run = store.add_run(root.id, f"/logs/{name}", name, f"/logs/{name}")
        for series in store.add_all_series(run.id, names):
            assert series is not None
            first = int(rng.integers(points))
            series.append(steps, walls, noise[first : first + points] + 4.0 + number / runs)
    return store


def make_turning_store(points: int) -> LogStore:
    """Return a store of a run whose tags go to and fro at every point."""
    rng = np.random.default_rng(0)
    store = LogStore()
    root = store.add_root("/logs", "logs")
    run = store.add_run(root.id, "/logs/run", "run", "/logs/run")
    steps = np.arange(points)
    for series in store.add_all_series(run.id, [(t, Kind.SCALAR) for t in ("loss", "rate")]):
        assert series is not None
        series.append(steps, 1.7e9 + steps, rng.normal(size=points))
    return store


class Watch:
    """Notes how long the turns of the event loop take, and what the long ones do."""

    def __init__(self, with_stacks: bool) -> None:
        self.gaps_s: list[float] = []
        self.busy_s: list[float] = []
        self.stacks: Counter[str] = Counter()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._last_s = self._last_busy_s = 0.0
        self._on = False
        self._main = threading.get_ident()
        if with_stacks:
            threading.Thread(target=self._look, daemon=True).start()

    def start(self) -> None:
        """Begin to note."""
        self.gaps_s, self.busy_s = [], []
        self.stacks.clear()
        self._last_s, self._last_busy_s = time.perf_counter(), time.thread_time()
        self._on = True
        self._timer.start()

    def stop(self) -> None:
        """Note no more."""
        self._on = False
        self._timer.stop()

    def _tick(self) -> None:
        now, busy = time.perf_counter(), time.thread_time()
        self.gaps_s.append(max(0.0, now - self._last_s - TICK_MS / 1000))
        self.busy_s.append(busy - self._last_busy_s)
        self._last_s, self._last_busy_s = now, busy

    def _look(self) -> None:
        while True:
            time.sleep(0.002)
            if self._on and time.perf_counter() - self._last_s > LONG_S:
                frame = sys._current_frames().get(self._main)
                names = [
                    f"{Path(f.filename).stem}:{f.name}:{f.lineno}"
                    for f in traceback.extract_stack(frame)
                    if f.name not in ("<module>", "main", "do", "settle")
                ]
                self.stacks[" < ".join(reversed(names[-6:]))] += 1


class ManyRuns(Bench):
    """The view of many runs, and a watch over its thread."""

    def __init__(self, store: LogStore, folder: Path, with_stacks: bool) -> None:
        super().__init__(store, folder)
        self.watch = Watch(with_stacks)

    def is_still(self) -> bool:
        """Return whether every card in view is drawn."""
        cards = self.view.cards()
        return self.view.is_settled() and all(
            card.chart.is_settled() and not self.context.lines.is_busy(card.tag) for card in cards
        )

    def settle(self, at_least_s: float = 0.0) -> None:
        """Let the event loop run until everything is drawn and has been for a while."""
        app = QApplication.instance()
        assert app is not None
        quiet_since = began = time.perf_counter()
        while time.perf_counter() - quiet_since < 0.25 or time.perf_counter() - began < at_least_s:
            app.processEvents()
            time.sleep(0.0002)
            if not self.is_still():
                quiet_since = time.perf_counter()
            if quiet_since - began > GIVE_UP_S:
                raise RuntimeError("The view did not settle")
        self.settled_s = quiet_since - began

    def do(self, action: Callable[[], object]) -> dict[str, Any]:
        """Do something and note what the event loop does until all is still again."""
        self.settle()
        gc.collect()
        self.watch.start()
        QTimer.singleShot(0, action)
        self.settle(
            3.0 if action in (self.hover, self.filter_letters, self.scroll, self.zoom) else 0.3
        )
        self.watch.stop()
        return {
            "gap_ms": spread_ms(self.watch.gaps_s),
            "busy_ms": spread_ms(self.watch.busy_s),
            "settled_ms": rounded(1000.0 * self.settled_s),
        }

    def filter_letters(self) -> None:
        """Type a filter of runs that ever fewer fit."""
        for i, text in enumerate(("r", "ru", "run", "run1", "run12", "")):
            QTimer.singleShot(120 * i, lambda text=text: self.edit(run_filter=text))

    def edit(self, **fields: Any) -> None:
        """Change the workspace."""
        self.workspace.edit("Bench", **fields)

    def scroll(self) -> None:
        """Turn the wheel down and up again, a notch each 16 ms."""
        bar = self.view.grid.verticalScrollBar()
        places = np.linspace(0, bar.maximum(), 60).astype(int).tolist()
        for i, place in enumerate((*places, *reversed(places))):
            QTimer.singleShot(16 * i, lambda place=place: bar.setValue(place))

    def hover(self) -> None:
        """Move the pointer over a chart, a place each 16 ms."""
        chart = self.view.cards()[0].chart
        view = chart.view()
        places = np.linspace(view.x0, view.x1, 60).tolist()
        for i, x in enumerate((*places, None)):
            QTimer.singleShot(16 * i, lambda x=x: chart.hovered.emit(x))

    def point(self) -> None:
        """Move the pointer over a chart, as the mouse does, a place each 16 ms."""
        chart = self.view.cards()[0].chart
        plot = chart.layout_now().plot
        for i in range(60):
            at = QPointF(plot.left() + plot.width() * (i + 1) / 62, plot.center().y())
            QTimer.singleShot(16 * i, lambda at=at: move_pointer(chart, at))

    def zoom(self) -> None:
        """Zoom one chart in and out, a step each 16 ms."""
        chart = self.view.cards()[0].chart
        centre = chart.layout_now().plot.center()
        for i in range(40):
            factor = 0.9 if i < 20 else 1.0 / 0.9
            QTimer.singleShot(
                16 * i, lambda factor=factor: chart.zoom_by(factor, centre, True, "left")
            )
        QTimer.singleShot(16 * 45, chart.fit)

    def actions(self) -> dict[str, Callable[[], object]]:
        """Return what is measured, in an order that begins and ends with single runs."""
        edit = self.edit
        grouped = RunGrouping(by="directory")
        return {
            "groups": lambda: edit(grouping=grouped),
            "single_runs": lambda: edit(grouping=RunGrouping()),
            "groups_with_members": lambda: edit(grouping=replace(grouped, show_members=True)),
            "single_runs_again": lambda: edit(grouping=RunGrouping()),
            "log_axis": lambda: edit(y_scale="log"),
            "linear_axis": lambda: edit(y_scale="linear"),
            "symlog_axis": lambda: edit(y_scale="symlog"),
            "outliers": lambda: edit(y_scale="linear", ignore_outliers=False),
            "wall_time": lambda: edit(x_axis="wall"),
            "step": lambda: edit(x_axis="step", ignore_outliers=True),
            "no_smoothing": lambda: edit(smoothing=0.0),
            "smoothing": lambda: edit(smoothing=0.6),
            "half_the_runs": lambda: edit(
                hidden_runs=frozenset(run.key for run in self.store.runs[::2])
            ),
            "all_runs": lambda: edit(hidden_runs=frozenset()),
            "hover_run": lambda: self.workspace.hover(7),
            "hover_none": lambda: self.workspace.hover(-1),
            "pointer": self.hover,
            "own_pointer": self.point,
            "filter_runs": self.filter_letters,
            "scrolling": self.scroll,
            "zooming": self.zoom,
        }


def move_pointer(chart: Chart, place: QPointF) -> None:
    """Send a movement of the pointer to a chart."""
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        place,
        chart.mapToGlobal(place),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(chart, event)


def over_a_tag(folder: Path, points: int, with_stacks: bool) -> dict[str, Any]:
    """Measure charts over another tag whose values go to and fro."""
    bench = ManyRuns(make_turning_store(points), folder, with_stacks)
    bench.build()
    figures = {
        "x_is_a_tag": bench.do(lambda: bench.edit(x_axis="tag", x_tag="rate", smoothing=0.0)),
        "pointer": bench.do(bench.point),
        "zooming": bench.do(bench.zoom),
        "smoothing": bench.do(lambda: bench.edit(smoothing=0.6)),
        "log_axis": bench.do(lambda: bench.edit(y_scale="log")),
        "back_to_steps": bench.do(lambda: bench.edit(x_axis="step")),
    }
    bench.view.close()
    bench.tasks.stop()
    return figures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tags", type=int, default=10)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--points", type=int, default=10_000)
    parser.add_argument("--only", nargs="*", default=())
    parser.add_argument("--turning", type=int, default=10_000_000, help="points over another tag")
    parser.add_argument("--stacks", action="store_true", help="say what long turns were at")
    given = parser.parse_args()
    application = QApplication.instance() or QApplication([])
    store = make_store(given.tags, given.runs, given.points)
    turning: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        bench = ManyRuns(store, Path(folder), given.stacks)
        # As in the window, where `models.garbage` collects, and threads take turns more often.
        sys.setswitchinterval(0.0005)
        gc.disable()
        gc.freeze()
        bench.build()
        figures: dict[str, Any] = {}
        for name, action in bench.actions().items():
            if not given.only or name in given.only:
                figures[name] = bench.do(action)
                if given.stacks:
                    busiest = bench.watch.stacks.most_common(12)
                    figures[name]["stacks"] = dict(busiest)
        bench.view.close()
        bench.tasks.stop()
        if given.turning and not given.only:
            turning = over_a_tag(Path(folder), given.turning, given.stacks)
    del application
    report(
        "many_runs",
        {
            "tags": given.tags,
            "runs": given.runs,
            "points_a_series": given.points,
            "promised": PROMISED,
            "figures": figures,
            "over_a_tag": {"points": given.turning, **turning},
            "missed": [
                name
                for name, found in figures.items()
                if found["gap_ms"]["longest"] > PROMISED["longest_ms"]
            ],
        },
    )


if __name__ == "__main__":
    main()
