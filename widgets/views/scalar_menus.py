"""The menus of cards and of groups of cards."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QMenu

from eventglass.app.models.scalar_groups import PINNED
from eventglass.widgets.controls.group_header import CardGroup

if TYPE_CHECKING:
    from eventglass.app.models.cards import Card, Side
    from eventglass.widgets.views.scalar_card import ScalarCard
    from eventglass.widgets.views.scalars import ScalarsView

SCALES = (("linear", "Linear"), ("log", "Logarithmic"), ("symlog", "Symmetric logarithmic"))


def card_menu(view: ScalarsView, card: ScalarCard, place: QPoint | None = None) -> QMenu:
    """Return the menu of a card; ``place`` is where on the screen it was asked for."""
    menu = QMenu(card)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    at = None if place is None else QPointF(card.chart.mapFromGlobal(place))
    _add_line(menu, view, card, at)
    _add_export(menu, view, card)
    menu.addSeparator()
    menu.addAction("Fit to the data\tF", partial(card.ask, "fit"))
    _add_axes(menu, view, card)
    for text, name in (
        ("Full width\tW", "wide"),
        ("Fill the view\tReturn", "maximise"),
        ("Pin to the top\tP", "pin"),
    ):
        _check(menu, text, card.flag(name), partial(card.ask, name))
    _add_places(menu, view, card)
    menu.addSeparator()
    _add_lines(menu, view, card)
    menu.addSeparator()
    _add_notes(menu, view, card, at)
    return menu


def group_menu(view: ScalarsView, group: CardGroup) -> QMenu:
    """Return the menu of a group's header."""
    actions, state = view.edits, view.context.workspace.state
    menu = QMenu(view)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    _check(
        menu,
        "Same vertical range",
        group.name in state.same_y,
        partial(actions.toggle_same_y, group.name),
    )
    menu.addSeparator()
    fold = "Open" if group.collapsed else "Fold"
    menu.addAction(fold, partial(actions.toggle_fold, group.name))
    reset = menu.addAction("Reset the order", partial(actions.reset_order, group.name))
    reset.setEnabled(group.name in state.card_orders)
    if group.name == PINNED:
        menu.addAction("Unpin all", actions.unpin_all)
    menu.addSeparator()
    cards = [view.card_of(view.card_key(key)) for key in group.keys]
    menu.addAction("Export data of the group…", partial(actions.export_data, cards))
    return menu


def _check(menu: QMenu, text: str, checked: bool, run: Callable[[], object]) -> None:
    action = menu.addAction(text)
    action.setCheckable(True)
    action.setChecked(checked)
    action.triggered.connect(run)


def _add_line(menu: QMenu, view: ScalarsView, card: ScalarCard, at: QPointF | None) -> None:
    """What can be done with the run whose line is under the pointer."""
    series_id = None if at is None else card.chart.curve_at(at)
    if series_id is None:
        return
    context = view.context
    info = context.lines.info(series_id)
    if info.run_id < 0:
        return
    from eventglass.widgets.views.controls_runs import run_menu

    name = context.workspace.alias(info.run_id).replace("&", "&&")
    run_menu(
        menu.addMenu(menu.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, 260)),
        context,
        info.run_id,
        info.tag,
    )
    menu.addSeparator()


def _add_export(menu: QMenu, view: ScalarsView, card: ScalarCard) -> None:
    actions = view.edits
    copy = menu.addMenu("Copy")
    copy.addAction("Image", partial(actions.copy_image, card))
    copy.addAction("Table", partial(actions.copy_table, (card.card,)))
    copy.addAction("Python", partial(actions.copy_python, card.card))
    names = "Names of the tags" if card.card.is_composed else "Tag name"
    copy.addAction(names, partial(actions.copy_tags, card))
    menu.addAction("Export figure…", partial(actions.export_figure, (card,)))
    menu.addAction("Export data…", partial(actions.export_data, (card.card,)))


