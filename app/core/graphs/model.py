"""A graph as arrays: nodes, where their inputs come from, and their attributes on demand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from eventglass.app.core.graphs import scanning
from eventglass.app.core.graphs.attributes import Attribute, Shape, attribute_of, shapes_of
from eventglass.app.core.graphs.scanning import Scan
from eventglass.app.core.graphs.tables import Table
from eventglass.app.core.plugins.values import text
from eventglass.app.core.proto.graph_pb2 import GraphDef

Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]

#: Nodes beyond this are left out.
MOST_NODES = 4_000_000
#: Inputs, and attributes, beyond this are left out.
MOST_ROWS = 8_000_000
MOST_FUNCTIONS = 100_000
#: Of an attribute longer than this only the beginning is kept, when such take much memory.
LONG_ATTRIBUTE_BYTES = 65_536
LONG_ATTRIBUTES_BYTES = 32 << 20
KEPT_BYTES = 4096
#: Inputs without a source whose names are kept.
MOST_MISSING = 10_000
#: Scope of the bodies of library functions, as TensorBoard names it.
FUNCTION_SCOPE = "__function_library__"
ARGUMENT_OP = "input_arg"
_GET_ATTRIBUTE = "prim::GetAttr"
RESULT_OP = "output_arg"


@dataclass(frozen=True, slots=True)
class Function:
    """A library function: its body are the nodes ``first`` to ``stop - 1``."""

    name: str
    first: int
    stop: int


@dataclass(frozen=True, slots=True)
class Stats:
    """What a profiled step did, by node; see `run_stats`.

    Attributes
    ----------
    start_us, end_us : (n,) float64, microseconds since 1970; NaN where a node was not run
    memory : (n,) float64, bytes; NaN where a node was not run
    devices : (n,) int32, index in `device_names`; -1 where a node was not run
    unmatched : names that are not in the graph
    """

    start_us: npt.NDArray[np.float64]
    end_us: npt.NDArray[np.float64]
    memory: npt.NDArray[np.float64]
    devices: Ints
    device_names: tuple[str, ...]
    outputs: dict[int, tuple[str, ...]]
    unmatched: tuple[str, ...]

    @property
    def compute_us(self) -> npt.NDArray[np.float64]:
        """Time of each node, (n,), microseconds; NaN where it was not run."""
        with np.errstate(invalid="ignore"):
            return np.maximum(self.end_us - self.start_us, 0.0)


@dataclass(frozen=True, eq=False)
class Graph:
    """A graph of `n` nodes and `m` inputs; the nodes of functions come after the graph's own.

    Attributes
    ----------
    names : n names; a function's node is named ``__function_library__<function>/<node>``
    ops : (n,) int32, index in `op_names`
    devices : (n,) int32, index in `device_names`; -1 for none
    input_start : (n + 1,) int32; the inputs of node i are ``input_start[i]:input_start[i + 1]``
    sources : (m,) int32, the node each input comes from; -1 where there is no such node
    ports : (m,) int32, which output of the source; -1 for control inputs
    controls : (m,) bool
    function_of : (n,) int32, index in `functions`; -1 for the graph's own nodes
    main_count : how many nodes are the graph's own
    missing : name of the source of inputs without one, by input
    problems : what was left out or is odd, in words
    data, attr_start, attr_rows, attr_sizes : where the attributes are; see `attributes`
    name_rows : (n, 2) int64, where each name begins and ends in `data`
    """

    names: list[str]
    ops: Ints
    op_names: list[str]
    devices: Ints
    device_names: list[str]
    input_start: Ints
    sources: Ints
    ports: Ints
    controls: Bools
    function_of: Ints
    functions: tuple[Function, ...]
    main_count: int
    data: bytes
    attr_start: Ints
    attr_rows: npt.NDArray[np.int64]
    attr_sizes: npt.NDArray[np.int64]
    name_rows: npt.NDArray[np.int64]
    missing: dict[int, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    stats: Stats | None = None

    def __len__(self) -> int:
        """Return the number of nodes, those of functions included."""
        return len(self.names)

    @property
    def edge_count(self) -> int:
        """Number of inputs that have a source."""
        return int((self.sources >= 0).sum())

    @cached_property
    def targets(self) -> Ints:
        """The node each input belongs to, (m,)."""
        counts = np.diff(self.input_start)
        return np.repeat(np.arange(len(self.names), dtype=np.int32), counts)

    @cached_property
    def _outputs(self) -> tuple[Ints, Ints]:
        known = np.flatnonzero(self.sources >= 0).astype(np.int32)
        order = known[np.argsort(self.sources[known], kind="stable")]
        start = np.zeros(len(self.names) + 1, np.int32)
        np.cumsum(np.bincount(self.sources[known], minlength=len(self.names)), out=start[1:])
        return start, order

    @property
    def output_start(self) -> Ints:
        """(n + 1,); the edges out of node i are ``output_edges[output_start[i]:…]``."""
        return self._outputs[0]

    @property
    def output_edges(self) -> Ints:
        """Inputs (indices in `sources`) by the node they come from."""
        return self._outputs[1]

    @cached_property
    def index(self) -> dict[str, int]:
        """Node by name; of equal names the first."""
        found: dict[str, int] = {}
        for node in range(len(self.names) - 1, -1, -1):
            found[self.names[node]] = node
        return found

    def find(self, name: str) -> int:
        """Return the first node of a name, -1 for none, without the table `index`."""
        if "\\x" in name:  # It may stand for a byte that is no text.
            return self.index.get(name, -1)
        own, home = name, -1
        if name.startswith(FUNCTION_SCOPE):
            for number, function in enumerate(self.functions):
                scope = f"{FUNCTION_SCOPE}{function.name}/"
                if name.startswith(scope):
                    own, home = name[len(scope) :], number
                    break
        wanted = own.encode("utf-8", errors="surrogatepass")
        rows = self.name_rows
        fits = (rows[:, 1] - rows[:, 0] == len(wanted)) & (self.function_of == home)
        nodes = np.flatnonzero(fits)
        view = np.frombuffer(self.data, np.uint8)
        # From the end: names begin alike.
        for place in range(len(wanted) - 1, -1, -1):
            if not len(nodes):
                break
            nodes = nodes[view[rows[nodes, 0] + place] == wanted[place]]
        return int(nodes[0]) if len(nodes) else -1

    def inputs_of(self, node: int) -> range:
        """Return the inputs of a node, as indices in `sources`, `ports`, `controls`."""
        return range(int(self.input_start[node]), int(self.input_start[node + 1]))

    def outputs_of(self, node: int) -> Ints:
        """Return the edges out of a node, as indices in `sources` and `targets`."""
        return self.output_edges[self.output_start[node] : self.output_start[node + 1]]

    def op(self, node: int) -> str:
        """Return a node's op."""
        return self.op_names[int(self.ops[node])]

    def device(self, node: int) -> str:
        """Return a node's device; empty where it has none."""
        return self.device_names[self.devices[node]] if self.devices[node] >= 0 else ""

    def is_op(self, *names: str) -> Bools:
        """Return which nodes have one of the ops, (n,)."""
        codes = [code for code, name in enumerate(self.op_names) if name in names]
        return np.asarray(np.isin(self.ops, codes))

    # -- attributes --------------------------------------------------------------------------------

    def attributes(self, node: int) -> list[Attribute]:
        """Return a node's attributes in the order of their keys."""
        rows = range(int(self.attr_start[node]), int(self.attr_start[node + 1]))
        found = {each.key: each for each in map(self._attribute, rows)}
        return [found[key] for key in sorted(found)]

    def attribute(self, node: int, key: str) -> Attribute | None:
        """Return one attribute of a node; None where it has none of that name."""
        wanted = key.encode()
        for row in range(int(self.attr_start[node + 1]) - 1, int(self.attr_start[node]) - 1, -1):
            begin, end = self.attr_rows[row, :2]
            if end - begin == len(wanted) and self.data[begin:end] == wanted:
                return self._attribute(row)
        return None

    def _attribute(self, row: int) -> Attribute:
        begin, end, value, stop = (int(each) for each in self.attr_rows[row])
        return attribute_of(self.data[begin:end], self.data[value:stop], int(self.attr_sizes[row]))

    def attribute_rows(self, key: str) -> Ints:
        """Return where each node's attribute `key` is in `attr_rows`, (n,); -1 for none."""
        wanted = np.frombuffer(key.encode(), np.uint8)
        rows = np.flatnonzero(self.attr_rows[:, 1] - self.attr_rows[:, 0] == len(wanted))
        view = np.frombuffer(self.data, np.uint8)
        for place, byte in enumerate(wanted):
            rows = rows[view[self.attr_rows[rows, 0] + place] == byte]
        found = np.full(len(self.names), -1, np.int32)
        found[np.searchsorted(self.attr_start, rows, side="right") - 1] = rows
        return found

    def attribute_bytes(self, row: int) -> bytes:
        """Return the bytes of the value in a row of `attr_rows`: an ``AttrValue``."""
        return self.data[self.attr_rows[row, 2] : self.attr_rows[row, 3]]

    @cached_property
    def attribute_table(self) -> tuple[npt.NDArray[np.int64], list[str]]:
        """A number for each row of `attr_rows`, and ``key=value`` in words by number."""
        count = len(self.attr_rows)
        numbers = np.empty(count, np.int64)
        spans = np.empty((count, 3), np.int64)
        spans[:, :2] = self.attr_rows[:, 2:]
        keys = np.empty(count, np.int64)
        table = Table(self.data, count)
        table.number(self.attr_rows, scanning.KEY, -1, keys)
        spans[:, 2] = keys
        values = Table(self.data, count)
        values.number(spans, 0, 2, numbers)
        first = np.full(values.count, -1)
        first[numbers[::-1]] = np.arange(count)[::-1]
        found = [self._attribute(row) for row in first.tolist()]
        return numbers, [f"{each.key}={each.text}" for each in found]

    @cached_property
    def _shapes(self) -> tuple[Ints, dict[int, tuple[Shape, ...]]]:
        """For each node a number of its `_output_shapes`, -1 for none; what was read of them."""
        rows = self.attribute_rows("_output_shapes")
        known = np.flatnonzero(rows >= 0)
        numbers = np.empty(len(known), np.int64)
        spans = np.ascontiguousarray(self.attr_rows[rows[known], 2:])
        Table(self.data, len(known)).number(spans, 0, -1, numbers)
        found = np.full(len(self.names), -1, np.int32)
        found[known] = numbers
        return found, {}

    def output_shapes(self, node: int) -> tuple[Shape, ...]:
        """Return the shapes of a node's outputs where the graph says them; else empty.

        A shape is a tuple of sizes, -1 for unknown ones; None where the rank is unknown.
        """
        numbers, read = self._shapes
        number = int(numbers[node])
        if number >= 0:
            if number not in read:
                attribute = self.attribute(node, "_output_shapes")
                read[number] = () if attribute is None else shapes_of(attribute)
            return read[number]
        if self.op(node) in ("Placeholder", "VariableV2", "Variable", "_Arg", "Const"):
            for key in ("shape", "_user_specified_shape", "value"):
                found = self.attribute(node, key)
                if found is not None and (shapes := shapes_of(found)):
                    return shapes
        return ()

    def edge_shape(self, edge: int) -> Shape:
        """Return the shape of the tensor that an input brings; None where it is unknown."""
        source, port = int(self.sources[edge]), int(self.ports[edge])
        if source < 0 or port < 0:
            return None
        shapes = self.output_shapes(source)
        return shapes[port] if port < len(shapes) else None


