"""Loops over the vertices and faces of a mesh.

Faces point at vertices that are there: whoever calls has checked them. All is worked out in
float64.
"""

# mypy: disable-error-code="valid-type"
# (Cython's const views are no types to mypy.)

from __future__ import annotations

import numpy as np
import numpy.typing as npt

try:
    import cython
except ImportError:
    from eventglass.app.core import shadow as cython  # type: ignore[no-redef]
if cython.compiled:
    from cython.cimports.libc.math import sqrt
else:
    from math import sqrt

#: Whether this module is compiled.
FAST = bool(cython.compiled)
#: The greatest float32.
_MOST = cython.declare(cython.float, 3.4028234663852886e38)


def _add_face_normals(
    vertices: cython.const[cython.double][:, ::1],
    faces: cython.const[cython.uint][:, ::1],
    sums: cython.double[:, ::1],
) -> None:
    """Add the cross product of each face's edges to its three vertices."""
    i: cython.Py_ssize_t
    k: cython.Py_ssize_t
    a: cython.Py_ssize_t
    b: cython.Py_ssize_t
    c: cython.Py_ssize_t
    ux: cython.double
    uy: cython.double
    uz: cython.double
    vx: cython.double
    vy: cython.double
    vz: cython.double
    nx: cython.double
    ny: cython.double
    nz: cython.double
    with cython.nogil:
        for i in range(faces.shape[0]):
            a = faces[i, 0]
            b = faces[i, 1]
            c = faces[i, 2]
            ux = vertices[b, 0] - vertices[a, 0]
            uy = vertices[b, 1] - vertices[a, 1]
            uz = vertices[b, 2] - vertices[a, 2]
            vx = vertices[c, 0] - vertices[a, 0]
            vy = vertices[c, 1] - vertices[a, 1]
            vz = vertices[c, 2] - vertices[a, 2]
            nx = uy * vz - uz * vy
            ny = uz * vx - ux * vz
            nz = ux * vy - uy * vx
            # A face at a vertex that is nowhere says nothing of its neighbours' normals.
            if not (nx - nx == 0.0 and ny - ny == 0.0 and nz - nz == 0.0):
                continue
            for k in range(3):
                a = faces[i, k]
                sums[a, 0] += nx
                sums[a, 1] += ny
                sums[a, 2] += nz


def _normalise(sums: cython.double[:, ::1], out: cython.float[:, ::1]) -> None:
    """Write vectors at length 1; those of no length stay zero."""
    i: cython.Py_ssize_t
    length: cython.double
    with cython.nogil:
        for i in range(sums.shape[0]):
            length = sqrt(
                sums[i, 0] * sums[i, 0] + sums[i, 1] * sums[i, 1] + sums[i, 2] * sums[i, 2]
            )
            if length > 0.0:
                out[i, 0] = sums[i, 0] / length
                out[i, 1] = sums[i, 1] / length
                out[i, 2] = sums[i, 2] / length


def vertex_normals(
    vertices: npt.NDArray[np.float32], faces: npt.NDArray[np.uint32]
) -> npt.NDArray[np.float32]:
    """Return the normals of vertices: the mean of their faces' normals, weighted by area.

    Parameters
    ----------
    vertices : (n, 3) float32
    faces : (m, 3) uint32, all below n

    Returns
    -------
    (n, 3) float32
        Of length 1; zero for vertices of no face, or of faces without an area.
    """
    sums = np.zeros((len(vertices), 3))
    out = np.zeros((len(vertices), 3), np.float32)
    _add_face_normals(np.ascontiguousarray(vertices, np.float64), np.ascontiguousarray(faces), sums)
    _normalise(sums, out)
    return out


def _measure(
    vertices: cython.const[cython.double][:, ::1],
    faces: cython.const[cython.uint][:, ::1],
    origin: cython.const[cython.double][::1],
    out: cython.double[::1],
) -> None:
    """Sum up areas and signed volumes of the tetrahedra to `origin`, count faces of no area."""
    i: cython.Py_ssize_t
    a: cython.Py_ssize_t
    b: cython.Py_ssize_t
    c: cython.Py_ssize_t
    ax: cython.double
    ay: cython.double
    az: cython.double
    ux: cython.double
    uy: cython.double
    uz: cython.double
    vx: cython.double
    vy: cython.double
    vz: cython.double
    nx: cython.double
    ny: cython.double
    nz: cython.double
    doubled: cython.double
    area: cython.double = 0.0
    volume: cython.double = 0.0
    flat: cython.double = 0.0
    with cython.nogil:
        for i in range(faces.shape[0]):
            a = faces[i, 0]
            b = faces[i, 1]
            c = faces[i, 2]
            ax = vertices[a, 0] - origin[0]
            ay = vertices[a, 1] - origin[1]
            az = vertices[a, 2] - origin[2]
            ux = vertices[b, 0] - vertices[a, 0]
            uy = vertices[b, 1] - vertices[a, 1]
            uz = vertices[b, 2] - vertices[a, 2]
            vx = vertices[c, 0] - vertices[a, 0]
            vy = vertices[c, 1] - vertices[a, 1]
            vz = vertices[c, 2] - vertices[a, 2]
            nx = uy * vz - uz * vy
            ny = uz * vx - ux * vz
            nz = ux * vy - uy * vx
            doubled = sqrt(nx * nx + ny * ny + nz * nz)
            if doubled - doubled != 0.0:
                continue
            if doubled == 0.0:
                flat += 1.0
            area += doubled
            volume += ax * nx + ay * ny + az * nz
    out[0] = area / 2.0
    out[1] = volume / 6.0
    out[2] = flat


