"""The keys of a chart that has the focus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

if TYPE_CHECKING:
    from eventglass.widgets.plots.chart import Chart

#: How far keys move the range, in shares of it: across, down.
_PANS: dict[int, tuple[float, float]] = {
    Qt.Key.Key_Left: (0.1, 0.0),
    Qt.Key.Key_Right: (-0.1, 0.0),
    Qt.Key.Key_Up: (0.0, 0.1),
    Qt.Key.Key_Down: (0.0, -0.1),
}
_ZOOMS: dict[int, float] = {
    Qt.Key.Key_Plus: 0.8,
    Qt.Key.Key_Equal: 0.8,
    Qt.Key.Key_Minus: 1.25,
    Qt.Key.Key_Underscore: 1.25,
}
_PLAIN = (Qt.Key.Key_I, Qt.Key.Key_O, Qt.Key.Key_T, Qt.Key.Key_E)


class ChartKeys:
    """Does what keys mean, and says which ones the window's shortcuts must leave alone."""

    def __init__(self, chart: Chart) -> None:
        self._chart = chart

    def is_own(self, event: QKeyEvent) -> bool:
        """Return whether the chart wants the key before any shortcut."""
        chart, key = self._chart, event.key()
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if key in _PANS:
            # With Ctrl as well they move the card.
            return modifiers == Qt.KeyboardModifier.ShiftModifier
        if key == Qt.Key.Key_Escape:
            return chart.is_dragging() or chart.pinned_panel() is not None
        if event.matches(QKeySequence.StandardKey.Copy):
            return chart.pinned_panel() is not None
        if key == Qt.Key.Key_Backspace:
            return chart.selection() is not None
        return modifiers == Qt.KeyboardModifier.NoModifier and key in _PLAIN

    def press(self, event: QKeyEvent) -> bool:
        """Do what the key means; False: nothing."""
        panel = self._chart.pinned_panel()
        if event.matches(QKeySequence.StandardKey.Copy) and panel is not None:
            panel.copy()
            return True
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return False
        return self._move(event) or self._do(event.key())

    def _move(self, event: QKeyEvent) -> bool:
        chart, key = self._chart, event.key()
        if chart.is_locked():
            return False
        if key in _PANS and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            chart.move_by(chart.view(), *_PANS[key], "both")
        elif key in _ZOOMS:
            chart.zoom_by(_ZOOMS[key], chart.layout_now().plot.center(), True, "both")
        elif key == Qt.Key.Key_F:
            chart.fit()
        elif key == Qt.Key.Key_E:
            chart.edit_range("y", "high")
        else:
            return False
        return True

    def _do(self, key: int) -> bool:
        chart = self._chart
        if key == Qt.Key.Key_I:
            chart.mark_end("low")
        elif key == Qt.Key.Key_O:
            chart.mark_end("high")
        elif key == Qt.Key.Key_Backspace and chart.selection() is not None:
            chart.clear_selection()
        elif key == Qt.Key.Key_T:
            x = chart.place_meant()
            if chart.pinned_x() is not None:
                chart.unpin()
            elif x is not None:
                chart.pin(x)
        elif key == Qt.Key.Key_Escape and chart.is_dragging():
            chart.cancel_drag()
        elif key == Qt.Key.Key_Escape and chart.pinned_panel() is not None:
            chart.unpin()
        else:
            return False
        return True
