"""Principal components: exact, on all rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eventglass.app.core.projector.notices import Control


@dataclass(frozen=True, slots=True)
class Pca:
    """Principal components of an embedding.

    Attributes
    ----------
    mean : (d,) float64
    components : (k, d) float64, unit vectors, the largest variance first
    variances : (k,) float64
    total_variance : of all dimensions
    coordinates : (n, k) float32, read-only; NaN where a row is not finite
    """

    mean: npt.NDArray[np.float64]
    components: npt.NDArray[np.float64]
    variances: npt.NDArray[np.float64]
    total_variance: float
    coordinates: npt.NDArray[np.float32]

    @property
    def shares(self) -> npt.NDArray[np.float64]:
        """Share of each component of the total variance, 0 to 1; 0 for constant data."""
        if self.total_variance <= 0:
            return np.zeros_like(self.variances)
        return self.variances / self.total_variance


def fit(
    vectors: npt.NDArray[np.float32],
    count: int = 10,
    finite: npt.NDArray[np.bool_] | None = None,
    control: Control | None = None,
) -> Pca:
    """Return the first `count` components (as many as there are dimensions and rows)."""
    raise NotImplementedError


def sphereise(
    vectors: npt.NDArray[np.float32], finite: npt.NDArray[np.bool_] | None = None
) -> npt.NDArray[np.float32]:
    """Return the rows less their mean, each of length one, as TensorBoard does; read-only."""
    raise NotImplementedError
