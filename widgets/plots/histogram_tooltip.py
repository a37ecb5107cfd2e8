"""The panel beside the pointer in a plot of histograms."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect

from eventglass.widgets.plots.tooltip import Table, Tooltip, place_of


class HistogramTooltip(Tooltip):
    """Shows a table; looks as the charts' does."""

    def show_table(self, table: Table, pointer: QPoint, plot: QRect) -> None:
        """Show a table for the `pointer` (it and `plot` as the plot has them)."""
        window = self._chart.window()
        if self.parentWidget() is not window:
            self.setParent(window)
        if table != self._table:
            self._table = table
            self.resize(self._measure(table))
            self.update()
        corner = self._chart.mapTo(window, QPoint(0, 0))
        self.move(place_of(self.size(), pointer + corner, plot.translated(corner), window.size()))
        if not self.isVisible():
            self.show()
            self.raise_()
