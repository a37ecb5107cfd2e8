"""Saves what the graph view shows: asks where to, writes in a task, tells how it went."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from eventglass.app.core.export import ExportError
from eventglass.app.models.alive import alive
from eventglass.widgets.views.graph_export import Work, nodes_work, picture_work, text_work
from eventglass.widgets.views.save_bar import ask_path, file_name, trouble

if TYPE_CHECKING:
    from eventglass.widgets.views.graphs import GraphsView

_PICTURES = (
    "PNG picture (*.png)",
    "SVG drawing (*.svg)",
    "PDF page (*.pdf)",
)
_TEXTS = ("GraphDef as text (*.pbtxt)", "Graphviz (*.dot)")


class GraphSaving:
    """One file at a time; another one waits for none, but is refused meanwhile."""

    def __init__(self, view: GraphsView) -> None:
        self._view = view
        #: The file that is being written, None when none is.
        self.path: Path | None = None
        view.saving_bar.cancelled.connect(self.give_up)

    @property
    def is_busy(self) -> bool:
        """Whether a file is being written."""
        return self.path is not None

    def save_picture(self, *_: object, whole: bool = True) -> None:
        """Ask where to, and save the drawing, or what is in sight, as PNG, SVG or PDF."""
        title = "Save the picture of the graph" if whole else "Save what is in sight"
        path = self._ask(title, ".png", _PICTURES)
        if path is not None:
            self.start(path, lambda: picture_work(self._view, path, whole=whole))

    def save_text(self) -> None:
        """Ask where to, and save the graph as .pbtxt or .dot."""
        path = self._ask("Save the graph as text", ".pbtxt", _TEXTS)
        if path is not None:
            self.start(path, lambda: text_work(self._view, path))

    def save_nodes(self) -> None:
        """Ask where to, and save the table of nodes as CSV."""
        path = self._ask("Save the table of nodes", ".csv", ("Comma-separated values (*.csv)",))
        if path is not None:
            self.start(path, lambda: nodes_work(self._view, path))

    def start(self, path: Path, prepare: Callable[[], Work]) -> None:
        """Write a file in a task; what can't be written is told."""
        view = self._view
        view.notice.dismiss()
        if self.path is not None:
            view.notice.tell(f"{self.path.name} is being saved; this can follow then")
            return
        try:
            work = prepare()
        except (ExportError, OSError) as error:
            view.notice.tell(trouble(error))
            return
        self.path = path
        view.saving_bar.set_busy(True, f"Saving {path.name}")
        view.saving_bar.show()
        view.context.tasks.submit(
            (id(self), "save"),
            work,
            alive(view, self._saved),
            alive(view, self._failed),
            alive(view, self._progressed),
        )

    def give_up(self) -> None:
        """Stop writing; what was there before stays."""
        if self.path is not None:
            self._view.context.tasks.cancel((id(self), "save"))
            name, self.path = self.path.name, None
            self._view.saving_bar.hide()
            self._view.notice.tell(f"{name} was not saved")

    def _saved(self, _result: None) -> None:
        name = self.path.name if self.path is not None else ""
        self._end()
        self._view.notice.tell(f"Saved {name}")

    def _failed(self, error: Exception) -> None:
        self._end()
        self._view.notice.tell(trouble(error))

    def _end(self) -> None:
        self.path = None
        self._view.saving_bar.set_busy(False)
        self._view.saving_bar.hide()

    def _progressed(self, share: float, _partial: object) -> None:
        self._view.saving_bar.show_progress(share)

    def _ask(self, title: str, suffix: str, filters: tuple[str, ...]) -> Path | None:
        view = self._view
        source = view.model.source
        name = file_name(source.tag_title if source is not None else "graph", suffix)
        return ask_path(view, view.context.settings, title, name, filters, suffix)
