"""Where the files that come with the program lie."""

from __future__ import annotations

from pathlib import Path

# Not resolved: in an editable install the package is a tree of links, and the neighbour of
# ``app`` inside it is the one that is meant.
_RESOURCES = Path(__file__).parents[2] / "resources"


def resource(*parts: str) -> Path:
    """Path of one file or folder below ``resources``."""
    return _RESOURCES.joinpath(*parts)


def guide() -> Path:
    """Folder of the user guide: pages in Markdown, and their pictures."""
    return _RESOURCES.parent / "docs"
