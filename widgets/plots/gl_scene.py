"""SceneView: shows points, surfaces, lines and pictures in space.

A scene is drawn into a picture, which the widget paints, with texts and marks over it. The picture
comes from OpenGL where a graphics processor does it, else from the processor itself: the same
calls, the same signals. While the camera moves, edges may be rough; when it rests they are drawn
smoothly, beside the GUI thread.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from functools import partial
from typing import Literal

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QElapsedTimer, QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHideEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from eventglass.app.core.compute.scene_marks import FAST
from eventglass.app.core.meshes.reach import farthest_along
from eventglass.app.models.theme import SMALL_SIZE_PX, Theme
from eventglass.widgets.plots.gl_camera import Bounds, Camera, Place, Preset, Size, between
from eventglass.widgets.plots.gl_frame import (
    REACH_PX,
    Derived,
    Frame,
    Ids,
    Renderer,
    arrays_of,
    inside,
    picked,
)
from eventglass.widgets.plots.gl_items import (
    Item,
    Label,
    Lights,
    Lines,
    Mesh,
    Pick,
    Rgba,
    bounds_of,
    draws_same,
)
from eventglass.widgets.plots.gl_labels import LabelPainter
from eventglass.widgets.plots.gl_picture import made_picture
from eventglass.widgets.plots.gl_pointer import ScenePointer, Tool
from eventglass.widgets.plots.gl_raster import RasterRenderer, projected
from eventglass.widgets.plots.gl_refine import refiner

_log = logging.getLogger(__name__)

#: How long a camera is on its way, at most.
MOTION_MS = 120
#: How long a scene rests before it is drawn smoothly.
REST_MS = 70

Mode = Literal["auto", "gpu", "raster"]


class SceneView(QWidget):
    """Shows items from a camera that follows mouse, touchpad and keys."""

    #: Camera: the user moved it, or `fit` or `show_from` did; where it will be.
    camera_changed = Signal(object)
    #: Pick or None: what is under the pointer now.
    hovered = Signal(object)
    #: Pick or None, Qt.KeyboardModifiers.
    clicked = Signal(object, object)
    #: Pick or None. The camera turns to it already.
    double_clicked = Signal(object)
    #: Key and (k,) int64 indices of points or pictures, for each item with any; one with the key
    #: None and no indices where the region holds nothing. After it `region_finished`.
    region_selected = Signal(object, object)
    #: Qt.KeyboardModifiers: all items of a region were told.
    region_finished = Signal(object)
    #: Pick, Pick, distance: two places were measured; drawn here.
    measured = Signal(object, object, float)
    #: Word of `Tool`: changed by key.
    tool_changed = Signal(str)
    #: What draws, or why it doesn't, became another.
    renderer_changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self._items: tuple[Item, ...] = ()
        self._labels: tuple[Label, ...] = ()
        self._lights = Lights()
        self._background: QColor | None = None
        self._clip: tuple[float, float, float, float] | None = None
        self._fog = 0.0
        self._camera = Camera()
        self._planar = False
        self._bounds: Bounds | None = None
        self._pointer = ScenePointer(self)
        self._texts = LabelPainter()
        self._placed: tuple[object, list[tuple[Label, QRectF]]] | None = None
        self._derived = Derived()
        self._mode: Mode = "auto"
        self._renderer: Renderer | None = None
        self._failure = ""
        self._picture: tuple[Frame, QImage] | None = None
        self._by_key = False
        self._hover: Pick | None = None
        self._from: Camera | None = None
        self._clock = QElapsedTimer()
        self._motion = QTimer(self)
        self._motion.setInterval(8)
        self._motion.timeout.connect(self.update)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._refine)
        refiner().refined.connect(self._take_refined)
        theme.changed.connect(self.update)
        self.setAccessibleName("Scene")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(60, 60)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    # -- what draws -------------------------------------------------------------------------

    @property
    def renderer(self) -> str:
        """What draws: OpenGL's name of it, or ``"raster"``; empty before the first picture."""
        return "" if self._renderer is None else self._renderer.name

    @property
    def failure(self) -> str:
        """Why OpenGL doesn't draw, empty when it does or is not wanted."""
        return self._failure

    def set_renderer(self, mode: Mode) -> None:
        """Choose what draws; auto: a graphics processor where there is one, else the raster."""
        if mode != self._mode:
            self._mode = mode
            self._renderer = None
            self._failure = ""
            self._forget_picture()

    def _chosen(self) -> Renderer:
        if self._renderer is None:
            if self._mode != "raster":
                from eventglass.widgets.plots import gl_device

                self._renderer, self._failure = gl_device.chosen(any_kind=self._mode == "gpu")
            if self._renderer is None:
                self._renderer = RasterRenderer()
            self.renderer_changed.emit()
        return self._renderer

    def _give_up(self, reason: str) -> Renderer:
        """Draw by the processor from now on."""
        _log.info("Scenes are drawn by the processor: %s", reason)
        self._failure = reason
        self._renderer = RasterRenderer()
        self.renderer_changed.emit()
        return self._renderer

    # -- what to show -----------------------------------------------------------------------

    @property
    def items(self) -> tuple[Item, ...]:
        """The items shown."""
        return self._items

    def set_items(self, items: Sequence[Item]) -> None:
        """Show items; what is the same as before costs nothing."""
        given = tuple(items)
        if len(given) == len(self._items) and all(map(draws_same, given, self._items)):
            return
        self._items = given
        self._derived.trim(given)
        self._bounds = self._reach(given)
        self._pointer.ends = [p for p in self._pointer.ends if p.key in {i.key for i in given}]
        self.update()

    def set_labels(self, labels: Sequence[Label]) -> None:
        """Show texts over the scene."""
        self._labels = tuple(labels)
        self.update()

    def set_lights(self, lights: Lights) -> None:
        """Light surfaces otherwise."""
        self._lights = lights
        self.update()

    def set_background(self, colour: QColor | None) -> None:
        """Paint another background; None: the theme's surface."""
        self._background = None if colour is None else QColor(colour)
        self.update()

    def set_clip(self, plane: tuple[float, float, float, float] | None) -> None:
        """Cut away what lies where ``a·x + b·y + c·z + d < 0``."""
        self._clip = plane
        self.update()

    def set_fog(self, amount: float) -> None:
        """Let what is far fade towards the background; 0 (none) to 1."""
        self._fog = min(max(amount, 0.0), 1.0)
        self.update()

    def bounds(self) -> Bounds | None:
        """Return the bounds of what is shown."""
        return self._united([item for item in self._items if not isinstance(item, Lines)]) or (
            self._united(self._items)
        )

    def _reach(self, items: Sequence[Item]) -> Bounds | None:
        """Return the bounds of all that is drawn, lines as well."""
        return self._united(items)

    def _united(self, items: Sequence[Item]) -> Bounds | None:
        found: Bounds | None = None
        for item in items:
            arrays = tuple(arrays_of(item))
            match item:
                case Lines():
                    used = arrays[:1]
                case Mesh():
                    used = arrays[:1]
                case _:
                    used = (item.positions, *([] if item.visible is None else [item.visible]))
            key = ("bounds", *map(id, used))
            part = self._derived.get(key)
            if part is None:
                part = self._derived.keep(key, used, (bounds_of([item]),))
            if part[0] is not None:
                found = part[0].united(found)
        return found

    # -- camera -----------------------------------------------------------------------------

    @property
    def camera(self) -> Camera:
        """Where one looks from; where it will be, while it moves."""
        return self._camera

    @property
    def planar(self) -> bool:
        """Whether x and y alone are shown."""
        return self._planar

    def size_px(self) -> Size:
        """Width and height, device-independent pixels."""
        return float(max(self.width(), 1)), float(max(self.height(), 1))

    def set_camera(self, camera: Camera, animate: bool = False) -> None:
        """Look from elsewhere. Emits nothing."""
        if self._planar:
            camera = replace(camera.preset("front"), orthographic=True, up=(0.0, 1.0, 0.0))
        if camera.same_view(self._camera):
            return
        self._from = self.shown_camera() if animate and self.isVisible() else None
        self._camera = camera
        if self._from is not None:
            self._clock.start()
            self._motion.start()
        else:
            self._motion.stop()
        self.update()

    def shown_camera(self) -> Camera:
        """Return where one looks from at this moment, between two places while it moves."""
        if self._from is None:
            return self._camera
        share = self._clock.elapsed() / MOTION_MS
        if share >= 1.0:
            self._from = None
            self._motion.stop()
            return self._camera
        # Begins fast and comes to rest.
        return between(self._from, self._camera, 1.0 - (1.0 - share) ** 2)

    def move_camera(self, camera: Camera, animate: bool = False) -> None:
        """Look from elsewhere, and tell of it."""
        if not camera.same_view(self._camera):
            self.set_camera(camera, animate)
            self.camera_changed.emit(self._camera)

    def fit(self, animate: bool = True) -> None:
        """Show all there is, from the same direction."""
        bounds = self.bounds()
        if bounds is not None:
            self.move_camera(self._fitted(self._camera, bounds), animate)

    def show_from(self, name: Preset, animate: bool = True) -> None:
        """Look from a named side, at all there is."""
        camera = self._camera.preset(name)
        bounds = self.bounds()
        self.move_camera(camera if bounds is None else self._fitted(camera, bounds), animate)

    def _fitted(self, camera: Camera, bounds: Bounds) -> Camera:
        """Return the camera that shows all points."""
        width, height = self.size_px()
        ways = camera.limits(width / height)
        parts = []
        for item in self._items:
            if isinstance(item, Lines):
                continue
            places = item.vertices if isinstance(item, Mesh) else item.positions
            if not isinstance(item, Mesh) and item.visible is not None:
                places = places[item.visible]
            parts.append(farthest_along(places, ways, bounds.centre))
        shown = np.concatenate(parts) if parts else np.empty((0, 3), np.float32)
        return camera.fitted(bounds, width / height, shown if len(shown) else None)

    def toggle_perspective(self) -> None:
        """Show with perspective, or without."""
        self.move_camera(replace(self._camera, orthographic=not self._camera.orthographic))

    def centre_on(self, place: Place) -> None:
        """Turn around a place from now on."""
        self.move_camera(replace(self._camera, target=place), animate=True)

    def zoom_at(self, factor: float, place: QPointF | None = None) -> None:
        """Go nearer; what lies at a place of the widget stays there."""
        anchor: Place | None = None
        if place is not None:
            pick = None if self._planar else self.pick_at(place.x(), place.y(), 0.5)
            size = self.size_px()
            plane = self._camera.on_target_plane(place.x(), place.y(), size)
            anchor = plane if pick is None else pick.position
        self.move_camera(self._camera.zoomed(factor, anchor))

    def set_planar(self, planar: bool) -> None:
        """Show x and y only: pan and zoom, no turning."""
        if planar != self._planar:
            self._planar = planar
            if planar:
                self._camera = replace(
                    self._camera.preset("front"), orthographic=True, up=(0.0, 1.0, 0.0)
                )
            else:
                self._camera = replace(self._camera, orthographic=False)
            self._from = None
            self.update()

    def set_wheel_zooms(self, always: bool) -> None:
        """Zoom by wheel always, or only with Ctrl or the focus: else the page scrolls."""
        self._pointer.wheel_zooms = always

    # -- tools ------------------------------------------------------------------------------

    @property
    def tool(self) -> Tool:
        """What dragging does."""
        return self._pointer.tool

    def set_tool(self, tool: Tool) -> None:
        """Let dragging turn the scene, or select, or clicks measure."""
        if tool != self._pointer.tool:
            self._pointer.tool = tool
            self._pointer.outline = []
            self._pointer.ends = []
            cross = tool != "orbit"
            self.setCursor(Qt.CursorShape.CrossCursor if cross else Qt.CursorShape.ArrowCursor)
            self.update()

    def pick_at(self, x: float, y: float, reach: float = REACH_PX) -> Pick | None:
        """Return what lies nearest to a place of the widget, within so many pixels."""
        if self.width() < 1 or self.height() < 1 or not self._items:
            return None
        ratio = self.devicePixelRatioF()
        frame = self._frame()
        found = self._ids(frame).near(x * ratio, y * ratio, reach * ratio)
        return None if found is None else picked(*found, frame, x * ratio, y * ratio)

    def _ids(self, frame: Frame) -> Ids:
        """Return what is seen at each pixel, with the renderer that is there."""
        try:
            return self._chosen().ids(frame, self._derived)
        except RuntimeError as error:
            return self._give_up(str(error)).ids(frame, self._derived)

    def indices_in(self, key: Hashable, region: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
        """Return the points of an item inside a (k, 2) polygon of the widget, hidden or not."""
        for item in self._items:
            if item.key == key and not isinstance(item, Lines | Mesh):
                width, height = self.width(), self.height()
                frame = replace(self._frame(), width=width, height=height)
                places = projected(frame.parted((0, 0, width, height)), item.positions)
                found = inside(places, np.asarray(region, np.float64))
                return found if item.visible is None else found[item.visible[found]]
        return np.empty(0, np.int64)

    def select(self, region: QPolygonF, modifiers: Qt.KeyboardModifier) -> None:
        """Tell of the points inside a region."""
        corners = np.array([[p.x(), p.y()] for p in region.toList()])
        found = False
        for item in self._items:
            if isinstance(item, Lines | Mesh) or not item.pickable:
                continue
            indices = self.indices_in(item.key, corners)
            if len(indices):
                found = True
                self.region_selected.emit(item.key, indices)
        if not found:
            self.region_selected.emit(None, np.empty(0, np.int64))
        self.region_finished.emit(modifiers)

    def look_at(self, place: QPointF | None) -> None:
        """Find what is under the pointer, and tell if it is another thing than before."""
        pick = None if place is None else self.pick_at(place.x(), place.y())
        before = self._hover
        self._hover = pick
        if (pick is None) != (before is None) or (
            pick is not None
            and before is not None
            and (pick.key, pick.index) != (before.key, before.index)
        ):
            self.hovered.emit(pick)

    # -- pictures ---------------------------------------------------------------------------

    def _frame(self) -> Frame:
        ratio = self.devicePixelRatioF()
        width = max(round(self.width() * ratio), 1)
        height = max(round(self.height() * ratio), 1)
        return Frame(
            items=self._items,
            camera=self.shown_camera().with_scene(self._bounds),
            width=width,
            height=height,
            part=(0, 0, width, height),
            ratio=ratio,
            background=_rgba(self.backdrop()),
            lights=self._lights,
            clip=self._clip,
            fog=self._fog,
        )

    def backdrop(self) -> QColor:
        """Return the colour behind everything."""
        return self.theme.colour("surface") if self._background is None else self._background

    def render_image(
        self,
        width: int,
        height: int,
        transparent: bool = False,
        camera: Camera | None = None,
        labels: bool = True,
    ) -> QImage:
        """Return a picture of the scene at any size, in pixels.

        Points, lines and texts are as large in it as they are on the screen, by its height.
        """
        return self.image_maker(width, height, transparent, labels)(camera)

    def image_maker(
        self, width: int, height: int, transparent: bool = False, labels: bool = True
    ) -> Callable[[Camera | None], QImage]:
        """Return a function that makes pictures of the scene as it is now, on any thread."""
        width, height = max(width, 1), max(height, 1)
        ratio = height / self.size_px()[1]
        backdrop = self.backdrop()
        frame = replace(
            self._frame(),
            camera=self._camera.with_scene(self._bounds),
            width=width,
            height=height,
            part=(0, 0, width, height),
            ratio=ratio,
            background=_rgba(backdrop, 0 if transparent else 255),
            fine=True,
        )
        texts = LabelPainter()
        texts.set_fonts(self.theme.font(SMALL_SIZE_PX), self.theme.font(SMALL_SIZE_PX, bold=True))
        shown = self._labels if labels else ()
        return partial(
            made_picture,
            frame,
            Derived(),
            texts,
            shown,
            QColor(self.theme.colour("text")),
            QColor(backdrop),
            self._bounds,
        )

    def _drawn(self) -> QImage:
        """Return the picture of this moment; drawn if it isn't yet."""
        frame = self._frame()
        if self._picture is not None and self._picture[0] == frame:
            return self._picture[1]
        self._rest.stop()
        refiner().drop(id(self))
        try:
            image = self._chosen().draw(frame, self._derived)
        except RuntimeError as error:
            image = self._give_up(str(error)).draw(frame, self._derived)
        self._picture = frame, image
        if FAST and isinstance(self._renderer, RasterRenderer) and frame.items:
            self._rest.start()
        return image

    def _forget_picture(self) -> None:
        self._picture = None
        self._rest.stop()
        refiner().drop(id(self))
        self.update()

    @Slot()
    def _refine(self) -> None:
        if self._picture is not None and self.isVisible() and not self._pointer.dragging:
            refiner().ask(id(self), replace(self._picture[0], fine=True), self._derived)
        elif self._pointer.dragging:
            self._rest.start()

    @Slot(object, object, object)
    def _take_refined(self, owner: int, frame: Frame, image: QImage) -> None:
        if owner != id(self) or self._picture is None:
            return
        rough = replace(frame, fine=False)
        if rough == self._picture[0]:
            self._picture = rough, image
            self.update()

    def is_settled(self) -> bool:
        """Tell whether nothing moves and all is drawn."""
        if self._from is not None or self._rest.isActive() or refiner().is_busy(id(self)):
            return False
        if not self.isVisible() or self.visibleRegion().isEmpty():
            return True
        return self._picture is not None and self._picture[0] == self._frame()

    # -- Qt ---------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the picture, texts, and what is being selected or measured."""
        image = self._drawn()
        camera = self._picture[0].camera if self._picture is not None else self._camera
        width, height = self.size_px()
        with QPainter(self) as painter:
            painter.drawImage(QRectF(self.rect()), image)
            labels = [*self._labels, *self._pointer.labels()]
            self._pointer.paint_ends(painter, camera)
            if labels:
                self._texts.set_fonts(
                    self.theme.font(SMALL_SIZE_PX), self.theme.font(SMALL_SIZE_PX, bold=True)
                )
                key = (self._labels, tuple(self._pointer.ends), camera, width, height)
                if self._placed is None or self._placed[0] != key:
                    self._placed = key, self._texts.placed(labels, camera, width, height)
                placed = self._placed[1]
                self._texts.paint(painter, placed, self.theme.colour("text"), self.backdrop())
            self._pointer.paint(painter)
            if self._by_key and self.hasFocus():
                painter.setPen(QPen(self.theme.colour("accent"), 1.0))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep what is in sight in width too."""
        super().resizeEvent(event)
        self._hover = None

    def hideEvent(self, event: QHideEvent) -> None:
        """Give back what only a shown scene needs."""
        super().hideEvent(event)
        self._picture = None
        self._rest.stop()
        refiner().drop(id(self))
        if isinstance(self._renderer, RasterRenderer):
            self._renderer = RasterRenderer()
        if self._hover is not None:
            self._hover = None
            self.hovered.emit(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """See `ScenePointer`."""
        if not self._pointer.press(event):
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """See `ScenePointer`."""
        self._pointer.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """See `ScenePointer`."""
        self._pointer.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """See `ScenePointer`."""
        self._pointer.double_click(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom, or let the page scroll."""
        event.setAccepted(self._pointer.wheel(event))

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the pointer any more."""
        super().leaveEvent(event)
        self.look_at(None)

    def event(self, event: QEvent) -> bool:
        """Keep the scene's keys from the window's shortcuts; touchpads."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            if self._pointer.takes(event):
                event.accept()
                return True
        elif isinstance(event, QNativeGestureEvent) and self._pointer.gesture(event):
            return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus where it came by key."""
        super().focusInEvent(event)
        self._by_key = event.reason() in (
            Qt.FocusReason.TabFocusReason,
            Qt.FocusReason.BacktabFocusReason,
        )
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that the focus is gone."""
        super().focusOutEvent(event)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """See `ScenePointer`."""
        if not self._pointer.key(event):
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        """As much as there is."""
        return QSize(480, 360)


def _rgba(colour: QColor, opacity: int = 255) -> Rgba:
    return colour.red(), colour.green(), colour.blue(), opacity
