"""Known scenes and their pixels, drawn by the processor and by OpenGL.

Those of OpenGL need a display; software OpenGL will do.
"""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from eventglass.widgets.plots import gl_device
from eventglass.widgets.plots.gl_camera import Bounds, Camera
from eventglass.widgets.plots.gl_frame import Derived, Frame
from eventglass.widgets.plots.gl_items import (
    Lights,
    Lines,
    Mesh,
    Points,
    Sprites,
    axes,
    bounding_box,
    bounds_of,
    grid,
)
from eventglass.widgets.plots.gl_raster import GivenUp, RasterRenderer
from tests.widgets.scene_items import (
    BLUE,
    GREEN,
    RED,
    STRAIGHT,
    pixels,
    points,
    sphere,
    triangle,
)

SIDE = 200
WHITE = (255, 255, 255, 255)


@pytest.fixture(params=["raster", pytest.param("gpu", marks=pytest.mark.gl)])
def renderer(request, qapp):
    if request.param == "raster":
        return RasterRenderer()
    found, why = gl_device.chosen(any_kind=True)
    if found is None:
        pytest.skip(why)
    return found


def frame(*items, camera=STRAIGHT, side=SIDE, **options):
    part = options.pop("part", (0, 0, side, side))
    scene = camera.with_scene(bounds_of(items))
    return Frame(tuple(items), scene, side, side, part, **options)


def drawn(renderer, *items, **options):
    return pixels(renderer.draw(frame(*items, **options), Derived()))


def is_at(picture, x, y, colour, within=3):
    return np.abs(picture[y, x] - colour).max() <= within


def test_a_triangle_covers_its_pixels(renderer):
    for fine in (False, True):
        picture = drawn(renderer, triangle(), fine=fine)
        rows, columns = np.mgrid[:SIDE, :SIDE] + 0.5
        inside = columns < rows - 1.5
        outside = columns > rows + 1.5
        assert (picture[inside] == RED).all()
        assert (picture[outside] == WHITE).all()


def test_nothing_is_the_background(renderer):
    assert (drawn(renderer) == WHITE).all()
    assert (drawn(renderer, background=(10, 20, 30, 255)) == (10, 20, 30, 255)).all()
    assert (drawn(renderer, points("p")) == WHITE).all()
    nothing = Mesh("m", np.empty((0, 3), np.float32), np.empty((0, 3), np.uint32))
    assert (drawn(renderer, nothing, Lines("l", np.empty((0, 2, 3), np.float32))) == WHITE).all()


@pytest.mark.parametrize("fine", [False, True])
@pytest.mark.parametrize("swap", [False, True])
def test_the_nearer_hides_the_farther(renderer, swap, fine):
    near, far = (0.0, 0.0, 0.5), (0.0, 0.0, -0.5)
    colours = np.array([BLUE, GREEN], np.uint8)
    order = slice(None, None, -1 if swap else 1)
    cloud = Points(
        "p", np.array([near, far], np.float32)[order], colours[order].copy(), 40.0, "square"
    )
    assert is_at(drawn(renderer, cloud, fine=fine), 100, 100, BLUE)
    behind = triangle(z=0.8)
    assert is_at(drawn(renderer, cloud, behind, fine=fine), 95, 105, RED)


def test_points_have_their_size(renderer):
    for ratio in (1.0, 2.0):
        picture = drawn(renderer, points("p", [0, 0, 0], sizes=30.0, colours=RED), ratio=ratio)
        covered = (255 - picture[..., 1]).sum() / 255
        assert covered == pytest.approx(np.pi * (15 * ratio) ** 2, rel=0.03)
    world = points("p", [0, 0, 0], sizes=0.5, colours=RED, shape="square", size_unit="world")
    picture = drawn(renderer, world)
    assert (255 - picture[..., 1]).sum() / 255 == pytest.approx(50 * 50, rel=0.05)
    each = replace(
        points("p", [-0.5, 0, 0], [0.5, 0, 0], colours=RED, shape="square"),
        sizes=np.array([10, 30], np.float32),
    )
    picture = drawn(renderer, each)
    assert (255 - picture[:, :100, 1]).sum() / 255 == pytest.approx(100, rel=0.15)
    assert (255 - picture[:, 100:, 1]).sum() / 255 == pytest.approx(900, rel=0.1)


