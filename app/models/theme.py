"""The theme: named colours (*tokens*), light and dark, and the fonts.

Every colour of the window comes from a token. `Theme` knows which set is in force, follows the
system's scheme unless told otherwise, and makes the palette and the style sheet of it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from string import Template

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette

from eventglass.app.models.resources import resource

TEXT_FAMILY = "Inter"
CODE_FAMILY = "JetBrains Mono"
TEXT_SIZE_PX = 13
SMALL_SIZE_PX = 12

SCHEMES = ("system", "light", "dark")


@dataclass(frozen=True, slots=True)
class Tokens:
    """The named colours of one scheme, as ``#rrggbb``."""

    window: str
    surface: str
    raised: str
    field: str
    border: str
    text: str
    text_muted: str
    accent: str
    on_accent: str
    selected: str
    grid: str
    track: str
    positive: str
    warning: str
    danger: str
    scroll: str
    scroll_hover: str


LIGHT = Tokens(
    window="#f5f6f8",
    surface="#ffffff",
    raised="#eef1f5",
    field="#f5f6f8",
    border="#e1e5eb",
    text="#1c2430",
    text_muted="#667084",
    accent="#2f6fed",
    on_accent="#ffffff",
    selected="#e4ecfd",
    grid="#e9ecf1",
    track="#e1e5eb",
    positive="#1f9d55",
    warning="#b25e09",
    danger="#c4314b",
    scroll="#cdd3dc",
    scroll_hover="#b3bbc7",
)
DARK = Tokens(
    window="#15171b",
    surface="#1d2026",
    raised="#262a32",
    field="#15171b",
    border="#2e333c",
    text="#e7eaf0",
    text_muted="#98a1b2",
    accent="#6ea0ff",
    on_accent="#10131a",
    selected="#25324d",
    grid="#2a2f37",
    track="#2e333c",
    positive="#3fb950",
    warning="#f0a94a",
    danger="#ff7088",
    scroll="#3b414c",
    scroll_hover="#505866",
)


class Theme(QObject):
    """The tokens in force, and what is made of them.

    Parameters
    ----------
    scheme
        ``"light"``, ``"dark"`` or ``"system"`` (follows the desktop).
    """

    #: The tokens changed.
    changed = Signal()

    def __init__(self, scheme: str = "system", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._scheme = scheme if scheme in SCHEMES else "system"
        self._tokens = LIGHT
        self._colours: dict[str, QColor] = {}
        self._fonts: dict[tuple[int, bool, bool, bool], QFont] = {}
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow_system)
        self._settle()

    @property
    def scheme(self) -> str:
        """What was asked for: ``"system"``, ``"light"`` or ``"dark"``."""
        return self._scheme

    @property
    def dark(self) -> bool:
        """Whether the dark tokens are in force."""
        return self._tokens is DARK

    @property
    def tokens(self) -> Tokens:
        """The tokens in force."""
        return self._tokens

    def set_scheme(self, scheme: str) -> None:
        """Ask for another scheme; a word that is none of `SCHEMES` means the system's."""
        scheme = scheme if scheme in SCHEMES else "system"
        if scheme != self._scheme:
            self._scheme = scheme
            self._settle()

    def colour(self, token: str, alpha: float = 1.0) -> QColor:
        """Colour of a token by its name, ``text-muted`` or ``text_muted``."""
        key = token if alpha == 1.0 else f"{token}/{alpha:.3f}"
        colour = self._colours.get(key)
        if colour is None:
            colour = QColor(getattr(self._tokens, token.replace("-", "_")))
            colour.setAlphaF(alpha)
            self._colours[key] = colour
        return colour

    def font(
        self,
        size_px: int = TEXT_SIZE_PX,
        *,
        bold: bool = False,
        tabular: bool = False,
        code: bool = False,
    ) -> QFont:
        """Font of the text; ``tabular`` gives all digits one width, ``bold`` is semibold."""
        key = (size_px, bold, tabular, code)
        font = self._fonts.get(key)
        if font is None:
            font = QFont([CODE_FAMILY if code else TEXT_FAMILY, "sans-serif"])
            font.setPixelSize(size_px)
            font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
            if bold:
                font.setWeight(QFont.Weight.DemiBold)
            if not code:
                font.setFeature(QFont.Tag("cv05"), 1)
                font.setFeature(QFont.Tag("cv11"), 1)
            if tabular and not code:
                font.setFeature(QFont.Tag("tnum"), 1)
            self._fonts[key] = font
        return font

    def palette(self) -> QPalette:
        """Palette for the Fusion style."""
        role = QPalette.ColorRole
        colours = {
            role.Window: "surface",
            role.WindowText: "text",
            role.Base: "surface",
            role.AlternateBase: "raised",
            role.ToolTipBase: "raised",
            role.ToolTipText: "text",
            role.PlaceholderText: "text_muted",
            role.Text: "text",
            role.Button: "surface",
            role.ButtonText: "text",
            role.BrightText: "danger",
            role.Link: "accent",
            role.LinkVisited: "accent",
            role.Highlight: "accent",
            role.HighlightedText: "on_accent",
            role.Light: "surface",
            role.Midlight: "raised",
            role.Mid: "border",
            role.Dark: "border",
            role.Shadow: "border",
            role.Accent: "accent",
        }
        palette = QPalette()
        for part, token in colours.items():
            palette.setColor(part, self.colour(token))
        faded = self.colour("text_muted", 0.55)
        for part in (role.WindowText, role.Text, role.ButtonText, role.PlaceholderText):
            palette.setColor(QPalette.ColorGroup.Disabled, part, faded)
        return palette

    def style_sheet(self) -> str:
        """The style sheet of the program with the tokens in their places."""
        template = Template(resource("styles", "window.qss").read_text(encoding="utf-8"))
        values = {field.name: getattr(self._tokens, field.name) for field in fields(Tokens)}
        muted = self.colour("text_muted")
        values["faded"] = f"rgba({muted.red()}, {muted.green()}, {muted.blue()}, 140)"
        return template.substitute(values)

    def _follow_system(self) -> None:
        if self._scheme == "system":
            self._settle()

    def _settle(self) -> None:
        dark = self._scheme == "dark" or (
            self._scheme == "system"
            and QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        )
        tokens = DARK if dark else LIGHT
        if tokens is not self._tokens:
            self._tokens = tokens
            self._colours.clear()
            self.changed.emit()


def load_fonts() -> tuple[str, ...]:
    """Make the bundled fonts known to Qt and return the families; needs an application."""
    families: list[str] = []
    for path in sorted(resource("fonts").iterdir()):
        if path.suffix in {".otf", ".ttf"}:
            number = QFontDatabase.addApplicationFont(str(path))
            families += QFontDatabase.applicationFontFamilies(number) if number >= 0 else []
    return tuple(dict.fromkeys(families))
