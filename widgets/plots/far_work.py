"""Work of charts of very many points, done in a thread, so that the window never waits for it."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

T = TypeVar("T")

#: How often is looked whether something is done, in milliseconds.
LOOK_MS = 4
#: One piece of work at a time: each takes all processors, and the one first asked for is seen
#: first.
_TURN = threading.Lock()


class _Job(Generic[T]):
    """A piece of work on its way."""

    def __init__(self, key: object, work: Callable[[], T]) -> None:
        self.key = key
        self.work = work
        self.is_dropped = False
        self.is_forgotten = False
        self.result: T | None = None
        self.error: Exception | None = None
        self.done = threading.Event()

    def run(self) -> None:
        with _TURN:
            try:
                if not self.is_dropped:
                    self.result = self.work()
            except Exception as error:  # noqa: BLE001 - raised again where the result is taken
                self.error = error
        self.done.set()


class _Worker:
    """The thread that works for all charts.

    It is started once: starting one for each picture makes the window wait until it runs.
    """

    def __init__(self) -> None:
        self._jobs: SimpleQueue[_Job[object] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def put(self, job: _Job[object]) -> None:
        """Have a job done after those that were put before."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="pictures", daemon=True)
            self._thread.start()
            # It paints: the program must not end under it.
            atexit.register(self._end)
        self._jobs.put(job)

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            job.run()
            # Hold nothing while waiting: a job may hold large arrays.
            del job

    def _end(self) -> None:
        self._jobs.put(None)
        if self._thread is not None:
            self._thread.join()


_WORKER = _Worker()


class FarWork(QObject, Generic[T]):
    """Does one piece of work after another in the thread; of those asked for meanwhile the last."""

    #: Something is done; `taken` returns it.
    ready = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        #: What was done last, and its key.
        self.result: T | None = None
        self.key: object = None
        self._job: _Job[T] | None = None
        self._next: _Job[T] | None = None
        self._look = QTimer(self)
        self._look.setInterval(LOOK_MS)
        self._look.timeout.connect(self._take)

    def ask(self, key: object, work: Callable[[], T]) -> None:
        """Have something done, unless what has this key is on its way."""
        job = self._job
        if job is not None and job.key == key and not job.is_dropped:
            self._next = None
        elif self._next is None or self._next.key != key:
            self._next = _Job(key, work)
            if job is None:
                self._start()

    def finish(self, key: object, work: Callable[[], T]) -> T:
        """Have something done now, and wait for it."""
        self.wait()
        if self.result is None or self.key != key:
            self.result, self.key = work(), key
        return self.result

    def wait(self) -> None:
        """Wait for what has been begun, and begin nothing."""
        self._next = None
        if self._job is not None:
            self._job.done.wait()
            self._take()

    def rest(self) -> None:
        """Do nothing that is not begun."""
        self._next = None
        if self._job is not None:
            self._job.is_dropped = True

    def forget(self) -> None:
        """Keep nothing of what was done, and take nothing of what is on its way."""
        self.result = self.key = None
        self.rest()
        if self._job is not None:
            self._job.is_forgotten = True

    def is_busy(self) -> bool:
        """Whether something is on its way."""
        return self._job is not None

    def _start(self) -> None:
        self._job, self._next = self._next, None
        if self._job is None:
            self._look.stop()
        else:
            _WORKER.put(self._job)  # type: ignore[arg-type]
            self._look.start()

    def _take(self) -> None:
        """Take what is done."""
        job = self._job
        if job is None or not job.done.is_set():
            return
        self._job = None
        self._start()
        if job.error is not None:
            raise job.error
        if job.result is not None and not job.is_forgotten:
            self.result, self.key = job.result, job.key
            self.ready.emit()
