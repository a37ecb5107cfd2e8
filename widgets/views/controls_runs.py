"""What can be done with one run and its lines: a menu, and the dialog for its offset."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from eventglass.app.models.line_styles import RunStyle, series_key
from eventglass.app.models.theme import Theme
from eventglass.app.models.words import number_text, seconds_text
from eventglass.app.models.workspace import Workspace
from eventglass.widgets.controls.fields import FieldMessage, NumberField
from eventglass.widgets.controls.icons import icon
from eventglass.widgets.views.controls_groups import set_baseline

DASHES = (("solid", "Solid"), ("dash", "Dashed"), ("dot", "Dotted"), ("dashdot", "Dash and dot"))
WIDTHS = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
RESTARTS = (("hide", "Hide superseded"), ("split", "Split in segments"), ("join", "Joined"))
#: Steps are drawn as doubles; further out they could not be told apart.
_FURTHEST = 2**53


class RunContext(Protocol):
    """What the menu of a run needs; a view's context has it."""

    @property
    def workspace(self) -> Workspace:
        """Where choices are kept."""

    @property
    def theme(self) -> Theme:
        """Colours and fonts."""


@dataclass(frozen=True, slots=True)
class PlainRunContext:
    """For places that are no view."""

    workspace: Workspace
    theme: Theme


def run_menu(menu: QMenu, context: RunContext, run_id: int, tag: str = "") -> None:
    """Fill a menu with what can be done with a run and, with a tag, with that line of it."""
    workspace, theme = context.workspace, context.theme
    run = workspace.store.runs[run_id]
    _add(menu, "Select", partial(workspace.select, run_id))
    isolated = workspace.isolated_runs == frozenset({run.key})
    text = "Show the other runs again" if isolated else "Only this run"
    _add(menu, text, partial(workspace.isolate, (run.key,)), theme, "target")
    shown = workspace.is_shown(run)
    text, picture = ("Hide", "hide") if shown else ("Show", "show")
    _add(menu, text, partial(workspace.set_shown, (run.key,), not shown), theme, picture)
    menu.addSeparator()
    add_line_entries(menu, context, run_id, tag)


def add_line_entries(menu: QMenu, context: RunContext, run_id: int, tag: str = "") -> None:
    """Add what concerns how a run's lines are drawn: baseline, restarts, offset, style."""
    workspace = context.workspace
    run = workspace.store.runs[run_id]
    is_baseline = workspace.state.baseline == run.key
    text = "No baseline" if is_baseline else "Make baseline"
    _add(
        menu,
        text,
        partial(set_baseline, workspace, "" if is_baseline else run.key),
        context.theme,
        "baseline",
    )
    if tag:
        _add_restarts(menu, workspace, series_key(run.key, tag))
    _add_style(menu.addMenu("Line style"), workspace, run.key)
    style = workspace.state.run_styles.get(run.key, RunStyle())
    offset = offset_text(style)
    window = menu.window().parentWidget() or menu.parentWidget()
    _add(
        menu,
        f"Offset… ({offset})" if offset else "Offset…",
        partial(open_offset, context, run_id, window.window() if window is not None else None),
    )


def _add_restarts(menu: QMenu, workspace: Workspace, name: str) -> None:
    chosen = workspace.state.series_restarts.get(name, "")
    sub = menu.addMenu("Restarts of this line")
    group = QActionGroup(sub)
    for value, text in (("", "As all lines"), *RESTARTS):
        action = _add(sub, text, partial(set_series_restarts, workspace, name, value))
        action.setCheckable(True)
        action.setActionGroup(group)
        action.setChecked(chosen == value)


def _add_style(menu: QMenu, workspace: Workspace, run_key: str) -> None:
    style = workspace.state.run_styles.get(run_key, RunStyle())
    dashes = QActionGroup(menu)
    for value, text in DASHES:
        action = _add(menu, text, partial(_restyle, workspace, run_key, dash=value))
        action.setCheckable(True)
        action.setActionGroup(dashes)
        action.setChecked(style.dash == value)
    menu.addSeparator()
    widths = QActionGroup(menu)
    for width in (0.0, *WIDTHS):
        text = f"{width:g} pixels wide" if width else "As wide as all lines"
        action = _add(menu, text, partial(_restyle, workspace, run_key, width=width))
        action.setCheckable(True)
        action.setActionGroup(widths)
        action.setChecked(style.width == width)
    menu.addSeparator()
    reset = _add(
        menu, "Reset the style", partial(_restyle, workspace, run_key, dash="solid", width=0.0)
    )
    reset.setEnabled((style.dash, style.width) != ("solid", 0.0))


def _restyle(workspace: Workspace, run_key: str, **values: Any) -> None:
    workspace.edit_style("Change a line's style", run_key, **values)


