"""The options of a figure, in groups."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from eventglass.app.models.theme import Theme
from eventglass.widgets.controls.buttons import Choice, Segmented, Toggle
from eventglass.widgets.controls.fields import NumberField, TextField
from eventglass.widgets.controls.section import Section
from eventglass.widgets.controls.slider import Slider
from eventglass.widgets.plots.figure import FigureSize, FigureStyle
from eventglass.widgets.views.figure_presets import (
    DPI,
    FONT_PT,
    LINE_SCALE,
    MILLIMETRES,
    PIXELS,
    PRESETS,
    of_preset,
    size_of,
    within,
)

_LEGENDS = (("below", "Below"), ("right", "Right"), ("inside", "Inside"), ("none", "None"))
_PARTS = (
    ("panel_titles", "Names of the charts", ""),
    ("axis_titles", "Names of the axes", ""),
    ("grid", "Grid", ""),
    ("show_raw", "Raw lines", "The points as logged, faint behind smoothed lines"),
    ("transparent", "Transparent", "No background, to lie on a coloured slide"),
)


class FigureOptions(QWidget):
    """Holds a `FigureStyle` and lets the user change it."""

    #: The style is another one.
    changed = Signal()

    def __init__(
        self,
        theme: Theme,
        panels: int,
        preset: str,
        style: FigureStyle,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._panels = panels
        self._preset = preset
        self._style = style
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 8)
        column.setSpacing(0)
        for section in (
            self._size_section(theme),
            self._look_section(theme),
            self._parts_section(theme),
        ):
            column.addWidget(section)
        column.addStretch(1)
        self._show()

    @property
    def figure_style(self) -> FigureStyle:
        """The style chosen."""
        return self._style

    @property
    def preset(self) -> str:
        """Name of the size chosen."""
        return self._preset

    def choose_preset(self, preset: str) -> None:
        """Take size, font and lines of a preset; "custom" keeps those there are."""
        self._preset = preset
        self._change(of_preset(preset, self._style, self._panels))

    def change(self, **values: Any) -> None:
        """Change fields of the style."""
        style = replace(self._style, **values)
        if "columns" in values:
            size = size_of(self._preset, style.size, style.columns, self._panels)
            style = replace(style, size=size)
        self._change(style)

    def change_size(self, **values: Any) -> None:
        """Change the size; it is no preset's any more."""
        self._preset = "custom"
        self._change(replace(self._style, size=replace(self._style.size, **values)))

    def set_unit(self, unit: str) -> None:
        """Tell the size in another unit; the figure stays as large as it is."""
        size = self._style.size
        if unit == size.unit:
            return
        self._preset = "custom"
        if unit == "px":
            width, height = size.pixels
            made = FigureSize(width, height, "px", size.dpi)
        else:
            width_mm, height_mm = (round(each * 25.4 / 96.0, 1) for each in size.units)
            made = FigureSize(width_mm, height_mm, "mm", size.dpi)
        self._change(replace(self._style, size=made))

    # -- inside

    def _change(self, style: FigureStyle) -> None:
        self._style = style
        self._show()
        self.changed.emit()

    def _size_section(self, theme: Theme) -> Section:
        section = Section("Size")
        self._presets = Choice(theme, "Size", PRESETS)
        self._presets.chosen.connect(self.choose_preset)
        section.add_row("Made for", self._presets)
        self._width = NumberField("Width", "", 54)
        self._height = NumberField("Height", "", 54)
        self._unit = Segmented(theme, "Unit", (("px", "px"), ("mm", "mm")))
        row = QHBoxLayout()
        row.setContentsMargins(0, 2, 0, 2)
        row.setSpacing(6)
        label = QLabel("Width, height")
        label.setBuddy(self._width)
        row.addWidget(label)
        row.addStretch(1)
        for control in (self._width, self._height, self._unit):
            row.addWidget(control)
        section.add_layout(row)
        self._dpi = NumberField("Dots an inch", "", 62)
        section.add_row("Dots an inch", self._dpi, "How fine a PNG is")
        self._columns = Slider(theme, "Columns", 1, max(2, min(self._panels, 8)), 1)
        self._columns.setFixedWidth(110)
        section.add_row("Columns", self._columns, "Charts beside each other")
        section.show_row(self._columns, self._panels > 1)
        self._width.number_committed.connect(partial(self._typed_side, "width"))
        self._height.number_committed.connect(partial(self._typed_side, "height"))
        self._unit.chosen.connect(self.set_unit)
        self._dpi.number_committed.connect(self._typed_dpi)
        self._columns.moved.connect(self._slid_columns)
        return section

    def _look_section(self, theme: Theme) -> Section:
        section = Section("Look")
        self._title = TextField("Title", "No title")
        self._title.setFixedWidth(190)
        section.add_row("Title", self._title)
        self._dark = Segmented(theme, "Colours", (("light", "Light"), ("dark", "Dark")))
        section.add_row("Colours", self._dark, "Of the figure, whatever the window has")
        self._legend = Choice(theme, "Legend", _LEGENDS)
        section.add_row("Legend", self._legend)
        self._font = Slider(theme, "Font size", 5.0, 28.0, 0.5)
        self._font_number = QLabel()
        self._line = Slider(theme, "Line width", LINE_SCALE[0], LINE_SCALE[1], 0.05)
        self._line_number = QLabel()
        for text, slider, number in (
            ("Font size", self._font, self._font_number),
            ("Line width", self._line, self._line_number),
        ):
            slider.setFixedWidth(110)
            number.setObjectName("small")
            number.setFixedWidth(38)
            holder = QWidget()
            row = QHBoxLayout(holder)
            row.setContentsMargins(0, 0, 0, 0)
            row.addWidget(slider)
            row.addWidget(number)
            section.add_row(text, holder).setBuddy(slider)
        self._title.textEdited.connect(self._typed_title)
        self._dark.chosen.connect(self._chose_colours)
        self._legend.chosen.connect(partial(self._set, "legend"))
        self._font.moved.connect(self._slid_font)
        self._line.moved.connect(self._slid_line)
        return section

    def _parts_section(self, theme: Theme) -> Section:
        section = Section("Parts")
        self._toggles: dict[str, Toggle] = {}
        for name, text, help_text in _PARTS:
            toggle = self._toggles[name] = Toggle(theme, text)
            toggle.toggled.connect(partial(self._set, name))
            section.add_row(text, toggle, help_text)
        return section

    def _set(self, name: str, value: object) -> None:
        if getattr(self._style, name) != value:
            self.change(**{name: value})

    def _chose_colours(self, value: str) -> None:
        self.change(dark=value == "dark")

    def _typed_title(self, text: str) -> None:
        self.change(title=text)

    def _slid_columns(self, value: float) -> None:
        self.change(columns=round(value))

    def _slid_font(self, value: float) -> None:
        self.change(font_pt=within(value, FONT_PT))

    def _slid_line(self, value: float) -> None:
        self.change(line_scale=within(round(value, 2), LINE_SCALE))

    def _typed_side(self, side: str, value: float | None) -> None:
        limits = PIXELS if self._style.size.unit == "px" else MILLIMETRES
        self._typed(side, value, limits)

    def _typed_dpi(self, value: float | None) -> None:
        self._typed("dpi", value, DPI)

    def _typed(self, name: str, value: float | None, limits: tuple[float, float]) -> None:
        if value is None:
            self._show()
            return
        self.change_size(**{name: within(value, limits)})

    def _show(self) -> None:
        style, size = self._style, self._style.size
        self._presets.set_value(self._preset)
        self._width.show_number(size.width)
        self._height.show_number(size.height)
        self._unit.set_value(size.unit)
        self._dpi.show_number(size.dpi)
        self._columns.set_number(style.columns)
        if not self._title.hasFocus():
            self._title.show_text(style.title)
        self._dark.set_value("dark" if style.dark else "light")
        self._legend.set_value(style.legend)
        self._font.set_number(style.font_pt)
        self._font_number.setText(f"{style.font_pt:g} pt")
        self._line.set_number(style.line_scale)
        self._line_number.setText(f"{style.line_scale:.2g} ×")
        for name, toggle in self._toggles.items():
            toggle.setChecked(bool(getattr(style, name)))
