"""A frame of a plot of histograms: where everything is, and the still picture of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen

from eventglass.app.core.compute.scales import LINEAR, Scale, Scales
from eventglass.app.core.compute.ticks import Tick
from eventglass.widgets.plots import axis
from eventglass.widgets.plots.axis import Layout
from eventglass.widgets.plots.curve_data import ViewRange, XKind
from eventglass.widgets.plots.figure_picture import Item, Picture, paint
from eventglass.widgets.plots.histogram_scene import (
    Bars,
    Binned,
    HistogramLine,
    HistogramLook,
    bars_of,
    heat_columns,
    heat_levels,
    heat_table,
    make_binned,
    nearest_row,
)
from eventglass.widgets.plots.histogram_shapes import (
    Ridges,
    bar_shapes,
    lay_ridges,
    overlay_shapes,
    ridge_shapes,
)
from eventglass.widgets.plots.overlay import ChartColours

#: Room left of ridges.
_RIDGE_LEFT = 14.0
#: Width of the strip that says what the colours of a heat map mean.
_KEY = 6.0


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What a plot shows, apart from its size.

    Attributes
    ----------
    lines : tuple of HistogramLine
    look : HistogramLook
    values : (low, high)
        The range of values in sight.
    times : (low, high) or None
        The range of steps or times in a heat map; None: all.
    step : int or None
        The shared step.
    selection : (low, high) or None
        A range on the axis of steps or times.
    highlight : int
        Id of the run brought forward among several, -1 for none.
    """

    lines: tuple[HistogramLine, ...]
    look: HistogramLook
    values: tuple[float, float]
    times: tuple[float, float] | None = None
    step: int | None = None
    selection: tuple[float, float] | None = None
    highlight: int = -1


@dataclass(frozen=True, slots=True, eq=False)
class HistogramFrame:
    """A plot of some size, laid out.

    Attributes
    ----------
    time_ticks : of the axis of steps or times, where it stands at the right
    ridges : where they stand, None in other modes
    bars : of each line, in the mode of a single step
    """

    shown: Shown
    binned: Binned
    layout: Layout
    time_ticks: tuple[Tick, ...]
    ridges: Ridges | None
    bars: tuple[Bars | None, ...]

    def in_range(self, row: int) -> bool:
        """Whether a histogram of the only line lies in the selected range."""
        selection = self.shown.selection
        if selection is None:
            return True
        time = float(self.shown.lines[0].times(self.shown.look.x_kind)[row])
        return selection[0] <= time <= selection[1]


def bin_shown(shown: Shown) -> Binned:
    """Bring what is shown to bins."""
    return make_binned(shown.lines, *shown.values, shown.look.bins)


def time_range(lines: tuple[HistogramLine, ...], kind: XKind) -> tuple[float, float]:
    """Return the range of the axis of steps or times, as a heat map fills it."""
    edges = [heat_columns(line.times(kind)).edges for line in lines if len(line.stack)]
    low = min((float(e[0]) for e in edges), default=0.0)
    high = max((float(e[-1]) for e in edges), default=1.0)
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def lay_frame(
    shown: Shown, binned: Binned, width: float, height: float, font: QFont
) -> HistogramFrame:
    """Lay a plot out in a room of that size."""
    look = shown.look
    low, high = shown.values
    bars: tuple[Bars | None, ...] = ()
    if look.mode == "heat":
        t0, t1 = shown.times or time_range(shown.lines, look.x_kind)
        view = ViewRange(t0, t1, low, high)
        layout = axis.lay_out(width, height, view, look.x_kind, Scales(), font)
        return HistogramFrame(shown, binned, layout, (), None, bars)
    if look.mode == "ridge":
        return _lay_ridge_frame(shown, binned, width, height, font)
    greatest, least = binned.greatest, binned.least
    if look.mode == "step":
        bars = tuple(_bars(shown, binned, number, width) for number in range(len(shown.lines)))
        counts = [_in_sight(each, low, high) for each in bars if each is not None]
        greatest = max((float(c.max()) for c in counts if len(c)), default=1.0) or 1.0
        some = [c[c > 0.0] for c in counts]
        least = min((float(c.min()) for c in some if len(c)), default=greatest)
        least = max(least, greatest * 1e-7)
    scale = LINEAR
    bottom, top = 0.0, greatest * 1.06
    if look.log_counts:
        scale = Scale("log")
        bottom, top = least / 2.0, greatest * 1.6
    view = ViewRange(low, high, bottom, top)
    layout = axis.lay_out(width, height, view, "tag", Scales(y=scale), font)
    return HistogramFrame(shown, binned, layout, (), None, bars)


def _bars(shown: Shown, binned: Binned, number: int, width: float) -> Bars | None:
    line = shown.lines[number]
    place = nearest_row(line.stack, shown.step)
    if place < 0:
        return None
    bins, most = shown.look.bins, max(int(width), 100)
    return bars_of(line.stack, place, binned, binned.counts[number], bins, most)


