"""The viewer: one image in full, or several against each other.

Each image follows the shared step or stays at one of its own. Compared two by two they stand side
by side, lie over each other (swipe, blink, onion skin), or their difference is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QPoint, QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QFocusEvent, QImage, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from eventglass.app.core.compute.image_errors import ImageErrors
from eventglass.app.models.alive import alive
from eventglass.app.models.image_comparing import compare_errors, difference_image, source_pixel
from eventglass.app.models.image_rows import ImageRef, ImageRows
from eventglass.app.models.image_store import ImageKey, ImageStore, Shown
from eventglass.app.models.payloads import reason
from eventglass.app.models.picture_looks import look_of
from eventglass.app.models.words import count_text, step_text
from eventglass.widgets.controls.buttons import Choice, IconButton, PillButton, Segmented
from eventglass.widgets.controls.icons import icon
from eventglass.widgets.controls.slider import Slider
from eventglass.widgets.plots.image_canvas import ZOOM_STEP
from eventglass.widgets.plots.image_zoom import ImageZoom
from eventglass.widgets.views.image_tile import ImageTile

if TYPE_CHECKING:
    from eventglass.app.models.pictures import Picture
    from eventglass.app.models.tasks import TaskControl
    from eventglass.widgets.view import ViewContext

MODES = (
    ("side", "Side by side"),
    ("swipe", "Swipe"),
    ("blink", "Blink"),
    ("onion", "Onion"),
    ("difference", "Difference"),
    ("heat", "Error map"),
)
#: In these two images share one canvas.
LAYERED = frozenset({"swipe", "blink", "onion"})
#: Most images at once.
MOST = 16
#: How long each image is seen while they blink.
BLINK_MS = 500
#: Height of what stands above and below the image in a tile.
TILE_EDGES_PX = 76
#: In a narrower viewer names of images are cut short.
ROOMY_PX = 860
#: In a narrower one the pair stands on a line of its own, and the ways to compare in a list.
LINE_PX, SEGMENTS_PX = 700, 460
#: Entries decoded ahead on each side.
AHEAD = 2


@dataclass(frozen=True, slots=True)
class ReadoutRow:
    """The numbers of one image at the pixel that is looked at."""

    name: str
    colour: QColor
    values: tuple[int, ...]
    picture: Picture


@dataclass(frozen=True, slots=True)
class Readout:
    """A pixel and what the images hold there; of the first image."""

    x: int
    y: int
    rows: tuple[ReadoutRow, ...]


class ImageViewer(QWidget):
    """Shows some images in full."""

    #: The user wants back to the gallery.
    closed = Signal()
    #: Other images are shown.
    refs_changed = Signal()
    #: The pixel that is looked at changed, or what it holds.
    readout_changed = Signal()
    #: Figures of the comparison, or the image they are of, changed.
    figures_changed = Signal()
    #: A menu is wanted: `ImageRef`, where on the screen.
    menu_asked = Signal(object, QPoint)
    #: The bytes of an image that can't be shown are wanted.
    raw_asked = Signal(object)

    def __init__(
        self, context: ViewContext, rows: ImageRows, images: ImageStore, parent: QWidget
    ) -> None:
        super().__init__(parent)
        theme = context.theme
        self._context = context
        self._workspace = context.workspace
        self._rows = rows
        self._images = images
        self._refs: tuple[ImageRef, ...] = ()
        self._pair = (0, 1)
        self._current = 0
        self._tiles: list[ImageTile] = []
        self._zoom = ImageZoom(self)
        self._share: QPointF | None = None
        self._errors: ImageErrors | None = None
        self._error_words = ""
        self._difference: QImage | None = None
        self._arranged: tuple[object, ...] = ()
        self._pair_tile = self._make_tile()
        self._pair_tile.canvas.amount_changed.connect(self._amount_moved)
        self._difference_tile = self._make_tile()
        kept = self._difference_tile.slider.sizePolicy()
        # The three canvases are as high as each other.
        kept.setRetainSizeWhenHidden(True)
        self._difference_tile.slider.setSizePolicy(kept)
        self._difference_tile.slider.hide()
        for extra in (self._pair_tile, self._difference_tile):
            extra.remove.hide()
            extra.hide()

        back = PillButton(theme, "Gallery", "back")
        back.setToolTip("Back to the gallery (Esc)")
        back.clicked.connect(self.closed)
        self._title = QLabel()
        self._title.setObjectName("sectionTitle")
        self._facts = QLabel()
        self._facts.setObjectName("muted")
        self._sample = Choice(theme, "Sample", ())
        self._sample.chosen.connect(self._choose_sample)
        self._first = Choice(theme, "First image of the pair", ())
        self._second = Choice(theme, "Second image of the pair", ())
        self._first.chosen.connect(partial(self._choose_pair, 0))
        self._second.chosen.connect(partial(self._choose_pair, 1))
        self._mode = Segmented(theme, "Comparison", MODES)
        self._mode.chosen.connect(self._choose_mode)
        self._mode_list = Choice(theme, "Comparison", MODES)
        self._mode_list.chosen.connect(self._choose_mode)
        self._out = IconButton(theme, "zoom-out", "Zoom out ( − )")
        self._in = IconButton(theme, "zoom-in", "Zoom in ( + )")
        self._fit = IconButton(theme, "fit", "Show all of it (F)")
        self._natural = IconButton(theme, "natural-size", "One pixel for each pixel (1)")
        self._out.clicked.connect(partial(self.zoom_by, 1 / ZOOM_STEP))
        self._in.clicked.connect(partial(self.zoom_by, ZOOM_STEP))
        self._fit.clicked.connect(self.fit)
        self._natural.clicked.connect(self.natural_size)
        self._more = IconButton(theme, "more", "What can be done with the image")
        self._more.clicked.connect(self._ask_menu)
        top = QHBoxLayout()
        top.setContentsMargins(16, 8, 16, 4)
        top.setSpacing(8)
        self._title.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._title.setMinimumWidth(40)
        row: tuple[QWidget, ...] = (back, self._title, self._facts)
        for widget in row:
            top.addWidget(widget)
        top.addStretch(1)
        top.addWidget(self._sample)
        zooms = QHBoxLayout()
        zooms.setSpacing(0)
        row = (self._out, self._in, self._fit, self._natural, self._more)
        for widget in row:
            zooms.addWidget(widget)
        top.addLayout(zooms)

        self._and = QLabel("against")
        self._and.setObjectName("muted")
        pair = QHBoxLayout()
        pair.setSpacing(8)
        row = (self._first, self._and, self._second)
        for widget in row:
            pair.addWidget(widget)
        pair.addStretch(1)
        self._pair_bar = QWidget()
        pair.setContentsMargins(0, 0, 0, 0)
        self._pair_bar.setLayout(pair)
        modes = QGridLayout()
        modes.setContentsMargins(16, 0, 16, 4)
        modes.setSpacing(8)
        modes.addWidget(self._mode, 0, 0)
        # One of the two is seen.
        modes.addWidget(self._mode_list, 0, 0)
        modes.setColumnStretch(1, 1)
        self._modes = modes
        self._mode_bar = QWidget()
        self._mode_bar.setLayout(modes)
        self._amount = Slider(theme, "Share of the second image", 0.0, 1.0, 0.02)
        self._amount.moved.connect(self._amount_chosen)
        self._play = IconButton(theme, "play", "Play the frames")
        self._play.setCheckable(True)
        self._play.setChecked(True)
        self._play.clicked.connect(self._play_toggled)
        self._frame = Slider(theme, "Frame", 0, 1, 1)
        self._frame.moved.connect(self._frame_moved)
        self._frame_text = QLabel()
        self._frame_text.setObjectName("muted")
        self._frame_text.setFont(theme.font(12, tabular=True))
        frames = QHBoxLayout()
        frames.setContentsMargins(16, 0, 16, 4)
        row = (self._play, self._frame, self._frame_text)
        for widget in row:
            frames.addWidget(widget)
        self._frame_bar = QWidget()
        self._frame_bar.setLayout(frames)
        amounts = QHBoxLayout()
        amounts.setContentsMargins(16, 0, 16, 4)
        amounts.addStretch(1)
        amounts.addWidget(self._amount, 2)
        amounts.addStretch(1)
        self._amount_bar = QWidget()
        self._amount_bar.setLayout(amounts)

        self._grid = QGridLayout()
        self._grid.setContentsMargins(16, 4, 16, 8)
        self._grid.setSpacing(12)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(self._mode_bar)
        column.addLayout(self._grid, 1)
        # The panels beside it keep their width, however many tiles there are.
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
        column.addWidget(self._amount_bar)
        column.addWidget(self._frame_bar)
        self._blink = QTimer(self)
        self._blink.setInterval(BLINK_MS)
        self._blink.timeout.connect(self._blink_on)
        self._blinked = 0
        self._film = QTimer(self)
        self._film.setSingleShot(True)
        self._film.timeout.connect(self._next_frame)
        self._zoom.changed.connect(self._show_facts)
        # A click on its buttons would give the focus to the window, and the keys with it.
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._place_pair()
        self._show_playing()

    # -- what is shown ----------------------------------------------------------------------

    @property
    def refs(self) -> tuple[ImageRef, ...]:
        """The images shown."""
        return self._refs

    @property
    def tiles(self) -> tuple[ImageTile, ...]:
        """A tile per image, whether it is seen or not."""
        return tuple(self._tiles)

    @property
    def pair_tile(self) -> ImageTile:
        """The tile of two images over each other."""
        return self._pair_tile

    @property
    def difference_tile(self) -> ImageTile:
        """The tile of the difference."""
        return self._difference_tile

    @property
    def comparing_controls(self) -> tuple[QWidget, ...]:
        """What chooses how, and which two, images are compared; some of them seen."""
        return self._mode, self._mode_list, self._first, self._second

    @property
    def facts(self) -> str:
        """What stands beside the title."""
        return self._facts.text()

    @property
    def zoom(self) -> ImageZoom:
        """The zoom the canvases share while they are locked."""
        return self._zoom

    @property
    def errors(self) -> ImageErrors | None:
        """How far the two images of the pair differ."""
        return self._errors

    @property
    def error_words(self) -> str:
        """Why there are no figures."""
        return self._error_words

    @property
    def mode(self) -> str:
        """How images are compared; "single" with one."""
        return self._workspace.state.images.compare if len(self._refs) > 1 else "single"

    @property
    def pair(self) -> tuple[int, int]:
        """Which two images are compared, by their places."""
        return self._pair

    def show_refs(self, refs: Sequence[ImageRef]) -> None:
        """Show these images."""
        refs = tuple(refs)[:MOST]
        if refs == self._refs:
            return
        fresh = {(r.series_id, r.sample) for r in refs} != {
            (r.series_id, r.sample) for r in self._refs
        }
        self._refs = refs
        last = len(refs) - 1
        self._pair = (0, 1) if max(self._pair) > last or fresh else self._pair
        while len(self._tiles) > len(refs):
            tile = self._tiles.pop()
            self._images.cancel((id(self), len(self._tiles)))
            self._grid.removeWidget(tile)
            tile.hide()
            tile.deleteLater()
        while len(self._tiles) < len(refs):
            tile = self._make_tile()
            at = len(self._tiles)
            tile.slider.moved.connect(partial(self._tile_moved, at))
            tile.slider.hold_toggled.connect(partial(self._tile_held, at))
            tile.raw_asked.connect(partial(self._tile_raw, at))
            tile.removed.connect(partial(self._tile_removed, at))
            self._tiles.append(tile)
        if fresh:
            self._zoom.fit()
            self._errors = None
        self.sync()
        self.refs_changed.emit()

    def sync(self) -> None:
        """Show what the workspace says: steps, looks, the mode."""
        self._arrange()
        for at, ref in enumerate(self._refs):
            self._load(at, ref)
        self._show_bars()
        self._prefetch()

    def options_changed(self) -> None:
        """Show the comparison anew: its mode, or how differences are shown, changed."""
        self._pair_changed()

    def key_of(self, ref: ImageRef) -> ImageKey | None:
        """The image a reference stands for now."""
        place = self.place_of(ref)
        if place < 0:
            return None
        entries = self._rows.entries(ref.series_id)
        return ImageKey(ref.series_id, int(entries.indices[place]), ref.sample)

    def place_of(self, ref: ImageRef) -> int:
        """Place among its series' entries of the one a reference stands for now."""
        wanted = self._workspace.state.step if ref.step is None else ref.step
        return self._rows.entries(ref.series_id).nearest(wanted)

    def step_of(self, ref: ImageRef) -> int | None:
        """Step of the image a reference stands for now."""
        place = self.place_of(ref)
        return int(self._rows.entries(ref.series_id).steps[place]) if place >= 0 else None

    def name_of(self, ref: ImageRef) -> str:
        """What tells an image from the others shown: run, and tag, sample, step where needed."""
        series = self._rows.series(ref.series_id)
        parts = [self._workspace.alias(series.run_id)]
        others = [self._rows.series(other.series_id) for other in self._refs]
        if len({other.tag for other in others}) > 1:
            parts.append(series.tag)
        if len({other.sample for other in self._refs}) > 1:
            parts.append(f"sample {ref.sample + 1}")
        twins = [r for r in self._refs if (r.series_id, r.sample) == (ref.series_id, ref.sample)]
        step = self.step_of(ref)
        if len(twins) > 1 and step is not None:
            parts.append(f"step {step_text(step)}")
        return " · ".join(parts)

    def current_tile(self) -> ImageTile | None:
        """The tile last pointed at, else the first."""
        return self._tiles[self._current] if self._current < len(self._tiles) else None

    def current_ref(self) -> ImageRef | None:
        """The image last pointed at, else the first."""
        return self._refs[self._current] if self._current < len(self._refs) else None

    def is_settled(self) -> bool:
        """Whether every image is there, or known to be broken."""
        look = look_of(self._workspace.state.images)
        return all(
            tile.answered == tile.key and (tile.shown is None or tile.shown.look == look)
            for tile in self._tiles
        )

    # -- zoom -------------------------------------------------------------------------------

    def fit(self) -> None:
        """Show all of each image."""
        for zoom in {tile.canvas.zoom for tile in self._seen_tiles()}:
            zoom.fit()

    def natural_size(self) -> None:
        """Show a pixel of the screen for each of the image."""
        for zoom in {tile.canvas.zoom for tile in self._seen_tiles()}:
            zoom.set(1.0 / self.devicePixelRatioF(), zoom.centre)

    def zoom_by(self, factor: float) -> None:
        """Enlarge the images around their middles."""
        done = set()
        for tile in self._seen_tiles():
            if tile.canvas.zoom not in done:
                done.add(tile.canvas.zoom)
                tile.canvas.zoom_at(factor)

    # -- frames and steps -------------------------------------------------------------------

    def move_entry(self, direction: int) -> None:
        """Go to the next entry (1) or the one before (-1)."""
        ref = self.current_ref()
        if ref is None:
            return
        entries = self._rows.entries(ref.series_id)
        place = min(max(self.place_of(ref) + direction, 0), len(entries) - 1)
        self._tile_moved(self._refs.index(ref), place)

    def move_sample(self, direction: int) -> None:
        """Go to the next sample (1) or the one before (-1) of the entry."""
        count = self._sample_count()
        ref = self.current_ref()
        if ref is not None and count > 1:
            self._choose_sample(str((ref.sample + direction) % count))

    # -- readout ----------------------------------------------------------------------------

    def readout(self) -> Readout | None:
        """What the images hold at the pixel that is looked at."""
        if self._share is None:
            return None
        found = []
        place = None
        look = look_of(self._workspace.state.images)
        for ref, tile in zip(self._refs, self._tiles, strict=False):
            numbers, picture = tile.numbers(), tile.picture()
            if numbers is None or picture is None:
                continue
            height, width = numbers.shape[:2]
            x = min(int(self._share.x() * width), width - 1)
            y = min(int(self._share.y() * height), height - 1)
            if place is None:
                place = source_pixel(x, y, width, height, look)
            values = tuple(int(value) for value in numbers[y, x])
            found.append(ReadoutRow(self.name_of(ref), self._colour(ref), values, picture))
        return Readout(*place, tuple(found)) if place is not None else None

    def unread_rows(self) -> list[ReadoutRow]:
        """The images that could be read if the pointer was over one."""
        found = []
        for ref, tile in zip(self._refs, self._tiles, strict=False):
            picture = tile.picture()
            if picture is not None:
                found.append(ReadoutRow(self.name_of(ref), self._colour(ref), (), picture))
        return found

    # -- tiles ------------------------------------------------------------------------------

    def _make_tile(self) -> ImageTile:
        tile = ImageTile(self._context.theme, self._zoom, self)
        tile.canvas.hovered.connect(self._hovered)
        tile.canvas.resized.connect(self._show_facts)
        tile.canvas.focused.connect(partial(self._reached, tile))
        return tile

    def _seen_tiles(self) -> list[ImageTile]:
        mode = self.mode
        if mode in LAYERED:
            return [self._pair_tile]
        if mode in ("difference", "heat"):
            return [*(self._tiles[i] for i in self._pair), self._difference_tile]
        return list(self._tiles)

    def _arrange(self) -> None:
        """Put the tiles of the mode into the grid."""
        options = self._workspace.state.images
        seen = self._seen_tiles()
        across = self._columns(len(seen))
        arranged = (tuple(map(id, seen)), across, options.lock_zoom)
        if arranged != self._arranged:
            self._arranged = arranged
            focused = any(tile.canvas.hasFocus() for tile in self.findChildren(ImageTile))
            for tile in (*self._tiles, self._pair_tile, self._difference_tile):
                self._grid.removeWidget(tile)
                tile.setVisible(tile in seen)
            for i in range(MOST):
                self._grid.setColumnStretch(i, 1 if i < across else 0)
                self._grid.setRowStretch(i, 1 if i < -(-len(seen) // across) else 0)
            for i, tile in enumerate(seen):
                self._grid.addWidget(tile, i // across, i % across)
                locked = options.lock_zoom or self.mode in ("difference", "heat")
                tile.canvas.set_zoom(self._zoom if locked else ImageZoom(self))
            if focused and seen:
                seen[0].canvas.setFocus()
        for tile in self._tiles:
            tile.remove.setVisible(len(self._tiles) > 1)
        for tile in seen:
            tile.canvas.set_smooth(options.pixels == "smooth")

    def _columns(self, count: int) -> int:
        """How many tiles stand side by side so that images like the first are largest."""
        images = self._tiles[0].canvas.images if self._tiles else ()
        aspect = images[0].width() / max(images[0].height(), 1) if images else 1.0
        width, height = max(self.width(), 1), max(self.height() - 80, 1)

        def size(across: int) -> float:
            down = -(-count // across)
            return min(width / across / aspect, max(height / down - TILE_EDGES_PX, 1))

        def rank(across: int) -> tuple[int, int, int]:
            # As large as others, those are better that leave fewer places empty.
            return round(size(across)), -(-count % across), across

        return max(range(1, count + 1), key=rank, default=1)

    def _load(self, at: int, ref: ImageRef) -> None:
        tile = self._tiles[at]
        entries = self._rows.entries(ref.series_id)
        wanted = self._workspace.state.step if ref.step is None else ref.step
        place = entries.nearest(wanted)
        tile.slider.set_steps(entries.steps.tolist(), place, wanted, ref.step is not None)
        key = self.key_of(ref)
        if key is None:
            tile.key = None
            tile.show_error("Nothing was logged under this tag", can_save=False)
            return
        look = look_of(self._workspace.state.images)
        if tile.key == key and tile.shown is not None and tile.shown.look == look:
            self._title_tile(at)
            return
        if tile.key is not None and tile.key[0] != key[0]:
            tile.frame = 0
        tile.key = key
        self._images.load(
            (id(self), at),
            key,
            look,
            alive(self, partial(self._loaded, at, key)),
            alive(self, partial(self._failed, at, key)),
        )

    def _loaded(self, at: int, key: ImageKey, shown: Shown) -> None:
        if at >= len(self._tiles) or self._tiles[at].key != key:
            return
        tile = self._tiles[at]
        tile.show_image(shown)
        if at == 0:
            first = tile.canvas.images[0]
            self._zoom.reference_width = first.width()
            self._arrange()
        self._title_tile(at)
        self._pair_changed(at)
        self._show_bars()
        self.readout_changed.emit()
        self.figures_changed.emit()

    def _failed(self, at: int, key: ImageKey, error: str) -> None:
        if at >= len(self._tiles) or self._tiles[at].key != key:
            return
        self._tiles[at].show_error(error)
        self._title_tile(at)
        self._pair_changed(at)
        self._show_bars()
        self.figures_changed.emit()

    def _title_tile(self, at: int) -> None:
        ref, tile = self._refs[at], self._tiles[at]
        series = self._rows.series(ref.series_id)
        step = self.step_of(ref)
        name = self.name_of(ref)
        parts = [] if step is None or "step " in name else [f"step {step_text(step)}"]
        if tile.shown is not None and len(tile.shown.movie.frames) > 1:
            parts.append(count_text(len(tile.shown.movie.frames), "frame"))
        picture = tile.picture()
        if picture is not None:
            parts.append(picture.words)
        if self._sample_count() > 1 and "sample " not in name:
            parts.insert(1, f"sample {ref.sample + 1}")
        tip = f"{series.tag}\n{self._workspace.alias(series.run_id)}"
        tile.title.show_texts(name, " · ".join(parts), self._colour(ref), tip)
        tile.canvas.setAccessibleName(f"{name}, {' · '.join(parts)}")

    def _colour(self, ref: ImageRef) -> QColor:
        return self._workspace.colour(self._rows.series(ref.series_id).run_id)

    # -- two images against each other

    def _pair_tiles(self) -> tuple[ImageTile, ImageTile] | None:
        if len(self._tiles) < 2:
            return None
        a, b = self._pair
        return self._tiles[a], self._tiles[b]

    def _pair_changed(self, at: int | None = None) -> None:
        """Show anew what depends on the two images of the pair."""
        pair = self._pair_tiles()
        if pair is None or (at is not None and at not in self._pair):
            return
        self._show_layers()
        self._compare()

    def _show_layers(self) -> None:
        mode, pair = self.mode, self._pair_tiles()
        blinking = mode == "blink" and self.isVisible()
        if blinking != self._blink.isActive():
            if blinking:
                self._blink.start()
            else:
                self._blink.stop()
        if pair is None or mode not in LAYERED:
            return
        a, b = (tile.canvas.images[:1] if tile.shown is not None else () for tile in pair)
        tile = self._pair_tile
        refs = [self._refs[i] for i in self._pair]
        if not a or not b:
            missing = pair[0] if not a else pair[1]
            tile.show_error(missing.error or "It is still being read", can_save=False)
        else:
            first, second = (a[0], b[0])
            if mode == "blink" and self._blinked:
                first, second = second, first
            shown = pair[1 if mode == "blink" and self._blinked else 0]
            tile.canvas.set_images([first, second], shown.numbers())
            tile.show_canvas()
            layering = {"swipe": "swipe", "onion": "onion"}.get(mode, "first")
            tile.canvas.set_layering(layering, tile.canvas.amount)  # type: ignore[arg-type]
        self._amount.set_number(tile.canvas.amount)
        names = [self.name_of(ref) for ref in refs]
        if mode == "blink":
            ref = refs[self._blinked]
            tile.title.show_texts(names[self._blinked], "", self._colour(ref))
        else:
            tile.title.show_texts(names[0], f"and {names[1]}", self._colour(refs[0]))
        steps = self._rows.entries(refs[0].series_id).steps.tolist()
        wanted = self._workspace.state.step if refs[0].step is None else refs[0].step
        tile.slider.set_steps(steps, self.place_of(refs[0]), wanted, refs[0].step is not None)

    def _compare(self) -> None:
        pair = self._pair_tiles()
        if pair is None:
            return
        a, b = pair[0].picture(), pair[1].picture()
        owner = (id(self), "compare")
        if a is None or b is None:
            self._context.tasks.cancel(owner)
            self._errors, self._error_words = None, "One of the images can't be shown"
            self._difference_tile.show_error(self._error_words, can_save=False)
            return
        options = self._workspace.state.images
        look, mode, amplify = look_of(options), self.mode, options.amplify
        drawn = mode in ("difference", "heat")

        def work(control: TaskControl) -> ImageErrors:
            if drawn:
                image = difference_image(a, b, look, mode == "heat", amplify)
                control.report(0.1, image)
            return compare_errors(a, b, control)

        self._context.tasks.submit(
            owner,
            work,
            alive(self, self._compared),
            alive(self, self._not_compared),
            alive(self, self._difference_made),
        )

    def _difference_made(self, _fraction: float, image: object) -> None:
        if isinstance(image, QImage):
            self._difference = image
            tile = self._difference_tile
            tile.canvas.set_images([image])
            tile.show_canvas()
            self._title_difference()

    def _compared(self, errors: ImageErrors) -> None:
        self._errors, self._error_words = errors, ""
        self._title_difference()
        self.figures_changed.emit()

    def _not_compared(self, error: Exception) -> None:
        self._errors, self._error_words = None, reason(error)
        self._difference_tile.show_error(self._error_words, can_save=False)
        self._title_difference()
        self.figures_changed.emit()

    def _title_difference(self) -> None:
        name = "Mean error" if self.mode == "heat" else "Absolute difference"
        factor = self._workspace.state.images.amplify
        facts = f"× {factor:g}" if factor != 1.0 else ""
        grey = self._context.theme.colour("text_muted")
        self._difference_tile.title.show_texts(name, facts, grey)

    # -- bars -------------------------------------------------------------------------------

    def _show_bars(self) -> None:
        several = len(self._refs) > 1
        mode = self.mode
        self._mode_bar.setVisible(several)
        self._mode.set_value(mode)
        self._mode_list.set_value(mode)
        self._amount_bar.setVisible(several and mode in ("onion", "swipe"))
        self._fill_pair()
        count = self._sample_count()
        self._sample.setVisible(count > 1)
        if count > 1:
            if self._sample.count() != count:
                self._sample.clear()
                for i in range(count):
                    self._sample.addItem(f"Sample {i + 1} of {count}", str(i))
            ref = self.current_ref() or self._refs[0]
            self._sample.set_value(str(ref.sample))
        self._show_frames()
        self._show_layers()
        self._show_facts()

    def _fill_pair(self) -> None:
        """Offer the images for the pair; with names that have room."""
        # Side by side, too: the figures in the inspector are those of the pair.
        choosing = len(self._refs) > 2
        self._pair_bar.setVisible(choosing)
        for box, chosen in zip((self._first, self._second), self._pair, strict=True):
            if choosing:
                box.clear()
                # Where there is little room the number must do.
                own_line = SEGMENTS_PX <= self.width() < LINE_PX
                most = 22 if own_line or self.width() >= ROOMY_PX else 8
                for i, ref in enumerate(self._refs):
                    box.addItem(_short(f"{i + 1} {self.name_of(ref)}", most), str(i))
                box.set_value(str(chosen))

    def _place_pair(self) -> None:
        """Give the ways to compare and the pair the room there is."""
        self._mode.setVisible(self.width() >= SEGMENTS_PX)
        self._mode_list.setVisible(self.width() < SEGMENTS_PX)
        self._facts.setVisible(self.width() >= SEGMENTS_PX)
        line, column = (0, 2) if self.width() >= LINE_PX else (1, 0)
        self._modes.addWidget(self._pair_bar, line, column, 1, 1 if line == 0 else -1)

    def _show_facts(self) -> None:
        if not self._refs:
            return
        tags = {self._rows.series(ref.series_id).tag for ref in self._refs}
        self._title.setText(
            next(iter(tags)) if len(tags) == 1 else count_text(len(self._refs), "image")
        )
        seen = self._seen_tiles()
        facts = []
        if seen and seen[0].canvas.images and not seen[0].error:
            ratio = self.devicePixelRatioF()
            facts.append(f"zoom {100 * seen[0].canvas.scale() * ratio:.0f} %")
        self._facts.setText(" · ".join(facts))

    def _sample_count(self) -> int:
        ref = self.current_ref() or (self._refs[0] if self._refs else None)
        if ref is None:
            return 1
        key = self.key_of(ref)
        known = self._images.samples(key.series_id, key.entry) if key is not None else None
        facts = self._images.facts(ref.series_id)
        return known or (facts.samples if facts is not None else 1)

    def _show_frames(self) -> None:
        tile = self._longest()
        count = tile.shown.frame_count if tile is not None and tile.shown is not None else 1
        self._frame_bar.setVisible(count > 1)
        if count > 1 and tile is not None:
            self._frame.set_limits(0, count - 1, 1)
            self._frame.set_number(tile.frame)
            self._frame_text.setText(f"frame {tile.frame + 1} of {count}")
            if self._play.isChecked() and not self._film.isActive() and self.isVisible():
                self._start_film(tile)

    def _longest(self) -> ImageTile | None:
        """The tile with the most frames: it gives the time."""
        shown = [tile for tile in self._tiles if tile.shown is not None and tile.shown.images]
        return max(
            shown, key=lambda tile: tile.shown.frame_count if tile.shown else 0, default=None
        )

    def _start_film(self, tile: ImageTile) -> None:
        if tile.shown is not None and tile.shown.frame_count > 1:
            self._film.start(tile.shown.movie.delays_ms[tile.frame])

    def _next_frame(self) -> None:
        tile = self._longest()
        if tile is None or not self.isVisible() or not self._play.isChecked():
            return
        self._go_to_frame(tile.frame + 1)
        self._start_film(tile)

    def _go_to_frame(self, frame: int) -> None:
        for tile in self._tiles:
            tile.show_frame(frame)
        self._show_frames()
        self._show_layers()
        self.readout_changed.emit()

    def _frame_moved(self, frame: float) -> None:
        self._play.setChecked(False)
        self._show_playing()
        self._film.stop()
        self._go_to_frame(round(frame))
        self._compare()
        self.figures_changed.emit()

    def _play_toggled(self, on: bool) -> None:
        self._show_playing()
        if on:
            self._show_frames()
        else:
            self._film.stop()
            # The figures are those of the frames it stopped at.
            self._compare()
            self.figures_changed.emit()

    def _show_playing(self) -> None:
        on = self._play.isChecked()
        self._play.setIcon(icon(self._context.theme, "pause" if on else "play", "text"))
        self._play.setToolTip("Stop the frames" if on else "Play the frames")

    def _blink_on(self) -> None:
        if not self.isVisible():
            self._blink.stop()
            return
        self._blinked = 1 - self._blinked
        self._show_layers()

    def _amount_moved(self, amount: float) -> None:
        self._amount.set_number(amount)

    def _amount_chosen(self, amount: float) -> None:
        canvas = self._pair_tile.canvas
        canvas.set_layering("swipe" if self.mode == "swipe" else "onion", amount)

    # -- the user ---------------------------------------------------------------------------

    def _choose_mode(self, mode: str) -> None:
        options = self._workspace.state.images
        found = cast(Any, mode)
        self._workspace.edit("Change the comparison", images=replace(options, compare=found))

    def _choose_sample(self, value: str) -> None:
        self.show_refs([replace(ref, sample=int(value)) for ref in self._refs])

    def _choose_pair(self, which: int, value: str) -> None:
        pair = list(self._pair)
        pair[which] = int(value)
        self._pair = (pair[0], pair[1])
        self.sync()
        self._pair_changed()

    def _tile_moved(self, at: int, place: int) -> None:
        ref = self._refs[at]
        step = int(self._rows.entries(ref.series_id).steps[place])
        if ref.step is None:
            self._workspace.set_step(step)
        else:
            self._replace(at, replace(ref, step=step))

    def _tile_held(self, at: int, on: bool) -> None:
        ref = self._refs[at]
        self._replace(at, replace(ref, step=self.step_of(ref) if on else None))

    def _replace(self, at: int, ref: ImageRef) -> None:
        self.show_refs([ref if i == at else old for i, old in enumerate(self._refs)])

    def _tile_removed(self, at: int) -> None:
        for tile in self._tiles:
            tile.key = None
        self.show_refs([ref for i, ref in enumerate(self._refs) if i != at])

    def _tile_raw(self, at: int) -> None:
        self.raw_asked.emit(self._refs[at])

    def _reached(self, tile: ImageTile) -> None:
        if tile in self._tiles:
            self._current = self._tiles.index(tile)
            self.figures_changed.emit()

    def _hovered(self, share: QPointF | None) -> None:
        self._share = share
        seen = self._seen_tiles()
        for tile in seen:
            tile.canvas.set_mark(share if len(seen) > 1 else None)
        self.readout_changed.emit()

    def minimumSizeHint(self) -> QSize:
        """Room for a tile and the most needed buttons."""
        return QSize(360, 240)

    def _ask_menu(self) -> None:
        ref = self.current_ref()
        if ref is not None:
            self.menu_asked.emit(ref, self._more.mapToGlobal(QPoint(0, self._more.height())))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the tiles anew."""
        super().resizeEvent(event)
        self._place_pair()
        if self._refs:
            self._arrange()
            self._fill_pair()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Hand the keys to the image."""
        super().focusInEvent(event)
        seen = self._seen_tiles() if self._refs else []
        tile = self.current_tile()
        if seen:
            (tile if tile in seen else seen[0]).canvas.setFocus()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with an image."""
        for tile in self._tiles:
            if tile.isVisible() and tile.geometry().contains(event.pos()):
                self._reached(tile)
        ref = self.current_ref()
        if ref is not None:
            self.menu_asked.emit(ref, event.globalPos())
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape goes back; left and right go from image to image of the series."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        elif step:
            self.move_entry(step)
        else:
            super().keyPressEvent(event)

    def _prefetch(self) -> None:
        keys: list[ImageKey] = []
        for away in range(1, AHEAD + 1):
            for ref in self._refs[:4]:
                entries = self._rows.entries(ref.series_id)
                place = self.place_of(ref)
                for near in (place + away, place - away):
                    if place >= 0 and 0 <= near < len(entries):
                        entry = int(entries.indices[near])
                        keys.append(ImageKey(ref.series_id, entry, ref.sample))
        self._images.prefetch(keys, look_of(self._workspace.state.images))


def _short(text: str, most: int) -> str:
    """A text with its middle left out where it is long."""
    if len(text) <= most:
        return text
    return f"{text[: most // 2]}…{text[len(text) - most // 2 + 1 :]}"
