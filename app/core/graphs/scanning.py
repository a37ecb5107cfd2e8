"""The wire format of a ``GraphDef``, walked without making messages.

`Scan` finds where in the bytes the names, ops, inputs and attributes of each node are. What is
broken off is left out and the rest is used. `Table` gives equal pieces of the bytes one number.
"""

# mypy: disable-error-code="valid-type"
# (Cython's const views are no types to mypy.)

from __future__ import annotations

from typing import Any

import numpy as np

try:
    import cython
except ImportError:
    from eventglass.app.core import shadow as cython  # type: ignore[no-redef]

#: Columns of `Scan.nodes`.
NAME, NAME_STOP, OP, OP_STOP, DEVICE, DEVICE_STOP, FIRST_INPUT, FIRST_ATTR, SCOPE = range(9)
#: Columns of `Scan.inputs`.
INPUT, INPUT_STOP, PORT, CONTROL = range(4)
#: Columns of `Scan.attrs`.
KEY, KEY_STOP, VALUE, VALUE_STOP = range(4)
#: Scopes of nodes: the graph itself; functions are numbered from 0; results are never inputs.
MAIN = -1
#: What a row of `Scan.nodes` has as its place of an op when it is an argument or a result.
ARGUMENT = -1
RESULT = -2

_MAIN = cython.declare(cython.longlong, -1)
# FNV-1a in 32 bits.
_BASIS = cython.declare(cython.longlong, 2166136261)
_PRIME = cython.declare(cython.longlong, 16777619)
_BITS = cython.declare(cython.longlong, 4294967295)


