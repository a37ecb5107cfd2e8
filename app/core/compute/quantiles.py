"""Quantiles that say how sure a mean or a median of a few runs is."""

from __future__ import annotations

import math
from functools import lru_cache

#: Beyond so many degrees of freedom a series in 1 / n is exact to ten digits.
_MANY = 400


def _inside(t: float, freedom: int) -> float:
    """Probability that Student's t lies between -t and t (Abramowitz and Stegun, 26.7.3 and 4)."""
    angle = math.atan2(t, math.sqrt(freedom))
    sine, cosine = math.sin(angle), math.cos(angle)
    square = cosine * cosine
    if freedom % 2:
        term = total = cosine if freedom > 1 else 0.0
        for k in range(3, freedom - 1, 2):
            term *= square * (k - 1) / k
            total += term
        return 2.0 / math.pi * (angle + sine * total)
    term = total = 1.0
    for k in range(2, freedom - 1, 2):
        term *= square * (k - 1) / k
        total += term
    return sine * total


@lru_cache(maxsize=4096)
def student_t(freedom: int) -> float:
    """Return the t that 95 % of Student's distribution lie within, on both sides of 0.

    Parameters
    ----------
    freedom : int
        Degrees of freedom, at least 1.
    """
    if freedom > _MANY:
        # Expansion around the normal quantile (Abramowitz and Stegun, 26.7.5).
        z = 1.959963984540054
        n = float(freedom)
        terms = (
            (z**3 + z) / 4.0,
            (5.0 * z**5 + 16.0 * z**3 + 3.0 * z) / 96.0,
            (3.0 * z**7 + 19.0 * z**5 + 17.0 * z**3 - 15.0 * z) / 384.0,
        )
        return z + sum(term / n**k for k, term in enumerate(terms, 1))
    low, high = 1.9, 13.0
    while high - low > 1e-13 * high:
        middle = 0.5 * (low + high)
        if middle in (low, high):
            break
        if _inside(middle, freedom) < 0.95:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


@lru_cache(maxsize=4096)
def median_rank(count: int) -> int:
    """Return the rank, from 0, of the lower end of the median's 95 % confidence interval.

    The interval from this rank to the same one counted from the top holds the true median with a
    probability of 95 % or more, whatever the distribution (each point lies below it with one half).
    With fewer than six points no interval does; then it is 0, the whole range.
    """
    # Number of points below the median: binomial with one half. Its sum, from none on.
    log_term = -count * math.log(2.0)
    below = 0.0
    for k in range(count // 2 + 1):
        below += math.exp(log_term)
        if below > 0.025:
            return max(k - 1, 0) if k else 0
        log_term += math.log((count - k) / (k + 1.0))
    return 0
