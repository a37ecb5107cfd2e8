"""Items of a scene: what `SceneView` draws.

Items are values; arrays in them are never written to again. They are told apart by `key`, and
what changed between two items of a key by the *identity* of their arrays: the same array object
again costs no upload, other colours upload colours alone, other positions positions alone.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage

from eventglass.widgets.plots.gl_camera import Bounds, Place

#: A colour for all, or one for each: red, green, blue, opacity.
Rgba: TypeAlias = tuple[int, int, int, int]
Colours: TypeAlias = npt.NDArray[np.uint8] | Rgba
Rgb: TypeAlias = tuple[float, float, float]

#: Bytes up to which arrays are looked through to tell whether they hold the same.
SHORT_BYTES = 1 << 14
#: Steps of a scale that a reader counts easily.
_ROUND_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Points.

    Parameters
    ----------
    positions : (n, 3) float32
        Points with NaN or inf are not drawn.
    colours : (n, 4) uint8, or one
    sizes : float, or (n,) float32
        Diameters, in device-independent pixels or world units.
    visible : (n,) bool, optional
        Points to draw and to pick; all without.
    order
        Of items that mix where depth doesn't tell; greater ones are drawn later.
    pickable
        Whether the pointer finds them.
    in_front
        Drawn after all that isn't, whatever is before them.
    """

    key: Hashable
    positions: npt.NDArray[np.float32]
    colours: Colours = (47, 111, 237, 255)
    sizes: float | npt.NDArray[np.float32] = 4.0
    shape: Literal["disc", "square", "sphere"] = "disc"
    size_unit: Literal["pixels", "world"] = "pixels"
    visible: npt.NDArray[np.bool_] | None = None
    opacity: float = 1.0
    order: int = 0
    pickable: bool = True
    in_front: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """A surface of triangles.

    Parameters
    ----------
    vertices : (n, 3) float32
    faces : (m, 3) uint32
        Indices below n. Faces at a vertex with NaN or inf are not drawn.
    colours : (n, 4) uint8, or one
    normals : (n, 3) float32, optional
        For smooth shading; computed from the faces where missing.
    shading
        Lit with a normal per vertex, with one per face, or not lit.
    wireframe
        Edges over the faces, or alone.
    back_faces
        Whether faces are seen from behind too.
    """

    key: Hashable
    vertices: npt.NDArray[np.float32]
    faces: npt.NDArray[np.uint32]
    colours: Colours = (160, 160, 160, 255)
    normals: npt.NDArray[np.float32] | None = None
    shading: Literal["smooth", "flat", "none"] = "smooth"
    wireframe: Literal["overlay", "only"] | None = None
    wire_colour: Rgba = (0, 0, 0, 90)
    back_faces: bool = True
    opacity: float = 1.0
    pickable: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """Straight lines.

    Parameters
    ----------
    ends : (k, 2, 3) float32
    colours : (k, 4) uint8, or one
    width
        Device-independent pixels.
    on_top
        Drawn over everything, whatever is before them.
    """

    key: Hashable
    ends: npt.NDArray[np.float32]
    colours: Colours = (102, 112, 132, 255)
    width: float = 1.0
    dashed: bool = False
    on_top: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Sprites:
    """Small pictures that face the eye.

    Parameters
    ----------
    positions : (n, 3) float32
    atlas : QImage or (h, w, 4) uint8
        All pictures, row by row.
    cells : (n,) int32
        Which picture; negative ones are not drawn.
    columns
        Pictures in a row of the atlas.
    cell_size
        Width and height of a picture in the atlas, in its pixels.
    size
        Greater side on the screen, device-independent pixels.
    tint : (n, 4) uint8, optional
        What the pictures are multiplied with.
    in_front
        Drawn after all that isn't, whatever is before them.
    """

    key: Hashable
    positions: npt.NDArray[np.float32]
    atlas: QImage | npt.NDArray[np.uint8]
    cells: npt.NDArray[np.int32]
    columns: int
    cell_size: tuple[int, int]
    size: float = 32.0
    tint: npt.NDArray[np.uint8] | None = None
    visible: npt.NDArray[np.bool_] | None = None
    opacity: float = 1.0
    pickable: bool = True
    in_front: bool = False


Item: TypeAlias = Points | Mesh | Lines | Sprites


def layers(items: Iterable[Item]) -> tuple[list[Item], list[Item]]:
    """Return the items among which depth tells, and those in front of them all."""
    behind: list[Item] = []
    front: list[Item] = []
    for item in items:
        is_front = isinstance(item, Points | Sprites) and item.in_front
        (front if is_front else behind).append(item)
    return behind, front


@dataclass(frozen=True, slots=True)
class Label:
    """A text at a place; of labels that would collide the one of higher priority is shown."""

    position: Place
    text: str
    colour: Rgba | None = None
    bold: bool = False
    priority: float = 0.0
    #: Pixels between the place and the text: half the point's size and a little.
    offset: float = 6.0


