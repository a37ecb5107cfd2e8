"""What can be chosen for the views of images, audio, text and histograms; saved and undone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImageOptions:
    """How images are laid out and shown."""

    thumbnail: int = 160


@dataclass(frozen=True, slots=True)
class AudioOptions:
    """How clips are shown and played."""

    card_width: int = 420


@dataclass(frozen=True, slots=True)
class TextOptions:
    """How text is shown."""

    rendered: bool = True


@dataclass(frozen=True, slots=True)
class HistogramOptions:
    """How histograms and distributions are drawn."""

    card_width: int = 360
