"""Notices: what was not as it should be in an embedding's files, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class EmbeddingError(Exception):
    """An embedding's file can't be used; the message says why and names the file."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One oddity.

    Attributes
    ----------
    file : as shown: below the root, or the whole path
    row : counted from 1 as text editors do, or None
    message : what happened and what was kept
    """

    file: str
    message: str
    row: int | None = None

    @property
    def text(self) -> str:
        """All of it in one line, the place last."""
        at = f", row {self.row:,}" if self.row is not None else ""
        if not at and self.message.endswith(f"({self.file})"):
            # Errors name their file themselves.
            return self.message
        return f"{self.message} ({self.file}{at})"


class Control(Protocol):
    """What long work sees of the outside; tasks' own control fits."""

    @property
    def cancelled(self) -> bool:
        """Whether nobody waits for the result any more."""
        ...

    def report(self, fraction: float, partial: object = None) -> None:
        """Tell how far the work is, 0 to 1."""
        ...


class Cancelled(Exception):
    """The work was called off."""


def check(control: Control | None, fraction: float | None = None) -> None:
    """Raise Cancelled when called off; else tell how far the work is."""
    if control is None:
        return
    if control.cancelled:
        raise Cancelled
    if fraction is not None:
        control.report(fraction)
