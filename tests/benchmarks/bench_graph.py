"""Graphs: reading and folding 100,000 nodes, opening groups, searching, tracing, comparing.

``python -m tests.benchmarks.bench_graph``
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np

from eventglass.app.core.graphs import colours
from eventglass.app.core.graphs.diff import diff
from eventglass.app.core.graphs.hierarchy import fold
from eventglass.app.core.graphs.layout import lay_out
from eventglass.app.core.graphs.model import from_bytes
from eventglass.app.core.graphs.scene import Options, level
from eventglass.app.core.graphs.search import Query, Where, search
from eventglass.app.core.graphs.statistics import flops
from eventglass.app.core.graphs.trace import downstream, upstream
from eventglass.app.core.proto.graph_pb2 import GraphDef
from tests.benchmarks.measure import parser, report, rounded

OPS = (b"MatMul", b"Add", b"Relu", b"Conv2D", b"Mul", b"Identity", b"ReadVariableOp", b"Const")
#: Bounds of issue 5, seconds.
BOUNDS = {"open 500": 0.2, "open 5,000": 3.0, "regular expression": 0.15, "first picture": 2.5}


def deep_graph(nodes: int = 100_000, seed: int = 1) -> bytes:
    """Return a GraphDef of deep scopes: stages of blocks of units, 5 to 60 nodes in each."""
    rng = np.random.default_rng(seed)
    graph = GraphDef()
    names: list[bytes] = []
    unit = 0
    while len(names) < nodes:
        inner = b"attention/self" if unit // 25 % 2 else b"mlp"
        place = (unit // 200, unit // 25 % 8, unit % 25)
        scope = b"model/stage_%d/block_%d/unit_%d/" % place + inner
        for number in range(min(int(rng.integers(5, 60)), nodes - len(names))):
            op = OPS[int(rng.integers(len(OPS)))]
            node = graph.node.add(name=scope + b"/%s_%d" % (op.lower(), number), op=op)
            node.device = b"/job:worker/replica:0/task:0/device:GPU:%d" % (place[0] % 4)
            if names and op != b"Const":
                for _ in range(int(rng.integers(1, 4))):
                    reach = 30 if rng.random() < 0.97 else len(names)
                    back = int(rng.integers(1, min(len(names), reach) + 1))
                    node.input.append(names[-back])
            node.attr.add(key=b"T").value.type = 1
            shape = node.attr.add(key=b"_output_shapes").value.list.shape.add()
            for size in (-1, 128, 64 * int(rng.integers(1, 13))):
                shape.dim.add(size=size)
            names.append(node.name)
        unit += 1
    return graph.SerializeToString()


def flat_group(nodes: int, edges: int, seed: int = 2) -> bytes:
    """Return a GraphDef of one group."""
    rng = np.random.default_rng(seed)
    graph = GraphDef()
    for number in range(nodes):
        graph.node.add(name=b"group/node%dx" % number, op=b"Op%d" % (number % 7))
    for _ in range(edges):
        target = int(rng.integers(1, nodes))
        source = max(0, target - int(rng.integers(1, 60)))
        graph.node[target].input.append(graph.node[source].name)
    return graph.SerializeToString()


def main() -> None:
    """Measure and print."""
    options = parser(__doc__, repeats=3).parse_args()

    def median(action: Callable[[], object]) -> float:
        times = []
        for _ in range(options.repeats):
            start = time.perf_counter()
            action()
            times.append(time.perf_counter() - start)
        return rounded(statistics.median(times))

    data = deep_graph()
    graph = from_bytes(data)
    hierarchy = fold(graph)
    inner = hierarchy.find("model/stage_3/block_1")
    opened = hierarchy.path(inner)
    figures = {
        "bytes": len(data),
        "nodes": len(graph),
        "edges": graph.edge_count,
        "items": len(hierarchy),
        "read": median(lambda: from_bytes(data)),
        "fold": median(lambda: fold(graph)),
        "first picture": median(lambda: lay_out(level(fold(from_bytes(data))))),
        "open three levels": median(lambda: lay_out(level(hierarchy, opened))),
    }
    for name, nodes, edges in (("open 500", 500, 1500), ("open 5,000", 5000, 15000)):
        group = fold(from_bytes(flat_group(nodes, edges)))
        whole = [group.find("group")]
        plain = Options(extract=False)
        figures[name] = median(lambda g=group, w=whole, o=plain: lay_out(level(g, w, o)))
    words = Query(r"unit_\d*7/.*mul_[12]$", regex=True)
    figures["regular expression, first time"] = rounded(_once(lambda: search(hierarchy, words)))
    figures["regular expression"] = median(lambda: search(hierarchy, words))
    shape = Query("128x768", where=Where.SHAPE)
    figures["shape"] = median(lambda: search(hierarchy, shape))
    figures["upstream"] = median(lambda: upstream(graph, [len(graph) - 5]))
    figures["downstream"] = median(lambda: downstream(graph, [3]))
    figures["structure"] = median(lambda: colours.structure(hierarchy))
    figures["floating point operations"] = median(lambda: flops(from_bytes(data)))
    other = from_bytes(deep_graph(seed=2))
    figures["difference"] = median(lambda: diff(graph, other))
    report("graph", {"seconds": figures, "bounds": BOUNDS})


def _once(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
