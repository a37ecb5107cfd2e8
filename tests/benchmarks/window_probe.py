"""Runs the real window in this process, with marks at the moments that are measured.

    python -m tests.benchmarks.window_probe MODE [PATH …]

Prints one JSON object when the window has settled, and ends. MODE is

``start``
    seconds since EVENTGLASS_STARTED (``time.monotonic`` of the parent): the frame painted, the
    whole window painted, the first curve painted, everything read
``trees``
    the same, and the rows of runs and tags when everything was read
``gap``
    milliseconds between turns of the event loop while PATH is read
``frames``
    milliseconds of one repainted chart while PATH is read, and when it has been
"""

from __future__ import annotations

import functools
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eventglass.app.models.session import Session
    from eventglass.widgets.main_window import MainWindow

GIVE_UP_S = 300
GAP_TICK_MS = 2
FRAME_TICK_MS = 40
IDLE_FRAMES = 100


def since_start() -> float:
    """Return the seconds since the parent started this process."""
    return time.monotonic() - float(os.environ["EVENTGLASS_STARTED"])


class Probe:
    """Marks of one window."""

    def __init__(self, mode: str, session: Session, window: MainWindow) -> None:
        self.mode = mode
        self.session = session
        self.window = window
        self.marks: dict[str, Any] = {}
        self.times_s: list[float] = []
        self.idle_s: list[float] = []
        self._complete = window.complete
        window.complete = self.complete  # type: ignore[method-assign]

    def mark(self, name: str) -> None:
        """Note the first time that something happened."""
        self.marks.setdefault(name, since_start())

    def complete(self) -> None:
        """Stand in for the window's method of this name, which follows its first paint."""
        from PySide6.QtCore import QTimer

        self.mark("frame_s")
        from eventglass.widgets.plots.chart import Chart

        painted = Chart.paintEvent

        @functools.wraps(painted)
        def paint(chart: Chart, event: Any) -> None:
            painted(chart, event)
            if "curve_s" not in self.marks and any(len(c.steps) for c in chart.curves()):
                # Painted into the buffer; on the screen once this turn of the loop is over.
                self.marks["curve_s"] = 0.0
                QTimer.singleShot(0, lambda: self.marks.update(curve_s=since_start()))

        Chart.paintEvent = paint  # type: ignore[method-assign]
        self._complete()
        self._after_turns(3, lambda: self.mark("whole_s"))
        self.session.feed.settled.connect(self.settled)
        if self.mode in ("gap", "frames"):
            self._start_ticking()
        QTimer.singleShot(GIVE_UP_S * 1000, lambda: os._exit(3))

    def _after_turns(self, turns: int, action: Callable[[], None]) -> None:
        from PySide6.QtCore import QTimer

        if turns == 0:
            action()
        else:
            QTimer.singleShot(0, lambda: self._after_turns(turns - 1, action))

    def _start_ticking(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._gap if self.mode == "gap" else self._frame)
        self._timer.start(GAP_TICK_MS if self.mode == "gap" else FRAME_TICK_MS)
        self._last_s = time.perf_counter()

    def _gap(self) -> None:
        now = time.perf_counter()
        self.times_s.append(max(0.0, now - self._last_s - GAP_TICK_MS / 1000))
        self._last_s = now

    def _frame(self) -> None:
        chart = self._chart()
        if chart is None:
            return
        began = time.perf_counter()
        chart.repaint()
        took = time.perf_counter() - began
        if "settled_s" not in self.marks:
            self.times_s.append(took)
            return
        self.idle_s.append(took)
        if len(self.idle_s) >= IDLE_FRAMES:
            self.finish()

    def _chart(self) -> Any:
        from eventglass.widgets.plots.chart import Chart

        charts = [c for c in self.window.findChildren(Chart) if c.isVisible() and c.curves()]
        if not charts:
            return None
        # Dirty, or it would only be copied from its picture.
        chart = charts[0]
        view = chart.full_range()
        width = view.x1 - view.x0
        self._turn = getattr(self, "_turn", 0) + 1
        shift = (self._turn % 10) * 0.003 * width
        chart.set_view(type(view)(view.x0 + shift, view.x1 + shift, view.y0, view.y1))
        return chart

    def settled(self) -> None:
        """Take note that everything has been read and told to the window."""
        from PySide6.QtCore import QTimer

        self.mark("settled_s")
        self.marks["points"] = self.session.reader.progress().points
        if self.mode != "frames":
            QTimer.singleShot(400, self._finish_when_painted)

    def _finish_when_painted(self) -> None:
        from PySide6.QtCore import QTimer

        if self.marks.get("curve_s"):
            self.finish()
        else:
            QTimer.singleShot(20, self._finish_when_painted)

    def finish(self) -> None:
        """Print the marks and end the process."""
        if self.mode == "trees":
            self.marks["runs"] = len(self.session.store.open_runs())
            self.marks["tags"] = len(self.window.tags_panel.rows.tags())
        if self.times_s:
            self.marks["busy_ms"] = spread_ms(self.times_s)
        if self.idle_s:
            self.marks["idle_ms"] = spread_ms(self.idle_s)
        sys.stdout.write(json.dumps(self.marks) + "\n")
        sys.stdout.flush()
        os._exit(0)


def spread_ms(times_s: Sequence[float]) -> dict[str, float]:
    """Return median, 99th percentile and longest in milliseconds, and the number of times."""
    in_order = sorted(times_s)
    at = [0.5, 0.95, 0.99]
    found = [in_order[min(len(in_order) - 1, int(p * len(in_order)))] for p in at]
    names = ["median", "p95", "p99"]
    figures = {n: round(1000 * t, 2) for n, t in zip(names, found, strict=True)}
    return {**figures, "longest": round(1000 * in_order[-1], 2), "count": len(in_order)}


def main() -> None:
    """Run the window as the command line does."""
    mode, *paths = sys.argv[1:]
    from eventglass.app import main as composition

    make = composition._window

    def window(session: Session) -> MainWindow:
        made = make(session)
        Probe(mode, session, made)
        if not paths:
            from PySide6.QtCore import QTimer

            QTimer.singleShot(1500, made, made.complete)
        return made

    composition._window = window
    composition.run_window(paths)


if __name__ == "__main__":
    main()
