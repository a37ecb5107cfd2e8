"""What can be done with embeddings: commands, and the menu of a point."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

from eventglass.app.models.commands import Command
from eventglass.app.models.embedding_options import PROJECTIONS
from eventglass.widgets.views.embedding_export import (
    load_bookmarks,
    save_bookmarks,
    save_metadata,
    save_picture,
    save_points,
)
from eventglass.widgets.views.embedding_inspector import label_menu

if TYPE_CHECKING:
    from eventglass.widgets.views.embeddings import EmbeddingsView

_NOTHING = "There is no embedding"
_NO_SELECTION = "Select points first"


def embedding_commands(view: EmbeddingsView) -> tuple[Command, ...]:
    """Return the commands of the view."""
    model = view.model

    def has_points() -> bool:
        return model.positions is not None

    def has_selection() -> bool:
        return len(model.marks.selected) > 0

    def has_hidden() -> bool:
        return model.marks.hidden_count > 0

    def nothing() -> str:
        return _NOTHING

    def no_selection() -> str:
        return _NO_SELECTION

    def search() -> None:
        view.bar.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        view.bar.search.selectAll()

    def flatten() -> None:
        view.edit("Change the dimensions", planar=not view.options.planar)

    def swap_page() -> None:
        view.show_page("scene" if view.page == "table" else "table")

    def next_labels() -> None:
        order = ("none", "marked", "all")
        at = order.index(view.options.labels)
        view.edit("Change the labels", labels=order[(at + 1) % len(order)])

    def toggle(field: str, title: str) -> None:
        view.edit(title, **{field: not getattr(view.options, field)})

    made = [
        Command(
            "embeddings.open", "Open vectors…", view.ask_file, "File/2", (), "folder-open",
            keywords="embedding tsv csv npy npz parquet projector",
        ),
        Command(
            "embeddings.search", "Search points…", search, "Tools/3", ("/",),
            "search", has_points, keywords="find metadata label", reason=nothing,
        ),
        Command(
            "embeddings.fit", "Show all points in sight", view.fit, "View/4", ("F",), "fit",
            has_points, reason=nothing,
        ),
        Command(
            "embeddings.frame", "Show what is selected large", view.frame_selection, "View/4",
            ("Shift+F",), "", has_selection, reason=no_selection,
        ),
        Command(
            "embeddings.planar", "Two dimensions", flatten, "View/4", ("D",), "", has_points,
            lambda: view.options.planar, "2d 3d flat", nothing,
        ),
        Command(
            "embeddings.table", "Table of the points", swap_page, "View/4", ("T",), "table",
            has_points, lambda: view.page == "table", reason=nothing,
        ),
        Command(
            "embeddings.labels", "Labels: pointed at, selected, all", next_labels, "View/4",
            ("Shift+L",), "text", has_points, reason=nothing,
        ),
        Command(
            "embeddings.box", "Select in a box", partial(view.take_tool, "box"), "Tools/4",
            ("B",), "select-box", has_points, lambda: view.scene.tool == "box", reason=nothing,
        ),
        Command(
            "embeddings.lasso", "Select with a lasso", partial(view.take_tool, "lasso"),
            "Tools/4", ("L",), "lasso", has_points, lambda: view.scene.tool == "lasso",
            reason=nothing,
        ),
        Command(
            "embeddings.select_all", "Select all points", view.select_all, "Edit/3", (), "",
            has_points, reason=nothing,
        ),
        Command(
            "embeddings.invert", "Invert the selection of points", view.invert, "Edit/3",
            ("Shift+I",), "", has_points, reason=nothing,
        ),
        Command(
            "embeddings.neighbours", "Select the neighbours", view.select_neighbours, "Edit/3",
            ("N",), "", lambda: model.neighbours is not None,
            reason=lambda: "Click a point first",
        ),
        Command(
            "embeddings.isolate", "Show only what is selected", view.isolate, "Edit/4",
            ("I",), "target", has_selection, reason=no_selection,
        ),
        Command(
            "embeddings.hide", "Hide what is selected", view.hide_selected, "Edit/4", ("H",),
            "hide", has_selection, reason=no_selection,
        ),
        Command(
            "embeddings.show", "Show all hidden points", view.show_all, "Edit/4", ("Shift+H",),
            "show", has_hidden, reason=lambda: "Nothing is hidden",
        ),
        Command(
            "embeddings.pause", "Pause the projection", model.pause, "Tools/5", (), "pause",
            lambda: model.has_job, lambda: model.is_resting, "t-sne umap resume",
            lambda: "Neither t-SNE nor UMAP runs",
        ),
        Command(
            "embeddings.again", "Run the projection again", model.run_again, "Tools/5", (),
            "refresh", lambda: view.options.projection in ("tsne", "umap"),
            keywords="t-sne umap restart", reason=lambda: "Only t-SNE and UMAP run",
        ),
        Command(
            "embeddings.look", "Look for embeddings again", view.shelf.look_again, "Tools/5",
        ),
        Command(
            "embeddings.save_points", "Save points and coordinates…", partial(save_points, view),
            "File/3", (), "export", has_points, keywords="export csv parquet selection",
            reason=nothing,
        ),
        Command(
            "embeddings.save_picture", "Save the picture of the points…",
            partial(save_picture, view), "File/3", (), "", has_points, keywords="export png",
            reason=nothing,
        ),
        Command(
            "embeddings.save_transparent", "Save the picture without a background…",
            partial(save_picture, view, transparent=True), "File/3", (), "", has_points,
            keywords="export png transparent", reason=nothing,
        ),
        Command(
            "embeddings.save_metadata", "Save the metadata elsewhere…",
            partial(save_metadata, view), "File/3", (), "",
            lambda: bool(model.metadata.columns), keywords="export tsv labels",
            reason=lambda: "There is no metadata",
        ),
        Command(
            "embeddings.save_bookmark", "Save as a bookmark of the projector…",
            partial(save_bookmarks, view), "File/3", (), "", has_points,
            keywords="export json state tensorboard", reason=nothing,
        ),
        Command(
            "embeddings.load_bookmarks", "Open bookmarks of the projector…",
            partial(load_bookmarks, view), "File/3", (), "", has_points,
            keywords="json state tensorboard", reason=nothing,
        ),
    ]  # fmt: skip
    for number, (projection, title) in enumerate(PROJECTIONS):
        made.append(
            Command(
                f"embeddings.{projection}",
                "Project along raw dimensions" if projection == "dimensions" else
                "Project along custom axes" if projection == "custom" else f"Project by {title}",
                partial(view.choose, "Change the projection", "projection", projection),
                "Tools/6",
                (f"Alt+{number + 1}",),
                "",
                has_points,
                partial(_projects, view, projection),
                reason=nothing,
            )
        )  # fmt: skip
    for field, title in (("axes", "Axes of the points"), ("fog", "Depth fades")):
        made.append(
            Command(
                f"embeddings.{field}",
                title,
                partial(toggle, field, title),
                "View/5",
                checked=partial(_is_on, view, field),
            )
        )
    return tuple(made)


def point_menu(view: EmbeddingsView, row: int) -> QMenu:
    """Return the menu of a point; -1: of the ground."""
    model = view.model
    menu = QMenu(view)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    selected = len(model.marks.selected)
    if row >= 0 and model.data is not None:
        label_menu(view, menu, row)
        menu.addSeparator()
        menu.addAction("Show its neighbours", partial(view.focus_on, row))
    if model.neighbours is not None:
        menu.addAction("Select the neighbours\tN", view.select_neighbours)
    if selected:
        menu.addAction(f"Show only these {selected:,}\tI", view.isolate)
        menu.addAction(f"Hide these {selected:,}\tH", view.hide_selected)
        menu.addAction("Show them large\tShift+F", view.frame_selection)
        menu.addAction("Select nothing\tEscape", view.clear_selection)
    menu.addAction("Invert the selection\tShift+I", view.invert)
    if model.marks.hidden_count:
        menu.addAction(f"Show all {model.marks.hidden_count:,} hidden\tShift+H", view.show_all)
    menu.addSeparator()
    menu.addAction("Show all points in sight\tF", view.fit)
    words = f"Save these {selected:,} points…" if selected else "Save points and coordinates…"
    menu.addAction(words, partial(save_points, view))
    menu.addAction("Save the picture…", partial(save_picture, view))
    return menu


def _projects(view: EmbeddingsView, projection: str) -> bool:
    return view.options.projection == projection


def _is_on(view: EmbeddingsView, field: str) -> bool:
    return bool(getattr(view.options, field))
