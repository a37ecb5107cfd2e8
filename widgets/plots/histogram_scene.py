"""What a plot of histograms shows, as shapes: the same for the screen and for figures.

Histograms are brought to bins once per range of values (`Binned`). What is drawn and what the
pointer is told are both read from those.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColor

from eventglass.app.core.compute.colour_maps import colour_table
from eventglass.app.core.compute.histogram_bins import (
    bin_counts,
    bin_edges,
    logged_counts,
    robust_range,
    widened,
)
from eventglass.app.core.compute.histogram_stacks import HistogramStack, stack_of
from eventglass.widgets.plots.curve_data import XKind

Floats = npt.NDArray[np.float64]
Mode: TypeAlias = Literal["ridge", "overlay", "heat", "step"]

#: Cells buckets are looked at in where they are drawn as logged.
LOGGED_CELLS = 256
#: Height of the highest ridge, as a share of the plot's; TensorBoard's.
RIDGE_SHARE = 0.4
#: Ridges stand at least so far apart, device-independent pixels.
RIDGE_APART = 3.5
#: Lines of an overlay at most.
MOST_OVERLAID = 60
#: How much of its colour the oldest and the newest histogram show.
OLDEST, NEWEST = 0.22, 1.0
#: Cells above this share of all that hold anything have the brightest colour.
_BRIGHTEST = 0.995


@dataclass(frozen=True, slots=True, eq=False)
class HistogramLine:
    """The histograms of one series.

    Attributes
    ----------
    origin_s : float
        When the run began, seconds since 1970 UTC.
    """

    series_id: int
    run_id: int
    label: str
    colour: QColor
    stack: HistogramStack
    origin_s: float = math.nan

    def times(self, kind: XKind) -> Floats:
        """(m,) float64, where each histogram stands on the axis of steps or times."""
        walls = self.stack.wall_times
        if kind == "wall":
            return walls
        if kind == "relative":
            return walls - (walls[0] if len(walls) else 0.0)
        if kind == "run_relative":
            return walls - self.origin_s
        return self.stack.steps.astype(np.float64)


@dataclass(frozen=True, slots=True)
class HistogramLook:
    """How histograms are drawn.

    Attributes
    ----------
    bins : int
        Number of bins for display; 0: the buckets as logged.
    clip : float
        Percent of all values left out at each end.
    colour_map : str
        Name of a colour map, or "run" for the run's colour.
    """

    mode: Mode = "ridge"
    bins: int = 30
    log_counts: bool = False
    clip: float = 0.1
    x_kind: XKind = "step"
    colour_map: str = "viridis"


@dataclass(frozen=True, slots=True, eq=False)
class Binned:
    """Histograms over cells that are the same for all of them.

    Attributes
    ----------
    edges : (n + 1,) float64
    counts : one per line, (m, n) float64
    greatest : float
        The greatest count of all; 1 where there is none.
    least : float
        The least count above zero.
    bright : float
        Nearly the greatest: few counts are above it, see `_BRIGHTEST`.
    """

    edges: Floats
    counts: tuple[Floats, ...]
    greatest: float
    least: float
    bright: float

    def cell_at(self, value: float) -> int:
        """The cell a value lies in, -1 outside."""
        edges = self.edges
        if not edges[0] <= value <= edges[-1]:
            return -1
        return min(int(np.searchsorted(edges, value, side="right")) - 1, len(edges) - 2)

    def heights(self, counts: Floats, log: bool) -> Floats:
        """Counts as shares of the greatest, on a linear or logarithmic scale."""
        if not log:
            return counts / self.greatest
        low = math.log10(self.least) - 0.3
        span = max(math.log10(self.greatest) - low, 1e-9)
        with np.errstate(divide="ignore"):
            shares = (np.log10(counts) - low) / span
        return np.where(counts > 0.0, np.clip(shares, 0.0, 1.0), 0.0)


def value_range(lines: Sequence[HistogramLine], clip: float) -> tuple[float, float] | None:
    """Return the range of values to show, `clip` percent left out at each end; None without any."""
    return drawable(robust_range([line.stack for line in lines], clip / 100.0))


def drawable(found: tuple[float, float] | None) -> tuple[float, float] | None:
    """Return a range that is wide enough to be divided into bins."""
    if found is None:
        return None
    low, high = widened(*found)
    if not high - low > 1e-12 * max(abs(low), abs(high)):
        low, high = low - 1e-9 * abs(low) - 1e-300, high + 1e-9 * abs(high) + 1e-300
    return low, high


def make_binned(lines: Sequence[HistogramLine], low: float, high: float, bins: int) -> Binned:
    """Return the histograms over `bins` cells of a range; 0: as logged."""
    edges = bin_edges(low, high, bins or LOGGED_CELLS)
    how = bin_counts if bins else logged_counts
    return binned_of(edges, tuple(how(line.stack, edges) for line in lines))


def binned_of(edges: Floats, counts: tuple[Floats, ...]) -> Binned:
    """Return counts in cells with what is known of all of them."""
    filled = np.concatenate([np.empty(0), *(each[each > 0.0] for each in counts)])
    if not len(filled):
        return Binned(edges, counts, 1.0, 1.0, 1.0)
    greatest, least = float(filled.max()), float(filled.min())
    place = min(int(_BRIGHTEST * len(filled)), len(filled) - 1)
    bright = float(np.partition(filled, place)[place])
    # Traces of a value that is spread over a wide bucket would take all the room of a log scale.
    return Binned(edges, counts, greatest, max(least, greatest * 1e-7), bright)


def rows_in_sight(times: Floats, room: int) -> npt.NDArray[np.int64]:
    """Return which histograms are drawn where there is room for some: evenly over the axis.

    In the order they are drawn; of those at one place the last written.
    """
    order: npt.NDArray[np.int64] = np.argsort(times, kind="stable")
    order = order[np.isfinite(times[order])]
    if not len(order):
        return order
    sorted_times = times[order]
    last = np.append(sorted_times[1:] != sorted_times[:-1], True)
    order, sorted_times = order[last], sorted_times[last]
    if len(order) <= room or room < 2:
        return order if len(order) <= room else order[-1:]
    wanted = np.linspace(sorted_times[0], sorted_times[-1], room)
    right = np.clip(np.searchsorted(sorted_times, wanted), 1, len(order) - 1)
    nearer_left = wanted - sorted_times[right - 1] <= sorted_times[right] - wanted
    chosen: npt.NDArray[np.int64] = order[np.unique(np.where(nearer_left, right - 1, right))]
    return chosen


def _rgb(colour: QColor) -> tuple[int, int, int]:
    return colour.red(), colour.green(), colour.blue()


def mixed(colour: QColor, ground: QColor, share: float) -> QColor:
    """Return a colour laid over a ground, as one that hides what is behind."""
    return QColor(
        *(
            round(over * share + under * (1.0 - share))
            for over, under in zip(_rgb(colour), _rgb(ground), strict=True)
        )
    )


def shade(place: int, count: int) -> float:
    """Return how much of its colour the histogram at a place of `count` shows."""
    return NEWEST if count < 2 else OLDEST + (NEWEST - OLDEST) * (place / (count - 1)) ** 1.3


def outline(edges: Floats, heights: Floats, stairs: bool) -> npt.NDArray[np.float64]:
    """Return a histogram's outline, (k, 2) float64: value and height.

    Through the middles of the bins, as TensorBoard draws it, or as stairs. It begins and ends where
    there is something: lines along the ground would only hide what is behind.
    """
    filled = np.flatnonzero(heights > 0.0)
    if len(filled):
        first, last = max(int(filled[0]) - 1, 0), min(int(filled[-1]) + 2, len(heights))
        edges, heights = edges[first : last + 1], heights[first:last]
    if stairs:
        x = np.repeat(edges, 2)
        y = np.concatenate([[0.0], np.repeat(heights, 2), [0.0]])
        # Only where the height changes is there a corner.
        keep = np.ones(len(x), bool)
        keep[1:-1] = (y[1:-1] != y[:-2]) | (y[1:-1] != y[2:])
        return np.stack([x[keep], y[keep]], axis=1)
    middles = (edges[1:] + edges[:-1]) / 2.0
    # What reaches the end of the range does not slope down to it: it may go on beyond.
    x = np.concatenate([[edges[0]] * 2, middles, [edges[-1]] * 2])
    y = np.concatenate([[0.0], heights[:1], heights, heights[-1:], [0.0]])
    keep = np.ones(len(x), bool)
    keep[[1, -2]] = heights[[0, -1]] > 0.0
    return np.stack([x[keep], y[keep]], axis=1)


# --- heat map -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class HeatColumns:
    """The histograms of one series as columns of a heat map.

    Attributes
    ----------
    rows : (c,) int64
        The histogram in each column, by its place in the stack; rising in time.
    times : (c,) float64
    edges : (c + 1,) float64
        Each column reaches half way to its neighbours.
    """

    rows: npt.NDArray[np.int64]
    times: Floats
    edges: Floats

    def column_at(self, time: float) -> int:
        """The column at a place of the axis, -1 outside."""
        if not len(self.rows) or not self.edges[0] <= time <= self.edges[-1]:
            return -1
        found = int(np.searchsorted(self.edges, time, side="right")) - 1
        return min(max(found, 0), len(self.rows) - 1)


def heat_columns(times: Floats) -> HeatColumns:
    """Lay histograms out along the axis of steps or times."""
    rows = rows_in_sight(times, max(len(times), 2))
    at = times[rows]
    if not len(at):
        return HeatColumns(rows, at, np.zeros(1))
    if len(at) == 1:
        return HeatColumns(rows, at, np.array([at[0] - 0.5, at[0] + 0.5]))
    half = np.diff(at) / 2.0
    inner = at[:-1] + half
    return HeatColumns(rows, at, np.concatenate([[at[0] - half[0]], inner, [at[-1] + half[-1]]]))


def heat_levels(
    binned: Binned, columns: HeatColumns, t0: float, t1: float, width: int, log: bool
) -> npt.NDArray[np.uint8]:
    """Return the colour of each cell, (n, width) uint8, the least value first; 0: nothing there.

    Of the first line. Where several histograms fall into one pixel their mean counts.
    """
    bins = len(binned.edges) - 1
    made = np.zeros((bins, width), np.uint8)
    if not len(columns.rows) or width < 1:
        return made
    places = t0 + np.arange(width + 1) * ((t1 - t0) / width)
    start = np.searchsorted(columns.edges, places[:-1], side="right") - 1
    stop = np.searchsorted(columns.edges, places[1:], side="left")
    last = len(columns.rows)
    inside = (stop > 0) & (start < last)
    start, stop = np.clip(start, 0, last - 1), np.clip(stop, 1, last)
    stop = np.maximum(stop, start + 1)
    if int((stop - start).max()) > 2:
        first, end = int(start.min()), int(stop.max())
        sums = np.zeros((end - first + 1, bins))
        np.cumsum(binned.counts[0][columns.rows[first:end]], axis=0, out=sums[1:])
        cells = (sums[stop - first] - sums[start - first]) / (stop - start)[:, None]
        # What is nothing but the rounding of sums is nothing.
        cells[cells < 1e-9 * binned.greatest] = 0.0
    else:
        # The one in the middle of the pixel.
        middle = np.searchsorted(columns.edges, (places[:-1] + places[1:]) / 2.0, side="right") - 1
        cells = binned.counts[0][columns.rows[np.clip(middle, 0, last - 1)]]
    cells[~inside] = 0.0
    some = cells > 0.0
    if log:
        high, low = math.log(binned.greatest), math.log(binned.least)
        with np.errstate(divide="ignore"):
            shares = (np.log(cells) - low) / max(high - low, 1e-9)
    else:
        shares = np.minimum(cells, binned.bright) / binned.bright
    levels = 1.0 + np.clip(shares, 0.0, 1.0) * 254.0
    made[:] = np.where(some, levels, 0.0).T.astype(np.uint8)
    return made


def heat_table(colour_map: str, run: QColor, ground: QColor) -> npt.NDArray[np.uint8]:
    """Return the colours of the levels: (256, 3) uint8, the ground first."""
    if colour_map == "run":
        shares = np.linspace(0.12, 1.0, 256)[:, None]
        over, under = np.array([_rgb(run)], np.float64), np.array([_rgb(ground)], np.float64)
        made: npt.NDArray[np.uint8] = np.rint(over * shares + under * (1.0 - shares)).astype(
            np.uint8
        )
    else:
        made = colour_table(colour_map).copy()
    made[0] = _rgb(ground)
    return made


# --- single steps ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """One histogram as bars.

    Attributes
    ----------
    place : int
        Of the histogram in its stack.
    left, right, count : (k,) float64
    """

    place: int
    left: Floats
    right: Floats
    count: Floats


def nearest_row(stack: HistogramStack, step: int | None) -> int:
    """Return the place of the histogram whose step is nearest, of equals the last; -1 without any.

    None stands for the last one.
    """
    return nearest_place(stack.steps, step)


def nearest_place(steps: npt.NDArray[np.int64], step: int | None) -> int:
    """Return the place of the nearest of some steps, of equals the last; -1 without any."""
    if step is None or not len(steps):
        return len(steps) - 1
    # As floats first: differences of int64 overflow. Then exactly, among those near.
    away = np.abs(steps.astype(np.float64) - float(step))
    blur = 4.0 * float(np.spacing(max(float(away.max()), abs(float(step)), 1.0)))
    near = np.flatnonzero(away <= float(away.min()) + blur)
    if len(near) == 1:
        return int(near[0])
    return max(near.tolist(), key=lambda at: (-abs(int(steps[at]) - step), at))


def bars_of(
    stack: HistogramStack, place: int, binned: Binned, counts: Floats, bins: int, most: int
) -> Bars:
    """Return the bars of one histogram: its bins, or its buckets as logged.

    Of more than `most` buckets in the range of the bins, several stand in one bar of that place:
    the greatest of their counts.
    """
    edges = binned.edges
    if bins:
        return Bars(place, edges[:-1], edges[1:], counts[place])
    row = stack.row(place)
    seen = (row.right >= edges[0]) & (row.left <= edges[-1])
    if int(np.count_nonzero(seen)) <= most:
        return Bars(place, row.left[seen], row.right[seen], row.count[seen])
    cells = bin_edges(float(edges[0]), float(edges[-1]), most)
    one = stack_of([0], [0], [0.0], [row])
    return Bars(place, cells[:-1], cells[1:], logged_counts(one, cells)[0])


@dataclass(frozen=True, slots=True)
class HistogramReading:
    """What is under the pointer.

    Attributes
    ----------
    line : int
        Place among the plot's lines.
    place : int
        Of the histogram in its stack.
    left, right : float
        Edges of the bin or bucket.
    count : float
    """

    line: int
    place: int
    left: float
    right: float
    count: float
    value: float = field(default=math.nan)


def read_at(stack: HistogramStack, place: int, value: float) -> tuple[float, float, float] | None:
    """Return left, right and count of the bucket a value lies in, as logged; None outside."""
    row = stack.row(place)
    inside = (row.left <= value) & (value <= row.right)
    if not inside.any():
        return None
    # Of those that share an edge the one which begins there; of those that overlap the fullest.
    found = np.flatnonzero(inside)
    at = int(found[np.argmax(row.count[found])]) if len(found) > 1 else int(found[0])
    return float(row.left[at]), float(row.right[at]), float(row.count[at])
