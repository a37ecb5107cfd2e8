"""Reads a graph from where it comes and folds it, or two and what is different; runs in a task."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from eventglass.app.core.graphs.diff import Change, Difference, diff
from eventglass.app.core.graphs.hierarchy import Hierarchy, fold
from eventglass.app.core.graphs.keras import from_keras
from eventglass.app.core.graphs.model import Graph
from eventglass.app.core.graphs.run_stats import with_stats
from eventglass.app.core.graphs.sources import (
    GraphFileError,
    Stage,
    from_file,
    from_metadata,
    from_payload,
    stages,
)
from eventglass.app.core.plugins import DecodeError
from eventglass.app.core.plugins.tensors import single_string
from eventglass.app.core.plugins.values import parse
from eventglass.app.core.proto.run_metadata_pb2 import RunMetadata
from eventglass.app.models.graph_sources import STAGED_PLUGINS, GraphSource

if TYPE_CHECKING:
    from eventglass.app.core.payload_cache import PayloadCache
    from eventglass.app.core.store import LogStore, Series


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A graph, its hierarchy, in which forms it was logged; and what is different from another.

    Attributes
    ----------
    forms : forms of the same series that have a graph of their own
    """

    source: GraphSource
    graph: Graph
    hierarchy: Hierarchy
    forms: tuple[str, ...] = ()
    difference: Difference | None = None

    def changed(self) -> npt.NDArray[np.int64]:
        """The nodes that are not the same in both graphs, (k,)."""
        if self.difference is None:
            return np.empty(0, np.int64)
        return np.flatnonzero(self.difference.nodes != Change.SAME)


def read_graph(
    store: LogStore,
    cache: PayloadCache,
    source: GraphSource,
    cancelled: Callable[[], bool] = lambda: False,
) -> Reading:
    """Return the graph of a source; compared with another where the source says so.

    Raises `DecodeError` and `OSError`.
    """
    graph, forms = _graph(store, cache, source, cancelled)
    difference = None
    if source.against is not None:
        before, _forms = _graph(store, cache, source.against, cancelled)
        difference = diff(before, graph, cancelled)
        graph = difference.graph
    if not len(graph):
        what = "The file" if source.path else f"What was logged as {source.tag_title}"
        raise DecodeError(". ".join((f"{what} holds no operations", *graph.problems)))
    hierarchy = fold(graph)
    # What searching and opening needs; else the window would wait for it.
    hierarchy.prepare()
    return Reading(source, graph, hierarchy, forms, difference)


def _graph(
    store: LogStore, cache: PayloadCache, source: GraphSource, cancelled: Callable[[], bool]
) -> tuple[Graph, tuple[str, ...]]:
    if source.path:
        try:
            return from_file(Path(source.path), cancelled), ()
        except GraphFileError as error:
            raise DecodeError(str(error)) from error
    series = store.series[source.series_id]
    entry = series.count - 1 if source.entry < 0 else min(source.entry, series.count - 1)
    if source.form == "layers":
        return from_keras(cache.read(series, entry).config()), ()
    if series.plugin_name in STAGED_PLUGINS:
        data = single_string(store.read_payload(series, entry), "A traced function")
        metadata = parse(RunMetadata, data, "run metadata")
    elif source.graph_series_id >= 0 or source.form in ("profile", "partitioned"):
        metadata = cache.read(series, entry).message
    else:
        return from_payload(store.read_payload(series, entry), series), ()
    return _of_metadata(store, source, series, metadata)


def _of_metadata(
    store: LogStore, source: GraphSource, series: Series, metadata: RunMetadata
) -> tuple[Graph, tuple[str, ...]]:
    """The graphs of a step: as traced, optimized, in parts; or the run's with its statistics."""
    staged = series.plugin_name in STAGED_PLUGINS
    known = stages(metadata)
    forms = ["ops" if staged else "profile"]
    forms += ["optimized"] * (staged and Stage.AFTER in known)
    forms += ["partitioned"] * (Stage.PARTITIONS in known)
    stage = {"optimized": Stage.AFTER, "partitioned": Stage.PARTITIONS}.get(source.form)
    if staged or stage is not None or source.graph_series_id < 0:
        return from_metadata(metadata, stage), tuple(forms)
    whole = store.series[source.graph_series_id]
    graph = from_payload(store.read_payload(whole, whole.count - 1), whole)
    return with_stats(graph, metadata), tuple(forms)
