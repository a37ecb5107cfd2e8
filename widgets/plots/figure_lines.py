"""The lines of a figure as vertices: few enough for a small file, and no extreme value lost.

A *cell* is at best a quarter of a figure's unit wide, narrower than a printer's dot, and wider in
figures of very many lines. What falls into one becomes at most four vertices: the first point, the
least, the greatest and the last. A cell with up to four points keeps them as they are, so that
sparse lines are exact.

Places are in the units of the figure (1/96 inch), from its upper left corner.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eventglass.app.core.compute.pyramid import NO_SECONDS, Columns, Pyramid, query_columns
from eventglass.app.core.compute.scales import LINEAR, Scale
from eventglass.widgets.plots.curve_axis import AxisBook, CurveAxis
from eventglass.widgets.plots.curve_layer import CurveData, XKind

#: Most cells of a unit.
CELLS = 4.0
#: Points that a cell keeps as they are.
KEPT = 4
#: Visible points of a piece from which the pyramid answers faster than looking at all of them.
_PYRAMID_FROM = 200_000
#: Nothing is drawn farther off than this; formats and renderers lose precision out there.
_FAR = 1e4
#: Marks closer to each other than this become one.
_MARK_ROOM = 5.0
#: Points stand apart, and get dots of their own, from this distance on.
MARKER_ROOM = 12.0
_MOST_MARKERS = 4000
#: Points of a cloud closer than this are one.
_CLOUD_GRAIN = 0.5

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ruler:
    """How numbers of one axis lie on the figure.

    Attributes
    ----------
    low, high : float
        What lies at `start` and at `end`.
    start, end : float
        Places; `end` is less than `start` on a vertical axis.
    scale : Scale
    cells : float
        Of a unit, along x.
    """

    low: float
    high: float
    start: float
    end: float
    scale: Scale = LINEAR
    cells: float = CELLS

    def places(self, numbers: Floats) -> Places:
        """Return the places of numbers, far off for zero and below on a logarithmic scale."""
        scale = self.scale
        low, high = scale.drawn(self.low), scale.drawn(self.high)
        with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
            share = (scale.drawn_of(numbers) - low) / (high - low)
            return np.asarray(self.start + share * (self.end - self.start), np.float64)

    def place(self, number: float) -> float:
        """Return the place of one number."""
        return float(self.places(np.array([number]))[0])


@dataclass(frozen=True, slots=True, eq=False)
class Across:
    """How the points of a curve lie along x.

    Attributes
    ----------
    axis : CurveAxis
        The same as on the screen.
    shift : float
        Added to every x.
    is_sorted : bool
        x never decreases in a piece.
    """

    axis: CurveAxis
    shift: float
    is_sorted: bool

    @property
    def x(self) -> npt.NDArray[np.int64] | Floats:
        """(n,) int64 or float64, before the shift."""
        return self.axis.x

    @property
    def pieces(self) -> npt.NDArray[np.int64]:
        """(m, 2) int64."""
        return self.axis.pieces

    @property
    def joined(self) -> bool:
        """Whether the line goes on from piece to piece."""
        return self.axis.joined

    def numbers(self, first: int, stop: int) -> Floats:
        """Return x of the points [first, stop), (stop - first,) float64."""
        return self.x[first:stop].astype(np.float64) + self.shift


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """Places along x of values that are not finite."""

    nan: Places
    positive: Places
    negative: Places


def across(curve: CurveData, x_kind: XKind) -> Across:
    """Return how a curve lies on an axis of that kind."""
    axis = AxisBook().axis_of(curve, x_kind)
    return Across(axis, -axis.left, axis.is_sorted and axis.falling is None)


def line(
    where: Across,
    values: Floats,
    pyramid: Pyramid | None,
    x_ruler: Ruler,
    y_ruler: Ruler,
    *,
    stepped: bool = False,
) -> tuple[list[Places], Places]:
    """Return the visible part of a line: polylines, and points that stand alone.

    Parameters
    ----------
    where : Across
    values : (k,) float64, k up to the number of points
    pyramid : Pyramid of `values`, or None
    x_ruler, y_ruler : Ruler
    stepped : bool
        A value holds until the next point.

    Returns
    -------
    polylines : list of (k, 2) float64
    alone : (k, 2) float64
    """
    values, pyramid = where.axis.values(values, pyramid)
    parts = [
        _piece(where, start, min(stop, len(values)), values, pyramid, x_ruler)
        for start, stop in where.pieces.tolist()
        if min(stop, len(values)) > start
    ]
    if where.joined and len(parts) > 1:
        joined = (np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts]))
        parts = [joined]
    polylines: list[Places] = []
    alone: list[Places] = []
    for x, numbers in parts:
        y = np.clip(y_ruler.places(numbers), -_FAR, _FAR)
        x, y = _pulled_in(x, y)
        if stepped and len(x) > 1:
            x, y = np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1]
        for run in _unbroken(x, y):
            if len(run) == 1 or (stepped and bool((run == run[0]).all())):
                alone.append(run[:1])
            else:
                polylines.append(run)
    return polylines, np.concatenate(alone) if alone else np.empty((0, 2))


def band(
    where: Across,
    lows: Floats,
    highs: Floats,
    pyramids: tuple[Pyramid | None, Pyramid | None],
    x_ruler: Ruler,
    y_ruler: Ruler,
) -> list[Places]:
    """Return the polygons of a band, (k, 2) float64 each; none where x goes back."""
    if not where.is_sorted:
        return []
    lows, low_pyramid = where.axis.values(lows, pyramids[0])
    highs, high_pyramid = where.axis.values(highs, pyramids[1])
    pyramids = (low_pyramid, high_pyramid)
    parts = []
    for start, stop in where.pieces.tolist():
        first, after = _visible(where, start, min(stop, len(lows), len(highs)), x_ruler)
        if after > first:
            parts.append(_envelope(where, first, after, lows, highs, pyramids, x_ruler))
    if where.joined and len(parts) > 1:
        x, low, high = (np.concatenate(each) for each in zip(*parts, strict=True))
        parts = [(x, low, high)]
    polygons = []
    for x, low, high in parts:
        bottom = np.clip(y_ruler.places(low), -_FAR, _FAR)
        top = np.clip(y_ruler.places(high), -_FAR, _FAR)
        there = np.isfinite(x) & np.isfinite(top) & np.isfinite(bottom)
        for first, stop in _runs(there):
            if stop - first > 1:
                upper = np.stack([x[first:stop], top[first:stop]], axis=1)
                lower = np.stack([x[first:stop], bottom[first:stop]], axis=1)
                polygons.append(np.concatenate([upper, lower[::-1]]))
    return polygons


def markers(
    where: Across, values: Floats, x_ruler: Ruler, y_ruler: Ruler, *, always: bool
) -> Places:
    """Return the places of points that get a mark of their own, (k, 2) float64.

    Those `MARKER_ROOM` or more from both neighbours, or with `always` all.
    """
    values, _pyramid = where.axis.values(values, None)
    found = []
    for start, stop in where.pieces.tolist():
        first, after = _visible(where, start, min(stop, len(values)), x_ruler)
        count = after - first
        if count <= 0 or (not always and count > _MOST_MARKERS):
            continue
        x = x_ruler.places(where.numbers(first, after))
        y = y_ruler.places(values[first:after])
        keep = np.isfinite(x) & np.isfinite(y)
        if not always and count > 1:
            gaps = np.abs(np.diff(x)) >= MARKER_ROOM
            keep &= np.append(gaps, True) & np.append(True, gaps)
        keep &= (y >= y_ruler.end - 1.0) & (y <= y_ruler.start + 1.0)
        keep &= (x >= x_ruler.start - 1.0) & (x <= x_ruler.end + 1.0)
        found.append(np.stack([x[keep], y[keep]], axis=1)[:_MOST_MARKERS])
    return np.concatenate(found) if found else np.empty((0, 2))


def cloud(where: Across, values: Floats, x_ruler: Ruler, y_ruler: Ruler) -> Places:
    """Return the places of all visible points, one for all that would lie on each other."""
    values, _pyramid = where.axis.values(values, None)
    found = []
    for start, stop in where.pieces.tolist():
        stop = min(stop, len(values))
        x = x_ruler.places(where.numbers(start, stop))
        y = y_ruler.places(values[start:stop])
        keep = (x >= x_ruler.start - 1.0) & (x <= x_ruler.end + 1.0)
        keep &= (y >= y_ruler.end - 1.0) & (y <= y_ruler.start + 1.0)
        found.append(np.round(np.stack([x[keep], y[keep]], axis=1) / _CLOUD_GRAIN))
    places = np.concatenate(found) if found else np.empty((0, 2))
    return np.asarray(np.unique(places, axis=0) * _CLOUD_GRAIN, np.float64)


def not_finite(where: Across, values: Floats, x_ruler: Ruler) -> Marks:
    """Return where values are NaN or infinite, marks closer than some pixels left out."""
    values, _pyramid = where.axis.values(values, None)
    kinds: tuple[list[Floats], list[Floats], list[Floats]] = ([], [], [])
    for start, stop in where.pieces.tolist():
        first, after = _visible(where, start, min(stop, len(values)), x_ruler)
        part = values[first:after]
        at = np.flatnonzero(~np.isfinite(part))
        if not len(at):
            continue
        x = x_ruler.places(where.x[first + at].astype(np.float64) + where.shift)
        inside = (x >= x_ruler.start - 0.5) & (x <= x_ruler.end + 0.5)
        at, x = at[inside], x[inside]
        odd = part[at]
        for places, which in zip(
            kinds, (np.isnan(odd), odd == np.inf, odd == -np.inf), strict=True
        ):
            places.append(x[which])
    return Marks(*(_apart(each) for each in kinds))


# --- inside -------------------------------------------------------------------------------------


def _visible(where: Across, start: int, stop: int, ruler: Ruler) -> tuple[int, int]:
    """Return which points of a piece to draw: those inside and one more on either side."""
    if not where.is_sorted or stop <= start:
        return start, max(stop, start)
    part = where.x[start:stop]
    low, high = ruler.low - where.shift, ruler.high - where.shift
    if part.dtype == np.int64:
        # Compared as integers: comparing with a float makes a copy of all of them.
        edges = np.clip([math.floor(low), math.floor(high) + 1], -(2**63), 2**63 - 1024)
        low_key, high_key = (np.int64(int(edge)) for edge in edges)
        first = int(np.searchsorted(part, low_key, side="left"))
        after = int(np.searchsorted(part, high_key, side="left"))
    else:
        first = int(np.searchsorted(part, low, side="left"))
        after = int(np.searchsorted(part, high, side="right"))
    return start + max(first - 1, 0), min(start + after + 1, stop)


def _piece(
    where: Across, start: int, stop: int, values: Floats, pyramid: Pyramid | None, ruler: Ruler
) -> tuple[Places, Floats]:
    """Return places along x and values of the vertices of one piece."""
    first, after = _visible(where, start, stop, ruler)
    count = after - first
    if count <= 0:
        return np.empty(0), np.empty(0)
    if where.is_sorted and ruler.scale.kind == "linear" and count >= _PYRAMID_FROM:
        found = _query(where, first, after, values, pyramid, ruler)
        starts, stops, lows, highs = found
        return _vertices(where, values, starts, stops, lows, highs, ruler)
    x = ruler.places(where.numbers(first, after))
    part = values[first:after]
    bounds = _cells(x, ruler)
    if len(bounds) * KEPT >= count and int(np.diff(np.append(bounds, count)).max()) <= KEPT:
        return x, np.where(np.isfinite(part), part, np.nan)
    finite = np.where(np.isfinite(part), part, np.nan)
    lows, highs = np.fmin.reduceat(finite, bounds), np.fmax.reduceat(finite, bounds)
    starts = bounds + first
    stops = np.append(starts[1:], after)
    return _vertices(where, values, starts, stops, lows, highs, ruler)


def _cells(x: Places, ruler: Ruler) -> npt.NDArray[np.int64]:
    """Return the index at which each stretch of points in one cell begins."""
    cells = np.floor(np.where(np.isfinite(x), np.clip(x, -_FAR, _FAR), -2.0 * _FAR) * ruler.cells)
    return np.append(0, np.flatnonzero(cells[1:] != cells[:-1]) + 1)


def _query(
    where: Across, first: int, after: int, values: Floats, pyramid: Pyramid | None, ruler: Ruler
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Floats, Floats]:
    """Return start, stop, least and greatest value of every cell that holds points.

    The points just outside, if there are any, are cells of their own.
    """
    columns = max(1, math.ceil(abs(ruler.end - ruler.start) * ruler.cells))
    found = Columns(columns)
    scale = columns / (ruler.high - ruler.low)
    steps, seconds = np.empty(0, np.int64), NO_SECONDS
    if where.x.dtype == np.int64:
        steps = where.x.astype(np.int64, copy=False)
    else:
        seconds = where.x.astype(np.float64, copy=False)
    query_columns(
        found,
        steps,
        seconds,
        values,
        first,
        after,
        ruler.low - where.shift,
        scale,
        columns,
        pyramid,
    )
    full = found.stops > found.starts
    starts, stops = found.starts[full], found.stops[full]
    lows, highs = found.lows[full], found.highs[full]
    if not len(starts):
        starts = np.arange(first, after, dtype=np.int64)
        return starts, starts + 1, values[first:after].copy(), values[first:after].copy()
    before = np.arange(first, int(starts[0]), dtype=np.int64)
    behind = np.arange(int(stops[-1]), after, dtype=np.int64)
    starts = np.concatenate([before, starts, behind])
    stops = np.concatenate([before + 1, stops, behind + 1])
    lows = np.concatenate([values[before], lows, values[behind]])
    highs = np.concatenate([values[before], highs, values[behind]])
    return starts, stops, lows, highs


def _vertices(
    where: Across,
    values: Floats,
    starts: npt.NDArray[np.int64],
    stops: npt.NDArray[np.int64],
    lows: Floats,
    highs: Floats,
    ruler: Ruler,
) -> tuple[Places, Floats]:
    """Return places along x and values: few points as they are, many as four vertices."""
    counts = stops - starts
    few = counts <= KEPT
    kept = np.repeat(starts[few], counts[few])
    kept += np.arange(len(kept)) - np.repeat(np.cumsum(counts[few]) - counts[few], counts[few])
    many_first, many_last = starts[~few], stops[~few] - 1
    indices = np.concatenate([kept, many_first, many_last])
    x = ruler.places(where.x[indices].astype(np.float64) + where.shift)
    numbers = values[indices]
    low, high = lows[~few], highs[~few]
    middle = (x[len(kept) : len(kept) + len(many_first)] + x[len(kept) + len(many_first) :]) / 2
    # Of the two extremes the one nearer to the first value comes first.
    with np.errstate(invalid="ignore"):
        rising = values[many_last] >= values[many_first]
    second, third = np.where(rising, low, high), np.where(rising, high, low)
    keys = np.concatenate([indices, many_first + 0.25, many_first + 0.5])
    order = np.argsort(keys, kind="stable")
    x = np.concatenate([x, middle, middle])[order]
    numbers = np.concatenate([numbers, second, third])[order]
    return x, np.where(np.isfinite(numbers), numbers, np.nan)


def _envelope(
    where: Across,
    first: int,
    after: int,
    lows: Floats,
    highs: Floats,
    pyramids: tuple[Pyramid | None, Pyramid | None],
    ruler: Ruler,
) -> tuple[Places, Floats, Floats]:
    """Return places along x with the least low and the greatest high of each cell."""
    if ruler.scale.kind == "linear" and after - first >= _PYRAMID_FROM:
        starts, stops, low, _high = _query(where, first, after, lows, pyramids[0], ruler)
        _starts, _stops, _low, high = _query(where, first, after, highs, pyramids[1], ruler)
        ends = where.x[np.stack([starts, stops - 1])].astype(np.float64) + where.shift
        return ruler.places(ends.mean(axis=0)), low, high
    x = ruler.places(where.numbers(first, after))
    bounds = _cells(x, ruler)
    low = np.fmin.reduceat(lows[first:after], bounds)
    high = np.fmax.reduceat(highs[first:after], bounds)
    last = np.append(bounds[1:], after - first) - 1
    return (x[bounds] + x[last]) / 2, low, high


def _pulled_in(x: Places, y: Places) -> tuple[Places, Places]:
    """Return vertices none of which is far off: the first and last are moved along their line."""
    if not len(x) or (abs(x[0]) <= _FAR and abs(x[-1]) <= _FAR):
        return np.clip(x, -_FAR, _FAR), y
    x, y = x.copy(), y.copy()
    for end, inner in ((0, 1), (-1, -2)):
        if len(x) > 1 and abs(x[end]) > _FAR and abs(x[inner]) <= _FAR:
            limit = math.copysign(_FAR, x[end])
            share = (limit - x[inner]) / (x[end] - x[inner])
            y[end] = y[inner] + share * (y[end] - y[inner])
            x[end] = limit
    return np.clip(x, -_FAR, _FAR), y


def _runs(there: npt.NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield the stretches [first, stop) that are true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], there, [False]]).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _unbroken(x: Places, y: Places) -> Iterator[Places]:
    for first, stop in _runs(np.isfinite(x) & np.isfinite(y)):
        yield np.stack([x[first:stop], y[first:stop]], axis=1)


def _apart(parts: list[Floats]) -> Places:
    """Return places that are some room apart: one for all that would lie on each other."""
    if not parts:
        return np.empty(0)
    places = np.sort(np.concatenate(parts))
    slots = np.floor(places / _MARK_ROOM)
    return places[np.append(True, slots[1:] != slots[:-1])] if len(places) else places
