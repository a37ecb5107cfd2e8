"""Tensors of every dtype and encoding become arrays; what can't be one is a `DecodeError`."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from eventglass.app.core.plugins import DecodeError, small_floats, tensors
from eventglass.app.core.plugins.tensors import array_of, dtype_name
from eventglass.app.core.proto.tensor_pb2 import DataType, Tensor

NUMERIC = {
    DataType.DT_FLOAT: "<f4",
    DataType.DT_DOUBLE: "<f8",
    DataType.DT_INT32: "<i4",
    DataType.DT_UINT8: "u1",
    DataType.DT_INT16: "<i2",
    DataType.DT_INT8: "i1",
    DataType.DT_COMPLEX64: "<c8",
    DataType.DT_INT64: "<i8",
    DataType.DT_BOOL: "?",
    DataType.DT_QINT8: "i1",
    DataType.DT_QUINT8: "u1",
    DataType.DT_QINT32: "<i4",
    DataType.DT_QINT16: "<i2",
    DataType.DT_QUINT16: "<u2",
    DataType.DT_UINT16: "<u2",
    DataType.DT_COMPLEX128: "<c16",
    DataType.DT_HALF: "<f2",
    DataType.DT_UINT32: "<u4",
    DataType.DT_UINT64: "<u8",
}
#: Field of single elements, by NumPy kind and size where it isn't ``int_val``.
FIELDS = {
    "f4": "float_val",
    "f8": "double_val",
    "i8": "int64_val",
    "b1": "bool_val",
    "u4": "uint32_val",
    "u8": "uint64_val",
}


def message(dtype: int, shape: tuple[int, ...] = (), **fields: Any) -> Tensor:
    tensor = Tensor(dtype=dtype, **fields)
    for size in shape:
        tensor.tensor_shape.dim.add(size=size)
    return tensor


@st.composite
def arrays_with_dtype(draw: st.DrawFn) -> tuple[int, npt.NDArray[Any]]:
    dtype = draw(st.sampled_from(sorted(NUMERIC)))
    shape = arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
    return dtype, draw(arrays.arrays(np.dtype(NUMERIC[dtype]), shape))


@given(arrays_with_dtype())
def test_raw_content(drawn: tuple[int, npt.NDArray[Any]]) -> None:
    dtype, array = drawn
    # An empty content means that the elements are in a list, also when there are none.
    decoded = array_of(message(dtype, array.shape, tensor_content=array.tobytes()))
    assert decoded.dtype == array.dtype
    assert not decoded.flags.writeable
    np.testing.assert_array_equal(decoded, array, strict=True)


@given(arrays_with_dtype())
def test_element_lists(drawn: tuple[int, npt.NDArray[Any]]) -> None:
    dtype, array = drawn
    flat = array.reshape(-1)
    tensor = message(dtype, array.shape)
    code = f"{array.dtype.kind}{array.dtype.itemsize}"
    if array.dtype.kind == "c":
        half = "f4" if array.dtype.itemsize == 8 else "f8"
        name = "scomplex_val" if half == "f4" else "dcomplex_val"
        getattr(tensor, name).extend(flat.view(half).tolist())
    elif code == "f2":
        tensor.half_val.extend(flat.view(np.uint16).tolist())
    else:
        getattr(tensor, FIELDS.get(code, "int_val")).extend(flat.tolist())
    decoded = array_of(tensor)
    assert not decoded.flags.writeable
    np.testing.assert_array_equal(decoded, array, strict=True)


@pytest.mark.parametrize("packed", [True, False])
def test_packed_and_unpacked_lists(packed: bool) -> None:
    if packed:
        data = b"\x08\x03\x12\x04\x12\x02\x08\x03\x3a\x03\x01\x02\x03"
    else:
        data = b"\x08\x03\x12\x04\x12\x02\x08\x03\x38\x01\x38\x02\x38\x03"
    assert array_of(Tensor.FromString(data)).tolist() == [1, 2, 3]


def test_a_single_element_fills_the_shape_without_memory() -> None:
    decoded = array_of(message(DataType.DT_FLOAT, (1000, 1000), float_val=[2.5]))
    assert decoded.shape == (1000, 1000)
    assert decoded.strides == (0, 0)
    assert (decoded == 2.5).all()


def test_a_short_list_goes_on_with_its_last_element() -> None:
    decoded = array_of(message(DataType.DT_INT64, (2, 3), int64_val=[1, 2]))
    assert decoded.tolist() == [[1, 2, 2], [2, 2, 2]]


@pytest.mark.parametrize(
    ("tensor", "complaint"),
    [
        (message(DataType.DT_FLOAT, (2,), tensor_content=b"123"), "no whole number of float"),
        (message(DataType.DT_FLOAT, (1,), tensor_content=b"12345678"), "holds 2 elements"),
        (message(DataType.DT_FLOAT, (3,)), "holds 0 elements"),
        (message(DataType.DT_FLOAT, (-1,), float_val=[1]), "negative"),
        (message(DataType.DT_FLOAT, (2**62, 2**62), float_val=[1]), "not made up"),
        (message(DataType.DT_FLOAT, (2**40,), float_val=[1, 2]), "not made up"),
        (message(DataType.DT_STRING, (2**24,), string_val=[b"x"]), "not made up"),
        (message(DataType.DT_FLOAT, (0, 2**62, 2**62)), "can't be made"),
        (message(DataType.DT_FLOAT, (1,) * 100, float_val=[1]), "can't be made"),
        (message(DataType.DT_COMPLEX64, (1,), scomplex_val=[1]), "imaginary"),
        (message(DataType.DT_RESOURCE, ()), "resource can't be shown"),
        (message(DataType.DT_VARIANT, (), tensor_content=b"x"), "variant can't be shown"),
        (message(77, (), tensor_content=b"x"), "type 77"),
        (message(-5), "type -5"),
        (message(DataType.DT_STRING, (2,), tensor_content=b"\x01\xff"), "cut off"),
        (message(DataType.DT_STRING, (2,), tensor_content=b"\x01\x05ab"), "don't fill"),
    ],
)
def test_refused(tensor: Tensor, complaint: str) -> None:
    with pytest.raises(DecodeError, match=complaint):
        array_of(tensor)


def test_unknown_rank() -> None:
    tensor = message(DataType.DT_FLOAT, float_val=[1])
    tensor.tensor_shape.unknown_rank = True
    with pytest.raises(DecodeError, match="shape"):
        array_of(tensor)


def test_strings() -> None:
    decoded = array_of(message(DataType.DT_STRING, (2, 1), string_val=[b"a", b"\xff"]))
    assert decoded.tolist() == [[b"a"], [b"\xff"]]
    packed = message(DataType.DT_STRING, (3,), tensor_content=b"\x01\x00\x02abc")
    assert array_of(packed).tolist() == [b"a", b"", b"bc"]


def test_references_are_what_they_refer_to() -> None:
    tensor = message(DataType.DT_DOUBLE + 100, double_val=[4.5])
    assert array_of(tensor) == 4.5
    assert dtype_name(tensor.dtype) == "double_ref"


def test_bytes_other_than_one_are_true() -> None:
    decoded = array_of(message(DataType.DT_BOOL, (3,), tensor_content=b"\x00\x01\x02"))
    assert decoded.tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("dtype", "content", "shape", "expected"),
    [
        (DataType.DT_INT4, b"\x0f\x07\x08", (3,), [-1, 7, -8]),
        (DataType.DT_INT4, b"\x7f\x08", (3,), [-1, 7, -8]),
        (DataType.DT_UINT4, b"\x0f\x07", (2,), [15, 7]),
        (DataType.DT_INT2, b"\x03\x01", (2,), [-1, 1]),
        (DataType.DT_INT2, b"\x07", (2,), [-1, 1]),
        (DataType.DT_UINT2, b"\xe4\x01", (5,), [0, 1, 2, 3, 1]),
    ],
)
def test_small_integers(
    dtype: int, content: bytes, shape: tuple[int, ...], expected: list[int]
) -> None:
    decoded = array_of(message(dtype, shape, tensor_content=content))
    assert decoded.tolist() == expected


def test_small_integers_in_a_list() -> None:
    assert array_of(message(DataType.DT_INT4, (2,), int_val=[-8, 7])).tolist() == [-8, 7]


def test_bfloat16() -> None:
    tensor = message(DataType.DT_BFLOAT16, (4,), half_val=[0x3F80, 0xC020, 0x7F80, 0x0001])
    assert array_of(tensor).tolist() == [1.0, -2.5, np.inf, 2.0**-133]
    content = np.array([0x3F80], np.uint16).tobytes()
    assert array_of(message(DataType.DT_BFLOAT16, tensor_content=content)) == 1.0


@pytest.mark.parametrize(
    ("dtype", "patterns", "values"),
    [
        # Smallest subnormal, one, largest, largest negative, and what is no number.
        (
            DataType.DT_FLOAT8_E5M2,
            [0x01, 0x3C, 0x7B, 0xFB, 0x7C, 0x7D],
            [2.0**-16, 1.0, 57344.0, -57344.0, np.inf, np.nan],
        ),
        (
            DataType.DT_FLOAT8_E4M3FN,
            [0x01, 0x38, 0x7E, 0xFE, 0x7F, 0xFF],
            [2.0**-9, 1.0, 448.0, -448.0, np.nan, np.nan],
        ),
        (
            DataType.DT_FLOAT8_E4M3FNUZ,
            [0x01, 0x40, 0x7F, 0xFF, 0x80],
            [2.0**-10, 1.0, 240.0, -240.0, np.nan],
        ),
        (
            DataType.DT_FLOAT8_E4M3B11FNUZ,
            [0x01, 0x58, 0x7F, 0xFF, 0x80],
            [2.0**-13, 1.0, 30.0, -30.0, np.nan],
        ),
        (
            DataType.DT_FLOAT8_E5M2FNUZ,
            [0x01, 0x40, 0x7F, 0xFF, 0x80],
            [2.0**-17, 1.0, 57344.0, -57344.0, np.nan],
        ),
        (
            DataType.DT_FLOAT4_E2M1FN,
            [0, 1, 2, 3, 4, 5, 6, 7, 9],
            [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, -0.5],
        ),
    ],
)
def test_small_floats(dtype: int, patterns: list[int], values: list[float]) -> None:
    shape = (len(patterns),)
    for tensor in (
        message(dtype, shape, tensor_content=bytes(patterns)),
        message(dtype, shape, float8_val=bytes(patterns)),
        message(dtype, shape, int_val=patterns),
    ):
        decoded = array_of(tensor)
        assert decoded.dtype == np.float32
        np.testing.assert_array_equal(decoded, np.array(values, np.float32))


def test_tables_are_not_writable() -> None:
    for table in small_floats.SMALL_FLOATS.values():
        assert table().shape == (256,)
        assert not table().flags.writeable


def test_repeated_elements_are_bounded() -> None:
    assert tensors.MAX_REPEATED_ELEMENTS * 8 <= 256 * 2**20
