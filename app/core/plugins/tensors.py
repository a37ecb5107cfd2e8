"""Tensors: the arrays inside summaries, and entries of plugins without a decoder of their own.

A tensor's elements lie in ``tensor_content`` as raw little-endian bytes in C order, or else in the
list that belongs to its dtype; a list shorter than the shape goes on with its last element.
Shapes come from untrusted files: nothing is allocated for a shape that the bytes don't fill, and
repeated elements are a broadcast view, not memory.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from eventglass.app.core.plugins import DecodeError, SeriesInfo
from eventglass.app.core.plugins.small_floats import SMALL_FLOATS, bfloat16_to_float32
from eventglass.app.core.plugins.values import parse_value
from eventglass.app.core.proto.tensor_pb2 import DataType
from eventglass.app.core.proto.tensor_pb2 import Tensor as TensorMessage

#: Most elements a tensor may have that are not all there, but repeat the last one.
MAX_REPEATED_ELEMENTS = 16 * 1024 * 1024
#: The same for strings, each of which becomes an object.
MAX_REPEATED_STRINGS = 256 * 1024
#: ``dtype`` of a reference is that of its target plus this.
_REFERENCE = 100

#: NumPy dtype in ``tensor_content`` and the field that holds single elements otherwise.
_NUMERIC: dict[int, tuple[str, str]] = {
    DataType.DT_FLOAT: ("<f4", "float_val"),
    DataType.DT_DOUBLE: ("<f8", "double_val"),
    DataType.DT_INT32: ("<i4", "int_val"),
    DataType.DT_UINT8: ("u1", "int_val"),
    DataType.DT_INT16: ("<i2", "int_val"),
    DataType.DT_INT8: ("i1", "int_val"),
    DataType.DT_INT64: ("<i8", "int64_val"),
    DataType.DT_BOOL: ("?", "bool_val"),
    DataType.DT_QINT8: ("i1", "int_val"),
    DataType.DT_QUINT8: ("u1", "int_val"),
    DataType.DT_QINT32: ("<i4", "int_val"),
    DataType.DT_QINT16: ("<i2", "int_val"),
    DataType.DT_QUINT16: ("<u2", "int_val"),
    DataType.DT_UINT16: ("<u2", "int_val"),
    DataType.DT_UINT32: ("<u4", "uint32_val"),
    DataType.DT_UINT64: ("<u8", "uint64_val"),
}
_COMPLEX: dict[int, tuple[str, str]] = {
    DataType.DT_COMPLEX64: ("<c8", "scomplex_val"),
    DataType.DT_COMPLEX128: ("<c16", "dcomplex_val"),
}
#: 16-bit patterns, held in ``half_val``.
_HALVES = (DataType.DT_HALF, DataType.DT_BFLOAT16)
#: Bits per element and whether signed; a byte each in ``tensor_content``, or packed.
_SMALL_INTS: dict[int, tuple[int, bool]] = {
    DataType.DT_INT4: (4, True),
    DataType.DT_UINT4: (4, False),
    DataType.DT_INT2: (2, True),
    DataType.DT_UINT2: (2, False),
}


@dataclass(frozen=True, slots=True)
class Tensor:
    """An array of any shape.

    Attributes
    ----------
    array
        Read-only. Strings are an object array of bytes; bfloat16 and float8 are float32; 2-bit and
        4-bit integers are (u)int8.
    dtype
        Name of the dtype it was written with, such as ``bfloat16``.
    """

    array: npt.NDArray[Any]
    dtype: str


def decode(payload: bytes, series: SeriesInfo) -> Tensor:
    """Return the tensor in a summary value."""
    value = parse_value(payload)
    match value.WhichOneof("value"):
        case "tensor":
            return Tensor(array_of(value.tensor), dtype_name(value.tensor.dtype))
        case "simple_value":
            return Tensor(_frozen(np.array(value.simple_value, dtype=np.float32)), "float")
        case None:
            raise DecodeError("This summary has no value")
        case other:
            raise DecodeError(f"This summary holds {other!r}, not a tensor")


def dtype_name(dtype: int) -> str:
    """Return TensorFlow's name of a ``DataType`` number, in lower case."""
    reference = dtype > _REFERENCE
    number = dtype - _REFERENCE if reference else dtype
    if number not in DataType.values():
        return f"type {dtype}"
    name = DataType.Name(DataType.ValueType(number)).removeprefix("DT_").lower()
    return f"{name}_ref" if reference else name


