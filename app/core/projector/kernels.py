"""The loops of t-SNE, UMAP and of finding neighbours. Compiled; they hold no lock of Python's.

Places are rows of three numbers, also in the plane, where the third is 0.

`Tree` is a Barnes-Hut tree (Barnes and Hut 1986; for t-SNE van der Maaten 2014): points in the
order of their Morton codes, and cells over ranges of them in the order in which they are walked, so
that a cell that is far enough is passed over by one jump.
"""

# mypy: disable-error-code="valid-type"
# (Cython's const views are no types to mypy.)

from __future__ import annotations

from typing import Any

import numpy as np

try:
    import cython
except ImportError:
    from eventglass.app.core import shadow as cython  # type: ignore[no-redef]
if cython.compiled:
    from cython.cimports.libc.math import exp, log, powf
else:
    from math import exp, log
    from math import pow as powf

#: Whether the loops run compiled.
COMPILED: bool = cython.compiled
#: Points in a cell that is not divided.
LEAF = 8
_LEAF = cython.declare(cython.Py_ssize_t, 8)
#: Bits of a Morton code per dimension, by the number of dimensions.
BITS = {2: 31, 3: 21}
#: Columns of `Tree.cells`: centre of mass, number of points, square of the width.
_X, _Y, _Z, _MASS, _WIDTH = range(5)
_MASK = cython.declare(cython.ulonglong, 0xFFFFFFFFFFFFFFFF)
_FACTOR = cython.declare(cython.ulonglong, 2685821657736338717)
_ONE = cython.declare(cython.ulonglong, 1)


def morton(
    places: cython.const[cython.double][:, ::1],
    low: cython.const[cython.double][::1],
    scale: cython.double,
    dimensions: cython.int,
    bits: cython.int,
    codes: cython.ulonglong[::1],
) -> None:
    """Morton codes of places: their bits in turns, the last dimension's in front."""
    i: cython.Py_ssize_t
    d: cython.int
    bit: cython.int
    code: cython.ulonglong
    top: cython.double = 2.0**bits - 1
    value: cython.double
    whole: cython.ulonglong
    with cython.nogil:
        for i in range(places.shape[0]):
            code = 0
            for d in range(dimensions):
                value = (places[i, d] - low[d]) * scale
                if not value > 0:
                    value = 0
                elif value > top:
                    value = top
                whole = cython.cast(cython.ulonglong, value)
                for bit in range(bits):
                    code |= ((whole >> bit) & _ONE) << (bit * dimensions + d)
            codes[i] = code


