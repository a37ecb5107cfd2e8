"""Bookmarks: states of the projector in TensorBoard's JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from eventglass.app.core.projector.notices import Notice


@dataclass(frozen=True, slots=True)
class Bookmark:
    """One state; names as TensorBoard's, in our spelling; what we don't know is kept in `extra`.

    Attributes
    ----------
    projection : "pca", "tsne", "umap" or "custom"
    shape : rows and dimensions of the data it was made of, None where untold
    points : (n, 3) float32 of the projection, NaN where untold; None without; z NaN in 2D
    camera_position, camera_target : (3,) or None
    """

    label: str = ""
    projection: str = "pca"
    shape: tuple[int, int] | None = None
    is_selected: bool = False
    components: tuple[int, ...] = (0, 1, 2)
    tsne_iteration: int = 0
    tsne_perplexity: float = 30.0
    tsne_learning_rate: float = 10.0
    tsne_is_3d: bool = True
    umap_is_3d: bool = True
    umap_neighbours: int = 15
    umap_min_distance: float = 0.1
    custom_field: str = ""
    custom_texts: tuple[str, str, str, str] = ("", "", "", "")
    custom_regexes: tuple[bool, bool, bool, bool] = (False, False, False, False)
    points: npt.NDArray[np.float32] | None = None
    filtered: tuple[int, ...] = ()
    selected: tuple[int, ...] = ()
    orthographic: bool = False
    camera_position: tuple[float, float, float] | None = None
    camera_target: tuple[float, float, float] | None = None
    camera_zoom: float = 1.0
    colour_by: str = ""
    force_categorical: bool = False
    label_by: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bookmarks:
    """What a file held."""

    items: tuple[Bookmark, ...]
    notices: tuple[Notice, ...] = ()


def load(path: str, shown: str = "") -> Bookmarks:
    """Read a file; EmbeddingError when it is no bookmarks at all."""
    raise NotImplementedError


def save(bookmarks: tuple[Bookmark, ...], path: str) -> None:
    """Write a file that TensorBoard reads."""
    raise NotImplementedError
