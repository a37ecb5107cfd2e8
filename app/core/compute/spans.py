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

# mypy: disable-error-code="valid-type"
# (Cython's const views are no types to mypy.)

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from eventglass.app.core.compute.pyramid import Columns

try:
    import cython
except ImportError:
    from eventglass.app.core import shadow as cython  # type: ignore[no-redef]
if cython.compiled:
    from cython.cimports.libc.math import sqrt
else:
    from math import sqrt

#: Bits of a stroke's kind.
DRAWN = 1
ENTERS = 2
LEAVES = 4
STRAIGHT = 8
MARK_NAN = 16
MARK_POSITIVE = 32
MARK_NEGATIVE = 64
DOT = 128
UPRIGHT = 256

# Places in a stroke; see `Strokes.shapes`.
_ENTER = cython.declare(cython.Py_ssize_t, 0)
_LEAVE = cython.declare(cython.Py_ssize_t, 1)
_TOP = cython.declare(cython.Py_ssize_t, 2)
_BOTTOM = cython.declare(cython.Py_ssize_t, 3)
_INNER_TOP = cython.declare(cython.Py_ssize_t, 4)
_INNER_BOTTOM = cython.declare(cython.Py_ssize_t, 5)
_FIRST_X = cython.declare(cython.Py_ssize_t, 6)
_FIRST_Y = cython.declare(cython.Py_ssize_t, 7)
_LAST_X = cython.declare(cython.Py_ssize_t, 8)
_LAST_Y = cython.declare(cython.Py_ssize_t, 9)

