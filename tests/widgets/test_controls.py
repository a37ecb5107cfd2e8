from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPixmap
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from eventglass.app.models.theme import Theme
from eventglass.widgets.controls.buttons import Choice, PillButton, Segmented, Toggle
from eventglass.widgets.controls.filter_box import FilterBox
from eventglass.widgets.controls.icons import GLYPHS, _font, icon
from eventglass.widgets.controls.slider import Slider

AXES = (("step", "Step"), ("relative", "Relative"), ("wall", "Wall"))


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    return Theme("light")


def colours_of(pixmap: QPixmap) -> set[str]:
    image = pixmap.toImage()
    return {
        QColor(image.pixelColor(x, y)).name()
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y).alpha() == 255
    }


def test_every_icon_is_in_the_font(theme: Theme) -> None:
    points, family = _font()
    assert family
    assert [name for name, glyph in GLYPHS.items() if glyph not in points] == []


def test_an_icon_follows_the_theme(theme: Theme) -> None:
    found = icon(theme, "play", "text")
    assert theme.tokens.text in colours_of(found.pixmap(32, 32))
    theme.set_scheme("dark")
    assert theme.tokens.text in colours_of(found.pixmap(32, 32))


def test_slider_keys_and_clicks(theme: Theme, qtbot: QtBot) -> None:
    slider = Slider(theme, "Smoothing", 0.0, 1.0, 0.05)
    qtbot.addWidget(slider)
    slider.resize(214, 20)
    moved: list[float] = []
    slider.moved.connect(moved.append)
    slider.set_number(0.5)
    assert moved == []
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    qtbot.keyClick(slider, Qt.Key.Key_PageDown)
    qtbot.keyClick(slider, Qt.Key.Key_End)
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(7 + 51, 10))
    assert moved == pytest.approx([0.55, 0.05, 1.0, 0.25])
    slider.set_limits(0.0, 0.1)
    assert slider.number == pytest.approx(0.1)
    assert len(moved) == 4
    assert slider.value() == slider.maximum()


def test_slider_without_a_range(theme: Theme, qtbot: QtBot) -> None:
    slider = Slider(theme, "Step", 3, 3, 1)
    qtbot.addWidget(slider)
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(30, 10))
    assert slider.number == 3
    slider.grab()


def test_segmented(theme: Theme, qtbot: QtBot) -> None:
    bar = Segmented(theme, "Horizontal axis", AXES)
    qtbot.addWidget(bar)
    bar.resize(bar.sizeHint())
    chosen: list[str] = []
    bar.chosen.connect(chosen.append)
    bar.set_value("relative")
    bar.set_value("nothing")
    assert (bar.value, chosen) == ("relative", [])
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=QPoint(bar.width() - 5, 10))
    qtbot.keyClick(bar, Qt.Key.Key_Left)
    assert chosen == ["wall", "relative"]
    assert bar.accessibleName() == "Horizontal axis: Relative"
    assert theme.tokens.selected in colours_of(bar.grab())


def test_choice_and_toggle(theme: Theme, qtbot: QtBot) -> None:
    choice = Choice(theme, "Axis", AXES)
    toggle = Toggle(theme, "Raw line")
    qtbot.addWidget(choice)
    qtbot.addWidget(toggle)
    chosen: list[str] = []
    choice.chosen.connect(chosen.append)
    choice.set_value("wall")
    assert (choice.value, chosen) == ("wall", [])
    qtbot.keyClick(choice, Qt.Key.Key_Up)
    assert chosen == ["relative"]
    toggle.resize(toggle.sizeHint())
    off = colours_of(toggle.grab())
    qtbot.mouseClick(toggle, Qt.MouseButton.LeftButton, pos=QPoint(3, 10))
    assert toggle.isChecked()
    assert theme.tokens.accent in colours_of(toggle.grab()) - off


def test_a_pill_is_as_wide_as_its_parts(theme: Theme, qtbot: QtBot) -> None:
    plain = PillButton(theme, "Live")
    rich = PillButton(theme, "Live", "live", hint="Ctrl+L", chevron=True)
    qtbot.addWidget(plain)
    qtbot.addWidget(rich)
    assert rich.sizeHint().width() > plain.sizeHint().width() + 50
    plain.set_text("A much longer text than before")
    assert plain.sizeHint().width() > 100
    assert plain.accessibleName() == "A much longer text than before"


def test_filter_box_escape_empties_then_leaves(theme: Theme, qtbot: QtBot) -> None:
    box = FilterBox(theme, "Filter runs", "8 runs")
    qtbot.addWidget(box)
    edited: list[str] = []
    box.edited.connect(edited.append)
    qtbot.keyClicks(box, "ab")
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert edited == ["a", "ab", ""]
    box.set_text("from elsewhere")
    assert len(edited) == 3


@pytest.mark.parametrize("key", [Qt.Key.Key_Left, Qt.Key.Key_Right])
def test_arrows_stay_with_the_control_that_has_the_focus(
    theme: Theme, qtbot: QtBot, key: Qt.Key
) -> None:
    for widget in (Slider(theme, "x"), Segmented(theme, "y", AXES)):
        qtbot.addWidget(widget)
        event = QKeyEvent(QEvent.Type.ShortcutOverride, key, Qt.KeyboardModifier.NoModifier)
        event.ignore()
        QApplication.sendEvent(widget, event)
        assert event.isAccepted()
