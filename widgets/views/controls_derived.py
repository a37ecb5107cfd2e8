"""Inspector: derived series, which are computed from others in every run and shown like tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtWidgets import QMenu, QWidget

from eventglass.app.core.names import Kind
from eventglass.app.models.cards import Derived
from eventglass.app.models.words import count_text
from eventglass.app.models.workspace import Workspace
from eventglass.widgets.controls.item_list import Item, ItemList
from eventglass.widgets.controls.section import LinkButton
from eventglass.widgets.view import ViewContext
from eventglass.widgets.views.control_section import ControlSection

if TYPE_CHECKING:
    from eventglass.widgets.views.derived_editor import DerivedEditor


class DerivedSection(ControlSection):
    """All derived series, to go to, edit, duplicate and remove."""

    fields: ClassVar[frozenset[str]] = frozenset({"derived"})

    def __init__(self, context: ViewContext) -> None:
        theme = context.theme
        super().__init__(theme, "Derived series", folded=not context.workspace.state.derived)
        self._context = context
        self._workspace = context.workspace
        self._list = ItemList(theme, "Derived series")
        self._add = LinkButton(theme, "Add a series…", "add")
        self._add.setToolTip("Compute a series from others, such as `val/loss` - `train/loss`")
        self.add_widget(self._list)
        self.add_widget(self._add)
        self._list.activated_key.connect(self._go_to)
        self._list.edited_key.connect(self._edit)
        self._list.removed_key.connect(self._remove)
        self._list.menu_opening.connect(self._fill_menu)
        self._add.clicked.connect(self.add_series)

    def sync(self) -> None:
        """Show the state of the workspace."""
        derived = self._workspace.state.derived
        self._list.set_items(
            [Item(d.name, d.name, d.expression, "", f"{d.name}\n{d.expression}") for d in derived]
        )
        self.set_note(count_text(len(derived), "series", "series") if derived else "")

    def add_series(self) -> None:
        """Ask for a new derived series."""
        edit_derived(self._context, self.window())

    def _go_to(self, name: str) -> None:
        self._workspace.go_to_tag(name, Kind.SCALAR)

    def _edit(self, name: str) -> None:
        edit_derived(self._context, self.window(), find_derived(self._workspace, name))

    def _duplicate(self, name: str) -> None:
        known = find_derived(self._workspace, name)
        if known is not None:
            copy = Derived(free_name(self._context, known.name), known.expression)
            put_derived(self._workspace, None, copy)

    def _remove(self, name: str) -> None:
        remove_derived(self._workspace, name)

    def _fill_menu(self, menu: QMenu, name: str) -> None:
        for text, act in (
            ("Go to the chart", self._go_to),
            ("Edit…", self._edit),
            ("Duplicate", self._duplicate),
            ("Remove", self._remove),
        ):
            action = menu.addAction(text)
            action.setData((act, name))
        menu.triggered.connect(_run_action)


def _run_action(action: object) -> None:
    act, name = action.data()  # type: ignore[attr-defined]
    act(name)


def find_derived(workspace: Workspace, name: str) -> Derived | None:
    """The derived series of that name."""
    return next((d for d in workspace.state.derived if d.name == name), None)


def put_derived(workspace: Workspace, known: Derived | None, made: Derived) -> None:
    """Add a derived series, or let it take the place of another, as one step of undo."""
    derived = list(workspace.state.derived)
    if known is not None and known in derived:
        derived[derived.index(known)] = made
        workspace.edit("Edit a derived series", derived=tuple(derived))
    else:
        workspace.edit("Add a derived series", derived=(*derived, made))


def remove_derived(workspace: Workspace, name: str) -> None:
    """Remove a derived series as one step of undo."""
    kept = tuple(d for d in workspace.state.derived if d.name != name)
    workspace.edit("Remove a derived series", derived=kept)


def taken_names(context: ViewContext) -> set[str]:
    """Names no new derived series can have: scalar tags and the other derived series."""
    tags = {tag for tag, kind in context.store.tags() if kind is Kind.SCALAR}
    return tags | {d.name for d in context.workspace.state.derived}


def free_name(context: ViewContext, name: str) -> str:
    """Return a name like the given one that is not taken."""
    taken = taken_names(context)
    number = 2
    while f"{name} {number}" in taken:
        number += 1
    return f"{name} {number}"


def edit_derived(
    context: ViewContext, window: QWidget, known: Derived | None = None, expression: str = ""
) -> DerivedEditor:
    """Open the editor for a derived series, for a new one when none is given."""
    from eventglass.widgets.views.derived_editor import DerivedEditor

    editor = DerivedEditor(context, known, expression, window)
    editor.show()
    return editor
