"""Colours of vertices by numbers: a coordinate, a distance, the direction they face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eventglass.app.core.compute.colour_maps import colour_table
from eventglass.app.core.meshes.assembling import MeshData
from eventglass.app.core.meshes.geometry import vertex_normals
from eventglass.app.core.meshes.nearest import PointTree

Rgba8 = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class ValueRange:
    """What the ends of a colour map stand for."""

    low: float
    high: float


def axis_values(mesh: MeshData, axis: int) -> npt.NDArray[np.float64]:
    """Return the coordinate of each vertex along an axis, (n,) float64, NaN where not finite."""
    values = mesh.vertices[:, axis].astype(np.float64)
    if mesh.finite is not None:
        values[~mesh.finite] = np.nan
    return values


def centre_distances(mesh: MeshData) -> npt.NDArray[np.float64]:
    """Return how far each vertex is from the mean of all, (n,) float64, NaN where not finite."""
    points = mesh.points
    values = np.full(len(mesh.vertices), np.nan)
    if len(points):
        away = points.astype(np.float64) - points.mean(axis=0, dtype=np.float64)
        found = np.sqrt(np.einsum("ij,ij->i", away, away))
        values[slice(None) if mesh.finite is None else mesh.finite] = found
    return values


def vertex_distances(mesh: MeshData, other: MeshData) -> npt.NDArray[np.float64]:
    """Return how far each vertex is from the nearest vertex of another mesh, exactly.

    Returns
    -------
    (n,) float64
        NaN for vertices that aren't finite, and where the other has no vertices.
    """
    queries = mesh.vertices.astype(np.float64)
    if mesh.finite is not None:
        queries[~mesh.finite] = np.nan
    distances, _found = PointTree(other.points).nearest(queries)
    return distances


def value_range(values: npt.NDArray[np.float64]) -> ValueRange | None:
    """Return the least and the greatest of the finite values, None without any."""
    finite = values[np.isfinite(values)]
    return ValueRange(float(finite.min()), float(finite.max())) if len(finite) else None


def colours_of_values(
    values: npt.NDArray[np.float64],
    colour_map: str,
    limits: ValueRange | None,
    missing: tuple[int, int, int, int] = (128, 128, 128, 255),
) -> Rgba8:
    """Return the colours of numbers.

    Parameters
    ----------
    values : (n,) float64
    limits
        What the ends of the map stand for; beyond them its end colours stand.
    missing
        For NaN.

    Returns
    -------
    (n, 4) uint8
        Read-only.
    """
    table = np.empty((257, 4), np.uint8)
    table[:256, :3] = colour_table(colour_map)
    table[:256, 3] = 255
    table[256] = missing
    if limits is None:
        places = np.full(len(values), 256)
    else:
        span = limits.high - limits.low
        scale = 255.0 / span if span > 0.0 else 0.0
        with np.errstate(invalid="ignore", over="ignore"):
            at = np.clip((values - limits.low) * scale, 0.0, 255.0)
        if span <= 0.0:
            at = np.where(np.isnan(values), np.nan, 127.0)
        known = np.isfinite(at)
        places = np.where(known, np.rint(np.where(known, at, 0.0)), 256).astype(np.intp)
    colours: Rgba8 = table[places]
    colours.flags.writeable = False
    return colours


def normal_colours(normals: npt.NDArray[np.float32]) -> Rgba8:
    """Return directions as colours: −1 to 1 along x, y and z as red, green and blue.

    Parameters
    ----------
    normals : (n, 3) float32, of length 1 or 0
    """
    colours = np.empty((len(normals), 4), np.uint8)
    colours[:, :3] = np.rint((normals + 1.0) * 127.5)
    colours[:, 3] = 255
    colours.flags.writeable = False
    return colours


def logged_colours(mesh: MeshData) -> Rgba8 | None:
    """Return the colours that were logged, (n, 4) uint8, opaque; None without any."""
    if mesh.colours is None:
        return None
    colours = np.full((len(mesh.colours), 4), 255, np.uint8)
    colours[:, :3] = mesh.colours
    colours.flags.writeable = False
    return colours


def normals_of(mesh: MeshData) -> npt.NDArray[np.float32] | None:
    """Return the normals of a mesh's vertices, (n, 3) float32; None for a point cloud."""
    if not len(mesh.faces):
        return None
    normals = vertex_normals(mesh.vertices, mesh.faces)
    normals.flags.writeable = False
    return normals
