"""TensorFlow checkpoints, read without TensorFlow: the V2 bundle and V1.

Both keep a sorted table (as LevelDB's): blocks of keys and values, an index of the blocks, a
footer. V2: the table ``prefix.index`` says for each variable its type, its shape and where its
bytes lie in ``prefix.data-00000-of-00001``; a variable may be cut into slices that are entries of
their own. V1: the table holds the values themselves, as messages. All lengths are checked against
the file's size before anything is made of them.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from eventglass.app.core.projector import sstable, wire_fields
from eventglass.app.core.projector.notices import Control, EmbeddingError, Notice, check
from eventglass.app.core.projector.places import Place
from eventglass.app.core.projector.sstable import DamagedError
from eventglass.app.core.projector.wire_fields import Fields
from eventglass.app.core.scanner import crc_on, mask_crc

_INDEX = ".index"
#: Types by their numbers in ``types.proto``: name, NumPy's type.
_TYPES: dict[int, tuple[str, str]] = {
    1: ("float32", "f4"),
    2: ("float64", "f8"),
    3: ("int32", "i4"),
    4: ("uint8", "u1"),
    5: ("int16", "i2"),
    6: ("int8", "i1"),
    7: ("string", ""),
    8: ("complex64", "c8"),
    9: ("int64", "i8"),
    10: ("bool", "?"),
    11: ("qint8", "i1"),
    12: ("quint8", "u1"),
    13: ("qint32", "i4"),
    14: ("bfloat16", "u2"),
    15: ("qint16", "i2"),
    16: ("quint16", "u2"),
    17: ("uint16", "u2"),
    18: ("complex128", "c16"),
    19: ("float16", "f2"),
    22: ("uint32", "u4"),
    23: ("uint64", "u8"),
}
#: Fields of a TensorProto that hold values one by one, by type.
_VALUE_FIELDS = {1: 5, 2: 6, 3: 7, 4: 7, 5: 7, 6: 7, 17: 7, 9: 10, 10: 11, 14: 13, 19: 13}
_ESCAPES = {0: b"\x00\xff", 255: b"\xff\x00"}
#: Leading ones of a signed number of 1, 2, … 10 bytes.
_SIGNED_HEADERS = (0x8000, 0xC000, 0xE000, 0xF000, 0xF800, 0xFC00, 0xFE00, 0xFF00, 0xFF80, 0xFFC0)
_MOST_VARIABLES = 1_000_000
_PIECE = 4 << 20


@dataclass(frozen=True, slots=True)
class Variable:
    """One tensor of a checkpoint."""

    name: str
    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a checkpoint holds; `prefix` is its name without what files add."""

    place: Place
    prefix: str
    version: int
    variables: tuple[Variable, ...]
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class _Slice:
    """Starts and lengths; length -1 is all of that dimension."""

    starts: tuple[int, ...]
    lengths: tuple[int, ...]

    def sizes(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(
            size if length < 0 else length for size, length in zip(shape, self.lengths, strict=True)
        )


@dataclass(frozen=True, slots=True)
class _Entry:
    dtype: int
    shape: tuple[int, ...]
    shard: int
    offset: int
    size: int
    crc: int | None
    slices: tuple[_Slice, ...]

    @property
    def type_name(self) -> str:
        return _TYPES.get(self.dtype % 100, (f"type {self.dtype}", ""))[0]


def list_variables(place: Place) -> Checkpoint:
    """Return what the checkpoint at `place` (``.index`` file or V1 file) holds.

    Raises EmbeddingError when it is damaged beyond use.
    """
    return _open(place).listing()


def read(
    place: Place, name: str, control: Control | None = None
) -> tuple[npt.NDArray[Any], tuple[Notice, ...]]:
    """Return a variable and what was wrong with it (a bad checksum); EmbeddingError if unusable."""
    return _open(place).read(name, control)


def _open(place: Place) -> _Bundle | _Version1:
    try:
        path = place.local()
        with open(path, "rb") as stream:
            table = sstable.read(stream, os.fstat(stream.fileno()).st_size)
    except DamagedError as error:
        raise EmbeddingError(
            f"The checkpoint's index is damaged: {error} ({place.name})"
        ) from error
    except (OSError, ValueError) as error:
        why = (isinstance(error, OSError) and error.strerror) or error
        raise EmbeddingError(f"The checkpoint can't be read: {why} ({place.name})") from error
    head = table.entries.get(b"", b"")
    if place.name.endswith(_INDEX):
        return _Bundle(place, table, head)
    return _Version1(place, table, head)


def _shape_of(data: bytes) -> tuple[int, ...] | None:
    """Sizes of a TensorShapeProto; None where unknown or impossible."""
    fields = wire_fields.parse(data)
    sizes = tuple(
        wire_fields.signed(wire_fields.parse(dim).number(1)) for dim in fields.messages(2)
    )
    if fields.number(3) or any(size < 0 for size in sizes) or len(sizes) > 64:
        return None
    return sizes


def _slice_of(data: bytes, rank: int) -> _Slice | None:
    """A TensorSliceProto; None where it does not fit the rank."""
    starts: list[int] = []
    lengths: list[int] = []
    for extent in wire_fields.parse(data).messages(1):
        fields = wire_fields.parse(extent)
        starts.append(wire_fields.signed(fields.number(1)))
        lengths.append(wire_fields.signed(fields.number(2)) if fields.has(2) else -1)
    if len(starts) != rank or any(start < 0 for start in starts):
        return None
    return _Slice(tuple(starts), tuple(lengths))


class _Bundle:
    """A V2 checkpoint."""

    def __init__(self, place: Place, table: sstable.Table, head: bytes) -> None:
        self._place = place
        self._notices = [Notice(place.name, message) for message in table.problems]
        header = wire_fields.parse(head)
        self._shards = max(1, min(header.number(1), 99_999))
        self._big_endian = header.number(2) == 1
        if not head:
            self._notices.append(Notice(place.name, "The checkpoint's index has no header"))
        self._entries: dict[str, _Entry] = {}
        self._slices: dict[bytes, _Entry] = {}
        for key, value in table.entries.items():
            if not key:
                continue
            entry = _entry(value)
            if entry is None:
                self._tell(f"An entry of the index can't be read: {key[:60]!r}")
            elif key.startswith(b"\0"):
                self._slices[key] = entry
            elif len(self._entries) < _MOST_VARIABLES:
                self._entries[key.decode("utf-8", "replace")] = entry

    def _tell(self, message: str) -> None:
        if len(self._notices) < 20:
            self._notices.append(Notice(self._place.name, message))

    def listing(self) -> Checkpoint:
        return Checkpoint(
            self._place,
            os.path.basename(self._place.name).removesuffix(_INDEX),
            2,
            tuple(
                Variable(name, entry.type_name, entry.shape)
                for name, entry in self._entries.items()
            ),
            tuple(self._notices),
        )

    def read(
        self, name: str, control: Control | None
    ) -> tuple[npt.NDArray[Any], tuple[Notice, ...]]:
        entry = self._entries.get(name)
        if entry is None:
            raise EmbeddingError(f"The checkpoint holds no “{name}” ({self._place.name})")
        if not entry.slices:
            return self._array(name, entry, entry.shape, control), tuple(self._notices)
        pieces = []
        for part in entry.slices:
            own = self._slices.get(slice_key(name, part.starts, part.lengths))
            if own is None:
                self._tell(f"A slice of “{name}” is missing; its values are not numbers")
                continue
            pieces.append((part, own))
        _check_size(name, entry, sum(own.size for _, own in pieces), self._place)
        dtype = _TYPES[entry.dtype % 100][1]
        whole = np.full(entry.shape, np.nan) if dtype[0] == "f" else np.zeros(entry.shape)
        whole = whole.astype(np.float32 if entry.type_name == "bfloat16" else dtype)
        for part, own in pieces:
            sizes = part.sizes(entry.shape)
            array = self._array(name, own, sizes, control)
            _lay(whole, part, array, name, self._place)
        return whole, tuple(self._notices)

    def _array(
        self, name: str, entry: _Entry, shape: tuple[int, ...], control: Control | None
    ) -> npt.NDArray[Any]:
        dtype = _dtype(name, entry.dtype, self._place)
        count = math.prod(shape)
        if count * dtype.itemsize != entry.size:
            raise EmbeddingError(
                f"“{name}” is said to have {count:,} values but {entry.size:,} bytes; "
                f"not shown ({self._place.name})"
            )
        shard = _shard(self._place, entry.shard, self._shards)
        try:
            raw, crc = _read_bytes(shard, entry.offset, entry.size, self._place, control)
        except OSError as error:
            why = error.strerror or error
            raise EmbeddingError(
                f"The checkpoint's data can't be read: {why} ({shard.name})"
            ) from (error)
        if entry.crc is not None and mask_crc(crc) != entry.crc:
            self._notices.append(
                Notice(shard.name, f"The checksum of “{name}” is wrong: some values may be too")
            )
        if self._big_endian:
            dtype = dtype.newbyteorder(">")
        return _native(raw.view(dtype).reshape(shape), entry.dtype)


def _entry(value: bytes) -> _Entry | None:
    fields = wire_fields.parse(value)
    shapes = fields.messages(2)
    shape = _shape_of(shapes[-1]) if shapes else ()
    offset, size = wire_fields.signed(fields.number(4)), wire_fields.signed(fields.number(5))
    shard = wire_fields.signed(fields.number(3))
    if shape is None or fields.broken or offset < 0 or size < 0 or shard < 0:
        return None
    slices = [_slice_of(each, len(shape)) for each in fields.messages(7)]
    if any(each is None for each in slices):
        return None
    return _Entry(
        fields.number(1),
        shape,
        shard,
        offset,
        size,
        fields.number(6) if fields.has(6) else None,
        tuple(each for each in slices if each is not None),
    )


def _dtype(name: str, number: int, place: Place) -> np.dtype[Any]:
    label, code = _TYPES.get(number % 100, (f"type {number}", ""))
    if not code:
        raise EmbeddingError(f"“{name}” holds no numbers but {label} ({place.name})")
    return np.dtype(code).newbyteorder("<")


def _native(array: npt.NDArray[Any], number: int) -> npt.NDArray[Any]:
    """Values in this machine's order; bfloat16 as float32."""
    if number % 100 == 14:
        return (array.astype(np.uint32) << 16).view(np.float32)
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _check_size(name: str, entry: _Entry, held: int, place: Place) -> None:
    """Refuse a shape larger than the bytes that are there: nothing is allocated on a word."""
    width = _dtype(name, entry.dtype, place).itemsize
    if math.prod(entry.shape) * width > 2 * held + 1024:
        sizes = " × ".join(f"{size:,}" for size in entry.shape)
        raise EmbeddingError(
            f"“{name}” is said to be {sizes}, but only {held:,} bytes of it are there; "
            f"not shown ({place.name})"
        )


def _lay(
    whole: npt.NDArray[Any], part: _Slice, array: npt.NDArray[Any], name: str, place: Place
) -> None:
    where = tuple(
        slice(start, start + size) for start, size in zip(part.starts, array.shape, strict=True)
    )
    try:
        whole[where] = array
    except ValueError as error:
        raise EmbeddingError(
            f"A slice of “{name}” reaches out of it; not shown ({place.name})"
        ) from error


def _shard(place: Place, number: int, count: int) -> Place:
    suffix = f".data-{number:05}-of-{count:05}"
    cut = len(_INDEX)
    if place.member:
        return replace(
            place, member=place.member[:-cut] + suffix, shown=place.shown[:-cut] + suffix
        )
    return replace(place, path=place.path[:-cut] + suffix, shown=place.shown[:-cut] + suffix)


def _read_bytes(
    shard: Place, offset: int, size: int, index: Place, control: Control | None
) -> tuple[npt.NDArray[np.uint8], int]:
    """The bytes and their CRC register; OSError, EmbeddingError where they are not there."""
    path = shard.local()
    if not shard.member:
        folder = os.path.dirname(os.path.realpath(index.path))
        if os.path.dirname(os.path.realpath(path)) != folder:
            raise EmbeddingError(
                f"The checkpoint's data is a link to elsewhere; not followed ({shard.name})"
            )
    with open(path, "rb", buffering=0) as stream:
        there = os.fstat(stream.fileno()).st_size
        if offset + size > there:
            raise EmbeddingError(
                f"The checkpoint's data is cut short: {there:,} bytes, {offset + size:,} expected "
                f"({shard.name})"
            )
        stream.seek(offset)
        raw = np.empty(size, np.uint8)
        view = raw.data
        at = 0
        crc = 0xFFFFFFFF
        while at < size:
            check(control, 0.9 * at / size)
            got = stream.readinto(view[at : at + _PIECE])
            if not got:
                raise EmbeddingError(f"The checkpoint's data changed while read ({shard.name})")
            crc = crc_on(crc, view[at : at + got])
            at += got
    return raw, crc


class _Version1:
    """A V1 checkpoint: values are messages in the table."""

    def __init__(self, place: Place, table: sstable.Table, head: bytes) -> None:
        self._place = place
        self._table = table
        self._notices = [Notice(place.name, message) for message in table.problems]
        self._metas: dict[str, tuple[int, tuple[int, ...], tuple[_Slice, ...]]] = {}
        metas = wire_fields.parse(head).messages(1)
        for each in wire_fields.parse(metas[-1]).messages(1) if metas else ():
            fields = wire_fields.parse(each)
            shapes = fields.messages(2)
            shape = _shape_of(shapes[-1]) if shapes else ()
            if shape is None:
                continue
            slices = [_slice_of(part, len(shape)) for part in fields.messages(4)]
            self._metas[fields.text(1)] = (
                fields.number(3),
                shape,
                tuple(part for part in slices if part is not None),
            )
        if not self._metas:
            raise EmbeddingError(f"Not a checkpoint: it lists no variables ({place.name})")

    def listing(self) -> Checkpoint:
        variables = tuple(
            Variable(name, _TYPES.get(dtype % 100, (f"type {dtype}", ""))[0], shape)
            for name, (dtype, shape, _) in self._metas.items()
        )
        prefix = re.sub(r"-\d{5}-of-\d{5}$", "", os.path.basename(self._place.name))
        return Checkpoint(self._place, prefix, 1, variables, tuple(self._notices))

    def read(
        self, name: str, control: Control | None
    ) -> tuple[npt.NDArray[Any], tuple[Notice, ...]]:
        if name not in self._metas:
            raise EmbeddingError(f"The checkpoint holds no “{name}” ({self._place.name})")
        number, shape, slices = self._metas[name]
        dtype = _dtype(name, number, self._place)
        parts: list[tuple[_Slice, npt.NDArray[Any]]] = []
        for part in slices:
            check(control)
            stored = self._table.entries.get(slice_key(name, part.starts, part.lengths))
            data = wire_fields.parse(stored).messages(2) if stored is not None else []
            tensors = wire_fields.parse(data[-1]).messages(3) if data else []
            if not tensors:
                self._notices.append(Notice(self._place.name, f"A slice of “{name}” is missing"))
                continue
            values = _proto_values(wire_fields.parse(tensors[-1]), number, dtype)
            sizes = part.sizes(shape)
            if values.size != math.prod(sizes):
                raise EmbeddingError(
                    f"A slice of “{name}” has {values.size:,} values where "
                    f"{math.prod(sizes):,} belong; not shown ({self._place.name})"
                )
            parts.append((part, values.reshape(sizes)))
        held = sum(values.nbytes for _, values in parts)
        _check_size(name, _Entry(number, shape, 0, 0, 0, None, ()), held, self._place)
        if not parts:
            raise EmbeddingError(f"“{name}” has no values ({self._place.name})")
        whole = np.zeros(shape, parts[0][1].dtype)
        if whole.dtype.kind == "f":
            whole.fill(np.nan)
        for part, values in parts:
            _lay(whole, part, values, name, self._place)
        return whole, tuple(self._notices)


def _proto_values(tensor: Fields, number: int, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """Values of a TensorProto of the checkpoint's kind: packed, without repetition."""
    content = tensor.messages(4)
    if content:
        raw = content[-1]
        cut = len(raw) - len(raw) % dtype.itemsize
        return _native(np.frombuffer(raw[:cut], dtype), number)
    field = _VALUE_FIELDS.get(number % 100)
    if field is None:
        return np.zeros(0, dtype)
    if field in (5, 6):
        raw = b"".join(tensor.messages(field)) + tensor.fixed(field)
        cut = len(raw) - len(raw) % dtype.itemsize
        return np.frombuffer(raw[:cut], dtype).astype(dtype.newbyteorder("="))
    listed = [wire_fields.signed(value) for value in _packed(tensor, field)]
    if field == 13:
        return _native(
            np.array(listed, np.int64).astype(np.uint16).view("u2" if number == 14 else "f2"),
            number,
        )
    return np.array(listed, np.int64).astype(dtype.newbyteorder("="))


def _packed(tensor: Fields, field: int) -> Iterator[int]:
    yield from tensor.numbers(field)
    for data in tensor.messages(field):
        yield from wire_fields.varints(data)


def slice_key(name: str, starts: tuple[int, ...], lengths: tuple[int, ...]) -> bytes:
    """The key of a slice: numbers and text so written that they sort as bytes ("ordered code")."""
    text = name.encode("utf-8", "surrogateescape")
    escaped = b"".join(_ESCAPES.get(byte, bytes((byte,))) for byte in text)
    pieces = [_ordered(0), escaped, b"\x00\x01"]
    pieces.append(_ordered(len(starts)))
    for start, length in zip(starts, lengths, strict=True):
        pieces.append(_ordered_signed(start))
        pieces.append(_ordered_signed(length))
    return b"".join(pieces)


def _ordered(number: int) -> bytes:
    """An unsigned number: how many bytes, then these, the highest first."""
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return bytes([len(data)]) + data


def _ordered_signed(number: int) -> bytes:
    """A signed number: as many leading ones as bytes, then a zero, then the number's bits."""
    value = ~number if number < 0 else number
    # Each byte has seven bits of its own, less one for the sign.
    length = 1
    while length < len(_SIGNED_HEADERS) and value >= 1 << (7 * length - 1):
        length += 1
    header = _SIGNED_HEADERS[length - 1].to_bytes(2, "big")
    data = bytearray(number.to_bytes(length, "big", signed=True))
    data[0] ^= header[0]
    if length > 1:
        data[1] ^= header[1]
    return bytes(data)
