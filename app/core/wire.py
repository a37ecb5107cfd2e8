"""A few fields of the wire format read by hand, where a protobuf import would cost start-up time.

Only for small messages met once per tag or file: summary metadata, session logs, tagged run
metadata. Broken input gives what was readable before the break, never an exception.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


def fields(data: bytes) -> Iterator[tuple[int, int | bytes, int]]:
    """Yield (field number, value, start of the value) of a message; stops at the first break.

    Varints and fixed numbers come as unsigned int, length-delimited fields as bytes.
    """
    p, end = 0, len(data)
    while p < end:
        key, p = _varint(data, p)
        if p < 0:
            return
        number, wire = key >> 3, key & 7
        if wire == 0:
            start = p
            value, p = _varint(data, p)
            if p < 0:
                return
            yield number, value, start
        elif wire == 2:
            size, p = _varint(data, p)
            if p < 0 or size > end - p:
                return
            yield number, data[p : p + size], p
            p += size
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
            if end - p < size:
                return
            yield number, int.from_bytes(data[p : p + size], "little"), p
            p += size
        else:
            return


def _varint(data: bytes, p: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if p >= len(data):
            return 0, -1
        byte = data[p]
        p += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value & 0xFFFFFFFFFFFFFFFF, p
    return 0, -1


def readable(data: bytes) -> str:
    """Text of bytes that should be UTF-8; what is not stays visible as hexadecimal escapes."""
    return data.decode("utf-8", "backslashreplace")


@dataclass(frozen=True, slots=True)
class SummaryMetadata:
    """What a summary's metadata says of its tag."""

    plugin_name: str = ""
    plugin_content: bytes = b""
    display_name: str = ""
    description: str = ""

    @property
    def version(self) -> int:
        """Version the plugin's content declares, 0 where it says none."""
        if self.plugin_name not in _VERSIONED:
            return 0
        for number, value, _ in fields(self.plugin_content):
            if number == 1 and isinstance(value, int):
                return value
        return 0


_VERSIONED = frozenset({"scalars", "histograms", "images", "audio", "text", "pr_curves", "mesh"})


#: What a value without metadata says.
NO_METADATA = SummaryMetadata()


def summary_metadata(data: bytes) -> SummaryMetadata:
    """Parse ``tensorflow.SummaryMetadata``."""
    name, content, display, description = b"", b"", b"", b""
    for number, value, _ in fields(data):
        if not isinstance(value, bytes):
            continue
        if number == 1:
            for inner, inner_value, _ in fields(value):
                if isinstance(inner_value, bytes):
                    if inner == 1:
                        name = inner_value
                    elif inner == 2:
                        content = inner_value
        elif number == 2:
            display = value
        elif number == 3:
            description = value
    return SummaryMetadata(readable(name), content, readable(display), readable(description))


def session_log_starts(data: bytes) -> bool:
    """Whether a ``tensorflow.SessionLog`` has status START."""
    status = 0
    for number, value, _ in fields(data):
        if number == 1 and isinstance(value, int):
            status = value
    return status == 1


def tagged_run_metadata(data: bytes) -> tuple[str, int, int]:
    """Tag, start and length of the RunMetadata inside ``tensorflow.TaggedRunMetadata``."""
    tag, start, length = b"", 0, 0
    for number, value, at in fields(data):
        if isinstance(value, bytes):
            if number == 1:
                tag = value
            elif number == 2:
                start, length = at, len(value)
    return readable(tag), start, length
