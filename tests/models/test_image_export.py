"""Images written to files."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from eventglass.app.core.export import ExportError
from eventglass.app.models import image_export as export
from eventglass.app.models.image_export import Item
from eventglass.app.models.image_store import ImageKey, ImageStore
from eventglass.app.models.payloads import Payloads
from eventglass.app.models.picture_looks import PLAIN, Look
from eventglass.app.models.settings import Settings
from eventglass.app.models.tasks import TaskControl, Tasks
from tests.models.image_files import encoded, noise, png
from tests.models.image_logs import opened, write_images

FRAMES = [np.full((12, 16, 3), shade) for shade in (0, 90, 200)]
DATA = [png(frame) for frame in FRAMES]
JPEG = encoded(noise(8, 8, 3), "JPEG")


@pytest.fixture
def images(qtbot: QtBot, tmp_path: Path) -> Iterator[ImageStore]:
    entries = [(step, [data]) for step, data in enumerate([*DATA, JPEG, b"broken"])]
    write_images(tmp_path / "logs", {("run", "tag"): entries})
    with opened(tmp_path / "logs") as store:
        tasks = Tasks()
        settings = Settings(tmp_path / "settings.json")
        made = ImageStore(store, tasks, Payloads(store, tasks, 1 << 20), settings)
        yield made
        tasks.stop()


def items(*entries: int) -> list[Item]:
    return [Item(ImageKey(0, entry, 0), f"step {entry}") for entry in entries]


def control() -> TaskControl:
    return TaskControl(lambda _fraction, _partial: None)


def test_stored_bytes_are_the_same(images: ImageStore, tmp_path: Path) -> None:
    for entry, data in enumerate([*DATA, JPEG, b"broken"]):
        out = tmp_path / f"{entry}.bin"
        export.write_stored(images, items(entry)[0], out, [])
        assert out.read_bytes() == data


def test_nothing_is_written_into_a_log(images: ImageStore, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    with pytest.raises(ExportError, match="Nothing is ever written into a log directory"):
        export.write_stored(images, items(0)[0], logs / "x.png", [str(logs)])
    with pytest.raises(ExportError):
        export.write_files(images, items(0), logs / "run", None, [str(logs)], control())
    assert [path.name for path in logs.rglob("*") if path.is_file()] == [
        "events.out.tfevents.1700000000.host"
    ]


def test_as_displayed(images: ImageStore, tmp_path: Path) -> None:
    out = tmp_path / "shown.png"
    export.write_shown(images, items(1)[0], Look(brightness=0.5), out, [])
    assert np.asarray(Image.open(out)).tolist() == np.full((12, 16, 3), 45).tolist()


def test_files(images: ImageStore, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    assert export.write_files(images, items(0, 1, 3, 4), folder, None, [], control()) == 4
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["0-step_0.png", "1-step_1.png", "2-step_3.jpg", "3-step_4.bin"]
    assert (folder / "2-step_3.jpg").read_bytes() == JPEG
    shown = tmp_path / "shown"
    shown.mkdir()
    # What can't be decoded has no picture.
    assert export.write_files(images, items(0, 4), shown, PLAIN, [], control()) == 1


def test_gif(images: ImageStore, tmp_path: Path) -> None:
    out = tmp_path / "steps.gif"
    assert export.write_gif(images, items(0, 1, 2, 4), PLAIN, out, [], control(), 250) == 3
    with Image.open(io.BytesIO(out.read_bytes())) as movie:
        assert movie.n_frames == 3
        for at, frame in enumerate(FRAMES):
            movie.seek(at)
            assert movie.info["duration"] == 250
            shades = np.asarray(movie.convert("RGB"), int)
            assert np.abs(shades - frame).max() <= 4


def test_contact_sheet(images: ImageStore, tmp_path: Path) -> None:
    out = tmp_path / "sheet.png"
    assert export.write_sheet(images, items(0, 1, 2, 4), PLAIN, out, [], control(), 3, 96) == 4
    sheet = np.asarray(Image.open(out).convert("RGB"))
    assert sheet.shape == (2 * (96 + 20 + 8) + 8, 3 * (96 + 8) + 8, 3)
    for column, frame in enumerate(FRAMES):
        middle = sheet[8 + 48, 8 + column * 104 + 48]
        assert middle.tolist() == frame[0, 0].tolist()


def test_a_cancelled_export_leaves_nothing(images: ImageStore, tmp_path: Path) -> None:
    stopped = control()
    stopped.cancel()
    out = tmp_path / "sheet.png"
    assert export.write_sheet(images, items(0, 1), PLAIN, out, [], stopped, 3) == 0
    assert export.write_gif(images, items(0, 1), PLAIN, tmp_path / "x.gif", [], stopped) == 0
    assert not out.exists()
    assert not (tmp_path / "x.gif").exists()


def test_names_of_files() -> None:
    assert export.file_part("a/b c: step 12,000") == "a_b_c_step_12,000"
    assert export.file_part("../..") == "image"
