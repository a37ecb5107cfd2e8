"""What can be done with text: commands, the menu of a card, copies and files."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QMessageBox

from eventglass.app.core.export import ExportError, check_target, replacing
from eventglass.app.models.commands import Command
from eventglass.app.models.payloads import reason
from eventglass.app.models.tasks import TaskControl
from eventglass.app.models.text_presenting import plain_text
from eventglass.app.models.words import size_text
from eventglass.widgets.views.save_bar import ask_path, file_name, trouble
from eventglass.widgets.views.text_card import TextCard

if TYPE_CHECKING:
    from eventglass.app.core.plugins.text import Text
    from eventglass.widgets.views.texts import TextsView

_NO_CARD = "Point at a card first"
_TEXTS = ("Text (*.txt)", "Markdown (*.md)", "Tab-separated values (*.tsv)", "All files (*)")
#: A longer text is saved, not copied: other programs freeze when it is pasted.
LONGEST_COPY = 20_000_000


def text_commands(view: TextsView) -> tuple[Command, ...]:
    """Return the commands of the view."""
    workspace = view.context.workspace

    def toggle(name: str, on: object, off: object) -> None:
        now = getattr(workspace.state.texts, name)
        view.set_option("Change how text is shown", **{name: off if now == on else on})

    def is_on(name: str, on: object) -> bool:
        return bool(getattr(workspace.state.texts, name) == on)

    def exists() -> bool:
        return view.current_card() is not None

    def reason_why() -> str:
        return _NO_CARD

    def with_card(action: Callable[[TextCard], object]) -> None:
        card = view.current_card()
        if card is not None:
            action(card)

    def search() -> None:
        view.close_diff()
        view.search_bar.box.setFocus(Qt.FocusReason.ShortcutFocusReason)
        view.search_bar.box.selectAll()

    def ask(what: str, card: TextCard) -> None:
        card.ask(what)

    def part(by: int, card: TextCard) -> None:
        card.parts.go(by)

    made = [
        Command(
            "texts.search",
            "Search in all text…",
            search,
            "Tools/3",
            ("/",),
            "search",
            keywords="find",
        ),
        Command("texts.next", "Next match", partial(view.next_match, 1), "Tools/3", ("F3",)),
        Command(
            "texts.previous",
            "Match before",
            partial(view.next_match, -1),
            "Tools/3",
            ("Shift+F3",),
        ),
    ]
    for key, title, name, on, off, keys in (
        ("rendered", "Text as Markdown", "rendered", True, False, ("R",)),
        ("all", "All steps of every text", "layout", "all", "step", ("A",)),
        ("breaks", "Keep line breaks in Markdown", "keep_breaks", True, False, ()),
        ("wrap", "Wrap long lines of raw text", "wrap", True, False, ()),
        ("inline", "Compare texts inline", "compare", "inline", "side", ()),
        ("only", "Show only what differs", "only_changes", True, False, ()),
    ):
        made.append(
            Command(
                f"texts.{key}",
                title,
                partial(toggle, name, on, off),
                "Tools/4",
                keys,
                checked=partial(is_on, name, on),
                keywords="text raw",
            )
        )
    of_cards: tuple[tuple[str, str, Callable[[TextCard], object], tuple[str, ...], str], ...] = (
        ("compare", "Compare the text with the step before…", view.open_diff, ("C",), "compare"),
        ("maximise", "Fill the view with the card", partial(ask, "maximise"), ("M",), "expand"),
        ("wide", "Let the card be as wide as the view", partial(ask, "wide"), ("W",), "full-width"),
        ("pin", "Pin the card to the top", partial(ask, "pin"), ("P",), "pin"),
        ("next_part", "Next part of a long text", partial(part, 1), ("Ctrl+PgDown",), ""),
        ("part_before", "Part before of a long text", partial(part, -1), ("Ctrl+PgUp",), ""),
        ("copy", "Copy the whole text", partial(copy_text, view), ("Ctrl+Shift+C",), "copy"),
        ("save", "Save the text…", partial(save_text, view), (), "export"),
        ("raw", "Save the raw bytes of the text…", partial(save_raw, view), (), ""),
        ("menu", "Menu of the card", lambda card: card.open_menu(), ("Shift+F10",), ""),
    )
    made += [
        Command(
            f"texts.{key}",
            title,
            partial(with_card, action),
            "Tools/5",
            keys,
            icon,
            exists,
            reason=reason_why,
        )
        for key, title, action, keys, icon in of_cards
    ]
    return tuple(made)


def card_menu(view: TextsView, card: TextCard) -> QMenu:
    """Return the menu of a card."""
    menu = QMenu(card)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    series = view.series_of(card)
    has_entry = card.index >= 0
    chosen = menu.addAction("Copy the selection\tCtrl+C", card.page.copy)
    chosen.setEnabled(card.page.textCursor().hasSelection())
    for text, action in (
        ("Copy the whole text\tCtrl+Shift+C", partial(copy_text, view, card)),
        ("Save the text…", partial(save_text, view, card)),
        ("Save the raw bytes…", partial(save_raw, view, card)),
    ):
        menu.addAction(text, action).setEnabled(has_entry)
    menu.addSeparator()
    compare = menu.addAction("Compare with the step before…\tC", partial(view.open_diff, card))
    compare.setEnabled(has_entry)
    others = [] if series is None else view.groups.tag_series(series.tag)
    if series is not None and len(others) > 1 and has_entry:
        runs = menu.addMenu("Compare with another run")
        for other in others[:30]:
            if other != series.id:
                name = view.context.workspace.alias(view.context.store.series[other].run_id)
                runs.addAction(name.replace("&", "&&"), partial(_compare_runs, view, card, other))
    menu.addSeparator()
    for text, what in (
        ("Fill the view\tReturn", "maximise"),
        ("Full width\tW", "wide"),
        ("Pin to the top\tP", "pin"),
    ):
        entry = menu.addAction(text)
        entry.setCheckable(True)
        entry.setChecked(card.flag(what))
        entry.triggered.connect(partial(_ask, card, what))
    return menu


def _ask(card: TextCard, what: str, _checked: bool = False) -> None:
    card.ask(what)


def _compare_runs(view: TextsView, card: TextCard, other: int) -> None:
    series = view.series_of(card)
    if series is not None and card.entries is not None and view.open_diff(card):
        step = int(card.entries.steps[card.slider.place]) if card.slider.place >= 0 else None
        view.diff.compare_runs(other, series.id, step)


# --- copies and files -----------------------------------------------------------------------------


def copy_text(view: TextsView, card: TextCard) -> None:
    """Copy all of a card's text as it was logged, once it has been read."""
    series = view.series_of(card)
    if series is None or card.index < 0:
        return

    def convert(decoded: Text, _control: TaskControl) -> str:
        return plain_text(decoded.strings)

    def done(text: str) -> None:
        if len(text) > LONGEST_COPY:
            size = size_text(len(text))
            _complain(view, "The text was not copied", f"With {size} it is too long: save it")
        else:
            QGuiApplication.clipboard().setText(text)

    def failed(why: str) -> None:
        _complain(view, "The text was not copied", why)

    owner = ("copy text", id(view))
    view.context.payloads.request(owner, series, card.index, done, failed, convert)


