"""Points, lines and pictures in space: which pixels they cover."""

from __future__ import annotations

import numpy as np
import pytest

from eventglass.app.core.compute import scene_marks
from eventglass.app.core.compute.scene_marks import (
    ALL,
    OPAQUE,
    SPHERE,
    SQUARE,
    TRANSLUCENT,
    Target,
    draw_lines,
    draw_points,
    draw_sprites,
    fade,
    halved,
)
from tests.core.uncompiled import load_uncompiled

WHITE, RED, BLUE = 0xFFFFFFFF, 0xFFFF0000, 0xFF0000FF
#: Pixels are world units; depths are z.
FLAT = np.eye(4)


def rgba(*colours):
    return np.array(colours, np.uint8)


def places(*positions):
    return np.array(positions, np.float32)


def sizes(*values):
    return np.array(values, np.float32)


def points(target, positions, colours, diameters, visible=None, **options):
    draw_points(target, FLAT, positions, colours, diameters, visible, **options)


def test_a_square_covers_its_pixels():
    target = Target.empty(10, 8, WHITE)
    points(target, places([4, 3, 0]), rgba([255, 0, 0, 255]), sizes(4), shape=SQUARE, base=7)
    expected = np.full((8, 10), WHITE, np.uint32)
    expected[1:5, 2:6] = RED
    np.testing.assert_array_equal(target.colours, expected)
    np.testing.assert_array_equal(target.ids == 8, expected == RED)
    assert (target.depths[expected == RED] == 0.0).all()


def test_a_disc_is_round():
    target = Target.empty(40, 40, WHITE)
    points(target, places([20, 20, 0]), rgba([255, 0, 0, 255]), sizes(30))
    rows, columns = np.mgrid[:40, :40] + 0.5
    inside = np.hypot(rows - 20, columns - 20) <= 15
    np.testing.assert_array_equal(target.colours == RED, inside)


def test_a_smooth_disc_covers_its_area():
    target = Target.empty(40, 40, 0)
    points(target, places([20.3, 19.6, 0]), rgba([255, 0, 0, 255]), sizes(17), smooth=True)
    alpha = (target.colours >> 24) / 255
    assert alpha.sum() == pytest.approx(np.pi * 8.5**2, rel=0.01)


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_the_nearer_point_hides_the_farther(order):
    target = Target.empty(10, 10, WHITE)
    at = places([5, 5, 0.5], [5, 5, -0.5])[order]
    colours = rgba([255, 0, 0, 255], [0, 0, 255, 255])[order]
    points(target, at, colours, sizes(4), shape=SQUARE)
    assert set(target.colours.ravel().tolist()) == {WHITE, BLUE}
    assert target.ids.max() == order.index(1) + 1


def test_of_equal_depths_the_last_one_is_seen():
    target = Target.empty(10, 10, WHITE)
    points(target, places([5, 5, 0], [5, 5, 0]), rgba([255, 0, 0, 255], [0, 0, 255, 255]), sizes(3))
    assert target.colours[5, 5] == BLUE


def test_what_is_no_place_is_left_out():
    target = Target.empty(10, 10, WHITE)
    nan, inf = np.nan, np.inf
    at = places([nan, 5, 0], [5, inf, 0], [5, 5, -inf], [5, 5, -1.5], [5, 5, 1.5], [-40, 5, 0])
    points(target, at, rgba([255, 0, 0, 255]), sizes(5))
    assert (target.colours == WHITE).all()
    points(target, at[:0], rgba([255, 0, 0, 255]), sizes(5))
    points(target, places([5, 5, 0]), rgba([255, 0, 0, 255]), sizes(np.nan))
    assert (target.colours != WHITE).sum() == 1


def test_behind_the_eye_nothing_is_drawn():
    matrix = np.array([[1.0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, -1, 0]])
    target = Target.empty(10, 10, WHITE)
    colours = rgba([255, 0, 0, 255])
    draw_points(target, matrix, places([50, 50, 10]), colours, sizes(6), None)
    assert (target.colours == WHITE).all()
    draw_points(target, matrix, places([50, 50, -10]), colours, sizes(6), None)
    assert target.colours[5, 5] == RED


def test_hidden_and_cut_points_are_left_out():
    target = Target.empty(30, 10, WHITE)
    at = places([5, 5, 0], [15, 5, 0], [25, 5, 0])
    points(
        target,
        at,
        rgba([255, 0, 0, 255]),
        sizes(3),
        np.array([False, True, True]),
        plane=np.array([-1.0, 0, 0, 20]),
    )
    assert set(target.ids.ravel().tolist()) == {0, 2}