@cython.cclass
class Tree:
    """Cells over points in Morton order; `places` and `codes` are in that order."""

    places: cython.const[cython.double][:, ::1]
    codes: cython.const[cython.ulonglong][::1]
    cells: cython.double[:, ::1]
    spans: cython.longlong[:, ::1]
    count: cython.Py_ssize_t
    dimensions: cython.int
    size: cython.double

    def __init__(
        self,
        places: Any,
        codes: Any,
        dimensions: int,
        bits: int,
        size: float,
    ) -> None:
        """Build the tree; `size` is the width of the cube that a code's smallest step divides."""
        self.places = places
        self.codes = codes
        self.dimensions = dimensions
        self.size = size
        room = 2 * len(codes) + 2
        self.cells = np.empty((room, 5))
        # The next cell that is not inside, the first point, the last, 1 for one place.
        self.spans = np.empty((room, 4), np.int64)
        self.count = 0
        level: cython.int = bits - 1
        with cython.nogil:
            if self.codes.shape[0]:
                self.grow(0, self.codes.shape[0], level)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def grow(
        self, begin: cython.Py_ssize_t, end: cython.Py_ssize_t, level: cython.int
    ) -> cython.Py_ssize_t:
        """Make the cell of some points and those inside; returns its number."""
        cell: cython.Py_ssize_t = self.count
        i: cython.Py_ssize_t
        at: cython.Py_ssize_t
        inner: cython.Py_ssize_t
        x: cython.double = 0
        y: cython.double = 0
        z: cython.double = 0
        width: cython.double
        differ: cython.ulonglong = self.codes[begin] ^ self.codes[end - 1]
        low: cython.Py_ssize_t
        high: cython.Py_ssize_t
        middle: cython.Py_ssize_t
        prefix: cython.ulonglong
        _turn: cython.int
        self.count += 1
        # Down to where they part: no cell has only one cell inside.
        while level >= 0 and (differ >> (level * self.dimensions)) == 0:
            level -= 1
        width = self.size
        for _turn in range(level + 1):
            width *= 2
        self.cells[cell, 4] = width * width
        self.spans[cell, 1] = begin
        self.spans[cell, 2] = end
        self.spans[cell, 3] = 1 if level < 0 else 0
        if level < 0 or end - begin <= _LEAF:
            for i in range(begin, end):
                x += self.places[i, 0]
                y += self.places[i, 1]
                z += self.places[i, 2]
            self.spans[cell, 3] += 2
        else:
            at = begin
            while at < end:
                # The first point of another cell of this level.
                prefix = self.codes[at] >> (level * self.dimensions)
                low = at
                high = end
                while high - low > 1:
                    middle = (low + high) // 2
                    if (self.codes[middle] >> (level * self.dimensions)) == prefix:
                        low = middle
                    else:
                        high = middle
                inner = self.grow(at, high, level - 1)
                x += self.cells[inner, 0] * self.cells[inner, 3]
                y += self.cells[inner, 1] * self.cells[inner, 3]
                z += self.cells[inner, 2] * self.cells[inner, 3]
                at = high
        self.cells[cell, 3] = end - begin
        self.cells[cell, 0] = x / (end - begin)
        self.cells[cell, 1] = y / (end - begin)
        self.cells[cell, 2] = z / (end - begin)
        self.spans[cell, 0] = self.count
        return cell

    def repel(
        self,
        begin: cython.Py_ssize_t,
        end: cython.Py_ssize_t,
        theta: cython.double,
        forces: cython.double[:, ::1],
    ) -> float:
        """Sum over all others of ``w² (y_i - y_j)`` with ``w = 1 / (1 + |y_i - y_j|²)``.

        For the points `begin` to `end` in Morton order; returns the sum of all ``w``.
        """
        i: cython.Py_ssize_t
        j: cython.Py_ssize_t
        cell: cython.Py_ssize_t
        x: cython.double
        y: cython.double
        z: cython.double
        dx: cython.double
        dy: cython.double
        dz: cython.double
        square: cython.double
        weight: cython.double
        mass: cython.double
        fx: cython.double
        fy: cython.double
        fz: cython.double
        total: cython.double = 0
        near: cython.double = theta * theta
        inside: cython.bint
        with cython.nogil:
            for i in range(begin, end):
                x = self.places[i, 0]
                y = self.places[i, 1]
                z = self.places[i, 2]
                fx = 0
                fy = 0
                fz = 0
                cell = 0
                while cell < self.count:
                    dx = x - self.cells[cell, 0]
                    dy = y - self.cells[cell, 1]
                    dz = z - self.cells[cell, 2]
                    square = dx * dx + dy * dy + dz * dz
                    inside = self.spans[cell, 1] <= i and i < self.spans[cell, 2]
                    if self.spans[cell, 3] == 3 or (
                        self.cells[cell, 4] < near * square and not inside
                    ):
                        # Far enough, or points all in one place.
                        mass = self.cells[cell, 3] - inside
                        weight = 1 / (1 + square)
                        total += mass * weight
                        weight = mass * weight * weight
                        fx += weight * dx
                        fy += weight * dy
                        fz += weight * dz
                        cell = self.spans[cell, 0]
                    elif self.spans[cell, 3] == 2:
                        for j in range(self.spans[cell, 1], self.spans[cell, 2]):
                            if j == i:
                                continue
                            dx = x - self.places[j, 0]
                            dy = y - self.places[j, 1]
                            dz = z - self.places[j, 2]
                            weight = 1 / (1 + dx * dx + dy * dy + dz * dz)
                            total += weight
                            weight = weight * weight
                            fx += weight * dx
                            fy += weight * dy
                            fz += weight * dz
                        cell = self.spans[cell, 0]
                    else:
                        cell += 1
                forces[i, 0] = fx
                forces[i, 1] = fy
                forces[i, 2] = fz
        return float(total)


