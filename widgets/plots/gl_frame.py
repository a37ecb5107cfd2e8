"""What is drawn of a scene at one moment, and what comes of it: shared by both renderers."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage

from eventglass.app.core.compute.scene_faces import vertex_normals
from eventglass.widgets.plots.gl_camera import Camera, Matrix
from eventglass.widgets.plots.gl_items import Colours, Item, Lights, Lines, Mesh, Pick, Points, Rgba

#: How far from the pointer something is still found, device-independent pixels.
REACH_PX = 6.0


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture to be drawn.

    Parameters
    ----------
    width, height
        Pixels of the whole picture.
    part
        Left, top, width and height of what is wanted of it.
    ratio
        Pixels for each device-independent one.
    background
        Straight, not premultiplied.
    clip
        What lies where ``a·x + b·y + c·z + d < 0`` is cut away.
    fog
        How much the farthest fades; 0 to 1.
    fine
        Whether edges are to be smooth at any cost.
    """

    items: tuple[Item, ...]
    camera: Camera
    width: int
    height: int
    part: tuple[int, int, int, int]
    ratio: float = 1.0
    background: Rgba = (255, 255, 255, 255)
    lights: Lights = field(default_factory=Lights)
    clip: tuple[float, float, float, float] | None = None
    fog: float = 0.0
    fine: bool = False

    def parted(self, part: tuple[int, int, int, int]) -> Frame:
        """Return the frame of another part of the picture."""
        return replace(self, part=part)

    def pixel_matrix(self) -> Matrix:
        """Return the (4, 4) matrix from world to homogeneous pixels of the part.

        At the target w is 1, so that worlds of any size stay within what numbers hold.
        """
        left, top, _width, _height = self.part
        to_pixels = np.array(
            [
                [self.width / 2.0, 0.0, 0.0, self.width / 2.0 - left],
                [0.0, -self.height / 2.0, 0.0, self.height / 2.0 - top],
                [0.0, 0.0, 1.0, 0.0],
                [0.0, 0.0, 0.0, 1.0],
            ]
        )
        made: Matrix = to_pixels @ self.camera.matrix(self.width / max(self.height, 1))
        return made if self.camera.orthographic else made / self.camera.distance

    def per_world(self) -> float:
        """Return how many pixels a world unit has where w is 1."""
        return self.height / (2.0 * self.camera.half_height)

    def light_rows(self) -> Matrix:
        """Return directions towards the lights in the world, and their colours, (k, 6)."""
        rows = []
        for direction, colour in self.lights.directional:
            towards = np.asarray(direction, np.float64)
            if self.lights.headlight:
                towards = towards @ self.camera.axes
            length = float(np.linalg.norm(towards))
            if length > 0.0 and np.isfinite(length):
                rows.append([*(towards / length), *colour])
        return np.array(rows, np.float64).reshape(-1, 6)

    def eye(self) -> Matrix:
        """Return the place of the eye and 1, or the direction towards it and 0, (4,)."""
        if self.camera.orthographic:
            return np.array([*self.camera.axes[2], 0.0])
        return np.array([*self.camera.position, 1.0])

    def fog_range(self) -> tuple[float, float]:
        """Return the distances at which fading begins and ends."""
        near, far = self.camera.depths()
        return near + 0.15 * (far - near), far


@dataclass(frozen=True, slots=True, eq=False)
class Ids:
    """What is seen at each pixel.

    Parameters
    ----------
    ids : (h, w) uint32
        0, or 1 + the base of the item + the index in it.
    bases
        Items and their bases, ascending.
    """

    ids: npt.NDArray[np.uint32]
    bases: tuple[tuple[int, Item], ...]

    def near(self, x: float, y: float, reach: float) -> tuple[Item, int] | None:
        """Return item and index nearest to a pixel, within reach, or None."""
        height, width = self.ids.shape
        left, right = max(int(x - reach), 0), min(int(x + reach) + 1, width)
        top, bottom = max(int(y - reach), 0), min(int(y + reach) + 1, height)
        if left >= right or top >= bottom:
            return None
        part = self.ids[top:bottom, left:right]
        rows, columns = np.nonzero(part)
        if len(rows) == 0:
            return None
        away = np.square(rows + top + 0.5 - y) + np.square(columns + left + 0.5 - x)
        nearest = int(np.argmin(away))
        if away[nearest] > reach * reach:
            return None
        found = int(part[rows[nearest], columns[nearest]])
        for base, item in reversed(self.bases):
            if found > base:
                return item, found - base - 1
        return None


class Renderer(Protocol):
    """Draws frames."""

    name: str

    def draw(self, frame: Frame, derived: Derived) -> QImage:
        """Return the part of the frame."""

    def ids(self, frame: Frame, derived: Derived) -> Ids:
        """Return what is seen at each pixel of the part of the frame."""


