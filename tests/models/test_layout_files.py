"""Files of layouts: what was saved comes back, and nothing else does harm."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventglass.app.models.cards import Card, CardLine, Margin
from eventglass.app.models.composing import OWN, composed_of, lines_of
from eventglass.app.models.layout_files import (
    MOST_BYTES,
    LayoutFileError,
    load_layouts,
    save_layouts,
)

CARDS = (
    Card(OWN + "1", "Both “losses”", (CardLine("a"), CardLine("b.*", "right", True)), (), "Mine"),
    Card(OWN + "2", "Band", (), (Margin("m", "l", "u"),)),
)


def test_what_was_saved_comes_back_once(tmp_path: Path) -> None:
    path = tmp_path / "layouts.json"
    save_layouts(path, CARDS)
    assert load_layouts(path, ()) == CARDS
    known, mine = composed_of((), lines_of(("lr",)))
    both = load_layouts(path, known)
    assert both[0] == mine
    assert [card.title for card in both] == ["lr", "Both “losses”", "Band"]
    assert len({card.key for card in both}) == 3
    assert load_layouts(path, both) == both


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"cards": []}',
        '{"format": "other"}',
        "[" * 5000,
        "x" * (MOST_BYTES + 1),
        '{"format": 3}',
    ],
)
def test_other_files_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "layouts.json"
    path.write_text(text)
    with pytest.raises(LayoutFileError, match="no file of layouts"):
        load_layouts(path, CARDS)


def test_cards_that_do_not_fit_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "layouts.json"
    path.write_text(
        '{"format": "eventglass-layouts", "cards": [3, {"key": 1},'
        ' {"key": "k", "title": "Fits", "lines": [{"tag": "a"}]}]}'
    )
    assert [card.title for card in load_layouts(path, ())] == ["Fits"]


def test_nothing_is_written_into_a_log_or_half(tmp_path: Path) -> None:
    with pytest.raises(LayoutFileError, match="log directory"):
        save_layouts(tmp_path / "layouts.json", CARDS, [str(tmp_path)])
    with pytest.raises(LayoutFileError, match="no folder"):
        save_layouts(tmp_path / "nowhere" / "layouts.json", CARDS)
    assert not list(tmp_path.iterdir())
    with pytest.raises(LayoutFileError, match="can't be read"):
        load_layouts(tmp_path / "missing.json", ())
