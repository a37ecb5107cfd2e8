"""Composed cards: lines put in, taken out and moved, and the titles that follow."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventglass.app.models.cards import COMPOSED, Card, CardLine, Margin, card_of_tag
from eventglass.app.models.composing import (
    add_tags,
    automatic_title,
    composed_of,
    copied,
    lines_of,
    move_line,
    remove_line,
    with_card,
    without,
)


@pytest.mark.parametrize(
    ("tags", "title"),
    [
        ((), "Empty"),
        (("loss",), "loss"),
        (("train/loss", "train/acc"), "loss, acc"),
        (("train/loss", "val/loss"), "loss: train, val"),
        (("a/x/loss", "b/loss", "b/acc"), "a/x/loss, b/loss, b/acc"),
        (("a/", "b/"), "a, b"),
        (("1", "2", "3", "4"), "1, 2, 3, 4"),
        (("1", "2", "3", "4", "5"), "1, 2, 3 and 2 more"),
    ],
)
def test_titles_say_what_tells_tags_apart(tags: tuple[str, ...], title: str) -> None:
    assert automatic_title(lines_of(tags)) == title


def test_a_title_follows_the_lines_until_it_is_chosen() -> None:
    cards, card = composed_of((), lines_of(("loss",)))
    assert cards == (card,)
    card = add_tags(card, ("acc", "loss"))
    assert card.title == "loss, acc"
    assert [line.tag for line in card.lines] == ["loss", "acc"]
    named = replace(card, title="Progress")
    assert add_tags(named, ("lr",)).title == "Progress"
    assert remove_line(card, CardLine("loss")).title == "acc"
    assert move_line(card, CardLine("acc"), "right").lines[1] == CardLine("acc", "right")


def test_a_copy_stands_behind_and_belongs_to_the_user() -> None:
    cards, first = composed_of((), lines_of(("a",)))
    cards, second = composed_of(cards, lines_of(("b",)))
    cards, copy = copied(cards, first)
    assert [card.key for card in cards] == [first.key, copy.key, second.key]
    assert copy.title == "a (copy)"
    logged = Card(COMPOSED + "log:1", "Bands", (), (Margin("m", "l", "u"),), "")
    cards, copy = copied(cards, logged)
    assert copy == cards[-1]
    assert (copy.title, copy.margins) == ("Bands", logged.margins)
    cards, copy = copied(cards, card_of_tag("lr"))
    assert copy.is_composed


@given(st.lists(st.sampled_from(["add", "drop first", "drop last"]), max_size=12))
def test_keys_are_never_given_twice(steps: list[str]) -> None:
    cards: tuple[Card, ...] = ()
    for step in steps:
        if step == "add":
            cards, _ = composed_of(cards, lines_of(("tag",)))
        elif cards:
            cards = without(cards, cards[0 if step == "drop first" else -1].key)
    assert len({card.key for card in cards}) == len(cards)
    assert all(card.is_composed for card in cards)


def test_only_the_card_of_that_key_changes() -> None:
    cards, first = composed_of((), lines_of(("a",)))
    cards, second = composed_of(cards, lines_of(("b",)))
    assert with_card(cards, replace(first, title="new")) == (replace(first, title="new"), second)
