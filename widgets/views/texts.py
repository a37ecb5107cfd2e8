"""The text view: every logged text at every step, searched and compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import ClassVar

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QKeySequence, QShortcut
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from eventglass.app.core.names import Kind
from eventglass.app.core.store import Changes, Series
from eventglass.app.models.commands import Command
from eventglass.app.models.histogram_groups import HistogramGroups, HistogramPlace
from eventglass.app.models.scalar_groups import short_title
from eventglass.app.models.text_parts import CARD_PART, FULL_PART
from eventglass.app.models.text_presenting import Look, Presented
from eventglass.app.models.text_previews import TextPreviews
from eventglass.app.models.text_search import Match
from eventglass.app.models.workspace import VISIBLE_RUNS
from eventglass.widgets.controls.card_grid import CardGrid
from eventglass.widgets.controls.empty import EmptyPage
from eventglass.widgets.controls.group_header import CardGroup
from eventglass.widgets.view import Reason, View, ViewContext
from eventglass.widgets.views.text_card import TextCard
from eventglass.widgets.views.text_diff import DiffPage
from eventglass.widgets.views.text_reading import Steps, TextReading
from eventglass.widgets.views.text_results import SearchBar, SearchResults

#: Between the name of the pinned group and a card's key: a pinned card has two places.
_PIN_MARK = "\0"
#: Height of a card as a share of its width: a few lines more than a chart needs.
_ASPECT = 0.7
#: Where the parts of a longer text begin is not kept so often.
_MANY_PARTS = 5_000

_STRUCTURE = frozenset(
    {"tag_filter", "pinned_tags", "card_options", "collapsed_groups", "hide_empty", VISIBLE_RUNS}
)
_CONTENT = frozenset(
    {"step", "held_steps", "restarts", "texts", "pinned_tags", "card_options", VISIBLE_RUNS}
)


class TextsView(View):
    """Cards by tag and run, a search through all of them, and a comparison of two texts."""

    view_id: ClassVar[str] = "texts"
    title: ClassVar[str] = "Text"
    icon: ClassVar[str] = "text"
    order: ClassVar[int] = 60
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.TEXT})

    def __init__(self, context: ViewContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        theme = context.theme
        self.groups = HistogramGroups(context.store, context.workspace, Kind.TEXT, "Text")
        self.previews = TextPreviews(context.payloads, context.tasks, self)
        self.grid = CardGrid(theme, self._make, self._bind, self._release, self)
        self.grid.setAccessibleName("Text")
        self.grid.set_aspect(_ASPECT)
        self.grid.set_card_width(context.workspace.state.texts.card_width)
        self._empty = EmptyPage(theme, self.icon, "No text to show", "")
        self.diff = DiffPage(context, self)
        self.search_bar = SearchBar(theme)
        self.results = SearchResults(context, self)
        self._stack = QStackedWidget()
        for page in (self.grid, self._empty, self.diff):
            self._stack.addWidget(page)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self.results)
        self._split.addWidget(self._stack)
        self._split.setStretchFactor(1, 1)
        self._split.setSizes([320, 900])
        # A comparison gets what room there is: panels do not give way to it.
        self._stack.setMinimumWidth(240)
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.search_bar)
        column.addWidget(self._split, 1)
        self.results.hide()
        self._reached = ""
        self._reading = TextReading(context)
        # Entries chosen one by one, where several have one step: step and index, by card.
        self._picked: dict[str, tuple[int, int]] = {}
        self._jump: tuple[str, Match] | None = None
        # The card that gets another part, and the direction its matches are gone through.
        self._mark_after: tuple[str, int] | None = None
        self.grid.group_toggled.connect(self._toggle_fold)
        self.diff.closed.connect(self.close_diff)
        self.search_bar.changed.connect(self._search)
        self.search_bar.left_downwards.connect(self.results.enter)
        self.search_bar.stopped.connect(self.results.stop)
        self.results.told.connect(self.search_bar.tell)
        self.results.opened.connect(self.go_to_match)
        context.workspace.changed.connect(self._workspace_changed)
        context.workspace.tag_requested.connect(self._go_to_tag)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.step_back)

    # -- the view's contract

    def refresh(self, reason: Reason, changes: Changes | None) -> None:
        """Take in what is new; only cards in view are read."""
        if reason is Reason.THEME:
            for card in self._all_cards():
                card.page.restyle()
            self.diff.restyle()
            return
        if changes is not None and changes.roots:
            self._reading.forget()
            self.previews.forget()
        if self.groups.take_changes(changes) or changes is None or changes.runs:
            self._regroup()
            self._load_all()
        else:
            for card in self.cards():
                if card.place is not None and not changes.grown.isdisjoint(card.place.series_ids):
                    self._load(card)
            if self.context.workspace.state.hide_empty and not self.grid.groups():
                self._regroup()
        if self.results.isVisible():
            self.results.follow(self.targets())
        if self.diff_is_open:
            self.diff.follow()

    def state(self) -> dict[str, object]:
        """Which card fills the view, and what is searched."""
        return {"maximised": self.grid.maximised, "search": self.search_bar.text()}

    def restore(self, state: Mapping[str, object]) -> None:
        """Let the same card fill the view, search the same."""
        key, text = state.get("maximised"), state.get("search")
        if isinstance(key, str):
            self.maximise(key)
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

    def cards(self) -> list[TextCard]:
        """Cards in or near the view."""
        return [c for c in self.grid.visible_cards().values() if isinstance(c, TextCard)]

    def current_card(self) -> TextCard | None:
        """The card last reached by pointer or focus, while it is in sight."""
        card = self.grid.visible_cards().get(self.grid.maximised or self._reached)
        return card if isinstance(card, TextCard) and not self.diff_is_open else None

    def series_of(self, card: TextCard) -> Series | None:
        """The series a card shows."""
        return None if card.place is None else self.context.store.series[card.place.series_ids[0]]

    def targets(self) -> list[Series]:
        """All that can be searched: the text of the runs shown, by tag and run."""
        found = []
        for group in self.grid.groups():
            if group.name == _PIN_MARK + "pinned":
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

    def _all_cards(self) -> list[TextCard]:
        return [c for c in self.grid.all_cards() if isinstance(c, TextCard)]

    def _make(self, parent: QWidget) -> QWidget:
        card = TextCard(self.context.theme, self.previews, parent)
        card.asked.connect(self._asked)
        card.menu_asked.connect(self._menu_asked)
        card.reached.connect(self._card_reached)
        card.slider.moved.connect(partial(self._slid, card))
        card.slider.hold_toggled.connect(partial(self._hold, card))
        card.steps.chosen.connect(partial(self._slid, card))
        card.steps.opened.connect(partial(self._open_step, card))
        card.part_asked.connect(partial(self._go_to_part, card))
        card.page.set_pattern(self.search_bar.pattern())
        return card

    def _bind(self, widget: QWidget, key: str) -> None:
        assert isinstance(widget, TextCard)
        place = self.groups.place(key.removeprefix(_PIN_MARK))
        if place is None:
            return
        series = self.context.store.series[place.series_ids[0]]
        # A writer adds it to every name.
        name = place.tag.removesuffix("/text_summary")
        title = name if key.startswith(_PIN_MARK) else short_title(name)
        widget.show_place(key, place, title, self._runs_of(place), series.description)
        widget.page.setAccessibleName(f"Text of {widget.accessibleName()}")
        widget.show_nothing()
        widget.offset = 0
        self._load(widget)

    def _release(self, widget: QWidget) -> None:
        assert isinstance(widget, TextCard)
        self._reading.cancel(widget)
        widget.place = None
        widget.show_nothing()
        widget.steps.set_entries(None, None, -1)

    def _runs_of(self, place: HistogramPlace) -> list[tuple[str, QColor]]:
        workspace = self.context.workspace
        ids = [self.context.store.series[i].run_id for i in place.series_ids]
        return [(workspace.alias(i), workspace.colour(i)) for i in ids]

    # -- reading

    def _load_all(self) -> None:
        for card in self.cards():
            self._load(card)

    def _load(self, card: TextCard) -> None:
        """Show a card's text at the step; read it where it is not there."""
        place, series = card.place, self.series_of(card)
        if place is None or series is None:
            return
        state = self.context.workspace.state
        options = state.texts
        full = self.grid.maximised == card.key
        card.show_flags(
            pinned=place.tag in state.pinned_tags,
            maximised=full,
            wide=state.options_of(self._held_key(card)).wide,
        )
        known = self._reading.steps(series)
        held = state.held_steps.get(self._held_key(card))
        wanted = state.step if held is None else held
        at = self._place_at(card, known, wanted)
        card.entries = known.entries
        card.show_layout(listed=options.layout == "all", full=full)
        card.show_entries(series, known.entries, at)
        card.slider.set_steps(known.steps, at, wanted, held is not None)
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

    # -- groups

    def _regroup(self) -> None:
        state = self.context.workspace.state
        made = []
        for group in self.groups.groups(False):
            mark = _PIN_MARK if group.name == _PIN_MARK + "pinned" else ""
            count = len(group.keys)
            made.append(
                CardGroup(
                    group.name,
                    group.title,
                    f"{count:,} {'text' if count == 1 else 'texts'}",
                    tuple(mark + key for key in group.keys),
                    bool(state.collapsed_groups.get(group.name, group.closed)),
                    frozenset(
                        mark + key
                        for key in group.keys
                        if state.options_of(f"{self.view_id}:{key}").wide
                    ),
                )
            )
        self.grid.set_groups(made)
        if not made:
            self._empty.set_texts(*self._why_empty())
        if not self.diff_is_open:
            self._stack.setCurrentWidget(self.grid if made else self._empty)

    def _why_empty(self) -> tuple[str, str]:
        workspace = self.context.workspace
        if not self.groups.has_tags():
            return "No text", "The logs that are open hold no text summaries, or none yet"
        if not workspace.visible_run_ids():
            return "No run is shown", "Tick a run in the list at the left, or clear its filter"
        if workspace.state.tag_filter:
            fits = f"No text tag of the runs shown fits “{workspace.state.tag_filter}”"
            return "No tag fits the filter", fits
        return "No text in these runs", "The runs that are ticked hold no text summaries"

    def _toggle_fold(self, name: str) -> None:
        workspace = self.context.workspace
        folds = dict(workspace.state.collapsed_groups)
        group = next((g for g in self.grid.groups() if g.name == name), None)
        if group is not None:
            folds[name] = not group.collapsed
            label = "Open group" if group.collapsed else "Fold group"
            workspace.edit(label, collapsed_groups=MappingProxyType(folds))

    # -- what the user does with a card

    def _card_reached(self, key: str) -> None:
        self._reached = key

    def _menu_asked(self, key: str, place: QPoint) -> None:
        from eventglass.widgets.views.text_commands import card_menu

        card = self.grid.visible_cards().get(key)
        if isinstance(card, TextCard):
            self._reached = key
            card_menu(self, card).popup(place)

    def _asked(self, what: str, key: str) -> None:
        card = self.grid.visible_cards().get(key)
        if what == "maximise":
            self.maximise(None if self.grid.maximised == key else key)
        elif what == "pin" and isinstance(card, TextCard) and card.place is not None:
            self.toggle_pin(card.place.tag)
        elif what == "wide" and isinstance(card, TextCard) and card.place is not None:
            workspace, name = self.context.workspace, self._held_key(card)
            wide = workspace.state.options_of(name).wide
            workspace.edit_card("Change a card's width", name, wide=not wide)
        elif what == "raw" and isinstance(card, TextCard):
            from eventglass.widgets.views.text_commands import save_raw

            save_raw(self, card)

    def toggle_pin(self, tag: str) -> None:
        """Pin a tag to the top, or take it off."""
        pins = self.context.workspace.state.pinned_tags
        if tag in pins:
            after = tuple(pin for pin in pins if pin != tag)
            self.context.workspace.edit("Unpin", pinned_tags=after)
        else:
            self.context.workspace.edit("Pin", pinned_tags=(*pins, tag))

    def maximise(self, key: str | None) -> None:
        """Let a card fill the view, or with None show all again."""
        self.close_diff()
        within = self._stack.isAncestorOf(self.focusWidget())
        self.grid.set_maximised(key)
        self._load_all()
        card = self.grid.visible_cards().get(key or "")
        if isinstance(card, TextCard):
            self._reached = key or ""
            # Who goes through what was found goes on there.
            if not self.results.list.hasFocus():
                card.page.setFocus(Qt.FocusReason.OtherFocusReason)
        elif key is None and within:
            self.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    def step_back(self) -> None:
        """Take back the last thing of these: a comparison, a full view, a search."""
        if self.diff_is_open:
            self.close_diff()
        elif self.grid.maximised is not None:
            self.maximise(None)
        elif self.search_bar.text():
            self.search_bar.set_text("")

    def _held_key(self, card: TextCard) -> str:
        return f"{self.view_id}:{card.place.key if card.place is not None else ''}"

    def _slid(self, card: TextCard, place: int) -> None:
        if card.entries is None or not 0 <= place < len(card.entries):
            return
        step = int(card.entries.steps[place])
        self._picked[card.key] = (step, int(card.entries.indices[place]))
        self._reached = card.key
        before = self.context.workspace.state
        if self._held_key(card) in before.held_steps:
            self._set_held(card, step)
        else:
            self.context.workspace.set_step(step)
        if self.context.workspace.state == before:
            # Another entry of the same step.
            self._load(card)

    def _open_step(self, card: TextCard, place: int) -> None:
        self._slid(card, place)
        if self.grid.maximised != card.key:
            self.maximise(card.key)

    def _hold(self, card: TextCard, on: bool) -> None:
        if card.entries is not None and card.slider.place >= 0:
            self._set_held(card, int(card.entries.steps[card.slider.place]) if on else None)

    def _set_held(self, card: TextCard, step: int | None) -> None:
        held = dict(self.context.workspace.state.held_steps)
        held.pop(self._held_key(card), None)
        if step is not None:
            held[self._held_key(card)] = step
        label = "Follow the shared step" if step is None else "Hold a card at its step"
        self.context.workspace.edit(label, held_steps=MappingProxyType(held))

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
        for card in self._all_cards():
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
        if f"{self.view_id}:{key}" in self.context.workspace.state.held_steps:
            held = {**self.context.workspace.state.held_steps, f"{self.view_id}:{key}": match.step}
            self.context.workspace.edit("Go to a match", held_steps=MappingProxyType(held))
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
            self._stack.setCurrentWidget(self.grid if self.grid.groups() else self._empty)
            self.results.setVisible(self.search_bar.pattern() is not None)
            self._load_all()
            self.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- the workspace

    def _go_to_tag(self, tag: str, kind: str) -> None:
        if kind != Kind.TEXT or not self.isVisible():
            return
        keys = self.groups.keys_of_tag(tag)
        self.close_diff()
        for group in self.grid.groups():
            if group.collapsed and any(key in group.keys for key in keys):
                self._toggle_fold(group.name)
        if keys and self.grid.maximised is not None:
            self.maximise(keys[0])
        elif keys and self.grid.scroll_to(keys[0]):
            card = self.grid.visible_cards().get(keys[0])
            if isinstance(card, TextCard):
                card.flash()
                self._reached = keys[0]

    def _workspace_changed(self, names: frozenset[str]) -> None:
        if not self.isVisible():
            self._dirty = True
            return
        if "texts" in names:
            self.grid.set_card_width(self.context.workspace.state.texts.card_width)
        if names & _STRUCTURE:
            self._regroup()
        if names & {"run_colours", "run_aliases"}:
            for card in self.cards():
                if card.place is not None:
                    card.show_runs(self._runs_of(card.place))
            self.results.viewport_update()
        if names & _CONTENT:
            self._load_all()
        if names & {VISIBLE_RUNS, "tag_filter", "restarts"} and self.results.isVisible():
            self.results.follow(self.targets())
        if self.diff_is_open and names & {"texts", "run_aliases", VISIBLE_RUNS, "restarts"}:
            self.diff.follow()
