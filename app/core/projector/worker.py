"""The projection process: t-SNE and UMAP away from the window, over its standard pipes.

It reads messages (see `channel`): ``start`` with settings and arrays, ``change`` with settings,
``pause``, ``resume``. It answers with ``progress``, ``partial`` (coordinates), ``paused``, ``done``
and ``failed``. When its input ends it ends too, whatever it is at.
"""

from __future__ import annotations

import contextlib
import os
import queue
import sys
import threading
import time
from typing import Any

import numpy as np
import numpy.typing as npt

from eventglass.app.core.projector import channel
from eventglass.app.core.projector.requests import TsneSettings, from_header
from eventglass.app.core.projector.tsne import Tsne
from eventglass.app.core.projector.umap import Umap

#: The argument by which the program's own file is started as this process.
ARGUMENT = "--projector-worker"
_TELL_EVERY_S = 0.1
_FEWEST_ROWS = 3

Message = tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]


class _Clock:
    """Seconds of work, rests left out."""

    def __init__(self) -> None:
        self._before = 0.0
        self._since: float | None = time.perf_counter()

    @property
    def seconds(self) -> float:
        running = time.perf_counter() - self._since if self._since is not None else 0.0
        return self._before + running

    def rest(self) -> None:
        self._before, self._since = self.seconds, None

    def go_on(self) -> None:
        if self._since is None:
            self._since = time.perf_counter()


class _Progress:
    """Reports of the preparation, which may rest; cancelling is ending the process."""

    cancelled = False

    def __init__(self, job: _Job) -> None:
        self._job = job
        self._told = 0.0

    def report(self, fraction: float, _partial: object = None) -> None:
        self._job.rest_where_asked()
        now = time.perf_counter()
        if now - self._told > _TELL_EVERY_S:
            self._told = now
            self._job.tell("progress", "Finding neighbours", fraction)


