"""Sorted tables as LevelDB and TensorFlow's checkpoints keep them.

A block: entries, each sharing a prefix of its key with the one before; restart points; then a byte
for the compression (0 none, 1 Snappy) and a masked CRC-32C. The footer at the end of the file says
where the index block is.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from eventglass.app.core.scanner import masked_crc

_MAGIC = 0xDB4775248B80FB57
_FOOTER = 48
#: A block beyond this is not read: TensorFlow's hold 256 KB, or one value.
_MAX_BLOCK = 2 << 30
_MAX_ENTRIES = 2_000_000
#: Unpacked, a block may be so many times its size.
_MAX_RATIO = 256


class DamagedError(Exception):
    """The table can't be used at all."""


@dataclass(slots=True)
class Table:
    """Values by key; `problems` are blocks that were left out."""

    entries: dict[bytes, bytes] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def read(stream: BinaryIO, size: int) -> Table:
    """Read all entries; blocks that are damaged are left out. DamagedError without an index."""
    if size < _FOOTER:
        raise DamagedError(f"only {size:,} bytes")
    stream.seek(size - _FOOTER)
    footer = stream.read(_FOOTER)
    if len(footer) < _FOOTER or struct.unpack("<Q", footer[-8:])[0] != _MAGIC:
        raise DamagedError("its end is not that of a table")
    _, _, at = _handle(footer, 0)
    offset, length, _ = _handle(footer, at)
    table = Table()
    index = _block(stream, offset, length, size)
    for _key, handle in _entries(index):
        offset, length, _ = _handle(handle, 0)
        try:
            for key, value in _entries(_block(stream, offset, length, size)):
                table.entries[key] = value
                if len(table.entries) >= _MAX_ENTRIES:
                    table.problems.append(f"Only the first {_MAX_ENTRIES:,} entries are shown")
                    return table
        except DamagedError as error:
            if len(table.problems) < 20:
                table.problems.append(
                    f"A block of the table at byte {offset:,} was left out: {error}"
                )
    return table


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 64:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
    raise DamagedError("a number is cut")


def _handle(data: bytes, at: int) -> tuple[int, int, int]:
    offset, at = _varint(data, at)
    length, at = _varint(data, at)
    return offset, length, at


def _block(stream: BinaryIO, offset: int, length: int, size: int) -> bytes:
    """The contents of a block, checked and unpacked."""
    if offset + length + 5 > size or length > _MAX_BLOCK:
        raise DamagedError(f"{length:,} bytes at {offset:,} are beyond the file's {size:,}")
    stream.seek(offset)
    raw = stream.read(length + 5)
    if len(raw) < length + 5:
        raise DamagedError("the file ends inside")
    if masked_crc(memoryview(raw)[: length + 1]) != struct.unpack("<I", raw[length + 1 :])[0]:
        raise DamagedError("its checksum is wrong")
    kind = raw[length]
    if kind == 0:
        return raw[:length]
    if kind == 1:
        return unpack_snappy(raw[:length])
    raise DamagedError(f"packed in an unknown way ({kind})")


def _entries(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    if len(block) < 4:
        raise DamagedError("a block is too short")
    restarts = struct.unpack("<I", block[-4:])[0]
    end = len(block) - 4 * (restarts + 1)
    if end < 0:
        raise DamagedError("its restart points are beyond it")
    at = 0
    key = b""
    while at < end:
        shared, at = _varint(block, at)
        own, at = _varint(block, at)
        length, at = _varint(block, at)
        if shared > len(key) or at + own + length > end:
            raise DamagedError("an entry reaches beyond its block")
        key = key[:shared] + block[at : at + own]
        at += own
        yield key, block[at : at + length]
        at += length


def unpack_snappy(data: bytes) -> bytes:
    """Unpack Snappy's raw format: literals and copies of what came before."""
    size, at = _varint(data, 0)
    if size > _MAX_RATIO * max(len(data), 1024) or size > _MAX_BLOCK:
        raise DamagedError(f"unpacks to {size:,} bytes")
    out = bytearray()
    while at < len(data):
        tag = data[at]
        at += 1
        if tag & 3 == 0:
            length = tag >> 2
            if length >= 60:
                extra = length - 59
                length = int.from_bytes(data[at : at + extra], "little")
                at += extra
            length += 1
            if at + length > len(data):
                raise DamagedError("packed data is cut")
            out += data[at : at + length]
            at += length
        else:
            width = (1, 2, 4)[(tag & 3) - 1]
            if at + width > len(data):
                raise DamagedError("packed data is cut")
            back = int.from_bytes(data[at : at + width], "little")
            at += width
            length = (tag >> 2) + 1
            if width == 1:
                length = ((tag >> 2) & 7) + 4
                back |= (tag >> 5) << 8
            if back == 0 or back > len(out):
                raise DamagedError("packed data points before its beginning")
            begin = len(out) - back
            if back >= length:
                out += out[begin : begin + length]
            else:
                piece = bytes(out[begin:])
                out += (piece * (length // back + 1))[:length]
        if len(out) > size:
            raise DamagedError("packed data is longer than it says")
    if len(out) != size:
        raise DamagedError("packed data is shorter than it says")
    return bytes(out)
