"""The base of the views of histograms and of distributions: what they read, drawn in turns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from eventglass.app.core.names import Kind
from eventglass.app.core.store import Changes
from eventglass.app.models.histogram_data import HistogramBook, Loaded, iter_failures
from eventglass.app.models.tag_groups import TagPlace
from eventglass.app.models.workspace import VISIBLE_RUNS
from eventglass.widgets.plots.histogram_scene import HistogramLine
from eventglass.widgets.view import Reason, ViewContext
from eventglass.widgets.views.tag_card import TagCard
from eventglass.widgets.views.tag_cards import STRUCTURE, TagCardsView

#: Time between two cards drawn because there is more of their data, in milliseconds.
TURN_MS = 12

_DRAWING = frozenset(
    {"x_axis", "restarts", "run_colours", "run_aliases", "histograms", VISIBLE_RUNS}
)


class HistogramCardsView(TagCardsView[TagCard]):
    """Shows a card per tag and run, or per tag; subclasses say how a card is drawn."""

    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.HISTOGRAM})
    nouns: ClassVar[tuple[str, str]] = ("histogram", "histograms")
    suffix: ClassVar[str] = "/histogram_summary"
    structure: ClassVar[frozenset[str]] = STRUCTURE | {"histograms"}
    card_class = TagCard

    def __init__(self, context: ViewContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.book = book_of(context)
        self.column.addWidget(self._stack)
        self._stale: dict[str, None] = {}
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.setInterval(TURN_MS)
        self._turn.timeout.connect(self._draw_next)
        self.book.ready.connect(self._data_ready)

    # -- for subclasses

    def clear_card(self, card: TagCard) -> None:
        """Take the data out of a card."""
        raise NotImplementedError

    def draw_card(self, card: TagCard, place: TagPlace, loaded: list[Loaded | None]) -> None:
        """Draw a card; `loaded` is what is there of each of the place's series."""
        raise NotImplementedError

    def point_card(self, card: TagCard) -> None:
        """Show the shared step and range in a card."""
        raise NotImplementedError

    def fit_card(self, card: TagCard) -> None:
        """Show all of a card."""
        raise NotImplementedError

    # -- what the base asks

    def card_width(self) -> int:
        """Width of cards that was chosen, in pixels."""
        return self.context.workspace.state.histograms.card_width

    def bind_card(self, card: TagCard, place: TagPlace) -> None:
        """Hold a card's histograms, and draw it in its turn."""
        for series_id in place.series_ids:
            self.book.hold(series_id)
        # One after the other: all cards of a view in one frame would make it a long one.
        self.clear_card(card)
        card.show_message("")
        card.show_notes(())
        self.show_cards((card,))

    def release_card(self, card: TagCard) -> None:
        """Let a card's histograms go."""
        self._stale.pop(card.key, None)
        if card.place is not None:
            for series_id in card.place.series_ids:
                self.book.let_go(series_id)
        self.clear_card(card)

    def show_cards(self, cards: Iterable[TagCard]) -> None:
        """Draw cards in turns: all in one frame would make it a long one."""
        self._stale.update((card.key, None) for card in cards)
        if self._stale and not self._turn.isActive():
            self._turn.start()

    def take_state(self, names: frozenset[str]) -> None:
        """Draw again, or only show step and range."""
        if names & _DRAWING or "pinned_tags" in names:
            self.show_cards(self.cards())
        elif names & {"step", "selection", "held_steps"}:
            for card in self.cards():
                if card.place is not None:
                    self.point_card(card)

    def card_asked(self, what: str, card: TagCard) -> None:
        """Save the bytes that can't be read, or show all of a card."""
        if what == "raw":
            from eventglass.widgets.views.histogram_commands import save_raw

            save_raw(self, card)
        elif what == "fit":
            self.fit_card(card)

    def forget(self) -> None:
        """Let go of what was read."""
        self.book.forget()

    def refresh(self, reason: Reason, changes: Changes | None) -> None:
        """Take in what is new; only cards in view are drawn."""
        super().refresh(reason, changes)
        if reason is Reason.THEME:
            self.show_cards(self.cards())

    def step_back(self) -> bool:
        """Take back the last thing of these: a selected range, a full view."""
        if self.context.workspace.state.selection is None:
            return super().step_back()
        self.context.workspace.edit("Clear range", selection=None)
        return True

    # -- drawing

    def is_settled(self) -> bool:
        """Whether no card waits for data or to be drawn."""
        busy = any(
            self.book.is_busy(i)
            for card in self.cards()
            if card.place is not None
            for i in card.place.series_ids
        )
        return not busy and not self._stale

    def lines_of(self, place: TagPlace, loaded: list[Loaded | None]) -> list[HistogramLine]:
        """The histograms of a card's runs, as far as they have been read."""
        store, workspace = self.context.store, self.context.workspace
        made = []
        for series_id, each in zip(place.series_ids, loaded, strict=True):
            if each is None or not len(each.stack):
                continue
            run = store.runs[store.series[series_id].run_id]
            began = run.first_wall_time_s
            made.append(
                HistogramLine(
                    series_id,
                    run.id,
                    workspace.alias(run),
                    workspace.colour(run),
                    each.stack,
                    float(each.stack.wall_times[0]) if began is None else began,
                )
            )
        return made

    def _draw(self, card: TagCard) -> None:
        place = card.place
        if place is None:
            return
        self.dress_card(card)
        loaded = [self.book.get(series_id) for series_id in place.series_ids]
        there = [each for each in loaded if each is not None]
        if not there:
            card.show_progress(0.0)
            card.show_message("")
            self.clear_card(card)
            return
        card.show_progress(sum(each.share for each in there) / len(loaded))
        empty = not any(each.stack.count.any() for each in there)
        bad = any(each.failures or each.stack.left_out.any() for each in there)
        card.show_message(_why_nothing(there) if empty else "", with_bytes=bad)
        card.show_notes([] if empty else [n for each in there for n in iter_failures(each)])
        if empty:
            self.clear_card(card)
            return
        self.draw_card(card, place, loaded)
        self.point_card(card)

    def _draw_next(self) -> None:
        cards = {card.key: card for card in self.cards()}
        waiting = [key for key in self._stale if key in cards]
        if not waiting:
            self._stale.clear()
            return
        sight = self.grid.viewport().rect()
        key = next((k for k in waiting if cards[k].geometry().intersects(sight)), waiting[0])
        self._stale = dict.fromkeys(k for k in waiting if k != key)
        self._draw(cards[key])
        if self._stale:
            self._turn.start()

    def _data_ready(self, series_id: int) -> None:
        if not self.isVisible():
            return
        tag = self.context.store.series[series_id].tag
        # Cards of the tag's other runs as well: they share one range of values.
        self.show_cards(c for c in self.cards() if c.place is not None and c.place.tag == tag)


def book_of(context: ViewContext) -> HistogramBook:
    """Return the book all views of a window share."""
    for child in context.payloads.children():
        if isinstance(child, HistogramBook):
            return child
    return HistogramBook(context.store, context.workspace, context.tasks, context.payloads)


def _why_nothing(loaded: list[Loaded]) -> str:
    """Say why a card has nothing to draw."""
    if any(each.share < 1.0 for each in loaded):
        return ""
    notes = [note for each in loaded for note in iter_failures(each)]
    if notes:
        return "\n".join(dict.fromkeys(notes))
    if any(len(each.stack) for each in loaded):
        return "All its histograms are empty"
    return "No histograms yet"
