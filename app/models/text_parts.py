"""Parts of long texts: what is shown at a time.

A text of 50 MB is shown like a book, a part at a time, so that showing it costs the same whatever
its length.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

#: Characters of a part: in a card, and where a text fills the view.
CARD_PART, FULL_PART = 6_000, 24_000
#: Rows of a table in a part.
ROWS = 200
#: Cells of tables in a part: they are slow to lay out.
CELLS = 1_200
#: A part has no more than one line for so many characters: many short lines are slow to lay out.
_PER_LINE = 20
#: So are many marks: bars of tables and pieces that are emphasised.
_MARKS = "|*_`"
#: A head of a table, or a first line of code, that is longer is not said again.
_LONGEST_HEAD = 2_000
_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`\n]*$)|~{3,})(.*)$", re.MULTILINE)
_RULE = re.compile(r" {0,3}\|?(?=[^\n]*[-|])\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*")


def part_starts(text: str, size: int) -> list[int]:
    """Return where the parts of a text begin, the first at 0.

    A part ends after an empty line where there is one in its second half, else after a line, else
    after `size` characters; where lines are very short, after a number of lines, and where there
    are very many marks of Markdown, after a number of them.
    """
    starts = [0]
    at = 0
    lines = max(size // _PER_LINE, 1)
    while True:
        end = min(at + size, len(text))
        if text.count("\n", at, end) > lines:
            end -= len(text[at:end].split("\n", lines)[-1])
        for mark in _MARKS:
            if text.count(mark, at, end) > 2 * CELLS:
                end -= len(text[at:end].split(mark, 2 * CELLS)[-1])
        if end == len(text):
            return starts
        least = at + (end - at) // 2
        cut = text.rfind("\n\n", least, end)
        cut = cut + 2 if cut >= 0 else text.rfind("\n", least, end) + 1
        at = cut if cut > least else end
        starts.append(at)


def part_head(text: str, start: int) -> str:
    """Return what must stand before a part so that it means what it does in the whole text.

    That is the first line of the code, or the head of the table, in whose middle the part begins.
    """
    if start <= 0:
        return ""
    fence = _open_fence(text, start)
    if fence:
        return fence
    if text[start - 1] != "\n" or "|" not in text[start : text.find("\n", start) + 1 or None]:
        return ""
    above = text.rfind("\n\n", 0, start)
    top = above + 2 if above >= 0 else 0
    # The words of a paragraph may stand right above the table.
    lines = text[top : min(top + _LONGEST_HEAD, start)].split("\n")
    for head, rule in itertools.pairwise(lines):
        if "|" in head and _RULE.fullmatch(rule):
            return f"{head}\n{rule}\n"
    return ""


def _open_fence(text: str, start: int) -> str:
    """The line that begins the code in which a part begins, or nothing."""
    opened: re.Match[str] | None = None
    at = 0
    # Where each of the marks comes next; those that come no more are not looked for again.
    places = dict.fromkeys(("```", "~~~"), -1)
    while True:
        # One expression over all of a long text would let nothing else run for a second.
        for mark in [mark for mark, place in places.items() if place < at]:
            places[mark] = text.find(mark, at, start)
            if places[mark] < 0:
                del places[mark]
        if not places:
            break
        place = min(places.values())
        found = _FENCE.match(text, text.rfind("\n", at, place) + 1 or at)
        at = text.find("\n", place, start) + 1 or start
        if found is None:
            continue
        if opened is None:
            opened = found
        elif found[1].startswith(opened[1]) and not found[2].strip():
            opened = None
    if opened is None or len(opened[0]) > _LONGEST_HEAD:
        return ""
    return f"{opened[0]}\n"


def row_starts(lengths: Sequence[int], size: int, rows: int = ROWS) -> list[int]:
    """Return the rows that begin a part, of rows with so many characters, the first 0.

    A part has no more than `size` characters and `rows` rows, but at least one row.
    """
    starts = [0]
    total = 0
    for row, length in enumerate(lengths):
        if row > starts[-1] and (total + length > size or row - starts[-1] >= rows):
            starts.append(row)
            total = 0
        total += length
    return starts
