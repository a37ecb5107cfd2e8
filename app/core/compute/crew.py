"""Crew: a few threads that help with work of milliseconds whose loops run without the GIL.

They are started once and wait; starting threads for each piece of work would cost more than the
work, above all while others run Python.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from queue import SimpleQueue

#: Threads at work at once, the caller's included.
SIZE = min(os.cpu_count() or 1, 4)


class _Share:
    """One call's jobs for the helpers, and how they ended."""

    def __init__(self) -> None:
        self.done = threading.Semaphore(0)
        self.error: Exception | None = None


class Crew:
    """Runs jobs side by side; may be called from any thread."""

    def __init__(self, helpers: int = SIZE - 1) -> None:
        self._helpers = helpers
        self._jobs: SimpleQueue[tuple[Callable[[], object], _Share]] = SimpleQueue()
        self._lock = threading.Lock()
        self._started = False

    def run(self, jobs: Sequence[Callable[[], object]]) -> None:
        """Do all jobs, the first on the calling thread, and return when the last is done.

        Raises what a job raised, after all have ended.
        """
        if not jobs:
            return
        if len(jobs) == 1 or not self._helpers:
            for job in jobs:
                job()
            return
        with self._lock:
            if not self._started:
                self._started = True
                for number in range(self._helpers):
                    # Daemons: they hold nothing that must be put in order at the end.
                    threading.Thread(target=self._help, name=f"crew-{number}", daemon=True).start()
        share = _Share()
        for job in jobs[1:]:
            self._jobs.put((job, share))
        try:
            jobs[0]()
        finally:
            for _ in jobs[1:]:
                share.done.acquire()
        if share.error is not None:
            raise share.error

    def _help(self) -> None:
        while True:
            job, share = self._jobs.get()
            try:
                job()
            except Exception as error:  # noqa: BLE001 - handed to the caller, who raises it
                share.error = error
            finally:
                share.done.release()
            # Hold nothing while waiting: a job may hold large arrays.
            del job, share


#: The process's crew.
CREW = Crew()
