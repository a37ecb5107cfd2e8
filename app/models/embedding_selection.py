"""Which points of an embedding are selected and which are hidden.

A `Marks` is a value: every change makes another one, so that the step before can be had again.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

_T = TypeVar("_T", bound=np.generic)
Indices: TypeAlias = npt.NDArray[np.int64]
#: How points join what is selected already.
Way: TypeAlias = Literal["replace", "add", "remove", "toggle"]


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """What is selected and what is hidden of n points.

    Attributes
    ----------
    count : int
    selected : (k,) int64
        Ascending, read-only; hidden points are never selected.
    hidden : (n,) bool
        Read-only.
    """

    count: int
    selected: Indices
    hidden: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, count: int) -> Marks:
        """Nothing selected, nothing hidden."""
        return cls(count, _fixed(np.empty(0, np.int64)), _fixed(np.zeros(count, np.bool_)))

    @property
    def hidden_count(self) -> int:
        """Number of hidden points."""
        return int(np.count_nonzero(self.hidden))

    @property
    def shown(self) -> Indices:
        """Indices of the points that are not hidden, ascending."""
        found: Indices = np.flatnonzero(~self.hidden).astype(np.int64)
        return found

    def is_same(self, other: Marks) -> bool:
        """Whether both say the same."""
        return (
            self.count == other.count
            and np.array_equal(self.selected, other.selected)
            and np.array_equal(self.hidden, other.hidden)
        )

    def selecting(self, indices: npt.ArrayLike, way: Way = "replace") -> Marks:
        """With other points selected; indices outside and of hidden points are passed over."""
        wanted = np.unique(np.asarray(indices, np.int64).ravel())
        wanted = wanted[(wanted >= 0) & (wanted < self.count)]
        wanted = wanted[~self.hidden[wanted]]
        if way == "add":
            wanted = np.union1d(self.selected, wanted)
        elif way == "remove":
            wanted = np.setdiff1d(self.selected, wanted, assume_unique=True)
        elif way == "toggle":
            wanted = np.setxor1d(self.selected, wanted, assume_unique=True)
        return Marks(self.count, _fixed(wanted.astype(np.int64)), self.hidden)

    def inverted(self) -> Marks:
        """All that is shown and was not selected is selected."""
        rest = ~self.hidden
        rest[self.selected] = False
        return Marks(self.count, _fixed(np.flatnonzero(rest).astype(np.int64)), self.hidden)

    def all_selected(self) -> Marks:
        """All that is shown is selected."""
        return Marks(self.count, _fixed(self.shown), self.hidden)

    def isolated(self) -> Marks:
        """Only what is selected is shown; without a selection everything stays."""
        if not len(self.selected):
            return self
        hidden = np.ones(self.count, np.bool_)
        hidden[self.selected] = False
        return Marks(self.count, self.selected, _fixed(hidden))

    def without_selected(self) -> Marks:
        """What is selected is hidden."""
        hidden = self.hidden.copy()
        hidden[self.selected] = True
        return Marks(self.count, _fixed(np.empty(0, np.int64)), _fixed(hidden))

    def all_shown(self) -> Marks:
        """Nothing is hidden."""
        return Marks(self.count, self.selected, _fixed(np.zeros(self.count, np.bool_)))


class MarksStep:
    """One step of undo: other marks, or other labels, of one embedding.

    Parameters
    ----------
    put
        Puts one of the two values in force; a method of the model, held weakly. It returns nothing
        and does nothing where another embedding is shown by now.
    joins
        Whether it becomes one with the step of the same name before it, as clicks do.
    """

    def __init__(
        self,
        label: str,
        put: Callable[[object], None],
        before: object,
        after: object,
        *,
        joins: bool = False,
    ) -> None:
        self.text = label
        self._joins = joins
        self._put = weakref.WeakMethod(put)
        self._before = before
        self._after = after

    def redo(self) -> None:
        """Do it, or do it again."""
        put = self._put()
        if put is not None:
            put(self._after)

    def undo(self) -> None:
        """Take it back."""
        put = self._put()
        if put is not None:
            put(self._before)

    def merge(self, other: object) -> bool:
        """Clicks that follow each other are one step."""
        if not (self._joins and isinstance(other, MarksStep) and other._joins):
            return False
        if other.text != self.text or other._put() != self._put():
            return False
        self._after = other._after
        return True

    def is_nothing(self) -> bool:
        """Never: such a step is not made."""
        return False


def _fixed(array: npt.NDArray[_T]) -> npt.NDArray[_T]:
    array.flags.writeable = False
    return array
