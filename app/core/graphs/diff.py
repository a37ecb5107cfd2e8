"""Two graphs in one: what was added, removed, changed.

Nodes are the same when their names are (of several with one name, the first with the first). A node
is changed when its op, device, inputs or attributes are others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from eventglass.app.core.graphs.model import Function, Graph
from eventglass.app.core.graphs.scene import Cancelled
from eventglass.app.core.graphs.tables import Table

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]


class Change(IntEnum):
    """What became of a node or an edge."""

    SAME = 0
    ADDED = 1
    REMOVED = 2
    CHANGED = 3


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """Both graphs in one: the nodes of the later one, then those that were removed.

    Attributes
    ----------
    graph : of n nodes and m inputs
    nodes : (n,) uint8, `Change`
    inputs : (m,) uint8, `Change`, never changed
    before_nodes, after_nodes : (n,) int32, the node in either graph; -1 for none
    """

    before: Graph
    after: Graph
    graph: Graph
    nodes: npt.NDArray[np.uint8]
    inputs: npt.NDArray[np.uint8]
    before_nodes: Ints
    after_nodes: Ints

    def counts(self) -> dict[Change, int]:
        """Return how many nodes there are of each change."""
        found = np.bincount(self.nodes, minlength=4)
        return {change: int(found[change]) for change in Change}

    def details(self, node: int) -> list[tuple[str, str, str]]:
        """Return what is different about a changed node: what, before, after."""
        one, other = int(self.before_nodes[node]), int(self.after_nodes[node])
        if one < 0 or other < 0:
            return []
        rows = [
            ("op", self.before.op(one), self.after.op(other)),
            ("device", self.before.device(one), self.after.device(other)),
            ("inputs", _inputs(self.before, one), _inputs(self.after, other)),
        ]
        old = {each.key: each for each in self.before.attributes(one)}
        new = {each.key: each for each in self.after.attributes(other)}
        found = [row for row in rows if row[1] != row[2]]
        for key in sorted({*old, *new}):
            left, right = old.get(key), new.get(key)
            if (
                left is None
                or right is None
                or left.value != right.value
                or (left.text != right.text)
            ):
                found.append((key, left.text if left else "", right.text if right else ""))
        return found


def _inputs(graph: Graph, node: int) -> str:
    words = []
    for edge in graph.inputs_of(node):
        source = int(graph.sources[edge])
        name = graph.names[source] if source >= 0 else graph.missing.get(edge, "?")
        port = int(graph.ports[edge])
        words.append("^" + name if graph.controls[edge] else f"{name}:{port}" if port else name)
    return ", ".join(words)


def diff(before: Graph, after: Graph, cancelled: Callable[[], bool] = lambda: False) -> Difference:
    """Return what has changed from one graph to another. Raises `Cancelled`."""

    def check() -> None:
        if cancelled():
            raise Cancelled

    old, new = len(before), len(after)
    # Names with how often they came before, so that of equal ones the first goes with the first.
    index = {name: node for node, name in enumerate(_told_apart(after.names))}
    match = np.array([index.get(name, -1) for name in _told_apart(before.names)], np.int32)
    check()
    gone = np.flatnonzero(match < 0)
    place = match.copy()
    place[gone] = new + np.arange(len(gone))
    total = new + len(gone)
    before_nodes = np.full(total, -1, np.int32)
    before_nodes[place] = np.arange(old)
    after_nodes = np.concatenate([np.arange(new), np.full(len(gone), -1)]).astype(np.int32)
    nodes = np.zeros(total, np.uint8)
    nodes[before_nodes < 0] = Change.ADDED
    nodes[after_nodes < 0] = Change.REMOVED

    # Inputs of both by the numbers in the union: target, source, port and control.
    names = list(dict.fromkeys([*after.missing.values(), *before.missing.values()]))
    rows_after = _edges(after, np.arange(new, dtype=np.int32), total, names)
    rows_before = _edges(before, place, total, names)
    which = _numbered(np.concatenate([rows_after, rows_before]), total + len(names))
    check()
    in_before = np.isin(which[: len(rows_after)], which[len(rows_after) :])
    kept = ~np.isin(which[len(rows_after) :], which[: len(rows_after)])
    removed_rows = np.flatnonzero(kept)
    changes = np.concatenate(
        [np.where(in_before, Change.SAME, Change.ADDED), np.full(len(removed_rows), Change.REMOVED)]
    ).astype(np.uint8)
    edges = np.concatenate([rows_after, rows_before[removed_rows]])
    order = np.argsort(edges[:, 0], kind="stable")
    edges, changes = edges[order], changes[order]
    check()

    data = after.data + before.data
    ops = _joined(after.ops, after.op_names, before.ops, before.op_names)
    devices = _joined(after.devices, after.device_names, before.devices, before.device_names)
    graph = _union(before, after, gone, edges, names, data, ops, devices)
    check()
    common = np.flatnonzero(nodes == Change.SAME)
    one, other = before_nodes[common], after_nodes[common]
    changed = ops.old[one] != ops.new[other]
    changed |= devices.old[one] != devices.new[other]
    changed |= _input_codes(before, rows_before)[one] != _input_codes(after, rows_after)[other]
    codes = _attribute_codes(before, after, data)
    changed |= codes[0][one] != codes[1][other]
    nodes[common[changed]] = Change.CHANGED
    return Difference(before, after, graph, nodes, changes, before_nodes, after_nodes)


def _told_apart(names: list[str]) -> list[tuple[str, int]]:
    """Return the names, each with how often it came before."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        number = seen.get(name, 0)
        seen[name] = number + 1
        found.append((name, number))
    return found


