"""The views of histograms and distributions, on logs written by hand and on real ones."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from eventglass.app.core.names import Kind
from eventglass.app.core.reader import Reader
from eventglass.app.core.store import LogStore
from eventglass.app.models import histogram_data
from eventglass.app.models.cards import XRange
from eventglass.app.models.commands import Commands
from eventglass.app.models.payloads import Payloads
from eventglass.app.models.settings import Settings
from eventglass.app.models.tasks import Tasks
from eventglass.app.models.theme import Theme
from eventglass.app.models.view_registry import BUILT_IN
from eventglass.app.models.workspace import Workspace
from eventglass.widgets.plots.line_book import LineBook
from eventglass.widgets.view import Reason, ViewContext
from eventglass.widgets.views import histogram_commands
from eventglass.widgets.views.distributions import DistributionsView
from eventglass.widgets.views.histogram_card import DistributionCard, HistogramCard
from eventglass.widgets.views.histogram_cards import HistogramCardsView
from eventglass.widgets.views.histogram_controls import HistogramInspector, HistogramToolBar
from eventglass.widgets.views.histograms import HistogramsView
from tests.core.oracles import Item, expected, items
from tests.models import histogram_logs
from tests.models.histogram_logs import normal

RUNS = {
    "a": {
        "w/kernel": [(10 * i, normal(0.1 * i, 1.0)) for i in range(20)],
        "w/bias": [(0, normal(0.0, 1.0)), (1, None), (2, normal(1.0, 1.0))],
        "broken": [(0, None)],
        "empty": [(0, []), (1, [(0.0, 0.0, 0.0)] * 30)],
    },
    "b": {"w/kernel": [(10 * i, normal(3.0, 2.0)) for i in range(5)]},
}


@dataclass
class Bench:
    """Views and what they stand on."""

    store: LogStore
    workspace: Workspace
    context: ViewContext
    qtbot: QtBot
    views: list[HistogramCardsView]

    def show(self, kind: type[HistogramCardsView]) -> HistogramCardsView:
        view = kind(self.context)
        self.qtbot.addWidget(view)
        view.resize(1000, 800)
        view.show()
        self.views.append(view)
        self.settle(view)
        return view

    def histograms(self) -> HistogramsView:
        view = self.show(HistogramsView)
        assert isinstance(view, HistogramsView)
        return view

    def settle(self, view: HistogramCardsView) -> None:
        self.qtbot.waitUntil(view.is_settled)

    def option(self, view: HistogramCardsView, **fields: object) -> None:
        options = replace(self.workspace.state.histograms, **fields)  # type: ignore[arg-type]
        self.workspace.edit("options", histograms=options)
        self.settle(view)


def card(view: HistogramCardsView, tag: str, run: str = "") -> HistogramCard:
    for each in view.cards():
        if each.place is None or each.place.tag != tag:
            continue
        names = [name for name, _colour in view.runs_of(each.place)]
        if not run or names == [run]:
            assert isinstance(each, HistogramCard)
            return each
    raise AssertionError(f"no card of {tag} {run}")


def make_bench(folder: Path, settings: Path, qtbot: QtBot) -> Iterator[Bench]:
    store, reader = histogram_logs.opened(folder)
    yield from _bench(store, reader, settings, qtbot)


def _bench(store: LogStore, reader: Reader, settings: Path, qtbot: QtBot) -> Iterator[Bench]:
    theme, tasks = Theme("light"), Tasks()
    workspace = Workspace(store, theme)
    workspace.take_changes(store.take_changes())
    payloads = Payloads(store, tasks, 1 << 24)
    context = ViewContext(
        store,
        workspace,
        Settings(settings),
        tasks,
        Commands(),
        theme,
        LineBook(store, workspace, tasks),
        payloads,
    )
    yield Bench(store, workspace, context, qtbot, [])
    tasks.stop()
    reader.stop()


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    histogram_logs.write(tmp_path / "logs", RUNS)
    yield from make_bench(tmp_path / "logs", tmp_path / "settings.json", qtbot)


def test_the_views_are_registered() -> None:
    entries = {entry.view_id: entry for entry in BUILT_IN}
    for kind in (HistogramsView, DistributionsView):
        entry = entries[kind.view_id]
        assert entry.load() is kind
        assert (entry.title, entry.icon, entry.order) == (kind.title, kind.icon, kind.order)
        assert entry.kinds == kind.kinds


def test_a_card_per_tag_and_run(bench: Bench) -> None:
    view = bench.histograms()
    titles = [(group.title, len(group.keys)) for group in view.groups_shown()]
    assert titles == [("Other", 2), ("w", 3)]
    a, b = card(view, "w/kernel", "a"), card(view, "w/kernel", "b")
    assert [len(line.stack) for line in (*a.plot.lines(), *b.plot.lines())] == [20, 5]
    # One range for both runs.
    assert a.plot.values() == b.plot.values()
    bench.option(view, share_range=False)
    assert a.plot.values() != b.plot.values()


def test_what_is_wrong_stands_in_the_card(bench: Bench) -> None:
    view = bench.histograms()
    assert "can't be decoded" in card(view, "broken").message()
    assert card(view, "broken")._raw.isVisible()
    assert card(view, "empty").message() == "All its histograms are empty"
    assert not card(view, "empty")._raw.isVisible()
    partly = card(view, "w/bias")
    assert partly.message() == ""
    assert any("1 entry can't be decoded" in note for note in partly.notes())
    assert [int(s) for s in partly.plot.lines()[0].stack.steps] == [0, 2]


def test_at_a_single_step_runs_stand_together(bench: Bench) -> None:
    view = bench.histograms()
    bench.option(view, mode="step")
    both = card(view, "w/kernel")
    assert [line.label for line in both.plot.lines()] == ["a", "b"]
    assert both.slider.isVisible()
    bench.workspace.set_step(20)
    frame = both.plot.frame()
    assert frame is not None
    assert [bars.place for bars in frame.bars if bars] == [2, 2]
    bench.option(view, runs="apart")
    assert len(card(view, "w/kernel", "b").plot.lines()) == 1


def test_a_held_card_keeps_its_step(bench: Bench) -> None:
    view = bench.histograms()
    bench.option(view, mode="step")
    both, other = card(view, "w/kernel"), card(view, "w/bias")
    bench.workspace.set_step(30)
    both.slider.hold_toggled.emit(True)
    bench.workspace.set_step(100)
    assert both.plot.step() == 30
    assert other.plot.step() == 100
    both.slider.moved.emit(5)
    assert both.plot.step() == 50
    assert bench.workspace.state.step == 100
    both.slider.hold_toggled.emit(False)
    assert both.plot.step() == 100


def test_the_slider_moves_the_shared_step(bench: Bench) -> None:
    view = bench.histograms()
    bench.option(view, mode="step")
    card(view, "w/kernel").slider.moved.emit(7)
    assert bench.workspace.state.step == 70


def test_one_tag_in_a_mode_of_its_own(bench: Bench) -> None:
    view = bench.histograms()
    view.set_mode("heat", "w/kernel")
    bench.settle(view)
    assert card(view, "w/kernel", "a").plot.look().mode == "heat"
    assert card(view, "w/bias").plot.look().mode == "ridge"
    view.set_mode("step", "w/kernel")
    bench.settle(view)
    assert len(card(view, "w/kernel").plot.lines()) == 2
    view.set_mode("overlay")
    bench.settle(view)
    modes = {plot.look().mode for plot in view.plots() if plot.lines()}
    assert modes == {"overlay"}


def test_a_click_moves_the_shared_step_and_a_hover_shows_elsewhere(bench: Bench) -> None:
    view = bench.histograms()
    a, b = card(view, "w/kernel", "a"), card(view, "w/kernel", "b")
    a.plot.step_clicked.emit(40)
    assert bench.workspace.state.step == 40
    assert b.plot.step() == 40
    a.plot.hovered.emit(20)
    assert b.plot._crosshair == 20
    assert a.plot._crosshair is None
    a.plot.hovered.emit(None)
    assert b.plot._crosshair is None


def test_pointing_at_a_card_brings_its_run_forward(bench: Bench) -> None:
    view = bench.histograms()
    a, b = card(view, "w/kernel", "a"), card(view, "w/kernel", "b")
    b.hovered.emit(True)
    assert bench.store.runs[bench.workspace.hovered_run].name == "b"
    assert (a._is_lit, b._is_lit) == (False, True)
    b.hovered.emit(False)
    assert bench.workspace.hovered_run == -1
    bench.option(view, mode="step")
    both = card(view, "w/kernel")
    run = next(run.id for run in bench.store.runs if run.name == "b")
    bench.workspace.hover(run)
    assert both.plot.shown().highlight == run


def test_runs_out_of_view_count_for_the_shared_range(bench: Bench) -> None:
    view = bench.histograms()
    values = card(view, "w/kernel", "a").plot.values()
    view.book._budget_bytes = 1
    view.grid.set_maximised(card(view, "w/kernel", "a").key)
    view.book._trim()
    bench.settle(view)
    only = card(view, "w/kernel", "a")
    assert len(view.cards()) == 1
    view._draw(only)
    assert only.plot.values() == values
    assert sum(view.book.peek(one.id) is not None for one in bench.store.series) == 1


def test_a_range_is_shared(bench: Bench) -> None:
    view = bench.histograms()
    a = card(view, "w/kernel", "a")
    a.plot.range_selected.emit(20.0, 60.0)
    assert bench.workspace.state.selection == XRange("step", 20.0, 60.0)
    assert card(view, "w/kernel", "b").plot.selection() == (20.0, 60.0)
    view.step_back()
    assert a.plot.selection() is None


def test_zoom_is_kept_while_a_card_is_out_of_view(bench: Bench) -> None:
    view = bench.histograms()
    one = card(view, "w/kernel", "a")
    key = one.key
    one.plot.zoom((0.0, 1.0))
    bench.workspace.edit("filter", tag_filter="bias")
    bench.settle(view)
    bench.workspace.edit("filter", tag_filter="")
    bench.settle(view)
    again = card(view, "w/kernel", "a")
    assert again.key == key
    assert again.plot.values() == (0.0, 1.0)
    assert not card(view, "w/kernel", "b").plot.is_zoomed()


def test_pin_and_maximise(bench: Bench) -> None:
    view = bench.histograms()
    one = card(view, "w/kernel", "b")
    one.ask("pin")
    assert view.groups_shown()[0].title == "Pinned"
    assert len(view.groups_shown()[0].keys) == 2
    one = card(view, "w/bias")
    one.ask("wide")
    assert view.groups_shown()[2].wide == {one.key}
    bench.settle(view)
    assert one.flag("wide")
    one.ask("wide")
    assert not bench.workspace.state.card_options
    one.ask("maximise")
    bench.settle(view)
    assert view.grid.maximised == one.key
    view.step_back()
    assert view.grid.maximised is None


def test_a_card_that_fills_the_view_is_restored(bench: Bench) -> None:
    first = bench.histograms()
    first.maximise(card(first, "w/kernel", "b").key)
    state = first.state()
    second = HistogramsView(bench.context)
    bench.qtbot.addWidget(second)
    second.resize(1000, 800)
    # The state comes before there are any cards.
    second.restore(state)
    second.show()
    bench.settle(second)
    (only,) = second.cards()
    assert isinstance(only, HistogramCard)
    assert [line.label for line in only.plot.lines()] == ["b"]
    assert only.flag("maximise")


def test_hidden_runs_and_filters_leave_cards_out(bench: Bench) -> None:
    view = bench.histograms()
    run = next(run for run in bench.store.runs if run.name == "b")
    bench.workspace.set_shown([run.key], shown=False)
    bench.settle(view)
    assert [name for each in view.cards() if each.place for name, _c in view.runs_of(each.place)]
    assert sum(len(group.keys) for group in view.groups_shown()) == 4
    bench.workspace.edit("filter", tag_filter="nothing of that name")
    assert view._stack.currentWidget() is view._empty


def test_a_tag_that_is_asked_for_is_shown(bench: Bench) -> None:
    view = bench.histograms()
    view._toggle_fold("w")
    bench.workspace.go_to_tag("w/bias", Kind.HISTOGRAM)
    assert not any(group.collapsed for group in view.groups_shown())
    current = view.current_card()
    assert current is not None
    assert current.place is not None
    assert current.place.tag == "w/bias"


def test_data_of_cards_out_of_view_may_go(bench: Bench) -> None:
    view = bench.histograms()
    ids = [i for each in view.cards() if each.place for i in each.place.series_ids]
    assert all(view.book.peek(i) is not None for i in ids)
    view.book._budget_bytes = 1
    bench.workspace.edit("filter", tag_filter="empty")
    bench.settle(view)
    kept = [i for i in ids if view.book.peek(i) is not None]
    assert [bench.store.series[i].tag for i in kept] == ["empty"]


def test_a_single_step_of_a_thinned_series_is_exact(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(histogram_data, "MOST_ENTRIES", 4)
    view = bench.histograms()
    bench.option(view, mode="step")
    bench.workspace.set_step(30)
    both = card(view, "w/kernel")
    assert [int(step) for step in both.steps[:4]] == [0, 10, 20, 30]
    assert 30 not in both.lines[0].stack.steps
    bench.qtbot.waitUntil(lambda: 30 in both.plot.lines()[0].stack.steps)


def test_controls_follow_and_change_the_state(bench: Bench) -> None:
    view = bench.histograms()
    bar, inspector = view.tool_bar_content(), view.inspector_content()
    assert isinstance(bar, HistogramToolBar)
    assert isinstance(inspector, HistogramInspector)
    for widget in (bar, inspector):
        bench.qtbot.addWidget(widget)
        widget.show()
    bar._mode.chosen.emit("heat")
    assert bench.workspace.state.histograms.mode == "heat"
    drawing = inspector.sections()[0]
    drawing._bins.chosen.emit("logged")  # type: ignore[attr-defined]
    assert bench.workspace.state.histograms.bins == "logged"
    bench.settle(view)
    assert card(view, "w/kernel", "a").plot.look().bins == 0
    bench.workspace.undo_stack.undo()
    assert bench.workspace.state.histograms.bins == "30"
    rows = inspector.moments.table.rows()
    assert rows
    # New-style histograms hold no sums.
    assert all(mean.startswith("≈") for _name, mean, _std in rows)


def test_commands_do_what_they_say(bench: Bench) -> None:
    view = bench.histograms()
    commands = {command.id: command for command in view.commands()}
    commands["histograms.mode_overlay"].run()
    assert bench.workspace.state.histograms.mode == "overlay"
    checked = commands["histograms.mode_overlay"].checked
    assert checked is not None
    assert checked()
    commands["histograms.log"].run()
    assert bench.workspace.state.histograms.counts == "log"
    # The pointer may rest where the view has come to be.
    view._card_reached("")
    assert not commands["histograms.maximise"].enabled()
    card(view, "w/bias").tell_reached()
    commands["histograms.maximise"].run()
    assert view.grid.maximised is not None


def test_buckets_percentiles_figures_and_raw_bytes_are_saved(bench: Bench, tmp_path: Path) -> None:
    view = bench.histograms()
    one = card(view, "w/kernel", "b")
    table = tmp_path / "buckets.csv"
    assert histogram_commands.save_table(view, "buckets", one, table)
    bench.qtbot.waitUntil(table.exists)
    with table.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 5 * 12
    assert float(rows[12]["step"]) == 10.0
    first = normal(3.0, 2.0)[0]
    assert (float(rows[0]["left"]), float(rows[0]["count"])) == pytest.approx((first[0], first[2]))
    percentiles = tmp_path / "percentiles.csv"
    assert histogram_commands.save_table(view, "percentiles", one, percentiles)
    bench.qtbot.waitUntil(percentiles.exists)
    with percentiles.open(newline="") as stream:
        lines = list(csv.DictReader(stream))
    assert len(lines) == 5
    assert float(lines[0]["p0"]) == -3.0
    assert lines[0]["mean"] == ""
    for suffix in (".png", ".svg", ".pdf"):
        figure = tmp_path / f"figure{suffix}"
        assert histogram_commands.save_figure(view, one, figure)
        bench.qtbot.waitUntil(figure.exists)
        assert figure.stat().st_size > 500
    raw = tmp_path / "raw.pb"
    assert histogram_commands.save_raw(view, card(view, "broken"), raw)
    assert b"broken" in raw.read_bytes()


def test_the_bytes_are_offered_where_nothing_can_be_drawn(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = bench.histograms()
    monkeypatch.setattr(histogram_commands, "ask_path", lambda *_args: tmp_path / "raw.pb")
    QTest.mouseClick(card(view, "broken")._raw, Qt.MouseButton.LeftButton)
    assert b"broken" in (tmp_path / "raw.pb").read_bytes()


def test_nothing_is_written_into_a_log(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    view = bench.histograms()
    told: list[str] = []
    monkeypatch.setattr(
        histogram_commands.QMessageBox, "warning", lambda _parent, _title, text: told.append(text)
    )
    target = Path(bench.store.roots[0].path) / "figure.png"
    assert not histogram_commands.save_figure(view, card(view, "w/bias"), target)
    assert not target.exists()
    assert "Nothing is ever written into a log directory" in told[0]


def test_the_theme_reaches_the_plots(bench: Bench) -> None:
    view = bench.histograms()
    bench.context.theme.set_scheme("dark")
    view.update_content(Reason.THEME, None)
    bench.settle(view)
    plot = card(view, "w/kernel", "a").plot
    assert plot._colours.surface == bench.context.theme.colour("surface")


def test_tab_and_keys_reach_a_plot(bench: Bench) -> None:
    view = bench.histograms()
    plot = card(view, "w/kernel", "a").plot
    plot.setFocus(Qt.FocusReason.TabFocusReason)
    current = view.current_card()
    assert current is not None
    assert isinstance(current, HistogramCard)
    assert current.plot is plot
    QTest.keyClick(plot, Qt.Key.Key_Return)
    assert view.grid.maximised == current.key


# --- distributions --------------------------------------------------------------------------------


def chart_card(view: HistogramCardsView, tag: str, run: str) -> DistributionCard:
    for each in view.cards():
        if each.place is not None and each.place.tag == tag:
            names = [name for name, _colour in view.runs_of(each.place)]
            if names == [run]:
                assert isinstance(each, DistributionCard)
                return each
    raise AssertionError(f"no card of {tag} {run}")


def test_percentiles_are_curves_and_bands(bench: Bench) -> None:
    view = bench.show(DistributionsView)
    curves = {c.label: c for c in chart_card(view, "w/kernel", "a").chart.curves()}
    assert list(curves)[-1] == "median"
    assert set(curves) == {
        "min", "max", "6.7 %", "93.3 %", "15.9 %", "84.1 %", "30.9 %", "69.2 %", "median",
    }  # fmt: skip
    np.testing.assert_allclose(curves["median"].values, 0.1 * np.arange(20), atol=0.02)
    assert sum(curve.band is not None for curve in curves.values()) == 4


def test_runs_can_be_compared_in_one_chart(bench: Bench) -> None:
    view = bench.show(DistributionsView)
    bench.option(view, distribution_runs="together")
    found = [each for each in view.cards() if each.place and each.place.tag == "w/kernel"]
    assert len(found) == 1
    assert isinstance(found[0], DistributionCard)
    curves = found[0].chart.curves()
    assert [curve.label for curve in curves] == ["a", "b"]
    assert all(curve.band is not None for curve in curves)
    found[0].chart.curve_hovered.emit(curves[1].series_id)
    assert bench.store.runs[bench.workspace.hovered_run].name == "b"
    assert set(found[0].chart._highlight) == {curves[1].series_id}
    found[0].chart.curve_hovered.emit(None)
    assert not found[0].chart._highlight
    found[0].chart.curve_clicked.emit(curves[0].series_id)
    assert bench.store.runs[bench.workspace.selected_run].name == "a"


def test_a_distribution_follows_the_shared_step(bench: Bench) -> None:
    view = bench.show(DistributionsView)
    chart = chart_card(view, "w/kernel", "a").chart
    chart.x_clicked.emit(41.0)
    assert bench.workspace.state.step == 40
    assert chart._cursor_x == 40.0
    bench.workspace.edit("axis", x_axis="wall")
    bench.settle(view)
    assert chart.x_kind() == "wall"
    assert chart._cursor_x == 1.7e9 + 40


def test_the_menus_offer_what_can_be_done(bench: Bench) -> None:
    view = bench.histograms()
    one = card(view, "w/kernel", "a")
    menu = histogram_commands.card_menu(view, one)
    texts = {action.text(): action for action in menu.actions()}
    assert {"Save as figure…", "Export buckets…", "Heat map", "Pin to the top\tP"} <= set(texts)
    assert texts["Ridge"].isChecked()
    texts["Heat map"].trigger()
    bench.settle(view)
    assert one.plot.look().mode == "heat"
    other = bench.show(DistributionsView)
    assert isinstance(other, DistributionsView)
    texts = {
        action.text(): action
        for action in histogram_commands.distribution_menu(
            other, chart_card(other, "w/kernel", "a")
        ).actions()
    }
    assert "Export percentiles…" in texts
    assert not histogram_commands.card_menu(view, card(view, "broken")).actions()[0].isEnabled()


# --- real logs ------------------------------------------------------------------------------------


def real_items() -> list[Item]:
    return [item for item in items() if any(True for _ in expected(item, "histograms"))]


@pytest.fixture(params=real_items(), ids=lambda item: item.name)
def real(request: pytest.FixtureRequest, qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    yield from make_bench(request.param.logdir, tmp_path / "settings.json", qtbot)


def test_real_logs_are_shown(real: Bench) -> None:
    view = real.histograms()
    assert view.cards()
    for mode in ("ridge", "heat", "overlay", "step"):
        real.option(view, mode=mode)
        assert not view.grab().isNull()
        for each in view.cards():
            assert isinstance(each, HistogramCard)
            assert each.message() or each.plot.lines()
    other = real.show(DistributionsView)
    assert not other.grab().isNull()
    for each in other.cards():
        assert isinstance(each, DistributionCard)
        assert each.message() or each.chart.curves()
    assert not other.failed
    assert not view.failed


class Watched:
    """Hands tasks on and remembers what they were for."""

    def __init__(self, submit: Callable[..., None]) -> None:
        self._submit = submit
        self.asked: list[object] = []

    def __call__(self, owner: tuple[object, ...], *rest: Any, **more: Any) -> None:
        self.asked.append(owner[0])
        self._submit(owner, *rest, **more)


def test_many_buckets_are_drawn_in_tasks(tmp_path: Path, qtbot: QtBot) -> None:
    many = histogram_logs.normal(0.0, 1.0, 1e6, 2_000)
    entries = [(step, many) for step in range(4)]
    histogram_logs.write(tmp_path / "logs", {"a": {"w": entries}, "b": {"w": entries}})
    for bench in make_bench(tmp_path / "logs", tmp_path / "settings.ini", qtbot):
        watched = Watched(bench.context.tasks.submit)
        bench.context.tasks.submit = watched  # type: ignore[method-assign]
        asked = watched.asked
        view = bench.histograms()
        assert asked.count("histogram picture") == 2
        for run in ("a", "b"):
            frame = card(view, "w", run).plot.frame()
            assert frame is not None
            assert frame.binned.counts[0].sum() == pytest.approx(4e6, rel=0.02)
        # The bins are known: another step is drawn at once.
        bench.option(view, mode="heat")
        before = len(asked)
        bench.workspace.set_step(2)
        assert card(view, "w", "a").plot.step() == 2
        assert len(asked) == before
