"""Searching points: what is typed, looked for in a task, and selected."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, QTimer

from eventglass.app.models.alive import alive
from eventglass.app.models.embedding_search import find_rows
from eventglass.app.models.tasks import TaskControl

if TYPE_CHECKING:
    from eventglass.widgets.views.embeddings import EmbeddingsView

_TYPING_MS = 160


class PointSearch(QObject):
    """Selects what the field of the bar asks for."""

    def __init__(self, view: EmbeddingsView) -> None:
        super().__init__(view)
        self._view = view
        self._searching = False
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self._search)
        bar = view.bar
        bar.search.edited.connect(self._typed)
        bar.search.confirmed.connect(self._confirm)
        bar.search_by_chosen.connect(self._search_in)

    @property
    def is_busy(self) -> bool:
        """Whether something was typed that is not found yet."""
        return self._typing.isActive() or self._searching

    def search_for(self, text: str) -> None:
        """Search for something."""
        self._view.bar.search.set_text(text)
        self._search()

    def end(self) -> None:
        """Search for nothing any more; what was found stays selected."""
        view = self._view
        view.bar.search.set_text("")
        view.bar.search.set_note("")
        self._typing.stop()
        self._searching = False
        view.context.tasks.cancel((id(self), "search"))

    def _typed(self, text: str) -> None:
        if text:
            self._typing.start()
        else:
            self.end()
            self._view.clear_selection()

    def _confirm(self) -> None:
        if self._typing.isActive():
            self._search()
        elif len(self._view.model.marks.selected):
            self._view.frame_selection()

    def _search_in(self, name: str) -> None:
        self._view.edit("Search in another column", search_by=name)
        if self._view.bar.search.text():
            self._search()

    def _search(self) -> None:
        self._typing.stop()
        view = self._view
        metadata, text, by = view.model.metadata, view.bar.search.text(), view.options.search_by
        if not text.strip():
            return
        if not metadata.columns:
            metadata = replace(metadata, rows=view.model.count)

        def work(control: TaskControl) -> npt.NDArray[np.int64]:
            return find_rows(metadata, text, by, lambda: control.cancelled)

        def found(rows: npt.NDArray[np.int64]) -> None:
            self._searching = False
            view.bar.search.set_note(f"{len(rows):,}")
            view.model.select(rows, label="Select what is found")

        def failed(error: Exception) -> None:
            self._searching = False
            view.bar.search.set_note("?")
            view.tell(str(error))

        self._searching = True
        view.context.tasks.submit(
            (id(self), "search"), work, alive(self, found), alive(self, failed)
        )
