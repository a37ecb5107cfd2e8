"""The workspace: what the user is looking at, shared by all views.

One frozen `WorkspaceState` holds every choice that is kept and can be undone. What passes by is not
undone: the run under the pointer, the selected run, isolation, the step cursor.
"""

from __future__ import annotations

import math
import re
import time
import warnings
import weakref
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor

from eventglass.app.core.compute.colours import run_colour
from eventglass.app.core.names import ROOT_RUN, Kind, natural_key
from eventglass.app.models.cards import Annotation, Card, CardOptions, Derived, Scale, XRange
from eventglass.app.models.embedding_options import EmbeddingOptions
from eventglass.app.models.line_styles import Interpolation, Marker, Restarts, RunStyle
from eventglass.app.models.run_groups import RunGrouping
from eventglass.app.models.undo import UndoStack, UndoStep
from eventglass.app.models.view_options import (
    AudioOptions,
    GraphOptions,
    HistogramOptions,
    ImageOptions,
    MeshOptions,
    TextOptions,
)

if TYPE_CHECKING:
    from eventglass.app.core.store import Changes, LogStore, Run
    from eventglass.app.models.theme import Theme

#: Fields that change in a stream: edits that follow each other become one step of undo.
CONTINUOUS = frozenset(
    {"smoothing", "card_width", "run_filter", "tag_filter", "selection", "line_width"}
    | {"images", "audio", "texts", "histograms", "graphs", "embeddings", "meshes"}
)
#: Fields that say where one stands, not what one chose: they change at once, without undo.
PASSING = frozenset({"step", "collapsed_runs", "collapsed_tags", "shared_x"})
#: Longest pause inside such a stream, in seconds.
PAUSE_S = 1.5
#: Name in `Workspace.changed` for "which runs are drawn", whatever the cause.
VISIBLE_RUNS = "visible_runs"

_VISIBILITY = frozenset({"hidden_runs", "run_filter", "isolated_runs"})


