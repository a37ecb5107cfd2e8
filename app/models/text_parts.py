"""Parts of long texts: what is shown at a time.

A text of 50 MB is shown like a book, a part at a time, so that showing it costs the same whatever
its length.
"""

from __future__ import annotations

from collections.abc import Sequence

#: Characters of a part: in a card, and where a text fills the view.
CARD_PART, FULL_PART = 6_000, 24_000
#: Rows of a table in a part.
ROWS = 200
#: A part has no more than one line for so many characters: many short lines are slow to lay out.
_PER_LINE = 20


def part_starts(text: str, size: int) -> list[int]:
    """Return where the parts of a text begin, the first at 0.

    A part ends after an empty line where there is one in its second half, else after a line, else
    after `size` characters; where lines are very short, after a number of lines.
    """
    starts = [0]
    at = 0
    lines = max(size // _PER_LINE, 1)
    while True:
        end = min(at + size, len(text))
        if text.count("\n", at, end) > lines:
            end -= len(text[at:end].split("\n", lines)[-1])
        if end == len(text):
            return starts
        least = at + (end - at) // 2
        cut = text.rfind("\n\n", least, end)
        cut = cut + 2 if cut >= 0 else text.rfind("\n", least, end) + 1
        at = cut if cut > least else end
        starts.append(at)


def row_starts(lengths: Sequence[int], size: int) -> list[int]:
    """Return the rows that begin a part, of rows with so many characters, the first 0."""
    starts = [0]
    total = 0
    for row, length in enumerate(lengths):
        if row > starts[-1] and (total + length > size or row - starts[-1] >= ROWS):
            starts.append(row)
            total = 0
        total += length
    return starts
