"""Points, lines and small pictures in space, drawn into an image with depths.

What is drawn goes through a *matrix* (4, 4) from world to homogeneous pixels: x and y over w are
pixels from the upper left corner, z over w is the depth, -1 (nearest) to 1. Smaller depths win;
of equal ones what was drawn last. A *target* holds, for each pixel, the colour (0xAARRGGBB,
premultiplied), the depth, and an id: 0, or 1 + `base` + the index of what is seen there.

All functions draw the rows [first, stop) alone, so that threads can share a target. None holds
the GIL.
"""

# mypy: disable-error-code="valid-type"
# (Cython's const views are no types to mypy.)

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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

#: Whether this runs compiled; else drawing takes a hundred times as long.
FAST = bool(cython.compiled)
#: Shapes of points.
DISC, SQUARE, SPHERE = 0, 1, 2
#: Which points a pass draws: all as they are opaque, the opaque ones, the others.
ALL, OPAQUE, TRANSLUCENT = 0, 1, 2
#: A depth nothing is behind.
FARTHEST = 3.0e38
#: From where spheres are lit (x right, y down, z towards the eye), and how much at least.
SPHERE_LIGHT = (-0.37, -0.55, 0.75)
SPHERE_AMBIENT = 0.45

_light_x = cython.declare(cython.double, SPHERE_LIGHT[0])
_light_y = cython.declare(cython.double, SPHERE_LIGHT[1])
_light_z = cython.declare(cython.double, SPHERE_LIGHT[2])
_ambient = cython.declare(cython.double, SPHERE_AMBIENT)
#: Lines come so much nearer, so that edges on a surface are not half hidden by it.
_lift = cython.declare(cython.double, 2.0e-4)
_tiny = cython.declare(cython.double, 1.0e-12)


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """An image with depths and ids.

    Parameters
    ----------
    colours : (h, w) uint32
    depths : (h, w) float32
    ids : (h, w) uint32
    """

    colours: npt.NDArray[np.uint32]
    depths: npt.NDArray[np.float32]
    ids: npt.NDArray[np.uint32]

    @classmethod
    def empty(cls, width: int, height: int, colour: int = 0) -> Target:
        """Return a target of one colour, with nothing in it."""
        return cls(
            np.full((height, width), colour, np.uint32),
            np.full((height, width), FARTHEST, np.float32),
            np.zeros((height, width), np.uint32),
        )

    def clear(self, colour: int = 0) -> None:
        """Forget what was drawn."""
        self.colours.fill(colour)
        self.depths.fill(FARTHEST)
        self.ids.fill(0)

    @property
    def height(self) -> int:
        """Number of rows."""
        return len(self.colours)


def draw_points(
    target: Target,
    matrix: npt.NDArray[np.float64],
    positions: npt.NDArray[np.float32],
    colours: npt.NDArray[np.uint8],
    sizes: npt.NDArray[np.float32],
    visible: npt.NDArray[np.bool_] | None,
    *,
    per_world: float = 0.0,
    ratio: float = 1.0,
    shape: int = DISC,
    opacity: float = 1.0,
    part: int = ALL,
    smooth: bool = False,
    plane: npt.NDArray[np.float64] | None = None,
    base: int = 0,
    pickable: bool = True,
    first: int = 0,
    stop: int | None = None,
) -> None:
    """Draw points.

    Parameters
    ----------
    matrix : (4, 4) float64
    positions : (n, 3) float32
    colours : (n, 4) or (1, 4) uint8
    sizes : (n,) or (1,) float32
        Diameters; times `ratio` in pixels, or, with `per_world`, in world units: as many pixels
        for each at w = 1.
    plane : (4,) float64, optional
        Points on its negative side are left out.
    part
        Which points, by their opacity: `ALL` draws all and takes them as opaque.
    smooth
        Whether edges are blended.
    """
    _points(
        target.colours,
        target.depths,
        target.ids,
        np.ascontiguousarray(matrix, np.float64),
        _wide(positions),
        _given(colours),
        _wide(sizes),
        _given(_bytes(visible)),
        np.empty(0) if plane is None else np.ascontiguousarray(plane, np.float64),
        per_world,
        ratio,
        shape,
        opacity,
        part,
        smooth,
        base,
        pickable,
        first,
        target.height if stop is None else stop,
    )


