"""Fields of a small protobuf message, read without its definition; never raises on damage."""

from __future__ import annotations

import struct
from collections.abc import Iterator


class Fields:
    """What a message holds by field number; `broken` where its end can't be read."""

    def __init__(self) -> None:
        self.broken = False
        self._numbers: dict[int, list[int]] = {}
        self._messages: dict[int, list[bytes]] = {}
        self._fixed: dict[int, list[bytes]] = {}

    def number(self, field: int) -> int:
        """The last number of a field; 0 without."""
        return self._numbers.get(field, (0,))[-1]

    def numbers(self, field: int) -> list[int]:
        """All numbers of a field."""
        return self._numbers.get(field, [])

    def has(self, field: int) -> bool:
        """Whether the field is there."""
        return field in self._numbers or field in self._messages

    def messages(self, field: int) -> list[bytes]:
        """All strings or messages of a field."""
        return self._messages.get(field, [])

    def fixed(self, field: int) -> bytes:
        """All values of fixed size of a field, one after another."""
        return b"".join(self._fixed.get(field, []))

    def text(self, field: int) -> str:
        """The last string of a field."""
        return self._messages.get(field, (b"",))[-1].decode("utf-8", "replace")

    def read(self, data: bytes) -> None:
        """Take in the fields of `data`."""
        at = 0
        while at < len(data):
            key, at = _varint(data, at)
            field, kind = key >> 3, key & 7
            if at < 0 or field == 0:
                self.broken = True
                return
            if kind == 0:
                value, at = _varint(data, at)
                if at < 0:
                    self.broken = True
                    return
                self._numbers.setdefault(field, []).append(value)
                continue
            size = {1: 8, 5: 4}.get(kind, -1)
            if kind == 2:
                size, at = _varint(data, at)
            if at < 0 or size < 0 or at + size > len(data):
                self.broken = True
                return
            piece = data[at : at + size]
            at += size
            if kind == 2:
                self._messages.setdefault(field, []).append(piece)
            else:
                form = "<Q" if kind == 1 else "<I"
                self._numbers.setdefault(field, []).append(struct.unpack(form, piece)[0])
                self._fixed.setdefault(field, []).append(piece)


def parse(data: bytes) -> Fields:
    """Return the fields of a message; what follows after damage is left out."""
    fields = Fields()
    fields.read(data)
    return fields


def signed(number: int) -> int:
    """A 64-bit pattern as a signed number."""
    return number - (1 << 64) if number >= 1 << 63 else number


def varints(data: bytes) -> Iterator[int]:
    """The numbers of a packed field."""
    at = 0
    while at < len(data):
        value, at = _varint(data, at)
        if at < 0:
            return
        yield value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number and where the next field begins; -1 there when it is cut or too long."""
    value = shift = 0
    while at < len(data) and shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value & 0xFFFFFFFFFFFFFFFF, at
        shift += 7
    return 0, -1
