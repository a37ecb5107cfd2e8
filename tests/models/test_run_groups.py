"""Which runs belong together."""

from __future__ import annotations

import re
from types import MappingProxyType

import pytest

from eventglass.app.models.run_groups import RunGrouping, groups_of_runs
from eventglass.app.models.theme import Theme
from eventglass.app.models.workspace import Workspace
from tests.core.stores import store_of

NAMES = ["adam/lr10/seed1", "adam/lr10/seed2", "adam/lr2/seed1", "sgd/lr2/seed1", "plain"]


@pytest.fixture
def workspace(qapp: object) -> Workspace:
    return Workspace(store_of({(name, "loss"): [] for name in NAMES}), Theme("light"))


def grouped(workspace: Workspace, grouping: RunGrouping, **more: object) -> dict[str, list[str]]:
    workspace.edit("Group", grouping=grouping)
    runs = workspace.store.runs
    found = groups_of_runs(workspace, range(len(runs)), **more)  # type: ignore[arg-type]
    return {group.key: [runs[i].name for i in group.run_ids] for group in found}


def test_without_grouping_every_run_is_its_own(workspace: Workspace) -> None:
    assert list(grouped(workspace, RunGrouping())) == [
        "adam/lr2/seed1",
        "adam/lr10/seed1",
        "adam/lr10/seed2",
        "plain",
        "sgd/lr2/seed1",
    ]


def test_by_what_a_pattern_captures(workspace: Workspace) -> None:
    assert grouped(workspace, RunGrouping("regex", r"^(\w+)/(lr\d+)")) == {
        "adam, lr2": ["adam/lr2/seed1"],
        "adam, lr10": ["adam/lr10/seed1", "adam/lr10/seed2"],
        "sgd, lr2": ["sgd/lr2/seed1"],
    }
    assert set(grouped(workspace, RunGrouping("regex", "seed."))) == {"seed1", "seed2"}
    # A capture that took no part counts as empty.
    assert set(grouped(workspace, RunGrouping("regex", "(adam)?/"))) == {"adam", ""}
    with pytest.raises(re.error):
        grouped(workspace, RunGrouping("regex", "("))


def test_by_directories(workspace: Workspace) -> None:
    assert set(grouped(workspace, RunGrouping("directory", level=1))) == {"adam", "plain", "sgd"}
    assert set(grouped(workspace, RunGrouping("directory", level=2))) == {
        "adam/lr2",
        "adam/lr10",
        "sgd/lr2",
        "plain",
    }
    assert set(grouped(workspace, RunGrouping("directory", level=0))) == {"adam", "plain", "sgd"}


def test_by_alias_and_by_hyperparameter(workspace: Workspace) -> None:
    runs = workspace.store.runs
    workspace.set_alias(runs[0].key, "same")
    workspace.set_alias(runs[3].key, "same")
    by_alias = grouped(workspace, RunGrouping("alias"))
    assert by_alias["same"] == ["adam/lr10/seed1", "sgd/lr2/seed1"]
    values = {0: MappingProxyType({"lr": 0.1}), 1: {"lr": 0.1}, 2: {"lr": 2}, 3: {}}
    assert grouped(workspace, RunGrouping("hparam", hparam="lr"), hparams=values) == {
        "lr = 0.1": ["adam/lr10/seed1", "adam/lr10/seed2"],
        "lr = 2": ["adam/lr2/seed1"],
    }
