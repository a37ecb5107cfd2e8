from __future__ import annotations

import warnings
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventglass.app.models.theme import Theme
from eventglass.app.models.workspace import (
    PAUSE_S,
    VISIBLE_RUNS,
    Workspace,
    is_valid_filter,
    matcher,
)
from tests.models.fakes import add_run, make_store

pytestmark = pytest.mark.usefixtures("qapp")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def make(*names: str) -> tuple[Workspace, Clock]:
    store, clock = make_store(names), Clock()
    workspace = Workspace(store, Theme("light"), clock=clock)
    workspace.take_changes(store.take_changes())
    return workspace, clock


def test_edit_says_what_changed_and_undo_takes_it_back() -> None:
    workspace, _ = make()
    heard: list[frozenset[str]] = []
    workspace.changed.connect(heard.append)
    workspace.edit("Hide", show_raw=False, y_scale="log")
    assert heard == [frozenset({"show_raw", "y_scale"})]
    workspace.undo_stack.undo()
    assert workspace.state.show_raw
    assert workspace.state.y_scale == "linear"
    workspace.undo_stack.redo()
    assert not workspace.state.show_raw


def test_nothing_happens_when_nothing_changes() -> None:
    workspace, _ = make()
    heard: list[frozenset[str]] = []
    workspace.changed.connect(heard.append)
    workspace.edit("Same", smoothing=0.6)
    assert heard == []
    assert not workspace.undo_stack.canUndo()


def test_unknown_fields_are_refused() -> None:
    workspace, _ = make()
    with pytest.raises(TypeError, match="no such_thing"):
        workspace.edit("?", such_thing=1)


def test_a_drag_is_one_step_of_undo_until_it_pauses() -> None:
    workspace, clock = make()
    for value in (0.5, 0.4, 0.3):
        clock.now += 0.1
        workspace.edit("Smooth", smoothing=value)
    assert workspace.undo_stack.count() == 1
    clock.now += PAUSE_S + 0.1
    workspace.edit("Smooth", smoothing=0.2)
    assert workspace.undo_stack.count() == 2
    workspace.undo_stack.undo()
    assert workspace.state.smoothing == 0.3
    workspace.undo_stack.undo()
    assert workspace.state.smoothing == 0.6


def test_a_drag_back_to_the_start_leaves_nothing_to_undo() -> None:
    workspace, _ = make()
    workspace.edit("Smooth", smoothing=0.5)
    workspace.edit("Smooth", smoothing=0.6)
    assert not workspace.undo_stack.canUndo()


def test_two_runs_hidden_are_two_steps_of_undo() -> None:
    workspace, _ = make("a", "b")
    workspace.set_shown(["/logs/a/a"], False)
    workspace.set_shown(["/logs/a/b"], False)
    assert workspace.undo_stack.count() == 2
    workspace.undo_stack.undo()
    assert workspace.visible_run_ids() == (1,)


def test_the_step_is_no_edit() -> None:
    workspace, _ = make()
    heard: list[frozenset[str]] = []
    workspace.changed.connect(heard.append)
    workspace.set_step(7)
    assert workspace.state.step == 7
    assert heard == [frozenset({"step"})]
    assert not workspace.undo_stack.canUndo()


def test_visible_runs_follow_boxes_filter_isolation_and_roots() -> None:
    workspace, _ = make("a/train", "a/val", "b/train")
    store = workspace._store
    heard: list[frozenset[str]] = []
    workspace.changed.connect(heard.append)
    assert workspace.visible_run_ids() == (0, 1, 2)
    workspace.edit("Filter", run_filter="train")
    assert workspace.visible_run_ids() == (0, 2)
    workspace.set_shown(["/logs/a/a/train"], False)
    assert workspace.visible_run_ids() == (2,)
    workspace.isolate(["/logs/a/a/train"])
    assert workspace.visible_run_ids() == (0,)
    workspace.isolate(["/logs/a/a/train"])
    assert workspace.visible_run_ids() == (2,)
    assert all(VISIBLE_RUNS in names for names in heard)
    store.close_root(0)
    workspace.take_changes(store.take_changes())
    assert workspace.visible_run_ids() == ()


