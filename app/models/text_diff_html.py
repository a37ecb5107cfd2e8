"""Comparisons as HTML: side by side, or one below the other."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Literal

from eventglass.app.models.text_comparing import Comparison, Row, Span, folded
from eventglass.app.models.text_markup import printable

#: Rows shown at most; laying out more takes too long.
MOST_ROWS = 1_500
#: Characters of a line that are shown, and of all lines.
_LONGEST_LINE, _LONGEST = 4_000, 120_000

Mode = Literal["side", "inline"]
Side = Literal["gone", "new"]


def comparison_html(comparison: Comparison, mode: Mode, only_changes: bool) -> tuple[str, str]:
    """Return a comparison as HTML, and what of it had to be left out."""
    rows = list(folded(comparison.rows)) if only_changes else list(comparison.rows)
    note = ""
    if comparison.cut:
        note = f"Only the first {comparison.limit:,} characters are compared"
    made = ['<table class="diff" width="100%" cellspacing="0" cellpadding="2">']
    room = _LONGEST
    for number, row in enumerate(rows):
        if number >= MOST_ROWS or room <= 0:
            cut = f"{len(rows) - number:,} more rows are not shown"
            note = f"{note} · {cut}" if note else cut
            break
        if isinstance(row, int):
            made.append(_skipped(row, mode))
        else:
            made.append(_side(row) if mode == "side" else _inline(row))
            room -= len(made[-1]) - 60
    made.append("</table>")
    return "".join(made), note


def _skipped(count: int, mode: Mode) -> str:
    columns = 4 if mode == "side" else 3
    lines = "1 line is" if count == 1 else f"{count:,} lines are"
    return f'<tr><td class="skipped" colspan="{columns}">⋯ {lines} the same</td></tr>'


def _side(row: Row) -> str:
    left = _cells(row.left_number, row.left, "" if row.same else "gone", "50%")
    right = _cells(row.right_number, row.right, "" if row.same else "new", "50%")
    return f"<tr>{left}{right}</tr>"


def _cells(number: int, spans: Sequence[Span], side: Side | Literal[""], width: str) -> str:
    if not number:
        return f'<td class="none"></td><td class="none" width="{width}"></td>'
    return (
        f'<td class="number" align="right">{number}</td>'
        f'<td class="{side or "line"}" width="{width}">{_spans(spans, side)}</td>'
    )


def _inline(row: Row) -> str:
    if row.same:
        return _line(row.left_number, row.right_number, row.left, "")
    made = ""
    if row.left_number:
        made += _line(row.left_number, 0, row.left, "gone")
    if row.right_number:
        made += _line(0, row.right_number, row.right, "new")
    return made


def _line(left: int, right: int, spans: Sequence[Span], side: Side | Literal[""]) -> str:
    return (
        f'<tr><td class="number" align="right">{left or ""}</td>'
        f'<td class="number" align="right">{right or ""}</td>'
        f'<td class="{side or "line"}" width="100%">{_spans(spans, side)}</td></tr>'
    )


def _spans(spans: Sequence[Span], side: Side | Literal[""]) -> str:
    made = []
    room = _LONGEST_LINE
    for text, changed in spans:
        piece = escape(printable(text[:room])).replace("\t", "    ")
        made.append(f'<span class="{side}">{piece}</span>' if changed and side else piece)
        room -= len(text)
        if room <= 0:
            made.append("…")
            break
    return "".join(made)
