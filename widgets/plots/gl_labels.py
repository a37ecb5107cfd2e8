"""Texts over a scene: crisp, beside their places, and none over another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from eventglass.widgets.plots.gl_camera import Camera
from eventglass.widgets.plots.gl_items import Label

#: So many texts at most: more cannot be read.
MOST = 400
#: So many are tried, in the order of their priority.
TRIED = 4000
#: Room beside texts, pixels.
_APART = 3.0
#: Squares of this size are looked through for what a text would cover, pixels.
_CELL = 48.0
#: Where around a text's place a plate of the background lies, so that it can be read on anything.
_HALO = ((-1, 0), (1, 0), (0, -1), (0, 1))


class LabelPainter:
    """Chooses places for texts and paints them."""

    def __init__(self) -> None:
        self._widths: dict[tuple[str, bool], float] = {}
        self._metrics: dict[bool, QFontMetricsF] = {}
        self._fonts: tuple[QFont, QFont] | None = None

    def set_fonts(self, regular: QFont, bold: QFont) -> None:
        """Paint with other fonts."""
        if self._fonts != (regular, bold):
            self._fonts = regular, bold
            self._metrics = {False: QFontMetricsF(regular), True: QFontMetricsF(bold)}
            self._widths = {}

    def placed(
        self, labels: Sequence[Label], camera: Camera, width: float, height: float
    ) -> list[tuple[Label, QRectF]]:
        """Return the texts to paint and where, the most important first."""
        if not labels or self._fonts is None:
            return []
        places = camera.project([label.position for label in labels], (width, height))
        near, far = camera.depths()
        with np.errstate(invalid="ignore"):
            shown = (
                (places[:, 0] > -40.0)
                & (places[:, 0] < width + 40.0)
                & (places[:, 1] > -10.0)
                & (places[:, 1] < height + 10.0)
                & (places[:, 2] >= near)
                & (places[:, 2] <= far)
            )
        # Of equal ones the nearest, and then as they came.
        chosen = np.flatnonzero(shown)
        priorities = np.array([labels[i].priority for i in chosen.tolist()])
        chosen = chosen[np.lexsort((places[chosen, 2], -priorities))][:TRIED]
        taken: dict[tuple[int, int], list[QRectF]] = {}
        made: list[tuple[Label, QRectF]] = []
        line = self._metrics[False].height()
        for i in chosen.tolist():
            label = labels[i]
            x, y = float(places[i, 0]), float(places[i, 1])
            wide = self._width(label)
            for box in (
                QRectF(x + label.offset, y - line / 2, wide, line),
                QRectF(x - label.offset - wide, y - line / 2, wide, line),
                QRectF(x - wide / 2, y - label.offset - line, wide, line),
                QRectF(x - wide / 2, y + label.offset, wide, line),
            ):
                if _take(taken, box):
                    made.append((label, box))
                    break
            if len(made) >= MOST:
                break
        return made

    def paint(
        self,
        painter: QPainter,
        placed: Sequence[tuple[Label, QRectF]],
        text: QColor,
        background: QColor,
    ) -> None:
        """Paint texts where `placed` put them."""
        if self._fonts is None:
            return
        halo = QColor(background)
        halo.setAlphaF(0.75)
        bold = None
        for label, box in reversed(placed):
            if label.bold != bold:
                bold = label.bold
                painter.setFont(self._fonts[int(bold)])
            at = QPointF(box.left(), box.top() + self._metrics[label.bold].ascent())
            painter.setPen(halo)
            for dx, dy in _HALO:
                painter.drawText(at + QPointF(dx, dy), label.text)
            painter.setPen(text if label.colour is None else QColor(*label.colour))
            painter.drawText(at, label.text)

    def _width(self, label: Label) -> float:
        key = (label.text, label.bold)
        width = self._widths.get(key)
        if width is None:
            if len(self._widths) > 50_000:
                self._widths.clear()
            width = self._widths[key] = self._metrics[label.bold].horizontalAdvance(label.text)
        return width


def _take(taken: dict[tuple[int, int], list[QRectF]], box: QRectF) -> bool:
    """Take the room of a box and a little beside it; False where some of it is taken already."""
    box = box.adjusted(-_APART, 0.0, _APART, 0.0)
    cells = [
        (column, row)
        for column in range(int(box.left() // _CELL), int(box.right() // _CELL) + 1)
        for row in range(int(box.top() // _CELL), int(box.bottom() // _CELL) + 1)
    ]
    if any(box.intersects(other) for cell in cells for other in taken.get(cell, ())):
        return False
    for cell in cells:
        taken.setdefault(cell, []).append(box)
    return True
