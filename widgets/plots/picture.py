"""The still picture of a chart: curves, grid, labels and marks, made anew only when they change.

What moves (cursor, hovered points, selection) is painted over it. A frame that changed is painted
straight away; only when the same one is wanted again is it kept as a whole, so that zooming pays
nothing for it and following the pointer is a copy of what is kept.

With very many lines the picture is made in a thread; until it is there the one of before is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, QPointF, QRectF
from PySide6.QtGui import QImage, QPainter, QPixmap

from eventglass.widgets.plots import axis, overlay
from eventglass.widgets.plots.curve_data import (
    Marks,
    Scene,
    Side,
    ViewRange,
    y_drawn,
)
from eventglass.widgets.plots.curve_layer import CurveLayer
from eventglass.widgets.plots.stage import Stage

if TYPE_CHECKING:
    from eventglass.widgets.plots.far_picture import FarRender, Rendered

#: The picture of the curves goes this far over the plot's edges, so that none is cut in half.
BLEED = 3
#: A picture of so many lines is made in a thread: it would hold the window up.
FAR_FROM = 120


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
    """Paints the still part of a chart; ``owner`` is told to update when a picture is there."""

    def __init__(self, layer: CurveLayer, owner: QObject) -> None:
        self.layer = layer
        self._owner = owner
        self._far: FarRender | None = None
        self._image: QImage | None = None
        self._image_key: object = None
        self._kept: QPixmap | None = None
        self._kept_key: object = None
        self._last_key: object = None

    def forget(self) -> None:
        """Make everything anew at the next paint."""
        self._image_key = self._kept_key = self._last_key = None
        self._kept = None

    def rest(self) -> None:
        """Make no picture that nobody sees."""
        if self._far is not None:
            self._far.rest()

    def is_busy(self) -> bool:
        """Whether a picture is on its way."""
        return self._far is not None and self._far.is_busy()

    def finish(self, stage: Stage) -> None:
        """Wait for the picture of a stage, where it is made in a thread."""
        if len(stage.curves) >= FAR_FROM:
            scene = scene_of(stage)
            far = self._far_render()
            far.finish(self._curves_key(stage, scene), stage, scene, _backdrop(stage, scene))

    def paint(self, painter: QPainter, stage: Stage) -> bool:
        """Paint surface, curves, labels and marks; return whether the curves were made anew."""
        scene = scene_of(stage)
        if len(stage.curves) >= FAR_FROM:
            return self._paint_far(painter, stage, scene)
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
            self._image = self.layer.render(stage.curves, scene, _backdrop(stage, scene))
            self._image.setDevicePixelRatio(scene.ratio)
        left, top, _width, _height = picture_rect(stage.layout, stage.ratio)
        painter.drawImage(QPointF(left / scene.ratio, top / scene.ratio), self._image)
        paint_labels_and_marks(painter, stage, self.layer.marks)
        return changed

    def _far_render(self) -> FarRender:
        if self._far is None:
            from eventglass.widgets.plots.far_picture import FarRender

            self._far = FarRender(self._owner)
            self._far.ready.connect(self._owner.update)  # type: ignore[attr-defined]
        return self._far

    def _paint_far(self, painter: QPainter, stage: Stage, scene: Scene) -> bool:
        """Paint the picture made in a thread; while it is on its way, that of before."""
        far, key = self._far_render(), self._curves_key(stage, scene)
        made = far.rendered
        if made is None or made.key != key:
            far.ask(key, stage, scene, _backdrop(stage, scene))
        self._kept = None
        surface = stage.colours.surface
        painter.fillRect(0, 0, stage.size.width(), stage.size.height(), surface)
        # Nothing says that there is nothing before it is known.
        self.layer.drawn, self.layer.marks = True, []
        changed = False
        if made is not None and made.key == key:
            self.layer.drawn, self.layer.marks = made.drawn, made.marks
            changed = key != self._image_key
            self._image_key = key
            left, top, _width, _height = picture_rect(stage.layout, stage.ratio)
            painter.drawImage(QPointF(left / scene.ratio, top / scene.ratio), made.image)
        elif made is not None:
            _paint_old(painter, stage, made)
        paint_labels_and_marks(painter, stage, self.layer.marks)
        return changed

    @staticmethod
    def _curves_key(stage: Stage, scene: Scene) -> object:
        layout = stage.layout
        return stage.version, scene, stage.colours, layout.y_ticks, layout.right_ticks


def _paint_old(painter: QPainter, stage: Stage, made: Rendered) -> None:
    """Paint a picture of before where its range lies now, if axes and colours are the same."""
    old, layout = made.scene, stage.layout
    if (
        old.x_kind != stage.x_kind
        or old.scales != layout.scales
        or made.stage.colours != stage.colours
    ):
        return
    view = old.view
    corners = (
        QPointF(layout.x_of(view.x0), layout.y_of(view.y1)),
        QPointF(layout.x_of(view.x1), layout.y_of(view.y0)),
    )
    target = QRectF(*corners)
    # Zoomed far in, a picture of before is a few blots of many screens' size.
    if not 0.0 < target.width() < 1e5 or not 0.0 < target.height() < 1e5:
        return
    painter.save()
    painter.setClipRect(layout.plot.adjusted(-BLEED, -BLEED, BLEED, BLEED))
    painter.drawImage(target, made.image)
    painter.restore()


def paint_labels_and_marks(painter: QPainter, stage: Stage, marks: Sequence[Marks]) -> None:
    """Paint the labels of the axes, and the marks beside the lines."""
    layout = stage.layout
    font = axis.label_font(stage.font)
    axis.paint_labels(painter, layout, font, stage.colours.text_muted, stage.size.width())
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    left, top, _width, height = picture_rect(layout, stage.ratio)
    overlay.paint_marks(painter, layout, marks, left, top, height, stage.ratio)


def _backdrop(stage: Stage, scene: Scene) -> npt.NDArray[np.uint8]:
    rows = grid_rows(stage.layout, scene)
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
