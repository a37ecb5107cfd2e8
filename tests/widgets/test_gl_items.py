"""Items of scenes, and what is worked out of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from eventglass.widgets.plots.gl_camera import Bounds
from eventglass.widgets.plots.gl_frame import Derived, numbered
from eventglass.widgets.plots.gl_items import (
    Lines,
    Mesh,
    Points,
    axes,
    axis_labels,
    bounding_box,
    bounds_of,
    draws_same,
    grid,
    round_step,
)
from tests.widgets.scene_items import RED, points, sphere

BOX = Bounds((-1.0, 0.0, 2.0), (3.0, 1.0, 4.0))


def test_bounds_are_those_of_what_is_visible():
    cloud = points("p", [0, 0, 0], [9, 9, 9], visible=np.array([True, False]))
    far = Lines("l", np.full((1, 2, 3), 50, np.float32))
    assert bounds_of([cloud, far]) == Bounds((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
    assert bounds_of([far]) == Bounds((50.0,) * 3, (50.0,) * 3)
    assert bounds_of([]) is None
    assert bounds_of([points("p", [np.nan, 0, 0])]) is None


def test_a_box_has_twelve_edges():
    ends = bounding_box("b", BOX).ends
    assert ends.shape == (12, 2, 3)
    lengths = np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1)
    assert sorted(lengths.tolist()) == [1.0] * 4 + [2.0] * 4 + [4.0] * 4
    assert Bounds.of(ends.reshape(-1, 3)) == BOX


def test_axes_begin_at_the_lower_corner():
    made = axes("a", BOX, [RED] * 3)
    np.testing.assert_array_equal(made.ends[:, 0], [[-1, 0, 2]] * 3)
    np.testing.assert_array_equal(made.ends[:, 1] - made.ends[:, 0], np.eye(3) * 4)
    labels = axis_labels(BOX, [RED] * 3)
    assert [label.text for label in labels] == ["x", "y", "z"]
    np.testing.assert_array_equal([label.position for label in labels], made.ends[:, 1])


@pytest.mark.parametrize("upright", ["x", "y", "z"])
def test_a_grid_lies_below_at_round_numbers(upright):
    ends = grid("g", BOX, upright=upright).ends
    high = "xyz".index(upright)
    assert (ends[:, :, high] == BOX.lower[high]).all()
    for axis in {0, 1, 2} - {high}:
        ticks = np.unique(ends[:, :, axis])
        assert ticks[0] <= BOX.lower[axis]
        assert ticks[-1] >= BOX.upper[axis]
        step = round_step(max(BOX.extent[a] for a in {0, 1, 2} - {high}), 8)
        np.testing.assert_allclose(ticks / step, np.round(ticks / step), atol=1e-5)


def test_a_grid_of_nothing_is_small():
    assert len(grid("g", Bounds((1.0, 1.0, 1.0), (1.0, 1.0, 1.0))).ends) < 20


def test_round_steps():
    assert [round_step(length) for length in (10, 1, 0.37, 4e9)] == [2.0, 0.2, 0.1, 1e9]
    assert round_step(0.0) == round_step(float("nan")) == 1.0


def test_edges_are_found_once():
    vertices, _faces = sphere()
    faces = np.array([[0, 1, 2], [2, 1, 3], [0, 1, 10**6]], np.uint32)
    edges = Derived().edges(Mesh("m", vertices, faces))
    assert edges.shape == (5, 2, 3)


def test_what_is_derived_is_kept_with_its_arrays():
    vertices, faces = sphere()
    mesh = Mesh("m", vertices, faces)
    derived = Derived()
    normals = derived.normals(mesh)
    # A ball's normals are its places.
    inner = np.abs(vertices[:, 1]) < 0.99
    assert np.einsum("ij,ij->i", normals, vertices)[inner].min() > 0.98
    assert derived.normals(replace(mesh, colours=RED)) is normals
    derived.trim([mesh])
    assert derived.normals(mesh) is normals
    derived.trim([])
    assert derived.normals(mesh) is not normals
    assert derived.normals(replace(mesh, shading="flat")) is None
    assert derived.normals(replace(mesh, normals=vertices)) is vertices


def test_ids_are_given_to_what_can_be_picked():
    mesh = Mesh("m", *sphere())
    cloud = points("p", [0, 0, 0], [1, 1, 1])
    hidden = points("q", [0, 0, 0], pickable=False)
    last = points("r", [0, 0, 0])
    lines = bounding_box("b", BOX)
    made = numbered([cloud, lines, hidden, mesh, last])
    assert [(base, item.key) for base, item in made] == [
        (0, "p"),
        (2, "m"),
        (2 + len(mesh.faces), "r"),
    ]


def test_items_that_draw_the_same_are_told():
    long = np.zeros((5000, 3), np.float32)
    cloud = Points("p", long, RED, 2.0)
    assert draws_same(cloud, replace(cloud))
    assert not draws_same(cloud, replace(cloud, sizes=3.0))
    assert not draws_same(cloud, replace(cloud, colours=np.zeros((5000, 4), np.uint8)))
    # Long arrays are others when they are other objects; short ones are looked through.
    assert not draws_same(cloud, replace(cloud, positions=long.copy()))
    assert draws_same(bounding_box("b", BOX), bounding_box("b", BOX))
    assert not draws_same(bounding_box("b", BOX), bounding_box("b", Bounds((0,) * 3, (9,) * 3)))
    assert not draws_same(cloud, bounding_box("p", BOX))
