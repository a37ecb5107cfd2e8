"""Saves a graph: as a picture, as text for other programs, as a table of its nodes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QMarginsF, QRectF, QSize, QSizeF
from PySide6.QtGui import QImage, QImageWriter, QPageLayout, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QMessageBox

from eventglass.app.core.export import ExportError, check_target, replacing
from eventglass.widgets.plots.graph_painter import Camera, GraphPainter
from eventglass.widgets.views.save_bar import ask_path, file_name, trouble

if TYPE_CHECKING:
    from eventglass.app.models.theme import Theme
    from eventglass.widgets.views.graphs import GraphsView

_PICTURES = (
    "PNG picture (*.png)",
    "SVG drawing (*.svg)",
    "PDF page (*.pdf)",
)
_TEXTS = ("GraphDef as text (*.pbtxt)", "Graphviz (*.dot)")
MARGIN = 24.0
#: Pixels of a picture at most, along a side and altogether.
MOST_SIDE_PX, MOST_PX = 20_000, 120_000_000


def save_picture(view: GraphsView, *, whole: bool = True) -> None:
    """Ask where to, and save the drawing, or what is in sight, as PNG, SVG or PDF."""
    title = "Save the picture of the graph" if whole else "Save what is in sight"
    path = _ask(view, title, ".png", _PICTURES)
    if path is not None:
        _guarded(view, path, lambda: write_picture(view, path, whole=whole))


def save_text(view: GraphsView) -> None:
    """Ask where to, and save the graph as .pbtxt or .dot."""
    path = _ask(view, "Save the graph as text", ".pbtxt", _TEXTS)
    if path is not None:
        _guarded(view, path, lambda: write_text(view, path))


def save_nodes(view: GraphsView) -> None:
    """Ask where to, and save the table of nodes as CSV."""
    path = _ask(view, "Save the table of nodes", ".csv", ("Comma-separated values (*.csv)",))
    if path is not None:
        _guarded(view, path, lambda: write_nodes(view, path))


def write_picture(view: GraphsView, path: Path, *, whole: bool = True) -> None:
    """Write the drawing, or only what is in sight, in the form the name's ending says.

    Raises `ExportError` and `OSError`.
    """
    drawing, canvas = view.model.drawing, view.canvas
    if not drawing.count:
        raise ExportError("There is no graph to save")
    area = QRectF(*drawing.bounds).adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)
    scale = 1.0
    if not whole:
        area, scale = canvas.visible_area(), canvas.camera.scale
    theme = view.context.theme
    painted = GraphPainter(theme, drawing, canvas.painter.looks)
    size = QSizeF(area.width() * scale, area.height() * scale)
    _check(view, path)
    with replacing(path) as part:
        suffix = path.suffix.lower()
        if suffix == ".svg":
            _write_svg(part, painted, theme, area, size, scale)
        elif suffix == ".pdf":
            _write_pdf(part, painted, theme, area, size, scale)
        elif suffix == ".png":
            _write_png(part, painted, theme, area, scale)
        else:
            raise ExportError(f"Pictures are saved as .png, .svg or .pdf, not as {suffix or path}")


def write_text(view: GraphsView, path: Path) -> None:
    """Write the graph as .pbtxt or .dot. Raises `ExportError` and `OSError`."""
    from eventglass.app.core.graphs import writers

    graph, picture = view.model.graph, view.model.picture
    if graph is None or picture is None:
        raise ExportError("There is no graph to save")
    suffix = path.suffix.lower()
    if suffix not in (".dot", ".gv", ".pbtxt"):
        raise ExportError(f"Graphs are saved as .pbtxt or .dot, not as {suffix or path}")
    _check(view, path)
    with replacing(path) as part:
        # A large graph is drawn by other programs as one sees it here: what is open.
        scene = picture.scene
        lines = writers.pbtxt(graph) if suffix == ".pbtxt" else writers.dot_of_scene(scene)
        with part.open("w", encoding="utf-8", errors="surrogateescape", newline="") as stream:
            stream.writelines(lines)


def write_nodes(view: GraphsView, path: Path) -> None:
    """Write the table of nodes as CSV. Raises `ExportError` and `OSError`."""
    view.table.set_graph(view.model.graph, view._wanted_rows())
    _check(view, path)
    with replacing(path) as part:
        part.write_text(view.table.csv(), encoding="utf-8", newline="")


def _check(view: GraphsView, path: Path) -> None:
    """Raise `ExportError` rather than write into an open log."""
    check_target([root.path for root in view.context.store.roots], path)


def _paint(
    painter: QPainter, painted: GraphPainter, theme: Theme, area: QRectF, scale: float
) -> None:
    target = QRectF(0, 0, area.width() * scale, area.height() * scale)
    painter.fillRect(target, theme.colour("window"))
    painted.paint(painter, Camera(area.x(), area.y(), scale), target)


def _write_png(path: Path, painted: GraphPainter, theme: Theme, area: QRectF, scale: float) -> None:
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


def _ask(view: GraphsView, title: str, suffix: str, filters: tuple[str, ...]) -> Path | None:
    source = view.model.source
    name = file_name(source.tag_title if source is not None else "graph", suffix)
    return ask_path(view, view.context.settings, title, name, filters, suffix)


def _guarded(view: GraphsView, path: Path, write: Callable[[], None]) -> None:
    try:
        write()
    except (ExportError, OSError, MemoryError) as error:
        QMessageBox.warning(view, f"Saving {path.name}", trouble(error))
