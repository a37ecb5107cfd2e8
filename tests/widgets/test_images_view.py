"""The images view on logs: gallery, viewer, comparison, what is wrong with images."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu
from pytestqt.qtbot import QtBot

from eventglass.app.core.compute.image_errors import image_errors
from eventglass.app.core.names import Kind
from eventglass.app.models import image_store
from eventglass.app.models.codec import from_json, to_json
from eventglass.app.models.image_rows import ImageRef
from eventglass.app.models.view_options import ImageOptions
from eventglass.widgets.views.image_controls import ImageInspector, ImageToolBar
from eventglass.widgets.views.image_row_bar import ImageRowBar
from eventglass.widgets.views.image_viewer import MODES
from tests.models.image_files import encoded, gif, noise, png
from tests.models.image_logs import write_images
from tests.widgets.image_bench import ImageBench, image_bench

SIZE = (24, 32)
STEPS = {step: noise(*SIZE, 3, seed=step) for step in range(0, 50, 10)}
OTHER = {step: np.clip(pixels + 9, 0, 255) for step, pixels in STEPS.items()}
WIDE = noise(12, 16, 1, 7, 65535)


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[ImageBench]:
    write_images(
        tmp_path / "logs",
        {
            ("base", "preds"): [(step, [png(p), png(p[::-1])]) for step, p in STEPS.items()],
            ("wide", "preds"): [(step, [png(p), png(p[::-1])]) for step, p in OTHER.items()],
            ("base", "sixteen"): [(0, [png(WIDE, 16)])],
            ("base", "film"): [(0, [gif([np.full((8, 8, 3), s) for s in (0, 99, 222)])])],
        },
    )
    with image_bench(qtbot, tmp_path / "logs", tmp_path) as made:
        yield made


def click(bench: ImageBench, cell: object, button: Qt.MouseButton, keys: object = None) -> None:
    box = next(box for other, box in bench.view.gallery.visible_cells() if other == cell)
    modifiers = keys if keys is not None else Qt.KeyboardModifier.NoModifier
    QTest.mouseClick(bench.view.gallery.viewport(), button, modifiers, box.center())  # type: ignore[call-overload]


# -- gallery ---------------------------------------------------------------------------------


def test_a_group_per_tag_a_row_per_run_a_cell_per_step(bench: ImageBench) -> None:
    gallery = bench.view.gallery
    assert [gallery.step_of(cell) for cell in bench.cells("preds", "base")] == [0, 10, 20, 30, 40]
    assert [gallery.step_of(cell) for cell in bench.cells("preds", "wide")] == [0, 10, 20, 30, 40]
    facts = bench.view.images.facts(bench.series("base", "preds"))
    assert facts is not None
    assert (facts.width, facts.height, facts.samples) == (32, 24, 2)


def test_thumbnails_are_the_images(bench: ImageBench) -> None:
    for cell in bench.cells("preds", "base"):
        thumb = bench.view.images.thumb(bench.view.gallery.key_of(cell))
        assert thumb is not None
        pixels = STEPS[bench.view.gallery.step_of(cell)]
        assert thumb.frames[0].pixelColor(5, 3).getRgb()[:3] == tuple(pixels[3, 5].tolist())


def test_samples_as_columns(bench: ImageBench) -> None:
    bench.view.edit("Samples", layout="samples")
    bench.settle()
    bench.workspace.set_step(20)
    bench.settle()
    cells = bench.cells("preds", "wide")
    assert [cell.sample for cell in cells] == [0, 1]
    assert {bench.view.gallery.step_of(cell) for cell in cells} == {20}
    click(bench, cells[1], Qt.MouseButton.LeftButton)
    assert bench.workspace.state.images.sample == 1


def test_rows_with_fewer_samples_show_their_last(bench: ImageBench) -> None:
    bench.view.edit("Sample", sample=1)
    bench.settle()
    assert {cell.sample for cell in bench.cells("preds")} == {1}
    assert {cell.sample for cell in bench.cells("film")} == {0}
    thumbs = [
        bench.view.images.thumb(bench.view.gallery.key_of(cell))
        for tag in ("preds", "film")
        for cell in bench.cells(tag)
    ]
    assert all(thumb is not None and not thumb.error for thumb in thumbs)


def test_what_is_logged_later_is_shown(qtbot: QtBot, tmp_path: Path) -> None:
    early = [(step, [png(STEPS[step])]) for step in (0, 10)]
    write_images(tmp_path / "logs", {("r", "t"): early})
    with image_bench(qtbot, tmp_path / "logs", tmp_path) as bench:
        [series_id] = bench.view.rows.groups()[0].series_ids
        series = bench.store.series[series_id]
        known = series.entries()
        # The same bytes once more, as a file that grew would bring them.
        series.append(
            np.array([20]),
            np.array([1.7e9 + 20]),
            known.files[:1].copy(),
            known.offsets[:1].copy(),
            known.lengths[:1].copy(),
        )
        bench.store.mark_grown([series_id])
        bench.view.take_changes(bench.store.take_changes())
        bench.settle()
        steps = [bench.view.gallery.step_of(cell) for cell in bench.cells("t")]
        assert steps == [0, 10, 20]


def test_a_click_moves_the_shared_step(bench: ImageBench) -> None:
    cell = bench.cells("preds", "base")[1]
    click(bench, cell, Qt.MouseButton.LeftButton)
    assert bench.workspace.state.step == 10
    gallery = bench.view.gallery
    assert gallery.is_current(cell)
    assert gallery.is_current(bench.cells("preds", "wide")[1])
    assert bench.workspace.selected_run == bench.store.series[cell.series_id].run_id


def test_a_held_row_moves_alone(bench: ImageBench) -> None:
    cell = bench.cells("preds", "base")[1]
    bench.view.rows.hold(cell.series_id, 0)
    click(bench, cell, Qt.MouseButton.LeftButton)
    assert bench.workspace.state.step is None
    assert bench.view.rows.wanted_step(cell.series_id) == 10
    assert bench.view.rows.place(bench.series("wide", "preds")) == 4


def test_pointing_at_a_run_elsewhere_brings_its_row_forward(bench: ImageBench) -> None:
    gallery = bench.view.gallery
    base, wide = bench.cells("preds", "base")[0], bench.cells("preds", "wide")[0]
    bench.workspace.hover(bench.store.series[base.series_id].run_id)
    assert (gallery._is_faded(base), gallery._is_faded(wide)) == (False, True)
    bench.workspace.hover(-1)
    assert not gallery._is_faded(wide)


def test_keys_go_through_the_gallery(bench: ImageBench) -> None:
    gallery = bench.view.gallery
    gallery.setFocus()
    first = bench.cells("preds", "base")[0]
    click(bench, first, Qt.MouseButton.LeftButton)
    QTest.keyClick(gallery, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert gallery.cursor_cell == bench.cells("preds", "base")[1]
    QTest.keyClick(gallery, Qt.Key.Key_Right)
    assert bench.workspace.state.step == 20
    QTest.keyClick(gallery, Qt.Key.Key_Left)
    assert bench.workspace.state.step == 10
    QTest.keyClick(gallery, Qt.Key.Key_Down)
    assert gallery.cursor_cell == bench.cells("preds", "wide")[1]
    QTest.keyClick(gallery, Qt.Key.Key_Return)
    bench.settle()
    assert not bench.view.in_gallery
    canvas = bench.view.viewer.tiles[0].canvas
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    assert bench.workspace.state.step == 20
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert bench.view.in_gallery


def test_only_rows_in_sight_have_widgets(qtbot: QtBot, tmp_path: Path) -> None:
    data = png(noise(8, 8, 3))
    tags = {(f"run{i % 4}", f"tag {i // 4:03}"): [(0, [data])] for i in range(800)}
    write_images(tmp_path / "logs", tags)
    with image_bench(qtbot, tmp_path / "logs", tmp_path) as bench:
        gallery = bench.view.gallery
        bar = gallery.verticalScrollBar()
        for part in range(6):
            bar.setValue(bar.maximum() * part // 5)
            bench.settle()
        assert gallery.visible_cells()
        assert len(gallery._bars) + len(gallery._spare_bars) < 30
        assert gallery.scroll_to_tag("tag 007")
        assert bench.cells("tag 007")


def test_filters_and_empty_pages(bench: ImageBench) -> None:
    bench.workspace.edit("Filter", tag_filter="nothing")
    assert not bench.cells("preds")
    assert bench.view._why_empty()[0] == "No image tag fits the filter"
    bench.workspace.edit("Filter", tag_filter="")
    keys = frozenset(run.key for run in bench.store.runs)
    bench.workspace.edit("Hide", hidden_runs=keys)
    assert bench.view._why_empty()[0] == "No run is shown"


def test_folding_a_group(bench: ImageBench) -> None:
    bench.view.gallery.group_toggled.emit("images:film")
    assert not bench.cells("film")
    bench.workspace.undo_stack.undo()
    assert bench.cells("film")


# -- viewer ----------------------------------------------------------------------------------


def test_the_viewer_follows_the_shared_step(bench: ImageBench) -> None:
    bench.open(bench.ref("base", "preds"))
    tile = bench.view.viewer.tiles[0]
    for step in (0, 30, 20):
        bench.workspace.set_step(step)
        bench.settle()
        picture = tile.picture()
        assert picture is not None
        np.testing.assert_array_equal(picture.pixels, STEPS[step])


def test_numbers_come_in_their_own_bits(bench: ImageBench) -> None:
    bench.open(bench.ref("base", "sixteen"))
    inspector = ImageInspector(bench.view)
    bench.qtbot.addWidget(inspector)
    bench.view.viewer._hovered(QPointF(3.5 / 16, 2.5 / 12))
    readout = bench.view.viewer.readout()
    assert readout is not None
    assert (readout.x, readout.y) == (3, 2)
    assert readout.rows[0].values == (int(WIDE[2, 3, 0]),)
    bench.view.edit("Turn", rotate=90)
    bench.settle()
    bench.view.viewer._hovered(QPointF((12 - 2 - 0.5) / 12, 3.5 / 16))
    readout = bench.view.viewer.readout()
    assert readout is not None
    assert (readout.x, readout.y) == (3, 2)
    assert readout.rows[0].values == (int(WIDE[2, 3, 0]),)


def test_looks_reach_the_canvas(bench: ImageBench) -> None:
    bench.workspace.set_step(0)
    bench.open(bench.ref("base", "preds"))
    tile = bench.view.viewer.tiles[0]
    bench.view.edit("Red", channel="red")
    bench.settle()
    bench.qtbot.waitUntil(lambda: tile.shown is not None and tile.shown.look.channel == "red")
    red = int(STEPS[0][3, 5, 0])
    assert tile.canvas.images[0].pixelColor(5, 3).getRgb()[:3] == (red, red, red)
    bench.view.reset_look()
    bench.qtbot.waitUntil(lambda: tile.shown is not None and tile.shown.look.is_plain)
    assert tile.canvas.images[0].pixelColor(5, 3).red() == red


def test_samples_in_the_viewer(bench: ImageBench) -> None:
    bench.workspace.set_step(0)
    bench.open(bench.ref("base", "preds"))
    bench.view.viewer.move_sample(1)
    bench.settle()
    picture = bench.view.viewer.tiles[0].picture()
    assert picture is not None
    np.testing.assert_array_equal(picture.pixels, STEPS[0][::-1])


def test_frames_play_and_can_be_stepped(bench: ImageBench) -> None:
    bench.open(bench.ref("base", "film"))
    viewer = bench.view.viewer
    tile = viewer.tiles[0]
    bench.qtbot.waitUntil(lambda: tile.frame == 2, timeout=5000)
    viewer._frame_moved(1.0)
    assert tile.frame == 1
    assert tile.canvas.images[0].pixelColor(0, 0).red() == 99
    assert not viewer._film.isActive()


# -- comparison ------------------------------------------------------------------------------


def test_compare_runs(bench: ImageBench) -> None:
    bench.workspace.set_step(20)
    click(bench, bench.cells("preds", "base")[2], Qt.MouseButton.LeftButton)
    bench.view.compare()
    bench.settle()
    viewer = bench.view.viewer
    assert [viewer.name_of(ref) for ref in viewer.refs] == ["base", "wide"]
    expected = image_errors(STEPS[20].astype(np.uint8), OTHER[20].astype(np.uint8))
    bench.qtbot.waitUntil(lambda: viewer.errors is not None)
    assert viewer.errors == expected
    inspector = ImageInspector(bench.view)
    bench.qtbot.addWidget(inspector)
    assert inspector.whole.figure("MAE") == f"{expected.mae:.4f}"
    assert inspector.whole.figure("PSNR") == f"{expected.psnr:.1f} dB"


def test_difference_and_error_map(bench: ImageBench) -> None:
    bench.workspace.set_step(20)
    bench.open(bench.ref("base", "preds"), bench.ref("wide", "preds"))
    viewer = bench.view.viewer
    for mode in ("difference", "heat"):
        bench.view.edit("Mode", compare=mode)
        bench.qtbot.waitUntil(lambda: bool(viewer.difference_tile.canvas.images))
    bench.view.edit("Mode", compare="difference")
    away = np.abs(STEPS[20][3, 5] - OTHER[20][3, 5])

    def is_there() -> bool:
        image = viewer.difference_tile.canvas.images[0]
        return bool(np.abs(np.array(image.pixelColor(5, 3).getRgb()[:3]) - away).max() <= 1)

    bench.qtbot.waitUntil(is_there)
    assert viewer.difference_tile.isVisible()


@pytest.mark.parametrize("mode", [mode for mode, _text in MODES])
def test_every_mode_shows_two_steps(bench: ImageBench, mode: str) -> None:
    bench.view.edit("Mode", compare=mode)
    bench.open(bench.ref("base", "preds", 0), bench.ref("base", "preds", 40))
    viewer = bench.view.viewer
    assert [viewer.step_of(ref) for ref in viewer.refs] == [0, 40]
    layered = mode in ("swipe", "blink", "onion")
    assert viewer.pair_tile.isVisible() == layered
    assert viewer.difference_tile.isVisible() == (mode in ("difference", "heat"))
    if layered:
        assert len(viewer.pair_tile.canvas.images) == 2
    assert viewer.name_of(viewer.refs[0]) != viewer.name_of(viewer.refs[1])
    viewer.grab()


def test_blinking_shows_one_then_the_other(bench: ImageBench) -> None:
    bench.view.edit("Mode", compare="blink")
    bench.open(bench.ref("base", "preds", 0), bench.ref("base", "preds", 40))
    canvas = bench.view.viewer.pair_tile.canvas
    first, second = (tile.canvas.images[0] for tile in bench.view.viewer.tiles)
    assert canvas.images[0] == first
    bench.qtbot.waitUntil(lambda: canvas.images[0] == second, timeout=5000)


def test_images_of_other_sizes_stand_side_by_side(bench: ImageBench) -> None:
    bench.view.edit("Mode", compare="difference")
    bench.open(bench.ref("base", "preds"), bench.ref("base", "sixteen"))
    viewer = bench.view.viewer
    bench.qtbot.waitUntil(lambda: "differ in size" in viewer.error_words)
    assert "differ in size" in viewer.difference_tile.error


def test_marks_are_compared(bench: ImageBench) -> None:
    bar = ImageToolBar(bench.view)
    bench.qtbot.addWidget(bar)
    control = Qt.KeyboardModifier.ControlModifier
    cells = bench.cells("preds", "base")
    click(bench, cells[0], Qt.MouseButton.LeftButton, control)
    click(bench, cells[3], Qt.MouseButton.LeftButton, control)
    click(bench, bench.cells("preds", "wide")[2], Qt.MouseButton.LeftButton, control)
    click(bench, bench.cells("preds", "wide")[2], Qt.MouseButton.LeftButton, control)
    assert bar.compare.text() == "Compare 2"
    bar.compare.click()
    bench.settle()
    viewer = bench.view.viewer
    assert [viewer.step_of(ref) for ref in viewer.refs] == [0, 30]
    viewer.tiles[0].removed.emit()
    assert [viewer.step_of(ref) for ref in viewer.refs] == [30]


def test_locked_zoom_and_unlocked(bench: ImageBench) -> None:
    bench.open(bench.ref("base", "preds"), bench.ref("wide", "preds"))
    a, b = (tile.canvas for tile in bench.view.viewer.tiles)
    a.zoom_at(4.0)
    assert a.scale() == b.scale()
    assert a.target() == b.target()
    bench.view.edit("Unlock", lock_zoom=False)
    before = b.scale()
    a.zoom_at(2.0)
    assert b.scale() == before


def test_what_was_open_is_opened_again(bench: ImageBench) -> None:
    bench.open(bench.ref("base", "preds", 10), bench.ref("wide", "preds"))
    state = bench.view.state()
    refs = bench.view.viewer.refs
    assert bench.view.step_back()
    assert bench.view.state() == {}
    assert not bench.view.step_back()
    bench.view.restore(state)
    assert bench.view.viewer.refs == refs
    bench.view.restore({"shown": [["?", 3], "x", None, ["a", "b", 0, None]]})


def test_commands(bench: ImageBench) -> None:
    names = [command.id for command in bench.view.commands()]
    assert len(names) == len(set(names))
    assert not bench.command("zoom_in").enabled()
    bench.command("open").run()
    bench.settle()
    assert bench.command("zoom_in").enabled()
    assert not bench.command("mode_swipe").enabled()
    scale = bench.view.viewer.tiles[0].canvas.scale()
    bench.command("zoom_in").run()
    assert bench.view.viewer.tiles[0].canvas.scale() > scale
    bench.command("close").run()
    assert bench.view.in_gallery


def test_menus_open(bench: ImageBench, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []

    def keep(menu: QMenu, *_rest: object) -> None:
        seen.append([action.text() for action in menu.actions()])

    monkeypatch.setattr("eventglass.widgets.views.image_actions.show_menu", keep)
    cell = bench.cells("preds", "base")[1]
    click(bench, cell, Qt.MouseButton.LeftButton)
    bench.view._gallery_menu(cell, cell.series_id, bench.view.mapToGlobal(bench.view.pos()))
    bench.view._gallery_menu(None, cell.series_id, bench.view.mapToGlobal(bench.view.pos()))
    assert "Save as stored…" in seen[0]
    assert "Compare 2 runs at this step" in seen[0]
    assert "Save as GIF…" in seen[1]


def test_options_are_kept() -> None:
    options = ImageOptions(thumbnail=99, layout="all", colour_map="magma", rotate=270, low=0.25)
    assert from_json(ImageOptions, to_json(options)) == options


# -- what is wrong ---------------------------------------------------------------------------


def test_broken_images_say_so_and_the_rest_lives(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = png(noise(8, 8, 3))
    jpeg = encoded(noise(64, 64, 3), "JPEG")
    write_images(
        tmp_path / "logs",
        {
            ("r", "bad"): [
                (0, [good]),
                (1, [good[:60]]),
                (2, [b"not an image"]),
                (3, []),
                (4, [b""]),
                (5, [jpeg[:-200]]),
            ],
            ("r", "sizes"): [(0, [good]), (1, [png(noise(40, 9, 1))])],
        },
        size=(8, 8),
    )
    with image_bench(qtbot, tmp_path / "logs", tmp_path) as bench:
        view = bench.view
        thumbs = [view.images.thumb(view.gallery.key_of(cell)) for cell in bench.cells("bad")]
        errors = [thumb.error if thumb is not None else "?" for thumb in thumbs]
        assert errors[0] == errors[5] == ""
        assert "damaged or cut off" in errors[1]
        assert "no format known here" in errors[2]
        assert "No samples" in errors[3]
        assert "no bytes" in errors[4]
        assert thumbs[5] is not None
        assert "cut off" in thumbs[5].note
        other = view.images.thumb(view.gallery.key_of(bench.cells("sizes")[1]))
        assert other is not None
        assert other.note == "Logged as 8 × 8, but is 9 × 40"
        view.gallery.viewport().grab()
        bench.open(bench.ref("r", "bad", 2))
        tile = view.viewer.tiles[0]
        assert "no format known here" in tile.error
        out = tmp_path / "raw.bin"
        monkeypatch.setattr(
            "eventglass.widgets.views.image_actions.ask_path", lambda *_arguments: out
        )
        tile.raw_asked.emit()
        qtbot.waitUntil(out.exists)
        assert out.read_bytes() == b"not an image"


def test_the_limit_of_pixels_is_a_setting(qtbot: QtBot, tmp_path: Path) -> None:
    shades = np.zeros((5200, 5000), np.uint8)
    write_images(tmp_path / "logs", {("r", "large"): [(0, [png(shades)])]})
    with image_bench(qtbot, tmp_path / "logs", tmp_path) as bench:
        bench.settings.set("image_megapixels", "25")
        key = bench.view.gallery.key_of(bench.cells("large")[0])

        def is_refused() -> bool:
            thumb = bench.view.images.thumb(key)
            return thumb is not None and "more than the 25 million" in thumb.error

        qtbot.waitUntil(is_refused, timeout=10_000)
        bench.settings.set("image_megapixels", "100")
        qtbot.waitUntil(lambda: bool(getattr(bench.view.images.thumb(key), "frames", ())))


def test_the_cache_is_bounded(qtbot: QtBot, tmp_path: Path) -> None:
    entries = [(step, [png(noise(100, 100, 3, step))]) for step in range(60)]
    write_images(tmp_path / "logs", {("r", "many"): entries})
    with image_bench(qtbot, tmp_path / "logs", tmp_path) as bench:
        images = bench.view.images
        images._thumbs.budget_bytes = 200_000
        bench.view.edit("All", layout="all", thumbnail=100)
        bar = bench.view.gallery.verticalScrollBar()
        for part in range(5):
            bar.setValue(bar.maximum() * part // 4)
            qtbot.waitUntil(lambda: images.is_idle)
        assert images._thumbs.size_bytes <= 200_000


# -- real logs -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["torch_all", "tf2_all", "tf1_legacy", "keras_fit"])
def test_golden_logs(qtbot: QtBot, tmp_path: Path, corpus: Path, name: str) -> None:
    with image_bench(qtbot, corpus / "golden" / name, tmp_path, (1200, 900)) as bench:
        view = bench.view
        count = 0
        for layout in ("steps", "all", "samples"):
            view.edit("Layout", layout=layout)
            bar = view.gallery.verticalScrollBar()
            for at in range(0, bar.maximum() + 800, 800):
                bar.setValue(at)
                bench.settle()
                for cell, _box in view.gallery.visible_cells():
                    thumb = view.images.thumb(view.gallery.key_of(cell))
                    assert thumb is not None
                    # What is empty in the corpus is empty; nothing else fails.
                    assert thumb.frames or "sample" in thumb.error
                    count += 1
        assert count > 10


def test_every_sample_of_the_corpus_is_reached(qtbot: QtBot, tmp_path: Path, corpus: Path) -> None:
    with image_bench(qtbot, corpus / "golden" / "tf2_all", tmp_path) as bench:
        series = next(
            s for s in bench.store.series if s.tag == "batch_max5" and s.kind is Kind.IMAGE
        )
        bench.view.edit("Samples", layout="samples")
        bench.view.gallery.scroll_to_tag("batch_max5")
        bench.settle()
        bench.qtbot.waitUntil(lambda: len(bench.cells("batch_max5")) == 5)
        assert bench.view.images.samples(series.id, series.count - 1) == 5


def _pair(bench: ImageBench) -> list[ImageRef]:
    return [ImageRef(bench.series(run, "preds")) for run in ("base", "wide")]


def test_a_click_beside_the_image_leaves_the_keys_with_it(bench: ImageBench) -> None:
    viewer = bench.view.viewer
    bench.view.open_refs(_pair(bench))
    bench.settle()
    QTest.mouseClick(viewer, Qt.MouseButton.LeftButton, pos=QPoint(viewer.width() // 2, 20))
    assert QApplication.focusWidget() is viewer.tiles[0].canvas
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert bench.view.in_gallery


def test_who_types_elsewhere_goes_on_typing_when_the_viewer_closes(bench: ImageBench) -> None:
    bench.view.open_refs(_pair(bench))
    bench.settle()
    field = QLineEdit(bench.view.window())
    field.show()
    field.setFocus()
    bench.view.close_viewer()
    assert QApplication.focusWidget() is field


def test_long_animations_play_though_they_are_not_painted_ahead(
    bench: ImageBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_store, "PAINTED_BYTES", 300)
    viewer = bench.view.viewer
    bench.view.open_refs([ImageRef(bench.series("base", "film"))])
    bench.settle()
    shown = viewer.tiles[0].shown
    assert shown is not None
    assert (len(shown.images), shown.frame_count) == (1, 3)
    assert shown.size_bytes >= shown.movie.size_bytes
    seen = []
    for frame in range(3):
        viewer.tiles[0].show_frame(frame)
        seen.append(viewer.tiles[0].canvas.images[0].pixelColor(2, 2).red())
    assert seen == [0, 99, 222]


def test_the_numbers_keep_their_room_when_the_pointer_leaves(
    bench: ImageBench, qtbot: QtBot
) -> None:
    inspector = ImageInspector(bench.view)
    qtbot.addWidget(inspector)
    viewer = bench.view.viewer
    bench.view.open_refs(_pair(bench))
    bench.settle()
    canvas = viewer.tiles[0].canvas
    before = inspector.pixel.table.rows
    canvas.hovered.emit(QPointF(0.5, 0.5))
    pointed = inspector.pixel.table.rows
    canvas.hovered.emit(None)
    left = inspector.pixel.table.rows
    assert left == before
    assert [row[0] for row in left] == [row[0] for row in pointed] != []
    assert {value for row in left for value in row[2]} == {"–"}


def test_of_several_images_it_is_said_which_two_are_compared(
    bench: ImageBench, qtbot: QtBot
) -> None:
    inspector = ImageInspector(bench.view)
    qtbot.addWidget(inspector)
    refs = _pair(bench)
    bench.view.open_refs(refs)
    bench.settle()
    assert inspector.whole.of == ""
    bench.view.open_refs([*refs, ImageRef(refs[0].series_id, 1)])
    bench.settle()
    assert bench.view.viewer.mode == "side"
    assert inspector.whole.of == "base · sample 1 against wide · sample 1"


def test_the_zoom_that_is_told_is_the_one_there_is(bench: ImageBench) -> None:
    viewer = bench.view.viewer
    bench.view.open_refs(_pair(bench)[:1])
    bench.settle()
    for width in (900, 700):
        bench.view.resize(width, 500)
        bench.settle()
        canvas = viewer.tiles[0].canvas
        assert f"zoom {100 * canvas.scale() * canvas.devicePixelRatioF():.0f} %" in viewer.facts


@pytest.mark.parametrize("width", [1100, 600, 400])
def test_the_ways_to_compare_are_there_in_any_width(bench: ImageBench, width: int) -> None:
    viewer = bench.view.viewer
    refs = _pair(bench)
    bench.view.open_refs([*refs, ImageRef(refs[0].series_id, 1)])
    bench.view.resize(width, 500)
    bench.settle()
    seen = [box for box in viewer.comparing_controls if box.isVisible()]
    assert len(seen) == 3

    def all_have_room() -> bool:
        return all(
            box.width() >= box.sizeHint().width()
            and box.mapTo(viewer, QPoint(box.width(), 0)).x() <= viewer.width()
            for box in seen
        )

    bench.qtbot.waitUntil(all_have_room)


def test_a_narrow_row_has_room_for_its_run(bench: ImageBench) -> None:
    bench.view.resize(420, 500)
    bench.settle()
    bars = bench.view.gallery.findChildren(ImageRowBar)
    assert bars
    bars = [bar for bar in bars if bar.isVisible()]
    bench.qtbot.waitUntil(lambda: all(bar.slider.x() >= 150 for bar in bars))
