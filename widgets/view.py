"""The base of views: a page of content and a page for errors.

A view shows one side of the logs. It holds keys, never data: it pulls snapshots from the store
when it is refreshed. It knows its `ViewContext` and nothing of the window around it.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from eventglass.app.core.names import Kind

if TYPE_CHECKING:
    from eventglass.app.core.store import Changes, LogStore
    from eventglass.app.models.commands import Command, Commands
    from eventglass.app.models.embedding_shelf import EmbeddingShelf
    from eventglass.app.models.payloads import Payloads
    from eventglass.app.models.settings import Settings
    from eventglass.app.models.tasks import Tasks
    from eventglass.app.models.theme import Theme
    from eventglass.app.models.workspace import Workspace
    from eventglass.widgets.plots.line_book import LineBook

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ViewContext:
    """All a view may work with."""

    store: LogStore
    workspace: Workspace
    settings: Settings
    tasks: Tasks
    commands: Commands
    theme: Theme
    lines: LineBook
    payloads: Payloads
    #: Embeddings beside the event files; None: a view that wants them looks for itself.
    embeddings: EmbeddingShelf | None = None


class Reason(StrEnum):
    """Why a view is refreshed."""

    SHOWN = "shown"
    DATA = "data"
    THEME = "theme"


class View(QWidget):
    """One way to look at the logs.

    Subclasses set the class attributes, put their widgets into `content` and implement `refresh`.
    They listen to the workspace themselves, since they know best what concerns them.
    """

    view_id: ClassVar[str]
    title: ClassVar[str]
    icon: ClassVar[str]
    order: ClassVar[int] = 100
    #: Kinds of series the view shows.
    kinds: ClassVar[frozenset[Kind]] = frozenset()

    #: `renderer_name` returns something else now.
    renderer_changed = Signal()

    def __init__(self, context: ViewContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context = context
        self.setObjectName("view")
        self.content = QWidget()
        self.content.setObjectName("viewContent")
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self.content)
        self._error_page: QWidget | None = None
        self._dirty = True
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)
        context.theme.changed.connect(self._theme_changed)

    @classmethod
    def relevance(cls, store: LogStore) -> int:
        """How much there is to show, 0 for nothing: the number of series of the view's kinds."""
        return sum(count for (_tag, kind), count in store.tags().items() if kind in cls.kinds)

    def refresh(self, reason: Reason, changes: Changes | None) -> None:
        """Bring the content up to date.

        ``changes`` is what the store told; None means: look at everything.
        """
        raise NotImplementedError

    def state(self) -> dict[str, object]:
        """What to keep between sessions, as JSON values."""
        return {}

    def restore(self, state: Mapping[str, object]) -> None:
        """Take over what `state` returned; parts that do not fit are passed over."""

    def tool_bar_content(self) -> QWidget | None:
        """Widget for the right side of the tool bar, made once; None for none."""
        return None

    def inspector_content(self) -> QWidget | None:
        """Widget for the inspector, made once; None for none."""
        return None

    def commands(self) -> tuple[Command, ...]:
        """Commands that are there while this is the active view; called each time it becomes so."""
        return ()

    def step_back(self) -> bool:
        """Take back the last thing that narrows what is seen, as Esc does; here nothing.

        Returns whether there was such a thing: one Esc never takes back two.
        """
        return False

    def renderer_name(self) -> str:
        """How it draws, for the status bar; empty when that is nothing to tell."""
        return ""

    def is_settled(self) -> bool:
        """Whether all there is to see is drawn; views that make more than tasks do say so."""
        return True

    # -- called by the window

    def take_changes(self, changes: Changes) -> None:
        """Refresh with what the store told, or later when the view is hidden."""
        if self.isVisible() and not self._dirty:
            self.update_content(Reason.DATA, changes)
        elif self.isVisible():
            self.update_content(Reason.SHOWN, None)
        else:
            self._dirty = True

    def update_content(self, reason: Reason, changes: Changes | None) -> None:
        """Call `refresh`; show its error in place when it fails."""
        self._dirty = False
        try:
            self.refresh(reason, changes)
        except Exception as error:  # noqa: BLE001
            # A border: a view that fails must not take the others down with it.
            _log.debug("view %s failed", self.view_id, exc_info=error)
            self.show_error(error)
            return
        self._pages.setCurrentWidget(self.content)

    def show_error(self, error: BaseException) -> None:
        """Show what went wrong instead of the content."""
        from eventglass.widgets.controls.empty import ErrorPage

        page = self._error_page
        if not isinstance(page, ErrorPage):
            page = ErrorPage(self.context.theme, self)
            page.retried.connect(self._retry)
            self._pages.addWidget(page)
            self._error_page = page
        text = "".join(traceback.format_exception(error))
        page.show_error(self.title, str(error) or type(error).__name__, text)
        self._pages.setCurrentWidget(page)

    @property
    def failed(self) -> bool:
        """Whether the error is shown instead of the content."""
        return self._pages.currentWidget() is not self.content

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while hidden."""
        super().showEvent(event)
        if self._dirty:
            self.update_content(Reason.SHOWN, None)

    def _theme_changed(self) -> None:
        if self.isVisible():
            self.update_content(Reason.THEME, None)
        else:
            self._dirty = True

    def _retry(self) -> None:
        self.update_content(Reason.SHOWN, None)
