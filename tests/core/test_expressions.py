"""Expressions: what they say, what they compute, and that no text can do harm."""

from __future__ import annotations

import ast
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventglass.app.core.compute import expressions
from eventglass.app.core.compute.expressions import (
    DEEPEST,
    MOST_LETTERS,
    Expression,
    ExpressionError,
    parse,
    quoted,
)
from eventglass.app.core.compute.point_functions import FUNCTIONS
from eventglass.app.core.compute.points import MissingTag, Points


def points(steps, values):
    steps = np.array(steps, np.int64)
    return Points(steps, 100.0 + 2.0 * steps, np.array(values, np.float64))


LOG = {
    "a": points([0, 1, 2, 3], [1, 2, 3, 4]),
    "b": points([1, 3, 3, 5], [10, 20, 30, 40]),
    "gap": points([0, 1, 2, 3, 4], [1, math.nan, 3, math.inf, 5]),
    "train/loss": points([0, 1, 2], [4, 2, 0]),
    "back": points([0, 1, 2, 1, 2, 3], [1, 2, 3, 20, 30, 40]),
    "none": points([], []),
}


def values(text):
    return parse(text).evaluate(LOG.__getitem__).values.tolist()


def near(text):
    return pytest.approx(values(text), nan_ok=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", [1, 2, 3, 4]),
        ("a + 1", [2, 3, 4, 5]),
        ("1 - a - 1", [-1, -2, -3, -4]),
        ("8 / a / 2", [4, 2, 8 / 6, 1]),
        ("-a ** 2", [-1, -4, -9, -16]),
        ("2 ** 3 ** 2 + 0 * a", [512] * 4),
        ("2 ** -1 * a", [0.5, 1, 1.5, 2]),
        ("+a % 2", [1, 0, 1, 0]),
        ("a * (1 + 2)", [3, 6, 9, 12]),
        ("a < 2.5", [1, 1, 0, 0]),
        ("(a >= 2) * (a != 3)", [0, 1, 0, 1]),
        ("a == 2", [0, 1, 0, 0]),
        (".5e1 * a", [5, 10, 15, 20]),
        ("`train/loss` + 1", [5, 3, 1]),
        ('tag("train/loss")', [4, 2, 0]),
        ('"a" + pi - pi', [1, 2, 3, 4]),
        ("1 / `train/loss`", [0.25, 0.5, math.inf]),
        ("log(`train/loss` - 2)", [math.log(2), -math.inf, math.nan]),
        ("min(a, 2)", [1, 2, 2, 2]),
        ("max(a, 2, 5 - a)", [4, 3, 3, 4]),
        ("clip(a, 2, 3)", [2, 2, 3, 3]),
        ("where(a > 2, a, -a)", [-1, -2, 3, 4]),
        ("where(gap > 2, 1, 0)", [0, 0, 1, 1, 1]),
        ("where(log(a - 2), 1, 0)", [math.nan, 1, 0, 1]),
        ("round(a / 2)", [0, 1, 2, 2]),
        ("sign(a - 2)", [-1, 0, 1, 1]),
        ("diff(a * a)", [math.nan, 3, 5, 7]),
        ("derivative(b)", [math.nan, 5, math.inf, 5]),
        ("integral(a)", [0, 1.5, 4, 7.5]),
        ("cumsum(gap)", [1, math.nan, 4, math.inf, 9]),
        ("cumprod(a)", [1, 2, 6, 24]),
        ("cummin(-gap)", [-1, math.nan, -3, -math.inf, -5]),
        ("cummax(back)", [1, 2, 3, 20, 30, 40]),
        ("rolling(a, 2)", [1, 1.5, 2.5, 3.5]),
        ("rolling(gap, 2)", [1, math.nan, 2, math.inf, 4]),
        ("rolling_min(back, 3)", [1, 1, 1, 2, 3, 20]),
        ("rolling_max(back, 2)", [1, 2, 3, 20, 30, 40]),
        ("rolling_std(a, 2)", [0] + [math.sqrt(0.5)] * 3),
        ("rolling_median(back, 3)", [1, 1.5, 2, 3, 20, 30]),
        ("rolling(a, 10 * 10)", [1, 1.5, 2, 2.5]),
        ("ema(a, 0.5)", [1, 5 / 3, 17 / 7, 49 / 15]),
        ("ema(a, 0)", [1, 2, 3, 4]),
        ("shift(a, 1)", [math.nan, 1, 2, 3]),
        ("shift(a, -3)", [4, math.nan, math.nan, math.nan]),
        ("shift(a, 9)", [math.nan] * 4),
        ("normalize(a)", [0, 1 / 3, 2 / 3, 1]),
        ("normalize(a * 0)", [0, 0, 0, 0]),
        ("step(a)", [0, 1, 2, 3]),
        ("time(a) - first(time(a))", [0, 2, 4, 6]),
        ("delta_time(a)", [math.nan, 2, 2, 2]),
        ("a - mean(a)", [-1.5, -0.5, 0.5, 1.5]),
        ("first(a) + last(a) + 0 * a", [5] * 4),
        ("std(gap)", [2] * 5),
        ("minimum(gap) - maximum(gap)", [-4] * 5),
        ("a - nan", [math.nan] * 4),
        ("none + 1", []),
        ("none / a", []),
        ("rolling_median(none, 3) + rolling_std(none, 3) + integral(none)", []),
        ("mean(none)", []),
    ],
)
def test_what_it_computes(text, expected):
    assert values(text) == pytest.approx(expected, nan_ok=True)


