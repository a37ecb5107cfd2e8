from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from eventglass.app.models import reports
from eventglass.app.models.reports import MOST_BYTES, MOST_REPORTS, Report, forget, left_behind

CRASH = """
import ctypes, logging, sys
from pathlib import Path
from eventglass.app.models.reports import Report
report = Report(Path(sys.argv[1]))
report.begin()
report.note_facts()
report.note("Opened: /logs/a")
logging.getLogger("x").warning("before the end")
ctypes.string_at(0)
"""


def crash(folder: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", CRASH, str(folder)], stderr=subprocess.DEVNULL, check=False
    )
    assert ended.returncode != 0


def test_a_crash_leaves_a_report_for_the_next_start(tmp_path: Path) -> None:
    crash(tmp_path)
    (path,) = left_behind(tmp_path)
    text = path.read_text()
    assert "Opened: /logs/a" in text
    assert "before the end" in text
    assert "Segmentation fault" in text
    assert "string_at" in text
    assert left_behind(tmp_path) == [path]
    forget([path])
    assert not left_behind(tmp_path)


def test_a_good_end_leaves_nothing(tmp_path: Path) -> None:
    report = Report(tmp_path)
    report.begin()
    report.note_facts()
    assert "Python" in report.text()
    report.end()
    assert not list(tmp_path.iterdir())
    assert "Python" in report.text()


@pytest.mark.skipif(sys.platform == "win32", reason="locks of POSIX")
def test_windows_that_are_open_do_not_count(tmp_path: Path) -> None:
    report = Report(tmp_path)
    report.begin()
    code = (
        "import sys; from pathlib import Path;"
        "from eventglass.app.models.reports import left_behind;"
        "sys.exit(len(left_behind(Path(sys.argv[1]))))"
    )
    try:
        assert (
            subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False).returncode == 0
        )
    finally:
        report.end()


@pytest.mark.expects_log("told")
def test_a_report_stays_small(tmp_path: Path) -> None:
    report = Report(tmp_path)
    report.begin()
    for _ in range(30):
        report.note("x" * MOST_BYTES)
    logging.getLogger("y").error("told")
    size = len(report.text())
    report.end()
    assert size < 2 * MOST_BYTES


def test_a_full_disk_does_not_spoil_the_end(tmp_path: Path) -> None:
    report = Report(tmp_path)
    report.begin()
    assert report._file is not None
    name = report._file.name
    report._file.close()
    with open("/dev/full", "w") as full:

        class OnFullDisk:
            def __init__(self) -> None:
                self.name = name

            def close(self) -> None:
                full.write("x")
                full.flush()

        report._file = OnFullDisk()  # type: ignore[assignment]
        report.end()
        with contextlib.suppress(OSError):
            full.close()
    assert not list(tmp_path.iterdir())


def test_old_reports_go(tmp_path: Path) -> None:
    for number in range(MOST_REPORTS + 5):
        (tmp_path / f"crash-2026-01-{number:02}-000000-1.txt").write_text("x")
    assert len(left_behind(tmp_path)) == MOST_REPORTS
    assert len(list(tmp_path.iterdir())) == MOST_REPORTS


def test_without_a_place_there_is_no_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_text("")
    report = Report(file / "below")
    report.begin()
    report.note("x")
    assert "Python" in report.text()
    report.end()
    assert left_behind(file / "below") == []

    def full(*_args: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(reports, "_lock", full)
    Report(tmp_path / "full").begin()
