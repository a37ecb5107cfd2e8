"""From the points of series to lines: what is computed off the GUI thread.

A *source* says where the points of a line come from: a series, an expression over series of one
run, several runs, or a line between two margins. Sources hold snapshots, so any thread may work on
them. Each has a ``key``: lines made of sources with equal keys are equal. Its ``manner`` is what is
left of that while data only grow and runs only come.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from eventglass.app.core.columns import is_restarted
from eventglass.app.core.compute.joins import join_on_step
from eventglass.app.core.compute.points import MissingTag, Points
from eventglass.app.core.compute.pyramid import Pyramid, build_pyramid
from eventglass.app.core.compute.ranges import as_pieces, visible_pieces
from eventglass.app.core.compute.smoothing import PYRAMID_FROM, Smoothed, smooth_series

if TYPE_CHECKING:
    from eventglass.app.core.compute.expressions import Expression
    from eventglass.app.core.compute.grouping import Member
    from eventglass.app.core.store import ScalarSnapshot
    from eventglass.app.models.line_styles import Restarts
    from eventglass.app.models.run_groups import RunGrouping

#: Formulas of formulas use so many series at most, counted as often as they are used.
MOST_PARTS = 500

Reals: TypeAlias = npt.NDArray[np.float64]
Cancelled: TypeAlias = Callable[[], bool]


@dataclass(frozen=True, slots=True, eq=False)
class SeriesSource:
    """One series as it was logged."""

    key: Hashable
    snapshot: ScalarSnapshot
    restarts: Restarts

    @property
    def size(self) -> int:
        """Number of points to look at."""
        return len(self.snapshot.steps)

    @property
    def parts(self) -> int:
        """Number of series it is made of, each as often as it is used."""
        return 1

    @property
    def manner(self) -> Hashable:
        """How the line is made."""
        return self.restarts


@dataclass(frozen=True, slots=True, eq=False)
class DerivedSource:
    """An expression over series of one run, by the names it uses."""

    key: Hashable
    expression: Expression
    inputs: Mapping[str, Source]

    @property
    def size(self) -> int:
        """Number of points to look at."""
        return sum(source.size for source in self.inputs.values())

    @property
    def parts(self) -> int:
        """Number of series it is made of, each as often as it is used."""
        return sum(source.parts for source in self.inputs.values())

    @property
    def manner(self) -> Hashable:
        """How the line is made."""
        return (self.expression.text, *(source.manner for source in self.inputs.values()))


@dataclass(frozen=True, slots=True, eq=False)
class GroupSource:
    """One line for several runs."""

    key: Hashable
    members: tuple[Source, ...]
    grouping: RunGrouping

    @property
    def size(self) -> int:
        """Number of points to look at."""
        return sum(source.size for source in self.members)

    @property
    def parts(self) -> int:
        """Number of series it is made of, each as often as it is used."""
        return sum(source.parts for source in self.members)

    @property
    def manner(self) -> Hashable:
        """How the line is made."""
        return self.grouping, frozenset(source.manner for source in self.members)


@dataclass(frozen=True, slots=True, eq=False)
class MarginSource:
    """A series and the edges of its band."""

    key: Hashable
    value: Source
    lower: Source
    upper: Source

    @property
    def size(self) -> int:
        """Number of points to look at."""
        return self.value.size + self.lower.size + self.upper.size

    @property
    def parts(self) -> int:
        """Number of series it is made of, each as often as it is used."""
        return self.value.parts + self.lower.parts + self.upper.parts

    @property
    def manner(self) -> Hashable:
        """How the line is made."""
        return self.value.manner, self.lower.manner, self.upper.manner


Source: TypeAlias = SeriesSource | DerivedSource | GroupSource | MarginSource


@dataclass(frozen=True, slots=True, eq=False)
class Base:
    """A line before smoothing.

    Attributes
    ----------
    steps : (n,) int64; wall_times, values : (n,) float64
    pieces : (m, 2) int64
        Index ranges that are shown.
    joined : bool
        The line goes on from one piece to the next.
    pyramid : Pyramid of `values`, or None
    hidden : int
        Number of superseded points that are left out.
    lows, highs : (n,) float64, or None
        Edges of a band, and their pyramids.
    counts : (n,) int64, or None
        How many members of a group have a finite value at each point.
    """

    steps: npt.NDArray[np.int64]
    wall_times: Reals
    values: Reals
    pieces: npt.NDArray[np.int64]
    joined: bool
    pyramid: Pyramid | None = None
    hidden: int = 0
    lows: Reals | None = None
    highs: Reals | None = None
    low_pyramid: Pyramid | None = None
    high_pyramid: Pyramid | None = None
    counts: npt.NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True)
class Smoothing:
    """How a line is smoothed: the slider's weight, the method, and what spacing it goes by."""

    weight: float
    method: str = "ema"
    by: Literal["step", "time"] = "step"