@pytest.mark.parametrize("fine", [False, True])
def test_what_is_in_front_hides_the_nearer(renderer, fine):
    near = points("near", [0, 0, 0.5], sizes=30.0, colours=RED)
    far = points("far", [0, 0, -0.5], sizes=12.0, colours=BLUE)
    behind = points("behind", [0, 0, -0.8], sizes=20.0, colours=GREEN)
    for item in (far, replace(far, order=-2)):
        front = (replace(item, in_front=True), replace(behind, in_front=True))
        picture = drawn(renderer, *front, near, fine=fine)
        assert is_at(picture, 100, 100, BLUE)
        assert is_at(picture, 108, 100, GREEN)
        assert is_at(picture, 113, 100, RED)
    assert is_at(drawn(renderer, far, behind, near, fine=fine), 100, 100, RED)


def test_points_at_the_edge_are_drawn_in_part(renderer):
    picture = drawn(renderer, points("p", [-1.05, 0, 0], [0, 1.1, 0], sizes=30.0, colours=RED))
    assert is_at(picture, 5, 100, RED)
    assert is_at(picture, 100, 2, RED)


def test_hidden_points_are_left_out(renderer):
    cloud = points(
        "p", [-0.5, 0, 0], [0.5, 0, 0], sizes=20.0, visible=np.array([False, True]), colours=RED
    )
    picture = drawn(renderer, cloud)
    assert is_at(picture, 50, 100, WHITE)
    assert is_at(picture, 150, 100, RED)


def test_points_are_seen_through_by_their_opacity(renderer):
    colours = np.array([[255, 0, 0, 255], [0, 0, 255, 51]], np.uint8)
    both = Points("p", np.array([[-0.5, 0, 0], [0.5, 0, 0]], np.float32), colours, 40.0, "square")
    picture = drawn(renderer, both)
    assert is_at(picture, 50, 100, RED)
    assert is_at(picture, 150, 100, (204, 204, 255, 255))
    picture = drawn(renderer, replace(both, opacity=0.5))
    assert is_at(picture, 50, 100, (255, 128, 128, 255))
    # What is opaque hides what is seen through and lies behind it.
    behind = replace(both, positions=np.array([[0, 0, 0.5], [0, 0, 0]], np.float32))
    assert is_at(drawn(renderer, behind), 100, 100, RED)
    before = replace(both, positions=np.array([[0, 0, 0], [0, 0, 0.5]], np.float32))
    assert is_at(drawn(renderer, before), 100, 100, (204, 0, 51, 255))


def test_the_plane_cuts(renderer):
    for item in (
        triangle(),
        Lines("l", np.array([[[-0.9, -0.9, 0], [0.9, -0.9, 0]]], np.float32), RED, 5.0),
        points("p", [-0.5, -0.9, 0], [0.3, -0.9, 0], sizes=20.0, colours=RED, shape="square"),
    ):
        picture = drawn(renderer, item, clip=(1.0, 0.0, 0.0, 0.1))
        assert is_at(picture, 50, 190, WHITE)
        assert is_at(picture, 130, 190, RED)


def test_a_transparent_background_stays_clear(renderer):
    for fine in (False, True):
        see = triangle("t", 0.0, (0, 0, 255, 255), opacity=0.5)
        picture = drawn(
            renderer,
            see,
            points("p", [0.5, 0.5, 0], sizes=20.0, colours=RED),
            background=(255, 255, 255, 0),
            fine=fine,
        )
        assert picture[10, 190].tolist() == [0, 0, 0, 0]
        assert is_at(picture, 40, 160, (0, 0, 255, 128), 2)
        assert is_at(picture, 150, 50, RED)


