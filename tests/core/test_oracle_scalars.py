"""Every scalar TensorBoard keeps is read to the same number; where more is read, it is said why."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from eventglass.app.core.names import Kind
from tests.core.oracles import Expected, Item, expected, items, loaded, oracle

ITEMS = [item for item in items() if any(True for _ in expected(item, "scalars"))]

#: Series of which more points are read than TensorBoard keeps, and why. ``*`` is any run and tag.
MORE = {
    "odd/data_crc_flip": "the file goes on behind a damaged record",
    "odd/length_flip": "the file goes on behind a damaged record",
    "odd/garbage_middle": "the file goes on behind the garbage",
    "odd/no_version_restart": "points a restart wrote again are kept, in an earlier segment",
    "odd/old_version_1": "points a restart wrote again are kept, in an earlier segment",
    "odd/restart_default_overflow": "points a restart wrote again are kept",
    "odd/restart_other_tags": "points a restart wrote again are kept",
    "odd/restart_sessionlog_second_file": "points a restart wrote again are kept",
    "odd/restart_three": "points a restart wrote again are kept",
}


#: Values in the oracle that are no real numbers; they are kept as tensors, see test_writer.
NOT_REAL = {"(1+2j)", "b'abc'"}
#: The loop of links: TensorBoard reads the one real directory once per turn.
SAME_DIRECTORY = "/up/"
#: TensorBoard's Rust reader does not check data: it shows the number the flipped bit made.
UNCHECKED = {"odd/data_crc_flip"}


def number(text: str) -> float:
    """A value of the oracle, which is a Python repr."""
    return {"True": 1.0, "False": 0.0}[text] if text in ("True", "False") else float(text)


def rows(series: Expected) -> list[tuple[int, str, str]]:
    """Points the oracle lists, in a form in which NaN equals NaN."""
    facts = series.facts
    return [
        (step, repr(float(wall)), repr(number(value)))
        for step, wall, value in zip(
            facts["steps"], facts["wall_times"], facts["values"], strict=True
        )
    ]


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.name)
def test_points_equal(item: Item) -> None:
    more: Counter[str] = Counter()
    compared = 0
    for series in expected(item, "scalars"):
        if "values" not in series.facts:
            continue  # TensorBoard itself fails on this tag, see test_more_than_tensorboard
        if NOT_REAL & set(series.facts["values"]) or SAME_DIRECTORY in series.run:
            continue
        ours = loaded(item)[series.run][series.tag, Kind.SCALAR]
        found = [
            (int(step), repr(float(wall)), repr(float(value)))
            for step, wall, value in zip(ours.steps, ours.wall_times, ours.values, strict=True)
        ]
        theirs = rows(series)
        # Theirs must be a subsequence of ours: same points, same order.
        rest = iter(found)
        missing = [row for row in theirs if row not in rest]
        assert not missing, f"{series.run} {series.tag}"
        if len(found) > len(theirs):
            more[f"{series.run} {series.tag}"] = len(found) - len(theirs)
        compared += len(theirs)
    reason = MORE.get(item.name.partition("/")[2])
    if reason is None:
        assert not more
    else:
        assert more, f"{item.name} no longer needs its reason: {reason}"


def test_more_than_tensorboard() -> None:
    """Tags that TensorBoard's Python reader refuses because of one value have their points here."""
    refused = 0
    for item in ITEMS:
        for series in expected(item, "scalars"):
            if "values" in series.facts or series.facts.get("error") is None:
                continue
            run = loaded(item)[series.run]
            assert len(run[series.tag].steps) > 0, f"{item.name} {series.tag}"
            refused += 1
    assert refused or not any(item.name.startswith("corpus/") for item in ITEMS)


def test_rust_agrees_where_it_reads() -> None:
    """What TensorBoard's other reader keeps is here too, to the same float32."""
    for item in ITEMS:
        if item.name.partition("/")[2] in UNCHECKED:
            continue
        for run, plugins in oracle(item).get("rust", {}).get("series", {}).items():
            for tag, facts in (plugins or {}).get("scalars", {}).items():
                if not facts or not facts.get("values") or SAME_DIRECTORY in run:
                    continue
                ours = loaded(item)[run][tag, Kind.SCALAR]
                found = {
                    (int(step), repr(float(np.float32(value))))
                    for step, value in zip(ours.steps, ours.values, strict=True)
                }
                theirs = {
                    (step, repr(float(np.float32(number(value)))))
                    for step, value in zip(facts["steps"], facts["values"], strict=True)
                }
                assert theirs <= found, f"{item.name} {run} {tag}"
