"""Where a graph can come from: run, then tag, then what is made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
    "partitioned": "Partitioned",
    "layers": "Layers",
    "profile": "Profile",
}
#: Plugins whose entries are traced functions, in several stages.
STAGED_PLUGINS = frozenset({"graph_run_metadata", "graph_run_metadata_graph"})
_TAG_NAMES = {RUN_GRAPH_TAG: "Whole run", META_GRAPH_TAG: "Meta graph"}
#: Plugin of run metadata that is only statistics of a step: the graph is the run's.
_STATISTICS = "graph_tagged_run_metadata"
#: Forms that are read out of the entry of another one.
_DERIVED = {"optimized": ("ops",), "partitioned": ("ops", "profile")}


@dataclass(frozen=True, slots=True)
class GraphSource:
    """One graph that can be shown.

    Attributes
    ----------
    run_id, run_key, tag : of the log; -1 and empty for a file
    form : one of `FORMS`
    series_id : holds the graph, or the statistics of a profile
    graph_series_id : holds the graph of a profile; -1 where the statistics bring it themselves
    entry : index of the entry in the series, -1 for the last
    path : of a file
    against : the earlier graph it is compared with
    """

    run_id: int = -1
    tag: str = ""
    form: str = "ops"
    series_id: int = -1
    graph_series_id: int = -1
    entry: int = -1
    path: str = ""
    run_key: str = ""
    against: GraphSource | None = None

    @property
    def key(self) -> str:
        """Tells it from others, also at the next start."""
        if self.path:
            return self.path
        entry = f"\0{self.entry}" if self.entry >= 0 else ""
        return f"{self.run_key}\0{self.tag}\0{self.form}{entry}"

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
    run_key = store.runs[run_id].key
    made: list[GraphSource] = []
    for each in series:
        source = GraphSource(run_id, each.tag, "ops", each.id, run_key=run_key)
        # The statistics of a traced step come with its graph, those of a session's run without.
        if each.kind is Kind.KERAS_MODEL:
            source = replace(source, form="layers")
        elif each.kind is not Kind.GRAPH and each.plugin_name == _STATISTICS:
            source = replace(source, form="profile", graph_series_id=whole)
        made.append(source)
    return made


def first_choice(sources: Sequence[GraphSource]) -> GraphSource | None:
    """Return a run's own graph, else the first; None without any."""
    own = next((each for each in sources if (each.tag, each.form) == (RUN_GRAPH_TAG, "ops")), None)
    return own or (sources[0] if sources else None)


def source_of_key(sources: Sequence[GraphSource], key: str) -> GraphSource | None:
    """Return the source a key was made of, None where the log has it not.

    A log that was moved has other runs' keys: then the tag decides.
    """
    if not key:
        return None
    if "\0" not in key:
        return GraphSource(path=key)
    run_key, tag, form, *rest = key.split("\0")
    entry = int(rest[0]) if rest and rest[0].isdecimal() else -1
    forms = (form, *_DERIVED.get(form, ()))
    fitting = [each for each in sources if each.tag == tag and each.form in forms]
    fitting.sort(key=lambda each: each.run_key != run_key)
    return replace(fitting[0], form=form, entry=entry) if fitting else None


def file_source(path: Path) -> GraphSource:
    """Return the source for a file of a graph."""
    return GraphSource(path=str(path))
