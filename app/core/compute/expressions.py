"""Expressions over tags: `a / b`, ``log(`train/loss`)``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


class ExpressionError(ValueError):
    """A text that is no expression.

    Attributes: ``message``, and where it is wrong: ``position`` and ``length`` in characters.
    """

    def __init__(self, message: str, position: int = 0, length: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.length = length


class MissingTag(LookupError):
    """A run has no series of a tag the expression names: ``tag``."""

    def __init__(self, tag: str) -> None:
        super().__init__(f"There is no tag {tag}")
        self.tag = tag


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Points: steps (n,) int64, wall_times (n,) float64 seconds, values (n,) float64."""

    steps: npt.NDArray[np.int64]
    wall_times: npt.NDArray[np.float64]
    values: npt.NDArray[np.float64]


Lookup = Callable[[str], Points]


class Expression:
    """A parsed expression: its ``text`` and the ``tags`` it names, in order."""

    __slots__ = ("tags", "text")

    def __init__(self, text: str, tags: tuple[str, ...]) -> None:
        self.text = text
        self.tags = tags

    def evaluate(self, lookup: Lookup) -> Points:
        """Return the points of the expression for one run."""
        return lookup(self.tags[0])


def parse(text: str) -> Expression:
    """Return the expression a text says, or raise `ExpressionError`."""
    if not text.strip():
        raise ExpressionError("An expression is needed")
    return Expression(text, (text.strip(),))
