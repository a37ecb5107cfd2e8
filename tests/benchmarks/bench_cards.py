"""Time the scalars view with very many cards: building, scrolling, linked cursor, memory.

Run by hand: ``python -m tests.benchmarks.bench_cards``. Prints JSON. A frame is a turn of the wheel
or of the scroll bar and everything that follows from it until the picture is finished, drawn by
software: moving cards, binding new ones, making their lines, painting.
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from eventglass.app.core.names import Kind
from eventglass.app.core.store import LogStore
from eventglass.app.models.commands import Commands
from eventglass.app.models.payloads import Payloads
from eventglass.app.models.settings import Settings
from eventglass.app.models.tasks import Tasks
from eventglass.app.models.theme import Theme
from eventglass.app.models.workspace import Workspace
from eventglass.widgets.plots.line_book import LineBook
from eventglass.widgets.view import ViewContext
from eventglass.widgets.views.scalars import ScalarsView
from tests.benchmarks.measure import report, rounded

BOUNDS = {"build_ms": 300, "frames_a_second": 30}
#: What a wheel sends for one notch.
NOTCH = QPoint(0, -120)


def make_store(tags: int, runs: int, points: int) -> LogStore:
    """Return a store of noisy lines, in groups of twenty tags."""
    rng = np.random.default_rng(0)
    store = LogStore()
    root = store.add_root("/logs", "logs")
    steps = np.arange(points) * 10
    names = [(f"group {i // 20:03}/tag {i:04}", Kind.SCALAR) for i in range(tags)]
    for number in range(runs):
        run = store.add_run(root.id, f"/logs/run{number}", f"run{number}", f"/logs/run{number}")
        for series in store.add_all_series(run.id, names):
            assert series is not None
            values = np.cumsum(rng.normal(size=points)) / 10
            series.append(steps, 1.7e9 + steps, values)
    return store


def resident_bytes() -> int:
    """Return what this process has in memory."""
    fields = Path("/proc/self/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")


class Bench:
    """The view on a store, in a window of its own."""

    def __init__(self, store: LogStore, folder: Path) -> None:
        self.store = store
        self.tasks = Tasks()
        theme = Theme("light")
        self.workspace = Workspace(store, theme)
        self.workspace.take_changes(store.take_changes())
        lines = LineBook(store, self.workspace, self.tasks)
        self.context = ViewContext(
            store,
            self.workspace,
            Settings(folder / "settings.json"),
            self.tasks,
            Commands(),
            theme,
            lines,
            Payloads(store, self.tasks, 1 << 24),
        )

    def build(self) -> float:
        """Make and show the view; return the seconds to its first whole frame."""
        began = time.perf_counter()
        self.view = ScalarsView(self.context)
        self.view.resize(1160, 800)
        self.view.show()
        QApplication.processEvents()
        took = time.perf_counter() - began
        self.settle()
        return took

    def settle(self) -> None:
        """Wait until every card in view is drawn."""
        quiet = 0
        while quiet < 20:
            QApplication.processEvents()
            quiet = quiet + 1 if self.view.is_settled() else 0
            time.sleep(0.002)

    def frame(self, move: Any) -> float:
        """Return the seconds of one frame."""
        began = time.perf_counter()
        move()
        QApplication.processEvents()
        return time.perf_counter() - began

    def turn_wheel(self) -> None:
        """Send one notch of the wheel to the middle of the view."""
        viewport = self.view.grid.viewport()
        place = QPointF(viewport.rect().center())
        event = QWheelEvent(
            place,
            QPointF(viewport.mapToGlobal(place.toPoint())),
            QPoint(),
            NOTCH,
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(viewport, event)

    def wheel(self, count: int) -> dict[str, float]:
        """Turn the wheel, a notch a frame."""
        self.view.grid.verticalScrollBar().setValue(0)
        self.settle()
        return summary([self.frame(self.turn_wheel) for _ in range(count)])

    def drag(self, count: int) -> dict[str, float]:
        """Draw the scroll bar from one end to the other."""
        bar = self.view.grid.verticalScrollBar()
        bar.setValue(0)
        self.settle()
        places = np.linspace(0, bar.maximum(), count).astype(int).tolist()
        return summary([self.frame(lambda at=at: bar.setValue(at)) for at in places])

    def cursor(self, count: int) -> dict[str, float]:
        """Move the pointer over one chart while all others follow."""
        self.view.grid.verticalScrollBar().setValue(0)
        self.settle()
        cards = self.view.cards()
        view = cards[0].chart.view()
        places = np.linspace(view.x0, view.x1, count).tolist()
        found = summary([self.frame(lambda x=x: cards[0].chart.hovered.emit(x)) for x in places])
        return {"charts": len(cards), "lines": len(cards[0].chart.curves()), **found}

    def memory(self, screens: int) -> dict[str, float]:
        """Look at every screen of cards for a moment; return what stays of each card."""
        bar = self.view.grid.verticalScrollBar()
        seen: set[str] = set()

        def look(first: int, last: int) -> int:
            for screen in range(first, last):
                bar.setValue(screen * bar.pageStep())
                self.settle()
                seen.update(card.tag for card in self.view.cards())
            gc.collect()
            return resident_bytes()

        # The first screens fill what is kept for lines out of view.
        before = look(0, screens)
        known = len(seen)
        after = look(screens, 3 * screens)
        cards = len(seen) - known
        return {
            "cards_seen": cards,
            "kb_a_card": rounded((after - before) / 1024 / max(cards, 1)),
            "widgets": len(self.view.grid.all_cards()),
        }


def summary(times_s: list[float]) -> dict[str, float]:
    """Frames a second by the median, and how long the slowest ones took."""
    ordered = sorted(times_s)
    middle = statistics.median(ordered)
    return {
        "frames_a_second": rounded(1.0 / middle),
        "mean_frames_a_second": rounded(len(ordered) / sum(ordered)),
        "median_ms": rounded(1000 * middle),
        "p95_ms": rounded(1000 * ordered[int(0.95 * (len(ordered) - 1))]),
        "worst_ms": rounded(1000 * ordered[-1]),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tags", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--points", type=int, default=100)
    parser.add_argument("--frames", type=int, default=200)
    given = parser.parse_args()
    application = QApplication.instance() or QApplication([])
    store = make_store(given.tags, given.runs, given.points)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(store, Path(folder))
        gc.collect()
        gc.freeze()
        figures: dict[str, Any] = {
            "tags": given.tags,
            "runs": given.runs,
            "points_a_series": given.points,
            "bounds": BOUNDS,
            "build_ms": rounded(1000 * bench.build()),
            "wheel": bench.wheel(given.frames),
            "scroll_bar": bench.drag(given.frames),
            "linked_cursor": bench.cursor(60),
            "memory": bench.memory(12),
        }
        bench.view.close()
        bench.tasks.stop()
    del application
    report("cards", figures)


if __name__ == "__main__":
    main()
