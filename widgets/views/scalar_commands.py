"""The commands of the scalars view: what can be done with one chart, and with all of them."""

from __future__ import annotations

from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from eventglass.app.models.commands import Command
from eventglass.widgets.views.controls_lines import SMOOTHING_MAX

if TYPE_CHECKING:
    from eventglass.widgets.views.scalars import ScalarsView

SMOOTHING_STEP = 0.05


def scalar_commands(view: ScalarsView) -> tuple[Command, ...]:
    """Return the commands of a view.

    "The chart" is the one last pointed at or reached by Tab, as long as it is in sight.
    """
    workspace = view.context.workspace
    chart = view.current_card

    def has_chart() -> bool:
        return chart() is not None

    def is_so(flag: str) -> bool:
        card = chart()
        return card is not None and card.flag(flag)

    def ask(what: str) -> None:
        card = chart()
        if card is not None:
            card.ask(what)

    def fit() -> None:
        card = chart()
        for each in (card,) if card is not None else view.cards():
            each.chart.fit()

    def fit_all() -> None:
        for card in view.cards():
            card.chart.fit()

    def smooth(by: float) -> None:
        value = round(min(max(workspace.state.smoothing + by, 0.0), SMOOTHING_MAX), 3)
        workspace.edit("Change smoothing", smoothing=value)

    def toggle_log() -> None:
        workspace.edit("Change the vertical axis", y_scale="linear" if is_log() else "log")

    def is_log() -> bool:
        return workspace.state.y_scale == "log"

    def toggle_superseded() -> None:
        workspace.edit("Change restarts", restarts="hide" if is_superseded_shown() else "split")

    def is_superseded_shown() -> bool:
        return workspace.state.restarts != "hide"

    def fold(collapsed: bool) -> None:
        groups = MappingProxyType(dict.fromkeys(view.group_names(), collapsed))
        workspace.edit("Fold groups" if collapsed else "Unfold groups", collapsed_groups=groups)

    of_chart = [
        Command(
            f"scalars.{what}",
            title,
            partial(ask, what),
            "Tools/3",
            shortcuts,
            icon,
            has_chart,
            partial(is_so, what),
            keywords=keywords,
        )
        for what, title, shortcuts, icon, keywords in (
            ("maximise", "Fill the view with the chart", ("M",), "expand", "maximise enlarge"),
            ("wide", "Chart over the full width", ("W",), "", "wide"),
            ("log", "Logarithmic axis of the chart", ("Shift+L",), "", "scale y"),
            ("pin", "Pin the chart to the top", ("P",), "pin", "favourite"),
        )
    ]
    return (
        Command("scalars.fit", "Fit the chart", fit, "Tools/3", ("F",), "fit", keywords="zoom"),
        *of_chart,
        Command(
            "scalars.fit_all", "Fit all charts", fit_all, "Tools/4", ("Shift+F",), keywords="zoom"
        ),
        Command(
            "scalars.log_axis",
            "Logarithmic vertical axes",
            toggle_log,
            "Tools/4",
            ("L",),
            checked=is_log,
            keywords="scale y",
        ),
        Command(
            "scalars.smoother", "More smoothing", partial(smooth, SMOOTHING_STEP), "Tools/4", ("]",)
        ),
        Command(
            "scalars.less_smooth",
            "Less smoothing",
            partial(smooth, -SMOOTHING_STEP),
            "Tools/4",
            ("[",),
        ),
        Command(
            "scalars.superseded",
            "Show superseded points",
            toggle_superseded,
            "Tools/4",
            checked=is_superseded_shown,
            keywords="restart segments hidden",
        ),
        Command("scalars.fold", "Fold all groups", partial(fold, True), "Tools/5"),
        Command("scalars.unfold", "Unfold all groups", partial(fold, False), "Tools/5"),
    )
