"""Two texts compared: line by line, and word by word where lines differ.

Lines that occur once in both texts and stand in the same order are anchors (as in Bram Cohen's
patience diff); between them the longest common stretches are sought, as long as that costs little.
Where it would not, everything in between counts as changed: the answer is never wrong, only coarse.
"""

from __future__ import annotations

import bisect
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

#: Characters of a text that are compared, from its beginning, where nothing else is said.
LONGEST = 1_000_000
#: Pairs of lines or words that may be tried in one stretch, and in all stretches of words.
_PAIRS, _ALL_PAIRS = 400_000, 8_000_000
_TOKEN = re.compile(r"\d+(?:\.\d+)+|\w+|[^\S\n]+|\n|[^\w\s]")

Kind = Literal["same", "changed"]
#: Text of one line, and whether it stands in this text only.
Span = tuple[str, bool]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of each text, or of one only.

    Attributes
    ----------
    left_number, right_number
        Numbers of the lines from 1; 0 where there is none.
    left, right
        The lines in pieces.
    """

    left_number: int
    right_number: int
    left: tuple[Span, ...]
    right: tuple[Span, ...]

    @property
    def same(self) -> bool:
        """Whether both lines are there and equal."""
        return (
            bool(self.left_number and self.right_number)
            and self.left == self.right
            and not any(changed for _text, changed in self.left)
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two texts side by side.

    Attributes
    ----------
    words_gone, words_new
        How many words stand only left, or only right.
    cut
        Whether a text was too long to be compared to its end.
    limit
        Characters of each text that are compared at most.
    """

    rows: tuple[Row, ...]
    words_gone: int
    words_new: int
    cut: bool
    limit: int = LONGEST

    @property
    def equal(self) -> bool:
        """Whether no difference was found."""
        return all(row.same for row in self.rows)


def _never() -> bool:
    return False


def compare(
    left: str, right: str, cancelled: Callable[[], bool] = _never, limit: int = LONGEST
) -> Comparison:
    """Compare two texts, up to `limit` characters of each."""
    cut = max(len(left), len(right)) > limit
    a = left[:limit].split("\n")
    b = right[:limit].split("\n")
    rows: list[Row] = []
    budget = [_ALL_PAIRS]
    gone = new = 0
    for kind, a0, a1, b0, b1 in _stretches(a, b, cancelled):
        if cancelled():
            break
        if kind == "same":
            rows += [
                Row(i + 1, j + 1, ((a[i], False),), ((b[j], False),))
                for i, j in zip(range(a0, a1), range(b0, b1), strict=True)
            ]
            continue
        lefts, rights = _words("\n".join(a[a0:a1]), "\n".join(b[b0:b1]), budget)
        gone += _count_words(lefts)
        new += _count_words(rights)
        left_lines = _lines(lefts) if a1 > a0 else []
        right_lines = _lines(rights) if b1 > b0 else []
        for k in range(max(a1 - a0, b1 - b0)):
            has_left, has_right = k < a1 - a0, k < b1 - b0
            rows.append(
                Row(
                    a0 + k + 1 if has_left else 0,
                    b0 + k + 1 if has_right else 0,
                    left_lines[k] if has_left else (),
                    right_lines[k] if has_right else (),
                )
            )
    return Comparison(tuple(rows), gone, new, cut, limit)


def folded(rows: Sequence[Row], context: int = 3) -> Iterator[Row | int]:
    """Rows with what is the same left out but for some lines; numbers say how many were."""
    kept = [False] * len(rows)
    for i, row in enumerate(rows):
        if not row.same:
            kept[max(0, i - context) : i + context + 1] = [True] * len(
                kept[max(0, i - context) : i + context + 1]
            )
    skipped = 0
    for row, keep in zip(rows, kept, strict=True):
        if keep:
            if skipped:
                yield skipped
            skipped = 0
            yield row
        else:
            skipped += 1
    if skipped:
        yield skipped


# --- stretches ------------------------------------------------------------------------------------

Stretch = tuple[Kind, int, int, int, int]


def _stretches(a: list[str], b: list[str], cancelled: Callable[[], bool]) -> Iterator[Stretch]:
    """Stretches of lines that are the same, and those that are not, in order."""
    at_a = at_b = 0
    for i, j, length in _blocks(a, b, cancelled):
        if i > at_a or j > at_b:
            yield "changed", at_a, i, at_b, j
        if length:
            yield "same", i, i + length, j, j + length
        at_a, at_b = i + length, j + length
    if at_a < len(a) or at_b < len(b):
        yield "changed", at_a, len(a), at_b, len(b)


