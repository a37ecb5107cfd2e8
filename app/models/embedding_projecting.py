"""From vectors to coordinates: what is computed in tasks, and what became of it.

The *basis* is the vectors as they are projected: as logged, or sphereised. Neighbours are looked
for in the basis too, as TensorBoard does.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from eventglass.app.core.projector import axes, pca, procrustes
from eventglass.app.core.projector.metadata import Column
from eventglass.app.core.projector.neighbours import Finder
from eventglass.app.core.projector.notices import Control, check
from eventglass.app.core.projector.requests import TsneSettings, UmapSettings
from eventglass.app.models.embedding_options import (
    NO_COLUMN,
    SPHEREISED_FROM,
    EmbeddingOptions,
    Projection,
)
from eventglass.app.models.embedding_search import split_pattern

#: Components that are computed at first, as TensorBoard does.
FIRST_COMPONENTS = 10
#: Vectors of more dimensions are compared after their principal components, not before.
MOST_ALIGNED = 512
#: Share of the points that lie within the ball around which the scene is built.
_INSIDE = 0.995
#: Points it is measured by.
_MEASURED = 100_000

Vectors = npt.NDArray[np.float32]


class ProjectionError(Exception):
    """These vectors can't be projected so; the message is for the user."""


@dataclass(slots=True, eq=False)
class Basis:
    """Vectors as they are projected, and what was made of them so far.

    Attributes
    ----------
    vectors : (n, d) float32
    finite : (n,) bool
    """

    vectors: Vectors
    finite: npt.NDArray[np.bool_]
    finder: Finder
    components: pca.Pca | None = None
    #: Vectors of another embedding, brought over to these; by its key.
    others: dict[str, Vectors] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Projected:
    """Coordinates of all rows.

    Attributes
    ----------
    key : tells what they were made of and how
    coordinates : (n, 2) or (n, 3) float32, NaN for rows that are not finite
    titles : of the axes
    shares : of the variance along the axes; empty where that says nothing
    total : share of the variance of all the axes that are shown
    other : (m, 2) or (m, 3) float32, of the embedding it is compared with
    places : what `positions_of` says, where a task has asked it already
    notes : what the user should know
    """

    key: Hashable
    method: Projection
    coordinates: Vectors
    titles: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()
    other: Vectors | None = None
    notes: tuple[str, ...] = ()
    places: tuple[Vectors, Vectors | None] | None = None

    @property
    def total(self) -> float:
        """Share of the variance that is shown, NaN where that says nothing."""
        return sum(self.shares) if self.shares else float("nan")


def is_sphereised(options: EmbeddingOptions, dimensions: int) -> bool:
    """Whether vectors are sphereised before they are projected."""
    if options.sphereise == "auto":
        return dimensions >= SPHEREISED_FROM
    return options.sphereise == "on"


def basis_of(
    vectors: Vectors, finite: npt.NDArray[np.bool_], sphereised: bool, control: Control | None
) -> Basis:
    """Prepare vectors for projecting."""
    check(control)
    made = pca.sphereise(vectors, finite) if sphereised else vectors
    check(control)
    return Basis(made, finite, Finder(made, finite))


def linear_key(options: EmbeddingOptions, column: object) -> Hashable:
    """What a projection without a process of its own depends on, besides the basis."""
    if options.projection == "pca":
        return ("pca", _chosen(options.components, options.planar))
    if options.projection == "dimensions":
        return ("dimensions", _chosen(options.dimensions, options.planar))
    texts = (options.axis_left, options.axis_right, options.axis_down, options.axis_up)
    return ("custom", texts, options.planar, id(column))


def project(
    basis: Basis,
    options: EmbeddingOptions,
    column: Column | None,
    other: Vectors | None,
    control: Control | None = None,
) -> Projected:
    """Project along principal components, along dimensions, or along axes of one's own.

    `column` holds the texts that axes of one's own are made of.

    Raises
    ------
    ProjectionError
        When the vectors have no such axes.
    """
    key = linear_key(options, column)
    width = basis.vectors.shape[1]
    if width == 0 or not basis.finite.any():
        raise ProjectionError("No row has numbers in all dimensions: there is nothing to project")
    if options.projection == "custom":
        return _custom(basis, options, column, other, key)
    if options.projection == "dimensions":
        chosen = tuple(min(i, width - 1) for i in _chosen(options.dimensions, options.planar))
        return Projected(
            key,
            "dimensions",
            axes.dimensions(basis.vectors, chosen),
            tuple(f"Dimension {i + 1}" for i in chosen),
            other=None if other is None else axes.dimensions(other, chosen),
        )
    return _principal(basis, options, other, key, control)


def _principal(
    basis: Basis,
    options: EmbeddingOptions,
    other: Vectors | None,
    key: Hashable,
    control: Control | None,
) -> Projected:
    wanted = _chosen(options.components, options.planar)
    found = components_of(basis, max(FIRST_COMPONENTS, max(wanted) + 1), control)
    count = len(found.variances)
    if not count:
        raise ProjectionError("There are too few rows for principal components")
    chosen = [min(i, count - 1) for i in wanted]
    coordinates = np.ascontiguousarray(found.coordinates[:, chosen])
    # Of fewer components than axes the last would stand for two.
    for place, axis in enumerate(chosen):
        if axis in chosen[:place]:
            coordinates[:, place] = np.where(np.isfinite(coordinates[:, place]), 0.0, np.nan)
    moved = None
    if other is not None:
        moved = ((other - found.mean) @ found.components[chosen].T).astype(np.float32)
    shares = found.shares
    seen = dict.fromkeys(chosen)
    return Projected(
        key,
        "pca",
        coordinates,
        tuple(f"PC {i + 1}" for i in chosen),
        tuple(float(shares[i]) for i in seen),
        moved,
    )


