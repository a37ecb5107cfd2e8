"""t-SNE or UMAP of an embedding: the job that runs, and the pictures of those that ended."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from eventglass.app.core.projector.requests import (
    ProjectionInfo,
    ProjectionRequest,
    TsneSettings,
    UmapSettings,
)
from eventglass.app.models.embedding_options import Projection
from eventglass.app.models.embedding_projecting import Projected, Vectors

if TYPE_CHECKING:
    from eventglass.app.models.projection_jobs import ProjectionJobs

#: Finished projections that are kept.
_MOST_KEPT = 12


class ApartProjection(QObject):
    """One projection at a time, in a process of its own.

    Attributes
    ----------
    key : tells what the job is of, and how it is made
    info : how far it is, or was; None before the first
    is_resting : whether it was paused
    """

    #: Coordinates to show: `Projected`.
    shown = Signal(object)
    #: Words and share (−1: unknown); empty words when it has ended.
    told = Signal(str, float)
    failed = Signal(str)
    #: It began, rests, goes on, ended.
    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.key: Hashable = None
        self.info: ProjectionInfo | None = None
        self.is_resting = False
        self._jobs: ProjectionJobs | None = None
        self._job = 0
        self._method: Projection = "tsne"
        self._rows = 0
        self._kept: dict[Hashable, Projected] = {}

    @property
    def is_there(self) -> bool:
        """Whether a job runs or rests."""
        return self._job > 0

    def kept(self, key: Hashable) -> Projected | None:
        """What a job ended with."""
        return self._kept.get(key)

    def forget(self) -> None:
        """Keep nothing of what ended."""
        self._kept = {}

    def begin(
        self, key: Hashable, method: Projection, request: ProjectionRequest, rows: int
    ) -> None:
        """Begin a job; of its vectors the first `rows` are shown, the others compared with."""
        if self._jobs is None:
            from eventglass.app.models.projection_jobs import ProjectionJobs

            self._jobs = ProjectionJobs(self)
            self._jobs.partial.connect(self._take)
            self._jobs.progressed.connect(self._tell)
            self._jobs.done.connect(self._done)
            self._jobs.failed.connect(self._failed)
            self._jobs.paused_changed.connect(self._paused)
        self.key, self._method, self._rows = key, method, rows
        self.is_resting = False
        self._job = self._jobs.start(request)
        self.info = ProjectionInfo("Starting")
        self.told.emit("Starting", -1.0)
        self.changed.emit()

    def adopt(self, key: Hashable, method: Projection, coordinates: Vectors) -> None:
        """Show coordinates that came from elsewhere as if a job had ended with them."""
        self.key, self._method, self._rows = key, method, len(coordinates)
        self._keep(self._projected(coordinates, ProjectionInfo("From a bookmark")))

    def change(self, settings: TsneSettings | UmapSettings) -> None:
        """Take new settings in the running job as far as its method allows."""
        if self._jobs is not None and self._job:
            self._jobs.change(settings)

    def pause(self) -> None:
        """Rest, or go on."""
        if self._jobs is not None and self._job:
            if self.is_resting:
                self._jobs.resume()
            else:
                self._jobs.pause()

    def cancel(self) -> None:
        """End the job; what it has drawn stays."""
        if self._jobs is not None and self._job:
            self._jobs.cancel()
            self._end()

    def stop(self) -> None:
        """End the process, for when nobody looks any more."""
        if self._jobs is not None:
            self._jobs.stop()
        self._job = 0

    def _end(self) -> None:
        self._job, self.is_resting = 0, False
        self.told.emit("", -1.0)
        self.changed.emit()

    def _keep(self, made: Projected) -> None:
        self._kept[self.key] = made
        while len(self._kept) > _MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        self.shown.emit(made)

    def _projected(self, coordinates: Vectors, info: ProjectionInfo) -> Projected:
        name = "t-SNE" if self._method == "tsne" else "UMAP"
        titles = tuple(f"{name} {i + 1}" for i in range(coordinates.shape[1]))
        ours, other = coordinates[: self._rows], coordinates[self._rows :]
        return Projected(
            self.key,
            self._method,
            ours,
            titles,
            other=other if len(other) else None,
            notes=info.notices,
        )

    def _take(self, job: int, coordinates: Vectors, info: ProjectionInfo) -> None:
        if job == self._job:
            self.shown.emit(self._projected(coordinates, info))
            self._tell(job, info)

    def _tell(self, job: int, info: ProjectionInfo) -> None:
        if job == self._job:
            self.info = info
            self.told.emit(info.stage, info.fraction)

    def _done(self, job: int, coordinates: Vectors, info: ProjectionInfo) -> None:
        if job == self._job:
            self.info = info
            self._keep(self._projected(coordinates, info))
            self._end()

    def _failed(self, job: int, text: str) -> None:
        if job == self._job:
            self._end()
            self.failed.emit(text)

    def _paused(self, job: int, resting: bool) -> None:
        if job == self._job:
            self.is_resting = resting
            self.changed.emit()
