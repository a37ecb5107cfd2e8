"""Places and labels of the ticks of an axis, and numbers and times as people read them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from eventglass.app.core.compute.ranges import nice_step
from eventglass.app.core.compute.scales import Scale

_SI = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
#: Steps between ticks, as parts of a power of ten, the easiest to count in first.
_STEPS = (1.0, 2.0, 5.0, 2.5)
#: The same for steps of a run, which are large numbers counted from zero.
_RUN_STEPS = (*_STEPS, 4.0)
#: How much nearer to the wanted number of ticks a step must bring them to be worth each place
#: further back in `_STEPS`.
_EASE = 0.1
_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0
_DURATION_STEPS = (
    *(1.0, 2.0, 5.0, 10.0, 15.0, 30.0),
    *(_MINUTE * n for n in (1, 2, 5, 10, 15, 30)),
    *(_HOUR * n for n in (1, 2, 3, 6, 12)),
    _DAY,
)
_CLOCK_STEPS = (*_DURATION_STEPS, 2 * _DAY, 7 * _DAY)
_MONTH_STEPS = (1, 3, 6, 12)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Tick:
    """One tick: where it is, in data units, and what stands there; "" for a bare line."""

    value: float
    label: str


def tick_step(span: float, count: int, parts: Sequence[float] = _STEPS) -> float:
    """Return the round number that divides `span` into about `count` parts.

    One of `parts` times a power of ten, of several that come near the count the first.
    """
    wanted = span / max(count, 1)
    if not 1e-300 < wanted < 1e300:
        return nice_step(span, count)
    power = 10.0 ** math.floor(math.log10(wanted))
    best, least = wanted, math.inf
    for place, part in enumerate(parts):
        for step in (part * power, 10.0 * part * power):
            badness = abs(math.log(step / wanted)) + _EASE * place
            if badness < least:
                best, least = step, badness
    return best


def linear_values(
    low: float, high: float, count: int, parts: Sequence[float] = _STEPS
) -> list[float]:
    """Return about `count` round numbers within [low, high]."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return []
    return _multiples(tick_step(high - low, count, parts), low, high)


def _multiples(step: float, low: float, high: float) -> list[float]:
    """Return the multiples of `step` within [low, high], exactly where they can be."""
    slack = step * 1e-6
    first = math.ceil((low - slack) / step)
    last = math.floor((high + slack) / step)
    if last - first > 1000:
        return []
    return [
        n * step if step >= 1.0 else round(n * step, 12 + _decimals(step))
        for n in range(first, last + 1)
    ]


def _decimals(step: float) -> int:
    """Digits behind the point needed to write multiples of `step`."""
    if step <= 0.0:
        return 0
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    whole = step * 10.0**digits if digits < 300 else 0.0
    # 0.25 takes one digit more than 0.2.
    return digits if abs(whole - round(whole)) < 1e-6 * max(whole, 1.0) else digits + 1


def scientific(value: float, digits: int = 6) -> str:
    """Return a number like 3e-4 or 2.5e+7 without padding zeros."""
    if value == 0.0:
        return "0"
    mantissa, _, exponent = f"{value:.{digits}e}".partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(exponent)}"


def number_labels(values: Sequence[float]) -> list[str]:
    """Return labels for evenly spaced numbers, all written alike: 4k, 0.2, 3e-4, 12,405."""
    if not values:
        return []
    step = min((abs(b - a) for a, b in pairwise(values)), default=abs(values[0]))
    step = step or abs(values[0]) or 1.0
    greatest = max(abs(value) for value in values)
    if greatest < 1e-3 or greatest >= 1e15:
        return [_minus(scientific(value, 3 if step > greatest * 1e-3 else 9)) for value in values]
    for unit, _suffix in _SI:
        if greatest >= unit:
            decimals = _decimals(step / unit)
            if decimals <= (1 if unit < 1e6 else 2) or greatest >= 1e9:
                return [_minus(_in_units(value, step)) for value in values]
            break
    decimals = min(_decimals(step), 15)
    return [_minus(f"{value:,.{decimals}f}") for value in values]


