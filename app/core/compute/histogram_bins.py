"""Display bins: histograms whose buckets differ from step to step, over bins that are the same.

As TensorBoard does: equal bins over the range of all histograms shown, each bucket's count spread
over them by how much of the bucket lies in each, and what has no width goes to the bin it lies in.
A bin holds its lower edge; the last one both.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from eventglass.app.core.compute.histogram_stacks import HistogramStack

Floats = npt.NDArray[np.float64]

#: Bins TensorBoard displays.
USUAL_BINS = 30
#: Pairs of bucket and bin worked on at a time; bounds the memory.
_AT_ONCE = 1_000_000


def full_range(stacks: Sequence[HistogramStack]) -> tuple[float, float] | None:
    """Return the least and the greatest edge of all buckets; None without any bucket."""
    filled = [stack for stack in stacks if len(stack.left)]
    if not filled:
        return None
    return (
        min(float(stack.left.min()) for stack in filled),
        max(float(stack.right.max()) for stack in filled),
    )


def robust_range(stacks: Sequence[HistogramStack], share: float) -> tuple[float, float] | None:
    """Return the range that leaves out `share` of all values at each end; see `robust_ranges`."""
    return robust_ranges(stacks, (share,))[0]


def robust_ranges(
    stacks: Sequence[HistogramStack], shares: Sequence[float]
) -> list[tuple[float, float] | None]:
    """Return the ranges that leave out these shares of all values at each end.

    Every histogram counts alike, however many values it holds, so that one step with a far outlier
    is one step of many. The values of a bucket count as spread evenly inside it. None without any
    bucket.
    """
    whole = full_range(stacks)
    if whole is None:
        return [None] * len(shares)
    weights = []
    for stack in stacks:
        totals = np.repeat(stack.totals(), np.diff(stack.offsets))
        # Divided, not multiplied: one over the least of totals would be no number.
        weights.append(stack.count / np.where(totals > 0.0, totals, 1.0))
    weight = np.concatenate(weights)
    some = weight > 0.0
    if not some.any():
        return [whole] * len(shares)
    left = np.concatenate([stack.left for stack in stacks])[some]
    right = np.concatenate([stack.right for stack in stacks])[some]
    mass = _Mass(left, right, weight[some])
    made: list[tuple[float, float] | None] = []
    for share in shares:
        low, high = (mass.below(part) for part in (share, 1.0 - share))
        made.append((low, high) if share > 0.0 and low <= high else whole)
    return made


class _Mass:
    """The values of many buckets, to find below which value a share of them lies."""

    def __init__(self, left: Floats, right: Floats, weight: Floats) -> None:
        self._left, self._right, self._weight = left, right, weight
        by_left, by_right = np.argsort(left), np.argsort(right)
        self._total = float(weight.sum())
        self._lefts, self._begun = left[by_left], np.cumsum(weight[by_left])
        self._rights, self._ended = right[by_right], np.cumsum(weight[by_right])

    def below(self, share: float) -> float:
        wanted = share * self._total
        last = len(self._lefts) - 1
        # No more lies below x than what begins below it, no less than what ends below it.
        low = float(self._lefts[min(int(np.searchsorted(self._begun, wanted)), last)])
        high = float(self._rights[min(int(np.searchsorted(self._ended, wanted)), last)])
        ended = int(np.searchsorted(self._rights, low, side="left"))
        wanted -= float(self._ended[ended - 1]) if ended else 0.0
        near = (self._left <= high) & (self._right >= low)
        left, weight = self._left[near], self._weight[near]
        width = self._right[near] - left
        for _ in range(60):
            if high - low <= 1e-9 * max(abs(low), abs(high)):
                break
            middle = low + (high - low) / 2.0
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                inside = np.where(width > 0.0, (middle - left) / width, left <= middle)
            if float((weight * np.clip(inside, 0.0, 1.0)).sum()) < wanted:
                low = middle
            else:
                high = middle
        return low


def widened(low: float, high: float) -> tuple[float, float]:
    """Return a range with some width, as TensorBoard makes it of one that has none."""
    if high > low:
        return low, high
    if low < 0.0:
        # There the two ends change places below zero.
        return low * 1.1 - 1.0, low / 1.1 + 1.0
    return low / 1.1 - 1.0, low * 1.1 + 1.0


def bin_edges(low: float, high: float, bins: int) -> Floats:
    """Return the edges of equal bins: (bins + 1,) float64."""
    edges = low + np.arange(bins + 1, dtype=np.float64) * ((high - low) / bins)
    edges[-1] = high
    return edges


def bin_counts(stack: HistogramStack, edges: Floats) -> Floats:
    """Return how many values of each histogram lie in each bin.

    Parameters
    ----------
    edges : (n + 1,) float64
        Rising. What lies outside counts nowhere.

    Returns
    -------
    (m, n) float64
    """
    bins = len(edges) - 1
    made = np.zeros(len(stack) * bins)
    rows = stack.rows
    for part in _parts(stack, edges, bins):
        left, right, count = stack.left[part], stack.right[part], stack.count[part]
        base = rows[part] * bins
        touches = (count > 0.0) & (right >= edges[0]) & (left <= edges[-1])
        is_point = touches & (right <= left)
        at = np.minimum(np.searchsorted(edges, left[is_point], side="right") - 1, bins - 1)
        np.add.at(made, base[is_point] + at, count[is_point])
        wide = np.flatnonzero(touches & (right > left))
        left, right, base = left[wide], right[wide], base[wide]
        width, count = right - left, count[wide]
        first = np.clip(np.searchsorted(edges, left, side="right") - 1, 0, bins - 1)
        last = np.clip(np.searchsorted(edges, right, side="left") - 1, first, bins - 1)
        bucket, place = _runs(first, last + 1)
        overlap = np.minimum(right[bucket], edges[place + 1])
        overlap -= np.maximum(left[bucket], edges[place])
        whole = (left >= edges[first]) & (right <= edges[first + 1])
        share = count[bucket] * (np.maximum(overlap, 0.0) / width[bucket])
        # A bucket inside one bin gives it its count, to the last bit.
        alone = whole[bucket]
        share[alone] = count[bucket[alone]]
        made += np.bincount(base[bucket] + place, share, minlength=len(made))
    return made.reshape(len(stack), bins)


def logged_counts(stack: HistogramStack, edges: Floats) -> Floats:
    """Return the buckets as logged, looked at in every cell: the count of the one that is there.

    A cell with several buckets shows the greatest count.

    Returns
    -------
    (m, n) float64
    """
    cells = len(edges) - 1
    made = np.zeros(len(stack) * cells)
    rows = stack.rows
    for part in _parts(stack, edges, cells):
        left, right, count = stack.left[part], stack.right[part], stack.count[part]
        touches = (count > 0.0) & (right >= edges[0]) & (left <= edges[-1])
        left, right, count = left[touches], right[touches], count[touches]
        base = rows[part][touches] * cells
        # A bucket has the cells whose middle lies in it, and at least the one it begins in.
        middles = (edges[1:] + edges[:-1]) / 2.0
        first = np.searchsorted(middles, left, side="left")
        last = np.searchsorted(middles, right, side="left")
        none = last <= first
        at = np.clip(np.searchsorted(edges, left[none], side="right") - 1, 0, cells - 1)
        first[none], last[none] = at, at + 1
        bucket, place = _runs(first, last)
        np.maximum.at(made, base[bucket] + place, count[bucket])
    return made.reshape(len(stack), cells)


def _parts(stack: HistogramStack, edges: Floats, bins: int) -> list[slice]:
    """Parts of the buckets that cover about `_AT_ONCE` bins together."""
    total = len(stack.left)
    if not total or bins < 1:
        return []
    width = (edges[-1] - edges[0]) / bins
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        covered = (np.minimum(stack.right, edges[-1]) - np.maximum(stack.left, edges[0])) / width
    cells = np.cumsum(np.clip(np.nan_to_num(covered, nan=0.0), 0.0, bins) + 2.0)
    count = max(1, math.ceil(float(cells[-1]) / _AT_ONCE))
    cuts = np.searchsorted(cells, np.arange(1, count) * (float(cells[-1]) / count)).tolist()
    edges_of = [0, *cuts, total]
    return [slice(a, b) for a, b in pairwise(edges_of) if b > a]


def _runs(
    first: npt.NDArray[np.int64], stop: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return all numbers of the ranges [first, stop) in a row, and the range each belongs to."""
    lengths = stop - first
    which = np.repeat(np.arange(len(first)), lengths)
    begins = np.cumsum(lengths) - lengths
    return which, np.arange(len(which)) - begins[which] + first[which]
