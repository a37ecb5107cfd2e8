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

from eventglass.app.core import export_arrays, export_points, export_text
from eventglass.app.core.compute.smoothing import smooth_series
from eventglass.app.core.export import (
    ExportCancelled,
    ExportError,
    Options,
    Points,
    Selected,
    Smoothing,
    Span,
    Watch,
    estimated_bytes,
    export,
    in_order,
    number,
    points_of,
    run_names,
    select,
    side_by_side,
    tab_separated,
    table,
    text_blocks,
)
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
    return "".join(text_blocks(select(store), suffix, Options(pivot=pivot)))


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
    monkeypatch.setattr(export_points, "BLOCK_ROWS", rows)
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
    monkeypatch.setattr(export_points, "BLOCK_ROWS", rows)
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
    assert export(store, select(store), out) == 6
    assert out.read_text("utf-8") == text(store, ".csv")
    assert list(tmp_path.iterdir()) == [out]


def test_names_that_are_no_utf8(tmp_path: Path) -> None:
    store = store_of({("run\udcff", "t"): [(0, 0.0, 0.0)]})
    out = tmp_path / "o.jsonl"
    export(store, select(store), out)
    assert json.loads(out.read_text("utf-8"))["run"] == "run\udcff"
    out = tmp_path / "o.csv"
    export(store, select(store), out)
    assert "run\\udcff,t" in out.read_text("utf-8")


def test_an_interrupted_export_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_of(SMALL)
    out = tmp_path / "o.csv"
    out.write_text("old")

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(export_text, "_rows", fail)
    with pytest.raises(KeyboardInterrupt):
        export(store, select(store), out)
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
        export(store, select(store), out)
    assert [path.name for path in logdir.rglob("*")] == ["run"]


def test_an_event_file_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "tfevents.csv"
    path.write_bytes(b"precious")
    store = store_of(SMALL, root=str(path))
    with pytest.raises(ExportError, match="ever written"):
        export(store, select(store), path)
    assert path.read_bytes() == b"precious"
    export(store, select(store), tmp_path / "beside.csv")


