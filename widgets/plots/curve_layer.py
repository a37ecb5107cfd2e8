"""The lines of a chart as an image, at a cost that follows the screen and not the data.

A *line* is one thing drawn: a series' raw line or its smoothed line. Each sorted piece of a line
is one row of strokes. `CurveLayer` asks the pyramid what every pixel column holds, makes the
strokes and fills them; see `eventglass.app.core.compute.spans`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColor, QImage

from eventglass.app.core.compute import spans
from eventglass.app.core.compute.crew import CREW, SIZE
from eventglass.app.core.compute.pyramid import NO_SECONDS, Columns, Pyramid, query_columns
from eventglass.app.core.compute.ranges import sorted_pieces

XKind = Literal["step", "relative", "run_relative", "wall", "tag"]
ScaleKind = Literal["linear", "log", "symlog"]

#: Opacity of the raw line behind a smoothed one.
RAW_OPACITY = 0.25
#: What is left of the other curves while one is highlighted, and how much wider that one is.
FADED = 0.25
FORWARD = 1.6
#: Rows of strokes made before they are filled; bounds the memory of a frame.
_CHUNK = 256
#: Strokes below which a second thread costs more than it brings.
_WORTH_A_THREAD = 40_000
#: What log10 of zero or less becomes: below any bottom, still finite.
_LOG_OF_NOTHING = -1e4


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """A filled band around a line.

    Attributes
    ----------
    lows, highs : (n,) float64
        One per point of the line; NaN where there is no band.
    low_pyramid, high_pyramid : Pyramid of them, or None
    """

    lows: npt.NDArray[np.float64]
    highs: npt.NDArray[np.float64]
    low_pyramid: Pyramid | None = None
    high_pyramid: Pyramid | None = None


@dataclass(frozen=True, slots=True, eq=False)
class CurveData:
    """One series as a chart draws it; arrays are read-only snapshots and never copied.

    Attributes
    ----------
    series_id : int
    label : str
        Name of the run, for the tooltip.
    colour : QColor
    steps : (n,) int64
    wall_times : (n,) float64, seconds since 1970 UTC
    values : (n,) float64
    pieces : (m, 2) int64
        Index ranges [start, stop) that are shown; steps do not decrease inside one.
    joined : bool
        The line goes on from one piece to the next.
    pyramid : Pyramid of `values`, or None
    smoothed : (k,) float64, k <= n, or None
        Drawn in front of the raw line, which becomes faint.
    smoothed_pyramid : Pyramid of `smoothed`, or None
    show_raw : bool
        Draw the raw line behind the smoothed one.
    width : float
        Device-independent pixels.
    opacity : float, 0 to 1
    run_id : int
        Of the run, -1 for a group of runs.
    tag : str
        Tag of the series, or name of the derived one.
    xs : (n,) float64, or None
        x of every point where x is another tag's value; NaN without a partner.
    origin_s : float
        When the run began, seconds since 1970 UTC, for x since the start of the run.
    x_offset : float
        Added to every x: steps or seconds, as the axis has it.
    axis : the vertical axis the line belongs to
    dash, marker, marker_shape, interpolation
        marker auto: dots where the points stand well apart.
    band : Band or None
    is_baseline : bool
        Drawn distinct; the tooltip tells the others' differences from it.
    """

    series_id: int
    label: str
    colour: QColor
    steps: npt.NDArray[np.int64]
    wall_times: npt.NDArray[np.float64]
    values: npt.NDArray[np.float64]
    pieces: npt.NDArray[np.int64]
    joined: bool = False
    pyramid: Pyramid | None = None
    smoothed: npt.NDArray[np.float64] | None = None
    smoothed_pyramid: Pyramid | None = None
    show_raw: bool = True
    width: float = 1.5
    opacity: float = 1.0
    run_id: int = -1
    tag: str = ""
    xs: npt.NDArray[np.float64] | None = None
    origin_s: float = math.nan
    x_offset: float = 0.0
    axis: Literal["left", "right"] = "left"
    dash: Literal["solid", "dash", "dot", "dashdot"] = "solid"
    marker: Literal["auto", "none", "always"] = "auto"
    marker_shape: Literal["circle", "square", "diamond", "triangle", "cross"] = "circle"
    interpolation: Literal["linear", "step"] = "linear"
    band: Band | None = None
    is_baseline: bool = False

    @property
    def front(self) -> npt.NDArray[np.float64]:
        """Values of the line in front: smoothed when there is one."""
        return self.values if self.smoothed is None else self.smoothed

    @property
    def front_pyramid(self) -> Pyramid | None:
        """Pyramid of `front`."""
        return self.pyramid if self.smoothed is None else self.smoothed_pyramid


@dataclass(frozen=True, slots=True)
class ViewRange:
    """What a chart shows, in data units: x in steps or seconds, y in values."""

    x0: float
    x1: float
    y0: float
    y1: float
    #: Of the right axis, when there is one.
    y20: float | None = None
    y21: float | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """All that decides the pixels of a frame, but for the curves.

    Attributes
    ----------
    view : ViewRange
    x_kind : what x is
    log_y : bool
    width, height : device pixels
    ratio : device pixels per device-independent pixel
    highlight : series_id of the curve brought forward, or None
    """

    view: ViewRange
    x_kind: XKind
    log_y: bool
    width: int
    height: int
    ratio: float
    highlight: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """Points that a line cannot show: alone, or not finite.

    Attributes
    ----------
    colour : QColor
    kind : one of spans.DOT, MARK_NAN, MARK_POSITIVE, MARK_NEGATIVE
    places : (k, 2) float64
        Device pixels; y means something for dots only.
    """

    colour: QColor
    kind: int
    places: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    curve: CurveData
    values: npt.NDArray[np.float64]
    pyramid: Pyramid | None
    colour: tuple[int, int, int, int]
    half_width: float
    with_marks: bool


@dataclass(slots=True)
class _Axis:
    """How a curve's points lie on the x axis."""

    steps: npt.NDArray[np.int64]
    seconds: npt.NDArray[np.float64]
    left: float
    pieces: npt.NDArray[np.int64]
    is_sorted: bool
    joined: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Clock:
    """What is known of a series' wall times; true as long as its first points stay the same."""

    count: int
    first: float
    pieces_in: npt.NDArray[np.int64]
    pieces: npt.NDArray[np.int64] | None


