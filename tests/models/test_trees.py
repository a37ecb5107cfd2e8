from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from eventglass.app.core.names import Kind
from eventglass.app.core.store import LogStore
from eventglass.app.models.run_tree import RunTree
from eventglass.app.models.tag_tree import TagTree
from eventglass.app.models.theme import Theme
from eventglass.app.models.tree_rows import TreeRows
from eventglass.app.models.workspace import Workspace
from tests.models.fakes import add_run, add_scalars, make_store

pytestmark = pytest.mark.usefixtures("qapp")


def runs_of(store: LogStore) -> tuple[RunTree, Workspace]:
    workspace = Workspace(store, Theme("light"))
    workspace.take_changes(store.take_changes())
    return RunTree(store, workspace), workspace


def rows(tree: TreeRows) -> list[str]:
    """Rows as ``depth:label``."""
    nodes = [tree.node(row) for row in range(tree.rowCount())]
    return [f"{node.depth}:{node.label}" for node in nodes if node is not None]


def box(tree: RunTree, row: int) -> Qt.CheckState:
    return Qt.CheckState(tree.index(row, 0).data(Qt.ItemDataRole.CheckStateRole))


def test_runs_by_directory_in_natural_order() -> None:
    tree, _ = runs_of(make_store(["b/run10", "b/run9", "a", "."]))
    assert rows(tree) == ["0:a", "0:a", "0:b", "1:run9", "1:run10"]
    labels = [tree.run(node).name for row in (0, 1) if (node := tree.node(row))]  # type: ignore[union-attr]
    assert sorted(labels) == [".", "a"]


def test_a_run_that_holds_runs_is_both() -> None:
    tree, workspace = runs_of(make_store(["a", "a/b"]))
    assert rows(tree) == ["0:a", "1:b"]
    workspace.set_shown(["/logs/a/a"], False)
    assert box(tree, 0) == Qt.CheckState.PartiallyChecked
    assert box(tree, 1) == Qt.CheckState.Checked


def test_chains_of_folders_are_one_row() -> None:
    tree, _ = runs_of(make_store(["x/y/z/train", "x/y/z/val"]))
    assert rows(tree) == ["0:x/y/z", "1:train", "1:val"]


def test_roots_stand_on_top_when_there_are_several() -> None:
    store = make_store(["one"])
    tree, workspace = runs_of(store)
    other = store.add_root("/logs/b", "b")
    add_run(store, other, ".")
    add_run(store, other, "two")
    changes = store.take_changes()
    workspace.take_changes(changes)
    tree.rebuild()
    assert rows(tree) == ["0:b", "1:two", "0:a", "1:one"] or rows(tree) == [
        "0:a",
        "1:one",
        "0:b",
        "1:two",
    ]
    store.close_root(0)
    workspace.take_changes(store.take_changes())
    tree.rebuild()
    assert rows(tree) == ["0:b", "0:two"]


def test_boxes_are_tri_state_and_tick_all_below() -> None:
    tree, workspace = runs_of(make_store(["a/train", "a/val", "b"]))
    assert box(tree, 0) == Qt.CheckState.Checked
    tree.setData(tree.index(1, 0), Qt.CheckState.Unchecked, Qt.ItemDataRole.CheckStateRole)
    assert box(tree, 0) == Qt.CheckState.PartiallyChecked
    assert box(tree, 1) == Qt.CheckState.Unchecked
    tree.setData(tree.index(0, 0), Qt.CheckState.Unchecked, Qt.ItemDataRole.CheckStateRole)
    assert workspace.visible_run_ids() == (2,)
    tree.setData(tree.index(0, 0), Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)
    assert workspace.visible_run_ids() == (0, 1, 2)
    workspace.isolate(["/logs/a/b"])
    assert [box(tree, row) for row in range(4)] == [
        Qt.CheckState.Unchecked,
        Qt.CheckState.Unchecked,
        Qt.CheckState.Unchecked,
        Qt.CheckState.Checked,
    ]


def test_renaming_shows_the_alias() -> None:
    tree, workspace = runs_of(make_store(["a"]))
    tree.setData(tree.index(0, 0), "the best", Qt.ItemDataRole.EditRole)
    assert tree.index(0, 0).data() == "the best"
    assert workspace.state.run_aliases == {"/logs/a/a": "the best"}
    assert tree.index(0, 0).data(Qt.ItemDataRole.EditRole) == "the best"
    tree.setData(tree.index(0, 0), " a ", Qt.ItemDataRole.EditRole)
    assert workspace.state.run_aliases == {}


