from __future__ import annotations

import csv
import io
import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPersistentModelIndex, Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from eventglass.app.models.column_rows import (
    Cells,
    Column,
    ColumnRows,
    Layout,
    cell_text,
    differs,
    exact_text,
    floats,
    sort_order,
    things,
    wholes,
)

COLUMNS = (
    Column("name", "Name", "text"),
    Column("loss", "Loss", "value", best="min"),
    Column("step", "Step", "step"),
    Column("time", "Wall time", "moment"),
)


def rows_of(losses: list[float], steps: list[int | None] | None = None) -> ColumnRows:
    rows = ColumnRows()
    fill(rows, losses, steps)
    return rows


def fill(rows: ColumnRows, losses: list[float], steps: list[int | None] | None = None) -> None:
    count = len(losses)
    cells = {
        "name": things([f"run{i}" for i in range(count)]),
        "loss": floats(losses, np.ones(count, np.bool_)),
        "step": wholes(steps or [None] * count),
        "time": floats([1.7e9 + i for i in range(count)]),
    }
    rows.set_content(COLUMNS, range(100, 100 + count), cells)


def column(rows: ColumnRows, number: int) -> list[str]:
    return [rows.text(row, number) for row in range(rows.rowCount())]


@given(st.lists(st.floats(allow_nan=True)), st.booleans())
def test_numbers_sort_with_nan_last_and_equals_in_order(values: list[float], down: bool) -> None:
    order = sort_order(floats(values, np.ones(len(values), np.bool_)), down).tolist()
    assert sorted(order) == list(range(len(values)))
    numbers = [i for i in order if not math.isnan(values[i])]
    assert order[: len(numbers)] == numbers
    expected = sorted(
        (i for i in range(len(values)) if not math.isnan(values[i])),
        key=lambda i: (-values[i] if down else values[i], i),
    )
    assert numbers == expected


@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1)), st.booleans())
def test_whole_numbers_sort_exactly(values: list[int | None], down: bool) -> None:
    order = sort_order(wholes(values), down).tolist()
    known = [(-v if down else v, i) for i, v in enumerate(values) if v is not None]
    missing = [i for i, v in enumerate(values) if v is None]
    assert order == [i for _v, i in sorted(known)] + missing


@given(
    st.lists(st.none() | st.booleans() | st.integers() | st.floats() | st.text()),
    st.booleans(),
)
def test_values_of_several_types_sort(values: list[Any], down: bool) -> None:
    cells = things(values)
    order = sort_order(cells, down).tolist()
    assert sorted(order) == list(range(len(values)))
    kinds = [bool(cells.known[i]) for i in order]
    assert kinds == sorted(kinds, reverse=True)


def test_rows_sort_filter_and_find_the_best(qtbot: QtBot, qtmodeltester: ModelTester) -> None:
    rows = rows_of([3.0, math.nan, 1.0, 2.0])
    qtmodeltester.check(rows)
    assert [rows.is_best(row, 1) for row in range(4)] == [False, False, True, False]
    rows.set_sort("loss", False)
    assert column(rows, 0) == ["run2", "run3", "run0", "run1"]
    rows.set_sort("loss", True)
    assert column(rows, 0) == ["run0", "run3", "run2", "run1"]
    assert column(rows, 1) == ["3", "2", "1", "NaN"]
    assert rows.row_of(102) == 2
    assert rows.id_of(2) == 102
    assert rows.id_of(99) == -1


def test_what_is_selected_moves_with_its_row(qtbot: QtBot) -> None:
    rows = rows_of([3.0, 2.0, 1.0])
    kept = QPersistentModelIndex(rows.index(0, 1))
    rows.set_sort("loss", False)
    assert kept.row() == 2
    assert rows.text(kept.row(), 1) == "3"
    fill(rows, [0.0, 2.0, 1.0])
    assert rows.text(kept.row(), 1) == "0"
    assert kept.row() == 0


def test_a_best_that_all_have_is_none(qtbot: QtBot) -> None:
    assert not any(rows_of([1.0, 1.0]).is_best(row, 1) for row in range(2))
    assert not rows_of([1.0]).is_best(0, 1)
    assert rows_of([1.0, math.inf, 2.0, 1.0]).is_best(3, 1)


