"""The whole graph in a corner, with a frame around what is in sight."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from eventglass.app.models.theme import Theme
from eventglass.widgets.plots.graph_canvas import GraphCanvas
from eventglass.widgets.plots.graph_looks import Camera
from eventglass.widgets.plots.graph_painter import GraphPainter

WIDEST, HIGHEST = 190, 140
_PAD = 6


class Minimap(QWidget):
    """Lies over the canvas's lower right corner while not everything is in sight.

    Dragging in it moves the canvas.
    """

    def __init__(self, theme: Theme, canvas: GraphCanvas) -> None:
        super().__init__(canvas)
        self._theme = theme
        self._canvas = canvas
        self._picture: QPixmap | None = None
        self._painted: GraphPainter | None = None
        self._wanted = True
        self.setAccessibleName("Whole graph")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        canvas.view_changed.connect(self.follow)
        theme.changed.connect(self.renew)
        self.hide()

    def set_wanted(self, wanted: bool) -> None:
        """Show it where it is of use, or never."""
        self._wanted = wanted
        self.follow()

    def is_wanted(self) -> bool:
        """Whether it is shown where it is of use."""
        return self._wanted

    def renew(self) -> None:
        """Paint the graph anew."""
        self._picture = None
        self.update()

    def follow(self) -> None:
        """Show what is in sight now."""
        canvas = self._canvas
        _x, _y, width, height = canvas.drawing.bounds
        scale = min((WIDEST - 2 * _PAD) / width, (HIGHEST - 2 * _PAD) / height)
        size = QSize(
            max(round(width * scale), 36) + 2 * _PAD, max(round(height * scale), 24) + 2 * _PAD
        )
        room = canvas.width() > 2.4 * size.width() and canvas.height() > 2.2 * size.height()
        whole = (
            canvas.visible_area().adjusted(-2, -2, 2, 2).contains(QRectF(*canvas.drawing.bounds))
        )
        shown = self._wanted and room and not whole and canvas.drawing.count > 0
        if self._painted is not canvas.painter or self.size() != size:
            self._picture = None
        if shown:
            self.resize(size)
            self.move(canvas.width() - size.width() - 12, canvas.height() - size.height() - 12)
        self.setVisible(shown)
        if shown:
            self.update()

    def _camera(self) -> Camera:
        x, y, width, height = self._canvas.drawing.bounds
        scale = min((self.width() - 2 * _PAD) / width, (self.height() - 2 * _PAD) / height)
        left = (self.width() - width * scale) / 2
        top = (self.height() - height * scale) / 2
        return Camera(x - left / scale, y - top / scale, scale)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The graph, and the frame."""
        theme, canvas = self._theme, self._canvas
        camera = self._camera()
        if self._picture is None or self._painted is not canvas.painter:
            self._picture = self._paint_graph(camera)
            self._painted = canvas.painter
        with QPainter(self) as painter:
            painter.drawPixmap(0, 0, self._picture)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            seen = canvas.visible_area()
            at = camera.to_screen(seen.x(), seen.y())
            box = QRectF(at.x(), at.y(), seen.width() * camera.scale, seen.height() * camera.scale)
            box &= QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
            painter.setPen(QPen(theme.colour("accent"), 1.5))
            painter.setBrush(theme.colour("accent", 0.1))
            painter.drawRoundedRect(box, 2, 2)

    def _paint_graph(self, camera: Camera) -> QPixmap:
        theme = self._theme
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(theme.colour("window"))
        with QPainter(picture) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(theme.colour("border"))
            painter.setBrush(theme.colour("surface"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
            painter.setClipRect(self.rect().adjusted(2, 2, -2, -2))
            self._canvas.painter.paint_far(painter, camera)
        return picture

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Bring this place into the middle."""
        self._go(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The same while dragging."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event.position())

    def _go(self, at: QPointF) -> None:
        x, y = self._camera().to_drawing(at)
        area = self._canvas.visible_area()
        scale = self._canvas.camera.scale
        self._canvas.set_camera(Camera(x - area.width() / 2, y - area.height() / 2, scale))
