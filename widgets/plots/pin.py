"""The pinned place of a chart: where it is, and the panel that says what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint

if TYPE_CHECKING:
    from eventglass.widgets.plots.chart import Chart
    from eventglass.widgets.plots.pinned import PinnedReadings

#: Height of a row of the panel, and rows of it that are no readings.
_ROW, _OTHER_ROWS = 17, 4
#: A panel that would cover more of the plot than this says only what the lines are there.
_MOST_COVERED = 0.4
#: Fewest rows of a brief panel, however small the plot.
_FEWEST = 3
#: Room between the place and its panel.
_GAP = 14


class Pin:
    """At most one place of a chart at which the values stay in sight."""

    def __init__(self, chart: Chart) -> None:
        self._chart = chart
        self.x: float | None = None
        self.panel: PinnedReadings | None = None

    def show_at(self, x: float, at: QPoint) -> None:
        """Pin the values at x, the panel beside a place of the chart."""
        from eventglass.widgets.plots.pinned import PinnedReadings

        chart = self._chart
        if not chart.readings(x):
            return
        self.x = x
        if self.panel is None:
            self.panel = PinnedReadings(chart, chart.tooltip_colours())
            self.panel.closed.connect(self.close)
            self.panel.entered.connect(chart.forget_pointer)
        self.refresh()
        panel = self.panel
        panel.show()
        panel.raise_()
        beside = at.x() + _GAP
        if beside + panel.width() > chart.width():
            beside = at.x() - _GAP - panel.width()
        panel.place(QPoint(beside, at.y() - panel.height() // 2))
        chart.end_hover()
        chart.update_over()

    def refresh(self) -> None:
        """Read the values anew; without any the panel goes."""
        if self.panel is None or self.x is None:
            return
        chart, panel = self._chart, self.panel
        plot = chart.layout_now().plot
        table = chart.table_at(self.x, chart.height() // _ROW - _OTHER_ROWS)
        if table is None:
            self.close()
            return
        panel.show_table(table)
        covered = panel.width() * panel.height()
        if covered <= _MOST_COVERED * plot.width() * plot.height():
            return
        rows = max(_FEWEST, int(plot.height()) // _ROW - _OTHER_ROWS)
        table = chart.table_at(self.x, rows, brief=True)
        if table is not None:
            panel.show_table(table)

    def fit(self) -> None:
        """Say as much as a chart of another size has room for, inside of it."""
        self.refresh()
        if self.panel is not None:
            self.panel.place(self.panel.pos())

    def close(self) -> None:
        """Take the panel away."""
        self.x = None
        panel, self.panel = self.panel, None
        if panel is not None:
            panel.hide()
            panel.deleteLater()
            self._chart.update_over()
