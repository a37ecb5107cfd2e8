"""The base of views that show a card per tag and run: groups, folds, pins, a card in full."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import ClassVar, Generic, TypeVar

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from eventglass.app.core.store import Changes
from eventglass.app.models.scalar_groups import PINNED, short_title
from eventglass.app.models.tag_groups import TagGroups, TagPlace
from eventglass.app.models.workspace import VISIBLE_RUNS
from eventglass.widgets.controls.card_grid import CardGrid
from eventglass.widgets.controls.empty import EmptyPage
from eventglass.widgets.controls.group_header import CardGroup
from eventglass.widgets.view import Reason, View, ViewContext
from eventglass.widgets.views.tag_card import TagCard

#: Before the key of a card that is pinned: it has two places.
_PIN_MARK = "\0"

#: What of the workspace decides which cards there are.
STRUCTURE = frozenset(
    {"tag_filter", "pinned_tags", "card_options", "collapsed_groups", "hide_empty", VISIBLE_RUNS}
)

CardT = TypeVar("CardT", bound=TagCard)


class TagCardsView(View, Generic[CardT]):
    """Shows cards by tag and run in groups; subclasses say what a card shows.

    The constructor makes the grid and the page that says why there is none, both in ``_stack``;
    a subclass puts that into ``column``, with what stands above and below. ``kinds`` is one kind.
    """

    #: What cards are called: one and several.
    words: ClassVar[tuple[str, str]] = ("card", "cards")
    #: What the logs hold, for the pages that say there is none: "histogram", "histograms".
    nouns: ClassVar[tuple[str, str]]
    #: Heading of the only group where no tag has a prefix.
    heading: ClassVar[str]
    #: What a writer adds to every tag, left out of titles.
    suffix: ClassVar[str] = ""
    #: What of the workspace decides which cards there are.
    structure: ClassVar[frozenset[str]] = STRUCTURE
    card_class: type[CardT]

    def __init__(self, context: ViewContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        (self._kind,) = self.kinds
        self.groups = TagGroups(context.store, context.workspace, self._kind, self.heading)
        self.grid = CardGrid(context.theme, self._make, self._bind, self._release, self)
        self.grid.setAccessibleName(self.heading)
        self.grid.set_card_width(self.card_width())
        self._empty = EmptyPage(context.theme, self.icon, f"No {self.nouns[1]} to show", "")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.grid)
        self._stack.addWidget(self._empty)
        self.column = QVBoxLayout(self.content)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(0)
        self._reached = ""
        self.grid.group_toggled.connect(self._toggle_fold)
        context.workspace.changed.connect(self._workspace_changed)
        context.workspace.tag_requested.connect(self._go_to_tag)
        context.workspace.hovered_run_changed.connect(self.show_hovered)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.step_back)

    # -- for subclasses

    def card_width(self) -> int:
        """Width of cards that was chosen, in pixels."""
        raise NotImplementedError

    def make_card(self, parent: QWidget) -> CardT:
        """Make an empty card."""
        raise NotImplementedError

    def bind_card(self, card: CardT, place: TagPlace) -> None:
        """Begin to show a place in a card that has its title already."""
        raise NotImplementedError

    def release_card(self, card: CardT) -> None:
        """Take the data out of a card that left the view."""
        raise NotImplementedError

    def show_cards(self, cards: Iterable[CardT]) -> None:
        """Bring what cards show up to date: there is more of it, or the step is another."""
        raise NotImplementedError

    def take_state(self, names: frozenset[str]) -> None:
        """Follow the workspace; cards are the right ones already."""
        raise NotImplementedError

    def open_card_menu(self, card: CardT, place: QPoint) -> None:
        """Offer what can be done with a card, at a place on the screen."""
        raise NotImplementedError

    def theme_card(self, card: CardT) -> None:
        """Give a card the theme's colours."""

    def dress_card(self, card: CardT) -> None:
        """Show how a card stands: its runs, and what was chosen for it."""
        place = card.place
        if place is None:
            return
        state = self.context.workspace.state
        card.show_runs(self.runs_of(place))
        card.show_flags(
            pinned=place.tag in state.pinned_tags,
            maximised=self.grid.maximised == card.key,
            wide=state.options_of(self.option_key(place.key)).wide,
        )

    def together(self) -> Mapping[str, bool] | bool:
        """Whether all runs of a tag stand in one card; for all, or by tag."""
        return False

    def card_asked(self, what: str, card: CardT) -> None:
        """Do what else a card asks for: "raw" bytes, to "fit"."""

    def forget(self) -> None:
        """Let go of what was kept of roots that may be closed now."""

    # -- the view's contract

    def refresh(self, reason: Reason, changes: Changes | None) -> None:
        """Take in what is new; only cards in view are read."""
        if reason is Reason.THEME:
            for card in self.all_cards():
                self.theme_card(card)
            return
        if changes is not None and changes.roots:
            self.forget()
        if self.groups.take_changes(changes) or changes is None or changes.runs:
            self._regroup()
            self.show_cards(self.cards())
            return
        grown = changes.grown
        self.show_cards(
            card
            for card in self.cards()
            if card.place is not None and not grown.isdisjoint(card.place.series_ids)
        )
        if self.context.workspace.state.hide_empty and not self.grid.groups():
            self._regroup()

    def state(self) -> dict[str, object]:
        """Which card fills the view."""
        return {"maximised": self.grid.maximised}

    def restore(self, state: Mapping[str, object]) -> None:
        """Let the same card fill the view."""
        key = state.get("maximised")
        if isinstance(key, str):
            self.maximise(key)

    # -- cards

    def cards(self) -> list[CardT]:
        """Cards in or near the view."""
        return [c for c in self.grid.visible_cards().values() if isinstance(c, self.card_class)]

    def all_cards(self) -> list[CardT]:
        """Every card that was made, those put by for later as well."""
        return [c for c in self.grid.all_cards() if isinstance(c, self.card_class)]

    def card_at(self, key: str) -> CardT | None:
        """The card in or near the view with a key."""
        card = self.grid.visible_cards().get(key)
        return card if isinstance(card, self.card_class) else None

    def current_card(self) -> CardT | None:
        """The card last reached by pointer or focus, while it is in sight."""
        return self.card_at(self.grid.maximised or self._reached)

    def groups_shown(self) -> tuple[CardGroup, ...]:
        """The groups in the grid."""
        return self.grid.groups()

    def runs_of(self, place: TagPlace) -> list[tuple[str, QColor]]:
        """Name and colour of the runs a card shows."""
        workspace, series = self.context.workspace, self.context.store.series
        ids = [series[i].run_id for i in place.series_ids]
        return [(workspace.alias(i), workspace.colour(i)) for i in ids]

    def option_key(self, key: str) -> str:
        """What a card's options are kept under: scalars may have a tag of that name."""
        return f"{self.view_id}:{key}"

    def _make(self, parent: QWidget) -> QWidget:
        card = self.make_card(parent)
        self.theme_card(card)
        card.asked.connect(self._asked)
        card.menu_asked.connect(self._menu_asked)
        card.reached.connect(self._card_reached)
        card.hovered.connect(partial(self._card_hovered, card))
        return card

    def _bind(self, widget: QWidget, key: str) -> None:
        assert isinstance(widget, self.card_class)
        place = self.groups.place(plain(key))
        if place is None:
            return
        name = place.tag.removesuffix(self.suffix) or place.tag
        series = [self.context.store.series[i] for i in place.series_ids]
        widget.show_place(
            key,
            place,
            name if is_pinned(key) else short_title(name),
            self.runs_of(place),
            next((one.description for one in series if one.description), ""),
        )
        self._show_lit(widget, self.context.workspace.hovered_run)
        self.bind_card(widget, place)

    def _release(self, widget: QWidget) -> None:
        assert isinstance(widget, self.card_class)
        self.release_card(widget)
        widget.place = None

    # -- groups

    def _regroup(self) -> None:
        state = self.context.workspace.state
        made = []
        for group in self.groups.groups(self.together()):
            mark = _PIN_MARK if group.name == PINNED else ""
            count = len(group.keys)
            made.append(
                CardGroup(
                    group.name,
                    group.title,
                    f"{count:,} {self.words[count != 1]}",
                    tuple(mark + key for key in group.keys),
                    bool(state.collapsed_groups.get(group.name, group.closed)),
                    frozenset(
                        mark + key
                        for key in group.keys
                        if state.options_of(self.option_key(key)).wide
                    ),
                )
            )
        self.grid.set_groups(made)
        # By the grid's keys: a card that was asked for before its place was known has none yet.
        for key, card in self.grid.visible_cards().items():
            place = self.groups.place(plain(key))
            if isinstance(card, self.card_class) and place is not None and place != card.place:
                self._release(card)
                self._bind(card, key)
        if not made:
            self._empty.set_texts(*self._why_empty())
        self._show_page()

    def _show_page(self) -> None:
        self._stack.setCurrentWidget(self.grid if self.grid.groups() else self._empty)

    def _why_empty(self) -> tuple[str, str]:
        one, several = self.nouns
        workspace = self.context.workspace
        if not self.groups.has_tags():
            held = f"The logs that are open hold no {one} summaries, or none yet"
            return f"No {several}", held
        if not workspace.visible_run_ids():
            return "No run is shown", "Tick a run in the list at the left, or clear its filter"
        wanted = workspace.state.tag_filter
        if wanted:
            fits = f"No {one} tag of the runs shown fits “{wanted}”"
            return "No tag fits the filter", fits
        return f"No {several} in these runs", f"The runs that are ticked hold no {one} summaries"

    def _toggle_fold(self, name: str) -> None:
        workspace = self.context.workspace
        group = next((g for g in self.grid.groups() if g.name == name), None)
        if group is not None:
            folds = dict(workspace.state.collapsed_groups)
            folds[name] = not group.collapsed
            label = "Open group" if group.collapsed else "Fold group"
            workspace.edit(label, collapsed_groups=MappingProxyType(folds))

    # -- steps

    def wanted_step(self, card: CardT) -> tuple[int | None, bool]:
        """Return the step a card is to show, None for the last, and whether it is held there."""
        state = self.context.workspace.state
        key = self.option_key(card.place.key if card.place is not None else "")
        held = state.held_steps.get(key)
        return (state.step, False) if held is None else (held, True)

    def go_to_step(self, card: CardT, step: int) -> None:
        """Move the shared step, or that of a card which is held."""
        if self.wanted_step(card)[1]:
            self.hold(card, step)
        else:
            self.context.workspace.set_step(step)

    def hold(self, card: CardT, step: int | None) -> None:
        """Hold a card at a step, with None no longer."""
        self.hold_place(card.place.key if card.place is not None else "", step)

    def hold_place(self, key: str, step: int | None) -> None:
        """Hold what has the key of a place at a step, with None no longer."""
        held = dict(self.context.workspace.state.held_steps)
        held.pop(self.option_key(key), None)
        if step is not None:
            held[self.option_key(key)] = step
        label = "Follow the shared step" if step is None else "Hold a card at its step"
        self.context.workspace.edit(label, held_steps=MappingProxyType(held))

    # -- what the user does

    def _card_reached(self, key: str) -> None:
        self._reached = key

    def _card_hovered(self, card: CardT, on: bool) -> None:
        """Bring the run of a card forward elsewhere."""
        workspace, run_id = self.context.workspace, self._only_run(card)
        if on:
            workspace.hover(run_id)
        elif workspace.hovered_run == run_id:
            workspace.hover(-1)

    def _only_run(self, card: CardT) -> int:
        """The run a card shows when it shows one, else -1."""
        place = card.place
        if place is None or len(place.series_ids) != 1:
            return -1
        return self.context.store.series[place.series_ids[0]].run_id

    def show_hovered(self, run_id: int) -> None:
        """Mark the cards of a run that is pointed at; -1 for none."""
        for card in self.cards():
            self._show_lit(card, run_id)

    def _show_lit(self, card: CardT, run_id: int) -> None:
        fits = run_id >= 0 and self._only_run(card) == run_id
        card.show_lit(fits and len(self.context.workspace.visible_run_ids()) > 1)

    def _menu_asked(self, key: str, place: QPoint) -> None:
        card = self.card_at(key)
        if card is not None:
            self._reached = key
            self.open_card_menu(card, place)

    def _asked(self, what: str, key: str) -> None:
        card = self.card_at(key)
        if what == "maximise":
            self.maximise(None if self.grid.maximised == key else key)
        elif card is None or card.place is None:
            return
        elif what == "pin":
            self.toggle_pin(card.place.tag)
        elif what == "wide":
            workspace, name = self.context.workspace, self.option_key(card.place.key)
            wide = workspace.state.options_of(name).wide
            workspace.edit_card("Change a card's width", name, wide=not wide)
        else:
            self.card_asked(what, card)

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
        self.grid.set_maximised(key)
        cards = self.cards()
        for card in cards:
            self.dress_card(card)
        self.show_cards(cards)
        found = self.card_at(key or "")
        if found is not None:
            self.focus_card(found)

    def focus_card(self, card: CardT) -> None:
        """Give what a card shows the focus, so that Esc and its keys work at once."""
        for child in card.findChildren(QWidget):
            if child.focusPolicy() & Qt.FocusPolicy.ClickFocus:
                child.setFocus(Qt.FocusReason.OtherFocusReason)
                break

    def step_back(self) -> bool:
        """Take back the last thing that narrows what is seen: a card that fills the view."""
        if self.grid.maximised is None:
            return False
        self.maximise(None)
        return True

    def _go_to_tag(self, tag: str, kind: str) -> None:
        if kind != self._kind or not self.isVisible():
            return
        keys = self.groups.keys_of_tag(tag)
        for group in self.grid.groups():
            if group.collapsed and any(key in group.keys for key in keys):
                self._toggle_fold(group.name)
        if keys and self.grid.maximised is not None:
            self.maximise(keys[0])
        elif keys and self.grid.scroll_to(keys[0]):
            card = self.card_at(keys[0])
            if card is not None:
                card.flash()
                self._reached = keys[0]

    # -- the workspace

    def _workspace_changed(self, names: frozenset[str]) -> None:
        if not self.isVisible():
            self._dirty = True
            return
        self.grid.set_card_width(self.card_width())
        if names & self.structure:
            self._regroup()
        self.take_state(names)


def plain(key: str) -> str:
    """Key of a card without the mark of the pinned group."""
    return key.removeprefix(_PIN_MARK)


def is_pinned(key: str) -> bool:
    """Whether it is the key of a card in the pinned group."""
    return key.startswith(_PIN_MARK)
