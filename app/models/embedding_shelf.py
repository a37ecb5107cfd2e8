"""Which embeddings the open roots offer: found in tasks, once for all views."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from eventglass.app.models.alive import alive

if TYPE_CHECKING:
    from eventglass.app.core.projector.sources import EmbeddingSource
    from eventglass.app.core.store import LogStore
    from eventglass.app.models.tasks import TaskControl, Tasks


#: Runs that come are looked through for embeddings this long after the last of them.
LOOK_AFTER_MS = 3000


class EmbeddingShelf(QObject):
    """Looks through roots for embeddings when they are opened, and again when asked to."""

    #: Other embeddings are known.
    changed = Signal()
    #: Nothing is open any more: what files of vectors showed ends, too.
    files_closed = Signal()

    def __init__(self, store: LogStore, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._tasks = tasks
        self._found: dict[str, tuple[EmbeddingSource, ...]] = {}
        self._looking: set[str] = set()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(LOOK_AFTER_MS)
        self._soon.timeout.connect(self.look_again)

    @property
    def is_looking(self) -> bool:
        """Whether a root is being looked through."""
        return bool(self._looking)

    def sources(self) -> tuple[EmbeddingSource, ...]:
        """The embeddings of the open roots, roots in the order of opening."""
        return tuple(each for path in self._paths() for each in self._found.get(path, ()))

    def of_root(self, path: str) -> tuple[EmbeddingSource, ...] | None:
        """The embeddings of one root; None while it has not been looked through."""
        return self._found.get(path)

    @property
    def count(self) -> int:
        """Number of embeddings in the open roots."""
        return sum(len(self._found.get(path, ())) for path in self._paths())

    def follow_roots(self) -> None:
        """Look through roots that are new; forget closed ones."""
        paths = self._paths()
        gone = [path for path in self._found if path not in paths]
        for path in gone:
            del self._found[path]
        for path in paths:
            if path not in self._found and path not in self._looking:
                self._look(path)
        if gone:
            self.changed.emit()

    def look_soon(self) -> None:
        """Look once more when no more runs come."""
        self._soon.start()

    def look_again(self) -> None:
        """Look through all open roots once more: files may have come."""
        for path in self._paths():
            self._look(path)

    def _look(self, path: str) -> None:
        self._looking.add(path)

        def work(control: TaskControl) -> tuple[EmbeddingSource, ...]:
            from eventglass.app.core.projector.sources import find

            return find(path, control)

        def done(found: tuple[EmbeddingSource, ...]) -> None:
            self._looking.discard(path)
            before = self._found.get(path)
            self._found[path] = found
            if found != before:
                self.changed.emit()

        def failed(_error: Exception) -> None:
            # Roots that can't be read are told of by the reader.
            self._looking.discard(path)
            if self._found.setdefault(path, ()) == ():
                self.changed.emit()

        self._tasks.submit(
            (id(self), "embeddings", path), work, alive(self, done), alive(self, failed)
        )

    def _paths(self) -> list[str]:
        return [os.fspath(root.path) for root in self._store.roots if not root.closed]
