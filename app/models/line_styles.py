"""How lines are drawn, as far as the user chose it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Dash: TypeAlias = Literal["solid", "dash", "dot", "dashdot"]
Marker: TypeAlias = Literal["auto", "none", "always"]
Interpolation: TypeAlias = Literal["linear", "step"]
#: hide: what a restarted run wrote again is left out; split: all points, a line per segment;
#: join: all points, one line.
Restarts: TypeAlias = Literal["hide", "split", "join"]


@dataclass(frozen=True, slots=True)
class RunStyle:
    """How the lines of one run differ from the others.

    Attributes
    ----------
    width : float
        Device-independent pixels; 0 for the width of all lines.
    step_offset : int
        Added to the steps on the axis.
    time_offset_s : float
        Added on the time axes.
    """

    width: float = 0.0
    dash: Dash = "solid"
    step_offset: int = 0
    time_offset_s: float = 0.0


def series_key(run_key: str, tag: str) -> str:
    """Return the name of one series of one run in the workspace."""
    return f"{run_key}\0{tag}"
