"""Drawing histograms: from buckets to the still picture, on any thread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtGui import QFont, QImage, QPainter

from eventglass.widgets.plots.histogram_frame import (
    HistogramFrame,
    Shown,
    bin_shown,
    lay_frame,
    paint_frame,
)
from eventglass.widgets.plots.histogram_scene import (
    LOGGED_CELLS,
    MOST_OVERLAID,
    RIDGE_APART,
    Binned,
    HistogramLine,
)
from eventglass.widgets.plots.overlay import ChartColours

#: What is drawn at once, in a few milliseconds: buckets to be brought to bins, vertices, cells.
_FEW_BUCKETS = 3_000
_FEW_VERTICES = 2_500
_FEW_CELLS = 200_000


@dataclass(frozen=True, slots=True, eq=False)
class DrawingJob:
    """What is to be drawn, and where.

    Attributes
    ----------
    binned : Binned or None
        The bins, where they are known from before.
    width, height : int
        Device-independent pixels.
    font : QFont
        Of the labels.
    ratio : float
        Device pixels per device-independent one.
    """

    shown: Shown
    binned: Binned | None
    width: int
    height: int
    font: QFont
    colours: ChartColours
    ratio: float

    def is_quick(self) -> bool:
        """Whether it takes a few milliseconds at most."""
        lines, look = self.shown.lines, self.shown.look
        stacks = [line.stack for line in lines]
        if self.binned is None and sum(len(stack.left) for stack in stacks) > _FEW_BUCKETS:
            return False
        if look.mode == "step":
            if look.bins:
                return True
            largest = (int(np.diff(stack.offsets).max(initial=0)) for stack in stacks)
            return sum(largest) <= _FEW_BUCKETS
        cells = look.bins or 2 * LOGGED_CELLS
        if look.mode == "heat":
            return len(stacks[0]) * cells <= _FEW_CELLS
        if look.mode == "ridge":
            return min(len(stacks[0]), int(self.height / RIDGE_APART)) * cells <= _FEW_VERTICES
        # Lines that cross the whole plot cost more.
        return 2 * min(len(stacks[0]), MOST_OVERLAID) * cells <= _FEW_VERTICES


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """What was drawn: where everything is, and its picture."""

    frame: HistogramFrame
    picture: QImage


def draw(job: DrawingJob) -> Drawn:
    """Bring what is shown to bins where it is not yet, lay it out and paint it."""
    binned = job.binned or bin_shown(job.shown)
    frame = lay_frame(job.shown, binned, job.width, job.height, job.font)
    width, height = max(round(job.width * job.ratio), 1), max(round(job.height * job.ratio), 1)
    picture = QImage(width, height, QImage.Format.Format_RGB32)
    picture.setDevicePixelRatio(job.ratio)
    picture.fill(job.colours.surface)
    with QPainter(picture) as painter:
        paint_frame(painter, frame, job.colours, job.font, job.width, job.ratio)
    return Drawn(frame, picture)


def series_of(lines: tuple[HistogramLine, ...]) -> list[int]:
    """Return the ids of the series of some lines."""
    return [line.series_id for line in lines]


def same_stacks(some: tuple[HistogramLine, ...], others: tuple[HistogramLine, ...]) -> bool:
    """Return whether lines have the same histograms, whatever their names and colours."""
    return len(some) == len(others) and all(
        one.stack is other.stack for one, other in zip(some, others, strict=True)
    )
