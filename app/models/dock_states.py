"""Checks arrangements of docks, as Qt keeps them, before Qt reads them.

`QMainWindow.restoreState` trusts its bytes: a count of two billion tool bars keeps it busy for
minutes. What comes with somebody else's file is walked here first; anything but what Qt 6 writes is
refused. All numbers are big-endian; a name is its length in bytes and UTF-16.
"""

from __future__ import annotations

import struct

#: Real ones have some hundreds.
MOST_BYTES = 64 << 10
_VERSION, _DOCKS, _SEQUENCE, _TABS, _WIDGET = 0xFF, 0xFD, 0xFC, 0xFA, 0xFB
_TOOL_BARS = 0xFC
_SIDES = 4
_MOST_DEPTH = 24
_MOST_LINES = 64
_NO_NAME = 0xFFFFFFFF
#: Twice Qt's own largest size of a widget: borders come on top of it.
_LARGEST_PX = 0x1FFFFFF


class _Refused(Exception):
    pass


def is_dock_state(data: bytes) -> bool:
    """Whether `data` is what ``QMainWindow.saveState`` writes, to the last byte."""
    if len(data) > MOST_BYTES:
        return False
    try:
        _Walk(data).whole()
    except (_Refused, struct.error):
        return False
    return True


class _Walk:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    def whole(self) -> None:
        self._want(self._number() == _VERSION)
        self._number()
        self._want(self._byte() == _DOCKS)
        for _area in range(self._count(_SIDES)):
            self._want(0 <= self._number() < _SIDES)
            self._lengths(2)
            self._area(self._byte(), 0)
        self._lengths(2 + _SIDES)
        self._want(self._byte() == _TOOL_BARS)
        for _line in range(self._count(_MOST_LINES)):
            self._want(0 <= self._number() < _SIDES)
            for _bar in range(self._count(_MOST_LINES)):
                self._name()
                self._byte()
                self._lengths(4)
        self._want(self._place == len(self._data))

    def _area(self, kind: int, depth: int) -> None:
        self._want(kind in (_SEQUENCE, _TABS) and depth < _MOST_DEPTH)
        if kind == _TABS:
            self._number()
        self._want(self._byte() in (1, 2))
        for _item in range(self._count(len(self._data))):
            item = self._byte()
            if item == _WIDGET:
                self._name()
                self._byte()
                self._lengths(4)
            else:
                self._want(item == _SEQUENCE)
                self._lengths(4)
                self._area(self._byte(), depth + 1)

    def _want(self, fits: bool) -> None:
        if not fits:
            raise _Refused

    def _byte(self) -> int:
        (found,) = struct.unpack_from(">B", self._data, self._place)
        self._place += 1
        return int(found)

    def _number(self) -> int:
        (found,) = struct.unpack_from(">i", self._data, self._place)
        self._place += 4
        return int(found)

    def _count(self, most: int) -> int:
        found = self._number()
        self._want(0 <= found <= most)
        return found

    def _lengths(self, count: int) -> None:
        for _each in range(count):
            self._want(-_LARGEST_PX <= self._number() <= _LARGEST_PX)

    def _name(self) -> None:
        length = self._number() & _NO_NAME
        if length != _NO_NAME:
            self._place += length
            self._want(length % 2 == 0 and self._place <= len(self._data))
