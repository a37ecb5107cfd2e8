"""What is shown of a text entry: rendered Markdown or plain text, single strings and tables."""

from __future__ import annotations

import bisect
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from eventglass.app.models.text_markup import NotRendered, markdown_html, printable
from eventglass.app.models.text_parts import CELLS, ROWS, part_head, part_starts, row_starts
from eventglass.app.models.words import count_text

if TYPE_CHECKING:
    from eventglass.app.core.plugins.text import Text

Strings = npt.NDArray[np.object_]

#: Marks of Markdown that say nothing in a line of words.
_MARKS = re.compile(r"^ {0,3}#{1,6} +|\*\*|`+|^\s*\|?[\s:|-]*-{3}[\s:|-]*$", re.MULTILINE)
#: Columns of a table that are shown, and characters of one of its cells.
MOST_COLUMNS, LONGEST_CELL = 50, 4_000


@dataclass(frozen=True, slots=True)
class Look:
    """How a text is to be shown.

    Attributes
    ----------
    rendered
        As Markdown; else as it was logged.
    keep_breaks
        Rendered: line ends inside paragraphs stay.
    size
        Characters of a part.
    offset
        The part with this character, or of a table with this row, is shown.
    find
        Offset counts characters of `plain_text`, as a search does.
    """

    rendered: bool = True
    keep_breaks: bool = False
    size: int = 6_000
    offset: int = 0
    find: bool = False


@dataclass(frozen=True, slots=True)
class Presented:
    """A part of a text, ready to be shown.

    Attributes
    ----------
    body
        HTML of `text_markup`, or plain text.
    part, starts
        Number of the part, from 0, and the offsets at which parts begin.
    characters
        Of all of the text.
    note
        What should be known of it.
    """

    body: str
    is_html: bool
    part: int
    starts: tuple[int, ...]
    characters: int
    note: str = ""
    #: Starts are rows of a table, not characters.
    by_rows: bool = False


def present(text: Text, look: Look) -> Presented:
    """Return what is shown of a text."""
    strings = text.strings
    if not strings.size:
        shape = "×".join(str(size) for size in strings.shape)
        return Presented("", False, 0, (0,), 0, f"Empty: a tensor of shape {shape}")
    if strings.size == 1:
        return _single(str(strings.reshape(-1)[0]), look)
    note = ""
    if strings.ndim > 2:
        shape = "×".join(str(size) for size in strings.shape)
        rest = ", ".join("0" for _ in strings.shape[:-2])
        note = f"A tensor of shape {shape}: its first table, [{rest}, :, :], is shown"
        strings = strings[(0,) * (strings.ndim - 2)]
    return _table(strings.reshape(-1, 1) if strings.ndim == 1 else strings, look, note)


def part_edge(shown: Presented, by: int) -> int | None:
    """The character at which the parts after (1) or before (−1) the one shown begin or end.

    None where there are none, and for tables, whose parts are rows.
    """
    if shown.by_rows or not 0 <= shown.part + by < len(shown.starts):
        return None
    return shown.starts[shown.part + (by > 0)]


def plain_text(strings: Strings) -> str:
    r"""Return all of a text; tables have tabs between cells and an empty line between them.

    Cells that hold tabs or line ends are written with ``\t`` and ``\n``.
    """
    if strings.size == 1:
        return str(strings.reshape(-1)[0])
    if strings.ndim == 1:
        return "\n".join(map(str, strings.tolist()))
    tables = strings.reshape(-1, *strings.shape[-2:])
    return "\n\n".join("\n".join("\t".join(map(_cell, row)) for row in rows) for rows in tables)


def preview(strings: Strings, length: int = 400) -> str:
    """Return the beginning of a text for a line or two: its words, one space between them."""
    parts: list[str] = []
    room = length
    for item in strings.reshape(-1)[:64].tolist():
        words = " ".join(_MARKS.sub("", printable(str(item)[: 4 * length])).split())
        parts.append(words[:room])
        room -= len(words) + 3
        if room <= 0:
            break
    return " · ".join(parts)


