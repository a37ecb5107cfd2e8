from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventglass.app.models.commands import Command, Commands, fuzzy_score
from eventglass.app.models.words import (
    count_text,
    duration_text,
    seconds_text,
    size_text,
    wall_time_text,
)

pytestmark = pytest.mark.usefixtures("qapp")


def test_commands_run_when_they_can() -> None:
    commands, done = Commands(), []
    commands.add(
        Command("a", "A", lambda: done.append("a")),
        Command("b", "B", lambda: done.append("b"), enabled=lambda: False),
    )
    assert [commands.run(name) for name in ("a", "b", "c")] == [True, False, False]
    assert done == ["a"]
    with pytest.raises(ValueError, match="already a command a"):
        commands.add(Command("a", "A", lambda: None))
    commands.remove(["a", "z"])
    assert [command.id for command in commands] == ["b"]


def test_menu_and_group() -> None:
    command = Command("a", "A", lambda: None, "File/2")
    assert (command.menu_name, command.menu_group) == ("File", "2")


def test_better_fits_score_higher() -> None:
    def order(query: str, *texts: str) -> list[str]:
        scored = [(fuzzy_score(query, text), text) for text in texts]
        return [t for s, t in sorted(scored, key=lambda p: -(p[0] or 0)) if s is not None]

    assert order("open", "Reopen file", "Open file", "Close") == ["Open file", "Reopen file"]
    assert order("of", "Open file", "Profile")[0] == "Profile"
    assert order("opf", "Open file", "Profile") == ["Open file"]
    assert fuzzy_score("", "anything") == 0
    assert fuzzy_score("x", "abc") is None


@given(st.text(max_size=6), st.text(max_size=20))
def test_a_part_always_fits(query: str, text: str) -> None:
    assert fuzzy_score(query, text + query + text) is not None


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.6, "1 min"), (75, "1 min 15 s"), (6120, "1 h 42 min"), (90000, "1 d 1 h")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


def test_other_words() -> None:
    assert size_text(1) == "1 byte"
    assert size_text(212_400_000) == "212 MB"
    assert size_text(1_500) == "1.5 kB"
    assert size_text(999_600) == "1.0 MB"
    assert [seconds_text(s) for s in (0, 0.0123, 0.34, 12.4, 75)] == [
        "1 ms",
        "12 ms",
        "0.3 s",
        "12 s",
        "1 min 15 s",
    ]
    assert count_text(1, "run") == "1 run"
    assert count_text(1200, "run") == "1,200 runs"
    assert duration_text(float("nan")) == ""
    assert wall_time_text(float("nan")) == wall_time_text(1e300) == "at no known time"
