"""The grid of cards, and below it, while one card fills the view, the table of its values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QWidget

if TYPE_CHECKING:
    from eventglass.app.core.store import Changes
    from eventglass.app.models.cards import Card
    from eventglass.widgets.panels.value_table import ValueTable
    from eventglass.widgets.view import ViewContext

DEFAULT_PX = 230
LEAST_PX = 80


class CardDetail(QSplitter):
    """Puts a table under a card that fills the view; it is made when first needed."""

    def __init__(self, context: ViewContext, grid: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._context = context
        self._table: ValueTable | None = None
        #: Height of the table as the user left it, in device-independent pixels.
        self.table_height = DEFAULT_PX
        self.setChildrenCollapsible(False)
        self.setHandleWidth(5)
        self.addWidget(grid)
        self.setStretchFactor(0, 1)
        self.splitterMoved.connect(self._moved)

    @property
    def table(self) -> ValueTable | None:
        """The table, None before it was first needed."""
        return self._table

    def show_card(self, card: Card | None) -> None:
        """Show the values of a card below the grid; None: the grid alone."""
        if card is None:
            if self._table is not None:
                self._table.hide()
            return
        if self._table is None:
            from eventglass.widgets.panels.value_table import ValueTable

            context = self._context
            self._table = ValueTable(context.store, context.workspace, context.theme, context.lines)
            self._table.setMinimumHeight(LEAST_PX)
            self.addWidget(self._table)
            self.setStretchFactor(1, 0)
        self._table.set_card(card)
        if self._table.isHidden() or sum(self.sizes()) == 0:
            self._table.show()
            room = max(self.height(), 2 * LEAST_PX)
            low = min(self.table_height, room // 2)
            self.setSizes([room - low, low])

    def take_changes(self, changes: Changes | None) -> None:
        """Follow the store."""
        if self._table is not None and changes is not None:
            self._table.take_changes(changes)

    def set_x(self, x: float | None) -> None:
        """Show the values at a place of the axis; None: at the shared step."""
        if self._table is not None and not self._table.isHidden():
            self._table.set_x(x)

    def _moved(self, _position: int, _index: int) -> None:
        if self._table is not None and not self._table.isHidden():
            self.table_height = self._table.height()
