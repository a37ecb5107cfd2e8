"""Configurations: ``projector_config.pbtxt``, read so that what is broken disturbs no more than it.

The text format of protocol buffers, as far as it is used there. PyTorch and tensorboardX append one
``embeddings`` block per call; a program killed while writing leaves a broken one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from eventglass.app.core.projector.file_names import CONFIG_NAME
from eventglass.app.core.projector.notices import Notice

FILE_NAME = CONFIG_NAME
#: Bytes read of a configuration; 100,000 blocks take about 20 MB.
MAX_BYTES = 64 << 20
_TOKEN = re.compile(
    r"""\s+|\#[^\n]*"""
    r"""|(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
    r"""|(?P<word>[A-Za-z_][A-Za-z0-9_.]*|[-+]?[0-9][0-9A-Za-z_.+-]*)"""
    r"""|(?P<mark>[{}<>:\[\],;])""",
    re.ASCII,
)
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|(.))", re.DOTALL)
_SIMPLE = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f"}
_BLOCK = re.compile(r"^\s*embeddings\s*:?\s*[{<]", re.MULTILINE)
_MAX_DEPTH = 20


@dataclass(frozen=True, slots=True)
class EmbeddingConfig:
    """One ``embeddings`` block, paths as written."""

    tensor_name: str = ""
    tensor_path: str = ""
    tensor_shape: tuple[int, ...] = ()
    metadata_path: str = ""
    bookmarks_path: str = ""
    sprite_path: str = ""
    sprite_cell: tuple[int, ...] = ()
    row: int = 1


@dataclass(frozen=True, slots=True)
class Config:
    """A whole configuration."""

    embeddings: tuple[EmbeddingConfig, ...] = ()
    checkpoint_path: str = ""
    checkpoint_directory: str = ""
    notices: tuple[Notice, ...] = ()


class _BrokenError(Exception):
    def __init__(self, at: int, message: str) -> None:
        super().__init__(message)
        self.at = at


@dataclass(slots=True)
class _Message:
    """Fields of a message in the order written: strings, numbers as text, and messages."""

    fields: dict[str, list[str | _Message]] = field(default_factory=dict)
    at: int = 0

    def text(self, name: str) -> str:
        values = [value for value in self.fields.get(name, ()) if isinstance(value, str)]
        return values[-1] if values else ""

    def numbers(self, name: str) -> tuple[int, ...]:
        made = []
        for value in self.fields.get(name, ()):
            try:
                made.append(int(value, 0) if isinstance(value, str) else -1)
            except ValueError:
                made.append(-1)
        return tuple(made)

    def message(self, name: str) -> _Message | None:
        values = [value for value in self.fields.get(name, ()) if isinstance(value, _Message)]
        return values[-1] if values else None


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.kind: str | None = None
        self.token = ""
        self.begin = 0

    def next(self) -> None:
        """Go to the next token; kind None at the end."""
        while self.at < len(self.text):
            match = _TOKEN.match(self.text, self.at)
            if match is None:
                raise _BrokenError(self.at, "unexpected character")
            self.begin, self.at = match.span()
            if match.lastgroup is not None:
                self.kind, self.token = match.lastgroup, match.group()
                return
        self.kind, self.token, self.begin = None, "", len(self.text)

    def expect(self, marks: str) -> str:
        if self.kind != "mark" or self.token not in marks:
            raise _BrokenError(self.begin, f"expected one of {' '.join(marks)}")
        mark = self.token
        self.next()
        return mark

    def one_field(self, into: _Message, depth: int) -> None:
        """Read ``name: value``, ``name { … }`` or ``name: [ … ]``; the name is the token now."""
        if self.kind != "word":
            raise _BrokenError(self.begin, "expected a field's name")
        values = into.fields.setdefault(self.token, [])
        self.next()
        if self.kind == "mark" and self.token == ":":
            self.next()
        if self.kind == "mark" and self.token == "[":
            self.next()
            while not (self.kind == "mark" and self.token == "]"):
                values.append(self.value(depth))
                if self.kind == "mark" and self.token == ",":
                    self.next()
            self.next()
        else:
            values.append(self.value(depth))
        if self.kind == "mark" and self.token in ",;":
            self.next()

    def value(self, depth: int) -> str | _Message:
        if self.kind == "word":
            word = self.token
            self.next()
            return word
        if self.kind == "string":
            pieces = []
            while self.kind == "string":
                pieces.append(self.token[1:-1])
                self.next()
            return unescape("".join(pieces))
        begin = self.begin
        closing = {"{": "}", "<": ">"}[self.expect("{<")]
        if depth >= _MAX_DEPTH:
            raise _BrokenError(begin, "blocks are nested too deep")
        message = _Message(at=begin)
        while not (self.kind == "mark" and self.token == closing):
            if self.kind is None:
                raise _BrokenError(self.begin, "a block is not closed")
            self.one_field(message, depth + 1)
        self.next()
        return message


def unescape(text: str) -> str:
    """A quoted string's text; escapes are bytes of UTF-8."""

    def one(match: re.Match[bytes]) -> bytes:
        octal, hexadecimal, other = match.groups()
        if octal is not None:
            return bytes([int(octal, 8) & 255])
        if hexadecimal is not None:
            return bytes([int(hexadecimal, 16)])
        return _SIMPLE.get(other, other)

    if "\\" not in text:
        return text
    return _ESCAPE.sub(one, text.encode()).decode("utf-8", "replace")


def parse(text: str, shown: str = FILE_NAME) -> Config:
    """Read a configuration; what is broken is passed over up to the next block, with a notice."""
    whole = _Message()
    notices: list[Notice] = []
    reader = _Reader(text)
    position = 0
    rows = _Rows(text)
    while True:
        try:
            reader.at = position
            reader.next()
            while reader.kind is not None:
                position = reader.begin
                reader.one_field(whole, 0)
            break
        except _BrokenError as error:
            if len(notices) < 20:
                notices.append(
                    Notice(
                        shown, f"Configuration is broken here, {error}; left out", rows.at(error.at)
                    )
                )
            match = _BLOCK.search(text, position + 1)
            if match is None:
                break
            position = match.start()
    blocks = [each for each in whole.fields.get("embeddings", ()) if isinstance(each, _Message)]
    return Config(
        tuple(_embedding(block, rows.at(block.at)) for block in blocks),
        whole.text("model_checkpoint_path"),
        whole.text("model_checkpoint_dir"),
        tuple(notices),
    )


def _embedding(block: _Message, row: int) -> EmbeddingConfig:
    sprite = block.message("sprite")
    return EmbeddingConfig(
        block.text("tensor_name"),
        block.text("tensor_path"),
        block.numbers("tensor_shape"),
        block.text("metadata_path"),
        block.text("bookmarks_path"),
        sprite.text("image_path") if sprite else "",
        sprite.numbers("single_image_dim") if sprite else (),
        row,
    )


class _Rows:
    """Row numbers of ever larger positions, counted once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._row = 1

    def at(self, position: int) -> int:
        if position < self._at:
            self._at, self._row = 0, 1
        self._row += self._text.count("\n", self._at, position)
        self._at = position
        return self._row
