"""Export of scalar points to CSV, JSON lines, Parquet or NumPy.

Long form has one row per point: ``run, tag, step, wall_time, value``. The *pivot* has one row per
run and step and one column per tag; of several points of a tag at one step the last written
stands there, and a tag without a point at that step leaves its cell empty.

`export_points` says what is written, `export_text` and `export_arrays` how.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from eventglass.app.core.export_arrays import parquet_writer, write_numpy
from eventglass.app.core.export_points import (
    ALL,
    ExportCancelled,
    ExportError,
    Options,
    Points,
    Selected,
    Smoothing,
    Span,
    Watch,
    in_order,
    pivot_blocks,
    pivot_names,
    pivot_tags,
    points_of,
    run_names,
    select,
)
from eventglass.app.core.export_text import (
    number,
    side_by_side,
    tab_separated,
    table,
    text_blocks,
)
from eventglass.app.core.store import LogStore

SUFFIXES = (".csv", ".jsonl", ".parquet", ".npz")
#: Points whose text is made to guess the size of all.
_SAMPLE_SERIES, _SAMPLE_POINTS = 20, 50
#: Bytes of a point in Parquet, about: columns that repeat cost next to nothing.
_PARQUET_BYTES = 15
#: Bytes an array in a NumPy archive takes beside its numbers, about.
_ARRAY_BYTES = 290


def export(
    store: LogStore,
    selection: Sequence[Selected],
    out: Path,
    options: Options = ALL,
    watch: Watch | None = None,
) -> int:
    """Write the points of `selection` to `out` and return how many there were.

    The file appears under its name only when it is complete.

    Parameters
    ----------
    selection
        Ordered by run; `in_order` does that.
    out
        Its suffix, one of `SUFFIXES`, says the format.
    watch
        Is told how far it is, and may end it.

    Raises
    ------
    ExportError
        When `out` lies inside a log directory that is open, or its format needs what is not
        installed.
    ExportCancelled
        When `watch` says so.
    OSError
        When `out` can't be written.
    """
    check_target([root.path for root in store.roots], out)
    out = Path(os.path.realpath(out))
    suffix = out.suffix.lower()
    watch = watch or Watch(0)
    if suffix in (".parquet", ".npz"):
        write = parquet_writer() if suffix == ".parquet" else write_numpy
        with replacing(out) as temporary:
            write(selection, temporary, options, watch)
    else:
        with (
            replacing(out) as temporary,
            # A byte that is no UTF-8 in a directory's name becomes \udcNN, in JSON an escape.
            open(temporary, "x", encoding="utf-8", errors="backslashreplace", newline="") as stream,
        ):
            stream.writelines(text_blocks(selection, suffix, options, watch))
    return watch.points


def estimated_bytes(
    selection: Sequence[Selected], suffix: str, points: int, options: Options
) -> int:
    """Return about how large the file will be, from the text of a few points of a few series.

    Parameters
    ----------
    points
        How many there are to write.
    """
    numbers = 3 + (options.smoothing is not None)
    if suffix == ".npz":
        return points * 8 * numbers + len(selection) * numbers * _ARRAY_BYTES
    if suffix == ".parquet":
        return points * (_PARQUET_BYTES + 8 * (numbers - 3))
    chosen = [each for each in selection if each.count]
    chosen = chosen[:: max(1, len(chosen) // _SAMPLE_SERIES)]
    some = []
    for each in chosen:
        found = points_of(each, options)
        stride = max(1, len(found.steps) // _SAMPLE_POINTS)
        part = found.part(slice(None, None, stride))
        some.append(Selected(each.run, each.tag, points=part, shift=each.shift))
    count = sum(each.count for each in some)
    if not count:
        return 0
    # Every series of a pivot is a column; only the cells of these are counted.
    size = sum(
        len(block.encode("utf-8", "backslashreplace"))
        for block in text_blocks(some, suffix, options)
    )
    return size * points // count


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
        parquet_writer()


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """Yield a path beside `out` that takes its place at the end, or is removed on failure."""
    # Short, so that a name as long as the file system takes finds its place.
    number = zlib.crc32(out.name.encode("utf-8", "surrogatepass"))
    mark = f"{os.getpid()}-{number:08x}"
    temporary = out.with_name(f".{out.name[:20]}.{mark}.part")
    try:
        yield temporary
        temporary.replace(out)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


__all__ = [
    "ALL",
    "SUFFIXES",
    "ExportCancelled",
    "ExportError",
    "Options",
    "Points",
    "Selected",
    "Smoothing",
    "Span",
    "Watch",
    "check_target",
    "estimated_bytes",
    "export",
    "in_order",
    "number",
    "pivot_blocks",
    "pivot_names",
    "pivot_tags",
    "points_of",
    "replacing",
    "run_names",
    "select",
    "side_by_side",
    "tab_separated",
    "table",
    "text_blocks",
]
