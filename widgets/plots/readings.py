"""What a chart says about one place: the nearest point of every curve."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColor

from eventglass.widgets.plots.curve_data import CurveData, Side, XKind
from eventglass.widgets.plots.curve_layer import CurveLayer

#: Points that are not sorted by x, looked at one by one for the nearest.
_MOST_SEARCHED = 500_000


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """The point of one curve nearest to some x.

    Attributes
    ----------
    series_id, label, colour : of the curve
    index : int
        Of the point in the series.
    x : float
        On the chart's axis: step, or seconds.
    step : int
    wall_time_s, relative_s : float
        Seconds since 1970 UTC, and since the series' first point.
    value : float
    smoothed : float or None
    low, high : float or None
        Edges of the band, around the line in front.
    count : int or None
        Number of runs behind a point of a group's line.
    """

    series_id: int
    label: str
    colour: QColor
    index: int
    x: float
    step: int
    wall_time_s: float
    relative_s: float
    value: float
    smoothed: float | None
    tag: str = ""
    axis: Side = "left"
    low: float | None = None
    high: float | None = None
    is_baseline: bool = False
    label_is: str = "run"
    count: int | None = None

    @property
    def front(self) -> float:
        """The value of the line in front."""
        return self.value if self.smoothed is None else self.smoothed


def nearest_index(
    x: npt.NDArray[np.generic], pieces: npt.NDArray[np.int64], key: float, is_sorted: bool
) -> int:
    """Return the index of the point nearest to `key`, or -1 when there is none.

    Parameters
    ----------
    x : (n,) int64 or float64
        Not decreasing inside a piece, when `is_sorted`.
    pieces : (m, 2) int64
    """
    if len(pieces) != 1:
        pieces = pieces[pieces[:, 1] > pieces[:, 0]]
    if not len(pieces) or pieces[0, 0] == pieces[0, 1]:
        return -1
    if not is_sorted:
        start, stop = int(pieces[0][0]), int(pieces[-1][1])
        # Of very many one of every few, until their order is known.
        stride = max(1, (stop - start) // _MOST_SEARCHED)
        away = np.abs(x[start:stop:stride].astype(np.float64) - key)
        if np.isnan(away).all():
            return -1
        return start + stride * int(np.nanargmin(away))
    at = 0
    if len(pieces) > 1:
        # The piece that comes nearest; of several that hold the key, the last written.
        lows = x[pieces[:, 0]].astype(np.float64)
        highs = x[pieces[:, 1] - 1].astype(np.float64)
        outside = np.maximum(np.maximum(lows - key, key - highs), 0.0)
        at = len(pieces) - 1 - int(np.argmin(outside[::-1]))
    start, stop = int(pieces[at, 0]), int(pieces[at, 1])
    # The key must be of the array's type: numpy would convert the whole array otherwise.
    if x.dtype == np.int64:
        wanted: np.generic = np.int64(min(max(math.floor(key), -(2**63)), 2**63 - 1))
    else:
        wanted = np.float64(key)
    right = start + int(x[start:stop].searchsorted(wanted, side="right"))
    if right >= stop:
        return stop - 1
    if right == start:
        return start
    return right if float(x[right]) - key < key - float(x[right - 1]) else right - 1


def read_curves(
    layer: CurveLayer, curves: Sequence[CurveData], x_kind: XKind, x: float
) -> list[Reading]:
    """Return the reading of every curve that has points, in the curves' order."""
    readings = []
    for curve in curves:
        if x_kind == "step":
            # The axis of a thousand lines would cost as much as finding the points.
            index = nearest_index(curve.steps, curve.pieces, x - curve.x_offset, is_sorted=True)
            if index < 0:
                continue
            place = float(curve.steps[index]) + curve.x_offset
        else:
            axis = layer.axis_of(curve, x_kind)
            if axis.falling is not None:
                at = _nearest_turning(axis.x, axis.pieces, axis.falling, x + axis.left)
            elif axis.order is not None:
                at = _nearest_ordered(axis.x, axis.order, x + axis.left)
            else:
                at = nearest_index(axis.x, axis.pieces, x + axis.left, axis.is_sorted)
            if at < 0:
                continue
            place = float(axis.x[at]) - axis.left
            index = at if axis.index is None else int(axis.index[at])
        first = float(curve.wall_times[0]) if len(curve.wall_times) else math.nan
        wall = float(curve.wall_times[index]) if len(curve.wall_times) else math.nan
        smoothed = None
        if curve.smoothed is not None and index < len(curve.smoothed):
            smoothed = float(curve.smoothed[index])
        low = high = None
        if curve.band is not None and curve.band.told and index < len(curve.band.lows):
            low, high = float(curve.band.lows[index]), float(curve.band.highs[index])
        readings.append(
            Reading(
                curve.series_id,
                curve.label,
                curve.colour,
                index,
                place,
                int(curve.steps[index]),
                wall,
                wall - first,
                float(curve.values[index]),
                smoothed,
                curve.tag,
                curve.axis,
                low,
                high,
                curve.is_baseline,
                curve.label_is,
                None if curve.counts is None else int(curve.counts[index]),
            )
        )
    return readings


def _nearest_ordered(x: npt.NDArray[np.generic], order: npt.NDArray[np.int64], key: float) -> int:
    """Return the index of the point nearest to `key`, of several the first written."""
    at = int(np.searchsorted(x, np.float64(key), sorter=order))
    if at == len(order):
        # Of those that are alike the first stands first.
        at = int(np.searchsorted(x, x[order[-1]], sorter=order))
    elif at and key - float(x[order[at - 1]]) <= float(x[order[at]]) - key:
        at = int(np.searchsorted(x, x[order[at - 1]], sorter=order))
    return int(order[at])


def _nearest_turning(
    x: npt.NDArray[np.generic],
    pieces: npt.NDArray[np.int64],
    falling: npt.NDArray[np.bool_],
    key: float,
) -> int:
    """Return the index of the point nearest to `key`, of several the last written, or -1."""
    best, least = -1, math.inf
    for (start, stop), falls in zip(pieces.tolist(), falling.tolist(), strict=True):
        part = x[start:stop][::-1] if falls else x[start:stop]
        near = nearest_index(part, np.array([[0, stop - start]], np.int64), key, True)
        if near < 0:
            continue
        away = abs(float(part[near]) - key)
        if away <= least:
            best, least = (stop - 1 - near if falls else start + near), away
    return best
