"""Attributes of nodes, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy.typing as npt

from eventglass.app.core.plugins.tensors import array_of, dtype_name
from eventglass.app.core.plugins.values import text
from eventglass.app.core.proto.graph_pb2 import AttrValue
from eventglass.app.core.proto.tensor_pb2 import Tensor, TensorShape

#: Sizes, -1 for unknown ones; None when the rank is unknown.
Shape = tuple[int, ...] | None

#: Elements, letters and list items shown of a value.
MOST_ELEMENTS = 8
MOST_LETTERS = 500
MOST_ITEMS = 16


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of a node.

    Attributes
    ----------
    kind : ``text number truth type shape tensor function list placeholder unknown long damaged``
    text : the value in words, shortened
    size_bytes : of the value in the file
    value : the message; None where it was not kept or can't be read
    """

    key: str
    kind: str
    text: str
    size_bytes: int
    value: AttrValue | None

    def tensor(self) -> npt.NDArray[Any] | None:
        """Return the array of a tensor; None where there is none that can be read."""
        if self.value is None or self.value.WhichOneof("value") != "tensor":
            return None
        try:
            return array_of(self.value.tensor)
        except ValueError:
            return None


_KINDS = {
    "s": "text",
    "i": "number",
    "f": "number",
    "b": "truth",
    "type": "type",
    "shape": "shape",
    "tensor": "tensor",
    "func": "function",
    "list": "list",
    "placeholder": "placeholder",
}


def attribute_of(key: bytes, data: bytes, size_bytes: int) -> Attribute:
    """Return an attribute from its bytes; of a long one `data` is just the beginning."""
    name = text(key)
    if size_bytes > len(data):
        return Attribute(name, "long", _beginning(data, size_bytes), size_bytes, None)
    value = AttrValue()
    try:
        value.ParseFromString(data)
    except Exception:  # noqa: BLE001 (whatever protobuf raises of hostile bytes)
        return Attribute(
            name, "damaged", f"{size_bytes:,} bytes that can't be read", size_bytes, None
        )
    which = value.WhichOneof("value")
    if which is None:
        words = "empty" if not data else f"of an unknown type, {size_bytes:,} bytes"
        return Attribute(name, "unknown", words, size_bytes, value)
    return Attribute(name, _KINDS[which], value_text(value), size_bytes, value)


def value_text(value: AttrValue) -> str:
    """Return a value in words, shortened."""
    match value.WhichOneof("value"):
        case "s":
            return _short(text(value.s))
        case "i":
            return str(value.i)
        case "f":
            return _number(value.f)
        case "b":
            return "true" if value.b else "false"
        case "type":
            return dtype_name(value.type)
        case "shape":
            return shape_text(shape_of(value.shape))
        case "tensor":
            return tensor_text(value.tensor)
        case "func":
            return text(value.func.name)
        case "placeholder":
            return text(value.placeholder)
        case "list":
            return _list_text(value.list)
    return ""


def _list_text(items: AttrValue.ListValue) -> str:
    words: list[str] = []
    fields: tuple[tuple[Sequence[Any], Callable[[Any], str]], ...] = (
        (items.s, lambda each: _short(text(each))),
        (items.i, str),
        (items.f, _number),
        (items.b, lambda each: "true" if each else "false"),
        (items.type, dtype_name),
        (items.shape, lambda each: shape_text(shape_of(each))),
        (items.tensor, tensor_text),
        (items.func, lambda each: text(each.name)),
    )
    for field, put in fields:
        if len(field):
            words += [put(each) for each in field[:MOST_ITEMS]]
            if len(field) > MOST_ITEMS:
                words.append(f"… {len(field) - MOST_ITEMS:,} more")
    return f"[{', '.join(words)}]"


def shape_of(shape: TensorShape) -> Shape:
    """Return a shape as a tuple."""
    return None if shape.unknown_rank else tuple(dim.size for dim in shape.dim)


def shape_text(shape: Shape) -> str:
    """Return a shape in words: ``28 x 28 x 1``, as ``28×28×1``; ``scalar``; ``?`` for unknown."""
    if shape is None:
        return "?"
    return "×".join("?" if size < 0 else str(size) for size in shape) or "scalar"


def shapes_of(attribute: Attribute) -> tuple[Shape, ...]:
    """Return the shapes in an attribute: a list of them, one, or that of a tensor."""
    value = attribute.value
    if value is None:
        return ()
    match value.WhichOneof("value"):
        case "list":
            return tuple(shape_of(each) for each in value.list.shape)
        case "shape":
            return (shape_of(value.shape),)
        case "tensor":
            return (shape_of(value.tensor.tensor_shape),)
    return ()


def tensor_text(tensor: Tensor) -> str:
    """Return type, shape and the first elements of a tensor."""
    head = f"{dtype_name(tensor.dtype)} {shape_text(shape_of(tensor.tensor_shape))}"
    try:
        array = array_of(tensor)
    except ValueError as error:
        return f"{head} ({error})"
    words = [
        _element(each.item() if hasattr(each, "item") else each)
        for each in islice(array.flat, MOST_ELEMENTS)
    ]
    more = ", …" if array.size > MOST_ELEMENTS else ""
    if not array.shape and words:
        return f"{head}: {words[0]}"
    return f"{head}: [{', '.join(words)}{more}]"


def _element(value: object) -> str:
    if isinstance(value, bytes):
        return _short(text(value), 60)
    if isinstance(value, float):
        return _number(value)
    return str(value)


def _number(value: float) -> str:
    return f"{value:.7g}"


def _short(words: str, most: int = MOST_LETTERS) -> str:
    return words if len(words) <= most else f"{words[:most]}… ({len(words):,} letters)"


def _beginning(data: bytes, size_bytes: int) -> str:
    """Return what the first bytes of a long value say: the type and shape of a tensor."""
    kept = f"{size_bytes:,} bytes, kept out"
    if not data.startswith(b"\x42"):
        return kept
    tensor = Tensor()
    # Behind the tensor's length: fields up to the contents, which is the one cut off.
    at = 1
    while at < len(data) and data[at] & 128:
        at += 1
    body = data[at + 1 :]
    for stop in range(min(len(body), 200), 0, -1):
        try:
            tensor.ParseFromString(body[:stop])
        except Exception:  # noqa: BLE001 (a cut in the middle of a field)
            continue
        if tensor.dtype:
            shape = shape_text(shape_of(tensor.tensor_shape))
            return f"{dtype_name(tensor.dtype)} {shape}, {kept}"
    return kept
