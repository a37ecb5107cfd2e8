from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication, QWheelEvent
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from eventglass.app.core.names import Kind
from eventglass.app.core.store import LogStore
from eventglass.app.models.text_presenting import Presented
from eventglass.app.models.theme import Theme
from eventglass.widgets.views import text_commands
from eventglass.widgets.views.text_card import TextCard
from eventglass.widgets.views.text_page import TextPage
from eventglass.widgets.views.texts import TextsView
from tests.models.text_logs import Content, read_store, text_store, write_text_log
from tests.widgets.scalar_contexts import scalar_context, small_store

BIG = "".join(f"line {i} of many\n" for i in range(4_000))


@contextmanager
def shown(qtbot: QtBot, folder: Path, store: LogStore) -> Iterator[TextsView]:
    with scalar_context(folder, store) as context:
        view = TextsView(context)
        qtbot.addWidget(view)
        view.resize(1100, 800)
        view.show()
        settle(qtbot, view)
        try:
            yield view
        finally:
            # The collector would take the stack and its steps apart in any order.
            context.workspace.undo_stack.clear()


@contextmanager
def logged(
    qtbot: QtBot, folder: Path, rows: Sequence[tuple[str, int, Content | None]]
) -> Iterator[TextsView]:
    write_text_log(folder / "logs" / "run", rows)
    with shown(qtbot, folder, read_store(folder / "logs")) as view:
        yield view


def settle(qtbot: QtBot, view: TextsView) -> None:
    qtbot.waitUntil(view.is_settled, timeout=10_000)


def card_of(view: TextsView, tag: str, run: str = "") -> TextCard:
    for card in view.cards():
        series = view.series_of(card)
        if series is not None and series.tag == tag:
            name = view.context.store.runs[series.run_id].name
            if not run or name == run:
                return card
    raise AssertionError(f"no card of {tag}")


def text_of(card: TextCard) -> str:
    return card.message() or card.page.toPlainText()


# --- cards


def test_a_card_for_every_tag_and_run(qtbot: QtBot, tmp_path: Path) -> None:
    with shown(qtbot, tmp_path, text_store(tmp_path / "logs")) as view:
        titles = [group.title for group in view.grid.groups()]
        assert titles == ["notes", "samples"]
        assert text_of(card_of(view, "notes/summary", "a")) == "three needle"
        assert text_of(card_of(view, "notes/summary", "b")) == "two"
        assert "first" in text_of(card_of(view, "samples/table"))


def test_the_shared_step_moves_all_cards(qtbot: QtBot, tmp_path: Path) -> None:
    with shown(qtbot, tmp_path, text_store(tmp_path / "logs")) as view:
        view.context.workspace.set_step(2)
        settle(qtbot, view)
        for run in "ab":
            card = card_of(view, "notes/summary", run)
            assert text_of(card).startswith("One")
            assert "≠" in card.slider.findChildren(type(card.slider._text))[0].text()


def test_a_slider_moves_the_shared_step_unless_the_card_is_held(
    qtbot: QtBot, tmp_path: Path
) -> None:
    with shown(qtbot, tmp_path, text_store(tmp_path / "logs")) as view:
        one, other = (card_of(view, "notes/summary", run) for run in "ab")
        one.slider.moved.emit(0)
        settle(qtbot, view)
        assert view.context.workspace.state.step == 0
        assert text_of(other).startswith("One")
        one.slider.hold_toggled.emit(True)
        other.slider.moved.emit(1)
        settle(qtbot, view)
        assert text_of(other) == "two"
        assert text_of(one).startswith("One")
        one.slider.moved.emit(2)
        settle(qtbot, view)
        assert text_of(one) == "three needle"
        assert view.context.workspace.state.step == 10


def test_entries_of_one_step_are_all_within_reach(qtbot: QtBot, tmp_path: Path) -> None:
    with logged(qtbot, tmp_path, [("t", 5, "one"), ("t", 5, "two"), ("t", 5, "three")]) as view:
        card = card_of(view, "t")
        assert text_of(card) == "three"
        for place, text in enumerate(("one", "two", "three")):
            card.slider.moved.emit(place)
            settle(qtbot, view)
            assert text_of(card) == text


