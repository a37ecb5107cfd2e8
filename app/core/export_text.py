"""Points as text: CSV, JSON lines, and tables for the clipboard.

Floats are written so that reading gives the same bits back; what JSON and CSV have no numbers for
is spelled ``NaN``, ``Infinity`` and ``-Infinity``, as TensorBoard does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np

from eventglass.app.core import export_points
from eventglass.app.core.export_points import (
    ALL,
    ExportError,
    Options,
    PivotBlock,
    Points,
    Selected,
    Watch,
    has_runs,
    pivot_blocks,
    pivot_names,
    pivot_tags,
    points_of,
)

#: A table of more cells than this is no good on a clipboard.
MOST_CELLS = 200_000
#: So many times as many points are not even tried, though some may share a cell.
_SURELY = 4


def text_blocks(
    selection: Sequence[Selected],
    suffix: str,
    options: Options = ALL,
    watch: Watch | None = None,
) -> Iterator[str]:
    """Yield the export as text, some thousand rows at a time; `suffix` is .csv or .jsonl."""
    if suffix == ".csv":
        make = _csv_pivot if options.pivot else _csv
    elif suffix == ".jsonl":
        make = _jsonl_pivot if options.pivot else _jsonl
    else:
        raise ExportError(f"The format {suffix or 'without a suffix'} is not known")
    return make(selection, options, watch)


def number(value: float) -> str:
    """Return `value` in the fewest digits that read back as the same float64."""
    if value != value:
        return "NaN"
    text = repr(value)
    return text.replace("inf", "Infinity")


def table(
    selection: Sequence[Selected], options: Options = ALL, most_rows: int | None = None
) -> tuple[list[str], list[list[str]]]:
    """Return names of the columns and rows of texts, at most `most_rows` of them."""
    if not options.pivot:
        rows = (
            [each.run, each.tag, *cells]
            for each in selection
            for block in _rows(points_of(each, options), number)
            for cells in (map(_shown, row) for row in block)
        )
        return list(options.columns), list(islice(rows, most_rows))
    tags = pivot_tags(selection)
    names = ["run", "step", *pivot_names(tags, smoothed=options.smoothing is not None)]
    names = names if has_runs(selection) else names[1:]
    pivot = (
        [*([block.run] if block.run else []), str(step), *cells]
        for block in pivot_blocks(selection, tags, options)
        for step, cells in _pivot_rows(block, number)
    )
    return names, list(islice(pivot, most_rows))


def side_by_side(selection: Sequence[Selected]) -> list[Selected]:
    """Return a selection whose pivot has one row per step and one column per series.

    A column has the name of the run, the tag, or both, as far as they differ.
    """
    runs = len({each.run for each in selection})
    tags = len({each.tag for each in selection})
    made = []
    for each in selection:
        name = each.run if tags < 2 else each.tag if runs < 2 else f"{each.run} · {each.tag}"
        made.append(replace(each, run="", tag=name))
    return made


def tab_separated(selection: Sequence[Selected], options: Options = ALL) -> str:
    """Return a table that pastes into a spreadsheet.

    Names lose their tabs and line ends, and what a spreadsheet would take for a formula gets an
    apostrophe before it: names come from files of others. A pivot of `side_by_side` has no column
    of runs.

    Raises
    ------
    ExportError
        When there are more than `MOST_CELLS` cells.
    """
    columns = len(options.columns)
    if options.pivot:
        columns = 2 + len(pivot_tags(selection)) * (1 if options.smoothing is None else 2)
    most_rows = MOST_CELLS // columns
    too_many = ExportError(
        f"This is more than {MOST_CELLS:,} cells, too much for the clipboard; "
        "save it as a file instead"
    )
    if options.span is None and sum(each.count for each in selection) > _SURELY * MOST_CELLS:
        raise too_many
    head, rows = table(selection, options, most_rows + 1)
    if len(rows) > most_rows:
        raise too_many
    names = 1 if options.pivot else 2
    if options.pivot and not has_runs(selection):
        names = 0
    lines = ["\t".join(map(_plain, head))]
    lines += ["\t".join([*map(_plain, row[:names]), *row[names:]]) for row in rows]
    return "\n".join(lines) + "\n"


# --- inside -------------------------------------------------------------------------------------


def _shown(cell: object) -> str:
    return cell if isinstance(cell, str) else str(cell)


def _plain(text: str) -> str:
    text = " ".join(text.split())
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


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


def _rows(points: Points, show: Callable[[float], str]) -> Iterator[list[tuple[Any, ...]]]:
    """Yield step, wall time, value and, where there is one, smoothed value, in blocks.

    Numbers that are finite stay floats, to be shown by ``str``, which is what `show` does too; one
    call per number less halves the time.
    """
    arrays = [points.wall_times, points.values]
    if points.smoothed is not None:
        arrays.append(points.smoothed)
    for start in range(0, len(points.steps), export_points.BLOCK_ROWS):
        block = slice(start, start + export_points.BLOCK_ROWS)
        columns: list[list[Any]] = [points.steps[block].tolist()]
        for array in arrays:
            part = array[block]
            cells: list[Any] = part.tolist()
            if not np.isfinite(part).all():
                cells = [show(cell) for cell in cells]
            columns.append(cells)
        yield list(zip(*columns, strict=True))


def _csv(selection: Sequence[Selected], options: Options, watch: Watch | None) -> Iterator[str]:
    yield ",".join(options.columns) + "\n"
    for each in selection:
        head = f"{_cell(each.run)},{_cell(each.tag)},"
        for rows in _rows(points_of(each, options), number):
            if watch is not None:
                watch.passed(len(rows))
            if options.smoothing is not None:
                yield "".join([f"{head}{s},{wall},{v},{line}\n" for s, wall, v, line in rows])
            else:
                yield "".join([f"{head}{step},{wall},{value}\n" for step, wall, value in rows])


def _jsonl(selection: Sequence[Selected], options: Options, watch: Watch | None) -> Iterator[str]:
    for each in selection:
        head = f'{{"run": {_json_text(each.run)}, "tag": {_json_text(each.tag)}, "step": '
        for rows in _rows(points_of(each, options), _json_number):
            if watch is not None:
                watch.passed(len(rows))
            if options.smoothing is not None:
                yield "".join(
                    [
                        f'{head}{step}, "wall_time": {wall}, "value": {value}, '
                        f'"smoothed": {line}}}\n'
                        for step, wall, value, line in rows
                    ]
                )
            else:
                yield "".join(
                    [
                        f'{head}{step}, "wall_time": {wall}, "value": {value}}}\n'
                        for step, wall, value in rows
                    ]
                )


def _csv_pivot(
    selection: Sequence[Selected], options: Options, watch: Watch | None
) -> Iterator[str]:
    tags = pivot_tags(selection)
    names = pivot_names(tags, smoothed=options.smoothing is not None)
    with_runs = has_runs(selection)
    yield ",".join([*(["run"] if with_runs else []), "step", *map(_cell, names)]) + "\n"
    for block in pivot_blocks(selection, tags, options, watch):
        first = [_cell(block.run)] if with_runs else []
        yield "".join(
            [
                ",".join([*first, str(step), *cells]) + "\n"
                for step, cells in _pivot_rows(block, number)
            ]
        )


def _jsonl_pivot(
    selection: Sequence[Selected], options: Options, watch: Watch | None
) -> Iterator[str]:
    tags = pivot_tags(selection)
    keys = [_json_text(tag) for tag in tags]
    for block in pivot_blocks(selection, tags, options, watch):
        run = f'"run": {_json_text(block.run)}, ' if block.run else ""
        head = f'{{{run}"step": '
        apart = 1 if block.smoothed is None else 2
        lines = []
        for step, cells in _pivot_rows(block, _json_number):
            text = _json_object(keys, cells[::apart])
            if block.smoothed is not None:
                text += f', "smoothed": {_json_object(keys, cells[1::apart])}'
            lines.append(f'{head}{step}, "values": {text}}}\n')
        yield "".join(lines)


def _json_object(keys: Sequence[str], cells: Sequence[str]) -> str:
    pairs = [f"{key}: {cell}" for key, cell in zip(keys, cells, strict=True) if cell]
    return "{" + ", ".join(pairs) + "}"


def _pivot_rows(block: PivotBlock, show: Callable[[float], str]) -> Iterator[tuple[int, list[str]]]:
    """Yield step and cells of every row, empty where there is no point."""
    table, there = block.values, block.present
    if block.smoothed is not None:
        # Each value is followed by its smoothed one.
        table = np.stack([block.values, block.smoothed], axis=2).reshape(len(block.steps), -1)
        there = np.repeat(block.present, 2, axis=1)
    rows = zip(block.steps.tolist(), table.tolist(), there.tolist(), strict=True)
    for step, values, present in rows:
        yield step, [show(v) if p else "" for v, p in zip(values, present, strict=True)]