#: Pixel heights are held to this, so that nothing overflows.
_far = cython.declare(cython.double, 1.0e7)
#: A line that strays less than this from the chord of its column counts as straight there.
_stray = cython.declare(cython.double, 0.35)
_largest = cython.declare(cython.double, float(np.finfo(np.float64).max))


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def _floor(x: cython.double) -> cython.Py_ssize_t:
    i: cython.Py_ssize_t
    if cython.compiled:
        i = cython.cast(cython.Py_ssize_t, x)
    else:
        i = int(x)
    if i > x:
        i -= 1
    return i


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def _between(
    x: cython.double, low: cython.Py_ssize_t, high: cython.Py_ssize_t
) -> cython.Py_ssize_t:
    """The ceiling of x, held to [low, high]."""
    if x <= low:
        return low
    if x >= high:
        return high
    return -_floor(-x)


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
    shapes: cython.float[:, :, ::1],
    kinds: cython.ushort[:, ::1],
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
        shapes[row, column0, _LEAVE] = y
        shapes[row, column0, _LAST_X] = x0 - column0
        shapes[row, column0, _LAST_Y] = y0
        kinds[row, column0] |= 5
        if y < shapes[row, column0, _TOP]:
            shapes[row, column0, _TOP] = y
        if y > shapes[row, column0, _BOTTOM]:
            shapes[row, column0, _BOTTOM] = y
    for column in range(column0 + 1, column1):
        next_y = y0 + slope * (column + 1 - x0)
        shapes[row, column, _ENTER] = y
        shapes[row, column, _LEAVE] = next_y
        kinds[row, column] |= 7
        shapes[row, column, _TOP] = y if y < next_y else next_y
        shapes[row, column, _BOTTOM] = y if y > next_y else next_y
        y = next_y
    if column1 < columns:
        shapes[row, column1, _ENTER] = y
        shapes[row, column1, _FIRST_X] = x1 - column1
        shapes[row, column1, _FIRST_Y] = y1
        kinds[row, column1] |= 3
        if y < shapes[row, column1, _TOP]:
            shapes[row, column1, _TOP] = y
        if y > shapes[row, column1, _BOTTOM]:
            shapes[row, column1, _BOTTOM] = y


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _stand(
    row: cython.Py_ssize_t,
    column: cython.Py_ssize_t,
    top: cython.double,
    bottom: cython.double,
    first_x: cython.double,
    first_y: cython.double,
    last_x: cython.double,
    last_y: cython.double,
    shapes: cython.float[:, :, ::1],
    kinds: cython.ushort[:, ::1],
) -> cython.void:
    """Begin a stroke with what the column's own points cover."""
    kinds[row, column] |= 1
    shapes[row, column, _TOP] = top
    shapes[row, column, _BOTTOM] = bottom
    shapes[row, column, _INNER_TOP] = top
    shapes[row, column, _INNER_BOTTOM] = bottom
    shapes[row, column, _FIRST_X] = first_x - column
    shapes[row, column, _FIRST_Y] = first_y
    shapes[row, column, _LAST_X] = last_x - column
    shapes[row, column, _LAST_Y] = last_y


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def _is_chord(
    row: cython.Py_ssize_t,
    column: cython.Py_ssize_t,
    shapes: cython.const[cython.float][:, :, ::1],
) -> cython.bint:
    """Whether the column's points lie between its first and its last: one slanted piece then."""
    first: cython.float = shapes[row, column, _FIRST_Y]
    last: cython.float = shapes[row, column, _LAST_Y]
    top: cython.float = shapes[row, column, _INNER_TOP]
    bottom: cython.float = shapes[row, column, _INNER_BOTTOM]
    return (first == top and last == bottom) or (last == top and first == bottom)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _classify(
    row: cython.Py_ssize_t,
    column: cython.Py_ssize_t,
    connected: cython.bint,
    stepped: cython.bint,
    shapes: cython.float[:, :, ::1],
    kinds: cython.ushort[:, ::1],
) -> cython.void:
    """Find out whether the stroke is straight, stands alone, or has legs worth drawing."""
    kind: cython.int = kinds[row, column]
    low: cython.double
    high: cython.double
    y: cython.double
    if kind & 1 == 0:
        return
    # The upright of a stepped line is not a slant, however narrow.
    if kind & 6 == 6 and not (
        stepped and shapes[row, column, _BOTTOM] - shapes[row, column, _TOP] > 0.7
    ):
        low = shapes[row, column, _ENTER]
        high = shapes[row, column, _LEAVE]
        if low > high:
            y = low
            low = high
            high = y
        if (
            shapes[row, column, _TOP] >= low - _stray
            and shapes[row, column, _BOTTOM] <= high + _stray
        ):
            kinds[row, column] = kind | 8
            return
    if not connected:
        kinds[row, column] = kind | 256
        return
    low = shapes[row, column, _INNER_TOP]
    high = shapes[row, column, _INNER_BOTTOM]
    if kind & 6 == 0 and high - low < 2.0:
        kinds[row, column] = kind | 128
        return
    if shapes[row, column, _LAST_X] - shapes[row, column, _FIRST_X] < 0.5 or _is_chord(
        row, column, shapes
    ):
        return
    # The points are spread over the column, so what they cover is drawn as wide as it. A leg
    # that ends inside that is hidden by it, and one that hardly leaves it is taken into it.
    y = (high - low) * 0.6
    if y < 2.0:
        y = 2.0
    if shapes[row, column, _TOP] >= low - y and shapes[row, column, _BOTTOM] <= high + y:
        kinds[row, column] = (kind & ~6) | 256
        return
    y = shapes[row, column, _ENTER]
    if kind & 2 and low - _stray <= y <= high + _stray:
        kind &= ~2
    y = shapes[row, column, _LEAVE]
    if kind & 4 and low - _stray <= y <= high + _stray:
        kind &= ~4
    kinds[row, column] = kind


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
    stepped: cython.bint,
    row: cython.Py_ssize_t,
    shapes: cython.float[:, :, ::1],
    kinds: cython.ushort[:, ::1],
    spans: cython.longlong[:, ::1],
) -> None:
    column: cython.Py_ssize_t
    last_column: cython.Py_ssize_t = -1
    begin: cython.Py_ssize_t = columns
    end: cython.Py_ssize_t = 0
    kind: cython.int
    has_last: cython.bint
    carried: cython.bint = False
    last_x: cython.double = entry_x
    last_y: cython.double = 0.0
    y: cython.double
    with cython.nogil:
        for column in range(columns):
            kinds[row, column] = 0
        has_last = connected and entry_x < columns and -_largest <= entry_value <= _largest
        if has_last:
            last_y = _height(entry_value, top, scale)
            if entry_x >= 0.0:
                # The line goes on from another piece, whose last point is in the picture.
                carried = True
                last_column = _floor(entry_x)
        for column in range(columns):
            if starts[column] == stops[column]:
                continue
            kind = flags[column]
            if column < begin:
                begin = column
            end = column + 1
            # The flags of non-finite points are the marks, three bits up.
            kinds[row, column] |= (kind & 14) << 3
            if kind & 1 == 0:
                has_last = False
                continue
            _stand(
                row,
                column,
                _height(highs[column], top, scale),
                _height(lows[column], top, scale),
                edges[2, column],
                _height(edges[0, column], top, scale),
                edges[3, column],
                _height(edges[1, column], top, scale),
                shapes,
                kinds,
            )
            if not connected:
                continue
            y = edges[0, column]
            if has_last and -_largest <= y <= _largest:
                y = _height(y, top, scale)
                if last_column >= column:
                    if last_y < shapes[row, column, _INNER_TOP]:
                        shapes[row, column, _INNER_TOP] = last_y
                        shapes[row, column, _TOP] = last_y
                    if last_y > shapes[row, column, _INNER_BOTTOM]:
                        shapes[row, column, _INNER_BOTTOM] = last_y
                        shapes[row, column, _BOTTOM] = last_y
                else:
                    if carried:
                        _stand(
                            row,
                            last_column,
                            last_y,
                            last_y,
                            last_x,
                            last_y,
                            last_x,
                            last_y,
                            shapes,
                            kinds,
                        )
                    if last_column < begin:
                        begin = last_column if last_column > 0 else 0
                    _join(
                        last_x,
                        last_y,
                        last_column,
                        edges[2, column],
                        last_y if stepped else y,
                        column,
                        columns,
                        row,
                        shapes,
                        kinds,
                    )
                    if stepped:
                        # Level up to the point, and upright there.
                        if last_y < shapes[row, column, _INNER_TOP]:
                            shapes[row, column, _INNER_TOP] = last_y
                            shapes[row, column, _TOP] = last_y
                        if last_y > shapes[row, column, _INNER_BOTTOM]:
                            shapes[row, column, _INNER_BOTTOM] = last_y
                            shapes[row, column, _BOTTOM] = last_y
            carried = False
            y = edges[1, column]
            has_last = -_largest <= y <= _largest
            if has_last:
                last_y = _height(y, top, scale)
                last_x = edges[3, column]
                last_column = column
        if has_last and exit_x == exit_x and -_largest <= exit_value <= _largest:
            if carried:
                _stand(
                    row,
                    last_column,
                    last_y,
                    last_y,
                    last_x,
                    last_y,
                    last_x,
                    last_y,
                    shapes,
                    kinds,
                )
            if last_column < begin:
                begin = last_column if last_column > 0 else 0
            end = columns
            _join(
                last_x,
                last_y,
                last_column,
                exit_x,
                last_y if stepped else _height(exit_value, top, scale),
                columns,
                columns,
                row,
                shapes,
                kinds,
            )
        for column in range(begin, end):
            _classify(row, column, connected, stepped, shapes, kinds)
        spans[row, 0] = begin
        spans[row, 1] = end if end > begin else begin


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def _raise(cover: cython.uchar[::1], y: cython.Py_ssize_t, amount: cython.double) -> cython.void:
    """Raise the coverage of one pixel to `amount` of 255."""
    level: cython.int
    if amount >= 254.5:
        cover[y] = 255
    elif amount > 0.5:
        if cython.compiled:
            level = cython.cast(cython.int, amount + 0.5)
        else:
            level = int(amount + 0.5)
        if level > cover[y]:
            cover[y] = level


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def _slope_up(
    cover: cython.uchar[::1],
    first: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
    amount: cython.double,
    growth: cython.double,
) -> cython.void:
    """Raise coverage linearly from `amount` of 1 on; it stays within 0 … 1 up to `stop`."""
    y: cython.Py_ssize_t
    level: cython.int
    at: cython.int
    step: cython.int
    # Fixed point, 16 bits behind the point, so that the loop runs several pixels at a time.
    if cython.compiled:
        at = cython.cast(cython.int, amount * 16711680.0 + 32768.0)
        step = cython.cast(cython.int, growth * 16711680.0)
    else:
        at = int(amount * 16711680.0 + 32768.0)
        step = int(growth * 16711680.0)
    for y in range(first, stop):
        level = at >> 16
        at += step
        level = level if level > 0 else 0
        level = level if level < 255 else 255
        cover[y] = level if level > cover[y] else cover[y]


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def _cover(
    cover: cython.uchar[::1],
    above: cython.Py_ssize_t,
    below: cython.Py_ssize_t,
    aside: cython.double,
    top: cython.double,
    right: cython.double,
    bottom: cython.double,
    reach: cython.double,
) -> cython.void:
    """Raise the coverage of the pixels [above, below) of a column by a piece of line.

    The piece runs from (0, top) to (right, bottom); the column's middle is at x = `aside`.
    `reach` is half the width plus 1/2.
    """
    y: cython.Py_ssize_t
    first: cython.Py_ssize_t
    stop: cython.Py_ssize_t
    body: cython.Py_ssize_t
    body_stop: cython.Py_ssize_t
    rising: cython.Py_ssize_t
    full: cython.Py_ssize_t
    falling: cython.Py_ssize_t
    end: cython.Py_ssize_t
    level: cython.int
    low: cython.double
    high: cython.double
    drop: cython.double = bottom - top
    square: cython.double = right * right + drop * drop
    length: cython.double
    v: cython.double
    t: cython.double
    u: cython.double
    at: cython.double
    growth: cython.double
    low = top if top <= bottom else bottom
    high = bottom if top <= bottom else top
    if high - low <= 4.0:
        # Short: every pixel's distance by itself.
        first = _between(low - reach - 0.5, above, below)
        stop = _between(high + reach - 0.5, first, below)
        if square < 1e-12:
            square = 1e-12
        for y in range(first, stop):
            v = y + 0.5 - top
            t = (aside * right + v * drop) / square
            t = t if t > 0.0 else 0.0
            t = t if t < 1.0 else 1.0
            u = aside - t * right
            v = v - t * drop
            _raise(cover, y, (reach - sqrt(u * u + v * v)) * 255.0)
        return
    # Steep: the distance to the line is linear in y. The ends are as far out as round ones are
    # in the mean, but cut straight; the pixel an end falls in is covered in part.
    low -= (reach - 0.5) * 0.8
    high += (reach - 0.5) * 0.8
    first = _between(low - 1.0, above, below)
    stop = _between(high, first, below)
    if first >= stop:
        return
    length = sqrt(square)
    growth = -right / length
    at = (aside * drop - (0.5 - top) * right) / length
    if growth < 0.0:
        growth = -growth
        at = -at
    body = _between(low, first, stop)
    body_stop = _between(high - 1.0, body, stop)
    if first < body:
        t = at + growth * first
        t = reach - (t if t > 0.0 else -t)
        _raise(cover, first, (t if t < 1.0 else 1.0) * (body - low) * 255.0)
    if body_stop < stop:
        t = at + growth * body_stop
        t = reach - (t if t > 0.0 else -t)
        _raise(cover, body_stop, (t if t < 1.0 else 1.0) * (high - body_stop) * 255.0)
    if growth * (body_stop - body) < 0.004:
        t = at + growth * (body + body_stop) * 0.5
        t = reach - (t if t > 0.0 else -t)
        if t > 0.0:
            if t > 1.0:
                t = 1.0
            if cython.compiled:
                level = cython.cast(cython.int, t * 255.0 + 0.5)
            else:
                level = int(t * 255.0 + 0.5)
            for y in range(body, body_stop):
                cover[y] = level if level > cover[y] else cover[y]
        return
    rising = _between((-reach - at) / growth, body, body_stop)
    full = _between((1.0 - reach - at) / growth, rising, body_stop)
    falling = _between((reach - 1.0 - at) / growth, full, body_stop)
    end = _between((reach - at) / growth, falling, body_stop)
    _slope_up(cover, rising, full, reach + at + growth * rising, growth)
    for y in range(full, falling):
        cover[y] = 255
    _slope_up(cover, falling, end, reach - at - growth * falling, -growth)


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def _blend(
    planes: cython.uchar[:, :, ::1],
    column: cython.Py_ssize_t,
    cover: cython.uchar[::1],
    first: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
    colours: cython.const[cython.uchar][:, ::1],
    row: cython.Py_ssize_t,
) -> cython.void:
    """Blend the row's colour over [first, stop) by the coverage, and clear the coverage."""
    y: cython.Py_ssize_t
    plane: cython.Py_ssize_t
    source: cython.int
    share: cython.int
    rest: cython.int
    opacity: cython.int = colours[row, 3]
    mixed: cython.ushort
    if stop - first < 12:
        # Too short for the loops below to get going.
        for y in range(first, stop):
            share = cover[y]
            if share == 0:
                continue
            cover[y] = 0
            if opacity < 255:
                share = (share * opacity * 257 + 32768) >> 16
            rest = 255 - share
            for plane in range(3):
                source = planes[column, plane, y] * rest + colours[row, plane] * share + 128
                planes[column, plane, y] = (source + (source >> 8)) >> 8
        return
    if opacity < 255:
        for y in range(first, stop):
            mixed = cython.cast(cython.ushort, cover[y] * opacity + 128)
            cover[y] = cython.cast(cython.ushort, mixed + (mixed >> 8)) >> 8
    for plane in range(3):
        source = colours[row, plane]
        for y in range(first, stop):
            mixed = cython.cast(
                cython.ushort, planes[column, plane, y] * (255 - cover[y]) + source * cover[y] + 128
            )
            planes[column, plane, y] = cython.cast(cython.ushort, mixed + (mixed >> 8)) >> 8
    for y in range(first, stop):
        cover[y] = 0


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def _lay(
    planes: cython.uchar[:, :, ::1],
    column: cython.Py_ssize_t,
    first: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
    colours: cython.const[cython.uchar][:, ::1],
    row: cython.Py_ssize_t,
    share: cython.double,
) -> cython.void:
    """Lay the row's colour over [first, stop), every pixel covered by `share`."""
    y: cython.Py_ssize_t
    plane: cython.Py_ssize_t
    source: cython.int
    opacity: cython.int = colours[row, 3]
    rest: cython.int
    mixed: cython.ushort
    if share < 1.0:
        if cython.compiled:
            opacity = cython.cast(cython.int, opacity * share + 0.5)
        else:
            opacity = int(opacity * share + 0.5)
    rest = 255 - opacity
    for plane in range(3):
        source = colours[row, plane]
        if rest == 0:
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
    shapes: cython.const[cython.float][:, :, ::1],
    kinds: cython.const[cython.ushort][:, ::1],
    spans: cython.const[cython.longlong][:, ::1],
    colours: cython.const[cython.uchar][:, ::1],
    half_widths: cython.const[cython.float][::1],
    cover: cython.uchar[::1],
    hidden: cython.int[:, ::1],
) -> None:
    row: cython.Py_ssize_t
    column: cython.Py_ssize_t
    other: cython.Py_ssize_t
    hidden_top: cython.Py_ssize_t
    hidden_bottom: cython.Py_ssize_t
    veil_top: cython.Py_ssize_t
    veil_bottom: cython.Py_ssize_t
    low_edge: cython.Py_ssize_t
    high_edge: cython.Py_ssize_t
    through: cython.double
    seen: cython.bint
    begin: cython.Py_ssize_t
    end: cython.Py_ssize_t
    y: cython.Py_ssize_t
    kind: cython.int
    piece: cython.int
    part: cython.int
    height: cython.Py_ssize_t = planes.shape[2]
    first: cython.Py_ssize_t
    stop: cython.Py_ssize_t
    solid: cython.Py_ssize_t
    solid_stop: cython.Py_ssize_t
    side: cython.Py_ssize_t
    rings: cython.Py_ssize_t
    near: cython.Py_ssize_t
    gentle: cython.bint
    upright: cython.bint
    share: cython.double
    own_top: cython.double
    own_bottom: cython.double
    reach: cython.double
    half: cython.double
    middle: cython.double
    low: cython.double
    high: cython.double
    x0: cython.double
    y0: cython.double
    x1: cython.double
    y1: cython.double
    # Every helper is called from one place only, so that the compiler folds it in: passing the
    # arrays would cost more than many a stroke.
    with cython.nogil:
        for column in range(first_column, stop_column):
            # From front to back: which pixels, without a gap, do the lines further in front cover?
            # Nothing behind them is seen. Many faint lines over each other hide like one opaque
            # line what they have in common, once they let through less than a shade.
            hidden_top = 0
            hidden_bottom = 0
            veil_top = 0
            veil_bottom = height
            through = 1.0
            for row in range(rows - 1, -1, -1):
                hidden[row, 0] = hidden_top
                hidden[row, 1] = hidden_bottom
                if column < spans[row, 0] or column >= spans[row, 1]:
                    continue
                kind = kinds[row, column]
                half = half_widths[row]
                if kind & 256:
                    low = shapes[row, column, _TOP]
                    high = shapes[row, column, _BOTTOM]
                    solid = _between(low - half, 0, height)
                    solid_stop = _between(high + half - 1.0, solid, height)
                elif kind & 8:
                    y0 = shapes[row, column, _ENTER]
                    y1 = shapes[row, column, _LEAVE]
                    high = y1 - y0 if y1 > y0 else y0 - y1
                    if high < 16.0:
                        continue
                    low = (half - 0.5) * high
                    if low > high * 0.5:
                        low = high * 0.5
                    middle = (y0 + y1) * 0.5
                    solid = _between(middle - low - 0.5, 0, height)
                    solid_stop = _between(middle + low - 0.5, solid, height)
                else:
                    continue
                if colours[row, 3] < 255:
                    if solid > veil_top:
                        veil_top = solid
                    if solid_stop < veil_bottom:
                        veil_bottom = solid_stop
                    through *= 1.0 - colours[row, 3] / 255.0
                    if veil_bottom - veil_top < 8:
                        veil_top = 0
                        veil_bottom = height
                        through = 1.0
                        continue
                    if through > 0.003:
                        continue
                    solid = veil_top
                    solid_stop = veil_bottom
                    veil_top = 0
                    veil_bottom = height
                    through = 1.0
                if solid <= hidden_bottom and solid_stop >= hidden_top and hidden_bottom > 0:
                    hidden_top = solid if solid < hidden_top else hidden_top
                    hidden_bottom = solid_stop if solid_stop > hidden_bottom else hidden_bottom
                elif solid_stop - solid > hidden_bottom - hidden_top:
                    hidden_top = solid
                    hidden_bottom = solid_stop
            for row in range(rows):
                half = half_widths[row]
                reach = half + 0.5
                # A stroke reaches into columns whose middle is nearer than `reach`; at best it
                # stands at the edge of its own.
                side = -_floor(-reach - 0.5) - 1
                if column < spans[row, 0] - side or column >= spans[row, 1] + side:
                    continue
                begin = column - side
                end = column + side + 1
                if begin < spans[row, 0]:
                    begin = spans[row, 0]
                if end > spans[row, 1]:
                    end = spans[row, 1]
                kind = kinds[row, column]
                gentle = kind & 8 != 0
                upright = kind & 256 != 0
                low = 1e9
                high = -1e9
                if upright:
                    low = shapes[row, column, _TOP]
                    high = shapes[row, column, _BOTTOM]
                own_top = low
                own_bottom = high
                for other in range(begin, end):
                    if kinds[row, other] & 1:
                        y0 = shapes[row, other, _TOP]
                        y1 = shapes[row, other, _BOTTOM]
                        if kinds[row, other] & 256 == 0 and (y0 < own_top or y1 > own_bottom):
                            upright = False
                        low = y0 if y0 < low else low
                        high = y1 if y1 > high else high
                        if kinds[row, other] & 8 == 0 or y1 - y0 > 1.0:
                            gentle = False
                first = _between(low - reach - 1.0, 0, height)
                stop = _between(high + reach, 0, height)
                hidden_top = hidden[row, 0]
                hidden_bottom = hidden[row, 1]
                if hidden_top < hidden_bottom:
                    if first >= hidden_top and first < hidden_bottom:
                        first = hidden_bottom
                    if stop <= hidden_bottom and stop > hidden_top:
                        stop = hidden_top
                if first >= stop:
                    continue
                solid = stop
                solid_stop = stop
                rings = 0
                seen = True
                if upright:
                    # The common noisy line: its own extent, and around it rings of one coverage
                    # each, where only neighbours' strokes reach. Nothing is worked out by pixel
                    # but the two ends.
                    rings = -2 * _floor(1.0 - reach)
                    rings = rings if rings > 0 else 0
                    share = reach - 1.0
                    share = share if share < 1.0 else 1.0
                    own_top -= half
                    own_bottom += half
                    solid = _between(own_top, 0, height)
                    solid_stop = _between(own_bottom - 1.0, solid, height)
                    first = solid
                    if solid > 0 and solid < height:
                        first -= 1
                        middle = solid - own_top
                        if low - half < first:
                            middle += (1.0 - middle) * share
                        _raise(cover, first, middle * 255.0)
                    stop = solid_stop
                    if solid_stop > 0 and solid_stop < height:
                        middle = own_bottom - solid_stop
                        if high + half > solid_stop + 1.0:
                            middle += (1.0 - middle) * share
                        _raise(cover, stop, middle * 255.0)
                        stop += 1
                elif gentle:
                    # The common smooth line: a handful of pixels, no neighbour matters.
                    y0 = shapes[row, column, _ENTER]
                    y1 = shapes[row, column, _LEAVE]
                    middle = (y0 + y1) * 0.5 - 0.5
                    high = 1.0 / sqrt(1.0 + (y1 - y0) * (y1 - y0))
                    for y in range(first, stop):
                        low = (y - middle) * high
                        low = low if low > 0.0 else -low
                        _raise(cover, y, (reach - low) * 255.0)
                else:
                    # Pixels this column's own stroke covers fully need no coverage.
                    if kind & 8:
                        y0 = shapes[row, column, _ENTER]
                        y1 = shapes[row, column, _LEAVE]
                        middle = (y0 + y1) * 0.5
                        low = (half - 0.5) * sqrt(1.0 + (y1 - y0) * (y1 - y0))
                        high = y1 - y0 if y1 > y0 else y0 - y1
                        if low > high * 0.5:
                            low = high * 0.5
                        solid = _between(middle - low - 0.5, first, stop)
                        solid_stop = _between(middle + low - 0.5, solid, stop)
                    elif kind & 1:
                        y0 = shapes[row, column, _INNER_TOP]
                        y1 = shapes[row, column, _INNER_BOTTOM]
                        x0 = shapes[row, column, _FIRST_X]
                        x1 = shapes[row, column, _LAST_X]
                        if x1 - x0 >= 0.5 and not _is_chord(row, column, shapes):
                            solid = _between(y0 - half, first, stop)
                            solid_stop = _between(y1 + half - 1.0, solid, stop)
                        elif x1 - x0 < 0.1:
                            middle = (x0 + x1) * 0.5 - 0.5
                            if reach - (middle if middle > 0.0 else -middle) >= 1.0:
                                solid = _between(y0 - 0.5, first, stop)
                                solid_stop = _between(y1 - 0.5, solid, stop)
                    if solid_stop - solid < 8:
                        solid = stop
                        solid_stop = stop
                    if (
                        hidden_top > first
                        and hidden_bottom < stop
                        and hidden_bottom - hidden_top > solid_stop - solid
                    ):
                        # What is hidden in the middle need not be worked out either.
                        solid = hidden_top
                        solid_stop = hidden_bottom
                        seen = False
                    for other in range(begin, end):
                        kind = kinds[row, other]
                        if kind & 1 == 0 or (
                            solid <= shapes[row, other, _TOP] - reach
                            and shapes[row, other, _BOTTOM] + reach <= solid_stop
                        ):
                            continue
                        for piece in range(3):
                            if kind & 8:
                                if piece > 0:
                                    break
                                x0 = 0.0
                                y0 = shapes[row, other, _ENTER]
                                x1 = 1.0
                                y1 = shapes[row, other, _LEAVE]
                            elif piece == 0:
                                x0 = shapes[row, other, _FIRST_X]
                                x1 = shapes[row, other, _LAST_X]
                                if _is_chord(row, other, shapes):
                                    y0 = shapes[row, other, _FIRST_Y]
                                    y1 = shapes[row, other, _LAST_Y]
                                else:
                                    x0 = 0.5 if x1 - x0 >= 0.5 else (x0 + x1) * 0.5
                                    x1 = x0
                                    y0 = shapes[row, other, _INNER_TOP]
                                    y1 = shapes[row, other, _INNER_BOTTOM]
                            elif piece == 1:
                                if kind & 2 == 0:
                                    continue
                                x0 = 0.0
                                y0 = shapes[row, other, _ENTER]
                                x1 = shapes[row, other, _FIRST_X]
                                y1 = shapes[row, other, _FIRST_Y]
                            else:
                                if kind & 4 == 0:
                                    continue
                                x0 = shapes[row, other, _LAST_X]
                                y0 = shapes[row, other, _LAST_Y]
                                x1 = 1.0
                                y1 = shapes[row, other, _LEAVE]
                            low = (y0 if y0 < y1 else y1) - reach
                            high = (y1 if y0 < y1 else y0) + reach
                            for part in range(2):
                                if high < solid_stop if part else low > solid:
                                    continue
                                _cover(
                                    cover,
                                    solid_stop if part else first,
                                    stop if part else solid,
                                    column - other + 0.5 - x0,
                                    y0,
                                    x1 - x0,
                                    y1,
                                    reach,
                                )
                for part in range(2):
                    y = solid_stop if part else first
                    other = stop if part else solid
                    if y < other:
                        _blend(planes, column, cover, y, other, colours, row)
                for part in range(rings + 1):
                    y = solid
                    other = solid_stop
                    share = 1.0
                    if part:
                        # Ring after ring outwards; first its upper part, then its lower.
                        near = (part + 1) // 2
                        share = reach - near
                        low = own_top
                        high = own_bottom
                        for piece in range(2):
                            other = column + near if piece else column - near
                            if other >= begin and other < end and kinds[row, other] & 1:
                                y0 = shapes[row, other, _TOP] - half
                                y1 = shapes[row, other, _BOTTOM] + half
                                low = y0 if y0 < low else low
                                high = y1 if y1 > high else high
                        if part & 1:
                            y = _between(low - 0.5, 0, first)
                            other = first
                            first = y
                        else:
                            y = stop
                            other = _between(high - 0.5, stop, height)
                            stop = other
                    if not seen and part == 0:
                        continue
                    # Above and below what is hidden.
                    for piece in range(2):
                        low_edge = y
                        high_edge = other
                        if hidden_top < hidden_bottom:
                            if piece == 0:
                                high_edge = hidden_top if hidden_top < other else other
                            else:
                                low_edge = hidden_bottom if hidden_bottom > y else y
                        elif piece == 1:
                            break
                        if low_edge < high_edge:
                            _lay(planes, column, low_edge, high_edge, colours, row, share)


