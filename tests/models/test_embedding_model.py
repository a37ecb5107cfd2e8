"""Reading, projecting and comparing, with the process that runs t-SNE and UMAP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from eventglass.app.core.projector import sources
from eventglass.app.core.projector.bookmarks import Bookmark
from eventglass.app.core.store import LogStore
from eventglass.app.models import embedding_model
from eventglass.app.models.embedding_bookmarks import bookmark_of, options_of
from eventglass.app.models.embedding_model import EmbeddingModel
from eventglass.app.models.embedding_options import EmbeddingOptions
from eventglass.app.models.embedding_projecting import (
    aligned_vectors,
    basis_of,
    is_sphereised,
    positions_of,
)
from eventglass.app.models.embedding_shelf import EmbeddingShelf
from eventglass.app.models.tasks import Tasks
from eventglass.app.models.undo import UndoStack
from tests.widgets import embedding_logs as logs

COUNT = 60


@pytest.fixture
def tasks(qtbot: QtBot) -> Iterator[Tasks]:
    made = Tasks()
    yield made
    made.stop()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return logs.write_embedding(
        tmp_path / "logs", logs.clusters(COUNT, 6), metadata=logs.animals(COUNT)
    )


@pytest.fixture
def model(tasks: Tasks, root: Path, qtbot: QtBot) -> Iterator[EmbeddingModel]:
    made = EmbeddingModel(tasks, UndoStack(50))
    made.load(sources.find(str(root))[0])
    qtbot.waitUntil(lambda: not made.is_busy)
    yield made
    made.stop()


def apart(model: EmbeddingModel, qtbot: QtBot, **options: object) -> None:
    model.set_options(EmbeddingOptions(**options))  # type: ignore[arg-type]
    qtbot.waitUntil(lambda: not model.is_busy, timeout=60_000)
    assert not model.trouble, model.trouble


def purity(model: EmbeddingModel) -> float:
    """Share of points whose nearest neighbour in the projection is of the same cloud."""
    assert model.projection is not None
    at = model.projection.coordinates.astype(np.float64)
    away = np.linalg.norm(at[:, None] - at[None], axis=2)
    np.fill_diagonal(away, np.inf)
    return float(np.mean(away.argmin(axis=1) % 3 == np.arange(len(at)) % 3))


def test_tsne_keeps_neighbours_together(model: EmbeddingModel, qtbot: QtBot) -> None:
    if model.why_not("tsne"):
        pytest.skip("openTSNE is not installed")
    partial: list[int] = []
    model.projected.connect(lambda _fresh: partial.append(1))
    apart(model, qtbot, projection="tsne", planar=True, perplexity=10.0, iterations=120)
    assert model.projection is not None
    assert model.projection.method == "tsne"
    assert model.projection.coordinates.shape == (COUNT, 2)
    assert purity(model) > 0.95
    assert partial
    first = model.projection
    # Back and forth: what was computed is kept.
    apart(model, qtbot, projection="pca")
    apart(model, qtbot, projection="tsne", planar=True, perplexity=10.0, iterations=120)
    assert model.projection is first


def test_umap_keeps_neighbours_together(model: EmbeddingModel, qtbot: QtBot) -> None:
    if model.why_not("umap"):
        pytest.skip("umap-learn is not installed")
    apart(model, qtbot, projection="umap", planar=True, umap_neighbours=8)
    assert purity(model) > 0.95


def test_a_projection_that_runs_can_rest_and_be_ended(model: EmbeddingModel, qtbot: QtBot) -> None:
    if model.why_not("tsne"):
        pytest.skip("openTSNE is not installed")
    model.set_options(EmbeddingOptions(projection="tsne", iterations=0, perplexity=10.0))
    qtbot.waitUntil(lambda: model.projection_is("tsne"), timeout=60_000)
    assert model.has_job
    model.pause()
    qtbot.waitUntil(lambda: model.is_resting, timeout=20_000)
    assert not model.is_busy
    model.pause()
    qtbot.waitUntil(lambda: not model.is_resting, timeout=20_000)
    model.cancel_job()
    assert not model.has_job
    assert model.projection_is("tsne")


def test_many_points_wait_to_be_asked(
    model: EmbeddingModel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    if model.why_not("tsne"):
        pytest.skip("openTSNE is not installed")
    monkeypatch.setattr(embedding_model, "MOST_BY_ITSELF", 10)
    model.set_options(EmbeddingOptions(projection="tsne"))
    assert "Run" in model.trouble
    assert not model.has_job
    assert model.projection_is("pca")
    model.run_again()
    qtbot.waitUntil(lambda: model.has_job, timeout=20_000)
    model.cancel_job()


def test_without_the_library_it_is_said_how_to_add_it(
    model: EmbeddingModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding_model, "missing", lambda _method: "pip install it")
    told: list[str] = []
    model.failed.connect(told.append)
    model.set_options(EmbeddingOptions(projection="umap"))
    assert told == ["pip install it"]
    assert model.projection_is("pca")


def test_sphereised_by_itself_from_fifty_dimensions_on() -> None:
    assert not is_sphereised(EmbeddingOptions(), 49)
    assert is_sphereised(EmbeddingOptions(), 50)
    assert not is_sphereised(EmbeddingOptions(sphereise="off"), 500)
    assert is_sphereised(EmbeddingOptions(sphereise="on"), 2)


def test_places_in_the_scene_lie_within_a_ball() -> None:
    random = np.random.default_rng(1)
    coordinates = (random.normal(0, 40, (500, 3)) + 1e4).astype(np.float32)
    coordinates[7] = np.nan
    places, other = positions_of(coordinates, coordinates)
    known = places[np.isfinite(places).all(axis=1)]
    assert len(known) == 499
    assert np.linalg.norm(known, axis=1).max() < 1.5
    assert np.abs(known.mean(axis=0)).max() < 0.01
    assert other is not None
    assert np.array_equal(other, places, equal_nan=True)
    flat, _nothing = positions_of(np.ones((4, 2), np.float32))
    assert np.isfinite(flat).all()
    assert not flat[:, 2].any()


def test_turned_vectors_come_back() -> None:
    vectors = logs.clusters(40, 6)
    turn = np.linalg.qr(np.random.default_rng(2).normal(size=(6, 6)))[0]
    other = (2.5 * vectors @ turn + 7).astype(np.float32)
    basis = basis_of(vectors, np.ones(40, bool), False, None)
    found, residual = aligned_vectors(basis, other, False)
    assert np.abs(found - vectors).max() < 1e-3
    assert residual < 1e-3


def test_vectors_of_another_length_are_turned_by_their_components() -> None:
    vectors = logs.clusters(40, 6)
    wider = np.zeros((40, 9), np.float32)
    wider[:, [8, 0, 3, 5, 2, 7]] = vectors
    basis = basis_of(vectors, np.ones(40, bool), False, None)
    found, _residual = aligned_vectors(basis, wider, False)
    assert found.shape == vectors.shape
    assert np.abs(found - vectors).max() < 1e-2


def test_bookmarks_go_both_ways(model: EmbeddingModel) -> None:
    options = EmbeddingOptions(
        projection="custom",
        planar=True,
        axis_column="name",
        axis_left="cat",
        axis_right="/^dog/",
        axis_up="emu",
        axis_down="fox",
        colour_by="cloud",
    )
    model.options = options
    model.edit_marks("x", model.marks.selecting([3, 5]).isolated())
    made = bookmark_of(model, "mine", (0.0, 0.0, 3.0), (0.0, 0.0, 0.0), False)
    assert made.shape == (COUNT, 6)
    assert made.filtered == made.selected == (3, 5)
    assert made.custom_texts == ("cat", "^dog", "emu", "fox")
    assert made.custom_regexes == (False, True, False, False)
    back = options_of(made, EmbeddingOptions(planar=True))
    assert back == options


def test_bookmarks_from_elsewhere_are_taken_as_far_as_they_go() -> None:
    found = options_of(
        Bookmark(projection="pca", components=(4, 2), umap_neighbours=10**6, tsne_perplexity=-1),
        EmbeddingOptions(),
    )
    assert found.planar
    assert found.components[:2] == (4, 2)
    assert found.umap_neighbours == 100
    assert found.perplexity == 2.0
    assert options_of(Bookmark(projection="what"), EmbeddingOptions()).projection == "pca"


def test_the_shelf_follows_the_roots(tasks: Tasks, root: Path, qtbot: QtBot) -> None:
    store = LogStore()
    shelf = EmbeddingShelf(store, tasks)
    shelf.follow_roots()
    assert shelf.count == 0
    opened = store.add_root(str(root), "logs")
    with qtbot.waitSignal(shelf.changed):
        shelf.follow_roots()
    assert [each.name for each in shelf.sources()] == ["words"]
    logs.write_embedding(root, logs.clusters(5), name="more", appended=True)
    with qtbot.waitSignal(shelf.changed):
        shelf.look_again()
    assert shelf.count == 2
    store.close_root(opened.id)
    with qtbot.waitSignal(shelf.changed):
        shelf.follow_roots()
    assert shelf.count == 0


def test_many_points_do_not_wait_for_their_metadata(
    model: EmbeddingModel, root: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = model.data
    assert whole is not None
    assert not whole.waits
    monkeypatch.setattr(embedding_model, "MOST_AT_ONCE", COUNT - 1)
    metadata = root / "words.meta.tsv"
    metadata.write_text(metadata.read_text() + "one more\tcloud 0\t1\n")
    waited: list[bool] = []
    model.loaded.connect(lambda: waited.append(model.data is not None and model.data.waits))
    model.load(whole.source)
    qtbot.waitUntil(lambda: not model.is_busy)
    assert waited == [True]
    assert model.data is not None
    assert not model.data.waits
    assert [each.name for each in model.metadata.columns] == ["name", "cloud", "weight"]
    assert list(model.facts) == list(whole.facts)
    assert any("61 lines for 60 rows" in text for text in model.notices())
    # Of metadata that is not there the points are shown all the same.
    metadata.unlink()
    model.load(whole.source)
    qtbot.waitUntil(lambda: not model.is_busy)
    assert model.positions is not None
    assert not model.metadata.columns
    assert any("words.meta.tsv" in text for text in model.notices())


def test_rows_labelled_alike_are_compared_whatever_their_order(
    model: EmbeddingModel, root: Path, qtbot: QtBot
) -> None:
    vectors, table = logs.clusters(COUNT, 6), logs.animals(COUNT)
    order = np.random.default_rng(3).permutation(COUNT)[: COUNT - 5]
    logs.write_embedding(
        root,
        vectors[order],
        name="words:00002",
        metadata=[table[0], *(table[1 + i] for i in order.tolist())],
        appended=True,
    )
    model.compare(sources.find(str(root))[1])
    qtbot.waitUntil(lambda: not model.is_busy)
    assert not model.trouble
    assert model.matched_by == "name"
    moved = model.movement()
    assert moved is not None
    there = np.isin(np.arange(COUNT), order)
    assert np.isnan(moved[~there]).all()
    # They are the same vectors.
    assert moved[there].max() < 1e-4
    model.compare(None)
    qtbot.waitUntil(lambda: not model.is_busy)
    assert model.movement() is None
