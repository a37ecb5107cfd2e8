"""Inspector: the user's notes at steps, and which text tags stand as marks in the charts."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from eventglass.app.core.names import Kind, natural_key
from eventglass.app.models.cards import COMPOSED, Annotation
from eventglass.app.models.words import count_text, step_text
from eventglass.app.models.workspace import Workspace
from eventglass.widgets.controls.buttons import Choice
from eventglass.widgets.controls.command_palette import Entry
from eventglass.widgets.controls.fields import FieldMessage, parse_number
from eventglass.widgets.controls.item_list import Item, ItemList
from eventglass.widgets.controls.picker import open_chooser
from eventglass.widgets.controls.section import LinkButton
from eventglass.widgets.view import ViewContext
from eventglass.widgets.views.control_section import ControlSection

#: Steps are 64-bit; a note further out than that could not be drawn.
_FURTHEST = 2**63 - 1


class NotesSection(ControlSection):
    """All notes by step, to go to, edit and remove; and text tags as marks."""

    fields: ClassVar[frozenset[str]] = frozenset({"annotations", "event_tags", "composed"})

    def __init__(self, context: ViewContext) -> None:
        theme = context.theme
        super().__init__(theme, "Notes", folded=not context.workspace.state.annotations)
        self._context = context
        self._workspace = context.workspace
        self._notes = ItemList(theme, "Notes")
        self._add = LinkButton(theme, "Add a note…", "add")
        self._marks = ItemList(theme, "Texts shown as marks", edit_icon="")
        self._choose = LinkButton(theme, "Mark the steps of a text…", "text")
        self._choose.setToolTip("Entries of a text tag stand as marks at their steps in all charts")
        self.add_widget(self._notes)
        self.add_widget(self._add)
        self.add_widget(self._marks)
        self.add_widget(self._choose)
        self._notes.activated_key.connect(self._go_to)
        self._notes.edited_key.connect(self._edit)
        self._notes.removed_key.connect(self._remove)
        self._notes.menu_opening.connect(self._fill_menu)
        self._add.clicked.connect(self.add_note)
        self._marks.removed_key.connect(self._unmark)
        self._choose.clicked.connect(self._choose_mark)

    def sync(self) -> None:
        """Show the state of the workspace."""
        state = self._workspace.state
        notes = sorted_notes(self._workspace)
        self._notes.set_items([self._item(note) for note in notes])
        marks = sorted(state.event_tags, key=natural_key)
        self._marks.set_items([Item(tag, tag, "", "text", tag) for tag in marks])
        parts = [count_text(len(notes), "note")] if notes else []
        parts += [count_text(len(marks), "text")] if marks else []
        self.set_note(", ".join(parts))

    def add_note(self) -> None:
        """Ask for a note at the step cursor."""
        step = self._workspace.state.step
        edit_note(self._context, self.window(), None, Annotation(step or 0, ""))

    def _item(self, note: Annotation) -> Item:
        card = card_title(self._workspace, note.tag)
        tip = f"Step {step_text(note.step)}" + (f", in {card} only" if card else "")
        return Item(
            note_key(note),
            note.text,
            step_text(note.step),
            "pin" if card else "",
            f"{note.text}\n{tip}",
        )

    def _found(self, key: str) -> Annotation | None:
        return next((n for n in self._workspace.state.annotations if note_key(n) == key), None)

    def _go_to(self, key: str) -> None:
        note = self._found(key)
        if note is not None:
            go_to_note(self._workspace, note)

    def _edit(self, key: str) -> None:
        note = self._found(key)
        if note is not None:
            edit_note(self._context, self.window(), note, note)

    def _remove(self, key: str) -> None:
        note = self._found(key)
        if note is not None:
            remove_note(self._workspace, note)

    def _fill_menu(self, menu: QMenu, key: str) -> None:
        note = self._found(key)
        if note is None:
            return
        for text, act in (
            ("Go to the step", self._go_to),
            ("Edit…", self._edit),
            ("Remove", self._remove),
        ):
            menu.addAction(text).triggered.connect(_Acting(act, key))

    def _unmark(self, tag: str) -> None:
        marks = self._workspace.state.event_tags - {tag}
        self._workspace.edit("Remove marks of a text", event_tags=marks)

    def _choose_mark(self) -> None:
        choose_event_tag(self._context, self.window())


class NoteDialog(QDialog):
    """Asks for the text of a note, its step, and whether it stands in all charts."""

    def __init__(
        self, context: ViewContext, known: Annotation | None, note: Annotation, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._workspace = context.workspace
        self._known = known
        self.setWindowTitle("Edit the note" if known is not None else "Add a note")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(400)
        self._text = QLineEdit(note.text)
        self._text.setAccessibleName("Text of the note")
        self._step = QLineEdit(str(note.step))
        self._step.setAccessibleName("Step of the note")
        self._message = FieldMessage()
        self._where = Choice(context.theme, "Charts the note stands in", (("", "All charts"),))
        title = card_title(self._workspace, note.tag)
        if note.tag:
            self._where.addItem(title if len(title) <= 40 else f"…{title[-40:]}", note.tag)
            self._where.set_value(note.tag)
        for field in (self._text, self._step):
            field.setFixedHeight(28)
        form = QFormLayout()
        form.setSpacing(8)
        form.addRow("Note", self._text)
        form.addRow("Step", self._step)
        form.addRow("", self._message)
        form.addRow("In", self._where)
        form.setRowVisible(self._where, bool(note.tag))
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 14)
        column.setSpacing(14)
        column.addLayout(form)
        column.addWidget(buttons)
        self._text.selectAll()

    def accept(self) -> None:
        """Take the note over, or say what is missing."""
        text, number = self._text.text().strip(), parse_number(self._step.text())
        if not text:
            self._message.tell("A note needs a text", wrong=True)
            self._text.setFocus()
            return
        if number is None or not -_FURTHEST <= number <= _FURTHEST:
            self._message.tell("The step is not a number", wrong=True)
            self._step.setFocus()
            return
        note = Annotation(round(number), text, self._where.value)
        put_note(self._workspace, self._known, note)
        super().accept()


class _Acting:
    """Does something with one key when an action is triggered."""

    def __init__(self, act: Callable[[str], object], key: str) -> None:
        self._act = act
        self._key = key

    def __call__(self, _checked: bool = False) -> None:
        self._act(self._key)


def edit_note(
    context: ViewContext, window: QWidget, known: Annotation | None, note: Annotation
) -> NoteDialog:
    """Ask for a note; ``known`` is the one it takes the place of."""
    dialog = NoteDialog(context, known, note, window)
    dialog.open()
    return dialog


def put_note(workspace: Workspace, known: Annotation | None, note: Annotation) -> None:
    """Add a note, or let it take the place of another, as one step of undo."""
    notes = [each for each in workspace.state.annotations if each not in (known, note)]
    label = "Add a note" if known is None else "Edit a note"
    workspace.edit(label, annotations=(*notes, note))


def remove_note(workspace: Workspace, note: Annotation) -> None:
    """Remove a note as one step of undo."""
    notes = tuple(each for each in workspace.state.annotations if each != note)
    workspace.edit("Remove a note", annotations=notes)


def go_to_note(workspace: Workspace, note: Annotation) -> None:
    """Move the step cursor to a note, and show its chart where it has one."""
    workspace.set_step(note.step)
    if note.tag:
        workspace.go_to_tag(note.tag, Kind.SCALAR)


def sorted_notes(workspace: Workspace) -> list[Annotation]:
    """All notes by step, then text."""
    return sorted(workspace.state.annotations, key=lambda note: (note.step, note.text, note.tag))


def note_key(note: Annotation) -> str:
    """Return what a list knows a note by."""
    return f"{note.step}\0{note.tag}\0{note.text}"


def card_title(workspace: Workspace, key: str) -> str:
    """Title of the card with that key."""
    card = next((card for card in workspace.state.composed if card.key == key), None)
    return card.title if card is not None else key.lstrip(COMPOSED)


def text_tags(context: ViewContext) -> list[str]:
    """Text tags of the open runs, in natural order."""
    tags = (tag for tag, kind in context.store.tags() if kind is Kind.TEXT)
    return sorted(tags, key=natural_key)


def choose_event_tag(context: ViewContext, window: QWidget) -> None:
    """Let the user search for a text tag whose entries become marks, or stop being marks."""
    marked = context.workspace.state.event_tags
    entries = [
        Entry(
            tag, _Acting(_Marking(context.workspace), tag), "shown" if tag in marked else "", "text"
        )
        for tag in text_tags(context)
    ]
    open_chooser(context.theme, window, "Text to mark the steps of", entries)


class _Marking:
    """Shows or hides the marks of a text tag."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def __call__(self, tag: str) -> None:
        label = (
            "Remove marks of a text" if tag in self._workspace.state.event_tags else "Mark a text"
        )
        self._workspace.edit(label, event_tags=self._workspace.state.event_tags ^ {tag})
