"""Points as arrays: Parquet and NumPy archives.

A NumPy archive holds the names in ``runs`` and ``tags``, one entry per series, and for series i the
arrays ``steps_i``, ``wall_times_i`` and ``values_i``::

    with np.load("points.npz") as points:
        for i, (run, tag) in enumerate(zip(points["runs"], points["tags"])):
            points[f"values_{i}"]

As a pivot, ``runs`` has one entry per run and ``tags`` one per column; run i has ``steps_i`` (n,)
and ``values_i`` (n, tags), NaN where there is no point. Smoothed values are in ``smoothed_i``.
Nothing in it is pickled.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from eventglass.app.core.export_points import (
    SMOOTHED,
    ExportError,
    Options,
    Selected,
    Watch,
    has_runs,
    pivot_blocks,
    pivot_names,
    pivot_tags,
    points_of,
)

#: Rows of a Parquet row group.
ROW_GROUP_ROWS = 1_000_000

Write = Callable[[Sequence[Selected], Path, Options, "Watch | None"], None]
Array = npt.NDArray[Any]

# --- NumPy --------------------------------------------------------------------------------------


def write_numpy(
    selection: Sequence[Selected], path: Path, options: Options, watch: Watch | None
) -> None:
    """Write a selection as a NumPy archive, one array at a time."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name, array in _arrays(selection, options, watch):
            # A fixed time: the same points give the same file.
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            with archive.open(entry, "w", force_zip64=True) as stream:
                np.lib.format.write_array(stream, np.ascontiguousarray(array), allow_pickle=False)


def _arrays(
    selection: Sequence[Selected], options: Options, watch: Watch | None
) -> Iterator[tuple[str, Array]]:
    if options.pivot:
        tags = pivot_tags(selection)
        runs = list(dict.fromkeys(each.run for each in selection))
        yield "runs", _names(runs)
        yield "tags", _names(tags)
        empty = np.empty((0, len(tags)))
        blocks = groupby(pivot_blocks(selection, tags, options, watch), key=lambda block: block.run)
        written = dict.fromkeys(runs, False)
        for run, group in blocks:
            parts = list(group)
            yield from _pivot_arrays(
                runs.index(run),
                np.concatenate([part.steps for part in parts]),
                np.concatenate([np.where(p.present, p.values, np.nan) for p in parts]),
                None
                if options.smoothing is None
                else np.concatenate(
                    [np.where(p.present, p.smoothed, np.nan) for p in parts]  # type: ignore[arg-type]
                ),
            )
            written[run] = True
        for i, run in enumerate(runs):
            if not written[run]:
                smoothed = None if options.smoothing is None else empty
                yield from _pivot_arrays(i, np.empty(0, np.int64), empty, smoothed)
        return
    yield "runs", _names([each.run for each in selection])
    yield "tags", _names([each.tag for each in selection])
    for i, each in enumerate(selection):
        points = points_of(each, options)
        yield f"steps_{i}", points.steps
        yield f"wall_times_{i}", points.wall_times
        yield f"values_{i}", points.values
        if points.smoothed is not None:
            yield f"{SMOOTHED}_{i}", points.smoothed
        if watch is not None:
            watch.passed(len(points.steps))


def _pivot_arrays(
    i: int, steps: Array, values: Array, smoothed: Array | None
) -> Iterator[tuple[str, Array]]:
    yield f"steps_{i}", steps
    yield f"values_{i}", values
    if smoothed is not None:
        yield f"{SMOOTHED}_{i}", smoothed


def _names(names: Sequence[str]) -> Array:
    return np.array(names, dtype=np.str_) if names else np.empty(0, "U1")


# --- Parquet ------------------------------------------------------------------------------------


