"""The search of the graph view: what is typed, what was found, and where it is marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, QTimer, Signal

from eventglass.app.models.alive import alive
from eventglass.app.models.graph_search import find_items

if TYPE_CHECKING:
    from eventglass.app.models.tasks import TaskControl
    from eventglass.widgets.views.graphs import GraphsView

_TYPING_MS = 160


class GraphSearch(QObject):
    """Searches when the typing rests; lists what was found, and marks it in the picture."""

    #: There are other matches, or none.
    found = Signal()

    def __init__(self, view: GraphsView) -> None:
        super().__init__(view)
        self._view = view
        #: Items that were found, None without a search.
        self.matches: npt.NDArray[np.int64] | None = None
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self.search_now)
        box = view.bar.search
        box.edited.connect(self._typed)
        box.confirmed.connect(self._confirm)
        box.left_downwards.connect(self._enter_found)

    def set_text(self, text: str) -> None:
        """Search for another text."""
        box = self._view.bar.search
        if box.text() != text:
            box.set_text(text)
        if text:
            self._typing.start()
        else:
            self.end(searched=True)

    def forget(self) -> None:
        """There is another graph."""
        self._stop()
        self._view.bar.search.set_text("")
        self._set_matches(None)

    def end(self, *, searched: bool) -> None:
        """Forget what was searched; of a comparison, list what changed again."""
        self._stop()
        self._view.bar.search.set_text("")
        reading = self._view.model.reading
        if searched and reading is not None and reading.difference is not None:
            self.show_changes()
        else:
            self._set_matches(None)

    def show_changes(self) -> None:
        """List what is different in a comparison."""
        reading = self._view.model.reading
        self._set_matches(None if reading is None else reading.changed())

    def search_now(self) -> None:
        """Search without waiting."""
        view, text = self._view, self._view.bar.search.text()
        self._typing.stop()
        hierarchy = view.model.hierarchy
        if hierarchy is None or not text.strip():
            self._set_matches(None)
            return

        def work(control: TaskControl) -> npt.NDArray[np.int64]:
            return find_items(hierarchy, text, lambda: control.cancelled)

        def failed(error: Exception) -> None:
            view.found.show_found(hierarchy, np.empty(0, np.int64), str(error))

        view.context.tasks.submit(
            (id(self), "search"), work, alive(self, self._set_matches), alive(self, failed)
        )

    def wanted_rows(self) -> npt.NDArray[np.bool_] | None:
        """The nodes the table shows, (n,); None for all."""
        graph = self._view.model.graph
        if self.matches is None or graph is None:
            return None
        wanted = np.zeros(len(graph), bool)
        wanted[self.matches[self.matches < len(graph)]] = True
        return wanted

    def show_list(self) -> None:
        """List what was found beside the picture; the table has it as its rows."""
        self._view.found.setVisible(self.matches is not None and self._view.page == "graph")

    def mark(self) -> None:
        """Mark the boxes of what was found, closed groups that hold some included."""
        view, items = self._view, self.matches
        picture = view.model.picture
        # What changed is told apart by colours already.
        searched = bool(view.bar.search.text())
        if picture is None or items is None or not len(items) or not searched:
            view.canvas.set_marked(())
            return
        scene = picture.scene
        nodes = items[items < len(scene.shown_by)]
        boxes = scene.shown_by[nodes]
        marked = set(scene.items[np.unique(boxes[boxes >= 0])].tolist())
        groups = items[items >= len(scene.shown_by)]
        marked |= {item for item in groups.tolist() if item in scene.box_of}
        view.canvas.set_marked(marked)

    def _set_matches(self, items: npt.NDArray[np.int64] | None) -> None:
        self.matches = items
        view, hierarchy = self._view, self._view.model.hierarchy
        if items is None or hierarchy is None:
            view.found.hide()
            view.bar.search.set_note(".*")
        else:
            reading = view.model.reading
            difference = None if reading is None else reading.difference
            view.found.show_found(hierarchy, items, difference=difference)
            view.bar.search.set_note(f"{len(items):,}")
            self.show_list()
        self.found.emit()
        self.mark()

    def _typed(self, text: str) -> None:
        self._view.choose("Search the graph", search=text)

    def _confirm(self) -> None:
        if self._typing.isActive():
            self.search_now()
        else:
            self._view.next_match(1)

    def _enter_found(self) -> None:
        if self._view.found.isVisible():
            self._view.found.enter()

    def _stop(self) -> None:
        self._typing.stop()
        self._view.context.tasks.cancel((id(self), "search"))
