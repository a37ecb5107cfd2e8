"""What a still picture of a chart is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize
from PySide6.QtGui import QFont

from eventglass.widgets.plots import axis
from eventglass.widgets.plots.curve_data import CurveData, XKind
from eventglass.widgets.plots.overlay import ChartColours


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """All a still picture is made of; `version` is another whenever the curves are."""

    layout: axis.Layout
    curves: Sequence[CurveData]
    version: int
    x_kind: XKind
    colours: ChartColours
    font: QFont
    size: QSize
    ratio: float
    highlight: frozenset[int]
