"""Expressions over tags, such as ``log(`train/loss`) - rolling(val_loss, 50)``.

A text is parsed here, by hand, into nodes that know nothing but arithmetic and the functions of
`point_functions`. No text, however written, can do more or run deep; evaluating costs time and
memory in proportion to the points.

Each run's series of a tag has its own points. Where two of different tags meet, they are joined on
the steps both have, at each step the value last written; the first one's wall times stay. A
function that looks at several points, like ``rolling``, sees those of its argument. An expression
over one tag alone keeps all its points, in their order.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn, TypeAlias

import numpy as np
import numpy.typing as npt

from eventglass.app.core.compute.joins import last_written
from eventglass.app.core.compute.point_functions import (
    FUNCTIONS,
    MEDIAN_WINDOW_MAX,
    WINDOW_MAX,
    Function,
)
from eventglass.app.core.compute.points import MissingTag, Points

#: Longest text, in characters, and how deep parentheses, calls, signs and powers may nest.
MOST_LETTERS = 2_000
DEEPEST = 50

#: Names that are numbers; a tag of such a name is to be quoted.
CONSTANTS = {"pi": float(np.pi), "inf": float("inf"), "nan": float("nan")}


class ExpressionError(ValueError):
    """A text that is no expression.

    Attributes: ``message``, and where it is wrong: ``position`` and ``length`` in characters.
    """

    def __init__(self, message: str, position: int = 0, length: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.length = length


Lookup: TypeAlias = Callable[[str], Points]


# -- nodes -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Number:
    value: float


@dataclass(frozen=True, slots=True)
class _Tag:
    name: str


@dataclass(frozen=True, slots=True)
class _Negative:
    of: _Node


@dataclass(frozen=True, slots=True)
class _Chain:
    """Operators from left to right."""

    first: _Node
    rest: tuple[tuple[str, _Node], ...]


@dataclass(frozen=True, slots=True)
class _Call:
    function: Function
    arguments: tuple[_Node, ...]


_Node: TypeAlias = _Number | _Tag | _Negative | _Chain | _Call
_Kind: TypeAlias = Literal["number", "series"]

_OPERATORS: dict[str, np.ufunc] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "%": np.mod,
    "**": np.power,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}
_COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression: its ``text``, and the ``tags`` it names in the order they appear."""

    text: str
    tags: tuple[str, ...]
    _root: _Node = field(repr=False, compare=False)

    def evaluate(self, lookup: Lookup) -> Points:
        """Return the points of the expression for one run.

        `lookup` gives the points of a tag, or raises KeyError. A division by zero and the like
        give infinities and NaN.

        Raises
        ------
        MissingTag
            When `lookup` does not know a tag.
        """
        evaluation = _Evaluation(lookup)
        with np.errstate(all="ignore"):
            result = evaluation.value(self._root)
            if not isinstance(result, _Line):
                # The same everywhere: drawn where the first tag has points.
                grid = evaluation.line(self.tags[0]).grid
                return Points(grid.steps, grid.wall_times, np.full(len(grid.steps), float(result)))
        return Points(result.grid.steps, result.grid.wall_times, result.values)


# -- evaluation ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Grid:
    steps: npt.NDArray[np.int64]
    wall_times: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    grid: _Grid
    values: npt.NDArray[np.float64]


_Indices: TypeAlias = npt.NDArray[np.intp]


