"""Synthetic event files, written fast: all records of one length are made at once.

python -m tests.benchmarks.make_logs [NAME …] [--folder FOLDER]

A log is made once and found again by its name. `v1` records hold a ``simple_value``, as PyTorch
writes them; `v2` records hold a tensor, and metadata in the first record of each tag, as
TensorFlow 2 writes them.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import os
import shutil
import struct
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

Form = Literal["v1", "v2"]
Bytes = npt.NDArray[np.uint8]

BATCH = 16_384  # rows per matrix: a megabyte, which stays in the cache
START_S = 1_750_000_000.0
SECONDS_PER_STEP = 0.05


# --- CRC-32C of many records at once ------------------------------------------------------------


def _byte_table() -> npt.NDArray[np.uint32]:
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ np.uint32(0x82F63B78), table >> 1)
    return table.astype(np.uint32)


@functools.cache
def _tables() -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    one = _byte_table()
    pairs = np.arange(65536, dtype=np.uint32)
    first = one[pairs & 0xFF] ^ (pairs >> 8)
    two = one[first & 0xFF] ^ (first >> 8)
    return one, two.astype(np.uint32)


def masked_crcs(rows: Bytes) -> npt.NDArray[np.uint32]:
    """Masked CRC-32C (n,) uint32 of each row of `rows` (n, length) uint8."""
    one, two = _tables()
    crc = np.full(len(rows), 0xFFFFFFFF, np.uint32)
    columns = np.ascontiguousarray(rows.T)
    length = len(columns)
    for i in range(0, length - 1, 2):
        pair = columns[i].astype(np.uint32) | (columns[i + 1].astype(np.uint32) << 8)
        crc = two[(crc ^ pair) & 0xFFFF] ^ (crc >> 16)
    if length % 2:
        crc = one[(crc ^ columns[-1]) & 0xFF] ^ (crc >> 8)
    crc = ~crc
    return ((crc >> 15) | (crc << 17)) + np.uint32(0xA282EAD8)


def framed(rows: Bytes) -> bytes:
    """Records (length, its CRC, data, its CRC) of payloads `rows` (n, length) uint8."""
    count, length = rows.shape
    header = np.frombuffer(struct.pack("<Q", length), np.uint8)
    header_crc = masked_crcs(header[None, :]).view(np.uint8)
    out = np.empty((count, length + 16), np.uint8)
    out[:, :8] = header
    out[:, 8:12] = header_crc
    out[:, 12:-4] = rows
    out[:, -4:] = masked_crcs(rows).astype("<u4")[:, None].view(np.uint8)
    return out.tobytes()


# --- events ---------------------------------------------------------------------------------------


def varint(value: int) -> bytes:
    """Return `value` ≥ 0 as a protobuf varint."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number: int, content: bytes) -> bytes:
    """Return a length-delimited protobuf field."""
    return varint(number << 3 | 2) + varint(len(content)) + content


METADATA = field(9, field(1, field(1, b"scalars")) + b"\x20\x01")


def _varint_columns(values: npt.NDArray[np.int64], length: int) -> Bytes:
    shifts = np.arange(length, dtype=np.int64) * 7
    digits = (values[:, None] >> shifts) & 0x7F
    digits[:, :-1] |= 0x80
    return digits.astype(np.uint8)


def event_rows(
    wall_times: npt.NDArray[np.float64],
    steps: npt.NDArray[np.int64],
    step_bytes: int,
    tags: Bytes,
    values: npt.NDArray[np.float32],
    form: Form,
    metadata: bool = False,
) -> Bytes:
    """Payloads (n, length) of one scalar each; every step takes `step_bytes` as a varint.

    `wall_times`, `steps`, `values` are (n,), `tags` is (n, length of a tag).
    """
    tag_length = tags.shape[1]
    before_value = b"\x15" if form == "v1" else b"\x42\x0a\x08\x01\x12\x00\x22\x04"
    after_value = METADATA if metadata else b""
    value_length = 2 + tag_length + len(before_value) + 4 + len(after_value)
    before_tag = (
        b"\x2a" + varint(value_length + 2) + b"\x0a" + varint(value_length)
        + b"\x0a" + varint(tag_length)
    )  # fmt: skip
    pieces: list[Bytes | bytes] = [
        b"\x09",
        wall_times.astype("<f8")[:, None].view(np.uint8),
        b"\x10",
        _varint_columns(steps, step_bytes),
        before_tag,
        tags,
        before_value,
        values.astype("<f4")[:, None].view(np.uint8),
        after_value,
    ]
    widths = [len(p) if isinstance(p, bytes) else p.shape[1] for p in pieces]
    rows = np.empty((len(steps), sum(widths)), np.uint8)
    at = 0
    for piece, width in zip(pieces, widths, strict=True):
        rows[:, at : at + width] = (
            np.frombuffer(piece, np.uint8) if isinstance(piece, bytes) else piece
        )
        at += width
    return rows


def file_start(wall_time: float = START_S) -> bytes:
    """Return the first record of every event file."""
    payload = b"\x09" + struct.pack("<d", wall_time) + field(3, b"brain.Event:2")
    return framed(np.frombuffer(payload, np.uint8)[None, :])


