"""The reader: runs and files found, read, watched; damage survived; archives opened."""

from __future__ import annotations

import gzip
import io
import os
import struct
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventglass.app.core import archives, blocks
from eventglass.app.core.names import Kind
from eventglass.app.core.problems import ProblemKind
from eventglass.app.core.reader import Reader
from eventglass.app.core.store import LogStore
from tests.core import events as ev

NAME = "events.out.tfevents.1700000000.host"
PATIENCE_S = 20.0


@contextmanager
def reading(*paths: Path | str, live: bool = False) -> Iterator[tuple[LogStore, Reader]]:
    """A store and its reader, all that was there read."""
    store = LogStore()
    reader = Reader(store)
    reader.set_live(live)
    for path in paths:
        reader.open(str(path))
    reader.start()
    assert reader.wait_until_settled(PATIENCE_S)
    try:
        yield store, reader
    finally:
        reader.stop()


def read(*paths: Path | str) -> LogStore:
    with reading(*paths) as (store, reader):
        reader.report_tails()
        return store


def values(store: LogStore, run: str = ".", tag: str = "loss") -> list[float]:
    for known in store.open_runs():
        if known.name == run:
            series = store.find(known.id, tag, Kind.SCALAR)
            return [] if series is None else series.scalars().values.tolist()
    return []


def kinds(store: LogStore) -> list[ProblemKind]:
    return [problem.kind for problem in store.problems]


def wait_for(condition: Callable[[], bool], reader: Reader) -> None:
    until = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < until, "it did not come"
        reader.look_now()
        time.sleep(0.02)


def write(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


# -- runs and files ---------------------------------------------------------------------------


def test_runs_are_directories_with_event_files(tmp_path: Path) -> None:
    for name in ("a", "a/deep", ".guild/x", "b 2"):
        write(tmp_path / name / NAME, ev.scalar_file(b"loss", [1.0]))
    write(tmp_path / NAME, ev.scalar_file(b"loss", [2.0]))
    write(tmp_path / "other" / "notes.txt", b"nothing")
    store = read(tmp_path)
    assert sorted(run.name for run in store.runs) == [".", ".guild/x", "a", "a/deep", "b 2"]
    assert not store.problems


def test_files_of_a_run_are_read_in_name_order(tmp_path: Path) -> None:
    write(tmp_path / f"{NAME}.2", ev.scalar_file(b"loss", [2.0], first_step=1))
    write(tmp_path / f"{NAME}.1", ev.scalar_file(b"loss", [1.0]))
    write(tmp_path / f"{NAME}.3", ev.scalar_file(b"loss", [3.0], first_step=2))
    assert values(read(tmp_path)) == [1.0, 2.0, 3.0]


def test_loops_of_links_end(tmp_path: Path) -> None:
    write(tmp_path / "run" / NAME, ev.scalar_file(b"loss", [1.0]))
    (tmp_path / "run" / "up").symlink_to(tmp_path, target_is_directory=True)
    assert [run.name for run in read(tmp_path).runs] == ["run"]


def test_one_event_file_can_be_opened_alone(tmp_path: Path) -> None:
    write(tmp_path / f"{NAME}.other", ev.scalar_file(b"loss", [9.0]))
    path = write(tmp_path / NAME, ev.scalar_file(b"loss", [1.0, 2.0]))
    assert values(read(path)) == [1.0, 2.0]


def test_several_roots_and_closing_one(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path / name / "run" / NAME, ev.scalar_file(b"loss", [1.0, 2.0]))
    with reading(tmp_path / "one", tmp_path / "two") as (store, reader):
        assert len(store.open_runs()) == 2
        assert len(store.series_of_tag("loss", Kind.SCALAR)) == 2
        reader.close(0)
        assert [run.root_id for run in store.open_runs()] == [1]
        assert len(store.series_of_tag("loss", Kind.SCALAR)) == 1
        assert store.tags() == {("loss", Kind.SCALAR): 1}
        assert reader.progress().points == 2
        reader.open(str(tmp_path / "one"))
        assert reader.wait_until_settled(PATIENCE_S)
        assert len(store.open_runs()) == 2
        assert sum(len(values(store, "run")) for _ in (1,)) == 2


def test_why_there_is_nothing(tmp_path: Path) -> None:
    write(tmp_path / "a" / "model.ckpt", b"")
    write(tmp_path / "a" / "notes.txt", b"")
    with reading(tmp_path) as (_store, reader):
        reason = reader.empty_reason(0)
    assert reason is not None
    assert "tfevents" in reason
    assert "2 other files" in reason
    assert ".ckpt" in reason


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: None, "No such file"),
        (lambda path: path.write_bytes(b"PK rubbish"), "archive is damaged"),
        (lambda path: os.mkfifo(path), "neither a file nor a folder"),
    ],
)
def test_why_a_root_can_not_be_read(
    tmp_path: Path, make: Callable[[Path], object], reason: str
) -> None:
    path = tmp_path / "logs.zip"
    make(path)
    with reading(path) as (_store, reader):
        told = reader.empty_reason(0)
    assert told is not None
    assert reason in told
    assert str(path) in told


