"""Typing the ends of a chart's axes: which field opens where, with what in it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QRectF, Qt

from eventglass.app.core.compute.axis_values import AxisValueKind
from eventglass.widgets.plots.axis import AxisEnd, AxisName
from eventglass.widgets.plots.curve_data import XKind

if TYPE_CHECKING:
    from eventglass.widgets.plots.chart import Chart
    from eventglass.widgets.plots.range_editor import RangeEditor

#: The ends in the order Tab goes through them.
_ORDER: tuple[AxisEnd, ...] = (
    ("y", "high"),
    ("y", "low"),
    ("x", "low"),
    ("x", "high"),
    ("right", "low"),
    ("right", "high"),
)
_VALUE_KINDS: dict[XKind, AxisValueKind] = {
    "step": "number",
    "tag": "number",
    "relative": "duration",
    "run_relative": "duration",
    "wall": "moment",
}
#: Width of the field, pixels.
_WIDE: dict[AxisValueKind, float] = {"number": 76.0, "duration": 84.0, "moment": 136.0}
_TALL = 19.0


class AxisEnds:
    """Opens the field of one end at a time and gives the chart what was typed."""

    def __init__(self, chart: Chart) -> None:
        self._chart = chart
        self.editor: RangeEditor | None = None

    def edit(self, name: AxisName, end: Literal["low", "high"]) -> None:
        """Open the field of an end."""
        from eventglass.widgets.plots.range_editor import RangeEditor

        self.close()
        chart = self._chart
        kind = _VALUE_KINDS[chart.x_kind()] if name == "x" else "number"
        editor = RangeEditor(chart, (name, end), self._text(name, end), kind)
        editor.typed.connect(self._typed)
        editor.stepped.connect(self._go_on)
        editor.closed.connect(self._closed)
        self.editor = editor
        editor.show_in(self._box(name, end, _WIDE[kind]), chart.colours())

    def close(self) -> None:
        """Take the field away."""
        editor, self.editor = self.editor, None
        if editor is not None:
            editor.close_field()

    def _text(self, name: AxisName, end: Literal["low", "high"]) -> str:
        """Return what stands at the end now."""
        view, kind = self._chart.view(), self._chart.x_kind()
        ends = {"x": (view.x0, view.x1), "y": (view.y0, view.y1), "right": view.y_ends("right")}
        value = ends[name][end == "high"]
        if name != "x" or kind == "tag":
            return f"{value:.6g}"
        if kind == "wall":
            try:
                return datetime.fromtimestamp(round(value)).isoformat(" ")
            except (OverflowError, ValueError, OSError):
                return f"{value:.6f}"
        if kind == "step":
            return f"{round(value)}" if abs(value) < 1e15 else f"{value:.6g}"
        return f"{value:.6g} s"

    def _box(self, name: AxisName, end: Literal["low", "high"], wide: float) -> QRectF:
        chart = self._chart
        plot = chart.layout_now().plot
        if name == "x":
            left = plot.left() if end == "low" else plot.right() - wide
            return QRectF(max(left, 2.0), chart.height() - _TALL - 2.0, wide, _TALL)
        left = 2.0 if name == "y" else chart.width() - wide - 2.0
        top = plot.top() - 6.0 if end == "high" else plot.bottom() - 14.0
        return QRectF(left, max(top, 1.0), wide, _TALL)

    def _typed(self, value: float | None) -> None:
        editor = self.editor
        if editor is not None:
            reason = self._chart.set_end(*editor.axis_end, value)
            if reason:
                editor.refuse(reason)

    def _go_on(self, turn: int) -> None:
        if self.editor is None:
            return
        ends = _ORDER if self._chart.layout_now().right_ticks is not None else _ORDER[:4]
        at = ends.index(self.editor.axis_end)
        self.edit(*ends[(at + turn) % len(ends)])

    def _closed(self) -> None:
        had_focus = self.editor is not None and self.editor.hasFocus()
        self.close()
        if had_focus:
            self._chart.setFocus(Qt.FocusReason.OtherFocusReason)