def test_filter_keeps_what_lies_above_and_opens_it() -> None:
    tree, workspace = runs_of(make_store(["a/train", "a/val", "b/train"]))
    tree.set_open(0, False)
    assert rows(tree) == ["0:a", "0:b", "1:train"]
    workspace.edit("Filter", run_filter="^a/v")
    assert rows(tree) == ["0:a", "1:val"]
    workspace.edit("Filter", run_filter="")
    assert rows(tree) == ["0:a", "0:b", "1:train"]


def test_sorting_by_start_and_by_last_step() -> None:
    store = make_store(["a/x", "a/y", "b"])
    for run, start, last in zip(store.runs, (30.0, 10.0, 20.0), (1, 5, 9), strict=True):
        run.first_wall_time_s, run.last_step = start, last
    tree, workspace = runs_of(store)
    workspace.edit("Sort", run_sort="start time")
    assert rows(tree) == ["0:a", "1:y", "1:x", "0:b"]
    workspace.edit("Sort", run_sort="last step", run_sort_descending=True)
    assert rows(tree) == ["0:b", "0:a", "1:y", "1:x"]
    workspace.edit("Sort", run_sort="name")
    assert rows(tree) == ["0:b", "0:a", "1:y", "1:x"]


def test_columns_and_words() -> None:
    store = make_store(["a"])
    add_scalars(store, store.runs[0], "loss", [1.0] * 76)
    tree, _ = runs_of(store)
    assert [tree.index(0, i).data() for i in range(3)] == ["a", "750", "1 min 15 s"]
    spoken = tree.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "a, level 1, last step 750, shown"
    assert "/logs/a/a" in tree.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    store.mark_deleted(0, True)
    assert "deleted" in tree.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)


def test_runs_that_come_later_keep_what_is_closed(qtbot: object) -> None:
    store = make_store(["a/x", "b/x"])
    tree, workspace = runs_of(store)
    tree.set_open(0, False)
    add_run(store, store.roots[0], "a/y")
    changes = store.take_changes()
    workspace.take_changes(changes)
    tree.take_changes(changes)
    tree.rebuild()
    assert rows(tree) == ["0:a", "0:b", "1:x"]
    tree.set_open(0, True)
    assert rows(tree) == ["0:a", "1:x", "1:y", "0:b", "1:x"]


def test_growth_repaints_and_does_not_rebuild() -> None:
    store = make_store(["a"])
    tree, _ = runs_of(store)
    resets: list[int] = []
    changed: list[int] = []
    tree.modelReset.connect(lambda: resets.append(1))
    tree.dataChanged.connect(lambda *_: changed.append(1))
    add_scalars(store, store.runs[0], "loss", [1.0])
    tree.take_changes(store.take_changes())
    assert (len(resets), len(changed)) == (0, 1)


PATHS = st.lists(
    st.lists(st.sampled_from(["a", "b", "run2", "run10"]), min_size=1, max_size=5).map("/".join),
    max_size=12,
    unique=True,
)


@given(PATHS, st.lists(st.integers(0, 20), max_size=8), st.sampled_from(["", "a", "run", "b/"]))
def test_rows_are_the_open_part_of_the_tree(
    names: list[str], clicks: list[int], pattern: str
) -> None:
    tree, workspace = runs_of(make_store(names))
    tester = QAbstractItemModelTester(tree, QAbstractItemModelTester.FailureReportingMode.Fatal)
    workspace.edit("Filter", run_filter=pattern)
    for row in clicks:
        node = tree.node(row)
        if node is not None:
            tree.set_open(row, not node.open)
    seen = [tree.node(row) for row in range(tree.rowCount())]
    expected = [
        node
        for top in tree.tops
        for node in top.walk()
        if all(above.open for above in _above(node))
    ]
    assert seen == expected
    assert all(node.depth == len(_above(node)) for node in expected)
    everything = [node for top in tree.tops for node in top.walk()]
    wanted = {name for name in names if pattern in name}
    assert {tree.run(node).name for node in everything if node.item is not None} == wanted  # type: ignore[union-attr]
    assert sum(top.size for top in tree.tops) == len(wanted)
    assert len({node.key for node in everything}) == len(everything)
    del tester


def _above(node):  # type: ignore[no-untyped-def]
    found = []
    while node.parent is not None:
        node = node.parent
        found.append(node)
    return found


def tags_of(store: LogStore) -> tuple[TagTree, Workspace]:
    workspace = Workspace(store, Theme("light"))
    return TagTree(store, workspace), workspace


