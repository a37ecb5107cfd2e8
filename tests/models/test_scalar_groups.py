"""Groups of scalar tags: prefixes, order, filter, pins, visible runs."""

from __future__ import annotations

import numpy as np
import pytest

from eventglass.app.core.store import LogStore
from eventglass.app.models.cards import COMPOSED, Card, CardLine, Derived
from eventglass.app.models.scalar_groups import PINNED, ScalarGroups, prefix, short_title
from eventglass.app.models.theme import Theme
from eventglass.app.models.workspace import Workspace
from tests.core.stores import store_of

pytestmark = pytest.mark.usefixtures("qapp")
ONE = [(0, 0.0, 1.0)]


def make(
    points: dict[tuple[str, str], list[tuple[int, float, float]]],
) -> tuple[LogStore, Workspace, ScalarGroups]:
    store = store_of(points)
    workspace = Workspace(store, Theme("light"))
    workspace.take_changes(store.take_changes())
    groups = ScalarGroups(store, workspace)
    assert groups.take_changes(None)
    return store, workspace, groups


def names(groups: ScalarGroups) -> list[tuple[str, tuple[str, ...]]]:
    return [(group.title, group.keys) for group in groups.groups()]


def test_tags_are_grouped_by_prefix_in_natural_order() -> None:
    tags = ("val/loss", "train/x10", "train/x2", "epoch", "train/a/b")
    _, _, groups = make({("run", tag): ONE for tag in tags})
    assert names(groups) == [
        ("Other", ("epoch",)),
        ("train", ("train/a/b", "train/x2", "train/x10")),
        ("val", ("val/loss",)),
    ]


def test_without_any_prefix_there_is_one_group() -> None:
    _, _, groups = make({("run", tag): ONE for tag in ("b", "a")})
    assert names(groups) == [("Scalars", ("a", "b"))]


@pytest.mark.parametrize(
    ("tag", "group", "title"),
    [
        ("a/b/c", "a", "b/c"),
        ("loss", "", "loss"),
        ("x/loss/scalar_summary", "x", "loss"),
        ("a/", "a", "a/"),
        ("/a", "", "a"),
    ],
)
def test_titles(tag: str, group: str, title: str) -> None:
    assert prefix(tag) == group
    assert short_title(tag) == title


def test_filter_pins_and_hidden_runs() -> None:
    _, workspace, groups = make(
        {("one", "train/loss"): ONE, ("two", "train/loss"): ONE, ("two", "train/only"): ONE}
    )
    workspace.edit("Pin", pinned_tags=("train/only", "gone"))
    assert [group.name for group in groups.groups()] == [PINNED, "train"]
    workspace.edit("Filter", tag_filter="los")
    assert names(groups) == [("train", ("train/loss",))]
    workspace.edit("Filter", tag_filter="")
    workspace.set_shown(["/logs/two"], False)
    assert names(groups) == [("train", ("train/loss",))]
    assert [one.run_id for one in groups.series("train/loss")] == [0]


def test_series_stand_in_natural_order_of_runs() -> None:
    store, _, groups = make({(f"run{i}", "loss"): ONE for i in (10, 2, 1)})
    found = [store.runs[one.run_id].name for one in groups.series("loss")]
    assert found == ["run1", "run2", "run10"]


def test_new_series_are_taken_in_once() -> None:
    store, _, groups = make({("run", "loss"): ONE})
    assert not groups.take_changes(store.take_changes())


def test_composed_cards_stand_first_and_follow_the_filter() -> None:
    _, workspace, groups = make({("run", tag): ONE for tag in ("loss", "acc", "lr")})
    own = Card(COMPOSED + "1", "Both", (CardLine("loss"), CardLine("acc")))
    layout = Card(COMPOSED + "2", "Rate", (CardLine("lr"),), group="Mine")
    workspace.edit("Compose", composed=(own, layout))
    assert names(groups) == [
        ("Composed", (own.key,)),
        ("Mine", (layout.key,)),
        ("Scalars", ("acc", "loss", "lr")),
    ]
    assert groups.card(own.key) == own
    assert groups.card("lr").lines == (CardLine("lr"),)
    workspace.edit("Filter", tag_filter="acc")
    assert names(groups) == [("Composed", (own.key,)), ("Scalars", ("acc",))]
    assert groups.cards_of_tags({"lr"}) == {"lr", layout.key}


def test_the_users_order_and_what_it_does_not_name() -> None:
    _, workspace, groups = make({("run", tag): ONE for tag in ("g/a", "g/b", "g/c", "g/d")})
    workspace.edit("Order", card_orders={"g": ("g/c", "g/gone", "g/a", "g/c")})
    assert names(groups) == [("g", ("g/c", "g/a", "g/b", "g/d"))]


def test_derived_series_need_all_their_tags_in_a_visible_run() -> None:
    _, workspace, groups = make({("one", "a"): ONE, ("two", "b"): ONE})
    workspace.edit("Derive", derived=(Derived("c", "a * b"), Derived("d", "a + 1")))
    assert names(groups) == [("Scalars", ("a", "b", "c", "d"))]
    assert groups.logged_tags("c") == ("a", "b")
    assert groups.cards_of_tags({"b"}) == {"b", "c"}
    workspace.set_shown(["/logs/two"], False)
    assert names(groups) == [("Scalars", ("a", "d"))]
    workspace.edit("Empty", hide_empty=False)
    assert names(groups) == [("Scalars", ("a", "b", "c", "d"))]
    assert groups.empty_reason(groups.card("b")) == "None of the runs shown has it"
    workspace.edit("Derive", derived=(Derived("c", "a *"),))
    assert "a *" in groups.empty_reason(groups.card("c"))


def test_a_series_without_points_is_no_card_until_it_has_some() -> None:
    store, _, groups = make({("run", "empty"): [], ("run", "full"): ONE})
    assert names(groups) == [("Scalars", ("full",))]
    store.series[0].append(np.array([1]), np.array([1.0]), np.array([1.0]))
    assert names(groups) == [("Scalars", ("empty", "full"))]
