"""Makes the pictures of the documentation from the sample logs.

    python packaging/make_pictures.py [NAME …]

Needs no screen. Each picture is the real window, loaded and settled.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
TOO_HOT = ("too-hot/train", "too-hot/val", "tone", ".")

Settings = dict[str, Any]


def hidden(*names: str) -> list[str]:
    """Keys of runs of the sample, as the workspace has them."""
    root = ROOT / "resources" / "sample"
    return [str(root if name == "." else root / name) for name in names]


#: Name of the picture: view, theme, fields of the workspace.
PICTURES: dict[str, tuple[str, str, Settings]] = {
    "scalars-range": (
        "scalars",
        "light",
        {
            "hidden_runs": hidden(*TOO_HOT),
            "selection": {"axis": "step", "low": 600, "high": 1600},
            "tag_filter": "metrics",
        },
    ),
    "scalars-groups": (
        "scalars",
        "dark",
        {
            "hidden_runs": hidden(*TOO_HOT),
            "grouping": {"by": "regex", "pattern": "(train|val)$", "band": "minmax"},
            "tag_filter": "metrics",
        },
    ),
    "scalars-derived": (
        "scalars",
        "light",
        {
            "hidden_runs": hidden(*TOO_HOT),
            "baseline": hidden("baseline/train")[0],
            "derived": [{"name": "metrics/log loss", "expression": "log10(`metrics/loss`)"}],
            "composed": [
                {
                    "key": "\x01docs",
                    "title": "loss, accuracy",
                    "lines": [
                        {"tag": "metrics/loss"},
                        {"tag": "metrics/accuracy", "axis": "right"},
                    ],
                }
            ],
            "annotations": [{"step": 1200, "text": "learning rate halved"}],
            "tag_filter": "metrics",
        },
    ),
    "runs": ("runs", "light", {}),
    "histograms-ridge": (
        "histograms",
        "light",
        {"tag_filter": "weights", "step": 1500, "histograms": {"card_width": 320}},
    ),
    "histograms-heat": (
        "histograms",
        "dark",
        {"tag_filter": "weights", "histograms": {"mode": "heat", "card_width": 320, "bins": "60"}},
    ),
    "histograms-step": (
        "histograms",
        "light",
        {"tag_filter": "weights", "histograms": {"mode": "step", "card_width": 320}},
    ),
    "distributions": (
        "distributions",
        "light",
        {"tag_filter": "gradients", "histograms": {"card_width": 320, "deviation": True}},
    ),
    "meshes-cards": (
        "meshes",
        "light",
        {"meshes": {"card_width": 320, "up": "z", "grid": True, "axes": True}},
    ),
    "meshes-values": (
        "meshes",
        "dark",
        {
            "meshes": {
                "card_width": 320,
                "up": "z",
                "colour": "distance",
                "against": "first",
                "wireframe": "overlay",
                "box": True,
                "point_size": 7,
                "point_shape": "sphere",
            }
        },
    ),
    "embeddings-pictures": ("embeddings", "light", {}),
    "embeddings-labels": (
        "embeddings",
        "dark",
        {
            "embeddings": {
                "sprites": False,
                "labels": "all",
                "planar": True,
                "projection": "tsne",
                "point_size": 8,
            }
        },
    ),
    "text-cards": ("texts", "light", {"step": 0}),
    "images-gallery": (
        "images",
        "light",
        {
            "tag_filter": "confusion",
            "step": 1000,
            "hidden_runs": hidden("dropout/val"),
            "images": {"thumbnail": 112},
        },
    ),
}


def make(name: str) -> None:
    """Make one picture."""
    view, theme, settings = PICTURES[name]
    out = ROOT / "docs" / "pictures" / f"{name}.png"
    out.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "eventglass.app", "snapshot", "resources/sample"]
    command += ["--view", view, "--theme", theme, "--out", str(out), "--size", "1280x800"]
    texts = [
        f"{key}={value if isinstance(value, str) else json.dumps(value)}"
        for key, value in settings.items()
    ]
    subprocess.run([*command, *(["--set", *texts] if texts else [])], cwd=ROOT, check=True)
    # 256 colours are enough for a window, and a third of the bytes.
    with Image.open(out) as picture:
        made = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    made.save(out, optimize=True)


def main(names: list[str]) -> None:
    """Make the pictures named, or all."""
    for name in names or PICTURES:
        make(name)


if __name__ == "__main__":
    main(sys.argv[1:])
