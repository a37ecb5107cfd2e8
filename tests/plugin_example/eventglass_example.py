"""A package with views of its own: one counts the points of scalar tags, one fails."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from eventglass.app.core.names import Kind
from eventglass.app.core.store import Changes
from eventglass.widgets.view import Reason, View, ViewContext


class LengthsView(View):
    """Numbers of points by tag."""

    view_id: ClassVar[str] = "lengths"
    title: ClassVar[str] = "Lengths"
    icon: ClassVar[str] = "table"
    order: ClassVar[int] = 200
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.SCALAR})

    def __init__(self, context: ViewContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.label = QLabel()
        QVBoxLayout(self.content).addWidget(self.label)

    def refresh(self, reason: Reason, changes: Changes | None) -> None:
        """Count all."""
        scalars = (s for s in self.context.store.series if s.kind is Kind.SCALAR)
        self.label.setText("\n".join(f"{s.tag}: {s.count:,}" for s in scalars))


class FragileView(LengthsView):
    """Fails when it is made; its icon is one nobody knows."""

    view_id: ClassVar[str] = "fragile"
    title: ClassVar[str] = "Fragile"
    icon: ClassVar[str] = "no-such-icon"

    def __init__(self, context: ViewContext, parent: QWidget | None = None) -> None:
        raise RuntimeError("This view can't be made")
