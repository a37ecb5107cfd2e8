"""Blocks: reads one event file from where it was left, and decides what damage means.

The scanner says what a stretch of bytes is; this module brings the bytes, goes on after damage and
records each loss as a `Problem`. A file may grow while it is read, and may be cut anywhere.

Bytes come by ordinary reads into a reused buffer, never by a memory map: a stick pulled out or a
file cut under us must be an error message, not a signal.
"""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass

from eventglass.app.core import wire
from eventglass.app.core.names import Kind
from eventglass.app.core.problems import Problem, ProblemKind
from eventglass.app.core.scanner import Columns, Status
from eventglass.app.core.writer import RunWriter

BLOCK = 1 << 20
HEADER = 12
_GZIP = b"\x1f\x8b\x08"
FRAME = 16
#: Damaged places listed one by one per file; more are counted.
MAX_LISTED = 100
#: A file not written to for so long has a cut tail, not one that is still being written.
QUIET_S = 5.0

_FILE_VERSION, _SESSION_LOG, _TAGGED_RUN_METADATA = 3, 7, 8


class GzippedError(Exception):
    """The file is gzipped: it has to be unpacked before it can be read."""


@dataclass(slots=True)
class Source:
    """Where the bytes of an event file are: ``path`` from ``base`` on, ``size`` bytes.

    ``size`` None means to the end of the file, which may grow. ``shown`` names it to people.
    """

    path: str
    shown: str
    base: int = 0
    size: int | None = None


class WorkBuffer:
    """A buffer and columns one thread reuses for all its files."""

    def __init__(self) -> None:
        self.data = bytearray(BLOCK)
        self.columns = Columns()

    def at_least(self, size: int, keep: int) -> None:
        """Grow to `size` bytes, keeping the first `keep`."""
        if size > len(self.data):
            larger = bytearray(size)
            larger[:keep] = memoryview(self.data)[:keep]
            self.data = larger

    def shrink(self) -> None:
        """Give back what one huge record needed."""
        if len(self.data) > BLOCK:
            self.data = bytearray(BLOCK)


