"""Rows of a table held as columns: sorted, filtered, copied and written out.

A table is *columns* (what stands there and how it is written) and *cells* (their values). Rows
have ids, so that what is selected is found again after the rows moved. Which columns there are, in
which order and by which one rows are sorted is one tuple of texts, see `Layout`.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from eventglass.app.core.compute.ticks import value_text
from eventglass.app.core.names import natural_key
from eventglass.app.models.tool_tips import plain_tip
from eventglass.app.models.words import duration_text, number_text, step_text, wall_time_text

Index: TypeAlias = QModelIndex | QPersistentModelIndex
#: How a column's cells are written. change and percent have a sign; any: whatever an hparam is.
Form: TypeAlias = Literal[
    "text", "any", "value", "change", "percent", "step", "count", "seconds", "moment"
]

#: What stands in the exported head behind the title.
_UNITS: Mapping[str, str] = {
    "percent": "%",
    "seconds": "s",
    "moment": "s since 1970 UTC",
}
_NOWHERE = QModelIndex()
_LATEX = {
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "\\": r"\textbackslash{}",
    "−": "$-$",
    "Δ": r"$\Delta$",
    "∞": r"$\infty$",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes
    ----------
    key : str
        Its name in the workspace.
    title : str
        What its head says.
    form : how its cells are written
    tip : str
        What it holds, as a sentence.
    best : which of its values is marked as the best one
    """

    key: str
    title: str
    form: Form = "value"
    tip: str = ""
    best: Literal["", "min", "max"] = ""

    @property
    def is_text(self) -> bool:
        """Whether its cells stand at the left."""
        return self.form == "text"

    @property
    def exact_title(self) -> str:
        """The title with the unit, for tables that are written out."""
        unit = _UNITS.get(self.form)
        return f"{self.title} ({unit})" if unit and f"({unit})" not in self.title else self.title


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The values of one column.

    Attributes
    ----------
    values : (n,) float64, (n,) int64, or a tuple of n texts, numbers and the like
    known : (n,) bool
        Which rows have a value.
    ranks : (n,) int64, or None
        Of texts: where each stands in their order, if that was found out before; equal for equal.
    """

    values: npt.NDArray[np.float64] | npt.NDArray[np.int64] | tuple[Any, ...]
    known: npt.NDArray[np.bool_]
    ranks: npt.NDArray[np.int64] | None = None

    def value(self, row: int) -> Any:
        """The value of a row as Python has it, None for none."""
        if not self.known[row]:
            return None
        value = self.values[row]
        return value.item() if isinstance(value, np.generic) else value


def floats(values: Iterable[float], known: npt.NDArray[np.bool_] | None = None) -> Cells:
    """Cells of numbers; without `known` NaN means that there is none."""
    column = np.fromiter(values, np.float64)
    return Cells(column, ~np.isnan(column) if known is None else known)


def wholes(values: Sequence[int | None]) -> Cells:
    """Cells of whole numbers, exact whatever their size in 64 bits."""
    known = np.fromiter((value is not None for value in values), np.bool_, len(values))
    column = np.fromiter((value or 0 for value in values), np.int64, len(values))
    return Cells(column, known)


def things(values: Sequence[Any]) -> Cells:
    """Cells of texts or of values of several types; None and the empty text mean none."""
    known = np.fromiter((v is not None and v != "" for v in values), np.bool_, len(values))
    return Cells(tuple(values), known)


@dataclass(frozen=True, slots=True)
class Layout:
    """Which columns a table shows, and its order; kept as one tuple of texts.

    Each text is the key of a column, in order. ``+`` before it: rows are sorted by it, the least
    first; ``-``: the greatest first. Texts that begin with ``@`` are switches of the table.
    """

    keys: tuple[str, ...]
    sort: str = ""
    descending: bool = False
    switches: frozenset[str] = frozenset()

    @classmethod
    def of(cls, texts: Sequence[str], first_choice: Sequence[str]) -> Layout:
        """Read what `texts` returned; without any column the first choice counts."""
        keys: list[str] = []
        sort, descending = "", False
        for text in texts:
            if text.startswith("@"):
                continue
            key = text[1:] if text[:1] in ("+", "-") else text
            if not key or key in keys:
                continue
            keys.append(key)
            if key != text:
                sort, descending = key, text[0] == "-"
        switches = frozenset(text[1:] for text in texts if text.startswith("@"))
        return cls(tuple(keys or first_choice), sort, descending, switches)

    def texts(self) -> tuple[str, ...]:
        """What is kept."""
        mark = "-" if self.descending else "+"
        # Names always stand in front and are no choice, but rows may be sorted by them.
        beside = (mark + self.sort,) if self.sort and self.sort not in self.keys else ()
        return (
            *beside,
            *(mark + key if key == self.sort else key for key in self.keys),
            *(f"@{name}" for name in sorted(self.switches)),
        )

    def sorted_by(self, key: str, descending: bool) -> Layout:
        """The same, sorted by another column."""
        return replace(self, sort=key, descending=descending)

    def with_switch(self, name: str, on: bool) -> Layout:
        """The same with a switch on or off."""
        rest = self.switches - {name}
        return replace(self, switches=rest | {name} if on else rest)

    def with_column(self, key: str, on: bool) -> Layout:
        """The same with one column more, at the end, or less."""
        rest = tuple(each for each in self.keys if each != key)
        keys = (*rest, key) if on else rest
        return replace(self, keys=keys, sort=self.sort if self.sort in keys else "")


class ColumnRows(QAbstractTableModel):
    """A table of columns; sorting keeps equal rows in the order they were given in."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns: tuple[Column, ...] = ()
        self._cells: Mapping[str, Cells] = {}
        self._ids: tuple[int, ...] = ()
        self._rows_of_ids: dict[int, int] | None = None
        self._wanted: npt.NDArray[np.bool_] | None = None
        self._order: npt.NDArray[np.intp] = np.empty(0, np.intp)
        #: Ids of the rows as they stand.
        self._row_ids: list[int] = []
        self._sort = ""
        self._descending = False
        self._best: dict[str, npt.NDArray[np.bool_]] = {}

    # -- what there is

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns."""
        return self._columns

    @property
    def sort_key(self) -> str:
        """Key of the column rows are sorted by; empty: as they were given."""
        return self._sort

    @property
    def descending(self) -> bool:
        """Whether the greatest stands first."""
        return self._descending

    @property
    def total(self) -> int:
        """Number of rows, those that are filtered out included."""
        return len(self._ids)

    def set_content(
        self,
        columns: Sequence[Column],
        ids: Sequence[int],
        cells: Mapping[str, Cells],
        wanted: npt.NDArray[np.bool_] | None = None,
    ) -> None:
        """Show these columns and rows; `cells` by key of the column, `wanted` (n,) to filter."""
        columns = tuple(columns)
        anew = columns != self._columns
        if anew:
            self.beginResetModel()
            self._columns = columns
        self._cells = cells
        self._ids = tuple(ids)
        self._wanted = wanted
        self._best = {}
        if anew:
            order = self._sorted()
            self._take_order(order, [self._ids[base] for base in order.tolist()])
            self.endResetModel()
        else:
            self._arrange()

    def set_sort(self, key: str, descending: bool) -> None:
        """Sort by another column."""
        if (key, descending) != (self._sort, self._descending):
            self._sort, self._descending = key, descending
            self._arrange()
            self.headerDataChanged.emit(
                Qt.Orientation.Horizontal, 0, max(self.columnCount() - 1, 0)
            )

    def base_row(self, row: int) -> int:
        """Row as it was given, of a row as it stands."""
        return int(self._order[row])

    def id_of(self, row: int) -> int:
        """Id of a row, -1 for none."""
        return self._row_ids[row] if 0 <= row < len(self._row_ids) else -1

    def row_of(self, row_id: int) -> int:
        """Row of an id, -1 when it is not shown."""
        if self._rows_of_ids is None:
            self._rows_of_ids = {row_id: row for row, row_id in enumerate(self._row_ids)}
        return self._rows_of_ids.get(row_id, -1)

    def value(self, row: int, column: int) -> Any:
        """Value of a cell, None for none."""
        cells = self._cells.get(self._columns[column].key)
        return None if cells is None else cells.value(self.base_row(row))

    def text(self, row: int, column: int) -> str:
        """What a cell shows."""
        value = self.value(row, column)
        return "" if value is None else cell_text(value, self._columns[column].form)

    def exact(self, row: int, column: int) -> str:
        """The value of a cell with all its digits."""
        return exact_text(self.value(row, column))

    def is_best(self, row: int, column: int) -> bool:
        """Whether the best value of its column stands there, among rows that count."""
        key = self._columns[column].key
        found = self._best.get(key)
        if found is None:
            found = self._best[key] = self._find_best(self._columns[column])
        return bool(found[self.base_row(row)]) if len(found) else False

    def tool_tip(self, row: int, column: int) -> str:
        """All there is to tell of a cell."""
        text, exact = self.text(row, column), self.exact(row, column)
        return text if text == exact or self._columns[column].form == "moment" else exact

    def counting_rows(self) -> npt.NDArray[np.bool_] | None:
        """Rows that count when the best is looked for, (n,); None for all."""
        return None

    # -- Qt's side

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Number of rows that pass the filter."""
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """Number of columns."""
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text, tool tip, alignment."""
        row, column = index.row(), index.column()
        if not (0 <= row < len(self._order) and 0 <= column < len(self._columns)):
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.text(row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(self.tool_tip(row, column)) or None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight
            if self._columns[column].is_text:
                side = Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        """Title, and what the column holds."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self._columns):
            return None
        column = self._columns[section]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return column.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(column.tip or column.title)
        return None

    # -- writing out

    def records(
        self, rows: Sequence[int] | None = None, columns: Sequence[int] | None = None
    ) -> tuple[list[str], list[list[Any]]]:
        """Head and values of some rows, of all without; columns in the order given."""
        picked = range(len(self._columns)) if columns is None else columns
        head = [self._columns[i].exact_title for i in picked]
        wanted = range(len(self._order)) if rows is None else rows
        return head, [[self.value(row, i) for i in picked] for row in wanted]

    def tsv(self, rows: Sequence[int] | None = None, columns: Sequence[int] | None = None) -> str:
        """Lines of cells with tabs between, all digits; pastes into a spreadsheet."""
        head, body = self.records(rows, columns)
        lines = [head, *([exact_text(value) for value in row] for row in body)]
        return "\n".join("\t".join(_one_line(text) for text in line) for line in lines)

    def csv(self, rows: Sequence[int] | None = None, columns: Sequence[int] | None = None) -> str:
        """Comma-separated values, all digits."""
        head, body = self.records(rows, columns)
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(head)
        writer.writerows([exact_text(value) for value in row] for row in body)
        return stream.getvalue()

    def json(self, rows: Sequence[int] | None = None, columns: Sequence[int] | None = None) -> str:
        """A list of objects; numbers that JSON has no word for are texts."""
        picked = range(len(self._columns)) if columns is None else columns
        keys = [self._columns[i].key for i in picked]
        _head, body = self.records(rows, picked)
        rows_out = [dict(zip(keys, map(_json_value, row), strict=True)) for row in body]
        return json.dumps(rows_out, indent=1, ensure_ascii=False) + "\n"

    def markdown(
        self, rows: Sequence[int] | None = None, columns: Sequence[int] | None = None
    ) -> str:
        """A Markdown table of what is shown."""
        picked = list(range(len(self._columns)) if columns is None else columns)
        lines = [[self._columns[i].title for i in picked]]
        lines.append([":--" if self._columns[i].is_text else "--:" for i in picked])
        lines += self._shown(rows, picked)
        body = (" | ".join(_one_line(t).replace("|", "\\|") for t in line) for line in lines)
        return "\n".join(f"| {line} |" for line in body) + "\n"

    def latex(self, rows: Sequence[int] | None = None, columns: Sequence[int] | None = None) -> str:
        """A LaTeX tabular of what is shown."""
        picked = list(range(len(self._columns)) if columns is None else columns)
        sides = "".join("l" if self._columns[i].is_text else "r" for i in picked)
        head = " & ".join(_latex(self._columns[i].title) for i in picked)
        body = [" & ".join(map(_latex, line)) + r" \\" for line in self._shown(rows, picked)]
        lines = [rf"\begin{{tabular}}{{{sides}}}", r"\hline", head + r" \\", r"\hline"]
        return "\n".join([*lines, *body, r"\hline", r"\end{tabular}"]) + "\n"

    def _shown(self, rows: Sequence[int] | None, picked: Sequence[int]) -> list[list[str]]:
        wanted = range(len(self._order)) if rows is None else rows
        return [[self.text(row, i) for i in picked] for row in wanted]

    # -- order

    def _sorted(self) -> npt.NDArray[np.intp]:
        cells = self._cells.get(self._sort)
        order = np.arange(len(self._ids)) if cells is None else sort_order(cells, self._descending)
        if self._wanted is not None:
            order = order[self._wanted[order]]
        return order

    def _arrange(self) -> None:
        """Bring the rows into order; what is selected moves with its row."""
        order = self._sorted()
        ids = [self._ids[base] for base in order.tolist()]
        if len(ids) != len(self._row_ids):
            self.beginResetModel()
            self._take_order(order, ids)
            self.endResetModel()
        elif ids == self._row_ids:
            self._take_order(order, ids)
            self._tell_cells()
        else:
            self.layoutAboutToBeChanged.emit()
            before = self.persistentIndexList()
            moved = [(self._row_ids[index.row()], index.column()) for index in before]
            self._take_order(order, ids)
            after = []
            for row_id, column in moved:
                row = self.row_of(row_id)
                after.append(self.index(row, column) if row >= 0 else QModelIndex())
            self.changePersistentIndexList(before, after)
            self.layoutChanged.emit()

    def _take_order(self, order: npt.NDArray[np.intp], ids: list[int]) -> None:
        self._order, self._row_ids = order, ids
        self._rows_of_ids = None

    def _tell_cells(self) -> None:
        if len(self._order) and self._columns:
            first = self.index(0, 0)
            last = self.index(len(self._order) - 1, len(self._columns) - 1)
            self.dataChanged.emit(first, last)

    def _find_best(self, column: Column) -> npt.NDArray[np.bool_]:
        cells = self._cells.get(column.key)
        none = np.zeros(len(self._ids), np.bool_)
        if not column.best or cells is None or isinstance(cells.values, tuple):
            return none
        counting = self.counting_rows()
        values = cells.values
        fit = cells.known & np.isfinite(values)
        if counting is not None:
            fit &= counting
        # The best of one, or of equals, is no news.
        if not fit.any() or values[fit].min() == values[fit].max():
            return none
        best = values[fit].min() if column.best == "min" else values[fit].max()
        found: npt.NDArray[np.bool_] = fit & (values == best)
        return found


