"""The crew does every job once and hands errors over."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from eventglass.app.core.compute.crew import Crew


@pytest.mark.parametrize("helpers", [0, 1, 3])
def test_every_job_is_done_once(helpers: int) -> None:
    crew = Crew(helpers)
    for count in (0, 1, 2, 10):
        done: list[int] = []
        crew.run([partial(done.append, i) for i in range(count)])
        assert sorted(done) == list(range(count))


def test_jobs_run_side_by_side() -> None:
    crew = Crew(1)
    meet = threading.Barrier(2, timeout=10)
    crew.run([meet.wait, meet.wait])


def test_an_error_comes_after_all_have_ended() -> None:
    crew = Crew(2)
    done: list[int] = []

    def fail() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        crew.run([partial(done.append, 0), fail, partial(done.append, 2)])
    assert sorted(done) == [0, 2]
    with pytest.raises(ValueError, match="broken"):
        crew.run([fail, partial(done.append, 3)])
    assert sorted(done) == [0, 2, 3]


def test_several_callers_share_it() -> None:
    crew = Crew(2)
    totals = [0] * 4

    def add(i: int) -> None:
        totals[i] += 1

    def call(i: int) -> None:
        for _ in range(50):
            crew.run([partial(add, i), partial(int), partial(int)])

    threads = [threading.Thread(target=call, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert totals == [50] * 4