def test_back_faces_are_seen_when_asked_for(renderer):
    behind = replace(STRAIGHT, yaw=180.0)
    assert is_at(drawn(renderer, triangle(), camera=behind), 160, 160, RED)
    one_sided = triangle(back_faces=False)
    assert is_at(drawn(renderer, one_sided, camera=behind), 160, 160, WHITE)
    assert is_at(drawn(renderer, one_sided), 40, 160, RED)


@pytest.mark.parametrize("shading", ["flat", "smooth"])
def test_light_falls_by_the_cosine_from_both_sides(renderer, shading):
    lights = Lights((0.0, 0.0, 0.0), (((0.0, 0.6, 0.8), (1.0, 0.5, 0.0)),))
    mesh = triangle(colour=(200, 200, 200, 255), shading=shading)
    for camera, x in ((STRAIGHT, 40), (replace(STRAIGHT, yaw=180.0), 160)):
        picture = drawn(renderer, mesh, camera=camera, lights=lights)
        assert is_at(picture, x, 160, (160, 80, 0, 255))
    # A light that stays where it is does not reach the other side.
    fixed = replace(lights, headlight=False)
    assert is_at(drawn(renderer, mesh, lights=fixed), 40, 160, (160, 80, 0, 255))
    picture = drawn(renderer, mesh, lights=fixed, camera=replace(STRAIGHT, yaw=180.0))
    assert is_at(picture, 160, 160, (0, 0, 0, 255))


def test_of_a_mesh_seen_through_the_nearest_faces_are_drawn(renderer):
    vertices, faces = sphere()
    ball = Mesh("m", vertices * 0.5, faces, RED, shading="none", opacity=0.5)
    assert is_at(drawn(renderer, ball), 100, 100, (255, 128, 128, 255))
    inside = points("p", [0, 0, 0], sizes=20.0, colours=BLUE, shape="square")
    assert is_at(drawn(renderer, ball, inside), 100, 100, (128, 0, 128, 255))


def test_edges(renderer):
    over = triangle(wireframe="overlay", wire_colour=BLUE)
    picture = drawn(renderer, over)
    assert is_at(picture, 40, 160, RED)
    assert picture[198:, 20:180].mean(axis=(0, 1))[2] > 60
    only = drawn(renderer, replace(over, wireframe="only"))
    assert is_at(only, 40, 160, WHITE)
    assert (only[..., 0] < 200).sum() > 400


def test_lines(renderer):
    across = np.array([[[-0.8, 0, 0], [0.8, 0, 0]]], np.float32)
    picture = drawn(renderer, Lines("l", across, RED, 4.0))
    assert is_at(picture, 100, 100, RED)
    assert is_at(picture, 10, 100, WHITE)
    assert (255 - picture[:, 100, 1]).sum() / 255 == pytest.approx(4.0, abs=0.3)
    hidden = Lines("l", across - np.array([0, 0.5, 0.5], np.float32), BLUE, 4.0)
    assert is_at(drawn(renderer, hidden, triangle()), 60, 153, RED)
    on_top = drawn(renderer, replace(hidden, on_top=True), triangle())
    assert np.abs(on_top[140:160, 60] - BLUE).max(axis=1).min() <= 3
    dashed = drawn(renderer, Lines("l", across, RED, 2.0, dashed=True))
    row = dashed[100, 25:175, 1]
    assert (row < 20).sum() == pytest.approx(75, abs=12)


def test_pictures_face_the_eye(renderer):
    atlas = np.zeros((20, 40, 4), np.uint8)
    atlas[..., 3] = 255
    atlas[:10, :20, 0] = atlas[10:, :20, 1] = atlas[:, 20:, 2] = 255
    places = np.array([[-0.5, 0, 0], [0.5, 0, 0], [0, 0.8, 0]], np.float32)
    item = Sprites("s", places, atlas, np.array([0, 1, 7], np.int32), 2, (20, 20), 20.0)
    for camera, left, right in ((STRAIGHT, 50, 150), (replace(STRAIGHT, yaw=180.0), 150, 50)):
        picture = drawn(renderer, item, camera=camera)
        assert is_at(picture, left, 95, RED)
        assert is_at(picture, left, 105, GREEN)
        assert is_at(picture, right, 100, BLUE)
    assert is_at(picture, 100, 20, WHITE)
    assert (picture != WHITE).any(axis=2).sum() == 2 * 20 * 20
    as_image = QImage(40, 20, QImage.Format.Format_RGBA8888)
    as_image.fill(QColor(255, 0, 0))
    picture = drawn(renderer, replace(item, atlas=as_image, size=40.0))
    assert (np.abs(picture - RED).max(axis=2) < 4).sum() == pytest.approx(2 * 40 * 40, abs=20)