class _Job:
    """One projection, from its start to the end of the process."""

    def __init__(self, out: channel.Sink, commands: queue.SimpleQueue[Message]) -> None:
        self._out = out
        self._commands = commands
        self._clock = _Clock()
        self._paused = False
        self._prepared = False
        #: Orders that came while neighbours were looked for.
        self._later: list[dict[str, Any]] = []
        self._engine: Tsne | Umap | None = None
        self._finite: npt.NDArray[np.bool_] = np.zeros(0, np.bool_)

    def run(self) -> None:
        """Serve messages for good."""
        header, arrays = self._commands.get()
        vectors = arrays["vectors"]
        settings = from_header(header["settings"])
        self._finite = np.asarray(np.isfinite(vectors).all(axis=1))
        chosen = np.ascontiguousarray(vectors[self._finite])
        if len(chosen) < _FEWEST_ROWS:
            raise ValueError(
                f"{len(chosen):,} rows are too few: at least {_FEWEST_ROWS} are needed"
            )
        # Products must stay in float32's range; the scale changes nothing of the picture.
        largest = float(np.abs(chosen).max(initial=0.0))
        if largest > 1e9 or 0 < largest < 1e-9:
            chosen = chosen / np.float32(largest)
        labels = arrays.get("labels")
        start = arrays.get("start")
        labels = labels[self._finite] if labels is not None else None
        start = start[self._finite] if start is not None else None
        engine: Tsne | Umap
        if isinstance(settings, TsneSettings):
            engine = Tsne(chosen, settings, labels, start)
        else:
            engine = Umap(chosen, settings, labels, start)
        self._engine = engine
        progress = _Progress(self)
        self.tell("progress", "Finding neighbours", 0.0)
        engine.prepare(progress)
        self._prepared = True
        self._partial("partial")
        told = time.perf_counter()
        finished = False
        while True:
            self._serve(wait=self._paused or finished)
            if self._paused:
                continue
            if engine.done:
                if not finished:
                    self._partial("done")
                finished = True
                continue
            finished = False
            engine.step()
            now = time.perf_counter()
            if now - told > _TELL_EVERY_S and not engine.done:
                told = now
                self._partial("partial")

    def _serve(self, wait: bool) -> None:
        """Do what was asked meanwhile; with `wait`, rest until something is."""
        while self._later:
            self._obey(self._later.pop(0))
            wait = wait and self._paused
        if wait:
            self._clock.rest()
        with contextlib.suppress(queue.Empty):
            while True:
                header, _ = self._commands.get(block=wait)
                wait = False
                self._clock.go_on()
                self._obey(header)

    def rest_where_asked(self) -> None:
        """While neighbours are looked for: pause and go on; other orders wait for their end."""
        with contextlib.suppress(queue.Empty):
            while True:
                header, _ = self._commands.get(block=self._paused)
                if header.get("do") not in ("pause", "resume"):
                    self._later.append(header)
                    continue
                self._obey(header)
                if self._paused:
                    self._clock.rest()
                else:
                    self._clock.go_on()

    def _obey(self, header: dict[str, Any]) -> None:
        do = header.get("do")
        if do == "change":
            settings = from_header(header["settings"])
            engine = self._engine
            if isinstance(engine, Tsne) and isinstance(settings, TsneSettings):
                engine.change(settings, _Progress(self))
            elif isinstance(engine, Umap) and not isinstance(settings, TsneSettings):
                engine.change(settings)
        elif do in ("pause", "resume"):
            self._paused = do == "pause"
            if self._paused and self._prepared:
                self._partial("partial")
            channel.send(self._out, {"event": "paused", "paused": self._paused})

    def tell(
        self,
        event: str,
        stage: str,
        fraction: float,
        arrays: dict[str, npt.NDArray[Any]] | None = None,
    ) -> None:
        """Send how far the work is."""
        engine = self._engine
        error = engine.error if engine is not None else float("nan")
        info = {
            "stage": stage,
            "iteration": engine.iteration if engine is not None else 0,
            "iterations": engine.iterations if engine is not None else 0,
            "fraction": fraction,
            "error": error if np.isfinite(error) else None,
            "seconds": self._clock.seconds,
            "notices": engine.notices if engine is not None else [],
        }
        channel.send(self._out, {"event": event, "info": info}, arrays)

    def _partial(self, event: str) -> None:
        engine = self._engine
        assert engine is not None
        width = engine.settings.dimensions
        places = np.full((len(self._finite), width), np.nan, np.float32)
        places[self._finite] = engine.places[:, :width]
        total = engine.iterations
        of = f" of {total:,}" if total else ""
        fraction = engine.iteration / total if total else -1.0
        stage = f"Iteration {engine.iteration:,}{of}"
        self.tell(event, stage, fraction, {"places": places})


def serve(source: channel.Source, out: channel.Sink) -> None:
    """Run one projection; returns only where it fails, after telling why."""
    commands: queue.SimpleQueue[Message] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(source, commands), daemon=True).start()
    try:
        _Job(out, commands).run()
    except channel.ChannelError:
        return
    except MemoryError:
        _fail(out, "Not enough memory for this projection")
    except Exception as error:  # noqa: BLE001 - the border of the process
        _fail(out, str(error) or type(error).__name__)


def _fail(out: channel.Sink, message: str) -> None:
    with contextlib.suppress(channel.ChannelError):
        channel.send(out, {"event": "failed", "message": message})


def _listen(source: channel.Source, commands: queue.SimpleQueue[Message]) -> None:
    """Take messages until the window's end of the pipe closes; then leave at once."""
    try:
        while (message := channel.receive(source)) is not None:
            commands.put(message)
    except channel.ChannelError:
        pass
    finally:
        os._exit(0)


def main() -> int:
    """Serve the standard pipes."""
    # Whatever prints must not print into the messages.
    source = os.fdopen(os.dup(0), "rb", buffering=0)
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    silence = os.open(os.devnull, os.O_RDWR)
    os.dup2(silence, 0)
    os.dup2(silence, 1)
    if hasattr(os, "nice"):
        # The window comes first.
        with contextlib.suppress(OSError):
            os.nice(5)
    serve(source, out)
    return 1


if __name__ == "__main__":
    sys.exit(main())
