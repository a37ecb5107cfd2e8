"""Plain values to JSON and back: what fits is taken, what does not is left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

import pytest

from eventglass.app.models.codec import from_json, to_json


@dataclass(frozen=True, slots=True)
class Inner:
    name: str
    size: float = 1.0


@dataclass(frozen=True, slots=True)
class Outer:
    kind: Literal["a", "b"] = "a"
    pair: tuple[int, str] | None = None
    names: frozenset[str] = frozenset()
    inners: tuple[Inner, ...] = ()
    by_name: Mapping[str, Inner] = field(default_factory=lambda: MappingProxyType({}))
    inner: Inner = field(default_factory=lambda: Inner("first"))
    flag: bool = False
    number: float = 0.0


def test_values_survive() -> None:
    value = Outer(
        "b", (3, "x"), frozenset("ab"), (Inner("p", 2.5),), {"k": Inner("q")}, Inner("i"), True, 0.5
    )
    assert from_json(Outer, to_json(value)) == value
    assert to_json(Outer()) == {}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (None, Outer()),
        ([1, 2], Outer()),
        ({"kind": "c", "flag": 1, "number": True, "pair": [1]}, Outer()),
        ({"kind": "b", "unknown": 3}, Outer("b")),
        ({"number": 2}, Outer(number=2.0)),
        ({"number": float("inf")}, Outer()),
        ({"number": 10**400}, Outer()),
        ({"pair": [2**63, "x"]}, Outer()),
        ({"pair": [-(2**63), "x"]}, Outer(pair=(-(2**63), "x"))),
        ({"pair": [1, "x" * 200_000]}, Outer()),
        ({"names": ["a", 3, None]}, Outer(names=frozenset("a"))),
        ({"names": "abc"}, Outer()),
        ({"inners": [{"name": "p"}, {"size": 3}, 7]}, Outer(inners=(Inner("p"),))),
        ({"by_name": {"k": {"name": "q", "size": "x"}, "l": 4}}, Outer(by_name={"k": Inner("q")})),
        ({"inner": {"size": 2}}, Outer()),
    ],
)
def test_what_does_not_fit_is_left_out(found: Any, expected: Outer) -> None:
    assert from_json(Outer, found) == expected
