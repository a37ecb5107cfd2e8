"""Percentiles of histograms, as TensorBoard's server computes them for distributions.

A *basis point* is a hundredth of a percent. The values of a bucket count as spread evenly between
the right edge of the bucket before it and its own right edge; those of the first bucket with any
values begin at the least edge of all.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from eventglass.app.core.compute.histogram_stacks import HistogramStack

#: What the server looks at: the median, and half a standard deviation each of a normal
#: distribution further, to 1.5; the least and the greatest value.
BASIS_POINTS = (0, 668, 1587, 3085, 5000, 6915, 8413, 9332, 10000)
#: Numbers worked on at a time; bounds the memory.
_AT_ONCE = 4_000_000


def percentiles(
    stack: HistogramStack, basis_points: Sequence[int] = BASIS_POINTS
) -> npt.NDArray[np.float64]:
    """Return the values below which these shares of each histogram lie.

    Returns
    -------
    (m, b) float64
        Rising in each row; 0 for a histogram without buckets, as TensorBoard has it.
    """
    made = np.zeros((len(stack), len(basis_points)))
    lengths = np.diff(stack.offsets)
    # Histograms with about as many buckets are worked on together.
    order = np.argsort(lengths, kind="stable")
    order = order[lengths[order] > 0]
    at = 0
    while at < len(order):
        stop = at + 1
        while stop < len(order) and int(lengths[order[stop]]) * (stop + 1 - at) <= _AT_ONCE:
            stop += 1
        rows = order[at:stop]
        made[rows] = _of_rows(stack, rows, int(lengths[rows[-1]]), np.array(basis_points, float))
        at = stop
    return made


def _of_rows(
    stack: HistogramStack,
    rows: npt.NDArray[np.int64],
    width: int,
    wanted: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    starts = stack.offsets[rows]
    lengths = stack.offsets[rows + 1] - starts
    across = np.arange(width)
    # Beyond its end a histogram repeats its last bucket, with no values in it.
    places = starts[:, None] + np.minimum(across, lengths[:, None] - 1)
    counts = np.where(across < lengths[:, None], stack.count[places], 0.0)
    totals = counts.sum(axis=1)
    scale = np.where(totals > 0.0, totals, 1.0)
    # In the server's order: what is rounded otherwise ends in another bucket.
    cumulated = np.cumsum(counts * 10_000.0 / scale[:, None], axis=1)
    # Of buckets that overlap, as far as any has reached.
    right = np.maximum.accumulate(stack.right[places], axis=1)
    least, greatest = stack.left[starts], right[:, -1]
    before = np.concatenate([np.zeros((len(rows), 1)), cumulated[:, :-1]], axis=1)
    made = np.empty((len(rows), len(wanted)))
    lines = np.arange(len(rows))
    filled = cumulated > before
    for number, share in enumerate(wanted.tolist()):
        # The first bucket beyond the share that holds anything.
        beyond = (cumulated > share) & filled
        found = beyond.any(axis=1)
        at = np.argmax(beyond, axis=1)
        low = np.where(
            (at > 0) & (before[lines, at] > 0.0),
            np.maximum(right[lines, np.maximum(at - 1, 0)], least),
            least,
        )
        high = np.minimum(right[lines, at], greatest)
        span = cumulated[lines, at] - before[lines, at]
        # Where nothing was found this is anything.
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            inside = low + (share - before[lines, at]) / span * (high - low)
        made[:, number] = np.where(found, np.minimum(inside, high), greatest)
    return made
