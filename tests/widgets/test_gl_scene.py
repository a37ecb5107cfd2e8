"""SceneView: gestures, picks, regions, pictures, and what becomes of it in docks."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QWidget

from eventglass.app.models.theme import Theme
from eventglass.widgets.plots import gl_device
from eventglass.widgets.plots.gl_camera import Camera
from eventglass.widgets.plots.gl_items import Label, Mesh, Pick, bounding_box, bounds_of
from eventglass.widgets.plots.gl_labels import LabelPainter
from eventglass.widgets.plots.gl_raster import RasterRenderer
from eventglass.widgets.plots.gl_scene import SceneView
from tests.widgets.scene_items import BLUE, GREEN, RED, STRAIGHT, pixels, points, sphere, triangle

NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
SIDE = 200
#: Left, right and upper point, told apart by their colour.
THREE = (
    points("left", [-0.5, 0, 0], sizes=20.0, colours=RED),
    points("right", [0.5, 0, 0.2], [0.5, 0.5, 0], sizes=20.0, colours=BLUE),
)


@pytest.fixture
def theme(qapp):
    return Theme("light")


@pytest.fixture
def view(qtbot, theme):
    made = SceneView(theme)
    made.resize(SIDE, SIDE)
    qtbot.addWidget(made)
    made.set_camera(STRAIGHT)
    made.set_items(THREE)
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def told(view):
    """Signals in the order they came: name and arguments."""
    heard = []
    for name in (
        "camera_changed",
        "hovered",
        "clicked",
        "double_clicked",
        "region_selected",
        "region_finished",
        "measured",
        "tool_changed",
    ):
        getattr(view, name).connect(lambda *given, name=name: heard.append((name, *given)))
    return heard


def settle(qtbot, view):
    qtbot.waitUntil(view.is_settled, timeout=10_000)


def shown(view):
    return pixels(view.grab().toImage())


def drag(view, first, *others, button=LEFT, modifiers=NONE):
    QTest.mousePress(view, button, modifiers, QPoint(*first))
    for place in others:
        QTest.mouseMove(view, QPoint(*place))
        QApplication.processEvents()
    QTest.mouseRelease(view, button, modifiers, QPoint(*others[-1]))


def wheel(view, x, y, notches=1, modifiers=NONE):
    event = QWheelEvent(
        QPointF(x, y),
        QPointF(x, y),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)
    return event


def is_at(picture, x, y, colour):
    # Displays of 16 bits have no finer colours.
    return np.abs(picture[y, x] - colour).max() <= 9


def test_it_shows_what_it_is_given(view):
    picture = shown(view)
    assert is_at(picture, 50, 100, RED)
    assert is_at(picture, 150, 50, BLUE)
    assert is_at(picture, 100, 10, (255, 255, 255, 255))
    view.set_items([])
    assert (shown(view)[5:-5, 5:-5] == 255).all()


def test_the_smooth_picture_follows(view, qtbot):
    shown(view)
    settle(qtbot, view)
    picture = shown(view)
    edge = picture[88:113, 38:63, 1]
    assert ((edge > 20) & (edge < 235)).any()
    assert is_at(picture, 50, 100, RED)
    assert view.is_settled()


def test_the_background_follows_the_theme(view, theme):
    theme.set_scheme("dark")
    assert is_at(shown(view), 100, 20, theme.colour("surface").getRgb())
    view.set_background(QColor(10, 200, 30))
    assert is_at(shown(view), 100, 20, (10, 200, 30, 255))
    view.set_background(None)
    assert is_at(shown(view), 100, 20, theme.colour("surface").getRgb())


def test_the_same_items_are_drawn_once(view, monkeypatch):
    shown(view)
    drawings = []
    plain = RasterRenderer.draw
    monkeypatch.setattr(
        RasterRenderer, "draw", lambda self, *a: drawings.append(1) or plain(self, *a)
    )
    view.set_items(list(THREE))
    shown(view)
    assert not drawings
    view.set_items([replace(THREE[0])])
    shown(view)
    assert drawings


# --- pointer --------------------------------------------------------------------------------------


def test_dragging_orbits(view, told):
    drag(view, (100, 100), (120, 110), (150, 120))
    assert [name for name, *_ in told if name != "hovered"] == ["camera_changed"] * 2
    assert view.camera == STRAIGHT.orbited(20, 10).orbited(30, 10)
    assert told[-1][0] in ("hovered", "camera_changed")


@pytest.mark.parametrize("hold", [{"button": MIDDLE}, {"modifiers": SHIFT}])
def test_dragging_otherwise_pans(view, hold):
    drag(view, (100, 100), (120, 90), **hold)
    np.testing.assert_allclose(
        view.camera.project([[0, 0, 0]], (SIDE, SIDE))[0, :2], [120, 90], atol=1e-6
    )
    assert (view.camera.yaw, view.camera.pitch) == (0.0, 0.0)


def test_a_press_that_hardly_moves_is_a_click(view, told):
    drag(view, (50, 100), (52, 101))
    assert view.camera == STRAIGHT
    assert [name for name, *_ in told if name != "hovered"] == ["clicked"]
    pick, modifiers = told[0][1:] if told[0][0] == "clicked" else told[1][1:]
    assert (pick.key, pick.index) == ("left", 0)
    assert pick.position == (-0.5, 0.0, 0.0)
    assert modifiers == NONE


def test_a_click_beside_everything_picks_nothing(view, told):
    QTest.mouseClick(view, LEFT, SHIFT, QPoint(100, 180))
    assert ("clicked", None, SHIFT) in told


def test_hovering_tells_of_each_thing_once(view, told):
    for place in ((100, 180), (52, 98), (50, 100), (48, 97), (100, 180), (150, 50)):
        QTest.mouseMove(view, QPoint(*place))
    QApplication.sendEvent(view, QEvent(QEvent.Type.Leave))
    picks = [given[1] for given in told if given[0] == "hovered"]
    assert [p and (p.key, p.index) for p in picks] == [("left", 0), None, ("right", 1), None]


def test_of_several_the_nearest_within_reach_is_picked(view):
    view.set_items([points("p", [-0.03, 0, 0], [0.02, 0, 0], sizes=1.0)])
    assert view.pick_at(100, 100).index == 1
    assert view.pick_at(97, 100).index == 0
    assert view.pick_at(100, 107) is None
    assert view.pick_at(-500, 1e6) is None


def test_a_face_is_picked_where_the_ray_meets_it(view):
    view.set_items([triangle("t", 0.25)])
    pick = view.pick_at(50, 150)
    assert (pick.key, pick.index) == ("t", 0)
    np.testing.assert_allclose(pick.position, [-0.475, -0.475, 0.25], atol=0.01)


def test_hidden_and_unpickable_things_are_not_picked(view):
    view.set_items(
        [
            points("p", [0, 0, 0], sizes=30.0, visible=np.array([False])),
            points("q", [0.5, 0, 0], sizes=30.0, pickable=False),
        ]
    )
    assert view.pick_at(100, 100) is None
    assert view.pick_at(150, 100) is None


def test_the_wheel_zooms_at_the_pointer(view, told):
    event = wheel(view, 150, 100)
    assert event.isAccepted()
    assert view.camera.distance < STRAIGHT.distance
    # What is under the pointer stays there, at its own depth.
    found = view.camera.project([[0.5, 0, 0.2]], (SIDE, SIDE))[0, :2]
    before = STRAIGHT.project([[0.5, 0, 0.2]], (SIDE, SIDE))[0, :2]
    np.testing.assert_allclose(found, before, atol=0.6)
    assert told[-1][0] == "camera_changed"


def test_the_wheel_may_belong_to_the_page(view):
    view.set_wheel_zooms(False)
    view.clearFocus()
    assert not wheel(view, 100, 100).isAccepted()
    assert view.camera == STRAIGHT
    assert wheel(view, 100, 100, modifiers=Qt.KeyboardModifier.ControlModifier).isAccepted()
    assert view.camera != STRAIGHT


def test_a_double_click_turns_around_the_point(view, told, qtbot):
    QTest.mouseDClick(view, LEFT, NONE, QPoint(50, 100))
    assert view.camera.target == (-0.5, 0.0, 0.0)
    assert [given[1].key for given in told if given[0] == "double_clicked"] == ["left"]
    settle(qtbot, view)
    QTest.mouseDClick(view, LEFT, NONE, QPoint(100, 190))
    assert told[-1] == ("double_clicked", None) or ("double_clicked", None) in told
    assert view.camera.target == (-0.5, 0.0, 0.0)


# --- keys -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "modifiers", "expected"),
    [
        (Qt.Key.Key_Right, NONE, STRAIGHT.orbited(40, 0)),
        (Qt.Key.Key_Up, NONE, STRAIGHT.orbited(0, -40)),
        (Qt.Key.Key_Left, SHIFT, STRAIGHT.panned(40, 0, (SIDE, SIDE))),
        (Qt.Key.Key_Plus, NONE, STRAIGHT.zoomed(1.2)),
        (Qt.Key.Key_Minus, NONE, STRAIGHT.zoomed(1 / 1.2)),
        (Qt.Key.Key_P, NONE, replace(STRAIGHT, orthographic=True)),
    ],
)
def test_keys_move_the_camera(view, told, key, modifiers, expected):
    QTest.keyClick(view, key, modifiers)
    assert view.camera.same_view(expected)
    assert [name for name, *_ in told] == ["camera_changed"]


def test_numbers_look_from_the_sides(view, qtbot):
    for key, yaw, pitch in ((Qt.Key.Key_2, 180.0, 0.0), (Qt.Key.Key_5, 0.0, 90.0)):
        QTest.keyClick(view, key)
        assert (view.camera.yaw, view.camera.pitch) == (yaw, pitch)
        settle(qtbot, view)
        assert view.shown_camera() == view.camera
    QTest.keyClick(view, Qt.Key.Key_7)
    assert view.camera.yaw == 45.0
    QTest.keyClick(view, Qt.Key.Key_8)
    assert view.camera.yaw == 45.0


def test_keys_are_kept_from_the_window(view):
    for key, mine in ((Qt.Key.Key_F, True), (Qt.Key.Key_Left, True), (Qt.Key.Key_Q, False)):
        event = QKeyEvent(QEvent.Type.ShortcutOverride, key, NONE)
        event.ignore()
        QApplication.sendEvent(view, event)
        assert event.isAccepted() is mine
    control = QKeyEvent(
        QEvent.Type.ShortcutOverride, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier
    )
    control.ignore()
    QApplication.sendEvent(view, control)
    assert not control.isAccepted()


def test_the_focus_is_seen_where_it_came_by_key(view):
    accent = view.theme.colour("accent").getRgb()
    view.activateWindow()
    for reason, seen in (
        (Qt.FocusReason.MouseFocusReason, False),
        (Qt.FocusReason.TabFocusReason, True),
    ):
        view.clearFocus()
        view.setFocus(reason)
        assert bool(is_at(shown(view), 0, 100, accent)) is seen


def test_fitting_shows_all(view, told):
    view.set_camera(replace(STRAIGHT, target=(50.0, 0.0, 0.0)))
    view.fit(animate=False)
    assert [name for name, *_ in told] == ["camera_changed"]
    found = view.camera.project([[-0.5, 0, 0], [0.5, 0, 0.2], [0.5, 0.5, 0]], (SIDE, SIDE))
    assert (np.abs(found[:, :2] - SIDE / 2) <= SIDE / 2).all()
    assert np.ptp(found[:, 0]) > SIDE * 0.7
    view.set_items([])
    before = view.camera
    view.fit()
    assert view.camera == before


@pytest.mark.parametrize("size", [1e-40, 1e-20, 1.0, 1e20, 1e38])
def test_worlds_of_any_size_are_fitted_alike(view, size):
    vertices, faces = sphere()
    view.set_items([Mesh("m", vertices * np.float32(size), faces, RED, shading="none")])
    view.fit(animate=False)
    picture = shown(view)
    assert is_at(picture, 100, 100, RED)
    assert 0.6 < (np.abs(picture[..., :3] - RED[:3]).max(axis=2) < 9).mean() < 0.75
    found = view.pick_at(100, 100)
    assert found is not None
    assert np.linalg.norm(np.array(found.position) / size) == pytest.approx(1.0, abs=0.02)


def test_fitting_looks_at_every_point(view):
    places = np.zeros((500_000, 3), np.float32)
    places[123_457] = 3.0, 0.0, 0.0
    hidden = np.ones(len(places), bool)
    item = points("p", places)
    view.set_items([item])
    view.fit(animate=False)
    far = view.camera.distance
    hidden[123_457] = False
    view.set_items([replace(item, visible=hidden)])
    view.fit(animate=False)
    assert view.camera.distance < 0.1 * far


def test_one_point_can_be_fitted(view):
    view.set_items([points("p", [3, 4, 5], sizes=9.0, colours=GREEN)])
    view.fit(animate=False)
    assert is_at(shown(view), 100, 100, GREEN)


def test_a_camera_moves_within_its_time(view, qtbot, told):
    aim = STRAIGHT.preset("right")
    view.set_camera(aim, animate=True)
    assert view.camera == aim
    assert not view.is_settled()
    view.grab()
    settle(qtbot, view)
    assert view.shown_camera() == aim
    assert told == []


# --- flat -----------------------------------------------------------------------------------------


def test_flat_scenes_are_panned_and_never_turned(view):
    view.set_planar(True)
    assert view.camera.orthographic
    drag(view, (100, 100), (130, 90))
    assert (view.camera.yaw, view.camera.pitch) == (0.0, 0.0)
    np.testing.assert_allclose(
        view.camera.project([[0, 0, 0]], (SIDE, SIDE))[0, :2], [130, 90], atol=1e-6
    )
    QTest.keyClick(view, Qt.Key.Key_5)
    QTest.keyClick(view, Qt.Key.Key_Left)
    view.set_camera(replace(Camera(), pitch=40.0))
    assert (view.camera.yaw, view.camera.pitch) == (0.0, 0.0)
    assert view.camera.orthographic
    view.set_planar(False)
    assert not view.camera.orthographic


# --- tools ----------------------------------------------------------------------------------------


def regions(told):
    return [(given[1], given[2].tolist()) for given in told if given[0] == "region_selected"]


def test_a_box_selects_what_is_inside(view, told):
    view.set_tool("box")
    drag(view, (120, 20), (180, 140), modifiers=Qt.KeyboardModifier.ControlModifier)
    assert regions(told) == [("right", [0, 1])]
    assert told[-1][0] == "region_finished" or "region_finished" in [n for n, *_ in told]
    assert view.camera == STRAIGHT
    del told[:]
    drag(view, (5, 5), (20, 20))
    assert regions(told) == [(None, [])]
    del told[:]
    drag(view, (2, 2), (198, 198))
    assert regions(told) == [("left", [0]), ("right", [0, 1])]


def test_a_lasso_selects_by_its_outline(view, told):
    view.set_tool("lasso")
    # Around the lower right point, and under the upper one.
    drag(view, (130, 80), (180, 80), (180, 130), (130, 130))
    assert regions(told) == [("right", [0])]


def test_a_region_holds_what_is_hidden_behind(view, told):
    view.set_items([points("p", [0, 0, 0], [0, 0, -1], [0.9, 0.9, 0])])
    found = view.indices_in("p", np.array([[80, 80], [120, 80], [120, 120], [80, 120.0]]))
    assert found.tolist() == [0, 1]
    assert view.indices_in("q", np.zeros((4, 2))).tolist() == []


def test_escape_gives_up_a_region_and_then_the_tool(view, told):
    view.set_tool("lasso")
    QTest.mousePress(view, LEFT, NONE, QPoint(20, 20))
    QTest.mouseMove(view, QPoint(100, 20))
    QTest.keyClick(view, Qt.Key.Key_Escape)
    QTest.mouseRelease(view, LEFT, NONE, QPoint(100, 90))
    assert regions(told) == []
    assert view.tool == "lasso"
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert view.tool == "orbit"
    assert ("tool_changed", "orbit") in told


def test_two_clicks_measure(view, told):
    view.set_tool("measure")
    QTest.mouseClick(view, LEFT, NONE, QPoint(50, 100))
    QTest.mouseClick(view, LEFT, NONE, QPoint(150, 50))
    (measured,) = [given for given in told if given[0] == "measured"]
    first, last, length = measured[1:]
    assert (first.key, last.key, last.index) == ("left", "right", 1)
    assert length == pytest.approx(math.hypot(1.0, 0.5))
    accent = view.theme.colour("accent").getRgb()
    assert is_at(shown(view), 50, 100, accent)
    view.set_tool("orbit")
    assert is_at(shown(view), 50, 100, RED)


# --- texts ----------------------------------------------------------------------------------------


def test_texts_never_lie_over_one_another(view, theme):
    rng = np.random.default_rng(0)
    labels = [
        Label((*map(float, rng.uniform(-0.9, 0.9, 2)), 0.0), f"label {i}", priority=float(i % 7))
        for i in range(300)
    ]
    texts = LabelPainter()
    texts.set_fonts(theme.font(12), theme.font(12, bold=True))
    placed = texts.placed(labels, STRAIGHT, 600, 600)
    boxes = [box for _label, box in placed]
    assert 40 < len(boxes) < 300
    assert not any(a.intersects(b) for i, a in enumerate(boxes) for b in boxes[:i])
    # Where one has no room, none of lower priority had it first.
    assert placed[0][0].priority == 6.0
    shares = [np.mean([p.priority == k for p, _ in placed]) for k in (0.0, 6.0)]
    assert shares[1] > shares[0]


def test_texts_behind_the_eye_are_not_shown(theme):
    texts = LabelPainter()
    texts.set_fonts(theme.font(12), theme.font(12, bold=True))
    camera = STRAIGHT.with_scene(bounds_of([triangle()]))
    labels = [Label((0.0, 0.0, 9.0), "behind"), Label((0.0, 0.0, 0.0), "before")]
    assert [label.text for label, _ in texts.placed(labels, camera, 200, 200)] == ["before"]


def test_texts_are_painted_over_the_scene(view):
    before = shown(view)
    view.set_labels([Label((0.0, -0.5, 0.0), "Wörter", priority=1.0)])
    away = np.abs(shown(view) - before).max(axis=2)
    assert (away[140:160, 100:170] > 100).sum() > 30
    assert (away[:120] == 0).all()


# --- pictures -------------------------------------------------------------------------------------


def test_pictures_of_any_size(view):
    made = pixels(view.render_image(400, 400))
    assert made.shape == (400, 400, 4)
    assert is_at(made, 100, 200, RED)
    assert (np.abs(made - RED).max(axis=2) < 4).sum() == pytest.approx(math.pi * 20**2, rel=0.1)
    clear = pixels(view.render_image(300, 150, transparent=True))
    assert clear[5, 5].tolist() == [0, 0, 0, 0]
    assert (clear[..., 3] == 255).any()
    elsewhere = pixels(view.render_image(200, 200, camera=STRAIGHT.preset("back")))
    assert is_at(elsewhere, 150, 100, RED)
    assert view.camera == STRAIGHT


def test_large_pictures_are_made_of_tiles(view, monkeypatch):
    from eventglass.widgets.plots import gl_picture

    view.set_items([Mesh("m", *sphere(), colours=RED), bounding_box("b", bounds_of(THREE))])
    whole = pixels(view.render_image(300, 260))
    monkeypatch.setattr(gl_picture, "TILE_PX", 64)
    np.testing.assert_array_equal(pixels(view.render_image(300, 260)), whole)


def test_pictures_have_the_texts(view):
    bare = pixels(view.render_image(400, 400))
    view.set_labels([Label((0.0, -0.5, 0.0), "text")])
    with_text = pixels(view.render_image(400, 400))
    assert (np.abs(with_text - bare).max(axis=2) > 100).sum() > 60
    without = pixels(view.render_image(400, 400, labels=False))
    np.testing.assert_array_equal(without, bare)


# --- what draws -----------------------------------------------------------------------------------


def test_without_opengl_the_processor_draws_and_says_why(view):
    shown(view)
    assert view.renderer == "raster"
    view.set_renderer("gpu")
    assert is_at(shown(view), 50, 100, RED)
    if QApplication.platformName() == "offscreen":
        assert view.renderer == "raster"
        assert "offscreen" in view.failure


def test_when_drawing_fails_the_processor_takes_over(view, monkeypatch):
    class Broken:
        name = "broken"

        def draw(self, *_given):
            raise RuntimeError("the OpenGL context was lost")

        ids = draw

    monkeypatch.setattr(gl_device, "chosen", lambda any_kind: (Broken(), ""))
    view.set_renderer("gpu")
    heard = []
    view.renderer_changed.connect(lambda: heard.append(view.renderer))
    assert is_at(shown(view), 50, 100, RED)
    assert view.failure == "the OpenGL context was lost"
    assert heard == ["broken", "raster"]
    assert view.pick_at(50, 100) == Pick("left", 0, (-0.5, 0.0, 0.0))


def docked(qtbot, theme, mode):
    """Return a window with a scene in a dock."""
    window = QMainWindow()
    window.resize(500, 400)
    window.setCentralWidget(QWidget())
    qtbot.addWidget(window)
    dock = QDockWidget("scene", window)
    view = SceneView(theme)
    view.set_renderer(mode)
    view.setMinimumSize(SIDE, SIDE)
    view.set_items([triangle()])
    view.set_camera(STRAIGHT)
    dock.setWidget(view)
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
    window.show()
    qtbot.waitExposed(window)
    return window, dock, view


@pytest.mark.parametrize("mode", ["raster", pytest.param("gpu", marks=pytest.mark.gl)])
def test_docking_floating_and_hiding(qtbot, theme, mode):
    if mode == "gpu" and gl_device.chosen(any_kind=True)[0] is None:
        pytest.skip("no OpenGL here")
    window, dock, view = docked(qtbot, theme, mode)

    def drawn():
        picture = shown(view)
        height, width = picture.shape[:2]
        return is_at(picture, width // 2 - 50, height // 2 + 60, RED)

    assert drawn()
    for change in (
        lambda: dock.setFloating(True),
        lambda: dock.setFloating(False),
        dock.hide,
        dock.show,
        lambda: window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock),
        lambda: view.setParent(None),
        lambda: dock.setWidget(view),
        view.show,
        window.hide,
        window.show,
    ):
        change()
        QApplication.processEvents()
        if view.isVisible():
            assert drawn()
    assert drawn()
    assert (view.renderer == "raster") is (mode == "raster")
    assert view.failure == ""


@pytest.mark.gl
def test_many_scenes_share_one_context(qtbot, theme):
    if gl_device.chosen(any_kind=True)[0] is None:
        pytest.skip("no OpenGL here")
    page = QWidget()
    qtbot.addWidget(page)
    views = []
    for i in range(30):
        view = SceneView(theme, page)
        view.setGeometry(60 * (i % 6), 60 * (i // 6), 60, 60)
        view.set_renderer("gpu")
        view.set_camera(STRAIGHT)
        view.set_items([triangle(colour=(8 * i, 255 - 8 * i, 255, 255))])
        views.append(view)
    page.resize(360, 300)
    page.show()
    qtbot.waitExposed(page)
    picture = shown(page)
    for i in range(30):
        assert is_at(picture, 60 * (i % 6) + 12, 60 * (i // 6) + 48, (8 * i, 255 - 8 * i, 255, 255))
    assert len({id(gl_device.device())}) == 1
