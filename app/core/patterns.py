"""Regular expressions that come from a log.

Python's matcher can't be stopped, and takes ages for some patterns. One that comes from a file
somebody sent must not be able to hang the program, so those that could are refused.
"""

from __future__ import annotations

import re
import warnings
from typing import Any

#: Longest pattern, and most open-ended repeats in one: each multiplies the work by the length.
MOST_LETTERS = 1000
MOST_REPEATS = 4
#: A repeat with a higher end than this counts as open.
_OPEN = 32


def compile_untrusted(pattern: str) -> re.Pattern[str]:
    """Return the pattern compiled; `re.error` when it is not valid, or could take ages to match."""
    if len(pattern) > MOST_LETTERS:
        raise re.error(f"longer than {MOST_LETTERS:,} letters")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compiled = re.compile(pattern)
            parsed = re._parser.parse(pattern)  # type: ignore[attr-defined]
        except (RecursionError, OverflowError) as error:
            raise re.error("nested too deeply") from error
    if _count_repeats(parsed, inside=False) > MOST_REPEATS:
        raise re.error("too many open repeats")
    return compiled


def _count_repeats(parsed: Any, *, inside: bool) -> int:
    """Number of open repeats; raises `re.error` for one that varies inside another that does."""
    count = 0
    for _name, argument in parsed:
        if str(_name) in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            low, high, body = argument
            varies = int(high) > 1 and int(high) != int(low)
            if varies and inside:
                raise re.error("a repeat inside a repeat")
            count += int(high) > _OPEN
            # A fixed repeat is its body written so many times.
            times = 1 if varies else min(int(high), MOST_LETTERS)
            count += times * _count_repeats(body, inside=inside or varies)
        else:
            count += sum(_count_repeats(part, inside=inside) for part in _parts(argument))
    return count


def _parts(argument: Any) -> list[Any]:
    """The patterns inside an argument of the parser's, however deep."""
    if isinstance(argument, re._parser.SubPattern):  # type: ignore[attr-defined]
        return [argument]
    if isinstance(argument, tuple | list):
        return [part for each in argument for part in _parts(each)]
    return []
