"""Values of an axis as people type them: 12k, 1e-4, 1 h 30 min, 2023-11-14 22:13."""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import Literal

AxisValueKind = Literal["number", "duration", "moment"]

_UNITS = {"k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12}
_SECONDS = {
    "ms": 1e-3,
    "s": 1.0,
    "sec": 1.0,
    "m": 60.0,
    "min": 60.0,
    "h": 3600.0,
    "d": 86400.0,
    "w": 604800.0,
}
_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*([a-z]*)", re.IGNORECASE)


class AxisValueError(ValueError):
    """The text is no value of the axis; the message says why, for the user."""


def parse_axis_value(text: str, kind: AxisValueKind = "number") -> float | None:
    """Return the value a user typed at the end of an axis; None for an empty text: automatic.

    Parameters
    ----------
    text : str
        Numbers may carry k, M, G or T, and thousands separators; durations are one or more
        numbers with s, min, h or d, or a plain number of seconds; moments are local dates and
        times as ISO 8601 has them, or seconds since 1970.

    Raises
    ------
    AxisValueError
    """
    text = text.strip().replace("\u2212", "-").replace("\u202f", "").replace("\u00a0", " ")
    if not text or text.lower() in ("auto", "automatic"):
        return None
    if kind == "moment":
        try:
            return datetime.fromisoformat(text).timestamp()
        except (ValueError, OverflowError, OSError):
            pass
    value = _duration(text) if kind == "duration" else _number(text)
    if value is None and kind == "moment":
        raise AxisValueError("Not a moment, such as 2024-05-31 14:00")
    if value is None and kind == "duration":
        raise AxisValueError("Not a time span, such as 1 h 30 min")
    if value is None:
        raise AxisValueError("Not a number, such as 0.5, 1e-4 or 20k")
    if not math.isfinite(value) or abs(value) > 1e300:
        raise AxisValueError("Too large to be drawn")
    return value


def _number(text: str) -> float | None:
    found = _NUMBER.fullmatch(text.replace(",", "").replace(" ", ""))
    if found is None or found[2].lower() not in ("", *_UNITS):
        return None
    return float(found[1]) * _UNITS.get(found[2].lower(), 1.0)


def _duration(text: str) -> float | None:
    sign = 1.0
    if text[0] in "+-":
        sign, text = (-1.0 if text[0] == "-" else 1.0), text[1:].strip()
    parts = [(found[1], found[2].lower()) for found in _NUMBER.finditer(text)]
    if not parts or _NUMBER.sub("", text).strip():
        return None
    if any(unit not in ("", *_SECONDS) for _size, unit in parts):
        return None
    if len(parts) > 1 and any(not unit for _size, unit in parts):
        return None
    return sign * sum(float(size) * _SECONDS.get(unit, 1.0) for size, unit in parts)