def draw_lines(
    target: Target,
    matrix: npt.NDArray[np.float64],
    ends: npt.NDArray[np.float32],
    colours: npt.NDArray[np.uint8],
    *,
    width: float = 1.0,
    dash: float = 0.0,
    on_top: bool = False,
    opacity: float = 1.0,
    plane: npt.NDArray[np.float64] | None = None,
    first: int = 0,
    stop: int | None = None,
) -> None:
    """Draw straight lines, antialiased; they hide nothing.

    Parameters
    ----------
    ends : (k, 2, 3) float32
    colours : (k, 4) or (1, 4) uint8
    width, dash
        Pixels; without a dash they are drawn through.
    on_top
        Whether they lie over everything.
    """
    _lines(
        target.colours,
        target.depths,
        np.ascontiguousarray(matrix, np.float64),
        _wide(ends),
        _given(colours),
        np.empty(0) if plane is None else np.ascontiguousarray(plane, np.float64),
        width,
        dash,
        on_top,
        opacity,
        first,
        target.height if stop is None else stop,
    )


def draw_sprites(
    target: Target,
    matrix: npt.NDArray[np.float64],
    positions: npt.NDArray[np.float32],
    atlas: npt.NDArray[np.uint8],
    cells: npt.NDArray[np.int32],
    order: npt.NDArray[np.int64],
    columns: int,
    cell_width: int,
    cell_height: int,
    tint: npt.NDArray[np.uint8] | None = None,
    *,
    opacity: float = 1.0,
    plane: npt.NDArray[np.float64] | None = None,
    base: int = 0,
    pickable: bool = True,
    first: int = 0,
    stop: int | None = None,
) -> None:
    """Draw pictures pixel by pixel, their middle at their place.

    Parameters
    ----------
    atlas : (h, w, 4) uint8
        Red, green, blue, opacity; not premultiplied. `columns` pictures in a row.
    cells : (n,) int32
        Which picture; those that are not in the atlas are left out.
    order : (k,) int64
        Which to draw, the farthest first.
    """
    _sprites(
        target.colours,
        target.depths,
        target.ids,
        np.ascontiguousarray(matrix, np.float64),
        _wide(positions),
        _given(atlas),
        _given(cells),
        order,
        columns,
        cell_width,
        cell_height,
        _given(np.empty((0, 4), np.uint8) if tint is None else tint),
        np.empty(0) if plane is None else np.ascontiguousarray(plane, np.float64),
        opacity,
        base,
        pickable,
        first,
        target.height if stop is None else stop,
    )


def fade(
    target: Target,
    background: tuple[int, int, int],
    near: float,
    far: float,
    orthographic: bool,
    begin: float,
    end: float,
    amount: float,
    *,
    first: int = 0,
    stop: int | None = None,
) -> None:
    """Let what is farther than `begin` fade, by `amount` at `end`, towards a background."""
    red, green, blue = background
    _fade(
        target.colours,
        target.depths,
        red,
        green,
        blue,
        near,
        far,
        orthographic,
        begin,
        end,
        amount,
        first,
        target.height if stop is None else stop,
    )


def halved(
    colours: npt.NDArray[np.uint32],
    out: npt.NDArray[np.uint32],
    *,
    first: int = 0,
    stop: int | None = None,
) -> None:
    """Write the mean of each 2 × 2 pixels of (2h, 2w) `colours` into (h, w) `out`."""
    _halve(colours, out, first, out.shape[0] if stop is None else stop)


def _bytes(visible: npt.NDArray[np.bool_] | None) -> npt.NDArray[np.uint8]:
    return np.empty(0, np.uint8) if visible is None else visible.view(np.uint8)


