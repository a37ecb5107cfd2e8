"""The canvas of a graph: shows a drawing, moves over it, tells what the user does to it."""

from __future__ import annotations

import time
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import (
    QEasingCurve,
    QEvent,
    QMarginsF,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
    QVariantAnimation,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from eventglass.app.models.graph_drawing import OPEN, GraphDrawing, Shape, empty_drawing
from eventglass.app.models.theme import Theme
from eventglass.widgets.plots.graph_keys import GraphKeys
from eventglass.widgets.plots.graph_looks import Camera, GraphLooks
from eventglass.widgets.plots.graph_overlay import GraphOverlay
from eventglass.widgets.plots.graph_painter import GraphPainter
from eventglass.widgets.plots.graph_pointer import GraphPointer

MOVE_MS = 110
MARGIN_PX = 28
LARGEST_SCALE, SMALLEST_SCALE = 6.0, 0.002
#: Names can be read from this scale on.
READABLE_SCALE = 0.5
#: Fitting enlarges no further than this.
FIT_SCALE = 1.1
#: A frame that takes longer than this is shown scaled from the last one while zooming.
SLOW_FRAME_S = 0.026
_SETTLE_MS = 70
#: With more boxes than this they do not glide to their new places.
_MOST_GLIDING = 700


class GraphCanvas(QWidget):
    """Shows a graph; the wheel zooms, dragging moves, arrows go along the edges.

    The canvas keeps no state of the graph: it draws what it is given and tells what is asked for.
    """

    # Ids do not fit into Qt's int: those of annotations are larger.
    #: The user chose an item: its id, -1 for none; True: as the other end of a path.
    chosen = Signal(object, bool)
    #: Open or close this item.
    toggled = Signal(object)
    #: Show this one alone.
    focus_asked = Signal(object)
    #: Up, out of what is shown alone.
    left = Signal()
    #: Index of the edge the user chose, -1 for none.
    edge_chosen = Signal(int)
    #: Id of the item under the pointer, -1 for none.
    hovered = Signal(object)
    #: A menu is wanted: global position, id of the item or -1.
    menu_asked = Signal(QPoint, object)
    #: Another part is in sight.
    view_changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.painter = GraphPainter(theme, empty_drawing(), GraphLooks())
        self.camera = Camera()
        self.selected = -1
        self.other = -1
        self.edge = -1
        self.hovered_id = -1
        self.marked: frozenset[int] = frozenset()
        #: Edges by which something comes to the selected item, and goes from it.
        self.coming: frozenset[int] = frozenset()
        self.going: frozenset[int] = frozenset()
        self.keys = GraphKeys(self)
        self.pointer = GraphPointer(self)
        self.overlay = GraphOverlay(self, theme)
        self._picture: tuple[QPixmap, Camera] | None = None
        self._frame_s = 0.0
        self._fits = True
        #: Size of what lies over the lower left corner; fitting keeps boxes off it.
        self.corner = QSize()
        self._from: npt.NDArray[np.float64] | None = None
        self._progress = 1.0
        self._glide = QVariantAnimation(self)
        self._glide.setDuration(MOVE_MS)
        self._glide.setStartValue(0.0)
        self._glide.setEndValue(1.0)
        self._glide.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._glide.valueChanged.connect(self._glided)
        self._glide.finished.connect(self._landed)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self._sharpen)
        self._sharp = True
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(160, 120)
        self.setAccessibleName("Graph")
        theme.changed.connect(self.repaint_all)

    # -- what is shown

    @property
    def drawing(self) -> GraphDrawing:
        """What is shown."""
        return self.painter.drawing

    def set_drawing(
        self, drawing: GraphDrawing, looks: GraphLooks, *, keep: int = -1, glide: bool = True
    ) -> None:
        """Show another drawing.

        Parameters
        ----------
        keep
            The item that stays where it is on the screen; without, the one next to the middle.
        glide
            Whether boxes move to their new places; else they stand there at once.
        """
        before, camera = self.drawing, self.camera
        self.painter = GraphPainter(self._theme, drawing, looks)
        self._picture = None
        self.edge = -1
        self.coming = self.going = frozenset()
        fits = self._fits or not before.count
        if fits and before.index_of(keep) >= 0:
            # What was opened grew: all of it in sight is no use where it can't be read any more.
            fits = self._fitting_scale() >= min(0.75 * camera.scale, READABLE_SCALE)
            self._fits = fits
        if not fits:
            self.camera = self._kept(before, drawing, camera, keep)
        self._glide.stop()
        self._from = None
        self._progress = 1.0
        few = before.count > 0 and max(before.count, drawing.count) <= _MOST_GLIDING
        if glide and few and self.isVisible():
            self._from = _starting_places(before, drawing)
        if fits:
            self.fit()
        opened = drawing.index_of(keep)
        if opened >= 0 and int(drawing.shapes[opened]) in OPEN and not fits:
            self.show_rect(QRectF(*drawing.rects[opened].tolist()), self._heart(opened))
        if self._from is not None and self.camera != camera:
            # What stays shall not seem to move: old places as they were on the screen.
            grown = camera.scale / self.camera.scale
            self._from *= grown
            self._from[:, 0] += self.camera.x - camera.x * grown
            self._from[:, 1] += self.camera.y - camera.y * grown
        if self._from is not None:
            self._progress = 0.0
            self._glide.start()
        self.update()
        self.view_changed.emit()

    def set_looks(self, looks: GraphLooks) -> None:
        """Tell items apart in another way."""
        self.painter.set_looks(looks)
        self.repaint_all()

    def set_selected(self, item_id: int, other: int = -1) -> None:
        """Frame an item, and another as the other end of a path; -1 for none."""
        if (item_id, other) != (self.selected, self.other):
            self.selected, self.other = item_id, other
            self.edge = -1
            self.update()

    def set_flow(self, coming: Iterable[int], going: Iterable[int]) -> None:
        """Say by which edges something comes to the selected item, and goes from it."""
        self.coming, self.going = frozenset(coming), frozenset(going)
        self.update()

    def set_edge(self, edge: int) -> None:
        """Bring an edge forward, -1 for none."""
        if edge != self.edge:
            self.edge = edge
            self.update()

    def set_marked(self, ids: Iterable[int]) -> None:
        """Mark items, as a search found them."""
        marked = frozenset(ids)
        if marked != self.marked:
            self.marked = marked
            self.update()

    def repaint_all(self) -> None:
        """Paint everything anew."""
        self._picture = None
        self.update()

    # -- what is in sight

    def fit(self) -> None:
        """Bring everything into sight."""
        self._fits = True
        self._look_at(QRectF(*self.drawing.bounds), FIT_SCALE)

    def fit_item(self, item_id: int) -> None:
        """Bring an item into sight, as large as it goes."""
        item = self.drawing.index_of(item_id)
        if item >= 0:
            self._fits = False
            self._look_at(QRectF(*self.drawing.rects[item].tolist()), 1.6)

    def go_to(self, item_id: int, *, gently: bool = False) -> None:
        """Bring an item into the middle unless it is well in sight; large enough to read.

        With `gently` the picture moves no further than it has to.
        """
        item = self.drawing.index_of(item_id)
        if item < 0:
            return
        self._fits = False
        box = QRectF(*self.drawing.rects[item].tolist())
        scale = self.camera.scale
        if scale * min(box.height(), 28.0) < 15:
            scale = 0.8
            self._center(box.center(), scale)
            return
        room = self.visible_area().marginsRemoved(QMarginsF(*[MARGIN_PX / scale] * 4))
        fits = box.width() <= room.width() and box.height() <= room.height()
        if gently or not fits:
            self.show_rect(box)
        elif not room.contains(box):
            self._center(box.center(), scale)

    def show_rect(self, box: QRectF, heart: QPointF | None = None) -> None:
        """Move as little as it takes to have a rectangle of the drawing in sight.

        One too large for that is shown from its beginning on, where `heart` is, in the drawing.
        """
        scale = self.camera.scale
        room_w, room_h = self.width() - 2 * MARGIN_PX, self.height() - 2 * MARGIN_PX
        if box.width() * scale > room_w or box.height() * scale > room_h:
            fitting = min(room_w / max(box.width(), 1), room_h / max(box.height(), 1))
            if fitting >= READABLE_SCALE or fitting >= scale:
                self._look_at(box, scale)
            else:
                # Wholly in sight it would be too small to read: its beginning.
                scale = min(scale, max(READABLE_SCALE, fitting))
                x, y = box.x() - MARGIN_PX / scale, box.y() - MARGIN_PX / scale
                middle = heart if heart is not None else box.center()
                middle -= QPointF(self.width(), self.height()) / 2 / scale
                down = self.drawing.downward
                self.set_camera(Camera(middle.x() if down else x, y if down else middle.y(), scale))
            return
        at = self.camera.to_screen(box.x(), box.y())
        right, below = at.x() + box.width() * scale, at.y() + box.height() * scale
        dx = min(at.x() - MARGIN_PX, 0.0) or max(right - self.width() + MARGIN_PX, 0.0)
        dy = min(at.y() - MARGIN_PX, 0.0) or max(below - self.height() + MARGIN_PX, 0.0)
        if dx or dy:
            self.set_camera(Camera(self.camera.x + dx / scale, self.camera.y + dy / scale, scale))

    def _heart(self, group: int) -> QPointF:
        """The middle of what comes first inside an open group."""
        drawing = self.drawing
        inside = np.flatnonzero((drawing.parents == group) & (drawing.shapes != Shape.CONSTANT))
        if not len(inside):
            return QRectF(*drawing.rects[group].tolist()).center()
        along = 1 if drawing.downward else 0
        begins = drawing.rects[inside, along]
        first = inside[begins <= begins.min() + 1.0]
        middles = drawing.rects[first, :2] + drawing.rects[first, 2:] / 2
        return QPointF(*middles[len(middles) // 2].tolist())

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Nearer or further, around a point of the screen."""
        at = QPointF(self.rect().center()) if at is None else at
        low = min(SMALLEST_SCALE, self.camera.scale)
        factor = min(max(factor, low / self.camera.scale), LARGEST_SCALE / self.camera.scale)
        self.set_camera(self.camera.zoomed(factor, at), moving=True)

    def move_by(self, dx: float, dy: float) -> None:
        """Move what is in sight by pixels."""
        c = self.camera
        self.set_camera(Camera(c.x + dx / c.scale, c.y + dy / c.scale, c.scale), moving=True)

    def set_camera(self, camera: Camera, *, moving: bool = False) -> None:
        """Look elsewhere; `moving` while a gesture goes on."""
        self._fits = False
        self.camera = camera
        self._sharp = not moving
        self.update()
        self.view_changed.emit()

    def visible_area(self) -> QRectF:
        """What is in sight, in units of the drawing."""
        c = self.camera
        return QRectF(c.x, c.y, self.width() / c.scale, self.height() / c.scale)

    def is_fitted(self) -> bool:
        """Whether everything is in sight and stays so."""
        return self._fits

    def item_rect(self, item_id: int) -> QRectF:
        """Where an item is on the screen; an empty rectangle when it is not in the drawing."""
        item = self.drawing.index_of(item_id)
        return QRectF() if item < 0 else self.screen_rect(item)

    def item_at(self, point: QPointF) -> int:
        """Id of the item at a point of the screen, -1 for none."""
        item = self.drawing.item_at(*self.camera.to_drawing(point))
        return int(self.drawing.ids[item]) if item >= 0 else -1

    def is_gliding(self) -> bool:
        """Whether boxes are on the way to their new places."""
        return self._from is not None

    def _fitting_scale(self) -> float:
        _x, _y, width, height = self.drawing.bounds
        room_w, room_h = self.width() - 2 * MARGIN_PX, self.height() - 2 * MARGIN_PX
        return min(room_w / width, room_h / height, FIT_SCALE)

    def _look_at(self, box: QRectF, largest: float) -> None:
        room_w = max(self.width() - 2 * MARGIN_PX, 40)
        room_h = max(self.height() - 2 * MARGIN_PX, 40)
        width, height = max(box.width(), 1.0), max(box.height(), 1.0)
        scale = min(room_w / width, room_h / height, largest)
        self._center(box.center(), scale)
        inset = self.corner.width()
        beside = min(max(room_w - inset, 40) / width, room_h / height, largest)
        if beside >= 0.75 * scale and self._is_corner_taken():
            self._center(box.center() - QPointF(inset / 2 / beside, 0.0), beside)

    def _is_corner_taken(self) -> bool:
        """Whether a box would lie under what covers the lower left corner."""
        if self.corner.isEmpty():
            return False
        right, low = self.camera.to_drawing(
            QPointF(self.corner.width(), self.height() - self.corner.height())
        )
        left, bottom = self.camera.to_drawing(QPointF(0.0, self.height()))
        covered = self.drawing.items_in(left, low, right, bottom)
        return not np.isin(self.drawing.shapes[covered], [int(shape) for shape in OPEN]).all()

    def _center(self, middle: QPointF, scale: float) -> None:
        fits = self._fits
        x = middle.x() - self.width() / 2 / scale
        y = middle.y() - self.height() / 2 / scale
        self.set_camera(Camera(x, y, scale))
        self._fits = fits

    def _kept(self, before: GraphDrawing, after: GraphDrawing, camera: Camera, keep: int) -> Camera:
        """The camera with which one item stays where it is."""
        if before.index_of(keep) < 0 or after.index_of(keep) < 0:
            common = np.isin(before.ids, after.ids)
            # What is open is large, its middle says little.
            common &= ~np.isin(before.shapes, [int(shape) for shape in OPEN])
            if not common.any():
                return camera
            middle = camera.to_drawing(QPointF(self.rect().center()))
            places = before.rects[:, :2] + 0.5 * before.rects[:, 2:] - np.array(middle)
            distance = np.where(common, (places * places).sum(axis=1), np.inf)
            keep = int(before.ids[int(distance.argmin())])
        old, new = before.index_of(keep), after.index_of(keep)
        x0, y0, w0, _h0 = before.rects[old].tolist()
        x1, y1, w1, _h1 = after.rects[new].tolist()
        dx = x1 + w1 / 2 - x0 - w0 / 2
        return Camera(camera.x + dx, camera.y + y1 - y0, camera.scale)

    # -- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """The kept picture, and on top what follows the pointer."""
        with QPainter(self) as painter:
            if self._from is not None:
                self._paint_gliding(painter)
            else:
                self._paint_picture(painter)
            if self._from is None:
                self.overlay.paint(painter)

    def _paint_gliding(self, painter: QPainter) -> None:
        assert self._from is not None
        painter.fillRect(self.rect(), self._theme.colour("window"))
        share = self._progress
        places = self._from * (1.0 - share) + self.drawing.rects * share
        area = QRectF(self.rect())
        self.painter.paint(painter, self.camera, area, places, share * share)

    def _paint_picture(self, painter: QPainter) -> None:
        kept = self._picture
        if kept is not None and kept[1] == self.camera:
            painter.drawPixmap(0, 0, kept[0])
            return
        if kept is not None and not self._sharp and self._frame_s > SLOW_FRAME_S:
            picture, camera = kept
            if camera.scale != self.camera.scale:
                # Too much to paint at each turn of the wheel: the last picture, scaled.
                painter.fillRect(self.rect(), self._theme.colour("window"))
                at = self.camera.to_screen(camera.x, camera.y)
                grown = self.camera.scale / camera.scale
                target = QRectF(at.x(), at.y(), self.width() * grown, self.height() * grown)
                painter.drawPixmap(target, picture, QRectF(picture.rect()))
                self._settle.start()
                return
        begun = time.perf_counter()
        fresh = self._fresh_picture(kept)
        if fresh[1]:
            self._frame_s = time.perf_counter() - begun
        self._picture = (fresh[0], self.camera)
        painter.drawPixmap(0, 0, fresh[0])

    def _fresh_picture(self, kept: tuple[QPixmap, Camera] | None) -> tuple[QPixmap, bool]:
        """The picture of what is in sight, and whether all of it was painted."""
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        with QPainter(picture) as painter:
            if kept is not None and kept[1].scale == self.camera.scale:
                shift = self.camera.to_screen(kept[1].x, kept[1].y)
                dx, dy = round(shift.x()), round(shift.y())
                # Only where the way is whole pixels, else the text would shake.
                if abs(shift.x() - dx) < 0.01 and abs(shift.y() - dy) < 0.01:
                    there = self.rect().translated(dx, dy) & self.rect()
                    if there.width() * there.height() > self.width() * self.height() // 3:
                        painter.drawPixmap(dx, dy, kept[0])
                        for rect in _strips(self.rect(), there):
                            self._paint_part(painter, rect)
                        return picture, False
            self._paint_part(painter, self.rect())
        return picture, True

    def _paint_part(self, painter: QPainter, part: QRect) -> None:
        painter.save()
        painter.setClipRect(part)
        painter.fillRect(part, self._theme.colour("window"))
        # Arrow heads and names reach a little beyond their boxes.
        self.painter.paint(painter, self.camera, QRectF(part).adjusted(-40, -30, 40, 30))
        painter.restore()

    def screen_rect(self, item: int) -> QRectF:
        """Where the item with an index is on the screen."""
        x, y, w, h = self.drawing.rects[item].tolist()
        at, scale = self.camera.to_screen(x, y), self.camera.scale
        return QRectF(at.x(), at.y(), w * scale, h * scale)

    def _glided(self, value: float) -> None:
        self._progress = float(value)
        self.update()

    def _landed(self) -> None:
        self._from = None
        self._progress = 1.0
        self.update()

    def _sharpen(self) -> None:
        self._sharp = True
        self.update()

    # -- pointer and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """See `GraphPointer`."""
        self.pointer.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """See `GraphPointer`."""
        self.pointer.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """See `GraphPointer`."""
        self.pointer.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """See `GraphPointer`."""
        self.pointer.double_click(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Forget the pointer."""
        self.pointer.light_up(-1)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """See `GraphPointer`."""
        self.pointer.wheel(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of what is under the pointer, or of what is selected."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            box = self.item_rect(self.selected)
            at = box.center().toPoint() if not box.isEmpty() else self.rect().center()
            self.menu_asked.emit(self.mapToGlobal(at), self.selected)
            return
        item = self.item_at(QPointF(event.pos()))
        self.menu_asked.emit(event.globalPos(), item)

    def event(self, event: QEvent) -> bool:
        """Keep the canvas's own keys from the window's shortcuts; tool tips of boxes."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and self.keys.takes(event)
        ):
            event.accept()
            return True
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            self.pointer.show_tip(event)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """See `GraphKeys`."""
        if not self.keys.press(event):
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What was wholly in sight stays so; else the middle stays the middle."""
        self._picture = None
        if self._fits:
            self.fit()
            return
        before = event.oldSize()
        if before.isValid():
            dx = (self.width() - before.width()) / 2 / self.camera.scale
            dy = (self.height() - before.height()) / 2 / self.camera.scale
            self.camera = Camera(self.camera.x - dx, self.camera.y - dy, self.camera.scale)
            self.view_changed.emit()

    def sizeHint(self) -> QSize:
        """Room for a small graph."""
        return QSize(640, 480)


def _strips(whole: QRect, inner: QRect) -> list[QRect]:
    """What of a rectangle lies beside another inside it: above, below, left, right."""
    strips = [
        QRect(whole.left(), whole.top(), whole.width(), inner.top() - whole.top()),
        QRect(whole.left(), inner.bottom() + 1, whole.width(), whole.bottom() - inner.bottom()),
        QRect(whole.left(), inner.top(), inner.left() - whole.left(), inner.height()),
        QRect(inner.right() + 1, inner.top(), whole.right() - inner.right(), inner.height()),
    ]
    return [strip for strip in strips if not strip.isEmpty()]


def _starting_places(before: GraphDrawing, after: GraphDrawing) -> npt.NDArray[np.float64]:
    """Where boxes of the new drawing come from: their old place, or the group they were in."""
    places = after.rects.copy()
    found = np.zeros(after.count, bool)
    for item in range(after.count):
        old = before.index_of(int(after.ids[item]))
        if old >= 0:
            places[item] = before.rects[old]
            found[item] = True
            continue
        parent = int(after.parents[item])
        if parent >= 0:
            # Grows out of the box that was opened, at the same place within it.
            px, py, pw, ph = after.rects[parent].tolist()
            qx, qy, qw, qh = places[parent].tolist()
            x, y, w, h = after.rects[item].tolist()
            sx, sy = qw / max(pw, 1.0), qh / max(ph, 1.0)
            places[item] = (qx + (x - px) * sx, qy + (y - py) * sy, w * sx, h * sy)
    return places
