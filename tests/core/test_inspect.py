"""`inspect` counts what is there and says why a view would be empty."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from eventglass.app import load
from eventglass.app.core.inspect import (
    MAX_PROBLEMS_SHOWN,
    as_json,
    as_json_text,
    as_text,
    duration,
    empty_views,
    summarize,
)
from eventglass.app.core.names import Kind
from eventglass.app.core.problems import Problem, ProblemKind
from eventglass.app.core.store import LogStore
from tests.core.oracles import DATA
from tests.core.stores import store_of

LOGS = DATA / "logs"


def test_json() -> None:
    store = store_of(
        {
            ("run", "loss"): [(5, 100.0, 1.0), (9, 90.0, 2.0), (7, math.nan, 3.0)],
            ("run", "none"): [],
            (".", "acc"): [(0, math.inf, 1.0)],
        }
    )
    store.add_problem(Problem("/logs/f", 24, 16, ProblemKind.DATA_CRC, "skipped"))
    found = as_json(summarize(store, "/logs"))
    assert found["runs"]["run"]["tags"]["loss"] == {
        "kind": "scalar",
        "plugin": "scalars",
        "count": 3,
        "first_step": 5,
        "last_step": 7,
        "first_wall_time": 90.0,
        "last_wall_time": 100.0,
        "restarts": 1,
    }
    assert found["runs"]["run"]["tags"]["none"]["first_step"] is None
    assert found["runs"]["."]["tags"]["acc"]["first_wall_time"] is None
    assert found["problems"] == [
        {"file": "/logs/f", "offset": 24, "length": 16, "kind": "data_crc", "message": "skipped"}
    ]
    assert json.loads("".join(as_json_text(summarize(store, "/logs")))) == found


def test_json_has_both_kinds_of_a_tag() -> None:
    log = load(LOGS / "odd" / "same_tag_two_plugins")
    tags = as_json(summarize(log.store, ""))["runs"]["run"]["tags"]
    assert len(tags) == len(log["run"].series)
    assert {entry["kind"] for entry in tags.values()} == {s.kind for s in log["run"].series}


def test_json_text_of_nothing() -> None:
    summary = summarize(LogStore(), "a\\b")
    assert json.loads("".join(as_json_text(summary))) == as_json(summary)


def test_json_of_real_logs() -> None:
    log = load(LOGS / "torch")
    found = as_json(summarize(log.store, ""))
    assert tuple(found["runs"]) == log.runs
    for run in log.runs:
        assert set(found["runs"][run]["tags"]) == set(log[run].tags)
    assert found["runs"]["media"]["tags"]["audio/chirp"]["kind"] == "audio"


def test_text() -> None:
    log = load(LOGS / "odd" / "restart_three")
    text = "\n".join(as_text(summarize(log.store, "logs")))
    assert text.startswith("logs\n1 run, ")
    for series in log["run"].series:
        (line,) = [line for line in text.splitlines() if f" {series.tag} " in line]
        assert f" {len(series):,} " in line
        assert ("restart" in line) == (len(series.segments) > 1)
    assert "restarts" in text
    assert all(line == line.rstrip() for line in text.splitlines())


def test_text_of_many_problems() -> None:
    store = store_of({("run", "loss"): [(0, 0.0, 0.0)]})
    for offset in range(MAX_PROBLEMS_SHOWN + 7):
        store.add_problem(Problem("/logs/f", offset, 0, ProblemKind.DATA_CRC, f"lost {offset}"))
    text = "\n".join(as_text(summarize(store, "/logs")))
    assert f"lost {MAX_PROBLEMS_SHOWN - 1}\n" in text
    assert f"lost {MAX_PROBLEMS_SHOWN}\n" not in text
    assert "and 7 more" in text


def test_wall_times_beyond_any_date() -> None:
    store = store_of({("run", "loss"): [(0, -1e300, 0.0), (1, 1e300, 0.0)]})
    assert "-1e+300 s" in "\n".join(as_text(summarize(store, "/logs")))


def test_a_folder_without_event_files() -> None:
    log = load(LOGS / "odd" / "no_runs")
    text = "\n".join(as_text(summarize(log.store, "logs", log.empty_reason)))
    assert "Looked for files with “tfevents” in their name" in text
    assert "1 other file" in text
    assert text.count("Looked for") == 1


@pytest.mark.parametrize(
    ("name", "filled"),
    [
        ("torch", {"Scalars", "Images", "Audio", "Meshes", "Hyperparameters"}),
        ("tf2", {"Scalars", "Graphs", "Histograms"}),
        ("tf1", {"Scalars", "PR curves", "Custom scalars"}),
    ],
)
def test_views_with_something_are_not_empty(name: str, filled: set[str]) -> None:
    assert not filled & empty_views(load(LOGS / name).store).keys()


def test_declared_hyperparameters_without_a_session() -> None:
    reasons = empty_views(load(LOGS / "odd" / "hparams_no_session").store)
    assert "declared" in reasons["Hyperparameters"]


def test_a_series_without_entries_fills_no_view() -> None:
    assert "Scalars" in empty_views(store_of({("run", "loss"): []}))


@pytest.mark.parametrize("place", [".", "run", "run/plugins/org_tensorflow_tensorboard_projector"])
def test_projector(tmp_path: Path, place: str) -> None:
    store = store_of({("run", "loss"): [(0, 0.0, 0.0)]}, root=str(tmp_path))
    assert "Projector" in empty_views(store)
    (tmp_path / place).mkdir(parents=True, exist_ok=True)
    (tmp_path / place / "projector_config.pbtxt").touch()
    assert "Projector" not in empty_views(store)


def test_closed_roots_do_not_count() -> None:
    store = store_of({("run", "loss"): [(0, 0.0, 0.0)]})
    store.close_root(0)
    assert summarize(store, "").runs == ()
    assert set(empty_views(store).values()) == {"No event files were found"}
    assert empty_views(LogStore())


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 s"),
        (0.4564, "0.456 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 0 s"),
        (61.0, "1 min 1 s"),
        (3599.9, "1 h 0 min"),
        (6120.0, "1 h 42 min"),
        (90000.0, "1 d 1 h"),
        (math.inf, ""),
    ],
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_every_kind_but_tensor_has_a_view() -> None:
    """A log with one kind only leaves exactly one view less empty than a log with none."""
    none = empty_views(store_of({("run", "loss"): []})).keys()
    for each in set(Kind) - {Kind.TENSOR, Kind.SCALAR}:
        store = store_of({("run", "loss"): []})
        tag = "_hparams_/session_start_info" if each is Kind.HPARAMS else "tag"
        series = store.add_series(0, tag, each)
        assert series is not None
        series.append(*(np.ones(1, column) for column in ("i8", "f8", "u4", "u8", "u8")))
        assert len(none - empty_views(store).keys()) == 1, each
