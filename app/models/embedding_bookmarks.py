"""Bookmarks of the projector: a state of ours to one of TensorBoard's, and back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from eventglass.app.core.projector.bookmarks import Bookmark
from eventglass.app.models.embedding_model import EmbeddingModel
from eventglass.app.models.embedding_options import AUTOMATIC, PROJECTIONS, EmbeddingOptions
from eventglass.app.models.embedding_search import split_pattern


def bookmark_of(
    model: EmbeddingModel,
    label: str,
    camera_position: tuple[float, float, float],
    camera_target: tuple[float, float, float],
    orthographic: bool,
) -> Bookmark:
    """What is shown now as a state TensorBoard understands.

    Raw dimensions, which it has no name for, go as custom axes; the coordinates are kept.
    """
    options, projection = model.options, model.projection
    texts = (options.axis_left, options.axis_right, options.axis_up, options.axis_down)
    pieces = [split_pattern(text) for text in texts]
    hidden = model.marks.hidden_count > 0
    points = None
    if projection is not None:
        points = np.full((model.count, 3), np.nan, np.float32)
        points[:, : projection.coordinates.shape[1]] = projection.coordinates
    info = model.info
    return Bookmark(
        label=label,
        projection="custom" if options.projection == "dimensions" else options.projection,
        shape=None if model.data is None else (model.count, model.data.dimensions),
        components=options.components[: 2 if options.planar else 3],
        tsne_iteration=info.iteration if info is not None else 0,
        tsne_perplexity=options.perplexity,
        tsne_learning_rate=options.learning_rate or 10.0,
        tsne_is_3d=not options.planar,
        umap_is_3d=not options.planar,
        umap_neighbours=options.umap_neighbours,
        umap_min_distance=options.umap_distance,
        custom_field=options.axis_column,
        custom_texts=(pieces[0][0], pieces[1][0], pieces[2][0], pieces[3][0]),
        custom_regexes=(pieces[0][1], pieces[1][1], pieces[2][1], pieces[3][1]),
        points=points,
        filtered=tuple(model.marks.shown.tolist()) if hidden else (),
        selected=tuple(model.marks.selected.tolist()),
        orthographic=orthographic,
        camera_position=camera_position,
        camera_target=camera_target,
        colour_by=_name(options.colour_by),
        force_categorical=options.as_categories,
        label_by=_name(options.label_by),
    )


def options_of(bookmark: Bookmark, options: EmbeddingOptions) -> EmbeddingOptions:
    """Return our choices as a bookmark has them; what it says nothing of stays."""
    projection = bookmark.projection
    planar = options.planar
    if projection == "pca":
        planar = len(bookmark.components) < 3
    elif projection == "tsne":
        planar = not bookmark.tsne_is_3d
    elif projection == "umap":
        planar = not bookmark.umap_is_3d
    texts = [
        f"/{text}/" if is_regex else text
        for text, is_regex in zip(bookmark.custom_texts, bookmark.custom_regexes, strict=True)
    ]
    made = replace(
        options,
        planar=planar,
        perplexity=min(max(bookmark.tsne_perplexity, 2.0), 100.0),
        umap_neighbours=min(max(bookmark.umap_neighbours, 2), 100),
        umap_distance=min(max(bookmark.umap_min_distance, 0.0), 0.99),
        axis_column=bookmark.custom_field,
        axis_left=texts[0],
        axis_right=texts[1],
        axis_up=texts[2],
        axis_down=texts[3],
        colour_by=bookmark.colour_by or AUTOMATIC,
        as_categories=bookmark.force_categorical,
        label_by=bookmark.label_by or AUTOMATIC,
    )
    for known, _title in PROJECTIONS:
        if known == projection:
            made = replace(made, projection=known)
    if projection == "pca" and len(bookmark.components) >= 2:
        first, second, *rest = bookmark.components
        made = replace(made, components=(first, second, rest[0] if rest else 2))
    return made


def _name(column: str) -> str:
    return "" if column.startswith("\0") else column
