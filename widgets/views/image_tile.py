"""A tile of the viewer: one image with the line that says which it is, and its steps."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from eventglass.app.models.image_store import ImageKey, Shown
from eventglass.app.models.picture_looks import oriented
from eventglass.app.models.pictures import Picture, Pixels
from eventglass.app.models.theme import Theme
from eventglass.app.models.tool_tips import plain_tip
from eventglass.widgets.controls.buttons import IconButton, PillButton
from eventglass.widgets.controls.empty import EmptyPage
from eventglass.widgets.controls.step_slider import StepSlider
from eventglass.widgets.plots.image_canvas import ImageCanvas
from eventglass.widgets.plots.image_zoom import ImageZoom

TITLE_PX = 28


class TileTitle(QWidget):
    """A swatch, a name in bold, facts beside it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._name, self._facts = "", ""
        self._colour = QColor()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    @property
    def facts(self) -> str:
        """What stands beside the name."""
        return self._facts

    def sizeHint(self) -> QSize:
        """One line."""
        return QSize(120, TITLE_PX)

    def show_texts(self, name: str, facts: str, colour: QColor, tool_tip: str = "") -> None:
        """Say which image it is."""
        self._name, self._facts, self._colour = name, facts, colour
        self.setToolTip(plain_tip(tool_tip))
        self.setAccessibleName(f"{name}, {facts}")
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Swatch and texts."""
        theme = self._theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._colour)
            painter.drawRoundedRect(QRectF(0, self.height() / 2 - 6, 12, 12), 3, 3)
            middle = Qt.AlignmentFlag.AlignVCenter
            room = self.width() - 20
            painter.setFont(theme.font(bold=True))
            painter.setPen(theme.colour("text"))
            metrics = painter.fontMetrics()
            name = metrics.elidedText(self._name, Qt.TextElideMode.ElideMiddle, room)
            painter.drawText(QRectF(20, 0, room, self.height()), middle, name)
            used = metrics.horizontalAdvance(name) + 8
            painter.setFont(theme.font(12))
            painter.setPen(theme.colour("text_muted"))
            facts = painter.fontMetrics().elidedText(
                self._facts, Qt.TextElideMode.ElideRight, max(room - used, 0)
            )
            painter.drawText(QRectF(20 + used, 0, room - used, self.height()), middle, facts)


class ImageTile(QFrame):
    """Title, canvas, steps; or what is wrong with the image."""

    #: The bytes of an image that can't be shown are wanted.
    raw_asked = Signal()
    #: It is to be taken out of the comparison.
    removed = Signal()

    def __init__(self, theme: Theme, zoom: ImageZoom, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        # Tiles beside each other are equally wide, whatever stands in them.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        #: What was asked for, and what came of it.
        self.key: ImageKey | None = None
        self.answered: ImageKey | None = None
        self.shown: Shown | None = None
        self.frame = 0
        self.title = TileTitle(theme)
        self.note = QLabel()
        self.note.setObjectName("warningText")
        self.note.setWordWrap(True)
        self.note.hide()
        self.canvas = ImageCanvas(theme, zoom)
        self._trouble = EmptyPage(theme, "warning", "This image can't be shown", "")
        raw = PillButton(theme, "Save the raw bytes…", "export")
        raw.clicked.connect(self.raw_asked)
        self._trouble.buttons.addWidget(raw)
        self.remove = IconButton(theme, "close", "Take out of the comparison", size_px=14)
        self.remove.clicked.connect(self.removed)
        self.slider = StepSlider(theme)
        top = QHBoxLayout()
        top.setContentsMargins(0, 0, 0, 0)
        top.setSpacing(4)
        top.addWidget(self.title, 1)
        top.addWidget(self.remove)
        holder = QWidget()
        self._pages = QStackedLayout(holder)
        self._pages.addWidget(self.canvas)
        self._pages.addWidget(self._trouble)
        column = QVBoxLayout(self)
        column.setContentsMargins(9, 4, 9, 6)
        column.setSpacing(4)
        column.addLayout(top)
        column.addWidget(holder, 1)
        column.addWidget(self.note)
        column.addWidget(self.slider)

    @property
    def error(self) -> str:
        """What is said to be wrong; empty while an image is shown."""
        wrong = self._pages.currentWidget() is self._trouble
        return self._trouble.accessibleDescription() if wrong else ""

    def picture(self) -> Picture | None:
        """The frame that is shown, as it was logged."""
        if self.shown is None:
            return None
        frames = self.shown.movie.frames
        return frames[min(self.frame, len(frames) - 1)]

    def numbers(self) -> Pixels | None:
        """The numbers of the frame as it stands on the screen."""
        picture = self.picture()
        if picture is None or self.shown is None:
            return None
        return oriented(picture.pixels, self.shown.look)

    def show_image(self, shown: Shown) -> None:
        """Show an image."""
        self.shown = shown
        self.answered = self.key
        self._pages.setCurrentWidget(self.canvas)
        self.show_frame(min(self.frame, shown.frame_count - 1))
        note = shown.movie.frames[0].note
        self.note.setText(note)
        self.note.setVisible(bool(note))

    def show_frame(self, frame: int) -> None:
        """Show another frame of an animation."""
        if self.shown is not None and self.shown.images:
            self.frame = frame % self.shown.frame_count
            self.canvas.set_images([self.shown.image(self.frame)], self.numbers())

    def show_canvas(self) -> None:
        """Show what the canvas was given."""
        self._pages.setCurrentWidget(self.canvas)

    def show_error(self, error: str, *, can_save: bool = True) -> None:
        """Say what is wrong."""
        self.shown = None
        self.answered = self.key
        self.note.hide()
        self._trouble.set_texts("This image can't be shown", error)
        self._trouble.setAccessibleDescription(error)
        for i in range(self._trouble.buttons.count()):
            item = self._trouble.buttons.itemAt(i)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.setVisible(can_save)
        self._pages.setCurrentWidget(self._trouble)
