"""The cells of tables written as text: numbers to float32, texts to places. Compiled.

A *row* is a line that is not blank. Cells lie between delimiters and may be quoted as in CSV; a
quoted cell may hold delimiters and line ends. A number becomes the float32 that Python's ``float``
and then ``numpy.float32`` would make of it, as TensorBoard does; cells where the quick way can't be
sure of that are left to the caller.
"""

# mypy: disable-error-code="valid-type"
# (Cython's const views are no types to mypy.)

from __future__ import annotations

from typing import Any

import numpy as np

try:
    import cython
except ImportError:
    from eventglass.app.core import shadow as cython  # type: ignore[no-redef]

#: Columns of `Cells.left`.
ROW, COLUMN, START, STOP = range(4)
#: What becomes of a column.
SKIP = -1
#: A delimiter that stands for any number of spaces and tabs.
BLANKS = 32

_QUOTE = cython.declare(cython.uchar, 34)
_TAB = cython.declare(cython.uchar, 9)
_NEWLINE = cython.declare(cython.uchar, 10)
_RETURN = cython.declare(cython.uchar, 13)
_SPACE = cython.declare(cython.uchar, 32)
_PLUS = cython.declare(cython.uchar, 43)
_MINUS = cython.declare(cython.uchar, 45)
_DOT = cython.declare(cython.uchar, 46)
_ZERO = cython.declare(cython.uchar, 48)
_NINE = cython.declare(cython.uchar, 57)
_UPPER_E = cython.declare(cython.uchar, 69)
_LOWER_E = cython.declare(cython.uchar, 101)
_MOST_DIGITS = cython.declare(cython.int, 19)
#: Exponents of ten with a correctly rounded double in the table.
_REACH = cython.declare(cython.int, 64)
# The quick product is off by less than 2**-51 of itself.
_BELOW = cython.declare(cython.double, 1.0 - 2.0**-50)
_ABOVE = cython.declare(cython.double, 1.0 + 2.0**-50)
_POWERS = np.array([float(f"1e{power}") for power in range(-64, 65)])


def count_lines(data: cython.const[cython.uchar][::1]) -> int:
    """Number of line ends."""
    i: cython.Py_ssize_t
    count: cython.Py_ssize_t = 0
    with cython.nogil:
        for i in range(data.shape[0]):
            count += data[i] == _NEWLINE
    return int(count)