def components_of(basis: Basis, count: int, control: Control | None = None) -> pca.Pca:
    """Return at least `count` principal components of a basis, as far as there are so many."""
    found = basis.components
    most = min(basis.vectors.shape[1], count)
    if found is None or (len(found.variances) < most and count > FIRST_COMPONENTS):
        found = pca.fit(basis.vectors, count, basis.finite, control)
        basis.components = found
    return found


def _custom(
    basis: Basis,
    options: EmbeddingOptions,
    column: Column | None,
    other: Vectors | None,
    key: Hashable,
) -> Projected:
    if column is None:
        raise ProjectionError("Custom axes need metadata: they lead from some rows to others")
    directions, notes = [], []
    texts = (
        (options.axis_left, options.axis_right),
        (options.axis_down, options.axis_up),
    )
    for title, (start, end) in zip(("x", "y"), texts, strict=True):
        rows = []
        for text in (start, end):
            piece, is_regex = split_pattern(text)
            try:
                rows.append(axes.matching(column, piece, is_regex))
            except ValueError as error:
                raise ProjectionError(f"Not a regular expression ({error}): {text}") from None
        made = axes.axis(basis.vectors, rows[0], rows[1])
        notes.append(f"{title}: {made.start_count:,} → {made.end_count:,} rows")
        directions.append(np.nan_to_num(made.direction))
    coordinates = axes.along(basis.vectors, directions)
    moved = None if other is None else axes.along(other, directions)
    if not np.any(directions):
        notes.append("Say which rows lie left and right, below and above")
    return Projected(
        key,
        "custom",
        np.where(basis.finite[:, None], coordinates, np.float32(np.nan)),
        (_axis_title(*texts[0]), _axis_title(*texts[1])),
        other=moved,
        notes=tuple(notes),
    )


def aligned_vectors(
    basis: Basis, other: Vectors, sphereised: bool, control: Control | None = None
) -> tuple[Vectors, float]:
    """Return another embedding's vectors turned onto these, and the distance that remains.

    Rows are matched by number. Vectors of other lengths, and very long ones, are turned by their
    principal components.

    Raises
    ------
    ProjectionError
        When there are no rows to match.
    """
    known = np.asarray(np.isfinite(other).all(axis=1))
    count = min(len(other), len(basis.vectors))
    if not (known[:count] & basis.finite[:count]).any():
        raise ProjectionError("The two have no row with numbers in common")
    moving = pca.sphereise(other, known) if sphereised else other
    check(control)
    if moving.shape[1] != basis.vectors.shape[1] or moving.shape[1] > MOST_ALIGNED:
        found = components_of(basis, FIRST_COMPONENTS, control)
        theirs = pca.fit(moving, len(found.variances), known, control)
        common = min(len(found.variances), len(theirs.variances))
        small = procrustes.align(theirs.coordinates[:, :common], found.coordinates[:, :common])
        turned = small.apply(theirs.coordinates[:, :common])
        lifted = turned @ found.components[:common] + found.mean
        return lifted.astype(np.float32), small.residual
    whole = procrustes.align(moving, basis.vectors)
    return whole.apply(moving), whole.residual


def settings_of(options: EmbeddingOptions) -> TsneSettings | UmapSettings:
    """Settings of the projection that runs in a process of its own."""
    dimensions = 2 if options.planar else 3
    if options.projection == "umap":
        return UmapSettings(
            dimensions,
            options.umap_neighbours,
            options.umap_distance,
            options.umap_metric,
            0,
            options.seed,
            options.supervision if options.supervise != NO_COLUMN else 0.0,
        )
    return TsneSettings(
        dimensions,
        options.perplexity,
        options.learning_rate,
        options.iterations,
        seed=options.seed,
        supervision=options.supervision if options.supervise != NO_COLUMN else 0.0,
    )


def positions_of(
    coordinates: Vectors, others: Vectors | None = None
) -> tuple[Vectors, Vectors | None]:
    """Return places in the scene, (n, 3) float32: around the middle, most within a ball of one.

    Both clouds are brought there alike.
    """
    # Of very many points some tell as much.
    some = coordinates[:: max(len(coordinates) // _MEASURED, 1)]
    known = some[np.isfinite(some).all(axis=1)].astype(np.float64)
    middle, reach = np.zeros(coordinates.shape[1]), 1.0
    if len(known):
        middle = known.mean(axis=0)
        away = np.sqrt(np.square(known - middle).sum(axis=1))
        reach = float(np.quantile(away, _INSIDE)) or float(away.max()) or 1.0

    def brought(points: Vectors) -> Vectors:
        made = np.zeros((len(points), 3), np.float32)
        for axis in range(points.shape[1]):
            # Differences of large numbers need the longer ones.
            made[:, axis] = (points[:, axis] - middle[axis]) / reach
        made.flags.writeable = False
        return made

    return brought(coordinates), None if others is None else brought(others)


def _chosen(three: tuple[int, int, int], planar: bool) -> tuple[int, ...]:
    return tuple(max(i, 0) for i in three[: 2 if planar else 3])


def _axis_title(start: str, end: str) -> str:
    return f"{start or 'all'} → {end or 'all'}"
