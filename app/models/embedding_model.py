"""An embedding that is looked at: its projection, its marks, its neighbours.

Reading and projecting run in tasks, t-SNE and UMAP in a process of their own; what is shown stays
until there is something else.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Signal

from eventglass.app.core.projector.metadata import Column, Metadata
from eventglass.app.core.projector.neighbours import Metric, Neighbours
from eventglass.app.core.projector.notices import EmbeddingError, Notice
from eventglass.app.core.projector.requests import (
    Method,
    ProjectionInfo,
    ProjectionRequest,
    missing,
)
from eventglass.app.models.alive import alive
from eventglass.app.models.embedding_apart import ApartProjection
from eventglass.app.models.embedding_columns import (
    ColumnFacts,
    all_facts,
    label_column,
    rows_of_texts,
)
from eventglass.app.models.embedding_options import EmbeddingOptions
from eventglass.app.models.embedding_projecting import (
    Basis,
    Projected,
    ProjectionError,
    Vectors,
    aligned_vectors,
    basis_of,
    is_sphereised,
    linear_key,
    positions_of,
    project,
    settings_of,
)
from eventglass.app.models.embedding_reading import (
    Loaded,
    changed_facts,
    read_embedding,
    read_metadata,
)
from eventglass.app.models.embedding_selection import Marks, MarksStep, Way

if TYPE_CHECKING:
    from eventglass.app.core.projector.sources import EmbeddingSource
    from eventglass.app.models.tasks import TaskControl, Tasks
    from eventglass.app.models.undo import UndoStack

#: Up to so many rows t-SNE and UMAP begin by themselves.
MOST_BY_ITSELF = 20_000
#: Metadata of more rows follow the points instead of keeping them waiting.
MOST_AT_ONCE = 20_000
#: Steps that follow each other as one: clicks, and letters of a search.
JOINING = ("Select a point", "Select what is found")


class EmbeddingModel(QObject):
    """One embedding and how it is looked at.

    Parameters
    ----------
    undo
        Takes what can be taken back: selections, hidden points, labels.
    """

    #: Another embedding is there, or none.
    loaded = Signal()
    #: There are other coordinates; True when they show something else than before.
    projected = Signal(bool)
    marks_changed = Signal()
    #: Other neighbours, or none.
    neighbours_changed = Signal()
    metadata_changed = Signal()
    #: Words and share (−1: unknown) of what is under way; empty words when nothing is.
    progressed = Signal(str, float)
    #: An embedding, or a projection of it, can't be shown: why.
    failed = Signal(str)
    #: What the projection process does is something else: began, rests, goes on, ended.
    job_changed = Signal()

    def __init__(self, tasks: Tasks, undo: UndoStack, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._undo = undo
        self.options = EmbeddingOptions()
        self.source: EmbeddingSource | None = None
        self.against: EmbeddingSource | None = None
        self.data: Loaded | None = None
        self.projection: Projected | None = None
        #: Places in the scene, and of the embedding it is compared with, (n, 3) float32.
        self.positions: Vectors | None = None
        self.other_positions: Vectors | None = None
        self.marks = Marks.of(0)
        #: Row that was clicked, -1 for none; its neighbours follow.
        self.focus = -1
        self.neighbours: Neighbours | None = None
        self.error = ""
        self.trouble = ""
        self.residual = float("nan")
        #: Column by which rows are compared; empty: by their numbers.
        self.matched_by = ""
        self._bases: dict[bool, Basis] = {}
        self._other: Vectors | None = None
        self._apart = ApartProjection(self)
        self._apart.shown.connect(self._show)
        self._apart.told.connect(self.progressed)
        self._apart.changed.connect(self.job_changed)
        self._apart.failed.connect(self._job_failed)
        self._busy: set[str] = set()

    # -- what there is

    @property
    def count(self) -> int:
        """Number of rows, 0 without an embedding."""
        return 0 if self.data is None else self.data.count

    @property
    def metadata(self) -> Metadata:
        """The metadata; of no columns without any."""
        return Metadata(0) if self.data is None else self.data.metadata

    @property
    def facts(self) -> Mapping[str, ColumnFacts]:
        """Facts of the columns, by name."""
        return {} if self.data is None else self.data.facts

    @property
    def basis(self) -> Basis | None:
        """The vectors as they are projected now; None before the first projection."""
        if self.data is None:
            return None
        return self._bases.get(is_sphereised(self.options, self.data.dimensions))

    def projection_is(self, name: str) -> bool:
        """Whether what is shown was made by this projection."""
        return self.projection is not None and self.projection.method == name

    @property
    def info(self) -> ProjectionInfo | None:
        """How far t-SNE or UMAP is, or was; None before the first."""
        return self._apart.info

    @property
    def is_busy(self) -> bool:
        """Whether something is under way; a process that rests is not."""
        return bool(self._busy) or (self._apart.is_there and not self._apart.is_resting)

    @property
    def has_job(self) -> bool:
        """Whether t-SNE or UMAP runs or rests."""
        return self._apart.is_there

    @property
    def is_resting(self) -> bool:
        """Whether t-SNE or UMAP was paused."""
        return self._apart.is_resting

    def label(self, row: int) -> str:
        """What a row is called: by the label column, else by its number."""
        name = label_column(self.facts, self.options.label_by)
        text = self.facts[name].column.text(row) if name else ""
        return text or f"#{row:,}"

    def notices(self) -> tuple[str, ...]:
        """Everything that was not as it should be, in sentences."""
        if self.data is None:
            return ()
        found = [*self.data.source.notices, *self.data.embedding.notices, *self.data.notices]
        return tuple(dict.fromkeys(each.text for each in found))

    # -- reading

    def load(self, source: EmbeddingSource | None) -> None:
        """Show another embedding; None for none."""
        self._begin(source)
        if source is None:
            self._tasks.cancel((id(self), "read"))
            self._done("read")
            self.loaded.emit()
            return

        def work(control: TaskControl) -> Loaded:
            return read_embedding(source, control, MOST_AT_ONCE)

        self._start("read", "Reading vectors", work, self._take_loaded)

    def open_file(self, path: str, metadata_path: str | None = None) -> None:
        """Show vectors from a file of the user's, with the metadata of another one."""
        self._begin(None)

        def work(control: TaskControl) -> Loaded:
            from eventglass.app.core.projector.tensors import open_vectors

            opened = open_vectors(path, metadata_path, control)
            metadata = opened.metadata
            return Loaded(
                opened.source, opened.embedding, metadata, all_facts(metadata), None,
                metadata.notices,
            )  # fmt: skip

        self._start("read", "Reading vectors", work, self._take_loaded)

    def _begin(self, source: EmbeddingSource | None) -> None:
        self.cancel_job()
        self.source = source
        self.against = None
        self._other = None
        self.data = None
        self.projection = None
        self.positions = self.other_positions = None
        self.marks = Marks.of(0)
        self.focus, self.neighbours = -1, None
        self.error = self.trouble = ""
        self._bases = {}
        self._apart.forget()
        for part in ("project", "neighbours", "against", "metadata"):
            self._tasks.cancel((id(self), part))
            self._done(part)

    def _take_loaded(self, data: Loaded) -> None:
        self.data = data
        self.source = data.source
        self.marks = Marks.of(data.count)
        self.loaded.emit()
        self.project()
        if data.waits:
            source, rows = data.source, data.count

            def work(
                control: TaskControl,
            ) -> tuple[Metadata, Mapping[str, ColumnFacts], tuple[Notice, ...]]:
                table, notices = read_metadata(source, rows, control)
                return table, all_facts(table), notices

            self._start("metadata", "Reading metadata", work, self._take_metadata)

    def _take_metadata(
        self, found: tuple[Metadata, Mapping[str, ColumnFacts], tuple[Notice, ...]]
    ) -> None:
        if self.data is None:
            return
        table, facts, notices = found
        self.data = replace(
            self.data,
            metadata=table,
            facts=facts,
            notices=(*notices, *self.data.notices),
            waits=False,
        )
        self.metadata_changed.emit()
        if self.options.projection == "custom":
            self.project()

    # -- options

    def set_options(self, options: EmbeddingOptions) -> None:
        """Take other choices over; projects again where they ask for it."""
        before, self.options = self.options, options
        if self.data is None:
            return
        if _asks_anew(before, options):
            self.project()
        elif settings_of(before) != settings_of(options):
            self._apart.change(settings_of(options))
        near = ("metric", "neighbours", "nearest_shown", "sphereise")
        if self.focus >= 0 and any(getattr(before, n) != getattr(options, n) for n in near):
            self._find_neighbours()

    # -- projecting

    def project(self, *, anew: bool = False) -> None:
        """Project as the options say; `anew`: t-SNE or UMAP from the beginning."""
        data, options = self.data, self.options
        if data is None:
            return
        self.trouble = ""
        sphereised = is_sphereised(options, data.dimensions)
        if options.projection in ("tsne", "umap"):
            self._project_apart(data, sphereised, anew)
            return
        self.cancel_job()
        column = self.axis_column()
        key = (sphereised, linear_key(options, column), id(self._other))
        basis, other = self._bases.get(sphereised), self._other

        def work(control: TaskControl) -> tuple[bool, Basis, Projected, float]:
            made = basis
            if made is None:
                embedding = data.embedding
                made = basis_of(embedding.vectors, embedding.finite, sphereised, control)
            turned, residual = None, float("nan")
            if other is not None:
                turned, residual = aligned_vectors(made, other, sphereised, control)
            found = project(made, options, column, turned, control)
            places = positions_of(found.coordinates, found.other)
            return sphereised, made, replace(found, key=key, places=places), residual

        self._start("project", "Projecting", work, self._take_projected)

    def axis_column(self) -> Column | None:
        """Column that custom axes search in."""
        name = label_column(self.facts, self.options.axis_column)
        return self.facts[name].column if name else None

    def _take_projected(self, found: tuple[bool, Basis, Projected, float]) -> None:
        sphereised, basis, projected, self.residual = found
        self._bases[sphereised] = basis
        self._show(projected)
        if self.focus >= 0 and self.neighbours is None:
            self._find_neighbours()

    def _show(self, projected: Projected) -> None:
        before = self.projection
        self.projection = projected
        places = projected.places or positions_of(projected.coordinates, projected.other)
        self.positions, self.other_positions = places
        fresh = before is None or (before.method, before.coordinates.shape[1]) != (
            projected.method,
            projected.coordinates.shape[1],
        )
        self.projected.emit(fresh)

    # -- t-SNE and UMAP

    def why_not(self, projection: str) -> str:
        """Why a projection can't be made here; empty where it can."""
        if projection not in ("tsne", "umap"):
            return ""
        return missing(Method.TSNE if projection == "tsne" else Method.UMAP)

    def _job_identity(self, sphereised: bool) -> Hashable:
        options = self.options
        common = (options.projection, options.planar, sphereised, options.seed)
        labels = (options.supervise, options.supervision)
        if options.projection == "umap":
            return (
                *common,
                *labels,
                options.umap_neighbours,
                options.umap_distance,
                options.umap_metric,
                id(self._other),
            )
        # What may change while it runs is not part of what tells projections apart.
        return (*common, *labels, id(self._other))

    def _project_apart(self, data: Loaded, sphereised: bool, anew: bool) -> None:
        key = self._job_identity(sphereised)
        if self._apart.is_there and self._apart.key == key and not anew:
            return
        self.cancel_job()
        self._tasks.cancel((id(self), "project"))
        self._done("project")
        kept = self._apart.kept(key)
        if kept is not None and not anew:
            self._show(kept)
            return
        self.trouble = self.why_not(self.options.projection)
        if self.trouble:
            self.job_changed.emit()
            self.failed.emit(self.trouble)
            return
        if data.count > MOST_BY_ITSELF and not anew:
            name = "t-SNE" if self.options.projection == "tsne" else "UMAP"
            self.trouble = f"{name} of {data.count:,} points takes a while. Press Run to begin"
            self.job_changed.emit()
            self.failed.emit(self.trouble)
            return
        basis, other = self._bases.get(sphereised), self._other
        first = replace(self.options, projection="pca", components=(0, 1, 2))
        wants_first = self.projection is None

        def work(control: TaskControl) -> tuple[Basis, Vectors, float, Projected | None]:
            made = basis
            if made is None:
                embedding = data.embedding
                made = basis_of(embedding.vectors, embedding.finite, sphereised, control)
            # Something is seen while the process starts.
            shown = project(made, first, None, None, control) if wants_first else None
            if other is None:
                return made, made.vectors, float("nan"), shown
            turned, residual = aligned_vectors(made, other, sphereised, control)
            return made, np.concatenate([made.vectors, turned]), residual, shown

        def begin(found: tuple[Basis, Vectors, float, Projected | None]) -> None:
            self._bases[sphereised], vectors, self.residual, shown = found
            if shown is not None:
                self._show(shown)
            self._begin_job(key, vectors)

        self._start("project", "Preparing", work, begin)

    def _begin_job(self, key: Hashable, vectors: Vectors) -> None:
        labels = None
        column = self.metadata.column(self.options.supervise)
        if column is not None:
            labels = column.codes
            if len(labels) < len(vectors):
                labels = np.concatenate([labels, np.full(len(vectors) - len(labels), -1, np.int32)])
        request = ProjectionRequest(vectors, settings_of(self.options), labels)
        self._apart.begin(key, self.options.projection, request, self.count)

    def show_coordinates(self, coordinates: Vectors) -> None:
        """Show coordinates that came from elsewhere, (n, 2) or (n, 3), as t-SNE or UMAP."""
        if self.data is None or len(coordinates) != self.count:
            return
        self.cancel_job()
        self._tasks.cancel((id(self), "project"))
        self._done("project")
        self.trouble = ""
        key = self._job_identity(is_sphereised(self.options, self.data.dimensions))
        self._apart.adopt(key, self.options.projection, np.ascontiguousarray(coordinates))

    def run_again(self) -> None:
        """Begin t-SNE or UMAP anew."""
        self.project(anew=True)

    def pause(self) -> None:
        """Let t-SNE or UMAP rest, or go on."""
        self._apart.pause()

    def cancel_job(self) -> None:
        """End t-SNE or UMAP; what it has drawn stays."""
        self._apart.cancel()

    def stop(self) -> None:
        """End the process, for when nobody looks any more."""
        self._apart.stop()

    def _job_failed(self, text: str) -> None:
        self.trouble = text
        self.failed.emit(text)

    # -- comparing

    def compare(self, source: EmbeddingSource | None) -> None:
        """Show the same rows of another embedding beside these; None for none.

        The same by number, or by the label where its rows are labelled alike in another order.
        """
        self.against = source
        if source is None:
            self._tasks.cancel((id(self), "against"))
            self._done("against")
            self._other = None
            self.project()
            return

        count = self.count
        name = label_column(self.facts, self.options.label_by)
        ours = self.facts[name].column if name else None
        own = None if self.source is None else self.source.metadata

        def work(control: TaskControl) -> tuple[Vectors, str]:
            from eventglass.app.core.projector import tensors

            vectors = tensors.load(source, control).vectors
            if ours is None or source.metadata == own:
                return vectors, ""
            table, _notices = read_metadata(source, len(vectors), control)
            rows = rows_of_texts(ours, table.column(name))
            if rows is None:
                return vectors, ""
            made = np.full((count, vectors.shape[1]), np.nan, np.float32)
            made[rows >= 0] = vectors[rows[rows >= 0]]
            return made, name

        def take(found: tuple[Vectors, str]) -> None:
            self._other, self.matched_by = found
            self.project()

        self._start("against", "Reading the other vectors", work, take)

    def movement(self) -> npt.NDArray[np.float64] | None:
        """How far each row went between the two, in units of the projection, (n,); NaN: nowhere.

        None without a comparison.
        """
        found = self.projection
        if found is None or found.other is None:
            return None
        count = min(len(found.coordinates), len(found.other))
        made = np.full(len(found.coordinates), np.nan)
        away = found.coordinates[:count].astype(np.float64) - found.other[:count]
        made[:count] = np.sqrt(np.square(away).sum(axis=1))
        return made

    # -- marks

    def edit_marks(self, label: str, marks: Marks) -> None:
        """Select or hide, as one step of undo."""
        if not marks.is_same(self.marks):
            key = self._key()
            self._undo.push(
                MarksStep(label, self._put_marks, _Put(key, self.marks), _Put(key, marks))
            )

    def select(self, indices: npt.ArrayLike, way: Way = "replace", label: str = "") -> None:
        """Select points."""
        self.edit_marks(label or "Select points", self.marks.selecting(indices, way))

    def _put_marks(self, value: object) -> None:
        if isinstance(value, _Put) and value.key == self._key() and isinstance(value.what, Marks):
            self.marks = value.what
            self.marks_changed.emit()

    def _key(self) -> object:
        return None if self.data is None else id(self.data.embedding)

    def edit_text(self, name: str, text: str) -> None:
        """Write a text into a column of the selected rows, as one step of undo."""
        if self.data is None or self.data.waits or not len(self.marks.selected):
            return
        rows = self.marks.selected.tolist()
        metadata = self.data.metadata.with_text(name, rows, text)
        key = self._key()
        label = "Label the point" if len(rows) == 1 else "Label points"
        self._undo.push(
            MarksStep(label, self._put_metadata, _Put(key, self.data.metadata), _Put(key, metadata))
        )

    def _put_metadata(self, value: object) -> None:
        if not isinstance(value, _Put) or value.key != self._key() or self.data is None:
            return
        metadata = value.what
        if not isinstance(metadata, Metadata):
            return
        facts = changed_facts(metadata, self.data.facts)
        self.data = replace(self.data, metadata=metadata, facts=facts)
        self.metadata_changed.emit()
        if self.options.projection == "custom":
            self.project()

    # -- neighbours

    def set_focus(self, row: int) -> None:
        """Look for the neighbours of a row; -1 for none."""
        if row == self.focus:
            return
        self.focus = row
        self.neighbours = None
        self.neighbours_changed.emit()
        if row >= 0:
            self._find_neighbours()

    def _find_neighbours(self) -> None:
        data, options, row = self.data, self.options, self.focus
        if data is None or not 0 <= row < data.count or not data.embedding.finite[row]:
            return
        basis = self._bases.get(is_sphereised(options, data.dimensions))
        shown = self.projection.coordinates if self.projection is not None else None
        among = ~self.marks.hidden if self.marks.hidden_count else None
        if basis is None and not options.nearest_shown:
            return

        def work(_control: TaskControl) -> Neighbours:
            from eventglass.app.core.projector.neighbours import Finder

            if options.nearest_shown and shown is not None:
                known = np.asarray(np.isfinite(shown).all(axis=1))
                finder = Finder(shown, known)
                return finder.nearest(row, options.neighbours, Metric.EUCLIDEAN, among)
            assert basis is not None
            return basis.finder.nearest(row, options.neighbours, Metric(options.metric), among)

        def take(found: Neighbours) -> None:
            if row == self.focus:
                self.neighbours = found
                self.neighbours_changed.emit()

        self._tasks.submit((id(self), "neighbours"), work, alive(self, take), soon=True)

    # -- tasks

    def _start(
        self,
        part: str,
        words: str,
        work: Callable[[TaskControl], object],
        take: Callable[..., None],
    ) -> None:
        self._busy.add(part)
        self.progressed.emit(words, -1.0)

        def done(found: object) -> None:
            self._done(part)
            take(found)

        def failed(error: Exception) -> None:
            self._done(part)
            self._fail(part, error)

        def tell(share: float, _partial: object) -> None:
            self.progressed.emit(words, share)

        self._tasks.submit(
            (id(self), part), work, alive(self, done), alive(self, failed), alive(self, tell)
        )

    def _done(self, part: str) -> None:
        self._busy.discard(part)
        if not self._busy and not self._apart.is_there:
            self.progressed.emit("", -1.0)

    def _fail(self, part: str, error: Exception) -> None:
        if isinstance(error, EmbeddingError | ProjectionError | OSError | ValueError):
            text = str(error)
        elif isinstance(error, MemoryError):
            text = "There is not enough memory for these vectors"
        else:
            text = f"{type(error).__name__}: {error}"
        if part == "read":
            told = [] if self.source is None else [each.text for each in self.source.notices]
            # What was told of the files first says more than that there are no vectors.
            self.error = "\n".join(dict.fromkeys([*told, text]))
            self.loaded.emit()
        else:
            self.trouble = text
            if part == "against":
                self.against = None
        self.failed.emit(text)


@dataclass(frozen=True, slots=True, eq=False)
class _Put:
    """What a step of undo puts in force, and for which embedding."""

    key: object
    what: Marks | Metadata


def _asks_anew(before: EmbeddingOptions, after: EmbeddingOptions) -> bool:
    """Whether other choices need another projection."""
    names = ["projection", "planar", "sphereise"]
    names += {
        "pca": ["components"],
        "dimensions": ["dimensions"],
        "custom": ["axis_column", "axis_left", "axis_right", "axis_down", "axis_up"],
        "tsne": ["seed", "supervise", "supervision"],
        "umap": [
            "seed",
            "supervise",
            "supervision",
            "umap_neighbours",
            "umap_distance",
            "umap_metric",
        ],
    }[after.projection]
    return any(getattr(before, name) != getattr(after, name) for name in names)
