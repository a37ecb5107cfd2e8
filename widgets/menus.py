"""Menus, shortcuts and the menu bar, made from commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from eventglass.app.models.commands import Command, Commands
from eventglass.app.models.theme import Theme
from eventglass.widgets.controls.icons import icon


class Menus(QObject):
    """Keeps the menus of a window as the commands are.

    ``menus`` are those of the menu bar by name; ``submenus`` are menus of other making, placed
    at the end of a group: (menu, group, submenu).
    """

    def __init__(
        self,
        window: QMainWindow,
        commands: Commands,
        theme: Theme,
        menus: Mapping[str, QMenu],
        submenus: Sequence[tuple[str, str, QMenu]] = (),
    ) -> None:
        super().__init__(window)
        self._window = window
        self._commands = commands
        self._theme = theme
        self._submenus = tuple(submenus)
        self._actions: dict[str, tuple[Command, QAction]] = {}
        self._menus = dict(menus)
        for name, menu in menus.items():
            menu.aboutToShow.connect(partial(self._about_to_show, name))
            menu.aboutToHide.connect(self._about_to_hide)
        # Views add several commands in a row; the menus follow once.
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self.rebuild)
        commands.changed.connect(self._timer.start)
        self.rebuild()

    def action(self, command_id: str) -> QAction:
        """The action of a command."""
        return self._actions[command_id][1]

    def rebuild(self) -> None:
        """Make actions and menus anew from the commands as they are."""
        current = {command.id: command for command in self._commands}
        for command_id in list(self._actions):
            command, action = self._actions[command_id]
            if current.get(command_id) is not command:
                del self._actions[command_id]
                self._window.removeAction(action)
                action.deleteLater()
        for command in current.values():
            if command.id not in self._actions:
                self._actions[command.id] = (command, self._make(command))
        for name, menu in self._menus.items():
            self._fill(name, menu)

    def _make(self, command: Command) -> QAction:
        action = QAction(command.title, self)
        action.setShortcuts([QKeySequence(keys) for keys in command.shortcuts])
        action.setCheckable(command.checked is not None)
        if command.icon and command.checked is None:
            action.setIcon(icon(self._theme, command.icon))
        action.triggered.connect(partial(self._commands.run, command.id))
        # Added to the window, too: its shortcut works without the menu.
        self._window.addAction(action)
        return action

    def _fill(self, name: str, menu: QMenu) -> None:
        menu.clear()
        groups: dict[str, list[QAction | QMenu]] = {}
        for command, action in self._actions.values():
            if command.menu_name == name:
                groups.setdefault(command.menu_group, []).append(action)
        for menu_name, group, submenu in self._submenus:
            if menu_name == name:
                groups.setdefault(group, []).append(submenu)
        for number, group in enumerate(sorted(groups)):
            if number:
                menu.addSeparator()
            for entry in groups[group]:
                if isinstance(entry, QMenu):
                    menu.addMenu(entry)
                else:
                    menu.addAction(entry)

    def _about_to_show(self, name: str) -> None:
        for command, action in self._actions.values():
            if command.menu_name != name:
                continue
            enabled = command.enabled()
            action.setEnabled(enabled)
            reason = command.reason() if command.reason is not None and not enabled else ""
            action.setText(f"{command.title} — {reason}" if reason else command.title)
            if command.checked is not None:
                action.setChecked(command.checked())

    def _about_to_hide(self) -> None:
        # A disabled action would swallow its shortcut long after the menu told its state;
        # whether a command can run is asked anew each time.
        for _command, action in self._actions.values():
            action.setEnabled(True)
