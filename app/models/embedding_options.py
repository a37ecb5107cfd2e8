"""What can be chosen for the view of embeddings; saved with a logdir and undone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Projection: TypeAlias = Literal["pca", "tsne", "umap", "custom", "dimensions"]
Metric: TypeAlias = Literal["cosine", "euclidean", "dot"]

#: Instead of the name of a column: the one that fits best.
AUTOMATIC = ""
#: Instead of the name of a column: none. No column is called so: names have no zeros.
NO_COLUMN = "\0"

PROJECTIONS: tuple[tuple[Projection, str], ...] = (
    ("pca", "PCA"),
    ("tsne", "t-SNE"),
    ("umap", "UMAP"),
    ("custom", "Custom"),
    ("dimensions", "Raw"),
)
METRICS: tuple[tuple[Metric, str], ...] = (
    ("cosine", "Cosine"),
    ("euclidean", "Euclidean"),
    ("dot", "Dot product"),
)
#: From so many dimensions on vectors are sphereised unless one says otherwise, as in TensorBoard.
SPHEREISED_FROM = 50
MOST_NEIGHBOURS = 999


@dataclass(frozen=True, slots=True)
class EmbeddingOptions:
    """How embeddings are projected and shown.

    Columns are named as in the metadata; see `AUTOMATIC` and `NO_COLUMN`. A ``learning_rate`` of
    0 means: the library's own choice.
    """

    projection: Projection = "pca"
    #: Two dimensions, to be panned and zoomed only.
    planar: bool = False
    sphereise: Literal["auto", "on", "off"] = "auto"
    #: PCA: components of the axes x, y and z, from 0.
    components: tuple[int, int, int] = (0, 1, 2)
    #: Raw: dimensions of the axes x, y and z, from 0.
    dimensions: tuple[int, int, int] = (0, 1, 2)
    perplexity: float = 30.0
    learning_rate: float = 0.0
    iterations: int = 500
    umap_neighbours: int = 15
    umap_distance: float = 0.1
    umap_metric: Literal["cosine", "euclidean"] = "euclidean"
    seed: int = 0
    #: Column whose values pull points together in t-SNE and UMAP.
    supervise: str = NO_COLUMN
    #: How strongly, 0 to 1.
    supervision: float = 0.5
    #: Custom axes: texts or /regular expressions/ over `axis_column`.
    axis_column: str = AUTOMATIC
    axis_left: str = ""
    axis_right: str = ""
    axis_down: str = ""
    axis_up: str = ""
    # looks
    label_by: str = AUTOMATIC
    colour_by: str = AUTOMATIC
    #: Numbers as categories.
    as_categories: bool = False
    colour_map: str = "viridis"
    size_by: str = NO_COLUMN
    point_size: float = 6.0
    labels: Literal["none", "marked", "all"] = "marked"
    sprites: bool = True
    sprite_size: float = 24.0
    axes: bool = True
    fog: bool = True
    sequences: bool = True
    #: Values of the colour column that are switched off in the legend, "column\0value".
    hidden_values: frozenset[str] = frozenset()
    # neighbours
    metric: Metric = "cosine"
    neighbours: int = 20
    #: Neighbours in the projection instead of in all dimensions.
    nearest_shown: bool = False
    # search
    search_by: str = AUTOMATIC
