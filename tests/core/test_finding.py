from __future__ import annotations

import os
from pathlib import Path

import pytest

from eventglass.app.core.finding import find_logs


def make(folder: Path, *runs: str) -> None:
    for number, run in enumerate(runs):
        place = folder / run
        place.mkdir(parents=True, exist_ok=True)
        file = place / f"events.out.tfevents.{number}.host"
        file.write_bytes(b"x" * 10)
        os.utime(file, (1.7e9 + number, 1.7e9 + number))


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ((), {}),
        (("a/logs/r1", "a/logs/r2"), {"a/logs": 2}),
        (("a/logs/fit/r1/train", "a/logs/fit/r1/val", "a/logs/fit/r2/train"), {"a/logs/fit": 3}),
        (("a/logs/r1/train", "a/logs/r2/train", "b/logs/r1"), {"a/logs": 2, "b/logs": 1}),
        (("a/logs/r1", "a/logs/r1/deep/er"), {"a/logs": 2}),
        (("logs",), {"logs": 1}),
        ((".",), {".": 1}),
        (("node_modules/x/r1", "a/r1"), {"a": 1}),
    ],
)
def test_runs_are_gathered(tmp_path: Path, runs: tuple[str, ...], expected: dict[str, int]) -> None:
    make(tmp_path, *runs)
    found = find_logs(str(tmp_path))
    assert {os.path.relpath(each.path, tmp_path): each.runs for each in found} == expected


def test_counts_and_the_latest_first(tmp_path: Path) -> None:
    make(tmp_path, "old/logs/r1", "old/logs/r2")
    make(tmp_path, "x/0", "x/1", "x/2")
    first, second = find_logs(str(tmp_path))
    assert (first.path, first.files, first.size_bytes) == (str(tmp_path / "x"), 3, 30)
    assert first.newest_s == 1.7e9 + 2
    assert second.path == str(tmp_path / "old" / "logs")


def test_unlike_things_beside_each_other_are_not_gathered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home" / "ann"
    monkeypatch.setenv("HOME", str(home))
    make(home, "Downloads/one/r1", "Downloads/two/r1", "three/r1", "four/r1")
    found = {each.path for each in find_logs(str(tmp_path))}
    assert found == {
        str(home / name) for name in ("Downloads/one", "Downloads/two", "three", "four")
    }


def test_icons_of_event_files_are_none(tmp_path: Path) -> None:
    folder = tmp_path / "share" / "icons" / "mimetypes"
    folder.mkdir(parents=True)
    (folder / "application-x-tfevents.png").touch()
    (folder / "tfevents.SVG").touch()
    assert find_logs(str(tmp_path)) == []


def test_loops_and_locked_folders_are_passed_over(tmp_path: Path) -> None:
    make(tmp_path, "a/logs/r1")
    (tmp_path / "a" / "logs" / "loop").symlink_to(tmp_path)
    (tmp_path / "locked").mkdir(mode=0)
    try:
        assert [each.runs for each in find_logs(str(tmp_path))] == [1]
    finally:
        (tmp_path / "locked").chmod(0o755)


def test_it_can_be_stopped(tmp_path: Path) -> None:
    make(tmp_path, *(f"p{n}/logs/r" for n in range(20)))
    calls = iter(range(100))
    found = find_logs(str(tmp_path), cancelled=lambda: next(calls) > 5)
    assert len(found) < 20


def test_progress_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eventglass.app.core.finding._REPORT_EVERY_S", -1.0)
    make(tmp_path, "a/logs/r1", "b/logs/r1")
    told: list[tuple[int, str, int]] = []
    find_logs(str(tmp_path), lambda looked, path, found: told.append((looked, path, len(found))))
    assert [looked for looked, _path, _count in told] == list(range(1, len(told) + 1))
    assert told[-1][2] == 2
