"""Input made or damaged so as to cost time or memory, to hide points, or to stop the reader."""

from __future__ import annotations

import io
import json
import os
import struct
import tarfile
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

from eventglass.app import load
from eventglass.app.core import archives, blocks, scanner, store, writer
from eventglass.app.core.inspect import as_json_text, summarize
from eventglass.app.core.names import Kind, natural_key
from eventglass.app.core.problems import ProblemKind
from eventglass.app.core.reader import Reader
from eventglass.app.core.store import LogStore
from tests.core import events as ev
from tests.core.test_reader import NAME, kinds, read, reading, values, wait_for, write


def header(length: int) -> bytes:
    """A sound record header without its record."""
    head = struct.pack("<Q", length)
    return head + struct.pack("<I", ev.masked_crc(head))


def points(first: int, count: int, tag: bytes = b"loss") -> bytes:
    return b"".join(
        ev.record(ev.event(i, 1.7e9 + i, what=ev.summary(ev.simple(tag, float(i)))))
        for i in range(first, first + count)
    )


# -- many tags ----------------------------------------------------------------------------------


def test_an_event_of_many_tags_needs_room_for_them_only(tmp_path: Path) -> None:
    many = ev.summary(*(ev.simple(b"tag/%d" % i, float(i)) for i in range(40_000)))
    write(tmp_path / NAME, ev.record(ev.event(1, 1.7e9, what=many)))
    log = read(tmp_path)
    assert log.problems == []
    assert sum(series.count for series in log.series) == 40_000

    one = scanner.Scanner()
    columns = scanner.Columns(50_000)
    data = (tmp_path / NAME).read_bytes()
    while one.scan(data, 0, len(data), 0, columns) == scanner.Status.NEED_ROOM:
        one.grow()
        # The table of tags grows with what is in it, not with the record each time anew.
        assert one.arena_room() <= 4 * len(data)


def test_slots_are_told_of_from_any_of_them_on() -> None:
    one = scanner.Scanner()
    columns = scanner.Columns()
    data = b"".join(
        points(i, 1, b"t%d" % i)
        + ev.record(
            ev.event(
                i,
                1.0,
                what=ev.summary(ev.tensor_value(b"m%d" % i, b"", ev.metadata(b"p%d" % i))),
            )
        )
        for i in range(12)
    )
    assert one.scan(data, 0, len(data), 0, columns) == scanner.Status.NEED_MORE
    everything = one.slots(0)
    assert [slot[0] for slot in everything[:4]] == [b"t0", b"m0", b"t1", b"m1"]
    assert everything[3][2] == ev.metadata(b"p1")
    for first in range(len(everything) + 1):
        assert one.slots(first) == everything[first:]


def test_more_tags_than_the_limit_are_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "MAX_SLOTS", 5)
    data = b"".join(points(i, 1, b"t%d" % i) for i in range(9)) + points(9, 3, b"t0")
    write(tmp_path / NAME, data)
    log = read(tmp_path)
    assert [s.tag for s in log.series] == ["t0", "t1", "t2", "t3", "t4"]
    assert values(log, tag="t0") == [0, 9, 10, 11]
    assert kinds(log) == [ProblemKind.LIMIT]


def test_odd_tags_are_told_of_only_so_often(tmp_path: Path) -> None:
    long_tag = b"x" * 100_000
    data = ev.record(ev.event(1, 1.0, what=ev.summary(ev.field(1, long_tag)))) + b"".join(
        ev.record(ev.event(i, 1.0, what=ev.summary(ev.field(1, b"empty%d" % i))))
        for i in range(500)
    )
    write(tmp_path / NAME, data)
    log = read(tmp_path)
    assert 2 <= len(log.problems) <= 100
    assert all(len(problem.message) < 1000 for problem in log.problems)


