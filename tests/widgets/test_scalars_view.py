"""The scalars view on stores filled by hand: which charts there are and what they are given."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from eventglass.app.core.names import Kind
from eventglass.widgets.plots import line_book
from eventglass.widgets.plots.curve_layer import ViewRange
from eventglass.widgets.view import Reason
from eventglass.widgets.views import scalar_drawing
from eventglass.widgets.views.scalar_card import ScalarCard
from tests.widgets.scalar_bench import Bench, line, open_bench


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    rng = np.random.default_rng(0)
    points = {
        ("a", "train/loss"): line(rng.normal(size=50).tolist()),
        ("b", "train/loss"): line(rng.normal(size=30).tolist()),
        ("b", "train/lr"): line([0.1] * 5),
        ("a", "epoch"): line([1.0, 2.0, 3.0]),
        ("c", "restarted"): [
            *line([1.0, 2.0, 3.0, 4.0, 5.0]),
            *[(2, 1.8e9, 9.0), (3, 1.8e9 + 1, 10.0)],
        ],
    }
    with open_bench(qtbot, tmp_path, points) as bench:
        yield bench


def test_a_card_per_tag_and_a_line_per_run(bench: Bench) -> None:
    assert set(bench.cards()) == {"epoch", "restarted", "train/loss", "train/lr"}
    curves = bench.curves("train/loss")
    assert list(curves) == ["a", "b"]
    assert len(curves["a"].values) == 50
    assert curves["a"].colour == bench.workspace.colour(0)
    assert curves["a"].smoothed is not None


def test_cards_of_very_many_lines_are_drawn_in_slices(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.workspace.edit("Pin", pinned_tags=("train/loss",))
    bench.qtbot.waitUntil(bench.view.is_settled)
    monkeypatch.setattr(scalar_drawing, "LINES_A_TURN", 0)
    monkeypatch.setattr(scalar_drawing, "SLICE_S", 0.0)
    monkeypatch.setattr(line_book, "_STEP", 1)
    before = {card.key: card.chart.curves() for card in bench.view.cards()}
    bench.workspace.edit("Width", line_width=3.0)
    # Until they are made the lines of before stay.
    assert {card.key: card.chart.curves() for card in bench.view.cards()} == before
    bench.qtbot.waitUntil(bench.view.is_settled)
    assert len(before) == 5
    for card in bench.view.cards():
        assert len(card.chart.curves()) == len(before[card.key])
        assert {curve.width for curve in card.chart.curves()} == {3.0}


def test_a_choice_between_two_slices_counts(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scalar_drawing, "LINES_A_TURN", 0)
    monkeypatch.setattr(scalar_drawing, "SLICE_S", 0.0)
    monkeypatch.setattr(line_book, "_STEP", 1)
    bench.workspace.edit("Width", line_width=3.0)
    bench.qtbot.waitUntil(lambda: bench.view._drawing._making is not None)
    bench.workspace.edit("X", x_axis="wall")
    bench.workspace.edit("Hide", hidden_runs=frozenset({bench.store.runs[0].key}))
    bench.qtbot.waitUntil(bench.view.is_settled)
    assert list(bench.curves("train/loss")) == ["b"]
    assert bench.cards()["train/loss"].chart.x_kind() == "wall"


def test_smoothing_is_what_tensorboard_does(bench: Bench) -> None:
    bench.workspace.edit("Smooth", smoothing=0.9)
    curve = bench.curves("train/loss")["a"]
    last, expected = 0.0, []
    for n, value in enumerate(curve.values, 1):
        last = last * 0.9 + (1 - 0.9) * value
        expected.append(last / (1 - 0.9**n))
    assert curve.smoothed is not None
    np.testing.assert_allclose(curve.smoothed, expected, rtol=1e-12)
    bench.workspace.edit("Smooth", smoothing=0.0)
    assert bench.curves("train/loss")["a"].smoothed is None


def test_a_constant_line_stays_as_it_is(bench: Bench) -> None:
    assert bench.curves("train/lr")["b"].smoothed is None


def test_superseded_points_are_hidden_until_asked_for(bench: Bench) -> None:
    [curve] = bench.curves("restarted").values()
    assert curve.pieces.tolist() == [[0, 2], [5, 7]]
    assert curve.joined
    assert "3 superseded points are hidden" in bench.cards()["restarted"].notes()[0]
    bench.workspace.edit("Restarts", restarts="split")
    [curve] = bench.curves("restarted").values()
    assert curve.pieces.tolist() == [[0, 5], [5, 7]]
    assert not curve.joined
    assert not bench.cards()["restarted"].notes()


def test_growth_reaches_the_chart(bench: Bench, qtbot: QtBot) -> None:
    series = bench.store.find(0, "train/loss", Kind.SCALAR)
    assert series is not None
    series.append(np.array([50, 51]), np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    bench.store.mark_grown([series.id])
    bench.changed()
    qtbot.waitUntil(lambda: len(bench.curves("train/loss")["a"].values) == 52)


def test_new_runs_and_tags_get_cards(bench: Bench) -> None:
    run = bench.store.add_run(0, "/logs/d", "d", "/logs/d")
    series = bench.store.add_series(run.id, "train/new", Kind.SCALAR)
    assert series is not None
    series.append(np.array([1]), np.array([1.0]), np.array([3.0]))
    bench.store.mark_grown([series.id])
    bench.changed()
    assert list(bench.curves("train/new")) == ["d"]


def test_hidden_runs_leave_and_empty_cards_go(bench: Bench) -> None:
    bench.workspace.set_shown(["/logs/b"], False)
    assert list(bench.curves("train/loss")) == ["a"]
    assert "train/lr" not in bench.cards()
    bench.workspace.undo_stack.undo()
    assert list(bench.curves("train/loss")) == ["a", "b"]
    assert "train/lr" in bench.cards()


def test_a_hovered_run_comes_forward_everywhere(bench: Bench) -> None:
    bench.workspace.hover(1)
    found = bench.store.find(1, "train/loss", Kind.SCALAR)
    assert found is not None
    assert bench.cards()["train/loss"].chart._highlight == {found.id}
    assert bench.cards()["epoch"].chart._highlight == frozenset()
    bench.cards()["train/loss"].chart.curve_hovered.emit(None)
    assert bench.workspace.hovered_run == -1


def test_a_click_moves_the_shared_step(bench: Bench) -> None:
    bench.cards()["train/loss"].chart.x_clicked.emit(12.4)
    assert bench.workspace.state.step == 12
    assert bench.cards()["epoch"].chart._cursor_x == 12.0
    bench.workspace.edit("Axis", x_axis="wall")
    # Steps have the same wall time in all lines here: one place for the cursor.
    assert bench.cards()["train/loss"].chart._cursor_x == 1.7e9 + 12
    bench.cards()["train/loss"].chart.x_clicked.emit(1.7e9 + 20.4)
    assert bench.workspace.state.step == 20


def test_pin_log_wide_and_maximise(bench: Bench) -> None:
    card = bench.cards()["train/loss"]
    card.asked.emit("pin", card.key)
    keys = [key for key in bench.view.grid.all_keys() if key.endswith("train/loss")]
    assert len(keys) == 2
    card = bench.cards()["train/loss"]
    card.asked.emit("log", card.key)
    assert bench.workspace.state.options_of("train/loss").y_scale == "log"
    card.asked.emit("maximise", card.key)
    assert set(bench.cards()) == {"train/loss"}
    assert bench.view.state()["maximised"] == card.key
    bench.view.step_back()
    assert len(bench.cards()) > 1


def test_commands_mean_the_chart_last_reached(bench: Bench) -> None:
    bench.view._card_reached("")  # wherever the pointer happens to be
    commands = {command.id: command for command in bench.view.commands()}
    assert not commands["scalars.wide"].enabled()
    card = bench.cards()["train/lr"]
    card.chart.focused.emit()
    assert commands["scalars.wide"].enabled()
    commands["scalars.wide"].run()
    assert bench.workspace.state.options_of("train/lr").wide
    checked = commands["scalars.wide"].checked
    assert checked is not None
    assert checked()
    bench.workspace.edit("Filter", tag_filter="loss")
    assert not commands["scalars.wide"].enabled()


def test_fit_means_all_charts_until_one_is_reached(bench: Bench) -> None:
    bench.view._card_reached("")  # wherever the pointer happens to be
    commands = {command.id: command for command in bench.view.commands()}
    charts = [card.chart for card in bench.cards().values()]

    def zoom() -> None:
        for chart in charts:
            chart.set_view(ViewRange(1.0, 2.0, 0.0, 1.0))

    zoom()
    commands["scalars.fit"].run()
    assert not any(chart.is_zoomed() for chart in charts)
    zoom()
    charts[0].focused.emit()
    commands["scalars.fit"].run()
    assert [chart.is_zoomed() for chart in charts] == [False, True, True, True]
    commands["scalars.fit_all"].run()
    assert not any(chart.is_zoomed() for chart in charts)


def test_return_fills_the_view_and_escape_shows_all(bench: Bench) -> None:
    card = bench.cards()["train/loss"]
    QTest.keyClick(card.chart, Qt.Key.Key_Return)
    assert set(bench.cards()) == {"train/loss"}
    chart = bench.cards()["train/loss"].chart
    assert bench.view.focusWidget() is chart
    QTest.keyClick(chart, Qt.Key.Key_Escape)
    assert len(bench.cards()) == 4
    # The keys go on to mean the same chart.
    assert bench.view.focusWidget() is bench.cards()["train/loss"].chart


def test_the_tag_of_a_chart_that_is_clicked_is_selected(bench: Bench) -> None:
    told: list[tuple[str, str]] = []
    bench.workspace.selected_tag_changed.connect(lambda *tag: told.append(tag))
    bench.cards()["train/lr"].chart.x_clicked.emit(1.0)
    bench.cards()["epoch"].chart.curve_clicked.emit(0)
    bench.cards()["train/loss"].ask("maximise")
    assert told == [("train/lr", "scalar"), ("epoch", "scalar"), ("train/loss", "scalar")]


def test_groups_are_folded_together(bench: Bench) -> None:
    commands = {command.id: command for command in bench.view.commands()}
    commands["scalars.fold"].run()
    assert not bench.cards()
    commands["scalars.unfold"].run()
    assert len(bench.cards()) == 4


def test_it_tells_how_it_draws(bench: Bench, qtbot: QtBot) -> None:
    assert bench.view.renderer_name() == "raster"
    with qtbot.waitSignal(bench.view.renderer_changed):
        bench.view.context.settings.set("renderer", "raster")


def test_a_tag_that_is_asked_for_comes_into_view(bench: Bench) -> None:
    bench.workspace.edit("Fold", collapsed_groups={"train": True})
    assert "train/lr" not in bench.cards()
    bench.workspace.go_to_tag("train/lr", Kind.SCALAR)
    assert "train/lr" in bench.cards()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"tag_filter": "nothing like it"}, "No tag fits"),
        ({"hidden_runs": frozenset({"/logs/a", "/logs/b", "/logs/c"})}, "No run is shown"),
    ],
)
def test_an_empty_view_says_why(bench: Bench, change: dict[str, object], words: str) -> None:
    bench.workspace.edit("Change", **change)
    assert not bench.cards()
    assert words in bench.view._why_empty()[0]
    assert bench.view._stack.currentWidget() is bench.view._empty


def test_long_lines_are_smoothed_elsewhere_and_the_old_one_stays(
    bench: Bench, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = bench.curves("train/loss")["a"].smoothed
    monkeypatch.setattr(line_book, "AT_ONCE", 10)
    bench.workspace.edit("Smooth", smoothing=0.95)
    assert bench.curves("train/loss")["a"].smoothed is before

    def is_new() -> bool:
        smoothed = bench.curves("train/loss")["a"].smoothed
        return smoothed is not None and before is not None and smoothed[9] != before[9]

    qtbot.waitUntil(is_new)


def test_a_new_theme_reaches_the_charts(bench: Bench) -> None:
    bench.view.context.theme.set_scheme("dark")
    bench.view.update_content(Reason.THEME, None)
    surface = bench.cards()["epoch"].chart._colours.surface
    assert surface == bench.view.context.theme.colour("surface")
    # Cards that are out of view now are used again later.
    bench.view.grid.set_maximised("train/loss")
    bench.view.context.theme.set_scheme("light")
    bench.view.update_content(Reason.THEME, None)
    light = bench.view.context.theme.colour("surface")
    charts = [card.chart for card in bench.view.grid.all_cards() if isinstance(card, ScalarCard)]
    assert len(charts) > 1
    assert {chart._colours.surface.name() for chart in charts} == {light.name()}


def test_the_sign_of_a_problem_stays_one_in_another_theme(bench: Bench) -> None:
    card = bench.cards()["train/loss"]
    card.show_notes(["Something is missing"], warning=True)
    before = card._note.pixmap().toImage()
    card.setPalette(QPalette(QColor("#123456")))
    assert card._note.pixmap().toImage() == before
    card.show_notes(["Something is missing"])
    assert card._note.pixmap().toImage() != before


def test_with_many_lines_charts_follow_when_the_typing_rests(
    bench: Bench, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scalar_drawing, "MANY_LINES", 1)
    monkeypatch.setattr(scalar_drawing, "REST_MS", 50)
    chart = bench.cards()["train/loss"].chart
    bench.workspace.edit("Filter", run_filter="b")
    assert len(chart.curves()) == 2
    qtbot.waitUntil(lambda: [curve.label for curve in chart.curves()] == ["b"])


def test_a_filter_that_changes_nothing_draws_nothing(bench: Bench) -> None:
    names: set[str] = set()
    assert len(bench.workspace.visible_run_ids()) == 3
    bench.workspace.changed.connect(names.update)
    bench.workspace.edit("Filter", run_filter="[abc]")
    assert names == {"run_filter"}
    bench.workspace.edit("Filter", run_filter="[ab]")
    assert "visible_runs" in names


def test_cards_one_scrolls_to_are_drawn_a_turn_later(qtbot: QtBot, tmp_path: Path) -> None:
    points = {("a", f"tag {i:03}"): line([1.0, 2.0, 3.0]) for i in range(120)}
    with open_bench(qtbot, tmp_path, points, (1000, 700)) as bench:
        bar = bench.view.grid.verticalScrollBar()
        bar.setValue(bar.maximum() // 2)
        cards = bench.cards().values()
        # Titles are there at once, lines are not: the grid scrolls on meanwhile.
        assert all(card.accessibleName() == card.tag for card in cards)
        assert not any(card.chart.isVisible() for card in cards)
        qtbot.waitUntil(bench.view.is_settled)
        assert all(card.chart.isVisible() and card.chart.curves() for card in cards)
        assert len(bench.view.grid.all_cards()) < 40