def attract(
    places: cython.const[cython.double][:, ::1],
    firsts: cython.const[cython.longlong][::1],
    others: cython.const[cython.int][::1],
    weights: cython.const[cython.float][::1],
    begin: cython.Py_ssize_t,
    end: cython.Py_ssize_t,
    with_error: cython.bint,
    forces: cython.double[:, ::1],
) -> float:
    """Sum over neighbours of ``p w (y_i - y_j)``; returns the sum of ``p log(1 / w)`` if asked."""
    i: cython.Py_ssize_t
    at: cython.Py_ssize_t
    j: cython.int
    dx: cython.double
    dy: cython.double
    dz: cython.double
    fx: cython.double
    fy: cython.double
    fz: cython.double
    square: cython.double
    weight: cython.double
    error: cython.double = 0
    with cython.nogil:
        for i in range(begin, end):
            fx = 0
            fy = 0
            fz = 0
            for at in range(firsts[i], firsts[i + 1]):
                j = others[at]
                dx = places[i, 0] - places[j, 0]
                dy = places[i, 1] - places[j, 1]
                dz = places[i, 2] - places[j, 2]
                square = 1 + dx * dx + dy * dy + dz * dz
                if with_error:
                    error += weights[at] * log(square)
                weight = weights[at] / square
                fx += weight * dx
                fy += weight * dy
                fz += weight * dz
            forces[i, 0] = fx
            forces[i, 1] = fy
            forces[i, 2] = fz
    return float(error)


def calibrate(
    squares: cython.const[cython.float][:, ::1],
    perplexity: cython.double,
    out: cython.float[:, ::1],
) -> None:
    """Turn squared distances (n, k) to probabilities whose entropy is log(perplexity), by row."""
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    k: cython.Py_ssize_t = squares.shape[1]
    _turn: cython.int
    beta: cython.double
    low: cython.double
    high: cython.double
    total: cython.double
    weighted: cython.double
    weight: cython.double
    entropy: cython.double
    nearest: cython.double
    scale: cython.double
    wanted: cython.double
    with cython.nogil:
        wanted = log(perplexity)
        for i in range(squares.shape[0]):
            nearest = squares[i, 0]
            scale = 0
            for j in range(k):
                if squares[i, j] < nearest:
                    nearest = squares[i, j]
                scale += squares[i, j]
            scale = scale / k - nearest
            if not scale > 0:
                # All as near as each other.
                for j in range(k):
                    out[i, j] = 1.0 / k
                continue
            # In units of the mean: then the search begins in the right place.
            beta = 1
            low = 0
            high = -1
            for _turn in range(200):
                total = 0
                weighted = 0
                for j in range(k):
                    weight = (squares[i, j] - nearest) / scale
                    weighted += weight * exp(-beta * weight)
                    total += exp(-beta * weight)
                entropy = log(total) + beta * weighted / total
                if -1e-6 < entropy - wanted < 1e-6:
                    break
                if entropy > wanted:
                    low = beta
                    beta = beta * 2 if high < 0 else (beta + high) / 2
                else:
                    high = beta
                    beta = (beta + low) / 2
                if beta > 1e30:
                    break
            for j in range(k):
                out[i, j] = exp(-beta * (squares[i, j] - nearest) / scale) / total