@dataclass(frozen=True, slots=True, eq=False)
class Front:
    """A smoothed line, and its band smoothed alike; `line` None where nothing was to be done."""

    line: Smoothed | None
    lows: Smoothed | None = None
    highs: Smoothed | None = None


def make_base(source: Source, cancelled: Cancelled | None = None) -> Base | None:
    """Return the line of a source, or None where an expression has nothing to work on."""
    if isinstance(source, SeriesSource):
        return _of_series(source)
    if isinstance(source, DerivedSource):
        points = _points(source)
        return None if points is None else _of_points(points)
    if isinstance(source, GroupSource):
        return _of_group(source, cancelled)
    base = make_base(source.value, cancelled)
    edges = [_points(each) for each in (source.lower, source.upper)]
    if base is None or edges[0] is None or edges[1] is None:
        return base
    low, high = (
        join_on_step(base.steps, edge.steps, edge.values) for edge in edges if edge is not None
    )
    return Base(
        base.steps,
        base.wall_times,
        base.values,
        base.pieces,
        base.joined,
        base.pyramid,
        base.hidden,
        low,
        high,
        _pyramid(low),
        _pyramid(high),
    )


def _of_series(source: SeriesSource) -> Base:
    snapshot = source.snapshot
    count = len(snapshot.steps)
    if source.restarts == "hide":
        show_all = not is_restarted(snapshot.steps, snapshot.wall_times, snapshot.segments)
        pieces, joined = visible_pieces(snapshot.steps, snapshot.segments, show_all)
    else:
        pieces, joined = as_pieces(count, snapshot.segments), source.restarts == "join"
    hidden = count - int((pieces[:, 1] - pieces[:, 0]).sum())
    return Base(
        snapshot.steps,
        snapshot.wall_times,
        snapshot.values,
        pieces,
        joined,
        snapshot.pyramid,
        hidden,
    )


def _of_points(
    points: Points,
    lows: Reals | None = None,
    highs: Reals | None = None,
    counts: npt.NDArray[np.int64] | None = None,
) -> Base:
    falls = np.flatnonzero(points.steps[1:] < points.steps[:-1]) + 1
    segments = np.append(0, falls) if len(points.steps) else falls
    return Base(
        points.steps,
        points.wall_times,
        points.values,
        as_pieces(len(points.steps), segments.astype(np.int64)),
        False,
        _pyramid(points.values),
        0,
        lows,
        highs,
        _pyramid(lows),
        _pyramid(highs),
        counts,
    )


def _pyramid(values: Reals | None) -> Pyramid | None:
    return build_pyramid(values) if values is not None and len(values) >= PYRAMID_FROM else None


