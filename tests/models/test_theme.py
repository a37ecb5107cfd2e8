from __future__ import annotations

import re
from dataclasses import fields

import pytest
from PySide6.QtGui import QFontInfo, QPalette

from eventglass.app.core.compute.colours import contrast
from eventglass.app.models.resources import resource
from eventglass.app.models.theme import DARK, LIGHT, Theme, Tokens, load_fonts

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["window", "surface", "raised", "field"])
@pytest.mark.parametrize("ink", ["text", "text_muted", "accent", "warning", "danger"])
def test_text_can_be_read(tokens: Tokens, ground: str, ink: str) -> None:
    # Accent, warning and danger are written on the plain surfaces only.
    if ink in ("accent", "warning", "danger") and ground in ("raised", "field", "window"):
        least = 4.0
    else:
        least = 4.5 if (ink, ground) != ("text_muted", "raised") else 4.3
    assert contrast(getattr(tokens, ink), getattr(tokens, ground)) >= least


def test_text_on_the_accent_can_be_read() -> None:
    for tokens in (LIGHT, DARK):
        assert contrast(tokens.on_accent, tokens.accent) >= 4.5
        assert contrast(tokens.text, tokens.selected) >= 4.5


def test_the_style_sheet_has_every_token_replaced() -> None:
    for scheme in ("light", "dark"):
        sheet = Theme(scheme).style_sheet()
        assert "$" not in sheet.partition("*/")[2]
        known = {getattr(Theme(scheme).tokens, field.name) for field in fields(Tokens)}
        assert set(re.findall(r"#[0-9a-f]{6}\b", sheet)) <= known


def test_switching_tells_and_changes_colours() -> None:
    theme = Theme("light")
    told: list[bool] = []
    theme.changed.connect(lambda: told.append(theme.dark))
    before = theme.colour("text-muted").name()
    assert before == LIGHT.text_muted
    theme.set_scheme("dark")
    theme.set_scheme("dark")
    assert told == [True]
    assert theme.colour("text_muted").name() == DARK.text_muted
    assert theme.palette().color(QPalette.ColorRole.WindowText).name() == DARK.text
    theme.set_scheme("no such thing")
    assert theme.scheme == "system"
    assert theme.colour("accent", 0.5).alphaF() == pytest.approx(0.5, abs=0.01)


def test_bundled_fonts_are_the_ones_used() -> None:
    assert {"Inter", "JetBrains Mono"} <= set(load_fonts())
    theme = Theme("light")
    assert QFontInfo(theme.font()).family() == "Inter"
    assert QFontInfo(theme.font(code=True)).family() == "JetBrains Mono"


def test_fonts_come_with_their_licences_and_are_small() -> None:
    files = list(resource("fonts").iterdir())
    for family in ("Inter", "JetBrainsMono"):
        text = resource("fonts", f"OFL-{family}.txt").read_text(encoding="utf-8")
        assert "SIL OPEN FONT LICENSE" in text
    assert sum(path.stat().st_size for path in files) < 1_500_000
