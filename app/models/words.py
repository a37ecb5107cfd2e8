"""Numbers, sizes and times as the window writes them."""

from __future__ import annotations

import math
from datetime import datetime


def number_text(value: int) -> str:
    """A whole number with thousands apart: ``12,400``."""
    return f"{value:,}"


def step_text(step: int) -> str:
    """A step with thousands apart, in three figures when it is longer than any training."""
    return number_text(step) if abs(step) < 10**12 else f"{step:.2e}".replace("e+", "e")


def count_text(count: int, word: str, plural: str = "") -> str:
    """A count with its noun: ``1 run``, ``2 runs``."""
    return f"{count:,} {word if count == 1 else plural or word + 's'}"


def size_text(size_bytes: float) -> str:
    """A size with three figures at most: ``212 MB``."""
    value = float(size_bytes)
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if abs(value) < 999.5 or unit == "TB":
            if unit == "bytes":
                return f"{value:.0f} {unit if value != 1 else 'byte'}"
            return f"{value:.{1 if abs(value) < 9.95 else 0}f} {unit}"
        value /= 1000.0
    raise AssertionError("unreachable")


def seconds_text(seconds: float) -> str:
    """A short time: ``12 ms``, ``0.3 s``, ``42 s``, then as `duration_text`."""
    if seconds < 0.0995:
        return f"{max(1000 * seconds, 1):.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    return duration_text(seconds)


def duration_text(seconds: float) -> str:
    """A length of time in its two largest units: ``1 h 42 min``; empty when it is not finite."""
    if not math.isfinite(seconds):
        return ""
    sign, total = ("−" if seconds < 0 else ""), round(abs(seconds))
    if total < 60:
        return f"{sign}{total} s"
    minutes, seconds_left = divmod(total, 60)
    if minutes < 60:
        return f"{sign}{minutes} min" + (f" {seconds_left} s" if seconds_left else "")
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{sign}{hours} h" + (f" {minutes} min" if minutes else "")
    days, hours = divmod(hours, 24)
    return f"{sign}{days:,} d" + (f" {hours} h" if hours else "")


def wall_time_text(wall_time_s: float) -> str:
    """A wall time in the local zone: ``2026-11-21 09:41:07``."""
    try:
        return datetime.fromtimestamp(wall_time_s).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return "at no known time"


def printable(text: str) -> str:
    """A name of a file on one line: it may hold line ends, and bytes that are no text."""
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )
