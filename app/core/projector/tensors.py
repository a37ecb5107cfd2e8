"""Vectors of embeddings, from files of any kind."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from eventglass.app.core.projector import checkpoints, metadata, tables, vector_files
from eventglass.app.core.projector.metadata import Metadata
from eventglass.app.core.projector.notices import Control, EmbeddingError, Notice, check
from eventglass.app.core.projector.places import Place
from eventglass.app.core.projector.sources import EmbeddingSource, Origin

#: File name filters for "open vectors".
SUFFIXES = (".tsv", ".csv", ".txt", ".npy", ".npz", ".parquet", ".bytes")
_ROWS_AT_ONCE = 1 << 22


@dataclass(frozen=True, slots=True)
class Embedding:
    """The vectors of an embedding.

    Attributes
    ----------
    vectors : (n, d) float32, read-only; values that are no numbers are NaN
    finite : (n,) bool, read-only; rows without NaN and infinity, which alone are projected
    path : as shown
    notices : what was not as it should be
    """

    vectors: npt.NDArray[np.float32]
    finite: npt.NDArray[np.bool_]
    path: str
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """A file opened by itself: its vectors and what labels came with them."""

    source: EmbeddingSource
    embedding: Embedding
    metadata: Metadata


def load(source: EmbeddingSource, control: Control | None = None) -> Embedding:
    """Read the vectors of `source`; EmbeddingError says why not, Cancelled when called off."""
    if source.origin is Origin.OPENED and source.tensor is not None:
        return open_vectors(source.tensor.path, None, control).embedding
    if source.tensor is None:
        why = source.notices[-1].text if source.notices else f"No vectors ({source.config})"
        raise EmbeddingError(why)
    if source.origin is Origin.CHECKPOINT:
        array, notices = checkpoints.read(source.tensor, source.variable, control)
        return embedding(array, source.tensor.name, notices, control)
    data = tables.read_bytes(source.tensor, control)
    shown = source.tensor.name
    if not len(data):
        raise EmbeddingError(f"The file is empty ({shown})")
    if tables.looks_binary(data) or _is_raw(data, source.shape):
        return _raw(data, source.shape or _guess_shape(data, source), shown, control)
    table = tables.read_table(data, shown, numbers_only=True, control=control)
    notices = table.notices
    rows, width = table.numbers.shape
    if source.shape is not None and source.shape != (rows, width):
        said = f"{source.shape[0]:,} × {source.shape[1]:,}"
        message = f"The configuration says {said}, the file holds {rows:,} × {width:,}"
        notices = (*notices, Notice(shown, message))
    return embedding(table.numbers, shown, notices, control, table.lines)


def open_vectors(
    path: str, metadata_path: str | None = None, control: Control | None = None
) -> Opened:
    """Read vectors and metadata from any files: TSV, CSV, NPY, NPZ, Parquet, raw float32.

    Columns of a table that are not numbers become metadata. EmbeddingError says why not.
    """
    name = os.path.basename(path)
    place = Place(path, "", name)
    found = vector_files.read(place, control)
    made = embedding(found.vectors, name, found.notices, control, found.lines)
    labels = metadata.from_texts(found.columns, len(made.vectors), name)
    other = None
    if metadata_path is not None:
        other = Place(metadata_path, "", os.path.basename(metadata_path))
        read = metadata.load(other, len(made.vectors), control)
        taken = {column.name for column in read.columns}
        own = tuple(column for column in labels.columns if column.name not in taken)
        labels = replace(read, columns=(*read.columns, *own))
    source = EmbeddingSource(
        key=f"\0{os.path.abspath(path)}",
        root="",
        run="",
        name=name,
        title=name,
        step=None,
        shape=(made.vectors.shape[0], made.vectors.shape[1]),
        origin=Origin.OPENED,
        config="",
        tensor=place,
        metadata=other,
    )
    return Opened(source, made, labels)


def embedding(
    array: npt.NDArray[np.generic],
    shown: str,
    notices: tuple[Notice, ...] = (),
    control: Control | None = None,
    lines: npt.NDArray[np.int64] | None = None,
) -> Embedding:
    """Make an embedding of a matrix of any real type; tells of rows that are not finite."""
    if array.ndim != 2 or 0 in array.shape:
        sizes = " × ".join(f"{size:,}" for size in array.shape)
        raise EmbeddingError(f"Not rows × dimensions but {sizes or 'a single number'} ({shown})")
    if array.dtype.kind not in "fiub":
        raise EmbeddingError(f"The values are no real numbers but {array.dtype} ({shown})")
    with np.errstate(over="ignore"):
        vectors = np.ascontiguousarray(array, np.float32)
    finite = np.empty(len(vectors), np.bool_)
    step = max(1, _ROWS_AT_ONCE // vectors.shape[1])
    for begin in range(0, len(vectors), step):
        check(control)
        np.isfinite(vectors[begin : begin + step]).all(axis=1, out=finite[begin : begin + step])
    bad = np.flatnonzero(~finite)
    if len(bad):
        first = int(bad[0])
        row = int(lines[first]) if lines is not None else first + 1
        more = f" and {len(bad) - 1:,} more rows" if len(bad) > 1 else ""
        message = f"Row {row:,}{more} with NaN or infinity; not projected"
        notices = (*notices, Notice(shown, message, row))
    vectors.flags.writeable = False
    finite.flags.writeable = False
    return Embedding(vectors, finite, shown, notices)


def _is_raw(data: npt.NDArray[np.uint8], shape: tuple[int, int] | None) -> bool:
    """Whether bytes that may be text are raw all the same: of the right size, and no number."""
    if shape is None or len(data) != 4 * shape[0] * shape[1]:
        return False
    head = tables.sample_text(data, 0)[:4096]
    return not any(48 <= byte <= 57 for byte in head)


def _guess_shape(data: npt.NDArray[np.uint8], source: EmbeddingSource) -> tuple[int, int] | None:
    """The shape of raw numbers by the metadata's lines, where they divide the size."""
    if source.metadata is None:
        return None
    try:
        count, heading = metadata.count_rows(source.metadata)
    except EmbeddingError:
        return None
    for rows in (count - 1, count) if heading else (count,):
        if rows > 0 and len(data) % (4 * rows) == 0:
            return rows, len(data) // (4 * rows)
    return None


def _raw(
    data: npt.NDArray[np.uint8],
    shape: tuple[int, int] | None,
    shown: str,
    control: Control | None,
) -> Embedding:
    """Raw little-endian float32; where size and shape disagree, the whole rows that are there."""
    if shape is None:
        raise EmbeddingError(
            f"The file holds no text, and the configuration gives no tensor_shape ({shown})"
        )
    rows, width = shape
    there = len(data) // (4 * width)
    notices: tuple[Notice, ...] = ()
    if len(data) != 4 * rows * width:
        message = (
            f"{len(data):,} bytes are not the {4 * rows * width:,} of {rows:,} × {width:,} float32;"
            f" {min(rows, there):,} rows are shown"
        )
        notices = (Notice(shown, message),)
    rows = min(rows, there)
    if rows < 1:
        raise EmbeddingError(f"{len(data):,} bytes are less than a row of {width:,} ({shown})")
    values = data[: 4 * rows * width].view("<f4").reshape(rows, width)
    return embedding(values.astype(np.float32, copy=False), shown, notices, control)
