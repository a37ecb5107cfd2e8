"""The range a chart shows: the automatic one, and what moving and zooming make of a range."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from eventglass.app.core.compute import ranges
from eventglass.widgets.plots.curve_layer import CurveData, CurveLayer, ViewRange, XKind, log_of

#: Ranges are held to this, so that their width is still a number.
_FARTHEST = 1e300


class AutomaticRange:
    """Finds the range of curves; remembers the costly part, the values' quantiles."""

    def __init__(self, layer: CurveLayer) -> None:
        self._layer = layer
        self._found: tuple[object, tuple[float, float]] | None = None

    def find(
        self, curves: Sequence[CurveData], x_kind: XKind, log_y: bool, ignore_outliers: bool
    ) -> ViewRange:
        """Return the range of everything in x, outliers perhaps left out in y."""
        x0, x1 = math.inf, -math.inf
        lines = []
        for curve in curves:
            where = self._layer.axis_of(curve, x_kind)
            x = where.seconds if len(where.seconds) else where.steps
            if not len(where.pieces):
                continue
            if where.is_sorted:
                low, high = ranges.x_range(x, where.pieces)
            else:
                part = x[int(where.pieces[0][0]) : int(where.pieces[-1][1])]
                part = part[np.isfinite(part)]
                low, high = float(part.min(initial=np.inf)), float(part.max(initial=-np.inf))
            x0, x1 = min(x0, low - where.left), max(x1, high - where.left)
            lines.append((curve.front, curve.pieces, curve.front_pyramid))
            if not ignore_outliers and curve.smoothed is not None and curve.show_raw:
                lines.append((curve.values, curve.pieces, curve.pyramid))
        if x0 > x1:
            x0, x1 = 0.0, 1.0
        elif x0 == x1:
            x0, x1 = x0 - 0.5, x1 + 0.5
        y0, y1 = self._find_y(lines, log_y, ignore_outliers)
        return sane(ViewRange(x0, x1, y0, y1), x_kind, log_y)

    def _find_y(
        self, lines: ranges.Lines, log_y: bool, ignore_outliers: bool
    ) -> tuple[float, float]:
        key = (
            log_y,
            ignore_outliers,
            *((v.ctypes.data, len(v), pieces.tobytes()) for v, pieces, _pyramid in lines),
        )
        if self._found is not None and self._found[0] == key:
            return self._found[1]
        find = ranges.fair_range if ignore_outliers else ranges.value_range
        found = find(lines, positive=log_y)
        if found is None:
            made = (0.1, 1.0) if log_y else (0.0, 1.0)
        else:
            made = ranges.padded(*found, log=log_y)
        self._found = (key, made)
        return made


def is_finite(view: ViewRange) -> bool:
    """Return whether all edges are numbers."""
    return all(math.isfinite(edge) for edge in (view.x0, view.x1, view.y0, view.y1))


def sane(view: ViewRange, x_kind: XKind, log_y: bool) -> ViewRange:
    """Return a finite range made fit to draw: ordered, and wide enough to be divided."""
    x0, x1 = sorted((view.x0, view.x1))
    y0, y1 = sorted((view.y0, view.y1))
    x0, x1 = _apart(x0, x1, 1e-3 if x_kind == "step" else 1e-9)
    if log_y:
        y1 = max(min(y1, _FARTHEST), 1e-290)
        y0 = min(max(y0, 1e-300), y1 / (1.0 + 1e-9))
    else:
        y0, y1 = _apart(y0, y1, 1e-290)
    return ViewRange(x0, x1, y0, y1)


def _apart(low: float, high: float, least: float) -> tuple[float, float]:
    """Return a range held to what can be computed with, and wide enough to be divided."""
    low, high = max(low, -_FARTHEST), min(high, _FARTHEST)
    least = max(least, max(abs(low), abs(high)) * 1e-12)
    if high - low >= least:
        return low, high
    middle = low + (high - low) / 2
    return middle - least / 2, middle + least / 2


def shifted(view: ViewRange, across: float, down: float, log_y: bool) -> ViewRange:
    """Return the range moved by shares of its width and height, contents right and down."""
    x = across * (view.x1 - view.x0)
    if not log_y:
        y = down * (view.y1 - view.y0)
        return ViewRange(view.x0 - x, view.x1 - x, view.y0 + y, view.y1 + y)
    edges = log_of(np.array([view.y0, view.y1]))
    factor = 10.0 ** (down * float(edges[1] - edges[0]))
    return ViewRange(view.x0 - x, view.x1 - x, view.y0 * factor, view.y1 * factor)


def zoomed(
    view: ViewRange, factor: float, x: float | None, y: float | None, log_y: bool
) -> ViewRange:
    """Return the range `factor` times as wide around x, and as high around y, where given."""
    x0, x1, y0, y1 = view.x0, view.x1, view.y0, view.y1
    if x is not None:
        x0, x1 = x + (x0 - x) * factor, x + (x1 - x) * factor
    if y is not None and log_y:
        y0, y1 = y * (y0 / y) ** factor, y * (y1 / y) ** factor
    elif y is not None:
        y0, y1 = y + (y0 - y) * factor, y + (y1 - y) * factor
    return ViewRange(x0, x1, y0, y1)
