"""What can be done with clips: commands, the menu of a card, files."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QMessageBox

from eventglass.app.core.audio.wav import write_wav
from eventglass.app.core.export import ExportError, check_target, replacing
from eventglass.app.core.plugins import DecodeError
from eventglass.app.models.commands import Command
from eventglass.app.models.tasks import TaskControl
from eventglass.widgets.views.audio_card import AudioCard
from eventglass.widgets.views.audio_controls import SCALES, SHOWN, set_option
from eventglass.widgets.views.save_bar import ask_path, file_name, trouble

if TYPE_CHECKING:
    from eventglass.widgets.views.audio import AudioView

_NO_CARD = "Point at a card first"


# --- commands -------------------------------------------------------------------------------------


def audio_commands(view: AudioView) -> tuple[Command, ...]:
    """Return the commands of the audio view."""
    workspace = view.context.workspace

    def exists() -> bool:
        return view.current_card() is not None

    def has_sound() -> bool:
        card = view.current_card()
        return card is not None and card.sound is not None

    def has_region() -> bool:
        return view.region is not None and has_sound()

    def with_card(action: Callable[[AudioCard], object]) -> None:
        card = view.current_card()
        if card is not None:
            action(card)

    def is_option(name: str, value: object) -> bool:
        return bool(getattr(workspace.state.audio, name) == value)

    def reason() -> str:
        return _NO_CARD

    made = [
        Command(
            "audio.play",
            "Play or pause",
            view.toggle_playing,
            "Tools/3",
            ("K",),
            "play",
            keywords="audio clip sound listen",
        ),
        Command("audio.start", "Go to the start", view.go_to_start, "Tools/3", (), "skip-back"),
        Command(
            "audio.loop",
            "Loop the region or the clip",
            lambda: view.set_looping(not view.is_looping()),
            "Tools/3",
            ("L",),
            "repeat",
            checked=view.is_looping,
            keywords="repeat again",
        ),
        Command(
            "audio.switch",
            "Switch between A and B",
            view.switch,
            "Tools/3",
            ("X",),
            "compare",
            lambda: view.mark("A") is not None and view.mark("B") is not None,
            keywords="compare clips",
            reason=lambda: "Take two clips as A and B first",
        ),
        *(
            Command(
                f"audio.mark_{name.lower()}",
                f"Take the clip as {name}",
                partial(_set_mark, view, name),
                "Tools/3",
                (f"Alt+{name}",),
                enabled=has_sound,
                keywords="compare",
                reason=reason,
            )
            for name in ("A", "B")
        ),
        Command("audio.clear_marks", "Forget A and B", view.clear_marks),
        Command("audio.mute", "Mute or sound on", view.bar.toggle_mute, icon="volume-off"),
        Command(
            "audio.fit",
            "Show the whole clip",
            lambda: view.fit(view.current_card()),
            "Tools/3",
            ("F",),
            "fit",
        ),
        Command(
            "audio.zoom_region",
            "Zoom to the region",
            lambda: with_card(lambda card: card.plot.zoom_to_region()),
            "Tools/3",
            ("Z",),
            "zoom-in",
            has_region,
            reason=lambda: "Drag over a clip to mark a region",
        ),
    ]
    for what, title, key, icon in (
        ("maximise", "Fill the view with the card", "M", "expand"),
        ("pin", "Pin the card to the top", "P", "pin"),
    ):
        ask = partial(_ask_current, view, what)
        made.append(
            Command(f"audio.{what}", title, ask, "Tools/3", (key,), icon, exists, reason=reason)
        )
    made.append(
        Command(
            "audio.menu",
            "Menu of the card",
            lambda: with_card(lambda card: card.open_menu()),
            "Tools/3",
            ("Shift+F10",),
            enabled=exists,
            reason=reason,
        )
    )
    for name, values, words in (("show", SHOWN, "Clips as"), ("scale", SCALES, "Frequencies")):
        made += [
            Command(
                f"audio.{name}_{value}",
                f"{words}: {text.lower()}",
                partial(set_option, workspace, name, value),
                checked=partial(is_option, name, value),
                keywords="audio spectrogram axis",
            )
            for value, text in values
        ]
    made += [
        Command(
            "audio.save_wav",
            "Save the clip as WAV…",
            lambda: with_card(partial(save_wav, view)),
            "Tools/3",
            enabled=has_sound,
            keywords="export audio",
            reason=reason,
        ),
        Command(
            "audio.save_region",
            "Save the region as WAV…",
            lambda: with_card(partial(save_wav, view, region=view.region)),
            "Tools/3",
            enabled=has_region,
            keywords="export audio",
            reason=lambda: "Drag over a clip to mark a region",
        ),
        Command(
            "audio.save_original",
            "Save the clip's original bytes…",
            lambda: with_card(partial(save_original, view)),
            "Tools/3",
            enabled=exists,
            keywords="export audio raw",
            reason=reason,
        ),
    ]
    return tuple(made)


def _set_mark(view: AudioView, name: str) -> None:
    view.set_mark(name, view.current_card())


def _ask_current(view: AudioView, what: str) -> None:
    card = view.current_card()
    if card is not None:
        card.ask(what)


def card_menu(view: AudioView, card: AudioCard) -> QMenu:
    """Return the menu of a card."""
    menu = QMenu(card)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    there = card.sound is not None
    menu.addAction("Save as WAV…", partial(save_wav, view, card)).setEnabled(there)
    region = view.region if card.plot.region is not None else None
    save_region = menu.addAction(
        "Save the region as WAV…", partial(save_wav, view, card, region=region)
    )
    save_region.setEnabled(there and region is not None)
    menu.addAction("Save the original bytes…", partial(save_original, view, card))
    menu.addSeparator()
    for name in ("A", "B"):
        action = menu.addAction(f"Take as {name}\tAlt+{name}", partial(view.set_mark, name, card))
        action.setEnabled(there)
    menu.addSeparator()
    zoomed = card.plot.view() is not None
    menu.addAction("Show the whole clip\tF", partial(view.fit, card)).setEnabled(zoomed)
    zoom = menu.addAction("Zoom to the region\tZ", card.plot.zoom_to_region)
    zoom.setEnabled(card.plot.region is not None)
    for text, what in (("Fill the view\tReturn", "maximise"), ("Pin to the top\tP", "pin")):
        action = menu.addAction(text)
        action.setCheckable(True)
        action.setChecked(card.flag(what))
        action.triggered.connect(partial(_ask, card, what))
    return menu


def _ask(card: AudioCard, what: str, _checked: bool = False) -> None:
    card.ask(what)


# --- files ----------------------------------------------------------------------------------------


def save_wav(
    view: AudioView,
    card: AudioCard,
    path: Path | None = None,
    region: tuple[float, float] | None = None,
) -> bool:
    """Save a card's clip, or a region of it, as WAV; returns whether it was begun.

    Asks where to without a path. Samples of up to 16 bits are written as 16 bits, others as
    32-bit floats, so that nothing is lost.
    """
    sound = card.sound
    if sound is None or not sound.is_whole or card.place is None:
        return False
    samples = sound.samples
    if region is not None:
        samples = samples[round(region[0] * sound.rate) : round(region[1] * sound.rate)]
    if path is None:
        name = file_name(_name_of(view, card), ".wav")
        filters = ("WAV sound (*.wav)",)
        path = ask_path(view, view.context.settings, "Save as WAV", name, filters, ".wav")
    if path is None:
        return False
    target, rate = path, sound.sample_rate or 1.0

    def work(_control: TaskControl) -> None:
        check_target(_opened(view), target)
        with replacing(target) as part:
            write_wav(part, samples, rate)

    _save(view, target, work)
    return True


def save_original(view: AudioView, card: AudioCard, path: Path | None = None) -> bool:
    """Save the bytes of a card's clip as they were logged; returns whether it was begun.

    Of an entry that can't be decoded the bytes of the whole summary value. Asks where to without
    a path.
    """
    clip, place = card.wanted, card.place
    if clip is None or place is None:
        return False
    store, loaded = view.context.store, card.loaded
    ending = ".pb"
    if loaded is not None and loaded.count:
        clip, ending = loaded.clip, loaded.ending
    if path is None:
        name = file_name(_name_of(view, card), ending)
        filters = (f"As logged (*{ending})", "All files (*)")
        title = "Save the original bytes"
        path = ask_path(view, view.context.settings, title, name, filters, ending)
    if path is None:
        return False
    target, chosen = path, clip

    def work(_control: TaskControl) -> None:
        check_target(_opened(view), target)
        try:
            data = view.book.encoded(chosen)
        except (DecodeError, IndexError):
            # The entry itself is damaged: all of it, then.
            data = store.read_payload(store.series[chosen.series_id], chosen.index)
        with replacing(target) as part:
            part.write_bytes(data)

    _save(view, target, work)
    return True


def _name_of(view: AudioView, card: AudioCard) -> str:
    assert card.place is not None
    run, _colour = view.run_of(card.place)
    at = card.slider.place
    step = f" step {int(card.steps[at])}" if 0 <= at < len(card.steps) else ""
    sample = card.loaded.clip.sample if card.loaded is not None else 0
    clip = f" clip {sample + 1}" if card.loaded is not None and card.loaded.count > 1 else ""
    return f"{card.place.tag} {run}{step}{clip}"


def _save(view: AudioView, path: Path, work: Callable[[TaskControl], None]) -> None:
    def done(_nothing: object) -> None:
        """Say nothing: the file is there."""

    view.context.tasks.submit(("save clip", str(path)), work, done, partial(_complain, view))


def _opened(view: AudioView) -> list[str]:
    return [root.path for root in view.context.store.roots if not root.closed]


def _complain(view: AudioView, error: Exception) -> None:
    known = isinstance(error, (ExportError, DecodeError))
    text = str(error) if known else trouble(error)
    QMessageBox.warning(view, "Eventglass", f"The clip was not saved.\n\n{text}")
