"""What can be done with a card: each is one edit of the workspace, for menus, keys and drops."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from PySide6.QtGui import QGuiApplication

from eventglass.app.core.names import Kind
from eventglass.app.models import composing
from eventglass.app.models.cards import Annotation, Card, CardLine, Side
from eventglass.app.models.scalar_groups import PINNED, short_title
from eventglass.widgets.controls.command_palette import Entry
from eventglass.widgets.controls.picker import open_chooser
from eventglass.widgets.views.scalar_notes import Event, with_note

if TYPE_CHECKING:
    from eventglass.app.models.workspace import Workspace
    from eventglass.widgets.views.card_editor import CardEditor
    from eventglass.widgets.views.scalar_card import ScalarCard
    from eventglass.widgets.views.scalars import ScalarsView

Place = Literal["first", "left", "right", "last"]


class CardActions:
    """Edits that concern cards; `view` says which cards there are."""

    def __init__(self, view: ScalarsView) -> None:
        self._view = view
        #: Whether notes are written for all charts; as the user left the switch last.
        self._for_all = True

    @property
    def _workspace(self) -> Workspace:
        return self._view.context.workspace

    # -- how a card stands

    def toggle_pin(self, key: str) -> None:
        """Pin a card to the top, or let it go."""
        pinned = self._workspace.state.pinned_tags
        after = tuple(each for each in pinned if each != key)
        if len(after) == len(pinned):
            self._workspace.edit("Pin chart", pinned_tags=(*pinned, key))
        else:
            self._workspace.edit("Unpin chart", pinned_tags=after)

    def unpin_all(self) -> None:
        """Let all pinned cards go."""
        self._workspace.edit("Unpin all charts", pinned_tags=())

    def toggle_log(self, key: str) -> None:
        """Make the vertical axis logarithmic, or linear."""
        state = self._workspace.state
        scale = state.options_of(key).y_scale or state.y_scale
        self.set_scale(key, "y", "linear" if scale == "log" else "log")

    def set_scale(self, key: str, axis: Literal["x", "y"], scale: str) -> None:
        """Choose the scale of an axis of one card; empty: as for all cards."""
        which = "vertical" if axis == "y" else "horizontal"
        self._workspace.edit_card(f"Change the {which} axis", key, **{f"{axis}_scale": scale})

    def toggle_wide(self, key: str) -> None:
        """Give a card a row for itself, or take it back."""
        wide = self._workspace.state.options_of(key).wide
        self._workspace.edit_card("Change a chart's width", key, wide=not wide)

    def toggle_lock(self, key: str) -> None:
        """Keep a card's range as it is now, or let it go."""
        locked = self._workspace.state.options_of(key).locked
        label = "Unlock the range" if locked else "Lock the range"
        self._workspace.edit_card(label, key, locked=not locked)

    def clear_ranges(self, key: str) -> None:
        """Let all axes of a card be automatic again."""
        self._workspace.edit_card(
            "Automatic ranges", key, x_range=None, x_range_of="", y_range=None, right_range=None
        )

    def has_ranges(self, key: str) -> bool:
        """Whether ranges were typed for a card."""
        options = self._workspace.state.options_of(key)
        return any((options.x_range, options.y_range, options.right_range))

    # -- groups

    def toggle_same_y(self, group: str) -> None:
        """Give the cards of a group one vertical range, or each its own."""
        same = self._workspace.state.same_y
        after = same - {group} if group in same else same | {group}
        self._workspace.edit("Same vertical range", same_y=after)

    def toggle_fold(self, group: str) -> None:
        """Fold a group or open it."""
        folded = not self._view.is_folded(group)
        groups = {**self._workspace.state.collapsed_groups, group: folded}
        label = "Fold group" if folded else "Unfold group"
        self._workspace.edit(label, collapsed_groups=MappingProxyType(groups))

    def move(self, place_key: str, where: Place) -> None:
        """Move a card inside its group; ``place_key`` is its key in the grid."""
        group = self._view.grid.group_of(place_key)
        if group is None:
            return
        keys = [key for key in group.keys if key != place_key]
        at = group.keys.index(place_key)
        to = {"first": 0, "left": max(at - 1, 0), "right": at + 1, "last": len(keys)}[where]
        keys.insert(to, place_key)
        self.reorder(group.name, keys)

    def move_before(self, place_key: str, group_name: str, before: str) -> None:
        """Move a card before another of its group, or with an empty key to the end."""
        group = self._view.grid.group_of(place_key)
        if group is None or group.name != group_name:
            return
        keys = [key for key in group.keys if key != place_key]
        keys.insert(keys.index(before) if before in keys else len(keys), place_key)
        self.reorder(group_name, keys)

    def reorder(self, group: str, place_keys: Iterable[str]) -> None:
        """Give a group's cards another order; what the filter hides keeps its place behind."""
        state = self._workspace.state
        keys = [self._view.card_key(key) for key in place_keys]
        if group == PINNED:
            rest = (key for key in state.pinned_tags if key not in keys)
            self._workspace.edit("Move chart", pinned_tags=(*keys, *rest))
            return
        rest = (key for key in state.card_orders.get(group, ()) if key not in keys)
        orders = {**state.card_orders, group: (*keys, *rest)}
        self._workspace.edit("Move chart", card_orders=MappingProxyType(orders))

    def reset_order(self, group: str) -> None:
        """Give a group's cards the order of their names."""
        orders = dict(self._workspace.state.card_orders)
        if orders.pop(group, None) is not None:
            self._workspace.edit("Reset the order", card_orders=MappingProxyType(orders))

    # -- composed cards

    def own_card(self, key: str) -> Card | None:
        """The card of a key, if the user composed it."""
        return next((c for c in self._workspace.state.composed if c.key == key), None)

    def plot_together(self, tags: Sequence[str]) -> str:
        """Make a card of these tags; return its key."""
        composed, made = composing.composed_of(
            self._workspace.state.composed, composing.lines_of(tags)
        )
        self._workspace.edit("Plot together", composed=composed)
        return made.key

    def add_tags(self, key: str, tags: Sequence[str]) -> str:
        """Put tags into a card; one that is not the user's stays, and a new one is made of it."""
        card = self.own_card(key)
        composed = self._workspace.state.composed
        if card is not None:
            changed = composing.add_tags(card, tags)
            if changed != card:
                after = composing.with_card(composed, changed)
                self._workspace.edit("Add to the chart", composed=after)
            return key
        source = self._view.card_of(key)
        lines = source.lines if source.lines else ()
        known = {line.tag for line in lines if not line.is_pattern}
        if not source.is_composed and set(tags) <= known:
            return key
        more = (line for line in composing.lines_of(tags) if line.tag not in known)
        after, made = composing.composed_of(composed, (*lines, *more))
        if source.margins:
            made = replace(made, margins=source.margins)
            after = composing.with_card(after, made)
        self._workspace.edit("Plot together", composed=after)
        return made.key

    def remove_line(self, key: str, line: CardLine) -> None:
        """Take a line out of a card the user composed; the last one takes the card with it."""
        card = self.own_card(key)
        if card is None:
            return
        changed = composing.remove_line(card, line)
        if changed.lines or changed.margins:
            after = composing.with_card(self._workspace.state.composed, changed)
            self._workspace.edit("Remove from the chart", composed=after)
        else:
            self.remove_card(key)

    def move_line(self, key: str, line: CardLine, axis: Side) -> None:
        """Draw a line of a composed card on the other axis."""
        card = self.own_card(key)
        if card is not None:
            after = composing.with_card(
                self._workspace.state.composed, composing.move_line(card, line, axis)
            )
            self._workspace.edit(f"Move to the {axis} axis", composed=after)

    def duplicate(self, key: str) -> str:
        """Make a card the user may change out of any; return its key."""
        after, made = composing.copied(self._workspace.state.composed, self._view.card_of(key))
        self._workspace.edit("Duplicate the chart", composed=after)
        return made.key

    def remove_card(self, key: str) -> None:
        """Remove a card the user composed."""
        state = self._workspace.state
        if self.own_card(key) is not None:
            self._workspace.edit(
                "Remove the chart",
                composed=composing.without(state.composed, key),
                pinned_tags=tuple(each for each in state.pinned_tags if each != key),
            )

    def rename(self, card: ScalarCard) -> None:
        """Let the user type another title for a composed card."""
        own = self.own_card(card.tag)
        if own is None:
            return
        editor = card.edit_text("Title of the chart", own.title)
        editor.committed.connect(partial(self._renamed, own.key))

    def _renamed(self, key: str, title: str, _on: bool) -> None:
        card = self.own_card(key)
        if card is not None and title != card.title:
            changed = replace(card, title=title or composing.automatic_title(card.lines))
            after = composing.with_card(self._workspace.state.composed, changed)
            self._workspace.edit("Rename the chart", composed=after)

    def save_as_layout(self, card: ScalarCard) -> None:
        """Let the user type the title of the group a composed card goes to."""
        own = self.own_card(card.tag)
        if own is None:
            return
        editor = card.edit_text("Layout: title of its group", own.group)
        editor.committed.connect(partial(self._put_into_group, own.key))

    def _put_into_group(self, key: str, group: str, _on: bool) -> None:
        card = self.own_card(key)
        if card is not None and group != card.group:
            after = composing.with_card(self._workspace.state.composed, replace(card, group=group))
            self._workspace.edit("Save as a layout", composed=after)

    def ask_for_tag(self, card: ScalarCard) -> None:
        """Let the user search for a tag to put into a card."""
        key = card.tag
        known = {line.tag for line in self._view.card_of(key).lines if not line.is_pattern}
        entries = [
            Entry(tag, partial(self._add_and_show, key, tag), short_title(tag), "scalar")
            for tag in self._view.groups.visible_tags()
            if tag not in known
        ]
        view = self._view
        open_chooser(view.context.theme, view.window(), "Add a tag to the chart", entries)

    def _add_and_show(self, key: str, tag: str) -> None:
        self._view.go_to_card(self.add_tags(key, (tag,)))

    # -- ranges

    def here(self, card: ScalarCard | None) -> float | None:
        """The place meant by "here": under the pointer, else the step cursor."""
        links = self._view.links
        if links.x is not None:
            return links.x
        step = self._workspace.state.step
        if card is None or step is None:
            return None
        return links.place_of_step(card, step)

    def select_from_here(
        self, card: ScalarCard, x: float | None = None, *, to: bool = False
    ) -> None:
        """Let the selected range begin or, with ``to``, end at a place; default: here."""
        here = self.here(card) if x is None else x
        if here is None:
            return
        state = self._workspace.state
        full = card.chart.full_range()
        low, high = full.x0, full.x1
        if state.selection is not None and state.selection.axis == state.x_axis:
            low, high = state.selection.low, state.selection.high
        low, high = (min(low, here), here) if to else (here, max(high, here))
        self._view.links.select_range(low, high)

    # -- notes

    def add_note(self, card: ScalarCard, x: float | None = None) -> CardEditor | None:
        """Let the user write a note at a place of a card's chart: default, here."""
        x = self.here(card) if x is None else x
        chart = card.chart
        if x is None:
            view = chart.view()
            x = (view.x0 + view.x1) / 2
        step = self._view.links.step_at(card, x)
        if step is None:
            return None
        layout = chart.layout_now()
        place = min(max(layout.x_of(x), layout.plot.left()), layout.plot.right())
        editor = card.edit_text(f"Note at step {step:,}", "", place, "All charts", self._for_all)
        editor.committed.connect(partial(self._note_written, card.tag, None, step))
        return editor

    def edit_note(self, card: ScalarCard, index: int) -> CardEditor | None:
        """Let the user change a note; an empty text removes it."""
        notes = self._workspace.state.annotations
        if not 0 <= index < len(notes):
            return None
        note = notes[index]
        place = self._view.links.place_of_step(card, note.step)
        layout = card.chart.layout_now()
        x = layout.x_of(place) if place is not None else layout.plot.left()
        editor = card.edit_text(
            f"Note at step {note.step:,}", note.text, x, "All charts", not note.tag
        )
        editor.committed.connect(partial(self._note_written, card.tag, index, note.step))
        return editor

    def remove_note(self, index: int) -> None:
        """Remove a note."""
        notes = self._workspace.state.annotations
        if 0 <= index < len(notes):
            after = tuple(note for i, note in enumerate(notes) if i != index)
            self._workspace.edit("Remove the note", annotations=after)

    def flag_clicked(self, card: ScalarCard, source: int | Event) -> None:
        """Edit a note whose flag was double-clicked; go to an event."""
        if isinstance(source, int):
            self.edit_note(card, source)
            return
        self._workspace.set_step(source.step)
        self._workspace.go_to_tag(source.tag, Kind.TEXT)

    def _note_written(
        self, key: str, index: int | None, step: int, text: str, for_all: bool
    ) -> None:
        self._for_all = for_all
        notes = self._workspace.state.annotations
        if index is None and not text:
            return
        after = with_note(notes, index, Annotation(step, text, "" if for_all else key))
        label = "Write a note" if index is None else "Change the note"
        self._workspace.edit(label if text else "Remove the note", annotations=after)

    # -- taking it elsewhere

    def copy_tags(self, card: ScalarCard) -> None:
        """Copy the names of a card's tags."""
        tags = self._view.context.lines.tags_of(card.card)
        QGuiApplication.clipboard().setText("\n".join(tags))

    def copy_image(self, card: ScalarCard) -> None:
        """Copy the card as it is seen."""
        card.chart.finish_picture()
        QGuiApplication.clipboard().setPixmap(card.grab())

    def export_figure(self, cards: Sequence[ScalarCard]) -> None:
        """Open the dialog that makes a figure of cards."""
        from eventglass.widgets.views.figure_dialog import open_figure_dialog

        view = self._view
        open_figure_dialog(
            view.window(), view.context, [c.card for c in cards], [c.chart for c in cards]
        )

    def export_data(self, cards: Sequence[Card] | None) -> None:
        """Open the dialog that writes the points of cards; None: of everything."""
        from eventglass.widgets.views.data_dialog import open_data_dialog

        open_data_dialog(self._view.window(), self._view.context, cards)

    def copy_table(self, cards: Sequence[Card]) -> None:
        """Copy the points of cards as a table for a spreadsheet."""
        from eventglass.widgets.views.data_dialog import copy_table

        copy_table(self._view.context, cards, self._view.window())

    def copy_python(self, card: Card) -> None:
        """Copy a piece of Python that reads the same series."""
        from eventglass.app.core.snippets import python_snippet

        view, store = self._view, self._view.context.store
        wanted: dict[tuple[str, str, str], None] = {}
        for info in view.context.lines.infos(card):
            for run_id in info.run_ids or (info.run_id,):
                run = store.runs[run_id]
                root = store.roots[run.root_id].path
                # A derived series stands in no log: what it is made of does.
                for tag in view.groups.logged_tags(info.tag):
                    if store.find(run_id, tag, Kind.SCALAR) is not None:
                        wanted[run.name, tag, root] = None
        roots = list(dict.fromkeys(root for _run, _tag, root in wanted))
        if roots:
            QGuiApplication.clipboard().setText(python_snippet(roots, list(wanted)))
