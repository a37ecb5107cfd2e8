"""Dashes of lines and shapes of markers, for figures."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from PySide6.QtGui import QColor

from eventglass.widgets.plots.curve_layer import DASHES as SCREEN_DASHES
from eventglass.widgets.plots.figure_lines import Places
from eventglass.widgets.plots.figure_picture import Area, Box, Dots

#: Lengths on and off, in widths of the line: those of the screen at the usual width.
DASHES: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        "solid": (),
        **{name: tuple(part / 1.5 for part in parts) for name, parts in SCREEN_DASHES.items()},
    }
)

_T = 0.3
#: Outlines about (0, 0) that look as large as a circle of radius 1.
_OUTLINES: Mapping[str, tuple[tuple[float, float], ...]] = MappingProxyType(
    {
        "square": ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
        "diamond": ((0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)),
        "triangle": ((0.0, -1.2), (1.15, 0.85), (-1.15, 0.85)),
        "cross": (
            *((-_T, -1.2), (_T, -1.2), (_T, -_T), (1.2, -_T), (1.2, _T), (_T, _T)),
            *((_T, 1.2), (-_T, 1.2), (-_T, _T), (-1.2, _T), (-1.2, -_T), (-_T, -_T)),
        ),
    }
)


def shapes(
    shape: str, places: Places, radius: float, colour: QColor, clip: Box
) -> list[Dots | Area]:
    """Return markers of a shape at `places`, (k, 2) float64."""
    outline = _OUTLINES.get(shape)
    if outline is None:
        return [Dots(places, radius, colour, clip)]
    corners = np.array(outline) * radius
    return [Area(tuple(corners + place for place in places), colour, clip)]