def test_closing_makes_room_for_other_series(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MAX_SERIES", 3)
    write(tmp_path / "a" / NAME, points(0, 1, b"x") + points(0, 1, b"y"))
    write(tmp_path / "b" / NAME, points(0, 1, b"x") + points(0, 1, b"z"))
    with reading(tmp_path / "a") as (log, reader):
        reader.close(0)
        assert log.tags() == {}
        assert log.series_of_tag("x", Kind.SCALAR) == ()
        reader.open(str(tmp_path / "b"))
        assert reader.wait_until_settled(20.0)
        assert log.tags() == {("x", Kind.SCALAR): 1, ("z", Kind.SCALAR): 1}
        assert log.problems == []


def test_numbers_of_thousands_of_digits_in_tags(tmp_path: Path) -> None:
    digits = b"7" * 6000
    write(tmp_path / NAME, points(0, 1, b"run" + digits) + points(0, 1, b"run8" + digits))
    assert [len(tag) for tag in load(tmp_path)["."]] == [6003, 6004]


def test_numbers_in_names_count_as_numbers() -> None:
    names = ["run10", "run9", "run009", "run0", "run", "run1/b", "run1/a", "run01"]
    assert sorted(names, key=natural_key) == [
        "run", "run0", "run01", "run1/a", "run1/b", "run009", "run9", "run10",
    ]  # fmt: skip


# -- lengths that lie ---------------------------------------------------------------------------


@pytest.fixture
def little_memory(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Sizes of the buffers made; records larger than 4 kB count as large."""
    made: list[int] = []
    real = blocks.WorkBuffer.at_least

    def at_least(self: blocks.WorkBuffer, size: int, keep: int) -> None:
        made.append(size)
        real(self, size, keep)

    monkeypatch.setattr(blocks, "BLOCK", 1024)
    monkeypatch.setattr(blocks, "LARGE", 4096)
    monkeypatch.setattr(blocks.WorkBuffer, "at_least", at_least)
    return made


@pytest.mark.parametrize("claimed", [30_000, 1 << 20, 0x7FFFFFFF])
@pytest.mark.parametrize("lost", [b"", b"?"])
def test_a_length_that_lies_brings_nothing_into_memory(
    tmp_path: Path, little_memory: list[int], claimed: int, lost: bytes
) -> None:
    data = points(0, 5) + lost + header(claimed) + bytes(50_000) + points(5, 5)
    write(tmp_path / NAME, data)
    log = read(tmp_path)
    assert values(log) == [float(i) for i in range(10)]
    assert len(log.problems) == 1
    assert max(little_memory, default=0) <= 4096


def test_a_large_record_cut_off_waits_for_the_rest(
    tmp_path: Path, little_memory: list[int]
) -> None:
    big = ev.record(
        ev.event(5, 1.0, what=ev.summary(ev.simple(b"loss", 5.0) + ev.field(20, bytes(60_000))))
    )
    path = write(tmp_path / NAME, points(0, 5) + big[:40_000])
    with reading(tmp_path, live=True) as (log, reader):
        assert values(log) == [0, 1, 2, 3, 4]
        progress = reader.progress()
        assert progress.bytes_done == len(points(0, 5))
        assert max(little_memory, default=0) <= 4096
        with open(path, "ab") as stream:
            stream.write(big[40_000:50_000])
        reader.look_now()
        with open(path, "ab") as stream:
            stream.write(big[50_000:] + points(6, 2))
        wait_for(lambda: values(log) == [float(i) for i in range(8)], reader)
        assert log.problems == []


def test_a_large_damaged_record_is_skipped_by_its_length(
    tmp_path: Path, little_memory: list[int]
) -> None:
    big = bytearray(ev.record(ev.event(5, 1.0, what=ev.field(20, bytes(60_000)))))
    big[30_000] ^= 1
    write(tmp_path / NAME, points(0, 5) + big + points(5, 5))
    log = read(tmp_path)
    assert values(log) == [float(i) for i in range(10)]
    assert [(p.kind, p.length_bytes) for p in log.problems] == [(ProblemKind.DATA_CRC, len(big))]
    assert max(little_memory, default=0) <= 4096


@pytest.mark.parametrize("size", [1000, 3000, 60_000])
@pytest.mark.parametrize("missing", [1, 40, 500])
@pytest.mark.parametrize("behind", [1, 12, 50])
def test_bytes_lost_in_a_large_record_cost_nothing_behind_it(
    tmp_path: Path, little_memory: list[int], size: int, missing: int, behind: int
) -> None:
    big = ev.record(ev.event(5, 1.0, what=ev.field(20, bytes(size))))
    write(tmp_path / NAME, points(0, 5) + big[:400] + big[400 + missing :] + points(5, behind))
    log = read(tmp_path)
    assert values(log) == [float(i) for i in range(5 + behind)]
    assert len(log.problems) == 1


def test_bytes_lost_so_that_a_record_ends_where_another_begins(tmp_path: Path) -> None:
    big = ev.record(ev.event(5, 1.0, what=ev.field(20, bytes(3000))))
    behind = points(5, 30)
    missing = len(points(5, 10))
    write(tmp_path / NAME, points(0, 5) + big[:400] + big[400 + missing :] + behind)
    log = read(tmp_path)
    assert values(log) == [float(i) for i in range(35)]
    assert len(log.problems) == 1


def test_records_in_the_payload_of_a_damaged_record_are_no_records(tmp_path: Path) -> None:
    big = bytearray(ev.record(ev.event(5, 1.0, what=ev.field(20, points(50, 10)))))
    big[18] ^= 1
    write(tmp_path / NAME, points(0, 5) + big + points(5, 5))
    assert values(read(tmp_path)) == [float(i) for i in range(10)]


def test_a_sound_record_too_large_for_the_memory_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: blocks.WorkBuffer, size: int, keep: int) -> None:
        raise MemoryError

    monkeypatch.setattr(blocks, "BLOCK", 1024)
    monkeypatch.setattr(blocks.WorkBuffer, "at_least", refuse)
    big = ev.record(ev.event(5, 1.0, what=ev.field(20, bytes(60_000))))
    write(tmp_path / NAME, points(0, 5) + big + points(5, 5))
    log = read(tmp_path)
    assert values(log) == [float(i) for i in range(10)]
    assert kinds(log) == [ProblemKind.LIMIT]


def test_headers_that_promise_records_are_not_all_believed() -> None:
    """Each of them would be read to its end: the square of the file's length."""
    data = b"x" + header(50_000) * 20_000 + bytes(60_000) + points(0, 5)
    one = scanner.Scanner()
    one.patience = 1 << 20
    assert one.resync(data, 0, len(data), True) == len(data) - len(points(0, 5))
    assert -50_000 <= one.patience <= 0
    # The reader gives it new patience as it gets on.
    assert scanner.PATIENCE > 1 << 20


def test_small_records_are_believed_in_any_case() -> None:
    one = scanner.Scanner()
    one.patience = 0
    columns = scanner.Columns()
    data = points(0, 5)
    assert one.scan(data, 0, len(data), 0, columns) == scanner.Status.NEED_MORE
    assert one.scalars == 5
    assert one.resync(b"?" + data, 0, len(data) + 1, True) == 1


# -- other oddities of events -------------------------------------------------------------------


def test_infinite_wall_times_are_no_start_of_a_run(tmp_path: Path) -> None:
    data = b"".join(
        ev.record(ev.event(i, wall, what=ev.summary(ev.simple(b"loss", 1.0))))
        for i, wall in enumerate([float("-inf"), 5.0, float("nan"), 7.0, float("inf")])
    )
    write(tmp_path / NAME, data)
    run = read(tmp_path).runs[0]
    assert (run.first_wall_time_s, run.last_wall_time_s) == (5.0, 7.0)


def test_one_file_that_fails_keeps_no_other_from_being_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / f"{NAME}.1", points(0, 5))
    write(tmp_path / f"{NAME}.2", points(5, 5))
    real = blocks.EventFile.read

    def fail(self: blocks.EventFile, *rest: object) -> bool:
        if self.source.path.endswith(".1"):
            raise MemoryError
        return real(self, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(blocks.EventFile, "read", fail)
    with reading(tmp_path) as (log, reader):
        assert values(log) == [5, 6, 7, 8, 9]
        assert kinds(log) == [ProblemKind.LIMIT]
        assert reader.progress().files_done == 2


# -- watching -----------------------------------------------------------------------------------


def replace(path: Path, data: bytes) -> None:
    other = path.with_name("being written")
    other.write_bytes(data)
    other.replace(path)


def test_a_file_replaced_by_a_longer_one_is_read_again(tmp_path: Path) -> None:
    path = write(tmp_path / NAME, points(0, 5))
    with reading(tmp_path, live=True) as (log, reader):
        replace(path, points(100, 20))
        wait_for(lambda: len(values(log)) == 25, reader)
        assert values(log)[5:] == [float(i) for i in range(100, 120)]
        assert kinds(log) == [ProblemKind.CHANGED]
        assert log.series[0].scalars().segments.tolist() == [0, 5]


def test_a_file_replaced_by_one_as_long_is_read_again(tmp_path: Path) -> None:
    path = write(tmp_path / NAME, points(10, 5))
    with reading(tmp_path, live=True) as (log, reader):
        replace(path, points(20, 5))
        os.utime(path, (1e9, 1e9))
        wait_for(lambda: len(values(log)) == 10, reader)
        assert kinds(log) == [ProblemKind.CHANGED]


def test_a_copy_brought_up_to_date_is_read_on(tmp_path: Path) -> None:
    """As rsync does it: a new file with the old content at its beginning."""
    path = write(tmp_path / NAME, points(0, 5))
    with reading(tmp_path, live=True) as (log, reader):
        replace(path, points(0, 9))
        wait_for(lambda: len(values(log)) == 9, reader)
        assert log.problems == []


def test_a_run_moved_within_the_root_is_found(tmp_path: Path) -> None:
    write(tmp_path / "old" / "deep" / NAME, points(0, 5))
    with reading(tmp_path, live=True) as (log, reader):
        (tmp_path / "old").rename(tmp_path / "new")
        wait_for(lambda: values(log, "new/deep") == [0, 1, 2, 3, 4], reader)
        wait_for(lambda: log.runs[0].deleted, reader)
        assert [run.name for run in log.runs] == ["old/deep", "new/deep"]
        assert not log.runs[1].deleted


def test_a_very_deep_tree_that_appears_is_survived(tmp_path: Path) -> None:
    with reading(tmp_path, live=True) as (log, reader):
        place = os.open(tmp_path, os.O_RDONLY)
        for _ in range(1300):
            os.mkdir("d", dir_fd=place)
            place, before = os.open("d", os.O_RDONLY, dir_fd=place), place
            os.close(before)
        os.close(place)
        write(tmp_path / "run" / NAME, points(0, 5))
        wait_for(lambda: values(log, "run") == [0, 1, 2, 3, 4], reader)
        write(tmp_path / "later" / NAME, points(0, 5))
        wait_for(lambda: values(log, "later") == [0, 1, 2, 3, 4], reader)
    # Too deep for pytest to remove.
    top, rest = tmp_path / "d", tmp_path / "rest"
    while (top / "d").exists():
        (top / "d").rename(rest)
        top.rmdir()
        rest.rename(top)


def test_a_link_to_a_run_that_appears_is_followed(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere" / NAME, points(0, 5))
    root = tmp_path / "root"
    root.mkdir()
    with reading(root, live=True) as (log, reader):
        (root / "link").symlink_to(tmp_path / "elsewhere")
        (root / "loop").symlink_to(root)
        wait_for(lambda: values(log, "link") == [0, 1, 2, 3, 4], reader)
        reader.look_now()
        assert [run.name for run in log.runs] == ["link"]


def test_a_file_made_right_after_its_directory_was_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The directory's time is the same then, as coarse as file systems tell it."""
    run = tmp_path / "run"
    run.mkdir()
    with reading(tmp_path, live=True) as (log, reader):
        status = run.stat()
        write(run / NAME, points(0, 5))
        os.utime(run, ns=(status.st_atime_ns, status.st_mtime_ns))
        wait_for(lambda: values(log, "run") == [0, 1, 2, 3, 4], reader)


def test_trouble_while_looking_does_not_end_the_watch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "a" / NAME, points(0, 5))
    real = Reader._look
    fails = [True]

    def look(self: Reader) -> bool:
        if fails and fails.pop():
            raise RuntimeError("no reason")
        return real(self)

    monkeypatch.setattr(Reader, "_look", look)
    with reading(tmp_path, live=True) as (log, reader):
        reader.look_now()
        wait_for(lambda: len(log.problems) == 1, reader)
        write(tmp_path / "b" / NAME, points(0, 5))
        wait_for(lambda: values(log, "b") == [0, 1, 2, 3, 4], reader)


def test_an_unreadable_file_that_grows_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / NAME, points(0, 5))
    tries = []

    def refuse(self: blocks.EventFile, *_: object) -> bool:
        tries.append(self.size)
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch, reading(tmp_path, live=True) as (log, reader):
        patch.setattr(blocks.EventFile, "read", refuse)
        for more in range(1, 4):
            with open(path, "ab") as stream:
                stream.write(points(5 * more, 5))
            wait_for(lambda count=more: len(tries) >= count, reader)  # type: ignore[misc]
        assert kinds(log) == [ProblemKind.UNREADABLE]
        patch.undo()
        wait_for(lambda: len(values(log)) == 20, reader)


def test_a_time_in_the_future_does_not_hide_a_cut_tail(tmp_path: Path) -> None:
    path = write(tmp_path / NAME, points(0, 5)[:-3])
    future = time.time() + 1e6
    os.utime(path, (future, future))
    with reading(tmp_path) as (log, _):
        assert kinds(log) == [ProblemKind.CUT_TAIL]


def test_a_record_not_yet_flushed_is_no_problem(tmp_path: Path) -> None:
    path = write(tmp_path / NAME, points(0, 5)[:-3])
    minute_ago = time.time() - 60
    os.utime(path, (minute_ago, minute_ago))
    with reading(tmp_path, live=True) as (log, reader):
        reader.look_now()
        assert log.problems == []


def test_closing_while_reading_leaves_no_trace_in_the_progress(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 4096)
    write(tmp_path / "a" / NAME, points(0, 3000))
    write(tmp_path / "b" / NAME, points(0, 7))
    log = LogStore()
    reader = Reader(log)
    reader.set_live(False)
    first = reader.open(str(tmp_path / "a"))
    closing = []

    def close_early() -> None:
        log.take_changes()
        if log.series and not closing:
            closing.append(True)
            reader.close(first.id)

    log.on_change = close_early
    log.take_changes()
    reader.start()
    try:
        assert reader.wait_until_settled(20.0)
        reader.open(str(tmp_path / "b"))
        assert reader.wait_until_settled(20.0)
        progress = reader.progress()
        assert (progress.files_total, progress.files_done, progress.points) == (1, 1, 7)
        assert progress.bytes_total == progress.bytes_done == len(points(0, 7))
    finally:
        reader.stop()


def test_nothing_open_any_more_is_settled(tmp_path: Path) -> None:
    write(tmp_path / NAME, points(0, 5))
    with reading(tmp_path) as (_, reader):
        second = reader.open(str(tmp_path))
        reader.close(second.id)
        reader.close(0)
        assert reader.wait_until_settled(20.0)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / NAME)
    log = read(tmp_path / NAME)
    assert kinds(log) == [ProblemKind.UNREADABLE]
    assert kinds(read(tmp_path)) == []