def _blocks(
    a: list[str], b: list[str], cancelled: Callable[[], bool]
) -> Iterator[tuple[int, int, int]]:
    """Blocks of equal lines in rising order: where in each, and how many."""
    low, high_a, high_b = _trimmed(a, b, 0, len(a), 0, len(b))
    if low:
        yield 0, 0, low
    at_a = at_b = low
    for i, j in [*_anchors(a, b, low, high_a, low, high_b), (high_a, high_b)]:
        if i < at_a or j < at_b:
            # An anchor the block before has grown over.
            continue
        if cancelled():
            return
        yield from _matched(a, b, at_a, i, at_b, j)
        length = 0
        while i + length < high_a and j + length < high_b and a[i + length] == b[j + length]:
            length += 1
        if length:
            yield i, j, length
        at_a, at_b = i + length, j + length
    if high_a < len(a):
        yield high_a, high_b, len(a) - high_a


def _trimmed(
    a: Sequence[str], b: Sequence[str], a0: int, a1: int, b0: int, b1: int
) -> tuple[int, int, int]:
    """How many tokens are the same from the start, and where the same ones at the end begin."""
    low = 0
    while a0 + low < a1 and b0 + low < b1 and a[a0 + low] == b[b0 + low]:
        low += 1
    while a1 > a0 + low and b1 > b0 + low and a[a1 - 1] == b[b1 - 1]:
        a1, b1 = a1 - 1, b1 - 1
    return low, a1, b1


def _anchors(
    a: list[str], b: list[str], a0: int, a1: int, b0: int, b1: int
) -> list[tuple[int, int]]:
    """Lines that occur once in each text, the most of them that stand in one order."""
    in_a, in_b = Counter(a[a0:a1]), Counter(b[b0:b1])
    place_b = {line: j for j, line in enumerate(b[b0:b1], b0) if in_b[line] == 1}
    pairs = [
        (i, place_b[line])
        for i, line in enumerate(a[a0:a1], a0)
        if in_a[line] == 1 and line in place_b
    ]
    # The longest rising run of the second places, by patience sorting.
    tops: list[int] = []
    piles: list[int] = []
    before = [-1] * len(pairs)
    for k, (_i, j) in enumerate(pairs):
        pile = bisect.bisect_left(tops, j)
        before[k] = piles[pile - 1] if pile else -1
        if pile == len(tops):
            tops.append(j)
            piles.append(k)
        else:
            tops[pile], piles[pile] = j, k
    chosen = []
    k = piles[-1] if piles else -1
    while k >= 0:
        chosen.append(pairs[k])
        k = before[k]
    return chosen[::-1]


def _matched(
    a: Sequence[str], b: Sequence[str], a0: int, a1: int, b0: int, b1: int
) -> Iterator[tuple[int, int, int]]:
    low, end_a, end_b = _trimmed(a, b, a0, a1, b0, b1)
    if low:
        yield a0, b0, low
    a0, b0 = a0 + low, b0 + low
    if 0 < (end_a - a0) * (end_b - b0) <= _PAIRS:
        matcher = SequenceMatcher(None, a[a0:end_a], b[b0:end_b], autojunk=False)
        for i, j, length in matcher.get_matching_blocks():
            if length:
                yield a0 + i, b0 + j, length
    if end_a < a1:
        yield end_a, end_b, a1 - end_a


# --- words ----------------------------------------------------------------------------------------


def _words(left: str, right: str, budget: list[int]) -> tuple[list[Span], list[Span]]:
    """Pieces of two texts and whether they stand in one only, as far as the budget goes."""
    a, b = _TOKEN.findall(left), _TOKEN.findall(right)
    low, a1, b1 = _trimmed(a, b, 0, len(a), 0, len(b))
    cost = (a1 - low) * (b1 - low)
    blocks = [(0, 0, low)]
    if 0 < cost <= min(_PAIRS, budget[0]):
        budget[0] -= cost
        blocks += _matched(a, b, low, a1, low, b1)
    blocks += [(a1, b1, len(a) - a1), (len(a), len(b), 0)]
    lefts: list[Span] = []
    rights: list[Span] = []
    at_a = at_b = 0
    for i, j, length in blocks:
        _put(lefts, "".join(a[at_a:i]), True)
        _put(rights, "".join(b[at_b:j]), True)
        same = "".join(a[i : i + length])
        # A blank between two changed words makes the picture restless, and says nothing.
        lone = not same.strip() and "\n" not in same and i > 0 and i + length < len(a)
        _put(lefts, same, lone and bool(lefts) and lefts[-1][1])
        _put(rights, same, lone and bool(rights) and rights[-1][1])
        at_a, at_b = i + length, j + length
    return lefts, rights


def _put(spans: list[Span], text: str, changed: bool) -> None:
    if not text:
        return
    if spans and spans[-1][1] == changed:
        spans[-1] = (spans[-1][0] + text, changed)
    else:
        spans.append((text, changed))


def _lines(spans: Sequence[Span]) -> list[tuple[Span, ...]]:
    """Pieces of a text as pieces of its lines."""
    lines: list[list[Span]] = [[]]
    for text, changed in spans:
        first, *rest = text.split("\n")
        _put(lines[-1], first, changed)
        for piece in rest:
            lines.append([])
            _put(lines[-1], piece, changed)
    return [tuple(line) for line in lines]


def _count_words(spans: Sequence[Span]) -> int:
    return sum(len(text.split()) for text, changed in spans if changed)