def _nothing() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class WorkspaceState:
    """Every choice that is saved with a logdir and can be undone.

    Runs are named by `Run.key`, tags by their full name, cards by `Card.key`. Mappings hold only
    what the user set. ``collapsed_groups`` maps a group of cards to what the user made of it: True
    collapsed, False opened. ``step`` None means the last step of everything. What the values of
    the other fields mean is said where their types are: `cards`, `line_styles`, `run_groups`.
    """

    # runs
    hidden_runs: frozenset[str] = frozenset()
    run_colours: Mapping[str, str] = field(default_factory=_nothing)
    run_aliases: Mapping[str, str] = field(default_factory=_nothing)
    run_styles: Mapping[str, RunStyle] = field(default_factory=_nothing)
    run_filter: str = ""
    run_sort: str = "name"
    run_sort_descending: bool = False
    collapsed_runs: frozenset[str] = frozenset()
    grouping: RunGrouping = field(default_factory=RunGrouping)
    #: Key of the run the others are compared with, or empty.
    baseline: str = ""
    # tags and cards
    tag_filter: str = ""
    collapsed_tags: frozenset[str] = frozenset()
    #: Keys of the cards in the group on top, in its order.
    pinned_tags: tuple[str, ...] = ()
    #: Keys of a group's cards in the user's order, by the group's name; others follow.
    card_orders: Mapping[str, tuple[str, ...]] = field(default_factory=_nothing)
    card_options: Mapping[str, CardOptions] = field(default_factory=_nothing)
    collapsed_groups: Mapping[str, bool] = field(default_factory=_nothing)
    composed: tuple[Card, ...] = ()
    derived: tuple[Derived, ...] = ()
    #: Show only tags whose values differ among the visible runs.
    only_differing: bool = False
    hide_empty: bool = True
    show_layouts: bool = True
    card_width: int = 320
    # lines
    smoothing: float = 0.6
    smoothing_method: Literal["ema", "ema_time", "mean", "gaussian", "median", "savgol"] = "ema"
    show_raw: bool = True
    restarts: Restarts = "hide"
    #: For single series, by `series_key`.
    series_restarts: Mapping[str, Restarts] = field(default_factory=_nothing)
    line_width: float = 1.5
    markers: Marker = "auto"
    interpolation: Interpolation = "linear"
    # axes
    x_axis: Literal["step", "relative", "run_relative", "wall", "tag"] = "step"
    #: The tag whose values are x while `x_axis` is "tag".
    x_tag: str = ""
    x_scale: Scale = "linear"
    y_scale: Scale = "linear"
    ignore_outliers: bool = True
    #: Names of the groups whose cards share one vertical range.
    same_y: frozenset[str] = frozenset()
    share_x: bool = False
    #: The horizontal range all cards show while `share_x` is on.
    shared_x: XRange | None = None
    # reading
    step: int | None = None
    selection: XRange | None = None
    tooltip_sort: Literal["nearest", "name", "ascending", "descending"] = "nearest"
    tooltip_rows: int = 12
    #: Columns of the value tables, in their order; empty for the first choice.
    value_columns: tuple[str, ...] = ()
    range_columns: tuple[str, ...] = ()
    #: Columns of the run table, "what:tag"; see `run_rows`.
    run_columns: tuple[str, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    #: Text tags whose entries stand as marks in the charts.
    event_tags: frozenset[str] = frozenset()
    # views of entries
    #: Steps of the cards that do not follow the shared one, by view and card: "images:tag".
    held_steps: Mapping[str, int] = field(default_factory=_nothing)
    images: ImageOptions = field(default_factory=ImageOptions)
    audio: AudioOptions = field(default_factory=AudioOptions)
    texts: TextOptions = field(default_factory=TextOptions)
    histograms: HistogramOptions = field(default_factory=HistogramOptions)
    #: By the name of the view, for each shows a graph of its own.
    graphs: Mapping[str, GraphOptions] = field(default_factory=_nothing)
    meshes: MeshOptions = field(default_factory=MeshOptions)
    embeddings: EmbeddingOptions = field(default_factory=EmbeddingOptions)

    def options_of(self, key: str) -> CardOptions:
        """What was chosen for a card."""
        return self.card_options.get(key) or _NO_OPTIONS

    @property
    def step_range(self) -> tuple[int, int] | None:
        """The selected range as steps, for views that know no other axis."""
        found = self.selection
        if found is None or found.axis != "step":
            return None
        return math.ceil(found.low), math.floor(found.high)


_NO_OPTIONS = CardOptions()
FIELDS = frozenset(entry.name for entry in fields(WorkspaceState))


class Workspace(QObject):
    """Holds the state, changes it by edits that can be undone, and knows the runs' looks."""

    #: Names of the fields that changed; `VISIBLE_RUNS` is added when other runs are drawn.
    changed = Signal(frozenset)
    #: Id of the run under the pointer, -1 for none.
    hovered_run_changed = Signal(int)
    #: Id of the run that was clicked, -1 for none.
    selected_run_changed = Signal(int)
    #: Another tag is the one looked at: its name and kind.
    selected_tag_changed = Signal(str, str)
    #: Another card of scalars is the one looked at: a `Card`.
    selected_card_changed = Signal(object)
    #: The user wants to see a tag: its name and kind. Views that show it scroll there.
    tag_requested = Signal(str, str)

    def __init__(
        self,
        store: LogStore,
        theme: Theme,
        parent: QObject | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._theme = theme
        self._clock = clock
        self._state = WorkspaceState()
        self._isolated: frozenset[str] = frozenset()
        self._hovered = -1
        self._selected = -1
        self._last_grouping = RunGrouping()
        self._numbers: dict[str, int] = {}
        self._sort_keys: dict[str, Any] = {}
        self._fresh: list[str] = []
        self._first_fresh = 0
        self._visible: tuple[int, ...] | None = None
        self.undo_stack = UndoStack(limit=500)

    @property
    def state(self) -> WorkspaceState:
        """The choices in force."""
        return self._state

    @property
    def store(self) -> LogStore:
        """The store whose runs these are."""
        return self._store

    # -- edits

    def edit(self, label: str, **values: Any) -> None:
        """Change fields of the state as one step of undo called ``label``.

        Edits of the same continuous fields and name that follow each other within `PAUSE_S`
        become one.
        Edits of `PASSING` fields alone are not undone.
        """
        unknown = values.keys() - FIELDS
        if unknown:
            raise TypeError(f"the workspace has no {', '.join(sorted(unknown))}")
        after = replace(self._state, **values)
        names = _differing(self._state, after)
        if not names:
            return
        if names <= PASSING:
            self._adopt(after)
            return
        self.undo_stack.push(_Edit(self, label, names, self._state, after, self._clock()))

    def edit_card(self, label: str, key: str, **values: Any) -> None:
        """Change what was chosen for one card, as one step of undo."""
        options = dict(self._state.card_options)
        options[key] = replace(self._state.options_of(key), **values)
        if options[key] == CardOptions():
            del options[key]
        self.edit(label, card_options=MappingProxyType(options))

    def edit_style(self, label: str, run_key: str, **values: Any) -> None:
        """Change how one run's lines are drawn, as one step of undo."""
        styles = dict(self._state.run_styles)
        styles[run_key] = replace(styles.get(run_key, RunStyle()), **values)
        if styles[run_key] == RunStyle():
            del styles[run_key]
        self.edit(label, run_styles=MappingProxyType(styles))

    def set_step(self, step: int | None) -> None:
        """Move the step cursor all views share."""
        self.edit("Move to step", step=step)

    def load(self, state: WorkspaceState, colour_numbers: Mapping[str, int] | None = None) -> None:
        """Take over a saved state; forgets what could be undone."""
        self.undo_stack.clear()
        self._numbers = dict(colour_numbers or {})
        self.settle_colours()
        self._isolated = frozenset()
        self._number_runs(run.key for run in self._store.runs)
        self._state = state
        self._visible = None
        self.changed.emit(FIELDS | {VISIBLE_RUNS, "isolated_runs"})

    # -- what passes by

    @property
    def hovered_run(self) -> int:
        """Id of the run under the pointer, -1 for none."""
        return self._hovered

    def hover(self, run_id: int) -> None:
        """Bring a run forward; -1 for none."""
        if run_id != self._hovered:
            self._hovered = run_id
            self.hovered_run_changed.emit(run_id)

    @property
    def selected_run(self) -> int:
        """Id of the run that was clicked, -1 for none."""
        return self._selected

    @property
    def last_grouping(self) -> RunGrouping:
        """How runs were grouped last, so that it can be had again; by "none" before the first."""
        grouping = self._state.grouping
        return grouping if grouping.by != "none" else self._last_grouping

    def select(self, run_id: int) -> None:
        """Select a run; -1 for none."""
        if run_id != self._selected:
            self._selected = run_id
            self.selected_run_changed.emit(run_id)

    def select_tag(self, tag: str, kind: Kind) -> None:
        """Tell that a tag is looked at."""
        self.selected_tag_changed.emit(tag, str(kind))

    def select_card(self, card: Card) -> None:
        """Tell that a card of scalars is looked at, of one tag or of several."""
        self.selected_card_changed.emit(card)

    def go_to_tag(self, tag: str, kind: Kind) -> None:
        """Select a tag and ask the views to show it."""
        self.select_tag(tag, kind)
        self.tag_requested.emit(tag, str(kind))

    @property
    def isolated_runs(self) -> frozenset[str]:
        """Keys of the only runs to draw; empty when nothing is isolated."""
        return self._isolated

    def isolate(self, keys: Iterable[str]) -> None:
        """Draw only these runs until called with none; asking twice for the same releases them."""
        wanted = frozenset(keys)
        if wanted == self._isolated:
            wanted = frozenset()
        if wanted != self._isolated:
            self._isolated = wanted
            self._visible = None
            self.changed.emit(frozenset({"isolated_runs", VISIBLE_RUNS}))

    def show_alone(self, run: Run) -> None:
        """Isolate a run and select it; a filter it does not pass is taken away."""
        if not self.run_matches(self._state.run_filter)[run.id]:
            self.edit("Clear the filter of runs", run_filter="")
        if self._isolated != {run.key}:
            self.isolate([run.key])
        self.select(run.id)

    # -- runs

    def take_changes(self, changes: Changes) -> None:
        """Give runs that are new their colours; call before the views hear of the changes."""
        moved = self._number_runs(self._store.runs[i].key for i in changes.runs)
        if changes.runs or changes.roots or changes.deleted:
            self._visible = None
            names = {VISIBLE_RUNS, "run_colours"} if moved else {VISIBLE_RUNS}
            self.changed.emit(frozenset(names))

    def settle_colours(self) -> None:
        """Fix the colours given so far; runs that come later get others.

        Called when everything there was has been read. Until then the colours follow the natural
        order of all names that are new, in whatever order the files were found.
        """
        self._fresh = []
        self._sort_keys = {}
        self._first_fresh = 1 + max(self._numbers.values(), default=-1)

    def visible_run_ids(self) -> tuple[int, ...]:
        """Ids of the runs to draw, ascending: shown, not filtered out, their root open."""
        if self._visible is None:
            self._visible = tuple(
                run.id
                for run, matches in zip(
                    self._store.runs, self.run_matches(self._state.run_filter), strict=False
                )
                if matches and self._is_wanted(run.key) and self.is_open(run)
            )
        return self._visible

    def run_matches(self, pattern: str) -> list[bool]:
        """For every run of the store whether its name or alias fits a filter, in one pass."""
        aliases = self._state.run_aliases
        search = matcher(pattern)
        if search is None:
            return [True] * len(self._store.runs)
        if not aliases:
            return [search(run.name) is not None for run in self._store.runs]
        return [
            search(run.name) is not None or search(aliases.get(run.key, "")) is not None
            for run in self._store.runs
        ]

    def is_open(self, run: Run) -> bool:
        """Whether the root of a run has not been closed."""
        return not self._store.roots[run.root_id].closed

    def is_shown(self, run: Run) -> bool:
        """Whether the box of a run is ticked."""
        return run.key not in self._state.hidden_runs

    def set_shown(self, keys: Iterable[str], shown: bool) -> None:
        """Tick or clear the boxes of runs, as one step of undo."""
        keys = frozenset(keys)
        hidden = self._state.hidden_runs
        after = hidden - keys if shown else hidden | keys
        label = ("Show" if shown else "Hide") + (" run" if len(keys) == 1 else " runs")
        self.edit(label, hidden_runs=after)

    def colour_text(self, run: Run | int) -> str:
        """Colour of a run on the theme's background, ``#rrggbb``."""
        key = (self._store.runs[run] if isinstance(run, int) else run).key
        chosen = self._state.run_colours.get(key)
        if chosen:
            return chosen
        number = self._numbers.get(key)
        if number is None:
            self._number_runs((key,))
            number = self._numbers[key]
        return run_colour(number, self._theme.dark)

    def colour(self, run: Run | int) -> QColor:
        """Colour of a run on the theme's background."""
        return QColor(self.colour_text(run))

    def set_colour(self, key: str, colour: str | None) -> None:
        """Give a run a colour of its own, or with None the one it had by itself."""
        colours = dict(self._state.run_colours)
        colours.pop(key, None)
        if colour:
            colours[key] = colour
        self.edit("Change colour", run_colours=MappingProxyType(colours))

    def alias(self, run: Run | int) -> str:
        """The name to show for a run: its alias, else its name, else that of its root."""
        run = self._store.runs[run] if isinstance(run, int) else run
        name = self._state.run_aliases.get(run.key) or run.name
        return self._store.roots[run.root_id].label if name == ROOT_RUN else name

    def set_alias(self, key: str, alias: str) -> None:
        """Give a run another name in the window; an empty one takes it back."""
        aliases = dict(self._state.run_aliases)
        aliases.pop(key, None)
        if alias.strip():
            aliases[key] = alias.strip()
        self.edit("Rename run", run_aliases=MappingProxyType(aliases))

    @property
    def colour_numbers(self) -> Mapping[str, int]:
        """Number of each run ever seen, by key; its colour follows from it."""
        return MappingProxyType(self._numbers)

    def _is_wanted(self, key: str) -> bool:
        if self._isolated:
            return key in self._isolated
        return key not in self._state.hidden_runs

    def _number_runs(self, keys: Iterable[str]) -> bool:
        """Give numbers to runs that have none; True when others had to move for them."""
        fresh = [key for key in dict.fromkeys(keys) if key not in self._numbers]
        if not fresh:
            return False
        before = len(self._fresh)
        last = self._fresh[-1] if self._fresh else ""
        self._sort_keys.update((key, natural_key(key)) for key in fresh)
        self._fresh += fresh
        self._fresh.sort(key=self._sort_keys.__getitem__)
        start = self._first_fresh
        self._numbers.update((key, start + i) for i, key in enumerate(self._fresh))
        return before > 0 and self._fresh[before - 1] != last

    def _adopt(self, state: WorkspaceState) -> None:
        names = _differing(self._state, state)
        if "grouping" in names:
            self._last_grouping = self.last_grouping
        self._state = state
        if names & _VISIBILITY or ("run_aliases" in names and state.run_filter):
            before, self._visible = self._visible, None
            # One more letter of a filter often changes nothing.
            if before is None or self.visible_run_ids() != before or "run_filter" not in names:
                names |= {VISIBLE_RUNS}
        self.changed.emit(frozenset(names))


class _Edit:
    """One step of undo: the fields it changed, before and after."""

    def __init__(
        self,
        workspace: Workspace,
        label: str,
        names: frozenset[str],
        before: WorkspaceState,
        after: WorkspaceState,
        at_s: float,
    ) -> None:
        self.text = label
        self._workspace = weakref.ref(workspace)
        self._names = names
        self._before = {name: getattr(before, name) for name in names}
        self._after = {name: getattr(after, name) for name in names}
        self._at_s = at_s

    def redo(self) -> None:
        self._put(self._after)

    def undo(self) -> None:
        self._put(self._before)

    def _put(self, values: Mapping[str, Any]) -> None:
        workspace = self._workspace()
        if workspace is not None:
            workspace._adopt(replace(workspace.state, **values))

    def merge(self, other: UndoStep) -> bool:
        if (
            not isinstance(other, _Edit)
            or not self._names <= CONTINUOUS
            or other._names != self._names
            or other.text != self.text
            or other._at_s - self._at_s > PAUSE_S
        ):
            return False
        self._after = other._after
        self._at_s = other._at_s
        return True

    def is_nothing(self) -> bool:
        return self._after == self._before


def matcher(pattern: str) -> Callable[[str], object] | None:
    """Search function of a filter, None when it lets everything through.

    A filter is a regular expression, its case ignored unless it holds a capital letter. One that
    is not valid (yet) is taken literally, so that a list does not go blank while one types.
    """
    if not pattern:
        return None
    flags = 0 if any(letter.isupper() for letter in pattern) else re.IGNORECASE
    return (_compiled(pattern, flags) or re.compile(re.escape(pattern), flags)).search


def is_valid_filter(pattern: str) -> bool:
    """Whether a filter is a valid regular expression."""
    return _compiled(pattern) is not None


def _compiled(pattern: str, flags: int = 0) -> re.Pattern[str] | None:
    with warnings.catch_warnings():
        # What may mean something else in a later Python is no matter here.
        warnings.simplefilter("ignore")
        try:
            return re.compile(pattern, flags)
        except (re.error, RecursionError, OverflowError):
            return None


def _differing(before: WorkspaceState, after: WorkspaceState) -> frozenset[str]:
    return frozenset(name for name in FIELDS if getattr(before, name) != getattr(after, name))
