"""Time each kind of smoothing on one core; prints JSON, million points a second.

Run by hand: ``./dev bench smooth``. A line of noise, with steps for the averages over time; each
figure is everything `smooth_series` does: looking for values that are not finite, filtering, and
the pyramid the line is drawn from. ``ratio`` is against the slowest speed that was promised.
"""

from __future__ import annotations

import time

import numpy as np

from eventglass.app.core.compute import windows
from eventglass.app.core.compute.ranges import as_pieces
from eventglass.app.core.compute.smoothing import METHODS, smooth_series, window
from tests.benchmarks import measure

#: Million points a second.
PROMISED = {method: 5.0 if method in ("median", "savgol") else 20.0 for method in METHODS}
WEIGHTS = (0.3, 0.6, 0.9, 0.99, 0.999)


def speeds(values: np.ndarray, x: np.ndarray, repeats: int) -> dict[str, dict[str, float]]:
    """Best of some runs by method and weight, in million points a second."""
    found: dict[str, dict[str, float]] = {}
    pieces = as_pieces(len(values))
    for method in METHODS:
        found[method] = {}
        for weight in WEIGHTS:
            taken = []
            for _ in range(repeats):
                begin = time.perf_counter()
                smooth_series(values, pieces, weight, method=method, x=x)
                taken.append(time.perf_counter() - begin)
            found[method][str(weight)] = measure.rounded(len(values) / min(taken) / 1e6, 3)
    return found


def main() -> None:
    parser = measure.parser(__doc__, repeats=3)
    parser.add_argument("--small", action="store_true", help="a million points, not ten")
    options = parser.parse_args()
    count = 1_000_000 if options.small else 10_000_000
    rng = np.random.default_rng(0)
    values = rng.normal(size=count)
    steps = np.arange(count) * 10
    uneven = np.cumsum(rng.exponential(size=count))
    found = speeds(values, steps, options.repeats)
    with_gaps = values.copy()
    with_gaps[::100] = np.nan
    broken = speeds(with_gaps, uneven, options.repeats)
    slowest = {method: min(found[method].values()) for method in METHODS}
    slowest_broken = {method: min(broken[method].values()) for method in METHODS}
    measure.report(
        "smooth",
        {
            "unit": "million points a second, one core",
            "points": count,
            "compiled": not str(windows.__file__).endswith(".py"),
            "windows": {str(weight): window(weight) for weight in WEIGHTS},
            "by_weight": found,
            "slowest": slowest,
            "slowest_with_nan_and_uneven_times": slowest_broken,
            "promised": PROMISED,
            "ratio": {m: measure.rounded(slowest[m] / PROMISED[m], 3) for m in METHODS},
            "missed": [m for m in METHODS if min(slowest[m], slowest_broken[m]) < PROMISED[m]],
        },
    )


if __name__ == "__main__":
    main()
