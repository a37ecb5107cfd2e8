"""Drawing the cards of the scalars view: when, in what turns, and with what.

Cards that come into view while one scrolls are drawn one a turn of the event loop, and so are cards
whose data have grown: all in one frame would make it a long one. The lines of one card may be too
many for that as well; they are made in slices.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from eventglass.app.models.scalar_groups import short_title
from eventglass.widgets.views.scalar_notes import EventNotes, notes_of

if TYPE_CHECKING:
    from eventglass.app.models.workspace import WorkspaceState
    from eventglass.widgets.plots.curve_data import CurveData
    from eventglass.widgets.views.scalar_card import ScalarCard
    from eventglass.widgets.views.scalars import ScalarsView

#: Time between two cards drawn because their data have grown, in milliseconds.
TURN_MS = 12
MAX_TURN_MS = 400
#: More lines than these in view are not drawn at every letter of a filter, but after a rest.
MANY_LINES = 2000
REST_MS = 200
#: So many lines of cards are drawn in one turn of the event loop.
LINES_A_TURN = 300
#: So long the lines of a card are made in one turn, and so long is waited before the next, seconds.
SLICE_S = 0.006
PAUSE_MS = 1


@dataclass(slots=True)
class _Making:
    """A card whose lines are being made, and what they were begun with."""

    card: ScalarCard
    place: str
    state: WorkspaceState
    steps: Generator[None, None, list[CurveData]]


class CardDrawing(QObject):
    """Draws the cards of one view."""

    def __init__(self, view: ScalarsView, events: EventNotes) -> None:
        super().__init__(view)
        self._view = view
        self._context = view.context
        self._lines = view.context.lines
        self._events = events
        #: The line under the pointer.
        self.hovered_series: int | None = None
        # Cards, by their own keys, that are to be drawn again; who waits longest comes first.
        self._stale: dict[str, None] = {}
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.setInterval(TURN_MS)
        self._turn.timeout.connect(self._draw_next)
        self._turn_began_s = 0.0
        # Places of cards that came into view and wait for their curves.
        self._waiting: dict[str, None] = {}
        self._making: _Making | None = None
        self._lines_this_turn = 0
        self._fill = QTimer(self)
        self._fill.setSingleShot(True)
        self._fill.setInterval(0)
        self._fill.timeout.connect(self._fill_next)
        self._lines.ready.connect(self._lines_ready)
        events.changed.connect(self.show_notes)

    def is_settled(self) -> bool:
        """Whether no card waits to be drawn."""
        return not self._waiting and not self._stale and self._making is None

    # -- cards come and go

    def bind(self, card: ScalarCard, place_key: str) -> None:
        """Show another card, now or in a later turn."""
        self.title(card, place_key)
        self._view.links.bind(card)
        if self._view.grid.is_scrolling or not self._has_room(card):
            card.show_waiting()
            self._waiting[place_key] = None
        else:
            self.dress(card)
            self.draw(card)
        self._fill.start()

    def _has_room(self, card: ScalarCard) -> bool:
        """Whether a card may still be drawn in this turn of the event loop."""
        runs = len(self._context.workspace.visible_run_ids())
        self._lines_this_turn += runs * max(1, len(card.card.lines))
        if not self._fill.isActive():
            self._fill.start()
        return self._lines_this_turn <= LINES_A_TURN

    def release(self, card: ScalarCard) -> None:
        """Let go of what a card showed."""
        card.close_editor()
        key = card.tag
        if not any(each.tag == key and each is not card for each in self._view.cards()):
            self._lines.forget(key)
        self._waiting.pop(card.key, None)
        card.chart.set_curves(())

    def _fill_next(self) -> None:
        """Draw the next card that came into view, those in sight first."""
        self._lines_this_turn = 0
        if not self._waiting:
            return
        if self._advance():
            cards = {card.key: card for card in self._view.cards()}
            waiting = [key for key in self._waiting if key in cards]
            self._waiting = dict.fromkeys(waiting)
            if not waiting:
                return
            sight = self._view.grid.viewport().rect()
            key = next((k for k in waiting if cards[k].geometry().intersects(sight)), waiting[0])
            self._begin(cards[key])
        if self._waiting:
            self._fill.start()

    # -- in slices

    def _begin(self, card: ScalarCard) -> None:
        """Begin to make the lines of a card, and do the first slice of it."""
        self._stop_making()
        steps = self._lines.making(card.card)
        self._making = _Making(card, card.key, self._context.workspace.state, steps)
        self._advance()

    def _stop_making(self) -> None:
        if self._making is not None:
            self._making.steps.close()
            self._making = None

    def _advance(self) -> bool:
        """Go on with the card whose lines are being made; return whether there is none now."""
        making = self._making
        if making is None:
            return True
        state = self._context.workspace.state
        card, began = making.card, making.state
        if card.key != making.place or card not in self._view.cards():
            self._stop_making()
            return True
        if (state.x_axis, state.x_tag, state.grouping) != (
            began.x_axis,
            began.x_tag,
            began.grouping,
        ):
            # Other lines are wanted. Whatever else changed has the card drawn again.
            self._begin(card)
            return self._making is None
        until = time.perf_counter() + SLICE_S
        while True:
            try:
                next(making.steps)
            except StopIteration as done:
                self._making = None
                # A pinned card has two places.
                for each in self._view.cards():
                    if each.tag == card.tag:
                        if self._waiting.pop(each.key, card) is None:
                            self.dress(each)
                        self._show(each, done.value)
                return True
            if time.perf_counter() > until:
                return False

    def title(self, card: ScalarCard, key: str) -> None:
        """Show title and description of the card of a place."""
        shown = self._view.card_of(self._view.card_key(key))
        if shown.is_composed:
            card.show_card(key, shown, shown.title)
            return
        tag = shown.key
        series = self._view.groups.series(tag)
        described = next((s for s in series if s.description or s.display_name), None)
        notes = ""
        if described is not None:
            notes = "\n".join(t for t in (described.display_name, described.description) if t)
        derived = self._view.groups.expression_of(tag)
        title = tag if key != tag else short_title(tag)
        card.show_card(key, shown, title, derived or notes, derived=bool(derived))

    def dress(self, card: ScalarCard) -> None:
        """Show how a card stands, and its axes."""
        state = self._context.workspace.state
        options = state.options_of(card.tag)
        card.show_flags(
            pinned=card.tag in state.pinned_tags,
            maximised=self._view.grid.maximised == card.key,
            wide=options.wide,
            log=(options.y_scale or state.y_scale) == "log",
            locked=options.locked,
        )
        self._view.links.dress(card)
        self._view.links.show_cursor(card)

    def draw(self, card: ScalarCard) -> None:
        """Show the lines of a card as they are now."""
        if self._making is not None and self._making.card is card:
            self._stop_making()
        self._show(card, self._lines.curves(card.card))

    def _show(self, card: ScalarCard, curves: list[CurveData]) -> None:
        shown = card.card
        if not curves and self._lines.is_busy(shown.key):
            card.show_waiting()
            return
        problems = self._view.groups.problems(shown)
        message = ""
        if not curves:
            message = "\n".join(problems) or self._view.groups.empty_reason(shown) or "No points"
        card.show_curves(curves, message)
        hidden = self._lines.hidden_points(shown)
        notes = list(problems)
        if hidden:
            notes.append(
                f"{hidden:,} superseded {'point is' if hidden == 1 else 'points are'} hidden: "
                "a restarted run wrote them again.\nShow them by Restarts in the inspector"
            )
        card.show_notes(notes, warning=bool(problems))
        self.show_highlight(card)
        self._flag(card)
        if self._context.workspace.state.x_axis != "step":
            self._view.links.show_cursor(card)
        self._view.links.curves_changed(card)

    # -- again

    def refresh(self, keys: AbstractSet[str] | None = None) -> None:
        """Draw cards again: those with these keys of their own, or all.

        What is too much for this turn of the event loop follows in the next ones.
        """
        for card in self._view.cards():
            if (keys is None or card.tag in keys) and card.key not in self._waiting:
                if self._has_room(card):
                    self.draw(card)
                else:
                    self._stale[card.tag] = None
        if self._stale and not self._turn.isActive():
            self._start_turns(0)

    def refresh_all(self, *, rested: bool = False) -> None:
        """Draw all again: at once, or where that takes long, one after another.

        With ``rested`` that begins when the user rests.
        """
        if not self._is_heavy():
            self.refresh()
            return
        self._stale |= dict.fromkeys(card.tag for card in self._view.cards())
        if rested or not self._turn.isActive():
            self._start_turns(REST_MS if rested else 0)

    def mark_stale(self, series_ids: AbstractSet[int]) -> None:
        """Draw the cards of series that have grown, one after another."""
        tags = {tag for i in series_ids if (tag := self._view.groups.tag_of(i)) is not None}
        state = self._context.workspace.state
        if state.x_axis == "tag" and state.x_tag in tags:
            self._stale |= dict.fromkeys(card.tag for card in self._view.cards())
        elif tags:
            self._stale |= dict.fromkeys(self._view.groups.cards_of_tags(tags))
        if self._stale and not self._turn.isActive():
            self._start_turns()

    def _is_heavy(self) -> bool:
        """Whether drawing all cards in view would take noticeably long."""
        runs = len(self._context.workspace.visible_run_ids())
        drawn = sum(len(card.chart.curves()) for card in self._view.cards())
        return max(drawn, runs * len(self._view.cards())) > MANY_LINES

    def _start_turns(self, after_ms: int = TURN_MS) -> None:
        self._turn_began_s = time.monotonic()
        self._turn.setInterval(after_ms)
        self._turn.start()

    def _draw_next(self) -> None:
        """Draw the next card whose data have grown."""
        now = time.monotonic()
        if self._waiting:
            # Cards that show nothing come first.
            self._fill.start()
            self._turn.start()
            return
        if not self._advance():
            self._turn.setInterval(PAUSE_MS)
            self._turn.start()
            return
        until = time.perf_counter() + SLICE_S
        while self._making is None and self._begin_stale() and time.perf_counter() < until:
            pass
        if self._stale or self._making is not None:
            # What came after the last turn was mostly the painting of its card. Two thirds of the
            # time stay free all the same.
            busy_ms = 1000.0 * (now - self._turn_began_s) - self._turn.interval()
            pause_ms = int(min(MAX_TURN_MS, max(TURN_MS, 2.0 * busy_ms)))
            self._turn.setInterval(PAUSE_MS if self._making is not None else pause_ms)
            self._turn.start()
        else:
            self._turn.setInterval(TURN_MS)
        self._turn_began_s = now

    def _begin_stale(self) -> bool:
        """Begin to draw the next card that is to be drawn again, those in sight first."""
        # Cards out of view are drawn when they come into it.
        cards = {card.tag: card for card in self._view.cards() if card.key not in self._waiting}
        self._stale = {key: None for key in self._stale if key in cards}
        if not self._stale:
            return False
        sight = {card.tag for card in self._view.cards_in_sight()}
        key = next((key for key in self._stale if key in sight), next(iter(self._stale)))
        del self._stale[key]
        self._begin(cards[key])
        return True

    def _lines_ready(self, key: str) -> None:
        self.refresh({key})

    # -- over the lines

    def _flag(self, card: ScalarCard) -> None:
        notes, card.flags = notes_of(
            self._context, card.tag, card.chart.curves(), self._events.events()
        )
        card.chart.set_annotations(notes)

    def show_notes(self) -> None:
        """Show notes and events anew."""
        for card in self._view.cards():
            self._flag(card)

    def show_highlights(self) -> None:
        """Bring forward what is hovered."""
        for card in self._view.cards():
            self.show_highlight(card)

    def show_highlight(self, card: ScalarCard) -> None:
        """Bring forward what is hovered, in one card."""
        card.chart.set_highlight(self.highlighted(card))

    def highlighted(self, card: ScalarCard) -> frozenset[int]:
        """The lines to bring forward.

        Those of the tag under the pointer in the legend, the line under the pointer, else those of
        the same run or group.
        """
        curves = card.chart.curves()
        entry = card.legend().hovered
        if entry is not None:
            lit = (entry.tag, entry.axis)
            return frozenset(c.series_id for c in curves if (c.tag, c.axis) == lit)
        run_id, series_id = self._context.workspace.hovered_run, self.hovered_series
        if run_id < 0 and series_id is None:
            return frozenset()
        if series_id is not None and any(curve.series_id == series_id for curve in curves):
            return frozenset((series_id,))
        group = "" if series_id is None else self._lines.info(series_id).group
        found = set()
        for curve in curves:
            if curve.run_id >= 0:
                is_lit = curve.run_id == run_id
            else:
                info = self._lines.info(curve.series_id)
                is_lit = bool(group and info.group == group) or run_id in info.run_ids
            if is_lit:
                found.add(curve.series_id)
        return frozenset(found)
