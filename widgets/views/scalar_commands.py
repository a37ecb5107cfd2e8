"""The commands of the scalars view: what can be done with one chart, and with all of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from eventglass.app.models.commands import Command
from eventglass.widgets.views.controls_lines import SMOOTHING_MAX

if TYPE_CHECKING:
    from eventglass.widgets.views.scalar_card import ScalarCard
    from eventglass.widgets.views.scalars import ScalarsView

SMOOTHING_STEP = 0.05
#: What is said of a command for one chart while there is none.
POINT_AT_A_CHART = "Point at a chart first"


def scalar_commands(view: ScalarsView) -> tuple[Command, ...]:
    """Return the commands of a view.

    "The chart" is the one last pointed at or reached by Tab, as long as it is in sight.
    """
    # Loads the inspector's controls: not before there is a view.
    from eventglass.widgets.views.controls_commands import control_commands

    return (
        *_of_one_chart(view),
        *_of_composed_charts(view),
        *_of_places(view),
        *_of_ranges_and_notes(view),
        *_of_all_charts(view),
        *_of_exports(view),
        *control_commands(view.context),
    )


class _Current:
    """Runs something with the current card, and asks whether there is one."""

    def __init__(self, view: ScalarsView) -> None:
        self._view = view

    def exists(self) -> bool:
        return self._view.current_card() is not None

    def is_own(self) -> bool:
        card = self._view.current_card()
        return card is not None and self._view.edits.own_card(card.tag) is not None

    def do(self, action: Callable[[ScalarCard], object]) -> None:
        card = self._view.current_card()
        if card is not None:
            action(card)

    def has_flag(self, flag: str) -> bool:
        card = self._view.current_card()
        return card is not None and card.flag(flag)

    def why_not(self) -> str:
        return POINT_AT_A_CHART

    def why_not_own(self) -> str:
        return "Point at a composed chart first" if self.exists() else POINT_AT_A_CHART


def _of_one_chart(view: ScalarsView) -> list[Command]:
    current = _Current(view)

    def fit() -> None:
        card = view.current_card()
        for each in (card,) if card is not None else view.cards():
            each.chart.fit()

    def ask(what: str) -> None:
        current.do(lambda card: card.ask(what))

    def menu() -> None:
        current.do(lambda card: card.open_menu())

    return [
        Command("scalars.fit", "Fit the chart", fit, "Tools/3", ("F",), "fit", keywords="zoom"),
        *(
            Command(
                f"scalars.{what}",
                title,
                partial(ask, what),
                "Tools/3",
                shortcuts,
                icon,
                current.exists,
                partial(current.has_flag, what),
                keywords,
                current.why_not,
            )
            for what, title, shortcuts, icon, keywords in (
                ("maximise", "Fill the view with the chart", ("M",), "expand", "maximise enlarge"),
                ("wide", "Chart over the full width", ("W",), "", "wide"),
                ("log", "Logarithmic axis of the chart", ("Shift+L",), "", "scale y"),
                ("lock", "Lock the range of the chart", (), "", "zoom pan fix"),
                ("pin", "Pin the chart to the top", ("P",), "pin", "favourite"),
            )
        ),
        _one(current, "menu", "Menu of the chart", menu, ("Shift+F10",)),
    ]


def _one(
    current: _Current,
    name: str,
    title: str,
    run: Callable[[], object],
    shortcuts: tuple[str, ...] = (),
    menu: str = "",
    keywords: str = "",
    own: bool = False,
) -> Command:
    """A command for the current chart, or with ``own`` for one the user composed."""
    return Command(
        f"scalars.{name}",
        title,
        run,
        menu,
        shortcuts,
        enabled=current.is_own if own else current.exists,
        keywords=keywords,
        reason=current.why_not_own if own else current.why_not,
    )


def _of_composed_charts(view: ScalarsView) -> list[Command]:
    current, actions = _Current(view), view.edits

    def add() -> None:
        current.do(actions.ask_for_tag)

    def rename() -> None:
        current.do(actions.rename)

    def duplicate() -> None:
        current.do(lambda card: view.do_and_go(actions.duplicate, card.tag))

    def save() -> None:
        current.do(actions.save_as_layout)

    def remove() -> None:
        current.do(lambda card: actions.remove_card(card.tag))

    return [
        _one(current, "add_tag", "Add a tag to the chart…", add, ("A",), "Tools/3", "compose plot"),
        _one(current, "rename", "Rename the chart…", rename, ("F2",), own=True),
        _one(current, "duplicate", "Duplicate the chart", duplicate, keywords="copy compose"),
        _one(current, "layout", "Save the chart as a layout…", save, keywords="group", own=True),
        _one(current, "remove", "Remove the chart", remove, ("Del",), own=True),
        Command(
            "scalars.save_layouts",
            "Save layouts to a file…",
            partial(_save_layouts, view),
            enabled=lambda: bool(view.context.workspace.state.composed),
            keywords="composed export",
            reason=lambda: "There is no composed chart",
        ),
        Command(
            "scalars.load_layouts",
            "Load layouts from a file…",
            partial(_load_layouts, view),
            keywords="composed import",
        ),
    ]


def _save_layouts(view: ScalarsView) -> None:
    from eventglass.widgets.views.scalar_layouts import save_to_file

    save_to_file(view)


def _load_layouts(view: ScalarsView) -> None:
    from eventglass.widgets.views.scalar_layouts import load_from_file

    load_from_file(view)


def _of_places(view: ScalarsView) -> list[Command]:
    current, actions = _Current(view), view.edits

    def move(where: Literal["first", "left", "right", "last"]) -> None:
        def action(card: ScalarCard) -> None:
            actions.move(card.key, where)
            # The card is still the one that is meant, and in sight.
            view.grid.scroll_to(card.key)

        current.do(action)

    def group_of_current() -> str:
        card = view.current_card()
        group = None if card is None else view.grid.group_of(card.key)
        return "" if group is None else group.name

    def reset() -> None:
        current.do(lambda _card: actions.reset_order(group_of_current()))

    def same_y() -> None:
        current.do(lambda _card: actions.toggle_same_y(group_of_current()))

    def is_same_y() -> bool:
        return current.exists() and group_of_current() in view.context.workspace.state.same_y

    places: tuple[tuple[Literal["first", "left", "right", "last"], str, str], ...] = (
        ("left", "Move the chart to the left", "Ctrl+Shift+Left"),
        ("right", "Move the chart to the right", "Ctrl+Shift+Right"),
        ("first", "Move the chart to the front", "Ctrl+Shift+Home"),
        ("last", "Move the chart to the end", "Ctrl+Shift+End"),
    )
    return [
        *(
            _one(current, f"move_{where}", title, partial(move, where), (keys,), keywords="order")
            for where, title, keys in places
        ),
        _one(current, "reset_order", "Reset the order of the group", reset, keywords="sort"),
        Command(
            "scalars.same_y",
            "Same vertical range in the group",
            same_y,
            "Tools/4",
            enabled=current.exists,
            checked=is_same_y,
            keywords="scale share y",
            reason=current.why_not,
        ),
    ]


def _of_ranges_and_notes(view: ScalarsView) -> list[Command]:
    current, actions = _Current(view), view.edits
    workspace = view.context.workspace

    def range_from() -> None:
        current.do(actions.select_from_here)

    def range_to() -> None:
        current.do(lambda card: actions.select_from_here(card, to=True))

    def clear() -> None:
        view.links.select_range(None, None)

    def has_range() -> bool:
        return workspace.state.selection is not None

    def no_range() -> str:
        return "No range is selected"

    def note() -> None:
        current.do(actions.add_note)

    words = "selection statistics"
    return [
        _one(current, "range_from", "Select range from here", range_from, ("I",), "Tools/3", words),
        _one(current, "range_to", "Select range to here", range_to, ("O",), "Tools/3", words),
        Command(
            "scalars.clear_range",
            "Clear the selected range",
            clear,
            "Tools/3",
            enabled=has_range,
            keywords=words,
            reason=no_range,
        ),
        _one(current, "note", "Add a note here…", note, ("N",), "Tools/3", "annotation mark"),
    ]


def _of_all_charts(view: ScalarsView) -> list[Command]:
    workspace = view.context.workspace

    def fit_all() -> None:
        for card in view.cards():
            card.chart.fit()

    def smooth(by: float) -> None:
        value = round(min(max(workspace.state.smoothing + by, 0.0), SMOOTHING_MAX), 3)
        workspace.edit("Change smoothing", smoothing=value)

    def toggle_log() -> None:
        workspace.edit("Change the vertical axis", y_scale="linear" if is_log() else "log")

    def is_log() -> bool:
        return workspace.state.y_scale == "log"

    def toggle_superseded() -> None:
        workspace.edit("Change restarts", restarts="hide" if is_superseded_shown() else "split")

    def is_superseded_shown() -> bool:
        return workspace.state.restarts != "hide"

    def fold(collapsed: bool) -> None:
        groups = MappingProxyType(dict.fromkeys(view.group_names(), collapsed))
        workspace.edit("Fold groups" if collapsed else "Unfold groups", collapsed_groups=groups)

    def toggle(field: str, label: str) -> None:
        workspace.edit(label, **{field: not is_on(field)})

    def is_on(field: str) -> bool:
        return bool(getattr(workspace.state, field))

    switches = (
        ("share_x", "Share the horizontal zoom", "link pan sync"),
        ("only_differing", "Only tags with differences", "same equal filter"),
        ("hide_empty", "Hide empty charts", "missing"),
        ("show_layouts", "Show layouts of custom scalars", "logged margin multiline"),
    )
    return [
        Command(
            "scalars.fit_all", "Fit all charts", fit_all, "Tools/4", ("Shift+F",), keywords="zoom"
        ),
        Command(
            "scalars.log_axis",
            "Logarithmic vertical axes",
            toggle_log,
            "Tools/4",
            ("L",),
            checked=is_log,
            keywords="scale y",
        ),
        Command(
            "scalars.smoother", "More smoothing", partial(smooth, SMOOTHING_STEP), "Tools/4", ("]",)
        ),
        Command(
            "scalars.less_smooth",
            "Less smoothing",
            partial(smooth, -SMOOTHING_STEP),
            "Tools/4",
            ("[",),
        ),
        Command(
            "scalars.superseded",
            "Show superseded points",
            toggle_superseded,
            "Tools/4",
            checked=is_superseded_shown,
            keywords="restart segments hidden",
        ),
        *(
            Command(
                f"scalars.{field}",
                title,
                partial(toggle, field, title),
                "Tools/4",
                checked=partial(is_on, field),
                keywords=keywords,
            )
            for field, title, keywords in switches
        ),
        Command(
            "scalars.unpin_all",
            "Unpin all charts",
            view.edits.unpin_all,
            enabled=lambda: bool(workspace.state.pinned_tags),
            reason=lambda: "No chart is pinned",
        ),
        Command("scalars.fold", "Fold all groups", partial(fold, True), "Tools/5"),
        Command("scalars.unfold", "Unfold all groups", partial(fold, False), "Tools/5"),
    ]


def _of_exports(view: ScalarsView) -> list[Command]:
    current, actions = _Current(view), view.edits

    def figure() -> None:
        current.do(lambda card: actions.export_figure((card,)))

    def figure_of_all() -> None:
        actions.export_figure(view.cards_in_sight())

    def data() -> None:
        current.do(lambda card: actions.export_data((card.card,)))

    def data_of_all() -> None:
        actions.export_data(view.all_cards())

    def table() -> None:
        current.do(lambda card: actions.copy_table((card.card,)))

    def python() -> None:
        current.do(lambda card: actions.copy_python(card.card))

    def figure_of_pinned() -> None:
        actions.export_figure(view.pinned_cards())

    def data_of_pinned() -> None:
        actions.export_data([view.card_of(key) for key in view.context.workspace.state.pinned_tags])

    def any_pinned() -> bool:
        return bool(view.context.workspace.state.pinned_tags)

    def any_chart() -> bool:
        return bool(view.cards())

    words = "save picture png svg pdf"
    data_words = "save csv jsonl parquet numpy"

    def command(
        name: str, title: str, run: Callable[[], object], of_pinned: bool, keywords: str
    ) -> Command:
        return Command(
            f"scalars.{name}",
            title,
            run,
            enabled=any_pinned if of_pinned else any_chart,
            keywords=keywords,
            reason=lambda: "No chart is pinned" if of_pinned else "There is no chart",
        )

    return [
        _one(
            current, "figure", "Export figure of the chart…", figure, ("Ctrl+E",), "File/2", words
        ),
        command("figure_all", "Export figure of all charts in sight…", figure_of_all, False, words),
        command(
            "figure_pinned", "Export figure of the pinned charts…", figure_of_pinned, True, words
        ),
        _one(
            current,
            "data",
            "Export data of the chart…",
            data,
            ("Ctrl+Shift+E",),
            "File/2",
            data_words,
        ),
        command("data_all", "Export data of all charts…", data_of_all, False, data_words),
        command(
            "data_pinned", "Export data of the pinned charts…", data_of_pinned, True, data_words
        ),
        _one(
            current,
            "copy_table",
            "Copy the chart as a table",
            table,
            ("Ctrl+Shift+C",),
            "Edit/1b",
            "spreadsheet tsv",
        ),
        _one(
            current,
            "copy_python",
            "Copy Python that reads the chart",
            python,
            ("Ctrl+Alt+C",),
            "Edit/1b",
            "code",
        ),
    ]
