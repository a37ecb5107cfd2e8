"""What a plot of histograms tells of the place under the pointer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF

from eventglass.app.core.compute.ticks import duration, step_text, value_text, wall_time
from eventglass.widgets.plots.histogram_frame import HistogramFrame
from eventglass.widgets.plots.histogram_scene import HistogramReading, heat_columns, read_at
from eventglass.widgets.plots.histogram_shapes import overlay_rows
from eventglass.widgets.plots.tooltip import Table

#: Most runs in the panel beside the pointer.
MOST_ROWS = 12


def readings_at(frame: HistogramFrame, place: QPointF) -> list[HistogramReading]:
    """Return what is at a place of the plot: of each line, or nothing."""
    layout, shown = frame.layout, frame.shown
    if not layout.plot.contains(place):
        return []
    mode = shown.look.mode
    value = layout.y_at(place.y()) if mode == "heat" else layout.x_at(place.x())
    if mode == "step":
        found = [
            _read(frame, number, bars.place, value)
            for number, bars in enumerate(frame.bars)
            if bars is not None
        ]
        return [reading for reading in found if reading is not None]
    if mode == "heat":
        columns = heat_columns(shown.lines[0].times(shown.look.x_kind))
        at = columns.column_at(layout.x_at(place.x()))
        row = int(columns.rows[at]) if at >= 0 else -1
    else:
        row = _row_at(frame, place)
    reading = _read(frame, 0, row, value) if row >= 0 else None
    return [] if reading is None else [reading]


def _row_at(frame: HistogramFrame, place: QPointF) -> int:
    """The histogram whose outline or body is at a place, the one in front first."""
    binned, layout, look = frame.binned, frame.layout, frame.shown.look
    cell = binned.cell_at(layout.x_at(place.x()))
    if cell < 0:
        return -1
    counts = binned.counts[0]
    if frame.ridges is None:
        rows = overlay_rows(frame.shown.lines[0], look)
        if not len(rows):
            return -1
        heights = np.array([layout.y_of(float(c)) for c in counts[rows, cell]])
        return int(rows[len(rows) - 1 - np.argmin(np.abs(heights - place.y())[::-1])])
    ridges = frame.ridges
    if not len(ridges.rows):
        return -1
    heights = binned.heights(counts[ridges.rows, cell], look.log_counts)
    tops = ridges.baselines - heights * ridges.height
    inside = np.flatnonzero((tops <= place.y()) & (place.y() <= ridges.baselines))
    if len(inside):
        return int(ridges.rows[inside[-1]])
    return int(ridges.rows[np.argmin(np.abs(ridges.baselines - place.y()))])


def _read(frame: HistogramFrame, number: int, place: int, value: float) -> HistogramReading | None:
    if frame.shown.look.bins:
        cell = frame.binned.cell_at(value)
        if cell < 0:
            return None
        edges = frame.binned.edges
        count = float(frame.binned.counts[number][place, cell])
        return HistogramReading(
            number, place, float(edges[cell]), float(edges[cell + 1]), count, value
        )
    found = read_at(frame.shown.lines[number].stack, place, value)
    if found is None:
        return HistogramReading(number, place, value, value, 0.0, value)
    return HistogramReading(number, place, *found, value)


def step_of(frame: HistogramFrame, reading: HistogramReading) -> int:
    """Return the step of the histogram a reading is of."""
    return int(frame.shown.lines[reading.line].stack.steps[reading.place])


def table_of(frame: HistogramFrame, readings: Sequence[HistogramReading]) -> Table:
    """Return what the panel beside the pointer says of at least one reading."""
    lines, first = frame.shown.lines, readings[0]
    walls = lines[first.line].stack.wall_times
    wall = float(walls[first.place])
    since = duration(wall - float(walls[0]))
    title = f"step {step_text(step_of(frame, first))} · {since} · {wall_time(wall)}"
    several = len({step_of(frame, reading) for reading in readings}) > 1
    header = ["run", "values", "count"] + (["step"] if several else [])
    rows = []
    for reading in sorted(readings, key=lambda r: -r.count)[:MOST_ROWS]:
        line = lines[reading.line]
        cells = [
            line.label,
            f"{value_text(reading.left)} … {value_text(reading.right)}",
            count_text(reading.count),
        ]
        if several:
            cells.append(step_text(step_of(frame, reading)))
        rows.append((line.colour, tuple(cells)))
    left = len(readings) - len(rows)
    return Table(title, tuple(header), tuple(rows), f"{left:,} more" if left else "")


def count_text(count: float) -> str:
    """Return a count: whole ones in full, others with four digits."""
    if count == round(count) and abs(count) < 1e15:
        return f"{count:,.0f}"
    return value_text(count)
