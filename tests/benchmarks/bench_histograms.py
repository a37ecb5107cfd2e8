"""Histograms: 500 tags of 1,000 steps; how long a card takes, and what is kept in memory.

``python -m tests.benchmarks.bench_histograms``
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.benchmarks.make_logs import event_file_name, field, file_start, framed, varint
from tests.benchmarks.measure import memory_bytes, parser, read_once, report, rounded

START_S = 1.7e9
BUCKETS = 30


def write_histograms(
    file: Path, tags: int, steps: int, *, seed: int = 0, stride: int = 10, name: str = "weights"
) -> None:
    """Write an event file of new-style histograms whose values drift and spread."""
    rng = np.random.default_rng(seed)
    number = np.arange(steps)
    with file.open("wb") as stream:
        stream.write(file_start())
        for tag in range(tags):
            centre = 0.04 * np.cumsum(rng.normal(size=steps)) / np.sqrt(number + 1.0)
            centre += rng.normal() * 0.05
            width = 0.03 + 0.05 * np.sqrt(number / steps) * rng.uniform(0.5, 1.5)
            edges = centre[:, None] + width[:, None] * np.linspace(-3.5, 3.5, BUCKETS + 1)
            middles = np.linspace(-3.4, 3.4, BUCKETS)
            skew = rng.uniform(-0.6, 0.6)
            density = np.exp(-0.5 * (middles - skew) ** 2)
            counts = rng.poisson(4000.0 * density / density.sum() * 4.0, (steps, BUCKETS))
            buckets = np.stack([edges[:, :-1], edges[:, 1:], counts], axis=2).astype("<f4")
            stream.write(_records(f"{name}/layer_{tag}", buckets, number * stride))


def _records(tag: str, buckets: np.ndarray, steps: np.ndarray) -> bytes:  # type: ignore[type-arg]
    """Records of equal length, made for all steps at once."""
    content = buckets.reshape(len(buckets), -1).view(np.uint8)
    shape = b"".join(field(2, b"\x08" + bytes([size])) for size in (BUCKETS, 3))
    tensor_head = b"\x08\x01" + field(2, shape) + b"\x22" + varint(content.shape[1])
    tensor = len(tensor_head) + content.shape[1]
    plugin = field(1, field(1, b"histograms"))
    before = field(1, tag.encode()) + field(9, plugin)
    value = len(before) + 1 + len(varint(tensor)) + tensor
    summary = 1 + len(varint(value)) + value
    head = b"\x2a" + varint(summary) + b"\x0a" + varint(value) + before
    head += b"\x42" + varint(tensor) + tensor_head
    walls = (START_S + steps * 1.5).astype("<f8").view(np.uint8).reshape(len(steps), 8)
    rows = [
        np.full((len(steps), 1), 9, np.uint8),
        walls,
        np.full((len(steps), 1), 16, np.uint8),
        _padded(steps),
        np.broadcast_to(np.frombuffer(head, np.uint8), (len(steps), len(head))),
        content,
    ]
    return framed(np.concatenate(rows, axis=1))


def _padded(steps: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    """Varints of five bytes each."""
    shifted = steps[:, None] >> np.array([0, 7, 14, 21, 28])
    return ((shifted & 127) | np.array([128, 128, 128, 128, 0])).astype(np.uint8)


def _median_ms(work: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        times.append(1000.0 * (time.perf_counter() - began))
    return rounded(statistics.median(times))


def main() -> None:
    """Measure and print."""
    made = parser(__doc__)
    made.add_argument("--tags", type=int, default=500)
    made.add_argument("--steps", type=int, default=1000)
    options = made.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QColor, QImage
    from PySide6.QtWidgets import QApplication

    from eventglass.app.core.reader import Reader
    from eventglass.app.core.store import LogStore
    from eventglass.app.models.histogram_data import BUDGET_BYTES, HistogramBook, read
    from eventglass.app.models.tasks import Tasks
    from eventglass.app.models.theme import Theme
    from eventglass.app.models.workspace import Workspace
    from eventglass.widgets.plots.histogram_plot import HistogramPlot
    from eventglass.widgets.plots.histogram_scene import HistogramLine, HistogramLook

    _application = QApplication.instance() or QApplication([])
    figures: dict[str, object] = {"tags": options.tags, "steps": options.steps}
    with tempfile.TemporaryDirectory() as folder:
        write_histograms(Path(folder) / event_file_name(), options.tags, options.steps)
        figures["log_mb"] = rounded(
            sum(file.stat().st_size for file in Path(folder).iterdir()) / 1e6
        )
        figures["read_s"] = rounded(read_once(Path(folder))[0])
        store = LogStore()
        reader = Reader(store)
        reader.start()
        reader.open(folder)
        reader.wait_until_settled(600.0)
        series = list(store.series)
        figures["decode_ms"] = _median_ms(lambda: read(store, series[0], "hide"), options.repeats)
        loaded = read(store, series[0], "hide")
        line = HistogramLine(0, 0, "run", QColor("#0072b2"), loaded.stack)
        for name, size in (("card", (420, 220)), ("full", (1400, 760))):
            for mode in ("heat", "ridge", "overlay", "step"):
                plot = HistogramPlot()
                plot.resize(*size)
                plot.set_look(HistogramLook(mode=mode))  # type: ignore[arg-type]
                image = QImage(*size, QImage.Format.Format_RGB32)

                def draw(plot: HistogramPlot = plot, image: QImage = image) -> None:
                    # Without what is known of the histograms: they are brought to bins as well.
                    plot.set_lines(())
                    plot.set_lines([line], loaded.range_of(0.1))
                    plot.render(image)

                figures[f"{mode}_{name}_ms"] = _median_ms(draw, options.repeats)
        # All cards one after the other, as scrolling through them does.
        tasks = Tasks()
        book = HistogramBook(store, Workspace(store, Theme("light")), tasks)
        before = memory_bytes()
        began = time.perf_counter()
        for one in series:
            book.hold(one.id)
            book._keep(one.id, read(store, one, "hide"))
            book.let_go(one.id)
        figures["all_cards_s"] = rounded(time.perf_counter() - began)
        figures["kept_mb"] = rounded(book.size_bytes / 1e6)
        figures["budget_mb"] = rounded(BUDGET_BYTES / 1e6)
        figures["grown_mb"] = rounded((memory_bytes() - before) / 1e6)
        tasks.stop()
        reader.stop()
    report("histograms", figures)


if __name__ == "__main__":
    main()
