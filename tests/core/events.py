"""Writes event files by hand, with a CRC of its own, so that tests do not check code by itself."""

from __future__ import annotations

import struct
from collections.abc import Iterable

_TABLE = []
for _byte in range(256):
    for _ in range(8):
        _byte = (_byte >> 1) ^ (0x82F63B78 if _byte & 1 else 0)
    _TABLE.append(_byte)


def masked_crc(data: bytes) -> int:
    """Masked CRC-32C, a byte at a time, as the TFRecord format defines it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def record(data: bytes) -> bytes:
    """One TFRecord."""
    head = struct.pack("<Q", len(data))
    return head + struct.pack("<I", masked_crc(head)) + data + struct.pack("<I", masked_crc(data))


def varint(value: int) -> bytes:
    """A varint; negative numbers as 64-bit two's complement."""
    value &= 0xFFFFFFFFFFFFFFFF
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number: int, value: bytes | int) -> bytes:
    """A length-delimited or varint field."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def event(step: int, wall_time: float, *, what: bytes = b"") -> bytes:
    """An Event message."""
    return b"\x09" + struct.pack("<d", wall_time) + field(2, step) + what


def summary(*values: bytes) -> bytes:
    """The summary field of an Event."""
    return field(5, b"".join(field(1, value) for value in values))


def simple(tag: bytes, value: float) -> bytes:
    """An old-style scalar Value."""
    return field(1, tag) + b"\x15" + struct.pack("<f", value)


def metadata(plugin: bytes, content: bytes = b"", name: bytes = b"") -> bytes:
    """A SummaryMetadata message."""
    return field(1, field(1, plugin) + field(2, content)) + (field(2, name) if name else b"")


def tensor(dtype: int, *, shape: Iterable[int] = (), rest: bytes = b"") -> bytes:
    """A TensorProto."""
    dims = b"".join(field(2, field(1, size)) for size in shape)
    return field(1, dtype) + field(2, dims) + rest


def tensor_value(tag: bytes, proto: bytes, meta: bytes | None = None) -> bytes:
    """A new-style Value."""
    return field(1, tag) + field(8, proto) + (b"" if meta is None else field(9, meta))


def version(wall_time: float = 1.7e9) -> bytes:
    """The first record of an event file."""
    return record(event(0, wall_time, what=field(3, b"brain.Event:2")))


def scalar_file(tag: bytes, values: Iterable[float], first_step: int = 0) -> bytes:
    """An event file with one old-style scalar per step."""
    out = version()
    for i, value in enumerate(values):
        step = first_step + i
        out += record(event(step, 1.7e9 + step, what=summary(simple(tag, value))))
    return out
