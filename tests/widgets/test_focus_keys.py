"""Space and Return press the button that has the focus, though they are shortcuts as well."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from eventglass.app.models.theme import Theme
from eventglass.widgets.controls.buttons import Toggle
from eventglass.widgets.controls.focus_keys import FocusKeys
from eventglass.widgets.controls.section import More


class Window(QWidget):
    """A window whose Space does something."""

    def __init__(self) -> None:
        super().__init__()
        self.played = 0
        self.column = QVBoxLayout(self)
        shortcut = QShortcut(QKeySequence(Qt.Key.Key_Space), self)
        shortcut.activated.connect(self._play)

    def _play(self) -> None:
        self.played += 1


@pytest.fixture
def window(qtbot: QtBot) -> Window:
    window = Window()
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return window


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return])
def test_buttons_have_their_keys(window: Window, qtbot: QtBot, key: Qt.Key) -> None:
    keys = FocusKeys(window)
    theme = Theme("light")
    buttons = [Toggle(theme, "On"), More(theme, "More")]
    for button in buttons:
        window.column.addWidget(button)
        button.show()
        button.setFocus()
        qtbot.keyClick(button, key)
        assert button.isChecked()
        qtbot.keyClick(button, key)
        assert not button.isChecked()
    assert window.played == 0
    # Elsewhere the key is what it was.
    window.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    window.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_Space)
    assert window.played == 1
    assert keys.parent() is window


def test_without_it_space_would_play(window: Window, qtbot: QtBot) -> None:
    toggle = Toggle(Theme("light"), "On")
    window.column.addWidget(toggle)
    toggle.show()
    toggle.setFocus()
    qtbot.keyClick(toggle, Qt.Key.Key_Space)
    assert window.played == 1
    assert not toggle.isChecked()


def test_dialogs_keep_their_default_button(window: Window, qtbot: QtBot) -> None:
    keys = FocusKeys(window)
    dialog = QDialog(window)
    column = QVBoxLayout(dialog)
    button = QPushButton("Here")
    column.addWidget(button)
    dialog.show()
    button.setFocus()
    qtbot.waitUntil(button.hasFocus)
    pressed: list[bool] = []
    button.clicked.connect(lambda: pressed.append(True))
    qtbot.keyClick(button, Qt.Key.Key_Return)
    assert pressed == [True]
    assert keys is not None
