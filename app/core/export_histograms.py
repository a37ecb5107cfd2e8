"""Histograms and their percentiles as CSV.

Buckets are written as logged, one row each: ``run, tag, step, wall_time, left, right, count``.
Distributions have one row per histogram, a column per percentile, and mean and standard deviation
where the summary holds what they are made of.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from eventglass.app.core.compute.histogram_stacks import Row, moments_of, row_of, stack_of
from eventglass.app.core.compute.percentiles import BASIS_POINTS, percentiles
from eventglass.app.core.export import ExportCancelled, check_target, replacing
from eventglass.app.core.plugins import DecodeError, decode
from eventglass.app.core.plugins.histograms import Histogram
from eventglass.app.core.store import LogStore, Series

What: TypeAlias = Literal["buckets", "percentiles"]

BUCKET_COLUMNS = ("run", "tag", "step", "wall_time", "left", "right", "count")
PERCENTILE_COLUMNS = (
    "run",
    "tag",
    "step",
    "wall_time",
    *(f"p{point / 100:g}" for point in BASIS_POINTS),
    "mean",
    "std",
)


@dataclass(frozen=True, slots=True)
class Written:
    """What became of an export: entries written, and entries that could not be decoded."""

    entries: int
    failures: int


def export_histograms(
    store: LogStore,
    series: Sequence[Series],
    out: Path,
    what: What = "buckets",
    indices: Callable[[Series], Iterable[int]] | None = None,
    report: Callable[[float], bool] | None = None,
) -> Written:
    """Write histograms of some series to `out`.

    Parameters
    ----------
    indices
        Which entries of a series; without it all.
    report
        Is told from time to time how far it is, 0 to 1; False ends the export.

    Raises
    ------
    ExportError
        When nothing may be written there.
    ExportCancelled
        When `report` said so; nothing is left behind.
    """
    check_target([root.path for root in store.roots if not root.closed], out)
    rows_of = bucket_rows if what == "buckets" else percentile_rows
    entries = failures = 0
    with replacing(out) as part, part.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(BUCKET_COLUMNS if what == "buckets" else PERCENTILE_COLUMNS)
        for number, one in enumerate(series):
            found = one.entries()
            chosen = list(range(len(found.steps)) if indices is None else indices(one))
            run = store.runs[one.run_id].name
            for at, index in enumerate(chosen):
                share = (number + at / len(chosen)) / len(series)
                if at % 32 == 0 and report is not None and not report(share):
                    raise ExportCancelled
                try:
                    histogram = decode(store.read_payload(one, index), one)
                except (DecodeError, EOFError):
                    failures += 1
                    continue
                entries += 1
                head = [
                    _text(run),
                    _text(one.tag),
                    int(found.steps[index]),
                    repr(float(found.wall_times[index])),
                ]
                writer.writerows([*head, *rest] for rest in rows_of(histogram))
    return Written(entries, failures)


def bucket_rows(histogram: Histogram) -> Iterator[list[str]]:
    """Yield left, right and count of every bucket, as logged."""
    columns = (histogram.left.tolist(), histogram.right.tolist(), histogram.count.tolist())
    for left, right, count in zip(*columns, strict=True):
        yield [_number(left), _number(right), _number(count)]


def percentile_rows(histogram: Histogram) -> Iterator[list[str]]:
    """Yield the percentiles of a histogram, mean and deviation: one row."""
    row: Row = row_of(histogram)
    found = percentiles(stack_of([0], [0], [0.0], [row]))[0]
    if row.left_out and not len(row.left):
        found = np.full(len(found), math.nan)
    mean, std = moments_of(histogram)
    known = ["" if math.isnan(value) else _number(value) for value in (mean, std)]
    yield [*map(_number, found.tolist()), *known]


def _number(value: float) -> str:
    return f"{value:.0f}" if value == round(value, 0) and abs(value) < 1e15 else repr(value)


def _text(text: str) -> str:
    """Return a name without what UTF-8 has no place for."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
