"""How data become places on an axis: linear, logarithmic, symmetric logarithmic.

A *drawn* number is what is spread evenly over an axis. On a logarithmic axis that is log10 of the
value. On a symmetric one it is sign(v) log10(1 + |v| / c) (J. B. W. Webber, "A bi-symmetric log
transformation for wide-range data", 2013): both signs and zero have a place, the values within
about ±c lie evenly, and the decades beyond are as wide as on a logarithmic axis. c is the
*constant* of the scale.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

ScaleKind: TypeAlias = Literal["linear", "log", "symlog"]
#: Numbers of the kinds in compiled loops.
CODES: dict[ScaleKind, int] = {"linear": 0, "log": 1, "symlog": 2}

#: What log10 of zero or less becomes: below any bottom, still finite.
LOG_OF_NOTHING = -1e4
#: A symmetric axis shows at most so many decades on each side of its even middle.
MOST_DECADES = 6
#: Values of a line looked at to choose the constant.
_SAMPLE = 20_000
#: |v| / c is held to this.
_MOST = 1e308


@dataclass(frozen=True, slots=True)
class Scale:
    """One axis' way from data to drawn numbers; the constant matters to symlog only."""

    kind: ScaleKind = "linear"
    constant: float = 1.0

    @property
    def code(self) -> int:
        """The kind's number in compiled loops."""
        return CODES[self.kind]

    def drawn(self, value: float) -> float:
        """Return the drawn number of a value; far below for what a logarithm does not have."""
        if self.kind == "log":
            return math.log10(value) if value > 0.0 else LOG_OF_NOTHING
        if self.kind == "symlog":
            share = min(abs(value) / self.constant, _MOST)
            return math.copysign(math.log1p(share) / math.log(10.0), value)
        return value

    def value(self, drawn: float) -> float:
        """Return the value at a drawn number."""
        if self.kind == "log":
            return float(10.0 ** min(max(drawn, -307.0), 308.0))
        if self.kind == "symlog":
            size = math.expm1(min(abs(drawn), 308.0) * math.log(10.0)) * self.constant
            return math.copysign(min(size, 1e308), drawn)
        return drawn

    def drawn_of(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the drawn numbers of values of any shape; infinities and NaN stay as they are."""
        if self.kind == "linear":
            return values
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            if self.kind == "log":
                made = np.log10(values)
                made[values <= 0.0] = LOG_OF_NOTHING
                made[values == -np.inf] = -np.inf
                return made
            share = np.abs(values) / self.constant
            made = np.copysign(np.log1p(np.minimum(share, _MOST)) / math.log(10.0), values)
            return np.where(np.isfinite(values), made, values)


LINEAR = Scale()


@dataclass(frozen=True, slots=True)
class Scales:
    """The scales of a chart's three axes."""

    x: Scale = LINEAR
    y: Scale = LINEAR
    right: Scale = LINEAR

    def of(self, axis: Literal["left", "right"]) -> Scale:
        """Return the scale of a vertical axis."""
        return self.right if axis == "right" else self.y


def symlog_constant(lines: Iterable[npt.NDArray[np.float64]]) -> float:
    """Return the constant of a symmetric axis for these values: a power of ten.

    The decade at or below the 10 % quantile of the sizes of all values that are not zero, so that
    most of the data lie where decades are told apart; but no more than `MOST_DECADES` below the
    greatest, for what is that small beside it is zero to the eye. Of long arrays every k-th value
    is looked at. 1 when there is nothing but zeros.
    """
    parts = []
    for values in lines:
        stride = max(1, -(-len(values) // _SAMPLE))
        sizes = np.abs(values[::stride])
        parts.append(sizes[(sizes > 0.0) & (sizes < np.inf)])
    pool = np.concatenate(parts) if parts else np.empty(0)
    if not len(pool):
        return 1.0
    place = len(pool) // 10
    pool.partition(place)
    least, greatest = math.log10(float(pool[place])), math.log10(float(pool.max()))
    power = max(math.floor(least + 1e-9), math.floor(greatest + 1e-9) - MOST_DECADES)
    return float(10.0 ** min(max(power, -290), 290))