def _edges(graph: Graph, place: Ints, total: int, missing: list[str]) -> Longs:
    """Return target, source, and port and control of each input, (m, 3).

    Sources that are not there are numbered from `total` by their place in `missing`.
    """
    sources = np.where(graph.sources >= 0, place[np.maximum(graph.sources, 0)], -1).astype(np.int64)
    numbers = {name: total + number for number, name in enumerate(missing)}
    for row, name in graph.missing.items():
        sources[row] = numbers[name]
    kind = graph.ports.astype(np.int64) * 2 + graph.controls
    return np.stack([place[graph.targets].astype(np.int64), sources, kind], axis=1)


def _numbered(rows: Longs, ends: int) -> Longs:
    """Return a number for each row of `_edges`, equal for equal ones; `ends` is above all ends."""
    kinds, kind = np.unique(rows[:, 2], return_inverse=True)
    return np.asarray((rows[:, 0] * (ends + 1) + rows[:, 1] + 1) * max(len(kinds), 1) + kind)


def _mixed(values: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    with np.errstate(over="ignore"):
        mixed = (values.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))


def _sums(codes: npt.NDArray[np.uint64], start: Ints) -> npt.NDArray[np.uint64]:
    """Return the sum for each node of the codes of its rows, which start at `start`."""
    sums = np.zeros(len(codes) + 1, np.uint64)
    np.cumsum(codes, out=sums[1:])
    return np.asarray(sums[start[1:]] - sums[start[:-1]])


def _input_codes(graph: Graph, rows: Longs) -> npt.NDArray[np.uint64]:
    """Return a code for each node that tells its inputs, as in `_edges`, and their order."""
    nth = np.arange(len(rows)) - graph.input_start[graph.targets]
    with np.errstate(over="ignore"):
        codes = _mixed(rows[:, 1]) * np.uint64(3) + _mixed(rows[:, 2]) * np.uint64(5)
        codes += _mixed(nth.astype(np.int64)) * np.uint64(7)
        return _sums(_mixed(codes.astype(np.int64)), graph.input_start)