def save_text(view: TextsView, card: TextCard, path: Path | None = None) -> bool:
    """Save all of a card's text as it was logged; asks where to without a path."""
    return _save(view, card, path, raw=False)


def save_raw(view: TextsView, card: TextCard, path: Path | None = None) -> bool:
    """Save the bytes of a card's entry as they stand in the log; asks where to without a path."""
    return _save(view, card, path, raw=True)


def _save(view: TextsView, card: TextCard, path: Path | None, *, raw: bool) -> bool:
    """Write a file in a task; return whether that began."""
    series, context = view.series_of(card), view.context
    if series is None or card.index < 0:
        return False
    index = card.index
    if path is None:
        step = int(series.entries().steps[index])
        suffix = ".pb" if raw else ".txt"
        name = file_name(f"{series.tag} step {step}", suffix)
        title = "Save the raw bytes" if raw else "Save the text"
        filters = ("Serialized summary value (*.pb)",) if raw else _TEXTS
        path = ask_path(view, context.settings, title, name, filters, suffix)
    if path is None:
        return False
    target = path

    def work(_control: TaskControl) -> None:
        check_target([root.path for root in context.store.roots if not root.closed], target)
        if raw:
            data = context.store.read_payload(series, index)
        else:
            text = plain_text(context.payloads.cache.read(series, index).strings)
            data = text.encode("utf-8", errors="backslashreplace")
        with replacing(target) as part:
            part.write_bytes(data)

    def failed(error: Exception) -> None:
        known = isinstance(error, (OSError, ExportError, MemoryError))
        _complain(view, "The text was not saved", trouble(error) if known else reason(error))

    def done(_nothing: None) -> None:
        pass

    context.tasks.submit(("save text", str(target)), work, done, failed)
    return True


def _complain(view: TextsView, what: str, why: str) -> None:
    QMessageBox.warning(view, "Eventglass", f"{what}.\n\n{why}")
