"""Time a frame of the chart and a tick of the smoothing slider; prints JSON, milliseconds.

Run by hand: ``python -m tests.benchmarks.bench_draw``. A frame is everything between a changed
range and the finished picture of a 1440 × 900 chart: query, strokes, filling, axes, labels, blit.
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
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from eventglass.app.core.compute import spans
from eventglass.app.core.compute.pyramid import Pyramid, build_pyramid
from eventglass.app.core.compute.ranges import as_pieces
from eventglass.app.core.compute.smoothing import smooth_series
from eventglass.widgets.plots.chart import Chart
from eventglass.widgets.plots.curve_layer import CurveData, ViewRange

COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9")
BOUNDS = {
    "frame_10m": 10,
    "frame_100m": 12,
    "frame_100x10k": 20,
    "frame_1000x10k": 120,
    "smoothing_tick_10m": 60,
}


def make_curve(
    series_id: int, values: np.ndarray, pyramid: Pyramid | None, weight: float = 0.0
) -> CurveData:
    steps = np.arange(len(values))
    pieces = as_pieces(len(values))
    smoothed = smooth_series(values, pieces, weight)
    return CurveData(
        series_id,
        f"run {series_id}",
        QColor(COLOURS[series_id % len(COLOURS)]),
        steps,
        steps * 0.5,
        values,
        pieces,
        pyramid=pyramid,
        smoothed=smoothed.values if smoothed else None,
        smoothed_pyramid=smoothed.pyramid if smoothed else None,
    )


def frames(curves: list[CurveData], count: int) -> float:
    """Median time of a frame while panning and zooming."""
    chart = Chart()
    chart.resize(1440, 900)
    chart.set_curves(curves)
    length = len(curves[0].values)
    target = QImage(1440, 900, QImage.Format.Format_RGB32)
    chart.render(target)
    taken = []
    for frame in range(count):
        shift, span = length * 0.004 * frame, length * (0.9 - 0.002 * frame)
        begin = time.perf_counter()
        chart.set_view(ViewRange(shift, shift + span, -4.0, 4.0))
        chart.render(target)
        taken.append((time.perf_counter() - begin) * 1e3)
    chart.deleteLater()
    return statistics.median(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=15)
    parser.add_argument("--small", action="store_true", help="leave out the 100 M points")
    options = parser.parse_args()
    app = QApplication.instance() or QApplication([])
    rng = np.random.default_rng(0)
    result: dict[str, float] = {}

    values = rng.normal(size=10_000_000)
    begin = time.perf_counter()
    pyramid = build_pyramid(values)
    result["pyramid_million_points_per_s"] = 10 / (time.perf_counter() - begin)
    result["pyramid_bytes_per_point"] = pyramid.nbytes / len(values)
    curve = make_curve(0, values, pyramid)
    result["frame_10m"] = frames([curve], options.frames)
    result["frame_10m_smoothed"] = frames([make_curve(0, values, pyramid, 0.6)], options.frames)

    # A tick: filter 10 M points, their pyramid, and the frame that shows them.
    ticks = []
    for weight in (0.6, 0.61, 0.62, 0.9, 0.99):
        begin = time.perf_counter()
        smooth_series(values, curve.pieces, weight)
        ticks.append((time.perf_counter() - begin) * 1e3)
    result["smoothing_tick_10m"] = statistics.median(ticks) + result["frame_10m_smoothed"]
    del curve, values, pyramid

    if not options.small:
        # Ten times the same noise: the pyramid does not know.
        values = np.tile(rng.normal(size=10_000_000), 10)
        result["frame_100m"] = frames(
            [make_curve(0, values, build_pyramid(values))], options.frames
        )
        del values

    runs = [rng.normal(size=10_000) + np.sin(np.arange(10_000) / 1000 + i) for i in range(100)]
    built = [build_pyramid(run) for run in runs]
    hundred = [make_curve(i, runs[i], built[i]) for i in range(100)]
    result["frame_100x10k"] = frames(hundred, options.frames)
    result["frame_100x10k_smoothed"] = frames(
        [make_curve(i, runs[i], built[i], 0.6) for i in range(100)], options.frames
    )
    thousand = [make_curve(i, runs[i % 100], built[i % 100]) for i in range(1000)]
    result["frame_1000x10k"] = frames(thousand, options.frames)
    sparse = [make_curve(i, rng.normal(size=500), None) for i in range(100)]
    result["frame_100x500"] = frames(sparse, options.frames)
    smooth = [make_curve(i, np.sin(np.arange(10_000) / 900 + i) * 3, built[i]) for i in range(100)]
    for i, each in enumerate(smooth):
        smooth[i] = make_curve(i, each.values, build_pyramid(each.values))
    result["frame_100_smooth_x10k"] = frames(smooth, options.frames)

    report = {
        "what": "raster, 1440 × 900, milliseconds",
        "machine": f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores",
        "compiled": not str(spans.__file__).endswith(".py"),
        "figures": {name: round(value, 2) for name, value in result.items()},
        "bounds": BOUNDS,
        "missed": [
            name for name, bound in BOUNDS.items() if name in result and result[name] > bound
        ],
    }
    print(json.dumps(report, indent=2))
    app.quit()


if __name__ == "__main__":
    main()
