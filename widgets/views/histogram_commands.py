"""What can be done with histograms and distributions: commands, menus, exports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import Qt
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QMessageBox

from eventglass.app.core.export import ExportError, check_target, replacing
from eventglass.app.core.export_histograms import What, Written, export_histograms
from eventglass.app.models.commands import Command
from eventglass.app.models.entries import entries_of
from eventglass.app.models.tasks import TaskControl
from eventglass.widgets.plots.figure_writers import FigureError
from eventglass.widgets.views.histogram_card import DistributionCard, HistogramCard
from eventglass.widgets.views.histogram_controls import BINS, CLIPS, MODES
from eventglass.widgets.views.save_bar import ask_path, file_name, trouble

if TYPE_CHECKING:
    from eventglass.app.core.store import Series
    from eventglass.widgets.plots.histogram_scene import Mode
    from eventglass.widgets.views.distributions import DistributionsView
    from eventglass.widgets.views.histogram_cards import HistogramCardsView
    from eventglass.widgets.views.histograms import HistogramsView
    from eventglass.widgets.views.tag_card import TagCard

_NO_CARD = "Point at a card first"
_PICTURES = ("PNG picture (*.png)", "SVG drawing (*.svg)", "PDF document (*.pdf)")
_TABLES = ("Comma-separated values (*.csv)",)


# --- commands -------------------------------------------------------------------------------------


def histogram_commands(view: HistogramsView) -> tuple[Command, ...]:
    """Return the commands of the histograms view."""
    workspace = view.context.workspace

    def options(name: str, value: object) -> None:
        fields: dict[str, Any] = {name: value}
        after = replace(workspace.state.histograms, **fields)
        workspace.edit("Change how histograms are drawn", histograms=after)

    def is_option(name: str, value: object) -> bool:
        return bool(getattr(workspace.state.histograms, name) == value)

    def toggle_log() -> None:
        log = workspace.state.histograms.counts == "log"
        options("counts", "linear" if log else "log")

    made = [
        Command(
            f"histograms.mode_{mode}",
            f"Histograms: {text.lower()}",
            partial(view.set_mode, cast("Mode", mode)),
            "Tools/3",
            (f"Alt+{number}",),
            "histogram",
            checked=partial(is_option, "mode", mode),
            keywords="view mode",
        )
        for number, (mode, text) in enumerate(MODES, 1)
    ]
    made.append(
        Command(
            "histograms.log",
            "Logarithmic counts",
            toggle_log,
            "Tools/3",
            ("L",),
            checked=partial(is_option, "counts", "log"),
            keywords="histogram scale",
        )
    )
    for name, title, values in (
        ("bins", "Bins", BINS),
        ("clip", "Values shown", CLIPS),
        ("runs", "Runs at a single step", (("together", "one card"), ("apart", "side by side"))),
    ):
        made += [
            Command(
                f"histograms.{name}_{value}",
                f"{title}: {text.lower()}",
                partial(options, name, value),
                checked=partial(is_option, name, value),
                keywords="histogram",
            )
            for value, text in values
        ]
    made.append(
        Command(
            "histograms.share_range",
            "One range of values for all runs of a tag",
            lambda: options("share_range", not workspace.state.histograms.share_range),
            checked=partial(is_option, "share_range", True),
        )
    )
    made += _of_cards(view, "histograms")
    return tuple(made)


def distribution_commands(view: DistributionsView) -> tuple[Command, ...]:
    """Return the commands of the distributions view."""
    workspace = view.context.workspace

    def toggle_deviation() -> None:
        options = workspace.state.histograms
        after = replace(options, deviation=not options.deviation)
        workspace.edit("Show mean and deviation", histograms=after)

    def toggle_log() -> None:
        log = workspace.state.y_scale == "log"
        workspace.edit("Change the vertical axis", y_scale="linear" if log else "log")

    return (
        Command(
            "distributions.deviation",
            "Mean and standard deviation in distributions",
            toggle_deviation,
            "Tools/3",
            checked=lambda: workspace.state.histograms.deviation,
        ),
        Command(
            "distributions.log",
            "Logarithmic values",
            toggle_log,
            "Tools/3",
            ("L",),
            checked=lambda: workspace.state.y_scale == "log",
        ),
        *_of_cards(view, "distributions"),
    )


def _of_cards(view: HistogramCardsView, name: str) -> list[Command]:
    def exists() -> bool:
        return view.current_card() is not None

    def with_card(action: Callable[[TagCard], object]) -> None:
        card = view.current_card()
        if card is not None:
            action(card)

    def fit() -> None:
        card = view.current_card()
        for each in (card,) if card is not None else view.cards():
            view.fit_card(each)

    def ask(what: str) -> None:
        with_card(lambda card: card.ask(what))

    def reason() -> str:
        return _NO_CARD

    made = [Command(f"{name}.fit", "Show all values", fit, "Tools/3", ("F",), "fit")]
    for what, title, keys, icon in (
        ("maximise", "Fill the view with the card", ("M",), "expand"),
        ("wide", "Card over the full width", ("W",), ""),
        ("pin", "Pin the card to the top", ("P",), "pin"),
    ):
        made.append(
            Command(
                f"{name}.{what}",
                title,
                partial(ask, what),
                "Tools/3",
                keys,
                icon,
                exists,
                reason=reason,
            )
        )
    others: tuple[tuple[str, str, object, tuple[str, ...]], ...] = (
        ("menu", "Menu of the card", lambda card: card.open_menu(), ("Shift+F10",)),
        ("figure", "Save the card as a figure…", partial(save_figure, view), ()),
        ("buckets", "Export the card's buckets…", partial(save_table, view, "buckets"), ()),
        ("table", "Export percentiles…", partial(save_table, view, "percentiles"), ()),
    )
    for key, title, action, more_keys in others:
        made.append(
            Command(
                f"{name}.{key}",
                title,
                partial(with_card, cast("Callable[[TagCard], object]", action)),
                "Tools/3",
                more_keys,
                enabled=exists,
                reason=reason,
            )
        )
    return made


# --- menus ----------------------------------------------------------------------------------------


def card_menu(view: HistogramsView, card: HistogramCard) -> QMenu:
    """Return the menu of a card of histograms."""
    menu = QMenu(card)
    _exports(menu, view, card)
    menu.addSeparator()
    if card.place is not None:
        tag = card.place.tag
        group = QActionGroup(menu)
        for mode, text in MODES:
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setActionGroup(group)
            action.setChecked(view.mode_of(tag) == mode)
            action.triggered.connect(partial(_set_mode, view, cast("Mode", mode), tag))
        menu.addSeparator()
    _common(menu, view, card, card.plot.is_zoomed())
    return menu


def _set_mode(view: HistogramsView, mode: Mode, tag: str, _checked: bool = False) -> None:
    view.set_mode(mode, tag)


def distribution_menu(view: DistributionsView, card: DistributionCard) -> QMenu:
    """Return the menu of a card of distributions."""
    menu = QMenu(card)
    _exports(menu, view, card)
    menu.addSeparator()
    _common(menu, view, card, card.chart.is_zoomed())
    return menu


def _exports(menu: QMenu, view: HistogramCardsView, card: TagCard) -> None:
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    has_data = card.place is not None and not card.message()
    menu.addAction("Save as figure…", partial(save_figure, view, card)).setEnabled(has_data)
    menu.addAction("Export buckets…", partial(save_table, view, "buckets", card))
    menu.addAction("Export percentiles…", partial(save_table, view, "percentiles", card))
    menu.addAction("Save the raw bytes of the entry at the step…", partial(save_raw, view, card))


def _common(menu: QMenu, view: HistogramCardsView, card: TagCard, zoomed: bool) -> None:
    menu.addAction("Show all values\tF", partial(view.fit_card, card)).setEnabled(zoomed)
    for text, what in (
        ("Full width\tW", "wide"),
        ("Fill the view\tReturn", "maximise"),
        ("Pin to the top\tP", "pin"),
    ):
        action = menu.addAction(text)
        action.setCheckable(True)
        action.setChecked(card.flag(what))
        action.triggered.connect(partial(_ask, card, what))


def _ask(card: TagCard, what: str, _checked: bool = False) -> None:
    card.ask(what)


# --- files ----------------------------------------------------------------------------------------


def save_figure(view: HistogramCardsView, card: TagCard, path: Path | None = None) -> bool:
    """Save a card as a figure; asks where to without a path. Returns whether it began."""
    place = card.place
    if place is None:
        return False
    context = view.context
    names = ", ".join(name for name, _colour in view.runs_of(place)[:3])
    title = f"{place.tag} · {names}"
    if path is None:
        name = file_name(title, ".png")
        path = ask_path(view, context.settings, "Save figure", name, _PICTURES, ".png")
    if path is None:
        return False

    def failed(error: Exception) -> None:
        _complain(view, "The figure was not saved", error)

    try:
        check_target(_opened(view), path)
        render = _renderer(view, card, title, path.suffix.lower())
    except (ExportError, FigureError) as error:
        failed(error)
        return False

    def work(control: TaskControl) -> None:
        made = render()
        if not control.cancelled:
            with replacing(path) as part:
                part.write_bytes(made)

    context.tasks.submit(("save figure", str(path)), work, lambda _none: None, failed)
    return True


def _renderer(
    view: HistogramCardsView, card: TagCard, title: str, suffix: str
) -> Callable[[], bytes]:
    """Return what makes the file's content of what a card shows now, on any thread."""
    from eventglass.app.models.theme import DARK, LIGHT

    tokens = DARK if view.context.theme.dark else LIGHT
    if isinstance(card, HistogramCard):
        from eventglass.widgets.plots.histogram_figure import figure_colours, render_histograms

        shown = card.plot.shown()
        if shown.look.mode == "step" and shown.lines:
            frame = card.plot.frame()
            bars = next((b for b in frame.bars if b is not None), None) if frame else None
            if bars is not None:
                step = int(shown.lines[0].stack.steps[bars.place])
                title = f"{title} · step {step:,}"
        return partial(render_histograms, shown, title, suffix, figure_colours(tokens))
    from eventglass.widgets.plots.figure import (
        FigurePanel,
        FigureSize,
        FigureSpec,
        FigureStyle,
        render_figure,
    )

    assert isinstance(card, DistributionCard)
    chart = card.chart
    scales = chart.layout_now().scales
    panel = FigurePanel(title, chart.curves(), chart.view(), chart.x_kind(), scales)
    style = FigureStyle(
        FigureSize(1280, 800, "px", 192.0), dark=view.context.theme.dark, legend="none"
    )
    return partial(render_figure, FigureSpec((panel,), style), suffix)