class _Evaluation:
    """One evaluation: what was looked up and joined already."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._lines: dict[str, _Line] = {}
        self._joins: dict[tuple[int, int], tuple[_Grid, _Grid, _Grid, _Indices, _Indices]] = {}

    def line(self, tag: str) -> _Line:
        if tag not in self._lines:
            try:
                points = self._lookup(tag)
            except KeyError:
                raise MissingTag(tag) from None
            self._lines[tag] = _Line(_Grid(points.steps, points.wall_times), points.values)
        return self._lines[tag]

    def value(self, node: _Node) -> _Line | np.float64:
        if isinstance(node, _Number):
            return np.float64(node.value)
        if isinstance(node, _Tag):
            return self.line(node.name)
        if isinstance(node, _Negative):
            return self._apply(np.negative, [self.value(node.of)])
        if isinstance(node, _Chain):
            made = self.value(node.first)
            for operator, other in node.rest:
                made = self._apply(_OPERATORS[operator], [made, self.value(other)])
            return made
        function = node.function
        values = [self.value(argument) for argument in node.arguments]
        if function.kind in ("points", "choice"):
            return self._apply(function.call, values)
        line = values[0]
        assert isinstance(line, _Line)
        grid = line.grid
        result = function.call(grid.steps, grid.wall_times, line.values, *values[1:])
        return np.float64(result) if function.kind == "number" else _Line(grid, result)

    def _apply(
        self, call: Callable[..., Any], operands: list[_Line | np.float64]
    ) -> _Line | np.float64:
        """Point by point, on the steps that all lines have."""
        grid: _Grid | None = None
        aligned: list[Any] = []
        for operand in operands:
            if not isinstance(operand, _Line):
                aligned.append(operand)
            elif grid is None or grid is operand.grid:
                grid = operand.grid
                aligned.append(operand.values)
            else:
                grid, mine, theirs = self._joined(grid, operand.grid)
                aligned = [each[mine] if np.ndim(each) else each for each in aligned]
                aligned.append(operand.values[theirs])
        result = call(*aligned)
        if grid is None:
            return np.float64(result)
        # Comparisons give 0 and 1.
        return _Line(grid, np.asarray(result, np.float64))

    def _joined(self, left: _Grid, right: _Grid) -> tuple[_Grid, _Indices, _Indices]:
        key = (id(left), id(right))
        if key not in self._joins:
            indices: list[_Indices] = []
            for grid in (left, right):
                chosen = last_written(grid.steps)
                indices.append(np.arange(len(grid.steps)) if chosen is None else chosen)
            ours, theirs = left.steps[indices[0]], right.steps[indices[1]]
            at = np.searchsorted(theirs, ours)
            both = at < len(theirs)
            both[both] = theirs[at[both]] == ours[both]
            mine, other = indices[0][both], indices[1][at[both]]
            grid = _Grid(left.steps[mine], left.wall_times[mine])
            # Both are kept here, so that no other grid gets their id.
            self._joins[key] = (left, right, grid, mine, other)
        return self._joins[key][2:]


# -- parsing ---------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<name>[^\W\d][\w.]*)
      | (?P<quoted>`(?:[^`]|``)*`|"(?:[^"]|"")*")
      | (?P<symbol>\*\*|<=|>=|==|!=|[-+*/%<>(),])
    )""",
    re.VERBOSE,
)
_BARE = re.compile(r"[^\W\d][\w.]*")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int

    @property
    def length(self) -> int:
        return max(len(self.text), 1)


def quoted(tag: str) -> str:
    """Return a tag as it is written in an expression."""
    if _BARE.fullmatch(tag) and tag not in CONSTANTS:
        return tag
    mark = '"' if "`" in tag else "`"
    return mark + tag.replace(mark, 2 * mark) + mark


def parse(text: str) -> Expression:
    """Return the expression a text says.

    Numbers, ``+ - * / % **``, comparisons (1 where they hold, else 0), parentheses, the functions
    of `FUNCTIONS`, ``pi``, ``inf``, ``nan``, and tags: as they are when they consist of letters,
    digits, ``_`` and ``.`` alone, else in backticks or double quotes, where a doubled mark stands
    for one; ``tag("…")`` is the same.

    Raises
    ------
    ExpressionError
        With a message for people and the place that is wrong.
    """
    if len(text) > MOST_LETTERS:
        raise ExpressionError(
            f"An expression has {MOST_LETTERS:,} characters at most; this has {len(text):,}",
            MOST_LETTERS,
            len(text) - MOST_LETTERS,
        )
    return _Parser(text).parse()


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    end = len(text.rstrip())
    at = 0
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            at += len(text[at:]) - len(text[at:].lstrip())
            _refuse_character(text, at)
        kind = str(match.lastgroup)
        token = _Token(kind, match.group(kind), match.start(kind))
        behind = found[-1] if found else None
        touches = behind is not None and behind.position + behind.length == token.position
        if touches and behind and behind.kind == "number" and kind == "name":
            raise ExpressionError(
                f"A sign is missing; did you mean {behind.text} * {token.text}?",
                behind.position,
                behind.length + token.length,
            )
        found.append(token)
        at = match.end()
    found.append(_Token("end", "", end))
    return found


