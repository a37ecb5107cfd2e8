"""Run metadata: what one profiled step did, node by node, and the graphs it ran."""

from __future__ import annotations

from dataclasses import dataclass

from eventglass.app.core.plugins import SeriesInfo
from eventglass.app.core.plugins.graphs import traced_graph
from eventglass.app.core.plugins.tensors import single_string
from eventglass.app.core.plugins.values import parse
from eventglass.app.core.proto import run_metadata_pb2
from eventglass.app.core.proto.graph_pb2 import GraphDef

#: Plugin of run metadata that came in an event, not in a summary.
TAGGED_PLUGIN = "graph_tagged_run_metadata"


@dataclass(frozen=True, slots=True)
class RunMetadata:
    """Statistics of one step, as a message of ours; its names are bytes. Not to be changed."""

    message: run_metadata_pb2.RunMetadata

    def graph(self) -> GraphDef:
        """Return the graph of the functions the step ran; empty where it was not traced."""
        return traced_graph(self.message)


def decode(payload: bytes, series: SeriesInfo) -> RunMetadata:
    """Return the run metadata in an event or a summary value."""
    tagged = series.plugin_name == TAGGED_PLUGIN
    data = payload if tagged else single_string(payload, "Run metadata")
    return RunMetadata(parse(run_metadata_pb2.RunMetadata, data, "run metadata"))
