"""Scene settings of a mesh: the JSON that was logged with it, made into camera, lights, material.

The JSON names classes and properties of three.js, which TensorBoard draws with. What is not known
here is listed in `SceneConfig.notes` and otherwise passed over. Defaults are TensorBoard's.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

#: Red, green and blue as shares of full intensity, in the file's own space.
Colour = tuple[float, float, float]
Vector = tuple[float, float, float]

_NAMED: Mapping[str, int] = {
    "black": 0x000000,
    "silver": 0xC0C0C0,
    "gray": 0x808080,
    "grey": 0x808080,
    "white": 0xFFFFFF,
    "maroon": 0x800000,
    "red": 0xFF0000,
    "purple": 0x800080,
    "magenta": 0xFF00FF,
    "fuchsia": 0xFF00FF,
    "green": 0x008000,
    "lime": 0x00FF00,
    "olive": 0x808000,
    "yellow": 0xFFFF00,
    "orange": 0xFFA500,
    "navy": 0x000080,
    "blue": 0x0000FF,
    "teal": 0x008080,
    "cyan": 0x00FFFF,
    "aqua": 0x00FFFF,
    "pink": 0xFFC0CB,
    "brown": 0xA52A2A,
}
_HEX = re.compile(r"(?:#|0x)([0-9a-f]{6}|[0-9a-f]{3})", re.IGNORECASE)
_RGB = re.compile(r"rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)", re.IGNORECASE)

_CAMERA_KEYS = frozenset(
    {"cls", "fov", "aspect", "near", "far", "position", "lookAt", "up", "zoom"}
    | {"left", "right", "top", "bottom"}
)
_LIGHT_KEYS = frozenset({"cls", "color", "intensity", "position"})
_MATERIAL_KEYS = frozenset(
    {"cls", "color", "size", "sizeAttenuation", "wireframe", "flatShading", "side", "opacity"}
    | {"transparent", "vertexColors"}
)
#: Known to three.js, and without a meaning in how this program draws: passed over without a word.
_MATERIAL_SILENT = frozenset({"roughness", "metalness", "shininess"})
_MATERIALS = frozenset(
    {"MeshStandardMaterial", "MeshPhysicalMaterial", "MeshPhongMaterial", "MeshLambertMaterial"}
    | {"MeshBasicMaterial", "MeshNormalMaterial", "MeshToonMaterial", "PointsMaterial"}
    | {"LineBasicMaterial"}
)


@dataclass(frozen=True, slots=True)
class CameraConfig:
    """Where to look from; None where it was not said."""

    orthographic: bool = False
    fov_degrees: float = 75.0
    position: Vector | None = None
    look_at: Vector | None = None
    up: Vector | None = None


@dataclass(frozen=True, slots=True)
class LightConfig:
    """A light: from everywhere, or from the direction of ``position``."""

    kind: Literal["ambient", "directional"]
    colour: Colour = (1.0, 1.0, 1.0)
    intensity: float = 0.75
    position: Vector = (0.0, -1.0, 2.0)


@dataclass(frozen=True, slots=True)
class MaterialConfig:
    """How faces and points look; None where it was not said."""

    colour: Colour | None = None
    #: Diameter of points in units of the scene, or in pixels where `attenuated` is False.
    point_size: float | None = None
    attenuated: bool = True
    wireframe: bool = False
    flat: bool = False
    #: Lit by nothing.
    unlit: bool = False
    #: Coloured by the normals.
    by_normal: bool = False
    opacity: float = 1.0
    #: Which sides of faces are drawn.
    sides: Literal["front", "back", "both"] | None = None


_DEFAULT_LIGHTS = (LightConfig("ambient"), LightConfig("directional"))


@dataclass(frozen=True, slots=True)
class SceneConfig:
    """Camera, lights and material, and what was not understood."""

    camera: CameraConfig = CameraConfig()
    lights: tuple[LightConfig, ...] = _DEFAULT_LIGHTS
    material: MaterialConfig = MaterialConfig()
    notes: tuple[str, ...] = ()
    #: Whether they were logged.
    has_camera: bool = False
    has_lights: bool = False


def scene_config(config: Mapping[str, Any]) -> SceneConfig:
    """Return what scene settings say, as far as it is understood."""
    notes = [
        f"The scene setting “{key}” is not known"
        for key in config
        if key not in ("camera", "lights", "material")
    ]
    camera, material = CameraConfig(), MaterialConfig()
    lights: tuple[LightConfig, ...] = _DEFAULT_LIGHTS
    found = config.get("camera")
    if isinstance(found, Mapping):
        camera = _camera(found, notes)
    elif found is not None:
        notes.append("The camera of the scene settings is no object")
    found_lights = config.get("lights")
    if isinstance(found_lights, Sequence) and not isinstance(found_lights, str):
        lights = _lights(found_lights, notes)
    elif found_lights is not None:
        notes.append("The lights of the scene settings are no list")
    found = config.get("material")
    if isinstance(found, Mapping):
        material = _material(found, notes)
    elif found is not None:
        notes.append("The material of the scene settings is no object")
    has_camera = isinstance(config.get("camera"), Mapping)
    has_lights = lights is not _DEFAULT_LIGHTS
    return SceneConfig(camera, lights, material, tuple(notes), has_camera, has_lights)


def colour_of(value: object) -> Colour | None:
    """Return a colour written as CSS or as a number, None when it is neither."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        number = int(value) if math.isfinite(value) else -1
    elif isinstance(value, str):
        text = value.strip()
        if rgb := _RGB.fullmatch(text):
            parts = [min(int(each), 255) / 255.0 for each in rgb.groups()]
            return parts[0], parts[1], parts[2]
        if digits := _HEX.fullmatch(text):
            code = digits[1]
            number = int(code if len(code) == 6 else "".join(2 * each for each in code), 16)
        else:
            number = _NAMED.get(text.lower(), -1)
    else:
        return None
    if not 0 <= number <= 0xFFFFFF:
        return None
    return (number >> 16) / 255.0, (number >> 8 & 255) / 255.0, (number & 255) / 255.0


