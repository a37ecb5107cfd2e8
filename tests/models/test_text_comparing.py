from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventglass.app.models.text_comparing import LONGEST, Comparison, Row, compare, folded
from eventglass.app.models.text_diff_html import MOST_ROWS, Mode, comparison_html

TEXTS = st.text(alphabet="ab. \n", max_size=60)


def sides(found: Comparison) -> tuple[str, str]:
    left = ["".join(text for text, _ in row.left) for row in found.rows if row.left_number]
    right = ["".join(text for text, _ in row.right) for row in found.rows if row.right_number]
    return "\n".join(left), "\n".join(right)


def words(row: Row) -> tuple[list[str], list[str]]:
    return [t for t, changed in row.left if changed], [t for t, changed in row.right if changed]


@given(TEXTS, TEXTS)
def test_both_texts_are_there_in_full(left: str, right: str) -> None:
    found = compare(left, right)
    assert sides(found) == (left, right)
    numbers = [row.left_number for row in found.rows if row.left_number]
    assert numbers == list(range(1, len(numbers) + 1))
    assert found.equal == (left == right)


@given(TEXTS, TEXTS)
def test_what_is_said_to_be_the_same_is(left: str, right: str) -> None:
    for row in compare(left, right).rows:
        if row.same:
            assert row.left == row.right


def test_only_the_words_that_differ_are_marked() -> None:
    (row,) = compare("the quick brown fox", "the slow brown dog").rows
    assert words(row) == (["quick", "fox"], ["slow", "dog"])
    found = compare("loss 0.182 now", "loss 0.183 now")
    assert words(found.rows[0]) == (["0.182"], ["0.183"])
    assert (found.words_gone, found.words_new) == (1, 1)


def test_a_new_line_is_new_and_the_others_stay() -> None:
    found = compare("a\nb\nc", "a\nnew\nb\nc")
    assert [row.same for row in found.rows] == [True, False, True, True]
    assert found.rows[1].left_number == 0
    assert found.rows[1].right == (("new", True),)


def test_moved_lines_keep_the_longer_order() -> None:
    found = compare("one\ntwo\nthree\nfour", "two\nthree\nfour\none")
    assert sum(row.same for row in found.rows) == 3


def test_much_repetition_costs_little_and_stays_true() -> None:
    left, right = "a b " * 30_000, "b a " * 30_000
    assert sides(compare(left, right)) == (left, right)
    left, right = "x\n" * 40_000, "x\n" * 39_000 + "y"
    assert sides(compare(left, right)) == (left, right)


def test_longer_texts_are_cut_and_it_is_said() -> None:
    found = compare("a" * (LONGEST + 1), "b")
    assert found.cut
    assert "1,000,000" in comparison_html(found, "side", False)[1]


def test_a_cancelled_comparison_ends() -> None:
    found = compare("a\nb", "c\nd", lambda: True)
    assert found.rows == ()


def test_what_is_the_same_is_folded() -> None:
    lines = [str(i) for i in range(100)]
    changed = [*lines[:50], "new", *lines[51:]]
    rows = list(folded(compare("\n".join(lines), "\n".join(changed)).rows))
    assert [row for row in rows if isinstance(row, int)] == [47, 46]
    assert len(rows) == 2 + 7
    assert list(folded(compare("a", "a").rows)) == [1]


@pytest.mark.parametrize("mode", ["side", "inline"])
def test_html_holds_text_as_text(mode: Mode) -> None:
    found = compare("<b>old</b> & x", "<b>new</b> & x\n<script>")
    body, note = comparison_html(found, mode, True)
    assert not note
    assert "<b>" not in body
    assert "<script>" not in body
    assert '<span class="gone">old</span>' in body
    assert '<span class="new">new</span>' in body


def test_html_of_many_rows_is_cut() -> None:
    found = compare("", "\n".join(str(i) for i in range(MOST_ROWS + 10)))
    body, note = comparison_html(found, "inline", True)
    assert body.count("<tr>") <= MOST_ROWS + 1
    assert "more rows are not shown" in note


def test_the_limit_can_be_set() -> None:
    assert compare("same\nleft", "same\nright", limit=5).equal
    found = compare("same\nleft", "same\nright", limit=100)
    assert not found.equal
    assert not found.cut
    assert (
        "first 5 characters"
        in comparison_html(compare("same a", "same b", limit=5), "side", True)[1]
    )
