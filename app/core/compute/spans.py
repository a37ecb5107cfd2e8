"""Curves to pixels: strokes of one pixel column each, filled into an image.

A *stroke* is what one line does inside one pixel column: where it enters on the left, where it
leaves on the right, and how far up and down it goes between. `trace` makes the strokes of a line
from what `query_columns` found, joining the columns exactly as the line runs; `fill` paints the
strokes of many lines, antialiased. Sparse and dense lines take the same way, so there is no change
of look between them.

Coverage is that of a pen of round tip: a pixel at distance d from the line is covered by
clamp(half width + 1/2 - d, 0, 1). A column in which the line is straight is a slanted stroke;
where it turns back inside the column it is taken as an upright one.

The image is kept in *planes*: for each column its blue, green and red bytes one below another,
since strokes are upright.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from eventglass.app.core.compute.pyramid import Columns

try:
    import cython
except ImportError:
    from eventglass.app.core import shadow as cython  # type: ignore[no-redef]

#: Bits of a stroke's kind.
DRAWN = 1
ENTERS = 2
LEAVES = 4
STRAIGHT = 8
MARK_NAN = 16
MARK_POSITIVE = 32
MARK_NEGATIVE = 64
DOT = 128

#: Pixel heights are held to this, so that nothing overflows.
_far = cython.declare(cython.double, 1.0e7)
#: A line that strays less than this from the chord of its column counts as straight there.
_stray = cython.declare(cython.double, 0.35)
_largest = cython.declare(cython.double, float(np.finfo(np.float64).max))


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def _height(value: cython.double, top: cython.double, scale: cython.double) -> cython.double:
    y: cython.double = (top - value) * scale
    if y > _far:
        return _far
    if y < -_far:
        return -_far
    return y


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _join(
    x0: cython.double,
    y0: cython.double,
    column0: cython.Py_ssize_t,
    x1: cython.double,
    y1: cython.double,
    column1: cython.Py_ssize_t,
    columns: cython.Py_ssize_t,
    row: cython.Py_ssize_t,
    enters: cython.float[:, ::1],
    leaves: cython.float[:, ::1],
    tops: cython.float[:, ::1],
    bottoms: cython.float[:, ::1],
    kinds: cython.uchar[:, ::1],
) -> cython.void:
    """Draw the connection of two points in different columns (-1 and `columns` are outside)."""
    column: cython.Py_ssize_t
    slope: cython.double
    y: cython.double
    next_y: cython.double
    if x1 - x0 < 1e-9:
        slope = 0.0
        y0 = y1
    else:
        slope = (y1 - y0) / (x1 - x0)
    y = y0 + slope * (column0 + 1 - x0)
    if column0 >= 0:
        leaves[row, column0] = y
        kinds[row, column0] |= 5
        if y < tops[row, column0]:
            tops[row, column0] = y
        if y > bottoms[row, column0]:
            bottoms[row, column0] = y
    for column in range(column0 + 1, column1):
        next_y = y0 + slope * (column + 1 - x0)
        enters[row, column] = y
        leaves[row, column] = next_y
        kinds[row, column] |= 7
        tops[row, column] = y if y < next_y else next_y
        bottoms[row, column] = y if y > next_y else next_y
        y = next_y
    if column1 < columns:
        enters[row, column1] = y
        kinds[row, column1] |= 3
        if y < tops[row, column1]:
            tops[row, column1] = y
        if y > bottoms[row, column1]:
            bottoms[row, column1] = y


def _trace(
    starts: cython.longlong[::1],
    stops: cython.longlong[::1],
    lows: cython.double[::1],
    highs: cython.double[::1],
    flags: cython.uchar[::1],
    edges: cython.double[:, ::1],
    columns: cython.Py_ssize_t,
    top: cython.double,
    scale: cython.double,
    entry_x: cython.double,
    entry_value: cython.double,
    exit_x: cython.double,
    exit_value: cython.double,
    connected: cython.bint,
    row: cython.Py_ssize_t,
    enters: cython.float[:, ::1],
    leaves: cython.float[:, ::1],
    tops: cython.float[:, ::1],
    bottoms: cython.float[:, ::1],
    kinds: cython.uchar[:, ::1],
    spans: cython.longlong[:, ::1],
) -> None:
    column: cython.Py_ssize_t
    last_column: cython.Py_ssize_t = -1
    begin: cython.Py_ssize_t = columns
    end: cython.Py_ssize_t = 0
    kind: cython.int
    has_last: cython.bint
    last_x: cython.double = entry_x
    last_y: cython.double = 0.0
    y: cython.double
    low: cython.double
    high: cython.double
    with cython.nogil:
        has_last = (
            connected and entry_x == entry_x and -_largest <= entry_value <= _largest
        )
        if has_last:
            last_y = _height(entry_value, top, scale)
            if entry_x >= 0.0:
                last_column = -2
        for column in range(columns):
            kinds[row, column] = 0
        for column in range(columns):
            kind = flags[column]
            if starts[column] == stops[column]:
                continue
            if column < begin:
                begin = column
            end = column + 1
            # The flags of non-finite points are the marks, three bits up.
            kinds[row, column] |= (kind & 14) << 3
            if kind & 1 == 0:
                has_last = False
                continue
            kinds[row, column] |= 1
            tops[row, column] = _height(highs[column], top, scale)
            bottoms[row, column] = _height(lows[column], top, scale)
            if not connected:
                continue
            y = edges[0, column]
            if has_last and -_largest <= y <= _largest:
                y = _height(y, top, scale)
                if last_column == -2:
                    # The line goes on from another piece, whose last point is in the picture.
                    last_column = cython.cast(cython.Py_ssize_t, last_x) if cython.compiled else int(last_x)
                    if last_column < column:
                        tops[row, last_column] = last_y
                        bottoms[row, last_column] = last_y
                        if last_column < begin:
                            begin = last_column
                if last_column >= column:
                    if last_y < tops[row, column]:
                        tops[row, column] = last_y
                    if last_y > bottoms[row, column]:
                        bottoms[row, column] = last_y
                else:
                    if last_column < 0:
                        begin = 0
                    _join(
                        last_x, last_y, last_column, edges[2, column], y, column, columns,
                        row, enters, leaves, tops, bottoms, kinds,
                    )
            y = edges[1, column]
            has_last = -_largest <= y <= _largest
            if has_last:
                last_y = _height(y, top, scale)
                last_x = edges[3, column]
                last_column = column
        if has_last and exit_x == exit_x and -_largest <= exit_value <= _largest:
            if last_column == -2:
                last_column = cython.cast(cython.Py_ssize_t, last_x) if cython.compiled else int(last_x)
                if last_column < columns:
                    tops[row, last_column] = last_y
                    bottoms[row, last_column] = last_y
            if last_column < columns:
                if last_column < begin:
                    begin = last_column if last_column > 0 else 0
                end = columns
                _join(
                    last_x, last_y, last_column, exit_x, _height(exit_value, top, scale), columns,
                    columns, row, enters, leaves, tops, bottoms, kinds,
                )
        for column in range(begin, end):
            kind = kinds[row, column]
            if kind & 6 == 6:
                low = enters[row, column]
                high = leaves[row, column]
                if low > high:
                    y = low
                    low = high
                    high = y
                if tops[row, column] >= low - _stray and bottoms[row, column] <= high + _stray:
                    kinds[row, column] = kind | 8
            elif kind & 7 == 1 and connected and bottoms[row, column] - tops[row, column] < 2.0:
                kinds[row, column] = kind | 128
        spans[row, 0] = begin
        spans[row, 1] = end if end > begin else begin


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def _floor(x: cython.double) -> cython.Py_ssize_t:
    i: cython.Py_ssize_t = cython.cast(cython.Py_ssize_t, x) if cython.compiled else int(x)
    if i > x:
        i -= 1
    return i


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def _raise(cover: cython.uchar[::1], y: cython.Py_ssize_t, amount: cython.float) -> cython.void:
    """Raise the coverage of one pixel to `amount` of 255."""
    level: cython.int
    if amount >= 254.5:
        cover[y] = 255
    elif amount > 0.5:
        level = cython.cast(cython.int, amount + 0.5) if cython.compiled else int(amount + 0.5)
        if level > cover[y]:
            cover[y] = level


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _cover(
    cover: cython.uchar[::1],
    above: cython.Py_ssize_t,
    below: cython.Py_ssize_t,
    aside: cython.float,
    top: cython.float,
    bottom: cython.float,
    slope: cython.float,
    straight: cython.bint,
    reach: cython.float,
) -> cython.void:
    """Raise the coverage of pixels [above, below) by the stroke of a column `aside` of here.

    `reach` is half the width plus 1/2. A straight stroke runs from the column's left edge to its
    right edge with `slope`; any other stands upright in the middle of its column.
    """
    y: cython.Py_ssize_t
    first: cython.Py_ssize_t
    stop: cython.Py_ssize_t
    inner: cython.Py_ssize_t
    outer: cython.Py_ssize_t
    middle: cython.float
    v: cython.float
    t: cython.float
    u: cython.float
    amount: cython.float
    step: cython.float
    norm: cython.float
    first = _floor(top - reach)
    stop = _floor(bottom + reach) + 1
    if first < above:
        first = above
    if stop > below:
        stop = below
    if first >= stop:
        return
    if not straight:
        # Upright: full length at one distance, round ends.
        amount = (reach - abs(aside)) * 255.0
        if amount <= 0.0:
            return
        if amount > 255.0:
            amount = 255.0
        inner = _floor(top + 0.5)
        outer = _floor(bottom + 0.5)
        if inner < first:
            inner = first
        if outer > stop:
            outer = stop
        y = first
        while y < stop:
            if y >= inner and y < outer:
                t = amount
            else:
                v = y + 0.5
                v = top - v if v < top else (v - bottom if v > bottom else 0.0)
                t = (reach - (aside * aside + v * v) ** 0.5) * 255.0
            _raise(cover, y, t)
            y += 1
        return
    middle = (top + bottom) * 0.5
    norm = 1.0 / (1.0 + slope * slope)
    step = norm**0.5
    for y in range(first, stop):
        v = y + 0.5 - middle
        t = (aside + v * slope) * norm
        if t < -0.5 or t > 0.5:
            t = -0.5 if t < 0.0 else 0.5
            u = aside - t
            v = v - slope * t
            amount = (reach - (u * u + v * v) ** 0.5) * 255.0
        else:
            amount = (reach - abs(v - slope * aside) * step) * 255.0
        _raise(cover, y, amount)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _blend(
    planes: cython.uchar[:, :, ::1],
    column: cython.Py_ssize_t,
    cover: cython.uchar[::1],
    first: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
    colour: cython.const[cython.uchar][::1],
    opacity: cython.int,
) -> cython.void:
    """Blend the colour over [first, stop) by its coverage, and clear the coverage."""
    y: cython.Py_ssize_t
    plane: cython.Py_ssize_t
    source: cython.int
    mixed: cython.ushort
    if opacity < 255:
        for y in range(first, stop):
            mixed = cython.cast(cython.ushort, cover[y] * opacity + 128)
            cover[y] = cython.cast(cython.ushort, mixed + (mixed >> 8)) >> 8
    for plane in range(3):
        source = colour[plane]
        for y in range(first, stop):
            mixed = cython.cast(
                cython.ushort, planes[column, plane, y] * (255 - cover[y]) + source * cover[y] + 128
            )
            planes[column, plane, y] = cython.cast(cython.ushort, mixed + (mixed >> 8)) >> 8
    for y in range(first, stop):
        cover[y] = 0


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _fill_solid(
    planes: cython.uchar[:, :, ::1],
    column: cython.Py_ssize_t,
    first: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
    colour: cython.const[cython.uchar][::1],
    opacity: cython.int,
) -> cython.void:
    y: cython.Py_ssize_t
    plane: cython.Py_ssize_t
    source: cython.int
    rest: cython.int = 255 - opacity
    mixed: cython.ushort
    for plane in range(3):
        source = colour[plane]
        if opacity == 255:
            for y in range(first, stop):
                planes[column, plane, y] = source
        else:
            source = source * opacity + 128
            for y in range(first, stop):
                mixed = cython.cast(cython.ushort, planes[column, plane, y] * rest + source)
                planes[column, plane, y] = cython.cast(cython.ushort, mixed + (mixed >> 8)) >> 8


def _fill(
    planes: cython.uchar[:, :, ::1],
    first_column: cython.Py_ssize_t,
    stop_column: cython.Py_ssize_t,
    rows: cython.Py_ssize_t,
    enters: cython.const[cython.float][:, ::1],
    leaves: cython.const[cython.float][:, ::1],
    tops: cython.const[cython.float][:, ::1],
    bottoms: cython.const[cython.float][:, ::1],
    kinds: cython.const[cython.uchar][:, ::1],
    spans: cython.const[cython.longlong][:, ::1],
    colours: cython.const[cython.uchar][:, ::1],
    half_widths: cython.const[cython.float][::1],
    cover: cython.uchar[::1],
) -> None:
    row: cython.Py_ssize_t
    column: cython.Py_ssize_t
    other: cython.Py_ssize_t
    begin: cython.Py_ssize_t
    end: cython.Py_ssize_t
    kind: cython.int
    height: cython.Py_ssize_t = planes.shape[2]
    first: cython.Py_ssize_t
    stop: cython.Py_ssize_t
    solid: cython.Py_ssize_t
    solid_stop: cython.Py_ssize_t
    side: cython.Py_ssize_t
    opacity: cython.int
    gentle: cython.bint
    reach: cython.float
    half: cython.float
    slope: cython.float
    middle: cython.float
    top: cython.float
    bottom: cython.float
    low: cython.float
    high: cython.float
    with cython.nogil:
        for column in range(first_column, stop_column):
            for row in range(rows):
                if column < spans[row, 0] or column >= spans[row, 1]:
                    # A neighbour's stroke may still reach in; half a pixel at a line's end.
                    continue
                kind = kinds[row, column]
                if kind & 1 == 0:
                    continue
                half = half_widths[row]
                reach = half + 0.5
                opacity = colours[row, 3]
                side = _floor(reach)
                if side == reach:
                    side -= 1
                begin = column - side
                end = column + side + 1
                if begin < spans[row, 0]:
                    begin = spans[row, 0]
                if end > spans[row, 1]:
                    end = spans[row, 1]
                top = tops[row, column]
                bottom = bottoms[row, column]
                low = top
                high = bottom
                slope = leaves[row, column] - enters[row, column] if kind & 8 else 0.0
                gentle = kind & 8 != 0 and -1.0 <= slope <= 1.0
                for other in range(begin, end):
                    if kinds[row, other] & 1:
                        if kinds[row, other] & 8 == 0 or bottoms[row, other] - tops[row, other] > 1.0:
                            gentle = False
                        if tops[row, other] < low:
                            low = tops[row, other]
                        if bottoms[row, other] > high:
                            high = bottoms[row, other]
                if gentle:
                    # The common smooth line: a handful of pixels, no neighbour matters.
                    middle = (enters[row, column] + leaves[row, column]) * 0.5
                    first = _floor(middle - reach * 1.5)
                    stop = _floor(middle + reach * 1.5) + 1
                    if first < 0:
                        first = 0
                    if stop > height:
                        stop = height
                    if first >= stop:
                        continue
                    high = 1.0 / (1.0 + slope * slope) ** 0.5
                    for other in range(first, stop):
                        low = other + 0.5 - middle
                        _raise(cover, other, (reach - abs(low) * high) * 255.0)
                    _blend(planes, column, cover, first, stop, colours[row], opacity)
                    continue
                first = _floor(low - reach)
                stop = _floor(high + reach) + 1
                if first < 0:
                    first = 0
                if stop > height:
                    stop = height
                if first >= stop:
                    continue
                # Pixels this column's own stroke covers fully: they need no coverage.
                if kind & 8:
                    middle = (enters[row, column] + leaves[row, column]) * 0.5
                    low = (half - 0.5) * (1.0 + slope * slope) ** 0.5
                    high = (bottom - top) * 0.5
                    if low > high:
                        low = high
                    solid = _floor(middle - low + 0.5)
                    solid_stop = _floor(middle + low + 0.5)
                else:
                    solid = _floor(top - half + 1.0)
                    solid_stop = _floor(bottom + half)
                if solid < first:
                    solid = first
                if solid_stop > stop:
                    solid_stop = stop
                if solid_stop - solid < 8:
                    solid = stop
                    solid_stop = stop
                for other in range(begin, end):
                    kind = kinds[row, other]
                    if kind & 1 == 0:
                        continue
                    top = tops[row, other]
                    bottom = bottoms[row, other]
                    slope = 0.0
                    if kind & 8:
                        slope = leaves[row, other] - enters[row, other]
                        # The chord, not the stray around it.
                        low = enters[row, other]
                        high = leaves[row, other]
                        top = low if low < high else high
                        bottom = high if low < high else low
                    _cover(
                        cover, first, solid, cython.cast(cython.float, column - other),
                        top, bottom, slope, kind & 8 != 0, reach,
                    )
                    if solid_stop < stop:
                        _cover(
                            cover, solid_stop, stop, cython.cast(cython.float, column - other),
                            top, bottom, slope, kind & 8 != 0, reach,
                        )
                _blend(planes, column, cover, first, solid, colours[row], opacity)
                if solid < solid_stop:
                    _fill_solid(planes, column, solid, solid_stop, colours[row], opacity)
                if solid_stop < stop:
                    _blend(planes, column, cover, solid_stop, stop, colours[row], opacity)


def _clear(
    planes: cython.uchar[:, :, ::1],
    backdrop: cython.const[cython.uchar][:, ::1],
    first_column: cython.Py_ssize_t,
    stop_column: cython.Py_ssize_t,
) -> None:
    column: cython.Py_ssize_t
    plane: cython.Py_ssize_t
    y: cython.Py_ssize_t
    height: cython.Py_ssize_t = planes.shape[2]
    with cython.nogil:
        for column in range(first_column, stop_column):
            for plane in range(3):
                for y in range(height):
                    planes[column, plane, y] = backdrop[plane, y]


def _finish(
    planes: cython.const[cython.uchar][:, :, ::1],
    image: cython.uint[:, ::1],
    first_column: cython.Py_ssize_t,
    stop_column: cython.Py_ssize_t,
) -> None:
    begin: cython.Py_ssize_t
    end: cython.Py_ssize_t
    column: cython.Py_ssize_t
    y: cython.Py_ssize_t
    height: cython.Py_ssize_t = planes.shape[2]
    full: cython.uint = 0xFF000000
    with cython.nogil:
        # Sixteen columns at a time: a cache line of the image, and columns that stay in the cache.
        begin = first_column
        while begin < stop_column:
            end = begin + 16
            if end > stop_column:
                end = stop_column
            for y in range(height):
                for column in range(begin, end):
                    image[y, column] = (
                        full
                        | (cython.cast(cython.uint, planes[column, 2, y]) << 16)
                        | (cython.cast(cython.uint, planes[column, 1, y]) << 8)
                        | cython.cast(cython.uint, planes[column, 0, y])
                    )
            begin = end


class Strokes:
    """The strokes of up to `rows` lines over `columns` pixel columns.

    Attributes
    ----------
    enters, leaves : (rows, columns) float32
        Height in pixels, downwards, where the line crosses the column's left and right edge.
    tops, bottoms : (rows, columns) float32
        How far up and down it goes inside the column.
    kinds : (rows, columns) uint8
        `DRAWN` | `ENTERS` | …; the heights mean something where the bits say so.
    spans : (rows, 2) int64
        First column of each line that may hold something, and one past the last.
    colours : (rows, 4) uint8
        Blue, green, red, opacity.
    half_widths : (rows,) float32, pixels
    """

    __slots__ = (
        "bottoms",
        "colours",
        "columns",
        "enters",
        "half_widths",
        "kinds",
        "leaves",
        "rows",
        "spans",
        "tops",
    )

    def __init__(self, rows: int, columns: int) -> None:
        self.rows = rows
        self.columns = columns
        self.enters = np.empty((rows, columns), np.float32)
        self.leaves = np.empty((rows, columns), np.float32)
        self.tops = np.empty((rows, columns), np.float32)
        self.bottoms = np.empty((rows, columns), np.float32)
        self.kinds = np.empty((rows, columns), np.uint8)
        self.spans = np.zeros((rows, 2), np.int64)
        self.colours = np.zeros((rows, 4), np.uint8)
        self.half_widths = np.zeros(rows, np.float32)


def trace(
    strokes: Strokes,
    row: int,
    columns: Columns,
    top: float,
    scale: float,
    entry_x: float,
    entry_value: float,
    exit_x: float,
    exit_value: float,
    connected: bool = True,
) -> None:
    """Make the strokes of one line from what its columns hold.

    Parameters
    ----------
    strokes, row : where to write
    columns : Columns
        As `query_columns` left it, its values on the scale that is drawn.
    top : float
        The value at the upper edge.
    scale : float, pixels per unit of value
    entry_x, entry_value : float
        Place in pixels and value of the point the line comes from: before the first column, or
        in the picture when another piece goes before this one; NaN when there is none.
    exit_x, exit_value : float
        The point after the last column, likewise.
    connected : bool
        False when x is not sorted: then columns are drawn by themselves.
    """
    _trace(
        columns.starts,
        columns.stops,
        columns.lows,
        columns.highs,
        columns.flags,
        columns.edges,
        strokes.columns,
        top,
        scale,
        entry_x,
        entry_value,
        exit_x,
        exit_value,
        connected,
        row,
        strokes.enters,
        strokes.leaves,
        strokes.tops,
        strokes.bottoms,
        strokes.kinds,
        strokes.spans,
    )


def new_planes(columns: int, height: int) -> npt.NDArray[np.uint8]:
    """Return room for an image as planes, (columns, 3, height) uint8, undefined."""
    return np.empty((columns, 3, height), np.uint8)


def clear(
    planes: npt.NDArray[np.uint8], backdrop: npt.NDArray[np.uint8], first: int, stop: int
) -> None:
    """Set columns [first, stop) to the backdrop, (3, height) uint8: blue, green, red per row."""
    _clear(planes, backdrop, first, stop)


def fill(
    planes: npt.NDArray[np.uint8], strokes: Strokes, rows: int, first: int, stop: int
) -> None:
    """Paint the first `rows` lines, later ones over earlier ones, into columns [first, stop)."""
    cover = np.zeros(planes.shape[2], np.uint8)
    _fill(
        planes,
        first,
        stop,
        rows,
        strokes.enters,
        strokes.leaves,
        strokes.tops,
        strokes.bottoms,
        strokes.kinds,
        strokes.spans,
        strokes.colours,
        strokes.half_widths,
        cover,
    )


def finish(
    planes: npt.NDArray[np.uint8], image: npt.NDArray[np.uint32], first: int, stop: int
) -> None:
    """Write columns [first, stop) to the image, (height, columns) uint32 0xffRRGGBB."""
    _finish(planes, image, first, stop)
