"""The tool bar and the inspector of the scalars view: what is done there, and what it changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QFrame, QMenu, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from eventglass.app.core.names import Kind
from eventglass.app.core.reader import Reader
from eventglass.app.core.store import LogStore
from eventglass.app.models.card_layouts import LOGGED
from eventglass.app.models.cards import COMPOSED, Annotation, Card, CardLine, CardOptions, Derived
from eventglass.app.models.run_groups import groups_of_runs
from eventglass.app.models.workspace import Workspace, WorkspaceState
from eventglass.widgets.controls.chip import Chip
from eventglass.widgets.controls.command_palette import CommandPalette
from eventglass.widgets.view import ViewContext
from eventglass.widgets.views.controls_axes import AxesSection, RangeFields
from eventglass.widgets.views.controls_cards import CardsSection, TooltipSection
from eventglass.widgets.views.controls_commands import control_commands
from eventglass.widgets.views.controls_groups import (
    REPEATS,
    RunsSection,
    pattern_error,
    value_counts,
)
from eventglass.widgets.views.controls_lines import LinesSection, window_text
from eventglass.widgets.views.controls_notes import NoteDialog, NotesSection, put_note
from eventglass.widgets.views.scalar_controls import (
    InspectorControls,
    ToolBarControls,
    fill_axis_menu,
)
from tests.widgets.scalar_contexts import scalar_context

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def context(qtbot: QtBot, tmp_path: Path) -> Iterator[ViewContext]:
    with scalar_context(tmp_path) as made:
        yield made


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(1000, 900)
    QVBoxLayout(window)
    window.show()
    return window


@pytest.fixture
def inspector(context: ViewContext, window: QWidget) -> InspectorControls:
    made = InspectorControls(context)
    made.setFixedWidth(270)
    put(window, made)
    return made


def put(window: QWidget, widget: QWidget) -> None:
    layout = window.layout()
    assert layout is not None
    layout.addWidget(widget)
    widget.show()


def state(context: ViewContext) -> WorkspaceState:
    return context.workspace.state


def choose(combo: object, value: str) -> None:
    """Choose as a user does: the signal of `activated` follows."""
    index = combo.findData(value)  # type: ignore[attr-defined]
    combo.setCurrentIndex(index)  # type: ignore[attr-defined]
    combo.activated.emit(index)  # type: ignore[attr-defined]


def palette_of(window: QWidget) -> CommandPalette:
    found = window.findChild(CommandPalette)
    assert found is not None
    return found


# -- lines


def test_lines(context: ViewContext, inspector: InspectorControls, qtbot: QtBot) -> None:
    lines = inspector.sections["lines"]
    assert isinstance(lines, LinesSection)
    choose(lines._method, "median")
    assert state(context).smoothing_method == "median"
    qtbot.keyClick(lines._strength, Qt.Key.Key_End)
    assert state(context).smoothing == pytest.approx(0.99)
    qtbot.mouseClick(lines._raw, LEFT, pos=QPoint(14, 10))
    assert not state(context).show_raw
    assert not lines._markers.isVisible()
    qtbot.mouseClick(lines._more, LEFT)
    assert lines._markers.isVisible()
    choose(lines._markers, "always")
    choose(lines._interpolation, "step")
    qtbot.keyClick(lines._width, Qt.Key.Key_Right)
    assert (state(context).markers, state(context).interpolation) == ("always", "step")
    assert state(context).line_width == 1.75
    labels = [context.workspace.undo_stack.text(i) for i in range(6)]
    assert len(set(labels)) == 5
    assert all(labels)
    while context.workspace.undo_stack.canUndo():
        context.workspace.undo_stack.undo()
    assert lines._method.value == "ema"
    assert lines._raw.isChecked()


@pytest.mark.parametrize(
    ("weight", "method", "text"),
    [
        (0.0, "ema", "Off"),
        (0.6, "ema", "≈ 4 points"),
        (0.99, "gaussian", "≈ 199 points"),
        (0.6, "mean", "5 points"),
    ],
)
def test_the_window_is_said_in_points(weight: float, method: str, text: str) -> None:
    assert window_text(weight, method) == text


# -- axes


def test_axes(context: ViewContext, inspector: InspectorControls, window: QWidget) -> None:
    axes = inspector.sections["axes"]
    assert isinstance(axes, AxesSection)
    choose(axes._vertical, "symlog")
    choose(axes._horizontal, "run_relative")
    assert (state(context).y_scale, state(context).x_axis) == ("symlog", "run_relative")
    assert not axes._tag.isVisible()
    # Another tag: the axis stays until one is chosen.
    choose(axes._horizontal, "tag")
    assert state(context).x_axis == "run_relative"
    assert axes._horizontal.value == "run_relative"
    palette = palette_of(window)
    assert set(palette.titles()) == {"accuracy", "train/loss"}
    palette._box.setText("loss")
    palette._choose_index(palette._list.currentIndex())
    assert (state(context).x_axis, state(context).x_tag) == ("tag", "train/loss")
    assert axes._tag.isVisible()
    assert axes._tag.text() == "train/loss"


def test_ranges_by_typing(context: ViewContext, inspector: InspectorControls, qtbot: QtBot) -> None:
    axes = inspector.sections["axes"]
    assert isinstance(axes, AxesSection)
    axes._more.click()
    fields = axes._ranges
    low, high = fields._fields["y"]
    assert not low.isEnabled()
    context.workspace.select_tag("accuracy", Kind.SCALAR)
    assert low.isEnabled()
    type_into(qtbot, low, "0,25")
    assert state(context).options_of("accuracy") == CardOptions(y_range=(0.25, None))
    type_into(qtbot, high, "abc")
    assert "Not a number" in fields._messages["y"].text()
    assert fields._messages["y"].isVisible()
    assert high.property("invalid")
    assert state(context).options_of("accuracy").y_range == (0.25, None)
    type_into(qtbot, high, "0.1")
    assert "less than" in fields._messages["y"].text()
    assert state(context).options_of("accuracy").y_range == (0.25, None)
    type_into(qtbot, high, "0.75")
    assert not fields._messages["y"].isVisible()
    assert state(context).options_of("accuracy").y_range == (0.25, 0.75)
    _low_x, high_x = fields._fields["x"]
    type_into(qtbot, high_x, "1,200")
    options = state(context).options_of("accuracy")
    assert (options.x_range, options.x_range_of) == ((None, 1200.0), "step")
    # On another axis those numbers mean nothing.
    context.workspace.edit("Axis", x_axis="relative")
    assert high_x.text() == ""
    context.workspace.edit("Axis", x_axis="step")
    assert high_x.text() == "1200"
    fields._all.click()
    assert state(context).options_of("train/loss").y_range == (0.25, 0.75)
    context.workspace.undo_stack.undo()
    assert state(context).options_of("train/loss") == CardOptions()
    fields._auto.click()
    assert state(context).options_of("accuracy") == CardOptions()
    assert low.text() == ""
    fields._lock.click()
    assert state(context).options_of("accuracy").locked


def test_dates_are_typed_on_the_wall_axis(
    context: ViewContext, inspector: InspectorControls, qtbot: QtBot
) -> None:
    axes = inspector.sections["axes"]
    assert isinstance(axes, AxesSection)
    axes._more.click()
    context.workspace.select_tag("accuracy", Kind.SCALAR)
    context.workspace.edit("Axis", x_axis="wall")
    low, high = axes._ranges._fields["x"]
    type_into(qtbot, low, "2023-11-14 22:00")
    found = state(context).options_of("accuracy").x_range
    assert found is not None
    assert found[0] is not None
    assert abs(found[0] - 1.7e9) < 2 * 86400
    assert found[1] is None
    type_into(qtbot, high, "yesterday")
    assert "Not a date" in axes._ranges._messages["x"].text()
    assert state(context).options_of("accuracy").x_range == found


def test_ranges_of_cards_from_logs(
    context: ViewContext, inspector: InspectorControls, qtbot: QtBot
) -> None:
    axes = inspector.sections["axes"]
    assert isinstance(axes, AxesSection)
    axes._more.click()
    context.workspace.select_tag("accuracy", Kind.SCALAR)
    context.workspace.select_card(Card(LOGGED + "1", "Both losses"))
    assert axes._ranges._title.text() == "Range of Both losses"
    type_into(qtbot, axes._ranges._fields["y"][1], "5")
    assert state(context).options_of(LOGGED + "1").y_range == (None, 5.0)
    assert state(context).options_of("accuracy") == CardOptions()


def test_the_right_axis_has_fields_where_there_is_one(
    context: ViewContext, inspector: InspectorControls
) -> None:
    axes = inspector.sections["axes"]
    assert isinstance(axes, AxesSection)
    ranges: RangeFields = axes._ranges
    axes._more.click()
    key = f"{COMPOSED}1"
    lines = (CardLine("accuracy"), CardLine("train/loss", "right"))
    context.workspace.edit("Compose", composed=(Card(key, "Both", lines),))
    context.workspace.select_tag("accuracy", Kind.SCALAR)
    assert not ranges._rows["right"].isVisible()
    context.workspace.select_tag(key, Kind.SCALAR)
    assert ranges._rows["right"].isVisible()
    assert ranges._title.text() == "Range of Both"


def type_into(qtbot: QtBot, field: QWidget, text: str) -> None:
    """Type a text into a field in place of what is there, and press Return."""
    field.setFocus()
    field.selectAll()  # type: ignore[attr-defined]
    qtbot.keyClick(field, Qt.Key.Key_Delete)
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    field.clearFocus()


# -- runs


def sizes(workspace: Workspace) -> list[int]:
    groups = groups_of_runs(workspace, workspace.visible_run_ids())
    return [len(group.run_ids) for group in groups]


def test_group_by_a_pattern(
    context: ViewContext, inspector: InspectorControls, qtbot: QtBot
) -> None:
    runs = inspector.sections["runs"]
    assert isinstance(runs, RunsSection)
    assert not runs._pattern.isVisible()
    choose(runs._by, "regex")
    assert state(context).grouping.pattern == REPEATS
    assert sizes(context.workspace) == [3, 2]
    assert runs._preview.text() == "2 groups of 2 – 3 runs, 1 run fits nowhere"
    runs._pattern.selectAll()
    qtbot.keyClicks(runs._pattern, "^(base|wide")
    assert runs._pattern.property("invalid")
    assert "the last good grouping stays" in runs._preview.text()
    assert state(context).grouping.pattern == REPEATS
    qtbot.keyClick(runs._pattern, Qt.Key.Key_Return)
    assert state(context).grouping.pattern == REPEATS
    qtbot.keyClicks(runs._pattern, ")")
    assert not runs._pattern.property("invalid")
    # What was typed counts once the typing rests.
    qtbot.waitUntil(lambda: state(context).grouping.pattern == "^(base|wide)")
    assert runs._preview.text() == "2 groups of 2 – 3 runs, 1 run fits nowhere"
    choose(runs._band, "ci95")
    choose(runs._centre, "median")
    choose(runs._align, "interpolate")
    runs._members.click()
    grouping = state(context).grouping
    assert (grouping.band, grouping.centre, grouping.align) == ("ci95", "median", "interpolate")
    # Around a median a band is something else than around a mean, and called so.
    assert runs._band.toolTip() == "95 % confidence interval of the median"
    choose(runs._band, "std")
    assert (runs._band.currentText(), runs._band.toolTip()) == ("Quartiles", "Quartiles")
    choose(runs._centre, "mean")
    assert runs._band.currentText() == "Standard deviation"
    choose(runs._centre, "median")
    choose(runs._band, "ci95")
    assert grouping.show_members


def test_a_pattern_no_run_fits_is_not_taken(
    context: ViewContext, inspector: InspectorControls, qtbot: QtBot
) -> None:
    runs = inspector.sections["runs"]
    assert isinstance(runs, RunsSection)
    choose(runs._by, "regex")
    type_into(qtbot, runs._pattern, "zebra")
    assert runs._preview.text() == "No run fits: the last good grouping stays"
    assert runs._pattern.property("invalid")
    assert state(context).grouping.pattern == REPEATS


def test_a_pattern_being_typed_is_not_overwritten(
    context: ViewContext, inspector: InspectorControls, qtbot: QtBot
) -> None:
    runs = inspector.sections["runs"]
    assert isinstance(runs, RunsSection)
    choose(runs._by, "regex")
    runs._pattern.selectAll()
    qtbot.keyClicks(runs._pattern, "(bas")
    context.workspace.set_shown(["/logs/notes"], False)
    assert runs._pattern.text() == "(bas"


@pytest.mark.parametrize("pattern", ["(", "*", "a{2,1}", "(?P<n>a)(?P<n>b)", "x" * 3000])
def test_bad_patterns_are_told(pattern: str) -> None:
    assert "the last good grouping stays" in pattern_error(pattern)


def test_group_by_folder_alias_and_nothing(
    context: ViewContext, inspector: InspectorControls
) -> None:
    store = context.store
    for name in ("x/a/train", "x/a/val", "x/b/train"):
        store.add_run(0, f"/logs/{name}", name, f"/logs/{name}")
    context.workspace.take_changes(store.take_changes())
    runs = inspector.sections["runs"]
    assert isinstance(runs, RunsSection)
    choose(runs._by, "directory")
    assert runs._level.isVisible()
    assert runs._level.count() == 2
    choose(runs._level, "2")
    assert state(context).grouping.level == 2
    assert [len(g.run_ids) for g in context.lines.groups()] == [1, 1, 1, 1, 1, 1, 2, 1]
    choose(runs._by, "alias")
    assert "9 groups of 1 run" in runs._preview.text()
    choose(runs._by, "hparam")
    assert runs._preview.text() == "No run has hyperparameters"
    # Nothing to group by: it stays as it was.
    assert runs._by.value == state(context).grouping.by == "alias"
    choose(runs._by, "none")
    assert runs._preview.text() == ""
    assert not runs._band.isVisible()


@pytest.fixture
def trials(qtbot: QtBot, tmp_path: Path) -> Iterator[ViewContext]:
    with scalar_context(tmp_path, read_logs("torch/hparams")) as made:
        yield made


def test_group_by_a_hyperparameter(trials: ViewContext, window: QWidget, qtbot: QtBot) -> None:
    context = trials
    inspector = InspectorControls(context)
    put(window, inspector)
    runs = inspector.sections["runs"]
    assert isinstance(runs, RunsSection)
    choose(runs._by, "hparam")
    # They are read on a thread; nothing is grouped before.
    assert runs._preview.text() == "Reading hyperparameters…"
    assert state(context).grouping.by == "none"
    qtbot.waitUntil(lambda: state(context).grouping.by == "hparam")
    # Of those that tell runs apart the one with the fewest values.
    counts = value_counts(context)
    chosen = state(context).grouping.hparam
    assert counts[chosen] == min(count for count in counts.values() if count > 1)
    assert runs._preview.text() == f"{counts[chosen]} groups of 2 runs, 1 run fits nowhere"
    runs._hparam.click()
    palette = palette_of(window)
    assert set(palette.titles()) == set(counts)
    palette._box.setText("lr")
    palette._choose_index(palette._list.currentIndex())
    assert state(context).grouping.hparam == "lr"
    assert all(group.key.startswith("lr = ") for group in context.lines.groups())


def read_logs(name: str) -> LogStore:
    """A store with one of the logs beside the tests."""
    store = LogStore()
    reader = Reader(store)
    reader.set_live(False)
    reader.open(str(Path(__file__).parent.parent / "data" / "logs" / name))
    reader.start()
    assert reader.wait_until_settled(30)
    reader.stop()
    return store


def test_one_key_groups_and_remembers(context: ViewContext) -> None:
    commands = {command.id: command for command in control_commands(context)}
    group = commands["scalars.group"]
    assert group.shortcuts == ("G",)
    group.run()
    # The names end in numbers: repeats are what is put together.
    assert (state(context).grouping.by, sizes(context.workspace)) == ("regex", [3, 2])
    context.workspace.edit("Group", grouping=replace(state(context).grouping, by="directory"))
    group.run()
    assert state(context).grouping.by == "none"
    group.run()
    assert state(context).grouping.by == "directory"


def test_the_chip_ends_grouping(context: ViewContext, window: QWidget, qtbot: QtBot) -> None:
    bar = ToolBarControls(context)
    put(window, bar)
    chip = bar.findChild(Chip)
    assert chip is not None
    assert not chip.isVisible()
    grouping = replace(state(context).grouping, by="directory", band="sem")
    context.workspace.edit("Group", grouping=grouping)
    assert chip.isVisible()
    assert chip.text() == "By folder"
    qtbot.mouseClick(chip, LEFT, pos=QPoint(chip.width() - 8, 14))
    assert state(context).grouping == replace(grouping, by="none")
    context.workspace.undo_stack.undo()
    qtbot.keyClick(chip, Qt.Key.Key_Delete)
    assert state(context).grouping.by == "none"


def test_baseline(context: ViewContext, inspector: InspectorControls, window: QWidget) -> None:
    runs = inspector.sections["runs"]
    assert isinstance(runs, RunsSection)
    runs._baseline.click()
    palette = palette_of(window)
    assert palette.titles()[0] == "None"
    palette._box.setText("wide-s2")
    palette._choose_index(palette._list.currentIndex())
    assert state(context).baseline == "/logs/wide-s2"
    assert runs._baseline.text() == "wide-s2"
    commands = {command.id: command for command in control_commands(context)}
    assert not commands["scalars.baseline"].enabled()
    context.workspace.select(0)
    assert commands["scalars.baseline"].enabled()
    commands["scalars.baseline"].run()
    assert state(context).baseline == "/logs/base-s1"
    commands["scalars.baseline"].run()
    assert state(context).baseline == ""
    assert runs._baseline.text() == "None"


# -- cards, tool tip


def test_cards_and_tool_tip(context: ViewContext, inspector: InspectorControls) -> None:
    cards, tip = inspector.sections["cards"], inspector.sections["tooltip"]
    assert isinstance(cards, CardsSection)
    assert isinstance(tip, TooltipSection)
    cards._differing.click()
    cards._hide_empty.click()
    cards._layouts.click()
    found = state(context)
    assert (found.only_differing, found.hide_empty, found.show_layouts) == (True, False, False)
    assert not cards._unpin.isVisible()
    context.workspace.edit("Pin", pinned_tags=("accuracy",), card_orders={"train": ("train/loss",)})
    cards._unpin.click()
    cards._order.click()
    assert state(context).pinned_tags == ()
    assert not state(context).card_orders
    choose(tip._sort, "ascending")
    choose(tip._most, "24")
    assert (state(context).tooltip_sort, state(context).tooltip_rows) == ("ascending", 24)
    context.workspace.edit("Rows", tooltip_rows=17)
    assert tip._most.currentText() == "17 runs"


# -- notes


def test_notes(
    context: ViewContext, inspector: InspectorControls, window: QWidget, qtbot: QtBot
) -> None:
    notes = inspector.sections["notes"]
    assert isinstance(notes, NotesSection)
    notes.set_folded(False)
    context.workspace.set_step(120)
    notes._add.click()
    dialog = window.findChild(NoteDialog)
    assert dialog is not None
    assert dialog._step.text() == "120"
    dialog.accept()
    assert dialog._message.text() == "A note needs a text"
    dialog._text.setText("warm-up ends")
    dialog._step.setText("many")
    dialog.accept()
    assert dialog._message.text() == "The step is not a number"
    dialog._step.setText("1,500")
    dialog.accept()
    assert state(context).annotations == (Annotation(1500, "warm-up ends"),)
    put_note(context.workspace, None, Annotation(20, "early", "accuracy"))
    assert [item.title for item in notes._notes.items()] == ["early", "warm-up ends"]
    requested: list[str] = []
    context.workspace.tag_requested.connect(lambda tag, _kind: requested.append(tag))
    notes._notes.setCurrentIndex(notes._notes.model().index(0, 0))
    qtbot.keyClick(notes._notes, Qt.Key.Key_Return)
    assert state(context).step == 20
    assert requested == ["accuracy"]
    qtbot.keyClick(notes._notes, Qt.Key.Key_Delete)
    assert [note.text for note in state(context).annotations] == ["warm-up ends"]
    context.workspace.undo_stack.undo()
    assert len(state(context).annotations) == 2


def test_texts_become_marks(
    context: ViewContext, inspector: InspectorControls, window: QWidget
) -> None:
    notes = inspector.sections["notes"]
    assert isinstance(notes, NotesSection)
    notes.set_folded(False)
    notes._choose.click()
    palette = palette_of(window)
    assert palette.titles() == ["remarks"]
    palette._choose_index(palette._list.currentIndex())
    assert state(context).event_tags == {"remarks"}
    notes._marks.removed_key.emit("remarks")
    assert state(context).event_tags == frozenset()


# -- the tool bar, the inspector as a whole


def test_all_axes_are_reached_from_the_tool_bar(
    context: ViewContext, window: QWidget, qtbot: QtBot
) -> None:
    bar = ToolBarControls(context)
    put(window, bar)
    axis = bar._axis
    assert axis.value == "step"
    context.workspace.edit("Axis", x_axis="tag", x_tag="train/loss" * 20)
    assert axis.value == ""
    assert axis.sizeHint().width() < 340
    axis._choose(1)
    assert state(context).x_axis == "relative"
    axis.more_asked.disconnect(bar._open_axes)
    with qtbot.waitSignal(axis.more_asked):
        qtbot.mouseClick(axis, LEFT, pos=QPoint(axis.sizeHint().width() - 8, 14))
    assert state(context).x_axis == "relative"
    menu = QMenu(bar)
    fill_axis_menu(menu, context, window)
    texts = [action.text() for action in menu.actions() if action.text()]
    assert texts == ["Step", "Relative", "Time of the run", "Wall", "Another tag…", "Scale"]
    assert menu.actions()[1].isChecked()
    menu.actions()[2].trigger()
    assert state(context).x_axis == "run_relative"
    assert axis.accessibleName() == "Horizontal axis: Run time"


def test_sections_fold_and_stay_so(
    context: ViewContext, inspector: InspectorControls, qtbot: QtBot
) -> None:
    lines = inspector.sections["lines"]
    assert isinstance(lines, LinesSection)
    assert not lines.is_folded
    qtbot.mouseClick(lines._fold, LEFT)
    assert lines.is_folded
    assert not lines._method.isVisible()
    again = InspectorControls(context)
    qtbot.addWidget(again)
    assert again.sections["lines"].is_folded
    assert not again.sections["axes"].is_folded
    again.reveal("lines")
    third = InspectorControls(context)
    qtbot.addWidget(third)
    assert not third.sections["lines"].is_folded


def test_nothing_is_wider_than_the_inspector(
    context: ViewContext, inspector: InspectorControls
) -> None:
    long = "/".join(["metrics"] * 60)
    context.workspace.edit(
        "All on",
        x_axis="tag",
        x_tag=long,
        baseline="/logs/base-s1",
        run_aliases={"/logs/base-s1": "x" * 500},
        derived=(Derived(long, f"log(`{long}`)"),),
        annotations=(Annotation(2**62, "y" * 400, long),),
        event_tags=frozenset({long}),
        pinned_tags=("accuracy",),
        card_orders={"a": ("b",)},
    )
    grouping = replace(state(context).grouping, by="regex", pattern="(" + "z" * 400 + ")")
    context.workspace.edit("Group", grouping=grouping)
    context.workspace.select_tag(long, Kind.SCALAR)
    for section in inspector.sections.values():
        section.set_folded(False)
    for name in ("lines", "axes"):
        inspector.sections[name]._more.setChecked(True)  # type: ignore[attr-defined]
    for axis in ("tag", "wall"):
        context.workspace.edit("Axis", x_axis=axis)
        widths = {n: s.minimumSizeHint().width() for n, s in inspector.sections.items()}
        assert {name: width for name, width in widths.items() if width > 258} == {}


def test_every_control_has_a_name(inspector: InspectorControls) -> None:
    nameless = [
        widget
        for widget in inspector.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not isinstance(widget.parent(), QComboBox | QFrame | QAbstractItemView)
        and not (widget.accessibleName() or getattr(widget, "text", str)())
    ]
    assert nameless == []


def test_a_hidden_inspector_catches_up(context: ViewContext, inspector: InspectorControls) -> None:
    lines = inspector.sections["lines"]
    assert isinstance(lines, LinesSection)
    inspector.hide()
    context.workspace.edit("Smooth", smoothing=0.25)
    inspector.show()
    assert lines._strength.number == 0.25


def test_commands_set_what_they_say(context: ViewContext) -> None:
    commands = {command.id: command for command in control_commands(context)}
    assert len(commands) == len(control_commands(context))
    for id_, field, value in (
        ("scalars.smoothing_method_savgol", "smoothing_method", "savgol"),
        ("scalars.markers_none", "markers", "none"),
        ("scalars.interpolation_step", "interpolation", "step"),
        ("scalars.x_scale_log", "x_scale", "log"),
        ("scalars.y_scale_symlog", "y_scale", "symlog"),
        ("scalars.x_wall", "x_axis", "wall"),
        ("scalars.restarts_join", "restarts", "join"),
        ("scalars.tooltip_sort_name", "tooltip_sort", "name"),
    ):
        command = commands[id_]
        assert command.checked is not None
        assert not command.checked()
        command.run()
        assert getattr(state(context), field) == value
        assert command.checked()
    commands["scalars.wider"].run()
    assert state(context).line_width == 2.0
    assert not commands["scalars.group_band_sem"].enabled()
    commands["scalars.group_by_alias"].run()
    commands["scalars.group_band_sem"].run()
    assert (state(context).grouping.by, state(context).grouping.band) == ("alias", "sem")


def test_titles_of_commands_keep_the_capitals_of_names(context: ViewContext) -> None:
    titles = {command.title for command in control_commands(context)}
    assert {"Smooth by: Gaussian", "Smooth by: Savitzky–Golay", "Smooth by: running mean"} <= titles
    assert "Smooth by: EMA (TensorBoard)" in titles