def test_sizes_in_the_world_shrink_with_the_distance():
    matrix = np.array([[1.0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0]])
    target = Target.empty(60, 20, WHITE)
    at = places([10, 10, 1], [80, 20, 2])
    draw_points(target, matrix, at, rgba([255, 0, 0, 255]), sizes(1), None, per_world=12.0, shape=1)
    assert (target.ids == 1).sum() == 12 * 12
    assert (target.ids == 2).sum() == 6 * 6


def test_passes_divide_points_by_their_opacity():
    colours = rgba([255, 0, 0, 255], [0, 0, 255, 100])
    for part, expected in ((OPAQUE, {1}), (TRANSLUCENT, {2}), (ALL, {1, 2})):
        target = Target.empty(20, 10, WHITE)
        points(target, places([5, 5, 0], [15, 5, 0]), colours, sizes(4), part=part)
        assert set(target.ids.ravel().tolist()) - {0} == expected
    target = Target.empty(20, 10, 0)
    points(target, places([5, 5, 0], [15, 5, 0]), colours, sizes(4), part=TRANSLUCENT)
    assert target.colours[5, 15] == (100 << 24) | 100
    assert (target.depths > 1e30).all()


def test_spheres_are_lit_from_above_left():
    target = Target.empty(40, 40, 0)
    points(target, places([20, 20, 0]), rgba([200, 200, 200, 255]), sizes(30), shape=SPHERE)
    green = (target.colours >> 8) & 255
    assert green[12, 15] > green[28, 26] > 60


def test_bands_draw_what_all_draw_at_once():
    rng = np.random.default_rng(1)
    at = (rng.random((300, 3)) * [60, 50, 1]).astype(np.float32)
    colours = rng.integers(0, 256, (300, 4), dtype=np.uint8)
    diameters = rng.random(300).astype(np.float32) * 12
    ends = (rng.random((40, 2, 3)) * [60, 50, 1]).astype(np.float32)
    whole, parts = Target.empty(60, 50, WHITE), Target.empty(60, 50, WHITE)
    for target, bands in ((whole, [(0, 50)]), (parts, [(0, 13), (13, 14), (14, 50)])):
        for first, stop in bands:
            points(target, at, colours, diameters, smooth=True, first=first, stop=stop)
            draw_lines(target, FLAT, ends, colours[:40], width=2.5, dash=4, first=first, stop=stop)
    np.testing.assert_array_equal(whole.colours, parts.colours)
    np.testing.assert_array_equal(whole.ids, parts.ids)


def test_a_line_covers_its_length_times_its_width():
    target = Target.empty(60, 60, 0)
    for ends in ([[10, 10.5, 0], [50, 10.5, 0]], [[20, 15, 0], [50, 55, 0]]):
        target.clear()
        draw_lines(target, FLAT, np.array([ends], np.float32), rgba([9, 9, 9, 255]), width=3.0)
        length = np.linalg.norm(np.subtract(*ends))
        assert ((target.colours >> 24) / 255).sum() == pytest.approx(3 * length, rel=0.04)


def test_a_line_is_hidden_unless_it_is_on_top():
    across = np.array([[[0, 5.5, 0.5], [20, 5.5, 0.5]]], np.float32)
    for on_top, expected in ((False, RED), (True, BLUE)):
        target = Target.empty(20, 10, WHITE)
        points(target, places([10, 5, 0]), rgba([255, 0, 0, 255]), sizes(6), shape=SQUARE)
        draw_lines(target, FLAT, across, rgba([0, 0, 255, 255]), on_top=on_top)
        assert target.colours[5, 10] == expected
        assert target.colours[5, 2] == BLUE


def test_dashes_leave_gaps():
    target = Target.empty(40, 10, WHITE)
    across = np.array([[[0, 5.5, 0], [40, 5.5, 0]]], np.float32)
    draw_lines(target, FLAT, across, rgba([255, 0, 0, 255]), dash=5)
    drawn = (target.colours[5] == RED).reshape(8, 5)
    assert drawn[2::2].all()
    assert not drawn[1::2].any()


def test_lines_are_cut_at_the_eye_and_at_the_plane():
    matrix = np.array([[1.0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, -0.2], [0, 0, 1, 0]])
    ends = np.array([[[5, 5, 1], [5, 5, -4]]], np.float32)
    target = Target.empty(20, 20, WHITE)
    # From z = 1, at (5, 5), the line flees to the lower right before it reaches the eye.
    draw_lines(target, matrix, ends, rgba([255, 0, 0, 255]))
    assert target.colours[6, 6] != WHITE
    assert (target.colours[:4] == WHITE).all()
    target.clear(WHITE)
    across = np.array([[[0, 5.5, 0], [20, 5.5, 0]]], np.float32)
    draw_lines(target, FLAT, across, rgba([255, 0, 0, 255]), plane=np.array([1.0, 0, 0, -10]))
    np.testing.assert_array_equal(target.colours[5] == RED, np.arange(20) >= 10)