class EventFile:
    """Reads one event file into a run, again and again as it grows.

    ``offset`` is the first byte not yet consumed, relative to the source's base.
    """

    def __init__(self, source: Source, writer: RunWriter) -> None:
        self.source = source
        self.writer = writer
        self.file_id = writer.store.add_file(source.path)
        self.offset = 0
        self.size = 0
        self.mtime_s = 0.0
        self.read_once = False
        self._at_end = False
        #: True for a copy that can't grow, whatever happens to the original.
        self.static = False
        self._bad_from: int | None = None
        self._bad_kind = ProblemKind.LENGTH_CRC
        self._listed = 0
        self._unlisted = 0
        self._tail_told = False
        self._found_any = False

    def read(self, work: WorkBuffer, on_bytes: Callable[[int], bool]) -> bool:
        """Read on to the end of the file, or until `on_bytes` (bytes consumed) says stop.

        Returns True when the end was reached. OSErrors pass through; GzippedError when the file
        begins with gzip's magic bytes, as no event file does.
        """
        with open(self.source.path, "rb", buffering=0) as stream:
            whole = os.fstat(stream.fileno()).st_size - self.source.base
            size = whole if self.source.size is None else min(self.source.size, whole)
            if size < self.offset:
                self._start_again(size)
            self.size = size
            self.read_once = True
            self._at_end = False
            if self.source.base or self.offset:
                stream.seek(self.source.base + self.offset)
            self._at_end = self._read(stream, work, on_bytes)
        work.shrink()
        return self._at_end

    def give_up(self) -> None:
        """Count the file as read although it can't be; it is tried again when it changes."""
        self.read_once = True
        self._tail_told = True

    def unpacked(self, source: Source) -> None:
        """Read from an unpacked copy instead; what is shown stays the original's name."""
        self.source = source
        self.file_id = self.writer.store.add_file(source.path)
        self.static = True

    def _start_again(self, size: int) -> None:
        self._problem(
            size,
            self.offset - size,
            ProblemKind.CHANGED,
            "the file became shorter while open; it is read again from its beginning and what "
            "was read before is kept as an earlier segment",
        )
        self.writer.mark_restart()
        self.offset = 0
        self._bad_from = None
        self._tail_told = False

    # -- the loop ---------------------------------------------------------------------------

    def _read(self, stream: io.FileIO, work: WorkBuffer, on_bytes: Callable[[int], bool]) -> bool:
        scanner = self.writer.scanner
        records = scanner.records
        filled = 0
        while True:
            got = self._fill(stream, work, filled)
            filled += got
            if self.offset == 0 and filled >= 3 and work.data[:3] == _GZIP and not self.static:
                raise GzippedError
            at_end = self.offset + filled >= self.size
            position = 0
            while True:
                if self._bad_from is not None:
                    position = self._search(work, position, filled, at_end)
                    if self._bad_from is not None:
                        break
                status = scanner.scan(
                    work.data, position, filled, self.source.base + self.offset, work.columns
                )
                if scanner.scalars or scanner.entries:
                    rest = self.size - self.offset - scanner.position
                    ahead = rest / max(1, scanner.position - position)
                    self.writer.deliver(work.columns, self.file_id, self.source.shown, ahead)
                self._found_any = self._found_any or scanner.records > records
                moved = scanner.position != position
                position = scanner.position
                if status == Status.NEED_MORE:
                    break
                if status == Status.OUTPUT_FULL:
                    if not moved:
                        columns = work.columns
                        columns.reserve(2 * columns.room_scalars, 2 * columns.room_entries)
                elif status == Status.NEED_ROOM:
                    scanner.grow()
                elif status == Status.SPECIAL:
                    self._special(
                        bytes(memoryview(work.data)[scanner.special_start : scanner.special_stop])
                    )
                elif status == Status.MALFORMED:
                    length = scanner.record_length + FRAME
                    self._problem(
                        self.offset + position,
                        length,
                        ProblemKind.MALFORMED_EVENT,
                        f"a record of {length:,} bytes with good checksums is no event; skipped",
                    )
                    position += length
                elif status == Status.BAD_DATA_CRC:
                    position = self._bad_record(work, position, filled, at_end)
                else:
                    self._bad_from = self.offset + position
                    self._bad_kind = (
                        ProblemKind.TOO_LONG
                        if status == Status.TOO_LONG
                        else ProblemKind.LENGTH_CRC
                    )
                    position += 1
            if at_end and self._bad_from is None and filled - position >= HEADER:
                # A sound header whose record runs past the end: cut, or never true.
                found = scanner.resync(work.data, position + 1, filled, True)
                if found >= 0:
                    self._bad_from = self.offset + position
                    self._bad_kind = ProblemKind.TOO_LONG
                    self._close_damage(self.offset + found)
                    filled = self._shift(work, found, filled)
                    on_bytes(found)
                    continue
            record = scanner.record_length + FRAME if filled - position >= HEADER else 0
            filled = self._shift(work, position, filled)
            go_on = on_bytes(position)
            if at_end:
                return True
            if self._bad_from is None and record > len(work.data):
                work.at_least(min(record, self.size - self.offset), filled)
            if not go_on:
                return False

    def _fill(self, stream: io.FileIO, work: WorkBuffer, filled: int) -> int:
        """Read until the buffer is full or the file's size (as first seen) is reached."""
        got = 0
        wanted = min(len(work.data) - filled, self.size - self.offset - filled)
        view = memoryview(work.data)
        while got < wanted:
            n = stream.readinto(view[filled + got : filled + wanted])
            if not n:
                # Cut while being read; what is there counts.
                self.size = self.offset + filled + got
                break
            got += n
        return got

    def _shift(self, work: WorkBuffer, position: int, filled: int) -> int:
        """Move what is not consumed to the front; returns how much that is."""
        rest = filled - position
        if position and rest:
            work.data[:rest] = work.data[position:filled]
        self.offset += position
        return rest

    # -- damage -----------------------------------------------------------------------------

    def _bad_record(self, work: WorkBuffer, position: int, filled: int, at_end: bool) -> int:
        """Skip a record whose data is damaged, or search when its length can't be trusted."""
        scanner = self.writer.scanner
        after = position + scanner.record_length + FRAME
        start = self.offset + position
        if (
            filled - after >= HEADER
            and scanner.resync(work.data, after, min(filled, after + HEADER), False) != after
        ):
            # No record begins behind it: bytes were lost or put in. Look inside.
            self._bad_from = start
            self._bad_kind = ProblemKind.DATA_CRC
            return position + 1
        self._problem(
            start,
            after - position,
            ProblemKind.DATA_CRC,
            f"a record of {after - position:,} bytes is damaged (data checksum); skipped, "
            "reading went on behind it",
        )
        return after

    def _search(self, work: WorkBuffer, position: int, filled: int, at_end: bool) -> int:
        """Look for the next sound record; closes the damage when one is found."""
        scanner = self.writer.scanner
        while True:
            found = scanner.resync(work.data, position, filled, at_end)
            if found < 0:
                # A header may lie across the border, or be cut at the end.
                rest = filled - HEADER + 1
                if at_end:
                    maybe = scanner.resync(work.data, position, filled, False)
                    if maybe >= 0:
                        rest = maybe
                return max(position, rest, 0)
            length = int.from_bytes(work.data[found : found + 8], "little") + FRAME
            if found + length <= filled:
                self._close_damage(self.offset + found)
                return found
            if self.offset + found + length > self.size:
                position = found + 1
                continue
            # Sound so far: bring the rest of the record before believing it.
            work.at_least(length, filled)
            return found

    def _close_damage(self, stop: int) -> None:
        assert self._bad_from is not None
        start, length = self._bad_from, stop - self._bad_from
        if self._bad_kind is ProblemKind.TOO_LONG:
            message = (
                "a record header names a length the file does not hold; "
                f"{length:,} bytes were skipped up to the next sound record"
            )
        else:
            message = (
                f"{length:,} bytes are damaged and were skipped; "
                "reading went on at the next sound record"
            )
        self._problem(start, length, self._bad_kind, message)
        self._bad_from = None

    def report_tail(self, now_s: float, final: bool = False) -> None:
        """Record what is wrong with the end of the file once nothing more seems to come.

        May be called from any thread; a file that is being read is left alone.
        """
        rest = self.size - (self.offset if self._bad_from is None else self._bad_from)
        if self._tail_told or not self._at_end:
            return
        if not final and now_s - self.mtime_s < QUIET_S:
            return
        if self._unlisted:
            self._say(
                self.offset,
                0,
                ProblemKind.LENGTH_CRC,
                f"{self._unlisted:,} more damaged places in this file are not listed",
            )
            self._unlisted = 0
        if rest <= 0:
            return
        self._tail_told = True
        if not self._found_any:
            message = (
                "no event was found in it although its name says so; "
                "it is no event file, or damaged from its beginning"
            )
            self._problem(0, self.size, ProblemKind.NOT_EVENTS, message)
        elif self._bad_from is not None:
            message = (
                f"the last {rest:,} bytes are damaged: no sound record follows. "
                "Everything before is shown"
            )
            self._problem(self._bad_from, rest, self._bad_kind, message)
        else:
            message = (
                f"the file ends inside a record; its last {rest:,} bytes can't be read yet. "
                "Everything before is shown; copy the file again if it should be complete"
            )
            self._problem(self.offset, rest, ProblemKind.CUT_TAIL, message)

    def _problem(self, offset: int, length: int, kind: ProblemKind, message: str) -> None:
        if self._listed >= MAX_LISTED:
            self._unlisted += 1
            return
        self._listed += 1
        self._say(offset, length, kind, message)

    def _say(self, offset: int, length: int, kind: ProblemKind, message: str) -> None:
        store = self.writer.store
        store.add_problem(Problem(self.source.shown, offset, length, kind, message))

    # -- records that are no summaries --------------------------------------------------------

    def _special(self, data: bytes) -> None:
        scanner = self.writer.scanner
        field = scanner.special_field
        if field == _SESSION_LOG:
            if wire.session_log_starts(data):
                self.writer.mark_restart()
        elif field == _TAGGED_RUN_METADATA:
            tag, start, length = wire.tagged_run_metadata(data)
            step = struct.unpack("<q", struct.pack("<Q", scanner.step_bits))[0]
            wall = struct.unpack("<d", struct.pack("<Q", scanner.wall_bits))[0]
            offset = self.source.base + self.offset + scanner.special_start + start
            self.writer.add_entry(
                tag,
                Kind.RUN_METADATA,
                "graph_tagged_run_metadata",
                (step, wall, self.file_id, offset, length),
            )
