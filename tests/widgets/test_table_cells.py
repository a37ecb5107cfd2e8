from __future__ import annotations

import pytest
from PySide6.QtGui import QFont, QFontMetrics
from pytestqt.qtbot import QtBot

from eventglass.widgets.controls.table_cells import fitted


@pytest.mark.parametrize(
    ("text", "letters", "cut"),
    [
        ("baseline/train", 14, "baseline/train"),
        ("baseline/train", 11, "base…/train"),
        ("long/folder/run-0/train", 13, "…/run-0/train"),
        ("baseline/a-very-long-last-part", 10, "…last-part"),
        ("one-name-alone", 9, "one-…lone"),
    ],
)
def test_names_keep_their_last_part(qtbot: QtBot, text: str, letters: int, cut: str) -> None:
    font = QFont("JetBrains Mono")
    font.setStyleHint(QFont.StyleHint.Monospace)
    font.setPixelSize(20)
    metrics = QFontMetrics(font)
    width = metrics.horizontalAdvance("x" * letters) + 2
    assert fitted(metrics, text, width, is_text=True) == cut
    assert metrics.horizontalAdvance(fitted(metrics, text, width, is_text=True)) <= width


def test_numbers_lose_their_end(qtbot: QtBot) -> None:
    metrics = QFontMetrics(QFont())
    width = metrics.horizontalAdvance("1234") + metrics.horizontalAdvance("…")
    assert fitted(metrics, "123456789", width, is_text=False).startswith("1234")