def select(
    scores: cython.const[cython.float][:, ::1],
    begin: cython.Py_ssize_t,
    end: cython.Py_ssize_t,
    rows: cython.longlong[:, ::1],
    values: cython.float[:, ::1],
) -> None:
    """The smallest scores of some rows, rising: their columns and the scores.

    As many as `rows` has columns. Of equal ones those of lower columns are taken.
    """
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    k: cython.Py_ssize_t = rows.shape[1]
    at: cython.Py_ssize_t
    child: cython.Py_ssize_t
    filled: cython.Py_ssize_t
    score: cython.float
    worst: cython.float
    row: cython.longlong
    with cython.nogil:
        for i in range(begin, end):
            filled = 0
            worst = 0
            for j in range(scores.shape[1]):
                score = scores[i, j]
                if filled == k:
                    if not score < worst:
                        continue
                    # The largest, at the top, goes; the hole sinks.
                    at = 0
                    while True:
                        child = 2 * at + 1
                        if child >= k:
                            break
                        if child + 1 < k and (
                            values[i, child + 1] > values[i, child]
                            or (
                                values[i, child + 1] == values[i, child]
                                and rows[i, child + 1] > rows[i, child]
                            )
                        ):
                            child += 1
                        # Of equal ones that of the later column is the larger.
                        if values[i, child] <= score:
                            break
                        values[i, at] = values[i, child]
                        rows[i, at] = rows[i, child]
                        at = child
                    values[i, at] = score
                    rows[i, at] = j
                    worst = values[i, 0]
                elif score == score:
                    at = filled
                    while at > 0 and not values[i, (at - 1) // 2] > score:
                        values[i, at] = values[i, (at - 1) // 2]
                        rows[i, at] = rows[i, (at - 1) // 2]
                        at = (at - 1) // 2
                    values[i, at] = score
                    rows[i, at] = j
                    filled += 1
                    worst = values[i, 0]
            # Sort by insertion: the counts are small.
            for j in range(1, filled):
                score = values[i, j]
                row = rows[i, j]
                at = j
                while at > 0 and (
                    values[i, at - 1] > score
                    or (values[i, at - 1] == score and rows[i, at - 1] > row)
                ):
                    values[i, at] = values[i, at - 1]
                    rows[i, at] = rows[i, at - 1]
                    at -= 1
                values[i, at] = score
                rows[i, at] = row
            for j in range(filled, k):
                rows[i, j] = -1


def smooth(distances: cython.const[cython.float][:, ::1], out: cython.float[:, ::1]) -> None:
    """UMAP's strengths of neighbours (n, k): ``exp(-(d - rho) / sigma)``, by row.

    ``rho`` is the distance of the nearest that is not in the same place; ``sigma`` such that the
    strengths sum to log2 of the number of neighbours, the point itself counted.
    """
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    k: cython.Py_ssize_t = distances.shape[1]
    _turn: cython.int
    rho: cython.double
    sigma: cython.double
    low: cython.double
    high: cython.double
    total: cython.double
    mean: cython.double
    whole: cython.double = 0
    wanted: cython.double
    with cython.nogil:
        wanted = log(k + 1.0) / log(2.0)
        for i in range(distances.shape[0]):
            for j in range(k):
                whole += distances[i, j]
        whole = whole / (distances.shape[0] * k)
        for i in range(distances.shape[0]):
            rho = 0
            mean = 0
            for j in range(k):
                mean += distances[i, j]
                if distances[i, j] > 0 and (rho == 0 or distances[i, j] < rho):
                    rho = distances[i, j]
            mean = mean / (k + 1)
            sigma = 1
            low = 0
            high = -1
            for _turn in range(64):
                total = 0
                for j in range(k):
                    if distances[i, j] > rho:
                        total += exp(-(distances[i, j] - rho) / sigma)
                    else:
                        total += 1
                if -1e-5 < total - wanted < 1e-5:
                    break
                if total > wanted:
                    high = sigma
                    sigma = (low + high) / 2
                else:
                    low = sigma
                    sigma = sigma * 2 if high < 0 else (low + high) / 2
            mean = mean if rho > 0 else whole
            if sigma < 1e-3 * mean:
                sigma = 1e-3 * mean
            if not sigma > 0:
                sigma = 1
            for j in range(k):
                if distances[i, j] > rho:
                    out[i, j] = exp(-(distances[i, j] - rho) / sigma)
                else:
                    out[i, j] = 1


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _clip(value: cython.double) -> cython.double:
    if value > 4:
        return 4
    if value < -4:
        return -4
    return value


@cython.cclass
class Sampling:
    """UMAP's descent (McInnes, Healy and Melville 2018), one epoch at a time.

    Edges are drawn in proportion to their strength; for each, some other points are pushed away.
    ``state`` is that of the random numbers (xorshift64*, Vigna 2014).
    """

    places: cython.double[:, ::1]
    heads: cython.const[cython.int][::1]
    tails: cython.const[cython.int][::1]
    periods: cython.const[cython.double][::1]
    due: cython.double[::1]
    due_negative: cython.double[::1]
    state: cython.ulonglong

    def __init__(
        self, places: Any, heads: Any, tails: Any, periods: Any, negatives: int, seed: int
    ) -> None:
        """`periods`: epochs between draws of each edge."""
        self.places = places
        self.heads = heads
        self.tails = tails
        self.periods = periods
        self.due = np.array(periods)
        self.due_negative = np.array(periods) / negatives
        self.state = (seed * 2654435769 + 88172645463325252) & ((1 << 64) - 1)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def draw(self) -> cython.ulonglong:
        """The next random number, of 32 bits."""
        x: cython.ulonglong = self.state
        x = x ^ (x >> 12)
        x = (x ^ (x << 25)) & _MASK
        x = x ^ (x >> 27)
        self.state = x
        return ((x * _FACTOR) & _MASK) >> 32

    def epoch(
        self,
        number: cython.int,
        rate: cython.double,
        a: cython.double,
        b: cython.double,
        dimensions: cython.int,
        negatives: cython.double,
    ) -> None:
        """Move the points of all edges that are due."""
        i: cython.Py_ssize_t
        d: cython.int
        one: cython.int
        other: cython.int
        _turn: cython.int
        turns: cython.int
        n: cython.Py_ssize_t = self.places.shape[0]
        square: cython.double
        power: cython.double
        force: cython.double
        part: cython.double
        with cython.nogil:
            for i in range(self.heads.shape[0]):
                if self.due[i] > number:
                    continue
                one = self.heads[i]
                other = self.tails[i]
                square = 0
                for d in range(dimensions):
                    part = self.places[one, d] - self.places[other, d]
                    square += part * part
                if square > 0:
                    power = powf(square, b)
                    force = -2 * a * b * (power / square) / (a * power + 1)
                    for d in range(dimensions):
                        part = rate * _clip(force * (self.places[one, d] - self.places[other, d]))
                        self.places[one, d] += part
                        self.places[other, d] -= part
                self.due[i] += self.periods[i]
                turns = cython.cast(
                    cython.int, (number - self.due_negative[i]) / (self.periods[i] / negatives)
                )
                for _turn in range(turns):
                    other = cython.cast(cython.int, self.draw() % n)
                    if other == one:
                        continue
                    square = 0
                    for d in range(dimensions):
                        part = self.places[one, d] - self.places[other, d]
                        square += part * part
                    if square > 0:
                        force = 2 * b / ((0.001 + square) * (a * powf(square, b) + 1))
                        for d in range(dimensions):
                            self.places[one, d] += rate * _clip(
                                force * (self.places[one, d] - self.places[other, d])
                            )
                if turns > 0:
                    self.due_negative[i] += turns * self.periods[i] / negatives
