"""Time the images view: ten thousand images, steps in full, sixteen tiles, memory.

Run by hand: ``python -m tests.benchmarks.bench_images``. Prints JSON. A frame is a turn of the
wheel, a move of the pointer or another step, and everything that follows from it until the picture
is finished, drawn by software.
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import struct
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from eventglass.app.core.reader import Reader
from eventglass.app.core.scanner import masked_crc
from eventglass.app.core.store import LogStore
from eventglass.app.models.commands import Commands
from eventglass.app.models.image_rows import ImageRef
from eventglass.app.models.payloads import Payloads
from eventglass.app.models.settings import Settings
from eventglass.app.models.tasks import Tasks
from eventglass.app.models.theme import Theme
from eventglass.app.models.workspace import Workspace
from eventglass.widgets.plots.line_book import LineBook
from eventglass.widgets.view import ViewContext
from eventglass.widgets.views.images import ImagesView
from tests.benchmarks.make_logs import field, file_start
from tests.benchmarks.measure import report, rounded

BOUNDS = {
    "gallery_ms": 1000,
    "frames_a_second": 30,
    "step_ms": 40,
    "tiles_frame_ms": 33,
    "bytes_per_image": 100,
}
#: Pictures that differ; more would only make the log larger.
DISTINCT = 64


def png(pixels: npt.NDArray[np.uint8]) -> bytes:
    """Return pixels (h, w, 3) encoded as PNG."""
    height, width, _channels = pixels.shape
    rows = np.concatenate([np.zeros((height, 1), np.uint8), pixels.reshape(height, -1)], axis=1)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(rows.tobytes(), 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def picture(width: int, height: int, seed: int) -> npt.NDArray[np.uint8]:
    """Return a picture as models make them: smooth, with noise, (h, w, 3) uint8."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    waves = np.sin(x / 40 + seed)[..., None] * 60 + np.cos(y / 30 - seed)[..., None] * 50
    noise = rng.normal(0, 4, (height, width, 3))
    return np.clip(128 + waves * np.array([1.0, 0.7, -0.5]) + noise, 0, 255).astype(np.uint8)


def event(step: int, tag: bytes, width: int, height: int, data: bytes) -> bytes:
    """Return an Event with one old-style image."""
    image = b"\x08" + _varint(height) + b"\x10" + _varint(width) + b"\x18\x03" + field(4, data)
    value = field(1, tag) + field(4, image)
    wall = struct.pack("<d", 1.7e9 + step)
    return b"\x09" + wall + b"\x10" + _varint(step) + field(5, field(1, value))


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes((*out, value))


