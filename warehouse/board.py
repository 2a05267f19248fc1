"""What the board shows: tiles, breakdowns, trend, one shipment's trace, coverage; it only reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from warehouse.filter import OPEN_KEYS, Filter
from warehouse.metrics import Figure, figure, figures_by, metric_of
from warehouse.sums import SOURCES, Group, Measure, Query, conditions, sums
from warehouse.trace import Leg, Revision, Shipment, Split, shipment

__all__ = [
    "BREAKDOWNS", "FILTER_KEY", "TILES", "Breakdown", "Coverage", "Latest", "Leg", "Name",
    "Part", "Point", "Reject", "Revision", "Shipment", "Split", "Watermark", "breakdown",
    "choices", "coverage", "emission_split", "latest", "open_letters", "series", "shipment",
    "tiles", "trend", "watermark",
]  # fmt: skip

TILES = (
    "emission", "intensity", "shipments", "coverage_shipments", "units_collected", "direct_share",
    "ev_last_leg_share", "electric_forklift_share_hours", "electric_forklift_share_units",
)  # fmt: skip
BREAKDOWNS = ("category", "base", "mode")
FILTER_KEY = {"category": "cat", "base": "base", "mode": "mode", "company": "company",
              "energy": "energy", "leg": "leg"}  # fmt: skip
MAX_REJECT_REASONS = 50
LATEST_DAYS = 7

_DIMENSION = {"category": "dim_category", "base": "dim_base", "company": "dim_company"}


@dataclass(frozen=True, slots=True)
class Name:
    """An id and what people call it; a name nobody gave is ``None``."""

    id: str | None
    zh: str | None = None
    en: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One row of a breakdown; ``share`` is of the whole, in the chosen scope."""

    name: Name
    emission: Figure
    intensity: Figure
    shipments: Figure
    share: Decimal | None


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The emission by one dimension; the parts add up to the tile exactly."""

    by: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """One month of the trend; ``is_open`` while the watermark lies in it."""

    month_on: date
    emission: Figure
    intensity: Figure
    is_open: bool


@dataclass(frozen=True, slots=True)
class Watermark:
    """How far the data reach: the newest event, its day in the company's zone, its recording."""

    data_to: datetime
    day: date
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Latest:
    """A leg that came in lately; ``emission_wtw_kgco2e`` is of this leg alone."""

    shipment_id: str
    occurred_at: datetime
    category: str
    mode: str
    leg: str
    emission_wtw_kgco2e: Decimal


@dataclass(frozen=True, slots=True)
class Reject:
    """How many records were refused for one reason, by where they came from."""

    came_from: str
    reason: str
    records: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """What has a number and what was refused, over the whole warehouse."""

    shipments: Figure
    dead_letters: Figure
    primary: Figure
    rejects: tuple[Reject, ...]


def tiles(wanted: Filter, query: Query) -> tuple[Figure, ...]:
    """Return the figures of the board's tiles, in their order."""
    return tuple(figure(metric_of(name), wanted, query) for name in TILES)


def emission_split(wanted: Filter, query: Query) -> Split | None:
    """Return WTT, TTW and WTW of what the filter matches, ``None`` where nothing does."""
    measures = [Measure("sum", f"emission_{scope}_kgco2e") for scope in ("wtt", "ttw", "wtw")]
    wtt, ttw, wtw = sums(measures, SOURCES["leg"], wanted, (), query)[()]
    if wtt is None or ttw is None or wtw is None:
        return None
    return Split(wtt, ttw, wtw)


def breakdown(wanted: Filter, by: str, query: Query) -> Breakdown:
    """Return the emission by ``by``, the largest part first."""
    found = [
        figures_by(metric_of(name), wanted, (by,), query)
        for name in ("emission", "intensity", "shipments")
    ]
    names = _names(by, query)
    whole = sum((part.value or Decimal(0) for part in found[0].values()), Decimal(0))
    parts = [
        Part(
            _name_of(group, names), emission, found[1][group], found[2][group],
            _share(emission.value, whole),
        )
        for group, emission in found[0].items()
    ]  # fmt: skip
    parts.sort(key=lambda part: (-(part.emission.value or Decimal(0)), part.name.id or ""))
    return Breakdown(by, tuple(parts))


def _share(part: Decimal | None, whole: Decimal) -> Decimal | None:
    return None if part is None or whole <= 0 else part / whole


def _names(by: str, query: Query) -> Mapping[str, Name]:
    if by not in _DIMENSION:
        return {}
    text = f"select id, any_value(name_zh), any_value(name_en) from {_DIMENSION[by]} group by id"
    return {row[0]: Name(*row) for row in query(text, ())}


def _name_of(group: Group, names: Mapping[str, Name]) -> Name:
    word = None if group[0] is None else str(group[0])
    return names.get(word or "", Name(word))


