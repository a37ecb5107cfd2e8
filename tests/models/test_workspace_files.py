"""Workspaces as files: sent with the logs, opened elsewhere, and not trusted."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventglass.app.models.cards import (
    COMPOSED,
    Annotation,
    Card,
    CardLine,
    CardOptions,
    Derived,
    XRange,
)
from eventglass.app.models.codec import to_json
from eventglass.app.models.embedding_options import EmbeddingOptions
from eventglass.app.models.line_styles import RunStyle
from eventglass.app.models.run_groups import RunGrouping
from eventglass.app.models.session import state_from_json
from eventglass.app.models.view_options import (
    AudioOptions,
    GraphOptions,
    HistogramOptions,
    ImageOptions,
    MeshOptions,
    TextOptions,
)
from eventglass.app.models.workspace import FIELDS, WorkspaceState
from eventglass.app.models.workspace_files import (
    MOST_BYTES,
    WorkspaceFileError,
    read_workspace,
    write_workspace,
)


def saved_for(root: Path) -> dict[str, Any]:
    return {
        "state": {
            "hidden_runs": [f"{root}/train", f"{root}"],
            "run_colours": {f"{root}/eval": "#ff0000"},
            "held_steps": {f"images:{root}/train\0tag": 4},
            "tag_filter": f"{root}2/not below",
        },
        "colour_numbers": [f"{root}/train"],
        "views": {},
        "layout": {"geometry": "AAAA"},
    }


def test_the_file_means_the_same_beside_a_copy_of_the_logs(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    (here / "logs" / "train").mkdir(parents=True)
    file = here / "mine.eventglass"
    write_workspace(file, [str(here / "logs")], saved_for(here / "logs"))
    shutil.move(here, there)
    found = read_workspace(there / "mine.eventglass")
    assert found.roots == (str(there / "logs"),)
    assert not found.outside
    assert not found.missing
    expected = saved_for(there / "logs")
    # What only looks like the root's path is none, and stays as it was.
    expected["state"]["tag_filter"] = f"{here / 'logs'}2/not below"
    assert found.saved == expected


def full_state(root: str, beside: str) -> WorkspaceState:
    """A state with something in every field, run keys and paths wherever they can be."""
    run, other = f"{root}/train", f"{root}/eval ü"
    series, graph = f"{run}\0loss", f"{run}\0\0ops\0{2}"
    return WorkspaceState(
        hidden_runs=frozenset({run}),
        run_colours={other: "#ff0000"},
        run_aliases={run: "best"},
        run_styles={run: RunStyle(width=3.0, dash="dot", step_offset=5)},
        run_filter="train|eval",
        run_sort="last step",
        run_sort_descending=True,
        collapsed_runs=frozenset({other}),
        grouping=RunGrouping(by="regex", pattern="(.*)/fold", centre="median"),
        baseline=run,
        tag_filter="loss|acc.*",
        collapsed_tags=frozenset({"metrics"}),
        pinned_tags=("loss", COMPOSED + "1"),
        card_orders={"metrics": ("b", "a")},
        card_options={"loss": CardOptions(wide=True, y_range=(None, 3.5))},
        collapsed_groups={"metrics": False},
        composed=(Card(COMPOSED + "1", "both", (CardLine("loss"), CardLine("acc", "right"))),),
        derived=(Derived("ratio", "loss / acc"),),
        only_differing=True,
        hide_empty=False,
        show_layouts=False,
        card_width=411,
        smoothing=0.25,
        smoothing_method="median",
        show_raw=False,
        restarts="split",
        series_restarts={series: "join"},
        line_width=2.5,
        markers="none",
        interpolation="step",
        x_axis="tag",
        x_tag="loss",
        x_scale="log",
        y_scale="log",
        ignore_outliers=False,
        same_y=frozenset({"metrics"}),
        share_x=True,
        shared_x=XRange("step", 1.0, 2.0),
        step=77,
        selection=XRange("step", 3.0, 5.0),
        tooltip_sort="name",
        tooltip_rows=3,
        value_columns=("value",),
        range_columns=("min",),
        run_columns=("last:loss",),
        annotations=(Annotation(5, "here it broke", "loss"),),
        event_tags=frozenset({"notes"}),
        held_steps={f"images:{run}\0tag": 4},
        images=ImageOptions(thumbnail=99),
        audio=AudioOptions(**differing(AudioOptions)),
        texts=TextOptions(rendered=False),
        histograms=HistogramOptions(mode="heat"),
        graphs={
            "graphs": GraphOptions(source=graph, against=f"{root}/model.pb", opened=("a", "a/b")),
            "graphs:2": GraphOptions(source=f"{beside}/model.pbtxt"),
        },
        meshes=MeshOptions(against_run=other, clip="x"),
        embeddings=EmbeddingOptions(projection="umap", axis_left="/cat/", seed=3),
    )


def differing(kind: type) -> dict[str, Any]:
    """The first number of a kind of options, made another."""
    first = next(f for f in fields(kind) if isinstance(f.default, int | float))
    return {first.name: type(first.default)(first.default + 1)}


def test_every_choice_survives_beside_a_moved_copy(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "over" / "there"
    (here / "logs" / "train").mkdir(parents=True)
    (here / "model.pbtxt").touch()
    state = full_state(str(here / "logs"), str(here))
    default = WorkspaceState()
    same = [name for name in FIELDS if getattr(state, name) == getattr(default, name)]
    assert not same
    write_workspace(here / "a.eventglass", [str(here / "logs")], {"state": to_json(state)})
    there.parent.mkdir()
    shutil.move(here, there)
    found = read_workspace(there / "a.eventglass")
    assert not found.outside
    after = state_from_json(found.saved["state"])
    expected = full_state(str(there / "logs"), str(there))
    for name in FIELDS:
        assert getattr(after, name) == getattr(expected, name), name


@pytest.mark.parametrize("key", ["source", "against"])
@pytest.mark.parametrize("place", ["state", "views"])
def test_files_with_a_graph_are_asked_about(tmp_path: Path, key: str, place: str) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    options = {key: "/etc/shadow"}
    saved = {
        "state": {"state": {"graphs": {"graphs": options}}},
        "views": {"views": {"graphs:2": {"options": options}}},
    }[place]
    file = tmp_path / "a.eventglass"
    write_workspace(file, [str(logs)], saved)
    assert read_workspace(file).outside == ("/etc/shadow",)


def test_patterns_that_could_take_ages_are_left_out(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    bad = "(a+)+$"
    state = {"run_filter": bad, "tag_filter": "loss|val.*", "grouping": {"pattern": bad}}
    views = {"texts": {"search": "x*y*z"}, "runs": {"filter": ".*a"}}
    file = tmp_path / "a.eventglass"
    write_workspace(file, [str(logs)], {"state": state, "views": views})
    saved = read_workspace(file).saved
    assert saved["state"] == {
        "run_filter": "",
        "tag_filter": "loss|val.*",
        "grouping": {"pattern": ""},
    }
    assert saved["views"] == {"texts": {"search": ""}, "runs": {"filter": ".*a"}}


def test_who_agreed_did_so_to_this_file_in_this_place(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    file, copy = tmp_path / "a.eventglass", tmp_path / "b.eventglass"
    digest = write_workspace(file, [str(logs)], {})
    assert read_workspace(file).digest == digest
    shutil.copy(file, copy)
    assert read_workspace(copy).digest != digest
    file.write_text(file.read_text() + " ")
    assert read_workspace(file).digest != digest


def test_without_a_copy_beside_it_the_old_place_counts(tmp_path: Path) -> None:
    logs, other = tmp_path / "logs", tmp_path / "other"
    logs.mkdir()
    other.mkdir()
    write_workspace(tmp_path / "a.eventglass", [str(logs)], saved_for(logs))
    shutil.move(tmp_path / "a.eventglass", other / "a.eventglass")
    found = read_workspace(other / "a.eventglass")
    assert found.roots == found.outside == (str(logs),)


def test_roots_within_roots_and_missing_ones(tmp_path: Path) -> None:
    outer, inner = tmp_path / "logs", tmp_path / "logs" / "inner"
    inner.mkdir(parents=True)
    gone = tmp_path / "gone"
    saved = {"state": {"hidden_runs": [f"{inner}/a", f"{outer}/b", f"{gone}/c"]}}
    file = tmp_path / "a.eventglass"
    write_workspace(file, [str(outer), str(inner), str(gone)], saved)
    assert str(tmp_path) not in file.read_text().split('"state"')[1]
    found = read_workspace(file)
    assert found.roots == (str(outer), str(inner))
    assert found.missing == (str(gone),)
    assert found.saved["state"] == saved["state"]


def test_nothing_is_written_into_a_logdir(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceFileError, match="log directory"):
        write_workspace(tmp_path / "a.eventglass", [str(tmp_path)], {})
    assert not list(tmp_path.iterdir())


def test_what_was_there_survives_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    file = tmp_path / "a.eventglass"
    write_workspace(file, [str(logs)], {})
    before = file.read_bytes()

    def full(*_args: object, **_options: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(WorkspaceFileError, match="No space left"):
        write_workspace(file, [str(logs)], saved_for(logs))
    assert file.read_bytes() == before
    assert sorted(tmp_path.iterdir()) == [file, logs]


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        ("", "no workspace"),
        ("{", "no workspace"),
        ("[]", "no workspace"),
        ('{"program": "other", "version": 1, "roots": []}', "no workspace"),
        ('{"program": "eventglass-workspace", "version": 2, "roots": []}', "newer version"),
        ('{"program": "eventglass-workspace", "version": 0, "roots": []}', "no workspace"),
        ('{"program": "eventglass-workspace", "version": 1, "roots": {}}', "no workspace"),
        ("[" * 100_000, "no workspace"),
    ],
)
def test_what_is_no_workspace_is_told(tmp_path: Path, contents: str, message: str) -> None:
    file = tmp_path / "a.eventglass"
    file.write_text(contents)
    with pytest.raises(WorkspaceFileError, match=message):
        read_workspace(file)


def test_every_cut_of_a_file_is_told(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    file = tmp_path / "a.eventglass"
    write_workspace(file, [str(logs)], saved_for(logs))
    whole = file.read_bytes().rstrip()
    for length in range(0, len(whole), 7):
        file.write_bytes(whole[:length])
        with pytest.raises(WorkspaceFileError):
            read_workspace(file)


def test_a_file_of_endless_length_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "a.eventglass"
    with file.open("wb") as out:
        out.truncate(MOST_BYTES + 1)
    with pytest.raises(WorkspaceFileError):
        read_workspace(file)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "a.eventglass"
    os.mkfifo(file)
    with pytest.raises(WorkspaceFileError, match="no file"):
        read_workspace(file)


@pytest.mark.parametrize("root", ["../../..", "/", "~", "a\0b", 5, None, "\ue0f00\ue0f1", ""])
def test_roots_elsewhere_are_named_as_such(tmp_path: Path, root: object) -> None:
    folder = tmp_path / "a" / "b" / "c"
    folder.mkdir(parents=True)
    file = folder / "a.eventglass"
    entry = {"relative": root, "absolute": root}
    file.write_text(
        json.dumps({"program": "eventglass-workspace", "version": 1, "roots": [entry, 7]})
    )
    found = read_workspace(file)
    inside = [each for each in found.roots if each not in found.outside]
    assert all(Path(each).is_relative_to(folder) for each in inside)
    assert all(os.path.isabs(each) for each in found.roots)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(roots=st.lists(_json, max_size=4), state=_json)
def test_any_json_is_read_or_told(
    tmp_path_factory: pytest.TempPathFactory, roots: list[Any], state: Any
) -> None:
    file = tmp_path_factory.mktemp("any") / "a.eventglass"
    contents = {"program": "eventglass-workspace", "version": 1, "roots": roots, "state": state}
    file.write_text(json.dumps(contents))
    read_workspace(file)
