"""Sources: the embeddings that a log directory or an archive offers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from eventglass.app.core.projector.notices import Control, Notice
from eventglass.app.core.projector.places import Place


class Origin(StrEnum):
    """Where the vectors lie."""

    FILE = "file"
    CHECKPOINT = "checkpoint"
    OPENED = "opened"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class SpriteSource:
    """A picture with a cell per row; the cell's width and height in pixels, 0 where untold."""

    place: Place
    cell_width: int
    cell_height: int


@dataclass(frozen=True, slots=True)
class EmbeddingSource:
    """One embedding that can be opened.

    Attributes
    ----------
    key : tells it from others, also at the next start
    root : path of the root
    run : of the configuration, below the root; "." for the root itself
    name : of the tensor
    title : the name without step and without what checkpoints put behind names
    step : from a name as PyTorch writes it, ``tag:00007``, or from a checkpoint's name
    shape : rows and dimensions as far as known without reading the vectors
    origin : where the vectors lie; MISSING where nothing was found
    config : the configuration, as shown
    tensor : file of vectors, or the checkpoint's index or V1 file
    variable : name in the checkpoint
    metadata, sprite, bookmarks : where they lie, None without
    notices : what was not as it should be
    """

    key: str
    root: str
    run: str
    name: str
    title: str
    step: int | None
    shape: tuple[int, int] | None
    origin: Origin
    config: str
    tensor: Place | None = None
    variable: str = ""
    metadata: Place | None = None
    sprite: SpriteSource | None = None
    bookmarks: Place | None = None
    notices: tuple[Notice, ...] = ()


def find(root: str, control: Control | None = None) -> tuple[EmbeddingSource, ...]:
    """Return all embeddings below `root`, a directory, a file in one, or an archive.

    Looks in every directory, more than TensorBoard, which looks only in those with event files.
    Never raises for what lies there; an embedding without vectors is listed with its notices.
    Works through all directories: not for the GUI thread.
    """
    raise NotImplementedError
