"""The little field at the end of an axis in which its value is typed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from eventglass.app.core.compute.axis_values import (
    AxisValueError,
    AxisValueKind,
    parse_axis_value,
)
from eventglass.widgets.plots.axis import AxisEnd
from eventglass.widgets.plots.overlay import ChartColours

_NAMES = {
    ("x", "low"): "Left end of the horizontal axis",
    ("x", "high"): "Right end of the horizontal axis",
    ("y", "low"): "Lower end of the vertical axis",
    ("y", "high"): "Upper end of the vertical axis",
    ("right", "low"): "Lower end of the right axis",
    ("right", "high"): "Upper end of the right axis",
}


class RangeEditor(QLineEdit):
    """Takes one end of an axis; empty means automatic.

    Signals
    -------
    typed(object)
        The value, or None: automatic. The field stays open until told to close.
    stepped(int)
        Tab or Shift+Tab: on to the next end (1) or back (-1).
    closed()
    """

    typed = Signal(object)
    stepped = Signal(int)
    closed = Signal()

    def __init__(self, chart: QWidget, end: AxisEnd, text: str, kind: AxisValueKind) -> None:
        super().__init__(text, chart)
        self.axis_end = end
        self._chart = chart
        self._kind = kind
        self._first = text
        self._message = QLabel(chart)
        self._message.setTextFormat(Qt.TextFormat.PlainText)
        self._message.hide()
        self.setFrame(False)
        self.setPlaceholderText("automatic")
        self.setAccessibleName(_NAMES[end])
        self.setToolTip(f"{_NAMES[end]}; empty for automatic")
        self.textEdited.connect(self._message.hide)
        self.selectAll()

    def show_in(self, box: QRectF, colours: ChartColours) -> None:
        """Stand at a place of the chart and take the keyboard."""
        size = "font-size:11px;border-radius:3px;"
        self.setStyleSheet(
            f"QLineEdit{{background:{colours.surface.name()};color:{colours.text.name()};"
            f"border:1px solid {colours.accent.name()};padding:0 2px;{size}}}"
        )
        self._message.setStyleSheet(
            f"QLabel{{background:{colours.raised.name()};color:{colours.danger.name()};"
            f"border:1px solid {colours.danger.name()};padding:1px 5px;{size}}}"
        )
        self.setGeometry(box.toRect())
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.selectAll()

    @property
    def message(self) -> str:
        """Return what is wrong with the text, or ""."""
        return "" if self._message.isHidden() else self._message.text()

    def take(self) -> bool:
        """Read the text and tell its value; False, with a message, when it is none."""
        if self.text() == self._first:
            return True
        try:
            value = parse_axis_value(self.text(), self._kind)
        except AxisValueError as error:
            self.refuse(str(error))
            return False
        self.typed.emit(value)
        return self._message.isHidden()

    def refuse(self, reason: str) -> None:
        """Say at the field why its value was not taken."""
        self._message.setText(reason)
        self._message.adjustSize()
        chart = self._chart
        x = min(max(self.x(), 2), max(2, chart.width() - self._message.width() - 2))
        below = self.geometry().bottom() + 3
        above = self.y() - self._message.height() - 3
        self._message.move(x, below if below + self._message.height() < chart.height() else above)
        self._message.show()
        self._message.raise_()

    def close_field(self) -> None:
        """Go away."""
        self._message.deleteLater()
        self.hide()
        self.deleteLater()

    def event(self, event: QEvent) -> bool:
        """Keep Tab to go on to the next end, and Esc from the window's shortcuts."""
        if not isinstance(event, QKeyEvent):
            return super().event(event)
        turn = {Qt.Key.Key_Tab: 1, Qt.Key.Key_Backtab: -1}.get(Qt.Key(event.key()), 0)
        if event.type() == QEvent.Type.ShortcutOverride and (
            turn or event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        ):
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyPress and turn:
            if self.take():
                self.stepped.emit(turn)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the value by Return, leave by Esc."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.take():
                self.closed.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Leave with the keyboard; a value not taken by Return is dropped."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.closed.emit()
