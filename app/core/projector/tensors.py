"""Vectors of embeddings, from files of any kind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eventglass.app.core.projector.metadata import Metadata
from eventglass.app.core.projector.notices import Control, Notice
from eventglass.app.core.projector.sources import EmbeddingSource

#: File name filters for "open vectors".
SUFFIXES = (".tsv", ".csv", ".txt", ".npy", ".npz", ".parquet", ".bytes")


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
    raise NotImplementedError


def open_vectors(
    path: str, metadata_path: str | None = None, control: Control | None = None
) -> Opened:
    """Read vectors and metadata from any files: TSV, CSV, NPY, NPZ, Parquet, raw float32.

    Columns of a table that are not numbers become metadata. EmbeddingError says why not.
    """
    raise NotImplementedError
