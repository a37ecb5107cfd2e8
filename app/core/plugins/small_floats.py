"""Floating-point formats that NumPy lacks: bfloat16, the float8 family and float4.

The 8-bit and 4-bit formats are tables over all bit patterns, made on first use. ``fn`` in a name
means that there is no infinity, ``uz`` that there is no negative zero (its pattern is the only
NaN), ``b11`` that the exponent's bias is 11.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from eventglass.app.core.proto.tensor_pb2 import DataType

Table = npt.NDArray[np.float32]


def bfloat16_to_float32(patterns: npt.NDArray[np.uint16]) -> npt.NDArray[np.float32]:
    """Return bfloat16 bit `patterns` as float32: the same upper 16 bits."""
    return (patterns.astype(np.uint32) << np.uint32(16)).view(np.float32)


def _table(exponent_bits: int, mantissa_bits: int, bias: int, specials: str) -> Table:
    """Return (2 ** (1 + exponent_bits + mantissa_bits),) float32, the value of each pattern.

    `specials` says what has no finite value: "ieee" (the largest exponent: infinities and NaNs),
    "fn" (the largest pattern of either sign is NaN), "uz" (negative zero is NaN) or "none".
    """
    size = 1 << (1 + exponent_bits + mantissa_bits)
    half = size // 2
    magnitudes = np.arange(half)
    exponents = magnitudes >> mantissa_bits
    mantissas = (magnitudes & ((1 << mantissa_bits) - 1)) / (1 << mantissa_bits)
    values = np.where(
        exponents == 0,
        np.ldexp(mantissas, 1 - bias),
        np.ldexp(1 + mantissas, exponents - bias),
    )
    if specials == "ieee":
        top = exponents == (1 << exponent_bits) - 1
        values[top] = np.where(mantissas[top] == 0, np.inf, np.nan)
    elif specials == "fn":
        values[-1] = np.nan
    table = np.concatenate([values, -values]).astype(np.float32)
    if specials == "uz":
        table[half] = np.nan
    table.setflags(write=False)
    return table


@functools.cache
def float8_e5m2() -> Table:
    """Return the 256 values of float8 e5m2."""
    return _table(5, 2, 15, "ieee")


@functools.cache
def float8_e4m3fn() -> Table:
    """Return the 256 values of float8 e4m3fn."""
    return _table(4, 3, 7, "fn")


@functools.cache
def float8_e4m3fnuz() -> Table:
    """Return the 256 values of float8 e4m3fnuz."""
    return _table(4, 3, 8, "uz")


@functools.cache
def float8_e4m3b11fnuz() -> Table:
    """Return the 256 values of float8 e4m3b11fnuz."""
    return _table(4, 3, 11, "uz")


@functools.cache
def float8_e5m2fnuz() -> Table:
    """Return the 256 values of float8 e5m2fnuz."""
    return _table(5, 2, 16, "uz")


@functools.cache
def float4_e2m1fn() -> Table:
    """Return 256 values of float4 e2m1fn, which has a byte to itself; the upper bits are void."""
    table = np.tile(_table(2, 1, 1, "none"), 16)
    table.setflags(write=False)
    return table


#: Table by ``DataType``; a table's index is the bit pattern.
SMALL_FLOATS: Mapping[int, Callable[[], Table]] = {
    DataType.DT_FLOAT8_E5M2: float8_e5m2,
    DataType.DT_FLOAT8_E4M3FN: float8_e4m3fn,
    DataType.DT_FLOAT8_E4M3FNUZ: float8_e4m3fnuz,
    DataType.DT_FLOAT8_E4M3B11FNUZ: float8_e4m3b11fnuz,
    DataType.DT_FLOAT8_E5M2FNUZ: float8_e5m2fnuz,
    DataType.DT_FLOAT4_E2M1FN: float4_e2m1fn,
}
