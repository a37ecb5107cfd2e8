"""What the scalars view puts into the tool bar and the inspector.

The inspector's sections are in modules of their own, ``controls_*``. Each shows the state of the
workspace by `sync`, says in ``fields`` what that depends on, and changes it by edits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QActionGroup, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QVBoxLayout, QWidget

from eventglass.app.models.workspace import FIELDS, Workspace
from eventglass.widgets.controls.buttons import Segmented
from eventglass.widgets.controls.command_palette import Entry
from eventglass.widgets.controls.fields import NumberBox
from eventglass.widgets.controls.picker import open_chooser
from eventglass.widgets.controls.slider import Slider
from eventglass.widgets.view import ViewContext
from eventglass.widgets.views.control_section import ControlSection
from eventglass.widgets.views.controls_axes import (
    SCALES,
    X_AXES,
    AxesSection,
    axis_text,
    choose_x_axis,
    scalar_tags,
)
from eventglass.widgets.views.controls_cards import CardsSection, TooltipSection
from eventglass.widgets.views.controls_derived import DerivedSection
from eventglass.widgets.views.controls_groups import GroupingChip, RunsSection
from eventglass.widgets.views.controls_lines import (
    SMOOTHING_LIMIT,
    SMOOTHING_MAX,
    LinesSection,
)
from eventglass.widgets.views.controls_notes import NotesSection

#: Axes the tool bar shows side by side; the others are behind its last segment.
USUAL_AXES = ("step", "relative", "wall")
#: Sections in the order of the inspector: what is needed most stands on top.
_SECTIONS: Mapping[str, Callable[[ViewContext], ControlSection]] = MappingProxyType(
    {
        "lines": LinesSection,
        "axes": AxesSection,
        "runs": RunsSection,
        "cards": CardsSection,
        "derived": DerivedSection,
        "notes": NotesSection,
        "tooltip": TooltipSection,
    }
)
#: So many of them are in sight at first.
AT_ONCE = 2
#: Sections out of sight at first are made one by one, so long after the others, in milliseconds.
FIRST_AFTER_MS, NEXT_AFTER_MS = 150, 15
#: In a narrower window the chip takes the place of the word "Smoothing".
ROOMY_PX = 1340


class ToolBarControls(QWidget):
    """Smoothing, the horizontal axis and how runs are grouped, at the right of the tool bar."""

    def __init__(self, context: ViewContext) -> None:
        super().__init__()
        theme = context.theme
        self._context = context
        self._workspace = context.workspace
        self._chip = GroupingChip(context)
        self._label = QLabel("Smoothing")
        self._label.setObjectName("muted")
        self._slider = Slider(theme, "Smoothing", 0.0, SMOOTHING_MAX, 0.01)
        self._slider.setFixedWidth(120)
        self._slider.setToolTip("Smoothing of the lines ( [ and ] )")
        self._box = NumberBox("Smoothing")
        usual = [(value, short) for value, _t, short, _n in X_AXES if value in USUAL_AXES]
        self._axis = Segmented(theme, "Horizontal axis", usual, more="Other axes")
        self._label.setBuddy(self._slider)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for widget in (self._chip, self._label, self._slider, self._box):
            row.addWidget(widget)
        row.addSpacing(4)
        row.addWidget(self._axis)
        self._slider.moved.connect(self._smooth)
        self._box.editingFinished.connect(self._typed)
        self._axis.chosen.connect(self._choose_axis)
        self._axis.more_asked.connect(self._open_axes)
        self._workspace.changed.connect(self._sync)
        self._sync(FIELDS)

    def showEvent(self, event: QShowEvent) -> None:
        """Follow the width of the window."""
        super().showEvent(event)
        self.window().removeEventFilter(self)
        self.window().installEventFilter(self)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Give way where the window becomes narrow."""
        if event.type() == QEvent.Type.Resize:
            self._fit()
        return False

    def _fit(self) -> None:
        roomy = self.window().width() >= ROOMY_PX
        self._label.setVisible(roomy or self._workspace.state.grouping.by == "none")

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
        choose_x_axis(self._workspace, axis)

    def _open_axes(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        fill_axis_menu(menu, self._context, self.window())
        menu.popup(self._axis.more_corner())

    def _sync(self, names: frozenset[str]) -> None:
        state = self._workspace.state
        if "smoothing" in names:
            self._slider.set_number(state.smoothing)
            self._box.show_number(state.smoothing)
        if names & {"x_axis", "x_tag"}:
            if state.x_axis in USUAL_AXES:
                self._axis.set_value(state.x_axis)
            else:
                self._axis.show_other(axis_text(state))
        if "grouping" in names:
            self._chip.sync()
            self._fit()


class InspectorControls(QWidget):
    """All that can be set for scalar charts, in sections that fold.

    Those at the top are there at once, the others follow when the first curves have been drawn.
    """

    #: A section was folded or unfolded.
    folded = Signal()

    def __init__(self, context: ViewContext) -> None:
        super().__init__()
        self._context = context
        self._workspace = context.workspace
        self._settings = context.settings
        self._stale: set[str] = set()
        self._made: dict[str, ControlSection] = {}
        self._folds = dict(
            part.split("=", 1)
            for part in self._settings.text("inspector_folds").split()
            if "=" in part
        )
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        for name in list(_SECTIONS)[:AT_ONCE]:
            self._make(name)
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.timeout.connect(self._make_next)
        self._next.start(FIRST_AFTER_MS)
        self._workspace.changed.connect(self._follow)

    @property
    def sections(self) -> Mapping[str, ControlSection]:
        """All sections by name; makes what is not there yet."""
        for name in _SECTIONS:
            if name not in self._made:
                self._make(name)
        return MappingProxyType(self._made)

    def _make(self, name: str) -> None:
        section = _SECTIONS[name](self._context)
        self._made[name] = section
        if name in self._folds:
            section.set_folded(self._folds[name] == "folded")
        section.folded.connect(self._keep_folds)
        section.sync()
        self._column.addWidget(section)
        section.show()

    def _make_next(self) -> None:
        name = next((name for name in _SECTIONS if name not in self._made), None)
        if name is not None:
            self._make(name)
            self._next.start(NEXT_AFTER_MS)

    def reveal(self, name: str) -> None:
        """Unfold a section."""
        if self.sections[name].is_folded:
            self.sections[name].set_folded(False)
            self.sections[name].sync()
            self._keep_folds()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while hidden."""
        super().showEvent(event)
        if self._stale:
            stale, self._stale = frozenset(self._stale), set()
            self._sync(stale)

    def _follow(self, names: frozenset[str]) -> None:
        if self.isVisible():
            self._sync(names)
        else:
            self._stale |= names

    def _sync(self, names: frozenset[str]) -> None:
        for section in self._made.values():
            if names & section.fields:
                section.sync()

    def _keep_folds(self) -> None:
        folds = " ".join(
            f"{name}={'folded' if section.is_folded else 'open'}"
            for name, section in self.sections.items()
        )
        self._settings.set("inspector_folds", folds)
        self.folded.emit()


def fill_axis_menu(menu: QMenu, context: ViewContext, window: QWidget) -> None:
    """All kinds of horizontal axis, and its scale, as entries of a menu."""
    state = context.workspace.state
    group = QActionGroup(menu)
    for value, text, _short, note in X_AXES:
        action = menu.addAction(text)
        action.setCheckable(True)
        action.setActionGroup(group)
        action.setToolTip(note)
        action.setChecked(state.x_axis == value)
        if value == "tag":
            action.triggered.connect(_Asking(context, window))
        else:
            action.triggered.connect(_Setting(context.workspace, x_axis=value))
    if state.x_axis == "tag":
        menu.addAction(f"Tag: {state.x_tag}"[:60]).setEnabled(False)
    menu.addSeparator()
    scales = QActionGroup(menu)
    sub = menu.addMenu("Scale")
    for value, text in SCALES:
        action = sub.addAction(text)
        action.setCheckable(True)
        action.setActionGroup(scales)
        action.setChecked(state.x_scale == value)
        action.triggered.connect(_Setting(context.workspace, x_scale=value))


def choose_x_tag(context: ViewContext, window: QWidget) -> None:
    """Let the user search for the tag whose values become the horizontal axis."""
    entries = [
        Entry(text, _Setting(context.workspace, x_axis="tag", x_tag=value), hint, "scalar")
        for value, text, hint in scalar_tags(context)
    ]
    open_chooser(context.theme, window, "Tag on the horizontal axis", entries)


class _Setting:
    """Changes the horizontal axis when an action is triggered."""

    def __init__(self, workspace: Workspace, **values: str) -> None:
        self._workspace = workspace
        self._values = values

    def __call__(self, _checked: bool = False) -> None:
        self._workspace.edit("Change the horizontal axis", **self._values)


class _Asking:
    """Asks for the tag on the horizontal axis when an action is triggered."""

    def __init__(self, context: ViewContext, window: QWidget) -> None:
        self._context = context
        self._window = window

    def __call__(self, _checked: bool = False) -> None:
        choose_x_tag(self._context, self._window)
