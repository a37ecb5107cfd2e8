"""Meshes put together, checked and measured, against plain rules and TensorBoard's own arrays."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from eventglass.app.core.export import ExportError
from eventglass.app.core.meshes import colouring, geometry, nearest, reach, writers
from eventglass.app.core.meshes.assembling import MeshData, assemble, entry_for_step
from eventglass.app.core.meshes.grouping import mesh_part, mesh_series
from eventglass.app.core.meshes.reach import outermost
from eventglass.app.core.meshes.scene_config import SceneConfig, colour_of, scene_config
from eventglass.app.core.meshes.statistics import component_count, edge_counts, mesh_statistics
from eventglass.app.core.names import Kind
from eventglass.app.core.plugins.meshes import MeshPart, Part, decode
from eventglass.app.core.proto.plugin_data_pb2 import MeshPluginData
from eventglass.app.core.store import LogStore, Series
from tests.core.oracles import Item, expected, items, loaded
from tests.core.uncompiled import load_uncompiled

CUBE = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float32)
#: Two triangles a side, counter-clockwise seen from outside.
CUBE_FACES = np.array(
    [
        [0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1],
        [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3],
    ],
    np.uint32,
)  # fmt: skip
NO_CONFIG: Mapping[str, Any] = MappingProxyType({})


def part(kind: Part, array: Any, config: Mapping[str, Any] = NO_CONFIG) -> MeshPart:
    return MeshPart("m", kind, np.asarray(array), config, frozenset({kind}))


def vertices(array: Any, config: Mapping[str, Any] = NO_CONFIG) -> MeshPart:
    return part(Part.VERTEX, np.asarray(array, np.float32)[None], config)


def cube(colours: npt.NDArray[np.uint8] | None = None) -> MeshData:
    return assemble(
        vertices(CUBE),
        part(Part.FACE, CUBE_FACES[None]),
        None if colours is None else part(Part.COLOR, colours[None]),
        0,
    )


# -- parts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("item", list(items()), ids=lambda item: item.name)
def test_arrays_are_those_tensorboard_reads(item: Item) -> None:
    log = loaded(item)
    found = {(s.run, s.tag): s.facts for s in expected(item, "mesh")}
    if not found:
        return
    checked = 0
    for (run, tag), facts in found.items():
        if facts["content_type"] != "VERTEX":
            continue
        stem = tag.removesuffix("_VERTEX")
        parts = {}
        for kind in ("VERTEX", "FACE", "COLOR"):
            name = f"{stem}_{kind}"
            parts[kind] = (log[run][name], found[run, name]) if (run, name) in found else None
        assert parts["VERTEX"] is not None
        series, theirs = parts["VERTEX"]
        for index, described in enumerate(theirs["arrays"]):
            samples = [
                assemble(
                    series.read(index),
                    parts["FACE"][0].read(index) if parts["FACE"] else None,
                    parts["COLOR"][0].read(index) if parts["COLOR"] else None,
                    sample,
                )
                for sample in range(described["shape"][0])
            ]
            whole = {
                "VERTEX": np.stack([each.vertices for each in samples]),
                "FACE": np.stack([each.faces for each in samples]),
                "COLOR": np.stack([each.colours for each in samples]) if parts["COLOR"] else None,
            }
            for kind, known in parts.items():
                if known is None:
                    continue
                told = known[1]["arrays"][index]
                ours = whole[kind]
                assert ours is not None
                assert list(ours.shape) == told["shape"]
                assert sha256(ours.astype(told["dtype"]).tobytes()).hexdigest() == told["sha256"]
                checked += 1
            assert not any(each.notes for each in samples)
    assert checked


def test_a_part_goes_with_its_step_or_the_nearest_earlier_one() -> None:
    steps = np.array([0, 10, 20, 30])
    assert entry_for_step(steps, steps, 2) == 2
    assert entry_for_step(np.array([0]), steps, 3) == 0
    assert entry_for_step(np.array([0, 25, 5]), steps, 2) == 2
    assert entry_for_step(np.array([15]), steps, 1) == -1
    # Written twice at one step: the first goes with the first.
    twice = np.array([0, 7, 7, 9])
    assert [entry_for_step(twice, twice, at) for at in range(4)] == [0, 1, 2, 3]
    assert entry_for_step(np.array([7]), twice, 2) == 0


def test_faces_that_point_nowhere_are_left_out_and_told() -> None:
    faces = np.array([[[0, 1, 2], [0, 1, 8], [-1, 0, 1], [2, 3, 1]]])
    mesh = assemble(vertices(CUBE), part(Part.FACE, faces), None, 0)
    assert mesh.faces.tolist() == [[0, 1, 2], [2, 3, 1]]
    assert mesh.notes == (
        "Faces: 2 of 4 are left out, rows 1, 2: there is no vertex 8, there are 8",
    )
    broken = np.array([[[0.0, 1.5, 2.0], [0.0, np.nan, 1.0], [0.0, np.inf, 1.0], [0, 1, 2]]])
    mesh = assemble(vertices(CUBE), part(Part.FACE, broken.astype(np.float32)), None, 0)
    assert mesh.faces.tolist() == [[0, 1, 2]]
    assert "3 of 4" in mesh.notes[0]


def test_vertices_that_are_not_finite_are_told_and_kept_out_of_everything() -> None:
    places = CUBE.copy()
    places[3, 1] = np.nan
    places[5] = np.inf
    mesh = assemble(vertices(places), part(Part.FACE, CUBE_FACES[None]), None, 0)
    assert mesh.finite is not None
    assert np.flatnonzero(~mesh.finite).tolist() == [3, 5]
    assert np.isfinite(mesh.vertices).all()
    assert not np.isin(mesh.faces, [3, 5]).any()
    assert len(mesh.points) == 6
    assert mesh.notes[0] == "Vertices: 2 of 8 are not finite and left out, rows 3, 5"
    assert "at vertices that aren't finite" in mesh.notes[1]
    bounds = mesh.bounds
    assert bounds is not None
    assert np.isfinite(bounds).all()
    nowhere = assemble(vertices(np.full((2, 3), np.nan)), None, None, 0)
    assert nowhere.bounds is None
    assert not len(nowhere.points)
    assert math.isnan(mesh_statistics(nowhere).extent[0])


def test_no_vertices_and_no_faces() -> None:
    mesh = assemble(vertices(np.empty((0, 3))), part(Part.FACE, np.empty((1, 0, 3))), None, 0)
    assert mesh.bounds is None
    assert mesh.notes[0] == "There are no vertices"
    assert mesh_statistics(mesh).vertices == 0
    mesh = assemble(vertices(CUBE), part(Part.FACE, np.empty((1, 0, 3))), None, 0)
    assert mesh.has_faces
    assert mesh.notes == ("There are no faces; the vertices are shown as points",)


@pytest.mark.parametrize(
    ("colours", "first", "note"),
    [
        (np.full((1, 8, 3), 300.0), [255, 255, 255], "outside 0 to 255"),
        (np.full((1, 8, 3), -2), [0, 0, 0], "outside 0 to 255"),
        (np.full((1, 8, 3), np.nan), [0, 0, 0], "not finite"),
        (np.full((1, 8, 3), 0.5), [128, 128, 128], "shares of 1"),
        (np.full((1, 8, 3), 7.0), [7, 7, 7], ""),
        (np.full((1, 8, 3), 1.0), [1, 1, 1], ""),
        (np.full((1, 9, 3), 7, np.uint8), None, "9 rows for 8 vertices"),
        (np.full((2, 8, 3), 7, np.uint8), [7, 7, 7], "a batch of 2 beside 1"),
    ],
)
def test_colours(colours: npt.NDArray[Any], first: list[int] | None, note: str) -> None:
    mesh = assemble(vertices(CUBE), None, part(Part.COLOR, colours), 0)
    assert (None if mesh.colours is None else mesh.colours[0].tolist()) == first
    assert (note in " ".join(mesh.notes)) if note else not mesh.notes


def test_batches_that_do_not_fit() -> None:
    both = part(Part.VERTEX, np.stack([CUBE, CUBE + 1]))
    one = assemble(both, part(Part.FACE, CUBE_FACES[None]), None, 1)
    assert len(one.faces) == 12
    assert one.notes == ("Faces: one for all 2 meshes of the step",)
    triple = part(Part.VERTEX, np.stack([CUBE, CUBE, CUBE]))
    less = assemble(triple, part(Part.FACE, np.stack([CUBE_FACES, CUBE_FACES])), None, 2)
    assert not len(less.faces)
    assert "there are none for this mesh" in less.notes[0]
    with pytest.raises(IndexError):
        assemble(both, None, None, 2)


def test_indices_beyond_16_bits_stay() -> None:
    places = np.zeros((70_000, 3), np.float32)
    places[:, 0] = np.arange(70_000)
    faces = np.array([[[69_999, 69_998, 65_536], [0, 65_535, 65_537]]], np.int32)
    mesh = assemble(vertices(places), part(Part.FACE, faces), None, 0)
    assert mesh.faces.tolist() == faces[0].tolist()
    assert not mesh.notes


# -- groups ----------------------------------------------------------------------------------------


def a_series(
    store: LogStore, run_id: int, tag: str, name: str, kind: int, shape: tuple[int, ...] = (2, 8, 3)
) -> Series:
    series = store.add_series(run_id, tag, Kind.MESH)
    assert series is not None
    content = MeshPluginData(name=name.encode(), content_type=kind, shape=shape)  # type: ignore[arg-type]
    series.plugin_content = content.SerializeToString()
    return series


def test_parts_belong_together_by_name_and_run() -> None:
    store = LogStore()
    root = store.add_root("/logs", "logs")
    runs = [store.add_run(root.id, f"/logs/{n}", n, f"/logs/{n}").id for n in ("a", "b")]
    made = [
        a_series(store, run, tag, "shape", kind)
        for run in runs
        for tag, kind in (("x_FACE", 2), ("y_VERTEX", 1), ("shape_3", 3))
    ]
    lone = a_series(store, runs[0], "cloud_1", "cloud", 1, ())
    found = mesh_series([*made, lone])
    assert [(m.run_id, m.name, m.samples) for m in found] == [
        (runs[0], "shape", 2),
        (runs[1], "shape", 2),
        (runs[0], "cloud", 1),
    ]
    assert found[0].series_ids == (made[1].id, made[0].id, made[2].id)
    assert found[2].faces == found[2].colours == -1


def test_one_name_in_two_scopes_is_two_meshes() -> None:
    store = LogStore()
    root = store.add_root("/logs", "logs")
    run = store.add_run(root.id, "/logs/a", "a", "/logs/a").id
    made = [
        a_series(store, run, f"{scope}/shape_{word}", "shape", kind)
        for scope in ("one", "two")
        for word, kind in (("VERTEX", 1), ("FACE", 2))
    ]
    found = mesh_series(made)
    assert [m.name for m in found] == ["one/shape", "two/shape"]
    assert found[1].series_ids == (made[2].id, made[3].id)


def test_metadata_that_do_not_parse_leave_the_tag() -> None:
    store = LogStore()
    root = store.add_root("/logs", "logs")
    run = store.add_run(root.id, "/logs/a", "a", "/logs/a").id
    series = store.add_series(run, "thing_VERTEX", Kind.MESH)
    assert series is not None
    series.plugin_content = b"\xff\xff\xff"
    assert mesh_part(series) == ("thing", None, 1)
    assert mesh_series([series])[0].vertices == series.id


# -- scene settings --------------------------------------------------------------------------------


def test_settings_as_tensorboard_takes_them() -> None:
    found = scene_config(
        {
            "camera": {
                "cls": "OrthographicCamera",
                "fov": 50,
                "position": [1, 2, 3],
                "lookAt": [0, 0, 1],
            },
            "lights": [
                {"cls": "AmbientLight", "color": "#ff0000", "intensity": 0.5},
                {"cls": "DirectionalLight", "color": 255, "position": [1, 0, 0]},
            ],
            "material": {"cls": "PointsMaterial", "size": 0.05, "wireframe": True, "roughness": 1},
        }
    )
    assert not found.notes
    assert found.camera.orthographic
    assert (found.camera.fov_degrees, found.camera.position) == (50.0, (1.0, 2.0, 3.0))
    assert found.lights[0].colour == (1.0, 0.0, 0.0)
    assert found.lights[1].colour == (0.0, 0.0, 1.0)
    assert found.material.point_size == 0.05
    assert found.material.wireframe
    plain = scene_config({})
    assert plain == SceneConfig()
    assert [light.kind for light in plain.lights] == ["ambient", "directional"]


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"camera": {"cls": "FishEye"}}, "“FishEye” is not known"),
        ({"camera": {"zoomies": 1}}, "“zoomies”"),
        ({"camera": {"fov": "wide"}}, "“fov” of the camera"),
        ({"camera": {"fov": 400}}, "400°"),
        ({"camera": {"position": [1, 2]}}, "not three numbers"),
        ({"camera": 5}, "no object"),
        ({"lights": 5}, "no list"),
        ({"lights": [5]}, "Light 1"),
        ({"lights": [{"cls": "SpotLight"}]}, "“SpotLight”"),
        ({"material": {"color": "nothing"}}, "'nothing'"),
        ({"material": {"size": -1}}, "point size"),
        ({"material": {"cls": "Glass"}}, "“Glass”"),
        ({"sky": "blue"}, "“sky”"),
    ],
)
def test_settings_that_are_not_known_are_listed(config: dict[str, Any], words: str) -> None:
    found = scene_config(config)
    assert len(found.notes) == 1
    assert words in found.notes[0]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(
    st.dictionaries(
        st.sampled_from(["camera", "lights", "material", "other"]),
        JSON
        | st.dictionaries(
            st.sampled_from(["cls", "fov", "position", "color", "size", "side", "intensity"]),
            JSON,
        ),
    )
)
def test_no_settings_are_fatal(config: dict[str, Any]) -> None:
    found = scene_config(config)
    assert math.isfinite(found.camera.fov_degrees)
    assert all(math.isfinite(light.intensity) for light in found.lights)


def test_colours_of_settings() -> None:
    assert colour_of("#fff") == (1.0, 1.0, 1.0)
    assert colour_of("0x0000ff") == (0.0, 0.0, 1.0)
    assert colour_of("RGB(255, 0,0)") == (1.0, 0.0, 0.0)
    assert colour_of("lime") == (0.0, 1.0, 0.0)
    assert colour_of(16777216) is None
    assert colour_of(True) is None
    assert colour_of([1]) is None


@pytest.mark.parametrize(
    ("written", "words"),
    [(b"{not json", "not JSON"), (b"[1]", "no JSON object"), (b"[" * 100_000, "nested")],
)
def test_settings_that_are_no_json_are_told(written: bytes, words: str) -> None:
    from eventglass.app.core.proto import event_pb2

    value = event_pb2.Summary.Value(tag=b"a_VERTEX")
    content = MeshPluginData(name=b"a", content_type=MeshPluginData.VERTEX, json_config=written)
    value.metadata.plugin_data.plugin_name = b"mesh"
    value.metadata.plugin_data.content = content.SerializeToString()
    value.tensor.dtype = 1
    for size in (1, 1, 3):
        value.tensor.tensor_shape.dim.add(size=size)
    value.tensor.float_val.extend([1.0, 2.0, 3.0])
    store = LogStore()
    root = store.add_root("/logs", "logs")
    run = store.add_run(root.id, "/logs/a", "a", "/logs/a")
    series = store.add_series(run.id, "a_VERTEX", Kind.MESH)
    assert series is not None
    found = decode(value.SerializeToString(), series)
    assert words in found.config_problem
    assert not found.config
    assert words in assemble(found, None, None, 0).notes[0]


# -- figures ---------------------------------------------------------------------------------------


def test_a_cube_is_measured() -> None:
    found = mesh_statistics(cube())
    assert found.surface == pytest.approx(6.0)
    assert found.volume == pytest.approx(1.0)
    assert found.extent == (1.0, 1.0, 1.0)
    assert found.centre == (0.5, 0.5, 0.5)
    assert found.is_watertight
    assert (found.components, found.loose_vertices, found.flat_faces) == (1, 0, 0)


def test_far_from_the_origin_the_volume_keeps_its_digits() -> None:
    mesh = assemble(vertices(CUBE + 4096.0), part(Part.FACE, CUBE_FACES[None]), None, 0)
    assert mesh_statistics(mesh).volume == pytest.approx(1.0, abs=1e-9)


def test_open_turned_and_doubled_faces_are_not_watertight() -> None:
    assert edge_counts(CUBE_FACES) == (0, 0, True)
    assert edge_counts(CUBE_FACES[:-1])[0] == 3
    turned = CUBE_FACES.copy()
    turned[0] = turned[0, ::-1]
    assert edge_counts(turned) == (0, 0, False)
    doubled = np.concatenate([CUBE_FACES, CUBE_FACES[:1]])
    assert edge_counts(doubled) == (0, 3, False)
    pinched = np.concatenate([CUBE_FACES, [[0, 0, 1]]]).astype(np.uint32)
    assert edge_counts(pinched) == (0, 0, True)
    assert edge_counts(np.empty((0, 3), np.uint32)) == (0, 0, False)


@settings(max_examples=60)
@given(st.lists(st.tuples(*[st.integers(0, 30)] * 3), min_size=1, max_size=40))
def test_pieces_are_counted(rows: list[tuple[int, int, int]]) -> None:
    faces = np.array(rows, np.uint32)
    used = np.zeros(31, bool)
    used[faces.reshape(-1)] = True
    groups = [{i} for i in range(31)]
    for face in rows:
        merged = set().union(*(groups[i] for i in face))
        for i in merged:
            groups[i] = merged
    assert component_count(faces, used) == len({id(groups[i]) for row in rows for i in row})


def test_normals_point_outwards_and_have_length_one() -> None:
    normals = geometry.vertex_normals(CUBE, CUBE_FACES)
    assert np.allclose(np.linalg.norm(normals, axis=1), 1.0)
    assert ((normals * (CUBE - 0.5)).sum(axis=1) > 0).all()
    loose = geometry.vertex_normals(np.zeros((3, 3), np.float32), np.array([[0, 1, 2]], np.uint32))
    assert not loose.any()


@settings(max_examples=25, deadline=None)
@given(
    arrays(
        np.float32, st.tuples(st.integers(1, 12), st.just(3)), elements=st.floats(-8, 8, width=32)
    ),
    st.lists(st.tuples(*[st.integers(0, 11)] * 3), max_size=12),
)
def test_compiled_equals_uncompiled(
    places: npt.NDArray[np.float32], rows: list[tuple[int, int, int]]
) -> None:
    faces = np.array(rows, np.uint32).reshape(-1, 3) % len(places)
    plain = load_uncompiled("../meshes/geometry")
    assert np.array_equal(
        geometry.vertex_normals(places, faces), plain.vertex_normals(places, faces)
    )
    roots = np.arange(len(places)), np.arange(len(places))
    geometry.join(faces, roots[0])
    plain.join(faces, roots[1])
    assert np.array_equal(*roots)
    for some in (places, np.concatenate([places, [[np.nan, 1, 2], [0, -np.inf, 0]]])):
        some = some.astype(np.float32)
        assert np.array_equal(geometry.bounds_of(some), plain.bounds_of(some))
        lower, upper = geometry.bounds_of(some)
        assert np.array_equal(lower, places.min(axis=0))
        assert np.array_equal(upper, places.max(axis=0))
    origin = np.zeros(3)
    assert geometry.measure(places, faces, origin) == plain.measure(places, faces, origin)
    trees = nearest.PointTree(places), load_uncompiled("../meshes/nearest").PointTree(places)
    found = [tree.nearest(places[::-1] + np.float32(0.1)) for tree in trees]
    assert np.array_equal(found[0][0], found[1][0])
    assert np.array_equal(found[0][1], found[1][1])


@pytest.mark.parametrize("fast", [reach.FAST, False])
@pytest.mark.parametrize("far", [0.0, 1e5])
def test_points_that_lie_farthest_along_a_way(
    fast: bool, far: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reach, "FAST", fast)
    rng = np.random.default_rng(3)
    points = (rng.normal(size=(5000, 3)) + far).astype(np.float32)
    points[7, 1], points[8] = np.nan, np.inf
    ways = rng.normal(size=(3, 6))
    found = reach.farthest_along(points, ways, np.full(3, far))
    finite = points[np.isfinite(points).all(axis=1)].astype(np.float64) - far
    reached = ((found.astype(np.float64) - far) @ ways).max(axis=0)
    assert reached == pytest.approx((finite @ ways).max(axis=0), rel=1e-5)
    assert len(found) <= 6
    assert not len(reach.farthest_along(points[7:9], ways, np.zeros(3)))
    assert not len(reach.farthest_along(points[:0], ways, np.zeros(3)))


def test_outermost_points_hold_all() -> None:
    random = np.random.default_rng(5)
    points = random.normal(size=(4000, 3)).astype(np.float32) * [1, 5, 0.1]
    points = points.astype(np.float32)
    found = outermost(points)
    assert 6 <= len(found) <= 134
    assert np.array_equal(found.min(axis=0), points.min(axis=0))
    assert np.array_equal(found.max(axis=0), points.max(axis=0))
    for way in random.normal(size=(50, 3)):
        whole = (points @ way).max() - (points @ way).min()
        assert (points @ way).max() - (found @ way).max() < 0.06 * whole
    assert len(outermost(np.zeros((3, 3), np.float32))) <= 3
    assert not len(outermost(np.empty((0, 3), np.float32)))


# -- nearest points --------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(
    arrays(
        np.float64,
        st.tuples(st.integers(0, 80), st.just(3)),
        elements=st.sampled_from([0.0, 1.0, 1.5, -3.0, 7.25, math.nan]),
    ),
    arrays(np.float64, st.tuples(st.integers(0, 10), st.just(3)), elements=st.floats(-10, 10)),
)
def test_the_nearest_point_is_the_nearest(
    points: npt.NDArray[np.float64], queries: npt.NDArray[np.float64]
) -> None:
    distances, found = nearest.PointTree(points).nearest(queries)
    finite = np.isfinite(points).all(axis=1)
    for query, distance, index in zip(queries, distances, found, strict=True):
        if not finite.any():
            assert index == -1
            assert math.isnan(distance)
            continue
        away = ((points - query) ** 2).sum(axis=1)
        away[~finite] = math.inf
        assert away[index] == away.min()
        assert index == int(np.flatnonzero(away == away.min())[0])
        assert distance == pytest.approx(math.sqrt(away.min()))


def test_many_random_points_are_found() -> None:
    random = np.random.default_rng(3)
    points, queries = random.normal(size=(5000, 3)), random.normal(size=(200, 3))
    distances, found = nearest.PointTree(points).nearest(queries)
    away = np.linalg.norm(points[None] - queries[:, None], axis=2)
    assert np.array_equal(found, away.argmin(axis=1))
    assert np.allclose(distances, away.min(axis=1))


def test_distances_between_two_clouds() -> None:
    far = assemble(vertices([[0, 0, 0], [0, 0, np.nan]]), None, None, 0)
    distances = colouring.vertex_distances(cube(), far)
    assert distances.max() == pytest.approx(math.sqrt(3.0))
    assert math.isnan(colouring.vertex_distances(far, cube())[1])
    empty = assemble(vertices(np.empty((0, 3))), None, None, 0)
    assert np.isnan(colouring.vertex_distances(cube(), empty)).all()


# -- colours ---------------------------------------------------------------------------------------


def test_values_become_colours_of_the_map() -> None:
    values = np.array([0.0, 5.0, 10.0, np.nan, 20.0, -np.inf])
    limits = colouring.value_range(values[:3])
    found = colouring.colours_of_values(values, "gray", limits)
    assert found[:, 0].tolist() == [0, 128, 255, 128, 255, 0]
    assert (found[:, 3] == 255).all()
    same = colouring.colours_of_values(np.ones(2), "gray", colouring.ValueRange(1.0, 1.0))
    assert same[0, 0] == 127
    assert colouring.value_range(np.array([np.nan])) is None
    assert colouring.colours_of_values(np.array([np.nan]), "gray", None)[0, 0] == 128


def test_values_of_vertices() -> None:
    mesh = cube()
    assert colouring.axis_values(mesh, 1).tolist() == CUBE[:, 1].tolist()
    assert np.allclose(colouring.centre_distances(mesh), math.sqrt(0.75))
    assert colouring.normal_colours(np.array([[1, 0, -1]], np.float32)).tolist() == [
        [255, 128, 0, 255]
    ]
    assert colouring.normals_of(assemble(vertices(CUBE), None, None, 0)) is None


# -- files -----------------------------------------------------------------------------------------

SHADES = np.arange(24, dtype=np.uint8).reshape(8, 3) * 10


def written(ending: str, mesh: MeshData) -> bytes:
    stream = BytesIO()
    writers.WRITERS[ending](stream, writers.surface_of(mesh))
    return stream.getvalue()


def test_ply_holds_the_arrays() -> None:
    head, _, body = written(".ply", cube(SHADES)).partition(b"end_header\n")
    assert b"element vertex 8" in head
    assert b"element face 12" in head
    rows = np.frombuffer(body, np.dtype([("p", "<f4", 3), ("c", "u1", 3)]), 8)
    assert np.array_equal(rows["p"], CUBE)
    assert np.array_equal(rows["c"], SHADES)
    faces = np.frombuffer(body, np.dtype([("n", "u1"), ("i", "<u4", 3)]), 12, rows.nbytes)
    assert np.array_equal(faces["i"], CUBE_FACES)
    assert len(body) == rows.nbytes + faces.nbytes


def test_obj_holds_every_bit_of_the_coordinates() -> None:
    places = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32) * 1e-3
    text = written(".obj", assemble(vertices(places), None, None, 0)).decode()
    rows = [line.split()[1:] for line in text.splitlines() if line.startswith("v ")]
    assert np.array_equal(np.array(rows, np.float32), places)
    points = [
        int(n) for line in text.splitlines() if line.startswith("p ") for n in line.split()[1:]
    ]
    assert points == list(range(1, 51))
    text = written(".obj", cube(SHADES)).decode()
    faces = [line.split()[1:] for line in text.splitlines() if line.startswith("f ")]
    assert np.array_equal(np.array(faces, int) - 1, CUBE_FACES)
    colour = [float(n) for n in text.splitlines()[2].split()[4:]]
    assert np.allclose(np.array(colour) * 255, SHADES[1], atol=1e-3)


def test_stl_holds_the_triangles() -> None:
    data = written(".stl", cube())
    assert struct.unpack_from("<I", data, 80) == (12,)
    row = np.dtype([("n", "<f4", 3), ("p", "<f4", (3, 3)), ("a", "<u2")])
    rows = np.frombuffer(data, row, 12, 84)
    assert np.array_equal(rows["p"], CUBE[CUBE_FACES])
    assert np.allclose((rows["n"] * (rows["p"].mean(axis=1) - 0.5)).sum(axis=1), 0.5)
    with pytest.raises(ExportError, match="point cloud"):
        written(".stl", assemble(vertices(CUBE), None, None, 0))


@pytest.mark.parametrize("faces", [True, False])
def test_glb_holds_the_arrays(faces: bool) -> None:
    mesh = cube(SHADES) if faces else assemble(vertices(CUBE), None, None, 0)
    data = written(".glb", mesh)
    magic, version, total = struct.unpack_from("<4sII", data)
    assert (magic, version, total) == (b"glTF", 2, len(data))
    length, kind = struct.unpack_from("<I4s", data, 12)
    assert kind == b"JSON"
    assert length % 4 == 0
    document = json.loads(data[20 : 20 + length])
    blob = data[20 + length + 8 :]
    assert document["buffers"][0]["byteLength"] == len(blob)
    primitive = document["meshes"][0]["primitives"][0]
    assert primitive["mode"] == (4 if faces else 0)

    def array(number: int, dtype: str, columns: int) -> npt.NDArray[Any]:
        accessor = document["accessors"][number]
        view = document["bufferViews"][accessor["bufferView"]]
        assert view["byteOffset"] % 4 == 0
        count = accessor["count"] * columns
        return np.frombuffer(blob, dtype, count, view["byteOffset"]).reshape(-1, columns)

    assert np.array_equal(array(primitive["attributes"]["POSITION"], "<f4", 3), CUBE)
    if faces:
        assert np.array_equal(array(primitive["indices"], "<u4", 1).reshape(-1, 3), CUBE_FACES)
        shades = array(primitive["attributes"]["COLOR_0"], "<u2", 4) / 65535.0
        assert (shades[:, 3] == 1.0).all()
        # From linear, as the format has it, to sRGB, as it was logged: no shade is lost.
        low = shades[:, :3] * 12.92
        back = np.where(low <= 0.04045, low, 1.055 * shades[:, :3] ** (1 / 2.4) - 0.055)
        assert np.array_equal(np.rint(back * 255.0), SHADES)
    with pytest.raises(ExportError, match="no vertices"):
        written(".glb", assemble(vertices(np.empty((0, 3))), None, None, 0))


def test_points_that_are_not_finite_are_not_written(tmp_path: Path) -> None:
    places = CUBE.copy()
    places[2] = np.nan
    mesh = assemble(vertices(places), None, part(Part.COLOR, SHADES[None]), 0)
    target = tmp_path / "cloud.ply"
    writers.write_mesh(target, ".PLY", writers.surface_of(mesh))
    assert b"element vertex 7\n" in target.read_bytes()
    with pytest.raises(ExportError, match="not as"):
        writers.write_mesh(target, ".xyz", writers.surface_of(mesh))
