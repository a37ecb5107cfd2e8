"""Meshes: vertices, faces and colours of point clouds and surfaces.

A mesh of one name is logged as up to three series, one for each part; they belong together by
`MeshPart.name`, never by their tags.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import numpy.typing as npt

from eventglass.app.core.plugins import DecodeError, SeriesInfo
from eventglass.app.core.plugins.tensors import array_of
from eventglass.app.core.plugins.values import parse, parse_value, plugin_content, text
from eventglass.app.core.proto.plugin_data_pb2 import MeshPluginData


class Part(StrEnum):
    """What the array of a mesh series holds."""

    VERTEX = "vertex"
    FACE = "face"
    COLOR = "color"


_PARTS: Mapping[int, Part] = {
    MeshPluginData.VERTEX: Part.VERTEX,
    MeshPluginData.FACE: Part.FACE,
    MeshPluginData.COLOR: Part.COLOR,
}


@dataclass(frozen=True, slots=True)
class MeshPart:
    """One part of the meshes of one step.

    Attributes
    ----------
    name
        Name that the parts of a mesh have in common.
    part
        What `array` holds.
    array
        (b, n, 3), read-only, as written: b meshes of n coordinates, vertex indices or RGB colours.
    config
        Scene settings (camera, lights, material), from JSON; empty where there are none.
    parts
        The parts that were logged of this mesh, as far as the writer tells.
    config_problem
        What is wrong with the scene settings, empty when nothing is.
    """

    name: str
    part: Part
    array: npt.NDArray[Any]
    config: Mapping[str, Any]
    parts: frozenset[Part]
    config_problem: str = ""


def decode(payload: bytes, series: SeriesInfo) -> MeshPart:
    """Return the part of a mesh in a summary value."""
    value = parse_value(payload)
    content = parse(MeshPluginData, plugin_content(value, series), "mesh plugin data")
    part = _PARTS.get(content.content_type)
    if part is None:
        raise DecodeError(f"Mesh content of type {content.content_type} is not known")
    if value.WhichOneof("value") != "tensor":
        raise DecodeError("A mesh should be a tensor")
    array = array_of(value.tensor)
    if array.dtype.kind not in "fiu" or array.ndim != 3 or array.shape[2] != 3:
        raise DecodeError(
            f"A mesh's {part} tensor should be numbers of shape [b, n, 3], "
            f"not {array.dtype} of shape {[*array.shape]}"
        )
    present = {each for number, each in _PARTS.items() if content.components >> number & 1}
    config, problem = _config(content.json_config)
    return MeshPart(text(content.name), part, array, config, frozenset(present | {part}), problem)


def _config(data: bytes) -> tuple[Mapping[str, Any], str]:
    """Return scene settings; broken ones count as none, the mesh is worth seeing without."""
    problem = ""
    config: Any = {}
    try:
        config = json.loads(data) if data else {}
    except RecursionError:
        problem = "The scene settings are nested too deeply; they are not used"
    except ValueError as error:
        problem = f"The scene settings are not JSON ({error}); they are not used"
    if not isinstance(config, dict):
        config, problem = {}, "The scene settings are no JSON object; they are not used"
    return MappingProxyType(config), problem