def test_rendered_and_raw(qtbot: QtBot, tmp_path: Path) -> None:
    with logged(qtbot, tmp_path, [("t", 0, "# Head\n\n**bold** <pad>")]) as view:
        card = card_of(view, "t")
        assert card.page.toPlainText() == "Head\nbold <pad>"
        view.set_option("raw", rendered=False)
        settle(qtbot, view)
        assert card.page.toPlainText() == "# Head\n\n**bold** <pad>"
        view.context.workspace.undo_stack.undo()
        settle(qtbot, view)
        assert card.page.toPlainText() == "Head\nbold <pad>"


def test_all_steps_as_a_list(qtbot: QtBot, tmp_path: Path) -> None:
    with shown(qtbot, tmp_path, text_store(tmp_path / "logs")) as view:
        view.set_option("all", layout="all")
        view.repaint()
        settle(qtbot, view)
        card = card_of(view, "notes/summary", "a")
        assert card.page.isHidden()
        model = card.steps.model()
        assert model.rowCount() == 3
        qtbot.waitUntil(lambda: "three needle" in card.steps.text_at(2))
        assert "step 20" in card.steps.text_at(2)
        card.steps.setCurrentIndex(model.index(1, 0))
        assert view.context.workspace.state.step == 10
        qtbot.keyClick(card.steps, Qt.Key.Key_Return)
        settle(qtbot, view)
        assert view.grid.maximised == card.key
        assert text_of(card) == "two"
        assert not card.steps.isHidden()


def test_a_long_text_has_parts(qtbot: QtBot, tmp_path: Path) -> None:
    with logged(qtbot, tmp_path, [("t", 0, BIG)]) as view:
        card = card_of(view, "t")
        assert "Part 1 of" in card.parts.text()
        assert "line 0 of" in text_of(card)
        assert card.parts.go(1)
        settle(qtbot, view)
        assert "Part 2 of" in card.parts.text()
        assert "line 0 of" not in text_of(card)
        assert len(card.page.toPlainText()) < 10_000


def test_what_cannot_be_decoded_says_so_and_offers_its_bytes(qtbot: QtBot, tmp_path: Path) -> None:
    with shown(qtbot, tmp_path, text_store(tmp_path / "logs")) as view:
        card = card_of(view, "notes/bad")
        assert card.message()
        assert card.page.toPlainText() == ""
        assert "three" in text_of(card_of(view, "notes/summary", "a"))
        target = tmp_path / "bytes.pb"
        assert text_commands.save_raw(view, card, target)
        qtbot.waitUntil(target.exists)
        series = view.series_of(card)
        assert series is not None
        assert target.read_bytes() == view.context.store.read_payload(series, 0)


def test_bytes_that_are_no_text_and_empty_ones(qtbot: QtBot, tmp_path: Path) -> None:
    rows: list[tuple[str, int, Content | None]] = [
        ("bytes", 0, b"ok \xff\x1b[0m"),
        ("empty", 0, ""),
        ("nothing", 0, []),
    ]
    with logged(qtbot, tmp_path, rows) as view:
        assert text_of(card_of(view, "bytes")) == "ok \\xff\\x1b[0m"
        assert text_of(card_of(view, "empty")) == "Empty text"
        assert "shape 0" in text_of(card_of(view, "nothing"))


def test_nothing_to_show_says_what_is_missing(qtbot: QtBot, tmp_path: Path) -> None:
    store = small_store()
    with shown(qtbot, tmp_path, LogStore()) as view:
        assert "No text" in view._empty._title.text()
    with shown(qtbot, tmp_path, store) as view:
        view.context.workspace.edit("filter", tag_filter="nowhere")
        assert "filter" in view._empty._title.text()
        view.context.workspace.edit("hide", tag_filter="")
        view.context.workspace.set_shown([run.key for run in store.runs], False)
        assert "No run" in view._empty._title.text()


def test_new_entries_appear(qtbot: QtBot, tmp_path: Path) -> None:
    folder = tmp_path / "logs" / "run"
    write_text_log(folder, [("t", 0, "one")])
    from eventglass.app.core.reader import Reader

    store = LogStore()
    reader = Reader(store)
    reader.open(tmp_path / "logs")
    reader.start()
    assert reader.wait_until_settled(20)
    store.take_changes()
    with shown(qtbot, tmp_path, store) as view:
        assert text_of(card_of(view, "t")) == "one"
        write_text_log(folder, [("t", 0, "one"), ("t", 1, "two")])

        def arrived() -> bool:
            reader.look_now()
            view.take_changes(store.take_changes())
            return text_of(card_of(view, "t")) == "two"

        qtbot.waitUntil(arrived, timeout=20_000)
    reader.stop()