def test_different_tags_meet_at_the_steps_both_have():
    made = parse("a / b").evaluate(LOG.__getitem__)
    assert made.steps.tolist() == [1, 3]
    assert made.values.tolist() == [0.2, 4 / 30]
    assert made.wall_times.tolist() == [102.0, 106.0]
    shifted = {"a": LOG["a"], "b": Points(LOG["b"].steps, LOG["b"].wall_times + 1, LOG["b"].values)}
    assert parse("b - a").evaluate(shifted.__getitem__).wall_times.tolist() == [103.0, 107.0]


def test_a_restarted_tag_counts_as_it_was_written_last():
    for text in ("a + back", "back + a"):
        made = parse(text).evaluate(LOG.__getitem__)
        assert made.steps.tolist() == [0, 1, 2, 3]
        assert made.values.tolist() == [2, 22, 33, 44]


def test_one_tag_keeps_all_its_points_in_their_order():
    made = parse("back * 2 + back").evaluate(LOG.__getitem__)
    assert made.steps.tolist() == [0, 1, 2, 1, 2, 3]
    assert made.values.tolist() == [3, 6, 9, 60, 90, 120]


def test_a_function_sees_the_points_of_its_argument():
    made = parse("cumsum(a) + 0 * b").evaluate(LOG.__getitem__)
    assert made.values.tolist() == [3, 10]


def test_three_tags_in_a_choice():
    made = parse("max(a, b, `train/loss`)").evaluate(LOG.__getitem__)
    assert made.steps.tolist() == [1]
    assert made.values.tolist() == [10]


def test_a_missing_tag():
    with pytest.raises(MissingTag) as caught:
        parse("a + nosuch").evaluate(LOG.__getitem__)
    assert caught.value.tag == "nosuch"


def test_tags_in_the_order_they_appear():
    assert parse("b + a - b * tag(`x y`)").tags == ("b", "a", "x y")
    assert parse("train.loss_1 + größe").tags == ("train.loss_1", "größe")
    assert parse("min + log").tags == ("min", "log")
    assert parse(" a ") == parse(" a ") != parse("a")
    assert isinstance(parse("a"), Expression)


