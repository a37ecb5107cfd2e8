"""The settings of the program, declared as data, kept in one file that may be damaged."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from eventglass.app.models.files import config_folder, read_json, write_json


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that can be set.

    ``choices`` are (value, text) pairs for a setting that takes one of a few values. ``group`` is
    the heading it stands under; settings without a title are kept but not shown in the
    preferences.
    """

    key: str
    default: bool | str
    title: str = ""
    help: str = ""
    group: str = ""
    choices: tuple[tuple[str, str], ...] = ()

    def accepts(self, value: object) -> bool:
        """Whether a value from a file is of the right kind and in range."""
        if type(value) is not type(self.default):
            return False
        if self.choices:
            return any(value == choice for choice, _ in self.choices)
        return True


SETTINGS = (
    Setting(
        "theme",
        "system",
        "Colours",
        "Follow the desktop, or always light or dark",
        "Appearance",
        (("system", "Follow the system"), ("light", "Light"), ("dark", "Dark")),
    ),
    Setting(
        "renderer",
        "auto",
        "Draw curves with",
        "The graphics card draws faster where there is a real one; the picture is the same",
        "Drawing",
        (("auto", "Whatever is faster"), ("gpu", "Graphics card"), ("raster", "Processor")),
    ),
    Setting(
        "live",
        True,
        "Watch for new data",
        "Keep reading files that grow and look for new runs",
        "Reading",
    ),
    Setting(
        "reopen",
        False,
        "Open the last logs at start",
        "When started without a path",
        "Start",
    ),
    Setting(
        "cache_mb",
        "512",
        "Memory for decoded entries",
        "Images, clips and the like that were looked at last stay in memory up to this",
        "Memory",
        (("256", "256 MB"), ("512", "512 MB"), ("1024", "1 GB"), ("4096", "4 GB")),
    ),
    Setting(
        "image_megapixels",
        "100",
        "Largest image",
        "Larger ones are not decoded: a small file can unfold to more than the memory holds",
        "Memory",
        (
            ("25", "25 megapixels"),
            ("100", "100 megapixels"),
            ("400", "400 megapixels"),
            ("1600", "1.6 gigapixels"),
        ),
    ),
    Setting(
        "clip_mb",
        "512",
        "Largest clip",
        "Of longer ones the beginning is decoded: a small file can unfold to hours of sound",
        "Memory",
        (("128", "128 MB"), ("512", "512 MB"), ("2048", "2 GB"), ("8192", "8 GB")),
    ),
    Setting(
        "text_compare",
        "1000000",
        "Longest text compared",
        "Of longer ones the beginning is compared",
        "Memory",
        (
            ("1000000", "1 million characters"),
            ("5000000", "5 million characters"),
            ("20000000", "20 million characters"),
        ),
    ),
    Setting("figure", ""),
    Setting("export", ""),
    Setting("export_folder", ""),
    Setting("geometry", ""),
    Setting("layout", ""),
    Setting("views", ""),
    Setting("inspector_folds", ""),
)
_BY_KEY = {setting.key: setting for setting in SETTINGS}


class Settings(QObject):
    """Values of `SETTINGS`; each change is written at once.

    Parameters
    ----------
    path
        The file; the user's config folder when not given.
    """

    #: Key of the setting that changed.
    changed = Signal(str)
    #: What went wrong with the file, for the user.
    failed = Signal(str)

    def __init__(self, path: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path if path is not None else config_folder() / "settings.json"
        self._failed_before = False
        found, self.trouble = read_json(self._path)
        if self.trouble:
            self.trouble = f"The file of settings {self.trouble}"
        values = found if isinstance(found, dict) else {}
        self._values = {
            key: value
            for key, value in values.items()
            if key in _BY_KEY and _BY_KEY[key].accepts(value)
        }

    def __getitem__(self, key: str) -> bool | str:
        value: bool | str = self._values.get(key, _BY_KEY[key].default)
        return value

    def text(self, key: str) -> str:
        """Value of a setting that is a text."""
        return str(self[key])

    def flag(self, key: str) -> bool:
        """Value of a setting that is on or off."""
        return bool(self[key])

    def set(self, key: str, value: bool | str) -> None:
        """Change a setting and save it. Raises `ValueError` for a value it cannot have."""
        if not _BY_KEY[key].accepts(value):
            raise ValueError(f"{key} cannot be {value!r}")
        if value == self[key]:
            return
        self._values[key] = value
        trouble = write_json(self._path, self._values)
        if trouble and not self._failed_before:
            self.failed.emit(f"The settings {trouble}")
        # Said once, not at every further change, until it works again.
        self._failed_before = bool(trouble)
        self.changed.emit(key)
