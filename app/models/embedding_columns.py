"""Columns of metadata as the view uses them: in order, told apart, chosen by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eventglass.app.core.names import natural_key
from eventglass.app.core.projector.metadata import Column, Metadata
from eventglass.app.models.embedding_colours import (
    MOST_CHOSEN,
    MOST_NUMBER_CATEGORIES,
    Colouring,
    by_categories,
    by_numbers,
    one_colour,
)
from eventglass.app.models.embedding_options import AUTOMATIC, NO_COLUMN

#: Columns that link points to the next one of a sequence.
SEQUENCE_COLUMNS = ("__next__", "__seq_next__")
#: More different texts than this stay in the order of the file: sorting takes long, and nobody
#: reads so long a legend.
_MOST_NATURAL = 5000


@dataclass(frozen=True, slots=True, eq=False)
class ColumnFacts:
    """What is known of one column.

    Attributes
    ----------
    names : the different texts in the order of the legend
    codes : (n,) int32, read-only, index into `names`; -1 where there is no value
    """

    column: Column
    names: tuple[str, ...]
    codes: npt.NDArray[np.int32]

    @property
    def is_number(self) -> bool:
        """Whether every value is a number."""
        return self.column.numbers is not None

    @property
    def has_bar(self) -> bool:
        """Whether it is coloured by a bar unless one says otherwise."""
        return self.is_number and len(self.names) > MOST_NUMBER_CATEGORIES

    @property
    def hint(self) -> str:
        """What a list of columns says beside the name."""
        if self.is_number and self.has_bar:
            return "numbers"
        return f"{len(self.names):,} value{'s' if len(self.names) != 1 else ''}"


def facts_of(column: Column) -> ColumnFacts:
    """Put the different texts of a column in order. Takes long for many: not for the GUI thread."""
    table = column.table
    if column.numbers is not None:
        values = np.full(len(table), np.nan)
        known = column.codes >= 0
        values[column.codes[known]] = column.numbers[known]
        order = np.argsort(values, kind="stable").tolist()
    elif len(table) <= _MOST_NATURAL:
        order = sorted(range(len(table)), key=lambda i: natural_key(table[i]))
    else:
        return ColumnFacts(column, table, column.codes)
    places = np.empty(len(table) + 1, np.int32)
    places[order] = np.arange(len(table), dtype=np.int32)
    places[-1] = -1
    codes = places[column.codes]
    codes.flags.writeable = False
    return ColumnFacts(column, tuple(table[i] for i in order), codes)


def all_facts(metadata: Metadata) -> dict[str, ColumnFacts]:
    """Facts of every column by name, in the order of the file."""
    found: dict[str, ColumnFacts] = {}
    for column in metadata.columns:
        found.setdefault(column.name, facts_of(column))
    return found


def label_column(facts: Mapping[str, ColumnFacts], wanted: str) -> str:
    """Name of the column that labels points; empty for none.

    By itself: one that is called so, else the one that tells most points apart. Numbers of many
    values label nothing.
    """
    if wanted == NO_COLUMN:
        return ""
    if wanted in facts:
        return wanted
    usual = [name for name in facts if name not in SEQUENCE_COLUMNS]
    for name in usual:
        if name.casefold() in ("label", "name", "word", "text", "title"):
            return name
    told = {name: 0 if facts[name].has_bar else len(facts[name].names) for name in usual}
    return max(usual, key=lambda name: told[name], default="")


def colour_column(facts: Mapping[str, ColumnFacts], wanted: str) -> str:
    """Name of the column that colours points; empty for none. Alone, the first that tells much."""
    if wanted == NO_COLUMN:
        return ""
    if wanted != AUTOMATIC and wanted in facts:
        return wanted
    usual = [(name, each) for name, each in facts.items() if name not in SEQUENCE_COLUMNS]
    for name, each in usual:
        if 2 <= len(each.names) <= MOST_CHOSEN and len(each.names) < len(each.codes):
            return name
    return next((name for name, each in usual if each.has_bar), "")


def colouring_of(
    facts: Mapping[str, ColumnFacts],
    wanted: str,
    count: int,
    colour_map: str,
    as_categories: bool,
    dark: bool,
) -> Colouring:
    """Colours of all points by a column, or all alike."""
    name = colour_column(facts, wanted)
    if not name:
        return one_colour(count, dark)
    found = facts[name]
    if found.column.numbers is not None and found.has_bar and not as_categories:
        return by_numbers(found.column.numbers, name, colour_map, dark)
    return by_categories(found.codes, found.names, name, dark)


def rows_of_texts(ours: Column, theirs: Column | None) -> npt.NDArray[np.int64] | None:
    """Return where rows with our texts stand in another table, (n,) int64, -1 for nowhere.

    None where rows are better matched by number: texts are not there, not one of a kind, in the
    same order, or mostly others.
    """
    if theirs is None or ours.table == theirs.table:
        return None
    for column in (ours, theirs):
        if len(column.table) != len(column.codes) or (column.codes < 0).any():
            return None
    # Codes are in order of appearance: of texts that differ they are the rows.
    places = {text: row for row, text in enumerate(theirs.table)}
    found = np.array([places.get(text, -1) for text in ours.table], np.int64)
    return found if np.count_nonzero(found >= 0) * 2 > len(found) else None


def sequences_of(metadata: Metadata) -> npt.NDArray[np.int64]:
    """Return the links of sequences, pairs of rows (k, 2) int64; rows that are none left out."""
    for name in SEQUENCE_COLUMNS:
        column = metadata.column(name)
        if column is None or column.numbers is None:
            continue
        values = column.numbers
        fits = np.isfinite(values) & (values >= 0) & (values < metadata.rows)
        starts = np.flatnonzero(fits)
        ends = values[fits].astype(np.int64)
        whole = ends == values[fits]
        return np.stack([starts[whole], ends[whole]], axis=1)
    return np.empty((0, 2), np.int64)
