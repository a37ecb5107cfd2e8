"""Cards of tags: one per tag and run, or one per tag with all runs in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventglass.app.core.names import Kind, natural_key
from eventglass.app.models.scalar_groups import PINNED, KeyGroup, prefix
from eventglass.app.models.workspace import Workspace, matcher

if TYPE_CHECKING:
    from eventglass.app.core.store import Changes, LogStore

#: Between tag and run in the key of a card.
_BETWEEN = "\x1f"


@dataclass(frozen=True, slots=True)
class TagPlace:
    """What a card shows: a tag, and the series of it in one run or in all that are shown."""

    key: str
    tag: str
    series_ids: tuple[int, ...]
    #: Whether it holds all runs that are shown.
    together: bool


class TagGroups:
    """Cards of one kind; asks the workspace for filter, pins and visible runs.

    ``title`` is the heading where no tag has a prefix.
    """

    def __init__(
        self,
        store: LogStore,
        workspace: Workspace,
        kind: Kind,
        title: str,
    ) -> None:
        self._store = store
        self._kind = kind
        self._title = title
        self._workspace = workspace
        self._by_tag: dict[str, list[int]] = {}
        self._order: tuple[str, ...] | None = None
        self._seen = 0
        self._places: dict[str, TagPlace] = {}

    def take_changes(self, changes: Changes | None) -> bool:
        """Learn of new series; True when there are some."""
        series = self._store.series
        fresh = False
        while self._seen < len(series):
            one = series[self._seen]
            self._seen += 1
            if one.kind is self._kind:
                if one.tag not in self._by_tag:
                    self._by_tag[one.tag] = []
                    self._order = None
                self._by_tag[one.tag].append(one.id)
                fresh = True
        return fresh or changes is None or changes.roots

    def has_tags(self) -> bool:
        """Whether an open run has one of the kind."""
        store = self._store
        return any(
            store.is_open(store.series[i].run_id) for ids in self._by_tag.values() for i in ids
        )

    def place(self, key: str) -> TagPlace | None:
        """What a card shows, by its key as of the last `groups`."""
        return self._places.get(key)

    def keys_of_tag(self, tag: str) -> list[str]:
        """Keys of the cards of a tag."""
        return [key for key, place in self._places.items() if place.tag == tag]

    def tag_series(self, tag: str) -> tuple[int, ...]:
        """Series of a tag in visible runs, by the runs' names."""
        visible = frozenset(self._workspace.visible_run_ids())
        series, runs = self._store.series, self._store.runs
        found = [i for i in self._by_tag.get(tag, ()) if series[i].run_id in visible]
        return tuple(sorted(found, key=lambda i: natural_key(runs[series[i].run_id].name)))

    def groups(self, together: Mapping[str, bool] | bool) -> tuple[KeyGroup, ...]:
        """Groups with cards to show: the pinned, then by the tags' prefixes.

        Parameters
        ----------
        together
            Whether all runs of a tag stand in one card; for all tags, or by tag.
        """
        state = self._workspace.state
        fits = matcher(state.tag_filter)
        store = self._store
        self._places = {}
        groups: dict[str, list[str]] = {}
        pinned: dict[str, list[str]] = {}
        for tag in self._tags():
            if fits is not None and fits(tag) is None:
                continue
            ids = self.tag_series(tag)
            if state.hide_empty:
                ids = tuple(i for i in ids if store.series[i].count)
            if not ids:
                continue
            as_one = together if isinstance(together, bool) else together.get(tag, False)
            if as_one:
                places = [TagPlace(tag, tag, ids, True)]
            else:
                places = [
                    TagPlace(
                        f"{tag}{_BETWEEN}{store.runs[store.series[i].run_id].key}",
                        tag,
                        (i,),
                        False,
                    )
                    for i in ids
                ]
            self._places.update((place.key, place) for place in places)
            keys = [place.key for place in places]
            groups.setdefault(prefix(tag), []).extend(keys)
            if tag in state.pinned_tags:
                pinned[tag] = keys
        made = [
            KeyGroup(name, name or "Other", tuple(keys))
            for name, keys in sorted(groups.items(), key=lambda item: natural_key(item[0]))
        ]
        if len(made) == 1 and not made[0].name:
            made = [KeyGroup("", self._title, made[0].keys)]
        on_top = [key for tag in state.pinned_tags for key in pinned.get(tag, ())]
        if on_top:
            made.insert(0, KeyGroup(PINNED, "Pinned", tuple(on_top)))
        return tuple(made)

    def _tags(self) -> tuple[str, ...]:
        if self._order is None:
            self._order = tuple(sorted(self._by_tag, key=natural_key))
        return self._order
