"""Patterns from logs: ordinary ones are taken, those that could hang the program are not."""

from __future__ import annotations

import re

import pytest

from eventglass.app.core.patterns import MOST_LETTERS, compile_untrusted


@pytest.mark.parametrize(
    "pattern",
    [
        "loss",
        "loss.*",
        r"layer_\d+/(weights|biases)",
        "(?i)acc(uracy)?$",
        "a{3}(b|c){2}",
        r"(\d{1,3}\.){3}",
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
        "(",
        "a" * 2000,
    ],
)
def test_costly_and_invalid_patterns_are_refused(pattern: str) -> None:
    with pytest.raises(re.error):
        compile_untrusted(pattern)
    assert MOST_LETTERS == 1000