def test_what_is_far_fades(renderer):
    items = (
        points("near", [-0.5, 0, 2], sizes=20.0, colours=RED, shape="square"),
        points("far", [0.5, 0, -3], sizes=20.0, colours=RED, shape="square"),
        Sprites(
            "picture",
            np.array([[0, 0.5, -3]], np.float32),
            np.full((8, 8, 4), RED, np.uint8),
            np.zeros(1, np.int32),
            1,
            (8, 8),
            20.0,
        ),
    )
    camera = replace(STRAIGHT, orthographic=True)
    picture = drawn(renderer, *items, camera=camera, fog=0.8)
    assert is_at(picture, 50, 100, RED, 8)
    assert picture[100, 150, 1] > 150
    assert is_at(picture, 100, 50, picture[100, 150])


def test_ids_tell_what_is_seen(renderer):
    cloud = points("p", [-0.5, 0.5, 0], [0.5, 0.5, 0], sizes=20.0, colours=BLUE)
    mesh = triangle(z=0.1)
    given = frame(mesh, cloud, bounding_box("b", Bounds((-1, -1, -1), (1, 1, 1))))
    found = renderer.ids(given, Derived())
    assert found.near(20, 180, 6) == (mesh, 0)
    assert found.near(150, 50, 6) == (cloud, 1)
    assert found.near(150, 50 + 13, 6) == (cloud, 1)
    assert found.near(150, 50 + 19, 6) is None
    assert found.near(190, 10, 6) is None
    assert found.near(-50, 900, 6) is None


def test_ids_of_millions(renderer):
    """Bases beyond 16.7 million are told apart: an id is no float."""
    many = Points("many", np.full((17_000_000, 3), 50, np.float32)[:, :], sizes=1.0)
    cloud = points("p", [0, 0, 0], sizes=20.0, colours=BLUE)
    given = frame(many, cloud, camera=STRAIGHT)
    assert renderer.ids(given, Derived()).near(100, 100, 6) == (cloud, 0)


def test_parts_are_cut_out_of_the_whole(renderer):
    vertices, faces = sphere()
    items = (
        Mesh("m", vertices * 0.7, faces),
        points("p", [0.5, 0.5, 0.5], sizes=30.0, colours=RED),
        bounding_box("b", Bounds((-0.8,) * 3, (0.8,) * 3)),
    )
    camera = replace(STRAIGHT, yaw=25.0, pitch=20.0)
    whole = drawn(renderer, *items, camera=camera)
    part = drawn(renderer, *items, camera=camera, part=(60, 40, 90, 70))
    away = np.abs(part - whole[40:110, 60:150]).max(axis=2)
    assert (away > 8).mean() < 0.01


def test_what_is_no_place_is_left_out(renderer):
    vertices, faces = sphere()
    vertices, faces = vertices * np.float32(0.8), faces.copy()
    vertices[300] = np.nan
    vertices[500, 1] = np.inf
    faces[7] = (0, 1, 4_000_000_000)
    cloud = Points("p", vertices, RED, 5.0)
    picture = drawn(renderer, Mesh("m", vertices, faces, BLUE, shading="none"), cloud)
    assert 0.2 < (picture != WHITE).any(axis=2).mean() < 0.95
    assert (picture[:5] == WHITE).all()


