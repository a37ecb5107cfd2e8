"""The distributions view: percentiles of histograms over steps, as bands around the median."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QWidget

from eventglass.app.core.compute.percentiles import BASIS_POINTS
from eventglass.app.core.names import Kind
from eventglass.app.models.cards import XRange
from eventglass.app.models.commands import Command
from eventglass.app.models.histogram_data import Loaded
from eventglass.app.models.tag_groups import TagPlace
from eventglass.widgets.plots.chart import Chart
from eventglass.widgets.plots.curve_data import Band, CurveData, ViewRange
from eventglass.widgets.plots.histogram_scene import HistogramLine
from eventglass.widgets.view import ViewContext
from eventglass.widgets.views.histogram_card import DistributionCard
from eventglass.widgets.views.histogram_cards import HistogramCardsView
from eventglass.widgets.views.histograms import axis_kind
from eventglass.widgets.views.scalar_links import x_of_step
from eventglass.widgets.views.scalars import chart_colours
from eventglass.widgets.views.tag_card import TagCard

#: What the lines are called in the panel beside the pointer.
NAMES = ("min", "6.7 %", "15.9 %", "30.9 %", "median", "69.2 %", "84.1 %", "93.3 %", "max")
#: Percentiles a band lies between, from the widest; and how strong it is.
_BANDS = ((0, 8, 0.35), (1, 7, 0.6), (2, 6, 0.8), (3, 5, 1.0))
#: Numbers given to the curves of one series.
_CURVES = 16
_REMEMBERED = 500


class DistributionsView(HistogramCardsView):
    """Distributions of all tags and runs."""

    view_id: ClassVar[str] = "distributions"
    title: ClassVar[str] = "Distributions"
    icon: ClassVar[str] = "distribution"
    order: ClassVar[int] = 40
    words: ClassVar[tuple[str, str]] = ("distribution", "distributions")
    heading: ClassVar[str] = "Distributions"

    def __init__(self, context: ViewContext, parent: QWidget | None = None) -> None:
        self._views: dict[str, ViewRange] = {}
        super().__init__(context, parent)

    def together(self) -> Mapping[str, bool] | bool:
        """Whether the runs of a tag stand in one card."""
        return self.context.workspace.state.histograms.distribution_runs == "together"

    def make_card(self, parent: QWidget) -> TagCard:
        """Make a card with a chart."""
        card = DistributionCard(self.context.theme, parent)
        chart = card.chart
        chart.hovered.connect(partial(self._hovered, card))
        chart.x_clicked.connect(partial(self._x_clicked, card))
        chart.view_changed.connect(partial(self._zoomed, card))
        chart.range_selected.connect(self._range_selected)
        chart.curve_hovered.connect(partial(self._curve_hovered, card))
        chart.curve_clicked.connect(self._curve_clicked)
        return card

    def clear_card(self, card: TagCard) -> None:
        """Take the curves out."""
        assert isinstance(card, DistributionCard)
        card.chart.set_curves(())

    def theme_card(self, card: TagCard) -> None:
        """Give the chart the theme's colours."""
        assert isinstance(card, DistributionCard)
        card.chart.set_theme(chart_colours(self.context.theme))

    def fit_card(self, card: TagCard) -> None:
        """Show all."""
        assert isinstance(card, DistributionCard)
        card.chart.fit()

    def charts(self) -> list[Chart]:
        """Charts in or near the view."""
        return [card.chart for card in self.cards() if isinstance(card, DistributionCard)]

    def draw_card(self, card: TagCard, place: TagPlace, loaded: list[Loaded | None]) -> None:
        """Give the chart its percentiles."""
        assert isinstance(card, DistributionCard)
        state = self.context.workspace.state
        chart = card.chart
        chart.set_title(f"{place.tag}, percentiles")
        if place.together:
            chart.set_tooltip_options(state.tooltip_sort, state.tooltip_rows)
        else:
            # From the greatest percentile to the least.
            chart.set_tooltip_options("descending", 14)
        chart.set_x_kind(axis_kind(state.x_axis))
        chart.set_x_scale(state.x_scale)
        chart.set_y_scale(state.y_scale)
        # The outer percentiles are the outliers: nothing of them is to be left out.
        chart.set_ignore_outliers(False)
        chart.set_wheel_zoom(self.grid.maximised == card.key)
        there = [each for each in loaded if each is not None and len(each.stack)]
        curves: list[CurveData] = []
        for each, line in zip(there, self.lines_of(place, loaded), strict=True):
            values = each.percentiles
            if place.together:
                curves += compared_curves(line, values)
            else:
                curves += curves_of(line, values, state.histograms.deviation)
        chart.set_curves(curves)
        self._highlight(card, self.context.workspace.hovered_run)
        chart.set_view(self._views.get(card.key))

    def point_card(self, card: TagCard) -> None:
        """Show the shared step and the selected range."""
        assert isinstance(card, DistributionCard)
        state = self.context.workspace.state
        chart, kind = card.chart, axis_kind(state.x_axis)
        place: float | None = None
        curves = chart.curves()
        if state.step is not None and curves:
            place = float(state.step) if kind == "step" else x_of_step(curves[0], state.step, kind)
        chart.set_cursor(place)
        selected = state.selection
        if selected is not None and selected.axis == kind:
            chart.set_selection(selected.low, selected.high)
        else:
            chart.set_selection(None)

    # -- what the user does in a chart

    def show_hovered(self, run_id: int) -> None:
        """Bring a run forward that is pointed at; -1 for none."""
        super().show_hovered(run_id)
        for card in self.cards():
            if isinstance(card, DistributionCard):
                self._highlight(card, run_id)

    def _highlight(self, card: DistributionCard, run_id: int) -> None:
        found: tuple[int, ...] = ()
        if card.place is not None and card.place.together and run_id >= 0:
            curves = card.chart.curves()
            found = tuple(c.series_id for c in curves if c.run_id == run_id)
        card.chart.set_highlight(found)

    def _curve_hovered(self, card: DistributionCard, curve: int | None) -> None:
        # In a card of one run that run is pointed at already.
        if card.place is not None and card.place.together:
            self.context.workspace.hover(-1 if curve is None else self._run_of(curve))

    def _curve_clicked(self, curve: int) -> None:
        self.context.workspace.select(self._run_of(curve))

    def _run_of(self, curve: int) -> int:
        return self.context.store.series[curve // _CURVES].run_id

    def _hovered(self, source: DistributionCard, x: float | None) -> None:
        for chart in self.charts():
            if chart is not source.chart:
                chart.set_crosshair(x)

    def _x_clicked(self, card: DistributionCard, x: float) -> None:
        readings = card.chart.readings(x)
        if readings:
            nearest = min(readings, key=lambda reading: abs(reading.x - x))
            self.context.workspace.set_step(nearest.step)
        if card.place is not None:
            self.context.workspace.select_tag(card.place.tag, Kind.HISTOGRAM)

    def _zoomed(self, card: DistributionCard, view: ViewRange | None) -> None:
        self._views.pop(card.key, None)
        if view is not None:
            self._views[card.key] = view
            while len(self._views) > _REMEMBERED:
                del self._views[next(iter(self._views))]

    def _range_selected(self, low: float | None, high: float | None) -> None:
        workspace = self.context.workspace
        if low is None or high is None:
            workspace.edit("Clear range", selection=None)
            return
        axis = axis_kind(workspace.state.x_axis)
        workspace.edit("Select range", selection=XRange(axis, min(low, high), max(low, high)))

    # -- controls

    def tool_bar_content(self) -> QWidget | None:
        """Horizontal axis."""
        from eventglass.widgets.views.histogram_controls import DistributionToolBar

        return DistributionToolBar(self)

    def inspector_content(self) -> QWidget | None:
        """What is at the step, and what is drawn."""
        from eventglass.widgets.views.histogram_controls import DistributionInspector

        return DistributionInspector(self)

    def commands(self) -> tuple[Command, ...]:
        """What can be done with one chart and with all."""
        from eventglass.widgets.views.histogram_commands import distribution_commands

        return distribution_commands(self)

    def open_card_menu(self, card: TagCard, place: QPoint) -> None:
        """Offer what can be done with a card."""
        from eventglass.widgets.views.histogram_commands import distribution_menu

        assert isinstance(card, DistributionCard)
        distribution_menu(self, card).popup(place)


def curves_of(
    line: HistogramLine, values: npt.NDArray[np.float64], deviation: bool
) -> list[CurveData]:
    """Return what a chart draws of one series: bands from the outside in, the median in front.

    Parameters
    ----------
    values : (m, 9) float64
        Percentiles, see `BASIS_POINTS`.
    deviation
        Draw the mean and the standard deviation about it as well, where they are known.
    """
    stack = line.stack
    if not len(stack):
        return []
    # A histogram nothing of which could be drawn has no percentiles.
    nothing = (np.diff(stack.offsets) == 0) & (stack.left_out > 0)
    if nothing.any():
        values = np.where(nothing[:, None], np.nan, values)
    made = list(_percentile_curves(line, values))
    if deviation:
        made += _deviation_curves(line)
    return made


def compared_curves(line: HistogramLine, values: npt.NDArray[np.float64]) -> Iterator[CurveData]:
    """Return what a chart draws of each of several runs: the median, and one deviation about it."""
    low, middle, high = (np.ascontiguousarray(values[:, i]) for i in (2, 4, 6))
    made = _curve(line, 4, middle, 1.0, Band(low, high), label=line.label, width=1.8)
    yield replace(made, label_is="median of run")


def _percentile_curves(line: HistogramLine, values: npt.NDArray[np.float64]) -> Iterator[CurveData]:
    columns = [np.ascontiguousarray(values[:, i]) for i in range(len(BASIS_POINTS))]
    for low, high, strength in _BANDS:
        band = Band(columns[low], columns[high], told=False)
        yield _curve(line, low, columns[low], strength, band)
        yield _curve(line, high, columns[high], strength)
    yield _curve(line, 4, columns[4], 1.0, width=1.8)


def _deviation_curves(line: HistogramLine) -> Iterator[CurveData]:
    means, stds = line.stack.means, line.stack.stds
    if not np.isfinite(means).any():
        return
    yield _curve(line, 9, means, 1.0, label="mean", dash=True)
    for number, sign, label in ((10, -1.0, "mean − std"), (11, 1.0, "mean + std")):
        yield _curve(line, number, means + sign * stds, 0.9, label=label, dash=True, width=1.0)


def _curve(
    line: HistogramLine,
    number: int,
    values: npt.NDArray[np.float64],
    opacity: float,
    band: Band | None = None,
    *,
    label: str = "",
    width: float = 0.8,
    dash: bool = False,
) -> CurveData:
    steps = line.stack.steps
    # Where the step goes back another piece begins.
    cuts = np.flatnonzero(np.diff(steps) < 0) + 1
    edges = np.concatenate([[0], cuts, [len(steps)]])
    return CurveData(
        line.series_id * _CURVES + number,
        label or NAMES[number],
        line.colour,
        steps,
        line.stack.wall_times,
        values,
        np.stack([edges[:-1], edges[1:]], axis=1).astype(np.int64),
        width=width,
        opacity=opacity,
        run_id=line.run_id,
        origin_s=line.origin_s,
        band=band,
        marker="none",
        dash="dash" if dash else "solid",
        label_is="percentile",
    )
