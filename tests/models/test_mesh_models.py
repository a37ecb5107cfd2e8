"""Cards of meshes, and meshes read in tasks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from eventglass.app import load
from eventglass.app.core.store import LogStore
from eventglass.app.models.mesh_book import ColourRequest, LoadedMesh, MeshBook, mesh_entries
from eventglass.app.models.mesh_groups import MOST_SAMPLES, MeshGroups
from eventglass.app.models.payloads import Payloads
from eventglass.app.models.tasks import Tasks
from eventglass.app.models.theme import Theme
from eventglass.app.models.workspace import Workspace
from tests.widgets.audio_logs import write_log
from tests.widgets.mesh_logs import CUBE, CUBE_FACES, mesh


def read_store(folder: Path, runs: dict[str, dict[str, list[tuple[int, bytes]]]]) -> LogStore:
    entries = {(run, tag): rows for run, found in runs.items() for tag, rows in found.items()}
    return load(write_log(folder, entries)).store


def groups_of(store: LogStore) -> tuple[MeshGroups, Workspace]:
    workspace = Workspace(store, Theme("light"))
    workspace.take_changes(store.take_changes())
    groups = MeshGroups(store, workspace, "Meshes")
    assert groups.take_changes(None)
    return groups, workspace


@pytest.fixture
def store(tmp_path: Path) -> LogStore:
    both = np.stack([CUBE, CUBE + 1])
    return read_store(
        tmp_path / "logs",
        {
            "a": {
                **mesh("val/cube", [(0, both), (5, both)], CUBE_FACES),
                **mesh("lone", [(0, CUBE)]),
            },
            "b": mesh("val/cube", [(0, CUBE)], CUBE_FACES),
        },
    )


@pytest.fixture
def tasks() -> Iterator[Tasks]:
    made = Tasks()
    yield made
    made.stop()


def test_samples_stand_beside_each_other_run_by_run(qapp: object, store: LogStore) -> None:
    groups, workspace = groups_of(store)
    made = groups.groups(False)
    assert [(group.title, len(group.keys)) for group in made] == [("Other", 1), ("val", 3)]
    places = [groups.mesh_place(key) for key in made[1].keys]
    told = [(store.runs[p.mesh.run_id].name, p.sample, p.samples) for p in places if p]
    assert told == [("a", 0, 2), ("b", 0, 1), ("a", 1, 2)]
    assert len(set(groups.keys_of_tag("val/cube_FACE"))) == 3
    workspace.edit("Filter", tag_filter="cube_VERTEX$")
    assert [len(group.keys) for group in groups.groups(False)] == [3]
    workspace.edit("Pin", pinned_tags=("lone",), tag_filter="")
    assert groups.groups(False)[0].title == "Pinned"
    assert not groups.take_changes(store.take_changes())


def test_more_samples_than_promised_are_learnt_within_bounds(qapp: object, store: LogStore) -> None:
    groups, _workspace = groups_of(store)
    groups.groups(False)
    place = groups.mesh_place(groups.keys_of_tag("lone")[0])
    assert place is not None
    assert not groups.learn_batch(place.mesh, 1)
    assert groups.learn_batch(place.mesh, 3)
    assert not groups.learn_batch(place.mesh, 2)
    groups.groups(False)
    assert len(groups.keys_of_tag("lone")) == 3
    assert groups.learn_batch(place.mesh, 10**9)
    groups.groups(False)
    assert len(groups.keys_of_tag("lone")) == MOST_SAMPLES


def test_a_batch_that_can_not_be_makes_few_cards(qapp: object, tmp_path: Path) -> None:
    store = read_store(tmp_path / "logs", {"a": mesh("m", [(0, CUBE)])})
    # The shape in the metadata promises two thousand million meshes.
    content = store.series[0].plugin_content
    store.series[0].plugin_content = content.replace(
        b"\x32\x03\x01\x08\x03", b"\x32\x07\xff\xff\xff\xff\x07\x08\x03"
    )
    groups, _workspace = groups_of(store)
    assert len(groups.groups(False)[0].keys) == MOST_SAMPLES


def test_equal_parts_are_the_very_same_arrays(
    qapp: object, qtbot: QtBot, tmp_path: Path, tasks: Tasks
) -> None:
    steps = [(0, CUBE), (10, CUBE * 2)]
    rows = mesh("m", steps, CUBE_FACES, np.zeros((8, 3), np.uint8))
    for name in ("FACE", "COLOR"):
        # Written again at each step, as PyTorch does.
        rows[f"m_{name}"] = [(step, rows[f"m_{name}"][0][1]) for step, _places in steps]
    store = read_store(tmp_path / "logs", {"a": rows})
    groups, _workspace = groups_of(store)
    groups.groups(False)
    place = groups.mesh_place(groups.keys_of_tag("m")[0])
    assert place is not None
    book = MeshBook(store, tasks, Payloads(store, tasks, 1 << 20))
    entries, key_of = mesh_entries(store, place.mesh, "hide")
    assert entries.steps.tolist() == [0, 10]
    got: list[LoadedMesh] = []
    book.request("one", key_of(0, 0), ColourRequest(), got.append, fit=True)
    qtbot.waitUntil(lambda: len(got) == 1)
    first = got[0].mesh
    assert first is not None
    assert got[0].reach is not None
    assert len(got[0].reach) == 8
    book.request("one", key_of(1, 0), ColourRequest("x"), got.append, first)
    qtbot.waitUntil(lambda: len(got) == 2)
    second = got[1].mesh
    assert second is not None
    assert second.faces is first.faces
    assert second.colours is first.colours
    assert got[1].values is not None
    assert got[1].values.tolist() == (CUBE[:, 0] * 2).tolist()
    # Kept: the same mesh again is the same object, until all is forgotten.
    assert book.read(key_of(0, 0), ColourRequest()).mesh is first
    book.forget()
    assert book.read(key_of(0, 0), ColourRequest()).mesh is not first


def test_what_can_not_be_read_is_told(
    qapp: object, qtbot: QtBot, tmp_path: Path, tasks: Tasks
) -> None:
    rows = mesh("m", [(0, CUBE), (10, CUBE)], CUBE_FACES)
    rows["m_FACE"] = [(5, rows["m_FACE"][0][1])]
    store = read_store(tmp_path / "logs", {"a": rows})
    groups, _workspace = groups_of(store)
    groups.groups(False)
    place = groups.mesh_place(groups.keys_of_tag("m")[0])
    assert place is not None
    book = MeshBook(store, tasks, Payloads(store, tasks, 1 << 20), budget_bytes=10)
    _entries, key_of = mesh_entries(store, place.mesh, "hide")
    early = book.read(key_of(0, 0), ColourRequest())
    assert early.mesh is not None
    assert not len(early.mesh.faces)
    assert early.notes[0] == "Faces: none were logged up to this step"
    assert early.notes[-1].startswith("Step 0 in events.out.tfevents")
    assert len(book.read(key_of(1, 0), ColourRequest()).mesh.faces) == 12  # type: ignore[union-attr]
    alone = book.read(key_of(1, 0), ColourRequest("distance"))
    assert "no other mesh" in alone.notes[0]
    # The file goes away under it.
    file = next((tmp_path / "logs").rglob("*tfevents*"))
    file.unlink()
    fresh = MeshBook(store, tasks, Payloads(store, tasks, 1 << 20))
    got: list[LoadedMesh] = []
    fresh.request("one", key_of(1, 0), ColourRequest(), got.append)
    qtbot.waitUntil(lambda: len(got) == 1)
    assert got[0].mesh is None
    assert "can't be read" in got[0].error
