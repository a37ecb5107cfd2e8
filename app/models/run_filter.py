"""The filter of the run table: words that names must hold, and conditions on columns.

``resnet loss < 0.3 lr=0.1``: the name holds "resnet", the last loss lies below 0.3, and the
hyperparameter is 0.1. Words are regular expressions as in every filter; a name with spaces stands
in double quotes. Durations may have a unit: ``duration > 2h``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from eventglass.app.models.column_rows import Cells
from eventglass.app.models.workspace import matcher

_CONDITION = re.compile(
    r'("[^"]+"|[^\s<>=!"]+)\s*(<=|>=|==|!=|<|>|=)\s*("[^"]*"|[^\s<>=!",]+)(?=\s|,|$)'
)
_UNITS = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(s|min|h|d|k|m|%)?", re.IGNORECASE)
_LARGE = {"k": 1e3, "m": 1e6}


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison of a column with a value."""

    name: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class RunFilter:
    """A filter taken apart.

    Attributes
    ----------
    words
        Patterns; the name or alias must fit each.
    conditions
        All must hold.
    """

    words: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()


def parse_filter(text: str, has_column: Callable[[str], bool]) -> tuple[RunFilter, str]:
    """Take a filter apart; also return the name of a column it asks for in vain, or "".

    What looks like a condition on no column there is counts as a word where it could be part of a
    name, such as ``lr=0.1``.
    """
    conditions: list[Condition] = []
    unknown = ""
    rest: list[str] = []
    end = 0
    for found in _CONDITION.finditer(text):
        name, operator, value = (part.strip('"') for part in found.groups())
        rest.append(text[end : found.start()])
        end = found.end()
        if has_column(name):
            conditions.append(Condition(name, operator, value))
        elif " " not in found.group() and operator == "=":
            rest.append(found.group())
        else:
            unknown = name
    rest.append(text[end:])
    words = [word for part in rest for word in part.replace(",", " ").split()]
    if conditions:
        words = [word for word in words if word.casefold() != "and"]
    return RunFilter(tuple(words), tuple(conditions)), unknown


def fits_words(words: Sequence[str], names: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Whether each of some names fits all words, (n,) bool."""
    fits = np.ones(len(names), np.bool_)
    for word in words:
        search = matcher(word)
        if search is not None:
            found = (search(name) is not None for name in names)
            fits &= np.fromiter(found, np.bool_, len(names))
    return fits


def fits_condition(condition: Condition, cells: Cells) -> npt.NDArray[np.bool_]:
    """Whether the value of each row holds a condition, (n,) bool; none holds nothing."""
    wanted = number_of(condition.value)
    operator = condition.operator
    if isinstance(cells.values, tuple):
        pairs = zip(cells.values, cells.known.tolist(), strict=True)
        held = (
            known and _holds(value, operator, condition.value, wanted) for value, known in pairs
        )
        return np.fromiter(held, np.bool_, len(cells.values))
    if math.isnan(wanted):
        is_nan = np.isnan(cells.values) & (condition.value.casefold() == "nan")
        none = np.zeros(len(cells.known), np.bool_)
        picked = {"=": is_nan, "==": is_nan, "!=": ~is_nan}.get(operator, none)
        return cells.known & picked
    with np.errstate(invalid="ignore"):
        return cells.known & _compare(cells.values, operator, wanted)


def number_of(text: str) -> float:
    """The number a text means, with its unit: 30min, 2h, 10k, 2026-11-21; NaN for none."""
    found = _NUMBER.fullmatch(text)
    if found is not None:
        unit = (found.group(2) or "").casefold()
        return float(found.group(1)) * {**_UNITS, **_LARGE}.get(unit, 1.0)
    if text.casefold() in ("inf", "+inf", "-inf", "∞", "-∞"):
        return -math.inf if text.startswith("-") else math.inf
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        return math.nan


def column_named(name: str, names: Mapping[str, str]) -> str:
    """Key of the column meant by a name, or ""; `names` gives keys by what columns are called.

    The whole name counts first, then its last part behind a slash, then any part; of several the
    first.
    """
    wanted = name.casefold()
    folded = [(called.casefold(), key) for called, key in names.items()]
    for fits in (
        lambda called: called == wanted,
        lambda called: called.rpartition("/")[2] == wanted,
        lambda called: wanted in called,
    ):
        for called, key in folded:
            if fits(called):
                return key
    return ""


def _compare(
    values: npt.NDArray[np.float64] | npt.NDArray[np.int64], operator: str, wanted: float
) -> npt.NDArray[np.bool_]:
    compare = {
        "<": np.less,
        "<=": np.less_equal,
        ">": np.greater,
        ">=": np.greater_equal,
        "=": np.equal,
        "==": np.equal,
        "!=": np.not_equal,
    }[operator]
    found: npt.NDArray[np.bool_] = compare(values, wanted)
    return found


def _holds(value: Any, operator: str, text: str, wanted: float) -> bool:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and not math.isnan(wanted):
        return bool(_compare(np.array([float(value)]), operator, wanted)[0])
    words = str(value).casefold(), text.casefold()
    if operator in ("=", "=="):
        return words[0] == words[1]
    if operator == "!=":
        return words[0] != words[1]
    return False