def curve(steps: npt.NDArray[np.int64], tag: int, seed: int) -> npt.NDArray[np.float32]:
    """Return something like a loss: a noisy fall, another one for each tag and seed."""
    rng = np.random.default_rng((seed, tag, int(steps[0]) if len(steps) else 0))
    scale = 400.0 * (1 + tag % 7)
    trend = 2.5 * np.exp(-steps / scale) + 0.3 + 0.05 * np.sin(steps / (scale / 3))
    return (trend * (1 + 0.15 * rng.standard_normal(len(steps)))).astype(np.float32)


def scalar_records(
    steps_count: int, tags: list[bytes], form: Form = "v1", seed: int = 0
) -> Iterator[bytes]:
    """Yield the framed events of `tags` (all of one length), at steps 0 … `steps_count` - 1."""
    tag_rows = np.array([list(tag) for tag in tags], np.uint8)
    count = len(tags)
    edges = [0, *(128**k for k in range(1, 6) if 128**k < steps_count), steps_count]
    for step_bytes, (first, end) in enumerate(itertools.pairwise(edges), start=1):
        at = first
        while at < end:
            metadata = form == "v2" and at == 0
            stop = at + 1 if metadata else min(end, at + max(1, BATCH // count))
            steps = np.arange(at, stop, dtype=np.int64)
            values = np.stack([curve(steps, tag, seed) for tag in range(count)], axis=1)
            yield framed(
                event_rows(
                    np.repeat(START_S + steps * SECONDS_PER_STEP, count),
                    np.repeat(steps, count),
                    step_bytes,
                    np.tile(tag_rows, (len(steps), 1)),
                    values.ravel(),
                    form,
                    metadata,
                )
            )
            at = stop


def write_scalars(
    path: Path, steps_count: int, tags: int = 1, form: Form = "v1", seed: int = 0
) -> int:
    """Write one event file and return its size in bytes."""
    names = [f"layer{tag:02d}/loss".encode() for tag in range(tags)]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(file_start())
        file.writelines(scalar_records(steps_count, names, form, seed))
        return file.tell()


def write_runs(
    folder: Path, runs: int, tags: int, points: int, form: Form = "v1", variants: int = 40
) -> None:
    """Write `runs` runs of one file each; there are `variants` different contents."""
    contents: list[bytes] = []
    names = [f"layer{tag:02d}/loss".encode() for tag in range(tags)]
    for seed in range(min(variants, runs)):
        records = b"".join(scalar_records(points, names, form, seed))
        contents.append(file_start() + records)
    for run in range(runs):
        run_folder = folder / f"sweep{run // 100:03d}" / f"run{run:05d}"
        run_folder.mkdir(parents=True)
        path = run_folder / event_file_name(run)
        path.write_bytes(contents[run % len(contents)])


def event_file_name(number: int = 0) -> str:
    """Return the usual name of an event file."""
    return f"events.out.tfevents.{int(START_S)}.bench.{number}.0"


# --- the logs of the benchmarks -------------------------------------------------------------------


def _one_file(steps: int, tags: int, form: Form) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        write_scalars(folder / "run" / event_file_name(), steps, tags, form)

    return write


def _two_files(folder: Path) -> None:
    for number in range(2):
        name = event_file_name(number)
        write_scalars(folder / f"run{number}" / name, 1_000_000, 2, "v1", seed=number)


def _one_gigabyte(folder: Path) -> None:
    for number in range(4):
        name = event_file_name(number)
        write_scalars(folder / f"run{number}" / name, 1_200_000, 4, "v1", seed=number)


LOGS: dict[str, Callable[[Path], None]] = {
    "2m_v1": _one_file(1_000_000, 2, "v1"),
    "2m_v2": _one_file(1_000_000, 2, "v2"),
    "2x2m_v1": _two_files,
    "20m_v1": _one_file(5_000_000, 4, "v1"),
    "100mb_v1": _one_file(480_000, 4, "v1"),
    "1gb_v1": _one_gigabyte,
    "runs_1000": functools.partial(write_runs, runs=1000, tags=20, points=100),
    "files_1000": functools.partial(write_runs, runs=1000, tags=20, points=10),
    "files_10000": functools.partial(write_runs, runs=10_000, tags=20, points=10),
}


def cache_folder() -> Path:
    """Return the folder that holds the logs."""
    default = Path(tempfile.gettempdir()) / f"eventglass-benchmarks-{os.getuid()}"
    return Path(os.environ.get("EVENTGLASS_BENCH_FOLDER", default))


def log(name: str, folder: Path | None = None) -> Path:
    """Return the folder of the log called `name`, written when it isn't there yet."""
    target = (folder or cache_folder()) / name
    if not target.is_dir():
        unfinished = target.with_name(target.name + ".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        LOGS[name](unfinished)
        unfinished.rename(target)
    return target


def size_bytes(folder: Path) -> int:
    """Return the size of all files under `folder`."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main(arguments: Iterable[str] | None = None) -> None:
    """Write the logs named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("names", nargs="*", choices=[*LOGS, []], metavar="NAME")
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args(None if arguments is None else list(arguments))
    for name in options.names or LOGS:
        started = time.perf_counter()
        target = log(name, options.folder)
        took = time.perf_counter() - started
        print(f"{name}: {size_bytes(target) / 1e6:,.1f} MB in {took:.1f} s, {target}")


if __name__ == "__main__":
    main()
