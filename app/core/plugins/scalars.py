"""Scalars: one number at a step. The store keeps them as columns; this reads a single payload."""

from __future__ import annotations

from dataclasses import dataclass

from eventglass.app.core.plugins import DecodeError, SeriesInfo
from eventglass.app.core.plugins.tensors import numbers_of
from eventglass.app.core.plugins.values import parse_value


@dataclass(frozen=True, slots=True)
class Scalar:
    """One number; whatever it was written as, here it is float64."""

    value: float


def decode(payload: bytes, series: SeriesInfo) -> Scalar:
    """Return the number in a summary value: a ``simple_value`` or a tensor of one element."""
    value = parse_value(payload)
    match value.WhichOneof("value"):
        case "simple_value":
            return Scalar(value.simple_value)
        case "tensor":
            array = numbers_of(value.tensor, "A scalar")
            if array.size != 1:
                raise DecodeError(f"A scalar should be one number, not of shape {[*array.shape]}")
            return Scalar(array.item())
        case None:
            raise DecodeError("This scalar has no value")
        case other:
            raise DecodeError(f"A scalar should be a number, not {other!r}")
