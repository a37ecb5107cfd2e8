"""All nodes of a graph as rows of a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from eventglass.app.models.column_rows import Cells, Column, exact_text, things

if TYPE_CHECKING:
    from eventglass.app.core.graphs.model import Graph

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
    op_names = graph.op_names
    cells = [
        things([graph.names[node] for node in nodes.tolist()]),
        things([op_names[code] for code in graph.ops[nodes].tolist()]),
        Cells((ends[nodes] - controls[nodes]).astype(np.int64), every),
        Cells(consumers[nodes].astype(np.int64), every),
        Cells(controls[nodes].astype(np.int64), every),
    ]
    if (graph.devices >= 0).any():
        names = [*graph.device_names, ""]
        cells.append(things([names[code] for code in graph.devices[nodes].tolist()]))
    if graph.stats is not None:
        time, memory = graph.stats.compute_us[nodes], graph.stats.memory[nodes]
        cells.append(Cells(time, ~np.isnan(time)))
        cells.append(Cells(np.nan_to_num(memory).astype(np.int64), ~np.isnan(memory)))
    return {column.key: each for column, each in zip(columns_of(graph), cells, strict=True)}


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