def test_a_root_that_is_not_there(tmp_path: Path) -> None:
    store = read(tmp_path / "nothing")
    assert store.roots[0].missing
    assert kinds(store) == [ProblemKind.UNREADABLE]


def test_progress_adds_up(tmp_path: Path) -> None:
    sizes = 0
    for i in range(5):
        path = write(tmp_path / f"r{i}" / NAME, ev.scalar_file(b"loss", [1.0] * i))
        sizes += path.stat().st_size
    with reading(tmp_path) as (_store, reader):
        progress = reader.progress()
    assert (progress.files_total, progress.files_done) == (5, 5)
    assert progress.bytes_total == progress.bytes_done == sizes
    assert progress.points == 10
    assert progress.settled


def test_the_time_counts_from_opening(tmp_path: Path) -> None:
    write(tmp_path / NAME, ev.scalar_file(b"loss", [1.0]))
    store = LogStore()
    reader = Reader(store)
    reader.start()
    reader._started_s -= 1000.0
    try:
        reader.open(str(tmp_path))
        assert reader.wait_until_settled(PATIENCE_S)
        assert reader.progress().elapsed_s < 999.0
    finally:
        reader.stop()


# -- segments ---------------------------------------------------------------------------------


def test_a_step_that_goes_back_begins_a_segment(tmp_path: Path) -> None:
    data = ev.scalar_file(b"loss", [0.0, 1.0, 2.0, 3.0])
    write(tmp_path / f"{NAME}.1", data)
    write(tmp_path / f"{NAME}.2", ev.scalar_file(b"loss", [7.0, 8.0], first_step=2))
    store = read(tmp_path)
    snapshot = store.series[0].scalars()
    assert snapshot.values.tolist() == [0.0, 1.0, 2.0, 3.0, 7.0, 8.0]
    assert snapshot.segments.tolist() == [0, 4]


def test_a_session_start_begins_a_segment_in_every_tag(tmp_path: Path) -> None:
    start = ev.record(ev.event(10, 1.0, what=ev.field(7, ev.field(1, 1))))
    data = ev.version() + start

    def points(step: int) -> bytes:
        both = ev.summary(ev.simple(b"a", step), ev.simple(b"b", step))
        return ev.record(ev.event(step, 1.0, what=both))

    data += points(1) + points(2) + start + points(10)
    store = read(write(tmp_path / NAME, data))
    for series in store.series:
        assert series.scalars().segments.tolist() == [0, 2]


# -- damage -----------------------------------------------------------------------------------

WHOLE = ev.scalar_file(b"loss", [float(i) for i in range(20)])


@pytest.mark.parametrize("block", [64, 100, 1 << 20])
@given(at=st.integers(0, len(WHOLE) - 1), flip=st.integers(1, 255))
def test_any_flipped_byte_costs_one_record_and_is_told(
    tmp_path_factory: pytest.TempPathFactory, block: int, at: int, flip: int
) -> None:
    data = bytearray(WHOLE)
    data[at] ^= flip
    path = write(tmp_path_factory.mktemp("flip") / NAME, bytes(data))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK", block)
        store = read(path)
    found = values(store)
    assert len(found) >= 19
    assert [v for v in range(20) if v not in found] == (
        [] if len(found) == 20 else [v for v in range(20) if v not in found][:1]
    )
    assert len(store.problems) == 1
    problem = store.problems[0]
    assert problem.offset_bytes <= at < problem.offset_bytes + problem.length_bytes