def test_more_than_65535_vertices_and_their_faces(renderer):
    far = np.full((70_000, 3), 0.0, np.float32)
    far[-3:] = [[-1, -1, 0], [1, -1, 0], [-1, 1, 0]]
    faces = np.zeros((80_000, 3), np.uint32)
    faces[-1] = (69_997, 69_998, 69_999)
    mesh = Mesh("m", far, faces, RED, shading="none")
    picture = drawn(renderer, mesh)
    assert is_at(picture, 40, 160, RED)
    assert renderer.ids(frame(mesh), Derived()).near(40, 160, 6) == (mesh, 79_999)


def test_from_inside_a_ball_it_is_all_around(renderer):
    vertices, faces = sphere()
    camera = Camera(target=(0, 0, 0), distance=0.1, fov_degrees=100.0)
    picture = drawn(renderer, Mesh("m", vertices, faces, RED, shading="none"), camera=camera)
    assert (np.abs(picture - RED).max(axis=2) < 4).mean() > 0.999


def mixed_scene():
    rng = np.random.default_rng(0)
    vertices, faces = sphere()
    bounds = Bounds((-1.0,) * 3, (1.0,) * 3)
    colours = np.full((len(vertices), 4), 255, np.uint8)
    colours[:, :3] = 128 + 100 * vertices
    cloud = (rng.normal(size=(400, 3)) * 0.6).astype(np.float32)
    return (
        Mesh("m", vertices * 0.6, faces, colours, wireframe="overlay"),
        Points("p", cloud, (40, 90, 200, 255), 0.12, "sphere", "world"),
        Points("q", cloud[::-1].copy(), (200, 90, 20, 120), 7.0),
        bounding_box("b", bounds),
        grid("g", bounds),
        axes("a", bounds, [RED, GREEN, BLUE]),
    )


@pytest.mark.gl
@pytest.mark.parametrize("orthographic", [False, True])
def test_opengl_draws_what_the_processor_draws(qapp, orthographic):
    found, why = gl_device.chosen(any_kind=True)
    if found is None:
        pytest.skip(why)
    camera = Camera(distance=5.0, orthographic=orthographic)
    given = frame(*mixed_scene(), camera=camera, side=400, fine=True, fog=0.4)
    first = pixels(RasterRenderer().draw(given, Derived()))
    last = pixels(found.draw(given, Derived()))
    assert (first != WHITE).any(axis=2).mean() > 0.2
    # Edges are smoothed in two ways: compared are means of 4 × 4 pixels.
    means = [p.reshape(100, 4, 100, 4, 4).mean(axis=(1, 3)) for p in (first, last)]
    away = np.abs(means[0] - means[1]).max(axis=2)
    assert away.mean() < 4.5
    assert (away > 40).mean() < 0.008
    rough = replace(given, fine=False)
    ids = [r.ids(rough, Derived()).ids for r in (RasterRenderer(), found)]
    assert (ids[0] != ids[1]).mean() < 0.002


@pytest.mark.gl
def test_opengl_shows_small_scenes_far_away_without_shaking(qapp):
    found, why = gl_device.chosen(any_kind=True)
    if found is None:
        pytest.skip(why)
    # Steps of 1/64, which places near 100,000 hold exactly.
    steps = (np.mgrid[0:9, 0:9] / 16.0 - 0.25).reshape(2, -1).T
    away = np.array([1e5, -1e5, 1e5])
    pictures = []
    for middle in (np.zeros(3), away):
        places = np.column_stack([steps, np.zeros(len(steps))]) + middle
        ends = (np.array([[[-0.5, -0.5, 0.25], [0.5, 0.25, 0.25]]]) + middle).astype(np.float32)
        ball, faces = sphere()
        vertices = (np.round(ball * 24.0) / 64.0 + middle).astype(np.float32)
        items = (
            Points("p", places.astype(np.float32), BLUE, 3.0),
            Lines("l", ends, GREEN, 2.0),
            Mesh("m", vertices, faces, RED, shading="flat"),
        )
        camera = replace(STRAIGHT, target=tuple(middle.tolist()), distance=2.0)
        clip = (1.0, 0.0, 0.0, -float(middle[0]))
        given = frame(*items, camera=camera, clip=clip)
        pictures.append(pixels(found.draw(given, Derived())))
    assert (pictures[0] != WHITE).any(axis=2).mean() > 0.05
    assert (np.abs(pictures[0] - pictures[1]).max(axis=2) > 8).mean() < 1e-3


