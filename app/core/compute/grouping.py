"""Grouping: many runs' series of a tag become one line and a band around it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from eventglass.app.core.compute.joins import last_written

Centre = Literal["mean", "median"]
Band = Literal["std", "sem", "minmax", "ci95", "none"]
Align = Literal["exact", "interpolate"]


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """One series of a group, without superseded points.

    steps : (n,) int64, rising or repeating; wall_times : (n,) float64 seconds;
    values : (n,) float64.
    """

    steps: npt.NDArray[np.int64]
    wall_times: npt.NDArray[np.float64]
    values: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class GroupLine:
    """The line of a group and its band.

    Attributes
    ----------
    steps : (n,) int64, rising
    wall_times : (n,) float64, seconds: mean of the members'
    values, lows, highs : (n,) float64
        NaN where no member has a finite value; `lows` and `highs` equal `values` without a band.
    counts : (n,) int64
        How many members have a finite value there.
    """

    steps: npt.NDArray[np.int64]
    wall_times: npt.NDArray[np.float64]
    values: npt.NDArray[np.float64]
    lows: npt.NDArray[np.float64]
    highs: npt.NDArray[np.float64]
    counts: npt.NDArray[np.int64]


def group_lines(
    members: Sequence[Member],
    *,
    centre: Centre = "mean",
    band: Band = "std",
    align: Align = "exact",
    cancelled: Callable[[], bool] | None = None,
) -> GroupLine:
    """Return the line of a group."""
    cleaned = []
    for m in members:
        chosen = last_written(m.steps)
        cleaned.append(
            m if chosen is None else Member(m.steps[chosen], m.wall_times[chosen], m.values[chosen])
        )
    steps = np.unique(np.concatenate([m.steps for m in cleaned] or [np.empty(0, np.int64)]))
    table = np.full((len(cleaned), len(steps)), np.nan)
    walls = np.full((len(cleaned), len(steps)), np.nan)
    for row, m in enumerate(cleaned):
        at = np.searchsorted(steps, m.steps)
        table[row, at], walls[row, at] = m.values, m.wall_times
    with np.errstate(all="ignore"):
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            values = np.nanmean(table, 0) if centre == "mean" else np.nanmedian(table, 0)
            width = np.nanstd(table, 0)
            wall = np.nanmean(walls, 0)
    counts = np.isfinite(table).sum(0)
    return GroupLine(steps, wall, values, values - width, values + width, counts)
