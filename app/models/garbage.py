"""Python's cyclic garbage, collected on the GUI thread and nowhere else.

Left to itself the collector runs on whichever thread makes the next object, and frees there what
it finds: a widget or timer that is freed off its own thread takes the process down sooner or later.
"""

from __future__ import annotations

import gc
import time

from PySide6.QtCore import QObject, Qt, QTimer

#: Time between two looks, in milliseconds.
LOOK_MS = 500
#: New objects that make a collection of the young ones worth while.
MANY = 10_000
#: So many at once are what was read, and stay: they are put aside instead of being gone through.
FLOOD = 200_000
#: Least time between two collections of everything, in seconds.
FULL_EVERY_S = 60.0
#: Collecting takes at most this share of the time.
SHARE = 0.01


class Garbage(QObject):
    """Collects garbage on the thread it lives on, from now until it is stopped."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._begun = False
        self._young_from_s = 0.0
        self._full_from_s = time.monotonic() + FULL_EVERY_S
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.CoarseTimer)
        self._timer.timeout.connect(self.look)
        self._timer.start(LOOK_MS)

    def stop(self) -> None:
        """Leave it to Python again."""
        self._timer.stop()
        gc.enable()

    def look(self) -> None:
        """Collect what it is time for."""
        now = time.monotonic()
        fresh = gc.get_count()[0]
        if not self._begun:
            # What the start made stays; going through it would take a tenth of a second.
            self._begun = True
            gc.freeze()
        elif fresh >= FLOOD:
            gc.freeze()
        elif now >= self._full_from_s:
            self._full_from_s = self._collect(2, FULL_EVERY_S)
        elif fresh >= MANY and now >= self._young_from_s:
            self._young_from_s = self._collect(1, 0.0)

    def put_aside(self) -> None:
        """Take all there is out of later rounds, but first what is garbage of it now."""
        if gc.get_count()[0] < FLOOD:
            gc.collect(1)
        gc.freeze()

    def _collect(self, generation: int, least_s: float) -> float:
        """Collect, and return when to do so again at the earliest."""
        began = time.monotonic()
        gc.collect(generation)
        ended = time.monotonic()
        return ended + max(least_s, (ended - began) / SHARE)
