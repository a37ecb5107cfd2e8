"""Patterns from logs: ordinary ones are taken, those that could hang the program are not."""

from __future__ import annotations

import re

import pytest

from eventglass.app.core import patterns
from eventglass.app.core.patterns import MOST_LETTERS, compile_untrusted, is_quick


@pytest.mark.parametrize(
    "pattern",
    [
        "loss",
        "loss.*",
        r"layer_\d+/(weights|biases)",
        "(?i)acc(uracy)?$",
        "a{3}(b|c){2}",
        r"(\d{1,3}\.){3}",
        r"(train|val|test)/(layer|block)_\d+/.*(kernel|bias)",
        "(ab|cd)*",
        "(?!.*val)loss",
    ],
)
def test_ordinary_patterns_are_taken(pattern: str) -> None:
    assert compile_untrusted(pattern).pattern == pattern


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(a|b*)*c",
        "((x*)y)*",
        "(a{1,30}){1,30}",
        ".*.*.*.*.*x",
        "(a*b*){9}",
        "(a|a)" * 30,
        "(a|a)*x",
        "(a?a?)*x",
        "(ab|a)*x",
        "a{0,32}" * 10,
        "(?:a?){30}",
        "(?:(?:a|aa)(?:a|aa)){20}",
        "(?=(a|a){30}!)",
        "(((a?){30}){30}){30}",
        "(",
        "a" * 2000,
    ],
)
def test_costly_and_invalid_patterns_are_refused(pattern: str) -> None:
    with pytest.raises(re.error):
        compile_untrusted(pattern)
    assert MOST_LETTERS == 1000


def test_a_text_too_long_for_a_pattern_does_not_match() -> None:
    pattern = compile_untrusted(".*.*.*.*!")
    assert pattern.match("a" * 60 + "!")
    # Two hundred million ways and more: with them this test would take minutes.
    assert not pattern.match("a" * 3000 + "!")
    assert compile_untrusted("loss.*").match("loss/" + "x" * 5000)


def test_a_pattern_that_takes_too_long_in_all_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    pattern = compile_untrusted("loss.*")
    assert pattern.match("loss/a")
    assert not pattern.gave_up
    monkeypatch.setattr(patterns, "PATIENCE_S", -1.0)
    assert pattern.gave_up
    # What is known stays.
    assert pattern.match("loss/a")
    assert not pattern.match("loss/b")


@pytest.mark.parametrize(
    ("pattern", "quick"),
    [
        ("loss", True),
        ("train.*loss", True),
        ("^(?!.*test).*$", True),
        ("(unclosed", True),
        ("(" * 5000, False),
        ("(a+)+$", False),
        (".*.*.*.*x", False),
        ("x" * 2000, False),
    ],
)
def test_what_a_filter_of_somebody_else_may_be(pattern: str, quick: bool) -> None:
    assert is_quick(pattern) is quick
