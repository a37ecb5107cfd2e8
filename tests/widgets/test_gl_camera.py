"""The camera of a scene: pure numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventglass.widgets.plots.gl_camera import PRESETS, Bounds, Camera, between

SIZE = (800.0, 600.0)
angles = st.floats(-180, 180)
pitches = st.floats(-90, 90)
numbers = st.floats(-1e4, 1e4)
ups = st.sampled_from([(0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (1.0, 0.0, 0.0), (0.0, -0.6, 0.8)])
cameras = st.builds(
    Camera,
    target=st.tuples(numbers, numbers, numbers),
    distance=st.floats(0.01, 1e4),
    yaw=angles,
    pitch=pitches,
    up=ups,
    fov_degrees=st.floats(5, 120),
    orthographic=st.booleans(),
)


@given(cameras)
def test_the_axes_are_right_angled_and_upright(camera):
    np.testing.assert_allclose(camera.axes @ camera.axes.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(camera.axes) == pytest.approx(1.0)
    # Without roll: right is level, and the head is never below the feet.
    assert camera.axes[0] @ camera.up == pytest.approx(0.0, abs=1e-9)
    assert camera.axes[1] @ camera.up >= -1e-9


@given(cameras, st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=5))
def test_pixels_are_what_the_matrices_say(camera, places):
    at = np.array(places)
    found = camera.project(at, SIZE)
    clip = np.c_[at, np.ones(len(at))] @ camera.matrix(SIZE[0] / SIZE[1]).T
    seen = clip[:, 3] > 1e-3 * camera.distance
    ndc = clip[seen, :2] / clip[seen, 3:]
    expected = (ndc * [1, -1] + 1) / 2 * SIZE
    np.testing.assert_allclose(found[seen, :2], expected, rtol=1e-6, atol=1e-3)


@given(cameras, st.floats(0, 800), st.floats(0, 600))
def test_a_ray_goes_through_its_pixel(camera, x, y):
    origin, along = camera.ray(x, y, SIZE)
    found = camera.project([origin + along * camera.distance], SIZE)[0]
    np.testing.assert_allclose(found[:2], [x, y], atol=1e-3)
    on_plane = camera.project([camera.on_target_plane(x, y, SIZE)], SIZE)[0]
    np.testing.assert_allclose(on_plane, [x, y, camera.distance], rtol=1e-6, atol=1e-3)


@given(cameras, st.floats(0.2, 5), st.floats(0, 800), st.floats(0, 600))
def test_zooming_keeps_the_anchor_in_its_pixel(camera, factor, x, y):
    anchor = camera.on_target_plane(x, y, SIZE)
    zoomed = camera.zoomed(factor, anchor)
    np.testing.assert_allclose(zoomed.project([anchor], SIZE)[0, :2], [x, y], atol=1e-3)
    assert zoomed.distance == pytest.approx(camera.distance / factor)


@given(cameras, st.floats(-300, 300), st.floats(-300, 300))
def test_panning_moves_the_target_plane_by_pixels(camera, dx, dy):
    place = camera.on_target_plane(400, 300, SIZE)
    found = camera.panned(dx, dy, SIZE).project([place], SIZE)[0]
    np.testing.assert_allclose(found[:2], [400 + dx, 300 + dy], atol=1e-3)


def test_orbiting_stops_at_the_poles():
    camera = Camera()
    above = camera.orbited(0, 10_000)
    assert above.pitch == 90.0
    assert above.orbited(0, 10_000) == above
    assert above.orbited(0, -100_000).pitch == -90.0
    assert -180.0 <= camera.orbited(12_345, 0).yaw <= 180.0


def test_dragging_takes_the_near_side_along():
    camera = Camera(yaw=0.0, pitch=0.0, distance=10.0)
    near = [camera.axes[2]]
    start = camera.project(near, SIZE)[0]
    turned = camera.orbited(10, 6).project(near, SIZE)[0]
    assert turned[0] > start[0]
    assert turned[1] > start[1]


@given(cameras, st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=4))
def test_what_is_fitted_is_seen(camera, places):
    bounds = Bounds.of(np.array(places))
    fitted = camera.fitted(bounds, SIZE[0] / SIZE[1])
    found = fitted.project(bounds.corners(), SIZE)
    near, far = fitted.with_scene(bounds).depths()
    assert (found[:, 0] >= -0.5).all()
    assert (found[:, 0] <= SIZE[0] + 0.5).all()
    assert (found[:, 1] >= -0.5).all()
    assert (found[:, 1] <= SIZE[1] + 0.5).all()
    assert (found[:, 2] >= near * (1 - 1e-9)).all()
    assert (found[:, 2] <= far).all()
    assert (fitted.yaw, fitted.pitch, fitted.up) == (camera.yaw, camera.pitch, camera.up)


def test_fitting_takes_little_more_than_is_needed():
    bounds = Bounds((-1.0, -1.0, -1.0), (1.0, 1.0, 1.0))
    for camera in (Camera(), Camera(orthographic=True)):
        found = camera.fitted(bounds, 1.0).project(bounds.corners(), (600.0, 600.0))
        assert np.abs(found[:, :2] - 300).max() > 250
    points = np.random.default_rng(0).normal(size=(500, 3)) * 0.2
    assert Camera().fitted(bounds, 1.0, points).distance < Camera().fitted(bounds, 1.0).distance


def test_the_named_sides():
    axes = {
        "front": (2, 1),
        "back": (2, -1),
        "right": (0, 1),
        "left": (0, -1),
        "top": (1, 1),
        "bottom": (1, -1),
    }
    for name, (axis, sign) in axes.items():
        towards = np.array(Camera().preset(name).position)
        expected = np.zeros(3)
        expected[axis] = 3.0 * sign
        np.testing.assert_allclose(towards, expected, atol=1e-12)
    np.testing.assert_allclose(Camera(distance=math.sqrt(3)).preset("isometric").position, [1] * 3)
    assert len(PRESETS) == 7


@given(cameras, st.tuples(numbers, numbers, numbers))
def test_looking_at_a_target_from_a_position(camera, position):
    aim = (1.0, 2.0, 3.0)
    found = camera.looking_at(position, aim)
    if np.linalg.norm(np.subtract(position, aim)) < 1e-3:
        return
    np.testing.assert_allclose(found.position, position, rtol=1e-6, atol=1e-3)
    assert found.target == aim
    assert camera.looking_at(aim, aim).target == aim
    assert camera.looking_at((math.nan, 0, 0), aim).distance == camera.distance


def test_looking_with_another_up():
    found = Camera().looking_at((0, -5, 0), (0, 0, 0), (0, 0, 2))
    np.testing.assert_allclose(found.axes[1], [0, 0, 1], atol=1e-12)
    np.testing.assert_allclose(found.axes[0], [1, 0, 0], atol=1e-12)


@given(cameras)
def test_kept_cameras_are_the_same(camera):
    again = Camera.from_json(camera.to_json())
    assert again is not None
    np.testing.assert_allclose(again.position, camera.position, rtol=1e-6, atol=1e-6)
    assert again.orthographic == camera.orthographic
    assert again.fov_degrees == camera.fov_degrees


@pytest.mark.parametrize(
    "value",
    [None, 3, [], {}, {"target": [1, 2]}, Camera().to_json() | {"distance": 0.0}]
    + [Camera().to_json() | {name: "x"} for name in ("yaw", "pitch", "fov", "up", "target")]
    + [Camera().to_json() | {"fov": 180.0}, Camera().to_json() | {"up": [0, 0, 0]}]
    + [Camera().to_json() | {"distance": math.inf}, Camera().to_json() | {"yaw": True}],
)
def test_what_is_no_camera_is_none(value):
    assert Camera.from_json(value) is None


def test_between_two_cameras():
    first, last = Camera(yaw=170, distance=1.0), Camera(yaw=-170, distance=4.0, target=(2, 0, 0))
    assert between(first, last, 0.0) == first
    assert between(first, last, 1.0) == last
    middle = between(first, last, 0.5)
    assert middle.yaw == pytest.approx(-180.0)
    assert middle.distance == pytest.approx(2.0)
    assert middle.target == (1.0, 0.0, 0.0)


def test_bounds_leave_out_what_is_not_finite():
    places = np.array([[0, 1, 2], [np.nan, 5, 5], [4, -1, 0], [np.inf, 0, 0]], np.float32)
    assert Bounds.of(places) == Bounds((0.0, -1.0, 0.0), (4.0, 1.0, 2.0))
    assert Bounds.of(places[:0]) is None
    assert Bounds.of(places[1:2]) is None
    assert Bounds.of(places).united(None) == Bounds.of(places)
    both = Bounds((0, 0, 0), (1, 1, 1)).united(Bounds((-1, 0.5, 0), (0, 3, 1)))
    assert both == Bounds((-1.0, 0.0, 0.0), (1.0, 3.0, 1.0))
    assert both.centre == (0.0, 1.5, 0.5)


def test_depths_hold_the_scene_and_stay_apart():
    scene = Bounds((-1, -1, -1), (1, 1, 1))
    for distance in (0.01, 1.0, 100.0, 1e6):
        for orthographic in (False, True):
            camera = Camera(distance=distance, orthographic=orthographic, scene=scene)
            near, far = camera.depths()
            depth = camera.project(scene.corners(), SIZE)[:, 2]
            assert far > near
            assert far >= depth.max()
            if orthographic:
                assert near <= depth.min()
            else:
                assert near > 0.0
