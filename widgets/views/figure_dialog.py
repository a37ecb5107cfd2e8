"""The dialog that makes a figure of charts: what it will be like, and how it is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QImage,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QShortcut,
)
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from eventglass.app.core.export import check_target, replacing
from eventglass.app.models.tasks import TaskControl
from eventglass.app.models.theme import DARK, LIGHT, Theme
from eventglass.widgets.controls.buttons import PillButton
from eventglass.widgets.plots.chart import Chart
from eventglass.widgets.plots.figure import (
    FigureSpec,
    FigureStyle,
    make_picture,
    render_figure,
)
from eventglass.widgets.plots.figure_writers import SUFFIXES, UNITS_PER_INCH, image
from eventglass.widgets.views.figure_options import FigureOptions
from eventglass.widgets.views.figure_panels import MOST_PANELS, figure_panels, on_ground
from eventglass.widgets.views.figure_presets import restored, saved
from eventglass.widgets.views.save_bar import SaveBar, ask_path, file_name

if TYPE_CHECKING:
    from eventglass.app.models.cards import Card
    from eventglass.widgets.view import ViewContext

_FILTERS = ("PNG picture (*.png)", "SVG drawing (*.svg)", "PDF document (*.pdf)")
#: The preview is made when nothing was changed for so long.
_REST_MS = 40


def open_figure_dialog(
    parent: QWidget,
    context: ViewContext,
    cards: Sequence[Card],
    charts: Sequence[Chart] | None = None,
) -> FigureDialog:
    """Open the dialog for some cards; `charts` that show them now give their ranges."""
    dialog = FigureDialog(context, cards, charts, parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.show()
    return dialog


class Preview(QWidget):
    """Shows the figure as large as there is room for it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._image: QImage | None = None
        self._on_dark = False
        self.setMinimumSize(360, 260)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Preview of the figure")
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Room to judge a figure."""
        return QSize(720, 520)

    def show_image(self, made: QImage | None, *, on_dark: bool = False) -> None:
        """Show a picture of the figure; `on_dark`: it is made for a dark ground."""
        self._image, self._on_dark = made, on_dark
        self.update()

    @property
    def image(self) -> QImage | None:
        """The picture shown."""
        return self._image

    def room(self) -> tuple[float, float]:
        """Return how large the figure may be, device-independent pixels."""
        return max(self.width() - 48.0, 1.0), max(self.height() - 48.0, 1.0)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the figure in the middle, on a chequered ground where it is transparent."""
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self._theme.colour("window"))
            if self._image is None:
                return
            ratio = self._image.devicePixelRatio()
            width, height = self._image.width() / ratio, self._image.height() / ratio
            wide, high = self.room()
            scale = min(wide / width, high / height)
            width, height = width * scale, height * scale
            box = QRectF(
                round((self.width() - width) / 2),
                round((self.height() - height) / 2),
                width,
                height,
            )
            if self._image.hasAlphaChannel():
                painter.drawTiledPixmap(box, _chequers(self._on_dark))
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(box, self._image)
            painter.setPen(self._theme.colour("border"))
            painter.drawRect(box.adjusted(-0.5, -0.5, 0.5, 0.5))


def _chequers(dark: bool) -> QPixmap:
    """Return a tile of two quiet squares, for what can be seen through."""
    tile = QPixmap(16, 16)
    one, other = (DARK.surface, DARK.raised) if dark else (LIGHT.surface, LIGHT.raised)
    tile.fill(QColor(one))
    with QPainter(tile) as painter:
        painter.fillRect(0, 0, 8, 8, QColor(other))
        painter.fillRect(8, 8, 8, 8, QColor(other))
    return tile


