"""Names, sources and searches of graphs, without a window."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventglass.app.core.graphs.diff import Change
from eventglass.app.core.graphs.hierarchy import Fold, fold
from eventglass.app.core.graphs.layout import lay_out
from eventglass.app.core.graphs.model import from_graph_def
from eventglass.app.core.graphs.scene import Options, level
from eventglass.app.core.names import natural_key
from eventglass.app.models import graph_rows
from eventglass.app.models.column_rows import sort_order
from eventglass.app.models.graph_drawing import empty_drawing
from eventglass.app.models.graph_facts import facts_of, short_name
from eventglass.app.models.graph_picture import changes_of, drawing_of, item_of
from eventglass.app.models.graph_rows import columns_of, node_cells
from eventglass.app.models.graph_search import find_items, queries_of
from eventglass.app.models.graph_sources import file_source, first_choice, source_of_key, sources_of
from eventglass.app.models.graph_tracing import Trace, trace_of
from tests.widgets import graph_logs


@pytest.mark.parametrize(
    ("name", "near", "short"),
    [
        ("a/b/c", "a/b/d", "c"),
        ("a/b/c", "", "a/b/c"),
        ("a/b", "a/b", "b"),
        ("a", "a", "a"),
        ("verylongscope/another_long_scope/third/leaf", "x", "…/another_long_scope/third/leaf"),
    ],
)
def test_names_are_told_from_where_one_is(name: str, near: str, short: str) -> None:
    assert short_name(name, near) == short


@given(st.text("ab/", max_size=80), st.text("ab/", max_size=20))
def test_a_short_name_ends_as_the_name_does(name: str, near: str) -> None:
    short = short_name(name, near)
    assert name.endswith(short.removeprefix("…/"))
    assert len(short) <= max(34, len(name.rpartition("/")[2]) + 2)


def test_words_of_a_search() -> None:
    queries = queries_of("relu op:Conv. nothing: shape:2x3 (")
    assert [(each.where.value, each.words, each.regex) for each in queries] == [
        ("name", "relu", True),
        ("op", "Conv.", True),
        ("name", "nothing:", True),
        ("shape", "2x3", False),
        ("name", "(", False),
    ]


def test_groups_are_found_by_name_too() -> None:
    hierarchy = fold(from_graph_def(graph_logs.graph_def()))
    names = [hierarchy.name(item) for item in find_items(hierarchy, "^enc$").tolist()]
    assert names == ["enc"]
    assert len(find_items(hierarchy, "")) == 0


def test_facts_of_nodes_and_groups() -> None:
    hierarchy = fold(from_graph_def(graph_logs.graph_def()))
    facts = facts_of(hierarchy, hierarchy.find("loss"))
    assert [link.title for link in facts.inputs] == ["dec/MatMul"]
    assert [link.title for link in facts.controls] == ["enc/act/Relu"]
    facts = facts_of(hierarchy, hierarchy.find("dec"))
    assert [link.title for link in facts.inputs] == ["enc/act/Scale"]
    assert [link.title for link in facts.outputs] == ["loss"]
    assert facts.input_count == 1


def test_a_trace_of_a_group_starts_at_all_its_nodes() -> None:
    hierarchy = fold(from_graph_def(graph_logs.graph_def()))
    trace = trace_of(hierarchy, "inputs", hierarchy.find("dec"))
    names = {hierarchy.graph.names[i] for i in np.flatnonzero(trace.nodes).tolist()}
    assert {"dec/w", "dec/MatMul", "enc/act/Two", "x"} <= names
    assert "loss" not in names
    assert trace.count == len(names)


@given(st.data())
def test_what_is_lit_and_what_changed_is_that_of_the_nodes_below(data: st.DataObject) -> None:
    hierarchy = fold(from_graph_def(graph_logs.graph_def()))
    groups = [item for item in range(len(hierarchy)) if hierarchy.kinds[item] != Fold.NODE]
    scene = level(hierarchy, frozenset(data.draw(st.sets(st.sampled_from(groups)))), Options())
    drawing = drawing_of(scene, lay_out(scene, "down"))
    count = len(hierarchy.graph)
    kinds = np.array(data.draw(st.lists(st.integers(0, 3), min_size=count, max_size=count)))
    marked = kinds == 1
    found = changes_of(drawing, scene, SimpleNamespace(nodes=kinds))  # type: ignore[arg-type]
    edges = np.zeros(len(hierarchy.graph.sources), bool)
    lit, _edges = Trace("inputs", marked, edges).lit(scene, drawing)
    for place, drawn in enumerate(drawing.ids.tolist()):
        below = hierarchy.nodes_of(item_of(drawn))
        inside = set(kinds[below].tolist())
        assert found[place] == (inside.pop() if len(inside) == 1 else Change.CHANGED)
        assert lit[place] == marked[below].any()


def test_cells_of_the_table_count_inputs_and_consumers() -> None:
    graph = from_graph_def(graph_logs.graph_def())
    columns = columns_of(graph)
    assert [column.key for column in columns] == ["name", "op", "inputs", "outputs", "controls"]
    cells = node_cells(graph, np.arange(len(graph), dtype=np.int64))
    row = graph.index["loss"]
    assert [cells[column.key].value(row) for column in columns] == ["loss", "Mean", 1, 0, 1]
    relu = graph.index["enc/act/Relu"]
    assert cells["outputs"].value(relu) == 2


@given(st.lists(st.text("aAb/019_", max_size=9), max_size=40), st.integers(1, 9))
def test_ranks_are_those_of_the_natural_order(names: list[str], at_once: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(graph_rows, "_SORTED_AT_ONCE", at_once)
        ranks = graph_rows.ranks_of(names)
    place = {key: at for at, key in enumerate(sorted({natural_key(name) for name in names}))}
    assert ranks.tolist() == [place[natural_key(name)] for name in names]


def test_rows_are_sorted_by_what_was_ranked_before() -> None:
    graph = from_graph_def(graph_logs.graph_def())
    for cells in node_cells(graph, np.arange(len(graph))).values():
        for descending in (False, True):
            order = sort_order(cells, descending).tolist()
            assert order == sort_order(replace(cells, ranks=None), descending).tolist()


def test_sources_of_a_log(tmp_path: Path) -> None:
    for run in ("b", "a10", "a9"):
        graph_logs.write_graph(tmp_path / "logs", run)
    with graph_logs.graph_context(tmp_path / "logs", tmp_path / "settings.json") as context:
        store = context.store
        sources = sources_of(store)
        assert [store.runs[each.run_id].name for each in sources] == ["a9", "a10", "b"]
        assert first_choice(sources) == sources[0]
        for source in sources:
            assert source_of_key(sources, source.key) == source
            moved = [replace(each, run_key=f"/elsewhere/{each.run_key}") for each in sources]
            # Elsewhere the tag decides.
            assert source_of_key(moved, source.key) == moved[0]
        entry = replace(sources[1], entry=3)
        assert source_of_key(sources, entry.key) == entry
        assert source_of_key(sources, "") is None
        assert source_of_key(sources, "run\0other tag\0ops") is None
        file = file_source(tmp_path / "graph.pb")
        assert source_of_key(sources, file.key) == file
        assert first_choice([]) is None


def test_an_empty_drawing_answers() -> None:
    drawing = empty_drawing()
    assert drawing.item_at(0, 0) == -1
    assert drawing.edge_at(0, 0, 5) == -1
    assert drawing.bounds == (0.0, 0.0, 1.0, 1.0)
