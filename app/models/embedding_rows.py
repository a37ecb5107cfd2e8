"""Points as rows of a table: on the screen, and written to a file."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from eventglass.app.core.export import ExportError, replacing
from eventglass.app.core.projector.metadata import Metadata
from eventglass.app.models.column_rows import Cells, Column, floats, things, wholes

#: Rows a table on the screen shows at most.
MOST_TABLE_ROWS = 50_000
SUFFIXES = (".csv", ".parquet")
_BLOCK = 4096


@dataclass(frozen=True, slots=True, eq=False)
class PointData:
    """What is known of all points, as columns.

    Attributes
    ----------
    coordinates : (n, k) float32
    titles : of the axes, k of them
    distances : (n,) float64 from the point that was clicked, NaN where unknown; or None
    moved : (n,) float64 between two embeddings, or None
    """

    metadata: Metadata
    coordinates: npt.NDArray[np.float32]
    titles: tuple[str, ...]
    distances: npt.NDArray[np.float64] | None = None
    moved: npt.NDArray[np.float64] | None = None


def columns_of(data: PointData) -> tuple[Column, ...]:
    """Columns of the table: the number of the row, metadata, distance, coordinates."""
    made = [Column("#row", "Row", "count", "Number of the row, from 0")]
    for place, column in enumerate(data.metadata.columns):
        form = "text" if column.numbers is None else "value"
        made.append(Column(f"m{place}", column.name, form))  # type: ignore[arg-type]
    if data.distances is not None:
        made.append(Column("#distance", "Distance", "value", "From the point that was clicked"))
    if data.moved is not None:
        made.append(Column("#moved", "Movement", "value", "Between the two embeddings compared"))
    for axis, title in enumerate(data.titles):
        made.append(Column(f"#axis{axis}", title, "value"))
    return tuple(made)


def cells_of(data: PointData, rows: npt.NDArray[np.int64]) -> dict[str, Cells]:
    """Cells of `columns_of` by key, for some rows."""
    made = {"#row": wholes(rows.tolist())}
    for place, column in enumerate(data.metadata.columns):
        if column.numbers is not None:
            made[f"m{place}"] = floats(column.numbers[rows])
        else:
            table = np.array([*column.table, ""], object)
            made[f"m{place}"] = things(table[column.codes[rows]].tolist())
    if data.distances is not None:
        made["#distance"] = floats(data.distances[rows])
    if data.moved is not None:
        made["#moved"] = floats(data.moved[rows])
    for axis in range(len(data.titles)):
        made[f"#axis{axis}"] = floats(data.coordinates[rows, axis].astype(np.float64))
    return made


def write_points(
    data: PointData,
    rows: npt.NDArray[np.int64],
    path: Path,
    stopped: Callable[[], bool] = lambda: False,
    report: Callable[[float], None] = lambda _share: None,
) -> None:
    """Write rows with their metadata and coordinates as CSV or Parquet.

    Raises
    ------
    ExportError
        When the ending of the name is none of `SUFFIXES`, or Parquet is not installed.
    OSError
        When it can't be written there.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ExportError(
            f"Points are saved as {' or '.join(SUFFIXES)}, not as {suffix or path.name}"
        )
    with replacing(path) as part:
        if suffix == ".parquet":
            _write_parquet(data, rows, part)
            return
        with part.open("w", encoding="utf-8", errors="surrogateescape", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(_names(data))
            for done, lines in _blocks(data, rows):
                if stopped():
                    raise ExportError("Called off; nothing was written")
                writer.writerows(lines)
                report(done / max(len(rows), 1))


def _names(data: PointData) -> list[str]:
    """Names of the columns, no two alike."""
    wanted = ["row", *(column.name for column in data.metadata.columns)]
    wanted += ["distance"] if data.distances is not None else []
    wanted += ["movement"] if data.moved is not None else []
    wanted += ["xyz"[axis] for axis in range(len(data.titles))]
    made: list[str] = []
    for name in wanted:
        unique, number = name, 2
        while unique in made:
            unique, number = f"{name} {number}", number + 1
        made.append(unique)
    return made


def _arrays(data: PointData, rows: npt.NDArray[np.int64]) -> list[list[object]]:
    made: list[list[object]] = [rows.tolist()]
    for column in data.metadata.columns:
        table = np.array([*column.table, ""], object)
        made.append(table[column.codes[rows]].tolist())
    made += [
        ["" if v != v else repr(v) for v in extra[rows].tolist()]
        for extra in (data.distances, data.moved)
        if extra is not None
    ]
    for axis in range(len(data.titles)):
        values = data.coordinates[rows, axis]
        made.append(["" if v != v else str(v) for v in values])
    return made


def _blocks(
    data: PointData, rows: npt.NDArray[np.int64]
) -> Iterator[tuple[int, list[tuple[object, ...]]]]:
    for start in range(0, len(rows), _BLOCK):
        part = rows[start : start + _BLOCK]
        yield start + len(part), list(zip(*_arrays(data, part), strict=True))


def _write_parquet(data: PointData, rows: npt.NDArray[np.int64], path: Path) -> None:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise ExportError(
            "Parquet needs pyarrow; install it with: pip install 'eventglass[parquet]'"
        ) from None
    columns: list[object] = [pa.array(rows)]
    for column in data.metadata.columns:
        if column.numbers is not None:
            columns.append(pa.array(column.numbers[rows], from_pandas=True))
        else:
            texts = pa.array([each.encode("utf-8", "replace").decode() for each in column.table])
            codes = column.codes[rows]
            columns.append(pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), texts))
    numbers = [each for each in (data.distances, data.moved) if each is not None]
    numbers += [data.coordinates[:, axis] for axis in range(len(data.titles))]  # type: ignore[misc]
    columns += [pa.array(each[rows], from_pandas=True) for each in numbers]
    pq.write_table(pa.table(columns, names=_names(data)), path)
