"""Metadata: a table with a line per row of an embedding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eventglass.app.core.projector.notices import Control, Notice
from eventglass.app.core.projector.places import Place


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes
    ----------
    name : its heading
    codes : (n,) int32, read-only; index into `table`, -1 where the cell is missing
    table : the different texts, in order of first appearance
    numbers : (n,) float64, read-only, NaN where missing; None where a cell is no number
    """

    name: str
    codes: npt.NDArray[np.int32]
    table: tuple[str, ...]
    numbers: npt.NDArray[np.float64] | None

    def text(self, row: int) -> str:
        """The cell as written; empty where missing."""
        code = int(self.codes[row])
        return self.table[code] if code >= 0 else ""


@dataclass(frozen=True, slots=True)
class Metadata:
    """All columns; each as long as the embedding has rows, whatever the file had."""

    rows: int
    columns: tuple[Column, ...] = ()
    path: str = ""
    notices: tuple[Notice, ...] = ()

    def column(self, name: str) -> Column | None:
        """The column with this heading."""
        return next((each for each in self.columns if each.name == name), None)

    def with_text(self, name: str, rows: Sequence[int], text: str) -> Metadata:
        """Return a copy where cells of a column are replaced; a new column if there is none."""
        raise NotImplementedError


def load(place: Place, rows: int, control: Control | None = None) -> Metadata:
    """Read a metadata file for an embedding of `rows` rows; EmbeddingError says why not."""
    raise NotImplementedError


def write(metadata: Metadata, path: str) -> None:
    """Write as TensorBoard reads it: a heading line only with more than one column."""
    raise NotImplementedError
