"""Cards of histograms and distributions: a plot, and a slider over steps."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from eventglass.app.models.histogram_data import Loaded
from eventglass.app.models.theme import Theme
from eventglass.widgets.controls.step_slider import StepSlider
from eventglass.widgets.plots.chart import Chart
from eventglass.widgets.plots.histogram_plot import HistogramPlot
from eventglass.widgets.plots.histogram_scene import HistogramLine
from eventglass.widgets.views.tag_card import TagCard


class HistogramCard(TagCard):
    """A plot of histograms, below it a slider while it shows a single step."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        #: What the card could show, and how much of it has been read; the plot may show less.
        self.lines: tuple[HistogramLine, ...] = ()
        self.loaded: tuple[Loaded, ...] = ()
        self.steps: npt.NDArray[np.int64] = np.empty(0, np.int64)
        self.plot = HistogramPlot()
        super().__init__(theme, self.plot, parent)
        self.slider = StepSlider(theme, self)
        margins = QHBoxLayout()
        margins.setContentsMargins(12, 0, 8, 2)
        margins.addWidget(self.slider)
        self.column.addLayout(margins)
        self.slider.hide()
        self.plot.focused.connect(self.tell_reached)


class DistributionCard(TagCard):
    """A chart of percentiles."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        self.chart = Chart()
        super().__init__(theme, self.chart, parent)
        self.chart.focused.connect(self.tell_reached)
