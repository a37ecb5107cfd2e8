"""A slider over any range of numbers, drawn as a thin track with a ring for a knob."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleValueChangeEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from eventglass.app.models.theme import Theme

_TICKS = 10_000
_KNOB = 7.0


class Slider(QSlider):
    """Holds a float between ``minimum`` and ``maximum``; clicking the track jumps there.

    ``step`` is what an arrow key moves it by.
    """

    #: The user moved it; the new value.
    moved = Signal(float)

    def __init__(
        self,
        theme: Theme,
        name: str,
        minimum: float = 0.0,
        maximum: float = 1.0,
        step: float = 0.01,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme = theme
        self._low = minimum
        self._high = maximum
        self._step = step
        self._value = minimum
        self._dragging = False
        self.setRange(0, _TICKS)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    @property
    def number(self) -> float:
        """The value it stands at."""
        return self._value

    def set_number(self, value: float) -> None:
        """Stand at a value without telling of it."""
        value = min(max(value, self._low), self._high)
        if value != self._value:
            self._value = value
            self._sync()

    def set_limits(self, minimum: float, maximum: float, step: float | None = None) -> None:
        """Change the range; the value is kept inside it, without telling of it."""
        if step is not None:
            self._step = step
        if (minimum, maximum) != (self._low, self._high):
            self._low, self._high = minimum, max(maximum, minimum)
            self._value = min(max(self._value, self._low), self._high)
            self._sync()

    def sizeHint(self) -> QSize:
        """Height of the knob; the width is what there is."""
        return QSize(120, 20)

    def minimumSizeHint(self) -> QSize:
        """The least that can still be dragged."""
        return QSize(48, 20)

    def event(self, event: QEvent) -> bool:
        """Keep its own keys from the window's shortcuts while this has the focus."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End)
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move by a step, the page keys by ten, Home and End to the ends."""
        key = Qt.Key
        steps = {
            key.Key_Left: -1,
            key.Key_Down: -1,
            key.Key_Right: 1,
            key.Key_Up: 1,
            key.Key_PageDown: -10,
            key.Key_PageUp: 10,
        }
        pressed = Qt.Key(event.key())
        if pressed in steps:
            self._move(self._value + steps[pressed] * self._step)
        elif pressed == key.Key_Home:
            self._move(self._low)
        elif pressed == key.Key_End:
            self._move(self._high)
        else:
            event.ignore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Jump to the pointer and follow it."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragging = True
            self._follow(event)
            event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer while the button is down."""
        if self._dragging:
            self._follow(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Stop following."""
        self._dragging = False
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scrolls what lies around it, unless this has the focus."""
        if not self.hasFocus():
            event.ignore()
            return
        self._move(self._value + self._step * (1 if event.angleDelta().y() > 0 else -1))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Track, filled part, ring."""
        theme = self._theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            middle, left, right = self.height() / 2, 1.0, self.width() - 1.0
            x = self._knob_x()
            alpha = 1.0 if self.isEnabled() else 0.4
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("track"))
            painter.drawRoundedRect(QRectF(left, middle - 2, right - left, 4), 2, 2)
            painter.setBrush(theme.colour("accent", alpha))
            painter.drawRoundedRect(QRectF(left, middle - 2, max(x - left, 0), 4), 2, 2)
            if not self.isEnabled():
                return
            if self.hasFocus() or self._dragging or self.underMouse():
                painter.setBrush(theme.colour("accent", 0.16))
                painter.drawEllipse(QPointF(x, middle), 9.5, 9.5)
            painter.setPen(QPen(theme.colour("accent"), 2))
            painter.setBrush(theme.colour("surface"))
            painter.drawEllipse(QPointF(x, middle), _KNOB - 1, _KNOB - 1)

    def _knob_x(self) -> float:
        span = self._high - self._low
        part = (self._value - self._low) / span if span > 0 else 0.0
        return _KNOB + part * (self.width() - 2 * _KNOB)

    def _follow(self, event: QMouseEvent) -> None:
        width = max(self.width() - 2 * _KNOB, 1.0)
        part = min(max((event.position().x() - _KNOB) / width, 0.0), 1.0)
        value = self._low + part * (self._high - self._low)
        if self._step > 0:
            value = self._low + round((value - self._low) / self._step) * self._step
        self._move(value)

    def _move(self, value: float) -> None:
        value = min(max(value, self._low), self._high)
        if value != self._value:
            self._value = value
            self._sync()
            self.moved.emit(value)

    def _sync(self) -> None:
        # The integer value of QSlider is what assistive technology reads.
        span = self._high - self._low
        self.setValue(round(_TICKS * (self._value - self._low) / span) if span > 0 else 0)
        if QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleValueChangeEvent(self, self._value))
        self.update()