def _fill_band(
    planes: cython.uchar[:, :, ::1],
    first_column: cython.Py_ssize_t,
    stop_column: cython.Py_ssize_t,
    edges: cython.const[cython.double][:, ::1],
    colours: cython.const[cython.uchar][:, ::1],
) -> None:
    column: cython.Py_ssize_t
    y: cython.Py_ssize_t
    part: cython.int
    first: cython.Py_ssize_t
    solid: cython.Py_ssize_t
    solid_stop: cython.Py_ssize_t
    stop: cython.Py_ssize_t
    height: cython.Py_ssize_t = planes.shape[2]
    top: cython.double
    bottom: cython.double
    top_ramp: cython.double
    bottom_ramp: cython.double
    share: cython.double
    other: cython.double
    with cython.nogil:
        for column in range(first_column, stop_column):
            top = edges[0, column]
            bottom = edges[1, column]
            if not top <= bottom:
                continue
            # An edge that slants over the column is a ramp as high as it goes there.
            top_ramp = edges[2, column]
            bottom_ramp = edges[3, column]
            top_ramp = top_ramp if top_ramp > 1.0 else 1.0
            bottom_ramp = bottom_ramp if bottom_ramp > 1.0 else 1.0
            first = _between(top - top_ramp * 0.5 - 0.5, 0, height)
            stop = _between(bottom + bottom_ramp * 0.5 - 0.5, first, height)
            solid = _between(top + top_ramp * 0.5 - 0.5, first, stop)
            solid_stop = _between(bottom - bottom_ramp * 0.5 - 0.5, solid, stop)
            if solid < solid_stop:
                _lay(planes, column, solid, solid_stop, colours, 0, 1.0)
            for part in range(2):
                for y in range(solid_stop if part else first, stop if part else solid):
                    share = (y + 0.5 - top) / top_ramp + 0.5
                    other = (bottom - y - 0.5) / bottom_ramp + 0.5
                    share = share if share < 1.0 else 1.0
                    other = other if other < 1.0 else 1.0
                    if share > 0.0 and other > 0.0:
                        _lay(planes, column, y, y + 1, colours, 0, share * other)


