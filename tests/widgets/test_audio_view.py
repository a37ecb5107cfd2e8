"""The audio view on real files: cards, steps, samples, damage, zoom, export, A and B."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from eventglass.app import load
from eventglass.app.core.store import Changes, LogStore
from eventglass.app.models.commands import Command, Commands
from eventglass.app.models.payloads import Payloads
from eventglass.app.models.settings import Settings
from eventglass.app.models.tasks import Tasks
from eventglass.app.models.theme import Theme
from eventglass.app.models.workspace import Workspace
from eventglass.widgets.controls.buttons import Toggle
from eventglass.widgets.plots.line_book import LineBook
from eventglass.widgets.view import ViewContext
from eventglass.widgets.views.audio import AudioView
from eventglass.widgets.views.audio_card import AudioCard
from eventglass.widgets.views.audio_commands import card_menu, save_original, save_wav
from tests.widgets.audio_logs import RATE, entry, tone, wav, write_log

SPEECH = np.concatenate([tone(300, 0.5), tone(900, 0.5, amplitude=0.25)])


@dataclass
class Bench:
    """A view and what it stands on."""

    store: LogStore
    workspace: Workspace
    tasks: Tasks
    view: AudioView
    qtbot: QtBot

    def card(self, tag: str, run: str = "a") -> AudioCard:
        """The card of a tag in a run."""
        for card in self.view.cards():
            if card.place is not None and card.place.tag == tag:
                run_id = self.store.series[card.place.series_ids[0]].run_id
                if self.store.runs[run_id].name == run:
                    return card
        raise KeyError(tag)

    def settle(self) -> None:
        """Wait until every card shows what it should."""
        self.qtbot.waitUntil(self.view.is_settled)

    def option(self, **values: object) -> None:
        """Change how clips are shown."""
        options = replace(self.workspace.state.audio, **values)  # type: ignore[arg-type]
        self.workspace.edit("Change", audio=options)

    def command(self, name: str) -> Command:
        """A command of the view."""
        return next(c for c in self.view.commands() if c.id == f"audio.{name}")


@pytest.fixture(autouse=True)
def no_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """No sound server is asked here."""
    monkeypatch.setenv("PULSE_SERVER", "unix:/nowhere")


@pytest.fixture
def open_log(qtbot: QtBot, tmp_path: Path) -> Iterator[Callable[[Path], Bench]]:
    opened: list[Tasks] = []

    def open_one(folder: Path) -> Bench:
        store = load(folder).store
        theme = Theme("light")
        workspace = Workspace(store, theme)
        tasks = Tasks()
        opened.append(tasks)
        context = ViewContext(
            store,
            workspace,
            Settings(tmp_path / "settings.json"),
            tasks,
            Commands(),
            theme,
            LineBook(store, workspace, tasks),
            Payloads(store, tasks, 1 << 24),
        )
        view = AudioView(context)
        view.player.look_for_devices = lambda: None  # type: ignore[method-assign]
        qtbot.addWidget(view)
        view.resize(1000, 1000)
        view.show()
        bench = Bench(store, workspace, tasks, view, qtbot)
        workspace.take_changes(Changes(runs=range(len(store.runs)), roots=True))
        view.take_changes(Changes(runs=range(len(store.runs)), roots=True))
        bench.settle()
        return bench

    yield open_one
    for tasks in opened:
        tasks.stop()


@pytest.fixture
def bench(open_log: Callable[[Path], Bench], tmp_path: Path) -> Bench:
    def clips(hertz: float) -> bytes:
        return entry([(wav(tone(hertz, 1.0)), "**first**"), (wav(tone(2 * hertz)), "second")])

    return open_log(
        write_log(
            tmp_path / "logs",
            {
                ("a", "eval/speech"): [(0, clips(100)), (10, clips(200)), (20, clips(400))],
                ("b", "eval/speech"): [(0, clips(150)), (12, clips(250))],
                ("a", "odd"): [(0, entry([(b"RIFF1234WAVEnope", "")]))],
                ("a", "none"): [(0, entry([], labelled=False))],
                ("a", "stereo"): [(5, entry([(wav(np.stack([SPEECH, SPEECH[::-1]], 1)), "")]))],
            },
        )
    )


def peak_hertz(card: AudioCard) -> float:
    sound = card.sound
    assert sound is not None
    numbers = sound.floats(0, sound.frames)[:, 0]
    return float(np.abs(np.fft.rfft(numbers)).argmax() * sound.rate / len(numbers))


def test_a_card_per_tag_and_run(bench: Bench) -> None:
    groups = {group.title: len(group.keys) for group in bench.view.grid.groups()}
    assert groups == {"eval": 2, "Other": 3}
    card = bench.card("eval/speech")
    assert peak_hertz(card) == 400
    assert card.facts.line().startswith("first · WAV, 16-bit · 16 kHz · mono · peak −6.0 dB")
    assert "Length: 0:01.00 (16,000 samples)" in card.facts.toolTip()
    assert card.loaded is not None
    assert card.loaded.spectrum is not None
    assert card.plot.sound is card.sound


def test_cards_follow_the_shared_step_and_can_be_held(bench: Bench) -> None:
    one, other = bench.card("eval/speech"), bench.card("eval/speech", "b")
    bench.workspace.set_step(11)
    bench.settle()
    assert (peak_hertz(one), peak_hertz(other)) == (200, 250)
    one.slider.moved.emit(0)
    bench.settle()
    assert bench.workspace.state.step == 0
    assert (peak_hertz(one), peak_hertz(other)) == (100, 150)
    one.slider.hold_toggled.emit(True)
    bench.workspace.set_step(20)
    bench.settle()
    assert (peak_hertz(one), peak_hertz(other)) == (100, 250)
    one.slider.moved.emit(2)
    bench.settle()
    assert peak_hertz(one) == 400
    assert bench.workspace.state.step == 20
    one.slider.hold_toggled.emit(False)
    assert not bench.workspace.state.held_steps


def test_every_clip_of_a_step_is_reached(bench: Bench) -> None:
    card = bench.card("eval/speech")
    assert card.samples.isVisible()
    card.samples.chosen.emit(1)
    bench.settle()
    assert peak_hertz(card) == 800
    assert card.facts.line().startswith("second")
    bench.workspace.set_step(0)
    bench.settle()
    assert peak_hertz(card) == 200


def test_what_is_wrong_with_a_clip_stands_in_its_card(bench: Bench, tmp_path: Path) -> None:
    card = bench.card("odd")
    assert "header ends" in card.message() or "cut off" in card.message()
    assert card.raw.isVisible()
    assert not card.play.isEnabled()
    assert save_original(bench.view, card, tmp_path / "raw.wav")
    bench.qtbot.waitUntil((tmp_path / "raw.wav").exists)
    assert (tmp_path / "raw.wav").read_bytes() == b"RIFF1234WAVEnope"
    assert "no clips" in bench.card("none").message()
    # The others live.
    assert bench.card("stereo").sound is not None


def test_files_are_what_was_logged(bench: Bench, tmp_path: Path) -> None:
    card = bench.card("stereo")
    logged = wav(np.stack([SPEECH, SPEECH[::-1]], 1))
    for path, save in ((tmp_path / "a.wav", save_original), (tmp_path / "b.wav", save_wav)):
        assert save(bench.view, card, path)
        bench.qtbot.waitUntil(path.exists)
        assert path.read_bytes() == logged
    part = tmp_path / "c.wav"
    assert save_wav(bench.view, card, part, region=(0.25, 0.5))
    bench.qtbot.waitUntil(part.exists)
    assert part.read_bytes() == wav(np.stack([SPEECH, SPEECH[::-1]], 1)[4000:8000])


def test_nothing_is_written_into_the_log(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(
        "eventglass.widgets.views.audio_commands.QMessageBox.warning",
        lambda _parent, _title, text: told.append(text),
    )
    save_wav(bench.view, bench.card("stereo"), tmp_path / "logs" / "x.wav")
    bench.qtbot.waitUntil(lambda: bool(told))
    assert "Nothing is ever written into a log directory" in told[0]
    assert not (tmp_path / "logs" / "x.wav").exists()


# --- the picture ----------------------------------------------------------------------------------


def test_zoom_keeps_the_moment_under_the_pointer_and_asks_for_detail(bench: Bench) -> None:
    plot = bench.card("stereo").plot
    plot.zoom(0.05, 0.75)
    low, high = plot.span()
    assert high - low == pytest.approx(0.05)
    assert (0.75 - low) / (high - low) == pytest.approx(0.75)
    bench.qtbot.waitUntil(lambda: plot._detail is not None)
    assert plot._detail is not None
    assert plot._detail.first <= low * RATE
    assert plot._detail.last >= high * RATE
    plot.pan(-1000)
    assert plot.span()[0] == 0
    plot.fit()
    assert plot.view() is None


def test_a_zoom_is_kept_while_its_card_is_away_and_can_be_shared(bench: Bench) -> None:
    view = bench.view
    one, other = bench.card("stereo"), bench.card("eval/speech")
    one.plot.zoom(0.5, 0.0)
    assert one.plot.span() == pytest.approx((0.0, 0.5))
    assert other.plot.view() is None
    key = one.key
    view._release(one)
    view._bind(one, key)
    assert one.plot.span() == pytest.approx((0.0, 0.5))
    bench.option(share_time=True)
    other.plot.zoom(0.25, 1.0)
    assert one.plot.span() == pytest.approx((0.75, 1.0))


def test_drag_marks_a_region_and_a_click_seeks(bench: Bench) -> None:
    card = bench.card("stereo")
    plot = card.plot
    boxes = plot.boxes()

    def at(share: float) -> QPoint:
        return QPoint(round(boxes.left + share * boxes.width), plot.height() // 2)

    button = Qt.MouseButton.LeftButton
    QTest.mousePress(plot, button, pos=at(0.25))
    QTest.mouseMove(plot, at(0.4))
    QTest.mouseMove(plot, at(0.5))
    QTest.mouseRelease(plot, button, pos=at(0.5))
    assert bench.view.region == pytest.approx((0.25, 0.5), abs=0.005)
    assert bench.view.player.position_s == pytest.approx(0.25, abs=0.005)
    bench.command("loop").run()
    assert bench.view.player.mixer.loop == bench.view.region
    bench.command("zoom_region").run()
    assert plot.span() == pytest.approx((0.25, 0.5), abs=0.005)
    plot.fit()
    QTest.mouseClick(plot, button, pos=at(0.75))
    assert bench.view.region is None
    assert bench.view.player.position_s == pytest.approx(0.75, abs=0.005)
    assert bench.view.player.mixer.loop == pytest.approx((0.0, 1.0))
    assert card.time.text().endswith(" / 0:01.0")


def test_keys_of_the_plot(bench: Bench) -> None:
    plot = bench.card("stereo").plot
    plot.setFocus()
    asked: list[bool] = []
    plot.play_asked.connect(lambda: asked.append(True))
    bench.view.player.play = lambda: False  # type: ignore[method-assign]
    QTest.keyClick(plot, Qt.Key.Key_Space)
    assert asked == [True]
    QTest.keyClick(plot, Qt.Key.Key_End)
    assert bench.view.player.position_s == 1.0
    QTest.keyClick(plot, Qt.Key.Key_Home)
    assert bench.view.player.position_s == 0.0
    QTest.keyClick(plot, Qt.Key.Key_Period)
    assert bench.view.player.position_s == pytest.approx(0.02)
    QTest.keyClick(plot, Qt.Key.Key_Plus)
    assert plot.span()[1] - plot.span()[0] == pytest.approx(0.8)


def test_the_reading_says_what_is_there(bench: Bench) -> None:
    plot = bench.card("stereo").plot
    boxes = plot.boxes()
    x = boxes.left + 0.25 * boxes.width
    above = plot.reading(QPointF(x, boxes.wave.center().y()))
    assert above.startswith("0:00.25")
    assert "−0.5" in above
    assert "0.5" in above
    below = plot.reading(QPointF(x, boxes.spectrum.center().y()))
    assert "Hz" in below
    assert "dB" in below
    assert plot.reading(QPointF(2, 2)) == ""


def test_looks_change_without_decoding_anew(bench: Bench) -> None:
    card = bench.card("stereo")
    sound = card.sound
    tall = card.plot.boxes().spectrum.height()
    bench.option(show="spectrogram", scale="log", colour_map="viridis")
    bench.settle()
    assert card.sound is sound
    assert card.plot.boxes().wave.height() == 0
    assert card.plot.boxes().spectrum.height() > tall
    bench.option(window="256")
    bench.settle()
    assert card.loaded is not None
    assert card.loaded.spectrum is not None
    assert card.loaded.spectrum.window == 256
    assert card.sound is sound
    card.plot.grab()


# --- A and B --------------------------------------------------------------------------------------


def test_a_and_b_go_on_at_the_playhead(bench: Bench) -> None:
    view = bench.view
    one, other = bench.card("eval/speech"), bench.card("eval/speech", "b")
    view.set_mark("A", one)
    view.set_mark("B", other)
    view.use_place("A")
    bench.qtbot.waitUntil(lambda: view.heard == view.mark("A"))
    view.player.seek(0.4)
    bench.command("switch").run()
    bench.qtbot.waitUntil(lambda: view.heard == view.mark("B"))
    assert view.player.position_s == 0.4
    assert view.player.sound is other.sound
    assert "b · step 12" in view.bar.now.text()
    view.switch()
    bench.qtbot.waitUntil(lambda: view.heard == view.mark("A"))
    assert view.player.sound is one.sound


def test_a_and_b_may_be_steps_of_one_card(bench: Bench) -> None:
    view = bench.view
    card = bench.card("eval/speech")
    view.set_mark("A", card)
    bench.workspace.set_step(0)
    bench.settle()
    view.set_mark("B", card)
    view.use_place("A")
    bench.qtbot.waitUntil(lambda: view.heard == view.mark("A"))
    bench.settle()
    assert bench.workspace.state.step == 20
    assert peak_hertz(card) == 400
    view.switch()
    bench.qtbot.waitUntil(lambda: view.heard == view.mark("B"))
    bench.settle()
    assert peak_hertz(card) == 100
    bench.command("clear_marks").run()
    assert view.mark("A") is None
    assert not bench.command("switch").enabled()


def test_another_step_of_what_is_heard_takes_over(bench: Bench) -> None:
    view = bench.view
    card = bench.card("eval/speech")
    card.plot.seeked.emit(0.3)
    before = view.player.sound
    bench.workspace.set_step(0)
    bench.settle()
    assert view.player.sound is card.sound
    assert view.player.sound is not before
    assert view.player.mixer.position_s == 0.3


# --- the rest -------------------------------------------------------------------------------------


def test_without_a_device_all_is_shown_and_it_is_said(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = bench.view

    def nothing() -> bool:
        view.player._tell_trouble("No sound device: clips are shown, but can't be heard")
        return False

    monkeypatch.setattr(view.player, "_devices", object())
    monkeypatch.setattr(view.player, "_open", nothing)
    bench.card("stereo").play.click()
    assert "No sound device" in view.bar.now.text()
    assert not view.player.playing


def test_without_the_library_it_is_said(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    player = bench.view.player
    monkeypatch.setitem(sys.modules, "PySide6.QtMultimedia", None)
    type(player).look_for_devices(player)
    assert "can't be heard" in bench.view.bar.now.text()
    bench.card("stereo").play.click()
    assert not player.playing


def test_absurd_rates_are_said_not_played(
    open_log: Callable[[Path], Bench], tmp_path: Path
) -> None:
    data = wav(SPEECH, rate=4_000_000_000)
    bench = open_log(write_log(tmp_path / "logs", {("a", "fast"): [(0, entry([(data, "")]))]}))
    card = bench.card("fast")
    assert "4,000 MHz" in card.facts.line()
    card.play.click()
    assert "can't be played" in bench.view.bar.now.text()


def test_empty_states(bench: Bench) -> None:
    view = bench.view
    bench.workspace.edit("Filter", tag_filter="nosuch")
    assert not view.grid.groups()
    assert not view.bar.isVisible()
    bench.workspace.edit("Filter", tag_filter="stereo")
    assert [group.keys for group in view.grid.groups()] == [(bench.card("stereo").key,)]
    bench.workspace.edit("Hide", hidden_runs=frozenset(run.key for run in bench.store.runs))
    assert not view.grid.groups()


def test_pins_folds_and_full_view(bench: Bench) -> None:
    view = bench.view
    view._reached = bench.card("stereo").key
    bench.command("pin").run()
    assert view.grid.groups()[0].title == "Pinned"
    pinned = view.grid.groups()[0].keys[0]
    bench.settle()
    view.maximise(pinned)
    bench.settle()
    assert view.grid.maximised == pinned
    assert view.state()["maximised"] == pinned
    view.set_region((0.0, 0.1))
    assert view.step_back()
    assert view.grid.maximised == pinned, "one thing at a time"
    assert view.step_back()
    assert view.grid.maximised is None
    assert not view.step_back()
    folds = {**bench.workspace.state.collapsed_groups, "eval": True}
    bench.workspace.edit("Fold", collapsed_groups=MappingProxyType(folds))
    with pytest.raises(KeyError):
        bench.card("eval/speech")
    bench.workspace.go_to_tag("eval/speech", "audio")  # type: ignore[arg-type]
    assert bench.card("eval/speech")


def test_volume_speed_and_loop_are_kept(bench: Bench) -> None:
    view = bench.view
    view.bar.speed_chosen.emit(1.5)
    view.bar.volume_moved.emit(0.5)
    view.bar.loop_toggled.emit(True)
    kept = view.state()
    view.restore({"speed": 1.0, "volume": 1.0, "loop": False})
    view.restore(kept)
    mixer = view.player.mixer
    assert (mixer.speed, mixer.volume, view.is_looping()) == (1.5, 0.25, True)
    assert view.bar.volume.number == 0.5
    view.bar.toggle_mute()
    assert mixer.volume == 0
    view.bar.toggle_mute()
    assert mixer.volume == 0.25
    view.restore({"speed": "x", "volume": 99, "maximised": 3})
    assert mixer.speed == 1.5


def test_menu_and_controls(bench: Bench) -> None:
    card = bench.card("stereo")
    menu = card_menu(bench.view, card)
    texts = [action.text() for action in menu.actions()]
    assert "Save as WAV…" in texts
    assert not next(a for a in menu.actions() if a.text().startswith("Save the region")).isEnabled()
    tool_bar = bench.view.tool_bar_content()
    inspector = bench.view.inspector_content()
    assert tool_bar is not None
    assert inspector is not None
    bench.qtbot.addWidget(tool_bar)
    bench.qtbot.addWidget(inspector)
    tool_bar.shown.chosen.emit("waveform")  # type: ignore[attr-defined]
    assert bench.workspace.state.audio.show == "waveform"
    bench.settle()
    bench.workspace.undo_stack.undo()
    assert bench.workspace.state.audio.show == "both"
    for switch in inspector.findChildren(Toggle):
        state = bench.workspace.state
        switch.click()
        assert bench.workspace.state != state, switch.accessibleName()
    bench.settle()


def test_dark_and_light_are_drawn(bench: Bench) -> None:
    light = bench.view.grab().toImage()
    bench.view.context.theme.set_scheme("dark")
    dark = bench.view.grab().toImage()
    place = bench.card("stereo").mapTo(bench.view, QPoint(200, 14))
    assert light.pixelColor(place).lightness() > 200
    assert dark.pixelColor(place).lightness() < 80


def test_the_corpus_is_shown(open_log: Callable[[Path], Bench], corpus: Path) -> None:
    bench = open_log(corpus / "golden" / "tf2_all")
    cards = bench.view.cards()
    assert cards
    assert all(card.sound is not None for card in cards)
    assert {card.sound.sample_rate for card in cards if card.sound is not None}
