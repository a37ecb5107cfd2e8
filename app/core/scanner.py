# cython: annotation_typing=False
"""Scanner: turns the bytes of event files into columns, without the GIL.

The scanner walks TFRecord framing and the wire format of Event, Summary and Value (facts: the
TensorFlow protocol buffers and TFRecord layout). Scalars become rows of ``slot, step, wall time,
value``; everything else becomes rows of ``slot, step, wall time, offset, length`` whose payload
stays on disk.

A *slot* is a tag of one run together with the way its values are written. One `Scanner` serves all
files of one run, so that a tag whose metadata stood in an earlier file is known in a later one.
A *row* is written only when its whole record was good.

This file is compiled by Cython in pure-Python mode and gives the same results uncompiled, some
thousand times slower. Every index is checked against the record's end before it is used: the bytes
are untrusted.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

try:
    import cython
except ImportError:
    from eventglass.app.core import shadow as cython  # type: ignore[no-redef]

#: True where this module runs as compiled code.
COMPILED: bool = cython.compiled
#: What to tell where it does not.
UNCOMPILED_NOTICE = (
    "Reading is some thousand times slower here than it could be: the compiled modules are "
    "missing. Install a C compiler and Python's headers, then install Eventglass again"
)

Bytes: TypeAlias = memoryview  # items are Python ints, also for 32- and 64-bit formats

# ---------------------------------------------------------------------------------------------
# Typed constants: only so can code without the GIL use them.

_NEED_MORE: int = cython.declare(cython.int, 0)
_OUTPUT_FULL: int = cython.declare(cython.int, 1)
_BAD_LENGTH_CRC: int = cython.declare(cython.int, 2)
_BAD_DATA_CRC: int = cython.declare(cython.int, 3)
_TOO_LONG: int = cython.declare(cython.int, 4)
_MALFORMED: int = cython.declare(cython.int, 5)
_NEED_ROOM: int = cython.declare(cython.int, 6)
_SPECIAL: int = cython.declare(cython.int, 7)

_NOTHING: int = cython.declare(cython.int, 0)
_SIMPLE: int = cython.declare(cython.int, 2)
_OLD_HISTOGRAM: int = cython.declare(cython.int, 3)
_IMAGE: int = cython.declare(cython.int, 4)
_HISTOGRAM: int = cython.declare(cython.int, 5)
_AUDIO: int = cython.declare(cython.int, 6)
_TENSOR: int = cython.declare(cython.int, 8)
_ODD_TENSOR: int = cython.declare(cython.int, 9)
_RUN_GRAPH: int = cython.declare(cython.int, 10)
_META_GRAPH: int = cython.declare(cython.int, 11)

_IGNORED: int = cython.declare(cython.int, 0)
_SCALAR: int = cython.declare(cython.int, 1)
_ENTRY: int = cython.declare(cython.int, 2)


class Status(IntEnum):
    """What `Scanner.scan` returns."""

    NEED_MORE = _NEED_MORE  #: the record at `position` is not complete in the buffer
    OUTPUT_FULL = _OUTPUT_FULL  #: the columns have no room for the record at `position`
    BAD_LENGTH_CRC = _BAD_LENGTH_CRC  #: the header at `position` is damaged
    BAD_DATA_CRC = _BAD_DATA_CRC  #: the record at `position` is; `record_length` is trusted
    TOO_LONG = _TOO_LONG  #: a sound header at `position` names a length no event can have
    MALFORMED = _MALFORMED  #: the record at `position` has good checksums but is no Event
    NEED_ROOM = _NEED_ROOM  #: the slot table is full: call `grow` and scan again
    SPECIAL = _SPECIAL  #: a record with a session log or run metadata was read


class Written(IntEnum):
    """How a slot's values are written: a field of Summary.Value, or one of ours."""

    NOTHING = _NOTHING
    SIMPLE = _SIMPLE
    OLD_HISTOGRAM = _OLD_HISTOGRAM
    IMAGE = _IMAGE
    HISTOGRAM = _HISTOGRAM
    AUDIO = _AUDIO
    TENSOR = _TENSOR
    ODD_TENSOR = _ODD_TENSOR  #: a tensor that is no single number, under a tag of scalars
    RUN_GRAPH = _RUN_GRAPH
    META_GRAPH = _META_GRAPH
    OTHER_PLUGIN = 64  #: and above: tensors of another plugin under a tag seen before


class SlotClass(IntEnum):
    """What becomes of a slot's values."""

    IGNORED = _IGNORED
    SCALAR = _SCALAR
    ENTRY = _ENTRY


_M64: int = cython.declare(cython.ulonglong, 0xFFFFFFFFFFFFFFFF)
_HASH_PRIME: int = cython.declare(cython.ulonglong, 0x9E3779B97F4A7C15)
_CRC_START: int = cython.declare(cython.uint, 0xFFFFFFFF)
_CRC_MASK_DELTA: int = cython.declare(cython.ulonglong, 0xA282EAD8)
_M32: int = cython.declare(cython.ulonglong, 0xFFFFFFFF)
#: Records no longer than this are checked even where checking has found too much to be unsound.
_SMALL_RECORD: int = cython.declare(cython.Py_ssize_t, 1024)
#: Longer records can't be protocol buffers.
_MAX_RECORD: int = cython.declare(cython.ulonglong, 0x7FFFFFFF)
_KNOWN: int = cython.declare(cython.ulonglong, 0x100000000)
_SIGN32: int = cython.declare(cython.ulonglong, 0x80000000)
_ABOVE32: int = cython.declare(cython.ulonglong, 0xFFFFFFFF80000000)
_SIGN16: int = cython.declare(cython.ulonglong, 0x8000)
_ABOVE16: int = cython.declare(cython.ulonglong, 0xFFFFFFFFFFFF8000)
_SIGN8: int = cython.declare(cython.ulonglong, 0x80)
_ABOVE8: int = cython.declare(cython.ulonglong, 0xFFFFFFFFFFFFFF80)


def _view(array: npt.NDArray[Any]) -> Any:
    # memoryview items are Python numbers also when uncompiled; NumPy's would overflow.
    return memoryview(array)  # type: ignore[arg-type]  # arrays are buffers; the stubs don't say


def _crc_tables() -> npt.NDArray[np.uint32]:
    """(16 * 256,) uint32: table k moves a byte k places; reflected Castagnoli polynomial."""
    tables = np.zeros((16, 256), np.uint32)
    row = np.arange(256, dtype=np.uint32)
    for _bit in range(8):
        row = np.where(row & 1, (row >> 1) ^ np.uint32(0x82F63B78), row >> 1).astype(np.uint32)
    tables[0] = row
    for k in range(1, 16):
        before = tables[k - 1]
        tables[k] = (before >> 8) ^ tables[0][before & 0xFF]
    return tables.reshape(-1)


_TABLES = _view(_crc_tables())
_NO_BYTES = memoryview(b"")
# CRCs of short lengths, each found once; every thread writes the same values.
_LENGTH_CRCS = _view(np.zeros(1024, np.uint64))


# ---------------------------------------------------------------------------------------------
# Little-endian reads. The C compiler turns each into one load.


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
@cython.returns(cython.ulonglong)
@cython.locals(buf="const unsigned char[::1]", p=cython.Py_ssize_t)
def _u32(buf: Bytes, p: int) -> int:
    return (
        cython.cast(cython.ulonglong, buf[p])
        | (cython.cast(cython.ulonglong, buf[p + 1]) << 8)
        | (cython.cast(cython.ulonglong, buf[p + 2]) << 16)
        | (cython.cast(cython.ulonglong, buf[p + 3]) << 24)
    )


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
@cython.returns(cython.ulonglong)
@cython.locals(buf="const unsigned char[::1]", p=cython.Py_ssize_t)
def _u64(buf: Bytes, p: int) -> int:
    return (
        cython.cast(cython.ulonglong, buf[p])
        | (cython.cast(cython.ulonglong, buf[p + 1]) << 8)
        | (cython.cast(cython.ulonglong, buf[p + 2]) << 16)
        | (cython.cast(cython.ulonglong, buf[p + 3]) << 24)
        | (cython.cast(cython.ulonglong, buf[p + 4]) << 32)
        | (cython.cast(cython.ulonglong, buf[p + 5]) << 40)
        | (cython.cast(cython.ulonglong, buf[p + 6]) << 48)
        | (cython.cast(cython.ulonglong, buf[p + 7]) << 56)
    )


