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
from eventglass.app.core.scanner import (
    ENTRIES,
    PATIENCE,
    SCALARS,
    Columns,
    Status,
    crc_on,
    mask_crc,
)
from eventglass.app.core.writer import RunWriter

BLOCK = 1 << 20
HEADER = 12
_GZIP = b"\x1f\x8b\x08"
FRAME = 16
#: Damaged places listed one by one per file; more are counted.
MAX_LISTED = 100
#: Larger records are brought into memory only when their checksum is known to be right.
LARGE = 64 << 20
#: Bytes of unsound records that each byte of progress allows to be tried in vain.
_TRIES_PER_BYTE = 32
#: A file not written to for so long has a cut tail, not one that is still being written: writers
#: flush every two minutes, wherever a record may be cut.
QUIET_S = 150.0
#: Bytes before the place where reading goes on that must be the same when the file has changed.
_REMEMBERED = 64

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
        if self.columns.room_scalars > SCALARS or self.columns.room_entries > ENTRIES:
            self.columns = Columns()


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
        #: True when its size or time has changed since it was read.
        self.doubtful = False
        self._at_end = False
        #: True for a copy that can't grow, whatever happens to the original.
        self.static = False
        #: Last thing that went wrong with opening or reading it, told once.
        self.error_told = ""
        self._bad_from: int | None = None
        self._bad_kind = ProblemKind.LENGTH_CRC
        # Where a record ends that begins at `_bad_from` and may be no more than not yet complete.
        self._cut_stop: int | None = None
        # Last bytes before `offset`, to know the file again.
        self._before = b""
        self._listed = 0
        self._unlisted = 0
        self._tail_told = False
        self._found_any = False

    def read(self, work: WorkBuffer, on_bytes: Callable[[int], bool]) -> bool:
        """Read on to the end of the file, or until `on_bytes` (bytes consumed) says stop.

        Returns True when the end was reached. OSErrors pass through; GzippedError when the file
        begins with gzip's magic bytes, as no event file does.
        """
        try:
            with open(self.source.path, "rb", buffering=0) as stream:
                whole = os.fstat(stream.fileno()).st_size - self.source.base
                size = whole if self.source.size is None else min(self.source.size, whole)
                if size < self.offset:
                    self._start_again(size, "became shorter while open")
                elif not self._is_known(stream):
                    self._start_again(size, "was replaced while open")
                self.size = size
                self.read_once = True
                self.doubtful = False
                self._at_end = False
                stream.seek(self.source.base + self.offset)
                self._at_end = self._read(stream, work, on_bytes)
                self._remember(stream)
        finally:
            work.shrink()
        self.error_told = ""
        if self.offset == self.size:
            self._tail_told = False
        return self._at_end

    def _is_known(self, stream: io.FileIO) -> bool:
        """Whether what was read last still stands before `offset`."""
        if self.static or not self._before:
            return True
        stream.seek(self.source.base + self.offset - len(self._before))
        return stream.read(len(self._before)) == self._before

    def _remember(self, stream: io.FileIO) -> None:
        if self.static:
            return
        count = min(_REMEMBERED, self.offset)
        stream.seek(self.source.base + self.offset - count)
        self._before = stream.read(count) or b""

    def is_read(self) -> bool:
        """Whether there is nothing to read, as far as its size and time tell."""
        return self.read_once and not self.doubtful and self.offset == self.size

    def give_up(self) -> None:
        """Count the file as read although it can't be; it is tried again when it changes."""
        self.read_once = True
        self.doubtful = False
        self._tail_told = True

    def unpacked(self, source: Source) -> None:
        """Read from an unpacked copy instead; what is shown stays the original's name."""
        self.source = source
        self.file_id = self.writer.store.add_file(source.path)
        self.static = True

    def _start_again(self, size: int, what: str) -> None:
        self._problem(
            min(size, self.offset),
            max(0, self.offset - size),
            ProblemKind.CHANGED,
            f"the file {what}; it is read again from its beginning and what was read before is "
            "kept as an earlier segment",
        )
        self.writer.mark_restart()
        self.offset = 0
        self._bad_from = self._cut_stop = None
        self._before = b""
        self._tail_told = False

    # -- the loop ---------------------------------------------------------------------------

    def _read(self, stream: io.FileIO, work: WorkBuffer, on_bytes: Callable[[int], bool]) -> bool:
        scanner = self.writer.scanner
        filled = 0
        while True:
            filled += self._fill(stream, work, filled)
            if self.offset == 0 and filled >= 3 and work.data[:3] == _GZIP and not self.static:
                raise GzippedError
            at_end = self.offset + filled >= self.size
            position, wanted = self._scan(stream, work, filled, at_end)
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
            filled = self._shift(work, position, filled)
            scanner.patience = min(PATIENCE, scanner.patience + _TRIES_PER_BYTE * position)
            go_on = on_bytes(position)
            if at_end:
                stop = self._cut_stop
                if stop is None:
                    return True
                filled = self._go_back(stream, on_bytes)
                if stop > self.size:
                    return True
            elif wanted > len(work.data):
                filled = self._bring(stream, work, wanted, filled, on_bytes)
            if not go_on:
                return False

    def _scan(
        self, stream: io.FileIO, work: WorkBuffer, filled: int, at_end: bool
    ) -> tuple[int, int]:
        """Read all records of the buffer; returns the first position not consumed.

        Returns also how many bytes from there on must be in the buffer to go on, 0 if any do.
        """
        scanner = self.writer.scanner
        position = 0
        while True:
            if self._bad_from is not None:
                position = self._search(stream, work, position, filled, at_end)
                if self._bad_from is not None:
                    return position, 0
            records = scanner.records
            status = scanner.scan(
                work.data, position, filled, self.source.base + self.offset, work.columns
            )
            if self.writer.has_news():
                rest = self.size - self.offset - scanner.position
                ahead = rest / max(1, scanner.position - position)
                self.writer.deliver(work.columns, self.file_id, self.source.shown, ahead)
            self._found_any = self._found_any or scanner.records > records
            moved = scanner.position != position
            position = scanner.position
            length = scanner.record_length + FRAME
            if status == Status.NEED_MORE:
                return position, length if filled - position >= HEADER else 0
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
                self._problem(
                    self.offset + position,
                    length,
                    ProblemKind.MALFORMED_EVENT,
                    f"a record of {length:,} bytes with good checksums is no event; skipped",
                )
                position += length
            elif status == Status.BAD_DATA_CRC:
                if not at_end and filled - position < length + HEADER:
                    # Whether its length can be trusted shows behind it.
                    return position, length + HEADER
                position = self._bad_record(work, position, filled)
            else:
                self._bad_from = self.offset + position
                self._bad_kind = (
                    ProblemKind.TOO_LONG if status == Status.TOO_LONG else ProblemKind.LENGTH_CRC
                )
                position += 1

    def _bring(
        self,
        stream: io.FileIO,
        work: WorkBuffer,
        wanted: int,
        filled: int,
        on_bytes: Callable[[int], bool],
    ) -> int:
        """Make the buffer large enough for the record at its beginning, where that is worth it.

        Returns how much of the buffer is filled. A large record that is not sound, or would not
        fit into memory, is passed over instead; one that the file does not hold is looked through
        for what lies behind it.
        """
        rest = self.size - self.offset
        length = int.from_bytes(work.data[:8], "little") + FRAME
        if min(length, rest) > LARGE:
            stop = self.offset + length
            if length > rest:
                self._bad_from, self._bad_kind = self.offset, ProblemKind.TOO_LONG
                self._cut_stop = stop
                return filled
            if not self._is_sound(stream, self.offset, length):
                self.writer.scanner.patience -= length
                if self._is_header(stream, stop):
                    self._skipped(length, ProblemKind.DATA_CRC, "is damaged (data checksum)")
                    return self._jump(stream, stop, on_bytes)
                self._bad_from, self._bad_kind = self.offset, ProblemKind.DATA_CRC
                return filled
        try:
            work.at_least(min(wanted, rest), filled)
        except MemoryError:
            self._skipped(length, ProblemKind.LIMIT, "is larger than the free memory")
            return self._jump(stream, self.offset + length, on_bytes)
        return filled

    def _go_back(self, stream: io.FileIO, on_bytes: Callable[[int], bool]) -> int:
        """Return to a record that seemed cut: nothing sound lies behind its header."""
        assert self._bad_from is not None
        start, self._bad_from, self._cut_stop = self._bad_from, None, None
        return self._jump(stream, start, on_bytes)

    def _jump(self, stream: io.FileIO, offset: int, on_bytes: Callable[[int], bool]) -> int:
        """Go on at `offset`; returns 0, what of the buffer counts then."""
        offset = min(offset, self.size)
        moved = offset - self.offset
        self.offset = offset
        stream.seek(self.source.base + offset)
        on_bytes(moved)
        return 0

    def _is_sound(self, stream: io.FileIO, offset: int, length: int) -> bool:
        """Whether the data checksum of the record at `offset`, `length` bytes, is right."""
        here = stream.tell()
        try:
            stream.seek(self.source.base + offset + HEADER)
            left = length - FRAME
            crc = 0xFFFFFFFF
            while left:
                piece = stream.read(min(left, BLOCK))
                if not piece:
                    return False
                crc = crc_on(crc, piece)
                left -= len(piece)
            return int.from_bytes(stream.read(4) or b"", "little") == mask_crc(crc)
        finally:
            stream.seek(here)

    def _is_header(self, stream: io.FileIO, offset: int) -> bool:
        """Whether a record can begin at `offset`: a sound header, or the end of the file."""
        here = stream.tell()
        try:
            stream.seek(self.source.base + offset)
            head = stream.read(min(HEADER, max(0, self.size - offset))) or b""
            return not head or self.writer.scanner.resync(head, 0, len(head), False) == 0
        finally:
            stream.seek(here)

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

    def _bad_record(self, work: WorkBuffer, position: int, filled: int) -> int:
        """Skip a record whose data is damaged, or search when its length can't be trusted."""
        scanner = self.writer.scanner
        length = scanner.record_length + FRAME
        after = position + length
        # At the end of the file less than a header may be left: bytes out of place, too.
        behind = min(filled, after + HEADER)
        if (
            after != filled and scanner.resync(work.data, after, behind, False) != after
        ) or self._ends_in_records(work, position + 1, after):
            # No record begins behind it: bytes were lost or put in. Look inside.
            self._bad_from = self.offset + position
            self._bad_kind = ProblemKind.DATA_CRC
            return position + 1
        self._skipped(length, ProblemKind.DATA_CRC, "is damaged (data checksum)", position)
        return after

    def _ends_in_records(self, work: WorkBuffer, position: int, stop: int) -> bool:
        """Whether the last of the bytes up to `stop` are sound records.

        Then a record damaged by the loss of bytes ends, by chance, where another begins. Records in
        a payload do not look so: a checksum would follow.
        """
        last = -1
        while (found := self.writer.scanner.resync(work.data, position, stop, True)) >= 0:
            last = int.from_bytes(work.data[found : found + 8], "little") + FRAME + found
            position = last
        return last == stop

    def _skipped(self, length: int, kind: ProblemKind, what: str, position: int = 0) -> None:
        self._problem(
            self.offset + position,
            length,
            kind,
            f"a record of {length:,} bytes {what}; skipped, reading went on behind it",
        )

    def _search(
        self, stream: io.FileIO, work: WorkBuffer, position: int, filled: int, at_end: bool
    ) -> int:
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
            start = self.offset + found
            if found + length <= filled:
                self._close_damage(start)
                return found
            if start + length <= self.size:
                if length <= BLOCK:
                    # Sound so far: bring the rest of the record before believing it.
                    work.at_least(BLOCK, filled)
                    return found
                if scanner.patience > 0:
                    if self._is_sound(stream, start, length):
                        self._close_damage(start)
                        return found
                    scanner.patience -= length
            position = found + 1

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
        self._bad_from = self._cut_stop = None

    def report_tail(self, now_s: float, final: bool = False) -> None:
        """Record what is wrong with the end of the file once nothing more seems to come.

        May be called from any thread; a file that is being read is left alone.
        """
        rest = self.size - (self.offset if self._bad_from is None else self._bad_from)
        if self._tail_told or not self._at_end:
            return
        # A time far in the future is a clock that was wrong.
        if not final and -QUIET_S < now_s - self.mtime_s < QUIET_S:
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
