"""Reads a graph from where it comes and folds it; runs in a task."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eventglass.app.core.graphs import model
from eventglass.app.core.graphs.hierarchy import Hierarchy, fold
from eventglass.app.core.plugins import DecodeError
from eventglass.app.models.graph_sources import GraphSource


@dataclass(frozen=True, slots=True)
class Reading:
    """A graph and its hierarchy."""

    source: GraphSource
    graph: model.Graph
    hierarchy: Hierarchy


def read_graph(read: Callable[[int], Any], source: GraphSource) -> Reading:
    """Return the graph of a source.

    Parameters
    ----------
    read
        Returns the decoded payload of a series by the series' id.
    """
    graph = _graph(read, source)
    if not len(graph):
        missing = "; ".join(graph.problems)
        raise DecodeError(f"The graph has no nodes{': ' + missing if missing else ''}")
    return Reading(source, graph, fold(graph))


def _graph(read: Callable[[int], Any], source: GraphSource) -> model.Graph:
    if source.path:
        return model.from_file(Path(source.path))
    payload = read(source.series_id)
    if source.form == "layers":
        return model.from_keras(payload.config())
    if source.form == "profile":
        if source.graph_series_id >= 0:
            graph = model.from_graph_def(read(source.graph_series_id).graph_def)
        else:
            graph = model.from_graph_def(payload.graph())
        return model.with_stats(graph, payload.message)
    graph_def = payload.graph_def if hasattr(payload, "graph_def") else payload.graph()
    return model.from_graph_def(graph_def)
