"""`load` gives everything in a log directory to a script, without Qt."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from eventglass.app import load
from eventglass.app.core.names import Kind
from eventglass.app.core.plugins import DecodeError
from eventglass.app.core.plugins.histograms import Histogram
from eventglass.app.core.plugins.scalars import Scalar
from tests.core.oracles import DATA, Item, expected, items, loaded

ITEMS = [item for item in items() if any(True for _ in expected(item, "scalars"))]
LOGS = DATA / "logs"


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.name)
def test_scalars_equal_tensorboards(item: Item) -> None:
    """Wherever TensorBoard keeps a point, ours is the same to the last bit."""
    for series in expected(item, "scalars"):
        facts = series.facts
        if "error" in facts or facts["values"][0].startswith(("(", "b'")):
            continue  # a complex number, a string, or a tag TensorBoard gave up on
        if item.name == "corpus/odd/symlink_loop" and series.run not in loaded(item).runs:
            continue  # the loop is cut: each real directory is one run
        ours = loaded(item)[series.run][series.tag, Kind.SCALAR]
        have = set(
            zip(
                ours.steps.tolist(),
                map(repr, ours.wall_times.tolist()),
                map(repr, ours.values.tolist()),
                strict=True,
            )
        )
        walls = [repr(float(wall)) for wall in facts["wall_times"]]
        values = [
            repr(float(value == "True" if value in {"True", "False"} else value))
            for value in facts["values"]
        ]
        assert set(zip(facts["steps"], walls, values, strict=True)) <= have


def test_surface() -> None:
    log = load(LOGS / "keras")
    assert log.runs == ("cnn/train", "cnn/validation")
    assert list(log) == list(log.runs)
    train = log["cnn/train"]
    tag = train.tags["batch_accuracy"]
    assert (tag.kind, tag.plugin_name) == (Kind.SCALAR, "scalars")
    series = train["batch_accuracy"]
    assert len(series) == len(series.steps) == len(series.wall_times) == len(series.values) == 48
    assert series.steps.dtype == np.int64
    assert series.values.dtype == series.wall_times.dtype == np.float64
    assert series.segments.tolist() == [0]
    assert series.read(-1) == Scalar(series.values[-1])
    assert log.problems == ()
    for array in (series.steps, series.wall_times, series.values):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_entries_are_read_and_cached() -> None:
    series = load(str(LOGS / "keras"))["cnn/train"]["shapes_cnn/bn1/beta/histogram"]
    first = series.read(0)
    assert isinstance(first, Histogram)
    assert series.read(0) is first
    assert series.read(-len(series)) is first
    with pytest.raises(TypeError, match=r"read\(i\)"):
        _ = series.values
    for index in (len(series), -len(series) - 1):
        with pytest.raises(IndexError):
            series.read(index)


def test_unknown_names() -> None:
    log = load(LOGS / "keras")
    with pytest.raises(KeyError, match="no run 'test'"):
        _ = log["test"]
    with pytest.raises(KeyError, match="no tag 'loss'"):
        _ = log["cnn/train"]["loss"]
    with pytest.raises(KeyError):
        _ = log["cnn/train"]["batch_accuracy", "weather"]
    with pytest.raises(FileNotFoundError):
        load(LOGS / "nothing")


def test_both_kinds_of_a_tag_are_there() -> None:
    """TensorBoard refuses such a tag."""
    run = load(LOGS / "odd" / "same_tag_two_plugins")["run"]
    kinds = {series.kind for series in run.series if series.tag == "x"}
    assert len(kinds) == 2
    for kind in kinds:
        assert run["x", kind].kind is kind


def test_an_event_file_is_a_log() -> None:
    (path,) = (LOGS / "mesh" / "v1_pb").iterdir()
    assert load(path).runs == (".",)


def test_problems_are_listed() -> None:
    log = load(LOGS / "odd" / "data_crc_flip")
    (problem,) = log.problems
    assert problem.kind.value == "data_crc"
    assert len(log["run"]["loss"]) == 19


def test_a_cut_tail_is_told_at_once(tmp_path: Path) -> None:
    """A window waits whether more bytes come; here nobody does."""
    (source,) = (LOGS / "mesh" / "v1_pb").iterdir()
    (tmp_path / source.name).write_bytes(source.read_bytes()[:-5])
    (problem,) = load(tmp_path).problems
    assert problem.kind.value == "cut_tail"


def test_a_file_that_went_away(tmp_path: Path) -> None:
    (source,) = (LOGS / "mesh" / "v1_pb").iterdir()
    copy = tmp_path / source.name
    copy.write_bytes(source.read_bytes())
    series = load(tmp_path)["."]["torus_VERTEX"]
    kept = series.read(0)
    copy.write_bytes(b"")
    with pytest.raises(OSError, match="shorter"):
        series.read(1)
    copy.unlink()
    with pytest.raises(FileNotFoundError):
        series.read(1)
    assert series.read(0) is kept


def test_an_entry_of_wrong_shape_is_an_error_of_its_own(corpus: Path) -> None:
    series = load(corpus / "golden" / "odd" / "pr_curve_wrong_rows")["run"]["pr"]
    with pytest.raises(DecodeError, match="shape"):
        series.read(0)


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    code = (
        "import sys, eventglass.app, eventglass.app.cli\n"
        "assert not {'numpy', 'google.protobuf', 'PySide6'} & sys.modules.keys()\n"
        "eventglass.app.load(sys.argv[1])\n"
        "assert 'numpy' in sys.modules\n"
        "assert not {'google.protobuf', 'PySide6'} & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", code, str(LOGS / "mesh")], check=True)


def test_frame() -> None:
    pytest.importorskip("pandas")
    log = load(LOGS / "keras")
    frame = log.frame()
    assert list(frame.columns) == ["run", "tag", "step", "wall_time", "value"]
    rows = frame[(frame["run"] == "cnn/train") & (frame["tag"] == "batch_accuracy")]
    np.testing.assert_array_equal(rows["value"], log["cnn/train"]["batch_accuracy"].values)
    pivot = log.frame(pivot=True)
    assert list(pivot.columns[:2]) == ["run", "step"]
    rows = pivot[pivot["run"] == "cnn/train"].dropna(subset=["batch_accuracy"])
    np.testing.assert_array_equal(rows["batch_accuracy"], log["cnn/train"]["batch_accuracy"].values)


def test_frame_without_pandas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="needs pandas"):
        load(LOGS / "mesh").frame()
