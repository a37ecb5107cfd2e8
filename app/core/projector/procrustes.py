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
        made = self.scale * (points.astype(np.float64) @ self.rotation) + self.shift
        return made.astype(np.float32)


def align(
    moving: npt.NDArray[np.float32],
    fixed: npt.NDArray[np.float32],
    scaled: bool = True,
    mirrored: bool = True,
) -> Alignment:
    """Return what brings `moving` (n, k) nearest to `fixed` (m, k) by rows ``0 … min(n, m) - 1``.

    Least squares (Schönemann 1966; with scale, Gower 1975). Rows that are not finite on either side
    are left out. `mirrored`: reflections are allowed (signs of principal components are arbitrary).
    """
    width = fixed.shape[1]
    count = min(len(moving), len(fixed))
    a = moving[:count].astype(np.float64)
    b = fixed[:count].astype(np.float64)
    good = np.isfinite(a).all(axis=1) & np.isfinite(b).all(axis=1)
    a, b = a[good], b[good]
    if not len(a):
        return Alignment(np.eye(width), 1.0, np.zeros(width), float("nan"), 0)
    middle_a, middle_b = a.mean(axis=0), b.mean(axis=0)
    a -= middle_a
    b -= middle_b
    left, values, right = np.linalg.svd(a.T @ b)
    if not mirrored and np.linalg.det(left @ right) < 0:
        left[:, -1] *= -1
        values[-1] *= -1
    rotation = left @ right
    spread = float(np.einsum("ij,ij->", a, a))
    scale = float(values.sum()) / spread if scaled and spread > 0 else 1.0
    if scale <= 0:
        scale = 1.0
    shift = middle_b - scale * (middle_a @ rotation)
    rest = scale * (a @ rotation) - b
    residual = float(np.sqrt(np.einsum("ij,ij->", rest, rest) / len(a)))
    return Alignment(rotation, scale, shift, residual, len(a))
