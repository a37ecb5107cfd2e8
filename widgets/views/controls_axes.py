"""Inspector: what the axes of charts show, how they are scaled and how far they reach."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from eventglass.app.core.names import Kind, natural_key
from eventglass.app.models.cards import COMPOSED, Card, CardOptions
from eventglass.app.models.theme import Theme
from eventglass.app.models.words import count_text, wall_time_text
from eventglass.app.models.workspace import Workspace, WorkspaceState
from eventglass.widgets.controls.buttons import Choice, Toggle
from eventglass.widgets.controls.fields import FieldMessage, NumberField
from eventglass.widgets.controls.picker import Picker
from eventglass.widgets.controls.section import More
from eventglass.widgets.view import ViewContext
from eventglass.widgets.views.control_section import ControlSection

#: The kinds of horizontal axis: value, text for lists, short text for the tool bar, what it is.
X_AXES = (
    ("step", "Step", "Step", "The step as logged"),
    ("relative", "Relative", "Relative", "Time since the first point of each line"),
    ("run_relative", "Time of the run", "Run time", "Time since the run began, for all its tags"),
    ("wall", "Wall", "Wall", "Date and time of day"),
    ("tag", "Another tag…", "Tag", "The value of another scalar tag at the same step"),
)
SCALES = (("linear", "Linear"), ("log", "Logarithmic"), ("symlog", "Symmetric log"))
NUMBER_PX, DATE_PX = 70, 168
_UNITS = {"step": "steps", "relative": "seconds", "run_relative": "seconds", "wall": "date, time"}


class AxesSection(ControlSection):
    """Horizontal and vertical axis of all charts; below "More" what single charts differ in."""

    fields: ClassVar[frozenset[str]] = frozenset(
        {
            "x_axis",
            "x_tag",
            "x_scale",
            "y_scale",
            "ignore_outliers",
            "share_x",
            "card_options",
            "composed",
        }
    )

    def __init__(self, context: ViewContext) -> None:
        theme = context.theme
        super().__init__(theme, "Axes")
        self._context = context
        self._workspace = context.workspace
        self._horizontal = Choice(theme, "Horizontal axis", [(v, t) for v, t, _s, _n in X_AXES])
        self._tag = Picker(theme, "Tag on the horizontal axis", self._tags, "Choose a tag…")
        self._vertical = Choice(theme, "Vertical axis", SCALES)
        self._outliers = Toggle(theme, "Ignore outliers")
        self._share = Toggle(theme, "Share zoom")
        self._more = More(theme, "More about axes")
        self._x_scale = Choice(theme, "Scale of the horizontal axis", SCALES)
        self._ranges = RangeFields(self._workspace, theme)
        self.add_row("Horizontal", self._horizontal)
        self.add_row("Tag", self._tag)
        self.add_row(
            "Vertical", self._vertical, "Scale of every chart; single ones differ by their menu"
        )
        self.add_row(
            "Ignore outliers",
            self._outliers,
            "Fit the vertical axis to the middle 90 % of the values",
        )
        self.add_row(
            "Share zoom", self._share, "Zooming one chart horizontally zooms all charts alike"
        )
        self.add_widget(self._more)
        self.add_row("Horizontal scale", self._x_scale)
        self.add_widget(self._ranges)

        self._horizontal.chosen.connect(self._set_horizontal)
        self._tag.chosen.connect(self._set_tag)
        self._vertical.chosen.connect(self._set_vertical)
        self._outliers.clicked.connect(self._set_outliers)
        self._share.clicked.connect(self._set_share)
        self._x_scale.chosen.connect(self._set_x_scale)
        self._more.toggled.connect(self._show_more)
        self._workspace.selected_tag_changed.connect(self._tag_selected)
        self._workspace.selected_card_changed.connect(self._card_selected)
        self._more.setChecked(self._workspace.state.x_scale != WorkspaceState().x_scale)
        self._show_more(self._more.isChecked())

    def sync(self) -> None:
        """Show the state of the workspace."""
        state = self._workspace.state
        self._horizontal.set_value(state.x_axis)
        self._tag.set_value(state.x_tag)
        self.show_row(self._tag, state.x_axis == "tag")
        self._vertical.set_value(state.y_scale)
        self._outliers.setChecked(state.ignore_outliers)
        self._share.setChecked(state.share_x)
        self._x_scale.set_value(state.x_scale)
        self._ranges.sync()
        scale = "" if state.y_scale == "linear" else ", " + dict(SCALES)[state.y_scale].lower()
        self.set_note(axis_text(state) + scale)

    def _tags(self) -> list[tuple[str, str, str]]:
        return scalar_tags(self._context)

    def _tag_selected(self, tag: str, kind: str) -> None:
        if kind == Kind.SCALAR:
            self._ranges.show_card(tag)

    def _card_selected(self, card: Card) -> None:
        self._ranges.show_card(card.key, card.title)

    def _show_more(self, on: bool) -> None:
        self.show_row(self._x_scale, on)
        self._ranges.setVisible(on)

    def _set_horizontal(self, value: str) -> None:
        state = self._workspace.state
        if value == "tag" and not state.x_tag:
            # Nothing to show before a tag is chosen: until then the axis stays as it is.
            self._horizontal.set_value(state.x_axis)
            self._tag.ask()
        else:
            choose_x_axis(self._workspace, value)

    def _set_tag(self, tag: str) -> None:
        self._workspace.edit("Change the horizontal axis", x_axis="tag", x_tag=tag)

    def _set_vertical(self, value: str) -> None:
        self._workspace.edit("Change the vertical axis", y_scale=value)

    def _set_outliers(self, on: bool) -> None:
        self._workspace.edit("Change the vertical range", ignore_outliers=on)

    def _set_share(self, on: bool) -> None:
        self._workspace.edit("Share zoom" if on else "Zoom charts singly", share_x=on)

    def _set_x_scale(self, value: str) -> None:
        self._workspace.edit("Change the horizontal axis", x_scale=value)


class RangeFields(QWidget):
    """Fields for the ends of a chart's axes; an empty one leaves that end automatic."""

    def __init__(self, workspace: Workspace, theme: Theme) -> None:
        super().__init__()
        self._workspace = workspace
        self._key = ""
        self._name = ""
        self._title = QLabel()
        self._title.setObjectName("small")
        self._fields: dict[str, tuple[NumberField, NumberField]] = {}
        self._rows: dict[str, QWidget] = {}
        self._lines: dict[str, QHBoxLayout] = {}
        self._dashes: dict[str, QLabel] = {}
        self._messages: dict[str, FieldMessage] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._title)
        for axis, text in (("x", "Horizontal"), ("y", "Vertical"), ("right", "Right axis")):
            low = NumberField(f"{text}: from", "Auto")
            high = NumberField(f"{text}: to", "Auto")
            row = QWidget()
            line = QHBoxLayout(row)
            line.setContentsMargins(0, 0, 0, 0)
            line.setSpacing(6)
            line.addWidget(QLabel(text))
            line.addStretch(1)
            line.addWidget(low)
            self._dashes[axis] = QLabel("–")
            line.addWidget(self._dashes[axis])
            line.addWidget(high)
            self._lines[axis] = line
            for field in (low, high):
                line.setAlignment(field, Qt.AlignmentFlag.AlignRight)
            message = FieldMessage()
            column.addWidget(row)
            column.addWidget(message)
            self._fields[axis] = (low, high)
            self._rows[axis] = row
            self._messages[axis] = message
            for field in (low, high):
                field.complained.connect(_Complaint(message))
                field.number_committed.connect(_Commit(self, axis))
        self._lock = Toggle(theme, "Lock the chart")
        lock_row = QHBoxLayout()
        lock_row.setContentsMargins(0, 0, 0, 0)
        lock_text = QLabel("Locked")
        lock_text.setToolTip("Zooming and panning leave the chart as it is")
        lock_text.setBuddy(self._lock)
        lock_row.addWidget(lock_text)
        lock_row.addStretch(1)
        lock_row.addWidget(self._lock)
        column.addLayout(lock_row)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(0, 4, 0, 0)
        buttons.setSpacing(8)
        self._auto = QPushButton("Automatic")
        self._auto.setToolTip("Let the axes of this chart follow its lines again")
        self._all = QPushButton("For all charts")
        self._all.setToolTip("Give every chart the ranges of this one")
        for button in (self._auto, self._all):
            buttons.addWidget(button)
        column.addLayout(buttons)
        self._lock.clicked.connect(self._set_locked)
        self._auto.clicked.connect(self._automatic)
        self._all.clicked.connect(self._for_all)
        self.sync()

    def show_card(self, key: str, name: str = "") -> None:
        """Show the ranges of another card, by its key and its name, if that is another."""
        if (key, name or key) != (self._key, self._name):
            self._key, self._name = key, name or key
            self.sync()

    def sync(self) -> None:
        """Show the state of the workspace."""
        state = self._workspace.state
        card = next((card for card in state.composed if card.key == self._key), None)
        title = card.title if card is not None else self._name.strip(COMPOSED)
        metrics = self._title.fontMetrics()
        shown = metrics.elidedText(title, Qt.TextElideMode.ElideMiddle, 160)
        self._title.setText(f"Range of {shown}" if self._key else "Click a chart to set its range")
        self._title.setToolTip(title)
        options = state.options_of(self._key)
        right = card is not None and any(line.axis == "right" for line in card.lines)
        self._rows["right"].setVisible(right or options.right_range is not None)
        x_range = options.x_range if options.x_range_of in ("", state.x_axis) else None
        ranges = {"x": x_range, "y": options.y_range, "right": options.right_range}
        for axis, (low, high) in self._fields.items():
            wall = axis == "x" and state.x_axis == "wall"
            found = ranges[axis] or (None, None)
            # Dates need more room: they stand one above the other.
            self._dashes[axis].setVisible(not wall)
            direction = QBoxLayout.Direction
            self._lines[axis].setDirection(direction.TopToBottom if wall else direction.LeftToRight)
            for field, end in ((low, found[0]), (high, found[1])):
                field.setFixedWidth(DATE_PX if wall else NUMBER_PX)
                field.set_reader(wall_time_of if wall else None, wall_time_text if wall else None)
                field.setEnabled(bool(self._key))
                field.show_number(end)
            unit = _UNITS.get(state.x_axis, "") if axis == "x" else ""
            low.setToolTip(unit)
            high.setToolTip(unit)
        for button in (self._auto, self._all):
            button.setEnabled(any(ranges.values()))
        self._lock.setChecked(options.locked)
        self._lock.setEnabled(bool(self._key))

    def commit(self, axis: str) -> None:
        """Take over what stands in the fields of an axis."""
        low, high = (field.number() for field in self._fields[axis])
        message = self._messages[axis]
        if low is not None and high is not None and not low < high:
            message.tell("The first must be less than the second", wrong=True)
            return
        message.tell("")
        found = None if low is None and high is None else (low, high)
        state = self._workspace.state
        if axis == "x":
            kind = state.x_axis if found else ""
            self._workspace.edit_card(
                "Set a chart's range", self._key, x_range=found, x_range_of=kind
            )
        else:
            name = {"y": "y_range", "right": "right_range"}[axis]
            self._workspace.edit_card("Set a chart's range", self._key, **{name: found})

    def _set_locked(self, on: bool) -> None:
        label = "Lock a chart" if on else "Unlock a chart"
        self._workspace.edit_card(label, self._key, locked=on)

    def _automatic(self) -> None:
        self._workspace.edit_card(
            "Set a chart's range",
            self._key,
            x_range=None,
            x_range_of="",
            y_range=None,
            right_range=None,
        )

    def _for_all(self) -> None:
        set_for_all(self._workspace, self._workspace.state.options_of(self._key))


