"""What a chart draws: curves, the range and scene they are drawn in, and marks beside the lines."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColor

from eventglass.app.core.compute.pyramid import Pyramid
from eventglass.app.core.compute.scales import Scales

XKind: TypeAlias = Literal["step", "relative", "run_relative", "wall", "tag"]
ScaleKind: TypeAlias = Literal["linear", "log", "symlog"]
Side: TypeAlias = Literal["left", "right"]
Dash: TypeAlias = Literal["solid", "dash", "dot", "dashdot"]
MarkerShape: TypeAlias = Literal["circle", "square", "diamond", "triangle", "cross"]


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """A filled band around a line.

    Attributes
    ----------
    lows, highs : (n,) float64
        One per point of the line; NaN where there is no band.
    low_pyramid, high_pyramid : Pyramid of them, or None
    told : bool
        The tooltip says how far it reaches.
    """

    lows: npt.NDArray[np.float64]
    highs: npt.NDArray[np.float64]
    low_pyramid: Pyramid | None = None
    high_pyramid: Pyramid | None = None
    told: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class CurveData:
    """One series as a chart draws it; arrays are read-only snapshots and never copied.

    Attributes
    ----------
    series_id : int
    label : str
        Name of the run, for the tooltip.
    label_is : str
        What the label names, for the tooltip's head.
    colour : QColor
    steps : (n,) int64
    wall_times : (n,) float64, seconds since 1970 UTC
    values : (n,) float64
    pieces : (m, 2) int64
        Index ranges [start, stop) that are shown; steps do not decrease inside one.
    joined : bool
        The line goes on from one piece to the next.
    pyramid : Pyramid of `values`, or None
    smoothed : (k,) float64, k <= n, or None
        Drawn in front of the raw line, which becomes faint.
    smoothed_pyramid : Pyramid of `smoothed`, or None
    show_raw : bool
        Draw the raw line behind the smoothed one.
    width : float
        Device-independent pixels.
    opacity : float, 0 to 1
    run_id : int
        Of the run, -1 for a group of runs.
    tag : str
        Tag of the series, or name of the derived one.
    xs : (n,) float64, or None
        x of every point where x is another tag's value; NaN without a partner.
    origin_s : float
        When the run began, seconds since 1970 UTC, for x since the start of the run.
    x_offset : float
        Added to every x: steps or seconds, as the axis has it.
    axis : the vertical axis the line belongs to
    dash, marker, marker_shape, interpolation
        marker auto: dots where the points stand well apart.
    band : Band or None
    counts : (n,) int64, or None
        Number of runs behind each point of a group's line.
    is_baseline : bool
        Drawn distinct; the tooltip tells the others' differences from it.
    """

    series_id: int
    label: str
    colour: QColor
    steps: npt.NDArray[np.int64]
    wall_times: npt.NDArray[np.float64]
    values: npt.NDArray[np.float64]
    pieces: npt.NDArray[np.int64]
    joined: bool = False
    pyramid: Pyramid | None = None
    smoothed: npt.NDArray[np.float64] | None = None
    smoothed_pyramid: Pyramid | None = None
    show_raw: bool = True
    width: float = 1.5
    opacity: float = 1.0
    run_id: int = -1
    tag: str = ""
    xs: npt.NDArray[np.float64] | None = None
    origin_s: float = math.nan
    x_offset: float = 0.0
    axis: Literal["left", "right"] = "left"
    dash: Literal["solid", "dash", "dot", "dashdot"] = "solid"
    marker: Literal["auto", "none", "always"] = "auto"
    marker_shape: Literal["circle", "square", "diamond", "triangle", "cross"] = "circle"
    interpolation: Literal["linear", "step"] = "linear"
    band: Band | None = None
    is_baseline: bool = False
    label_is: str = "run"
    counts: npt.NDArray[np.int64] | None = None

    @property
    def front(self) -> npt.NDArray[np.float64]:
        """Values of the line in front: smoothed when there is one."""
        return self.values if self.smoothed is None else self.smoothed

    @property
    def front_pyramid(self) -> Pyramid | None:
        """Pyramid of `front`."""
        return self.pyramid if self.smoothed is None else self.smoothed_pyramid


@dataclass(frozen=True, slots=True)
class ViewRange:
    """What a chart shows, in data units: x in steps or seconds, y in values."""

    x0: float
    x1: float
    y0: float
    y1: float
    #: Of the right axis, when there is one.
    y20: float | None = None
    y21: float | None = None

    def y_ends(self, axis: Side) -> tuple[float, float]:
        """Return the ends of a vertical axis; (0, 1) for a right one that is not there."""
        if axis == "left":
            return self.y0, self.y1
        if self.y20 is None or self.y21 is None:
            return 0.0, 1.0
        return self.y20, self.y21


def y_drawn(view: ViewRange, scales: Scales, height: float, axis: Side) -> tuple[float, float]:
    """Return the drawn number at the upper edge of an axis, and pixels per unit of it."""
    scale = scales.of(axis)
    bottom, top = (scale.drawn(end) for end in view.y_ends(axis))
    return top, height / (top - bottom) if top > bottom else 1.0


def x_drawn(view: ViewRange, scales: Scales, width: float) -> tuple[float, float]:
    """Return the drawn number at the left edge, and pixels per unit of it."""
    left, right = scales.x.drawn(view.x0), scales.x.drawn(view.x1)
    return left, width / (right - left) if right > left else 1.0


@dataclass(frozen=True, slots=True)
class Scene:
    """All that decides the pixels of a frame, but for the curves.

    Attributes
    ----------
    view : ViewRange
    x_kind : what x is
    scales : Scales
    width, height : device pixels
    ratio : device pixels per device-independent pixel
    highlight : series_ids of the curves brought forward
    ground : (blue, green, red) of the surface, for the room around a baseline
    """

    view: ViewRange
    x_kind: XKind
    scales: Scales
    width: int
    height: int
    ratio: float
    highlight: frozenset[int] = frozenset()
    ground: tuple[int, int, int] = (255, 255, 255)


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """Points shown by themselves: alone, marked, or not finite.

    Attributes
    ----------
    colour : QColor
    kind : one of spans.DOT, MARK_NAN, MARK_POSITIVE, MARK_NEGATIVE
    places : (k, 2) float64
        Device pixels; y means something for dots only.
    shape : of dots
    """

    colour: QColor
    kind: int
    places: npt.NDArray[np.float64]
    shape: MarkerShape = "circle"
