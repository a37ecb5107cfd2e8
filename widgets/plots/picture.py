"""The still picture of a chart: curves, grid, labels and marks, made anew only when they change.

What moves (cursor, hovered points, selection) is painted over it. A frame that changed is painted
straight away; only when the same one is wanted again is it kept as a whole, so that zooming pays
nothing for it and following the pointer is a copy of what is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QFont, QImage, QPainter, QPixmap

from eventglass.widgets.plots import axis, overlay
from eventglass.widgets.plots.curve_data import (
    CurveData,
    Marks,
    Scene,
    Side,
    ViewRange,
    XKind,
    y_drawn,
)
from eventglass.widgets.plots.curve_layer import CurveLayer
from eventglass.widgets.plots.overlay import ChartColours

#: The picture of the curves goes this far over the plot's edges, so that none is cut in half.
BLEED = 3


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """All a still picture is made of; `version` is another whenever the curves are."""

    layout: axis.Layout
    curves: Sequence[CurveData]
    version: int
    x_kind: XKind
    colours: ChartColours
    font: QFont
    size: QSize
    ratio: float
    highlight: frozenset[int]


def picture_rect(layout: axis.Layout, ratio: float) -> tuple[int, int, int, int]:
    """Return place and size of the curves' picture: left, top, width, height in device pixels."""
    left = round((layout.plot.left() - BLEED) * ratio)
    top = round((layout.plot.top() - BLEED) * ratio)
    right = round((layout.plot.right() + BLEED) * ratio)
    bottom = round((layout.plot.bottom() + BLEED) * ratio)
    return left, top, max(right - left, 1), max(bottom - top, 1)


def scene_of(stage: Stage) -> Scene:
    """Return the scene of the curves' picture."""
    layout, ratio = stage.layout, stage.ratio
    left, top, width, height = picture_rect(layout, ratio)
    x0, x1 = layout.x_at(left / ratio), layout.x_at((left + width) / ratio)
    y0, y1 = layout.y_at((top + height) / ratio), layout.y_at(top / ratio)
    view = ViewRange(x0, x1, y0, y1)
    if layout.right_ticks is not None:
        view = replace(
            view,
            y20=layout.y_at((top + height) / ratio, "right"),
            y21=layout.y_at(top / ratio, "right"),
        )
    surface = stage.colours.surface
    return Scene(
        view,
        stage.x_kind,
        layout.scales,
        width,
        height,
        ratio,
        stage.highlight,
        (surface.blue(), surface.green(), surface.red()),
    )


def grid_rows(layout: axis.Layout, scene: Scene) -> list[int]:
    """Return the uppermost device pixel of every grid line."""
    side: Side = "left"
    ticks = layout.y_ticks
    if not ticks and layout.right_ticks:
        side, ticks = "right", layout.right_ticks
    top, down = y_drawn(scene.view, scene.scales, scene.height, side)
    thick = max(1, round(scene.ratio))
    rows = []
    for tick in ticks:
        row = round((top - scene.scales.of(side).drawn(tick.value)) * down - thick / 2)
        if 0 <= row <= scene.height - thick:
            rows.append(row)
    return rows


class Picture:
    """Paints the still part of a chart."""

    def __init__(self, layer: CurveLayer) -> None:
        self.layer = layer
        self._image: QImage | None = None
        self._image_key: object = None
        self._kept: QPixmap | None = None
        self._kept_key: object = None
        self._last_key: object = None

    def forget(self) -> None:
        """Make everything anew at the next paint."""
        self._image_key = self._kept_key = self._last_key = None
        self._kept = None

    def paint(self, painter: QPainter, stage: Stage) -> bool:
        """Paint surface, curves, labels and marks; return whether the curves were made anew."""
        scene = scene_of(stage)
        key = (self._curves_key(stage, scene), stage.size, stage.font.key())
        if key == self._kept_key and self._kept is not None:
            painter.drawPixmap(0, 0, self._kept)
            return False
        if key != self._last_key:
            self._last_key = key
            self._kept = None
            return self._paint(painter, stage, scene)
        kept = QPixmap(stage.size * stage.ratio)
        kept.setDevicePixelRatio(stage.ratio)
        with QPainter(kept) as inner:
            self._paint(inner, stage, scene)
        self._kept, self._kept_key = kept, key
        painter.drawPixmap(0, 0, kept)
        return False

    def _paint(self, painter: QPainter, stage: Stage, scene: Scene) -> bool:
        painter.fillRect(0, 0, stage.size.width(), stage.size.height(), stage.colours.surface)
        key = self._curves_key(stage, scene)
        changed = key != self._image_key or self._image is None
        if changed or self._image is None:
            self._image_key = key
            backdrop = _backdrop(stage, scene, grid_rows(stage.layout, scene))
            self._image = self.layer.render(stage.curves, scene, backdrop)
            self._image.setDevicePixelRatio(scene.ratio)
        left, top, _width, _height = picture_rect(stage.layout, stage.ratio)
        painter.drawImage(QPointF(left / scene.ratio, top / scene.ratio), self._image)
        paint_labels_and_marks(painter, stage, self.layer.marks)
        return changed

    @staticmethod
    def _curves_key(stage: Stage, scene: Scene) -> object:
        layout = stage.layout
        return stage.version, scene, stage.colours, layout.y_ticks, layout.right_ticks


def paint_labels_and_marks(painter: QPainter, stage: Stage, marks: Sequence[Marks]) -> None:
    """Paint the labels of the axes, and the marks beside the lines."""
    layout = stage.layout
    font = axis.label_font(stage.font)
    axis.paint_labels(painter, layout, font, stage.colours.text_muted, stage.size.width())
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    left, top, _width, height = picture_rect(layout, stage.ratio)
    overlay.paint_marks(painter, layout, marks, left, top, height, stage.ratio)


def _backdrop(stage: Stage, scene: Scene, rows: Sequence[int]) -> npt.NDArray[np.uint8]:
    made = np.empty((3, scene.height), np.uint8)
    surface, grid = stage.colours.surface, stage.colours.grid
    made[:] = [[surface.blue()], [surface.green()], [surface.red()]]
    for row in rows:
        made[:, row : row + max(1, round(scene.ratio))] = [
            [grid.blue()],
            [grid.green()],
            [grid.red()],
        ]
    return made
