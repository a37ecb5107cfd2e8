"""The scanner: framing, wire format, numbers, slots; compiled and uncompiled alike."""

from __future__ import annotations

import importlib.util
import math
import struct
import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventglass.app.core import scanner as compiled
from tests.core import events as ev


def _uncompiled() -> ModuleType:
    source = compiled.__file__.partition("scanner.")[0] + "scanner.py"
    spec = importlib.util.spec_from_file_location("scanner_uncompiled", source)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


uncompiled = _uncompiled()
BOTH = pytest.mark.parametrize("module", [compiled, uncompiled], ids=["as installed", "uncompiled"])
Row = tuple[bytes, int, str, str]


def scan_all(
    module: ModuleType, data: bytes, cuts: tuple[int, ...] = (), room: int = 1 << 10
) -> tuple[list[Row], list[tuple[bytes, int, str, int, int]], list[tuple[str, int]]]:
    """Scalar rows, entry rows and damage of `data`, given to the scanner up to each cut in turn."""
    scanner = module.Scanner()
    columns = module.Columns(room, room)
    rows: list[Row] = []
    entries: list[tuple[bytes, int, str, int, int]] = []
    damage: list[tuple[str, int]] = []
    position = 0
    for end in (*sorted(cuts), len(data)):
        while True:
            status = scanner.scan(data, position, end, 1000, columns)
            steps = columns.step_bits.view(np.int64)
            walls = columns.wall_bits.view(np.float64)
            values = columns.value_bits.view(np.float64)
            slots = scanner.slots(0)
            for i in range(scanner.scalars):
                tag = slots[int(columns.slots[i])][0]
                rows.append((tag, int(steps[i]), repr(float(walls[i])), repr(float(values[i]))))
            for i in range(scanner.entries):
                tag = slots[int(columns.entry_slots[i])][0]
                entries.append(
                    (
                        tag,
                        int(columns.entry_step_bits.view(np.int64)[i]),
                        repr(float(columns.entry_wall_bits.view(np.float64)[i])),
                        int(columns.entry_offsets[i]),
                        int(columns.entry_lengths[i]),
                    )
                )
            moved = scanner.position > position
            position = scanner.position
            if status == module.Status.NEED_MORE:
                break
            if status == module.Status.NEED_ROOM:
                scanner.grow()
            elif status == module.Status.OUTPUT_FULL:
                if not moved:
                    columns.reserve(2 * columns.room_scalars, 2 * columns.room_entries)
            elif status in (module.Status.BAD_DATA_CRC, module.Status.MALFORMED):
                damage.append((module.Status(status).name, position))
                position += scanner.record_length + 16
            elif status != module.Status.SPECIAL:
                damage.append((module.Status(status).name, position))
                found = scanner.resync(data, position + 1, end, True)
                if found < 0:
                    return rows, entries, damage
                position = found
    return rows, entries, damage


finite_or_not = st.floats(width=32)
tags = st.binary(min_size=0, max_size=12)
steps = st.integers(-(2**63), 2**63 - 1)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """An event file of scalars old and new, images, metadata and unknown fields."""
    out = ev.version()
    for _ in range(draw(st.integers(0, 8))):
        values = []
        for _ in range(draw(st.integers(0, 3))):
            tag = draw(tags)
            kind = draw(st.integers(0, 4))
            if kind == 0:
                values.append(ev.simple(tag, draw(finite_or_not)))
            elif kind == 1:
                content = struct.pack("<f", draw(finite_or_not))
                proto = ev.tensor(1, rest=ev.field(4, content))
                values.append(ev.tensor_value(tag, proto, ev.metadata(b"scalars")))
            elif kind == 2:
                values.append(ev.field(1, tag) + ev.field(4, draw(st.binary(max_size=20))))
            elif kind == 3:
                values.append(ev.field(1, tag) + ev.field(99, draw(st.integers(0, 2**64 - 1))))
            else:
                proto = ev.tensor(7, rest=ev.field(8, b"text"))
                values.append(ev.tensor_value(tag, proto, ev.metadata(b"text")))
        what = ev.summary(*values)
        out += ev.record(ev.event(draw(steps), draw(st.floats()), what=what))
    return out


