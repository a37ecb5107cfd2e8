"""Principal components: exact, on all rows.

With up to `_DENSE` rows or dimensions all eigenvectors of the covariance (or, with fewer rows than
dimensions, of the rows' products) are found at once; beyond that the first ones by Lanczos' method
with full reorthogonalisation, until they no longer change. Sums are in float64.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eventglass.app.core.projector.notices import Control, check

_DENSE = 2048
_BLOCK_CELLS = 1 << 20
_MOST_STEPS = 400
_TOLERANCE = 1e-9


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
    """Return the first `count` components, as many as there are dimensions at most.

    Variances are sums of squares divided by the number of rows less one. The entry of a component
    that is largest in size is positive.
    """
    data = _Data(vectors, finite, control)
    d = vectors.shape[1]
    count = max(1, min(count, d))
    total = float(data.squares.sum()) / max(1, data.count - 1)
    values: npt.NDArray[np.float64]
    components: npt.NDArray[np.float64]
    if total <= 0:
        # One row, or rows all alike: any directions do.
        values = np.zeros(count)
        components = np.eye(count, d)
    elif min(d, data.count) <= _DENSE:
        values, components = _dense(data, count)
    else:
        values, components = _lanczos(data, count)
    signs = np.sign(components[np.arange(len(components)), np.abs(components).argmax(axis=1)])
    components = components * np.where(signs == 0, 1, signs)[:, None]
    coordinates = data.project(components)
    coordinates.flags.writeable = False
    variances = np.maximum(values, 0) / max(1, data.count - 1)
    return Pca(data.mean, components, variances, total, coordinates)


class _Data:
    """The centred rows, block after block in float64."""

    def __init__(
        self,
        vectors: npt.NDArray[np.float32],
        finite: npt.NDArray[np.bool_] | None,
        control: Control | None,
    ) -> None:
        self._vectors = vectors
        self._finite = None if finite is None or finite.all() else finite
        self.control = control
        n, d = vectors.shape
        self.count = n if self._finite is None else int(self._finite.sum())
        self.width = d
        self._rows = max(1, _BLOCK_CELLS // max(1, d))
        self.mean = np.zeros(d)
        for block in self._blocks():
            self.mean += block.sum(axis=0)
        self.mean /= max(1, self.count)
        self.squares = np.zeros(d)
        # The sums of squares tell constant data from such that merely rounds.
        for block in self.centred():
            self.squares += np.einsum("ij,ij->j", block, block)
        scale = np.abs(self.mean).max(initial=0.0)
        if self.squares.max(initial=0.0) <= self.count * (scale * 1e-15) ** 2:
            self.squares[:] = 0

    def _blocks(self) -> Iterator[npt.NDArray[np.float64]]:
        for begin in range(0, len(self._vectors), self._rows):
            check(self.control)
            block = self._vectors[begin : begin + self._rows]
            if self._finite is not None:
                block = block[self._finite[begin : begin + self._rows]]
            yield block.astype(np.float64)

    def centred(self) -> Iterator[npt.NDArray[np.float64]]:
        for block in self._blocks():
            block -= self.mean
            yield block

    def covariance_times(self, vector: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """The scatter matrix times a vector."""
        made = np.zeros(self.width)
        for block in self.centred():
            made += block.T @ (block @ vector)
        return made

    def project(self, components: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
        made = np.full((len(self._vectors), len(components)), np.nan, np.float32)
        shift = components @ self.mean
        for begin in range(0, len(made), self._rows):
            check(self.control, 0.7 + 0.3 * begin / len(made))
            block = self._vectors[begin : begin + self._rows].astype(np.float64)
            with np.errstate(invalid="ignore", over="ignore"):
                made[begin : begin + self._rows] = block @ components.T - shift
        if self._finite is not None:
            made[~self._finite] = np.nan
        return made


def _dense(data: _Data, count: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    if data.width <= data.count:
        scatter = np.zeros((data.width, data.width))
        done = 0
        for block in data.centred():
            scatter += block.T @ block
            done += len(block)
            check(data.control, 0.1 + 0.5 * done / data.count)
        values, vectors = np.linalg.eigh(scatter)
        return values[::-1][:count], np.ascontiguousarray(vectors.T[::-1][:count])
    # Fewer rows than dimensions: the products of rows have the same values.
    rows = np.concatenate(list(data.centred()))
    found, left = np.linalg.eigh(rows @ rows.T)
    values = np.zeros(count)
    components = np.zeros((count, data.width))
    there = min(count, len(found))
    values[:there] = np.maximum(found[::-1][:there], 0)
    components[:there] = left.T[::-1][:there] @ rows
    # Below this a value is rounding, and so is its direction.
    known = values > values.max(initial=0.0) * 1e-12
    components[known] /= np.sqrt(values[known])[:, None]
    return values, _complete(components, known)


def _complete(
    components: npt.NDArray[np.float64], known: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """Replace unknown rows by unit vectors at right angles to all others."""
    rng = np.random.default_rng(0)
    for at in np.flatnonzero(~known):
        others = components[known]
        vector = rng.standard_normal((components.shape[1],))
        for _ in range(2):
            vector -= others.T @ (others @ vector)
        components[at] = vector / np.linalg.norm(vector)
        known = known.copy()
        known[at] = True
    return components


def _lanczos(data: _Data, count: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The largest eigenvalues of the scatter matrix and their vectors."""
    steps = min(data.width, _MOST_STEPS)
    basis = np.zeros((steps + 1, data.width))
    diagonal = np.zeros(steps)
    beside = np.zeros(steps)
    vector = np.random.default_rng(0).standard_normal((data.width,))
    basis[0] = vector / np.linalg.norm(vector)
    values = np.zeros(count)
    small = np.eye(1)
    made = 0
    for step in range(steps):
        check(data.control, 0.1 + 0.6 * step / steps)
        vector = data.covariance_times(basis[step])
        diagonal[step] = vector @ basis[step]
        # Twice: once is not enough where eigenvalues have been found.
        for _ in range(2):
            vector -= basis[: step + 1].T @ (basis[: step + 1] @ vector)
        beside[step] = np.linalg.norm(vector)
        made = step + 1
        if made >= count and (made % 10 == 0 or made == steps or beside[step] == 0):
            band = np.diag(diagonal[:made])
            band += np.diag(beside[: made - 1], 1) + np.diag(beside[: made - 1], -1)
            found, small = np.linalg.eigh(band)
            values = found[::-1][:count]
            rest = beside[step] * np.abs(small[-1, ::-1][:count])
            if beside[step] == 0 or rest.max() <= _TOLERANCE * values[0]:
                break
        if beside[step] == 0:
            break
        basis[step + 1] = vector / beside[step]
    components = small[:, ::-1][:, :count].T @ basis[:made]
    return values, components


def sphereise(
    vectors: npt.NDArray[np.float32],
    finite: npt.NDArray[np.bool_] | None = None,
    control: Control | None = None,
) -> npt.NDArray[np.float32]:
    """Return the rows less their mean, each of length one, as TensorBoard does; read-only.

    Rows equal to the mean stay zero; rows that are not finite stay as they are.
    """
    data = _Data(vectors, finite, control)
    made = np.empty_like(vectors)
    step = max(1, _BLOCK_CELLS // max(1, vectors.shape[1]))
    for begin in range(0, len(vectors), step):
        check(control, begin / len(vectors))
        with np.errstate(invalid="ignore"):
            block = vectors[begin : begin + step] - data.mean
            lengths = np.sqrt(np.einsum("ij,ij->i", block, block))
            block /= np.where(lengths > 0, lengths, 1)[:, None]
        made[begin : begin + step] = block
    made.flags.writeable = False
    return made
