from __future__ import annotations

import pytest
from PySide6.QtGui import QTextDocumentFragment

from eventglass.app.models.tool_tips import plain_tip


@pytest.mark.parametrize("text", ["", "loss", "a < b\nc > d", "loss/<pad>", "train\nval"])
def test_what_is_no_markup_stays_as_it_is(text: str) -> None:
    assert plain_tip(text) == text


@pytest.mark.parametrize(
    "text",
    ['<img src="file:///etc/hosts">', "a/<b>x</b>\nrun", "run\n<i>x</i>", "a &lt;b&gt;"],
)
def test_markup_is_shown_letter_by_letter(text: str) -> None:
    shown = plain_tip(text)
    assert "<img" not in shown
    assert QTextDocumentFragment.fromHtml(shown).toPlainText() == text
