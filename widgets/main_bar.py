"""The tool bar: which logs are open, the filter of tags, the tools of the active view."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolBar, QWidget

from eventglass.app.models.words import printable
from eventglass.widgets.controls.buttons import PillButton
from eventglass.widgets.controls.filter_box import FilterBox

if TYPE_CHECKING:
    from eventglass.app.models.session import Session

#: Below this width buttons whose icons say enough show only these.
ROOMY_PX = 1120
FILTER_PX = (110, 300)


class MainBar(QToolBar):
    """The window's tool bar; its right half belongs to the active view."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__("Main", parent)
        theme = session.theme
        self._session = session
        self.setObjectName("mainBar")
        self.setMovable(False)
        self.setFloatable(False)
        self.root_button = PillButton(theme, "", "folder-open", chevron=True, strong=True)
        self.root_button.setToolTip("Open, add and close logs")
        self.live_button = PillButton(theme, "Live", "live", muted=True)
        self.live_button.setCheckable(True)
        self.live_button.clicked.connect(partial(session.commands.run, "tools.live"))
        self.tag_box = FilterBox(theme, "Filter tags", ".*")
        self.tag_box.setMinimumWidth(FILTER_PX[0])
        self.tag_box.setMaximumWidth(FILTER_PX[1])
        self.tag_box.setToolTip("A regular expression over the names of tags (Ctrl+F)")
        self.commands_button = PillButton(
            theme, "Commands", "commands", hint="Ctrl+Shift+P", muted=True
        )
        self.commands_button.setToolTip("Find and run any command (Ctrl+Shift+P)")
        self.commands_button.clicked.connect(partial(session.commands.run, "tools.palette"))
        self._tools = QWidget()
        self._slot = QHBoxLayout(self._tools)
        self._slot.setContentsMargins(0, 0, 0, 0)
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(10)
        row.addWidget(self.root_button)
        row.addWidget(self.live_button)
        row.addWidget(self.tag_box, 100)
        row.addStretch(1)
        row.addWidget(self._tools)
        row.addWidget(self.commands_button)
        holder.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.addWidget(holder)

    def show_roots(self, paths: Sequence[str]) -> None:
        """Show what is open; without anything only what opens something."""
        self.root_button.set_text(title_of(paths) or "Open logs")
        self.root_button.setToolTip("\n".join(paths) or "Open, add and close logs")
        for widget in (self.tag_box, self.live_button):
            widget.setVisible(bool(paths))
        # A file with a graph or with vectors is looked at without any log.
        self._tools.setVisible(bool(paths or self._session.loose_files))

    def show_live(self, live: bool) -> None:
        """Show whether the logs are watched."""
        self.live_button.setChecked(live)
        self.live_button.set_icon_token("positive" if live else "text_muted")
        text = "Watching the logs for new data" if live else "Not watching for new data"
        self.live_button.setToolTip(text)
        self.live_button.setAccessibleDescription(text)

    def show_tools(self, tools: QWidget | None) -> None:
        """Show the tools of the active view in place of those of another."""
        while (item := self._slot.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
        if tools is not None:
            self._slot.addWidget(tools)
            tools.show()

    def focus_filter(self) -> None:
        """Put the cursor into the filter of tags."""
        self.tag_box.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.tag_box.selectAll()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give way where there is little room."""
        super().resizeEvent(event)
        tight = event.size().width() < ROOMY_PX
        self.commands_button.set_compact(tight)
        self.live_button.set_compact(tight)


def title_of(paths: Sequence[str]) -> str:
    """Return the name of the first log, and how many more there are."""
    if not paths:
        return ""
    name = os.path.basename(os.path.normpath(paths[0])) or paths[0]
    return printable(name) + (f" + {len(paths) - 1}" if len(paths) > 1 else "")
