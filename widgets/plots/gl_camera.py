"""Camera: from where a scene is looked at, and how places become pixels.

A camera orbits a *target* at a distance. It stands on a turntable: `yaw` turns it around `up`,
`pitch` lifts it, at most to the pole, so that it never tips over nor rolls. World units are the
data's; angles are degrees; pixels are counted from the upper left corner. Cameras are values:
every movement returns another one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from eventglass.app.core.meshes.geometry import bounds_of

Place: TypeAlias = tuple[float, float, float]
Size: TypeAlias = tuple[float, float]
Matrix: TypeAlias = npt.NDArray[np.float64]
Preset: TypeAlias = Literal["front", "back", "left", "right", "top", "bottom", "isometric"]

#: Yaw and pitch of the named directions.
PRESETS: dict[Preset, tuple[float, float]] = {
    "front": (0.0, 0.0),
    "back": (180.0, 0.0),
    "left": (-90.0, 0.0),
    "right": (90.0, 0.0),
    "top": (0.0, 90.0),
    "bottom": (0.0, -90.0),
    "isometric": (45.0, math.degrees(math.atan(math.sqrt(0.5)))),
}
#: Degrees a pixel of dragging turns.
TURN_PER_PX = 0.4
#: Room around what is fitted.
MARGIN = 1.08
#: Nearest plane, as a share of the farthest: depth buffers have no more digits.
NEAREST = 1e-3
#: Between these a scene's size is within what float32 can hold.
_SMALLEST, _LARGEST = 1e-44, 1e39


@dataclass(frozen=True)
class Bounds:
    """The box around something: its lower and its upper corner."""

    lower: Place
    upper: Place

    @classmethod
    def of(cls, positions: npt.NDArray[np.floating]) -> Bounds | None:
        """Return the bounds of the finite ones of (n, 3) positions, None where there are none."""
        if len(positions) == 0:
            return None
        if positions.dtype == np.float32:
            found = bounds_of(positions)
            return None if found is None else cls(_place(found[0]), _place(found[1]))
        lower, upper = positions.min(axis=0), positions.max(axis=0)
        if not (np.isfinite(lower).all() and np.isfinite(upper).all()):
            kept = positions[np.isfinite(positions).all(axis=1)]
            if len(kept) == 0:
                return None
            lower, upper = kept.min(axis=0), kept.max(axis=0)
        return cls(_place(lower), _place(upper))

    def united(self, other: Bounds | None) -> Bounds:
        """Return the bounds of both."""
        if other is None:
            return self
        return Bounds(
            _place(np.minimum(self.lower, other.lower)), _place(np.maximum(self.upper, other.upper))
        )

    @cached_property
    def centre(self) -> Place:
        """Its middle."""
        return _place((np.asarray(self.lower) + np.asarray(self.upper)) / 2.0)

    @cached_property
    def extent(self) -> Place:
        """Its lengths along the axes."""
        return _place(np.asarray(self.upper) - np.asarray(self.lower))

    @cached_property
    def radius(self) -> float:
        """Half its diagonal."""
        return math.sqrt(sum(length * length for length in self.extent)) / 2.0

    def corners(self) -> Matrix:
        """Return its corners, (8, 3)."""
        both = np.array([self.lower, self.upper], dtype=np.float64)
        bits = np.array([[i >> 2 & 1, i >> 1 & 1, i & 1] for i in range(8)])
        return both[bits, [0, 1, 2]]


@dataclass(frozen=True)
class Camera:
    """Where one looks from.

    Parameters
    ----------
    target
        What it looks at and turns around.
    distance
        From the target to the eye, > 0.
    yaw, pitch
        Degrees. At 0, 0 with `up` +y the eye is at +z and +x points to the right.
    up
        Direction that stays upright, of length 1.
    fov_degrees
        Angle from the lower to the upper edge of the picture.
    orthographic
        Without perspective; what is at the target keeps its size.
    scene
        What there is to be seen: nearest and farthest plane follow from it.
    """

    target: Place = (0.0, 0.0, 0.0)
    distance: float = 3.0
    yaw: float = 30.0
    pitch: float = 20.0
    up: Place = (0.0, 1.0, 0.0)
    fov_degrees: float = 40.0
    orthographic: bool = False
    scene: Bounds | None = None

    # -- directions ---------------------------------------------------------------------------

    @cached_property
    def axes(self) -> Matrix:
        """Right, up and towards the eye, rows of length 1, (3, 3)."""
        right0, up, back0 = _turntable(self.up)
        yaw, pitch = math.radians(self.yaw), math.radians(self.pitch)
        back = math.cos(yaw) * back0 + math.sin(yaw) * right0
        right = math.cos(yaw) * right0 - math.sin(yaw) * back0
        towards = math.cos(pitch) * back + math.sin(pitch) * up
        return np.stack([right, np.cross(towards, right), towards])

    @cached_property
    def position(self) -> Place:
        """Where the eye is."""
        return _place(np.asarray(self.target) + self.distance * self.axes[2])

    @cached_property
    def half_height(self) -> float:
        """Half of the picture's height at the target, in world units."""
        return self.distance * math.tan(math.radians(self.fov_degrees) / 2.0)

    def world_per_px(self, size: Size) -> float:
        """Return the length of a pixel at the target."""
        return 2.0 * self.half_height / max(size[1], 1.0)

    # -- matrices -----------------------------------------------------------------------------

    def view_matrix(self) -> Matrix:
        """Return the (4, 4) matrix from world to eye; the eye looks along −z."""
        made = np.eye(4)
        made[:3, :3] = self.axes
        made[:3, 3] = -self.axes @ np.asarray(self.position)
        return made

    def depths(self) -> tuple[float, float]:
        """Return the distances of the nearest and the farthest plane."""
        if self.scene is None:
            middle, reach = self.distance, 10.0 * self.distance
        else:
            away = np.asarray(self.position) - np.asarray(self.scene.centre)
            middle = float(self.axes[2] @ away)
            reach = 1.05 * self.scene.radius + 0.01 * self.distance
        far = max(middle + reach, 0.02 * self.distance)
        if self.orthographic:
            return min(middle - reach, far - 0.01 * self.distance), far
        return max(middle - reach, NEAREST * far), far

    def projection_matrix(self, aspect: float) -> Matrix:
        """Return the (4, 4) matrix from eye to OpenGL's clip space; `aspect`: width by height."""
        near, far = self.depths()
        made = np.zeros((4, 4))
        if self.orthographic:
            made[0, 0] = 1.0 / (self.half_height * aspect)
            made[1, 1] = 1.0 / self.half_height
            made[2, 2] = -2.0 / (far - near)
            made[2, 3] = -(far + near) / (far - near)
            made[3, 3] = 1.0
            return made
        scale = 1.0 / math.tan(math.radians(self.fov_degrees) / 2.0)
        made[0, 0] = scale / aspect
        made[1, 1] = scale
        made[2, 2] = -(far + near) / (far - near)
        made[2, 3] = -2.0 * far * near / (far - near)
        made[3, 2] = -1.0
        return made

    def matrix(self, aspect: float) -> Matrix:
        """Return the (4, 4) matrix from world to clip space."""
        made: Matrix = self.projection_matrix(aspect) @ self.view_matrix()
        return made

    # -- pixels -------------------------------------------------------------------------------

    def project(self, points: npt.ArrayLike, size: Size) -> Matrix:
        """Return pixels and depths of (n, 3) places.

        Returns
        -------
        (n, 3) float64
            x and y in pixels from the upper left corner, and the depth: the distance before the
            eye along its view. What is behind the eye has a depth ≤ 0 and NaN as its place.
        """
        places = np.atleast_2d(np.asarray(points, dtype=np.float64))
        eye = (places - np.asarray(self.position)) @ self.axes.T
        depth = -eye[:, 2]
        made: Matrix = np.empty_like(eye)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            if self.orthographic:
                scale: npt.NDArray[np.float64] | float = size[1] / (2.0 * self.half_height)
            else:
                half = math.tan(math.radians(self.fov_degrees) / 2.0)
                scale = np.where(depth > 0.0, size[1] / (2.0 * half * depth), np.nan)
            made[:, 0] = size[0] / 2.0 + eye[:, 0] * scale
            made[:, 1] = size[1] / 2.0 - eye[:, 1] * scale
        made[:, 2] = depth
        return made

    def ray(self, x: float, y: float, size: Size) -> tuple[Matrix, Matrix]:
        """Return origin and direction (of length 1) of what lies under a pixel, each (3,)."""
        per_px = self.world_per_px(size)
        right = (x - size[0] / 2.0) * per_px
        upward = (size[1] / 2.0 - y) * per_px
        on_target = np.asarray(self.target) + right * self.axes[0] + upward * self.axes[1]
        if self.orthographic:
            return on_target + self.distance * self.axes[2], -self.axes[2]
        origin = np.asarray(self.position)
        along = on_target - origin
        return origin, along / np.linalg.norm(along)

    def on_target_plane(self, x: float, y: float, size: Size) -> Place:
        """Return the place under a pixel that is as deep as the target."""
        per_px = self.world_per_px(size)
        right = (x - size[0] / 2.0) * per_px
        upward = (size[1] / 2.0 - y) * per_px
        return _place(np.asarray(self.target) + right * self.axes[0] + upward * self.axes[1])

    # -- movements ----------------------------------------------------------------------------

    def orbited(self, dx: float, dy: float) -> Camera:
        """Return the camera after dragging by pixels: the scene follows the pointer."""
        pitch = min(max(self.pitch + dy * TURN_PER_PX, -90.0), 90.0)
        return replace(self, yaw=_turned(self.yaw - dx * TURN_PER_PX), pitch=pitch)

    def panned(self, dx: float, dy: float, size: Size) -> Camera:
        """Return the camera after shifting the scene by pixels."""
        per_px = self.world_per_px(size)
        shift = -dx * per_px * self.axes[0] + dy * per_px * self.axes[1]
        return replace(self, target=_place(np.asarray(self.target) + shift))

    def zoomed(self, factor: float, anchor: npt.ArrayLike | None = None) -> Camera:
        """Return the camera so much nearer; a place `anchor` (3,) keeps its pixel."""
        distance = min(max(self.distance / factor, _SMALLEST), _LARGEST)
        factor = self.distance / distance
        fixed = np.asarray(self.target if anchor is None else anchor, dtype=np.float64)
        target = fixed + (np.asarray(self.target) - fixed) / factor
        return replace(self, target=_place(target), distance=distance)

    def fitted(
        self, bounds: Bounds, aspect: float, places: npt.NDArray[np.floating] | None = None
    ) -> Camera:
        """Return the camera at which all of a box is seen, from the same direction.

        Parameters
        ----------
        places : (n, 3), optional
            What has to be seen instead of the box's corners.
        """
        seen = bounds.corners() if places is None else places
        away = (seen - np.asarray(bounds.centre)) @ self.limits(aspect)
        distance = MARGIN * float(away.max())
        if distance <= 0.0:  # a single place
            half = math.tan(math.radians(self.fov_degrees) / 2.0)
            distance = max(1.0, math.hypot(*bounds.centre)) * 1e-3 / half
        distance = min(max(distance, _SMALLEST), _LARGEST)
        return replace(self, target=bounds.centre, distance=distance, scene=self.scene or bounds)

    def limits(self, aspect: float) -> Matrix:
        """Return the (3, 4) directions, as columns, whose farthest places decide the distance.

        The greatest product of a place with one of them tells how far away the eye has to be.
        """
        half = math.tan(math.radians(self.fov_degrees) / 2.0)
        right, upward, towards = self.axes
        nearer = np.zeros(3) if self.orthographic else towards / MARGIN
        sides = (right / (half * aspect), -right / (half * aspect), upward / half, -upward / half)
        made: Matrix = np.stack([side + nearer for side in sides], axis=1)
        return made

    def preset(self, name: Preset) -> Camera:
        """Return the camera that looks from a named side."""
        yaw, pitch = PRESETS[name]
        return replace(self, yaw=yaw, pitch=pitch)

    def looking_at(
        self, position: npt.ArrayLike, target: npt.ArrayLike, up: npt.ArrayLike | None = None
    ) -> Camera:
        """Return the camera at a position, looking at a target.

        `up` becomes what stays upright; where it is the line of sight it changes nothing.
        """
        eye, aim = np.asarray(position, np.float64), np.asarray(target, np.float64)
        along = eye - aim
        distance = float(np.linalg.norm(along))
        if not math.isfinite(distance) or distance <= 0.0:
            return replace(self, target=_place(aim)) if np.isfinite(aim).all() else self
        upright = self.up
        if up is not None:
            given = np.asarray(up, np.float64)
            length = float(np.linalg.norm(given))
            if math.isfinite(length) and length > 0.0:
                upright = _place(given / length)
        right0, upwards, back0 = _turntable(upright)
        along = along / distance
        pitch = math.degrees(math.asin(min(max(float(along @ upwards), -1.0), 1.0)))
        across = float(along @ right0), float(along @ back0)
        yaw = self.yaw if math.hypot(*across) < 1e-9 else math.degrees(math.atan2(*across))
        return replace(
            self, target=_place(aim), distance=distance, yaw=yaw, pitch=pitch, up=upright
        )

    def with_scene(self, scene: Bounds | None) -> Camera:
        """Return the camera for another scene: the planes of depth follow it."""
        return self if scene == self.scene else replace(self, scene=scene)

    def same_view(self, other: Camera) -> bool:
        """Tell whether both see alike, whatever scene there is."""
        return self.with_scene(None) == other.with_scene(None)

    # -- kept ---------------------------------------------------------------------------------

    def to_json(self) -> dict[str, object]:
        """Return what `from_json` takes; the scene is not kept."""
        return {
            "target": list(self.target),
            "distance": self.distance,
            "yaw": self.yaw,
            "pitch": self.pitch,
            "up": list(self.up),
            "fov": self.fov_degrees,
            "orthographic": self.orthographic,
        }

    @classmethod
    def from_json(cls, value: object) -> Camera | None:
        """Return the camera that `to_json` wrote, None for anything else."""
        if not isinstance(value, Mapping):
            return None
        kept = cast("Mapping[str, object]", value)
        target, up = _three(kept.get("target")), _three(kept.get("up"))
        numbers = [_number(kept.get(name)) for name in ("distance", "yaw", "pitch", "fov")]
        if target is None or up is None or None in numbers:
            return None
        distance, yaw, pitch, fov = cast("list[float]", numbers)
        length = math.hypot(*up)
        if distance <= 0.0 or not 0.0 < fov < 180.0 or length <= 0.0:
            return None
        return cls(
            target=target,
            distance=distance,
            yaw=_turned(yaw),
            pitch=min(max(pitch, -90.0), 90.0),
            up=_place(np.asarray(up) / length),
            fov_degrees=fov,
            orthographic=kept.get("orthographic") is True,
        )