def test_a_theme_change_keeps_text_and_place(qtbot: QtBot, tmp_path: Path) -> None:
    with logged(qtbot, tmp_path, [("t", 0, BIG)]) as view:
        card = card_of(view, "t")
        card.page.verticalScrollBar().setValue(40)
        before = card.page.toPlainText()
        view.context.theme.set_scheme("dark")
        assert card.page.toPlainText() == before
        assert card.page.verticalScrollBar().value() == 40


def test_state_comes_back(qtbot: QtBot, tmp_path: Path) -> None:
    with shown(qtbot, tmp_path, text_store(tmp_path / "logs")) as view:
        key = card_of(view, "notes/summary", "a").key
        view.maximise(key)
        view.search_bar.set_text("needle")
        state = view.state()
        view.maximise(None)
        view.search_bar.set_text("")
        view.restore(state)
        settle(qtbot, view)
        assert view.grid.maximised == key
        assert len(view.results.matches()) == 3
        view.restore({"maximised": 3, "search": None})


# --- search


def test_a_search_lists_what_it_found_and_leads_there(qtbot: QtBot, tmp_path: Path) -> None:
    with shown(qtbot, tmp_path, text_store(tmp_path / "logs")) as view:
        assert view.results.isHidden()
        qtbot.keyClicks(view.search_bar.box, "needle")
        qtbot.waitUntil(lambda: len(view.results.matches()) == 3)
        settle(qtbot, view)
        assert view.search_bar.words().startswith("3 texts of 7")
        assert "can't be read" in view.search_bar.words()
        first = view.results.matches()[0]
        view.results.opened.emit(first)
        settle(qtbot, view)
        card = view.current_card()
        assert card is not None
        assert view.grid.maximised == card.key
        assert view.context.workspace.state.step == first.step
        assert card.page.mark_count() == 2
        # Esc takes back the full view, then the search.
        assert view.step_back()
        assert view.grid.maximised is None
        assert view.step_back()
        assert view.results.isHidden()
        assert not view.step_back()
        assert card_of(view, "notes/summary", "a").page.mark_count() == 0


def test_matches_lead_through_the_parts_of_a_text(qtbot: QtBot, tmp_path: Path) -> None:
    with logged(qtbot, tmp_path, [("t", 0, BIG), ("t", 1, "line 3999 again")]) as view:
        view.set_option("raw", rendered=False)
        view.search_bar.set_text("line (100|3999) ")
        settle(qtbot, view)
        view.results.go(1)
        settle(qtbot, view)
        card = view.current_card()
        assert card is not None
        assert "line 100 of" in text_of(card)
        view.next_match(1)
        settle(qtbot, view)
        assert "line 3999 of" in text_of(card)
        view.next_match(-1)
        settle(qtbot, view)
        assert "line 100 of" in text_of(card)
        for _ in range(2):
            view.next_match(1)
            settle(qtbot, view)
        assert text_of(card) == "line 3999 again"


def test_what_was_found_is_gone_through_by_keys_and_round(qtbot: QtBot, tmp_path: Path) -> None:
    with shown(qtbot, tmp_path, text_store(tmp_path / "logs")) as view:
        view.search_bar.set_text("needle")
        settle(qtbot, view)
        view.results.enter()
        rows = view.results.list.selectedIndexes()
        assert [row.row() for row in rows] == [0]
        view.results.go(-1)
        assert view.results.list.currentIndex().row() == 2
        view.results.go(1)
        assert view.results.list.currentIndex().row() == 0


def test_a_search_that_finds_nothing_says_so(qtbot: QtBot, tmp_path: Path) -> None:
    with shown(qtbot, tmp_path, text_store(tmp_path / "logs")) as view:
        view.search_bar.set_text("(unfinished [")
        settle(qtbot, view)
        assert "Not found in 7 texts" in view.search_bar.words()


def test_a_search_follows_the_runs_shown(qtbot: QtBot, tmp_path: Path) -> None:
    with shown(qtbot, tmp_path, text_store(tmp_path / "logs")) as view:
        view.search_bar.set_text("needle")
        settle(qtbot, view)
        (hidden,) = (run.key for run in view.context.store.runs if run.name == "a")
        view.context.workspace.set_shown([hidden], False)
        qtbot.waitUntil(lambda: len(view.results.matches()) == 1, timeout=5_000)