def _in_sight(bars: Bars, low: float, high: float) -> npt.NDArray[np.float64]:
    return bars.count[(bars.right >= low) & (bars.left <= high)]


def _lay_ridge_frame(
    shown: Shown, binned: Binned, width: float, height: float, font: QFont
) -> HistogramFrame:
    """Values below, steps at the right."""
    look, line = shown.look, shown.lines[0]
    metrics = QFontMetricsF(font)
    times = line.times(look.x_kind)
    finite = times[np.isfinite(times)]
    t0, t1 = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
    count = max(2, int(0.6 * height / 30.0))
    clock = ViewRange(t0, t1, 0.0, 1.0)
    along = axis.x_ticks(clock, look.x_kind, LINEAR, count) if t1 > t0 else []
    if t1 <= t0:
        along = axis.x_ticks(ViewRange(t0 - 0.5, t0 + 0.5, 0.0, 1.0), look.x_kind, LINEAR, 2)
        along = [tick for tick in along if abs(tick.value - t0) < 1e-9]
    room = max((metrics.horizontalAdvance(tick.label) for tick in along), default=0.0)
    right = math.ceil(max(room + axis.GAP + 6.0, 30.0))
    plot_width = max(width - _RIDGE_LEFT - right, 1.0)
    plot = QRectF(_RIDGE_LEFT, axis.TOP, plot_width, max(height - axis.TOP - axis.BOTTOM, 1.0))
    low, high = shown.values
    view = ViewRange(low, high, t0, t1)
    across_count = max(2, int(plot_width / 70.0))
    across = axis.x_ticks(view, "tag", LINEAR, across_count)
    while across_count > 2 and across:
        widest = max(metrics.horizontalAdvance(tick.label) for tick in across) + 12.0
        if widest * max(len(across) - 1, 1) <= plot_width:
            break
        across_count -= 1
        across = axis.x_ticks(view, "tag", LINEAR, across_count)
    layout = Layout(plot, tuple(across), (), None, view, Scales())
    ridges = lay_ridges(line, look, layout)
    return HistogramFrame(shown, binned, layout, tuple(along), ridges, ())


def ridge_place(frame: HistogramFrame, time: float) -> float:
    """Return the baseline of a ridge at a place of the axis of steps or times."""
    ridges, plot, view = frame.ridges, frame.layout.plot, frame.layout.view
    height = ridges.height if ridges is not None else 0.0
    share = (time - view.y0) / (view.y1 - view.y0) if view.y1 > view.y0 else 1.0
    return plot.top() + height + share * (plot.height() - height)


def ridge_time(frame: HistogramFrame, y: float) -> float:
    """Return the place of the axis of steps or times at a height of the plot."""
    ridges, plot, view = frame.ridges, frame.layout.plot, frame.layout.view
    height = ridges.height if ridges is not None else 0.0
    room = max(plot.height() - height, 1.0)
    share = min(max((y - plot.top() - height) / room, 0.0), 1.0)
    return view.y0 + share * (view.y1 - view.y0)


# --- painting -------------------------------------------------------------------------------------


def paint_frame(
    painter: QPainter,
    frame: HistogramFrame,
    colours: ChartColours,
    font: QFont,
    width: float,
    ratio: float,
) -> None:
    """Paint everything that stands still."""
    look = frame.shown.look
    if look.mode == "heat":
        _paint_heat(painter, frame, colours, ratio)
        _paint_key(painter, frame, colours, width)
    else:
        paint_grid(painter, frame, colours)
        items = shapes_of(frame, colours)
        paint(painter, Picture(width, 1.0, "", None, tuple(items)))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    axis.paint_labels(painter, frame.layout, font, colours.text_muted, width)
    if frame.time_ticks:
        _paint_time_labels(painter, frame, font, colours.text_muted)


def shapes_of(frame: HistogramFrame, colours: ChartColours) -> list[Item]:
    """Return the histograms of a frame as shapes; not for a heat map."""
    shown, binned, layout = frame.shown, frame.binned, frame.layout
    look = shown.look
    if look.mode == "step":
        runs = [line.run_id for line in shown.lines]
        forward = runs.index(shown.highlight) if shown.highlight in runs else -1
        return bar_shapes(shown.lines, frame.bars, layout, forward)
    line, counts = shown.lines[0], binned.counts[0]
    wanted = frame.in_range if shown.selection is not None else None
    if frame.ridges is not None:
        return ridge_shapes(line, binned, counts, look, layout, colours, frame.ridges, wanted)
    return overlay_shapes(line, binned, counts, look, layout, colours, wanted)


