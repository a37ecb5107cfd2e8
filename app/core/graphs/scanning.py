"""The wire format of a ``GraphDef``, walked without making messages.

`Scan` finds where in the bytes the names, ops, inputs and attributes of each node are. What is
broken off is left out and the rest is used.
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
        """Write an input down, and whether it is a control input; see ``Table.resolve``."""
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
