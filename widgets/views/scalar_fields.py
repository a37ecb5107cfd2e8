"""Which fields of the workspace the scalars view depends on, by what has to be done again."""

from __future__ import annotations

from eventglass.app.models.workspace import VISIBLE_RUNS

#: Fields of the workspace that change which cards there are.
STRUCTURE = frozenset(
    {
        "tag_filter",
        "pinned_tags",
        "card_options",
        "card_orders",
        "collapsed_groups",
        "composed",
        "derived",
        "only_differing",
        "hide_empty",
        "show_layouts",
        "same_y",
        VISIBLE_RUNS,
    }
)
#: Fields that change what the lines of a card are.
LINES = frozenset(
    {
        "smoothing",
        "smoothing_method",
        "show_raw",
        "restarts",
        "series_restarts",
        "run_colours",
        "run_aliases",
        "run_styles",
        "grouping",
        "baseline",
        "derived",
        "line_width",
        "markers",
        "interpolation",
        "x_axis",
        "x_tag",
        VISIBLE_RUNS,
    }
)
#: Fields that change how a card stands or scales.
LOOKS = frozenset(
    {
        "x_axis",
        "x_tag",
        "x_scale",
        "y_scale",
        "card_options",
        "ignore_outliers",
        "pinned_tags",
        "tooltip_sort",
        "tooltip_rows",
        "share_x",
    }
)
