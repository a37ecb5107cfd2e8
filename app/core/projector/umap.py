"""UMAP (McInnes, Healy and Melville 2018), an epoch at a time.

Neighbours are exact, the beginning is the principal components, random numbers are our own: the
same seed gives the same picture everywhere.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from eventglass.app.core.projector import kernels, pca
from eventglass.app.core.projector.neighbours import Finder, Metric
from eventglass.app.core.projector.notices import Control
from eventglass.app.core.projector.requests import UmapSettings
from eventglass.app.core.projector.tsne import symmetric

_NEGATIVES = 5
_RATE = 1.0
_BEGIN_EXTENT = 10.0
_MANY = 10_000
#: Weight that remains of an edge to a row without label, as in the reference implementation.
_UNKNOWN = float(np.exp(-1.0))


class Umap:
    """A UMAP on its way.

    Attributes
    ----------
    places : (n, d) float64
    iteration : epochs done
    """

    def __init__(
        self,
        vectors: npt.NDArray[np.float32],
        settings: UmapSettings,
        labels: npt.NDArray[np.int32] | None = None,
        start: npt.NDArray[np.float32] | None = None,
    ) -> None:
        self._vectors = vectors
        self._labels = labels
        self._start = start
        self.settings = settings
        self.iteration = 0
        self.error = float("nan")
        self.notices: list[str] = []
        self.places = np.zeros((len(vectors), settings.dimensions))
        self._a, self._b = curve(settings.min_distance)

    @property
    def iterations(self) -> int:
        """How many epochs there will be."""
        return self.settings.epochs or (500 if len(self._vectors) <= _MANY else 200)

    @property
    def done(self) -> bool:
        """Whether all epochs are done."""
        return self.iteration >= self.iterations

    def close(self) -> None:
        """Nothing to end."""

    def prepare(self, control: Control | None = None) -> None:
        """Find neighbours, their strengths, and where to begin."""
        n = len(self._vectors)
        width = self.settings.dimensions
        # The point itself counts as a neighbour, as in the reference implementation.
        wanted = max(1, min(self.settings.neighbours, n) - 1)
        if self.settings.neighbours > n:
            self.notices.append(f"Neighbours were lowered to {n:,}: as many as there are rows")
        finder = Finder(self._vectors)
        rows, distances = finder.all_pairs(wanted, Metric(self.settings.metric), control)
        strengths = np.empty_like(distances)
        kernels.smooth(np.maximum(distances, 0), strengths)
        firsts, tails, weights = symmetric(rows, strengths, _either)
        heads = np.repeat(np.arange(n, dtype=np.int32), np.diff(firsts))
        if self._labels is not None and self.settings.supervision > 0:
            weights = _supervised(
                heads, tails, weights, firsts, self._labels, self.settings.supervision
            )
        # Edges that would be drawn less than once are left out.
        strong = weights >= weights.max(initial=1e-30) / self.iterations
        strong &= weights > 0
        self._begin(width)
        self._sampling = kernels.Sampling(
            self.places,
            heads[strong],
            tails[strong],
            weights.max(initial=1e-30) / weights[strong],
            _NEGATIVES,
            self.settings.seed,
        )

    def _begin(self, width: int) -> None:
        rng = np.random.default_rng(self.settings.seed)
        if self._start is not None:
            begin = np.nan_to_num(self._start[:, :width].astype(np.float64))
        else:
            begin = pca.fit(self._vectors, width).coordinates.astype(np.float64)
        if begin.shape[1] < width:
            begin = np.pad(begin, ((0, 0), (0, width - begin.shape[1])))
        largest = np.abs(begin).max(initial=0.0)
        begin *= _BEGIN_EXTENT / (largest or 1.0)
        # Rows in one place would never part.
        begin += rng.standard_normal(begin.shape) * (1e-4 if largest else _BEGIN_EXTENT / 10)
        low, high = begin.min(axis=0), begin.max(axis=0)
        self.places[:] = _BEGIN_EXTENT * (begin - low) / np.where(high > low, high - low, 1)

    def change(self, settings: UmapSettings, _control: Control | None = None) -> None:
        """Go on with another distance or number of epochs; what the graph depends on stays."""
        self.settings = replace(
            self.settings, min_distance=settings.min_distance, epochs=settings.epochs
        )
        self._a, self._b = curve(settings.min_distance)

    def step(self) -> None:
        """Do one epoch."""
        rate = _RATE * max(0.0, 1 - self.iteration / self.iterations)
        self._sampling.epoch(
            self.iteration, rate, self._a, self._b, self.places.shape[1], _NEGATIVES
        )
        self.iteration += 1


def _either(
    one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """The chance that at least one of two edges is there."""
    return one + other - one * other


def _supervised(
    heads: npt.NDArray[np.int32],
    tails: npt.NDArray[np.int32],
    weights: npt.NDArray[np.float64],
    firsts: npt.NDArray[np.int64],
    labels: npt.NDArray[np.int32],
    weight: float,
) -> npt.NDArray[np.float64]:
    """Weaken edges between different labels, then give every row one edge of full strength."""
    one, other = labels[heads], labels[tails]
    unknown = (one < 0) | (other < 0)
    far = float(np.exp(-(1e12 if weight >= 1 else 2.5 / (1 - weight))))
    weights = weights * np.where(unknown, _UNKNOWN, np.where(one != other, far, 1.0))
    counts = np.diff(firsts)
    strongest = np.zeros(len(counts))
    np.maximum.at(strongest, heads, weights)
    own = np.divide(weights, strongest[heads], out=np.zeros_like(weights), where=weights > 0)
    # Edges are there both ways and sorted, so those back are the same sorted by their ends.
    back = np.empty_like(own)
    back[np.lexsort((heads, tails))] = own
    joined: npt.NDArray[np.float64] = own + back - own * back
    return joined


def curve(min_distance: float, spread: float = 1.0) -> tuple[float, float]:
    """Return a, b such that ``1 / (1 + a x^(2b))`` is nearest to what `min_distance` asks for.

    That is 1 up to `min_distance`, then falling as ``exp(-(x - min_distance) / spread)``; least
    squares over 300 points up to three spreads, as in the reference implementation.
    """
    x = np.linspace(0, 3 * spread, 300)[1:]
    wanted = np.where(x < min_distance, 1.0, np.exp(-(x - min_distance) / spread))
    a, b = 1.0, 1.0
    damping = 1e-3
    worst = np.inf
    for _ in range(200):
        power = x ** (2 * b)
        made = 1 / (1 + a * power)
        rest = wanted - made
        error = float(rest @ rest)
        slope = -(made**2)
        jacobian = np.stack([slope * power, slope * a * power * 2 * np.log(x)], axis=1)
        if error < worst:
            worst, best, damping = error, (a, b, jacobian, rest), damping / 5
        else:
            damping *= 4
        a, b, jacobian, rest = best
        normal = jacobian.T @ jacobian
        normal[np.diag_indices(2)] *= 1 + damping
        move = np.linalg.solve(normal, jacobian.T @ rest)
        if np.abs(move).max() < 1e-10:
            break
        a, b = max(1e-6, a + move[0]), max(1e-3, b + move[1])
    return best[0], best[1]
