"""Asks for files of layouts: the composed cards, saved to be used with other logs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QMessageBox

from eventglass.app.models.layout_files import LayoutFileError, load_layouts, save_layouts

if TYPE_CHECKING:
    from eventglass.widgets.views.scalars import ScalarsView

_FILES = "Layouts (*.json)"


def save_to_file(view: ScalarsView) -> None:
    """Save all composed cards to a file the user chooses."""
    path, _kind = QFileDialog.getSaveFileName(view.window(), "Save layouts", "layouts.json", _FILES)
    if not path:
        return
    store = view.context.store
    opened = [root.path for root in store.roots if not root.closed]
    try:
        save_layouts(Path(path), view.context.workspace.state.composed, opened)
    except LayoutFileError as error:
        QMessageBox.warning(view.window(), "Save layouts", str(error))


def load_from_file(view: ScalarsView) -> None:
    """Add the composed cards of a file the user chooses."""
    path, _kind = QFileDialog.getOpenFileName(view.window(), "Load layouts", "", _FILES)
    if not path:
        return
    workspace = view.context.workspace
    try:
        cards = load_layouts(Path(path), workspace.state.composed)
    except LayoutFileError as error:
        QMessageBox.warning(view.window(), "Load layouts", str(error))
        return
    fresh = cards[len(workspace.state.composed) :]
    workspace.edit("Load layouts", composed=cards)
    if fresh:
        view.go_to_card(fresh[0].key)
