"""Derived series, offsets and styles: the editor, the dialogs and the menu of a run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget
from pytestqt.qtbot import QtBot

from eventglass.app.core.names import Kind
from eventglass.app.models.cards import Derived
from eventglass.app.models.line_styles import RunStyle, series_key
from eventglass.widgets.controls.formula_box import FormulaBox
from eventglass.widgets.controls.item_list import ItemList
from eventglass.widgets.panels.runs import RunsPanel
from eventglass.widgets.view import ViewContext
from eventglass.widgets.views.controls_derived import DerivedSection, edit_derived
from eventglass.widgets.views.controls_runs import (
    OffsetDialog,
    PlainRunContext,
    offset_text,
    run_menu,
)
from eventglass.widgets.views.derived_editor import DerivedEditor
from tests.widgets.scalar_contexts import scalar_context


@pytest.fixture
def context(qtbot: QtBot, tmp_path: Path) -> Iterator[ViewContext]:
    with scalar_context(tmp_path) as made:
        yield made


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(900, 700)
    window.show()
    return window


def editor_of(
    context: ViewContext, window: QWidget, qtbot: QtBot, known: Derived | None = None
) -> DerivedEditor:
    editor = DerivedEditor(context, known, "", window)
    editor.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    return editor


def write(editor: DerivedEditor, text: str) -> None:
    editor._formula.setPlainText(text)
    editor._check()


# -- derived series


def test_a_new_series(context: ViewContext, window: QWidget, qtbot: QtBot) -> None:
    editor = editor_of(context, window, qtbot)
    write(editor, "accuracy * 2")
    assert editor.message == "5 runs"
    qtbot.waitUntil(lambda: len(editor._chart.curves()) == 5)
    found = context.store.find(0, "accuracy", Kind.SCALAR)
    assert found is not None
    [first] = [curve for curve in editor._chart.curves() if curve.run_id == 0]
    assert first.values.tolist() == (2 * found.scalars().values).tolist()
    editor.accept()
    assert editor._name_message.text() == "A name is needed"
    editor._name.setText("train/loss")
    assert "already" in editor._name_message.text()
    editor.accept()
    assert context.workspace.state.derived == ()
    editor._name.setText("twice")
    assert editor._name_message.text() == ""
    editor.accept()
    assert context.workspace.state.derived == (Derived("twice", "accuracy * 2"),)
    assert context.workspace.undo_stack.undoText() == "Add a derived series"


def test_what_is_wrong_is_underlined_and_the_last_good_picture_stays(
    context: ViewContext, window: QWidget, qtbot: QtBot
) -> None:
    editor = editor_of(context, window, qtbot)
    write(editor, "log(`train/loss`)")
    qtbot.waitUntil(lambda: len(editor._chart.curves()) == 5)
    good = editor._chart.curves()
    write(editor, "log(`train/loss`) + foo(2)")
    assert "foo" in editor.message
    assert editor._formula.marked == (20, 3)
    selection = editor._formula.extraSelections()[0]
    assert selection.cursor.selectedText() == "foo"
    editor._name.setText("new")
    editor.accept()
    assert context.workspace.state.derived == ()
    assert editor._chart.curves() == good
    write(editor, "nowhere + 1")
    assert editor.message == "No run has the tag nowhere"
    assert editor._formula.marked is None
    assert editor._chart.curves() == good
    write(editor, "")
    assert editor.message == ""


@pytest.mark.parametrize("text", ["((((", "1 +", "`open", "a b", "x" * 5000, "(" * 900, "\0", "∑"])
def test_bad_formulas_are_told_and_not_kept(
    context: ViewContext, window: QWidget, qtbot: QtBot, text: str
) -> None:
    editor = editor_of(context, window, qtbot)
    editor._name.setText("new")
    write(editor, text)
    assert editor.message
    assert editor._formula.marked is not None
    editor.accept()
    assert context.workspace.state.derived == ()


def test_a_series_cannot_need_itself(context: ViewContext, window: QWidget, qtbot: QtBot) -> None:
    a, b = Derived("a", "accuracy + 1"), Derived("b", "a * 2")
    context.workspace.edit("Derive", derived=(a, b))
    editor = editor_of(context, window, qtbot, a)
    write(editor, "b / 2")
    assert editor.message == "The formula comes back to itself by b"
    editor.accept()
    assert context.workspace.state.derived == (a, b)
    write(editor, "accuracy / 2")
    assert editor.message == "5 runs"
    editor._name.setText("half")
    editor.accept()
    assert context.workspace.state.derived == (Derived("half", "accuracy / 2"), b)


def test_names_are_completed(context: ViewContext, window: QWidget, qtbot: QtBot) -> None:
    box = editor_of(context, window, qtbot)._formula
    box.clear()
    box.insertPlainText("log(")
    type_quietly(box, "los")
    assert shown(box) == ["train/loss"]
    box.insert("`train/loss`")
    assert box.toPlainText() == "log(`train/loss`"
    box.insertPlainText(") - ")
    type_quietly(box, "`accu")
    assert shown(box) == ["accuracy"]
    box.insert("accuracy")
    assert box.toPlainText() == "log(`train/loss`) - accuracy"
    box.insertPlainText(" + ")
    type_quietly(box, "rolling_m")
    assert shown(box) == ["rolling_min(x, n)", "rolling_max(x, n)", "rolling_median(x, n)"]


def type_quietly(box: FormulaBox, text: str) -> None:
    """Type without the popup, which is a window of its own."""
    box.insertPlainText(text)
    box._completer.setCompletionPrefix(box._word().lstrip('`"'))


def shown(box: FormulaBox) -> list[str]:
    model = box._completer.completionModel()
    return [str(model.index(i, 0).data()) for i in range(model.rowCount())]


def test_functions_are_listed_and_put_in(
    context: ViewContext, window: QWidget, qtbot: QtBot
) -> None:
    editor = editor_of(context, window, qtbot)
    editor.show()
    assert not editor._help.isVisible()
    editor._show_help.click()
    assert editor._help.isVisible()
    titles = [item.title for item in editor._help.items()]
    assert "rolling(x, n)" in titles
    editor._help.activated_key.emit("rolling")
    assert editor._formula.toPlainText() == "rolling("


def test_ten_thousand_tags_are_completed(
    context: ViewContext, window: QWidget, qtbot: QtBot
) -> None:
    box = FormulaBox(context.theme, "Formula", window)
    box.set_names([(f"layer{i}/" + "x" * 480, f"`{i}`") for i in range(10_000)])
    type_quietly(box, "layer9999")
    assert box._completer.completionCount() == 1


def test_the_list_of_derived_series(context: ViewContext, window: QWidget, qtbot: QtBot) -> None:
    section = DerivedSection(context)
    qtbot.addWidget(section)
    derived = (Derived("a", "accuracy + 1"), Derived("b", "a * 2"))
    context.workspace.edit("Derive", derived=derived)
    section.sync()
    section.set_folded(False)
    section.show()
    rows = section._list
    assert [(item.title, item.detail) for item in rows.items()] == [
        ("a", "accuracy + 1"),
        ("b", "a * 2"),
    ]
    requested: list[str] = []
    context.workspace.tag_requested.connect(lambda tag, _kind: requested.append(tag))
    click(rows, 1, qtbot)
    assert requested == ["b"]
    menu = QMenu(section)
    section._fill_menu(menu, "a")
    action_of(menu, "Duplicate").trigger()
    section.sync()
    assert [d.name for d in context.workspace.state.derived] == ["a", "b", "a 2"]
    rows.setCurrentIndex(rows.model().index(0, 0))
    qtbot.keyClick(rows, Qt.Key.Key_Delete)
    section.sync()
    assert [item.title for item in rows.items()] == ["b", "a 2"]
    context.workspace.undo_stack.undo()
    assert len(context.workspace.state.derived) == 3
    editor = edit_derived(context, window, derived[1])
    assert editor._formula.toPlainText() == "a * 2"
    editor.reject()
    assert context.workspace.state.derived[1] == derived[1]


def click(rows: ItemList, row: int, qtbot: QtBot) -> None:
    at = rows.visualRect(rows.model().index(row, 0)).topLeft()
    at.setX(at.x() + 10)
    at.setY(at.y() + 10)
    qtbot.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=at)


def test_buttons_of_a_row(context: ViewContext, qtbot: QtBot) -> None:
    section = DerivedSection(context)
    qtbot.addWidget(section)
    context.workspace.edit("Derive", derived=(Derived("a", "accuracy + 1"),))
    section.set_folded(False)
    section.resize(260, 200)
    section.show()
    section.sync()
    rows = section._list
    rect = rows.visualRect(rows.model().index(0, 0))
    edited: list[str] = []
    rows.edited_key.disconnect(section._edit)
    rows.edited_key.connect(edited.append)
    pen, cross = (rows.action_rect(rect, action).center() for action in ("edit", "close"))
    qtbot.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=pen)
    assert edited == ["a"]
    qtbot.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=cross)
    assert context.workspace.state.derived == ()


# -- the menu of a run


def action_of(menu: QMenu, *path: str) -> QAction:
    """The action of that text, through submenus."""
    for text in path[:-1]:
        found = next(a.menu() for a in menu.actions() if a.text() == text)
        assert isinstance(found, QMenu)
        menu = found
    return next(a for a in menu.actions() if a.text() == path[-1])


def menu_of(context: ViewContext, window: QWidget, tag: str = "train/loss") -> QMenu:
    menu = QMenu(window)
    run_menu(menu, PlainRunContext(context.workspace, context.theme), 1, tag)
    return menu


def test_run_menu(context: ViewContext, window: QWidget) -> None:
    workspace = context.workspace
    key = "/logs/base-s2"
    action_of(menu_of(context, window), "Select").trigger()
    assert workspace.selected_run == 1
    action_of(menu_of(context, window), "Make baseline").trigger()
    assert workspace.state.baseline == key
    action_of(menu_of(context, window), "No baseline").trigger()
    assert workspace.state.baseline == ""
    action_of(menu_of(context, window), "Line style", "Dotted").trigger()
    action_of(menu_of(context, window), "Line style", "3 pixels wide").trigger()
    assert workspace.state.run_styles == {key: RunStyle(width=3.0, dash="dot")}
    menu = menu_of(context, window)
    assert action_of(menu, "Line style", "Dotted").isChecked()
    action_of(menu, "Line style", "Reset the style").trigger()
    assert workspace.state.run_styles == {}
    restarts = "Restarts of this line"
    action_of(menu_of(context, window), restarts, "Joined").trigger()
    assert workspace.state.series_restarts == {series_key(key, "train/loss"): "join"}
    action_of(menu_of(context, window), restarts, "As all lines").trigger()
    assert workspace.state.series_restarts == {}
    action_of(menu_of(context, window), "Only this run").trigger()
    assert workspace.visible_run_ids() == (1,)
    action_of(menu_of(context, window), "Show the other runs again").trigger()
    assert len(workspace.visible_run_ids()) == 6
    action_of(menu_of(context, window), "Hide").trigger()
    assert 1 not in workspace.visible_run_ids()
    action_of(menu_of(context, window), "Show").trigger()
    assert 1 in workspace.visible_run_ids()
    titles = [action.text() for action in menu_of(context, window, "").actions()]
    assert restarts not in titles


def test_the_run_tree_shows_the_baseline_and_has_the_entries(
    context: ViewContext, qtbot: QtBot
) -> None:
    panel = RunsPanel(context.store, context.workspace, context.theme)
    qtbot.addWidget(panel)
    panel.resize(260, 400)
    panel.show()
    row = panel.rows.row_of_run(1)
    before = panel.view.grab().toImage()
    delegate = panel.view.row_delegate
    node = panel.rows.node(row)
    assert node is not None
    rect = panel.view.row_rect(panel.rows.index(row, 0))
    left = delegate.label_left(node, rect)
    menu = QMenu(panel)
    panel._add_line_entries(menu, 1)
    action_of(menu, "Make baseline").trigger()
    assert delegate.label_left(node, rect) > left
    assert panel.view.grab().toImage() != before
    context.workspace.undo_stack.undo()
    assert delegate.label_left(node, rect) == left
    assert panel.view.grab().toImage() == before


# -- the offset of a run


def offset_of(context: ViewContext) -> tuple[int, float]:
    style = context.workspace.state.run_styles.get("/logs/base-s2", RunStyle())
    return style.step_offset, style.time_offset_s


def type_in(qtbot: QtBot, field: QWidget, text: str) -> None:
    field.selectAll()  # type: ignore[attr-defined]
    qtbot.keyClicks(field, text)


def test_an_offset_moves_while_one_types_and_is_one_step_of_undo(
    context: ViewContext, window: QWidget, qtbot: QtBot
) -> None:
    stack = context.workspace.undo_stack
    context.workspace.edit("Before", smoothing=0.1)
    dialog = OffsetDialog(context.workspace, 1, window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    type_in(qtbot, dialog._steps, "-1500")
    assert offset_of(context) == (-1500, 0.0)
    type_in(qtbot, dialog._seconds, "2.5")
    assert offset_of(context) == (-1500, 2.5)
    qtbot.keyClicks(dialog._seconds, "x")
    assert "Not a number" in dialog._message.text()
    assert offset_of(context) == (-1500, 2.5)
    dialog.accept()
    assert dialog.result() == 0
    qtbot.keyClick(dialog._seconds, Qt.Key.Key_Backspace)
    dialog.accept()
    assert dialog.result() == 1
    assert stack.count() == 2
    stack.undo()
    assert offset_of(context) == (0, 0.0)
    assert context.workspace.state.smoothing == 0.1


def test_cancelling_an_offset_takes_it_back(
    context: ViewContext, window: QWidget, qtbot: QtBot
) -> None:
    context.workspace.edit_style("Move", "/logs/base-s2", step_offset=10)
    dialog = OffsetDialog(context.workspace, 1, window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    assert dialog._steps.text() == "10"
    type_in(qtbot, dialog._steps, "99")
    assert offset_of(context) == (99, 0.0)
    dialog.reject()
    assert offset_of(context) == (10, 0.0)
    assert offset_text(RunStyle(step_offset=-1500, time_offset_s=90)) == "−1,500, +1 min 30 s"
