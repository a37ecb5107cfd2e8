"""Cards of several tags: dropped, chosen, changed by menu and key; layouts and derived series."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox
from pytestqt.qtbot import QtBot

from eventglass.app.core.names import Kind
from eventglass.app.models.card_layouts import LOGGED, LayoutGroup
from eventglass.app.models.cards import Card, CardLine, Derived, Margin
from eventglass.app.models.scalar_groups import COMPOSED_GROUP
from eventglass.app.models.tag_tree import TAGS_MIME
from eventglass.widgets.controls.command_palette import CommandPalette
from eventglass.widgets.views.scalar_card import ScalarCard
from eventglass.widgets.views.scalar_menus import card_menu, group_menu
from tests.widgets.scalar_bench import Bench, line, open_bench


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    points = {
        (run, tag): line([float(i + number) for i in range(20)])
        for number, run in enumerate(("a", "b"))
        for tag in ("train/loss", "train/acc", "val/loss", "lr")
    }
    with open_bench(qtbot, tmp_path, points) as bench:
        yield bench


def drop(bench: Bench, tags: object, place: QPoint) -> None:
    """Drag tags over a place of the grid and let them go there."""
    data = QMimeData()
    data.setData(TAGS_MIME, json.dumps(tags).encode())
    grid = bench.view.grid
    copy, left, none = (
        Qt.DropAction.CopyAction,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    enter = QDragEnterEvent(place, copy, data, left, none)
    grid.dragEnterEvent(enter)
    assert enter.isAccepted()
    grid.dragMoveEvent(QDragMoveEvent(place, copy, data, left, none))
    assert grid._mark.isVisible()
    grid.dropEvent(QDropEvent(QPointF(place), copy, data, left, none))
    assert not grid._mark.isVisible()


def composed(bench: Bench) -> dict[str, tuple[str, ...]]:
    return {
        card.title: tuple(line.tag for line in card.lines)
        for card in bench.workspace.state.composed
    }


def find(menu: QMenu, *texts: str) -> QAction:
    """An action by the beginnings of its text and of the menus it is in."""
    found = next(a for a in menu.actions() if a.text().startswith(texts[0]))
    if len(texts) == 1:
        return found
    below = found.menu()
    assert isinstance(below, QMenu)
    return find(below, *texts[1:])


def plot(bench: Bench, *tags: str) -> ScalarCard:
    key = bench.view.edits.plot_together(tags)
    bench.qtbot.waitUntil(bench.view.is_settled)
    return bench.cards()[key]


def test_a_tag_dropped_on_a_card_makes_a_composed_one(bench: Bench) -> None:
    loss = bench.cards()["train/loss"]
    drop(bench, ["val/loss"], loss.geometry().center())
    assert composed(bench) == {"loss: train, val": ("train/loss", "val/loss")}
    # The card it fell on stays, and the new one stands in a group of its own.
    assert bench.titles()[0][0] == "Composed"
    assert "train/loss" in bench.cards()
    made = bench.card("loss: train, val")
    assert [(c.run_id, c.tag) for c in made.chart.curves()] == [
        (0, "train/loss"),
        (1, "train/loss"),
        (0, "val/loss"),
        (1, "val/loss"),
    ]
    drop(bench, ["lr", "lr"], made.geometry().center())
    assert composed(bench) == {"train/loss, val/loss, lr": ("train/loss", "val/loss", "lr")}
    bench.workspace.undo_stack.undo()
    assert composed(bench) == {"loss: train, val": ("train/loss", "val/loss")}
    assert bench.card("loss: train, val").legend().entries()[1].tag == "val/loss"
    bench.workspace.undo_stack.undo()
    assert not bench.workspace.state.composed
    assert bench.titles()[0][0] != "Composed"


def test_tags_dropped_beside_cards_make_a_new_one(bench: Bench) -> None:
    below = QPoint(20, bench.view.grid.viewport().height() - 4)
    assert not bench.view.grid.key_at(below)
    drop(bench, ["lr", "train/acc"], below)
    assert composed(bench) == {"lr, acc": ("lr", "train/acc")}


@pytest.mark.parametrize("nonsense", [{"a": 1}, [1, None], ["no such tag"], "lr", []])
def test_what_another_program_drops_does_no_harm(bench: Bench, nonsense: object) -> None:
    drop(bench, nonsense, bench.cards()["lr"].geometry().center())
    assert not bench.workspace.state.composed


def test_other_things_are_not_taken(bench: Bench) -> None:
    data = QMimeData()
    data.setText("lr")
    event = QDragEnterEvent(
        QPoint(5, 5),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    bench.view.grid.dragEnterEvent(event)
    assert not event.isAccepted()


def test_tags_have_a_legend_that_tells_them_apart(bench: Bench) -> None:
    card = plot(bench, "train/loss", "train/acc")
    entries = card.legend().entries()
    assert [entry.name for entry in entries] == ["loss", "acc"]
    assert len({(entry.dash, entry.shape) for entry in entries}) == 2
    assert card.legend().isVisible()
    assert not bench.cards()["lr"].legend().isVisible()
    assert not card.legend().grab().isNull()


def test_the_legend_brings_the_lines_of_a_tag_forward(bench: Bench) -> None:
    card = plot(bench, "train/loss", "train/acc")
    legend, chart = card.legend(), card.chart
    by_tag = {
        tag: frozenset(c.series_id for c in chart.curves() if c.tag == tag)
        for tag in ("train/loss", "train/acc")
    }
    assert [len(found) for found in by_tag.values()] == [2, 2]
    boxes = {entry.tag: box.center().toPoint() for box, entry, _text in legend._shown}
    for tag, place in boxes.items():
        bench.qtbot.mouseMove(legend, place)
        assert chart._highlight == by_tag[tag]
    bench.qtbot.mouseMove(legend, QPoint(legend.width() - 2, 4))
    assert chart._highlight == frozenset()


def test_a_run_brings_all_its_lines_forward(bench: Bench) -> None:
    card = plot(bench, "train/loss", "train/acc")
    run = bench.store.runs[1]
    bench.workspace.hover(run.id)
    lit = frozenset(c.series_id for c in card.chart.curves() if c.run_id == run.id)
    assert len(lit) == 2
    assert card.chart._highlight == lit


def test_the_menu_moves_a_line_to_the_right_axis_and_takes_it_out(bench: Bench) -> None:
    card = plot(bench, "train/loss", "lr")
    find(card_menu(bench.view, card), "Right axis", "lr").trigger()
    curves = bench.cards()[card.tag].chart.curves()
    assert {curve.tag: curve.axis for curve in curves} == {"train/loss": "left", "lr": "right"}
    assert "right axis" in card.legend().toolTip()
    find(card_menu(bench.view, card), "Remove a tag", "train/loss").trigger()
    assert composed(bench) == {"lr": ("lr",)}
    # The last line takes the card with it.
    find(card_menu(bench.view, card), "Remove a tag", "lr").trigger()
    assert not bench.workspace.state.composed


def test_a_card_is_renamed_saved_as_a_layout_copied_and_removed_by_key(bench: Bench) -> None:
    card = plot(bench, "train/loss", "lr")
    card.chart.focused.emit()
    bench.command("rename").run()
    editor = card._editor
    assert editor is not None
    editor.field.selectAll()
    QTest.keyClicks(editor.field, "Progress")
    QTest.keyClick(editor.field, Qt.Key.Key_Return)
    assert composed(bench) == {"Progress": ("train/loss", "lr")}
    bench.command("layout").run()
    editor = card._editor
    assert editor is not None
    QTest.keyClicks(editor.field, "My layout")
    QTest.keyClick(editor.field, Qt.Key.Key_Return)
    assert bench.titles()[0][0] == "My layout"
    bench.qtbot.waitUntil(bench.view.is_settled)
    bench.card("Progress").chart.focused.emit()
    bench.command("duplicate").run()
    assert list(composed(bench)) == ["Progress", "Progress (copy)"]
    bench.qtbot.waitUntil(bench.view.is_settled)
    copy = bench.card("Progress (copy)")
    assert bench.view.current_card() is copy
    bench.command("remove").run()
    assert list(composed(bench)) == ["Progress"]


def test_escape_drops_what_was_typed(bench: Bench) -> None:
    card = plot(bench, "train/loss", "lr")
    card.chart.focused.emit()
    bench.command("rename").run()
    editor = card._editor
    assert editor is not None
    QTest.keyClicks(editor.field, "nonsense")
    QTest.keyClick(editor.field, Qt.Key.Key_Escape)
    assert list(composed(bench)) == ["loss, lr"]
    assert card._editor is None or not card._editor.isVisible()


def test_commands_for_composed_cards_need_one(bench: Bench) -> None:
    bench.cards()["lr"].chart.focused.emit()
    command = bench.command("remove")
    assert not command.enabled()
    assert command.reason is not None
    assert command.reason() == "Point at a composed chart first"


def test_a_tag_is_added_from_a_list_one_searches(bench: Bench) -> None:
    bench.cards()["lr"].chart.focused.emit()
    bench.command("add_tag").run()
    palette = bench.view.window().findChild(CommandPalette)
    assert palette is not None
    assert "lr" not in {entry.title for entry in palette._entries}
    QTest.keyClicks(palette._box, "valloss")
    QTest.keyClick(palette._box, Qt.Key.Key_Return)
    assert composed(bench) == {"lr, loss": ("lr", "val/loss")}


def test_a_composed_card_is_pinned_and_leaves_the_pins_with_itself(bench: Bench) -> None:
    card = plot(bench, "train/loss", "lr")
    card.ask("pin")
    assert bench.titles()[0] == ("Pinned", ("\0" + card.tag,))
    bench.view.edits.remove_card(card.tag)
    assert not bench.workspace.state.pinned_tags
    bench.workspace.undo_stack.undo()
    assert bench.titles()[0][0] == "Pinned"


def test_layouts_from_logs_are_groups(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    cards = (
        Card(LOGGED + "1", "Both losses", (CardLine("train/l|val/", is_pattern=True),)),
        Card(LOGGED + "2", "Wrong", (CardLine("loss(", is_pattern=True),)),
        Card(LOGGED + "3", "Band", (), (Margin("lr", "lower", "upper"),)),
        Card(LOGGED + "4", "Nothing", (CardLine("nowhere", is_pattern=True),)),
    )
    groups = (LayoutGroup("Overview", cards), LayoutGroup("Closed", cards[:1], closed=True))
    monkeypatch.setattr(bench.view._layouts, "_groups", groups)
    bench.view._layouts.changed.emit()
    bench.qtbot.waitUntil(bench.view.is_settled)
    # A card with nothing to show and nothing to say is left out.
    assert bench.titles()[0] == ("Overview", tuple(card.key for card in cards[:3]))
    assert bench.titles()[1] == ("Closed", (cards[0].key,))
    assert bench.view.grid.groups()[1].collapsed
    tags = {curve.tag for curve in bench.card("Both losses").chart.curves()}
    assert tags == {"train/loss", "val/loss"}
    assert "no valid pattern" in bench.card("Wrong").message()
    assert "lower, upper" in bench.card("Band").message()
    heard: list[Card] = []
    bench.workspace.selected_card_changed.connect(heard.append)
    first = bench.card("Both losses")
    first.clicked.emit(first.key)
    assert heard == [cards[0]]
    # As one's own it may be changed.
    bench.view.edits.add_tags(cards[0].key, ["lr"])
    assert [line.tag for line in bench.workspace.state.composed[0].lines] == [
        "train/l|val/",
        "lr",
    ]
    bench.workspace.edit("Hide", show_layouts=False)
    assert "Overview" not in dict(bench.titles())


def test_a_derived_series_has_a_card_in_the_group_of_its_name(bench: Bench) -> None:
    bench.workspace.edit("Derive", derived=(Derived("train/gap", "`val/loss` - `train/loss`"),))
    bench.qtbot.waitUntil(lambda: len(bench.cards()["train/gap"].chart.curves()) == 2)
    assert dict(bench.titles())["train"] == ("train/acc", "train/gap", "train/loss")
    card = bench.cards()["train/gap"]
    assert card._mark.isVisible()
    assert "`val/loss` - `train/loss`" in card._title.toolTip()
    assert not bench.cards()["train/loss"]._mark.isVisible()
    bench.workspace.edit("Derive", derived=(Derived("train/gap", "`val/loss` -"),))
    assert bench.cards()["train/gap"].message()


def test_empty_cards_are_shown_when_asked_for(bench: Bench) -> None:
    bench.workspace.set_shown(["/logs/a", "/logs/b"], False)
    assert not bench.titles()
    bench.workspace.edit("Show", hide_empty=False)
    bench.qtbot.waitUntil(bench.view.is_settled)
    assert bench.cards()["lr"].message() == "None of the runs shown has it"
    bench.workspace.set_shown(["/logs/a"], True)
    assert bench.cards()["lr"].message() == ""
    assert list(bench.curves("lr")) == ["a"]


def test_the_menu_of_a_group(bench: Bench) -> None:
    group = next(g for g in bench.view.grid.groups() if g.title == "train")
    find(group_menu(bench.view, group), "Same vertical range").trigger()
    assert bench.workspace.state.same_y == {"train"}
    assert next(g for g in bench.view.grid.groups() if g.title == "train").subtitle == (
        "2 charts · same range"
    )
    find(group_menu(bench.view, group), "Fold").trigger()
    assert bench.view.is_folded("train")
    assert COMPOSED_GROUP not in bench.view.group_names()


def test_layouts_go_through_a_file_to_other_logs(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "layouts.json")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (path, ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (path, ""))
    told: list[str] = []
    monkeypatch.setattr(QMessageBox, "warning", lambda *texts: told.append(texts[-1]))
    assert not bench.command("save_layouts").enabled()
    bench.command("load_layouts").run()
    assert told
    assert "can't be read" in told.pop()
    plot(bench, "train/loss", "lr")
    bench.command("save_layouts").run()
    bench.workspace.edit("Clear", composed=())
    bench.command("load_layouts").run()
    assert composed(bench) == {"loss, lr": ("train/loss", "lr")}
    bench.command("load_layouts").run()
    assert len(bench.workspace.state.composed) == 1
    assert not told


def test_a_composed_card_grows_with_its_tags(bench: Bench) -> None:
    card = plot(bench, "train/loss", "lr")
    series = bench.store.find(0, "lr", Kind.SCALAR)
    assert series is not None
    series.append(np.array([20, 21]), np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    bench.store.mark_grown([series.id])
    bench.changed()

    def lengths() -> dict[str, int]:
        return {c.tag: len(c.values) for c in card.chart.curves() if c.run_id == 0}

    bench.qtbot.waitUntil(lambda: lengths() == {"train/loss": 20, "lr": 22})


def test_the_legend_cuts_names_and_counts_what_it_leaves_out(bench: Bench) -> None:
    card = plot(bench, "train/loss", "train/acc", "val/loss", "lr")
    legend = card.legend()
    legend.resize(420, 20)
    names = [text for _box, _entry, text in legend._shown]
    assert names == ["train/loss", "train/acc", "val/loss", "lr"]
    legend.resize(170, 20)
    assert 1 <= len(legend._shown) < 4
    assert legend._rest == f"+{4 - len(legend._shown)}"
    assert all(box.right() <= 170 for box, _entry, _text in legend._shown)
