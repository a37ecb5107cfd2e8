"""The audio view: a card per tag and run, one player for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QHideEvent
from PySide6.QtWidgets import QWidget

from eventglass.app.core.audio.sounds import Sound
from eventglass.app.core.audio.spectrograms import Spectrogram
from eventglass.app.core.names import Kind
from eventglass.app.core.store import Changes
from eventglass.app.models.alive import alive
from eventglass.app.models.commands import Command
from eventglass.app.models.entries import entries_of
from eventglass.app.models.sound_book import ClipKey, LoadedClip, SoundBook
from eventglass.app.models.tag_groups import TagPlace
from eventglass.app.models.words import step_text
from eventglass.app.models.workspace import VISIBLE_RUNS
from eventglass.widgets.plots.audio_plot import AudioLook
from eventglass.widgets.view import Reason, ViewContext
from eventglass.widgets.views.audio_bar import PLACES, AudioBar
from eventglass.widgets.views.audio_card import AudioCard
from eventglass.widgets.views.audio_player import AudioPlayer
from eventglass.widgets.views.tag_cards import TagCardsView, plain

#: Zooms of so many cards out of view are remembered.
_REMEMBERED = 500

_CONTENT = frozenset({"step", "held_steps", "restarts"})
_LOOKS = frozenset({"run_colours", "run_aliases", "pinned_tags", "audio", VISIBLE_RUNS})


@dataclass(frozen=True, slots=True)
class Heard:
    """A clip that is played, or marked as A or B: the card it belongs to, and where it stands."""

    key: str
    clip: ClipKey
    step: int


class AudioView(TagCardsView[AudioCard]):
    """Shows clips, and plays them one at a time."""

    view_id: ClassVar[str] = "audio"
    title: ClassVar[str] = "Audio"
    icon: ClassVar[str] = "audio"
    order: ClassVar[int] = 50
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.AUDIO})
    words: ClassVar[tuple[str, str]] = ("clip", "clips")
    nouns: ClassVar[tuple[str, str]] = ("audio", "audio")
    heading: ClassVar[str] = "Clips"
    suffix: ClassVar[str] = "/audio_summary"
    card_class = AudioCard

    def __init__(self, context: ViewContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        # Half as much again as other entries may take: a clip unfolds to many times its size.
        budget = int(context.settings.text("cache_mb")) * 1024 * 1024 // 2
        self.book = SoundBook(context.store, context.tasks, context.payloads, budget, self)
        self.player = AudioPlayer(self)
        self.bar = AudioBar(context.theme, self)
        self.column.addWidget(self._stack, 1)
        self.column.addWidget(self.bar)
        self._samples: dict[str, int] = {}
        self._zooms: dict[str, tuple[float, float]] = {}
        self._zoom: tuple[float, float] | None = None
        self._region: tuple[float, float] | None = None
        self._heard: Heard | None = None
        self._sound: Sound | None = None
        #: Where to begin as soon as a clip is decoded: its key, the moment, and whether to play.
        self._to_play: tuple[str, float | None] | None = None
        self._marks: dict[str, Heard] = {}
        self._looping = False
        self.player.playing_changed.connect(self._playing_changed)
        self.player.position_changed.connect(self._show_position)
        self.player.trouble_changed.connect(self.bar.now.show_trouble)
        self.bar.play_asked.connect(self.toggle_playing)
        self.bar.start_asked.connect(self.go_to_start)
        self.bar.place_asked.connect(self.use_place)
        self.bar.loop_toggled.connect(self.set_looping)
        self.bar.speed_chosen.connect(self.set_speed)
        self.bar.volume_moved.connect(self.set_volume)
        context.settings.changed.connect(self._setting_changed)
        self._setting_changed("clip_mb")

    # -- the view's contract

    def refresh(self, reason: Reason, changes: Changes | None) -> None:
        """Take in what is new; only cards in view are decoded."""
        super().refresh(reason, changes)
        if reason is not Reason.THEME and self.grid.groups():
            self.player.look_for_devices()

    def state(self) -> dict[str, object]:
        """What fills the view, and how clips are played."""
        mixer = self.player.mixer
        return {
            **super().state(),
            "speed": mixer.speed,
            "volume": self.bar.volume.number,
            "loop": self._looping,
        }

    def restore(self, state: Mapping[str, object]) -> None:
        """Play as before."""
        speed, volume = state.get("speed"), state.get("volume")
        if isinstance(speed, (int, float)) and 0.25 <= speed <= 2.0:
            self.set_speed(float(speed))
        if isinstance(volume, (int, float)) and 0.0 <= volume <= 1.0:
            self.set_volume(float(volume))
        self.set_looping(state.get("loop") is True)
        super().restore(state)

    def tool_bar_content(self) -> QWidget | None:
        """What is drawn, and the axis of frequencies."""
        from eventglass.widgets.views.audio_controls import AudioToolBar

        return AudioToolBar(self.context)

    def inspector_content(self) -> QWidget | None:
        """How clips are drawn."""
        from eventglass.widgets.views.audio_controls import AudioInspector

        return AudioInspector(self.context)

    def commands(self) -> tuple[Command, ...]:
        """What can be done with one clip and with all."""
        from eventglass.widgets.views.audio_commands import audio_commands

        return audio_commands(self)

    def hideEvent(self, event: QHideEvent) -> None:
        """Be silent when nobody sees what is played."""
        super().hideEvent(event)
        self.player.stop()

    # -- cards

    def card_of(self, key: str) -> AudioCard | None:
        """A card in or near the view, by its key without the mark of pinned ones."""
        return next((card for card in self.cards() if plain(card.key) == key), None)

    def is_settled(self) -> bool:
        """Whether every card shows all of its clip, or what is wrong with it."""
        return not any(card.waits for card in self.cards())

    def run_of(self, place: TagPlace) -> tuple[str, QColor]:
        """Name and colour of a card's run."""
        return self.runs_of(place)[0]

    def look(self) -> AudioLook:
        """How clips are drawn now."""
        options = self.context.workspace.state.audio
        return AudioLook(options.show, options.scale, float(options.range_db), options.colour_map)

    def card_width(self) -> int:
        """Width of cards that was chosen, in pixels."""
        return self.context.workspace.state.audio.card_width

    def make_card(self, parent: QWidget) -> AudioCard:
        """Make an empty card."""
        card = AudioCard(self.context.theme, parent)
        card.play_asked.connect(self._play_asked)
        card.raw_asked.connect(self._raw_asked)
        card.slider.moved.connect(partial(self._slid, card))
        card.slider.hold_toggled.connect(partial(self._hold, card))
        card.samples.chosen.connect(partial(self._sample_chosen, card))
        plot = card.plot
        plot.seeked.connect(partial(self._seeked, card))
        plot.region_changed.connect(partial(self._region_changed, card))
        plot.view_changed.connect(partial(self._zoomed, card))
        plot.detail_wanted.connect(partial(self._detail_wanted, card))
        return card

    def bind_card(self, card: AudioCard, place: TagPlace) -> None:
        """Ask for a card's clip."""
        card.plot.set_view(self._zoom_of(card.key))
        self.dress_card(card)
        self._show_entry(card)

    def release_card(self, card: AudioCard) -> None:
        """Let a card's clip go."""
        self.book.cancel(_owner(card))
        card.wanted, card.waits = None, False
        card.clear()

    def dress_card(self, card: AudioCard) -> None:
        """Show what was chosen for all cards, and how this one stands."""
        super().dress_card(card)
        place = card.place
        if place is None:
            return
        _name, card.colour = self.run_of(place)
        card.plot.set_wheel_zoom(self.grid.maximised == card.key)
        card.plot.set_look(self.look())
        if card.loaded is not None:
            card.plot.set_clip(card.loaded.sound, card.loaded.spectrum, card.colour)
        self._show_heard(card)

    def theme_card(self, card: AudioCard) -> None:
        """Draw a clip in the theme's colours."""
        self.dress_card(card)

    def show_cards(self, cards: Iterable[AudioCard]) -> None:
        """Ask for the clips at the step."""
        for card in cards:
            self._show_entry(card)

    def _show_entry(self, card: AudioCard) -> None:
        """Ask for the clip at the card's step, and show where it stands."""
        place = card.place
        if place is None:
            return
        workspace = self.context.workspace
        series = self.context.store.series[place.series_ids[0]]
        entries = entries_of(series, workspace.state.restarts)
        card.steps, card.indices = entries.steps, entries.indices
        step, held = self.wanted_step(card)
        at = entries.nearest(step)
        card.slider.set_steps(entries.steps, at, step, held)  # type: ignore[arg-type]
        if at < 0:
            self.book.cancel(_owner(card))
            card.wanted, card.waits = None, False
            card.clear()
            card.show_message("No clips yet")
            return
        sample = self._samples.get(plain(card.key), 0)
        self._ask_for(card, ClipKey(series.id, int(entries.indices[at]), sample))

    def _ask_for(self, card: AudioCard, clip: ClipKey) -> None:
        options = self.context.workspace.state.audio
        window = int(options.window) if options.show != "waveform" else None
        loaded = card.loaded
        drawn = loaded is not None and loaded.share >= 1.0 and card.wanted == clip
        if drawn and loaded is not None and (loaded.error or _has_window(loaded.spectrum, window)):
            return
        card.wanted, card.waits = clip, True
        if loaded is None:
            card.show_progress(0.0)
        tell = alive(card, partial(self._loaded, card, clip))
        self.book.request(_owner(card), clip, window, tell)

    def _loaded(self, card: AudioCard, wanted: ClipKey, loaded: LoadedClip) -> None:
        if card.wanted != wanted or card.place is None:
            return
        card.show_loaded(loaded)
        card.waits = loaded.share < 1.0
        key = plain(card.key)
        sound = loaded.sound
        whole = sound is not None and sound.is_whole and loaded.share >= 0.4
        if whole and self._to_play is not None and self._to_play[0] == key:
            _key, moment = self._to_play
            self._to_play = None
            self._hear(self._heard_of(card, loaded), sound)
            if moment is not None:
                self.player.seek(moment)
            self.player.play()
        elif whole and self._heard is not None and self._heard.key == key:
            # Another step or sample of what is played goes on at the same playhead.
            self._hear(self._heard_of(card, loaded), sound)
        self._show_heard(card)

    def _heard_of(self, card: AudioCard, loaded: LoadedClip) -> Heard:
        at = np.flatnonzero(card.indices == loaded.clip.index)
        step = int(card.steps[at[0]]) if len(at) else 0
        return Heard(plain(card.key), loaded.clip, step)

    def _detail_wanted(self, card: AudioCard, first: float, last: float, columns: int) -> None:
        sound = card.sound
        if sound is None:
            return

        def done(spectrum: Spectrogram) -> None:
            if card.sound is sound:
                card.plot.set_detail(spectrum)

        window = int(self.context.workspace.state.audio.window)
        span = (first, last)
        self.book.request_detail(_owner(card), sound, window, span, columns, alive(card, done))

    # -- playing

    @property
    def heard(self) -> Heard | None:
        """The clip that is played, or was last."""
        return self._heard

    @property
    def region(self) -> tuple[float, float] | None:
        """The region that is marked, seconds."""
        return self._region

    def mark(self, name: str) -> Heard | None:
        """What is marked as A or B."""
        return self._marks.get(name)

    def _hear(self, heard: Heard, sound: Sound | None) -> None:
        """Let a clip be the one that is played; the playhead stays."""
        self._heard, self._sound = heard, sound
        self.player.set_sound(sound)
        self._set_loop()
        place = self.groups.place(heard.key)
        if place is not None:
            name, colour = self.run_of(place)
            rest = f"{name} · step {step_text(heard.step)}"
            if heard.clip.sample:
                rest += f" · clip {heard.clip.sample + 1}"
            self.bar.now.show_clip(place.tag, rest, colour)
        self._show_marks()
        self._show_position(self.player.position_s)

    def _play_asked(self, key: str) -> None:
        self.toggle_playing(key)

    def toggle_playing(self, key: str = "") -> None:
        """Play or pause. Another clip takes over at the playhead while one is played.

        Without a key what is played, or was last, else the card last looked at.
        """
        key = plain(key)
        current = self.current_card()
        if not key:
            first = current or next(iter(self.cards()), None)
            key = self._heard.key if self._heard is not None else plain(first.key) if first else ""
        card = self.card_of(key)
        if self._heard is not None and self._heard.key == key:
            if self.player.playing:
                self.player.pause()
            else:
                self.player.play()
        elif card is not None:
            begins = None if self.player.playing else 0.0
            self._begin(card, begins)

    def _begin(self, card: AudioCard, moment: float | None) -> None:
        """Play a card's clip as soon as it is decoded, from a moment or where the playhead is."""
        key = plain(card.key)
        loaded = card.loaded
        if loaded is None or loaded.sound is None or not loaded.sound.is_whole:
            if loaded is None or not loaded.error:
                self._to_play = (key, moment)
            return
        self._hear(self._heard_of(card, loaded), loaded.sound)
        if moment is not None:
            self.player.seek(moment)
        self.player.play()

    def go_to_start(self) -> None:
        """Go to the start of the region, or of the clip."""
        self.player.seek(self._region[0] if self._region is not None and self._looping else 0.0)

    def set_looping(self, on: bool) -> None:
        """Play the region again and again, the whole clip without one; or once."""
        self._looping = on
        self.bar.show_loop(on)
        self._set_loop()

    def is_looping(self) -> bool:
        """Whether it plays again and again."""
        return self._looping

    def set_speed(self, speed: float) -> None:
        """Play faster or slower; the pitch moves with it."""
        self.player.mixer.speed = speed
        self.bar.show_speed(speed)

    def set_volume(self, volume: float) -> None:
        """Set how loud it is, 0 to 1."""
        # The ear hears ratios: half way down is a quarter of the power.
        self.player.mixer.volume = volume**2
        self.bar.show_volume(volume)

    def set_region(self, region: tuple[float, float] | None) -> None:
        """Mark a region, or none."""
        self._region = region
        self._set_loop()
        for card in self.cards():
            self._show_heard(card)

    def _set_loop(self) -> None:
        sound = self._sound
        if not self._looping or sound is None:
            self.player.mixer.loop = None
        else:
            self.player.mixer.loop = self._region or (0.0, sound.duration_s)

    def _playing_changed(self, playing: bool) -> None:
        self.bar.show_playing(playing)
        for card in self.cards():
            self._show_heard(card)

    def _show_position(self, position_s: float) -> None:
        sound = self._sound
        self.bar.show_time(
            position_s if sound is not None else None,
            sound.duration_s if sound is not None and sound.sample_rate else 0.0,
        )
        for card in self.cards():
            if self._is_heard(card):
                card.set_position(position_s)

    def _is_heard(self, card: AudioCard) -> bool:
        heard = self._heard
        return heard is not None and heard.key == plain(card.key)

    def _show_heard(self, card: AudioCard) -> None:
        mine = self._is_heard(card)
        card.set_playing(mine and self.player.playing)
        card.set_position(self.player.position_s if mine else None)
        card.plot.set_region(self._region if mine else None)

    def _seeked(self, card: AudioCard, moment: float) -> None:
        if not self._is_heard(card):
            loaded = card.loaded
            if loaded is None or loaded.sound is None or not loaded.sound.is_whole:
                return
            self._region = None
            self._hear(self._heard_of(card, loaded), loaded.sound)
            for other in self.cards():
                self._show_heard(other)
        self.player.seek(moment)
        self._show_position(self.player.position_s)

    def _region_changed(self, card: AudioCard, region: tuple[float, float] | None) -> None:
        if region is not None:
            self._seeked(card, region[0])
        self.set_region(region)

    # -- A and B

    def use_place(self, name: str) -> None:
        """Go to the clip that is A or B, at the playhead; where there is none take this one."""
        marked = self._marks.get(name)
        if marked is None:
            self.set_mark(name)
        else:
            self.go_to(marked)

    def set_mark(self, name: str, card: AudioCard | None = None) -> None:
        """Take a card's clip as A or B, without a card what is played or last looked at."""
        card = card or (self.current_card() if self._heard is None else None)
        heard = self._heard
        if card is not None and card.loaded is not None and card.loaded.sound is not None:
            heard = self._heard_of(card, card.loaded)
        if heard is not None:
            self._marks[name] = heard
            self._show_marks()

    def clear_marks(self) -> None:
        """Forget A and B."""
        self._marks.clear()
        self._show_marks()

    def switch(self) -> None:
        """Go from A to B or from B to A, at the playhead."""
        now = self._heard
        name = "B" if now is not None and now == self._marks.get("A") else "A"
        marked = self._marks.get(name)
        if marked is not None:
            self.go_to(marked)

    def go_to(self, heard: Heard) -> None:
        """Let another clip go on at the playhead, and show its step in its card."""
        store = self.context.store
        if not 0 <= heard.clip.series_id < len(store.series):
            return
        workspace = self.context.workspace
        self._samples[heard.key] = heard.clip.sample
        # The sound first: cards follow the step, and ask for what is decoded then.
        self.book.request("go to", heard.clip, None, partial(self._arrived, heard))
        card = self.card_of(heard.key)
        if self.option_key(heard.key) in workspace.state.held_steps:
            self.hold_place(heard.key, heard.step)
        elif card is not None and card.wanted != heard.clip:
            workspace.set_step(heard.step)

    def _arrived(self, heard: Heard, loaded: LoadedClip) -> None:
        if loaded.share < 1.0 or loaded.sound is None:
            return
        self._hear(heard, loaded.sound)
        for card in self.cards():
            self._show_heard(card)

    def _show_marks(self) -> None:
        for name in PLACES:
            marked = self._marks.get(name)
            place = self.groups.place(marked.key) if marked is not None else None
            button = self.bar.places[name]
            if marked is None or place is None:
                button.show_clip("", QColor(), False)
                continue
            run, colour = self.run_of(place)
            text = f"{place.tag} · {run} · step {step_text(marked.step)}"
            button.show_clip(text, colour, marked == self._heard)

    # -- steps, samples, zoom

    def _slid(self, card: AudioCard, place: int) -> None:
        if 0 <= place < len(card.steps):
            self.go_to_step(card, int(card.steps[place]))

    def _hold(self, card: AudioCard, on: bool) -> None:
        at = card.slider.place
        if 0 <= at < len(card.steps):
            self.hold(card, int(card.steps[at]) if on else None)

    def _sample_chosen(self, card: AudioCard, sample: int) -> None:
        self._samples[plain(card.key)] = sample
        self._show_entry(card)

    def _zoomed(self, card: AudioCard, view: tuple[float, float] | None) -> None:
        if self.context.workspace.state.audio.share_time:
            self._zoom = view
            for other in self.cards():
                if other is not card:
                    other.plot.set_view(view)
            return
        key = plain(card.key)
        self._zooms.pop(key, None)
        if view is not None:
            self._zooms[key] = view
            while len(self._zooms) > _REMEMBERED:
                del self._zooms[next(iter(self._zooms))]

    def _zoom_of(self, key: str) -> tuple[float, float] | None:
        if self.context.workspace.state.audio.share_time:
            return self._zoom
        return self._zooms.get(plain(key))

    def fit(self, card: AudioCard | None = None) -> None:
        """Show the whole of a card's clip, without one of all."""
        for each in (card,) if card is not None else self.cards():
            each.plot.fit()

    # -- what the user does

    def _regroup(self) -> None:
        super()._regroup()
        self.bar.setVisible(bool(self.grid.groups()))

    def focus_card(self, card: AudioCard) -> None:
        """Give the plot the focus, so that Esc and its keys work at once."""
        card.plot.setFocus(Qt.FocusReason.OtherFocusReason)

    def step_back(self) -> bool:
        """Take back the last thing of these: a region, a full view."""
        if self._region is None:
            return super().step_back()
        self.set_region(None)
        return True

    def open_card_menu(self, card: AudioCard, place: QPoint) -> None:
        """Offer what can be done with a clip."""
        from eventglass.widgets.views.audio_commands import card_menu

        card_menu(self, card).popup(place)

    def _raw_asked(self, key: str) -> None:
        from eventglass.widgets.views.audio_commands import save_original

        card = self.card_at(key)
        if card is not None:
            save_original(self, card)

    # -- the workspace

    def _setting_changed(self, key: str) -> None:
        if key == "clip_mb":
            self.book.limit_bytes = int(self.context.settings.text(key)) * 1024 * 1024

    def take_state(self, names: frozenset[str]) -> None:
        """Follow looks and step."""
        for card in self.cards():
            if names & _LOOKS:
                self.dress_card(card)
            if names & _CONTENT or "audio" in names:
                self._show_entry(card)
        if names & _LOOKS:
            self._show_marks()

    def forget(self) -> None:
        """Let go of what was decoded."""
        self.book.forget()


def _owner(card: AudioCard) -> tuple[str, int]:
    return ("card", id(card))


def _has_window(spectrum: Spectrogram | None, window: int | None) -> bool:
    return window is None or (spectrum is not None and spectrum.window == window)
