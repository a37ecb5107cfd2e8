"""Triangles in space, drawn into an image with depths.

In two steps: `find_faces` finds for each pixel the nearest triangle, `shade_faces` then lights
the pixels that have one. So each pixel is lit once, however many triangles lie one behind another,
and a triangle of a few pixels costs little more than the look at its corners. Corners are
homogeneous pixels (see `scene_marks`): where a triangle reaches behind the eye, nothing has to be
cut. With corners v0, v1, v2 as (x, y, w) and a pixel p = (x, y, 1), the numbers
b0 = p · (v1 × v2) / det and so on are the barycentric coordinates over w; they are linear in p
(Olano and Greer, 1997).
"""

# mypy: disable-error-code="valid-type"
# (Cython's const views are no types to mypy.)

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from eventglass.app.core.compute.scene_marks import Target

try:
    import cython
except ImportError:
    from eventglass.app.core import shadow as cython  # type: ignore[no-redef]
if cython.compiled:
    from cython.cimports.libc.math import fabs, sqrt
else:
    from math import fabs, sqrt

#: Ways of shading.
SMOOTH, FLAT, UNLIT = 0, 1, 2
#: Of a pixel no triangle is at.
NOTHING = -1

_tiny = cython.declare(cython.double, 1.0e-30)


@dataclass(frozen=True, slots=True, eq=False)
class Shading:
    """How faces look.

    Parameters
    ----------
    way
        `SMOOTH`, `FLAT` or `UNLIT`.
    ambient
        Red, green, blue; 1 is full.
    lights : (k, 6) float64
        Directions towards the lights, of length 1, and their red, green, blue.
    eye : (4,) float64
        Place of the eye and 1, or the direction towards it and 0.
    wire : (4,) float64
        Red, green, blue (0 to 255) and opacity of the edges; none at opacity 0.
    wire_width
        Pixels.
    """

    way: int
    ambient: tuple[float, float, float]
    lights: npt.NDArray[np.float64]
    eye: npt.NDArray[np.float64]
    wire: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    wire_width: float = 1.0
    opacity: float = 1.0


def project(
    matrix: npt.NDArray[np.float64],
    plane: npt.NDArray[np.float64] | None,
    vertices: npt.NDArray[np.float32],
    out: npt.NDArray[np.float32],
    *,
    first: int = 0,
    stop: int | None = None,
) -> None:
    """Write homogeneous pixels (n, 5) of vertices (n, 3): x, y, z, w, and how far off `plane`."""
    _project(
        np.ascontiguousarray(matrix, np.float64),
        np.empty(0) if plane is None else np.ascontiguousarray(plane, np.float64),
        _wide(vertices),
        out,
        first,
        len(vertices) if stop is None else stop,
    )


def find_faces(
    depths: npt.NDArray[np.float32],
    hits: npt.NDArray[np.int32],
    corners: npt.NDArray[np.float32],
    faces: npt.NDArray[np.uint32],
    *,
    back_faces: bool = True,
    cut: bool = False,
    first: int = 0,
    stop: int | None = None,
) -> None:
    """Find the nearest triangle of each pixel.

    Parameters
    ----------
    depths : (h, w) float32
        What is nearer already; written to.
    hits : (h, w) int32
        The index of the triangle is written where one is nearer.
    corners : (n, 5) float32
        What `project` wrote.
    faces : (m, 3) uint32
        Triangles with indices ≥ n are left out.
    cut
        Whether what lies on the negative side of the plane is left out.
    """
    _find(
        depths,
        hits,
        _wide(corners),
        _whole(faces),
        back_faces,
        cut,
        first,
        len(depths) if stop is None else stop,
    )


def shade_faces(
    target: Target,
    hits: npt.NDArray[np.int32],
    corners: npt.NDArray[np.float32],
    vertices: npt.NDArray[np.float32],
    faces: npt.NDArray[np.uint32],
    normals: npt.NDArray[np.float32] | None,
    colours: npt.NDArray[np.uint8],
    shading: Shading,
    *,
    base: int = 0,
    pickable: bool = True,
    first: int = 0,
    stop: int | None = None,
) -> None:
    """Light the pixels at which `find_faces` found a triangle.

    Parameters
    ----------
    normals : (n, 3) float32, optional
        Of the vertices, of any length; without them, and where they are zero, faces are flat.
    colours : (n, 4) or (1, 4) uint8
    """
    _shade(
        target.colours,
        target.ids,
        hits,
        _wide(corners),
        _wide(vertices),
        _whole(faces),
        _wide(np.empty((0, 3), np.float32) if normals is None else normals),
        _whole(colours),
        shading.way,
        np.array(shading.ambient, np.float64),
        np.ascontiguousarray(shading.lights, np.float64).reshape(-1, 6),
        np.ascontiguousarray(shading.eye, np.float64),
        np.array(shading.wire, np.float64),
        shading.wire_width,
        shading.opacity,
        base,
        pickable,
        first,
        target.height if stop is None else stop,
    )


