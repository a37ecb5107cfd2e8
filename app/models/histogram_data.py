"""HistogramBook: the histograms of series as stacks, read on threads, the latest looked at kept.

A card needs the histograms of all steps at once. They are read from disk in blocks, past the cache
of payloads, which thousands of them would only empty for the others.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Signal

from eventglass.app.core.compute.histogram_bins import robust_ranges
from eventglass.app.core.compute.histogram_stacks import (
    HistogramStack,
    Row,
    most_buckets,
    row_of,
    stack_of,
)
from eventglass.app.core.compute.percentiles import percentiles
from eventglass.app.core.plugins import DecodeError, decode
from eventglass.app.core.plugins.histograms import Histogram
from eventglass.app.models.entries import entries_of
from eventglass.app.models.payloads import reason

if TYPE_CHECKING:
    from eventglass.app.core.store import LogStore, Series
    from eventglass.app.models.line_styles import Restarts
    from eventglass.app.models.tasks import TaskControl, Tasks
    from eventglass.app.models.workspace import Workspace

#: Ranges of values, one for each of `CLIPS`; None without values.
Ranges: TypeAlias = tuple[tuple[float, float] | None, ...]
#: Percent of all values that may be left out at each end of the axis.
CLIPS = (0.0, 0.1, 1.0, 5.0)
#: What all stacks that are kept may take together; those in view are kept in any case.
BUDGET_BYTES = 192 * 1024 * 1024
#: More histograms of a series than this, several for each pixel, are not all in a stack: every 2nd,
#: 4th, … and the last.
MOST_ENTRIES = 4_000
#: Time after which a stack that is being read is shown as far as it is, in seconds.
_SHOW_AFTER_S = 0.25
#: So many of what is wrong with entries are kept.
_MOST_REASONS = 20


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """What is known of the histograms of a series.

    Attributes
    ----------
    stack : those that could be decoded
    count : int
        Entries the series had.
    shown : int
        Entries that are not superseded; the stack may hold fewer, see `stride`.
    stride : int
        Every so many-th of them is in the stack.
    failed : of entries that can't be decoded, index and what is wrong; some of them
    failures : int
        How many those are.
    share : float
        How much has been read, 0 to 1.
    restarts : what was asked for
    ranges : of the values, with as much left out as `CLIPS` says
    percentiles : (m, 9) float64
        Of each histogram of the stack, see `percentiles.BASIS_POINTS`.
    """

    stack: HistogramStack
    count: int
    shown: int
    stride: int
    failed: tuple[tuple[int, str], ...]
    failures: int
    share: float
    restarts: Restarts
    ranges: Ranges
    percentiles: npt.NDArray[np.float64]

    def range_of(self, clip: float) -> tuple[float, float] | None:
        """Range of the values, `clip` percent left out at each end; None without values."""
        return self.ranges[CLIPS.index(clip)]


class HistogramBook(QObject):
    """Stacks by series."""

    #: There is more of a series: its id.
    ready = Signal(int)

    def __init__(
        self,
        store: LogStore,
        workspace: Workspace,
        tasks: Tasks,
        parent: QObject | None = None,
        budget_bytes: int = BUDGET_BYTES,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._workspace = workspace
        self._tasks = tasks
        self._budget_bytes = budget_bytes
        self._kept: OrderedDict[int, Loaded] = OrderedDict()
        self._asked: set[int] = set()
        #: Ranges of values, kept when the stacks are not: they take next to nothing.
        self._ranges: dict[int, tuple[Restarts, Ranges]] = {}
        #: How often each series is in view.
        self._held: dict[int, int] = {}

    @property
    def size_bytes(self) -> int:
        """What the stacks take."""
        return sum(loaded.stack.size_bytes for loaded in self._kept.values())

    def hold(self, series_id: int) -> None:
        """Keep a series that is in view."""
        self._held[series_id] = self._held.get(series_id, 0) + 1

    def let_go(self, series_id: int) -> None:
        """A series is in view no longer: reading it ends, keeping it may."""
        left = self._held.get(series_id, 0) - 1
        if left > 0:
            self._held[series_id] = left
            return
        self._held.pop(series_id, None)
        if series_id in self._asked:
            self._asked.discard(series_id)
            self._tasks.cancel((id(self), series_id))
        self._trim()

    def peek(self, series_id: int) -> Loaded | None:
        """What is there of a series; nothing is read."""
        return self._kept.get(series_id)

    def get(self, series_id: int) -> Loaded | None:
        """What is there of a series; what is missing is read, and told by `ready`."""
        loaded = self._kept.get(series_id)
        series = self._store.series[series_id]
        restarts = self._workspace.state.restarts
        if loaded is not None:
            self._kept.move_to_end(series_id)
            current = loaded.count == series.count and loaded.restarts == restarts
            if current and loaded.share >= 1.0:
                return loaded
        if series_id not in self._asked:
            self._ask(series, restarts, loaded)
        return loaded

    def range_of(self, series_id: int, clip: float) -> tuple[float, float] | None:
        """Range of the values of a series, `clip` percent left out at each end.

        None while it is not known: then the series is read, and told by `ready`.
        """
        loaded = self._kept.get(series_id)
        if loaded is not None and loaded.ranges:
            return loaded.range_of(clip)
        known = self._ranges.get(series_id)
        if known is not None and known[0] == self._workspace.state.restarts:
            return known[1][CLIPS.index(clip)]
        self.get(series_id)
        return None

    def is_busy(self, series_id: int) -> bool:
        """Whether a series is being read."""
        return series_id in self._asked

    def forget(self) -> None:
        """Drop everything."""
        for series_id in self._asked:
            self._tasks.cancel((id(self), series_id))
        self._asked.clear()
        self._kept.clear()
        self._ranges.clear()

    def _ask(self, series: Series, restarts: Restarts, known: Loaded | None) -> None:
        self._asked.add(series.id)

        def work(control: TaskControl) -> Loaded:
            return read(self._store, series, restarts, known, control)

        def done(loaded: Loaded) -> None:
            self._asked.discard(series.id)
            self._keep(series.id, loaded)

        def progress(_share: float, partial: object) -> None:
            if isinstance(partial, Loaded):
                self._keep(series.id, partial)

        self._tasks.submit((id(self), series.id), work, done, on_progress=progress)

    def _keep(self, series_id: int, loaded: Loaded) -> None:
        self._kept[series_id] = loaded
        self._kept.move_to_end(series_id)
        self._ranges[series_id] = (loaded.restarts, loaded.ranges)
        self._trim()
        self.ready.emit(series_id)

    def _trim(self) -> None:
        size = self.size_bytes
        for series_id in list(self._kept):
            if size <= self._budget_bytes:
                break
            if series_id not in self._held:
                size -= self._kept.pop(series_id).stack.size_bytes


def read(
    store: LogStore,
    series: Series,
    restarts: Restarts,
    known: Loaded | None = None,
    control: TaskControl | None = None,
) -> Loaded:
    """Read the histograms of a series into a stack; those known already are not read again.

    With a `control`, reports what there is from time to time, and stops when nobody waits for it.
    """
    entries = entries_of(series, restarts)
    stride = stride_of(len(entries))
    places = np.arange(0, len(entries), stride)
    if len(entries) and places[-1] != len(entries) - 1:
        places = np.append(places, len(entries) - 1)
    wanted = entries.indices[places]
    most = most_buckets(len(wanted))
    # Rows that were made coarser for want of room may have room now, and the other way round.
    same = known is not None and most_buckets(len(known.stack)) >= most
    old = known.stack if known is not None and same else None
    at = {} if old is None else _places(old)
    failed_before = dict(known.failed) if known is not None else {}
    rows: list[Row] = []
    kept: list[int] = []
    failed: list[tuple[int, str]] = []
    failures = 0
    shown_at = time.monotonic()
    source = _Source(store, series)
    pause = _SHOW_AFTER_S

    def made(share: float) -> Loaded:
        chosen = places[kept]
        stack = stack_of(
            entries.indices[chosen], entries.steps[chosen], entries.wall_times[chosen], rows
        )
        return Loaded(
            stack,
            entries.count,
            len(entries),
            stride,
            tuple(failed[:_MOST_REASONS]),
            failures,
            share,
            restarts,
            tuple(robust_ranges([stack], [clip / 100.0 for clip in CLIPS])),
            percentiles(stack),
        )

    with source:
        for number, index in enumerate(wanted.tolist()):
            if control is not None:
                if control.cancelled:
                    break
                if time.monotonic() - shown_at > pause:
                    control.report(number / len(wanted), made(number / len(wanted)))
                    shown_at = time.monotonic()
                    # What there is is put together each time: seldom enough not to matter.
                    pause *= 2.0
            place = at.get(index)
            if place is not None and old is not None:
                row = old.row(place)
                if not row.merged or len(row.left) <= most:
                    rows.append(row)
                    kept.append(number)
                    continue
            if index in failed_before:
                failures += 1
                failed.append((index, failed_before[index]))
                continue
            try:
                rows.append(row_of(source.read(index), most))
                kept.append(number)
            except (DecodeError, OSError, EOFError, MemoryError) as error:
                failures += 1
                failed.append((index, reason(error)))
    return made(1.0)


def read_row(store: LogStore, series: Series, index: int) -> Row:
    """Read one histogram as it was logged."""
    with _Source(store, series) as source:
        return row_of(source.read(index))


def stride_of(count: int) -> int:
    """Every how many-th of so many histograms is in a stack: a power of two, so that they stay."""
    stride = 1
    while count > MOST_ENTRIES * stride:
        stride *= 2
    return stride


def _places(stack: HistogramStack) -> dict[int, int]:
    return {index: place for place, index in enumerate(stack.indices.tolist())}


class _Source:
    """Reads entries of one series, its files kept open from one to the next."""

    def __init__(self, store: LogStore, series: Series) -> None:
        self._files = store.files
        self._series = series
        entries = series.entries()
        self._file: npt.NDArray[np.generic] = entries.files
        self._offset: npt.NDArray[np.generic] = entries.offsets
        self._length: npt.NDArray[np.generic] = entries.lengths
        self._stream: BinaryIO | None = None
        self._open = -1

    def __enter__(self) -> _Source:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._stream is not None:
            self._stream.close()

    def read(self, index: int) -> Histogram:
        """Decode an entry."""
        number = int(self._file[index])
        if self._stream is None or number != self._open:
            if self._stream is not None:
                self._stream.close()
                self._stream = None
            self._stream = open(self._files[number], "rb")  # noqa: SIM115 - closed by __exit__
            self._open = number
        length = int(self._length[index])
        self._stream.seek(int(self._offset[index]))
        data = self._stream.read(length)
        if len(data) < length:
            raise OSError("the file became shorter while open")
        found = decode(data, self._series)
        if not isinstance(found, Histogram):
            raise DecodeError("This entry is no histogram")
        return found


def iter_failures(loaded: Loaded) -> Iterator[str]:
    """What can't be drawn of a series, in words."""
    if loaded.failures:
        first = loaded.failed[0][1]
        some = "entry" if loaded.failures == 1 else "entries"
        yield f"{loaded.failures:,} {some} can't be decoded: {first}"
    stack = loaded.stack
    left_out = int(stack.left_out.sum())
    if left_out:
        rows = int(np.count_nonzero(stack.left_out))
        yield (
            f"{left_out:,} {'bucket' if left_out == 1 else 'buckets'} of {rows:,} "
            f"{'histogram' if rows == 1 else 'histograms'} can't be drawn: "
            "edges that are no numbers, run backwards or lie beyond ±1e300, or counts "
            "below zero"
        )
    overlapping = int(np.count_nonzero(stack.overlaps))
    if overlapping:
        yield (
            f"Buckets overlap in {overlapping:,} "
            f"{'histogram' if overlapping == 1 else 'histograms'}; their counts are added"
        )
    if stack.merged.any():
        yield "Histograms with very many buckets are drawn with fewer; a single step is exact"
    if loaded.stride > 1:
        yield (
            f"Of {loaded.shown:,} histograms every {loaded.stride:,}th is drawn; "
            "a single step is exact"
        )