def _wide(values: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
    """Return numbers as they are; uncompiled as the doubles that compiled code makes of them."""
    return values if cython.compiled else values.astype(np.float64)


def _given(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return bytes as they are; uncompiled as integers that do not overflow."""
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
def _whole(x: cython.double) -> cython.uint:
    """The nearest whole number of one ≥ 0."""
    if cython.compiled:
        return cython.cast(cython.uint, x + 0.5)
    return int(x + 0.5)


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def _over(
    old: cython.uint, red: cython.uint, green: cython.uint, blue: cython.uint, share: cython.uint
) -> cython.uint:
    """Blend a colour over a premultiplied one; `share` of 255."""
    rest: cython.uint = 255 - share
    a: cython.uint
    r: cython.uint
    g: cython.uint
    b: cython.uint
    if not cython.compiled:
        old = int(old)
    a = 255 * share + ((old >> 24) & 255) * rest + 128
    r = red * share + ((old >> 16) & 255) * rest + 128
    g = green * share + ((old >> 8) & 255) * rest + 128
    b = blue * share + (old & 255) * rest + 128
    a = (a + (a >> 8)) >> 8
    r = (r + (r >> 8)) >> 8
    g = (g + (g >> 8)) >> 8
    b = (b + (b >> 8)) >> 8
    return (a << 24) | (r << 16) | (g << 8) | b


def _points(
    colour: cython.uint[:, ::1],
    depth: cython.float[:, ::1],
    ids: cython.uint[:, ::1],
    matrix: cython.const[cython.double][:, ::1],
    positions: cython.const[cython.float][:, ::1],
    colours: cython.const[cython.uchar][:, ::1],
    sizes: cython.const[cython.float][::1],
    visible: cython.const[cython.uchar][::1],
    plane: cython.const[cython.double][::1],
    per_world: cython.double,
    ratio: cython.double,
    shape: cython.int,
    opacity: cython.double,
    part: cython.int,
    smooth: cython.bint,
    base: cython.uint,
    pickable: cython.bint,
    first: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
) -> None:
    i: cython.Py_ssize_t
    row: cython.Py_ssize_t
    column: cython.Py_ssize_t
    left: cython.Py_ssize_t
    right: cython.Py_ssize_t
    top: cython.Py_ssize_t
    bottom: cython.Py_ssize_t
    px: cython.double
    py: cython.double
    pz: cython.double
    x: cython.double
    y: cython.double
    z: cython.double
    w: cython.double
    radius: cython.double
    reach: cython.double
    square: cython.double
    dx: cython.double
    dy: cython.double
    away: cython.double
    lit: cython.double
    cover: cython.double
    near: cython.float
    red: cython.uint
    green: cython.uint
    blue: cython.uint
    alpha: cython.uint
    packed: cython.uint
    share: cython.uint
    own: cython.Py_ssize_t
    count: cython.Py_ssize_t = positions.shape[0]
    columns: cython.Py_ssize_t = colour.shape[1]
    each_colour: cython.bint = colours.shape[0] > 1
    each_size: cython.bint = sizes.shape[0] > 1
    some: cython.bint = visible.shape[0] > 0
    cut: cython.bint = plane.shape[0] > 0
    m00: cython.double = matrix[0, 0]
    m01: cython.double = matrix[0, 1]
    m02: cython.double = matrix[0, 2]
    m03: cython.double = matrix[0, 3]
    m10: cython.double = matrix[1, 0]
    m11: cython.double = matrix[1, 1]
    m12: cython.double = matrix[1, 2]
    m13: cython.double = matrix[1, 3]
    m20: cython.double = matrix[2, 0]
    m21: cython.double = matrix[2, 1]
    m22: cython.double = matrix[2, 2]
    m23: cython.double = matrix[2, 3]
    m30: cython.double = matrix[3, 0]
    m31: cython.double = matrix[3, 1]
    m32: cython.double = matrix[3, 2]
    m33: cython.double = matrix[3, 3]
    if colours.shape[0] == 0 or sizes.shape[0] == 0:
        return
    with cython.nogil:
        for i in range(count):
            if some and visible[i] == 0:
                continue
            px = positions[i, 0]
            py = positions[i, 1]
            pz = positions[i, 2]
            w = m30 * px + m31 * py + m32 * pz + m33
            # Also false for NaN.
            if not w > _tiny:
                continue
            w = 1.0 / w
            y = (m10 * px + m11 * py + m12 * pz + m13) * w
            radius = sizes[i if each_size else 0] * 0.5
            radius = radius * per_world * w if per_world > 0.0 else radius * ratio
            if not radius > 0.5:
                radius = 0.5
            reach = radius + 0.5 if smooth else radius
            if not (y + reach > first and y - reach < stop):
                continue
            x = (m00 * px + m01 * py + m02 * pz + m03) * w
            z = (m20 * px + m21 * py + m22 * pz + m23) * w
            if not (x + reach > 0.0 and x - reach < columns and -1.0 <= z <= 1.0):
                continue
            if cut and not plane[0] * px + plane[1] * py + plane[2] * pz + plane[3] >= 0.0:
                continue
            own = i if each_colour else 0
            alpha = colours[own, 3]
            if part != 0:
                if opacity < 1.0:
                    alpha = _whole(alpha * opacity)
                if (alpha == 255) != (part == 1):
                    continue
                if alpha == 0:
                    continue
            else:
                alpha = 255
            red = colours[own, 0]
            green = colours[own, 1]
            blue = colours[own, 2]
            near = z
            if radius <= 0.75:
                # One pixel.
                row = _floor(y)
                column = _floor(x)
                if first <= row < stop and 0 <= column < columns and near <= depth[row, column]:
                    if alpha == 255:
                        colour[row, column] = (
                            (cython.cast(cython.uint, 255) << 24)
                            | (red << 16)
                            | (green << 8)
                            | blue
                        )
                        depth[row, column] = near
                    else:
                        colour[row, column] = _over(colour[row, column], red, green, blue, alpha)
                    if pickable:
                        ids[row, column] = base + i + 1
                continue
            # Pixels whose middle lies within reach.
            left = _floor(x - reach + 0.5)
            right = _floor(x + reach + 0.5)
            top = _floor(y - reach + 0.5)
            bottom = _floor(y + reach + 0.5)
            left = left if left > 0 else 0
            right = right if right < columns else columns
            top = top if top > first else first
            bottom = bottom if bottom < stop else stop
            square = reach * reach
            packed = (cython.cast(cython.uint, 255) << 24) | (red << 16) | (green << 8) | blue
            for row in range(top, bottom):
                dy = row + 0.5 - y
                for column in range(left, right):
                    if not near <= depth[row, column]:
                        continue
                    dx = column + 0.5 - x
                    cover = 1.0
                    if shape != 1:
                        away = dx * dx + dy * dy
                        if away > square:
                            continue
                        if smooth:
                            cover = radius + 0.5 - sqrt(away)
                            cover = cover if cover < 1.0 else 1.0
                        if shape == 2:
                            lit = 1.0 - away / (radius * radius)
                            lit = sqrt(lit) if lit > 0.0 else 0.0
                            lit = (dx * _light_x + dy * _light_y) / radius + lit * _light_z
                            lit = _ambient + (1.0 - _ambient) * (lit if lit > 0.0 else 0.0) * 1.05
                            lit = lit if lit < 1.0 else 1.0
                            red = _whole(colours[own, 0] * lit)
                            green = _whole(colours[own, 1] * lit)
                            blue = _whole(colours[own, 2] * lit)
                            packed = (
                                (cython.cast(cython.uint, 255) << 24)
                                | (red << 16)
                                | (green << 8)
                                | blue
                            )
                    elif smooth:
                        away = radius + 0.5 - (dx if dx > 0.0 else -dx)
                        lit = radius + 0.5 - (dy if dy > 0.0 else -dy)
                        away = away if away < 1.0 else 1.0
                        lit = lit if lit < 1.0 else 1.0
                        cover = away * lit if away > 0.0 and lit > 0.0 else 0.0
                    if alpha == 255 and cover >= 0.998:
                        colour[row, column] = packed
                    else:
                        share = _whole(alpha * cover)
                        colour[row, column] = _over(colour[row, column], red, green, blue, share)
                    if cover >= 0.5:
                        if pickable:
                            ids[row, column] = base + i + 1
                        if alpha == 255:
                            depth[row, column] = near


def _lines(
    colour: cython.uint[:, ::1],
    depth: cython.float[:, ::1],
    matrix: cython.const[cython.double][:, ::1],
    ends: cython.const[cython.float][:, :, ::1],
    colours: cython.const[cython.uchar][:, ::1],
    plane: cython.const[cython.double][::1],
    width: cython.double,
    dash: cython.double,
    on_top: cython.bint,
    opacity: cython.double,
    first: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
) -> None:
    i: cython.Py_ssize_t
    k: cython.Py_ssize_t
    own: cython.Py_ssize_t
    step: cython.Py_ssize_t
    begin: cython.Py_ssize_t
    end: cython.Py_ssize_t
    aside: cython.Py_ssize_t
    low: cython.Py_ssize_t
    high: cython.Py_ssize_t
    row: cython.Py_ssize_t
    column: cython.Py_ssize_t
    x0: cython.double
    y0: cython.double
    z0: cython.double
    w0: cython.double
    x1: cython.double
    y1: cython.double
    z1: cython.double
    w1: cython.double
    p0: cython.double
    p1: cython.double
    t: cython.double
    dx: cython.double
    dy: cython.double
    length: cython.double
    slope: cython.double
    lean: cython.double
    reach: cython.double
    middle: cython.double
    cover: cython.double
    along: cython.double
    z: cython.double
    steep: cython.bint
    red: cython.uint
    green: cython.uint
    blue: cython.uint
    alpha: cython.double
    columns: cython.Py_ssize_t = colour.shape[1]
    extent: cython.Py_ssize_t
    limit: cython.Py_ssize_t
    floor: cython.Py_ssize_t
    half: cython.double = width * 0.5
    cut: cython.bint = plane.shape[0] > 0
    if colours.shape[0] == 0:
        return
    with cython.nogil:
        for i in range(ends.shape[0]):
            own = i if colours.shape[0] > 1 else 0
            x0 = (
                matrix[0, 0] * ends[i, 0, 0]
                + matrix[0, 1] * ends[i, 0, 1]
                + matrix[0, 2] * ends[i, 0, 2]
                + matrix[0, 3]
            )
            y0 = (
                matrix[1, 0] * ends[i, 0, 0]
                + matrix[1, 1] * ends[i, 0, 1]
                + matrix[1, 2] * ends[i, 0, 2]
                + matrix[1, 3]
            )
            z0 = (
                matrix[2, 0] * ends[i, 0, 0]
                + matrix[2, 1] * ends[i, 0, 1]
                + matrix[2, 2] * ends[i, 0, 2]
                + matrix[2, 3]
            )
            w0 = (
                matrix[3, 0] * ends[i, 0, 0]
                + matrix[3, 1] * ends[i, 0, 1]
                + matrix[3, 2] * ends[i, 0, 2]
                + matrix[3, 3]
            )
            x1 = (
                matrix[0, 0] * ends[i, 1, 0]
                + matrix[0, 1] * ends[i, 1, 1]
                + matrix[0, 2] * ends[i, 1, 2]
                + matrix[0, 3]
            )
            y1 = (
                matrix[1, 0] * ends[i, 1, 0]
                + matrix[1, 1] * ends[i, 1, 1]
                + matrix[1, 2] * ends[i, 1, 2]
                + matrix[1, 3]
            )
            z1 = (
                matrix[2, 0] * ends[i, 1, 0]
                + matrix[2, 1] * ends[i, 1, 1]
                + matrix[2, 2] * ends[i, 1, 2]
                + matrix[2, 3]
            )
            w1 = (
                matrix[3, 0] * ends[i, 1, 0]
                + matrix[3, 1] * ends[i, 1, 1]
                + matrix[3, 2] * ends[i, 1, 2]
                + matrix[3, 3]
            )
            # What is before the nearest plane (z < -w) is cut off, then what is beyond the plane.
            for k in range(2 if cut else 1):
                if k == 0:
                    p0 = z0 + w0
                    p1 = z1 + w1
                else:
                    p0 = (
                        plane[0] * ends[i, 0, 0]
                        + plane[1] * ends[i, 0, 1]
                        + plane[2] * ends[i, 0, 2]
                        + plane[3]
                    )
                    p1 = (
                        plane[0] * ends[i, 1, 0]
                        + plane[1] * ends[i, 1, 1]
                        + plane[2] * ends[i, 1, 2]
                        + plane[3]
                    )
                if not (p0 >= 0.0 or p1 >= 0.0):
                    w0 = -1.0
                    w1 = -1.0
                    break
                if p0 < 0.0:
                    t = p0 / (p0 - p1)
                    x0 += (x1 - x0) * t
                    y0 += (y1 - y0) * t
                    z0 += (z1 - z0) * t
                    w0 += (w1 - w0) * t
                elif p1 < 0.0:
                    t = p1 / (p1 - p0)
                    x1 += (x0 - x1) * t
                    y1 += (y0 - y1) * t
                    z1 += (z0 - z1) * t
                    w1 += (w0 - w1) * t
            if not (w0 > _tiny and w1 > _tiny):
                continue
            x0 /= w0
            y0 /= w0
            z0 /= w0
            x1 /= w1
            y1 /= w1
            z1 /= w1
            dx = x1 - x0
            dy = y1 - y0
            length = sqrt(dx * dx + dy * dy)
            # Also false for NaN and inf.
            if not 1e-9 < length < 1e9:
                continue
            red = colours[own, 0]
            green = colours[own, 1]
            blue = colours[own, 2]
            alpha = colours[own, 3] * opacity
            # Along the longer side pixel by pixel, across it as far as the pen reaches.
            steep = (dy if dy > 0.0 else -dy) > (dx if dx > 0.0 else -dx)
            if steep:
                x0, y0 = y0, x0
                x1, y1 = y1, x1
            if x0 > x1:
                x0, x1 = x1, x0
                y0, y1 = y1, y0
                z0, z1 = z1, z0
            slope = (y1 - y0) / (x1 - x0)
            # Across the pen lies so much more than its width.
            lean = (x1 - x0) / length
            reach = (half + 0.5) / lean
            floor = first if steep else 0
            extent = stop if steep else columns
            limit = columns if steep else stop
            begin = _floor(x0 if x0 > -1e8 else -1e8)
            end = _floor(x1 if x1 < 1e8 else 1e8) + 1
            begin = begin if begin > floor else floor
            end = end if end < extent else extent
            for step in range(begin, end):
                # The pixel an end falls in is covered in part.
                along = step + 0.5 - x0
                t = along / (x1 - x0)
                along = along if along < x1 - x0 - along else x1 - x0 - along
                along += 0.5
                if along <= 0.0:
                    continue
                along = along if along < 1.0 else 1.0
                t = t if t > 0.0 else 0.0
                t = t if t < 1.0 else 1.0
                if dash > 0.0 and (_floor(t * length / dash) & 1) == 1:
                    continue
                middle = y0 + slope * (step + 0.5 - x0)
                z = z0 + (z1 - z0) * t - _lift
                if not (on_top or z <= 1.0):
                    continue
                if not -1e8 < middle < 1e8:
                    continue
                low = _floor(middle - reach + 0.5)
                high = _floor(middle + reach + 0.5)
                low = low if low > (0 if steep else first) else (0 if steep else first)
                high = high if high < limit else limit
                for aside in range(low, high):
                    row = step if steep else aside
                    column = aside if steep else step
                    if not on_top and not z <= depth[row, column]:
                        continue
                    cover = aside + 0.5 - middle
                    cover = (half + 0.5) - (cover if cover > 0.0 else -cover) * lean
                    if cover <= 0.0:
                        continue
                    cover = cover if cover < 1.0 else 1.0
                    # Thinner than a pixel: never more than its width.
                    cover = cover if cover < width else width
                    colour[row, column] = _over(
                        colour[row, column], red, green, blue, _whole(alpha * cover * along)
                    )


def _sprites(
    colour: cython.uint[:, ::1],
    depth: cython.float[:, ::1],
    ids: cython.uint[:, ::1],
    matrix: cython.const[cython.double][:, ::1],
    positions: cython.const[cython.float][:, ::1],
    atlas: cython.const[cython.uchar][:, :, ::1],
    cells: cython.const[cython.int][::1],
    order: cython.const[cython.longlong][::1],
    columns: cython.Py_ssize_t,
    cell_width: cython.Py_ssize_t,
    cell_height: cython.Py_ssize_t,
    tint: cython.const[cython.uchar][:, ::1],
    plane: cython.const[cython.double][::1],
    opacity: cython.double,
    base: cython.uint,
    pickable: cython.bint,
    first: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
) -> None:
    k: cython.Py_ssize_t
    i: cython.Py_ssize_t
    row: cython.Py_ssize_t
    column: cython.Py_ssize_t
    left: cython.Py_ssize_t
    top: cython.Py_ssize_t
    from_x: cython.Py_ssize_t
    from_y: cython.Py_ssize_t
    first_row: cython.Py_ssize_t
    stop_row: cython.Py_ssize_t
    first_column: cython.Py_ssize_t
    stop_column: cython.Py_ssize_t
    px: cython.double
    py: cython.double
    pz: cython.double
    x: cython.double
    y: cython.double
    z: cython.double
    w: cython.double
    near: cython.float
    red: cython.uint
    green: cython.uint
    blue: cython.uint
    share: cython.uint
    tints: cython.Py_ssize_t = tint.shape[0]
    own: cython.Py_ssize_t
    cut: cython.bint = plane.shape[0] > 0
    if columns < 1 or cell_width < 1 or cell_height < 1:
        return
    with cython.nogil:
        for k in range(order.shape[0]):
            i = order[k]
            if cells[i] < 0:
                continue
            from_x = cells[i] % columns * cell_width
            from_y = cells[i] // columns * cell_height
            if from_x + cell_width > atlas.shape[1] or from_y + cell_height > atlas.shape[0]:
                continue
            px = positions[i, 0]
            py = positions[i, 1]
            pz = positions[i, 2]
            w = matrix[3, 0] * px + matrix[3, 1] * py + matrix[3, 2] * pz + matrix[3, 3]
            if not w > _tiny:
                continue
            x = (matrix[0, 0] * px + matrix[0, 1] * py + matrix[0, 2] * pz + matrix[0, 3]) / w
            y = (matrix[1, 0] * px + matrix[1, 1] * py + matrix[1, 2] * pz + matrix[1, 3]) / w
            z = (matrix[2, 0] * px + matrix[2, 1] * py + matrix[2, 2] * pz + matrix[2, 3]) / w
            if not (-1e6 < x < 1e6 and -1e6 < y < 1e6 and -1.0 <= z <= 1.0):
                continue
            if cut and not plane[0] * px + plane[1] * py + plane[2] * pz + plane[3] >= 0.0:
                continue
            near = z
            left = _floor(x - cell_width * 0.5 + 0.5)
            top = _floor(y - cell_height * 0.5 + 0.5)
            first_row = top if top > first else first
            stop_row = top + cell_height if top + cell_height < stop else stop
            first_column = left if left > 0 else 0
            stop_column = left + cell_width
            stop_column = stop_column if stop_column < colour.shape[1] else colour.shape[1]
            own = i if tints > 1 else 0
            for row in range(first_row, stop_row):
                for column in range(first_column, stop_column):
                    if not near <= depth[row, column]:
                        continue
                    red = atlas[from_y + row - top, from_x + column - left, 0]
                    green = atlas[from_y + row - top, from_x + column - left, 1]
                    blue = atlas[from_y + row - top, from_x + column - left, 2]
                    share = atlas[from_y + row - top, from_x + column - left, 3]
                    if tints > 0:
                        red = (red * tint[own, 0] + 127) // 255
                        green = (green * tint[own, 1] + 127) // 255
                        blue = (blue * tint[own, 2] + 127) // 255
                        share = (share * tint[own, 3] + 127) // 255
                    share = _whole(share * opacity)
                    if share == 0:
                        continue
                    colour[row, column] = _over(colour[row, column], red, green, blue, share)
                    if share >= 128:
                        depth[row, column] = near
                    if pickable:
                        ids[row, column] = base + i + 1


def _fade(
    colour: cython.uint[:, ::1],
    depth: cython.const[cython.float][:, ::1],
    red: cython.uint,
    green: cython.uint,
    blue: cython.uint,
    near: cython.double,
    far: cython.double,
    orthographic: cython.bint,
    begin: cython.double,
    end: cython.double,
    amount: cython.double,
    first: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
) -> None:
    row: cython.Py_ssize_t
    column: cython.Py_ssize_t
    away: cython.double
    share: cython.uint
    old: cython.uint
    opacity: cython.uint
    if not end > begin:
        return
    with cython.nogil:
        for row in range(first, stop):
            for column in range(colour.shape[1]):
                if depth[row, column] > 1.5:
                    continue
                if orthographic:
                    away = (far + near + depth[row, column] * (far - near)) * 0.5
                else:
                    away = 2.0 * far * near / (far + near - depth[row, column] * (far - near))
                away = (away - begin) / (end - begin)
                if away <= 0.0:
                    continue
                share = _whole(255.0 * amount * (away if away < 1.0 else 1.0))
                old = colour[row, column]
                if not cython.compiled:
                    old = int(old)
                # As opaque as before.
                opacity = old >> 24
                if opacity == 255:
                    colour[row, column] = _over(old, red, green, blue, share)
                else:
                    colour[row, column] = _over(
                        0,
                        _unmixed((old >> 16) & 255, red, share, opacity),
                        _unmixed((old >> 8) & 255, green, share, opacity),
                        _unmixed(old & 255, blue, share, opacity),
                        opacity,
                    )


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def _unmixed(
    old: cython.uint, other: cython.uint, share: cython.uint, opacity: cython.uint
) -> cython.uint:
    """Return a premultiplied channel's own value, mixed with another."""
    own: cython.uint
    if opacity == 0:
        return other
    own = (old * 255 + opacity // 2) // opacity
    own = own if own < 255 else 255
    return (own * (255 - share) + other * share + 127) // 255


def _halve(
    colours: cython.const[cython.uint][:, ::1],
    out: cython.uint[:, ::1],
    first: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
) -> None:
    row: cython.Py_ssize_t
    column: cython.Py_ssize_t
    a: cython.uint
    b: cython.uint
    c: cython.uint
    d: cython.uint
    even: cython.uint
    odd: cython.uint
    mask: cython.uint = 0x00FF00FF
    with cython.nogil:
        for row in range(first, stop):
            for column in range(out.shape[1]):
                a = colours[2 * row, 2 * column]
                b = colours[2 * row, 2 * column + 1]
                c = colours[2 * row + 1, 2 * column]
                d = colours[2 * row + 1, 2 * column + 1]
                # Two channels at a time; sums of four bytes and the half have room in 16 bits.
                even = (a & mask) + (b & mask) + (c & mask) + (d & mask) + 0x00020002
                odd = ((a >> 8) & mask) + ((b >> 8) & mask) + ((c >> 8) & mask) + ((d >> 8) & mask)
                odd = odd + 0x00020002
                out[row, column] = ((even >> 2) & mask) | (((odd >> 2) & mask) << 8)
