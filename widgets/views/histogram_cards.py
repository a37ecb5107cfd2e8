"""The base of the views of histograms and of distributions: cards by tag and run, in groups."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import ClassVar

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QColor, QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedLayout, QWidget

from eventglass.app.core.names import Kind
from eventglass.app.core.store import Changes
from eventglass.app.models.histogram_data import HistogramBook, Loaded, iter_failures
from eventglass.app.models.histogram_groups import HistogramGroups, HistogramPlace
from eventglass.app.models.scalar_groups import short_title
from eventglass.app.models.workspace import VISIBLE_RUNS
from eventglass.widgets.controls.card_grid import CardGrid
from eventglass.widgets.controls.empty import EmptyPage
from eventglass.widgets.controls.group_header import CardGroup
from eventglass.widgets.plots.histogram_scene import HistogramLine
from eventglass.widgets.view import Reason, View, ViewContext
from eventglass.widgets.views.tag_card import TagCard

#: Between the name of the pinned group and a card's key: a pinned card has two places.
_PIN_MARK = "\0"
#: Time between two cards drawn because there is more of their data, in milliseconds.
TURN_MS = 12

_STRUCTURE = frozenset(
    {
        "tag_filter",
        "pinned_tags",
        "card_options",
        "collapsed_groups",
        "hide_empty",
        VISIBLE_RUNS,
        "histograms",
    }
)
_DRAWING = frozenset(
    {"x_axis", "restarts", "run_colours", "run_aliases", "histograms", VISIBLE_RUNS}
)


class HistogramCardsView(View):
    """Shows a card per tag and run, or per tag; subclasses say how a card is drawn."""

    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.HISTOGRAM})
    #: What the cards are called: one and several.
    words: ClassVar[tuple[str, str]] = ("card", "cards")

    def __init__(self, context: ViewContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.book = book_of(context)
        self.groups = HistogramGroups(context.store, context.workspace)
        self.grid = CardGrid(context.theme, self._make, self._bind, self._release, self)
        self.grid.setAccessibleName(self.title)
        self._empty = EmptyPage(context.theme, self.icon, f"No {self.title.lower()} to show", "")
        self._stack = QStackedLayout(self.content)
        self._stack.addWidget(self.grid)
        self._stack.addWidget(self._empty)
        self._reached = ""
        self._stale: dict[str, None] = {}
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.setInterval(TURN_MS)
        self._turn.timeout.connect(self._draw_next)
        self.grid.set_card_width(context.workspace.state.histograms.card_width)
        self.grid.group_toggled.connect(self._toggle_fold)
        self.book.ready.connect(self._data_ready)
        context.workspace.changed.connect(self._workspace_changed)
        context.workspace.tag_requested.connect(self._go_to_tag)
        context.workspace.hovered_run_changed.connect(self.show_hovered)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.step_back)

    # -- for subclasses

    def make_card(self, parent: QWidget) -> TagCard:
        """Make an empty card."""
        raise NotImplementedError

    def clear_card(self, card: TagCard) -> None:
        """Take the data out of a card that left the view."""
        raise NotImplementedError

    def draw_card(self, card: TagCard, place: HistogramPlace, loaded: list[Loaded | None]) -> None:
        """Draw a card; `loaded` is what is there of each of the place's series."""
        raise NotImplementedError

    def dress_card(self, card: TagCard) -> None:
        """Show the shared step and range in a card."""
        raise NotImplementedError

    def fit_card(self, card: TagCard) -> None:
        """Show all of a card."""
        raise NotImplementedError

    def theme_card(self, card: TagCard) -> None:
        """Give a card the theme's colours."""
        raise NotImplementedError

    def open_card_menu(self, card: TagCard, place: QPoint) -> None:
        """Offer what can be done with a card."""
        raise NotImplementedError

    def together(self) -> Mapping[str, bool] | bool:
        """Whether all runs of a tag stand in one card; for all, or by tag."""
        return False

    # -- the view's contract

    def refresh(self, reason: Reason, changes: Changes | None) -> None:
        """Take in what is new; only cards in view are drawn."""
        if reason is Reason.THEME:
            for card in self.all_cards():
                self.theme_card(card)
            self._mark(None)
            return
        if changes is not None and changes.roots:
            self.book.forget()
        if self.groups.take_changes(changes) or changes is None or changes.runs:
            self._regroup()
            self._mark(None)
            return
        grown = changes.grown
        cards = self.cards()
        keys = {
            card.key
            for card in cards
            if card.place is not None and not grown.isdisjoint(card.place.series_ids)
        }
        if keys:
            self._mark(keys)
        if self.context.workspace.state.hide_empty and len(self.groups_shown()) == 0:
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

    def cards(self) -> list[TagCard]:
        """Cards in or near the view."""
        return [c for c in self.grid.visible_cards().values() if isinstance(c, TagCard)]

    def all_cards(self) -> list[TagCard]:
        """Every card that was made."""
        return [c for c in self.grid.all_cards() if isinstance(c, TagCard)]

    def current_card(self) -> TagCard | None:
        """The card last reached by pointer or focus, while it is in sight."""
        card = self.grid.visible_cards().get(self.grid.maximised or self._reached)
        return card if isinstance(card, TagCard) else None

    def groups_shown(self) -> tuple[CardGroup, ...]:
        """The groups in the grid."""
        return self.grid.groups()

    def is_settled(self) -> bool:
        """Whether no card waits for data or to be drawn."""
        busy = any(
            self.book.is_busy(i)
            for card in self.cards()
            if card.place is not None
            for i in card.place.series_ids
        )
        return not busy and not self._stale

    def runs_of(self, place: HistogramPlace) -> list[tuple[str, QColor]]:
        """Name and colour of the runs a card shows."""
        workspace, series = self.context.workspace, self.context.store.series
        ids = [series[i].run_id for i in place.series_ids]
        return [(workspace.alias(i), workspace.colour(i)) for i in ids]

    def lines_of(self, place: HistogramPlace, loaded: list[Loaded | None]) -> list[HistogramLine]:
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

    def _make(self, parent: QWidget) -> QWidget:
        card = self.make_card(parent)
        self.theme_card(card)
        card.asked.connect(self._asked)
        card.menu_asked.connect(self._menu_asked)
        card.reached.connect(self._card_reached)
        card.hovered.connect(partial(self._card_hovered, card))
        return card

    def _bind(self, widget: QWidget, key: str) -> None:
        assert isinstance(widget, TagCard)
        place = self.groups.place(key.removeprefix(_PIN_MARK))
        if place is None:
            return
        title = place.tag if key.startswith(_PIN_MARK) else short_title(place.tag)
        series = [self.context.store.series[i] for i in place.series_ids]
        described = next((s.description for s in series if s.description), "")
        title = title.removesuffix("/histogram_summary") or title
        widget.show_place(key, place, title, self.runs_of(place), described)
        for series_id in place.series_ids:
            self.book.hold(series_id)
        # One after the other: all cards of a view in one frame would make it a long one.
        self.clear_card(widget)
        widget.show_message("")
        widget.show_notes(())
        self._stale[key] = None
        if not self._turn.isActive():
            self._turn.start()

    def _release(self, widget: QWidget) -> None:
        assert isinstance(widget, TagCard)
        self._stale.pop(widget.key, None)
        if widget.place is not None:
            for series_id in widget.place.series_ids:
                self.book.let_go(series_id)
            widget.place = None
        self.clear_card(widget)

    def _draw(self, card: TagCard) -> None:
        place = card.place
        if place is None:
            return
        state = self.context.workspace.state
        card.show_flags(
            pinned=place.tag in state.pinned_tags,
            maximised=self.grid.maximised == card.key,
            wide=state.options_of(self.option_key(place.key)).wide,
        )
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
        self.dress_card(card)

    def _mark(self, keys: set[str] | None) -> None:
        """Draw cards in turns: all in one frame would make it a long one."""
        for card in self.cards():
            if keys is None or card.key in keys:
                self._stale[card.key] = None
        if self._stale and not self._turn.isActive():
            self._turn.start()

    def _draw_next(self) -> None:
        cards = self.grid.visible_cards()
        waiting = [key for key in self._stale if key in cards]
        if not waiting:
            self._stale.clear()
            return
        sight = self.grid.viewport().rect()
        key = next((k for k in waiting if cards[k].geometry().intersects(sight)), waiting[0])
        self._stale = dict.fromkeys(k for k in waiting if k != key)
        card = cards[key]
        assert isinstance(card, TagCard)
        if card.place is not None:
            card.show_runs(self.runs_of(card.place))
        self._draw(card)
        if self._stale:
            self._turn.start()

    def _data_ready(self, series_id: int) -> None:
        if not self.isVisible():
            return
        tag = self.context.store.series[series_id].tag
        # Cards of the tag's other runs as well: they share one range of values.
        self._mark({c.key for c in self.cards() if c.place is not None and c.place.tag == tag})

    # -- groups

    def _regroup(self) -> None:
        state = self.context.workspace.state
        made = []
        for group in self.groups.groups(self.together()):
            mark = _PIN_MARK if group.name == "\0pinned" else ""
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
        for key, card in self.grid.visible_cards().items():
            place = self.groups.place(key.removeprefix(_PIN_MARK))
            if isinstance(card, TagCard) and place is not None and place != card.place:
                self._release(card)
                self._bind(card, key)
        if made:
            self._stack.setCurrentWidget(self.grid)
        else:
            self._empty.set_texts(*self._why_empty())
            self._stack.setCurrentWidget(self._empty)

    def _why_empty(self) -> tuple[str, str]:
        state = self.context.workspace.state
        if not self.groups.has_tags():
            return (
                "No histograms",
                "The logs that are open hold no histogram summaries, or none yet",
            )
        if not self.context.workspace.visible_run_ids():
            return "No run is shown", "Tick a run in the list at the left, or clear its filter"
        if state.tag_filter:
            return (
                "No tag fits the filter",
                f"No histogram tag of the runs shown fits “{state.tag_filter}”",
            )
        return "No histograms in these runs", "The runs that are ticked hold no histogram summaries"

    def _toggle_fold(self, name: str) -> None:
        workspace = self.context.workspace
        folds = dict(workspace.state.collapsed_groups)
        group = next((g for g in self.grid.groups() if g.name == name), None)
        if group is not None:
            folds[name] = not group.collapsed
            label = "Open group" if group.collapsed else "Fold group"
            workspace.edit(label, collapsed_groups=MappingProxyType(folds))

    # -- what the user does

    def _card_reached(self, key: str) -> None:
        self._reached = key

    def _card_hovered(self, card: TagCard, on: bool) -> None:
        """Bring the run of a card forward elsewhere."""
        run_id = self._only_run(card) if on else -1
        if on or self.context.workspace.hovered_run == self._only_run(card):
            self.context.workspace.hover(run_id)

    def _only_run(self, card: TagCard) -> int:
        """The run a card shows when it shows one, else -1."""
        place = card.place
        if place is None or len(place.series_ids) != 1:
            return -1
        return self.context.store.series[place.series_ids[0]].run_id

    def show_hovered(self, run_id: int) -> None:
        """Mark the cards of a run that is pointed at; -1 for none."""
        several = len(self.context.workspace.visible_run_ids()) > 1
        for card in self.cards():
            card.show_lit(several and run_id >= 0 and self._only_run(card) == run_id)

    def _menu_asked(self, key: str, place: QPoint) -> None:
        card = self.grid.visible_cards().get(key)
        if isinstance(card, TagCard):
            self._reached = key
            self.open_card_menu(card, place)

    def _asked(self, what: str, key: str) -> None:
        card = self.grid.visible_cards().get(key)
        if what == "maximise":
            self.maximise(None if self.grid.maximised == key else key)
        elif what == "raw" and isinstance(card, TagCard):
            from eventglass.widgets.views.histogram_commands import save_raw

            save_raw(self, card)
        elif what == "fit" and isinstance(card, TagCard):
            self.fit_card(card)
        elif what == "wide" and isinstance(card, TagCard) and card.place is not None:
            name = self.option_key(card.place.key)
            wide = self.context.workspace.state.options_of(name).wide
            self.context.workspace.edit_card("Change a card's width", name, wide=not wide)
        elif what == "pin" and isinstance(card, TagCard) and card.place is not None:
            self.toggle_pin(card.place.tag)

    def option_key(self, key: str) -> str:
        """What a card's options are kept under: scalars may have a tag of that name."""
        return f"{self.view_id}:{key}"

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
        self._mark(None)
        card = self.grid.visible_cards().get(key or "")
        if isinstance(card, TagCard):
            for child in card.findChildren(QWidget):
                if child.focusPolicy() & Qt.FocusPolicy.ClickFocus:
                    # So that Esc and the keys of the plot work at once.
                    child.setFocus(Qt.FocusReason.OtherFocusReason)
                    break

    def step_back(self) -> None:
        """Take back the last thing of these: a selected range, a full view."""
        if self.context.workspace.state.selection is not None:
            self.context.workspace.edit("Clear range", selection=None)
        elif self.grid.maximised is not None:
            self.maximise(None)

    def _go_to_tag(self, tag: str, kind: str) -> None:
        if kind != Kind.HISTOGRAM or not self.isVisible():
            return
        keys = self.groups.keys_of_tag(tag)
        for group in self.grid.groups():
            if group.collapsed and any(key in group.keys for key in keys):
                self._toggle_fold(group.name)
        if keys and self.grid.maximised is not None:
            self.maximise(keys[0])
        elif keys and self.grid.scroll_to(keys[0]):
            card = self.grid.visible_cards().get(keys[0])
            if isinstance(card, TagCard):
                card.flash()
                self._reached = keys[0]

    # -- the workspace

    def _workspace_changed(self, names: frozenset[str]) -> None:
        if not self.isVisible():
            self._dirty = True
            return
        if "histograms" in names:
            self.grid.set_card_width(self.context.workspace.state.histograms.card_width)
        if names & _STRUCTURE:
            self._regroup()
        if names & _DRAWING or "pinned_tags" in names:
            self._mark(None)
        elif names & {"step", "selection", "held_steps"}:
            for card in self.cards():
                if card.place is not None:
                    self.dress_card(card)


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