def save_table(
    view: HistogramCardsView, what: What, card: TagCard, path: Path | None = None
) -> bool:
    """Export a card's histograms; asks where to without a path. Returns whether it began."""
    place = card.place
    if place is None:
        return False
    context = view.context
    series = [context.store.series[i] for i in place.series_ids]
    if path is None:
        name = file_name(f"{place.tag} {what}", ".csv")
        path = ask_path(view, context.settings, f"Export {what}", name, _TABLES, ".csv")
    if path is None:
        return False
    export_series(view, what, series, path)
    return True


def export_series(
    view: HistogramCardsView, what: What, series: Sequence[Series], path: Path
) -> None:
    """Export series in a task."""
    context = view.context
    restarts = context.workspace.state.restarts

    def work(control: TaskControl) -> Written:
        def report(share: float) -> bool:
            control.report(share)
            return not control.cancelled

        def indices(one: Series) -> list[int]:
            found: list[int] = entries_of(one, restarts).indices.tolist()
            return found

        return export_histograms(context.store, series, path, what, indices, report)

    def done(written: Written) -> None:
        if written.failures:
            QMessageBox.warning(
                view,
                "Eventglass",
                f"{written.entries:,} histograms were written; {written.failures:,} can't be "
                "decoded and are left out",
            )

    def failed(error: Exception) -> None:
        _complain(view, "The data were not exported", error)

    context.tasks.submit(("export histograms", str(path)), work, done, failed)


