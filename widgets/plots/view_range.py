"""The range a chart shows: automatic, fixed, shared or chosen; and what moving makes of a range.

From the weakest to the strongest: the *automatic* range covers the data; a *window* narrows x, and
the automatic y follows it; a *shared* range of y comes from the view; *fixed* ends were typed by
the user; a *chosen* range is where the user zoomed to.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from eventglass.app.core.compute import ranges
from eventglass.app.core.compute.pyramid import Pyramid
from eventglass.app.core.compute.scales import LINEAR, Scale, Scales, symlog_constant
from eventglass.widgets.plots.curve_axis import CurveAxis, positive_part
from eventglass.widgets.plots.curve_data import CurveData, ScaleKind, Side, ViewRange, XKind
from eventglass.widgets.plots.curve_layer import CurveLayer

#: A range whose ends may be automatic.
Ends: TypeAlias = tuple[float | None, float | None]
#: Ranges are held to this, so that their width is still a number.
_FARTHEST = 1e300
#: Values that a symmetric scale is chosen by.
_SYMLOG_SAMPLE = 400_000
_Line: TypeAlias = tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], Pyramid | None]


class ChartRange:
    """Finds the range of a chart's curves; remembers the costly parts.

    Call `forget` after the curves, or any of the attributes but `chosen`, changed. Of very many
    curves finding takes long: `copy`, `work_out` on another thread, `adopt`.
    """

    def __init__(self, layer: CurveLayer) -> None:
        self._layer = layer
        self._curves: Sequence[CurveData] = ()
        self.x_kind: XKind = "step"
        self.x_scale: ScaleKind = "linear"
        self.y_scale: ScaleKind = "linear"
        self.ignore_outliers = True
        self.chosen: ViewRange | None = None
        self.window: tuple[float, float] | None = None
        self.shared: tuple[float, float] | None = None
        self.fixed: dict[str, Ends] = {}
        self._scales: Scales | None = None
        self._full: ViewRange | None = None
        self._windowed: ViewRange | None = None
        self._left_out: int | None = None
        self._found: dict[object, tuple[float, float] | None] = {}
        #: Counts how often everything was forgotten.
        self.turn = 0
        #: The range and its scales that were known last.
        self._before: tuple[ViewRange, Scales] | None = None

    @property
    def curves(self) -> Sequence[CurveData]:
        """The curves whose range is found."""
        return self._curves

    @curves.setter
    def curves(self, curves: Sequence[CurveData]) -> None:
        self._curves = curves
        self._found = {}

    def forget(self) -> None:
        """Find everything anew when asked next."""
        if self.is_known():
            self._before = self.now(), self.scales()
        self._scales = self._full = self._windowed = self._left_out = None
        self.turn += 1

    def forget_before(self) -> None:
        """Find everything anew; what was known means nothing any more."""
        self.forget()
        self._before = None

    def before(self) -> tuple[ViewRange, Scales] | None:
        """Return the range to show until the one wanted has been found, and its scales."""
        if self._before is None:
            return None
        view, scales = self._before
        if self.chosen is not None:
            view = replace(self.chosen, y20=view.y20, y21=view.y21)
        elif self.window is not None:
            view = replace(view, x0=self.window[0], x1=self.window[1])
        return sane(view, self.x_kind, scales), scales

    def is_known(self) -> bool:
        """Return whether all that painting asks for has been found."""
        return (
            self._full is not None
            and self._left_out is not None
            and (self.window is None or self._windowed is not None)
        )

    def copy(self) -> ChartRange:
        """Return one of the same curves and choices, for another thread to `work_out`."""
        made = copy.copy(self)
        made.fixed, made._found = dict(self.fixed), dict(self._found)
        return made

    def work_out(self) -> None:
        """Find all that painting asks for."""
        self.full()
        if self.window is not None and self._windowed is None:
            self._windowed = self._find(self.window)
        self.left_out()

    def adopt(self, other: ChartRange) -> bool:
        """Take over what a copy found; False where something was forgotten since."""
        if other.turn != self.turn:
            return False
        self._scales, self._full = other._scales, other._full
        self._windowed, self._left_out = other._windowed, other._left_out
        self._found = other._found
        return True

    def now(self) -> ViewRange:
        """Return the range shown."""
        if self.chosen is not None:
            return self._with_right_axis(self.chosen)
        if self.window is None:
            return self.full()
        if self._windowed is None:
            self._windowed = self._find(self.window)
        return self._windowed

    def _with_right_axis(self, view: ViewRange) -> ViewRange:
        """Return a view with a right axis exactly when curves belong to one."""
        if not self.curves or (view.y20 is not None) == self.has("right"):
            return view
        full = self.full()
        return replace(view, y20=full.y20, y21=full.y21)

    def full(self) -> ViewRange:
        """Return the range without window and choice: everything in x, or what was typed."""
        if self._full is None:
            self._full = self._find(None)
        return self._full

    def scales(self) -> Scales:
        """Return the scales, with constants that suit all the data."""
        if self._scales is None:
            self._scales = Scales(self._x_scale(), self._y_scale("left"), self._y_scale("right"))
        return self._scales

    def has(self, axis: Side) -> bool:
        """Return whether a curve belongs to that vertical axis."""
        return any(curve.axis == axis for curve in self.curves)

    def left_out(self) -> int:
        """Return how many points a logarithmic x axis has no place for."""
        if self._left_out is None:
            self._left_out = 0
            if self.scales().x.kind == "log":
                self._left_out = sum(map(self._not_positive, self.curves))
        return self._left_out

    def _not_positive(self, curve: CurveData) -> int:
        where = self._layer.axis_of(curve, self.x_kind)
        count = 0
        for row, (start, stop) in enumerate(where.pieces.tolist()):
            falling = where.falling is not None and bool(where.falling[row])
            if where.is_sorted:
                first, last = positive_part(where.x, start, stop, where.left, falling)
                count += (stop - start) - (last - first)
        return count

    def extent(self, x0: float, x1: float, axis: Side = "left") -> tuple[float, float] | None:
        """Return the values' range between two x, without room around it; None without values."""
        positive = self.y_scale == "log"
        low, high = min(x0, x1), max(x0, x1)
        # All of it has been looked at for the automatic range.
        full = self.full()
        whole = low <= full.x0 and full.x1 <= high
        whole = whole and "x" not in self.fixed and self.scales().x.kind != "log"
        return self._values(axis, None if whole else (low, high), positive)

    def sane(self, view: ViewRange) -> ViewRange:
        """Return a view made fit to draw; the full range when it is not finite."""
        return sane(view, self.x_kind, self.scales()) if is_finite(view) else self.full()

    def _x_scale(self) -> Scale:
        # A moment has no logarithm worth showing.
        if self.x_scale == "linear" or self.x_kind == "wall":
            return LINEAR
        if self.x_scale == "log" or self.x_kind != "tag":
            return Scale(self.x_scale)
        return Scale("symlog", symlog_constant(c.xs for c in self.curves if c.xs is not None))

    def _y_scale(self, axis: Side) -> Scale:
        if self.y_scale != "symlog":
            return Scale(self.y_scale)
        parts = [
            curve.front[start:stop]
            for curve in self.curves
            if curve.axis == axis
            for start, stop in curve.pieces.tolist()
        ]
        # Of very many lines every k-th value says as much.
        stride = max(1, sum(map(len, parts)) // _SYMLOG_SAMPLE)
        return Scale("symlog", symlog_constant(part[::stride] for part in parts))

    def _find(self, window: tuple[float, float] | None) -> ViewRange:
        low, high = self.fixed.get("x", (None, None))
        x0, x1 = self._x_range()
        if window is None:
            x0, x1 = _with_ends(x0, x1, (low, high))
            if low is not None or high is not None:
                window = (x0, x1)
        else:
            x0, x1 = window
        y0, y1 = self._y_range("left", window, self.fixed.get("y", (None, None)))
        view = ViewRange(x0, x1, y0, y1)
        if self.has("right"):
            y20, y21 = self._y_range("right", window, self.fixed.get("right", (None, None)))
            view = replace(view, y20=y20, y21=y21)
        return sane(view, self.x_kind, self.scales())

    def _x_range(self) -> tuple[float, float]:
        x0, x1 = math.inf, -math.inf
        positive = self.scales().x.kind == "log"
        for curve in self.curves:
            where = self._layer.axis_of(curve, self.x_kind)
            if not len(where.pieces):
                continue
            if where.is_sorted and not positive:
                if where.falling is None:
                    low, high = ranges.x_range(where.x, where.pieces)
                else:
                    ends = where.x[np.concatenate([where.pieces[:, 0], where.pieces[:, 1] - 1])]
                    low, high = float(ends.min()), float(ends.max())
                x0, x1 = min(x0, low - where.left), max(x1, high - where.left)
            else:
                for row, (start, stop) in enumerate(where.pieces.tolist()):
                    low, high = _part_range(where, row, start, stop, positive)
                    x0, x1 = min(x0, low), max(x1, high)
        if x0 > x1:
            return (1.0, 10.0) if positive else (0.0, 1.0)
        if x0 == x1:
            return (x0 / 2.0, x1 * 2.0) if positive else (x0 - 0.5, x1 + 0.5)
        return x0, x1

    def _y_range(
        self, axis: Side, window: tuple[float, float] | None, fixed: Ends
    ) -> tuple[float, float]:
        scale = self.scales().of(axis)
        positive = scale.kind == "log"
        shared = self.shared if axis == "left" else None
        found = shared if shared is not None else self._values(axis, window, positive)
        if found is None and window is not None:
            found = self._values(axis, None, positive)
        if found is None:
            made = (0.1, 1.0) if positive else (0.0, 1.0)
        elif scale.kind == "symlog":
            made = _padded_symlog(*found, scale)
        else:
            made = ranges.padded(*found, log=positive)
        return _with_ends(*made, fixed)

    def _values(
        self, axis: Side, window: tuple[float, float] | None, positive: bool
    ) -> tuple[float, float] | None:
        # Which points have an x, and so a value in sight, depends on its kind.
        key = (axis, positive, self.ignore_outliers, self.x_kind, window)
        if key not in self._found:
            lines: list[_Line] = []
            for curve in self.curves:
                if curve.axis == axis:
                    lines.extend(self._lines(curve, window))
            find = ranges.fair_range if self.ignore_outliers else ranges.value_range
            if len(self._found) > 8:
                self._found.clear()
            self._found[key] = find(lines, positive=positive)
        return self._found[key]

    def _lines(self, curve: CurveData, window: tuple[float, float] | None) -> list[_Line]:
        where = self._layer.axis_of(curve, self.x_kind)
        if not len(where.pieces):
            return []
        pieces = curve.pieces if where.index is None and where.falling is None else where.pieces
        if window is not None and where.is_sorted:
            pieces = _cut(where, *window)
        drawn = [(curve.front, curve.front_pyramid)]
        if not self.ignore_outliers and curve.smoothed is not None and curve.show_raw:
            drawn.append((curve.values, curve.pyramid))
        if curve.band is not None:
            drawn.append((curve.band.lows, curve.band.low_pyramid))
            drawn.append((curve.band.highs, curve.band.high_pyramid))
        lines = []
        for values, pyramid in drawn:
            taken, taken_pyramid = where.values(values, pyramid)
            lines.append((taken, pieces, taken_pyramid))
        return lines


def worked_out(found: ChartRange) -> ChartRange:
    """Return a range with all found that painting asks for."""
    found.work_out()
    return found


def _part_range(
    where: CurveAxis, row: int, start: int, stop: int, positive: bool
) -> tuple[float, float]:
    if where.is_sorted and positive:
        falling = where.falling is not None and bool(where.falling[row])
        start, stop = positive_part(where.x, start, stop, where.left, falling)
        if start == stop:
            return math.inf, -math.inf
        ends = (float(where.x[start]) - where.left, float(where.x[stop - 1]) - where.left)
        return min(ends), max(ends)
    part = where.x[start:stop].astype(np.float64) - where.left
    part = part[np.isfinite(part) & (part > 0.0)] if positive else part[np.isfinite(part)]
    return float(part.min(initial=np.inf)), float(part.max(initial=-np.inf))


def _cut(where: CurveAxis, x0: float, x1: float) -> npt.NDArray[np.int64]:
    """Return the parts of the pieces that lie between two x."""
    made = []
    low, high = x0 + where.left, x1 + where.left
    for row, (start, stop) in enumerate(where.pieces.tolist()):
        part = where.x[start:stop]
        if where.falling is not None and where.falling[row]:
            first, after = _between(part[::-1], low, high)
            first, after = len(part) - after, len(part) - first
        else:
            first, after = _between(part, low, high)
        if after > first:
            made.append((start + first, start + after))
    return np.array(made, np.int64).reshape(-1, 2)


def _between(
    x: npt.NDArray[np.int64] | npt.NDArray[np.float64], low: float, high: float
) -> tuple[int, int]:
    """Return the index range of sorted x within [low, high]."""
    # The keys must be of the array's type: numpy would convert the whole array otherwise.
    if x.dtype == np.int64:
        low, high = (min(max(edge, -9.2e18), 9.2e18) for edge in (low, high))
        keys = np.array([math.ceil(low), math.floor(high)], np.int64)
    else:
        keys = np.array([low, high])
    return int(np.searchsorted(x, keys[0], "left")), int(np.searchsorted(x, keys[1], "right"))


def _with_ends(low: float, high: float, ends: Ends) -> tuple[float, float]:
    """Return the range with the ends that were typed; the other end gives way where it must."""
    first, last = ends
    made_low = low if first is None else first
    made_high = high if last is None else last
    if made_low < made_high:
        return made_low, made_high
    room = max(high - low, abs(made_low), abs(made_high), 1e-9) * 0.1
    if last is None:
        return made_low, made_low + room
    if first is None:
        return made_high - room, made_high
    return made_high, made_low


def _padded_symlog(low: float, high: float, scale: Scale) -> tuple[float, float]:
    """Return the range with room around it, none across zero."""
    if low == high:
        return ranges.padded(low, high)
    first, last = scale.drawn(low), scale.drawn(high)
    room = (last - first) * ranges.PADDING
    made_low, made_high = scale.value(first - room), scale.value(last + room)
    return (
        0.0 if made_low < 0.0 <= low else made_low,
        0.0 if made_high > 0.0 >= high else made_high,
    )


def is_finite(view: ViewRange) -> bool:
    """Return whether all edges are numbers."""
    edges = (view.x0, view.x1, view.y0, view.y1, view.y20, view.y21)
    return all(edge is None or math.isfinite(edge) for edge in edges)


def sane(view: ViewRange, x_kind: XKind, scales: Scales) -> ViewRange:
    """Return a finite range made fit to draw: ordered, and wide enough to be divided."""
    least = {"step": 1e-3, "tag": 1e-290}.get(x_kind, 1e-9)
    x0, x1 = _fit(view.x0, view.x1, scales.x, least)
    y0, y1 = _fit(view.y0, view.y1, scales.y, 1e-290)
    made = ViewRange(x0, x1, y0, y1)
    if view.y20 is not None and view.y21 is not None:
        y20, y21 = _fit(view.y20, view.y21, scales.right, 1e-290)
        made = replace(made, y20=y20, y21=y21)
    return made


def _fit(low: float, high: float, scale: Scale, least: float) -> tuple[float, float]:
    low, high = min(low, high), max(low, high)
    if scale.kind == "log":
        high = max(min(high, _FARTHEST), 1e-290)
        return min(max(low, 1e-300), high / (1.0 + 1e-9)), high
    if scale.kind == "symlog":
        least = max(least, scale.constant * 1e-9)
    return _apart(low, high, least)


def _apart(low: float, high: float, least: float) -> tuple[float, float]:
    """Return a range held to what can be computed with, and wide enough to be divided."""
    low, high = max(low, -_FARTHEST), min(high, _FARTHEST)
    least = max(least, max(abs(low), abs(high)) * 1e-12)
    if high - low >= least:
        return low, high
    middle = low + (high - low) / 2
    return middle - least / 2, middle + least / 2


def shifted(view: ViewRange, across: float, down: float, scales: Scales, side: str) -> ViewRange:
    """Return the range moved by shares of its width and height, contents right and down.

    `side` names the vertical axis that moves: "left", "right" or "both".
    """

    def moved(low: float, high: float, scale: Scale, share: float) -> tuple[float, float]:
        if not share:
            return low, high
        first, last = scale.drawn(low), scale.drawn(high)
        away = share * (last - first)
        return scale.value(first + away), scale.value(last + away)

    x0, x1 = moved(view.x0, view.x1, scales.x, -across)
    y0, y1, y20, y21 = view.y0, view.y1, view.y20, view.y21
    if side != "right":
        y0, y1 = moved(y0, y1, scales.y, down)
    if side != "left" and y20 is not None and y21 is not None:
        y20, y21 = moved(y20, y21, scales.right, down)
    return ViewRange(x0, x1, y0, y1, y20, y21)


def zoomed(
    view: ViewRange,
    factor: float,
    across: float | None,
    down: float | None,
    scales: Scales,
    side: str,
) -> ViewRange:
    """Return the range `factor` times as large around a place.

    Parameters
    ----------
    across, down : float or None
        The place that stays, as shares of the width from the left and of the height from below;
        None leaves that direction as it is.
    side : "left", "right" or "both"
        The vertical axis that is zoomed.
    """

    def around(low: float, high: float, scale: Scale, share: float | None) -> tuple[float, float]:
        if share is None:
            return low, high
        first, last = scale.drawn(low), scale.drawn(high)
        fixed = first + share * (last - first)
        return (
            scale.value(fixed + (first - fixed) * factor),
            scale.value(fixed + (last - fixed) * factor),
        )

    x0, x1 = around(view.x0, view.x1, scales.x, across)
    y0, y1, y20, y21 = view.y0, view.y1, view.y20, view.y21
    if side != "right":
        y0, y1 = around(y0, y1, scales.y, down)
    if side != "left" and y20 is not None and y21 is not None:
        y20, y21 = around(y20, y21, scales.right, down)
    return ViewRange(x0, x1, y0, y1, y20, y21)
