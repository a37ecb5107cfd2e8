"""Log directories with what TensorBoard's own reader says of them, for the tests that compare.

Some are beside the tests, more in the corpus where that is at hand.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from eventglass.app import load
from eventglass.app.core.log import Log

TESTS = Path(__file__).resolve().parent.parent
DATA = TESTS / "data"
CORPUS = Path(os.environ.get("EVENTGLASS_CORPUS", TESTS.parent.parent.joinpath("shared", "corpus")))


@dataclass(frozen=True)
class Item:
    """A log directory and the oracle's file."""

    name: str
    logdir: Path
    oracle: Path


@dataclass(frozen=True)
class Expected:
    """One series in an oracle."""

    run: str
    plugin: str
    tag: str
    facts: dict[str, Any]


def items() -> Iterator[Item]:
    """All items at hand; those in ``tests/data`` always are."""
    for oracle in sorted((DATA / "oracle").rglob("*.json.gz")):
        name = oracle.relative_to(DATA / "oracle").as_posix().removesuffix(".json.gz")
        yield Item(f"data/{name}", DATA / "logs" / name, oracle)
    for oracle in sorted((CORPUS / "oracle").rglob("*.json*")):
        name = oracle.relative_to(CORPUS / "oracle").as_posix().split(".json")[0]
        if name.startswith("real/"):
            logdir = CORPUS / name
        else:
            logdir = CORPUS / "golden" / name.replace("__", "/")
        yield Item(f"corpus/{name}", logdir, oracle)


@cache
def loaded(item: Item) -> Log:
    """What Eventglass reads."""
    return load(item.logdir)


@cache
def oracle(item: Item) -> dict[str, Any]:
    """What TensorBoard reads."""
    data = item.oracle.read_bytes()
    result: dict[str, Any] = json.loads(
        gzip.decompress(data) if item.oracle.suffix == ".gz" else data
    )
    return result


def expected(item: Item, *plugins: str) -> Iterator[Expected]:
    """The series of `plugins` in an item's oracle."""
    for run, found in oracle(item).get("runs", {}).items():
        for plugin in plugins:
            for tag, facts in found["plugins"].get(plugin, {}).items():
                yield Expected(run, plugin, tag, facts)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
