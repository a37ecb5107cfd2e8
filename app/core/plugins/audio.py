"""Audio: encoded clips, several at a step, each with a label."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from eventglass.app.core.plugins import DecodeError, SeriesInfo
from eventglass.app.core.plugins.tensors import strings_of
from eventglass.app.core.plugins.values import parse, parse_value, plugin_content, text
from eventglass.app.core.proto.plugin_data_pb2 import AudioPluginData


@dataclass(frozen=True, slots=True)
class AudioBatch:
    """The clips of one step.

    Attributes
    ----------
    clips
        Encoded bytes of each clip.
    labels
        One for each clip, Markdown, may be empty.
    content_type
        MIME type, such as ``audio/wav``; empty where nothing tells.
    sample_rate
        Hertz, or None where nothing tells.
    """

    clips: tuple[bytes, ...]
    labels: tuple[str, ...]
    content_type: str
    sample_rate: float | None


def decode(payload: bytes, series: SeriesInfo) -> AudioBatch:
    """Return the clips in a summary value, old style or new."""
    value = parse_value(payload)
    match value.WhichOneof("value"):
        case "audio":
            audio = value.audio
            clip = audio.encoded_audio_string
            rate = audio.sample_rate if audio.sample_rate > 0 else _wav_sample_rate(clip)
            declared = text(audio.content_type)
            return AudioBatch((clip,), ("",), declared or _sniffed_type(clip), rate)
        case "tensor":
            strings = strings_of(value.tensor, "Audio")
            if strings.ndim not in (1, 2) or 0 in strings.shape[1:]:
                raise DecodeError(
                    "Audio should be a list of clips or of clips with labels, "
                    f"not of shape {[*strings.shape]}"
                )
            clips = strings if strings.ndim == 1 else strings[:, 0]
            labelled = strings.ndim == 2 and strings.shape[1] >= 2
            labels = tuple(map(text, strings[:, 1])) if labelled else ("",) * len(clips)
            content = parse(AudioPluginData, plugin_content(value, series), "audio plugin data")
            first = clips[0] if len(clips) else b""
            wav = content.encoding == AudioPluginData.WAV
            return AudioBatch(
                tuple(clips),
                labels,
                "audio/wav" if wav else _sniffed_type(first),
                _wav_sample_rate(first),
            )
        case None:
            raise DecodeError("This audio has no value")
        case other:
            raise DecodeError(f"Audio should be a tensor of strings, not {other!r}")


def _sniffed_type(clip: bytes) -> str:
    """Return the MIME type that the first bytes of `clip` tell, or an empty string."""
    if clip[:4] == b"RIFF" and clip[8:12] == b"WAVE":
        return "audio/wav"
    if clip[:4] == b"fLaC":
        return "audio/flac"
    if clip[:4] == b"OggS":
        return "audio/ogg"
    if clip[:3] == b"ID3" or (len(clip) > 1 and clip[0] == 0xFF and clip[1] & 0xE0 == 0xE0):
        return "audio/mpeg"
    return ""


def _wav_sample_rate(clip: bytes) -> float | None:
    """Return the sample rate in the format chunk of a WAV file, in hertz."""
    if clip[:4] != b"RIFF" or clip[8:12] != b"WAVE":
        return None
    position = 12
    while position + 16 <= len(clip):
        name, length = struct.unpack_from("<4sI", clip, position)
        if name == b"fmt ":
            rate: int = struct.unpack_from("<I", clip, position + 12)[0]
            return float(rate) or None
        # Chunks are padded to an even length.
        position += 8 + length + length % 2
    return None
