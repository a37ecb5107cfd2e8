from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventglass.app.core.plugins.text import Text
from eventglass.app.models.text_parts import ROWS, part_head, part_starts, row_starts
from eventglass.app.models.text_presenting import (
    LONGEST_CELL,
    MOST_COLUMNS,
    Look,
    part_edge,
    plain_text,
    present,
    preview,
)


def text(items: Any, shape: Sequence[int] = ()) -> Text:
    array: np.ndarray[Any, np.dtype[np.object_]] = np.empty(tuple(shape), dtype=object)
    array.reshape(-1)[:] = [items] if isinstance(items, str) else list(items)
    return Text(array)


RAW = Look(rendered=False)


@given(st.text(alphabet="ab \n", max_size=400), st.integers(1, 60))
def test_parts_are_short_and_cover_the_text(source: str, size: int) -> None:
    starts = part_starts(source, size)
    stops = [*starts[1:], len(source)]
    assert starts[0] == 0
    assert all(0 < stop - start <= size for start, stop in zip(starts, stops, strict=True)) or (
        not source and starts == [0]
    )


def test_parts_end_where_paragraphs_do() -> None:
    source = "\n\n".join(["a" * 30, "b" * 40, "c" * 30])
    assert part_starts(source, 80) == [0, 74]
    assert part_starts(source.replace("\n\n", " \n"), 80) == [0, 74]
    assert part_starts("a" * 15, 6) == [0, 6, 12]


def test_many_short_lines_make_more_parts() -> None:
    starts = part_starts("\n" * 10_000, 6_000)
    assert max(b - a for a, b in itertools.pairwise(starts)) <= 300


@given(st.lists(st.integers(0, 300), max_size=600), st.integers(1, 500))
def test_rows_of_a_part(lengths: list[int], size: int) -> None:
    starts = row_starts(lengths, size)
    assert starts[0] == 0
    for start, stop in zip(starts, [*starts[1:], len(lengths)], strict=True):
        assert stop - start <= ROWS
        assert sum(lengths[start:stop]) <= size or stop - start == 1


def test_single_strings_are_text_whatever_their_rank() -> None:
    for shape in ((), (1,), (1, 1)):
        shown = present(text("**a**", shape), Look())
        assert shown.is_html
        assert "<strong>a</strong>" in shown.body
        assert "<table" not in shown.body


def test_raw_text_is_as_logged() -> None:
    shown = present(text("**a** <b>\n"), RAW)
    assert not shown.is_html
    assert shown.body == "**a** <b>\n"


def test_one_dimension_is_a_column_two_are_a_table() -> None:
    column = present(text(["*a*", "b"], (2,)), Look())
    assert column.body.count("<tr>") == 2
    assert "<em>a</em>" in column.body
    table = present(text(["a", "b", "c", "1. d"], (2, 2)), Look())
    assert table.body.count("<tr>") == 2
    assert table.body.count("<td>") == 4
    assert not table.note
    assert present(text(["a", "b\tc", "d", "e"], (2, 2)), RAW).body == "a\tb\\tc\nd\te"


def test_higher_ranks_show_their_first_table_and_say_so() -> None:
    shown = present(text(list("abcdefgh"), (2, 2, 2)), RAW)
    assert shown.body == "a\tb\nc\td"
    assert "2×2×2" in shown.note
    assert "[0, :, :]" in shown.note


def test_empty_tensors_and_empty_texts() -> None:
    assert "shape 0" in present(text([], (0,)), Look()).note
    assert "shape 3×0" in present(text([], (3, 0)), Look()).note
    assert present(text(""), Look()).note == "Empty text"
    assert present(text(" \n"), Look()).note == "Nothing but white space"


