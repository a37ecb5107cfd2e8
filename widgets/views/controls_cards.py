"""Inspector: which cards there are and how wide; what the tool tip of a chart lists."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

from PySide6.QtWidgets import QHBoxLayout, QPushButton

from eventglass.widgets.controls.buttons import Choice, Toggle
from eventglass.widgets.controls.slider import Slider
from eventglass.widgets.view import ViewContext
from eventglass.widgets.views.control_section import ControlSection

CARD_WIDTHS = (280, 900)
SORTS = (
    ("nearest", "Nearest first"),
    ("name", "By name"),
    ("descending", "Highest first"),
    ("ascending", "Lowest first"),
)
ROWS = (("6", "6 runs"), ("12", "12 runs"), ("24", "24 runs"), ("48", "48 runs"))


class CardsSection(ControlSection):
    """Width of cards, which are left out, and what was pinned and reordered."""

    fields: ClassVar[frozenset[str]] = frozenset(
        {
            "card_width",
            "only_differing",
            "hide_empty",
            "show_layouts",
            "pinned_tags",
            "card_orders",
        }
    )

    def __init__(self, context: ViewContext) -> None:
        theme = context.theme
        super().__init__(theme, "Cards")
        self._workspace = context.workspace
        self._width = Slider(theme, "Card width", *CARD_WIDTHS, 20)
        self._width.setFixedWidth(110)
        self._differing = Toggle(theme, "Only tags with differences")
        self._hide_empty = Toggle(theme, "Hide empty cards")
        self._layouts = Toggle(theme, "Layouts from the logs")
        self._unpin = QPushButton("Unpin all")
        self._unpin.setToolTip("Take all cards out of the group on top")
        self._order = QPushButton("Reset order")
        self._order.setToolTip("Order the cards of every group by name again")
        self.add_row("Width", self._width)
        self.add_row(
            "Only differing", self._differing, "Leave out tags that are the same in all runs shown"
        )
        self.add_row("Hide empty", self._hide_empty, "Leave out cards no run shown has points for")
        self.add_row(
            "Layouts", self._layouts, "Show the custom scalars layouts that are in the logs"
        )
        buttons = QHBoxLayout()
        buttons.setContentsMargins(0, 4, 0, 0)
        buttons.setSpacing(8)
        buttons.addWidget(self._unpin)
        buttons.addWidget(self._order)
        self._buttons = self.add_layout(buttons)

        self._width.moved.connect(self._set_width)
        self._differing.clicked.connect(self._set_differing)
        self._hide_empty.clicked.connect(self._set_hide_empty)
        self._layouts.clicked.connect(self._set_layouts)
        self._unpin.clicked.connect(self._clear_pins)
        self._order.clicked.connect(self._reset_order)

    def sync(self) -> None:
        """Show the state of the workspace."""
        state = self._workspace.state
        self._width.set_number(state.card_width)
        self._differing.setChecked(state.only_differing)
        self._hide_empty.setChecked(state.hide_empty)
        self._layouts.setChecked(state.show_layouts)
        self._unpin.setVisible(bool(state.pinned_tags))
        self._order.setVisible(bool(state.card_orders))
        self._buttons.setVisible(bool(state.pinned_tags or state.card_orders))

    def _set_width(self, value: float) -> None:
        self._workspace.edit("Change the width of cards", card_width=int(value))

    def _set_differing(self, on: bool) -> None:
        label = "Show only tags with differences" if on else "Show all tags"
        self._workspace.edit(label, only_differing=on)

    def _set_hide_empty(self, on: bool) -> None:
        self._workspace.edit("Hide empty cards" if on else "Show empty cards", hide_empty=on)

    def _set_layouts(self, on: bool) -> None:
        self._workspace.edit("Show layouts" if on else "Hide layouts", show_layouts=on)

    def _clear_pins(self) -> None:
        self._workspace.edit("Unpin all charts", pinned_tags=())

    def _reset_order(self) -> None:
        self._workspace.edit("Reset the order of cards", card_orders=MappingProxyType({}))


class TooltipSection(ControlSection):
    """In what order the tool tip of a chart lists runs, and how many."""

    fields: ClassVar[frozenset[str]] = frozenset({"tooltip_sort", "tooltip_rows"})

    def __init__(self, context: ViewContext) -> None:
        theme = context.theme
        super().__init__(theme, "Tool tip", folded=True)
        self._workspace = context.workspace
        self._sort = Choice(theme, "Order of runs in the tool tip", SORTS)
        self._most = Choice(theme, "Runs in the tool tip", ROWS)
        self.add_row("Order", self._sort, "Of the runs at the pointer")
        self.add_row("At most", self._most, "The nearest ones are kept; a click pins the tool tip")
        self._sort.chosen.connect(self._set_sort)
        self._most.chosen.connect(self._set_rows)

    def sync(self) -> None:
        """Show the state of the workspace."""
        state = self._workspace.state
        rows = str(state.tooltip_rows)
        if self._most.findData(rows) < 0:
            # A saved workspace may hold any number.
            self._most.addItem(f"{state.tooltip_rows:,} runs", rows)
        self._sort.set_value(state.tooltip_sort)
        self._most.set_value(rows)
        self.set_note(f"{dict(SORTS)[state.tooltip_sort]}, {state.tooltip_rows:,} runs")

    def _set_sort(self, value: str) -> None:
        self._workspace.edit("Change the tool tip", tooltip_sort=value)

    def _set_rows(self, value: str) -> None:
        self._workspace.edit("Change the tool tip", tooltip_rows=int(value))
