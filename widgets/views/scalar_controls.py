"""What the scalars view puts into the tool bar and the inspector: smoothing, axes, lines, cards."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from eventglass.app.models.theme import Theme
from eventglass.app.models.workspace import Workspace
from eventglass.widgets.controls.buttons import Choice, Segmented, Toggle
from eventglass.widgets.controls.section import Section
from eventglass.widgets.controls.slider import Slider

X_AXES = (("step", "Step"), ("relative", "Relative"), ("wall", "Wall"))
#: The slider ends where TensorBoard's does; a value up to 0.999 can be typed.
SMOOTHING_MAX = 0.99
SMOOTHING_LIMIT = 0.999
CARD_WIDTHS = (280, 900)


class NumberBox(QLineEdit):
    """Shows a number beside its slider and takes a typed one."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("numberBox")
        self.setAccessibleName(name)
        self.setFixedSize(46, 24)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)

    def show_number(self, value: float) -> None:
        """Show a value with two or three digits, unless one is being typed."""
        if not self.isModified() or not self.hasFocus():
            text = f"{value:.2f}" if round(value, 2) == round(value, 4) else f"{value:.3f}"
            self.setText(text)
            self.setModified(False)


class ToolBarControls(QWidget):
    """Smoothing and the horizontal axis, at the right of the tool bar."""

    def __init__(self, workspace: Workspace, theme: Theme) -> None:
        super().__init__()
        self._workspace = workspace
        label = QLabel("Smoothing")
        label.setObjectName("muted")
        self._slider = Slider(theme, "Smoothing", 0.0, SMOOTHING_MAX, 0.01)
        self._slider.setFixedWidth(120)
        self._slider.setToolTip("Smoothing of the lines ( [ and ] )")
        self._box = NumberBox("Smoothing")
        self._axis = Segmented(theme, "Horizontal axis", X_AXES)
        label.setBuddy(self._slider)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(label)
        row.addWidget(self._slider)
        row.addWidget(self._box)
        row.addSpacing(4)
        row.addWidget(self._axis)
        self._slider.moved.connect(self._smooth)
        self._box.editingFinished.connect(self._typed)
        self._axis.chosen.connect(self._choose_axis)
        workspace.changed.connect(self._sync)
        self._sync()

    def _smooth(self, value: float) -> None:
        self._workspace.edit("Change smoothing", smoothing=round(value, 3))

    def _typed(self) -> None:
        if not self._box.isModified():
            return
        self._box.setModified(False)
        try:
            value = float(self._box.text().replace(",", "."))
        except ValueError:
            value = self._workspace.state.smoothing
        if value != value:
            value = 0.0
        self._smooth(min(max(value, 0.0), SMOOTHING_LIMIT))
        self._box.show_number(self._workspace.state.smoothing)

    def _choose_axis(self, axis: str) -> None:
        self._workspace.edit("Change the horizontal axis", x_axis=axis)

    def _sync(self, names: frozenset[str] = frozenset({"smoothing", "x_axis"})) -> None:
        state = self._workspace.state
        if "smoothing" in names:
            self._slider.set_number(state.smoothing)
            self._box.show_number(state.smoothing)
        if "x_axis" in names:
            self._axis.set_value(state.x_axis)


class InspectorControls(QWidget):
    """All that can be set for scalar charts."""

    def __init__(self, workspace: Workspace, theme: Theme) -> None:
        super().__init__()
        self._workspace = workspace
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)

        lines = Section("Lines")
        self._smoothing = Slider(theme, "Smoothing", 0.0, SMOOTHING_MAX, 0.01)
        self._smoothing.setFixedWidth(110)
        self._raw = Toggle(theme, "Raw line")
        self._restarts = Choice(
            theme,
            "Restarts",
            (("hide", "Hide superseded"), ("split", "Split"), ("join", "Joined")),
        )
        lines.add_row(
            "Smoothing",
            self._smoothing,
            "Exponential moving average, corrected for its start, as TensorBoard has it",
        )
        lines.add_row("Raw line", self._raw, "Draw the points as logged, faint behind the line")
        lines.add_row(
            "Restarts",
            self._restarts,
            "Points that a restarted run wrote again; nothing is ever deleted",
        )

        axes = Section("Axes")
        self._horizontal = Choice(theme, "Horizontal axis", X_AXES)
        self._vertical = Choice(
            theme, "Vertical axis", (("linear", "Linear"), ("log", "Logarithmic"))
        )
        self._outliers = Toggle(theme, "Ignore outliers")
        axes.add_row("Horizontal", self._horizontal)
        axes.add_row(
            "Vertical", self._vertical, "Scale of every chart; single ones differ by their menu"
        )
        axes.add_row(
            "Ignore outliers",
            self._outliers,
            "Fit the vertical axis to the middle 90 % of the values",
        )

        cards = Section("Cards")
        self._width = Slider(theme, "Card width", *CARD_WIDTHS, 20)
        self._width.setFixedWidth(110)
        cards.add_row("Width", self._width)

        for section in (lines, axes, cards):
            column.addWidget(section)
        self._smoothing.moved.connect(self._smooth)
        self._raw.clicked.connect(self._set_raw)
        self._restarts.chosen.connect(self._set_restarts)
        self._horizontal.chosen.connect(self._set_horizontal)
        self._vertical.chosen.connect(self._set_vertical)
        self._outliers.clicked.connect(self._set_outliers)
        self._width.moved.connect(self._set_width)
        workspace.changed.connect(self._sync)
        self._sync()

    def _smooth(self, value: float) -> None:
        self._workspace.edit("Change smoothing", smoothing=round(value, 3))

    def _set_raw(self, on: bool) -> None:
        self._workspace.edit("Show raw lines" if on else "Hide raw lines", show_raw=on)

    def _set_restarts(self, value: str) -> None:
        self._workspace.edit("Change restarts", restarts=value)

    def _set_horizontal(self, value: str) -> None:
        self._workspace.edit("Change the horizontal axis", x_axis=value)

    def _set_vertical(self, value: str) -> None:
        self._workspace.edit("Change the vertical axis", y_scale=value)

    def _set_outliers(self, on: bool) -> None:
        self._workspace.edit("Change the vertical range", ignore_outliers=on)

    def _set_width(self, value: float) -> None:
        self._workspace.edit("Change the width of cards", card_width=int(value))

    def _sync(self, _names: frozenset[str] = frozenset()) -> None:
        state = self._workspace.state
        self._smoothing.set_number(state.smoothing)
        self._raw.setChecked(state.show_raw)
        self._restarts.set_value(state.restarts)
        self._horizontal.set_value(state.x_axis)
        self._vertical.set_value(state.y_scale)
        self._outliers.setChecked(state.ignore_outliers)
        self._width.set_number(state.card_width)