def parquet_writer() -> Write:
    """Return the function that writes Parquet. Raises `ExportError` where pyarrow is missing."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise ExportError(
            "Parquet needs pyarrow; install it with: pip install 'eventglass[parquet]'"
        ) from None

    def write(
        selection: Sequence[Selected], path: Path, options: Options, watch: Watch | None
    ) -> None:
        make = _pivot_tables if options.pivot else _tables
        writer = None
        try:
            for table in make(pyarrow, selection, options, watch):
                if writer is None:
                    writer = pyarrow.parquet.ParquetWriter(path, table.schema)
                writer.write_table(table)
        finally:
            if writer is not None:
                writer.close()

    return write


def _arrow_text(text: str) -> str:
    """Return `text` without lone surrogates, which Arrow's UTF-8 has no place for."""
    return text.encode("utf-8", "backslashreplace").decode()


def _tables(
    pyarrow: Any, selection: Sequence[Selected], options: Options, watch: Watch | None
) -> Iterator[Any]:
    names = pyarrow.dictionary(pyarrow.int32(), pyarrow.string())
    numbers = [pyarrow.float64()] * (len(options.columns) - 3)
    types = (names, names, pyarrow.int64(), *numbers)
    schema = pyarrow.schema(list(zip(options.columns, types, strict=True)))
    runs = list(dict.fromkeys(_arrow_text(each.run) for each in selection))
    tags = list(dict.fromkeys(_arrow_text(each.tag) for each in selection))
    run_ids = {run: number for number, run in enumerate(runs)}
    tag_ids = {tag: number for number, tag in enumerate(tags)}

    def table(parts: list[tuple[Array, ...]]) -> Any:
        run, tag, *rest = (np.concatenate(column) for column in zip(*parts, strict=True))
        columns = [
            pyarrow.DictionaryArray.from_arrays(run, pyarrow.array(runs, pyarrow.string())),
            pyarrow.DictionaryArray.from_arrays(tag, pyarrow.array(tags, pyarrow.string())),
            *map(pyarrow.array, rest),
        ]
        return pyarrow.table(columns, schema=schema)

    parts: list[tuple[Array, ...]] = []
    rows = 0
    any_written = False
    for each in selection:
        points = points_of(each, options)
        for start in range(0, len(points.steps), ROW_GROUP_ROWS):
            block = points.part(slice(start, start + ROW_GROUP_ROWS))
            count = len(block.steps)
            if watch is not None:
                watch.passed(count)
            row: tuple[Array, ...] = (
                np.full(count, run_ids[_arrow_text(each.run)], np.int32),
                np.full(count, tag_ids[_arrow_text(each.tag)], np.int32),
                block.steps,
                block.wall_times,
                block.values,
            )
            parts.append(row if block.smoothed is None else (*row, block.smoothed))
            rows += count
            if rows >= ROW_GROUP_ROWS:
                yield table(parts)
                parts, rows, any_written = [], 0, True
    if parts:
        yield table(parts)
    elif not any_written:
        yield schema.empty_table()


def _pivot_tables(
    pyarrow: Any, selection: Sequence[Selected], options: Options, watch: Watch | None
) -> Iterator[Any]:
    tags = pivot_tags(selection)
    with_lines = options.smoothing is not None
    numbers = [*map(_arrow_text, pivot_names(tags, smoothed=with_lines))]
    fields = [("step", pyarrow.int64()), *((name, pyarrow.float64()) for name in numbers)]
    with_runs = has_runs(selection)
    if with_runs:
        fields.insert(0, ("run", pyarrow.string()))
    schema = pyarrow.schema(fields)
    yield schema.empty_table()
    for block in pivot_blocks(selection, tags, options, watch):
        columns = [pyarrow.array(block.steps)]
        if with_runs:
            runs = [_arrow_text(block.run)] * len(block.steps)
            columns.insert(0, pyarrow.array(runs, pyarrow.string()))
        for column in range(len(tags)):
            missing = ~block.present[:, column]
            columns.append(pyarrow.array(block.values[:, column], mask=missing))
            if block.smoothed is not None:
                columns.append(pyarrow.array(block.smoothed[:, column], mask=missing))
        yield pyarrow.table(columns, schema=schema)