def test_a_long_text_is_shown_a_part_at_a_time() -> None:
    source = "".join(f"line {i}\n" for i in range(5_000))
    shown = present(text(source), RAW)
    assert len(shown.starts) > 5
    assert shown.characters == len(source)
    bodies = [present(text(source), Look(False, offset=at)).body for at in shown.starts]
    assert "".join(bodies) == source
    inside = present(text(source), Look(False, offset=shown.starts[3] + 1))
    assert inside.part == 3
    assert part_edge(inside, 1) == shown.starts[4]
    assert part_edge(inside, -1) == shown.starts[3]
    assert part_edge(shown, -1) is None


def test_long_tables_have_parts_and_wide_ones_are_cut_with_a_note() -> None:
    rows = present(text([str(i) for i in range(1_000)], (500, 2)), Look())
    assert len(rows.starts) == 3
    assert rows.body.count("<tr>") == ROWS
    wide = present(text(["x"] * 600, (2, 300)), Look())
    assert wide.body.count("<td>") == 2 * MOST_COLUMNS
    assert "of 300 columns" in wide.note
    cell = present(text(["y" * (LONGEST_CELL + 5), "z"], (2,)), RAW)
    assert "5 more characters" in cell.body
    assert "1 cell is cut" in cell.note


def test_a_match_in_a_table_leads_to_its_row() -> None:
    source = text([f"row {i}" for i in range(1_000)], (1_000,))
    at = plain_text(source.strings).index("row 777")
    shown = present(source, Look(False, offset=at, find=True))
    assert "row 777" in shown.body


@pytest.mark.parametrize("shape", [(4,), (2, 2), (1, 2, 2)])
def test_plain_text_holds_everything(shape: tuple[int, ...]) -> None:
    found = plain_text(text(list("abcd"), shape).strings)
    assert [c for c in found if c.isalpha()] == list("abcd")


def test_previews_are_words_on_one_line() -> None:
    assert preview(text("# Head\n\nthe **best**\n\tword").strings) == "Head the best word"
    assert preview(text(["a", "b"], (2,)).strings) == "a · b"
    assert len(preview(text("word " * 10_000).strings)) <= 400


def test_what_cannot_be_rendered_is_shown_as_it_was_logged_and_says_so() -> None:
    shown = present(Text(np.array(">" * 300 + " deep", dtype=object)), Look())
    assert not shown.is_html
    assert shown.body.endswith("> deep")
    assert "Nested too deep" in shown.note


def _parts_of(whole: str) -> list[str]:
    """The bodies of all parts of a text."""
    starts = present(text(whole), Look()).starts
    return [present(text(whole), Look(offset=start)).body for start in starts]


def test_code_stays_code_in_all_parts() -> None:
    code = "\n".join(f"# line {row} of the code" for row in range(800))
    bodies = _parts_of(f"before\n\n~~~text\n{code}\n```\n~~~\n\n# After\n")
    assert len(bodies) > 2
    assert all(body.count('class="code"') == 1 for body in bodies)
    assert not any('class="h1"' in body for body in bodies[:-1])
    assert '<p class="h1">After</p>' in bodies[-1]


def test_a_table_keeps_its_head_in_all_parts() -> None:
    rows = "\n".join(f"| {row} | value |" for row in range(1500))
    bodies = _parts_of(f"words\n\n| step | what |\n|---|:-:|\n{rows}\n\nafter | all\n")
    assert len(bodies) > 2
    for body in bodies:
        assert body.count("<table") == 1
        assert "step" in body
    assert sum(body.count("<tr>") - 1 for body in bodies) == 1500


def test_parts_without_a_head_get_none() -> None:
    for whole in ("a | b\n" * 2000, "word " * 3000, "a\n---\n" + "b | c\n" * 1500):
        starts = part_starts(whole, 1000)
        assert all(part_head(whole, start) == "" for start in starts)


def test_a_part_of_a_wide_table_has_few_cells() -> None:
    shown = present(text(["a"] * 20_000, (400, 50)), Look(size=24_000))
    assert shown.body.count("<td") <= 1_200
    wide = "|" + "a|" * 300 + "\n|" + "-|" * 300 + "\n" + ("|" + "a|" * 300 + "\n") * 100
    assert present(text(wide), Look(size=24_000)).body.count("<td") <= 2_400
