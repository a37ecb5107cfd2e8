"""What a profiled step did, joined with the graph it ran."""

from __future__ import annotations

import dataclasses
import math
import re

import numpy as np

from eventglass.app.core.graphs.attributes import shape_of, shape_text
from eventglass.app.core.graphs.model import Graph, Stats
from eventglass.app.core.plugins.tensors import dtype_name
from eventglass.app.core.plugins.values import text
from eventglass.app.core.proto.run_metadata_pb2 import RunMetadata

#: Devices that are processors; the others are streams and copies of these.
_DEVICE = re.compile(r".*device:[^:]*:\d+$", re.IGNORECASE)
#: Names kept of those that are not in the graph.
MOST_UNMATCHED = 10_000


def with_stats(graph: Graph, metadata: RunMetadata) -> Graph:
    """Return the graph with the statistics of a step.

    A name belongs to the node of that name. Times are from the first start to the last end over all
    its runs and processors; memory is the sum of what allocators gave, negative numbers left out,
    as TensorBoard has it.
    """
    count = len(graph.names)
    # Lists: single elements of arrays are slow.
    starts, ends, taken = [math.inf] * count, [-math.inf] * count, [math.nan] * count
    devices = [-1] * count
    names: list[str] = []
    outputs: dict[int, tuple[str, ...]] = {}
    unmatched: dict[str, None] = {}
    index = graph.index
    for device in metadata.step_stats.dev_stats:
        name = text(device.device)
        if not _DEVICE.match(name):
            continue
        number = len(names)
        names.append(name)
        for each in device.node_stats:
            own = text(each.node_name)
            node = index.get(own, -1)
            if node < 0 and ":" in own:  # ``node:Op`` in older logs.
                node = index.get(own.partition(":")[0], -1)
            if node < 0:
                if len(unmatched) < MOST_UNMATCHED:
                    unmatched[own] = None
                continue
            begin = float(each.all_start_micros)
            if begin > 0:
                stop = begin + max(float(each.all_end_rel_micros), 0.0)
                starts[node] = min(starts[node], begin)
                ends[node] = max(ends[node], stop)
            used = sum(got.total_bytes for got in each.memory if got.total_bytes > 0)
            taken[node] = used if math.isnan(taken[node]) else taken[node] + used
            devices[node] = number
            shapes = {
                output.slot: f"{dtype_name(output.tensor_description.dtype)} "
                f"{shape_text(shape_of(output.tensor_description.shape))}"
                for output in each.output
            }
            if shapes:
                outputs[node] = tuple(shapes[slot] for slot in sorted(shapes))
    start, end = np.array(starts), np.array(ends)
    start[np.isinf(start)] = end[np.isinf(end)] = np.nan
    stats = Stats(
        start, end, np.array(taken, float), np.array(devices, np.int32), tuple(names), outputs,
        tuple(unmatched),
    )  # fmt: skip
    problems = list(graph.problems)
    if not metadata.step_stats.dev_stats:
        problems.append("The run metadata has no statistics of nodes")
    elif unmatched:
        problems.append(f"Statistics of {len(unmatched):,} nodes that are not in the graph")
    return dataclasses.replace(graph, stats=stats, problems=tuple(problems))


def graph_of_stats(metadata: RunMetadata) -> Graph:
    """Return a graph made of what statistics alone say: nodes, ops, and what they read.

    Labels like ``out = Op(in, ^other)`` tell the op and the inputs.
    """
    from eventglass.app.core.graphs.model import from_graph_def
    from eventglass.app.core.proto.graph_pb2 import GraphDef

    graph = GraphDef()
    known: set[bytes] = set()
    for device in metadata.step_stats.dev_stats:
        for each in device.node_stats:
            if each.node_name in known or not each.node_name:
                continue
            known.add(each.node_name)
            node = graph.node.add(name=each.node_name, device=device.device)
            found = re.fullmatch(rb"(?:.* = )?([\w>]+)\((.*)\)", each.timeline_label, re.DOTALL)
            if found:
                node.op = found[1]
                node.input.extend(part.strip() for part in found[2].split(b",") if part.strip())
    return with_stats(from_graph_def(graph), metadata)