class _Complaint:
    """Shows what a field complains about."""

    def __init__(self, message: FieldMessage) -> None:
        self._message = message

    def __call__(self, text: str) -> None:
        self._message.tell(text, wrong=bool(text))


class _Commit:
    """Takes over the fields of one axis."""

    def __init__(self, fields: RangeFields, axis: str) -> None:
        self._fields = fields
        self._axis = axis

    def __call__(self, number: object) -> None:
        self._fields.commit(self._axis)


def set_for_all(workspace: Workspace, options: CardOptions) -> None:
    """Give all charts the ranges of one, as one step of undo."""
    state = workspace.state
    tags = [tag for tag, kind in workspace.store.tags() if kind is Kind.SCALAR]
    keys = dict.fromkeys(
        [*tags, *(d.name for d in state.derived), *(c.key for c in state.composed)]
    )
    after = dict(state.card_options)
    for key in (*keys, *(key for key in after if key not in keys)):
        made = replace(
            state.options_of(key),
            x_range=options.x_range,
            x_range_of=options.x_range_of,
            y_range=options.y_range,
        )
        if made == CardOptions():
            after.pop(key, None)
        else:
            after[key] = made
    label = f"Set the range of {count_text(len(keys), 'chart')}"
    workspace.edit(label, card_options=MappingProxyType(after))


def choose_x_axis(workspace: Workspace, value: str) -> None:
    """Put something else on the horizontal axis of all charts."""
    workspace.edit("Change the horizontal axis", x_axis=value)


def axis_text(state: WorkspaceState) -> str:
    """What is on the horizontal axis, in a few letters."""
    if state.x_axis == "tag" and state.x_tag:
        return state.x_tag
    return next(short for value, _text, short, _note in X_AXES if value == state.x_axis)


def scalar_tags(context: ViewContext) -> list[tuple[str, str, str]]:
    """Scalar tags and derived series to choose from: value, text, hint."""
    counts = {
        tag: count for (tag, kind), count in context.store.tags().items() if kind is Kind.SCALAR
    }
    found = [(tag, tag, count_text(counts[tag], "run")) for tag in sorted(counts, key=natural_key)]
    return found + [
        (d.name, d.name, "ƒ " + d.expression[:40]) for d in context.workspace.state.derived
    ]


def wall_time_of(text: str) -> float | None:
    """Return the moment a date with or without a time means, in seconds since 1970."""
    try:
        return datetime.fromisoformat(text.strip()).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
