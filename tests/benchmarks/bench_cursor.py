"""Time a move of the cursor over 12 charts of 20 runs; prints JSON, milliseconds.

Run by hand: ``python -m tests.benchmarks.bench_cursor``. A move is everything from the new x to
painted charts: the hovered chart's readings, tooltip and signals, and in the other eleven the
crosshair with a dot on every line.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QGridLayout, QWidget

from eventglass.app.core.compute import spans
from eventglass.app.core.compute.pyramid import build_pyramid
from eventglass.app.core.compute.ranges import as_pieces
from eventglass.app.core.compute.smoothing import smooth_series
from eventglass.widgets.plots.chart import Chart
from eventglass.widgets.plots.curve_data import CurveData

COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9")
CHARTS, RUNS = 12, 20
BOUNDS = {"move_12x20_of_10k": 16, "move_12x20_of_24_marked": 16}


def curves(points: int, seed: int) -> list[CurveData]:
    rng = np.random.default_rng(seed)
    steps = np.arange(points) * 10
    made = []
    for run in range(RUNS):
        values = np.exp(-np.arange(points) / points * 3) + rng.normal(0.0, 0.05, points)
        pieces = as_pieces(points)
        smoothed = smooth_series(values, pieces, 0.6)
        made.append(
            CurveData(
                seed * RUNS + run,
                f"run {run}",
                QColor(COLOURS[run % len(COLOURS)]),
                steps,
                1.7e9 + steps * 0.5,
                values,
                pieces,
                pyramid=build_pyramid(values),
                smoothed=None if smoothed is None else smoothed.values,
                smoothed_pyramid=None if smoothed is None else smoothed.pyramid,
            )
        )
    return made


def moves(app: QApplication, points: int, count: int) -> dict[str, float]:
    """Median and greatest time of a move, and the median share of the hovered chart."""
    window = QWidget()
    grid = QGridLayout(window)
    charts = []
    for place in range(CHARTS):
        chart = Chart(window)
        chart.set_curves(curves(points, place))
        grid.addWidget(chart, place // 4, place % 4)
        charts.append(chart)
    window.resize(1440, 900)
    window.show()
    for _ in range(5):
        app.processEvents()
    first, others = charts[0], charts[1:]
    plot = first.layout_now().plot
    taken, own = [], []
    for move in range(count):
        place = QPointF(plot.left() + 10 + (plot.width() - 20) * move / count, plot.center().y())
        begin = time.perf_counter()
        first._pointer = place
        first._follow_pointer()
        app.processEvents()
        between = time.perf_counter()
        x = first.layout_now().x_at(place.x())
        for chart in others:
            chart.set_crosshair(x)
        app.processEvents()
        taken.append((time.perf_counter() - begin) * 1e3)
        own.append((between - begin) * 1e3)
    window.close()
    window.deleteLater()
    return {
        "median": round(statistics.median(taken), 2),
        "greatest": round(max(taken[3:]), 2),
        "hovered_chart": round(statistics.median(own), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moves", type=int, default=100)
    options = parser.parse_args()
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    figures = {
        "move_12x20_of_10k": moves(app, 10_000, options.moves),
        "move_12x20_of_24_marked": moves(app, 24, options.moves),
    }
    print(
        json.dumps(
            {
                "what": f"{CHARTS} charts x {RUNS} runs, 1440 × 900, milliseconds",
                "machine": f"{platform.machine()}, {os.cpu_count()} cores",
                "compiled": spans.__file__.endswith((".so", ".pyd")),
                "figures": figures,
                "bounds": BOUNDS,
                "missed": [n for n, most in BOUNDS.items() if figures[n]["median"] > most],
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
