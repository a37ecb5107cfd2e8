"""Small pictures of event files: which curve, how it is thinned out, what is drawn."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColor, QImage

from eventglass.app.models.thumbnails import LINE, drawn, first_curve, main, outline


def event_file(folder: Path) -> Path:
    """Largest event file below a folder."""
    return max(folder.rglob("*tfevents*"), key=lambda path: path.stat().st_size)


def share_of_line(image: QImage) -> float:
    """Share of pixels in the colour of the curve."""
    wanted = QColor(LINE).blue() - QColor(LINE).red()
    colours = (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height()))
    found = sum(colour.blue() - colour.red() > wanted / 2 for colour in colours)
    return found / (image.width() * image.height())


def test_a_loss_comes_first(sample: Path) -> None:
    """Of many tags the loss is drawn, with all its finite points."""
    from eventglass.app import load

    path = event_file(sample / "baseline" / "train")
    curve = first_curve(path)
    assert curve is not None
    expected = load(path)["."]["metrics/loss"].values
    assert np.array_equal(curve[1], expected[np.isfinite(expected)])


def test_without_scalars_there_is_no_picture(tmp_path: Path) -> None:
    """A file without scalars keeps its icon: status 1 and nothing written."""
    empty = tmp_path / "events.out.tfevents.1"
    empty.touch()
    assert first_curve(empty) is None
    assert main([str(empty), str(tmp_path / "a.png"), "128"]) == 1
    assert not (tmp_path / "a.png").exists()


@pytest.mark.parametrize("arguments", [[], ["a", "b"], ["a", "b", "large"], ["a", "b", "-5"]])
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """What does not fit is told."""
    assert main(arguments) == 2
    assert "--thumbnail" in capsys.readouterr().err


@pytest.mark.parametrize("size", [16, 64, 128, 256])
def test_picture(sample: Path, tmp_path: Path, size: int) -> None:
    """The picture has the size asked for and a curve in it; the log is left alone."""
    path = tmp_path / "events with ' ü.tfevents"
    shutil.copyfile(event_file(sample / "baseline" / "train"), path)
    before = path.read_bytes()
    target = tmp_path / "picture"
    assert main([str(path), str(target), str(size)]) == 0
    image = QImage(str(target))
    assert (image.width(), image.height()) == (size, size * 3 // 4)
    assert share_of_line(image) > 0.005
    assert path.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == [path.name, "picture"]


@pytest.mark.parametrize(
    "values",
    [[1.0, 1.0], [1e308, -1e308], [5e-324, 0.0], [0.0, 1e300, *[0.0] * 50]],
    ids=["flat", "largest", "least", "outlier"],
)
def test_any_values_are_drawn(values: list[float]) -> None:
    """No range of values makes a picture impossible."""
    image = drawn(np.arange(len(values), dtype=np.float64), np.array(values), 128)
    assert share_of_line(image) > 0.001


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=600),
    st.integers(1, 20),
    st.integers(0, 5),
)
def test_outline_keeps_the_peaks(values: list[float], columns: int, stride: int) -> None:
    """Thinned out, a curve still has its ends, its least and its greatest value, in order."""
    found = np.array(values)
    steps = np.arange(len(values), dtype=np.float64) * stride
    few_steps, few = outline(steps, found, columns)
    assert len(few) <= max(4 * columns, min(len(values), 4 * columns))
    assert (few.min(), few.max()) == (found.min(), found.max())
    assert (few[0], few[-1]) == (found[0], found[-1])
    assert np.all(np.diff(few_steps) >= 0)
    assert np.isin(few, found).all()
