"""Histograms as shapes to be painted or written to a file: ridges, overlaid lines, bars, cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColor

from eventglass.widgets.plots.axis import Layout
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
    return np.array([(layout.x_of(x), _height_of(layout, y)) for x, y in shape.tolist()])


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


def _bar_outline(bars: Bars, layout: Layout) -> npt.NDArray[np.float64]:
    """Return the upper edge of bars that stand in a row."""
    bottom = layout.plot.bottom()
    places: list[tuple[float, float]] = []
    for left, right, count in zip(
        bars.left.tolist(), bars.right.tolist(), bars.count.tolist(), strict=True
    ):
        if right < layout.view.x0 or left > layout.view.x1:
            continue
        x0, x1 = layout.x_of(left), layout.x_of(right)
        y = _height_of(layout, count) if count > 0.0 else bottom
        if places and x0 - places[-1][0] > 0.5:
            places += [(places[-1][0], bottom), (x0, bottom)]
        places += [(x0, y), (x1, y)]
    return np.array(places or [(0.0, bottom), (0.0, bottom)])


def _bar_polygons(bars: Bars, layout: Layout) -> list[npt.NDArray[np.float64]]:
    low, high = layout.view.x0, layout.view.x1
    seen = np.flatnonzero((bars.count > 0.0) & (bars.right >= low) & (bars.left <= high))
    made = []
    bottom = layout.plot.bottom()
    for at in seen.tolist():
        left, right = layout.x_of(float(bars.left[at])), layout.x_of(float(bars.right[at]))
        # A gap between bars where there is room for one; a bar is never too narrow to be seen.
        if right - left > 4.0:
            left, right = left + 0.5, right - 0.5
        elif right - left < 1.0:
            middle = (left + right) / 2.0
            left, right = middle - 0.5, middle + 0.5
        top = _height_of(layout, float(bars.count[at]))
        made.append(np.array([(left, bottom), (left, top), (right, top), (right, bottom)]))
    return made


def heat_shapes(
    line: HistogramLine,
    counts: Floats,
    look: HistogramLook,
    layout: Layout,
    colours: ChartColours,
) -> list[Item]:
    """Return a heat map as cells, those of one colour together."""
    view, plot = layout.view, layout.plot
    columns = heat_columns(line.times(look.x_kind))
    across = min(_FIGURE_COLUMNS, max(1, int(plot.width())))
    levels = heat_levels(counts, columns, view.x0, view.x1, across, look.log_counts)
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
    plot, view = layout.plot, layout.view
    scale = plot.width() / (view.x1 - view.x0)
    made = np.empty_like(shape)
    made[:, 0] = plot.left() + (shape[:, 0] - view.x0) * scale
    made[:, 1] = baseline - shape[:, 1] * height
    return made


def _height_of(layout: Layout, count: float) -> float:
    return min(layout.y_of(count), layout.plot.bottom())


def _clip(layout: Layout, more: float) -> Box:
    plot = layout.plot
    return (
        plot.left() - more,
        plot.top() - more,
        plot.width() + 2 * more,
        plot.height() + 2 * more,
    )
