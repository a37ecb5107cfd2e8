"""What charts share: crosshair, zoom, range, step, vertical ranges; order, pins and notes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from eventglass.app.core.names import Kind
from eventglass.app.core.plugins.text import Text
from eventglass.app.models.cards import Annotation, XRange
from eventglass.widgets.plots import chart as chart_module
from eventglass.widgets.plots.chart import Chart, ViewRange
from eventglass.widgets.views.scalar_menus import card_menu
from eventglass.widgets.views.scalar_notes import short_text
from tests.widgets.scalar_bench import Bench, line, open_bench
from tests.widgets.test_composed_cards import find


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    points = {
        ("a", "g/one"): line(np.linspace(0.0, 1.0, 101).tolist()),
        ("b", "g/one"): line(np.linspace(0.0, 2.0, 101).tolist(), gap_s=2.0),
        ("a", "g/two"): line(np.linspace(5.0, 7.0, 101).tolist()),
        ("a", "h/three"): line(np.linspace(-1.0, 0.0, 101).tolist()),
    }
    with open_bench(qtbot, tmp_path, points) as bench:
        bench.workspace.edit("Plain", smoothing=0.0, ignore_outliers=False)
        yield bench


def calls(monkeypatch: pytest.MonkeyPatch, name: str) -> list[tuple[Chart, tuple[Any, ...]]]:
    """Write down the calls of a method of charts."""
    found: list[tuple[Chart, tuple[Any, ...]]] = []
    real = getattr(Chart, name)

    def note(chart: Chart, *arguments: Any) -> None:
        found.append((chart, arguments))
        real(chart, *arguments)

    monkeypatch.setattr(Chart, name, note)
    return found


def test_the_crosshair_follows_in_all_other_charts(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = calls(monkeypatch, "set_crosshair")
    source = bench.cards()["g/one"].chart
    QTest.mouseMove(source, bench.place(bench.cards()["g/one"], 40.0))
    bench.qtbot.waitUntil(lambda: len(told) >= 2)
    assert {chart for chart, _ in told} == {
        bench.cards()["g/two"].chart,
        bench.cards()["h/three"].chart,
    }
    assert told[-1][1][0] == pytest.approx(40.0, abs=1.0)
    told.clear()
    source.hovered.emit(None)
    assert {arguments for _, arguments in told} == {(None,)}


@pytest.mark.parametrize("axis", ["step", "relative", "run_relative", "wall", "tag"])
def test_a_click_moves_the_shared_step_on_every_axis(bench: Bench, axis: str) -> None:
    bench.workspace.edit("Axis", x_axis=axis, x_tag="h/three")
    bench.workspace.set_shown(["/logs/b"], False)
    bench.qtbot.waitUntil(bench.view.is_settled)
    card = bench.cards()["g/two"]
    curve = card.chart.curves()[0]
    x = {
        "step": 30.0,
        "relative": 30.0,
        "run_relative": 30.0,
        "wall": 1.7e9 + 30.0,
        "tag": -0.7,
    }[axis]
    assert axis != "tag" or curve.xs is not None
    QTest.mouseClick(
        card.chart, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, bench.place(card, x)
    )
    step = bench.workspace.state.step
    assert step is not None
    assert abs(step - 30) <= 1
    # The cursor stands there in the others, too: one run, one place.
    assert bench.cards()["g/one"].chart._cursor_x is not None


def test_lines_that_have_a_step_at_different_times_have_no_common_cursor(bench: Bench) -> None:
    bench.workspace.edit("Axis", x_axis="relative")
    bench.workspace.set_step(50)
    assert bench.cards()["g/one"].chart._cursor_x is None
    assert bench.cards()["g/two"].chart._cursor_x == pytest.approx(50.0)
    # The selected run says where.
    bench.workspace.select(1)
    assert bench.cards()["g/one"].chart._cursor_x == pytest.approx(100.0)


def test_zoom_in_x_is_shared_when_switched_on(bench: Bench) -> None:
    cards = bench.cards()
    one, two = cards["g/one"].chart, cards["g/two"].chart
    whole = two.view()
    one.choose(ViewRange(20.0, 40.0, 0.0, 1.0))
    assert two.view() == whole
    bench.command("share_x").run()
    one.choose(ViewRange(20.0, 60.0, 0.0, 1.0))
    assert (two.view().x0, two.view().x1) == (20.0, 60.0)
    # y is automatic for what is seen of x.
    assert two.view().y1 < 7.0
    assert bench.workspace.state.shared_x == XRange("step", 20.0, 60.0)
    bench.workspace.edit_card("Lock", "h/three", locked=True)
    before = cards["h/three"].chart.view()
    one.choose(ViewRange(10.0, 60.0, 0.0, 1.0))
    assert cards["h/three"].chart.view() == before
    one.fit()
    assert bench.workspace.state.shared_x is None
    assert two.view() == whole
    bench.workspace.edit("Axis", x_axis="wall")
    assert not two.is_zoomed()


def test_a_zoom_is_kept_while_its_card_is_out_of_view(bench: Bench) -> None:
    bench.cards()["g/one"].chart.choose(ViewRange(20.0, 60.0, 0.0, 1.0))
    bench.workspace.edit("Filter", tag_filter="three")
    assert set(bench.cards()) == {"h/three"}
    assert not bench.cards()["h/three"].chart.is_zoomed()
    bench.workspace.edit("Filter", tag_filter="")
    bench.qtbot.waitUntil(bench.view.is_settled)
    assert bench.cards()["g/one"].chart.view() == ViewRange(20.0, 60.0, 0.0, 1.0)


def test_a_range_is_shared_and_cleared_by_escape(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = calls(monkeypatch, "set_selection")
    bench.cards()["g/one"].chart.range_selected.emit(60.0, 20.0)
    assert bench.workspace.state.selection == XRange("step", 20.0, 60.0)
    assert {(chart.accessibleName(), *arguments) for chart, arguments in told} == {
        (f"Chart of {tag}", 20.0, 60.0) for tag in ("g/one", "g/two", "h/three")
    }
    told.clear()
    bench.workspace.edit("Axis", x_axis="wall")
    assert {arguments for _, arguments in told} == {(None,)}
    bench.workspace.edit("Axis", x_axis="step")
    assert told[-1][1] == (20.0, 60.0)
    bench.cards()["g/one"].chart.setFocus()
    QTest.keyClick(bench.cards()["g/one"].chart, Qt.Key.Key_Escape)
    assert bench.workspace.state.selection is None


def test_a_range_is_selected_from_here_to_here_by_commands(bench: Bench) -> None:
    assert not bench.command("clear_range").enabled()
    card = bench.cards()["g/one"]
    card.chart.focused.emit()
    card.chart.hovered.emit(30.0)
    bench.command("range_from").run()
    card.chart.hovered.emit(50.0)
    bench.command("range_to").run()
    assert bench.workspace.state.selection == XRange("step", 30.0, 50.0)
    # Without the pointer it is the step cursor that counts.
    card.chart.hovered.emit(None)
    bench.workspace.set_step(10)
    bench.command("range_from").run()
    assert bench.workspace.state.selection == XRange("step", 10.0, 50.0)
    bench.command("clear_range").run()
    assert bench.workspace.state.selection is None


def test_a_group_has_one_vertical_range_when_asked_for(bench: Bench) -> None:
    cards = bench.cards()
    own = cards["g/two"].chart.view()
    cards["g/two"].chart.focused.emit()
    bench.command("same_y").run()
    one, two = cards["g/one"].chart, cards["g/two"].chart
    bench.qtbot.waitUntil(lambda: one.view().y1 >= 7.0)
    assert (one.view().y0, one.view().y1) == (two.view().y0, two.view().y1)
    assert two.view().y0 <= 0.0
    assert cards["h/three"].chart.view().y1 < 1.0
    checked = bench.command("same_y").checked
    assert checked is not None
    assert checked()
    bench.command("same_y").run()
    assert two.view() == own


def test_what_charts_share_waits_for_ranges_found_in_the_thread(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = (bench.cards()[key].chart for key in ("g/one", "g/two"))
    bench.qtbot.waitUntil(lambda: not one.is_waiting())
    with monkeypatch.context() as patch:
        patch.setattr(chart_module, "is_far", lambda *_args: True)
        bench.cards()["g/two"].chart.focused.emit()
        bench.workspace.edit("Width", line_width=3.0)
        bench.command("same_y").run()
        assert one.is_waiting()
        one.set_y_range_shared(-100.0, 100.0)
        bench.qtbot.waitUntil(lambda: one._range.shared == two._range.shared is not None)
        bench.qtbot.waitUntil(lambda: not one.is_waiting() and not two.is_waiting())
        assert (one.view().y0, one.view().y1) == (two.view().y0, two.view().y1)
        assert 7.0 <= one.view().y1 < 20.0
        # A window of x is there at once, its range of values follows.
        bench.workspace.edit("Zoom", share_x=True, shared_x=XRange("step", 10.0, 20.0))
        assert one.x_zoom() == two.x_zoom() == (10.0, 20.0)


def test_typed_ranges_and_scales_belong_to_the_card(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = bench.cards()["g/one"]
    card.chart.range_typed.emit("y", 0.5, None)
    card.chart.range_typed.emit("x", 10.0, 20.0)
    options = bench.workspace.state.options_of("g/one")
    assert (options.y_range, options.x_range, options.x_range_of) == (
        (0.5, None),
        (10.0, 20.0),
        "step",
    )
    assert card.chart.view().x0 == pytest.approx(10.0)
    # A range of steps says nothing of moments.
    bench.workspace.edit("Axis", x_axis="wall")
    assert card.chart.view().x0 > 1e9
    bench.workspace.edit("Axis", x_axis="step")
    find(card_menu(bench.view, card), "Axes", "Automatic ranges").trigger()
    assert not bench.workspace.state.card_options
    told = calls(monkeypatch, "set_y_scale")
    find(card_menu(bench.view, card), "Axes", "Symmetric").trigger()
    assert (card.chart, ("symlog",)) in told
    find(card_menu(bench.view, card), "Axes", "Lock").trigger()
    assert bench.workspace.state.options_of("g/one").locked
    assert card.flag("lock")


# -- order


def test_cards_are_moved_by_key_and_back(bench: Bench) -> None:
    bench.cards()["g/one"].chart.focused.emit()
    bench.command("move_right").run()
    assert dict(bench.titles())["g"] == ("g/two", "g/one")
    assert bench.view.current_card() is bench.cards()["g/one"]
    bench.command("move_first").run()
    assert dict(bench.titles())["g"] == ("g/one", "g/two")
    bench.command("move_last").run()
    bench.command("reset_order").run()
    assert dict(bench.titles())["g"] == ("g/one", "g/two")
    bench.workspace.undo_stack.undo()
    assert dict(bench.titles())["g"] == ("g/two", "g/one")


def test_a_card_is_dragged_by_its_title(bench: Bench) -> None:
    one, two = bench.cards()["g/one"], bench.cards()["g/two"]
    start = QPoint(60, 14)
    end = one.mapFromGlobal(two.mapToGlobal(QPoint(two.width() - 20, 60)))
    QTest.mousePress(one, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    QTest.mouseMove(one, start + QPoint(30, 0))
    QTest.mouseMove(one, end)
    assert bench.view.grid.is_dragging
    assert bench.view.grid._mark.isVisible()
    QTest.mouseRelease(one, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, end)
    assert not bench.view.grid.is_dragging
    assert dict(bench.titles())["g"] == ("g/two", "g/one")


def test_escape_leaves_a_dragged_card_where_it_was(bench: Bench) -> None:
    one, two = bench.cards()["g/one"], bench.cards()["g/two"]
    place = two.mapToGlobal(QPoint(two.width() - 20, 60))
    bench.view.grid.drag_card(one.key, place)
    bench.view.step_back()
    assert not bench.view.grid.is_dragging
    bench.view.grid.drop_card(one.key, place)
    assert dict(bench.titles())["g"] == ("g/one", "g/two")


def test_a_card_does_not_leave_its_group(bench: Bench) -> None:
    one, three = bench.cards()["g/one"], bench.cards()["h/three"]
    place = three.mapToGlobal(three.rect().center())
    bench.view.grid.drag_card(one.key, place)
    assert not bench.view.grid._mark.isVisible()
    bench.view.grid.drop_card(one.key, place)
    assert not bench.workspace.state.card_orders


def test_pins_keep_their_own_order(bench: Bench) -> None:
    for tag in ("h/three", "g/one"):
        bench.cards()[tag].ask("pin")
    assert bench.titles()[0] == ("Pinned", ("\0h/three", "\0g/one"))
    bench.view.edits.move("\0g/one", "first")
    assert bench.workspace.state.pinned_tags == ("g/one", "h/three")
    bench.command("unpin_all").run()
    assert bench.titles()[0][0] == "g"


# -- notes


def test_a_note_is_written_at_the_cursor_and_changed_and_removed(bench: Bench) -> None:
    card = bench.cards()["g/one"]
    card.chart.focused.emit()
    bench.workspace.set_step(30)
    bench.command("note").run()
    editor = card._editor
    assert editor is not None
    assert "step 30" in editor.field.placeholderText()
    # Letters are text here, not commands.
    QTest.keyClicks(editor.field, "new learning rate")
    QTest.keyClick(editor.field, Qt.Key.Key_Return)
    assert bench.workspace.state.annotations == (Annotation(30, "new learning rate"),)
    flags = [card.flags for card in bench.view.cards()]
    assert flags == [[0], [0], [0]]
    card.chart.note_clicked.emit(0)
    editor = card._editor
    assert editor is not None
    assert editor.toggle is not None
    editor.toggle.setChecked(False)
    QTest.keyClicks(editor.field, "only here")
    QTest.keyClick(editor.field, Qt.Key.Key_Return)
    assert bench.workspace.state.annotations == (Annotation(30, "only here", "g/one"),)
    assert [card.flags for card in bench.view.cards()] == [[0], [], []]
    find(card_menu(bench.view, card), "Notes", "30", "Remove").trigger()
    assert not bench.workspace.state.annotations
    bench.workspace.undo_stack.undo()
    assert len(bench.workspace.state.annotations) == 1


def test_an_empty_note_is_none_and_removes_one(bench: Bench) -> None:
    card = bench.cards()["g/one"]
    editor = bench.view.edits.add_note(card, 10.0)
    assert editor is not None
    QTest.keyClick(editor.field, Qt.Key.Key_Return)
    assert not bench.workspace.state.annotations
    bench.workspace.edit("Note", annotations=(Annotation(10, "text"),))
    editor = bench.view.edits.edit_note(card, 0)
    assert editor is not None
    editor.field.clear()
    QTest.keyClick(editor.field, Qt.Key.Key_Return)
    assert not bench.workspace.state.annotations


def test_entries_of_text_tags_stand_as_events(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = bench.store
    series = store.add_series(0, "log", Kind.TEXT)
    assert series is not None
    series.append(
        np.array([10, 20]),
        np.array([1.7e9 + 10, 1.7e9 + 20]),
        *(np.zeros(2, t) for t in (np.uint32, np.uint64, np.uint64)),
    )
    texts = {0: Text(np.array("epoch\n done", object)), 1: Text(np.array("x" * 999, object))}
    cache = bench.view.context.payloads.cache
    monkeypatch.setattr(cache, "read", lambda _series, index: texts[index])
    bench.changed()
    bench.workspace.edit("Events", event_tags=frozenset({"log"}))
    bench.qtbot.waitUntil(lambda: len(bench.cards()["g/one"].flags) == 2)
    notes = calls(monkeypatch, "set_annotations")
    bench.view._drawing.show_notes()
    shown = {chart: arguments[0] for chart, arguments in notes}
    flags = shown[bench.cards()["g/one"].chart]
    assert [(flag.x, flag.is_event) for flag in flags] == [(10.0, True), (20.0, True)]
    assert flags[0].text.startswith("epoch done\n")
    assert len(flags[1].text) < 400
    went: list[tuple[str, str]] = []
    bench.workspace.tag_requested.connect(lambda *tag: went.append(tag))
    bench.cards()["g/one"].chart.note_clicked.emit(1)
    assert went == [("log", "text")]
    assert bench.workspace.state.step == 20
    bench.workspace.set_shown(["/logs/a"], False)
    bench.qtbot.waitUntil(lambda: not bench.cards()["g/one"].flags)


def test_texts_of_any_shape_are_one_line() -> None:
    assert short_text(Text(np.array([["a", "b\t\nc"]], object))) == "a b c"
    assert short_text(Text(np.array([], object))) == ""


def test_differing_tags_are_left_alone(bench: Bench) -> None:
    series = bench.store.find(0, "h/three", Kind.SCALAR)
    assert series is not None
    twin = bench.store.add_series(1, "h/three", Kind.SCALAR)
    assert twin is not None
    twin.append(*(column for column in _columns(series.scalars())))
    bench.changed()
    bench.workspace.edit("Differing", only_differing=True)
    bench.qtbot.waitUntil(lambda: "h/three" not in bench.cards())
    assert set(bench.cards()) == {"g/one", "g/two"}
    bench.workspace.set_shown(["/logs/b"], False)
    assert "h/three" in bench.cards()


def _columns(snapshot: Any) -> tuple[Any, Any, Any]:
    return snapshot.steps, snapshot.wall_times, snapshot.values


# -- a card that fills the view


def test_the_table_of_values_stands_below_a_card_that_fills_the_view(bench: Bench) -> None:
    bench.cards()["g/one"].ask("maximise")
    table = bench.view._detail.table
    assert table is not None
    assert table.isVisible()
    assert table.card is not None
    assert table.card.key == "g/one"
    bench.view._detail.setSizes([400, 300])
    bench.view._detail.splitterMoved.emit(400, 1)
    assert bench.view.state()["table_height"] == table.height()
    bench.view.step_back()
    assert not table.isVisible()
    bench.view.restore({"maximised": "g/two", "table_height": "nonsense"})
    assert table.card is not None
    assert table.card.key == "g/two"
    bench.workspace.edit("Filter", tag_filter="three")
    assert not table.isVisible()
