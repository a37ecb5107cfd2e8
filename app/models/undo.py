"""What can be undone.

Does what `QUndoStack` does, and has its names. Commands of that one are objects of Python that C++
deletes: collected together with a workspace they took the process down.
"""

from __future__ import annotations

from typing import Protocol


class UndoStep(Protocol):
    """One step; `merge` takes a following one in where both are one to the user."""

    text: str

    def redo(self) -> None:
        """Do it, or do it again."""

    def undo(self) -> None:
        """Take it back."""

    def merge(self, other: UndoStep) -> bool:
        """Take `other`, which followed, into this one; False where it stays a step of its own."""

    def is_nothing(self) -> bool:
        """Whether before and after are the same, as a merged step's may be."""


class UndoStack:
    """Steps in their order, and how many of them are in force."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._steps: list[UndoStep] = []
        self._index = 0

    def push(self, step: UndoStep) -> None:
        """Do a step; those that were undone before are gone."""
        del self._steps[self._index :]
        step.redo()
        last = self._steps[-1] if self._steps else None
        if last is not None and last.merge(step):
            if last.is_nothing():
                self._steps.pop()
        else:
            self._steps.append(step)
            del self._steps[: -self._limit]
        self._index = len(self._steps)

    def undo(self) -> None:
        """Take the last step back."""
        if self._index:
            self._index -= 1
            self._steps[self._index].undo()

    def redo(self) -> None:
        """Do the step taken back last again."""
        if self._index < len(self._steps):
            self._index += 1
            self._steps[self._index - 1].redo()

    def clear(self) -> None:
        """Forget all steps."""
        self._steps = []
        self._index = 0

    def canUndo(self) -> bool:
        """Whether there is a step to take back."""
        return self._index > 0

    def canRedo(self) -> bool:
        """Whether there is one to do again."""
        return self._index < len(self._steps)

    def undoText(self) -> str:
        """What would be taken back."""
        return self._steps[self._index - 1].text if self._index else ""

    def redoText(self) -> str:
        """What would be done again."""
        return self._steps[self._index].text if self.canRedo() else ""

    def count(self) -> int:
        """Number of steps, those taken back included."""
        return len(self._steps)

    def index(self) -> int:
        """Number of steps in force."""
        return self._index

    def text(self, place: int) -> str:
        """What a step is called; empty where there is none."""
        return self._steps[place].text if 0 <= place < len(self._steps) else ""