@cython.cclass
class Scan:
    """Walks `data` twice: first it counts, then it fills the arrays that `allocate` made."""

    data: cython.const[cython.uchar][::1]
    nodes: cython.longlong[:, ::1]
    inputs: cython.longlong[:, ::1]
    attrs: cython.longlong[:, ::1]
    functions: cython.longlong[:, ::1]
    node_count = cython.declare(cython.longlong, visibility="public")
    input_count = cython.declare(cython.longlong, visibility="public")
    attr_count = cython.declare(cython.longlong, visibility="public")
    function_count = cython.declare(cython.longlong, visibility="public")
    left_out = cython.declare(cython.longlong, visibility="public")
    inputs_left_out = cython.declare(cython.longlong, visibility="public")
    attrs_left_out = cython.declare(cython.longlong, visibility="public")
    functions_left_out = cython.declare(cython.longlong, visibility="public")
    damaged = cython.declare(cython.longlong, visibility="public")
    broken_at = cython.declare(cython.longlong, visibility="public")
    most_nodes: cython.longlong
    most_rows: cython.longlong
    most_functions: cython.longlong
    filling: cython.int
    at: cython.longlong
    field: cython.longlong
    wire: cython.longlong
    start: cython.longlong
    stop: cython.longlong

    def __init__(self, data: Any, most_nodes: int, most_rows: int, most_functions: int) -> None:
        self.data = memoryview(data)
        self.most_nodes = most_nodes
        #: Of inputs, and of attributes.
        self.most_rows = most_rows
        self.most_functions = most_functions
        self.filling = 0
        self.restart()

    def allocate(self) -> tuple[Any, Any, Any, Any]:
        """Make arrays as large as what was counted, to be filled by the next walk.

        Returns nodes (one row more than there are), inputs, attributes and functions.
        """
        nodes = np.zeros((self.node_count + 1, 9), np.int64)
        inputs = np.zeros((self.input_count, 4), np.int64)
        attrs = np.zeros((self.attr_count, 4), np.int64)
        functions = np.zeros((self.function_count, 4), np.int64)
        self.nodes = nodes
        self.inputs = inputs
        self.attrs = attrs
        self.functions = functions
        self.filling = 1
        self.restart()
        return nodes, inputs, attrs, functions

    def restart(self) -> None:
        """Begin counting anew."""
        self.node_count = 0
        self.input_count = 0
        self.attr_count = 0
        self.function_count = 0
        self.left_out = 0
        self.inputs_left_out = 0
        self.attrs_left_out = 0
        self.functions_left_out = 0
        self.damaged = 0
        self.broken_at = -1

    def walk(self) -> None:
        """Walk the graph: nodes first, then its functions."""
        with cython.nogil:
            self.graph(0, self.data.shape[0])

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def varint(self, limit: cython.longlong) -> cython.longlong:
        """Read a number at `at`; -1 where it is cut or too long."""
        value: cython.longlong = 0
        shift: cython.int = 0
        byte: cython.longlong
        while self.at < limit and shift < 63:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
        if shift >= 63 and self.at < limit:  # The tenth byte of a negative number.
            self.at += 1
            return 0
        return -1

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def step(self, limit: cython.longlong) -> cython.int:
        """Go to the next field before `limit`: 1 there is one, 0 there is none, -1 it is broken."""
        tag: cython.longlong
        size: cython.longlong
        if self.at >= limit:
            return 0
        tag = self.varint(limit)
        if tag < 8:
            return -1
        self.field = tag >> 3
        self.wire = tag & 7
        self.start = self.at
        if self.wire == 2:
            size = self.varint(limit)
            self.start = self.at
            if size < 0:
                return -1
            if size > limit - self.at:
                # Cut inside: the caller decides what the rest is worth.
                self.stop = limit
                self.at = limit
                return 2
            self.stop = self.at + size
        elif self.wire == 0:
            if self.varint(limit) < 0:
                return -1
            self.stop = self.at
        elif self.wire == 1:
            self.stop = self.at + 8
        elif self.wire == 5:
            self.stop = self.at + 4
        else:
            return -1
        if self.stop > limit:
            return -1
        self.at = self.stop
        return 1

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def graph(self, start: cython.longlong, stop: cython.longlong) -> cython.void:
        """Walk a ``GraphDef``."""
        state: cython.int
        turn: cython.int
        after: cython.longlong
        # Nodes of functions come after all nodes of the graph, whatever the order in the file.
        for turn in range(2):
            self.at = start
            while True:
                state = self.step(stop)
                if state <= 0 or state == 2:
                    if state != 0 and turn == 0:
                        self.broken_at = self.start if state == 2 else self.at
                    if state != 2:
                        break
                after = self.at
                if self.wire == 2:
                    if turn == 0 and self.field == 1:
                        self.node(self.start, self.stop, _MAIN)
                    elif turn == 1 and self.field == 2:
                        self.library(self.start, self.stop)
                self.at = after

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def library(self, start: cython.longlong, stop: cython.longlong) -> cython.void:
        """Walk a ``FunctionDefLibrary``."""
        after: cython.longlong
        state: cython.int
        self.at = start
        while True:
            state = self.step(stop)
            if state <= 0:
                break
            after = self.at
            if self.wire == 2 and self.field == 1:
                self.function(self.start, self.stop)
            self.at = after

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def function(self, start: cython.longlong, stop: cython.longlong) -> cython.void:
        """Walk a ``FunctionDef``: its arguments and nodes, then its results."""
        number: cython.longlong = self.function_count
        state: cython.int
        turn: cython.int
        after: cython.longlong
        if number >= self.most_functions:
            self.functions_left_out += 1
            return
        self.function_count += 1
        if self.filling:
            self.functions[number, 2] = self.node_count
        for turn in range(3):
            self.at = start
            while True:
                state = self.step(stop)
                if state <= 0:
                    break
                after = self.at
                if self.wire == 2:
                    if turn == 0 and self.field == 1:
                        self.signature(self.start, self.stop, number)
                    elif turn == 1 and self.field == 3:
                        self.node(self.start, self.stop, number)
                    elif turn == 2 and self.field == 4:
                        self.result(self.start, self.stop, number)
                self.at = after
        if self.filling:
            self.functions[number, 3] = self.node_count

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def signature(
        self, start: cython.longlong, stop: cython.longlong, number: cython.longlong
    ) -> cython.void:
        """Walk an ``OpDef``: the function's name and a node for each argument."""
        after: cython.longlong
        begin: cython.longlong
        end: cython.longlong
        self.at = start
        while self.step(stop) > 0:
            after = self.at
            if self.wire == 2 and self.field == 1:
                if self.filling:
                    self.functions[number, 0] = self.start
                    self.functions[number, 1] = self.stop
            elif self.wire == 2 and self.field == 2:
                begin = self.start
                end = self.stop
                self.at = begin
                while self.step(end) > 0:
                    if self.wire == 2 and self.field == 1 and self.node_count < self.most_nodes:
                        self.put_node(self.start, self.stop, number, -1)
                        break
            self.at = after

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def result(
        self, start: cython.longlong, stop: cython.longlong, number: cython.longlong
    ) -> cython.void:
        """Walk an entry of ``FunctionDef.ret``: a node for the result, and what gives it."""
        name: cython.longlong = start
        name_stop: cython.longlong = start
        value: cython.longlong = start
        value_stop: cython.longlong = start
        self.at = start
        while self.step(stop) > 0:
            if self.wire == 2 and self.field == 1:
                name = self.start
                name_stop = self.stop
            elif self.wire == 2 and self.field == 2:
                value = self.start
                value_stop = self.stop
        if self.node_count < self.most_nodes:
            self.put_node(name, name_stop, number, -2)
            if value_stop > value:
                self.put_input(value, value_stop)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def put_node(
        self,
        name: cython.longlong,
        name_stop: cython.longlong,
        scope: cython.longlong,
        op: cython.longlong,
    ) -> cython.void:
        """Write a node down, without its op unless it is a mark."""
        at: cython.longlong = self.node_count
        if self.filling:
            self.nodes[at, 0] = name
            self.nodes[at, 1] = name_stop
            self.nodes[at, 2] = op
            self.nodes[at, 3] = op
            self.nodes[at, 6] = self.input_count
            self.nodes[at, 7] = self.attr_count
            self.nodes[at, 8] = scope
        self.node_count += 1

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def put_input(self, start: cython.longlong, stop: cython.longlong) -> cython.void:
        """Write an input down, and whether it is a control input; see `Table.resolve`."""
        at: cython.longlong = self.input_count
        if at >= self.most_rows:
            self.inputs_left_out += 1
            return
        self.input_count += 1
        if not self.filling:
            return
        if start < stop and self.data[start] == 94:  # ^
            self.inputs[at, 3] = 1
            start += 1
        self.inputs[at, 0] = start
        self.inputs[at, 1] = stop

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def node(
        self, start: cython.longlong, stop: cython.longlong, scope: cython.longlong
    ) -> cython.void:
        """Walk a ``NodeDef``."""
        at: cython.longlong = self.node_count
        state: cython.int
        if at >= self.most_nodes:
            self.left_out += 1
            return
        self.put_node(start, start, scope, start)
        self.at = start
        while True:
            state = self.step(stop)
            if state <= 0 or state == 2:
                if state != 0:
                    self.damaged += 1
                break
            if self.wire != 2:
                continue
            if self.field == 3:
                self.put_input(self.start, self.stop)
            elif self.field == 5:
                self.attr(self.start, self.stop)
            elif self.filling:
                if self.field == 1:
                    self.nodes[at, 0] = self.start
                    self.nodes[at, 1] = self.stop
                elif self.field == 2:
                    self.nodes[at, 2] = self.start
                    self.nodes[at, 3] = self.stop
                elif self.field == 4:
                    self.nodes[at, 4] = self.start
                    self.nodes[at, 5] = self.stop

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def attr(self, start: cython.longlong, stop: cython.longlong) -> cython.void:
        """Walk an entry of ``NodeDef.attr``."""
        at: cython.longlong = self.attr_count
        after: cython.longlong = self.at
        if at >= self.most_rows:
            self.attrs_left_out += 1
            return
        self.attr_count += 1
        if not self.filling:
            return
        self.attrs[at, 0] = start
        self.attrs[at, 1] = start
        self.attrs[at, 2] = start
        self.attrs[at, 3] = start
        self.at = start
        while self.step(stop) > 0:
            if self.wire == 2 and self.field == 1:
                self.attrs[at, 0] = self.start
                self.attrs[at, 1] = self.stop
            elif self.wire == 2 and self.field == 2:
                self.attrs[at, 2] = self.start
                self.attrs[at, 3] = self.stop
        self.at = after


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
