"""Dashes of lines and shapes of markers, for figures."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from PySide6.QtGui import QColor

from eventglass.widgets.plots.figure_lines import Places
from eventglass.widgets.plots.figure_picture import Area, Box, Dots

#: Lengths on and off, in widths of the line.
DASHES: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        "solid": (),
        "dash": (5.0, 3.0),
        "dot": (1.4, 2.2),
        "dashdot": (5.0, 2.5, 1.4, 2.5),
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