if not cython.compiled:

    def eg_crc32c(_data: object, _length: int, _crc: int) -> int:
        """Stand in for the compiled scanner's C function, see ``scanner.pxd``."""
        raise NotImplementedError

    def eg_has_crc32c() -> int:
        """Return 0: uncompiled code uses the tables."""
        return 0


_BY_HARDWARE: bool = cython.declare(cython.bint, eg_has_crc32c() != 0)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
@cython.returns(cython.uint)
@cython.locals(
    buf="const unsigned char[::1]",
    t="const unsigned int[::1]",
    p=cython.Py_ssize_t,
    end=cython.Py_ssize_t,
    crc=cython.uint,
    a=cython.uint,
    b=cython.uint,
    c=cython.uint,
    d=cython.uint,
)
def _crc_on(buf: Bytes, p: int, end: int, t: Bytes, crc: int) -> int:
    """CRC register after ``buf[p:end]``: by the processor, or by table, sixteen bytes a turn."""
    if _BY_HARDWARE and cython.compiled and p < end:
        crc = eg_crc32c(cython.address(buf[p]), end - p, crc)
        p = end
    while end - p >= 16:
        a = crc ^ cython.cast(cython.uint, _u32(buf, p))
        b = cython.cast(cython.uint, _u32(buf, p + 4))
        c = cython.cast(cython.uint, _u32(buf, p + 8))
        d = cython.cast(cython.uint, _u32(buf, p + 12))
        crc = (
            t[3840 + (a & 255)]
            ^ t[3584 + ((a >> 8) & 255)]
            ^ t[3328 + ((a >> 16) & 255)]
            ^ t[3072 + (a >> 24)]
            ^ t[2816 + (b & 255)]
            ^ t[2560 + ((b >> 8) & 255)]
            ^ t[2304 + ((b >> 16) & 255)]
            ^ t[2048 + (b >> 24)]
            ^ t[1792 + (c & 255)]
            ^ t[1536 + ((c >> 8) & 255)]
            ^ t[1280 + ((c >> 16) & 255)]
            ^ t[1024 + (c >> 24)]
            ^ t[768 + (d & 255)]
            ^ t[512 + ((d >> 8) & 255)]
            ^ t[256 + ((d >> 16) & 255)]
            ^ t[d >> 24]
        )
        p += 16
    if end - p >= 8:
        a = crc ^ cython.cast(cython.uint, _u32(buf, p))
        b = cython.cast(cython.uint, _u32(buf, p + 4))
        crc = (
            t[1792 + (a & 255)]
            ^ t[1536 + ((a >> 8) & 255)]
            ^ t[1280 + ((a >> 16) & 255)]
            ^ t[1024 + (a >> 24)]
            ^ t[768 + (b & 255)]
            ^ t[512 + ((b >> 8) & 255)]
            ^ t[256 + ((b >> 16) & 255)]
            ^ t[b >> 24]
        )
        p += 8
    while p < end:
        crc = (crc >> 8) ^ t[(crc ^ buf[p]) & 255]
        p += 1
    return crc


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
@cython.returns(cython.uint)
@cython.locals(crc=cython.uint, m=cython.ulonglong)
def _masked(crc: int) -> int:
    m = crc ^ _CRC_START
    m = (((m >> 15) | (m << 17)) + _CRC_MASK_DELTA) & _M32
    return cython.cast(cython.uint, m)


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
@cython.returns(cython.uint)
@cython.locals(
    buf="const unsigned char[::1]",
    t="const unsigned int[::1]",
    p=cython.Py_ssize_t,
    end=cython.Py_ssize_t,
)
def _masked_crc(buf: Bytes, p: int, end: int, t: Bytes) -> int:
    """Masked CRC-32C of ``buf[p:end]``."""
    return _masked(_crc_on(buf, p, end, t, _CRC_START))


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
@cython.returns(cython.ulonglong)
@cython.locals(
    x=cython.ulonglong,
    sign=cython.ulonglong,
    exponent=cython.ulonglong,
    fraction=cython.ulonglong,
)
def _widen32(x: int) -> int:
    """Bits of the float64 equal to the float32 with bits `x` (NaN payloads kept)."""
    sign = (x >> 31) << 63
    exponent = (x >> 23) & 0xFF
    fraction = x & 0x7FFFFF
    if exponent == 0:
        if fraction == 0:
            return sign
        exponent = 897
        while fraction < 0x800000:
            fraction <<= 1
            exponent -= 1
        return sign | (exponent << 52) | ((fraction & 0x7FFFFF) << 29)
    if exponent == 0xFF:
        exponent = 0x7FF
    else:
        exponent += 896
    return sign | (exponent << 52) | (fraction << 29)


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
@cython.returns(cython.ulonglong)
@cython.locals(
    x=cython.ulonglong,
    sign=cython.ulonglong,
    exponent=cython.ulonglong,
    fraction=cython.ulonglong,
)
def _widen16(x: int) -> int:
    """Bits of the float64 equal to the IEEE half with bits `x`."""
    sign = ((x >> 15) & 1) << 63
    exponent = (x >> 10) & 0x1F
    fraction = x & 0x3FF
    if exponent == 0:
        if fraction == 0:
            return sign
        exponent = 1009
        while fraction < 0x400:
            fraction <<= 1
            exponent -= 1
        return sign | (exponent << 52) | ((fraction & 0x3FF) << 42)
    if exponent == 0x1F:
        exponent = 0x7FF
    else:
        exponent += 1008
    return sign | (exponent << 52) | (fraction << 42)


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
@cython.returns(cython.double)
@cython.locals(v=cython.ulonglong)
def _signed_double(v: int) -> float:
    """The float64 nearest to the two's complement number in `v`."""
    if v >> 63:
        return -cython.cast(cython.double, ((v ^ _M64) + 1) & _M64)
    return cython.cast(cython.double, v)


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
@cython.returns(cython.ulonglong)
@cython.locals(
    buf="const unsigned char[::1]",
    p=cython.Py_ssize_t,
    end=cython.Py_ssize_t,
    h=cython.ulonglong,
)
def _hash(buf: Bytes, p: int, end: int, h: int) -> int:
    while end - p >= 8:
        h = ((h ^ _u64(buf, p)) * _HASH_PRIME) & _M64
        h ^= h >> 29
        p += 8
    while p < end:
        h = ((h ^ buf[p]) * _HASH_PRIME) & _M64
        h ^= h >> 31
        p += 1
    return h


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
@cython.returns(cython.bint)
@cython.locals(
    a="const unsigned char[::1]",
    b="const unsigned char[::1]",
    i=cython.Py_ssize_t,
    p=cython.Py_ssize_t,
    q=cython.Py_ssize_t,
    n=cython.Py_ssize_t,
)
def _same_bytes(a: Bytes, p: int, b: Bytes, q: int, n: int) -> bool:
    i = 0
    while n - i >= 8:
        if _u64(a, p + i) != _u64(b, q + i):
            return False
        i += 8
    while i < n:
        if a[p + i] != b[q + i]:
            return False
        i += 1
    return True


def masked_crc(*pieces: bytes | bytearray | memoryview) -> int:
    """Masked CRC-32C of `pieces` one behind another, as TFRecord files store it."""
    crc = 0xFFFFFFFF
    for piece in pieces:
        crc = crc_on(crc, piece)
    return mask_crc(crc)


def crc_on(crc: int, data: bytes | bytearray | memoryview) -> int:
    """CRC register after more `data`; it begins as 0xFFFFFFFF and ends in `mask_crc`."""
    view = memoryview(data)
    return int(_crc_on(view, 0, len(view), _TABLES, crc))


