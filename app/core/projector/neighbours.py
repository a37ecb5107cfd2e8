"""Nearest neighbours: exact.

Products in float32 say which rows may be among the nearest, by the bound of their rounding errors;
these are measured in float64.
"""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from eventglass.app.core.projector import kernels
from eventglass.app.core.projector.notices import Control, check

_UNIT = 2.0**-24
#: Beyond this length products may leave float32's range.
_LONGEST = 1e15
_BLOCK_CELLS = 1 << 20
_PAIR_CELLS = 1 << 23
_THREADS = max(1, min(8, os.cpu_count() or 1))


class Metric(StrEnum):
    """How far two rows are from each other.

    cosine: 1 - cosine of the angle, 1 where a row is zero; dot: the product, where more is nearer.
    """

    COSINE = "cosine"
    EUCLIDEAN = "euclidean"
    DOT = "dot"


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Rows in order of nearness, equally near ones by number.

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
        self._finite = finite
        self._lock = threading.Lock()
        self._lengths: npt.NDArray[np.float64] | None = None

    @property
    def lengths(self) -> npt.NDArray[np.float64]:
        """Length of each row, (n,) float64; NaN where a row is not finite."""
        with self._lock:
            if self._lengths is None:
                made = np.empty(len(self.vectors))
                step = max(1, _BLOCK_CELLS // max(1, self.vectors.shape[1]))
                for begin in range(0, len(made), step):
                    block = self.vectors[begin : begin + step].astype(np.float64)
                    made[begin : begin + step] = np.einsum("ij,ij->i", block, block)
                with np.errstate(invalid="ignore"):
                    np.sqrt(made, out=made)
                if self._finite is not None:
                    made[~self._finite] = np.nan
                else:
                    made[~np.isfinite(made)] = np.nan
                self._lengths = made
            return self._lengths

    def nearest(
        self,
        row: int,
        count: int,
        metric: Metric = Metric.COSINE,
        among: npt.NDArray[np.bool_] | None = None,
    ) -> Neighbours:
        """The nearest other rows of a row, at most `count`, of those `among` where given."""
        lengths = self.lengths
        own = lengths[row]
        if count < 1 or not np.isfinite(own):
            return Neighbours(np.zeros(0, np.int64), np.zeros(0))
        allowed = ~np.isnan(lengths)
        if among is not None:
            allowed &= among
        allowed[row] = False
        rows = self._candidates(self.vectors[row], own, count, metric, allowed)
        distances = self._measure(row, rows, metric)
        order = np.lexsort((rows, -distances if metric is Metric.DOT else distances))[:count]
        return Neighbours(rows[order], distances[order])

    def _candidates(
        self,
        vector: npt.NDArray[np.float32],
        own: float,
        count: int,
        metric: Metric,
        allowed: npt.NDArray[np.bool_],
    ) -> npt.NDArray[np.int64]:
        """Rows that hold the `count` nearest for sure."""
        everything = np.flatnonzero(allowed)
        lengths = self.lengths
        longest = float(np.nanmax(lengths[everything], initial=0.0))
        shortest = float(np.nanmin(lengths[everything], initial=1.0))
        safe = longest < _LONGEST and own < _LONGEST and shortest > 1e-15 and own > 1e-15
        if len(everything) <= count or not safe:
            return everything
        d = self.vectors.shape[1]
        with np.errstate(invalid="ignore", over="ignore"):
            products = (self.vectors @ vector).astype(np.float64)
        # The standard bound of a sum of d products, and a few roundings besides.
        relative = (d + 4) * _UNIT / (1 - (d + 4) * _UNIT)
        if metric is Metric.DOT:
            scores, bound = -products, np.full(len(products), relative * own * longest)
        elif metric is Metric.COSINE:
            scores = -products / (lengths * own)
            bound = np.full(len(products), relative)
        else:
            scores = lengths * lengths - 2 * products
            bound = 2 * relative * own * lengths + 1e-12 * (lengths + own) ** 2
        scores[~allowed] = np.inf
        upper = scores + bound
        worst = np.partition(upper, count - 1)[count - 1]
        return np.flatnonzero((scores - bound <= worst) & allowed)

    def _measure(
        self, row: int, rows: npt.NDArray[np.int64], metric: Metric
    ) -> npt.NDArray[np.float64]:
        vector = self.vectors[row].astype(np.float64)
        made = np.empty(len(rows))
        step = max(1, _BLOCK_CELLS // max(1, len(vector)))
        for begin in range(0, len(rows), step):
            chosen = rows[begin : begin + step]
            block = self.vectors[chosen].astype(np.float64)
            if metric is Metric.EUCLIDEAN:
                block -= vector
                made[begin : begin + step] = np.sqrt(np.einsum("ij,ij->i", block, block))
                continue
            products = block @ vector
            if metric is Metric.COSINE:
                scale = self.lengths[chosen] * self.lengths[row]
                cosine = np.divide(products, scale, out=np.zeros_like(products), where=scale > 0)
                products = np.clip(1 - cosine, 0, 2)
            made[begin : begin + step] = products
        return made

    def all_pairs(
        self, count: int, metric: Metric = Metric.COSINE, control: Control | None = None
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        """Neighbours of every row: rows (n, k) int64 and distances (n, k) float32.

        In float32 alone: rows nearly equally near may change places. Rows that are not finite have
        -1 and NaN, as have places for which there are no more rows.
        """
        n = len(self.vectors)
        good = np.flatnonzero(~np.isnan(self.lengths))
        count = max(0, min(count, len(good) - 1))
        found = np.full((n, count), -1, np.int64)
        distances = np.full((n, count), np.nan, np.float32)
        if count == 0:
            return found, distances
        data, squares = self._prepared(good, metric)
        step = max(_THREADS, min(len(good), _PAIR_CELLS // len(good)))
        near = np.empty((step, count), np.int64)
        values = np.empty((step, count), np.float32)
        scores = np.empty((step, len(good)), np.float32)
        with ThreadPoolExecutor(_THREADS) as pool:
            for begin in range(0, len(good), step):
                check(control, begin / len(good))
                own = data[begin : begin + step]
                size = len(own)
                np.matmul(own, data.T, out=scores[:size])
                part = (size + _THREADS - 1) // _THREADS
                jobs = [
                    pool.submit(
                        _pick, scores, squares, begin, low, min(low + part, size), near, values
                    )
                    for low in range(0, size, part)
                ]
                for job in jobs:
                    job.result()
                rows = good[begin : begin + step]
                found[rows] = good[near[:size]]
                distances[rows] = _distances(own, data, near[:size], values[:size], metric)
        return found, distances

    def _prepared(
        self, good: npt.NDArray[np.int64], metric: Metric
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32] | None]:
        """Rows whose products tell the order, and for distances their squares."""
        data = self.vectors if len(good) == len(self.vectors) else self.vectors[good]
        if metric is Metric.DOT:
            return data, None
        if metric is Metric.COSINE:
            lengths = self.lengths[good].astype(np.float32)
            lengths[lengths == 0] = 1
            return np.divide(data, lengths[:, None], dtype=np.float32), None
        # About their mean: far from zero the products would swallow the distances.
        data = data - data.mean(axis=0, dtype=np.float64).astype(np.float32)
        return data, np.einsum("ij,ij->i", data, data)


def _pick(
    scores: npt.NDArray[np.float32],
    squares: npt.NDArray[np.float32] | None,
    begin: int,
    low: int,
    high: int,
    near: npt.NDArray[np.int64],
    values: npt.NDArray[np.float32],
) -> None:
    """Turn some rows of products into scores that rise with distance, and take the smallest."""
    part = scores[low:high]
    if squares is not None:
        part *= -2
        part += squares
    else:
        np.negative(part, out=part)
    at = np.arange(low, high)
    # A number that is none is never taken.
    scores[at, begin + at] = np.nan
    kernels.select(scores, low, high, near, values)


def _distances(
    own: npt.NDArray[np.float32],
    data: npt.NDArray[np.float32],
    near: npt.NDArray[np.int64],
    values: npt.NDArray[np.float32],
    metric: Metric,
) -> npt.NDArray[np.float32]:
    """Distances (m, k) of the rows found."""
    if metric is Metric.DOT:
        return -values
    if metric is Metric.COSINE:
        return np.clip(1 + values, 0, 2)
    made = np.empty(near.shape, np.float32)
    step = max(1, _BLOCK_CELLS // (near.shape[1] * data.shape[1]))
    for begin in range(0, len(near), step):
        difference = data[near[begin : begin + step]] - own[begin : begin + step, None]
        made[begin : begin + step] = np.sqrt(np.einsum("ijk,ijk->ij", difference, difference))
    return made
