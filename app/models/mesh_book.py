"""The mesh book: meshes put together in tasks; what was looked at last is kept, up to a bound."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject

from eventglass.app.core.meshes import colouring
from eventglass.app.core.meshes.assembling import MeshData, assemble, entry_for_step
from eventglass.app.core.meshes.reach import outermost
from eventglass.app.core.meshes.statistics import MeshStatistics, mesh_statistics
from eventglass.app.core.plugins import DecodeError
from eventglass.app.core.plugins.meshes import MeshPart, Part
from eventglass.app.models.entries import Entries, entries_of
from eventglass.app.models.payloads import Payloads, reason

if TYPE_CHECKING:
    from eventglass.app.core.meshes.grouping import MeshSeries
    from eventglass.app.core.store import LogStore
    from eventglass.app.models.line_styles import Restarts
    from eventglass.app.models.tasks import TaskControl, Tasks

#: Makes the key of a mesh from a place among the steps of its vertices and a sample.
KeyMaker: TypeAlias = Callable[[int, int], "MeshKey"]
#: Meshes kept, beside their parts in the cache of payloads.
DEFAULT_BUDGET_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class MeshKey:
    """Which mesh: its series, the entries of the parts, and which sample of the batch, from 0.

    The entry of a part that was not logged, or not yet at that step, is -1.
    """

    mesh: MeshSeries
    step: int
    vertices: int
    faces: int = -1
    colours: int = -1
    sample: int = 0


@dataclass(frozen=True, slots=True)
class ColourRequest:
    """By which numbers vertices are to be coloured; ``against`` is what distances lead to."""

    what: str = "logged"
    against: MeshKey | None = None


@dataclass(frozen=True, slots=True, eq=False)
class LoadedMesh:
    """A mesh as it was put together, or what is wrong with it.

    Attributes
    ----------
    mesh
        None when it could not be read; `error` says why.
    normals : (n, 3) float32 or None
        None for a point cloud.
    logged : (n, 4) uint8 or None
        Colours as logged.
    request
        What `values` were asked as.
    values : (n,) float64 or None
        Numbers that colour the vertices; None where colours need none.
    reach : (k, 3) float32 or None
        Its outermost points, where they were asked for.
    batch
        Meshes the entry holds.
    """

    key: MeshKey
    mesh: MeshData | None
    normals: npt.NDArray[np.float32] | None = None
    logged: npt.NDArray[np.uint8] | None = None
    request: ColourRequest = ColourRequest()
    values: npt.NDArray[np.float64] | None = None
    reach: npt.NDArray[np.float32] | None = None
    batch: int = 0
    error: str = ""
    notes: tuple[str, ...] = ()


def mesh_entries(store: LogStore, mesh: MeshSeries, restarts: Restarts) -> tuple[Entries, KeyMaker]:
    """Return the entries of a mesh's vertices, and what makes the key of place and sample."""
    series = store.series
    vertices = entries_of(series[mesh.vertices], restarts)
    others = [
        entries_of(series[each], restarts) if each >= 0 else None
        for each in (mesh.faces, mesh.colours)
    ]

    def key(place: int, sample: int) -> MeshKey:
        found = [-1, -1]
        for number, entries in enumerate(others):
            if entries is not None:
                at = entry_for_step(entries.steps, vertices.steps, place)
                found[number] = int(entries.indices[at]) if at >= 0 else -1
        return MeshKey(
            mesh,
            int(vertices.steps[place]),
            int(vertices.indices[place]),
            found[0],
            found[1],
            sample,
        )

    return vertices, key