@pytest.mark.gl
@pytest.mark.skipif(not os.environ.get("CI"), reason="elsewhere there may be no OpenGL")
def test_the_checks_are_made_with_an_opengl(qapp):
    assert gl_device.chosen(any_kind=True)[0] is not None


@pytest.mark.gl
def test_only_what_changed_is_uploaded(qapp):
    found, why = gl_device.chosen(any_kind=True)
    if found is None:
        pytest.skip(why)
    uploads = []
    device = gl_device.device()
    plain = type(device).buffer

    def counted(self, array, *arguments):
        before = self.uploads()
        made = plain(self, array, *arguments)
        if self.uploads() > before:
            uploads.append(array)
        return made

    rng = np.random.default_rng(0)
    cloud = rng.normal(size=(50, 3)).astype(np.float32)
    colours = rng.integers(0, 255, (50, 4), dtype=np.uint8)
    other = colours.copy()
    derived = Derived()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(device), "buffer", counted)
        item = Points("p", cloud, colours)
        found.draw(frame(item), derived)
        first = len(uploads)
        found.draw(frame(item, camera=replace(STRAIGHT, yaw=9.0)), derived)
        assert len(uploads) == first == 2
        found.draw(frame(replace(item, colours=other)), derived)
        assert len(uploads) == 3
        assert uploads[-1] is other
        held = device.uploads()
        del uploads[:], item, other, cloud
        found.draw(frame(), derived)
        assert device.uploads() < held


@pytest.mark.gl
def test_a_lost_device_is_made_anew(qapp):
    found, why = gl_device.chosen(any_kind=True)
    if found is None:
        pytest.skip(why)
    before = pixels(found.draw(frame(triangle()), Derived()))
    gl_device.close()
    np.testing.assert_array_equal(pixels(found.draw(frame(triangle()), Derived())), before)


def test_without_a_display_there_is_a_reason(qapp, monkeypatch):
    monkeypatch.setattr(gl_device.QApplication, "platformName", lambda: "offscreen")
    reason = "the platform “offscreen” has no OpenGL"
    assert gl_device.chosen(any_kind=True) == (None, reason)
    assert gl_device.chosen() == (None, "")
    monkeypatch.setattr(gl_device.QApplication, "platformName", lambda: "xcb")
    monkeypatch.setenv("QT_XCB_GL_INTEGRATION", "none")
    found, why = gl_device.chosen(any_kind=True)
    assert found is None
    assert "QT_XCB_GL_INTEGRATION" in why


def test_alone_it_draws_the_same_and_gives_up_when_told(qapp):
    given = frame(*mixed_scene(), camera=Camera(distance=5.0), fine=True, fog=0.3)
    left = [100]

    def tired():
        left[0] -= 1
        return left[0] < 0

    alone = RasterRenderer(gives_up=tired)
    first = pixels(alone.draw(given, Derived()))
    np.testing.assert_array_equal(first, pixels(RasterRenderer().draw(given, Derived())))
    left[0] = 3
    with pytest.raises(GivenUp):
        alone.draw(given, Derived())


@pytest.mark.parametrize("scale", [1e-9, 1e-4, 1e5, 1e12])
def test_worlds_of_any_size_look_alike(renderer, scale):
    vertices, faces = sphere()

    def items(factor):
        places = (vertices * factor * 0.8).astype(np.float32)
        return (
            Mesh("m", places, faces, RED, shading="flat"),
            points("p", np.array([0.5, 0.5, 0.8]) * factor, sizes=20.0, colours=BLUE),
            bounding_box("b", bounds_of([points("q", *(vertices[::40] * factor))])),
        )

    expected = drawn(renderer, *items(1.0))
    camera = replace(STRAIGHT, distance=STRAIGHT.distance * scale)
    found = drawn(renderer, *items(scale), camera=camera)
    assert (np.abs(found - expected).max(axis=2) > 30).mean() < 0.01