@dataclass(frozen=True, slots=True)
class Lights:
    """What lights surfaces.

    Parameters
    ----------
    ambient
        Red, green, blue; 1 is full.
    directional
        Directions *towards* each light, in world units, and their colours.
    headlight
        Whether the directions go with the camera (x right, y up, z towards the eye).
    """

    ambient: Rgb = (0.42, 0.42, 0.42)
    directional: tuple[tuple[Place, Rgb], ...] = (
        ((-0.4, 0.7, 1.0), (0.58, 0.58, 0.58)),
        ((0.8, -0.4, 0.5), (0.12, 0.12, 0.12)),
    )
    headlight: bool = True


@dataclass(frozen=True, slots=True)
class Pick:
    """What was found under the pointer.

    Parameters
    ----------
    key
        Of the item.
    index
        Of the point, the picture or the face.
    position
        Of the point, or where on the face.
    """

    key: Hashable
    index: int
    position: Place


def bounds_of(items: Iterable[Item]) -> Bounds | None:
    """Return the bounds of all points, surfaces and pictures; lines only if nothing else."""
    found: Bounds | None = None
    lines: Bounds | None = None
    for item in items:
        match item:
            case Lines(ends=ends):
                part = Bounds.of(ends.reshape(-1, 3))
                lines = part.united(lines) if part is not None else lines
                continue
            case Mesh(vertices=places):
                part = Bounds.of(places)
            case _:
                places = item.positions if item.visible is None else item.positions[item.visible]
                part = Bounds.of(places)
        found = part.united(found) if part is not None else found
    return found or lines


def round_step(length: float, parts: int = 5) -> float:
    """Return the round number that divides a length into about so many parts."""
    if not math.isfinite(length) or length <= 0.0:
        return 1.0
    rough = length / parts
    power = 10.0 ** math.floor(math.log10(rough))
    return next(step * power for step in _ROUND_STEPS if step * power >= rough * 0.999)


def bounding_box(key: Hashable, bounds: Bounds, colour: Rgba = (102, 112, 132, 160)) -> Lines:
    """Return the twelve edges of a box."""
    corners = bounds.corners().astype(np.float32)
    pairs = [(i, i | bit) for bit in (1, 2, 4) for i in range(8) if not i & bit]
    return Lines(key, corners[np.array(pairs)], colour)


def axes(
    key: Hashable, bounds: Bounds, colours: Sequence[Rgba], origin: Place | None = None
) -> Lines:
    """Return three lines along x, y and z from the lower corner, or from an origin."""
    start = np.asarray(bounds.lower if origin is None else origin, np.float32)
    length = np.float32(max(bounds.extent) or 1e-12)
    ends = np.repeat(start[None, None, :], 3, axis=0).repeat(2, axis=1)
    ends[:, 1] += np.eye(3, dtype=np.float32) * length
    return Lines(key, ends, np.array(colours, np.uint8), width=1.5)


def axis_labels(
    bounds: Bounds, colours: Sequence[Rgba], origin: Place | None = None
) -> list[Label]:
    """Return the letters at the ends of `axes`."""
    start = np.asarray(bounds.lower if origin is None else origin, np.float64)
    ends = start + np.eye(3) * (max(bounds.extent) or 1e-12)
    return [
        Label((float(end[0]), float(end[1]), float(end[2])), name, colour, bold=True, priority=1e9)
        for end, name, colour in zip(ends, "xyz", colours, strict=True)
    ]


def grid(
    key: Hashable,
    bounds: Bounds,
    colour: Rgba = (102, 112, 132, 90),
    upright: Literal["x", "y", "z"] = "y",
) -> Lines:
    """Return lines on the floor below a box, at round numbers."""
    high = "xyz".index(upright)
    flat = [axis for axis in range(3) if axis != high]
    step = round_step(max(bounds.extent[axis] for axis in flat) or 1e-12, 8)
    ticks = []
    for axis in flat:
        first = math.floor(bounds.lower[axis] / step)
        last = max(math.ceil(bounds.upper[axis] / step), first + 1)
        ticks.append(np.arange(first, last + 1) * step)
    ends = []
    for along, across in ((0, 1), (1, 0)):
        for tick in ticks[across]:
            line = np.empty((2, 3))
            line[:, high] = bounds.lower[high]
            line[:, flat[across]] = tick
            line[:, flat[along]] = ticks[along][0], ticks[along][-1]
            ends.append(line)
    return Lines(key, np.array(ends, np.float32), colour)


def draws_same(first: Item, second: Item) -> bool:
    """Tell whether two items draw the same: long arrays by identity, all else by what it is."""
    if first is second:
        return True
    if type(first) is not type(second):
        return False
    return all(
        _equal(getattr(first, each.name), getattr(second, each.name)) for each in fields(first)
    )


def _equal(first: object, second: object) -> bool:
    if first is second:
        return True
    if isinstance(first, np.ndarray) and isinstance(second, np.ndarray):
        short = first.nbytes <= SHORT_BYTES and first.shape == second.shape
        return short and first.dtype == second.dtype and np.array_equal(first, second)
    arrays = np.ndarray | QImage
    return not isinstance(first, arrays) and not isinstance(second, arrays) and first == second