def _of_group(source: GroupSource, cancelled: Cancelled | None) -> Base | None:
    members = []
    for each in source.members:
        points = _points(each)
        if points is not None and len(points.steps):
            members.append(_as_member(points))
    if not members:
        return None
    from eventglass.app.core.compute.grouping import group_lines

    how = source.grouping
    line = group_lines(
        members, centre=how.centre, band=how.band, align=how.align, cancelled=cancelled
    )
    with_band = how.band != "none"
    return _of_points(
        Points(line.steps, line.wall_times, line.values),
        line.lows if with_band else None,
        line.highs if with_band else None,
        line.counts,
    )


def _as_member(points: Points) -> Member:
    """A member's steps must not fall; where they do, the order of the steps counts."""
    from eventglass.app.core.compute.grouping import Member

    steps, walls, values = points.steps, points.wall_times, points.values
    if (steps[1:] < steps[:-1]).any():
        order = np.argsort(steps, kind="stable")
        steps, walls, values = steps[order], walls[order], values[order]
    return Member(steps, walls, values)


def _points(source: Source) -> Points | None:
    """The points of a source without those that are superseded."""
    if isinstance(source, DerivedSource):

        def lookup(tag: str) -> Points:
            found = _points(source.inputs[tag]) if tag in source.inputs else None
            if found is None:
                raise MissingTag(tag)
            return found

        try:
            return source.expression.evaluate(lookup)
        except MissingTag:
            return None
    base = make_base(source)
    if base is None:
        return None
    if not base.hidden:
        return Points(base.steps, base.wall_times, base.values)
    shown = np.zeros(len(base.steps), np.bool_)
    for start, stop in base.pieces.tolist():
        shown[start:stop] = True
    return Points(base.steps[shown], base.wall_times[shown], base.values[shown])


def smooth(base: Base, how: Smoothing) -> Front:
    """Smooth a line and its band."""
    x = base.wall_times if how.by == "time" else base.steps

    def one(values: Reals | None) -> Smoothed | None:
        if values is None:
            return None
        return smooth_series(values, base.pieces, how.weight, base.joined, method=how.method, x=x)

    line = one(base.values)
    if line is None:
        return Front(None)
    return Front(line, one(base.lows), one(base.highs))


def x_values(base: Base, source: Source | None, cancelled: Cancelled | None = None) -> Reals:
    """Return the other series' value at each step of the line, (n,) float64."""
    other: Base | Points | None = None
    if isinstance(source, GroupSource):
        other = make_base(source, cancelled)
    elif source is not None:
        other = _points(source)
    if other is None:
        return np.full(len(base.steps), np.nan)
    return join_on_step(base.steps, other.steps, other.values)


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """One line to be made: what there is of it already, and what is wanted.

    ``base`` None: make it of ``source``. ``smoothing`` None: not wanted. ``x_key`` None: x is not
    another tag. ``runs``: members of a group.
    """

    name: Hashable
    source: Source
    base: Base | None
    smoothing: Smoothing | None
    x_source: Source | None = None
    x_key: Hashable = None
    x_tag: str = ""
    runs: tuple[int, ...] = ()

    @property
    def manner(self) -> Hashable:
        """How the line is made, smoothed and laid along x."""
        x = None if self.x_source is None else self.x_source.manner
        x_tag = None if self.x_key is None else (self.x_tag, x)
        return self.source.manner, self.smoothing, x_tag

    @property
    def size(self) -> int:
        """Number of points to look at."""
        size = self.source.size
        if self.x_source is not None:
            size += self.x_source.size
        return size


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What became of an order."""

    order: Order
    base: Base | None
    front: Front | None
    xs: Reals | None = None


def carry_out(order: Order, cancelled: Cancelled | None = None) -> Result:
    """Make a line."""
    base = order.base if order.base is not None else make_base(order.source, cancelled)
    if base is None:
        return Result(order, None, None)
    front = None if order.smoothing is None else smooth(base, order.smoothing)
    xs = None if order.x_key is None else x_values(base, order.x_source, cancelled)
    return Result(order, base, front, xs)
