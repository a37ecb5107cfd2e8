"""What can be set for text: in the tool bar and in the inspector."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtWidgets import QHBoxLayout, QWidget

from eventglass.app.models.workspace import FIELDS
from eventglass.widgets.controls.buttons import Choice, Segmented, Toggle
from eventglass.widgets.controls.slider import Slider
from eventglass.widgets.views.control_section import ControlSection, SectionColumn
from eventglass.widgets.views.controls_cards import CARD_WIDTHS

if TYPE_CHECKING:
    from eventglass.widgets.views.texts import TextsView

LAYOUTS = (("step", "One step"), ("all", "All steps"))
FORMS = (("rendered", "Rendered"), ("raw", "Raw"))
COMPARES = (("side", "Side by side"), ("inline", "Inline"))


class TextToolBar(QWidget):
    """At one step or all, rendered or as logged."""

    def __init__(self, view: TextsView) -> None:
        super().__init__()
        self._view = view
        theme = view.context.theme
        self._workspace = view.context.workspace
        self._layout = Segmented(theme, "What cards show", LAYOUTS)
        self._layout.chosen.connect(self._set_layout)
        self._form = Segmented(theme, "Text as", FORMS)
        self._form.chosen.connect(self._set_form)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._layout)
        row.addWidget(self._form)
        self._workspace.changed.connect(self._sync)
        self._sync(FIELDS)

    def _set_layout(self, layout: str) -> None:
        self._view.set_option("Change what text cards show", layout=layout)

    def _set_form(self, form: str) -> None:
        self._view.set_option("Change how text is shown", rendered=form == "rendered")

    def _sync(self, names: frozenset[str]) -> None:
        if "texts" in names:
            options = self._workspace.state.texts
            self._layout.set_value(options.layout)
            self._form.set_value("rendered" if options.rendered else "raw")


class TextSection(ControlSection):
    """How text is shown."""

    fields: ClassVar[frozenset[str]] = frozenset({"texts"})

    def __init__(self, view: TextsView) -> None:
        theme = view.context.theme
        super().__init__(theme, "Text")
        self._view = view
        self._form = Choice(theme, "Text as", FORMS)
        self._layout = Choice(theme, "What cards show", LAYOUTS)
        self._breaks = Toggle(theme, "Keep line breaks")
        self._wrap = Toggle(theme, "Wrap long lines")
        self.add_row("Text", self._form, "As Markdown, or as it was logged")
        self.add_row("Cards", self._layout, "The text at the step, or a list of all steps")
        self.add_row(
            "Keep line breaks",
            self._breaks,
            "In Markdown a line end inside a paragraph is a space; keep it as a line end",
        )
        self.add_row("Wrap long lines", self._wrap, "Long lines of raw text go on below")
        self._form.chosen.connect(self._set_form)
        self._layout.chosen.connect(partial(self._set, "layout"))
        self._breaks.clicked.connect(self._set_breaks)
        self._wrap.clicked.connect(self._set_wrap)

    def sync(self) -> None:
        """Show the state of the workspace."""
        options = self._view.context.workspace.state.texts
        self._form.set_value("rendered" if options.rendered else "raw")
        self._layout.set_value(options.layout)
        self._breaks.setChecked(options.keep_breaks)
        self._wrap.setChecked(options.wrap)
        self.show_row(self._breaks, options.rendered)
        self.show_row(self._wrap, not options.rendered)

    def _set_breaks(self, on: bool) -> None:
        self._set("keep_breaks", on)

    def _set_wrap(self, on: bool) -> None:
        self._set("wrap", on)

    def _set_form(self, form: str) -> None:
        self._set("rendered", form == "rendered")

    def _set(self, name: str, value: object) -> None:
        self._view.set_option("Change how text is shown", **{name: value})


class CompareSection(ControlSection):
    """How two texts are compared."""

    fields: ClassVar[frozenset[str]] = frozenset({"texts"})

    def __init__(self, view: TextsView) -> None:
        theme = view.context.theme
        super().__init__(theme, "Comparison")
        self._view = view
        self._mode = Choice(theme, "How texts are compared", COMPARES)
        self._only = Toggle(theme, "Only what differs")
        self.add_row("Two texts", self._mode, "Beside each other, or one below the other")
        self.add_row("Only what differs", self._only, "Leave out lines that are the same")
        self._mode.chosen.connect(partial(self._set, "compare"))
        self._only.clicked.connect(self._set_only)

    def sync(self) -> None:
        """Show the state of the workspace."""
        options = self._view.context.workspace.state.texts
        self._mode.set_value(options.compare)
        self._only.setChecked(options.only_changes)

    def _set_only(self, on: bool) -> None:
        self._set("only_changes", on)

    def _set(self, name: str, value: object) -> None:
        self._view.set_option("Change how texts are compared", **{name: value})


class CardsSection(ControlSection):
    """How wide cards are, and which there are."""

    fields: ClassVar[frozenset[str]] = frozenset({"texts", "hide_empty"})

    def __init__(self, view: TextsView) -> None:
        theme = view.context.theme
        super().__init__(theme, "Cards")
        self._view = view
        self._workspace = view.context.workspace
        self._width = Slider(theme, "Card width", *CARD_WIDTHS, 20)
        self._width.setFixedWidth(110)
        self._hide_empty = Toggle(theme, "Hide empty cards")
        self.add_row("Card width", self._width)
        self.add_row("Hide empty", self._hide_empty, "Leave out cards no run shown has entries for")
        self._width.moved.connect(self._set_width)
        self._hide_empty.clicked.connect(self._set_hide_empty)

    def sync(self) -> None:
        """Show the state of the workspace."""
        self._width.set_number(self._workspace.state.texts.card_width)
        self._hide_empty.setChecked(self._workspace.state.hide_empty)

    def _set_width(self, value: float) -> None:
        self._view.set_option("Change the width of cards", card_width=int(value))

    def _set_hide_empty(self, on: bool) -> None:
        self._workspace.edit("Hide empty cards" if on else "Show empty cards", hide_empty=on)


class TextInspector(SectionColumn):
    """All that can be set for text."""

    def __init__(self, view: TextsView) -> None:
        super().__init__(
            view.context.workspace, (TextSection(view), CompareSection(view), CardsSection(view))
        )
