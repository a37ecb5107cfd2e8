"""Logs with images, written by hand and read by the reader, for tests."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from eventglass.app.core.reader import Reader
from eventglass.app.core.store import LogStore
from tests.core.events import event, field, record, summary

#: Step and the samples logged at it.
Entry = tuple[int, Sequence[bytes]]


def image_event(step: int, tag: str, samples: Sequence[bytes], size: tuple[int, int]) -> bytes:
    """An Event with a tensor of the images plugin."""
    width, height = (str(number).encode() for number in size)
    strings = b"".join(field(8, each) for each in (width, height, *samples))
    shape = field(2, field(2, field(1, 2 + len(samples))))
    tensor = field(8, field(1, 7) + shape + strings)
    metadata = field(9, field(1, field(1, b"images")))
    value = field(1, tag.encode()) + metadata + tensor
    return event(step, 1.7e9 + step, what=summary(value))


def write_images(
    folder: Path,
    runs: Mapping[tuple[str, str], Sequence[Entry]],
    size: tuple[int, int] = (0, 0),
) -> None:
    """Write entries by run and tag; `size` is what is declared."""
    by_run: dict[str, list[bytes]] = {}
    for (run, tag), entries in runs.items():
        lines = by_run.setdefault(run, [])
        lines += [record(image_event(step, tag, samples, size)) for step, samples in entries]
    for run, lines in by_run.items():
        place = folder / run
        place.mkdir(parents=True, exist_ok=True)
        start = record(b"\x09" + struct.pack("<d", 1.7e9) + field(3, b"brain.Event:2"))
        (place / "events.out.tfevents.1700000000.host").write_bytes(start + b"".join(lines))


@contextmanager
def opened(folder: Path) -> Iterator[LogStore]:
    """A store that has read a folder."""
    store = LogStore()
    reader = Reader(store)
    reader.set_live(False)
    reader.start()
    reader.open(folder)
    assert reader.wait_until_settled(60)
    yield store
    reader.stop()
