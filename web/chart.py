"""Geometry of the server-made charts; the templates turn it into SVG without a line of style."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from warehouse.board import Point
from web.display import mass_of_co2e, month, rounded, shown

LEFT, RIGHT, TOP = 44.0, 6.0, 12.0
BAR_HEIGHT, LINE_HEIGHT, GAP, FOOT = 170.0, 74.0, 30.0, 24.0
LABEL_WIDTH = 58.0
MAX_MONTHS = 240
SPARK_POINTS = 12
SPARK_WIDTH, SPARK_HEIGHT, SPARK_EDGE = 120.0, 32.0, 3.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One month's column with its tooltip."""

    x: float
    y: float
    width: float
    height: float
    title: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A text or dot at a place."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Columns of emission above a line of intensity, on one time axis."""

    width: float
    height: float
    left: float
    right: float
    unit: str
    bars: tuple[Bar, ...]
    ticks: tuple[Mark, ...]
    line_ticks: tuple[Mark, ...]
    months: tuple[Mark, ...]
    line: str
    dots: tuple[Mark, ...]
    line_top: float


def nice_step(largest: float, wanted: int) -> float:
    """Return a round step that divides 0..``largest`` into about ``wanted`` parts.

    Examples
    --------
    >>> nice_step(873, 4), nice_step(0.06, 2)
    (250.0, 0.05)
    """
    if largest <= 0:
        return 1.0
    raw = largest / wanted
    power = 10.0 ** (len(f"{int(raw)}") - 1 if raw >= 1 else -_leading_zeros(raw))
    for factor in (1, 2, 2.5, 5, 10):
        if raw <= factor * power * 1.0001:
            return float(factor * power)
    return 10 * power


def _leading_zeros(number: float) -> int:
    zeros = 1
    while number * 10**zeros < 1:
        zeros += 1
    return zeros


def months_between(first: date, last: date) -> list[date]:
    """Return the first day of every month from ``first`` to ``last``."""
    start, end = first.year * 12 + first.month - 1, last.year * 12 + last.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(start, end + 1)]


def trend_chart(points: Sequence[Point], *, width: float, language: str) -> Chart | None:
    """Return the chart of a trend, ``None`` where nothing is known; unknown months stay empty."""
    known = {point.month_on: point for point in points}
    if not known:
        return None
    axis = months_between(min(known), max(known))[-MAX_MONTHS:]
    slot = (width - LEFT - RIGHT) / len(axis)
    middles = {day: LEFT + slot * (n + 0.5) for n, day in enumerate(axis)}
    shown_points = [known[day] for day in axis if day in known]
    bars, ticks, unit = _bars(shown_points, middles, min(slot * 0.66, 40.0), language)
    line, dots, line_ticks = _line(shown_points, middles, language)
    return Chart(
        width=width,
        height=TOP + BAR_HEIGHT + GAP + LINE_HEIGHT + FOOT,
        left=LEFT,
        right=width - RIGHT,
        unit=unit,
        bars=bars,
        ticks=ticks,
        line_ticks=line_ticks,
        months=_month_labels(axis, middles, slot, language),
        line=line,
        dots=dots,
        line_top=TOP + BAR_HEIGHT + GAP,
    )


def _bars(
    points: Sequence[Point], middles: dict[date, float], width: float, language: str
) -> tuple[tuple[Bar, ...], tuple[Mark, ...], str]:
    values = [(point, point.emission.value or Decimal(0)) for point in points]
    largest = max(abs(value) for _, value in values)
    in_tonnes = largest >= 1_000
    step = nice_step(float(largest), 5)
    top = max(step, -(-float(largest) // step) * step)
    floor = TOP + BAR_HEIGHT
    bars = []
    for point, value in values:
        height = max(0.0, float(value)) / top * BAR_HEIGHT
        title = f"{month(point.month_on, language)}: {mass_of_co2e(value, language).exact}"
        x = middles[point.month_on] - width / 2
        bars.append(Bar(x, floor - height, width, height, title, point.is_open))
    per_unit = 1_000 if in_tonnes else 1
    places = 0 if step / per_unit >= 1 else 1 if step / per_unit >= 0.1 else 2
    ticks = tuple(
        Mark(
            LEFT, floor - step * n / top * BAR_HEIGHT, _tick(step * n / per_unit, places, language)
        )
        for n in range(round(top / step) + 1)
    )
    return tuple(bars), ticks, "t CO₂e" if in_tonnes else "kg CO₂e"


def _tick(value: float, places: int, language: str) -> str:
    return rounded(Decimal(str(round(value, 6))), places, language)


def _line(
    points: Sequence[Point], middles: dict[date, float], language: str
) -> tuple[str, tuple[Mark, ...], tuple[Mark, ...]]:
    known = [(p, float(p.intensity.value) * 1_000) for p in points if p.intensity.value is not None]
    if not known:
        return "", (), ()
    largest = max(value for _, value in known)
    step = nice_step(largest, 3)
    top = max(step, -(-largest // step) * step)
    floor = TOP + BAR_HEIGHT + GAP + LINE_HEIGHT
    places = [(p, middles[p.month_on], floor - v / top * LINE_HEIGHT) for p, v in known]
    path = " ".join(f"{'L' if n else 'M'}{x:.1f} {y:.1f}" for n, (_, x, y) in enumerate(places))
    dots = tuple(
        Mark(x, y, f"{month(p.month_on, language)}: {shown(p.intensity, language).exact}")
        for p, x, y in places
    )
    digits = 0 if step >= 1 else 1 if step >= 0.1 else 2
    ticks = tuple(
        Mark(LEFT, floor - step * n / top * LINE_HEIGHT, _tick(step * n, digits, language))
        for n in range(round(top / step) + 1)
    )
    return path, dots, ticks


def _month_labels(
    axis: Sequence[date], middles: dict[date, float], slot: float, language: str
) -> tuple[Mark, ...]:
    every = next(n for n in (1, 2, 3, 4, 6, 12, 24, 60, 120, 240) if slot * n >= LABEL_WIDTH)
    y = TOP + BAR_HEIGHT + GAP + LINE_HEIGHT + FOOT - 6
    chosen = [day for day in axis if (day.year * 12 + day.month - 1) % every == 0]
    return tuple(Mark(middles[day], y, _axis_word(day, every)) for day in chosen)


def _axis_word(day: date, every: int) -> str:
    return (
        f"{day:%Y}"
        if every >= 12
        else f"{day:%Y-%m}"
        if every > 1 or day.month == 1
        else (f"{day:%m}")
    )


def spark_path(values: Sequence[Decimal]) -> tuple[str, Mark] | None:
    """Return a small line through the last values and its end, ``None`` below two values."""
    last = [float(value) for value in values][-SPARK_POINTS:]
    if len(last) < 2:
        return None
    low, span = min(last), max(last) - min(last)
    usable = SPARK_HEIGHT - 2 * SPARK_EDGE
    step = (SPARK_WIDTH - 2 * SPARK_EDGE) / (len(last) - 1)
    places = [
        (SPARK_EDGE + step * n, SPARK_EDGE + usable * (1 - ((value - low) / span if span else 0.5)))
        for n, value in enumerate(last)
    ]
    path = " ".join(f"{'L' if n else 'M'}{x:.1f} {y:.1f}" for n, (x, y) in enumerate(places))
    return path, Mark(*places[-1], "")
