"""RunWriter: puts the rows a scanner found into the series of one run.

It owns the run's `Scanner`, and with it the slot table all files of the run share, and decides what
each slot is: its tag's text, its kind, its series.
"""

from __future__ import annotations

import math
import sys
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from eventglass.app.core import wire
from eventglass.app.core.names import KIND_OF_PLUGIN, META_GRAPH_TAG, RUN_GRAPH_TAG, Kind
from eventglass.app.core.problems import Problem, ProblemKind
from eventglass.app.core.scanner import MAX_SLOTS, Columns, Scanner, SlotClass, Written
from eventglass.app.core.store import LogStore, Run, Series

# Plain numbers, not the enums: these are asked once per tag of every run.
_IGNORED, _SCALAR = int(SlotClass.IGNORED), int(SlotClass.SCALAR)
_ODD_TENSOR = int(Written.ODD_TENSOR)
#: Series made in one go.
_SLOTS_AT_ONCE = 2000
#: Oddities of tags told one by one, per run; more are counted.
_MAX_TOLD = 100
#: Longer tags are cut where they are told of.
_MAX_TAG_TOLD = 200
_KIND_OF_WRITTEN = {
    int(Written.SIMPLE): Kind.SCALAR,
    int(Written.IMAGE): Kind.IMAGE,
    int(Written.HISTOGRAM): Kind.HISTOGRAM,
    int(Written.AUDIO): Kind.AUDIO,
    _ODD_TENSOR: Kind.TENSOR,
    int(Written.RUN_GRAPH): Kind.GRAPH,
    int(Written.META_GRAPH): Kind.GRAPH,
}
_PLUGIN_OF_WRITTEN = {
    int(Written.SIMPLE): "scalars",
    int(Written.IMAGE): "images",
    int(Written.HISTOGRAM): "histograms",
    int(Written.AUDIO): "audio",
    int(Written.RUN_GRAPH): "graphs",
    int(Written.META_GRAPH): "graphs",
}
_TAG_OF_WRITTEN = {
    int(Written.RUN_GRAPH): RUN_GRAPH_TAG,
    int(Written.META_GRAPH): META_GRAPH_TAG,
}


class _Facts(NamedTuple):
    """What a slot is. ``plugin`` names the plugin where the metadata do not."""

    tag: str
    kind: Kind
    metadata: wire.SummaryMetadata
    plugin: str


