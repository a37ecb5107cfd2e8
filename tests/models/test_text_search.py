from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from eventglass.app.core.names import Kind
from eventglass.app.core.reader import Reader
from eventglass.app.core.store import LogStore, Series
from eventglass.app.models import text_search
from eventglass.app.models.text_search import Found, nearest_match, search, spans
from tests.models.text_logs import text_store, write_text_log


def texts(store: LogStore) -> list[Series]:
    return [one for one in store.series if one.kind is Kind.TEXT]


def found_in(store: LogStore, pattern: str) -> Found:
    wanted = re.compile(pattern, re.IGNORECASE)
    return search(store, texts(store), "hide", wanted, lambda _share, _found: None, lambda: False)


def test_every_run_and_step_is_searched(tmp_path: Path) -> None:
    store = text_store(tmp_path)
    found = found_in(store, "needle")
    runs = {store.runs[store.series[m.series_id].run_id].name for m in found.matches}
    assert runs == {"a", "b"}
    assert {m.step for m in found.matches} == {0, 20}
    assert found.searched == found.total
    (first, *_rest) = found.matches
    assert first.found.lower() == "needle"
    assert first.count == 2
    assert found.failures == 1


def test_nothing_found(tmp_path: Path) -> None:
    found = found_in(text_store(tmp_path), "haystacks?")
    assert found.matches == ()
    assert found.total > 0


def test_a_search_can_be_ended(tmp_path: Path) -> None:
    store = text_store(tmp_path)
    found = search(store, texts(store), "hide", re.compile("."), lambda *_: None, lambda: True)
    assert found.searched == 0


def test_it_ends_by_itself_when_it_found_too_much(tmp_path: Path, monkeypatch: object) -> None:
    store = text_store(tmp_path)
    monkeypatch.setattr(text_search, "MOST_FOUND", 2)  # type: ignore[attr-defined]
    found = found_in(store, ".")
    assert len(found.matches) == 2
    assert found.is_cut


def test_a_file_that_is_gone_is_counted(tmp_path: Path) -> None:
    path = write_text_log(tmp_path / "a", [("t", 0, "needle")])
    store = LogStore()
    reader = Reader(store)
    reader.open(tmp_path)
    reader.start()
    assert reader.wait_until_settled(20)
    reader.stop()
    path.unlink()
    found = found_in(store, "needle")
    assert found.matches == ()
    assert found.failures == 1


@given(
    st.text(alphabet="ab\n", max_size=300), st.sampled_from(["a+", "ab", "b\\n", "a*", "^b", "a$"])
)
def test_stretches_find_what_one_search_finds(source: str, pattern: str) -> None:
    wanted = re.compile(pattern, re.MULTILINE)
    whole = [m.span() for m in wanted.finditer(source) if m.end() > m.start()]
    assert list(spans(source, wanted)) == whole


def test_matches_across_stretches_are_found_once() -> None:
    stretch = text_search._STRETCH
    source = (
        "x" * (stretch - 3) + "needle" + "x" * stretch + "\nneedle\n" + "y" * stretch + "needle"
    )
    found = list(spans(source, re.compile("needle")))
    assert [source[a:b] for a, b in found] == ["needle"] * 3
    # Matches that overlap one another are not counted twice.
    assert len(list(spans("z" * 3 * stretch, re.compile("z{10}")))) == 3 * stretch // 10


def test_the_next_match_from_a_place() -> None:
    import numpy as np

    strings = np.array("one x two x three x", dtype=object)
    wanted = re.compile("x")
    assert nearest_match(strings, wanted, 5, 1) == 10
    assert nearest_match(strings, wanted, 10, -1) == 4
    assert nearest_match(strings, wanted, 19, 1) == -1
    assert nearest_match(strings, wanted, 2, -1) == -1
    assert nearest_match(strings, wanted, 19, -1) == 18
