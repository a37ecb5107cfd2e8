"""Files of layouts: the composed cards of a workspace, to be used in another."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from eventglass.app.core.export import ExportError, check_target, replacing
from eventglass.app.models.cards import Card
from eventglass.app.models.codec import from_json, to_json
from eventglass.app.models.composing import new_key

#: What the file says it is.
FORMAT = "eventglass-layouts"
#: Larger files were not written here.
MOST_BYTES = 4 * 1024 * 1024


class LayoutFileError(ValueError):
    """A file that can't be written or is no file of layouts; the message is for the user."""


@dataclass(frozen=True, slots=True)
class _Contents:
    format: str = ""
    cards: tuple[Card, ...] = ()


def save_layouts(path: Path, cards: Sequence[Card], opened: Iterable[str] = ()) -> None:
    """Write cards to a file; ``opened`` are paths of logs, into which nothing is written.

    Raises
    ------
    LayoutFileError
        When it can't be written there; what was there before is kept.
    """
    try:
        check_target(opened, path)
        with replacing(path) as part:
            text = json.dumps(to_json(_Contents(FORMAT, tuple(cards))), indent=1)
            part.write_text(text + "\n", encoding="utf-8")
    except ExportError as error:
        raise LayoutFileError(str(error)) from error
    except OSError as error:
        raise LayoutFileError(f"The layouts can't be written: {error.strerror or error}") from error


def load_layouts(path: Path, known: Sequence[Card]) -> tuple[Card, ...]:
    """Return the known cards and those of a file; what is there already is left out.

    Raises
    ------
    LayoutFileError
        When the file can't be read, or holds no layouts.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise LayoutFileError("This is no file of layouts")
        found = from_json(_Contents, json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise LayoutFileError(f"The file can't be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise LayoutFileError("This is no file of layouts") from error
    if found.format != FORMAT:
        raise LayoutFileError("This is no file of layouts")
    cards = list(known)
    for card in found.cards:
        if not any(replace(card, key=each.key) == each for each in cards):
            cards.append(replace(card, key=new_key(cards)))
    return tuple(cards)
