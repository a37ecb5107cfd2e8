"""Small pictures of event files for file managers: one curve, no text.

The curve is that of the scalar tag one would look at first: a loss when there is one, else the tag
with the most points. A file without scalars gets no picture, and keeps its icon.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

SURFACE, BORDER, GRID, LINE = "#ffffff", "#e1e5eb", "#e9ecf1", "#2f6fed"
LARGEST = 1024
Floats = npt.NDArray[np.float64]


def first_curve(path: str | os.PathLike[str]) -> tuple[Floats, Floats] | None:
    """Return steps and values, each (n,) float64 and finite, of the curve to show; None without.

    A restart's superseded points are left in: at this size they are a part of the shape.
    """
    from eventglass.app import load

    best: tuple[tuple[bool, int], Floats, Floats] | None = None
    log = load(path)
    for run in log.runs:
        for name, tag in log[run].tags.items():
            if tag.kind != "scalar":
                continue
            series = log[run][name]
            steps = np.asarray(series.steps, np.float64)
            values = np.asarray(series.values, np.float64)
            finite = np.isfinite(values)
            if np.count_nonzero(finite) < 2:
                continue
            rank = ("loss" in name.rpartition("/")[2].casefold(), int(finite.sum()))
            if best is None or rank > best[0]:
                best = rank, steps[finite], values[finite]
    return best[1:] if best is not None else None


def outline(steps: Floats, values: Floats, columns: int) -> tuple[Floats, Floats]:
    """Return the curve with at most four points for each of `columns`, its peaks kept.

    The points of a column are its first, least, greatest and last, in the order of their steps.
    """
    if len(steps) <= 4 * columns:
        return steps, values
    order = np.argsort(steps, kind="stable")
    steps, values = steps[order], values[order]
    column = np.minimum((steps - steps[0]) * (columns / max(np.ptp(steps), 1e-300)), columns - 1)
    starts = np.flatnonzero(np.diff(column.astype(np.int64), prepend=-1))
    kept: set[int] = set()
    ends = [*starts[1:].tolist(), len(steps)]
    for start, end in zip(starts.tolist(), ends, strict=True):
        part = values[start:end]
        kept |= {start, start + int(part.argmin()), start + int(part.argmax()), end - 1}
    at = np.array(sorted(kept))
    return steps[at], values[at]


def drawn(steps: Floats, values: Floats, size: int) -> QImage:
    """Return the picture: a card `size` pixels wide and three quarters of it high."""
    size = max(16, min(size, LARGEST))
    image = QImage(size, round(size * 0.75), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    card = QRectF(image.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
    painter.setPen(QPen(QColor(BORDER), 1))
    painter.setBrush(QColor(SURFACE))
    painter.drawRoundedRect(card, size / 24, size / 24)
    room = card.adjusted(size / 14, size / 14, -size / 14, -size / 14)
    painter.setPen(QPen(QColor(GRID), 1))
    for part in (0.25, 0.5, 0.75):
        height = room.top() + part * room.height()
        painter.drawLine(QPointF(card.left() + 1, height), QPointF(card.right() - 1, height))

    steps, values = outline(steps, values, int(room.width()))
    # Values near the largest number must not overflow when they are subtracted.
    values = values / max(float(np.abs(values).max()), 1e-300)
    # A first value far above all others would press the rest flat.
    low, high = (float(v) for v in np.percentile(values, (1, 99)))
    if high - low <= 1e-12:
        low, high = float(values.min()) - 0.5, float(values.max()) + 0.5
    across = (steps - steps.min()) / max(np.ptp(steps), 1e-300)
    up = np.clip((values - low) / (high - low), -0.05, 1.05)
    points = [
        QPointF(room.left() + x * room.width(), room.bottom() - y * room.height())
        for x, y in zip(across.tolist(), up.tolist(), strict=True)
    ]
    pen = QPen(QColor(LINE), max(1.5, size / 80))
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.setClipRect(card.adjusted(1, 1, -1, -1))
    painter.drawPolyline(QPolygonF(points))
    painter.end()
    return image


def main(arguments: Sequence[str]) -> int:
    """Draw ``FILE PICTURE SIZE`` and return the exit status; 1 where there is nothing to draw."""
    if len(arguments) != 3 or not arguments[2].isdecimal():
        sys.stderr.write("eventglass: --thumbnail needs FILE PICTURE SIZE\n")
        return 2
    path, target, size = arguments
    curve = first_curve(path)
    if curve is None:
        return 1
    return 0 if drawn(*curve, int(size)).save(str(Path(target)), "PNG") else 1  # type: ignore[call-overload]