def sort_order(cells: Cells, descending: bool) -> npt.NDArray[np.intp]:
    """Return the rows in order of their values, NaN and those without a value last, (n,).

    Rows of equal values stay in their order, both ways.
    """
    values, known = cells.values, cells.known
    if isinstance(values, tuple):
        ranks = cells.ranks
        if ranks is None:
            names = [_thing_key(value) for value in values]
            place = {name: at for at, name in enumerate(sorted(set(names)))}
            ranks = np.fromiter((place[name] for name in names), np.int64, len(names))
        return np.lexsort((-ranks if descending else ranks, ~known))
    if values.dtype == np.int64:
        # Bits turned over sort the other way round, and none overflows.
        keys = np.invert(values.astype(np.int64)) if descending else values
        return np.lexsort((keys, ~known))
    missing = ~known | np.isnan(values)
    # What is NaN comes before what is missing altogether.
    return np.lexsort((-values if descending else values, ~known, missing))


def cell_text(value: Any, form: Form) -> str:
    """What a cell shows of a value."""
    if form == "any":
        return _any_text(value)
    if form in ("text",) or isinstance(value, str):
        return str(value)
    if form == "step":
        return step_text(int(value))
    if form == "count":
        return number_text(int(value))
    if form == "seconds":
        return _span_text(value)
    if form == "moment":
        return wall_time_text(value)
    if form == "percent":
        text = f"{abs(value):,.2f}" if abs(value) < 1e5 else value_text(abs(value))
        return f"{_sign(value)}{text} %" if not math.isnan(value) else "NaN"
    if form == "change":
        return _sign(value) + value_text(abs(value)) if not math.isnan(value) else "NaN"
    return value_text(value)


