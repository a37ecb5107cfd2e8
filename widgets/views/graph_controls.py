"""What the tool bar holds while the graph is the active view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from eventglass.app.models.graph_colours import MODES
from eventglass.app.models.graph_tracing import MODES as TRACES
from eventglass.widgets.controls.buttons import Choice, IconButton, Segmented

if TYPE_CHECKING:
    from eventglass.widgets.views.graphs import GraphsView

DIRECTIONS = (("down", "Down"), ("right", "Right"))


class GraphToolBar(QWidget):
    """Colours, trace, direction."""

    def __init__(self, view: GraphsView) -> None:
        super().__init__()
        theme = view.context.theme
        self._view = view
        self.colour = Choice(theme, "Colour by", MODES)
        self.colour.chosen.connect(view.set_colour_mode)
        self.trace = Choice(theme, "Trace", (("", "No trace"), *TRACES))
        self.trace.setToolTip("Bring forward what the selected node needs, or what needs it")
        self.trace.chosen.connect(view.set_trace)
        self.direction = Segmented(theme, "Direction", DIRECTIONS)
        self.direction.chosen.connect(self._turn)
        self.fit = IconButton(theme, "fit", "Show the whole graph (0)", self)
        self.fit.clicked.connect(view.canvas.fit)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        label = QLabel("Colour")
        label.setObjectName("muted")
        label.setBuddy(self.colour)
        for widget in (label, self.colour, self.trace, self.direction, self.fit):
            row.addWidget(widget)
        self.sync()

    def sync(self) -> None:
        """Show what is in force."""
        self.colour.set_value(self._view.options.colour)
        self.trace.set_value(self._view.looking.trace_mode)
        self.direction.set_value(self._view.options.direction)

    def _turn(self, direction: str) -> None:
        self._view.choose("Turn the layout", direction=direction)