def _add(
    menu: QMenu,
    text: str,
    run: Callable[[], object],
    theme: Theme | None = None,
    icon_name: str = "",
) -> Any:
    action = menu.addAction(text)
    if theme is not None and icon_name:
        action.setIcon(icon(theme, icon_name))
    action.triggered.connect(lambda _checked=False: run())
    return action


def set_series_restarts(workspace: Workspace, name: str, value: str) -> None:
    """Choose what becomes of the restarts of one series; empty: as of all."""
    chosen: dict[str, Any] = dict(workspace.state.series_restarts)
    chosen.pop(name, None)
    if value:
        chosen[name] = value
    workspace.edit("Change restarts of a line", series_restarts=MappingProxyType(chosen))


def toggle_baseline(workspace: Workspace) -> None:
    """Make the selected run the baseline, or end that."""
    run = workspace.store.runs[workspace.selected_run]
    set_baseline(workspace, "" if workspace.state.baseline == run.key else run.key)


def offset_text(style: RunStyle) -> str:
    """How far a run's lines are moved, in words; empty for not at all."""
    parts = []
    if style.step_offset:
        parts.append(
            f"{'+' if style.step_offset > 0 else '−'}{number_text(abs(style.step_offset))}"
        )
    if style.time_offset_s:
        sign = "+" if style.time_offset_s > 0 else "−"
        parts.append(f"{sign}{seconds_text(abs(style.time_offset_s))}")
    return ", ".join(parts)


def open_offset(context: RunContext, run_id: int, parent: QWidget | None) -> OffsetDialog:
    """Ask how far the lines of a run are moved."""
    dialog = OffsetDialog(context.workspace, run_id, parent)
    dialog.open()
    return dialog


class OffsetDialog(QDialog):
    """Steps and seconds added to a run's lines; they move while one types, as one step of undo."""

    def __init__(self, workspace: Workspace, run_id: int, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._key = workspace.store.runs[run_id].key
        self._before = workspace.state.run_styles.get(self._key, RunStyle())
        #: Where the undo stack stands after our last edit; None before the first.
        self._mine: int | None = None
        self.setWindowTitle("Offset")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(360)
        title = QLabel(f"Move the lines of {workspace.alias(run_id)}")
        title.setTextFormat(Qt.TextFormat.PlainText)
        title.setWordWrap(True)
        self._steps = NumberField("Steps to add", "0", 140)
        self._seconds = NumberField("Seconds to add", "0", 140)
        self._message = FieldMessage()
        note = QLabel("Seconds count on the time axes. Values and tables keep what was logged.")
        note.setObjectName("small")
        note.setWordWrap(True)
        for field, value in (
            (self._steps, self._before.step_offset),
            (self._seconds, self._before.time_offset_s),
        ):
            field.show_number(float(value) if value else None)
            field.textEdited.connect(self._follow)
        form = QFormLayout()
        form.setSpacing(8)
        form.addRow("Steps", self._steps)
        form.addRow("Seconds", self._seconds)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok
            | QDialogButtonBox.StandardButton.Cancel
            | QDialogButtonBox.StandardButton.Reset
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        buttons.button(QDialogButtonBox.StandardButton.Reset).clicked.connect(self._reset)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 14)
        column.setSpacing(12)
        for part in (title, note):
            column.addWidget(part)
        column.addLayout(form)
        column.addWidget(self._message)
        column.addWidget(buttons)

    def accept(self) -> None:
        """Keep the offset, unless what stands there is no number."""
        if self._follow():
            super().accept()

    def reject(self) -> None:
        """Take back what was tried."""
        self._take_back()
        super().reject()

    def _reset(self) -> None:
        for field in (self._steps, self._seconds):
            field.setText("")
        self._follow()

    def _follow(self, _text: str = "") -> bool:
        numbers = []
        for field in (self._steps, self._seconds):
            text = field.text()
            number = field.number() if text.strip() not in ("", "-", "−", "+") else 0.0
            if number is None or abs(number) > _FURTHEST:
                self._message.tell("Not a number: the lines stay where they are", wrong=True)
                return False
            numbers.append(number)
        self._message.tell("")
        after = {"step_offset": round(numbers[0]), "time_offset_s": numbers[1]}
        now = self._workspace.state.run_styles.get(self._key, RunStyle())
        if (now.step_offset, now.time_offset_s) != tuple(after.values()):
            self._take_back()
            self._workspace.edit_style("Move a run's lines", self._key, **after)
            stack = self._workspace.undo_stack
            moved = self._workspace.state.run_styles.get(self._key, RunStyle()) != self._before
            self._mine = stack.index() if moved else None
        return True

    def _take_back(self) -> None:
        """Undo our last edit, if nothing was done since."""
        if self._mine is not None and self._workspace.undo_stack.index() == self._mine:
            self._workspace.undo_stack.undo()
        self._mine = None
