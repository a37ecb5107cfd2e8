"""Messages as text (``.pbtxt``), written and read.

Names of types may stand for their numbers. Fields that are not known are skipped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from eventglass.app.core.proto.tensor_pb2 import DataType

#: Messages in messages deeper than this are skipped.
DEEPEST = 100
_TOKEN = re.compile(
    r"""\s*(?:\#[^\n]*\s*)*(?:(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')"""
    r"""|(?P<word>[A-Za-z0-9_.+\-]+)|(?P<mark>[{}<>:;,\[\]]))"""
)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|x[0-9a-fA-F]{1,2}|.)", re.DOTALL)
_LETTERS = {
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
    b"a": b"\a",
    b"b": b"\b",
    b"f": b"\f",
    b"v": b"\v",
}
_TYPES = frozenset(("type", "dtype"))


class TextError(ValueError):
    """The text breaks off or makes no sense; `line` says where."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"Line {line:,}: {message}")
        self.line = line


class _Tokens:
    """Tokens of a text, one ahead."""

    def __init__(self, words: str, cancelled: Callable[[], bool]) -> None:
        self.words = words
        self.at = 0
        self.count = 0
        self.cancelled = cancelled
        self.kind: str | None = ""
        self.value = ""
        self.step()

    def step(self) -> str:
        """Go to the next token; return the one left behind."""
        left = self.value
        found = _TOKEN.match(self.words, self.at)
        if found is None:
            if self.words[self.at :].strip() and not _only_comments(self.words[self.at :]):
                raise self.error("this cannot be read")
            self.kind, self.value = None, ""
            return left
        self.at = found.end()
        self.kind = found.lastgroup
        self.value = found[self.kind or 0]
        self.count += 1
        if self.count % 20_000 == 0 and self.cancelled():
            raise self.error("given up")
        return left

    def take(self, mark: str) -> bool:
        """Pass a mark if it is next."""
        if self.kind == "mark" and self.value == mark:
            self.step()
            return True
        return False

    def error(self, message: str) -> TextError:
        """Return an error for this place."""
        return TextError(self.words.count("\n", 0, self.at) + 1, message)


def _only_comments(words: str) -> bool:
    return all(not line.strip() or line.lstrip().startswith("#") for line in words.split("\n"))


def read(
    words: str, message: Message, cancelled: Callable[[], bool] = lambda: False
) -> TextError | None:
    """Fill a message from text; return the error at which it ended early, None for none."""
    try:
        tokens = _Tokens(words, cancelled)
        while tokens.kind is not None:
            _read_field(tokens, message, 0)
    except TextError as error:
        return error
    return None


def _read_field(tokens: _Tokens, message: Message | None, depth: int) -> None:
    if tokens.kind != "word":
        raise tokens.error(f"a name is expected, not {tokens.value!r}")
    name = tokens.step()
    field = None if message is None else message.DESCRIPTOR.fields_by_name.get(name)
    tokens.take(":")
    if tokens.take("["):
        while not tokens.take("]"):
            _read_value(tokens, message, field, depth)
            tokens.take(",")
            if tokens.kind is None:
                raise tokens.error("a list breaks off")
    else:
        _read_value(tokens, message, field, depth)
    if not tokens.take(","):
        tokens.take(";")


def _read_value(tokens: _Tokens, message: Message | None, field: Any, depth: int) -> None:
    if tokens.kind == "mark" and tokens.value in "{<":
        end = "}" if tokens.step() == "{" else ">"
        inner = None
        if message is not None and field is not None and field.message_type is not None:
            inner = getattr(message, field.name)
            if field.is_repeated:
                inner = inner.add()
            else:
                inner.SetInParent()
        if depth > DEEPEST:
            raise tokens.error("messages are nested too deeply")
        while not tokens.take(end):
            if tokens.kind is None:
                raise tokens.error("a message breaks off")
            _read_field(tokens, inner, depth + 1)
        return
    if tokens.kind == "string":
        parts = [_unescaped(tokens.step())]
        while tokens.kind == "string":
            parts.append(_unescaped(tokens.step()))
        value: Any = b"".join(parts)
    elif tokens.kind == "word":
        value = tokens.step()
    else:
        raise tokens.error("a value is expected")
    if message is None or field is None or field.message_type is not None:
        return
    try:
        found = _value(value, field)
        if field.is_repeated:
            getattr(message, field.name).append(found)
        else:
            setattr(message, field.name, found)
    except (ValueError, TypeError, OverflowError, KeyError) as error:
        raise tokens.error(f"{field.name} cannot be {value!r}") from error


def _value(value: str | bytes, field: FieldDescriptor) -> Any:
    kind = field.cpp_type
    if isinstance(value, bytes):
        if kind != FieldDescriptor.CPPTYPE_STRING:
            raise ValueError(value)
        return value
    if kind == FieldDescriptor.CPPTYPE_BOOL:
        return {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}[
            value.lower()
        ]
    if kind in (FieldDescriptor.CPPTYPE_FLOAT, FieldDescriptor.CPPTYPE_DOUBLE):
        return float(
            value.rstrip("fF")
            if value[-1:] in "fF" and value[:1] in "-.0123456789" and "inf" not in value.lower()
            else value
        )
    if field.name in _TYPES and value.startswith("DT_"):
        reference = value.endswith("_REF")
        return DataType.Value(value.removesuffix("_REF")) + (100 if reference else 0)
    if kind == FieldDescriptor.CPPTYPE_STRING:
        raise ValueError(value)
    return int(value, 8) if re.fullmatch(r"-?0[0-7]+", value) else int(value, 0)


def _unescaped(token: str) -> bytes:
    raw = token[1:-1].encode("utf-8", errors="surrogateescape")
    if b"\\" not in raw:
        return raw

    def plain(found: re.Match[bytes]) -> bytes:
        code = found[1]
        if code[:1] == b"x" and len(code) > 1:
            return bytes([int(code[1:], 16)])
        if code[:1].isdigit():
            return bytes([int(code, 8) & 255])
        return _LETTERS.get(code, code)

    return _ESCAPE.sub(plain, raw)


def write(message: Message) -> Iterator[str]:
    """Yield the lines of a message."""
    yield from _lines(message, "")


def _lines(message: Message, indent: str) -> Iterator[str]:
    for field, value in message.ListFields():
        for each in value if field.is_repeated else (value,):
            if field.message_type is not None:
                yield f"{indent}{field.name} {{\n"
                yield from _lines(each, indent + "  ")
                yield f"{indent}}}\n"
            else:
                yield f"{indent}{field.name}: {_written(field, each)}\n"


def _written(field: FieldDescriptor, value: Any) -> str:
    if isinstance(value, bytes):
        return '"' + "".join(_ESCAPED[byte] for byte in value) + '"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if field.name in _TYPES and isinstance(value, int):
        base = value - 100 if value > 100 else value
        if base in DataType.values():
            return DataType.Name(DataType.ValueType(base)) + ("_REF" if value > 100 else "")
    return repr(value)


_ESCAPED = [
    chr(byte) if 32 <= byte < 127 and chr(byte) not in "\"'\\" else f"\\{byte:03o}"
    for byte in range(256)
]
for _byte, _mark in ((10, "\\n"), (13, "\\r"), (9, "\\t"), (34, '\\"'), (39, "\\'"), (92, "\\\\")):
    _ESCAPED[_byte] = _mark
