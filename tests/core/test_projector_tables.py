"""Tables of numbers as text: every number right, odd tables told of."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventglass.app.core.projector import cells, tables
from eventglass.app.core.projector.notices import EmbeddingError
from tests.core.uncompiled import load_uncompiled


def read(text: str | bytes, numbers_only: bool = False) -> tables.Table:
    data = text.encode() if isinstance(text, str) else text
    array = np.frombuffer(data, np.uint8).copy()
    return tables.read_table(array, "t.tsv", numbers_only)


def expected(text: str) -> np.float32:
    with np.errstate(over="ignore"):
        return np.float32(float(text))


def bits(value: np.ndarray) -> np.ndarray:
    return np.asarray(value, np.float32).view(np.uint32)


@settings(max_examples=400)
@given(st.floats(allow_nan=False, width=64), st.sampled_from(["r", ".3g", ".18e", ".40f", "f"]))
def test_a_number_is_what_python_and_numpy_make_of_it(value: float, form: str) -> None:
    text = repr(value) if form == "r" else format(value, form)
    # A second row and column keep it from being a heading.
    table = read(f"{text}\t1\n2\t{text}\n", numbers_only=True)
    assert bits(table.numbers[0, 0]) == bits(expected(text))
    assert bits(table.numbers[1, 1]) == bits(expected(text))


@settings(max_examples=200)
@given(st.from_regex(r"[+-]?[0-9]{0,25}\.?[0-9]{0,25}([eE][+-]?[0-9]{1,4})?", fullmatch=True))
def test_any_way_of_writing_is_read(text: str) -> None:
    try:
        wanted = expected(text)
    except ValueError:
        wanted = np.float32(np.nan)
    table = read(f"7\t{text}\n1\t2\n", numbers_only=True)
    if np.isnan(wanted):
        assert np.isnan(table.numbers[0, 1])
    else:
        assert bits(table.numbers[0, 1]) == bits(wanted)


def test_numbers_halfway_between_two_float32_are_rounded_as_numpy_does() -> None:
    half = [1 + 2.0**-24, 1 + 3 * 2.0**-24, 2.0**-150, 3 * 2.0**-150, 16777217.0]
    text = "\n".join(f"{value:.160f}\t{-value:.160f}" for value in half)
    table = read(text, numbers_only=True)
    np.testing.assert_array_equal(
        bits(table.numbers), bits(np.array([[v, -v] for v in half], np.float32))
    )


def test_the_uncompiled_reader_gives_the_same() -> None:
    module = load_uncompiled("../projector/cells")
    text = b'1.5 2e-3\t"3"\t x\n\n-0\t1e400\t0.1\n4\t5\n'
    made = []
    for source in (cells, module):
        data = np.frombuffer(text, np.uint8)
        reader = source.Cells(data, 9)
        room = source.count_lines(data) + 1
        starts, lines = np.empty(room, np.int64), np.empty(room, np.int64)
        widths = np.empty(room, np.int32)
        count = reader.scan(starts, lines, widths)
        numbers = np.full((count, 3), np.nan, np.float32)
        left = np.zeros((50, 4), np.int64)
        target = np.arange(3, dtype=np.int32)
        reader.fill(target, target - 9, numbers, np.zeros((count, 1, 2), np.int64), left)
        assert reader.read(0, count, 0) == count
        unsure = {tuple(row[:2]) for row in left[: reader.left_count].tolist()}
        made.append((starts[:count], lines[:count], widths[:count], numbers, unsure))
    for one, other in zip(made[0][:3], made[1][:3], strict=True):
        np.testing.assert_array_equal(one, other)
    # Uncompiled, more cells are left to the caller; what is read is the same.
    sure = ~np.isnan(made[1][3])
    np.testing.assert_array_equal(made[0][3][sure], made[1][3][sure])
    assert made[0][4] <= made[1][4]


def test_rows_of_other_lengths_and_words_are_told_of_with_their_line() -> None:
    table = read("1\t2\n3\t4\n\n5\n6\tx\n7\t8\t9\n", numbers_only=True)
    np.testing.assert_array_equal(
        table.numbers, np.array([[1, 2], [3, 4], [5, np.nan], [6, np.nan], [7, 8]], np.float32)
    )
    odd, word = table.notices
    assert (odd.row, word.row) == (4, 5)
    assert "1 cells where others have 2; so have 1 more rows" in odd.message
    assert "“x” in column 2 is no number" in word.message


@pytest.mark.parametrize("mark", ["\t", ",", ";", " ", "   "])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_delimiters_and_line_ends(mark: str, end: str) -> None:
    text = end.join(mark.join(row) for row in (["1", "2.5"], ["-3", "4e1"])) + end
    np.testing.assert_array_equal(read(text).numbers, [[1, 2.5], [-3, 40]])


def test_columns_of_words_become_labels_and_the_first_row_their_names() -> None:
    table = read('word,x,y,"group, or so"\n"a ""b"", c",1,2,red\nd,3,4,"blue"\n')
    np.testing.assert_array_equal(table.numbers, [[1, 2], [3, 4]])
    assert table.number_names == ("x", "y")
    assert table.text_names == ("word", "group, or so")
    assert table.texts == (['a "b", c', "d"], ["red", "blue"])


def test_a_first_column_of_words_without_heading_is_the_label() -> None:
    table = read("a\t1\t2\nb\t3\t4\n")
    assert table.text_names == ("label",)
    assert table.texts == (["a", "b"],)


def test_a_byte_order_mark_is_no_part_of_the_first_number() -> None:
    np.testing.assert_array_equal(read(b"\xef\xbb\xbf1\t2\n3\t4\n").numbers, [[1, 2], [3, 4]])


@pytest.mark.parametrize("text", ["", "\n\n", "a\tb\nc\td\n"])
def test_nothing_to_read_is_an_error(text: str) -> None:
    with pytest.raises(EmbeddingError):
        read(text)


def test_rows_that_promise_much_take_no_memory() -> None:
    # One row of a million cells and a million rows of one: a matrix of both would be 4 TB.
    text = "1\t" * 300_000 + "1\n" + "1\n" * 300_000
    table = read(text, numbers_only=True)
    assert table.numbers.shape == (300_001, 1)


@settings(max_examples=100)
@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    try:
        table = read(data)
    except EmbeddingError:
        return
    assert table.numbers.ndim == 2


def test_large_tables_are_read_by_two_threads_alike() -> None:
    rng = np.random.default_rng(0)
    values = rng.standard_normal((9000, 30)).astype(np.float32)
    text = "\n".join("\t".join(map(repr, row)) for row in values.tolist())
    np.testing.assert_array_equal(read(text, numbers_only=True).numbers, values)
