"""Histograms as shapes to be painted or written to a file: ridges, overlaid lines, bars, cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColor

from eventglass.widgets.plots.axis import Layout
from eventglass.widgets.plots.curve_data import y_drawn
from eventglass.widgets.plots.figure_picture import Area, Box, Item, Stroke
from eventglass.widgets.plots.histogram_scene import (
    MOST_OVERLAID,
    RIDGE_APART,
    RIDGE_SHARE,
    Bars,
    Binned,
    HistogramLine,
    HistogramLook,
    heat_columns,
    heat_levels,
    heat_table,
    mixed,
    outline,
    rows_in_sight,
    shade,
)
from eventglass.widgets.plots.overlay import ChartColours

Floats = npt.NDArray[np.float64]

#: Columns of a heat map in a figure that is drawn by shapes.
_FIGURE_COLUMNS = 500
#: Shades of a heat map in such a figure.
_FIGURE_LEVELS = 64
#: From so many on, bars that stand in a row are drawn as one shape.
_BARS_APART = 200
#: What is left of histograms outside the selected range, or beside the one pointed at.
_FADED = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Ridges:
    """Where ridges stand.

    Attributes
    ----------
    rows : (r,) int64
        Histograms by their place in the stack, back to front.
    baselines : (r,) float64
        Vertical places.
    height : float
        Of the highest.
    """

    rows: npt.NDArray[np.int64]
    baselines: Floats
    height: float


def lay_ridges(line: HistogramLine, look: HistogramLook, layout: Layout) -> Ridges:
    """Place the ridges that are drawn."""
    plot = layout.plot
    height = RIDGE_SHARE * plot.height()
    room = max(2, int((plot.height() - height) / RIDGE_APART))
    times = line.times(look.x_kind)
    rows = rows_in_sight(times, room)
    view = layout.view
    low, high = view.y0, view.y1
    share = (times[rows] - low) / (high - low) if high > low else np.ones(len(rows))
    baselines = plot.top() + height + share * (plot.height() - height)
    return Ridges(rows, baselines, height)


def ridge_shapes(
    line: HistogramLine,
    binned: Binned,
    counts: Floats,
    look: HistogramLook,
    layout: Layout,
    colours: ChartColours,
    ridges: Ridges,
    in_range: Callable[[int], bool] | None = None,
) -> list[Item]:
    """Return the ridges, back to front; those `in_range` says no of are faded."""
    made: list[Item] = []
    clip = _clip(layout, 2.0)
    heights = binned.heights(counts[ridges.rows], look.log_counts)
    width = 1.0 if len(ridges.rows) < 60 else 0.7
    for number, (row, baseline) in enumerate(
        zip(ridges.rows.tolist(), ridges.baselines.tolist(), strict=True)
    ):
        shape = outline(binned.edges, heights[number], not look.bins)
        places = _placed(shape, layout, baseline, ridges.height)
        share = shade(number, len(ridges.rows))
        if in_range is not None and not in_range(row):
            share *= _FADED
        made.append(Area((places,), mixed(line.colour, colours.surface, share), clip))
        made.append(Stroke((places,), colours.surface, width, clip=clip))
    return made


def ridge_outline(
    binned: Binned,
    heights: Floats,
    look: HistogramLook,
    layout: Layout,
    baseline: float,
    height: float,
) -> npt.NDArray[np.float64]:
    """Return the outline of one ridge in the plot's places."""
    return _placed(outline(binned.edges, heights, not look.bins), layout, baseline, height)


def overlay_rows(line: HistogramLine, look: HistogramLook) -> npt.NDArray[np.int64]:
    """Return the histograms drawn over each other, by their places in the stack."""
    return rows_in_sight(line.times(look.x_kind), MOST_OVERLAID)


def overlay_shapes(
    line: HistogramLine,
    binned: Binned,
    counts: Floats,
    look: HistogramLook,
    layout: Layout,
    colours: ChartColours,
    in_range: Callable[[int], bool] | None = None,
) -> list[Item]:
    """Return the lines of histograms over each other, the newest in front."""
    made: list[Item] = []
    clip = _clip(layout, 1.0)
    rows = overlay_rows(line, look)
    for number, row in enumerate(rows.tolist()):
        shape = count_outline(binned, counts[row], look, layout)
        share = shade(number, len(rows))
        if in_range is not None and not in_range(row):
            share *= _FADED
        colour = mixed(line.colour, colours.surface, share)
        made.append(Stroke((shape,), colour, 1.2, clip=clip))
    return made


def count_outline(
    binned: Binned, counts: Floats, look: HistogramLook, layout: Layout
) -> npt.NDArray[np.float64]:
    """Return the outline of a histogram on an axis of counts."""
    shape = outline(binned.edges, counts, not look.bins)
    return np.stack([_across(layout, shape[:, 0]), _heights(layout, shape[:, 1])], axis=1)


