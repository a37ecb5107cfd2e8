"""Which series are parts of one mesh, from their metadata alone: nothing is decoded for it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from google.protobuf.message import DecodeError as ProtobufDecodeError

from eventglass.app.core.names import Kind
from eventglass.app.core.plugins.meshes import Part
from eventglass.app.core.plugins.values import text
from eventglass.app.core.proto.plugin_data_pb2 import MeshPluginData

if TYPE_CHECKING:
    from eventglass.app.core.store import Series

_PARTS = {
    MeshPluginData.VERTEX: Part.VERTEX,
    MeshPluginData.FACE: Part.FACE,
    MeshPluginData.COLOR: Part.COLOR,
}
#: What writers append to a mesh's name: TensorFlow and PyTorch words, tensorboardX numbers.
_ENDING = re.compile(r"_(VERTEX|FACE|COLOR|[123])$")


@dataclass(frozen=True, slots=True)
class MeshSeries:
    """The series of one mesh of one run, by their ids; -1 for parts that were not logged.

    Attributes
    ----------
    name
        As the parts have it in common; where several meshes of a run have one name, their tags
        without the part's ending.
    samples
        Meshes a step holds, as far as the metadata of the vertices tell; at least 1.
    """

    run_id: int
    name: str
    vertices: int = -1
    faces: int = -1
    colours: int = -1
    samples: int = 1

    @property
    def series_ids(self) -> tuple[int, ...]:
        """Of the parts there are: vertices, faces, colours."""
        return tuple(i for i in (self.vertices, self.faces, self.colours) if i >= 0)


def mesh_part(series: Series) -> tuple[str, Part | None, int]:
    """Return the mesh a series belongs to, which part it holds, and the batch it tells of.

    Where the metadata say nothing, the tag does.
    """
    stem = _ENDING.sub("", series.tag)
    content = MeshPluginData()
    try:
        content.ParseFromString(series.plugin_content)
    except (ProtobufDecodeError, ValueError):
        return stem, None, 1
    part = _PARTS.get(content.content_type)
    # Only vertices tell how many meshes there are. A batch that can't be is no reason for cards.
    batch = content.shape[0] if len(content.shape) == 3 and part is Part.VERTEX else 1
    return text(content.name) or stem, part, max(int(batch), 1)


def mesh_series(series: Iterable[Series]) -> tuple[MeshSeries, ...]:
    """Return the meshes that some series are parts of, in the order of their first series.

    Parts belong together by run and name. Where a run has two of one part under one name, as from
    two scopes, those belong together whose tags have the same stem.
    """
    groups: dict[tuple[int, str], list[tuple[Series, Part | None, int]]] = {}
    for one in series:
        if one.kind is Kind.MESH:
            name, part, batch = mesh_part(one)
            groups.setdefault((one.run_id, name), []).append((one, part, batch))
    found: list[MeshSeries] = []
    for (run_id, name), members in groups.items():
        parts = [part for _series, part, _batch in members]
        if len(set(parts)) == len(parts):
            found.append(_together(run_id, name, members))
            continue
        by_stem: dict[str, list[tuple[Series, Part | None, int]]] = {}
        for member in members:
            by_stem.setdefault(_ENDING.sub("", member[0].tag), []).append(member)
        for stem, some in by_stem.items():
            found.append(_together(run_id, stem, some))
    return tuple(found)


def _together(run_id: int, name: str, members: list[tuple[Series, Part | None, int]]) -> MeshSeries:
    ids = {Part.VERTEX: -1, Part.FACE: -1, Part.COLOR: -1}
    samples = 1
    for one, part, batch in members:
        # A part that can't be told stands as vertices: reading it says what is wrong.
        place = Part.VERTEX if part is None else part
        if ids[place] < 0:
            ids[place] = one.id
        if place is Part.VERTEX:
            samples = max(samples, batch)
    return MeshSeries(run_id, name, ids[Part.VERTEX], ids[Part.FACE], ids[Part.COLOR], samples)