def measure(
    vertices: npt.NDArray[np.float32],
    faces: npt.NDArray[np.uint32],
    origin: npt.NDArray[np.float64],
) -> tuple[float, float, int]:
    """Return the surface, the signed volume and the number of faces without area.

    The volume means something for closed meshes only; it is positive where the faces go around
    counter-clockwise seen from outside. Faces at vertices that aren't finite are left out.

    Parameters
    ----------
    origin : (3,) float64
        A point near the mesh: far from it the volume would lose digits.
    """
    out = np.zeros(3)
    _measure(
        np.ascontiguousarray(vertices, np.float64),
        np.ascontiguousarray(faces),
        np.ascontiguousarray(origin, np.float64),
        out,
    )
    return float(out[0]), float(out[1]), int(out[2])


def _reach(points: cython.const[cython.float][:, ::1], out: cython.double[:, ::1]) -> cython.int:
    """Find the least and greatest coordinates of the finite points; 0 where there are none."""
    i: cython.Py_ssize_t
    x: cython.float
    y: cython.float
    z: cython.float
    # float32 compares faster, and nothing is lost.
    low: cython.float[3]
    high: cython.float[3]
    found: cython.int = 0
    low = [0.0, 0.0, 0.0]
    high = [0.0, 0.0, 0.0]
    with cython.nogil:
        for i in range(points.shape[0]):
            x = points[i, 0]
            y = points[i, 1]
            z = points[i, 2]
            # Neither NaN nor infinite.
            if not (-_MOST <= x <= _MOST and -_MOST <= y <= _MOST and -_MOST <= z <= _MOST):
                continue
            if found == 0:
                low[0] = high[0] = x
                low[1] = high[1] = y
                low[2] = high[2] = z
                found = 1
                continue
            if x < low[0]:
                low[0] = x
            if x > high[0]:
                high[0] = x
            if y < low[1]:
                low[1] = y
            if y > high[1]:
                high[1] = y
            if z < low[2]:
                low[2] = z
            if z > high[2]:
                high[2] = z
    for i in range(3):
        out[0, i] = low[i]
        out[1, i] = high[i]
    return found


def bounds_of(points: npt.NDArray[np.float32]) -> npt.NDArray[np.float64] | None:
    """Return the least and greatest coordinates of the finite points, (2, 3); None without any.

    NumPy's own minimum along the longer axis takes twenty times as long.

    Parameters
    ----------
    points : (n, 3) float32
    """
    out = np.zeros((2, 3))
    if not len(points) or not _reach(np.ascontiguousarray(points, np.float32), out):
        return None
    return out


def farthest(
    points: cython.const[cython.float][:, ::1],
    ways: cython.const[cython.float][:, ::1],
    stride: int,
    best: cython.float[::1],
    where: cython.longlong[::1],
) -> None:
    """Find the point that lies farthest out in each direction, looking at every `stride`-th.

    Parameters
    ----------
    points : (n, 3) float32, finite
    ways : (3, k) float32
    best : (k,) float32
        Least of float32 at first; then how far the points are out.
    where : (k,) int64
        Gets which points they are.
    """
    i: cython.Py_ssize_t
    k: cython.Py_ssize_t
    by: cython.Py_ssize_t = stride
    x: cython.float
    y: cython.float
    z: cython.float
    away: cython.float
    with cython.nogil:
        for k in range(ways.shape[1]):
            i = 0
            x = ways[0, k]
            y = ways[1, k]
            z = ways[2, k]
            while i < points.shape[0]:
                away = points[i, 0] * x + points[i, 1] * y + points[i, 2] * z
                if away > best[k]:
                    best[k] = away
                    where[k] = i
                i += by


def join(faces: cython.const[cython.uint][:, ::1], roots: cython.longlong[::1]) -> None:
    """Join the vertices of each face: afterwards those of one piece have one root.

    `roots` are the vertices' own numbers at first (union-find with path halving).
    """
    i: cython.Py_ssize_t
    k: cython.Py_ssize_t
    a: cython.longlong
    b: cython.longlong
    with cython.nogil:
        for i in range(faces.shape[0]):
            for k in range(1, 3):
                a = faces[i, 0]
                b = faces[i, k]
                while roots[a] != a:
                    roots[a] = roots[roots[a]]
                    a = roots[a]
                while roots[b] != b:
                    roots[b] = roots[roots[b]]
                    b = roots[b]
                # The lower number becomes the root: trees stay flat for neighbours in order.
                if a < b:
                    roots[b] = a
                elif b < a:
                    roots[a] = b
        for i in range(roots.shape[0]):
            # Roots are never above what points at them: one pass reaches all.
            roots[i] = roots[roots[i]]