def mask_crc(crc: int) -> int:
    """Masked CRC-32C of a CRC register, as TFRecord files store it."""
    return int(_masked(crc))


# ---------------------------------------------------------------------------------------------


#: Rows there is room for at first.
SCALARS, ENTRIES = 1 << 16, 1 << 12


class Columns:
    """Room for the rows of one scan; reused from scan to scan by one thread.

    Scalars: ``slots`` (n,) int32, ``steps`` (n,) int64, ``wall_times`` (n,) float64 seconds,
    ``values`` (n,) float64, and the grouped copies `Scanner.group` makes.
    Entries: ``entry_slots``, ``entry_steps``, ``entry_wall_times``, ``entry_offsets`` (n,) uint64
    absolute in the file, ``entry_lengths`` (n,) uint64.
    """

    def __init__(self, scalars: int = SCALARS, entries: int = ENTRIES) -> None:
        self.reserve(scalars, entries)

    def reserve(self, scalars: int, entries: int) -> None:
        """Make room for so many rows; what was in the columns is lost."""
        # One row to spare: a value is tried out before it is known to be a scalar.
        self.room_scalars, self.room_entries = scalars, entries
        self.slots = np.empty(scalars, np.int32)
        self.step_bits = np.empty(scalars + 1, np.uint64)
        self.wall_bits = np.empty(scalars + 1, np.uint64)
        self.value_bits = np.empty(scalars + 1, np.uint64)
        self.grouped_steps = np.empty(scalars, np.uint64)
        self.grouped_walls = np.empty(scalars, np.uint64)
        self.grouped_values = np.empty(scalars, np.uint64)
        self.group_ids = np.empty(scalars, np.int32)
        self.group_stops = np.empty(scalars, np.int64)
        self.entry_slots = np.empty(entries, np.int32)
        self.entry_step_bits = np.empty(entries, np.uint64)
        self.entry_wall_bits = np.empty(entries, np.uint64)
        self.entry_offsets = np.empty(entries, np.uint64)
        self.entry_lengths = np.empty(entries, np.uint64)


#: Tags of one run times the ways to write them; a run with more is damaged or hostile.
MAX_SLOTS = 2_000_000
#: What `Scanner.patience` begins with, in bytes.
PATIENCE = 256 << 20


