"""Projection jobs: t-SNE and UMAP in a process of their own, seen from the window.

Two threads per job, one that writes to the process and one that reads from it, so that neither the
window waits for the process nor the process for the window: of coordinates that come faster than
they are drawn only the newest are told.
"""

from __future__ import annotations

import contextlib
import io
import os
import queue
import subprocess
import sys
import threading
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Qt, Signal, Slot

from eventglass.app.core.projector import channel
from eventglass.app.core.projector.requests import (
    ProjectionInfo,
    ProjectionRequest,
    TsneSettings,
    UmapSettings,
    to_header,
)

_MODULE = "eventglass.app.core.projector.worker"
_ARGUMENT = "--projector-worker"
_ENDED = "The projection process ended unexpectedly; it can be run again"


def command() -> list[str]:
    """How the process is started: the program's own file where it is frozen, else Python."""
    if getattr(sys, "frozen", False):
        return [sys.executable, _ARGUMENT]
    # -P: a log directory that is the current one must not give us its modules.
    return [sys.executable, "-P", "-m", _MODULE]


def _environment() -> dict[str, str]:
    """The window keeps NumPy to one thread; the process has nothing else to do."""
    return {**os.environ, "OPENBLAS_NUM_THREADS": str(max(1, min(8, os.cpu_count() or 1)))}


class ProjectionJobs(QObject):
    """Runs one projection at a time; a new one ends the one before."""

    #: Job, coordinates (n, k) float32 read-only, `ProjectionInfo`.
    partial = Signal(int, object, object)
    #: Job and `ProjectionInfo` where there is nothing new to draw.
    progressed = Signal(int, object)
    #: Job, coordinates, `ProjectionInfo`: all iterations done. The job rests; `change` with more
    #: iterations goes on.
    done = Signal(int, object, object)
    #: Job and what to tell.
    failed = Signal(int, str)
    #: Job, and whether it rests.
    paused_changed = Signal(int, bool)

    _arrived = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._count = 0
        self._job: _Job | None = None
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    @property
    def running(self) -> int:
        """The job that runs or rests; 0 without."""
        return self._job.number if self._job is not None else 0

    def start(self, request: ProjectionRequest) -> int:
        """Begin; returns the job's number. A failure to begin is told like any other."""
        self.cancel()
        self._count += 1
        self._job = _Job(self._count, request, self._arrived.emit)
        return self._count

    def change(self, settings: TsneSettings | UmapSettings) -> None:
        """Take new settings in the running job as far as its method allows."""
        self._tell({"do": "change", "settings": to_header(settings)})

    def pause(self) -> None:
        """Rest after the present iteration."""
        self._tell({"do": "pause"})

    def resume(self) -> None:
        """Go on."""
        self._tell({"do": "resume"})

    def cancel(self) -> None:
        """End the job; nothing of it is told any more."""
        job, self._job = self._job, None
        if job is not None:
            job.end()

    def stop(self) -> None:
        """End the process; for when the view closes."""
        self.cancel()

    def _tell(self, header: dict[str, Any]) -> None:
        if self._job is not None:
            self._job.tell(header)

    @Slot()
    def _deliver(self) -> None:
        """Tell what arrived from the job that is wanted."""
        job = self._job
        if job is None:
            return
        for header, arrays in job.take():
            # A slot may have ended the job.
            if self._job is not job:
                return
            self._pass_on(job, header, arrays)

    def _pass_on(
        self, job: _Job, header: dict[str, Any], arrays: dict[str, npt.NDArray[Any]]
    ) -> None:
        event = header.get("event")
        if event == "failed":
            self.cancel()
            self.failed.emit(job.number, str(header.get("message", _ENDED)))
        elif event == "paused":
            self.paused_changed.emit(job.number, bool(header.get("paused")))
        elif event == "progress":
            self.progressed.emit(job.number, _info(header))
        elif event in ("partial", "done"):
            places = arrays["places"]
            places.flags.writeable = False
            signal = self.done if event == "done" else self.partial
            signal.emit(job.number, places, _info(header))


def _info(header: dict[str, Any]) -> ProjectionInfo:
    info = header["info"]
    error = info["error"]
    return ProjectionInfo(
        stage=str(info["stage"]),
        iteration=int(info["iteration"]),
        iterations=int(info["iterations"]),
        fraction=float(info["fraction"]),
        error=float("nan") if error is None else float(error),
        seconds=float(info["seconds"]),
        notices=tuple(str(notice) for notice in info["notices"]),
    )


class _Job:
    """A process and the two threads that speak with it."""

    def __init__(self, number: int, request: ProjectionRequest, on_arrival: Any) -> None:
        self.number = number
        self._on_arrival = on_arrival
        self._lock = threading.Lock()
        self._arrived: list[tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]] = []
        self._ended = False
        self._orders: queue.SimpleQueue[
            tuple[dict[str, Any], dict[str, npt.NDArray[Any]]] | None
        ] = queue.SimpleQueue()
        self._process: subprocess.Popen[bytes] | None = None
        self._threads: list[threading.Thread] = []
        arrays: dict[str, npt.NDArray[Any]] = {"vectors": request.vectors}
        if request.labels is not None:
            arrays["labels"] = request.labels
        if request.start is not None:
            arrays["start"] = request.start.astype(np.float32, copy=False)
        self._orders.put(({"do": "start", "settings": to_header(request.settings)}, arrays))
        flags = 0
        if sys.platform == "win32":
            flags = subprocess.CREATE_NO_WINDOW | subprocess.BELOW_NORMAL_PRIORITY_CLASS
        try:
            self._process = subprocess.Popen(
                command(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                creationflags=flags,
                env=_environment(),
            )
        except OSError as error:
            why = error.strerror or str(error)
            self._put({"event": "failed", "message": f"No process can be started: {why}"}, {})
            return
        for target, name in ((self._write, "projection-out"), (self._read, "projection-in")):
            thread = threading.Thread(target=target, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def tell(self, header: dict[str, Any]) -> None:
        """Send an order."""
        self._orders.put((header, {}))

    def take(self) -> list[tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]]:
        """What arrived since the last time; of coordinates on their way only the newest."""
        with self._lock:
            arrived, self._arrived = self._arrived, []
        return arrived

    def end(self) -> None:
        """End process and threads."""
        with self._lock:
            self._ended = True
            self._arrived = []
        self._orders.put(None)
        process = self._process
        if process is None:
            return
        process.kill()
        for thread in self._threads:
            thread.join()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def _put(self, header: dict[str, Any], arrays: dict[str, npt.NDArray[Any]]) -> None:
        with self._lock:
            if self._ended:
                return
            waiting = bool(self._arrived)
            if header.get("event") == "partial":
                self._arrived = [
                    each for each in self._arrived if each[0].get("event") != "partial"
                ]
            self._arrived.append((header, arrays))
        if not waiting:
            self._on_arrival()

    def _write(self) -> None:
        stream = cast(io.FileIO, self._process.stdin) if self._process else None
        assert stream is not None
        with contextlib.suppress(channel.ChannelError):
            while (order := self._orders.get()) is not None:
                channel.send(stream, *order)

    def _read(self) -> None:
        stream = cast(io.FileIO, self._process.stdout) if self._process else None
        assert stream is not None
        failed = False
        with contextlib.suppress(channel.ChannelError):
            while (message := channel.receive(stream)) is not None:
                failed = failed or message[0].get("event") == "failed"
                self._put(*message)
        if not failed:
            self._put({"event": "failed", "message": _ENDED}, {})
