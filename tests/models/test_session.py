from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventglass.app.models.cards import (
    COMPOSED,
    MOST_CARD_LINES,
    Card,
    CardLine,
    CardOptions,
    Derived,
    Margin,
    XRange,
)
from eventglass.app.models.codec import to_json
from eventglass.app.models.line_styles import RunStyle
from eventglass.app.models.run_groups import RunGrouping
from eventglass.app.models.session import (
    RECENTS,
    roots_hash,
    state_from_json,
)
from eventglass.app.models.settings import Settings
from eventglass.app.models.workspace import WorkspaceState
from tests.models.fakes import add_run, make_session, tell

pytestmark = pytest.mark.usefixtures("qapp")


def saved_files(folder: Path) -> list[Path]:
    return sorted((folder / "workspaces").glob("*"))


def test_a_workspace_is_found_again(tmp_path: Path) -> None:
    session = make_session(tmp_path)
    session.open(["/logs/a"])
    add_run(session.store, session.store.roots[0], "late")
    add_run(session.store, session.store.roots[0], "early")
    tell(session)
    session.feed.progressed.emit(session.reader.progress())
    add_run(session.store, session.store.roots[0], "after")
    tell(session)
    colours = [session.workspace.colour_text(run) for run in session.store.runs]
    session.workspace.edit("x", smoothing=0.9, hidden_runs=frozenset({"/logs/a/late"}))
    session.workspace.set_step(4)
    session.set_view_state("scalars", {"scroll": 3})
    session.save()

    again = make_session(tmp_path)
    again.open(["/logs/a"])
    assert again.workspace.state.smoothing == 0.9
    assert again.workspace.state.step == 4
    assert again.view_states == {"scalars": {"scroll": 3}}
    for name in ("after", "early", "late"):
        add_run(again.store, again.store.roots[0], name)
    tell(again)
    assert again.workspace.visible_run_ids() == (0, 1)
    by_name = {r.name: again.workspace.colour_text(r) for r in again.store.runs}
    assert [by_name[name] for name in ("late", "early", "after")] == colours
    assert not again.workspace.undo_stack.canUndo()


