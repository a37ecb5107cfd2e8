"""The canvas of images: where pixels lie, what is painted, zoom by wheel, drag and key."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from eventglass.app.models.picture_looks import paint_numbers
from eventglass.app.models.theme import Theme
from eventglass.widgets.plots.image_canvas import ImageCanvas
from eventglass.widgets.plots.image_zoom import GREATEST, ImageZoom

PIXELS = np.random.default_rng(0).integers(0, 256, (10, 20, 3)).astype(np.uint8)


@pytest.fixture
def canvas(qtbot: QtBot) -> ImageCanvas:
    zoom = ImageZoom()
    made = ImageCanvas(Theme("light"), zoom)
    zoom.setParent(made)
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.set_images([paint_numbers(PIXELS, 255)], PIXELS)
    made.show()
    return made


def shot(canvas: ImageCanvas) -> QImage:
    return canvas.grab().toImage()


def colour(image: QImage, x: float, y: float) -> tuple[int, int, int]:
    found = QColor(image.pixel(round(x), round(y)))
    return found.red(), found.green(), found.blue()


def wheel(canvas: ImageCanvas, at: QPointF, notches: int) -> None:
    nothing = Qt.MouseButton.NoButton
    event = QWheelEvent(
        at,
        QPointF(canvas.mapToGlobal(at.toPoint())),
        QPoint(),
        QPoint(0, 120 * notches),
        nothing,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)


def test_it_fits_in_whole_pixels_in_the_middle(canvas: ImageCanvas) -> None:
    assert canvas.scale() == 20
    box = canvas.target()
    assert (box.x(), box.y(), box.width(), box.height()) == (0, 50, 400, 200)


def test_every_pixel_is_a_square_of_its_colour(canvas: ImageCanvas) -> None:
    picture = shot(canvas)
    for y in range(10):
        for x in range(20):
            at = (x * 20 + 10, 50 + y * 20 + 10)
            assert colour(picture, *at) == tuple(PIXELS[y, x].tolist())
            assert canvas.pixel_at(QPointF(*at)) == QPoint(x, y)
    assert canvas.pixel_at(QPointF(10, 20)) is None


def test_the_pixel_under_the_pointer_stays_there(canvas: ImageCanvas) -> None:
    at = QPointF(130, 152)
    before = canvas.pixel_at(at)
    for _ in range(8):
        wheel(canvas, at, 1)
        assert canvas.pixel_at(at) == before
    assert canvas.scale() > 100
    for _ in range(60):
        wheel(canvas, at, 1)
    assert canvas.scale() == GREATEST


def test_numbers_are_written_where_there_is_room(canvas: ImageCanvas) -> None:
    flat = np.full((4, 4, 1), 200, np.uint8)
    canvas.set_images([paint_numbers(flat, 255)], flat)
    canvas.zoom.set(80.0)
    picture = shot(canvas)
    middle = canvas.target().topLeft() + QPointF(120, 120)
    inside = [
        colour(picture, middle.x() + dx, middle.y() + dy)
        for dx in range(-15, 16)
        for dy in range(-8, 9)
    ]
    assert any(c != (200, 200, 200) for c in inside)
    canvas.zoom.set(30.0)
    picture = shot(canvas)
    box = canvas.target()
    assert colour(picture, box.x() + 45, box.y() + 45) == (200, 200, 200)


def test_dragging_moves_the_image(canvas: ImageCanvas) -> None:
    canvas.zoom.set(60.0, QPointF(0.5, 0.5))
    at = QPoint(200, 150)
    before = canvas.pixel_at(QPointF(at))
    assert before is not None
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    QTest.mouseMove(canvas, at + QPoint(60, 0))
    QTest.mouseRelease(
        canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at + QPoint(60, 0)
    )
    assert canvas.pixel_at(QPointF(at)) == before - QPoint(1, 0)


def test_it_cannot_be_moved_out_of_sight(canvas: ImageCanvas) -> None:
    canvas.zoom.set(60.0)
    for _ in range(100):
        canvas.pan(500, 500)
    assert canvas.target().topLeft() == QPointF(0, 0)
    canvas.pan(-60, 0)
    assert canvas.target().x() == -60


def test_keys(canvas: ImageCanvas) -> None:
    QTest.keyClick(canvas, Qt.Key.Key_Plus)
    assert canvas.scale() == 25
    QTest.keyClick(canvas, Qt.Key.Key_Minus)
    assert canvas.scale() == pytest.approx(20)
    canvas.zoom.set(60.0)
    before = canvas.target().x()
    QTest.keyClick(canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert canvas.target().x() == before - 60


def test_images_of_other_sizes_cover_the_same_ground(canvas: ImageCanvas, qtbot: QtBot) -> None:
    other = ImageCanvas(Theme("light"), canvas.zoom)
    qtbot.addWidget(other)
    other.resize(canvas.size())
    small = PIXELS[::2, ::2].copy()
    other.set_images([paint_numbers(small, 255)], small)
    canvas.zoom.reference_width = 20
    canvas.zoom.set(60.0, QPointF(0.3, 0.4))
    assert other.scale() == 2 * canvas.scale()
    assert other.target() == canvas.target()


def test_swipe_and_onion(canvas: ImageCanvas) -> None:
    first = np.full((10, 20, 3), 40, np.uint8)
    second = np.full((10, 20, 3), 240, np.uint8)
    canvas.set_images([paint_numbers(first, 255), paint_numbers(second, 255)])
    canvas.set_layering("swipe", 0.25)
    picture = shot(canvas)
    assert colour(picture, 50, 118) == (40, 40, 40)
    assert colour(picture, 150, 118) == (240, 240, 240)
    moved = []
    canvas.amount_changed.connect(moved.append)
    QTest.mousePress(
        canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(101, 110)
    )
    QTest.mouseMove(canvas, QPoint(300, 110))
    QTest.mouseRelease(
        canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(300, 110)
    )
    assert moved == [0.75]
    canvas.set_layering("onion", 0.5)
    mixed = colour(shot(canvas), 150, 118)
    assert all(abs(value - 140) <= 2 for value in mixed)


def test_what_is_transparent_lies_on_chequers(canvas: ImageCanvas) -> None:
    clear = np.zeros((10, 20, 4), np.uint8)
    canvas.set_images([paint_numbers(clear, 255)])
    picture = shot(canvas)
    colours = {colour(picture, x, 115) for x in range(30, 60)}
    assert len(colours) >= 2
    assert (0, 0, 0) not in colours


def test_a_reduced_image_is_smooth(canvas: ImageCanvas) -> None:
    stripes = np.zeros((1200, 1600, 1), np.uint8)
    stripes[:, ::2] = 255
    canvas.set_images([paint_numbers(stripes, 255)])
    assert canvas.scale() == 0.25
    shades = {colour(shot(canvas), x, 150)[0] for x in range(100, 120)}
    assert min(shades) > 90
    assert max(shades) < 165


def test_without_an_image_it_is_empty(canvas: ImageCanvas) -> None:
    canvas.set_images([])
    canvas.zoom_at(2.0)
    canvas.pan(1, 1)
    assert canvas.pixel_at(QPointF(200, 150)) is None
    shot(canvas)