def save_raw(view: HistogramCardsView, card: TagCard, path: Path | None = None) -> bool:
    """Save the bytes of the entry at the shared step, as they stand in the log."""
    place = card.place
    if place is None:
        return False
    context = view.context
    series = context.store.series[place.series_ids[0]]
    entries = entries_of(series, context.workspace.state.restarts)
    at = entries.nearest(context.workspace.state.step)
    if at < 0:
        return False
    if path is None:
        name = file_name(f"{place.tag} step {int(entries.steps[at])}", ".pb")
        filters = ("Serialized summary value (*.pb)",)
        path = ask_path(view, context.settings, "Save the raw bytes", name, filters, ".pb")
    if path is None:
        return False
    try:
        check_target(_opened(view), path)
        data = context.store.read_payload(series, int(entries.indices[at]))
        with replacing(path) as part:
            part.write_bytes(data)
    except (OSError, EOFError, ExportError) as error:
        _complain(view, "The bytes were not saved", error)
        return False
    return True


def _opened(view: HistogramCardsView) -> list[str]:
    return [root.path for root in view.context.store.roots if not root.closed]


def _complain(view: HistogramCardsView, what: str, error: Exception) -> None:
    QMessageBox.warning(view, "Eventglass", f"{what}.\n\n{trouble(error)}")
