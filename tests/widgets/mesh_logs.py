"""Logs with meshes, written by hand, for the tests of the meshes view."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.core import events

_KINDS = {"VERTEX": 1, "FACE": 2, "COLOR": 3}
_DTYPES = {"float32": 1, "int32": 3, "uint8": 4, "float64": 2}

CUBE = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float32)
CUBE_FACES = np.array(
    [
        [0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1],
        [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3],
    ],
    np.int32,
)  # fmt: skip


def part(
    name: str, kind: str, array: npt.NDArray[Any], config: object = None, raw: bytes | None = None
) -> bytes:
    """A Value of the mesh plugin: one part, of shape (b, n, 3); ``raw`` instead of JSON."""
    array = np.ascontiguousarray(array)
    settings = raw if raw is not None else json.dumps(config).encode() if config else b""
    shape = b"".join(events.varint(size) for size in array.shape)
    content = b"".join(
        [
            events.field(2, name.encode()),
            events.field(3, _KINDS[kind]),
            events.field(5, settings) if settings else b"",
            events.field(6, shape),
            events.field(7, 14),
        ]
    )
    tensor = events.tensor(
        _DTYPES[array.dtype.name], shape=array.shape, rest=events.field(4, array.tobytes())
    )
    return events.tensor_value(b"%TAG%", tensor, events.metadata(b"mesh", content))


def mesh(
    name: str,
    steps: Sequence[tuple[int, npt.NDArray[Any]]],
    faces: npt.NDArray[Any] | None = None,
    colours: npt.NDArray[Any] | None = None,
    config: object = None,
    raw: bytes | None = None,
) -> dict[str, list[tuple[int, bytes]]]:
    """Entries of a mesh by tag; faces and colours are written with the first step only.

    Vertices are (n, 3), or (b, n, 3) for a batch; so are faces and colours.
    """
    found: dict[str, list[tuple[int, bytes]]] = {
        f"{name}_VERTEX": [
            (step, part(name, "VERTEX", _batch(places), config, raw)) for step, places in steps
        ]
    }
    first = steps[0][0]
    if faces is not None:
        found[f"{name}_FACE"] = [(first, part(name, "FACE", _batch(faces), config, raw))]
    if colours is not None:
        found[f"{name}_COLOR"] = [(first, part(name, "COLOR", _batch(colours), config, raw))]
    return found


def _batch(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return array if array.ndim == 3 else array[None]
