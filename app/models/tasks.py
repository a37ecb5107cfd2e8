"""Tasks: heavy work off the GUI thread, results back on it, the latest request wins.

A request belongs to an *owner*, any hashable name. A new request of the same owner replaces one
that waits and cancels one that runs: its results are dropped. Work that holds the GIL for long does
not belong here but in a process of its own.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

_log = logging.getLogger(__name__)


class TaskControl:
    """What a running task sees of the outside: whether to stop, and where to report."""

    def __init__(self, report: Callable[[float, object], None]) -> None:
        self._cancelled = threading.Event()
        self._report = report

    @property
    def cancelled(self) -> bool:
        """Whether nobody waits for the result any more."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Ask the task to stop."""
        self._cancelled.set()

    def report(self, fraction: float, partial: object = None) -> None:
        """Tell how far the work is (0 to 1) and, if there is one, a partial result."""
        if not self.cancelled:
            self._report(fraction, partial)


@dataclass(slots=True)
class _Task:
    owner: Hashable
    work: Callable[[TaskControl], Any]
    on_done: Callable[[Any], None]
    on_error: Callable[[Exception], None] | None
    on_progress: Callable[[float, object], None] | None
    control: TaskControl = field(init=False)


class Tasks(QObject):
    """Runs work on a few threads; callbacks come on the thread this object lives in."""

    #: Number of tasks waiting or running.
    busy_changed = Signal(int)

    _finished = Signal(object, object, object)
    _progressed = Signal(object, float, object)

    def __init__(self, workers: int = 2, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._ready = threading.Condition(self._lock)
        self._waiting: OrderedDict[Hashable, _Task] = OrderedDict()
        self._running: dict[Hashable, _Task] = {}
        # What each owner asked for last and has no answer to; the GUI thread's.
        self._wanted: dict[Hashable, _Task] = {}
        self._stopping = False
        self._finished.connect(self._deliver)
        self._progressed.connect(self._deliver_progress)
        self._worker_count = workers
        self._threads: list[threading.Thread] = []

    def submit(
        self,
        owner: Hashable,
        work: Callable[[TaskControl], Any],
        on_done: Callable[[Any], None],
        on_error: Callable[[Exception], None] | None = None,
        on_progress: Callable[[float, object], None] | None = None,
        *,
        soon: bool = False,
    ) -> None:
        """Run ``work(control)`` on a thread and hand what it returns to `on_done`.

        Replaces what the owner asked for before. Without `on_error` a failure is logged. `soon`:
        before all that waits; for work of milliseconds.
        """
        task = _Task(owner, work, on_done, on_error, on_progress)
        task.control = TaskControl(
            lambda fraction, partial: self._progressed.emit(task, fraction, partial)
        )
        self._wanted[owner] = task
        with self._lock:
            running = self._running.get(owner)
            if running is not None:
                running.control.cancel()
            self._waiting[owner] = task
            if soon:
                self._waiting.move_to_end(owner, last=False)
            if len(self._threads) < self._worker_count:
                thread = threading.Thread(
                    target=self._serve, name=f"task-{len(self._threads)}", daemon=True
                )
                self._threads.append(thread)
                thread.start()
            self._ready.notify()
            busy = len(self._waiting) + len(self._running)
        self.busy_changed.emit(busy)

    def cancel(self, owner: Hashable) -> None:
        """Forget what the owner asked for, also where it is done and only not yet delivered."""
        self._wanted.pop(owner, None)
        with self._lock:
            waited = self._waiting.pop(owner, None) is not None
            running = self._running.get(owner)
            if running is not None:
                running.control.cancel()
            busy = len(self._waiting) + len(self._running)
        if waited:
            self.busy_changed.emit(busy)

    def stop(self) -> None:
        """Cancel everything and wait for the threads."""
        with self._lock:
            self._stopping = True
            self._waiting.clear()
            for task in self._running.values():
                task.control.cancel()
            self._ready.notify_all()
        for thread in self._threads:
            thread.join()
        self._threads = []

    def _serve(self) -> None:
        while True:
            with self._lock:
                # One owner's requests run one after another.
                while not self._stopping and not self._next():
                    self._ready.wait()
                if self._stopping:
                    return
                owner = self._next()[0]
                task = self._waiting.pop(owner)
                self._running[owner] = task
            result: Any = None
            error: Exception | None = None
            try:
                result = task.work(task.control)
            except Exception as failure:  # noqa: BLE001 - a border: a task may fail in any way
                error = failure
            with self._lock:
                del self._running[owner]
                self._ready.notify()
                stopping = self._stopping
            if not stopping:
                self._finished.emit(task, result, error)
            # Hold nothing while waiting: a task and its result may hold large arrays.
            del task, result, error

    def _next(self) -> list[Hashable]:
        """The first waiting owner nothing of whom is running, in a list; or an empty one."""
        return next(([owner] for owner in self._waiting if owner not in self._running), [])

    @Slot(object, object, object)
    def _deliver(self, task: _Task, result: Any, error: Exception | None) -> None:
        with self._lock:
            busy = len(self._waiting) + len(self._running)
        self.busy_changed.emit(busy)
        if self._wanted.get(task.owner) is not task:
            return
        del self._wanted[task.owner]
        if task.control.cancelled:
            return
        if error is None:
            task.on_done(result)
        elif task.on_error is not None:
            task.on_error(error)
        else:
            _log.error("A task of %s failed", task.owner, exc_info=error)

    @Slot(object, float, object)
    def _deliver_progress(self, task: _Task, fraction: float, partial: object) -> None:
        if self._wanted.get(task.owner) is task and task.on_progress is not None:
            task.on_progress(fraction, partial)