class RunWriter:
    """Writes one run; used by one thread at a time."""

    def __init__(self, store: LogStore, run: Run) -> None:
        self.store = store
        self.run = run
        self.points = 0
        self.entries = 0
        self._slots = 0
        self._series_of_slot: list[Series | None] = []
        self._series: list[Series | None] = []
        self._group_of_series: dict[int, int] = {}
        self._full_told = False
        self._told = 0

    @cached_property
    def scanner(self) -> Scanner:
        """The run's scanner, made when it is first read: a walk may find thousands of runs."""
        return Scanner(MAX_SLOTS)

    def has_news(self) -> bool:
        """Whether the last scan found rows or tags."""
        scanner = self.scanner
        return bool(scanner.scalars or scanner.entries) or scanner.slot_count > self._slots

    def deliver(self, columns: Columns, file_id: int, path: str, ahead: float = 0.0) -> None:
        """Append the rows of the last scan to their series.

        ``ahead`` is how many times the bytes scanned the file still holds.
        """
        scanner = self.scanner
        if scanner.slot_count > self._slots:
            self._learn_slots(path)
        touched: list[int] = []
        if scanner.scalars:
            touched += self._deliver_scalars(columns, ahead)
        if scanner.entries:
            touched += self._deliver_entries(columns, file_id)
        self.store.mark_grown(touched)

    def add_entry(
        self, tag: str, kind: Kind, plugin: str, row: tuple[int, float, int, int, int]
    ) -> None:
        """Append one entry ``step, wall time, file, offset, length`` found outside a summary."""
        series = self.store.add_series(self.run.id, tag, kind)
        if series is None:
            return
        series.plugin_name = series.plugin_name or plugin
        step, wall, file_id, offset, length = row
        series.append(
            np.array([step], np.int64),
            np.array([wall], np.float64),
            np.array([file_id], np.uint32),
            np.array([offset], np.uint64),
            np.array([length], np.uint64),
        )
        self.entries += 1
        self._remember(series)
        self.store.mark_grown([series.id])

    def mark_restart(self) -> None:
        """Begin new segments in every series of the run."""
        for series in self._series:
            if series is not None:
                series.mark_restart()

    # -- rows -------------------------------------------------------------------------------

    def _deliver_scalars(self, columns: Columns, ahead: float) -> list[int]:
        scanner = self.scanner
        groups = scanner.group(columns)
        steps = columns.grouped_steps.view(np.int64)
        walls = columns.grouped_walls.view(np.float64)
        values = columns.grouped_values.view(np.float64)
        ids = columns.group_ids[:groups].tolist()
        stops = columns.group_stops[:groups].tolist()
        touched = []
        start = 0
        for group, stop in zip(ids, stops, strict=True):
            series = self._series[group]
            if series is not None:
                series.append(steps[start:stop], walls[start:stop], values[start:stop], ahead=ahead)
                touched.append(series.id)
            start = stop
        self.points += start
        self._note(steps[:start], walls[:start])
        return touched

    def _deliver_entries(self, columns: Columns, file_id: int) -> list[int]:
        n = self.scanner.entries
        slots = columns.entry_slots[:n]
        steps = columns.entry_step_bits[:n].view(np.int64)
        walls = columns.entry_wall_bits[:n].view(np.float64)
        touched = []
        order = np.argsort(slots, kind="stable")
        bounds = np.flatnonzero(np.diff(slots[order])) + 1
        # Slots of one series keep their order only when they are taken together.
        by_series: dict[int, tuple[Series, list[npt.NDArray[np.intp]]]] = {}
        for rows in np.split(order, bounds):
            series = self._series_of_slot[int(slots[rows[0]])]
            if series is not None:
                by_series.setdefault(series.id, (series, []))[1].append(rows)
        for series, parts in by_series.values():
            rows = parts[0] if len(parts) == 1 else np.sort(np.concatenate(parts))
            series.append(
                steps[rows],
                walls[rows],
                np.full(len(rows), file_id, np.uint32),
                columns.entry_offsets[rows],
                columns.entry_lengths[rows],
            )
            touched.append(series.id)
        self.entries += n
        self._note(steps, walls)
        return touched

    def _note(self, steps: npt.NDArray[np.int64], walls: npt.NDArray[np.float64]) -> None:
        run = self.run
        last = int(steps.max())
        if run.last_step is None or last > run.last_step:
            run.last_step = last
        low, high = float(np.fmin.reduce(walls)), float(np.fmax.reduce(walls))
        if math.isinf(low) or math.isinf(high):
            finite = walls[np.isfinite(walls)]
            low, high = (finite.min(), finite.max()) if len(finite) else (math.nan, math.nan)
            low, high = float(low), float(high)
        if low == low:  # not NaN
            if run.first_wall_time_s is None or low < run.first_wall_time_s:
                run.first_wall_time_s = low
            if run.last_wall_time_s is None or high > run.last_wall_time_s:
                run.last_wall_time_s = high

    # -- slots ------------------------------------------------------------------------------

    def _remember(self, series: Series | None) -> int:
        """Group number of a series; one shared number for those that are not kept."""
        series_id = -1 if series is None else series.id
        group = self._group_of_series.get(series_id)
        if group is None:
            group = self._group_of_series[series_id] = len(self._series)
            self._series.append(series)
        return group

    def _learn_slots(self, path: str) -> None:
        slots = self.scanner.slots(self._slots)
        # In pieces: the store is locked while it makes series, and the window waits for it.
        for start in range(0, len(slots), _SLOTS_AT_ONCE):
            self._learn_some_slots(slots[start : start + _SLOTS_AT_ONCE], path)
        if self.scanner.full and not self._full_told:
            self._full_told = True
            self._problem(
                path,
                ProblemKind.LIMIT,
                f"more than {MAX_SLOTS:,} tags and plugins; values of those after the limit are "
                "not shown",
            )

    def _learn_some_slots(self, slots: list[tuple[bytes, int, bytes, int]], path: str) -> None:
        known = [self._slot_facts(slot, path) for slot in slots]
        made = iter(
            self.store.add_all_series(
                self.run.id, [(facts.tag, facts.kind) for facts in known if facts is not None]
            )
        )
        for slot, facts in enumerate(known, self._slots):
            series = None if facts is None else next(made)
            if series is not None and facts is not None and not series.plugin_name:
                # The first metadata of a tag stays, as in TensorBoard.
                series.plugin_name = facts.metadata.plugin_name or facts.plugin
                series.plugin_content = facts.metadata.plugin_content
                series.display_name = facts.metadata.display_name
                series.description = facts.metadata.description
            self._series_of_slot.append(series)
            # Groups are numbered by series, so that two ways to write a tag stay in order.
            self.scanner.map_slot(slot, self._remember(series))
        self._slots += len(slots)

    def _slot_facts(self, slot: tuple[bytes, int, bytes, int], path: str) -> _Facts | None:
        """What a slot is; None for one whose values carry nothing to keep."""
        raw_tag, written, raw_metadata, slot_class = slot
        tag = _TAG_OF_WRITTEN.get(written) or self._tag_text(raw_tag, path)
        if slot_class == _IGNORED:
            self._problem(
                path,
                ProblemKind.NOT_A_VALUE,
                f"the tag “{_short(tag)}” has summaries without a value that can be read; "
                "they were passed over",
            )
            return None
        metadata = wire.summary_metadata(raw_metadata) if raw_metadata else wire.NO_METADATA
        if slot_class == _SCALAR:
            kind = Kind.SCALAR
        else:
            fixed = _KIND_OF_WRITTEN.get(written)
            kind = fixed or KIND_OF_PLUGIN.get(metadata.plugin_name, Kind.TENSOR)
        if written == _ODD_TENSOR:
            self._problem(
                path,
                ProblemKind.NOT_A_VALUE,
                f"the scalar tag “{_short(tag)}” has tensors that are no single real number; "
                "they are kept as tensors",
            )
        if metadata.version > 0:
            self._problem(
                path,
                ProblemKind.FUTURE_VERSION,
                f"“{_short(tag)}” was written by version {metadata.version} of "
                f"{metadata.plugin_name}, newer than any known; it is read as version 0",
            )
        return _Facts(tag, kind, metadata, _PLUGIN_OF_WRITTEN.get(written, ""))

    def _tag_text(self, raw: bytes, path: str) -> str:
        try:
            # One text per tag, however many runs have it.
            return sys.intern(raw.decode("utf-8"))
        except UnicodeDecodeError:
            tag = wire.readable(raw)
            self._problem(
                path,
                ProblemKind.TAG_ENCODING,
                f"a tag is not valid UTF-8; it is shown as “{_short(tag)}”",
            )
            return tag

    def _problem(self, path: str, kind: ProblemKind, message: str) -> None:
        self._told += 1
        if self._told == _MAX_TOLD:
            message = "more tags of this run are odd in this or another way; they are not listed"
        if self._told <= _MAX_TOLD:
            self.store.add_problem(Problem(path, 0, 0, kind, message))


def _short(text: str) -> str:
    return text if len(text) <= _MAX_TAG_TOLD else text[:_MAX_TAG_TOLD] + "…"
