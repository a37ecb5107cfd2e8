"""Column buffers: append-only arrays that grow, and the segments of a series.

A *segment* is a stretch of a series in which the step never goes back. A restart of the training
(the step goes back, or the writer says so in a session log) begins a new one.

One thread appends; any thread may read. What is published is one tuple, swapped in one step: an
array once published keeps its first ``count`` items for ever, growth makes new arrays.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
#: Room made for what is expected is at most so many times what is there.
_MOST_AHEAD = 200
_NOWHERE: npt.NDArray[np.int64] = np.empty(0, np.int64)
_ONE_SEGMENT: npt.NDArray[np.int64] = np.zeros(1, np.int64)
_ONE_SEGMENT.flags.writeable = False


def grown(column: Array, count: int, extra: int, ahead: float = 0.0) -> Array:
    """`column` itself, or a longer copy of its first `count` items with room for `extra` more.

    ``ahead`` says how many times `extra` are still expected, so that a file that is read from end
    to end is copied hardly at all. In any case room grows by a share of what is there: appending
    costs a constant per item. Room not yet written to is address space, not memory.
    """
    needed = count + extra
    if needed <= len(column):
        return column
    # A little more than expected: missing it by one would mean to copy all.
    expected = int(min(1.03 * extra * ahead, _MOST_AHEAD * needed))
    room = max(needed + expected, needed + needed // 2 if count else needed)
    longer = np.empty(room, column.dtype)
    longer[:count] = column[:count]
    return longer


class SegmentList:
    """Start indices of the segments of one series, found while points are appended."""

    __slots__ = ("_count", "_last_step", "_pending", "_starts")

    def __init__(self) -> None:
        self._starts = _ONE_SEGMENT
        self._count = 0
        self._last_step = np.int64(0)
        self._pending = False

    def mark_restart(self) -> None:
        """Begin a new segment at the next point, whatever its step."""
        self._pending = self._count > 0

    def extend(self, steps: npt.NDArray[np.int64], offset: int) -> None:
        """Account for `steps` (n,) int64 appended at index `offset`; n > 0."""
        first = self._count == 0 or self._pending or steps[0] < self._last_step
        self._pending = False
        self._last_step = steps[-1]
        back = _NOWHERE
        if len(steps) > 1:
            falls = steps[1:] < steps[:-1]
            # Nearly always there is nothing to find, and looking costs most of it.
            if falls.any():
                back = np.flatnonzero(falls) + (offset + 1)
        extra = len(back) + first
        if not extra:
            return
        if offset == 0 and extra == 1:
            # Nearly all series have one segment, and share its list.
            self._count = 1
            return
        starts = grown(self._starts, self._count, extra)
        if first:
            starts[self._count] = offset
        starts[self._count + first : self._count + extra] = back
        self._starts = starts
        self._count += extra

    def view(self) -> npt.NDArray[np.int64]:
        """(m,) int64, read-only; the first is 0."""
        if self._starts is _ONE_SEGMENT:
            return _ONE_SEGMENT if self._count else _NOWHERE
        view = self._starts[: self._count]
        view.flags.writeable = False
        return view


def is_restarted(
    steps: npt.NDArray[np.int64],
    wall_times: npt.NDArray[np.float64],
    segments: npt.NDArray[np.int64],
) -> bool:
    """Whether the segments are restarts, each of which wrote the points from its first step again.

    They are not where the step goes back at more than every fourth point (steps logged out of
    order), or where a segment begins before the one ahead of it has ended (two writers in one
    directory): there every point stands for itself and none is superseded.

    Parameters
    ----------
    steps : (n,) int64; wall_times : (n,) float64 seconds; segments : (m,) int64 start indices
    """
    m = len(segments)
    n = len(steps)
    if m < 2 or 4 * (m - 1) > n:
        return False
    stops = segments[1:]
    # NaN compares false: without a clock the order of the file decides.
    return not bool(np.any(wall_times[stops] < wall_times[stops - 1]))
