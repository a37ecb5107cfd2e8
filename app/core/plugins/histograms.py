"""Histograms: how the values of a tensor were spread at a step.

Old-style histograms (``Summary.Value.histo``, all of PyTorch's) cover the whole of float64 with
buckets, most of them empty, and know the true minimum and maximum. They are read as TensorBoard's
Python reader does: empty buckets at both ends are dropped, the first bucket left begins at the
minimum and the last ends at the maximum. Unlike there, everything stays float64, and a minimum or
maximum that contradicts the buckets gives way to the bucket's own limit, so that no bucket runs
backwards.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eventglass.app.core.plugins import DecodeError, SeriesInfo
from eventglass.app.core.plugins.tensors import numbers_of
from eventglass.app.core.plugins.values import parse_value
from eventglass.app.core.proto import event_pb2

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Histogram:
    """Buckets in rising order.

    Attributes
    ----------
    left, right
        (k,) float64, edges of the buckets; k may be 0.
    count
        (k,) float64, how many values lie in each bucket; need not be whole.
    number, total, squares
        How many values there are, their sum and the sum of their squares, as far as the summary
        says; NaN in new-style histograms.
    """

    left: Floats
    right: Floats
    count: Floats
    number: float = math.nan
    total: float = math.nan
    squares: float = math.nan

    def __post_init__(self) -> None:
        for array in (self.left, self.right, self.count):
            array.setflags(write=False)


def decode(payload: bytes, series: SeriesInfo) -> Histogram:
    """Return the histogram in a summary value, old style or new."""
    value = parse_value(payload)
    match value.WhichOneof("value"):
        case "tensor":
            rows = numbers_of(value.tensor, "A histogram")
            # TensorFlow before 2.5 wrote empty ones as shape [0].
            if rows.size == 0:
                rows = rows.reshape(0, 3)
            if rows.ndim != 2 or rows.shape[1] != 3:
                raise DecodeError(
                    f"A histogram's tensor should be of shape [k, 3], not {[*rows.shape]}"
                )
            return Histogram(rows[:, 0].copy(), rows[:, 1].copy(), rows[:, 2].copy())
        case "histo":
            return from_old_style(value.histo)
        case None:
            raise DecodeError("This histogram has no value")
        case other:
            raise DecodeError(f"A histogram should be a tensor, not {other!r}")


def from_old_style(message: event_pb2.Histogram) -> Histogram:
    """Return the buckets of an old-style histogram that aren't empty outer ones."""
    limits = np.array(message.bucket_limit, dtype=np.float64)
    counts = np.array(message.bucket, dtype=np.float64)
    if len(limits) < len(counts):
        raise DecodeError(f"The histogram has {len(limits):,} limits for {len(counts):,} buckets")
    filled = np.flatnonzero(counts > 0)
    if not len(filled):
        empty = np.empty(0)
        return Histogram(empty, empty.copy(), empty.copy(), *_sums(message))
    first, last = filled[0], filled[-1]
    counts = counts[first : last + 1]
    inner = limits[first:last]
    left = np.concatenate([[message.min], inner])
    right = np.concatenate([inner, [message.max]])
    # Written so that a NaN counts as a contradiction.
    if not left[0] <= right[0]:
        left[0] = limits[first - 1] if first > 0 else min(limits[first], right[0])
    if not left[-1] <= right[-1]:
        right[-1] = max(limits[last], left[-1])
    return Histogram(left, right, counts, *_sums(message))


def _sums(message: event_pb2.Histogram) -> tuple[float, float, float]:
    return message.num, message.sum, message.sum_squares
