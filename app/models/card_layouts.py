"""Layouts of cards that were logged with the runs, by the custom scalars plugin.

The layouts of all open runs are merged as TensorBoard does: in the order of the runs' names,
categories of the same title become one group, and a chart that is there already is left out.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from eventglass.app.core.names import Kind, natural_key
from eventglass.app.core.patterns import UntrustedPattern, compile_untrusted
from eventglass.app.core.plugins import DecodeError
from eventglass.app.models.cards import COMPOSED, MOST_CARD_LINES, Card, CardLine, Margin

if TYPE_CHECKING:
    from eventglass.app.core.payload_cache import PayloadCache
    from eventglass.app.core.plugins.custom_scalars import Chart, Layout
    from eventglass.app.core.store import Changes, LogStore, Series
    from eventglass.app.models.tasks import TaskControl, Tasks

_log = logging.getLogger(__name__)

_KIND = Kind.CUSTOM_SCALARS
#: How keys of cards that were logged begin.
LOGGED = COMPOSED + "log:"


@dataclass(frozen=True, slots=True)
class LayoutGroup:
    """A titled group of cards; ``closed`` says how it stands until the user folds it."""

    title: str
    cards: tuple[Card, ...]
    closed: bool = False


def merge(layouts: Iterable[Layout]) -> tuple[LayoutGroup, ...]:
    """Return the groups of several layouts, the first ones first."""
    charts: dict[str, list[Chart]] = {}
    closed: dict[str, bool] = {}
    for layout in layouts:
        for category in layout.categories:
            known = charts.setdefault(category.title, [])
            closed.setdefault(category.title, category.closed)
            known.extend(chart for chart in category.charts if chart not in known)
    return tuple(
        LayoutGroup(title or "Layout", tuple(_card(title, chart) for chart in found), closed[title])
        for title, found in charts.items()
        if found
    )


def problems_of(card: Card, tags: Iterable[str]) -> tuple[str, ...]:
    """Say what of a card can't be drawn: patterns that are not valid, tags that are not there.

    Parameters
    ----------
    tags
        Scalar tags of the runs shown.
    """
    found = [
        f"“{line.tag}” is no valid pattern: {wrong}"
        for line in card.lines
        if line.is_pattern and isinstance(wrong := _compiled(line.tag), str)
    ]
    found += [
        f"“{line.tag}” takes too long to match; some tags may be missing"
        for line in card.lines
        if line.is_pattern and isinstance(slow := _compiled(line.tag), UntrustedPattern)
        if slow.gave_up
    ]
    if card.margins:
        present = set(tags)
        wanted = (tag for m in card.margins for tag in (m.value, m.lower, m.upper))
        missing = [tag for tag in dict.fromkeys(wanted) if tag not in present]
        if missing:
            found.append("No run shown has " + ", ".join(missing))
    return tuple(found)


def tags_of(card: Card, tags: Sequence[str]) -> list[str]:
    """Return which of ``tags`` the lines of a card stand for, without its margins."""
    found: dict[str, None] = {}
    for line in card.lines:
        if not line.is_pattern:
            found[line.tag] = None
            continue
        pattern = _compiled(line.tag)
        if not isinstance(pattern, str):
            found.update((tag, None) for tag in tags if pattern.match(tag))
    return list(found)


def _compiled(pattern: str) -> UntrustedPattern | str:
    """The pattern compiled, or what is wrong with it."""
    try:
        return compile_untrusted(pattern)
    except re.error as error:
        return str(error)


def _card(category: str, chart: Chart) -> Card:
    # The same chart has the same key at every start, wherever it stands in its layout.
    content = repr((category, chart)).encode("utf-8", "replace")
    key = LOGGED + hashlib.blake2b(content, digest_size=8).hexdigest()
    title = chart.title or ", ".join(
        (chart.patterns or tuple(margin.value for margin in chart.margins))[:MOST_CARD_LINES]
    )
    return Card(
        key,
        title or "Untitled",
        tuple(CardLine(each, is_pattern=True) for each in chart.patterns[:MOST_CARD_LINES]),
        tuple(
            Margin(each.value, each.lower, each.upper) for each in chart.margins[:MOST_CARD_LINES]
        ),
    )


class LayoutBook(QObject):
    """The layouts of a store's open runs, read in tasks."""

    #: There are other layouts now.
    changed = Signal()

    def __init__(
        self, store: LogStore, tasks: Tasks, cache: PayloadCache, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._tasks = tasks
        self._cache = cache
        self._ids: list[int] = []
        self._asked: tuple[tuple[int, int], ...] = ()
        self._groups: tuple[LayoutGroup, ...] = ()

    def groups(self) -> tuple[LayoutGroup, ...]:
        """Groups of the layouts read so far."""
        return self._groups

    def take_changes(self, changes: Changes | None) -> None:
        """Follow the store: read what is new."""
        if changes is None or changes.series or changes.roots:
            store = self._store
            tags = [tag for tag, kind in store.tags() if kind is _KIND]
            self._ids = [s.id for tag in tags for s in store.series_of_tag(tag, _KIND)]
        elif changes.grown.isdisjoint(self._ids):
            return
        self._read()

    def _read(self) -> None:
        store = self._store
        found = [
            series
            for series in map(store.series.__getitem__, self._ids)
            if series.count and store.is_open(series.run_id)
        ]
        found.sort(key=lambda series: natural_key(store.runs[series.run_id].name))
        asked = tuple((series.id, series.count) for series in found)
        if asked != self._asked:
            self._asked = asked
            self._tasks.submit(
                (id(self), "layouts"), lambda control: self._merge(found, control), self._take
            )

    def _merge(self, found: Sequence[Series], control: TaskControl) -> tuple[LayoutGroup, ...]:
        from eventglass.app.core.plugins.custom_scalars import Layout

        layouts: list[Layout] = []
        for series in found:
            if control.cancelled:
                break
            try:
                # What was logged last counts.
                layout = self._cache.read(series, series.count - 1)
            except (DecodeError, OSError) as error:
                _log.info("The layout in %s can't be read: %s", series.tag, error)
                continue
            if isinstance(layout, Layout):
                layouts.append(layout)
        return merge(layouts)

    def _take(self, groups: tuple[LayoutGroup, ...]) -> None:
        if groups != self._groups:
            self._groups = groups
            self.changed.emit()
