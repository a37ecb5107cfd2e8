"""Plain values to JSON and back, by their type hints.

Understands str, int, float, bool, None, literals, unions of these, tuples, frozensets, mappings
with text as keys, and frozen dataclasses of all these. What comes back from a file that somebody
edited, or another version wrote, is taken as far as it fits: items and fields that don't fit are
left out, and nothing is raised.
"""

from __future__ import annotations

import math
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

#: Longer texts were written by nobody.
MOST_LETTERS = 10_000

T = TypeVar("T")


class _Misfit(Exception):
    """The value has another shape."""


def to_json(value: Any) -> Any:
    """Return a value as JSON values; fields of dataclasses that have their default are left out."""
    if is_dataclass(value) and not isinstance(value, type):
        made = {}
        for entry in fields(value):
            found = getattr(value, entry.name)
            if found != _default(entry):
                made[entry.name] = to_json(found)
        return made
    if isinstance(value, frozenset):
        return [to_json(item) for item in sorted(value)]
    if isinstance(value, tuple):
        return [to_json(item) for item in value]
    if isinstance(value, Mapping):
        return {key: to_json(item) for key, item in value.items()}
    return value


def from_json(kind: type[T], found: object) -> T:
    """Return a dataclass of that kind with the fields of `found` that fit, others by default.

    Every field of `kind` must have a default.
    """
    try:
        made = _dataclass(kind, found if isinstance(found, Mapping) else {})
    except _Misfit:
        made = kind()
    return made  # type: ignore[no-any-return]


def field_from_json(kind: type, name: str, found: object) -> Any:
    """Return what field `name` of a dataclass has for a JSON value; `ValueError` for a misfit."""
    try:
        return _fit(_hints(kind)[name], found)
    except _Misfit:
        raise ValueError(f"{found!r} does not fit {name}") from None


def _default(entry: Any) -> Any:
    if entry.default is not MISSING:
        return entry.default
    return MISSING if entry.default_factory is MISSING else entry.default_factory()


@lru_cache(maxsize=64)
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _fit(hint: Any, value: Any) -> Any:
    """`value` as that hint has it; raises `_Misfit`."""
    origin, inside = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        for each in inside:
            try:
                return _fit(each, value)
            except _Misfit:
                continue
        raise _Misfit
    if origin is Literal:
        if any(type(value) is type(each) and value == each for each in inside):
            return value
        raise _Misfit
    if origin is tuple:
        return _tuple(inside, value)
    if origin is frozenset:
        return frozenset(_some(inside[0], value))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(inside[1], value)
    if is_dataclass(hint):
        if not isinstance(value, Mapping):
            raise _Misfit
        return _dataclass(hint, value)
    return _plain(hint, value)


def _plain(hint: Any, value: Any) -> Any:
    if hint is type(None) and value is None:
        return None
    if hint is float and type(value) in (int, float):
        try:
            made = float(value)
        except OverflowError:
            raise _Misfit from None
        if math.isfinite(made):
            return made
    elif hint is int and type(value) is int:
        # Steps are numbers of 64 bits, and nothing else is larger.
        if -(2**63) <= value < 2**63:
            return value
    elif hint is str and type(value) is str:
        if len(value) <= MOST_LETTERS:
            return value
    elif type(value) is hint:
        return value
    raise _Misfit


def _some(hint: Any, value: Any) -> list[Any]:
    """The items of a list that fit."""
    if not isinstance(value, list):
        raise _Misfit
    made = []
    for item in value:
        try:
            made.append(_fit(hint, item))
        except _Misfit:
            continue
    return made


def _tuple(inside: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    if len(inside) == 2 and inside[1] is Ellipsis:
        return tuple(_some(inside[0], value))
    if not isinstance(value, list) or len(value) != len(inside):
        raise _Misfit
    return tuple(_fit(hint, item) for hint, item in zip(inside, value, strict=True))


def _mapping(hint: Any, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _Misfit
    made: dict[str, Any] = {}
    for key, item in value.items():
        try:
            made[key] = _fit(hint, item)
        except _Misfit:
            continue
    return MappingProxyType(made)


def _dataclass(kind: Any, found: Mapping[str, Any]) -> Any:
    hints = _hints(kind)
    made = {}
    for entry in fields(kind):
        if entry.name in found:
            try:
                made[entry.name] = _fit(hints[entry.name], found[entry.name])
                continue
            except _Misfit:
                pass
        if _default(entry) is MISSING:
            raise _Misfit
    return kind(**made)