@cython.cclass
class Cells:
    """Reads rows of `data`, cut at `delimiter` (`BLANKS` for any white space).

    ``starts`` and ``widths`` have a place per row, ``lines`` says the line each is on, from 1.
    """

    data: cython.const[cython.uchar][::1]
    powers: cython.const[cython.double][::1]
    starts: cython.const[cython.longlong][::1]
    targets: cython.const[cython.int][::1]
    texts: cython.const[cython.int][::1]
    numbers: cython.float[:, ::1]
    places: cython.longlong[:, :, ::1]
    left: cython.longlong[:, ::1]
    left_count = cython.declare(cython.Py_ssize_t, visibility="public")
    delimiter: cython.uchar
    blanks: cython.bint
    number: cython.float

    def __init__(self, data: Any, delimiter: int) -> None:
        self.data = memoryview(data)
        self.delimiter = delimiter
        self.blanks = delimiter == BLANKS
        self.powers = _POWERS
        self.left_count = 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def is_end(self, byte: cython.uchar) -> cython.bint:
        """Whether a cell ends before this byte."""
        if byte == self.delimiter or byte == _NEWLINE:
            return True
        return self.blanks and byte == _TAB

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def cell_end(self, at: cython.Py_ssize_t, n: cython.Py_ssize_t) -> cython.Py_ssize_t:
        """Where the cell that begins at `at` ends."""
        quote: cython.Py_ssize_t = at
        while quote < n and self.data[quote] == _SPACE and not self.blanks:
            quote += 1
        if quote < n and self.data[quote] == _QUOTE:
            quote += 1
            while quote < n:
                if self.data[quote] == _QUOTE:
                    if quote + 1 < n and self.data[quote + 1] == _QUOTE:
                        quote += 1
                    else:
                        at = quote + 1
                        break
                quote += 1
            # A quote that never closes is a character like others.
        while at < n and not self.is_end(self.data[at]):
            at += 1
        return at

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def skip_blanks(self, at: cython.Py_ssize_t, n: cython.Py_ssize_t) -> cython.Py_ssize_t:
        """The next byte that is neither space nor tab nor carriage return."""
        while at < n and (
            self.data[at] == _SPACE or self.data[at] == _TAB or self.data[at] == _RETURN
        ):
            at += 1
        return at

    def scan(
        self, starts: cython.longlong[::1], lines: cython.longlong[::1], widths: cython.int[::1]
    ) -> int:
        """Find the rows and how many cells each has; returns how many rows there are.

        The arrays need room for as many rows as there are line ends, and one more.
        """
        n: cython.Py_ssize_t = self.data.shape[0]
        at: cython.Py_ssize_t = 0
        head: cython.Py_ssize_t
        i: cython.Py_ssize_t
        row: cython.Py_ssize_t = 0
        line: cython.longlong = 1
        width: cython.int
        with cython.nogil:
            while at < n:
                head = self.skip_blanks(at, n)
                if head >= n:
                    break
                if self.data[head] == _NEWLINE:
                    at = head + 1
                    line += 1
                    continue
                # A row may begin with an empty cell: only white space between cells is skipped.
                if self.blanks:
                    at = head
                starts[row] = at
                lines[row] = line
                width = 0
                while True:
                    head = self.cell_end(at, n)
                    for i in range(at, head):
                        line += self.data[i] == _NEWLINE
                    width += 1
                    at = head
                    if self.blanks:
                        at = self.skip_blanks(at, n)
                    if at >= n or self.data[at] == _NEWLINE:
                        break
                    if not self.blanks:
                        at += 1
                widths[row] = width
                row += 1
                at += 1
                line += 1
        self.starts = starts
        return int(row)

    def place(self, starts: cython.const[cython.longlong][::1]) -> None:
        """Take the rows' beginnings as `scan` found them."""
        self.starts = starts

    def fill(
        self,
        targets: cython.const[cython.int][::1],
        texts: cython.const[cython.int][::1],
        numbers: cython.float[:, ::1],
        places: cython.longlong[:, :, ::1],
        left: cython.longlong[:, ::1],
    ) -> None:
        """Say where cells go: column ``c`` to ``numbers[:, targets[c]]``, ``places[:, texts[c]]``.

        `left` takes the cells that the quick way can't read; it needs more room than a row has.
        """
        self.targets = targets
        self.texts = texts
        self.numbers = numbers
        self.places = places
        self.left = left

    def read(self, row: cython.Py_ssize_t, stop: cython.Py_ssize_t, skip: cython.Py_ssize_t) -> int:
        """Read rows up to `stop`, or until `left` is full; returns the next row.

        Row ``r`` goes to place ``r - skip`` of the arrays.
        """
        n: cython.Py_ssize_t = self.data.shape[0]
        columns: cython.Py_ssize_t = self.targets.shape[0]
        room: cython.Py_ssize_t = self.left.shape[0] - columns
        column: cython.Py_ssize_t
        at: cython.Py_ssize_t
        end: cython.Py_ssize_t
        self.left_count = 0
        with cython.nogil:
            while row < stop and self.left_count < room:
                at = self.starts[row]
                column = 0
                while column < columns:
                    end = -1
                    if self.targets[column] >= 0:
                        end = self.read_number(at, n)
                        if end >= 0:
                            self.numbers[row - skip, self.targets[column]] = self.number
                        else:
                            end = self.cell_end(at, n)
                            self.left[self.left_count, 0] = row
                            self.left[self.left_count, 1] = self.targets[column]
                            self.left[self.left_count, 2] = at
                            self.left[self.left_count, 3] = end
                            self.left_count += 1
                    else:
                        end = self.cell_end(at, n)
                        if self.texts[column] >= 0:
                            self.places[row - skip, self.texts[column], 0] = at
                            self.places[row - skip, self.texts[column], 1] = end
                    at = end
                    if self.blanks:
                        at = self.skip_blanks(at, n)
                    if at >= n or self.data[at] == _NEWLINE:
                        break
                    if not self.blanks:
                        at += 1
                    column += 1
                row += 1
        return int(row)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def read_number(self, at: cython.Py_ssize_t, n: cython.Py_ssize_t) -> cython.Py_ssize_t:
        """Read the cell at `at` into ``number`` and return where it ends; -1 where unsure."""
        mantissa: cython.ulonglong = 0
        digits: cython.int = 0
        any_digit: cython.bint = False
        exponent: cython.int = 0
        written: cython.int = 0
        negative: cython.bint = False
        below: cython.bint = False
        value: cython.double
        byte: cython.uchar
        while at < n and self.data[at] == _SPACE:
            at += 1
        if at < n and (self.data[at] == _MINUS or self.data[at] == _PLUS):
            negative = self.data[at] == _MINUS
            at += 1
        while at < n:
            byte = self.data[at]
            if byte >= _ZERO and byte <= _NINE:
                any_digit = True
                if digits < _MOST_DIGITS:
                    mantissa = mantissa * 10 + (byte - _ZERO)
                    # Zeros in front are not counted.
                    if mantissa > 0:
                        digits += 1
                    if below:
                        exponent -= 1
                elif not below:
                    exponent += 1
            elif byte == _DOT and not below:
                below = True
            else:
                break
            at += 1
            if exponent > 100000 or exponent < -100000:
                return -1
        if not any_digit:
            return -1
        if at < n and (self.data[at] == _LOWER_E or self.data[at] == _UPPER_E):
            at += 1
            below = False
            any_digit = False
            if at < n and (self.data[at] == _MINUS or self.data[at] == _PLUS):
                below = self.data[at] == _MINUS
                at += 1
            while at < n and self.data[at] >= _ZERO and self.data[at] <= _NINE:
                any_digit = True
                if written < 100000:
                    written = written * 10 + (self.data[at] - _ZERO)
                at += 1
            if not any_digit:
                return -1
            exponent += -written if below else written
        while at < n and (self.data[at] == _SPACE or self.data[at] == _RETURN):
            if self.blanks and self.data[at] == _SPACE:
                break
            at += 1
        if at < n and not self.is_end(self.data[at]):
            return -1
        if mantissa == 0:
            value = 0.0
        elif exponent < -_REACH:
            # Less than half the smallest float32 above zero.
            value = 0.0
        elif exponent > _REACH:
            return -1
        else:
            value = cython.cast(cython.double, mantissa) * self.powers[exponent + _REACH]
            if cython.cast(cython.float, value * _BELOW) != cython.cast(
                cython.float, value * _ABOVE
            ):
                return -1
        self.number = cython.cast(cython.float, -value if negative else value)
        return at