@given(st.data())
def test_a_record_is_read_alike_whatever_came_before(draw: st.DataObject) -> None:
    """Records that look nearly like the one before must not be taken for it."""
    plain = [
        ev.event(7, 1.5, what=ev.summary(ev.simple(b"train/loss", 2.5))),
        ev.event(300, 1.5, what=ev.summary(ev.simple(b"train/lr", 0.5))),
        ev.event(7, 1.5, what=ev.summary(ev.simple(b"train/loss", 2.5))) + ev.field(2, 9),
        ev.event(7, 1.5, what=ev.field(2, 9) + ev.summary(ev.simple(b"train/loss", 2.5))),
    ]
    messages = []
    for _ in range(draw.draw(st.integers(2, 12))):
        message = bytearray(draw.draw(st.sampled_from(plain)))
        for _ in range(draw.draw(st.integers(0, 2))):
            at = draw.draw(st.integers(0, len(message) - 1))
            change = draw.draw(st.sampled_from(["set", "put in", "take out"]))
            if change == "set":
                message[at] = draw.draw(st.integers(0, 255))
            elif change == "put in":
                message.insert(at, draw.draw(st.integers(0, 255)))
            else:
                del message[at]
        messages.append(bytes(message))
    alone: list[Row] = []
    for message in messages:
        alone += scan_all(compiled, ev.record(message))[0]
    together = b"".join(ev.record(message) for message in messages)
    assert scan_all(compiled, together)[0] == alone
    assert scan_all(uncompiled, together)[0] == alone


def test_known_checksums() -> None:
    payload = bytes.fromhex("09000080 3899d6d7 411a0d 62726169 6e2e4576 656e743a 32")
    for module in (compiled, uncompiled):
        assert module.masked_crc(payload) == 0xAB364B12
        assert module.masked_crc(struct.pack("<Q", len(payload))) == 0x224B7FA3
        assert module.masked_crc(b"\x1a\x11CRC test, one two") == 0x5794D08A


@given(st.binary(max_size=100))
def test_checksums_of_any_bytes(data: bytes) -> None:
    assert compiled.masked_crc(data) == uncompiled.masked_crc(data) == ev.masked_crc(data)


@given(files(), st.data())
def test_any_chunking_gives_the_same(data: bytes, draw: st.DataObject) -> None:
    cuts = draw.draw(st.lists(st.integers(0, len(data)), max_size=5))
    whole = scan_all(compiled, data)
    assert scan_all(compiled, data, tuple(cuts), room=2) == whole
    assert scan_all(uncompiled, data, tuple(cuts)) == whole


@given(files(), st.data())
def test_a_flipped_byte_loses_one_record_at_most(data: bytes, draw: st.DataObject) -> None:
    at = draw.draw(st.integers(0, len(data) - 1))
    bits = draw.draw(st.integers(1, 255))
    damaged = bytearray(data)
    damaged[at] ^= bits
    rows, entries, damage = scan_all(compiled, bytes(damaged))
    assert (rows, entries, damage) == scan_all(uncompiled, bytes(damaged))
    assert len(damage) == 1
    # Which record was hit, and what is in all the others.
    position = 0
    expected_rows: list[Row] = []
    while position < len(data):
        size = int.from_bytes(data[position : position + 8], "little") + 16
        if not position <= at < position + size:
            expected_rows += scan_all(compiled, data[position : position + size])[0]
        position += size
    assert rows == expected_rows


@given(files(), st.data())
def test_a_cut_file_gives_its_whole_records(data: bytes, draw: st.DataObject) -> None:
    at = draw.draw(st.integers(0, len(data)))
    rows, entries, damage = scan_all(compiled, data[:at])
    all_rows, all_entries, _ = scan_all(compiled, data)
    assert rows == all_rows[: len(rows)]
    assert entries == all_entries[: len(entries)]
    assert not damage


@given(st.binary(max_size=300))
def test_garbage_never_gives_points(data: bytes) -> None:
    for module in (compiled, uncompiled):
        rows, entries, _ = scan_all(module, data)
        assert not rows
        assert not entries