# -- names --------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name != "posix", reason="names here are text")
def test_names_that_are_no_text(tmp_path: Path) -> None:
    run = os.fsencode(tmp_path) + b"/r\xffn"
    os.mkdir(run)
    with open(run + b"/" + NAME.encode(), "wb") as stream:
        stream.write(points(0, 3))
    log = load(tmp_path)
    assert log.runs == ("r\udcffn",)
    text = "".join(as_json_text(summarize(log.store, str(tmp_path))))
    assert list(json.loads(text.encode("utf-8", "backslashreplace"))["runs"]) == ["r\udcffn"]
    assert np.array_equal(log["r\udcffn"]["loss"].values, [0, 1, 2])


# -- archives -----------------------------------------------------------------------------------


def zipped(path: Path, *members: tuple[str, bytes], packed: bool = False) -> Path:
    method = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def test_members_that_share_their_bytes(tmp_path: Path) -> None:
    """A small archive that would be read again and again."""
    data = points(0, 50)
    path = zipped(tmp_path / "log.zip", *((f"run{i}/{NAME}", data) for i in range(3)))
    raw = path.read_bytes()
    first, directory = raw.index(b"PK\1\2"), bytearray(raw[raw.index(b"PK\1\2") :])
    at = 0
    while (at := directory.find(b"PK\1\2", at)) >= 0:
        directory[at + 42 : at + 46] = bytes(4)
        at += 4
    end = directory.index(b"PK\5\6")
    only = raw.index(b"PK\3\4", 4)
    directory[end + 16 : end + 20] = struct.pack("<I", only)
    assert first > only
    path.write_bytes(raw[:only] + directory)
    log = read(path)
    assert sum(series.count for series in log.series) == 50
    assert kinds(log) == [ProblemKind.ARCHIVE] * 2


