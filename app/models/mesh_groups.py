"""Cards of meshes: one for every mesh of a name, run and sample, in the groups of their names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventglass.app.core.meshes.grouping import MeshSeries, mesh_series
from eventglass.app.core.names import Kind, natural_key
from eventglass.app.models.scalar_groups import PINNED, KeyGroup, prefix
from eventglass.app.models.tag_groups import TagGroups, TagPlace
from eventglass.app.models.workspace import Workspace, matcher

if TYPE_CHECKING:
    from eventglass.app.core.store import Changes, LogStore

#: Between name, run and sample in the key of a card.
_BETWEEN = "\x1f"
#: Cards of one mesh of a run: metadata may promise any number.
MOST_SAMPLES = 256


@dataclass(frozen=True, slots=True)
class MeshPlace(TagPlace):
    """What a card shows: one sample of a mesh of a run; ``tag`` is the mesh's name."""

    mesh: MeshSeries
    sample: int
    #: How many samples a step holds.
    samples: int


class MeshGroups(TagGroups):
    """Groups of meshes: several series, one for each part, make one card or more."""

    def __init__(self, store: LogStore, workspace: Workspace, title: str) -> None:
        super().__init__(store, workspace, Kind.MESH, title)
        self._ids: list[int] = []
        self._looked_at = 0
        self._meshes: dict[str, list[MeshSeries]] = {}
        #: Samples that were found where the metadata tell of fewer.
        self._batches: dict[tuple[int, str], int] = {}

    def take_changes(self, changes: Changes | None) -> bool:
        """Learn of new series; True when there are some."""
        series = self._store.series
        fresh = False
        while self._looked_at < len(series):
            one = series[self._looked_at]
            self._looked_at += 1
            if one.kind is Kind.MESH:
                self._ids.append(one.id)
                fresh = True
        if fresh:
            meshes: dict[str, list[MeshSeries]] = {}
            for mesh in mesh_series(series[i] for i in self._ids):
                meshes.setdefault(mesh.name, []).append(mesh)
            self._meshes = {name: meshes[name] for name in sorted(meshes, key=natural_key)}
        return fresh or changes is None or changes.roots

    def has_tags(self) -> bool:
        """Whether an open run has a mesh."""
        return any(
            self._store.is_open(mesh.run_id) for some in self._meshes.values() for mesh in some
        )

    def mesh_place(self, key: str) -> MeshPlace | None:
        """What a card shows, by its key as of the last `groups`."""
        place = self._places.get(key)
        return place if isinstance(place, MeshPlace) else None

    def keys_of_tag(self, tag: str) -> list[str]:
        """Keys of the cards of a mesh, by its name or by the tag of one of its parts."""
        series = self._store.series
        return [
            key
            for key, place in self._places.items()
            if place.tag == tag or any(series[i].tag == tag for i in place.series_ids)
        ]

    def tag_series(self, tag: str) -> tuple[int, ...]:
        """Series of the vertices of a mesh in visible runs, by the runs' names."""
        return tuple(m.vertices for m in self.meshes_of(tag) if m.vertices >= 0)

    def meshes_of(self, name: str) -> list[MeshSeries]:
        """The meshes of a name in the visible runs, by the runs' names."""
        visible = frozenset(self._workspace.visible_run_ids())
        runs = self._store.runs
        found = [mesh for mesh in self._meshes.get(name, ()) if mesh.run_id in visible]
        return sorted(found, key=lambda mesh: natural_key(runs[mesh.run_id].name))

    def learn_batch(self, mesh: MeshSeries, batch: int) -> bool:
        """Take note of how many samples there are; True when cards are missing for them."""
        key = (mesh.run_id, mesh.name)
        known = self._batches.get(key, mesh.samples)
        if batch <= known or known >= MOST_SAMPLES:
            return False
        self._batches[key] = batch
        return True

    def groups(self, together: Mapping[str, bool] | bool) -> tuple[KeyGroup, ...]:
        """Groups with cards to show: the pinned, then by the prefixes of names.

        Cards of one sample stand beside each other, run by run.
        """
        state = self._workspace.state
        fits = matcher(state.tag_filter)
        self._places = {}
        groups: dict[str, list[str]] = {}
        pinned: dict[str, list[str]] = {}
        for name in self._meshes:
            meshes = self.meshes_of(name)
            if state.hide_empty:
                meshes = [mesh for mesh in meshes if self._count(mesh)]
            if fits is not None and fits(name) is None:
                meshes = [mesh for mesh in meshes if self._fits_part(mesh, fits)]
            places = self._places_of(name, meshes)
            if not places:
                continue
            self._places.update((place.key, place) for place in places)
            keys = [place.key for place in places]
            groups.setdefault(prefix(name), []).extend(keys)
            if name in state.pinned_tags:
                pinned[name] = keys
        made = [
            KeyGroup(name, name or "Other", tuple(keys))
            for name, keys in sorted(groups.items(), key=lambda item: natural_key(item[0]))
        ]
        if len(made) == 1 and not made[0].name:
            made = [KeyGroup("", self._title, made[0].keys)]
        on_top = [key for name in state.pinned_tags for key in pinned.get(name, ())]
        if on_top:
            made.insert(0, KeyGroup(PINNED, "Pinned", tuple(on_top)))
        return tuple(made)

    def _places_of(self, name: str, meshes: list[MeshSeries]) -> list[MeshPlace]:
        places = []
        for mesh in meshes:
            told = max(mesh.samples, self._batches.get((mesh.run_id, mesh.name), 1))
            samples = min(told, MOST_SAMPLES)
            run = self._store.runs[mesh.run_id].key
            for sample in range(samples):
                key = _BETWEEN.join([name, run, *([str(sample)] if sample else [])])
                places.append(MeshPlace(key, name, mesh.series_ids, False, mesh, sample, samples))
        # The order of runs stays, for sorting keeps it.
        return sorted(places, key=lambda place: place.sample)

    def _count(self, mesh: MeshSeries) -> int:
        # Faces without vertices get a card as well, which says so.
        return max(self._store.series[i].count for i in mesh.series_ids)

    def _fits_part(self, mesh: MeshSeries, fits: object) -> bool:
        series = self._store.series
        return callable(fits) and any(fits(series[i].tag) is not None for i in mesh.series_ids)