def from_graph_def(graph: GraphDef) -> Graph:
    """Return the graph in a message."""
    return from_bytes(graph.SerializeToString())


def from_bytes(data: bytes, notes: Sequence[str] = ()) -> Graph:
    """Return the graph in the bytes of a ``GraphDef``, as far as they can be read.

    `notes` are put before the problems found.
    """
    problems = list(notes)
    scan = Scan(data, MOST_NODES, MOST_ROWS, MOST_FUNCTIONS)
    scan.walk()
    nodes, inputs, attrs, spans = scan.allocate()
    scan.walk()
    count = len(nodes) - 1
    nodes[count, [scanning.FIRST_INPUT, scanning.FIRST_ATTR]] = len(inputs), len(attrs)
    if scan.broken_at >= 0:
        problems.append(
            f"The graph is cut off or damaged at byte {scan.broken_at:,} of {len(data):,}; "
            "what stands before is shown"
        )
    if scan.damaged:
        problems.append(f"{_nodes(scan.damaged)} cannot be read to the end; the rest is shown")
    if scan.left_out:
        problems.append(f"{_nodes(scan.left_out)} left out: more than {MOST_NODES:,}")
    for number, what, most in (
        (scan.inputs_left_out, "inputs", MOST_ROWS),
        (scan.attrs_left_out, "attributes", MOST_ROWS),
        (scan.functions_left_out, "functions", MOST_FUNCTIONS),
    ):
        if number:
            problems.append(f"{number:,} {what} left out: more than {most:,}")

    # Names, ops, devices: equal ones have one number.
    scopes = nodes[:count, scanning.SCOPE]
    numbers = np.empty(count, np.int64)
    table = Table(data, count)
    table.number(nodes, scanning.NAME, scanning.SCOPE, numbers)
    newest = np.maximum.accumulate(numbers) if count else numbers
    first_of = np.flatnonzero(np.diff(newest, prepend=-1) > 0)
    op_marks = nodes[:count, scanning.OP].copy()
    ops, op_names = _numbered(data, nodes, scanning.OP, count)
    for mark, name in ((scanning.ARGUMENT, ARGUMENT_OP), (scanning.RESULT, RESULT_OP)):
        if (op_marks == mark).any():
            if name not in op_names:
                op_names.append(name)
            ops[op_marks == mark] = op_names.index(name)
    devices, device_names = _numbered(data, nodes, scanning.DEVICE, count)
    if "" in device_names:
        devices[devices == device_names.index("")] = -1

    # Where inputs come from.
    owners = np.repeat(np.arange(count), np.diff(nodes[:, scanning.FIRST_INPUT]))
    sources = np.empty(len(inputs), np.int64)
    table.resolve(inputs, np.ascontiguousarray(scopes[owners]), sources)
    known = sources >= 0
    sources[known] = first_of[sources[known]]
    lost = np.flatnonzero(~known)
    false = _false_sources(ops, op_names, owners, sources)
    sources[false] = -1
    missing = {
        row: text(data[inputs[row, scanning.INPUT] : inputs[row, scanning.INPUT_STOP]])
        for row in np.concatenate([lost, false])[:MOST_MISSING].tolist()
    }
    functions = tuple(
        Function(text(data[row[0] : row[1]]), int(row[2]), int(row[3])) for row in spans
    )
    main_count = int((scopes == scanning.MAIN).sum())
    names = [
        text(data[begin:end])
        for begin, end in zip(
            nodes[:count, scanning.NAME].tolist(),
            nodes[:count, scanning.NAME_STOP].tolist(),
            strict=True,
        )
    ]
    for function in functions:
        scope = f"{FUNCTION_SCOPE}{function.name}/"
        for node in range(function.first, function.stop):
            names[node] = scope + names[node]
    nameless = int((nodes[:main_count, 0] == nodes[:main_count, 1]).sum())
    if nameless:
        problems.append(f"{_nodes(nameless)} without a name")
    doubled = main_count - int(np.searchsorted(first_of, main_count))
    if doubled:
        problems.append(
            f"{_nodes(doubled)} with a name that another has too; inputs mean the first of them"
        )
    # Optional inputs that are not given have empty names.
    named = lost[inputs[lost, scanning.INPUT] < inputs[lost, scanning.INPUT_STOP]]
    if len(named):
        example = f" ({missing[int(named[0])]!r})" if int(named[0]) in missing else ""
        what = (
            "1 input from a node that is"
            if len(named) == 1
            else (f"{len(named):,} inputs from nodes that are")
        )
        problems.append(f"{what} not there{example}")
    if len(false):
        problems.append(
            f"{len(false):,} inputs of {_GET_ATTRIBUTE} left out: PyTorch writes the name of the "
            "last operation where it means the model"
        )
    sizes = attrs[:, scanning.VALUE_STOP] - attrs[:, scanning.VALUE]
    data, nodes, attrs = _without_long(data, nodes, attrs, sizes, problems)
    return Graph(
        names=names,
        ops=_int32(ops),
        op_names=op_names,
        devices=_int32(devices),
        device_names=device_names,
        input_start=_int32(nodes[:, scanning.FIRST_INPUT]),
        sources=_int32(sources),
        ports=_int32(inputs[:, scanning.PORT]),
        controls=_frozen(inputs[:, scanning.CONTROL] != 0),
        function_of=_int32(scopes),
        functions=functions,
        main_count=main_count,
        data=data,
        attr_start=_int32(nodes[:, scanning.FIRST_ATTR]),
        attr_rows=_frozen(attrs),
        attr_sizes=_frozen(sizes),
        name_rows=_frozen(np.ascontiguousarray(nodes[:count, :2])),
        missing=missing,
        problems=tuple(problems),
    )


