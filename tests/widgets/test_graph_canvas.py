"""The canvas of a graph, driven by pointer and keys on drawings made by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from eventglass.app.models.graph_drawing import EdgeFlag, Shape, empty_drawing
from eventglass.app.models.theme import Theme
from eventglass.widgets.plots.graph_canvas import MARGIN_PX, GraphCanvas
from eventglass.widgets.plots.graph_dots import paint_boxes
from eventglass.widgets.plots.graph_looks import Camera, GraphLooks
from eventglass.widgets.plots.graph_minimap import Minimap
from eventglass.widgets.plots.graph_painter import GraphPainter
from tests.widgets.graph_logs import chain


@pytest.fixture
def canvas(qtbot: QtBot) -> GraphCanvas:
    widget = GraphCanvas(Theme("light"))
    qtbot.addWidget(widget)
    widget.resize(600, 500)
    widget.show()
    widget.set_drawing(chain(), GraphLooks(), glide=False)
    return widget


def center(canvas: GraphCanvas, item: int) -> QPoint:
    return canvas.item_rect(item).center().toPoint()


def settle(canvas: GraphCanvas, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not canvas.is_gliding())


def test_the_whole_drawing_is_in_sight_at_first(canvas: GraphCanvas) -> None:
    for item in (100, 101, 102, 103):
        assert canvas.rect().contains(canvas.item_rect(item).toAlignedRect())
    assert canvas.is_fitted()


def test_fitting_keeps_off_the_corner_only_where_boxes_are_in_it(canvas: GraphCanvas) -> None:
    middle = canvas.item_rect(101).center().x()
    canvas.corner = QSize(120, 60)
    canvas.fit()
    assert canvas.item_rect(101).center().x() == pytest.approx(middle)
    canvas.corner = QSize(320, 200)
    canvas.fit()
    assert canvas.item_rect(103).left() > 320
    assert canvas.is_fitted()


def test_what_is_out_of_sight_is_gone_to_in_the_middle(canvas: GraphCanvas) -> None:
    canvas.set_camera(Camera(0.0, -600.0, 1.0))
    canvas.go_to(103, gently=True)
    assert canvas.item_rect(103).bottom() == pytest.approx(canvas.height() - MARGIN_PX)
    canvas.set_camera(Camera(0.0, -600.0, 1.0))
    canvas.go_to(103)
    assert canvas.item_rect(103).center().y() == pytest.approx(canvas.height() / 2)
    before = canvas.camera
    canvas.go_to(102)
    assert canvas.camera == before


def test_a_click_chooses_a_box_and_one_on_the_ground_nothing(
    canvas: GraphCanvas, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(canvas.chosen) as told:
        QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=center(canvas, 102))
    assert told.args == [102, False]
    with qtbot.waitSignal(canvas.chosen) as told:
        QTest.mouseClick(
            canvas,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.ControlModifier,
            center(canvas, 103),
        )
    assert told.args == [103, True]
    with qtbot.waitSignal(canvas.chosen) as told:
        QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert told.args == [-1, False]


def test_a_click_on_an_edge_chooses_the_edge(canvas: GraphCanvas, qtbot: QtBot) -> None:
    between = (center(canvas, 100) + center(canvas, 101)) / 2
    with qtbot.waitSignal(canvas.edge_chosen) as told:
        QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=between)
    assert told.args == [0]


def test_a_double_click_opens(canvas: GraphCanvas, qtbot: QtBot) -> None:
    with qtbot.waitSignal(canvas.toggled) as told:
        QTest.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=center(canvas, 101))
    assert told.args == [101]


def test_dragging_moves_and_chooses_nothing(canvas: GraphCanvas, qtbot: QtBot) -> None:
    chosen: list[object] = []
    canvas.chosen.connect(lambda *told: chosen.append(told))
    before = canvas.item_rect(100).topLeft()
    start = center(canvas, 101)
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=start)
    for step in range(1, 6):
        QTest.mouseMove(canvas, start + QPoint(8 * step, 5 * step))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=start + QPoint(40, 25))
    moved = canvas.item_rect(100).topLeft() - before
    assert (round(moved.x()), round(moved.y())) == (40, 25)
    assert not chosen
    assert not canvas.is_fitted()


def test_the_wheel_zooms_around_the_pointer(canvas: GraphCanvas) -> None:
    at = QPointF(center(canvas, 102))
    before = canvas.camera
    wheel = QWheelEvent(
        at,
        canvas.mapToGlobal(at),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, wheel)
    assert canvas.camera.scale > before.scale
    assert canvas.camera.to_drawing(at) == pytest.approx(before.to_drawing(at))


def test_zooming_ends_somewhere(canvas: GraphCanvas) -> None:
    for _ in range(60):
        canvas.zoom_by(2.0)
    near = canvas.camera.scale
    for _ in range(120):
        canvas.zoom_by(0.5)
    assert near < 20
    assert 0 < canvas.camera.scale < 0.1


def test_arrows_go_along_the_edges(canvas: GraphCanvas) -> None:
    gone: list[int] = []

    def follow(item: int, _other: bool) -> None:
        gone.append(item)
        canvas.set_selected(item)

    canvas.chosen.connect(follow)
    canvas.setFocus()
    keys = (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up)
    for key in keys:
        QTest.keyClick(canvas, key)
    # The first one only begins.
    assert gone == [100, 101, 102, 101]


def test_arrows_across_go_to_the_other_ends(canvas: GraphCanvas) -> None:
    drawing = chain(4)
    rects = drawing.rects.copy()
    rects[1:, 1] = 200.0
    rects[1:, 0] = (0.0, 200.0, 400.0)
    fan = replace(
        drawing,
        rects=rects,
        sources=np.zeros(3, np.int32),
        targets=np.array([1, 2, 3], np.int32),
        _index={},
    )
    canvas.set_drawing(fan, GraphLooks(), glide=False)
    gone: list[int] = []

    def follow(item: int, _other: bool) -> None:
        gone.append(item)
        canvas.set_selected(item)

    canvas.chosen.connect(follow)
    canvas.set_selected(100)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left):
        QTest.keyClick(canvas, key)
    # The nearest end first; beyond the last one there is nothing.
    assert gone == [101, 102, 103, 102]


def test_backspace_goes_to_the_group_around_and_then_out(canvas: GraphCanvas, qtbot: QtBot) -> None:
    canvas.set_drawing(chain(opened=True), GraphLooks(), glide=False)
    canvas.set_selected(101)
    with qtbot.waitSignal(canvas.chosen) as told:
        QTest.keyClick(canvas, Qt.Key.Key_Backspace)
    assert told.args == [7, False]
    canvas.set_selected(7)
    with qtbot.waitSignal(canvas.left):
        QTest.keyClick(canvas, Qt.Key.Key_Backspace)


def test_the_item_to_keep_stays_where_it_is(canvas: GraphCanvas, qtbot: QtBot) -> None:
    canvas.set_camera(Camera(-20.0, -30.0, 1.0))
    before = canvas.item_rect(102)
    drawing = chain()
    moved = replace(drawing, rects=drawing.rects + np.array([300.0, 170.0, 0, 0]), _index={})
    canvas.set_drawing(moved, GraphLooks(), keep=102)
    settle(canvas, qtbot)
    assert canvas.item_rect(102) == before


def test_boxes_glide_from_where_they_were(canvas: GraphCanvas, qtbot: QtBot) -> None:
    drawing = chain()
    rects = drawing.rects.copy()
    rects[3, 1] += 100.0
    canvas.set_drawing(replace(drawing, rects=rects, _index={}), GraphLooks(), keep=100)
    assert canvas.is_gliding()
    settle(canvas, qtbot)
    assert canvas.drawing.rects[3, 1] == rects[3, 1]


def test_the_name_strip_of_an_open_group_chooses_it_and_its_ground_nothing(
    canvas: GraphCanvas, qtbot: QtBot
) -> None:
    canvas.set_drawing(chain(opened=True), GraphLooks(), glide=False)
    group = canvas.item_rect(7)
    with qtbot.waitSignal(canvas.chosen) as told:
        at = QPoint(round(group.left()) + 40, round(group.top()) + 10)
        QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=at)
    assert told.args == [7, False]
    with qtbot.waitSignal(canvas.chosen) as told:
        at = QPoint(round(group.left()) + 12, round(group.center().y()))
        QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=at)
    assert told.args == [-1, False]
    with qtbot.waitSignal(canvas.toggled) as told:
        at = QPoint(round(group.right()) - 8, round(group.top()) + 8)
        QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=at)


def test_what_is_panned_is_what_would_be_painted(canvas: GraphCanvas) -> None:
    canvas.set_camera(Camera(-100.0, -60.0, 1.0))
    canvas.grab()
    canvas.move_by(37.0, -21.0)
    panned = canvas.grab().toImage()
    canvas.repaint_all()
    assert panned == canvas.grab().toImage()


def test_an_empty_drawing_is_painted_and_takes_keys(canvas: GraphCanvas) -> None:
    canvas.set_drawing(empty_drawing(), GraphLooks(), glide=False)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_0, Qt.Key.Key_Return):
        QTest.keyClick(canvas, key)
    assert not canvas.grab().isNull()


def test_what_is_traced_stays_and_the_rest_fades(qtbot: QtBot) -> None:
    theme = Theme("light")
    lit = np.array([True, False, True, True])
    painted = GraphPainter(theme, chain(), GraphLooks(lit=lit, lit_edges=np.zeros(3, bool)))
    image = QImage(300, 320, QImage.Format.Format_RGB32)
    image.fill(theme.colour("window"))
    with QPainter(image) as painter:
        painted.paint(painter, Camera(), image.rect().toRectF())

    def darkest(y: int) -> int:
        return min(QColor(image.pixel(x, y)).lightness() for x in range(40, 160))

    # The names: of the first box, and of the second, which is faded.
    assert darkest(55) < 100 < darkest(115)


def test_boxes_far_away_have_the_colour_of_their_kind(qtbot: QtBot) -> None:
    theme = Theme("light")
    fills = np.array([0xFF0000, -1, -1, 0x0000FF])
    painted = GraphPainter(theme, chain(), GraphLooks(fills=fills))
    image = QImage(60, 60, QImage.Format.Format_RGB32)
    image.fill(theme.colour("window"))
    with QPainter(image) as painter:
        painted.paint(painter, Camera(scale=0.2), image.rect().toRectF())
    red = QColor(image.pixel(14, 10))
    blue = QColor(image.pixel(14, 46))
    assert red.red() > red.blue() + 60
    assert blue.blue() > blue.red() + 60


def test_the_small_map_shows_itself_when_not_all_is_in_sight(
    canvas: GraphCanvas, qtbot: QtBot
) -> None:
    small = Minimap(Theme("light"), canvas)
    small.follow()
    assert not small.isVisible()
    canvas.zoom_by(6.0)
    assert small.isVisible()
    before = canvas.visible_area().center()
    QTest.mouseClick(small, Qt.MouseButton.LeftButton, pos=QPoint(small.width() // 2, 8))
    assert canvas.visible_area().center().y() < before.y()
    small.set_wanted(False)
    assert not small.isVisible()


def test_annotations_are_drawn_near_and_left_out_far_away(qtbot: QtBot) -> None:
    theme = Theme("light")
    drawing = replace(
        chain(2),
        shapes=np.array([Shape.OPERATION, Shape.CONSTANT], np.uint8),
        flags=np.array([EdgeFlag.ANNOTATION], np.uint8),
        _index={},
    )
    for scale, shown in ((1.0, True), (0.2, False)):
        image = QImage(220, 180, QImage.Format.Format_RGB32)
        image.fill(theme.colour("window"))
        with QPainter(image) as painter:
            GraphPainter(theme, drawing, GraphLooks()).paint(
                painter, Camera(scale=scale), image.rect().toRectF()
            )
        top, bottom = round(100 * scale), round(130 * scale)
        pixels = {image.pixel(x, y) for y in range(top + 2, bottom) for x in range(220)}
        assert (len(pixels) > 1) is shown


def test_what_is_gone_to_can_be_read(canvas: GraphCanvas) -> None:
    canvas.set_drawing(chain(60), GraphLooks(), glide=False)
    assert canvas.camera.scale < 0.2
    canvas.go_to(150)
    assert canvas.camera.scale > 0.5
    assert canvas.rect().contains(canvas.item_rect(150).toAlignedRect())
    assert not canvas.is_fitted()


def test_groups_inside_each_other_are_painted_where_they_can_be_told_apart(qtbot: QtBot) -> None:
    theme, count = Theme("light"), 40
    inset = np.arange(count)[:, None] * np.array([10.0, 10.0, -20.0, -20.0])
    nested = replace(
        chain(count),
        rects=np.array([0.0, 0.0, 1000.0, 1000.0]) + inset,
        parents=np.arange(-1, count - 1, dtype=np.int32),
        shapes=np.full(count, Shape.OPEN_GROUP, np.uint8),
        flags=np.full(count - 1, EdgeFlag.ANNOTATION, np.uint8),
        _index={},
    )
    painted = GraphPainter(theme, nested, GraphLooks())
    for scale, frames in ((0.5, 40), (0.1, 14)):
        image = QImage(520, 520, QImage.Format.Format_RGB32)
        image.fill(theme.colour("window"))
        with QPainter(image) as painter:
            painted.paint(painter, Camera(scale=scale), image.rect().toRectF(), None, 0.0)
        row = [image.pixel(x, round(500 * scale)) for x in range(round(500 * scale))]
        changes = sum(1 for one, other in pairwise(row) if one != other)
        # The colour changes where a frame begins, and once more where it ends.
        assert frames <= changes <= 2 * frames + 2


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_many_boxes_at_once_are_where_each_by_itself_is(ratio: float) -> None:
    rng = np.random.default_rng(3)
    places = rng.integers(-20, 220, (300, 2))
    boxes = np.hstack([places, rng.integers(1, 9, (300, 2))]).astype(float)
    colour = QColor("#336699")
    images = []
    for at_once in (False, True):
        pixmap = QPixmap(round(200 * ratio), round(150 * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(QColor("white"))
        with QPainter(pixmap) as painter:
            if at_once:
                paint_boxes(painter, boxes, colour)
            else:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(colour)
                painter.drawRects([QRectF(*box) for box in boxes.tolist()])
        images.append(pixmap.toImage())
    assert images[0] == images[1]