def _refuse_character(text: str, at: int) -> NoReturn:
    letter = text[at]
    if letter in '`"':
        what = f"The quotation mark {letter} is never closed"
        raise ExpressionError(what, at, len(text) - at)
    hints = {
        "^": "Powers are written **",
        "=": "Comparisons are written ==",
        "'": 'Tags are quoted with ` or "',
        "&": "Conditions are combined with *",
        "|": "Conditions are combined with max(a, b)",
    }
    name = f"'{letter}'" if letter.isprintable() else f"the character U+{ord(letter):04X}"
    raise ExpressionError(hints.get(letter, f"{name} means nothing here"), at)


class _Parser:
    """Recursive descent; one method per level of the grammar."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _tokens(text)
        self._at = 0
        self._depth = 0
        self._tags: dict[str, None] = {}

    def parse(self) -> Expression:
        if self._here.kind == "end":
            raise ExpressionError("An expression is needed, such as log(loss)")
        root = self._comparison()
        token = self._here
        if token.kind != "end":
            if token.text == ")":
                self._fail("This parenthesis was never opened")
            if token.text == ",":
                self._fail("A comma stands only between the arguments of a function")
            self._fail(f"A sign such as + is missing before {token.text}")
        if not self._tags:
            raise ExpressionError("An expression needs a tag", 0, len(self._text))
        return Expression(self._text, tuple(self._tags), root)

    # -- tokens

    @property
    def _here(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _accept(self, *symbols: str) -> _Token | None:
        token = self._here
        if token.kind == "symbol" and token.text in symbols:
            return self._take()
        return None

    def _fail(self, message: str, token: _Token | None = None) -> NoReturn:
        token = token or self._here
        raise ExpressionError(message, token.position, token.length)

    def _deeper(self, token: _Token) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            self._fail(f"This nests more than {DEEPEST} deep", token)

    # -- grammar

    def _comparison(self) -> _Node:
        left = self._sum()
        sign = self._accept(*_COMPARISONS)
        if sign is None:
            return left
        made = _Chain(left, ((sign.text, self._sum()),))
        if self._here.text in _COMPARISONS and self._here.kind == "symbol":
            self._fail("Comparisons don't follow one another; write (a < b) * (b < c)")
        return made

    def _sum(self) -> _Node:
        return self._chain(self._product, ("+", "-"))

    def _product(self) -> _Node:
        return self._chain(self._signed, ("*", "/", "%"))

    def _chain(self, operand: Callable[[], _Node], signs: tuple[str, ...]) -> _Node:
        first = operand()
        rest: list[tuple[str, _Node]] = []
        while (sign := self._accept(*signs)) is not None:
            rest.append((sign.text, operand()))
        return _Chain(first, tuple(rest)) if rest else first

    def _signed(self) -> _Node:
        sign = self._accept("-", "+")
        if sign is None:
            return self._power()
        self._deeper(sign)
        of = self._signed()
        self._depth -= 1
        return _Negative(of) if sign.text == "-" else of

    def _power(self) -> _Node:
        base = self._atom()
        sign = self._accept("**")
        if sign is None:
            return base
        # From right to left, and a sign may stand before the exponent.
        self._deeper(sign)
        exponent = self._signed()
        self._depth -= 1
        return _Chain(base, (("**", exponent),))

    def _atom(self) -> _Node:
        token = self._take()
        if token.kind == "number":
            value = float(token.text)
            if value == float("inf"):
                self._fail("This number is too large", token)
            return _Number(value)
        if token.kind == "quoted":
            return self._tag(token)
        if token.kind == "name":
            if self._here.text == "(" and self._here.kind == "symbol":
                return self._call(token)
            if token.text in CONSTANTS:
                return _Number(CONSTANTS[token.text])
            self._tags.setdefault(token.text)
            return _Tag(token.text)
        if token.kind == "symbol" and token.text == "(":
            self._deeper(token)
            inside = self._comparison()
            self._close(token)
            self._depth -= 1
            return inside
        message = f"Something is missing before {token.text}"
        if token.kind == "end":
            token = self._tokens[self._at - 2]
            message = f"Something is missing after {token.text}"
        raise ExpressionError(message, token.position, token.length)

    def _tag(self, token: _Token) -> _Tag:
        mark = token.text[0]
        name = token.text[1:-1].replace(2 * mark, mark)
        if not name:
            self._fail("The name of a tag is missing between the quotation marks", token)
        self._tags.setdefault(name)
        return _Tag(name)

    def _close(self, opened: _Token) -> None:
        if self._accept(")") is not None:
            return
        if self._here.kind == "end":
            self._fail("This parenthesis is never closed", opened)
        if self._here.text == ",":
            self._fail("A comma stands only between the arguments of a function")
        self._fail(f"A sign such as + is missing before {self._here.text}")

    def _call(self, name: _Token) -> _Node:
        opened = self._take()
        self._deeper(name)
        if name.text == "tag":
            if self._here.kind != "quoted":
                self._fail('tag() takes one name in quotation marks: tag("train/loss")')
            made: _Node = self._tag(self._take())
            self._close(opened)
            self._depth -= 1
            return made
        function = FUNCTIONS.get(name.text)
        if function is None:
            self._fail(_no_function(name.text), name)
        starts: list[_Token] = []
        arguments: list[_Node] = []
        if self._accept(")") is None:
            while True:
                starts.append(self._here)
                arguments.append(self._comparison())
                if self._accept(",") is None:
                    break
            self._close(opened)
        self._depth -= 1
        if not function.least <= len(arguments) <= function.most:
            self._fail(_wrong_count(name.text, function, len(arguments)), name)
        if function.kind in ("series", "number"):
            if _kind(arguments[0]) == "number":
                self._fail(f"{name.text} takes a series here, not one number", starts[0])
            arguments[1:] = [
                self._count(name.text, argument, start)
                for argument, start in zip(arguments[1:], starts[1:], strict=True)
            ]
        return _Call(function, tuple(arguments))

    def _count(self, name: str, argument: _Node, start: _Token) -> _Number:
        """The plain number that follows a series: a window, a shift, a weight."""
        if _names_a_tag(argument):
            self._fail(f"{name} takes a plain number here, without tags", start)
        with np.errstate(all="ignore"):
            value = float(_Evaluation(_no_lookup).value(argument))  # type: ignore[arg-type]
        if name == "ema":
            if not 0.0 <= value < 1.0:
                self._fail("The weight of ema is at least 0 and less than 1", start)
            return _Number(value)
        high = MEDIAN_WINDOW_MAX if name == "rolling_median" else WINDOW_MAX
        low = -high if name == "shift" else 1
        if not low <= value <= high or value != int(value):
            self._fail(f"The number of points is a whole number from {low:,} to {high:,}", start)
        return _Number(value)


def _kind(node: _Node) -> _Kind:
    """Whether a node has a value per point or one for all."""
    if isinstance(node, _Number):
        return "number"
    if isinstance(node, _Tag):
        return "series"
    if isinstance(node, _Negative):
        return _kind(node.of)
    if isinstance(node, _Chain):
        parts = (node.first, *(other for _sign, other in node.rest))
    elif node.function.kind in ("series", "number"):
        return "number" if node.function.kind == "number" else "series"
    else:
        parts = node.arguments
    return "series" if any(_kind(part) == "series" for part in parts) else "number"


def _names_a_tag(node: _Node) -> bool:
    if isinstance(node, _Tag):
        return True
    if isinstance(node, _Number):
        return False
    if isinstance(node, _Negative):
        return _names_a_tag(node.of)
    if isinstance(node, _Chain):
        return _names_a_tag(node.first) or any(_names_a_tag(other) for _s, other in node.rest)
    return any(_names_a_tag(argument) for argument in node.arguments)


def _no_lookup(tag: str) -> Points:
    raise KeyError(tag)


def _no_function(name: str) -> str:
    import difflib

    close = difflib.get_close_matches(name.lower(), [*FUNCTIONS, "tag"], 1, 0.5)
    hint = f"; did you mean {close[0]}?" if close else ""
    return f"There is no function '{name}'{hint}"


def _wrong_count(name: str, function: Function, given: int) -> str:
    if name in ("min", "max") and given == 1:
        return f"{name} compares two or more; {name}imum(x) is the extreme of a series"
    needed = str(function.least)
    if function.most > function.least:
        needed = f"{function.least} or more" if given < function.least else f"{function.most}"
    noun = "argument" if needed == "1" else "arguments"
    return f"{function.signature} takes {needed} {noun}, not {given}"
