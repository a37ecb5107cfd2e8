"""Vertical annotations of a chart: notes of the user and events, as flags on thin lines."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor


@dataclass(frozen=True, slots=True)
class ChartNote:
    """One vertical line with a flag.

    Attributes
    ----------
    x : float
        On the chart's axis: steps or seconds, as its kind of x has it.
    text : str
    colour : QColor
    is_event : bool
        Told by the log, not by the user: drawn quieter.
    """

    x: float
    text: str
    colour: QColor
    is_event: bool = False
