"""Tens of thousands of small boxes at once, as one image instead of a call for each."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap

#: With fewer boxes of one colour than this a call for each is fast enough.
MANY_BOXES = 1500


def paint_boxes(painter: QPainter, boxes: npt.NDArray[np.float64], colour: QColor) -> None:
    """Fill boxes on the screen, all with one colour, on whole pixels.

    Where a box begins one is added and where it ends one is taken away; the running sums then say
    how many boxes cover a pixel.

    Parameters
    ----------
    boxes : (n, 4) float64
        x, y, width, height in pixels of the window.
    """
    device = painter.device()
    ratio = device.devicePixelRatio()
    most = np.array([device.width(), device.height()], np.int64)
    if not isinstance(device, QImage | QPixmap):
        # A widget tells its size before it is multiplied by the ratio.
        most = np.ceil(most * ratio).astype(np.int64)
    begin = np.round(boxes[:, :2] * ratio).astype(np.int64)
    end = np.maximum(np.round((boxes[:, :2] + boxes[:, 2:]) * ratio).astype(np.int64), begin + 1)
    begin, end = np.clip(begin, 0, most), np.clip(end, 0, most)
    seen = (end > begin).all(axis=1)
    if not seen.any():
        return
    begin, end = begin[seen], end[seen]
    low = begin.min(axis=0)
    wide, high = (end.max(axis=0) - low).tolist()
    begin, end = begin - low, end - low
    row, size = wide + 1, (wide + 1) * (high + 1)
    steps = np.zeros(size, np.int64)
    for x, y, sign in (
        (begin[:, 0], begin[:, 1], 1),
        (end[:, 0], end[:, 1], 1),
        (end[:, 0], begin[:, 1], -1),
        (begin[:, 0], end[:, 1], -1),
    ):
        steps += sign * np.bincount(y * row + x, minlength=size)
    covered = steps.reshape(high + 1, row).astype(np.int32).cumsum(axis=0).cumsum(axis=1)
    pixels = np.where(covered[:high, :wide] > 0, np.uint32(colour.rgba()), np.uint32(0))
    pixels = np.ascontiguousarray(pixels)
    image = QImage(pixels.data, wide, high, 4 * wide, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    painter.drawImage(QPointF(*(low / ratio).tolist()), image)