@given(st.binary(max_size=120))
def test_any_message_with_good_checksums_is_survived(message: bytes) -> None:
    data = ev.record(message) + ev.record(ev.event(1, 2.0, what=ev.summary(ev.simple(b"a", 3.0))))
    result = scan_all(compiled, data)
    assert result == scan_all(uncompiled, data)
    assert result[0][-1] == (b"a", 1, "2.0", "3.0")


@given(st.binary(max_size=60), st.binary(max_size=40))
def test_any_value_and_tensor_is_survived(value: bytes, proto: bytes) -> None:
    data = ev.record(ev.event(0, 0.0, what=ev.summary(value)))
    data += ev.record(ev.event(0, 0.0, what=ev.summary(ev.tensor_value(b"t", proto))))
    assert scan_all(compiled, data) == scan_all(uncompiled, data)


def number_of(module: ModuleType, proto: bytes) -> float | None:
    """The scalar a tensor of plugin scalars becomes, or None when it becomes an entry."""
    value = ev.tensor_value(b"x", proto, ev.metadata(b"scalars"))
    rows, entries, damage = scan_all(module, ev.record(ev.event(0, 0.0, what=ev.summary(value))))
    assert not damage
    assert len(rows) + len(entries) == 1
    return float(rows[0][3]) if rows else None


def packed(fmt: str, value: Any) -> bytes:
    return struct.pack("<" + fmt, value)


NUMBERS = [
    (1, ev.field(4, packed("f", 0.1)), float(np.float32(0.1))),
    (1, ev.field(5, packed("f", -2.5)), -2.5),
    (1, b"\x2d" + packed("f", 7.0), 7.0),
    (2, ev.field(4, packed("d", 0.1)), 0.1),
    (2, ev.field(6, packed("d", math.pi)), math.pi),
    (3, ev.field(7, ev.varint(-5)), -5.0),
    (3, ev.field(4, packed("i", -2147483648)), -2147483648.0),
    (4, ev.field(4, b"\xff"), 255.0),
    (5, ev.field(4, packed("h", -300)), -300.0),
    (6, ev.field(4, packed("b", -7)), -7.0),
    (6, ev.field(7, ev.varint(-7)), -7.0),
    (9, ev.field(4, packed("q", -(2**62))), -float(2**62)),
    (9, ev.field(10, ev.varint(2**53 + 1)), float(2**53 + 1)),
    (10, ev.field(11, b"\x01"), 1.0),
    (10, ev.field(4, b"\x00"), 0.0),
    (14, ev.field(13, ev.varint(0x3FC0)), 1.5),
    (14, ev.field(4, packed("H", 0xFF80)), -math.inf),
    (17, ev.field(4, packed("H", 65535)), 65535.0),
    (19, ev.field(13, ev.varint(0x3E00)), 1.5),
    (19, ev.field(4, packed("H", 0x0001)), float(np.float16(5.9604644775390625e-08))),
    (22, ev.field(16, ev.varint(2**32 - 1)), float(2**32 - 1)),
    (23, ev.field(4, packed("Q", 2**64 - 1)), float(2**64 - 1)),
    (101, ev.field(5, packed("f", 4.0)), 4.0),
    (1, b"", 0.0),
]


@BOTH
@pytest.mark.parametrize(("dtype", "rest", "value"), NUMBERS)
def test_scalars_of_every_type(module: ModuleType, dtype: int, rest: bytes, value: float) -> None:
    assert number_of(module, ev.tensor(dtype, rest=rest)) == value
    assert number_of(module, ev.tensor(dtype, shape=(1, 1), rest=rest)) == value


@BOTH
@pytest.mark.parametrize(
    "proto",
    [
        ev.tensor(7, rest=ev.field(8, b"abc")),
        ev.tensor(8, rest=ev.field(9, struct.pack("<ff", 1, 2))),
        ev.tensor(1, shape=(2,), rest=ev.field(5, struct.pack("<ff", 1, 2))),
        ev.tensor(1, shape=(0,)),
        ev.tensor(1, rest=ev.field(5, struct.pack("<ff", 1, 2))),
        ev.tensor(1, rest=ev.field(4, b"123")),
        ev.tensor(24, rest=ev.field(4, b"\x3c")),
    ],
    ids=["string", "complex", "two", "none", "too many", "cut", "float8"],
)
def test_tensors_that_are_no_number_become_entries(module: ModuleType, proto: bytes) -> None:
    assert number_of(module, proto) is None


