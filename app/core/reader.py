"""Reader: finds event files, reads them on several threads, and keeps watching them.

One *coordinator* thread walks the roots and looks for growth; *worker* threads read. The unit of
work is a run: its files are read in name order by one worker at a time, for a slice of bytes, then
the run goes back to the queue, smallest rest first, so that a tree fills before a giant is done.
"""

from __future__ import annotations

import contextlib
import gc
import heapq
import os
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from eventglass.app.core import archives
from eventglass.app.core.blocks import EventFile, GzippedError, Source, WorkBuffer
from eventglass.app.core.discovery import (
    Census,
    FoundDirectory,
    FoundFile,
    list_directory,
    walk,
)
from eventglass.app.core.names import ROOT_RUN
from eventglass.app.core.problems import Problem, ProblemKind
from eventglass.app.core.store import LogStore, Root, Run, default_label
from eventglass.app.core.writer import RunWriter

#: Bytes of one run read before others get their turn.
SLICE = 96 << 20
#: Runs with fewer bytes to read are small.
SMALL = 256 << 10
#: Time a walk may take before reading begins beside it.
WALK_FIRST_S = 0.4
POLL_MIN_S, POLL_MAX_S = 1.0, 15.0
#: Files untouched for so long are looked at only every `_SLOW_ROUNDS`-th time.
_COLD_S = 6 * 3600.0
_SLOW_ROUNDS = 10
#: File systems tell times no finer than this: a directory changed so short before it was listed may
#: change again without its time changing.
_COARSE_S = 3.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far reading has come. ``settled``: all that was there at the last look has been read."""

    files_total: int
    files_done: int
    bytes_total: int
    bytes_done: int
    points: int
    entries: int
    elapsed_s: float
    settled: bool


@dataclass(slots=True)
class _Counts:
    """What `Progress` tells, of one run or of all."""

    files: int = 0
    files_done: int = 0
    size: int = 0
    done: int = 0
    points: int = 0
    entries: int = 0

    def add(self, other: _Counts, sign: int = 1) -> None:
        self.files += sign * other.files
        self.files_done += sign * other.files_done
        self.size += sign * other.size
        self.done += sign * other.done
        self.points += sign * other.points
        self.entries += sign * other.entries


@dataclass(slots=True)
class _Job:
    """One run being read; `busy` while a worker has it, `again` when work came meanwhile."""

    run: Run
    writer: RunWriter
    files: dict[str, EventFile] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    counts: _Counts = field(default_factory=lambda: _Counts())
    queued: bool = False
    busy: bool = False
    again: bool = False

    def pending(self) -> int:
        """Bytes known to be there and not read."""
        return sum(max(0, f.size - f.offset) for f in self.files.values())


class _Seen(NamedTuple):
    """A directory as it was last listed. ``mtime_s`` is -1 when it may have changed right then."""

    mtime_s: float
    identity: tuple[int, int]


@dataclass(slots=True)
class _Watch:
    """What the coordinator remembers of one root."""

    root: Root
    census: Census = field(default_factory=Census)
    directories: dict[str, _Seen] = field(default_factory=dict)
    #: Runs by directory.
    jobs: dict[str, _Job] = field(default_factory=dict)
    walked: bool = False
    live: bool = True


class Reader:
    """Reads roots into a store on its own threads.

    ``workers`` threads read (default: one per processor, at most 4). With ``background`` there is
    one less and they give way to others, so that a window stays fluid while they read. All
    methods may be called from any thread; none waits for disk but `stop`, `wait_until_settled`.
    """

    def __init__(
        self, store: LogStore, workers: int | None = None, *, background: bool = False
    ) -> None:
        self.store = store
        processors = os.cpu_count() or 1
        self._worker_count = workers or max(1, min(4, processors - background))
        self._background = background
        self._lock = threading.Lock()
        self._work = threading.Condition(self._lock)
        self._settled = threading.Condition(self._lock)
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._live = True
        self._watches: dict[int, _Watch] = {}
        self._to_walk: list[int] = []
        self._jobs: dict[int, _Job] = {}
        # Runs to read, smallest first: those of few bytes, and the others.
        self._small: list[tuple[int, int]] = []
        self._large: list[tuple[int, int]] = []
        self._active = 0
        self._walking = 0
        self._threads: list[threading.Thread] = []
        self._folder = archives.TemporaryFolder()
        self._started_s = time.monotonic()
        self._settled_s: float | None = None
        self._counts = _Counts()
        self._failures: set[tuple[str, str]] = set()
        self._round = 0
        self._asked = False

    # -- public -----------------------------------------------------------------------------

    def open(self, path: str) -> Root:
        """Begin reading a folder, event file or archive; returns at once."""
        path = os.path.abspath(path)
        root = self.store.add_root(path, default_label(path))
        with self._lock:
            if self._settled_s is not None or not self._watches:
                self._started_s = time.monotonic()
            self._watches[root.id] = _Watch(root)
            self._to_walk.append(root.id)
            self._walking += 1
            self._settled_s = None
        self._wake.set()
        return root

    def close(self, root_id: int) -> None:
        """Forget a root: its runs are hidden and no longer watched."""
        with self._lock:
            self._watches.pop(root_id, None)
            if root_id in self._to_walk:
                self._to_walk.remove(root_id)
                self._walking -= 1
            for run_id, job in list(self._jobs.items()):
                if job.run.root_id == root_id:
                    del self._jobs[run_id]
                    self._counts.add(job.counts, -1)
            self._check_settled()
        self.store.close_root(root_id)

    def start(self) -> None:
        """Start the threads."""
        if self._threads:
            return
        self._threads = [
            threading.Thread(target=self._coordinate, name="reader-coordinator", daemon=True)
        ]
        self._threads += [
            threading.Thread(target=self._serve, args=(i == 0,), name=f"reader-{i}", daemon=True)
            for i in range(self._worker_count)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop the threads and wait for them. What was unpacked stays readable until exit."""
        self._stopping.set()
        self._wake.set()
        with self._lock:
            self._work.notify_all()
        for thread in self._threads:
            thread.join()
        self._threads = []

    def set_live(self, live: bool) -> None:
        """Switch watching for growth on or off; what is queued is read in any case."""
        self._live = live
        self._wake.set()

    def look_now(self) -> None:
        """Look for growth at once instead of at the next round."""
        self._asked = True
        self._wake.set()

    def progress(self) -> Progress:
        """How far reading has come."""
        with self._lock:
            settled = self._settled_s is not None
            until = self._settled_s if self._settled_s is not None else time.monotonic()
            counts = self._counts
            return Progress(
                counts.files,
                counts.files_done,
                counts.size,
                min(counts.done, counts.size),
                counts.points,
                counts.entries,
                max(0.0, until - self._started_s),
                settled,
            )

    def wait_until_settled(self, timeout_s: float | None = None) -> bool:
        """Wait until everything found so far was read; False on time-out."""
        with self._lock:
            return self._settled.wait_for(lambda: self._settled_s is not None, timeout_s)

    def empty_reason(self, root_id: int) -> str | None:
        """Why a root shows nothing: what was looked for and what was there; None if it has runs."""
        with self._lock:
            watch = self._watches.get(root_id)
            if watch is None or any(j.run.root_id == root_id for j in self._jobs.values()):
                return None
            if not watch.walked:
                return None
        told = [p.message for p in self.store.problems if p.file == watch.root.path]
        if told:
            return f"{told[-1][:1].upper()}{told[-1][1:]}: {watch.root.path}"
        return (
            "No event files were found. Looked for files with “tfevents” in their name, "
            f"in all folders below; found {watch.census.describe()}."
        )

    # -- coordinator ------------------------------------------------------------------------

    def _coordinate(self) -> None:
        interval = POLL_MIN_S
        due = time.monotonic() + interval
        while True:
            self._wake.wait(max(0.0, due - time.monotonic()) if self._live else None)
            self._wake.clear()
            if self._stopping.is_set():
                return
            if self._walk_new():
                interval = POLL_MIN_S
                due = time.monotonic() + interval
                continue
            began = time.monotonic()
            if not self._asked and (not self._live or began < due):
                continue
            self._asked = False
            grew = False
            try:
                grew = self._look()
            except Exception as error:  # noqa: BLE001 - a thread's main: nothing may end it
                self._failed("", "looking for growth", error)
            cost = time.monotonic() - began
            interval = POLL_MIN_S if grew else min(POLL_MAX_S, interval * 1.5)
            # Watching costs at most a fiftieth of one processor.
            interval = max(interval, 50 * cost)
            due = time.monotonic() + interval

    def _walk_new(self) -> bool:
        any_walked = False
        while not self._stopping.is_set():
            with self._lock:
                if not self._to_walk:
                    break
                watch = self._watches.get(self._to_walk.pop(0))
            any_walked = True
            try:
                if watch is not None:
                    self._walk(watch)
            except Exception as error:  # noqa: BLE001 - a thread's main: nothing may end it
                self._failed("" if watch is None else watch.root.path, "opening this", error)
            finally:
                with self._lock:
                    self._walking -= 1
                    if watch is not None:
                        watch.walked = True
                    self._work.notify_all()
                    self._check_settled()
        return any_walked

    def _walk(self, watch: _Watch) -> None:
        path = watch.root.path
        try:
            status = os.stat(path)
            if stat.S_ISDIR(status.st_mode):
                self._walk_directory(watch)
            elif not stat.S_ISREG(status.st_mode):
                # A pipe, whatever its name, would be waited for without an end.
                raise OSError("neither a file nor a folder")
            elif archives.is_archive(path):
                watch.live = False
                self._walk_archive(watch)
            else:
                found = FoundFile(path, status.st_size, status.st_mtime)
                self._offer(watch, ROOT_RUN, os.path.dirname(path), [found])
        except OSError as error:
            self._unreadable(watch, path, error)

    def _unreadable(self, watch: _Watch, path: str, error: OSError) -> None:
        reason = error.strerror or str(error)
        self._problem(path, ProblemKind.UNREADABLE, f"it can't be read ({reason})")
        if path == watch.root.path:
            self.store.mark_missing(watch.root.id, True)

    def _walk_directory(self, watch: _Watch) -> None:
        root = watch.root.path
        for found in walk(root, watch.census, self._stopping.is_set):
            if watch.root.closed:
                return
            self._note_directory(watch, found)
        for path, reason in watch.census.errors:
            self._problem(path, ProblemKind.UNREADABLE, f"the folder can't be listed ({reason})")
            if path == root:
                self.store.mark_missing(watch.root.id, True)

    def _note_directory(self, watch: _Watch, found: FoundDirectory) -> bool:
        """Remember a directory and offer its files; True when there is something to read."""
        mtime_s = found.mtime_s if abs(time.time() - found.mtime_s) > _COARSE_S else -1.0
        watch.directories[found.path] = _Seen(mtime_s, found.identity)
        new = False
        if found.is_run:
            name = self._run_name(watch.root.path, found.path)
            new = self._offer(watch, name, found.path, found.files)
        job = watch.jobs.get(found.path)
        if job is not None:
            job.gone.update(set(job.files) - {each.path for each in found.files})
        return new

    @staticmethod
    def _run_name(root: str, directory: str) -> str:
        return ROOT_RUN if directory == root else os.path.relpath(directory, root)

    def _walk_archive(self, watch: _Watch) -> None:
        path = watch.root.path

        def problem(name: str, message: str) -> None:
            self._problem(f"{path}/{name}", ProblemKind.ARCHIVE, message)

        def stopped() -> bool:
            return self._stopping.is_set() or watch.root.closed

        try:
            for member in archives.members(path, self._folder, problem, stopped):
                job = self._job(watch, member.directory, f"{path}/{member.directory}")
                with self._lock:
                    event_file = EventFile(member.source, job.writer)
                    event_file.size = member.size
                    event_file.static = True
                    job.files[member.source.shown] = event_file
                    self._count(job, _Counts(files=1, size=member.size))
                    self._enqueue(job)
        except archives.ArchiveError as error:
            self._problem(path, ProblemKind.ARCHIVE, f"{error}. What could be read is shown")

    def _job(self, watch: _Watch, name: str, directory: str) -> _Job:
        key = os.path.normpath(directory)
        run = self.store.add_run(watch.root.id, key, name, directory)
        with self._lock:
            job = self._jobs.get(run.id)
            if job is None:
                job = self._jobs[run.id] = _Job(run, RunWriter(self.store, run))
                watch.jobs[directory] = job
            return job

    def _offer(
        self,
        watch: _Watch,
        name: str,
        directory: str,
        files: tuple[FoundFile, ...] | list[FoundFile],
    ) -> bool:
        """Hand the files of a run to the workers where they are new or have grown."""
        job = self._job(watch, name, directory)
        if job.run.root_id != watch.root.id:
            return False
        new = False
        for found in files:
            event_file = job.files.get(found.path)
            if event_file is None:
                source = Source(found.path, found.path)
                event_file = EventFile(source, job.writer)
                event_file.size = found.size
                event_file.mtime_s = found.mtime_s
                with self._lock:
                    job.files[found.path] = event_file
                    self._count(job, _Counts(files=1, size=found.size))
                new = True
            elif event_file.static:
                continue
            elif found.size != event_file.size or found.mtime_s != event_file.mtime_s:
                with self._lock:
                    event_file.doubtful = True
                    if not job.busy:
                        self._count(job, _Counts(size=found.size - event_file.size))
                        event_file.size = found.size
                        event_file.mtime_s = found.mtime_s
                new = True
            if found.path in job.gone:
                job.gone.discard(found.path)
        if new:
            with self._lock:
                # Files are read in name order, also those that came later.
                job.files = dict(sorted(job.files.items()))
                self._enqueue(job)
        return new

    def _look(self) -> bool:
        """Look for new directories, new files and growth; True when something changed."""
        self._round += 1
        slow = self._round % _SLOW_ROUNDS == 0
        changed = False
        with self._lock:
            watches = [w for w in self._watches.values() if w.live and w.walked]
        for watch in watches:
            if self._stopping.is_set():
                break
            changed |= self._look_at(watch, slow)
        return changed

    def _look_at(self, watch: _Watch, slow: bool) -> bool:
        root = watch.root.path
        if not os.path.exists(root):
            self.store.mark_missing(watch.root.id, True)
            self._mark_gone(watch)
            return False
        if watch.root.missing:
            self.store.mark_missing(watch.root.id, False)
            slow = True
        changed = os.path.isdir(root) and self._look_in_directories(watch)
        now = time.time()
        for job in list(watch.jobs.values()):
            for path, event_file in list(job.files.items()):
                if not slow and now - event_file.mtime_s > _COLD_S:
                    continue
                try:
                    status = os.stat(path)
                except OSError:
                    job.gone.add(path)
                    continue
                job.gone.discard(path)
                if event_file.static:
                    continue
                if (
                    status.st_size != event_file.size
                    or status.st_mtime != event_file.mtime_s
                    or not event_file.read_once
                ):
                    found = FoundFile(path, status.st_size, status.st_mtime)
                    changed |= self._offer(watch, job.run.name, job.run.directory, [found])
                elif slow and event_file.error_told:
                    # Rights, or a stick put in again, don't show in size and time.
                    with self._lock:
                        self._enqueue(job)
                else:
                    event_file.report_tail(now)
            if job.files:
                self.store.mark_deleted(job.run.id, len(job.gone) == len(job.files))
        return changed

    def _look_in_directories(self, watch: _Watch) -> bool:
        """List directories again that changed, walk new ones; True when there is more to read."""
        stale = []
        for path, seen in list(watch.directories.items()):
            try:
                status = os.stat(path)
            except OSError:
                self._forget(watch, path)
                continue
            identity = (status.st_dev, status.st_ino)
            if seen != (status.st_mtime, identity):
                stale.append((path, status.st_mtime, identity))
        known = {seen.identity for seen in watch.directories.values()}
        changed = False
        if not watch.directories:
            changed = self._walk_below(watch, watch.root.path, known)
        for path, mtime_s, identity in stale:
            try:
                files, directories, is_run, _ = list_directory(path)
            except OSError:
                self._forget(watch, path)
                continue
            found = FoundDirectory(path, mtime_s, tuple(files), is_run, identity)
            changed |= self._note_directory(watch, found)
            for directory in directories:
                if directory not in watch.directories:
                    changed |= self._walk_below(watch, directory, known)
        return changed

    def _walk_below(self, watch: _Watch, path: str, known: set[tuple[int, int]]) -> bool:
        changed = False
        for found in walk(path, Census(), self._stopping.is_set, known):
            changed |= self._note_directory(watch, found)
        return changed

    def _forget(self, watch: _Watch, path: str) -> None:
        """A directory is gone; those below it are too, each in its turn."""
        watch.directories.pop(path, None)
        job = watch.jobs.get(path)
        if job is not None:
            job.gone.update(job.files)

    def _mark_gone(self, watch: _Watch) -> None:
        for job in list(watch.jobs.values()):
            job.gone.update(job.files)
            self.store.mark_deleted(job.run.id, True)

    # -- workers ----------------------------------------------------------------------------

    def _enqueue(self, job: _Job) -> None:
        """Queue a run, under the lock."""
        self._settled_s = None
        if job.busy:
            job.again = True
        elif not job.queued:
            job.queued = True
            pending = job.pending()
            heapq.heappush(self._small if pending < SMALL else self._large, (pending, job.run.id))
            self._work.notify_all()

    def _take(self, any_size: bool) -> _Job | None:
        """Take the next run to read, under the lock; None when stopping.

        Small runs are left to one worker: they cost Python more than scanning, and two threads at
        them would only wait for each other. It also lets a short walk come first.
        """
        while not self._stopping.is_set():
            walking = self._walking and time.monotonic() - self._started_s < WALK_FIRST_S
            queue = self._small if any_size and self._small and not walking else self._large
            if queue:
                _, run_id = heapq.heappop(queue)
                job = self._jobs.get(run_id)
                if job is not None:
                    job.queued = False
                    job.busy = True
                    self._active += 1
                    return job
                self._check_settled()
            else:
                self._work.wait(0.01 if walking else None)
        return None

    def _check_settled(self) -> None:
        """Note that all is read, under the lock."""
        idle = not self._small and not self._large and not self._active
        if idle and not self._walking:
            if self._settled_s is None:
                self._settled_s = time.monotonic()
            self._settled.notify_all()

    def _serve(self, any_size: bool) -> None:
        if self._background:
            _give_way()
        work = WorkBuffer()
        while True:
            with self._lock:
                job = self._take(any_size)
            if job is None:
                return
            finished = True
            try:
                finished = self._read_run(job, work)
            except Exception as error:  # noqa: BLE001 - a thread's main: nothing may end it
                self._failed(job.run.directory, "reading this run", error)
            with self._lock:
                job.busy = False
                self._active -= 1
                if (job.again or not finished) and job.run.id in self._jobs:
                    job.again = False
                    self._enqueue(job)
                self._check_settled()

    def _count(self, job: _Job, counts: _Counts) -> None:
        """Account for progress, under the lock; what was closed does not count."""
        if self._jobs.get(job.run.id) is job:
            job.counts.add(counts)
            self._counts.add(counts)

    def _read_run(self, job: _Job, work: WorkBuffer) -> bool:
        """Read a run's files for a slice of bytes; True when all are at their end."""
        left = SLICE
        writer = job.writer

        def on_bytes(count: int) -> bool:
            nonlocal left
            left -= count
            told = job.counts
            points, entries = writer.points - told.points, writer.entries - told.entries
            with self._lock:
                self._count(job, _Counts(done=count, points=points, entries=entries))
            return left > 0 and not self._stopping.is_set() and not root.closed

        root = self.store.roots[job.run.root_id]
        for path, event_file in list(job.files.items()):
            if self._stopping.is_set() or root.closed:
                return True
            if event_file.is_read():
                continue
            before = event_file.size
            first_time = not event_file.read_once
            at_end = True
            try:
                at_end = self._read_file(event_file, work, on_bytes)
            except (OSError, archives.ArchiveError) as error:
                self._give_up(event_file, error)
                if isinstance(error, OSError):
                    job.gone.add(path)
            except Exception as error:  # noqa: BLE001 - one file must not keep others from being read
                event_file.give_up()
                self._failed(event_file.source.shown, "reading it", error)
            with self._lock:
                self._count(job, _Counts(size=event_file.size - before, files_done=int(first_time)))
            if not at_end:
                return False
            event_file.report_tail(time.time())
        return True

    def _read_file(
        self, event_file: EventFile, work: WorkBuffer, on_bytes: Callable[[int], bool]
    ) -> bool:
        try:
            return event_file.read(work, on_bytes)
        except GzippedError:
            path = event_file.source.path
            event_file.unpacked(archives.unpack_gzipped(path, self._folder, self._stopping.is_set))
            return event_file.read(work, on_bytes)

    def _give_up(self, event_file: EventFile, error: OSError | archives.ArchiveError) -> None:
        """Tell, once, why a file can't be read; it is tried again when it changes."""
        event_file.give_up()
        if isinstance(error, archives.ArchiveError):
            kind, message = ProblemKind.ARCHIVE, f"gzipped, and {error}"
        else:
            reason = error.strerror or str(error)
            kind = ProblemKind.UNREADABLE
            message = f"it can't be read ({reason}); what was read before is shown"
        if event_file.error_told != message:
            event_file.error_told = message
            self._problem(event_file.source.shown, kind, message)

    def report_tails(self) -> None:
        """Record cut tails now, without waiting whether more bytes come."""
        with self._lock:
            files = [f for job in self._jobs.values() for f in job.files.values()]
        for event_file in files:
            event_file.report_tail(time.time(), final=True)

    def _problem(self, path: str, kind: ProblemKind, message: str) -> None:
        self.store.add_problem(Problem(path, 0, 0, kind, message))

    def _failed(self, path: str, what: str, error: Exception) -> None:
        if isinstance(error, MemoryError):
            message = f"{what} needs more memory than is free; what was read before is shown"
            kind = ProblemKind.LIMIT
        else:
            message = (
                f"{what} failed unexpectedly ({type(error).__name__}: {error}); "
                "what was read before is shown. Please report it"
            )
            kind = ProblemKind.UNREADABLE
        known = (path, message)
        if known not in self._failures:
            self._failures.add(known)
            self._problem(path, kind, message)


@contextlib.contextmanager
def without_collector() -> Iterator[None]:
    """Switch the cyclic garbage collector off for a while.

    Reading makes no cycles, but hundreds of thousands of objects that stay; the collector would
    walk over all of them again and again.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _give_way() -> None:
    """Lower the priority of the calling thread, where the system knows such a thing."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 5)