class FigureDialog(QDialog):
    """Preview at the left, options at the right, what to do with it below."""

    def __init__(
        self,
        context: ViewContext,
        cards: Sequence[Card],
        charts: Sequence[Chart] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._cards = tuple(cards)
        #: So many of the cards were shown by charts, whose ranges are kept.
        self._charts = len(charts or ())
        self._panels = figure_panels(context, self._cards, charts)
        theme = context.theme
        self.setWindowTitle("Export figure")
        # Frame and title bar must find room on a small screen too.
        self.resize(QSize(1120, 720).boundedTo(self.screen().availableSize() - QSize(40, 60)))
        preset, style = restored(context.settings.text("figure"), len(self._panels))
        if len(self._panels) == 1:
            style = replace(style, panel_titles=True)
        self.options = FigureOptions(theme, len(self._panels), preset, style)
        self.preview = Preview(theme)
        self._facts = QLabel()
        self._facts.setObjectName("small")
        self._facts.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._copy = PillButton(theme, "Copy", "copy")
        self._save = PillButton(theme, "Save…", primary=True)
        self.bar = SaveBar(theme, (self._copy, self._save))
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._make_preview)
        self._lay_out()
        self.options.changed.connect(self._options_changed)
        self._copy.clicked.connect(self.copy)
        self._save.clicked.connect(self.save)
        self.bar.cancelled.connect(self.cancel)
        self._copy.setToolTip("Copy the figure (Ctrl+C)")
        self._save.setToolTip("Save the figure (Ctrl+S)")
        for keys, run in ((QKeySequence.StandardKey.Copy, self.copy), ("Ctrl+S", self.save)):
            QShortcut(QKeySequence(keys), self, run)
        context.lines.ready.connect(self._lines_ready)
        if len(self._cards) > MOST_PANELS:
            self.bar.tell(f"The first {MOST_PANELS} of {len(self._cards):,} charts")
        self._options_changed()
        # Not a field of text, which would keep Ctrl+C for itself.
        self._save.setFocus()

    def _lay_out(self) -> None:
        area = QScrollArea()
        self.options.setFixedWidth(320)
        area.setWidget(self.options)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFixedWidth(330)
        left = QWidget()
        left.setObjectName("viewContent")
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 10)
        column.setSpacing(0)
        column.addWidget(self.preview, 1)
        column.addWidget(self._facts)
        line = QFrame()
        line.setObjectName("line")
        line.setFixedWidth(1)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(left, 1)
        row.addWidget(line)
        row.addWidget(area)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(row, 1)
        whole.addWidget(self.bar)

    # -- what it is

    @property
    def style_now(self) -> FigureStyle:
        """The style chosen."""
        return self.options.figure_style

    def spec(self) -> FigureSpec:
        """Return the figure as it stands."""
        style = self.style_now
        return FigureSpec(on_ground(self._context, self._panels, style.dark), style)

    def _options_changed(self) -> None:
        style = self.style_now
        wide, high = style.size.pixels
        millimetres = [each * 25.4 / UNITS_PER_INCH for each in style.size.units]
        self._facts.setText(
            f"{wide:,} × {high:,} px · {millimetres[0]:.0f} × {millimetres[1]:.0f} mm "
            f"at {style.size.dpi:g} dpi"
        )
        self._rest.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make the preview anew for the room there is."""
        super().resizeEvent(event)
        self._rest.start()

    def _lines_ready(self, key: str) -> None:
        """Take over lines that were still being smoothed when the dialog opened."""
        numbers = [n for n, card in enumerate(self._cards[:MOST_PANELS]) if card.key == key]
        if not numbers:
            return
        panels = list(self._panels)
        for number in numbers:
            card = self._cards[number]
            if number >= self._charts:
                [panels[number]] = figure_panels(self._context, [card], None)
            else:
                curves = tuple(self._context.lines.curves(card))
                panels[number] = replace(panels[number], curves=curves)
        self._panels = tuple(panels)
        self._rest.start()

    def _make_preview(self) -> None:
        spec = self.spec()
        wide, high = self.preview.room()
        units = spec.style.size.units
        ratio = self.devicePixelRatioF()
        scale = min(wide / max(units[0], 16.0), high / max(units[1], 16.0))

        def work(_control: TaskControl) -> QImage:
            dpi = UNITS_PER_INCH * scale * ratio
            made = image(make_picture(spec, dpi), dpi)
            made.setDevicePixelRatio(ratio)
            return made

        def show(made: QImage) -> None:
            self.preview.show_image(made, on_dark=spec.style.dark)

        self._context.tasks.submit((id(self), "preview"), work, show, self._preview_failed)

    def _preview_failed(self, error: Exception) -> None:
        self.preview.show_image(None)
        self.bar.complain(error)

    # -- what is done with it

    def copy(self) -> None:
        """Put the figure on the clipboard, as picture and as drawing."""
        if self.bar.is_busy:
            return
        spec = self.spec()

        def work(_control: TaskControl) -> tuple[QImage, bytes]:
            dpi = spec.style.size.dpi
            return image(make_picture(spec, dpi), dpi), render_figure(spec, ".svg")

        self.bar.set_busy(True, "Making the figure…")
        self._context.tasks.submit((id(self), "make"), work, self._copied, self.bar.complain)

    def _copied(self, made: tuple[QImage, bytes]) -> None:
        data = QMimeData()
        data.setImageData(made[0])
        data.setData("image/svg+xml", made[1])
        QGuiApplication.clipboard().setMimeData(data)
        self.bar.set_busy(False, "Copied as picture and as SVG")
        self._remember()

    def save(self) -> None:
        """Ask where to save the figure, and save it there."""
        if self.bar.is_busy:
            return
        titles = [self.style_now.title, *(card.title for card in self._cards[:1])]
        name = file_name(next((each for each in titles if each.strip()), "figure"), ".png")
        path = ask_path(self, self._context.settings, "Save the figure", name, _FILTERS, ".png")
        if path is not None:
            self.save_to(path)

    def save_to(self, path: Path) -> None:
        """Save the figure; its suffix says the format."""
        suffix = path.suffix.lower()
        if suffix not in SUFFIXES:
            wanted = ", ".join(SUFFIXES)
            self.bar.complain(f"The name must end in {wanted}: {path.name}")
            return
        spec = self.spec()
        opened = [root.path for root in self._context.store.roots]

        def work(control: TaskControl) -> Path | None:
            check_target(opened, path)
            data = render_figure(spec, suffix)
            if control.cancelled:
                return None
            with replacing(path) as temporary:
                temporary.write_bytes(data)
            return path

        self.bar.set_busy(True, "Making the figure…")
        self._context.tasks.submit((id(self), "make"), work, self._saved, self.bar.complain)

    def _saved(self, path: Path | None) -> None:
        self.bar.set_busy(False, f"Saved: {path}" if path is not None else "")
        self._remember()

    def cancel(self) -> None:
        """Forget what is under way."""
        self._context.tasks.cancel((id(self), "make"))
        self.bar.set_busy(False, "Cancelled; nothing was written")

    def _remember(self) -> None:
        self._context.settings.set("figure", saved(self.options.preset, self.style_now))

    def done(self, result: int) -> None:
        """Drop what nobody waits for any more."""
        for what in ("preview", "make"):
            self._context.tasks.cancel((id(self), what))
        self._rest.stop()
        for card in self._cards[self._charts :]:
            self._context.lines.forget(card.key)
        self._remember()
        super().done(result)


__all__ = ["FigureDialog", "Preview", "open_figure_dialog"]
