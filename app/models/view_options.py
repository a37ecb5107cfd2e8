"""What can be chosen for the views of images, audio, text, histograms, graphs; saved and undone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class ImageOptions:
    """How images are laid out and shown.

    ``low``, ``high`` and the rest of what changes numbers into colours are shares of the largest
    number; see `picture_looks`.
    """

    #: Height of a thumbnail, pixels.
    thumbnail: int = 128
    #: Columns of the gallery: some steps on one line, all steps, or all samples at one step.
    layout: Literal["steps", "all", "samples"] = "steps"
    #: Which sample of a step stands for it, from 0.
    sample: int = 0
    play: bool = True
    brightness: float = 1.0
    contrast: float = 1.0
    gamma: float = 1.0
    low: float = 0.0
    high: float = 1.0
    channel: Literal["all", "red", "green", "blue", "alpha", "luminance"] = "all"
    #: Name of a colour map for single channels, "none" for grey as logged.
    colour_map: str = "none"
    rotate: Literal[0, 90, 180, 270] = 0
    flip: bool = False
    pixels: Literal["nearest", "smooth"] = "nearest"
    #: How the images of a comparison stand to each other.
    compare: Literal["side", "swipe", "blink", "onion", "difference", "heat"] = "side"
    lock_zoom: bool = True
    #: Factor by which differences are made visible.
    amplify: float = 1.0


@dataclass(frozen=True, slots=True)
class AudioOptions:
    """How clips are shown and played."""

    card_width: int = 380
    show: Literal["both", "waveform", "spectrogram"] = "both"
    #: Axis of frequencies.
    scale: Literal["linear", "log", "mel"] = "mel"
    #: Frames of a window of the spectrogram.
    window: Literal["256", "512", "1024", "2048", "4096"] = "1024"
    #: Decibels from the darkest colour up to full scale.
    range_db: Literal["60", "80", "100", "120"] = "80"
    colour_map: str = "magma"
    #: One stretch of time for all cards.
    share_time: bool = False


@dataclass(frozen=True, slots=True)
class TextOptions:
    """How text is shown."""

    card_width: int = 340
    #: As Markdown, or as it was logged.
    rendered: bool = True
    #: Markdown: line ends inside a paragraph stay.
    keep_breaks: bool = False
    #: As logged: long lines go on below.
    wrap: bool = True
    #: What cards show: the text at a step, or a list of all steps.
    layout: Literal["step", "all"] = "step"
    #: How two texts are compared.
    compare: Literal["side", "inline"] = "side"
    only_changes: bool = True


@dataclass(frozen=True, slots=True)
class HistogramOptions:
    """How histograms and distributions are drawn."""

    card_width: int = 360
    mode: Literal["ridge", "overlay", "heat", "step"] = "ridge"
    #: Cards that are drawn otherwise than the rest: "mode:tag".
    own_modes: tuple[str, ...] = ()
    #: Bins for display, or the buckets as logged.
    bins: Literal["30", "60", "120", "logged"] = "30"
    counts: Literal["linear", "log"] = "linear"
    #: Percent of all values left out at each end of the axis.
    clip: Literal["0", "0.1", "1", "5"] = "0.1"
    #: One range of values for all runs of a tag.
    share_range: bool = True
    #: At a single step: all runs of a tag in one card, or a card each.
    runs: Literal["together", "apart"] = "together"
    colour_map: str = "viridis"
    #: Mean and standard deviation in the distributions.
    deviation: bool = False
    #: Distributions of several runs: a card each, or in one, with fewer bands.
    distribution_runs: Literal["apart", "together"] = "apart"


@dataclass(frozen=True, slots=True)
class GraphOptions:
    """Which graph a view shows and how; groups and nodes are told by their names.

    ``source`` and ``against`` are keys of `GraphSource`; empty: the run's own graph, no comparison.
    """

    source: str = ""
    #: The earlier graph it is compared with.
    against: str = ""
    #: Open groups; None: those that are open at first.
    opened: tuple[str, ...] | None = None
    #: The group that is shown alone.
    focus: str = ""
    #: Nodes the user took out of the main graph, or back into it.
    put_aside: tuple[str, ...] = ()
    put_back: tuple[str, ...] = ()
    #: Series shown as single nodes.
    unfolded: tuple[str, ...] = ()
    search: str = ""
    page: Literal["graph", "table"] = "graph"
    colour: Literal["none", "op", "structure", "device", "xla", "time", "memory"] = "none"
    direction: Literal["down", "right"] = "down"
    #: Nodes with many edges are put aside.
    extract: bool = True
    #: Constants and summaries stand beside their nodes.
    embed: bool = True
    #: Library functions are shown.
    functions: bool = True
    minimap: bool = True


@dataclass(frozen=True, slots=True)
class MeshOptions:
    """How meshes and point clouds are shown; "logged" follows the settings logged with them."""

    card_width: int = 360
    #: What colours vertices. Distances are to the nearest vertex of another mesh, see ``against``.
    colour: Literal["logged", "run", "x", "y", "z", "normal", "centre", "distance"] = "logged"
    #: The mesh that distances are measured to: of the run ``against_run``, or of an earlier step.
    against: Literal["run", "first", "previous"] = "run"
    #: Key of that run; empty: the baseline, or else the first other run.
    against_run: str = ""
    colour_map: str = "viridis"
    #: One range of values for all cards of a mesh.
    share_range: bool = True
    shading: Literal["logged", "smooth", "flat", "none"] = "logged"
    wireframe: Literal["logged", "none", "overlay", "only"] = "logged"
    #: Whether meshes with faces show their vertices as points, too or instead.
    vertices: Literal["hide", "show", "only"] = "hide"
    back_faces: bool = True
    point_shape: Literal["disc", "square", "sphere"] = "disc"
    #: Diameter of points in pixels; 0: as logged.
    point_size: float = 0.0
    #: Lights go with the eye, or stand where the log has them.
    lights: Literal["logged", "eye"] = "logged"
    fog: bool = False
    box: bool = False
    axes: bool = False
    grid: bool = False
    #: Axis along which something is cut away, and how much of it, 0 to 1.
    clip: Literal["none", "x", "y", "z"] = "none"
    clip_share: float = 0.5
    #: Cut away what lies above instead of what lies below.
    clip_above: bool = True
    #: Which cards look from the same side: none, those of one mesh, all.
    link: Literal["none", "mesh", "all"] = "mesh"
    #: The axis that stays upright; a camera that was logged may have another.
    up: Literal["x", "y", "z"] = "y"
    #: Show all of the mesh again whenever the step changes.
    fit_each: bool = False
