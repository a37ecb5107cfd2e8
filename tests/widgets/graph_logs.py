"""Logs with a graph, written by hand, and a view on them, for tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from eventglass.app.core.proto.graph_pb2 import GraphDef
from eventglass.app.core.reader import Reader
from eventglass.app.core.store import LogStore
from eventglass.app.models.commands import Commands
from eventglass.app.models.graph_drawing import GraphDrawing, Shape
from eventglass.app.models.payloads import Payloads
from eventglass.app.models.settings import Settings
from eventglass.app.models.tasks import Tasks
from eventglass.app.models.theme import Theme
from eventglass.app.models.workspace import Workspace
from eventglass.widgets.plots.line_book import LineBook
from eventglass.widgets.view import ViewContext
from tests.core.events import event, field, record, version

#: Name, op, inputs.
MODEL = (
    ("x", "Placeholder", ()),
    ("enc/w", "VariableV2", ()),
    ("enc/MatMul", "MatMul", ("x", "enc/w")),
    ("enc/act/Relu", "Relu", ("enc/MatMul",)),
    ("enc/act/Scale", "Mul", ("enc/act/Relu", "enc/act/Two")),
    ("enc/act/Two", "Const", ()),
    ("dec/MatMul", "MatMul", ("enc/act/Scale", "dec/w")),
    ("dec/w", "VariableV2", ()),
    ("loss", "Mean", ("dec/MatMul", "^enc/act/Relu")),
    ("alone", "NoOp", ()),
)


def graph_def(nodes: object = MODEL) -> GraphDef:
    """A GraphDef of names, ops and inputs."""
    graph = GraphDef()
    for name, op, inputs in nodes:  # type: ignore[attr-defined]
        node = graph.node.add()
        node.name, node.op = name.encode(), op.encode()
        node.input.extend(each.encode() for each in inputs)
        if op == "VariableV2":
            pair = node.attr.add()
            pair.key = b"shape"
            for size in (3, 4):
                pair.value.shape.dim.add().size = size
    return graph


def write_graph(folder: Path, run: str = ".", graph: GraphDef | None = None) -> None:
    """Write the graph of a run."""
    place = folder / run
    place.mkdir(parents=True, exist_ok=True)
    data = (graph or graph_def()).SerializeToString()
    lines = version() + record(event(0, 1.7e9, what=field(4, data)))
    (place / "events.out.tfevents.1700000000.host").write_bytes(lines)


@contextmanager
def graph_context(folder: Path, settings: Path) -> Iterator[ViewContext]:
    """A context on a log; its threads end with it."""
    store = LogStore()
    reader = Reader(store)
    reader.set_live(False)
    reader.start()
    reader.open(folder)
    assert reader.wait_until_settled(60)
    theme, tasks = Theme("light"), Tasks()
    workspace = Workspace(store, theme)
    workspace.take_changes(store.take_changes())
    try:
        yield ViewContext(
            store,
            workspace,
            Settings(settings),
            tasks,
            Commands(),
            theme,
            LineBook(store, workspace, tasks),
            Payloads(store, tasks, 1 << 24),
        )
    finally:
        tasks.stop()
        reader.stop()


def chain(count: int = 4, *, opened: bool = False) -> GraphDrawing:
    """Boxes below each other, each fed by the one before; id 100 + place.

    With `opened` all stand inside an open group with the id 7.
    """
    inside = int(opened)
    rects = [(0.0, 0.0, 200.0, 60.0 * count + 40.0)] * inside
    rects += [(40.0, 40.0 + 60.0 * i, 120.0, 30.0) for i in range(count)]
    ends = np.arange(count - 1, dtype=np.int32) + inside
    points = [
        point
        for i in range(count - 1)
        for point in ((100.0, 70.0 + 60 * i), (100.0, 100.0 + 60 * i))
    ]
    return GraphDrawing(
        ids=np.array([7] * inside + [100 + i for i in range(count)], np.int64),
        parents=np.array([-1] * inside + [inside - 1] * count, np.int32),
        rects=np.array(rects),
        shapes=np.array([Shape.OPEN_GROUP] * inside + [Shape.OPERATION] * count, np.uint8),
        labels=(*["group"] * inside, *(f"node{i}" for i in range(count))),
        notes=("",) * (count + inside),
        sources=ends,
        targets=(ends + 1).astype(np.int32),
        points=np.array(points).reshape(-1, 2),
        starts=np.arange(count, dtype=np.int64) * 2,
        flags=np.zeros(count - 1, np.uint8),
        widths=np.ones(count - 1, np.float32),
        edge_labels=("2×3",) * (count - 1),
    )
