"""Event files of text, written by hand, and stores read from them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from eventglass.app.core.reader import Reader
from eventglass.app.core.store import LogStore
from tests.core.events import event, field, metadata, record, summary, tensor, tensor_value, version

TEXT = metadata(b"text", b"\x08\x01")
Content = str | bytes | Sequence[str]


def text_value(tag: str, content: Content, shape: Sequence[int] | None = None) -> bytes:
    """A value of strings; without a shape a single string, or a list of them."""
    items = [content] if isinstance(content, (str, bytes)) else list(content)
    if shape is None:
        shape = () if isinstance(content, (str, bytes)) else (len(items),)
    raw = b"".join(field(8, i if isinstance(i, bytes) else i.encode()) for i in items)
    return tensor_value(tag.encode(), tensor(7, shape=shape, rest=raw), TEXT)


def write_text_log(folder: Path, rows: Sequence[tuple[str, int, Content | None]]) -> Path:
    """An event file of (tag, step, content); None stands for a value that can't be decoded."""
    folder.mkdir(parents=True, exist_ok=True)
    out = version()
    for tag, step, content in rows:
        if content is None:
            broken = tensor(7, shape=(5,), rest=field(8, b"x") * 7)
            value = tensor_value(tag.encode(), broken, TEXT)
        else:
            value = text_value(tag, content)
        out += record(event(step, 1.7e9 + step, what=summary(value)))
    path = folder / "events.out.tfevents.1700000000.host"
    path.write_bytes(out)
    return path


def read_store(folder: Path) -> LogStore:
    """All that is logged below a folder."""
    store = LogStore()
    reader = Reader(store)
    reader.open(folder)
    reader.start()
    assert reader.wait_until_settled(20)
    reader.stop()
    return store


def text_store(folder: Path) -> LogStore:
    """Two runs with notes at three steps and samples, one of which can't be decoded."""
    notes = [
        ("notes/summary", 0, "# One\n\na Needle and a *needle*"),
        ("notes/summary", 10, "two"),
        ("notes/summary", 20, "three needle"),
        ("samples/table", 0, ["first", "second"]),
    ]
    write_text_log(folder / "a", notes)
    write_text_log(folder / "b", [*notes[:2], ("notes/bad", 5, None)])
    return read_store(folder)
