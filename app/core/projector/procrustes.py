"""Procrustes alignment: turning one cloud of points onto another, rows matched by number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Alignment:
    """A similarity ``x -> scale * x @ rotation + shift``.

    Attributes
    ----------
    rotation : (k, k) float64, orthogonal
    residual : root mean square distance that remains, in units of the fixed cloud
    rows : number of rows matched
    """

    rotation: npt.NDArray[np.float64]
    scale: float
    shift: npt.NDArray[np.float64]
    residual: float
    rows: int

    def apply(self, points: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return points (n, k) float32 brought over."""
        raise NotImplementedError


def align(
    moving: npt.NDArray[np.float32],
    fixed: npt.NDArray[np.float32],
    scaled: bool = True,
    mirrored: bool = True,
) -> Alignment:
    """Return what brings `moving` (n, k) nearest to `fixed` (m, k) by rows ``0 … min(n, m) - 1``.

    Rows that are not finite on either side are left out. `mirrored`: reflections are allowed
    (signs of principal components are arbitrary).
    """
    raise NotImplementedError
