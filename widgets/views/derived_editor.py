"""The editor of a derived series: name, formula, what is wrong with it, and how it looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QColor, QTextCursor
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from eventglass.app.core.compute.expressions import (
    Expression,
    ExpressionError,
    parse,
    quoted,
)
from eventglass.app.core.compute.point_functions import FUNCTIONS
from eventglass.app.core.names import Kind, natural_key
from eventglass.app.models import line_work
from eventglass.app.models.cards import COMPOSED, Derived
from eventglass.app.models.tasks import TaskControl
from eventglass.app.models.words import count_text
from eventglass.widgets.controls.fields import FieldMessage
from eventglass.widgets.controls.formula_box import FormulaBox
from eventglass.widgets.controls.item_list import Item, ItemList
from eventglass.widgets.controls.section import More
from eventglass.widgets.plots.chart import Chart
from eventglass.widgets.plots.curve_layer import CurveData
from eventglass.widgets.view import ViewContext
from eventglass.widgets.views.controls_derived import put_derived, taken_names

LONGEST_NAME = 500
#: Runs the preview draws at most, and the most points it takes for them all.
PREVIEW_RUNS = 12
PREVIEW_POINTS = 4_000_000
_TYPING_MS = 180
_PREVIEW_PX = 190


@dataclass(frozen=True, slots=True)
class _Part:
    """One run of the preview."""

    run_id: int
    label: str
    colour: str
    source: line_work.DerivedSource


class DerivedEditor(QDialog):
    """Checks while one types; what was good last stays drawn."""

    def __init__(
        self, context: ViewContext, known: Derived | None, expression: str, parent: QWidget
    ) -> None:
        super().__init__(parent)
        from eventglass.widgets.views.scalars import chart_colours

        theme = context.theme
        self._context = context
        self._known = known
        #: The formula as far as it is understood; None while it is not.
        self._expression: Expression | None = None
        self.setWindowTitle("Derived series")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(560, 480)
        self._name = QLineEdit(known.name if known is not None else "")
        self._name.setAccessibleName("Name of the series")
        self._name.setPlaceholderText("Such as gap/loss; a part before / is its group")
        self._name.setFixedHeight(28)
        self._name.setMaxLength(LONGEST_NAME)
        self._name_message = FieldMessage()
        self._formula = FormulaBox(theme, "Formula")
        self._formula.setPlaceholderText(
            "Such as  `val/loss` - `train/loss`  or  rolling(loss, 50)"
        )
        self._formula.setPlainText(known.expression if known is not None else expression)
        self._formula.moveCursor(QTextCursor.MoveOperation.End)
        self._formula.set_names(self._completions())
        self._message = FieldMessage()
        self._chart = Chart()
        self._chart.setFixedHeight(_PREVIEW_PX)
        self._chart.set_theme(chart_colours(theme))
        self._chart.set_renderer("raster")
        self._chart.set_title("Preview of the derived series")
        self._help = ItemList(theme, "Functions", edit_icon="", removable=False)
        self._help.set_items([Item(name, f.signature, f.summary) for name, f in FUNCTIONS.items()])
        self._help.hide()
        self._show_help = More(theme, "Functions")
        self._show_help.setText("Functions")
        self._buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel
        )
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._lay_out()

        self._typing.timeout.connect(self._check)
        self._formula.textChanged.connect(self._typing.start)
        self._formula.confirmed.connect(self.accept)
        self._name.textChanged.connect(self._check_name)
        self._help.activated_key.connect(self._insert_function)
        self._show_help.toggled.connect(self._toggle_help)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        (self._name if known is None and expression else self._formula).setFocus()
        self._check()

    @property
    def message(self) -> str:
        """What is said about the formula."""
        return self._message.text()

    def accept(self) -> None:
        """Keep the series, or say what is still wrong."""
        self._typing.stop()
        self._check()
        name = self._name.text().strip()
        complaint = self._name_complaint(name)
        if not complaint and not name:
            complaint = "A name is needed"
        self._name_message.tell(complaint, wrong=bool(complaint))
        if complaint:
            self._name.setFocus()
            return
        if self._expression is None:
            self._formula.setFocus()
            return
        made = Derived(name, self._expression.text.strip())
        put_derived(self._context.workspace, self._known, made)
        super().accept()

    def done(self, result: int) -> None:
        """Stop what is being computed."""
        self._context.tasks.cancel(self._owner())
        super().done(result)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(6)
        for label, field, message in (
            ("Name", self._name, self._name_message),
            ("Formula", self._formula, self._message),
        ):
            text = QLabel(label)
            text.setObjectName("heading")
            text.setBuddy(field)
            column.addWidget(text)
            column.addWidget(field)
            column.addWidget(message)
            column.addSpacing(4)
        column.addWidget(self._show_help)
        column.addWidget(self._help)
        column.addWidget(self._chart)
        column.addStretch(1)
        row = QHBoxLayout()
        row.addWidget(self._buttons)
        column.addLayout(row)

    def _owner(self) -> tuple[int, str]:
        return (id(self), "preview")

    def _completions(self) -> list[tuple[str, str]]:
        tags = {tag for tag, kind in self._context.store.tags() if kind is Kind.SCALAR}
        tags |= {d.name for d in self._context.workspace.state.derived if d != self._known}
        names = [(tag, quoted(tag)) for tag in sorted(tags, key=natural_key)]
        return names + [(function.signature, f"{name}(") for name, function in FUNCTIONS.items()]

    def _toggle_help(self, on: bool) -> None:
        self._show_help.setText("Functions")
        self._help.setVisible(on)
        if not on:
            self.adjustSize()

    def _insert_function(self, name: str) -> None:
        self._formula.insert(f"{name}(")

    # -- checking

    def _check_name(self, text: str) -> None:
        complaint = self._name_complaint(text.strip())
        self._name_message.tell(complaint, wrong=bool(complaint))

    def _name_complaint(self, name: str) -> str:
        if name.startswith(COMPOSED):
            return "A name can't begin like this"
        taken = taken_names(self._context)
        if self._known is not None:
            taken.discard(self._known.name)
        if name in taken:
            return "There is a tag or a series of this name already"
        return ""

    def _check(self) -> None:
        text = self._formula.toPlainText()
        if not text.strip():
            self._expression = None
            self._formula.mark()
            self._message.tell("")
            return
        try:
            expression = parse(text)
        except ExpressionError as error:
            self._refuse(error.message, error.position, error.length)
            return
        circle = self._circle(expression)
        if circle:
            self._refuse(f"The formula comes back to itself by {circle}", 0, len(text))
            return
        self._expression = expression
        self._formula.mark()
        self._preview(expression)

    def _refuse(self, message: str, position: int, length: int) -> None:
        self._expression = None
        self._formula.mark(position, max(length, 1))
        self._message.tell(message, wrong=True)

    def _circle(self, expression: Expression) -> str:
        """Name of the series by which a formula needs itself, empty for none."""
        own = self._known.name if self._known is not None else self._name.text().strip()
        formulas = {d.name: d.expression for d in self._context.workspace.state.derived}
        seen: set[str] = set()
        ahead = [(tag, tag) for tag in expression.tags]
        while ahead:
            tag, by = ahead.pop()
            if own and tag == own and tag in formulas:
                return by
            if tag in seen or tag not in formulas:
                continue
            seen.add(tag)
            try:
                ahead += [(inner, by) for inner in parse(formulas[tag]).tags]
            except ExpressionError:
                continue
        return ""

    # -- the preview

    def _preview(self, expression: Expression) -> None:
        workspace, lines = self._context.workspace, self._context.lines
        known = {tag for tag, kind in self._context.store.tags() if kind is Kind.SCALAR}
        known |= {d.name for d in workspace.state.derived}
        missing = [tag for tag in expression.tags if tag not in known]
        if missing:
            self._message.tell(f"No run has the tag {missing[0]}", wrong=True)
            return
        own = self._known.name if self._known is not None else ""
        parts: list[_Part] = []
        points = having = 0
        for run_id in workspace.visible_run_ids():
            source = lines.derived_source(run_id, own, expression)
            if source is None:
                continue
            having += 1
            points += source.size
            if len(parts) < PREVIEW_RUNS and (not parts or points <= PREVIEW_POINTS):
                label, colour = workspace.alias(run_id), workspace.colour_text(run_id)
                parts.append(_Part(run_id, label, colour, source))
        if not parts:
            self._message.tell("None of the runs in view has all these tags")
            return
        self._message.tell(_note(len(parts), having))
        self._context.tasks.submit(self._owner(), _Making(parts), self._show, self._failed)

    def _show(self, curves: Sequence[CurveData]) -> None:
        self._chart.set_curves(curves)
        self._chart.fit()
        if not any(len(curve.steps) for curve in curves):
            self._message.tell("The series have no step in common")

    def _failed(self, error: Exception) -> None:
        # What the formula was given does not fit it; the picture stays.
        self._message.tell(str(error) or type(error).__name__, wrong=True)


class _Making:
    """Makes the lines of a preview, in a task."""

    def __init__(self, parts: Sequence[_Part]) -> None:
        self._parts = parts

    def __call__(self, control: TaskControl) -> list[CurveData]:
        curves = []
        for number, part in enumerate(self._parts):
            if control.cancelled:
                break
            base = line_work.make_base(part.source)
            if base is None:
                continue
            curves.append(
                CurveData(
                    number,
                    part.label,
                    QColor(part.colour),
                    base.steps,
                    base.wall_times,
                    base.values,
                    base.pieces,
                    joined=base.joined,
                    pyramid=base.pyramid,
                    run_id=part.run_id,
                )
            )
        return curves


def _note(drawn: int, having: int) -> str:
    if drawn < having:
        return f"Preview of {drawn:,} of {count_text(having, 'run')}"
    return count_text(having, "run")
