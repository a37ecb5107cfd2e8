"""Metadata: a table with a line per row of an embedding.

The first line is a heading if and only if it has a tab, as in TensorBoard; without one the single
column is ``label``. Where there is one line too many and no tab, the first is the heading: PyTorch
writes one above single columns, too, and labels would belong to the wrong rows. Empty cells are
missing.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from eventglass.app.core.projector import tables
from eventglass.app.core.projector.notices import Control, EmbeddingError, Notice, check
from eventglass.app.core.projector.places import Place

LABEL = "label"
_LINES_AT_ONCE = 5_000
_MOST_COLUMNS = 10_000


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes
    ----------
    name : its heading
    codes : (n,) int32, read-only; index into `table`, -1 where the cell is missing
    table : the different texts, in order of first appearance
    numbers : (n,) float64, read-only, NaN where missing; None where a cell is no number
    """

    name: str
    codes: npt.NDArray[np.int32]
    table: tuple[str, ...]
    numbers: npt.NDArray[np.float64] | None

    def text(self, row: int) -> str:
        """The cell as written; empty where missing."""
        code = int(self.codes[row])
        return self.table[code] if code >= 0 else ""


@dataclass(frozen=True, slots=True)
class Metadata:
    """All columns; each as long as the embedding has rows, whatever the file had."""

    rows: int
    columns: tuple[Column, ...] = ()
    path: str = ""
    notices: tuple[Notice, ...] = ()

    def column(self, name: str) -> Column | None:
        """The column with this heading."""
        return next((each for each in self.columns if each.name == name), None)

    def with_text(self, name: str, rows: Sequence[int], text: str) -> Metadata:
        """Return a copy where cells of a column are replaced; a new column if there is none."""
        old = self.column(name)
        if old is None:
            old = Column(name, np.full(self.rows, -1, np.int32), (), None)
        codes = old.codes.copy()
        table = old.table
        if text and text not in table:
            table = (*table, text)
        codes[np.asarray(rows, np.int64)] = table.index(text) if text else -1
        made = _column(name, codes, table)
        if self.column(name) is None:
            return replace(self, columns=(*self.columns, made))
        return replace(self, columns=tuple(made if each is old else each for each in self.columns))


class _Gathering:
    """A column while it is read."""

    def __init__(self, name: str, rows: int) -> None:
        self.name = name
        self.codes = np.full(rows, -1, np.int32)
        self.known: dict[str, int] = {}

    def put(self, row: int, cells: Sequence[str]) -> None:
        known = self.known
        codes = [known.setdefault(cell, len(known)) if cell else -1 for cell in cells]
        self.codes[row : row + len(codes)] = codes

    def done(self) -> Column:
        return _column(self.name, self.codes, tuple(self.known))


def _column(name: str, codes: npt.NDArray[np.int32], table: tuple[str, ...]) -> Column:
    codes.flags.writeable = False
    return Column(name, codes, table, _numbers(codes, table))


def _numbers(
    codes: npt.NDArray[np.int32], table: tuple[str, ...]
) -> npt.NDArray[np.float64] | None:
    values = np.full(len(table) + 1, np.nan)
    for code, text in enumerate(table):
        if "_" in text:
            return None
        try:
            values[code] = float(text)
        except ValueError:
            return None
    if not table:
        return None
    # Code -1 is the last value, which is missing.
    numbers = values[codes]
    numbers.flags.writeable = False
    return numbers


def from_texts(
    columns: Sequence[tuple[str, Sequence[str]]], rows: int, shown: str = ""
) -> Metadata:
    """Make metadata of columns in memory."""
    made = []
    for name, cells in columns:
        gathering = _Gathering(name, rows)
        gathering.put(0, cells[:rows])
        made.append(gathering.done())
    return Metadata(rows, tuple(made), shown)


def count_rows(place: Place) -> tuple[int, bool]:
    """Number of lines that are not blank, and whether the first is a heading."""
    data = tables.read_bytes(place)
    lines = _lines(data)
    return sum(1 for line in lines if line.strip()), b"\t" in (lines[0] if lines else b"")


