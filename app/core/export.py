"""Export of scalar points to CSV, JSON lines or Parquet.

Long form has one row per point: ``run, tag, step, wall_time, value``. The *pivot* has one row per
run and step and one column per tag; of several points of a tag at one step the last written
stands there, and a tag without a point at that step leaves its cell empty.

Floats are written so that reading gives the same bits back; what JSON and CSV have no numbers for
is spelled ``NaN``, ``Infinity`` and ``-Infinity``, as TensorBoard does.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from eventglass.app.core.names import Kind, natural_key
from eventglass.app.core.store import LogStore, Series

#: Rows that become text at once.
BLOCK_ROWS = 16_384
#: Rows of a Parquet row group.
ROW_GROUP_ROWS = 1_000_000
#: Columns of the long form.
COLUMNS = ("run", "tag", "step", "wall_time", "value")
SUFFIXES = (".csv", ".jsonl", ".parquet")


class ExportError(Exception):
    """The export can't be made; the message is for the user."""


@dataclass(frozen=True, slots=True)
class Selected:
    """A scalar series with the name of its run."""

    run: str
    tag: str
    series: Series


@dataclass(frozen=True, slots=True)
class PivotBlock:
    """Some rows of the pivot of one run.

    Attributes
    ----------
    steps
        (n,) int64, rising.
    values
        (n, t) float64, one column per tag; 0 where there is no point.
    present
        (n, t) bool, where there is one.
    """

    run: str
    steps: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]
    present: npt.NDArray[np.bool_]


def select(
    store: LogStore, runs: re.Pattern[str] | None = None, tags: re.Pattern[str] | None = None
) -> list[Selected]:
    """Return the scalar series whose run and tag contain a match, in natural order of both."""
    found = [
        Selected(run.name, series.tag, series)
        for run in store.open_runs()
        if runs is None or runs.search(run.name)
        for series in store.series_of_run(run.id)
        if series.kind is Kind.SCALAR and (tags is None or tags.search(series.tag))
    ]
    found.sort(key=lambda each: (natural_key(each.run), natural_key(each.tag)))
    return found


def export(store: LogStore, selection: Sequence[Selected], out: Path, *, pivot: bool) -> int:
    """Write the points of `selection` to `out` and return how many there were.

    The file appears under its name only when it is complete.

    Parameters
    ----------
    out
        Its suffix, one of `SUFFIXES`, says the format.

    Raises
    ------
    ExportError
        When `out` lies inside a log directory that is open, or its format needs what is not
        installed.
    OSError
        When `out` can't be written.
    """
    check_target([root.path for root in store.roots], out)
    out = Path(os.path.realpath(out))
    if out.suffix.lower() == ".parquet":
        write = _parquet_writer()
        with replacing(out) as temporary:
            write(selection, temporary, pivot)
    else:
        with (
            replacing(out) as temporary,
            # A byte that is no UTF-8 in a directory's name becomes \udcNN, in JSON an escape.
            open(temporary, "x", encoding="utf-8", errors="backslashreplace", newline="") as stream,
        ):
            stream.writelines(text_blocks(selection, out.suffix.lower(), pivot=pivot))
    return sum(each.series.count for each in selection)


def check_target(opened: Iterable[str], out: Path) -> None:
    """Raise `ExportError` when `out` can't be or must not be written, as far as can be foreseen.

    `opened` are the paths of the logs that are read.
    """
    target = Path(os.path.realpath(out))
    for path in opened:
        place = Path(os.path.realpath(path))
        if target == place or (place.is_dir() and target.is_relative_to(place)):
            raise ExportError(
                f"Nothing is ever written into a log directory; choose a place outside of {path}"
            )
    if target.is_dir():
        raise ExportError(f"This is a folder, not a file: {out}")
    if not target.parent.is_dir():
        raise ExportError(f"There is no folder {target.parent} to write into")
    if target.suffix.lower() == ".parquet":
        _parquet_writer()


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """Yield a path beside `out` that takes its place at the end, or is removed on failure."""
    temporary = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        yield temporary
        temporary.replace(out)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


# --- text ---------------------------------------------------------------------------------------


def text_blocks(selection: Sequence[Selected], suffix: str, *, pivot: bool) -> Iterator[str]:
    """Yield the export as text, some thousand rows at a time; `suffix` is .csv or .jsonl."""
    if suffix == ".csv":
        return _csv_pivot(selection) if pivot else _csv(selection)
    if suffix == ".jsonl":
        return _jsonl_pivot(selection) if pivot else _jsonl(selection)
    raise ExportError(f"The format {suffix or 'without a suffix'} is not known")


