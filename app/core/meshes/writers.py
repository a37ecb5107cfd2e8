"""Meshes and point clouds as files other programs read: PLY, OBJ, STL and glTF.

Own writers of a page each: the formats are simple, coordinates keep every bit of float32, and the
order of vertices and faces stays. Vertices that aren't finite and nothing points at are left out of
point clouds; in meshes the order counts more.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from eventglass.app.core.export import ExportError
from eventglass.app.core.meshes.assembling import MeshData

#: Rows made into text at once.
_ROWS = 20_000
_FLOAT, _UINT32, _UINT16 = 5126, 5125, 5123
_ARRAY_BUFFER, _ELEMENT_ARRAY_BUFFER = 34962, 34963


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """What is written: vertices (n, 3) float32, faces (m, 3) uint32, colours (n, 3) uint8."""

    vertices: npt.NDArray[np.float32]
    faces: npt.NDArray[np.uint32]
    colours: npt.NDArray[np.uint8] | None
    normals: npt.NDArray[np.float32] | None = None


def surface_of(
    mesh: MeshData,
    colours: npt.NDArray[np.uint8] | None = None,
    normals: npt.NDArray[np.float32] | None = None,
) -> Surface:
    """Return what is written of a mesh.

    Parameters
    ----------
    colours : (n, 3 or 4) uint8, optional
        Instead of those that were logged.
    """
    chosen = mesh.colours if colours is None else colours[:, :3]
    if mesh.finite is not None and not len(mesh.faces):
        keep = mesh.finite
        return Surface(mesh.vertices[keep], mesh.faces, None if chosen is None else chosen[keep])
    return Surface(mesh.vertices, mesh.faces, chosen, normals)


def write_ply(stream: BinaryIO, surface: Surface) -> None:
    """Write binary little-endian PLY 1.0: vertices with colours, faces if there are any."""
    count = len(surface.vertices)
    head = [
        "ply",
        "format binary_little_endian 1.0",
        "comment Eventglass",
        f"element vertex {count}",
    ]
    head += [f"property float {axis}" for axis in "xyz"]
    fields: list[Any] = [("position", "<f4", 3)]
    if surface.normals is not None:
        head += [f"property float n{axis}" for axis in "xyz"]
        fields.append(("normal", "<f4", 3))
    if surface.colours is not None:
        head += [f"property uchar {name}" for name in ("red", "green", "blue")]
        fields.append(("colour", "u1", 3))
    if len(surface.faces):
        head += [f"element face {len(surface.faces)}", "property list uchar uint vertex_indices"]
    stream.write(("\n".join([*head, "end_header"]) + "\n").encode("ascii"))
    rows = np.empty(count, np.dtype(fields))
    rows["position"] = surface.vertices
    if surface.normals is not None:
        rows["normal"] = surface.normals
    if surface.colours is not None:
        rows["colour"] = surface.colours
    stream.write(rows.tobytes())
    if len(surface.faces):
        triangles = np.empty(len(surface.faces), np.dtype([("count", "u1"), ("index", "<u4", 3)]))
        triangles["count"] = 3
        triangles["index"] = surface.faces
        stream.write(triangles.tobytes())


def write_obj(stream: BinaryIO, surface: Surface) -> None:
    """Write Wavefront OBJ; colours follow the coordinates, as shares of 1, as most readers know."""
    stream.write(b"# Eventglass\n")
    colours = surface.colours
    for start in range(0, len(surface.vertices), _ROWS):
        part = surface.vertices[start : start + _ROWS]
        # Nine digits tell all float32 apart.
        if colours is None:
            lines = ["v {:.9g} {:.9g} {:.9g}\n".format(*row) for row in part.tolist()]
        else:
            shares = np.round(colours[start : start + _ROWS] / 255.0, 6)
            both = np.concatenate([part.astype(np.float64), shares], axis=1)
            lines = [
                "v {:.9g} {:.9g} {:.9g} {:.6g} {:.6g} {:.6g}\n".format(*row)
                for row in both.tolist()
            ]
        stream.write("".join(lines).encode("ascii"))
    for start in range(0, len(surface.faces), _ROWS):
        part_faces = surface.faces[start : start + _ROWS].astype(np.int64) + 1
        stream.write("".join("f {} {} {}\n".format(*row) for row in part_faces.tolist()).encode())
    if not len(surface.faces):
        for start in range(1, len(surface.vertices) + 1, 1000):
            numbers = range(start, min(start + 1000, len(surface.vertices) + 1))
            stream.write(("p " + " ".join(map(str, numbers)) + "\n").encode())


def write_stl(stream: BinaryIO, surface: Surface) -> None:
    """Write binary STL, which holds triangles only; raises `ExportError` without any."""
    if not len(surface.faces):
        raise ExportError("STL holds faces, and this is a point cloud: choose PLY, OBJ or glTF")
    row = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
    stream.write(b"Eventglass".ljust(80, b" ") + struct.pack("<I", len(surface.faces)))
    for start in range(0, len(surface.faces), 1 << 18):
        corners = surface.vertices[surface.faces[start : start + (1 << 18)]].astype(np.float64)
        normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        lengths = np.linalg.norm(normals, axis=1)
        normals /= np.where(lengths > 0.0, lengths, 1.0)[:, None]
        rows = np.zeros(len(corners), row)
        rows["normal"] = normals
        rows["corners"] = corners
        stream.write(rows.tobytes())


def write_glb(stream: BinaryIO, surface: Surface) -> None:
    """Write binary glTF 2.0: one mesh of triangles, or of points."""
    blob = bytearray()
    views: list[dict[str, Any]] = []
    accessors: list[dict[str, Any]] = []

    def add(array: npt.NDArray[Any], kind: int, shape: str, target: int, **more: Any) -> int:
        blob.extend(b"\0" * (-len(blob) % 4))
        data = array.tobytes()
        view = {"buffer": 0, "byteOffset": len(blob), "byteLength": len(data), "target": target}
        blob.extend(data)
        views.append(view)
        accessors.append(
            {
                "bufferView": len(views) - 1,
                "componentType": kind,
                "count": array.size if shape == "SCALAR" else len(array),
                "type": shape,
                **more,
            }
        )
        return len(accessors) - 1

    if not len(surface.vertices):
        raise ExportError("There are no vertices to save")
    vertices = surface.vertices.astype("<f4")
    lower, upper = (each.astype(float).tolist() for each in (vertices.min(0), vertices.max(0)))
    attributes = {"POSITION": add(vertices, _FLOAT, "VEC3", _ARRAY_BUFFER, min=lower, max=upper)}
    if surface.normals is not None and len(surface.faces):
        # A normal without a length isn't allowed.
        normals = surface.normals.astype("<f4").copy()
        normals[~normals.any(axis=1)] = (0.0, 0.0, 1.0)
        attributes["NORMAL"] = add(normals, _FLOAT, "VEC3", _ARRAY_BUFFER)
    if surface.colours is not None:
        shades = np.full((len(vertices), 4), 65535, "<u2")
        # Colours of vertices are linear in glTF; those of the log are sRGB. 16 bits tell all apart.
        shares = surface.colours / 255.0
        linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
        shades[:, :3] = np.rint(linear * 65535.0)
        attributes["COLOR_0"] = add(shades, _UINT16, "VEC4", _ARRAY_BUFFER, normalized=True)
    primitive: dict[str, Any] = {"attributes": attributes, "mode": 4 if len(surface.faces) else 0}
    if len(surface.faces):
        indices = surface.faces.astype("<u4")
        primitive["indices"] = add(indices, _UINT32, "SCALAR", _ELEMENT_ARRAY_BUFFER)
        primitive["material"] = 0
    blob.extend(b"\0" * (-len(blob) % 4))
    document: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": "Eventglass"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [primitive]}],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(blob)}],
    }
    if len(surface.faces):
        document["materials"] = [
            {
                "pbrMetallicRoughness": {"metallicFactor": 0.0, "roughnessFactor": 1.0},
                "doubleSided": True,
            }
        ]
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    total = 12 + 8 + len(text) + 8 + len(blob)
    if total >= 1 << 32:
        raise ExportError("Binary glTF holds at most 4 GB: choose PLY")
    stream.write(struct.pack("<4sII", b"glTF", 2, total))
    stream.write(struct.pack("<I4s", len(text), b"JSON") + text)
    stream.write(struct.pack("<I4s", len(blob), b"BIN\0") + blob)


#: Writers by the ending of a file's name.
WRITERS: Mapping[str, Callable[[BinaryIO, Surface], None]] = {
    ".ply": write_ply,
    ".obj": write_obj,
    ".stl": write_stl,
    ".glb": write_glb,
}


def write_mesh(path: Path, ending: str, surface: Surface) -> None:
    """Write a file in the format of an ending.

    Raises
    ------
    ExportError
        When the format can't hold it, or is none of `WRITERS`.
    """
    writer = WRITERS.get(ending.lower())
    if writer is None:
        raise ExportError(f"Meshes are saved as {', '.join(WRITERS)}, not as “{ending}”")
    with path.open("wb") as stream:
        writer(stream, surface)
