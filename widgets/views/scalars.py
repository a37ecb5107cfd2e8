"""The scalars view: a card per tag, a line per run, grouped by the tags' prefixes.

Above the tags stand the cards that are pinned, composed by the user, and logged as layouts. What
the charts share is in `scalar_links`, what can be done with a card in `scalar_actions`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import ClassVar, Literal, TypeAlias, cast

from PySide6.QtCore import QMimeData, QPoint, Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedLayout, QWidget

from eventglass.app.core.names import Kind
from eventglass.app.core.store import Changes
from eventglass.app.models.card_layouts import LOGGED, LayoutBook
from eventglass.app.models.cards import Card
from eventglass.app.models.commands import Command
from eventglass.app.models.scalar_groups import PINNED, ScalarGroups
from eventglass.app.models.tag_differences import AGAIN_AFTER_MS, TagDifferences
from eventglass.app.models.tag_tree import TAGS_MIME
from eventglass.app.models.theme import Theme
from eventglass.app.models.workspace import VISIBLE_RUNS
from eventglass.widgets.controls.card_grid import CardGrid
from eventglass.widgets.controls.empty import EmptyPage
from eventglass.widgets.controls.group_header import CardGroup
from eventglass.widgets.plots.chart import ChartColours
from eventglass.widgets.view import Reason, View, ViewContext
from eventglass.widgets.views.card_detail import CardDetail
from eventglass.widgets.views.scalar_actions import CardActions
from eventglass.widgets.views.scalar_card import ScalarCard
from eventglass.widgets.views.scalar_commands import scalar_commands
from eventglass.widgets.views.scalar_drawing import CardDrawing
from eventglass.widgets.views.scalar_fields import LINES, LOOKS, STRUCTURE
from eventglass.widgets.views.scalar_links import ChartLinks
from eventglass.widgets.views.scalar_menus import card_menu, group_menu
from eventglass.widgets.views.scalar_notes import EventNotes

_PIN_MARK = "\0"
Renderer: TypeAlias = Literal["auto", "gpu", "raster"]
#: Time after the view was made at which the renderer is chosen, in milliseconds.
RENDERER_AFTER_MS = 1200


class ScalarsView(View):
    """Charts of all scalar tags."""

    view_id: ClassVar[str] = "scalars"
    title: ClassVar[str] = "Scalars"
    icon: ClassVar[str] = "scalars"
    order: ClassVar[int] = 10
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.SCALAR})

    def __init__(self, context: ViewContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        workspace = context.workspace
        self._layouts = LayoutBook(context.store, context.tasks, context.payloads.cache, self)
        self._differences = TagDifferences(context.tasks, self)
        self._events = EventNotes(context, self)
        self.groups = ScalarGroups(
            context.store, workspace, self._layouts.groups, self._differences
        )
        self._lines = context.lines
        self.grid = CardGrid(context.theme, self._make_card, self._bind, self._release, self)
        self.links = ChartLinks(workspace, self.cards, self._group_of, self)
        self.edits = CardActions(self)
        self._drawing = CardDrawing(self, self._events)
        self._detail = CardDetail(context, self.grid)
        self._empty = EmptyPage(context.theme, "scalars", "No scalars to show", "")
        self._stack = QStackedLayout(self.content)
        self._stack.addWidget(self._detail)
        self._stack.addWidget(self._empty)
        self.grid.set_card_width(workspace.state.card_width)
        self.grid.set_drop_format(TAGS_MIME, self._drop_words)
        self._listen()
        # Comparing all tags of many runs at every batch that arrives would be felt.
        self._compare_again = QTimer(self)
        self._compare_again.setSingleShot(True)
        self._compare_again.setInterval(AGAIN_AFTER_MS)
        self._compare_again.timeout.connect(self._regroup)
        self._colours = chart_colours(context.theme)
        self._reached = ""
        # Asking what OpenGL is here takes a tenth of a second: not before the first curves.
        self._renderer: Renderer = "raster"
        QTimer.singleShot(RENDERER_AFTER_MS, self, self._choose_renderer)

    def _listen(self) -> None:
        workspace, grid = self.context.workspace, self.grid
        self._layouts.changed.connect(self._regroup)
        self._differences.changed.connect(self._regroup)
        grid.group_toggled.connect(self.edits.toggle_fold)
        grid.group_menu_asked.connect(self._open_group_menu)
        grid.card_moved.connect(self.edits.move_before)
        grid.dropped.connect(self._tags_dropped)
        self.links.hovered.connect(self._detail.set_x)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.step_back)
        workspace.changed.connect(self._workspace_changed)
        workspace.hovered_run_changed.connect(self._run_hovered)
        workspace.selected_run_changed.connect(self._show_cursors)
        workspace.tag_requested.connect(self._go_to_tag)
        self.context.settings.changed.connect(self._setting_changed)

    # -- the view's contract ----------------------------------------------------------------

    def refresh(self, reason: Reason, changes: Changes | None) -> None:
        """Take in what is new; only cards in view are drawn."""
        if reason is Reason.THEME:
            self._colours = chart_colours(self.context.theme)
            # Also those that wait to be used again.
            for card in self.grid.all_cards():
                assert isinstance(card, ScalarCard)
                card.chart.set_theme(self._colours)
            self._drawing.refresh()
            return
        if changes is not None and changes.roots:
            self._lines.clear()
            self.links.forget()
        self._layouts.take_changes(changes)
        self._detail.take_changes(changes)
        self._events.take_changes(changes)
        if self.groups.take_changes(changes) or changes is None or changes.runs:
            self._regroup()
        if changes is None or changes.roots:
            self._drawing.refresh()
            return
        self._drawing.mark_stale(changes.grown | set(changes.series))
        compared = (
            self.context.workspace.state.only_differing and not self._compare_again.isActive()
        )
        if changes.grown and compared:
            self._compare_again.start()

    def state(self) -> dict[str, object]:
        """Which card fills the view, and how high its table is."""
        return {"maximised": self.grid.maximised, "table_height": self._detail.table_height}

    def restore(self, state: Mapping[str, object]) -> None:
        """Let the same card fill the view."""
        height = state.get("table_height")
        if isinstance(height, int):
            self._detail.table_height = height
        maximised = state.get("maximised")
        if isinstance(maximised, str):
            self._maximise(maximised)
            self._card_clicked(maximised)

    def tool_bar_content(self) -> QWidget | None:
        """Smoothing and horizontal axis."""
        from eventglass.widgets.views.scalar_controls import ToolBarControls

        return ToolBarControls(self.context)

    def inspector_content(self) -> QWidget | None:
        """Lines, axes, cards."""
        from eventglass.widgets.views.scalar_controls import InspectorControls

        return InspectorControls(self.context)

    def commands(self) -> tuple[Command, ...]:
        """What can be done with one chart and with all."""
        return scalar_commands(self)

    def renderer_name(self) -> str:
        """The graphics processor, or "raster"."""
        cards = self.grid.all_cards()
        card = cards[0] if cards else None
        return card.chart.renderer_name() if isinstance(card, ScalarCard) else "raster"

    # -- cards by their keys ----------------------------------------------------------------

    def group_names(self) -> tuple[str, ...]:
        """Names of the groups there are."""
        return tuple(group.name for group in self.groups.groups())

    def cards(self) -> list[ScalarCard]:
        """Cards in or near the view."""
        return [c for c in self.grid.visible_cards().values() if isinstance(c, ScalarCard)]

    def current_card(self) -> ScalarCard | None:
        """The card last reached by pointer or focus, while it is in sight."""
        key = self.grid.maximised or self._reached
        card = self.grid.visible_cards().get(key)
        return card if isinstance(card, ScalarCard) else None

    def card_of(self, key: str) -> Card:
        """What a card shows, by its own key."""
        return self.groups.card(key)

    @staticmethod
    def card_key(place_key: str) -> str:
        """Key of a card, by that of its place: a pinned card has two places."""
        return place_key.removeprefix(_PIN_MARK)

    def all_cards(self) -> list[Card]:
        """All cards of the groups as they are now, each once, also those out of view."""
        keys = dict.fromkeys(map(self.card_key, self.grid.all_keys()))
        return [self.card_of(key) for key in keys]

    def cards_in_sight(self) -> list[ScalarCard]:
        """Cards that can be seen, row by row; each once."""
        sight = self.grid.viewport().rect()
        found = [card for card in self.cards() if card.geometry().intersects(sight)]
        found.sort(key=lambda card: (card.y(), card.x()))
        return list({card.tag: card for card in found}.values())

    def pinned_cards(self) -> list[ScalarCard]:
        """Pinned cards as far as they are drawn: the view goes to them first."""
        pins = self.context.workspace.state.pinned_tags
        drawn = {card.tag: card for card in self.cards()}
        if not all(key in drawn for key in pins) and self.grid.maximised is None:
            self.grid.verticalScrollBar().setValue(0)
            drawn |= {card.tag: card for card in self.cards()}
        return [drawn[key] for key in pins if key in drawn]

    def is_folded(self, name: str) -> bool:
        """Whether a group is folded."""
        group = next((g for g in self.grid.groups() if g.name == name), None)
        return group is not None and group.collapsed

    def is_settled(self) -> bool:
        """Whether no card waits to be drawn."""
        return self._drawing.is_settled()

    def _group_of(self, place_key: str) -> str:
        group = self.grid.group_of(place_key)
        return group.name if group is not None else ""

    # -- groups -----------------------------------------------------------------------------

    def _regroup(self) -> None:
        state = self.context.workspace.state
        groups = []
        for group in self.groups.groups():
            mark = _PIN_MARK if group.name == PINNED else ""
            count = len(group.keys)
            words = f"{count:,} {'chart' if count == 1 else 'charts'}"
            if group.name in state.same_y:
                words += " · same range"
            groups.append(
                CardGroup(
                    group.name,
                    group.title,
                    words,
                    tuple(mark + key for key in group.keys),
                    bool(state.collapsed_groups.get(group.name, group.closed)),
                    frozenset(mark + key for key in group.keys if state.options_of(key).wide),
                )
            )
        was_maximised = self.grid.maximised
        self.grid.set_groups(groups)
        if was_maximised is not None and self.grid.maximised is None:
            self._detail.show_card(None)
        self._show_changed_cards()
        if groups:
            self._stack.setCurrentWidget(self._detail)
        else:
            self._empty.set_texts(*self._why_empty())
            self._stack.setCurrentWidget(self._empty)

    def _show_changed_cards(self) -> None:
        """Show what became of composed cards that stayed where they were."""
        for card in self.cards():
            now = self.card_of(card.tag)
            if now != card.card:
                self._drawing.title(card, card.key)
                self._drawing.draw(card)
                if self.grid.maximised == card.key:
                    self._detail.show_card(now)

    def _why_empty(self) -> tuple[str, str]:
        state = self.context.workspace.state
        if not self.groups.has_tags():
            return "No scalars", "The logs that are open hold no scalar summaries, or none yet"
        if not self.context.workspace.visible_run_ids():
            return "No run is shown", "Tick a run in the list at the left, or clear its filter"
        if state.tag_filter:
            return (
                "No tag fits the filter",
                f"No scalar tag of the runs shown fits “{state.tag_filter}”",
            )
        if state.only_differing:
            return (
                "No tag differs",
                "All tags have the same points in all runs shown; show all tags in the inspector",
            )
        return "No scalars in these runs", "The runs that are ticked hold no scalar summaries"

    def _open_group_menu(self, name: str, place: QPoint) -> None:
        group = next((g for g in self.grid.groups() if g.name == name), None)
        if group is not None:
            group_menu(self, group).popup(place)

    def _go_to_tag(self, tag: str, kind: str) -> None:
        if kind == Kind.SCALAR and self.isVisible():
            self.go_to_card(tag)

    def go_to_card(self, key: str) -> None:
        """Bring a card into view, opening its group, and mark it for a moment."""
        for group in self.grid.groups():
            if key in group.keys and group.collapsed:
                self.edits.toggle_fold(group.name)
        if self.grid.maximised is not None:
            if key in self.grid.all_keys():
                self._maximise(key)
        elif self.grid.scroll_to(key):
            card = self.grid.visible_cards().get(key)
            if isinstance(card, ScalarCard):
                card.flash()
                self._reached = key

    def do_and_go(self, action: Callable[[str], str], key: str) -> None:
        """Do something with a card and go to the card it returns."""
        self.go_to_card(action(key))

    # -- cards ------------------------------------------------------------------------------

    def _make_card(self, parent: QWidget) -> QWidget:
        card = ScalarCard(self.context.theme, parent)
        chart = card.chart
        chart.set_theme(self._colours)
        chart.set_renderer(self._renderer)
        card.asked.connect(self._asked)
        card.menu_asked.connect(self._open_card_menu)
        card.reached.connect(self._card_reached)
        card.legend().entry_hovered.connect(partial(self._drawing.show_highlight, card))
        card.clicked.connect(self._card_clicked)
        card.dragged.connect(self.grid.drag_card)
        card.let_go.connect(self.grid.drop_card)
        chart.curve_hovered.connect(self._curve_hovered)
        chart.curve_clicked.connect(self._curve_clicked)
        chart.note_clicked.connect(partial(self._flag_clicked, card))
        self.links.adopt(card)
        return card

    def _bind(self, widget: QWidget, place_key: str) -> None:
        assert isinstance(widget, ScalarCard)
        self._drawing.bind(widget, place_key)

    def _release(self, widget: QWidget) -> None:
        assert isinstance(widget, ScalarCard)
        self._drawing.release(widget)

    def _flag_clicked(self, card: ScalarCard, index: int) -> None:
        if 0 <= index < len(card.flags):
            self.edits.flag_clicked(card, card.flags[index])

    def _card_reached(self, key: str) -> None:
        self._reached = key

    def _card_clicked(self, place_key: str) -> None:
        card = self.card_of(self.card_key(place_key))
        if card.key.startswith(LOGGED):
            # Only this view knows the cards that were logged, once they have been read.
            tag = next(iter(self._lines.tags_of(card)), "")
            if not tag:
                return
        else:
            tag = card.key
        self.context.workspace.select_tag(tag, Kind.SCALAR)
        self.context.workspace.select_card(card)

    def _open_card_menu(self, key: str, place: QPoint) -> None:
        card = self.grid.visible_cards().get(key)
        if isinstance(card, ScalarCard):
            card_menu(self, card, place).popup(place)

    def _asked(self, what: str, place_key: str) -> None:
        key = self.card_key(place_key)
        if what == "maximise":
            self._maximise(None if self.grid.maximised == place_key else place_key)
            self._card_clicked(place_key)
        elif what == "fit":
            card = self.grid.visible_cards().get(place_key)
            if isinstance(card, ScalarCard):
                card.chart.fit()
        else:
            toggle = {
                "pin": self.edits.toggle_pin,
                "log": self.edits.toggle_log,
                "wide": self.edits.toggle_wide,
                "lock": self.edits.toggle_lock,
            }[what]
            toggle(key)

    def _maximise(self, place_key: str | None) -> None:
        # The card that filled the view keeps the keys when it goes back among the others.
        kept = place_key or self.grid.maximised
        self.grid.set_maximised(place_key)
        shown = None if place_key is None else self.card_of(self.card_key(place_key))
        self._detail.show_card(shown)
        for card in self.cards():
            self._drawing.dress(card)
            if card.key == kept:
                # So that Esc and the keys of the chart work at once.
                card.chart.setFocus(Qt.FocusReason.OtherFocusReason)

    def step_back(self) -> bool:
        """Take back the last thing of these: dragging a card, a selected range, a full view."""
        if self.grid.is_dragging:
            self.grid.cancel_drag()
        elif self.context.workspace.state.selection is not None:
            self.links.select_range(None, None)
        elif self.grid.maximised is not None:
            self._asked("maximise", self.grid.maximised)
        else:
            return False
        return True

    # -- tags dropped on it -----------------------------------------------------------------

    def _drop_words(self, place_key: str) -> str:
        if not place_key:
            return "New chart"
        card = self.card_of(self.card_key(place_key))
        return f"Plot together with “{card.title}”"

    def _tags_dropped(self, data: QMimeData, place_key: str) -> None:
        try:
            tags = json.loads(bytes(data.data(TAGS_MIME).data()))
        except ValueError:
            return
        if not isinstance(tags, list):
            return
        # Another program may have put anything under this name.
        known = set(self.groups.visible_tags())
        wanted = [tag for tag in tags if isinstance(tag, str) and tag in known]
        if not wanted:
            return
        if place_key:
            key = self.edits.add_tags(self.card_key(place_key), wanted)
        else:
            key = self.edits.plot_together(wanted)
        self.go_to_card(key)

    # -- the workspace ----------------------------------------------------------------------

    def _workspace_changed(self, names: frozenset[str]) -> None:
        if not self.isVisible():
            self._dirty = True
            return
        if "card_width" in names:
            self.grid.set_card_width(self.context.workspace.state.card_width)
        if names & {"x_axis", "x_tag"}:
            self.links.forget()
        if names & STRUCTURE:
            self._regroup()
        if names & {"event_tags", VISIBLE_RUNS}:
            self._events.look()
        if names & LOOKS:
            for card in self.cards():
                self._drawing.dress(card)
        if names & LINES and VISIBLE_RUNS in names:
            # A filter of many runs may be being typed.
            self._drawing.refresh_all(rested=True)
        elif names & LINES:
            self._drawing.refresh_all()
        if "annotations" in names and not names & LINES:
            self._drawing.show_notes()
        self._follow_links(names)

    def _follow_links(self, names: frozenset[str]) -> None:
        """Show in all charts what they share."""
        if "same_y" in names:
            self.links.same_y_changed()
        for card in self.cards():
            if "selection" in names and not names & LOOKS:
                self.links.show_selection(card)
            if "shared_x" in names and not names & LOOKS:
                self.links.show_shared_x(card)
            if "step" in names and not names & LOOKS:
                self.links.show_cursor(card)

    def _show_cursors(self) -> None:
        if self.context.workspace.state.x_axis != "step":
            for card in self.cards():
                self.links.show_cursor(card)

    def _run_hovered(self, _run_id: int) -> None:
        self._drawing.show_highlights()

    def _curve_hovered(self, series_id: int | None) -> None:
        self._drawing.hovered_series = series_id
        run_id = -1 if series_id is None else self._lines.info(series_id).run_id
        if run_id == self.context.workspace.hovered_run:
            self._drawing.show_highlights()
        else:
            self.context.workspace.hover(run_id)

    def _curve_clicked(self, series_id: int) -> None:
        self.context.workspace.select(self._lines.info(series_id).run_id)

    def _setting_changed(self, key: str) -> None:
        if key == "renderer":
            self._choose_renderer()

    def _choose_renderer(self) -> None:
        self._renderer = cast(Renderer, self.context.settings.text("renderer"))
        for card in self.grid.all_cards():
            assert isinstance(card, ScalarCard)
            card.chart.set_renderer(self._renderer)
        self.renderer_changed.emit()


def chart_colours(theme: Theme) -> ChartColours:
    """Tokens of the theme a chart draws with."""
    return ChartColours(
        surface=theme.colour("surface"),
        grid=theme.colour("grid"),
        border=theme.colour("border"),
        text=theme.colour("text"),
        text_muted=theme.colour("text_muted"),
        accent=theme.colour("accent"),
        raised=theme.colour("raised" if theme.dark else "surface"),
    )
