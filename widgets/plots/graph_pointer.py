"""What the mouse does to a graph's canvas: choose, open, drag, zoom, tell names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QHelpEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QToolTip

from eventglass.app.models.graph_drawing import CLOSED, OPEN
from eventglass.app.models.tool_tips import plain_tip
from eventglass.widgets.plots.graph_looks import Camera
from eventglass.widgets.plots.graph_painter import HEAD

if TYPE_CHECKING:
    from eventglass.widgets.plots.graph_canvas import GraphCanvas


class GraphPointer:
    """A click chooses or opens, dragging moves, the wheel zooms around the pointer."""

    def __init__(self, canvas: GraphCanvas) -> None:
        self._canvas = canvas
        self._press: tuple[QPointF, Camera] | None = None
        self._dragged = False

    def press(self, event: QMouseEvent) -> None:
        """Begin to drag, or to click."""
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._press = (event.position(), self._canvas.camera)
            self._dragged = False

    def move(self, event: QMouseEvent) -> None:
        """Drag, or light up what is under the pointer."""
        if self._press is not None:
            start, camera = self._press
            way = event.position() - start
            if self._dragged or way.manhattanLength() >= QApplication.startDragDistance():
                self._dragged = True
                self._canvas.setCursor(Qt.CursorShape.ClosedHandCursor)
                dx, dy = round(way.x()) / camera.scale, round(way.y()) / camera.scale
                moved = Camera(camera.x - dx, camera.y - dy, camera.scale)
                self._canvas.set_camera(moved, moving=True)
            return
        self._hover(event.position())

    def release(self, event: QMouseEvent) -> None:
        """End of a drag, or a click."""
        pressed, self._press = self._press, None
        self._canvas.unsetCursor()
        if pressed is None or self._dragged or event.button() != Qt.MouseButton.LeftButton:
            return
        self._click(event.position(), event.modifiers())

    def double_click(self, event: QMouseEvent) -> None:
        """Open or close a group; on the ground, bring everything into sight."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        item = self._canvas.item_at(event.position())
        if item < 0:
            self._canvas.fit()
        elif not self._on_mark(event.position()):
            self._canvas.toggled.emit(item)

    def _click(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        item = self._canvas.item_at(at)
        if item >= 0 and self._on_mark(at):
            self._canvas.toggled.emit(item)
            return
        index = self._canvas.drawing.index_of(item)
        if index < 0 or int(self._canvas.drawing.shapes[index]) in OPEN:
            edge = self._canvas.drawing.edge_at(
                *self._canvas.camera.to_drawing(at), 5.0 / self._canvas.camera.scale
            )
            if edge >= 0:
                self._canvas.edge_chosen.emit(edge)
                return
            if index >= 0 and not self._on_head(index, at):
                item = -1
        other = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        self._canvas.chosen.emit(item, other)

    def _on_head(self, item: int, at: QPointF) -> bool:
        """Whether a point is on the strip with the name, or on the frame, of an open group."""
        box = self._canvas.screen_rect(item)
        head = max(HEAD * self._canvas.camera.scale, 20.0)
        return at.y() < box.top() + head or not box.adjusted(5, 0, -5, -5).contains(at)

    def _on_mark(self, at: QPointF) -> bool:
        """Whether a point is on the plus or minus of a group."""
        item = self._canvas.drawing.item_at(*self._canvas.camera.to_drawing(at))
        if item < 0:
            return False
        shape, box = int(self._canvas.drawing.shapes[item]), self._canvas.screen_rect(item)
        if shape in CLOSED:
            return box.width() > 44 and at.x() > box.right() - 22 * self._canvas.camera.scale
        if shape in OPEN:
            reach = max(24 * self._canvas.camera.scale, 12.0)
            return at.x() > box.right() - reach and at.y() < box.top() + reach
        return False

    def _hover(self, at: QPointF) -> None:
        item = self._canvas.item_at(at)
        self.light_up(item)
        on_mark = item >= 0 and self._on_mark(at)
        self._canvas.setCursor(
            Qt.CursorShape.PointingHandCursor if on_mark else Qt.CursorShape.ArrowCursor
        )

    def light_up(self, item: int) -> None:
        """Bring forward the item with an id, -1 for none."""
        canvas = self._canvas
        if item != canvas.hovered_id:
            canvas.hovered_id = item
            canvas.hovered.emit(item)
            canvas.update()

    def wheel(self, event: QWheelEvent) -> None:
        """Zoom around the pointer; with Shift, or a pad's sideways way, move."""
        angle = event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier or abs(angle.x()) > abs(angle.y()):
            self._canvas.move_by(-(angle.x() or angle.y()) * 0.5, 0.0)
        elif angle.y():
            self._canvas.zoom_by(1.0015 ** angle.y(), event.position())
        event.accept()

    def show_tip(self, event: QHelpEvent) -> None:
        """Tell the whole name of what is under the pointer."""
        drawing = self._canvas.drawing
        item = drawing.index_of(self._canvas.item_at(QPointF(event.pos())))
        text = ""
        if item >= 0:
            text = drawing.labels[item]
            if drawing.notes[item]:
                text += f"\n{drawing.notes[item]}"
            if int(drawing.shapes[item]) in OPEN and not self._on_head(item, QPointF(event.pos())):
                text = ""
        QToolTip.showText(event.globalPos(), plain_tip(text), self._canvas)
