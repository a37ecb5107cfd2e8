"""What the signs in the picture of a graph mean, painted as they are painted there."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from eventglass.app.models.graph_drawing import EdgeFlag, GraphDrawing, Shape
from eventglass.app.models.theme import Theme
from eventglass.widgets.plots.graph_looks import Camera, GraphLooks
from eventglass.widgets.plots.graph_painter import GraphPainter

#: Shapes with a width, and what they are.
BOXES = (
    (Shape.OPERATION, 46.0, "Operation"),
    (Shape.GROUP, 46.0, "Group of operations"),
    (Shape.SERIES, 42.0, "Series of operations alike"),
    (Shape.CONSTANT, 9.0, "Constant"),
    (Shape.SUMMARY, 9.0, "Summary"),
    (Shape.REFERENCE, 9.0, "Edge to what is put aside"),
)
#: Kinds of edges with a width, and what they are.
EDGES = (
    (EdgeFlag.NONE, 1.15, "Tensors; thick: several"),
    (EdgeFlag.CONTROL, 1.15, "Has to come first"),
    (EdgeFlag.REFERENCE, 1.15, "Changed by its target"),
)
_ROW, _LEFT, _SAMPLE = 24.0, 1.0, 60.0


class GraphSigns(QWidget):
    """A row for each sign and its meaning."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._drawing = _samples()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(round(_ROW * (len(BOXES) + len(EDGES))))
        self.setAccessibleName("Signs")
        words = [text for _sign, _width, text in (*BOXES, *EDGES)]
        self.setAccessibleDescription(", ".join(words))
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """As high as its rows."""
        return QSize(200, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Signs to the left, words to the right."""
        theme = self._theme
        texts = [text for _sign, _width, text in (*BOXES, *EDGES)]
        with QPainter(self) as painter:
            painted = GraphPainter(theme, self._drawing, GraphLooks())
            painted.paint(painter, Camera(), QRectF(self.rect()))
            painter.setFont(theme.font(12))
            painter.setPen(theme.colour("text"))
            metrics = painter.fontMetrics()
            wide = self.width() - _LEFT - _SAMPLE
            for row, text in enumerate(texts):
                box = QRectF(_LEFT + _SAMPLE, row * _ROW, wide, _ROW)
                text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(wide))
                painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, text)


def _samples() -> GraphDrawing:
    boxes, edges = len(BOXES), len(EDGES)
    rects = np.empty((boxes, 4))
    for row, (_shape, wide, _text) in enumerate(BOXES):
        high = 15.0 if wide > 20 else wide
        rects[row] = (_LEFT, row * _ROW + (_ROW - high) / 2, wide, high)
    middles = (boxes + np.arange(edges) + 0.5) * _ROW
    points = np.array([[(_LEFT, y), (_LEFT + 46.0, y)] for y in middles.tolist()]).reshape(-1, 2)
    nothing = np.zeros(edges, np.int32)
    return GraphDrawing(
        ids=np.arange(boxes, dtype=np.int64),
        parents=np.full(boxes, -1, np.int32),
        rects=rects,
        shapes=np.array([shape for shape, _wide, _text in BOXES], np.uint8),
        labels=("",) * boxes,
        notes=("",) * boxes,
        sources=nothing,
        targets=nothing,
        points=points,
        starts=np.arange(edges + 1, dtype=np.int64) * 2,
        flags=np.array([flag for flag, _wide, _text in EDGES], np.uint8),
        widths=np.array([wide for _flag, wide, _text in EDGES], np.float32),
        edge_labels=("",) * edges,
        downward=False,
    )
