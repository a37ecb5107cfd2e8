"""Payloads: entries read back from disk and decoded, on threads, for all views."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from eventglass.app.core.payload_cache import PayloadCache
from eventglass.app.core.plugins import DecodeError

if TYPE_CHECKING:
    from eventglass.app.core.store import LogStore, Series
    from eventglass.app.models.tasks import TaskControl, Tasks


class Payloads(QObject):
    """Hands decoded entries to views; the latest request of an owner wins.

    Parameters
    ----------
    budget_bytes
        What the cache of decoded entries may hold.
    """

    def __init__(
        self, store: LogStore, tasks: Tasks, budget_bytes: int, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        #: The cache itself, for work that runs in a task already.
        self.cache = PayloadCache(store, budget_bytes)

    def request(
        self,
        owner: Hashable,
        series: Series,
        index: int,
        on_done: Callable[[Any], None],
        on_error: Callable[[str], None],
        convert: Callable[[Any, TaskControl], Any] | None = None,
    ) -> None:
        """Decode entry `index` on a thread and hand it to `on_done` on this one.

        Parameters
        ----------
        owner
            Whose request it is; another request of the same owner replaces it.
        on_error
            Told in words for the user what is wrong with the entry.
        convert
            Makes of the decoded entry what is wanted, on the thread. May raise `DecodeError`.
        """

        def work(control: TaskControl) -> Any:
            decoded = self.cache.read(series, index)
            return decoded if convert is None else convert(decoded, control)

        def failed(error: Exception) -> None:
            on_error(reason(error))

        self._tasks.submit((id(self), owner), work, on_done, failed)

    def cancel(self, owner: Hashable) -> None:
        """Forget what an owner asked for."""
        self._tasks.cancel((id(self), owner))


def reason(error: Exception) -> str:
    """Say in words what is wrong with an entry."""
    if isinstance(error, DecodeError):
        return str(error)
    if isinstance(error, OSError):
        return f"The file can't be read: {error.strerror or error}"
    if isinstance(error, MemoryError):
        return "There is not enough memory to decode this"
    return f"This entry can't be shown ({type(error).__name__}: {error})"