@given(st.lists(st.tuples(st.floats(), st.none() | st.integers(-(2**63), 2**63 - 1)), min_size=1))
def test_copies_have_all_digits(cells: list[tuple[float, int | None]]) -> None:
    rows = rows_of([loss for loss, _step in cells], [step for _loss, step in cells])
    lines = [line.split("\t") for line in rows.tsv().split("\n")]
    assert lines[0] == ["Name", "Loss", "Step", "Wall time (s since 1970 UTC)"]
    for line, (loss, step) in zip(lines[1:], cells, strict=True):
        assert float(line[1]) == loss or math.isnan(loss)
        assert line[2] == ("" if step is None else str(step))
    read = list(csv.reader(io.StringIO(rows.csv())))
    assert read == lines
    objects = json.loads(rows.json())
    assert [each["step"] for each in objects] == [step for _loss, step in cells]


def test_markdown_and_latex_show_what_is_seen(qtbot: QtBot) -> None:
    rows = ColumnRows()
    rows.set_content(
        COLUMNS[:2],
        [1, 2],
        {"name": things(["a|b", "50 % _x"]), "loss": floats([-0.5, math.nan])},
    )
    assert rows.markdown() == (
        "| Name | Loss |\n| :-- | --: |\n| a\\|b | −0.5000 |\n| 50 % _x |  |\n"
    )
    latex = rows.latex()
    assert r"50 \% \_x & " in latex
    assert r"a|b & $-$0.5000 \\" in latex
    assert rows.markdown([1], [1]) == "| Loss |\n| --: |\n|  |\n"


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (0.17131, "value", "0.1713"),
        (math.nan, "value", "NaN"),
        (0.25, "change", "+0.2500"),
        (-0.25, "change", "−0.2500"),
        (0.0, "change", "0"),
        (-12.345, "percent", "−12.35 %"),
        (12400, "step", "12,400"),
        (0.9, "seconds", "0.9 s"),
        (6150.0, "seconds", "1 h 42 min"),
        (True, "any", "true"),
        (0.001, "any", "0.001"),
        (3e-05, "any", "3e-5"),
        (1000, "any", "1,000"),
        ("adam", "any", "adam"),
        ("two\nlines", "any", "two lines"),
        (math.inf, "any", "inf"),
        (math.nan, "any", "nan"),
    ],
)
def test_texts_of_cells(value: Any, form: Any, text: str) -> None:
    assert cell_text(value, form) == text


def test_exact_texts() -> None:
    assert [exact_text(v) for v in (None, "a", 0.1, 3, True)] == ["", "a", "0.1", "3", "True"]


@given(
    st.lists(st.sampled_from("abcdef"), unique=True),
    st.sampled_from(["", "a", "b"]),
    st.booleans(),
    st.frozensets(st.sampled_from(["smoothed", "differing"])),
)
def test_layouts_come_back(
    keys: list[str], sort: str, down: bool, switches: frozenset[str]
) -> None:
    layout = Layout(tuple(keys), sort if sort in keys else "", down and sort in keys, switches)
    if keys:
        assert Layout.of(layout.texts(), ("x",)) == layout
    else:
        assert Layout.of(layout.texts(), ("x",)).keys == ("x",)


def test_layouts_change() -> None:
    layout = Layout.of(("a", "-b", "@smoothed", "b", "", "+"), ())
    assert layout == Layout(("a", "b"), "b", True, frozenset({"smoothed"}))
    assert layout.with_column("b", False) == Layout(("a",), "", True, frozenset({"smoothed"}))
    assert layout.with_column("c", True).keys == ("a", "b", "c")
    assert layout.sorted_by("a", False).texts() == ("+a", "b", "@smoothed")
    by_name = layout.sorted_by("run", True)
    assert by_name.texts() == ("-run", "a", "b", "@smoothed")
    assert Layout.of(by_name.texts(), ()).sort == "run"


def test_differing_columns() -> None:
    everyone = np.ones(3, np.bool_)
    assert not differs(floats([1.0, math.nan, 1.0]), everyone)
    assert differs(floats([1.0, math.nan, 1.0]), everyone, with_missing=True)
    assert differs(floats([1.0, 1.0, 2.0]), everyone)
    assert not differs(floats([1.0, 1.0, 2.0]), np.array([True, True, False]))
    assert not differs(Cells(np.array([math.nan] * 3), everyone), everyone)
    assert differs(things(["a", "a", 1]), everyone)


def test_numbers_stand_right_and_heads_tell(qtbot: QtBot) -> None:
    rows = rows_of([1.0])
    right = rows.data(rows.index(0, 1), Qt.ItemDataRole.TextAlignmentRole)
    assert right & Qt.AlignmentFlag.AlignRight
    left = rows.data(rows.index(0, 0), Qt.ItemDataRole.TextAlignmentRole)
    assert left & Qt.AlignmentFlag.AlignLeft
    assert rows.headerData(1, Qt.Orientation.Horizontal) == "Loss"
    assert rows.data(rows.index(0, 1), Qt.ItemDataRole.ToolTipRole) == "1.0"