# --- comparison


def test_compare_with_the_step_before(qtbot: QtBot, tmp_path: Path) -> None:
    rows = [("t", 0, "the quick fox"), ("t", 1, "the slow fox")]
    with logged(qtbot, tmp_path, rows) as view:
        card = card_of(view, "t")
        card.tell_reached()
        assert view.open_diff()
        settle(qtbot, view)
        assert view.diff.words() == "1 word only left, 1 word only right"
        assert [index for _series, index in view.diff.sides()] == [0, 1]
        assert "quick" in view.diff.page.toPlainText()
        view.diff.swap()
        settle(qtbot, view)
        assert [index for _series, index in view.diff.sides()] == [1, 0]
        view.set_option("inline", compare="inline")
        settle(qtbot, view)
        assert "slow" in view.diff.page.toPlainText()
        view.step_back()
        assert not view.diff_is_open


def test_compare_two_runs(qtbot: QtBot, tmp_path: Path) -> None:
    with shown(qtbot, tmp_path, text_store(tmp_path / "logs")) as view:
        card = card_of(view, "notes/summary", "a")
        other = view.series_of(card_of(view, "notes/summary", "b"))
        assert other is not None
        text_commands._compare_runs(view, card, other.id)
        settle(qtbot, view)
        assert view.diff_is_open
        (left, _), (right, _) = view.diff.sides()
        assert {left, right} == {s.id for s in view.context.store.series if "summary" in s.tag}


def test_equal_texts_are_said_to_be_equal(qtbot: QtBot, tmp_path: Path) -> None:
    with logged(qtbot, tmp_path, [("t", 0, "same"), ("t", 1, "same")]) as view:
        assert view.open_diff(card_of(view, "t"))
        settle(qtbot, view)
        assert view.diff.words() == "The texts are equal"


# --- commands


def test_copy_and_save(qtbot: QtBot, tmp_path: Path) -> None:
    with logged(qtbot, tmp_path, [("t", 0, ["a", "b\tc"])]) as view:
        card = card_of(view, "t")
        QGuiApplication.clipboard().clear()
        text_commands.copy_text(view, card)
        qtbot.waitUntil(lambda: QGuiApplication.clipboard().text() == "a\nb\tc")
        target = tmp_path / "out.txt"
        assert text_commands.save_text(view, card, target)
        qtbot.waitUntil(target.exists)
        assert target.read_text() == "a\nb\tc"


