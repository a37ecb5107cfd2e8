"""Problems: what could not be read, where, and what became of it.

Damage is data. Whoever meets it records a `Problem` and goes on with what is readable.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ProblemKind(StrEnum):
    """What went wrong."""

    DATA_CRC = "data_crc"
    LENGTH_CRC = "length_crc"
    CUT_TAIL = "cut_tail"
    MALFORMED_EVENT = "malformed_event"
    TOO_LONG = "too_long"
    NOT_A_VALUE = "not_a_value"
    TAG_ENCODING = "tag_encoding"
    FUTURE_VERSION = "future_version"
    NOT_EVENTS = "not_events"
    UNREADABLE = "unreadable"
    CHANGED = "changed"
    DELETED = "deleted"
    ARCHIVE = "archive"
    LIMIT = "limit"


@dataclass(frozen=True, slots=True)
class Problem:
    """One loss or oddity in one file.

    ``length_bytes`` is 0 where the extent is not known. ``message`` says what happened, what was
    kept and, where something can be done, what to do.
    """

    file: str
    offset_bytes: int
    length_bytes: int
    kind: ProblemKind
    message: str