@given(st.integers(0, 2**32 - 1))
def test_every_float32_widens_exactly(bits: int) -> None:
    value = struct.unpack("<f", struct.pack("<I", bits))[0]
    data = ev.record(
        ev.event(0, 0.0, what=ev.summary(ev.simple(b"", 0.0)[:-4] + packed("I", bits)))
    )
    for module in (compiled, uncompiled):
        assert scan_all(module, data)[0][0][3] == repr(value)


@given(st.integers(0, 2**16 - 1))
def test_every_half_widens_exactly(bits: int) -> None:
    value = float(np.array([bits], np.uint16).view(np.float16)[0])
    proto = ev.tensor(19, rest=ev.field(4, packed("H", bits)))
    for module in (compiled, uncompiled):
        found = number_of(module, proto)
        assert repr(found) == repr(value)


@BOTH
def test_many_tags_grow_the_table(module: ModuleType) -> None:
    values = [ev.simple(f"tag/{i}".encode(), float(i)) for i in range(1000)]
    data = ev.record(ev.event(5, 1.0, what=ev.summary(*values)))
    rows, _, damage = scan_all(module, data, room=4)
    assert not damage
    assert [row[0] for row in rows] == [f"tag/{i}".encode() for i in range(1000)]
    assert [float(row[3]) for row in rows] == list(range(1000))


@BOTH
def test_metadata_counts_for_values_without_it(module: ModuleType) -> None:
    proto = ev.tensor(1, shape=(1, 3), rest=ev.field(4, b"\0" * 12))
    data = ev.record(
        ev.event(0, 0.0, what=ev.summary(ev.tensor_value(b"h", proto, ev.metadata(b"histograms"))))
    )
    data += ev.record(ev.event(1, 0.0, what=ev.summary(ev.tensor_value(b"h", proto))))
    rows, entries, _ = scan_all(module, data)
    assert not rows
    assert [entry[1] for entry in entries] == [0, 1]


@BOTH
def test_an_entry_is_the_value_message(module: ModuleType) -> None:
    value = ev.field(1, b"img") + ev.field(4, b"picture")
    data = ev.version() + ev.record(ev.event(3, 4.0, what=ev.summary(value)))
    [(tag, step, wall, offset, length)] = scan_all(module, data)[1]
    assert (tag, step, wall) == (b"img", 3, "4.0")
    assert data[offset - 1000 : offset - 1000 + length] == value


@BOTH
def test_a_huge_length_with_a_good_checksum_is_too_long(module: ModuleType) -> None:
    head = struct.pack("<Q", 1 << 60)
    bad = head + struct.pack("<I", ev.masked_crc(head))
    good = ev.record(ev.event(1, 1.0, what=ev.summary(ev.simple(b"a", 1.0))))
    rows, _, damage = scan_all(module, bad + good)
    assert damage == [("TOO_LONG", 0)]
    assert len(rows) == 1


@BOTH
def test_rows_group_by_series_in_their_order(module: ModuleType) -> None:
    scanner, columns = module.Scanner(), module.Columns(64, 4)
    data = b"".join(
        ev.record(ev.event(i, 0.0, what=ev.summary(ev.simple([b"a", b"b", b"c"][i % 3], i))))
        for i in range(30)
    )
    scanner.scan(data, 0, len(data), 0, columns)
    for slot in range(3):
        scanner.map_slot(slot, [7, 2, 7][slot])
    groups = scanner.group(columns)
    stops = columns.group_stops[:groups].tolist()
    assert columns.group_ids[:groups].tolist() == [7, 2]
    assert stops == [20, 30]
    grouped = columns.grouped_steps.view(np.int64)
    assert grouped[:20].tolist() == [i for i in range(30) if i % 3 != 1]
    assert grouped[20:30].tolist() == list(range(1, 30, 3))
