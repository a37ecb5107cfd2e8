"""Keras models: the configuration of a model, as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from eventglass.app.core.plugins import DecodeError, SeriesInfo
from eventglass.app.core.plugins.tensors import single_string
from eventglass.app.core.plugins.values import text


@dataclass(frozen=True, slots=True)
class KerasModel:
    """A model's configuration, as Keras wrote it."""

    json_text: str

    def config(self) -> dict[str, Any]:
        """Return the parsed configuration; raises `DecodeError` when it is no JSON object."""
        try:
            config = json.loads(self.json_text)
        except (ValueError, RecursionError) as error:
            raise DecodeError(f"The model's configuration is not valid JSON: {error}") from error
        if not isinstance(config, dict):
            raise DecodeError("The model's configuration is not a JSON object")
        return config


def decode(payload: bytes, series: SeriesInfo) -> KerasModel:
    """Return the model in a summary value."""
    return KerasModel(text(single_string(payload, "A Keras model")))
