"""How the points of a curve lie along the x axis, for every kind of x."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from eventglass.app.core.compute.pyramid import NO_SECONDS, Pyramid, build_pyramid
from eventglass.app.core.compute.ranges import monotone_pieces, sorted_pieces
from eventglass.widgets.plots.curve_data import CurveData, XKind

_NO_STEPS = np.empty(0, np.int64)
_NO_PIECES = np.empty((0, 2), np.int64)
#: From so many points on a pyramid is worth its making.
_WORTH_A_PYRAMID = 4096
#: Of fewer points that are not sorted all are looked at for the nearest.
_WORTH_AN_ORDER = 50_000


@dataclass(frozen=True, slots=True, eq=False)
class CurveAxis:
    """The x of a curve's points.

    Attributes
    ----------
    steps, seconds : (n,) int64, (n,) float64
        The x when `seconds` is empty, and otherwise.
    left : float
        What x is counted from: the point at `left` is at 0.
    pieces : (m, 2) int64
        Index ranges [start, stop).
    is_sorted : bool
        x does not decrease inside a piece (does not increase where it is `falling`).
    joined : bool
        The line goes on from one piece to the next.
    falling : (m,) bool, or None when x rises in every piece
    index : (n,) int64, or None
        Which points of the series these are, when not all.
    """

    steps: npt.NDArray[np.int64]
    seconds: npt.NDArray[np.float64]
    left: float
    pieces: npt.NDArray[np.int64]
    is_sorted: bool
    joined: bool
    falling: npt.NDArray[np.bool_] | None = None
    index: npt.NDArray[np.int64] | None = None
    _taken: dict[
        tuple[int, int],
        tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], Pyramid | None],
    ] = field(default_factory=dict)
    _orders: list[npt.NDArray[np.int64]] = field(default_factory=list)

    @property
    def order(self) -> npt.NDArray[np.int64] | None:
        """The points by rising x, (n,) int64, of many that are not sorted; None until found."""
        return self._orders[0] if self._orders else None

    def find_order(self) -> None:
        """Find `order`, where it is worth it; takes seconds for ten million points."""
        if not self.is_sorted and not self._orders and len(self.x) >= _WORTH_AN_ORDER:
            self._orders.append(np.argsort(self.x, kind="stable"))

    @property
    def x(self) -> npt.NDArray[np.int64] | npt.NDArray[np.float64]:
        """The x of the points, not counted from `left`."""
        return self.seconds if len(self.seconds) else self.steps

    def values(
        self, values: npt.NDArray[np.float64], pyramid: Pyramid | None
    ) -> tuple[npt.NDArray[np.float64], Pyramid | None]:
        """Return the series' values of the points that have an x, and their pyramid."""
        if self.index is None:
            return values, pyramid
        key = (values.ctypes.data, len(values))
        found = self._taken.get(key)
        if found is None:
            taken = values[self.index[: int(np.searchsorted(self.index, len(values)))]]
            made = build_pyramid(taken) if len(taken) >= _WORTH_A_PYRAMID else None
            if len(self._taken) > 8:
                self._taken.clear()
            # The values are kept too: their memory must not become another line's.
            found = self._taken[key] = (values, taken, made)
        return found[1:]


@dataclass(frozen=True, slots=True, eq=False)
class _Clock:
    """What is known of a line's wall times; groups and formulas may get others of the number."""

    seconds: npt.NDArray[np.float64]
    pieces_in: npt.NDArray[np.int64]
    pieces: npt.NDArray[np.int64] | None


