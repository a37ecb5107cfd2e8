"""Inspector: the run the others are compared with, and groups of runs drawn as one line each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from eventglass.app.core.compute.grouping import Centre, band_title
from eventglass.app.core.names import Kind, natural_key
from eventglass.app.models.hparam_values import SESSION_TAG
from eventglass.app.models.run_groups import RunGrouping, groups_of_runs
from eventglass.app.models.words import count_text
from eventglass.app.models.workspace import VISIBLE_RUNS, Workspace
from eventglass.widgets.controls.buttons import Choice, Toggle
from eventglass.widgets.controls.chip import Chip
from eventglass.widgets.controls.fields import FieldMessage, TextField
from eventglass.widgets.controls.picker import Picker
from eventglass.widgets.view import ViewContext
from eventglass.widgets.views.control_section import ControlSection

BY = (
    ("none", "Nothing"),
    ("regex", "Part of the name"),
    ("directory", "Folder"),
    ("alias", "Shown name"),
    ("hparam", "Hyperparameter"),
)
CENTRES = (("mean", "Mean"), ("median", "Median"))
BANDS = (
    ("std", "Standard deviation"),
    ("sem", "Standard error"),
    ("ci95", "95 % confidence"),
    ("minmax", "Minimum to maximum"),
    ("none", "None"),
)
#: Around a median.
MEDIAN_BANDS = tuple((value, "Quartiles" if value == "std" else text) for value, text in BANDS)
ALIGNS = (("exact", "As logged"), ("interpolate", "Interpolated"))
#: Numbers at the end of a name, with the word before them if there is one: what makes a repeat.
REPEATS = r"^(.*?\D)(?:[-_./ ]+(?:seed|run|trial|rep|fold|s|r))?[-_./ =]*\d+$"
#: The last part of a name: the same split of every run.
LAST_PART = r"([^/]+)$"
_TYPING_MS = 350
#: Longest pattern that is tried; longer ones are no patterns but something pasted by mistake.
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Preview:
    """What a grouping makes of the runs in view."""

    text: str
    wrong: bool = False


class RunsSection(ControlSection):
    """Baseline and grouping; what belongs to a grouping shows while there is one."""

    fields: ClassVar[frozenset[str]] = frozenset(
        {"baseline", "grouping", "run_aliases", VISIBLE_RUNS}
    )

    def __init__(self, context: ViewContext) -> None:
        theme = context.theme
        super().__init__(theme, "Runs")
        self._context = context
        self._workspace = context.workspace
        self._follows_hparams = False
        self._awaits_hparams = False
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._baseline = Picker(theme, "Baseline", self._runs, "None")
        self._by = Choice(theme, "Group runs by", BY)
        self._pattern = TextField("Regular expression for the names of runs", r"Such as ^(.*)-s\d+")
        self._pattern.setObjectName("code")
        self._level = Choice(theme, "Folder to group by", [("1", "First")])
        self._hparam = Picker(theme, "Hyperparameter to group by", self._hparams, "Choose…")
        self._preview = FieldMessage()
        self._centre = Choice(theme, "Line of a group", CENTRES)
        self._band = Choice(theme, "Band of a group", BANDS)
        self._align = Choice(theme, "Steps of a group", ALIGNS)
        self._members = Toggle(theme, "Show members")
        self.add_row(
            "Baseline", self._baseline, "The run the others are compared with, drawn distinct (B)"
        )
        self.add_row("Group by", self._by, "Draw one line for several runs (G)")
        self.add_widget(self._pattern)
        self.add_row("Level", self._level, "How many folders of the name make a group")
        self.add_row("Which", self._hparam)
        self.add_widget(self._preview)
        self.add_row("Line", self._centre)
        self.add_row("Band", self._band, "How the members of a group differ")
        self.add_row(
            "Steps",
            self._align,
            "As logged: at every step those members that have it. Interpolated: members are drawn "
            "through between their steps, for runs that log at different ones",
        )
        self.add_row("Members", self._members, "Draw the runs of a group, faint behind its line")

        self.folded.connect(self.sync)
        self._baseline.chosen.connect(self._set_baseline)
        self._by.chosen.connect(self._set_by)
        self._pattern.textEdited.connect(self._pattern_edited)
        self._pattern.committed.connect(self._commit_pattern)
        self._typing.timeout.connect(self._typed)
        self._level.chosen.connect(self._set_level)
        self._hparam.chosen.connect(self._set_hparam)
        self._centre.chosen.connect(self._set_centre)
        self._band.chosen.connect(self._set_band)
        self._align.chosen.connect(self._set_align)
        self._members.clicked.connect(self._set_members)

    def sync(self) -> None:
        """Show the state of the workspace."""
        state = self._workspace.state
        grouping = state.grouping
        self._baseline.set_value(state.baseline, baseline_name(self._workspace))
        self._by.set_value(grouping.by)
        if not self._typing.isActive():
            self._pattern.show_text(grouping.pattern)
        self._fill_levels()
        self._level.set_value(str(grouping.level))
        self._hparam.set_value(grouping.hparam)
        self._centre.set_value(grouping.centre)
        for index, (_value, text) in enumerate(bands_of(grouping.centre)):
            self._band.setItemText(index, text)
        self._band.set_value(grouping.band)
        self._band.updateGeometry()
        self._band.setToolTip(band_title(grouping.centre, grouping.band))
        self._align.set_value(grouping.align)
        self._members.setChecked(grouping.show_members)
        on = grouping.by != "none"
        self._pattern.setVisible(grouping.by == "regex")
        self.show_row(self._level, grouping.by == "directory")
        self.show_row(self._hparam, grouping.by == "hparam")
        for control in (self._centre, self._band, self._align, self._members):
            self.show_row(control, on)
        if grouping.by == "hparam":
            self._follow_hparams()
        if not self.is_folded:
            self._show_preview(self._tried())
        notes = [f"Grouped by {grouping_text(grouping)}"] if on else []
        if state.baseline:
            notes.append(f"against {baseline_name(self._workspace)}")
        self.set_note(", ".join(notes))

    # -- what there is to choose from

    def _runs(self) -> list[tuple[str, str, str]]:
        return [("", "None", ""), *run_choices(self._workspace)]

    def _hparams(self) -> list[tuple[str, str, str]]:
        return [
            (name, name, count_text(count, "value"))
            for name, count in value_counts(self._context).items()
        ]

    def _fill_levels(self) -> None:
        deepest = max(deepest_folder(self._workspace), self._workspace.state.grouping.level)
        if self._level.count() != deepest:
            self._level.clear()
            for level in range(1, deepest + 1):
                text = "First folder" if level == 1 else f"First {level} folders"
                self._level.addItem(text, str(level))

    # -- typing a pattern

    def _tried(self) -> RunGrouping:
        """The grouping with the pattern as it stands in its field."""
        grouping = self._workspace.state.grouping
        if grouping.by == "regex":
            return replace(grouping, pattern=self._pattern.text())
        return grouping

    def _show_preview(self, grouping: RunGrouping) -> None:
        preview = preview_of(self._context, grouping)
        self._preview.tell(preview.text, wrong=preview.wrong)
        self._pattern.mark(preview.text if preview.wrong and grouping.by == "regex" else "")

    def _pattern_edited(self, text: str) -> None:
        self._show_preview(self._tried())
        self._typing.start()

    def _typed(self) -> None:
        self._commit_pattern(self._pattern.text())

    def _commit_pattern(self, text: str) -> None:
        self._typing.stop()
        if self._workspace.state.grouping.by != "regex" or pattern_error(text):
            return
        # A pattern no run fits would empty every chart while one types.
        if not preview_of(self._context, self._tried()).wrong:
            self._edit(pattern=text)

    # -- edits

    def _set_baseline(self, key: str) -> None:
        set_baseline(self._workspace, key)

    def _set_by(self, by: str) -> None:
        self._typing.stop()
        values: dict[str, Any] = {"by": by}
        grouping = self._workspace.state.grouping
        self._awaits_hparams = False
        if by == "regex" and not grouping.pattern:
            values["pattern"] = first_pattern(self._workspace)
        if by == "hparam":
            counts = value_counts(self._context)
            if not counts:
                # They are read on a thread, or there are none: until then nothing changes.
                self._await_hparams()
                return
            if grouping.hparam not in counts:
                values["hparam"] = most_telling(counts)
        self._edit(**values)
        if by == "regex":
            self._pattern.setFocus()

    def _await_hparams(self) -> None:
        self._follow_hparams()
        self._by.set_value(self._workspace.state.grouping.by)
        store = self._context.store
        self._awaits_hparams = bool(store.series_of_tag(SESSION_TAG, Kind.HPARAMS))
        if self._awaits_hparams:
            self._preview.tell("Reading hyperparameters…")
        else:
            self._preview.tell("No run has hyperparameters", wrong=True)

    def _follow_hparams(self) -> None:
        if not self._follows_hparams:
            self._follows_hparams = True
            self._context.lines.hparams.ready.connect(self._hparams_read)

    def _hparams_read(self) -> None:
        if self._awaits_hparams:
            self._set_by("hparam")
        else:
            self.sync()

    def _set_level(self, level: str) -> None:
        self._edit(level=int(level))

    def _set_hparam(self, name: str) -> None:
        self._edit(hparam=name)

    def _set_centre(self, value: str) -> None:
        self._edit(centre=value)

    def _set_band(self, value: str) -> None:
        self._edit(band=value)

    def _set_align(self, value: str) -> None:
        self._edit(align=value)

    def _set_members(self, on: bool) -> None:
        self._edit(show_members=on)

    def _edit(self, **values: Any) -> None:
        edit_grouping(self._workspace, **values)


class GroupingChip(QWidget):
    """In the tool bar while runs are grouped: by what, a menu, and a cross that ends it."""

    def __init__(self, context: ViewContext) -> None:
        super().__init__()
        self._workspace = context.workspace
        self._chip = Chip(context.theme, "Runs are grouped")
        self._chip.setToolTip("Runs are drawn as groups; G turns it off and on")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._chip)
        self._chip.clicked.connect(self._open_menu)
        self._chip.closed.connect(self._ungroup)

    def sync(self) -> None:
        """Show the state of the workspace."""
        grouping = self._workspace.state.grouping
        self.setVisible(grouping.by != "none")
        self._chip.set_text(f"By {grouping_text(grouping)}")

    def _open_menu(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        fill_grouping_menu(menu, self._workspace)
        menu.popup(self._chip.mapToGlobal(QPoint(0, self._chip.height() + 2)))

    def _ungroup(self) -> None:
        edit_grouping(self._workspace, by="none")


def toggle_grouping(workspace: Workspace) -> None:
    """Draw runs singly; or group them as they were last, or by what suits their names."""
    if workspace.state.grouping.by != "none":
        edit_grouping(workspace, by="none")
    elif workspace.last_grouping.by != "none":
        edit_grouping(workspace, by=workspace.last_grouping.by)
    else:
        edit_grouping(workspace, **suggested(workspace))


def edit_grouping(workspace: Workspace, **values: Any) -> None:
    """Change the grouping as one step of undo."""
    after = replace(workspace.state.grouping, **values)
    if after.by == "none":
        label = "Ungroup runs"
    elif workspace.state.grouping.by == "none":
        label = "Group runs"
    else:
        label = "Change the groups of runs"
    workspace.edit(label, grouping=after)


def set_baseline(workspace: Workspace, key: str) -> None:
    """Compare all runs with one; an empty key ends it."""
    workspace.edit("Make baseline" if key else "Remove the baseline", baseline=key)


def baseline_name(workspace: Workspace) -> str:
    """Name shown for the baseline; empty for none, its last part when it is not open."""
    key = workspace.state.baseline
    run = next((run for run in workspace.store.open_runs() if run.key == key), None)
    return workspace.alias(run) if run is not None else key.rpartition("/")[2]


def run_choices(workspace: Workspace) -> list[tuple[str, str, str]]:
    """Open runs to choose from, in natural order: key, name, the name it was logged under."""
    runs = [(workspace.alias(run), run) for run in workspace.store.open_runs()]
    runs.sort(key=lambda pair: natural_key(pair[0]))
    return [(run.key, name, run.name if name != run.name else "") for name, run in runs]


def deepest_folder(workspace: Workspace) -> int:
    """The most folders above a run that is drawn, at least 1."""
    runs = workspace.store.runs
    return max((runs[i].name.count("/") for i in workspace.visible_run_ids()), default=1) or 1


def grouping_text(grouping: RunGrouping) -> str:
    """By what runs are grouped, in a few letters."""
    if grouping.by == "regex":
        return grouping.pattern if len(grouping.pattern) <= 24 else "part of the name"
    if grouping.by == "directory":
        return "folder" if grouping.level == 1 else f"{grouping.level} folders"
    if grouping.by == "alias":
        return "shown name"
    return grouping.hparam or "hyperparameter"


def pattern_error(text: str) -> str:
    """What is wrong with a regular expression, for the user; empty when nothing is."""
    if len(text) > _LONGEST:
        return f"Longer than {_LONGEST:,} letters: the last good grouping stays"
    try:
        re.compile(text)
    except re.error as error:
        where = f" at letter {error.pos + 1}" if error.pos is not None else ""
        return f"{error.msg.capitalize()}{where}: the last good grouping stays"
    except (RecursionError, OverflowError):
        return "Nested too deeply: the last good grouping stays"
    return ""


def preview_of(context: ViewContext, grouping: RunGrouping) -> Preview:
    """Say what a grouping makes of the runs in view."""
    if grouping.by == "none":
        return Preview("")
    if grouping.by == "regex":
        wrong = pattern_error(grouping.pattern)
        if wrong:
            return Preview(wrong, wrong=True)
    workspace = context.workspace
    runs = workspace.visible_run_ids()
    hparams = None
    if grouping.by == "hparam":
        hparams = context.lines.hparams.by_run(runs)
        if not context.lines.hparams.names():
            return Preview("No run has hyperparameters", wrong=True)
    groups = groups_of_runs(workspace, runs, hparams, grouping)
    if not groups and grouping.by == "regex":
        return Preview("No run fits: the last good grouping stays", wrong=True)
    if not groups:
        return Preview("No run fits", wrong=True)
    return Preview(_sizes_text([len(group.run_ids) for group in groups], len(runs)))


def _sizes_text(sizes: Sequence[int], runs: int) -> str:
    least, most = min(sizes), max(sizes)
    of = f"{least:,} – {most:,} runs" if least != most else count_text(least, "run")
    text = f"{count_text(len(sizes), 'group')} of {of}"
    left = runs - sum(sizes)
    if left:
        text += f", {count_text(left, 'run')} fit{'s' if left == 1 else ''} nowhere"
    return text


def suggested(workspace: Workspace) -> dict[str, Any]:
    """Return the grouping that fits the names of the runs in view best."""
    if first_pattern(workspace) == REPEATS:
        return {"by": "regex", "pattern": REPEATS}
    return {"by": "directory", "level": 1}


def first_pattern(workspace: Workspace) -> str:
    """Return the pattern to begin with: repeats where most names look like them."""
    runs = [workspace.store.runs[i].name for i in workspace.visible_run_ids()]
    repeats = re.compile(REPEATS)
    stems = [match.group(1) for match in map(repeats.search, runs) if match is not None]
    # Repeats are what groups are for: most names end in a number, and their stems repeat.
    if 2 * len(stems) > len(runs) and len(set(stems)) < len(stems):
        return REPEATS
    return LAST_PART


def value_counts(context: ViewContext) -> dict[str, int]:
    """How many values each hyperparameter has among the runs in view."""
    hparams = context.lines.hparams
    values: dict[str, set[str]] = {name: set() for name in hparams.names()}
    if values:
        for run_id in context.workspace.visible_run_ids():
            for name, value in hparams.values(run_id).items():
                values[name].add(str(value))
    return {name: len(found) for name, found in values.items()}


def bands_of(centre: Centre) -> tuple[tuple[str, str], ...]:
    """Return the bands there are around a line, with their short names."""
    return MEDIAN_BANDS if centre == "median" else BANDS


def most_telling(counts: Mapping[str, int]) -> str:
    """The hyperparameter with the fewest values that still tells runs apart."""
    return min(counts, key=lambda name: (counts[name] < 2, counts[name]))


def fill_grouping_menu(menu: QMenu, workspace: Workspace) -> None:
    """What is drawn of groups, as entries of a menu."""
    grouping = workspace.state.grouping
    for name, choices in (
        ("centre", CENTRES),
        ("band", bands_of(grouping.centre)),
        ("align", ALIGNS),
    ):
        title = {"centre": "Line", "band": "Band", "align": "Steps"}[name]
        group = QActionGroup(menu)
        sub = menu.addMenu(title)
        for value, text in choices:
            action = sub.addAction(text)
            action.setCheckable(True)
            action.setChecked(getattr(grouping, name) == value)
            action.setActionGroup(group)
            action.triggered.connect(_Setting(workspace, {name: value}))
    members = menu.addAction("Show members")
    members.setCheckable(True)
    members.setChecked(grouping.show_members)
    members.triggered.connect(_Setting(workspace, {"show_members": not grouping.show_members}))
    menu.addSeparator()
    menu.addAction("Draw runs singly").triggered.connect(_Setting(workspace, {"by": "none"}))


class _Setting:
    """Changes the grouping when an action is triggered."""

    def __init__(self, workspace: Workspace, values: dict[str, Any]) -> None:
        self._workspace = workspace
        self._values = values

    def __call__(self, _checked: bool = False) -> None:
        edit_grouping(self._workspace, **self._values)
