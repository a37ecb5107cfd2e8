"""Files of vectors that no configuration speaks of: tables, NumPy's files, Parquet, raw numbers."""

from __future__ import annotations

import math
import os
import zipfile
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from eventglass.app.core.projector import tables
from eventglass.app.core.projector.notices import Control, EmbeddingError, Notice, check
from eventglass.app.core.projector.places import Place

_PIECE = 8 << 20


@dataclass(frozen=True, slots=True)
class VectorFile:
    """Vectors (n, d) and columns of texts (name, n cells) beside them; `lines` as in tables."""

    vectors: npt.NDArray[Any]
    columns: tuple[tuple[str, list[str]], ...] = ()
    notices: tuple[Notice, ...] = ()
    lines: npt.NDArray[np.int64] | None = None


def read(place: Place, control: Control | None = None) -> VectorFile:
    """Read a file by its name's end, else by what it holds; EmbeddingError says why not."""
    suffix = os.path.splitext(place.path)[1].lower()
    try:
        if suffix == ".npy":
            return _read_npy_file(place, control)
        if suffix == ".npz":
            return _read_npz(place, control)
        if suffix in (".parquet", ".pq"):
            return _read_parquet(place, control)
    except OSError as error:
        raise EmbeddingError(f"Can't be read: {error.strerror or error} ({place.name})") from error
    except MemoryError as error:
        raise EmbeddingError(f"Too large for this machine's memory ({place.name})") from error
    data = tables.read_bytes(place, control)
    if not len(data):
        raise EmbeddingError(f"The file is empty ({place.name})")
    if tables.looks_binary(data):
        raise EmbeddingError(
            f"The file holds no text; raw numbers need a configuration that gives their shape "
            f"({place.name})"
        )
    table = tables.read_table(data, place.name, control=control)
    columns = tuple(zip(table.text_names, table.texts, strict=True))
    return VectorFile(table.numbers, columns, table.notices, table.lines)


def _read_npy_file(place: Place, control: Control | None) -> VectorFile:
    with open(place.path, "rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        array = _read_npy(stream, size, place.name, control)
    if array.dtype.names:
        return _of_fields(array, place.name)
    if array.ndim == 1:
        array = array.reshape(-1, 1)
    if array.ndim > 2:
        sizes = " × ".join(f"{length:,}" for length in array.shape)
        flat = array.reshape(len(array), -1) if len(array) else array.reshape(0, 1)
        message = f"{sizes} was read as {flat.shape[0]:,} rows of {flat.shape[1]:,}"
        return VectorFile(flat, (), (Notice(place.name, message),))
    return VectorFile(array)


def _of_fields(array: npt.NDArray[Any], shown: str) -> VectorFile:
    """A structured array: fields of numbers are dimensions, others texts."""
    names = [name for name in array.dtype.names or () if array[name].ndim == 1]
    numeric = [name for name in names if array[name].dtype.kind in "fiub"]
    if array.ndim != 1 or not numeric:
        raise EmbeddingError(f"The array's fields hold no numbers ({shown})")
    vectors = np.stack([array[name].astype(np.float32) for name in numeric], axis=1)
    columns = [(name, _as_texts(array[name])) for name in names if name not in numeric]
    return VectorFile(vectors, tuple(columns))


def _read_npy(
    stream: IO[bytes], size: int, shown: str, control: Control | None
) -> npt.NDArray[Any]:
    """NumPy's format, without pickles; the header's shape must be that of the bytes there."""
    form = np.lib.format
    try:
        version = form.read_magic(stream)
        if version == (1, 0):
            shape, fortran, dtype = form.read_array_header_1_0(stream)
        elif version == (2, 0):
            shape, fortran, dtype = form.read_array_header_2_0(stream)
        else:
            raise ValueError(f"format {version[0]}.{version[1]} is not known")
    except (ValueError, EOFError, SyntaxError, TypeError, RecursionError) as error:
        raise EmbeddingError(f"Not a NumPy array: {error} ({shown})") from error
    if dtype.hasobject:
        raise EmbeddingError(f"The array holds Python objects, which are not opened ({shown})")
    count = math.prod(shape)
    # What is left is a bound; a packed member's own size is not to be trusted, so is read in parts.
    if count * dtype.itemsize > size or any(length < 0 for length in shape):
        sizes = " × ".join(f"{length:,}" for length in shape)
        raise EmbeddingError(f"The array is said to be {sizes}, the file is smaller ({shown})")
    raw = bytearray()
    wanted = count * dtype.itemsize
    while len(raw) < wanted:
        check(control, len(raw) / max(1, wanted))
        piece = stream.read(min(_PIECE, wanted - len(raw)))
        if not piece:
            raise EmbeddingError(f"The array is cut short ({shown})")
        raw += piece
    array = np.frombuffer(raw, dtype, count)
    if fortran:
        array = array.reshape(shape[::-1]).transpose()
    else:
        array = array.reshape(shape)
    return array.astype(dtype.newbyteorder("="), copy=False)


def _read_npz(place: Place, control: Control | None) -> VectorFile:
    """The largest matrix of numbers; vectors of as many entries beside it are metadata."""
    arrays: dict[str, npt.NDArray[Any]] = {}
    notices: list[Notice] = []
    try:
        with zipfile.ZipFile(place.path) as archive:
            for info in archive.infolist():
                name = info.filename.removesuffix(".npy")
                if info.file_size > 1024 * max(info.compress_size, 1024):
                    message = f"“{name}” unpacks to more than 1,024 times its size; left out"
                    notices.append(Notice(place.name, message))
                    continue
                try:
                    with archive.open(info) as stream:
                        arrays[name] = _read_npy(
                            stream, info.file_size, f"{place.name}: {name}", control
                        )
                except EmbeddingError as error:
                    notices.append(Notice(place.name, str(error)))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError) as error:
        raise EmbeddingError(f"Not an archive of arrays: {error} ({place.name})") from error
    matrices = [
        name
        for name, array in arrays.items()
        if array.ndim == 2 and array.dtype.kind in "fiub" and array.size
    ]
    if not matrices:
        why = f": {notices[0].message}" if notices else ""
        raise EmbeddingError(f"No matrix of numbers is in the file{why} ({place.name})")
    best = max(matrices, key=lambda name: arrays[name].size)
    others = [name for name in matrices if name != best]
    if others:
        message = f"“{best}” is shown; {len(others):,} more matrices are in the file"
        notices.append(Notice(place.name, message))
    columns = [
        (name, _as_texts(array))
        for name, array in arrays.items()
        if array.ndim == 1 and len(array) == len(arrays[best]) and array.dtype.kind in "fiubUS"
    ]
    return VectorFile(arrays[best], tuple(columns), tuple(notices))


