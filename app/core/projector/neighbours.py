"""Nearest neighbours: exact."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from eventglass.app.core.projector.notices import Control


class Metric(StrEnum):
    """How far two rows are from each other.

    cosine: 1 - cosine of the angle; dot: the product, where more is nearer.
    """

    COSINE = "cosine"
    EUCLIDEAN = "euclidean"
    DOT = "dot"


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Rows in order of nearness.

    Attributes
    ----------
    rows : (k,) int64
    distances : (k,) float64; products for `Metric.DOT`, falling
    """

    rows: npt.NDArray[np.int64]
    distances: npt.NDArray[np.float64]


class Finder:
    """Finds neighbours in `vectors`; keeps lengths, no copy of the vectors. Thread-safe."""

    def __init__(
        self, vectors: npt.NDArray[np.float32], finite: npt.NDArray[np.bool_] | None = None
    ) -> None:
        self.vectors = vectors

    def nearest(
        self,
        row: int,
        count: int,
        metric: Metric = Metric.COSINE,
        among: npt.NDArray[np.bool_] | None = None,
    ) -> Neighbours:
        """The nearest other rows of a row, at most `count`, of those `among` where given."""
        raise NotImplementedError

    def all_pairs(
        self, count: int, metric: Metric = Metric.COSINE, control: Control | None = None
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        """Neighbours of every row: rows (n, k) int64 and distances (n, k) float32."""
        raise NotImplementedError