def tag_store() -> LogStore:
    store = make_store(["a", "b"])
    for run in (0, 1):
        for tag in ("train/loss", "train/accuracy", "layers/block10/w", "layers/block2/w", "lr"):
            store.add_series(run, tag, Kind.SCALAR)
    store.add_series(0, "train/loss", Kind.HISTOGRAM)
    return store


def test_tags_by_prefix_with_counts() -> None:
    tree, _ = tags_of(tag_store())
    assert rows(tree) == [
        "0:layers",
        "1:block2/w",
        "1:block10/w",
        "0:lr",
        "0:train",
        "1:accuracy",
        "1:loss",
        "1:loss",
    ]
    assert [tree.index(row, 1).data() for row in (0, 1, 4, 6, 7)] == [
        "2",
        "2 runs",
        "3",
        "1 run",
        "2 runs",
    ]
    row = tree.row_of_tag("train/loss", Kind.SCALAR)
    node = tree.node(row)
    assert node is not None
    assert node.item == ("train/loss", Kind.SCALAR, 2)


def test_tag_filter() -> None:
    tree, workspace = tags_of(tag_store())
    counts: list[tuple[int, int]] = []
    tree.counted.connect(lambda *numbers: counts.append(numbers))
    workspace.edit("Filter", tag_filter="LOSS|lr")
    assert rows(tree) == ["0:lr"]
    workspace.edit("Filter", tag_filter="loss|lr")
    assert rows(tree) == ["0:lr", "0:train", "1:loss", "1:loss"]
    workspace.edit("Filter", tag_filter="block(")
    assert rows(tree) == []
    assert counts == [(1, 6), (3, 6), (0, 6)]


def test_closing_all_groups_and_opening_them() -> None:
    tree, _ = tags_of(tag_store())
    tree.set_all_open(False)
    assert rows(tree) == ["0:layers", "0:lr", "0:train"]
    tree.set_all_open(True)
    assert tree.rowCount() == 8


@pytest.mark.parametrize("tag", ["/", "//", "/a", "a/", "a//b", "", "a/\0/b", "ü/é"])
def test_odd_tags_are_found(tag: str) -> None:
    store = make_store(["a"])
    store.add_series(0, tag, Kind.SCALAR)
    store.add_series(0, "plain/x", Kind.SCALAR)
    tree, _ = tags_of(store)
    assert tree.row_of_tag(tag, Kind.SCALAR) >= 0


def test_a_filter_that_lets_the_same_runs_through_builds_nothing() -> None:
    tree, workspace = runs_of(make_store(["one/x", "one/y", "two"]))
    resets: list[bool] = []
    counts: list[tuple[int, int]] = []
    tree.modelReset.connect(lambda: resets.append(True))
    tree.counted.connect(lambda *count: counts.append(count))
    workspace.edit("x", run_filter="o")
    assert not resets
    assert counts == [(3, 3)]
    workspace.edit("x", run_filter="one")
    assert len(resets) == 1
    assert counts[-1] == (2, 3)
    workspace.edit("x", run_filter="")
    assert rows(tree) == ["0:one", "1:x", "1:y", "0:two"]


def test_reserved_tags_come_last_and_have_names() -> None:
    store = make_store(["a"])
    run = store.runs[0]
    for tag, kind in (
        ("_hparams_/experiment", Kind.HPARAMS),
        ("__run_graph__", Kind.GRAPH),
        ("loss", Kind.SCALAR),
    ):
        store.add_series(run.id, tag, kind)
    tree = TagTree(store, Workspace(store, Theme("light")))
    assert rows(tree) == ["0:loss", "0:Graph", "0:_hparams_", "1:experiment"]
    assert [tag for tag, _kind, _count in tree.tags()][1] == "__run_graph__"


def test_a_filter_that_lets_the_same_tags_through_builds_nothing() -> None:
    store = make_store(["a"])
    for tag in ("one/x", "one/y", "two"):
        store.add_series(store.runs[0].id, tag, Kind.SCALAR)
    workspace = Workspace(store, Theme("light"))
    tree = TagTree(store, workspace)
    resets: list[bool] = []
    tree.modelReset.connect(lambda: resets.append(True))
    workspace.edit("x", tag_filter="o")
    assert not resets
    workspace.edit("x", tag_filter="one")
    assert rows(tree) == ["0:one", "1:x", "1:y"]
    tops = tree.tops
    assert [node.size for node in tops] == [2]
    tree.set_all_open(False)
    workspace.edit("x", tag_filter="")
    assert rows(tree) == ["0:one", "0:two"]
