"""Which images there are to show, and at which steps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication

from eventglass.app.models.image_rows import ImageRows
from eventglass.app.models.theme import Theme
from eventglass.app.models.workspace import Workspace
from tests.models.image_files import noise, png
from tests.models.image_logs import opened, write_images

DATA = png(noise(4, 4, 3))


@pytest.fixture
def rows(qapp: QGuiApplication, tmp_path: Path) -> Iterator[ImageRows]:
    write_images(
        tmp_path / "logs",
        {
            ("run10", "b"): [(step, [DATA]) for step in range(0, 100, 10)],
            ("run2", "b"): [(step, [DATA]) for step in (0, 33, 60)],
            ("run2", "a/2"): [(0, [DATA])],
            ("run2", "a/10"): [(0, [DATA])],
        },
    )
    with opened(tmp_path / "logs") as store:
        workspace = Workspace(store, Theme("light"))
        workspace.take_changes(store.take_changes())
        made = ImageRows(store, workspace)
        made.take_changes(None)
        made.workspace = workspace  # type: ignore[attr-defined]
        yield made
        workspace.undo_stack.clear()


def names(rows: ImageRows) -> list[tuple[str, list[str]]]:
    store = rows._store
    return [
        (g.tag, [store.runs[store.series[i].run_id].name for i in g.series_ids])
        for g in rows.groups()
    ]


def test_groups_in_natural_order(rows: ImageRows) -> None:
    assert names(rows) == [("a/2", ["run2"]), ("a/10", ["run2"]), ("b", ["run2", "run10"])]


def test_filters_count(rows: ImageRows) -> None:
    workspace: Workspace = rows.workspace  # type: ignore[attr-defined]
    workspace.edit("Filter", tag_filter="^a")
    assert [tag for tag, _runs in names(rows)] == ["a/2", "a/10"]
    workspace.edit("Filter", tag_filter="", run_filter="run10")
    assert names(rows) == [("b", ["run10"])]
    assert rows.has_tags()


def test_columns_are_spread_over_all_steps(rows: ImageRows) -> None:
    workspace: Workspace = rows.workspace  # type: ignore[attr-defined]
    ids = rows.groups()[2].series_ids
    assert rows.columns(ids, 20) == (0, 10, 20, 30, 33, 40, 50, 60, 70, 80, 90)
    assert rows.columns(ids, 3) == (0, 40, 90)
    assert rows.columns(ids, 1) == (90,)
    workspace.set_step(21)
    assert rows.columns(ids, 3) == (0, 20, 90)


def test_a_row_stands_under_the_nearest_columns_once(rows: ImageRows) -> None:
    few, many = rows.groups()[2].series_ids
    columns = (0, 30, 60, 90)
    assert rows.places(few, columns) == (0, 1, 2, -1)
    assert rows.places(many, columns) == (0, 3, 6, 9)


def test_a_held_row_stays(rows: ImageRows) -> None:
    workspace: Workspace = rows.workspace  # type: ignore[attr-defined]
    few, many = rows.groups()[2].series_ids
    workspace.set_step(35)
    assert (rows.place(few), rows.place(many)) == (1, 4)
    rows.hold(few, 60)
    workspace.set_step(0)
    assert (rows.place(few), rows.place(many)) == (2, 0)
    rows.move(few, 33)
    assert (rows.place(few), rows.place(many)) == (1, 0)
    assert workspace.state.step == 0
    rows.hold(few, None)
    assert rows.place(few) == 0
    assert not workspace.state.held_steps
