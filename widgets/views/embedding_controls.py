"""What can be set for embeddings: in the tool bar, and the sections for projection and looks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from eventglass.app.core.compute.colour_maps import COLOUR_MAPS
from eventglass.app.models.embedding_columns import colour_column, label_column
from eventglass.app.models.embedding_options import (
    NO_COLUMN,
    PROJECTIONS,
)
from eventglass.app.models.embedding_projecting import is_sphereised
from eventglass.app.models.theme import Theme
from eventglass.widgets.controls.buttons import Choice, IconButton, PillButton, Segmented, Toggle
from eventglass.widgets.controls.fields import FieldMessage, NumberBox, NumberField, TextField
from eventglass.widgets.controls.picker import Picker
from eventglass.widgets.controls.section import FoldSection, More
from eventglass.widgets.controls.slider import Slider

if TYPE_CHECKING:
    from eventglass.widgets.plots.gl_pointer import Tool
    from eventglass.widgets.views.embeddings import EmbeddingsView

PLANES = (("3", "3D"), ("2", "2D"))
TOOLS: tuple[tuple[Tool, str, str], ...] = (
    ("orbit", "orbit", "Turn and move the scene (Escape)"),
    ("box", "select-box", "Select in a box (B)"),
    ("lasso", "lasso", "Select with a lasso (L)"),
)
LABELS = (("none", "Pointed at"), ("marked", "Selected"), ("all", "All that fit"))
UMAP_METRICS = (("euclidean", "Euclidean"), ("cosine", "Cosine"))
_SLIDER_PX = 86


class EmbeddingToolBar(QWidget):
    """Projection, dimensions, what dragging does."""

    def __init__(self, view: EmbeddingsView) -> None:
        super().__init__()
        theme = view.context.theme
        self._view = view
        self.projection = Segmented(theme, "Projection", PROJECTIONS)
        self.projection.chosen.connect(self._project)
        self.planes = Segmented(theme, "Dimensions of the picture", PLANES)
        self.planes.chosen.connect(self._flatten)
        self.tools: dict[str, IconButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.projection)
        row.addWidget(self.planes)
        row.addSpacing(2)
        for tool, icon_name, name in TOOLS:
            button = IconButton(theme, icon_name, name, self)
            button.setCheckable(True)
            button.clicked.connect(partial(self._take_tool, tool))
            self.tools[tool] = button
            row.addWidget(button)
        self.fit = IconButton(theme, "fit", "Show all points (F)", self)
        self.fit.clicked.connect(view.fit)
        row.addWidget(self.fit)
        view.changed.connect(self.sync)
        self.sync()

    def sync(self) -> None:
        """Show what is in force."""
        options = self._view.options
        self.projection.set_value(options.projection)
        self.planes.set_value("2" if options.planar else "3")
        for tool, button in self.tools.items():
            button.setChecked(self._view.scene.tool == tool)

    def _project(self, value: str) -> None:
        self._view.edit("Change the projection", projection=value)

    def _flatten(self, value: str) -> None:
        self._view.edit("Change the dimensions", planar=value == "2")

    def _take_tool(self, tool: Tool, _checked: bool = False) -> None:
        self._view.take_tool(tool)


class ShareBars(QWidget):
    """The share of each principal component of the variance, those that are shown lit."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.shares: tuple[float, ...] = ()
        self._lit: frozenset[int] = frozenset()
        self.setFixedHeight(34)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Variance by component")
        theme.changed.connect(self.update)

    def set_shares(self, shares: Sequence[float], lit: frozenset[int]) -> None:
        """Show shares, 0 to 1."""
        self.shares, self._lit = tuple(shares), lit
        self.setAccessibleDescription(", ".join(f"{100 * share:.1f} %" for share in shares))
        self.setToolTip(
            "\n".join(f"Component {i + 1}: {100 * s:.2f} %" for i, s in enumerate(self.shares[:20]))
        )
        self.setVisible(bool(shares))
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(160, 34)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The bars, and their numbers below."""
        del event
        shares = self.shares[:20]
        if not shares:
            return
        theme, most = self._theme, max(*shares, 1e-12)
        step = self.width() / len(shares)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(theme.font(10, tabular=True))
            for i, share in enumerate(shares):
                high = max(20.0 * share / most, 1.0)
                lit = i in self._lit
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.colour("accent") if lit else theme.colour("track"))
                box = QRectF(i * step + 1.5, 20 - high, max(step - 3, 1.0), high)
                painter.drawRoundedRect(box, 1.5, 1.5)
                painter.setPen(theme.colour("text" if lit else "text_muted"))
                label = QRectF(i * step, 21, step, 12)
                painter.drawText(label, Qt.AlignmentFlag.AlignCenter, str(i + 1))


class ProjectionSection(FoldSection):
    """The settings of the projection in force, and nothing of the others."""

    def __init__(self, view: EmbeddingsView) -> None:
        super().__init__(view.context.theme, "Projection")
        self._view = view
        self._fills: list[Callable[[], None]] = []
        theme = view.context.theme
        self.axes = [
            Picker(theme, f"Axis {name}", partial(self._axis_choices, place), widest_px=150)
            for place, name in enumerate("xyz")
        ]
        for place, picker in enumerate(self.axes):
            picker.chosen.connect(partial(self._choose_axis, place))
        # principal components
        self.bars = ShareBars(theme)
        self.add_widget(self.bars)
        for name, picker in zip("XYZ", self.axes, strict=True):
            self.add_row(name, picker)
        # axes of one's own
        self.column = Picker(theme, "Search in", self._columns, "Label", widest_px=150)
        self.column.chosen.connect(partial(view.choose, "Change the axes", "axis_column"))
        self.add_row("Search in", self.column, "Column in which the texts below are looked for")
        self.texts: dict[str, TextField] = {}
        for field, name in (
            ("axis_left", "Left"),
            ("axis_right", "Right"),
            ("axis_down", "Below"),
            ("axis_up", "Above"),
        ):
            box = TextField(f"Rows that lie {name.casefold()}", "text or /regex/")
            box.setFixedWidth(150)
            box.committed.connect(partial(self._set_text, field))
            self.texts[field] = box
            self.add_row(name, box, "The axis leads from the middle of the one to the other")
        # t-SNE and UMAP
        self.perplexity = self._slider("Perplexity", "perplexity", 2, 100, 1)
        self.rate = self._number("Learning rate", "learning_rate", "Auto")
        self.iterations = self._number("Iterations", "iterations", "500", whole=True, least=0)
        self.iterations.setToolTip("After 250 of early exaggeration; 0: until it is stopped")
        self.near = self._slider("Neighbours", "umap_neighbours", 2, 100, 1, whole=True)
        self.distance = self._slider("Least distance", "umap_distance", 0.0, 0.99, 0.01)
        self.measure = Choice(theme, "Metric", UMAP_METRICS)
        self.measure.chosen.connect(partial(view.choose, "Change the metric", "umap_metric"))
        self.add_row("Metric", self.measure)
        self.supervise = Picker(theme, "Supervise", self._columns_or_none, "No", widest_px=150)
        self.supervise.chosen.connect(partial(view.choose, "Supervise", "supervise"))
        self.add_row("Supervise by", self.supervise, "Points of one value are drawn together")
        self.strength = self._slider("Strength", "supervision", 0.0, 1.0, 0.05)
        self.seed = self._number("Seed", "seed", "0", whole=True, least=0)
        # all
        self.sphereise = Toggle(theme, "Sphereise")
        self.sphereise.clicked.connect(self._set_sphereised)
        self.add_row(
            "Sphereise",
            self.sphereise,
            "Subtract the mean and make all vectors one long, before projecting and looking for "
            "neighbours",
        )
        self.run = PillButton(theme, "Run again", "refresh")
        self.pause = PillButton(theme, "Pause", "pause")
        self.run.clicked.connect(view.model.run_again)
        self.pause.clicked.connect(view.model.pause)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(0, 4, 0, 0)
        buttons.setSpacing(6)
        buttons.addWidget(self.run)
        buttons.addWidget(self.pause)
        buttons.addStretch(1)
        self._buttons = self.add_layout(buttons)
        self.message = FieldMessage()
        self.add_widget(self.message)
        view.changed.connect(self.sync)
        self.sync()

    def sync(self) -> None:
        """Show the settings of the projection in force."""
        view, options = self._view, self._view.options
        model = view.model
        now = options.projection
        self.set_note(dict(PROJECTIONS)[now])
        self._show_shares()
        apart = now in ("tsne", "umap")
        for place, picker in enumerate(self.axes):
            shown = now in ("pca", "dimensions") and (place < 2 or not options.planar)
            self.show_row(picker, shown)
            chosen = (options.components if now == "pca" else options.dimensions)[place]
            picker.set_value(str(chosen), self._axis_name(chosen))
        self.show_row(self.column, now == "custom" and len(model.facts) > 1)
        self.column.set_value(label_column(model.facts, options.axis_column))
        for field, box in self.texts.items():
            self.show_row(box, now == "custom")
            box.show_text(getattr(options, field))
        for widget in (self.perplexity, self.rate, self.iterations):
            self.show_row(widget, now == "tsne")
        for widget in (self.near, self.distance, self.measure):
            self.show_row(widget, now == "umap")
        self.measure.set_value(options.umap_metric)
        self.show_row(self.seed, apart)
        self.show_row(self.supervise, apart and bool(model.facts))
        self.show_row(self.strength, apart and options.supervise in model.facts)
        self.supervise.set_value(
            options.supervise if options.supervise in model.facts else "", options.supervise
        )
        for fill in self._fills:
            fill()
        dimensions = 0 if model.data is None else model.data.dimensions
        self.sphereise.setChecked(is_sphereised(options, dimensions))
        missing = model.why_not(now)
        self._buttons.setVisible(apart and not missing)
        self.run.set_text("Run again" if model.projection_is(now) else "Run")
        self.pause.setVisible(model.has_job)
        self.pause.set_text("Go on" if model.is_resting else "Pause")
        message, wrong = missing or model.trouble, bool(missing or model.trouble)
        # While it runs the strip below the scene says how far it is.
        if not message and apart and model.info is not None and not model.has_job:
            error = model.info.error
            message = f"{model.info.stage}" + (f", error {error:.3f}" if error == error else "")
        self.message.tell(message, wrong=wrong)

    def _show_shares(self) -> None:
        view = self._view
        options, basis = view.options, view.model.basis
        shares: tuple[float, ...] = ()
        if options.projection == "pca" and basis is not None and basis.components is not None:
            shares = tuple(basis.components.shares.tolist())
        lit = frozenset(options.components[: 2 if options.planar else 3])
        self.bars.set_shares(shares, lit)

    # -- axes

    def _axis_name(self, number: int) -> str:
        if self._view.options.projection != "pca":
            return f"Dimension {number + 1}"
        shares = self.bars.shares
        share = f" · {100 * shares[number]:.1f} %" if number < len(shares) else ""
        return f"PC {number + 1}{share}"

    def _axis_choices(self, _place: int) -> Sequence[tuple[str, str, str]]:
        model = self._view.model
        if model.data is None:
            return []
        most = min(model.data.dimensions, 5000)
        if self._view.options.projection == "pca":
            most = min(most, max(model.count - 1, 1))
            shares = self.bars.shares
            return [
                (
                    str(i),
                    f"Component {i + 1}",
                    f"{100 * shares[i]:.2f} %" if i < len(shares) else "",
                )
                for i in range(most)
            ]
        return [(str(i), f"Dimension {i + 1}", "") for i in range(most)]

    def _choose_axis(self, place: int, value: str) -> None:
        options = self._view.options
        field = "components" if options.projection == "pca" else "dimensions"
        chosen = list(getattr(options, field))
        chosen[place] = int(value)
        self._view.edit("Change an axis", **{field: tuple(chosen)})

    def _set_text(self, field: str, text: str) -> None:
        self._view.edit("Change the axes", **{field: text})

    def _set_sphereised(self, on: bool) -> None:
        self._view.edit("Sphereise", sphereise="on" if on else "off")

    def _columns(self) -> Sequence[tuple[str, str, str]]:
        return [(name, name, each.hint) for name, each in self._view.model.facts.items()]

    def _columns_or_none(self) -> Sequence[tuple[str, str, str]]:
        return [(NO_COLUMN, "No", ""), *self._columns()]

    # -- rows of numbers

    def _slider(
        self,
        name: str,
        field: str,
        low: float,
        high: float,
        step: float,
        *,
        whole: bool = False,
    ) -> QWidget:
        """Add a row of a slider and its number."""
        made = slider_row(self._view, name, field, low, high, step, whole=whole)
        self._fills.append(made.fill)
        self.add_row(name, made)
        return made

    def _number(
        self, name: str, field: str, placeholder: str, *, whole: bool = False, least: float = 0.0
    ) -> QWidget:
        """Add a row of a number one types."""
        box = NumberField(name, placeholder, 84)
        view = self._view

        def take(value: float | None) -> None:
            number = max(value or 0.0, least)
            view.edit(f"Change {name.casefold()}", **{field: int(number) if whole else number})

        def fill() -> None:
            value = getattr(view.options, field)
            box.show_number(None if not value and placeholder == "Auto" else value)

        box.number_committed.connect(take)
        self._fills.append(fill)
        self.add_row(name, box)
        return box


class SliderRow(QWidget):
    """A slider and its number."""

    def __init__(
        self,
        view: EmbeddingsView,
        name: str,
        field: str,
        low: float,
        high: float,
        step: float,
        whole: bool,
    ) -> None:
        super().__init__()
        self._view, self._field, self._whole = view, field, whole
        self._label = f"Change {name.casefold()}"
        self._low, self._high = low, high
        self.slider = Slider(view.context.theme, name, low, high, step)
        self.slider.setFixedWidth(_SLIDER_PX)
        self.number = NumberBox(name)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.slider)
        row.addWidget(self.number)
        self.slider.moved.connect(self._take)
        self.number.editingFinished.connect(self._typed)
        self.fill()

    def fill(self) -> None:
        """Show the number in force."""
        value = float(getattr(self._view.options, self._field))
        self.slider.set_number(value)
        if self._step_is_whole():
            if not (self.number.isModified() and self.number.hasFocus()):
                self.number.setText(f"{value:.0f}")
                self.number.setModified(False)
        else:
            self.number.show_number(value)

    def _step_is_whole(self) -> bool:
        return self._high > 2

    def _take(self, value: float) -> None:
        made: float = int(value) if self._whole else value
        self._view.edit(self._label, **{self._field: made})

    def _typed(self) -> None:
        if not self.number.isModified():
            return
        self.number.setModified(False)
        try:
            value = float(self.number.text().replace(",", "."))
        except ValueError:
            self.fill()
            return
        self._take(min(max(value, self._low), self._high))
        self.fill()


def slider_row(
    view: EmbeddingsView,
    name: str,
    field: str,
    low: float,
    high: float,
    step: float,
    *,
    whole: bool = False,
) -> SliderRow:
    """Return a slider with its number for a field of the options."""
    return SliderRow(view, name, field, low, high, step, whole)


class DisplaySection(FoldSection):
    """Colours, labels, sizes, pictures."""

    def __init__(self, view: EmbeddingsView) -> None:
        super().__init__(view.context.theme, "Display")
        self._view = view
        theme = view.context.theme
        self.colour = Picker(theme, "Colour by", self._colours, "Nothing", widest_px=140)
        self.colour.chosen.connect(partial(view.choose, "Change the colours", "colour_by"))
        self.add_row("Colour by", self.colour)
        self.kind = Toggle(theme, "Numbers as categories")
        self.kind.clicked.connect(self._set_kind)
        self.add_row("As categories", self.kind)
        self.map = Choice(theme, "Colour map", COLOUR_MAPS)
        self.map.chosen.connect(partial(view.choose, "Change the colours", "colour_map"))
        self.add_row("Colour map", self.map)
        self.label = Picker(theme, "Label by", self._labels, "Number", widest_px=140)
        self.label.chosen.connect(partial(view.choose, "Change the labels", "label_by"))
        self.add_row("Label by", self.label)
        self.labels = Choice(theme, "Which points have labels", LABELS)
        self.labels.chosen.connect(partial(view.choose, "Change the labels", "labels"))
        self.add_row("Labels", self.labels, "Labels that would cover each other are left out")
        self.pictures = Toggle(theme, "Pictures")
        self.pictures.clicked.connect(self._set_pictures)
        self.add_row("Pictures", self.pictures, "The sprites that were logged instead of points")
        self.sprite_size = slider_row(view, "Size of pictures", "sprite_size", 8, 96, 1)
        self.add_row("Size", self.sprite_size)
        self.point_size = slider_row(view, "Size of points", "point_size", 1, 24, 0.5)
        self.add_row("Point size", self.point_size)
        self.more = More(theme, "More of the display")
        self.add_widget(self.more)
        self.size_by = Picker(theme, "Size by", self._sizes, "Nothing", widest_px=140)
        self.size_by.chosen.connect(partial(view.choose, "Change the sizes", "size_by"))
        self.add_row("Size by", self.size_by)
        self.axes = self._toggle("Axes", "axes")
        self.fog = self._toggle("Depth fades", "fog")
        self.sequences = self._toggle("Sequences", "sequences")
        self.more.toggled.connect(self.sync)
        view.changed.connect(self.sync)
        self.sync()

    def sync(self) -> None:
        """Show the looks in force."""
        from eventglass.widgets.views.embeddings import MOVEMENT

        view, options, facts = self._view, self._view.options, self._view.model.facts
        colour = colour_column(facts, options.colour_by)
        if options.colour_by == MOVEMENT and view.model.against is not None:
            self.colour.set_value(MOVEMENT, "Movement")
        else:
            self.colour.set_value(colour)
        self.show_row(self.colour, bool(facts) or view.model.against is not None)
        own = facts.get(colour)
        self.show_row(self.kind, own is not None and own.has_bar)
        self.kind.setChecked(options.as_categories)
        self.show_row(self.map, view.colouring.kind == "numbers")
        self.map.set_value(options.colour_map)
        self.label.set_value(label_column(facts, options.label_by))
        self.show_row(self.label, bool(facts))
        self.labels.set_value(options.labels)
        data = view.model.data
        has_sprite = data is not None and data.sprite is not None
        self.show_row(self.pictures, has_sprite)
        self.pictures.setChecked(options.sprites)
        self.show_row(self.sprite_size, has_sprite and options.sprites)
        self.sprite_size.fill()
        self.show_row(self.point_size, not (has_sprite and options.sprites))
        self.point_size.fill()
        more = self.more.isChecked()
        numbers = any(each.is_number for each in facts.values())
        self.show_row(self.size_by, more and numbers)
        self.size_by.set_value(options.size_by if options.size_by in facts else "")
        for toggle, field in (
            (self.axes, "axes"),
            (self.fog, "fog"),
            (self.sequences, "sequences"),
        ):
            toggle.setChecked(getattr(options, field))
        self.show_row(self.axes, more)
        self.show_row(self.fog, more and not options.planar)
        linked = any(name in facts for name in ("__next__", "__seq_next__"))
        self.show_row(self.sequences, more and linked)
        self.set_note(colour)

    def _toggle(self, name: str, field: str) -> Toggle:
        made = Toggle(self._view.context.theme, name)
        made.clicked.connect(partial(self._switch, field, name, made))
        self.add_row(name, made)
        return made

    def _set_kind(self, on: bool) -> None:
        self._view.choose("Change the colours", "as_categories", on)

    def _set_pictures(self, on: bool) -> None:
        self._view.choose("Show pictures", "sprites", on)

    def _switch(self, field: str, name: str, switch: Toggle) -> None:
        # Asked for, not taken from the signal: PySide hands a partial none of its arguments.
        self._view.edit(f"Show {name.casefold()}", **{field: switch.isChecked()})

    def _colours(self) -> Sequence[tuple[str, str, str]]:
        from eventglass.widgets.views.embeddings import MOVEMENT

        rows = [(NO_COLUMN, "Nothing", "")]
        if self._view.model.against is not None:
            rows.append((MOVEMENT, "Movement", "between the two compared"))
        facts = self._view.model.facts
        return [*rows, *((name, name, each.hint) for name, each in facts.items())]

    def _labels(self) -> Sequence[tuple[str, str, str]]:
        facts = self._view.model.facts
        rows = [(name, name, each.hint) for name, each in facts.items()]
        return [(NO_COLUMN, "Number of the row", ""), *rows]

    def _sizes(self) -> Sequence[tuple[str, str, str]]:
        facts = self._view.model.facts
        rows = [(name, name, each.hint) for name, each in facts.items() if each.is_number]
        return [(NO_COLUMN, "Nothing", "all points are alike"), *rows]
