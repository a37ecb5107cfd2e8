"""The still picture of a chart: curves, grid, labels and marks, made anew only when they change.

What moves (cursor, hovered points, selection) is painted over it. A frame that changed is painted
straight away; only when the same one is wanted again is it kept as a whole, so that zooming pays
nothing for it and following the pointer is a copy of what is kept.

With very many lines the picture is made in a thread; until it is there the one of before is shown.
So are those of a page of charts that are too much for one turn of the event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, QPointF, QRectF, QTimer
from PySide6.QtGui import QImage, QPainter, QPixmap

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
from eventglass.widgets.plots.far_work import FarWork
from eventglass.widgets.plots.stage import Stage

#: The picture of the curves goes this far over the plot's edges, so that none is cut in half.
BLEED = 3
#: A picture of so many lines, smoothed ones and edges of bands included, is made in a thread: it
#: would hold the window up.
FAR_FROM = 120
#: So is one of so many points over another tag: they may be no lines, and looked at one by one.
FAR_POINTS = 500_000
#: Columns of lines painted at once in one turn of the event loop.
COST_A_TURN = 100_000


def lines_of(curves: Sequence[CurveData]) -> int:
    """Return the number of lines that are drawn for curves."""
    return sum(
        1 + (curve.smoothed is not None and curve.show_raw) + 2 * (curve.band is not None)
        for curve in curves
    )


def is_far(curves: Sequence[CurveData], x_kind: XKind) -> bool:
    """Return whether what there is to do for these curves is done in a thread."""
    if lines_of(curves) >= FAR_FROM:
        return True
    return x_kind == "tag" and sum(len(c.xs) for c in curves if c.xs is not None) >= FAR_POINTS


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


@dataclass(frozen=True, slots=True, eq=False)
class Rendered:
    """A picture of curves, and what it is of; `key` tells it from others."""

    key: object
    stage: Stage
    scene: Scene
    image: QImage
    marks: list[Marks]
    drawn: bool


def render(
    layer: CurveLayer,
    key: object,
    stage: Stage,
    scene: Scene,
    backdrop: npt.NDArray[np.uint8],
) -> Rendered:
    """Return the picture of a stage's curves."""
    image = layer.render(stage.curves, scene, backdrop)
    image.setDevicePixelRatio(scene.ratio)
    return Rendered(key, stage, scene, image, layer.marks, layer.drawn)


class _Turn:
    """What is painted at once in this turn of the event loop, in columns of lines.

    A page of charts is painted in one turn; together their pictures would make it a long one.
    """

    def __init__(self) -> None:
        self._spent = 0

    def take(self, cost: int) -> bool:
        """Return whether a picture of this cost may be made at once; the first always may."""
        if self._spent and self._spent + cost > COST_A_TURN:
            return False
        if not self._spent:
            QTimer.singleShot(0, self._end)
        self._spent += cost
        return True

    def _end(self) -> None:
        self._spent = 0


_TURN = _Turn()