def between(first: Camera, last: Camera, share: float) -> Camera:
    """Return the camera on the way from one to another; `share` 0 to 1."""
    if share <= 0.0:
        return first
    if share >= 1.0:
        return last
    target = np.asarray(first.target) * (1.0 - share) + np.asarray(last.target) * share
    return replace(
        last,
        target=_place(target),
        distance=first.distance ** (1.0 - share) * last.distance**share,
        yaw=_turned(first.yaw + share * _turned(last.yaw - first.yaw)),
        pitch=first.pitch + share * (last.pitch - first.pitch),
        fov_degrees=first.fov_degrees + share * (last.fov_degrees - first.fov_degrees),
    )


def _turntable(up: Place) -> tuple[Matrix, Matrix, Matrix]:
    """Return right, up and towards the eye of a camera with yaw and pitch 0."""
    upright = np.asarray(up, dtype=np.float64)
    # +x is to the right unless it is what is up.
    start = np.array([1.0, 0.0, 0.0] if abs(up[0]) < 0.999 else [0.0, 1.0, 0.0])
    right = start - (start @ upright) * upright
    right /= np.linalg.norm(right)
    return right, upright, np.cross(right, upright)


def _turned(degrees: float) -> float:
    """Return an angle between −180 and 180."""
    return (degrees + 180.0) % 360.0 - 180.0


def _place(values: npt.ArrayLike) -> Place:
    x, y, z = np.asarray(values, dtype=np.float64).tolist()
    return x, y, z


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _three(value: object) -> Place | None:
    if not isinstance(value, list | tuple) or len(value) != 3:
        return None
    numbers = [_number(each) for each in value]
    return None if None in numbers else cast("Place", tuple(numbers))
