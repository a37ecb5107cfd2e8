"""The bar below the clips: what is played, and how."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from eventglass.app.models.theme import Theme
from eventglass.app.models.tool_tips import plain_tip
from eventglass.widgets.controls.buttons import Choice, IconButton, PillButton
from eventglass.widgets.controls.icons import icon
from eventglass.widgets.controls.slider import Slider
from eventglass.widgets.plots.audio_axes import clock_text

SPEEDS = (
    ("0.25", "0.25 ×"),
    ("0.5", "0.5 ×"),
    ("0.75", "0.75 ×"),
    ("1", "1 ×"),
    ("1.25", "1.25 ×"),
    ("1.5", "1.5 ×"),
    ("2", "2 ×"),
)
#: The two places that are compared.
PLACES = ("A", "B")


class NowPlaying(QWidget):
    """Which clip is played: a square of the run's colour, tag, run and step."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._title, self._rest, self._colour = "", "", QColor()
        self._trouble = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(60)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """One line."""
        return QSize(200, 28)

    def show_clip(self, title: str, rest: str, colour: QColor) -> None:
        """Say which clip it is."""
        self._title, self._rest, self._colour = title, rest, colour
        self._describe()

    def show_trouble(self, text: str) -> None:
        """Say why nothing can be heard."""
        self._trouble = text
        self._describe()

    def text(self) -> str:
        """What stands there."""
        return self._trouble or f"{self._title} {self._rest}".strip() or "Play a clip"

    def _describe(self) -> None:
        self.setAccessibleName(self.text())
        self.setToolTip(plain_tip(self.text()))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Square and texts, or a sign and the trouble."""
        theme, tall = self._theme, self.height()
        middle = Qt.AlignmentFlag.AlignVCenter
        elide = Qt.TextElideMode.ElideMiddle
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if self._trouble:
                pixmap = icon(theme, "warning", "warning").pixmap(QSize(16, 16))
                painter.drawPixmap(0, (tall - 16) // 2, pixmap)
                painter.setPen(theme.colour("text"))
                painter.setFont(theme.font())
                right = Qt.TextElideMode.ElideRight
                text = painter.fontMetrics().elidedText(self._trouble, right, self.width() - 22)
                painter.drawText(QRectF(22, 0, self.width() - 22, tall), middle, text)
                return
            if not self._title:
                painter.setPen(theme.colour("text_muted"))
                painter.setFont(theme.font())
                painter.drawText(QRectF(0, 0, self.width(), tall), middle, "Play a clip")
                return
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._colour)
            painter.drawRoundedRect(QRectF(0, tall / 2 - 5.5, 11, 11), 2.5, 2.5)
            painter.setFont(theme.font(bold=True))
            painter.setPen(theme.colour("text"))
            room = self.width() - 18
            metrics = painter.fontMetrics()
            title = metrics.elidedText(self._title, elide, max(room * 2 // 3, 40))
            used = metrics.horizontalAdvance(title)
            painter.drawText(QRectF(18, 0, used + 4, tall), middle, title)
            painter.setFont(theme.font())
            painter.setPen(theme.colour("text_muted"))
            rest = painter.fontMetrics().elidedText(self._rest, elide, max(room - used - 8, 0))
            painter.drawText(QRectF(26 + used, 0, room - used - 8, tall), middle, rest)


class PlaceButton(QToolButton):
    """A or B: takes the clip that is played; once it has one, goes to it."""

    def __init__(self, theme: Theme, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._name = name
        self._text, self._colour = "", QColor()
        self._current = False
        self.setFixedSize(30, 28)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.show_clip("", QColor(), False)
        theme.changed.connect(self.update)

    def show_clip(self, text: str, colour: QColor, current: bool) -> None:
        """Show which clip it has, and whether it is the one that is played."""
        self._text, self._colour, self._current = text, colour, current
        name = self._name
        words = f"{name}: {text}" if text else f"Take the clip as {name}"
        self.setToolTip(plain_tip(f"{words}\nX switches between A and B" if text else words))
        self.setAccessibleName(words)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A letter in a frame, below it the run's colour."""
        theme = self._theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
            lit = self.underMouse() or self.hasFocus()
            painter.setPen(theme.colour("accent" if self._current or lit else "border"))
            painter.setBrush(theme.colour("selected" if self._current else "surface"))
            painter.drawRoundedRect(box, 5, 5)
            painter.setFont(theme.font(bold=self._current))
            painter.setPen(theme.colour("text" if self._text else "text_muted"))
            painter.drawText(box.adjusted(0, 0, 0, -3), Qt.AlignmentFlag.AlignCenter, self._name)
            if self._text:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(self._colour)
                painter.drawRoundedRect(
                    QRectF(7, self.height() - 7, self.width() - 14, 3), 1.5, 1.5
                )