class Picture:
    """Paints the still part of a chart; ``owner`` is told to update when a picture is there."""

    def __init__(self, layer: CurveLayer, owner: QObject) -> None:
        self.layer = layer
        self._owner = owner
        self._far: FarWork[Rendered] | None = None
        # Not the one that is asked where lines lie, for it may be at work in the thread.
        self._painter = CurveLayer(layer.axes)
        self._made: Rendered | None = None
        self._kept: QPixmap | None = None
        self._kept_key: object = None
        self._last_key: object = None

    def forget(self) -> None:
        """Make everything anew at the next paint, and keep nothing of the curves."""
        self._made = self._kept = None
        self._kept_key = self._last_key = None
        self._painter = CurveLayer(self.layer.axes)
        if self._far is not None:
            self._far.forget()

    def rest(self) -> None:
        """Make no picture that nobody sees."""
        if self._far is not None:
            self._far.rest()

    def is_busy(self) -> bool:
        """Whether a picture is on its way."""
        return self._far is not None and self._far.is_busy()

    def finish(self, stage: Stage) -> None:
        """Have the picture of a stage made now, and wait for it."""
        scene = scene_of(stage)
        key = self._curves_key(stage, scene)
        if self._made is None or self._made.key != key:
            self._made = self._far_work().finish(key, self._render(key, stage, scene))

    def paint(self, painter: QPainter, stage: Stage, *, is_old: bool = False) -> bool:
        """Paint surface, curves, labels and marks; return whether the curves were made anew.

        With ``is_old`` the layout is not yet that of the curves: no picture is made for it.
        """
        scene = scene_of(stage)
        key = self._curves_key(stage, scene)
        changed = False
        if not is_old:
            changed = self._make(key, stage, scene)
        made = self._made
        if made is None or made.key != key:
            self._last_key = None
            self._paint(painter, stage, scene, made)
            return False
        whole = (key, stage.size, stage.font.key())
        if whole == self._kept_key and self._kept is not None:
            painter.drawPixmap(0, 0, self._kept)
            return changed
        if whole != self._last_key:
            self._last_key = whole
            self._kept = None
            self._paint(painter, stage, scene, made)
            return changed
        kept = QPixmap(stage.size * stage.ratio)
        kept.setDevicePixelRatio(stage.ratio)
        with QPainter(kept) as inner:
            self._paint(inner, stage, scene, made)
        self._kept, self._kept_key = kept, whole
        painter.drawPixmap(0, 0, kept)
        return changed

    def _make(self, key: object, stage: Stage, scene: Scene) -> bool:
        """Make the picture, or have it made; return whether another one is there now."""
        if self._made is not None and self._made.key == key:
            return False
        far = self._far
        if far is not None and far.key == key and far.result is not None:
            self._made = far.result
            return True
        if (
            is_far(stage.curves, stage.x_kind)
            or (far is not None and far.is_busy())
            or not _TURN.take(self._cost(stage, scene))
        ):
            self._far_work().ask(key, self._render(key, stage, scene))
            return False
        self._made = self._render(key, stage, scene)()
        return True

    def _cost(self, stage: Stage, scene: Scene) -> int:
        """Return the columns of lines that making the picture takes."""
        made = self._made
        if (
            made is not None
            and made.stage.version == stage.version
            and made.stage.colours == stage.colours
            and replace(made.scene, highlight=scene.highlight) == scene
        ):
            # Only what is brought forward is another.
            return scene.width * (len(scene.highlight) + 4)
        return scene.width * lines_of(stage.curves)

    def _paint(self, painter: QPainter, stage: Stage, scene: Scene, made: Rendered | None) -> None:
        """Paint with a picture; with one of before until the right one is there."""
        surface = stage.colours.surface
        painter.fillRect(0, 0, stage.size.width(), stage.size.height(), surface)
        # Nothing says that there is nothing before it is known.
        self.layer.drawn, self.layer.marks = True, []
        if made is not None and made.key == self._curves_key(stage, scene):
            self.layer.drawn, self.layer.marks = made.drawn, made.marks
            left, top, _width, _height = picture_rect(stage.layout, stage.ratio)
            painter.drawImage(QPointF(left / scene.ratio, top / scene.ratio), made.image)
        elif made is not None:
            stage = _paint_old(painter, stage, made)
        paint_labels_and_marks(painter, stage, self.layer.marks)

    def _render(self, key: object, stage: Stage, scene: Scene) -> Callable[[], Rendered]:
        """Return what makes the picture, on one thread at a time."""
        return partial(render, self._painter, key, stage, scene, _backdrop(stage, scene))

    def _far_work(self) -> FarWork[Rendered]:
        if self._far is None:
            self._far = FarWork(self._owner)
            self._far.ready.connect(self._owner.update)  # type: ignore[attr-defined]
        return self._far

    @staticmethod
    def _curves_key(stage: Stage, scene: Scene) -> object:
        layout = stage.layout
        return stage.version, scene, stage.colours, layout.y_ticks, layout.right_ticks


def _paint_old(painter: QPainter, stage: Stage, made: Rendered) -> Stage:
    """Paint a picture of before where its range lies now, if axes and colours are the same.

    On other scales it stands as it was. Returns the stage whose labels belong to it.
    """
    old, layout = made.scene, stage.layout
    if old.x_kind != stage.x_kind or made.stage.colours != stage.colours:
        return stage
    if old.scales != layout.scales:
        if (made.stage.size, made.stage.ratio) != (stage.size, stage.ratio):
            return stage
        left, top, _width, _height = picture_rect(made.stage.layout, old.ratio)
        painter.drawImage(QPointF(left / old.ratio, top / old.ratio), made.image)
        return made.stage
    view = old.view
    corners = (
        QPointF(layout.x_of(view.x0), layout.y_of(view.y1)),
        QPointF(layout.x_of(view.x1), layout.y_of(view.y0)),
    )
    target = QRectF(*corners)
    # Zoomed far in, a picture of before is a few blots of many screens' size.
    if not 0.0 < target.width() < 1e5 or not 0.0 < target.height() < 1e5:
        return stage
    painter.save()
    painter.setClipRect(layout.plot.adjusted(-BLEED, -BLEED, BLEED, BLEED))
    painter.drawImage(target, made.image)
    painter.restore()
    return stage


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