def test_what_nobody_wants_of_a_packed_archive_is_bounded_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "MAX_RATIO", 20)
    path = tmp_path / "log.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name, data in ((f"a/{NAME}", points(0, 5)), ("checkpoint", bytes(8 << 20))):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    log = read(path)
    assert values(log, "a") == [0, 1, 2, 3, 4]
    assert kinds(log) == [ProblemKind.ARCHIVE]


def test_what_is_not_read_to_its_end_does_not_fill_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    real = archives.tempfile.mkdtemp

    def note(prefix: str) -> str:
        made.append(real(prefix=prefix, dir=tmp_path))
        return made[-1]

    monkeypatch.setattr(archives.tempfile, "mkdtemp", note)
    path = zipped(tmp_path / "log.zip", (NAME, bytes(4 << 20)), packed=True)
    with reading(path) as (log, _):
        assert kinds(log) == [ProblemKind.ARCHIVE]
        assert os.listdir(made[0]) == []


def test_an_archive_the_standard_library_stumbles_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: object, **__: object) -> None:
        raise IndexError("string index out of range")

    monkeypatch.setattr(archives.zipfile, "ZipFile", stumble)
    log = read(write(tmp_path / "log.zip", b"PK"))
    assert kinds(log) == [ProblemKind.ARCHIVE]
    assert "unexpected" not in log.problems[0].message
