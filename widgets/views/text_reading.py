"""What the text view reads: the steps of a series, and texts made ready to be shown."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from eventglass.app.core.plugins.text import Text
from eventglass.app.models.alive import alive
from eventglass.app.models.entries import Entries, entries_of
from eventglass.app.models.tasks import TaskControl
from eventglass.app.models.text_presenting import Look, Presented, part_edge, present
from eventglass.app.models.text_search import nearest_match

if TYPE_CHECKING:
    import re

    from eventglass.app.core.store import Series
    from eventglass.widgets.view import ViewContext
    from eventglass.widgets.views.text_card import TextCard

#: Texts kept ready to be shown.
_KEPT = 64
#: Where the parts of a longer text begin is not kept so often.
_MANY_PARTS = 5_000

Key = tuple[int, int, Look]


@dataclass(frozen=True, slots=True)
class Steps:
    """The entries of a series as of a moment, their steps as a list."""

    count: int
    restarts: str
    entries: Entries
    steps: list[int]


class TextReading:
    """Reads for the cards of a view; the latest request of a card wins."""

    def __init__(self, context: ViewContext) -> None:
        self._context = context
        self._steps: dict[int, Steps] = {}
        self._ready: OrderedDict[Key, Presented] = OrderedDict()
        self._waiting: set[int] = set()

    @property
    def is_busy(self) -> bool:
        """Whether a card waits for its text."""
        return bool(self._waiting)

    def forget(self) -> None:
        """Forget all that was read."""
        self._ready.clear()
        self._steps.clear()

    def steps(self, series: Series) -> Steps:
        """The entries of a series that are shown."""
        restarts = self._context.workspace.state.restarts
        kept = self._steps.get(series.id)
        if kept is None or kept.count != series.count or kept.restarts != restarts:
            entries = entries_of(series, restarts)
            kept = Steps(entries.count, restarts, entries, entries.steps.tolist())
            self._steps[series.id] = kept
        return kept

    def read(
        self,
        card: TextCard,
        series: Series,
        index: int,
        look: Look,
        on_done: Callable[[TextCard, Presented], None],
        on_error: Callable[[TextCard, str], None],
    ) -> None:
        """Hand a card what is shown of an entry: at once where it is ready, else later."""
        key = (series.id, index, look)
        kept = self._ready.get(key)
        if kept is not None:
            self._ready.move_to_end(key)
            self.cancel(card)
            on_done(card, kept)
            return

        def convert(decoded: Text, _control: TaskControl) -> Presented:
            return present(decoded, look)

        def done(shown: Presented) -> None:
            self._waiting.discard(id(card))
            if len(shown.starts) < _MANY_PARTS:
                self._ready[key] = shown
            while len(self._ready) > _KEPT:
                self._ready.popitem(last=False)
            alive(card, on_done)(card, shown)

        self._request(card, series, index, done, partial(on_error, card), convert)

    def find(
        self,
        card: TextCard,
        series: Series,
        pattern: re.Pattern[str],
        by: int,
        on_done: Callable[[int], None],
        on_error: Callable[[TextCard, str], None],
    ) -> bool:
        """Find the nearest match in the parts after (1) or before (−1) the one a card shows.

        `on_done` gets the character it begins at, −1 for none. False: there are no such parts.
        """
        shown = card.page.shown()
        edge = None if shown is None else part_edge(shown, by)
        if edge is None:
            return False

        def convert(decoded: Text, _control: TaskControl) -> int:
            return nearest_match(decoded.strings, pattern, edge, by)

        def done(offset: int) -> None:
            self._waiting.discard(id(card))
            alive(card, on_done)(offset)

        self._request(card, series, card.index, done, partial(on_error, card), convert)
        return True

    def cancel(self, card: TextCard) -> None:
        """Forget what a card waits for."""
        self._waiting.discard(id(card))
        self._context.payloads.cancel(_owner(card))

    def _request(
        self,
        card: TextCard,
        series: Series,
        index: int,
        on_done: Callable[[object], None] | Callable[[Presented], None] | Callable[[int], None],
        on_error: Callable[[str], None],
        convert: Callable[[Text, TaskControl], object],
    ) -> None:
        def failed(text: str) -> None:
            self._waiting.discard(id(card))
            alive(card, on_error)(text)

        self._waiting.add(id(card))
        self._context.payloads.request(_owner(card), series, index, on_done, failed, convert)


def _owner(card: TextCard) -> tuple[str, int]:
    return ("text", id(card))