def _attribute_codes(
    before: Graph, after: Graph, data: bytes
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """Return a code for each node of either graph that tells its attributes, in any order.

    `data` are the bytes of the later graph, then those of the earlier one.
    """
    rows = np.concatenate([before.attr_rows + len(after.data), after.attr_rows])
    keys, values = np.empty(len(rows), np.int64), np.empty(len(rows), np.int64)
    Table(data, len(rows)).number(rows, 0, -1, keys)
    spans = np.ascontiguousarray(np.stack([rows[:, 2], rows[:, 3], keys], axis=1))
    Table(data, len(rows)).number(spans, 0, 2, values)
    sizes = np.concatenate([before.attr_sizes, after.attr_sizes])
    with np.errstate(over="ignore"):
        codes = _mixed(values) + _mixed(sizes) * np.uint64(3)
    cut = len(before.attr_rows)
    return _sums(codes[:cut], before.attr_start), _sums(codes[cut:], after.attr_start)


@dataclass(frozen=True, slots=True)
class _Codes:
    """Codes of two graphs in one table of names."""

    new: Ints
    old: Ints
    names: list[str]


def _joined(new: Ints, names: list[str], old: Ints, old_names: list[str]) -> _Codes:
    table = list(names)
    known = {name: code for code, name in enumerate(table)}
    mapped = []
    for name in old_names:
        if name not in known:
            known[name] = len(table)
            table.append(name)
        mapped.append(known[name])
    # -1 stands for none.
    return _Codes(new, np.array([*mapped, -1], np.int32)[old], table)


def _union(
    before: Graph,
    after: Graph,
    gone: Longs,
    edges: Longs,
    missing: list[str],
    data: bytes,
    ops: _Codes,
    devices: _Codes,
) -> Graph:
    """Return the graph of all nodes of `after` and those of `before` that are `gone`."""
    shift, total = len(after.data), len(after) + len(gone)
    functions = list(after.functions)
    known = {each.name: number for number, each in enumerate(functions)}
    renumbered = []
    for each in before.functions:
        if each.name not in known:
            known[each.name] = len(functions)
            first, stop = np.searchsorted(gone, [each.first, each.stop]).tolist()
            functions.append(Function(each.name, len(after) + first, len(after) + stop))
        renumbered.append(known[each.name])
    function_map = np.array([*renumbered, -1], np.int32)
    function_of = np.concatenate([after.function_of, function_map[before.function_of[gone]]])
    input_start = np.zeros(total + 1, np.int32)
    np.cumsum(np.bincount(edges[:, 0], minlength=total), out=input_start[1:])
    lost = np.flatnonzero(edges[:, 1] >= total)
    # The attributes of what is gone come behind the others.
    counts = np.diff(before.attr_start)[gone]
    ends = np.cumsum(counts)
    rows = np.arange(counts.sum()) + np.repeat(before.attr_start[gone] - (ends - counts), counts)
    return Graph(
        names=[*after.names, *(before.names[node] for node in gone.tolist())],
        ops=np.concatenate([ops.new, ops.old[gone]]),
        op_names=ops.names,
        devices=np.concatenate([devices.new, devices.old[gone]]),
        device_names=devices.names,
        input_start=input_start,
        sources=np.where(edges[:, 1] < total, edges[:, 1], -1).astype(np.int32),
        ports=(edges[:, 2] >> 1).astype(np.int32),
        controls=(edges[:, 2] & 1) == 1,
        function_of=function_of.astype(np.int32),
        functions=tuple(functions),
        main_count=int((function_of < 0).sum()),
        data=data,
        attr_start=np.concatenate([after.attr_start, after.attr_start[-1] + ends]).astype(np.int32),
        attr_rows=np.concatenate([after.attr_rows, before.attr_rows[rows] + shift]),
        attr_sizes=np.concatenate([after.attr_sizes, before.attr_sizes[rows]]),
        name_rows=np.concatenate([after.name_rows, before.name_rows[gone] + shift]),
        missing={row: missing[int(edges[row, 1]) - total] for row in lost.tolist()},
        problems=(
            *(f"Before: {each}" for each in before.problems),
            *(f"After: {each}" for each in after.problems),
        ),
    )
