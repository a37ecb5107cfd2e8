"""The stack of what can be undone."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from eventglass.app.models.undo import UndoStack, UndoStep


@dataclass
class Put:
    """Puts a number into a cell; numbers above nine follow each other as one step."""

    cell: list[int]
    before: int
    after: int
    text: str = "Put"

    def redo(self) -> None:
        self.cell[0] = self.after

    def undo(self) -> None:
        self.cell[0] = self.before

    def merge(self, other: UndoStep) -> bool:
        if not isinstance(other, Put) or self.after < 10 or other.after < 10:
            return False
        self.after = other.after
        return True

    def is_nothing(self) -> bool:
        return self.after == self.before


def put(stack: UndoStack, cell: list[int], value: int) -> None:
    stack.push(Put(cell, cell[0], value, f"Put {value}"))


def test_steps_are_taken_back_and_done_again() -> None:
    stack, cell = UndoStack(10), [0]
    assert (stack.canUndo(), stack.canRedo(), stack.undoText()) == (False, False, "")
    put(stack, cell, 1)
    put(stack, cell, 2)
    assert (stack.count(), stack.index(), stack.text(0), stack.text(5)) == (2, 2, "Put 1", "")
    stack.undo()
    assert (cell, stack.undoText(), stack.redoText()) == ([1], "Put 1", "Put 2")
    stack.redo()
    stack.redo()
    assert cell == [2]
    stack.undo()
    put(stack, cell, 3)
    assert (stack.count(), stack.canRedo()) == (2, False)


def test_the_oldest_steps_go() -> None:
    stack, cell = UndoStack(3), [0]
    for value in range(1, 7):
        put(stack, cell, value)
    while stack.canUndo():
        stack.undo()
    assert (cell, stack.count()) == ([3], 3)


def test_steps_that_lead_nowhere_go() -> None:
    stack, cell = UndoStack(10), [20]
    put(stack, cell, 30)
    put(stack, cell, 40)
    assert stack.count() == 1
    put(stack, cell, 20)
    assert (stack.count(), stack.index(), cell) == (0, 0, [20])


@given(st.lists(st.integers(-2, 14), max_size=30))
def test_undoing_all_and_redoing_all_ends_where_it_was(moves: list[int]) -> None:
    stack, cell = UndoStack(100), [0]
    for move in moves:
        if move == -2:
            stack.undo()
        elif move == -1:
            stack.redo()
        else:
            put(stack, cell, move)
    while stack.canRedo():
        stack.redo()
    end = cell[0]
    while stack.canUndo():
        stack.undo()
    assert cell == [0]
    while stack.canRedo():
        stack.redo()
    assert cell == [end]