@given(cut=st.integers(1, len(WHOLE) - 1))
def test_a_cut_tail_is_told_and_the_rest_is_read(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    path = write(tmp_path_factory.mktemp("cut") / NAME, WHOLE[:cut])
    store = read(path)
    found = values(store)
    assert found == [float(i) for i in range(len(found))]
    position = 0
    while position + int.from_bytes(WHOLE[position : position + 8], "little") + 16 <= cut:
        position += int.from_bytes(WHOLE[position : position + 8], "little") + 16
    expected = [] if position == cut else [position]
    assert [problem.offset_bytes for problem in store.problems] == expected


@pytest.mark.parametrize("block", [64, 1 << 20])
def test_garbage_of_any_size_in_the_middle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", block)
    rng = np.random.default_rng(1)
    for size in (1, 7, 12, 63, 64, 65, 1000):
        garbage = rng.bytes(size)
        more = b"".join(
            ev.record(ev.event(i, 1.7e9 + i, what=ev.summary(ev.simple(b"loss", i))))
            for i in range(20, 30)
        )
        path = write(tmp_path / str(size) / NAME, WHOLE + garbage + more)
        store = read(path)
        assert values(store) == [float(i) for i in range(30)], size
        [problem] = store.problems
        assert (problem.offset_bytes, problem.length_bytes) == (len(WHOLE), size)


def test_a_length_the_file_does_not_hold(tmp_path: Path) -> None:
    for length in (10_000, 1 << 30, 1 << 40, (1 << 64) - 1):
        head = struct.pack("<Q", length)
        bad = head + struct.pack("<I", ev.masked_crc(head))
        more = ev.record(ev.event(20, 1.7e9, what=ev.summary(ev.simple(b"loss", 20.0))))
        store = read(write(tmp_path / str(length) / NAME, WHOLE + bad + more))
        assert values(store) == [float(i) for i in range(21)], length
        [problem] = store.problems
        assert (problem.offset_bytes, problem.length_bytes) == (len(WHOLE), 12)
        assert problem.kind is ProblemKind.TOO_LONG


def test_a_record_larger_than_the_buffer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 256)
    image = ev.field(1, b"img") + ev.field(4, b"x" * 5000)
    data = WHOLE + ev.record(ev.event(20, 1.0, what=ev.summary(image)))
    data += ev.record(ev.event(21, 1.7e9, what=ev.summary(ev.simple(b"loss", 20.0))))
    store = read(write(tmp_path / NAME, data))
    assert len(values(store)) == 21
    images = store.find(0, "img", Kind.IMAGE)
    assert images is not None
    assert store.read_payload(images, 0) == image


def test_an_event_file_that_is_none(tmp_path: Path) -> None:
    store = read(write(tmp_path / "my.tfevents.txt", b"These are notes about tfevents.\n" * 9))
    assert kinds(store) == [ProblemKind.NOT_EVENTS]


def test_empty_and_header_only_files_are_no_problem(tmp_path: Path) -> None:
    write(tmp_path / "a" / NAME, b"")
    write(tmp_path / "b" / NAME, ev.version())
    store = read(tmp_path)
    assert sorted(run.name for run in store.runs) == ["a", "b"]
    assert not store.problems


def test_a_file_full_of_damage_lists_only_some_of_it(tmp_path: Path) -> None:
    good = ev.record(ev.event(0, 1.0, what=ev.summary(ev.simple(b"loss", 1.0))))
    bad = bytearray(good)
    bad[-1] ^= 1
    store = read(write(tmp_path / NAME, (bytes(bad) + good) * 500))
    assert len(values(store)) == 500
    assert len(store.problems) == blocks.MAX_LISTED + 1
    assert "400 more damaged places" in store.problems[-1].message


def test_an_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = write(tmp_path / "a" / NAME, WHOLE)
    write(tmp_path / "b" / NAME, WHOLE)

    def refuse(path: str, *rest: Any, **options: Any) -> Any:
        # Not by permissions: the tests may run as root, who reads everything.
        if path == str(bad):
            raise PermissionError(13, "Permission denied")
        return open(path, *rest, **options)

    monkeypatch.setattr(blocks, "open", refuse, raising=False)
    store = read(tmp_path)
    assert kinds(store) == [ProblemKind.UNREADABLE]
    assert "Permission denied" in store.problems[0].message
    assert len(values(store, "b")) == 20


def test_tags_that_are_not_utf8_stay_apart(tmp_path: Path) -> None:
    what = ev.summary(ev.simple(b"a\xff", 1.0), ev.simple(b"a\xfe", 2.0))
    store = read(write(tmp_path / NAME, ev.version() + ev.record(ev.event(0, 1.0, what=what))))
    assert sorted(series.tag for series in store.series) == ["a\\xfe", "a\\xff"]
    assert kinds(store) == [ProblemKind.TAG_ENCODING] * 2


# -- watching ---------------------------------------------------------------------------------


