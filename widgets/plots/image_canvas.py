"""ImageCanvas: shows an image pixel by pixel, or two of them one over the other.

Enlarged pixels stay squares; from 8 screen pixels on a grid lies between them, and where there is
room each shows its numbers. The canvas paints only what is in sight, so it costs the screen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from eventglass.app.models.pictures import Pixels
from eventglass.app.models.theme import Theme
from eventglass.widgets.plots.chequers import paint_chequers
from eventglass.widgets.plots.image_zoom import ImageZoom

Layering: TypeAlias = Literal["first", "swipe", "onion"]

#: Screen pixels of an image's pixel from which the grid and the numbers are shown.
GRID_FROM, NUMBERS_FROM = 8.0, 46.0
#: A notch of the wheel.
ZOOM_STEP = 1.25
#: How near to the divider a press takes hold of it.
GRIP_PX = 8.0
_NUMBERS_PX = 10


class ImageCanvas(QWidget):
    """Shows images under one zoom."""

    #: Pixel under the pointer, as shares of width and height; None when it left.
    hovered = Signal(object)
    #: The divider or the mixture was moved: 0 to 1.
    amount_changed = Signal(float)
    double_clicked = Signal()
    #: The canvas was clicked or reached by key.
    focused = Signal()
    #: It has another size: what fits is of another scale.
    resized = Signal()

    def __init__(self, theme: Theme, zoom: ImageZoom, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._zoom = zoom
        self._images: tuple[QImage, ...] = ()
        self._numbers: Pixels | None = None
        self._layering: Layering = "first"
        self._amount = 0.5
        self._smooth = False
        self._mark: QPointF | None = None
        self._dragged: QPointF | None = None
        self._dragging_divider = False
        self._reduced: dict[tuple[int, int], QImage] = {}
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(60, 60)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        zoom.changed.connect(self.update)
        theme.changed.connect(self.update)

    # -- what to show -----------------------------------------------------------------------

    @property
    def zoom(self) -> ImageZoom:
        """The zoom it follows."""
        return self._zoom

    def set_zoom(self, zoom: ImageZoom) -> None:
        """Follow another zoom."""
        if zoom is not self._zoom:
            self._zoom.changed.disconnect(self.update)
            self._zoom = zoom
            zoom.changed.connect(self.update)
            self.update()

    def set_images(self, images: Sequence[QImage], numbers: Pixels | None = None) -> None:
        """Show images; of the second and further only while layered.

        Parameters
        ----------
        numbers : (h, w, c), optional
            What stands in the pixels of the first image where there is room.
        """
        kept = {int(image.cacheKey()) for image in images}
        self._reduced = {key: image for key, image in self._reduced.items() if key[0] in kept}
        self._images = tuple(images)
        self._numbers = numbers
        self.update()

    @property
    def images(self) -> tuple[QImage, ...]:
        """The images shown."""
        return self._images

    def set_layering(self, layering: Layering, amount: float = 0.5) -> None:
        """Show the first image alone, or a second one beside a divider or mixed into it."""
        self._layering, self._amount = layering, min(max(amount, 0.0), 1.0)
        self.update()

    @property
    def amount(self) -> float:
        """Where the divider is, or how much of the second image there is, 0 to 1."""
        return self._amount

    def set_smooth(self, smooth: bool) -> None:
        """Enlarge smoothly instead of pixel by pixel."""
        if smooth != self._smooth:
            self._smooth = smooth
            self.update()

    def set_mark(self, mark: QPointF | None) -> None:
        """Frame the pixel that is looked at in another canvas; shares of width and height."""
        if mark != self._mark:
            self._mark = mark
            self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell of it."""
        super().resizeEvent(event)
        self.resized.emit()

    def sizeHint(self) -> QSize:
        """As much as there is."""
        return QSize(320, 240)

    # -- geometry ---------------------------------------------------------------------------

    def scale(self) -> float:
        """Device-independent pixels per pixel of the first image."""
        if not self._images:
            return 1.0
        image = self._images[0]
        if self._zoom.scale is None:
            return self.fit_scale()
        reference = self._zoom.reference_width or image.width()
        return self._zoom.scale * reference / image.width()

    def fit_scale(self) -> float:
        """The scale at which the first image is wholly seen; whole numbers where it is large."""
        image = self._images[0]
        found = min(self.width() / image.width(), self.height() / image.height())
        return max(float(math.floor(found)) if found >= 3 else found, 1e-4)

    def target(self) -> QRectF:
        """Where the first image lies; parts of it may be out of sight."""
        image, scale = self._images[0], self.scale()
        width, height = image.width() * scale, image.height() * scale
        centre = self._zoom.centre
        # What is smaller than the canvas stands in its middle.
        x = self.width() / 2 - width * (centre.x() if width > self.width() else 0.5)
        y = self.height() / 2 - height * (centre.y() if height > self.height() else 0.5)
        if width > self.width():
            x = min(max(x, self.width() - width), 0.0)
        if height > self.height():
            y = min(max(y, self.height() - height), 0.0)
        ratio = self.devicePixelRatioF()
        return QRectF(round(x * ratio) / ratio, round(y * ratio) / ratio, width, height)

    def pixel_at(self, position: QPointF) -> QPoint | None:
        """The pixel of the first image at a place, None outside."""
        if not self._images:
            return None
        box = self.target()
        if not box.contains(position):
            return None
        image = self._images[0]
        x = int((position.x() - box.x()) / box.width() * image.width())
        y = int((position.y() - box.y()) / box.height() * image.height())
        return QPoint(min(x, image.width() - 1), min(y, image.height() - 1))

    def zoom_at(self, factor: float, place: QPointF | None = None) -> None:
        """Enlarge by a factor; what lies at a place stays there."""
        if not self._images:
            return
        place = place if place is not None else QPointF(self.width() / 2, self.height() / 2)
        box = self.target()
        at = QPointF((place.x() - box.x()) / box.width(), (place.y() - box.y()) / box.height())
        image = self._images[0]
        reference = self._zoom.reference_width or image.width()
        before = self.scale() * image.width() / reference
        after = before * factor
        # Stop at the natural size on the way past it.
        if (before - 1.0) * (after - 1.0) < 0:
            after = 1.0
        width, height = reference * after, image.height() / image.width() * reference * after
        centre = QPointF(
            at.x() + (self.width() / 2 - place.x()) / width,
            at.y() + (self.height() / 2 - place.y()) / height,
        )
        self._zoom.set(after, centre)

    def pan(self, dx: float, dy: float) -> None:
        """Move the image by screen pixels."""
        if not self._images:
            return
        box = self.target()
        middle = QPointF(self.width() / 2 - dx, self.height() / 2 - dy)
        centre = QPointF(
            (middle.x() - box.x()) / box.width(), (middle.y() - box.y()) / box.height()
        )
        if self._zoom.scale is not None:
            self._zoom.set(self._zoom.scale, centre)

    # -- painting ---------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint what is in sight."""
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self._theme.colour("surface"))
            if not self._images:
                return
            box = self.target()
            seen = box.intersected(QRectF(self.rect()))
            if seen.isEmpty():
                return
            if any(image.hasAlphaChannel() for image in self._images):
                paint_chequers(painter, seen, self._theme.dark)
            self._paint_layers(painter, box, seen)
            side = self.scale()
            if side >= GRID_FROM and not self._smooth:
                self._paint_grid(painter, box, seen, side)
            if side >= NUMBERS_FROM and self._numbers is not None:
                self._paint_numbers(painter, box, seen, side)
            self._paint_mark(painter, box)

    def _paint_layers(self, painter: QPainter, box: QRectF, seen: QRectF) -> None:
        self._paint_image(painter, self._images[0], box, seen)
        if self._layering == "first" or len(self._images) < 2:
            return
        other = self._images[1]
        if self._layering == "onion":
            painter.setOpacity(self._amount)
            self._paint_image(painter, other, box, seen)
            painter.setOpacity(1.0)
            return
        x = self._divider_x()
        right = seen.intersected(QRectF(x, 0, self.width(), self.height()))
        if not right.isEmpty():
            self._paint_image(painter, other, box, right)
        painter.setPen(QPen(QColor(0, 0, 0, 110), 3))
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        painter.setPen(QPen(QColor("#ffffff"), 1))
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(0, 0, 0, 110), 1))
        painter.setBrush(QColor("#ffffff"))
        painter.drawEllipse(QPointF(x, self.height() / 2), 7, 7)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _paint_image(self, painter: QPainter, image: QImage, box: QRectF, seen: QRectF) -> None:
        """Paint the part of an image that is seen, an image being stretched over the box."""
        scale = box.width() / image.width() * self.devicePixelRatioF()
        if scale <= 0.5:
            image = self._reduce(image, scale)
        across, down = image.width() / box.width(), image.height() / box.height()
        # Whole pixels around what is seen: a part of one would move the others.
        left = math.floor((seen.left() - box.left()) * across)
        top = math.floor((seen.top() - box.top()) * down)
        right = math.ceil((seen.right() - box.left()) * across)
        bottom = math.ceil((seen.bottom() - box.top()) * down)
        source = QRectF(left, top, right - left, bottom - top).intersected(QRectF(image.rect()))
        if source.isEmpty():
            return
        target = QRectF(
            box.left() + source.left() / across,
            box.top() + source.top() / down,
            source.width() / across,
            source.height() / down,
        )
        smooth = self._smooth if scale >= 1 else True
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        painter.save()
        painter.setClipRect(seen)
        painter.drawImage(target, image, source)
        painter.restore()

    def _reduce(self, image: QImage, scale: float) -> QImage:
        """The image at half its size, a quarter …: painting it smaller at once would flicker."""
        level = min(int(math.log2(1.0 / scale)), 8)
        key = (int(image.cacheKey()), level)
        found = self._reduced.get(key)
        if found is None:
            found = self._reduced[key] = image.scaled(
                max(image.width() >> level, 1),
                max(image.height() >> level, 1),
                Qt.AspectRatioMode.IgnoreAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        return found

    def _paint_grid(self, painter: QPainter, box: QRectF, seen: QRectF, side: float) -> None:
        strength = min((side - GRID_FROM) / 24.0, 1.0)
        painter.setPen(QPen(QColor(128, 128, 128, round(40 + 60 * strength)), 0))
        first = math.ceil((seen.left() - box.left()) / side)
        last = math.floor((seen.right() - box.left()) / side)
        for i in range(first, last + 1):
            x = box.left() + i * side
            painter.drawLine(QPointF(x, seen.top()), QPointF(x, seen.bottom()))
        first = math.ceil((seen.top() - box.top()) / side)
        last = math.floor((seen.bottom() - box.top()) / side)
        for i in range(first, last + 1):
            y = box.top() + i * side
            painter.drawLine(QPointF(seen.left(), y), QPointF(seen.right(), y))

    def _paint_numbers(self, painter: QPainter, box: QRectF, seen: QRectF, side: float) -> None:
        numbers = self._numbers
        image = self._images[0]
        if numbers is None or numbers.shape[:2] != (image.height(), image.width()):
            return
        painter.setFont(self._theme.font(_NUMBERS_PX, code=True))
        height, width = numbers.shape[:2]
        rows = range(
            max(int((seen.top() - box.top()) / side), 0),
            min(math.ceil((seen.bottom() - box.top()) / side), height),
        )
        columns = range(
            max(int((seen.left() - box.left()) / side), 0),
            min(math.ceil((seen.right() - box.left()) / side), width),
        )
        for y in rows:
            for x in columns:
                under = image.pixelColor(x, y)
                dark = under.lightnessF() < 0.55 and under.alphaF() > 0.4
                painter.setPen(QColor("#ffffff" if dark else "#000000"))
                text = "\n".join(str(value) for value in np.atleast_1d(numbers[y, x]).tolist())
                cell = QRectF(box.left() + x * side, box.top() + y * side, side, side)
                painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_mark(self, painter: QPainter, box: QRectF) -> None:
        if self._mark is None:
            return
        image = self._images[0]
        across, down = box.width() / image.width(), box.height() / image.height()
        x = min(int(self._mark.x() * image.width()), image.width() - 1)
        y = min(int(self._mark.y() * image.height()), image.height() - 1)
        cell = QRectF(box.left() + x * across, box.top() + y * down, across, down)
        if cell.width() < 5:
            cell = QRectF(cell.center().x() - 3, cell.center().y() - 3, 6, 6)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor("#ffffff"), 1))
        painter.drawRect(cell)
        painter.setPen(QPen(QColor("#000000"), 1))
        painter.drawRect(cell.adjusted(-1, -1, 1, 1))

    # -- pointer and keys -------------------------------------------------------------------

    def _divider_x(self) -> float:
        return self._amount * self.width()

    def _on_divider(self, position: QPointF) -> bool:
        return self._layering == "swipe" and abs(position.x() - self._divider_x()) <= GRIP_PX

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the image or the divider."""
        self.focused.emit()
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._dragging_divider = self._on_divider(event.position())
            self._dragged = event.position()
            if not self._dragging_divider and self._zoom.scale is not None:
                self.setCursor(Qt.CursorShape.ClosedHandCursor)
            event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move what is held; tell of the pixel under the pointer."""
        place = event.position()
        if self._dragged is not None:
            if self._dragging_divider:
                self._move_amount(place.x() / max(self.width(), 1))
            else:
                moved = place - self._dragged
                self.pan(moved.x(), moved.y())
                self._dragged = place
        else:
            on = self._on_divider(place)
            self.setCursor(Qt.CursorShape.SplitHCursor if on else Qt.CursorShape.CrossCursor)
        pixel = self.pixel_at(place)
        if pixel is None:
            self.hovered.emit(None)
        else:
            image = self._images[0]
            share = QPointF((pixel.x() + 0.5) / image.width(), (pixel.y() + 0.5) / image.height())
            self.hovered.emit(share)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._dragged = None
        self._dragging_divider = False
        self.setCursor(Qt.CursorShape.CrossCursor)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Go to the natural size there, or back to all of it."""
        if event.button() != Qt.MouseButton.LeftButton or not self._images:
            return
        if self._zoom.scale is None:
            image = self._images[0]
            reference = self._zoom.reference_width or image.width()
            now = self.scale() * image.width() / reference
            self.zoom_at((1.0 if now < 0.99 else now * 4) / now, event.position())
        else:
            self._zoom.fit()
        self.double_clicked.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom around the pointer."""
        notches = event.angleDelta().y() / 120.0
        if notches:
            self.zoom_at(ZOOM_STEP**notches, event.position())
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """No pixel is looked at any more."""
        self.hovered.emit(None)

    def event(self, event: QEvent) -> bool:
        """Keep left and right from the window: there they go through the steps of everything."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right)
            and event.modifiers()
            in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Plus and minus zoom, Shift and the arrows move."""
        key = Qt.Key(event.key())
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        moves = {
            Qt.Key.Key_Left: (1, 0),
            Qt.Key.Key_Right: (-1, 0),
            Qt.Key.Key_Up: (0, 1),
            Qt.Key.Key_Down: (0, -1),
        }
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_at(ZOOM_STEP)
        elif key == Qt.Key.Key_Minus:
            self.zoom_at(1 / ZOOM_STEP)
        elif key in moves and shift:
            dx, dy = moves[key]
            step = max(self.scale(), 40.0)
            if self._layering != "first" and dx:
                self._move_amount(self._amount - 0.05 * dx)
            else:
                self.pan(dx * step, dy * step)
        else:
            super().keyPressEvent(event)

    def _move_amount(self, amount: float) -> None:
        self._amount = min(max(amount, 0.0), 1.0)
        self.update()
        self.amount_changed.emit(self._amount)
