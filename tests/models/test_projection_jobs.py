"""Projections in their process: what arrives, pausing, changing, cancelling, failing."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from eventglass.app.core.projector.requests import ProjectionRequest, TsneSettings, UmapSettings
from eventglass.app.models import projection_jobs
from eventglass.app.models.projection_jobs import ProjectionJobs

WAIT_MS = 60_000


def clouds(rows: int = 120, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((3, 8)) * 20
    return (np.repeat(centres, rows // 3, 0) + rng.standard_normal((rows, 8))).astype(np.float32)


@pytest.fixture
def jobs(qtbot: QtBot):
    made = ProjectionJobs()
    yield made
    made.stop()


@pytest.mark.parametrize(
    "settings",
    [
        TsneSettings(dimensions=2, iterations=150, early_iterations=100),
        TsneSettings(dimensions=3, iterations=50, early_iterations=50),
        UmapSettings(dimensions=2, epochs=60),
        UmapSettings(dimensions=3, epochs=60, metric="cosine"),
    ],
)
def test_a_job_ends_with_coordinates_that_keep_clouds_together(
    qtbot: QtBot, jobs: ProjectionJobs, settings: TsneSettings | UmapSettings
) -> None:
    vectors = clouds()
    vectors[5, 3] = np.nan
    with qtbot.waitSignal(jobs.done, timeout=WAIT_MS) as blocker:
        number = jobs.start(ProjectionRequest(vectors, settings))
    job, places, info = blocker.args
    assert job == number
    assert places.shape == (120, settings.dimensions)
    assert places.dtype == np.float32
    assert not places.flags.writeable
    assert np.isnan(places[5]).all()
    good = np.delete(np.arange(120), 5)
    assert np.isfinite(places[good]).all()
    assert info.iteration == info.iterations
    assert info.fraction == 1
    # The nearest other point of each is of its own cloud.
    chosen = places[good]
    apart = np.linalg.norm(chosen[:, None] - chosen[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    same = good // 40 == good[apart.argmin(axis=1)] // 40
    assert same.mean() > 0.95


def test_partial_coordinates_arrive_before_the_end(qtbot: QtBot, jobs: ProjectionJobs) -> None:
    with qtbot.waitSignal(jobs.partial, timeout=WAIT_MS) as blocker:
        jobs.start(ProjectionRequest(clouds(), TsneSettings(iterations=0)))
    assert blocker.args[1].shape == (120, 2)
    assert blocker.args[2].iterations == 0


def test_a_paused_job_rests_and_goes_on(qtbot: QtBot, jobs: ProjectionJobs) -> None:
    jobs.start(ProjectionRequest(clouds(), TsneSettings(iterations=0)))
    with qtbot.waitSignal(jobs.partial, timeout=WAIT_MS):
        pass
    # The state of rest is told, then nothing more comes.
    seen: list[int] = []
    jobs.partial.connect(lambda _job, _places, info: seen.append(info.iteration))
    with qtbot.waitSignal(jobs.paused_changed, timeout=WAIT_MS) as blocker:
        jobs.pause()
    assert blocker.args[1] is True
    rest = seen[-1]
    qtbot.wait(300)
    assert seen[-1] == rest
    with qtbot.waitSignal(jobs.partial, timeout=WAIT_MS) as blocker:
        jobs.resume()
    assert blocker.args[2].iteration > rest


def test_a_job_rests_while_neighbours_are_looked_for(qtbot: QtBot, jobs: ProjectionJobs) -> None:
    told: list[str] = []
    jobs.progressed.connect(lambda _job, info: told.append(info.stage))
    jobs.partial.connect(lambda _job, _places, info: told.append(info.stage))
    settings = TsneSettings(iterations=10, early_iterations=10)
    jobs.start(ProjectionRequest(clouds(6_000), settings))
    # These are there before the preparation begins.
    jobs.change(TsneSettings(iterations=30, early_iterations=10))
    with qtbot.waitSignal(jobs.paused_changed, timeout=WAIT_MS):
        jobs.pause()
    at_rest = len(told)
    assert not any(stage.startswith("Iteration") for stage in told)
    qtbot.wait(400)
    assert len(told) == at_rest
    with qtbot.waitSignal(jobs.done, timeout=WAIT_MS) as blocker:
        jobs.resume()
    assert blocker.args[2].iteration == 40


def test_a_job_that_is_done_goes_on_with_more_iterations(
    qtbot: QtBot, jobs: ProjectionJobs
) -> None:
    settings = TsneSettings(iterations=20, early_iterations=10)
    with qtbot.waitSignal(jobs.done, timeout=WAIT_MS):
        jobs.start(ProjectionRequest(clouds(), settings))
    more = TsneSettings(iterations=50, early_iterations=10, perplexity=10, learning_rate=50)
    with qtbot.waitSignal(jobs.done, timeout=WAIT_MS) as blocker:
        jobs.change(more)
    assert blocker.args[2].iteration == 60


def test_equal_seeds_give_equal_pictures(qtbot: QtBot, jobs: ProjectionJobs) -> None:
    made = []
    for seed in (1, 1, 2):
        with qtbot.waitSignal(jobs.done, timeout=WAIT_MS) as blocker:
            jobs.start(ProjectionRequest(clouds(), UmapSettings(epochs=20, seed=seed)))
        made.append(blocker.args[1])
    np.testing.assert_array_equal(made[0], made[1])
    assert not np.array_equal(made[0], made[2])


def test_too_few_rows_are_told(qtbot: QtBot, jobs: ProjectionJobs) -> None:
    with qtbot.waitSignal(jobs.failed, timeout=WAIT_MS) as blocker:
        jobs.start(ProjectionRequest(np.ones((1, 4), np.float32), TsneSettings()))
    assert "1 rows are too few" in blocker.args[1]
    assert jobs.running == 0


@pytest.mark.parametrize("settings", [TsneSettings(iterations=30), UmapSettings(epochs=30)])
def test_rows_all_alike_are_laid_out(
    qtbot: QtBot, jobs: ProjectionJobs, settings: TsneSettings | UmapSettings
) -> None:
    with qtbot.waitSignal(jobs.done, timeout=WAIT_MS) as blocker:
        jobs.start(ProjectionRequest(np.ones((60, 4), np.float32), settings))
    assert np.isfinite(blocker.args[1]).all()


def test_a_process_that_dies_is_told(
    qtbot: QtBot, jobs: ProjectionJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        projection_jobs, "command", lambda: [sys.executable, "-c", "import sys; sys.exit(3)"]
    )
    with qtbot.waitSignal(jobs.failed, timeout=WAIT_MS) as blocker:
        jobs.start(ProjectionRequest(clouds(), TsneSettings()))
    assert "ended unexpectedly" in blocker.args[1]


def test_a_process_that_can_not_start_is_told(
    qtbot: QtBot, jobs: ProjectionJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projection_jobs, "command", lambda: ["/no/such/program"])
    with qtbot.waitSignal(jobs.failed, timeout=WAIT_MS) as blocker:
        jobs.start(ProjectionRequest(clouds(), TsneSettings()))
    assert "No process can be started" in blocker.args[1]


def test_a_cancelled_job_says_nothing_and_leaves_no_process(
    qtbot: QtBot, jobs: ProjectionJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []
    original = subprocess.Popen

    def remember(*arguments, **options):
        started.append(original(*arguments, **options))
        return started[-1]

    monkeypatch.setattr(projection_jobs.subprocess, "Popen", remember)
    with qtbot.waitSignal(jobs.partial, timeout=WAIT_MS):
        jobs.start(ProjectionRequest(clouds(), TsneSettings(iterations=0)))
    heard: list[object] = []
    jobs.partial.connect(lambda *arguments: heard.append(arguments))
    jobs.failed.connect(lambda *arguments: heard.append(arguments))
    jobs.cancel()
    qtbot.wait(200)
    assert heard == []
    assert jobs.running == 0
    assert started[0].poll() is not None
