"""The lines of a chart as an image, at a cost that follows the screen and not the data.

A *line* is one thing drawn: a series' raw line or its smoothed line. Each sorted piece of a line
is one row of strokes. `CurveLayer` asks the pyramid what every pixel column holds, makes the
strokes and fills them; see `eventglass.app.core.compute.spans`. Bands lie behind all lines. Points
whose x goes to and fro too often to be a line are a *cloud* of dots.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColor, QImage

from eventglass.app.core.compute import spans
from eventglass.app.core.compute.crew import CREW, SIZE
from eventglass.app.core.compute.pyramid import Columns, Pyramid, query_columns
from eventglass.app.core.compute.scales import Scale
from eventglass.widgets.plots.curve_axis import AxisBook, CurveAxis, positive_part
from eventglass.widgets.plots.curve_data import (
    Band,
    CurveData,
    Dash,
    Marks,
    ScaleKind,
    Scene,
    Side,
    ViewRange,
    XKind,
    x_drawn,
    y_drawn,
)

#: Opacity of the raw line behind a smoothed one, and of a band.
RAW_OPACITY = 0.25
BAND_OPACITY = 0.18
#: What is left of the other curves while one is highlighted, and how much wider that one is.
FADED = 0.25
FORWARD = 1.6
#: How much wider a baseline is, and the room cleared around it, device-independent pixels.
BASELINE = 1.4
HALO = 1.5
#: Points that stand this far apart in the mean are marked, device-independent pixels.
MARKED_APART = 12.0
#: Marks of a line that is always marked stand no nearer than this.
_LEAST_APART = 4.0
#: Lengths of dashes and gaps, device-independent pixels at the usual width.
DASHES: dict[Dash, tuple[float, ...]] = {
    "dash": (9.0, 5.0),
    "dot": (2.0, 3.5),
    "dashdot": (9.0, 4.0, 2.0, 4.0),
}
#: What a steep column counts at most towards the length of a dash, in its widths.
_STEEPEST = 4.0
#: Radius of a dot of a cloud, device-independent pixels.
_CLOUD_DOT = 1.6
#: Points of a cloud looked at in one go.
_CLOUD_CHUNK = 1_000_000
#: So many of a cloud's points near the pointer are looked at.
_CLOUD_LOOK = 50_000
#: Rows of strokes made before they are filled; bounds the memory of a frame.
_CHUNK = 256
#: Strokes below which a second thread costs more than it brings.
_WORTH_A_THREAD = 40_000
#: Kinds of strokes that stay where a dash is cut out.
_MARKS_ONLY = np.uint16(spans.MARK_NAN | spans.MARK_POSITIVE | spans.MARK_NEGATIVE | spans.DOT)


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    curve: CurveData
    values: npt.NDArray[np.float64]
    pyramid: Pyramid | None
    colour: tuple[int, int, int, int]
    half_width: float
    with_marks: bool
    dash: tuple[float, ...] = ()


#: A piece of a line: the line, how it lies on the x axis, and the piece's index there.
Row = tuple[_Line, CurveAxis, int]


@dataclass(frozen=True, slots=True, eq=False)
class _Window:
    """The columns strokes are made for.

    `left` and `right` are the drawn x at their edges, `scale` pixels per unit of drawn x.
    """

    left: float
    scale: float
    width: int
    along: Scale
    scene: Scene

    @property
    def right(self) -> float:
        return self.left + self.width / self.scale


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


def highlit(curves: Sequence[CurveData], scene: Scene) -> list[CurveData]:
    """Return the curves the scene brings forward."""
    if not scene.highlight:
        return []
    return [curve for curve in curves if curve.series_id in scene.highlight]


def strokes_suffice(curves: Sequence[CurveData], x_kind: XKind) -> bool:
    """Return whether strokes show all there is: no bands, and no clouds."""
    return x_kind != "tag" and all(curve.band is None for curve in curves)


def _bgra(colour: QColor, opacity: float) -> tuple[int, int, int, int]:
    return colour.blue(), colour.green(), colour.red(), round(255 * opacity)


class CurveLayer:
    """Draws curves; keeps what it learnt of their x and the room for its images.

    Parameters
    ----------
    axes
        What is known of the curves' x, where another layer draws the same ones.
    """

    def __init__(self, axes: AxisBook | None = None) -> None:
        self.axes = AxisBook() if axes is None else axes
        self._planes = np.empty((0, 3, 0), np.uint8)
        self._whole: _Whole | None = None
        self.marks: list[Marks] = []
        self.drawn = False

    def axis_of(self, curve: CurveData, x_kind: XKind) -> CurveAxis:
        """Return how the curve's points lie on an axis of that kind."""
        return self.axes.axis_of(curve, x_kind)

    def find_orders(self, curves: Sequence[CurveData]) -> bool:
        """Find what pointing at clouds of these curves needs; returns True."""
        for curve in curves:
            self.axis_of(curve, "tag").find_order()
        return True

    def forget_clocks(self, keep: set[int]) -> None:
        """Drop what is known of series that are not in `keep`."""
        self.axes.forget(keep)
        if not keep:
            # Nothing may be painted for long; the picture holds the points it was made of.
            self._whole = None

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
        alike = replace(scene, highlight=frozenset())
        if (
            whole is None
            or whole.curves is not curves
            or whole.scene != alike
            or not np.array_equal(whole.backdrop, backdrop)
        ):
            self.marks = []
            self.drawn = False
            spans.clear(planes, backdrop, 0, width)
            self._draw_all(planes, curves, scene)
            whole = _Whole(curves, alike, backdrop, self.marks, self.drawn)
            self._whole = whole
        self.marks = whole.marks
        self.drawn = whole.drawn
        forward = highlit(curves, scene)
        if forward:
            # Which curve is forward changes with every move of the pointer; behind it lies the
            # picture of all, faded as a whole.
            planes = planes.copy()
            self._in_parts(partial(spans.fade, planes, backdrop, FADED), width, width * height // 8)
            self.marks = [fade_marks(marks) for marks in whole.marks]
            self._draw_all(planes, forward, scene, forward=True)
        self._in_parts(partial(spans.finish, planes, pixels), width, width * height // 8)
        return image

    def _draw_all(
        self,
        planes: npt.NDArray[np.uint8],
        curves: Sequence[CurveData],
        scene: Scene,
        forward: bool = False,
    ) -> None:
        for curve in curves:
            if curve.band is not None:
                self._draw_band(planes, curve, curve.band, scene)
        if scene.x_kind == "tag":
            for curve in curves:
                if not self.axis_of(curve, "tag").is_sorted:
                    self._draw_cloud(planes, curve, scene)
        for strokes, rows, lines in self.strokes(self.rows(curves, scene, forward), scene):
            self._in_parts(
                partial(spans.fill, planes, strokes, rows), scene.width, rows * scene.width
            )
            self.note(strokes, rows, lines)

    def strokes(
        self, todo: Sequence[Row], scene: Scene, left_column: int = 0, columns: int = 0
    ) -> Iterator[tuple[spans.Strokes, int, list[_Line]]]:
        """Yield the strokes of rows, a chunk of them at a time, in the order given.

        The same `Strokes` is filled again for the next chunk. With `columns`, only that many
        from `left_column` on, without dashes and markers; otherwise markers go to `marks`.
        """
        window = _window(scene, left_column, columns)
        made = spans.Strokes(min(_CHUNK, len(todo)), window.width)
        for begin in range(0, len(todo), _CHUNK):
            chunk = todo[begin : begin + _CHUNK]
            markers: list[Marks | None] = [None] * len(chunk)

            def work(
                first: int,
                stop: int,
                chunk: Sequence[Row] = chunk,
                markers: list[Marks | None] = markers,
            ) -> None:
                found = Columns(window.width)
                for row in range(first, stop):
                    line, axis, index = chunk[row]
                    made.colours[row] = line.colour
                    made.half_widths[row] = line.half_width
                    covered = _trace(made, row, line, axis, index, window, found)
                    if covered is None:
                        made.spans[row] = 0
                        made.kinds[row] = 0
                    elif not columns:
                        if line.dash:
                            _cut_dashes(made, row, line, window)
                        if line.with_marks and line.curve.marker != "none":
                            markers[row] = _markers(line, axis, *covered, window)

            self._in_parts(work, len(chunk), len(chunk) * window.width, 8)
            self.marks.extend(marks for marks in markers if marks is not None)
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
        if scene.x_kind == "tag":
            for curve in curves:
                for xs, values in self._cloud_near(curve, scene, x, most):
                    distance = _nearest_of_cloud(xs, values, curve.axis, scene, x, y, most)
                    if distance <= best:
                        best, best_id = distance, curve.series_id
        return best_id

    def rows(self, curves: Sequence[CurveData], scene: Scene, forward: bool = False) -> list[Row]:
        """Return what is drawn of the curves: raw lines, those in front of them, baselines."""
        order = [(curve, self.axis_of(curve, scene.x_kind)) for curve in curves]
        if scene.x_kind == "tag":
            order = [(curve, axis) for curve, axis in order if axis.is_sorted]
        rows: list[Row] = []
        for in_front in (False, True):
            if in_front and any(curve.is_baseline for curve, _axis in order):
                order.sort(key=lambda each: each[0].is_baseline)
            for curve, axis in order:
                if not in_front and (curve.smoothed is None or not curve.show_raw):
                    continue
                rows.extend(self._rows_of(curve, axis, scene, in_front, forward))
        return rows

    @staticmethod
    def _rows_of(
        curve: CurveData, axis: CurveAxis, scene: Scene, in_front: bool, forward: bool
    ) -> Iterator[Row]:
        opacity = curve.opacity * (1.0 if in_front else RAW_OPACITY)
        width = curve.width * (FORWARD if forward else 1.0)
        distinct = curve.is_baseline and in_front
        if distinct:
            width *= BASELINE
        values, pyramid = axis.values(
            curve.front if in_front else curve.values,
            curve.front_pyramid if in_front else curve.pyramid,
        )
        dash: tuple[float, ...] = ()
        if in_front and (distinct or curve.dash != "solid"):
            parts = DASHES["dash" if curve.dash == "solid" else curve.dash]
            # Thick dashes are longer ones; thin ones must still be told apart.
            dash = tuple(part * scene.ratio * max(1.0, width / 1.5) for part in parts)
        half_width = 0.5 * max(1.0, width * scene.ratio)
        line = _Line(
            curve, values, pyramid, _bgra(curve.colour, opacity), half_width, in_front, dash
        )
        pieces = len(axis.pieces) if axis.is_sorted else 1
        if distinct:
            halo = replace(
                line,
                colour=(*scene.ground, 255),
                half_width=half_width + HALO * scene.ratio,
                with_marks=False,
                dash=(),
            )
            for index in range(pieces):
                yield halo, axis, index
        for index in range(pieces):
            yield line, axis, index

    def _draw_band(
        self, planes: npt.NDArray[np.uint8], curve: CurveData, band: Band, scene: Scene
    ) -> None:
        """Fill between the two edges of a band, which run as lines would."""
        axis = self.axis_of(curve, scene.x_kind)
        if not axis.is_sorted:
            return
        window = _window(scene)
        edges = np.full((4, scene.width), np.nan)
        made, found = spans.Strokes(2, scene.width), Columns(scene.width)
        # What is not drawn is undefined, and must not be reckoned with.
        made.shapes.fill(0.0)
        sides = [
            _Line(curve, *axis.values(values, pyramid), (0, 0, 0, 0), 1.0, False)
            for values, pyramid in (
                (band.highs, band.high_pyramid),
                (band.lows, band.low_pyramid),
            )
        ]
        for index in range(len(axis.pieces)):
            for row, line in enumerate(sides):
                if _trace(made, row, line, axis, index, window, found) is None:
                    made.kinds[row] = 0
            drawn = (made.kinds[0] & made.kinds[1] & spans.DRAWN) != 0
            for row in range(2):
                shape = made.shapes[row].astype(np.float64)
                straight = made.kinds[row] & spans.STRAIGHT != 0
                ends = np.where(straight[:, None], shape[:, 0:2], shape[:, 2 + row : 3 + row])
                np.copyto(edges[row], ends.mean(axis=1), where=drawn)
                np.copyto(edges[2 + row], np.abs(ends[:, 1] - ends[:, 0]), where=drawn)
        colour = np.array([_bgra(curve.colour, curve.opacity * BAND_OPACITY)], np.uint8)
        self._in_parts(
            partial(spans.fill_band, planes, edges, colour), scene.width, planes.size // 24
        )
        self.drawn = self.drawn or bool((edges[0] <= edges[1]).any())

    def _draw_cloud(self, planes: npt.NDArray[np.uint8], curve: CurveData, scene: Scene) -> None:
        """Paint the points of a line that turns too often to be one."""
        cover = spans.Cover(scene.width, scene.height)
        radius = max(0.8, _CLOUD_DOT * scene.ratio * curve.width / 1.5)
        left, across = x_drawn(scene.view, scene.scales, scene.width)
        top, down = y_drawn(scene.view, scene.scales, scene.height, curve.axis)
        for xs, values in self._cloud_points(curve, scene, _CLOUD_CHUNK):
            cover.stamp(xs, values, left, across, top, down, radius)
        if cover.seen.any():
            self.drawn = True
        colour = np.array([_bgra(curve.colour, curve.opacity)], np.uint8)
        self._in_parts(
            partial(spans.fill_cover, planes, cover, colour), scene.width, planes.size // 24
        )

    def _cloud_points(
        self, curve: CurveData, scene: Scene, chunk: int
    ) -> Iterator[tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]]:
        """Yield x and value of the points of a cloud, on the scales drawn; none of a line."""
        axis = self.axis_of(curve, scene.x_kind)
        if axis.is_sorted:
            return
        values, _pyramid = axis.values(curve.front, None)
        scale = scene.scales.of(curve.axis)
        for begin in range(0, len(values), chunk):
            part = values[begin : begin + chunk]
            xs = axis.seconds[begin : begin + len(part)]
            yield scene.scales.x.drawn_of(xs), scale.drawn_of(part)

    def _cloud_near(
        self, curve: CurveData, scene: Scene, x: float, most: float
    ) -> Iterator[tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]]:
        """Yield those of the points of a cloud that may lie within `most` pixels of x."""
        axis = self.axis_of(curve, scene.x_kind)
        order = axis.order
        if order is None and len(axis.seconds) <= _CLOUD_CHUNK:
            yield from self._cloud_points(curve, scene, _CLOUD_CHUNK)
            return
        if order is None:
            near = np.arange(0, len(axis.seconds), len(axis.seconds) // _CLOUD_LOOK)
        else:
            left, across = x_drawn(scene.view, scene.scales, scene.width)
            ends = [scene.scales.x.value(left + (x + aside) / across) for aside in (-most, most)]
            first, last = np.searchsorted(axis.seconds, ends, sorter=order).tolist()
            near = order[first : max(first, last) : max(1, (last - first) // _CLOUD_LOOK)]
        values, _pyramid = axis.values(curve.front, None)
        near = near[near < len(values)]
        scale = scene.scales.of(curve.axis)
        yield scene.scales.x.drawn_of(axis.seconds[near]), scale.drawn_of(values[near])

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
                    self.marks.append(Marks(colour, kind, places, line.curve.marker_shape))

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


def _nearest_of_cloud(
    xs: npt.NDArray[np.float64],
    values: npt.NDArray[np.float64],
    axis: Side,
    scene: Scene,
    x: float,
    y: float,
    most: float,
) -> float:
    """Return the squared distance of the point nearest to a place, device pixels, inf beyond."""
    left, across = x_drawn(scene.view, scene.scales, scene.width)
    top, down = y_drawn(scene.view, scene.scales, scene.height, axis)
    here, reach = left + x / across, most / across
    near = (xs >= here - reach) & (xs <= here + reach)
    with np.errstate(invalid="ignore", over="ignore"):
        away = ((xs[near] - here) * across) ** 2 + ((top - values[near]) * down - y) ** 2
    return float(np.nanmin(away, initial=math.inf))


def _window(scene: Scene, left_column: int = 0, columns: int = 0) -> _Window:
    left, scale = x_drawn(scene.view, scene.scales, scene.width)
    return _Window(left + left_column / scale, scale, columns or scene.width, scene.scales.x, scene)


def _trace(
    made: spans.Strokes,
    row: int,
    line: _Line,
    axis: CurveAxis,
    index: int,
    window: _Window,
    found: Columns,
) -> tuple[int, int, int, int] | None:
    """Make the strokes of one piece; None when nothing of it is in the picture.

    Returns the index range of the piece, and of its points in the picture.
    """
    values, x = line.values, axis.x
    along, width, scale = window.along, window.width, window.scale
    linear = along.kind == "linear"
    origin = axis.left + window.left

    def place(i: int) -> float:
        if linear:
            return (float(x[i]) - origin) * scale
        return (along.drawn(float(x[i]) - axis.left) - window.left) * scale

    entry = leave = (np.nan, np.nan)
    if not axis.is_sorted:
        start, stop = int(axis.pieces[0][0]), min(int(axis.pieces[-1][1]), len(values))
        first, after = start, stop
        query_columns(
            found,
            axis.steps,
            axis.seconds,
            values,
            start,
            stop,
            origin if linear else window.left,
            scale,
            width,
            None,
            is_sorted=False,
            along=along,
            origin=axis.left,
        )
    else:
        start, stop = axis.pieces[index].tolist()
        stop = min(stop, len(values))
        falling = axis.falling is not None and bool(axis.falling[index])
        if along.kind == "log":
            start, stop = positive_part(x, start, stop, axis.left, falling)
        if stop <= start:
            return None
        before = int(axis.pieces[index - 1][1]) - 1 if axis.joined and index else -1
        if before >= 0 and along.kind == "log" and not float(x[before]) > axis.left:
            before = -1
        entry_x = place(before) if before >= 0 else np.inf
        ends = (place(stop - 1), place(start)) if falling else (place(start), place(stop - 1))
        if ends[1] < 0.0 or min(ends[0], entry_x) >= width:
            return None
        # Where x falls the columns are counted from the right, and turned round afterwards.
        edge = window.right if falling else window.left
        query_columns(
            found,
            axis.steps,
            axis.seconds,
            values,
            start,
            stop,
            axis.left + edge if linear else edge,
            -scale if falling else scale,
            width,
            line.pyramid,
            along=along,
            origin=axis.left,
        )
        first, after = int(found.starts[0]), int(found.stops[width - 1])
        if falling:
            _turn_round(found, width)
        if first > start:
            entry = (place(first - 1), float(values[first - 1]))
        elif before >= 0 and entry_x < width:
            entry = (entry_x, float(values[before]))
        if after < stop:
            leave = (place(after), float(values[after]))
        if falling:
            entry, leave = leave, entry
    curve = line.curve
    scene = window.scene
    vertical = scene.scales.of(curve.axis)
    if vertical.kind != "linear":
        found.lows[:] = vertical.drawn_of(found.lows)
        found.highs[:] = vertical.drawn_of(found.highs)
        found.edges[:2] = vertical.drawn_of(found.edges[:2])
        drawn = vertical.drawn_of(np.array([entry[1], leave[1]])).tolist()
        entry, leave = (entry[0], drawn[0]), (leave[0], drawn[1])
    top, value_scale = y_drawn(scene.view, scene.scales, scene.height, curve.axis)
    stepped = curve.interpolation == "step" and axis.falling is None
    spans.trace(
        made,
        row,
        found,
        top,
        value_scale,
        *entry,
        *leave,
        connected=axis.is_sorted,
        stepped=stepped,
    )
    if made.spans[row, 1] <= made.spans[row, 0]:
        return None
    return start, stop, first, after


def _turn_round(found: Columns, width: int) -> None:
    """Make columns that were counted from the right columns counted from the left."""
    for array in (found.starts, found.stops, found.lows, found.highs, found.flags):
        array[:width] = array[:width][::-1].copy()
    edges = found.edges[:, :width][:, ::-1].copy()
    found.edges[0, :width], found.edges[1, :width] = edges[1], edges[0]
    # Of empty columns they are undefined, and may be any bits.
    with np.errstate(invalid="ignore", over="ignore"):
        found.edges[2, :width], found.edges[3, :width] = width - edges[3], width - edges[2]


def _cut_dashes(made: spans.Strokes, row: int, line: _Line, window: _Window) -> None:
    """Take out of a line the columns that are gaps between its dashes.

    The length runs along the line. A dash cut by columns is cut to the pixel, and a steep column
    counts for no more than a few, so that noise is dashed as well.
    """
    first, stop = made.spans[row].tolist()
    kinds, shapes = made.kinds[row, first:stop], made.shapes[row, first:stop]
    drawn = kinds & spans.DRAWN != 0
    # What is not drawn is undefined, and may be any bits.
    with np.errstate(invalid="ignore", over="ignore"):
        rise = np.where(drawn, shapes[:, 3] - shapes[:, 2], 0.0)
        length = np.hypot(1.0, np.clip(rise, 0.0, _STEEPEST))
    total = sum(line.dash)
    # Dashes stay where they are while the chart is panned.
    begin = (window.left * window.scale + first) % total
    along = (begin + np.cumsum(length) - length) % total
    part = np.searchsorted(np.cumsum(line.dash), along, side="right")
    kinds[part % 2 == 1] &= _MARKS_ONLY


def _markers(
    line: _Line,
    axis: CurveAxis,
    start: int,
    stop: int,
    first: int,
    after: int,
    window: _Window,
) -> Marks | None:
    """Return the markers of a piece's points in sight, or None when they stand too near."""
    if not axis.is_sorted:
        return None
    scene, curve = window.scene, line.curve
    low, high = max(first - 1, start), min(after + 1, stop)
    count = high - low
    if count < 2 or first >= after:
        return None
    along = window.along
    ends = np.array([float(axis.x[low]), float(axis.x[high - 1])]) - axis.left
    places = (along.drawn_of(ends) - window.left) * window.scale
    apart = abs(float(places[1] - places[0])) / (count - 1)
    if curve.marker == "auto" and apart < MARKED_APART * scene.ratio:
        return None
    stride = max(1, math.ceil(_LEAST_APART * scene.ratio / max(apart, 1e-3)))
    # Of those left out always the same ones.
    chosen = slice(-(-first // stride) * stride, after, stride)
    values = line.values[chosen]
    x = axis.x[chosen].astype(np.float64) - axis.left
    top, scale = y_drawn(scene.view, scene.scales, scene.height, curve.axis)
    made = np.empty((len(values), 2))
    made[:, 0] = (along.drawn_of(x) - window.left) * window.scale
    with np.errstate(invalid="ignore", over="ignore"):
        made[:, 1] = (top - scene.scales.of(curve.axis).drawn_of(values)) * scale
    made = made[np.isfinite(made).all(axis=1)]
    colour = QColor(curve.colour)
    colour.setAlpha(line.colour[3])
    return Marks(colour, spans.DOT, made, curve.marker_shape) if len(made) else None


__all__ = [
    "Band",
    "CurveAxis",
    "CurveData",
    "CurveLayer",
    "Marks",
    "Row",
    "ScaleKind",
    "Scene",
    "ViewRange",
    "XKind",
]
