"""Logs of histograms, written by hand and read, for tests of what is made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from eventglass.app.core.reader import Reader
from eventglass.app.core.store import LogStore
from tests.core import events

Bucket = tuple[float, float, float]
#: Step and buckets; None: an entry that can't be decoded.
Entry = tuple[int, Sequence[Bucket] | None]


def entry(tag: str, step: int, buckets: Sequence[Bucket] | None, wall_time: float) -> bytes:
    """One record with a new-style histogram."""
    if buckets is None:
        proto = events.tensor(1, shape=(2, 2), rest=events.field(4, b"\0" * 16))
    else:
        content = np.array(buckets, "<f8").reshape(-1, 3).tobytes()
        proto = events.tensor(2, shape=(len(buckets), 3), rest=events.field(4, content))
    value = events.tensor_value(tag.encode(), proto, events.metadata(b"histograms"))
    return events.record(events.event(step, wall_time, what=events.summary(value)))


def write(folder: Path, runs: Mapping[str, Mapping[str, Iterable[Entry]]]) -> None:
    """Write runs of tags of entries, a second a step."""
    for number, (run, tags) in enumerate(runs.items()):
        (folder / run).mkdir(parents=True, exist_ok=True)
        rows = [
            entry(tag, step, buckets, 1.7e9 + step)
            for tag, entries in tags.items()
            for step, buckets in entries
        ]
        path = folder / run / f"events.out.tfevents.1700000000.test.{number}.0"
        path.write_bytes(events.version() + b"".join(rows))


def opened(folder: Path) -> tuple[LogStore, Reader]:
    """Read a folder; the reader is to be stopped."""
    store = LogStore()
    reader = Reader(store, workers=1)
    reader.set_live(False)
    reader.start()
    reader.open(str(folder))
    assert reader.wait_until_settled(20.0)
    return store, reader


def normal(middle: float, width: float, total: float = 100.0, buckets: int = 12) -> list[Bucket]:
    """A histogram of a bell."""
    edges = np.linspace(middle - 3.0 * width, middle + 3.0 * width, buckets + 1)
    centres = (edges[1:] + edges[:-1]) / 2.0
    weight = np.exp(-0.5 * ((centres - middle) / width) ** 2)
    counts = np.round(total * weight / weight.sum())
    return list(zip(edges[:-1].tolist(), edges[1:].tolist(), counts.tolist(), strict=True))
