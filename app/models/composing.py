"""Composed cards: what a card becomes when lines are put in, taken out or moved.

Every function takes the cards of the workspace and returns them changed, so that each is one edit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from eventglass.app.models.cards import COMPOSED, Card, CardLine, Side

#: How keys of cards the user composed begin.
OWN = COMPOSED + "own:"
#: Tags named in the title of a card.
_NAMED = 3


def automatic_title(lines: Iterable[CardLine]) -> str:
    """Return a title of tags: what tells them apart, and of many the first ones."""
    tags = [line.tag for line in lines]
    if not tags:
        return "Empty"
    names = [tag.rstrip("/").rpartition("/")[2] or tag for tag in tags]
    if len(set(names)) == len(names):
        shown, before = names, ""
    elif len(set(names)) == 1:
        # loss of train and val
        shown = [tag.rstrip("/").rpartition("/")[0] or tag for tag in tags]
        before = f"{names[0]}: "
    else:
        shown, before = tags, ""
    more = f" and {len(shown) - _NAMED} more" if len(shown) > _NAMED + 1 else ""
    return before + ", ".join(shown if not more else shown[:_NAMED]) + more


def new_key(cards: Iterable[Card]) -> str:
    """Return a key no composed card has."""
    taken = {card.key for card in cards}
    number = len(taken) + 1
    while f"{OWN}{number}" in taken:
        number += 1
    return f"{OWN}{number}"


def lines_of(tags: Iterable[str]) -> tuple[CardLine, ...]:
    """Return lines on the left axis, each tag once."""
    return tuple(CardLine(tag) for tag in dict.fromkeys(tags))


def composed_of(
    cards: Sequence[Card], lines: Sequence[CardLine], group: str = ""
) -> tuple[tuple[Card, ...], Card]:
    """Return the cards with a new one of these lines at the end, and the new one."""
    made = Card(new_key(cards), automatic_title(lines), tuple(lines), (), group)
    return (*cards, made), made


def with_card(cards: Sequence[Card], changed: Card) -> tuple[Card, ...]:
    """Return the cards with the one of the same key changed."""
    return tuple(changed if card.key == changed.key else card for card in cards)


def without(cards: Sequence[Card], key: str) -> tuple[Card, ...]:
    """Return the cards without one."""
    return tuple(card for card in cards if card.key != key)


def add_tags(card: Card, tags: Iterable[str]) -> Card:
    """Return a card with these tags, too."""
    known = {line.tag for line in card.lines if not line.is_pattern}
    return with_lines(card, (*card.lines, *(ln for ln in lines_of(tags) if ln.tag not in known)))


def remove_line(card: Card, line: CardLine) -> Card:
    """Return a card without one of its lines."""
    return with_lines(card, tuple(each for each in card.lines if each != line))


def move_line(card: Card, line: CardLine, axis: Side) -> Card:
    """Return a card with one of its lines on another axis."""
    moved = replace(line, axis=axis)
    return with_lines(card, tuple(moved if each == line else each for each in card.lines))


def with_lines(card: Card, lines: tuple[CardLine, ...]) -> Card:
    """Return a card with other lines; a title the user did not choose follows them."""
    own = card.title != automatic_title(card.lines)
    return replace(card, lines=lines, title=card.title if own else automatic_title(lines))


def copied(cards: Sequence[Card], card: Card) -> tuple[tuple[Card, ...], Card]:
    """Return the cards with a copy of one behind it, or at the end, and the copy."""
    own = card.key in {each.key for each in cards}
    title = f"{card.title} (copy)" if own else card.title
    made = Card(new_key(cards), title, card.lines, card.margins, card.group if own else "")
    at = next((i + 1 for i, each in enumerate(cards) if each.key == card.key), len(cards))
    return (*cards[:at], made, *cards[at:]), made
