"""Strokes go exactly as far as the points of their column, and pixels as far as the strokes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventglass.app.core.compute import spans
from eventglass.app.core.compute.pyramid import NO_SECONDS, Columns, build_pyramid, query_columns
from tests.core.test_pyramid import series
from tests.core.uncompiled import load_uncompiled

WIDTH, HEIGHT = 40, 60
TOP, BOTTOM, INNER_TOP, INNER_BOTTOM = 2, 3, 4, 5


def stroke(steps, values, x0=0.0, x1=None, y0=-3.0, y1=3.0, width=WIDTH, half=0.75, made=None):
    """Strokes of one black line over [x0, x1] × [y0, y1]."""
    x1 = float(steps[-1]) + 1.0 if x1 is None else x1
    scale = width / (x1 - x0)
    found = Columns(width)
    query_columns(found, steps, NO_SECONDS, values, 0, len(values), x0, scale, width, made)
    strokes = spans.Strokes(1, width)
    strokes.colours[0] = (0, 0, 0, 255)
    strokes.half_widths[0] = half
    first, after = int(found.starts[0]), int(found.stops[-1])
    nothing = (math.nan, math.nan)
    entry = ((steps[first - 1] - x0) * scale, values[first - 1]) if first else nothing
    leave = ((steps[after] - x0) * scale, values[after]) if after < len(steps) else nothing
    spans.trace(strokes, 0, found, y1, HEIGHT / (y1 - y0), *entry, *leave)
    return strokes, found


def paint(strokes, module=spans, rows=1, height=HEIGHT):
    """Coverage of the picture, (height, width), 0 to 255."""
    width = strokes.columns
    planes = np.full((width, 3, height), 255, np.uint8)
    module.fill(planes, strokes, rows, 0, width)
    image = np.empty((height, width), np.uint32)
    module.finish(planes, image, 0, width)
    assert (image >> 24 == 255).all()
    return 255 - (image & 255).astype(int)


@given(series(1500), st.floats(0.0, 0.6), st.floats(0.05, 1.0), st.booleans())
@settings(max_examples=80)
def test_drawn_extent_of_every_column_is_that_of_its_points(data, left, span, with_pyramid):
    steps, values = data
    values = np.clip(values, -1e5, 1e5, where=np.isfinite(values), out=values.copy())
    whole = float(steps[-1]) + 1.0
    x0, x1 = left * whole, left * whole + span * whole
    strokes, _found = stroke(
        steps, values, x0, x1, made=build_pyramid(values) if with_pyramid else None
    )
    cover = paint(strokes)
    scale = HEIGHT / 6.0
    column = np.floor((steps - x0) * (WIDTH / (x1 - x0)))
    for c in range(WIDTH):
        mine = values[column == c]
        finite = mine[np.isfinite(mine)]
        kind = strokes.kinds[0, c]
        assert bool(kind & spans.MARK_NAN) == bool(np.isnan(mine).any())
        assert bool(kind & spans.MARK_POSITIVE) == bool((mine == math.inf).any())
        assert bool(kind & spans.MARK_NEGATIVE) == bool((mine == -math.inf).any())
        if not len(finite):
            continue
        assert kind & spans.DRAWN
        top, bottom = (3.0 - finite.max()) * scale, (3.0 - finite.min()) * scale
        shape = strokes.shapes[0, c]
        assert shape[INNER_TOP] == np.float32(top)
        assert shape[INNER_BOTTOM] == np.float32(bottom)
        assert shape[TOP] <= np.float32(top)
        assert shape[BOTTOM] >= np.float32(bottom)
        # The pixels that hold the extremes are painted, and all between them.
        rows = np.arange(math.floor(max(top, 0.0)), math.floor(min(bottom, HEIGHT - 1e-3)) + 1)
        if len(rows) and not kind & spans.DOT:
            assert cover[rows, c].min() > 20
    # And nothing is painted where no stroke is near.
    drawn = (strokes.kinds[0] & spans.DRAWN) != 0
    for c in range(WIDTH):
        near = [k for k in (c - 1, c, c + 1) if 0 <= k < WIDTH and drawn[k]]
        painted = np.flatnonzero(cover[:, c])
        if not near:
            assert not len(painted)
        elif len(painted):
            assert painted[0] + 1 >= strokes.shapes[0, near, TOP].min() - 1.5
            assert painted[-1] <= strokes.shapes[0, near, BOTTOM].max() + 1.5


def test_a_gap_is_a_gap():
    values = np.zeros(40)
    values[10:20] = math.nan
    strokes, _found = stroke(np.arange(40), values)
    cover = paint(strokes)
    assert not cover[:, 12:18].any()
    assert cover[30, 5] > 100
    assert cover[30, 30] > 100


def test_an_infinite_point_breaks_the_line():
    values = np.zeros(8)
    values[4] = math.inf
    strokes, _found = stroke(np.arange(8), values, x1=8.0)
    assert strokes.kinds[0, 20] & spans.MARK_POSITIVE
    assert not paint(strokes)[:, 17:24].any()


def test_a_point_alone_is_a_dot():
    values = np.array([1.0, math.nan, 2.0, math.nan, 0.0, 0.0])
    strokes, _found = stroke(np.arange(6), values, x1=6.0)
    dots = np.flatnonzero(strokes.kinds[0] & spans.DOT)
    np.testing.assert_array_equal(dots, [0, 13])


def test_lines_come_from_and_go_to_points_outside():
    steps = np.array([0, 100])
    strokes, _found = stroke(steps, np.array([-3.0, 3.0]), x0=40.0, x1=60.0)
    assert (strokes.kinds[0] & spans.STRAIGHT).all()
    np.testing.assert_allclose(strokes.shapes[0, 0, 0], 36.0)
    np.testing.assert_allclose(strokes.shapes[0, -1, 1], 24.0)


@pytest.mark.parametrize("half", [0.5, 0.75, 1.5, 2.4])
@pytest.mark.parametrize("slope", [0.0, 0.3, 1.0, 2.0, 5.0, 40.0])
def test_a_straight_line_has_its_width(slope, half):
    """The area painted is length × width, however steep the line is."""
    width = 30 if slope < 5 else 8
    steps = np.array([-1000, 1000])
    height = 400
    strokes, _found = stroke(
        steps,
        np.array([slope * 1000, -slope * 1000]),
        x0=-width / 2,
        x1=width / 2,
        y0=-3.0,
        y1=-3.0 + 6.0 * 1.0,
        width=width,
        half=half,
    )
    # One unit of value is one pixel here: redo the trace with that scale.
    found = Columns(width)
    query_columns(
        found,
        steps,
        NO_SECONDS,
        np.array([slope * 1000, -slope * 1000]),
        0,
        2,
        -width / 2,
        1.0,
        width,
        None,
    )
    spans.trace(
        strokes,
        0,
        found,
        height / 2,
        1.0,
        -1000 + width / 2,
        slope * 1000,
        1000 + width / 2,
        -slope * 1000,
    )
    cover = paint(strokes, height=height)
    middle = cover[:, width // 2 - 2 : width // 2 + 2].sum() / 255.0 / 4.0
    assert middle == pytest.approx(
        2 * half * math.hypot(1.0, slope), rel=0.04 if half > 0.5 else 0.15
    )


def test_dense_and_sparse_noise_paint_alike():
    """What 2 and what 8 points a column paint differs little: no change-over to be seen."""
    rng = np.random.default_rng(3)
    values = np.repeat(rng.normal(size=80), 1)
    sparse, _ = stroke(np.arange(80), values)
    # The same polyline with four times the points on it.
    fine = np.interp(np.arange(320) / 4.0, np.arange(80), values)
    dense, _ = stroke(np.arange(320), fine, x1=320.0)
    a, b = paint(sparse), paint(dense)
    assert abs(a.mean() - b.mean()) < 0.12 * a.mean()
    assert np.abs(a - b).mean() < 40


def test_later_lines_lie_over_earlier_ones_and_hidden_ones_change_nothing():
    rng = np.random.default_rng(0)
    strokes = spans.Strokes(6, WIDTH)
    found = Columns(WIDTH)
    steps = np.arange(400)
    for row in range(6):
        values = rng.normal(size=400) * (1.0 if row != 3 else 0.2)
        query_columns(found, steps, NO_SECONDS, values, 0, 400, 0.0, 0.1, WIDTH, None)
        strokes.colours[row] = (row * 40, 10, 20, 255 if row != 4 else 90)
        strokes.half_widths[row] = 0.75
        nan = math.nan
        spans.trace(strokes, row, found, 3.0, 10.0, nan, nan, nan, nan)
    together = np.zeros((WIDTH, 3, HEIGHT), np.uint8)
    spans.fill(together, strokes, 6, 0, WIDTH)
    # One by one nothing can be hidden from view.
    alone = np.zeros((WIDTH, 3, HEIGHT), np.uint8)
    for row in range(6):
        one = spans.Strokes(1, WIDTH)
        for name in ("shapes", "kinds", "spans", "colours", "half_widths"):
            getattr(one, name)[0] = getattr(strokes, name)[row]
        spans.fill(alone, one, 1, 0, WIDTH)
    np.testing.assert_array_equal(together, alone)


def test_many_faint_lines_hide_what_they_would_not_show():
    rng = np.random.default_rng(1)
    rows = 80
    strokes = spans.Strokes(rows, WIDTH)
    found = Columns(WIDTH)
    steps = np.arange(400)
    alone = np.full((WIDTH, 3, HEIGHT), 255, np.uint8)
    together = alone.copy()
    for row in range(rows):
        values = rng.normal(size=400)
        query_columns(found, steps, NO_SECONDS, values, 0, 400, 0.0, 0.1, WIDTH, None)
        strokes.colours[row] = (row * 3, 10, 255 - row * 3, 60)
        strokes.half_widths[row] = 0.75
        nan = math.nan
        spans.trace(strokes, row, found, 3.0, 10.0, nan, nan, nan, nan)
        one = spans.Strokes(1, WIDTH)
        for name in ("shapes", "kinds", "spans", "colours", "half_widths"):
            getattr(one, name)[0] = getattr(strokes, name)[row]
        spans.fill(alone, one, 1, 0, WIDTH)
    spans.fill(together, strokes, rows, 0, WIDTH)
    assert np.abs(alone.astype(int) - together).max() <= 4


def test_parts_of_the_picture_make_the_whole():
    rng = np.random.default_rng(4)
    strokes, _found = stroke(np.arange(200), rng.normal(size=200))
    whole = np.full((WIDTH, 3, HEIGHT), 255, np.uint8)
    spans.fill(whole, strokes, 1, 0, WIDTH)
    parts = np.full((WIDTH, 3, HEIGHT), 255, np.uint8)
    for first in range(0, WIDTH, 13):
        spans.fill(parts, strokes, 1, first, min(first + 13, WIDTH))
    np.testing.assert_array_equal(whole, parts)


def test_opacity():
    strokes, _found = stroke(np.arange(40), np.zeros(40))
    strokes.colours[0, 3] = 64
    cover = paint(strokes)
    full = paint(stroke(np.arange(40), np.zeros(40))[0])
    assert cover.max() > 40
    np.testing.assert_allclose(cover, full * 64 / 255, atol=2)


def test_backdrop():
    backdrop = np.arange(3 * HEIGHT, dtype=np.uint8).reshape(3, HEIGHT)
    planes = spans.new_planes(WIDTH, HEIGHT)
    spans.clear(planes, backdrop, 0, WIDTH)
    image = np.empty((HEIGHT, WIDTH), np.uint32)
    spans.finish(planes, image, 0, WIDTH)
    for y in (0, 7, HEIGHT - 1):
        blue, green, red = (int(backdrop[k, y]) for k in range(3))
        assert (image[y] == (0xFF << 24 | red << 16 | green << 8 | blue)).all()


def test_absurd_values_do_not_overflow():
    values = np.array([1e308, -1e308, 1e308, 0.0, 5e-324, -1e308])
    strokes, _found = stroke(np.arange(6), values, x1=6.0, y0=-1e-300, y1=1e-300)
    paint(strokes)
    assert np.isfinite(strokes.shapes[0, strokes.kinds[0] & spans.STRAIGHT != 0, :4]).all()


@pytest.mark.parametrize("with_cython", [False, True])
def test_uncompiled_paints_the_same(with_cython):
    other = load_uncompiled("spans", with_cython)
    assert not other.cython.compiled
    rng = np.random.default_rng(8)
    for count, half in ((12, 0.75), (40, 0.75), (300, 1.5)):
        values = rng.normal(size=count)
        values[3] = math.nan
        steps = np.arange(count)
        strokes, found = stroke(steps, values, half=half)
        theirs = other.Strokes(1, WIDTH)
        theirs.colours[0] = strokes.colours[0]
        theirs.half_widths[0] = half
        nan = math.nan
        other.trace(theirs, 0, found, 3.0, HEIGHT / 6.0, nan, nan, nan, nan)
        np.testing.assert_array_equal(strokes.kinds, theirs.kinds)
        ours, them = paint(strokes), paint(theirs, other)
        assert np.abs(ours - them).max() <= 1


def stepped(steps, values, module=spans, width=WIDTH):
    """Strokes of one stepped black line over all its points."""
    scale = width / (float(steps[-1]) + 1.0)
    found = Columns(width)
    query_columns(found, steps, NO_SECONDS, values, 0, len(values), 0.0, scale, width, None)
    strokes = module.Strokes(1, width)
    strokes.colours[0] = (0, 0, 0, 255)
    strokes.half_widths[0] = 0.75
    nan = math.nan
    module.trace(strokes, 0, found, 3.0, HEIGHT / 6.0, nan, nan, nan, nan, stepped=True)
    return strokes


def test_a_stepped_line_is_level_and_upright():
    steps = np.array([0, 10, 20, 39])
    image = paint(stepped(steps, np.array([-2.0, 2.0, 0.0, 0.0])))
    rows = [round((3.0 - value) * HEIGHT / 6.0) for value in (-2.0, 2.0, 0.0)]
    for row, columns in zip(rows, (range(1, 9), range(12, 19), range(22, 38)), strict=True):
        for column in columns:
            painted = np.flatnonzero(image[:, column] > 40)
            assert abs(painted.mean() - (row - 0.5)) <= 1.0
            assert len(painted) <= 3
    assert (image[rows[1] + 2 : rows[0] - 2, 9:12].max(axis=1) > 150).all()


@given(
    st.floats(-20, 80), st.floats(0.2, 60), st.floats(0, 30), st.floats(0, 30), st.integers(1, 255)
)
def test_a_band_covers_what_lies_between_its_edges(top, high, top_ramp, bottom_ramp, opacity):
    edges = np.full((4, 3), math.nan)
    edges[:, 1] = (top, top + high, top_ramp, bottom_ramp)
    planes = np.full((3, 3, HEIGHT), 255, np.uint8)
    spans.fill_band(planes, edges, np.array([[0, 0, 0, opacity]], np.uint8), 0, 3)
    assert (planes[[0, 2]] == 255).all()
    covered = (255 - planes[1, 0].astype(float)) / opacity
    rows = np.arange(HEIGHT) + 0.5
    upper = np.clip((rows - top) / max(top_ramp, 1.0) + 0.5, 0.0, 1.0)
    lower = np.clip((top + high - rows) / max(bottom_ramp, 1.0) + 0.5, 0.0, 1.0)
    assert np.abs(covered - upper * lower).max() <= 2.0 / opacity + 0.01


def test_a_band_that_is_upside_down_or_nowhere_paints_nothing():
    planes = np.full((4, 3, HEIGHT), 255, np.uint8)
    edges = np.array([[9.0, math.nan, 5.0, math.nan], [5.0, 5.0, math.nan, 3.0], [0] * 4, [0] * 4])
    spans.fill_band(planes, edges, np.array([[0, 0, 0, 255]], np.uint8), 0, 4)
    assert (planes == 255).all()


def test_dots_of_a_cloud_are_round_and_where_their_points_are():
    cover = spans.Cover(40, 30)
    xs = np.array([10.5, 10.6, math.nan, -50.0, 39.0, 20.0])
    values = np.array([15.5, 15.4, 3.0, 3.0, math.inf, -1.0])
    cover.stamp(xs, values, 0.0, 1.0, 30.0, 1.0, 2.0)
    area = cover.amounts[:16].astype(float).sum() / 255
    assert area == pytest.approx(math.pi * 2.0**2, rel=0.1)
    assert cover.amounts[10, 14] == 255
    # Below the edge, but reaching over it.
    assert cover.amounts[20, 29] > 0
    planes = spans.new_planes(40, 30)
    planes[:] = 255
    amounts = cover.amounts.copy()
    spans.fill_cover(planes, cover, np.array([[0, 0, 0, 255]], np.uint8), 0, 40)
    assert np.abs((255 - planes[:, 0].astype(int)) - amounts).max() <= 1
    assert not cover.amounts.any()


@pytest.mark.parametrize("with_cython", [False, True])
def test_uncompiled_bands_clouds_and_steps_are_the_same(with_cython):
    other = load_uncompiled("spans", with_cython)
    rng = np.random.default_rng(4)
    steps, values = np.arange(25), rng.normal(size=25)
    ours, theirs = stepped(steps, values), stepped(steps, values, other)
    np.testing.assert_array_equal(ours.kinds, theirs.kinds)
    assert np.abs(paint(ours) - paint(theirs, other)).max() <= 1
    edges = np.abs(rng.normal(30.0, 10.0, (4, 8)))
    colour = np.array([[10, 20, 30, 90]], np.uint8)
    points = rng.uniform(-2.0, 42.0, (2, 60))
    made = []
    for module in (spans, other):
        planes = np.full((8, 3, HEIGHT), 200, np.uint8)
        module.fill_band(planes, edges, colour, 0, 8)
        cover = module.Cover(8, HEIGHT)
        cover.stamp(points[0], points[1], 0.0, 1.0, 40.0, 1.0, 1.6)
        module.fill_cover(planes, cover, colour, 0, 8)
        made.append(planes.astype(int))
    assert np.abs(made[0] - made[1]).max() <= 1
