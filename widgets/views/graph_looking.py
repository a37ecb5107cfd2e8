"""How the boxes of the graph view are told apart: colours, traces, changes; and the legend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize

from eventglass.app.models.graph_colours import Colouring, colouring_of, fills_of, strips_of
from eventglass.app.models.graph_picture import changes_of
from eventglass.app.models.graph_tracing import Trace, trace_of
from eventglass.widgets.plots.graph_looks import GraphLooks

if TYPE_CHECKING:
    from eventglass.widgets.views.graphs import GraphsView


class GraphLooking:
    """Makes the looks of what the view shows."""

    def __init__(self, view: GraphsView) -> None:
        self._view = view
        #: Of the graph shown, None before it was asked for.
        self.colouring: Colouring | None = None
        self.trace_mode = ""
        self.trace: Trace | None = None

    def forget(self) -> None:
        """There is another graph."""
        self.trace_mode, self.trace = "", None
        self.colouring = None

    def set_trace(self, mode: str) -> None:
        """Bring forward what the selected item needs or feeds; empty for everything."""
        model = self._view.model
        self.trace_mode = mode
        self.trace = None
        if mode and model.hierarchy is not None and model.selected >= 0:
            self.trace = trace_of(model.hierarchy, mode, model.selected, model.other)
        self.renew()

    def renew(self) -> None:
        """Give the canvas its looks anew."""
        self._view.canvas.set_looks(self.looks())

    def looks(self) -> GraphLooks:
        """Return how the boxes of what is shown are told apart, and explain it in the legend."""
        view, model = self._view, self._view.model
        hierarchy, picture, reading = model.hierarchy, model.picture, model.reading
        if hierarchy is None or picture is None or reading is None:
            view.legend.set_changes({})
            view.legend.set_colouring(None)
            return GraphLooks()
        mode = view.options.colour
        if self.colouring is None or self.colouring.mode != mode:
            self.colouring = colouring_of(hierarchy, mode)
        drawing, colouring = picture.drawing, self.colouring
        fills = fills_of(hierarchy, colouring, drawing, view.context.theme.dark)
        view.legend.set_colouring(colouring if mode != "none" else None)
        lit = lit_edges = None
        if self.trace is not None:
            lit, lit_edges = self.trace.lit(picture.scene, drawing)
        changes = None
        if reading.difference is not None:
            changes = changes_of(drawing, picture.scene, reading.difference)
        counts = {} if reading.difference is None else reading.difference.counts()
        view.legend.set_changes({int(c): n for c, n in counts.items() if c})
        legend = view.legend
        view.canvas.corner = QSize() if legend.isHidden() else legend.size() + QSize(20, 20)
        return GraphLooks(
            fills,
            lit,
            lit_edges,
            changes,
            strong=colouring.amounts is not None,
            strips=strips_of(hierarchy, colouring, drawing),
        )
