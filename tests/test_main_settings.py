"""Fields of the workspace from the texts of a command line."""

from __future__ import annotations

from typing import Any

import pytest

from eventglass.app.main import _parsed
from eventglass.app.models.cards import CardOptions, XRange
from eventglass.app.models.run_groups import RunGrouping


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("tag_filter", "12", "12"),
        ("smoothing", "0.8", 0.8),
        ("smoothing", "0", 0.0),
        ("step", "12", 12),
        ("step", "null", None),
        ("show_raw", "no", False),
        ("show_raw", "1", True),
        ("x_axis", "wall", "wall"),
        ("pinned_tags", "loss,acc", ("loss", "acc")),
        ("hidden_runs", "a", frozenset("a")),
        ("grouping", '{"by": "directory", "level": 2}', RunGrouping("directory", level=2)),
        ("selection", '{"axis": "step", "low": 1, "high": 5}', XRange("step", 1.0, 5.0)),
        ("card_options", '{"loss": {"wide": true}}', {"loss": CardOptions(wide=True)}),
    ],
)
def test_texts_become_values(name: str, text: str, expected: Any) -> None:
    assert _parsed(name, text) == expected


@pytest.mark.parametrize(
    ("name", "text"),
    [("x_axis", "sideways"), ("step", "1.5"), ("show_raw", "maybe"), ("selection", "[1, 2]")],
)
def test_what_does_not_fit_is_refused(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=text.replace("[", r"\[")):
        _parsed(name, text)
