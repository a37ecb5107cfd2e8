"""The keys of a graph's canvas: along the edges, to the neighbours, nearer and further."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from eventglass.app.models.graph_drawing import ANNOTATIONS, OPEN, GraphDrawing

if TYPE_CHECKING:
    from eventglass.widgets.plots.graph_canvas import GraphCanvas

_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_OTHERS = frozenset(
    {
        Qt.Key.Key_Return,
        Qt.Key.Key_Enter,
        Qt.Key.Key_Space,
        Qt.Key.Key_Plus,
        Qt.Key.Key_Equal,
        Qt.Key.Key_Minus,
        Qt.Key.Key_0,
        Qt.Key.Key_Backspace,
        Qt.Key.Key_Home,
    }
)
_STEP_PX = 60.0


class GraphKeys:
    """Arrows go along the edges of the selected item, and aside to the other ends.

    Along the edges' direction: to what it feeds, or to what feeds it, the nearest first. Across: to
    the other ends of the edges one came along, else to the box beside. Return opens and closes,
    Backspace goes to the group around. Shift and arrows move the picture.
    """

    def __init__(self, canvas: GraphCanvas) -> None:
        self._canvas = canvas
        self._branch: list[int] = []

    def takes(self, event: QKeyEvent) -> bool:
        """Whether a key is one of ours, and not a shortcut of the window."""
        key, modifiers = Qt.Key(event.key()), event.modifiers()
        shift, ctrl = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
        if modifiers & (ctrl | Qt.KeyboardModifier.AltModifier):
            return False
        if key in _ARROWS:
            return True
        return key in _OTHERS and (not modifiers & shift or key == Qt.Key.Key_Plus)

    def press(self, event: QKeyEvent) -> bool:
        """Do what a key says; False when it says nothing."""
        if not self.takes(event):
            return False
        canvas, key = self._canvas, Qt.Key(event.key())
        if key in _ARROWS:
            dx, dy = _ARROWS[key]
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                canvas.move_by(dx * _STEP_PX, dy * _STEP_PX)
            else:
                self._go(dx, dy)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            if canvas.selected >= 0:
                canvas.toggled.emit(canvas.selected)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            canvas.zoom_by(1.25)
        elif key == Qt.Key.Key_Minus:
            canvas.zoom_by(0.8)
        elif key == Qt.Key.Key_Backspace:
            self._go_up()
        elif key == Qt.Key.Key_Home and canvas.drawing.count:
            self._choose(_first(canvas.drawing))
        else:
            canvas.fit()
        return True

    def _go(self, dx: int, dy: int) -> None:
        drawing = self._canvas.drawing
        item = drawing.index_of(self._canvas.selected)
        if item < 0:
            if drawing.count:
                self._choose(_first(drawing))
            return
        ahead, across = (dy, dx) if drawing.downward else (dx, dy)
        if ahead:
            ends = _ends(drawing, item, ahead > 0)
            if not ends:
                # Where no edge leads on: the next box that way.
                near = _beside(drawing, item, dx, dy)
                ends = [near] if near >= 0 else []
            if ends:
                self._branch = [int(drawing.ids[end]) for end in ends]
                self._choose(ends[0])
            return
        branch = [drawing.index_of(each) for each in self._branch]
        branch = sorted((each for each in branch if each >= 0), key=_order(drawing))
        if item in branch and len(branch) > 1:
            place = branch.index(item) + across
            if 0 <= place < len(branch):
                self._choose(branch[place])
                return
        near = _beside(drawing, item, dx, dy)
        if near >= 0:
            self._branch = []
            self._choose(near)

    def _go_up(self) -> None:
        drawing = self._canvas.drawing
        item = drawing.index_of(self._canvas.selected)
        parent = int(drawing.parents[item]) if item >= 0 else -1
        if parent >= 0:
            self._choose(parent)
        else:
            self._canvas.left.emit()

    def _choose(self, item: int) -> None:
        item_id = int(self._canvas.drawing.ids[item])
        self._canvas.chosen.emit(item_id, False)
        self._canvas.go_to(item_id, gently=True)


def _ends(drawing: GraphDrawing, item: int, outgoing: bool) -> list[int]:
    """Other ends of the edges of an item, the nearest across first."""
    here, there = drawing.sources, drawing.targets
    if not outgoing:
        here, there = there, here
    ends = np.unique(there[here == item])
    ends = ends[ends != item]
    beside = np.isin(drawing.shapes[ends], [int(shape) for shape in ANNOTATIONS])
    if not beside.all():
        # What stands beside a box is gone to where nothing else is.
        ends = ends[~beside]
    across = 0 if drawing.downward else 1
    middle = drawing.rects[:, across] + drawing.rects[:, 2 + across] / 2
    order = np.argsort(np.abs(middle[ends] - middle[item]), kind="stable")
    return [int(end) for end in ends[order]]


def _beside(drawing: GraphDrawing, item: int, dx: int, dy: int) -> int:
    """The next box in a direction, -1 for none: near, and rather straight ahead than aside."""
    middles = drawing.rects[:, :2] + drawing.rects[:, 2:] / 2
    way = middles - middles[item]
    ahead = way @ np.array([dx, dy], float)
    aside = np.abs(way @ np.array([dy, dx], float))
    good = (ahead > 1.0) & (drawing.parents == drawing.parents[item])
    if not good.any():
        return -1
    return int(np.where(good, ahead + 2.5 * aside, np.inf).argmin())


def _order(drawing: GraphDrawing) -> Callable[[int], float]:
    across = 0 if drawing.downward else 1
    return lambda item: float(drawing.rects[item, across])


def _first(drawing: GraphDrawing) -> int:
    """The box one begins with: the first along the edges, no open group."""
    along = 1 if drawing.downward else 0
    closed = ~np.isin(drawing.shapes, [int(shape) for shape in OPEN])
    if not closed.any():
        return 0
    return int(np.where(closed, drawing.rects[:, along], np.inf).argmin())
