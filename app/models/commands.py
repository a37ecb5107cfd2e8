"""Commands: everything that can be done, as values.

Menus, the command palette, the page of shortcuts and the shortcuts themselves are made from them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal


def _always() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that can be done.

    Parameters
    ----------
    id
        Stable name, ``area.verb``.
    title
        What menus and the palette show; ends with ``…`` when it asks for more.
    run
        Does it.
    menu
        Menu it stands in (``File``), or empty for none; ``File/3`` puts it into the third group.
    shortcuts
        Key sequences in Qt's portable spelling; the first is shown.
    icon
        Name of an icon, or empty.
    enabled
        Whether it can be done now.
    checked
        For a command that switches: whether it is on.
    keywords
        Further words the palette finds it by.
    reason
        Why it cannot be done now; shown beside it.
    """

    id: str
    title: str
    run: Callable[[], object]
    menu: str = ""
    shortcuts: tuple[str, ...] = ()
    icon: str = ""
    enabled: Callable[[], bool] = _always
    checked: Callable[[], bool] | None = None
    keywords: str = ""
    reason: Callable[[], str] | None = None

    @property
    def menu_name(self) -> str:
        """Name of the menu without the group."""
        return self.menu.partition("/")[0]

    @property
    def menu_group(self) -> str:
        """Group inside the menu; groups are kept apart by lines, in order of their names."""
        return self.menu.partition("/")[2]


class Commands(QObject):
    """All commands by id, in the order they were added."""

    #: Commands were added or removed.
    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._commands: dict[str, Command] = {}

    def __iter__(self) -> Iterator[Command]:
        return iter(tuple(self._commands.values()))

    def __contains__(self, command_id: str) -> bool:
        return command_id in self._commands

    def __getitem__(self, command_id: str) -> Command:
        return self._commands[command_id]

    def add(self, *commands: Command) -> None:
        """Add commands; an id that is taken is a mistake in the program."""
        for command in commands:
            if command.id in self._commands:
                raise ValueError(f"there is already a command {command.id}")
            self._commands[command.id] = command
        if commands:
            self.changed.emit()

    def replace(self, *commands: Command) -> None:
        """Add commands, taking the place of those with the same ids."""
        self._commands.update((command.id, command) for command in commands)
        if commands:
            self.changed.emit()

    def remove(self, command_ids: Iterable[str]) -> None:
        """Remove commands; ids that are not there are passed over."""
        gone = [self._commands.pop(command_id, None) for command_id in command_ids]
        if any(gone):
            self.changed.emit()

    def run(self, command_id: str) -> bool:
        """Do it if it can be done now; return whether it was."""
        command = self._commands.get(command_id)
        if command is None or not command.enabled():
            return False
        command.run()
        return True


def fuzzy_score(query: str, text: str) -> float | None:
    """How well ``text`` fits what was typed, higher is better, None when it does not.

    All letters of the query must come in order; whole stretches and beginnings of words count
    more, long texts a little less.
    """
    query, lowered = query.casefold().replace(" ", ""), text.casefold()
    if not query:
        return 0.0
    position = lowered.find(query)
    if position >= 0:
        start = position == 0 or not lowered[position - 1].isalnum()
        return 100.0 + (50.0 if start else 0.0) - 0.1 * len(text) - 0.2 * position
    score, at, previous = 0.0, 0, -2
    for letter in query:
        found = lowered.find(letter, at)
        if found < 0:
            return None
        if found == previous + 1:
            score += 4.0
        elif found == 0 or not lowered[found - 1].isalnum():
            score += 3.0
        else:
            score -= 0.3 * min(found - at, 10)
        previous, at = found, found + 1
    return score - 0.1 * len(text)
