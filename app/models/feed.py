"""Feed: carries what the reader's threads found to the GUI thread, never more often than useful.

The reader writes into the store itself; what crosses over is only *that* something changed. However
fast it reads, the window gets one `Changes` at a time, and time to draw in between.
"""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from eventglass.app.core.reader import Progress, Reader
from eventglass.app.core.store import Changes, LogStore

#: Shortest time between two deliveries.
PERIOD_MS = 33
#: Longest, when handling them takes long.
PERIOD_MAX_MS = 400
PROGRESS_MS = 100


class Feed(QObject):
    """Tells the GUI thread about changes of the store and the progress of the reader."""

    #: `Changes` since the last time.
    changed = Signal(object)
    #: `Progress` of the reader, some ten times a second while it reads.
    progressed = Signal(object)
    #: All that was found has been read; emitted again when more came and was read.
    settled = Signal()

    _woken = Signal()

    def __init__(self, store: LogStore, reader: Reader, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._reader = reader
        self._was_settled = False
        self._deliver_timer = QTimer(self)
        self._deliver_timer.setSingleShot(True)
        self._deliver_timer.timeout.connect(self._deliver)
        self._progress_timer = QTimer(self)
        self._progress_timer.setInterval(PROGRESS_MS)
        self._progress_timer.timeout.connect(self._report)
        self._last_delivery_s = 0.0
        self._period_ms = float(PERIOD_MS)
        self._woken.connect(self._wake)
        store.on_change = self._woken.emit
        # Reading may have begun before there was anybody to tell.
        self._woken.emit()

    def stop(self) -> None:
        """Deliver nothing more."""
        self._store.on_change = _nothing
        self._deliver_timer.stop()
        self._progress_timer.stop()

    @Slot()
    def _wake(self) -> None:
        if not self._progress_timer.isActive():
            self._was_settled = False
            self._progress_timer.start()
        if not self._deliver_timer.isActive():
            since_ms = 1000.0 * (time.monotonic() - self._last_delivery_s)
            self._deliver_timer.start(max(0, int(self._period_ms - since_ms)))

    def _deliver(self) -> None:
        began = time.monotonic()
        changes: Changes = self._store.take_changes()
        if changes:
            self.changed.emit(changes)
        now = time.monotonic()
        self._last_delivery_s = now
        # Whatever handling costs, three quarters of the time stay free for drawing and input.
        self._period_ms = min(PERIOD_MAX_MS, max(PERIOD_MS, 3000.0 * (now - began)))

    def _report(self) -> None:
        progress: Progress = self._reader.progress()
        self.progressed.emit(progress)
        if progress.settled and not self._deliver_timer.isActive():
            self._progress_timer.stop()
            if not self._was_settled:
                self._was_settled = True
                self.settled.emit()


def _nothing() -> None:
    pass
