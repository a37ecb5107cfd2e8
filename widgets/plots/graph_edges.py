"""Paints the edges of a graph: curves near by, all at once from far away, and what flows along."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from eventglass.app.models.graph_drawing import EdgeFlag, GraphDrawing
from eventglass.app.models.graph_lines import polylines
from eventglass.app.models.theme import Theme
from eventglass.widgets.plots.graph_looks import FADED, Camera, GraphLooks, font_px, mixed

#: With more edges in sight than this they are straight lines, painted at once.
MANY_EDGES = 600
#: With more edges in sight than this it is not written what flows along them.
MOST_LABELS = 400
_CELL_PX = 64.0
#: Token and share of the colour of edges from afar.
_FAR_LOOKS = {
    EdgeFlag.NONE: ("text_muted", 0.42),
    EdgeFlag.CONTROL: ("text_muted", 0.26),
    EdgeFlag.REFERENCE: ("warning", 0.7),
    EdgeFlag.ADDED: ("positive", 0.8),
    EdgeFlag.REMOVED: ("danger", 0.8),
}


class EdgePainter:
    """Paints the edges of one drawing, again and again; keeps their paths."""

    def __init__(
        self,
        theme: Theme,
        drawing: GraphDrawing,
        looks: GraphLooks,
        watch: Callable[[], None] | None,
    ) -> None:
        self._theme = theme
        self._watch = watch
        self.drawing = drawing
        self.looks = looks
        self._paths: dict[int, QPainterPath] = {}
        self._bulk: list[tuple[QPainterPath, str, float]] | None = None

    def set_looks(self, looks: GraphLooks) -> None:
        """Tell edges apart in another way."""
        if looks.lit_edges is not self.looks.lit_edges:
            self._bulk = None
        self.looks = looks

    def paint(
        self, painter: QPainter, camera: Camera, area: tuple[float, float, float, float]
    ) -> None:
        """Paint the edges in an area: least x and y, greatest x and y, units of the drawing."""
        painter.save()
        try:
            seen = self._paint_lines(painter, camera, area)
        finally:
            # Also where an export is stopped.
            painter.restore()
        if len(seen) <= MANY_EDGES or self._watch is not None:
            self.paint_labels(painter, camera, seen)

    def _paint_lines(
        self, painter: QPainter, camera: Camera, area: tuple[float, float, float, float]
    ) -> npt.NDArray[np.intp]:
        drawing = self.drawing
        painter.scale(camera.scale, camera.scale)
        painter.translate(-camera.x, -camera.y)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        # The paths of all edges together are cheaper than a look at each one that is in sight.
        seen = drawing.edges_in(*area)
        if len(seen) > MANY_EDGES and self._watch is None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, len(seen) < 4 * MANY_EDGES)
            for path, token, share in self._many():
                colour = mixed(self._theme.colour(token), self._theme.colour("window"), share)
                pen = QPen(colour, 1)
                pen.setCosmetic(True)
                painter.setPen(pen)
                painter.drawPath(path)
            return seen
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        flags = drawing.flags[seen]
        if camera.scale < 0.35:
            keep = (flags & int(EdgeFlag.ANNOTATION)) == 0
            seen, flags = seen[keep], flags[keep]
        arrows: dict[int, list[QPolygonF]] = {}
        for edge, flag in zip(seen.tolist(), flags.tolist(), strict=True):
            if self._watch is not None:
                self._watch()
            pen = self.pen(edge, camera.scale)
            painter.setPen(pen)
            painter.drawPath(self.path(edge))
            if camera.scale > 0.3 and not flag & EdgeFlag.ANNOTATION:
                arrow = self._arrow(edge, camera.scale)
                if arrow is not None:
                    arrows.setdefault(pen.color().rgb(), []).append(arrow)
        painter.setPen(Qt.PenStyle.NoPen)
        for rgb, polygons in arrows.items():
            painter.setBrush(QBrush(QColor.fromRgb(rgb)))
            for polygon in polygons:
                painter.drawPolygon(polygon)
        return seen

    def pen(self, edge: int, scale: float) -> QPen:
        """How an edge is drawn, in units of the drawing."""
        theme, looks = self._theme, self.looks
        flag = int(self.drawing.flags[edge])
        token, share = "text_muted", 0.6
        if flag & EdgeFlag.REFERENCE:
            token, share = "warning", 0.85
        elif flag & EdgeFlag.CONTROL:
            share = 0.42
        elif flag & EdgeFlag.ANNOTATION:
            share = 0.4
        if flag & EdgeFlag.ADDED:
            token, share = "positive", 0.9
        elif flag & EdgeFlag.REMOVED:
            token, share = "danger", 0.9
        if looks.lit_edges is not None:
            if looks.lit_edges[edge]:
                token, share = "accent", 0.95
            else:
                share *= FADED
        width = float(self.drawing.widths[edge])
        wide_px = min(max(width * scale, 1.0), 7.0)
        pen = QPen(mixed(theme.colour(token), theme.colour("window"), share))
        # A thin cosmetic pen takes the short way through the rasteriser.
        if wide_px < 1.3:
            pen.setWidthF(1.0)
            pen.setCosmetic(True)
        else:
            pen.setWidthF(wide_px / scale)
        if flag & EdgeFlag.CONTROL:
            pen.setDashPattern([1.5, 3.0] if pen.isCosmetic() else [1.0, 2.0])
        return pen

    def path(self, edge: int) -> QPainterPath:
        """The curve of an edge, in units of the drawing."""
        path = self._paths.get(edge)
        if path is None:
            path = curve(self.drawing.edge_points(edge), self.drawing.downward)
            self._paths[edge] = path
        return path

    def _many(self) -> list[tuple[QPainterPath, str, float]]:
        """Paths of all edges, the token and the share of their colour."""
        if self._bulk is None:
            drawing, lit = self.drawing, self.looks.lit_edges
            faded = 1.0 if lit is None else FADED
            self._bulk = [
                (path, _FAR_LOOKS[kind][0], _FAR_LOOKS[kind][1] * faded)
                for kind, path in drawing.far_edges
            ]
            if lit is not None:
                shown = lit & ((drawing.flags & int(EdgeFlag.ANNOTATION)) == 0)
                lines = polylines(*drawing.far_lines, np.flatnonzero(shown))
                self._bulk += [(path, "accent", 0.9) for path in lines]
        return self._bulk

    def _arrow(self, edge: int, scale: float) -> QPolygonF | None:
        corners = self.drawing.edge_points(edge)
        if len(corners) < 2:
            return None
        tip, before = corners[-1], corners[-2]
        way = tip - before
        along = 1 if self.drawing.downward else 0
        if _is_monotone(corners, along):
            way = np.array([0.0, 1.0]) if along else np.array([1.0, 0.0])
        length = float(np.hypot(*way))
        if length == 0.0:
            return None
        size = min(max(6.0, 3.2 * float(self.drawing.widths[edge])), 9.0)
        size = max(size, 4.5 / scale)
        ahead = way / length * size
        side = np.array([-ahead[1], ahead[0]]) * 0.42
        left, right = tip - ahead + side, tip - ahead - side
        return QPolygonF([QPointF(*tip), QPointF(*left), QPointF(*right)])

    def paint_labels(self, painter: QPainter, camera: Camera, seen: npt.NDArray[np.intp]) -> None:
        """Write what flows along edges, where there is room."""
        if camera.scale <= 0.62 or (len(seen) > MOST_LABELS and self._watch is None):
            return
        theme = self._theme
        size = font_px(10.0 * camera.scale)
        font = theme.font(size, tabular=True)
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        ground = theme.colour("window", 0.86)
        taken = _Taken()
        lit = self.looks.lit_edges
        for edge in seen.tolist():
            text = self.drawing.edge_labels[edge]
            if not text or (lit is not None and not lit[edge]):
                continue
            corners = self.drawing.edge_points(edge)
            length = float(np.hypot(*np.diff(corners, axis=0).T).sum()) * camera.scale
            if length < 34 * max(camera.scale, 1.0):
                continue
            middle = self.path(edge).pointAtPercent(0.5)
            at = camera.to_screen(middle.x(), middle.y())
            width = metrics.horizontalAdvance(text) + 6
            if not self.drawing.downward and width > length:
                # It would reach into the boxes at both ends.
                continue
            box = QRectF(at.x() - width / 2, at.y() - size * 0.7, width, size * 1.4)
            if not taken.take(box):
                continue
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            painter.drawRoundedRect(box, 3, 3)
            painter.setPen(theme.colour("text_muted"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip, text)


class _Taken:
    """Places that are taken on the screen, in cells of a grid."""

    def __init__(self) -> None:
        self._cells: dict[tuple[int, int], list[QRectF]] = {}

    def take(self, box: QRectF) -> bool:
        """Take a place, unless something is there."""
        columns = range(int(box.left() // _CELL_PX), int(box.right() // _CELL_PX) + 1)
        rows = range(int(box.top() // _CELL_PX), int(box.bottom() // _CELL_PX) + 1)
        cells = [(column, row) for column in columns for row in rows]
        if any(box.intersects(o) for cell in cells for o in self._cells.get(cell, ())):
            return False
        for cell in cells:
            self._cells.setdefault(cell, []).append(box)
        return True


def curve(corners: npt.NDArray[np.float64], downward: bool) -> QPainterPath:
    """A smooth line through corners; one that only goes ahead leaves each corner straight ahead."""
    path = QPainterPath()
    if len(corners) == 0:
        return path
    along = 1 if downward else 0
    points = corners.tolist()
    path.moveTo(*points[0])
    if _is_monotone(corners, along):
        across = corners[:, 1 - along]
        straight = across[1:] == across[:-1]
        if len(points) > 2:
            # A corner on a straight way is none.
            kept = np.concatenate([[True], ~(straight[1:] & straight[:-1]), [True]])
            points = corners[kept].tolist()
        for (ax, ay), (bx, by) in pairwise(points):
            if (ax == bx) if downward else (ay == by):
                path.lineTo(bx, by)
            elif downward:
                bend = 0.5 * (by - ay)
                path.cubicTo(ax, ay + bend, bx, by - bend, bx, by)
            else:
                bend = 0.5 * (bx - ax)
                path.cubicTo(ax + bend, ay, bx - bend, by, bx, by)
        return path
    for (ax, ay), (bx, by) in pairwise(points[1:]):
        path.quadTo(ax, ay, (ax + bx) / 2, (ay + by) / 2)
    path.lineTo(*points[-1])
    return path


def _is_monotone(corners: npt.NDArray[np.float64], along: int) -> bool:
    return bool((np.diff(corners[:, along]) >= 0).all())