def _in_units(value: float, step: float) -> str:
    """Return a multiple of `step` in the greatest unit it reaches: 500, 1.5k, 2M."""
    for unit, suffix in _SI:
        if abs(value) >= unit * (1 - 1e-9):
            text = f"{value / unit:.{min(_decimals(step / unit), 9)}f}"
            return (text.rstrip("0").rstrip(".") if "." in text else text) + suffix
    return f"{value:.{min(_decimals(step), 9)}f}"


def _minus(text: str) -> str:
    """Return the text with a true minus sign, and without one before zero."""
    if text.startswith("-"):
        return text[1:] if not any(c in "123456789" for c in text) else "−" + text[1:]
    return text


def linear_ticks(low: float, high: float, count: int) -> list[Tick]:
    """Return about `count` ticks of an axis of plain numbers."""
    values = linear_values(low, high, count)
    return [Tick(v, label) for v, label in zip(values, number_labels(values), strict=True)]


def step_ticks(low: float, high: float, count: int) -> list[Tick]:
    """Return ticks of an axis of steps: like `linear_ticks`, but only whole numbers."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return []
    step = tick_step(high - low, count, _RUN_STEPS)
    values = _multiples(max(1.0, float(math.floor(step))), low, high)
    return [Tick(v, label) for v, label in zip(values, number_labels(values), strict=True)]


def log_ticks(low: float, high: float, count: int) -> list[Tick]:
    """Return ticks of a logarithmic axis: decades, with 2 and 5 between when there is room."""
    if not 0.0 < low < high < math.inf:
        return []
    first, last = math.log10(low), math.log10(high)
    decades = last - first
    if decades < 0.7:
        return [tick for tick in linear_ticks(low, high, count) if tick.value > 0.0]
    stride = max(1, math.ceil(decades / max(count, 1)))
    factors: tuple[float, ...] = (1.0,)
    if stride == 1 and decades * 3 <= count:
        factors = (1.0, 2.0, 5.0)
    elif stride == 1 and decades * 2 <= count:
        factors = (1.0, 3.0)
    ticks = []
    for power in range(math.floor(first), math.ceil(last) + 1):
        if power % stride:
            continue
        for factor in factors:
            value = float(f"{factor:.0f}e{power}") if -308 <= power <= 308 else 0.0
            if low * (1 - 1e-9) <= value <= high * (1 + 1e-9):
                ticks.append(Tick(value, _log_label(value)))
    return ticks


def symlog_ticks(low: float, high: float, count: int, scale: Scale) -> list[Tick]:
    """Return ticks of a symmetric logarithmic axis: zero, and decades on both sides of it.

    Decades begin at the scale's constant. Where fewer than two of them are in sight the ticks are
    those of a plain axis.
    """
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return []
    begin, end = scale.drawn(low), scale.drawn(high)
    apart = (end - begin) / max(count, 1)
    first = round(math.log10(scale.constant))
    last = math.floor(math.log10(max(abs(low), abs(high), scale.constant)) + 1e-9)
    stride = max(1, math.ceil(apart * 0.999))
    sizes = [float(f"1e{power}") for power in range(first, min(last, 308) + 1, stride)]
    # The first decade lies nearer to zero than the others to each other.
    while sizes and scale.drawn(sizes[0]) < 0.8 * apart and low < sizes[0] and high > -sizes[0]:
        sizes.pop(0)
    values = [-size for size in reversed(sizes)] + [0.0] + sizes
    values = [value for value in values if low <= value <= high]
    if len(values) < 3:
        return linear_ticks(low, high, count)
    return [
        Tick(v, _minus(("-" if v < 0.0 else "") + _log_label(abs(v))) if v else "0") for v in values
    ]


def log_duration_ticks(low: float, high: float, count: int, scale: Scale) -> list[Tick]:
    """Return ticks of a logarithmic or symmetric axis of seconds: 1 s, 10 s, 1 min, 1 h, 1 d."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return []
    sizes = [float(f"1e{power}") for power in range(-6, 2)]
    sizes += [_MINUTE, 10 * _MINUTE, _HOUR, 10 * _HOUR]
    sizes += [_DAY * 10.0**power for power in range(6)]
    values = sizes if scale.kind == "log" else [-s for s in reversed(sizes)] + [0.0] + sizes
    values = [value for value in values if low <= value <= high]
    if len(values) < 3:
        ticks = relative_ticks(low, high, count)
        return [tick for tick in ticks if scale.kind != "log" or tick.value > 0.0]
    apart = (scale.drawn(high) - scale.drawn(low)) / max(count, 1)
    kept: list[float] = []
    # Zero goes before all others, then what is greatest.
    for value in sorted(values, key=lambda v: (v != 0.0, -abs(v))):
        if all(abs(scale.drawn(value) - scale.drawn(other)) >= 0.7 * apart for other in kept):
            kept.append(value)
    return [Tick(v, duration(v) if v else "0") for v in sorted(kept)]