def _camera(config: Mapping[str, Any], notes: list[str]) -> CameraConfig:
    kind = config.get("cls", "PerspectiveCamera")
    if kind not in ("PerspectiveCamera", "OrthographicCamera"):
        notes.append(f"The camera “{kind}” is not known; a perspective one is used")
    _note_unknown(config, _CAMERA_KEYS, "camera", notes)
    fov = _number(config, "fov", "camera", notes)
    if fov is not None and not 1.0 <= fov <= 179.0:
        notes.append(f"The camera's field of view of {fov:g}° is not used")
        fov = None
    return CameraConfig(
        orthographic=kind == "OrthographicCamera",
        fov_degrees=75.0 if fov is None else fov,
        position=_vector(config, "position", "camera", notes),
        look_at=_vector(config, "lookAt", "camera", notes),
        up=_vector(config, "up", "camera", notes),
    )


def _lights(configs: Sequence[Any], notes: list[str]) -> tuple[LightConfig, ...]:
    lights = []
    for number, config in enumerate(configs, 1):
        if not isinstance(config, Mapping):
            notes.append(f"Light {number} of the scene settings is no object")
            continue
        what = f"light {number}"
        kind = config.get("cls", "DirectionalLight")
        if kind not in ("AmbientLight", "DirectionalLight"):
            notes.append(f"The light “{kind}” is not known; it is taken as a directional one")
        _note_unknown(config, _LIGHT_KEYS, what, notes)
        colour = _colour(config, what, notes)
        intensity = _number(config, "intensity", what, notes)
        position = _vector(config, "position", what, notes)
        if position is None or not any(position):
            position = (0.0, -1.0, 2.0)
        lights.append(
            LightConfig(
                "ambient" if kind == "AmbientLight" else "directional",
                (1.0, 1.0, 1.0) if colour is None else colour,
                1.0 if intensity is None else min(max(intensity, 0.0), 100.0),
                position,
            )
        )
    return tuple(lights)


def _material(config: Mapping[str, Any], notes: list[str]) -> MaterialConfig:
    kind = str(config.get("cls", "MeshStandardMaterial"))
    if kind not in _MATERIALS:
        notes.append(f"The material “{kind}” is not known; the usual one is used")
    _note_unknown(config, _MATERIAL_KEYS | _MATERIAL_SILENT, "material", notes)
    size = _number(config, "size", "material", notes)
    if size is not None and not size > 0.0:
        notes.append(f"The point size {size:g} of the scene settings is not used")
        size = None
    opacity = _number(config, "opacity", "material", notes)
    side = config.get("side")
    sides: Literal["front", "back", "both"] | None = None
    if side in (0, "FrontSide"):
        sides = "front"
    elif side in (1, "BackSide"):
        sides = "back"
    elif side in (2, "DoubleSide"):
        sides = "both"
    return MaterialConfig(
        colour=_colour(config, "material", notes),
        point_size=size,
        attenuated=config.get("sizeAttenuation", True) is not False,
        wireframe=config.get("wireframe") is True,
        flat=config.get("flatShading") is True,
        unlit=kind in ("MeshBasicMaterial", "LineBasicMaterial"),
        by_normal=kind == "MeshNormalMaterial",
        opacity=1.0 if opacity is None else min(max(opacity, 0.0), 1.0),
        sides=sides,
    )


def _note_unknown(
    config: Mapping[str, Any], known: frozenset[str], what: str, notes: list[str]
) -> None:
    unknown = [key for key in config if key not in known]
    if unknown:
        listed = ", ".join(f"“{key}”" for key in unknown[:8])
        more = f" and {len(unknown) - 8:,} more" if len(unknown) > 8 else ""
        notes.append(f"Not known of the {what} in the scene settings: {listed}{more}")


def _number(config: Mapping[str, Any], key: str, what: str, notes: list[str]) -> float | None:
    value = config.get(key)
    if value is None:
        return None
    try:
        number = float(value) if isinstance(value, (int, float)) else math.nan
    except OverflowError:
        number = math.inf
    if not math.isfinite(number) or isinstance(value, bool):
        notes.append(f"“{key}” of the {what} in the scene settings is no number")
        return None
    return number


def _vector(config: Mapping[str, Any], key: str, what: str, notes: list[str]) -> Vector | None:
    value = config.get(key)
    if value is None:
        return None
    if isinstance(value, Mapping):
        value = [value.get(axis) for axis in "xyz"]
    if (
        isinstance(value, Sequence)
        and len(value) == 3
        and all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in value)
        and all(abs(v) < 1e30 for v in value)
    ):
        return float(value[0]), float(value[1]), float(value[2])
    notes.append(f"“{key}” of the {what} in the scene settings is not three numbers")
    return None


def _colour(config: Mapping[str, Any], what: str, notes: list[str]) -> Colour | None:
    value = config.get("color")
    if value is None:
        return None
    colour = colour_of(value)
    if colour is None:
        notes.append(f"The colour {str(value)[:40]!r} of the {what} is not understood")
    return colour