def trend(wanted: Filter, query: Query, *, watermark_on: date | None = None) -> tuple[Point, ...]:
    """Return emission and intensity month by month; a month without rows is not in it."""
    emission = figures_by(metric_of("emission"), wanted, ("month",), query)
    intensity = figures_by(metric_of("intensity"), wanted, ("month",), query)
    return tuple(
        Point(month, emission[month,], intensity[month,], _is_open(month, watermark_on))
        for month in sorted(group[0] for group in emission if isinstance(group[0], date))
    )


def _is_open(month: date, watermark_on: date | None) -> bool:
    return watermark_on is not None and month == watermark_on.replace(day=1)


def series(
    metric_ids: Sequence[str], wanted: Filter, query: Query
) -> Mapping[str, tuple[tuple[date, Decimal], ...]]:
    """Return the monthly values of each metric that has any, for small charts."""
    found: dict[str, tuple[tuple[date, Decimal], ...]] = {}
    for name in metric_ids:
        metric = metric_of(name)
        if "month" in SOURCES[metric.source].groups:
            months = figures_by(metric, wanted, ("month",), query)
            found[name] = tuple(sorted(_points(months)))
    return found


def _points(months: Mapping[Group, Figure]) -> list[tuple[date, Decimal]]:
    return [
        (group[0], answer.value)
        for group, answer in months.items()
        if group and isinstance(group[0], date) and answer.value is not None
    ]


_WATERMARK = """
    select max(occurred_at), max(occurred_on), max(recorded_at) from (
        select occurred_at, occurred_on, recorded_at from fact_leg_emission
        union all select occurred_at, occurred_on, recorded_at from fact_order_route
        union all select occurred_at, occurred_on, recorded_at from fact_forklift_energy
        union all select occurred_at, occurred_on, recorded_at from takeback_event)
"""


def watermark(query: Query) -> Watermark | None:
    """Return how far the data reach, ``None`` in an empty warehouse."""
    ((data_to, day, recorded_at),) = query(_WATERMARK, ())
    return None if data_to is None else Watermark(data_to, day, recorded_at)


_REJECTS = """
    select 'stream' as came_from, reason, count(*) as records
    from dead_letter where state = 'open' group by all
    union all
    select 'import', case when len(reasons) > 0 then reasons[1] else 'unknown' end, count(*)
    from import_line where status = 'rejected' group by all
    order by records desc, came_from, reason limit ?
"""


def coverage(query: Query) -> Coverage:
    """Return how much has a number, and what was refused by reason."""
    everything = Filter()
    rejects = query(_REJECTS, (MAX_REJECT_REASONS,))
    return Coverage(
        shipments=figure(metric_of("coverage_shipments"), everything, query),
        dead_letters=figure(metric_of("dead_letters_open"), everything, query),
        primary=figure(metric_of("primary_share"), everything, query),
        rejects=tuple(Reject(*row) for row in rejects),
    )


def choices(query: Query) -> Mapping[str, tuple[Name, ...]]:
    """Return the ids of the open vocabularies by filter key, for forms and for checking."""
    tables = {key: name for name, key in FILTER_KEY.items() if key in OPEN_KEYS}
    return {
        key: tuple(sorted(_names(name, query).values(), key=lambda known: known.id or ""))
        for key, name in tables.items()
    }


def latest(wanted: Filter, query: Query, *, until: date, limit: int = 8) -> tuple[Latest, ...]:
    """Return the newest legs that the filter matches, within seven days up to ``until``."""
    tests, values = conditions(wanted)
    last = min(until, wanted.to_on or until)
    first = max(last - timedelta(days=LATEST_DAYS), wanted.from_on or date.min)
    narrowed = " and ".join(["occurred_on between ? and ? and legs > 0", *tests])
    text = (
        "select shipment_id, occurred_at, d.id, mode, leg, emission_wtw_kgco2e "
        f"from (select * from fact_leg_emission where {narrowed}) "
        "left join dim_category d using (category_key) "
        "order by occurred_at desc, recorded_at desc, shipment_id limit ?"
    )
    return tuple(Latest(*row) for row in query(text, [first, last, *values, limit]))


_LETTERS = """
    select dead_letter_id, topic, partition, log_offset, event_id, reason, detail, recorded_at
    from dead_letter where state = 'open'
    order by recorded_at desc, dead_letter_id limit ? offset ?
"""
LETTER_FIELDS = ("dead_letter_id", "topic", "partition", "offset", "event_id", "reason", "detail",
                 "recorded_at")  # fmt: skip


def open_letters(query: Query, *, limit: int, skipped: int = 0) -> tuple[Mapping[str, Any], ...]:
    """Return the open dead letters, the newest first, without their original bytes."""
    rows = query(_LETTERS, (limit, skipped))
    return tuple(dict(zip(LETTER_FIELDS, row, strict=True)) for row in rows)