class Derived:
    """What is worked out of arrays, remembered as long as a scene holds the arrays."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Hashable, ...], tuple[tuple[object, ...], Any]] = {}

    def get(self, key: tuple[Hashable, ...]) -> Any:
        """Return what was kept, or None."""
        found = self._kept.get(key)
        return None if found is None else found[1]

    def keep(self, key: tuple[Hashable, ...], of: tuple[object, ...], value: Any) -> Any:
        """Keep a value made `of` objects, whose ids the key has, and return it."""
        self._kept[key] = (of, value)
        return value

    def trim(self, items: Iterable[Item]) -> None:
        """Forget what was made of arrays that no item has any more."""
        used = {id(array) for item in items for array in arrays_of(item)}
        self._kept = {
            key: kept
            # A copy: the thread that draws smoothly may keep something meanwhile.
            for key, kept in list(self._kept.items())
            if all(id(source) in used for source in kept[0])
        }

    # -- what is worked out -------------------------------------------------------------------

    def opaque(self, colours: Colours) -> bool:
        """Tell whether all colours are opaque."""
        if isinstance(colours, tuple):
            return colours[3] == 255
        key = ("opaque", id(colours))
        found = self.get(key)
        if found is None:
            found = self.keep(key, (colours,), bool((colours[:, 3] == 255).all()))
        return bool(found)

    def solid(self, array: npt.NDArray[Any], kind: Any) -> npt.NDArray[Any]:
        """Return an array as one of a kind without gaps: itself where it is that already."""
        if array.dtype == kind and array.flags.c_contiguous:
            return array
        key = ("solid", id(array), np.dtype(kind).str)
        found = self.get(key)
        if found is None:
            found = self.keep(key, (array,), np.ascontiguousarray(array, kind))
        return found  # type: ignore[no-any-return]

    def normals(self, mesh: Mesh) -> npt.NDArray[np.float32] | None:
        """Return the normals of a mesh's vertices where its shading asks for them."""
        if mesh.shading != "smooth":
            return None
        if mesh.normals is not None:
            return mesh.normals
        key = ("normals", id(mesh.vertices), id(mesh.faces))
        found = self.get(key)
        if found is None:
            made = vertex_normals(mesh.vertices, mesh.faces)
            found = self.keep(key, (mesh.vertices, mesh.faces), made)
        return found  # type: ignore[no-any-return]

    def edges(self, mesh: Mesh) -> npt.NDArray[np.float32]:
        """Return the edges of a mesh, each once, (k, 2, 3)."""
        key = ("pairs", id(mesh.faces), len(mesh.vertices))
        pairs = self.get(key)
        if pairs is None:
            pairs = self.keep(key, (mesh.faces,), _pairs(mesh.faces, len(mesh.vertices)))
        key = ("edges", id(mesh.vertices), id(mesh.faces))
        found = self.get(key)
        if found is None:
            found = self.keep(key, (mesh.vertices, mesh.faces), mesh.vertices[pairs])
        return found  # type: ignore[no-any-return]


def arrays_of(item: Item) -> list[object]:
    """Return the arrays and images of an item."""
    held: list[object]
    match item:
        case Points():
            held = [item.positions, item.colours, item.sizes, item.visible]
        case Mesh():
            held = [item.vertices, item.faces, item.colours, item.normals]
        case Lines():
            held = [item.ends, item.colours]
        case _:
            held = [item.positions, item.atlas, item.cells, item.tint, item.visible]
    return [each for each in held if isinstance(each, np.ndarray | QImage)]


def colour_rows(colours: Colours) -> npt.NDArray[np.uint8]:
    """Return colours as an array, (n, 4) or (1, 4)."""
    if isinstance(colours, tuple):
        return np.array([colours], np.uint8)
    return np.ascontiguousarray(colours.reshape(-1, 4))


def numbered(items: Iterable[Item]) -> tuple[tuple[int, Item], ...]:
    """Return the items the pointer can find, each with the base of its ids."""
    made = []
    base = 0
    for item in items:
        if isinstance(item, Lines) or not item.pickable:
            continue
        made.append((base, item))
        base += len(item.faces) if isinstance(item, Mesh) else len(item.positions)
    return tuple(made)


def picked(item: Item, index: int, frame: Frame, x: float, y: float) -> Pick | None:
    """Return the pick of an item's point, or of the place on its face under a pixel."""
    if isinstance(item, Lines):
        return None
    if not isinstance(item, Mesh):
        place = item.positions[index]
        return Pick(item.key, index, (float(place[0]), float(place[1]), float(place[2])))
    corners = item.vertices[item.faces[index]].astype(np.float64)
    origin, along = frame.camera.ray(x, y, (frame.width, frame.height))
    normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
    slant = float(normal @ along)
    place = corners.mean(axis=0)
    if slant != 0.0:
        hit = origin + along * float(normal @ (corners[0] - origin)) / slant
        # Next to the face the ray meets its plane far away.
        reach = float(np.ptp(corners, axis=0).max())
        if np.isfinite(hit).all() and float(np.abs(hit - place).max()) <= 2.0 * reach:
            place = hit
    return Pick(item.key, index, (float(place[0]), float(place[1]), float(place[2])))


def inside(
    places: npt.NDArray[np.float32], corners: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """Return which (n, 2) places lie inside a polygon of (k, 2) corners, by even and odd."""
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    with np.errstate(invalid="ignore"):
        chosen = np.flatnonzero((places[:, 0] >= left) & (places[:, 0] <= right))
        chosen = chosen[(places[chosen, 1] >= top) & (places[chosen, 1] <= bottom)]
    x, y = places[chosen].T.astype(np.float64)
    odd = np.zeros(len(chosen), bool)
    following = np.roll(corners, -1, axis=0)
    for (x0, y0), (x1, y1) in zip(corners.tolist(), following.tolist(), strict=True):
        if y0 == y1:
            continue
        crosses = (y0 > y) != (y1 > y)
        odd ^= crosses & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    found: npt.NDArray[np.int64] = chosen[odd].astype(np.int64)
    return found


def _pairs(faces: npt.NDArray[np.uint32], count: int) -> npt.NDArray[np.int64]:
    """Return the (k, 2) corners of each edge of triangles once; none with corners ≥ count."""
    whole = faces[(faces < count).all(axis=1)].astype(np.int64)
    both = np.concatenate([whole[:, [0, 1]], whole[:, [1, 2]], whole[:, [2, 0]]])
    both.sort(axis=1)
    codes = np.unique(both[:, 0] * count + both[:, 1])
    return np.stack([codes // max(count, 1), codes % max(count, 1)], axis=1)
