"""Ticks are where they should be and say what people read."""

from __future__ import annotations

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventglass.app.core.compute import ticks
from eventglass.app.core.compute.scales import Scale


@pytest.fixture
def in_utc(monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def labels(made):
    return [tick.label for tick in made]


@pytest.mark.parametrize(
    ("low", "high", "count", "expected"),
    [
        (0, 1, 5, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (0, 20_000, 4, ["0", "5k", "10k", "15k", "20k"]),
        (0, 2_400, 5, ["0", "500", "1k", "1.5k", "2k"]),
        (0, 1_200_000, 5, ["0", "200k", "400k", "600k", "800k", "1M", "1.2M"]),
        (-4_000, 4_000, 4, ["−4k", "−2k", "0", "2k", "4k"]),
        (0, 1.25, 5, ["0.00", "0.25", "0.50", "0.75", "1.00", "1.25"]),
        (0, 3e-4, 4, ["0", "1e-4", "2e-4", "3e-4"]),
        (0, 4, 5, ["0", "1", "2", "3", "4"]),
        (-1, 1, 5, ["−1.0", "−0.5", "0.0", "0.5", "1.0"]),
        (12_340, 12_420, 5, ["12,340", "12,360", "12,380", "12,400", "12,420"]),
        (1_000_000, 3_000_000, 2, ["1M", "2M", "3M"]),
        (0, 2e-20, 2, ["0", "1e-20", "2e-20"]),
    ],
)
def test_numbers(low, high, count, expected):
    assert labels(ticks.linear_ticks(low, high, count)) == expected


@given(st.floats(-1e15, 1e15), st.floats(1e-6, 1e15), st.integers(2, 12))
def test_linear_ticks_lie_inside_in_order_and_differ(low, span, count):
    made = ticks.linear_ticks(low, low + span, count)
    places = [tick.value for tick in made]
    assert places == sorted(places)
    assert len(made) <= 2.5 * count + 2
    # Far from zero doubles themselves lie apart.
    slack = span * 1e-5 + math.ulp(max(abs(low), abs(low + span)))
    for place in places:
        assert low - slack <= place <= low + span + slack
    if span > abs(low) * 1e-9:
        assert len(set(labels(made))) == len(made)


@given(st.floats(1e-9, 1e12), st.integers(2, 12))
def test_about_as_many_ticks_as_asked_for(span, count):
    made = span / ticks.tick_step(span, count)
    assert count / 1.6 <= made <= count * 1.6


def test_steps_are_counted_in_fours_where_that_fits():
    assert labels(ticks.step_ticks(0, 20_000, 5)) == ["0", "4k", "8k", "12k", "16k", "20k"]


def test_steps_are_whole():
    assert labels(ticks.step_ticks(0, 10, 4)) == ["0", "2", "4", "6", "8", "10"]
    assert labels(ticks.step_ticks(3, 5.4, 6)) == ["3", "4", "5"]


def test_logarithmic():
    assert labels(ticks.log_ticks(1e-5, 1, 6)) == ["1e-5", "1e-4", "0.001", "0.01", "0.1", "1"]
    assert labels(ticks.log_ticks(0.1, 100, 10)) == [
        *("0.1", "0.2", "0.5", "1", "2", "5", "10", "20", "50", "100")
    ]
    assert labels(ticks.log_ticks(1, 1e12, 5)) == ["1", "1k", "1e6", "1e9", "1e12"]
    assert len(ticks.log_ticks(1.0, 1.5, 5)) >= 3
    assert ticks.log_ticks(0.0, 1.0, 5) == []


def test_relative_times():
    assert labels(ticks.relative_ticks(0, 7200, 5)) == ["0", "30 min", "1 h", "1 h 30 min", "2 h"]
    assert labels(ticks.relative_ticks(0, 90_000, 5)) == ["0", "6 h", "12 h", "18 h", "1 d"]
    assert labels(ticks.relative_ticks(0, 0.01, 5))[:2] == ["0", "2 ms"]


def test_wall_times(in_utc):
    start = 1.7e9  # 2023-11-14 22:13:20 UTC
    assert labels(ticks.clock_ticks(start, start + 100, 5)) == [
        "14 Nov 22:13:30",
        "22:14:00",
        "22:14:30",
        "22:15:00",
    ]
    assert labels(ticks.clock_ticks(start, start + 4e4, 5))[0] == "15 Nov"
    assert labels(ticks.clock_ticks(start, start + 3e5, 5)) == [
        "15 Nov",
        "16 Nov",
        "17 Nov",
        "18 Nov",
    ]
    assert labels(ticks.clock_ticks(start, start + 1e8, 5)) == ["2024", "2025", "2026", "2027"]
    assert labels(ticks.clock_ticks(start, start + 1, 4))[1] == "22:13:20.2"


@given(st.floats(-1e18, 1e18), st.floats(1e-3, 1e18), st.integers(2, 10))
def test_wall_times_of_any_range(low, span, count):
    made = ticks.clock_ticks(low, low + span, count)
    places = [tick.value for tick in made]
    assert places == sorted(places)
    assert len(made) < 60


def test_durations_and_moments(in_utc):
    assert ticks.duration(6120) == "1 h 42 min"
    assert ticks.duration(86_400 * 2 + 3600 * 3) == "2 d 3 h"
    assert ticks.duration(0.25) == "250 ms"
    assert ticks.duration(59.6) == "1 min"
    assert ticks.duration(-60) == "−1 min"
    assert ticks.wall_time(1.7e9) == "2023-11-14 22:13:20"
    assert ticks.wall_time(1e300) == "no valid time"
    assert ticks.wall_time(float("nan")) == "no valid time"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.17134, "0.1713"),
        (12.3, "12.30"),
        (5.0, "5"),
        (0.0, "0"),
        (3.2e-5, "3.2e-5"),
        (123_456.0, "123,456"),
        (1234.56, "1,234.6"),
        (12_345_678.0, "1.235e7"),
        (-0.5, "−0.5000"),
        (float("nan"), "NaN"),
        (float("inf"), "∞"),
        (float("-inf"), "−∞"),
    ],
)
def test_values(value, text):
    assert ticks.value_text(value) == text