def write_log(folder: Path, tags: dict[str, tuple[int, int, int]]) -> None:
    """Write a run; `tags` give number of images, width, height."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "events.out.tfevents.1700000000.host", "wb") as stream:
        stream.write(file_start())
        for tag, (count, width, height) in tags.items():
            kinds = [png(picture(width, height, i)) for i in range(min(count, DISTINCT))]
            for step in range(count):
                data = event(step, tag.encode(), width, height, kinds[step % len(kinds)])
                head = struct.pack("<Q", len(data))
                stream.write(head + struct.pack("<I", masked_crc(head)))
                stream.write(data + struct.pack("<I", masked_crc(data)))


class Bench:
    """A view on a log."""

    def __init__(self, folder: Path, size: tuple[int, int] = (1440, 900)) -> None:
        self.store = LogStore()
        self.rss_before = _rss()
        reader = Reader(self.store)
        reader.set_live(False)
        reader.start()
        reader.open(folder)
        reader.wait_until_settled(120)
        reader.stop()
        self.theme = Theme("light")
        self.workspace = Workspace(self.store, self.theme)
        self.tasks = Tasks()
        self.folder = tempfile.TemporaryDirectory()
        settings = Settings(Path(self.folder.name) / "settings.json")
        context = ViewContext(
            self.store,
            self.workspace,
            settings,
            self.tasks,
            Commands(),
            self.theme,
            LineBook(self.store, self.workspace, self.tasks),
            Payloads(self.store, self.tasks, 512 << 20),
        )
        self.workspace.take_changes(self.store.take_changes())
        self.view = ImagesView(context)
        self.view.resize(*size)

    def close(self) -> None:
        """Let everything go."""
        self.view.close()
        self.tasks.stop()
        self.folder.cleanup()

    def until(self, condition: Callable[[], bool], patience_s: float = 60.0) -> float:
        """Run the event loop until something is so; seconds it took."""
        began = time.perf_counter()
        while not condition() and time.perf_counter() - began < patience_s:
            QApplication.processEvents()
            time.sleep(0.0005)
        QApplication.processEvents()
        return time.perf_counter() - began

    def thumbs_missing(self) -> int:
        """Images in sight without a thumbnail."""
        gallery = self.view.gallery
        return sum(
            self.view.images.thumb(gallery.key_of(cell)) is None
            for cell, _box in gallery.visible_cells()
        )


def _rss() -> int:
    with open("/proc/self/statm", encoding="ascii") as stream:
        return int(stream.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def frames(count: int, turn: Callable[[int], object]) -> list[float]:
    """Seconds of some frames."""
    found = []
    for i in range(count):
        began = time.perf_counter()
        turn(i)
        QApplication.processEvents()
        found.append(time.perf_counter() - began)
    return found


def bench_gallery(folder: Path) -> Iterator[tuple[str, Any]]:
    """Ten thousand images in a tag."""
    write_log(folder, {"samples": (10_000, 256, 256)})
    bench = Bench(folder)
    view = bench.view
    view.edit("All steps", layout="all")
    began = time.perf_counter()
    view.show()
    QApplication.processEvents()
    yield "first_frame_ms", rounded(1000 * (time.perf_counter() - began))
    bench.until(lambda: bool(view.gallery.visible_cells()) and not bench.thumbs_missing())
    yield "gallery_ms", rounded(1000 * (time.perf_counter() - began))
    yield "cells_in_sight", len(view.gallery.visible_cells())
    viewport = view.gallery.viewport()
    middle = QPointF(viewport.rect().center())

    def notch(_i: int) -> None:
        nothing = Qt.MouseButton.NoButton
        QApplication.sendEvent(
            viewport,
            QWheelEvent(
                middle,
                QPointF(viewport.mapToGlobal(middle)),
                QPoint(),
                QPoint(0, -120),
                nothing,
                Qt.KeyboardModifier.NoModifier,
                Qt.ScrollPhase.NoScrollPhase,
                False,
            ),
        )

    missing = []

    def paced(i: int) -> None:
        notch(i)
        missing.append(bench.thumbs_missing() / max(len(view.gallery.visible_cells()), 1))

    took = frames(120, paced)
    yield "scroll_frame_ms", _spread(took)
    yield "frames_a_second", rounded(1 / statistics.fmean(took))
    yield "missing_while_scrolling_percent", rounded(100 * statistics.fmean(missing))
    bar = view.gallery.verticalScrollBar()
    jumps = frames(40, lambda i: bar.setValue(bar.maximum() * i // 40))
    yield "jump_frame_ms", _spread(jumps)
    yield "after_a_jump_ms", rounded(1000 * bench.until(lambda: not bench.thumbs_missing()))
    yield "kept_mb", rounded(view.images.size_bytes / 1e6)
    bench.close()


def bench_steps(folder: Path) -> Iterator[tuple[str, Any]]:
    """Steps of a picture in full."""
    write_log(folder, {"large": (30, 1920, 1080)})
    bench = Bench(folder)
    view = bench.view
    view.show()
    QApplication.processEvents()
    bench.workspace.set_step(2)
    [group] = view.rows.groups()
    began = time.perf_counter()
    view.open_refs([ImageRef(group.series_ids[0])])
    bench.until(view.viewer.is_settled)
    yield "open_ms", rounded(1000 * (time.perf_counter() - began))
    found = []
    for step in range(3, 25):
        # As a key held down would not be: the neighbours are there.
        time.sleep(0.15)
        QApplication.processEvents()
        began = time.perf_counter()
        bench.workspace.set_step(step)
        bench.until(
            lambda step=step: (
                view.viewer.tiles[0].shown is not None  # type: ignore[misc]
                and view.viewer.tiles[0].key is not None
                and view.viewer.tiles[0].key.entry == step
                and view.images.ready(view.viewer.tiles[0].key, view.look()) is not None
            )
        )
        view.viewer.tiles[0].canvas.repaint()
        found.append(time.perf_counter() - began)
    yield "step_ms", _spread(found)
    zooms = frames(40, lambda i: view.viewer.zoom_by(1.05 if i % 40 < 20 else 1 / 1.05))
    yield "zoom_frame_ms", _spread(zooms)
    bench.close()


def bench_tiles(folder: Path) -> Iterator[tuple[str, Any]]:
    """Sixteen pictures with locked zoom."""
    write_log(folder, {f"tile {i:02}": (2, 512, 512) for i in range(16)})
    bench = Bench(folder)
    view = bench.view
    view.show()
    QApplication.processEvents()
    refs = [ImageRef(group.series_ids[0]) for group in view.rows.groups()]
    view.open_refs(refs)
    bench.until(view.viewer.is_settled)
    canvas = view.viewer.tiles[0].canvas

    def zoom(i: int) -> None:
        canvas.zoom_at(1.08 if i % 60 < 40 else 1 / 1.16)

    yield "tiles", len(view.viewer.tiles)
    yield "zoom_frame_ms", _spread(frames(60, zoom))
    view.viewer.zoom.set(3.0)
    yield "pan_frame_ms", _spread(frames(60, lambda i: canvas.pan(6 if i % 20 < 10 else -6, 4)))
    bench.close()


def bench_memory(folder: Path) -> Iterator[tuple[str, Any]]:
    """Fifty thousand images that nobody looked at."""
    write_log(folder, {"tiny": (50_000, 8, 8)})
    gc.collect()
    bench = Bench(folder)
    view = bench.view
    view.edit("All steps", layout="all")
    view.show()
    QApplication.processEvents()
    entries = view.rows.entries(view.rows.groups()[0].series_ids[0])
    columns = bench.store.series[0].entries()
    arrays = [getattr(columns, name) for name in columns.__dataclass_fields__]
    stored = sum(a.nbytes for a in arrays if isinstance(a, np.ndarray))
    shown = entries.indices.nbytes + entries.steps.nbytes + entries.wall_times.nbytes
    bands = len(view.gallery._bands) * 112
    yield "bytes_per_image", rounded((stored + shown + bands) / 50_000)
    yield "rss_growth_mb", rounded((_rss() - bench.rss_before) / 1e6)
    bench.until(lambda: view.images.is_idle)
    yield "kept_mb", rounded(view.images.size_bytes / 1e6)
    bench.close()


def _spread(times_s: list[float]) -> dict[str, float]:
    ordered = sorted(1000 * t for t in times_s)
    return {
        "median": rounded(statistics.median(ordered)),
        "p95": rounded(ordered[int(0.95 * (len(ordered) - 1))]),
        "most": rounded(ordered[-1]),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("parts", nargs="*", default=["gallery", "steps", "tiles", "memory"])
    wanted = parser.parse_args().parts
    application = QApplication.instance() or QApplication([])
    # As the window does: the GUI thread gets its turn sooner while others run Python.
    sys.setswitchinterval(0.0005)
    parts = {
        "gallery": bench_gallery,
        "steps": bench_steps,
        "tiles": bench_tiles,
        "memory": bench_memory,
    }
    figures: dict[str, Any] = {"bounds": BOUNDS}
    for name in wanted:
        with tempfile.TemporaryDirectory(prefix="eventglass-bench-") as folder:
            figures[name] = dict(parts[name](Path(folder) / "run"))
    report("images", figures)
    del application


if __name__ == "__main__":
    main()
