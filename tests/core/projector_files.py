"""Writers of checkpoints for tests, by the formats' descriptions."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from eventglass.app.core.projector.checkpoints import slice_key
from eventglass.app.core.scanner import masked_crc

TYPES = {"float32": 1, "float64": 2, "int32": 3, "int64": 9, "float16": 19}


def varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def message(field: int, data: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(data)) + data


def shape_proto(shape: tuple[int, ...]) -> bytes:
    return b"".join(message(2, number(1, size)) for size in shape)


def slice_proto(starts: tuple[int, ...], lengths: tuple[int, ...]) -> bytes:
    made = b""
    for start, length in zip(starts, lengths, strict=True):
        extent = b"" if length < 0 else (number(1, start) if start else b"") + number(2, length)
        made += message(1, extent)
    return made


def snappy(data: bytes) -> bytes:
    """Literals, and copies where the same eight bytes came before."""
    out = bytearray(varint(len(data)))
    at = 0
    seen: dict[bytes, int] = {}
    literal = bytearray()

    def flush() -> None:
        while literal:
            piece = bytes(literal[:60])
            del literal[:60]
            out.append(len(piece) - 1 << 2)
            out.extend(piece)

    while at < len(data):
        key = data[at : at + 8]
        before = seen.get(key) if len(key) == 8 else None
        seen[key] = at
        if before is not None and at - before < 65536:
            flush()
            out.append(7 << 2 | 2)
            out += struct.pack("<H", at - before)
            at += 8
        else:
            literal.append(data[at])
            at += 1
    flush()
    return bytes(out)


def block(entries: list[tuple[bytes, bytes]]) -> bytes:
    made = b""
    last = b""
    for key, value in entries:
        shared = 0
        while shared < min(len(key), len(last)) and key[shared] == last[shared]:
            shared += 1
        rest = key[shared:]
        made += varint(shared) + varint(len(rest)) + varint(len(value)) + rest + value
        last = key
    return made + struct.pack("<II", 0, 1)


def table(entries: dict[bytes, bytes], per_block: int = 3, packed: bool = False) -> bytes:
    """A sorted table."""
    out = bytearray()

    def put(content: bytes) -> bytes:
        raw = snappy(content) + b"\x01" if packed else content + b"\x00"
        handle = varint(len(out)) + varint(len(raw) - 1)
        out.extend(raw + struct.pack("<I", masked_crc(raw)))
        return handle

    items = sorted(entries.items())
    index = []
    for at in range(0, len(items), per_block):
        part = items[at : at + per_block]
        index.append((part[-1][0], put(block(part))))
    meta = put(block([]))
    tail = meta + put(block(index))
    return bytes(out) + tail.ljust(40, b"\0") + struct.pack("<Q", 0xDB4775248B80FB57)


def entry(
    dtype: int, shape: tuple[int, ...], offset: int, size: int, crc: int | None, rest: bytes = b""
) -> bytes:
    made = number(1, dtype) + message(2, shape_proto(shape)) + number(4, offset) + number(5, size)
    if crc is not None:
        made += varint(6 << 3 | 5) + struct.pack("<I", crc)
    return made + rest


def write_bundle(
    prefix: Path,
    arrays: dict[str, np.ndarray],
    cut: dict[str, int] | None = None,
    extra: dict[bytes, bytes] | None = None,
    packed: bool = False,
) -> None:
    """A V2 checkpoint; `cut`: variables laid down in two slices of rows, parted there."""
    data = bytearray()
    entries = {b"": number(1, 1)}

    def put(array: np.ndarray, rest: bytes = b"") -> bytes:
        raw = array.astype(array.dtype.newbyteorder("<")).tobytes()
        offset = len(data)
        data.extend(raw)
        return entry(TYPES[array.dtype.name], array.shape, offset, len(raw), masked_crc(raw), rest)

    for name, array in arrays.items():
        at = (cut or {}).get(name)
        if at is None:
            entries[name.encode()] = put(array)
            continue
        rest = b""
        for start, stop in ((0, at), (at, len(array))):
            starts = (start,) + (0,) * (array.ndim - 1)
            lengths = (stop - start,) + (-1,) * (array.ndim - 1)
            rest += message(7, slice_proto(starts, lengths))
            entries[slice_key(name, starts, lengths)] = put(array[start:stop])
        entries[name.encode()] = entry(TYPES[array.dtype.name], array.shape, 0, 0, None, rest)
    entries.update(extra or {})
    prefix.with_name(prefix.name + ".index").write_bytes(table(entries, packed=packed))
    prefix.with_name(prefix.name + ".data-00000-of-00001").write_bytes(data)


def write_version1(path: Path, arrays: dict[str, np.ndarray], packed: bool = True) -> None:
    """A V1 checkpoint, as TensorFlow wrote them packed."""
    metas = b""
    entries = {}
    for name, array in arrays.items():
        full = ((0,) * array.ndim, (-1,) * array.ndim)
        dtype = TYPES[array.dtype.name]
        metas += message(
            1,
            message(1, name.encode())
            + message(2, shape_proto(array.shape))
            + number(3, dtype)
            + message(4, slice_proto(*full)),
        )
        if array.dtype == np.float32:
            values = message(5, array.astype("<f4").tobytes())
        elif array.dtype == np.float64:
            values = message(6, array.astype("<f8").tobytes())
        else:
            values = message(7, b"".join(varint(int(value)) for value in array.ravel()))
        saved = message(1, name.encode()) + message(2, slice_proto(*full)) + message(3, values)
        entries[slice_key(name, *full)] = message(2, saved)
    entries[b""] = message(1, metas)
    path.write_bytes(table(entries, packed=packed))
