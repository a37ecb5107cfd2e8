from __future__ import annotations

import math
from datetime import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventglass.app.models.column_rows import floats, things, wholes
from eventglass.app.models.run_filter import (
    Condition,
    column_named,
    fits_condition,
    fits_words,
    number_of,
    parse_filter,
)

NAMES = {"loss": "last:val/loss", "lr": "hparam:lr", "optimizer": "hparam:optimizer"}


def parse(text: str) -> tuple[tuple[str, ...], list[tuple[str, str, str]], str]:
    found, unknown = parse_filter(text, lambda name: name in NAMES)
    return found.words, [(c.name, c.operator, c.value) for c in found.conditions], unknown


@pytest.mark.parametrize(
    ("text", "words", "conditions", "unknown"),
    [
        ("", (), [], ""),
        ("resnet val", ("resnet", "val"), [], ""),
        ("loss<0.3", (), [("loss", "<", "0.3")], ""),
        ("loss < 0.3", (), [("loss", "<", "0.3")], ""),
        (
            "res loss >= -1e-3 and lr=0.1",
            ("res",),
            [("loss", ">=", "-1e-3"), ("lr", "=", "0.1")],
            "",
        ),
        ('optimizer = "adam w"', (), [("optimizer", "=", "adam w")], ""),
        ("loss<1, lr!=0.1", (), [("loss", "<", "1"), ("lr", "!=", "0.1")], ""),
        # A part of a name, since there is no such column.
        ("seed=1", ("seed=1",), [], ""),
        ("los < 0.3", (), [], "los"),
        ("sand and sea", ("sand", "and", "sea"), [], ""),
        ("loss <", ("loss", "<"), [], ""),
    ],
)
def test_filters_are_taken_apart(
    text: str, words: tuple[str, ...], conditions: list[tuple[str, str, str]], unknown: str
) -> None:
    assert parse(text) == (words, conditions, unknown)


@given(st.text(alphabet='ab <>=!"0.1,lorst(]'))
def test_no_text_is_too_odd(text: str) -> None:
    found, _unknown = parse_filter(text, lambda name: name == "loss")
    fits_words(found.words, ["a", "loss", "[b"])
    for condition in found.conditions:
        fits_condition(condition, floats([1.0, math.nan]))


@pytest.mark.parametrize("operator", ["<", "<=", ">", ">=", "=", "==", "!="])
@given(values=st.lists(st.none() | st.integers(-3, 3)))
def test_conditions_hold_as_python_says(operator: str, values: list[int | None]) -> None:
    sign = "==" if operator == "=" else operator
    expected = [v is not None and eval(f"{v} {sign} 1") for v in values]
    condition = Condition("x", operator, "1")
    assert fits_condition(condition, wholes(values)).tolist() == expected
    assert fits_condition(condition, things(values)).tolist() == expected
    numbers = [math.nan if v is None else float(v) for v in values]
    assert fits_condition(condition, floats(numbers)).tolist() == expected


def test_texts_and_odd_numbers() -> None:
    names = things(["Adam", "sgd", None, True, 0.1])
    assert fits_condition(Condition("o", "=", "adam"), names).tolist() == [True, *[False] * 4]
    assert fits_condition(Condition("o", "=", "true"), names).tolist()[3]
    assert fits_condition(Condition("o", "!=", "adam"), names).tolist() == [
        False,
        True,
        False,
        True,
        True,
    ]
    assert not fits_condition(Condition("o", "<", "adam"), names).any()
    numbers = floats([1.0, math.nan, math.inf], np.ones(3, np.bool_))
    assert fits_condition(Condition("x", "=", "nan"), numbers).tolist() == [False, True, False]
    assert fits_condition(Condition("x", "=", "inf"), numbers).tolist() == [False, False, True]
    assert fits_condition(Condition("x", "!=", "nan"), numbers).tolist() == [True, False, True]
    assert not fits_condition(Condition("x", "<", "word"), numbers).any()


def test_numbers_have_units() -> None:
    assert number_of("30min") == 1800.0
    assert number_of("2h") == 7200.0
    assert number_of("10k") == 10_000.0
    assert number_of("-.5e2") == -50.0
    assert number_of("2026-11-21") == datetime(2026, 11, 21).timestamp()
    assert math.isnan(number_of("soon"))


def test_columns_are_found_by_parts_of_their_names() -> None:
    names = {"train/loss": "a", "val/loss": "b", "loss": "c", "Last step": "d"}
    assert column_named("loss", names) == "c"
    assert column_named("VAL/loss", names) == "b"
    del names["loss"]
    assert column_named("loss", names) == "a"
    assert column_named("step", names) == "d"
    assert column_named("nothing", names) == ""
