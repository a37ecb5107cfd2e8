"""The scalars view: a card per tag, a line per run, grouped by the tags' prefixes."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Literal, TypeAlias, cast

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedLayout, QWidget

from eventglass.app.core.names import Kind
from eventglass.app.core.store import Changes
from eventglass.app.models.cards import card_of_tag
from eventglass.app.models.commands import Command
from eventglass.app.models.scalar_groups import PINNED, ScalarGroups, short_title
from eventglass.app.models.theme import Theme
from eventglass.app.models.workspace import VISIBLE_RUNS
from eventglass.widgets.controls.card_grid import CardGrid, CardGroup
from eventglass.widgets.controls.empty import EmptyPage
from eventglass.widgets.plots.chart import ChartColours
from eventglass.widgets.view import Reason, View, ViewContext
from eventglass.widgets.views.scalar_card import ScalarCard
from eventglass.widgets.views.scalar_commands import scalar_commands
from eventglass.widgets.views.scalar_controls import InspectorControls, ToolBarControls

#: Fields of the workspace that change which cards there are.
_STRUCTURE = frozenset(
    {"tag_filter", "pinned_tags", "card_options", "collapsed_groups", VISIBLE_RUNS}
)
#: Fields that change what the lines of a card are.
_LINES = frozenset(
    {"smoothing", "show_raw", "restarts", "run_colours", "run_aliases", VISIBLE_RUNS}
)
#: Fields that change how a card stands or scales.
_LOOKS = frozenset({"x_axis", "y_scale", "card_options", "ignore_outliers", "pinned_tags"})
_PIN_MARK = "\0"
Renderer: TypeAlias = Literal["auto", "gpu", "raster"]
#: Time between two cards drawn because their data have grown, in milliseconds.
TURN_MS = 12
MAX_TURN_MS = 400
#: More lines than these in view are not drawn at every letter of a filter, but after a rest.
MANY_LINES = 2000
REST_MS = 200
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
        self._groups = ScalarGroups(context.store, workspace)
        self._lines = context.lines
        self._lines.ready.connect(self._lines_ready)
        self._grid = CardGrid(context.theme, self._make_card, self._bind, self._release, self)
        self._empty = EmptyPage(context.theme, "scalars", "No scalars to show", "")
        self._stack = QStackedLayout(self.content)
        self._stack.addWidget(self._grid)
        self._stack.addWidget(self._empty)
        self._grid.set_card_width(workspace.state.card_width)
        self._grid.group_toggled.connect(self._toggle_group)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self._restore_cards)
        workspace.changed.connect(self._workspace_changed)
        workspace.hovered_run_changed.connect(self._run_hovered)
        workspace.tag_requested.connect(self._go_to_tag)
        context.settings.changed.connect(self._setting_changed)
        self._colours = chart_colours(context.theme)
        self._reached = ""
        # While data pour in, cards take turns: all in one frame would make it a long one.
        self._stale: set[str] = set()
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.setInterval(TURN_MS)
        self._turn.timeout.connect(self._draw_next)
        self._turn_began_s = 0.0
        # Asking what OpenGL is here takes a tenth of a second: not before the first curves.
        self._renderer: Renderer = "raster"
        QTimer.singleShot(RENDERER_AFTER_MS, self, self._choose_renderer)

    # -- the view's contract ----------------------------------------------------------------

    def refresh(self, reason: Reason, changes: Changes | None) -> None:
        """Take in what is new; only cards in view are drawn."""
        if reason is Reason.THEME:
            self._colours = chart_colours(self.context.theme)
            for card in self.cards():
                card.chart.set_theme(self._colours)
            self._refresh_cards(None)
            return
        if changes is not None and changes.roots:
            self._lines.clear()
        if self._groups.take_changes(changes) or changes is None or changes.runs:
            self._regroup()
        if changes is None or changes.roots:
            self._refresh_cards(None)
        else:
            touched = changes.grown | set(changes.series)
            tags = {self._groups.tag_of(i) for i in touched}
            self._stale.update(tag for tag in tags if tag is not None)
            if self._stale and not self._turn.isActive():
                self._start_turns()

    def state(self) -> dict[str, object]:
        """Which card fills the view."""
        return {"maximised": self._grid.maximised}

    def restore(self, state: Mapping[str, object]) -> None:
        """Let the same card fill the view."""
        maximised = state.get("maximised")
        if isinstance(maximised, str):
            self._grid.set_maximised(maximised)
            self._card_clicked(maximised)

    def tool_bar_content(self) -> QWidget | None:
        """Smoothing and horizontal axis."""
        return ToolBarControls(self.context)

    def inspector_content(self) -> QWidget | None:
        """Lines, axes, cards."""
        return InspectorControls(self.context)

    def commands(self) -> tuple[Command, ...]:
        """What can be done with one chart and with all."""
        return scalar_commands(self)

    def renderer_name(self) -> str:
        """The graphics processor, or "raster"."""
        cards = self._grid.all_cards()
        card = cards[0] if cards else None
        return card.chart.renderer_name() if isinstance(card, ScalarCard) else "raster"

    def group_names(self) -> tuple[str, ...]:
        """Names of the groups there are."""
        return tuple(group.name for group in self._groups.groups())

    def cards(self) -> list[ScalarCard]:
        """Cards in or near the view."""
        return [c for c in self._grid.visible_cards().values() if isinstance(c, ScalarCard)]

    def current_card(self) -> ScalarCard | None:
        """The card last reached by pointer or focus, while it is in sight."""
        key = self._grid.maximised or self._reached
        card = self._grid.visible_cards().get(key)
        return card if isinstance(card, ScalarCard) else None

    # -- groups -----------------------------------------------------------------------------

    def _regroup(self) -> None:
        state = self.context.workspace.state
        groups = []
        for group in self._groups.groups():
            mark = _PIN_MARK if group.name == PINNED else ""
            count = len(group.keys)
            groups.append(
                CardGroup(
                    group.name,
                    group.title,
                    f"{count:,} {'chart' if count == 1 else 'charts'}",
                    tuple(mark + tag for tag in group.keys),
                    bool(state.collapsed_groups.get(group.name, False)),
                    frozenset(mark + tag for tag in group.keys if state.options_of(tag).wide),
                )
            )
        self._grid.set_groups(groups)
        if groups:
            self._stack.setCurrentWidget(self._grid)
        else:
            self._empty.set_texts(*self._why_empty())
            self._stack.setCurrentWidget(self._empty)

    def _why_empty(self) -> tuple[str, str]:
        state = self.context.workspace.state
        if not self._groups.has_tags():
            return "No scalars", "The logs that are open hold no scalar summaries, or none yet"
        if not self.context.workspace.visible_run_ids():
            return "No run is shown", "Tick a run in the list at the left, or clear its filter"
        if state.tag_filter:
            return (
                "No tag fits the filter",
                f"No scalar tag of the runs shown fits “{state.tag_filter}”",
            )
        return "No scalars in these runs", "The runs that are ticked hold no scalar summaries"

    def _toggle_group(self, name: str) -> None:
        collapsed = dict(self.context.workspace.state.collapsed_groups)
        collapsed[name] = not collapsed.get(name, False)
        label = "Fold group" if collapsed[name] else "Unfold group"
        self.context.workspace.edit(label, collapsed_groups=MappingProxyType(collapsed))

    def _go_to_tag(self, tag: str, kind: str) -> None:
        if kind != Kind.SCALAR or not self.isVisible():
            return
        collapsed = dict(self.context.workspace.state.collapsed_groups)
        for group in self._groups.groups():
            if tag in group.keys and group.name != PINNED and collapsed.get(group.name):
                collapsed[group.name] = False
                self.context.workspace.edit(
                    "Unfold group", collapsed_groups=MappingProxyType(collapsed)
                )
        if self._grid.maximised is not None:
            self._grid.set_maximised(tag)
        elif self._grid.scroll_to(tag):
            card = self._grid.visible_cards().get(tag)
            if isinstance(card, ScalarCard):
                card.flash()

    # -- cards ------------------------------------------------------------------------------

    def _make_card(self, parent: QWidget) -> QWidget:
        card = ScalarCard(self.context.theme, parent)
        chart = card.chart
        chart.set_theme(self._colours)
        chart.set_renderer(self._renderer)
        card.asked.connect(self._asked)
        card.reached.connect(self._card_reached)
        chart.curve_hovered.connect(self._curve_hovered)
        chart.curve_clicked.connect(self._curve_clicked)
        chart.x_clicked.connect(self._x_clicked)
        chart.curve_clicked.connect(card.tell_clicked)
        chart.x_clicked.connect(card.tell_clicked)
        card.clicked.connect(self._card_clicked)
        return card

    def _bind(self, widget: QWidget, key: str) -> None:
        assert isinstance(widget, ScalarCard)
        tag = key.removeprefix(_PIN_MARK)
        series = self._groups.series(tag)
        described = next((s for s in series if s.description or s.display_name), None)
        notes = ""
        if described is not None:
            notes = "\n".join(t for t in (described.display_name, described.description) if t)
        title = tag if key != tag else short_title(tag)
        widget.show_tag(key, tag, title, notes)
        widget.chart.set_view(None)
        self._dress(widget)
        self._draw(widget)

    def _release(self, widget: QWidget) -> None:
        assert isinstance(widget, ScalarCard)
        self._lines.forget(widget.tag)
        widget.chart.set_curves(())

    def _dress(self, card: ScalarCard) -> None:
        state = self.context.workspace.state
        card.show_flags(
            pinned=card.tag in state.pinned_tags,
            maximised=self._grid.maximised == card.key,
            wide=state.options_of(card.tag).wide,
            log=(state.options_of(card.tag).y_scale or state.y_scale) == "log",
        )
        card.chart.set_x_kind(state.x_axis)
        card.chart.set_ignore_outliers(state.ignore_outliers)
        card.chart.set_cursor(self._cursor())

    def _draw(self, card: ScalarCard) -> None:
        shown = card_of_tag(card.tag)
        card.chart.set_curves(self._lines.curves(shown))
        card.show_hidden(self._lines.hidden_points(shown))
        card.chart.set_highlight(self._series_of_run(card.tag, self.context.workspace.hovered_run))

    def _refresh_cards(self, tags: set[str] | None) -> None:
        for card in self.cards():
            if tags is None or card.tag in tags:
                self._draw(card)

    def _is_heavy(self) -> bool:
        """Whether drawing all cards in view would take noticeably long."""
        runs = len(self.context.workspace.visible_run_ids())
        drawn = sum(len(card.chart.curves()) for card in self.cards())
        return max(drawn, runs * len(self.cards())) > MANY_LINES

    def _start_turns(self, after_ms: int = TURN_MS) -> None:
        self._turn_began_s = time.monotonic()
        self._turn.setInterval(after_ms)
        self._turn.start()

    def _draw_next(self) -> None:
        """Draw the next card whose data have grown."""
        now = time.monotonic()
        cards = {card.tag: card for card in self.cards() if card.tag in self._stale}
        # Tags out of view are drawn when they come into it.
        self._stale &= cards.keys()
        if self._stale:
            tag = self._stale.pop()
            self._refresh_cards({tag})
        if self._stale:
            # What came after the last turn was mostly the painting of its card. A chart of a
            # thousand runs takes long to paint; two thirds of the time stay free all the same.
            busy_ms = 1000.0 * (now - self._turn_began_s) - self._turn.interval()
            self._turn.setInterval(int(min(MAX_TURN_MS, max(TURN_MS, 2.0 * busy_ms))))
            self._turn.start()
        else:
            self._turn.setInterval(TURN_MS)
        self._turn_began_s = now

    def _lines_ready(self, tag: str) -> None:
        self._refresh_cards({tag})

    def _card_reached(self, key: str) -> None:
        self._reached = key

    def _card_clicked(self, key: str) -> None:
        self.context.workspace.select_tag(key.removeprefix(_PIN_MARK), Kind.SCALAR)

    def _asked(self, what: str, key: str) -> None:
        workspace = self.context.workspace
        state = workspace.state
        tag = key.removeprefix(_PIN_MARK)
        if what == "maximise":
            self._grid.set_maximised(None if self._grid.maximised == key else key)
            self._card_clicked(key)
            for card in self.cards():
                self._dress(card)
                if card.key == key:
                    # So that Esc and the keys of the chart work at once.
                    card.chart.setFocus(Qt.FocusReason.OtherFocusReason)
        elif what == "pin":
            pinned = tuple(t for t in state.pinned_tags if t != tag)
            if len(pinned) == len(state.pinned_tags):
                workspace.edit("Pin chart", pinned_tags=(*pinned, tag))
            else:
                workspace.edit("Unpin chart", pinned_tags=pinned)
        elif what == "log":
            scale = state.options_of(tag).y_scale or state.y_scale
            workspace.edit_card(
                "Change the vertical axis", tag, y_scale="linear" if scale == "log" else "log"
            )
        elif what == "wide":
            workspace.edit_card("Change a chart's width", tag, wide=not state.options_of(tag).wide)

    def _restore_cards(self) -> None:
        if self._grid.maximised is not None:
            self._asked("maximise", self._grid.maximised)

    # -- the workspace ----------------------------------------------------------------------

    def _workspace_changed(self, names: frozenset[str]) -> None:
        if not self.isVisible():
            self._dirty = True
            return
        if "card_width" in names:
            self._grid.set_card_width(self.context.workspace.state.card_width)
        if names & _STRUCTURE:
            self._regroup()
        if names & _LOOKS:
            for card in self.cards():
                self._dress(card)
        if names & _LINES and VISIBLE_RUNS in names and self._is_heavy():
            # A filter of many runs is being typed: the charts follow when the typing rests.
            self._stale.update(card.tag for card in self.cards())
            self._start_turns(REST_MS)
        elif names & _LINES:
            self._refresh_cards(None)
        if "step" in names and not names & _LOOKS:
            for card in self.cards():
                card.chart.set_cursor(self._cursor())

    def _cursor(self) -> float | None:
        """Where the shared step is on the horizontal axis; only steps have one place for all."""
        state = self.context.workspace.state
        if state.step is None or state.x_axis != "step":
            return None
        return float(state.step)

    def _run_hovered(self, run_id: int) -> None:
        for card in self.cards():
            card.chart.set_highlight(self._series_of_run(card.tag, run_id))

    def _series_of_run(self, tag: str, run_id: int) -> int | None:
        if run_id < 0:
            return None
        series = self.context.store.find(run_id, tag, Kind.SCALAR)
        return None if series is None else series.id

    def _curve_hovered(self, series_id: int | None) -> None:
        run_id = -1 if series_id is None else self.context.store.series[series_id].run_id
        self.context.workspace.hover(run_id)

    def _curve_clicked(self, series_id: int) -> None:
        self.context.workspace.select(self.context.store.series[series_id].run_id)

    def _x_clicked(self, x: float) -> None:
        if self.context.workspace.state.x_axis == "step":
            self.context.workspace.set_step(round(x))

    def _setting_changed(self, key: str) -> None:
        if key == "renderer":
            self._choose_renderer()

    def _choose_renderer(self) -> None:
        self._renderer = cast(Renderer, self.context.settings.text("renderer"))
        for card in self._grid.all_cards():
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