def _cell(value: object) -> str:
    return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


def _single(text: str, look: Look) -> Presented:
    starts = part_starts(text, look.size)
    part = max(0, bisect.bisect_right(starts, look.offset) - 1)
    stop = starts[part + 1] if part + 1 < len(starts) else len(text)
    piece = text[starts[part] : stop]
    note = "Empty text" if not text else "Nothing but white space" if text.isspace() else ""
    body = None
    if look.rendered:
        try:
            head = part_head(text, starts[part])
            body = markdown_html(head + piece, keep_breaks=look.keep_breaks)
        except NotRendered as reason:
            note = str(reason)
    is_html = body is not None
    shown = printable(piece) if body is None else body
    return Presented(shown, is_html, part, tuple(starts), len(text), note)


def _table(rows: Strings, look: Look, note: str) -> Presented:
    notes = [note] if note else []
    characters = sum(len(str(cell)) for cell in rows.reshape(-1).tolist())
    if rows.shape[1] > MOST_COLUMNS:
        notes.append(f"The first {MOST_COLUMNS} of {rows.shape[1]:,} columns are shown")
        rows = rows[:, :MOST_COLUMNS]
    cells = [[str(cell) for cell in row] for row in rows.tolist()]
    cut = sum(len(cell) > LONGEST_CELL for row in cells for cell in row)
    if cut:
        where = "cell is" if cut == 1 else "cells are"
        notes.append(f"{cut:,} {where} cut at {LONGEST_CELL:,} characters")
        cells = [[_shortened(cell) for cell in row] for row in cells]
    rows_of_part = max(1, min(ROWS, CELLS // max(1, len(cells[0]))))
    starts = row_starts([sum(map(len, row)) for row in cells], look.size, rows_of_part)
    row = _row_at(cells, look.offset) if look.find else look.offset
    part = max(0, bisect.bisect_right(starts, row) - 1)
    stop = starts[part + 1] if part + 1 < len(starts) else len(cells)
    shown = cells[starts[part] : stop]
    if look.rendered:
        body = _table_html(shown, look.keep_breaks)
    else:
        body = "\n".join("\t".join(map(_cell, map(printable, row))) for row in shown)
    return Presented(body, look.rendered, part, tuple(starts), characters, " · ".join(notes), True)


def _table_html(rows: Sequence[Sequence[str]], keep_breaks: bool) -> str:
    made = ['<table class="data" cellspacing="0" cellpadding="5">']
    for row in rows:
        cells = "".join(f"<td>{_cell_html(cell, keep_breaks)}</td>" for cell in row)
        made.append(f"<tr>{cells}</tr>")
    made.append("</table>")
    return "".join(made)


def _cell_html(cell: str, keep_breaks: bool) -> str:
    # Most cells are words and numbers; the parser is for the others.
    if cell.replace(" ", "").replace(".", "").isalnum() and not cell[:1].isspace():
        plain = not any(c.isdigit() for c in cell[:1]) or " " not in cell
        if plain and "\n" not in cell:
            return html.escape(cell)
    try:
        return markdown_html(cell, keep_breaks=keep_breaks)
    except NotRendered:
        return html.escape(printable(cell))


def _shortened(cell: str) -> str:
    if len(cell) <= LONGEST_CELL:
        return cell
    return f"{cell[:LONGEST_CELL]}… ({count_text(len(cell) - LONGEST_CELL, 'more character')})"


def _row_at(cells: Sequence[Sequence[str]], offset: int) -> int:
    """The row of a table in which a character of its plain text stands."""
    at = 0
    for number, row in enumerate(cells):
        at += sum(len(_cell(cell)) + 1 for cell in row)
        if at > offset:
            return number
    return len(cells) - 1
