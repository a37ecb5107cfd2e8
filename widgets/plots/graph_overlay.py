"""What lies over the picture of a graph: selected, marked, under the pointer, the focus."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from eventglass.app.models.graph_drawing import CLOSED, OPEN
from eventglass.app.models.theme import Theme

if TYPE_CHECKING:
    from eventglass.widgets.plots.graph_canvas import GraphCanvas

#: So many edges of what is selected are brought forward.
_MOST_EDGES = 400


class GraphOverlay:
    """Paints what follows the pointer and the search, without the picture below anew."""

    def __init__(self, canvas: GraphCanvas, theme: Theme) -> None:
        self._canvas = canvas
        self._theme = theme

    def paint(self, painter: QPainter) -> None:
        """Paint all of it."""
        canvas, theme = self._canvas, self._theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_edges(painter)
        self._paint_marks(painter)
        chosen = canvas.drawing.index_of(canvas.selected)
        hover = canvas.drawing.index_of(canvas.hovered_id)
        if hover >= 0 and hover != chosen:
            self._frame(painter, hover, QPen(theme.colour("accent", 0.55), 1.5))
        for item_id, dashed in ((canvas.selected, False), (canvas.other, True)):
            item = canvas.drawing.index_of(item_id)
            if item >= 0:
                pen = QPen(theme.colour("accent"), 2.2)
                if dashed:
                    pen.setDashPattern([3, 2])
                self._frame(painter, item, pen)
        if canvas.hasFocus():
            painter.setPen(QPen(theme.colour("accent", 0.8), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(canvas.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    def brought_forward(self) -> tuple[list[int], set[int]]:
        """Return the edges that stand out, and which of them go away from what is selected."""
        canvas = self._canvas
        drawing = canvas.drawing
        chosen = drawing.index_of(canvas.selected)
        if 0 <= canvas.edge < drawing.edge_count:
            edges = [canvas.edge]
        elif chosen >= 0:
            beside = drawing.edges_of(chosen).tolist()
            edges = sorted((canvas.coming | canvas.going).union(beside))[:_MOST_EDGES]
        else:
            return [], set()
        going = {
            edge
            for edge in edges
            if edge in canvas.going
            or (edge not in canvas.coming and int(drawing.sources[edge]) == chosen)
        }
        return edges, going

    def _paint_edges(self, painter: QPainter) -> None:
        canvas, theme = self._canvas, self._theme
        edges, going = self.brought_forward()
        if not edges:
            return
        camera, painted = canvas.camera, canvas.painter.edges
        painter.save()
        painter.scale(camera.scale, camera.scale)
        painter.translate(-camera.x, -camera.y)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for edge in edges:
            # Dashes of control edges stay; what comes in is told from what goes out.
            pen = painted.pen(edge, camera.scale)
            wide = max(pen.widthF() * (1 if pen.isCosmetic() else camera.scale), 1.0)
            pen.setColor(theme.colour("positive" if edge in going else "accent"))
            pen.setCosmetic(True)
            pen.setWidthF(min(wide + 0.9, 6.0))
            painter.setPen(pen)
            painter.drawPath(painted.path(edge))
        painter.restore()
        painted.paint_labels(painter, camera, np.array(edges))

    def _paint_marks(self, painter: QPainter) -> None:
        canvas = self._canvas
        if not canvas.marked:
            return
        pen = QPen(self._theme.colour("warning"), 2)
        area = canvas.visible_area()
        seen = canvas.drawing.items_in(area.left(), area.top(), area.right(), area.bottom())
        for item in seen.tolist():
            if int(canvas.drawing.ids[item]) in canvas.marked:
                self._frame(painter, item, pen)

    def _frame(self, painter: QPainter, item: int, pen: QPen) -> None:
        box = self._canvas.screen_rect(item).adjusted(-1.5, -1.5, 1.5, 1.5)
        if box.width() < 8:
            box = box.adjusted(-2, -2, 2, 2)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        shape = int(self._canvas.drawing.shapes[item])
        corner = 8.0 if shape in CLOSED or shape in OPEN else box.height() / 2
        corner = min(corner, box.height() / 2)
        painter.drawRoundedRect(box, corner, corner)
