"""What the images view puts into the tool bar and the inspector."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from eventglass.app.core.compute.colour_maps import COLOUR_MAPS
from eventglass.app.models.alive import alive
from eventglass.app.models.image_comparing import Statistics, statistics
from eventglass.app.models.picture_looks import Look
from eventglass.app.models.theme import Theme
from eventglass.app.models.view_options import ImageOptions
from eventglass.app.models.workspace import FIELDS
from eventglass.widgets.controls.buttons import Choice, PillButton, Segmented, Toggle
from eventglass.widgets.controls.section import Section
from eventglass.widgets.controls.slider import Slider
from eventglass.widgets.views.control_section import ControlSection
from eventglass.widgets.views.image_viewer import ReadoutRow

if TYPE_CHECKING:
    from eventglass.widgets.views.images import ImagesView

LAYOUTS = (("steps", "Steps"), ("all", "All steps"), ("samples", "Samples"))
CHANNELS = (
    ("all", "All"),
    ("red", "Red"),
    ("green", "Green"),
    ("blue", "Blue"),
    ("alpha", "Alpha"),
    ("luminance", "Luminance"),
)
THUMBNAILS = (48, 384)
AMPLIFIED = (("1.0", "As it is"), ("2.0", "× 2"), ("4.0", "× 4"), ("8.0", "× 8"), ("16.0", "× 16"))
#: Above the numbers while the pointer is elsewhere.
WHICH_PIXEL = "Pixel under the pointer"
_SLIDER_PX = 110

#: Name, colour and numbers of an image.
PixelRow: TypeAlias = tuple[str, QColor | None, tuple[str, ...]]


class ImageToolBar(QWidget):
    """Size, columns and the comparison, at the right of the tool bar."""

    def __init__(self, view: ImagesView) -> None:
        super().__init__()
        self._view = view
        theme = view.context.theme
        self._workspace = view.context.workspace
        self._label = QLabel("Size")
        self._label.setObjectName("muted")
        self._size = Slider(theme, "Size of thumbnails", *THUMBNAILS, 8)
        self._size.setFixedWidth(110)
        self._label.setBuddy(self._size)
        self._layout = Segmented(theme, "Columns of the gallery", LAYOUTS)
        self.compare = PillButton(theme, "Compare", "compare")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for widget in (self._label, self._size):
            row.addWidget(widget)
        row.addSpacing(4)
        row.addWidget(self._layout)
        row.addWidget(self.compare)
        self._size.moved.connect(self._resize)
        self._layout.chosen.connect(self._lay_out)
        self.compare.clicked.connect(view.compare)
        view.picks_changed.connect(self._sync_picks)
        view.page_changed.connect(self._sync_picks)
        self._workspace.changed.connect(self._sync)
        self._sync(FIELDS)
        self._sync_picks()

    def _resize(self, value: float) -> None:
        self._view.edit("Resize thumbnails", thumbnail=int(value))

    def _lay_out(self, layout: str) -> None:
        self._view.edit("Change the columns of images", layout=layout)

    def _sync(self, names: frozenset[str]) -> None:
        if "images" in names:
            options = self._workspace.state.images
            self._size.set_number(options.thumbnail)
            self._layout.set_value(options.layout)

    def _sync_picks(self) -> None:
        count = len(self._view.picks)
        self.compare.set_text(f"Compare {count}" if count else "Compare runs")
        words = "Compare the images marked" if count else "Compare the runs at this step"
        self.compare.setToolTip(f"{words} (C)")
        self.compare.setEnabled(count != 1 or bool(self._view.picks))
        in_gallery = self._view.in_gallery
        for widget in (self._label, self._size, self._layout, self.compare):
            widget.setVisible(in_gallery)


class ImageInspector(QWidget):
    """Pixel, whole image, display and gallery."""

    def __init__(self, view: ImagesView) -> None:
        super().__init__()
        self._view = view
        self._workspace = view.context.workspace
        self.pixel = PixelSection(view)
        self.whole = WholeSection(view)
        self.display = DisplaySection(view)
        self.gallery = GallerySection(view)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for section in (self.pixel, self.whole, self.display, self.gallery):
            column.addWidget(section)
        self._workspace.changed.connect(self._sync)
        view.page_changed.connect(self._show_page)
        self._sync(FIELDS)
        self._show_page()

    def _sync(self, names: frozenset[str]) -> None:
        if "images" in names:
            self.display.sync()
            self.gallery.sync()

    def _show_page(self) -> None:
        in_gallery = self._view.in_gallery
        self.pixel.setVisible(not in_gallery)
        self.whole.setVisible(not in_gallery)


class PixelSection(Section):
    """What the images hold under the pointer, in their own bits."""

    def __init__(self, view: ImagesView) -> None:
        super().__init__("Pixel")
        self._view = view
        self._theme = view.context.theme
        self._heading = self.findChild(QLabel, "sectionTitle")
        self._hint = QLabel("Point at a pixel")
        self._hint.setObjectName("muted")
        self.add_widget(self._hint)
        self._table = PixelTable(self._theme)
        self.add_widget(self._table)
        view.viewer.readout_changed.connect(self.sync)
        self.sync()

    @property
    def table(self) -> PixelTable:
        """The table of numbers."""
        return self._table

    def sync(self) -> None:
        """Show the numbers."""
        readout = self._view.viewer.readout()
        if self._heading is not None:
            text = f"Pixel {readout.x}, {readout.y}" if readout is not None else WHICH_PIXEL
            self._heading.setText(text)
        rows: list[PixelRow] = []
        names: tuple[str, ...] = ()
        if readout is None:
            names, rows = self._unread()
        else:
            most = max(len(row.values) for row in readout.rows)
            names = channel_names(most)
            rows += [(r.name, r.colour, tuple(map(str, r.values))) for r in readout.rows]
            a, b = self._pair(readout.rows)
            if a is not None and b is not None and len(a.values) == len(b.values):
                same = a.picture.top == b.picture.top
                away = [
                    str(abs(x - y)) if same else f"{abs(x / a.picture.top - y / b.picture.top):.3f}"
                    for x, y in zip(a.values, b.values, strict=True)
                ]
                rows.append(("difference", None, tuple(away)))
        self._table.set_rows(names, rows)
        self._hint.setVisible(not rows)

    def _unread(self) -> tuple[tuple[str, ...], list[PixelRow]]:
        """Heads and rows without numbers: what lies below must not jump when the pointer comes."""
        found = self._view.viewer.unread_rows()
        counts = [row.picture.channels for row in found]
        rows: list[PixelRow] = [
            (row.name, row.colour, ("–",) * count) for row, count in zip(found, counts, strict=True)
        ]
        a, b = self._pair(tuple(found))
        if a is not None and b is not None and a.picture.channels == b.picture.channels:
            rows.append(("difference", None, ("–",) * a.picture.channels))
        return channel_names(max(counts)) if counts else (), rows

    def _pair(self, rows: tuple[object, ...]) -> tuple[ReadoutRow | None, ReadoutRow | None]:
        pair = self._view.viewer.pair
        if len(rows) < 2 or max(pair) >= len(rows):
            return None, None
        a, b = rows[pair[0]], rows[pair[1]]
        if isinstance(a, ReadoutRow) and isinstance(b, ReadoutRow):
            return a, b
        return None, None


class PixelTable(QWidget):
    """Names at the left, a column of numbers per channel at the right."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._names: tuple[str, ...] = ()
        self._rows: list[PixelRow] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Numbers of the pixel")
        theme.changed.connect(self.update)

    def set_rows(self, names: tuple[str, ...], rows: list[PixelRow]) -> None:
        """Show other numbers."""
        if len(rows) != len(self._rows):
            self.updateGeometry()
        self._names, self._rows = names, rows
        self.setAccessibleDescription(
            "; ".join(f"{name}: {', '.join(values)}" for name, _colour, values in rows)
        )
        self.setVisible(bool(rows))
        self.update()

    @property
    def rows(self) -> list[PixelRow]:
        """What it shows: name, colour, numbers."""
        return self._rows

    def sizeHint(self) -> QSize:
        """A line per image and the heads."""
        return QSize(180, 22 * (len(self._rows) + 1))

    def minimumSizeHint(self) -> QSize:
        """The same."""
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the table."""
        theme, right = self._theme, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(theme.font(12, tabular=True))
            width = max(
                [painter.fontMetrics().horizontalAdvance(v) for r in self._rows for v in r[2]]
                + [22]
            )
            width += 10
            for i, name in enumerate(self._names):
                x = self.width() - width * (len(self._names) - i)
                painter.setPen(theme.colour("text_muted"))
                painter.drawText(QRectF(x, 0, width, 20), right, name)
            room = self.width() - width * len(self._names) - 4
            for line, (name, colour, values) in enumerate(self._rows, 1):
                y = 22 * line
                left = 0
                if colour is not None:
                    painter.setPen(Qt.PenStyle.NoPen)
                    painter.setBrush(colour)
                    painter.drawEllipse(QRectF(0, y + 6, 9, 9))
                    left = 14
                painter.setPen(theme.colour("text" if colour is not None else "text_muted"))
                text = painter.fontMetrics().elidedText(
                    name, Qt.TextElideMode.ElideMiddle, room - left
                )
                box = QRectF(left, y, room, 20)
                painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, text)
                painter.setPen(theme.colour("text"))
                for i, value in enumerate(values):
                    x = self.width() - width * (len(self._names) - i)
                    painter.drawText(QRectF(x, y, width, 20), right, value)


class WholeSection(Section):
    """Figures of the comparison and of the image, and its histogram."""

    def __init__(self, view: ImagesView) -> None:
        super().__init__("Whole image")
        self._view = view
        theme = view.context.theme
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(4)
        self._figures: dict[str, QLabel] = {}
        names = ("MAE", "MSE", "PSNR", "SSIM", "Largest", "Pixels that differ", "Range", "Mean")
        for line, name in enumerate(names):
            label = QLabel(name)
            label.setObjectName("muted")
            value = QLabel()
            value.setFont(theme.font(tabular=True))
            value.setAlignment(Qt.AlignmentFlag.AlignRight)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            value.setAccessibleName(name)
            self._grid.addWidget(label, line, 0)
            self._grid.addWidget(value, line, 1)
            self._figures[name] = value
        tips = {
            "MAE": "Mean absolute error, as a share of the largest number",
            "MSE": "Mean squared error, of shares of the largest number",
            "PSNR": "Peak signal to noise ratio: −10 log10 of the mean squared error",
            "SSIM": "Mean structural similarity (11 × 11 Gaussian window, σ 1.5)",
            "Largest": "Largest difference, as a share of the largest number",
        }
        for name, tip in tips.items():
            self._figures[name].setToolTip(tip)
        self._of = QLabel()
        self._of.setObjectName("muted")
        self._of.setWordWrap(True)
        self.add_widget(self._of)
        self.add_layout(self._grid)
        self._why = QLabel()
        self._why.setObjectName("muted")
        self._why.setWordWrap(True)
        self.add_widget(self._why)
        self._histogram = HistogramStrip(theme)
        self.add_widget(self._histogram)
        self._wanted: object = None
        view.viewer.figures_changed.connect(self.sync)
        self.sync()

    @property
    def of(self) -> str:
        """Which images the figures are of, where that is not plain."""
        return self._of.text()

    @property
    def histogram(self) -> HistogramStrip:
        """The drawing of the histogram."""
        return self._histogram

    def figure(self, name: str) -> str:
        """What stands beside a name."""
        return self._figures[name].text()

    def sync(self) -> None:
        """Show the figures there are."""
        viewer = self._view.viewer
        several = len(viewer.refs) > 1
        errors = viewer.errors if several else None
        texts: dict[str, str] = {}
        if errors is not None:
            texts = {
                "MAE": f"{errors.mae:.4f}",
                "MSE": f"{errors.mse:.3g}",
                "PSNR": "∞" if errors.mse == 0 else f"{errors.psnr:.1f} dB",
                "SSIM": "too small" if errors.ssim != errors.ssim else f"{errors.ssim:.4f}",
                "Largest": f"{errors.largest:.4f}",
                "Pixels that differ": f"{errors.differing:,}",
            }
        # Of more than two it must be said which the figures are of.
        names = [viewer.name_of(viewer.refs[i]) for i in viewer.pair] if several else []
        self._of.setText(f"{names[0]} against {names[1]}" if len(viewer.refs) > 2 else "")
        self._of.setVisible(bool(self._of.text()))
        for name in ("MAE", "MSE", "PSNR", "SSIM", "Largest", "Pixels that differ"):
            self._show_figure(name, texts.get(name, ""))
        tile = viewer.current_tile()
        why = tile.error if tile is not None else ""
        if several and errors is None:
            why = viewer.error_words
        self._why.setText(why)
        self._why.setVisible(bool(self._why.text()))
        self._ask_statistics()

    def _ask_statistics(self) -> None:
        tile = self._view.viewer.current_tile()
        picture = tile.picture() if tile is not None else None
        if picture is None:
            self._wanted = None
            self._show_statistics(None)
            return
        if picture is self._wanted:
            return
        self._wanted = picture
        self._view.context.tasks.submit(
            (id(self), "statistics"),
            lambda control: statistics(picture, control),
            alive(self, self._show_statistics),
        )

    def _show_statistics(self, found: Statistics | None) -> None:
        self._histogram.set_statistics(found)
        if found is None or not found.lows:
            self._show_figure("Range", "")
            self._show_figure("Mean", "")
            return
        low, high = min(found.lows), max(found.highs)
        self._show_figure("Range", f"{low:,} to {high:,} of {found.top:,}")
        self._show_figure("Mean", ", ".join(f"{mean:.4g}" for mean in found.means))

    def _show_figure(self, name: str, text: str) -> None:
        value = self._figures[name]
        value.setText(text)
        at = self._grid.getItemPosition(self._grid.indexOf(value))
        line = at[0] if isinstance(at, tuple) else 0
        label = self._grid.itemAtPosition(line, 0)
        widget = label.widget() if label is not None else None
        for each in (value, widget):
            if each is not None:
                each.setVisible(bool(text))


class HistogramStrip(QWidget):
    """The histogram of an image's numbers, a shade per channel; counts as logarithms."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._found: Statistics | None = None
        self._window = (0.0, 1.0)
        self.setFixedHeight(72)
        self.setAccessibleName("Histogram of the numbers")
        theme.changed.connect(self.update)

    @property
    def statistics(self) -> Statistics | None:
        """What it draws."""
        return self._found

    def set_statistics(self, found: Statistics | None) -> None:
        """Draw another image's numbers."""
        self._found = found
        self.setVisible(found is not None)
        self.update()

    def set_window(self, low: float, high: float) -> None:
        """Show which numbers are shown, as shares of the largest."""
        if (low, high) != self._window:
            self._window = (low, high)
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint bars, additive where channels lie over each other."""
        found, theme = self._found, self._theme
        if found is None or not found.counts.size:
            return
        dark = theme.dark
        colours = (
            ["#e5484d", "#30a46c", "#3e7bfa"] if len(found.counts) > 2 else [theme.tokens.text]
        )
        if len(found.counts) in (2, 4):
            colours.append("#98a1b2")
        with QPainter(self) as painter:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("field"))
            painter.drawRoundedRect(QRectF(self.rect()), 4, 4)
            bins = found.counts.shape[1]
            highest = math.log1p(float(found.counts.max())) or 1.0
            room, height = self.width() - 4.0, self.height() - 6.0
            for channel, colour in zip(found.counts, colours, strict=False):
                shade = QColor(colour)
                shade.setAlphaF(0.55 if len(found.counts) > 1 else (0.75 if dark else 0.65))
                painter.setBrush(shade)
                for i, count in enumerate(channel.tolist()):
                    if count:
                        bar = max(height * math.log1p(count) / highest, 1.0)
                        x0 = 2 + int(room * i / bins)
                        x1 = 2 + int(room * (i + 1) / bins)
                        painter.drawRect(QRectF(x0, self.height() - 2 - bar, max(x1 - x0, 1), bar))
            low, high = self._window
            if (low, high) != (0.0, 1.0):
                veil = theme.colour("surface", 0.7)
                painter.fillRect(QRectF(0, 0, 2 + room * low, self.height()), veil)
                painter.fillRect(
                    QRectF(2 + room * high, 0, room * (1 - high) + 2, self.height()), veil
                )


class DisplaySection(ControlSection):
    """Brightness, contrast, gamma, window, channel, colour map, orientation."""

    fields: ClassVar[frozenset[str]] = frozenset({"images"})

    def __init__(self, view: ImagesView) -> None:
        theme = view.context.theme
        super().__init__(theme, "Display")
        self._view = view
        self._sliders: dict[str, Slider] = {}
        self._add_slider("brightness", "Brightness", 0.0, 2.0)
        self._add_slider("contrast", "Contrast", 0.0, 5.0)
        self._add_slider("gamma", "Gamma", 0.1, 4.0)
        self._add_slider("low", "Darkest", 0.0, 1.0, "Numbers below this share are black")
        self._add_slider("high", "Brightest", 0.0, 1.0, "Numbers above this share are white")
        self._stretch = QPushButton("Stretch")
        self._stretch.setToolTip("Darkest and brightest number of the image become black and white")
        self._stretch.clicked.connect(self._stretch_window)
        self._channel = Choice(theme, "Channel", CHANNELS)
        self._map = Choice(theme, "Colour map", (("none", "As logged"), *COLOUR_MAPS[1:]))
        self._pixels = Choice(theme, "Pixels", (("nearest", "Nearest"), ("smooth", "Smooth")))
        self._rotate = Choice(
            theme,
            "Rotate",
            (("0", "Not"), ("90", "90° right"), ("180", "180°"), ("270", "90° left")),
        )
        self._flip = Toggle(theme, "Flip")
        self._amplify = Choice(theme, "Differences", AMPLIFIED)
        self.add_row("Channel", self._channel)
        self.add_row("Colour map", self._map, "For images of one channel, or one channel alone")
        self.add_row("Pixels", self._pixels, "How pixels are enlarged")
        self.add_row("Rotate", self._rotate)
        self.add_row("Flip", self._flip, "Left becomes right")
        self.add_row("Differences", self._amplify, "Enlarge differences to see small ones")
        self._reset = QPushButton("As logged")
        self._reset.setToolTip("Show numbers as they were logged")
        self._reset.clicked.connect(self._reset_all)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(0, 4, 0, 0)
        buttons.setSpacing(8)
        buttons.addWidget(self._stretch)
        buttons.addWidget(self._reset)
        self.add_layout(buttons)
        self._channel.chosen.connect(self._set_channel)
        self._map.chosen.connect(self._set_map)
        self._pixels.chosen.connect(self._set_pixels)
        self._rotate.chosen.connect(self._set_rotation)
        self._flip.clicked.connect(self._set_flip)
        self._amplify.chosen.connect(self._set_amplified)
        self.sync()

    def _add_slider(self, field: str, text: str, low: float, high: float, tip: str = "") -> None:
        slider = Slider(self._theme, text, low, high, 0.01)
        slider.setFixedWidth(_SLIDER_PX)
        slider.moved.connect(lambda value, name=field, word=text: self._set(word, name, value))
        self._sliders[field] = slider
        self.add_row(text, slider, tip)

    def sync(self) -> None:
        """Show the state of the workspace."""
        options = self._view.context.workspace.state.images
        for name, slider in self._sliders.items():
            slider.set_number(getattr(options, name))
            slider.setToolTip(f"{getattr(options, name):.2f}")
        self._channel.set_value(options.channel)
        self._map.set_value(options.colour_map)
        self._pixels.set_value(options.pixels)
        self._rotate.set_value(str(options.rotate))
        self._flip.setChecked(options.flip)
        self._amplify.set_value(str(options.amplify))
        plain = Look()
        changed = sum(
            getattr(options, name) != getattr(plain, name) for name in Look.__dataclass_fields__
        )
        self._reset.setEnabled(bool(changed))
        self.set_note("changed" if changed else "")

    def _set(self, text: str, field: str, value: float) -> None:
        values: dict[str, object] = {field: round(value, 3)}
        options = self._view.context.workspace.state.images
        # The window keeps its sides in order.
        if field == "low" and value > options.high:
            values["high"] = round(value, 3)
        elif field == "high" and value < options.low:
            values["low"] = round(value, 3)
        self._view.edit(f"Change {text.lower()}", **values)

    def _set_channel(self, value: str) -> None:
        self._view.edit("Change the channel", channel=value)

    def _set_map(self, value: str) -> None:
        self._view.edit("Change the colour map", colour_map=value)

    def _set_pixels(self, value: str) -> None:
        self._view.edit("Change how pixels are enlarged", pixels=value)

    def _set_rotation(self, value: str) -> None:
        self._view.edit("Rotate images", rotate=int(value))

    def _set_flip(self, on: bool) -> None:
        self._view.edit("Flip images", flip=on)

    def _set_amplified(self, value: str) -> None:
        self._view.edit("Enlarge differences", amplify=float(value))

    def _stretch_window(self) -> None:
        self._view.stretch_window()

    def _reset_all(self) -> None:
        plain = ImageOptions()
        fields = (*Look.__dataclass_fields__, "pixels")
        self._view.edit("Show images as logged", **{name: getattr(plain, name) for name in fields})


class GallerySection(ControlSection):
    """Size, sample, zoom, animations."""

    fields: ClassVar[frozenset[str]] = frozenset({"images"})

    def __init__(self, view: ImagesView) -> None:
        theme = view.context.theme
        super().__init__(theme, "Gallery")
        self._view = view
        self._size = Slider(theme, "Size of thumbnails", *THUMBNAILS, 8)
        self._size.setFixedWidth(_SLIDER_PX)
        self._columns = Choice(theme, "Columns", LAYOUTS)
        self._sample = Slider(theme, "Sample", 1, 64, 1)
        self._sample.setFixedWidth(_SLIDER_PX)
        self._play = Toggle(theme, "Play animations")
        self._lock = Toggle(theme, "Lock zoom")
        self.add_row("Size", self._size)
        self.add_row("Columns", self._columns)
        self._sample_label = self.add_row("Sample", self._sample, "Which of several samples")
        self.add_row("Play animations", self._play)
        self.add_row("Lock zoom", self._lock, "Images compared are zoomed and moved together")
        self._size.moved.connect(self._set_size)
        self._columns.chosen.connect(self._set_columns)
        self._sample.moved.connect(self._set_sample)
        self._play.clicked.connect(self._set_play)
        self._lock.clicked.connect(self._set_lock)
        view.images.facts_changed.connect(self.sync)
        self.sync()

    def sync(self, _changed: object = None) -> None:
        """Show the state of the workspace."""
        options = self._view.context.workspace.state.images
        self._size.set_number(options.thumbnail)
        self._columns.set_value(options.layout)
        most = max(self._view.images.most_samples, options.sample + 1)
        self._sample.set_limits(1, max(most, 2), 1)
        self._sample.set_number(options.sample + 1)
        self._sample_label.setText(f"Sample {options.sample + 1} of {most}")
        self.show_row(self._sample, most > 1)
        self._play.setChecked(options.play)
        self._lock.setChecked(options.lock_zoom)

    def _set_size(self, value: float) -> None:
        self._view.edit("Resize thumbnails", thumbnail=int(value))

    def _set_columns(self, value: str) -> None:
        self._view.edit("Change the columns of images", layout=value)

    def _set_sample(self, value: float) -> None:
        self._view.edit("Choose a sample", sample=round(value) - 1)

    def _set_play(self, on: bool) -> None:
        self._view.edit("Play animations" if on else "Stop animations", play=on)

    def _set_lock(self, on: bool) -> None:
        self._view.edit("Lock zoom" if on else "Unlock zoom", lock_zoom=on)


def channel_names(count: int) -> tuple[str, ...]:
    """What the channels of an image are called in short."""
    return {1: ("value",), 2: ("value", "A"), 3: ("R", "G", "B"), 4: ("R", "G", "B", "A")}[count]
