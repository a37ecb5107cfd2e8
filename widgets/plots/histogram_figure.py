"""Plots of histograms as figures: PNG, SVG and PDF."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtGui import QColor, QFontMetricsF

from eventglass.app.models.theme import LIGHT, Tokens
from eventglass.widgets.plots.axis import label_font
from eventglass.widgets.plots.figure_picture import Area, Item, Label, Picture, Stroke, ascent
from eventglass.widgets.plots.figure_picture import font as figure_font
from eventglass.widgets.plots.figure_writers import FigureError, pdf, png, svg
from eventglass.widgets.plots.histogram_frame import (
    HistogramFrame,
    Shown,
    bin_shown,
    lay_frame,
    ridge_place,
    shapes_of,
)
from eventglass.widgets.plots.histogram_shapes import heat_shapes
from eventglass.widgets.plots.overlay import ChartColours

#: Size of a figure, units of 1/96 inch.
WIDTH, HEIGHT = 640.0, 400.0
#: Dots an inch of the PNG.
DPI = 192.0
_TITLE = 30.0
_SIZE = 11.0


def figure_colours(tokens: Tokens = LIGHT) -> ChartColours:
    """Return the colours of a figure: on white, unless other tokens are wanted."""
    return ChartColours(
        surface=QColor(tokens.surface),
        grid=QColor(tokens.grid),
        border=QColor(tokens.border),
        text=QColor(tokens.text),
        text_muted=QColor(tokens.text_muted),
        accent=QColor(tokens.accent),
    )


def render_histograms(
    shown: Shown,
    title: str,
    suffix: str,
    colours: ChartColours | None = None,
    width: float = WIDTH,
    height: float = HEIGHT,
) -> bytes:
    """Return a plot as the content of a file; `suffix` is .png, .svg or .pdf.

    Raises
    ------
    FigureError
        When the format is not known.
    """
    picture = histogram_picture(shown, title, colours or figure_colours(), width, height)
    if suffix == ".png":
        return png(picture, DPI)
    if suffix == ".pdf":
        return pdf(picture)
    if suffix == ".svg":
        return svg(picture).encode()
    raise FigureError(f"The format {suffix or 'without a suffix'} is not known")


def histogram_picture(
    shown: Shown, title: str, colours: ChartColours, width: float = WIDTH, height: float = HEIGHT
) -> Picture:
    """Lay a plot out as a figure and return all there is to draw."""
    font = label_font(figure_font(False))
    shown = replace(shown, selection=None)
    frame = lay_frame(shown, bin_shown(shown), width, height - _TITLE, font)
    items: list[Item] = _grid(frame, colours)
    if shown.look.mode == "heat":
        items += heat_shapes(shown.lines[0], frame.binned, shown.look, frame.layout, colours)
    else:
        items += shapes_of(frame, colours)
    items += _labels(frame, colours, QFontMetricsF(font))
    moved = [_moved_down(item, _TITLE) for item in items]
    heading = Label(12.0, 20.0, title, 13.0, colours.text, bold=True)
    return Picture(width, height, title, colours.surface, (heading, *moved))


def _grid(frame: HistogramFrame, colours: ChartColours) -> list[Item]:
    layout, plot = frame.layout, frame.layout.plot
    rows = [layout.y_of(tick.value) for tick in layout.y_ticks]
    rows += [ridge_place(frame, tick.value) for tick in frame.time_ticks]
    lines = tuple(
        np.array([(plot.left(), y), (plot.right(), y)])
        for y in rows
        if plot.top() <= y <= plot.bottom()
    )
    bottom = plot.bottom()
    made: list[Item] = []
    if lines and frame.shown.look.mode != "heat":
        made.append(Stroke(lines, colours.grid, 1.0, round=False))
    edge = np.array([(plot.left(), bottom), (plot.right(), bottom)])
    ticks = [layout.x_of(tick.value) for tick in layout.x_ticks]
    marks = tuple(
        np.array([(x, bottom), (x, bottom + 3.0)])
        for x in ticks
        if plot.left() <= x <= plot.right()
    )
    made.append(Stroke((edge, *marks), colours.border, 1.0, round=False))
    return made


def _labels(frame: HistogramFrame, colours: ChartColours, metrics: QFontMetricsF) -> list[Item]:
    layout, plot = frame.layout, frame.layout.plot
    half = ascent(_SIZE) / 2.0
    made: list[Item] = []
    for tick in layout.y_ticks:
        y = layout.y_of(tick.value)
        if plot.top() - 1.0 <= y <= plot.bottom() + 1.0:
            x = plot.left() - 6.0
            made.append(Label(x, y + half, tick.label, _SIZE, colours.text_muted, "end"))
    for tick in frame.time_ticks:
        y, x = ridge_place(frame, tick.value) + half, plot.right() + 6.0
        made.append(Label(x, y, tick.label, _SIZE, colours.text_muted))
    taken = -1e9
    for tick in layout.x_ticks:
        x = layout.x_of(tick.value)
        wide = metrics.horizontalAdvance(tick.label)
        if plot.left() - 1.0 <= x <= plot.right() + 1.0 and x - wide / 2.0 > taken:
            taken = x + wide / 2.0 + 6.0
            y = plot.bottom() + 6.0 + ascent(_SIZE)
            made.append(Label(x, y, tick.label, _SIZE, colours.text_muted, "middle"))
    return made


def _moved_down(item: Item, by: float) -> Item:
    """Return a shape further down."""
    if isinstance(item, Label):
        return replace(item, y=item.y + by)
    away = np.array([0.0, by])
    if not isinstance(item, (Stroke, Area)):
        return item
    x, y, wide, high = item.clip or (0.0, 0.0, 1e6, 1e6)
    clip = (x, y + by, wide, high)
    if isinstance(item, Stroke):
        return replace(item, lines=tuple(line + away for line in item.lines), clip=clip)
    return replace(item, polygons=tuple(polygon + away for polygon in item.polygons), clip=clip)
