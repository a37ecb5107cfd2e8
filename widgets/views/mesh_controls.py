"""What can be set for meshes: in the tool bar and in the inspector."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QWidget

from eventglass.app.core.compute.colour_maps import COLOUR_MAPS
from eventglass.app.models.workspace import FIELDS, VISIBLE_RUNS, Workspace
from eventglass.widgets.controls.buttons import Choice, IconButton, PillButton, Segmented, Toggle
from eventglass.widgets.controls.slider import Slider
from eventglass.widgets.plots.gl_camera import Preset
from eventglass.widgets.views.control_section import ControlSection, SectionColumn

if TYPE_CHECKING:
    from eventglass.widgets.views.meshes import MeshesView

COLOURS = (
    ("logged", "As logged"),
    ("run", "Colour of the run"),
    ("x", "By x"),
    ("y", "By y"),
    ("z", "By z"),
    ("normal", "By normal"),
    ("centre", "Distance to centre"),
    ("distance", "Distance to mesh"),
)
AGAINST = (
    ("run", "Another run"),
    ("first", "The first step"),
    ("previous", "The step before"),
)
SHADINGS = (("logged", "As logged"), ("smooth", "Smooth"), ("flat", "Flat"), ("none", "Unlit"))
WIRES = (("logged", "As logged"), ("none", "None"), ("overlay", "Over faces"), ("only", "Only"))
VERTICES = (("hide", "Hide"), ("show", "Show"), ("only", "Only"))
SHAPES = (("disc", "Disc"), ("square", "Square"), ("sphere", "Sphere"))
LIGHTS = (("logged", "As logged"), ("eye", "From the eye"))
CLIPS = (("none", "None"), ("x", "Along x"), ("y", "Along y"), ("z", "Along z"))
LINKS = (("none", "Each its own"), ("mesh", "One per mesh"), ("all", "One for all"))
UPRIGHTS = (("x", "x"), ("y", "y"), ("z", "z"))
TOOLS = (("orbit", "Look"), ("measure", "Measure"))
PRESETS: tuple[tuple[Preset, str], ...] = (
    ("front", "Front"),
    ("back", "Back"),
    ("left", "Left"),
    ("right", "Right"),
    ("top", "Top"),
    ("bottom", "Bottom"),
    ("isometric", "Isometric"),
)
CARD_WIDTHS = (260.0, 1200.0)
#: Point sizes in pixels; the least stands for "as logged".
POINT_SIZES = (0.0, 24.0)


def set_option(workspace: Workspace, name: str, value: object) -> None:
    """Change one of the options of the mesh view, as one step of undo."""
    fields: dict[str, Any] = {name: value}
    after = replace(workspace.state.meshes, **fields)
    workspace.edit("Change how meshes are shown", meshes=after)


class MeshToolBar(QWidget):
    """What colours meshes, which cards look from the same side, the tool, show all."""

    def __init__(self, view: MeshesView) -> None:
        super().__init__()
        theme = view.context.theme
        self._view = view
        self._workspace = view.context.workspace
        self.colour = Choice(theme, "Colours", COLOURS)
        self.link = Choice(theme, "Cameras", LINKS)
        self.link.setToolTip("Which cards look from the same side")
        self.tool = Segmented(theme, "Tool", TOOLS)
        self.fit = IconButton(theme, "fit", "Show all (F)", self)
        self.colour.chosen.connect(partial(set_option, self._workspace, "colour"))
        self.link.chosen.connect(partial(set_option, self._workspace, "link"))
        self.tool.chosen.connect(view.set_tool)
        self.fit.clicked.connect(self._fit)
        view.tool_changed.connect(self.tool.set_value)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for control in (self.tool, self.colour, self.link, self.fit):
            row.addWidget(control)
        self._workspace.changed.connect(self._sync)
        self._sync(FIELDS)

    def _sync(self, names: frozenset[str]) -> None:
        if "meshes" in names:
            options = self._workspace.state.meshes
            self.colour.set_value(options.colour)
            self.link.set_value(options.link)

    def _fit(self) -> None:
        self._view.fit()


class _MeshSection(ControlSection):
    """A section whose controls each show one of the options."""

    fields: ClassVar[frozenset[str]] = frozenset({"meshes"})

    def __init__(self, view: MeshesView, title: str) -> None:
        super().__init__(view.context.theme, title)
        self._workspace = view.context.workspace
        self._choices: dict[str, Choice] = {}
        self._toggles: dict[str, Toggle] = {}
        self._sliders: dict[str, Slider] = {}

    def add_choice(
        self, name: str, text: str, choices: tuple[tuple[str, str], ...], tip: str = ""
    ) -> Choice:
        """Add one of a few values."""
        control = Choice(self._theme, text, choices)
        control.chosen.connect(partial(set_option, self._workspace, name))
        self.add_row(text, control, tip)
        self._choices[name] = control
        return control

    def add_toggle(self, name: str, text: str, tip: str = "") -> Toggle:
        """Add something that is on or off."""
        control = Toggle(self._theme, tip or text)
        control.clicked.connect(partial(self._flipped, name, control))
        self.add_row(text, control, tip)
        self._toggles[name] = control
        return control

    def add_slider(
        self, name: str, text: str, low: float, high: float, step: float, tip: str = ""
    ) -> Slider:
        """Add a number."""
        control = Slider(self._theme, text, low, high, step)
        control.setFixedWidth(110)
        control.moved.connect(partial(self._slid, name, step))
        self.add_row(text, control, tip)
        self._sliders[name] = control
        return control

    def sync(self) -> None:
        """Show the state of the workspace."""
        options = self._workspace.state.meshes
        for name, choice in self._choices.items():
            choice.set_value(getattr(options, name))
        for name, toggle in self._toggles.items():
            toggle.setChecked(getattr(options, name))
        for name, slider in self._sliders.items():
            slider.set_number(getattr(options, name))

    def _flipped(self, name: str, control: Toggle) -> None:
        # Asked for, not taken from the signal: PySide hands a partial none of its arguments.
        set_option(self._workspace, name, control.isChecked())

    def _slid(self, name: str, step: float, value: float) -> None:
        value = round(value / step) * step
        whole = isinstance(getattr(self._workspace.state.meshes, name), int)
        set_option(self._workspace, name, int(value) if whole else value)


class ColourSection(_MeshSection):
    """What colours vertices."""

    fields: ClassVar[frozenset[str]] = frozenset({"meshes", "baseline", VISIBLE_RUNS})

    def __init__(self, view: MeshesView) -> None:
        super().__init__(view, "Colours")
        self._store = view.context.store
        self.add_choice("colour", "Colour", COLOURS)
        tip = "Distance of each vertex to the nearest vertex there"
        self._against = self.add_choice("against", "Distance to", AGAINST, tip)
        self._run = Choice(self._theme, "Run", ())
        self._run.setMaximumWidth(150)
        self._run.chosen.connect(partial(set_option, self._workspace, "against_run"))
        self.add_row("Run", self._run, "The run whose mesh of the same name is measured to")
        self._map = self.add_choice("colour_map", "Map", COLOUR_MAPS)
        tip = "The ends of the map mean the same for all cards of a mesh"
        self._share = self.add_toggle("share_range", "Share range", tip)

    def sync(self) -> None:
        """Show the state of the workspace."""
        super().sync()
        state = self._workspace.state
        options = state.meshes
        by_value = options.colour in ("x", "y", "z", "centre", "distance")
        self.show_row(self._against, options.colour == "distance")
        other_run = options.colour == "distance" and options.against == "run"
        self.show_row(self._run, other_run)
        self.show_row(self._map, by_value)
        self.show_row(self._share, by_value)
        if other_run:
            self._run.clear()
            auto = "Baseline" if state.baseline else "First other run"
            self._run.addItem(auto, "")
            for run_id in self._workspace.visible_run_ids():
                run = self._store.runs[run_id]
                self._run.addItem(self._workspace.alias(run), run.key)
            self._run.set_value(options.against_run)


class SurfaceSection(_MeshSection):
    """How faces and points look."""

    def __init__(self, view: MeshesView) -> None:
        super().__init__(view, "Surface and points")
        self.add_choice("shading", "Shading", SHADINGS)
        self.add_choice("wireframe", "Edges", WIRES)
        self.add_toggle("back_faces", "Back faces", "Faces are seen from behind as well")
        self.add_choice("vertices", "Vertices", VERTICES, "Of meshes with faces")
        self.add_choice("point_shape", "Point shape", SHAPES)
        tip = "In pixels; at the left end as logged"
        self.add_slider("point_size", "Point size", *POINT_SIZES, 0.5, tip)
        self.add_choice("lights", "Lights", LIGHTS)


class SpaceSection(_MeshSection):
    """What helps to find one's way."""

    def __init__(self, view: MeshesView) -> None:
        super().__init__(view, "Space")
        self._view = view
        self.add_choice("link", "Cameras", LINKS, "Which cards look from the same side")
        tip = "Show all of the mesh again at each step"
        self.add_toggle("fit_each", "Fit each step", tip)
        self.add_choice("up", "Upright", UPRIGHTS, "The axis that stays upright")
        sides = QGridLayout()
        sides.setContentsMargins(0, 2, 0, 4)
        sides.setSpacing(4)
        for column in range(3):
            sides.setColumnStretch(column, 1)
        for number, (name, text) in enumerate(PRESETS):
            button = PillButton(self._theme, text)
            button.setToolTip(f"Look from there (in a scene: {number + 1})")
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.clicked.connect(partial(self._show_from, name))
            sides.addWidget(button, number // 3, number % 3)
        self.add_layout(sides)
        self.add_toggle("box", "Bounding box")
        self.add_toggle("axes", "Axes")
        self.add_toggle("grid", "Grid")
        self.add_toggle("fog", "Fade what is far")
        self._clip = self.add_choice("clip", "Cut", CLIPS, "Cut a part away by a plane")
        self._share = self.add_slider("clip_share", "Cut at", 0.0, 1.0, 0.01)
        tip = "Cut away what lies above the plane"
        self._above = self.add_toggle("clip_above", "Cut above", tip)

    def sync(self) -> None:
        """Show the state of the workspace."""
        super().sync()
        cut = self._workspace.state.meshes.clip != "none"
        self.show_row(self._share, cut)
        self.show_row(self._above, cut)

    def _show_from(self, name: Preset) -> None:
        self._view.show_from(name)


class MeshCardsSection(_MeshSection):
    """How cards of meshes stand."""

    fields: ClassVar[frozenset[str]] = frozenset({"meshes", "hide_empty"})

    def __init__(self, view: MeshesView) -> None:
        super().__init__(view, "Cards")
        self.add_slider("card_width", "Card width", *CARD_WIDTHS, 20)
        self._hide_empty = Toggle(self._theme, "Hide empty cards")
        self.add_row("Hide empty", self._hide_empty, "Leave out cards no run shown has entries for")
        self._hide_empty.clicked.connect(self._set_hide_empty)

    def sync(self) -> None:
        """Show the state of the workspace."""
        super().sync()
        self._hide_empty.setChecked(self._workspace.state.hide_empty)

    def _set_hide_empty(self, on: bool) -> None:
        self._workspace.edit("Hide empty cards" if on else "Show empty cards", hide_empty=on)


class FiguresSection(ControlSection):
    """Figures of the mesh one points at."""

    fields: ClassVar[frozenset[str]] = frozenset({"step"})

    def __init__(self, view: MeshesView) -> None:
        super().__init__(view.context.theme, "Figures")
        self._view = view
        self._text = QLabel("")
        self._text.setObjectName("muted")
        self._text.setWordWrap(True)
        self.add_widget(self._text)
        self._labels: list[tuple[QLabel, QLabel]] = []
        self._table = QGridLayout()
        self._table.setContentsMargins(0, 0, 0, 0)
        self._table.setHorizontalSpacing(10)
        self._table.setVerticalSpacing(3)
        self._table.setColumnStretch(1, 1)
        self.add_layout(self._table)
        view.figures_changed.connect(self.sync)

    def rows(self) -> Mapping[str, str]:
        """What stands there."""
        return {name.text(): value.text() for name, value in self._labels if not name.isHidden()}

    def sync(self) -> None:
        """Show the figures of the current card."""
        card = self._view.current_card()
        rows = card.figures() if card is not None else []
        title = card.accessibleName() if card is not None and rows else ""
        self._text.setText(title or "Point at a card to see its figures")
        while len(self._labels) < len(rows):
            name, value = QLabel(), QLabel()
            name.setObjectName("muted")
            value.setFont(self._theme.font(tabular=True))
            value.setAlignment(Qt.AlignmentFlag.AlignRight)
            value.setWordWrap(True)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            at = len(self._labels)
            self._table.addWidget(name, at, 0, Qt.AlignmentFlag.AlignTop)
            self._table.addWidget(value, at, 1)
            self._labels.append((name, value))
        for number, (name, value) in enumerate(self._labels):
            shown = number < len(rows)
            name.setVisible(shown)
            value.setVisible(shown)
            if shown:
                name.setText(rows[number][0])
                value.setText(rows[number][1])


class MeshInspector(SectionColumn):
    """All that can be set for meshes."""

    def __init__(self, view: MeshesView) -> None:
        super().__init__(
            view.context.workspace,
            (
                ColourSection(view),
                SurfaceSection(view),
                SpaceSection(view),
                FiguresSection(view),
                MeshCardsSection(view),
            ),
        )