def scaled_ticks(low: float, high: float, count: int, scale: Scale) -> list[Tick]:
    """Return ticks of an axis of plain numbers on any scale."""
    if scale.kind == "log":
        return log_ticks(low, high, count)
    if scale.kind == "symlog":
        return symlog_ticks(low, high, count, scale)
    return linear_ticks(low, high, count)


def _log_label(value: float) -> str:
    if value < 1e-3 or value >= 1e6:
        return scientific(value)
    if value >= 1e3:
        return f"{value / 1e3:g}k"
    return f"{value:g}"


def duration(seconds: float) -> str:
    """Return a time span as people say it: 45 s, 1 h 42 min, 2 d 3 h."""
    if not math.isfinite(seconds):
        return str(seconds)
    if seconds < 0:
        return "−" + duration(-seconds)
    if seconds < 1.0:
        return "0 s" if seconds == 0.0 else f"{seconds * 1e3:.3g} ms"
    if seconds < 10.0:
        return f"{seconds:.3g} s"
    whole = round(seconds)
    for unit, name, part, part_name in (
        (86400, "d", 3600, "h"),
        (3600, "h", 60, "min"),
        (60, "min", 1, "s"),
    ):
        if whole >= unit:
            rest = (whole % unit) // part
            return (
                f"{whole // unit:,} {name} {rest} {part_name}"
                if rest
                else (f"{whole // unit:,} {name}")
            )
    return f"{whole} s"