def array_of(tensor: TensorMessage) -> npt.NDArray[Any]:
    """Return the elements of `tensor` as a read-only array of its shape; see `Tensor`.

    Raises
    ------
    DecodeError
        When elements and shape don't agree, or the dtype has no elements that can be shown.
    """
    dtype = tensor.dtype - _REFERENCE if tensor.dtype > _REFERENCE else tensor.dtype
    if tensor.tensor_shape.unknown_rank:
        raise DecodeError("The tensor has no known shape")
    shape = tuple(dim.size for dim in tensor.tensor_shape.dim)
    if any(size < 0 for size in shape):
        raise DecodeError(f"The tensor's shape {list(shape)} has a negative size")
    count = math.prod(shape)
    if dtype == DataType.DT_STRING:
        elements = _strings(tensor, count)
    elif tensor.tensor_content:
        elements = _from_content(tensor.tensor_content, dtype, count)
    else:
        elements = _from_list(tensor, dtype)
    return _shaped(elements, shape, count)


def numbers_of(tensor: TensorMessage, what: str) -> npt.NDArray[np.float64]:
    """Return the real elements of `tensor` as read-only float64; `what` names them in errors."""
    array = array_of(tensor)
    if array.dtype.kind not in "fiub":
        raise DecodeError(f"{what} should hold numbers, not {dtype_name(tensor.dtype)}")
    # Some NaNs, quieted on the way, count as invalid.
    with np.errstate(invalid="ignore"):
        return _frozen(array.astype(np.float64))


def strings_of(tensor: TensorMessage, what: str) -> npt.NDArray[np.object_]:
    """Return the elements of a string tensor as a read-only object array of bytes."""
    if tensor.dtype not in (DataType.DT_STRING, DataType.DT_STRING + _REFERENCE):
        raise DecodeError(f"{what} should hold strings, not {dtype_name(tensor.dtype)}")
    return array_of(tensor)


def single_string(payload: bytes, what: str) -> bytes:
    """Return the only string of a summary value whose tensor has rank 0 or is [1]."""
    value = parse_value(payload)
    if value.WhichOneof("value") != "tensor":
        raise DecodeError(f"{what} should be a string tensor")
    strings = strings_of(value.tensor, what)
    if strings.size != 1:
        raise DecodeError(f"{what} should be one string, not {strings.size:,}")
    data: bytes = strings.reshape(-1)[0]
    return data


def _frozen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    array.setflags(write=False)
    return array


def _shaped(elements: npt.NDArray[Any], shape: tuple[int, ...], count: int) -> npt.NDArray[Any]:
    """Return (m,) `elements` in `shape`, the last one repeated when there are too few."""
    held = len(elements)
    if held > count or (held == 0 and count > 0):
        raise DecodeError(f"The tensor of shape {list(shape)} holds {held:,} elements")
    try:
        if held == count:
            return _frozen(elements.reshape(shape))
        limit = MAX_REPEATED_STRINGS if elements.dtype == object else MAX_REPEATED_ELEMENTS
        if count > limit:
            raise DecodeError(
                f"The tensor of shape {list(shape)} holds {held:,} elements; more than "
                f"{limit:,} are not made up from them"
            )
        if held == 1:
            return np.broadcast_to(elements[0], shape)
        padded = np.empty(count, elements.dtype)
        padded[:held] = elements
        padded[held:] = elements[-1]
        return _frozen(padded.reshape(shape))
    except (ValueError, MemoryError) as error:
        raise DecodeError(f"The tensor's shape {list(shape)} can't be made: {error}") from error


def _strings(tensor: TensorMessage, count: int) -> npt.NDArray[np.object_]:
    strings: list[bytes]
    if tensor.string_val or not tensor.tensor_content:
        strings = list(tensor.string_val)
    else:
        strings = _strings_in_content(tensor.tensor_content, count)
    elements = np.empty(len(strings), dtype=object)
    elements[:] = strings
    return elements