class AxisBook:
    """Finds how curves lie on an axis; remembers what is costly to find.

    Several threads may ask: what two find at the same time is the same.
    """

    def __init__(self) -> None:
        self._clocks: dict[int, _Clock] = {}
        self._tags: dict[int, tuple[CurveData, CurveAxis]] = {}

    def axis_of(self, curve: CurveData, x_kind: XKind) -> CurveAxis:
        """Return how the curve's points lie on an axis of that kind."""
        if x_kind == "tag":
            return self._tag_axis(curve)
        if x_kind == "step" or not len(curve.wall_times):
            left = -curve.x_offset if x_kind == "step" else 0.0
            return CurveAxis(curve.steps, NO_SECONDS, left, curve.pieces, True, curve.joined)
        seconds = curve.wall_times
        clock = self._clocks.get(curve.series_id)
        first = float(seconds[0])
        if (
            clock is None
            or clock.seconds is not seconds
            or not np.array_equal(clock.pieces_in, curve.pieces)
        ):
            clock = _Clock(seconds, curve.pieces, sorted_pieces(seconds, curve.pieces))
            self._clocks[curve.series_id] = clock
        origin = 0.0
        if x_kind == "run_relative" and math.isfinite(curve.origin_s):
            origin = curve.origin_s
        elif x_kind != "wall" and math.isfinite(first):
            origin = first
        origin -= curve.x_offset
        if clock.pieces is None:
            return CurveAxis(curve.steps, seconds, origin, curve.pieces, False, False)
        joined = curve.joined and len(clock.pieces) == len(curve.pieces)
        return CurveAxis(curve.steps, seconds, origin, clock.pieces, True, joined)

    def _tag_axis(self, curve: CurveData) -> CurveAxis:
        known = self._tags.get(curve.series_id)
        if known is not None and _same_points(known[0], curve):
            return known[1]
        made = _make_tag_axis(curve)
        self._tags[curve.series_id] = (curve, made)
        return made

    def forget(self, keep: set[int]) -> None:
        """Drop what is known of series that are not in `keep`."""
        for series_id in self._clocks.keys() - keep:
            self._clocks.pop(series_id, None)
        for series_id in self._tags.keys() - keep:
            self._tags.pop(series_id, None)


def _same_points(one: CurveData, other: CurveData) -> bool:
    return one is other or (
        one.xs is other.xs
        and one.joined == other.joined
        and np.array_equal(one.pieces, other.pieces)
    )


def _make_tag_axis(curve: CurveData) -> CurveAxis:
    """Points without a partner are left out; the line goes on over them.

    Where the line turns back its pieces share the point, so that nothing is torn.
    """
    xs = curve.xs
    if xs is None or not len(xs) or not len(curve.pieces):
        return CurveAxis(_NO_STEPS, NO_SECONDS, 0.0, _NO_PIECES, True, False)
    index: list[npt.NDArray[np.int64]] = []
    for start, stop in curve.pieces.tolist():
        part = start + np.flatnonzero(np.isfinite(xs[start:stop]))
        if curve.joined and index:
            index[-1] = np.concatenate([index[-1], part])
        else:
            index.append(part)
    # Joining holds Python's lock.
    kept = index[0] if len(index) == 1 else np.concatenate(index)
    whole = len(kept) == len(xs) and len(index) == 1
    x = xs if whole else np.ascontiguousarray(xs[kept])
    pieces, falling = [_NO_PIECES], [np.empty(0, np.bool_)]
    at = 0
    for part in index:
        found = monotone_pieces(x[at : at + len(part)])
        if found is None:
            everything = np.array([[0, len(x)]], np.int64)
            return CurveAxis(
                _NO_STEPS, x, 0.0, everything, False, False, None, None if whole else kept
            )
        pieces.append(found[0] + at)
        falling.append(found[1])
        at += len(part)
    return CurveAxis(
        _NO_STEPS,
        x,
        0.0,
        np.concatenate(pieces),
        True,
        False,
        np.concatenate(falling),
        None if whole else kept,
    )


def positive_part(
    x: npt.NDArray[np.int64] | npt.NDArray[np.float64],
    start: int,
    stop: int,
    origin: float,
    falling: bool,
) -> tuple[int, int]:
    """Return the part of [start, stop) that lies right of the origin."""
    # The key must be of the array's type: numpy would convert the whole array otherwise.
    key: np.int64 | np.float64
    if x.dtype == np.int64:
        key = np.int64(min(max(math.floor(origin), -(2**63)), 2**63 - 1024))
    else:
        key = np.float64(origin)
    part = x[start:stop]
    if falling:
        return start, stop - int(np.searchsorted(part[::-1], key, side="right"))
    return start + int(np.searchsorted(part, key, side="right")), stop