def paint_grid(painter: QPainter, frame: HistogramFrame, colours: ChartColours) -> None:
    """Paint the lines behind the histograms."""
    layout = frame.layout
    plot = layout.plot
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(colours.grid, 1.0))
    for tick in layout.y_ticks:
        y = round(layout.y_of(tick.value))
        if plot.top() <= y <= plot.bottom():
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
    for tick in frame.time_ticks:
        y = round(ridge_place(frame, tick.value))
        painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
    painter.setPen(QPen(colours.border, 1.0))
    bottom = round(plot.bottom())
    painter.drawLine(QPointF(plot.left(), bottom), QPointF(plot.right(), bottom))
    for tick in layout.x_ticks:
        x = round(layout.x_of(tick.value))
        painter.drawLine(QPointF(x, bottom), QPointF(x, bottom + 3))


def _paint_time_labels(
    painter: QPainter, frame: HistogramFrame, font: QFont, colour: QColor
) -> None:
    painter.setFont(font)
    painter.setPen(colour)
    for text, box in time_labels(frame, font):
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)


def time_labels(frame: HistogramFrame, font: QFont) -> list[tuple[str, QRectF]]:
    """Return the labels of the axis of steps or times beside ridges, and where they are."""
    metrics = QFontMetricsF(font)
    left, height = frame.layout.plot.right() + axis.GAP, metrics.height()
    made: list[tuple[str, QRectF]] = []
    for tick in frame.time_ticks:
        top = ridge_place(frame, tick.value) - height / 2
        if not made or top >= made[-1][1].bottom():
            width = metrics.horizontalAdvance(tick.label) + 2.0
            made.append((tick.label, QRectF(left, top, width, height)))
    return made


def heat_image(frame: HistogramFrame, colours: ChartColours, width: int, height: int) -> QImage:
    """Return the cells of a heat map as an image of that size, device pixels."""
    shown, layout = frame.shown, frame.layout
    line, look, view = shown.lines[0], shown.look, layout.view
    columns = heat_columns(line.times(look.x_kind))
    levels = heat_levels(frame.binned, columns, view.x0, view.x1, width, look.log_counts)
    table = heat_table(look.colour_map, line.colour, colours.surface).astype(np.uint32)
    packed = 0xFF000000 | table[:, 0] << 16 | table[:, 1] << 8 | table[:, 2]
    # Rows of pixels from the top, each the bin its middle lies in.
    rows = ((height - 0.5 - np.arange(height)) * (len(levels) / height)).astype(np.int64)
    cells = np.ascontiguousarray(
        packed.astype(np.uint32)[levels][np.clip(rows, 0, len(levels) - 1)]
    )
    image = QImage(cells.data, width, height, width * 4, QImage.Format.Format_RGB32)
    return image.copy()


def _paint_heat(
    painter: QPainter, frame: HistogramFrame, colours: ChartColours, ratio: float
) -> None:
    plot = frame.layout.plot
    # On whole pixels, so that cells have sharp edges.
    left, top = round(plot.left() * ratio), round(plot.top() * ratio)
    width = max(1, round(plot.right() * ratio) - left)
    height = max(1, round(plot.bottom() * ratio) - top)
    image = heat_image(frame, colours, width, height)
    image.setDevicePixelRatio(ratio)
    painter.drawImage(QPointF(left / ratio, top / ratio), image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(colours.border, 1.0))
    bottom = round(plot.bottom())
    painter.drawLine(QPointF(plot.left(), bottom), QPointF(plot.right(), bottom))
    for tick in frame.layout.x_ticks:
        x = round(frame.layout.x_of(tick.value))
        if plot.left() <= x <= plot.right():
            painter.drawLine(QPointF(x, bottom), QPointF(x, bottom + 3))


def _paint_key(
    painter: QPainter, frame: HistogramFrame, colours: ChartColours, width: float
) -> None:
    """Paint the colours from the least to the greatest count, beside the plot."""
    plot = frame.layout.plot
    if width - plot.right() < _KEY + 6.0 or plot.height() < 40.0:
        return
    look = frame.shown.look
    table = heat_table(look.colour_map, frame.shown.lines[0].colour, colours.surface)
    column = np.ascontiguousarray(table[:0:-1][:, ::-1])
    packed = np.full((255, 1, 4), 255, np.uint8)
    packed[:, 0, :3] = column
    image = QImage(packed.data, 1, 255, 4, QImage.Format.Format_RGB32).copy()
    height = min(plot.height(), 80.0)
    box = QRectF(plot.right() + 6.0, plot.bottom() - height, _KEY, height)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(box, image)


__all__ = [
    "HistogramFrame",
    "Shown",
    "bin_shown",
    "heat_image",
    "lay_frame",
    "paint_frame",
    "ridge_place",
    "ridge_time",
    "shapes_of",
    "time_labels",
    "time_range",
]