@pytest.mark.parametrize(
    ("text", "position", "length", "message"),
    [
        ("", 0, 1, "needed"),
        ("  ", 0, 1, "needed"),
        ("lg(a)", 0, 2, "There is no function 'lg'; did you mean log?"),
        ("zzzz(a)", 0, 4, "There is no function 'zzzz'"),
        ("a b", 2, 1, r"sign such as \+ is missing"),
        ("2a", 0, 2, r"did you mean 2 \* a"),
        ("a +", 2, 1, "missing after +"),
        ("a + * b", 4, 1, r"missing before \*"),
        ("(a", 0, 1, "never closed"),
        ("log(a", 3, 1, "never closed"),
        ("a)", 1, 1, "never opened"),
        ("()", 1, 1, "missing before"),
        ("a, b", 1, 1, "comma"),
        ("(a, b)", 2, 1, "comma"),
        ("min(a)", 0, 3, r"minimum\(x\)"),
        ("log()", 0, 3, "takes 1 argument, not 0"),
        ("rolling(a)", 0, 7, r"rolling\(x, n\) takes 2 arguments, not 1"),
        ("rolling(a, 0)", 11, 1, "from 1 to 1,000,000"),
        ("rolling(a, 1.5)", 11, 3, "whole number"),
        ("rolling(a, nan)", 11, 3, "whole number"),
        ("rolling_median(a, 50000)", 18, 5, "to 20,000"),
        ("rolling(a, b)", 11, 1, "without tags"),
        ("ema(a, 1)", 7, 1, "less than 1"),
        ("diff(3)", 5, 1, "takes a series"),
        ("diff(mean(a))", 5, 4, "takes a series"),
        ("a ^ 2", 2, 1, r"\*\*"),
        ("a = 2", 2, 1, "=="),
        ("a & b", 2, 1, "combined"),
        ("'a'", 0, 1, "quoted"),
        ("a + `b", 4, 2, "never closed"),
        ("``", 0, 2, "name of a tag is missing"),
        ("tag(a)", 4, 1, "quotation marks"),
        ("1 + 2", 0, 5, "needs a tag"),
        ("a < b < 3", 6, 1, "follow one another"),
        ("1e999 * a", 0, 5, "too large"),
        ("a\x00", 1, 1, r"U\+0000"),
        ("a 😀", 2, 1, "😀"),
        ("(" * 60 + "a" + ")" * 60, DEEPEST, 1, "nests"),
        ("-" * 60 + "a", DEEPEST, 1, "nests"),
        ("abs(" * 60 + "a", DEEPEST * 4, 3, "nests"),
        ("a" + "**a" * 60, 3 * DEEPEST + 1, 2, "nests"),
        ("a" * 2001, MOST_LETTERS, 1, "2,000"),
    ],
)
def test_what_is_wrong_and_where(text, position, length, message):
    with pytest.raises(ExpressionError, match=message) as caught:
        parse(text)
    assert (caught.value.position, caught.value.length) == (position, length)


def test_long_expressions_are_no_deep_ones():
    assert values("+".join(["a"] * 999)) == [999, 1998, 2997, 3996]
    assert values("a" + "*1" * 999) == [1, 2, 3, 4]
    assert values("(" * 50 + "a" + ")" * 50) == [1, 2, 3, 4]
    for part in ("a**2", "-a", "(a)", "abs(a)", 'tag("a")', "clip(a, 0, 9)"):
        assert len(values("+".join([part] * 100))) == 4


def test_huge_numbers_overflow_to_infinity_silently():
    assert values("a ** 1e300 * 1e300 + exp(a * 1e5)") == [math.inf] * 4
    big = {"x": points(range(6), [1e300, -1e300, 1.7e308, 1e300, 1e300, 1e300])}
    for name, function in FUNCTIONS.items():
        if function.kind == "series" and not name.startswith(("cum", "diff", "deriv", "ema")):
            numbers = ", 2" if function.least == 2 else ""
            made = parse(f"{name}(x{numbers})").evaluate(big.__getitem__).values
            assert not np.isinf(made).any(), name


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=80), st.integers(1, 100))
@settings(max_examples=150)
def test_rolling_equals_numpy(numbers, length):
    log = {"x": points(range(len(numbers)), numbers)}
    array = np.array(numbers)
    parts = [array[max(0, i - length + 1) : i + 1] for i in range(len(array))]
    scale = max(np.abs(array).max(), 1e-300)
    for name, plain in {
        "rolling": np.mean,
        "rolling_min": np.min,
        "rolling_max": np.max,
        "rolling_median": np.median,
        "rolling_std": lambda part: np.std(part, ddof=1) if len(part) > 1 else 0.0,
    }.items():
        made = parse(f"{name}(x, {length})").evaluate(log.__getitem__).values
        expected = [plain(part) for part in parts]
        np.testing.assert_allclose(made, expected, rtol=1e-9, atol=2e-8 * scale, err_msg=name)


