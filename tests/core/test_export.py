"""Exports read back to the same points."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventglass.app.core import export as exporting
from eventglass.app.core.export import ExportError, export, number, select, text_blocks
from eventglass.app.core.store import LogStore
from tests.core.stores import store_of

NAN, INF = math.nan, math.inf
SMALL = {
    ("run10", "loss"): [(0, 1.5, 0.1), (1, 2.5, NAN), (2, 3.5, INF)],
    ("run2", 'a,"b"'): [(-3, 1e9, -INF), (2**60, NAN, 5e-324)],
    ("run2", "loss"): [(0, 0.0, -0.0)],
    ("run2", "never"): [],
}

any_float = st.floats(allow_nan=True, allow_infinity=True)
names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
logs = st.dictionaries(
    st.tuples(names, names),
    st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), any_float, any_float), max_size=5),
    max_size=4,
)


def text(store: LogStore, suffix: str, *, pivot: bool = False) -> str:
    return "".join(text_blocks(select(store), suffix, pivot=pivot))


def bits(value: float) -> bytes:
    """Return what makes two floats the same; all NaNs are."""
    return b"nan" if math.isnan(value) else struct.pack("<d", value)


def rows_of(points: dict[tuple[str, str], Any]) -> list[Any]:
    return sorted(
        (run, tag, step, bits(wall), bits(value))
        for (run, tag), rows in points.items()
        for step, wall, value in rows
    )


@given(logs)
def test_csv_reads_back(points: dict[tuple[str, str], Any]) -> None:
    header, *rows = csv.reader(io.StringIO(text(store_of(points), ".csv"), newline=""))
    assert header == ["run", "tag", "step", "wall_time", "value"]
    found = [
        (run, tag, int(step), bits(float(wall)), bits(float(value)))
        for run, tag, step, wall, value in rows
    ]
    assert sorted(found) == rows_of(points)


@given(logs)
def test_jsonl_reads_back(points: dict[tuple[str, str], Any]) -> None:
    found = []
    # Not splitlines(): a name may hold what it takes for the end of a line.
    for line in text(store_of(points), ".jsonl").split("\n")[:-1]:
        row = json.loads(line, parse_constant=pytest.fail)
        assert list(row) == ["run", "tag", "step", "wall_time", "value"]
        found.append(
            (
                row["run"],
                row["tag"],
                row["step"],
                bits(float(row["wall_time"])),
                bits(float(row["value"])),
            )
        )
    assert sorted(found) == rows_of(points)


def test_csv_to_the_letter() -> None:
    """Runs and tags are in natural order, points in the order they were written."""
    assert text(store_of(SMALL), ".csv") == (
        "run,tag,step,wall_time,value\n"
        'run2,"a,""b""",-3,1000000000.0,-Infinity\n'
        'run2,"a,""b""",1152921504606846976,NaN,5e-324\n'
        "run2,loss,0,0.0,-0.0\n"
        "run10,loss,0,1.5,0.1\n"
        "run10,loss,1,2.5,NaN\n"
        "run10,loss,2,3.5,Infinity\n"
    )


def test_jsonl_to_the_letter() -> None:
    first, *_, last = text(store_of(SMALL), ".jsonl").splitlines()
    assert first == (
        '{"run": "run2", "tag": "a,\\"b\\"", "step": -3, '
        '"wall_time": 1000000000.0, "value": "-Infinity"}'
    )
    assert last == (
        '{"run": "run10", "tag": "loss", "step": 2, "wall_time": 3.5, "value": "Infinity"}'
    )


