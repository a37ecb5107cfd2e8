"""Messages between the window and the projection process, over pipes.

A message: the length of its header (4 bytes, little-endian), the header as JSON, then the arrays
the header lists, one behind another.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

_MOST_HEADER = 1 << 20
#: Types an array may have on the way.
_TYPES = frozenset({"<f4", "<f8", "<i4"})
_PIECE = 1 << 20


class Sink(Protocol):
    """The end of a pipe that is written to, unbuffered."""

    def write(self, data: memoryview | bytes, /) -> int | None:
        """Write some of the bytes and return how many."""
        ...


class Source(Protocol):
    """The end of a pipe that is read from, unbuffered."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Read some bytes and return how many; 0 at the end."""
        ...


class ChannelError(Exception):
    """The other end is gone or speaks nonsense."""


def send(
    stream: Sink, header: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]] | None = None
) -> None:
    """Write a message; ChannelError when nobody reads."""
    listed = []
    pieces = []
    for name, array in (arrays or {}).items():
        kind = array.dtype.newbyteorder("<").str
        listed.append([name, kind, list(array.shape)])
        pieces.append(np.ascontiguousarray(array, kind).reshape(-1).view(np.uint8).data)
    head = json.dumps({**header, "arrays": listed}).encode()
    try:
        _write(stream, memoryview(struct.pack("<I", len(head)) + head))
        for piece in pieces:
            _write(stream, piece)
    except (OSError, ValueError) as error:
        raise ChannelError(str(error)) from error


def receive(stream: Source) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]] | None:
    """Read a message; None at the end. ChannelError where it is cut or no message."""
    try:
        size = _read(stream, 4)
        if size is None:
            return None
        length = struct.unpack("<I", size)[0]
        if length > _MOST_HEADER:
            raise ChannelError(f"a header of {length} bytes")
        header = json.loads(_need(stream, length))
        arrays: dict[str, npt.NDArray[Any]] = {}
        for name, kind, shape in header.pop("arrays", ()):
            if kind not in _TYPES:
                raise ChannelError(f"an array of {kind}")
            count = math.prod(shape)
            raw = _need(stream, count * np.dtype(kind).itemsize)
            arrays[name] = np.frombuffer(raw, kind).reshape(shape)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ChannelError(str(error)) from error
    return header, arrays


def _write(stream: Sink, data: memoryview) -> None:
    at = 0
    while at < len(data):
        at += stream.write(data[at : at + _PIECE]) or 0


def _read(stream: Source, size: int) -> bytearray | None:
    """So many bytes; None where the stream ends before the first."""
    raw = bytearray(size)
    view = memoryview(raw)
    at = 0
    while at < size:
        got = stream.readinto(view[at : at + _PIECE])
        if not got:
            if at == 0:
                return None
            raise ChannelError("a message is cut")
        at += got
    return raw


def _need(stream: Source, size: int) -> bytearray:
    raw = _read(stream, size)
    if raw is None and size:
        raise ChannelError("a message is cut")
    return raw or bytearray()