def test_lines_without_places_are_left_out():
    target = Target.empty(20, 20, WHITE)
    nan = np.nan
    ends = np.array(
        [[[nan, 1, 0], [9, 9, 0]], [[1, 1, 0], [np.inf, 9, 0]], [[4, 4, 0], [4, 4, 0]]], np.float32
    )
    draw_lines(target, FLAT, ends, rgba([255, 0, 0, 255]))
    assert (target.colours == WHITE).all()


def atlas():
    """Four pictures of 2 × 2 pixels in two columns: red, green, blue, and one half clear."""
    made = np.zeros((4, 4, 4), np.uint8)
    made[..., 3] = 255
    made[:2, :2, 0] = made[:2, 2:, 1] = made[2:, :2, 2] = 255
    made[2:, 2:, 3] = 64
    return made


def test_pictures_are_cut_out_of_the_atlas():
    target = Target.empty(20, 6, WHITE)
    at = places([3, 3, 0], [7, 3, 0], [11, 3, 0], [15, 3, 0], [18, 3, 0])
    cells = np.array([0, 1, 2, 3, 9], np.int32)
    order = np.arange(5, dtype=np.int64)
    draw_sprites(target, FLAT, at, atlas(), cells, order, 2, 2, 2, base=10)
    assert target.colours[3, [3, 7, 11]].tolist() == [RED, 0xFF00FF00, BLUE]
    assert target.colours[3, 15] not in (WHITE, 0xFF000000)
    assert target.colours[3, 18] == WHITE
    assert set(target.ids.ravel().tolist()) == {0, 11, 12, 13, 14}
    assert (target.colours != WHITE).sum() == 16


def test_pictures_take_a_tint():
    target = Target.empty(6, 6, WHITE)
    cells, order = np.zeros(1, np.int32), np.zeros(1, np.int64)
    tint = rgba([128, 255, 255, 255])
    draw_sprites(target, FLAT, places([3, 3, 0]), atlas(), cells, order, 2, 2, 2, tint)
    assert target.colours[3, 3] == 0xFF800000


def test_far_pixels_fade():
    target = Target.empty(3, 1, WHITE)
    target.colours[:] = RED
    target.depths[0] = [-1.0, 1.0, 3e38]
    fade(target, (0, 0, 255), 1.0, 9.0, False, 2.0, 9.0, 1.0)
    assert target.colours[0].tolist() == [RED, BLUE, RED]
    target.colours[:] = RED
    target.depths[0] = 0.0
    fade(target, (0, 0, 255), 0.0, 10.0, True, 0.0, 10.0, 1.0)
    assert target.colours[0, 0] == 0xFF7F0080


def test_halving_takes_means():
    rng = np.random.default_rng(2)
    given = rng.integers(0, 2**32, (8, 12), dtype=np.uint32)
    out = np.empty((4, 6), np.uint32)
    halved(given, out)
    parts = given.view(np.uint8).reshape(4, 2, 6, 2, 4).astype(int)
    expected = (parts.sum(axis=(1, 3)) + 2) // 4
    np.testing.assert_array_equal(out.view(np.uint8).reshape(4, 6, 4), expected)


def test_uncompiled_draws_the_same():
    plain = load_uncompiled("scene_marks")
    assert plain.__file__.endswith(".py")
    rng = np.random.default_rng(3)
    at = (rng.random((60, 3)) * [30, 24, 2] - [0, 0, 1]).astype(np.float32)
    colours = rng.integers(0, 256, (60, 4), dtype=np.uint8)
    diameters = rng.random(60).astype(np.float32) * 9
    ends = (rng.random((12, 2, 3)) * [30, 24, 1]).astype(np.float32)
    cells = rng.integers(-1, 5, 60).astype(np.int32)
    order = np.arange(60, dtype=np.int64)[::-1].copy()
    matrix = np.eye(4) + 0.01 * rng.random((4, 4))
    made = []
    for module in (scene_marks, plain):
        target = Target.empty(30, 24, 0x80404040)
        for shape in (0, 1, 2):
            for part in (OPAQUE, TRANSLUCENT):
                module.draw_points(
                    target,
                    matrix,
                    at,
                    colours,
                    diameters,
                    None,
                    shape=shape,
                    part=part,
                    opacity=0.9,
                    smooth=bool(shape),
                    plane=np.array([1.0, 0, 0, -4]),
                )
        module.draw_lines(target, matrix, ends, colours[:12], width=1.7)
        module.draw_sprites(
            target, matrix, at, atlas(), cells, order, 2, 2, 2, colours, opacity=0.8
        )
        module.fade(target, (10, 200, 30), 1.0, 50.0, False, 1.0, 20.0, 0.7)
        out = np.empty((12, 15), np.uint32)
        module.halved(target.colours, out)
        made.append((target.colours, target.depths, target.ids, out))
    for first, second in zip(*made, strict=True):
        np.testing.assert_array_equal(first, second)