class AudioBar(QWidget):
    """Play, position, what is played, A and B, loop, speed, volume."""

    play_asked = Signal()
    start_asked = Signal()
    #: "A" or "B".
    place_asked = Signal(str)
    loop_toggled = Signal(bool)
    speed_chosen = Signal(float)
    volume_moved = Signal(float)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._volume_before = 1.0
        self.setObjectName("audioBar")
        self.setFixedHeight(44)
        self._start = IconButton(theme, "skip-back", "To the start (Home)", self, token="text")
        self._play = IconButton(theme, "play", "Play", self, token="text", size_px=20)
        self._time = QLabel("", self)
        self._time.setFont(theme.font(tabular=True))
        self._time.hide()
        self.now = NowPlaying(theme, self)
        self.places = {name: PlaceButton(theme, name, self) for name in PLACES}
        self.loop = PillButton(theme, "Loop", "repeat", self)
        self.loop.setCheckable(True)
        self.loop.setToolTip("Play the region again and again, or the whole clip where none is")
        self.speed = Choice(theme, "Speed", SPEEDS)
        self.speed.setToolTip("Speed; the pitch moves with it")
        self._mute = IconButton(theme, "volume", "Mute", self)
        self.volume = Slider(theme, "Volume", 0.0, 1.0, 0.05)
        self.volume.setFixedWidth(90)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 4, 14, 4)
        row.setSpacing(8)
        row.addWidget(self._start)
        row.addWidget(self._play)
        row.addWidget(self._time)
        row.addWidget(self.now, 1)
        for button in self.places.values():
            row.addWidget(button)
        row.addSpacing(4)
        row.addWidget(self.loop)
        row.addWidget(self.speed)
        row.addWidget(self._mute)
        row.addWidget(self.volume)
        self._start.clicked.connect(self.start_asked)
        self._play.clicked.connect(self.play_asked)
        for name, button in self.places.items():
            button.clicked.connect(partial(self._ask_place, name))
        self.loop.clicked.connect(self._toggle_loop)
        self.speed.chosen.connect(self._choose_speed)
        self.volume.moved.connect(self._move_volume)
        self._mute.clicked.connect(self.toggle_mute)
        self.speed.set_value("1")
        self.volume.set_number(1.0)
        theme.changed.connect(self.update)

    def show_playing(self, playing: bool) -> None:
        """Show whether it plays."""
        self._play.setIcon(icon(self._theme, "pause" if playing else "play", "text"))
        name = "Pause" if playing else "Play"
        self._play.setToolTip(name)
        self._play.setAccessibleName(name)

    def show_time(self, position_s: float | None, whole_s: float) -> None:
        """Show the playhead and how long the clip is."""
        text = ""
        if position_s is not None:
            text = f"{clock_text(min(position_s, whole_s), 0.1)} / {clock_text(whole_s, 0.1)}"
        if text != self._time.text():
            # As wide as it will ever be, so that what follows stands still while it plays.
            metrics = self._time.fontMetrics()
            self._time.setMinimumWidth(metrics.horizontalAdvance("0" * len(text)))
            self._time.setText(text)
            self._time.setVisible(bool(text))

    def time_text(self) -> str:
        """What stands there of the time."""
        return self._time.text()

    def show_loop(self, on: bool) -> None:
        """Show whether it plays again and again."""
        self.loop.setChecked(on)
        self.loop.set_icon_token("accent" if on else "text_muted")

    def show_volume(self, volume: float) -> None:
        """Show how loud it is."""
        self.volume.set_number(volume)
        muted = volume <= 0
        self._mute.setIcon(icon(self._theme, "volume-off" if muted else "volume"))
        name = "Sound on" if muted else "Mute"
        self._mute.setToolTip(name)
        self._mute.setAccessibleName(name)

    def show_speed(self, speed: float) -> None:
        """Show how fast it is."""
        self.speed.set_value(f"{speed:g}")

    def toggle_mute(self) -> None:
        """Be silent, or as loud as before."""
        now = self.volume.number
        if now > 0:
            self._volume_before = now
        self._move_volume(0.0 if now > 0 else self._volume_before or 1.0)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A surface with a line above."""
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self._theme.colour("surface"))
            painter.fillRect(0, 0, self.width(), 1, self._theme.colour("border"))

    def _ask_place(self, name: str, _checked: bool = False) -> None:
        self.place_asked.emit(name)

    def _toggle_loop(self, on: bool) -> None:
        self.show_loop(on)
        self.loop_toggled.emit(on)

    def _choose_speed(self, value: str) -> None:
        self.speed_chosen.emit(float(value))

    def _move_volume(self, volume: float) -> None:
        self.show_volume(volume)
        self.volume_moved.emit(volume)
