"""The chequered ground under what is transparent."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QBrush, QColor, QImage, QPainter

SIDE = 8


def paint_chequers(painter: QPainter, box: QRectF, dark: bool) -> None:
    """Paint the ground of a box."""
    painter.save()
    painter.setBrushOrigin(QPointF(box.topLeft()))
    painter.fillRect(box, QBrush(_tile(dark)))
    painter.restore()


@lru_cache(maxsize=2)
def _tile(dark: bool) -> QImage:
    light, deep = ("#3a3f48", "#2a2e35") if dark else ("#ffffff", "#e3e6ea")
    tile = QImage(2 * SIDE, 2 * SIDE, QImage.Format.Format_RGB32)
    tile.fill(QColor(light))
    with QPainter(tile) as painter:
        painter.fillRect(0, 0, SIDE, SIDE, QColor(deep))
        painter.fillRect(SIDE, SIDE, SIDE, SIDE, QColor(deep))
    return tile
