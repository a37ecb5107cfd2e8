"""Projections, neighbours and alignments against plain calculations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventglass.app.core.projector import axes, kernels, metadata, pca, procrustes, tsne, umap
from eventglass.app.core.projector.neighbours import Finder, Metric
from eventglass.app.core.projector.notices import Cancelled
from eventglass.app.core.projector.requests import TsneSettings, UmapSettings
from tests.core.uncompiled import load_uncompiled


def cloud(n: int, d: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.standard_normal((n, d)) * np.linspace(1, 4, d) + 3).astype(np.float32)


@pytest.mark.parametrize("shape", [(300, 7), (7, 300), (50, 50), (2300, 2200)])
def test_components_are_those_of_the_singular_values(shape: tuple[int, int]) -> None:
    vectors = cloud(*shape)
    if min(shape) > 2048:
        # A few strong directions: else the whole decomposition takes too long here.
        vectors[:, :6] *= np.array([40, 30, 25, 20, 16, 13])
    count = min(5, shape[0] - 1)
    made = pca.fit(vectors, count)
    centred = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    values = np.linalg.eigvalsh(
        centred @ centred.T if shape[0] < shape[1] else centred.T @ centred
    )[::-1]
    np.testing.assert_allclose(made.variances, values[:count] / (shape[0] - 1), rtol=1e-8)
    np.testing.assert_allclose(made.total_variance, values.sum() / (shape[0] - 1), rtol=1e-8)
    np.testing.assert_allclose(made.components @ made.components.T, np.eye(count), atol=1e-8)
    np.testing.assert_allclose(made.coordinates, centred @ made.components.T, atol=1e-3)
    assert (made.components[np.arange(count), np.abs(made.components).argmax(axis=1)] > 0).all()


def test_rows_that_are_not_finite_are_left_out() -> None:
    vectors = cloud(40, 5)
    without = pca.fit(vectors[3:], 3)
    vectors[0] = np.nan
    vectors[1, 2] = np.inf
    vectors[2, 0] = -np.inf
    made = pca.fit(vectors, 3, np.isfinite(vectors).all(axis=1))
    np.testing.assert_allclose(made.variances, without.variances)
    assert np.isnan(made.coordinates[:3]).all()
    assert np.isfinite(made.coordinates[3:]).all()


@pytest.mark.parametrize(
    "vectors", [np.full((6, 4), 0.1), np.ones((1, 3)), np.full((3, 2), np.nan), np.ones((4, 1))]
)
def test_data_without_variance_has_places_all_the_same(vectors: np.ndarray) -> None:
    vectors = vectors.astype(np.float32)
    made = pca.fit(vectors, 3, np.isfinite(vectors).all(axis=1))
    assert made.coordinates.shape == (len(vectors), min(3, vectors.shape[1]))
    np.testing.assert_allclose(made.components @ made.components.T, np.eye(len(made.components)))
    assert (made.shares == 0).all()


def test_work_can_be_called_off() -> None:
    class Off:
        cancelled = True

        def report(self, fraction: float, partial: object = None) -> None:
            pass

    with pytest.raises(Cancelled):
        pca.fit(cloud(10, 3), 2, control=Off())


def test_sphereised_rows_have_length_one() -> None:
    vectors = cloud(50, 6)
    vectors[0] = vectors[1:].mean(axis=0)
    made = pca.sphereise(vectors)
    np.testing.assert_allclose(np.linalg.norm(made[1:], axis=1), 1, rtol=1e-5)
    assert np.linalg.norm(made[0]) <= 1.00001


def plain(vectors: np.ndarray, row: int, metric: Metric) -> np.ndarray:
    data = vectors.astype(np.float64)
    if metric is Metric.EUCLIDEAN:
        return np.linalg.norm(data - data[row], axis=1)
    products = data @ data[row]
    if metric is Metric.DOT:
        return -products
    lengths = np.linalg.norm(data, axis=1) * np.linalg.norm(data[row])
    return 1 - np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)


@pytest.mark.parametrize("metric", list(Metric))
@pytest.mark.parametrize("kind", ["usual", "tight", "huge", "tiny", "zeros"])
def test_neighbours_are_exact(metric: Metric, kind: str) -> None:
    vectors = cloud(400, 16)
    if kind == "tight":
        # Nearly alike, far from zero: float32's products can't tell them apart.
        vectors = (1000 + np.random.default_rng(1).standard_normal((400, 16)) * 1e-2).astype("f4")
    elif kind == "huge":
        vectors *= np.float32(1e30)
    elif kind == "tiny":
        vectors *= np.float32(1e-30)
    elif kind == "zeros":
        vectors[::3] = 0
    finder = Finder(vectors)
    for row in (0, 17):
        wanted = plain(vectors, row, metric)
        wanted[row] = np.inf
        made = finder.nearest(row, 25, metric)
        order = np.sort(wanted)[:25]
        own = -made.distances if metric is Metric.DOT else made.distances
        scale = np.abs(order).max() or 1
        np.testing.assert_allclose(own / scale, order / scale, atol=1e-12)
        assert len(set(made.rows.tolist())) == 25
        assert row not in made.rows


def test_neighbours_among_some_rows_only() -> None:
    vectors = cloud(60, 4)
    vectors[4] = np.nan
    among = np.zeros(60, np.bool_)
    among[[2, 4, 8, 9]] = True
    made = Finder(vectors).nearest(8, 10, Metric.EUCLIDEAN, among)
    assert sorted(made.rows.tolist()) == [2, 9]
    assert len(Finder(vectors).nearest(4, 3).rows) == 0


@pytest.mark.parametrize("metric", list(Metric))
def test_neighbours_of_all_rows(metric: Metric) -> None:
    vectors = cloud(150, 8)
    vectors[7] = np.nan
    rows, distances = Finder(vectors).all_pairs(6, metric)
    assert (rows[7] == -1).all()
    finder = Finder(vectors)
    for row in (0, 8, 149):
        one = finder.nearest(row, 6, metric)
        np.testing.assert_allclose(distances[row], one.distances, rtol=1e-3, atol=1e-5)
        assert row not in rows[row]


@settings(max_examples=60)
@given(st.integers(2, 200), st.integers(1, 20), st.integers(0, 99))
def test_selection_takes_the_smallest(n: int, k: int, seed: int) -> None:
    k = min(k, n)
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 12, (3, n)).astype(np.float32)
    scores[1, 0] = np.nan
    for module in (kernels, load_uncompiled("../projector/kernels")):
        rows = np.zeros((3, k), np.int64)
        values = np.zeros((3, k), np.float32)
        module.select(scores, 0, 3, rows, values)
        for at in range(3):
            order = [c for c in np.argsort(scores[at], kind="stable") if scores[at, c] >= 0][:k]
            assert rows[at].tolist() == order + [-1] * (k - len(order))


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("kind", ["cloud", "pile", "line"])
def test_the_tree_sums_as_all_pairs_do(dimensions: int, kind: str) -> None:
    rng = np.random.default_rng(0)
    places = np.zeros((300, 3))
    places[:, :dimensions] = rng.standard_normal((300, dimensions))
    if kind == "pile":
        places[:200] = places[0]
    elif kind == "line":
        places[:, 1:] = 0
    apart = places[:, None] - places[None]
    weights = 1 / (1 + (apart**2).sum(axis=2))
    np.fill_diagonal(weights, 0)
    wanted = (weights[:, :, None] ** 2 * apart).sum(axis=1)
    tree, order = tsne.make_tree(places, dimensions)
    for theta, tolerance in ((0.0, 1e-10), (0.5, 0.05)):
        forces = np.empty((300, 3))
        total = tree.repel(0, 300, theta, forces)
        own = np.empty_like(forces)
        own[order] = forces
        assert total == pytest.approx(weights.sum(), rel=tolerance + 1e-12)
        assert np.abs(own - wanted).max() <= tolerance * np.abs(wanted).max() + 1e-9


@pytest.mark.parametrize("perplexity", [2.0, 5.0, 20.0])
def test_chances_have_the_perplexity_asked_for(perplexity: float) -> None:
    squares = np.sort(np.random.default_rng(0).random((30, 60)).astype(np.float32) * 7, axis=1)
    chances = np.empty_like(squares)
    kernels.calibrate(squares, perplexity, chances)
    np.testing.assert_allclose(chances.sum(axis=1), 1, rtol=1e-5)
    entropy = -(chances * np.log(np.maximum(chances, 1e-30))).sum(axis=1)
    np.testing.assert_allclose(np.exp(entropy), perplexity, rtol=1e-3)


def test_descent_lowers_the_divergence() -> None:
    vectors = cloud(200, 6)
    engine = tsne.Tsne(vectors, TsneSettings(iterations=200, early_iterations=50))
    engine.prepare()
    errors = []
    while not engine.done:
        engine.step()
        errors.append(engine.error)
    engine.close()
    assert errors[-1] < 0.6 * errors[0]
    assert np.isfinite(engine.places).all()


def test_supervision_pulls_labels_apart() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((120, 5)).astype(np.float32)
    labels = np.arange(120, dtype=np.int32) % 2
    shares = []
    for supervision in (0.0, 0.95):
        engine = tsne.Tsne(vectors, TsneSettings(iterations=200, supervision=supervision), labels)
        reducer = umap.Umap(vectors, UmapSettings(epochs=150, supervision=supervision), labels)
        for each in (engine, reducer):
            each.prepare()
            while not each.done:
                each.step()
            each.close()
            rows, _ = Finder(each.places.astype(np.float32)).all_pairs(5, Metric.EUCLIDEAN)
            shares.append((labels[rows] == labels[:, None]).mean())
    assert shares[2] > shares[0] + 0.2
    assert shares[3] > shares[1] + 0.2


@pytest.mark.parametrize(("distance", "a", "b"), [(0.1, 1.5769, 0.8951), (0.5, 0.5830, 1.3342)])
def test_the_curve_is_the_reference_implementations(distance: float, a: float, b: float) -> None:
    assert umap.curve(distance) == pytest.approx((a, b), abs=1e-4)


def test_strengths_of_neighbours_sum_to_the_logarithm_of_their_number() -> None:
    distances = np.sort(np.random.default_rng(0).random((20, 14)).astype(np.float32) + 0.1, axis=1)
    strengths = np.empty_like(distances)
    kernels.smooth(distances, strengths)
    np.testing.assert_allclose(strengths.sum(axis=1), np.log2(15), rtol=1e-3)
    assert (strengths[:, 0] == 1).all()


def test_weights_both_ways_are_joined() -> None:
    rows = np.array([[1, 2], [0, 2], [1, -1]])
    weights = np.array([[0.5, 0.25], [0.5, 1.0], [0.125, 9]], np.float32)
    firsts, others, joined = tsne.symmetric(rows, weights, lambda one, back: one + 10 * back)
    whole = np.zeros((3, 3))
    for row in range(3):
        for at in range(firsts[row], firsts[row + 1]):
            whole[row, others[at]] = joined[at]
    plain_weights = np.array([[0, 0.5, 0.25], [0.5, 0, 1], [0, 0.125, 0]])
    np.testing.assert_allclose(whole, plain_weights + 10 * plain_weights.T)


@pytest.mark.parametrize("mirrored", [True, False])
def test_alignment_undoes_a_similarity(mirrored: bool) -> None:
    rng = np.random.default_rng(3)
    fixed = rng.standard_normal((40, 3)).astype(np.float32)
    turn, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    if not mirrored and np.linalg.det(turn) < 0:
        turn[:, 0] *= -1
    moving = ((fixed - 2) @ turn * 3).astype(np.float32)
    moving = np.concatenate([moving, np.ones((5, 3), np.float32)])
    moving[3] = np.nan
    made = procrustes.align(moving, fixed, mirrored=mirrored)
    assert made.rows == 39
    assert made.residual < 1e-5
    np.testing.assert_allclose(np.delete(made.apply(moving)[:40] - fixed, 3, axis=0), 0, atol=1e-4)


def test_without_reflections_the_rotation_is_proper() -> None:
    fixed = cloud(30, 3)
    mirror = fixed * np.array([-1, 1, 1], np.float32)
    assert np.linalg.det(procrustes.align(mirror, fixed, mirrored=False).rotation) > 0
    assert procrustes.align(mirror, fixed, mirrored=True).residual < 1e-4


def test_nothing_in_common_aligns_nothing() -> None:
    made = procrustes.align(np.full((3, 2), np.nan, np.float32), np.ones((3, 2), np.float32))
    assert made.rows == 0
    np.testing.assert_array_equal(made.apply(np.ones((2, 2), np.float32)), np.ones((2, 2)))


def test_custom_axes_are_differences_of_centroids() -> None:
    vectors = cloud(5, 3)
    column = metadata.from_texts([("w", ["Man", "woman", "king", "", "queen"])], 5).columns[0]
    assert axes.matching(column, "MAN").tolist() == [0, 1]
    assert axes.matching(column, "^m|g$", regex=True).tolist() == [0, 2]
    assert axes.matching(column, "").tolist() == [0, 1, 2, 3, 4]
    with pytest.raises(ValueError, match="Not a regular expression"):
        axes.matching(column, "(", regex=True)
    made = axes.axis(vectors, np.array([0, 2]), np.array([1, 4]))
    wanted = vectors[[1, 4]].mean(axis=0) - vectors[[0, 2]].mean(axis=0)
    np.testing.assert_allclose(made.direction, wanted, rtol=1e-5)
    places = axes.along(vectors, [made.direction, made.direction])
    np.testing.assert_allclose(places[:, 1], vectors @ made.direction, rtol=1e-4)
    empty = axes.axis(vectors, np.array([], np.int64), np.array([1]))
    assert not empty.direction.any()
    assert (empty.start_count, empty.end_count) == (0, 1)
    np.testing.assert_array_equal(axes.dimensions(vectors, [2, 0]), vectors[:, [2, 0]])
