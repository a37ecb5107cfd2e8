"""Regular expressions that come from a log.

Python's matcher can't be stopped, and takes ages for some patterns. One that comes from a file
somebody sent must not be able to hang the program. So the ways a pattern can be laid on a text are
counted beforehand: a pattern of too many is refused, a text too long for it does not match, and one
that has taken too long in all matches nothing any more.
"""

from __future__ import annotations

import math
import re
import time
import warnings
from functools import lru_cache
from typing import Any

#: Longest pattern, and most open-ended repeats in one: each multiplies the work by the length.
MOST_LETTERS = 1000
MOST_REPEATS = 4
#: Ways a pattern may be laid on a text; some ten million are tried in a second.
MOST_WAYS = 4e6
#: Time a pattern may take for all texts together.
PATIENCE_S = 0.5
#: A repeat with a higher end than this counts as open.
_OPEN = 32
_LOOKS = re.compile(r"\(\?<?[=!]")


class UntrustedPattern:
    """A pattern from a log, compiled; it knows what it has matched."""

    def __init__(self, compiled: re.Pattern[str], choices: float, repeats: int, once: bool) -> None:
        self._match = compiled.match
        self.pattern = compiled.pattern
        # Repeats that follow one another share a text among them, in n ** k / k! ways.
        self._choices = choices / (math.factorial(repeats) if once else 1)
        self._repeats = repeats
        self._known: dict[str, bool] = {}
        self._spent_s = 0.0

    @property
    def gave_up(self) -> bool:
        """Whether matching took too long."""
        return self._spent_s > PATIENCE_S

    def match(self, text: str) -> bool:
        """Return whether the beginning of a text matches; not when that could take ages."""
        found = self._known.get(text)
        if found is None:
            if self.gave_up or self._choices * float(len(text) + 1) ** self._repeats > MOST_WAYS:
                return False
            start = time.perf_counter()
            found = self._known[text] = self._match(text) is not None
            self._spent_s += time.perf_counter() - start
        return found


@lru_cache(maxsize=512)
def compile_untrusted(pattern: str) -> UntrustedPattern:
    """Return the pattern compiled; `re.error` when it is not valid, or could take ages to match."""
    if len(pattern) > MOST_LETTERS:
        raise re.error(f"longer than {MOST_LETTERS:,} letters")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compiled = re.compile(pattern)
            parsed = re._parser.parse(pattern)  # type: ignore[attr-defined]
            choices, repeats = _ways(parsed)
        except (RecursionError, OverflowError) as error:
            raise re.error("nested too deeply") from error
    if repeats > MOST_REPEATS:
        raise re.error("too many open repeats")
    if choices > MOST_WAYS:
        raise re.error("too many choices")
    # What looks ahead or behind takes nothing of the text away from the others.
    return UntrustedPattern(compiled, choices, repeats, once=_LOOKS.search(pattern) is None)


def is_quick(pattern: str, repeats: int = 2) -> bool:
    """Whether searching names for a pattern that somebody else wrote stays quick.

    At most so many open repeats; what is no regular expression is taken as it stands, and quick.
    """
    try:
        return compile_untrusted(pattern)._repeats <= repeats
    except re.error:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                re.compile(pattern)
        except re.error:
            return len(pattern) <= MOST_LETTERS
        except (RecursionError, OverflowError):
            return False
        return False


def _ways(parsed: Any) -> tuple[float, int]:
    """Ways to lay a pattern on a text of length n: (c, k), for at most c n ** k.

    Raises `re.error` where they grow with the length of the text faster than any power.
    """
    choices, repeats = 1.0, 0
    for name, argument in parsed:
        if str(name) in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            low, high, body = int(argument[0]), int(argument[1]), argument[2]
            inner, deeper = _ways(body)
            if high > _OPEN and high > low:
                if deeper or (inner > 1.0 and not _is_plain_choice(body)):
                    raise re.error("a repeat inside a repeat")
                repeats += 1
                continue
            if deeper and high > 1 and high > low:
                raise re.error("a repeat inside a repeat")
            times = min(high, MOST_LETTERS)
            choices *= min((high - low + 1) * _power(inner, times), 1e300)
            repeats += deeper * times
        else:
            parts = _parts(argument)
            if str(name) == "BRANCH":
                choices *= len(parts)
            for part in parts:
                inner, deeper = _ways(part)
                choices *= inner
                repeats += deeper
        choices = min(choices, 1e300)
    return choices, repeats


def _power(base: float, times: int) -> float:
    return float(10.0 ** min(times * math.log10(base), 300.0))


def _is_plain_choice(body: Any) -> bool:
    """Whether a body is a choice of words of which no two begin alike: it is made but one way."""
    while len(body) == 1 and str(body[0][0]) == "SUBPATTERN":
        body = body[0][1][-1]
    if len(body) != 1 or str(body[0][0]) != "BRANCH":
        return False
    words = body[0][1][1]
    plain = all(len(w) and all(str(name) == "LITERAL" for name, _ in w) for w in words)
    return plain and len({w[0][1] for w in words}) == len(words)


def _parts(argument: Any) -> list[Any]:
    """The patterns inside an argument of the parser's, however deep."""
    if isinstance(argument, re._parser.SubPattern):  # type: ignore[attr-defined]
        return [argument]
    if isinstance(argument, tuple | list):
        return [part for each in argument for part in _parts(each)]
    return []