def number(value: float) -> str:
    """Return `value` in the fewest digits that read back as the same float64."""
    if value != value:
        return "NaN"
    text = repr(value)
    return text.replace("inf", "Infinity")


def _json_number(value: float) -> str:
    text = number(value)
    return text if text[-1].isdigit() else f'"{text}"'


def _cell(text: str) -> str:
    """Return `text` as a CSV cell, quoted where it must be (RFC 4180)."""
    if any(mark in text for mark in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def _json_text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _rows(
    series: Series, show: Callable[[float], str]
) -> Iterator[list[tuple[int, str | float, str | float]]]:
    """Yield step, wall time and value of all points, in blocks.

    Numbers that are finite stay floats, to be shown by ``str``, which is what `show` does too; one
    call per number less halves the time.
    """
    points = series.scalars()
    for start in range(0, len(points.steps), BLOCK_ROWS):
        block = slice(start, start + BLOCK_ROWS)
        columns: list[list[Any]] = [points.steps[block].tolist()]
        for array in (points.wall_times[block], points.values[block]):
            cells: list[Any] = array.tolist()
            if not np.isfinite(array).all():
                cells = [show(cell) for cell in cells]
            columns.append(cells)
        yield list(zip(*columns, strict=True))


def _csv(selection: Sequence[Selected]) -> Iterator[str]:
    yield ",".join(COLUMNS) + "\n"
    for each in selection:
        head = f"{_cell(each.run)},{_cell(each.tag)},"
        for rows in _rows(each.series, number):
            yield "".join([f"{head}{step},{wall},{value}\n" for step, wall, value in rows])


def _jsonl(selection: Sequence[Selected]) -> Iterator[str]:
    for each in selection:
        head = f'{{"run": {_json_text(each.run)}, "tag": {_json_text(each.tag)}, "step": '
        for rows in _rows(each.series, _json_number):
            yield "".join(
                [
                    f'{head}{step}, "wall_time": {wall}, "value": {value}}}\n'
                    for step, wall, value in rows
                ]
            )


def _csv_pivot(selection: Sequence[Selected]) -> Iterator[str]:
    tags = pivot_tags(selection)
    yield ",".join(["run", "step", *map(_cell, pivot_names(tags))]) + "\n"
    for block in pivot_blocks(selection, tags):
        run = _cell(block.run)
        lines = []
        for step, values, present in _pivot_rows(block):
            cells = [number(v) if p else "" for v, p in zip(values, present, strict=True)]
            lines.append(",".join([run, str(step), *cells]) + "\n")
        yield "".join(lines)


def _jsonl_pivot(selection: Sequence[Selected]) -> Iterator[str]:
    tags = pivot_tags(selection)
    keys = [_json_text(tag) for tag in tags]
    for block in pivot_blocks(selection, tags):
        head = f'{{"run": {_json_text(block.run)}, "step": '
        lines = []
        for step, values, present in _pivot_rows(block):
            cells = ", ".join(
                f"{key}: {_json_number(v)}"
                for key, v, p in zip(keys, values, present, strict=True)
                if p
            )
            lines.append(f'{head}{step}, "values": {{{cells}}}}}\n')
        yield "".join(lines)


# --- pivot --------------------------------------------------------------------------------------


def pivot_tags(selection: Iterable[Selected]) -> list[str]:
    """Return the tags of `selection` in natural order: the columns of its pivot."""
    return sorted({each.tag for each in selection}, key=natural_key)


def pivot_names(tags: Sequence[str]) -> list[str]:
    """Return column names for `tags` that can't be taken for ``run`` and ``step``."""
    return [f"{tag} (tag)" if tag in {"run", "step"} else tag for tag in tags]


def pivot_blocks(selection: Sequence[Selected], tags: Sequence[str]) -> Iterator[PivotBlock]:
    """Yield the pivot of `selection`, which is ordered by run, in blocks of one run each."""
    column_of = {tag: column for column, tag in enumerate(tags)}
    rows = max(1, 4 * BLOCK_ROWS // max(1, len(tags)))
    for run, group in groupby(selection, key=lambda each: each.run):
        columns = [(column_of[each.tag], *_last_at_each_step(each.series)) for each in group]
        all_steps = np.unique(np.concatenate([steps for _, steps, _ in columns]))
        for start in range(0, len(all_steps), rows):
            steps = all_steps[start : start + rows]
            values = np.zeros((len(steps), len(tags)))
            present = np.zeros((len(steps), len(tags)), dtype=np.bool_)
            for column, own_steps, own_values in columns:
                first = np.searchsorted(own_steps, steps[0])
                last = np.searchsorted(own_steps, steps[-1], side="right")
                places = np.searchsorted(steps, own_steps[first:last])
                values[places, column] = own_values[first:last]
                present[places, column] = True
            yield PivotBlock(run, steps, values, present)


def _last_at_each_step(
    series: Series,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return the steps of a series, rising and each once, and the value last written at each."""
    points = series.scalars()
    steps, values = points.steps, points.values
    if not (steps[1:] > steps[:-1]).all():
        order = np.argsort(steps, kind="stable")
        steps = steps[order]
        last = np.flatnonzero(np.append(steps[1:] != steps[:-1], True))
        steps, values = steps[last], values[order[last]]
    return steps, values


def _pivot_rows(block: PivotBlock) -> Iterator[tuple[int, list[float], list[bool]]]:
    return zip(block.steps.tolist(), block.values.tolist(), block.present.tolist(), strict=True)


# --- Parquet ------------------------------------------------------------------------------------


def _parquet_writer() -> Callable[[Sequence[Selected], Path, bool], None]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise ExportError(
            "Parquet needs pyarrow; install it with: pip install 'eventglass[parquet]'"
        ) from None

    def write(selection: Sequence[Selected], path: Path, pivot: bool) -> None:
        tables = _pivot_tables(pyarrow, selection) if pivot else _tables(pyarrow, selection)
        writer = None
        try:
            for table in tables:
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


def _tables(pyarrow: Any, selection: Sequence[Selected]) -> Iterator[Any]:
    names = pyarrow.dictionary(pyarrow.int32(), pyarrow.string())
    types = (names, names, pyarrow.int64(), pyarrow.float64(), pyarrow.float64())
    schema = pyarrow.schema(list(zip(COLUMNS, types, strict=True)))
    runs = list(dict.fromkeys(_arrow_text(each.run) for each in selection))
    tags = list(dict.fromkeys(_arrow_text(each.tag) for each in selection))
    run_ids = {run: number for number, run in enumerate(runs)}
    tag_ids = {tag: number for number, tag in enumerate(tags)}

    def table(parts: list[tuple[npt.NDArray[Any], ...]]) -> Any:
        run, tag, steps, walls, values = (
            np.concatenate(column) for column in zip(*parts, strict=True)
        )
        columns = [
            pyarrow.DictionaryArray.from_arrays(run, pyarrow.array(runs, pyarrow.string())),
            pyarrow.DictionaryArray.from_arrays(tag, pyarrow.array(tags, pyarrow.string())),
            *map(pyarrow.array, (steps, walls, values)),
        ]
        return pyarrow.table(columns, schema=schema)

    parts: list[tuple[npt.NDArray[Any], ...]] = []
    rows = 0
    for each in selection:
        points = each.series.scalars()
        for start in range(0, len(points.steps), ROW_GROUP_ROWS):
            block = slice(start, start + ROW_GROUP_ROWS)
            steps = points.steps[block]
            parts.append(
                (
                    np.full(len(steps), run_ids[_arrow_text(each.run)], np.int32),
                    np.full(len(steps), tag_ids[_arrow_text(each.tag)], np.int32),
                    steps,
                    points.wall_times[block],
                    points.values[block],
                )
            )
            rows += len(steps)
            if rows >= ROW_GROUP_ROWS:
                yield table(parts)
                parts, rows = [], 0
    if parts:
        yield table(parts)
    elif not any(each.series.count for each in selection):
        yield schema.empty_table()


def _pivot_tables(pyarrow: Any, selection: Sequence[Selected]) -> Iterator[Any]:
    tags = pivot_tags(selection)
    names = ["run", "step", *map(_arrow_text, pivot_names(tags))]
    types = [pyarrow.string(), pyarrow.int64(), *[pyarrow.float64()] * len(tags)]
    schema = pyarrow.schema(list(zip(names, types, strict=True)))
    yield schema.empty_table()
    for block in pivot_blocks(selection, tags):
        columns = [
            pyarrow.array([_arrow_text(block.run)] * len(block.steps), pyarrow.string()),
            pyarrow.array(block.steps),
        ]
        for column in range(len(tags)):
            missing = ~block.present[:, column]
            columns.append(pyarrow.array(block.values[:, column], mask=missing))
        yield pyarrow.table(columns, schema=schema)