@pytest.mark.parametrize("rows", [1, 2, 3, 1000])
@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_blocks_make_no_difference(rows: int, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A block with only finite numbers is written another way."""
    whole = text(store_of(SMALL), suffix)
    monkeypatch.setattr(exporting, "BLOCK_ROWS", rows)
    assert text(store_of(SMALL), suffix) == whole


@pytest.mark.parametrize(
    ("value", "spelled"),
    [(NAN, "NaN"), (INF, "Infinity"), (-INF, "-Infinity"), (0.1, "0.1"), (1e300, "1e+300")],
)
def test_numbers(value: float, spelled: str) -> None:
    assert number(value) == spelled


@pytest.mark.parametrize(
    ("runs", "tags", "expected"),
    [
        (None, None, [("run2", 'a,"b"'), ("run2", "loss"), ("run2", "never"), ("run10", "loss")]),
        ("10", None, [("run10", "loss")]),
        ("^run2$", "^l", [("run2", "loss")]),
        (None, "LOSS", [("run2", "loss"), ("run10", "loss")]),
        ("x", None, []),
    ],
)
def test_filters(runs: str | None, tags: str | None, expected: list[tuple[str, str]]) -> None:
    patterns = [None if p is None else re.compile(p, re.IGNORECASE) for p in (runs, tags)]
    assert [(each.run, each.tag) for each in select(store_of(SMALL), *patterns)] == expected


PIVOT = {
    ("b", "loss"): [(0, 1.0, 1.0), (1, 1.0, 2.0), (1, 1.0, 2.5), (0, 1.0, 1.5)],
    ("b", "step"): [(1, 1.0, NAN), (7, 1.0, 7.0)],
    ("a", "loss"): [(3, 1.0, INF)],
}


@pytest.mark.parametrize("rows", [1, 16_384])
def test_csv_pivot(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last written of several points at a step counts; no point is an empty cell."""
    monkeypatch.setattr(exporting, "BLOCK_ROWS", rows)
    assert text(store_of(PIVOT), ".csv", pivot=True) == (
        "run,step,loss,step (tag)\na,3,Infinity,\nb,0,1.5,\nb,1,2.5,NaN\nb,7,,7.0\n"
    )


def test_jsonl_pivot() -> None:
    lines = text(store_of(PIVOT), ".jsonl", pivot=True).splitlines()
    assert [json.loads(line) for line in lines] == [
        {"run": "a", "step": 3, "values": {"loss": "Infinity"}},
        {"run": "b", "step": 0, "values": {"loss": 1.5}},
        {"run": "b", "step": 1, "values": {"loss": 2.5, "step": "NaN"}},
        {"run": "b", "step": 7, "values": {"step": 7.0}},
    ]


@given(logs)
def test_pivot_holds_the_last_point_of_each_step(points: dict[tuple[str, str], Any]) -> None:
    expected = {
        (run, step, tag): bits(value)
        for (run, tag), rows in points.items()
        for step, _, value in rows
    }
    found = {}
    for line in text(store_of(points), ".jsonl", pivot=True).split("\n")[:-1]:
        row = json.loads(line)
        for tag, value in row["values"].items():
            assert (row["run"], row["step"], tag) not in found
            found[row["run"], row["step"], tag] = bits(float(value))
    assert found == expected


def test_nothing_to_export() -> None:
    assert text(LogStore(), ".csv") == "run,tag,step,wall_time,value\n"
    assert text(LogStore(), ".csv", pivot=True) == "run,step\n"
    assert text(LogStore(), ".jsonl") == ""
    assert text(store_of({("r", "t"): []}), ".csv", pivot=True) == "run,step,t\n"


# --- the file -----------------------------------------------------------------------------------


def test_file(tmp_path: Path) -> None:
    store = store_of(SMALL)
    out = tmp_path / "points.CSV"
    out.write_text("old")
    assert export(store, select(store), out, pivot=False) == 6
    assert out.read_text("utf-8") == text(store, ".csv")
    assert list(tmp_path.iterdir()) == [out]


def test_names_that_are_no_utf8(tmp_path: Path) -> None:
    store = store_of({("run\udcff", "t"): [(0, 0.0, 0.0)]})
    out = tmp_path / "o.jsonl"
    export(store, select(store), out, pivot=False)
    assert json.loads(out.read_text("utf-8"))["run"] == "run\udcff"
    out = tmp_path / "o.csv"
    export(store, select(store), out, pivot=False)
    assert "run\\udcff,t" in out.read_text("utf-8")


def test_an_interrupted_export_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_of(SMALL)
    out = tmp_path / "o.csv"
    out.write_text("old")

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(exporting, "_rows", fail)
    with pytest.raises(KeyboardInterrupt):
        export(store, select(store), out, pivot=False)
    assert out.read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("place", ["o.csv", "run/o.csv", "../logs/run/o.csv", "link/o.csv"])
def test_nothing_is_written_into_a_logdir(tmp_path: Path, place: str) -> None:
    logdir = tmp_path / "logs"
    (logdir / "run").mkdir(parents=True)
    (tmp_path / "link").symlink_to(logdir / "run")
    out = tmp_path / place if place.startswith("link") else logdir / place
    store = store_of({("run", "loss"): [(0, 0.0, 0.0)]}, root=str(logdir))
    with pytest.raises(ExportError, match="ever written into a log"):
        export(store, select(store), out, pivot=False)
    assert [path.name for path in logdir.rglob("*")] == ["run"]


def test_an_event_file_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "tfevents.csv"
    path.write_bytes(b"precious")
    store = store_of(SMALL, root=str(path))
    with pytest.raises(ExportError, match="ever written"):
        export(store, select(store), path, pivot=False)
    assert path.read_bytes() == b"precious"
    export(store, select(store), tmp_path / "beside.csv", pivot=False)


def test_places_that_can_not_be_written(tmp_path: Path) -> None:
    store = store_of(SMALL)
    with pytest.raises(ExportError, match="no folder"):
        export(store, select(store), tmp_path / "missing" / "o.csv", pivot=False)
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(ExportError, match="a folder"):
        export(store, select(store), tmp_path / "folder.csv", pivot=False)
    with pytest.raises(ExportError, match="not known"):
        export(store, select(store), tmp_path / "o.txt", pivot=False)
    assert [path.name for path in tmp_path.iterdir()] == ["folder.csv"]


def test_parquet_needs_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    store = store_of(SMALL)
    with pytest.raises(ExportError, match=r"pip install 'eventglass\[parquet\]'"):
        export(store, select(store), tmp_path / "o.parquet", pivot=False)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("group", [2, 1_000_000])
def test_parquet(tmp_path: Path, group: int, monkeypatch: pytest.MonkeyPatch) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr(exporting, "ROW_GROUP_ROWS", group)
    store = store_of(SMALL)
    out = tmp_path / "o.parquet"
    assert export(store, select(store), out, pivot=False) == 6
    columns = parquet.read_table(out).to_pydict()
    assert list(columns) == ["run", "tag", "step", "wall_time", "value"]
    rows = zip(*columns.values(), strict=True)
    found = sorted(
        (run, tag, step, bits(wall), bits(value)) for run, tag, step, wall, value in rows
    )
    assert found == rows_of(SMALL)


def test_parquet_pivot(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    store = store_of(PIVOT)
    out = tmp_path / "o.parquet"
    export(store, select(store), out, pivot=True)
    columns = parquet.read_table(out).to_pydict()
    assert columns["run"] == ["a", "b", "b", "b"]
    assert columns["step"] == [3, 0, 1, 7]
    assert columns["loss"] == [INF, 1.5, 2.5, None]
    theirs = columns["step (tag)"]
    assert theirs[:2] == [None, None]
    assert np.isnan(theirs[2])
    assert theirs[3] == 7.0


def test_parquet_of_nothing(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    store = LogStore()
    for pivot in (False, True):
        export(store, [], tmp_path / "o.parquet", pivot=pivot)
        assert parquet.read_table(tmp_path / "o.parquet").num_rows == 0