def _stamp(
    cover: cython.uchar[:, ::1],
    seen: cython.uchar[:, ::1],
    xs: cython.const[cython.double][::1],
    values: cython.const[cython.double][::1],
    left: cython.double,
    across: cython.double,
    top: cython.double,
    down: cython.double,
    radius: cython.double,
) -> None:
    i: cython.Py_ssize_t
    column: cython.Py_ssize_t
    row: cython.Py_ssize_t
    first: cython.Py_ssize_t
    stop: cython.Py_ssize_t
    columns: cython.Py_ssize_t = cover.shape[0]
    height: cython.Py_ssize_t = cover.shape[1]
    level: cython.int
    x: cython.double
    y: cython.double
    aside: cython.double
    below: cython.double
    amount: cython.double
    with cython.nogil:
        for i in range(xs.shape[0]):
            x = (xs[i] - left) * across
            y = (top - values[i]) * down
            # Also false for NaN: such a point has no place.
            if not (-radius < x < columns + radius and -radius < y < height + radius):
                continue
            if 0.0 <= x < columns and 0.0 <= y < height:
                column = _floor(x)
                row = _floor(y)
                if seen[column, row]:
                    continue
                seen[column, row] = 1
            first = _between(y - radius - 1.0, 0, height)
            stop = _between(y + radius, first, height)
            for column in range(
                _between(x - radius - 1.0, 0, columns), _between(x + radius, 0, columns)
            ):
                aside = column + 0.5 - x
                for row in range(first, stop):
                    below = row + 0.5 - y
                    amount = (radius + 0.5 - sqrt(aside * aside + below * below)) * 255.0
                    amount = amount if amount < 255.0 else 255.0
                    if amount > 0.5:
                        if cython.compiled:
                            level = cython.cast(cython.int, amount + 0.5)
                        else:
                            level = int(amount + 0.5)
                        if level > cover[column, row]:
                            cover[column, row] = level