def test_colours_go_in_natural_order_and_stay() -> None:
    workspace, _ = make("run10", "run2", "run1")
    store = workspace._store
    before = [workspace.colour_text(run) for run in store.runs]
    assert before == ["#009e73", "#e69f00", "#0072b2"]
    workspace.settle_colours()
    add_run(store, store.roots[0], "a-run-before-all")
    workspace.take_changes(store.take_changes())
    assert [workspace.colour_text(i) for i in range(3)] == before
    assert workspace.colour_text(3) not in before


def test_until_all_is_read_the_order_of_arrival_does_not_matter() -> None:
    names = ["b", "run10", "a", "run9", "c/x"]
    together, _ = make(*names)
    apart, _ = make()
    store = apart._store
    heard: list[frozenset[str]] = []
    apart.changed.connect(heard.append)
    for name in names:
        add_run(store, store.roots[0], name)
        apart.take_changes(store.take_changes())
    assert apart.colour_numbers == together.colour_numbers
    assert ["run_colours" in fields for fields in heard] == [False, False, True, True, True]


def test_own_colour_and_back() -> None:
    workspace, _ = make("a")
    workspace.set_colour("/logs/a/a", "#123456")
    assert workspace.colour(0).name() == "#123456"
    workspace.set_colour("/logs/a/a", None)
    assert workspace.colour(0).name() == "#0072b2"


def test_a_run_that_is_its_root_is_called_like_it() -> None:
    workspace, _clock = make(".", "b")
    assert workspace.alias(0) == workspace.store.roots[0].label != "."
    workspace.set_alias(workspace.store.runs[0].key, "best")
    assert workspace.alias(0) == "best"


def test_alias_is_shown_and_found_by_the_filter() -> None:
    workspace, _ = make("a", "b")
    workspace.edit("Filter", run_filter="best")
    assert workspace.visible_run_ids() == ()
    workspace.set_alias("/logs/a/b", " best ")
    assert workspace.alias(1) == "best"
    assert workspace.visible_run_ids() == (1,)
    workspace.set_alias("/logs/a/b", "")
    assert workspace.alias(1) == "b"


def test_hover_and_select_tell_once() -> None:
    workspace, _ = make("a")
    hovered: list[int] = []
    selected: list[int] = []
    workspace.hovered_run_changed.connect(hovered.append)
    workspace.selected_run_changed.connect(selected.append)
    for run_id in (0, 0, -1):
        workspace.hover(run_id)
        workspace.select(run_id)
    assert hovered == selected == [0, -1]


def test_a_filter_ignores_case_unless_it_has_capitals() -> None:
    small, large = matcher("loss"), matcher("Loss")
    assert small is not None
    assert large is not None
    assert small("train/LOSS")
    assert large("Loss")
    assert not large("loss")
    assert matcher("") is None


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_text_is_a_filter(pattern: str, name: str) -> None:
    search = matcher(pattern)
    if search is not None:
        search(name)
    if not is_valid_filter(pattern) and search is not None:
        assert search(pattern)


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("smoothing"), st.sampled_from([0.0, 0.3, 0.9])),
            st.tuples(st.just("x_axis"), st.sampled_from(["step", "wall"])),
            st.tuples(st.just("event_tags"), st.sampled_from([frozenset(), frozenset({"a"})])),
        ),
        max_size=12,
    )
)
def test_undoing_everything_gives_the_first_state(edits: list[tuple[str, object]]) -> None:
    workspace, clock = make()
    first = workspace.state
    for name, value in edits:
        clock.now += 0.4
        workspace.edit("Change", **{name: value})
    last = workspace.state
    while workspace.undo_stack.canUndo():
        workspace.undo_stack.undo()
    assert workspace.state == first
    while workspace.undo_stack.canRedo():
        workspace.undo_stack.redo()
    assert workspace.state == last


def test_a_filter_that_python_warns_of_is_a_filter() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert is_valid_filter("[[a]")
        found = matcher("[[a]")
    assert found is not None
    assert found("a")


def test_a_workspace_goes_with_its_undo_steps() -> None:
    workspace, _clock = make("a")
    workspace.edit("Hide", show_raw=False)
    gone = weakref.ref(workspace)
    del workspace
    assert gone() is None
