"""Workspaces as files: sent with the logs, opened elsewhere, and not trusted."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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

    monkeypatch.setattr(Path, "write_text", full)
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