def test_growth_new_files_and_new_runs_appear(tmp_path: Path) -> None:
    path = write(tmp_path / "a" / NAME, WHOLE[: len(WHOLE) // 2])
    with reading(tmp_path, live=True) as (store, reader):
        some = len(values(store, "a"))
        assert 0 < some < 20
        path.write_bytes(WHOLE)
        wait_for(lambda: len(values(store, "a")) == 20, reader)
        assert values(store, "a") == [float(i) for i in range(20)]
        write(tmp_path / "a" / f"{NAME}.2", ev.scalar_file(b"loss", [20.0], first_step=20))
        wait_for(lambda: len(values(store, "a")) == 21, reader)
        write(tmp_path / "b" / "deep" / NAME, WHOLE)
        wait_for(lambda: len(values(store, "b/deep")) == 20, reader)
        assert not store.problems


def test_deleted_runs_are_marked_and_keep_their_points(tmp_path: Path) -> None:
    path = write(tmp_path / "a" / NAME, WHOLE)
    write(tmp_path / "b" / NAME, WHOLE)
    with reading(tmp_path, live=True) as (store, reader):
        path.unlink()
        wait_for(lambda: store.runs[0].deleted, reader)
        assert len(values(store, "a")) == 20
        assert not store.runs[1].deleted
        path.write_bytes(WHOLE)
        wait_for(lambda: not store.runs[0].deleted, reader)


def test_a_root_that_disappears(tmp_path: Path) -> None:
    root = tmp_path / "logs"
    write(root / "a" / NAME, WHOLE)
    with reading(root, live=True) as (store, reader):
        root.rename(tmp_path / "elsewhere")
        wait_for(lambda: store.roots[0].missing, reader)
        assert len(values(store, "a")) == 20
        (tmp_path / "elsewhere").rename(root)
        wait_for(lambda: not store.roots[0].missing and not store.runs[0].deleted, reader)


def test_a_file_written_anew_is_read_again_as_a_restart(tmp_path: Path) -> None:
    path = write(tmp_path / NAME, WHOLE)
    with reading(tmp_path, live=True) as (store, reader):
        path.write_bytes(ev.scalar_file(b"loss", [7.0, 8.0]))
        wait_for(lambda: len(values(store)) == 22, reader)
        assert store.series[0].scalars().segments.tolist() == [0, 20]
        assert ProblemKind.CHANGED in kinds(store)


# -- archives ---------------------------------------------------------------------------------


def zipped(path: Path, method: int) -> None:
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr(f"logs/a/{NAME}", WHOLE)
        archive.writestr(f"logs/b/{NAME}", ev.scalar_file(b"loss", [1.0]))
        archive.writestr("logs/readme.txt", "no events")


def tarred(path: Path, mode: str) -> None:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, data in ((f"logs/a/{NAME}", WHOLE), (f"logs/b/{NAME}", WHOLE[:200])):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("x.zip", lambda p: zipped(p, zipfile.ZIP_STORED)),
        ("x.zip", lambda p: zipped(p, zipfile.ZIP_DEFLATED)),
        ("x.tar", lambda p: tarred(p, "w")),
        ("x.tar.gz", lambda p: tarred(p, "w:gz")),
        ("x.tgz", lambda p: tarred(p, "w:gz")),
    ],
)
def test_archives_open_like_folders(
    tmp_path: Path, name: str, make: Callable[[Path], None]
) -> None:
    make(tmp_path / name)
    before = sorted(tmp_path.iterdir())
    store = read(tmp_path / name)
    assert sorted(run.name for run in store.runs) == ["logs/a", "logs/b"]
    assert values(store, "logs/a") == [float(i) for i in range(20)]
    assert sorted(tmp_path.iterdir()) == before


def test_a_gzipped_event_file(tmp_path: Path) -> None:
    write(tmp_path / "run" / f"{NAME}.gz", gzip.compress(WHOLE))
    assert len(values(read(tmp_path), "run")) == 20


def test_names_that_lead_out_of_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"../../evil/{NAME}", WHOLE)
        archive.writestr(f"/abs/{NAME}", WHOLE)
        archive.writestr(f"good/{NAME}", WHOLE)
    store = read(path)
    assert [run.name for run in store.runs] == ["good"]
    assert kinds(store) == [ProblemKind.ARCHIVE] * 2


def test_an_archive_made_to_exhaust_the_machine(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"a/{NAME}", WHOLE + bytes(64 << 20))
        archive.writestr(f"b/{NAME}", WHOLE)
    store = read(path)
    assert len(values(store, "b")) == 20
    assert kinds(store) == [ProblemKind.ARCHIVE]
    assert str(archives.MAX_RATIO) in store.problems[0].message


def test_a_damaged_archive(tmp_path: Path) -> None:
    path = tmp_path / "x.tar.gz"
    tarred(path, "w:gz")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    store = read(path)
    assert ProblemKind.ARCHIVE in kinds(store) or ProblemKind.CUT_TAIL in kinds(store)


def test_unpacked_files_are_removed(tmp_path: Path) -> None:
    folder = archives.TemporaryFolder()
    path = folder.unpack(io.BytesIO(WHOLE), len(WHOLE), lambda: False)
    assert Path(path).read_bytes() == WHOLE
    assert Path(path).parent.stat().st_mode & 0o077 == 0
    folder.remove()
    assert not Path(path).parent.exists()


def test_reading_writes_nothing_into_the_logdir(tmp_path: Path) -> None:
    write(tmp_path / "a" / NAME, WHOLE)
    write(tmp_path / "b" / f"{NAME}.gz", gzip.compress(WHOLE))
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*")}
    read(tmp_path)
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*")} == before
