"""The beginnings of texts, for lists of entries: read in the background, the latest ones kept."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from eventglass.app.models.payloads import reason
from eventglass.app.models.text_presenting import preview

if TYPE_CHECKING:
    from eventglass.app.core.store import Series
    from eventglass.app.models.payloads import Payloads
    from eventglass.app.models.tasks import TaskControl, Tasks

Key = tuple[int, int]
#: Previews kept, and entries read in one go: the last ones asked for, for they are in sight.
_KEPT, _BATCH = 4_000, 40


class TextPreviews(QObject):
    """Beginnings of entries by series and index."""

    #: More are there.
    ready = Signal()

    def __init__(self, payloads: Payloads, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cache = payloads.cache
        self._tasks = tasks
        self._known: OrderedDict[Key, str] = OrderedDict()
        self._wanted: OrderedDict[Key, Series] = OrderedDict()
        self._busy = False
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.setInterval(0)
        self._turn.timeout.connect(self._read)

    def get(self, series: Series, index: int) -> str | None:
        """The beginning of an entry; None while it is not there yet."""
        key = (series.id, index)
        found = self._known.get(key)
        if found is not None:
            self._known.move_to_end(key)
            return found
        self._wanted[key] = series
        self._wanted.move_to_end(key)
        while len(self._wanted) > _BATCH:
            self._wanted.popitem(last=False)
        if not self._busy and not self._turn.isActive():
            self._turn.start()
        return None

    @property
    def is_busy(self) -> bool:
        """Whether some are being read."""
        return self._busy or bool(self._wanted)

    def forget(self) -> None:
        """Forget all that was read."""
        self._known.clear()

    def _read(self) -> None:
        wanted, self._wanted = self._wanted, OrderedDict()
        if not wanted:
            return

        def work(control: TaskControl) -> dict[Key, str]:
            made: dict[Key, str] = {}
            for (series_id, index), series in wanted.items():
                if control.cancelled:
                    break
                try:
                    made[series_id, index] = preview(self._cache.read(series, index).strings)
                except Exception as error:  # noqa: BLE001 - a border: an entry may hold anything
                    made[series_id, index] = reason(error)
            return made

        self._busy = True
        self._tasks.submit((id(self), "previews"), work, self._take, self._failed)

    def _take(self, made: dict[Key, str]) -> None:
        self._busy = False
        self._known.update(made)
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        self.ready.emit()
        if self._wanted:
            self._turn.start()

    def _failed(self, _error: Exception) -> None:
        self._busy = False