#: A piece of a line: the line, how it lies on the x axis, and the piece's index there.
Row = tuple[_Line, _Axis, int]


@dataclass(frozen=True, slots=True, eq=False)
class _Whole:
    """The picture of all curves alike, in `_planes`, and what it was made of."""

    curves: Sequence[CurveData]
    scene: Scene
    backdrop: npt.NDArray[np.uint8]
    marks: list[Marks]
    drawn: bool


def fade_marks(marks: Marks) -> Marks:
    """Return the marks of a curve that is not forward."""
    colour = QColor(marks.colour)
    colour.setAlphaF(colour.alphaF() * FADED)
    return replace(marks, colour=colour)


def highlit(curves: Sequence[CurveData], scene: Scene) -> CurveData | None:
    """Return the curve the scene brings forward, or None."""
    if scene.highlight is None:
        return None
    return next((curve for curve in curves if curve.series_id == scene.highlight), None)


def log_of(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return log10, with zero and below far down instead of not at all."""
    with np.errstate(invalid="ignore", divide="ignore"):
        made = np.log10(values)
    made[values <= 0.0] = _LOG_OF_NOTHING
    made[values == -np.inf] = -np.inf
    return made


def y_scale(view: ViewRange, log_y: bool, height: float) -> tuple[float, float]:
    """Return the value at the upper edge, on the drawn scale, and pixels per unit of it."""
    top, bottom = view.y1, view.y0
    if log_y:
        edges = log_of(np.array([top, bottom]))
        top, bottom = float(edges[0]), float(edges[1])
    return top, height / (top - bottom) if top > bottom else 1.0


class CurveLayer:
    """Draws curves; keeps what it learnt of their wall times and the room for its images."""

    def __init__(self) -> None:
        self._clocks: dict[int, _Clock] = {}
        self._planes = np.empty((0, 3, 0), np.uint8)
        self._whole: _Whole | None = None
        self.marks: list[Marks] = []
        self.drawn = False

    def axis_of(self, curve: CurveData, x_kind: XKind) -> _Axis:
        """Return how the curve's points lie on an axis of that kind (left edge at 0)."""
        if x_kind == "step" or not len(curve.wall_times):
            return _Axis(curve.steps, NO_SECONDS, 0.0, curve.pieces, True, curve.joined)
        seconds = curve.wall_times
        clock = self._clocks.get(curve.series_id)
        first = float(seconds[0])
        if (
            clock is None
            or clock.count != len(seconds)
            or clock.first != first
            or not np.array_equal(clock.pieces_in, curve.pieces)
        ):
            clock = _Clock(len(seconds), first, curve.pieces, sorted_pieces(seconds, curve.pieces))
            self._clocks[curve.series_id] = clock
        origin = first if x_kind == "relative" and np.isfinite(first) else 0.0
        if clock.pieces is None:
            return _Axis(curve.steps, seconds, origin, curve.pieces, False, False)
        joined = curve.joined and len(clock.pieces) == len(curve.pieces)
        return _Axis(curve.steps, seconds, origin, clock.pieces, True, joined)

    def forget_clocks(self, keep: set[int]) -> None:
        """Drop what is known of series that are not in `keep`."""
        for series_id in self._clocks.keys() - keep:
            del self._clocks[series_id]

    def render(
        self, curves: Sequence[CurveData], scene: Scene, backdrop: npt.NDArray[np.uint8]
    ) -> QImage:
        """Return the picture of the curves over the backdrop and leave its marks in `marks`.

        Parameters
        ----------
        curves : in drawing order
        scene : Scene
        backdrop : (3, height) uint8
            Blue, green, red of each row behind the curves: surface and grid lines.
        """
        width, height = scene.width, scene.height
        size = (width, 3, height)
        image = QImage(width, height, QImage.Format.Format_RGB32)
        pixels = np.frombuffer(image.bits(), np.uint32).reshape(height, image.bytesPerLine() // 4)
        if self._planes.shape != size:
            self._planes = spans.new_planes(width, height)
            self._whole = None
        planes = self._planes
        whole = self._whole
        alike = replace(scene, highlight=None)
        if (
            whole is None
            or whole.curves is not curves
            or whole.scene != alike
            or not np.array_equal(whole.backdrop, backdrop)
        ):
            self.marks = []
            self.drawn = False
            spans.clear(planes, backdrop, 0, width)
            self._draw(planes, self.rows(curves, scene), scene)
            whole = _Whole(curves, alike, backdrop, self.marks, self.drawn)
            self._whole = whole
        self.marks = whole.marks
        self.drawn = whole.drawn
        forward = highlit(curves, scene)
        if forward is not None:
            # Which curve is forward changes with every move of the pointer; behind it lies the
            # picture of all, faded as a whole.
            planes = planes.copy()
            self._in_parts(partial(spans.fade, planes, backdrop, FADED), width, width * height // 8)
            self.marks = [fade_marks(marks) for marks in whole.marks]
            self._draw(planes, self.rows([forward], scene, forward=True), scene)
        self._in_parts(partial(spans.finish, planes, pixels), width, width * height // 8)
        return image

    def _draw(self, planes: npt.NDArray[np.uint8], todo: Sequence[Row], scene: Scene) -> None:
        for strokes, rows, lines in self.strokes(todo, scene):
            self._in_parts(
                partial(spans.fill, planes, strokes, rows), scene.width, rows * scene.width
            )
            self.note(strokes, rows, lines)

    def strokes(
        self, todo: Sequence[Row], scene: Scene, left_column: int = 0, columns: int = 0
    ) -> Iterator[tuple[spans.Strokes, int, list[_Line]]]:
        """Yield the strokes of rows, a chunk of them at a time, in the order given.

        The same `Strokes` is filled again for the next chunk. With `columns`, only that many
        from `left_column` on.
        """
        width = columns or scene.width
        view = scene.view
        scale = scene.width / (view.x1 - view.x0)
        top, value_scale = y_scale(view, scene.log_y, scene.height)
        made = spans.Strokes(min(_CHUNK, len(todo)), width)
        for begin in range(0, len(todo), _CHUNK):
            chunk = todo[begin : begin + _CHUNK]

            def work(first: int, stop: int, chunk: Sequence[Row] = chunk) -> None:
                found = Columns(width)
                for row in range(first, stop):
                    line, axis, index = chunk[row]
                    made.colours[row] = line.colour
                    made.half_widths[row] = line.half_width
                    left = axis.left + view.x0 + left_column / scale
                    if not self._trace(
                        made,
                        row,
                        line,
                        axis,
                        index,
                        left,
                        scale,
                        found,
                        top,
                        value_scale,
                        scene.log_y,
                        width,
                    ):
                        made.spans[row] = 0
                        made.kinds[row] = 0

            self._in_parts(work, len(chunk), len(chunk) * width, 8)
            yield made, len(chunk), [line for line, _axis, _index in chunk]

    def nearest(
        self, curves: Sequence[CurveData], scene: Scene, x: float, y: float, most: float
    ) -> int | None:
        """Return the series_id of the line nearest to a place, device pixels, within `most`."""
        first = max(0, int(x - most))
        columns = min(scene.width, int(x + most) + 1) - first
        if columns <= 0:
            return None
        best, best_id = most * most, None
        across = np.arange(first, first + columns) + 0.5 - x
        todo = [row for row in self.rows(curves, scene) if row[0].with_marks]
        for strokes, rows, lines in self.strokes(todo, scene, first, columns):
            drawn = strokes.kinds[:rows] & spans.DRAWN != 0
            # What is not drawn is undefined, and must not be reckoned with.
            tops = np.where(drawn, strokes.shapes[:rows, :, 2], 1e9)
            bottoms = np.where(drawn, strokes.shapes[:rows, :, 3], 1e9)
            down = np.maximum(np.maximum(tops - y, y - bottoms), 0.0)
            away = across * across + down * down
            for line, distance in zip(lines, away.min(axis=1).tolist(), strict=True):
                # The later of two is the one on top.
                if distance <= best:
                    best, best_id = distance, line.curve.series_id
        return best_id

    def rows(self, curves: Sequence[CurveData], scene: Scene, forward: bool = False) -> list[Row]:
        """Return what is drawn of the curves: raw lines first, then those in front of them."""
        order = [(curve, self.axis_of(curve, scene.x_kind)) for curve in curves]
        rows: list[Row] = []
        for in_front in (False, True):
            for curve, axis in order:
                if not in_front and (curve.smoothed is None or not curve.show_raw):
                    continue
                opacity = curve.opacity
                width = curve.width * (FORWARD if forward else 1.0)
                if not in_front:
                    opacity *= RAW_OPACITY
                colour = curve.colour
                line = _Line(
                    curve,
                    curve.front if in_front else curve.values,
                    curve.front_pyramid if in_front else curve.pyramid,
                    (colour.blue(), colour.green(), colour.red(), round(255 * opacity)),
                    0.5 * max(1.0, width * scene.ratio),
                    in_front,
                )
                pieces = len(axis.pieces) if axis.is_sorted else 1
                rows.extend((line, axis, index) for index in range(pieces))
        return rows

    @staticmethod
    def _trace(
        made: spans.Strokes,
        row: int,
        line: _Line,
        axis: _Axis,
        index: int,
        left: float,
        scale: float,
        found: Columns,
        top: float,
        value_scale: float,
        log_y: bool,
        width: int,
    ) -> bool:
        """Make the strokes of one piece; False when nothing of it is in the picture."""
        values = line.values
        steps, seconds = axis.steps, axis.seconds
        x = seconds if len(seconds) else steps

        def place(i: int) -> float:
            return (float(x[i]) - left) * scale

        entry = leave = (np.nan, np.nan)
        if axis.is_sorted:
            start, stop = axis.pieces[index].tolist()
            stop = min(stop, len(values))
            if stop <= start:
                return False
            before = int(axis.pieces[index - 1][1]) - 1 if axis.joined and index else -1
            entry_x = place(before) if before >= 0 else np.inf
            if place(stop - 1) < 0.0 or min(place(start), entry_x) >= width:
                return False
            query_columns(
                found, steps, seconds, values, start, stop, left, scale, width, line.pyramid
            )
            first, after = int(found.starts[0]), int(found.stops[width - 1])
            if first > start:
                entry = (place(first - 1), float(values[first - 1]))
            elif before >= 0 and entry_x < width:
                entry = (entry_x, float(values[before]))
            if after < stop:
                leave = (place(after), float(values[after]))
        else:
            start, stop = int(axis.pieces[0][0]), min(int(axis.pieces[-1][1]), len(values))
            query_columns(
                found,
                steps,
                seconds,
                values,
                start,
                stop,
                left,
                scale,
                width,
                None,
                is_sorted=False,
            )
        if log_y:
            found.lows[:] = log_of(found.lows)
            found.highs[:] = log_of(found.highs)
            found.edges[:2] = log_of(found.edges[:2])
            ends = log_of(np.array([entry[1], leave[1]]))
            entry, leave = (entry[0], float(ends[0])), (leave[0], float(ends[1]))
        spans.trace(made, row, found, top, value_scale, *entry, *leave, connected=axis.is_sorted)
        return bool(made.spans[row, 1] > made.spans[row, 0])

    def note(self, strokes: spans.Strokes, rows: int, lines: list[_Line]) -> None:
        """Add to `marks` and `drawn` what these strokes are beside lines."""
        self.drawn = self.drawn or bool((strokes.kinds[:rows] & spans.DRAWN).any())
        marked = strokes.kinds[:rows] & np.uint8(0xF0)
        if not marked.any():
            return
        for row, line in enumerate(lines):
            if not line.with_marks:
                continue
            first, stop = strokes.spans[row].tolist()
            kinds = marked[row, first:stop]
            for kind in (spans.DOT, spans.MARK_NAN, spans.MARK_POSITIVE, spans.MARK_NEGATIVE):
                at = np.flatnonzero(kinds & kind) + first
                if len(at):
                    places = np.zeros((len(at), 2))
                    places[:, 0] = at + 0.5
                    if kind == spans.DOT:
                        # Other marks have no height: their strokes are not drawn, so undefined.
                        ends = strokes.shapes[row, at, 2:4].astype(np.float64)
                        places[:, 1] = ends.mean(axis=1)
                    colour = QColor(line.curve.colour)
                    colour.setAlpha(line.colour[3])
                    self.marks.append(Marks(colour, kind, places))

    @staticmethod
    def _in_parts(
        work: Callable[[int, int], object], count: int, size: int, whole: int = 16
    ) -> None:
        """Do work(first, stop) on parts of [0, count), in threads when there is enough of it.

        Parts are a multiple of `whole`: of columns, cache lines of the image.
        """
        part = -(-count // SIZE)
        part = -(-part // whole) * whole
        if size < _WORTH_A_THREAD or part >= count:
            work(0, count)
            return
        edges = [*range(0, count, part), count]
        CREW.run([partial(work, first, stop) for first, stop in pairwise(edges)])
