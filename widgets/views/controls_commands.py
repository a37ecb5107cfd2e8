"""The commands for what the inspector of scalars sets, so that all of it can be done by key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from eventglass.app.models.cards import Annotation
from eventglass.app.models.commands import Command
from eventglass.app.models.workspace import FIELDS
from eventglass.widgets.controls.command_palette import Entry
from eventglass.widgets.controls.picker import open_chooser
from eventglass.widgets.view import ViewContext
from eventglass.widgets.views.controls_axes import SCALES, X_AXES
from eventglass.widgets.views.controls_cards import SORTS
from eventglass.widgets.views.controls_derived import edit_derived
from eventglass.widgets.views.controls_groups import (
    ALIGNS,
    BANDS,
    BY,
    CENTRES,
    edit_grouping,
    run_choices,
    set_baseline,
    toggle_grouping,
)
from eventglass.widgets.views.controls_lines import INTERPOLATIONS, MARKERS, METHODS, RESTARTS
from eventglass.widgets.views.controls_notes import (
    choose_event_tag,
    edit_note,
    go_to_note,
    sorted_notes,
)
from eventglass.widgets.views.controls_runs import open_offset, toggle_baseline
from eventglass.widgets.views.scalar_controls import choose_x_tag

#: Step of the commands that make lines wider or narrower, in pixels.
_WIDTH_STEP = 0.5
_WIDEST = 5.0

#: Names of people and programs.
_NAMES = ("Gauss", "Savitzky", "TensorBoard")


@dataclass(frozen=True, slots=True)
class _Choosing:
    """Commands that each set a field to one of its values."""

    field: str
    title: str
    label: str
    choices: tuple[tuple[str, str], ...]
    keywords: str = ""


_CHOICES = (
    _Choosing("smoothing_method", "Smooth by", "Change smoothing", METHODS, "filter smoothing"),
    _Choosing("restarts", "Restarts", "Change restarts", RESTARTS, "superseded segments"),
    _Choosing("markers", "Marks on points", "Change marks on points", MARKERS, "dots markers"),
    _Choosing(
        "interpolation",
        "Between points",
        "Change lines between points",
        INTERPOLATIONS,
        "stairs step interpolation",
    ),
    _Choosing("x_scale", "Horizontal scale", "Change the horizontal axis", SCALES, "log x"),
    _Choosing("y_scale", "Vertical scale", "Change the vertical axis", SCALES, "log y"),
    _Choosing("tooltip_sort", "Tool tip", "Change the tool tip", SORTS, "tooltip order"),
)
_SWITCHES = (
    ("show_raw", "Raw lines behind smoothed ones", "points faint"),
    ("ignore_outliers", "Ignore outliers", "range fit"),
)


def control_commands(context: ViewContext) -> tuple[Command, ...]:
    """Return the commands for lines, axes, groups of runs, derived series and notes."""
    workspace = context.workspace
    return (
        *_runs(context),
        *_axes(context),
        *(command for choosing in _CHOICES for command in _choosing(context, choosing)),
        *(
            Command(
                f"scalars.{field}",
                title,
                partial(_switch, context, field, title),
                checked=partial(_is, context, field, True),
                keywords=keywords,
            )
            for field, title, keywords in _SWITCHES
        ),
        Command("scalars.wider", "Wider lines", partial(_widen, context, _WIDTH_STEP)),
        Command("scalars.narrower", "Narrower lines", partial(_widen, context, -_WIDTH_STEP)),
        Command(
            "scalars.add_derived",
            "Add a derived series…",
            lambda: _opened(edit_derived, context),
            "Tools/4",
            icon="add",
            keywords="formula expression compute",
        ),
        Command(
            "scalars.edit_derived",
            "Edit a derived series…",
            partial(_choose_derived, context),
            enabled=lambda: bool(workspace.state.derived),
            keywords="formula expression change",
            reason=lambda: "There is no derived series",
        ),
        *_notes(context),
        Command(
            "scalars.reset_all_orders",
            "Reset the order of all charts",
            lambda: workspace.edit("Reset the order of cards", card_orders=MappingProxyType({})),
            enabled=lambda: bool(workspace.state.card_orders),
            keywords="sort charts",
            reason=lambda: "No chart was moved",
        ),
    )


def _runs(context: ViewContext) -> list[Command]:
    workspace = context.workspace
    commands = [
        Command(
            "scalars.group",
            "Group runs",
            partial(toggle_grouping, workspace),
            "Tools/4",
            ("G",),
            checked=lambda: workspace.state.grouping.by != "none",
            keywords="mean band seeds average",
        ),
        Command(
            "scalars.baseline",
            "Selected run as the baseline",
            lambda: toggle_baseline(workspace),
            "Tools/4",
            ("B",),
            "baseline",
            lambda: workspace.selected_run >= 0,
            lambda: _has_baseline(context),
            keywords="compare reference difference",
            reason=lambda: "No run is selected",
        ),
        Command(
            "scalars.choose_baseline",
            "Choose the baseline…",
            partial(_choose_baseline, context),
            keywords="compare reference",
        ),
        Command(
            "scalars.no_baseline",
            "No baseline",
            lambda: set_baseline(workspace, ""),
            enabled=lambda: bool(workspace.state.baseline),
            keywords="compare reference end",
            reason=lambda: "No run is the baseline",
        ),
        Command(
            "scalars.offset",
            "Offset of the selected run…",
            lambda: _opened(_offset, context),
            enabled=lambda: workspace.selected_run >= 0,
            keywords="shift move steps",
            reason=lambda: "No run is selected",
        ),
    ]
    commands += [
        Command(
            f"scalars.group_by_{by}",
            f"Group runs by {text.lower()}" if by != "none" else "Draw runs singly",
            partial(edit_grouping, workspace, by=by),
            checked=lambda by=by: workspace.state.grouping.by == by,  # type: ignore[misc]
            keywords="grouping seeds",
        )
        for by, text in BY
        # Those that need a pattern or a name are completed in the inspector.
        if by not in ("regex", "hparam")
    ]
    for name, title, choices in (
        ("centre", "Line of groups", CENTRES),
        ("band", "Band of groups", BANDS),
        ("align", "Steps of groups", ALIGNS),
    ):
        commands += [
            Command(
                f"scalars.group_{name}_{value}",
                f"{title}: {inside(text)}",
                partial(edit_grouping, workspace, **{name: value}),
                enabled=lambda: workspace.state.grouping.by != "none",
                checked=partial(_is_grouped, context, name, value),
                reason=lambda: "Runs are not grouped",
            )
            for value, text in choices
        ]
    commands.append(
        Command(
            "scalars.group_members",
            "Members of groups",
            lambda: edit_grouping(
                workspace, show_members=not workspace.state.grouping.show_members
            ),
            enabled=lambda: workspace.state.grouping.by != "none",
            checked=lambda: workspace.state.grouping.show_members,
            keywords="runs show",
            reason=lambda: "Runs are not grouped",
        )
    )
    return commands


def _axes(context: ViewContext) -> list[Command]:
    commands = []
    for value, text, _short, note in X_AXES:
        run: Callable[[], object] = partial(
            context.workspace.edit, "Change the horizontal axis", x_axis=value
        )
        if value == "tag":
            run = partial(_opened, choose_x_tag, context)
        commands.append(
            Command(
                f"scalars.x_{value}",
                f"Horizontal axis: {inside(text)}",
                run,
                checked=partial(_is, context, "x_axis", value),
                keywords=f"x {note}",
            )
        )
    return commands


def _choosing(context: ViewContext, choosing: _Choosing) -> list[Command]:
    return [
        Command(
            f"scalars.{choosing.field}_{value}",
            f"{choosing.title}: {inside(text)}",
            partial(context.workspace.edit, choosing.label, **{choosing.field: value}),
            checked=partial(_is, context, choosing.field, value),
            keywords=choosing.keywords,
        )
        for value, text in choosing.choices
    ]


def _notes(context: ViewContext) -> list[Command]:
    workspace = context.workspace
    return [
        Command(
            "scalars.list_notes",
            "Go to a note…",
            partial(_choose_note, context),
            enabled=lambda: bool(workspace.state.annotations),
            keywords="annotation",
            reason=lambda: "There is no note",
        ),
        Command(
            "scalars.note_at_step",
            "Note at the step, in all charts…",
            lambda: _opened(_add_note, context),
            keywords="annotation add",
        ),
        Command(
            "scalars.mark_texts",
            "Mark the steps of a text…",
            lambda: _opened(choose_event_tag, context),
            keywords="events annotation text",
        ),
    ]


def _is(context: ViewContext, field: str, value: object) -> bool:
    assert field in FIELDS
    return bool(getattr(context.workspace.state, field) == value)


def _is_grouped(context: ViewContext, name: str, value: str) -> bool:
    grouping = context.workspace.state.grouping
    return grouping.by != "none" and getattr(grouping, name) == value


def _switch(context: ViewContext, field: str, title: str) -> None:
    on = not getattr(context.workspace.state, field)
    context.workspace.edit(f"{title} on" if on else f"{title} off", **{field: on})


def _widen(context: ViewContext, by: float) -> None:
    width = min(max(context.workspace.state.line_width + by, _WIDTH_STEP), _WIDEST)
    context.workspace.edit("Change the width of lines", line_width=width)


def _has_baseline(context: ViewContext) -> bool:
    workspace = context.workspace
    if workspace.selected_run < 0:
        return False
    return workspace.store.runs[workspace.selected_run].key == workspace.state.baseline


def _opened(ask: Callable[[ViewContext, QWidget], Any], context: ViewContext) -> None:
    """Ask for something in the window that is active."""
    window = active_window()
    if window is not None:
        ask(context, window)


def active_window() -> QWidget | None:
    """The window a dialog belongs to: the active one, else the first that is shown."""
    window = QApplication.activeWindow()
    if window is not None:
        return window
    shown = (w for w in QApplication.topLevelWidgets() if w.isVisible())
    return next((w for w in shown if w.windowType() == Qt.WindowType.Window), None)


def _offset(context: ViewContext, window: QWidget) -> None:
    open_offset(context, context.workspace.selected_run, window)


def _add_note(context: ViewContext, window: QWidget) -> None:
    edit_note(context, window, None, Annotation(context.workspace.state.step or 0, ""))


def _choose_baseline(context: ViewContext) -> None:
    workspace = context.workspace
    entries = [
        Entry(name, partial(set_baseline, workspace, key), hint, "baseline")
        for key, name, hint in run_choices(workspace)
    ]
    _choose(context, "Run the others are compared with", entries)


def _choose_derived(context: ViewContext) -> None:
    entries = [
        Entry(d.name, partial(_opened, partial(_edit_known, d.name), context), d.expression)
        for d in context.workspace.state.derived
    ]
    _choose(context, "Derived series to edit", entries)


def _edit_known(name: str, context: ViewContext, window: QWidget) -> None:
    known = next((d for d in context.workspace.state.derived if d.name == name), None)
    if known is not None:
        edit_derived(context, window, known)


def _choose_note(context: ViewContext) -> None:
    workspace = context.workspace
    entries = [
        Entry(note.text, partial(go_to_note, workspace, note), f"{note.step:,}")
        for note in sorted_notes(workspace)
    ]
    _choose(context, "Note to go to", entries)


def _choose(context: ViewContext, placeholder: str, entries: list[Entry]) -> None:
    window = active_window()
    if window is not None:
        open_chooser(context.theme, window, placeholder, entries)


def inside(text: str) -> str:
    """A title as it stands inside another one: names and abbreviations keep their capitals."""
    plain = text[1:2].islower() and not text.startswith(_NAMES)
    return text[0].lower() + text[1:] if plain else text
