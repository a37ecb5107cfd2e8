"""The line above a row of images: which run, what images they are, and at which step it stands."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QEnterEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QWidget

from eventglass.app.models.entries import Entries
from eventglass.app.models.theme import Theme
from eventglass.widgets.controls.buttons import IconButton
from eventglass.widgets.controls.step_slider import StepSlider

#: Most and least of a row the slider takes; a narrow row needs room for the name of its run.
SLIDER_PX, LEAST_SLIDER_PX = 300, 150
SLIDER_SHARE = 0.45


class ImageRowBar(QWidget):
    """Swatch, name of the run, facts; slider over the steps and a button for the menu."""

    #: Place among the row's entries the user went to.
    moved = Signal(int, int)
    hold_toggled = Signal(int, bool)
    menu_asked = Signal(int, QPoint)
    #: The pointer came over it: its series, -1 when it left.
    hovered = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.series_id = -1
        self._name = ""
        self._facts = ""
        self._colour = QColor()
        self._state: tuple[Entries, int, int | None, bool] | None = None
        self.slider = StepSlider(theme)
        self.slider.setFixedWidth(SLIDER_PX)
        self._more = IconButton(theme, "more", "What can be done with the images of this run")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addStretch(1)
        row.addWidget(self.slider)
        row.addWidget(self._more)
        self.slider.moved.connect(self._moved)
        self.slider.hold_toggled.connect(self._hold_toggled)
        self._more.clicked.connect(self._ask_menu)

    def show_row(self, series_id: int, name: str, facts: str, colour: QColor) -> None:
        """Show another row."""
        if (series_id, name, facts, colour) != (
            self.series_id,
            self._name,
            self._facts,
            self._colour,
        ):
            self.series_id, self._name, self._facts, self._colour = series_id, name, facts, colour
            self.setAccessibleName(f"{name}, {facts}")
            self.update()

    def show_steps(self, entries: Entries, place: int, wanted: int | None, held: bool) -> None:
        """Let the slider stand at one of a row's entries."""
        # Scrolling asks for the same again and again.
        state = (entries, place, wanted, held)
        if state != self._state:
            self._state = state
            self.slider.set_steps(entries.steps.tolist(), place, wanted, held)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Swatch, name and facts."""
        theme = self._theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._colour)
            painter.drawRoundedRect(QRectF(0, self.height() / 2 - 6, 12, 12), 3, 3)
            room = self.slider.x() - 20 - 12
            painter.setFont(theme.font())
            beside = painter.fontMetrics().horizontalAdvance(self._facts)
            painter.setFont(theme.font(bold=True))
            painter.setPen(theme.colour("text"))
            metrics = painter.fontMetrics()
            least = min(
                metrics.horizontalAdvance(self._name), max(room - beside - 8, room * 3 // 4)
            )
            name = metrics.elidedText(self._name, Qt.TextElideMode.ElideMiddle, least + 1)
            middle = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(20, 0, room, self.height()), middle, name)
            used = metrics.horizontalAdvance(name) + 8
            painter.setFont(theme.font())
            painter.setPen(theme.colour("text_muted"))
            facts = painter.fontMetrics().elidedText(
                self._facts, Qt.TextElideMode.ElideRight, max(room - used, 0)
            )
            painter.drawText(QRectF(20 + used, 0, room - used, self.height()), middle, facts)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave room for the name."""
        super().resizeEvent(event)
        width = round(self.width() * SLIDER_SHARE)
        self.slider.setFixedWidth(min(max(width, LEAST_SLIDER_PX), SLIDER_PX))

    def enterEvent(self, event: QEnterEvent) -> None:
        """Bring the run forward."""
        self.hovered.emit(self.series_id)
        super().enterEvent(event)

    def leaveEvent(self, event: object) -> None:
        """Let it go."""
        self.hovered.emit(-1)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the row."""
        self.menu_asked.emit(self.series_id, event.globalPos())
        event.accept()

    def _moved(self, place: int) -> None:
        self.moved.emit(self.series_id, place)

    def _hold_toggled(self, on: bool) -> None:
        self.hold_toggled.emit(self.series_id, on)

    def _ask_menu(self) -> None:
        corner = self._more.mapToGlobal(QPoint(0, self._more.height()))
        self.menu_asked.emit(self.series_id, corner)
