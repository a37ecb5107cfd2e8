"""What is chosen in a view of graphs: kept in the workspace, undone, and put into force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from eventglass.app.models.codec import from_json, to_json
from eventglass.app.models.graph_place import is_same_picture, kept_fields, without_place
from eventglass.app.models.graph_sources import (
    GraphSource,
    first_choice,
    source_of_key,
    sources_of,
)
from eventglass.app.models.view_options import GraphOptions

if TYPE_CHECKING:
    from eventglass.widgets.views.graphs import GraphsView


class GraphChoosing:
    """The choices of one view; each view has its own.

    The workspace holds them. What the user does goes there, and comes from there into force, the
    same way as what is undone.
    """

    def __init__(self, view: GraphsView) -> None:
        self._view = view
        self._workspace = view.context.workspace
        #: The graphs in the log.
        self.sources: list[GraphSource] = []
        #: The choices that are in force.
        self.options = GraphOptions()
        # What is shown was not chosen, but is there until the chosen one is read.
        self._is_stopgap = True
        view.model.went.connect(self._went)

    # -- choices

    def choose(self, words: str, **values: Any) -> None:
        """Change choices as one step of undo."""
        self._keep(words, replace(self.options, **values))

    def show_source(self, source: GraphSource) -> None:
        """Show another graph, or the same one compared with another."""
        against = "" if source.against is None else source.against.key
        now = self._view.model.source
        if now is not None and replace(source, against=None) == replace(now, against=None):
            options = replace(self.options, source=source.key, against=against, search="")
        else:
            options = without_place(self.options, source=source.key, against=against)
        self._is_stopgap = False
        self._keep(f"Show {source.tag_title}", options)

    def state(self) -> dict[str, object]:
        """The choices, for a second view of the same."""
        return {"options": to_json(self.options)}

    def restore(self, state: Mapping[str, object]) -> None:
        """Take over the choices of another view, unless something was chosen here before."""
        found = from_json(GraphOptions, state.get("options"))
        if self._slot() not in self._workspace.state.graphs and found != GraphOptions():
            self._keep("Show a graph once more", found)

    def _keep(self, words: str, options: GraphOptions) -> None:
        graphs = dict(self._workspace.state.graphs)
        graphs[self._slot()] = options
        self._workspace.edit(words, graphs=MappingProxyType(graphs))

    def _kept(self) -> GraphOptions:
        return self._workspace.state.graphs.get(self._slot(), GraphOptions())

    def _slot(self) -> str:
        """The name of the dock the view is in: each has choices of its own."""
        above: QWidget | None = self._view
        while above is not None:
            if above.objectName().partition(":")[0] == self._view.view_id:
                return above.objectName()
            above = above.parentWidget()
        return self._view.view_id

    def _went(self, words: str) -> None:
        """Keep where the user went in the graph."""
        model = self._view.model
        if model.hierarchy is None:
            return
        kept = kept_fields(model.hierarchy, model.place, model.options)
        if self._is_stopgap and model.source is not None and self.options.source:
            kept["source"], self._is_stopgap = model.source.key, False
        # What is there already shall not be arranged again.
        self.options = replace(self.options, **kept)
        self._keep(words, self.options)

    # -- in force

    def differs(self) -> bool:
        """Whether the workspace says something else than what is in force."""
        return self._kept() != self.options

    def refresh(self) -> None:
        """Take in which graphs there are; what is shown stays, unless it was a stopgap."""
        self.sources = sources_of(self._view.context.store)
        if self.differs():
            self.take_over()
        shown = self._view.model.source
        is_known = shown is not None and (
            bool(shown.path) or any(each.series_id == shown.series_id for each in self.sources)
        )
        wanted = source_of_key(self.sources, self.options.source)
        if not is_known or (self._is_stopgap and wanted is not None):
            self._show_chosen()

    def take_over(self) -> None:
        """Put into force what was chosen, or undone."""
        view = self._view
        before, self.options = self.options, self._kept()
        if (before.source, before.against) != (self.options.source, self.options.against):
            self._show_chosen()
        else:
            if before.direction != self.options.direction:
                view.canvas.fit()
            if not is_same_picture(before, self.options):
                view.model.restore(self.options)
            if before.search != self.options.search:
                view.finding.set_text(self.options.search)
        view.show_options(before)

    def _show_chosen(self) -> None:
        """Show the graph that is chosen; where it is not there, another one meanwhile."""
        options = self.options
        source = source_of_key(self.sources, options.source)
        self._is_stopgap = source is None
        if source is None:
            source = first_choice(self.sources)
            if options.source:
                options = without_place(options, source="", against="")
        if source is not None and options.against:
            source = replace(source, against=source_of_key(self.sources, options.against))
        self._view.model.load(source, options)

    # -- what there is to choose from

    def all_sources(self) -> list[GraphSource]:
        """The graphs in the log, with the stages the one shown was logged in, and files."""
        model = self._view.model
        found: list[GraphSource] = []
        for each in self.sources:
            found.append(each)
            if model.reading is not None and each.series_id == model.reading.source.series_id:
                found += [replace(each, form=form) for form in model.reading.forms[1:]]
        if model.source is not None:
            for file in (model.source, model.source.against):
                if file is not None and file.path:
                    found.append(replace(file, against=None))
        return found

    def entries(self) -> list[tuple[int, float]]:
        """Step and wall time of each entry of the series that is shown."""
        source = self._view.model.source
        if source is None or source.series_id < 0:
            return []
        snapshot = self._view.context.store.series[source.series_id].entries()
        return list(zip(snapshot.steps.tolist(), snapshot.wall_times.tolist(), strict=True))