def test_places_that_can_not_be_written(tmp_path: Path) -> None:
    store = store_of(SMALL)
    with pytest.raises(ExportError, match="no folder"):
        export(store, select(store), tmp_path / "missing" / "o.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(ExportError, match="a folder"):
        export(store, select(store), tmp_path / "folder.csv")
    with pytest.raises(ExportError, match="not known"):
        export(store, select(store), tmp_path / "o.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["folder.csv"]


def test_parquet_needs_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    store = store_of(SMALL)
    with pytest.raises(ExportError, match=r"pip install 'eventglass\[parquet\]'"):
        export(store, select(store), tmp_path / "o.parquet")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("group", [2, 1_000_000])
def test_parquet(tmp_path: Path, group: int, monkeypatch: pytest.MonkeyPatch) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr(export_arrays, "ROW_GROUP_ROWS", group)
    store = store_of(SMALL)
    out = tmp_path / "o.parquet"
    assert export(store, select(store), out) == 6
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
    export(store, select(store), out, Options(pivot=True))
    columns = parquet.read_table(out).to_pydict()
    assert columns["run"] == ["a", "b", "b", "b"]
    assert columns["step"] == [3, 0, 1, 7]
    assert columns["loss"] == [INF, 1.5, 2.5, None]
    theirs = columns["step (tag)"]
    assert theirs[:2] == [None, None]
    assert np.isnan(theirs[2])
    assert theirs[3] == 7.0


@pytest.mark.parametrize("pivot", [False, True])
def test_parquet_with_smoothed_values(pivot: bool, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    store = store_of({("r", "t"): [(0, 0.0, 0.0), (1, 0.0, 1.0)]})
    out = tmp_path / "o.parquet"
    export(store, select(store), out, Options(pivot=pivot, smoothing=Smoothing(0.5)))
    columns = parquet.read_table(out).to_pydict()
    name = "t (smoothed)" if pivot else "smoothed"
    assert list(columns)[-1] == name
    assert columns[name] == pytest.approx([0.0, 2 / 3])


def test_parquet_of_nothing(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    store = LogStore()
    for pivot in (False, True):
        export(store, [], tmp_path / "o.parquet", Options(pivot=pivot))
        assert parquet.read_table(tmp_path / "o.parquet").num_rows == 0


# --- NumPy --------------------------------------------------------------------------------------


@given(logs)
def test_numpy_reads_back(points: dict[tuple[str, str], Any]) -> None:
    import tempfile

    # NumPy takes zeros at the end of a text for padding.
    points = {
        (a.rstrip("\0") or "a", b.rstrip("\0") or "b"): rows for (a, b), rows in points.items()
    }
    store = store_of(points)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "o.npz"
        assert export(store, select(store), out) == sum(map(len, points.values()))
        found = []
        with np.load(out, allow_pickle=False) as archive:
            names = zip(archive["runs"].tolist(), archive["tags"].tolist(), strict=True)
            for i, (run, tag) in enumerate(names):
                columns = [archive[f"{column}_{i}"] for column in ("steps", "wall_times", "values")]
                assert [column.dtype for column in columns] == [np.int64, np.float64, np.float64]
                found += [
                    (run, tag, step, bits(wall), bits(value))
                    for step, wall, value in zip(*(c.tolist() for c in columns), strict=True)
                ]
    assert sorted(found) == rows_of(points)


def test_numpy_pivot(tmp_path: Path) -> None:
    store = store_of({**PIVOT, ("c", "loss"): []})
    out = tmp_path / "o.npz"
    export(store, select(store), out, Options(pivot=True))
    with np.load(out, allow_pickle=False) as archive:
        assert archive["runs"].tolist() == ["a", "b", "c"]
        assert archive["tags"].tolist() == ["loss", "step"]
        np.testing.assert_array_equal(archive["steps_1"], [0, 1, 7])
        np.testing.assert_array_equal(archive["values_1"], [[1.5, NAN], [2.5, NAN], [NAN, 7.0]])
        assert archive["steps_2"].shape == (0,)
        assert archive["values_2"].shape == (0, 2)


def test_numpy_of_nothing_and_the_same_bytes_again(tmp_path: Path) -> None:
    export(LogStore(), [], tmp_path / "none.npz")
    with np.load(tmp_path / "none.npz") as archive:
        assert archive["runs"].shape == archive["tags"].shape == (0,)
    store = store_of(SMALL)
    for name in "ab":
        export(store, select(store), tmp_path / f"{name}.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


# --- what is written ----------------------------------------------------------------------------

RESTARTED = {
    ("r", "loss"): [
        *((i, 100.0 + i, float(i * i)) for i in range(6)),
        *((i, 200.0 + i, float(-i)) for i in range(3, 8)),
    ]
}


def test_superseded_points_can_be_left_out() -> None:
    [each] = select(store_of(RESTARTED))
    points = points_of(each, Options(superseded=False))
    assert points.steps.tolist() == list(range(8))
    assert points.values.tolist() == [0.0, 1.0, 4.0, -3.0, -4.0, -5.0, -6.0, -7.0]
    assert len(points_of(each).steps) == 11


def test_the_smoothed_column_is_what_is_drawn(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = [(i, float(i), float(v)) for i, v in enumerate(rng.normal(size=40))]
    store = store_of({("r", "t"): rows, ("r", "constant"): [(0, 0.0, 2.0), (1, 1.0, 2.0)]})
    options = Options(smoothing=Smoothing(0.7), span=Span("step", 10, 12))
    out = tmp_path / "o.csv"
    assert export(store, select(store), out, options) == 3
    header, *found = csv.reader(io.StringIO(out.read_text("utf-8"), newline=""))
    assert header == ["run", "tag", "step", "wall_time", "value", "smoothed"]
    values = np.array([row[2] for row in rows])
    expected = smooth_series(values, np.array([[0, 40]]), 0.7)
    assert expected is not None
    # Over all points, not only over those written.
    assert [float(row[5]) for row in found] == expected.values[10:13].tolist()
    pivot = json.loads(
        text_of(store, ".jsonl", Options(pivot=True, smoothing=Smoothing(0.7))).splitlines()[0]
    )
    assert pivot["smoothed"] == {"constant": 2.0, "t": expected.values[0]}
    assert pivot["values"] == {"constant": 2.0, "t": values[0]}
    head = text_of(store, ".csv", Options(pivot=True, smoothing=Smoothing(0.7))).splitlines()[0]
    assert head == "run,step,constant,constant (smoothed),t,t (smoothed)"
    export(store, select(store), tmp_path / "o.npz", options)
    with np.load(tmp_path / "o.npz") as archive:
        np.testing.assert_array_equal(archive["smoothed_1"], expected.values[10:13])


def text_of(store: LogStore, suffix: str, options: Options) -> str:
    return "".join(text_blocks(select(store), suffix, options))


@pytest.mark.parametrize(
    ("span", "steps"),
    [
        (Span("step", 2, 4), [2, 3, 4]),
        (Span("step", 2.5, 2.6), []),
        (Span("wall", 101.0, 102.0), [1, 2]),
        (Span("relative", 0.0, 1.0), [0, 1]),
    ],
)
def test_a_range_of_points(span: Span, steps: list[int]) -> None:
    store = store_of({("r", "t"): [(i, 100.0 + i, 0.0) for i in range(6)]})
    [each] = select(store)
    assert points_of(each, Options(span=span)).steps.tolist() == steps


def test_finished_lines_are_written_as_they_are(tmp_path: Path) -> None:
    line = Points(
        np.array([1, 2]), np.array([0.0, 1.0]), np.array([3.0, NAN]), np.array([4.0, 5.0])
    )
    selection = in_order([Selected("group", "a/b", points=line), Selected("alone", "a/b")])
    assert "".join(text_blocks(selection, ".csv", Options(smoothing=Smoothing(0.5)))) == (
        "run,tag,step,wall_time,value,smoothed\ngroup,a/b,1,0.0,3.0,4.0\ngroup,a/b,2,1.0,NaN,5.0\n"
    )
    assert "".join(text_blocks(selection, ".csv")).splitlines()[1] == "group,a/b,1,0.0,3.0"


def test_runs_of_the_same_name_are_told_apart() -> None:
    store = LogStore()
    for path in ("/x/logs", "/y/logs", "/z/other"):
        root = store.add_root(path, path.rpartition("/")[2])
        store.add_run(root.id, f"{path}/train", "train", f"{path}/train")
    store.add_run(0, "/x/logs/val", "val", "/x/logs/val")
    names = run_names(store, store.runs)
    assert list(names.values()) == ["logs/train", "/y/logs/train", "other/train", "val"]


# --- how it goes --------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".npz"])
@pytest.mark.parametrize("pivot", [False, True])
def test_progress_and_cancel(suffix: str, pivot: bool, tmp_path: Path) -> None:
    store = store_of({(f"r{i}", "t"): [(0, 0.0, 0.0), (1, 0.0, 0.0)] for i in range(4)})
    told: list[float] = []
    out = tmp_path / f"o{suffix}"
    watch = Watch(8, told.append)
    assert export(store, select(store), out, Options(pivot=pivot), watch) == 8
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(set(told)) == 4
    out.write_text("old")
    stop = Watch(8, cancelled=lambda: stop.points >= 4)
    with pytest.raises(ExportCancelled):
        export(store, select(store), out, Options(pivot=pivot), stop)
    assert out.read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".npz"])
def test_a_full_disk_leaves_no_trace(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_of(SMALL)
    out = tmp_path / f"o{suffix}"
    out.write_text("old")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(export_text, "_rows", full)
    monkeypatch.setattr(np.lib.format, "write_array", full)
    with pytest.raises(OSError, match="No space left"):
        export(store, select(store), out)
    assert out.read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".npz"])
def test_the_size_is_guessed_well(suffix: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    store = store_of(
        {
            (f"run{i}", "a/tag"): [(n, 1.7e9 + n, v) for n, v in enumerate(rng.normal(size=5000))]
            for i in range(5)
        }
    )
    selection = select(store)
    guess = estimated_bytes(selection, suffix, 25_000, Options())
    export(store, selection, tmp_path / f"o{suffix}")
    size = (tmp_path / f"o{suffix}").stat().st_size
    assert 0.8 < guess / size < 1.25
    assert estimated_bytes([], suffix, 0, Options()) == 0


# --- tables -------------------------------------------------------------------------------------


def test_a_table_for_spreadsheets() -> None:
    store = store_of(
        {("=cmd|x\ty", "a\nb"): [(0, 1.5, 0.1), (1, 2.5, NAN)], ("@r", "+t"): [(0, 0.0, -1.0)]}
    )
    assert tab_separated(select(store)) == (
        "run\ttag\tstep\twall_time\tvalue\n"
        "'=cmd|x y\ta b\t0\t1.5\t0.1\n'=cmd|x y\ta b\t1\t2.5\tNaN\n'@r\t'+t\t0\t0.0\t-1.0\n"
    )
    assert tab_separated(select(store), Options(pivot=True)).splitlines()[-1] == "'@r\t0\t-1.0\t"


@pytest.mark.parametrize(
    ("names", "head"),
    [
        ([("a", "loss"), ("b", "loss")], "step\ta\tb"),
        ([("a", "loss"), ("a", "lr")], "step\tloss\tlr"),
        ([("a", "loss"), ("b", "lr")], "step\ta · loss\tb · lr"),
    ],
)
def test_a_table_with_a_column_for_each_line(names: list[tuple[str, str]], head: str) -> None:
    store = store_of({name: [(i, 0.0, float(i)), (9, 0.0, 1.5)] for i, name in enumerate(names)})
    found = tab_separated(side_by_side(select(store)), Options(pivot=True))
    assert found == f"{head}\n0\t0.0\t\n1\t\t1.0\n9\t1.5\t1.5\n"


def test_a_table_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    store = store_of({("r", "t"): [(i, 0.0, 0.0) for i in range(10)]})
    monkeypatch.setattr(export_text, "MOST_CELLS", 50)
    assert tab_separated(select(store)).count("\n") == 11
    monkeypatch.setattr(export_text, "MOST_CELLS", 49)
    with pytest.raises(ExportError, match="more than 49 cells"):
        tab_separated(select(store))


def test_the_first_rows() -> None:
    store = store_of(SMALL)
    head, rows = table(select(store), Options(), 2)
    assert head == ["run", "tag", "step", "wall_time", "value"]
    assert [row[2:] for row in rows] == [
        ["-3", "1000000000.0", "-Infinity"],
        [str(2**60), "NaN", "5e-324"],
    ]
    head, rows = table(select(store), Options(pivot=True))
    assert head == ["run", "step", 'a,"b"', "loss", "never"]
    assert rows[0] == ["run2", "-3", "-Infinity", "", ""]


def test_names_as_long_as_the_file_system_takes(tmp_path: Path) -> None:
    store = store_of({("r", "t"): [(0, 1.0, 2.0)]}, root=str(tmp_path / "logs"))
    out = tmp_path / ("x" * 251 + ".csv")
    assert export(store, select(store), out) == 1
    assert [each.name for each in tmp_path.iterdir()] == [out.name]
