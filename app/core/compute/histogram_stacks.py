"""Stacks of histograms: the buckets of one series at many steps, in flat arrays.

What stands in a log may be anything, so buckets are looked through when they are stacked: those
whose edges are no numbers, run backwards or reach beyond `FARTHEST`, and those whose count is
negative or no number, can't be drawn and are left out; how many is kept. Everything that is
computed of a stack may rely on that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eventglass.app.core.plugins.histograms import Histogram

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Edges beyond this are not drawn: the width of a bucket must be a number.
FARTHEST = 1e300
#: Buckets of a stack: what is brought to bins in a fifth of a second. With more of them,
#: neighbouring ones of a histogram become one.
MOST_BUCKETS = 800_000
#: So many buckets a histogram keeps in any case.
LEAST_BUCKETS = 64


@dataclass(frozen=True, slots=True)
class Row:
    """One histogram as it goes into a stack; see `row_of`.

    Attributes
    ----------
    left, right, count : (k,) float64
    left_out : int
        Buckets that can't be drawn.
    mean, std : float
        Of the values, from the summary's sums; NaN where they are not known.
    overlaps, merged : bool
        Whether buckets lie over each other, and whether neighbours were made one.
    """

    left: Floats
    right: Floats
    count: Floats
    left_out: int = 0
    mean: float = float("nan")
    std: float = float("nan")
    overlaps: bool = False
    merged: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class HistogramStack:
    """The histograms of a series, as far as they are shown, in the order they were written.

    Attributes
    ----------
    indices : (m,) int64
        Of the entries in the series.
    steps : (m,) int64
    wall_times : (m,) float64, seconds since 1970 UTC
    offsets : (m + 1,) int64
        Histogram i has the buckets [offsets[i], offsets[i + 1]).
    left, right, count : (k,) float64
        Finite; left <= right, count >= 0; rising inside a histogram.
    left_out : (m,) int64
        Buckets that can't be drawn.
    means, stds : (m,) float64
        From the summaries; NaN where they don't tell.
    overlaps, merged : (m,) bool
    """

    indices: Ints
    steps: Ints
    wall_times: Floats
    offsets: Ints
    left: Floats
    right: Floats
    count: Floats
    left_out: Ints
    means: Floats
    stds: Floats
    overlaps: npt.NDArray[np.bool_]
    merged: npt.NDArray[np.bool_]

    def __post_init__(self) -> None:
        for name in self.__slots__:
            getattr(self, name).setflags(write=False)

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def size_bytes(self) -> int:
        """What the arrays take."""
        return sum(getattr(self, name).nbytes for name in self.__slots__)

    @property
    def rows(self) -> Ints:
        """(k,) int64, the histogram of each bucket."""
        return np.repeat(np.arange(len(self), dtype=np.int64), np.diff(self.offsets))

    def row(self, place: int) -> Row:
        """One histogram of the stack."""
        part = slice(int(self.offsets[place]), int(self.offsets[place + 1]))
        return Row(
            self.left[part],
            self.right[part],
            self.count[part],
            int(self.left_out[place]),
            float(self.means[place]),
            float(self.stds[place]),
            bool(self.overlaps[place]),
            bool(self.merged[place]),
        )

    def totals(self) -> Floats:
        """(m,) float64, how many values each histogram counts."""
        return _sums(self.count, self.offsets)

    def moments(self) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
        """Mean and standard deviation of each histogram, and which of them are estimated.

        Where the summary does not tell, values count as spread evenly inside their bucket.
        """
        totals = self.totals()
        middle = self.left + (self.right - self.left) / 2.0
        # Beside the largest, so that squares neither overflow nor vanish.
        scale = _greatest(np.maximum(np.abs(self.left), np.abs(self.right)), self.offsets)
        per_bucket = np.repeat(scale, np.diff(self.offsets))
        with np.errstate(invalid="ignore", divide="ignore"):
            means = _sums(self.count * (middle / per_bucket), self.offsets) / totals
            away = middle / per_bucket - np.repeat(means, np.diff(self.offsets))
            width = (self.right - self.left) / per_bucket
            spread = self.count * (away**2 + width**2 / 12.0)
            stds = np.sqrt(_sums(spread, self.offsets) / totals)
        known = np.isfinite(self.means)
        means, stds = np.where(known, self.means, means * scale), stds * scale
        return means, np.where(np.isfinite(self.stds), self.stds, stds), ~known


def row_of(histogram: Histogram, most: int = MOST_BUCKETS) -> Row:
    """Return the buckets of a histogram that can be drawn, at most `most` of them."""
    left, right, count = histogram.left, histogram.right, histogram.count
    # Comparisons with NaN are false.
    sound = (left >= -FARTHEST) & (right <= FARTHEST) & (left <= right)
    sound &= (count >= 0.0) & (count <= FARTHEST)
    left_out = len(left) - int(np.count_nonzero(sound))
    if left_out:
        left, right, count = left[sound], right[sound], count[sound]
    if len(left) > 1 and (np.diff(left) < 0.0).any():
        order = np.argsort(left, kind="stable")
        left, right, count = left[order], right[order], count[order]
    filled = count > 0.0
    ends = right[filled]
    overlaps = bool((left[filled][1:] < ends[:-1]).any())
    merged = len(left) > most
    if merged:
        group = -(-len(left) // most)
        starts = np.arange(0, len(left), group)
        left = left[starts]
        right = np.maximum.reduceat(right, starts)
        count = np.add.reduceat(count, starts)
    mean, std = moments_of(histogram)
    return Row(left, right, count, left_out, mean, std, overlaps, merged)


def moments_of(histogram: Histogram) -> tuple[float, float]:
    """Mean and standard deviation by the sums a summary holds; NaN where it holds none."""
    number, total, squares = histogram.number, histogram.total, histogram.squares
    nothing = float("nan"), float("nan")
    if not number > 0.0 or not np.isfinite([number, total, squares]).all():
        return nothing
    mean = total / number
    variance = squares / number - mean * mean
    if not np.isfinite([mean, variance]).all() or squares < 0.0:
        return nothing
    # What rounding leaves below zero is zero; more than that contradicts itself.
    if variance < -1e-6 * max(mean * mean, 1e-300):
        return mean, float("nan")
    return mean, float(np.sqrt(max(variance, 0.0)))


def stack_of(
    indices: Sequence[int] | Ints,
    steps: Sequence[int] | Ints,
    wall_times: Sequence[float] | Floats,
    rows: Sequence[Row],
) -> HistogramStack:
    """Return rows as a stack."""
    offsets = np.zeros(len(rows) + 1, np.int64)
    np.cumsum([len(row.left) for row in rows], out=offsets[1:])
    return HistogramStack(
        np.array(indices, np.int64),
        np.array(steps, np.int64),
        np.array(wall_times, np.float64),
        offsets,
        _joined(row.left for row in rows),
        _joined(row.right for row in rows),
        _joined(row.count for row in rows),
        np.array([row.left_out for row in rows], np.int64),
        np.array([row.mean for row in rows], np.float64),
        np.array([row.std for row in rows], np.float64),
        np.array([row.overlaps for row in rows], np.bool_),
        np.array([row.merged for row in rows], np.bool_),
    )


def most_buckets(count: int) -> int:
    """How many buckets each of `count` histograms may keep."""
    return max(LEAST_BUCKETS, MOST_BUCKETS // max(count, 1))


def _joined(parts: Iterable[Floats]) -> Floats:
    found = [np.empty(0), *parts]
    return np.concatenate(found)


def _sums(values: Floats, offsets: Ints) -> Floats:
    """Sum of the values of each histogram; 0 where it has none."""
    return _reduced(np.add, values, offsets, 0.0)


def _greatest(values: Floats, offsets: Ints) -> Floats:
    """Greatest value of each histogram; 1 where there is none above zero."""
    found = _reduced(np.maximum, values, offsets, 1.0)
    return np.where(found > 0.0, found, 1.0)


def _reduced(how: np.ufunc, values: Floats, offsets: Ints, empty: float) -> Floats:
    made = np.full(len(offsets) - 1, empty)
    some = np.flatnonzero(np.diff(offsets) > 0)
    if len(some):
        # Histograms without buckets have no part between the others.
        made[some] = how.reduceat(values, offsets[some])
    return made