class MeshBook(QObject):
    """Hands meshes to views; the latest request of an owner wins."""

    def __init__(
        self,
        store: LogStore,
        tasks: Tasks,
        payloads: Payloads,
        budget_bytes: int = DEFAULT_BUDGET_BYTES,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._tasks = tasks
        self._payloads = payloads
        self._budget_bytes = budget_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[MeshKey, tuple[LoadedMesh, int]] = OrderedDict()
        self._bytes = 0

    def request(
        self,
        owner: Hashable,
        key: MeshKey,
        colours: ColourRequest,
        on_done: Callable[[LoadedMesh], None],
        like: MeshData | None = None,
        *,
        fit: bool = False,
    ) -> None:
        """Put a mesh together on a thread and hand it to `on_done` on this one.

        Parameters
        ----------
        fit
            A camera will be fitted to it: its `reach` is asked for.
        like
            What is shown now: arrays that are equal become the very same.
        """

        def work(_control: TaskControl) -> LoadedMesh:
            loaded = self.read(key, colours, like)
            if not fit or loaded.mesh is None:
                return loaded
            return replace(loaded, reach=outermost(loaded.mesh.points))

        def failed(error: Exception) -> None:
            text = f"{reason(error)}\n{self._origin(key)}"
            on_done(LoadedMesh(key, None, request=colours, error=text))

        self._tasks.submit((id(self), owner), work, on_done, failed, soon=True)

    def prefetch(self, owner: Hashable, key: MeshKey) -> None:
        """Put a mesh together that is likely to be asked for next."""
        with self._lock:
            if key in self._kept:
                return

        def work(_control: TaskControl) -> None:
            self.read(key, ColourRequest(), None)

        def ignored(_result: object) -> None:
            """Say nothing: who asks for it will hear what is wrong."""

        self._tasks.submit((id(self), "next", owner), work, ignored, ignored)

    def statistics(
        self,
        owner: Hashable,
        loaded: LoadedMesh,
        on_done: Callable[[MeshStatistics], None],
    ) -> None:
        """Work out the figures of a mesh on a thread."""
        mesh = loaded.mesh
        if mesh is None:
            return

        def work(control: TaskControl) -> MeshStatistics:
            return mesh_statistics(mesh, lambda: control.cancelled)

        self._tasks.submit((id(self), "statistics", owner), work, on_done)

    def cancel(self, owner: Hashable) -> None:
        """Forget what an owner asked for."""
        for each in ((owner,), ("next", owner), ("statistics", owner)):
            self._tasks.cancel((id(self), *each))

    def forget(self) -> None:
        """Let go of all that was kept."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0

    def read(
        self, key: MeshKey, colours: ColourRequest, like: MeshData | None = None
    ) -> LoadedMesh:
        """Put a mesh together, on any thread.

        Raises what `PayloadCache.read` raises of the vertices; a part that can't be read is left
        out and told of.
        """
        loaded = self._whole(key, like)
        if loaded.mesh is None or colours.what in ("logged", "run", "normal"):
            return replace(loaded, request=colours)
        values, note = self._values(loaded.mesh, colours)
        notes = (*loaded.notes, note) if note else loaded.notes
        return replace(loaded, request=colours, values=values, notes=notes)

    def _whole(self, key: MeshKey, like: MeshData | None) -> LoadedMesh:
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
                return kept[0]
        loaded = self._assemble(key, like)
        self._keep(key, loaded)
        return loaded

    def _assemble(self, key: MeshKey, like: MeshData | None) -> LoadedMesh:
        mesh = key.mesh
        vertices = self._part(mesh.vertices, key.vertices)
        if vertices.part is not Part.VERTEX:
            raise DecodeError(f"“{mesh.name}” has no vertices, only {vertices.part}s")
        notes: list[str] = []
        faces = self._other(mesh.faces, key.faces, "Faces", Part.FACE, notes)
        colours = self._other(mesh.colours, key.colours, "Colours", Part.COLOR, notes)
        batch = len(vertices.array)
        if key.sample >= batch:
            few = "1 mesh" if batch == 1 else f"{batch:,} meshes"
            error = f"Step {key.step:,} holds {few}, none at {key.sample + 1:,}"
            return LoadedMesh(key, None, batch=batch, error=error)
        data = assemble(vertices, faces, colours, key.sample)
        if like is not None:
            data = _with_same_arrays(data, like)
        notes += data.notes
        if notes:
            notes.append(self._origin(key))
        return LoadedMesh(
            key,
            data,
            colouring.normals_of(data),
            colouring.logged_colours(data),
            batch=batch,
            notes=tuple(notes),
        )

    def _origin(self, key: MeshKey) -> str:
        """Say where a mesh was read from."""
        entries = self._store.series[key.mesh.vertices].entries()
        path = Path(self._store.files[int(entries.files[key.vertices])])
        return f"Step {key.step:,} in {path.name}"

    def _part(self, series_id: int, index: int) -> MeshPart:
        part = self._payloads.cache.read(self._store.series[series_id], index)
        assert isinstance(part, MeshPart)
        return part

    def _other(
        self, series_id: int, index: int, what: str, kind: Part, notes: list[str]
    ) -> MeshPart | None:
        if series_id < 0:
            return None
        if index < 0:
            notes.append(f"{what}: none were logged up to this step")
            return None
        try:
            part = self._part(series_id, index)
        except (DecodeError, OSError, IndexError) as error:
            notes.append(f"{what}: {reason(error)}")
            return None
        return part if part.part is kind else None

    def _values(
        self, mesh: MeshData, colours: ColourRequest
    ) -> tuple[npt.NDArray[np.float64] | None, str]:
        if colours.what in ("x", "y", "z"):
            return colouring.axis_values(mesh, "xyz".index(colours.what)), ""
        if colours.what == "centre":
            return colouring.centre_distances(mesh), ""
        if colours.against is None:
            return None, "There is no other mesh to measure distances to"
        try:
            other = self._whole(colours.against, None)
        except (DecodeError, OSError, IndexError) as error:
            return None, f"The mesh distances lead to can't be read: {reason(error)}"
        if other.mesh is None:
            return None, other.error
        if not len(other.mesh.points):
            return None, "The mesh distances lead to has no vertices"
        return colouring.vertex_distances(mesh, other.mesh), ""

    def _keep(self, key: MeshKey, loaded: LoadedMesh) -> None:
        mesh = loaded.mesh
        arrays = (loaded.normals, loaded.logged)
        if mesh is not None:
            arrays += (mesh.vertices, mesh.finite, mesh.faces, mesh.colours)  # type: ignore[assignment]
        size = 500 + sum(array.nbytes for array in arrays if array is not None)
        if size > self._budget_bytes:
            return
        with self._lock:
            if key in self._kept:
                return
            self._kept[key] = (loaded, size)
            self._bytes += size
            while self._bytes > self._budget_bytes:
                _, (_, freed) = self._kept.popitem(last=False)
                self._bytes -= freed


def _with_same_arrays(data: MeshData, like: MeshData) -> MeshData:
    """Return the mesh with the arrays of another where they are equal: they are drawn already."""
    if data.faces is not like.faces and np.array_equal(data.faces, like.faces):
        data = replace(data, faces=like.faces)
    if (
        data.colours is not None
        and like.colours is not None
        and np.array_equal(data.colours, like.colours)
    ):
        data = replace(data, colours=like.colours)
    return data