def _add_axes(menu: QMenu, view: ScalarsView, card: ScalarCard) -> None:
    actions, state, key = view.edits, view.context.workspace.state, card.tag
    options = state.options_of(key)
    axes = menu.addMenu("Axes")
    both: tuple[tuple[Literal["x", "y"], str, str], ...] = (
        ("y", "Vertical", options.y_scale),
        ("x", "Horizontal", options.x_scale),
    )
    for axis, title, chosen in both:
        axes.addSection(title)
        for value, text in (("", "As all charts"), *SCALES):
            keys = "\tShift+L" if (axis, value) == ("y", "log") else ""
            run = partial(actions.set_scale, key, axis, value)
            _check(axes, text + keys, chosen == value, run)
    axes.addSeparator()
    _check(axes, "Lock the range", options.locked, partial(actions.toggle_lock, key))
    clear = axes.addAction("Automatic ranges", partial(actions.clear_ranges, key))
    clear.setEnabled(actions.has_ranges(key))
    group = view.grid.group_of(card.key)
    if group is not None:
        run = partial(actions.toggle_same_y, group.name)
        _check(axes, f"Same vertical range in “{group.title}”", group.name in state.same_y, run)


def _add_places(menu: QMenu, view: ScalarsView, card: ScalarCard) -> None:
    actions, group = view.edits, view.grid.group_of(card.key)
    if group is None or len(group.keys) < 2:
        return
    move = menu.addMenu("Move")
    move.addAction("First\tCtrl+Shift+Home", partial(actions.move, card.key, "first"))
    move.addAction("Left\tCtrl+Shift+Left", partial(actions.move, card.key, "left"))
    move.addAction("Right\tCtrl+Shift+Right", partial(actions.move, card.key, "right"))
    move.addAction("Last\tCtrl+Shift+End", partial(actions.move, card.key, "last"))
    move.addSeparator()
    reset = move.addAction("Reset the order", partial(actions.reset_order, group.name))
    reset.setEnabled(group.name in view.context.workspace.state.card_orders)


def _add_lines(menu: QMenu, view: ScalarsView, card: ScalarCard) -> None:
    """Which lines a card has."""
    actions, key = view.edits, card.tag
    menu.addAction("Add a tag…\tA", partial(actions.ask_for_tag, card))
    own = actions.own_card(key)
    if own is not None:
        _add_own_lines(menu, view, own)
        menu.addAction("Rename…\tF2", partial(actions.rename, card))
    menu.addAction(
        "Duplicate" if own is not None else "Duplicate as a composed chart",
        partial(view.do_and_go, actions.duplicate, key),
    )
    if own is not None:
        menu.addAction("Save as a layout…", partial(actions.save_as_layout, card))
        menu.addAction("Remove the chart\tDel", partial(actions.remove_card, key))


def _add_own_lines(menu: QMenu, view: ScalarsView, own: Card) -> None:
    actions = view.edits
    remove, axis = menu.addMenu("Remove a tag"), menu.addMenu("Right axis")
    for line in own.lines:
        text = line.tag.replace("&", "&&")
        remove.addAction(text, partial(actions.remove_line, own.key, line))
        other: Side = "left" if line.axis == "right" else "right"
        run = partial(actions.move_line, own.key, line, other)
        _check(axis, text, line.axis == "right", run)
    remove.setEnabled(bool(own.lines))
    axis.setEnabled(bool(own.lines))


def _add_notes(menu: QMenu, view: ScalarsView, card: ScalarCard, at: QPointF | None) -> None:
    """Notes and the selected range at the place the menu was asked for."""
    actions, state = view.edits, view.context.workspace.state
    layout = card.chart.layout_now()
    inside = at is not None and layout.plot.left() <= at.x() <= layout.plot.right()
    x = layout.x_at(at.x()) if at is not None and inside else None
    menu.addAction("Add a note here…\tN", partial(actions.add_note, card, x))
    notes = menu.addMenu("Notes")
    for index, note in enumerate(state.annotations):
        if note.tag and note.tag != card.tag:
            continue
        text = menu.fontMetrics().elidedText(note.text, Qt.TextElideMode.ElideRight, 220)
        each = notes.addMenu(f"{note.step:,}  {text}".replace("&", "&&"))
        each.addAction("Edit…", partial(actions.edit_note, card, index))
        each.addAction("Go to it", partial(view.context.workspace.set_step, note.step))
        each.addAction("Remove", partial(actions.remove_note, index))
    notes.menuAction().setVisible(not notes.isEmpty())
    select = menu.addMenu("Range")
    select.addAction("From here\tI", partial(actions.select_from_here, card, x))
    select.addAction("To here\tO", partial(actions.select_from_here, card, x, to=True))
    clear = select.addAction("Clear\tEsc", partial(view.links.select_range, None, None))
    clear.setEnabled(state.selection is not None)
