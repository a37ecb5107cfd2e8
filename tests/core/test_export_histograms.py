"""Histograms and percentiles as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from eventglass.app.core.export import ExportCancelled, ExportError
from eventglass.app.core.export_histograms import (
    BUCKET_COLUMNS,
    PERCENTILE_COLUMNS,
    export_histograms,
)
from eventglass.app.core.store import LogStore
from tests.models import histogram_logs

NAN = float("nan")
BUCKETS = [(0.1, 0.2, 3.0), (0.2, 1e-9 + 0.2, 0.5), (0.3, 2.0**60, 2.0)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LogStore]:
    histogram_logs.write(
        tmp_path / "logs",
        {"a": {'t, "1"': [(0, BUCKETS), (5, None), (-3, [(NAN, 1.0, 2.0)]), (9, [])]}},
    )
    store, reader = histogram_logs.opened(tmp_path / "logs")
    yield store
    reader.stop()


def rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.reader(stream))


def test_buckets_read_back_to_the_bit(store: LogStore, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    written = export_histograms(store, store.series, out)
    assert (written.entries, written.failures) == (3, 1)
    head, *body = rows(out)
    assert tuple(head) == BUCKET_COLUMNS
    assert [tuple(map(float, row[4:])) for row in body[:3]] == BUCKETS
    assert body[0][:4] == ["a", 't, "1"', "0", "1700000000.0"]
    assert body[3][2:5] == ["-3", "1699999997.0", "nan"]


def test_percentiles_have_a_row_each(store: LogStore, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    export_histograms(store, store.series, out, "percentiles")
    head, *body = rows(out)
    assert tuple(head) == PERCENTILE_COLUMNS
    assert head[4:13] == ["p0", "p6.68", "p15.87", "p30.85", "p50", "p69.15", "p84.13", "p93.32",
                          "p100"]  # fmt: skip
    assert [row[2] for row in body] == ["0", "-3", "9"]
    assert (float(body[0][4]), float(body[0][12])) == (0.1, 2.0**60)
    # Nothing of the second can be drawn, and the third is empty.
    assert body[1][4:] == [*["nan"] * 9, "", ""]
    assert body[2][4:] == [*["0"] * 9, "", ""]


def test_only_the_entries_wanted(store: LogStore, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    written = export_histograms(store, store.series, out, indices=lambda _series: [3, 0])
    assert written.entries == 2
    assert len(rows(out)) == 4


def test_nothing_is_left_of_an_export_that_is_cancelled(store: LogStore, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    with pytest.raises(ExportCancelled):
        export_histograms(store, store.series, out, report=lambda _share: False)
    assert [path.name for path in tmp_path.iterdir()] == ["logs"]


def test_never_into_the_log(store: LogStore, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="Nothing is ever written"):
        export_histograms(store, store.series, tmp_path / "logs" / "out.csv")
