"""Mouse, touchpad and keys over a scene."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPen,
    QPolygonF,
    QWheelEvent,
)

from eventglass.widgets.plots.gl_camera import PRESETS, Camera
from eventglass.widgets.plots.gl_items import Label, Pick

if TYPE_CHECKING:
    from eventglass.widgets.plots.gl_scene import SceneView

Tool: TypeAlias = Literal["orbit", "box", "lasso", "measure"]

#: A press and a release nearer than this are a click, pixels.
CLICK_PX = 4.0
#: A notch of the wheel.
ZOOM_STEP = 1.2
#: What an arrow key moves, pixels.
KEY_PX = 40.0

_ARROWS = {
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, -1.0),
    Qt.Key.Key_Down: (0.0, 1.0),
}
_NUMBERS = tuple(Qt.Key(Qt.Key.Key_1.value + i) for i in range(len(PRESETS)))
_OTHERS = (
    Qt.Key.Key_Plus,
    Qt.Key.Key_Equal,
    Qt.Key.Key_Minus,
    Qt.Key.Key_Home,
    Qt.Key.Key_F,
    Qt.Key.Key_P,
)
_PLAIN = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.KeypadModifier,
)
_NO_BUTTON = Qt.MouseButton.NoButton


class ScenePointer:
    """Turns what the hands do into movements of the camera, picks and regions."""

    def __init__(self, view: SceneView) -> None:
        self._view = view
        self.tool: Tool = "orbit"
        self.wheel_zooms = True
        self._button = _NO_BUTTON
        self._pressed = QPointF()
        self._last = QPointF()
        self._dragged = False
        self._pans = False
        self.outline: list[QPointF] = []
        self.ends: list[Pick] = []

    # -- mouse --------------------------------------------------------------------------------

    def press(self, event: QMouseEvent) -> bool:
        """Begin to drag; False for buttons that mean nothing here."""
        if event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            return False
        self._button = event.button()
        self._pressed = self._last = event.position()
        self._dragged = False
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self._pans = self._button == Qt.MouseButton.MiddleButton or (
            self.tool in ("orbit", "measure") and (shift or self._view.planar)
        )
        if self.selects and not self._pans:
            self.outline = [self._pressed]
        return True

    @property
    def selects(self) -> bool:
        """Whether dragging draws a region."""
        return self.tool in ("box", "lasso")

    @property
    def dragging(self) -> bool:
        """Whether a button is held."""
        return self._button != _NO_BUTTON

    def move(self, event: QMouseEvent) -> None:
        """Drag, or look at what is under the pointer."""
        place = event.position()
        if not self.dragging:
            self._view.look_at(place)
            return
        away = place - self._pressed
        if not self._dragged and math.hypot(away.x(), away.y()) < CLICK_PX:
            return
        step = place - self._last
        self._dragged = True
        self._last = place
        view = self._view
        if self._pans:
            view.move_camera(view.camera.panned(step.x(), step.y(), view.size_px()))
        elif self.selects:
            self.outline.append(place)
            view.update()
        else:
            view.move_camera(view.camera.orbited(step.x(), step.y()))

    def release(self, event: QMouseEvent) -> None:
        """End dragging: a click, or a region is complete."""
        if event.button() != self._button:
            return
        self._button = _NO_BUTTON
        view = self._view
        region = self.region() if self.selects and not self._pans else None
        self.outline = []
        if not self._dragged:
            if event.button() == Qt.MouseButton.LeftButton:
                self._click(event)
        elif region is not None:
            view.select(region, event.modifiers())
        view.update()
        view.look_at(event.position())

    def double_click(self, event: QMouseEvent) -> None:
        """Turn around what is under the pointer from now on."""
        if event.button() != Qt.MouseButton.LeftButton or self.tool == "measure":
            return
        pick = self._view.pick_at(event.position().x(), event.position().y())
        if pick is not None:
            self._view.centre_on(pick.position)
        self._view.double_clicked.emit(pick)

    def _click(self, event: QMouseEvent) -> None:
        view = self._view
        pick = view.pick_at(event.position().x(), event.position().y())
        if self.tool == "measure":
            if pick is not None:
                self.ends = [pick] if len(self.ends) != 1 else [*self.ends, pick]
                if len(self.ends) == 2:
                    view.measured.emit(*self.ends, self.length())
            else:
                self.ends = []
        view.clicked.emit(pick, event.modifiers())

    def length(self) -> float:
        """Return the distance of the two places measured."""
        first, last = self.ends
        return math.dist(first.position, last.position)

    def labels(self) -> list[Label]:
        """Return the distance measured, as a text between the two places."""
        if len(self.ends) != 2:
            return []
        x, y, z = ((a + b) / 2.0 for a, b in zip(*(e.position for e in self.ends), strict=True))
        return [Label((x, y, z), f"{self.length():.5g}", bold=True, priority=math.inf)]

    def paint_ends(self, painter: QPainter, camera: Camera) -> None:
        """Paint the places that are measured, and the way between them."""
        if not self.ends:
            return
        view = self._view
        places = camera.project([end.position for end in self.ends], view.size_px())
        if not (np.isfinite(places).all() and (places[:, 2] > 0.0).all()):
            return
        points = [QPointF(float(x), float(y)) for x, y, _depth in places]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        accent = view.theme.colour("accent")
        if len(points) == 2:
            painter.setPen(QPen(accent, 1.5, Qt.PenStyle.DashLine))
            painter.drawLine(points[0], points[1])
        painter.setPen(QPen(view.backdrop(), 1.5))
        painter.setBrush(accent)
        for point in points:
            painter.drawEllipse(point, 4.5, 4.5)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    # -- wheel and touchpad -------------------------------------------------------------------

    def wheel(self, event: QWheelEvent) -> bool:
        """Zoom at the pointer; False where the wheel belongs to the page."""
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if not (self.wheel_zooms or control or self._view.hasFocus()):
            return False
        notches = event.angleDelta().y() / 120.0
        if notches:
            self._view.zoom_at(ZOOM_STEP**notches, event.position())
        return True

    def gesture(self, event: QNativeGestureEvent) -> bool:
        """Pinch to zoom, turn two fingers to turn."""
        view = self._view
        if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            view.zoom_at(max(1.0 + event.value(), 0.1), event.position())
            return True
        if event.gestureType() == Qt.NativeGestureType.RotateNativeGesture and not view.planar:
            view.move_camera(view.camera.orbited(event.value() / 0.4, 0.0))
            return True
        return False

    # -- keys ---------------------------------------------------------------------------------

    @staticmethod
    def takes(event: QKeyEvent) -> bool:
        """Tell whether a key means something here."""
        key = Qt.Key(event.key())
        return event.modifiers() in _PLAIN and (key in _ARROWS or key in _NUMBERS or key in _OTHERS)

    def key(self, event: QKeyEvent) -> bool:
        """Move the camera by key; False for other keys."""
        key, view = Qt.Key(event.key()), self._view
        if key == Qt.Key.Key_Escape:
            if self.outline or self.ends:
                self.outline, self.ends = [], []
                self._button = _NO_BUTTON
            elif self.tool != "orbit":
                view.set_tool("orbit")
                view.tool_changed.emit("orbit")
            else:
                return False
            view.update()
            return True
        if not self.takes(event):
            return False
        if key in _ARROWS:
            right, down = _ARROWS[key]
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            if shift or view.planar:
                moved = view.camera.panned(-right * KEY_PX, -down * KEY_PX, view.size_px())
            else:
                moved = view.camera.orbited(right * KEY_PX, down * KEY_PX)
            view.move_camera(moved)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            view.zoom_at(ZOOM_STEP)
        elif key == Qt.Key.Key_Minus:
            view.zoom_at(1.0 / ZOOM_STEP)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_F):
            view.fit()
        elif key == Qt.Key.Key_P and not view.planar:
            view.toggle_perspective()
        elif key in _NUMBERS and not view.planar:
            view.show_from(list(PRESETS)[_NUMBERS.index(key)])
        return True

    # -- regions ------------------------------------------------------------------------------

    def region(self) -> QPolygonF | None:
        """Return the outline drawn, None when it is none."""
        if len(self.outline) < 2:
            return None
        if self.tool == "box":
            box = QRectF(self.outline[0], self.outline[-1]).normalized()
            # Without the fifth corner that Qt adds.
            return QPolygonF([box.topLeft(), box.topRight(), box.bottomRight(), box.bottomLeft()])
        return QPolygonF(self.outline) if len(self.outline) > 2 else None

    def paint(self, painter: QPainter) -> None:
        """Paint the region that is being drawn."""
        region = self.region() if self.outline else None
        if region is None:
            return
        accent = self._view.theme.colour("accent")
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, self.tool == "lasso")
        painter.setPen(QPen(accent, 1.0))
        painter.setBrush(self._view.theme.colour("accent", 0.12))
        painter.drawPolygon(region)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