def relative_ticks(low: float, high: float, count: int) -> list[Tick]:
    """Return ticks of an axis of seconds since a start: 10 min, 1 h, 1 d."""
    span = high - low
    if not (math.isfinite(low) and math.isfinite(high)) or span <= 0.0:
        return []
    if span / count < 0.6:
        values = linear_values(low, high, count)
        unit, name = (1.0, "s") if span > 0.5 else (1e-3, "ms")
        labels = number_labels([value / unit for value in values])
        return [
            Tick(v, f"{label} {name}" if v else "0")
            for v, label in zip(values, labels, strict=True)
        ]
    step = next((s for s in _DURATION_STEPS if span / s <= count * 1.3), 0.0)
    if not step:
        step = max(1.0, nice_step(span / _DAY, count)) * _DAY
    first, last = math.ceil(low / step - 1e-6), math.floor(high / step + 1e-6)
    return [Tick(n * step, duration(n * step) if n else "0") for n in range(first, last + 1)]


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def clock_ticks(low: float, high: float, count: int) -> list[Tick]:
    """Return ticks of an axis of local time; low and high in seconds since 1970 UTC."""
    span = high - low
    try:
        begin = datetime.fromtimestamp(low)
        end = datetime.fromtimestamp(high)
    except (OverflowError, ValueError, OSError):
        return linear_ticks(low, high, count)
    if span <= 0.0:
        return []
    if span / count < 0.6:
        values = linear_values(low, high, count)
        digits = min(6, _decimals(nice_step(span, count)))
        return [
            Tick(v, f"{datetime.fromtimestamp(v):%H:%M:%S}" + f"{v % 1.0:.{digits}f}"[1:])
            for v in values
        ]
    step = next((s for s in _CLOCK_STEPS if span / s <= count * 1.3), 0.0)
    if not step:
        return _month_ticks(begin, end, span, count)
    ticks: list[Tick] = []
    if step >= _DAY:
        moment = _midnight(begin)
        days = timedelta(days=step / _DAY)
        # Days of a step of several are counted from a fixed one, so that panning keeps them.
        moment -= timedelta(days=moment.toordinal() % days.days)
        while moment <= end:
            _add(ticks, moment, low, high, _date_label(moment))
            moment += days
        return ticks
    moment = _midnight(begin)
    moment += timedelta(seconds=math.floor((begin - moment).total_seconds() / step) * step)
    pattern = "%H:%M" if step >= _MINUTE else "%H:%M:%S"
    while moment <= end:
        at_midnight = moment == _midnight(moment)
        _add(
            ticks,
            moment,
            low,
            high,
            _date_label(moment) if at_midnight else moment.strftime(pattern),
        )
        moment += timedelta(seconds=step)
    if ticks and all(":" in tick.label for tick in ticks):
        # Somewhere the day must stand.
        day = _date_label(datetime.fromtimestamp(ticks[0].value))
        ticks[0] = Tick(ticks[0].value, f"{day} {ticks[0].label}")
    return ticks


def _month_ticks(begin: datetime, end: datetime, span: float, count: int) -> list[Tick]:
    month = 30.44 * _DAY
    months = next((m for m in _MONTH_STEPS if span / (m * month) <= count * 1.2), 0)
    if not months:
        months = 12 * max(1, round(nice_step(span / (12 * month), count)))
    ticks: list[Tick] = []
    index = (begin.year * 12 + begin.month - 1) // months * months
    while index // 12 <= min(end.year, 9998):
        if index >= 12:
            moment = datetime(index // 12, index % 12 + 1, 1)
            label = (
                f"{moment.year}" if months >= 12 else (f"{_MONTHS[moment.month - 1]} {moment.year}")
            )
            _add(ticks, moment, begin.timestamp(), end.timestamp(), label)
        index += months
    return ticks


def _date_label(moment: datetime) -> str:
    return f"{moment.day} {_MONTHS[moment.month - 1]}"


def _add(ticks: list[Tick], moment: datetime, low: float, high: float, label: str) -> None:
    try:
        value = moment.timestamp()
    except (OverflowError, ValueError, OSError):
        return
    if low <= value <= high and (not ticks or value > ticks[-1].value):
        ticks.append(Tick(value, label))


def wall_time(seconds: float) -> str:
    """Return a moment in local time: 2023-11-14 22:13:20."""
    try:
        return f"{datetime.fromtimestamp(seconds):%Y-%m-%d %H:%M:%S}"
    except (OverflowError, ValueError, OSError):
        return "no valid time"


def value_text(value: float) -> str:
    """Return a value with four significant digits: 0.1713, 12.30, 3.21e-5, 12,346, NaN, ∞."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    size = abs(value)
    if 1000 <= size < 1e7 or (value == int(value) and size < 1000):
        return _minus(f"{value:,.0f}" if size >= 10_000 or value == int(value) else f"{value:,.1f}")
    if size >= 1e7 or size < 1e-3:
        return _minus(scientific(value, 3))
    return _minus(f"{value:.{max(0, 3 - math.floor(math.log10(size)))}f}")


def step_text(step: int) -> str:
    """Return a step with thousands separators."""
    return _minus(f"{step:,}")
