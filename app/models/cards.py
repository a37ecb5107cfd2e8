"""What a card of the scalars view shows, and what can be chosen for one card.

Plain values: they are saved with the workspace (see `codec`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Scale: TypeAlias = Literal["linear", "log", "symlog"]
Side: TypeAlias = Literal["left", "right"]

#: How keys of composed cards begin; no tag begins so.
COMPOSED = "\x01"
#: Lines of a card that count, and margins; layouts and workspaces come from files of others.
MOST_CARD_LINES = 200


@dataclass(frozen=True, slots=True)
class CardLine:
    """Lines of one tag in a card, one per run.

    Attributes
    ----------
    tag : str
        A scalar tag, the name of a derived series, or with `is_pattern` a regular expression that
        tags must match from their start, as in custom scalars.
    axis : which vertical axis they belong to
    """

    tag: str
    axis: Side = "left"
    is_pattern: bool = False


@dataclass(frozen=True, slots=True)
class Margin:
    """A line with a band between two others; all three are tags."""

    value: str
    lower: str
    upper: str


@dataclass(frozen=True, slots=True)
class Card:
    """A chart: the lines of one tag, or of several.

    Attributes
    ----------
    key : str
        The tag itself for a card of one tag, else a name beginning with `COMPOSED`.
    group : str
        Title of the group a composed card belongs to; empty for "Composed".
    """

    key: str
    title: str
    lines: tuple[CardLine, ...] = ()
    margins: tuple[Margin, ...] = ()
    group: str = ""

    @property
    def is_composed(self) -> bool:
        """Whether it is more than the card of one tag."""
        return self.key.startswith(COMPOSED)


def card_of_tag(tag: str, title: str = "") -> Card:
    """Return the card every tag has by itself."""
    return Card(tag, title or tag, (CardLine(tag),))


@dataclass(frozen=True, slots=True)
class CardOptions:
    """What the user chose for one card; empty and None mean: as for all cards.

    Attributes
    ----------
    wide : bool
        The card takes a row for itself.
    x_scale, y_scale : a scale, or empty
    x_range, y_range, right_range : (low, high) in data units, or None
        Typed or locked ranges, an end that is None stays automatic; `x_range` belongs to the axis
        named in `x_range_of`.
    locked : bool
        Zooming and panning leave the card as it is.
    """

    wide: bool = False
    x_scale: Literal["", "linear", "log", "symlog"] = ""
    y_scale: Literal["", "linear", "log", "symlog"] = ""
    x_range: tuple[float | None, float | None] | None = None
    x_range_of: str = ""
    y_range: tuple[float | None, float | None] | None = None
    right_range: tuple[float | None, float | None] | None = None
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Derived:
    """A series computed from others in every run: its name, shown like a tag, and the formula."""

    name: str
    expression: str


@dataclass(frozen=True, slots=True)
class XRange:
    """A range on a horizontal axis of that kind, in its units: steps or seconds."""

    axis: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Annotation:
    """A note of the user at a step; `tag` names the only card it stands in, empty for all."""

    step: int
    text: str
    tag: str = ""
