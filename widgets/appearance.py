"""Puts the theme on the application: style, palette, style sheet, fonts."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from eventglass.app.models.theme import Theme, load_fonts


class Appearance:
    """Keeps the application looking as the theme says.

    Makes `theme` the look of the whole application at once and after each change of it.
    """

    def __init__(self, app: QApplication, theme: Theme) -> None:
        self._app = app
        self._theme = theme
        load_fonts()
        app.setStyle("Fusion")
        app.setFont(theme.font())
        self.apply()
        theme.changed.connect(self.apply)

    def apply(self) -> None:
        """Set palette and style sheet from the tokens in force."""
        self._app.setPalette(self._theme.palette())
        self._app.setStyleSheet(self._theme.style_sheet())