def _fill_cover(
    planes: cython.uchar[:, :, ::1],
    first_column: cython.Py_ssize_t,
    stop_column: cython.Py_ssize_t,
    cover: cython.uchar[:, ::1],
    colours: cython.const[cython.uchar][:, ::1],
) -> None:
    column: cython.Py_ssize_t
    with cython.nogil:
        for column in range(first_column, stop_column):
            _blend(planes, column, cover[column], 0, planes.shape[2], colours, 0)


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


def _fade(
    planes: cython.uchar[:, :, ::1],
    backdrop: cython.const[cython.uchar][:, ::1],
    keep: cython.int,
    first_column: cython.Py_ssize_t,
    stop_column: cython.Py_ssize_t,
) -> None:
    column: cython.Py_ssize_t
    plane: cython.Py_ssize_t
    y: cython.Py_ssize_t
    height: cython.Py_ssize_t = planes.shape[2]
    rest: cython.int = 255 - keep
    mixed: cython.ushort
    with cython.nogil:
        for column in range(first_column, stop_column):
            for plane in range(3):
                for y in range(height):
                    mixed = cython.cast(
                        cython.ushort,
                        planes[column, plane, y] * keep + backdrop[plane, y] * rest + 128,
                    )
                    planes[column, plane, y] = cython.cast(cython.ushort, mixed + (mixed >> 8)) >> 8


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
    shapes : (rows, columns, 10) float32
        Pixels, heights downwards: where the line crosses the column's left and its right edge;
        how far up and down it goes inside the column; how far its own points go; place (from the
        column's left edge) and height of its first point; of its last point.
    kinds : (rows, columns) uint16
        `DRAWN` | `ENTERS` | …; the numbers mean something where the bits say so.
    spans : (rows, 2) int64
        First column of each line that may hold something, and one past the last.
    colours : (rows, 4) uint8
        Blue, green, red, opacity.
    half_widths : (rows,) float32, pixels
    """

    __slots__ = (
        "colours",
        "columns",
        "half_widths",
        "kinds",
        "rows",
        "shapes",
        "spans",
    )

    def __init__(self, rows: int, columns: int) -> None:
        self.rows = rows
        self.columns = columns
        self.shapes = np.empty((rows, columns, 10), np.float32)
        self.kinds = np.empty((rows, columns), np.uint16)
        self.spans = np.zeros((rows, 2), np.int64)
        self.colours = np.zeros((rows, 4), np.uint8)
        self.half_widths = np.zeros(rows, np.float32)


def _wide(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the array as the loops need it: uncompiled they count in the array's own type."""
    if cython.compiled:
        return array
    # What was never written may be any bits, also those of a signalling NaN.
    with np.errstate(invalid="ignore"):
        return array.astype(np.float64 if array.dtype.kind == "f" else np.int64)


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
    stepped: bool = False,
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
    stepped : bool
        A value holds until the next point, where the line goes upright to it.
    """
    _trace(
        columns.starts,
        columns.stops,
        columns.lows,
        columns.highs,
        _wide(columns.flags),
        columns.edges,
        strokes.columns,
        top,
        scale,
        entry_x,
        entry_value,
        exit_x,
        exit_value,
        connected,
        stepped,
        row,
        strokes.shapes,
        kinds := _wide(strokes.kinds),
        strokes.spans,
    )
    if not cython.compiled:
        strokes.kinds[row] = kinds[row]


def new_planes(columns: int, height: int) -> npt.NDArray[np.uint8]:
    """Return room for an image as planes, (columns, 3, height) uint8, undefined."""
    return np.empty((columns, 3, height), np.uint8)


def clear(
    planes: npt.NDArray[np.uint8], backdrop: npt.NDArray[np.uint8], first: int, stop: int
) -> None:
    """Set columns [first, stop) to the backdrop, (3, height) uint8: blue, green, red per row."""
    _clear(planes, backdrop, first, stop)


def fill(planes: npt.NDArray[np.uint8], strokes: Strokes, rows: int, first: int, stop: int) -> None:
    """Paint the first `rows` lines, later ones over earlier ones, into columns [first, stop)."""
    _fill(
        work := _wide(planes),
        first,
        stop,
        rows,
        _wide(strokes.shapes),
        _wide(strokes.kinds),
        strokes.spans,
        _wide(strokes.colours),
        _wide(strokes.half_widths),
        _wide(np.zeros(planes.shape[2], np.uint8)),
        np.empty((rows, 2), np.int32),
    )
    if not cython.compiled:
        planes[:] = work


def fill_band(
    planes: npt.NDArray[np.uint8],
    edges: npt.NDArray[np.float64],
    colour: npt.NDArray[np.uint8],
    first: int,
    stop: int,
) -> None:
    """Paint what lies between two edges into columns [first, stop).

    Parameters
    ----------
    edges : (4, columns) float64, pixels
        Height of the upper and of the lower edge in the middle of each column, NaN where there is
        no band; then how far either goes up or down inside the column.
    colour : (1, 4) uint8
        Blue, green, red, opacity.
    """
    _fill_band(work := _wide(planes), first, stop, edges, _wide(colour))
    if not cython.compiled:
        planes[:] = work


class Cover:
    """Coverage of a picture by the dots of one cloud of points, (columns, height) uint8."""

    __slots__ = ("amounts", "seen")

    def __init__(self, columns: int, height: int) -> None:
        self.amounts = np.zeros((columns, height), np.uint8)
        self.seen = np.zeros((columns, height), np.uint8)

    def stamp(
        self,
        xs: npt.NDArray[np.float64],
        values: npt.NDArray[np.float64],
        left: float,
        across: float,
        top: float,
        down: float,
        radius: float,
    ) -> None:
        """Add round dots; of those in one pixel only the first counts.

        Parameters
        ----------
        xs, values : (n,) float64, contiguous
            On the scales that are drawn; NaN has no place.
        left, across, top, down : float
            Dots are at (xs - left) * across from the left and (top - values) * down from above.
        radius : float, pixels
        """
        _stamp(
            amounts := _wide(self.amounts),
            seen := _wide(self.seen),
            xs,
            values,
            left,
            across,
            top,
            down,
            radius,
        )
        if not cython.compiled:
            self.amounts[:], self.seen[:] = amounts, seen


def fill_cover(
    planes: npt.NDArray[np.uint8],
    cover: Cover,
    colour: npt.NDArray[np.uint8],
    first: int,
    stop: int,
) -> None:
    """Paint what is covered in columns [first, stop) and use the coverage up.

    `colour` is (1, 4) uint8: blue, green, red, opacity.
    """
    _fill_cover(work := _wide(planes), first, stop, amounts := _wide(cover.amounts), _wide(colour))
    if not cython.compiled:
        planes[:], cover.amounts[:] = work, amounts


def fade(
    planes: npt.NDArray[np.uint8],
    backdrop: npt.NDArray[np.uint8],
    keep: float,
    first: int,
    stop: int,
) -> None:
    """Mix columns [first, stop) with the backdrop, so that `keep` (0 to 1) of them is left."""
    work = _wide(planes)
    _fade(work, _wide(backdrop), round(keep * 255), first, stop)
    if not cython.compiled:
        planes[:] = work


def finish(
    planes: npt.NDArray[np.uint8], image: npt.NDArray[np.uint32], first: int, stop: int
) -> None:
    """Write columns [first, stop) to the image, (height, columns) uint32 0xffRRGGBB."""
    _finish(_wide(planes), image, first, stop)
