"""Writes a graph: as a picture, as text for other programs, as a table of its nodes.

What is to be written is taken on the GUI thread; the *work* that is returned then writes it in a
task, with progress, and stops where it is told to. A file is there as a whole or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QMarginsF, QRectF, QSize, QSizeF
from PySide6.QtGui import QImage, QImageWriter, QPageLayout, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator

from eventglass.app.core.export import ExportError, check_target, replacing
from eventglass.app.core.graphs import writers
from eventglass.app.models.graph_rows import csv_lines
from eventglass.widgets.plots.graph_looks import Camera
from eventglass.widgets.plots.graph_painter import GraphPainter

if TYPE_CHECKING:
    from eventglass.app.models.tasks import TaskControl
    from eventglass.app.models.theme import Theme
    from eventglass.widgets.views.graphs import GraphsView

Work = Callable[["TaskControl"], None]
PICTURE_SUFFIXES = (".png", ".svg", ".pdf")
TEXT_SUFFIXES = (".pbtxt", ".dot", ".gv")
MARGIN = 24.0
#: Pixels of a picture at most, along a side and altogether.
MOST_SIDE_PX, MOST_PX = 20_000, 120_000_000
#: Painting is this share of saving a picture; packing it the rest.
_PAINTING = 0.8


class Stopped(Exception):
    """The user thought better of it; nothing was written."""


def picture_work(view: GraphsView, path: Path, *, whole: bool = True) -> Work:
    """Return what writes the drawing, or what is in sight, in the form the name's ending says.

    Raises `ExportError`.
    """
    drawing, canvas, theme = view.model.drawing, view.canvas, view.context.theme
    suffix = _checked(view, path, PICTURE_SUFFIXES, "Pictures")
    if not drawing.count:
        raise ExportError("There is no graph to save")
    area = QRectF(*drawing.bounds).adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)
    scale = 1.0
    if not whole:
        area, scale = canvas.visible_area(), canvas.camera.scale
    looks = canvas.painter.looks
    boxes = drawing.items_in(area.left(), area.top(), area.right(), area.bottom())
    edges = drawing.edges_in(area.left(), area.top(), area.right(), area.bottom())

    def work(control: TaskControl) -> None:
        watch = _Watch(control, len(boxes) + len(edges))
        painted = GraphPainter(theme, drawing, looks, watch)
        size = QSizeF(area.width() * scale, area.height() * scale)
        with replacing(path) as part:
            if suffix == ".svg":
                _write_svg(part, painted, theme, area, size, scale)
            elif suffix == ".pdf":
                _write_pdf(part, painted, theme, area, size, scale)
            else:
                _write_png(part, painted, theme, area, scale, control)
            _stop_where_told(control)

    return work


def text_work(view: GraphsView, path: Path) -> Work:
    """Return what writes the graph as .pbtxt or .dot. Raises `ExportError`."""
    suffix = _checked(view, path, TEXT_SUFFIXES, "Graphs")
    graph, picture = view.model.graph, view.model.picture
    if graph is None or picture is None:
        raise ExportError("There is no graph to save")

    def work(control: TaskControl) -> None:
        # A large graph is drawn by other programs as one sees it here: what is open.
        whole = suffix == ".pbtxt"
        lines = writers.pbtxt(graph) if whole else writers.dot_of_scene(picture.scene)
        with (
            replacing(path) as part,
            part.open("w", encoding="utf-8", errors="surrogateescape", newline="") as stream,
        ):
            stream.writelines(_watched(lines, control))

    return work


def nodes_work(view: GraphsView, path: Path) -> Work:
    """Return what writes the table of nodes as CSV. Raises `ExportError`."""
    _checked(view, path, (".csv",), "Tables")
    graph, table = view.model.graph, view.table
    if graph is None:
        raise ExportError("There is no graph to save")
    wanted, order = view.finding.wanted_rows(), table.shown_nodes(graph)

    def work(control: TaskControl) -> None:
        with replacing(path) as part, part.open("w", encoding="utf-8", newline="") as stream:
            stream.writelines(_watched(csv_lines(graph, wanted, order), control))

    return work


class _Watch:
    """Counts what was painted, tells how far it is, and stops where told to."""

    def __init__(self, control: TaskControl, total: int) -> None:
        self._control = control
        self._total = max(total, 1)
        self._every = max(total // 100, 1)
        self._done = 0

    def __call__(self) -> None:
        self._done += 1
        if self._done % self._every == 0:
            _stop_where_told(self._control)
            self._control.report(_PAINTING * min(self._done / self._total, 1.0))


def _watched(lines: Iterable[str], control: TaskControl) -> Iterable[str]:
    for number, line in enumerate(lines):
        if number % 1000 == 0:
            _stop_where_told(control)
        yield line


def _stop_where_told(control: TaskControl) -> None:
    if control.cancelled:
        raise Stopped


def _checked(view: GraphsView, path: Path, suffixes: tuple[str, ...], what: str) -> str:
    """The ending of a path that can be written and is in no open log."""
    suffix = path.suffix.lower()
    if suffix not in suffixes:
        wanted = ", ".join(suffixes)
        raise ExportError(f"{what} are saved as {wanted}, not as {suffix or path.name}")
    check_target([root.path for root in view.context.store.roots], path)
    return suffix


def _paint(
    painter: QPainter, painted: GraphPainter, theme: Theme, area: QRectF, scale: float
) -> None:
    target = QRectF(0, 0, area.width() * scale, area.height() * scale)
    painter.fillRect(target, theme.colour("window"))
    painted.paint(painter, Camera(area.x(), area.y(), scale), target)


def _write_png(
    path: Path,
    painted: GraphPainter,
    theme: Theme,
    area: QRectF,
    scale: float,
    control: TaskControl,
) -> None:
    # Twice as fine as the screen, unless it grows beyond all measure.
    longest = max(area.width(), area.height()) * scale
    ratio = min(2.0, MOST_SIDE_PX / longest)
    ratio = min(ratio, (MOST_PX / (area.width() * area.height() * scale * scale)) ** 0.5)
    width, height = (round(side * scale * ratio) for side in (area.width(), area.height()))
    image = QImage(QSize(max(width, 1), max(height, 1)), QImage.Format.Format_RGB32)
    if image.isNull():
        raise MemoryError
    with QPainter(image) as painter:
        if ratio >= 1.0:
            painter.scale(ratio, ratio)
            _paint(painter, painted, theme, area, scale)
        else:
            _paint(painter, painted, theme, area, scale * ratio)
    _stop_where_told(control)
    if not QImageWriter(str(path), QByteArray(b"png")).write(image):
        raise ExportError("The picture can't be written there")


def _write_svg(
    path: Path, painted: GraphPainter, theme: Theme, area: QRectF, size: QSizeF, scale: float
) -> None:
    generator = QSvgGenerator()
    generator.setFileName(str(path))
    generator.setSize(size.toSize())
    generator.setViewBox(QRectF(0, 0, size.width(), size.height()))
    generator.setTitle("Graph")
    with QPainter(generator) as painter:
        _paint(painter, painted, theme, area, scale)


def _write_pdf(
    path: Path, painted: GraphPainter, theme: Theme, area: QRectF, size: QSizeF, scale: float
) -> None:
    writer = QPdfWriter(str(path))
    writer.setTitle("Graph")
    writer.setResolution(72)
    # A page of PDF is 200 inches at most.
    shrink = min(1.0, 14_000 / max(size.width(), size.height()))
    page = QPageSize(size * shrink, QPageSize.Unit.Point, "Graph")
    writer.setPageLayout(QPageLayout(page, QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0)))
    writer.setResolution(288)
    with QPainter(writer) as painter:
        painter.scale(4.0 * shrink, 4.0 * shrink)
        _paint(painter, painted, theme, area, scale)
