"""LogStore: every run, series and point that was read, and what changed since one last looked.

The reader's threads write, each series from one thread at a time; any thread reads. Readers take
`Series.snapshot`, which never copies and never changes afterwards. All points are kept, always.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from eventglass.app.core.columns import Array, SegmentList, grown
from eventglass.app.core.compute.pyramid import Pyramid, PyramidBuilder
from eventglass.app.core.names import Kind
from eventglass.app.core.problems import Problem, ProblemKind

#: A log with more series than this is damaged or hostile; what comes after is counted, not kept.
MAX_SERIES = 2_000_000
#: Series shorter than this are scanned point by point when drawn; a pyramid would not pay.
PYRAMID_FROM = 4096


@dataclass(slots=True)
class Root:
    """A folder, event file or archive that was opened."""

    id: int
    path: str
    label: str
    closed: bool = False
    missing: bool = False


@dataclass(slots=True)
class Run:
    """A directory that holds event files.

    ``name`` is its path below the root, ``"."`` for the root itself. ``key`` is the absolute
    directory, the same at every start. ``last_step`` is None until a point or entry was read.
    """

    id: int
    key: str
    root_id: int
    name: str
    directory: str
    first_wall_time_s: float | None = None
    last_wall_time_s: float | None = None
    last_step: int | None = None
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class ScalarSnapshot:
    """Points of a scalar series at one moment; arrays are read-only and share memory.

    steps : (n,) int64; wall_times : (n,) float64, seconds since 1970 UTC; values : (n,) float64;
    segments : (m,) int64, start indices, the first is 0 (none without points).
    """

    steps: npt.NDArray[np.int64]
    wall_times: npt.NDArray[np.float64]
    values: npt.NDArray[np.float64]
    segments: npt.NDArray[np.int64]
    pyramid: Pyramid | None


@dataclass(frozen=True, slots=True)
class EntrySnapshot:
    """Entries of any other series: where each payload lies on disk.

    steps : (n,) int64; wall_times : (n,) float64; files : (n,) uint32, ids of `LogStore.files`;
    offsets, lengths : (n,) uint64 bytes; segments : (m,) int64.
    """

    steps: npt.NDArray[np.int64]
    wall_times: npt.NDArray[np.float64]
    files: npt.NDArray[np.uint32]
    offsets: npt.NDArray[np.uint64]
    lengths: npt.NDArray[np.uint64]
    segments: npt.NDArray[np.int64]


def _read_only(column: Array, count: int) -> Array:
    view = column[:count]
    view.flags.writeable = False
    return view


_NO_SEGMENTS: npt.NDArray[np.int64] = np.empty(0, np.int64)
#: Count, segments, pyramid, then the columns: one flat tuple, since there are so many of them.
_State: TypeAlias = tuple[Any, ...]
_NO_POINTS: _State = (
    0,
    _NO_SEGMENTS,
    None,
    *(np.empty(0, t) for t in (np.int64, np.float64, np.float64)),
)
_NO_ENTRIES: _State = (
    0,
    _NO_SEGMENTS,
    None,
    *(np.empty(0, t) for t in (np.int64, np.float64, np.uint32, np.uint64, np.uint64)),
)


class Series:
    """One tag of one run: its metadata and its points or entries."""

    __slots__ = (
        "_pyramid",
        "_segments",
        "_state",
        "description",
        "display_name",
        "id",
        "kind",
        "plugin_content",
        "plugin_name",
        "run_id",
        "tag",
    )

    def __init__(self, series_id: int, run_id: int, tag: str, kind: Kind) -> None:
        self.id = series_id
        self.run_id = run_id
        self.tag = tag
        self.kind = kind
        self.plugin_name = ""
        self.display_name = ""
        self.description = ""
        self.plugin_content = b""
        self._segments: SegmentList | None = None
        self._pyramid: PyramidBuilder | None = None
        # What readers see: count, columns, segments, pyramid; replaced as one.
        self._state: _State = _NO_POINTS if kind is Kind.SCALAR else _NO_ENTRIES

    @property
    def count(self) -> int:
        """Number of points or entries."""
        return int(self._state[0])

    def append(self, *columns: Array, ahead: float = 0.0) -> None:
        """Append rows; the writer's thread only.

        Columns in the order and of the types of the snapshot's fields; ``ahead`` as in `grown`.
        """
        count, _, _, *room = self._state
        extra = len(columns[0])
        if self._segments is None:
            self._segments = SegmentList()
        self._segments.extend(columns[0], count)
        if count or ahead:
            room = [grown(column, count, extra, ahead) for column in room]
            for column, new in zip(room, columns, strict=True):
                column[count : count + extra] = new
        else:
            # Most series of a large log come in one piece: no room to spare.
            room = [column.copy() for column in columns]
        count += extra
        pyramid = None
        if count >= PYRAMID_FROM and self.kind is Kind.SCALAR:
            if self._pyramid is None:
                self._pyramid = PyramidBuilder()
            self._pyramid.extend(room[2], count)
            pyramid = self._pyramid.snapshot()
        self._state = (count, self._segments.view(), pyramid, *room)

    def mark_restart(self) -> None:
        """Begin a new segment with the next row; the writer's thread only."""
        if self._segments is not None:
            self._segments.mark_restart()

    def scalars(self) -> ScalarSnapshot:
        """Points so far; TypeError for a series of another kind."""
        if self.kind is not Kind.SCALAR:
            raise TypeError(f"{self.tag} holds entries of kind {self.kind}, not points")
        count, segments, pyramid, *columns = self._state
        steps, walls, values = (_read_only(c, count) for c in columns)
        return ScalarSnapshot(steps, walls, values, segments, pyramid)

    def entries(self) -> EntrySnapshot:
        """Entries so far; TypeError for a scalar series."""
        if self.kind is Kind.SCALAR:
            raise TypeError(f"{self.tag} holds points")
        count, segments, _, *columns = self._state
        steps, walls, files, offsets, lengths = (_read_only(c, count) for c in columns)
        return EntrySnapshot(steps, walls, files, offsets, lengths, segments)

    def snapshot(self) -> ScalarSnapshot | EntrySnapshot:
        """`scalars` or `entries`, as the kind says."""
        return self.scalars() if self.kind is Kind.SCALAR else self.entries()


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened in a store between two looks; ids are indices of its lists."""

    runs: tuple[int, ...] = ()
    series: tuple[int, ...] = ()
    grown: frozenset[int] = frozenset()
    problems: int = 0
    roots: bool = False
    deleted: bool = False

    def __bool__(self) -> bool:
        return bool(
            self.runs or self.series or self.grown or self.problems or self.roots or self.deleted
        )


class LogStore:
    """All that was read. Lists are append-only: an index once given stays valid."""

    def __init__(self) -> None:
        self.roots: list[Root] = []
        self.runs: list[Run] = []
        self.series: list[Series] = []
        self.problems: list[Problem] = []
        #: Paths payloads are read from; `EntrySnapshot.files` are indices into it.
        self.files: list[str] = []
        #: Called, on any thread, when the first change after `take_changes` happened.
        self.on_change: Callable[[], None] = _nothing
        self._lock = threading.Lock()
        self._runs_by_key: dict[tuple[int, str], int] = {}
        self._series_of_run: list[list[int]] = []
        self._by_name: dict[tuple[int, str, Kind], int] = {}
        self._by_tag: dict[tuple[str, Kind], list[int]] = {}
        self._closed_series = 0
        self._over_limit = False
        self._clear_changes()

    def _clear_changes(self) -> None:
        self._new_runs: list[int] = []
        self._new_series: list[int] = []
        self._grown: set[int] = set()
        self._new_problems = 0
        self._roots_changed = False
        self._deleted_changed = False
        self._dirty = False

    # -- reading ----------------------------------------------------------------------------

    def find(self, run_id: int, tag: str, kind: Kind) -> Series | None:
        """The series, or None."""
        index = self._by_name.get((run_id, tag, kind))
        return None if index is None else self.series[index]

    def series_of_run(self, run_id: int) -> tuple[Series, ...]:
        """All series of a run in the order they appeared."""
        return tuple(self.series[i] for i in tuple(self._series_of_run[run_id]))

    def series_of_tag(self, tag: str, kind: Kind) -> tuple[Series, ...]:
        """All series of a tag, over runs that are open."""
        ids = tuple(self._by_tag.get((tag, kind), ()))
        return tuple(self.series[i] for i in ids if self.is_open(self.series[i].run_id))

    def tags(self) -> Mapping[tuple[str, Kind], int]:
        """Number of series in open runs by tag and kind."""
        with self._lock:
            items = [(key, tuple(ids)) for key, ids in self._by_tag.items()]
        if not any(root.closed for root in self.roots):
            return {key: len(ids) for key, ids in items}
        counts = {key: sum(self.is_open(self.series[i].run_id) for i in ids) for key, ids in items}
        return {key: count for key, count in counts.items() if count}

    def is_open(self, run_id: int) -> bool:
        """Whether the run's root is open."""
        return not self.roots[self.runs[run_id].root_id].closed

    def open_runs(self) -> list[Run]:
        """Runs whose root is open."""
        return [run for run in self.runs if not self.roots[run.root_id].closed]

    def read_payload(self, series: Series, index: int) -> bytes:
        """Bytes of one entry: its Summary.Value, or the graph itself for graph events.

        Raises OSError when the file can't be read, EOFError when it has become shorter.
        """
        entries = series.entries()
        path = self.files[int(entries.files[index])]
        length = int(entries.lengths[index])
        with open(path, "rb") as stream:
            stream.seek(int(entries.offsets[index]))
            data = stream.read(length)
        if len(data) < length:
            raise EOFError(f"the file became shorter while open: {path}")
        return data

    def take_changes(self) -> Changes:
        """What happened since the last call."""
        with self._lock:
            changes = Changes(
                tuple(self._new_runs),
                tuple(self._new_series),
                frozenset(self._grown),
                self._new_problems,
                self._roots_changed,
                self._deleted_changed,
            )
            self._clear_changes()
        return changes

    # -- writing: the reader's threads ------------------------------------------------------

    def _touch(self) -> bool:
        """Note a change, under the lock; True when it is the first."""
        first = not self._dirty
        self._dirty = True
        return first

    def add_root(self, path: str, label: str) -> Root:
        """Note that a root was opened."""
        with self._lock:
            root = Root(len(self.roots), path, label)
            self.roots.append(root)
            self._roots_changed = True
            first = self._touch()
        if first:
            self.on_change()
        return root

    def close_root(self, root_id: int) -> None:
        """Hide a root's runs; their points are dropped."""
        with self._lock:
            if self.roots[root_id].closed:
                return
            self.roots[root_id].closed = True
            self._over_limit = False
            tags: set[tuple[str, Kind]] = set()
            for run in self.runs:
                if run.root_id != root_id:
                    continue
                self._runs_by_key.pop((root_id, run.key), None)
                for i in self._series_of_run[run.id]:
                    series = self.series[i]
                    tags.add((series.tag, series.kind))
                    # An empty stand-in keeps the index valid and lets the points go.
                    self.series[i] = Series(series.id, series.run_id, series.tag, series.kind)
                    self._closed_series += 1
            for name in tags:
                left = [i for i in self._by_tag[name] if self.is_open(self.series[i].run_id)]
                if left:
                    self._by_tag[name] = left
                else:
                    del self._by_tag[name]
            self._roots_changed = True
            first = self._touch()
        if first:
            self.on_change()

    def add_run(self, root_id: int, key: str, name: str, directory: str) -> Run:
        """The run with this key, made when it is new."""
        with self._lock:
            known = self._runs_by_key.get((root_id, key))
            if known is not None:
                return self.runs[known]
            run = Run(len(self.runs), key, root_id, name, directory)
            self.runs.append(run)
            self._series_of_run.append([])
            self._runs_by_key[root_id, key] = run.id
            self._new_runs.append(run.id)
            first = self._touch()
        if first:
            self.on_change()
        return run

    def add_file(self, path: str) -> int:
        """Id of a path payloads are read from."""
        with self._lock:
            self.files.append(path)
            return len(self.files) - 1

    def add_series(self, run_id: int, tag: str, kind: Kind) -> Series | None:
        """The series, made when it is new; None past `MAX_SERIES`."""
        return self.add_all_series(run_id, ((tag, kind),))[0]

    def add_all_series(self, run_id: int, names: Iterable[tuple[str, Kind]]) -> list[Series | None]:
        """The series of these tags and kinds, as `add_series` gives each."""
        found: list[Series | None] = []
        refused = False
        with self._lock:
            of_run = self._series_of_run[run_id]
            for tag, kind in names:
                key = (run_id, tag, kind)
                index = self._by_name.get(key)
                if index is not None:
                    found.append(self.series[index])
                elif not self.is_open(run_id):
                    # Its reader has not yet noticed.
                    found.append(None)
                elif len(self.series) - self._closed_series >= MAX_SERIES:
                    refused = True
                    found.append(None)
                else:
                    series = Series(len(self.series), run_id, tag, kind)
                    self.series.append(series)
                    self._by_name[key] = series.id
                    self._by_tag.setdefault((tag, kind), []).append(series.id)
                    of_run.append(series.id)
                    self._new_series.append(series.id)
                    found.append(series)
            tell = refused and not self._over_limit
            self._over_limit = self._over_limit or refused
            first = bool(self._new_series) and self._touch()
        if first:
            self.on_change()
        if tell:
            message = (
                f"more than {MAX_SERIES:,} series; those after the limit are not shown. "
                "Open a part of the logdir"
            )
            where = self.runs[run_id].directory
            self.add_problem(Problem(where, 0, 0, ProblemKind.LIMIT, message))
        return found

    def mark_grown(self, ids: list[int]) -> None:
        """Note that these series have new rows."""
        if not ids:
            return
        with self._lock:
            self._grown.update(ids)
            first = self._touch()
        if first:
            self.on_change()

    def add_problem(self, problem: Problem) -> None:
        """Record a problem."""
        with self._lock:
            self.problems.append(problem)
            self._new_problems += 1
            first = self._touch()
        if first:
            self.on_change()

    def mark_deleted(self, run_id: int, deleted: bool) -> None:
        """Note that a run's files are gone, or back."""
        if self.runs[run_id].deleted == deleted:
            return
        with self._lock:
            self.runs[run_id].deleted = deleted
            self._deleted_changed = True
            first = self._touch()
        if first:
            self.on_change()

    def mark_missing(self, root_id: int, missing: bool) -> None:
        """Note that a root can't be reached, or can again."""
        if self.roots[root_id].missing == missing:
            return
        with self._lock:
            self.roots[root_id].missing = missing
            self._roots_changed = True
            first = self._touch()
        if first:
            self.on_change()


def _nothing() -> None:
    pass


def default_label(path: str) -> str:
    """Short name of a root: the last part of its path."""
    return os.path.basename(os.path.normpath(path)) or path
