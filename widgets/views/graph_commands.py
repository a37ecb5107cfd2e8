"""What can be done with a graph: commands and the menu of a box."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from eventglass.app.core.graphs.hierarchy import Fold
from eventglass.app.models.commands import Command

if TYPE_CHECKING:
    from eventglass.widgets.views.graphs import GraphsView

_NOTHING = "Select a node or a group first"
_NO_GROUP = "Select a group first"
_NO_GRAPH = "There is no graph"


def graph_commands(view: GraphsView) -> tuple[Command, ...]:
    """Return the commands of the view."""
    model = view.model

    def has_graph() -> bool:
        return model.graph is not None

    def has_item() -> bool:
        return model.selected >= 0

    def has_group() -> bool:
        return model.is_group(model.selected)

    def no_graph() -> str:
        return _NO_GRAPH

    def no_item() -> str:
        return _NOTHING

    def no_group() -> str:
        return _NO_GROUP

    def search() -> None:
        view.bar.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        view.bar.search.selectAll()

    def turn() -> None:
        now = view.options.direction
        view.choose("Turn the layout", direction="right" if now == "down" else "down")

    def swap_page() -> None:
        view.show_page("graph" if view.page == "table" else "table")

    def toggle_minimap() -> None:
        view.choose("Show or hide the small map", minimap=not view.options.minimap)

    def option(name: str) -> None:
        view.choose("Change what is shown", **{name: not getattr(view.options, name)})

    def is_on(name: str) -> bool:
        return bool(getattr(view.options, name))

    made = [
        Command(
            "graph.search",
            "Search nodes…",
            search,
            "Tools/3",
            ("/",),
            "search",
            has_graph,
            keywords="find name operation attribute shape device",
            reason=no_graph,
        ),
        Command("graph.next", "Next node found", partial(view.next_match, 1), "Tools/3", ("F3",)),
        Command(
            "graph.previous",
            "Node found before",
            partial(view.next_match, -1),
            "Tools/3",
            ("Shift+F3",),
        ),
        Command(
            "graph.file", "Open a graph from a file…", view.ask_file, "Tools/3", (), "folder-open"
        ),
        Command(
            "graph.back", "Back in the graph", model.back, "Go/3", ("Alt+Left",), "back",
            model.can_go_back, reason=lambda: "There is no place before",
        ),
        Command(
            "graph.forward", "Forward in the graph", model.forward, "Go/3", ("Alt+Right",),
            "", model.can_go_forward, reason=lambda: "One has not gone back",
        ),
        Command("graph.fit", "Show the whole graph", view.canvas.fit, "View/4", ("F",), "fit"),
        Command(
            "graph.fit_item", "Show what is selected large",
            lambda: view.canvas.fit_item(model.drawn_id(model.selected)),
            "View/4", ("Shift+F",), "", has_item, reason=no_item,
        ),
        Command("graph.turn", "Layout downwards or to the right", turn, "View/4", (), "rotate"),
        Command(
            "graph.table", "Table of all nodes", swap_page, "View/4", ("T",), "table", has_graph,
            lambda: view.page == "table", reason=no_graph,
        ),
        Command(
            "graph.minimap", "Small map of the whole graph", toggle_minimap, "View/4", (), "",
            checked=partial(is_on, "minimap"),
        ),
        Command(
            "graph.toggle", "Open or close the group", view.toggle_selected, "Tools/4", (), "",
            has_group, reason=no_group,
        ),
        Command(
            "graph.open_all", "Open everything below",
            lambda: model.open_all(model.selected if has_group() else -1),
            "Tools/4", ("Shift+E",), "", has_graph, reason=no_graph,
        ),
        Command(
            "graph.close_all", "Close all groups", lambda: model.close_all(-1), "Tools/4",
            ("Shift+C",), "collapse", has_graph, reason=no_graph,
        ),
        Command(
            "graph.focus", "Show the group alone", view.focus_selected, "Tools/4", ("A",), "target",
            has_group, reason=no_group,
        ),
        Command(
            "graph.unfocus", "Show what is around", model.focus_outward, "Tools/4", ("Shift+A",),
            "", lambda: model.place.focus >= 0, reason=lambda: "The whole graph is shown",
        ),
    ]  # fmt: skip
    for mode, title in (
        ("inputs", "Trace all it needs"),
        ("outputs", "Trace all that needs it"),
        ("path", "Trace between two nodes"),
    ):
        made.append(
            Command(
                f"graph.trace_{mode}",
                title,
                partial(_toggle_trace, view, mode),
                "Tools/5",
                {"inputs": ("I",), "outputs": ("O",), "path": ("P",)}[mode],
                "",
                has_item,
                partial(_traces, view, mode),
                "upstream downstream depends path",
                no_item,
            )
        )
    made += [
        Command(
            f"graph.{name}",
            title,
            partial(option, name),
            "View/5",
            (),
            "",
            checked=partial(is_on, name),
        )
        for name, title in (
            ("extract", "Put nodes with many edges aside"),
            ("embed", "Constants and summaries beside their nodes"),
            ("functions", "Show library functions"),
        )
    ]
    made += [
        Command(
            "graph.save_picture", "Save the picture of the graph…", view.saving.save_picture,
            "File/3", (), "export", has_graph, keywords="export png svg pdf", reason=no_graph,
        ),
        Command(
            "graph.save_sight", "Save what is in sight of the graph…",
            partial(view.saving.save_picture, whole=False), "File/3", (), "", has_graph,
            keywords="export png svg pdf picture", reason=no_graph,
        ),
        Command(
            "graph.save_text", "Save the graph as text…", view.saving.save_text, "File/3", (),
            "", has_graph, keywords="export dot pbtxt graphviz", reason=no_graph,
        ),
        Command(
            "graph.save_nodes", "Save the table of nodes…", view.saving.save_nodes, "File/3", (),
            "", has_graph, keywords="export csv", reason=no_graph,
        ),
    ]  # fmt: skip
    return tuple(made)


def item_menu(view: GraphsView, item: int) -> QMenu:
    """Return the menu of an item, -1: of the ground."""
    model, hierarchy = view.model, view.model.hierarchy
    menu = QMenu(view)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    if hierarchy is None:
        return menu
    if item >= 0:
        name = hierarchy.name(item)
        menu.addAction("Copy the name", lambda: QGuiApplication.clipboard().setText(name))
        menu.addSeparator()
        if model.is_group(item):
            word = "Close" if model.is_open(item) else "Open"
            menu.addAction(f"{word}\tReturn", partial(model.toggle, item))
            menu.addAction("Open everything below\tShift+E", partial(model.open_all, item))
            if model.is_open(item):
                menu.addAction("Close everything below", partial(model.close_all, item))
            menu.addAction("Show alone\tA", partial(model.focus, item))
            if int(hierarchy.kinds[item]) == Fold.SERIES:
                menu.addAction("Show the series as single nodes", partial(model.unfold, item))
        menu.addAction("Show large\tShift+F", lambda: view.canvas.fit_item(model.drawn_id(item)))
        menu.addSeparator()
        for mode, title in (
            ("inputs", "Trace all it needs\tI"),
            ("outputs", "Trace all that needs it\tO"),
        ):
            menu.addAction(title, partial(view.set_trace, mode))
        path = menu.addAction("Trace to the other node\tP", partial(view.set_trace, "path"))
        path.setEnabled(model.other >= 0)
        path.setToolTip("Ctrl and a click choose the other node")
        if view.looking.trace_mode:
            menu.addAction("End the trace", partial(view.set_trace, ""))
        menu.addSeparator()
        picture = model.picture
        box = picture.scene.box_of.get(item, -1) if picture is not None else -1
        aside = picture is not None and box >= 0 and bool(picture.scene.aside[box])
        text = "Back into the main graph" if aside else "Put aside"
        menu.addAction(text, partial(model.put_aside, item, not aside))
    else:
        menu.addAction("Show the whole graph\tF", view.canvas.fit)
        menu.addAction("Open everything below", partial(model.open_all, -1))
        menu.addAction("Close all groups\tShift+C", partial(model.close_all, -1))
        if model.options.unfolded:
            menu.addAction("Fold series again", model.fold_again)
        if model.options.put_aside or model.options.put_back:
            menu.addAction("Put aside as at first", model.put_aside_as_at_first)
        menu.addSeparator()
        menu.addAction("Save the picture…", view.saving.save_picture)
        menu.addAction("Save what is in sight…", partial(view.saving.save_picture, whole=False))
        menu.addAction("Save the graph as text…", view.saving.save_text)
    return menu


def _toggle_trace(view: GraphsView, mode: str) -> None:
    view.set_trace("" if view.looking.trace_mode == mode else mode)


def _traces(view: GraphsView, mode: str) -> bool:
    return view.looking.trace_mode == mode
