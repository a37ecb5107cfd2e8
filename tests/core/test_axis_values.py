"""What people type at the end of an axis."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventglass.app.core.compute.axis_values import AxisValueError, parse_axis_value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.5", 0.5),
        ("-1e-4", -1e-4),
        ("−3", -3.0),
        ("20k", 20_000.0),
        ("1.5 M", 1.5e6),
        ("12,500", 12_500.0),
        (".5", 0.5),
        ("", None),
        ("  ", None),
        ("auto", None),
    ],
)
def test_numbers(text, value):
    assert parse_axis_value(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("90", 90.0), ("1 h 30 min", 5400.0), ("-2 min", -120.0), ("1.5d", 129_600.0), ("3 ms", 3e-3)],
)
def test_durations(text, value):
    assert parse_axis_value(text, "duration") == pytest.approx(value)


def test_moments():
    text = "2024-05-31 14:00"
    assert parse_axis_value(text, "moment") == datetime.fromisoformat(text).timestamp()
    assert parse_axis_value("1700000000", "moment") == 1.7e9


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("abc", "number"),
        ("1 2 x", "number"),
        ("nan", "number"),
        ("1e999", "number"),
        ("--1", "number"),
        ("1 h 30", "duration"),
        ("5 parsecs", "duration"),
        ("tomorrow", "moment"),
    ],
)
def test_bad_text_says_what_is_wanted(text, kind):
    with pytest.raises(AxisValueError, match=r"\w"):
        parse_axis_value(text, kind)


@given(st.text(max_size=30), st.sampled_from(["number", "duration", "moment"]))
def test_any_text_is_a_value_or_an_error(text, kind):
    try:
        value = parse_axis_value(text, kind)
    except AxisValueError:
        return
    assert value is None or abs(value) <= 1e300


@given(st.floats(-1e9, 1e9))
def test_written_numbers_are_read_back(value):
    assert parse_axis_value(repr(value)) == value
