"""What a chart reads off its curves at a place: which points, which line, which dots."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF

from eventglass.widgets.plots import axis
from eventglass.widgets.plots.curve_data import CurveData, Side, y_drawn
from eventglass.widgets.plots.readings import Reading

if TYPE_CHECKING:
    from eventglass.widgets.plots.chart import Chart

#: Dots at a place stand no further from it where a curve has ended, pixels.
_BEYOND = 24.0
#: With more lines than this a place is marked by its line alone: the dots would be a wall.
MOST_DOTTED = 150
#: So many of them are followed to find the one under the pointer.
MOST_TRACED = 48
#: Places whose readings are kept.
_KEPT = 8
#: How far away a point counts that has no height, pixels.
_NOWHERE = 1e5

Reals = npt.NDArray[np.float64]


class ChartReadings:
    """Reads the curves of a chart; reads a place once for all frames of the same curves."""

    def __init__(self, chart: Chart) -> None:
        self._chart = chart
        self._read: dict[float, list[Reading]] = {}

    def forget(self) -> None:
        """Read anew: the curves, or where they lie, are others now."""
        self._read.clear()

    def at(self, x: float) -> list[Reading]:
        """Return the point of every curve nearest to x."""
        if x not in self._read:
            if len(self._read) > _KEPT:
                self._read.clear()
            self._read[x] = self._chart.readings(x)
        return self._read[x]

    def near(self, layout: axis.Layout, place: QPointF) -> Sequence[CurveData]:
        """Return the curves that may be under the pointer: of very many those that come nearest.

        Following a thousand lines pixel by pixel would hold the pointer up.
        """
        curves = self._chart.curves()
        if len(curves) <= MOST_DOTTED or self._chart.x_kind() == "tag":
            return curves
        readings = self.at(layout.x_at(place.x()))
        away = np.abs(_heights(readings, layout) - place.y())
        away[np.isnan(away)] = np.inf
        nearest = np.argsort(away)[:MOST_TRACED].tolist()
        found = {readings[i].series_id for i in nearest}
        return [curve for curve in curves if curve.series_id in found]

    def by_distance(self, layout: axis.Layout, place: QPointF, curve: int | None) -> list[Reading]:
        """Return the readings at a place of the plot, the line under it first."""
        readings = self.at(layout.x_at(place.x()))
        if not readings:
            return []
        x = np.array([reading.x for reading in readings])
        aside = np.abs(_across(x, layout) - place.x())
        away = np.hypot(aside, _heights(readings, layout) - place.y())
        away = np.where(np.isnan(away), aside + _NOWHERE, away)
        ids = np.array([reading.series_id for reading in readings])
        # The place is that of the point nearest in x: what is said is said of real points.
        elsewhere = x != x[np.argmin(aside)]
        not_under = ids != curve if curve is not None else np.zeros(len(ids), np.bool_)
        return [readings[i] for i in np.lexsort((away, elsewhere, not_under)).tolist()]

    def dots_at(self, layout: axis.Layout, x: float) -> list[Reading]:
        """Return the readings to be dotted at a place that is marked."""
        if len(self._chart.curves()) > MOST_DOTTED or self._chart.is_waiting():
            return []
        return self._dots(layout, x, self.at(x))

    def hover_dots(self, layout: axis.Layout, hover: Sequence[Reading]) -> list[Reading]:
        """Return the readings to be dotted at the pointer; of very many lines the nearest one."""
        shown = hover[:1] if len(self._chart.curves()) > MOST_DOTTED else hover
        return self._dots(layout, hover[0].x, shown) if hover else []

    def _dots(self, layout: axis.Layout, x: float, readings: Sequence[Reading]) -> list[Reading]:
        """Return the readings worth a dot: not those of curves that ended long before x."""
        place = layout.x_of(x)
        wanted = {reading.series_id for reading in readings}
        lengths = {
            curve.series_id: len(curve.steps)
            for curve in self._chart.curves()
            if curve.series_id in wanted
        }
        return [
            reading
            for reading in readings
            if 0 < reading.index < lengths.get(reading.series_id, 0) - 1
            or abs(layout.x_of(reading.x) - place) <= _BEYOND
        ]


def _heights(readings: Sequence[Reading], layout: axis.Layout) -> Reals:
    """Return the vertical places of the lines in front, (n,) pixels; NaN where they have none."""
    values = np.array([reading.front for reading in readings])
    on_right = np.array([reading.axis == "right" for reading in readings], np.bool_)
    made = np.full(len(values), math.nan)
    sides: tuple[tuple[Side, npt.NDArray[np.bool_]], ...] = (
        ("left", ~on_right),
        ("right", on_right),
    )
    for side, those in sides:
        if those.any():
            top, scale = y_drawn(layout.view, layout.scales, layout.plot.height(), side)
            drawn = layout.scales.of(side).drawn_of(values[those])
            with np.errstate(invalid="ignore", over="ignore"):
                made[those] = layout.plot.top() + np.clip((top - drawn) * scale, -1e6, 1e6)
    made[~np.isfinite(values)] = math.nan
    return made


def _across(x: Reals, layout: axis.Layout) -> Reals:
    """Return the horizontal places of some x, (n,) pixels."""
    left, right = (layout.scales.x.drawn(end) for end in (layout.view.x0, layout.view.x1))
    scale = layout.plot.width() / (right - left) if right > left else 1.0
    with np.errstate(invalid="ignore", over="ignore"):
        away = (layout.scales.x.drawn_of(x) - left) * scale
    return layout.plot.left() + np.clip(away, -1e6, 1e6)