def _false_sources(
    ops: npt.NDArray[np.int64],
    op_names: list[str],
    owners: npt.NDArray[np.int64],
    sources: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    """Return which inputs name an operation where PyTorch means the module that holds a weight.

    They would close a cycle over the whole model.
    """
    if _GET_ATTRIBUTE not in op_names:
        return np.zeros(0, np.int64)
    rows = np.flatnonzero((ops[owners] == op_names.index(_GET_ATTRIBUTE)) & (sources >= 0))
    computing = np.array([name.startswith("aten::") for name in op_names])
    return np.asarray(rows[computing[ops[sources[rows]]]])


def _nodes(count: int) -> str:
    return "1 node" if count == 1 else f"{count:,} nodes"


def _int32(array: npt.NDArray[np.int64]) -> Ints:
    return _frozen(array.astype(np.int32))


def _frozen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    array.setflags(write=False)
    return array


def _numbered(
    data: bytes, nodes: npt.NDArray[np.int64], column: int, count: int
) -> tuple[npt.NDArray[np.int64], list[str]]:
    """Return a number for each different piece in a column of `nodes`, and the pieces."""
    numbers = np.empty(count, np.int64)
    table = Table(data, count)
    table.number(nodes, column, -1, numbers)
    starts, stops = table.firsts()
    pieces = zip(starts.tolist(), stops.tolist(), strict=True)
    return numbers, [text(data[max(begin, 0) : max(end, 0)]) for begin, end in pieces]


def _without_long(
    data: bytes,
    nodes: npt.NDArray[np.int64],
    attrs: npt.NDArray[np.int64],
    sizes: npt.NDArray[np.int64],
    problems: list[str],
) -> tuple[bytes, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Leave out the greatest part of long attributes where they take much memory together."""
    long = np.flatnonzero(sizes > LONG_ATTRIBUTE_BYTES)
    if int(sizes[long].sum()) <= LONG_ATTRIBUTES_BYTES:
        return data, nodes, attrs
    long = long[np.argsort(attrs[long, scanning.VALUE])]
    begins = attrs[long, scanning.VALUE] + KEPT_BYTES
    ends = attrs[long, scanning.VALUE_STOP]
    pieces, at = [], 0
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        pieces.append(data[at:begin])
        at = end
    pieces.append(data[at:])
    removed = np.concatenate([[0], np.cumsum(ends - begins)])

    def moved(offsets: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        return np.asarray(offsets - removed[np.searchsorted(ends, offsets, side="right")])

    nodes[:, :2] = moved(nodes[:, :2])
    attrs[:] = moved(attrs)
    # A long value ends where its kept beginning does.
    attrs[long, scanning.VALUE_STOP] = attrs[long, scanning.VALUE] + KEPT_BYTES
    problems.append(
        f"{len(long):,} long attribute{'' if len(long) == 1 else 's'} kept out, "
        f"{int(sizes[long].sum()):,} bytes; beginnings are shown"
    )
    return b"".join(pieces), nodes, attrs
