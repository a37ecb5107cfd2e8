"""ImageRows: which images there are to show, as groups of rows: a group per tag, a row per run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from eventglass.app.core.names import Kind, natural_key
from eventglass.app.models.entries import Entries, entries_of
from eventglass.app.models.workspace import Workspace, matcher

if TYPE_CHECKING:
    from eventglass.app.core.store import Changes, LogStore, Series

#: Prefix of the keys of held steps.
VIEW_ID = "images"


@dataclass(frozen=True, slots=True)
class ImageGroup:
    """The series of a tag in the visible runs, in the natural order of the runs' names."""

    tag: str
    series_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ImageRef:
    """An image as the user chose it: a sample of a series, at a step of its own or the shared one.

    ``step`` None follows the shared step.
    """

    series_id: int
    sample: int = 0
    step: int | None = None


class ImageRows:
    """The image series of a store, as the workspace wants them shown."""

    def __init__(self, store: LogStore, workspace: Workspace) -> None:
        self._store = store
        self._workspace = workspace
        self._by_tag: dict[str, list[int]] = {}
        self._order: tuple[str, ...] | None = None
        self._seen = 0
        self._entries: dict[int, Entries] = {}
        self._restarts: dict[int, str] = {}
        self._ranks: dict[int, Any] = {}
        self._shown: frozenset[int] = frozenset()

    def take_changes(self, changes: Changes | None) -> bool:
        """Learn of new series and entries; True when there are other series to show."""
        series = self._store.series
        fresh = False
        while self._seen < len(series):
            one = series[self._seen]
            self._seen += 1
            if one.kind is Kind.IMAGE:
                if one.tag not in self._by_tag:
                    self._order = None
                self._by_tag.setdefault(one.tag, []).append(one.id)
                fresh = True
        for series_id in tuple(self._entries) if changes is None else changes.grown:
            known = self._entries.get(series_id)
            if known is not None and known.count != series[series_id].count:
                del self._entries[series_id]
        return fresh or changes is None or changes.roots or bool(changes.runs)

    def concerns(self, series_ids: Iterable[int]) -> bool:
        """Whether any of these series is one of images."""
        series = self._store.series
        return any(series[i].kind is Kind.IMAGE for i in series_ids)

    def are_shown(self, series_ids: Iterable[int]) -> bool:
        """Whether all series of images among these were in the groups asked for last."""
        series = self._store.series
        return all(i in self._shown for i in series_ids if series[i].kind is Kind.IMAGE)

    def has_tags(self) -> bool:
        """Whether there is any image series in an open run."""
        store = self._store
        return any(
            store.is_open(store.series[i].run_id) for ids in self._by_tag.values() for i in ids
        )

    def groups(self) -> tuple[ImageGroup, ...]:
        """Groups with anything to show, in natural order of their tags."""
        if self._order is None:
            self._order = tuple(sorted(self._by_tag, key=natural_key))
        fits = matcher(self._workspace.state.tag_filter)
        visible = frozenset(self._workspace.visible_run_ids())
        store = self._store
        found = []
        for tag in self._order:
            if fits is not None and fits(tag) is None:
                continue
            ids = [
                i
                for i in self._by_tag[tag]
                if store.series[i].run_id in visible and store.series[i].count
            ]
            if ids:
                ids.sort(key=self._rank)
                found.append(ImageGroup(tag, tuple(ids)))
        self._shown = frozenset(i for group in found for i in group.series_ids)
        return tuple(found)

    def _rank(self, series_id: int) -> Any:
        """What series of a tag are ordered by: the name of their run."""
        run_id = self.series(series_id).run_id
        known = self._ranks.get(run_id)
        if known is None:
            known = self._ranks[run_id] = natural_key(self._store.runs[run_id].name)
        return known

    def series(self, series_id: int) -> Series:
        """A series by its id."""
        return self._store.series[series_id]

    def run_key(self, series_id: int) -> str:
        """Key of a series' run."""
        return self._store.runs[self.series(series_id).run_id].key

    def entries(self, series_id: int) -> Entries:
        """The entries of a series that are shown."""
        restarts = self._workspace.state.restarts
        found = self._entries.get(series_id)
        if found is None or self._restarts.get(series_id) != restarts:
            found = self._entries[series_id] = entries_of(self.series(series_id), restarts)
            self._restarts[series_id] = restarts
        return found

    # -- steps

    def held_key(self, series_id: int) -> str:
        """Name of a row among the held steps."""
        return f"{VIEW_ID}:{self.series(series_id).tag}@{self.run_key(series_id)}"

    def held_step(self, series_id: int) -> int | None:
        """The step a row stays at, None when it follows the shared one."""
        return self._workspace.state.held_steps.get(self.held_key(series_id))

    def wanted_step(self, series_id: int) -> int | None:
        """The step asked for of a row, None for its last."""
        held = self.held_step(series_id)
        return self._workspace.state.step if held is None else held

    def place(self, series_id: int) -> int:
        """Place of a row's entry at the step asked for; -1 without any."""
        return self.entries(series_id).nearest(self.wanted_step(series_id))

    def hold(self, series_id: int, step: int | None) -> None:
        """Let a row stay at a step, or with None follow the shared one."""
        held = dict(self._workspace.state.held_steps)
        held.pop(self.held_key(series_id), None)
        if step is not None:
            held[self.held_key(series_id)] = step
        self._workspace.edit(
            "Hold a step" if step is not None else "Follow the step", held_steps=held
        )

    def move(self, series_id: int, step: int) -> None:
        """Go to a step: of the row alone when it is held, else of everything."""
        if self.held_step(series_id) is not None:
            self.hold(series_id, step)
        else:
            self._workspace.set_step(step)

    def columns(self, series_ids: Iterable[int], count: int) -> tuple[int, ...]:
        """Steps of so many columns, spread evenly over all that rows were logged at.

        The first and the last step are among them, and the one that is asked for.
        """
        arrays = [self.entries(i).steps for i in series_ids]
        steps = np.unique(np.concatenate(arrays)) if arrays else np.empty(0, np.int64)
        if len(steps) <= count:
            return tuple(steps.tolist())
        if count < 2:
            return (int(steps[-1]),)
        places = np.rint(np.linspace(0, len(steps) - 1, count)).astype(np.int64)
        step = self._workspace.state.step
        if step is not None:
            at = _nearest(steps.tolist(), step)
            if at not in places:
                # The ends stay: they say how far the training goes.
                inner = places[1:-1] if count > 2 else places
                inner[int(np.argmin(np.abs(inner - at)))] = at
        return tuple(steps[np.unique(places)].tolist())

    def places(self, series_id: int, columns: Sequence[int]) -> tuple[int, ...]:
        """Places of a row's entries under columns of steps, -1 where another column is nearer."""
        entries = self.entries(series_id)
        found = []
        for column in columns:
            place = entries.nearest(column)
            if place >= 0 and _nearest(columns, int(entries.steps[place])) != columns.index(column):
                place = -1
            found.append(place)
        return tuple(found)


def _nearest(steps: Sequence[int], step: int) -> int:
    """Place of the step nearest to one, of equals the first."""
    return min(range(len(steps)), key=lambda i: (abs(steps[i] - step), i))