def test_one_wild_point_leaves_the_windows_beside_it_their_digits():
    array = np.random.default_rng(1).normal(size=100)
    array[50] = 1e100
    made = parse("rolling_std(x, 10)").evaluate({"x": points(range(100), array)}.__getitem__)
    for i in [*range(9, 50), *range(60, 100)]:
        assert made.values[i] == pytest.approx(array[i - 9 : i + 1].std(ddof=1), rel=1e-9)


# -- texts of all kinds


@given(st.text(max_size=80))
@settings(max_examples=400)
def test_any_text_is_an_expression_or_told_what_is_wrong(text):
    check(text)


_words = ["a", "b", "none", "`train/loss`", "tag", "(", ")", ",", "1", "2.5", "1e5", "nan"]
_signs = ["+", "-", "*", "/", "%", "**", "<", ">=", "==", '"', "`", " "]
_pieces = st.sampled_from([*FUNCTIONS, *_words, *_signs])


@given(st.lists(_pieces, max_size=25).map("".join))
@settings(max_examples=600)
def test_any_row_of_words_is_an_expression_or_told_what_is_wrong(text):
    check(text)


def check(text):
    try:
        expression = parse(text)
    except ExpressionError as error:
        wrong = error
    else:
        try:
            made = expression.evaluate(LOG.__getitem__)
        except MissingTag:
            return
        assert len(made.steps) == len(made.values) == len(made.wall_times)
        assert made.values.dtype == np.float64
        return
    assert wrong.message
    assert wrong.length >= 1
    assert 0 <= wrong.position <= max(len(text), 1)


_numbers = st.floats(0.1, 9.0).map(lambda value: repr(round(value, 3)))
_arithmetic = st.recursive(
    st.one_of(_numbers, st.just("a")),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "%", "**"]), inner).map(" ".join),
        inner.map(lambda text: f"-{text}"),
        inner.map(lambda text: f"({text})"),
    ),
    max_leaves=12,
)


@given(_arithmetic.map(lambda text: f"{text} + 0 * a"))
@settings(max_examples=300)
def test_precedence_is_that_of_python(text):
    """Python's own reading of the text, computed by the same operations, says the same."""

    def walk(node):
        if isinstance(node, ast.BinOp):
            operator = {
                ast.Add: np.add,
                ast.Sub: np.subtract,
                ast.Mult: np.multiply,
                ast.Div: np.divide,
                ast.Mod: np.mod,
                ast.Pow: np.power,
            }[type(node.op)]
            return operator(walk(node.left), walk(node.right))
        if isinstance(node, ast.UnaryOp):
            return -walk(node.operand)
        return np.float64(node.value) if isinstance(node, ast.Constant) else LOG["a"].values

    with np.errstate(all="ignore"):
        expected = walk(ast.parse(text, mode="eval").body)
    np.testing.assert_array_equal(values(text), expected)


@given(st.text(min_size=1, max_size=30))
def test_every_tag_can_be_written(tag):
    assert parse(quoted(tag)).tags == (tag,)
    assert parse(f"{quoted(tag)} + 1").tags == (tag,)


def test_plain_tags_stay_plain():
    assert quoted("loss") == "loss"
    assert quoted("train/loss") == "`train/loss`"
    assert quoted("pi") == "`pi`"
    assert quoted("a`b") == '"a`b"'


def test_every_function_is_described():
    for name, function in FUNCTIONS.items():
        assert function.signature.startswith(f"{name}(")
        assert function.summary
        assert not hasattr(expressions, "eval")


def test_steps_at_the_ends_of_their_range():
    steps = np.array([-(2**63), 0, 2**62, 2**62 + 1], np.int64)
    log = {"a": Points(steps, np.zeros(4), np.array([0.0, 2.0**63, 2.0**63 + 2.0**62, 0.0]))}
    slopes = parse("derivative(a)").evaluate(log.__getitem__).values
    assert slopes[1:].tolist() == [1.0, 1.0, -(2.0**63 + 2.0**62)]
    ones = {"a": Points(steps, np.zeros(4), np.ones(4))}
    areas = parse("integral(a)").evaluate(ones.__getitem__).values
    assert areas.tolist() == [0.0, 2.0**63, 2.0**63 + 2.0**62, 2.0**63 + 2.0**62 + 1.0]
