"""TensorFlow checkpoints, read without TensorFlow: the V2 bundle and V1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eventglass.app.core.projector.notices import Control, Notice


@dataclass(frozen=True, slots=True)
class Variable:
    """One tensor of a checkpoint."""

    name: str
    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a checkpoint holds."""

    path: str
    version: int
    variables: tuple[Variable, ...]
    notices: tuple[Notice, ...] = ()


def list_variables(path: str) -> Checkpoint:
    """Return what the checkpoint at `path` (``.index`` file or V1 file) holds.

    Raises EmbeddingError when it is damaged beyond use.
    """
    raise NotImplementedError


def read(
    path: str, name: str, control: Control | None = None
) -> tuple[npt.NDArray[np.generic], tuple[Notice, ...]]:
    """Return a variable and what was wrong with it (a bad checksum); EmbeddingError if unusable."""
    raise NotImplementedError
