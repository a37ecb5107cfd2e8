"""Numbers for pieces of bytes: equal pieces have one."""

# mypy: disable-error-code="valid-type"
# (Cython's const views are no types to mypy.)

from __future__ import annotations

from typing import Any

import numpy as np

try:
    import cython
except ImportError:
    from eventglass.app.core import shadow as cython  # type: ignore[no-redef]

# FNV-1a in 32 bits.
_BASIS = cython.declare(cython.longlong, 2166136261)
_PRIME = cython.declare(cython.longlong, 16777619)
_BITS = cython.declare(cython.longlong, 4294967295)


@cython.cclass
class Table:
    """Numbers for pieces of bytes: equal ones, under the same key, have the same number."""

    data: cython.const[cython.uchar][::1]
    slots: cython.longlong[::1]
    starts: cython.longlong[::1]
    stops: cython.longlong[::1]
    keys: cython.longlong[::1]
    count = cython.declare(cython.longlong, visibility="public")
    mask: cython.longlong

    def __init__(self, data: Any, capacity: int) -> None:
        size = 16
        while size < capacity * 2:
            size *= 2
        self.data = memoryview(data)
        self.mask = size - 1
        self.count = 0
        self.slots = np.full(size, -1, np.int64)
        self.starts = np.zeros(max(capacity, 1), np.int64)
        self.stops = np.zeros(max(capacity, 1), np.int64)
        self.keys = np.zeros(max(capacity, 1), np.int64)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def find(
        self,
        key: cython.longlong,
        start: cython.longlong,
        stop: cython.longlong,
        adding: cython.int,
    ) -> cython.longlong:
        """Return the number of ``data[start:stop]`` under `key`; -1 where there is none."""
        code: cython.longlong = (_BASIS ^ (key & 65535)) & _BITS
        i: cython.longlong
        place: cython.longlong
        entry: cython.longlong
        code = (code * _PRIME) & _BITS
        code = ((code ^ (key >> 16)) * _PRIME) & _BITS
        for i in range(start, stop):
            code = ((code ^ self.data[i]) * _PRIME) & _BITS
        place = (code ^ (code >> 15)) & self.mask
        while True:
            entry = self.slots[place]
            if entry < 0:
                break
            if self.keys[entry] == key and self.stops[entry] - self.starts[entry] == stop - start:
                i = 0
                while (
                    i < stop - start and self.data[self.starts[entry] + i] == self.data[start + i]
                ):
                    i += 1
                if i == stop - start:
                    return entry
            place = (place + 1) & self.mask
        if not adding:
            return -1
        entry = self.count
        self.slots[place] = entry
        self.starts[entry] = start
        self.stops[entry] = stop
        self.keys[entry] = key
        self.count += 1
        return entry

    def firsts(self) -> tuple[Any, Any]:
        """Return where the first piece of each number starts and stops."""
        return np.asarray(self.starts)[: self.count], np.asarray(self.stops)[: self.count]

    def number(
        self,
        rows: cython.const[cython.longlong][:, ::1],
        column: int,
        key_column: int,
        out: cython.longlong[::1],
    ) -> None:
        """Number the piece from ``rows[:, column]`` to ``rows[:, column + 1]`` of each row.

        Its key is in `key_column`, or 0 where that is negative.
        """
        i: cython.Py_ssize_t
        c: cython.Py_ssize_t = column
        k: cython.Py_ssize_t = key_column
        key: cython.longlong = 0
        with cython.nogil:
            for i in range(out.shape[0]):
                if k >= 0:
                    key = rows[i, k]
                out[i] = self.find(key, rows[i, c], rows[i, c + 1], 1)

    def look_up(
        self,
        rows: cython.const[cython.longlong][:, ::1],
        keys: cython.const[cython.longlong][::1],
        out: cython.longlong[::1],
    ) -> None:
        """Find the number of the piece in the first two columns of each row; -1 for unknown."""
        i: cython.Py_ssize_t
        with cython.nogil:
            for i in range(out.shape[0]):
                out[i] = self.find(keys[i], rows[i, 0], rows[i, 1], 0)

    def resolve(
        self,
        inputs: cython.longlong[:, ::1],
        keys: cython.const[cython.longlong][::1],
        out: cython.longlong[::1],
    ) -> None:
        """Find the node each row of `Scan.inputs` means; -1 where there is none.

        ``name``, ``name:port`` or, in functions, ``name:output:port``. Names may have colons of
        their own, so the longest that is a node's counts. The rows get the name's end and the port,
        -1 for control inputs.
        """
        i: cython.Py_ssize_t
        start: cython.longlong
        stop: cython.longlong
        digit: cython.longlong
        colon: cython.longlong
        port: cython.longlong
        found: cython.longlong
        with cython.nogil:
            for i in range(out.shape[0]):
                start = inputs[i, 0]
                stop = inputs[i, 1]
                port = 0
                found = self.find(keys[i], start, stop, 0)
                digit = stop
                while digit > start and 48 <= self.data[digit - 1] <= 57:
                    digit -= 1
                if found < 0 and start < digit < stop and self.data[digit - 1] == 58:  # :
                    if stop - digit < 9:
                        while digit < stop:
                            port = port * 10 + self.data[digit] - 48
                            digit += 1
                    colon = stop - 1
                    while self.data[colon] != 58:
                        colon -= 1
                    stop = colon
                    found = self.find(keys[i], start, stop, 0)
                    while colon > start and self.data[colon - 1] != 58:
                        colon -= 1
                    # Nothing before the colon is no name, nor is what ends with another.
                    if found < 0 and colon > start + 1 and self.data[colon - 2] != 58:
                        stop = colon - 1
                        found = self.find(keys[i], start, stop, 0)
                inputs[i, 1] = stop
                inputs[i, 2] = -1 if inputs[i, 3] else port
                out[i] = found

    def grow(
        self,
        nodes: cython.const[cython.longlong][:, ::1],
        parents: cython.longlong[::1],
        firsts: cython.longlong[::1],
        stops: cython.longlong[::1],
        homes: cython.longlong[::1],
        tail: cython.longlong[::1],
    ) -> int:
        """Make a group of each name scope: a number for each pair of a group and a word.

        `homes` says at first which group each node's name starts in, then which it ends in; `tail`
        gets where its last word starts. `parents`, `firsts`, `stops` describe new groups: the group
        it is in, a node of it, the end of its name in the bytes. Returns the number of groups.
        """
        i: cython.Py_ssize_t
        at: cython.longlong
        begin: cython.longlong
        home: cython.longlong
        entry: cython.longlong
        known: cython.longlong
        room: cython.longlong = parents.shape[0]
        with cython.nogil:
            for i in range(homes.shape[0]):
                home = homes[i]
                begin = nodes[i, 0]
                at = begin
                while at < nodes[i, 1]:
                    if self.data[at] == 47:  # /
                        known = self.count
                        if known >= room:
                            break
                        entry = self.find(home, begin, at, 1)
                        if self.count > known:
                            parents[entry] = home
                            firsts[entry] = i
                            stops[entry] = at
                        home = entry
                        begin = at + 1
                    at += 1
                homes[i] = home
                tail[i] = begin
        return int(self.count)
