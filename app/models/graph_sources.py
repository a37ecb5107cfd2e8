"""Where a graph can come from: run, then tag, then what is made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eventglass.app.core.names import META_GRAPH_TAG, RUN_GRAPH_TAG, Kind, natural_key

if TYPE_CHECKING:
    from eventglass.app.core.store import LogStore

#: Kinds of series with something to show.
KINDS = frozenset({Kind.GRAPH, Kind.RUN_METADATA, Kind.KERAS_MODEL})
#: What is made of a tag, as the window calls it.
FORMS = {
    "ops": "Operations",
    "optimized": "Optimized",
    "layers": "Layers",
    "profile": "Profile",
}
#: Plugins whose entries are traced functions, in several stages.
STAGED_PLUGINS = frozenset({"graph_run_metadata", "graph_run_metadata_graph"})
_TAG_NAMES = {RUN_GRAPH_TAG: "Whole run", META_GRAPH_TAG: "Meta graph"}
#: Plugin of run metadata that is only statistics of a step: the graph is the run's.
_STATISTICS = "graph_tagged_run_metadata"
FILE_SUFFIXES = (".pb", ".pbtxt", ".pbtext", ".prototxt")


@dataclass(frozen=True, slots=True)
class GraphSource:
    """One graph that can be shown.

    Attributes
    ----------
    run_id, tag : of the log; -1 and empty for a file
    form : one of `FORMS`
    series_id : holds the graph, or the statistics of a profile
    graph_series_id : holds the graph of a profile; -1 where the statistics bring it themselves
    path : of a file
    against : the earlier graph it is compared with
    """

    run_id: int = -1
    tag: str = ""
    form: str = "ops"
    series_id: int = -1
    graph_series_id: int = -1
    path: str = ""
    against: GraphSource | None = None

    @property
    def key(self) -> str:
        """Tells it from others, also at the next start."""
        return self.path or f"{self.tag}\0{self.form}"

    @property
    def tag_title(self) -> str:
        """The tag as the window calls it."""
        return Path(self.path).name if self.path else tag_title(self.tag)


def tag_title(tag: str) -> str:
    """A tag as the window calls it."""
    return _TAG_NAMES.get(tag, tag)


def sources_of(store: LogStore) -> list[GraphSource]:
    """Return all graphs of the open runs, runs in natural order, a run's own graph first."""
    found: list[GraphSource] = []
    runs = sorted(store.open_runs(), key=lambda run: natural_key(run.name))
    for run in runs:
        found += _of_run(store, run.id)
    return found


def _of_run(store: LogStore, run_id: int) -> list[GraphSource]:
    series = [each for each in store.series_of_run(run_id) if each.kind in KINDS and each.count]
    series.sort(key=lambda each: (each.tag not in _TAG_NAMES, natural_key(each.tag)))
    whole = next((each.id for each in series if each.kind is Kind.GRAPH), -1)
    made: list[GraphSource] = []
    for each in series:
        if each.kind is Kind.GRAPH:
            made.append(GraphSource(run_id, each.tag, "ops", each.id))
        elif each.kind is Kind.KERAS_MODEL:
            made.append(GraphSource(run_id, each.tag, "layers", each.id))
        elif each.plugin_name == _STATISTICS:
            made.append(GraphSource(run_id, each.tag, "profile", each.id, whole))
        else:
            # The statistics of a traced step come with its graph.
            made.append(GraphSource(run_id, each.tag, "ops", each.id))
    return made


def first_choice(sources: Sequence[GraphSource], wanted: str = "") -> GraphSource | None:
    """Return the source with a key, else a run's own graph, else the first; None without any."""
    for key in (wanted, f"{RUN_GRAPH_TAG}\0ops"):
        for source in sources:
            if key and source.key == key:
                return source
    return sources[0] if sources else None
