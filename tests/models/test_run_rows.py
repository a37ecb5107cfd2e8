from __future__ import annotations

import math
from collections.abc import Mapping

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from eventglass.app.core.compute.summaries import Summary
from eventglass.app.core.names import Kind
from eventglass.app.models.run_groups import RunGroup
from eventglass.app.models.run_rows import RunRows, column_of, direction_of, with_direction
from eventglass.app.models.theme import Theme
from eventglass.app.models.workspace import Workspace
from tests.models.fakes import add_run, add_scalars, make_store


class FakeSummaries:
    def __init__(self) -> None:
        self.known: dict[tuple[int, str], Summary] = {}

    def value(self, run_id: int, tag: str) -> Summary | None:
        return self.known.get((run_id, tag))


class FakeHParams:
    def __init__(self) -> None:
        self.known: dict[int, Mapping[str, object]] = {}

    def values(self, run_id: int) -> Mapping[str, object]:
        return self.known.get(run_id, {})

    def names(self) -> tuple[str, ...]:
        return tuple(sorted({name for values in self.known.values() for name in values}))


class Bench:
    def __init__(self) -> None:
        self.store = make_store(["run10", "run2", "run1"])
        for number, run in enumerate(self.store.runs):
            add_scalars(self.store, run, "loss", [3.0, 1.0 + number])
            add_scalars(self.store, run, "acc", [0.5] * (number + 1))
        self.summaries = FakeSummaries()
        for number in range(3):
            self.summaries.known[number, "loss"] = Summary(
                2, 0, 3.0, 1.0 + number, 1.0 + number, 3.0, 2.0, 0, 10, 10, 0
            )
        self.hparams = FakeHParams()
        self.workspace = Workspace(self.store, Theme("light"))
        self.workspace.take_changes(self.store.take_changes())
        self.rows = RunRows(self.store, self.workspace, self.summaries, self.hparams)
        self.rows.take_changes(None)
        self.rows.refresh()

    def show(self, *keys: str) -> None:
        self.workspace.edit("Columns", run_columns=keys)
        layout = self.rows.layout_now()
        self.rows.set_sort(layout.sort, layout.descending)
        self.rows.refresh()

    def column(self, title: str) -> list[str]:
        number = [column.title for column in self.rows.columns].index(title)
        return [self.rows.text(row, number) for row in range(self.rows.rowCount())]


@pytest.fixture
def bench(qtbot: QtBot) -> Bench:
    return Bench()


def test_runs_stand_in_natural_order_with_what_is_known_of_them(bench: Bench) -> None:
    assert bench.column("Run") == ["run1", "run2", "run10"]
    assert bench.column("Points") == ["5", "4", "3"]
    assert bench.column("Last step") == ["20", "10", "10"]
    assert bench.column("Duration") == ["2.0 s", "1.0 s", "0.0 s"]
    assert bench.column("loss") == ["3", "2", "1"]
    assert bench.column("acc") == ["", "", ""]


def test_columns_are_named_by_what_and_of_which_tag(bench: Bench) -> None:
    bench.show("best-min:loss", "at-min:loss", "mean:loss", "last:loss", "tags", "nonsense", "x:y")
    titles = [column.title for column in bench.rows.columns]
    assert titles == [
        "Run",
        "loss · lowest",
        "loss · step of min",
        "loss · mean",
        "loss",
        "Tags",
    ]
    assert bench.column("loss · lowest") == ["3", "2", "1"]
    assert bench.column("loss · step of min") == ["10"] * 3
    assert bench.column("Tags") == ["2"] * 3
    assert bench.rows.tags_wanted() == ("loss",)
    assert bench.rows.tool_tip(0, 1) == "3.0\nat step 10"


@pytest.mark.parametrize(
    "key", ["", ":", "last:", "best:loss", "last-up:loss", "hparam:", "lost:loss", "at:loss"]
)
def test_keys_that_mean_nothing(key: str) -> None:
    assert column_of(key) is None


def test_directions_follow_from_names() -> None:
    assert direction_of("train/loss") == "min"
    assert direction_of("val_accuracy") == "max"
    assert direction_of("valAccuracy") == "max"
    assert direction_of("eval/mean_reward") == "max"
    assert direction_of("top1") == "max"
    assert direction_of("lr") == ""
    # The last word says what it is.
    assert direction_of("accuracy/loss") == "min"
    assert with_direction("last:loss", "min") == "last-min:loss"
    assert with_direction("last-min:a:b", "") == "last:a:b"


def test_the_best_is_marked_among_the_runs_shown(bench: Bench) -> None:
    bench.show("last-min:loss")
    assert [bench.rows.is_best(row, 1) for row in range(3)] == [False, False, True]
    bench.workspace.set_shown(["/logs/a/run10"], False)
    bench.rows.refresh()
    assert [bench.rows.is_best(row, 1) for row in range(3)] == [False, True, False]
    bench.show("last:loss")
    assert not any(bench.rows.is_best(row, 1) for row in range(3))


