"""The text view: every logged text at every step, searched and compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import ClassVar

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QSplitter, QWidget

from eventglass.app.core.names import Kind
from eventglass.app.core.store import Changes, Series
from eventglass.app.models.commands import Command
from eventglass.app.models.scalar_groups import PINNED
from eventglass.app.models.tag_groups import TagPlace
from eventglass.app.models.text_parts import CARD_PART, FULL_PART
from eventglass.app.models.text_presenting import Look, Presented
from eventglass.app.models.text_previews import TextPreviews
from eventglass.app.models.text_search import Match
from eventglass.app.models.workspace import VISIBLE_RUNS
from eventglass.widgets.view import Reason, ViewContext
from eventglass.widgets.views.tag_cards import TagCardsView
from eventglass.widgets.views.text_card import TextCard
from eventglass.widgets.views.text_diff import DiffPage
from eventglass.widgets.views.text_reading import Steps, TextReading
from eventglass.widgets.views.text_results import SearchBar, SearchResults

#: Height of a card as a share of its width: a few lines more than a chart needs.
_ASPECT = 0.7
#: Where the parts of a longer text begin is not kept so often.
_MANY_PARTS = 5_000

_CONTENT = frozenset(
    {"step", "held_steps", "restarts", "texts", "pinned_tags", "card_options", VISIBLE_RUNS}
)


class TextsView(TagCardsView[TextCard]):
    """Cards by tag and run, a search through all of them, and a comparison of two texts."""

    view_id: ClassVar[str] = "texts"
    title: ClassVar[str] = "Text"
    icon: ClassVar[str] = "text"
    order: ClassVar[int] = 60
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.TEXT})
    words: ClassVar[tuple[str, str]] = ("text", "texts")
    nouns: ClassVar[tuple[str, str]] = ("text", "text")
    heading: ClassVar[str] = "Text"
    # A writer adds it to every name.
    suffix: ClassVar[str] = "/text_summary"
    card_class = TextCard

    def __init__(self, context: ViewContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        theme = context.theme
        self.previews = TextPreviews(context.payloads, context.tasks, self)
        self.grid.set_aspect(_ASPECT)
        self.diff = DiffPage(context, self)
        self.search_bar = SearchBar(theme)
        self.results = SearchResults(context, self)
        self._stack.addWidget(self.diff)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self.results)
        self._split.addWidget(self._stack)
        self._split.setStretchFactor(1, 1)
        self._split.setSizes([320, 900])
        # A comparison gets what room there is: panels do not give way to it.
        self._stack.setMinimumWidth(240)
        self.column.addWidget(self.search_bar)
        self.column.addWidget(self._split, 1)
        self.results.hide()
        self._reading = TextReading(context)
        # Entries chosen one by one, where several have one step: step and index, by card.
        self._picked: dict[str, tuple[int, int]] = {}
        self._jump: tuple[str, Match] | None = None
        # The card that gets another part, and the direction its matches are gone through.
        self._mark_after: tuple[str, int] | None = None
        self.diff.closed.connect(self.close_diff)
        self.search_bar.changed.connect(self._search)
        self.search_bar.left_downwards.connect(self.results.enter)
        self.search_bar.stopped.connect(self.results.stop)
        self.results.told.connect(self.search_bar.tell)
        self.results.opened.connect(self.go_to_match)

    # -- the view's contract

    def refresh(self, reason: Reason, changes: Changes | None) -> None:
        """Take in what is new; only cards in view are read."""
        super().refresh(reason, changes)
        if reason is Reason.THEME:
            self.diff.restyle()
            return
        if self.results.isVisible():
            self.results.follow(self.targets())
        if self.diff_is_open:
            self.diff.follow()

    def state(self) -> dict[str, object]:
        """Which card fills the view, and what is searched."""
        return {**super().state(), "search": self.search_bar.text()}

    def restore(self, state: Mapping[str, object]) -> None:
        """Let the same card fill the view, search the same."""
        super().restore(state)
        text = state.get("search")
        if isinstance(text, str) and text:
            self.search_bar.set_text(text)

    def tool_bar_content(self) -> QWidget | None:
        """Rendered or as logged; at a step or all."""
        from eventglass.widgets.views.text_controls import TextToolBar

        return TextToolBar(self)

    def inspector_content(self) -> QWidget | None:
        """How text is shown."""
        from eventglass.widgets.views.text_controls import TextInspector

        return TextInspector(self)

    def commands(self) -> tuple[Command, ...]:
        """What can be done with one text and with all."""
        from eventglass.widgets.views.text_commands import text_commands

        return text_commands(self)

    # -- cards

    def current_card(self) -> TextCard | None:
        """The card last reached by pointer or focus, while it is in sight."""
        return None if self.diff_is_open else super().current_card()

    def series_of(self, card: TextCard) -> Series | None:
        """The series a card shows."""
        return None if card.place is None else self.context.store.series[card.place.series_ids[0]]

    def targets(self) -> list[Series]:
        """All that can be searched: the text of the runs shown, by tag and run."""
        found = []
        for group in self.grid.groups():
            if group.name == PINNED:
                continue
            for key in group.keys:
                place = self.groups.place(key)
                if place is not None:
                    found.append(self.context.store.series[place.series_ids[0]])
        return found

    def is_settled(self) -> bool:
        """Whether nothing is waited for."""
        busy = self._reading.is_busy or self.previews.is_busy or self.results.is_busy
        return not busy and not (self.diff_is_open and self.diff.is_busy)

    def card_width(self) -> int:
        """Width of cards that was chosen, in pixels."""
        return self.context.workspace.state.texts.card_width

    def make_card(self, parent: QWidget) -> TextCard:
        """Make an empty card."""
        card = TextCard(self.context.theme, self.previews, parent)
        card.slider.moved.connect(partial(self._slid, card))
        card.slider.hold_toggled.connect(partial(self._hold, card))
        card.steps.chosen.connect(partial(self._slid, card))
        card.steps.opened.connect(partial(self._open_step, card))
        card.part_asked.connect(partial(self._go_to_part, card))
        card.page.set_pattern(self.search_bar.pattern())
        return card

    def bind_card(self, card: TextCard, place: TagPlace) -> None:
        """Read a card's text."""
        card.page.setAccessibleName(f"Text of {card.accessibleName()}")
        card.show_nothing()
        card.offset = 0
        self._load(card)

    def release_card(self, card: TextCard) -> None:
        """Take a card's text out."""
        self._reading.cancel(card)
        card.show_nothing()
        card.steps.set_entries(None, None, -1)

    def theme_card(self, card: TextCard) -> None:
        """Give a text the theme's colours."""
        card.page.restyle()

    def forget(self) -> None:
        """Let go of what was read."""
        self._reading.forget()
        self.previews.forget()

    # -- reading

    def show_cards(self, cards: Iterable[TextCard]) -> None:
        """Show the texts at the step."""
        for card in cards:
            self._load(card)

    def _load(self, card: TextCard) -> None:
        """Show a card's text at the step; read it where it is not there."""
        place, series = card.place, self.series_of(card)
        if place is None or series is None:
            return
        state = self.context.workspace.state
        options = state.texts
        full = self.grid.maximised == card.key
        self.dress_card(card)
        known = self._reading.steps(series)
        wanted, held = self.wanted_step(card)
        at = self._place_at(card, known, wanted)
        card.entries = known.entries
        card.show_layout(listed=options.layout == "all", full=full)
        card.show_entries(series, known.entries, at)
        card.slider.set_steps(known.steps, at, wanted, held)
        if at < 0:
            card.show_nothing()
            card.show_message("No text yet")
            return
        index = int(known.entries.indices[at])
        if index != card.index:
            card.offset = 0
        card.index = index
        if card.page.isHidden():
            # Only the list is shown, which reads what is in sight by itself.
            card.show_message("")
            self._reading.cancel(card)
            return
        find = self._jump is not None and self._jump[0] == card.key
        size = FULL_PART if full else CARD_PART
        offset = self._jump[1].offset if find and self._jump is not None else card.offset
        look = Look(options.rendered, options.keep_breaks, size, offset, find)
        self._reading.read(card, series, index, look, self._put, self._failed)

    def _place_at(self, card: TextCard, known: Steps, wanted: int | None) -> int:
        picked = self._picked.get(card.key)
        if picked is not None and picked[0] == wanted:
            found = (known.entries.indices == picked[1]).nonzero()[0]
            if len(found):
                return int(found[0])
        self._picked.pop(card.key, None)
        return known.entries.nearest(wanted)

    def _put(self, card: TextCard, shown: Presented) -> None:
        card.offset = shown.starts[shown.part]
        card.show_text(shown, self.context.workspace.state.texts.wrap)
        if self._jump is not None and self._jump[0] == card.key:
            self._jump = None
            card.page.go_to_mark(1)
        elif self._mark_after is not None and self._mark_after[0] == card.key:
            card.page.go_to_mark(self._mark_after[1])
            self._mark_after = None

    def _failed(self, card: TextCard, text: str) -> None:
        card.show_failure(text)

    # -- what the user does with a card

    def _show_page(self) -> None:
        if not self.diff_is_open:
            super()._show_page()

    def open_card_menu(self, card: TextCard, place: QPoint) -> None:
        """Offer what can be done with a text."""
        from eventglass.widgets.views.text_commands import card_menu

        card_menu(self, card).popup(place)

    def card_asked(self, what: str, card: TextCard) -> None:
        """Save the bytes of what can't be read."""
        if what == "raw":
            from eventglass.widgets.views.text_commands import save_raw

            save_raw(self, card)

    def maximise(self, key: str | None) -> None:
        """Let a card fill the view, or with None show all again."""
        self.close_diff()
        within = self._stack.isAncestorOf(self.focusWidget())
        super().maximise(key)
        if key is None and within:
            self.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    def focus_card(self, card: TextCard) -> None:
        """Go to the text, unless one goes through what was found: who does that goes on there."""
        self._reached = card.key
        if not self.results.list.hasFocus():
            card.page.setFocus(Qt.FocusReason.OtherFocusReason)

    def step_back(self) -> bool:
        """Take back the last thing of these: a comparison, a full view, a search."""
        if self.diff_is_open:
            self.close_diff()
        elif self.grid.maximised is not None:
            self.maximise(None)
        elif self.search_bar.text():
            self.search_bar.set_text("")
        else:
            return False
        return True

    def _slid(self, card: TextCard, place: int) -> None:
        if card.entries is None or not 0 <= place < len(card.entries):
            return
        step = int(card.entries.steps[place])
        self._picked[card.key] = (step, int(card.entries.indices[place]))
        self._reached = card.key
        before = self.context.workspace.state
        self.go_to_step(card, step)
        if self.context.workspace.state == before:
            # Another entry of the same step.
            self._load(card)

    def _open_step(self, card: TextCard, place: int) -> None:
        self._slid(card, place)
        if self.grid.maximised != card.key:
            self.maximise(card.key)

    def _hold(self, card: TextCard, on: bool) -> None:
        if card.entries is not None and card.slider.place >= 0:
            self.hold(card, int(card.entries.steps[card.slider.place]) if on else None)

    def _go_to_part(self, card: TextCard, part: int) -> None:
        shown = card.page.shown()
        if shown is not None and 0 <= part < len(shown.starts):
            card.offset = shown.starts[part]
            self._load(card)

    def set_option(self, label: str, **values: object) -> None:
        """Change how text is shown."""
        workspace = self.context.workspace
        workspace.edit(label, texts=replace(workspace.state.texts, **values))  # type: ignore[arg-type]

    # -- search

    def _search(self) -> None:
        pattern = self.search_bar.pattern()
        for card in self.all_cards():
            card.page.set_pattern(pattern)
        if pattern is None and self.results.list.hasFocus():
            self.search_bar.box.setFocus(Qt.FocusReason.OtherFocusReason)
        self.results.setVisible(pattern is not None)
        self.results.search(pattern, self.targets())

    def go_to_match(self, match: Match) -> None:
        """Show an entry in which something was found, in full."""
        series = self.context.store.series[match.series_id]
        key = next(
            (
                key
                for key in self.groups.keys_of_tag(series.tag)
                if (place := self.groups.place(key)) is not None
                and place.series_ids == (series.id,)
            ),
            None,
        )
        if key is None:
            return
        self._picked[key] = (match.step, match.index)
        self._jump = (key, match)
        if self.option_key(key) in self.context.workspace.state.held_steps:
            self.hold_place(key, match.step)
        else:
            self.context.workspace.set_step(match.step)
        self.maximise(key)

    def next_match(self, by: int) -> None:
        """Go to the next marked place, in this part, the other parts, or the next entry found."""
        card, pattern = self.current_card(), self.search_bar.pattern()
        if card is not None and card.page.go_to_mark(by):
            return
        series = None if card is None else self.series_of(card)
        done = partial(self._go_to_offset, card, by)
        if (
            card is None
            or series is None
            or pattern is None
            or not self._reading.find(card, series, pattern, by, done, self._failed)
        ):
            self.results.go(by)

    def _go_to_offset(self, card: TextCard | None, by: int, offset: int) -> None:
        """Show the part with a character, and in it the first match or the last."""
        if offset < 0:
            self.results.go(by)
        elif card is not None and card.place is not None:
            card.offset = offset
            self._mark_after = (card.key, by)
            self._load(card)

    # -- comparison

    @property
    def diff_is_open(self) -> bool:
        """Whether two texts are being compared."""
        return self._stack.currentWidget() is self.diff

    def open_diff(self, card: TextCard | None = None) -> bool:
        """Compare a card's text with the one before it; without any, that of another run."""
        card = card or self.current_card()
        series = None if card is None else self.series_of(card)
        if card is None or series is None or card.index < 0:
            return False
        self.diff.compare(series.id, card.index)
        self._stack.setCurrentWidget(self.diff)
        # A comparison needs the room; what was found is back when it is closed.
        self.results.hide()
        self.diff.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def close_diff(self) -> None:
        """Go back to the cards."""
        if self.diff_is_open:
            super()._show_page()
            self.results.setVisible(self.search_bar.pattern() is not None)
            self.show_cards(self.cards())
            self.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- the workspace

    def _go_to_tag(self, tag: str, kind: str) -> None:
        if kind == Kind.TEXT and self.isVisible():
            self.close_diff()
        super()._go_to_tag(tag, kind)

    def take_state(self, names: frozenset[str]) -> None:
        """Follow names, step and what is searched."""
        if names & {"run_colours", "run_aliases"}:
            for card in self.cards():
                self.dress_card(card)
            self.results.viewport_update()
        if names & _CONTENT:
            self.show_cards(self.cards())
        if names & {VISIBLE_RUNS, "tag_filter", "restarts"} and self.results.isVisible():
            self.results.follow(self.targets())
        if self.diff_is_open and names & {"texts", "run_aliases", VISIBLE_RUNS, "restarts"}:
            self.diff.follow()
