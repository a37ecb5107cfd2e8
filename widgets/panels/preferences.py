"""The dialog of preferences, made from the settings' declarations."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from eventglass.app.models.settings import SETTINGS, Setting, Settings
from eventglass.app.models.theme import Theme
from eventglass.widgets.controls.buttons import Choice, Toggle
from eventglass.widgets.controls.section import Section


class Preferences(QDialog):
    """Every change takes effect at once; there is nothing to confirm."""

    def __init__(self, settings: Settings, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._theme = theme
        self.setWindowTitle("Preferences")
        self.setMinimumWidth(460)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 12)
        column.setSpacing(4)
        sections: dict[str, Section] = {}
        for setting in SETTINGS:
            if not setting.title:
                continue
            section = sections.get(setting.group)
            if section is None:
                section = sections[setting.group] = Section(setting.group)
                column.addWidget(section)
            section.add_row(setting.title, self._control(setting))
            help_text = QLabel(setting.help)
            help_text.setObjectName("small")
            help_text.setWordWrap(True)
            section.add_widget(help_text)
        column.addStretch()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.accept)
        column.addWidget(buttons)

    def _control(self, setting: Setting) -> QWidget:
        value = self._settings[setting.key]
        if setting.choices:
            choice = Choice(self._theme, setting.title, setting.choices)
            choice.set_value(str(value))
            choice.chosen.connect(partial(self._settings.set, setting.key))
            return choice
        toggle = Toggle(self._theme, setting.title)
        toggle.setChecked(bool(value))
        toggle.toggled.connect(partial(self._settings.set, setting.key))
        return toggle