def test_columns_that_differ(bench: Bench) -> None:
    bench.hparams.known = {0: {"lr": 0.1, "batch": 8}, 1: {"lr": 0.2, "batch": 8}}
    bench.rows.take_hparams()
    bench.show("last:loss", "hparam:lr", "hparam:batch", "start")
    assert bench.rows.differing == {"last:loss", "hparam:lr"}
    assert bench.column("lr") == ["", "0.2", "0.1"]
    bench.show("last:loss", "hparam:lr", "hparam:batch", "start", "@differing")
    assert [column.title for column in bench.rows.columns] == ["Run", "loss", "lr"]
    bench.workspace.set_shown(["/logs/a/run10", "/logs/a/run1"], False)
    bench.rows.refresh()
    assert bench.rows.differing == frozenset()
    # Of three sessions one without a value differs; a run without any does not.
    bench.workspace.set_shown([run.key for run in bench.store.runs], True)
    bench.hparams.known[2] = {"lr": None}
    bench.rows.take_hparams()
    bench.rows.refresh()
    assert "hparam:batch" in bench.rows.differing
    assert bench.column("lr") == ["null", "0.2", "0.1"]


def test_filters_by_words_and_conditions(bench: Bench) -> None:
    def shown(text: str) -> list[str]:
        bench.rows.set_filter(text)
        bench.rows.refresh()
        return bench.column("Run")

    bench.hparams.known = {0: {"optimizer": "adam"}, 1: {"optimizer": "sgd"}}
    bench.rows.take_hparams()
    assert shown("run1") == ["run1", "run10"]
    assert shown("run1 loss<2") == ["run10"]
    assert shown("loss >= 2") == ["run1", "run2"]
    assert shown("optimizer=SGD") == ["run2"]
    assert shown("points > 3 loss < 3") == ["run2"]
    assert shown("run2=5") == []
    assert shown("los < 3") == ["run2", "run10"]
    assert shown("nothing < 3") == ["run1", "run2", "run10"]
    assert bench.rows.unknown == "nothing"
    assert shown("") == ["run1", "run2", "run10"]
    assert bench.rows.unknown == ""
    bench.rows.set_filter("acc<1")
    assert "acc" in bench.rows.tags_wanted()


def test_the_filter_of_the_run_tree_counts_too(bench: Bench) -> None:
    bench.workspace.edit("Filter", run_filter="run1$")
    bench.rows.refresh()
    assert bench.column("Run") == ["run1"]
    bench.store.close_root(0)
    bench.rows.take_changes(bench.store.take_changes())
    bench.rows.refresh()
    assert bench.rows.rowCount() == 0


def test_growth_is_counted_once(bench: Bench) -> None:
    bench.show("points", "tags", "last:new")
    add_run(bench.store, bench.store.roots[0], "run3")
    add_scalars(bench.store, bench.store.runs[3], "new", [1.0, 2.0])
    bench.store.add_series(3, "empty", Kind.SCALAR)
    bench.rows.take_changes(bench.store.take_changes())
    bench.workspace.take_changes(bench.store.take_changes())
    bench.rows.refresh()
    assert bench.column("Run") == ["run1", "run2", "run3", "run10"]
    assert bench.column("Points") == ["5", "4", "2", "3"]
    assert bench.column("Tags") == ["2", "2", "1", "2"]
    add_scalars(bench.store, bench.store.runs[3], "new", [1.0])
    changes = bench.store.take_changes()
    bench.rows.take_changes(changes)
    bench.rows.take_changes(changes)
    bench.rows.refresh()
    assert bench.column("Points") == ["5", "4", "3", "3"]
    bench.summaries.known[3, "new"] = Summary(count=1, last=math.nan, nonfinite=4)
    bench.rows.take_summaries({"new"})
    bench.rows.refresh()
    assert bench.column("new") == ["", "", "NaN", ""]
    assert bench.rows.tool_tip(2, 3).endswith("4 points NaN or infinite, left out")


def test_names_are_changed_and_boxes_ticked(bench: Bench) -> None:
    first = bench.rows.index(0, 0)
    assert bench.rows.flags(first) & Qt.ItemFlag.ItemIsEditable
    assert not bench.rows.flags(bench.rows.index(0, 1)) & Qt.ItemFlag.ItemIsEditable
    assert bench.rows.setData(first, "best")
    bench.rows.refresh()
    assert bench.column("Run") == ["best", "run2", "run10"]
    assert bench.rows.setData(bench.rows.index(0, 0), "run1")
    assert bench.workspace.state.run_aliases == {}
    assert bench.rows.setData(first, Qt.CheckState.Unchecked, Qt.ItemDataRole.CheckStateRole)
    bench.rows.refresh()
    assert bench.workspace.state.hidden_runs == {"/logs/a/run1"}
    assert [bench.rows.is_shown(row) for row in range(3)] == [False, True, True]


def test_groups_stand_in_their_column(bench: Bench) -> None:
    bench.rows.set_groups([RunGroup("ones", (0, 2)), RunGroup("twos", (1,))])
    bench.show("+group")
    assert bench.column("Group") == ["ones", "ones", "twos"]
    assert bench.column("Run") == ["run1", "run10", "run2"]
