"""Inspector: how lines are smoothed and drawn, and what becomes of restarts."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from eventglass.app.core.compute import smoothing
from eventglass.app.models.words import count_text
from eventglass.app.models.workspace import WorkspaceState
from eventglass.widgets.controls.buttons import Choice, Toggle
from eventglass.widgets.controls.section import More
from eventglass.widgets.controls.slider import Slider
from eventglass.widgets.view import ViewContext
from eventglass.widgets.views.control_section import ControlSection

#: The slider ends where TensorBoard's does; a value up to 0.999 can be typed.
SMOOTHING_MAX = 0.99
SMOOTHING_LIMIT = 0.999
METHODS = (
    ("ema", "EMA (TensorBoard)"),
    ("ema_time", "EMA by spacing"),
    ("mean", "Running mean"),
    ("gaussian", "Gaussian"),
    ("median", "Median"),
    ("savgol", "Savitzky–Golay"),
)
METHOD_NOTES = {
    "ema": "Exponential moving average, corrected for its start, as TensorBoard has it",
    "ema_time": "Exponential average that forgets by distance on the axis, not by number of points",
    "mean": "Mean of the points around each point",
    "gaussian": "Mean of the points around each point, the near ones counting more",
    "median": "Median of the points around each point: single spikes leave no trace",
    "savgol": "Parabola through the points around each point: peaks keep their height",
}
RESTARTS = (("hide", "Hide superseded"), ("split", "Split"), ("join", "Joined"))
MARKERS = (("auto", "Where sparse"), ("none", "None"), ("always", "On every point"))
INTERPOLATIONS = (("linear", "Straight"), ("step", "Steps"))
LINE_WIDTHS = (0.5, 5.0)
SLIDER_PX = 96


class LinesSection(ControlSection):
    """Smoothing, the raw line, restarts; below "More" width, points and steps."""

    fields: ClassVar[frozenset[str]] = frozenset(
        {
            "smoothing",
            "smoothing_method",
            "show_raw",
            "restarts",
            "line_width",
            "markers",
            "interpolation",
        }
    )

    def __init__(self, context: ViewContext) -> None:
        theme = context.theme
        super().__init__(theme, "Lines")
        self._workspace = context.workspace
        self._method = Choice(theme, "Smoothing method", METHODS)
        self._strength = Slider(theme, "Smoothing", 0.0, SMOOTHING_MAX, 0.01)
        self._strength.setFixedWidth(SLIDER_PX)
        self._window = QLabel()
        self._window.setObjectName("small")
        self._raw = Toggle(theme, "Raw line")
        self._restarts = Choice(theme, "Restarts", RESTARTS)
        self._width = Slider(theme, "Line width", *LINE_WIDTHS, 0.25)
        self._width.setFixedWidth(SLIDER_PX)
        self._width_text = QLabel()
        self._width_text.setObjectName("small")
        self._markers = Choice(theme, "Marks on points", MARKERS)
        self._interpolation = Choice(theme, "Between points", INTERPOLATIONS)
        self._more = More(theme, "More about lines")
        self.add_row("Smoothing", self._method)
        self.add_row(
            "Strength",
            _beside(self._window, self._strength),
            "[ and ] change it; as many points count as is said here",
        )
        self.add_row("Raw line", self._raw, "Draw the points as logged, faint behind the line")
        self.add_row(
            "Restarts",
            self._restarts,
            "Points that a restarted run wrote again; nothing is ever deleted. Single lines differ "
            "by their menu",
        )
        self.add_widget(self._more)
        self._width_row = _beside(self._width_text, self._width)
        self.add_row("Width", self._width_row)
        self.add_row("Marks", self._markers, "Marks on the points of a line; lone points always")
        self.add_row(
            "Between points", self._interpolation, "Steps hold a value until the next point"
        )

        self._method.chosen.connect(self._set_method)
        self._strength.moved.connect(self._smooth)
        self._raw.clicked.connect(self._set_raw)
        self._restarts.chosen.connect(self._set_restarts)
        self._width.moved.connect(self._set_width)
        self._markers.chosen.connect(self._set_markers)
        self._interpolation.chosen.connect(self._set_interpolation)
        self._more.toggled.connect(self._show_more)
        state = self._workspace.state
        plain = WorkspaceState()
        seldom = ("line_width", "markers", "interpolation")
        self._more.setChecked(any(getattr(state, f) != getattr(plain, f) for f in seldom))
        self._show_more(self._more.isChecked())

    def sync(self) -> None:
        """Show the state of the workspace."""
        state = self._workspace.state
        self._method.set_value(state.smoothing_method)
        self._method.setToolTip(METHOD_NOTES[state.smoothing_method])
        self._strength.set_number(state.smoothing)
        self._window.setText(window_text(state.smoothing, state.smoothing_method))
        self._raw.setChecked(state.show_raw)
        self._restarts.set_value(state.restarts)
        self._width.set_number(state.line_width)
        self._width_text.setText(f"{state.line_width:g} px")
        self._markers.set_value(state.markers)
        self._interpolation.set_value(state.interpolation)
        method = dict(METHODS)[state.smoothing_method].partition(" (")[0]
        self.set_note(f"{method} {state.smoothing:.2f}" if state.smoothing else "Not smoothed")

    def _show_more(self, on: bool) -> None:
        for control in (self._width_row, self._markers, self._interpolation):
            self.show_row(control, on)

    def _set_method(self, value: str) -> None:
        self._workspace.edit("Change smoothing", smoothing_method=value)

    def _smooth(self, value: float) -> None:
        self._workspace.edit("Change smoothing", smoothing=round(value, 3))

    def _set_raw(self, on: bool) -> None:
        self._workspace.edit("Show raw lines" if on else "Hide raw lines", show_raw=on)

    def _set_restarts(self, value: str) -> None:
        self._workspace.edit("Change restarts", restarts=value)

    def _set_width(self, value: float) -> None:
        self._workspace.edit("Change the width of lines", line_width=round(value, 2))

    def _set_markers(self, value: str) -> None:
        self._workspace.edit("Change marks on points", markers=value)

    def _set_interpolation(self, value: str) -> None:
        self._workspace.edit("Change lines between points", interpolation=value)


def window_text(weight: float, method: str) -> str:
    """How many points a smoothed value is made of, in words; empty without smoothing."""
    if weight <= 0.0:
        return "Off"
    if method in ("ema", "ema_time", "gaussian"):
        # These have no sharp window: as many points of a plain mean would be as smooth.
        points = (1.0 + weight) / (1.0 - weight)
        return "≈ " + count_text(max(round(points), 1), "point")
    return count_text(smoothing.window(weight, method), "point")


def _beside(note: QWidget, control: QWidget) -> QWidget:
    """Return a note and a control as one control."""
    both = QWidget()
    row = QHBoxLayout(both)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    row.addWidget(note)
    row.addWidget(control)
    both.setFocusProxy(control)
    return both