def test_a_root_that_disappears_is_told_of_once(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    session = make_session(tmp_path)
    session.open([str(logs)])
    told: list[str] = []
    session.notice.connect(told.append)
    run = add_run(session.store, session.store.roots[0], "a")
    tell(session)
    session.store.mark_deleted(run.id, True)
    tell(session)
    assert told == []
    logs.rmdir()
    for deleted in (False, True, False):
        session.store.mark_deleted(run.id, deleted)
        tell(session)
    assert len(told) == 1
    assert str(logs) in told[0]
    logs.mkdir()
    session.store.mark_deleted(run.id, True)
    tell(session)
    logs.rmdir()
    session.store.mark_deleted(run.id, False)
    tell(session)
    assert len(told) == 2


def test_names_that_are_no_text_come_back(tmp_path: Path) -> None:
    odd = os.fsdecode(b"/logs/caf\xe9")
    session = make_session(tmp_path)
    session.open([odd])
    session.workspace.edit("x", hidden_runs=frozenset({odd}))
    session.set_view_state("scalars", {"range": [float("inf"), float("nan")]})
    session.save()
    again = make_session(tmp_path)
    again.open([odd])
    assert again.workspace.state.hidden_runs == {odd}
    assert again.recents == ((odd,),)


def test_nothing_is_written_into_the_logdir(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    session = make_session(tmp_path / "data")
    session.open([logs])
    session.workspace.edit("x", smoothing=0.1)
    session.save()
    assert list(logs.iterdir()) == []
    assert len(saved_files(tmp_path / "data")) == 1


def test_each_set_of_roots_has_its_own_file(tmp_path: Path) -> None:
    assert roots_hash(["/a", "/b"]) == roots_hash(["/b", "/a"]) != roots_hash(["/a"])
    session = make_session(tmp_path)
    session.open(["/logs/a"])
    session.workspace.edit("x", smoothing=0.1)
    session.open(["/logs/b"])
    assert session.workspace.state.smoothing == 0.1
    session.workspace.edit("x", smoothing=0.2)
    session.close_root(1)
    session.save()
    smoothings = {
        tuple(value["roots"]): value["state"].get("smoothing")
        for value in (json.loads(path.read_text()) for path in saved_files(tmp_path))
    }
    assert smoothings[("/logs/a",)] == 0.2
    assert smoothings[("/logs/a", "/logs/b")] == 0.2


@pytest.mark.parametrize("damage", ["{", '{"format": 1, "state": [', "\x00\x00", "[]", "3", "null"])
def test_a_damaged_workspace_is_set_aside_and_told(tmp_path: Path, damage: str) -> None:
    session = make_session(tmp_path)
    session.open(["/logs/a"])
    session.save()
    (path,) = saved_files(tmp_path)
    path.write_text(damage)
    again = make_session(tmp_path)
    told: list[str] = []
    again.notice.connect(told.append)
    again.open(["/logs/a"])
    assert again.workspace.state == WorkspaceState()
    if damage in ("[]", "3", "null"):
        assert told == []
    else:
        assert len(told) == 1
        assert "damaged" in told[0]
        assert path.with_suffix(".damaged").read_text() == damage


def test_a_full_disk_is_told_once_and_again_after_it_worked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = make_session(tmp_path)
    told: list[str] = []
    session.notice.connect(told.append)
    session.open(["/logs/a"])
    session.save()
    (path,) = saved_files(tmp_path)
    before = path.read_text()

    def full(source: str, target: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        session.workspace.edit("x", smoothing=0.1)
        session.save()
        session.save()
        assert len(told) == 1
        assert "No space left on device" in told[0]
    assert path.read_text() == before
    assert saved_files(tmp_path) == [path]
    session.save()
    assert json.loads(path.read_text())["state"]["smoothing"] == 0.1
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        session.save()
    assert len(told) == 2


def test_recents_the_latest_first_without_repeats(tmp_path: Path) -> None:
    for i in range(RECENTS + 3):
        make_session(tmp_path).open([f"/logs/{i}"])
    make_session(tmp_path).open(["/logs/5"])
    recents = make_session(tmp_path).recents
    assert len(recents) == RECENTS
    assert recents[0] == ("/logs/5",)
    assert recents[1] == (f"/logs/{RECENTS + 2}",)
    session = make_session(tmp_path)
    session.forget_recents()
    assert make_session(tmp_path).recents == ()


def test_opening_the_same_twice_opens_once(tmp_path: Path) -> None:
    session = make_session(tmp_path)
    session.open(["/logs/a", "/logs/a"])
    session.open(["/logs/a"])
    assert session.open_roots() == ("/logs/a",)


def test_what_cannot_be_opened_is_told(tmp_path: Path) -> None:
    session = make_session(tmp_path)
    told: list[str] = []
    session.notice.connect(told.append)
    session.open(["/"])
    assert told == ["Could not be opened (no name): /"]
    assert session.open_roots() == ()


TEXTS = st.text(max_size=8)
REAL = st.floats(allow_nan=False, allow_infinity=False)
STATES = st.builds(
    WorkspaceState,
    hidden_runs=st.frozensets(TEXTS, max_size=3),
    run_aliases=st.dictionaries(TEXTS, TEXTS, max_size=3),
    collapsed_groups=st.dictionaries(TEXTS, st.booleans(), max_size=3),
    pinned_tags=st.lists(TEXTS, max_size=3).map(tuple),
    smoothing=st.floats(0, 0.999),
    x_axis=st.sampled_from(["step", "relative", "wall"]),
    show_raw=st.booleans(),
    card_width=st.integers(100, 2000),
    step=st.none() | st.integers(-(2**63), 2**63 - 1),
    selection=st.none()
    | st.builds(XRange, st.sampled_from(["step", "wall"]), st.floats(-1e300, 0), st.floats(0, 1)),
    run_styles=st.dictionaries(
        TEXTS, st.builds(RunStyle, st.floats(0, 20), st.just("dot")), max_size=3
    ),
    grouping=st.builds(RunGrouping, st.sampled_from(["none", "regex"]), TEXTS),
    card_orders=st.dictionaries(TEXTS, st.lists(TEXTS, max_size=3).map(tuple), max_size=2),
    card_options=st.dictionaries(
        TEXTS, st.builds(CardOptions, y_range=st.none() | st.tuples(REAL, REAL)), max_size=2
    ),
    composed=st.lists(
        st.builds(
            Card,
            TEXTS.map(lambda text: COMPOSED + text),
            TEXTS,
            st.lists(st.builds(CardLine, TEXTS, st.just("right")), max_size=2).map(tuple),
            st.lists(st.builds(Margin, TEXTS, TEXTS, TEXTS), max_size=2).map(tuple),
        ),
        max_size=2,
        unique_by=lambda card: card.key,
    ).map(tuple),
)


@given(STATES)
def test_states_survive_json(state: WorkspaceState) -> None:
    found = json.loads(json.dumps(to_json(state)))
    assert state_from_json(found) == state


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
NAMES = sorted(WorkspaceState.__slots__)


@given(st.dictionaries(st.sampled_from(NAMES) | TEXTS, JSON) | JSON)
def test_any_json_gives_a_state_that_can_be_saved(found: Any) -> None:
    state = state_from_json(found)
    assert state_from_json(json.loads(json.dumps(to_json(state)))) == state
    assert 0 <= state.smoothing < 1


def test_what_nobody_can_have_chosen_is_brought_within_bounds() -> None:
    line = {"tag": "a"}
    found = {
        "line_width": 1e300,
        "card_width": -5,
        "tooltip_rows": 0,
        "step": 10**30,
        "run_styles": {"r": {"width": -1.0, "step_offset": 2**62, "time_offset_s": -1e300}},
        "composed": [
            {"key": "no composed one", "title": "t"},
            {"key": "\x01c", "title": "first", "lines": [line] * 100_000},
            {"key": "\x01c", "title": "second"},
        ],
        "derived": [{"name": "d", "expression": e} for e in ("a", "b")],
        "annotations": [{"step": i, "text": "n"} for i in range(5000)],
        "selection": {"axis": "step", "low": 3.0, "high": 2.0},
        "shared_x": {"axis": "step", "low": -1.7e308, "high": 1.7e308},
        "run_filter": "x" * 1_000_000,
    }
    state = state_from_json(found)
    assert (state.line_width, state.card_width, state.tooltip_rows) == (20.0, 100, 1)
    assert state.step is None
    assert state.run_styles == {"r": RunStyle(0.0, "solid", 2**53, -(2.0**53))}
    assert [(card.key, card.title) for card in state.composed] == [("\x01c", "first")]
    assert len(state.composed[0].lines) == MOST_CARD_LINES
    assert state.derived == (Derived("d", "a"),)
    assert len(state.annotations) == 2000
    assert (state.selection, state.shared_x, state.run_filter) == (None, None, "")


def test_settings_survive_and_damage_is_told(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    settings = Settings(path)
    heard: list[str] = []
    settings.changed.connect(heard.append)
    settings.set("theme", "dark")
    settings.set("theme", "dark")
    assert heard == ["theme"]
    assert Settings(path)["theme"] == "dark"
    with pytest.raises(ValueError, match="theme cannot be"):
        settings.set("theme", "pink")
    path.write_text('{"theme": "pink", "live": 3, "unknown": 1}')
    assert Settings(path)["theme"] == "system"
    assert Settings(path).flag("live")
    path.write_text("{{")
    damaged = Settings(path)
    assert "damaged" in damaged.trouble
    assert damaged["theme"] == "system"


def test_settings_that_cannot_be_written_are_told_once(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    settings = Settings(blocked / "settings.json")
    told: list[str] = []
    settings.failed.connect(told.append)
    settings.set("theme", "dark")
    settings.set("theme", "light")
    assert len(told) == 1
    assert settings["theme"] == "light"