def _as_texts(array: npt.NDArray[Any]) -> list[str]:
    if array.dtype.kind == "S":
        return [bytes(cell).decode("utf-8", "replace") for cell in array]
    return [str(cell) for cell in array]


def _read_parquet(place: Place, control: Control | None) -> VectorFile:
    """Columns of numbers are dimensions, lists of equal length too; others are metadata."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise EmbeddingError("Parquet needs pyarrow: install eventglass[parquet]") from error
    try:
        table = parquet.read_table(place.path, use_threads=False)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise EmbeddingError(f"Not a Parquet file: {error} ({place.name})") from error
    check(control, 0.6)
    parts: list[npt.NDArray[Any]] = []
    columns: list[tuple[str, list[str]]] = []
    notices: list[Notice] = []
    kinds = pyarrow.types
    for name, column in zip(table.column_names, table.columns, strict=True):
        check(control)
        kind = column.type
        if kinds.is_floating(kind) or kinds.is_integer(kind) or kinds.is_boolean(kind):
            parts.append(
                np.asarray(column.cast(pyarrow.float64()).to_numpy(), np.float32).reshape(-1, 1)
            )
        elif kinds.is_list(kind) or kinds.is_fixed_size_list(kind) or kinds.is_large_list(kind):
            matrix = _lists(column)
            if matrix is None:
                message = f"Column “{name}” holds no lists of numbers of one length; left out"
                notices.append(Notice(place.name, message))
            else:
                parts.append(matrix)
        else:
            cells = column.to_pylist()
            columns.append((name, ["" if cell is None else str(cell) for cell in cells]))
    if not parts or not table.num_rows:
        raise EmbeddingError(f"The file holds no numbers ({place.name})")
    # A column of vectors is the embedding; plain numbers beside it describe its rows.
    vectors = [part for part in parts if part.shape[1] > 1]
    if vectors and len(vectors) < len(parts):
        names = [
            name
            for name, column in zip(table.column_names, table.columns, strict=True)
            if kinds.is_floating(column.type)
            or kinds.is_integer(column.type)
            or kinds.is_boolean(column.type)
        ]
        columns += [
            (name, ["" if cell is None else str(cell) for cell in table.column(name).to_pylist()])
            for name in names
        ]
        parts = vectors
    return VectorFile(np.concatenate(parts, axis=1), tuple(columns), tuple(notices))


def _lists(column: Any) -> npt.NDArray[Any] | None:
    """A matrix (n, d) float32 of a column of lists; None where they differ in length."""
    whole = column.combine_chunks()
    values = whole.flatten()
    count = len(whole)
    if not count or whole.null_count or len(values) % count:
        return None
    lengths = whole.value_lengths() if hasattr(whole, "value_lengths") else None
    width = len(values) // count
    if width < 1 or (lengths is not None and set(lengths.unique().to_pylist()) != {width}):
        return None
    try:
        return np.asarray(values.to_numpy(zero_copy_only=False), np.float32).reshape(count, width)
    except (TypeError, ValueError):
        return None
