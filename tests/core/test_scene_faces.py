"""Triangles in space: which pixels they cover, and how they are lit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventglass.app.core.compute import scene_faces
from eventglass.app.core.compute.scene_faces import (
    FLAT,
    NOTHING,
    SMOOTH,
    UNLIT,
    Shading,
    find_faces,
    project,
    shade_faces,
    vertex_normals,
)
from eventglass.app.core.compute.scene_marks import FARTHEST, Target
from tests.core.uncompiled import load_uncompiled

WHITE, RED = 0xFFFFFFFF, 0xFFFF0000
RED_ROW = np.array([[255, 0, 0, 255]], np.uint8)
#: Pixels are world units; depths are z.
PLAIN = np.eye(4)
TRIANGLE = np.array([[0, 1, 2]], np.uint32)


def shading(way=UNLIT, lights=(), ambient=(1.0, 1.0, 1.0), eye=(0.0, 0.0, -1.0, 0.0), **options):
    rows = np.array(lights, np.float64).reshape(-1, 6)
    return Shading(way, ambient, rows, np.array(eye, np.float64), **options)


def projected(vertices, matrix=PLAIN, plane=None):
    out = np.zeros((len(vertices), 5), np.float32)
    project(matrix, plane, np.array(vertices, np.float32), out)
    return out


def found(vertices, faces=TRIANGLE, size=(20, 16), matrix=PLAIN, plane=None, **options):
    depths = np.full(size[::-1], FARTHEST, np.float32)
    hits = np.full(size[::-1], NOTHING, np.int32)
    corners = projected(vertices, matrix, plane)
    find_faces(depths, hits, corners, faces, cut=plane is not None, **options)
    return hits, depths


def test_a_triangle_covers_the_pixels_whose_middle_is_inside():
    hits, depths = found([[0, 0, 0.25], [16, 0, 0.25], [0, 16, 0.25]])
    rows, columns = np.mgrid[:16, :20] + 0.5
    inside = rows + columns <= 16
    np.testing.assert_array_equal(hits == 0, inside)
    assert (depths[inside] == 0.25).all()
    assert (depths[~inside] == np.float32(FARTHEST)).all()


def test_the_nearer_face_is_found():
    near = [[0, 0, -0.5], [20, 0, -0.5], [0, 20, -0.5]]
    far = [[0, 0, 0.5], [20, 0, 0.5], [0, 20, 0.5]]
    faces = np.array([[0, 1, 2], [3, 4, 5]], np.uint32)
    assert found([*near, *far], faces)[0][2, 2] == 0
    assert found([*far, *near], faces)[0][2, 2] == 1


def test_two_triangles_leave_no_gap():
    square = [[1.3, 2.1, 0], [17.9, 0.7, 0], [18.4, 14.9, 0], [0.2, 13.3, 0]]
    faces = np.array([[0, 1, 2], [0, 2, 3]], np.uint32)
    hits, _depths = found(square, faces)
    assert (hits[3:12, 3:16] >= 0).all()


def test_back_faces_are_seen_only_when_asked_for():
    # Counter-clockwise for the viewer, whose rows are counted downwards.
    front = [[0, 0, 0], [0, 16, 0], [16, 0, 0]]
    assert found(front, back_faces=False)[0].max() == 0
    assert found(front[::-1], back_faces=False)[0].max() == NOTHING
    assert found(front[::-1])[0].max() == 0


def test_the_plane_cuts_inside_a_face():
    corners = [[0, 0, 0], [40, 0, 0], [0, 40, 0]]
    hits, _depths = found(corners, plane=np.array([1.0, 0, 0, -8]))
    np.testing.assert_array_equal(hits[3] == 0, np.arange(20) >= 8)


def test_a_face_that_reaches_behind_the_eye_is_seen_in_part():
    """A floor below the eye that reaches behind it fills the lower half up to the horizon."""
    fov = np.array([[8.0, 0, -10, 0], [0, -8, -8, 0], [0, 0, -1.00002, -0.200002], [0, 0, -1, 0]])
    floor = [[-900, -1, 900], [900, -1, 900], [0, -1, -9000]]
    hits, _depths = found(floor, matrix=fov)
    assert (hits[9:] == 0).all()
    assert (hits[:8] == NOTHING).all()


def test_faces_without_places_are_left_out():
    nan = np.nan
    corners = [[0, 0, 0], [16, 0, 0], [0, 16, 0], [nan, 5, 0], [5, np.inf, 0]]
    faces = np.array(
        [[0, 1, 3], [0, 4, 2], [0, 1, 77], [0, 2**32 - 1, 1], [0, 0, 1], [0, 1, 2]], np.uint32
    )
    hits, _depths = found(corners, faces)
    assert set(hits.ravel().tolist()) == {NOTHING, 5}


def test_more_than_65535_vertices_are_told_apart():
    vertices = np.zeros((70_000, 3), np.float32)
    vertices[-3:] = [[0, 0, 0], [16, 0, 0], [0, 16, 0]]
    faces = np.array([[69_997, 69_998, 69_999]], np.uint32)
    assert (found(vertices, faces)[0] == 0).sum() > 100


def drawn(vertices, way, faces=TRIANGLE, normals=None, colours=RED_ROW, **options):
    target = Target.empty(20, 16, WHITE)
    hits, _depths = found(vertices, faces)
    base = options.pop("base", 0)
    shade_faces(
        target,
        hits,
        projected(vertices),
        np.array(vertices, np.float32),
        faces,
        normals,
        colours,
        shading(way, **options),
        base=base,
    )
    return target, hits


CORNER = [[0, 0, 0], [0, 16, 0], [16, 0, 0]]


def test_unlit_faces_have_their_colour_and_id():
    target, hits = drawn(CORNER, UNLIT, base=4)
    np.testing.assert_array_equal(target.colours == RED, hits == 0)
    np.testing.assert_array_equal(target.ids == 5, hits == 0)


def test_light_falls_by_the_cosine_on_the_side_that_is_seen():
    towards = (0.0, 0.6, -0.8, 1.0, 1.0, 1.0)
    for corners in (CORNER, CORNER[::-1]):
        target, _hits = drawn(corners, FLAT, lights=[towards], ambient=(0, 0, 0))
        assert target.colours[2, 2] == 0xFF000000 | (round(0.8 * 255) << 16)


def test_smooth_faces_are_lit_by_the_normals_between():
    normals = np.array([[0, 0, -1], [0, 1, 0], [0, 0, -1]], np.float32)
    towards = (0.0, 0.0, -1.0, 1.0, 1.0, 1.0)
    target, _hits = drawn(CORNER, SMOOTH, normals=normals, lights=[towards], ambient=(0, 0, 0))
    red = (target.colours[:, 0] >> 16) & 255
    assert red[0] > 250
    assert red[14] < 40
    assert (np.diff(red[:15].astype(int)) <= 0).all()


def test_colours_are_mixed_between_the_corners():
    colours = np.array([[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255]], np.uint8)
    target, _hits = drawn(CORNER, UNLIT, colours=colours)
    red, green, blue = ((target.colours[5, 5] >> shift) & 255 for shift in (16, 8, 0))
    assert red == pytest.approx(255 * (16 - 11) / 16, abs=1)
    assert green == blue == pytest.approx(255 * 5.5 / 16, abs=1)


def test_edges_are_drawn_over_faces():
    target, _hits = drawn(CORNER, UNLIT, wire=(0.0, 0.0, 0.0, 1.0))
    assert (target.colours[0, 0] >> 16) & 255 < 130
    assert target.colours[4, 4] == RED


def test_faces_are_seen_through():
    target, _hits = drawn(CORNER, UNLIT, opacity=0.5)
    assert target.colours[3, 3] == 0xFFFF7F7F


def test_normals_of_a_cube_point_outwards():
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float32)
    sides = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = np.array([t for a, b, c, d in sides for t in ((a, b, c), (a, c, d))], np.uint32)
    normals = vertex_normals(corners, faces)
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1.0, rtol=1e-6)
    assert (np.sign(normals) == np.sign(corners - 0.5)).all()


def test_normals_leave_out_what_is_no_face():
    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [np.nan, 0, 0], [5, 5, 5]], np.float32)
    faces = np.array([[0, 1, 2], [0, 1, 3], [0, 1, 99]], np.uint32)
    normals = vertex_normals(corners, faces)
    np.testing.assert_array_equal(normals[:3], [[0, 0, 1]] * 3)
    np.testing.assert_array_equal(normals[3:], 0.0)


@given(st.integers(0, 2**32 - 1))
def test_bands_find_what_all_find_at_once(seed):
    rng = np.random.default_rng(seed)
    vertices = (rng.normal(size=(12, 3)) * [20, 20, 1]).astype(np.float32)
    faces = rng.integers(0, 12, (20, 3)).astype(np.uint32)
    # Some of it behind the eye.
    matrix = np.array([[1.0, 0, 10, 10], [0, 1, 8, 8], [0, 0, 1, -0.1], [0, 0, 1, 0.7]])
    corners = projected(vertices, matrix)
    made = []
    for bands in ([(0, 16)], [(0, 5), (5, 16)]):
        depths = np.full((16, 20), FARTHEST, np.float32)
        hits = np.full((16, 20), NOTHING, np.int32)
        for first, stop in bands:
            find_faces(depths, hits, corners, faces, first=first, stop=stop)
        made.append((hits, depths))
    np.testing.assert_array_equal(made[0][0], made[1][0])
    np.testing.assert_array_equal(made[0][1], made[1][1])


def test_uncompiled_draws_the_same():
    plain = load_uncompiled("scene_faces")
    assert plain.__file__.endswith(".py")
    rng = np.random.default_rng(5)
    vertices = (rng.normal(size=(9, 3)) * [12, 10, 0.4] + [10, 8, 0]).astype(np.float32)
    faces = rng.integers(0, 10, (14, 3)).astype(np.uint32)
    colours = rng.integers(0, 256, (9, 4), dtype=np.uint8)
    looks = shading(
        SMOOTH,
        [(0.0, 0.6, -0.8, 0.5, 0.6, 0.7), (1.0, 0.0, 0.0, 0.3, 0.2, 0.1)],
        (0.2, 0.3, 0.4),
        eye=(10.0, 8.0, -30.0, 1.0),
        wire=(20.0, 30.0, 40.0, 0.6),
        opacity=0.8,
    )
    plane = np.array([0.0, 1, 0, -3])
    made = []
    for module in (scene_faces, plain):
        target = Target.empty(20, 16, 0xC0FFFFFF)
        corners = np.zeros((9, 5), np.float32)
        module.project(PLAIN, plane, vertices, corners)
        hits = np.full((16, 20), NOTHING, np.int32)
        module.find_faces(target.depths, hits, corners, faces, cut=True)
        normals = module.vertex_normals(vertices, faces)
        module.shade_faces(target, hits, corners, vertices, faces, normals, colours, looks)
        made.append((target.colours, target.depths, target.ids, hits, normals))
    assert (made[0][3] >= 0).sum() > 30
    for first, second in zip(*made, strict=True):
        np.testing.assert_array_equal(first, second)
