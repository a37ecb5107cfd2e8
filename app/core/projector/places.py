"""Places: files of a log directory or of an archive, and finding them by foreign paths."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A file: on disk, or a member of an archive.

    Attributes
    ----------
    path : of the file, or of the archive
    member : inside the archive; empty for a file on disk
    shown : what the user reads: below the root where there is one
    """

    path: str
    member: str = ""
    shown: str = ""

    def local(self) -> str:
        """Path of a file with these bytes; a member is unpacked into a private folder.

        Raises EmbeddingError where it can't be read.
        """
        raise NotImplementedError
