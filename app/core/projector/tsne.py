"""t-SNE (van der Maaten and Hinton 2008), an iteration at a time.

Neighbours are exact; the pushing apart is summed by a Barnes-Hut tree, in the plane and in space.
Early exaggeration 12 and the learning rate of rows / exaggeration follow Belkina et al. 2019; the
beginning with principal components Kobak and Berens 2019.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from eventglass.app.core.projector import kernels, pca
from eventglass.app.core.projector.neighbours import Finder, Metric
from eventglass.app.core.projector.notices import Control
from eventglass.app.core.projector.requests import TsneSettings

Joining: TypeAlias = Callable[
    [npt.NDArray[np.float64], npt.NDArray[np.float64]], npt.NDArray[np.float64]
]

_THETA = 0.5
_EARLY_EXAGGERATION = 12.0
_MOMENTUM = 0.8
_EARLY_MOMENTUM = 0.5
_LOWEST_GAIN = 0.01
_LONGEST_STEP = 5.0
_BEGIN_SPREAD = 1e-4
_ERROR_EVERY = 10


def thread_count() -> int:
    """Threads for the loops: all processors, but one where there are many."""
    count = os.cpu_count() or 1
    return max(1, min(16, count - 1 if count > 2 else count))


class Tsne:
    """A t-SNE on its way.

    Attributes
    ----------
    places : (n, 3) float64; the third column is 0 in the plane
    iteration : done so far, of the early exaggeration too
    error : Kullback-Leibler divergence at the last look, NaN before
    """

    def __init__(
        self,
        vectors: npt.NDArray[np.float32],
        settings: TsneSettings,
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
        self.places = np.zeros((len(vectors), 3))
        self._rows = np.zeros((0, 0), np.int64)
        self._distances = np.zeros((0, 0), np.float32)
        self._pool = ThreadPoolExecutor(thread_count())

    @property
    def iterations(self) -> int:
        """How many there will be; 0 for no end."""
        if self.settings.iterations <= 0:
            return 0
        return self.settings.early_iterations + self.settings.iterations

    @property
    def done(self) -> bool:
        """Whether all iterations are done."""
        return 0 < self.iterations <= self.iteration

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()

    def prepare(self, control: Control | None = None) -> None:
        """Find neighbours and where to begin."""
        self._find_neighbours(control)
        self._weigh()
        n = len(self._vectors)
        width = self.settings.dimensions
        rng = np.random.default_rng(self.settings.seed)
        if self._start is not None:
            begin = np.nan_to_num(self._start[:, :width].astype(np.float64))
        else:
            begin = pca.fit(self._vectors, width).coordinates.astype(np.float64)
        begin -= begin.mean(axis=0)
        spread = begin[:, 0].std() or 1.0
        begin *= _BEGIN_SPREAD / spread
        # Rows in one place would never part.
        begin += rng.standard_normal(begin.shape) * (_BEGIN_SPREAD * 0.01)
        self.places[:, : begin.shape[1]] = begin
        if begin.shape[1] < width:
            self.places[:, begin.shape[1] : width] = (
                rng.standard_normal((n, width - begin.shape[1])) * _BEGIN_SPREAD
            )
        self._moves = np.zeros((n, width))
        self._gains = np.ones((n, width))

    def _find_neighbours(self, control: Control | None) -> None:
        most = max(1, len(self._vectors) - 1)
        wanted = min(most, int(3 * self._perplexity()))
        metric = Metric(self.settings.metric)
        self._rows, self._distances = Finder(self._vectors).all_pairs(wanted, metric, control)

    def _perplexity(self) -> float:
        """The perplexity, as large as the number of rows allows."""
        most = max(1.0, (len(self._vectors) - 1) / 3)
        told = "Perplexity was lowered"
        self.notices = [each for each in self.notices if not each.startswith(told)]
        if self.settings.perplexity > most:
            message = f"{told} to {most:,.1f}: a third of the rows at most"
            self.notices.append(message)
        return max(1.0, min(self.settings.perplexity, most))

    def _weigh(self) -> None:
        """Joint probabilities of neighbours, as rows of a sparse matrix."""
        perplexity = self._perplexity()
        k = min(self._rows.shape[1], max(1, int(3 * perplexity)))
        squares = np.square(self._distances[:, :k])
        chances = np.empty_like(squares)
        kernels.calibrate(np.ascontiguousarray(squares), min(perplexity, k * 0.99), chances)
        firsts, others, weights = symmetric(self._rows[:, :k], chances, _sum)
        if self._labels is not None and self.settings.supervision > 0:
            rows = np.repeat(np.arange(len(firsts) - 1), np.diff(firsts))
            one, other = self._labels[rows], self._labels[others]
            apart = (one >= 0) & (other >= 0) & (one != other)
            weights = weights * np.where(apart, 1 - min(1.0, self.settings.supervision), 1.0)
        total = weights.sum() or 1.0
        self._firsts = firsts
        self._others = others
        self._weights = (weights / total).astype(np.float32)
        known = self._weights[self._weights > 0].astype(np.float64)
        self._entropy = float((known * np.log(known)).sum())

    def change(self, settings: TsneSettings, control: Control | None = None) -> None:
        """Go on with other settings; dimensions, metric and seed stay what they were."""
        old = self.settings
        self.settings = replace(
            settings, dimensions=old.dimensions, metric=old.metric, seed=old.seed
        )
        if (settings.perplexity, settings.supervision) != (old.perplexity, old.supervision):
            perplexity = self._perplexity()
            if min(len(self._vectors) - 1, int(3 * perplexity)) > self._rows.shape[1]:
                self._find_neighbours(control)
            self._weigh()

    def step(self) -> None:
        """Do one iteration."""
        n, width = self._moves.shape
        settings = self.settings
        early = self.iteration < settings.early_iterations
        exaggeration = _EARLY_EXAGGERATION if early else settings.exaggeration
        rate = settings.learning_rate or max(200.0, n / exaggeration)
        momentum = _EARLY_MOMENTUM if early else _MOMENTUM
        with_error = self.iteration % _ERROR_EVERY == 0
        pull, error = self._attract(with_error)
        push, total = self._repel()
        total = max(total, 1e-300)
        if with_error:
            self.error = self._entropy + error + float(np.log(total))
        gradient = 4 * (exaggeration * pull[:, :width] - push[:, :width] / total)
        same = np.sign(gradient) == np.sign(self._moves)
        np.multiply(self._gains, 0.8, out=self._gains, where=same)
        np.add(self._gains, 0.2, out=self._gains, where=~same)
        np.maximum(self._gains, _LOWEST_GAIN, out=self._gains)
        self._moves *= momentum
        self._moves -= rate * self._gains * gradient
        length = np.sqrt(np.einsum("ij,ij->i", self._moves, self._moves))
        long = length > _LONGEST_STEP
        self._moves[long] *= (_LONGEST_STEP / length[long])[:, None]
        self.places[:, :width] += self._moves
        self.places[:, :width] -= self.places[:, :width].mean(axis=0)
        self.iteration += 1

    def _parts(self) -> list[tuple[int, int]]:
        n = len(self.places)
        parts = max(1, min(4 * thread_count(), n // 256))
        cuts = [n * part // parts for part in range(parts + 1)]
        return list(pairwise(cuts))

    def _attract(self, with_error: bool) -> tuple[npt.NDArray[np.float64], float]:
        forces = np.empty_like(self.places)
        jobs = [
            self._pool.submit(
                kernels.attract,
                self.places,
                self._firsts,
                self._others,
                self._weights,
                begin,
                end,
                with_error,
                forces,
            )
            for begin, end in self._parts()
        ]
        return forces, sum(job.result() for job in jobs)

    def _repel(self) -> tuple[npt.NDArray[np.float64], float]:
        tree, order = make_tree(self.places, self.settings.dimensions)
        sorted_forces = np.empty_like(self.places)
        jobs = [
            self._pool.submit(tree.repel, begin, end, _THETA, sorted_forces)
            for begin, end in self._parts()
        ]
        total = sum(job.result() for job in jobs)
        forces = np.empty_like(sorted_forces)
        forces[order] = sorted_forces
        return forces, total


def make_tree(
    places: npt.NDArray[np.float64], dimensions: int
) -> tuple[kernels.Tree, npt.NDArray[np.int64]]:
    """Return a tree over places (n, 3) and the order of its points."""
    bits = kernels.BITS[dimensions]
    low = places.min(axis=0)
    extent = max(float((places.max(axis=0) - low).max()), 1e-30)
    scale = (2.0**bits - 1) / extent
    codes = np.empty(len(places), np.uint64)
    kernels.morton(places, low, scale, dimensions, bits, codes)
    order = np.argsort(codes)
    tree = kernels.Tree(
        np.ascontiguousarray(places[order]), codes[order], dimensions, bits, 1 / scale
    )
    return tree, order


def _sum(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return one + other


def symmetric(
    rows: npt.NDArray[np.int64], weights: npt.NDArray[np.float32], join: Joining
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.float64]]:
    """Join the weights (n, k) of neighbours `rows` with those the other way, 0 where there is none.

    Returns where each row begins (n + 1), the neighbours, and ``join(weight, weight back)``.
    """
    n, k = rows.shape
    heads = np.repeat(np.arange(n), k)
    tails = rows.ravel()
    there = tails >= 0
    heads, tails = heads[there], tails[there]
    values = weights.ravel()[there].astype(np.float64)
    keys = np.concatenate([heads * n + tails, tails * n + heads])
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    first = np.empty(len(keys), np.bool_)
    first[:1] = True
    np.not_equal(keys[1:], keys[:-1], out=first[1:])
    at = np.flatnonzero(first)
    # The weight there comes before the weight back, each at most once.
    ahead = np.concatenate([values, np.zeros(len(values))])[order]
    back = np.concatenate([np.zeros(len(values)), values])[order]
    joined = join(np.add.reduceat(ahead, at), np.add.reduceat(back, at))
    keys = keys[at]
    firsts = np.searchsorted(keys, np.arange(n + 1) * n)
    return firsts, (keys % n).astype(np.int32), joined
