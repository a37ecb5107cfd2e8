"""Search in all text: every entry of every run, whatever is shown of it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventglass.app.core.plugins import DecodeError, decode
from eventglass.app.models.entries import entries_of
from eventglass.app.models.text_markup import printable
from eventglass.app.models.text_presenting import Strings, plain_text

if TYPE_CHECKING:
    from eventglass.app.core.store import LogStore, Series
    from eventglass.app.models.line_styles import Restarts

#: Entries that are listed at most; the search ends there.
MOST_FOUND = 2_000
#: Matches that are counted in one entry.
MOST_COUNTED = 1_000
#: Characters searched at once, and by how many two such stretches overlap. Python's search lets
#: nothing else run until it returns.
_STRETCH, _OVERLAP = 1 << 16, 1 << 10
#: Characters shown before and after a match.
_BEFORE, _AFTER = 40, 160
_REPORT_S = 0.1


@dataclass(frozen=True, slots=True)
class Match:
    """An entry in which something was found.

    Attributes
    ----------
    index
        Of the entry in the series.
    offset
        Of the first match, in characters of `plain_text`.
    count
        Matches in the entry, up to `MOST_COUNTED`.
    before, found, after
        The first match and what stands around it, in one line.
    """

    series_id: int
    index: int
    step: int
    offset: int
    count: int
    before: str
    found: str
    after: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found.

    Attributes
    ----------
    searched, total
        Entries looked at, and all there are.
    failures
        Entries that could not be read.
    """

    matches: tuple[Match, ...] = ()
    searched: int = 0
    total: int = 0
    failures: int = 0

    @property
    def is_cut(self) -> bool:
        """Whether the search ended because it found too much."""
        return len(self.matches) >= MOST_FOUND


def search(
    store: LogStore,
    wanted: Sequence[Series],
    restarts: Restarts,
    pattern: re.Pattern[str],
    report: Callable[[float, Found], None],
    cancelled: Callable[[], bool],
) -> Found:
    """Search the entries of series in their order; tells now and then what was found so far."""
    targets = [(series, entries_of(series, restarts)) for series in wanted]
    total = sum(len(entries) for _series, entries in targets)
    matches: list[Match] = []
    searched = failures = 0
    told = time.monotonic()
    for series, entries in targets:
        for index, step in zip(entries.indices.tolist(), entries.steps.tolist(), strict=True):
            if cancelled() or len(matches) >= MOST_FOUND:
                return Found(tuple(matches), searched, total, failures)
            try:
                # Not by the cache: a search must not drive out what is looked at.
                text = plain_text(decode(store.read_payload(series, index), series).strings)
            except (DecodeError, OSError, EOFError, MemoryError):
                failures += 1
            else:
                match = _search_text(text, pattern, cancelled)
                if match is not None:
                    (start, stop), count = match
                    matches.append(_match(series.id, index, step, text, start, stop, count))
            searched += 1
            now = time.monotonic()
            if now - told >= _REPORT_S:
                told = now
                report(searched / total, Found(tuple(matches), searched, total, failures))
    return Found(tuple(matches), searched, total, failures)


def spans(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Start and stop of the matches that are not empty.

    A match is found whole when it is no longer than the stretches overlap, 1,024 characters.
    """
    at = 0
    while True:
        edge = at + _STRETCH
        if edge < len(text):
            # Where lines end, ``^`` and ``$`` mean what they say.
            edge = max(text.rfind("\n", at, edge) + 1, at + _STRETCH // 2)
        last = edge >= len(text)
        stop = len(text) if last else edge + _OVERLAP
        for found in pattern.finditer(text, at, stop):
            if not last and found.start() >= edge:
                break
            if found.end() > found.start():
                yield found.span()
                at = found.end()
        if last:
            return
        at = max(at, edge)


def nearest_match(strings: Strings, pattern: re.Pattern[str], edge: int, by: int) -> int:
    """Where the first match from a character on begins, or with −1 the last before it; −1: none."""
    found = -1
    for start, _stop in spans(plain_text(strings), pattern):
        if start >= edge:
            return start if by > 0 else found
        found = start if by < 0 else -1
    return found


def _search_text(
    text: str, pattern: re.Pattern[str], cancelled: Callable[[], bool]
) -> tuple[tuple[int, int], int] | None:
    first: tuple[int, int] | None = None
    count = 0
    for span in spans(text, pattern):
        first = first or span
        count += 1
        if count >= MOST_COUNTED or cancelled():
            break
    return None if first is None else (first, count)


def _match(
    series_id: int, index: int, step: int, text: str, start: int, stop: int, count: int
) -> Match:
    stop_shown = min(stop, start + _AFTER)
    before = text[max(0, start - _BEFORE) : start]
    if start > _BEFORE:
        # From a whole word.
        before = "…" + (before.partition(" ")[2] or before)
    return Match(
        series_id,
        index,
        step,
        start,
        count,
        _one_line(before).lstrip(),
        _one_line(text[start:stop_shown]),
        _one_line(text[stop_shown : stop_shown + _AFTER]),
    )


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", printable(text))
