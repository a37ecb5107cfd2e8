"""The options of an export of points."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from eventglass.app.core.export import SUFFIXES
from eventglass.app.models.theme import Theme
from eventglass.widgets.controls.buttons import Choice, Toggle
from eventglass.widgets.controls.section import Section

_FORMATS = (
    (".csv", "CSV"),
    (".jsonl", "JSON lines"),
    (".parquet", "Parquet"),
    (".npz", "NumPy"),
)
_LAYOUTS = (
    ("points", "A row per point"),
    ("tags", "A row per run and step"),
    ("lines", "A column per line"),
)
_HELP = {
    ".csv": "Opens everywhere; numbers read back exactly",
    ".jsonl": "One JSON object a line",
    ".parquet": "Small and fast, for pandas, Polars and DuckDB",
    ".npz": "Arrays by name, for numpy.load",
}
_NO_PARQUET = "Needs pyarrow, which is not installed: pip install 'eventglass[parquet]'"
_PLAIN: dict[str, Any] = {
    "suffix": ".csv",
    "layout": "points",
    "smoothed": False,
    "superseded": True,
}


def saved(choices: Mapping[str, Any]) -> str:
    """Return choices as a text for the settings."""
    return json.dumps(dict(choices))


def restored(text: str) -> dict[str, Any]:
    """Return choices from such a text; what can't be used is passed over."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    made = dict(_PLAIN)
    if isinstance(found, dict):
        made |= {k: found[k] for k in made if type(found.get(k)) is type(made[k])}
    if made["suffix"] not in SUFFIXES:
        made["suffix"] = _PLAIN["suffix"]
    if made["layout"] not in dict(_LAYOUTS):
        made["layout"] = _PLAIN["layout"]
    return made


class DataOptions(QWidget):
    """What to write, and how.

    Parameters
    ----------
    cards
        Name of the cards it was opened for; empty for none.
    can_smooth, has_range
        Whether lines are smoothed, and a range is selected.
    """

    #: Something else is chosen.
    changed = Signal()

    def __init__(
        self,
        theme: Theme,
        choices: Mapping[str, Any],
        cards: str,
        *,
        can_smooth: bool,
        has_range: bool,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        whats = [("cards", cards)] if cards else []
        whats += [("visible", "Visible runs and tags"), ("all", "Everything")]
        self._what = Choice(theme, "Points", whats)
        self._format = Choice(theme, "Format", _FORMATS)
        self._layout = Choice(theme, "Layout", _LAYOUTS)
        self._help = QLabel()
        self._help.setObjectName("small")
        self._help.setWordWrap(True)
        self._smoothed = Toggle(theme, "Smoothed values")
        self._range = Toggle(theme, "Only the selected range")
        self._superseded = Toggle(theme, "Superseded points")
        what = Section("What")
        what.add_row("Points", self._what)
        what.add_row(
            "Superseded points",
            self._superseded,
            "Points that a restarted run wrote again",
        )
        what.add_row(
            "Only the selected range",
            self._range,
            "The range selected in the charts" if has_range else "No range is selected",
        )
        form = Section("Form")
        form.add_row("Format", self._format)
        form.add_widget(self._help)
        form.add_row("Layout", self._layout)
        form.add_row(
            "Smoothed values",
            self._smoothed,
            "As they are drawn, in a column of their own"
            if can_smooth
            else "The lines are not smoothed",
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 8)
        column.setSpacing(0)
        column.addWidget(what)
        column.addWidget(form)
        column.addStretch(1)
        self._format.set_value(choices["suffix"])
        self._layout.set_value(choices["layout"])
        self._smoothed.setChecked(can_smooth and choices["smoothed"])
        self._smoothed.setEnabled(can_smooth)
        self._superseded.setChecked(choices["superseded"])
        self._range.setEnabled(has_range)
        self._range.setChecked(has_range)
        for control in (self._what, self._format, self._layout):
            control.chosen.connect(self._tell)
        for toggle in (self._smoothed, self._range, self._superseded):
            toggle.clicked.connect(self._tell)
        self._tell_help()

    @property
    def what(self) -> str:
        """Which points: cards, visible or all."""
        return self._what.value

    @property
    def suffix(self) -> str:
        """The format, by its suffix."""
        return self._format.value

    @property
    def layout_name(self) -> str:
        """What a row is: points, tags or lines."""
        return self._layout.value

    @property
    def with_smoothed(self) -> bool:
        """Whether there is a column of smoothed values."""
        return self._smoothed.isChecked()

    @property
    def only_range(self) -> bool:
        """Whether points outside of the selected range are left out."""
        return self._range.isChecked()

    @property
    def with_superseded(self) -> bool:
        """Whether points a restart wrote again are written, too."""
        return self._superseded.isChecked()

    @property
    def choices(self) -> dict[str, Any]:
        """What is kept for the next time."""
        return {
            "suffix": self.suffix,
            "layout": self.layout_name,
            "smoothed": self.with_smoothed,
            "superseded": self.with_superseded,
        }

    def choose(self, **values: str | bool) -> None:
        """Choose as the user does: what, suffix, layout, smoothed, only_range, superseded."""
        for name, value in values.items():
            if isinstance(value, bool):
                toggles = {
                    "smoothed": self._smoothed,
                    "only_range": self._range,
                    "superseded": self._superseded,
                }
                toggles[name].setChecked(value)
            else:
                choices = {"what": self._what, "suffix": self._format, "layout": self._layout}
                choices[name].set_value(value)
        self._tell()

    def _tell(self, _value: object = None) -> None:
        self._tell_help()
        self.changed.emit()

    def _tell_help(self) -> None:
        missing = self.suffix == ".parquet" and find_spec("pyarrow") is None
        self._help.setText(_NO_PARQUET if missing else _HELP[self.suffix])
