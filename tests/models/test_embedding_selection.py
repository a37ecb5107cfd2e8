"""Selected and hidden points as values."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from eventglass.app.models.embedding_selection import Marks, MarksStep
from eventglass.app.models.undo import UndoStack

COUNT = 12
ROWS = st.lists(st.integers(-3, COUNT + 3), max_size=20)


def test_indices_outside_are_passed_over() -> None:
    marks = Marks.of(4).selecting([3, 1, 1, 9, -2])
    assert marks.selected.tolist() == [1, 3]
    assert not marks.selected.flags.writeable


def test_ways_to_join() -> None:
    marks = Marks.of(6).selecting([1, 2, 3])
    assert marks.selecting([3, 4], "add").selected.tolist() == [1, 2, 3, 4]
    assert marks.selecting([3, 4], "remove").selected.tolist() == [1, 2]
    assert marks.selecting([3, 4], "toggle").selected.tolist() == [1, 2, 4]


def test_isolated_points_alone_are_shown_and_stay_selected() -> None:
    marks = Marks.of(5).selecting([0, 4]).isolated()
    assert marks.shown.tolist() == [0, 4]
    assert marks.selected.tolist() == [0, 4]
    assert marks.all_shown().hidden_count == 0


def test_nothing_selected_isolates_nothing() -> None:
    assert Marks.of(5).isolated().hidden_count == 0


def test_hidden_points_are_not_selected() -> None:
    marks = Marks.of(5).selecting([1, 2]).without_selected()
    assert not len(marks.selected)
    assert marks.selecting([0, 1, 2, 3]).selected.tolist() == [0, 3]
    assert marks.all_selected().selected.tolist() == [0, 3, 4]


@given(ROWS, ROWS)
def test_inverting_twice_is_nothing_and_never_selects_hidden_ones(
    hide: list[int], pick: list[int]
) -> None:
    marks = Marks.of(COUNT).selecting(hide).without_selected().selecting(pick)
    other = marks.inverted()
    assert other.inverted().is_same(marks)
    assert not other.hidden[other.selected].any()
    both = np.concatenate([marks.selected, other.selected])
    assert sorted(both.tolist()) == marks.shown.tolist()


class Holder:
    def __init__(self) -> None:
        self.seen: list[object] = []

    def put(self, value: object) -> None:
        self.seen.append(value)


def test_steps_hold_what_they_change_weakly() -> None:
    stack, holder = UndoStack(10), Holder()
    stack.push(MarksStep("Select points", holder.put, "before", "after"))
    stack.undo()
    assert holder.seen == ["after", "before"]
    assert stack.redoText() == "Select points"
    del holder
    stack.redo()
    assert stack.canUndo()


def test_clicks_that_follow_each_other_are_one_step() -> None:
    stack, holder = UndoStack(10), Holder()
    for place in range(3):
        stack.push(MarksStep("Select a point", holder.put, place, place + 1, joins=True))
    assert stack.count() == 1
    stack.undo()
    assert holder.seen[-1] == 0
    stack.push(MarksStep("Hide points", holder.put, 1, 2))
    stack.push(MarksStep("Select a point", holder.put, 2, 3, joins=True))
    assert stack.count() == 2
