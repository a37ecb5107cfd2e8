"""Which scalar tags have the same points in all visible runs.

Two runs have the same points of a tag when steps and values are equal, or when both are constant
at the same value, however many points that are. What was found is kept until points are added.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

if TYPE_CHECKING:
    from eventglass.app.core.store import ScalarSnapshot, Series
    from eventglass.app.models.tasks import TaskControl, Tasks

_Key: TypeAlias = tuple[tuple[int, int], ...]
#: Growing tags are compared again no more often than this, in milliseconds.
AGAIN_AFTER_MS = 1000


def are_same(snapshots: Sequence[ScalarSnapshot]) -> bool:
    """Whether all series have the same points, or the same constant value; empty ones don't count.

    Fewer than two series with points are not the same: there is nothing to compare.
    """
    found = [snapshot for snapshot in snapshots if len(snapshot.steps)]
    if len(found) < 2:
        return False
    first = found[0]
    constant = _is_constant(first)
    for other in found[1:]:
        if (
            len(other.steps) == len(first.steps)
            and np.array_equal(other.values, first.values, equal_nan=True)
            and np.array_equal(other.steps, first.steps)
        ):
            continue
        if not constant or not _is_constant(other) or not _equal(first, other):
            return False
    return True


def _is_constant(snapshot: ScalarSnapshot) -> bool:
    values = snapshot.values
    first = values[0]
    return bool(np.isnan(values).all() if np.isnan(first) else (values == first).all())


def _equal(one: ScalarSnapshot, other: ScalarSnapshot) -> bool:
    return bool(np.array_equal(one.values[:1], other.values[:1], equal_nan=True))


class TagDifferences(QObject):
    """Answers which tags are the same in all runs, as far as is known, and finds out the rest."""

    #: More is known now.
    changed = Signal()

    def __init__(self, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._known: dict[str, tuple[_Key, bool]] = {}
        self._wanted: dict[str, tuple[_Key, list[Series]]] = {}
        self._busy = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._find_out)

    def same_tags(self, series_by_tag: Mapping[str, Iterable[Series]]) -> frozenset[str]:
        """Return the tags known to be the same in all series given; asks for what isn't known.

        A tag whose series have grown counts as it did until it was compared again.
        """
        same: set[str] = set()
        self._wanted = {}
        for tag, found in series_by_tag.items():
            series = list(found)
            key = tuple((one.id, one.count) for one in series)
            known = self._known.get(tag)
            if known is None or known[0] != key:
                self._wanted[tag] = (key, series)
            if known is not None and known[1] and _only_grown(known[0], key):
                same.add(tag)
        if self._wanted and not self._busy and not self._timer.isActive():
            grown = any(tag in self._known for tag in self._wanted)
            self._timer.start(AGAIN_AFTER_MS if grown else 0)
        return frozenset(same)

    def _find_out(self) -> None:
        wanted = self._wanted
        if not wanted:
            return
        self._busy = True

        def compare(control: TaskControl) -> dict[str, tuple[_Key, bool]]:
            results: dict[str, tuple[_Key, bool]] = {}
            for tag, (key, series) in wanted.items():
                if control.cancelled:
                    break
                results[tag] = (key, are_same([one.scalars() for one in series]))
            return results

        self._tasks.submit((id(self), "same"), compare, self._take)

    def _take(self, results: dict[str, tuple[_Key, bool]]) -> None:
        self._busy = False
        before = {tag for tag, (_key, same) in self._known.items() if same}
        self._known.update(results)
        after = {tag for tag, (_key, same) in self._known.items() if same}
        asked_for = self._wanted
        self._wanted = {
            tag: entry
            for tag, entry in asked_for.items()
            if tag not in results or results[tag][0] != entry[0]
        }
        if self._wanted:
            self._timer.start(AGAIN_AFTER_MS)
        if before != after:
            self.changed.emit()


def _only_grown(before: _Key, after: _Key) -> bool:
    """Whether the same series have the same points or more."""
    return len(before) == len(after) and all(
        a[0] == b[0] for a, b in zip(before, after, strict=True)
    )
