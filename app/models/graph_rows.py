"""All nodes of a graph as rows of a table."""

from __future__ import annotations

import csv
import heapq
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from eventglass.app.models.column_rows import Cells, Column, exact_text, things

if TYPE_CHECKING:
    from eventglass.app.core.graphs.model import Graph

_DIGITS = re.compile("[0-9]+")
_SORTED_AT_ONCE = 5000

NODE_COLUMNS = (
    Column("name", "Name", "text", "Full name of the node"),
    Column("op", "Operation", "text", "What the node does"),
    Column("inputs", "Inputs", "count", "Tensors that come in, control inputs left out"),
    Column("outputs", "Consumers", "count", "Inputs of other nodes that take from this one"),
    Column("controls", "Control", "count", "Control inputs"),
    Column("device", "Device", "text", "Where it was placed"),
)
RUN_COLUMNS = (
    Column("time", "Time (µs)", "value", "How long the profiled step took for it"),
    Column("memory", "Memory (bytes)", "count", "What the profiled step had it allocate"),
)


def columns_of(graph: Graph) -> tuple[Column, ...]:
    """Columns there is something to say in."""
    columns = NODE_COLUMNS if (graph.devices >= 0).any() else NODE_COLUMNS[:-1]
    return (*columns, *RUN_COLUMNS) if graph.stats is not None else columns


def node_cells(graph: Graph, nodes: npt.NDArray[np.int64]) -> dict[str, Cells]:
    """Cells of `columns_of`, by key, for some nodes."""
    every = np.ones(len(nodes), bool)
    ends = np.diff(graph.input_start)
    controls = np.bincount(graph.targets[graph.controls], minlength=len(graph))
    known = graph.sources[graph.sources >= 0]
    consumers = np.bincount(known, minlength=len(graph))
    names = [graph.names[node] for node in nodes.tolist()]
    cells = [
        replace(things(names), ranks=ranks_of(names)),
        _coded(graph.op_names, graph.ops[nodes]),
        Cells((ends[nodes] - controls[nodes]).astype(np.int64), every),
        Cells(consumers[nodes].astype(np.int64), every),
        Cells(controls[nodes].astype(np.int64), every),
    ]
    if (graph.devices >= 0).any():
        cells.append(_coded([*graph.device_names, ""], graph.devices[nodes]))
    if graph.stats is not None:
        time, memory = graph.stats.compute_us[nodes], graph.stats.memory[nodes]
        cells.append(Cells(time, ~np.isnan(time)))
        cells.append(Cells(np.nan_to_num(memory).astype(np.int64), ~np.isnan(memory)))
    return {column.key: each for column, each in zip(columns_of(graph), cells, strict=True)}


def _coded(names: Sequence[str], codes: npt.NDArray[np.integer]) -> Cells:
    """Cells of names, each meant by its number; -1 is the last."""
    return replace(things([names[code] for code in codes.tolist()]), ranks=ranks_of(names)[codes])


def ranks_of(names: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return where each name stands in natural order, (n,); equal for equal names.

    See `natural_key`, whose order this is. Never busy for long in one go: with 100,000 names it
    takes a while, in which the window goes on.
    """
    keys = [_natural_text(name) for name in names]
    parts = [
        sorted((keys[at], at) for at in range(first, min(first + _SORTED_AT_ONCE, len(keys))))
        for first in range(0, len(keys), _SORTED_AT_ONCE)
    ]
    ranks = np.empty(len(keys), np.int64)
    rank, before = -1, ""
    for key, at in heapq.merge(*parts):
        if rank < 0 or key != before:
            rank, before = rank + 1, key
        ranks[at] = rank
    return ranks


def _natural_text(name: str) -> str:
    """A text that sorts as the natural key does."""
    if not name:
        return ""
    folded = _DIGITS.sub(_number_text, name.casefold().replace("/", "\x01"))
    # What else there may be stands after the end of a part, and a name after one that is longer by
    # nothing but an end.
    return f"{folded}\x01\x02{name}"


def _number_text(match: re.Match[str]) -> str:
    # Numbers stand before other texts, the longer one is the greater.
    digits = match[0].lstrip("0")
    return f"\x03{chr(3 + min(len(digits), 0xD000))}{digits}"


def csv_lines(
    graph: Graph, wanted: npt.NDArray[np.bool_] | None, order: npt.NDArray[np.int64] | None
) -> Iterator[str]:
    """Yield the lines of a table of nodes, all digits.

    Parameters
    ----------
    wanted : (n,) bool
        Only these nodes; None for all.
    order : (k,) int64
        The nodes in the order wanted; None for that of the graph.
    """
    nodes = np.arange(len(graph), dtype=np.int64) if order is None else order
    if wanted is not None:
        nodes = nodes[wanted[nodes]]
    columns, cells = columns_of(graph), node_cells(graph, nodes)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([column.exact_title for column in columns])
    kept = [cells[column.key] for column in columns]
    for row in range(len(nodes)):
        writer.writerow([exact_text(each.value(row)) for each in kept])
        if row % 500 == 499:
            yield stream.getvalue()
            stream.seek(0)
            stream.truncate()
    yield stream.getvalue()
