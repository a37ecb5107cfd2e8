"""Hyperparameters of runs: what each session was started with, by name.

A run has the values logged in it, else those of the nearest run above it in the tree: where
``trial_0`` tells its hyperparameters, ``trial_0/train`` has them too.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from eventglass.app.core.names import ROOT_RUN, Kind, natural_key
from eventglass.app.core.plugins import DecodeError, decode

if TYPE_CHECKING:
    from eventglass.app.core.store import Changes, LogStore, Series
    from eventglass.app.models.tasks import TaskControl, Tasks

#: Tag under which the hparams plugin keeps the values of a session.
SESSION_TAG = "_hparams_/session_start_info"

_NOTHING: Mapping[str, object] = MappingProxyType({})


class HParamValues(QObject):
    """Reads the hyperparameters of all open runs, in a task.

    It notices new runs by itself when asked; `take_changes` makes it notice them at once.
    """

    #: Other values are there than before.
    ready = Signal()

    def __init__(self, store: LogStore, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._tasks = tasks
        #: What was decoded, by the id of the run that logged it, and of how many entries.
        self._own: dict[int, Mapping[str, object]] = {}
        self._counts: dict[int, int] = {}
        self._resolved: dict[int, Mapping[str, object]] = {}
        self._by_name: dict[tuple[int, str], int] = {}
        self._names: tuple[str, ...] = ()
        self._looked_at: tuple[int, int] = (-1, -1)
        self._reading = False
        self._runs_known = 0

    def values(self, run_id: int) -> Mapping[str, object]:
        """Hyperparameters of a run: numbers, strings, booleans; None for null. Empty for none."""
        self._look_if_new()
        found = self._resolved.get(run_id)
        if found is None:
            found = self._resolved[run_id] = self._resolve(run_id)
        return found

    def names(self) -> tuple[str, ...]:
        """Names of all hyperparameters any open run has, in natural order."""
        self._look_if_new()
        return self._names

    def by_run(self, run_ids: Iterable[int]) -> dict[int, Mapping[str, object]]:
        """Values of some runs, as `groups_of_runs` takes them."""
        return {run_id: self.values(run_id) for run_id in run_ids}

    def take_changes(self, changes: Changes) -> None:
        """Follow the store."""
        if changes.series or changes.roots or changes.grown:
            self._look()

    # -- inside

    def _look_if_new(self) -> None:
        closed = sum(root.closed for root in self._store.roots)
        if (len(self._store.series), closed) != self._looked_at:
            self._look()

    def _look(self) -> None:
        """Decode what is new, forget what was closed."""
        closed = sum(root.closed for root in self._store.roots)
        self._looked_at = (len(self._store.series), closed)
        series = self._store.series_of_tag(SESSION_TAG, Kind.HPARAMS)
        open_runs = {one.run_id for one in series}
        gone = self._own.keys() - open_runs
        for run_id in gone:
            del self._own[run_id]
        # A run whose series was closed and read again counts anew.
        self._counts = {run_id: n for run_id, n in self._counts.items() if run_id in open_runs}
        fresh = [one for one in series if one.count and self._counts.get(one.run_id) != one.count]
        # One at a time: while runs pour in, each new request would cancel the one before.
        if fresh and not self._reading:
            self._reading = True
            self._tasks.submit((id(self), "hparams"), _Reading(self._store, fresh), self._adopt)
        if gone:
            self._tell()
        elif self._resolved and len(self._store.runs) != self._runs_known:
            # A new run may stand between another and the one it had its values from.
            self._resolved.clear()

    def _adopt(self, read: Mapping[int, tuple[int, Mapping[str, object]]]) -> None:
        self._reading = False
        for run_id, (count, values) in read.items():
            self._counts[run_id] = count
            self._own[run_id] = values
        self._tell()
        self._look()

    def _tell(self) -> None:
        self._resolved.clear()
        names = {name for values in self._own.values() for name in values}
        self._names = tuple(sorted(names, key=natural_key))
        self.ready.emit()

    def _resolve(self, run_id: int) -> Mapping[str, object]:
        if not self._own:
            return _NOTHING
        runs = self._store.runs
        if len(runs) != self._runs_known:
            self._runs_known = len(runs)
            self._by_name = {(run.root_id, run.name): run.id for run in runs}
        run = runs[run_id]
        name = run.name
        while True:
            at = self._by_name.get((run.root_id, name))
            if at is not None and at in self._own:
                return self._own[at]
            if name == ROOT_RUN:
                return _NOTHING
            name = os.path.dirname(name) or ROOT_RUN


class _Reading:
    """Reads the last entry of each series; what can't be read is left out."""

    def __init__(self, store: LogStore, series: list[Series]) -> None:
        self._store = store
        self._series = series

    def __call__(self, control: TaskControl) -> dict[int, tuple[int, Mapping[str, object]]]:
        read: dict[int, tuple[int, Mapping[str, object]]] = {}
        for series in self._series:
            if control.cancelled:
                break
            count = series.count
            read[series.run_id] = (count, _values(self._store, series, count))
        return read


def _values(store: LogStore, series: Series, count: int) -> Mapping[str, object]:
    try:
        decoded = decode(store.read_payload(series, count - 1), series)
    except (OSError, EOFError, DecodeError, IndexError):
        # A damaged entry costs this run its values, nobody else theirs.
        return _NOTHING
    from eventglass.app.core.plugins.hparams import HParams, SessionStart

    if isinstance(decoded, HParams) and isinstance(decoded.data, SessionStart):
        return MappingProxyType(dict(decoded.data.hparams))
    return _NOTHING