def bar_shapes(
    lines: Sequence[HistogramLine],
    bars: Sequence[Bars | None],
    layout: Layout,
    forward: int = -1,
) -> list[Item]:
    """Return the bars of one histogram per line, those behind seen through those in front."""
    made: list[Item] = []
    clip = _clip(layout, 0.0)
    several = sum(each is not None for each in bars) > 1
    for number, (line, each) in enumerate(zip(lines, bars, strict=True)):
        if each is None:
            continue
        polygons = tuple(_bar_polygons(each, layout))
        if not polygons:
            continue
        fill = QColor(line.colour)
        fill.setAlphaF(0.55 if several else 0.8)
        if forward >= 0 and forward != number:
            fill.setAlphaF(0.15)
        made.append(Area(polygons, fill, clip))
        if several and (forward < 0 or forward == number):
            # Colours over each other become others; the outline keeps the run's own.
            made.append(Stroke((_bar_outline(each, layout),), line.colour, 1.4, clip=clip))
    return made


def _bar_outline(bars: Bars, layout: Layout) -> Floats:
    """Return the upper edge of bars that stand in a row, (k, 2) float64."""
    left, right = _across(layout, bars.left), _across(layout, bars.right)
    top = _heights(layout, bars.count)
    if not len(left):
        return np.full((2, 2), layout.plot.bottom())
    # Four places a bar; on the ground where there is a gap before the next.
    bottom = layout.plot.bottom()
    gaps = np.flatnonzero(left[1:] - right[:-1] > 0.5)
    x = np.stack([left, right], axis=1).ravel()
    y = np.repeat(top, 2)
    at = np.repeat(2 * gaps + 2, 2)
    x = np.insert(x, at, np.stack([right[gaps], left[gaps + 1]], axis=1).ravel())
    return np.stack([x, np.insert(y, at, bottom)], axis=1)


def _bar_polygons(bars: Bars, layout: Layout) -> list[Floats]:
    some = bars.count > 0.0
    if not some.any():
        return []
    left, right = _across(layout, bars.left), _across(layout, bars.right)
    top, bottom = _heights(layout, bars.count), layout.plot.bottom()
    wide = right - left
    if len(left) > _BARS_APART and not (left[1:] < right[:-1] - 0.5).any():
        # Too many to be told apart: their outline, down to the ground.
        edge = _bar_outline(bars, layout)
        return [np.concatenate([[(edge[0, 0], bottom)], edge, [(edge[-1, 0], bottom)]])]
    # A gap between bars where there is room for one; a bar is never too narrow to be seen.
    gap = np.where(wide > 4.0, 0.5, np.where(wide < 1.0, (wide - 1.0) / 2.0, 0.0))
    left, right = left + gap, right - gap
    ground = np.full(len(left), bottom)
    x = np.stack([left, left, right, right], axis=1)
    y = np.stack([ground, top, top, ground], axis=1)
    return list(np.stack([x, y], axis=2)[some])


def heat_shapes(
    line: HistogramLine,
    binned: Binned,
    look: HistogramLook,
    layout: Layout,
    colours: ChartColours,
) -> list[Item]:
    """Return a heat map as cells, those of one colour together."""
    view, plot = layout.view, layout.plot
    columns = heat_columns(line.times(look.x_kind))
    across = min(_FIGURE_COLUMNS, max(1, int(plot.width())))
    levels = heat_levels(binned, columns, view.x0, view.x1, across, look.log_counts)
    table = heat_table(look.colour_map, line.colour, colours.surface)
    step = 256 // _FIGURE_LEVELS
    coarse = np.where(levels > 0, levels // step + 1, 0)
    wide, high = plot.width() / across, plot.height() / len(levels)
    cells: dict[int, list[npt.NDArray[np.float64]]] = {}
    for row, found in enumerate(coarse):
        starts = np.flatnonzero(np.diff(found, prepend=-1))
        stops = np.append(starts[1:], across)
        bottom = plot.bottom() - row * high
        for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
            level = int(found[start])
            if level:
                left, right = plot.left() + start * wide, plot.left() + stop * wide + 0.3
                top = bottom - high - 0.3
                cells.setdefault(level, []).append(
                    np.array([(left, bottom), (left, top), (right, top), (right, bottom)])
                )
    clip = _clip(layout, 0.0)
    return [
        Area(tuple(found), QColor(*table[min((level - 1) * step + step // 2, 255)].tolist()), clip)
        for level, found in sorted(cells.items())
    ]


def _placed(shape: Floats, layout: Layout, baseline: float, height: float) -> Floats:
    return np.stack([_across(layout, shape[:, 0]), baseline - shape[:, 1] * height], axis=1)


def _across(layout: Layout, values: Floats) -> Floats:
    """Return the horizontal places of values, as `Layout.x_of` does."""
    plot, view = layout.plot, layout.view
    places = plot.left() + (values - view.x0) / (view.x1 - view.x0) * plot.width()
    return np.clip(places, plot.left() - 1e6, plot.left() + 1e6)


def _heights(layout: Layout, counts: Floats) -> Floats:
    """Return the vertical places of counts, none below the ground."""
    top, scale = y_drawn(layout.view, layout.scales, layout.plot.height(), "left")
    drawn = layout.scales.y.drawn_of(counts)
    bottom = layout.plot.bottom()
    return np.clip(layout.plot.top() + (top - drawn) * scale, -1e6, bottom)


def _clip(layout: Layout, more: float) -> Box:
    plot = layout.plot
    return (
        plot.left() - more,
        plot.top() - more,
        plot.width() + 2 * more,
        plot.height() + 2 * more,
    )
