"""Tables written as text: which columns are numbers, and all their cells."""

from __future__ import annotations

import csv
import io
import itertools
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eventglass.app.core.projector import cells
from eventglass.app.core.projector.notices import Control, EmbeddingError, Notice, check
from eventglass.app.core.projector.places import Place

#: Rows looked at to learn what columns hold.
_SAMPLE_ROWS = 100
_SAMPLE_BYTES = 8 << 20
_PIECE = 8 << 20
_ROWS_AT_ONCE = 4096
#: Cells tried one by one; a table with more odd ones is not a table of numbers.
_MOST_ODD = 2_000_000
_THREADS = max(1, min(2, os.cpu_count() or 1))


@dataclass(frozen=True, slots=True)
class Table:
    """A table's cells.

    Attributes
    ----------
    numbers : (n, d) float32; NaN where a cell is missing or no number
    texts : lists of n strings, one per column that holds no numbers
    number_names, text_names : headings, or made ones
    lines : (n,) int64, the line each row begins on, from 1
    """

    numbers: npt.NDArray[np.float32]
    texts: tuple[list[str], ...]
    number_names: tuple[str, ...]
    text_names: tuple[str, ...]
    lines: npt.NDArray[np.int64]
    notices: tuple[Notice, ...]


def read_bytes(place: Place, control: Control | None = None) -> npt.NDArray[np.uint8]:
    """Return a whole file as (size,) uint8; EmbeddingError where it can't be read."""
    try:
        path = place.local()
        with open(path, "rb", buffering=0) as stream:
            status = os.fstat(stream.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise EmbeddingError(f"Not a file ({place.name})")
            data = np.empty(status.st_size, np.uint8)
            view = data.data
            at = 0
            while at < len(view):
                check(control, 0.3 * at / len(view))
                got = stream.readinto(view[at : at + _PIECE])
                if not got:
                    break
                at += got
            return data[:at]
    except (OSError, ValueError) as error:
        why = (isinstance(error, OSError) and error.strerror) or error
        raise EmbeddingError(f"Can't be read: {why} ({place.name})") from error
    except MemoryError as error:
        raise EmbeddingError(f"Too large for this machine's memory ({place.name})") from error


def looks_binary(data: npt.NDArray[np.uint8]) -> bool:
    """Whether the beginning is no text: control characters, or no UTF-8."""
    head = data[:65536].tobytes()
    if any(byte in head for byte in (0, 1, 2, 3, 4, 5, 6, 7, 8, 14, 15, 16, 127)):
        return True
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        # A character may be cut at the end of what was looked at.
        return error.start < len(head) - 4 or len(data) <= len(head)
    return False


def read_table(
    data: npt.NDArray[np.uint8],
    shown: str,
    numbers_only: bool = False,
    control: Control | None = None,
) -> Table:
    """Read a table of numbers and, unless `numbers_only`, texts; EmbeddingError if there is none.

    The delimiter is a tab if the first row has one, else a comma, a semicolon or white space. The
    first row is a heading where none of its cells is a number and those below are.
    """
    sample = _sample_rows(data)
    if not sample:
        raise EmbeddingError(f"The file holds no rows ({shown})")
    delimiter = _delimiter(sample[0])
    rows = [_split(row, delimiter) for row in sample]
    heading = _heading(rows)
    reader = cells.Cells(data, ord(delimiter))
    room = cells.count_lines(data) + 1
    starts = np.empty(room, np.int64)
    lines = np.empty(room, np.int64)
    widths = np.empty(room, np.int32)
    count = reader.scan(starts, lines, widths)
    first = 1 if heading is not None else 0
    widths = widths[first:count]
    count -= first
    if count < 1:
        raise EmbeddingError(f"The file holds no rows of numbers ({shown})")
    notices: list[Notice] = []
    width = _common_width(widths)
    if count * width > 4 * int(widths.sum()) + 1_000_000:
        raise EmbeddingError(f"The rows have very different lengths ({shown})")
    odd = np.flatnonzero(widths != width)
    if len(odd):
        row = int(odd[0])
        have = f"{int(widths[row]):,} cells where others have {width:,}"
        more = f"; so have {len(odd) - 1:,} more rows" if len(odd) > 1 else ""
        message = f"A row has {have}{more}; what is missing is no number"
        notices.append(Notice(shown, message, int(lines[first + row])))
    kinds = [True] * width if numbers_only else _kinds(rows[first:], width)
    if not any(kinds):
        raise EmbeddingError(f"The file holds no numbers ({shown})")
    targets = np.full(width, cells.SKIP, np.int32)
    texts = np.full(width, cells.SKIP, np.int32)
    numeric = [column for column in range(width) if kinds[column]]
    other = [column for column in range(width) if not kinds[column]]
    targets[numeric] = np.arange(len(numeric))
    texts[other] = np.arange(len(other))
    try:
        numbers = np.full((count, len(numeric)), np.nan, np.float32)
        places = np.zeros((count, max(1, len(other)), 2), np.int64)
    except MemoryError as error:
        raise EmbeddingError(f"Too large for this machine's memory ({shown})") from error
    filling = _Filling(data, delimiter, starts, first, numbers, places, control)
    bad = filling.run(targets, texts)
    if heading is not None and numbers_only:
        notices.append(Notice(shown, "The first row holds no numbers; taken as a heading", 1))
    if bad:
        row, column = min(bad)
        column = numeric[column]
        text = _split(sample_text(data, starts[row]), delimiter)
        cell = text[column] if column < len(text) else ""
        more = f"; so are {len(bad) - 1:,} more cells" if len(bad) > 1 else ""
        message = f"“{cell[:40]}” in column {column + 1:,} is no number{more}"
        notices.append(Notice(shown, message, int(lines[row])))
    names = heading if heading is not None else []
    named = [
        names[column].strip() if column < len(names) and names[column].strip() else f"{column + 1}"
        for column in range(width)
    ]
    return Table(
        numbers,
        tuple(_texts(data, places[:, at], control) for at in range(len(other))),
        tuple(named[column] for column in numeric),
        tuple(
            named[column] if heading is not None else _made_name(at, len(other))
            for at, column in enumerate(other)
        ),
        lines[first : first + count],
        tuple(notices),
    )


def _made_name(at: int, count: int) -> str:
    return "label" if count == 1 else f"label {at + 1}"


class _Filling:
    """Reads all rows, two threads side by side."""

    def __init__(
        self,
        data: npt.NDArray[np.uint8],
        delimiter: str,
        starts: npt.NDArray[np.int64],
        first: int,
        numbers: npt.NDArray[np.float32],
        places: npt.NDArray[np.int64],
        control: Control | None,
    ) -> None:
        self._data = data
        self._delimiter = delimiter
        self._starts = starts
        self._first = first
        self._numbers = numbers
        self._places = places
        self._control = control
        self._bad: set[tuple[int, int]] = set()
        self._odd = 0

    def run(
        self, targets: npt.NDArray[np.int32], texts: npt.NDArray[np.int32]
    ) -> set[tuple[int, int]]:
        """Fill the arrays; returns row of the file and column of the cells that are no numbers."""
        count = len(self._numbers)
        parts = _THREADS if count * len(targets) > 200_000 else 1
        cuts = [self._first + count * part // parts for part in range(parts + 1)]
        with ThreadPoolExecutor(parts) as pool:
            jobs = [
                pool.submit(self._part, begin, end, targets, texts)
                for begin, end in itertools.pairwise(cuts)
            ]
            for job in jobs:
                job.result()
        return self._bad

    def _part(
        self,
        begin: int,
        end: int,
        targets: npt.NDArray[np.int32],
        texts: npt.NDArray[np.int32],
    ) -> None:
        left = np.empty((len(targets) + 16384, 4), np.int64)
        reader = cells.Cells(self._data, ord(self._delimiter))
        reader.place(self._starts)
        reader.fill(targets, texts, self._numbers, self._places, left)
        at = begin
        while at < end:
            check(self._control, 0.3 + 0.7 * (at - begin) / (end - begin))
            at = reader.read(at, min(end, at + _ROWS_AT_ONCE), self._first)
            if reader.left_count:
                self._settle(left[: reader.left_count])

    def _settle(self, left: npt.NDArray[np.int64]) -> None:
        """Read cells that the quick way left, with Python's own reader of numbers."""
        for row, column, start, stop in left.tolist():
            raw = self._data[start:stop].tobytes().strip().strip(b'"')
            value = float("nan")
            self._odd += 1
            if raw and self._odd <= _MOST_ODD:
                value = parse_number(raw)
                if value != value and raw.lower().lstrip(b"+-") != b"nan":
                    self._bad.add((row, column))
            elif raw:
                self._bad.add((row, column))
            self._numbers[row - self._first, column] = value


def parse_number(raw: bytes) -> float:
    """A cell's number as float32 holds it; NaN where it is none."""
    if b"_" in raw:
        return float("nan")
    try:
        with np.errstate(over="ignore"):
            return float(np.float32(float(raw)))
    except ValueError:
        return float("nan")


def _sample_rows(data: npt.NDArray[np.uint8]) -> list[bytes]:
    head = data[:_SAMPLE_BYTES].tobytes()
    rows: list[bytes] = []
    at = 0
    while at < len(head) and len(rows) < _SAMPLE_ROWS:
        end = head.find(b"\n", at)
        if end < 0:
            end = len(head)
        row = head[at:end].rstrip(b"\r")
        if row.strip():
            rows.append(row)
        at = end + 1
    if rows and rows[0].startswith(b"\xef\xbb\xbf"):
        rows[0] = rows[0][3:]
        data[:3] = 32
    return rows


def sample_text(data: npt.NDArray[np.uint8], start: int) -> bytes:
    """The line that begins at a byte."""
    head = data[start : start + (1 << 20)].tobytes()
    return head.split(b"\n", 1)[0].rstrip(b"\r")


def _delimiter(row: bytes) -> str:
    for mark in (b"\t", b",", b";"):
        if mark in row:
            return mark.decode()
    return " "


def _split(row: bytes, delimiter: str) -> list[str]:
    text = row.decode("utf-8", "replace")
    if delimiter == " ":
        return text.split()
    if '"' in text:
        try:
            return next(csv.reader(io.StringIO(text), delimiter=delimiter))
        except (csv.Error, StopIteration):
            pass
    return text.split(delimiter)


def _is_number(cell: str) -> bool:
    cell = cell.strip()
    if not cell or "_" in cell:
        return False
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _heading(rows: list[list[str]]) -> list[str] | None:
    """The first row where it is a heading."""
    if len(rows) < 2 or any(_is_number(cell) for cell in rows[0]):
        return None
    if any(_is_number(cell) for cell in rows[1]):
        return rows[0]
    return None


def _kinds(rows: list[list[str]], width: int) -> list[bool]:
    """Which columns are numbers, by the rows looked at: all that is there, and something."""
    kinds = []
    for column in range(width):
        there = [row[column] for row in rows if column < len(row) and row[column].strip()]
        kinds.append(bool(there) and all(_is_number(cell) for cell in there))
    return kinds


def _common_width(widths: npt.NDArray[np.int32]) -> int:
    """The number of cells most rows have; the larger one where equally many have it."""
    found, counts = np.unique(widths, return_counts=True)
    return int(found[len(counts) - 1 - int(np.argmax(counts[::-1]))])


def _texts(
    data: npt.NDArray[np.uint8], places: npt.NDArray[np.int64], control: Control | None
) -> list[str]:
    made = []
    for begin in range(0, len(places), 10_000):
        check(control)
        for start, stop in places[begin : begin + 10_000].tolist():
            text = data[start:stop].tobytes().decode("utf-8", "replace").strip()
            if text.startswith('"') and text.endswith('"') and len(text) > 1:
                text = text[1:-1].replace('""', '"')
            made.append(text)
    return made