def load(place: Place, rows: int, control: Control | None = None) -> Metadata:
    """Read a metadata file for an embedding of `rows` rows; EmbeddingError says why not."""
    data = tables.read_bytes(place, control)
    shown = place.name
    if data[:3].tobytes() == b"\xef\xbb\xbf":
        data = data[3:]
    if b"\0" in data[:65536].tobytes():
        raise EmbeddingError(f"The metadata is no text ({shown})")
    lines = _lines(data)
    if not lines:
        raise EmbeddingError(f"The metadata is empty ({shown})")
    notices: list[Notice] = []
    tabbed = b"\t" in lines[0]
    numbered = list(range(1, len(lines) + 1))
    # Blank lines are rows with nothing to say where the count is right with them.
    if len(lines) != rows + tabbed:
        numbered = [number for number, line in enumerate(lines, 1) if line.strip()]
        lines = [line for line in lines if line.strip()]
    names = [LABEL]
    first = 0
    if tabbed:
        names = [name.strip() for name in lines[0].decode("utf-8", "replace").split("\t")]
        first = 1
        if len(lines) == rows and rows > 1:
            message = "As many lines as rows: there is no heading, columns are numbered"
            notices.append(Notice(shown, message, 1))
            names = [f"column {at + 1}" for at in range(len(names))]
            first = 0
    elif len(lines) == rows + 1 and rows:
        # PyTorch writes headings above single columns, too.
        heading = lines[0].decode("utf-8", "replace").strip()
        if lines[0] not in lines[1:]:
            names, first = [heading or LABEL], 1
    if len(names) > _MOST_COLUMNS:
        notices.append(Notice(shown, f"Only the first {_MOST_COLUMNS:,} columns are shown"))
        names = names[:_MOST_COLUMNS]
    names = _distinct(names)
    there = len(lines) - first
    if there < rows:
        message = f"{there:,} lines for {rows:,} rows; the last {rows - there:,} rows have none"
        notices.append(Notice(shown, message, numbered[-1] if numbered else None))
    elif there > rows:
        message = f"{there:,} lines for {rows:,} rows; lines from here on belong to no row"
        notices.append(Notice(shown, message, numbered[first + rows]))
    columns = [_Gathering(name, rows) for name in names]
    _fill(columns, lines, numbered, first, min(there, rows), shown, notices, control)
    return Metadata(rows, tuple(each.done() for each in columns), shown, tuple(notices))


def _fill(
    columns: list[_Gathering],
    lines: list[bytes],
    numbered: list[int],
    first: int,
    count: int,
    shown: str,
    notices: list[Notice],
    control: Control | None,
) -> None:
    width = len(columns)
    odd = 0
    odd_row = 0
    for begin in range(0, count, _LINES_AT_ONCE):
        check(control, begin / count)
        chosen = lines[first + begin : first + min(count, begin + _LINES_AT_ONCE)]
        if width == 1:
            columns[0].put(begin, [line.decode("utf-8", "replace").strip() for line in chosen])
            continue
        cells = [line.decode("utf-8", "replace").split("\t") for line in chosen]
        for at, row in enumerate(cells):
            if len(row) != width:
                odd += 1
                odd_row = odd_row or numbered[first + begin + at]
                row.extend([""] * (width - len(row)))
        for at, column in enumerate(columns):
            column.put(begin, [row[at].strip() for row in cells])
    if odd:
        more = f"; so have {odd - 1:,} more" if odd > 1 else ""
        message = f"A line has not {width:,} cells like the first{more}"
        notices.append(Notice(shown, message, odd_row))


def _lines(data: npt.NDArray[np.uint8]) -> list[bytes]:
    """Lines without their ends; a last line end adds none."""
    made: list[bytes] = []
    rest = b""
    for begin in range(0, len(data), 1 << 20):
        pieces = (rest + data[begin : begin + (1 << 20)].tobytes()).split(b"\n")
        rest = pieces.pop()
        made += pieces
    if rest:
        made.append(rest)
    return [line.removesuffix(b"\r") for line in made]


def _distinct(names: list[str]) -> list[str]:
    """Names, empty ones numbered, repeated ones told apart."""
    taken: set[str] = set()
    made = []
    for at, name in enumerate(names, 1):
        own = base = name or f"column {at}"
        number = 1
        while own in taken:
            number += 1
            own = f"{base} ({number})"
        taken.add(own)
        made.append(own)
    return made


def write(metadata: Metadata, path: str) -> None:
    """Write as TensorBoard reads it: a heading line only with more than one column.

    Tabs and line ends in cells become spaces. The file appears whole or not at all.
    """
    columns = metadata.columns
    folder = os.path.dirname(os.path.abspath(path))
    handle, temporary = tempfile.mkstemp(dir=folder, suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            if len(columns) > 1:
                stream.write("\t".join(_clean(column.name) for column in columns) + "\n")
            tables_of = [[_clean(text) for text in (*each.table, "")] for each in columns]
            for row in range(metadata.rows):
                cells = (
                    table[column.codes[row]]
                    for table, column in zip(tables_of, columns, strict=True)
                )
                stream.write("\t".join(cells) + "\n")
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _clean(text: str) -> str:
    return text.replace("\t", " ").replace("\r", " ").replace("\n", " ")