def _strings_in_content(content: bytes, count: int) -> list[bytes]:
    """Return `count` strings from their varint lengths, all in front, and their bytes."""
    lengths: list[int] = []
    position = 0
    for _ in range(count):
        length = shift = 0
        while True:
            if position >= len(content) or shift > 63:
                raise DecodeError("The tensor's strings are cut off")
            byte = content[position]
            position += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        lengths.append(length)
    if position + sum(lengths) != len(content):
        raise DecodeError("The tensor's strings don't fill its bytes")
    strings = []
    for length in lengths:
        strings.append(content[position : position + length])
        position += length
    return strings


def _from_content(content: bytes, dtype: int, count: int) -> npt.NDArray[Any]:
    if dtype in _SMALL_INTS:
        return _small_ints(content, count, *_SMALL_INTS[dtype])
    raw: npt.NDArray[Any]
    if dtype in _NUMERIC:
        width = np.dtype(_NUMERIC[dtype][0])
    elif dtype in _COMPLEX:
        width = np.dtype(_COMPLEX[dtype][0])
    elif dtype in _HALVES:
        width = np.dtype("<u2")
    elif dtype in SMALL_FLOATS:
        width = np.dtype("u1")
    else:
        raise DecodeError(f"A tensor of {dtype_name(dtype)} can't be shown")
    if len(content) % width.itemsize:
        raise DecodeError(
            f"The tensor's {len(content):,} bytes are no whole number of {dtype_name(dtype)}"
        )
    raw = np.frombuffer(content, width)
    if dtype == DataType.DT_BOOL:
        # Any byte but 0 is true; a bool array of other bytes would misbehave.
        return np.frombuffer(content, np.uint8).astype(np.bool_)
    return _converted(raw, dtype)


def _from_list(tensor: TensorMessage, dtype: int) -> npt.NDArray[Any]:
    if dtype in _NUMERIC:
        width, field = _NUMERIC[dtype]
        values = getattr(tensor, field)
        if field == "int_val":
            # Wraps around like the C++ cast, where NumPy would refuse.
            return np.array(values, dtype=np.int32).astype(width)
        return np.array(values, dtype=width)
    if dtype in _COMPLEX:
        width, field = _COMPLEX[dtype]
        values = getattr(tensor, field)
        if len(values) % 2:
            raise DecodeError("The tensor's last complex number has no imaginary part")
        parts = np.array(values, dtype=f"<f{np.dtype(width).itemsize // 2}")
        return parts.view(width)
    if dtype in _HALVES:
        patterns = np.array(tensor.half_val, dtype=np.int32).astype(np.uint16)
        return _converted(patterns, dtype)
    if dtype in SMALL_FLOATS:
        if tensor.float8_val:
            return _converted(np.frombuffer(tensor.float8_val, np.uint8), dtype)
        return _converted(np.array(tensor.int_val, dtype=np.int32).astype(np.uint8), dtype)
    if dtype in _SMALL_INTS:
        return np.array(tensor.int_val, dtype=np.int32).astype(
            np.int8 if _SMALL_INTS[dtype][1] else np.uint8
        )
    raise DecodeError(f"A tensor of {dtype_name(dtype)} can't be shown")


def _converted(raw: npt.NDArray[Any], dtype: int) -> npt.NDArray[Any]:
    """Return patterns `raw` as what they mean."""
    if dtype == DataType.DT_HALF:
        return raw.view(np.dtype("<f2"))
    if dtype == DataType.DT_BFLOAT16:
        return bfloat16_to_float32(raw)
    if dtype in SMALL_FLOATS:
        return np.take(SMALL_FLOATS[dtype](), raw)
    return raw


def _small_ints(content: bytes, count: int, bits: int, signed: bool) -> npt.NDArray[Any]:
    """Return integers of `bits` bits that lie one in a byte, or packed from the low bits up."""
    raw = np.frombuffer(content, np.uint8)
    per_byte = 8 // bits
    if len(raw) != count and len(raw) == -(-count // per_byte):
        shifts = np.arange(per_byte, dtype=np.uint8) * np.uint8(bits)
        raw = (raw[:, np.newaxis] >> shifts).reshape(-1)[:count]
    low = raw & np.uint8((1 << bits) - 1)
    if not signed:
        return low
    half = 1 << (bits - 1)
    return ((low ^ half).astype(np.int8)) - np.int8(half)
