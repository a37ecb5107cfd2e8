"""Grouping: many runs' series of a tag become one line and a band around it.

The line is the mean or the median of the members at each step, the band says how far they spread.
Points that are not finite count nowhere; `GroupLine.counts` tells how many members are left.

============  ================================  ================================================
band          around the mean                   around the median
============  ================================  ================================================
``std``       ± standard deviation (n - 1)      from the first to the third quartile
``sem``       ± standard deviation / √n         ± 0.929 · (third - first quartile) / √n
``minmax``    least to greatest                 least to greatest
``ci95``      ± Student's t · deviation / √n    ranks that hold the true median in 95 % of cases;
                                                of fewer than six members least to greatest
============  ================================  ================================================

Quartiles lie between ranks as NumPy's do. 0.929 is what √(π/2), by which a median of normal values
varies more than their mean, makes of a quartile range (1.349 deviations wide). One member has a
band without width.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from eventglass.app.core.compute.crew import CREW, SIZE
from eventglass.app.core.compute.gathering import (
    add_moments,
    extend,
    interpolate,
    lay_out,
    locate,
)
from eventglass.app.core.compute.joins import last_written
from eventglass.app.core.compute.quantiles import median_rank, student_t

Centre: TypeAlias = Literal["mean", "median"]
Band: TypeAlias = Literal["std", "sem", "minmax", "ci95", "none"]
Align: TypeAlias = Literal["exact", "interpolate"]
Reals: TypeAlias = npt.NDArray[np.float64]
Steps: TypeAlias = npt.NDArray[np.int64]
Places: TypeAlias = npt.NDArray[np.int32]

#: Steps of interpolated lines are at most so many times those of a member, by their mean.
STEPS_PER_MEMBER = 4
#: Shorter ones keep all their steps.
STEPS_KEPT = 4096
#: Points worked on in one go, and the fewest columns.
_AT_ONCE = 1_500_000
_FEWEST_COLUMNS = 256
#: Fewer points are not worth a second thread.
_ALONE = 100_000
#: Standard errors of a median, in quartile ranges.
_MEDIAN_ERROR = math.sqrt(math.pi / 2.0) / 1.3489795003921634
_NO_PLACES: Places = np.empty(0, np.int32)
_LARGEST = float(np.finfo(np.float64).max)


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """One series of a group, without superseded points.

    steps : (n,) int64, rising or repeating; wall_times : (n,) float64 seconds;
    values : (n,) float64.
    """

    steps: Steps
    wall_times: Reals
    values: Reals


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

    steps: Steps
    wall_times: Reals
    values: Reals
    lows: Reals
    highs: Reals
    counts: npt.NDArray[np.int64]


def band_title(centre: Centre, band: Band) -> str:
    """Return what the band around the line is, for people."""
    if band == "none":
        return "No band"
    if band == "minmax":
        return "Least to greatest"
    if centre == "mean":
        return {
            "std": "Standard deviation",
            "sem": "Standard error",
            "ci95": "95 % confidence interval",
        }[band]
    return {
        "std": "Quartiles",
        "sem": "Standard error of the median",
        "ci95": "95 % confidence interval of the median",
    }[band]


def group_lines(
    members: Sequence[Member],
    *,
    centre: Centre = "mean",
    band: Band = "std",
    align: Align = "exact",
    cancelled: Callable[[], bool] | None = None,
) -> GroupLine:
    """Return the line of a group.

    Meant for a worker thread: the loops run without the GIL, on several processors.

    Parameters
    ----------
    members : the series; of points at the same step the last counts
    centre, band : what is drawn, see above
    align
        "exact": at every step that any member has, those members that have it. "interpolate": at
        every such step the straight lines of all members between their first and last finite
        point. Where members have few steps in common, a line of all of them would have more points
        than anyone logged: then it is thinned evenly to `STEPS_PER_MEMBER` times a member's points.
    cancelled : asked now and then; once it says yes, an empty line is returned
    """
    gathering = _Gathering(members, align, cancelled or _never)
    n = len(gathering.steps)
    line = GroupLine(
        gathering.steps, np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.empty(n, np.int64)
    )
    edges = gathering.edges(centre)
    with_band = band != "none"
    work = _fill_means if centre == "mean" else _fill_medians

    def fill(first: int) -> None:
        with np.errstate(all="ignore"):
            for k in range(first, len(edges) - 1, jobs):
                if gathering.cancelled():
                    return
                work(gathering, edges[k], edges[k + 1], line, band)

    jobs = min(SIZE, len(edges) - 1) if gathering.points > _ALONE else 1
    CREW.run([partial(fill, first) for first in range(jobs)])
    if gathering.cancelled():
        none = np.empty(0)
        return GroupLine(np.empty(0, np.int64), none, none, none, none, np.empty(0, np.int64))
    if not with_band:
        line.lows[:] = line.values
        line.highs[:] = line.values
    for column in (line.wall_times, line.values, line.lows, line.highs, line.counts):
        column.flags.writeable = False
    return line


def _never() -> bool:
    return False


# -- members and their columns ---------------------------------------------------------------------


@dataclass(slots=True)
class _Part:
    """A member's points of some columns: the first one's column, or places counted from it."""

    values: Reals
    wall_times: Reals
    places: Places
    first: int


class _Gathering:
    """The members, the steps of the line, and what falls into a range of them."""

    def __init__(
        self, members: Sequence[Member], align: Align, cancelled: Callable[[], bool]
    ) -> None:
        self.cancelled = cancelled
        self._interpolated = align == "interpolate"
        self._members: list[Member] = []
        for member in members:
            if len(member.steps):
                self._members.append(_cleaned(member, self._interpolated))
        self._members = [member for member in self._members if len(member.steps)]
        self.points = sum(len(member.steps) for member in self._members)
        distinct, kinds = _distinct([member.steps for member in self._members])
        self.steps = _union(distinct)
        if self._interpolated and self._members:
            self.steps = _thinned(self.steps, self.points // len(self._members))
        self.steps.flags.writeable = False
        self._places: list[Places] = []
        if not self._interpolated:
            kind_places: list[Places] = []
            for steps in distinct:
                places = _NO_PLACES
                if len(steps) != len(self.steps):
                    places = np.empty(len(steps), np.int32)
                    locate(self.steps, steps, places)
                kind_places.append(places)
            self._places = [kind_places[kind] for kind in kinds]

    def edges(self, centre: Centre) -> list[int]:
        """Borders between ranges of columns that are worked on one at a time."""
        n = len(self.steps)
        if not n:
            return [0, 0]
        # Points a column has, on average.
        deep = max(1, len(self._members) if self._interpolated else self.points // n)
        wide = max(_AT_ONCE // deep, _FEWEST_COLUMNS)
        if centre == "mean" and not self._interpolated:
            # Nothing is laid out; columns may be as many as the threads share out well.
            wide = max(wide, min(-(-n // SIZE), 1 << 19))
        count = -(-n // wide)
        if count < SIZE and self.points > _ALONE:
            count = min(SIZE, n)
        return [n * k // count for k in range(count + 1)]

    def parts(self, start: int, stop: int) -> list[_Part]:
        """What the members have in the columns [start, stop)."""
        found: list[_Part] = []
        for number, member in enumerate(self._members):
            if self._interpolated:
                low = start + int(np.searchsorted(self.steps[start:stop], member.steps[0]))
                high = start + int(
                    np.searchsorted(self.steps[start:stop], member.steps[-1], side="right")
                )
                if high > low:
                    values, walls = np.empty(high - low), np.empty(high - low)
                    grid = self.steps[low:high]
                    interpolate(member.steps, member.values, member.wall_times, grid, values, walls)
                    found.append(_Part(values, walls, _NO_PLACES, low - start))
                continue
            places = self._places[number]
            if not len(places):
                inside = slice(start, stop)
                found.append(_Part(member.values[inside], member.wall_times[inside], _NO_PLACES, 0))
                continue
            low, high = np.searchsorted(places, np.array([start, stop], np.int32)).tolist()
            if high > low:
                found.append(
                    _Part(
                        member.values[low:high],
                        member.wall_times[low:high],
                        places[low:high],
                        -start,
                    )
                )
            if number % 256 == 255 and self.cancelled():
                break
        return found


def _cleaned(member: Member, only_finite: bool) -> Member:
    """The member with rising steps; its arrays as the loops want them."""
    steps, walls, values = member.steps, member.wall_times, member.values
    chosen = last_written(steps)
    if chosen is not None:
        steps, walls, values = steps[chosen], walls[chosen], values[chosen]
    if only_finite:
        finite = np.isfinite(values)
        if not finite.all():
            steps, walls, values = steps[finite], walls[finite], values[finite]
    return Member(
        np.ascontiguousarray(steps, np.int64),
        np.ascontiguousarray(walls, np.float64),
        np.ascontiguousarray(values, np.float64),
    )


def _distinct(columns: Sequence[Steps]) -> tuple[list[Steps], list[int]]:
    """The different ones among the columns, and which of them each column is."""
    found: list[Steps] = []
    kinds: list[int] = []
    alike: dict[tuple[int, int, int], list[int]] = {}
    for column in columns:
        # Of columns that look alike only a few are compared: finding none costs but memory.
        near = alike.setdefault((len(column), int(column[0]), int(column[-1])), [])
        for kind in near[-4:]:
            if found[kind] is column or np.array_equal(found[kind], column):
                kinds.append(kind)
                break
        else:
            near.append(len(found))
            kinds.append(len(found))
            found.append(column)
    return found, kinds


def _union(columns: Sequence[Steps]) -> Steps:
    """All steps of columns that rise, in order."""
    if not columns:
        return np.empty(0, np.int64)
    if len(columns) == 1:
        return columns[0].view()
    low = min(int(column[0]) for column in columns)
    high = max(int(column[-1]) for column in columns)
    total = sum(map(len, columns))
    if high - low <= 8 * total + 65_536:
        # Mostly steps lie close together: then a mark for each is quicker than sorting.
        marks = np.zeros(high - low + 1, np.bool_)
        for column in columns:
            marks[column - low] = True
        return np.flatnonzero(marks).astype(np.int64, copy=False) + low
    # Sorting alone: `np.unique` looks for equal ones by hashing, which takes ten times as long.
    every = np.concatenate(columns)
    every.sort()
    new = np.ones(total, np.bool_)
    np.not_equal(every[1:], every[:-1], out=new[1:])
    return every[new]


def _thinned(steps: Steps, points: int) -> Steps:
    most = max(STEPS_PER_MEMBER * points, STEPS_KEPT)
    n = len(steps)
    if n <= most:
        return steps
    return steps[np.linspace(0, n - 1, most).astype(np.int64)]


# -- the line --------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Extent:
    """Of some columns: counts, least and greatest values, and the means of the wall times."""

    counts: npt.NDArray[np.int64]
    lows: Reals
    highs: Reals


def _extent(
    gathering: _Gathering, parts: list[_Part], start: int, stop: int, line: GroupLine
) -> _Extent:
    n = stop - start
    counts, clocks = np.zeros(n, np.int64), np.zeros(n, np.int64)
    lows, highs, walls = np.full(n, np.inf), np.full(n, -np.inf), np.zeros(n)
    # Wall times are large: their digits go into what they differ by.
    base = float(parts[0].wall_times[0]) if parts else 0.0
    base = base if math.isfinite(base) else 0.0
    for number, part in enumerate(parts):
        extend(
            part.values,
            part.wall_times,
            part.places,
            part.first,
            base,
            counts,
            lows,
            highs,
            clocks,
            walls,
        )
        if number % 256 == 255 and gathering.cancelled():
            break
    line.counts[start:stop] = counts
    line.wall_times[start:stop] = base + walls / clocks
    return _Extent(counts, lows, highs)


def _fill_means(gathering: _Gathering, start: int, stop: int, line: GroupLine, band: Band) -> None:
    """Two passes: the second adds up distances from the middle of what the first found.

    In halves of the height they lie between -1 and 1 whatever the values are, so that nothing
    overflows and no digits are lost.
    """
    parts = gathering.parts(start, stop)
    extent = _extent(gathering, parts, start, stop, line)
    n, lows, highs = extent.counts, extent.lows, extent.highs
    middles, halves = 0.5 * highs + 0.5 * lows, 0.5 * highs - 0.5 * lows
    sums, squares = np.zeros(stop - start), np.zeros(stop - start)
    for number, part in enumerate(parts):
        add_moments(part.values, part.places, part.first, middles, halves, sums, squares)
        if number % 256 == 255 and gathering.cancelled():
            return
    values = np.clip(middles + halves * (sums / n), lows, highs)
    values[n == 0] = np.nan
    line.values[start:stop] = values
    if band == "none":
        return
    if band == "minmax":
        lows, highs = np.where(n, lows, np.nan), np.where(n, highs, np.nan)
    else:
        spread = np.maximum(squares - sums * sums / n, 0.0)
        width = halves * np.sqrt(spread / np.maximum(n - 1, 1))
        if band != "std":
            width /= np.sqrt(n)
        if band == "ci95":
            width *= _by_count(n, lambda count: student_t(max(count - 1, 1)))
        lows, highs = values - width, values + width
    line.lows[start:stop] = np.clip(lows, -_LARGEST, _LARGEST)
    line.highs[start:stop] = np.clip(highs, -_LARGEST, _LARGEST)


def _by_count(counts: npt.NDArray[np.int64], factor: Callable[[int], float]) -> Reals:
    table = np.ones(int(counts.max(initial=0)) + 1)
    for count in np.flatnonzero(np.bincount(counts)).tolist():
        table[count] = factor(count)
    return table[counts]


def _fill_medians(
    gathering: _Gathering, start: int, stop: int, line: GroupLine, band: Band
) -> None:
    """Lay the values of each column side by side, sort them, and read off what is wanted."""
    parts = gathering.parts(start, stop)
    counts = _extent(gathering, parts, start, stop, line).counts
    ends = np.cumsum(counts)
    begins = ends - counts
    pool = np.empty(int(ends[-1]) if len(ends) else 0)
    cursors = begins.copy()
    for number, part in enumerate(parts):
        lay_out(part.values, part.places, part.first, cursors, pool)
        if number % 256 == 255 and gathering.cancelled():
            return
    line.values[start:stop] = np.nan
    line.lows[start:stop] = np.nan
    line.highs[start:stop] = np.nan
    for count in np.flatnonzero(np.bincount(counts)).tolist():
        if count == 0:
            continue
        columns = np.flatnonzero(counts == count)
        if len(columns) == len(counts):
            table = pool.reshape(-1, count)
        else:
            table = pool[begins[columns][:, None] + np.arange(count)]
        table.sort(axis=1)
        centre = _quantile(table, 0.5)
        line.values[start + columns] = centre
        low, high = _median_band(table, centre, band)
        line.lows[start + columns] = low
        line.highs[start + columns] = high
        if gathering.cancelled():
            return


def _median_band(table: Reals, centre: Reals, band: Band) -> tuple[Reals, Reals]:
    """Edges of the band of columns (rows here) that are sorted, (n, count)."""
    count = table.shape[1]
    if band == "none" or count == 1:
        return centre, centre
    if band == "minmax":
        return table[:, 0], table[:, -1]
    if band == "ci95":
        rank = median_rank(count)
        return table[:, rank], table[:, count - 1 - rank]
    first, third = _quantile(table, 0.25), _quantile(table, 0.75)
    if band == "std":
        return first, third
    width = np.minimum(
        (0.5 * third - 0.5 * first) * (2.0 * _MEDIAN_ERROR / math.sqrt(count)), _LARGEST
    )
    return np.maximum(centre - width, -_LARGEST), np.minimum(centre + width, _LARGEST)


def _quantile(table: Reals, share: float) -> Reals:
    """Between the ranks nearest to ``share * (count - 1)``, as NumPy's default does."""
    at = share * (table.shape[1] - 1)
    rank = int(at)
    part = at - rank
    low = table[:, rank]
    if part == 0.0:
        return low.copy()
    high = table[:, rank + 1]
    made: Reals = np.where(low == high, low, low * (1.0 - part) + high * part)
    return made