@cython.final  # direct calls: a buffer passed through a method table is copied each time
@cython.cclass
class Scanner:
    """Scans the event files of one run; keeps its slot table between blocks and files.

    After `scan`: `position` is the first byte not consumed, `scalars` and `entries` count the rows
    written, `slot_count` the slots known. `ignored` counts values that carried nothing to keep.

    `patience` is how many bytes may still be found to be unsound records before only small ones are
    tried: in a file made of headers with good checksums each would be tried to its end. `full` says
    that there were more slots than `slot_limit`; values of the others are ignored.
    """

    position: int = cython.declare(cython.Py_ssize_t, visibility="public")
    record_length: int = cython.declare(cython.ulonglong, visibility="public")
    scalars: int = cython.declare(cython.Py_ssize_t, visibility="public")
    entries: int = cython.declare(cython.Py_ssize_t, visibility="public")
    slot_count: int = cython.declare(cython.Py_ssize_t, visibility="public")
    ignored: int = cython.declare(cython.Py_ssize_t, visibility="public")
    records: int = cython.declare(cython.longlong, visibility="public")
    special_field: int = cython.declare(cython.int, visibility="public")
    special_start: int = cython.declare(cython.Py_ssize_t, visibility="public")
    special_stop: int = cython.declare(cython.Py_ssize_t, visibility="public")
    step_bits: int = cython.declare(cython.ulonglong, visibility="public")
    wall_bits: int = cython.declare(cython.ulonglong, visibility="public")
    patience: int = cython.declare(cython.longlong, visibility="public")
    full: bool = cython.declare(cython.bint, visibility="public")

    _buf: Any = cython.declare("const unsigned char[::1]")
    _crc: Any = cython.declare("const unsigned int[::1]")
    _length_crcs: Any = cython.declare("unsigned long long[::1]")

    _index: Any = cython.declare("int[::1]")
    _index_mask: int = cython.declare(cython.ulonglong)
    _slot_room: int = cython.declare(cython.Py_ssize_t)
    _hashes: Any = cython.declare("unsigned long long[::1]")
    _written: Any = cython.declare("int[::1]")
    _tag_at: Any = cython.declare("long long[::1]")
    _tag_len: Any = cython.declare("long long[::1]")
    _meta_at: Any = cython.declare("long long[::1]")
    _meta_len: Any = cython.declare("long long[::1]")
    _meta_hash: Any = cython.declare("unsigned long long[::1]")
    _plugin_at: Any = cython.declare("long long[::1]")
    _plugin_len: Any = cython.declare("long long[::1]")
    _classes: Any = cython.declare("int[::1]")
    _next: Any = cython.declare("int[::1]")
    _last: int = cython.declare(cython.int)
    # The bytes a slot's plain record has between its step and its number; length 0 for none.
    _plain_at: Any = cython.declare("long long[::1]")
    _plain_len: Any = cython.declare("long long[::1]")
    # Where the four bytes of the float32 of the value parsed last are, -1 for another number.
    _float_at: int = cython.declare(cython.Py_ssize_t)
    _arena: Any = cython.declare("unsigned char[::1]")
    _arena_used: int = cython.declare(cython.Py_ssize_t)
    _arena_room: int = cython.declare(cython.Py_ssize_t)
    _group_of: Any = cython.declare("int[::1]")
    _group_counts: Any = cython.declare("int[::1]")
    _group_room: int = cython.declare(cython.Py_ssize_t)
    _short_of: int = cython.declare(cython.Py_ssize_t)
    _slot_limit: int = cython.declare(cython.Py_ssize_t)

    _out_slot: Any = cython.declare("int[::1]")
    _out_step: Any = cython.declare("unsigned long long[::1]")
    _out_wall: Any = cython.declare("unsigned long long[::1]")
    _out_bits: Any = cython.declare("unsigned long long[::1]")
    _out_value: Any = cython.declare("double[::1]")
    _room: int = cython.declare(cython.Py_ssize_t)
    _ent_slot: Any = cython.declare("int[::1]")
    _ent_step: Any = cython.declare("unsigned long long[::1]")
    _ent_wall: Any = cython.declare("unsigned long long[::1]")
    _ent_offset: Any = cython.declare("unsigned long long[::1]")
    _ent_length: Any = cython.declare("unsigned long long[::1]")
    _ent_room: int = cython.declare(cython.Py_ssize_t)
    _base: int = cython.declare(cython.ulonglong)

    _p: int = cython.declare(cython.Py_ssize_t)
    _len: int = cython.declare(cython.Py_ssize_t)

    def __init__(self, slot_limit: int = MAX_SLOTS) -> None:
        self._crc = _TABLES
        self._length_crcs = _LENGTH_CRCS
        self._slot_room = 0
        self._arena_room = 0
        self._group_room = 0
        self.slot_count = 0
        self._arena_used = 0
        self._last = 0
        self._float_at = -1
        self._slot_limit = slot_limit
        self._short_of = 0
        self.full = False
        self.patience = PATIENCE
        self.ignored = 0
        self.records = 0
        self.position = 0
        self.record_length = 0
        self.scalars = self.entries = 0
        self.special_field = 0
        self.special_start = self.special_stop = 0
        self.step_bits = self.wall_bits = 0
        self._resize(32, 1024)

    @cython.locals(h=cython.ulonglong, s=cython.Py_ssize_t, i=cython.ulonglong)
    def _resize(self, slots: int, arena: int) -> None:
        n = self.slot_count

        def longer(old: Any, count: int, dtype: type, used: int) -> Any:
            new: npt.NDArray[Any] = np.zeros(count, dtype)
            if used:
                new[:used] = np.asarray(old)[:used]
            return _view(new)

        if slots > self._slot_room:
            self._hashes = longer(self._hashes if n else None, slots, np.uint64, n)
            self._written = longer(self._written if n else None, slots, np.int32, n)
            self._tag_at = longer(self._tag_at if n else None, slots, np.int64, n)
            self._tag_len = longer(self._tag_len if n else None, slots, np.int64, n)
            self._meta_at = longer(self._meta_at if n else None, slots, np.int64, n)
            self._meta_len = longer(self._meta_len if n else None, slots, np.int64, n)
            self._meta_hash = longer(self._meta_hash if n else None, slots, np.uint64, n)
            self._plugin_at = longer(self._plugin_at if n else None, slots, np.int64, n)
            self._plugin_len = longer(self._plugin_len if n else None, slots, np.int64, n)
            self._classes = longer(self._classes if n else None, slots, np.int32, n)
            self._next = longer(self._next if n else None, slots, np.int32, n)
            self._plain_at = longer(self._plain_at if n else None, slots, np.int64, n)
            self._plain_len = longer(self._plain_len if n else None, slots, np.int64, n)
            self._slot_room = slots
            index = np.full(slots * 2, -1, np.int32)
            self._index = _view(index)
            self._index_mask = slots * 2 - 1
            for s in range(n):
                h = self._hashes[s]
                i = h & self._index_mask
                while self._index[i] >= 0:
                    i = (i + 1) & self._index_mask
                self._index[i] = s
        if arena > self._arena_room:
            used = self._arena_used
            self._arena = longer(self._arena if used else None, arena, np.uint8, used)
            self._arena_room = arena

    def grow(self) -> None:
        """Make room after `scan` returned NEED_ROOM."""
        slots = self._slot_room * 2 if self.slot_count + 1 >= self._slot_room else self._slot_room
        arena = self._arena_room
        if self._short_of > arena - self._arena_used:
            arena = max(2 * arena, self._arena_used + self._short_of)
        self._short_of = 0
        self._resize(slots, arena)

    def arena_room(self) -> int:
        """Bytes there is room for in tags, metadata and names of plugins."""
        return int(self._arena_room)

    def slots(self, first: int) -> list[tuple[bytes, int, bytes, int]]:
        """Tag, way it is written, metadata message and class of the slots from `first` on."""
        if first >= self.slot_count:
            return []
        # Slots lie in the arena in their order: only the part not seen before is copied.
        start = self._tag_at[first]
        arena = bytes(np.asarray(self._arena)[start : self._arena_used])
        found = []
        for s in range(first, self.slot_count):
            # Without metadata their place is 0 and their length too.
            tag_at, meta_at = self._tag_at[s] - start, max(0, self._meta_at[s] - start)
            found.append(
                (
                    arena[tag_at : tag_at + self._tag_len[s]],
                    self._written[s],
                    arena[meta_at : meta_at + self._meta_len[s]],
                    self._classes[s],
                )
            )
        return found

    # -- framing ------------------------------------------------------------------------------

    @cython.locals(position=cython.Py_ssize_t, end=cython.Py_ssize_t, status=cython.int)
    def scan(
        self,
        buffer: Bytes | bytes | bytearray,
        position: int,
        end: int,
        base: int,
        columns: Columns,
    ) -> int:
        """Scan records of ``buffer[position:end]``, which lies at offset `base` of the file.

        Rows go to `columns` from row 0. Returns a `Status`.
        """
        self._base = base
        self._out_slot = _view(columns.slots)
        self._out_step = _view(columns.step_bits)
        self._out_wall = _view(columns.wall_bits)
        self._out_bits = _view(columns.value_bits)
        self._out_value = _view(columns.value_bits.view(np.float64))
        self._room = columns.room_scalars
        self._ent_slot = _view(columns.entry_slots)
        self._ent_step = _view(columns.entry_step_bits)
        self._ent_wall = _view(columns.entry_wall_bits)
        self._ent_offset = _view(columns.entry_offsets)
        self._ent_length = _view(columns.entry_lengths)
        self._ent_room = columns.room_entries
        self.scalars = 0
        self.entries = 0
        self._buf = memoryview(buffer)
        try:
            with cython.nogil:
                status = self._records(position, end)
        finally:
            # A buffer that is held can't be resized.
            self._buf = _NO_BYTES
        return status

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    @cython.returns(cython.int)
    @cython.locals(
        p=cython.Py_ssize_t,
        end=cython.Py_ssize_t,
        length=cython.ulonglong,
        size=cython.Py_ssize_t,
        expected=cython.uint,
        n0=cython.Py_ssize_t,
        e0=cython.Py_ssize_t,
        status=cython.int,
    )
    def _records(self, p: int, end: int) -> int:
        status = _NEED_MORE
        while end - p >= 12:
            length = _u64(self._buf, p)
            if length < 1024:
                if self._length_crcs[length] == 0:
                    self._length_crcs[length] = (
                        cython.cast(cython.ulonglong, _masked_crc(self._buf, p, p + 8, self._crc))
                        | _KNOWN
                    )
                expected = cython.cast(cython.uint, self._length_crcs[length] & _M32)
            else:
                expected = _masked_crc(self._buf, p, p + 8, self._crc)
            self.record_length = length
            if expected != _u32(self._buf, p + 8):
                status = _BAD_LENGTH_CRC
                break
            if length > _MAX_RECORD:
                status = _TOO_LONG
                break
            size = cython.cast(cython.Py_ssize_t, length)
            if end - p < size + 16:
                break
            if self.patience <= 0 and size > _SMALL_RECORD:
                status = _BAD_DATA_CRC
                break
            if _masked_crc(self._buf, p + 12, p + 12 + size, self._crc) != _u32(
                self._buf, p + 12 + size
            ):
                self.patience -= size
                status = _BAD_DATA_CRC
                break
            n0 = self.scalars
            e0 = self.entries
            self.special_field = 0
            if self._plain(p + 12, p + 12 + size):
                self.records += 1
                p += size + 16
                continue
            self._float_at = -1
            status = self._event(p + 12, p + 12 + size)
            if status != 0:
                self.scalars = n0
                self.entries = e0
                break
            if self._float_at == p + 8 + size and self.scalars == n0 + 1 and self.entries == e0:
                self._learn_plain(self._out_slot[n0], p + 12, p + 12 + size)
            self.records += 1
            p += size + 16
            if self.special_field != 0:
                status = _SPECIAL
                break
            status = _NEED_MORE
        self.position = p
        return status

    @cython.locals(
        start=cython.Py_ssize_t, end=cython.Py_ssize_t, found=cython.Py_ssize_t, must=cython.bint
    )
    def resync(self, buffer: Bytes | bytes | bytearray, start: int, end: int, whole: bool) -> int:
        """First position from `start` on where a sound record begins, or -1.

        A header whose CRC matches is taken when the record's own CRC matches too. A header whose
        record runs past `end` counts only when not `whole` (the bytes to judge it by may come).
        """
        must = whole
        self._buf = memoryview(buffer)
        try:
            with cython.nogil:
                found = self._find(start, end, must)
        finally:
            self._buf = _NO_BYTES
        return found

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    @cython.returns(cython.Py_ssize_t)
    @cython.locals(
        p=cython.Py_ssize_t,
        end=cython.Py_ssize_t,
        length=cython.ulonglong,
        size=cython.Py_ssize_t,
        must=cython.bint,
    )
    def _find(self, p: int, end: int, must: bool) -> int:
        while end - p >= 12:
            # No event file holds records near 2 GiB: the top bytes are zero, a cheap first look.
            if (
                self._buf[p + 7] == 0
                and self._buf[p + 6] == 0
                and self._buf[p + 5] == 0
                and self._buf[p + 4] == 0
            ):
                length = _u64(self._buf, p)
                if length <= _MAX_RECORD and _masked_crc(self._buf, p, p + 8, self._crc) == _u32(
                    self._buf, p + 8
                ):
                    size = cython.cast(cython.Py_ssize_t, length)
                    if end - p < size + 16:
                        if not must:
                            return p
                    elif self.patience > 0 or size <= _SMALL_RECORD:
                        if _masked_crc(self._buf, p + 12, p + 12 + size, self._crc) == _u32(
                            self._buf, p + 12 + size
                        ):
                            return p
                        self.patience -= size
            p += 1
        return -1

    # -- plain records ------------------------------------------------------------------------
    #
    # Most records of most files are one float32 under a tag, and differ from the one before under
    # this tag in nothing but wall time, step and number. Where all other bytes are the same, so is
    # what parsing them would find.

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    @cython.returns(cython.bint)
    @cython.locals(
        p=cython.Py_ssize_t,
        end=cython.Py_ssize_t,
        q=cython.Py_ssize_t,
        s=cython.int,
        n=cython.Py_ssize_t,
        length=cython.Py_ssize_t,
        step=cython.ulonglong,
    )
    def _plain(self, p: int, end: int) -> bool:
        """Write the row of a plain record of the slot that comes next; False when it is not one."""
        if self.slot_count == 0 or end - p < 16:
            return False
        s: int = self._next[self._last]
        length = self._plain_len[s]
        if length == 0 or self._buf[p] != 9 or self._buf[p + 9] != 16:
            return False
        step = self._varint(p + 10, end)
        q = self._p
        n = self.scalars
        if q < 0 or end - q != length + 4 or n >= self._room:
            return False
        if not _same_bytes(self._buf, q, self._arena, self._plain_at[s], length):
            return False
        self.step_bits = step
        self.wall_bits = _u64(self._buf, p + 1)
        self._out_step[n] = step
        self._out_wall[n] = self.wall_bits
        self._out_bits[n] = _widen32(_u32(self._buf, end - 4))
        self._out_slot[n] = s
        self.scalars = n + 1
        self._last = s
        return True

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    @cython.returns(cython.void)
    @cython.locals(
        s=cython.Py_ssize_t,
        p=cython.Py_ssize_t,
        end=cython.Py_ssize_t,
        q=cython.Py_ssize_t,
        at=cython.Py_ssize_t,
        length=cython.Py_ssize_t,
    )
    def _learn_plain(self, s: int, p: int, end: int) -> None:
        """Remember a record that gave one float32, its last four bytes, as its slot's plain one."""
        if self._plain_len[s] != 0 or end - p < 16 or self._buf[p] != 9 or self._buf[p + 9] != 16:
            return
        self._varint(p + 10, end)
        q = self._p
        if q < 0 or q >= end or self._buf[q] != 42:
            return
        length = end - 4 - q
        # The summary must be all that follows: a second step or wall time would count instead.
        # Without room it is learnt another time.
        at = self._sized(q + 1, end)
        if at < 0 or at + self._len != end or length > self._arena_room - self._arena_used:
            return
        self._plain_at[s] = self._keep(q, length)
        self._plain_len[s] = length

    # -- wire format --------------------------------------------------------------------------

    @cython.cfunc
    @cython.nogil
    @cython.inline
    @cython.exceptval(check=False)
    @cython.returns(cython.ulonglong)
    @cython.locals(
        p=cython.Py_ssize_t,
        end=cython.Py_ssize_t,
        v=cython.ulonglong,
        b=cython.ulonglong,
        shift=cython.int,
    )
    def _varint(self, p: int, end: int) -> int:
        """Varint at `p`; leaves the next position in ``_p``, -1 when it is broken."""
        b: int = 0
        if p < end:
            b = self._buf[p]
            if b < 128:
                self._p = p + 1
                return b
        v = 0
        shift = 0
        while p < end and shift < 70:
            b = self._buf[p]
            p += 1
            if shift < 63:
                v |= (b & 127) << shift
            elif shift == 63:
                v |= (b & 1) << 63
            if b < 128:
                self._p = p
                return v
            shift += 7
        self._p = -1
        return 0

    @cython.cfunc
    @cython.nogil
    @cython.inline
    @cython.exceptval(check=False)
    @cython.returns(cython.Py_ssize_t)
    @cython.locals(
        p=cython.Py_ssize_t,
        end=cython.Py_ssize_t,
        n=cython.ulonglong,
    )
    def _sized(self, p: int, end: int) -> int:
        """Start of a length-delimited field at `p`, its length in ``_len``; -1 when broken."""
        n = self._varint(p, end)
        p = self._p
        if p < 0 or n > cython.cast(cython.ulonglong, end - p):
            return -1
        self._len = cython.cast(cython.Py_ssize_t, n)
        return p

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    @cython.returns(cython.Py_ssize_t)
    @cython.locals(
        p=cython.Py_ssize_t,
        end=cython.Py_ssize_t,
        key=cython.ulonglong,
        wire=cython.ulonglong,
    )
    def _skip(self, p: int, end: int, key: int) -> int:
        """Position after the field with this key whose value starts at `p`; -1 when broken."""
        wire = key & 7
        if key >> 3 == 0:
            return -1
        if wire == 0:
            self._varint(p, end)
            return self._p
        if wire == 1:
            return p + 8 if end - p >= 8 else -1
        if wire == 2:
            p = self._sized(p, end)
            return p + self._len if p >= 0 else -1
        if wire == 5:
            return p + 4 if end - p >= 4 else -1
        # Groups ended with proto1; no event holds one.
        return -1

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    @cython.returns(cython.int)
    @cython.locals(
        p=cython.Py_ssize_t,
        end=cython.Py_ssize_t,
        start=cython.Py_ssize_t,
        key=cython.ulonglong,
        summaries=cython.int,
        at=cython.Py_ssize_t,
        size=cython.Py_ssize_t,
        status=cython.int,
        field=cython.int,
        graph_at=cython.Py_ssize_t,
        graph_len=cython.Py_ssize_t,
        meta_at=cython.Py_ssize_t,
        meta_len=cython.Py_ssize_t,
    )
    def _event(self, p: int, end: int) -> int:
        """Rows of one Event; 0 when all is well, else a status."""
        start = p
        self.step_bits = 0
        self.wall_bits = 0
        summaries = 0
        at = size = 0
        graph_at = graph_len = meta_at = meta_len = -1
        while p < end:
            key = self._buf[p]
            if key < 128:
                p += 1
            else:
                key = self._varint(p, end)
                p = self._p
                if p < 0:
                    return _MALFORMED
            if key == 9:
                if end - p < 8:
                    return _MALFORMED
                self.wall_bits = _u64(self._buf, p)
                p += 8
            elif key == 16:
                self.step_bits = self._varint(p, end)
                p = self._p
                if p < 0:
                    return _MALFORMED
            elif key == 42:
                p = self._sized(p, end)
                if p < 0:
                    return _MALFORMED
                at = p
                size = self._len
                summaries += 1
                p += size
            elif key == 34:
                p = self._sized(p, end)
                if p < 0:
                    return _MALFORMED
                graph_at = p
                graph_len = self._len
                p += graph_len
            elif key == 74:
                p = self._sized(p, end)
                if p < 0:
                    return _MALFORMED
                meta_at = p
                meta_len = self._len
                p += meta_len
            elif key == 58 or key == 66:
                p = self._sized(p, end)
                if p < 0:
                    return _MALFORMED
                self.special_field = cython.cast(cython.int, key >> 3)
                self.special_start = p
                self.special_stop = p + self._len
                p += self._len
            else:
                p = self._skip(p, end, key)
                if p < 0:
                    return _MALFORMED
        if graph_at >= 0:
            status = self._graph(_RUN_GRAPH, graph_at, graph_len)
            if status != 0:
                return status
        if meta_at >= 0:
            status = self._graph(_META_GRAPH, meta_at, meta_len)
            if status != 0:
                return status
        if summaries == 1:
            return self._summary(at, at + size)
        if summaries > 1:
            # Rare, but legal: a message field written twice is merged.
            p = start
            while p < end:
                key = self._varint(p, end)
                p = self._p
                if key == 42:
                    p = self._sized(p, end)
                    at = p
                    size = self._len
                    status = self._summary(at, at + size)
                    if status != 0:
                        return status
                    p = at + size
                else:
                    p = self._skip(p, end, key)
        return 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    @cython.returns(cython.int)
    @cython.locals(
        written=cython.int,
        at=cython.Py_ssize_t,
        size=cython.Py_ssize_t,
        s=cython.Py_ssize_t,
    )
    def _graph(self, written: int, at: int, size: int) -> int:
        s = self._find_slot(0, 0, written)
        if s < 0:
            s = self._add_slot(0, 0, written, -1, 0, 0, 0, _ENTRY)
            if s < 0:
                return self._no_slot(s)
        return self._entry(s, at, size)

    @cython.cfunc
    @cython.nogil
    @cython.inline
    @cython.exceptval(check=False)
    @cython.returns(cython.int)
    @cython.locals(
        s=cython.Py_ssize_t, at=cython.Py_ssize_t, size=cython.Py_ssize_t, e=cython.Py_ssize_t
    )
    def _entry(self, s: int, at: int, size: int) -> int:
        e = self.entries
        if e >= self._ent_room:
            return _OUTPUT_FULL
        self._ent_slot[e] = cython.cast(cython.int, s)
        self._ent_step[e] = self.step_bits
        self._ent_wall[e] = self.wall_bits
        self._ent_offset[e] = self._base + cython.cast(cython.ulonglong, at)
        self._ent_length[e] = cython.cast(cython.ulonglong, size)
        self.entries = e + 1
        return 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    @cython.returns(cython.int)
    @cython.locals(
        p=cython.Py_ssize_t,
        end=cython.Py_ssize_t,
        key=cython.ulonglong,
        size=cython.Py_ssize_t,
        status=cython.int,
    )
    def _summary(self, p: int, end: int) -> int:
        while p < end:
            key = self._buf[p]
            if key < 128:
                p += 1
            else:
                key = self._varint(p, end)
                p = self._p
                if p < 0:
                    return _MALFORMED
            if key == 10:
                p = self._sized(p, end)
                if p < 0:
                    return _MALFORMED
                size = self._len
                status = self._value(p, p + size)
                if status != 0:
                    return status
                p += size
            else:
                p = self._skip(p, end, key)
                if p < 0:
                    return _MALFORMED
        return 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    @cython.returns(cython.int)
    @cython.locals(
        p=cython.Py_ssize_t,
        end=cython.Py_ssize_t,
        start=cython.Py_ssize_t,
        key=cython.ulonglong,
        tag_at=cython.Py_ssize_t,
        tag_len=cython.Py_ssize_t,
        node_at=cython.Py_ssize_t,
        node_len=cython.Py_ssize_t,
        meta_at=cython.Py_ssize_t,
        meta_len=cython.Py_ssize_t,
        val_at=cython.Py_ssize_t,
        val_len=cython.Py_ssize_t,
        written=cython.int,
        simple=cython.ulonglong,
        simple_at=cython.Py_ssize_t,
        s=cython.Py_ssize_t,
        n=cython.Py_ssize_t,
        got=cython.int,
        group=cython.int,
    )
    def _value(self, p: int, end: int) -> int:
        """Row of one Summary.Value."""
        start = p
        tag_at = tag_len = node_at = node_len = meta_len = val_at = val_len = 0
        meta_at = -1
        written = _NOTHING
        simple = 0
        simple_at = -1
        while p < end:
            key = self._buf[p]
            if key < 128:
                p += 1
            else:
                key = self._varint(p, end)
                p = self._p
                if p < 0:
                    return _MALFORMED
            if key == 21:
                if end - p < 4:
                    return _MALFORMED
                simple = _u32(self._buf, p)
                simple_at = p
                written = _SIMPLE
                p += 4
            elif key & 7 == 2 and key <= 74:
                p = self._sized(p, end)
                if p < 0:
                    return _MALFORMED
                if key == 10:
                    tag_at = p
                    tag_len = self._len
                elif key == 66:
                    written = _TENSOR
                    val_at = p
                    val_len = self._len
                elif key == 74:
                    meta_at = p
                    meta_len = self._len
                elif key == 58:
                    node_at = p
                    node_len = self._len
                elif key == 34 or key == 42 or key == 50 or key == 26:
                    written = cython.cast(cython.int, key >> 3)
                p += self._len
            else:
                p = self._skip(p, end, key)
                if p < 0:
                    return _MALFORMED
        if tag_len == 0 and node_len > 0 and written == _TENSOR:
            tag_at = node_at
            tag_len = node_len

        s = self._find_slot(tag_at, tag_len, written)
        if s < 0 or (
            meta_at >= 0
            and (written in (_TENSOR, _NOTHING))
            and self._meta_hash[s] != _hash(self._buf, meta_at, meta_at + meta_len, 1)
        ):
            # A tag not seen before, or metadata not seen before under it.
            s = self._place(tag_at, tag_len, written, meta_at, meta_len, val_at, val_at + val_len)
            if s < 0:
                return self._no_slot(s)
        group = self._classes[s]
        if group == _SCALAR:
            n = self.scalars
            if n >= self._room:
                return _OUTPUT_FULL
            if written == _SIMPLE:
                self._out_bits[n] = _widen32(simple)
                self._float_at = simple_at
            else:
                got = self._number(val_at, val_at + val_len, n)
                if got < 0:
                    return _MALFORMED
                if got == 0:
                    # A tensor of another shape or type among scalars: kept as what it is.
                    s = self._find_slot(tag_at, tag_len, _ODD_TENSOR)
                    if s < 0:
                        s = self._add_slot(tag_at, tag_len, _ODD_TENSOR, -1, 0, 0, 0, _ENTRY)
                        if s < 0:
                            return self._no_slot(s)
                    return self._entry(s, start, end - start)
            self._out_slot[n] = cython.cast(cython.int, s)
            self._out_step[n] = self.step_bits
            self._out_wall[n] = self.wall_bits
            self.scalars = n + 1
            return 0
        if group == _ENTRY:
            return self._entry(s, start, end - start)
        self.ignored += 1
        return 0

    # -- slots --------------------------------------------------------------------------------

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    @cython.returns(cython.int)
    @cython.locals(why=cython.Py_ssize_t)
    def _no_slot(self, why: int) -> int:
        """Status for a value that `_add_slot` or `_place` gave no slot."""
        if why == -2:
            return _MALFORMED
        if why == -1:
            return _NEED_ROOM
        self.ignored += 1
        return 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    @cython.returns(cython.Py_ssize_t)
    @cython.locals(
        tag_at=cython.Py_ssize_t,
        tag_len=cython.Py_ssize_t,
        written=cython.int,
        s=cython.int,
        h=cython.ulonglong,
        i=cython.ulonglong,
    )
    def _find_slot(self, tag_at: int, tag_len: int, written: int) -> int:
        """Index of the slot, or -1. Writers repeat their tags in one order: guess the next."""
        s: int = 0
        if self.slot_count > 0:
            s = self._next[self._last]
            if (
                self._written[s] == written
                and self._tag_len[s] == tag_len
                and _same_bytes(self._buf, tag_at, self._arena, self._tag_at[s], tag_len)
            ):
                self._last = s
                return s
        h = _hash(self._buf, tag_at, tag_at + tag_len, cython.cast(cython.ulonglong, written) + 77)
        i = h & self._index_mask
        while True:
            s = self._index[i]
            if s < 0:
                return -1
            if (
                self._hashes[s] == h
                and self._written[s] == written
                and self._tag_len[s] == tag_len
                and _same_bytes(self._buf, tag_at, self._arena, self._tag_at[s], tag_len)
            ):
                self._next[self._last] = s
                self._last = s
                return s
            i = (i + 1) & self._index_mask

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    @cython.returns(cython.Py_ssize_t)
    @cython.locals(
        at=cython.Py_ssize_t,
        n=cython.Py_ssize_t,
        k=cython.Py_ssize_t,
        to=cython.Py_ssize_t,
    )
    def _keep(self, at: int, n: int) -> int:
        """Copy bytes into the arena; the caller has made sure of the room."""
        to = self._arena_used
        for k in range(n):
            self._arena[to + k] = self._buf[at + k]
        self._arena_used = to + n
        return to

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    @cython.returns(cython.Py_ssize_t)
    @cython.locals(
        tag_at=cython.Py_ssize_t,
        tag_len=cython.Py_ssize_t,
        written=cython.int,
        meta_at=cython.Py_ssize_t,
        meta_len=cython.Py_ssize_t,
        plugin_at=cython.Py_ssize_t,
        plugin_len=cython.Py_ssize_t,
        group=cython.int,
        s=cython.Py_ssize_t,
        h=cython.ulonglong,
        i=cython.ulonglong,
    )
    def _add_slot(
        self,
        tag_at: int,
        tag_len: int,
        written: int,
        meta_at: int,
        meta_len: int,
        plugin_at: int,
        plugin_len: int,
        group: int,
    ) -> int:
        """Index of a new slot; -1: the table has no room, -3: there are too many."""
        s = self.slot_count
        if s >= self._slot_limit:
            self.full = True
            return -3
        if (
            s + 1 >= self._slot_room
            or self._arena_room - self._arena_used < tag_len + meta_len + plugin_len
        ):
            self._short_of = tag_len + meta_len + plugin_len
            return -1
        h = _hash(self._buf, tag_at, tag_at + tag_len, cython.cast(cython.ulonglong, written) + 77)
        self._hashes[s] = h
        self._written[s] = written
        self._tag_at[s] = self._keep(tag_at, tag_len)
        self._tag_len[s] = tag_len
        self._meta_at[s] = 0
        self._meta_len[s] = 0
        self._meta_hash[s] = 0
        self._plugin_at[s] = 0
        self._plugin_len[s] = 0
        if meta_at >= 0:
            self._meta_at[s] = self._keep(meta_at, meta_len)
            self._meta_len[s] = meta_len
            self._meta_hash[s] = _hash(self._buf, meta_at, meta_at + meta_len, 1)
            self._plugin_at[s] = self._keep(plugin_at, plugin_len)
            self._plugin_len[s] = plugin_len
        self._classes[s] = group
        self._next[s] = cython.cast(cython.int, s)
        i = h & self._index_mask
        while self._index[i] >= 0:
            i = (i + 1) & self._index_mask
        self._index[i] = cython.cast(cython.int, s)
        self.slot_count = s + 1
        if s > 0:
            self._next[self._last] = cython.cast(cython.int, s)
        self._last = cython.cast(cython.int, s)
        return s

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    @cython.returns(cython.Py_ssize_t)
    @cython.locals(
        tag_at=cython.Py_ssize_t,
        tag_len=cython.Py_ssize_t,
        written=cython.int,
        meta_at=cython.Py_ssize_t,
        meta_len=cython.Py_ssize_t,
        val_at=cython.Py_ssize_t,
        val_end=cython.Py_ssize_t,
        plugin_at=cython.Py_ssize_t,
        plugin_len=cython.Py_ssize_t,
        s=cython.Py_ssize_t,
        group=cython.int,
        got=cython.int,
        key=cython.int,
    )
    def _place(
        self,
        tag_at: int,
        tag_len: int,
        written: int,
        meta_at: int,
        meta_len: int,
        val_at: int,
        val_end: int,
    ) -> int:
        """Slot of a value with new tag or metadata; -1: no room, -2: malformed, -3: too many."""
        plugin_at = 0
        plugin_len = 0
        if meta_at >= 0:
            plugin_at = self._plugin_name(meta_at, meta_at + meta_len)
            if plugin_at < 0:
                return -2
            plugin_len = self._len
        key = written
        s = self._find_slot(tag_at, tag_len, written)
        if s >= 0:
            if self._plugin_len[s] == plugin_len and _same_bytes(
                self._buf, plugin_at, self._arena, self._plugin_at[s], plugin_len
            ):
                # New description, same plugin: the first metadata of a tag stays.
                self._meta_hash[s] = _hash(self._buf, meta_at, meta_at + meta_len, 1)
                return s
            # Another plugin under the same tag: a slot of its own, keyed by the plugin's name.
            key = 64 + cython.cast(
                cython.int,
                _hash(self._buf, plugin_at, plugin_at + plugin_len, written) & 0xFFFFFF,
            )
            s = self._find_slot(tag_at, tag_len, key)
            if s >= 0:
                return s
        group = _ENTRY
        if written == _SIMPLE:
            group = _SCALAR
        elif written == _OLD_HISTOGRAM:
            group = _IGNORED
        elif written == _NOTHING:
            # Without a value only the metadata can matter, as for hparams.
            if plugin_len == 0 or self._is_scalars(plugin_at, plugin_len):
                group = _IGNORED
        elif written != _IMAGE and written != _HISTOGRAM and written != _AUDIO:
            if self._is_scalars(plugin_at, plugin_len):
                group = _SCALAR
            elif plugin_len == 0:
                got = self._number(val_at, val_end, self.scalars)
                if got < 0:
                    return -2
                if got == 1:
                    group = _SCALAR
        return self._add_slot(tag_at, tag_len, key, meta_at, meta_len, plugin_at, plugin_len, group)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    @cython.returns(cython.bint)
    @cython.locals(p=cython.Py_ssize_t, n=cython.Py_ssize_t)
    def _is_scalars(self, p: int, n: int) -> bool:
        return (
            n == 7
            and self._buf[p] == 115
            and self._buf[p + 1] == 99
            and self._buf[p + 2] == 97
            and self._buf[p + 3] == 108
            and self._buf[p + 4] == 97
            and self._buf[p + 5] == 114
            and self._buf[p + 6] == 115
        )

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    @cython.returns(cython.Py_ssize_t)
    @cython.locals(
        p=cython.Py_ssize_t,
        end=cython.Py_ssize_t,
        stop=cython.Py_ssize_t,
        key=cython.ulonglong,
        at=cython.Py_ssize_t,
        size=cython.Py_ssize_t,
    )
    def _plugin_name(self, p: int, end: int) -> int:
        """Start of the plugin's name in a SummaryMetadata, its length in ``_len``; -1: broken."""
        at = p
        size = 0
        while p < end:
            key = self._varint(p, end)
            p = self._p
            if p < 0:
                return -1
            if key == 10:
                p = self._sized(p, end)
                if p < 0:
                    return -1
                stop = p + self._len
                while p < stop:
                    key = self._varint(p, stop)
                    p = self._p
                    if p < 0:
                        return -1
                    if key == 10:
                        p = self._sized(p, stop)
                        if p < 0:
                            return -1
                        at = p
                        size = self._len
                        p += size
                    else:
                        p = self._skip(p, stop, key)
                        if p < 0:
                            return -1
            else:
                p = self._skip(p, end, key)
                if p < 0:
                    return -1
        self._len = size
        return at

    # -- tensors of one element ---------------------------------------------------------------

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    @cython.returns(cython.int)
    @cython.locals(
        p=cython.Py_ssize_t,
        end=cython.Py_ssize_t,
        q=cython.Py_ssize_t,
        stop=cython.Py_ssize_t,
        dim_stop=cython.Py_ssize_t,
        key=cython.ulonglong,
        size=cython.ulonglong,
    )
    def _one_element(self, p: int, end: int) -> int:
        """1 when every dimension of a TensorShapeProto is 1, 0 when not, -1 when broken."""
        while p < end:
            key = self._varint(p, end)
            p = self._p
            if p < 0:
                return -1
            if key == 18:
                p = self._sized(p, end)
                if p < 0:
                    return -1
                dim_stop = p + self._len
                size = 0
                while p < dim_stop:
                    key = self._varint(p, dim_stop)
                    p = self._p
                    if p < 0:
                        return -1
                    if key == 8:
                        size = self._varint(p, dim_stop)
                        p = self._p
                    else:
                        p = self._skip(p, dim_stop, key)
                    if p < 0:
                        return -1
                if size != 1:
                    return 0
            else:
                p = self._skip(p, end, key)
                if p < 0:
                    return -1
        return 1

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    @cython.returns(cython.int)
    @cython.locals(
        p=cython.Py_ssize_t,
        end=cython.Py_ssize_t,
        n=cython.Py_ssize_t,
        key=cython.ulonglong,
        field=cython.ulonglong,
        dtype=cython.ulonglong,
        v=cython.ulonglong,
        content_at=cython.Py_ssize_t,
        content_len=cython.Py_ssize_t,
        val_field=cython.ulonglong,
        val_at=cython.Py_ssize_t,
        val_len=cython.Py_ssize_t,
        val_count=cython.int,
        wire=cython.ulonglong,
        wanted=cython.ulonglong,
        width=cython.Py_ssize_t,
        got=cython.int,
    )
    def _number(self, p: int, end: int, n: int) -> int:
        """Write the one real number of a TensorProto to row `n`; 1 done, 0 not one, -1 broken."""
        dtype = 0
        content_at = -1
        content_len = val_at = val_len = 0
        val_field = 0
        val_count = 0
        while p < end:
            key = self._varint(p, end)
            p = self._p
            if p < 0:
                return -1
            field = key >> 3
            wire = key & 7
            if key == 8:
                dtype = self._varint(p, end)
                p = self._p
                if p < 0:
                    return -1
            elif key == 18:
                p = self._sized(p, end)
                if p < 0:
                    return -1
                val_len = self._len
                got = self._one_element(p, p + val_len)
                if got <= 0:
                    return got
                p += val_len
            elif key == 34:
                p = self._sized(p, end)
                if p < 0:
                    return -1
                content_at = p
                content_len = self._len
                p += content_len
            elif field >= 5 and field <= 17 and field != 9 and wire == 2:
                # Packed values: of a tensor of one element the first is the only one.
                p = self._sized(p, end)
                if p < 0:
                    return -1
                if self._len > 0:
                    if val_count > 0:
                        return 0
                    val_count = 1
                    val_field = field
                    val_at = p
                    if field == 5 and self._len != 4:
                        return 0
                    if field == 6 and self._len != 8:
                        return 0
                    if field != 5 and field != 6 and field != 8:
                        v = self._varint(p, p + self._len)
                        if self._p < 0:
                            return -1
                        if self._p != p + self._len:
                            return 0
                        self._p = p
                    if field == 8:
                        return 0
                p += self._len
            elif field >= 5 and field <= 17 and field != 9:
                if val_count > 0:
                    return 0
                val_count = 1
                val_field = field
                val_at = p
                p = self._skip(p, end, key)
                if p < 0:
                    return -1
            else:
                p = self._skip(p, end, key)
                if p < 0:
                    return -1
        if dtype > 100:
            dtype -= 100
        # Field that carries the type's values, and its width in tensor_content.
        wanted = 0
        width = 0
        if dtype == 1:
            wanted = 5
            width = 4
        elif dtype == 2:
            wanted = 6
            width = 8
        elif dtype == 3 or dtype == 13:
            wanted = 7
            width = 4
        elif dtype == 4 or dtype == 6 or dtype == 11 or dtype == 12:
            wanted = 7
            width = 1
        elif dtype == 5 or dtype == 15 or dtype == 16 or dtype == 17:
            wanted = 7
            width = 2
        elif dtype == 9:
            wanted = 10
            width = 8
        elif dtype == 10:
            wanted = 11
            width = 1
        elif dtype == 14 or dtype == 19:
            wanted = 13
            width = 2
        elif dtype == 22:
            wanted = 16
            width = 4
        elif dtype == 23:
            wanted = 17
            width = 8
        else:
            return 0
        if content_at >= 0 and content_len > 0:
            if content_len != width:
                return 0
            if width == 8:
                v = _u64(self._buf, content_at)
            elif width == 4:
                v = _u32(self._buf, content_at)
                self._float_at = content_at
                if dtype == 3 or dtype == 13:
                    v = ((v ^ _SIGN32) + _ABOVE32) & _M64
            elif width == 2:
                v = self._buf[content_at] | (
                    cython.cast(cython.ulonglong, self._buf[content_at + 1]) << 8
                )
                if dtype == 5 or dtype == 15:
                    v = ((v ^ _SIGN16) + _ABOVE16) & _M64
            else:
                v = self._buf[content_at]
                if dtype == 6 or dtype == 11:
                    v = ((v ^ _SIGN8) + _ABOVE8) & _M64
        elif val_count == 0:
            # No value at all is zero, as everywhere in proto3.
            v = 0
        else:
            if val_field != wanted:
                return 0
            if wanted == 5:
                v = _u32(self._buf, val_at)
                self._float_at = val_at
            elif wanted == 6:
                v = _u64(self._buf, val_at)
            else:
                v = self._varint(val_at, end)
        if dtype != 1:
            self._float_at = -1
        if dtype == 1:
            self._out_bits[n] = _widen32(v)
        elif dtype == 2:
            self._out_bits[n] = v
        elif dtype == 14:
            self._out_bits[n] = _widen32((v & 0xFFFF) << 16)
        elif dtype == 19:
            self._out_bits[n] = _widen16(v & 0xFFFF)
        elif dtype == 10:
            self._out_value[n] = 1.0 if v != 0 else 0.0
        elif dtype == 22 or dtype == 23:
            self._out_value[n] = cython.cast(cython.double, v)
        else:
            self._out_value[n] = _signed_double(v)
        return 1

    # -- grouping -----------------------------------------------------------------------------

    def map_slot(self, slot: int, group: int) -> None:
        """Say to which group (a series of the run) the rows of a slot belong."""
        if max(slot, group) >= self._group_room:
            room = max(16, 2 * (max(slot, group) + 1))
            groups = np.zeros(room, np.int32)
            if self._group_room:
                groups[: self._group_room] = np.asarray(self._group_of)
            self._group_of = _view(groups)
            self._group_counts = _view(np.zeros(room, np.int32))
            self._group_room = room
        self._group_of[slot] = group

    def group(self, columns: Columns) -> int:
        """Sort the scalar rows by group, keeping their order in each; returns the number of groups.

        Fills ``group_ids``, ``group_stops`` (n,) and ``grouped_*``. Every slot
        must have been mapped.
        """
        return self._group(
            _view(columns.group_ids),
            _view(columns.group_stops),
            _view(columns.grouped_steps),
            _view(columns.grouped_walls),
            _view(columns.grouped_values),
        )

    @cython.locals(
        ids="int[::1]",
        stops="long long[::1]",
        steps="unsigned long long[::1]",
        walls="unsigned long long[::1]",
        values="unsigned long long[::1]",
        groups=cython.Py_ssize_t,
    )
    def _group(self, ids: Bytes, stops: Bytes, steps: Bytes, walls: Bytes, values: Bytes) -> int:
        with cython.nogil:
            groups = self._sort(ids, stops, steps, walls, values)
        return groups

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    @cython.returns(cython.Py_ssize_t)
    @cython.locals(
        ids="int[::1]",
        stops="long long[::1]",
        steps="unsigned long long[::1]",
        walls="unsigned long long[::1]",
        values="unsigned long long[::1]",
        groups=cython.Py_ssize_t,
        i=cython.Py_ssize_t,
        g=cython.int,
        at=cython.longlong,
        n=cython.longlong,
    )
    def _sort(self, ids: Bytes, stops: Bytes, steps: Bytes, walls: Bytes, values: Bytes) -> int:
        groups = 0
        for i in range(self.scalars):
            g = self._group_of[self._out_slot[i]]
            if self._group_counts[g] == 0:
                ids[groups] = g
                groups += 1
            self._group_counts[g] += 1
        at = 0
        for i in range(groups):
            g = ids[i]
            n = self._group_counts[g]
            self._group_counts[g] = cython.cast(cython.int, at)
            at += n
            stops[i] = at
        for i in range(self.scalars):
            g = self._group_of[self._out_slot[i]]
            at = self._group_counts[g]
            self._group_counts[g] = cython.cast(cython.int, at + 1)
            steps[at] = self._out_step[i]
            walls[at] = self._out_wall[i]
            values[at] = self._out_bits[i]
        for i in range(groups):
            self._group_counts[ids[i]] = 0
        return groups
