"""Files that hold one graph: which ones they are, and what stands in one."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from eventglass.app.core.graphs.model import Graph

SUFFIXES = (".pb", ".pbtxt", ".pbtext", ".prototxt")
#: A model of Keras as JSON says so near its beginning.
_KERAS_MARK, _LOOK_BYTES = b'"class_name"', 1 << 16
#: Operations told of in a text; JSON has all.
_MOST_SHOWN = 30


def is_graph_file(path: str | os.PathLike[str]) -> bool:
    """Whether a path is a file that holds a graph, by its name; of JSON by its beginning."""
    name = os.path.basename(os.fspath(path)).lower()
    if "tfevents" in name or not os.path.isfile(path):
        return False
    if name.endswith(SUFFIXES):
        return True
    if not name.endswith(".json"):
        return False
    try:
        with open(path, "rb") as stream:
            return _KERAS_MARK in stream.read(_LOOK_BYTES)
    except OSError:
        return False


def summary(path: Path, cancelled: Callable[[], bool] = lambda: False) -> dict[str, Any]:
    """Return what a file of a graph holds, as JSON values.

    Raises `GraphFileError` or `OSError`.
    """
    from eventglass.app.core.graphs.sources import from_file

    graph = from_file(path, cancelled)
    return {
        "graph": {
            "file": str(path),
            "nodes": graph.main_count,
            "edges": graph.edge_count,
            "functions": len(graph.functions),
            "operations": dict(_operations(graph)),
            "problems": list(graph.problems),
        }
    }


def as_json_text(found: dict[str, Any]) -> Iterator[str]:
    """Yield a summary as JSON."""
    yield json.dumps(found, indent=1)
    yield "\n"


def as_text(found: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of a summary for reading."""
    graph = found["graph"]
    yield f"{graph['file']} is a graph, not a log"
    yield ""
    for what in ("nodes", "edges", "functions"):
        if graph[what] or what == "nodes":
            yield f"  {what:<10} {graph[what]:>10,}"
    yield f"  {'operations':<10} {len(graph['operations']):>10,} kinds"
    for name, count in list(graph["operations"].items())[:_MOST_SHOWN]:
        yield f"    {_printable(name):<24} {count:>6,}"
    rest = len(graph["operations"]) - _MOST_SHOWN
    if rest > 0:
        yield f"    and {rest:,} other kinds"
    for problem in graph["problems"]:
        yield f"  {_printable(problem)}"


def _operations(graph: Graph) -> list[tuple[str, int]]:
    """Number of nodes of each operation outside of functions, the most frequent first."""
    own = graph.ops[graph.function_of < 0]
    counts = np.bincount(own, minlength=len(graph.op_names)).tolist()
    found = [(name, count) for name, count in zip(graph.op_names, counts, strict=True) if count]
    return sorted(found, key=lambda each: (-each[1], each[0]))


def _printable(words: str) -> str:
    return "".join(letter if letter.isprintable() else "�" for letter in words)