def vertex_normals(
    vertices: npt.NDArray[np.float32], faces: npt.NDArray[np.uint32]
) -> npt.NDArray[np.float32]:
    """Return the normals of vertices, (n, 3) float32, of length 1 or 0.

    The mean of the normals of the faces around, weighted by their area. Faces with indices ≥ n
    or coordinates that are not finite are left out.
    """
    sums = np.zeros((len(vertices), 3), np.float64)
    _sum_normals(_wide(vertices), _whole(faces), sums)
    lengths = np.sqrt(np.einsum("ij,ij->i", sums, sums))
    lengths[lengths == 0.0] = 1.0
    sums /= lengths[:, None]
    return sums.astype(np.float32)


def _wide(values: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
    """Return numbers as they are; uncompiled as the doubles that compiled code makes of them."""
    return values if cython.compiled else values.astype(np.float64)


def _whole(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return integers as they are; uncompiled as ones that do not overflow."""
    return values if cython.compiled else values.astype(np.int64)


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def _floor(x: cython.double) -> cython.Py_ssize_t:
    i: cython.Py_ssize_t
    if cython.compiled:
        i = cython.cast(cython.Py_ssize_t, x)
    else:
        i = int(x)
    if i > x:
        i -= 1
    return i


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def _byte(x: cython.double) -> cython.uint:
    x = x if x > 0.0 else 0.0
    x = x if x < 255.0 else 255.0
    if cython.compiled:
        return cython.cast(cython.uint, x + 0.5)
    return int(x + 0.5)


def _project(
    matrix: cython.const[cython.double][:, ::1],
    plane: cython.const[cython.double][::1],
    vertices: cython.const[cython.float][:, ::1],
    out: cython.float[:, ::1],
    first: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
) -> None:
    i: cython.Py_ssize_t
    x: cython.double
    y: cython.double
    z: cython.double
    cut: cython.bint = plane.shape[0] > 0
    with cython.nogil:
        for i in range(first, stop):
            x = vertices[i, 0]
            y = vertices[i, 1]
            z = vertices[i, 2]
            out[i, 0] = matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2] * z + matrix[0, 3]
            out[i, 1] = matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2] * z + matrix[1, 3]
            out[i, 2] = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2] * z + matrix[2, 3]
            out[i, 3] = matrix[3, 0] * x + matrix[3, 1] * y + matrix[3, 2] * z + matrix[3, 3]
            if cut:
                out[i, 4] = plane[0] * x + plane[1] * y + plane[2] * z + plane[3]


def _find(
    depths: cython.float[:, ::1],
    hits: cython.int[:, ::1],
    corners: cython.const[cython.float][:, ::1],
    faces: cython.const[cython.uint][:, ::1],
    back_faces: cython.bint,
    cut: cython.bint,
    first: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
) -> None:
    i: cython.Py_ssize_t
    i0: cython.Py_ssize_t
    i1: cython.Py_ssize_t
    i2: cython.Py_ssize_t
    k: cython.Py_ssize_t
    row: cython.Py_ssize_t
    column: cython.Py_ssize_t
    top: cython.Py_ssize_t
    bottom: cython.Py_ssize_t
    left: cython.Py_ssize_t
    right: cython.Py_ssize_t
    count: cython.Py_ssize_t = corners.shape[0]
    columns: cython.Py_ssize_t = depths.shape[1]
    x0: cython.double
    y0: cython.double
    z0: cython.double
    w0: cython.double
    x1: cython.double
    y1: cython.double
    z1: cython.double
    w1: cython.double
    x2: cython.double
    y2: cython.double
    z2: cython.double
    w2: cython.double
    a0: cython.double
    a1: cython.double
    a2: cython.double
    c0: cython.double
    c1: cython.double
    c2: cython.double
    e0: cython.double
    e1: cython.double
    e2: cython.double
    det: cython.double
    low: cython.double
    high: cython.double
    low_x: cython.double
    high_x: cython.double
    t: cython.double
    zx: cython.double
    zy: cython.double
    zc: cython.double
    px: cython.double
    py: cython.double
    b0: cython.double
    b1: cython.double
    b2: cython.double
    z: cython.double
    near: cython.float
    d0: cython.double = 0.0
    d1: cython.double = 0.0
    d2: cython.double = 0.0
    nx: cython.double
    ny: cython.double
    kx: cython.double
    ky: cython.double
    kz: cython.double
    kw: cython.double
    jx: cython.double
    jy: cython.double
    jz: cython.double
    jw: cython.double
    with cython.nogil:
        for i in range(faces.shape[0]):
            i0 = faces[i, 0]
            i1 = faces[i, 1]
            i2 = faces[i, 2]
            if i0 >= count or i1 >= count or i2 >= count:
                continue
            y0 = corners[i0, 1]
            w0 = corners[i0, 3]
            y1 = corners[i1, 1]
            w1 = corners[i1, 3]
            y2 = corners[i2, 1]
            w2 = corners[i2, 3]
            z0 = corners[i0, 2]
            z1 = corners[i1, 2]
            z2 = corners[i2, 2]
            x0 = corners[i0, 0]
            x1 = corners[i1, 0]
            x2 = corners[i2, 0]
            if z0 + w0 > 0.0 and z1 + w1 > 0.0 and z2 + w2 > 0.0:
                # Wholly before the eye: all w are positive too.
                nx = y0 / w0
                low = nx
                high = nx
                nx = y1 / w1
                low = low if low < nx else nx
                high = high if high > nx else nx
                nx = y2 / w2
                low = low if low < nx else nx
                high = high if high > nx else nx
                if not (high >= first and low <= stop):
                    continue
                nx = x0 / w0
                low_x = nx
                high_x = nx
                nx = x1 / w1
                low_x = low_x if low_x < nx else nx
                high_x = high_x if high_x > nx else nx
                nx = x2 / w2
                low_x = low_x if low_x < nx else nx
                high_x = high_x if high_x > nx else nx
                if not (high_x >= 0.0 and low_x <= columns):
                    continue
            elif z0 + w0 > 0.0 or z1 + w1 > 0.0 or z2 + w2 > 0.0:
                # Partly: the box around what is before the nearest plane.
                low = 1e9
                high = -1e9
                low_x = 1e9
                high_x = -1e9
                for k in range(3):
                    if k == 0:
                        kx, ky, kz, kw = x0, y0, z0, w0
                        jx, jy, jz, jw = x1, y1, z1, w1
                    elif k == 1:
                        kx, ky, kz, kw = x1, y1, z1, w1
                        jx, jy, jz, jw = x2, y2, z2, w2
                    else:
                        kx, ky, kz, kw = x2, y2, z2, w2
                        jx, jy, jz, jw = x0, y0, z0, w0
                    if kz + kw > 0.0:
                        nx = kx / kw
                        ny = ky / kw
                        low_x = low_x if low_x < nx else nx
                        high_x = high_x if high_x > nx else nx
                        low = low if low < ny else ny
                        high = high if high > ny else ny
                    if (kz + kw > 0.0) != (jz + jw > 0.0):
                        t = (kz + kw) / ((kz + kw) - (jz + jw))
                        nx = kw + (jw - kw) * t
                        if nx > _tiny:
                            ny = (ky + (jy - ky) * t) / nx
                            nx = (kx + (jx - kx) * t) / nx
                            low_x = low_x if low_x < nx else nx
                            high_x = high_x if high_x > nx else nx
                            low = low if low < ny else ny
                            high = high if high > ny else ny
                if not (high >= first and low <= stop and high_x >= 0.0 and low_x <= columns):
                    continue
            else:
                continue
            # Pixels whose middle can be inside.
            low = low if low > -10.0 else -10.0
            high = high if high < stop + 10.0 else stop + 10.0
            low_x = low_x if low_x > -10.0 else -10.0
            high_x = high_x if high_x < columns + 10.0 else columns + 10.0
            top = -_floor(0.5 - low)
            bottom = _floor(high - 0.5) + 1
            left = -_floor(0.5 - low_x)
            right = _floor(high_x - 0.5) + 1
            top = top if top > first else first
            bottom = bottom if bottom < stop else stop
            left = left if left > 0 else 0
            right = right if right < columns else columns
            if top >= bottom or left >= right:
                continue
            a0 = y1 * w2 - y2 * w1
            c0 = x2 * w1 - x1 * w2
            e0 = x1 * y2 - x2 * y1
            det = x0 * a0 + y0 * c0 + w0 * e0
            # Rows are counted downwards: counter-clockwise is negative.
            if not (det < -_tiny or (back_faces and det > _tiny)):
                continue
            a1 = y2 * w0 - y0 * w2
            c1 = x0 * w2 - x2 * w0
            e1 = x2 * y0 - x0 * y2
            a2 = y0 * w1 - y1 * w0
            c2 = x1 * w0 - x0 * w1
            e2 = x0 * y1 - x1 * y0
            det = 1.0 / det
            a0 *= det
            c0 *= det
            e0 *= det
            a1 *= det
            c1 *= det
            e1 *= det
            a2 *= det
            c2 *= det
            e2 *= det
            zx = a0 * z0 + a1 * z1 + a2 * z2
            zy = c0 * z0 + c1 * z1 + c2 * z2
            zc = e0 * z0 + e1 * z1 + e2 * z2
            if cut:
                d0 = corners[i0, 4]
                d1 = corners[i1, 4]
                d2 = corners[i2, 4]
            for row in range(top, bottom):
                py = row + 0.5
                px = left + 0.5
                b0 = a0 * px + c0 * py + e0
                b1 = a1 * px + c1 * py + e1
                b2 = a2 * px + c2 * py + e2
                z = zx * px + zy * py + zc
                for column in range(left, right):
                    if b0 >= 0.0 and b1 >= 0.0 and b2 >= 0.0:
                        near = z
                        if (
                            near <= depths[row, column]
                            and -1.0 <= near <= 1.0
                            and (not cut or b0 * d0 + b1 * d1 + b2 * d2 >= 0.0)
                        ):
                            depths[row, column] = near
                            hits[row, column] = i
                    b0 += a0
                    b1 += a1
                    b2 += a2
                    z += zx


def _shade(
    colour: cython.uint[:, ::1],
    ids: cython.uint[:, ::1],
    hits: cython.const[cython.int][:, ::1],
    corners: cython.const[cython.float][:, ::1],
    vertices: cython.const[cython.float][:, ::1],
    faces: cython.const[cython.uint][:, ::1],
    normals: cython.const[cython.float][:, ::1],
    colours: cython.const[cython.uchar][:, ::1],
    way: cython.int,
    ambient: cython.const[cython.double][::1],
    lights: cython.const[cython.double][:, ::1],
    eye: cython.const[cython.double][::1],
    wire: cython.const[cython.double][::1],
    wire_width: cython.double,
    opacity: cython.double,
    base: cython.uint,
    pickable: cython.bint,
    first: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
) -> None:
    row: cython.Py_ssize_t
    column: cython.Py_ssize_t
    k: cython.Py_ssize_t
    face: cython.Py_ssize_t
    last: cython.Py_ssize_t = -1
    i0: cython.Py_ssize_t = 0
    i1: cython.Py_ssize_t = 0
    i2: cython.Py_ssize_t = 0
    x0: cython.double
    y0: cython.double
    w0: cython.double
    x1: cython.double
    y1: cython.double
    w1: cython.double
    x2: cython.double
    y2: cython.double
    w2: cython.double
    a0: cython.double = 0.0
    a1: cython.double = 0.0
    a2: cython.double = 0.0
    c0: cython.double = 0.0
    c1: cython.double = 0.0
    c2: cython.double = 0.0
    e0: cython.double = 0.0
    e1: cython.double = 0.0
    e2: cython.double = 0.0
    g0: cython.double = 0.0
    g1: cython.double = 0.0
    g2: cython.double = 0.0
    b0: cython.double
    b1: cython.double
    b2: cython.double
    px: cython.double
    py: cython.double
    total: cython.double
    nx: cython.double = 0.0
    ny: cython.double = 0.0
    nz: cython.double = 0.0
    fx: cython.double = 0.0
    fy: cython.double = 0.0
    fz: cython.double = 0.0
    vx: cython.double
    vy: cython.double
    vz: cython.double
    length: cython.double
    lit: cython.double
    red: cython.double
    green: cython.double
    blue: cython.double
    alpha: cython.double
    light_red: cython.double
    light_green: cython.double
    light_blue: cython.double
    cover: cython.double
    nearest: cython.double
    old: cython.uint
    share: cython.uint
    rest: cython.uint
    r: cython.uint
    g: cython.uint
    b: cython.uint
    smooth: cython.bint = way == 0 and normals.shape[0] > 0
    each: cython.bint = colours.shape[0] > 1
    wired: cython.bint = wire[3] > 0.0
    with cython.nogil:
        for row in range(first, stop):
            py = row + 0.5
            for column in range(colour.shape[1]):
                face = hits[row, column]
                if face < 0:
                    continue
                px = column + 0.5
                if face != last:
                    last = face
                    i0 = faces[face, 0]
                    i1 = faces[face, 1]
                    i2 = faces[face, 2]
                    x0 = corners[i0, 0]
                    y0 = corners[i0, 1]
                    w0 = corners[i0, 3]
                    x1 = corners[i1, 0]
                    y1 = corners[i1, 1]
                    w1 = corners[i1, 3]
                    x2 = corners[i2, 0]
                    y2 = corners[i2, 1]
                    w2 = corners[i2, 3]
                    a0 = y1 * w2 - y2 * w1
                    c0 = x2 * w1 - x1 * w2
                    e0 = x1 * y2 - x2 * y1
                    a1 = y2 * w0 - y0 * w2
                    c1 = x0 * w2 - x2 * w0
                    e1 = x2 * y0 - x0 * y2
                    a2 = y0 * w1 - y1 * w0
                    c2 = x1 * w0 - x0 * w1
                    e2 = x0 * y1 - x1 * y0
                    if wired:
                        g0 = sqrt(a0 * a0 + c0 * c0)
                        g1 = sqrt(a1 * a1 + c1 * c1)
                        g2 = sqrt(a2 * a2 + c2 * c2)
                    if way != 2:
                        # As doubles, before they are subtracted.
                        fx = vertices[i0, 0]
                        fy = vertices[i0, 1]
                        fz = vertices[i0, 2]
                        nx = vertices[i1, 0] - fx
                        ny = vertices[i1, 1] - fy
                        nz = vertices[i1, 2] - fz
                        vx = vertices[i2, 0] - fx
                        vy = vertices[i2, 1] - fy
                        vz = vertices[i2, 2] - fz
                        fx = ny * vz - nz * vy
                        fy = nz * vx - nx * vz
                        fz = nx * vy - ny * vx
                b0 = a0 * px + c0 * py + e0
                b1 = a1 * px + c1 * py + e1
                b2 = a2 * px + c2 * py + e2
                cover = 0.0
                if wired:
                    nearest = 1e9
                    if g0 > 0.0:
                        nearest = fabs(b0) / g0
                    if g1 > 0.0:
                        length = fabs(b1) / g1
                        nearest = nearest if nearest < length else length
                    if g2 > 0.0:
                        length = fabs(b2) / g2
                        nearest = nearest if nearest < length else length
                    # Half of an edge lies on either face.
                    cover = wire_width * 0.5 + 0.5 - nearest
                    cover = cover if cover > 0.0 else 0.0
                    cover = (cover if cover < 1.0 else 1.0) * wire[3]
                total = b0 + b1 + b2
                if total == 0.0:
                    total = 1.0
                b0 /= total
                b1 /= total
                b2 /= total
                if each:
                    red = b0 * colours[i0, 0] + b1 * colours[i1, 0] + b2 * colours[i2, 0]
                    green = b0 * colours[i0, 1] + b1 * colours[i1, 1] + b2 * colours[i2, 1]
                    blue = b0 * colours[i0, 2] + b1 * colours[i1, 2] + b2 * colours[i2, 2]
                    alpha = b0 * colours[i0, 3] + b1 * colours[i1, 3] + b2 * colours[i2, 3]
                else:
                    red = colours[0, 0]
                    green = colours[0, 1]
                    blue = colours[0, 2]
                    alpha = colours[0, 3]
                if way != 2:
                    nx = fx
                    ny = fy
                    nz = fz
                    if smooth:
                        vx = b0 * normals[i0, 0] + b1 * normals[i1, 0] + b2 * normals[i2, 0]
                        vy = b0 * normals[i0, 1] + b1 * normals[i1, 1] + b2 * normals[i2, 1]
                        vz = b0 * normals[i0, 2] + b1 * normals[i1, 2] + b2 * normals[i2, 2]
                        # Also false for NaN.
                        if vx * vx + vy * vy + vz * vz > 1e-12:
                            nx = vx
                            ny = vy
                            nz = vz
                    length = nx * nx + ny * ny + nz * nz
                    length = 1.0 / sqrt(length) if length > 0.0 else 0.0
                    # From where the eye is: of both sides the one that is seen is lit.
                    vx = eye[0]
                    vy = eye[1]
                    vz = eye[2]
                    if eye[3] > 0.0:
                        vx -= vertices[i0, 0]
                        vy -= vertices[i0, 1]
                        vz -= vertices[i0, 2]
                    if fx * vx + fy * vy + fz * vz < 0.0:
                        # Seen from behind; a normal against its face was turned with it.
                        if nx * fx + ny * fy + nz * fz > 0.0:
                            length = -length
                    elif nx * fx + ny * fy + nz * fz < 0.0:
                        length = -length
                    nx *= length
                    ny *= length
                    nz *= length
                    light_red = ambient[0]
                    light_green = ambient[1]
                    light_blue = ambient[2]
                    for k in range(lights.shape[0]):
                        lit = nx * lights[k, 0] + ny * lights[k, 1] + nz * lights[k, 2]
                        if lit > 0.0:
                            light_red += lit * lights[k, 3]
                            light_green += lit * lights[k, 4]
                            light_blue += lit * lights[k, 5]
                    red *= light_red
                    green *= light_green
                    blue *= light_blue
                if cover > 0.0:
                    red = (red if red < 255.0 else 255.0) * (1.0 - cover) + wire[0] * cover
                    green = (green if green < 255.0 else 255.0) * (1.0 - cover) + wire[1] * cover
                    blue = (blue if blue < 255.0 else 255.0) * (1.0 - cover) + wire[2] * cover
                r = _byte(red)
                g = _byte(green)
                b = _byte(blue)
                share = _byte(alpha * opacity)
                if share == 255:
                    colour[row, column] = (
                        (cython.cast(cython.uint, 255) << 24) | (r << 16) | (g << 8) | b
                    )
                else:
                    old = colour[row, column]
                    if not cython.compiled:
                        old = int(old)
                    rest = 255 - share
                    r = (r * share + ((old >> 16) & 255) * rest + 127) // 255
                    g = (g * share + ((old >> 8) & 255) * rest + 127) // 255
                    b = (b * share + (old & 255) * rest + 127) // 255
                    colour[row, column] = (
                        ((share + ((old >> 24) * rest + 127) // 255) << 24)
                        | (r << 16)
                        | (g << 8)
                        | b
                    )
                if pickable:
                    ids[row, column] = base + cython.cast(cython.uint, face) + 1


def _sum_normals(
    vertices: cython.const[cython.float][:, ::1],
    faces: cython.const[cython.uint][:, ::1],
    sums: cython.double[:, ::1],
) -> None:
    i: cython.Py_ssize_t
    k: cython.Py_ssize_t
    corner: cython.Py_ssize_t
    i0: cython.Py_ssize_t
    i1: cython.Py_ssize_t
    i2: cython.Py_ssize_t
    ax: cython.double
    ay: cython.double
    az: cython.double
    bx: cython.double
    by: cython.double
    bz: cython.double
    nx: cython.double
    ny: cython.double
    nz: cython.double
    total: cython.double
    count: cython.Py_ssize_t = vertices.shape[0]
    with cython.nogil:
        for i in range(faces.shape[0]):
            i0 = faces[i, 0]
            i1 = faces[i, 1]
            i2 = faces[i, 2]
            if i0 >= count or i1 >= count or i2 >= count:
                continue
            # As doubles, before they are subtracted.
            nx = vertices[i0, 0]
            ny = vertices[i0, 1]
            nz = vertices[i0, 2]
            ax = vertices[i1, 0] - nx
            ay = vertices[i1, 1] - ny
            az = vertices[i1, 2] - nz
            bx = vertices[i2, 0] - nx
            by = vertices[i2, 1] - ny
            bz = vertices[i2, 2] - nz
            nx = ay * bz - az * by
            ny = az * bx - ax * bz
            nz = ax * by - ay * bx
            total = nx + ny + nz
            # NaN and inf.
            if total - total != 0.0:
                continue
            for k in range(3):
                corner = faces[i, k]
                sums[corner, 0] += nx
                sums[corner, 1] += ny
                sums[corner, 2] += nz
