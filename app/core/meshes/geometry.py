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
