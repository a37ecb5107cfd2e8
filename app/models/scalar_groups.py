"""Which scalar tags there are, in what groups and order, and which series each has.

Kept up to date by `Changes`, so that thousands of tags cost something only when they appear.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from eventglass.app.core.names import Kind, natural_key
from eventglass.app.core.store import Changes, LogStore, Series
from eventglass.app.models.workspace import Workspace, matcher

#: Name of the group of pinned tags; no prefix of a tag can be it.
PINNED = "\0pinned"
#: Name of the group of tags without a prefix.
NO_PREFIX = ""


@dataclass(frozen=True, slots=True)
class TagGroup:
    """Tags with one prefix, in natural order."""

    name: str
    title: str
    tags: tuple[str, ...]


def prefix(tag: str) -> str:
    """Name of a tag's group: what stands before its first ``/``."""
    head, slash, _ = tag.partition("/")
    return head if slash else NO_PREFIX


def short_title(tag: str) -> str:
    """What is left of a tag under its group's title."""
    rest = tag[len(prefix(tag)) + 1 :] if "/" in tag else tag
    return rest.removesuffix("/scalar_summary") or tag


class ScalarGroups:
    """Scalar tags of a store; asks the workspace for filter, pins and visible runs."""

    def __init__(self, store: LogStore, workspace: Workspace) -> None:
        self._store = store
        self._workspace = workspace
        self._series_by_tag: dict[str, list[int]] = {}
        self._runs_by_tag: dict[str, list[int]] = {}
        self._order: tuple[str, ...] | None = None
        #: Series of a tag in the order of their runs, for those asked for.
        self._sorted: dict[str, list[int]] = {}
        self._ranks: dict[int, int] = {}
        self._seen = 0

    def take_changes(self, changes: Changes | None) -> bool:
        """Learn of new series; True when there are tags or series not known before."""
        if changes is not None and not changes.series and not changes.roots:
            return False
        series = self._store.series
        fresh = False
        while self._seen < len(series):
            one = series[self._seen]
            self._seen += 1
            if one.kind is Kind.SCALAR:
                known = self._series_by_tag.setdefault(one.tag, [])
                if not known:
                    self._order = None
                known.append(one.id)
                self._runs_by_tag.setdefault(one.tag, []).append(one.run_id)
                self._sorted.pop(one.tag, None)
                fresh = True
        return fresh or changes is None or changes.roots

    def groups(self) -> tuple[TagGroup, ...]:
        """Groups of the tags that pass the filter and have a visible run; pinned ones first."""
        state = self._workspace.state
        visible = frozenset(self._workspace.visible_run_ids())
        fits = matcher(state.tag_filter)
        shown: dict[str, list[str]] = {}
        present: set[str] = set()
        for tag in self._tags():
            if fits is not None and fits(tag) is None:
                continue
            if visible.isdisjoint(self._runs_by_tag[tag]):
                continue
            present.add(tag)
            shown.setdefault(prefix(tag), []).append(tag)
        groups = [
            TagGroup(name, name or "Other", tuple(tags))
            for name, tags in sorted(shown.items(), key=_group_order)
        ]
        if len(groups) == 1 and groups[0].name == NO_PREFIX:
            groups = [TagGroup(NO_PREFIX, "Scalars", groups[0].tags)]
        pinned = tuple(tag for tag in state.pinned_tags if tag in present)
        if pinned:
            groups.insert(0, TagGroup(PINNED, "Pinned", pinned))
        return tuple(groups)

    def series(self, tag: str) -> list[Series]:
        """Series of a tag in visible runs, in the natural order of the runs' names."""
        visible = frozenset(self._workspace.visible_run_ids())
        store = self._store.series
        return [store[i] for i in self._in_order(tag) if store[i].run_id in visible]

    def has_tags(self) -> bool:
        """Whether there is any scalar series in an open run."""
        store = self._store
        return any(
            store.is_open(store.series[i].run_id)
            for ids in self._series_by_tag.values()
            for i in ids
        )

    def tag_of(self, series_id: int) -> str | None:
        """Tag of a scalar series, None for a series of another kind."""
        one = self._store.series[series_id]
        return one.tag if one.kind is Kind.SCALAR else None

    # -- inside -----------------------------------------------------------------------------

    def _tags(self) -> Iterable[str]:
        if self._order is None:
            self._order = tuple(sorted(self._series_by_tag, key=natural_key))
        return self._order

    def _in_order(self, tag: str) -> list[int]:
        found = self._sorted.get(tag)
        if found is None:
            series = self._store.series
            rank = self._rank_of_runs()
            found = sorted(self._series_by_tag.get(tag, ()), key=lambda i: rank[series[i].run_id])
            self._sorted[tag] = found
        return found

    def _rank_of_runs(self) -> dict[int, int]:
        """Place of every run in the natural order of names."""
        runs = self._store.runs
        if len(self._ranks) != len(runs):
            order = sorted(range(len(runs)), key=lambda i: natural_key(runs[i].name))
            self._ranks = {run_id: rank for rank, run_id in enumerate(order)}
        return self._ranks


def _group_order(item: tuple[str, list[str]]) -> tuple[object, ...]:
    return natural_key(item[0])
