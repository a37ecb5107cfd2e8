"""Projection jobs: t-SNE and UMAP in a process of their own, seen from the window."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from eventglass.app.core.projector.requests import ProjectionRequest, TsneSettings, UmapSettings


class ProjectionJobs(QObject):
    """Runs one projection at a time; a new one ends the one before."""

    #: Job, coordinates (n, k) float32 read-only, `ProjectionInfo`.
    partial = Signal(int, object, object)
    #: Job and `ProjectionInfo` where there is nothing new to draw.
    progressed = Signal(int, object)
    #: Job, coordinates, `ProjectionInfo`: all iterations done.
    done = Signal(int, object, object)
    #: Job and what to tell.
    failed = Signal(int, str)
    #: Job, and whether it rests.
    paused_changed = Signal(int, bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)

    @property
    def running(self) -> int:
        """The job that runs or rests; 0 without."""
        return 0

    def start(self, request: ProjectionRequest) -> int:
        """Begin; returns the job's number."""
        raise NotImplementedError

    def change(self, settings: TsneSettings | UmapSettings) -> None:
        """Take new settings in the running job as far as its method allows."""
        raise NotImplementedError

    def pause(self) -> None:
        """Rest after the present iteration."""
        raise NotImplementedError

    def resume(self) -> None:
        """Go on."""
        raise NotImplementedError

    def cancel(self) -> None:
        """End the job; nothing of it is told any more."""
        raise NotImplementedError

    def stop(self) -> None:
        """End the process; for when the view closes."""
        raise NotImplementedError
