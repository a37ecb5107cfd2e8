"""The curves of cards: of runs, of groups, of formulas, and when they are made anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from eventglass.app.core.names import Kind
from eventglass.app.core.store import LogStore
from eventglass.app.models.cards import Card, CardLine, Derived, Margin, card_of_tag
from eventglass.app.models.line_styles import series_key
from eventglass.app.models.run_groups import RunGrouping
from eventglass.app.models.tasks import Tasks
from eventglass.app.models.theme import Theme
from eventglass.app.models.workspace import Workspace
from eventglass.widgets.plots import line_book
from eventglass.widgets.plots.curve_layer import CurveData
from eventglass.widgets.plots.line_book import LineBook, LineInfo
from tests.core.stores import Point, store_of

T0 = 1.8e9


def line(values: list[float], start: float = T0) -> list[Point]:
    return [(i, start + i, value) for i, value in enumerate(values)]


@dataclass
class Bench:
    store: LogStore
    workspace: Workspace
    tasks: Tasks
    lines: LineBook
    told: list[str] = field(default_factory=list)

    def curves(self, what: str | Card) -> dict[str, CurveData]:
        card = card_of_tag(what) if isinstance(what, str) else what
        return {curve.label: curve for curve in self.lines.curves(card)}

    def append(self, run: str, tag: str, *points: Point) -> None:
        run_id = next(r.id for r in self.store.runs if r.name == run)
        series = self.store.find(run_id, tag, Kind.SCALAR)
        assert series is not None
        steps, walls, values = zip(*points, strict=True)
        series.append(np.array(steps, np.int64), np.array(walls), np.array(values))


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    store = store_of(
        {
            ("a/0", "loss"): line([4.0, 3.0, 2.0, 1.0]),
            ("a/1", "loss"): line([6.0, 5.0, 4.0, 3.0], T0 + 50),
            ("b/0", "loss"): line([1.0, 1.0, 2.0]),
            ("a/0", "lr"): [(0, T0, 0.1), (2, T0 + 2, 0.2)],
            ("a/0", "low"): line([3.0, 2.0, 1.0, 0.0]),
            ("a/0", "high"): line([5.0, 4.0, 3.0, 2.0]),
            ("c", "again"): [
                *line([1.0, 2.0, 3.0, 4.0]),
                *[(2, T0 + 9, 9.0), (3, T0 + 10, 10.0)],
            ],
        }
    )
    workspace = Workspace(store, Theme("light"))
    workspace.edit("No smoothing", smoothing=0.0)
    tasks = Tasks()
    made = Bench(store, workspace, tasks, LineBook(store, workspace, tasks))
    made.lines.ready.connect(made.told.append)
    yield made
    tasks.stop()


def test_a_line_per_visible_run(bench: Bench) -> None:
    assert list(bench.curves("loss")) == ["a/0", "a/1", "b/0"]
    bench.workspace.set_shown([bench.store.runs[1].key], shown=False)
    assert list(bench.curves("loss")) == ["a/0", "b/0"]


def test_the_same_curve_as_long_as_nothing_changed(bench: Bench) -> None:
    before = bench.curves("loss")
    assert bench.curves("loss")["a/0"] is before["a/0"]
    bench.append("b/0", "loss", (3, T0 + 3, 7.0))
    after = bench.curves("loss")
    assert after["a/0"] is before["a/0"]
    assert after["b/0"].values.tolist() == [1.0, 1.0, 2.0, 7.0]


@pytest.mark.parametrize(
    ("restarts", "pieces", "joined"),
    [
        ("hide", [[0, 2], [4, 6]], True),
        ("split", [[0, 4], [4, 6]], False),
        ("join", [[0, 4], [4, 6]], True),
    ],
)
def test_restarts_of_all_and_of_one(
    bench: Bench, restarts: str, pieces: list[list[int]], joined: bool
) -> None:
    bench.workspace.edit("Restarts", restarts=restarts)
    [curve] = bench.lines.curves(card_of_tag("again"))
    assert (curve.pieces.tolist(), curve.joined) == (pieces, joined)
    bench.workspace.edit("Restarts", restarts="split" if restarts == "hide" else "hide")
    name = series_key(bench.store.runs[curve.run_id].key, "again")
    bench.workspace.edit("Of one", series_restarts=MappingProxyType({name: restarts}))
    [curve] = bench.lines.curves(card_of_tag("again"))
    assert (curve.pieces.tolist(), curve.joined) == (pieces, joined)
    assert bench.lines.hidden_points(card_of_tag("again")) == (2 if restarts == "hide" else 0)


def test_groups_have_one_line_and_a_band(bench: Bench) -> None:
    grouping = RunGrouping(by="directory", level=1, band="minmax")
    bench.workspace.edit("Group", grouping=grouping)
    curves = bench.curves("loss")
    assert list(curves) == ["a", "b"]
    group = curves["a"]
    assert group.values.tolist() == [5.0, 4.0, 3.0, 2.0]
    assert group.band is not None
    assert group.band.lows.tolist() == [4.0, 3.0, 2.0, 1.0]
    assert group.band.highs.tolist() == [6.0, 5.0, 4.0, 3.0]
    assert group.run_id == -1
    info = bench.lines.info(group.series_id)
    assert (info.group, info.run_ids, info.run_id) == ("a", (0, 1), -1)
    bench.workspace.edit("Members", grouping=replace(grouping, show_members=True))
    drawn = bench.lines.curves(card_of_tag("loss"))
    assert [curve.label for curve in drawn] == ["a/0", "a/1", "b/0", "a", "b"]
    assert drawn[0].opacity < drawn[-1].opacity
    assert drawn[3] is group


def test_a_group_follows_its_members(bench: Bench) -> None:
    bench.workspace.edit("Group", grouping=RunGrouping(by="regex", pattern="^(.)/", band="none"))
    assert bench.curves("loss")["b"].band is None
    bench.append("b/0", "loss", (3, T0 + 3, 8.0))
    assert bench.curves("loss")["b"].values.tolist() == [1.0, 1.0, 2.0, 8.0]
    bench.workspace.set_shown([bench.store.runs[0].key], shown=False)
    assert bench.curves("loss")["a"].values.tolist() == [6.0, 5.0, 4.0, 3.0]
    bench.workspace.edit("Bad", grouping=RunGrouping(by="regex", pattern="("))
    assert bench.curves("loss") == {}


def test_formulas_are_tags_of_runs_that_have_all_they_need(bench: Bench) -> None:
    derived = (
        Derived("ratio", "loss / lr"),
        Derived("half", "ratio / 2"),
        Derived("bad", "loss +"),
    )
    bench.workspace.edit("Formulas", derived=derived)
    curves = bench.curves("ratio")
    assert list(curves) == ["a/0"]
    assert curves["a/0"].steps.tolist() == [0, 2]
    assert curves["a/0"].values.tolist() == pytest.approx([40.0, 10.0])
    assert bench.curves("half")["a/0"].values.tolist() == pytest.approx([20.0, 5.0])
    assert bench.curves("bad") == {}
    assert bench.lines.info(curves["a/0"].series_id).tag == "ratio"


def test_formulas_that_need_each_other_are_no_lines(bench: Bench) -> None:
    bench.workspace.edit("Formulas", derived=(Derived("x", "y"), Derived("y", "x + loss")))
    assert bench.curves("x") == {}


def test_x_may_be_another_tag(bench: Bench) -> None:
    bench.workspace.edit("Axis", x_axis="tag", x_tag="lr")
    curves = bench.curves("loss")
    np.testing.assert_array_equal(curves["a/0"].xs, [0.1, np.nan, 0.2, np.nan])
    assert np.isnan(curves["b/0"].xs).all()
    bench.workspace.edit("Axis", x_axis="step")
    assert bench.curves("loss")["a/0"].xs is None


def test_margins_become_bands_and_are_not_smoothed(bench: Bench) -> None:
    bench.workspace.edit("Smooth", smoothing=0.9)
    card = Card("\x01m", "Margin", margins=(Margin("loss", "low", "high"),))
    [curve] = bench.lines.curves(card)
    assert curve.label == "a/0"
    assert curve.smoothed is None
    assert curve.band is not None
    assert curve.band.lows.tolist() == [3.0, 2.0, 1.0, 0.0]
    assert curve.band.highs.tolist() == [5.0, 4.0, 3.0, 2.0]


def test_several_tags_differ_by_their_dashes(bench: Bench) -> None:
    card = Card("\x01c", "Both", (CardLine("loss"), CardLine("lr", "right")))
    curves = bench.lines.curves(card)
    assert [(c.tag, c.label, c.axis) for c in curves] == [
        ("loss", "a/0", "left"),
        ("loss", "a/1", "left"),
        ("loss", "b/0", "left"),
        ("lr", "a/0", "right"),
    ]
    assert curves[0].dash != curves[3].dash
    assert curves[0].colour == curves[3].colour


def test_patterns_match_from_the_start_and_bad_ones_nothing(bench: Bench) -> None:
    def tags(pattern: str) -> list[str]:
        return bench.lines.tags_of(Card("\x01p", "P", (CardLine(pattern, is_pattern=True),)))

    assert tags("l") == ["loss", "low", "lr"]
    assert tags("oss") == []
    assert tags("(") == []
    assert tags("(a+)+x") == []


def test_the_baseline_is_drawn_last(bench: Bench) -> None:
    bench.workspace.edit("Baseline", baseline=bench.store.runs[0].key)
    drawn = bench.lines.curves(card_of_tag("loss"))
    assert [(curve.label, curve.is_baseline) for curve in drawn] == [
        ("a/1", False),
        ("b/0", False),
        ("a/0", True),
    ]


def test_styles_and_offsets(bench: Bench) -> None:
    key = bench.store.runs[0].key
    bench.workspace.edit_style(
        "Style", key, dash="dot", width=3.0, step_offset=5, time_offset_s=2.5
    )
    curve = bench.curves("loss")["a/0"]
    assert (curve.dash, curve.width, curve.x_offset) == ("dot", 3.0, 5.0)
    bench.workspace.edit("Axis", x_axis="relative", line_width=2.0)
    curves = bench.curves("loss")
    assert curves["a/0"].x_offset == 2.5
    assert (curves["a/1"].width, curves["a/1"].x_offset) == (2.0, 0.0)


def test_much_is_made_elsewhere_and_the_line_before_stays(
    bench: Bench, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.workspace.edit("Smooth", smoothing=0.5)
    before = bench.curves("loss")["a/0"].smoothed
    assert before is not None
    monkeypatch.setattr(line_book, "AT_ONCE", 0)
    bench.workspace.edit("Smooth", smoothing=0.9)
    assert bench.curves("loss")["a/0"].smoothed is before
    assert bench.lines.is_busy("loss")
    # Asking again while it is made changes nothing.
    bench.curves("loss")
    qtbot.waitUntil(lambda: bench.told == ["loss"])
    after = bench.curves("loss")["a/0"].smoothed
    assert after is not None
    assert after is not before
    assert not bench.lines.is_busy("loss")


def test_a_band_is_smoothed_with_its_line(bench: Bench) -> None:
    bench.workspace.edit(
        "Group", grouping=RunGrouping(by="directory", band="minmax"), smoothing=0.5
    )
    curve = bench.curves("loss")["a"]
    assert curve.smoothed is not None
    assert curve.band is not None
    assert (curve.band.lows <= curve.smoothed).all()
    assert (curve.band.highs >= curve.smoothed).all()
    assert curve.band.lows.tolist() != [4.0, 3.0, 2.0, 1.0]


def test_what_left_the_view_is_kept_only_up_to_a_bound(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.workspace.edit("Smooth", smoothing=0.5)
    before = bench.curves("loss")["a/0"]
    bench.lines.forget("loss")
    again = bench.curves("loss")["a/0"]
    assert again.smoothed is before.smoothed
    assert again.series_id == before.series_id
    monkeypatch.setattr(line_book, "KEPT_BYTES", 0)
    bench.curves("lr")
    bench.lines.forget("loss")
    assert bench.curves("loss")["a/0"].smoothed is not before.smoothed
    # A line two cards show stays while one of them does.
    both = Card("\x01c", "Both", (CardLine("loss"), CardLine("lr")))
    kept = {c.series_id: c for c in bench.lines.curves(both)}
    bench.lines.forget("loss")
    assert all(kept[c.series_id] is c for c in bench.lines.curves(both))


def test_many_lines_are_made_in_steps(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_book, "_STEP", 1)
    card = card_of_tag("loss")
    making = bench.lines.making(card)
    steps = 0
    while True:
        try:
            next(making)
        except StopIteration as done:
            made = done.value
            break
        steps += 1
    assert steps > 4
    assert [curve.label for curve in made] == ["a/0", "a/1", "b/0"]
    now = bench.lines.curves(card)
    assert all(one is other for one, other in zip(made, now, strict=True))


def test_a_card_forgotten_between_two_steps_holds_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr(line_book, "_STEP", 1)
    monkeypatch.setattr(line_book, "KEPT_BYTES", 0)
    making = bench.lines.making(card_of_tag("loss"))
    next(making)
    next(making)
    bench.lines.forget("loss")
    with pytest.raises(StopIteration) as done:
        next(making)
    assert done.value.value == []
    # What is left of them goes in the turns that follow.
    qtbot.waitUntil(lambda: not bench.lines._lines)
    assert not bench.lines._uses


def test_a_card_forgotten_while_busy_is_told_of_again(
    bench: Bench, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_book, "AT_ONCE", 0)
    bench.workspace.edit("Smooth", smoothing=0.5)
    bench.curves("loss")
    bench.lines.forget("loss")
    qtbot.waitUntil(lambda: bench.told == ["loss"])


def test_lines_that_pour_in_do_not_begin_anew_each_time(
    bench: Bench, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_book, "AT_ONCE", 0)
    submitted = []
    submit = bench.tasks.submit

    def watched(owner: object, *rest: object) -> None:
        submitted.append(owner)
        submit(owner, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(bench.tasks, "submit", watched)
    keys = [run.key for run in bench.store.runs[1:3]]
    bench.workspace.set_shown(keys, shown=False)
    bench.workspace.edit("Smooth", smoothing=0.5)
    bench.curves("loss")
    bench.workspace.set_shown(keys[:1], shown=True)
    bench.curves("loss")
    bench.workspace.set_shown(keys[1:], shown=True)
    bench.curves("loss")
    assert len(submitted) == 1
    qtbot.waitUntil(lambda: bench.told == ["loss"])
    assert bench.curves("loss")["a/0"].smoothed is not None
    assert bench.lines.is_busy("loss")
    qtbot.waitUntil(lambda: bench.told == ["loss", "loss"])
    assert all(c.smoothed is not None for n, c in bench.curves("loss").items() if n[0] == "a")
    # Another strength is no more of the same: what is being made is of no use.
    bench.workspace.edit("Smooth", smoothing=0.6)
    bench.curves("loss")
    bench.workspace.edit("Smooth", smoothing=0.7)
    bench.curves("loss")
    assert len(submitted) == 4


def test_a_page_of_cards_is_not_made_all_at_once(
    bench: Bench, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The lines of one card fit, those of two don't.
    monkeypatch.setattr(line_book, "AT_ONCE", 11)
    bench.workspace.edit("Group", grouping=RunGrouping(by="directory"))
    assert bench.curves("loss")
    assert bench.curves("low") == {}
    assert bench.lines.is_busy("low")
    qtbot.waitUntil(lambda: bench.told == ["low"])
    assert bench.curves("low")


def test_the_whole_of_a_card_is_made_anywhere_and_not_kept(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_book, "AT_ONCE", 0)
    bench.workspace.edit(
        "Group", grouping=RunGrouping(by="directory", band="minmax"), smoothing=0.5
    )
    make = bench.lines.whole(card_of_tag("loss"))
    # What changes now does not matter any more.
    bench.workspace.edit("No group", grouping=RunGrouping())
    made = make()
    assert [(info.group, info.run_ids, curve.label) for info, curve in made] == [
        ("a", (0, 1), "a"),
        ("b", (2,), "b"),
    ]
    assert made[0][1].values.tolist() == [5.0, 4.0, 3.0, 2.0]
    assert made[0][1].smoothed is not None
    assert made[0][1].band is not None
    assert not bench.lines.is_busy("loss")
    assert bench.told == []
    assert bench.curves("loss")["a/0"].smoothed is None


def test_what_the_lines_stand_for_is_known_before_they_are_made(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_book, "AT_ONCE", 0)
    bench.workspace.edit("Group", grouping=RunGrouping(by="directory"))
    found = bench.lines.infos(card_of_tag("loss"))
    assert [(info.group, info.run_ids) for info in found] == [("a", (0, 1)), ("b", (2,))]
    assert not bench.lines.is_busy("loss")


def test_lines_nobody_knows_any_more(bench: Bench) -> None:
    bench.workspace.edit("Group", grouping=RunGrouping(by="directory"))
    group = bench.curves("loss")["a"]
    bench.lines.clear()
    assert bench.lines.info(group.series_id) == LineInfo(group.series_id, -1, "")
    assert bench.lines.info(-1) == LineInfo(-1, -1, "")


def test_the_values_of_another_tag_do_not_stand_in_for_those_of_the_axis(
    bench: Bench, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.workspace.edit("Axis", x_axis="tag", x_tag="low")
    assert bench.curves("loss")["a/0"].xs is not None
    monkeypatch.setattr(line_book, "AT_ONCE", 0)
    bench.workspace.edit("Axis", x_tag="high")
    assert bench.curves("loss")["a/0"].xs is None
    bench.workspace.edit("Axis", x_tag="lr")
    bench.curves("loss")
    qtbot.waitUntil(lambda: bench.told == ["loss"])
    xs = bench.curves("loss")["a/0"].xs
    np.testing.assert_array_equal(xs, [0.1, np.nan, 0.2, np.nan])


def test_formulas_that_use_each_other_without_end_are_no_lines(bench: Bench) -> None:
    # Ten at each level, each of which needs all ten below: a hundred million paths.
    derived = tuple(
        Derived(f"d{level}.{i}", " + ".join(f"d{level + 1}.{j}" for j in range(10)))
        for level in range(8)
        for i in range(10)
    ) + tuple(Derived(f"d8.{i}", f"loss * {i}") for i in range(10))
    bench.workspace.edit("Formulas", derived=derived)
    assert bench.curves("d7.0")["a/0"].values.tolist() == [180.0, 135.0, 90.0, 45.0]
    assert bench.curves("d0.0") == {}
