"""Figures of a mesh: how large it is, whether it is closed, how far another one is away."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eventglass.app.core.meshes.assembling import MeshData
from eventglass.app.core.meshes.geometry import join, measure

Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class MeshStatistics:
    """Figures of a mesh or point cloud.

    Attributes
    ----------
    vertices, faces
        How many there are, not finite vertices included, unusable faces not.
    lower, upper
        Least and greatest coordinates; NaN without a finite vertex.
    centre
        Mean of the finite vertices.
    surface
        Area of all faces, squared units; NaN for a point cloud.
    volume
        What a closed mesh encloses, cubic units, negative where its faces show inwards; NaN for
        one that isn't closed.
    boundary_edges
        Edges of one face only.
    shared_edges
        Edges of more than two faces.
    flat_faces
        Faces without an area.
    loose_vertices
        Vertices of no face.
    components
        Pieces that hang together by their faces.
    is_watertight
        Whether every edge belongs to two faces that go along it in opposite directions.
    """

    vertices: int
    faces: int
    lower: Vector
    upper: Vector
    centre: Vector
    surface: float = math.nan
    volume: float = math.nan
    boundary_edges: int = 0
    shared_edges: int = 0
    flat_faces: int = 0
    loose_vertices: int = 0
    components: int = 0
    is_watertight: bool = False

    @property
    def extent(self) -> Vector:
        """Length along x, y and z."""
        lower, upper = self.lower, self.upper
        return upper[0] - lower[0], upper[1] - lower[1], upper[2] - lower[2]


def mesh_statistics(
    mesh: MeshData, cancelled: Callable[[], bool] = lambda: False
) -> MeshStatistics:
    """Return the figures of a mesh; takes some seconds for 5 M faces.

    `cancelled` is asked now and then; the result is of no use when it says True.
    """
    points = mesh.points
    nowhere = (math.nan, math.nan, math.nan)
    lower = upper = centre = nowhere
    if mesh.bounds is not None:
        lower, upper = _vector(mesh.bounds[0]), _vector(mesh.bounds[1])
        centre = _vector(points.mean(axis=0, dtype=np.float64))
    count = len(mesh.vertices)
    if not len(mesh.faces):
        return MeshStatistics(count, 0, lower, upper, centre)
    surface, volume, flat = measure(mesh.vertices, mesh.faces, np.array(centre))
    if cancelled():
        return MeshStatistics(count, len(mesh.faces), lower, upper, centre)
    boundary, shared, closed = edge_counts(mesh.faces)
    if cancelled():
        return MeshStatistics(count, len(mesh.faces), lower, upper, centre)
    used = np.zeros(count, bool)
    used[mesh.faces.reshape(-1)] = True
    return MeshStatistics(
        count,
        len(mesh.faces),
        lower,
        upper,
        centre,
        surface=surface,
        volume=volume if closed else math.nan,
        boundary_edges=boundary,
        shared_edges=shared,
        flat_faces=flat,
        loose_vertices=count - int(np.count_nonzero(used)),
        components=component_count(mesh.faces, used),
        is_watertight=closed,
    )


def edge_counts(faces: npt.NDArray[np.uint32]) -> tuple[int, int, bool]:
    """Return how many edges have one face, how many more than two, and whether all is closed.

    Closed: every edge belongs to exactly two faces, which go along it in opposite directions.
    Faces that name a vertex twice have no area; their edges count for nothing.

    Parameters
    ----------
    faces : (m, 3) uint32
    """
    real = (
        (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
    )
    wide = faces[real].astype(np.uint64)
    if not len(wide):
        return 0, 0, False
    starts = wide.reshape(-1)
    ends = wide[:, [1, 2, 0]].reshape(-1)
    low, high = np.minimum(starts, ends), np.maximum(starts, ends)
    # The direction is the lowest bit: one sort brings an edge's faces together, by direction.
    keys = (low << np.uint64(32)) | high
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    forward = (starts < ends)[order]
    first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    counts = np.diff(np.append(first, len(keys)))
    along = np.add.reduceat(forward.astype(np.int64), first)
    boundary = int(np.count_nonzero(counts == 1))
    shared = int(np.count_nonzero(counts > 2))
    return boundary, shared, bool(((counts == 2) & (along == 1)).all())


def component_count(faces: npt.NDArray[np.uint32], used: npt.NDArray[np.bool_]) -> int:
    """Return how many pieces hang together by faces.

    Parameters
    ----------
    used : (n,) bool
        Vertices that belong to a face.
    """
    roots = np.arange(len(used), dtype=np.int64)
    join(np.ascontiguousarray(faces), roots)
    found = np.zeros(len(used), bool)
    found[roots[used]] = True
    return int(np.count_nonzero(found))


def _vector(row: npt.NDArray[np.floating]) -> Vector:
    return float(row[0]), float(row[1]), float(row[2])
