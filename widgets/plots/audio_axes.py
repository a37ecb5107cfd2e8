"""What stands beside the picture of a clip: times and frequencies."""

from __future__ import annotations

import math

from eventglass.app.core.audio.spectrograms import FrequencyScale, frequency_range, to_scale
from eventglass.app.core.compute.ticks import linear_values

#: Least distance between two frequencies, pixels.
_APART = 17.0
#: Frequencies that stand at a logarithmic or mel axis, the more welcome ones first.
_WELCOME = (
    (100.0, 1_000.0, 10_000.0),
    (20.0, 200.0, 2_000.0, 20_000.0, 500.0, 5_000.0, 50.0, 50_000.0),
    (300.0, 3_000.0, 700.0, 7_000.0, 4_000.0, 1_500.0, 15_000.0, 10.0, 5.0, 2.0, 1.0),
)


def clock_text(moment_s: float, step_s: float) -> str:
    """A moment of a clip, as fine as the step asks for: ``0:04``, ``1:02.5``, ``12.25 ms``."""
    sign = "−" if moment_s < 0 else ""
    moment = abs(moment_s)
    digits = _digits(step_s)
    total = round(moment * 10**digits)
    minutes, rest = divmod(total, 60 * 10**digits)
    seconds = rest / 10**digits
    width = 2 if not digits else 3 + digits
    if minutes >= 60:
        hours, minutes = divmod(minutes, 60)
        return f"{sign}{hours}:{minutes:02d}:{seconds:0{width}.{digits}f}"
    return f"{sign}{minutes}:{seconds:0{width}.{digits}f}"


def _digits(step_s: float) -> int:
    """Decimals that multiples of a step are told apart by: 2 for a quarter of a second."""
    if step_s >= 1 or not step_s > 0:
        return 0
    digits = max(-math.floor(math.log10(step_s) + 1e-9), 0)
    # 0.25 takes one more than 0.2.
    whole = step_s * 10**digits
    round_one = abs(whole - round(whole)) < 1e-6 or digits >= 6
    return min(digits if round_one else digits + 1, 6)


def frequency_text(hertz: float) -> str:
    """A frequency without its unit: ``440``, ``1.5k``, ``20k``."""
    if hertz < 999.5:
        return f"{hertz:.0f}" if hertz >= 9.95 or hertz == round(hertz) else f"{hertz:.1f}"
    kilo = hertz / 1000
    text = f"{kilo:.1f}" if kilo < 99.5 else f"{kilo:.0f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + "k"


def frequency_ticks(
    sample_rate: float, scale: FrequencyScale, height: float
) -> list[tuple[float, float]]:
    """Return frequencies that stand beside an axis, and where: shares of the height from below."""
    low, high = frequency_range(sample_rate, scale)
    if scale == "linear":
        found = linear_values(low, high, max(int(height / 28), 1))
        return [(hertz, hertz / high) for hertz in found]
    ends = to_scale([low, high], scale)
    taken: list[tuple[float, float]] = []
    for hertz in [hertz for wave in _WELCOME for hertz in wave]:
        if not low <= hertz <= high:
            continue
        share = float((to_scale(hertz, scale) - ends[0]) / (ends[1] - ends[0]))
        if all(abs(share - other) * height >= _APART for _hertz, other in taken):
            taken.append((hertz, share))
    return sorted(taken)