def exact_text(value: Any) -> str:
    """A value with all its digits; empty for none."""
    return "" if value is None else value if isinstance(value, str) else repr(value)


def differs(cells: Cells, rows: npt.NDArray[np.bool_], *, with_missing: bool = False) -> bool:
    """Whether the values of some rows, (n,) bool, are not all the same.

    Rows without a value count only `with_missing`.
    """
    at = np.flatnonzero(rows)
    known = cells.known[at]
    if not known.all():
        if with_missing:
            return bool(known.any())
        at = at[known]
    if len(at) < 2:
        return False
    if isinstance(cells.values, tuple):
        first = cells.values[at[0]]
        return any(cells.values[i] != first for i in at[1:])
    values = cells.values[at]
    same = (values == values[0]) | (np.isnan(values) & np.isnan(values[0]))
    return not bool(same.all())


def _span_text(seconds: float) -> str:
    if math.isfinite(seconds) and abs(seconds) < 59.95:
        return f"{_sign(seconds) if seconds < 0 else ''}{abs(seconds):.1f} s"
    return duration_text(seconds)


def _any_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return f"{value:,.0f}".replace("-", "−") if abs(value) < 1e15 else f"{value:g}"
    if isinstance(value, float):
        return f"{value:g}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")
    return _one_line(str(value))


def _sign(value: float) -> str:
    return "−" if value < 0 else "+" if value > 0 else ""


def _thing_key(value: Any) -> tuple[int, float, Any]:
    """Sort key over values of several types: numbers, then texts as their names go."""
    if isinstance(value, (bool, int, float)):
        return (0, math.inf if math.isnan(value) else value, ())
    return (1, 0.0, natural_key(str(value)) if value is not None else ())


def _json_value(value: Any) -> Any:
    return repr(value) if isinstance(value, float) and not math.isfinite(value) else value


def _one_line(text: str) -> str:
    return " ".join(text.split("\n")).replace("\t", " ").replace("\r", " ")


def _latex(text: str) -> str:
    return "".join(_LATEX.get(letter, letter) for letter in text)