def test_nothing_is_written_into_a_log_directory(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(QMessageBox, "warning", lambda *given: told.append(given[2]))
    with logged(qtbot, tmp_path, [("t", 0, "a")]) as view:
        target = tmp_path / "logs" / "run" / "out.txt"
        assert text_commands.save_text(view, card_of(view, "t"), target)
        qtbot.waitUntil(lambda: bool(told))
        assert not target.exists()


def test_commands_have_unique_ids_and_run(qtbot: QtBot, tmp_path: Path) -> None:
    with shown(qtbot, tmp_path, text_store(tmp_path / "logs")) as view:
        commands = {command.id: command for command in view.commands()}
        assert len(commands) == len(view.commands())
        assert not commands["texts.copy"].enabled()
        card_of(view, "notes/summary", "a").tell_reached()
        assert commands["texts.copy"].enabled()
        for name in ("rendered", "all", "breaks", "wrap", "inline", "only"):
            command = commands[f"texts.{name}"]
            assert command.checked is not None
            before = command.checked()
            command.run()
            assert command.checked() is not before
            command.run()
        for name in ("maximise", "maximise", "pin", "wide", "next_part", "next", "previous"):
            commands[f"texts.{name}"].run()
        settle(qtbot, view)
        assert view.context.workspace.state.pinned_tags == ("notes/summary",)
        assert view.grid.groups()[0].title == "Pinned"
        card = view.current_card() or view.cards()[0]
        menu = text_commands.card_menu(view, card)
        assert len(menu.actions()) > 6


def test_a_tag_that_is_asked_for_is_shown(qtbot: QtBot, tmp_path: Path) -> None:
    rows: list[tuple[str, int, Content | None]] = [(f"g{i}/t", 0, "x") for i in range(30)]
    with logged(qtbot, tmp_path, rows) as view:
        view.context.workspace.go_to_tag("g29/t", Kind.TEXT)
        settle(qtbot, view)
        assert card_of(view, "g29/t")


def test_a_card_with_the_focus_can_be_scrolled_away(qtbot: QtBot, tmp_path: Path) -> None:
    rows: list[tuple[str, int, Content | None]] = [(f"g{i}/t", 0, "x") for i in range(30)]
    with logged(qtbot, tmp_path, rows) as view:
        qtbot.waitActive(view)
        view.cards()[0].page.setFocus()
        assert view.cards()[0].page.hasFocus()
        bar = view.grid.verticalScrollBar()
        bar.setValue(bar.maximum())
        settle(qtbot, view)
        assert bar.value() == bar.maximum()
        assert view.grid.hasFocus()
        assert all(card.y() > -800 for card in view.cards())


def test_tool_bar_and_inspector_change_the_options(qtbot: QtBot, tmp_path: Path) -> None:
    with shown(qtbot, tmp_path, text_store(tmp_path / "logs")) as view:
        bar, inspector = view.tool_bar_content(), view.inspector_content()
        assert bar is not None
        assert inspector is not None
        qtbot.addWidget(bar)
        qtbot.addWidget(inspector)
        bar._form.chosen.emit("raw")  # type: ignore[attr-defined]
        bar._layout.chosen.emit("all")  # type: ignore[attr-defined]
        options = view.context.workspace.state.texts
        assert (options.rendered, options.layout) == (False, "all")
        section = inspector.sections()[0]  # type: ignore[attr-defined]
        assert section._form.value == "raw"
        section._wrap.click()
        assert not view.context.workspace.state.texts.wrap


# --- the page


def page(qtbot: QtBot, html: str) -> TextPage:
    made = TextPage(Theme("light"))
    qtbot.addWidget(made)
    made.resize(400, 200)
    made.show()
    made.show_text(Presented(html, True, 0, (0,), len(html)))
    return made


def test_nothing_is_loaded(qtbot: QtBot, tmp_path: Path) -> None:
    picture = tmp_path / "x.txt"
    picture.write_text("secret")
    made = page(qtbot, f'<img src="{picture.as_uri()}"><img src="http://x.example/y.png">text')
    for kind in range(1, 5):
        assert made.loadResource(kind, QUrl.fromLocalFile(str(picture))) is None
    assert not made.openLinks()
    assert "secret" not in made.toPlainText()


def test_links_are_opened_only_after_asking(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    asked: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    answer = {"text": "Cancel"}

    def answered(box: QMessageBox) -> int:
        asked.append(box.informativeText())
        next(b for b in box.buttons() if b.text().replace("&", "") == answer["text"]).click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", answered)
    made = page(qtbot, '<a href="https://x.example/a b">link</a>')
    made.ask_to_open(QUrl("https://x.example/a b"))
    assert asked == ["https://x.example/a%20b"]
    assert opened == []
    answer["text"] = "Open"
    made.ask_to_open(QUrl("https://x.example/"))
    assert opened == ["https://x.example/"]
    answer["text"] = "Copy the address"
    made.ask_to_open(QUrl("https://x.example/copied"))
    assert QGuiApplication.clipboard().text() == "https://x.example/copied"
    for bad in ("javascript:alert(1)", "file:///etc/passwd", "data:text/html,x"):
        assert not made.ask_to_open(QUrl(bad))
    assert len(asked) == 3
    assert len(opened) == 1


def test_the_wheel_scrolls_the_page_below_until_one_goes_into_the_text(qtbot: QtBot) -> None:
    made = page(qtbot, "<br>".join(str(i) for i in range(100)))

    def turned() -> bool:
        place = QPointF(20, 20)
        event = QWheelEvent(
            place,
            made.mapToGlobal(place),
            QPoint(0, 0),
            QPoint(0, -120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        before = made.verticalScrollBar().value()
        QApplication.sendEvent(made.viewport(), event)
        return made.verticalScrollBar().value() != before

    made.clearFocus()
    if not made.hasFocus():
        assert not turned()
    made.set_takes_wheel(True)
    assert turned()


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["torch_all", "tf2_all", "tf1_legacy", "odd"])
def test_text_of_real_logs(qtbot: QtBot, tmp_path: Path, corpus: Path, name: str) -> None:
    with shown(qtbot, tmp_path, read_store(corpus / "golden" / name)) as view:
        assert view.cards()
        assert all(text_of(card) for card in view.cards())
