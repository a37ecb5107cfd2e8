"""Entries of series that are no scalars: which are shown, and which stands for a step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from eventglass.app.core.columns import is_restarted
from eventglass.app.core.compute.ranges import visible_pieces

if TYPE_CHECKING:
    from eventglass.app.core.store import Series
    from eventglass.app.models.line_styles import Restarts


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """The entries of a series that are shown, in the order they were written.

    Attributes
    ----------
    indices : (m,) int64
        Of the entries in the series, as `PayloadCache.read` takes them.
    steps : (m,) int64
    wall_times : (m,) float64, seconds since 1970 UTC
    count : int
        Number of entries in the series, those not shown included.
    """

    indices: npt.NDArray[np.int64]
    steps: npt.NDArray[np.int64]
    wall_times: npt.NDArray[np.float64]
    count: int

    def __len__(self) -> int:
        return len(self.indices)

    def nearest(self, step: int | None) -> int:
        """Place of the entry whose step is nearest, of equals the last written; -1 without any.

        None stands for the last one.
        """
        if not len(self.steps):
            return -1
        if step is None:
            return len(self.steps) - 1
        # As floats first: differences of int64 can overflow; then exactly, among those near.
        away = np.abs(self.steps.astype(np.float64) - float(step))
        blur = 4.0 * float(np.spacing(max(np.abs(away).max(), abs(float(step)))))
        near = np.flatnonzero(away <= away.min() + blur)
        exact = [abs(int(self.steps[i]) - step) for i in near.tolist()]
        least = min(exact)
        return int(
            max(i for i, distance in zip(near.tolist(), exact, strict=True) if distance == least)
        )


def entries_of(series: Series, restarts: Restarts = "hide") -> Entries:
    """Return the entries of a series that are shown.

    What a restarted run wrote again is left out where `restarts` is "hide".
    """
    snapshot = series.entries()
    count = len(snapshot.steps)
    indices = np.arange(count, dtype=np.int64)
    if restarts == "hide" and is_restarted(snapshot.steps, snapshot.wall_times, snapshot.segments):
        pieces, _joined = visible_pieces(snapshot.steps, snapshot.segments, False)
        indices = np.concatenate([np.arange(start, stop) for start, stop in pieces.tolist()])
    return Entries(indices, snapshot.steps[indices], snapshot.wall_times[indices], count)