@given(
    st.floats(-1e12, 1e12),
    st.floats(1e-9, 1e13),
    st.integers(2, 14),
    st.integers(-8, 6),
    st.booleans(),
)
def test_symmetric_ticks_are_in_order_within_the_range_and_few(low, span, count, power, seconds):
    scale = Scale("symlog", 10.0**power)
    span = max(span, abs(low) * 1e-9)
    high = low + span
    make = ticks.log_duration_ticks if seconds else ticks.symlog_ticks
    made = make(low, high, count, scale)
    values = [tick.value for tick in made]
    assert values == sorted(set(values))
    assert all(low - span * 1e-5 <= value <= high + span * 1e-5 for value in values)
    assert len(values) <= 3 * count + 4
    assert all(tick.label for tick in made)
    for tick in made:
        if tick.value:
            assert tick.label.startswith("−") == (tick.value < 0.0)


def test_symmetric_ticks_are_zero_and_decades_on_both_sides():
    made = ticks.symlog_ticks(-1000.0, 1000.0, 9, Scale("symlog", 1.0))
    assert [tick.label for tick in made] == [
        "−1k",
        "−100",
        "−10",
        "0",
        "10",
        "100",
        "1k",
    ]
    few = [tick.value for tick in ticks.symlog_ticks(-1000.0, 1000.0, 4, Scale("symlog", 1.0))]
    assert 0.0 in few
    assert len(few) <= 5
    assert [-value for value in reversed(few)] == few


def test_times_on_a_logarithmic_axis_are_round_ones():
    texts = [tick.label for tick in ticks.log_duration_ticks(1.0, 90_000.0, 8, Scale("log"))]
    assert texts == ["1 s", "10 s", "1 min", "10 min", "1 h", "1 d"]
    texts = [tick.label for tick in ticks.log_duration_ticks(-60.0, 3600.0, 7, Scale("symlog"))]
    assert "0" in texts
    assert "1 h" in texts
    assert ticks.log_duration_ticks(5.0, 9.0, 4, Scale("log"))


def test_ticks_of_scales_without_a_range():
    for scale in (Scale(), Scale("log"), Scale("symlog")):
        for low, high in ((1.0, 1.0), (math.nan, 1.0), (2.0, 1.0), (0.0, math.inf)):
            assert ticks.scaled_ticks(low, high, 5, scale) == []
