"""The picture of a clip: its envelope above, its spectrogram below, one axis of time for both."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from eventglass.app.core.audio.envelopes import envelope
from eventglass.app.core.audio.sounds import Sound
from eventglass.app.core.audio.spectrograms import FrequencyScale, Spectrogram
from eventglass.app.core.compute.ticks import linear_values
from eventglass.app.models.theme import Theme
from eventglass.widgets.plots.audio_axes import clock_text, frequency_text, frequency_ticks
from eventglass.widgets.plots.audio_picture import Colouring, spectrum_image

#: Room for the labels of frequencies, and for those of times, pixels.
LEFT = 44
BOTTOM = 18
TOP = 4
RIGHT = 10
#: Between envelope and spectrogram.
GAP = 5
#: Share of the height that the envelope takes, and the least and most of it.
SHARE, LEAST, MOST = 0.40, 34, 200
#: Least height of a channel's lane; with less the channels share one.
LANE = 18
#: A press that moves less is a click.
SLACK = 4
#: Factor of one turn of the wheel.
WHEEL = 1.25
#: Frames across the picture at the deepest zoom.
FEWEST_FRAMES = 16
#: From so few frames across they are drawn as dots.
DOTS = 120
#: A zoom rests so long before a finer spectrogram is made, milliseconds.
REST_MS = 90


@dataclass(frozen=True, slots=True)
class AudioLook:
    """How clips are drawn.

    ``show`` is "both", "waveform" or "spectrogram"; ``range_db`` the decibels from the first
    colour of the map up to full scale.
    """

    show: str = "both"
    scale: FrequencyScale = "mel"
    range_db: float = 80.0
    colour_map: str = "magma"


@dataclass(frozen=True, slots=True)
class Boxes:
    """Where the parts stand, in pixels; one that is not shown is empty."""

    wave: QRectF
    spectrum: QRectF
    left: float
    width: float


class AudioPlot(QWidget):
    """Draws a clip, a playhead and a region; zooms, pans, and says where it was clicked.

    Times are seconds from the start of the clip.
    """

    #: It was clicked: where in the clip.
    seeked = Signal(float)
    #: A region was selected, (start, end), or taken back, None.
    region_changed = Signal(object)
    #: Another stretch is shown, (start, end); None: all of it.
    view_changed = Signal(object)
    #: A finer spectrogram is wanted: first and last frame, and columns.
    detail_wanted = Signal(float, float, int)
    #: Play or pause was asked for by key.
    play_asked = Signal()
    #: The focus came, by click or key.
    focused = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._sound: Sound | None = None
        self._overview: Spectrogram | None = None
        self._detail: Spectrogram | None = None
        self._look = AudioLook()
        self._colour = QColor("#2f6fed")
        self._view: tuple[float, float] | None = None
        self._region: tuple[float, float] | None = None
        self._playhead: float | None = None
        self._pointer: QPointF | None = None
        self._pressed: QPointF | None = None
        self._press_view = (0.0, 1.0)
        self._dragging = ""
        self._wheel_zoom = False
        self._still: QPixmap | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._ask_detail)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(120, 60)
        self.setAccessibleName("Clip")
        theme.changed.connect(self._redraw)

    # -- what it shows

    def set_clip(
        self, sound: Sound | None, spectrum: Spectrogram | None, colour: QColor | None = None
    ) -> None:
        """Show a clip, or as much of it as there is; the stretch that is shown stays."""
        if sound is not self._sound:
            self._detail = None
        self._sound, self._overview = sound, spectrum
        if colour is not None:
            self._colour = colour
        if sound is not None and sound.is_whole and self._view is not None:
            self._rest.start()
        self._redraw()

    def set_detail(self, spectrum: Spectrogram) -> None:
        """Show a finer spectrogram of a stretch, where that stretch is shown."""
        self._detail = spectrum
        self._redraw()

    def set_look(self, look: AudioLook) -> None:
        """Draw otherwise."""
        if look != self._look:
            self._look = look
            self._redraw()

    def set_playhead(self, position_s: float | None) -> None:
        """Show what is heard; None shows nothing."""
        if position_s == self._playhead:
            return
        before, self._playhead = self._playhead, position_s
        for moment in (before, position_s):
            if moment is not None:
                x = self._x_of(moment)
                self.update(round(x) - 6, 0, 13, self.height())

    def set_region(self, region: tuple[float, float] | None) -> None:
        """Mark a region; tells nobody."""
        if region != self._region:
            self._region = region
            self.update()

    def set_view(self, view: tuple[float, float] | None) -> None:
        """Show a stretch of time, None for the whole clip; tells nobody."""
        if view != self._view:
            self._view = view
            self._redraw()
            self._rest.start()

    def set_wheel_zoom(self, on: bool) -> None:
        """Zoom by the wheel without a key held."""
        self._wheel_zoom = on

    @property
    def sound(self) -> Sound | None:
        """The clip it shows."""
        return self._sound

    @property
    def region(self) -> tuple[float, float] | None:
        """The region that is marked."""
        return self._region

    @property
    def look(self) -> AudioLook:
        """How it is drawn."""
        return self._look

    def view(self) -> tuple[float, float] | None:
        """The stretch that is shown; None for the whole clip."""
        return self._view

    def span(self) -> tuple[float, float]:
        """Times at the left edge and at the right."""
        if self._view is not None:
            return self._view
        return 0.0, (self._sound.duration_s if self._sound is not None else 0.0) or 1.0

    def fit(self) -> None:
        """Show the whole clip."""
        self._change_view(None)

    def zoom(self, factor: float, around_s: float | None = None) -> None:
        """Show a stretch longer by a factor, around a moment that stays where it is."""
        low, high = self.span()
        middle = around_s
        if middle is None:
            inside = self._playhead is not None and low <= self._playhead <= high
            middle = self._playhead if inside and self._playhead else (low + high) / 2.0
        self._change_view((middle - (middle - low) * factor, middle + (high - middle) * factor))

    def pan(self, share: float) -> None:
        """Show what lies a share of the width further on."""
        low, high = self.span()
        away = (high - low) * share
        self._change_view((low + away, high + away))

    def zoom_to_region(self) -> None:
        """Show the region alone."""
        if self._region is not None:
            self._change_view(self._region)

    def _change_view(self, view: tuple[float, float] | None) -> None:
        view = self._bounded(view)
        if view != self._view:
            self.set_view(view)
            self.view_changed.emit(view)

    def _bounded(self, view: tuple[float, float] | None) -> tuple[float, float] | None:
        sound = self._sound
        if view is None or sound is None:
            return None
        whole = sound.duration_s
        least = min(FEWEST_FRAMES / sound.rate, whole)
        length = min(max(view[1] - view[0], least), whole)
        if length >= whole * (1 - 1e-9):
            return None
        low = min(max(view[0], 0.0), whole - length)
        return low, low + length

    # -- places

    def boxes(self) -> Boxes:
        """Where the parts stand now."""
        width = max(self.width() - LEFT - RIGHT, 1.0)
        height = max(self.height() - BOTTOM - TOP, 1.0)
        show = self._look.show
        if show == "waveform":
            wave = height
        elif show == "spectrogram":
            wave = 0.0
        else:
            wave = min(max(height * SHARE, LEAST), MOST, height)
        gap = GAP if 0.0 < wave < height else 0.0
        return Boxes(
            QRectF(LEFT, TOP, width, wave),
            QRectF(LEFT, TOP + wave + gap, width, max(height - wave - gap, 0.0)),
            LEFT,
            width,
        )

    def _x_of(self, moment_s: float) -> float:
        low, high = self.span()
        width = max(self.width() - LEFT - RIGHT, 1)
        return LEFT + (moment_s - low) / (high - low) * width

    def _moment_at(self, x: float) -> float:
        low, high = self.span()
        width = max(self.width() - LEFT - RIGHT, 1)
        return low + (x - LEFT) / width * (high - low)

    def _inside(self, x: float) -> float:
        """The moment at x, within the clip."""
        end = self._sound.duration_s if self._sound is not None else 0.0
        return min(max(self._moment_at(x), 0.0), end)

    # -- drawing

    def _redraw(self) -> None:
        self._still = None
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw what stays from a picture kept of it, and over it what moves."""
        if self._still is None:
            ratio = self.devicePixelRatioF()
            still = QPixmap(self.size() * ratio)
            still.setDevicePixelRatio(ratio)
            still.fill(Qt.GlobalColor.transparent)
            with QPainter(still) as painter:
                self._draw_still(painter)
            self._still = still
        with QPainter(self) as painter:
            painter.drawPixmap(0, 0, self._still)
            if self._sound is not None:
                self._draw_moving(painter)
            if self.hasFocus():
                painter.setPen(QPen(self._theme.colour("accent", 0.5), 1.0))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(QRectF(self.rect()).adjusted(2.5, 0.5, -2.5, -0.5), 4, 4)

    def _draw_still(self, painter: QPainter) -> None:
        sound, theme, boxes = self._sound, self._theme, self.boxes()
        painter.setFont(theme.font(11, tabular=True))
        if boxes.spectrum.height() > 0:
            self._draw_spectrum(painter, boxes.spectrum)
        if sound is None:
            return
        self._draw_times(painter, boxes)
        if boxes.wave.height() > 0:
            self._draw_wave(painter, sound, boxes.wave)

    def _draw_times(self, painter: QPainter, boxes: Boxes) -> None:
        theme = self._theme
        low, high = self.span()
        assert self._sound is not None
        by_clock = self._sound.sample_rate > 0
        ticks = linear_values(low, high, max(int(boxes.width / 90), 1))
        step = ticks[1] - ticks[0] if len(ticks) > 1 else high - low
        bottom = float(self.height() - BOTTOM)
        free = LEFT - 30.0
        for tick in ticks:
            x = self._x_of(tick)
            painter.setPen(QPen(theme.colour("grid"), 1.0))
            if boxes.wave.height() > 0:
                x_line = round(x) + 0.5
                painter.drawLine(
                    QPointF(x_line, boxes.wave.top()), QPointF(x_line, boxes.wave.bottom())
                )
            text = clock_text(tick, step) if by_clock else f"{tick:,.0f}"
            wide = painter.fontMetrics().horizontalAdvance(text)
            left = min(max(x - wide / 2, free), self.width() - wide - 2.0)
            if left < free or abs(left + wide / 2 - x) > wide / 2 + 2:
                continue
            free = left + wide + 8
            painter.setPen(theme.colour("text_muted"))
            painter.drawText(
                QRectF(left, bottom + 2, wide + 2, BOTTOM - 2), Qt.AlignmentFlag.AlignVCenter, text
            )

    def _draw_wave(self, painter: QPainter, sound: Sound, box: QRectF) -> None:
        theme = self._theme
        lanes = sound.channels if box.height() / sound.channels >= LANE else 1
        tall = box.height() / lanes
        ratio = self.devicePixelRatioF()
        columns = max(round(box.width() * ratio), 1)
        low_s, high_s = self.span()
        first, last = low_s * sound.rate, high_s * sound.rate
        lows, highs = envelope(sound, first, last, columns)
        if lanes == 1 and sound.channels > 1:
            lows, highs = lows.min(axis=0, keepdims=True), highs.max(axis=0, keepdims=True)
        # Quiet clips fill the height as well, in halves of full scale: 1, 1/2, 1/4, …
        scale = 2.0 ** math.ceil(math.log2(max(sound.peak, 1e-4))) if sound.peak > 0 else 1.0
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for lane in range(lanes):
            middle = box.top() + tall * (lane + 0.5)
            reach = tall / 2 - (2.0 if lanes > 1 else 1.0)
            painter.setPen(QPen(theme.colour("grid"), 1.0))
            y = round(middle) + 0.5
            painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
            if (last - first) <= max(DOTS, 0) or (last - first) < columns / 2:
                self._draw_samples(
                    painter, sound, lane if lanes > 1 else None, middle, reach / scale
                )
            else:
                self._draw_envelope(
                    painter, box.left(), ratio, lows[lane], highs[lane], middle, reach / scale
                )
        self._label_lanes(painter, box, lanes, tall, scale)

    def _label_lanes(
        self, painter: QPainter, box: QRectF, lanes: int, tall: float, scale: float
    ) -> None:
        painter.setPen(self._theme.colour("text_muted"))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        names = {2: ("L", "R")}.get(lanes, tuple(str(n + 1) for n in range(lanes)))
        for lane in range(lanes):
            if lanes > 1:
                place = QRectF(0, box.top() + tall * lane, LEFT - 6, tall)
                painter.drawText(place, right, names[lane])
            elif tall >= 40:
                text = f"{scale:g}" if scale >= 0.001 else f"{scale:.0e}"
                painter.drawText(QRectF(0, box.top() - 1, LEFT - 6, 14), right, text)
                painter.drawText(QRectF(0, box.bottom() - 13, LEFT - 6, 14), right, f"−{text}")

    def _draw_envelope(
        self,
        painter: QPainter,
        left: float,
        ratio: float,
        lows: npt.NDArray[np.float32],
        highs: npt.NDArray[np.float32],
        middle: float,
        reach: float,
    ) -> None:
        there = np.flatnonzero(np.isfinite(lows))
        if not len(there):
            return
        x = left + (there + 0.5) / ratio
        # At least a hair, so that silence is a line and not nothing.
        tops = middle - highs[there] * reach - 0.4
        bottoms = middle - lows[there] * reach + 0.4
        outline = np.concatenate(
            [np.stack([x, tops], axis=1), np.stack([x, bottoms], axis=1)[::-1]]
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour)
        painter.drawPolygon(_polygon(outline))

    def _draw_samples(
        self, painter: QPainter, sound: Sound, channel: int | None, middle: float, reach: float
    ) -> None:
        low_s, high_s = self.span()
        start = max(math.floor(low_s * sound.rate) - 1, 0)
        stop = min(math.ceil(high_s * sound.rate) + 2, sound.frames)
        if stop <= start:
            return
        numbers = sound.floats(start, stop)
        painter.save()
        boxes = self.boxes()
        painter.setClipRect(QRectF(boxes.left, 0, boxes.width, self.height()))
        low, high = self.span()
        x = boxes.left + (np.arange(start, stop) / sound.rate - low) / (high - low) * boxes.width
        dots = (stop - start) <= DOTS
        for one in [channel] if channel is not None else range(sound.channels):
            points = np.stack([x, middle - numbers[:, one] * reach], axis=1)
            painter.setPen(QPen(self._colour, 1.4))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(_polygon(points))
            if dots:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(self._colour)
                for place_x, place_y in points.tolist():
                    painter.drawEllipse(QPointF(place_x, place_y), 2.2, 2.2)
        painter.restore()

    def _draw_spectrum(self, painter: QPainter, box: QRectF) -> None:
        theme, sound = self._theme, self._sound
        ratio = self.devicePixelRatioF()
        columns, rows = max(round(box.width() * ratio), 1), max(round(box.height() * ratio), 1)
        low_s, high_s = self.span()
        look = self._look
        painter.fillRect(box, theme.colour("raised"))
        if sound is None or self._overview is None:
            return
        span = (low_s * sound.rate, high_s * sound.rate)
        colouring = Colouring(look.colour_map, look.range_db, theme.colour("raised").rgb())
        image = spectrum_image(
            self._overview, self._fitting_detail(span), span, (columns, rows), look.scale, colouring
        )
        painter.drawImage(box, image)
        rate = sound.sample_rate
        if rate <= 0:
            return
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for hertz, share in frequency_ticks(rate, look.scale, box.height()):
            y = box.bottom() - share * box.height()
            painter.setPen(theme.colour("text_muted"))
            top = min(max(y - 7, box.top() - 3), box.bottom() - 11)
            painter.drawText(QRectF(0, top, LEFT - 6, 14), right, frequency_text(hertz))
            painter.setPen(QPen(theme.colour("border"), 1.0))
            painter.drawLine(QPointF(LEFT - 4, round(y) + 0.5), QPointF(LEFT - 1, round(y) + 0.5))

    def _fitting_detail(self, span: tuple[float, float]) -> Spectrogram | None:
        detail = self._detail
        if detail is None or self._view is None or self._overview is None:
            return None
        if detail.window != self._overview.window:
            return None
        return detail if detail.first < span[1] and detail.last > span[0] else None

    def _draw_moving(self, painter: QPainter) -> None:
        theme = self._theme
        low, high = self.span()
        top, bottom = float(TOP), float(self.height() - BOTTOM)
        if self._region is not None and self._region[1] > low and self._region[0] < high:
            left = max(self._x_of(self._region[0]), float(LEFT))
            right = min(self._x_of(self._region[1]), float(self.width() - RIGHT))
            box = QRectF(left, top, max(right - left, 1.0), bottom - top)
            painter.fillRect(box, theme.colour("accent", 0.14))
            painter.fillRect(QRectF(box.left(), top, box.width(), 3.0), theme.colour("accent"))
            painter.setPen(QPen(theme.colour("accent"), 1.0))
            for edge, shown in ((left, self._region[0] >= low), (right, self._region[1] <= high)):
                if shown:
                    x = round(edge) + 0.5
                    painter.drawLine(QPointF(x, top), QPointF(x, bottom))
        head = self._playhead
        if head is not None and low <= head <= high:
            x = self._x_of(head)
            # Light under it, so that it stands out on every colour of the spectrogram.
            painter.setPen(QPen(theme.colour("surface", 0.75), 4.0))
            painter.drawLine(QPointF(x, top), QPointF(x, bottom))
            painter.setPen(QPen(theme.colour("accent"), 1.6))
            painter.drawLine(QPointF(x, top), QPointF(x, bottom))
        if self._pointer is not None and not self._dragging:
            self._draw_reading(painter, self._pointer)

    def _draw_reading(self, painter: QPainter, at: QPointF) -> None:
        text = self.reading(at)
        if not text:
            return
        theme = self._theme
        x = round(at.x()) + 0.5
        painter.setPen(QPen(theme.colour("text_muted"), 1.0, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(x, TOP), QPointF(x, self.height() - BOTTOM))
        painter.setFont(theme.font(11, tabular=True))
        wide = painter.fontMetrics().horizontalAdvance(text) + 12
        left = at.x() + 8 if at.x() + 8 + wide <= self.width() - 2 else at.x() - 8 - wide
        box = QRectF(max(left, 2.0), TOP + 2, wide, 18)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.colour("border"), 1.0))
        painter.setBrush(theme.colour("surface", 0.94))
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(theme.colour("text"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def reading(self, at: QPointF) -> str:
        """Say what lies at a place: the moment, and the number or frequency and level there."""
        sound, boxes = self._sound, self.boxes()
        if sound is None or not boxes.left <= at.x() <= boxes.left + boxes.width:
            return ""
        moment = self._moment_at(at.x())
        low, high = self.span()
        frame = moment * sound.rate
        if not 0 <= frame < sound.frames:
            return ""
        when = clock_text(moment, (high - low) / 400) if sound.sample_rate else f"{frame:,.0f}"
        if boxes.spectrum.contains(at) and self._overview is not None and sound.sample_rate:
            share = (boxes.spectrum.bottom() - at.y()) / boxes.spectrum.height()
            hertz = _hertz_at(share, sound.sample_rate, self._look.scale)
            found = self._fitting_detail((low * sound.rate, high * sound.rate)) or self._overview
            level = found.level_at(frame, hertz)
            decibels = "" if level is None else f" · {level:.0f} dB".replace("-", "−")
            kilo = hertz >= 999.5
            height = f"{frequency_text(hertz).removesuffix('k')} {'kHz' if kilo else 'Hz'}"
            return f"{when} · {height}{decibels}"
        if boxes.wave.contains(at):
            width = (high - low) * sound.rate / boxes.width
            lows, highs = envelope(sound, frame - width / 2, frame + width / 2, 1)
            low_value, high_value = float(lows.min()), float(highs.max())
            if width <= 1.0:
                values = sound.floats(int(frame), int(frame) + 1)[0]
                numbers = ", ".join(f"{value:.4f}" for value in values[:4])
                return f"{when} · {numbers}".replace("-", "−")
            return f"{when} · {low_value:.3f} … {high_value:.3f}".replace("-", "−")
        return when

    # -- gestures

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click, a region, or with the middle button or Shift a pan."""
        self.focused.emit()
        if self._sound is None:
            return
        middle = event.button() == Qt.MouseButton.MiddleButton
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.button() != Qt.MouseButton.LeftButton and not middle:
            event.ignore()
            return
        self._pressed = event.position()
        self._press_view = self.span()
        self._dragging = "pan" if middle or shift else ""
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer."""
        at = event.position()
        self._pointer = at
        if self._pressed is None:
            self.update()
            return
        away = at.x() - self._pressed.x()
        if self._dragging == "pan":
            low, high = self._press_view
            moved = away / max(self.width() - LEFT - RIGHT, 1) * (high - low)
            self._change_view((low - moved, high - moved))
        elif self._dragging == "region" or abs(away) >= SLACK:
            self._dragging = "region"
            one, other = self._inside(self._pressed.x()), self._inside(at.x())
            self._region = (min(one, other), max(one, other))
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a gesture: seek by a click, tell of a region."""
        pressed, dragging = self._pressed, self._dragging
        self._pressed, self._dragging = None, ""
        if pressed is None or self._sound is None:
            return
        if dragging == "region":
            if self._region is not None and self._region[1] <= self._region[0]:
                self._region = None
            self.region_changed.emit(self._region)
        elif not dragging and event.button() == Qt.MouseButton.LeftButton:
            moment = self._inside(event.position().x())
            if self._region is not None and not self._region[0] <= moment <= self._region[1]:
                self._region = None
                self.region_changed.emit(None)
            self.seeked.emit(moment)
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show the whole clip again."""
        self._pressed = None
        if event.button() == Qt.MouseButton.LeftButton:
            self.fit()

    def leaveEvent(self, event: QEvent) -> None:
        """Read nothing any more."""
        super().leaveEvent(event)
        self._pointer = None
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer with Ctrl, pan with Shift or sideways; else leave it to the page."""
        turned = event.angleDelta()
        keys = event.modifiers()
        if self._sound is None:
            event.ignore()
        elif turned.x() or keys & Qt.KeyboardModifier.ShiftModifier:
            away = turned.x() or turned.y()
            if self._view is None:
                event.ignore()
                return
            self.pan(-away / 1200)
            event.accept()
        elif (keys & Qt.KeyboardModifier.ControlModifier or self._wheel_zoom) and turned.y():
            self.zoom(WHEEL ** (-turned.y() / 120), self._inside(event.position().x()))
            event.accept()
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        """Keep the keys of the plot from the window's shortcuts while it has the focus."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and self._is_own(event)
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Play by Space, seek by Home, End, comma and full stop, zoom by plus and minus."""
        key = Qt.Key(event.key())
        low, high = self.span()
        head = self._playhead if self._playhead is not None else low
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if not self._is_own(event):
            super().keyPressEvent(event)
        elif key == Qt.Key.Key_Space:
            self.play_asked.emit()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(1 / WHEEL)
        elif key == Qt.Key.Key_Minus:
            self.zoom(WHEEL)
        elif key == Qt.Key.Key_Home:
            self.seeked.emit(0.0)
        elif key == Qt.Key.Key_End:
            self.seeked.emit(self._sound.duration_s if self._sound is not None else 0.0)
        elif key in (Qt.Key.Key_Comma, Qt.Key.Key_Period):
            away = (high - low) * (0.02 if key == Qt.Key.Key_Period else -0.02)
            end = self._sound.duration_s if self._sound is not None else 0.0
            self.seeked.emit(min(max(head + away, 0.0), end))
        elif shift:
            self.pan(0.2 if key == Qt.Key.Key_Right else -0.2)

    def _is_own(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if self._sound is None:
            return False
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            return bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.modifiers() & (
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
        ):
            return False
        return key in {
            Qt.Key.Key_Space,
            Qt.Key.Key_Plus,
            Qt.Key.Key_Equal,
            Qt.Key.Key_Minus,
            Qt.Key.Key_Home,
            Qt.Key.Key_End,
            Qt.Key.Key_Comma,
            Qt.Key.Key_Period,
        }

    # -- Qt

    def sizeHint(self) -> QSize:
        """Room for both pictures."""
        return QSize(400, 160)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw anew, and finer where it is larger."""
        super().resizeEvent(event)
        self._still = None
        self._rest.start()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Tell that the keyboard came."""
        super().focusInEvent(event)
        self.focused.emit()
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show the focus no longer."""
        super().focusOutEvent(event)
        self.update()

    def _ask_detail(self) -> None:
        sound, overview = self._sound, self._overview
        if sound is None or overview is None or not sound.is_whole:
            return
        columns = round(self.boxes().width * self.devicePixelRatioF())
        low, high = self.span()
        first, last = low * sound.rate, high * sound.rate
        coarse = (overview.last - overview.first) / max(overview.columns, 1)
        if (last - first) / max(columns, 1) >= 0.8 * coarse or self._look.show == "waveform":
            return
        # A little more to each side, for panning.
        beside = 0.25 * (last - first)
        first, last = max(first - beside, 0.0), min(last + beside, float(sound.frames))
        self.detail_wanted.emit(first, last, round(columns * 1.5))


def _polygon(points: npt.NDArray[np.float64]) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in points.tolist()])


def _hertz_at(share: float, sample_rate: float, scale: FrequencyScale) -> float:
    from eventglass.app.core.audio.spectrograms import frequency_range, from_scale, to_scale

    low, high = frequency_range(sample_rate, scale)
    ends = to_scale([low, high], scale)
    return float(from_scale(ends[0] + share * (ends[1] - ends[0]), scale))
